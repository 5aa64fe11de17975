//! The data of the page: figures of the report in, one JSON value out for the page's script. The names of the fields
//! are those that the script reads.

use serde::Serialize;

use crate::evaluation::evaluation::Evaluation;
use crate::evaluation::seed_statistics::SeedStatistics;
use crate::report::agreement::Agreement;
use crate::report::calibration::Calibration;
use crate::report::pictures::Picture;
use crate::report::sources::Role;
use crate::report::sweep_plots::Sweep;

/// All that the page's script reads.
#[derive(Debug, Serialize)]
pub(crate) struct PageData {
    /// The program that wrote the page, with its version.
    pub(crate) producer: String,
    /// The images that the networks are measured on.
    pub(crate) data: MeasuredOn,
    /// All runs and files, in the order given.
    pub(crate) networks: Vec<NetworkEntry>,
    /// Groups of networks that differ in the seed alone.
    pub(crate) recipes: Vec<RecipeEntry>,
    /// The best network of each role by validation accuracy, as positions in `networks`.
    pub(crate) leaders: Leaders,
    /// The training curves of runs.
    pub(crate) curves: Vec<Curve>,
    /// The number of networks that found no place among the curves.
    pub(crate) curves_left_out: usize,
    /// The networks that are shown in full.
    pub(crate) details: Vec<Detail>,
    /// The agreement of the teacher with each student that is shown in full.
    pub(crate) agreements: Vec<AgreementEntry>,
    /// The plots of accuracy against what the runs vary.
    pub(crate) sweeps: Vec<Sweep>,
    /// The pictures of the page, each once; other fields name them by position.
    pub(crate) pictures: Vec<Picture>,
    /// The pictures whose dark knowledge was asked for, as positions in `pictures`.
    pub(crate) chosen: Vec<usize>,
    /// The most informative images, whose second guess by the network `informative_by` says most, as positions in
    /// `pictures`.
    pub(crate) informative: Vec<usize>,
    /// The network that the most informative images were chosen by, as a position in `details`.
    pub(crate) informative_by: usize,
    /// The largest lengths of lists.
    pub(crate) caps: Caps,
}

/// The part of a data set that networks are measured on.
#[derive(Debug, Serialize)]
pub(crate) struct MeasuredOn {
    /// The name or directory of the data set, as given or as the runs have it.
    pub(crate) name: String,
    /// The part of the data set: `test` or `validation`.
    pub(crate) split: &'static str,
    /// The number of images that are measured on.
    pub(crate) images: usize,
    /// The number of validation images, which the temperature of temperature scaling is fitted to.
    pub(crate) validation_images: usize,
    /// The class names, in the order of the logits.
    pub(crate) classes: Vec<String>,
    /// The shape of an image, `[channels, height, width]`.
    pub(crate) shape: [usize; 3],
    /// Whether the images are drawings, light on dark, which are shown as ink on paper.
    pub(crate) drawings: bool,
}

/// A network of the report: a run or a weights file.
#[derive(Debug, Serialize)]
pub(crate) struct NetworkEntry {
    /// The name of the network on the page, which no other network has.
    pub(crate) name: String,
    /// The path of the run or file, as given.
    pub(crate) path: String,
    /// The role of the network: teacher, baseline or distilled.
    pub(crate) role: Role,
    /// The name of the network's architecture.
    pub(crate) network: String,
    /// The number of trained values.
    pub(crate) parameters: usize,
    /// The size of the weights file, in bytes; none where there is no such file yet.
    pub(crate) bytes: Option<u64>,
    /// The seed, from a run's configuration or a file's provenance.
    pub(crate) seed: u64,
    /// The number of epochs that were asked for.
    pub(crate) epochs: usize,
    /// The number of epochs with a line in the metrics; 0 for a file.
    pub(crate) epochs_seen: usize,
    /// The distillation temperature of the soft targets; none without a distillation.
    pub(crate) temperature: Option<f64>,
    /// The soft weight of the distillation; none without one.
    pub(crate) soft_weight: Option<f64>,
    /// The accuracy on the validation images that the weights were chosen by, in [0, 1].
    pub(crate) validation_accuracy: Option<f64>,
    /// Whether the network was trained on other images than those of the report's set; none where a file does not say.
    pub(crate) other_data: Option<bool>,
    /// Whether the network is a teacher that a distilled run names and that the user did not give.
    pub(crate) named_by_a_run: bool,
    /// The evaluation on the report's images, as `evaluate` prints it; none without weights.
    pub(crate) evaluation: Option<Evaluation>,
}

/// Networks that differ in the seed alone, with statistics over their seeds.
#[derive(Debug, Serialize)]
pub(crate) struct RecipeEntry {
    /// The networks, as positions in `networks` of the page.
    pub(crate) networks: Vec<usize>,
    /// The accuracies of the networks on the report's images, in [0, 1].
    pub(crate) accuracy: SeedStatistics,
}

/// The best network of each role, as positions in `networks` of the page.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Leaders {
    /// The best teacher; none without a teacher that has weights.
    pub(crate) teacher: Option<usize>,
    /// The best baseline; none without a baseline that has weights.
    pub(crate) baseline: Option<usize>,
    /// The best distilled student; none without a distilled student that has weights.
    pub(crate) distilled: Option<usize>,
    /// The settings in which baseline and distilled student differ beyond the teaching, as `name: baseline's,
    /// student's`.
    pub(crate) differences: Vec<String>,
}

/// The training curves of one run: its metrics, thinned where there are many epochs. All lists have the same length.
#[derive(Debug, Serialize)]
pub(crate) struct Curve {
    /// The network, as a position in `networks` of the page.
    pub(crate) network: usize,
    /// The epochs of the points, counted from 1.
    pub(crate) epoch: Vec<usize>,
    /// The training loss at each point, as `metrics.jsonl` has it.
    pub(crate) training_loss: Vec<f64>,
    /// The training accuracy at each point, in [0, 1].
    pub(crate) training_accuracy: Vec<f64>,
    /// The validation loss at each point, in nats.
    pub(crate) validation_loss: Vec<f64>,
    /// The validation accuracy at each point, in [0, 1].
    pub(crate) validation_accuracy: Vec<f64>,
}

/// A network that is shown in full: its confusion matrix and its calibration.
#[derive(Debug, Serialize)]
pub(crate) struct Detail {
    /// The network, as a position in `networks` of the page.
    pub(crate) network: usize,
    /// The confusion matrix `[label][guess]`, in images; none where there are too many classes for one.
    pub(crate) matrix: Option<Vec<Vec<usize>>>,
    /// The pairs of classes of which the first is taken for the second, the most frequent first: all of a matrix, at most
    /// `caps.pairs` without one.
    pub(crate) pairs: Vec<PairEntry>,
    /// The number of pairs that are confused.
    pub(crate) confused_pairs: usize,
    /// The classes with the smallest share of right answers, at most `caps.classes`; none beside a matrix.
    pub(crate) worst: Vec<WorstClass>,
    /// The number of classes with a wrong answer.
    pub(crate) confused_classes: usize,
    /// The calibration at T = 1.
    pub(crate) before: Calibration,
    /// The temperature fitted on the validation images; none where the likelihood has no minimum.
    pub(crate) fitted_temperature: Option<f64>,
    /// The calibration at the fitted temperature.
    pub(crate) after: Option<Calibration>,
}

/// The images of one class that a network takes for another.
#[derive(Debug, Serialize)]
pub(crate) struct PairEntry {
    /// The class that the images are.
    pub(crate) label: usize,
    /// The class that they are taken for.
    pub(crate) guess: usize,
    /// The number of images.
    pub(crate) images: usize,
    /// The images as pictures, the surest first, at most `caps.cell`, and fewer where there is no room for them.
    pub(crate) wrong: Vec<usize>,
}

/// A class that a network often gets wrong.
#[derive(Debug, Serialize)]
pub(crate) struct WorstClass {
    /// The class.
    pub(crate) class: usize,
    /// The number of its images.
    pub(crate) images: usize,
    /// The number of its images that are taken for others.
    pub(crate) errors: usize,
}

/// The agreement of a teacher and a student on the report's images.
#[derive(Debug, Serialize)]
pub(crate) struct AgreementEntry {
    /// The teacher, as a position in `details` of the page.
    pub(crate) teacher: usize,
    /// The student, as a position in `details` of the page.
    pub(crate) student: usize,
    /// The counts of equal and different answers.
    #[serde(flatten)]
    pub(crate) agreement: Agreement,
    /// The pictures with different answers, at most `caps.disagreements`, and fewer where there is no room for them.
    pub(crate) pictures: Vec<usize>,
}

/// The largest lengths of lists on the page.
#[derive(Debug, Serialize)]
pub(crate) struct Caps {
    /// The most wrong images of one pair of classes.
    pub(crate) cell: usize,
    /// The most images on which one teacher and one student disagree.
    pub(crate) disagreements: usize,
    /// The most networks that are shown in full.
    pub(crate) details: usize,
    /// The most pairs of classes that are shown without a matrix.
    pub(crate) pairs: usize,
    /// The most of the worst classes that are shown without a matrix.
    pub(crate) classes: usize,
}
