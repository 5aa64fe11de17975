//! The operators that slide a window over an image `[1, channels, height, width]`: convolutions and max-pool.

use crate::onnx_protobuf::NodeProto;

use super::attributes::Attributes;
use super::integers;
use super::operators::{NodeFact, expect_float, expect_precision, take, with_optional_bias};
use super::tensor_fact::{TensorFact, checked_product};
use crate::model_error::{Mismatch, expect};
use crate::model_summary::Precision;

/// A window over an image: sizes are `[vertical, horizontal]`, `padding` is `[top, left, bottom, right]`.
pub(crate) struct Window {
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) padding: [usize; 4],
}

/// Cross-correlation; weight `[out_channels, in_channels, kernel_height, kernel_width]`, bias `[out_channels]`.
pub(super) fn convolution(node: &NodeProto, inputs: &[&TensorFact]) -> Result<NodeFact, Mismatch> {
    let (input, weight, bias) = with_optional_bias(inputs)?;
    expect_float("input", input)?;
    let fact = convolved(node, input, weight, input.precision)?;
    if let Some(bias) = bias {
        expect_precision("bias", bias, input.precision)?;
        let out_channels = weight.shape[0];
        let fits = bias.shape == [out_channels] && bias.constant;
        expect(fits, "bias", format!("a constant [{out_channels}]"), format!("{:?}", bias.shape))?;
    }
    Ok(fact)
}

/// The same of unsigned bytes with zero points, summed in 32 bits.
pub(super) fn integer_convolution(node: &NodeProto, inputs: &[&TensorFact]) -> Result<NodeFact, Mismatch> {
    let [input, weight, input_zero_point, weight_zero_point] = take(inputs)?;
    integers::expect_factors(input, weight, input_zero_point, weight_zero_point)?;
    let fact = convolved(node, input, weight, Precision::Int32)?;
    integers::expect_sum_of(weight.shape[1..].iter().product())?;
    Ok(fact)
}

/// What sliding `weight` over `input` makes.
fn convolved(
    node: &NodeProto,
    input: &TensorFact,
    weight: &TensorFact,
    output: Precision,
) -> Result<NodeFact, Mismatch> {
    let known = ["auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"];
    let attributes = Attributes::of(node, &known)?;
    attributes.only("group", 1)?;
    let image = image("input", input)?;
    let [out_channels, in_channels, kernel_height, kernel_width] = axes("weight", weight)?;
    expect(weight.constant && !input.constant, "weight", "a constant, and an input that is none", "another")?;
    expect_precision("weight", weight, input.precision)?;
    expect(in_channels == image[0], "weight", format!("{} input channels", image[0]), in_channels)?;
    let window = Window::of(&attributes, Some([kernel_height, kernel_width]))?;
    let [height, width] = window.slide(image)?;
    // The runtime unfolds the image to one column a window.
    let scratch_values = checked_product(&[in_channels, kernel_height, kernel_width, height, width])?;
    let output = TensorFact::new(output, vec![1, out_channels, height, width], false)?;
    let steps = (scratch_values as u64).saturating_mul(out_channels as u64);
    Ok(NodeFact { output, further_outputs: vec![], scratch_values, steps })
}

/// The largest value of each window.
pub(super) fn max_pool(node: &NodeProto, inputs: &[&TensorFact]) -> Result<NodeFact, Mismatch> {
    let known = ["auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"];
    let attributes = Attributes::of(node, &known)?;
    attributes.only("ceil_mode", 0)?;
    attributes.only("storage_order", 0)?;
    pool(&Window::of(&attributes, None)?, inputs)
}

/// The mean of each window. Runtimes differ in whether padding counts, so there must be none.
pub(super) fn average_pool(node: &NodeProto, inputs: &[&TensorFact]) -> Result<NodeFact, Mismatch> {
    let known =
        ["auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides"];
    let attributes = Attributes::of(node, &known)?;
    attributes.only("ceil_mode", 0)?;
    attributes.only("count_include_pad", 0)?;
    let window = Window::of(&attributes, None)?;
    expect(window.padding == [0; 4], "pads", "zeros", format!("{:?}", window.padding))?;
    pool(&window, inputs)
}

fn pool(window: &Window, inputs: &[&TensorFact]) -> Result<NodeFact, Mismatch> {
    let [input] = take(inputs)?;
    expect_float("input", input)?;
    let image = image("input", input)?;
    let [height, width] = window.slide(image)?;
    let output = TensorFact::new(input.precision, vec![1, image[0], height, width], input.constant)?;
    let steps =
        window.kernel.iter().fold(output.values() as u64, |steps, &side| steps.saturating_mul(side as u64));
    Ok(NodeFact { output, further_outputs: vec![], scratch_values: 0, steps })
}

impl Window {
    /// `weight_kernel` is the window that the weight has, where there is a weight.
    pub(crate) fn of(
        attributes: &Attributes<'_>,
        weight_kernel: Option<[usize; 2]>,
    ) -> Result<Self, Mismatch> {
        attributes.only_text("auto_pad", "NOTSET")?;
        let dilations = attributes.sizes("dilations")?.unwrap_or([1; 2]);
        expect(dilations == [1; 2], "dilations", "[1, 1]", format!("{dilations:?}"))?;
        let kernel = attributes.sizes("kernel_shape")?.or(weight_kernel);
        let kernel = kernel.ok_or_else(|| Mismatch::new("kernel_shape", "2 numbers", "none"))?;
        if let Some(weight_kernel) = weight_kernel {
            let expected = format!("{weight_kernel:?}, the weight's");
            expect(kernel == weight_kernel, "kernel_shape", expected, format!("{kernel:?}"))?;
        }
        let stride = attributes.sizes("strides")?.unwrap_or([1; 2]);
        let padding = attributes.sizes("pads")?.unwrap_or([0; 4]);
        Ok(Self { kernel, stride, padding })
    }

    /// How many windows fit: floor((side + padding - kernel) / stride) + 1, vertically and horizontally. No window may
    /// lie in the padding alone.
    fn slide(&self, image: [usize; 3]) -> Result<[usize; 2], Mismatch> {
        let mut output = [0; 2];
        for axis in 0..2 {
            let (kernel, stride) = (self.kernel[axis], self.stride[axis]);
            let (before, after) = (self.padding[axis], self.padding[axis + 2]);
            expect(kernel > 0, "kernel_shape", "positive numbers", format!("{:?}", self.kernel))?;
            expect(stride > 0, "strides", "positive numbers", format!("{:?}", self.stride))?;
            let narrow = before < kernel && after < kernel;
            expect(narrow, "pads", format!("under the kernel's {kernel}"), format!("{:?}", self.padding))?;
            // No overflow: a side is at most 2^26, a padding under 2^16.
            let side = image[axis + 1] + before + after;
            expect(kernel <= side, "kernel_shape", format!("at most {side}"), format!("{:?}", self.kernel))?;
            output[axis] = (side - kernel) / stride + 1;
        }
        Ok(output)
    }
}

/// `[channels, height, width]` of one image.
fn image(place: &str, fact: &TensorFact) -> Result<[usize; 3], Mismatch> {
    match axes(place, fact)? {
        [1, channels, height, width] => Ok([channels, height, width]),
        shape => Err(Mismatch::new(place, "a batch of 1", format!("{shape:?}"))),
    }
}

fn axes(place: &str, fact: &TensorFact) -> Result<[usize; 4], Mismatch> {
    <[usize; 4]>::try_from(fact.shape.as_slice())
        .map_err(|_| Mismatch::new(place, "4 axes", format!("{:?}", fact.shape)))
}
