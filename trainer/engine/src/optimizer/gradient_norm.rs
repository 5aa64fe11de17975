//! Clipping of gradients by their global norm (Pascanu, Mikolov and Bengio 2013, algorithm 1).
//!
//! In come the gradients of all parameters, out go gradients whose global norm is at most a bound, and the norm that
//! they had. It keeps a single batch from moving the weights far.

use candle_core::{Result, Tensor};

use crate::tensors::host_values;
use crate::tensors::storage::with_values;

/// Returns √(Σ g²) over all gradients, summed in f64 in the order of the parameters: the same bits with any number of
/// threads.
pub(crate) fn global_norm(gradients: &[Option<Tensor>]) -> Result<f64> {
    let mut sum = 0.0;
    for gradient in gradients.iter().flatten() {
        let squares =
            |values: &[f32]| values.iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>();
        sum += match gradient.device().is_cpu() {
            true => with_values(&[gradient], |values| squares(values[0]))?,
            false => squares(&host_values(gradient)?),
        };
    }
    Ok(sum.sqrt())
}

/// Scales all gradients by one factor so that their global norm is at most `most`, and returns the norm that they had.
pub(crate) fn clip(gradients: &mut [Option<Tensor>], most: f64) -> Result<f64> {
    let norm = global_norm(gradients)?;
    if norm > most {
        for gradient in gradients.iter_mut().flatten() {
            *gradient = (&*gradient * (most / norm))?;
        }
    }
    Ok(norm)
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    /// By hand: (3, 0) and (0, 4) have the norm 5; at most 1 divides both by 5.
    #[test]
    fn the_norm_is_that_of_all_gradients_together() {
        let gradient = |values: &[f32]| Some(Tensor::new(values, &Device::Cpu).unwrap());
        let mut gradients = vec![gradient(&[3.0, 0.0]), None, gradient(&[0.0, 4.0])];
        assert_eq!(clip(&mut gradients, 6.0).unwrap(), 5.0);
        assert_eq!(global_norm(&gradients).unwrap(), 5.0);
        assert_eq!(clip(&mut gradients, 1.0).unwrap(), 5.0);
        let rows: Vec<Vec<f32>> =
            gradients.iter().flatten().map(|gradient| gradient.to_vec1().unwrap()).collect();
        for (found, expected) in rows.concat().iter().zip([0.6, 0.0, 0.0, 0.8]) {
            assert!((found - expected).abs() < 1e-6);
        }
    }
}
