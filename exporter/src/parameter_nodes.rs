//! The layers with parameters as ONNX nodes, for each encoding of their weights.
//!
//! | encoding | nodes of a linear layer; a convolution has Conv and ConvInteger in place of Gemm and MatMulInteger |
//! | --- | --- |
//! | f32 | Gemm |
//! | f16 | Cast of weight and bias to f32, Gemm |
//! | int8, f32 activations | DequantizeLinear of the weight, Gemm |
//! | int8 | QuantizeLinear or DynamicQuantizeLinear, MatMulInteger, Cast, Mul by the scales, Add of the bias |
//!
//! f16 computes in f32: tract 0.23.9 refuses a Gemm in f16 with a bias, candle-onnx meets a type mismatch in it, MatMul and
//! Add in f16 take half as long again on x86-64, and a processor without f16 arithmetic needs none for this.

use candle_onnx::onnx::tensor_proto::DataType;
use candle_onnx::onnx::{AttributeProto, NodeProto};
use models::model_file::export_record::{Activations, Encoding};

use crate::activation_range::ActivationRange;
use crate::encoding::Plan;
use crate::half_precision::to_half;
use crate::int8_weights::{Int8Weight, ZERO_POINT};
use crate::onnx_graph::Chain;
use crate::onnx_protobuf::{f16_tensor, f32_tensor, i8_tensor, integer, u8_tensor};

/// A convolution or a linear layer.
pub(crate) struct Parametrised<'a> {
    pub(crate) name: &'a str,
    /// Of the weight: outputs first.
    pub(crate) shape: Vec<usize>,
    pub(crate) weight: &'a [f32],
    /// `[outputs]`.
    pub(crate) bias: &'a [f32],
    /// Of a convolution's window.
    pub(crate) window: Option<Vec<AttributeProto>>,
}

impl Parametrised<'_> {
    fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// The name of an initializer.
    fn tensor(&self, kind: &str) -> String {
        format!("{}.{kind}", self.name)
    }

    /// The shape in which a value an output channel is added to, or multiplied with, what the layer makes.
    fn channel_shape(&self) -> Vec<usize> {
        match self.window {
            Some(_) => vec![self.outputs(), 1, 1],
            None => vec![self.outputs()],
        }
    }
}

impl Chain {
    /// `range` is that of the layer's input where it was calibrated.
    pub(crate) fn append_parameters(
        &mut self,
        layer: &Parametrised<'_>,
        plan: &Plan,
        range: Option<ActivationRange>,
    ) {
        match plan.encoding {
            Encoding::F32 => self.append_f32(layer),
            Encoding::F16 => self.append_f16(layer),
            Encoding::Int8(Activations::F32) => self.append_int8_weights(layer),
            Encoding::Int8(Activations::Dynamic | Activations::Static { .. }) => {
                self.append_integers(layer, range);
            }
        }
        (self.may_be_negative, self.image_range) = (true, None);
    }

    fn append_f32(&mut self, layer: &Parametrised<'_>) {
        let (weight, bias) = (layer.tensor("weight"), layer.tensor("bias"));
        self.initializers.push(f32_tensor(&weight, &layer.shape, layer.weight));
        self.initializers.push(f32_tensor(&bias, &[layer.outputs()], layer.bias));
        self.multiply(layer, weight, bias);
    }

    fn append_f16(&mut self, layer: &Parametrised<'_>) {
        let (weight, bias) = (layer.tensor("weight"), layer.tensor("bias"));
        self.initializers.push(f16_tensor(&weight, &layer.shape, &to_half(layer.weight)));
        self.initializers.push(f16_tensor(&bias, &[layer.outputs()], &to_half(layer.bias)));
        let input = self.last.clone();
        let weight = self.cast_to_f32(&format!("{}_weight_to_f32", layer.name), weight);
        let bias = self.cast_to_f32(&format!("{}_bias_to_f32", layer.name), bias);
        self.last = input;
        self.multiply(layer, weight, bias);
    }

    fn append_int8_weights(&mut self, layer: &Parametrised<'_>) {
        let quantised = Int8Weight::quantise(layer.weight, layer.outputs());
        let [weight, scale, bias] = ["weight", "weight_scale", "bias"].map(|kind| layer.tensor(kind));
        self.initializers.push(i8_tensor(&weight, &layer.shape, &quantised.values));
        self.initializers.push(f32_tensor(&scale, &[layer.outputs()], &quantised.scales));
        self.initializers.push(f32_tensor(&bias, &[layer.outputs()], layer.bias));
        let input = self.last.clone();
        let name = self.free_name(&format!("{}_weight_to_f32", layer.name));
        self.node("DequantizeLinear", &name, vec![weight, scale], vec![integer("axis", 0)]);
        let weight = std::mem::replace(&mut self.last, input);
        self.multiply(layer, weight, bias);
    }

    /// The whole layer in f32, with values of these names.
    fn multiply(&mut self, layer: &Parametrised<'_>, weight: String, bias: String) {
        let inputs = vec![self.last.clone(), weight, bias];
        match &layer.window {
            Some(window) => self.node("Conv", layer.name, inputs, window.clone()),
            // y = x Wᵀ + b: the weight lies as `[outputs, inputs]`.
            None => self.node("Gemm", layer.name, inputs, vec![integer("transB", 1)]),
        }
    }

    /// Quantised input, sums of integer products, and back to f32 with the bias.
    fn append_integers(&mut self, layer: &Parametrised<'_>, range: Option<ActivationRange>) {
        let input = match self.image_range.or(range) {
            Some(range) => self.quantise_in(layer, range),
            None => self.quantise_dynamically(layer),
        };
        let quantised = Int8Weight::quantise(layer.weight, layer.outputs());
        self.append_products(layer, &quantised, &input);
        let sums = self.cast_to_f32(&format!("{}_sums_to_f32", layer.name), self.last.clone());
        let scale = self.output_scale(layer, &quantised, &input);
        let bias = layer.tensor("bias");
        self.initializers.push(f32_tensor(&bias, &layer.channel_shape(), layer.bias));
        let name = self.free_name(&format!("{}_rescaled", layer.name));
        self.node("Mul", &name, vec![sums, scale], vec![]);
        self.node("Add", layer.name, vec![self.last.clone(), bias], vec![]);
    }

    fn quantise_in(&mut self, layer: &Parametrised<'_>, range: ActivationRange) -> QuantisedInput {
        let range = range.quantised();
        let [scale, zero_point] = ["input_scale", "input_zero_point"].map(|kind| layer.tensor(kind));
        self.initializers.push(f32_tensor(&scale, &[], &[range.scale]));
        self.initializers.push(u8_tensor(&zero_point, &[], vec![range.zero_point]));
        let name = self.free_name(&format!("{}_input", layer.name));
        self.node("QuantizeLinear", &name, vec![self.last.clone(), scale, zero_point.clone()], vec![]);
        QuantisedInput { value: self.last.clone(), scale: InputScale::Known(range.scale), zero_point }
    }

    fn quantise_dynamically(&mut self, layer: &Parametrised<'_>) -> QuantisedInput {
        let name = self.free_name(&format!("{}_input", layer.name));
        let outputs = ["output", "scale", "zero_point"].map(|kind| format!("{name}_{kind}"));
        self.nodes.push(NodeProto {
            op_type: "DynamicQuantizeLinear".to_owned(),
            name,
            input: vec![self.last.clone()],
            output: outputs.to_vec(),
            ..NodeProto::default()
        });
        let [value, scale, mut zero_point] = outputs;
        if !self.may_be_negative {
            // It is 0 then, and a constant leaves the runtime less to compute.
            zero_point = layer.tensor("input_zero_point");
            self.initializers.push(u8_tensor(&zero_point, &[], vec![0]));
        }
        QuantisedInput { value, scale: InputScale::Computed(scale), zero_point }
    }

    fn append_products(&mut self, layer: &Parametrised<'_>, quantised: &Int8Weight, input: &QuantisedInput) {
        let [weight, zero_point] = ["weight", "weight_zero_point"].map(|kind| layer.tensor(kind));
        let stored = quantised.with_zero_point();
        let tensor = match layer.window {
            Some(_) => u8_tensor(&weight, &layer.shape, stored),
            None => transposed(&weight, &layer.shape, &stored),
        };
        self.initializers.push(tensor);
        self.initializers.push(u8_tensor(&zero_point, &[], vec![ZERO_POINT]));
        let inputs = vec![input.value.clone(), weight, input.zero_point.clone(), zero_point];
        let name = self.free_name(&format!("{}_sums", layer.name));
        match &layer.window {
            Some(window) => self.node("ConvInteger", &name, inputs, window.clone()),
            None => self.node("MatMulInteger", &name, inputs, vec![]),
        }
    }

    /// Weight scale times input scale: a constant where the input's is known.
    fn output_scale(
        &mut self,
        layer: &Parametrised<'_>,
        quantised: &Int8Weight,
        input: &QuantisedInput,
    ) -> String {
        let shape = layer.channel_shape();
        match &input.scale {
            InputScale::Known(input_scale) => {
                let name = layer.tensor("output_scale");
                let scales: Vec<f32> = quantised.scales.iter().map(|scale| scale * input_scale).collect();
                self.initializers.push(f32_tensor(&name, &shape, &scales));
                name
            }
            InputScale::Computed(input_scale) => {
                let tensor = layer.tensor("weight_scale");
                self.initializers.push(f32_tensor(&tensor, &shape, &quantised.scales));
                let name = self.free_name(&format!("{}_output_scale", layer.name));
                self.node("Mul", &name, vec![input_scale.clone(), tensor], vec![]);
                self.last.clone()
            }
        }
    }

    /// The name of `value` in f32.
    fn cast_to_f32(&mut self, node: &str, value: String) -> String {
        let name = self.free_name(node);
        self.node("Cast", &name, vec![value], vec![integer("to", DataType::Float as i64)]);
        self.last.clone()
    }
}

struct QuantisedInput {
    /// u8.
    value: String,
    scale: InputScale,
    /// The name of a scalar, u8.
    zero_point: String,
}

enum InputScale {
    Known(f32),
    /// The name of a scalar.
    Computed(String),
}

/// `[outputs, inputs]` as `[inputs, outputs]`: MatMulInteger has no attribute for it.
fn transposed(name: &str, shape: &[usize], values: &[u8]) -> candle_onnx::onnx::TensorProto {
    let (outputs, inputs) = (shape[0], shape[1]);
    let column = |input: usize| (0..outputs).map(move |output| values[output * inputs + input]);
    u8_tensor(name, &[inputs, outputs], (0..inputs).flat_map(column).collect())
}
