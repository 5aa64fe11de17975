//! The layers with parameters whose sums are computed in integers: weights and activations in eight bits.
//!
//! The nodes of a linear layer are QuantizeLinear or DynamicQuantizeLinear of its input, MatMulInteger, Cast of the sums
//! to f32, Mul by the scales, and Add of the bias; a convolution has ConvInteger in place of MatMulInteger. QuantizeLinear
//! stands where the range of the input is known: from the contract for the image, from calibration for other values.
//!
//! What lies between such layers stays in f32: ReLU, pooling, and the sum of a residual block. ONNX 1.17 has no addition of
//! quantised tensors; onnxruntime's own operator for it, QLinearAdd, is of another domain, which tract and the guard do not
//! know. A sum in f32 of values that were dequantised rounds once where bytes would be rounded twice, and costs one addition
//! a value beside the hundreds of products of the convolution before it.

use candle_onnx::onnx::{NodeProto, TensorProto};

use super::float_layer::cast_to_f32;
use super::node_chain::NodeChain;
use super::parametrised_layer::ParametrisedLayer;
use super::protobuf::{f32_tensor, u8_tensor};
use super::quantised_input::{InputScale, QuantisedInput};
use crate::precision::{ActivationRange, Int8Weight, ZERO_POINT};

/// Appends a layer that quantises its input, sums integer products, and goes back to f32 with the bias. `calibrated` is
/// the range of the layer's input where it was calibrated.
pub(super) fn append(
    chain: &mut NodeChain,
    layer: &ParametrisedLayer<'_>,
    calibrated: Option<ActivationRange>,
) {
    let input = quantised_input(chain, layer, calibrated);
    let weight = Int8Weight::quantise(layer.weight, layer.outputs());
    append_products(chain, layer, &weight, &input);
    let sums = chain.last.clone();
    let sums = cast_to_f32(chain, &format!("{}_sums_to_f32", layer.name), sums);
    let scale = output_scale(chain, layer, &weight, &input);
    let bias = layer.tensor("bias");
    chain.initializers.push(f32_tensor(&bias, &layer.channel_shape(), layer.bias));
    let name = chain.free_name(&format!("{}_rescaled", layer.name));
    chain.node("Mul", &name, vec![sums, scale], vec![]);
    chain.node("Add", layer.name, vec![chain.last.clone(), bias], vec![]);
}

/// The bytes of what the layer reads, which an earlier layer may have made already.
fn quantised_input(
    chain: &mut NodeChain,
    layer: &ParametrisedLayer<'_>,
    calibrated: Option<ActivationRange>,
) -> QuantisedInput {
    if let Some(known) = chain.in_bytes.get(&chain.last) {
        return known.clone();
    }
    let value = chain.last.clone();
    let input = match chain.image_range.or(calibrated) {
        Some(range) => quantise_in(chain, layer, range),
        None => quantise_dynamically(chain, layer),
    };
    chain.in_bytes.insert(value, input.clone());
    input
}

fn quantise_in(
    chain: &mut NodeChain,
    layer: &ParametrisedLayer<'_>,
    range: ActivationRange,
) -> QuantisedInput {
    let range = range.quantised();
    let [scale, zero_point] = ["input_scale", "input_zero_point"].map(|kind| layer.tensor(kind));
    chain.initializers.push(f32_tensor(&scale, &[], &[range.scale]));
    chain.initializers.push(u8_tensor(&zero_point, &[], vec![range.zero_point]));
    let name = chain.free_name(&format!("{}_input", layer.name));
    chain.node("QuantizeLinear", &name, vec![chain.last.clone(), scale, zero_point.clone()], vec![]);
    QuantisedInput { value: chain.last.clone(), scale: InputScale::Known(range.scale), zero_point }
}

fn quantise_dynamically(chain: &mut NodeChain, layer: &ParametrisedLayer<'_>) -> QuantisedInput {
    let name = chain.free_name(&format!("{}_input", layer.name));
    let outputs = ["output", "scale", "zero_point"].map(|kind| format!("{name}_{kind}"));
    chain.nodes.push(NodeProto {
        op_type: "DynamicQuantizeLinear".to_owned(),
        name,
        input: vec![chain.last.clone()],
        output: outputs.to_vec(),
        ..NodeProto::default()
    });
    let [value, scale, mut zero_point] = outputs;
    if !chain.may_be_negative {
        // It is 0 then, and a constant leaves the runtime less to compute.
        zero_point = layer.tensor("input_zero_point");
        chain.initializers.push(u8_tensor(&zero_point, &[], vec![0]));
    }
    QuantisedInput { value, scale: InputScale::Computed(scale), zero_point }
}

fn append_products(
    chain: &mut NodeChain,
    layer: &ParametrisedLayer<'_>,
    quantised: &Int8Weight,
    input: &QuantisedInput,
) {
    let [weight, zero_point] = ["weight", "weight_zero_point"].map(|kind| layer.tensor(kind));
    let stored = quantised.with_zero_point();
    let tensor = match layer.window {
        Some(_) => u8_tensor(&weight, &layer.shape, stored),
        None => transposed(&weight, &layer.shape, &stored),
    };
    chain.initializers.push(tensor);
    chain.initializers.push(u8_tensor(&zero_point, &[], vec![ZERO_POINT]));
    let inputs = vec![input.value.clone(), weight, input.zero_point.clone(), zero_point];
    let name = chain.free_name(&format!("{}_sums", layer.name));
    match &layer.window {
        Some(window) => chain.node("ConvInteger", &name, inputs, window.clone()),
        None => chain.node("MatMulInteger", &name, inputs, vec![]),
    }
}

/// The name of weight scale times input scale, f32 in the layer's channel shape: a constant where the input's is known.
fn output_scale(
    chain: &mut NodeChain,
    layer: &ParametrisedLayer<'_>,
    quantised: &Int8Weight,
    input: &QuantisedInput,
) -> String {
    let shape = layer.channel_shape();
    match &input.scale {
        InputScale::Known(input_scale) => {
            let name = layer.tensor("output_scale");
            let scales: Vec<f32> = quantised.scales.iter().map(|scale| scale * input_scale).collect();
            chain.initializers.push(f32_tensor(&name, &shape, &scales));
            name
        }
        InputScale::Computed(input_scale) => {
            let tensor = layer.tensor("weight_scale");
            chain.initializers.push(f32_tensor(&tensor, &shape, &quantised.scales));
            let name = chain.free_name(&format!("{}_output_scale", layer.name));
            chain.node("Mul", &name, vec![input_scale.clone(), tensor], vec![]);
            chain.last.clone()
        }
    }
}

/// `[outputs, inputs]` as `[inputs, outputs]`: MatMulInteger has no attribute that turns its weight over.
fn transposed(name: &str, shape: &[usize], values: &[u8]) -> TensorProto {
    let (outputs, inputs) = (shape[0], shape[1]);
    let column = |input: usize| (0..outputs).map(move |output| values[output * inputs + input]);
    u8_tensor(name, &[inputs, outputs], (0..inputs).flat_map(column).collect())
}
