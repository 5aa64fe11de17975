//! The layers with parameters whose sums are computed in f32, whatever their weights are stored in.
//!
//! | weights | nodes of a linear layer; a convolution has Conv in place of Gemm |
//! | --- | --- |
//! | f32 | Gemm |
//! | f16 | Cast of weight and bias to f32, Gemm |
//! | int8, f32 activations | DequantizeLinear of the weight, Gemm |
//!
//! f16 computes in f32: tract 0.23.9 refuses a Gemm in f16 with a bias, candle-onnx meets a type mismatch in it, MatMul and
//! Add in f16 take half as long again on x86-64, and a processor without f16 arithmetic needs none for this.

use candle_onnx::onnx::tensor_proto::DataType;

use super::node_chain::NodeChain;
use super::parametrised_layer::ParametrisedLayer;
use super::protobuf::{f16_tensor, f32_tensor, i8_tensor, integer};
use crate::precision::{Int8Weight, to_half};

/// Appends a layer whose weights are stored in f32.
pub(super) fn append_f32(chain: &mut NodeChain, layer: &ParametrisedLayer<'_>) {
    let (weight, bias) = (layer.tensor("weight"), layer.tensor("bias"));
    chain.initializers.push(f32_tensor(&weight, &layer.shape, layer.weight));
    chain.initializers.push(f32_tensor(&bias, &[layer.outputs()], layer.bias));
    multiply(chain, layer, weight, bias);
}

/// Appends a layer whose weights and biases are stored in f16.
pub(super) fn append_f16(chain: &mut NodeChain, layer: &ParametrisedLayer<'_>) {
    let (weight, bias) = (layer.tensor("weight"), layer.tensor("bias"));
    chain.initializers.push(f16_tensor(&weight, &layer.shape, &to_half(layer.weight)));
    chain.initializers.push(f16_tensor(&bias, &[layer.outputs()], &to_half(layer.bias)));
    let input = chain.last.clone();
    let weight = cast_to_f32(chain, &format!("{}_weight_to_f32", layer.name), weight);
    let bias = cast_to_f32(chain, &format!("{}_bias_to_f32", layer.name), bias);
    chain.last = input;
    multiply(chain, layer, weight, bias);
}

/// Appends a layer whose weights are stored in eight bits, with f32 biases and activations.
pub(super) fn append_int8_weights(chain: &mut NodeChain, layer: &ParametrisedLayer<'_>) {
    let quantised = Int8Weight::quantise(layer.weight, layer.outputs());
    let [weight, scale, bias] = ["weight", "weight_scale", "bias"].map(|kind| layer.tensor(kind));
    chain.initializers.push(i8_tensor(&weight, &layer.shape, &quantised.values));
    chain.initializers.push(f32_tensor(&scale, &[layer.outputs()], &quantised.scales));
    chain.initializers.push(f32_tensor(&bias, &[layer.outputs()], layer.bias));
    let input = chain.last.clone();
    let name = chain.free_name(&format!("{}_weight_to_f32", layer.name));
    chain.node("DequantizeLinear", &name, vec![weight, scale], vec![integer("axis", 0)]);
    let weight = std::mem::replace(&mut chain.last, input);
    multiply(chain, layer, weight, bias);
}

/// Appends a Cast of `value` to f32 and returns the name of what it writes.
pub(super) fn cast_to_f32(chain: &mut NodeChain, node: &str, value: String) -> String {
    let name = chain.free_name(node);
    chain.node("Cast", &name, vec![value], vec![integer("to", DataType::Float as i64)]);
    chain.last.clone()
}

/// Appends the whole layer in f32, with a weight and a bias of these names.
fn multiply(chain: &mut NodeChain, layer: &ParametrisedLayer<'_>, weight: String, bias: String) {
    let inputs = vec![chain.last.clone(), weight, bias];
    match &layer.window {
        Some(window) => chain.node("Conv", layer.name, inputs, window.clone()),
        // y = x Wᵀ + b: the weight lies as `[outputs, inputs]`.
        None => chain.node("Gemm", layer.name, inputs, vec![integer("transB", 1)]),
    }
}
