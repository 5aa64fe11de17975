//! The learning rate of each step: a linear warm-up, then half a cosine down to 0 (Loshchilov and Hutter 2017, without
//! restarts).

/// The share of all steps in which the rate rises.
const WARM_UP_SHARE: f64 = 0.03;

/// A schedule of a fixed number of steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LearningRate {
    pub(crate) peak: f64,
    pub(crate) steps: u64,
}

impl LearningRate {
    /// The rate of a step, counted from 0.
    pub(crate) fn at(&self, step: u64) -> f64 {
        let warm_up = (self.steps as f64 * WARM_UP_SHARE).ceil();
        let step = step as f64;
        if step < warm_up {
            return self.peak * (step + 1.0) / warm_up;
        }
        let progress = (step - warm_up) / (self.steps as f64 - warm_up).max(1.0);
        // libm, not the system's: the same bits on every machine.
        self.peak * 0.5 * (1.0 + libm::cos(std::f64::consts::PI * progress))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_to_the_peak_and_falls_to_nothing() {
        let schedule = LearningRate { peak: 0.1, steps: 100 };
        assert!((schedule.at(0) - 0.1 / 3.0).abs() < 1e-12);
        assert!((schedule.at(3) - 0.1).abs() < 1e-12);
        assert!(schedule.at(51) < 0.052 && schedule.at(51) > 0.048);
        assert!(schedule.at(99) < 1e-4);
        assert!(LearningRate { peak: 0.1, steps: 1 }.at(0).is_finite());
    }
}
