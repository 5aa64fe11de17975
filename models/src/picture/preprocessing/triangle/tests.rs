//! The filter beside a naive one in loops, and beside numbers that Pillow computed.

use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage};

use super::super::natural;
use super::*;
use crate::contract::{ImageInput, Resize};
use crate::random::{Generator, Purpose};

/// One axis in f64, as Pillow's `precompute_coeffs` has it, without any trick.
fn plain(values: &[f64], [start, end]: [f32; 2], results: usize) -> Vec<f64> {
    let scale = f64::from(end - start) / results as f64;
    let support = scale.max(1.0);
    let result = |index: usize| {
        let centre = f64::from(start) + (index as f64 + 0.5) * scale;
        let weight = |at: usize| (1.0 - ((at as f64 + 0.5 - centre) / support).abs()).max(0.0);
        let total: f64 = (0..values.len()).map(weight).sum();
        values.iter().enumerate().map(|(at, value)| value * weight(at)).sum::<f64>() / total
    };
    (0..results).map(result).collect()
}

#[test]
fn a_row_is_what_plain_loops_make_of_it() {
    let mut generator = Generator::new(1, Purpose::Sample, 0, 0);
    for (side, part, results) in [
        (1, [0.0, 1.0], 1),
        (1, [0.0, 1.0], 7),
        (2, [0.0, 2.0], 5),
        (7, [0.0, 7.0], 5),
        (7, [0.5, 6.5], 6),
        (50, [0.0, 50.0], 49),
        (97, [13.25, 83.75], 30),
        (640, [0.0, 640.0], 28),
        (1000, [333.3, 666.6], 3),
        (9001, [0.0, 9001.0], 1),
        (60_000, [0.0, 60_000.0], 3),
    ] {
        let bytes: Vec<[u8; 1]> = (0..side).map(|_| [generator.below(256) as u8]).collect();
        let across = Across::new(Axis::new(side, part, results));
        let mut row = vec![[0f32]; results];
        across.filter(&bytes[across.pixels.clone()], &mut row);
        let values: Vec<f64> = bytes.iter().map(|byte| f64::from(byte[0])).collect();
        for (found, expected) in row.iter().zip(plain(&values, part, results)) {
            assert!(
                (f64::from(found[0]) - expected).abs() < 0.002,
                "{side} {part:?} {results}: {found:?} {expected}"
            );
        }
    }
}

/// Numbers with which borders, order of channels, and rows and columns would show.
fn drawn(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x * x * 7 + y * 31) as u8, (x * 19 + y * y * 5) as u8, (x * y * 3 + 40) as u8])
    })
}

fn bytes(picture: impl Into<DynamicImage>, shape: [usize; 3], resize: Resize) -> Vec<u8> {
    natural::bytes(&picture.into(), &ImageInput::version_2(shape, resize))
}

/// `[channels, height, width]` of a picture that Pillow has brought to size, as rows of pixels.
fn planes(pixels: &[[u8; 3]]) -> Vec<u8> {
    (0..3).flat_map(|channel| pixels.iter().map(move |pixel| pixel[channel])).collect()
}

fn assert_near(found: &[u8], expected: &[u8]) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(*b) <= 1), "{found:?}\n{expected:?}");
}

#[test]
fn even_tones_stay_even_up_to_the_border_in_every_mode() {
    for resize in [Resize::Fill, Resize::Stretch] {
        for (width, height) in [(1, 1), (3, 9), (28, 30), (300, 200), (1, 500), (500, 1)] {
            let picture = RgbImage::from_pixel(width, height, Rgb([255, 100, 3]));
            let found = bytes(picture, [3, 10, 12], resize);
            let expected: Vec<u8> = [255, 100, 3].into_iter().flat_map(|tone| [tone; 120]).collect();
            assert_eq!(found, expected, "{resize} {width}x{height}");
        }
    }
}

#[test]
fn what_is_beside_a_fitted_picture_is_padding() {
    let mut input = ImageInput::version_2([3, 4, 8], Resize::Fit);
    input.padding = vec![1.0, 0.0, 0.5];
    let picture = DynamicImage::from(GrayImage::from_pixel(40, 40, Luma([9])));
    let row = |padding: u8| [[padding; 2].as_slice(), &[9; 4], &[padding; 2]].concat();
    let expected = [row(255).repeat(4), row(0).repeat(4), row(128).repeat(4)].concat();
    assert_eq!(natural::bytes(&picture, &input), expected);
}

#[test]
fn a_picture_of_the_input_s_size_keeps_every_byte() {
    let picture = drawn(9, 6);
    let expected = planes(picture.as_raw().as_chunks().0);
    for resize in [Resize::Fit, Resize::Fill, Resize::Stretch] {
        assert_eq!(bytes(picture.clone(), [3, 6, 9], resize), expected);
    }
}

#[test]
fn a_grey_picture_is_the_same_in_every_channel() {
    let grey = DynamicImage::from(drawn(31, 17)).to_luma8();
    let one = bytes(grey.clone(), [1, 5, 8], Resize::Stretch);
    assert_eq!(bytes(grey.clone(), [3, 5, 8], Resize::Stretch), one.repeat(3));
    assert_eq!(bytes(DynamicImage::from(grey).to_rgb8(), [3, 5, 8], Resize::Stretch), one.repeat(3));
}

#[test]
fn long_strips_take_no_long_memory_and_stay_right() {
    let picture = GrayImage::from_fn(1, 300_000, |_, y| Luma([if y < 150_000 { 0 } else { 200 }]));
    assert_eq!(bytes(picture, [1, 3, 1], Resize::Stretch)[1], 100);
    let picture = GrayImage::from_fn(300_000, 1, |x, _| Luma([if x < 150_000 { 0 } else { 200 }]));
    assert_eq!(bytes(picture, [1, 1, 3], Resize::Stretch)[1], 100);
}

/// By Pillow 13.0.0: `resize((4, 3), BILINEAR)`, `ImageOps.pad(_, (4, 4), BILINEAR)`, `ImageOps.fit(_, (3, 4), BILINEAR)` and
/// an enlarged `resize((5, 3), BILINEAR)` of the drawn picture; `scripts/check-pillow` compares many more.
#[test]
fn pictures_are_what_pillow_makes_of_them() {
    let stretched = [
        [121, 98, 65],
        [136, 150, 106],
        [127, 115, 122],
        [113, 135, 120],
        [131, 125, 107],
        [128, 128, 135],
        [128, 133, 126],
        [133, 135, 127],
        [136, 124, 123],
        [121, 133, 125],
        [131, 125, 138],
        [140, 130, 130],
    ];
    assert_near(&bytes(drawn(23, 17), [3, 3, 4], Resize::Stretch), &planes(&stretched));
    let fitted = [stretched.as_slice(), &[[0; 3]; 4]].concat();
    assert_near(&bytes(drawn(23, 17), [3, 4, 4], Resize::Fit), &planes(&fitted));
    let filled = [
        [140, 149, 81],
        [139, 162, 107],
        [111, 85, 120],
        [128, 124, 147],
        [125, 126, 138],
        [139, 137, 121],
        [129, 131, 135],
        [129, 131, 120],
        [119, 127, 134],
        [119, 139, 116],
        [116, 127, 139],
        [147, 119, 139],
    ];
    assert_near(&bytes(drawn(23, 17), [3, 4, 3], Resize::Fill), &planes(&filled));
    let enlarged = [
        [0, 0, 40],
        [3, 8, 40],
        [7, 19, 40],
        [20, 30, 40],
        [28, 38, 40],
        [16, 3, 40],
        [19, 11, 41],
        [23, 22, 42],
        [36, 33, 43],
        [44, 41, 43],
        [31, 5, 40],
        [34, 13, 41],
        [38, 24, 43],
        [51, 35, 45],
        [59, 43, 46],
    ];
    assert_near(&bytes(drawn(3, 2), [3, 3, 5], Resize::Stretch), &planes(&enlarged));
}
