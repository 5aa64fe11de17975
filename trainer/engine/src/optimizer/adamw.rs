//! AdamW (Loshchilov and Hutter 2019, algorithm 2) in one pass over the values.
//!
//! In come a parameter, its moments `[2, values]` and its gradient, out go the moved parameter and moments. candle's
//! own operations would pass over the values many times; one pass costs what reading and writing them costs.

use candle_core::{CpuStorage, InplaceOp2, Layout, Result, Tensor, Var};
use kernels::vectorised;
use rayon::prelude::*;

use crate::tensors::storage::{stored, stored_mut};

/// The number of values that one task updates.
pub(crate) const BLOCK: usize = 1 << 14;

/// The constants of one AdamW step for one parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AdamWStep {
    /// The decay of the mean of gradients.
    pub(crate) beta1: f32,
    /// The decay of the mean of squared gradients.
    pub(crate) beta2: f32,
    /// The number that is added to the deviation, so that the division stays finite.
    pub(crate) epsilon: f32,
    /// The weight decay, decoupled from the gradient.
    pub(crate) decay: f32,
    /// The learning rate.
    pub(crate) rate: f64,
    /// The number of the step, counted from 1.
    pub(crate) step: u64,
}

/// Moves `parameter` by one AdamW step. `moments` are `[2, values]`: the mean of gradients and the mean of squared
/// gradients. A parameter elsewhere than on the CPU goes through candle's operations.
pub(crate) fn step(
    parameter: &Var,
    moments: &mut Tensor,
    gradient: &Tensor,
    constants: AdamWStep,
) -> Result<()> {
    if !parameter.device().is_cpu() {
        return step_by_tensors(parameter, moments, gradient, constants);
    }
    moments.inplace_op2(&gradient.contiguous()?, &UpdateMoments(constants))?;
    parameter.inplace_op2(&*moments, &UpdateParameter::of(constants))
}

/// Moves `parameter` by one AdamW step in candle's operations, on any device.
pub(crate) fn step_by_tensors(
    parameter: &Var,
    moments: &mut Tensor,
    gradient: &Tensor,
    constants: AdamWStep,
) -> Result<()> {
    let update = UpdateParameter::of(constants);
    let (beta1, beta2) = (f64::from(constants.beta1), f64::from(constants.beta2));
    let gradient = gradient.flatten_all()?;
    let mean = ((moments.get(0)? * beta1)? + (&gradient * (1.0 - beta1))?)?;
    let square = ((moments.get(1)? * beta2)? + (gradient.sqr()? * (1.0 - beta2))?)?;
    let deviation = ((square.sqrt()? / f64::from(update.root_of_correction))? + f64::from(update.epsilon))?;
    let change = ((&mean * f64::from(update.rate))? / deviation)?.reshape(parameter.shape())?;
    parameter.set(&((parameter.as_tensor() * f64::from(update.kept))? - change)?)?;
    *moments = Tensor::stack(&[mean, square], 0)?;
    Ok(())
}

/// The update of the moments: m ← β₁ m + (1 - β₁) g; v ← β₂ v + (1 - β₂) g².
struct UpdateMoments(AdamWStep);

impl InplaceOp2 for UpdateMoments {
    fn name(&self) -> &'static str {
        "adamw-moments"
    }

    fn cpu_fwd(
        &self,
        moments: &mut CpuStorage,
        layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<()> {
        let gradient = stored(gradient, gradient_layout)?;
        let (mean, square) = stored_mut(moments, layout)?.split_at_mut(gradient.len());
        let AdamWStep { beta1, beta2, .. } = self.0;
        let blocks = mean.par_chunks_mut(BLOCK).zip(square.par_chunks_mut(BLOCK));
        blocks.zip(gradient.par_chunks(BLOCK)).for_each(|((mean, square), gradient)| {
            vectorised(|| {
                for ((mean, square), gradient) in mean.iter_mut().zip(square).zip(gradient) {
                    *mean = beta1 * *mean + (1.0 - beta1) * gradient;
                    *square = beta2 * *square + (1.0 - beta2) * gradient * gradient;
                }
            });
        });
        Ok(())
    }
}

/// The update of the parameter: w ← w · kept - rate · m / (√v / √(1 - β₂ᵗ) + ε), the bias correction of m being in
/// `rate`.
struct UpdateParameter {
    kept: f32,
    rate: f32,
    root_of_correction: f32,
    epsilon: f32,
}

impl UpdateParameter {
    fn of(constants: AdamWStep) -> Self {
        let AdamWStep { beta1, beta2, epsilon, decay, rate, step } = constants;
        // libm, not the system's: the same bits on every machine.
        let correction = |beta: f32| 1.0 - libm::pow(f64::from(beta), step as f64);
        Self {
            kept: (1.0 - rate * f64::from(decay)) as f32,
            rate: (rate / correction(beta1)) as f32,
            root_of_correction: correction(beta2).sqrt() as f32,
            epsilon,
        }
    }
}

impl InplaceOp2 for UpdateParameter {
    fn name(&self) -> &'static str {
        "adamw-parameter"
    }

    fn cpu_fwd(
        &self,
        parameter: &mut CpuStorage,
        layout: &Layout,
        moments: &CpuStorage,
        moments_layout: &Layout,
    ) -> Result<()> {
        let parameter = stored_mut(parameter, layout)?;
        let (mean, square) = stored(moments, moments_layout)?.split_at(parameter.len());
        let blocks = parameter.par_chunks_mut(BLOCK).zip(mean.par_chunks(BLOCK));
        blocks.zip(square.par_chunks(BLOCK)).for_each(|((parameter, mean), square)| {
            vectorised(|| {
                for ((value, mean), square) in parameter.iter_mut().zip(mean).zip(square) {
                    let deviation = square.sqrt() / self.root_of_correction + self.epsilon;
                    *value = *value * self.kept - self.rate * mean / deviation;
                }
            });
        });
        Ok(())
    }
}
