//! Every kind of network, from tensors to probabilities, against plain loops over the same weights.

use super::plain_loops::{CLOSE, assert_close, classifier, dense, relu, softmax, weights};
use crate::inference::Classifier;
use crate::model::Precision;
use crate::model::onnx_protobuf::ModelProto;
use crate::plan::Loader;
use crate::test_models::{
    bytes, colour_contract, convolutional_model, dense_model, half_precision_model, int, integer_model,
    model, node, numbers, tensor,
};

/// `[3, 7, 5]` through a 3×2 window with one row of padding, then a 2×2 maximum with steps [2, 1].
fn convolve_and_pool(image: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let pixel = |channel: usize, row: isize, column: usize| match usize::try_from(row) {
        Ok(row) if row < 7 => image[channel * 35 + row * 5 + column],
        _ => 0.0,
    };
    let convolved = |out: usize, y: usize, x: usize| {
        let mut sum = bias[out];
        for channel in 0..3 {
            for (ky, kx) in [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)] {
                let tap = weight[((out * 3 + channel) * 3 + ky) * 2 + kx];
                sum += tap * pixel(channel, (y + ky) as isize - 1, x + kx);
            }
        }
        sum.max(0.0)
    };
    let mut pooled = Vec::new();
    for (out, y, x) in (0..2).flat_map(|out| (0..3).flat_map(move |y| (0..3).map(move |x| (out, y, x)))) {
        let window = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(dy, dx)| convolved(out, 2 * y + dy, x + dx));
        pooled.push(window.into_iter().fold(0.0, f32::max));
    }
    pooled
}

#[test]
fn a_dense_network_agrees_with_plain_loops() {
    let model = dense_model();
    let image = numbers(10)(105);
    let hidden = relu(dense(&image, &weights(&model, "fc1.weight"), &weights(&model, "fc1.bias")));
    let expected = softmax(&dense(&hidden, &weights(&model, "fc2.weight"), &weights(&model, "fc2.bias")));
    assert_close(&classifier(&model).probabilities(&image).unwrap(), &expected, CLOSE);
}

#[test]
fn a_convolutional_network_on_pictures_that_are_not_square_agrees_with_plain_loops() {
    let model = convolutional_model();
    let image = numbers(11)(105);
    let pooled = convolve_and_pool(&image, &weights(&model, "conv1.weight"), &weights(&model, "conv1.bias"));
    let expected = softmax(&dense(&pooled, &weights(&model, "fc1.weight"), &weights(&model, "fc1.bias")));
    assert_close(&classifier(&model).probabilities(&image).unwrap(), &expected, CLOSE);
}

#[test]
fn both_encodings_of_half_precision_agree_with_plain_loops() {
    /// f16 has 11 binary digits.
    const CLOSE_IN_F16: f32 = 2e-3;
    let model = half_precision_model();
    let image = numbers(12)(105);
    let hidden = relu(dense(&image, &weights(&model, "fc1.weight"), &[0.0; 6]));
    let weight = weights(&model, "fc2.weight");
    let transposed: Vec<f32> = (0..24).map(|at| weight[at % 6 * 4 + at / 6]).collect();
    let expected = softmax(&dense(&hidden, &transposed, &weights(&model, "fc2.bias")));
    assert_close(&classifier(&model).probabilities(&image).unwrap(), &expected, CLOSE_IN_F16);
}

/// Of a tensor's bytes as integers: signed ones around 0, unsigned ones around 128.
fn steps(model: &ModelProto, name: &str) -> Vec<f32> {
    let graph = model.graph.as_ref().unwrap();
    let tensor = graph.initializer.iter().find(|tensor| tensor.name == name).unwrap();
    let signed = tensor.data_type == 3;
    let step = |&byte: &u8| if signed { f32::from(byte as i8) } else { f32::from(byte) - 128.0 };
    tensor.raw_data.iter().map(step).collect()
}

/// Integer sums are exact in f32 here, under 2²⁴.
#[test]
fn a_network_in_eight_bits_agrees_with_plain_loops() {
    let model = integer_model();
    let pixels: Vec<f32> = numbers(13)(105).iter().map(|value| (255.0 * (value + 0.5)).floor()).collect();
    let weight = steps(&model, "conv1.weight");
    let mut convolved = Vec::new();
    for (out, y, x) in (0..2).flat_map(|out| (0..7).flat_map(move |y| (0..4).map(move |x| (out, y, x)))) {
        let taps = (0..18)
            .map(|tap| (tap / 6, tap / 2 % 3, tap % 2))
            .filter(|(_, ky, _)| (1..8).contains(&(y + ky)));
        let tap = |(channel, ky, kx): (usize, usize, usize)| {
            weight[((out * 3 + channel) * 3 + ky) * 2 + kx] * pixels[channel * 35 + (y + ky - 1) * 5 + x + kx]
        };
        let sum: f32 = taps.map(tap).sum();
        convolved.push(sum * [1e-4, 2e-4][out] + [0.25, -0.25][out]);
    }
    let (smallest, largest) =
        convolved.iter().fold((0f32, 0f32), |(low, high), &value| (low.min(value), high.max(value)));
    let scale = (largest - smallest) / 255.0;
    let zero_point = (-smallest / scale).round_ties_even();
    let bytes: Vec<f32> =
        convolved.iter().map(|value| (value / scale).round_ties_even() + zero_point).collect();
    let weight = steps(&model, "fc1.weight");
    let sum =
        |output: usize| (0..56).map(|at| (bytes[at] - zero_point) * weight[at * 6 + output]).sum::<f32>();
    let hidden = relu((0..6).map(|output| sum(output) * (scale * 0.01) + 0.125).collect());
    let weight: Vec<f32> = steps(&model, "fc2.weight")
        .iter()
        .enumerate()
        .map(|(at, step)| step * [1e-4, 2e-4, 3e-4, 4e-4][at / 6])
        .collect();
    let expected = softmax(&dense(&hidden, &weight, &[0.0; 4]));
    let image: Vec<f32> = pixels.iter().map(|pixel| pixel / 255.0).collect();
    let classifier = classifier(&model);
    assert_close(&classifier.probabilities(&image).unwrap(), &expected, CLOSE);
    assert!(expected.iter().all(|probability| (0.01..0.9).contains(probability)), "{expected:?}");
    // Scales and zero points are no trained values.
    assert_eq!(classifier.summary().parameters, 36 + 2 + 336 + 6 + 24 + 4);
    assert_eq!(classifier.summary().precision, [Precision::Int8, Precision::F32]);
}

/// tract cannot generate code for such a layer with a batch known to be 1: the graph is built a second time.
#[test]
fn a_layer_of_one_output_runs_with_an_open_batch() {
    let mut contract = colour_contract();
    contract.labels.truncate(2);
    let mut weight_numbers = numbers(6);
    let nodes = vec![
        node("Flatten", "flatten", &["image"], vec![int("axis", 1)]),
        node("Gemm", "fc1", &["flatten", "fc1.weight", "fc1.bias"], vec![int("transB", 1)]),
        node("Gemm", "fc2", &["fc1", "fc2.weight", "fc2.bias"], vec![int("transB", 1)]),
        node("Softmax", "probabilities", &["fc2"], vec![int("axis", -1)]),
    ];
    let initializers = vec![
        tensor("fc1.weight", &[1, 105], &weight_numbers(105)),
        tensor("fc1.bias", &[1], &weight_numbers(1)),
        tensor("fc2.weight", &[2, 1], &weight_numbers(2)),
        tensor("fc2.bias", &[2], &weight_numbers(2)),
    ];
    let model = model(nodes, initializers, &contract);
    let image = numbers(14)(105);
    let hidden = dense(&image, &weights(&model, "fc1.weight"), &weights(&model, "fc1.bias"));
    let expected = softmax(&dense(&hidden, &weights(&model, "fc2.weight"), &weights(&model, "fc2.bias")));
    let found = Classifier::from_bytes_with("test.onnx", &bytes(&model), Loader::TractCore).unwrap();
    assert_close(&found.probabilities(&image).unwrap(), &expected, CLOSE);
}

/// By plain loops: what the last linear layer makes.
#[test]
fn logits_agree_with_plain_loops() {
    let model = dense_model();
    let image = numbers(15)(105);
    let hidden = relu(dense(&image, &weights(&model, "fc1.weight"), &weights(&model, "fc1.bias")));
    let expected = dense(&hidden, &weights(&model, "fc2.weight"), &weights(&model, "fc2.bias"));
    assert_close(&classifier(&model).logits(&image).unwrap(), &expected, CLOSE);
}
