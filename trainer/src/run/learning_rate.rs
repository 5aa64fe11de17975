//! The learning rate: a schedule and a step in, the rate of that step out, to the same bits on every machine.

use serde::{Deserialize, Serialize};

/// How the learning rate changes over a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// The peak throughout, after a linear warm-up.
    Constant,
    /// A linear warm-up, then half a cosine down to 0 (Loshchilov and Hutter 2017, without restarts).
    Cosine,
    /// Half a cosine from a 25th of the peak up to it in three tenths of the steps, then another down to a 250,000th
    /// (Smith and Topin 2018).
    OneCycle,
}

/// The share of all steps in which the one-cycle schedule rises.
const RISING_SHARE: f64 = 0.3;
/// The peak of the one-cycle schedule, divided by its first rate.
const START_DIVISOR: f64 = 25.0;
/// The first rate of the one-cycle schedule, divided by its last rate.
const END_DIVISOR: f64 = 1e4;

/// A schedule over a fixed number of steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LearningRate {
    pub(crate) schedule: Schedule,
    pub(crate) peak: f64,
    /// The share of all steps in which the rate rises to the peak, in [0, 1]; one-cycle has its own.
    pub(crate) warm_up: f64,
    pub(crate) steps: u64,
}

impl LearningRate {
    /// Returns the learning rate of a step, counted from 0.
    pub(crate) fn at(&self, step: u64) -> f64 {
        let step = step as f64;
        if self.schedule == Schedule::OneCycle {
            return self.one_cycle(step);
        }
        let warm_up = (self.steps as f64 * self.warm_up).ceil();
        if step < warm_up {
            return self.peak * (step + 1.0) / warm_up;
        }
        match self.schedule {
            Schedule::Constant => self.peak,
            _ => between(self.peak, 0.0, (step - warm_up) / (self.steps as f64 - warm_up).max(1.0)),
        }
    }

    fn one_cycle(&self, step: f64) -> f64 {
        let start = self.peak / START_DIVISOR;
        let top = (self.steps as f64 * RISING_SHARE - 1.0).max(0.0);
        if step <= top {
            return between(start, self.peak, if top > 0.0 { step / top } else { 1.0 });
        }
        between(self.peak, start / END_DIVISOR, (step - top) / (self.steps as f64 - 1.0 - top).max(1.0))
    }
}

/// Returns the rate at `progress`, in [0, 1], along half a cosine between two rates.
fn between(from: f64, to: f64, progress: f64) -> f64 {
    // libm, not the system's: the same bits on every machine.
    to + (from - to) * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * progress))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(schedule: Schedule, steps: u64) -> LearningRate {
        LearningRate { schedule, peak: 0.1, warm_up: 0.03, steps }
    }

    #[test]
    fn a_cosine_rises_to_the_peak_and_falls_to_nothing() {
        let schedule = rate(Schedule::Cosine, 100);
        assert!((schedule.at(0) - 0.1 / 3.0).abs() < 1e-12);
        assert!((schedule.at(3) - 0.1).abs() < 1e-12);
        assert!(schedule.at(51) < 0.052 && schedule.at(51) > 0.048);
        assert!(schedule.at(99) < 1e-4);
    }

    #[test]
    fn a_constant_rate_stays_at_the_peak() {
        let schedule = rate(Schedule::Constant, 100);
        assert!((schedule.at(1) - 0.2 / 3.0).abs() < 1e-12);
        assert!([3, 50, 99].iter().all(|step| schedule.at(*step) == 0.1));
        assert_eq!(LearningRate { warm_up: 0.0, ..schedule }.at(0), 0.1);
    }

    /// By the definition: 0.004 at the first of 100 steps, 0.1 at the 30th, 4e-7 at the last.
    #[test]
    fn one_cycle_starts_low_and_ends_lower() {
        let schedule = rate(Schedule::OneCycle, 100);
        for (step, expected) in [(0, 0.004), (29, 0.1), (99, 4e-7)] {
            assert!((schedule.at(step) - expected).abs() < 1e-12, "{step}: {}", schedule.at(step));
        }
        assert!((schedule.at(64) - 0.05).abs() < 1e-3);
    }

    #[test]
    fn the_shortest_training_has_a_rate_too() {
        for schedule in [Schedule::Constant, Schedule::Cosine, Schedule::OneCycle] {
            for steps in [1, 2, 3] {
                let rates = (0..steps).map(|step| rate(schedule, steps).at(step));
                assert!(
                    rates.into_iter().all(|rate| rate.is_finite() && rate >= 0.0),
                    "{schedule:?}, {steps}"
                );
            }
            assert!(rate(schedule, 1).at(0) > 0.0);
        }
    }
}
