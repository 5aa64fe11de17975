//! The kernels one by one: against written-out formulas, and against tensor operations whose gradients are held against
//! finite differences in f64. Images are not square and have several channels.

mod convolutions;
mod wide_convolutions;

use candle_core::{Device, Result, Tensor, Var};

use kernels::pooling::Source;
use kernels::{Activation, Buffers, Linear, Pool};
use models::random::{Generator, Purpose};

use crate::draw::Draw;
use crate::layers::batch_norm::BatchNorm;
use crate::layers::dropout::Dropout;
use crate::layers::linear_gradients::{self, LinearPass};
use crate::layers::pooling_gradients::{largest_backward, mean_backward};
use crate::tensors::tensor_layers::{average_pool, batch_statistics, max_pool, normalise, relu};

/// Sums of some hundred f32 products in another order.
const CLOSE: f32 = 2e-5;

fn random(count: usize, seed: u64) -> Vec<f32> {
    let mut generator = Generator::new(seed, Purpose::Augmentation, 0, 0);
    (0..count).map(|_| generator.symmetric(1.0)).collect()
}

fn variable(values: &[f32], shape: &[usize]) -> Var {
    Var::from_tensor(&Tensor::from_slice(values, shape, &Device::Cpu).unwrap()).unwrap()
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

fn assert_close(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (position, (found, expected)) in found.iter().zip(expected).enumerate() {
        let tolerance = CLOSE * (1.0 + expected.abs());
        assert!((found - expected).abs() < tolerance, "{what}, {position}: {found}, expected {expected}");
    }
}

/// `y` and the gradients of `Σ y · dy` by candle.
fn by_candle(
    variables: &[&Var],
    dy: &[f32],
    forward: impl Fn() -> Result<Tensor>,
) -> (Vec<f32>, Vec<Vec<f32>>) {
    let y = forward().unwrap();
    let dy = Tensor::from_slice(dy, y.shape(), &Device::Cpu).unwrap();
    let store = (&y * dy).unwrap().sum_all().unwrap().backward().unwrap();
    (values(&y), variables.iter().map(|variable| values(store.get(variable).unwrap())).collect())
}

#[test]
fn linear_and_its_gradients_agree_with_tensor_operations() {
    for (batch, inputs, outputs) in [(4, 5, 3), (61, 70, 33), (3, 1, 1), (50, 40, 64)] {
        for activation in [Activation::Identity, Activation::Relu] {
            let layer = Linear { inputs, outputs, activation };
            let (x, weight, bias) =
                (random(batch * inputs, 6), random(outputs * inputs, 7), random(outputs, 8));
            let dy = random(batch * outputs, 9);
            let (mut y, mut dx) = (vec![9.0; dy.len()], vec![9.0; x.len()]);
            let mut memory = Buffers::default();
            memory.give(vec![9.0; 10_000]);
            layer.forward(&x, &weight, &bias, &mut y, &mut memory);
            let pass = LinearPass { x: &x, y: &y, dy: &dy, weight: &weight };
            let found = linear_gradients::backward(&layer, pass, Some(&mut dx), &mut memory);
            let variables = [
                variable(&x, &[batch, inputs]),
                variable(&weight, &[outputs, inputs]),
                variable(&bias, &[outputs]),
            ];
            let [x, weight, bias] = &variables;
            let (expected, gradients) = by_candle(&[x, weight, bias], &dy, || {
                let y = x.matmul(&weight.t()?)?.broadcast_add(bias)?;
                if activation == Activation::Relu { relu(&y) } else { Ok(y) }
            });
            assert_close(&y, &expected, "y");
            assert_close(&dx, &gradients[0], "dx");
            assert_close(&found.weight, &gradients[1], "dw");
            assert_close(&found.bias, &gradients[2], "db");
        }
    }
}

#[test]
fn pooling_and_its_gradients_agree_with_tensor_operations() {
    for (kernel, stride) in
        [([2, 2], [2, 2]), ([3, 2], [1, 2]), ([2, 3], [2, 1]), ([5, 7], [1, 1]), ([1, 1], [3, 3])]
    {
        let pool = Pool { image: [5, 7, 3], kernel, stride };
        // Few different values: many windows have ties.
        let ties = random(105, 1).iter().map(|value| (value * 2.0).round()).collect::<Vec<f32>>();
        for x in [random(105, 2), ties] {
            let dy = random(pool.output_len(), 3);
            let image = variable(&x, &[1, 5, 7, 3]);
            let (mut y, mut dx) = (vec![9.0; dy.len()], vec![9.0; x.len()]);
            let mut places = vec![0; dy.len()];
            pool.largest(Source::Any, &x, &mut y, &mut places);
            largest_backward(&places, &dy, &mut dx);
            let (expected, gradients) = by_candle(&[&image], &dy, || max_pool(&image, kernel, stride));
            assert_close(&y, &expected, "largest");
            assert_close(&dx, &gradients[0], "gradient of the largest");
            let mut without_places = vec![9.0; dy.len()];
            pool.largest(Source::Any, &x, &mut without_places, &mut []);
            assert_eq!(without_places, y);
            pool.mean(&x, &mut y);
            mean_backward(&pool, &dy, &mut dx);
            let (expected, gradients) = by_candle(&[&image], &dy, || average_pool(&image, kernel, stride));
            assert_close(&y, &expected, "mean");
            assert_close(&dx, &gradients[0], "gradient of the mean");
        }
    }
}

/// The case in which candle's own pooling answers 0.25.
#[test]
fn max_pooling_passes_the_whole_gradient_to_one_value_a_window() {
    let pool = Pool { image: [4, 4, 1], kernel: [2, 2], stride: [2, 2] };
    let gradient = |source: Source, x: &[f32]| {
        let (mut y, mut places, mut dx) = ([0.0; 4], [0; 4], [9.0; 16]);
        pool.largest(source, x, &mut y, &mut places);
        largest_backward(&places, &[1.0; 4], &mut dx);
        dx
    };
    let rising: Vec<f32> = (0..16).map(|value| value as f32).collect();
    let expected = [0., 0., 0., 0., 0., 1., 0., 1., 0., 0., 0., 0., 0., 1., 0., 1.];
    assert_eq!(gradient(Source::Any, &rising), expected);
    // The first of equal values in reading order is the largest.
    let first = [1., 0., 1., 0., 0., 0., 0., 0., 1., 0., 1., 0., 0., 0., 0., 0.];
    assert_eq!(gradient(Source::Any, &[5.0; 16]), first);
    // Behind a ReLU a largest value of 0 has no gradient.
    assert_eq!(gradient(Source::Relu, &[0.0; 16]), [0.0; 16]);
}

#[test]
fn a_nan_goes_through_pooling_and_relu() {
    let pool = Pool { image: [1, 3, 1], kernel: [1, 3], stride: [1, 1] };
    for place in 0..3 {
        let mut x = [1.0, 2.0, 3.0];
        x[place] = f32::NAN;
        let (mut y, mut places) = ([0.0], [0]);
        pool.largest(Source::Any, &x, &mut y, &mut places);
        assert!(y[0].is_nan());
        let tensor = Tensor::from_slice(&x, (1, 1, 3, 1), &Device::Cpu).unwrap();
        assert!(values(&max_pool(&tensor, [1, 3], [1, 1]).unwrap())[0].is_nan());
        assert!(values(&relu(&tensor).unwrap())[place].is_nan());
    }
    let mut values = [f32::NAN, -1.0, 2.0];
    Activation::Relu.apply(&mut values);
    assert!(values[0].is_nan() && values[1..] == [0.0, 2.0]);
}

#[test]
fn normalisation_and_its_gradients_agree_with_tensor_operations() {
    for (rows, channels) in [(2, 1), (7, 3), (100, 33)] {
        for activation in [Activation::Identity, Activation::Relu] {
            let layer = BatchNorm { channels, epsilon: 1e-3, activation };
            let x: Vec<f32> = random(rows * channels, 1).iter().map(|value| value * 3.0 + 5.0).collect();
            let (scale, shift, dy) = (random(channels, 2), random(channels, 3), random(rows * channels, 4));
            let (mut y, mut dx) = (vec![9.0; x.len()], vec![9.0; x.len()]);
            let mut state = layer.state(&x, &scale, &shift);
            layer.apply(&state, &x, &mut y);
            let mut masked = dy.clone();
            if activation == Activation::Relu {
                layer.mask(&y, &mut masked);
            }
            let mut sums = vec![0.0; BatchNorm::SUMS * channels];
            layer.add_gradient_sums(&state, [&x, &masked], &mut sums);
            layer.set_gradients(&mut state, &sums);
            layer.input_gradient(&state, [&x, &masked], &mut dx);
            let [scale_gradient, shift_gradient] = state.gradients;
            let variables = [
                variable(&x, &[rows, channels]),
                variable(&scale, &[channels]),
                variable(&shift, &[channels]),
            ];
            let [x, scale, shift] = &variables;
            let (expected, gradients) = by_candle(&[x, scale, shift], &dy, || {
                let (mean, variance, _) = batch_statistics(x)?;
                let y = normalise(x, [scale, shift, &mean, &variance], 1e-3)?;
                if activation == Activation::Relu { relu(&y) } else { Ok(y) }
            });
            assert_close(&y, &expected, "y");
            assert_close(&dx, &gradients[0], "dx");
            assert_close(&scale_gradient, &gradients[1], "dγ");
            assert_close(&shift_gradient, &gradients[2], "dβ");
        }
    }
}

/// By hand: x = (1, 3) has mean 2, variance 1 and unbiased variance 2; with ε = 0 x̂ = (-1, 1), and γ = 2, β = 5 make it
/// (3, 7).
#[test]
fn normalisation_matches_hand_computed_numbers() {
    let layer = BatchNorm { channels: 1, epsilon: 0.0, activation: Activation::Identity };
    let mut y = [0.0; 2];
    let state = layer.state(&[1.0, 3.0], &[2.0], &[5.0]);
    layer.apply(&state, &[1.0, 3.0], &mut y);
    let statistics = state.statistics;
    assert_eq!(y, [3.0, 7.0]);
    assert_eq!(
        (statistics.mean[0], statistics.variance[0], statistics.unbiased_variance()[0]),
        (2.0, 1.0, 2.0)
    );
}

#[test]
fn dropout_keeps_the_mean_and_draws_by_what_it_is_for() {
    let layer = Dropout { rate: 0.25, layer: 3 };
    let draw = Draw { seed: 1, step: 2 };
    let apply = |layer: Dropout, draw: Draw, row: usize, len: usize| {
        let mut kept = vec![9.0; len];
        layer.apply(draw, row, &vec![1.0; len], &mut kept);
        kept
    };
    let kept = apply(layer, draw, 0, 7700);
    assert!(kept.iter().all(|value| *value == 0.0 || (*value - 4.0 / 3.0).abs() < 1e-6));
    let mean = kept.iter().sum::<f32>() / kept.len() as f32;
    assert!((mean - 1.0).abs() < 0.03, "{mean}");
    assert_eq!(apply(layer, draw, 0, 7700), kept);
    // A value's fate does not depend on how many come after it.
    assert_eq!(apply(layer, draw, 0, 77)[..], kept[..77]);
    assert_ne!(apply(layer, draw, 1, 7700), kept);
    assert_ne!(apply(layer, Draw { step: 3, ..draw }, 0, 7700), kept);
    assert_ne!(apply(layer, Draw { seed: 2, ..draw }, 0, 7700), kept);
    assert_ne!(apply(Dropout { layer: 4, ..layer }, draw, 0, 7700), kept);
}
