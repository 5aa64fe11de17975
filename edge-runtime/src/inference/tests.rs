//! The whole path from file bytes to probabilities, compared with plain loops over the same weights.

use image::DynamicImage;
use models::model_file::golden_vectors::{self, GoldenVectors};
use models::picture::{PixelLayout, RawPixels, preprocess};

use super::*;
use crate::model::Precision;
use crate::model::onnx_protobuf::{ModelProto, StringStringEntryProto};
use crate::plan::Loader;
use crate::test_models::{
    bytes, colour_contract, convolutional_model, dense_model, float, half_precision_model, int,
    integer_model, model, node, numbers, student_model, tensor,
};

/// f32 sums in another order.
const CLOSE: f32 = 1e-5;

fn classifier(model: &ModelProto) -> Classifier {
    Classifier::from_bytes("test.onnx", &bytes(model)).unwrap()
}

fn weights(model: &ModelProto, name: &str) -> Vec<f32> {
    let graph = model.graph.as_ref().unwrap();
    let tensor = graph.initializer.iter().find(|tensor| tensor.name == name).unwrap();
    if tensor.data_type == 1 {
        return tensor.raw_data.as_chunks().0.iter().map(|&value| f32::from_le_bytes(value)).collect();
    }
    tensor.raw_data.as_chunks().0.iter().map(|&value| f16_to_f32(u16::from_le_bytes(value))).collect()
}

/// Normal numbers and zero.
fn f16_to_f32(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let exponent = i32::from((bits >> 10) & 31) - 15;
    if exponent == -15 { 0.0 } else { sign * (1.0 + f32::from(bits & 0x3ff) / 1024.0) * 2f32.powi(exponent) }
}

fn dense(input: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let rows = weight.chunks_exact(input.len()).zip(bias);
    rows.map(|(row, bias)| bias + row.iter().zip(input).map(|(w, x)| w * x).sum::<f32>()).collect()
}

fn relu(values: Vec<f32>) -> Vec<f32> {
    values.into_iter().map(|value| value.max(0.0)).collect()
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let sum: f32 = logits.iter().map(|logit| logit.exp()).sum();
    logits.iter().map(|logit| logit.exp() / sum).collect()
}

fn assert_close(found: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() <= tolerance, "{found} is not {expected}");
    }
}

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

/// Every loader that is compiled in.
const LOADERS: &[Loader] = &[
    Loader::TractCore,
    #[cfg(feature = "tract-onnx")]
    Loader::TractOnnx,
];

/// One of each kind of network, and one with factors before its products.
fn every_kind() -> [ModelProto; 6] {
    let mut scaled = dense_model();
    let graph = scaled.graph.as_mut().unwrap();
    graph.node[1].attribute = vec![float("alpha", 0.5), float("beta", -2.0), int("transB", 1)];
    let [dense, convolutional, half_precision] =
        [dense_model(), convolutional_model(), half_precision_model()];
    [dense, convolutional, half_precision, integer_model(), student_model(), scaled]
}

/// The same bits, image by image.
#[cfg(feature = "tract-onnx")]
#[test]
fn both_loaders_compute_the_same_bits() {
    for model in every_kind() {
        let load = |loader| Classifier::from_bytes_with("test.onnx", &bytes(&model), loader).unwrap();
        let (core, onnx) = (load(Loader::TractCore), load(Loader::TractOnnx));
        for seed in 20..40 {
            let image = numbers(seed)(core.contract().input.values());
            assert_eq!(core.probabilities(&image).unwrap(), onnx.probabilities(&image).unwrap());
            assert_eq!(core.logits(&image).unwrap(), onnx.logits(&image).unwrap());
        }
    }
}

/// Asking for logits changes no bit of the probabilities, on the classifier itself as on a clone of it.
#[test]
fn the_probabilities_are_the_softmax_of_the_logits() {
    for (model, loader) in
        every_kind().iter().flat_map(|model| LOADERS.iter().map(move |loader| (model, loader)))
    {
        let classifier = Classifier::from_bytes_with("test.onnx", &bytes(model), *loader).unwrap();
        for seed in 50..60 {
            let image = numbers(seed)(classifier.contract().input.values());
            let before = classifier.probabilities(&image).unwrap();
            let logits = classifier.logits(&image).unwrap();
            assert_close(&before, &softmax(&logits), CLOSE);
            assert!(logits.iter().any(|logit| *logit < 0.0 || *logit > 1.0), "{logits:?}");
            assert_eq!(classifier.probabilities(&image).unwrap(), before);
            assert_eq!(classifier.clone().logits(&image).unwrap(), logits);
        }
    }
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

/// A picture as a file, as bytes, as raw pixels, decoded and as a tensor has one answer.
#[test]
fn every_form_of_a_picture_has_the_same_answer() {
    let classifier = classifier(&dense_model());
    let decoded = image::RgbImage::from_fn(9, 4, |x, y| image::Rgb([20 * x as u8, 50 * y as u8, 77]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("picture.png");
    decoded.save(&path).unwrap();
    let encoded = std::fs::read(&path).unwrap();
    let pixels = RawPixels::new(decoded.as_raw(), 9, 4, PixelLayout::Rgb).unwrap();
    let decoded = DynamicImage::from(decoded.clone());
    let tensor = classifier.tensor(&decoded).unwrap();
    let forms = [
        Picture::from(path.as_path()),
        Picture::Encoded(&encoded),
        Picture::from(pixels),
        Picture::from(&decoded),
        Picture::Tensor(&tensor),
    ];
    let expected = classifier.probabilities(&tensor).unwrap();
    for (form, answer) in forms.iter().zip(classifier.classify_batch(forms)) {
        assert_eq!(answer.unwrap().in_label_order(), expected, "{form:?}");
    }
    let grey = decoded.to_luma8();
    let pixels = RawPixels::new(grey.as_raw(), 9, 4, PixelLayout::Grey).unwrap();
    let expected = classifier.classify(&DynamicImage::from(grey.clone())).unwrap();
    assert_eq!(classifier.classify(pixels).unwrap(), expected);
}

#[test]
fn a_batch_has_an_answer_for_each_picture_and_a_reason_for_each_bad_one() {
    let classifier = classifier(&dense_model());
    let (first, second) = (numbers(16)(105), numbers(17)(105));
    let together = [first.clone(), second.clone()].concat();
    let alone = [&first, &second].map(|image| classifier.probabilities(image).unwrap());
    assert_ne!(alone[0], alone[1]);
    assert_eq!(classifier.probabilities_batch(&together).unwrap(), alone);
    let alone = [&first, &second].map(|image| classifier.logits(image).unwrap());
    assert_eq!(classifier.logits_batch(&together).unwrap(), alone);
    assert!(classifier.probabilities_batch(&[]).unwrap().is_empty());
    let message = classifier.probabilities_batch(&together[1..]).unwrap_err().to_string();
    assert_eq!(message, "input: expected a multiple of 105 values for [batch, 3, 7, 5], found 209");

    let pictures =
        [Picture::Encoded(b"no picture"), Picture::Tensor(&first), Picture::File("nowhere.png".as_ref())];
    let answers = classifier.classify_batch(pictures);
    let messages: Vec<String> =
        answers.iter().filter_map(|answer| answer.as_ref().err().map(ToString::to_string)).collect();
    assert!(answers[1].is_ok() && messages.len() == 2, "{messages:?}");
    assert_eq!(messages[0], "picture: expected a PNG, JPEG or BMP picture, found something else");
    assert!(messages[1].starts_with("nowhere.png: cannot be read: "), "{messages:?}");
}

/// Ones are byte 255 with a scale of a 248th and the zero point 7, and with one so small that they are 10¹² steps.
#[test]
fn a_value_of_more_steps_than_an_integer_holds_is_the_largest_byte() {
    for &loader in LOADERS {
        let [fitting, tiny] = [1.0 / 248.0, 1e-12f32].map(|scale| {
            let mut model = integer_model();
            let tensors = &mut model.graph.as_mut().unwrap().initializer;
            let mut set = |name: &str, bytes: &[u8]| {
                tensors.iter_mut().find(|tensor| tensor.name == name).unwrap().raw_data =
                    bytes.to_vec().into();
            };
            set("pixel.scale", &scale.to_le_bytes());
            set("pixel.zero_point", &[7]);
            let classifier = Classifier::from_bytes_with("test.onnx", &bytes(&model), loader).unwrap();
            classifier.probabilities(&vec![1.0; classifier.contract().input.values()]).unwrap()
        });
        assert_eq!(fitting, tiny, "{loader:?}");
    }
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

#[test]
fn golden_vectors_are_read_when_they_are_asked_for() {
    let golden = |value: Option<&str>| {
        let mut model = dense_model();
        let entry = |value: &str| StringStringEntryProto {
            key: golden_vectors::METADATA_KEY.into(),
            value: value.into(),
        };
        model.metadata_props.extend(value.map(entry));
        classifier(&model).golden_vectors()
    };
    assert_eq!(golden(None), Ok(None));
    assert!(golden(Some("{}")).is_err());
    let vector =
        golden_vectors::GoldenVector { class: 1, pixels: vec![7; 105], probabilities: vec![0.25; 4] };
    let vectors = GoldenVectors { tolerance: 0.5, vectors: vec![vector] };
    assert_eq!(golden(Some(&vectors.to_json())), Ok(Some(vectors)));
}

#[test]
fn the_shape_of_the_shipped_student_runs_and_counts_its_parameters() {
    let student = classifier(&student_model());
    assert_eq!(student.summary().parameters, 118_282);
    assert_eq!(student.summary().layers.iter().map(|layer| layer.parameters).sum::<usize>(), 118_282);
    let probabilities = student.probabilities(&[0.5; 784]).unwrap();
    assert!((probabilities.iter().sum::<f32>() - 1.0).abs() < CLOSE);
}

#[test]
fn a_picture_is_preprocessed_as_the_contract_says() {
    let classifier = classifier(&dense_model());
    let picture = DynamicImage::ImageRgb8(image::RgbImage::from_fn(5, 7, |x, y| {
        image::Rgb([10 * x as u8, 20 * y as u8, 255])
    }));
    let input = preprocess(&picture, &colour_contract().input).unwrap();
    let answer = classifier.classify(&picture).unwrap();
    assert_eq!(answer.in_label_order(), classifier.probabilities(&input).unwrap());
    assert_eq!(answer.ranked().len(), 4);
}

#[test]
fn refuses_a_tensor_of_another_length_and_one_with_nan() {
    let classifier = classifier(&dense_model());
    let message = classifier.probabilities(&[0.0; 104]).unwrap_err().to_string();
    assert_eq!(message, "input: expected 105 values for [3, 7, 5], found 104");
    let mut image = [0.0; 105];
    image[3] = f32::NAN;
    let message = classifier.probabilities(&image).unwrap_err().to_string();
    assert_eq!(message, "input: expected finite values, found NaN at position 3");
}

#[test]
fn refuses_probabilities_that_are_none() {
    let mut model = dense_model();
    for tensor in &mut model.graph.as_mut().unwrap().initializer {
        let largest = [f32::MAX.to_le_bytes(), f32::MIN.to_le_bytes()].concat();
        tensor.raw_data = largest.repeat(tensor.raw_data.len() / 8).into();
    }
    let error = classifier(&model).probabilities(&[1e9; 105]).unwrap_err();
    assert!(matches!(error, InferenceError::OutputOutOfRange(_)), "{error}");
    let error = classifier(&model).logits(&[1e9; 105]).unwrap_err();
    assert!(matches!(error, InferenceError::LogitNotFinite(_)), "{error}");
}

#[test]
fn one_classifier_serves_many_threads() {
    fn shared<T: Send + Sync + 'static>(value: T) -> T {
        value
    }
    // Each picture's answer by a classifier that has seen no other, so that nothing is left of an earlier run.
    let pictures = [0.0, 0.25, -0.5, 0.75].map(|value| [value; 105]);
    let alone = |picture: &[f32]| classifier(&convolutional_model()).probabilities(picture).unwrap();
    let expected = pictures.each_ref().map(|picture| alone(picture));
    let shared = shared(classifier(&convolutional_model()));
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (shared, pictures, expected) = (&shared, &pictures, &expected);
            scope.spawn(move || {
                for run in 0..50 {
                    let index = (thread + run) % pictures.len();
                    assert_eq!(shared.probabilities(&pictures[index]).unwrap(), expected[index]);
                }
            });
        }
    });
}

#[test]
fn the_file_is_named_when_it_is_not_there() {
    let message = Classifier::from_file("nowhere/model.onnx").unwrap_err().to_string();
    assert!(message.starts_with("nowhere/model.onnx: cannot be read: "), "{message}");
}

#[cfg(feature = "builtin-model")]
#[test]
fn the_built_in_model_is_sound() {
    assert!(Classifier::builtin().is_ok());
}
