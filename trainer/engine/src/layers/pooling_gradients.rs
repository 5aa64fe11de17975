//! The gradients of max-pooling and average pooling.
//!
//! In comes the output gradient of one channels-last image `[height, width, channels]`, out goes the gradient of the
//! image. The whole gradient of a window's largest value goes to that value, which is why the pooling is our own:
//! candle 0.11.1 multiplies by the mean of the mask, a quarter of it for a 2×2 window.

use kernels::{Pool, vectorised};

/// Writes the gradient of max-pooling into `dx`: each value of `dy` goes to its place in the image, all others are 0.
pub(crate) fn largest_backward(places: &[u32], dy: &[f32], dx: &mut [f32]) {
    dx.fill(0.0);
    for (place, dy) in places.iter().zip(dy) {
        if let Some(dx) = dx.get_mut(*place as usize) {
            *dx += dy;
        }
    }
}

/// Writes the gradient of average pooling into `dx`: each value of `dy` is shared among the pixels of its window.
pub(crate) fn mean_backward(pool: &Pool, dy: &[f32], dx: &mut [f32]) {
    let (channels, share) = (pool.image[2], pool.share());
    vectorised(|| {
        dx.fill(0.0);
        for (pixel, dy) in dy.chunks_exact(channels).enumerate() {
            for start in pool.window(pixel) {
                let dx = &mut dx[start..start + channels];
                dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += dy * share);
            }
        }
    });
}
