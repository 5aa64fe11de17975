//! A limit on how far probabilities may be from those that they are compared with.

use super::gate_error::GateError;

/// What probabilities are compared with, and how far from it they may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    /// The reference by name, for the message of a refusal.
    pub(super) reference: &'static str,
    /// The largest difference that is allowed.
    pub(super) tolerance: f32,
}

impl Limit {
    /// Checks the largest difference of a probability that `program` computed.
    pub(super) fn check(self, program: &'static str, difference: f32) -> Result<(), GateError> {
        self.check_number(program, "probabilities", difference)
    }

    /// Checks the mean difference over the inputs that `program` was given.
    pub(super) fn check_mean(self, program: &'static str, difference: f32) -> Result<(), GateError> {
        self.check_number(program, "on the mean, probabilities", difference)
    }

    fn check_number(
        self,
        program: &'static str,
        what: &'static str,
        difference: f32,
    ) -> Result<(), GateError> {
        let Self { reference, tolerance } = self;
        // Not a comparison alone: NaN is within no tolerance.
        match (0.0..=tolerance).contains(&difference) {
            true => Ok(()),
            false => Err(GateError::Disagreement { program, reference, what, difference, tolerance }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_no_number_is_within_a_tolerance() {
        let limit = Limit { reference: "the trainer", tolerance: 0.1 };
        assert!(limit.check("the runtime", 0.1).is_ok() && limit.check("the runtime", 0.0).is_ok());
        for difference in [0.11, f32::NAN, f32::INFINITY] {
            let message = limit.check("the runtime", difference).unwrap_err().to_string();
            assert!(message.starts_with("the runtime disagrees with the trainer: probabilities differ by"));
        }
    }
}
