//! Walks the nodes in their order: every value is made once and before it is used, by an allowed operator, with shapes
//! that fit, within the memory of a small board.
//!
//! In: the graph, its weights and its image. Out: one summary a node and what is known of every value.

use std::collections::HashSet;

use models::storage::printable::printable;

use super::envelope::is_default_domain;
use super::initializers::Facts;
use super::operators::{self, NodeFact};
use super::tensor_fact::TensorFact;
use crate::model::onnx_protobuf::{GraphProto, NodeProto};
use crate::model::{LayerSummary, Mismatch, ModelProblem, expect};

/// The most values in all tensors that the nodes make, together: 128 Mi, 512 MiB of f32.
const MOST_VALUES_IN_ALL: usize = 1 << 27;

/// The most multiplications and comparisons in all nodes, together: some seconds on a small board.
const MOST_STEPS_IN_ALL: u64 = 1 << 33;

/// The most nodes. tract's optimiser takes time that grows with their square; a network of fifty layers has some 150.
const MOST_NODES: usize = 512;

/// Checks all nodes, and returns the layers in order and what is known of all values.
pub(super) fn check<'graph>(
    graph: &'graph GraphProto,
    constants: Facts<'graph>,
    (image_name, image): (&'graph str, TensorFact),
) -> Result<(Vec<LayerSummary>, Facts<'graph>), ModelProblem> {
    let nodes = graph.node.len();
    expect(nodes <= MOST_NODES, "nodes", format!("at most {MOST_NODES}"), nodes)
        .map_err(ModelProblem::TooComplex)?;
    let mut walk =
        Walk { graph, facts: constants, counted: HashSet::new(), names: HashSet::new(), values: 0, steps: 0 };
    walk.facts.insert(image_name, image);
    let layers = graph.node.iter().map(|node| walk.step(node)).collect::<Result<_, _>>()?;
    Ok((layers, walk.facts))
}

struct Walk<'graph> {
    graph: &'graph GraphProto,
    facts: Facts<'graph>,
    /// Constants whose values belong to an earlier layer.
    counted: HashSet<&'graph str>,
    /// Names of nodes.
    names: HashSet<&'graph str>,
    /// The number of values that the nodes so far make.
    values: usize,
    /// The number of steps that the nodes so far take.
    steps: u64,
}

impl<'graph> Walk<'graph> {
    fn step(&mut self, node: &'graph NodeProto) -> Result<LayerSummary, ModelProblem> {
        check_operator(node)?;
        let place = format!("node '{}' ({})", title(node), node.op_type);
        let unique = node.name.is_empty() || self.names.insert(&node.name);
        expect(unique, &*place, "a name of its own", "another node's").map_err(ModelProblem::Graph)?;
        let fact = {
            let inputs = self.inputs(node).map_err(|problem| ModelProblem::Graph(problem.within(&place)))?;
            operators::output_fact(node, &inputs)
                .map_err(|problem| ModelProblem::Node(problem.within(&place)))?
        };
        self.spend(&fact)?;
        let layer = self.summary(node, &fact.output);
        let facts = std::iter::once(fact.output).chain(fact.further_outputs);
        self.keep(node, &place, facts.collect()).map_err(ModelProblem::Graph)?;
        Ok(layer)
    }

    /// Remembers what `node` makes.
    fn keep(&mut self, node: &'graph NodeProto, place: &str, facts: Vec<TensorFact>) -> Result<(), Mismatch> {
        let (expected, found) = (facts.len(), node.output.len());
        let count = if expected == 1 { "one output".to_owned() } else { format!("{expected} outputs") };
        expect(expected == found, place, count, found)?;
        for (output, fact) in node.output.iter().zip(facts) {
            expect(!output.is_empty(), place, "a name for its output", "none")?;
            let once = self.facts.insert(output, fact).is_none();
            expect(once, format!("output '{}'", printable(output)), "one node that makes it", "several")?;
        }
        Ok(())
    }

    fn inputs(&self, node: &NodeProto) -> Result<Vec<&TensorFact>, Mismatch> {
        node.input.iter().map(|name| self.input(name)).collect()
    }

    fn input(&self, name: &str) -> Result<&TensorFact, Mismatch> {
        self.facts.get(name).ok_or_else(|| {
            let later = self.graph.node.iter().any(|node| node.output.iter().any(|output| output == name));
            let found = if later { "one that only a later node makes" } else { "one that nothing makes" };
            Mismatch::new(format!("input '{}'", printable(name)), "a value made before it is used", found)
        })
    }

    /// Counts what the node will hold in memory while it runs, and how long it will.
    fn spend(&mut self, fact: &NodeFact) -> Result<(), ModelProblem> {
        self.values = self.values.saturating_add(fact.output.values()).saturating_add(fact.scratch_values);
        self.steps = self.steps.saturating_add(fact.steps);
        let limit = |limit: u64| format!("at most {limit}");
        let (values, steps) = (self.values <= MOST_VALUES_IN_ALL, self.steps <= MOST_STEPS_IN_ALL);
        expect(values, "values in all tensors", limit(MOST_VALUES_IN_ALL as u64), "more")
            .and_then(|()| expect(steps, "multiplications and comparisons", limit(MOST_STEPS_IN_ALL), "more"))
            .map_err(ModelProblem::TooComplex)
    }

    fn summary(&mut self, node: &'graph NodeProto, output: &TensorFact) -> LayerSummary {
        let reads = |name: &&'graph String| self.facts.get(name.as_str()).filter(|fact| fact.constant);
        let weights =
            node.input.iter().filter_map(|name| reads(&name).map(|fact| fact.shape.clone())).collect();
        let mut parameters = 0;
        for name in operators::trained_inputs(node).iter().filter(|_| !output.constant) {
            if let Some(fact) = self.facts.get(name.as_str()).filter(|fact| fact.constant)
                && self.counted.insert(name)
            {
                parameters += fact.values();
            }
        }
        let (operator, name) = (node.op_type.clone(), title(node));
        LayerSummary { operator, name, weights, output: output.shape.clone(), parameters }
    }
}

fn check_operator(node: &NodeProto) -> Result<(), ModelProblem> {
    let known = operators::ALLOWED.contains(&node.op_type.as_str());
    if known && is_default_domain(&node.domain) {
        return Ok(());
    }
    let domain = if is_default_domain(&node.domain) { String::new() } else { format!("{}.", node.domain) };
    Err(ModelProblem::UnknownOperator {
        node: title(node),
        expected: operators::ALLOWED.join(", "),
        operator: printable(&format!("{domain}{}", node.op_type)),
    })
}

/// A node's name, or that of what it makes.
fn title(node: &NodeProto) -> String {
    let name = if node.name.is_empty() { node.output.first() } else { Some(&node.name) };
    printable(name.map_or("", String::as_str))
}
