//! What each allowed operator is in tract-core's terms.

use tract_core::internal::{
    AxesMapping, AxisOp, Datum, DatumType, DimLike, IntoArcTensor, OutletId, SpecialOps, TVec, Tensor, ToDim,
    TractResult, TypedModel, TypedOp, bail, format_err, tensor0, to_axis_ops_with_tf_rules, tvec,
    wire_rank_broadcast,
};
use tract_core::ops::cast::cast;
use tract_core::ops::cnn::{Conv, KernelFormat, MaxPool, PaddingSpec, PoolSpec, SumPool};
use tract_core::ops::einsum::EinSum;
use tract_core::ops::math::{add, max, mul};
use tract_core::ops::nn::{DataFormat, Softmax};

use super::quantisation::{DynamicQuantisation, quantisation};
use crate::model_guard::{Attributes, Window};
use crate::onnx_protobuf::NodeProto;
use crate::onnx_protobuf::tensor_proto::DataType;

/// Adds the operators of one node to a graph.
pub(super) struct NodeWiring<'model> {
    pub(super) model: &'model mut TypedModel,
    /// What the names of this node's operators begin with, different for each node.
    pub(super) prefix: String,
}

impl NodeWiring<'_> {
    /// The outputs of `node`, which the guard has checked.
    pub(super) fn wire(mut self, node: &NodeProto, inputs: &[OutletId]) -> TractResult<TVec<OutletId>> {
        let attributes = Attributes::of_checked(node);
        let outlet = match (node.op_type.as_str(), inputs) {
            ("Add", _) => self.broadcast(inputs, add())?,
            ("AveragePool", &[image]) => {
                let pool_spec = self.pool(&attributes, image)?;
                self.node("", SumPool { pool_spec, count_include_pad: false, normalize: true }, &[image])?
            }
            ("Cast", &[input]) => {
                let to = if attributes.int("to", 0)? == DataType::Float16 as i64 {
                    DatumType::F16
                } else {
                    DatumType::F32
                };
                self.node("", cast(to), &[input])?
            }
            ("Conv", &[image, weight]) => self.convolution(&attributes, [image, weight], None)?,
            ("Conv", &[image, weight, bias]) => self.convolution(&attributes, [image, weight], Some(bias))?,
            ("ConvInteger", &[image, weight, image_zero, weight_zero]) => {
                self.integer_convolution(&attributes, [image, weight], [image_zero, weight_zero])?
            }
            ("DequantizeLinear", &[weight, scale]) => self.dequantise(weight, scale)?,
            ("DynamicQuantizeLinear", _) => {
                return self.model.wire_node(self.prefix, DynamicQuantisation, inputs);
            }
            ("Flatten", &[input]) => self.flatten(input)?,
            ("Gemm", &[input, weight]) => self.gemm(&attributes, [input, weight], None)?,
            ("Gemm", &[input, weight, bias]) => self.gemm(&attributes, [input, weight], Some(bias))?,
            ("MatMul", &[input, _]) => {
                let operating_dt = self.datum_type(input)?;
                let axes = AxesMapping::for_numpy_matmul(2, false, false, false)?;
                self.node("", EinSum { axes, operating_dt, q_params: None }, inputs)?
            }
            ("MatMulInteger", &[input, weight, input_zero, weight_zero]) => {
                self.integer_product([input, weight], [input_zero, weight_zero])?
            }
            ("MaxPool", &[image]) => {
                let pool_spec = self.pool(&attributes, image)?;
                self.node("", MaxPool { pool_spec, with_index_outputs: None }, &[image])?
            }
            ("Mul", _) => self.broadcast(inputs, mul())?,
            ("QuantizeLinear", &[input, scale, zero_point]) => self.quantise(input, scale, zero_point)?,
            ("Relu", &[input]) => {
                let zero = self.scalar_like(0.0, input)?;
                self.node("", max(), &[input, zero])?
            }
            ("Softmax", _) => self.node(
                "",
                Softmax { axes: tvec![1], quant_output_dt: None, ..Softmax::default() },
                inputs,
            )?,
            (operator, _) => bail!("{operator} with {} inputs", inputs.len()),
        };
        Ok(tvec![outlet])
    }

    /// x W, plus b where there is one, each with its factor.
    fn gemm(
        &mut self,
        attributes: &Attributes<'_>,
        factors: [OutletId; 2],
        bias: Option<OutletId>,
    ) -> TractResult<OutletId> {
        let axes = AxesMapping::for_numpy_matmul(2, false, attributes.flag("transB")?, false)?;
        let operating_dt = self.datum_type(factors[0])?;
        let product = self.node(".product", EinSum { axes, operating_dt, q_params: None }, &factors)?;
        let product = self.scaled(".scaled", product, attributes.factor("alpha")?)?;
        let beta = attributes.factor("beta")?;
        let Some(mut bias) = bias.filter(|_| beta != 0.0) else { return Ok(product) };
        if self.model.outlet_fact(bias)?.rank() == 1 {
            bias = self.node(".bias_row", AxisOp::Add(0), &[bias])?;
        }
        let bias = self.scaled(".scaled_bias", bias, beta)?;
        self.node("", add(), &[product, bias])
    }

    fn scaled(&mut self, name: &str, value: OutletId, factor: f32) -> TractResult<OutletId> {
        if factor == 1.0 {
            return Ok(value);
        }
        let factor = self.scalar_like(factor, value)?;
        self.node(name, mul(), &[factor, value])
    }

    fn convolution(
        &mut self,
        attributes: &Attributes<'_>,
        [image, weight]: [OutletId; 2],
        bias: Option<OutletId>,
    ) -> TractResult<OutletId> {
        let mut bias = match bias {
            Some(bias) => bias,
            None => self.constant(".bias", Tensor::zero_scalar_dt(self.datum_type(image)?)?)?,
        };
        // tract-core has one bias for all channels as a scalar.
        if self.model.outlet_fact(bias)?.shape.iter().any(|side| *side == 1.to_dim()) {
            bias = self.node(".bias_scalar", AxisOp::Rm(0), &[bias])?;
        }
        let convolution = self.windowed(attributes, weight, None)?;
        self.node("", convolution, &[image, weight, bias])
    }

    fn integer_convolution(
        &mut self,
        attributes: &Attributes<'_>,
        [image, weight]: [OutletId; 2],
        [image_zero, weight_zero]: [OutletId; 2],
    ) -> TractResult<OutletId> {
        let convolution = self.windowed(attributes, weight, Some(DatumType::I32))?;
        let zero = self.constant(".zero", tensor0(0i32))?;
        let one = self.constant(".one", tensor0(1f32))?;
        let image_zero = self.node(".image_zero", cast(DatumType::I32), &[image_zero])?;
        let weight_zero = self.node(".weight_zero", cast(DatumType::I32), &[weight_zero])?;
        self.node("", convolution, &[image, weight, zero, image_zero, one, weight_zero, one, zero, one])
    }

    /// A convolution with a weight `[out_channels, in_channels, kernel_height, kernel_width]`.
    fn windowed(
        &self,
        attributes: &Attributes<'_>,
        weight: OutletId,
        q_params: Option<DatumType>,
    ) -> TractResult<Conv> {
        let shape = self.model.outlet_fact(weight)?.shape.as_concrete().map(<[usize]>::to_vec);
        let Some(&[output_channels, input_channels, height, width]) = shape.as_deref() else {
            bail!("a convolution's weight without four sides")
        };
        let window = Window::of(attributes, Some([height, width]))?;
        let [top, left, bottom, right] = window.padding;
        let padding = PaddingSpec::Explicit(tvec![top, left], tvec![bottom, right]);
        let pool_spec = pool_spec(&window, padding, [input_channels, output_channels]);
        Ok(Conv { pool_spec, kernel_fmt: KernelFormat::OIHW, group: 1, q_params })
    }

    fn pool(&self, attributes: &Attributes<'_>, image: OutletId) -> TractResult<PoolSpec> {
        let channels = self.model.outlet_fact(image)?.shape[1].to_usize()?;
        let window = Window::of(attributes, None)?;
        let [top, left, bottom, right] = window.padding;
        let padding = PaddingSpec::ExplicitOnnxPool(tvec![top, left], tvec![bottom, right], false);
        Ok(pool_spec(&window, padding, [channels; 2]))
    }

    /// A product of bytes with zero points; tract-core wants scales too.
    fn integer_product(&mut self, factors: [OutletId; 2], zeros: [OutletId; 2]) -> TractResult<OutletId> {
        let zero = self.constant(".zero", tensor0(0i32))?;
        let one = self.constant(".one", tensor0(1f32))?;
        let ([input, weight], [input_zero, weight_zero]) = (factors, zeros);
        let axes = "mk,kn,,,,,,,->mn".parse()?;
        let product = EinSum { axes, operating_dt: DatumType::I32, q_params: Some(DatumType::I32) };
        self.node("", product, &[input, weight, zero, input_zero, one, weight_zero, one, zero, one])
    }

    fn quantise(&mut self, input: OutletId, scale: OutletId, zero_point: OutletId) -> TractResult<OutletId> {
        let scale: f32 = self.known(scale)?;
        let zero_point: u8 = self.known(zero_point)?;
        self.node("", quantisation(scale.recip(), zero_point), &[input])
    }

    /// Outputs first: the scales are one a row.
    fn dequantise(&mut self, weight: OutletId, mut scale: OutletId) -> TractResult<OutletId> {
        for axis in 1..self.model.outlet_fact(weight)?.rank() {
            scale = self.node(&format!(".scale{axis}"), AxisOp::Add(axis), &[scale])?;
        }
        let steps = self.node(".steps", cast(DatumType::F32), &[weight])?;
        self.node("", mul(), &[steps, scale])
    }

    fn flatten(&mut self, input: OutletId) -> TractResult<OutletId> {
        let from = self.model.outlet_fact(input)?.shape.to_tvec();
        let to = [from[0].clone(), from[1..].iter().product()];
        let mut outlet = input;
        for (step, change) in to_axis_ops_with_tf_rules(&from, &to)?.into_iter().enumerate() {
            outlet = self.node(&format!(".{step}"), change, &[outlet])?;
        }
        Ok(outlet)
    }

    fn broadcast(
        &mut self,
        inputs: &[OutletId],
        operator: impl Into<Box<dyn TypedOp>>,
    ) -> TractResult<OutletId> {
        let inputs = wire_rank_broadcast(&self.prefix, self.model, inputs)?;
        self.node("", operator, &inputs)
    }

    /// The one value of a constant.
    fn known<T: Datum + Copy>(&self, outlet: OutletId) -> TractResult<T> {
        let constant = self.model.outlet_fact(outlet)?.konst.as_ref();
        let constant = constant.ok_or_else(|| format_err!("a scale or zero point that is no constant"))?;
        let first = constant.try_as_plain_ram()?.as_slice::<T>()?.first().copied();
        first.ok_or_else(|| format_err!("a scale or zero point without a value"))
    }

    /// A constant with as many axes as `other`, and of its type.
    fn scalar_like(&mut self, value: f32, other: OutletId) -> TractResult<OutletId> {
        let fact = self.model.outlet_fact(other)?;
        let (rank, datum_type) = (fact.rank(), fact.datum_type);
        let value = tensor0(value).cast_to_dt(datum_type)?.into_owned().broadcast_into_rank(rank)?;
        self.constant(".scalar", value)
    }

    fn datum_type(&self, outlet: OutletId) -> TractResult<DatumType> {
        Ok(self.model.outlet_fact(outlet)?.datum_type)
    }

    fn constant(&mut self, name: &str, value: impl IntoArcTensor) -> TractResult<OutletId> {
        self.model.add_const(format!("{}{name}", self.prefix), value)
    }

    /// An operator with one output.
    fn node(
        &mut self,
        name: &str,
        operator: impl Into<Box<dyn TypedOp>>,
        inputs: &[OutletId],
    ) -> TractResult<OutletId> {
        Ok(self.model.wire_node(format!("{}{name}", self.prefix), operator, inputs)?[0])
    }
}

fn pool_spec(
    window: &Window,
    padding: PaddingSpec,
    [input_channels, output_channels]: [usize; 2],
) -> PoolSpec {
    PoolSpec {
        data_format: DataFormat::NCHW,
        kernel_shape: window.kernel.as_slice().into(),
        padding,
        dilations: None,
        strides: Some(window.stride.as_slice().into()),
        input_channels,
        output_channels,
    }
}
