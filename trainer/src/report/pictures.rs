//! The pictures of a page: images and the logits of every network in, each image once out, as a PNG in a data URI.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use serde::Serialize;

use crate::data::data_set::DataSet;

/// The files that an image is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Files {
    /// The training files, counted from 0 as `soften --index` counts them.
    Training,
    /// The test files, counted from 0.
    Test,
}

/// A picture of the page, with what each network says of it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Picture {
    /// The files that the image is from.
    files: Files,
    /// The position of the image in its files.
    index: usize,
    /// The right class of the image.
    label: u16,
    /// The image as a data URI: `data:image/png;base64,…`.
    png: String,
    /// The logits `[networks][classes]`, the networks in the order of the page's details.
    logits: Vec<Vec<f64>>,
}

/// A picture that could not be packed.
#[derive(Debug, thiserror::Error)]
#[error("picture {index}: {problem}")]
pub(crate) struct PictureError {
    index: usize,
    problem: image::ImageError,
}

/// All pictures of a page; the position of a picture is its number there.
#[derive(Debug, Default)]
pub(crate) struct Pictures {
    pictures: Vec<Picture>,
    numbers: HashMap<(Files, usize), usize>,
}

/// An image of a data set.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ImageOf<'a> {
    /// The data set that the image is in.
    pub(crate) images: &'a DataSet,
    /// The position of the image in `images`.
    pub(crate) position: usize,
    /// The files that `images` is a part of.
    pub(crate) files: Files,
    /// The position of the image in the files.
    pub(crate) index: usize,
}

impl Pictures {
    /// Returns the number of an image, which is added where it is new; `logits` is `[networks][classes]`.
    pub(crate) fn number<'a>(
        &mut self,
        image: ImageOf<'_>,
        logits: impl Iterator<Item = &'a [f32]>,
    ) -> Result<usize, PictureError> {
        let index = image.index;
        if let Some(&number) = self.numbers.get(&(image.files, index)) {
            return Ok(number);
        }
        let png = data_uri(image.images.image(image.position), image.images.shape())
            .map_err(|problem| PictureError { index, problem })?;
        let label = image.images.labels()[image.position];
        let logits = logits.map(|row| row.iter().map(|&logit| thousandths(logit)).collect()).collect();
        let number = self.pictures.len();
        self.pictures.push(Picture { files: image.files, index, label, png, logits });
        self.numbers.insert((image.files, index), number);
        Ok(number)
    }

    /// Returns the pictures, in the order of their numbers.
    pub(crate) fn into_vec(self) -> Vec<Picture> {
        self.pictures
    }
}

/// Returns a logit rounded to three decimals: a probability is then right to a thousandth of itself at T = 1, and the
/// page half as large.
fn thousandths(logit: f32) -> f64 {
    (f64::from(logit) * 1000.0).round() / 1000.0
}

/// Returns the values of an image, `[channels, height, width]` of 1 or 3 channels, as a PNG in a data URI.
fn data_uri(values: &[u8], [channels, height, width]: [usize; 3]) -> Result<String, image::ImageError> {
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(&mut png, CompressionType::Best, FilterType::NoFilter);
    let colour = if channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    let plane = height * width;
    let pixels: Vec<u8> =
        (0..values.len()).map(|position| values[position % channels * plane + position / channels]).collect();
    encoder.write_image(&pixels, width as u32, height as u32, colour)?;
    Ok(format!("data:image/png;base64,{}", STANDARD.encode(png)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Not square, so that rows and columns can't be swapped unseen.
    #[test]
    fn a_picture_survives_its_data_uri() {
        let read = |values: &[u8], shape| {
            let uri = data_uri(values, shape).unwrap();
            let png = STANDARD.decode(uri.strip_prefix("data:image/png;base64,").unwrap()).unwrap();
            image::load_from_memory(&png).unwrap()
        };
        let grey: Vec<u8> = (0..3 * 5).map(|value| value * 17).collect();
        let picture = read(&grey, [1, 3, 5]).into_luma8();
        assert_eq!((picture.width(), picture.height(), picture.into_raw()), (5, 3, grey));
        let colour: Vec<u8> = (0..3 * 2 * 4).map(|value| value * 10).collect();
        let picture = read(&colour, [3, 2, 4]).into_rgb8();
        assert_eq!(picture.get_pixel(3, 1).0, [colour[7], colour[15], colour[23]]);
    }

    #[test]
    fn logits_keep_three_decimals() {
        assert_eq!([1.234_567f32, -0.000_4, 12.0].map(thousandths), [1.235, -0.0, 12.0]);
    }
}
