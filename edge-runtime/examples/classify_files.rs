//! Classifies picture files with a model file, and says why where one cannot be classified.
//!
//! ```text
//! cargo run --release -p imago-edge-runtime --example classify_files -- models/zoo/student.onnx samples/7-0.png samples
//! ```

use std::error::Error;
use std::path::PathBuf;

use edge_runtime::Classifier;

fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = std::env::args_os().skip(1).map(PathBuf::from);
    let model = paths.next().ok_or("usage: classify_files MODEL.onnx PICTURE...")?;
    let classifier = Classifier::from_file(model)?;
    let pictures: Vec<PathBuf> = paths.collect();
    for (path, answer) in pictures.iter().zip(classifier.classify_batch(&pictures)) {
        match answer.map(|answer| answer.top(1)) {
            Ok(top) => top.iter().for_each(|guess| {
                println!("{}: {} ({:.1} %)", path.display(), guess.label, 100.0 * guess.probability);
            }),
            // The message names the file.
            Err(error) => eprintln!("{error}"),
        }
    }
    Ok(())
}
