//! The probabilities of every test image of a set, little-endian f32 `[images, classes]` on standard output: an ONNX file's
//! by tract, other weights' by the trainer. `cargo run --release -p imago-tests --example set_probabilities -- FILE mnist`

use std::io::Write;
use std::path::Path;

use edge_runtime::Classifier;
use models::picture::preprocessing;
use trainer::data::DataDirectory;
use trainer::network::probabilities_of_set;
use trainer::run::load_weights;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, data] = arguments.as_slice() else { return Err("expected a file and a set".into()) };
    let (file, images) = (Path::new(file), DataDirectory::find(data).test()?);
    let rows = if file.extension().is_some_and(|extension| extension == "onnx") {
        let classifier = Classifier::from_file(file)?;
        let input = |index| preprocessing::from_bytes(images.image(index), &classifier.contract().input);
        (0..images.len()).map(|index| classifier.probabilities(&input(index))).collect::<Result<_, _>>()?
    } else {
        probabilities_of_set(&load_weights(file)?, &images, &candle_core::Device::Cpu)?
    };
    let bytes: Vec<u8> = rows.iter().flatten().flat_map(|value| value.to_le_bytes()).collect();
    std::io::stdout().write_all(&bytes)?;
    Ok(())
}
