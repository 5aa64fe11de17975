//! The run of a point: a point of the grid in, the configuration and the training of its run out, as `distill` or
//! `student` would make it.

use std::path::Path;

use crate::arguments::distill_arguments::{DistillArguments, distill_config};
use crate::arguments::network_choice::NetworkChoiceError;
use crate::arguments::training_arguments::{DescribedSet, config};
use crate::data::training_data::TrainingData;
use crate::run::config::RunConfig;
use crate::run::options::RunOptions;
use crate::run::series;
use crate::run::series::SeriesEnding;
use crate::run::teachers::check_teachers;
use crate::run::training_defaults::Purpose;
use crate::sweep::grid::{Point, Targets};
use crate::teacher::teacher::Teacher;

/// What the runs of all points of a process share.
pub(super) struct PointRuns<'a> {
    /// The directory of the sweep.
    pub(super) directory: &'a Path,
    /// The arguments for all that a point does not say itself.
    pub(super) distill: &'a DistillArguments,
    pub(super) data: &'a TrainingData,
    /// The data set, before its images were read.
    pub(super) set: DescribedSet,
    /// The configuration that the points have in common, with the hashes of the images that they are fitted to.
    pub(super) common: RunConfig,
    pub(super) teachers: &'a [Teacher],
    pub(super) options: RunOptions,
}

impl PointRuns<'_> {
    /// Checks that the point can be trained: its arguments and teachers fit, and what is there already is a run of the
    /// same settings.
    pub(super) fn check(&self, point: &Point) -> anyhow::Result<()> {
        let config = self.config(point)?;
        config.validate().map_err(anyhow::Error::msg)?;
        check_teachers(&config, self.teachers_of(point))?;
        Ok(series::check(&self.directory.join(point.name()), &config)?)
    }

    pub(super) fn train(&self, point: &Point) -> anyhow::Result<SeriesEnding> {
        let path = self.directory.join(point.name());
        let teachers = self.teachers_of(point);
        Ok(series::train(&path, &self.config(point)?, self.data, teachers, &self.options)?)
    }

    /// Returns the configuration of the point's run, as `distill`, or for a baseline `student`, would make it.
    fn config(&self, point: &Point) -> Result<RunConfig, NetworkChoiceError> {
        let mut arguments = self.distill.clone();
        arguments.training.seed = point.seed;
        arguments.network.choice.replace(point.network.clone());
        let set = &self.set.described_as(self.common.data_set());
        let config = match point.targets {
            Targets::Hard => {
                let defaults = arguments.training.defaults(Purpose::DistilledStudent, set);
                let network = arguments.network.network(&defaults.network.value, &set.description)?;
                config("student", &arguments.training, network, set, &defaults)
            }
            Targets::Soft { temperature, soft_weight } => {
                (arguments.temperature, arguments.soft_weight) = (temperature, Some(soft_weight));
                distill_config(&arguments, self.teachers, set)?
            }
        };
        let RunConfig { data_sha256, transfer, augmented_input, .. } = self.common.clone();
        Ok(RunConfig { data_sha256, transfer, augmented_input, ..config })
    }

    fn teachers_of(&self, point: &Point) -> &[Teacher] {
        if point.targets == Targets::Hard { &[] } else { self.teachers }
    }
}
