//! An exponential moving average of the weights, which generalises better than the last ones (Polyak and Juditsky 1992;
//! in this form Tarvainen and Valpola 2017): a ← d · a + (1 - d) · w after each step.
//!
//! In come the parameters after each step, out go averaged values in the order of the parameters. The average lives on
//! the device of the parameters, so that following them copies nothing to the host.

use candle_core::{Result, Tensor, Var};

use super::sgd::{MoveTowards, move_towards};
use crate::tensors::host_values;

/// The exponential moving average of all parameters of a network.
#[derive(Debug)]
pub struct WeightAverage {
    decay: f64,
    values: Vec<Tensor>,
}

impl WeightAverage {
    /// Returns an average that starts at the values of `parameters` and keeps a share of `decay`, in [0, 1), in each
    /// step.
    ///
    /// # Errors
    /// Where the device has no room for a copy of the parameters.
    pub fn start(decay: f64, parameters: &[Var]) -> Result<Self> {
        let values =
            parameters.iter().map(|parameter| parameter.as_tensor().copy()).collect::<Result<_>>()?;
        Ok(Self { decay, values })
    }

    /// Moves the average towards `parameters` after the step number `step`, counted from 0. At first the average
    /// follows faster, so that it forgets where it began.
    ///
    /// # Errors
    /// Where a tensor operation fails.
    pub fn follow(&mut self, parameters: &[Var], step: u64) -> Result<()> {
        let decay = self.decay.min((1.0 + step as f64) / (10.0 + step as f64));
        for (average, parameter) in self.values.iter_mut().zip(parameters) {
            move_towards(average, parameter.as_tensor(), MoveTowards { share: (1.0 - decay) as f32 })?;
        }
        Ok(())
    }

    /// Returns all averaged values in the order of the parameters.
    ///
    /// # Errors
    /// Where the tensors cannot be read.
    pub fn values(&self) -> Result<Vec<f32>> {
        let mut values = Vec::new();
        for average in &self.values {
            values.extend(host_values(average)?);
        }
        Ok(values)
    }

    /// Goes on from `saved` values in the order of the parameters; there must be as many as the average has.
    ///
    /// # Errors
    /// Where there are too few values, or the device has no room for them.
    pub fn restore(&mut self, saved: &[f32]) -> Result<()> {
        let mut rest = saved;
        for average in &mut self.values {
            let (values, tail) = rest.split_at(average.elem_count().min(rest.len()));
            rest = tail;
            *average = Tensor::from_slice(values, average.shape(), average.device())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    /// By hand: from 1 towards 3, first by 9/10 of the way (step 0), then by half (d = 0.5 from step 8 on).
    #[test]
    fn the_average_follows_the_weights() {
        let parameter = Var::from_tensor(&Tensor::new(&[1f32], &Device::Cpu).unwrap()).unwrap();
        let mut average = WeightAverage::start(0.5, std::slice::from_ref(&parameter)).unwrap();
        parameter.set(&Tensor::new(&[3f32], &Device::Cpu).unwrap()).unwrap();
        assert_eq!(average.values().unwrap(), [1.0]);
        average.follow(std::slice::from_ref(&parameter), 0).unwrap();
        assert!((average.values().unwrap()[0] - 2.8).abs() < 1e-6);
        average.follow(std::slice::from_ref(&parameter), 100).unwrap();
        assert!((average.values().unwrap()[0] - 2.9).abs() < 1e-6);
        average.restore(&[7.0]).unwrap();
        assert_eq!(average.values().unwrap(), [7.0]);
    }
}
