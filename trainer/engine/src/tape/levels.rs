//! Which operations run together, and which values are kept.
//!
//! In comes a graph, out go [`Level`]s. The operations of a level run for a few images at a time, from the first to the last,
//! so that what lies between them stays in the second-level cache. A level ends where an operation needs the whole batch: a
//! batch norm needs the statistics of its input, a linear layer reads its weights once for all images. Values that cross from
//! one level to another, and those that the backward pass needs and that are dear to compute, are kept for the whole batch;
//! all others live in the cache alone, and the backward pass computes them again there.

use super::graph::{Graph, INPUT, Node, Value};

/// The operations that run together.
#[derive(Debug, Default)]
pub(super) struct Level {
    /// The nodes that see one image at a time, in the order of the graph.
    pub(super) images: Vec<usize>,
    /// The nodes that need the whole batch, which run after the others.
    pub(super) batch: Vec<usize>,
    /// The values that this level makes image by image.
    pub(super) own: Vec<Value>,
    /// The batch norms of later levels whose input this level makes: their statistics are known when it ends.
    pub(super) norms: Vec<usize>,
    /// The nodes of `images` that the backward pass computes again, in the order of the graph.
    pub(super) recomputed: Vec<usize>,
}

/// The levels of a graph, with what is known of each value.
#[derive(Debug)]
pub(super) struct Levels {
    pub(super) levels: Vec<Level>,
    /// Whether each value is kept for the whole batch. The network's input is the caller's.
    pub(super) kept: Vec<bool>,
    /// Whether a trained parameter lies before each value, so that its gradient is needed.
    pub(super) needs_gradient: Vec<bool>,
    /// The nodes that read each value.
    pub(super) readers: Vec<Vec<usize>>,
    /// The level of each node.
    pub(super) level_of: Vec<usize>,
}

impl Levels {
    /// Returns the levels of `graph`. `for_training` says whether a backward pass follows.
    pub(super) fn new(graph: &Graph, for_training: bool) -> Self {
        let level_of = level_of_nodes(graph);
        let count = level_of.iter().max().map_or(0, |last| last + 1);
        let mut levels: Vec<Level> = (0..count).map(|_| Level::default()).collect();
        let mut made_in = vec![0; graph.lens.len()];
        for (index, node) in graph.nodes.iter().enumerate() {
            let level = &mut levels[level_of[index]];
            made_in[node.output] = level_of[index];
            if node.needs_batch() {
                level.batch.push(index);
            } else {
                level.images.push(index);
                level.own.push(node.output);
            }
        }
        let mut found = Self {
            levels,
            kept: vec![false; graph.lens.len()],
            needs_gradient: needs_gradient(graph),
            readers: readers(graph),
            level_of: level_of.clone(),
        };
        for (index, node) in graph.nodes.iter().enumerate() {
            if is_norm(node) {
                found.levels[made_in[node.inputs[0]]].norms.push(index);
            }
            let crosses = |value: &Value| made_in[*value] != level_of[index];
            for value in &node.inputs {
                found.kept[*value] |= node.needs_batch() || crosses(value);
            }
            found.kept[node.output] |= node.needs_batch();
        }
        found.kept[graph.output] = true;
        if for_training {
            (0..count).for_each(|level| found.plan_backward(graph, level));
        }
        found
    }

    /// Decides how the backward pass of a level comes by each value that it needs: kept, or computed again.
    fn plan_backward(&mut self, graph: &Graph, level: usize) {
        let images = self.levels[level].images.clone();
        let mut needed: Vec<Value> = Vec::new();
        for &index in &images {
            let node = &graph.nodes[index];
            if self.needs_gradient[node.output] {
                needed.extend(node.needed_backward());
            }
        }
        let mut recomputed = Vec::new();
        while let Some(value) = needed.pop() {
            let maker = images.iter().copied().find(|&index| graph.nodes[index].output == value);
            let Some(index) = maker.filter(|index| !self.kept[value] && !recomputed.contains(index)) else {
                continue;
            };
            if graph.nodes[index].is_cheap() {
                recomputed.push(index);
                needed.extend(graph.nodes[index].inputs.iter().copied());
            } else {
                self.kept[value] = true;
            }
        }
        // What was found to be kept after a node was found to be computed again stays computed again: it costs little.
        recomputed.sort_unstable();
        self.levels[level].recomputed = recomputed;
    }
}

fn is_norm(node: &Node) -> bool {
    matches!(node.operation, super::graph::Operation::BatchNorm { .. })
}

/// Returns the level of each node: that of its latest input, or one later behind a whole batch.
fn level_of_nodes(graph: &Graph) -> Vec<usize> {
    // The level in which a value can be read, and the one in which it is made.
    let mut readable = vec![0; graph.lens.len()];
    let mut made = vec![0; graph.lens.len()];
    let mut levels = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        let mut level = node.inputs.iter().map(|value| readable[*value]).max().unwrap_or(0);
        if is_norm(node) {
            level = level.max(made[node.inputs[0]] + 1);
        }
        made[node.output] = level;
        readable[node.output] = level + usize::from(node.needs_batch());
        levels.push(level);
    }
    levels
}

/// Returns for each value whether a trained parameter lies before it.
fn needs_gradient(graph: &Graph) -> Vec<bool> {
    let mut needs = vec![false; graph.lens.len()];
    for node in &graph.nodes {
        needs[node.output] = node.is_trained() || node.inputs.iter().any(|value| needs[*value]);
    }
    debug_assert!(!needs[INPUT]);
    needs
}

fn readers(graph: &Graph) -> Vec<Vec<usize>> {
    let mut readers = vec![Vec::new(); graph.lens.len()];
    for (index, node) in graph.nodes.iter().enumerate() {
        node.inputs.iter().for_each(|value| readers[*value].push(index));
    }
    readers
}
