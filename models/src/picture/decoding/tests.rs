//! One way a picture can be broken a test.

use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};

use super::decoder::decode_without_net;
use super::format::Format;
use super::*;
use crate::storage::panic_net;

mod other_formats;

/// Every format that is read.
const FORMATS: [ImageFormat; 6] = [
    ImageFormat::Png,
    ImageFormat::Jpeg,
    ImageFormat::Bmp,
    ImageFormat::WebP,
    ImageFormat::Gif,
    ImageFormat::Tiff,
];

fn picture() -> DynamicImage {
    let pixel = |x: u32, y: u32| image::Rgb([(x * 11) as u8, (y * 23) as u8, (x * y) as u8]);
    DynamicImage::ImageRgb8(RgbImage::from_fn(19, 11, pixel))
}

fn encoded(format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn read(name: &str, bytes: &[u8]) -> Result<DynamicImage, PictureError> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    read_picture(&path, DEFAULT_MAX_PIXELS)
}

fn message(name: &str, bytes: &[u8]) -> String {
    let message = read(name, bytes).expect_err("the broken picture was read").to_string();
    assert!(message.contains(&format!("{name}: ")) && !message.contains('\n'), "{message}");
    message
}

fn assert_says(message: &str, part: &str) {
    assert!(message.contains(part), "'{message}' does not say '{part}'");
}

/// A PNG header that claims a size; its checksum is right.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = encoded(ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let checksum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

/// PNG, annex D.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, &byte| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| (sum >> 1) ^ (0xedb8_8320 * (sum & 1)))
    })
}

fn bmp_of(width: i32, height: i32) -> Vec<u8> {
    let mut bytes = encoded(ImageFormat::Bmp);
    bytes[18..22].copy_from_slice(&width.to_le_bytes());
    bytes[22..26].copy_from_slice(&height.to_le_bytes());
    bytes
}

fn jpeg_of(width: u16, height: u16) -> Vec<u8> {
    let mut bytes = encoded(ImageFormat::Jpeg);
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    bytes[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    bytes[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    bytes
}

#[test]
fn reads_every_format_whatever_the_name_ends_in() {
    for format in FORMATS {
        let found = read("picture.txt", &encoded(format)).unwrap();
        assert_eq!((found.width(), found.height()), (19, 11));
    }
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff] {
        assert_eq!(read("picture", &encoded(format)).unwrap(), picture());
    }
}

#[test]
fn refuses_what_is_no_picture() {
    assert_says(&message("empty.png", b""), "expected a picture, found an empty file");
    assert_says(
        &message("text.png", b"hello, world"),
        "expected a PNG, JPEG, BMP, WebP, GIF or TIFF picture, found something else",
    );
    assert_says(
        &message("telephone.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
        "picture, found a HEIC; convert it to JPEG, for instance with heif-convert",
    );
}

#[test]
fn names_a_file_that_is_not_there_and_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    for path in [folder.path().join("nowhere.png"), folder.path().to_owned()] {
        let message = read_picture(&path, DEFAULT_MAX_PIXELS).unwrap_err().to_string();
        assert!(message.starts_with(&format!("{}: cannot be read: ", path.display())), "{message}");
    }
}

#[test]
fn refuses_huge_claims_before_decoding() {
    for (name, bytes) in [
        ("huge.png", png_of(60_000, 60_000)),
        ("huge.bmp", bmp_of(60_000, 60_000)),
        ("huge.jpg", jpeg_of(60_000, 60_000)),
    ] {
        assert_says(&message(name, &bytes), "expected at most 100000000 pixels, found 60000x60000");
    }
    assert!(read("wide.png", &png_of(u32::MAX, u32::MAX)).is_err());
    assert!(read("wide.bmp", &bmp_of(i32::MAX, i32::MIN)).is_err());
}

#[test]
fn refuses_pictures_without_pixels() {
    for (name, bytes) in [
        ("flat.png", png_of(5, 0)),
        ("thin.png", png_of(0, 5)),
        ("flat.bmp", bmp_of(5, 0)),
        ("thin.bmp", bmp_of(0, 5)),
        ("flat.jpg", jpeg_of(5, 0)),
        ("thin.jpg", jpeg_of(0, 5)),
    ] {
        assert_says(&message(name, &bytes), "expected at least 1x1 pixels, found");
    }
}

#[test]
fn the_limit_of_pixels_can_be_set() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.png");
    fs::write(&path, encoded(ImageFormat::Png)).unwrap();
    assert!(read_picture(&path, 19 * 11).is_ok());
    let message = read_picture(&path, 19 * 11 - 1).unwrap_err().to_string();
    assert_says(&message, "expected at most 208 pixels, found 19x11");
}

#[test]
fn refuses_pictures_truncated_at_any_length() {
    for format in FORMATS {
        let (name, mut whole) = ("cut", encoded(format));
        if format == ImageFormat::Gif {
            // The end of the file, behind that of the picture.
            whole.pop();
        }
        for length in 1..whole.len() {
            assert!(read(name, &whole[..length]).is_err(), "{format:?}: {length} of {} bytes", whole.len());
        }
        assert_says(&message(name, &whole[..whole.len() - 1]), "found a truncated one");
        assert_says(&message(name, &whole[..whole.len() / 2]), "found a truncated one");
    }
}

#[test]
fn flipped_bits_never_panic() {
    for format in FORMATS {
        let whole = encoded(format);
        for position in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[position] ^= 1 << (position % 8);
            if let Ok(format) = Format::of(&flipped) {
                let outcome = panic_net::catch(|| decode_without_net(format, &flipped, 1_000_000));
                assert!(outcome.is_ok(), "bit {} of byte {position}", position % 8);
            }
        }
    }
}

#[test]
fn bytes_after_the_end_of_a_jpeg_are_ignored() {
    let bytes = [encoded(ImageFormat::Jpeg), b"appended by a camera".to_vec()].concat();
    assert!(read("picture.jpg", &bytes).is_ok());
}

#[test]
fn the_end_of_a_thumbnail_is_not_the_end_of_a_jpeg() {
    let whole = encoded(ImageFormat::Jpeg);
    let thumbnail = [&[0xff, 0xe1, 0x00, 0x08][..], b"Exif", &[0xff, 0xd9]].concat();
    let bytes = [&whole[..2], &thumbnail, &whole[2..whole.len() - 2]].concat();
    assert_says(&message("cut.jpg", &bytes), "found a truncated one");
}

#[test]
fn a_damaged_png_is_told_from_a_truncated_one() {
    let mut bytes = encoded(ImageFormat::Png);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    assert_says(&message("damaged.png", &bytes), "expected a sound PNG picture, found a damaged one (");
}

#[test]
fn the_orientation_of_the_camera_is_applied() {
    let image = DynamicImage::ImageLuma8(GrayImage::from_fn(16, 8, |x, _| {
        image::Luma([if x < 8 { 0 } else { 255 }])
    }));
    let mut jpeg = Cursor::new(Vec::new());
    image.write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
    let jpeg = jpeg.into_inner();
    // APP1, "Exif", a TIFF of one entry: tag 0x0112 (orientation), type 3 (short), count 1, value 6 (turn right).
    let tiff =
        b"MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00";
    let length = (2 + 6 + tiff.len()) as u16;
    let exif = [&[0xff, 0xe1][..], &length.to_be_bytes(), b"Exif\0\0", tiff].concat();
    let turned = read("turned.jpg", &[&jpeg[..2], &exif, &jpeg[2..]].concat()).unwrap().to_luma8();
    assert_eq!(turned.dimensions(), (8, 16));
    assert!(turned.get_pixel(4, 2).0[0] < 50 && turned.get_pixel(4, 13).0[0] > 200);
}

#[test]
fn memory_that_was_kept_shows_nothing_of_the_picture_before() {
    let grey = DynamicImage::from(picture().to_luma8());
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Bmp] {
        let [colour, grey] = [&picture(), &grey].map(|picture| {
            let mut bytes = Cursor::new(Vec::new());
            picture.write_to(&mut bytes, format).unwrap();
            bytes.into_inner()
        });
        let fresh = [&grey, &colour].map(|bytes| read("fresh", bytes).unwrap());
        reuse_memory(DynamicImage::ImageRgb8(RgbImage::from_pixel(40, 30, image::Rgb([77; 3]))));
        for (bytes, fresh) in [&grey, &colour].into_iter().zip(fresh) {
            let found = read("reused", bytes).unwrap();
            assert_eq!(found, fresh);
            reuse_memory(found);
        }
        assert!(spare_memory::zeros(3 * 40 * 30).capacity() >= 3 * 40 * 30);
    }
}

#[test]
fn memory_that_was_kept_is_zeros_when_it_is_used_again() {
    reuse_memory(DynamicImage::ImageLuma8(GrayImage::from_pixel(9, 9, image::Luma([200]))));
    assert_eq!(spare_memory::zeros(50), [0; 50]);
    assert_eq!(spare_memory::zeros(100), [0; 100]);
}

/// The marker of Adobe says YCCK, the frame is progressive and has two components: zune-jpeg 0.5.15 panics on it.
fn jpeg_of_two_components() -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x02\xff\xdb\x00\x43\x00".to_vec();
    bytes.extend([1; 64]);
    bytes.extend(b"\xff\xc2\x00\x0e\x08\x00\x10\x00\x10\x02\x01\x11\x00\x02\x11\x00");
    for class in [0x00, 0x10] {
        bytes.extend([0xff, 0xc4, 0x00, 0x14, class, 1]);
        bytes.extend([0; 16]);
    }
    bytes.extend(b"\xff\xda\x00\x0a\x02\x01\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xd9");
    bytes
}

#[test]
fn a_frame_that_breaks_decoders_is_refused_before() {
    let message = message("two.jpg", &jpeg_of_two_components());
    assert_says(&message, "unsupported JPEG picture, of 2 components; save it as PNG");
}

/// A JPEG with another marker or another byte in its frame.
fn jpeg_with(position: usize, value: u8) -> Vec<u8> {
    let mut bytes = encoded(ImageFormat::Jpeg);
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    bytes[frame + position] = value;
    bytes
}

#[test]
fn variants_that_no_decoder_knows_are_unsupported_and_not_damaged() {
    let mut os2 = encoded(ImageFormat::Bmp);
    os2[14] = 64;
    let mut of_jpeg = encoded(ImageFormat::Bmp);
    (of_jpeg[14], of_jpeg[30]) = (40, 4);
    let png = encoded(ImageFormat::Png);
    let ios = [&png[..8], &[0, 0, 0, 4], b"CgBI\x50\x00\x20\x06\x2c\xb8\x77\x66", &png[8..]].concat();
    for (name, bytes, variant) in [
        ("lossless.jpg", jpeg_with(1, 0xc3), "with lossless coding"),
        ("hierarchical.jpg", jpeg_with(1, 0xc5), "with hierarchical coding"),
        ("arithmetic.jpg", jpeg_with(1, 0xc9), "with arithmetic coding"),
        ("progressive.jpg", jpeg_with(1, 0xca), "with arithmetic coding"),
        ("deep.jpg", jpeg_with(4, 12), "of 12 bits a channel"),
        ("five.jpg", jpeg_with(9, 5), "of 5 components"),
        ("os2.bmp", os2, "of OS/2 2.0"),
        ("jpeg.bmp", of_jpeg, "that holds a JPEG file"),
        ("ios.png", ios, "written for iOS (CgBI)"),
    ] {
        let message = message(name, &bytes);
        assert!(message.contains("unsupported ") && message.contains(variant), "{message}");
    }
}

#[test]
fn a_bmp_whose_opacity_is_empty_is_shown_as_browsers_do() {
    let pixel = |x: u32, y: u32, alpha| image::Rgba([(x * 11) as u8, (y * 23) as u8, 7, alpha]);
    let read = |picture: image::RgbaImage| {
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(picture).write_to(&mut bytes, ImageFormat::Bmp).unwrap();
        read("picture.bmp", &bytes.into_inner()).unwrap().to_rgba8()
    };
    let opaque = image::RgbaImage::from_fn(19, 11, |x, y| pixel(x, y, 255));
    assert_eq!(read(image::RgbaImage::from_fn(19, 11, |x, y| pixel(x, y, 0))), opaque);
    let half = image::RgbaImage::from_fn(19, 11, |x, y| pixel(x, y, if x < 9 { 0 } else { 255 }));
    assert_eq!(read(half.clone()), half);
}

#[test]
fn a_turned_picture_of_sixteen_bits_is_the_turned_picture() {
    let deep = DynamicImage::from(picture().to_rgb16());
    let mut png = Cursor::new(Vec::new());
    deep.write_to(&mut png, ImageFormat::Png).unwrap();
    let png = png.into_inner();
    let tiff =
        b"MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00";
    let chunk = [&b"eXIf"[..], tiff].concat();
    let exif = [&(tiff.len() as u32).to_be_bytes()[..], &chunk, &crc32(&chunk).to_be_bytes()].concat();
    let turned = read("turned.png", &[&png[..33], &exif, &png[33..]].concat()).unwrap();
    assert_eq!(turned.to_rgb8(), picture().rotate90().to_rgb8());
}

#[test]
fn a_picture_is_read_when_the_budget_has_room_and_refused_where_it_never_will() {
    let folder = tempfile::tempdir().unwrap();
    for format in FORMATS {
        let path = folder.path().join("picture");
        fs::write(&path, encoded(format)).unwrap();
        let memory = MemoryBudget::new(2 << 20);
        let whole = read_picture(&path, DEFAULT_MAX_PIXELS).unwrap();
        assert_eq!(*read_picture_within(&path, DEFAULT_MAX_PIXELS, &memory).unwrap(), whole);
        let bytes = encoded(format);
        assert_eq!(*decode_picture_within("picture", &bytes, DEFAULT_MAX_PIXELS, &memory).unwrap(), whole);
        let little = MemoryBudget::new(1000);
        let error = read_picture_within(&path, DEFAULT_MAX_PIXELS, &little).unwrap_err();
        assert!(
            matches!(error.problem, PictureProblem::TooMuchMemory { width: 19, height: 11, .. }),
            "{error}"
        );
    }
}

/// The frame of a photograph may lie behind a preview that is larger than what is read at first.
#[test]
fn the_header_of_a_file_is_found_behind_what_is_not_yet_read() {
    let whole = encoded(ImageFormat::Jpeg);
    let preview = [&[0xff, 0xe1, 0xff, 0xff][..], &vec![0x55; 65_533]].concat();
    let bytes = [&whole[..2], &preview, &preview, &whole[2..]].concat();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("preview.jpg");
    fs::write(&path, &bytes).unwrap();
    let error = read_picture_within(&path, DEFAULT_MAX_PIXELS, &MemoryBudget::new(1000)).unwrap_err();
    assert!(matches!(error.problem, PictureProblem::TooMuchMemory { width: 19, .. }), "{error}");
    assert!(read_picture_within(&path, DEFAULT_MAX_PIXELS, &MemoryBudget::new(2 << 20)).is_ok());
}

/// Decoders fill with grey what they cannot decode, which is right for people who look at pictures.
#[test]
fn a_jpeg_whose_data_cannot_be_decoded_is_damaged_and_not_grey() {
    let noise = RgbImage::from_fn(120, 90, |x, y| {
        image::Rgb([(x * y * 31 % 251) as u8, (x * 17 % 256) as u8, y as u8])
    });
    let mut bytes = Cursor::new(Vec::new());
    noise.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    let mut bytes = bytes.into_inner();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4].copy_from_slice(&[0xff, 0xfe, 0x00, 0x02]);
    bytes[middle + 4..middle + 8].copy_from_slice(&[0xff, 0xc1, 0x00, 0x02]);
    assert_says(&message("broken.jpg", &bytes), "expected a sound JPEG picture, found a damaged one (");
}

#[test]
fn a_jpeg_with_endless_segments_is_refused_before_it_is_read() {
    let whole = encoded(ImageFormat::Jpeg);
    let bytes = [&whole[..2], &b"\xff\xe1\x00\x02".repeat(2000), &whole[2..]].concat();
    assert_says(&message("endless.jpg", &bytes), "with more than 1000 segments before its picture");
}

/// Cameras pad what they write; padding is no damage, and does not hide any.
#[test]
fn padding_between_segments_is_passed_over_and_hides_no_damage() {
    let noise = RgbImage::from_fn(120, 90, |x, y| {
        image::Rgb([(x * y * 31 % 251) as u8, (x * 17 % 256) as u8, y as u8])
    });
    let mut bytes = Cursor::new(Vec::new());
    noise.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
    let whole = bytes.into_inner();
    // Behind the first segment.
    let end = 4 + usize::from(u16::from_be_bytes([whole[4], whole[5]]));
    let padded = |bytes: &[u8]| [&bytes[..end], &[0x55; 40], &bytes[end..]].concat();
    assert_eq!(read("padded.jpg", &padded(&whole)).unwrap(), read("plain.jpg", &whole).unwrap());
    let mut broken = whole;
    let middle = broken.len() / 2;
    broken[middle..middle + 8].copy_from_slice(&[0xff, 0xfe, 0x00, 0x02, 0xff, 0xc1, 0x00, 0x02]);
    assert_says(
        &message("broken.jpg", &padded(&broken)),
        "expected a sound JPEG picture, found a damaged one (",
    );
}
