//! Wide convolutions in Winograd's transform and their gradients against the direct kernels, which are held against tensor
//! operations elsewhere.

use kernels::vectors::{processors, with_processor};
use kernels::{Activation, Buffers, Convolution, WideConvolution};

use super::random;
use crate::layers::convolution_gradients::ConvolutionSums;
use crate::layers::input_gradient::{backward_panels, input_gradient};
use crate::layers::wide_convolution_gradients::wide_gradients;

/// Sums of some thousand f32 products of numbers below 1, whose order and form differ.
const CLOSE: f32 = 5e-4;

fn layer(image: [usize; 3], out_channels: usize) -> Convolution {
    Convolution {
        image,
        out_channels,
        groups: 1,
        kernel: [3, 3],
        stride: [1, 1],
        padding: [1, 1],
        activation: Activation::Identity,
    }
}

/// y, dx, dw and db of a batch.
type Found = [Vec<f32>; 4];

fn values(layer: &Convolution, images: usize) -> [Vec<f32>; 4] {
    [
        random(images * layer.input_len(), 1),
        random(layer.weight_len(), 2),
        random(layer.out_channels, 3),
        random(images * layer.output_len(), 4),
    ]
}

fn directly(layer: &Convolution, [x, weight, bias, dy]: [&[f32]; 4]) -> Found {
    let (mut y, mut dx, mut padded) = (vec![9.0; dy.len()], vec![9.0; x.len()], Vec::new());
    layer.forward(&layer.forward_panels(weight), bias, x, &mut y, &mut padded);
    input_gradient(layer, &backward_panels(layer, weight), dy, &mut dx, &mut padded);
    let mut sums = ConvolutionSums::new(*layer);
    sums.add_images(x, dy, &mut padded);
    [y, dx, sums.stored_weight(), sums.bias]
}

fn by_transform(layer: &Convolution, [x, weight, bias, dy]: [&[f32]; 4]) -> Found {
    let wide = WideConvolution::new(*layer).unwrap();
    let (mut y, mut dx, mut memory) = (vec![9.0; dy.len()], vec![9.0; x.len()], Buffers::default());
    memory.give(vec![9.0; 1_000_000]);
    wide.forward(x, weight, bias, &mut y, &mut memory);
    wide.input_gradient(dy, weight, &mut dx, &mut memory);
    let [dw, db] = wide_gradients(&wide, x, dy, &mut memory);
    [y, dx, dw, db]
}

#[test]
fn wide_convolution_and_its_gradients_agree_with_the_direct_kernels() {
    let relu = |layer: Convolution| Convolution { activation: Activation::Relu, ..layer };
    for (layer, images) in [
        (layer([8, 4, 64], 128), 19),
        (relu(layer([4, 10, 80], 144)), 3),
        (layer([4, 4, 64], 272), 40),
        (layer([6, 132, 64], 128), 1),
    ] {
        let of = values(&layer, images);
        let of = of.each_ref().map(Vec::as_slice);
        let (expected, found) = (directly(&layer, of), by_transform(&layer, of));
        for (what, (expected, found)) in ["y", "dx", "dw", "db"].iter().zip(expected.iter().zip(&found)) {
            assert_eq!(expected.len(), found.len());
            for (position, (expected, found)) in expected.iter().zip(found).enumerate() {
                let tolerance = CLOSE * (1.0 + expected.abs());
                let difference = (expected - found).abs();
                assert!(difference < tolerance, "{what} {position}: {found}, expected {expected}: {layer:?}");
            }
        }
    }
}

#[test]
fn neither_threads_nor_vectors_change_a_bit_of_a_wide_convolution() {
    let layer = layer([8, 4, 64], 144);
    let of = values(&layer, 19);
    let of = of.each_ref().map(Vec::as_slice);
    let expected = by_transform(&layer, of);
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(|| by_transform(&layer, of)) == expected, "{threads} threads");
    }
    for processor in processors() {
        assert!(with_processor(processor, || by_transform(&layer, of)) == expected, "{processor:?}");
    }
    let [x, weight, bias, _] = of;
    let mut y = vec![9.0; layer.output_len()];
    let last = &x[18 * layer.input_len()..];
    let wide = WideConvolution::new(layer).unwrap();
    wide.forward(last, weight, bias, &mut y, &mut Buffers::default());
    assert!(y == expected[0][18 * layer.output_len()..], "an image alone");
}

#[test]
fn the_shape_alone_says_whether_a_convolution_is_wide() {
    let wide = layer([4, 6, 64], 128);
    assert!(WideConvolution::new(wide).is_some());
    for other in [
        Convolution { image: [2, 6, 64], ..wide },
        Convolution { image: [4, 7, 64], ..wide },
        Convolution { image: [4, 6, 48], ..wide },
        Convolution { out_channels: 64, ..wide },
        Convolution { out_channels: 136, ..wide },
        Convolution { groups: 2, ..wide },
        Convolution { stride: [1, 2], ..wide },
        Convolution { padding: [0, 1], ..wide },
        Convolution { kernel: [3, 1], ..wide },
    ] {
        assert!(WideConvolution::new(other).is_none(), "{other:?}");
    }
}
