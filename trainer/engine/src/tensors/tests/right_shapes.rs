//! Where `is_right_in_candle` says so, candle's layers and ours agree: values, gradients, and what is kept.

use candle_core::{Device, Tensor, Var};
use candle_nn::{BatchNorm, Conv2d, Conv2dConfig, Module, ModuleT};
use models::{Layer, Shape};

use super::{assert_close, pass, random, values, variable};
use crate::tensors::right_in_candle::is_right_in_candle;
use crate::tensors::tensor_layers;

const SIDES: [[usize; 2]; 4] = [[5, 8], [7, 6], [6, 6], [3, 9]];

fn nhwc(x: &Tensor) -> Tensor {
    x.permute((0, 2, 3, 1)).unwrap().contiguous().unwrap()
}

fn nchw(x: &Tensor) -> Tensor {
    x.permute((0, 3, 1, 2)).unwrap().contiguous().unwrap()
}

fn convolution(kernel: [usize; 2], stride: usize, padding: usize, groups: usize) -> Layer {
    let (name, in_channels, out_channels) = ("c".to_owned(), 4, 6);
    let (stride, padding) = ([stride; 2], [padding; 2]);
    Layer::Convolution { name, in_channels, out_channels, kernel, stride, padding, groups }
}

/// Returns whether the two forms agree; they must, where candle is said to be right.
fn check_convolution(layer: &Layer, [height, width]: [usize; 2]) -> bool {
    let Layer::Convolution { in_channels, out_channels, kernel, stride, padding, groups, .. } = layer else {
        panic!()
    };
    let input = Shape::Image([*in_channels, height, width]);
    if layer.output(input).is_none() || !is_right_in_candle(layer, input) {
        return false;
    }
    let x = variable(&[2, *in_channels, height, width], 1);
    let weight = variable(&[*out_channels, in_channels / groups, kernel[0], kernel[1]], 2);
    let bias = variable(&[*out_channels], 3);
    let variables = [&x, &weight, &bias];
    let config =
        Conv2dConfig { stride: stride[0], padding: padding[0], groups: *groups, ..Default::default() };
    let of_candle = Conv2d::new(weight.as_tensor().clone(), Some(bias.as_tensor().clone()), config);
    let found = pass(&variables, || of_candle.forward(&x)).unwrap();
    let ours = || Ok(nchw(&tensor_layers::convolution(&nhwc(&x), &weight, &bias, *stride, *padding)?));
    assert_close(&found, &pass(&variables, ours).unwrap(), &format!("{layer:?} of {height}x{width}"));
    true
}

#[test]
fn convolutions_agree_wherever_candle_is_said_to_be_right() {
    let mut agreeing = [0; 3];
    for sides in SIDES {
        for kernel in [[1, 1], [3, 3], [2, 3], [3, 1], [5, 5]] {
            for (position, found) in agreeing.iter_mut().enumerate() {
                for padding in 0..=2 {
                    for groups in 1..=2 {
                        let is_right =
                            check_convolution(&convolution(kernel, position + 1, padding, groups), sides);
                        *found += usize::from(is_right);
                    }
                }
            }
        }
    }
    // Without a stride there is no shape for which candle is wrong but padding that is wider than the windows.
    assert!(agreeing[0] > 70 && agreeing[1] > 30 && agreeing[2] > 30, "{agreeing:?}");
}

#[test]
fn our_depthwise_and_grouped_forms_agree_with_candles_groups() {
    for (groups, out_channels) in [(4, 4), (4, 8), (2, 6)] {
        let (x, bias) = (variable(&[2, 4, 5, 7], 1), variable(&[out_channels], 3));
        let weight = variable(&[out_channels, 4 / groups, 3, 2], 2);
        let variables = [&x, &weight, &bias];
        let of_candle = || {
            let bias = bias.reshape((1, out_channels, 1, 1))?;
            x.conv2d(&weight, 1, 1, 1, groups)?.broadcast_add(&bias)
        };
        let ours = || Ok(nchw(&tensor_layers::convolution(&nhwc(&x), &weight, &bias, [1, 1], [1, 1])?));
        let found = pass(&variables, ours).unwrap();
        assert_close(&found, &pass(&variables, of_candle).unwrap(), &format!("{groups} groups"));
    }
}

/// The sizes that candle cannot do: a depthwise layer is ours whatever its shape, others by their sides and strides.
#[test]
fn what_candle_cannot_do_is_ours() {
    let is_right = |layer: &Layer, [height, width]: [usize; 2]| {
        is_right_in_candle(layer, Shape::Image([4, height, width]))
    };
    assert!(is_right(&convolution([3, 3], 2, 1, 1), [32, 32]));
    assert!(is_right(&convolution([3, 3], 1, 1, 1), [31, 32]));
    assert!(!is_right(&convolution([3, 3], 2, 1, 1), [31, 32]));
    assert!(!is_right(&convolution([3, 3], 1, 1, 4), [32, 32]));
    assert!(!is_right(&convolution([1, 1], 3, 1, 1), [1, 1]));
    let uneven = |stride, padding| {
        let (name, kernel) = ("c".to_owned(), [3, 3]);
        Layer::Convolution { name, in_channels: 4, out_channels: 6, kernel, stride, padding, groups: 1 }
    };
    assert!(!is_right(&uneven([1, 2], [1, 1]), [9, 9]));
    assert!(!is_right(&uneven([1, 1], [0, 1]), [9, 9]));
}

#[test]
fn average_pooling_agrees_where_windows_cover_the_image() {
    let x = variable(&[2, 3, 4, 9], 1);
    let kernel = [2, 3];
    let layer = Layer::AveragePool { kernel, stride: kernel };
    assert!(is_right_in_candle(&layer, Shape::Image([3, 4, 9])));
    let found = pass(&[&x], || x.avg_pool2d((2, 3))).unwrap();
    let ours = || Ok(nchw(&tensor_layers::average_pool(&nhwc(&x), kernel, kernel)?));
    assert_close(&found, &pass(&[&x], ours).unwrap(), "average pooling");
}

#[test]
fn batch_norms_agree_in_training_and_after_it() {
    let (x, scale, shift) = (variable(&[3, 4, 2, 5], 1), variable(&[4], 2), variable(&[4], 3));
    let running = || {
        let variance = (random(&[4], 5).abs().unwrap() + 0.5).unwrap();
        [random(&[4], 4), variance].map(|values| Var::from_tensor(&values).unwrap())
    };
    let [mean, variance] = running();
    let [tensor_mean, tensor_variance] = [mean.as_tensor().clone(), variance.as_tensor().clone()];
    let (weight, bias) = (scale.as_tensor().clone(), shift.as_tensor().clone());
    let of_candle = BatchNorm::new(4, tensor_mean, tensor_variance, weight, bias, 0.125).unwrap();
    let variables = [&x, &scale, &shift];
    let found = pass(&variables, || of_candle.forward_t(&x, true)).unwrap();
    let own = running();
    let ours =
        || Ok(nchw(&tensor_layers::batch_norm(&nhwc(&x), [&scale, &shift], [&own[0], &own[1]], 0.125)?));
    assert_close(&found, &pass(&variables, ours).unwrap(), "batch norm in training");
    // candle's layer has moved the variables that it was given.
    let kept = |[mean, variance]: [&Var; 2]| vec![values(mean), values(variance)];
    assert_close(&kept([&mean, &variance]), &kept([&own[0], &own[1]]), "running values");
    let found = values(&of_candle.forward_t(&x, false).unwrap());
    let parameters = [scale.as_tensor(), &shift, &own[0], &own[1]];
    let expected = values(&nchw(&tensor_layers::normalise(&nhwc(&x), parameters, 0.125).unwrap()));
    assert_close(&[found], &[expected], "batch norm after training");
}

/// By hand: rows 0 and 2 have mean 1 and unbiased variance 2; one row alone leaves a tenth less of the variance.
#[test]
fn running_values_go_a_tenth_of_the_way() {
    let one = |value: f64| Var::new(&[value], &Device::Cpu).unwrap();
    let (scale, shift, mean, variance) = (one(1.0), one(0.0), one(0.0), one(1.0));
    let step = |x: &[f64]| {
        let x = Tensor::from_slice(x, (x.len(), 1), &Device::Cpu).unwrap();
        tensor_layers::batch_norm(&x, [&scale, &shift], [&mean, &variance], 1e-5).unwrap();
        (values(&mean)[0], values(&variance)[0])
    };
    let close = |found: (f64, f64), expected: (f64, f64)| {
        (found.0 - expected.0).abs() < 1e-12 && (found.1 - expected.1).abs() < 1e-12
    };
    assert!(close(step(&[0.0, 2.0]), (0.1, 1.1)));
    assert!(close(step(&[5.0]), (0.59, 0.99)));
}
