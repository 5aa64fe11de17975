//! A network and its folded form answer alike: batch norms with random running values, parallel branches, residual blocks and
//! grouped convolutions, on images that are not square and have several channels.
#![cfg(feature = "weights")]
#![allow(clippy::unwrap_used)]

use models::random::{Generator, Purpose};
use models::weights::Weights;
use models::{
    ImageInput, Layer, ModelContract, Network, ParameterRole, Preset, Provenance, Resize, Shape, reference,
};

/// What f32 values of the folded weights cost, relative to the largest logit.
const CLOSE: f64 = 1e-5;

/// A convolution from so many channels to so many in so many groups; `window` is its kernel and its padding.
fn convolution(name: &str, channels: [usize; 3], stride: [usize; 2], window: [[usize; 2]; 2]) -> Layer {
    let [in_channels, out_channels, groups] = channels;
    let [kernel, padding] = window;
    Layer::Convolution { name: name.to_owned(), in_channels, out_channels, kernel, stride, padding, groups }
}

fn norm(name: &str, channels: usize) -> Layer {
    Layer::BatchNorm { name: name.to_owned(), channels, epsilon: 1e-3 }
}

/// Random values for a network whose layers are followed by a flattening and a linear layer for three classes.
fn weights(input: [usize; 3], mut layers: Vec<Layer>, seed: u64) -> Weights {
    let after = layers.iter().fold(Shape::Image(input), |shape, layer| {
        layer.output(shape).unwrap_or_else(|| panic!("{layer:?} does not fit {shape}"))
    });
    layers.extend([Layer::Flatten, Layer::linear("fc1", after.len(), 3), norm("bn_fc1", 3)]);
    of_network(Network { name: "folding".to_owned(), input, layers }, seed)
}

fn of_network(network: Network, seed: u64) -> Weights {
    network.shapes().unwrap();
    let mut random = Generator::new(seed, Purpose::Sample, 0, 0);
    let mut values = Vec::new();
    for spec in network.parameters() {
        let (centre, scale) = match spec.role {
            ParameterRole::Weight => (0.0, (2.0 / spec.fan_in as f32).sqrt()),
            ParameterRole::Bias | ParameterRole::RunningMean => (0.0, 0.5),
            ParameterRole::Scale | ParameterRole::RunningVariance => (1.0, 0.75),
        };
        values.extend((0..spec.len()).map(|_| centre + random.symmetric(scale)));
    }
    let classes = network.classes().unwrap();
    let labels = (0..classes).map(|class| format!("class {class}")).collect();
    let input = ImageInput::version_2([3, network.input[1], network.input[2]], Resize::Fit);
    let contract = ModelContract::new(input, labels, Provenance::default());
    Weights { network, contract, values, finding: None }
}

/// Compares the logits of a network with those of its folded form, which has neither batch norms nor branches.
fn folds_to_the_same(weights: &Weights) {
    let folded = weights.folded();
    let gone = |layer: &&Layer| matches!(layer, Layer::BatchNorm { .. } | Layer::Branches { .. });
    assert!(!folded.network.layers.iter().flat_map(Layer::with_inner).any(|layer| gone(&layer)));
    assert!(folded.network.shapes().is_ok(), "{:?}", folded.network.shapes());
    assert_eq!(folded.values.len(), folded.network.parameter_count());
    let mut random = Generator::new(1, Purpose::Sample, 0, 1);
    for _ in 0..2 {
        let count = weights.network.input.iter().product();
        let input: Vec<f32> = (0..count).map(|_| random.unit()).collect();
        let expected = reference::logits(weights, &input);
        let found = reference::logits(&folded, &input);
        let largest = expected.iter().fold(0f64, |largest, logit| largest.max(logit.abs()));
        assert!(largest > 1e-3, "logits that say nothing: {expected:?}");
        for (expected, found) in expected.iter().zip(&found) {
            let apart = (expected - found).abs();
            assert!(apart <= CLOSE * largest, "{apart} of {largest} in {:?}", weights.network);
        }
    }
}

#[test]
fn batch_norms_fold_into_grouped_and_depthwise_convolutions() {
    for (seed, groups) in [1, 2, 3, 6].into_iter().enumerate() {
        let layers = vec![
            convolution("conv1", [6, 12, groups], [2, 1], [[3, 2], [1, 0]]),
            norm("bn1", 12),
            Layer::Relu,
            convolution("conv2", [12, 12, 12], [1, 2], [[2, 3], [0, 1]]),
            norm("bn2", 12),
        ];
        folds_to_the_same(&weights([6, 9, 14], layers, seed as u64));
    }
}

#[test]
fn branches_of_windows_of_different_size_fold_into_one_convolution() {
    let channels = [4, 4, 1];
    let wide = || vec![convolution("a", channels, [1, 1], [[3, 3], [1, 1]]), norm("bn_a", 4)];
    let cell = || vec![convolution("b", channels, [1, 1], [[1, 1], [0, 0]])];
    let row = || vec![convolution("c", channels, [1, 1], [[1, 3], [0, 1]]), norm("bn_c", 4)];
    let column = || vec![convolution("d", channels, [1, 1], [[5, 1], [2, 0]])];
    let sets = [
        vec![wide(), cell()],
        vec![row(), column()],
        vec![cell(), wide(), row(), column(), vec![], vec![norm("bn_e", 4)]],
        vec![vec![], vec![norm("bn_e", 4)]],
        vec![row(), vec![]],
        vec![wide()],
    ];
    for (seed, branches) in sets.into_iter().enumerate() {
        let layers = vec![Layer::Branches { name: "whole".to_owned(), branches }, Layer::Relu];
        folds_to_the_same(&weights([4, 7, 10], layers, seed as u64));
    }
}

#[test]
fn branches_in_groups_fold_with_the_input_itself() {
    for (seed, groups) in [1, 2, 3, 6].into_iter().enumerate() {
        let channels = [6, 6, groups];
        let branches = vec![
            vec![convolution("a", channels, [1, 1], [[3, 1], [1, 0]]), norm("bn_a", 6)],
            vec![],
            vec![convolution("b", channels, [1, 1], [[1, 5], [0, 2]])],
            vec![norm("bn_c", 6)],
        ];
        let layers = vec![Layer::Branches { name: "whole".to_owned(), branches }];
        folds_to_the_same(&weights([6, 5, 8], layers, seed as u64));
    }
}

#[test]
fn branches_with_strides_and_a_batch_norm_behind_them_fold() {
    let channels = [2, 8, 2];
    let stride = [2, 3];
    let branches = vec![
        vec![convolution("a", channels, stride, [[3, 3], [1, 1]]), norm("bn_a", 8)],
        vec![convolution("b", channels, stride, [[1, 1], [0, 0]]), norm("bn_b", 8)],
    ];
    let layers = vec![Layer::Branches { name: "whole".to_owned(), branches }, norm("bn1", 8), Layer::Relu];
    folds_to_the_same(&weights([2, 8, 11], layers, 1));
}

#[test]
fn residual_blocks_within_each_other_fold() {
    let branches = vec![vec![convolution("a", [4, 4, 2], [1, 1], [[3, 3], [1, 1]]), norm("bn_a", 4)], vec![]];
    let inner = Layer::Residual {
        body: vec![Layer::Branches { name: "whole".to_owned(), branches }, Layer::Relu],
        shortcut: vec![convolution("conv3", [4, 4, 1], [1, 1], [[1, 1], [0, 0]]), norm("bn3", 4)],
    };
    let outer = Layer::Residual {
        body: vec![
            convolution("conv1", [3, 4, 1], [2, 1], [[3, 3], [1, 1]]),
            norm("bn1", 4),
            Layer::Relu,
            inner,
            Layer::Dropout { rate: 0.5 },
        ],
        shortcut: vec![convolution("conv2", [3, 4, 1], [2, 1], [[1, 1], [0, 0]]), norm("bn2", 4)],
    };
    let plain = Layer::Residual { body: vec![Layer::Relu], shortcut: vec![] };
    folds_to_the_same(&weights([3, 9, 6], vec![outer, plain, Layer::GlobalAveragePool], 1));
}

#[test]
fn the_networks_with_names_fold() {
    for name in ["resnet8", "mobilenet:0.25", "repvgg:4x8", "resnet9:4", "resnet14:4"] {
        let preset: Preset = name.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        let network = preset.network([3, 20, 28], 5);
        folds_to_the_same(&of_network(network, 7));
    }
}
