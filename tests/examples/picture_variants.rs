//! How often the shipped student is wrong on MNIST's images when they come as people's pictures do, beside the original
//! pixels. Constants of the preprocessing are chosen by the validation images; the test images are for what has been
//! chosen.
//!
//!     cargo run --release --package imago-tests --example picture_variants -- mnist [validation|test]

use std::io::Cursor;

use edge_runtime::Classifier;
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage, imageops};
use imageops::FilterType;
use trainer::data::{DataDirectory, DataSet};

type Variant = fn(&GrayImage) -> DynamicImage;

const VARIANTS: [(&str, Variant); 12] = [
    ("28x28, as it is", |digit| digit.clone().into()),
    ("28x28, dark on light", |digit| inverted(digit).into()),
    ("28x28, dark on off-white RGB", |digit| on_paper(digit, [243, 241, 235]).into()),
    ("28x28, JPEG, dark on light", |digit| through(inverted(digit).into(), ImageFormat::Jpeg)),
    ("28x28, BMP", |digit| through(digit.clone().into(), ImageFormat::Bmp)),
    ("20x20", |digit| enlarged(digit, 20, FilterType::CatmullRom).into()),
    ("57x57", |digit| enlarged(digit, 57, FilterType::CatmullRom).into()),
    ("280x280, nearest", |digit| enlarged(digit, 280, FilterType::Nearest).into()),
    ("280x280, bicubic, dark on light", |digit| {
        inverted(&enlarged(digit, 280, FilterType::CatmullRom)).into()
    }),
    ("280x280, Lanczos", |digit| enlarged(digit, 280, FilterType::Lanczos3).into()),
    ("280x280, bicubic, RGBA, clear ground", |digit| {
        on_nothing(&enlarged(digit, 280, FilterType::CatmullRom)).into()
    }),
    ("280x280, bicubic, off centre, JPEG", |digit| {
        let digit = enlarged(digit, 280, FilterType::CatmullRom);
        let mut large = GrayImage::new(500, 400);
        imageops::replace(&mut large, &digit, 190, 15);
        through(on_paper(&large, [250, 250, 250]).into(), ImageFormat::Jpeg)
    }),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = std::env::args().nth(1).ok_or("expected a set")?;
    let directory = DataDirectory::find(&data);
    let images = match std::env::args().nth(2).as_deref() {
        None | Some("validation") => directory.training_data()?.validation,
        Some("test") => directory.test()?,
        Some(other) => return Err(format!("expected validation or test, found {other}").into()),
    };
    let classifier = Classifier::builtin()?;
    println!("{:<38} wrong of {}", "", images.len());
    for (name, variant) in VARIANTS {
        println!("{name:<38} {:>8}", wrong(&classifier, &images, variant)?);
    }
    Ok(())
}

fn wrong(
    classifier: &Classifier,
    images: &DataSet,
    variant: Variant,
) -> Result<usize, Box<dyn std::error::Error>> {
    let mut wrong = 0;
    for (index, label) in images.labels().iter().enumerate() {
        let digit =
            GrayImage::from_raw(28, 28, images.image(index).to_vec()).ok_or("an image that is not 28x28")?;
        let answer = classifier.classify(&variant(&digit))?;
        wrong += usize::from(answer.best().is_none_or(|guess| guess.label != label.to_string()));
    }
    Ok(wrong)
}

fn enlarged(digit: &GrayImage, side: u32, filter: FilterType) -> GrayImage {
    imageops::resize(digit, side, side, filter)
}

fn inverted(digit: &GrayImage) -> GrayImage {
    let mut digit = digit.clone();
    imageops::invert(&mut digit);
    digit
}

fn on_paper(digit: &GrayImage, paper: [u8; 3]) -> RgbImage {
    let blend = |paper: u8, ink: u8| (u32::from(paper) * (255 - u32::from(ink)) / 255) as u8;
    RgbImage::from_fn(digit.width(), digit.height(), |x, y| {
        let Luma([ink]) = *digit.get_pixel(x, y);
        Rgb(paper.map(|paper| blend(paper, ink)))
    })
}

fn on_nothing(digit: &GrayImage) -> RgbaImage {
    RgbaImage::from_fn(digit.width(), digit.height(), |x, y| Rgba([0, 0, 90, digit.get_pixel(x, y).0[0]]))
}

/// Written and read again.
fn through(picture: DynamicImage, format: ImageFormat) -> DynamicImage {
    let mut bytes = Cursor::new(Vec::new());
    let read = picture
        .write_to(&mut bytes, format)
        .and_then(|()| image::load_from_memory_with_format(bytes.get_ref(), format));
    read.expect("a picture in memory can be written and read again")
}
