//! What the page's script reads: one JSON value. Field names are those of the script.

use serde::Serialize;

use crate::evaluation::evaluation::Evaluation;
use crate::evaluation::seed_statistics::SeedStatistics;
use crate::report::agreement::Agreement;
use crate::report::calibration::Calibration;
use crate::report::pictures::Picture;
use crate::report::sources::Role;
use crate::report::sweep_plots::Sweep;

/// Everything.
#[derive(Debug, Serialize)]
pub(crate) struct PageData {
    /// The program and its version.
    pub(crate) producer: String,
    /// What is measured on.
    pub(crate) data: MeasuredOn,
    /// All runs and files, in the order given.
    pub(crate) networks: Vec<NetworkEntry>,
    /// Networks that differ in the seed alone, together.
    pub(crate) recipes: Vec<RecipeEntry>,
    /// The best network of each role by validation accuracy, as positions in `networks`.
    pub(crate) leaders: Leaders,
    /// Training curves.
    pub(crate) curves: Vec<Curve>,
    /// Networks that found no place among the curves.
    pub(crate) curves_left_out: usize,
    /// Networks shown in full.
    pub(crate) details: Vec<Detail>,
    /// Shown beside each other: a teacher and each of its students.
    pub(crate) agreements: Vec<AgreementEntry>,
    /// Plots.
    pub(crate) sweeps: Vec<Sweep>,
    /// Each once; other fields name them by position.
    pub(crate) pictures: Vec<Picture>,
    /// Pictures whose dark knowledge was asked for.
    pub(crate) chosen: Vec<usize>,
    /// Pictures whose second guess says most, by `informative_by`.
    pub(crate) informative: Vec<usize>,
    /// A position in `details`.
    pub(crate) informative_by: usize,
    /// Where lists end.
    pub(crate) caps: Caps,
}

/// A part of a set.
#[derive(Debug, Serialize)]
pub(crate) struct MeasuredOn {
    /// As given or as the runs have it.
    pub(crate) name: String,
    /// `test` or `validation`.
    pub(crate) split: &'static str,
    /// How many.
    pub(crate) images: usize,
    /// How many the temperature of scaling was fitted to.
    pub(crate) validation_images: usize,
    /// Class names.
    pub(crate) classes: Vec<String>,
}

/// A run or a file.
#[derive(Debug, Serialize)]
pub(crate) struct NetworkEntry {
    /// No other has it.
    pub(crate) name: String,
    /// As given.
    pub(crate) path: String,
    /// Teacher, baseline or distilled.
    pub(crate) role: Role,
    /// The network's own name.
    pub(crate) network: String,
    /// Trained values.
    pub(crate) parameters: usize,
    /// Of the weights file; none where there is none yet.
    pub(crate) bytes: Option<u64>,
    /// Of a run or of a file's provenance.
    pub(crate) seed: u64,
    /// Asked for.
    pub(crate) epochs: usize,
    /// With a line in the metrics; 0 for a file.
    pub(crate) epochs_seen: usize,
    /// Of the soft targets.
    pub(crate) temperature: Option<f64>,
    /// Of the soft targets.
    pub(crate) soft_weight: Option<f64>,
    /// In [0, 1], what the weights were chosen by.
    pub(crate) validation_accuracy: Option<f64>,
    /// Whether it learnt from other images than those of the report's set; none where a file does not say.
    pub(crate) other_data: Option<bool>,
    /// Whether nobody gave it: a distilled run named it.
    pub(crate) named_by_a_run: bool,
    /// On the report's images, as `evaluate` prints it; none without weights.
    pub(crate) evaluation: Option<Evaluation>,
}

/// Over seeds.
#[derive(Debug, Serialize)]
pub(crate) struct RecipeEntry {
    /// Positions in `networks`.
    pub(crate) networks: Vec<usize>,
    /// Their accuracies on the report's images.
    pub(crate) accuracy: SeedStatistics,
}

/// Positions in `networks`.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Leaders {
    /// None without a teacher that has weights.
    pub(crate) teacher: Option<usize>,
    /// None without a baseline that has weights.
    pub(crate) baseline: Option<usize>,
    /// None without a distilled student that has weights.
    pub(crate) distilled: Option<usize>,
    /// Where baseline and distilled student differ beyond the teaching, as `name: baseline's, student's`.
    pub(crate) differences: Vec<String>,
}

/// One run's metrics, thinned where there are many epochs.
#[derive(Debug, Serialize)]
pub(crate) struct Curve {
    /// A position in `networks`.
    pub(crate) network: usize,
    /// Counted from 1.
    pub(crate) epoch: Vec<usize>,
    /// As `metrics.jsonl` has them.
    pub(crate) training_loss: Vec<f64>,
    /// In [0, 1].
    pub(crate) training_accuracy: Vec<f64>,
    /// In nats.
    pub(crate) validation_loss: Vec<f64>,
    /// In [0, 1].
    pub(crate) validation_accuracy: Vec<f64>,
}

/// A network in full.
#[derive(Debug, Serialize)]
pub(crate) struct Detail {
    /// A position in `networks`.
    pub(crate) network: usize,
    /// `[label][guess]`.
    pub(crate) confusion: Vec<Vec<usize>>,
    /// `[label][guess]`: pictures of the wrong images, the surest first, as many as `caps.cell`.
    pub(crate) wrong: Vec<Vec<Vec<usize>>>,
    /// At T = 1.
    pub(crate) before: Calibration,
    /// Fitted on validation; none where the likelihood has no minimum.
    pub(crate) fitted_temperature: Option<f64>,
    /// At the fitted temperature.
    pub(crate) after: Option<Calibration>,
}

/// Two networks on the report's images.
#[derive(Debug, Serialize)]
pub(crate) struct AgreementEntry {
    /// A position in `details`.
    pub(crate) teacher: usize,
    /// A position in `details`.
    pub(crate) student: usize,
    /// Counts.
    #[serde(flatten)]
    pub(crate) agreement: Agreement,
    /// Pictures with different answers, as many as `caps.disagreements`.
    pub(crate) pictures: Vec<usize>,
}

/// Where lists end.
#[derive(Debug, Serialize)]
pub(crate) struct Caps {
    /// Wrong images of one cell.
    pub(crate) cell: usize,
    /// Images of one disagreement.
    pub(crate) disagreements: usize,
    /// Networks in full.
    pub(crate) details: usize,
}
