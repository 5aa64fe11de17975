//! AdamW (Loshchilov and Hutter 2019, algorithm 2) in one pass over the values, with a state that can be saved.

use candle_core::backprop::GradStore;
use candle_core::{CpuStorage, DType, Error, InplaceOp2, Layout, Result, Tensor, Var};
use rayon::prelude::*;

use super::operations::stored;

/// Constants of the optimiser.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct AdamWConfig {
    /// Decay of the mean of gradients.
    pub(crate) beta1: f32,
    /// Decay of the mean of squared gradients.
    pub(crate) beta2: f32,
    pub(crate) epsilon: f32,
    /// Decoupled from the gradient, on weights alone: a bias has nothing to decay to.
    pub(crate) weight_decay: f32,
}

impl Default for AdamWConfig {
    /// The constants of Kingma and Ba 2015, with no decay.
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
    }
}

/// The optimiser of a list of parameters.
#[derive(Debug)]
pub(crate) struct AdamW {
    config: AdamWConfig,
    parameters: Vec<Var>,
    /// Of each parameter, `[2, values]`: mean of gradients, mean of squared gradients.
    moments: Vec<Tensor>,
    steps: u64,
}

impl AdamW {
    /// Starts with moments of zero.
    pub(crate) fn new(parameters: Vec<Var>, config: AdamWConfig) -> Result<Self> {
        let zeros =
            |parameter: &Var| Tensor::zeros((2, parameter.elem_count()), DType::F32, parameter.device());
        let moments = parameters.iter().map(zeros).collect::<Result<_>>()?;
        Ok(Self { config, parameters, moments, steps: 0 })
    }

    /// One step against `gradients` at `learning_rate`.
    pub(crate) fn step(&mut self, gradients: &GradStore, learning_rate: f64) -> Result<()> {
        self.steps += 1;
        let correction = |beta: f32| 1.0 - f64::from(beta).powf(self.steps as f64);
        for (parameter, moments) in self.parameters.iter().zip(&self.moments) {
            let Some(gradient) = gradients.get(parameter) else { continue };
            moments.inplace_op2(&gradient.contiguous()?, &UpdateMoments(self.config))?;
            let decay = if parameter.rank() > 1 { self.config.weight_decay } else { 0.0 };
            let update = UpdateParameter {
                kept: (1.0 - learning_rate * f64::from(decay)) as f32,
                rate: (learning_rate / correction(self.config.beta1)) as f32,
                root_of_correction: correction(self.config.beta2).sqrt() as f32,
                epsilon: self.config.epsilon,
            };
            parameter.inplace_op2(moments, &update)?;
        }
        Ok(())
    }

    /// The steps taken and each parameter's moments: with them a copy goes on as this one would.
    pub(crate) fn state(&self) -> (u64, &[Tensor]) {
        (self.steps, &self.moments)
    }

    /// Goes on from a saved state.
    pub(crate) fn restore(&mut self, steps: u64, moments: Vec<Tensor>) -> Result<()> {
        let fits = moments.len() == self.moments.len()
            && moments.iter().zip(&self.moments).all(|(saved, own)| saved.shape() == own.shape());
        if !fits {
            return Err(Error::Msg("the saved moments are of other parameters".to_owned()));
        }
        self.steps = steps;
        self.moments = moments;
        Ok(())
    }
}

/// Values that one task updates.
const BLOCK: usize = 1 << 14;

/// m ← β₁ m + (1 - β₁) g; v ← β₂ v + (1 - β₂) g².
struct UpdateMoments(AdamWConfig);

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
        let AdamWConfig { beta1, beta2, .. } = self.0;
        let blocks = mean.par_chunks_mut(BLOCK).zip(square.par_chunks_mut(BLOCK));
        blocks.zip(gradient.par_chunks(BLOCK)).for_each(|((mean, square), gradient)| {
            for ((mean, square), gradient) in mean.iter_mut().zip(square).zip(gradient) {
                *mean = beta1 * *mean + (1.0 - beta1) * gradient;
                *square = beta2 * *square + (1.0 - beta2) * gradient * gradient;
            }
        });
        Ok(())
    }
}

/// w ← w · kept - rate · m / (√v / √(1 - β₂ᵗ) + ε), the bias correction of m being in `rate`.
struct UpdateParameter {
    kept: f32,
    rate: f32,
    root_of_correction: f32,
    epsilon: f32,
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
            for ((value, mean), square) in parameter.iter_mut().zip(mean).zip(square) {
                let deviation = square.sqrt() / self.root_of_correction + self.epsilon;
                *value = *value * self.kept - self.rate * mean / deviation;
            }
        });
        Ok(())
    }
}

fn stored_mut<'a>(storage: &'a mut CpuStorage, layout: &Layout) -> Result<&'a mut [f32]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::F32(values), Some((start, end))) => Ok(&mut values[start..end]),
        _ => Err(Error::Msg("expected contiguous f32 values".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    /// By hand, w = 1, loss = w² / 2 so g = w: after the first step m̂ = 1 and v̂ = 1, so w moves by the rate; with a
    /// decay of 0.1 a weight also loses a hundredth at a rate of 0.1.
    #[test]
    fn the_first_step_moves_by_the_learning_rate_and_decays_weights_alone() {
        let weight = Var::from_tensor(&Tensor::ones((1, 1), DType::F32, &Device::Cpu).unwrap()).unwrap();
        let bias = Var::from_tensor(&Tensor::ones(1, DType::F32, &Device::Cpu).unwrap()).unwrap();
        let config = AdamWConfig { weight_decay: 0.1, ..AdamWConfig::default() };
        let mut adamw = AdamW::new(vec![weight.clone(), bias.clone()], config).unwrap();
        let squares =
            (weight.sqr().unwrap().sum_all().unwrap() + bias.sqr().unwrap().sum_all().unwrap()).unwrap();
        let gradients = (squares * 0.5).unwrap().backward().unwrap();
        adamw.step(&gradients, 0.1).unwrap();
        let value = |parameter: &Var| parameter.flatten_all().unwrap().to_vec1::<f32>().unwrap()[0];
        assert!((value(&weight) - 0.89).abs() < 1e-6, "{}", value(&weight));
        assert!((value(&bias) - 0.9).abs() < 1e-6, "{}", value(&bias));
    }
}
