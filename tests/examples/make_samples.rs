//! Makes `samples/` from MNIST: the first three validation images of each digit, in the formats, sizes and colours in
//! which people have them, and `labels.csv`. `cargo run --release -p imago-tests --example make_samples -- mnist samples`

use std::path::Path;

use image::{DynamicImage, GrayImage, Luma, Rgb, RgbImage, Rgba, RgbaImage, imageops};
use trainer::data::DataDirectory;

const OF_EACH_DIGIT: usize = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [data, folder] = arguments.as_slice() else { return Err("expected a set and a folder".into()) };
    let images = DataDirectory::find(data).training_data()?.validation;
    std::fs::create_dir_all(folder)?;
    let mut table = "file,label\n".to_owned();
    for digit in 0..10u8 {
        let indices = (0..images.len()).filter(|&index| images.labels()[index] == u16::from(digit));
        for (number, index) in indices.take(OF_EACH_DIGIT).enumerate() {
            let pixels = images.image(index).to_vec();
            let original = GrayImage::from_raw(28, 28, pixels).ok_or("an image that is not 28x28")?;
            let (picture, extension) = variant(&original, number, digit);
            let file = format!("{digit}-{number}.{extension}");
            picture.save(Path::new(folder).join(&file))?;
            table += &format!("{file},{digit}\n");
        }
    }
    std::fs::write(Path::new(folder).join("labels.csv"), table)?;
    Ok(())
}

/// The first as it is; the second large, dark on cream paper, off centre; the third by turns ink on transparency, dark
/// on light at 28×28, and light on blue.
fn variant(original: &GrayImage, number: usize, digit: u8) -> (DynamicImage, &'static str) {
    match (number, digit % 3) {
        (0, _) => (original.clone().into(), "png"),
        (1, _) => (on_paper(original, u32::from(digit)).into(), "jpg"),
        (_, 0) => (on_transparency(original).into(), "png"),
        (_, 1) => (inverted(original).into(), "bmp"),
        (_, _) => (on_blue(original).into(), "png"),
    }
}

fn enlarged(original: &GrayImage, side: u32) -> GrayImage {
    imageops::resize(original, side, side, imageops::FilterType::CatmullRom)
}

fn on_paper(original: &GrayImage, digit: u32) -> RgbImage {
    let large = enlarged(original, 200);
    let (left, top) = (10 + digit * 9, 70 - digit * 6);
    RgbImage::from_fn(320, 280, |x, y| {
        let inside = (left..left + 200).contains(&x) && (top..top + 200).contains(&y);
        let ink = if inside { u32::from(large.get_pixel(x - left, y - top).0[0]) } else { 0 };
        Rgb([250, 245, 230].map(|paper: u32| (paper - ink * (paper - 30) / 255) as u8))
    })
}

fn on_transparency(original: &GrayImage) -> RgbaImage {
    let large = enlarged(original, 112);
    RgbaImage::from_fn(112, 112, |x, y| Rgba([20, 20, 60, large.get_pixel(x, y).0[0]]))
}

fn inverted(original: &GrayImage) -> GrayImage {
    GrayImage::from_fn(28, 28, |x, y| Luma([255 - original.get_pixel(x, y).0[0]]))
}

fn on_blue(original: &GrayImage) -> RgbImage {
    let large = enlarged(original, 84);
    RgbImage::from_fn(84, 84, |x, y| {
        let ink = u32::from(large.get_pixel(x, y).0[0]);
        Rgb([30, 60, 140].map(|ground: u32| (ground + ink * (255 - ground) / 255) as u8))
    })
}
