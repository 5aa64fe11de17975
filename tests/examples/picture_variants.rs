//! How often the shipped student is wrong on MNIST's images when they come as people's pictures do, beside the original
//! pixels. Constants of the preprocessing are chosen by the validation images; the test images are for what has been
//! chosen. They come through the student's own contract, of version 1, and through that of version 2 for ink. With `filters`,
//! other filters that a contract of version 2 could name are compared too.
//!
//!     cargo run --release --package imago-tests --example picture_variants -- mnist [validation|test]
//!     cargo run --release --package imago-tests --example picture_variants -- mnist filters

use std::io::Cursor;

use edge_runtime::Classifier;
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage, imageops};
use imageops::FilterType;
use models::picture::preprocess_picture;
use models::{Filter, ImageInput, Resize};
use trainer::data::DataDirectory;

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
        None | Some("validation" | "filters") => directory.training_data()?.validation,
        Some("test") => directory.test()?,
        Some(other) => return Err(format!("expected validation, test or filters, found {other}").into()),
    };
    let classifier = Classifier::builtin()?;
    let own = classifier.contract().input.clone();
    let version_2 = ImageInput::version_2(own.shape(), Resize::Ink { longest_side: 20 });
    let mut inputs = vec![("version 1", own), ("version 2", version_2.clone())];
    if std::env::args().nth(2).as_deref() == Some("filters") {
        for (name, filter) in [
            ("0.4", Filter::Middle { share: 0.4 }),
            ("0.6", Filter::Middle { share: 0.6 }),
            ("0.8", Filter::Middle { share: 0.8 }),
            ("1.0", Filter::Middle { share: 1.0 }),
            ("triangle", Filter::Triangle),
        ] {
            inputs.push((name, ImageInput { filter, ..version_2.clone() }));
        }
    }
    let header: String = inputs.iter().map(|(name, _)| format!("{name:>11}")).collect();
    println!("{:<38}{header} of {}", "", images.len());
    for (name, variant) in VARIANTS {
        let mut wrong = vec![0; inputs.len()];
        for (index, label) in images.labels().iter().enumerate() {
            let digit = GrayImage::from_raw(28, 28, images.image(index).to_vec());
            let picture = variant(&digit.ok_or("an image that is not 28x28")?);
            for (wrong, (_, input)) in wrong.iter_mut().zip(&inputs) {
                *wrong += usize::from(!is_right(&classifier, &picture, input, &label.to_string())?);
            }
        }
        let counts: String = wrong.iter().map(|wrong| format!("{wrong:>11}")).collect();
        println!("{name:<38}{counts}");
    }
    Ok(())
}

/// Whether the network answers with the label, and not that there is nothing to be read.
fn is_right(
    classifier: &Classifier,
    picture: &DynamicImage,
    input: &ImageInput,
    label: &str,
) -> Result<bool, Box<dyn std::error::Error>> {
    let picture = preprocess_picture(picture, input)?;
    let probabilities = classifier.probabilities(&picture.tensor)?;
    let best = models::probability::arg_max(&probabilities);
    Ok(!picture.is_blank && classifier.contract().labels[best] == label)
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
