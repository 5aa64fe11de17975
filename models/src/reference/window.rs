//! A window that slides over an image, as convolution and pooling have it: which pixel lies under which of its cells.

use std::ops::Range;

/// A sliding window; each pair is `[vertical, horizontal]`.
pub(super) struct Window {
    /// Rows and columns of the window.
    pub(super) kernel: [usize; 2],
    /// The distance from one position of the window to the next.
    pub(super) stride: [usize; 2],
    /// Rows and columns of zeros on each side of the image.
    pub(super) padding: [usize; 2],
}

impl Window {
    /// A window without padding, as pooling has it.
    pub(super) fn without_padding(kernel: [usize; 2], stride: [usize; 2]) -> Self {
        Self { kernel, stride, padding: [0, 0] }
    }

    /// Returns how many positions the window has in an image, `[rows, columns]`:
    /// floor((side + 2 · padding - kernel) / stride) + 1.
    pub(super) fn positions(&self, [_, height, width]: [usize; 3]) -> [usize; 2] {
        let along = |axis: usize, side: usize| {
            (side + 2 * self.padding[axis] - self.kernel[axis]) / self.stride[axis] + 1
        };
        [along(0, height), along(1, width)]
    }

    /// Returns the cells of the window, by their offset in the kernel, whose row lies inside the image where the window is at
    /// `row`, with the row of the image under them.
    pub(super) fn rows_under(
        &self,
        [_, height, _]: [usize; 3],
        row: usize,
    ) -> impl Iterator<Item = (usize, usize)> {
        let (first, kernel) = (row * self.stride[0], self.kernel);
        let padding = self.padding[0];
        let cells = (0..kernel[0]).flat_map(move |down| (0..kernel[1]).map(move |right| (down, right)));
        cells.filter_map(move |(down, right)| {
            let y = (first + down).checked_sub(padding).filter(|y| *y < height)?;
            Some((down * kernel[1] + right, y))
        })
    }

    /// Returns the columns, of so many, at which the pixel under the cell of this offset in the kernel lies inside the
    /// image, and the column of the image under the first of them; the next ones are a stride apart.
    pub(super) fn columns_under(
        &self,
        [_, _, width]: [usize; 3],
        cell: usize,
        columns: usize,
    ) -> (Range<usize>, usize) {
        let (right, stride, padding) = (cell % self.kernel[1], self.stride[1], self.padding[1]);
        let first = padding.saturating_sub(right).div_ceil(stride).min(columns);
        let end = (width + padding).saturating_sub(right).div_ceil(stride).clamp(first, columns);
        (first..end, (first * stride + right).saturating_sub(padding))
    }

    /// Returns the cells of the window at position `[row, column]` that lie inside the image: of each the offset in the
    /// kernel, row-major, and the pixel `[row, column]` under it. What lies on the padding is left out: it is zero.
    pub(super) fn cells(
        &self,
        [_, height, width]: [usize; 3],
        [row, column]: [usize; 2],
    ) -> Vec<(usize, [usize; 2])> {
        let mut cells = Vec::with_capacity(self.kernel[0] * self.kernel[1]);
        for down in 0..self.kernel[0] {
            for right in 0..self.kernel[1] {
                let y = (row * self.stride[0] + down).checked_sub(self.padding[0]);
                let x = (column * self.stride[1] + right).checked_sub(self.padding[1]);
                if let (Some(y), Some(x)) = (y, x)
                    && y < height
                    && x < width
                {
                    cells.push((down * self.kernel[1] + right, [y, x]));
                }
            }
        }
        cells
    }
}
