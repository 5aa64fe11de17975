//! A trained network as an ONNX model: input `image`, f32 `[batch, channels, height, width]`; output `probabilities`,
//! f32 `[batch, classes]`.
//!
//! The layers become Conv, MaxPool, AveragePool, Flatten, Gemm and Relu nodes under their own names; dropout is gone; a Softmax over
//! the logits ends the graph. Nothing divides the logits: whatever temperature a student was distilled at, the file
//! answers at temperature 1. The same weights give the same bytes on every machine: no date, no host, no path.

use candle_onnx::onnx::attribute_proto::AttributeType;
use candle_onnx::onnx::tensor_proto::DataType;
use candle_onnx::onnx::tensor_shape_proto::{Dimension, dimension};
use candle_onnx::onnx::type_proto::{Tensor as TensorType, Value};
use candle_onnx::onnx::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto,
};
use models::contract::METADATA_KEY;
use models::weights::{Weights, little_endian};
use models::{ImageInput, Layer, ModelContract};

/// With opset 17, the newest pair that tract, onnxruntime and candle-onnx all read without reservations.
const IR_VERSION: i64 = 8;
const OPSET_VERSION: i64 = 17;

const INPUT: &str = "image";
const OUTPUT: &str = "probabilities";

/// The model of `weights`, whose values and contract have been checked; batch normalisation is folded.
#[must_use]
pub fn onnx_model(weights: &Weights) -> ModelProto {
    let weights = &weights.folded();
    let contract = &weights.contract;
    ModelProto {
        ir_version: IR_VERSION,
        producer_name: "imago".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        doc_string: format!(
            "{}: class probabilities at temperature 1. How an image becomes the input stands in the metadata '{METADATA_KEY}'.",
            weights.network.name
        ),
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPSET_VERSION }],
        graph: Some(graph(weights)),
        metadata_props: metadata(contract),
        ..ModelProto::default()
    }
}

fn graph(weights: &Weights) -> GraphProto {
    let mut chain = Chain::new(&weights.network.layers);
    for layer in &weights.network.layers {
        chain.append(layer);
    }
    let classes = weights.contract.labels.len();
    chain.finish();
    GraphProto {
        name: weights.network.name.clone(),
        node: chain.nodes,
        initializer: weights
            .tensors()
            .map(|(spec, values)| tensor(&spec.name, &spec.shape, values))
            .collect(),
        input: vec![value_info(INPUT, &weights.contract.input.shape())],
        output: vec![value_info(OUTPUT, &[classes])],
        ..GraphProto::default()
    }
}

/// Nodes, each reading what the one before it wrote.
struct Chain {
    nodes: Vec<NodeProto>,
    /// What the last node wrote.
    last: String,
    /// Names of layers that have one, and those that were given.
    taken: Vec<String>,
}

impl Chain {
    fn new(layers: &[Layer]) -> Self {
        let taken = layers.iter().filter_map(Layer::name).map(str::to_owned).collect();
        Self { nodes: Vec::new(), last: INPUT.to_owned(), taken }
    }

    fn append(&mut self, layer: &Layer) {
        match layer {
            Layer::Convolution { name, kernel, stride, padding, .. } => {
                let [top, left] = *padding;
                let attributes = vec![
                    integers("kernel_shape", kernel),
                    integers("strides", stride),
                    integers("pads", &[top, left, top, left]),
                ];
                self.node("Conv", name.clone(), parameters_of(name), attributes);
            }
            Layer::Linear { name, .. } => {
                // y = x Wᵀ + b: the weight lies as `[outputs, inputs]`.
                self.node("Gemm", name.clone(), parameters_of(name), vec![integer("transB", 1)]);
            }
            Layer::MaxPool { kernel, stride } => {
                let attributes = vec![integers("kernel_shape", kernel), integers("strides", stride)];
                let name = self.numbered("pool");
                self.node("MaxPool", name, vec![], attributes);
            }
            Layer::AveragePool { kernel, stride } => {
                let attributes = vec![integers("kernel_shape", kernel), integers("strides", stride)];
                let name = self.numbered("average");
                self.node("AveragePool", name, vec![], attributes);
            }
            Layer::Relu => {
                let name = self.numbered("relu");
                self.node("Relu", name, vec![], vec![]);
            }
            Layer::Flatten => {
                let name = self.numbered("flatten");
                self.node("Flatten", name, vec![], vec![integer("axis", 1)]);
            }
            // Folded before this is called.
            Layer::BatchNormalisation { .. } | Layer::Dropout { .. } => {}
        }
    }

    fn finish(&mut self) {
        let name = self.numbered("softmax");
        self.node("Softmax", name, vec![], vec![integer("axis", -1)]);
        if let Some(softmax) = self.nodes.last_mut() {
            softmax.output = vec![OUTPUT.to_owned()];
        }
    }

    fn node(
        &mut self,
        operator: &str,
        name: String,
        parameters: Vec<String>,
        attribute: Vec<AttributeProto>,
    ) {
        let output = format!("{name}_output");
        let input = std::iter::once(std::mem::replace(&mut self.last, output.clone())).chain(parameters);
        self.nodes.push(NodeProto {
            op_type: operator.to_owned(),
            name,
            input: input.collect(),
            output: vec![output],
            attribute,
            ..NodeProto::default()
        });
    }

    /// `relu1`, `relu2`: layers without parameters have no names of their own.
    fn numbered(&mut self, kind: &str) -> String {
        let names = (1..).map(|number| format!("{kind}{number}"));
        let free = names.into_iter().find(|name| !self.taken.contains(name)).unwrap_or_default();
        self.taken.push(free.clone());
        free
    }
}

fn parameters_of(layer: &str) -> Vec<String> {
    vec![format!("{layer}.weight"), format!("{layer}.bias")]
}

fn tensor(name: &str, shape: &[usize], values: &[f32]) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: shape.iter().map(|&side| side as i64).collect(),
        data_type: DataType::Float as i32,
        raw_data: little_endian(values),
        ..TensorProto::default()
    }
}

/// f32 `[batch, shape…]`.
fn value_info(name: &str, shape: &[usize]) -> ValueInfoProto {
    let dimension = |value| Dimension { value: Some(value), ..Dimension::default() };
    let batch = dimension(dimension::Value::DimParam("batch".to_owned()));
    let sides = shape.iter().map(|&side| dimension(dimension::Value::DimValue(side as i64)));
    let shape = TensorShapeProto { dim: std::iter::once(batch).chain(sides).collect() };
    let tensor = TensorType { elem_type: DataType::Float as i32, shape: Some(shape) };
    let r#type = TypeProto { value: Some(Value::TensorType(tensor)), ..TypeProto::default() };
    ValueInfoProto { name: name.to_owned(), r#type: Some(r#type), ..ValueInfoProto::default() }
}

fn integer(name: &str, value: i64) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Int as i32,
        i: value,
        ..AttributeProto::default()
    }
}

fn integers(name: &str, values: &[usize]) -> AttributeProto {
    AttributeProto {
        name: name.to_owned(),
        r#type: AttributeType::Ints as i32,
        ints: values.iter().map(|&value| value as i64).collect(),
        ..AttributeProto::default()
    }
}

/// The contract, and ONNX's own keys for images, which other programs read.
fn metadata(contract: &ModelContract) -> Vec<StringStringEntryProto> {
    let entry =
        |key: &str, value: &str| StringStringEntryProto { key: key.to_owned(), value: value.to_owned() };
    let format = if contract.input.channels == 1 { "Gray8" } else { "Rgb8" };
    let mut entries = vec![
        entry(METADATA_KEY, &contract.to_json()),
        entry("Image.BitmapPixelFormat", format),
        entry("Image.ColorSpaceGamma", "SRGB"),
    ];
    let ImageInput { value_range, mean, standard_deviation, .. } = &contract.input;
    let plain =
        mean.iter().all(|mean| *mean == 0.0) && standard_deviation.iter().all(|deviation| *deviation == 1.0);
    if *value_range == [0.0, 1.0] && plain {
        entries.push(entry("Image.NominalPixelRange", "Normalized_0_1"));
    }
    entries
}

#[cfg(test)]
mod tests {
    use models::{Network, Provenance};
    use prost::Message;

    use super::*;

    fn weights(network: Network) -> Weights {
        let values = vec![0.25; network.parameter_count()];
        Weights { network, contract: ModelContract::mnist(Provenance::default()), values }
    }

    fn operators(model: &ModelProto) -> Vec<&str> {
        model.graph.as_ref().unwrap().node.iter().map(|node| node.op_type.as_str()).collect()
    }

    #[test]
    fn a_student_becomes_flatten_gemm_relu_and_one_softmax() {
        let model = onnx_model(&weights(Network::student(&[128, 128])));
        assert_eq!(operators(&model), ["Flatten", "Gemm", "Relu", "Gemm", "Relu", "Gemm", "Softmax"]);
        let graph = model.graph.unwrap();
        let names: Vec<&str> = graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
        assert_eq!(names, ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias"]);
        assert_eq!(graph.node[5].input, ["relu2_output", "fc3.weight", "fc3.bias"]);
        assert_eq!(graph.node[6].input, ["fc3_output"]);
        assert_eq!(graph.node[6].output, ["probabilities"]);
    }

    #[test]
    fn a_teacher_loses_its_dropout() {
        let model = onnx_model(&weights(Network::teacher()));
        let expected =
            ["Conv", "Relu", "Conv", "Relu", "MaxPool", "Flatten", "Gemm", "Relu", "Gemm", "Softmax"];
        assert_eq!(operators(&model), expected);
    }

    #[test]
    fn the_same_weights_give_the_same_bytes() {
        let bytes = || onnx_model(&weights(Network::student(&[5]))).encode_to_vec();
        assert_eq!(bytes(), bytes());
    }

    #[test]
    fn names_are_unique_and_every_input_exists_before_it_is_read() {
        let graph = onnx_model(&weights(Network::teacher())).graph.unwrap();
        let mut known: Vec<String> = graph.initializer.iter().map(|tensor| tensor.name.clone()).collect();
        known.push("image".to_owned());
        for node in &graph.node {
            assert!(node.input.iter().all(|name| known.contains(name)), "{node:?}");
            assert!(node.output.iter().all(|name| !known.contains(name)), "{node:?}");
            known.extend(node.output.clone());
        }
    }
}
