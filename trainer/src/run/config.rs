//! The configuration of a run: `config.toml` in, checked settings out. It holds all that is needed to repeat the run.

use engine::optimizer::{OptimizerConfig, OptimizerKind};
use models::Network;
use models::probability::Temperature;
use serde::{Deserialize, Serialize};

use crate::augmentation::augmentation::{Augmentation, STRONGEST_AUGMENTATION};
use crate::data::data_set::{CLASSES, NETWORK_INPUT};
use crate::data::transfer_set::TransferConfig;
use crate::distillation::bias_correction::BiasPrior;
use crate::distillation::loss_kind::DistillationLoss;
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
    /// The factor by which affine and elastic augmentation are scaled; 1 where there is none.
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
        let expect = |holds: bool, sentence: String| if holds { Ok(()) } else { Err(sentence) };
        self.network.shapes().map_err(|error| error.to_string())?;
        let found = self.network.input;
        expect(
            found == NETWORK_INPUT,
            format!("network.input: expected {NETWORK_INPUT:?}, found {found:?}"),
        )?;
        let classes = self.network.classes().map_err(|error| error.to_string())?;
        expect(classes == CLASSES, format!("network: expected {CLASSES} classes, found {classes}"))?;
        expect(
            (1..=LARGEST_EPOCHS).contains(&self.epochs),
            format!("epochs: expected 1 to {LARGEST_EPOCHS}, found {}", self.epochs),
        )?;
        expect(self.batch_size >= 1, "batch_size: expected at least 1, found 0".to_owned())?;
        expect(
            self.learning_rate.is_finite() && self.learning_rate > 0.0,
            format!("learning_rate: expected a finite number over 0, found {}", self.learning_rate),
        )?;
        expect(
            (0.0..=1.0).contains(&self.warm_up),
            format!("warm_up: expected 0 to 1, found {}", self.warm_up),
        )?;
        expect(
            self.augmentation_pool != Some(0),
            "augmentation_pool: expected at least 1, found 0".to_owned(),
        )?;
        if let Some(strength) = self.augmentation_strength {
            let sentence =
                format!("augmentation_strength: expected 0 to {STRONGEST_AUGMENTATION}, found {strength}");
            expect((0.0..=STRONGEST_AUGMENTATION).contains(&strength), sentence)?;
            let sentence =
                "augmentation_strength: expected affine or elastic augmentation beside it, found others"
                    .to_owned();
            expect(self.augmentation.have_strength(), sentence)?;
        }
        if let Some(decay) = self.weight_average {
            let sentence = format!("weight_average: expected 0 to under 1, found {decay}");
            expect((0.0..1.0).contains(&decay), sentence)?;
        }
        let OptimizerConfig { algorithm, weight_decay, clip_norm } = self.optimizer;
        expect(
            weight_decay.is_finite() && weight_decay >= 0.0,
            format!("weight_decay: expected a finite number of at least 0, found {weight_decay}"),
        )?;
        if let OptimizerKind::Sgd { momentum } = algorithm {
            expect(
                (0.0..1.0).contains(&momentum),
                format!("momentum: expected 0 to under 1, found {momentum}"),
            )?;
        }
        if let Some(norm) = clip_norm {
            expect(
                norm.is_finite() && norm > 0.0,
                format!("clip_norm: expected a finite number over 0, found {norm}"),
            )?;
        }
        let Some(distillation) = &self.distillation else {
            expect(
                self.transfer.as_ref().is_none_or(|transfer| transfer.labelled),
                "transfer: expected labels where no teacher teaches, found none".to_owned(),
            )?;
            return expect(
                self.correct_bias.is_none(),
                "correct_bias: expected a teacher, found none".to_owned(),
            );
        };
        distillation.loss.validate()?;
        expect(!distillation.teachers.is_empty(), "teachers: expected at least one, found none".to_owned())?;
        expect(
            (0.0..=1.0).contains(&distillation.soft_weight),
            format!("soft_weight: expected 0 to 1, found {}", distillation.soft_weight),
        )?;
        if self.transfer.as_ref().is_none_or(|transfer| transfer.labelled) {
            return Ok(());
        }
        expect(
            distillation.soft_weight == 1.0,
            format!(
                "soft_weight: expected 1 for a transfer set without labels, found {}",
                distillation.soft_weight
            ),
        )?;
        expect(
            !matches!(distillation.loss, DistillationLoss::Dkd { .. }),
            "loss: expected another than dkd, which asks for the right class, for a transfer set without labels"
                .to_owned(),
        )
    }

    /// Returns the SHA-256 of the images that the network is fitted to: the transfer set, else the training data.
    pub(crate) fn fitted_sha256(&self) -> &str {
        self.transfer.as_ref().map_or(&self.data_sha256, |transfer| &transfer.sha256)
    }
}
