//! WebP, GIF and TIFF files, built by hand where no encoder writes what people have.

use image::codecs::gif::GifEncoder;
use image::{DynamicImage, Frame, ImageFormat, Rgba, RgbaImage};

use super::*;

/// A chunk of a WebP file.
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let padding = vec![0; data.len() % 2];
    [&kind[..], &(data.len() as u32).to_le_bytes(), data, &padding].concat()
}

fn webp(chunks: &[Vec<u8>]) -> Vec<u8> {
    let chunks = chunks.concat();
    [&b"RIFF"[..], &(4 + chunks.len() as u32).to_le_bytes(), b"WEBP", &chunks].concat()
}

/// The extended header: flags, and the sides of the canvas.
fn extended(flags: u8, [width, height]: [u32; 2]) -> Vec<u8> {
    let [width, height] = [width - 1, height - 1].map(u32::to_le_bytes);
    chunk(b"VP8X", &[&[flags, 0, 0, 0], &width[..3], &height[..3]].concat())
}

/// The frame of the encoded picture, 19×11, as a chunk of its own.
fn lossless_frame() -> Vec<u8> {
    encoded(ImageFormat::WebP)[12..].to_vec()
}

/// The frame takes the canvas's place as it is.
const DO_NOT_BLEND: u8 = 1 << 1;

fn animation(canvas: [u32; 2], [left, top, width, height]: [u32; 4]) -> Vec<u8> {
    let place: Vec<u8> = [left / 2, top / 2, width - 1, height - 1, 100]
        .into_iter()
        .flat_map(|number| number.to_le_bytes()[..3].to_vec())
        .collect();
    let frame = chunk(b"ANMF", &[&place[..], &[DO_NOT_BLEND], &lossless_frame()].concat());
    webp(&[extended(0x02, canvas), chunk(b"ANIM", &[0; 6]), frame.clone(), frame])
}

#[test]
fn the_first_frame_of_an_animation_is_the_picture() {
    let found = read("moving.webp", &animation([19, 11], [0, 0, 19, 11])).unwrap();
    assert_eq!(found.to_rgb8(), picture().to_rgb8());
    let mut gif = Vec::new();
    let mut encoder = GifEncoder::new(&mut gif);
    for colour in [[255, 0, 0, 255], [0, 0, 255, 255]] {
        encoder.encode_frame(Frame::new(RgbaImage::from_pixel(6, 4, Rgba(colour)))).unwrap();
    }
    drop(encoder);
    let found = read("moving.gif", &gif).unwrap().to_rgba8();
    assert_eq!(found, RgbaImage::from_pixel(6, 4, Rgba([255, 0, 0, 255])));
}

/// The decoder would make room for the frame, whatever the file promises.
#[test]
fn a_frame_of_another_size_than_its_picture_is_refused_before_decoding() {
    let message = |bytes: &[u8]| message("forged.webp", bytes);
    let says =
        "expected a sound WebP picture, found a damaged one (its frame has another size than its picture)";
    assert_says(&message(&webp(&[extended(0, [20, 11]), lossless_frame()])), says);
    assert_says(&message(&animation([19, 11], [0, 0, 18, 11])), says);
    assert_says(&message(&animation([19, 11], [2, 0, 19, 11])), says);
    let mut gif = encoded(ImageFormat::Gif);
    gif[6] -= 1;
    assert_says(&super::message("forged.gif", &gif), "its frame is larger than its picture");
}

const TURN_RIGHT: &[u8] =
    b"MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00";

#[test]
fn the_orientation_in_a_webp_file_is_applied() {
    let bytes = webp(&[extended(0x08, [19, 11]), lossless_frame(), chunk(b"EXIF", TURN_RIGHT)]);
    assert_eq!(read("turned.webp", &bytes).unwrap().to_rgb8(), picture().rotate90().to_rgb8());
}

#[test]
fn what_follows_the_end_of_a_webp_or_gif_file_is_ignored() {
    for format in [ImageFormat::WebP, ImageFormat::Gif] {
        let bytes = [&encoded(format)[..], b"appended"].concat();
        assert_eq!(read("picture", &bytes).unwrap(), read("picture", &encoded(format)).unwrap());
    }
}

#[test]
fn transparency_of_a_gif_and_a_webp_file_is_kept() {
    let half = RgbaImage::from_fn(8, 4, |x, _| Rgba(if x < 4 { [0, 0, 0, 0] } else { [9, 200, 30, 255] }));
    for format in [ImageFormat::Gif, ImageFormat::WebP] {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(half.clone()).write_to(&mut bytes, format).unwrap();
        let found = read("half", &bytes.into_inner()).unwrap().to_rgba8();
        assert!(found.pixels().zip(half.pixels()).all(|(found, expected)| found.0[3] == expected.0[3]));
    }
}

/// A TIFF file of one strip: its entries of short values, and the pixels. Little-endian.
fn tiff(entries: &[(u16, &[u16])], pixels: &[u8]) -> Vec<u8> {
    let mut entries: Vec<(u16, &[u16])> = entries.to_vec();
    let (start, length) = ([8u16], [pixels.len() as u16]);
    entries.extend([(273, &start[..]), (279, &length[..])]);
    entries.sort_by_key(|(tag, _)| *tag);
    let directory = 8 + pixels.len();
    let mut bytes = [&b"II*\0"[..], &(directory as u32).to_le_bytes(), pixels].concat();
    bytes.extend((entries.len() as u16).to_le_bytes());
    let (mut beside, place) = (Vec::new(), directory + 2 + 12 * entries.len() + 4);
    for (tag, values) in entries {
        let mut value: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        if value.len() > 4 {
            let offset = (place + beside.len()) as u32;
            beside.extend(std::mem::replace(&mut value, offset.to_le_bytes().to_vec()));
        }
        value.resize(4, 0);
        bytes
            .extend([&tag.to_le_bytes()[..], &[3, 0], &(values.len() as u32).to_le_bytes(), &value].concat());
    }
    [bytes, vec![0; 4], beside].concat()
}

/// Two columns and one row.
fn two_pixels<'values>(bits: &'values [u16], photometric: &'values [u16]) -> Vec<(u16, &'values [u16])> {
    let samples: &[u16] = match bits.len() {
        1 => &[1],
        3 => &[3],
        _ => &[4],
    };
    vec![(256, &[2]), (257, &[1]), (258, bits), (259, &[1]), (262, photometric), (277, samples), (278, &[1])]
}

#[test]
fn colours_of_print_and_sixteen_bits_in_a_tiff_file_are_read() {
    let cyan_and_black = [255, 0, 0, 0, 0, 0, 0, 255];
    let found = read("print.tif", &tiff(&two_pixels(&[8; 4], &[5]), &cyan_and_black)).unwrap();
    assert_eq!(found.to_rgb8().into_raw(), [0, 255, 255, 0, 0, 0]);
    let deep: Vec<u8> = [0u16, 257, 65_535, 514, 0, 1].into_iter().flat_map(u16::to_le_bytes).collect();
    let found = read("deep.tif", &tiff(&two_pixels(&[16; 3], &[2]), &deep)).unwrap();
    assert_eq!(found.into_rgb16().into_raw(), [0, 257, 65_535, 514, 0, 1]);
    let negative = read("negative.tif", &tiff(&two_pixels(&[8], &[0]), &[0, 255])).unwrap();
    assert_eq!(negative.to_luma8().into_raw(), [255, 0]);
}

#[test]
fn the_orientation_in_a_tiff_file_is_applied() {
    let mut entries = two_pixels(&[8], &[1]);
    entries.push((274, &[6]));
    let found = read("turned.tif", &tiff(&entries, &[10, 20])).unwrap();
    assert_eq!((found.width(), found.height(), found.to_luma8().into_raw()), (1, 2, vec![10, 20]));
}

#[test]
fn variants_of_tiff_that_are_not_read_are_unsupported_and_not_damaged() {
    let with = |tag: u16, value: &'static [u16]| {
        let mut entries = two_pixels(&[8], &[1]);
        entries.push((tag, value));
        tiff(&entries, &[10, 20])
    };
    let palette = [0u16; 768];
    let mut indexed = two_pixels(&[8], &[3]);
    indexed.push((320, &palette));
    let mut big = with(254, &[0]);
    big[2] = b'+';
    for (bytes, variant) in [
        (with(254, &[1]), "that begins with a preview"),
        (with(50706, &[1, 4]), "a camera's raw file"),
        (tiff(&indexed, &[0, 1]), "with a palette"),
        (tiff(&two_pixels(&[8; 3], &[6]), &[0; 6]), "in YCbCr colours"),
        (tiff(&two_pixels(&[32], &[1]), &[0; 8]), "of 32 bits a channel"),
        (tiff(&two_pixels(&[2], &[1]), &[0]), "in colours that are not read"),
        (big, "BigTIFF"),
    ] {
        let message = message("strange.tif", &bytes);
        assert!(message.contains("unsupported TIFF picture, ") && message.contains(variant), "{message}");
    }
    assert_says(&message("raw.cr2", b"II*\0\x10\0\0\0CR\x02\0"), "found a camera's raw file");
}

#[test]
fn huge_claims_of_other_formats_are_refused_before_decoding() {
    let mut lossless = encoded(ImageFormat::WebP);
    lossless[21..25].copy_from_slice(&(0x3fff_u32 | 0x3fff << 14).to_le_bytes());
    assert_says(&message("huge.webp", &lossless), "expected at most 100000000 pixels, found 16384x16384");
    let mut gif = encoded(ImageFormat::Gif);
    gif[6..10].copy_from_slice(&[0xff; 4]);
    assert_says(&message("huge.gif", &gif), "expected at most 100000000 pixels, found 65535x65535");
    let wide = [(256, &[60_000u16][..]), (257, &[60_000]), (258, &[8]), (262, &[1])];
    assert_says(
        &message("huge.tif", &tiff(&wide, &[0])),
        "expected at most 100000000 pixels, found 60000x60000",
    );
    let flat = [(256, &[5u16][..]), (257, &[0]), (258, &[8]), (262, &[1])];
    assert_says(&message("flat.tif", &tiff(&flat, &[0])), "expected at least 1x1 pixels, found 5x0");
}

/// Strips that lie behind the end of the file, in a directory that is there as a whole.
#[test]
fn a_tiff_file_that_was_cut_in_its_pixels_is_truncated() {
    let mut bytes = tiff(&two_pixels(&[8], &[1]), &[10, 20]);
    let length = bytes.len();
    let entry = bytes.windows(2).rposition(|tag| tag == 279u16.to_le_bytes()).unwrap();
    bytes[entry + 8..entry + 10].copy_from_slice(&(length as u16).to_le_bytes());
    assert_says(&message("cut.tif", &bytes), "expected a whole TIFF picture, found a truncated one");
}
