//! The golden picture that travels as a file, so that a board tests its decoder and its preprocessing.
//!
//! In: golden pictures, for each the file that it was decoded from, where there is one, and the network. Out: the same
//! pictures, one of them with a JPEG file of at most 64,000 bytes and without metadata: an original file where one is small
//! enough and has another size than the input, else one that is encoded here. What the network sees of the file takes the place
//! of the picture's pixels, so that encoding never speaks against a picture.

use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, RgbImage, Rgba, RgbaImage};
use models::model_file::golden_vectors::{LARGEST_GOLDEN_FILE, MOST_GOLDEN_FILE_PIXELS};
use models::picture::{DEFAULT_MAX_PIXELS, decode_picture, preprocessing, read_picture, read_picture_bytes};
use models::probability::arg_max;
use models::weights::Weights;
use models::{ImageInput, reference};

use super::jpeg_metadata::without_metadata;
use super::pictures::GoldenPicture;

/// How many times larger than the network's input a file is that is encoded here: preprocessing has something to do then.
const SCALE: u32 = 2;

/// The qualities with which a file is encoded until it is small enough.
const QUALITIES: [u8; 5] = [90, 75, 50, 25, 10];

/// A picture with the file that travels with it.
struct Filed {
    /// The position among the golden pictures.
    index: usize,
    /// The picture as the network sees the file.
    picture: GoldenPicture,
    /// Whether preprocessing has to change its size.
    is_resized: bool,
}

/// Gives one of `pictures` its file. `original` names the file of the picture at a position. Pictures that the network answers
/// with their class, as the file shows them, come first; among those original files that preprocessing brings to size, then
/// files that are encoded here. Where none can be made of any picture, all stay as they are.
#[must_use]
pub fn with_file<Original: AsRef<Path>>(
    mut pictures: Vec<GoldenPicture>,
    original: impl Fn(usize) -> Option<Original>,
    weights: &Weights,
) -> Vec<GoldenPicture> {
    let input = &weights.contract.input;
    let path = |index: usize| Some(original(index)?.as_ref().to_owned());
    let originals =
        || (0..pictures.len()).filter_map(|index| as_it_is(index, &pictures[index], &path(index)?, input));
    let encoded = || {
        let drafts = |index: usize| drafts(&pictures[index], path(index).as_deref(), input);
        (0..pictures.len()).flat_map(move |index| drafts(index).into_iter().map(move |draft| (index, draft)))
    };
    let encoded =
        || encoded().filter_map(|(index, draft)| seen(index, pictures[index].class, encode(&draft)?, input));
    let is_right = |filed: &Filed| answers_rightly(weights, &filed.picture);
    let found = originals()
        .find(|filed| filed.is_resized && is_right(filed))
        .or_else(|| encoded().find(is_right))
        .or_else(|| originals().next())
        .or_else(|| encoded().next());
    if let Some(Filed { index, picture, .. }) = found {
        pictures[index] = picture;
    }
    pictures
}

/// The original file of a picture without its metadata. A file whose metadata said that it is to be turned shows something
/// else without them: that one does not travel.
fn as_it_is(index: usize, picture: &GoldenPicture, path: &Path, input: &ImageInput) -> Option<Filed> {
    /// The mean difference of a value from the original's, of 255: what other tables of a decoder cost is less.
    const CLOSE: usize = 16;
    let jpeg = without_metadata(&read_picture_bytes(path).ok()?)?;
    let filed = seen(index, picture.class, jpeg, input)?;
    let pixels = filed.picture.pixels.iter().zip(&picture.pixels);
    let apart: usize = pixels.map(|(a, b)| usize::from(a.abs_diff(*b))).sum();
    (apart <= CLOSE * picture.pixels.len()).then_some(filed)
}

/// The picture as the network sees the file; nothing for one that is too large.
fn seen(index: usize, class: usize, jpeg: Vec<u8>, input: &ImageInput) -> Option<Filed> {
    if jpeg.len() > LARGEST_GOLDEN_FILE {
        return None;
    }
    let decoded = decode_picture("golden", &jpeg, MOST_GOLDEN_FILE_PIXELS).ok()?;
    let is_resized = [decoded.height(), decoded.width()] != [input.height as u32, input.width as u32];
    let pixels = preprocessing::to_bytes(&decoded, input).ok()?;
    Some(Filed { index, picture: GoldenPicture { class, pixels, jpeg: Some(jpeg) }, is_resized })
}

/// Returns whether the network's likeliest class is that of the picture.
fn answers_rightly(weights: &Weights, picture: &GoldenPicture) -> bool {
    let input = preprocessing::from_bytes(&picture.pixels, &weights.contract.input);
    let probabilities = reference::probabilities(weights, &input);
    arg_max(&probabilities.iter().map(|&probability| probability as f32).collect::<Vec<_>>()) == picture.class
}

/// The pictures of which a file can be made, the best first: the original, what the network sees with twice its sides, and
/// with half of them for networks whose pictures are so large that the others make no small file.
fn drafts(picture: &GoldenPicture, original: Option<&Path>, input: &ImageInput) -> Vec<DynamicImage> {
    let (width, height) = (input.width as u32, input.height as u32);
    let opaque =
        |picture: DynamicImage| (!picture.has_alpha() || input.channels == 3).then(|| on_white(picture));
    let original = original.and_then(|path| opaque(read_picture(path, DEFAULT_MAX_PIXELS).ok()?));
    let original = original.map(|original| smaller(original, input));
    let original = original.filter(|it| (it.width(), it.height()) != (width, height));
    let seen = of_pixels(&picture.pixels, input);
    // As sharp as it is: it is blurred once, when it is brought to size again.
    let enlarged =
        seen.as_ref().map(|it| it.resize_exact(SCALE * width, SCALE * height, FilterType::Nearest));
    let halved =
        seen.as_ref().map(|it| it.resize_exact(width.div_ceil(2), height.div_ceil(2), FilterType::Triangle));
    original.into_iter().chain(enlarged).chain(halved).collect()
}

/// A picture without transparency: on white, as preprocessing and browsers show natural ones.
fn on_white(picture: DynamicImage) -> DynamicImage {
    if !picture.has_alpha() {
        return picture;
    }
    let mut ground = RgbaImage::from_pixel(picture.width(), picture.height(), Rgba([255; 4]));
    imageops::overlay(&mut ground, &picture.to_rgba8(), 0, 0);
    DynamicImage::from(ground).to_rgb8().into()
}

/// A picture with at most about twice the input's sides.
fn smaller(picture: DynamicImage, input: &ImageInput) -> DynamicImage {
    let (width, height) = (SCALE * input.width as u32, SCALE * input.height as u32);
    let sides = [picture.width() as f64 / f64::from(width), picture.height() as f64 / f64::from(height)];
    // The shorter side decides: what is cut off must be in the file too.
    let factor = sides[0].min(sides[1]).max(1.0);
    let side = |side: u32| ((f64::from(side) / factor).round() as u32).max(1);
    let (width, height) = (side(picture.width()), side(picture.height()));
    if (width, height) == (picture.width(), picture.height()) {
        return picture;
    }
    picture.resize_exact(width, height, FilterType::Triangle)
}

/// The picture that the network sees, as a camera would have taken it.
fn of_pixels(pixels: &[u8], input: &ImageInput) -> Option<DynamicImage> {
    let (width, height) = (input.width as u32, input.height as u32);
    Some(match input.channels {
        1 => GrayImage::from_raw(width, height, pixels.to_vec())?.into(),
        _ => {
            let planes: Vec<&[u8]> = pixels.chunks(input.width * input.height).collect();
            let values = (0..planes[0].len()).flat_map(|pixel| planes.iter().map(move |plane| plane[pixel]));
            RgbImage::from_raw(width, height, values.collect())?.into()
        }
    })
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
    use models::{Layer, ModelContract, Network, Provenance, Resize};

    use super::*;

    /// A network that answers every picture with class 1 of two.
    fn weights(input: ImageInput) -> Weights {
        let inputs = input.values();
        let layers = vec![Layer::Flatten, Layer::linear("fc1", inputs, 2)];
        let network = Network { name: "biased".to_owned(), input: input.shape(), layers };
        let values = [vec![0.0; 2 * inputs], vec![0.0, 1.0]].concat();
        let labels = vec!["no".to_owned(), "yes".to_owned()];
        Weights {
            network,
            contract: ModelContract::new(input, labels, Provenance::default()),
            values,
            finding: None,
        }
    }

    fn colour() -> Weights {
        weights(ImageInput::version_2([3, 16, 24], Resize::Fit))
    }

    fn photograph(width: u32, height: u32) -> DynamicImage {
        let wave = |a: u32, b: u32| (128.0 + 100.0 * ((a as f32) * 0.02 + (b as f32) * 0.03).sin()) as u8;
        RgbImage::from_fn(width, height, |x, y| Rgb([wave(x, y), wave(y, x), wave(x, 0)])).into()
    }

    fn golden(picture: &DynamicImage, class: usize, weights: &Weights) -> GoldenPicture {
        let pixels = preprocessing::to_bytes(picture, &weights.contract.input).unwrap();
        GoldenPicture { class, pixels, jpeg: None }
    }

    /// The picture inside the file, which has to be brought to size and is then the golden picture.
    fn in_file(picture: &GoldenPicture, weights: &Weights) -> DynamicImage {
        let input = &weights.contract.input;
        let jpeg = picture.jpeg.as_ref().unwrap();
        assert!(jpeg.len() <= LARGEST_GOLDEN_FILE && without_metadata(jpeg).as_ref() == Some(jpeg));
        let decoded = decode_picture("golden", jpeg, DEFAULT_MAX_PIXELS).unwrap();
        assert_eq!(preprocessing::to_bytes(&decoded, input).unwrap(), picture.pixels);
        assert_ne!((decoded.width() as usize, decoded.height() as usize), (input.width, input.height));
        decoded
    }

    fn difference(one: &GoldenPicture, other: &GoldenPicture) -> f64 {
        let apart = one.pixels.iter().zip(&other.pixels).map(|(a, b)| f64::from(a.abs_diff(*b)));
        apart.sum::<f64>() / one.pixels.len() as f64
    }

    #[test]
    fn the_first_small_original_travels_as_it_is() {
        let (folder, weights) = (tempfile::tempdir().unwrap(), colour());
        let (png, jpeg) = (folder.path().join("a.png"), folder.path().join("b.jpg"));
        let (first, second) = (photograph(60, 40), photograph(90, 70));
        first.save(&png).unwrap();
        second.save(&jpeg).unwrap();
        let paths = [png, jpeg.clone()];
        let pictures = vec![golden(&first, 1, &weights), golden(&second, 1, &weights)];
        let found = with_file(pictures.clone(), |index| Some(&paths[index]), &weights);
        assert_eq!(found[0], pictures[0]);
        assert_eq!(found[1].jpeg.as_deref(), Some(std::fs::read(&jpeg).unwrap().as_slice()));
        in_file(&found[1], &weights);
    }

    #[test]
    fn an_original_of_the_inputs_own_size_is_encoded_larger_so_that_something_is_resized() {
        let (folder, weights) = (tempfile::tempdir().unwrap(), colour());
        let path = folder.path().join("small.jpg");
        photograph(24, 16).save(&path).unwrap();
        let found = with_file(vec![golden(&photograph(24, 16), 1, &weights)], |_| Some(&path), &weights);
        assert_eq!(in_file(&found[0], &weights).width(), 48);
    }

    #[test]
    fn a_large_original_is_encoded_smaller_and_an_image_without_file_larger() {
        let (folder, weights) = (tempfile::tempdir().unwrap(), colour());
        let path = folder.path().join("large.png");
        let picture = photograph(900, 700);
        picture.save(&path).unwrap();
        for original in [Some(&path), None] {
            let found = with_file(vec![golden(&picture, 1, &weights)], |_| original, &weights);
            let decoded = in_file(&found[0], &weights);
            assert!(decoded.width() >= 41 && decoded.height() >= 32 && decoded.width() <= 48);
        }
    }

    #[test]
    fn a_picture_with_clear_pixels_travels_on_white_as_the_network_sees_it() {
        let (folder, weights) = (tempfile::tempdir().unwrap(), colour());
        let path = folder.path().join("emoji.png");
        let disc = |x: u32, y: u32| x.abs_diff(36).pow(2) + y.abs_diff(36).pow(2) < 900;
        let alpha = |x, y| if disc(x, y) { 255 } else { 0 };
        let emoji = RgbaImage::from_fn(72, 72, |x, y| Rgba([250 * u8::from(disc(x, y)), 0, 0, alpha(x, y)]));
        emoji.save(&path).unwrap();
        let pictures = vec![golden(&emoji.into(), 1, &weights)];
        let found = with_file(pictures.clone(), |_| Some(&path), &weights);
        in_file(&found[0], &weights);
        assert!(difference(&found[0], &pictures[0]) < 4.0);
    }

    #[test]
    fn a_picture_that_differs_much_as_a_file_travels_as_the_file_shows_it() {
        let (folder, weights) = (tempfile::tempdir().unwrap(), colour());
        let noise = RgbImage::from_fn(24, 16, |x, y| {
            Rgb([(x * 97 + y * 61) as u8, (x * 151 + y * 211) as u8, (x * 53 + y * 173) as u8]
                .map(|it| it & 128))
        });
        let path = folder.path().join("noise.png");
        noise.save(&path).unwrap();
        let pictures = vec![golden(&noise.into(), 1, &weights)];
        let found = with_file(pictures.clone(), |_| Some(&path), &weights);
        in_file(&found[0], &weights);
        assert!(difference(&found[0], &pictures[0]) > 16.0);
    }

    #[test]
    fn a_picture_that_the_network_answers_rightly_comes_first() {
        let weights = colour();
        let pictures =
            vec![golden(&photograph(60, 40), 0, &weights), golden(&photograph(90, 70), 1, &weights)];
        let found = with_file(pictures.clone(), |_| None::<&Path>, &weights);
        assert_eq!(found[0], pictures[0]);
        in_file(&found[1], &weights);
        // Where it is wrong about all, the first one travels.
        let found = with_file(pictures[..1].to_vec(), |_| None::<&Path>, &weights);
        in_file(&found[0], &weights);
    }

    #[test]
    fn ink_off_the_middle_is_encoded_in_grey() {
        let weights = weights(ImageInput::version_2([1, 28, 28], Resize::Ink { longest_side: 20 }));
        let stroke = |x: u32, y: u32| u8::from((2..6).contains(&x) && (1..15).contains(&y));
        let picture = GrayImage::from_fn(28, 28, |x, y| Luma([230 * stroke(x, y)]));
        let golden = GoldenPicture { class: 1, pixels: picture.into_raw(), jpeg: None };
        let found = with_file(vec![golden.clone()], |_| None::<&Path>, &weights);
        assert!(matches!(in_file(&found[0], &weights), DynamicImage::ImageLuma8(_)));
        assert!(difference(&found[0], &golden) > 16.0, "the file's ink is brought to the middle");
    }

    #[test]
    fn a_large_input_of_noise_has_a_small_file() {
        let weights = weights(ImageInput::version_2([3, 512, 512], Resize::Fit));
        let value = |at: usize| ((at * 2_654_435_761) >> 13) as u8;
        let golden = GoldenPicture { class: 1, pixels: (0..3 << 18).map(value).collect(), jpeg: None };
        let found = with_file(vec![golden], |_| None::<&Path>, &weights);
        assert_eq!(in_file(&found[0], &weights).width(), 256);
    }
}
