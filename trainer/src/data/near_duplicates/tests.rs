//! The search as a whole, on made pictures and on what people do to pictures.

use std::io::Cursor;

use image::codecs::jpeg::{JpegDecoder, JpegEncoder};
use image::imageops::{self, FilterType};
use image::{DynamicImage, Rgb, RgbImage};
use models::random::{Generator, Purpose};

use super::groups::joined;
use super::search::near_duplicates;
use super::thumbnails::{AREA, SIDE, Thumbnails, VALUES};

/// A made photograph: blots of many sizes and colours before a colour, not square.
fn photograph(seed: u64) -> RgbImage {
    let mut random = Generator::new(seed, Purpose::Split { class: 0 }, 0, 0);
    let mut within = |limit: u32| random.below(limit) as f32;
    let ground = [within(200), within(200), within(200)];
    let blots: Vec<[f32; 6]> = (0..24)
        .map(|_| {
            let [x, y, size] = [within(160), within(120), 5.0 + within(30)];
            [x, y, size, within(400) - 200.0, within(400) - 200.0, within(400) - 200.0]
        })
        .collect();
    RgbImage::from_fn(160, 120, |column, row| {
        let mut colour = ground;
        for [x, y, size, red, green, blue] in &blots {
            let distance = (column as f32 - x).hypot(row as f32 - y) / size;
            let weight = (-distance.powi(4)).exp();
            [red, green, blue]
                .iter()
                .zip(&mut colour)
                .for_each(|(change, value)| *value += weight * **change);
        }
        Rgb(colour.map(|value| value.clamp(0.0, 255.0) as u8))
    })
}

fn re_encoded(picture: &RgbImage) -> RgbImage {
    let mut file = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut file, 70)).unwrap();
    DynamicImage::from_decoder(JpegDecoder::new(Cursor::new(file)).unwrap()).unwrap().into_rgb8()
}

fn halved(picture: &RgbImage) -> RgbImage {
    imageops::resize(picture, picture.width() / 2, picture.height() / 2, FilterType::Triangle)
}

/// The picture without 5 % of its sides, at the left and at the top.
fn cropped(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    imageops::crop_imm(picture, width / 20, height / 20, width - width / 20, height - height / 20).to_image()
}

fn thumbnail(picture: &RgbImage) -> Vec<u8> {
    let small = imageops::resize(picture, SIDE as u32, SIDE as u32, FilterType::Triangle);
    (0..VALUES).map(|at| small.as_raw()[at % AREA * 3 + at / AREA]).collect()
}

fn pairs_of(thumbnails: &[Vec<u8>]) -> Vec<[u32; 2]> {
    near_duplicates(&Thumbnails::new(thumbnails.iter().map(Vec::as_slice).collect()))
}

#[test]
fn copies_are_found_and_other_pictures_are_not() {
    let originals: Vec<RgbImage> = (0..80).map(photograph).collect();
    for change in [re_encoded, halved, cropped] {
        let copies = originals.iter().map(change);
        let thumbnails: Vec<Vec<u8>> =
            originals.iter().cloned().chain(copies).map(|it| thumbnail(&it)).collect();
        let expected: Vec<[u32; 2]> = (0..80).map(|picture| [picture, picture + 80]).collect();
        assert_eq!(pairs_of(&thumbnails), expected);
    }
}

#[test]
fn the_same_drawing_in_another_colour_is_another_picture() {
    let sign = |colour: Rgb<u8>| {
        thumbnail(&RgbImage::from_fn(96, 96, |x, y| {
            if x.abs_diff(48) + y.abs_diff(40) < 30 { colour } else { Rgb([255; 3]) }
        }))
    };
    // The two greens are equally bright to the hash.
    let signs = [
        sign(Rgb([220, 30, 30])),
        sign(Rgb([30, 120, 60])),
        sign(Rgb([220, 30, 30])),
        sign(Rgb([60, 102, 74])),
    ];
    assert_eq!(pairs_of(&signs), [[0, 2]]);
}

#[test]
fn hands_before_one_wall_are_not_all_the_same() {
    let wall = |column: u32, row: u32| [150 + (column / 4) as u8, 140 + (row / 4) as u8, 130];
    let hand = |fingers: u32| {
        thumbnail(&RgbImage::from_fn(128, 128, |x, y| {
            let finger =
                (40..80).contains(&y) && (x.wrapping_sub(40)) / 12 < fingers && x >= 40 && (x - 40) % 12 < 8;
            let palm = (80..110).contains(&y) && (40..100).contains(&x);
            Rgb(if finger || palm { [200, 160, 140] } else { wall(x, y) })
        }))
    };
    let hands: Vec<Vec<u8>> = (0..=5).map(hand).collect();
    assert_eq!(pairs_of(&hands), Vec::<[u32; 2]>::new());
}

#[test]
fn blank_sheets_are_in_no_pair() {
    let sheets: Vec<Vec<u8>> = (0..20).map(|shade| vec![235 + shade; VALUES]).collect();
    assert_eq!(pairs_of(&sheets), Vec::<[u32; 2]>::new());
}

#[test]
fn a_thousand_equal_pictures_are_one_group_with_few_pairs() {
    let mut thumbnails = vec![thumbnail(&photograph(1)); 1_000];
    thumbnails.insert(500, thumbnail(&photograph(2)));
    let pairs = pairs_of(&thumbnails);
    assert!(pairs.len() < 20_000, "{}", pairs.len());
    let groups = joined(thumbnails.len(), &pairs);
    assert!((0..=1_000).all(|picture| groups[picture] == if picture == 500 { 500 } else { 0 }));
}
