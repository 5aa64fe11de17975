//! What is wrong with a layer, and where in the description it stands.
//!
//! In come a problem and, from the inside to the outside, the lists and layers around it; out goes one line such as
//! `layer 3 (residual), body, layer 2 (conv4): expected …`.

use super::layer::Layer;

/// A problem with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LayerProblem {
    /// The words of the place, from the innermost to the outermost.
    place: Vec<String>,
    problem: String,
}

impl LayerProblem {
    pub(super) fn new(problem: String) -> Self {
        Self { place: Vec::new(), problem }
    }

    /// Returns the problem as one of the layer at `position` in its list; layers are counted from 1, as people do.
    pub(super) fn of_layer(mut self, position: usize, layer: &Layer) -> Self {
        let word = layer.name().unwrap_or_else(|| layer.kind());
        self.place.push(format!("layer {} ({})", position + 1, word.escape_debug()));
        self
    }

    /// Returns the problem as one of the list of layers `name` within a layer.
    pub(super) fn of_list(mut self, name: &str) -> Self {
        self.place.push(name.to_owned());
        self
    }

    /// Returns the place from the outermost to the innermost, empty for the whole network, and the problem.
    pub(super) fn into_parts(self) -> (String, String) {
        let words: Vec<String> = self.place.into_iter().rev().collect();
        (words.join(", "), self.problem)
    }
}
