//! Files of networks for photographs with random weights, for other runtimes to be held against:
//! `cargo run -p imago-tests --example random_exports -- FOLDER`.
//!
//! Out go, for each network, NAME.inputs, f32 `[count, channels, height, width]`, and for each precision NAME-PRECISION.onnx
//! with what tract makes of the inputs as NAME-PRECISION.tract, f32 `[count, classes]`; all numbers are little-endian.

use std::error::Error;
use std::fs;
use std::path::Path;

use edge_runtime::Classifier;
use exporter::Precision;
use models::picture::preprocessing;
use models::random::{Generator, Purpose};
use models::storage::numbers::little_endian;
use models::weights::Weights;
use models::{ImageInput, ModelContract, Network, ParameterRole, Preset, Provenance, Resize};
use tests::export_file::export_file;

/// A network of residual blocks, one of depthwise convolutions, and one of branches, each on colour pictures that are not
/// square.
const NETWORKS: [(&str, &str, [usize; 3]); 3] = [
    ("residual", "resnet8", [3, 32, 40]),
    ("depthwise", "mobilenet:0.25", [3, 96, 64]),
    ("branches", "repvgg:8x16", [3, 24, 36]),
];

const CLASSES: usize = 7;

/// The inputs of each network.
const INPUTS: u64 = 24;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: random_exports FOLDER")?;
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    for (name, preset, input) in NETWORKS {
        write_files(folder, name, &weights(preset.parse::<Preset>()?.network(input, CLASSES)))?;
    }
    Ok(())
}

fn write_files(folder: &Path, name: &str, weights: &Weights) -> Result<(), Box<dyn Error>> {
    let inputs: Vec<_> = (0..INPUTS).map(|index| input(&weights.contract.input, index)).collect();
    fs::write(folder.join(format!("{name}.inputs")), little_endian(&inputs.concat()))?;
    for (encoding, precision) in [
        ("f32", Precision::F32),
        ("f16", Precision::F16),
        ("int8", Precision::Int8),
        ("int8_calibrated", Precision::Int8Calibrated(&inputs)),
        ("int8_f32", Precision::Int8Weights),
    ] {
        let bytes = export_file(weights, precision, &inputs, folder);
        let classifier = Classifier::from_bytes(name, &bytes)?;
        let mut found = Vec::new();
        for input in &inputs {
            found.extend(classifier.probabilities(input)?);
        }
        fs::write(folder.join(format!("{name}-{encoding}.onnx")), bytes)?;
        fs::write(folder.join(format!("{name}-{encoding}.tract")), little_endian(&found))?;
    }
    Ok(())
}

/// Values that keep activations about as large from layer to layer, and batch norms that do something.
fn weights(network: Network) -> Weights {
    let mut random = Generator::new(5, Purpose::Sample, 0, 0);
    let mut values = Vec::new();
    for spec in network.parameters() {
        let (centre, scale) = match spec.role {
            ParameterRole::Weight => (0.0, (6.0 / spec.fan_in as f32).sqrt()),
            ParameterRole::Bias | ParameterRole::RunningMean => (0.0, 0.2),
            ParameterRole::Scale | ParameterRole::RunningVariance => (1.0, 0.4),
        };
        values.extend((0..spec.len()).map(|_| centre + random.symmetric(scale)));
    }
    let mut input = ImageInput::version_2(network.input, Resize::Fit);
    (input.mean, input.standard_deviation) = (vec![0.5, 0.25, 0.0], vec![0.5, 1.25, 1.0]);
    let labels = (0..CLASSES).map(|class| format!("class {class}")).collect();
    let contract = ModelContract::new(input, labels, Provenance::default());
    Weights { network, contract, values, finding: None }
}

/// Whole pixels that are not all alike from place to place, as pictures have them.
fn input(contract: &ImageInput, index: u64) -> Vec<f32> {
    let mut random = Generator::new(6, Purpose::Sample, 0, index);
    let largest = 32 + random.below(224);
    let pixels: Vec<u8> = (0..contract.values()).map(|_| random.below(largest) as u8).collect();
    preprocessing::from_bytes(&pixels, contract)
}
