//! Small valid models as protobufs, for tests to run or to spoil one thing of.

use models::contract::METADATA_KEY;
use models::random::{Generator, Purpose};
use models::{ImageInput, ModelContract, Provenance, Resize};
use prost::Message;

use crate::model::onnx_protobuf::attribute_proto::AttributeType;
use crate::model::onnx_protobuf::tensor_proto::DataType;
use crate::model::onnx_protobuf::tensor_shape_proto::{Dimension, dimension};
use crate::model::onnx_protobuf::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, type_proto,
};

/// Numbers in [-0.5, 0.5), as many as are asked for at each call; those of one seed are the same each time.
pub(crate) fn numbers(seed: u64) -> impl FnMut(usize) -> Vec<f32> {
    let mut generator = Generator::new(seed, Purpose::Sample, 0, 0);
    move |count| (0..count).map(|_| generator.symmetric(0.5)).collect()
}

/// Colour pictures, `[3, 7, 5]`, and four classes.
pub(crate) fn colour_contract() -> ModelContract {
    let input = ImageInput {
        mean: vec![0.5, 0.25, 0.0],
        standard_deviation: vec![0.5, 2.0, 1.0],
        ..ImageInput::version_2([3, 7, 5], Resize::Fit)
    };
    let labels = ["ant", "bee", "fly", "moth"].map(str::to_owned).to_vec();
    ModelContract::new(input, labels, Provenance::default())
}

/// Flatten, Gemm, Relu, Gemm, Softmax: `[3, 7, 5]` to 6 to 4.
pub(crate) fn dense_model() -> ModelProto {
    let mut numbers = numbers(1);
    let nodes = vec![
        node("Flatten", "flatten", &["image"], vec![int("axis", 1)]),
        node("Gemm", "fc1", &["flatten", "fc1.weight", "fc1.bias"], gemm_attributes()),
        node("Relu", "relu1", &["fc1"], vec![]),
        node("Gemm", "fc2", &["relu1", "fc2.weight", "fc2.bias"], gemm_attributes()),
        node("Softmax", "probabilities", &["fc2"], vec![int("axis", -1)]),
    ];
    let initializers = vec![
        tensor("fc1.weight", &[6, 105], &numbers(630)),
        tensor("fc1.bias", &[6], &numbers(6)),
        tensor("fc2.weight", &[4, 6], &numbers(24)),
        tensor("fc2.bias", &[4], &numbers(4)),
    ];
    model(nodes, initializers, &colour_contract())
}

/// Conv 3×2 with steps and padding, Relu, MaxPool, Flatten, Gemm, Softmax, all sides different.
pub(crate) fn convolutional_model() -> ModelProto {
    let mut numbers = numbers(2);
    let nodes = vec![
        node("Conv", "conv1", &["image", "conv1.weight", "conv1.bias"], conv_attributes()),
        node("Relu", "relu1", &["conv1"], vec![]),
        node("MaxPool", "pool", &["relu1"], vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 1])]),
        node("Flatten", "flatten", &["pool"], vec![int("axis", 1)]),
        node("Gemm", "fc1", &["flatten", "fc1.weight", "fc1.bias"], gemm_attributes()),
        node("Softmax", "probabilities", &["fc1"], vec![int("axis", -1)]),
    ];
    // Rows: 7 + 2 · 1 - 3 + 1 = 7, pooled (7 - 2) / 2 + 1 = 3. Columns: (5 - 2) / 1 + 1 = 4, pooled 3.
    let initializers = vec![
        tensor("conv1.weight", &[2, 3, 3, 2], &numbers(36)),
        tensor("conv1.bias", &[2], &numbers(2)),
        tensor("fc1.weight", &[4, 18], &numbers(72)),
        tensor("fc1.bias", &[4], &numbers(4)),
    ];
    model(nodes, initializers, &colour_contract())
}

/// A residual network: Conv in three groups with a depthwise one behind it, a 1×1 Conv of the same image beside them, the sum
/// of both, a sum with itself rectified, the mean of each channel, Gemm, Softmax.
pub(crate) fn residual_model() -> ModelProto {
    let mut numbers = numbers(7);
    let grouped = |kernel: [i64; 2], pads: [i64; 4], group| {
        vec![ints("kernel_shape", &kernel), ints("pads", &pads), int("group", group)]
    };
    let nodes = vec![
        node("Conv", "conv1", &["image", "conv1.weight", "conv1.bias"], grouped([3, 3], [1, 1, 1, 1], 3)),
        node("Conv", "conv2", &["conv1", "conv2.weight", "conv2.bias"], grouped([3, 1], [1, 0, 1, 0], 6)),
        node("Conv", "conv3", &["image", "conv3.weight", "conv3.bias"], grouped([1, 1], [0; 4], 1)),
        node("Add", "add1", &["conv2", "conv3"], vec![]),
        node("Relu", "relu1", &["add1"], vec![]),
        node("Add", "add2", &["add1", "relu1"], vec![]),
        node("AveragePool", "average", &["add2"], vec![ints("kernel_shape", &[7, 5])]),
        node("Flatten", "flatten", &["average"], vec![int("axis", 1)]),
        node("Gemm", "fc1", &["flatten", "fc1.weight", "fc1.bias"], gemm_attributes()),
        node("Softmax", "probabilities", &["fc1"], vec![int("axis", -1)]),
    ];
    let initializers = vec![
        tensor("conv1.weight", &[6, 1, 3, 3], &numbers(54)),
        tensor("conv1.bias", &[6], &numbers(6)),
        tensor("conv2.weight", &[6, 1, 3, 1], &numbers(18)),
        tensor("conv2.bias", &[6], &numbers(6)),
        tensor("conv3.weight", &[6, 3, 1, 1], &numbers(18)),
        tensor("conv3.bias", &[6], &numbers(6)),
        tensor("fc1.weight", &[4, 6], &numbers(24)),
        tensor("fc1.bias", &[4], &numbers(4)),
    ];
    model(nodes, initializers, &colour_contract())
}

/// f16 weights cast to f32 for Gemm, then Cast, MatMul and Add in f16: the two encodings of half precision.
pub(crate) fn half_precision_model() -> ModelProto {
    let mut numbers = numbers(3);
    let nodes = vec![
        node("Flatten", "flatten", &["image"], vec![int("axis", 1)]),
        node("Cast", "fc1.weight_f32", &["fc1.weight"], vec![int("to", 1)]),
        node("Gemm", "fc1", &["flatten", "fc1.weight_f32"], gemm_attributes()),
        node("Relu", "relu1", &["fc1"], vec![]),
        node("Cast", "to_f16", &["relu1"], vec![int("to", 10)]),
        node("MatMul", "fc2.product", &["to_f16", "fc2.weight"], vec![]),
        node("Add", "fc2", &["fc2.product", "fc2.bias"], vec![]),
        node("Cast", "to_f32", &["fc2"], vec![int("to", 1)]),
        node("Softmax", "probabilities", &["to_f32"], vec![int("axis", -1)]),
    ];
    let initializers = vec![
        half_tensor("fc1.weight", &[6, 105], &numbers(630)),
        half_tensor("fc2.weight", &[6, 4], &numbers(24)),
        half_tensor("fc2.bias", &[4], &numbers(4)),
    ];
    model(nodes, initializers, &colour_contract())
}

/// Every operator of eight bits: a convolution of quantised pixels, a linear layer of dynamically quantised values, and a
/// linear layer whose weight is dequantised.
pub(crate) fn integer_model() -> ModelProto {
    let mut numbers = numbers(5);
    let mut bytes = |count: usize| -> Vec<u8> {
        numbers(count).iter().map(|value| (255.0 * (value + 0.5)) as u8).collect()
    };
    let initializers = vec![
        tensor("pixel.scale", &[], &[1.0 / 255.0]),
        byte_tensor("pixel.zero_point", &[], vec![0]),
        byte_tensor("conv1.weight", &[2, 3, 3, 2], bytes(36)),
        byte_tensor("weight.zero_point", &[], vec![128]),
        tensor("conv1.scale", &[2, 1, 1], &[1e-4, 2e-4]),
        tensor("conv1.bias", &[2, 1, 1], &[0.25, -0.25]),
        byte_tensor("fc1.weight", &[56, 6], bytes(336)),
        tensor("fc1.scale", &[6], &[0.01; 6]),
        tensor("fc1.bias", &[6], &[0.125; 6]),
        TensorProto { data_type: DataType::Int8 as i32, ..byte_tensor("fc2.weight", &[4, 6], bytes(24)) },
        tensor("fc2.scale", &[4], &[1e-4, 2e-4, 3e-4, 4e-4]),
        tensor("fc2.bias", &[4], &[0.0; 4]),
    ];
    model(integer_nodes(), initializers, &colour_contract())
}

fn integer_nodes() -> Vec<NodeProto> {
    let dynamic = NodeProto {
        output: ["fc1.bytes", "fc1.input_scale", "fc1.zero_point"].map(str::to_owned).to_vec(),
        ..node("DynamicQuantizeLinear", "fc1.input", &["flatten"], vec![])
    };
    let pixels = ["pixels", "conv1.weight", "pixel.zero_point", "weight.zero_point"];
    let values = ["fc1.bytes", "fc1.weight", "fc1.zero_point", "weight.zero_point"];
    vec![
        node("QuantizeLinear", "pixels", &["image", "pixel.scale", "pixel.zero_point"], vec![]),
        node("ConvInteger", "conv1.sums", &pixels, conv_attributes()),
        node("Cast", "conv1.f32", &["conv1.sums"], vec![int("to", 1)]),
        node("Mul", "conv1.rescaled", &["conv1.f32", "conv1.scale"], vec![]),
        node("Add", "conv1", &["conv1.rescaled", "conv1.bias"], vec![]),
        node("Flatten", "flatten", &["conv1"], vec![int("axis", 1)]),
        dynamic,
        node("MatMulInteger", "fc1.sums", &values, vec![]),
        node("Cast", "fc1.f32", &["fc1.sums"], vec![int("to", 1)]),
        node("Mul", "fc1.output_scale", &["fc1.input_scale", "fc1.scale"], vec![]),
        node("Mul", "fc1.rescaled", &["fc1.f32", "fc1.output_scale"], vec![]),
        node("Add", "fc1", &["fc1.rescaled", "fc1.bias"], vec![]),
        node("Relu", "relu1", &["fc1"], vec![]),
        node("DequantizeLinear", "fc2.f32", &["fc2.weight", "fc2.scale"], vec![int("axis", 0)]),
        node("Gemm", "fc2", &["relu1", "fc2.f32", "fc2.bias"], gemm_attributes()),
        node("Softmax", "probabilities", &["fc2"], vec![int("axis", -1)]),
    ]
}

/// The shipped student's shape, 784-128-128-10, with random weights.
pub(crate) fn student_model() -> ModelProto {
    let mut numbers = numbers(4);
    let mut nodes = vec![node("Flatten", "flatten", &["image"], vec![int("axis", 1)])];
    let mut initializers = Vec::new();
    let mut input = "flatten".to_owned();
    for (index, [inputs, outputs]) in [[784, 128], [128, 128], [128, 10]].into_iter().enumerate() {
        let name = format!("fc{}", index + 1);
        let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        nodes.push(node("Gemm", &name, &[&input, &weight, &bias], gemm_attributes()));
        let scale = |values: Vec<f32>| values.iter().map(|value| value * 0.2).collect::<Vec<_>>();
        initializers.push(tensor(&weight, &[outputs, inputs], &scale(numbers(inputs * outputs))));
        initializers.push(tensor(&bias, &[outputs], &scale(numbers(outputs))));
        input = name;
        if outputs == 128 {
            nodes.push(node("Relu", &format!("relu{}", index + 1), &[&input], vec![]));
            input = format!("relu{}", index + 1);
        }
    }
    nodes.push(node("Softmax", "probabilities", &[&input], vec![int("axis", -1)]));
    model(nodes, initializers, &ModelContract::mnist(Provenance::default()))
}

pub(crate) fn model(
    node: Vec<NodeProto>,
    initializer: Vec<TensorProto>,
    contract: &ModelContract,
) -> ModelProto {
    let [channels, height, width] = contract.input.shape();
    let input = vec![value("image", &[None, Some(channels), Some(height), Some(width)])];
    let output = vec![value("probabilities", &[None, Some(contract.labels.len())])];
    let graph = GraphProto { name: "network".into(), node, initializer, input, output, ..Default::default() };
    ModelProto {
        ir_version: 8,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 17 }],
        producer_name: "test".into(),
        graph: Some(graph),
        metadata_props: vec![StringStringEntryProto { key: METADATA_KEY.into(), value: contract.to_json() }],
        ..Default::default()
    }
}

/// A node whose one output has its name.
pub(crate) fn node(operator: &str, name: &str, input: &[&str], attribute: Vec<AttributeProto>) -> NodeProto {
    NodeProto {
        op_type: operator.into(),
        name: name.into(),
        input: input.iter().map(|&name| name.to_owned()).collect(),
        output: vec![name.to_owned()],
        attribute,
        ..Default::default()
    }
}

pub(crate) fn int(name: &str, value: i64) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: AttributeType::Int as i32, i: value, ..Default::default() }
}

pub(crate) fn float(name: &str, value: f32) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: AttributeType::Float as i32, f: value, ..Default::default() }
}

pub(crate) fn ints(name: &str, values: &[i64]) -> AttributeProto {
    let kind = AttributeType::Ints as i32;
    AttributeProto { name: name.into(), r#type: kind, ints: values.to_vec(), ..Default::default() }
}

pub(crate) fn tensor(name: &str, shape: &[usize], values: &[f32]) -> TensorProto {
    let raw_data = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    TensorProto { data_type: DataType::Float as i32, ..raw_tensor(name, shape, raw_data) }
}

pub(crate) fn byte_tensor(name: &str, shape: &[usize], values: Vec<u8>) -> TensorProto {
    TensorProto { data_type: DataType::Uint8 as i32, ..raw_tensor(name, shape, values) }
}

fn half_tensor(name: &str, shape: &[usize], values: &[f32]) -> TensorProto {
    let raw_data = values.iter().flat_map(|&value| f16_bits(value).to_le_bytes()).collect();
    TensorProto { data_type: DataType::Float16 as i32, ..raw_tensor(name, shape, raw_data) }
}

fn raw_tensor(name: &str, shape: &[usize], raw_data: Vec<u8>) -> TensorProto {
    let dims = shape.iter().map(|&side| side as i64).collect();
    TensorProto { name: name.into(), dims, raw_data: raw_data.into(), ..Default::default() }
}

/// Towards zero; enough for weights of ordinary size, smaller ones become 0.
fn f16_bits(value: f32) -> u16 {
    let bits = value.to_bits();
    let exponent = ((bits >> 23) & 0xff) as i32 - 127 + 15;
    let sign = (bits >> 16) as u16 & 0x8000;
    if exponent <= 0 { sign } else { sign | (exponent as u16) << 10 | ((bits >> 13) as u16 & 0x3ff) }
}

fn value(name: &str, sides: &[Option<usize>]) -> ValueInfoProto {
    let side = |side: &Option<usize>| match side {
        Some(side) => dimension::Value::DimValue(*side as i64),
        None => dimension::Value::DimParam("batch".into()),
    };
    let dim = sides.iter().map(|s| Dimension { value: Some(side(s)) }).collect();
    let shape = Some(TensorShapeProto { dim });
    let tensor = type_proto::Tensor { elem_type: DataType::Float as i32, shape };
    let kind = TypeProto { value: Some(type_proto::Value::TensorType(tensor)) };
    ValueInfoProto { name: name.into(), r#type: Some(kind) }
}

fn gemm_attributes() -> Vec<AttributeProto> {
    vec![float("alpha", 1.0), float("beta", 1.0), int("transB", 1)]
}

fn conv_attributes() -> Vec<AttributeProto> {
    vec![ints("kernel_shape", &[3, 2]), ints("strides", &[1, 1]), ints("pads", &[1, 0, 1, 0])]
}

pub(crate) fn bytes(model: &ModelProto) -> Vec<u8> {
    model.encode_to_vec()
}
