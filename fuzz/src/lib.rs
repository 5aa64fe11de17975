//! What the fuzz targets share.

pub mod wire_tree;

use edge_runtime::{Classifier, Loader};

/// Loads a model file and, where it is one, asks it for the probabilities and logits of a black picture and of one of ones.
pub fn load_and_ask(bytes: &[u8]) {
    let Ok(classifier) = Classifier::from_bytes_with("fuzz.onnx", bytes, Loader::TractCore) else { return };
    let values = classifier.contract().input.values();
    for pixel in [0.0, 1.0] {
        // Weights may be so large that there is no answer; there must be no panic.
        if let Ok(probabilities) = classifier.probabilities(&vec![pixel; values]) {
            assert_eq!(probabilities.len(), classifier.contract().labels.len());
        }
        if let Ok(logits) = classifier.logits(&vec![pixel; values]) {
            assert_eq!(logits.len(), classifier.contract().labels.len());
        }
    }
    let _ = classifier.golden_vectors();
}
