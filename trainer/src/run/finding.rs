//! What speaks against a network at the end of its training: its metrics and its answers on the validation images in, a
//! few words with figures out, or nothing.
//!
//! A training that has failed looks like one that has not: it ends, and its weights are numbers. So the words go to
//! whoever started it, and into the weights' file, where the exporter meets them.

#[cfg(feature = "cli")]
use std::path::Path;

#[cfg(feature = "cli")]
use models::storage::printable::{PrintablePath, printable};

use crate::evaluation::empty_answers::EmptyAnswers;
use crate::run::config::RunConfig;
use crate::run::metrics::EpochMetrics;

/// A loss of so many times that of guessing is far above it: ln(classes) is the mean negative log likelihood of a network
/// that holds all classes equally likely.
const FAR_ABOVE_GUESSING: f64 = 3.0;

/// The lowest rate that moves weights: AdamW moves one by about the rate in a step, so that below this rate it takes a
/// million steps for a weight to change by 1.
#[cfg(feature = "cli")]
const LOWEST_RATE: f64 = 1e-6;

/// Returns what speaks against a network whose training had these metrics and which gives these answers on the validation
/// images, its classes being called `labels`.
pub(crate) fn finding(
    config: &RunConfig,
    metrics: &[EpochMetrics],
    answers: Option<EmptyAnswers>,
    labels: &[String],
) -> Option<String> {
    // Distillation has losses of other scales, which say nothing beside ln(classes).
    let guessing = config.distillation.is_none().then(|| (labels.len() as f64).ln());
    let answers = answers.map(|answers| answers.describe("validation", labels));
    let found: Vec<String> = loss_finding(metrics, guessing).into_iter().chain(answers).collect();
    (!found.is_empty()).then(|| found.join("; "))
}

fn loss_finding(metrics: &[EpochMetrics], guessing: Option<f64>) -> Option<String> {
    let (first, last) = (metrics.first()?, metrics.last()?);
    let (before, after) = (first.training_loss, last.training_loss);
    if last.epoch > first.epoch && after > before {
        return Some(format!(
            "training loss {before:.4} in epoch {}, but {after:.4} in epoch {}",
            first.epoch, last.epoch
        ));
    }
    let guessing = guessing.filter(|guessing| after > FAR_ABOVE_GUESSING * guessing)?;
    Some(format!("training loss {after:.4}, where guessing has {guessing:.4}"))
}

/// Returns the line about a training that ended with a finding, for whoever started it.
#[cfg(feature = "cli")]
pub(crate) fn finding_line(run: &Path, finding: &str, config: &RunConfig) -> String {
    format!("{}: the training has failed: {}. {}", run.printable(), printable(finding), advice(config))
}

/// Returns what may help, as a sentence without its full stop.
#[cfg(feature = "cli")]
fn advice(config: &RunConfig) -> String {
    let rate = config.learning_rate;
    if rate < LOWEST_RATE {
        return format!("A --learning-rate of {rate:e} is too low to learn anything; a higher one may help");
    }
    let clipping = match config.optimizer.clip_norm {
        Some(norm) => format!("a lower --clip-norm than {norm}"),
        None => "--clip-norm 1".to_owned(),
    };
    format!(
        "A lower --learning-rate than {rate}, or {clipping}, may help; more epochs help where it has hardly begun"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::directory::tests::config;

    fn epoch(epoch: usize, training_loss: f64) -> EpochMetrics {
        EpochMetrics {
            epoch,
            training_loss,
            training_accuracy: 0.0,
            validation_loss: 0.0,
            validation_accuracy: 0.0,
            learning_rate: 0.0,
            seconds: 0.0,
            images_per_second: 0.0,
        }
    }

    fn of_losses(losses: &[f64]) -> Option<String> {
        let config = RunConfig { distillation: None, ..config() };
        let metrics: Vec<_> =
            losses.iter().enumerate().map(|(index, loss)| epoch(index + 1, *loss)).collect();
        finding(&config, &metrics, None, &["a", "b", "c"].map(str::to_owned))
    }

    /// By hand: ln 3 = 1.0986, three times that is 3.2958.
    #[test]
    fn a_loss_that_rose_or_is_far_above_guessing_is_found() {
        assert_eq!(of_losses(&[1.2, 3.0, 1.1]), None);
        assert_eq!(
            of_losses(&[1.2, 0.1, 1.3]).unwrap(),
            "training loss 1.2000 in epoch 1, but 1.3000 in epoch 3"
        );
        assert_eq!(of_losses(&[3.29]), None);
        assert_eq!(
            of_losses(&[9_429_293.0]).unwrap(),
            "training loss 9429293.0000, where guessing has 1.0986"
        );
        assert_eq!(of_losses(&[]), None);
    }

    #[test]
    fn losses_of_a_distillation_are_compared_with_each_other_alone() {
        let labels = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(finding(&config(), &[epoch(1, 400.0), epoch(2, 390.0)], None, &labels), None);
        assert!(finding(&config(), &[epoch(1, 400.0), epoch(2, 410.0)], None, &labels).is_some());
    }

    #[cfg(feature = "cli")]
    #[test]
    fn the_line_names_the_run_the_findings_and_what_may_help() {
        let answers = Some(EmptyAnswers::OneClass { images: 12, class: 1 });
        let labels = ["a", "b"].map(str::to_owned);
        let config = RunConfig { distillation: None, learning_rate: 50.0, ..config() };
        let found = finding(&config, &[epoch(1, 1.0), epoch(2, 2.0)], answers, &labels).unwrap();
        let line = finding_line(Path::new("runs/a"), &found, &config);
        let expected = "runs/a: the training has failed: training loss 1.0000 in epoch 1, but 2.0000 in epoch 2; each of \
                        12 validation images is answered 'b'. A lower --learning-rate than 50, or a lower --clip-norm \
                        than 2, may help; more epochs help where it has hardly begun";
        assert_eq!(line, expected);
    }

    #[cfg(feature = "cli")]
    #[test]
    fn a_rate_that_moves_nothing_is_not_lowered() {
        let config = RunConfig { learning_rate: 1e-40, ..config() };
        let line = finding_line(Path::new("run"), "found", &config);
        let expected = "run: the training has failed: found. A --learning-rate of 1e-40 is too low to learn anything; a \
                        higher one may help";
        assert_eq!(line, expected);
    }
}
