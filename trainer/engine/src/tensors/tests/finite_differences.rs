//! The gradients of whole networks against central differences in f64: every kind of layer, each in candle's form and in ours.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor, Var};
use candle_nn::VarBuilder;
use models::{Layer, Network, ParameterRole};

use super::{random, values};
use crate::draw::Draw;
use crate::optimizer::is_trained;
use crate::tensors::TensorNetwork;

const STEP: f64 = 1e-5;
const DRAW: Draw = Draw { seed: 1, step: 2 };
const BATCH: usize = 3;

fn convolution(name: &str, channels: [usize; 2], kernel: [usize; 2], groups: usize) -> Layer {
    let (name, padding) = (name.to_owned(), [kernel[0] / 2, kernel[1] / 2]);
    let [in_channels, out_channels] = channels;
    Layer::Convolution { name, in_channels, out_channels, kernel, stride: [1, 1], padding, groups }
}

fn strided(layer: Layer, stride: [usize; 2]) -> Layer {
    match layer {
        Layer::Convolution { name, in_channels, out_channels, kernel, padding, groups, .. } => {
            Layer::Convolution { name, in_channels, out_channels, kernel, stride, padding, groups }
        }
        other => other,
    }
}

fn batch_norm(name: &str, channels: usize) -> Layer {
    Layer::BatchNorm { name: name.to_owned(), channels, epsilon: 1e-2 }
}

/// A residual block with a strided projection, and one that adds its input.
fn residual_blocks() -> Vec<Layer> {
    let body = vec![
        strided(convolution("a1", [4, 6], [3, 3], 1), [2, 2]),
        batch_norm("a1_bn", 6),
        Layer::Relu,
        Layer::Dropout { rate: 0.25 },
        convolution("a2", [6, 6], [3, 3], 2),
        batch_norm("a2_bn", 6),
    ];
    let shortcut = vec![strided(convolution("a3", [4, 6], [1, 1], 1), [2, 2]), batch_norm("a3_bn", 6)];
    let identity = Layer::Residual { body: vec![convolution("b1", [6, 6], [3, 1], 1)], shortcut: vec![] };
    vec![Layer::Residual { body, shortcut }, Layer::Relu, identity]
}

/// The input 4×7×9 through residual blocks, parallel branches, grouped and depthwise convolutions, and all poolings.
fn networks() -> [Network; 2] {
    let branches = vec![
        vec![convolution("c1", [6, 6], [3, 3], 1), batch_norm("c1_bn", 6)],
        vec![convolution("c2", [6, 6], [1, 1], 1)],
        vec![batch_norm("c3_bn", 6)],
        vec![],
    ];
    let head = |inputs: usize| {
        vec![
            Layer::Flatten,
            Layer::Dropout { rate: 0.2 },
            Layer::linear("fc1", inputs, 5),
            batch_norm("fc1_bn", 5),
            Layer::Relu,
            Layer::linear("fc2", 5, 3),
        ]
    };
    let mut residual = vec![convolution("stem", [4, 4], [3, 3], 1), Layer::Relu];
    residual.extend(residual_blocks());
    residual.push(Layer::Branches { name: "c".to_owned(), branches });
    residual.extend([Layer::Relu, Layer::GlobalAveragePool]);
    residual.extend(head(6));
    let mut separable = vec![
        convolution("dw1", [4, 4], [3, 3], 4),
        batch_norm("dw1_bn", 4),
        Layer::Relu,
        strided(convolution("dw2", [4, 8], [3, 2], 4), [2, 1]),
        Layer::AveragePool { kernel: [2, 2], stride: [1, 2] },
        convolution("pw", [8, 5], [1, 1], 1),
        Layer::Relu,
        Layer::MaxPool { kernel: [2, 2], stride: [1, 2] },
    ];
    // 7×9, 4×10 after the second convolution, 3×5 after the mean, 2×2 after the largest.
    separable.extend(head(5 * 2 * 2));
    let network = |layers| Network { name: "n".to_owned(), input: [4, 7, 9], layers };
    [network(residual), network(separable)]
}

#[test]
fn gradients_of_all_layers_agree_with_finite_differences() {
    for network in networks() {
        network.shapes().unwrap();
        let specs = network.parameters();
        let initial = |(number, role, shape): (usize, ParameterRole, &[usize])| match role {
            ParameterRole::Scale | ParameterRole::RunningVariance => {
                (random(shape, number as u64).abs().unwrap() + 0.5).unwrap()
            }
            _ => random(shape, number as u64),
        };
        let parameters: Vec<Var> = specs
            .iter()
            .enumerate()
            .map(|(number, spec)| Var::from_tensor(&initial((number, spec.role, &spec.shape))).unwrap())
            .collect();
        let named: HashMap<String, Tensor> = specs
            .iter()
            .zip(&parameters)
            .map(|(spec, var)| (spec.name.clone(), var.as_tensor().clone()))
            .collect();
        let builder = VarBuilder::from_tensors(named, DType::F64, &Device::Cpu);
        let built = TensorNetwork::new(&network, &builder).unwrap();
        let images = random(&[BATCH, 4, 7, 9], 77);
        let weights = random(&[BATCH, 3], 78);
        let scalar = || (built.logits(&images, Some(DRAW)).unwrap() * &weights).unwrap().sum_all().unwrap();
        let store = scalar().backward().unwrap();
        let mut errors = Vec::new();
        for (parameter, spec) in parameters.iter().zip(&specs).filter(|(_, spec)| is_trained(spec.role)) {
            let original = values(parameter);
            for (position, found) in values(store.get(parameter).unwrap()).into_iter().enumerate() {
                let at = |offset: f64| {
                    let mut moved = original.clone();
                    moved[position] += offset;
                    let moved = Tensor::from_vec(moved, parameter.shape(), &Device::Cpu).unwrap();
                    parameter.set(&moved).unwrap();
                    scalar().to_scalar::<f64>().unwrap()
                };
                let difference = (at(STEP) - at(-STEP)) / (2.0 * STEP);
                errors.push(((found - difference).abs() / (1.0 + difference.abs()), &spec.name, position));
            }
            let original = Tensor::from_vec(original, parameter.shape(), &Device::Cpu).unwrap();
            parameter.set(&original).unwrap();
        }
        errors.sort_by(|left, right| left.0.total_cmp(&right.0));
        // A value or two may lie at a corner of a ReLU or a pooling, where differences say nothing.
        let most = &errors[errors.len() * 99 / 100];
        assert!(most.0 < 1e-6, "{most:?} of {}", errors.len());
    }
}

/// What is within a block counts before what follows it: the order of `Layer::with_inner`.
#[test]
fn dropout_draws_by_the_position_among_all_layers() {
    let dropout = Layer::Dropout { rate: 0.5 };
    let body = vec![Layer::Relu, dropout.clone()];
    let nested = Layer::Residual { body, shortcut: vec![] };
    let flat = vec![Layer::Relu; 2].into_iter().chain([dropout.clone()]).collect();
    let logits = |layers: Vec<Layer>, images: &Tensor| {
        let network = Network { name: "n".to_owned(), input: [2, 3, 5], layers };
        let builder = VarBuilder::from_tensors(HashMap::new(), DType::F64, &Device::Cpu);
        TensorNetwork::new(&network, &builder).unwrap().logits(images, Some(DRAW)).unwrap()
    };
    let images = random(&[4, 2, 3, 5], 1).abs().unwrap();
    // Residual, ReLU, dropout: the third layer. The images themselves are added.
    let of_body = (logits(vec![nested], &images) - &images).unwrap();
    let of_flat = logits(flat, &images);
    let is_close = |(one, other): (&f64, &f64)| (one - other).abs() < 1e-12;
    assert!(values(&of_body).iter().zip(&values(&of_flat)).all(is_close));
    let earlier = logits(vec![Layer::Relu, dropout], &images);
    assert_ne!(values(&earlier), values(&of_flat));
}
