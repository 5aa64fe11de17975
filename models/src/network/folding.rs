//! Folds batch norm into the layer before it, so that a network that is done with training holds the smallest graph.

use super::description::Network;
use super::layer::Layer;

impl Network {
    /// The same function after training: every batch normalisation is part of the layer before it. A network without any
    /// stays as it is.
    #[must_use]
    pub fn folded(&self) -> Self {
        let mut network = self.clone();
        network.layers.retain(|layer| !matches!(layer, Layer::BatchNorm { .. }));
        network
    }

    /// The values of [`Network::folded`] from those of this network, in the order of the parameters:
    /// `W' = W · s` and `b' = (b - mean) · s + bias` with `s = weight / √(variance + epsilon)`, a row an output, in f64.
    #[must_use]
    pub fn fold_values(&self, values: &[f32]) -> Vec<f32> {
        let mut rest = values;
        let mut kept: Vec<Vec<f32>> = Vec::new();
        for layer in &self.layers {
            let mut own = Vec::new();
            for spec in layer.parameters() {
                let (values, tail) = rest.split_at(spec.len().min(rest.len()));
                rest = tail;
                own.push(values.to_vec());
            }
            let Layer::BatchNorm { epsilon, .. } = layer else {
                kept.append(&mut own);
                continue;
            };
            if let ([.., weight, bias], [scale, shift, mean, variance]) =
                (kept.as_mut_slice(), own.as_slice())
            {
                let row_len = weight.len() / bias.len();
                for (channel, (row, bias)) in weight.chunks_exact_mut(row_len).zip(bias).enumerate() {
                    let deviation = (f64::from(variance[channel]) + f64::from(*epsilon)).sqrt();
                    let factor = f64::from(scale[channel]) / deviation;
                    row.iter_mut().for_each(|value| *value = (f64::from(*value) * factor) as f32);
                    let centred = f64::from(*bias) - f64::from(mean[channel]);
                    *bias = (centred * factor + f64::from(shift[channel])) as f32;
                }
            }
        }
        kept.concat()
    }
}
