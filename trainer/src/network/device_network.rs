//! A [`Network`] on a device: images `[batch, channels, height, width]` in, logits `[batch, classes]` out, both on the
//! host; parameters and gradients are candle's tensors on the device.
//!
//! This is the boundary between devices and engines. The kernels of the crate `engine` compute on the CPU, candle-nn's
//! layers anywhere; everything above needs logits and gradients alone.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use candle_core::{DType, Device, Error, Result, Tensor, Var};
use candle_nn::VarBuilder;
use engine::optimizer::is_trained;
use engine::tensors::tensor_layers::BATCH_NORM_MOMENTUM;
use engine::tensors::{TensorNetwork, host_values, with_values};
use engine::{Draw, Memory, ParameterGradients, Tape};
use models::random::{Generator, Purpose};
use models::weights::Weights;
use models::{ModelContract, Network, ParameterRole};

use crate::network::engine_name::EngineName;
use crate::network::loss_gradient::LossGradient;

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
    /// candle-nn's layers, on any device. The network follows the parameters, which are its variables.
    Tensors(TensorNetwork),
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
    /// Returns a network with fresh parameters, computed by `engine`: weights uniform within ±√(6 / fan_in) (He et al. 2015, equation 10, as
    /// a uniform distribution), biases 0, batch norms the identity. The layers of the network must fit together.
    pub(crate) fn initialise(
        network: &Network,
        seed: u64,
        device: &Device,
        engine: EngineName,
    ) -> Result<Self> {
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
        Self::with_values(network, &values, device, engine)
    }

    /// Returns the network of a weights file, for answers: its batch norms are folded. The device's own engine computes.
    pub(crate) fn from_weights(weights: &Weights, device: &Device) -> Result<Self> {
        let folded = weights.folded();
        Self::with_values(&folded.network, &folded.values, device, EngineName::of_device(device))
    }

    fn with_values(network: &Network, values: &[f32], device: &Device, engine: EngineName) -> Result<Self> {
        let mut rest = values;
        let mut parameters = Vec::new();
        for spec in network.parameters() {
            let (values, tail) = rest.split_at(spec.len());
            rest = tail;
            parameters.push(Var::from_slice(values, spec.shape, device)?);
        }
        let engine = match engine {
            EngineName::Imago => {
                engine.expect_on(device)?;
                Engine::Kernels(Box::new(Kernels {
                    training: Tape::new(network, true),
                    answering: Tape::new(&network.folded(), false),
                    memory: Mutex::default(),
                }))
            }
            EngineName::Candle => {
                let variables = parameters.iter().map(|var| var.as_tensor().clone());
                Engine::Tensors(tensor_network(network, variables, device)?)
            }
        };
        Ok(Self { network: network.clone(), parameters, device: device.clone(), engine })
    }

    fn engine_name(&self) -> EngineName {
        match self.engine {
            Engine::Kernels(_) => EngineName::Imago,
            Engine::Tensors(_) => EngineName::Candle,
        }
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
        let (network, values) = (self.network.folded(), self.network.fold_values(values));
        Self::with_values(&network, &values, &self.device, self.engine_name())
    }

    pub(crate) fn is_on_cpu(&self) -> bool {
        self.device.is_cpu()
    }

    /// Returns whether layers can be folded into others: the kernels answer by the folded network alone.
    fn is_unfolded(&self) -> bool {
        self.network.folded() != self.network
    }

    /// Returns the logits `[batch, classes]` of images `[batch, channels, height, width]`, without dropout.
    pub(crate) fn logits(&self, images: &[f32]) -> Result<Vec<f32>> {
        match &self.engine {
            Engine::Kernels(_) if self.is_unfolded() => self.folded_with(&self.values()?)?.logits(images),
            Engine::Kernels(kernels) => self.with_parameters(|parameters| {
                let mut memory = kernels.memory.lock().unwrap_or_else(PoisonError::into_inner);
                kernels.answering.logits(parameters, images, &mut memory)
            }),
            Engine::Tensors(_) => {
                // Without variables, nothing between the layers is kept for gradients.
                let parameters = self.parameters.iter().map(Var::as_detached_tensor);
                let network = tensor_network(&self.network, parameters, &self.device)?;
                host_values(&network.logits(&self.images(images)?, None)?)
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
            Engine::Tensors(network) => self.pass_by_tensors(network, images, draw, loss),
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
        network: &TensorNetwork,
        images: &[f32],
        draw: Draw,
        loss: impl FnOnce(&[f32]) -> LossGradient,
    ) -> Result<Pass> {
        let logits = network.logits(&self.images(images)?, Some(draw))?;
        let LossGradient { loss, gradient } = loss(&host_values(&logits)?);
        let gradient = Tensor::from_vec(gradient, logits.shape(), &self.device)?;
        let store = (logits * gradient)?.sum_all()?.backward()?;
        let gradients = self
            .parameters
            .iter()
            .zip(self.roles())
            .map(|(parameter, role)| store.get(parameter).filter(|_| is_trained(role)).cloned());
        Ok(Pass { loss, gradients: gradients.collect() })
    }

    /// Moves the running values of the batch norm whose first parameter is `parameter` towards a batch's.
    fn follow(&self, parameter: usize, mean: &Tensor, variance: &Tensor) -> Result<()> {
        for (running, batch) in self.parameters[parameter + 2..].iter().zip([mean, variance]) {
            let kept = (running.as_detached_tensor() * (1.0 - BATCH_NORM_MOMENTUM))?;
            running.set(&(kept + (batch * BATCH_NORM_MOMENTUM)?)?)?;
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

/// Returns the network of `parameters`, in the order of [`Network::parameters`].
fn tensor_network(
    network: &Network,
    parameters: impl Iterator<Item = Tensor>,
    device: &Device,
) -> Result<TensorNetwork> {
    let names = network.parameters().into_iter().map(|spec| spec.name);
    let tensors: HashMap<String, Tensor> = names.zip(parameters).collect();
    TensorNetwork::new(network, &VarBuilder::from_tensors(tensors, DType::F32, device))
}

#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod tests;
