//! Augmentation by whole pixels: the jitter of Hinton, Vinyals, Dean 2015.
//!
//! In comes an image `[height, width]` of one byte a pixel, out goes the same image, moved. It is there so that the
//! published experiment can be repeated.

/// The most pixels that an image is moved, each way.
pub(super) const JITTER_PIXELS: u32 = 2;

/// Writes the image moved right and down into `augmented`, 0 where nothing of it lies.
pub(super) fn shift(image: &[u8], width: usize, [right, down]: [isize; 2], augmented: &mut [u8]) {
    augmented.fill(0);
    let height = image.len() / width;
    // The columns that stay inside, where they come from and where they go.
    let kept = width.saturating_sub(right.unsigned_abs());
    let (from, to) = ((-right).max(0) as usize, right.max(0) as usize);
    for row in 0..height {
        let source = row.checked_add_signed(-down).filter(|source| *source < height);
        let Some(source) = source.filter(|_| kept > 0) else { continue };
        augmented[row * width + to..][..kept].copy_from_slice(&image[source * width + from..][..kept]);
    }
}
