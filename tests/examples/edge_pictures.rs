//! What `scripts/bench-edge` classifies, made from the pictures that the shipped student carries: small PNG files, and
//! JPEG files as large as a camera's. And what it compares with: the decoding of a folder alone, with nothing behind it,
//! and the time from a program's start to its first label, measured by nothing but this.
//!
//!     cargo run --release -p imago-tests --example edge_pictures -- make FOLDER SMALL LARGE
//!     cargo run --release -p imago-tests --example edge_pictures -- decode FOLDER THREADS
//!     cargo run --release -p imago-tests --example edge_pictures -- start BINARY PICTURE RUNS

use std::error::Error;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use edge_runtime::{Classifier, DEFAULT_MAX_PIXELS, PictureError, read_picture};
use image::{GrayImage, Luma, Rgb, RgbImage, imageops};

/// Twelve million pixels, as cameras have them.
const LARGE: (u32, u32) = (4000, 3000);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["make", folder, small, large] => make(Path::new(folder), small.parse()?, large.parse()?),
        ["decode", folder, threads] => decode(Path::new(folder), threads.parse()?),
        ["start", binary, picture, runs] => start(binary, picture, runs.parse()?),
        _ => {
            Err("expected: make FOLDER SMALL LARGE, decode FOLDER THREADS, or start BINARY PICTURE RUNS"
                .into())
        }
    }
}

fn make(folder: &Path, small: usize, large: usize) -> Result<(), Box<dyn Error>> {
    let golden =
        Classifier::builtin()?.golden_vectors()?.ok_or("the built-in model has no golden vectors")?;
    let digits = golden.vectors.into_iter().map(|vector| GrayImage::from_raw(28, 28, vector.pixels));
    let digits: Vec<GrayImage> = digits.collect::<Option<_>>().ok_or("expected pictures of 28x28")?;
    let (small_folder, large_folder) = (folder.join("small"), folder.join("large"));
    fs::create_dir_all(&small_folder)?;
    fs::create_dir_all(&large_folder)?;
    for index in 0..small {
        fainter(&digits[index % digits.len()], index / digits.len())
            .save(small_folder.join(format!("{index:05}.png")))?;
    }
    for index in 0..large {
        // Making one takes as long as classifying many: ten are made, and linked to.
        let (original, path) = (index % digits.len(), large_folder.join(format!("{index:05}.jpg")));
        if index < digits.len() {
            photograph(&digits[original]).save(path)?;
        } else {
            fs::hard_link(large_folder.join(format!("{original:05}.jpg")), path)?;
        }
    }
    Ok(())
}

/// Another file for each `step`: up to a fifth less ink.
fn fainter(digit: &GrayImage, step: usize) -> GrayImage {
    let ink = |Luma([value]): &Luma<u8>| Luma([(usize::from(*value) * (1000 - step % 200) / 1000) as u8]);
    GrayImage::from_fn(digit.width(), digit.height(), |x, y| ink(digit.get_pixel(x, y)))
}

/// Ink on paper with the grain of a sensor, which makes a file of some megabytes.
fn photograph(digit: &GrayImage) -> RgbImage {
    let (width, height) = LARGE;
    let side = height / 2;
    let large = imageops::resize(digit, side, side, imageops::FilterType::CatmullRom);
    let (left, top) = ((width - side) / 2, (height - side) / 2);
    let mut grain = 1u32;
    RgbImage::from_fn(width, height, |x, y| {
        let inside = (left..left + side).contains(&x) && (top..top + side).contains(&y);
        let ink = if inside { u32::from(large.get_pixel(x - left, y - top).0[0]) } else { 0 };
        // Numerical Recipes' generator of 32 bits.
        grain = grain.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Rgb([240, 235, 225].map(|paper: u32| (paper - ink * 200 / 255 + (grain >> 28)) as u8))
    })
}

fn decode(folder: &Path, threads: usize) -> Result<(), Box<dyn Error>> {
    let paths = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let paths: Vec<PathBuf> = paths.collect::<Result<_, _>>()?;
    let start = Instant::now();
    std::thread::scope(|scope| {
        let part = |first: usize| paths.iter().skip(first).step_by(threads.max(1));
        let decode_part = move |first: usize| -> Result<(), PictureError> {
            part(first).try_for_each(|path| read_picture(path, DEFAULT_MAX_PIXELS).map(drop))
        };
        let hands: Vec<_> = (0..threads).map(|first| scope.spawn(move || decode_part(first))).collect();
        hands.into_iter().try_for_each(|hand| hand.join().unwrap_or(Ok(())))
    })?;
    println!("{}", paths.len() as f64 / start.elapsed().as_secs_f64());
    Ok(())
}

/// Prints the medians of the times in milliseconds from the start of `binary classify picture` to its first line, and to
/// its end.
fn start(binary: &str, picture: &str, runs: usize) -> Result<(), Box<dyn Error>> {
    let times = (0..runs).map(|_| start_once(binary, picture)).collect::<Result<Vec<_>, _>>()?;
    let (first_lines, ends) = times.into_iter().unzip();
    println!("{:.3} {:.3}", median_ms(first_lines)?, median_ms(ends)?);
    Ok(())
}

fn start_once(binary: &str, picture: &str) -> Result<(Duration, Duration), Box<dyn Error>> {
    let start = Instant::now();
    let mut child = Command::new(binary).args(["classify", picture]).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("no standard output")?).read_line(&mut line)?;
    let first_line = start.elapsed();
    let exit = child.wait()?;
    if !exit.success() || line.is_empty() {
        return Err(format!("{binary} classify {picture}: expected a label, found {exit}").into());
    }
    Ok((first_line, start.elapsed()))
}

fn median_ms(mut times: Vec<Duration>) -> Result<f64, Box<dyn Error>> {
    times.sort_unstable();
    let middle = times.get(times.len() / 2).ok_or("expected at least one run")?;
    Ok(1e3 * middle.as_secs_f64())
}
