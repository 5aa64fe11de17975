//! The pictures of a page: images and the logits of every network in, each image once out, as a data URI, for as long as
//! there is room for them.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};
use serde::Serialize;

use crate::data::data_set::DataSet;
use crate::report::shown_logits::ShownLogits;

/// The most values of an image that is packed without loss: a colour picture of 64×64. Larger ones are packed as JPEG
/// files, a tenth of the size, which shows nowhere.
const MOST_EXACT_VALUES: usize = 3 * 64 * 64;

const JPEG_QUALITY: u8 = 85;

/// The longest side of a picture on the page, in pixels; a larger one is shrunk. It is shown on about half as many.
const LONGEST_SIDE: usize = 256;

/// The number of bytes that a number, a comma and a name of a field take beside a logit, about.
const LOGIT_BYTES: usize = 8;

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
    uri: String,
    /// The logits of each network, in the order of the page's details.
    logits: Vec<ShownLogits>,
}

/// A picture that could not be packed.
#[derive(Debug, thiserror::Error)]
#[error("picture {index}: {problem}")]
pub(crate) struct PictureError {
    index: usize,
    problem: image::ImageError,
}

/// All pictures of a page; the position of a picture is its number there.
#[derive(Debug)]
pub(crate) struct Pictures {
    pictures: Vec<Picture>,
    numbers: HashMap<(Files, usize), usize>,
    /// The bytes of all pictures so far, and how many there may be.
    bytes: usize,
    most_bytes: usize,
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
    /// Returns a page's pictures, of which there are none yet, with room for this number of bytes.
    pub(crate) fn with_room(most_bytes: usize) -> Self {
        Self { pictures: Vec::new(), numbers: HashMap::new(), bytes: 0, most_bytes }
    }

    /// Makes room for this number of bytes in all.
    pub(crate) fn make_room(&mut self, most_bytes: usize) {
        self.most_bytes = most_bytes;
    }

    /// Returns how many more pictures there may be, if they are as large as those so far.
    pub(crate) fn room_for(&self) -> usize {
        let mean = self.bytes / self.pictures.len().max(1);
        self.most_bytes.saturating_sub(self.bytes) / mean.max(1)
    }

    /// Returns the number of an image, which is added where it is new; `None` where there is no room for it. `logits` has
    /// those of each network, `[classes]`.
    pub(crate) fn number<'a>(
        &mut self,
        image: ImageOf<'_>,
        logits: impl Iterator<Item = &'a [f32]>,
    ) -> Result<Option<usize>, PictureError> {
        let index = image.index;
        if let Some(&number) = self.numbers.get(&(image.files, index)) {
            return Ok(Some(number));
        }
        if self.bytes >= self.most_bytes {
            return Ok(None);
        }
        let uri = data_uri(image.images.image(image.position), image.images.shape())
            .map_err(|problem| PictureError { index, problem })?;
        let label = image.images.labels()[image.position];
        let logits: Vec<ShownLogits> = logits.map(|row| ShownLogits::of(row, usize::from(label))).collect();
        let bytes = uri.len() + LOGIT_BYTES * logits.iter().map(ShownLogits::numbers).sum::<usize>();
        if self.bytes + bytes > self.most_bytes {
            return Ok(None);
        }
        self.bytes += bytes;
        let number = self.pictures.len();
        self.pictures.push(Picture { files: image.files, index, label, uri, logits });
        self.numbers.insert((image.files, index), number);
        Ok(Some(number))
    }

    /// Returns the pictures, in the order of their numbers.
    pub(crate) fn into_vec(self) -> Vec<Picture> {
        self.pictures
    }
}

/// Returns the values of an image, `[channels, height, width]` of 1 or 3 channels, as a file in a data URI.
fn data_uri(values: &[u8], shape: [usize; 3]) -> Result<String, image::ImageError> {
    let (pixels, [channels, height, width]) = interleaved(values, shape);
    let colour = if channels == 1 { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    let (width, height) = (width as u32, height as u32);
    let mut file = Vec::new();
    let kind = if pixels.len() > MOST_EXACT_VALUES {
        JpegEncoder::new_with_quality(&mut file, JPEG_QUALITY).write_image(&pixels, width, height, colour)?;
        "jpeg"
    } else {
        // Strokes on an even ground repeat themselves, and photographs change little from pixel to pixel.
        let filter = if channels == 1 { FilterType::NoFilter } else { FilterType::Adaptive };
        let encoder = PngEncoder::new_with_quality(&mut file, CompressionType::Best, filter);
        encoder.write_image(&pixels, width, height, colour)?;
        "png"
    };
    Ok(format!("data:image/{kind};base64,{}", STANDARD.encode(file)))
}

/// Returns the values of an image pixel by pixel, with its shape: every so many rows and columns of one that is too large.
fn interleaved(values: &[u8], [channels, height, width]: [usize; 3]) -> (Vec<u8>, [usize; 3]) {
    let step = height.max(width).div_ceil(LONGEST_SIDE).max(1);
    let (rows, columns) = (height.div_ceil(step), width.div_ceil(step));
    let value = |position: usize| {
        let (pixel, channel) = (position / channels, position % channels);
        values[channel * height * width + pixel / columns * step * width + pixel % columns * step]
    };
    ((0..channels * rows * columns).map(value).collect(), [channels, rows, columns])
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
    fn large_pictures_are_shrunk_and_packed_as_jpeg() {
        let uri = data_uri(&vec![200; 3 * 600 * 900], [3, 600, 900]).unwrap();
        let jpeg = STANDARD.decode(uri.strip_prefix("data:image/jpeg;base64,").unwrap()).unwrap();
        let picture = image::load_from_memory(&jpeg).unwrap().into_rgb8();
        assert_eq!((picture.width(), picture.height()), (225, 150));
        assert!(picture.as_raw().iter().all(|value| value.abs_diff(200) < 3));
        assert!(uri.len() < 4_000, "{}", uri.len());
    }

    #[test]
    fn a_page_takes_as_many_pictures_as_there_is_room_for() {
        let noise: Vec<u8> = (0..50 * 3 * 16 * 16).map(|value: usize| (value * value % 251) as u8).collect();
        let images = DataSet::new(noise, vec![1; 50], 3, [3, 16, 16]);
        let mut pictures = Pictures::with_room(10_000);
        let logits = [0f32, 1.0, 2.0];
        let number = |pictures: &mut Pictures, position: usize| {
            let image = ImageOf { images: &images, position, files: Files::Test, index: position };
            pictures.number(image, std::iter::once(logits.as_slice())).unwrap()
        };
        let found: Vec<Option<usize>> = (0..50).map(|position| number(&mut pictures, position)).collect();
        let shown = found.iter().flatten().count();
        assert!((4..20).contains(&shown), "{shown}");
        assert_eq!(found[..shown], (0..shown).map(Some).collect::<Vec<_>>());
        assert_eq!(pictures.room_for(), 0);
        // One that is there needs no room, and there can be more.
        assert_eq!(number(&mut pictures, 0), Some(0));
        pictures.make_room(20_000);
        assert!(pictures.room_for() >= shown / 2 && number(&mut pictures, 49) == Some(shown));
    }
}
