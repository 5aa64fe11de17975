//! How long a training will take, told after its first steps.
//!
//! In come the times of steps, of teachers' answers and of evaluations as they pass; out goes, once, a sentence with the time
//! that is left. Whoever has chosen too much should learn it in the first minute.

use std::time::Duration;

/// The number of steps after which the time is told.
const STEPS: u64 = 100;

/// The times of a training since this process began with it.
#[derive(Debug, Default)]
pub(crate) struct TimeEstimate {
    steps: u64,
    step_seconds: f64,
    /// The number of times that soft targets were computed, and the time of all.
    targets: u64,
    target_seconds: f64,
    evaluations: u64,
    evaluation_seconds: f64,
    is_told: bool,
}

/// What a training has left to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left {
    pub(crate) steps: u64,
    pub(crate) epochs: u64,
    /// The number of times that soft targets will be computed.
    pub(crate) targets: u64,
}

impl TimeEstimate {
    /// Counts a step.
    pub(crate) fn step(&mut self, seconds: f64) {
        self.steps += 1;
        self.step_seconds += seconds;
    }

    /// Counts a computation of soft targets for all images.
    pub(crate) fn targets(&mut self, seconds: f64) {
        self.targets += 1;
        self.target_seconds += seconds;
    }

    /// Counts an evaluation on the validation images.
    pub(crate) fn evaluation(&mut self, seconds: f64) {
        self.evaluations += 1;
        self.evaluation_seconds += seconds;
    }

    /// Returns the sentence about what is left, once, after the first hundred steps.
    pub(crate) fn sentence(&mut self, left: Left) -> Option<String> {
        if self.is_told || self.steps < STEPS {
            return None;
        }
        self.is_told = true;
        let mean = |seconds: f64, count: u64| seconds / count.max(1) as f64;
        let seconds = left.steps as f64 * mean(self.step_seconds, self.steps)
            + left.targets as f64 * mean(self.target_seconds, self.targets)
            + left.epochs as f64 * mean(self.evaluation_seconds, self.evaluations);
        let epochs = if left.epochs == 1 { "1 epoch".to_owned() } else { format!("{} epochs", left.epochs) };
        Some(format!("about {} left, for {epochs}", in_words(Duration::from_secs_f64(seconds))))
    }
}

/// Returns a time as people say it: `40 seconds`, `3 minutes`, `2 hours 10 minutes`.
fn in_words(time: Duration) -> String {
    let unit = |number: u64, unit: &str| format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
    let seconds = time.as_secs().max(1);
    match seconds {
        0..=90 => unit(seconds, "second"),
        91..=5400 => unit((seconds + 30) / 60, "minute"),
        _ => {
            let minutes = (seconds + 300) / 600 * 10;
            match (minutes / 60, minutes % 60) {
                (hours, 0) => unit(hours, "hour"),
                (hours, minutes) => format!("{} {}", unit(hours, "hour"), unit(minutes, "minute")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_told_once_after_a_hundred_steps() {
        let mut estimate = TimeEstimate::default();
        let left = Left { steps: 900, epochs: 10, targets: 9 };
        estimate.targets(20.0);
        (0..99).for_each(|_| estimate.step(0.1));
        assert_eq!(estimate.sentence(left), None);
        estimate.evaluation(3.0);
        estimate.step(0.1);
        // By hand: 90 + 180 + 30 seconds.
        assert_eq!(estimate.sentence(left).unwrap(), "about 5 minutes left, for 10 epochs");
        assert_eq!(estimate.sentence(left), None);
    }

    #[test]
    fn times_are_in_words() {
        for (seconds, words) in [
            (0, "1 second"),
            (61, "61 seconds"),
            (200, "3 minutes"),
            (7200, "2 hours"),
            (8500, "2 hours 20 minutes"),
        ] {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }
}
