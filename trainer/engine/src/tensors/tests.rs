//! The layers in candle's tensors, in f64 on inputs that are not square and have several channels: against finite
//! differences, against each other, and what is wrong in candle.

use candle_core::{Device, Result, Tensor, Var};
use models::random::{Generator, Purpose};

mod candle_is_wrong;
mod finite_differences;
mod right_shapes;

/// Sums of some hundred f64 products in another order.
const CLOSE: f64 = 1e-10;

fn random(shape: &[usize], seed: u64) -> Tensor {
    let mut generator = Generator::new(seed, Purpose::Augmentation, 0, 0);
    let values: Vec<f64> = (0..shape.iter().product()).map(|_| f64::from(generator.symmetric(1.0))).collect();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

fn variable(shape: &[usize], seed: u64) -> Var {
    Var::from_tensor(&random(shape, seed)).unwrap()
}

fn values(tensor: &Tensor) -> Vec<f64> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// `y` and the gradients of `Σ y · dy` with random `dy`.
fn pass(variables: &[&Var], forward: impl Fn() -> Result<Tensor>) -> Result<Vec<Vec<f64>>> {
    let y = forward()?;
    let store = (&y * random(y.dims(), 99))?.sum_all()?.backward()?;
    let gradients = variables.iter().map(|variable| values(store.get(variable).unwrap()));
    Ok(std::iter::once(values(&y)).chain(gradients).collect())
}

fn assert_close(found: &[Vec<f64>], expected: &[Vec<f64>], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (number, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert_eq!(found.len(), expected.len(), "{what}, {number}");
        for (position, (found, expected)) in found.iter().zip(expected).enumerate() {
            let is_close = (found - expected).abs() < CLOSE * (1.0 + expected.abs());
            assert!(is_close, "{what}, {number}, {position}: {found}, expected {expected}");
        }
    }
}
