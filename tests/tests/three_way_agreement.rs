//! Trainer, reference implementation and runtime (tract) compute the same probabilities, on random weights and inputs that
//! are not square and have several channels.
#![allow(clippy::unwrap_used)]

use edge_runtime::Classifier;
use exporter::Precision;
use models::probability::{Temperature, softmax};
use models::random::{Generator, Purpose};
use models::weights::Weights;
use models::{
    ImageInput, Layer, ModelContract, Network, ParameterRole, Preset, Provenance, Resize, reference,
};
use tests::difference;
use tests::export_file::{engine_computes, export_file};

/// Sums of some thousand f32 products in another order.
const CLOSE: f64 = 2e-5;

fn convolution(
    name: &str,
    channels: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
) -> Layer {
    let [in_channels, out_channels] = channels;
    Layer::Convolution {
        name: name.to_owned(),
        in_channels,
        out_channels,
        kernel,
        stride,
        padding,
        groups: 1,
    }
}

/// Three channels of 9×14, windows and padding that differ, strides, a pool that leaves a column out. (candle-onnx
/// 0.11.1 runs no convolution whose strides differ, nor unequal padding.)
fn unlike_any_square() -> Network {
    Network {
        name: "unlike-any-square".to_owned(),
        input: [3, 9, 14],
        layers: vec![
            convolution("conv1", [3, 5], [3, 2], [2, 2], [1, 1]),
            Layer::Relu,
            convolution("conv2", [5, 34], [2, 3], [1, 1], [0, 0]),
            Layer::MaxPool { kernel: [2, 3], stride: [2, 2] },
            Layer::Relu,
            Layer::Dropout { rate: 0.5 },
            Layer::Flatten,
            Layer::linear("fc1", 34 * 2 * 2, 33),
            Layer::Relu,
            Layer::linear("fc2", 33, 4),
        ],
    }
}

/// Every kind of layer that folds away or averages.
fn normalised_and_averaged() -> Network {
    let batch_norm =
        |name: &str, channels| Layer::BatchNorm { name: name.to_owned(), channels, epsilon: 1e-3 };
    Network {
        name: "normalised-and-averaged".to_owned(),
        input: [3, 9, 14],
        layers: vec![
            convolution("conv1", [3, 5], [3, 2], [1, 1], [0, 0]),
            batch_norm("bn1", 5),
            Layer::Relu,
            Layer::AveragePool { kernel: [2, 3], stride: [2, 2] },
            Layer::Flatten,
            Layer::linear("fc1", 5 * 3 * 6, 33),
            batch_norm("bn2", 33),
            Layer::Relu,
            Layer::linear("fc2", 33, 4),
        ],
    }
}

/// The network of a name for colour pictures that are not square.
fn named(preset: &str, input: [usize; 3]) -> Network {
    preset.parse::<Preset>().unwrap().network(input, 4)
}

fn random_weights(network: Network, labels: &[&str], random: &mut Generator) -> Weights {
    let mut contract = ModelContract::mnist(Provenance::default());
    contract.labels = labels.iter().map(|&label| label.to_owned()).collect();
    if network.input[0] == 3 {
        contract.input = ImageInput::version_2(network.input, Resize::Fit);
    }
    let mut values = Vec::new();
    for spec in network.parameters() {
        let scale = (2.0 / spec.fan_in as f32).sqrt();
        values.extend((0..spec.len()).map(|_| match spec.role {
            ParameterRole::Scale | ParameterRole::RunningVariance => 1.0 + random.symmetric(0.5),
            _ => random.symmetric(scale * 1.7),
        }));
    }
    Weights { network, contract, values, finding: None }
}

fn compare(network: Network, labels: &[&str]) {
    let mut random = Generator::new(42, Purpose::Sample, 0, 0);
    let folder = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let weights = random_weights(network.clone(), labels, &mut random);
        let file = export_file(&weights, Precision::F32, &[], folder.path());
        let runtime = Classifier::from_bytes("network.onnx", &file).unwrap();
        let inputs: Vec<Vec<f32>> =
            (0..3).map(|_| (0..weights.contract.input.values()).map(|_| random.unit()).collect()).collect();
        let by_trainer = match engine_computes(&weights) {
            true => trainer::network::logits(&weights, &inputs).unwrap(),
            false => Vec::new(),
        };
        for (index, input) in inputs.iter().enumerate() {
            let expected = reference::probabilities(&weights, input);
            if let Some(logits) = by_trainer.get(index) {
                let trainer = difference::largest(&expected, &softmax(logits, Temperature::ONE));
                assert!(
                    trainer < CLOSE,
                    "{}, round {round}: trainer differs by {trainer}",
                    weights.network.name
                );
            }
            let tract = difference::largest(&expected, &runtime.probabilities(input).unwrap());
            assert!(tract < CLOSE, "{}, round {round}: tract differs by {tract}", weights.network.name);
        }
    }
}

const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

#[test]
fn on_the_student() {
    compare(Network::student(&[128, 128]), &DIGITS);
}

#[test]
fn on_students_of_odd_widths() {
    compare(Network::student(&[1]), &DIGITS);
    compare(Network::student(&[33, 1, 7]), &DIGITS);
}

#[test]
fn on_the_teacher() {
    compare(Network::teacher(), &DIGITS);
}

#[test]
fn on_normalised_and_averaged_images() {
    compare(normalised_and_averaged(), &["cat", "dog", "newt", "owl"]);
}

#[test]
fn on_convolutions_of_images_that_are_not_square() {
    compare(unlike_any_square(), &["cat", "dog", "newt", "owl"]);
}

#[test]
fn on_networks_for_photographs() {
    let labels = ["cat", "dog", "newt", "owl"];
    compare(named("resnet8", [3, 32, 40]), &labels);
    compare(named("resnet9:8", [3, 16, 24]), &labels);
    compare(named("mobilenet:0.25", [3, 48, 40]), &labels);
    compare(named("repvgg:8x16", [3, 20, 28]), &labels);
}
