//! Pictures of a drawn seven, in every size, colour and polarity, must give the network the same seven.

use image::{DynamicImage, GrayImage, ImageBuffer, Luma, LumaA, Rgb, Rgba, imageops};

use super::*;
use crate::contract::{ImageInput, ModelContract, Polarity, Provenance, Resize};

fn mnist() -> ImageInput {
    ModelContract::mnist(Provenance::default()).input
}

/// A seven that is framed as MNIST frames it: its box is 20 rows high, its centre of mass is in the middle.
fn seven() -> GrayImage {
    let mut image = GrayImage::new(28, 28);
    for x in 8..20 {
        for y in 7..10 {
            image.put_pixel(x, y, Luma([255]));
        }
    }
    for y in 10..27 {
        let x = 19 - (y - 10) * 8 / 17;
        for thick in 0..3 {
            image.put_pixel(x - thick, y, Luma([230]));
        }
    }
    image
}

fn enlarged(times: u32) -> GrayImage {
    imageops::resize(&seven(), 28 * times, 28 * times, imageops::FilterType::Nearest)
}

fn largest_difference(image: impl Into<DynamicImage>) -> f32 {
    let expected = from_bytes(seven().as_raw(), &mnist());
    let found = preprocess(&image.into(), &mnist()).unwrap();
    expected.iter().zip(&found).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn a_picture_of_the_input_size_keeps_its_values_to_the_bit() {
    assert_eq!(largest_difference(seven()), 0.0);
}

/// Bytes make the same input as the picture, to a rounding of one of 255 steps, also where the contract has values of its
/// own.
#[test]
fn a_picture_becomes_bytes_of_a_data_set() {
    assert_eq!(to_bytes(&seven().into(), &mnist()).unwrap(), *seven().as_raw());
    let input = ImageInput { mean: vec![0.13], standard_deviation: vec![0.31], ..mnist() };
    let picture: DynamicImage = enlarged(3).into();
    let found = from_bytes(&to_bytes(&picture, &input).unwrap(), &input);
    let expected = preprocess(&picture, &input).unwrap();
    let step = 0.5 / 255.0 / 0.31 + 1e-6;
    assert!(found.iter().zip(&expected).all(|(found, expected)| (found - expected).abs() <= step));
    assert!(to_bytes(&GrayImage::new(0, 3).into(), &input).is_err());
}

#[test]
fn dark_on_light_is_inverted() {
    let mut image = seven();
    image.pixels_mut().for_each(|pixel| pixel.0[0] = 255 - pixel.0[0]);
    assert!(largest_difference(image) < 1e-6);
}

#[test]
fn a_larger_picture_becomes_the_same_input() {
    for times in [2, 10, 37] {
        assert!(largest_difference(enlarged(times)) < 1e-4, "{times}");
    }
}

#[test]
fn colour_sixteen_bits_and_opaque_alpha_change_nothing() {
    let dynamic = DynamicImage::from(seven());
    assert!(largest_difference(dynamic.to_rgb8()) < 1e-6);
    assert!(largest_difference(dynamic.to_rgba8()) < 1e-6);
    assert!(largest_difference(dynamic.to_luma16()) < 1e-6);
    assert!(largest_difference(dynamic.to_rgb32f()) < 1e-6);
}

#[test]
fn ink_on_transparency_is_seen_whatever_its_colour() {
    for ink in [0u8, 60, 255] {
        let image: ImageBuffer<LumaA<u8>, _> =
            ImageBuffer::from_fn(28, 28, |x, y| LumaA([ink, seven().get_pixel(x, y).0[0]]));
        assert!(largest_difference(image) < 0.01, "{ink}");
    }
}

#[test]
fn paper_on_transparency_keeps_its_ground() {
    let image: ImageBuffer<Rgba<u8>, _> = ImageBuffer::from_fn(48, 48, |x, y| {
        let inside = (10..38).contains(&x) && (10..38).contains(&y);
        let value = if inside { 255 - seven().get_pixel(x - 10, y - 10).0[0] } else { 0 };
        Rgba([value, value, value, if inside { 255 } else { 0 }])
    });
    assert!(largest_difference(image) < 0.01);
}

#[test]
fn faint_ink_on_coloured_noisy_paper_far_off_centre_is_found() {
    let big = enlarged(6);
    let image: ImageBuffer<Rgb<u8>, _> = ImageBuffer::from_fn(600, 400, |x, y| {
        let noise = ((x * 7919 + y * 104_729) % 7) as u8;
        let inside = (20..188).contains(&x) && (200..368).contains(&y);
        let ink = if inside { big.get_pixel(x - 20, y - 200).0[0] / 2 } else { 0 };
        Rgb([210 + noise - ink, 205 + noise - ink, 160 + noise - ink])
    });
    assert!(largest_difference(image) < 0.12);
}

/// Off-white paper and not quite black ground, in steps of 8 bits: nothing of them may be left under the ink.
#[test]
fn a_ground_that_is_almost_clean_becomes_clean() {
    for shade in [1u8, 2, 5, 8, 10, 12, 15, 20] {
        let lifted = |value: u8| shade + (u16::from(value) * u16::from(255 - shade) / 255) as u8;
        for times in [1, 5] {
            let mut image = enlarged(times);
            image.pixels_mut().for_each(|pixel| pixel.0[0] = lifted(pixel.0[0]));
            assert!(largest_difference(image.clone()) < 0.01, "{shade}");
            image.pixels_mut().for_each(|pixel| pixel.0[0] = 255 - pixel.0[0]);
            assert!(largest_difference(image) < 0.01, "{shade}, dark on light");
        }
    }
}

#[test]
fn specks_of_dust_do_not_move_the_box() {
    let mut image = GrayImage::new(500, 500);
    imageops::replace(&mut image, &enlarged(10), 100, 60);
    image.put_pixel(480, 480, Luma([255]));
    image.put_pixel(5, 250, Luma([255]));
    assert!(largest_difference(image) < 0.01);
}

#[test]
fn a_blank_picture_of_any_tone_is_ground() {
    for tone in [0, 128, 255] {
        let image = GrayImage::from_pixel(50, 30, Luma([tone]));
        assert!(preprocess(&image.into(), &mnist()).unwrap().iter().all(|value| *value == 0.0), "{tone}");
    }
}

#[test]
fn one_pixel_and_extreme_shapes_stay_finite() {
    for (width, height) in [(1, 1), (1, 900), (900, 1), (3, 2)] {
        let image = GrayImage::from_fn(width, height, |x, y| Luma([((x + y) % 2 * 255) as u8]));
        let values = preprocess(&image.into(), &mnist()).unwrap();
        assert_eq!(values.len(), 784);
        assert!(values.iter().all(|value| (0.0..=1.0).contains(value)), "{width}x{height}");
    }
}

#[test]
fn a_picture_without_pixels_is_refused() {
    let error = preprocess(&GrayImage::new(0, 7).into(), &mnist()).unwrap_err();
    assert_eq!(error.to_string(), "image: expected at least 1x1 pixels, found 0x7");
}

/// Two channels apart, sides that differ: a transposed axis or a swapped channel would show.
#[test]
fn colour_inputs_are_letterboxed_and_normalised() {
    let mut input = ImageInput::version_1([3, 2, 4], Polarity::Natural, Resize::Fit);
    input.mean = vec![0.5, 0.0, 0.0];
    input.standard_deviation = vec![0.5, 1.0, 2.0];
    let image: ImageBuffer<Rgb<u8>, _> = ImageBuffer::from_fn(2, 2, |x, _| Rgb([255, 51 * x as u8, 255]));
    let tensor = preprocess(&image.into(), &input).unwrap();
    assert_eq!(&tensor[0..8], [-1.0, 1.0, 1.0, -1.0, -1.0, 1.0, 1.0, -1.0]);
    assert!(
        tensor[8..12]
            .iter()
            .zip([0.0, 0.0, 0.2, 0.0])
            .all(|(found, expected)| (found - expected).abs() < 1e-6)
    );
    assert_eq!(&tensor[16..20], [0.0, 0.5, 0.5, 0.0]);
}

#[test]
fn a_dark_on_light_network_gets_dark_on_light() {
    let mut input = mnist();
    input.polarity = Polarity::DarkOnLight;
    let values = preprocess(&seven().into(), &input).unwrap();
    let expected = from_bytes(seven().as_raw(), &mnist());
    assert!(values.iter().zip(&expected).all(|(found, light)| (found + light - 1.0).abs() < 1e-6));
}

/// A dark dress on a white ground, photographed anywhere in the picture: the input has it light on 0, as high as the
/// input is, its centre on the middle of pixel 14 to within half a pixel.
#[test]
fn a_photographed_garment_becomes_one_like_the_set_s() {
    let input = ModelContract::fashion_mnist(Provenance::default()).input;
    // 80 columns and 140 rows: 16 and 28 of the input.
    let dress = |x: u32, y: u32| (200..280).contains(&x) && (30..170).contains(&y);
    let photograph = GrayImage::from_fn(400, 300, |x, y| Luma([if dress(x, y) { 40 } else { 255 }]));
    let values = preprocess(&photograph.into(), &input).unwrap();
    let expected: Vec<f32> =
        (0..784).map(|index| if (7..23).contains(&(index % 28)) { 1.0 } else { 0.0 }).collect();
    let difference = |(found, expected): (&f32, &f32)| (found - expected).abs();
    assert!(values.iter().zip(&expected).map(difference).all(|difference| difference < 0.01), "{values:?}");
}

/// An image of the set, given as a file: its ground is 0 and its lightest tone is light, so no value moves.
#[test]
fn an_image_of_the_set_of_garments_stays_as_it_is() {
    let input = ModelContract::fashion_mnist(Provenance::default()).input;
    let tone = |x: u32, y: u32| if (5..23).contains(&x) { (60 + 3 * x + 2 * y) as u8 } else { 0 };
    let mut shirt = GrayImage::from_fn(28, 28, |x, y| Luma([tone(x, y)]));
    shirt.put_pixel(14, 14, Luma([240]));
    let expected = from_bytes(shirt.as_raw(), &input);
    assert_eq!(preprocess(&shirt.into(), &input).unwrap(), expected);
}

/// A row of a data set and a picture file make the same tensor, whatever the contract's values.
#[test]
fn in_version_2_bytes_and_pictures_are_the_same_to_the_bit() {
    let noisy = ImageBuffer::from_fn(150, 90, |x, y| Rgb([(x * 3 + y) as u8, (y * 7) as u8, (x * y) as u8]));
    let digit: DynamicImage = enlarged(7).into();
    for (picture, shape, resize) in [
        (DynamicImage::from(noisy.clone()), [3, 40, 30], Resize::Fit),
        (noisy.into(), [1, 33, 48], Resize::Fill),
        (digit, [1, 28, 28], Resize::Ink { longest_side: 20 }),
    ] {
        let mut input = ImageInput::version_2(shape, resize);
        input.mean.fill(0.13);
        input.standard_deviation.fill(0.31);
        let bytes = to_bytes(&picture, &input).unwrap();
        assert_eq!(from_bytes(&bytes, &input), preprocess(&picture, &input).unwrap());
        assert!(bytes.iter().any(|byte| ![0, 255].contains(byte)));
    }
}

/// Both versions frame ink by the same constants, so a digit becomes the same input but for the rounding to bytes.
#[test]
fn ink_in_version_2_is_that_of_version_1_in_bytes() {
    let input = ImageInput::version_2([1, 28, 28], Resize::Ink { longest_side: 20 });
    for times in [1, 3, 10] {
        let picture: DynamicImage = enlarged(times).into();
        let (older, newer) = (preprocess(&picture, &mnist()).unwrap(), preprocess(&picture, &input).unwrap());
        assert!(older.iter().zip(&newer).all(|(older, newer)| (older - newer).abs() <= 0.5 / 255.0 + 1e-6));
    }
}

/// Ten pixels of ink become ten of 20 with a triangle too: its weights add up to 1 inside of even tones.
#[test]
fn a_triangle_over_ink_keeps_even_tones() {
    let filter = crate::contract::Filter::Triangle;
    let input = ImageInput { filter, ..ImageInput::version_2([1, 28, 28], Resize::Ink { longest_side: 20 }) };
    let square = |x: u32, y: u32| (100..300).contains(&x) && (40..240).contains(&y);
    let picture = GrayImage::from_fn(400, 300, |x, y| Luma([if square(x, y) { 255 } else { 0 }]));
    let found = to_bytes(&picture.into(), &input).unwrap();
    for (index, &value) in found.iter().enumerate() {
        let inside = |place: usize| (6..22).contains(&place);
        let outside = |place: usize| !(2..26).contains(&place);
        let (x, y) = (index % 28, index / 28);
        assert!(!(inside(x) && inside(y)) || value == 255, "{x} {y}: {value}");
        assert!(!(outside(x) || outside(y)) || value == 0, "{x} {y}: {value}");
    }
}
