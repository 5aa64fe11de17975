//! One point of a sweep and its run.

use std::path::Path;

use crate::arguments::distill_arguments::{DistillArguments, distill_config};
use crate::arguments::training_arguments::config;
use crate::data::training_data::TrainingData;
use crate::run::config::RunConfig;
use crate::run::options::RunOptions;
use crate::run::series;
use crate::run::series::SeriesEnding;
use crate::run::teachers::check_teachers;
use crate::sweep::grid::{Point, Targets};
use crate::teacher::teacher::Teacher;

/// What all points of a process share.
pub(super) struct PointRuns<'a> {
    /// Of the sweep.
    pub(super) directory: &'a Path,
    /// What a point does not say itself.
    pub(super) distill: &'a DistillArguments,
    pub(super) data: &'a TrainingData,
    /// What they are fitted to, with its hashes.
    pub(super) common: RunConfig,
    pub(super) teachers: &'a [Teacher],
    pub(super) options: RunOptions,
}

impl PointRuns<'_> {
    /// Whether the point can be trained: arguments and teachers fit, and what is there already is a run of the same.
    pub(super) fn check(&self, point: &Point) -> anyhow::Result<()> {
        let config = self.config(point);
        config.validate().map_err(anyhow::Error::msg)?;
        check_teachers(&config, self.teachers_of(point))?;
        Ok(series::check(&self.directory.join(point.name()), &config)?)
    }

    pub(super) fn train(&self, point: &Point) -> anyhow::Result<SeriesEnding> {
        let path = self.directory.join(point.name());
        let teachers = self.teachers_of(point);
        Ok(series::train(&path, &self.config(point), self.data, teachers, &self.options)?)
    }

    /// As `distill`, or for a baseline `student`, would have it.
    fn config(&self, point: &Point) -> RunConfig {
        let mut arguments = self.distill.clone();
        arguments.training.seed = point.seed;
        arguments.network.choice.replace(point.network.clone());
        let config = match point.targets {
            Targets::Hard => config("student", &arguments.training, arguments.network.network()),
            Targets::Soft { temperature, soft_weight } => {
                (arguments.temperature, arguments.soft_weight) = (temperature, Some(soft_weight));
                distill_config(&arguments, self.teachers)
            }
        };
        let RunConfig { data_sha256, transfer, .. } = self.common.clone();
        RunConfig { data_sha256, transfer, ..config }
    }

    fn teachers_of(&self, point: &Point) -> &[Teacher] {
        if point.targets == Targets::Hard { &[] } else { self.teachers }
    }
}
