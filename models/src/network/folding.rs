//! Folds each batch norm into the layer before it.
//!
//! In come a network with its values, out go a network without batch norms and values that compute the same function. A
//! network that is done with training then has the smallest graph.

use super::description::Network;
use super::layer::Layer;

impl Network {
    /// Returns the network that computes the same function after training, with every batch norm as a part of the layer
    /// before it. A network without a batch norm stays as it is.
    #[must_use]
    pub fn folded(&self) -> Self {
        let mut network = self.clone();
        network.layers.retain(|layer| !matches!(layer, Layer::BatchNorm { .. }));
        network
    }

    /// Returns the values of the network [`Network::folded`] from the `values` of this network, both in the order of
    /// the parameters: `W' = W · s` and `b' = (b - mean) · s + bias` with `s = weight / √(variance + epsilon)`, one row
    /// of W and one s for each output, computed in f64.
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
