//! The parameters of each layer: names, roles and shapes.
//!
//! In comes a layer, out go the [`ParameterSpec`]s of its tensors. One list serves initialisation, optimizer, files and
//! export, so that none of them knows another order.

use super::layer::Layer;
use super::parameter::{ParameterRole, ParameterSpec};

impl Layer {
    /// Returns the parameters of the layer and of the layers within it, in their order, the weight before the bias.
    #[must_use]
    pub fn parameters(&self) -> Vec<ParameterSpec> {
        let pair = |name: &str, weight: Vec<usize>| {
            let fan_in = weight[1..].iter().product();
            let spec = |kind: &str, role, shape| ParameterSpec {
                name: format!("{name}.{kind}"),
                role,
                shape,
                fan_in,
            };
            let bias = vec![weight[0]];
            vec![spec("weight", ParameterRole::Weight, weight), spec("bias", ParameterRole::Bias, bias)]
        };
        match self {
            Self::Convolution { name, in_channels, out_channels, kernel, groups, .. } => {
                pair(name, vec![*out_channels, in_channels / groups.max(&1), kernel[0], kernel[1]])
            }
            Self::Linear { name, inputs, outputs } => pair(name, vec![*outputs, *inputs]),
            Self::BatchNorm { name, channels, .. } => [
                ("weight", ParameterRole::Scale),
                ("bias", ParameterRole::Bias),
                ("running_mean", ParameterRole::RunningMean),
                ("running_variance", ParameterRole::RunningVariance),
            ]
            .map(|(kind, role)| ParameterSpec {
                name: format!("{name}.{kind}"),
                role,
                shape: vec![*channels],
                fan_in: 1,
            })
            .to_vec(),
            Self::Residual { .. } | Self::Branches { .. } => {
                self.inner().into_iter().flatten().flat_map(Self::parameters).collect()
            }
            _ => vec![],
        }
    }
}
