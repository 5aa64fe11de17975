//! Stochastic gradient descent with momentum (Sutskever et al. 2013; the form without Nesterov's look ahead).
//!
//! In come a parameter, its velocity and its gradient, of one shape; out go the moved parameter and velocity. On the
//! CPU each update is one pass in place; candle's operations would write a new tensor for each.

use candle_core::{CpuStorage, InplaceOp2, Layout, Result, Tensor, Var};
use kernels::vectorised;
use rayon::prelude::*;

use super::adamw::BLOCK;
use crate::tensors::storage::{stored, stored_mut};

/// Moves `parameter` by one SGD step: v ← μ v + g + λ w; w ← w - rate · v, where v is `velocity`, of the shape of w. A
/// parameter elsewhere than on the CPU goes through candle's operations.
pub(crate) fn step(
    parameter: &Var,
    velocity: &mut Tensor,
    gradient: &Tensor,
    constants: SgdStep,
) -> Result<()> {
    if !parameter.device().is_cpu() {
        let SgdStep { momentum, decay, rate } = constants;
        let decayed = (gradient + (parameter.as_tensor() * f64::from(decay))?)?;
        *velocity = ((&*velocity * f64::from(momentum))? + decayed)?;
        return parameter.set(&(parameter.as_tensor() - (&*velocity * f64::from(rate))?)?);
    }
    velocity.inplace_op2(&gradient.contiguous()?, &UpdateVelocity(constants))?;
    if constants.decay != 0.0 {
        velocity.inplace_op2(parameter.as_tensor(), &AddDecay(constants))?;
    }
    parameter.inplace_op2(&*velocity, &Move(constants))
}

/// The constants of one SGD step for one parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SgdStep {
    /// The momentum μ.
    pub(crate) momentum: f32,
    /// The weight decay λ, coupled with the gradient as in PyTorch.
    pub(crate) decay: f32,
    /// The learning rate.
    pub(crate) rate: f32,
}

/// The update v ← μ v + g.
struct UpdateVelocity(SgdStep);
/// The update v ← v + λ w.
struct AddDecay(SgdStep);
/// The update w ← w - rate · v.
struct Move(SgdStep);

/// Calls `update` for each pair of values of two contiguous f32 tensors on the CPU.
fn for_each_pair(
    target: &mut CpuStorage,
    target_layout: &Layout,
    other: &CpuStorage,
    other_layout: &Layout,
    update: impl Fn(&mut f32, f32) + Sync,
) -> Result<()> {
    let (target, other) = (stored_mut(target, target_layout)?, stored(other, other_layout)?);
    target.par_chunks_mut(BLOCK).zip(other.par_chunks(BLOCK)).for_each(|(target, other)| {
        vectorised(|| target.iter_mut().zip(other).for_each(|(target, other)| update(target, *other)));
    });
    Ok(())
}

impl InplaceOp2 for UpdateVelocity {
    fn name(&self) -> &'static str {
        "sgd-velocity"
    }

    fn cpu_fwd(
        &self,
        velocity: &mut CpuStorage,
        to: &Layout,
        gradient: &CpuStorage,
        from: &Layout,
    ) -> Result<()> {
        for_each_pair(velocity, to, gradient, from, |v, g| *v = self.0.momentum * *v + g)
    }
}

impl InplaceOp2 for AddDecay {
    fn name(&self) -> &'static str {
        "sgd-decay"
    }

    fn cpu_fwd(
        &self,
        velocity: &mut CpuStorage,
        to: &Layout,
        weight: &CpuStorage,
        from: &Layout,
    ) -> Result<()> {
        for_each_pair(velocity, to, weight, from, |v, w| *v += self.0.decay * w)
    }
}

impl InplaceOp2 for Move {
    fn name(&self) -> &'static str {
        "sgd-parameter"
    }

    fn cpu_fwd(
        &self,
        weight: &mut CpuStorage,
        to: &Layout,
        velocity: &CpuStorage,
        from: &Layout,
    ) -> Result<()> {
        for_each_pair(weight, to, velocity, from, |w, v| *w -= self.0.rate * v)
    }
}

/// The update a ← a + share · (w - a).
#[derive(Debug, Clone, Copy)]
pub(crate) struct MoveTowards {
    pub(crate) share: f32,
}

/// Moves `average` towards `target`, on any device.
pub(crate) fn move_towards(average: &mut Tensor, target: &Tensor, step: MoveTowards) -> Result<()> {
    if average.device().is_cpu() {
        return average.inplace_op2(target, &step);
    }
    *average = (&*average + ((target - &*average)? * f64::from(step.share))?)?;
    Ok(())
}

impl InplaceOp2 for MoveTowards {
    fn name(&self) -> &'static str {
        "move-towards"
    }

    fn cpu_fwd(
        &self,
        average: &mut CpuStorage,
        to: &Layout,
        target: &CpuStorage,
        from: &Layout,
    ) -> Result<()> {
        for_each_pair(average, to, target, from, |a, w| *a += self.share * (w - *a))
    }
}
