//! The values of a few images while a level runs.
//!
//! In come the values that are kept for the whole batch and the memory of a thread; out go slices `[images, len]` of each
//! value, wherever it lies: kept by an earlier level, kept by this one, or in the thread's memory.

use super::graph::Value;

/// The most numbers that the values of one group of images should have together: what a second-level cache holds beside
/// weights. A group has one image at least.
const GROUP_NUMBERS: usize = 1 << 16;

/// The memory that a thread keeps from part to part.
#[derive(Debug, Default)]
pub(super) struct ThreadMemory {
    /// Memory for each value of the level that is not kept.
    pub(super) values: Vec<Vec<f32>>,
    /// Memory for the gradient of each value of the level.
    pub(super) gradients: Vec<Vec<f32>>,
    /// Memory for images with their padding.
    pub(super) padded: Vec<f32>,
    /// Memory for a gradient that is added to another.
    pub(super) summand: Vec<f32>,
}

/// Returns how many images a level runs at a time: as many as the cache holds, whose values have `lens` numbers an image.
pub(super) fn group_size(lens: impl Iterator<Item = usize>) -> usize {
    (GROUP_NUMBERS / lens.sum::<usize>().max(1)).max(1)
}

/// The slices of a level's own values for a group of images, and what earlier levels keep.
pub(super) struct GroupValues<'a> {
    /// The values of the level, in the order of its nodes.
    pub(super) own: &'a [Value],
    /// The slice of each of them, `[images, len]`.
    pub(super) slices: Vec<&'a mut [f32]>,
    /// What is kept of each value for the whole batch; empty where nothing is.
    pub(super) kept: &'a [&'a [f32]],
    /// The count of numbers of each value for one image.
    pub(super) lens: &'a [usize],
    /// The number of the group's first image in the batch.
    pub(super) first: usize,
    /// The number of images of the group.
    pub(super) images: usize,
}

impl<'a> GroupValues<'a> {
    /// Returns the position of a value among the level's own, if it is one.
    pub(super) fn position(&self, value: Value) -> Option<usize> {
        self.own.iter().position(|own| *own == value)
    }

    /// Returns what the group has of `value`, `[images, len]`.
    pub(super) fn get(&self, value: Value) -> &[f32] {
        match self.position(value).filter(|position| !self.slices[*position].is_empty()) {
            Some(position) => &*self.slices[position],
            None => &self.kept[value][self.first * self.lens[value]..][..self.images * self.lens[value]],
        }
    }

    /// Calls `write` with these values and the slice of `output`, which is one of the level's own.
    pub(super) fn write(&mut self, output: Value, write: impl FnOnce(&Self, &mut [f32])) {
        if let Some(position) = self.position(output) {
            let slice = std::mem::take(&mut self.slices[position]);
            write(self, slice);
            self.slices[position] = slice;
        }
    }
}

/// Returns the first `len` numbers of a buffer that grows where it has to.
pub(super) fn sized(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    &mut buffer[..len]
}
