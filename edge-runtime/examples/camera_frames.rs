//! Classifies frames of raw pixels, as a camera delivers them, on one thread a core with one classifier.
//!
//! ```text
//! cargo run --release -p imago-edge-runtime --features builtin-model --example camera_frames
//! ```

use std::error::Error;
use std::thread;

use edge_runtime::{Classifier, PixelLayout, RawPixels, RawPixelsError};

const WIDTH: u32 = 320;
const HEIGHT: u32 = 240;

fn main() -> Result<(), Box<dyn Error>> {
    let classifier = Classifier::builtin()?;
    let frames: Vec<Vec<u8>> = (0..8).map(frame).collect();
    let pixels = |frame| RawPixels::new(frame, WIDTH, HEIGHT, PixelLayout::Rgb);
    let pictures = frames.iter().map(|frame| pixels(frame)).collect::<Result<Vec<_>, RawPixelsError>>()?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let classify = |part: &[RawPixels]| classifier.classify_batch(part.iter().copied());
        let parts = pictures.chunks(pictures.len().div_ceil(cores));
        let threads: Vec<_> = parts.map(|part| scope.spawn(move || classify(part))).collect();
        for thread in threads {
            for answer in thread.join().map_err(|_| "a thread has panicked")? {
                let top = answer?.top(1);
                println!("{}: {:.1} %", top[0].label, 100.0 * top[0].probability);
            }
        }
        Ok(())
    })
}

/// A dark stroke on bright paper that leans further with each frame.
fn frame(number: u32) -> Vec<u8> {
    let ink = |x: u32, y: u32| (60..180).contains(&y) && x.abs_diff(120 + number * (180 - y) / 12) < 8;
    let pixel = |index: u32| if ink(index % WIDTH, index / WIDTH) { [40, 40, 60] } else { [230, 225, 215] };
    (0..WIDTH * HEIGHT).flat_map(pixel).collect()
}
