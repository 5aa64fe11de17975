//! The table of a sweep: a directory of runs in, a row for each network, temperature and soft weight out, with mean and
//! standard deviation of the validation accuracy over seeds. The best row stands last, where a terminal shows it.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::arguments::format::Format;
use crate::evaluation::seed_statistics::SeedStatistics;
use crate::report::recipes::recipes;
use crate::report::sources;
use crate::report::sources::{Role, Source, SourceError};
use crate::report::sweep_plots::decimal;

/// The table of the points of a sweep that have finished.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Row>,
    /// The number of points that have no weights yet.
    pub(super) unfinished: usize,
}

/// A row of the table: runs that differ in the seed alone.
#[derive(Debug, Clone, Serialize)]
struct Row {
    /// The name of the student's network, for instance `student-128-128`.
    network: String,
    parameters: usize,
    /// The distillation temperature; none for a baseline.
    temperature: Option<f64>,
    /// The soft weight; none for a baseline.
    soft_weight: Option<f64>,
    /// The seeds of the runs, in the order of the accuracies.
    seeds: Vec<u64>,
    /// The accuracies of the runs on the validation images, in [0, 1].
    validation_accuracy: SeedStatistics,
}

impl Table {
    /// Makes the table of the students in `directory`.
    ///
    /// # Errors
    /// [`SourceError`] where `directory` holds no runs, or one of them is broken.
    pub(super) fn of(directory: &Path) -> Result<Self, SourceError> {
        let mut sources = sources::find(&[directory.to_owned()])?;
        sources.retain(|source| source.role != Role::Teacher);
        let unfinished = sources.iter().filter(|source| source.finished.is_none()).count();
        let accuracy = |source: &Source| source.finished.as_ref().and_then(|_| source.validation_accuracy());
        let accuracies: Vec<Option<f64>> = sources.iter().map(accuracy).collect();
        let mut rows: Vec<Row> = recipes(&sources, &accuracies)
            .into_iter()
            .filter_map(|recipe| {
                let of_recipe: Vec<&Source> = recipe.sources.iter().map(|&source| &sources[source]).collect();
                Row::of(&of_recipe, recipe.accuracy)
            })
            .collect();
        rows.sort_by(|a, b| a.validation_accuracy.mean.total_cmp(&b.validation_accuracy.mean));
        Ok(Self { rows, unfinished })
    }

    /// Prints the table to `out`: columns of text, or one JSON object per row.
    pub(super) fn print(&self, format: Format, out: &mut dyn Write) -> io::Result<()> {
        match format {
            Format::Json => self.rows.iter().try_for_each(|row| {
                let line = serde_json::to_string(row)?;
                writeln!(out, "{line}")
            }),
            Format::Text => self.print_text(out),
        }
    }

    fn print_text(&self, out: &mut dyn Write) -> io::Result<()> {
        const HEAD: &str = "network";
        if self.rows.is_empty() {
            return Ok(());
        }
        let names = self.rows.iter().map(|row| row.network.as_str()).chain([HEAD]);
        let longest = names.map(|name| name.chars().count()).max().unwrap_or_default();
        writeln!(out, "{HEAD:longest$}  {:>6}  {:>6}  {:>19}  seeds", "T", "W", "validation accuracy")?;
        for row in &self.rows {
            let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| value.to_string());
            let SeedStatistics { mean, standard_deviation, values } = &row.validation_accuracy;
            let spread = standard_deviation.map(|deviation| format!("± {:.2} %", deviation * 100.0));
            writeln!(
                out,
                "{:longest$}  {:>6}  {:>6}  {:>8.2} % {:>8}  {:>5}",
                row.network,
                number(row.temperature),
                number(row.soft_weight),
                mean * 100.0,
                spread.unwrap_or_default(),
                values.len()
            )?;
        }
        Ok(())
    }
}

impl Row {
    fn of(sources: &[&Source], validation_accuracy: SeedStatistics) -> Option<Self> {
        let configs: Vec<_> = sources.iter().filter_map(|source| source.config.as_ref()).collect();
        let (config, network) = (configs.first()?, &sources.first()?.network);
        let soft = config.distillation.as_ref();
        Some(Self {
            network: network.name.clone(),
            parameters: network.parameter_count(),
            temperature: soft.map(|soft| decimal(soft.temperature.value())),
            soft_weight: soft.map(|soft| soft.soft_weight),
            seeds: configs.iter().map(|config| config.seed).collect(),
            validation_accuracy,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(network: &str, temperature: Option<f64>, accuracies: &[f64]) -> Row {
        Row {
            network: network.to_owned(),
            parameters: 1,
            temperature,
            soft_weight: temperature.map(|_| 0.9),
            seeds: (1..=accuracies.len() as u64).collect(),
            validation_accuracy: SeedStatistics::of(accuracies.to_vec()).unwrap(),
        }
    }

    /// By hand: 98, 99 and 97.5 % have the mean 98.1667 % and the deviation √(0.58333) = 0.7638 points.
    #[test]
    fn rows_stand_in_columns() {
        let rows =
            vec![row("student-8", None, &[0.5]), row("student-16-16", Some(4.5), &[0.98, 0.99, 0.975])];
        let mut text = Vec::new();
        Table { rows, unfinished: 0 }.print(Format::Text, &mut text).unwrap();
        let expected = "\
network             T       W  validation accuracy  seeds
student-8           -       -     50.00 %               1
student-16-16     4.5     0.9     98.17 % ± 0.76 %      3
";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
