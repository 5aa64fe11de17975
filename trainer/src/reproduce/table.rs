//! The table of an experiment: the evaluations of each network and seed in, published and own figures side by side out,
//! with a word on each mark.

use std::io::{self, Write};

use crate::data::data_set::DataSet;
use crate::evaluation::evaluation::Evaluation;
use crate::evaluation::seed_statistics::SeedStatistics;
use crate::reproduce::experiments::{Cell, Experiment, Goal, Measure, Of};

/// The evaluations of an experiment's networks on the test images.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// Each network with its evaluations, one per seed.
    of: Vec<(Of, Vec<Evaluation>)>,
    /// The number of test images of each class.
    class_sizes: Vec<usize>,
}

impl Results {
    /// Returns results without any evaluation yet, for the images of `test`.
    pub(super) fn on(test: &DataSet) -> Self {
        Self { of: Vec::new(), class_sizes: test.class_sizes() }
    }

    /// Adds the evaluation of a network with the next seed.
    pub(super) fn add(&mut self, of: Of, evaluation: Evaluation) {
        match self.of.iter_mut().find(|(other, _)| *other == of) {
            Some((_, evaluations)) => evaluations.push(evaluation),
            None => self.of.push((of, vec![evaluation])),
        }
    }

    /// Returns one value per seed for a cell; none where the network was not trained.
    fn values(&self, cell: Cell) -> Vec<f64> {
        let found = self.of.iter().find(|(of, _)| *of == cell.of);
        let evaluations = found.map_or(&[][..], |(_, evaluations)| evaluations);
        evaluations.iter().map(|evaluation| self.value(evaluation, cell.measure)).collect()
    }

    fn value(&self, evaluation: &Evaluation, measure: Measure) -> f64 {
        let percent = |part: usize, whole: usize| 100.0 * part as f64 / whole.max(1) as f64;
        match measure {
            Measure::Accuracy => 100.0 * evaluation.accuracy,
            Measure::ErrorRate => percent(evaluation.errors, evaluation.images),
            Measure::Errors => evaluation.errors as f64,
            Measure::ErrorsOf(class) => evaluation.errors_by_class[class] as f64,
            Measure::AccuracyOf(class) => {
                let size = self.class_sizes[class];
                percent(size - evaluation.errors_by_class[class], size)
            }
        }
    }
}

/// The widths of the columns, in characters; with them a table of two columns of figures fits 80.
const WHAT: usize = 36;
const PUBLISHED: usize = 9;
const FIGURE: usize = 16;

/// Prints the table and, where `judged`, whether each mark was reached.
pub(super) fn print(
    experiment: &Experiment,
    results: &Results,
    judged: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    write!(out, "{:WHAT$} {:>PUBLISHED$}", "", "published")?;
    experiment.columns.iter().try_for_each(|column| write!(out, " {column:>FIGURE$}"))?;
    writeln!(out)?;
    for row in experiment.rows {
        write!(out, "{:WHAT$} {:>PUBLISHED$}", row.what, row.published)?;
        for cell in row.cells {
            let figure =
                cell.map_or_else(|| "-".to_owned(), |cell| figure(&results.values(cell), cell.measure));
            write!(out, " {figure:>FIGURE$}")?;
        }
        writeln!(out)?;
    }
    if !judged {
        return Ok(());
    }
    writeln!(out)?;
    for mark in experiment.marks {
        let (reached, found) = judge(&mark.goal, results);
        writeln!(out, "{:8} {:WHAT$}  {found}", reached, mark.what)?;
    }
    Ok(())
}

/// Returns the mean of the values and, of several seeds, their standard deviation, as text.
fn figure(values: &[f64], measure: Measure) -> String {
    let Some(SeedStatistics { mean, standard_deviation, .. }) = SeedStatistics::of(values.to_vec()) else {
        return "-".to_owned();
    };
    let (digits, unit) = match measure {
        Measure::Errors | Measure::ErrorsOf(_) if values.len() == 1 => (0, ""),
        Measure::Errors | Measure::ErrorsOf(_) => (1, ""),
        Measure::Accuracy | Measure::ErrorRate | Measure::AccuracyOf(_) => (2, " %"),
    };
    let spread = standard_deviation.map_or_else(String::new, |spread| format!(" ± {spread:.digits$}"));
    format!("{mean:.digits$}{spread}{unit}")
}

fn judge(goal: &Goal, results: &Results) -> (&'static str, String) {
    const NOT_TRAINED: (&str, String) = ("-", String::new());
    let words = |reached| if reached { "reached" } else { "missed" };
    let mean = |cell: Cell| SeedStatistics::of(results.values(cell)).map(|statistics| statistics.mean);
    match *goal {
        Goal::AtLeast(cell, bound) => mean(cell).map_or(NOT_TRAINED, |mean| {
            // The mean counts as it stands in the table, rounded to two decimals.
            (words((mean * 100.0).round() >= bound * 100.0), figure(&results.values(cell), cell.measure))
        }),
        Goal::Under(cell, bound) => mean(cell)
            .map_or(NOT_TRAINED, |mean| (words(mean < bound), figure(&results.values(cell), cell.measure))),
        Goal::Ahead(better, worse) => {
            let (better, worse) = (results.values(better), results.values(worse));
            if better.is_empty() || worse.is_empty() {
                return NOT_TRAINED;
            }
            let ahead = better.iter().zip(&worse).filter(|(better, worse)| better > worse).count();
            (words(ahead == better.len()), format!("in {ahead} of {} seeds", better.len()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reproduce::experiments::{HINTON_2015, KARIYA_2018};

    fn evaluation(errors: usize, threes: usize) -> Evaluation {
        let mut errors_by_class = vec![0; 10];
        errors_by_class[3] = threes;
        errors_by_class[5] = errors - threes;
        let (images, accuracy) = (1000, 1.0 - errors as f64 / 1000.0);
        Evaluation {
            images,
            errors,
            accuracy,
            balanced_accuracy: accuracy,
            negative_log_likelihood: 0.1,
            errors_by_class,
        }
    }

    fn text(experiment: &Experiment, results: &Results) -> String {
        let mut text = Vec::new();
        print(experiment, results, true, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    /// By hand: 18 and 20 wrong of 1,000 have the mean 98.1 % and the deviation √0.02 = 0.1414 points.
    #[test]
    fn figures_stand_beside_the_published_ones() {
        let mut results = Results { class_sizes: vec![100; 10], ..Results::default() };
        for (errors, baseline) in [(18, 30), (20, 20)] {
            results.add(Of::Trained("distilled"), evaluation(errors, 0));
            results.add(Of::Trained("student"), evaluation(baseline, 0));
        }
        let expected = "
                                     published             here
teacher, two convolutions              99.18 %                -
student 784-128-128-10, hard labels    97.85 %   97.50 ± 0.71 %
the same, distilled at T = 4           98.18 %   98.10 ± 0.14 %

-        teacher at least 99.18 %              
missed   hard labels at least 97.85 %          97.50 ± 0.71 %
missed   distilled at least 98.18 %            98.10 ± 0.14 %
missed   distilled ahead of hard labels        in 1 of 2 seeds
";
        assert_eq!(text(&KARIYA_2018, &results), expected[1..]);
    }

    /// By hand: 2 wrong of 100 threes are 98 % right, 1 is 99 %; 131 wrong of 1,000 are 13.1 %.
    #[test]
    fn marks_are_judged_by_the_corrected_networks() {
        let mut results = Results { class_sizes: vec![100; 10], ..Results::default() };
        results.add(Of::Corrected("without-3"), evaluation(20, 2));
        results.add(Of::Corrected("imago-without-3"), evaluation(20, 1));
        results.add(Of::Corrected("only-7-8"), evaluation(131, 0));
        results.add(Of::Trained("only-7-8"), evaluation(400, 0));
        let text = text(&HINTON_2015, &results);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let judged: Vec<&str> =
            text.lines().rev().take(4).map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(judged, ["-", "reached", "reached", "missed"]);
        assert!(text.contains("47.3 %          40.00 %"), "{text}");
    }
}
