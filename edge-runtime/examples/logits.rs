//! Softens the answer for one picture with a temperature of one's own, from the logits of the network.
//!
//! ```text
//! cargo run --release -p imago-edge-runtime --features builtin-model --example logits -- samples/7-0.png 4
//! ```

use std::error::Error;
use std::path::Path;

use edge_runtime::Classifier;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [picture, temperature] = arguments.as_slice() else {
        return Err("usage: logits PICTURE TEMPERATURE".into());
    };
    let temperature: f32 = temperature.parse()?;
    let classifier = Classifier::builtin()?;
    let input = classifier.tensor(Path::new(picture))?;
    let (logits, probabilities) = (classifier.logits(&input)?, classifier.probabilities(&input)?);
    let softened: Vec<f32> = logits.iter().map(|logit| (logit / temperature).exp()).collect();
    let sum: f32 = softened.iter().sum();
    println!("label  logit  probability  at temperature {temperature}");
    for (class, label) in classifier.contract().labels.iter().enumerate() {
        let (logit, probability) = (logits[class], probabilities[class]);
        println!("{label:<5} {logit:>6.2} {probability:>12.4} {:>14.4}", softened[class] / sum);
    }
    Ok(())
}
