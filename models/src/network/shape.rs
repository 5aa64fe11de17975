//! The shapes that flow between layers, and the sizes that a description may ask for.
//!
//! In come the sides of an image, a window, a stride and a padding; out go the sides of a layer's output. Descriptions
//! come from files, so every size is checked here before anything is multiplied or allocated.

use std::fmt;

/// The largest number of values that a shape in a network may hold for one image, 64 MiB: descriptions come from files.
pub(super) const LARGEST_TENSOR: usize = 1 << 24;

/// The largest distance from one window to the next, that of an ONNX file which a board admits.
const LARGEST_STRIDE: usize = 65_535;

/// The shape of what flows between two layers, for one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// An image `[channels, height, width]`.
    Image([usize; 3]),
    /// A vector `[values]`.
    Vector(usize),
}

impl Shape {
    /// Returns the number of values of the shape.
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            Self::Image([channels, height, width]) => channels * height * width,
            Self::Vector(values) => values,
        }
    }

    /// Returns the number of channels of an image, or of values of a vector: of what a batch norm normalises one by one.
    #[must_use]
    pub fn channels(self) -> usize {
        match self {
            Self::Image([channels, ..]) => channels,
            Self::Vector(values) => values,
        }
    }

    /// Returns whether the shape holds no values.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl fmt::Display for Shape {
    /// Writes `16x32x32` for an image, `128` for a vector.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image([channels, height, width]) => write!(formatter, "{channels}x{height}x{width}"),
            Self::Vector(values) => write!(formatter, "{values}"),
        }
    }
}

/// Returns how many windows fit, vertically and horizontally: floor((side + 2 · padding - kernel) / stride) + 1.
pub(super) fn slide(
    image: [usize; 3],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
) -> Result<[usize; 2], String> {
    let mut output = [0; 2];
    for axis in 0..2 {
        let side = padding[axis].checked_mul(2).and_then(|both| both.checked_add(image[axis + 1]));
        let side = side.filter(|side| *side <= LARGEST_TENSOR).ok_or("padding: too large")?;
        let [kernel, stride, padding] = [kernel[axis], stride[axis], padding[axis]];
        if kernel == 0 || !(1..=LARGEST_STRIDE).contains(&stride) {
            return Err(format!(
                "expected a window of at least 1 and a stride of 1 to {LARGEST_STRIDE}, found {kernel} and {stride}"
            ));
        }
        if padding >= kernel {
            return Err(format!("expected a padding smaller than the window of {kernel}, found {padding}"));
        }
        if kernel > side {
            return Err(format!(
                "expected a window of at most {side} pixels, the side with its padding, found {kernel}"
            ));
        }
        output[axis] = (side - kernel) / stride + 1;
    }
    Ok(output)
}

/// Checks that a tensor with these sides has at least one value and at most [`LARGEST_TENSOR`].
pub(super) fn check_size(sides: &[usize]) -> Result<(), String> {
    let size = sides.iter().try_fold(1usize, |size, &side| size.checked_mul(side));
    match size {
        Some(size) if (1..=LARGEST_TENSOR).contains(&size) => Ok(()),
        _ => Err(format!("expected 1 to {LARGEST_TENSOR} values, found the shape {sides:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strides_and_padding_count_on_sides_that_differ() {
        assert_eq!(slide([3, 7, 10], [3, 2], [2, 3], [1, 0]), Ok([4, 3]));
    }
}
