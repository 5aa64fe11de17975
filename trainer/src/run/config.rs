//! The configuration of a run: `config.toml` in, checked settings out. It holds all that is needed to repeat the run.

use engine::optimizer::{OptimizerConfig, OptimizerKind};
use models::Network;
use models::mismatch::{Mismatch, expect};
use models::probability::Temperature;
use serde::{Deserialize, Serialize};

use crate::augmentation::augmentation::{Augmentation, STRONGEST_AUGMENTATION};
use crate::data::data_directory::DataDirectory;
use crate::data::description::DatasetDescription;
use crate::data::input_shape::InputShape;
use crate::data::transfer_set::TransferConfig;
use crate::distillation::bias_correction::BiasPrior;
use crate::distillation::loss_kind::DistillationLoss;
use crate::network::engine_name::EngineName;
use crate::run::learning_rate::Schedule;
use crate::teacher::teacher::TeacherFile;

/// The largest number of epochs of a run: more passes than a lifetime has.
pub(crate) const LARGEST_EPOCHS: usize = 1_000_000;

/// The configuration of a run, as `config.toml` holds it: all that is needed to repeat the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// The version of Imago that started the run.
    pub version: String,
    /// The command that started the run: `teacher`, `student` or `distill`.
    pub command: String,
    /// The preset or the file that the network was asked for by, or the preset that was chosen; `network` holds the layers,
    /// so that nothing is read there again. Versions before this field did not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_from: Option<String>,
    /// The data set: a set's name or a directory, as it was given.
    pub data: String,
    /// SHA-256 of the training images and labels, in hexadecimal digits: a run is resumed with the same data only.
    pub data_sha256: String,
    /// The seed of all random numbers.
    pub seed: u64,
    /// The number of passes over the training images, at least 1.
    pub epochs: usize,
    /// The number of images in a training step, at least 1.
    pub batch_size: usize,
    /// The peak learning rate of the schedule, over 0.
    pub learning_rate: f64,
    /// How the learning rate changes over the training.
    pub schedule: Schedule,
    /// The share of all steps in which the learning rate rises to its peak, in [0, 1]; the schedule `one_cycle` has a
    /// share of its own.
    pub warm_up: f64,
    /// How the training images are augmented.
    #[serde(alias = "views")]
    pub augmentation: Augmentation,
    /// The seed of the augmentation alone; `seed` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "view_seed")]
    pub augmentation_seed: Option<u64>,
    /// The factor by which affine, elastic and photos augmentation are scaled; 1 where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "view_strength")]
    pub augmentation_strength: Option<f32>,
    /// The number of epochs after which the same augmented images come again; every epoch has new ones where there is
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "view_pool")]
    pub augmentation_pool: Option<usize>,
    /// The decay per step of the weights' moving average, in [0, 1), which is then evaluated and kept instead of the
    /// weights; no average is kept where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_average: Option<f64>,
    /// The class frequencies to which the last layer's biases are corrected at the end of a distillation: those of the
    /// classes that the transfer set lacks, or of all classes where it lacks none. No bias is corrected where there is
    /// none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correct_bias: Option<BiasPrior>,
    /// The optimizer, with its weight decay and gradient clipping.
    #[serde(alias = "optimiser")]
    pub optimizer: OptimizerConfig,
    /// What computes the layers. Where there is none, the device decides: Imago's kernels on the CPU, candle elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<EngineName>,
    /// What the data set was taken for when the run began: its classes, how pictures are brought to its images, and
    /// which images judge. Versions before this field derived that from the name of `data`, and so do their runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_set: Option<DatasetDescription>,
    /// The shape at which images are augmented, where a teacher sees larger ones than the network: each sees its own resize
    /// of one augmented image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augmented_input: Option<InputShape>,
    /// The transfer set that the network is fitted to; all training images where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<TransferConfig>,
    /// The settings of the distillation; present for the command `distill` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distillation: Option<DistillationConfig>,
    /// The network that is trained.
    pub network: Network,
}

/// The part of a run's configuration that says how soft targets enter the loss.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistillationConfig {
    /// How the student's logits are compared with the teachers'.
    pub loss: DistillationLoss,
    /// The distillation temperature T, which divides the logits of teachers and student before the softmax.
    pub temperature: Temperature,
    /// The soft weight W of the objective `W · T² · soft + (1 - W) · hard`, in [0, 1].
    pub soft_weight: f64,
    /// The weights files of the teachers, at least one.
    pub teachers: Vec<TeacherFile>,
}

impl RunConfig {
    /// Checks that every field is in its range and that the fields fit together.
    ///
    /// # Errors
    /// A sentence that names the first field that fails the check, with what was expected and what was found.
    pub fn validate(&self) -> Result<(), String> {
        self.network.shapes().map_err(|error| error.to_string())?;
        let classes = self.network.classes().map_err(|error| error.to_string())?;
        self.data_set().validate().map_err(|mismatch| mismatch.within("data_set").to_string())?;
        if let Some(distillation) = &self.distillation {
            distillation.loss.validate()?;
        }
        let checks = || {
            self.check_network(classes)?;
            self.check_schedule()?;
            self.check_augmentation()?;
            self.check_optimizer()?;
            self.check_targets()
        };
        checks().map_err(|mismatch: Mismatch| mismatch.to_string())
    }

    fn check_network(&self, classes: usize) -> Result<(), Mismatch> {
        let found = self.network.input;
        let data_set = self.data_set();
        let shape = data_set.image_shape();
        expect(
            found == shape,
            "network.input",
            format!("{shape:?} as the data set has"),
            format!("{found:?}"),
        )?;
        let expected = data_set.classes.len();
        expect(expected >= 2, "data_set.classes", "at least 2 names", expected)?;
        expect(classes == expected, "network", format!("{expected} classes as the data set has"), classes)
    }

    fn check_schedule(&self) -> Result<(), Mismatch> {
        let (epochs, rate) = (self.epochs, self.learning_rate);
        expect((1..=LARGEST_EPOCHS).contains(&epochs), "epochs", format!("1 to {LARGEST_EPOCHS}"), epochs)?;
        expect(self.batch_size >= 1, "batch_size", "at least 1", self.batch_size)?;
        expect(rate.is_finite() && rate > 0.0, "learning_rate", "a finite number over 0", rate)?;
        expect((0.0..=1.0).contains(&self.warm_up), "warm_up", "0 to 1", self.warm_up)
    }

    fn check_augmentation(&self) -> Result<(), Mismatch> {
        expect(self.augmentation_pool != Some(0), "augmentation_pool", "at least 1", 0)?;
        let Some(strength) = self.augmentation_strength else { return Ok(()) };
        let (place, expected) = ("augmentation_strength", format!("0 to {STRONGEST_AUGMENTATION}"));
        expect((0.0..=STRONGEST_AUGMENTATION).contains(&strength), place, expected, strength)?;
        let has_strength = self.augmentation.have_strength();
        expect(has_strength, place, "affine, elastic or photos augmentation beside it", "others")
    }

    fn check_optimizer(&self) -> Result<(), Mismatch> {
        let OptimizerConfig { algorithm, weight_decay, clip_norm } = self.optimizer;
        let is_share = |number: f64| (0.0..1.0).contains(&number);
        if let Some(decay) = self.weight_average {
            expect(is_share(decay), "weight_average", "0 to under 1", decay)?;
        }
        let decays = weight_decay.is_finite() && weight_decay >= 0.0;
        expect(decays, "weight_decay", "a finite number of at least 0", weight_decay)?;
        if let OptimizerKind::Sgd { momentum } = algorithm {
            expect(is_share(momentum.into()), "momentum", "0 to under 1", momentum)?;
        }
        let norm = clip_norm.unwrap_or(1.0);
        expect(norm.is_finite() && norm > 0.0, "clip_norm", "a finite number over 0", norm)
    }

    fn check_targets(&self) -> Result<(), Mismatch> {
        let is_labelled = self.transfer.as_ref().is_none_or(|transfer| transfer.labelled);
        let Some(distillation) = &self.distillation else {
            expect(is_labelled, "transfer", "labels where no teacher teaches", "none")?;
            return expect(self.correct_bias.is_none(), "correct_bias", "a teacher", "none");
        };
        let weight = distillation.soft_weight;
        expect(!distillation.teachers.is_empty(), "teachers", "at least one", "none")?;
        expect((0.0..=1.0).contains(&weight), "soft_weight", "0 to 1", weight)?;
        let fits = is_labelled || weight == 1.0;
        expect(fits, "soft_weight", "1 for a transfer set without labels", weight)?;
        let needs_labels = matches!(distillation.loss, DistillationLoss::Dkd { .. });
        let expected = "another than dkd, which asks for the right class, for a transfer set without labels";
        expect(is_labelled || !needs_labels, "loss", expected, "dkd")
    }

    /// Returns what the run takes its data set for.
    #[must_use]
    pub fn data_set(&self) -> DatasetDescription {
        self.data_set.clone().unwrap_or_else(|| DatasetDescription::of_earlier_version(&self.data))
    }

    /// Returns the directory of the run's data set, described as the run takes it.
    #[must_use]
    pub fn data_directory(&self) -> DataDirectory {
        DataDirectory::find(&self.data).described_as(self.data_set())
    }

    /// Returns the SHA-256 of the images that the network is fitted to: the transfer set, else the training data.
    pub(crate) fn fitted_sha256(&self) -> &str {
        self.transfer.as_ref().map_or(&self.data_sha256, |transfer| &transfer.sha256)
    }
}
