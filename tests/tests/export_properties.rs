//! What holds for every network that can be described: its file, in every precision, computes what the reference
//! implementation computes, or the integer oracle for int8.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use candle_core::{Device, Tensor};
use candle_onnx::onnx::ModelProto;
use edge_runtime::{Classifier, Loader};
use exporter::Precision;
use models::probability::Temperature;
use models::weights::Weights;
use models::{Layer, Network, reference};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use prost::Message;
use tests::export_file::export_file;
use tests::random_networks::{Branch, Groups, ImageStep, LinearStep, Sketch};
use tests::{difference, integer_oracle};

/// f32 sums of some hundred products in another order, and their softmax.
const CLOSE: f64 = 2e-5;

/// A mean of pixels often lies half-way between two bytes, where the order of a sum decides: about one step of some
/// activations.
const CLOSE_AFTER_MEANS: f64 = 5e-3;

/// The same sketches on every machine and on every day: a failure can be repeated.
const SKETCHES: u32 = 96;

const INPUTS: u64 = 3;

fn groups() -> impl Strategy<Value = Groups> {
    prop_oneof![2 => Just(Groups::One), 1 => Just(Groups::Two), 1 => Just(Groups::Depthwise)]
}

/// A layer without layers within it.
fn plain_step() -> impl Strategy<Value = ImageStep> {
    let kernel = || [1..4usize, 1..4usize];
    prop_oneof![
        4 => (1..7usize, kernel(), 1..3usize, [0..2usize, 0..2usize], any::<bool>(), groups()).prop_map(
            |(channels, kernel, stride, padding, normalised, groups)| {
                ImageStep::Convolution { channels, kernel, stride, padding, normalised, groups }
            }
        ),
        1 => (kernel(), 1..3usize).prop_map(|(kernel, stride)| ImageStep::MaxPool { kernel, stride }),
        1 => (kernel(), 1..3usize).prop_map(|(kernel, stride)| ImageStep::AveragePool { kernel, stride }),
        1 => Just(ImageStep::GlobalAveragePool),
        2 => Just(ImageStep::Relu),
        1 => Just(ImageStep::Dropout),
    ]
}

fn branch() -> impl Strategy<Value = Branch> {
    prop_oneof![
        1 => Just(Branch::Identity),
        1 => Just(Branch::Norm),
        3 => ([0..2usize, 0..2usize], any::<bool>())
            .prop_map(|(reach, normalised)| Branch::Convolution { reach, normalised }),
    ]
}

fn branches() -> impl Strategy<Value = ImageStep> {
    (1..7usize, 1..3usize, prop::collection::vec(branch(), 1..4), groups()).prop_map(
        |(channels, stride, branches, groups)| ImageStep::Branches { channels, stride, branches, groups },
    )
}

/// Blocks that keep the shape are as frequent as others, and lie in each other.
fn image_step() -> impl Strategy<Value = ImageStep> {
    let same = (1..7usize, groups(), any::<bool>()).prop_map(|(channels, groups, normalised)| {
        let (kernel, padding) = ([3, 3], [1, 1]);
        ImageStep::Convolution { channels, kernel, stride: 1, padding, normalised, groups }
    });
    let simple = prop_oneof![6 => plain_step(), 2 => branches(), 2 => same];
    simple.prop_recursive(2, 8, 3, |inner| {
        let body = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            2 => inner,
            1 => (body, any::<bool>()).prop_map(|(body, projected)| ImageStep::Residual { body, projected }),
        ]
    })
}

fn sketch() -> impl Strategy<Value = Sketch> {
    let side = [3..12usize, 3..12usize];
    let linear = (1..34usize, any::<bool>(), any::<bool>())
        .prop_map(|(outputs, normalised, relu)| LinearStep { outputs, normalised, relu });
    let linear = prop::collection::vec(linear, 1..4);
    let on_images = prop::collection::vec(image_step(), 0..5);
    (any::<bool>(), side, on_images, linear, any::<bool>(), any::<u64>()).prop_map(
        |(colour, side, on_images, linear, without_bias, seed)| Sketch {
            colour,
            side,
            on_images,
            linear,
            without_bias,
            seed,
        },
    )
}

/// All layers of a network, those within layers included.
fn all_layers(network: &Network) -> impl Iterator<Item = &Layer> {
    network.layers.iter().flat_map(Layer::with_inner)
}

/// Every sketch as weights and some inputs.
fn for_all(property: impl Fn(&Weights, &[Vec<f32>])) {
    let config = Config { cases: SKETCHES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&sketch(), |sketch| {
        let weights = sketch.weights();
        let inputs: Vec<_> = (0..INPUTS).map(|index| sketch.input(&weights.contract, index)).collect();
        property(&weights, &inputs);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// The file's answers by tract, and by candle-onnx where it has the operators.
fn answers(weights: &Weights, precision: Precision<'_>, inputs: &[Vec<f32>]) -> [Option<Vec<Vec<f32>>>; 2] {
    let folder = tempfile::tempdir().unwrap();
    let bytes = export_file(weights, precision, inputs, folder.path());
    let classifier = Classifier::from_bytes("network.onnx", &bytes).unwrap();
    let tract = inputs.iter().map(|input| classifier.probabilities(input).unwrap()).collect();
    let floating = matches!(precision, Precision::F32 | Precision::F16);
    let candle = floating.then(|| by_candle_onnx(&bytes, weights, inputs));
    [Some(tract), candle]
}

fn by_candle_onnx(file: &[u8], weights: &Weights, inputs: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let model = ModelProto::decode(file).unwrap();
    let [channels, height, width] = weights.contract.input.shape();
    let shape = (inputs.len(), channels, height, width);
    let images = Tensor::from_vec(inputs.concat(), shape, &Device::Cpu).unwrap();
    let outputs = candle_onnx::simple_eval(&model, HashMap::from([("image".to_owned(), images)])).unwrap();
    outputs["probabilities"].to_vec2().unwrap()
}

fn assert_close(weights: &Weights, found: &[Vec<f32>], expected: impl Fn(usize) -> Vec<f64>, close: f64) {
    for (index, found) in found.iter().enumerate() {
        let difference = difference::largest(&expected(index), found);
        assert!(difference <= close, "{difference} on input {index} of {:?}", weights.network);
    }
}

type IsOfKind = fn(&Layer) -> bool;

/// Properties of all sketches say little of a kind of layer that no sketch has.
#[test]
fn the_sketches_have_layers_of_every_kind_and_inputs_of_every_shape() {
    let networks = std::cell::RefCell::new(Vec::<Network>::new());
    for_all(|weights, _| networks.borrow_mut().push(weights.network.clone()));
    let networks = networks.into_inner();
    assert_eq!(networks.len(), SKETCHES as usize);
    let of_kind =
        |kind: fn(&Layer) -> bool| networks.iter().filter(|network| all_layers(network).any(kind)).count();
    let kinds: [(&str, IsOfKind); 15] = [
        ("convolution", |layer| matches!(layer, Layer::Convolution { .. })),
        ("padding", |layer| matches!(layer, Layer::Convolution { padding: [1, 1], .. })),
        ("uneven padding", |layer| matches!(layer, Layer::Convolution { padding: [0, 1] | [1, 0], .. })),
        ("groups", |layer| matches!(layer, Layer::Convolution { groups: 2.., .. })),
        (
            "depthwise",
            |layer| matches!(layer, Layer::Convolution { in_channels, groups, .. } if *groups > 1 && in_channels == groups),
        ),
        ("global average pool", |layer| matches!(layer, Layer::GlobalAveragePool)),
        ("branches", |layer| matches!(layer, Layer::Branches { branches, .. } if branches.len() > 1)),
        ("residual", |layer| matches!(layer, Layer::Residual { shortcut, .. } if shortcut.is_empty())),
        ("projected", |layer| matches!(layer, Layer::Residual { shortcut, .. } if !shortcut.is_empty())),
        ("nested", |layer| {
            matches!(layer, Layer::Residual { .. })
                && layer.with_inner().iter().skip(1).any(|inner| matches!(inner, Layer::Residual { .. }))
        }),
        ("batch norm", |layer| matches!(layer, Layer::BatchNorm { .. })),
        ("max pool", |layer| matches!(layer, Layer::MaxPool { .. })),
        ("average pool", |layer| matches!(layer, Layer::AveragePool { .. })),
        ("ReLU", |layer| matches!(layer, Layer::Relu)),
        ("dropout", |layer| matches!(layer, Layer::Dropout { .. })),
    ];
    for (name, kind) in kinds {
        assert!(of_kind(kind) >= 5, "{name}: in {} of {SKETCHES} networks", of_kind(kind));
    }
    let in_colour = networks.iter().filter(|network| network.input[0] == 3).count();
    let oblong = networks.iter().filter(|network| network.input[1] != network.input[2]).count();
    assert!(in_colour >= 20 && SKETCHES as usize - in_colour >= 20 && oblong >= 40, "{in_colour}, {oblong}");
}

/// The engine that trains answers as the reference does.
#[test]
fn the_engine_computes_what_the_reference_computes() {
    for_all(|weights, inputs| {
        let rows = trainer::network::logits(weights, inputs).unwrap();
        let found: Vec<_> =
            rows.iter().map(|row| models::probability::softmax(row, Temperature::ONE)).collect();
        assert_close(weights, &found, |index| reference::probabilities(weights, &inputs[index]), CLOSE);
    });
}

#[test]
fn f32_files_compute_what_the_reference_computes() {
    for_all(|weights, inputs| {
        for found in answers(weights, Precision::F32, inputs).into_iter().flatten() {
            assert_close(weights, &found, |index| reference::probabilities(weights, &inputs[index]), CLOSE);
        }
    });
}

#[test]
fn f16_files_compute_what_the_reference_computes_with_rounded_values() {
    for_all(|weights, inputs| {
        let rounded = exporter::precision::rounded(&weights.folded());
        for found in answers(weights, Precision::F16, inputs).into_iter().flatten() {
            assert_close(weights, &found, |index| reference::probabilities(&rounded, &inputs[index]), CLOSE);
        }
    });
}

#[test]
fn int8_files_compute_what_the_integer_oracle_computes() {
    for_all(|weights, inputs| {
        let folded = weights.folded();
        let expected = |index: usize| {
            let logits: Vec<f64> =
                integer_oracle::logits(&folded, &inputs[index]).into_iter().map(f64::from).collect();
            reference::softmax(&logits, Temperature::ONE)
        };
        for found in answers(weights, Precision::Int8, inputs).into_iter().flatten() {
            let is_mean =
                |layer: &Layer| matches!(layer, Layer::AveragePool { .. } | Layer::GlobalAveragePool);
            let means = all_layers(&weights.network).any(is_mean);
            assert_close(weights, &found, expected, if means { CLOSE_AFTER_MEANS } else { CLOSE });
        }
    });
}

/// Half a step of a scale in each weight and each activation moves a probability by little where layers are few.
#[test]
fn int8_files_of_every_kind_stay_near_the_reference() {
    for_all(|weights, inputs| {
        for precision in [Precision::Int8, Precision::Int8Weights, Precision::Int8Calibrated(inputs)] {
            for found in answers(weights, precision, inputs).into_iter().flatten() {
                assert_close(
                    weights,
                    &found,
                    |index| reference::probabilities(weights, &inputs[index]),
                    0.05,
                );
            }
        }
    });
}

/// Returns whether a sum or a convolution of one pixel is in the network: tract then has several axes of one to choose from, and
/// its loaders choose differently, so that the product behind is summed in another order.
fn sums_single_pixels(network: &Network) -> bool {
    fn within(layers: &[Layer], mut shape: models::Shape) -> bool {
        layers.iter().any(|layer| {
            let input = shape;
            shape = layer.output(shape).unwrap_or(shape);
            let is_pixel = |shape| matches!(shape, models::Shape::Image([_, 1, 1]));
            let sums = match layer {
                Layer::Convolution { .. } | Layer::Branches { .. } => is_pixel(input),
                Layer::Residual { .. } => is_pixel(shape),
                _ => false,
            };
            sums || layer.inner().into_iter().any(|layers| within(layers, input))
        })
    }
    within(&network.layers, models::Shape::Image(network.input))
}

/// What a board gets may be read without tract-onnx.
#[test]
fn both_loaders_compute_the_same_bits_of_every_file() {
    for_all(|weights, inputs| {
        let floating = [Precision::F32, Precision::F16, Precision::Int8Weights];
        let integers = [Precision::Int8, Precision::Int8Calibrated(inputs)];
        for precision in floating.into_iter().chain(integers) {
            let folder = tempfile::tempdir().unwrap();
            let bytes = export_file(weights, precision, inputs, folder.path());
            let [core, onnx] = [Loader::TractCore, Loader::TractOnnx]
                .map(|loader| Classifier::from_bytes_with("network.onnx", &bytes, loader).unwrap());
            for input in inputs {
                let (core, onnx) = (core.probabilities(input).unwrap(), onnx.probabilities(input).unwrap());
                if sums_single_pixels(&weights.network) {
                    let core: Vec<f64> = core.into_iter().map(f64::from).collect();
                    let largest = difference::largest(&core, &onnx);
                    assert!(largest < 1e-6, "{largest}, {precision:?} of {:?}", weights.network);
                } else {
                    assert_eq!(core, onnx, "{precision:?} of {:?}", weights.network);
                }
            }
        }
    });
}
