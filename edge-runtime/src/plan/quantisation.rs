//! ONNX's QuantizeLinear and DynamicQuantizeLinear, for both loaders: f32 in, the same shape in unsigned bytes out.
//!
//! tract-core has no operator for the dynamic one. And where a value is more than 2³¹ steps, tract 0.23.9 adds the zero
//! point to a number that can grow no further: its sum overflows, and the byte is 0 instead of 255. Here it saturates. All
//! other bits are tract's.

use tract_core::internal::{
    DatumExt, DatumType, EvalContext, EvalOp, Op, StaticName, TValue, TVec, Tensor, TractResult, TypedFact,
    TypedOp, as_op, op_as_typed_op, op_out_of_plan, tvec,
};
use tract_core::ops::element_wise::{ElementWiseMiniOp, ElementWiseOp};
use tract_core::prelude::{IntoTValue, tensor0};

/// The largest byte.
const LARGEST: f32 = u8::MAX as f32;

/// Values of f32 to bytes, with a scale and a zero point that are known.
#[derive(Debug, Clone, PartialEq)]
struct Quantisation {
    /// tract multiplies with it instead of dividing.
    inverse_scale: f32,
    zero_point: u8,
}

impl Eq for Quantisation {}

/// The operator for a known scale, whose inverse is given.
pub(super) fn quantisation(inverse_scale: f32, zero_point: u8) -> ElementWiseOp {
    ElementWiseOp(Box::new(Quantisation { inverse_scale, zero_point }), None)
}

impl ElementWiseMiniOp for Quantisation {
    fn name(&self) -> String {
        "Quantisation".to_owned()
    }

    fn output_type(&self, _: DatumType) -> Option<DatumType> {
        Some(DatumType::U8)
    }

    fn eval_out_of_place(&self, values: &Tensor, _: Option<DatumType>) -> TractResult<Tensor> {
        let plain = values.try_as_plain_ram()?;
        let steps = plain.as_slice::<f32>()?.iter().map(|value| value * self.inverse_scale);
        let bytes: Vec<u8> = steps.map(|steps| nearest_byte(steps, self.zero_point)).collect();
        Tensor::from_shape(values.shape(), &bytes)
    }
}

/// Values of f32 to bytes, with a scale and a zero point that fit them. After
/// [ONNX 1.17](https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html), in the order of operations of
/// tract-onnx.
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
        let bytes: Vec<u8> = values.iter().map(|&value| nearest_byte(value / scale, zero_point)).collect();
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

fn nearest_byte(steps: f32, zero_point: u8) -> u8 {
    // A cast of a float saturates, and one of NaN gives 0.
    let steps = (steps.round_ties_even() as i32).saturating_add(i32::from(zero_point));
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
        assert_eq!(values.map(|value| nearest_byte(value / scale, zero_point)), [153, 255, 0, 26, 221, 179]);
        let values = [-1.0, -2.1, -1.3, -2.5, -3.34, -4.0];
        let (scale, zero_point) = scale_and_zero_point(&values);
        assert_eq!((scale, zero_point), (0.015_686_275, 255));
        assert_eq!(values.map(|value| nearest_byte(value / scale, zero_point)), [191, 121, 172, 96, 42, 0]);
    }

    #[test]
    fn zeros_stay_zeros() {
        let (scale, zero_point) = scale_and_zero_point(&[0.0; 3]);
        assert_eq!((scale, zero_point, nearest_byte(0.0 / scale, zero_point)), (0.0, 0, 0));
    }

    #[test]
    fn what_lies_beyond_all_steps_is_the_nearest_byte() {
        for zero_point in [0, 7, 255] {
            let bytes = [f32::MAX, f32::INFINITY, 2e9, -2e9, f32::MIN, f32::NEG_INFINITY, 0.0, f32::NAN]
                .map(|steps| nearest_byte(steps, zero_point));
            assert_eq!(bytes, [255, 255, 255, 0, 0, 0, zero_point, zero_point]);
        }
        // The scale of values this small is 0 in f32.
        let values = [f32::from_bits(1), -f32::from_bits(1)];
        let (scale, zero_point) = scale_and_zero_point(&values);
        assert_eq!(values.map(|value| nearest_byte(value / scale, zero_point)), [255, 0]);
    }
}
