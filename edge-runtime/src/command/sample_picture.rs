//! The picture that `bench` classifies where it is given none.
//!
//! In: what a model expects of a picture. Out: a PNG file of the model's own size: a digit where that is grey and 28×28 and ink
//! is read, else a drawn picture with edges and slopes, which takes as long to decode as a photograph's detail does.

use std::io::Cursor;

use edge_runtime::image::{DynamicImage, ImageFormat, ImageResult, Rgb, RgbImage};
use models::{ImageInput, Polarity};

/// A digit as MNIST has it, 28×28: `samples/0-0.png`.
const DIGIT: &[u8] = models::zoo::DIGITS_PNG[0];

/// A picture file and what it is, in words.
pub(super) struct SamplePicture {
    pub(super) png: Vec<u8>,
    pub(super) described: String,
}

impl SamplePicture {
    pub(super) fn of(input: &ImageInput) -> ImageResult<Self> {
        if input.shape() == [1, 28, 28] && input.polarity != Polarity::Natural {
            return Ok(Self { png: DIGIT.to_vec(), described: "one PNG of 28x28, built in".to_owned() });
        }
        let (width, height) = (input.width as u32, input.height as u32);
        let drawn = RgbImage::from_fn(width, height, |x, y| {
            let check = if (x / 8 + y / 8) % 2 == 0 { 160 } else { 0 };
            let slope = |place: u32, side: u32| (95 * place / side.max(1)) as u8;
            Rgb([check + slope(x, width), check + slope(y, height), slope(x + y, width + height)])
        });
        let mut picture = DynamicImage::from(drawn);
        let mut colour = "colour";
        if input.channels == 1 {
            (picture, colour) = (picture.to_luma8().into(), "grey");
        }
        let mut png = Cursor::new(Vec::new());
        picture.write_to(&mut png, ImageFormat::Png)?;
        Ok(Self { png: png.into_inner(), described: format!("one {colour} PNG of {width}x{height}, drawn") })
    }
}

#[cfg(test)]
mod tests {
    use edge_runtime::decode_picture;
    use models::Resize;

    use super::*;

    #[test]
    fn the_sample_has_the_model_s_size_and_colours() {
        let drawn = |shape| {
            let sample = SamplePicture::of(&ImageInput::version_2(shape, Resize::Fit)).unwrap();
            (decode_picture("sample", &sample.png, 1 << 20).unwrap(), sample.described)
        };
        let (picture, described) = drawn([3, 20, 33]);
        assert_eq!((picture.width(), picture.height(), picture.color().channel_count()), (33, 20, 3));
        assert_eq!(described, "one colour PNG of 33x20, drawn");
        assert_eq!(drawn([1, 28, 28]).1, "one grey PNG of 28x28, drawn");
        let digits = ImageInput::version_2([1, 28, 28], Resize::Ink { longest_side: 20 });
        assert_eq!(SamplePicture::of(&digits).unwrap().described, "one PNG of 28x28, built in");
    }
}
