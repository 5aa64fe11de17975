//! What layers become in the graph, in every precision.

use models::{ImageInput, Layer, ModelContract, Network, Provenance};

use super::*;
use crate::precision::Precision;

const PRECISIONS: [Precision<'static>; 4] =
    [Precision::F32, Precision::F16, Precision::Int8, Precision::Int8Weights];

fn weights(network: Network) -> Weights {
    let values = vec![0.25; network.parameter_count()];
    Weights { network, contract: ModelContract::mnist(Provenance::default()), values, finding: None }
}

fn graph_of(weights: &Weights, precision: Precision<'_>) -> GraphProto {
    graph(weights, &EncodingPlan::new(weights, precision).unwrap())
}

fn operators(graph: &GraphProto) -> Vec<&str> {
    graph.node.iter().map(|node| node.op_type.as_str()).collect()
}

fn initializers(graph: &GraphProto) -> Vec<&str> {
    graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect()
}

#[test]
fn a_student_becomes_flatten_gemm_relu_and_one_softmax() {
    let graph = graph_of(&weights(Network::student(&[128, 128])), Precision::F32);
    assert_eq!(operators(&graph), ["Flatten", "Gemm", "Relu", "Gemm", "Relu", "Gemm", "Softmax"]);
    let names = ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias"];
    assert_eq!(initializers(&graph), names);
    assert_eq!(graph.node[5].input, ["relu2_output", "fc3.weight", "fc3.bias"]);
    assert_eq!(graph.node[6].input, ["fc3_output"]);
    assert_eq!(graph.node[6].output, ["probabilities"]);
}

#[test]
fn a_teacher_loses_its_dropout() {
    let graph = graph_of(&weights(Network::teacher()), Precision::F32);
    let expected = ["Conv", "Relu", "Conv", "Relu", "MaxPool", "Flatten", "Gemm", "Relu", "Gemm", "Softmax"];
    assert_eq!(operators(&graph), expected);
}

#[test]
fn f16_weights_are_cast_and_multiplied_in_f32() {
    let graph = graph_of(&weights(Network::student(&[])), Precision::F16);
    assert_eq!(operators(&graph), ["Flatten", "Cast", "Cast", "Gemm", "Softmax"]);
    assert_eq!(
        graph.node[3].input,
        ["flatten1_output", "fc1_weight_to_f32_output", "fc1_bias_to_f32_output"]
    );
    let bytes: usize = graph.initializer.iter().map(|tensor| tensor.raw_data.len()).sum();
    assert_eq!(bytes, 2 * (784 * 10 + 10));
}

/// The picture's range is known from the contract; what a ReLU lets through has no zero point to compute.
#[test]
fn int8_sums_in_integers_between_f32_and_f32() {
    let graph = graph_of(&weights(Network::student(&[3])), Precision::Int8);
    let known = ["QuantizeLinear", "MatMulInteger", "Cast", "Mul", "Add"];
    let computed = ["DynamicQuantizeLinear", "MatMulInteger", "Cast", "Mul", "Mul", "Add"];
    let expected = [["Flatten"].as_slice(), &known, &["Relu"], &computed, &["Softmax"]].concat();
    assert_eq!(operators(&graph), expected);
    let sums = graph.node.iter().find(|node| node.name == "fc2_sums").unwrap();
    let read = ["fc2_input_output", "fc2.weight", "fc2.input_zero_point", "fc2.weight_zero_point"];
    assert_eq!(sums.input, read);
}

#[test]
fn a_zero_point_is_computed_where_values_may_be_negative() {
    let linear = |name: &str, inputs, outputs| Layer::Linear { name: name.to_owned(), inputs, outputs };
    let layers = vec![Layer::Flatten, linear("fc1", 784, 4), linear("fc2", 4, 10)];
    let network = Network { name: "linear".to_owned(), input: [1, 28, 28], layers };
    let graph = graph_of(&weights(network), Precision::Int8);
    let sums = graph.node.iter().find(|node| node.name == "fc2_sums").unwrap();
    assert_eq!(sums.input[2], "fc2_input_zero_point");
    assert!(!initializers(&graph).contains(&"fc2.input_zero_point"));
}

#[test]
fn the_known_range_of_the_picture_ends_where_something_is_done_to_it() {
    let linear = Layer::Linear { name: "fc1".to_owned(), inputs: 196, outputs: 10 };
    let pool = Layer::MaxPool { kernel: [2, 2], stride: [2, 2] };
    let network = |layers| Network { name: "n".to_owned(), input: [1, 28, 28], layers };
    let pooled = weights(network(vec![pool.clone(), Layer::Flatten, linear.clone()]));
    assert!(operators(&graph_of(&pooled, Precision::Int8)).contains(&"QuantizeLinear"));
    let rectified = weights(network(vec![pool, Layer::Relu, Layer::Flatten, linear]));
    assert!(operators(&graph_of(&rectified, Precision::Int8)).contains(&"DynamicQuantizeLinear"));
}

/// A block of a depthwise convolution beside one of 1×1, the mean of each channel, and a block that adds its own input.
fn residual() -> Weights {
    let convolution = |name: &str, channels: [usize; 2], kernel: usize, groups| Layer::Convolution {
        name: name.to_owned(),
        in_channels: channels[0],
        out_channels: channels[1],
        kernel: [kernel, kernel],
        stride: [1, 1],
        padding: [kernel / 2, kernel / 2],
        groups,
    };
    let block = |body, shortcut| Layer::Residual { body, shortcut };
    let layers = vec![
        convolution("conv1", [1, 4], 3, 1),
        Layer::Relu,
        block(
            vec![convolution("conv2", [4, 4], 3, 4), Layer::Relu, convolution("conv3", [4, 6], 1, 2)],
            vec![convolution("conv4", [4, 6], 1, 1)],
        ),
        Layer::GlobalAveragePool,
        block(vec![Layer::Relu, convolution("add1", [6, 6], 1, 1)], vec![]),
        Layer::Flatten,
        Layer::linear("fc1", 6, 10),
    ];
    weights(Network { name: "residual".to_owned(), input: [1, 28, 28], layers })
}

fn called<'graph>(graph: &'graph GraphProto, name: &str) -> &'graph candle_onnx::onnx::NodeProto {
    graph.node.iter().find(|node| node.name == name).unwrap()
}

#[test]
fn a_residual_block_is_its_body_its_shortcut_and_their_sum() {
    let graph = graph_of(&residual(), Precision::F32);
    let block = ["Conv", "Relu", "Conv", "Conv", "Add"];
    let end = ["AveragePool", "Relu", "Conv", "Add", "Flatten", "Gemm", "Softmax"];
    assert_eq!(operators(&graph), [["Conv", "Relu"].as_slice(), &block, &end].concat());
    let reads = |name| called(&graph, name).input.iter().map(String::as_str).collect::<Vec<_>>();
    assert_eq!(reads("conv4")[0], "relu1_output");
    // A layer has the name that the first sum would have had.
    assert_eq!(reads("add2"), ["conv3_output", "conv4_output"]);
    assert_eq!(reads("add3"), ["add1_output", "average1_output"]);
    let attribute = |name, kind: &str| {
        let attributes = &called(&graph, name).attribute;
        attributes.iter().find(|attribute| attribute.name == kind).cloned()
    };
    assert_eq!((attribute("conv2", "group").unwrap().i, attribute("conv3", "group").unwrap().i), (4, 2));
    assert_eq!(attribute("conv4", "group"), None);
    assert_eq!(attribute("average1", "kernel_shape").unwrap().ints, [28, 28]);
}

/// The block's two ways start at one value, which is not negative; its sum may be.
#[test]
fn what_two_layers_read_is_brought_to_bytes_once() {
    let calibration = vec![vec![0.5; 784]];
    for (precision, operator) in [
        (Precision::Int8, "DynamicQuantizeLinear"),
        (Precision::Int8Calibrated(&calibration), "QuantizeLinear"),
    ] {
        let graph = graph_of(&residual(), precision);
        let [body, shortcut] = ["conv2_sums", "conv4_sums"].map(|name| called(&graph, name).input.clone());
        assert_eq!((&body[0], &body[2]), (&shortcut[0], &shortcut[2]));
        let found = operators(&graph).into_iter().filter(|found| *found == operator).count();
        assert_eq!(found, if operator == "QuantizeLinear" { 5 } else { 4 });
    }
    let sums = graph_of(&residual(), Precision::Int8);
    assert_eq!(called(&sums, "fc1_sums").input[2], "fc1_input_zero_point");
}

#[test]
fn the_weight_of_mat_mul_integer_lies_with_its_inputs_first() {
    let linear = Layer::Linear { name: "fc1".to_owned(), inputs: 3, outputs: 2 };
    let network = Network { name: "n".to_owned(), input: [3, 1, 1], layers: vec![Layer::Flatten, linear] };
    let input = ImageInput::version_2([3, 1, 1], models::Resize::Fit);
    let contract = ModelContract { input, ..ModelContract::mnist(Provenance::default()) };
    let weights = Weights {
        network,
        contract,
        values: vec![127.0, 1.0, 2.0, 4.0, 5.0, -127.0, 0.0, 0.0],
        finding: None,
    };
    let graph = graph_of(&weights, Precision::Int8);
    let weight = graph.initializer.iter().find(|tensor| tensor.name == "fc1.weight").unwrap();
    assert_eq!(
        (weight.dims.as_slice(), weight.raw_data.as_slice()),
        ([3, 2].as_slice(), [255, 132, 129, 133, 130, 1].as_slice())
    );
}

#[test]
fn names_are_unique_and_every_input_exists_before_it_is_read() {
    let mut network = Network::teacher();
    // Names that the exporter would give itself.
    let names = ["relu1", "conv1_input", "conv2_sums", "fc2_weight_to_f32"];
    let mut names = names.iter();
    for layer in &mut network.layers {
        if let Layer::Convolution { name, .. } | Layer::Linear { name, .. } = layer {
            *name = (*names.next().unwrap()).to_owned();
        }
    }
    for (network, precision) in PRECISIONS.iter().flat_map(|&precision| {
        [Network::teacher(), network.clone(), residual().network].map(|network| (network, precision))
    }) {
        let graph = graph_of(&weights(network), precision);
        let mut known: Vec<&str> = initializers(&graph);
        known.push("image");
        let mut nodes: Vec<&str> = Vec::new();
        for node in &graph.node {
            assert!(node.input.iter().all(|name| known.contains(&name.as_str())), "{node:?}");
            assert!(node.output.iter().all(|name| !known.contains(&name.as_str())), "{node:?}");
            assert!(!nodes.contains(&node.name.as_str()), "{node:?}");
            known.extend(node.output.iter().map(String::as_str));
            nodes.push(&node.name);
        }
    }
}
