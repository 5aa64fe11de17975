//! Parallel linear branches as one convolution (RepVGG, Ding et al. 2021, 2101.03697, section 3.3).
//!
//! In come the branches and the image `[channels, height, width]` before them; out goes the one convolution whose window
//! holds every branch's window, and the weights of a branch laid out in it. Convolutions of one input add up weight by weight,
//! so that a board computes one where the training had several.

use super::layer::Layer;
use super::shape::{check_size, slide};

/// The sizes of the convolution that branches fold into; pairs are `[vertical, horizontal]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Folded {
    pub(super) in_channels: usize,
    pub(super) out_channels: usize,
    pub(super) kernel: [usize; 2],
    pub(super) stride: [usize; 2],
    pub(super) padding: [usize; 2],
    pub(super) groups: usize,
}

impl Folded {
    /// Returns the convolution of these sizes.
    pub(super) fn layer(self, name: &str) -> Layer {
        let Self { in_channels, out_channels, kernel, stride, padding, groups } = self;
        Layer::Convolution {
            name: name.to_owned(),
            in_channels,
            out_channels,
            kernel,
            stride,
            padding,
            groups,
        }
    }

    /// Returns the number of weights, `out_channels · in_channels / groups · kernel_height · kernel_width`.
    pub(super) fn weights(self) -> usize {
        self.out_channels * (self.in_channels / self.groups) * self.kernel[0] * self.kernel[1]
    }

    /// Adds the weight of a branch's convolution to `total`, both `[out_channels, in_channels / groups, kernel_height,
    /// kernel_width]` with the branch's window and this one's.
    pub(super) fn add_convolution(self, branch: Self, weight: &[f64], total: &mut [f64]) {
        let [top, left] = [0, 1].map(|axis| self.padding[axis] - branch.padding[axis]);
        let branch_window = branch.kernel[0] * branch.kernel[1];
        let window = self.kernel[0] * self.kernel[1];
        for (from, to) in weight.chunks_exact(branch_window).zip(total.chunks_exact_mut(window)) {
            for (row, values) in from.chunks_exact(branch.kernel[1]).enumerate() {
                let start = (top + row) * self.kernel[1] + left;
                to[start..start + values.len()].iter_mut().zip(values).for_each(|(to, value)| *to += value);
            }
        }
    }

    /// Adds a branch that multiplies each channel by its factor to `total`.
    pub(super) fn add_identity(self, factors: &[f64], total: &mut [f64]) {
        let of_group = self.in_channels / self.groups;
        let window = self.kernel[0] * self.kernel[1];
        let centre = self.padding[0] * self.kernel[1] + self.padding[1];
        for (channel, factor) in factors.iter().enumerate() {
            total[(channel * of_group + channel % of_group) * window + centre] += factor;
        }
    }
}

/// Returns the sizes of a branch as a convolution; a branch without a convolution is one of a single cell.
pub(super) fn of_branch(branch: &[Layer], channels: usize, groups: usize) -> Folded {
    match branch.first() {
        Some(Layer::Convolution { in_channels, out_channels, kernel, stride, padding, groups, .. }) => {
            Folded {
                in_channels: *in_channels,
                out_channels: *out_channels,
                kernel: *kernel,
                stride: *stride,
                padding: *padding,
                groups: *groups,
            }
        }
        _ => Folded {
            in_channels: channels,
            out_channels: channels,
            kernel: [1, 1],
            stride: [1, 1],
            padding: [0, 0],
            groups,
        },
    }
}

/// Returns the convolution that the branches fold into for an `image` `[channels, height, width]`, or why there is none.
/// Each branch is known to be a convolution with or without a batch norm, a batch norm, or nothing.
pub(super) fn folded(branches: &[Vec<Layer>], image: [usize; 3]) -> Result<Folded, String> {
    let groups: Vec<usize> = branches
        .iter()
        .filter_map(|branch| match branch.first() {
            Some(Layer::Convolution { groups, .. }) => Some(*groups),
            _ => None,
        })
        .collect();
    // Branches that multiply each channel alone fold into a depthwise convolution.
    let first = groups.first().copied().unwrap_or(image[0]);
    if let Some(other) = groups.iter().find(|groups| **groups != first) {
        return Err(format!("expected convolutions of the same groups, found {first} and {other}"));
    }
    let sizes: Vec<Folded> = branches.iter().map(|branch| of_branch(branch, image[0], first)).collect();
    let mut whole = *sizes.first().ok_or("expected at least one branch, found none")?;
    if let Some(other) = sizes.iter().find(|sizes| sizes.stride != whole.stride) {
        return Err(format!("expected one stride, found {:?} and {:?}", whole.stride, other.stride));
    }
    for axis in 0..2 {
        let padding = sizes.iter().map(|sizes| sizes.padding[axis]).max().unwrap_or(0);
        let end = |sizes: &Folded| padding - sizes.padding[axis] + sizes.kernel[axis];
        whole.kernel[axis] = sizes.iter().map(end).max().unwrap_or(1);
        whole.padding[axis] = padding;
    }
    let outputs = |sizes: Folded| slide(image, sizes.kernel, sizes.stride, sizes.padding);
    if outputs(whole)? != outputs(sizes[0])? {
        return Err(format!(
            "expected windows that lie in one, found {}",
            sizes
                .iter()
                .map(|sizes| format!("{:?} padded {:?}", sizes.kernel, sizes.padding))
                .collect::<Vec<_>>()
                .join(", ")
        ));
    }
    check_size(&[whole.out_channels, whole.in_channels / whole.groups, whole.kernel[0], whole.kernel[1]])?;
    Ok(whole)
}
