//! The measurement of a network that was asked for: a preset or a file and the shape of its input in, the times of its
//! steps out, so that networks can be compared before one of them is trained.

use anyhow::Context;
use models::process::peak_resident_bytes;
use models::{ImageInput, Network, Resize};
use serde::Serialize;

use crate::arguments::network_choice::NetworkChoice;
use crate::augmentation::augmentation::Augmentation;
use crate::command::bench::timed_network::{Batch, Objective, TimedAugmentation, TimedNetwork};
use crate::network::engine_name::EngineName;

/// The network that is timed.
#[derive(Debug, Clone)]
pub(super) struct NamedNetwork<'a> {
    /// The network.
    pub(super) choice: &'a NetworkChoice,
    /// The shape of an image, `[channels, height, width]`.
    pub(super) input: [usize; 3],
    /// The number of classes.
    pub(super) classes: usize,
}

impl NamedNetwork<'_> {
    /// Returns the network's layers.
    ///
    /// # Errors
    /// Where the network has no layers for such an input.
    pub(super) fn layers(&self) -> anyhow::Result<Network> {
        let [channels, height, width] = self.input;
        let place =
            || format!("--network {}: no network for --input {channels}x{height}x{width}", self.choice);
        self.choice.network(self.input, self.classes).with_context(place)
    }
}

/// The times of a network's steps on one machine, in milliseconds per step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NetworkBenchmark {
    /// The name of the network, as `--network` takes it.
    pub network: String,
    /// The shape of an image, `[channels, height, width]`.
    pub input: [usize; 3],
    /// The number of classes.
    pub classes: usize,
    /// The number of trained values.
    pub parameters: usize,
    /// Multiplications with an addition for the answer to one image.
    pub multiply_adds: usize,
    /// The device that computed: `cpu` or `cuda`.
    pub device: String,
    /// What computed the layers.
    pub engine: EngineName,
    /// The number of threads in the pool that computes on a CPU.
    pub threads: usize,
    /// The number of images in a step.
    pub batch_size: usize,
    /// The images of training steps per second: `batch_size` / `step_ms`.
    pub images_per_second: f64,
    /// The median time of a training step on hard labels: forward pass, backward pass and AdamW.
    pub step_ms: f64,
    /// The median time of the logits for a batch.
    pub forward_ms: f64,
    /// The mean time per step over whole epochs, whose batches are made beside the steps, without augmentation.
    pub epoch_ms: f64,
    /// The mean time per step over whole epochs with the augmentation `photos`.
    pub photos_epoch_ms: f64,
    /// The largest resident memory of the process after the epochs, in bytes; none where the system does not say it.
    pub peak_bytes: Option<u64>,
}

/// Times `steps` steps of a network.
///
/// # Errors
/// Where the network has no layers for such an input, or an operation on tensors fails.
pub(super) fn run(
    named: &NamedNetwork<'_>,
    batch: Batch<'_>,
    steps: usize,
) -> anyhow::Result<NetworkBenchmark> {
    let network = named.layers()?;
    let input = ImageInput::version_2(named.input, Resize::Fit);
    let timed = TimedNetwork::new(&network, input, named.classes, batch)?;
    let epoch =
        |augmentation| timed.mean_step_of_epoch(TimedAugmentation { augmentation, kept: None }, steps);
    let (epoch_ms, photos_epoch_ms) = (epoch(Augmentation::None)?, epoch(Augmentation::Photos)?);
    let step_ms = timed.median_step(Objective::Labels, steps)?;
    Ok(NetworkBenchmark {
        network: named.choice.to_string(),
        input: named.input,
        classes: named.classes,
        parameters: network.parameter_count(),
        multiply_adds: network.multiply_adds()?,
        device: batch.device_name(),
        engine: batch.engine,
        threads: rayon::current_num_threads(),
        batch_size: batch.batch_size,
        images_per_second: batch.batch_size as f64 / step_ms * 1e3,
        step_ms,
        forward_ms: timed.median_forward(steps)?,
        epoch_ms,
        photos_epoch_ms,
        peak_bytes: peak_resident_bytes(),
    })
}
