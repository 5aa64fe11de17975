//! The operators that slide a window over an image `[1, channels, height, width]`: convolutions and pooling.

use super::integers::{expect_factors, expect_sum_of};
use super::node_fact::NodeFact;
use super::operands::{
    expect_constant_weight, expect_float, expect_precision, four_axes, image, take, with_optional_bias,
};
use super::window::Window;
use crate::guard::attributes::Attributes;
use crate::guard::tensor_fact::{TensorFact, checked_product};
use crate::model::onnx_protobuf::NodeProto;
use crate::model::{Mismatch, Precision, expect};

/// Cross-correlation; weight `[out_channels, in_channels / group, kernel_height, kernel_width]`, bias `[out_channels]`.
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

/// Cross-correlation of unsigned bytes with zero points, summed in 32 bits.
pub(super) fn integer_convolution(node: &NodeProto, inputs: &[&TensorFact]) -> Result<NodeFact, Mismatch> {
    let [input, weight, input_zero_point, weight_zero_point] = take(inputs)?;
    expect_factors(input, weight, input_zero_point, weight_zero_point)?;
    let fact = convolved(node, input, weight, Precision::Int32)?;
    expect_sum_of(weight.shape[1..].iter().product())?;
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
    let image = image("input", input)?;
    let [out_channels, in_channels, kernel_height, kernel_width] = four_axes("weight", weight)?;
    let groups = groups(&attributes, [image[0], out_channels])?;
    expect_constant_weight(input, weight)?;
    expect_precision("weight", weight, input.precision)?;
    let of_group = image[0] / groups;
    let expected = match groups {
        1 => format!("{of_group} input channels"),
        _ => format!("{of_group} input channels a group"),
    };
    expect(in_channels == of_group, "weight", expected, in_channels)?;
    let window = Window::of(&attributes, Some([kernel_height, kernel_width]))?;
    let [height, width] = window.slide(image)?;
    // The runtime unfolds the image to one column a window, group by group.
    let unfolded = checked_product(&[image[0], kernel_height, kernel_width, height, width])?;
    let packed = packed_weights([groups, of_group, out_channels / groups], [kernel_height, kernel_width])?;
    let scratch_values = unfolded.saturating_add(packed);
    let output = TensorFact::new(output, vec![1, out_channels, height, width], false)?;
    let steps =
        (unfolded as u64).saturating_mul((out_channels / groups) as u64).saturating_add(packed as u64);
    Ok(NodeFact { scratch_values, ..NodeFact::with_steps(output, steps) })
}

/// The most rows of a block of weights that the runtime packs: a group of fewer outputs is filled up to a whole block.
const PACKED_ROWS: usize = 64;

/// The number of values that the packed weights of groups take. A single group is no more than its weight, and a depthwise
/// convolution packs none.
fn packed_weights([groups, inputs, outputs]: [usize; 3], kernel: [usize; 2]) -> Result<usize, Mismatch> {
    if groups == 1 || [inputs, outputs] == [1, 1] {
        return Ok(0);
    }
    checked_product(&[groups, outputs.next_multiple_of(PACKED_ROWS), inputs, kernel[0], kernel[1]])
}

/// The number of groups, which divides the channels of the input and those of the output.
fn groups(attributes: &Attributes<'_>, channels: [usize; 2]) -> Result<usize, Mismatch> {
    let [inputs, outputs] = channels;
    let found = attributes.int("group", 1)?;
    let divides = |groups: &usize| *groups > 0 && channels.iter().all(|channels| channels % groups == 0);
    let expected = || format!("a number that divides {inputs} and {outputs} channels");
    usize::try_from(found).ok().filter(divides).ok_or_else(|| Mismatch::new("group", expected(), found))
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
    Ok(NodeFact::with_steps(output, steps))
}
