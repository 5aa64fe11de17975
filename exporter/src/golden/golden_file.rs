//! The golden picture that travels as a file, so that a board tests its decoder and its preprocessing.
//!
//! In: golden pictures, and for each the file that it was decoded from, where there is one. Out: the same pictures, one of
//! them with a JPEG file of at most 64 KiB and without metadata: an original file where one is small enough, else one that is
//! encoded here. What the network sees of the file takes the place of the picture's pixels.

use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, GrayImage, RgbImage};
use models::ImageInput;
use models::model_file::golden_vectors::{LARGEST_GOLDEN_FILE, MOST_GOLDEN_FILE_PIXELS};
use models::picture::{DEFAULT_MAX_PIXELS, decode_picture, preprocessing, read_picture, read_picture_bytes};

use super::jpeg_metadata::without_metadata;
use super::pictures::GoldenPicture;

/// How many times larger than the network's input a file is that is encoded here: preprocessing has something to do then.
const SCALE: u32 = 2;

/// The qualities with which a file is encoded until it is small enough.
const QUALITIES: [u8; 5] = [90, 75, 50, 25, 10];

/// Gives one of `pictures` its file: the first whose original is a JPEG file that is small enough, else the first. `original`
/// names the file of the picture at a position. Where none can be made of any picture, all stay as they are.
#[must_use]
pub fn with_file<Original: AsRef<Path>>(
    mut pictures: Vec<GoldenPicture>,
    original: impl Fn(usize) -> Option<Original>,
    input: &ImageInput,
) -> Vec<GoldenPicture> {
    let small = |index: usize| {
        let jpeg = without_metadata(&read_picture_bytes(original(index)?.as_ref()).ok()?)?;
        Some((index, seen(&pictures[index], jpeg, input)?))
    };
    let encoded = |index: usize| {
        let original = original(index).and_then(|path| read_picture(path.as_ref(), DEFAULT_MAX_PIXELS).ok());
        let picture = match original {
            Some(original) => smaller(&original, input),
            None => enlarged(&pictures[index].pixels, input)?,
        };
        Some((index, seen(&pictures[index], encode(&picture)?, input)?))
    };
    let found = (0..pictures.len()).find_map(small).or_else(|| (0..pictures.len()).find_map(encoded));
    if let Some((index, picture)) = found {
        pictures[index] = picture;
    }
    pictures
}

/// The picture as the network sees the file; nothing for one that is too large. A file whose metadata said that it is to be
/// turned shows something else without them: that picture is not taken.
fn seen(picture: &GoldenPicture, jpeg: Vec<u8>, input: &ImageInput) -> Option<GoldenPicture> {
    /// The mean difference of a value from the original's, of 255: what encoding anew costs is less.
    const CLOSE: usize = 16;
    if jpeg.len() > LARGEST_GOLDEN_FILE {
        return None;
    }
    let decoded = decode_picture("golden", &jpeg, MOST_GOLDEN_FILE_PIXELS).ok()?;
    let pixels = preprocessing::to_bytes(&decoded, input).ok()?;
    let apart: usize = pixels.iter().zip(&picture.pixels).map(|(a, b)| usize::from(a.abs_diff(*b))).sum();
    let is_same = apart <= CLOSE * pixels.len();
    is_same.then_some(GoldenPicture { class: picture.class, pixels, jpeg: Some(jpeg) })
}

/// A large picture with about twice the input's sides.
fn smaller(picture: &DynamicImage, input: &ImageInput) -> DynamicImage {
    let (width, height) = (SCALE * input.width as u32, SCALE * input.height as u32);
    let sides = [picture.width() as f64 / f64::from(width), picture.height() as f64 / f64::from(height)];
    // The shorter side decides: what is cut off must be in the file too.
    let factor = sides[0].min(sides[1]).max(1.0);
    let side = |side: u32| ((f64::from(side) / factor).round() as u32).max(1);
    let (width, height) = (side(picture.width()), side(picture.height()));
    if (width, height) == (picture.width(), picture.height()) {
        return picture.clone();
    }
    picture.resize_exact(width, height, FilterType::Triangle)
}

/// The picture that the network sees, with twice its sides.
fn enlarged(pixels: &[u8], input: &ImageInput) -> Option<DynamicImage> {
    let (width, height) = (input.width as u32, input.height as u32);
    let picture = match input.channels {
        1 => DynamicImage::from(GrayImage::from_raw(width, height, pixels.to_vec())?),
        _ => {
            let planes: Vec<&[u8]> = pixels.chunks(input.width * input.height).collect();
            let values = (0..planes[0].len()).flat_map(|pixel| planes.iter().map(move |plane| plane[pixel]));
            DynamicImage::from(RgbImage::from_raw(width, height, values.collect())?)
        }
    };
    // As sharp as it is: it is blurred once, when it is brought to size again.
    Some(picture.resize_exact(SCALE * width, SCALE * height, FilterType::Nearest))
}

/// The picture as a JPEG file, with the best quality that makes it small enough.
fn encode(picture: &DynamicImage) -> Option<Vec<u8>> {
    let picture = match picture {
        DynamicImage::ImageLuma8(_) => picture.clone(),
        other => other.to_rgb8().into(),
    };
    QUALITIES.into_iter().find_map(|quality| {
        let mut bytes = Vec::new();
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut bytes, quality)).ok()?;
        (bytes.len() <= LARGEST_GOLDEN_FILE).then_some(bytes)
    })
}

#[cfg(test)]
mod tests {
    use image::{Luma, Rgb};
    use models::Resize;

    use super::*;

    fn input() -> ImageInput {
        ImageInput::version_2([3, 16, 24], Resize::Fit)
    }

    fn photograph(width: u32, height: u32) -> DynamicImage {
        let wave = |a: u32, b: u32| (128.0 + 100.0 * ((a as f32) * 0.02 + (b as f32) * 0.03).sin()) as u8;
        RgbImage::from_fn(width, height, |x, y| Rgb([wave(x, y), wave(y, x), wave(x, 0)])).into()
    }

    fn golden(picture: &DynamicImage) -> GoldenPicture {
        GoldenPicture { class: 1, pixels: preprocessing::to_bytes(picture, &input()).unwrap(), jpeg: None }
    }

    fn assert_is_seen_in_its_file(picture: &GoldenPicture) {
        let jpeg = picture.jpeg.as_ref().unwrap();
        assert!(jpeg.len() <= LARGEST_GOLDEN_FILE && without_metadata(jpeg).as_ref() == Some(jpeg));
        let decoded = decode_picture("golden", jpeg, DEFAULT_MAX_PIXELS).unwrap();
        assert_eq!(preprocessing::to_bytes(&decoded, &input()).unwrap(), picture.pixels);
    }

    #[test]
    fn the_first_small_original_travels_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (png, jpeg) = (folder.path().join("a.png"), folder.path().join("b.jpg"));
        let (first, second) = (photograph(60, 40), photograph(90, 70));
        first.save(&png).unwrap();
        second.save(&jpeg).unwrap();
        let paths = [png, jpeg.clone()];
        let pictures = vec![golden(&first), golden(&second)];
        let found = with_file(pictures.clone(), |index| Some(&paths[index]), &input());
        assert_eq!(found[0], pictures[0]);
        assert_eq!(found[1].jpeg.as_deref(), Some(std::fs::read(&jpeg).unwrap().as_slice()));
        assert_is_seen_in_its_file(&found[1]);
    }

    #[test]
    fn a_large_original_is_encoded_smaller_and_an_image_without_file_larger() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.png");
        let picture = photograph(900, 700);
        picture.save(&path).unwrap();
        for original in [Some(&path), None] {
            let found = with_file(vec![golden(&picture)], |_| original, &input());
            assert_is_seen_in_its_file(&found[0]);
            let decoded =
                decode_picture("golden", found[0].jpeg.as_ref().unwrap(), DEFAULT_MAX_PIXELS).unwrap();
            assert!(decoded.width() >= 41 && decoded.height() >= 32 && decoded.width() <= 48);
        }
    }

    #[test]
    fn an_image_of_one_channel_is_encoded_in_grey() {
        let grey = ImageInput::version_2([1, 8, 8], Resize::Fit);
        let picture = GrayImage::from_fn(8, 8, |x, y| Luma([(20 * x + 10 * y) as u8]));
        let golden = GoldenPicture { class: 0, pixels: picture.into_raw(), jpeg: None };
        let found = with_file(vec![golden], |_| None::<&Path>, &grey);
        let decoded = decode_picture("golden", found[0].jpeg.as_ref().unwrap(), DEFAULT_MAX_PIXELS).unwrap();
        assert!(matches!(decoded, DynamicImage::ImageLuma8(_)));
    }
}
