//! The configuration of a run: all that is needed to repeat it.

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

/// More passes than a lifetime has.
pub(crate) const LARGEST_EPOCHS: usize = 1_000_000;

/// All that is needed to repeat a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// The version of Imago that started it.
    pub version: String,
    /// `teacher`, `student` or `distill`.
    pub command: String,
    /// A set's name or a directory, as given.
    pub data: String,
    /// SHA-256 of the training images and labels: a run that goes on must go on with the same.
    pub data_sha256: String,
    /// Of all random numbers.
    pub seed: u64,
    /// Passes over the training images.
    pub epochs: usize,
    /// Images a step.
    pub batch_size: usize,
    /// The highest of the schedule.
    pub learning_rate: f64,
    /// How the rate goes.
    pub schedule: Schedule,
    /// The share of all steps in which the rate rises to its peak, in [0, 1]; `one_cycle` has its own.
    pub warm_up: f64,
    /// How images are changed.
    #[serde(alias = "views")]
    pub augmentation: Augmentation,
    /// Of views alone; `seed` where it isn't given.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "view_seed")]
    pub augmentation_seed: Option<u64>,
    /// Scales affine and elastic augmentation; 1 where it isn't given.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "view_strength")]
    pub augmentation_strength: Option<f32>,
    /// After so many epochs the same views come again; fresh ones in every epoch where it isn't given.
    #[serde(default, skip_serializing_if = "Option::is_none", alias = "view_pool")]
    pub augmentation_pool: Option<usize>,
    /// The decay a step of the weights' moving average, in [0, 1), which is then what is judged and kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight_average: Option<f64>,
    /// Whether the biases of classes that the transfer set lacks are corrected at the end, and after what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correct_bias: Option<BiasPrior>,
    /// What makes steps of gradients.
    #[serde(alias = "optimiser")]
    pub optimizer: OptimizerConfig,
    /// What is fitted to where that is not all of the training images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer: Option<TransferConfig>,
    /// Present for `distill` alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distillation: Option<DistillationConfig>,
    /// What is trained.
    pub network: Network,
}

/// How soft targets enter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DistillationConfig {
    /// What is minimised.
    pub loss: DistillationLoss,
    /// T.
    pub temperature: Temperature,
    /// W in `W · T² · soft + (1 - W) · hard`, in [0, 1].
    pub soft_weight: f64,
    /// At least one.
    pub teachers: Vec<TeacherFile>,
}

impl RunConfig {
    /// Checks what a file or an argument may have wrong.
    ///
    /// # Errors
    /// A sentence that names the value.
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

    /// SHA-256 of the images that weights are fitted to.
    pub(crate) fn fitted_sha256(&self) -> &str {
        self.transfer.as_ref().map_or(&self.data_sha256, |transfer| &transfer.sha256)
    }
}
