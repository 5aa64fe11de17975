//! The losses of a network's first training steps: a preset, a device and an engine in, one loss a step out, so that two
//! devices or engines can be held against each other without a data set.

use models::{ImageInput, Resize};
use serde::Serialize;

use crate::command::bench::named_network::NamedNetwork;
use crate::command::bench::timed_network::{Batch, TimedNetwork};
use crate::network::engine_name::EngineName;

/// The losses of a network that is fitted to one batch of seeded random images with random labels, dropout and batch norm
/// included, by AdamW at a learning rate of 0.001. The same for every device and engine, but for rounding.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct LossCurve {
    /// The name of the network, as `--network` takes it.
    pub(super) network: String,
    /// The shape of an image, `[channels, height, width]`.
    pub(super) input: [usize; 3],
    /// The number of classes.
    pub(super) classes: usize,
    /// The device that computed: `cpu` or `cuda`.
    pub(super) device: String,
    /// What computed the layers.
    pub(super) engine: EngineName,
    /// The number of images in a step.
    pub(super) batch_size: usize,
    /// The loss of each step, before the step.
    pub(super) losses: Vec<f64>,
}

/// Takes `steps` training steps of a network and returns their losses.
///
/// # Errors
/// Where the network has no layers for such an input, or an operation on tensors fails.
pub(super) fn run(named: &NamedNetwork<'_>, batch: Batch<'_>, steps: usize) -> anyhow::Result<LossCurve> {
    let network = named.layers()?;
    let input = ImageInput::version_2(named.input, Resize::Fit);
    let losses = TimedNetwork::new(&network, input, named.classes, batch)?.losses(steps)?;
    Ok(LossCurve {
        network: named.choice.to_string(),
        input: named.input,
        classes: named.classes,
        device: batch.device_name(),
        engine: batch.engine,
        batch_size: batch.batch_size,
        losses,
    })
}
