//! Gradients against finite differences, on inputs that are not square and have several channels.

use candle_core::{Device, Result, Tensor, Var};

use super::Activation;
use super::convolution::Convolution;
use super::dropout::Dropout;
use super::linear::Linear;
use super::max_pool::MaxPool;
use super::operations::{convolution, dropout, linear, max_pool};
use crate::random::{Generator, Purpose};

/// Central differences of f32 losses around 1: the error is about ε·loss/(2·STEP) + curvature·STEP².
const STEP: f32 = 1e-2;
const TOLERANCE: f32 = 4e-3;

fn random(shape: &[usize], seed: u64) -> Var {
    let mut generator = Generator::new(seed, Purpose::View, 0, 0);
    let values: Vec<f32> = (0..shape.iter().product()).map(|_| generator.symmetric(1.0)).collect();
    Var::from_tensor(&Tensor::from_vec(values, shape, &Device::Cpu).unwrap()).unwrap()
}

fn values(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// A scalar that weighs each output differently, in f64 so that differences are not lost.
fn loss_of(y: &Tensor) -> f64 {
    let weigh = |(index, value): (usize, f32)| f64::from(value) * (((index * 37) % 17) as f64 / 17.0 - 0.4);
    values(y).into_iter().enumerate().map(weigh).sum()
}

/// Compares the gradients of every value of every variable with central differences.
fn check_gradients(variables: &[&Var], forward: impl Fn() -> Result<Tensor>) {
    let y = forward().unwrap();
    let weights: Vec<f32> =
        (0..y.elem_count()).map(|index| ((index * 37) % 17) as f32 / 17.0 - 0.4).collect();
    let weights = Tensor::from_vec(weights, y.shape(), &Device::Cpu).unwrap();
    let gradients = (y * weights).unwrap().sum_all().unwrap().backward().unwrap();
    for (number, variable) in variables.iter().enumerate() {
        let gradient = values(gradients.get(variable).expect("a gradient"));
        let original = values(variable);
        for position in 0..original.len() {
            let loss_at = |offset: f32| {
                let mut moved = original.clone();
                moved[position] += offset;
                variable.set(&Tensor::from_vec(moved, variable.shape(), &Device::Cpu).unwrap()).unwrap();
                loss_of(&forward().unwrap())
            };
            let difference = ((loss_at(STEP) - loss_at(-STEP)) / f64::from(2.0 * STEP)) as f32;
            variable
                .set(&Tensor::from_vec(original.clone(), variable.shape(), &Device::Cpu).unwrap())
                .unwrap();
            let found = gradient[position];
            let tolerance = TOLERANCE * (1.0 + difference.abs());
            assert!(
                (found - difference).abs() < tolerance,
                "variable {number}, position {position}: {found}, differences give {difference}"
            );
        }
    }
}

fn layer(kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2]) -> Convolution {
    Convolution { in_channels: 2, out_channels: 3, kernel, stride, padding, activation: Activation::Identity }
}

#[test]
fn the_gradients_of_convolution_agree_with_finite_differences() {
    let layers = [
        layer([3, 2], [1, 1], [0, 0]),
        layer([2, 3], [2, 1], [1, 2]),
        layer([1, 1], [1, 3], [0, 0]),
        layer([3, 3], [2, 2], [1, 1]),
    ];
    for (number, layer) in layers.into_iter().enumerate() {
        let x = random(&[3, 5, 7, 2], 1 + number as u64);
        let weight = random(&[3, 2, layer.kernel[0], layer.kernel[1]], 11);
        let bias = random(&[3], 12);
        check_gradients(&[&x, &weight, &bias], || convolution(&x, (&weight, &bias), layer));
    }
}

/// y\[o, r, c\] = b\[o\] + Σ x\[i, r·s + a - p, c·s + b - p\] w\[o, i, a, b\], written out.
#[test]
fn convolution_agrees_with_its_formula() {
    let layer = layer([2, 3], [2, 1], [1, 2]);
    let (x, weight, bias) = (random(&[2, 5, 7, 2], 3), random(&[3, 2, 2, 3], 4), random(&[3], 5));
    let y = convolution(&x, (&weight, &bias), layer).unwrap();
    let (_, out_height, out_width, _) = y.dims4().unwrap();
    let (x, weight, bias, y) = (values(&x), values(&weight), values(&bias), values(&y));
    let pixel = |image: usize, row: isize, column: isize, channel: usize| {
        let inside = (0..5).contains(&row) && (0..7).contains(&column);
        if inside { x[((image * 5 + row as usize) * 7 + column as usize) * 2 + channel] } else { 0.0 }
    };
    for (index, found) in y.iter().enumerate() {
        let (out, rest) = (index % 3, index / 3);
        let (column, row, image) =
            (rest % out_width, rest / out_width % out_height, rest / out_width / out_height);
        let mut expected = bias[out];
        for (position, weight) in weight[out * 12..(out + 1) * 12].iter().enumerate() {
            let (channel, down, right) = (position / 6, position / 3 % 2, position % 3);
            let from = ((row * 2 + down) as isize - 1, (column + right) as isize - 2);
            expected += weight * pixel(image, from.0, from.1, channel);
        }
        assert!((found - expected).abs() < 1e-5, "{index}: {found}, expected {expected}");
    }
}

#[test]
fn the_gradients_of_linear_agree_with_finite_differences() {
    for (inputs, outputs) in [(5, 3), (70, 33)] {
        let (x, weight, bias) =
            (random(&[4, inputs], 6), random(&[outputs, inputs], 7), random(&[outputs], 8));
        let layer = Linear { inputs, outputs, activation: Activation::Identity };
        check_gradients(&[&x, &weight, &bias], || linear(&x, (&weight, &bias), layer));
    }
}

#[test]
fn a_relu_stops_the_gradient_where_it_answers_zero() {
    let layer = Linear { inputs: 2, outputs: 2, activation: Activation::Relu };
    let tensor = |values: &[f32], shape: &[usize]| {
        Var::from_tensor(&Tensor::from_slice(values, shape, &Device::Cpu).unwrap()).unwrap()
    };
    let x = tensor(&[1.0, 2.0], &[1, 2]);
    let (weight, bias) = (tensor(&[1.0, 1.0, -1.0, 0.0], &[2, 2]), tensor(&[0.5, 0.0], &[2]));
    let y = linear(&x, (&weight, &bias), layer).unwrap();
    assert_eq!(values(&y), [3.5, 0.0]);
    let gradients = y.sum_all().unwrap().backward().unwrap();
    assert_eq!(values(gradients.get(&weight).unwrap()), [1.0, 2.0, 0.0, 0.0]);
    assert_eq!(values(gradients.get(&bias).unwrap()), [1.0, 0.0]);
    assert_eq!(values(gradients.get(&x).unwrap()), [1.0, 1.0]);
}

/// Values further apart than two steps of the differences, so that no window changes its largest value.
#[test]
fn the_gradients_of_max_pooling_agree_with_finite_differences() {
    for (kernel, stride) in [([2, 2], [2, 2]), ([3, 2], [1, 2]), ([2, 3], [2, 1])] {
        let apart = (0..2 * 5 * 7 * 3).map(|index| ((index * 101) % 210) as f32 * 0.05).collect::<Vec<f32>>();
        let x = Var::from_tensor(&Tensor::from_vec(apart, (2, 5, 7, 3), &Device::Cpu).unwrap()).unwrap();
        check_gradients(&[&x], || max_pool(&x, MaxPool { kernel, stride }));
    }
}

/// The case in which candle's own pooling answers 0.25.
#[test]
fn max_pooling_passes_the_whole_gradient_to_one_value_a_window() {
    let pool = MaxPool { kernel: [2, 2], stride: [2, 2] };
    let gradient = |pixels: Vec<f32>| {
        let x = Var::from_tensor(&Tensor::from_vec(pixels, (1, 4, 4, 1), &Device::Cpu).unwrap()).unwrap();
        let gradients = max_pool(&x, pool).unwrap().sum_all().unwrap().backward().unwrap();
        values(gradients.get(&x).unwrap())
    };
    let rising = gradient((0..16).map(|value| value as f32).collect());
    assert_eq!(rising, [0., 0., 0., 0., 0., 1., 0., 1., 0., 0., 0., 0., 0., 1., 0., 1.]);
    assert_eq!(gradient(vec![5.0; 16]).iter().sum::<f32>(), 4.0);
}

#[test]
fn dropout_keeps_the_mean_and_draws_the_same_mask_backward() {
    let layer = Dropout { rate: 0.25, seed: 1, step: 2, layer: 3 };
    let x =
        Var::from_tensor(&Tensor::ones((100, 77), candle_core::DType::F32, &Device::Cpu).unwrap()).unwrap();
    let y = dropout(&x, layer).unwrap();
    let kept = values(&y);
    assert!(kept.iter().all(|value| *value == 0.0 || (*value - 4.0 / 3.0).abs() < 1e-6));
    let mean = kept.iter().sum::<f32>() / kept.len() as f32;
    assert!((mean - 1.0).abs() < 0.03, "{mean}");
    let gradients = y.sum_all().unwrap().backward().unwrap();
    assert_eq!(values(gradients.get(&x).unwrap()), kept);
    assert_ne!(values(&dropout(&x, Dropout { step: 3, ..layer }).unwrap()), kept);
    assert_ne!(values(&dropout(&x, Dropout { layer: 4, ..layer }).unwrap()), kept);
}

#[test]
fn the_first_layer_computes_no_gradient_of_the_images() {
    let images = random(&[2, 5, 7, 2], 1).as_tensor().detach();
    let (weight, bias) = (random(&[3, 2, 3, 3], 2), random(&[3], 3));
    let y = convolution(&images, (&weight, &bias), layer([3, 3], [1, 1], [0, 0])).unwrap();
    let gradients = y.sum_all().unwrap().backward().unwrap();
    assert!(gradients.get(&weight).is_some());
    assert!(gradients.get(&images).is_none());
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let (x, weight, bias) = (random(&[67, 6, 5, 2], 1), random(&[3, 2, 3, 3], 2), random(&[3], 3));
    let in_pool = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let y = convolution(&x, (&weight, &bias), layer([3, 3], [1, 1], [0, 0])).unwrap();
            let gradients = y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            [&x, &weight, &bias].map(|variable| values(gradients.get(variable).unwrap()))
        })
    };
    assert_eq!(in_pool(1), in_pool(2));
    assert_eq!(in_pool(1), in_pool(5));
}

/// Outputs near the ReLU's corner would spoil the differences: the bias keeps half of the channels well over it and the
/// others well under.
#[test]
fn the_gradients_of_convolution_with_relu_agree_with_finite_differences() {
    let layer = Convolution { activation: Activation::Relu, ..layer([3, 2], [1, 2], [1, 0]) };
    let (x, weight) = (random(&[2, 5, 6, 2], 21), random(&[3, 2, 3, 2], 22));
    let bias = Var::from_tensor(&Tensor::new(&[20f32, -20.0, 20.0], &Device::Cpu).unwrap()).unwrap();
    check_gradients(&[&x, &weight, &bias], || convolution(&x, (&weight, &bias), layer));
    let y = values(&convolution(&x, (&weight, &bias), layer).unwrap());
    assert!(y.contains(&0.0) && y.iter().any(|value| *value > 1.0));
}

#[test]
fn a_relu_lets_what_is_no_number_through() {
    let mut values = [f32::NAN, -1.0, 2.0];
    Activation::Relu.apply(&mut values);
    assert!(values[0].is_nan() && values[1..] == [0.0, 2.0]);
}
