//! ONNX's DynamicQuantizeLinear, which tract-core has no operator for.
//!
//! f32 in; out the same shape in unsigned bytes, the scale and the zero point, both scalars. After
//! [ONNX 1.17](https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html), in the order of operations of
//! tract-onnx 0.23.9, whose bits it has.

use tract_core::internal::{
    DatumExt, EvalContext, EvalOp, Op, StaticName, TValue, TVec, Tensor, TractResult, TypedFact, TypedOp,
    as_op, op_as_typed_op, op_out_of_plan, tvec,
};
use tract_core::prelude::{IntoTValue, tensor0};

/// The largest byte.
const LARGEST: f32 = u8::MAX as f32;

/// Values of f32 to bytes, with a scale and a zero point that fit them.
#[derive(Debug, Clone, Hash, PartialEq, Eq)]
pub(super) struct DynamicQuantisation;

impl Op for DynamicQuantisation {
    fn name(&self) -> StaticName {
        "DynamicQuantisation".into()
    }

    op_as_typed_op!();
}

impl EvalOp for DynamicQuantisation {
    op_out_of_plan!();

    fn eval(&self, _context: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let values = inputs[0].try_as_plain_ram()?;
        let values = values.as_slice::<f32>()?;
        let (scale, zero_point) = scale_and_zero_point(values);
        let bytes: Vec<u8> = values.iter().map(|&value| quantised(value, scale, zero_point)).collect();
        let bytes = Tensor::from_shape(inputs[0].shape(), &bytes)?;
        Ok(tvec![bytes.into_tvalue(), tensor0(scale).into_tvalue(), tensor0(zero_point).into_tvalue()])
    }
}

impl TypedOp for DynamicQuantisation {
    fn output_facts(&self, inputs: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        let scalar: [usize; 0] = [];
        Ok(tvec![u8::fact(inputs[0].shape.clone()), f32::fact(scalar), u8::fact(scalar)])
    }

    as_op!();
}

/// The range of the values and zero, in 255 steps. Values that are all 0 give a scale of 0.
fn scale_and_zero_point(values: &[f32]) -> (f32, u8) {
    let (smallest, largest) =
        values.iter().fold((0f32, 0f32), |(low, high), &value| (low.min(value), high.max(value)));
    let scale = (largest - smallest) / LARGEST;
    let zero_point = (-smallest / scale).round_ties_even().clamp(0.0, LARGEST);
    // NaN, of 0 divided by 0, becomes 0.
    (scale, zero_point as u8)
}

fn quantised(value: f32, scale: f32, zero_point: u8) -> u8 {
    // A cast of a float saturates, and one of NaN gives 0.
    let steps = ((value / scale).round_ties_even() as i32).saturating_add(i32::from(zero_point));
    steps.clamp(0, i32::from(u8::MAX)) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first two examples of the operator's specification.
    #[test]
    fn ranges_get_the_scales_and_zero_points_of_the_specification() {
        let values = [0.0, 2.0, -3.0, -2.5, 1.34, 0.5];
        let (scale, zero_point) = scale_and_zero_point(&values);
        assert_eq!((scale, zero_point), (0.019_607_844, 153));
        assert_eq!(values.map(|value| quantised(value, scale, zero_point)), [153, 255, 0, 26, 221, 179]);
        let values = [-1.0, -2.1, -1.3, -2.5, -3.34, -4.0];
        let (scale, zero_point) = scale_and_zero_point(&values);
        assert_eq!((scale, zero_point), (0.015_686_275, 255));
        assert_eq!(values.map(|value| quantised(value, scale, zero_point)), [191, 121, 172, 96, 42, 0]);
    }

    #[test]
    fn zeros_stay_zeros() {
        let (scale, zero_point) = scale_and_zero_point(&[0.0; 3]);
        assert_eq!((scale, zero_point, quantised(0.0, scale, zero_point)), (0.0, 0, 0));
    }
}
