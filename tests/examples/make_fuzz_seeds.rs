//! Small valid files for the fuzz targets to start from: `cargo run -p imago-tests --example make_fuzz_seeds -- fuzz/seeds`.
//!
//! Models of a few layers in every encoding, their contracts, and pictures of a few pixels in every format.

use std::error::Error;
use std::fs;
use std::path::Path;

use exporter::Precision;
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgba, RgbaImage};
use models::ModelContract;
use models::weights::Weights;
use tests::export_file::export_file;
use tests::random_networks::{Branch, Groups, ImageStep, LinearStep, Sketch};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: make_fuzz_seeds FOLDER")?;
    let folder = Path::new(&folder);
    for target in ["model", "contract", "picture"] {
        fs::create_dir_all(folder.join(target))?;
    }
    for (name, sketch) in [("dense", dense()), ("windows", windows()), ("blocks", blocks())] {
        let weights = sketch.weights();
        write_models(&folder.join("model"), name, &sketch, &weights)?;
        write_contract(&folder.join("contract"), name, &weights.contract)?;
    }
    write_contract(&folder.join("contract"), "mnist", &ModelContract::mnist(models::Provenance::default()))?;
    write_pictures(&folder.join("picture"))
}

/// 3×4 grey to 3 to 2.
fn dense() -> Sketch {
    let step = |outputs| LinearStep { outputs, normalised: false, relu: true };
    let linear = vec![step(3), step(2)];
    Sketch { colour: false, side: [3, 4], on_images: vec![], linear, without_bias: false, seed: 1 }
}

/// Every kind of window on 5×6 in colour.
fn windows() -> Sketch {
    let on_images = vec![
        convolution(2, [3, 2], [1, 1], Groups::One),
        ImageStep::Relu,
        ImageStep::MaxPool { kernel: [2, 2], stride: 1 },
        ImageStep::AveragePool { kernel: [2, 1], stride: 2 },
    ];
    let linear = vec![LinearStep { outputs: 3, normalised: true, relu: false }];
    Sketch { colour: true, side: [5, 6], on_images, linear, without_bias: true, seed: 2 }
}

fn convolution(channels: usize, kernel: [usize; 2], padding: [usize; 2], groups: Groups) -> ImageStep {
    ImageStep::Convolution { channels, kernel, stride: 1, padding, normalised: true, groups }
}

/// Residual blocks with and without a convolution beside them, depthwise convolutions and branches on 5×4 in colour.
fn blocks() -> Sketch {
    let depthwise = convolution(3, [3, 1], [1, 0], Groups::Depthwise);
    let branches = vec![Branch::Identity, Branch::Convolution { reach: [1, 0], normalised: true }];
    let branches = ImageStep::Branches { channels: 3, stride: 1, branches, groups: Groups::One };
    let block = |body, projected| ImageStep::Residual { body, projected };
    let on_images = vec![
        block(vec![depthwise.clone(), ImageStep::Relu], false),
        block(vec![branches, block(vec![depthwise], true)], true),
        ImageStep::GlobalAveragePool,
    ];
    let linear = vec![LinearStep { outputs: 3, normalised: false, relu: false }];
    Sketch { colour: true, side: [5, 4], on_images, linear, without_bias: false, seed: 3 }
}

fn write_models(folder: &Path, name: &str, sketch: &Sketch, weights: &Weights) -> Result<(), Box<dyn Error>> {
    let inputs: Vec<_> = (0..2).map(|index| sketch.input(&weights.contract, index)).collect();
    let encodings = [
        ("f32", Precision::F32),
        ("f16", Precision::F16),
        ("int8", Precision::Int8),
        ("int8-calibrated", Precision::Int8Calibrated(&inputs)),
        ("int8-weights", Precision::Int8Weights),
    ];
    for (encoding, precision) in encodings {
        let file = folder.join(format!("{name}-{encoding}.onnx"));
        fs::write(file, export_file(weights, precision, &[], folder))?;
    }
    Ok(())
}

fn write_contract(folder: &Path, name: &str, contract: &ModelContract) -> Result<(), Box<dyn Error>> {
    Ok(fs::write(folder.join(format!("{name}.json")), contract.to_json())?)
}

fn write_pictures(folder: &Path) -> Result<(), Box<dyn Error>> {
    let grey = GrayImage::from_fn(9, 7, |x, y| Luma([if x == 4 || y == 2 { 240 } else { (3 * x) as u8 }]));
    let colour = RgbaImage::from_fn(5, 6, |x, y| Rgba([40 * x as u8, 30 * y as u8, 200, 255 - 20 * x as u8]));
    let grey = DynamicImage::ImageLuma8(grey);
    let colour = DynamicImage::ImageRgba8(colour);
    let deep = DynamicImage::ImageLuma16(grey.to_luma16());
    for (name, picture) in [("grey", &grey), ("rgba", &colour), ("deep", &deep)] {
        picture.save_with_format(folder.join(format!("{name}.png")), ImageFormat::Png)?;
    }
    let opaque = DynamicImage::ImageRgb8(colour.to_rgb8());
    for (ending, format) in
        [("webp", ImageFormat::WebP), ("gif", ImageFormat::Gif), ("tif", ImageFormat::Tiff)]
    {
        opaque.save_with_format(folder.join(format!("rgb.{ending}")), format)?;
        colour.save_with_format(folder.join(format!("rgba.{ending}")), format)?;
    }
    for (name, picture) in [("grey", &grey), ("rgb", &opaque)] {
        picture.save_with_format(folder.join(format!("{name}.jpg")), ImageFormat::Jpeg)?;
        picture.save_with_format(folder.join(format!("{name}.bmp")), ImageFormat::Bmp)?;
    }
    Ok(())
}
