//! The table of a sweep: a directory of runs in, a row for each network, temperature and soft weight out, with bytes,
//! microseconds where they were measured, and mean and standard deviation of the validation accuracy over seeds. The best row
//! stands last, where a terminal shows it; a star marks what no other row beats for its bytes or its microseconds.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use crate::arguments::format::Format;
use crate::cost::front::front;
use crate::cost::kept_times::KeptTimes;
use crate::cost::stored_bytes::{StoredPrecision, weight_bytes};
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

/// A directory of which there is no table.
#[derive(Debug, thiserror::Error)]
pub(super) enum TableError {
    /// The directory holds no runs, or one of them is broken.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The file of kept times is broken.
    #[error(transparent)]
    Times(anyhow::Error),
}

/// Marks the rows that no other beats.
fn mark_fronts(rows: &mut [Row]) {
    let accuracy = |row: &Row| row.validation_accuracy.mean;
    let by_bytes: Vec<_> = rows.iter().map(|row| (row.bytes as f64, accuracy(row))).collect();
    for (row, is_on) in rows.iter_mut().zip(front(&by_bytes)) {
        row.on_bytes_front = is_on;
    }
    let mut timed: Vec<&mut Row> = rows.iter_mut().filter(|row| row.microseconds.is_some()).collect();
    let by_time: Vec<_> =
        timed.iter().map(|row| (row.microseconds.unwrap_or_default(), accuracy(row))).collect();
    for (row, is_on) in timed.iter_mut().zip(front(&by_time)) {
        row.on_microseconds_front = is_on;
    }
}

/// A row of the table: runs that differ in the seed alone.
#[derive(Debug, Clone, Serialize)]
struct Row {
    /// The name of the student's network, for instance `student-128-128`.
    network: String,
    parameters: usize,
    /// The bytes of the weights in the exported file, in the precision of the table.
    bytes: usize,
    /// The microseconds of an answer on the machine of the sweep; none where they were not measured.
    microseconds: Option<f64>,
    /// The precision that bytes and microseconds are of.
    precision: StoredPrecision,
    /// Whether no other row has as few bytes and as high an accuracy, and more of one of both.
    on_bytes_front: bool,
    /// The same of microseconds.
    on_microseconds_front: bool,
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
    /// [`TableError`] where `directory` holds no runs, or one of them or the file of kept times is broken.
    pub(super) fn of(directory: &Path, precision: Option<StoredPrecision>) -> Result<Self, TableError> {
        let times = KeptTimes::of(directory).map_err(TableError::Times)?;
        let precision = precision.unwrap_or(times.precision());
        let mut sources = sources::find(&[directory.to_owned()])?;
        sources.retain(|source| source.role != Role::Teacher);
        let unfinished = sources.iter().filter(|source| source.finished.is_none()).count();
        let accuracy = |source: &Source| source.finished.as_ref().and_then(|_| source.validation_accuracy());
        let accuracies: Vec<Option<f64>> = sources.iter().map(accuracy).collect();
        let mut rows: Vec<Row> = recipes(&sources, &accuracies)
            .into_iter()
            .filter_map(|recipe| {
                let of_recipe: Vec<&Source> = recipe.sources.iter().map(|&source| &sources[source]).collect();
                Row::of(&of_recipe, recipe.accuracy, precision, &times)
            })
            .collect();
        rows.sort_by(|a, b| a.validation_accuracy.mean.total_cmp(&b.validation_accuracy.mean));
        mark_fronts(&mut rows);
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
        let is_timed = self.rows.iter().any(|row| row.microseconds.is_some());
        let time_head = if is_timed { format!("  {:>9}", "µs") } else { String::new() };
        writeln!(
            out,
            "{HEAD:longest$}  {:>5}  {:>4}  {:>10}{time_head}  {:>19}  seeds",
            "T", "W", "bytes", "validation accuracy"
        )?;
        for row in &self.rows {
            let number = |value: Option<f64>| value.map_or("-".to_owned(), |value| value.to_string());
            let SeedStatistics { mean, standard_deviation, values } = &row.validation_accuracy;
            let star = |is_marked: bool| if is_marked { "*" } else { "" };
            let bytes = format!("{}{}", row.bytes, star(row.on_bytes_front));
            let time = row.microseconds.map_or("-".to_owned(), |time| format!("{time:.1}"));
            let time = match is_timed {
                true => format!("  {:>9}", format!("{time}{}", star(row.on_microseconds_front))),
                false => String::new(),
            };
            let spread = standard_deviation.map(|deviation| format!("± {:.2} %", deviation * 100.0));
            writeln!(
                out,
                "{:longest$}  {:>5}  {:>4}  {bytes:>10}{time}  {:>8.2} % {:>8}  {:>5}",
                row.network,
                number(row.temperature),
                number(row.soft_weight),
                mean * 100.0,
                spread.unwrap_or_default(),
                values.len()
            )?;
        }
        let precision = self.rows.first().map_or("", |row| row.precision.word());
        let quantities = if is_timed { "bytes or microseconds" } else { "bytes" };
        writeln!(out, "* no other is more accurate for its {quantities}; weights in {precision}")
    }
}

impl Row {
    fn of(
        sources: &[&Source],
        validation_accuracy: SeedStatistics,
        precision: StoredPrecision,
        times: &KeptTimes,
    ) -> Option<Self> {
        let configs: Vec<_> = sources.iter().filter_map(|source| source.config.as_ref()).collect();
        let (config, network) = (configs.first()?, &sources.first()?.network);
        let soft = config.distillation.as_ref();
        Some(Self {
            network: network.name.clone(),
            parameters: network.parameter_count(),
            bytes: weight_bytes(network, precision),
            microseconds: times.microseconds(network, precision),
            precision,
            on_bytes_front: false,
            on_microseconds_front: false,
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
            bytes: 100 * accuracies.len(),
            microseconds: temperature.map(|_| 12.34),
            precision: StoredPrecision::Int8,
            on_bytes_front: temperature.is_some(),
            on_microseconds_front: temperature.is_some(),
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
network            T     W       bytes         µs  validation accuracy  seeds
student-8          -     -         100          -     50.00 %               1
student-16-16    4.5   0.9        300*      12.3*     98.17 % ± 0.76 %      3
* no other is more accurate for its bytes or microseconds; weights in int8
";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }
}
