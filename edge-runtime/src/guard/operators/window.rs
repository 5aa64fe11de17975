//! A window that slides over an image: its attributes in a node, and how many of them fit.
//!
//! In: the attributes of a node. Out: a [`Window`], which the loader on tract-core reads too.

use crate::guard::attributes::Attributes;
use crate::model::{Mismatch, expect};

/// A window over an image: sizes are `[vertical, horizontal]`, `padding` is `[top, left, bottom, right]`.
pub(crate) struct Window {
    pub(crate) kernel: [usize; 2],
    pub(crate) stride: [usize; 2],
    pub(crate) padding: [usize; 4],
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

    /// How many windows fit into an image `[channels, height, width]`: floor((side + padding - kernel) / stride) + 1,
    /// vertically and horizontally. No window may lie in the padding alone.
    pub(super) fn slide(&self, image: [usize; 3]) -> Result<[usize; 2], Mismatch> {
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
