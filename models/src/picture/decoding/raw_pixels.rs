//! Pixels that no file holds, as a camera, a screen or another library delivers them.
//!
//! In: bytes in rows from the top, `[height, width, channels]`. Out: the same picture as an [`image::DynamicImage`].

use image::{DynamicImage, GrayImage, RgbImage, RgbaImage};

/// The bytes of one pixel, one byte a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PixelLayout {
    /// One byte a pixel: 0 is black, 255 is white.
    Grey,
    /// Three bytes a pixel: red, green, blue.
    Rgb,
    /// Four bytes a pixel: red, green, blue, opacity (0 is transparent), not multiplied with each other.
    Rgba,
}

impl PixelLayout {
    /// Returns the number of bytes of one pixel: 1, 3 or 4.
    #[must_use]
    pub fn bytes_per_pixel(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::Rgb => 3,
            Self::Rgba => 4,
        }
    }
}

/// A picture as raw pixels, borrowed from their owner: rows from the top, pixels from the left, nothing between the rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawPixels<'data> {
    bytes: &'data [u8],
    width: u32,
    height: u32,
    layout: PixelLayout,
}

/// The error of raw pixels that make no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RawPixelsError {
    /// The picture would have no columns or no rows.
    #[error("pixels: expected at least 1x1 pixels, found {width}x{height}")]
    NoPixels {
        /// The number of columns.
        width: u32,
        /// The number of rows.
        height: u32,
    },
    /// The bytes are not as many as the sides and the layout need.
    #[error("pixels: expected {expected} bytes for {width}x{height} pixels, found {found}")]
    Length {
        /// The number of columns.
        width: u32,
        /// The number of rows.
        height: u32,
        /// The number of bytes that such a picture has.
        expected: u128,
        /// The number of bytes that were given.
        found: usize,
    },
}

impl<'data> RawPixels<'data> {
    /// Takes `bytes` as a picture of `width` columns and `height` rows, `[height, width, channels]`.
    ///
    /// # Errors
    /// [`RawPixelsError`] where a side is 0 or the number of bytes is another than `width · height ·`
    /// [`layout.bytes_per_pixel()`](PixelLayout::bytes_per_pixel).
    ///
    /// ```
    /// use models::picture::{PixelLayout, RawPixels};
    ///
    /// let frame = [0u8; 3 * 640 * 480];
    /// assert!(RawPixels::new(&frame, 640, 480, PixelLayout::Rgb).is_ok());
    /// let error = RawPixels::new(&frame, 640, 480, PixelLayout::Grey).unwrap_err();
    /// assert_eq!(error.to_string(), "pixels: expected 307200 bytes for 640x480 pixels, found 921600");
    /// ```
    pub fn new(
        bytes: &'data [u8],
        width: u32,
        height: u32,
        layout: PixelLayout,
    ) -> Result<Self, RawPixelsError> {
        if width == 0 || height == 0 {
            return Err(RawPixelsError::NoPixels { width, height });
        }
        let expected = u128::from(width) * u128::from(height) * layout.bytes_per_pixel() as u128;
        let found = bytes.len();
        if expected != found as u128 {
            return Err(RawPixelsError::Length { width, height, expected, found });
        }
        Ok(Self { bytes, width, height, layout })
    }

    /// Copies the pixels into a picture of the crate `image`, of 8 bits a channel.
    ///
    /// # Panics
    /// Never: [`RawPixels::new`] has counted the bytes.
    #[must_use]
    pub fn to_image(self) -> DynamicImage {
        let Self { width, height, .. } = self;
        let bytes = self.bytes.to_vec();
        let image = match self.layout {
            PixelLayout::Grey => GrayImage::from_raw(width, height, bytes).map(DynamicImage::from),
            PixelLayout::Rgb => RgbImage::from_raw(width, height, bytes).map(DynamicImage::from),
            PixelLayout::Rgba => RgbaImage::from_raw(width, height, bytes).map(DynamicImage::from),
        };
        image.expect("the bytes were counted when the pixels were taken")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three columns, two rows: a swapped axis or channel would show.
    #[test]
    fn every_layout_keeps_rows_columns_and_channels_apart() {
        for (layout, channels) in [(PixelLayout::Grey, 1), (PixelLayout::Rgb, 3), (PixelLayout::Rgba, 4)] {
            let bytes: Vec<u8> = (0..6 * channels).collect();
            let image = RawPixels::new(&bytes, 3, 2, layout).unwrap().to_image();
            assert_eq!((image.width(), image.height(), image.as_bytes()), (3, 2, bytes.as_slice()));
            assert_eq!(image.color().channel_count(), channels);
        }
    }

    #[test]
    fn other_numbers_of_bytes_and_empty_sides_are_refused() {
        let bytes = [0; 12];
        for (width, height, layout) in [
            (3, 2, PixelLayout::Grey),
            (3, 2, PixelLayout::Rgb),
            (2, 2, PixelLayout::Rgba),
            (u32::MAX, u32::MAX, PixelLayout::Rgba),
        ] {
            let error = RawPixels::new(&bytes, width, height, layout).unwrap_err();
            assert!(matches!(error, RawPixelsError::Length { found: 12, .. }), "{error}");
        }
        for (width, height) in [(0, 7), (7, 0)] {
            let error = RawPixels::new(&[], width, height, PixelLayout::Grey).unwrap_err();
            assert_eq!(error, RawPixelsError::NoPixels { width, height });
        }
    }
}
