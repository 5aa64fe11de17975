//! Convolutions and their gradients against tensor operations and written-out formulas, on images that are not square, in
//! groups of several images, with every kind of vectors that the processor has.

use candle_core::Tensor;
use kernels::vectors::{processors, with_processor};
use kernels::{Activation, Convolution};

use super::{assert_close, by_candle, random, variable};
use crate::layers::activation_mask::mask_in_place;
use crate::layers::convolution_gradients::ConvolutionSums;
use crate::layers::input_gradient::{backward_panels, input_gradient};
use crate::tensors::tensor_layers::{self, relu};

const IMAGES: usize = 3;

/// A convolution of 5×7 pixels.
fn layer(kernel: [usize; 2], stride: [usize; 2], padding: [usize; 2]) -> Convolution {
    Convolution {
        image: [5, 7, 2],
        out_channels: 3,
        groups: 1,
        kernel,
        stride,
        padding,
        activation: Activation::Identity,
    }
}

/// The same with other channels.
fn with_channels(layer: Convolution, channels: usize, out_channels: usize, groups: usize) -> Convolution {
    Convolution { image: [5, 7, channels], out_channels, groups, ..layer }
}

/// Shapes that take every way through the kernels.
fn layers() -> Vec<Convolution> {
    let same = layer([3, 3], [1, 1], [1, 1]);
    let halving = layer([3, 3], [2, 2], [1, 1]);
    let point = layer([1, 1], [1, 1], [0, 0]);
    let plain = [
        layer([3, 2], [1, 1], [0, 0]),
        layer([2, 3], [2, 1], [1, 2]),
        layer([1, 1], [1, 3], [0, 0]),
        layer([2, 1], [3, 2], [1, 1]),
        layer([3, 5], [2, 3], [2, 0]),
        layer([5, 7], [1, 1], [0, 0]),
        halving,
        point,
        with_channels(layer([3, 3], [1, 1], [2, 2]), 2, 35, 1),
        with_channels(same, 16, 16, 1),
        with_channels(same, 33, 50, 1),
        with_channels(halving, 17, 40, 1),
        with_channels(point, 40, 24, 1),
        with_channels(layer([1, 1], [2, 2], [0, 0]), 16, 32, 1),
        with_channels(layer([3, 3], [2, 1], [1, 0]), 40, 64, 1),
        with_channels(same, 6, 9, 3),
        with_channels(halving, 4, 8, 2),
        with_channels(point, 34, 40, 2),
        with_channels(same, 3, 6, 3),
        with_channels(same, 3, 3, 3),
        with_channels(same, 8, 8, 8),
        with_channels(same, 21, 21, 21),
        with_channels(halving, 40, 40, 40),
        with_channels(layer([5, 4], [1, 1], [2, 1]), 16, 16, 16),
        with_channels(layer([2, 3], [1, 2], [0, 1]), 4, 4, 4),
        with_channels(layer([1, 2], [2, 3], [1, 0]), 32, 32, 32),
    ];
    let with_relu = plain.map(|layer| Convolution { activation: Activation::Relu, ..layer });
    plain.into_iter().chain(with_relu).collect()
}

/// What the kernels say of a layer.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    y: Vec<f32>,
    dx: Vec<f32>,
    dw: Vec<f32>,
    db: Vec<f32>,
}

/// Runs the kernels on `x` and `dy`, `at_once` images a call.
fn run(layer: &Convolution, [x, weight, bias, dy]: [&[f32]; 4], at_once: usize) -> Found {
    let (mut y, mut dx) = (vec![9.0; dy.len()], vec![9.0; x.len()]);
    let mut padded = vec![9.0; 100_000];
    let panels = [layer.forward_panels(weight), backward_panels(layer, weight)];
    let mut sums = ConvolutionSums::new(*layer);
    let (input, output) = (at_once * layer.input_len(), at_once * layer.output_len());
    let images = x.chunks(input).zip(dx.chunks_mut(input)).zip(y.chunks_mut(output).zip(dy.chunks(output)));
    for ((x, dx), (y, dy)) in images {
        layer.forward(&panels[0], bias, x, y, &mut padded);
        let mut dy = dy.to_vec();
        mask_in_place(layer.activation, y, &mut dy);
        sums.add_images(x, &dy, &mut padded);
        input_gradient(layer, &panels[1], &dy, dx, &mut padded);
    }
    Found { y, dx, dw: sums.stored_weight(), db: sums.bias }
}

/// Values of a layer: images, weights, bias and gradient of the output.
fn values(layer: &Convolution) -> [Vec<f32>; 4] {
    [
        random(IMAGES * layer.input_len(), 1),
        random(layer.weight_len(), 2),
        random(layer.out_channels, 3),
        random(IMAGES * layer.output_len(), 4),
    ]
}

#[test]
fn convolution_and_its_gradients_agree_with_tensor_operations() {
    for layer in layers() {
        let of = values(&layer);
        let found = run(&layer, of.each_ref().map(Vec::as_slice), IMAGES);
        let [group_in, group_out] = layer.group_channels();
        let [height, width, channels] = layer.image;
        let shape = [layer.out_channels, group_in, layer.kernel[0], layer.kernel[1]];
        let variables = [
            variable(&of[0], &[IMAGES, height, width, channels]),
            variable(&of[1], &shape),
            variable(&of[2], &[shape[0]]),
        ];
        let [x, weight, bias] = &variables;
        let (expected, gradients) = by_candle(&[x, weight, bias], &of[3], || {
            let groups = (0..layer.groups).map(|group| {
                let x = x.narrow(3, group * group_in, group_in)?;
                let weight = weight.narrow(0, group * group_out, group_out)?;
                let bias = bias.narrow(0, group * group_out, group_out)?;
                tensor_layers::convolution(&x, &weight, &bias, layer.stride, layer.padding)
            });
            let y = Tensor::cat(&groups.collect::<candle_core::Result<Vec<_>>>()?, 3)?;
            if layer.activation == Activation::Relu { relu(&y) } else { Ok(y) }
        });
        let of = |what: &str| format!("{what} of {layer:?}");
        assert_close(&found.y, &expected, &of("y"));
        assert_close(&found.dx, &gradients[0], &of("dx"));
        assert_close(&found.dw, &gradients[1], &of("dw"));
        assert_close(&found.db, &gradients[2], &of("db"));
    }
}

#[test]
fn neither_the_vectors_nor_the_images_a_call_change_a_bit() {
    for layer in layers() {
        let of = values(&layer);
        let of = of.each_ref().map(Vec::as_slice);
        let expected = run(&layer, of, IMAGES);
        assert_eq!(run(&layer, of, 1), expected, "one image a call: {layer:?}");
        for processor in processors() {
            assert_eq!(
                with_processor(processor, || run(&layer, of, 2)),
                expected,
                "{processor:?}: {layer:?}"
            );
        }
    }
}

/// y\[o, r, c\] = b\[o\] + Σ x\[i, r·s + a - p, c·s + b - p\] w\[o, i, a, b\] as one chain of fused multiply-adds over
/// a, b and i, to the bit.
#[test]
fn convolution_is_the_chain_of_its_formula() {
    for layer in layers() {
        let [x, weight, bias, dy] = values(&layer);
        let found = run(&layer, [&x, &weight, &bias, &dy], 1);
        let [height, width, channels] = layer.image.map(|side| side as isize);
        let [out_height, out_width, out_channels] = layer.output();
        let [group_in, group_out] = layer.group_channels();
        for (index, found) in found.y.iter().enumerate() {
            let (out, column, row) =
                (index % out_channels, index / out_channels % out_width, index / out_channels / out_width);
            let (image, row) = (row / out_height, row % out_height);
            let mut expected = bias[out];
            for (down, right) in (0..layer.kernel[0]).flat_map(|a| (0..layer.kernel[1]).map(move |b| (a, b)))
            {
                let from_row = (row * layer.stride[0] + down) as isize - layer.padding[0] as isize;
                let from_column = (column * layer.stride[1] + right) as isize - layer.padding[1] as isize;
                let inside = (0..height).contains(&from_row) && (0..width).contains(&from_column);
                for i in 0..group_in {
                    let pixel = ((image as isize * height + from_row) * width + from_column) * channels;
                    let x = if inside { x[pixel as usize + out / group_out * group_in + i] } else { 0.0 };
                    let position = (out * group_in + i) * layer.kernel[0] + down;
                    expected = x.mul_add(weight[position * layer.kernel[1] + right], expected);
                }
            }
            if layer.activation == Activation::Relu {
                expected = expected.max(0.0);
            }
            assert_eq!(*found, expected, "{index} of {layer:?}");
        }
    }
}
