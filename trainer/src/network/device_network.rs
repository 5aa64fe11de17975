//! A [`Network`] on a device: images `[batch, channels, height, width]` in, logits `[batch, classes]` out, both on the
//! host; parameters and gradients are candle's tensors on the device.
//!
//! This is the boundary between devices. On the CPU the kernels of the crate `engine` compute, elsewhere candle's
//! tensor operations; everything above needs logits and gradients alone.

use std::sync::{Mutex, PoisonError};

use candle_core::{Device, Error, Result, Tensor, Var};
use engine::optimizer::is_trained;
use engine::tensors::tensor_layers::{self, TensorStatistics};
use engine::tensors::{host_values, with_values};
use engine::{Draw, Memory, ParameterGradients, Tape};
use models::random::{Generator, Purpose};
use models::weights::Weights;
use models::{Layer, ModelContract, Network, ParameterRole};

use crate::network::loss_gradient::LossGradient;

/// How far the running values of a batch norm go towards a batch's in one step.
const RUNNING_SHARE: f64 = 0.1;

/// A network with its parameters on a device.
#[derive(Debug)]
pub(crate) struct DeviceNetwork {
    network: Network,
    /// The parameters in the order of [`Network::parameters`].
    parameters: Vec<Var>,
    device: Device,
    engine: Engine,
}

/// What computes the logits and the gradients.
#[derive(Debug)]
enum Engine {
    /// The kernels of the crate `engine`, on the CPU.
    Kernels(Box<Kernels>),
    /// candle's tensor operations, on any device.
    Tensors,
}

#[derive(Debug)]
struct Kernels {
    training: Tape,
    answering: Tape,
    memory: Mutex<Memory>,
}

/// What a training pass finds: the loss of the batch and the gradients of the parameters.
#[derive(Debug)]
pub(crate) struct Pass {
    pub(crate) loss: f64,
    /// The gradient of each parameter; `None` for a parameter that isn't trained.
    pub(crate) gradients: Vec<Option<Tensor>>,
}

impl DeviceNetwork {
    /// Returns a network with fresh parameters: weights uniform within ±√(6 / fan_in) (He et al. 2015, equation 10, as
    /// a uniform distribution), biases 0, batch norms the identity. The layers of the network must fit together.
    pub(crate) fn initialise(network: &Network, seed: u64, device: &Device) -> Result<Self> {
        let mut values = Vec::with_capacity(network.parameter_count());
        for (number, spec) in network.parameters().iter().enumerate() {
            let purpose = Purpose::Initialisation { parameter: number as u32 };
            let mut generator = Generator::new(seed, purpose, 0, 0);
            let bound = (6.0 / spec.fan_in as f32).sqrt();
            values.extend((0..spec.len()).map(|_| match spec.role {
                ParameterRole::Weight => generator.symmetric(bound),
                ParameterRole::Scale | ParameterRole::RunningVariance => 1.0,
                ParameterRole::Bias | ParameterRole::RunningMean => 0.0,
            }));
        }
        Self::with_values(network, &values, device)
    }

    /// Returns the network of a weights file, for answers: its batch norms are folded.
    pub(crate) fn from_weights(weights: &Weights, device: &Device) -> Result<Self> {
        let folded = weights.folded();
        Self::with_values(&folded.network, &folded.values, device)
    }

    fn with_values(network: &Network, values: &[f32], device: &Device) -> Result<Self> {
        let engine = match device {
            Device::Cpu => Engine::Kernels(Box::new(Kernels {
                training: Tape::new(network, true),
                answering: Tape::new(&network.folded(), false),
                memory: Mutex::default(),
            })),
            _ => Engine::Tensors,
        };
        let mut rest = values;
        let mut parameters = Vec::new();
        for spec in network.parameters() {
            let (values, tail) = rest.split_at(spec.len());
            rest = tail;
            parameters.push(Var::from_slice(values, spec.shape, device)?);
        }
        Ok(Self { network: network.clone(), parameters, device: device.clone(), engine })
    }

    /// Returns the network that the parameters belong to.
    pub(crate) fn network(&self) -> &Network {
        &self.network
    }

    /// Returns the parameters in the order of [`Network::parameters`].
    pub(crate) fn parameters(&self) -> &[Var] {
        &self.parameters
    }

    /// Returns the role of each parameter.
    pub(crate) fn roles(&self) -> Vec<ParameterRole> {
        self.network.parameters().into_iter().map(|spec| spec.role).collect()
    }

    /// Returns all values in the order of [`Network::parameters`].
    pub(crate) fn values(&self) -> Result<Vec<f32>> {
        let mut values = Vec::with_capacity(self.network.parameter_count());
        for parameter in &self.parameters {
            values.extend(host_values(parameter)?);
        }
        Ok(values)
    }

    /// Replaces all values, in the order of [`Network::parameters`]; there must be as many.
    pub(crate) fn set_values(&self, values: &[f32]) -> Result<()> {
        let mut rest = values;
        for parameter in &self.parameters {
            let (values, tail) = rest.split_at(parameter.elem_count());
            rest = tail;
            parameter.set(&Tensor::from_slice(values, parameter.shape(), &self.device)?)?;
        }
        Ok(())
    }

    /// Returns the values with the network and the contract that they belong to.
    pub(crate) fn to_weights(&self, contract: ModelContract) -> Result<Weights> {
        Ok(Weights { network: self.network.clone(), contract, values: self.values()?, finding: None })
    }

    /// Returns the same network with other values and its batch norms folded, for many answers.
    pub(crate) fn folded_with(&self, values: &[f32]) -> Result<Self> {
        Self::with_values(&self.network.folded(), &self.network.fold_values(values), &self.device)
    }

    pub(crate) fn is_on_cpu(&self) -> bool {
        self.device.is_cpu()
    }

    fn has_normalisations(&self) -> bool {
        self.network.layers.iter().any(|layer| matches!(layer, Layer::BatchNorm { .. }))
    }

    /// Returns the logits `[batch, classes]` of images `[batch, channels, height, width]`, without dropout.
    pub(crate) fn logits(&self, images: &[f32]) -> Result<Vec<f32>> {
        match &self.engine {
            Engine::Kernels(_) if self.has_normalisations() => {
                self.folded_with(&self.values()?)?.logits(images)
            }
            Engine::Kernels(kernels) => self.with_parameters(|parameters| {
                let mut memory = kernels.memory.lock().unwrap_or_else(PoisonError::into_inner);
                kernels.answering.logits(parameters, images, &mut memory)
            }),
            Engine::Tensors => {
                let parameters: Vec<Tensor> =
                    self.parameters.iter().map(|var| var.as_detached_tensor()).collect();
                let images = self.images(images)?;
                host_values(&tensor_layers::logits(&self.network, &parameters, &images, None, &mut vec![])?)
            }
        }
    }

    /// Computes the gradients of one batch: `loss` is given the logits and answers with its value and its gradient. The
    /// running values of batch norms follow the batch's.
    pub(crate) fn pass(
        &self,
        images: &[f32],
        draw: Draw,
        loss: impl FnOnce(&[f32]) -> LossGradient,
    ) -> Result<Pass> {
        match &self.engine {
            Engine::Kernels(kernels) => self.pass_by_kernels(kernels, images, draw, loss),
            Engine::Tensors => self.pass_by_tensors(images, draw, loss),
        }
    }

    fn pass_by_kernels(
        &self,
        kernels: &Kernels,
        images: &[f32],
        draw: Draw,
        loss: impl FnOnce(&[f32]) -> LossGradient,
    ) -> Result<Pass> {
        let (loss, gradients, statistics) = self.with_parameters(|parameters| {
            let mut memory = kernels.memory.lock().unwrap_or_else(PoisonError::into_inner);
            let recording = kernels.training.record(parameters, images, draw, &mut memory);
            let LossGradient { loss, gradient } = loss(recording.logits());
            let statistics: Vec<_> = recording
                .statistics(&kernels.training)
                .map(|(parameter, found)| (parameter, found.mean.clone(), found.unbiased_variance()))
                .collect();
            let gradients =
                kernels.training.backward(parameters, images, draw, recording, &gradient, &mut memory);
            (loss, gradients, statistics)
        })?;
        for (parameter, mean, variance) in statistics {
            let on_device = |values: Vec<f32>| Tensor::new(values, &self.device);
            self.follow(parameter, &on_device(mean)?, &on_device(variance)?)?;
        }
        Ok(Pass { loss, gradients: self.as_tensors(gradients)? })
    }

    fn pass_by_tensors(
        &self,
        images: &[f32],
        draw: Draw,
        loss: impl FnOnce(&[f32]) -> LossGradient,
    ) -> Result<Pass> {
        let parameters: Vec<Tensor> = self.parameters.iter().map(|var| var.as_tensor().clone()).collect();
        let mut statistics: Vec<TensorStatistics> = Vec::new();
        let images = self.images(images)?;
        let logits = tensor_layers::logits(&self.network, &parameters, &images, Some(draw), &mut statistics)?;
        let LossGradient { loss, gradient } = loss(&host_values(&logits)?);
        let gradient = Tensor::from_vec(gradient, logits.shape(), &self.device)?;
        let store = (logits * gradient)?.sum_all()?.backward()?;
        let gradients = self
            .parameters
            .iter()
            .zip(self.roles())
            .map(|(parameter, role)| store.get(parameter).filter(|_| is_trained(role)).cloned());
        let gradients = gradients.collect();
        for TensorStatistics { parameter, mean, unbiased_variance } in statistics {
            self.follow(parameter, &mean, &unbiased_variance)?;
        }
        Ok(Pass { loss, gradients })
    }

    /// Moves the running values of the batch norm whose first parameter is `parameter` towards a batch's.
    fn follow(&self, parameter: usize, mean: &Tensor, variance: &Tensor) -> Result<()> {
        for (running, batch) in self.parameters[parameter + 2..].iter().zip([mean, variance]) {
            let kept = (running.as_detached_tensor() * (1.0 - RUNNING_SHARE))?;
            running.set(&(kept + (batch * RUNNING_SHARE)?)?)?;
        }
        Ok(())
    }

    fn with_parameters<R>(&self, use_values: impl FnOnce(&[&[f32]]) -> R) -> Result<R> {
        let tensors: Vec<&Tensor> = self.parameters.iter().map(Var::as_tensor).collect();
        with_values(&tensors, use_values)
    }

    fn as_tensors(&self, found: ParameterGradients) -> Result<Vec<Option<Tensor>>> {
        let mut gradients: Vec<Option<Tensor>> = vec![None; self.parameters.len()];
        for (parameter, values) in found {
            let shape = self.parameters[parameter].shape();
            gradients[parameter] = Some(Tensor::from_vec(values, shape, &self.device)?);
        }
        Ok(gradients)
    }

    fn images(&self, values: &[f32]) -> Result<Tensor> {
        let [channels, height, width] = self.network.input;
        let batch = values.len() / (channels * height * width).max(1);
        if batch * channels * height * width != values.len() {
            return Err(Error::Msg(format!(
                "{} values are no images of {:?}",
                values.len(),
                self.network.input
            )));
        }
        Tensor::from_slice(values, (batch, channels, height, width), &self.device)
    }
}

#[cfg(test)]
mod tests;
