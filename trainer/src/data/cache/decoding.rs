//! Decodes many pictures on all cores.
//!
//! In come paths and a network's input; out goes, for each picture as it is ready, its record: the picture at that input's
//! size and its thumbnail. No more memory is taken for pictures that are being decoded than is free.

use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use models::ImageInput;
use models::Resize;
use models::picture::{
    DEFAULT_MAX_PIXELS, MemoryBudget, PictureProblem, is_unsupported_picture, preprocessing,
    read_picture_within,
};
use rayon::prelude::*;

use super::cache_file::THUMBNAIL;
use crate::process::interrupt::Listening;
use crate::process::progress::ImageBar;

/// What a decoded picture is.
#[derive(Debug)]
pub(crate) struct Decoded {
    /// The picture at the input's size and its thumbnail, one after the other, one byte a value.
    pub(crate) record: Vec<u8>,
    /// The sides of the picture, upright, in pixels.
    pub(crate) width: u32,
    /// The sides of the picture, upright, in pixels.
    pub(crate) height: u32,
}

/// A picture that cannot be read.
#[derive(Debug)]
pub(crate) struct Undecoded {
    /// The reason, in words and without the path.
    pub(crate) reason: String,
    /// Whether it is a picture of a format that is known and not read.
    pub(crate) is_unsupported: bool,
    /// Whether another try may succeed although the file stays as it is.
    pub(crate) may_pass: bool,
}

/// Decodes the pictures at `paths` and gives each to `keep`, with its position, in no particular order. Returns whether
/// all were decoded: a stop that was requested ends it early.
///
/// # Errors
/// The first error of `keep`.
pub(crate) fn decode_all(
    paths: &[impl AsRef<Path> + Sync],
    input: &ImageInput,
    keep: impl Fn(usize, Result<Decoded, Undecoded>) -> io::Result<()> + Sync,
) -> io::Result<bool> {
    let bar = ImageBar::start("decoding".to_owned(), paths.len());
    let (memory, listening) = (MemoryBudget::half_of_what_is_free(), Listening::start());
    let thumbnail = ImageInput::version_2(THUMBNAIL, Resize::Stretch);
    let (failed, ends) = (Mutex::new(None), AtomicBool::new(false));
    let done = AtomicUsize::new(0);
    // One picture after another for whoever is free: photographs differ by a hundred times in what they take.
    paths.par_iter().enumerate().with_max_len(1).for_each(|(position, path)| {
        if ends.load(Ordering::Relaxed) || listening.is_stop_requested() {
            return;
        }
        let decoded = decode(path.as_ref(), [input, &thumbnail], &memory);
        match keep(position, decoded) {
            Ok(()) => {
                done.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                ends.store(true, Ordering::Relaxed);
                failed.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
            }
        }
        bar.advance(1, String::new());
    });
    bar.finish();
    match failed.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(done.into_inner() == paths.len()),
    }
}

/// Decodes one picture and brings it to both inputs.
fn decode(path: &Path, inputs: [&ImageInput; 2], memory: &MemoryBudget) -> Result<Decoded, Undecoded> {
    let undecoded = |reason: String| Undecoded { reason, is_unsupported: false, may_pass: false };
    let picture = read_picture_within(path, DEFAULT_MAX_PIXELS, memory).map_err(|error| Undecoded {
        is_unsupported: matches!(error.problem, PictureProblem::UnsupportedFormat(_)) && is_unsupported(path),
        may_pass: error.problem.may_pass(),
        reason: error.problem.to_string(),
    })?;
    let mut record = Vec::new();
    for input in inputs {
        let bytes =
            preprocessing::to_bytes(&picture, input).map_err(|problem| undecoded(problem.to_string()))?;
        record.extend(bytes);
    }
    Ok(Decoded { record, width: picture.width(), height: picture.height() })
}

/// Returns whether the first bytes of the file at `path` are those of a picture of a format that is known and not read.
fn is_unsupported(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = std::fs::File::open(path)
        .and_then(|file| io::Read::read_to_end(&mut io::Read::take(file, 64), &mut head));
    read.is_ok() && is_unsupported_picture(path, &head)
}
