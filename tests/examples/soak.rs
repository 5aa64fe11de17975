//! Classifies a million pictures through the library, from their files' bytes, and watches that memory stays as it is:
//! `cargo run --release -p imago-tests --example soak [-- COUNT]`. Linux only; fails where more than a megabyte is added after
//! the first tenth.

use std::error::Error;
use std::fs;
use std::path::Path;

use edge_runtime::{Classifier, DEFAULT_MAX_PIXELS, decode_picture};

/// What allocators may still gather once all pictures have been seen, in kB.
const SLACK: u64 = 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let count: usize = std::env::args().nth(1).map_or(Ok(1_000_000), |count| count.parse())?;
    let tenth = count.div_ceil(10).max(1);
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples");
    let mut pictures = Vec::new();
    for entry in fs::read_dir(&samples)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension != "csv") {
            pictures.push(fs::read(path)?);
        }
    }
    let classifier = Classifier::builtin()?;
    let mut settled = None;
    for (number, bytes) in pictures.iter().cycle().take(count).enumerate() {
        let picture = decode_picture("sample", bytes, DEFAULT_MAX_PIXELS)?;
        classifier.classify(&picture)?;
        if (number + 1) % tenth == 0 {
            let resident = resident_kilobytes()?;
            println!("{:>9} pictures  {resident:>7} kB resident", number + 1);
            let first = *settled.get_or_insert(resident);
            if resident > first + SLACK {
                return Err(format!("resident memory grew from {first} to {resident} kB").into());
            }
        }
    }
    Ok(())
}

fn resident_kilobytes() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
