//! Optimizers that turn gradients into a step of the parameters: AdamW or SGD with momentum, with a state that can be
//! saved.
//!
//! In come parameters and gradients, one tensor each, and a learning rate; out go moved parameters. There are two
//! groups of parameters: weights of convolutions and linear layers decay, biases and batch norms do not, having nothing
//! to decay to. The groups are decided here by role, so that both optimizers treat them alike.

use candle_core::{DType, Error, Result, Tensor, Var};
use models::ParameterRole;
use serde::{Deserialize, Serialize};

use super::adamw::{self, AdamWStep};
use super::gradient_norm;
use super::sgd::{self, SgdStep};

/// The algorithm of an optimizer, with its constants.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OptimizerKind {
    /// Adam with decoupled weight decay (Loshchilov and Hutter 2019), with the constants of Kingma and Ba 2015.
    Adamw,
    /// Stochastic gradient descent with momentum.
    Sgd {
        /// The momentum: the share of the velocity that is kept from step to step, in [0, 1).
        momentum: f32,
    },
}

/// The optimizer of a run as its configuration says it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptimizerConfig {
    /// The algorithm and its constants.
    pub algorithm: OptimizerKind,
    /// The weight decay of weights alone, not of biases and batch norms: decoupled for AdamW, added to the gradient for
    /// SGD.
    pub weight_decay: f32,
    /// The largest global norm of the gradients: gradients with a larger norm are scaled down to it. `None` clips
    /// nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
}

/// The decay of AdamW's mean of gradients (Kingma and Ba 2015).
const BETA1: f32 = 0.9;
/// The decay of AdamW's mean of squared gradients (Kingma and Ba 2015).
const BETA2: f32 = 0.999;
/// The number that AdamW adds to the deviation of the gradients (Kingma and Ba 2015).
const EPSILON: f32 = 1e-8;

/// An optimizer with the state that it keeps from step to step.
#[derive(Debug)]
pub struct Optimizer {
    config: OptimizerConfig,
    /// The state of each parameter, `[slots, values]`; `None` for a parameter that isn't trained.
    slots: Vec<Option<Tensor>>,
    roles: Vec<ParameterRole>,
    steps: u64,
}

impl Optimizer {
    /// Returns an optimizer of `parameters`, whose `roles` come in the same order, with a state of zeros.
    ///
    /// # Errors
    /// Where the device has no room for the state.
    pub fn new(config: OptimizerConfig, parameters: &[Var], roles: Vec<ParameterRole>) -> Result<Self> {
        let rows = Self::rows(config.algorithm);
        let zeros = |(parameter, role): (&Var, &ParameterRole)| -> Result<Option<Tensor>> {
            if !is_trained(*role) {
                return Ok(None);
            }
            Tensor::zeros((rows, parameter.elem_count()), DType::F32, parameter.device()).map(Some)
        };
        let slots = parameters.iter().zip(&roles).map(zeros).collect::<Result<_>>()?;
        Ok(Self { config, slots, roles, steps: 0 })
    }

    fn rows(kind: OptimizerKind) -> usize {
        match kind {
            OptimizerKind::Adamw => 2,
            OptimizerKind::Sgd { .. } => 1,
        }
    }

    /// Moves `parameters` by one step against `gradients`, one for each parameter, at the learning rate `rate`.
    ///
    /// # Errors
    /// Where a tensor operation fails.
    pub fn step(&mut self, parameters: &[Var], mut gradients: Vec<Option<Tensor>>, rate: f64) -> Result<()> {
        if let Some(most) = self.config.clip_norm {
            gradient_norm::clip(&mut gradients, most)?;
        }
        self.steps += 1;
        for (number, (parameter, gradient)) in parameters.iter().zip(&gradients).enumerate() {
            let (Some(gradient), Some(slot)) = (gradient, &mut self.slots[number]) else { continue };
            let decays = self.roles[number] == ParameterRole::Weight;
            let decay = if decays { self.config.weight_decay } else { 0.0 };
            match self.config.algorithm {
                OptimizerKind::Adamw => {
                    let (beta1, beta2, epsilon, step) = (BETA1, BETA2, EPSILON, self.steps);
                    adamw::step(
                        parameter,
                        slot,
                        gradient,
                        AdamWStep { beta1, beta2, epsilon, decay, rate, step },
                    )?;
                }
                OptimizerKind::Sgd { momentum } => {
                    let mut velocity = slot.reshape(parameter.shape())?;
                    let constants = SgdStep { momentum, decay, rate: rate as f32 };
                    sgd::step(parameter, &mut velocity, gradient, constants)?;
                    *slot = velocity.reshape((1, parameter.elem_count()))?;
                }
            }
        }
        Ok(())
    }

    /// Returns the whole state, one parameter after another: with it a copy goes on as this optimizer would.
    ///
    /// # Errors
    /// Where the tensors cannot be read.
    pub fn state(&self) -> Result<Vec<f32>> {
        let mut state = Vec::new();
        for slot in self.slots.iter().flatten() {
            state.extend(slot.flatten_all()?.to_vec1::<f32>()?);
        }
        Ok(state)
    }

    /// Goes on from a saved `state` after `steps` steps.
    ///
    /// # Errors
    /// Where the state has another number of values than these parameters need, or the device has no room for it.
    pub fn restore(&mut self, steps: u64, state: &[f32]) -> Result<()> {
        let expected: usize = self.slots.iter().flatten().map(Tensor::elem_count).sum();
        if state.len() != expected {
            return Err(Error::Msg("the saved state of the optimizer is of other parameters".to_owned()));
        }
        let mut rest = state;
        for slot in self.slots.iter_mut().flatten() {
            let (values, tail) = rest.split_at(slot.elem_count());
            rest = tail;
            *slot = Tensor::from_slice(values, slot.shape(), slot.device())?;
        }
        self.steps = steps;
        Ok(())
    }
}

/// Returns whether an optimizer moves a parameter of this role: the running values of a batch norm are followed, not
/// trained.
pub fn is_trained(role: ParameterRole) -> bool {
    !matches!(role, ParameterRole::RunningMean | ParameterRole::RunningVariance)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    fn variable(values: &[f32]) -> Var {
        Var::from_tensor(&Tensor::new(values, &Device::Cpu).unwrap()).unwrap()
    }

    fn values(variable: &Var) -> Vec<f32> {
        variable.to_vec1().unwrap()
    }

    fn steps(kind: OptimizerKind, weight_decay: f32, count: usize) -> (Vec<f32>, Vec<f32>) {
        let (weight, bias) = (variable(&[1.0]), variable(&[1.0]));
        let parameters = [weight, bias];
        let roles = vec![ParameterRole::Weight, ParameterRole::Bias];
        let config = OptimizerConfig { algorithm: kind, weight_decay, clip_norm: None };
        let mut optimizer = Optimizer::new(config, &parameters, roles).unwrap();
        for _ in 0..count {
            // The loss is (weight² + bias²) / 2: each is its own gradient.
            let gradients = parameters.iter().map(|var| Some(var.as_tensor().copy().unwrap())).collect();
            optimizer.step(&parameters, gradients, 0.1).unwrap();
        }
        (values(&parameters[0]), values(&parameters[1]))
    }

    fn close(found: &[f32], expected: f64) {
        assert!((f64::from(found[0]) - expected).abs() < 1e-6, "{found:?}, expected {expected}");
    }

    /// By hand, w = 1 and g = w: after the first step m̂ = 1 and v̂ = 1, so w moves by the rate; with a decay of 0.1 a
    /// weight also loses a hundredth at a rate of 0.1.
    #[test]
    fn the_first_step_of_adamw_moves_by_the_learning_rate_and_decays_weights_alone() {
        let (weight, bias) = steps(OptimizerKind::Adamw, 0.1, 1);
        close(&weight, 0.89);
        close(&bias, 0.9);
    }

    /// By hand: v₁ = 1 (+ 0.5 of decay), w₁ = 1 - 0.1 v₁; v₂ = 0.9 v₁ + w₁ (+ 0.5 w₁), w₂ = w₁ - 0.1 v₂.
    #[test]
    fn two_steps_of_sgd_match_hand_computed_numbers() {
        let (weight, bias) = steps(OptimizerKind::Sgd { momentum: 0.9 }, 0.5, 2);
        close(&bias, 0.9 - 0.1 * (0.9 + 0.9));
        close(&weight, 0.85 - 0.1 * (0.9 * 1.5 + 1.5 * 0.85));
    }

    /// The path of other devices, run on this one: the same numbers to the last digits.
    #[test]
    fn tensor_operations_step_as_the_kernels_do() {
        let values_after = |by_kernel: bool| {
            let weight = variable(&[1.0, -2.0, 0.5]);
            let gradient = Tensor::new(&[0.3f32, -0.1, 2.0], &Device::Cpu).unwrap();
            let mut moments = Tensor::zeros((2, 3), DType::F32, &Device::Cpu).unwrap();
            for step in 1..4 {
                let (beta1, beta2, epsilon) = (BETA1, BETA2, EPSILON);
                let constants = AdamWStep { beta1, beta2, epsilon, decay: 0.1, rate: 0.05, step };
                match by_kernel {
                    true => adamw::step(&weight, &mut moments, &gradient, constants).unwrap(),
                    false => adamw::step_by_tensors(&weight, &mut moments, &gradient, constants).unwrap(),
                }
            }
            values(&weight)
        };
        for (kernel, tensors) in values_after(true).iter().zip(values_after(false)) {
            assert!((kernel - tensors).abs() < 1e-6, "{kernel} {tensors}");
        }
    }

    #[test]
    fn a_saved_state_goes_on_as_it_would_have() {
        let config =
            OptimizerConfig { algorithm: OptimizerKind::Adamw, weight_decay: 0.1, clip_norm: Some(0.5) };
        let parameters = [variable(&[1.0, 2.0]), variable(&[0.0])];
        let roles = vec![ParameterRole::Scale, ParameterRole::RunningMean];
        let mut optimizer = Optimizer::new(config, &parameters, roles.clone()).unwrap();
        let gradients = || vec![Some(Tensor::new(&[0.5f32, 1.5], &Device::Cpu).unwrap()), None];
        optimizer.step(&parameters, gradients(), 0.1).unwrap();
        let (state, before) = (optimizer.state().unwrap(), values(&parameters[0]));
        optimizer.step(&parameters, gradients(), 0.1).unwrap();
        let after = values(&parameters[0]);
        let again = [variable(&before), variable(&[0.0])];
        let mut restored = Optimizer::new(config, &again, roles).unwrap();
        restored.restore(1, &state).unwrap();
        restored.step(&again, gradients(), 0.1).unwrap();
        assert_eq!(values(&again[0]), after);
        assert!(restored.restore(1, &state[1..]).is_err());
    }
}
