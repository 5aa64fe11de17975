//! A picture file's bytes through the decoders, preprocessing and the shipped student.
#![no_main]

use std::sync::OnceLock;

use edge_runtime::{Classifier, decode_picture};
use libfuzzer_sys::fuzz_target;

static STUDENT: OnceLock<Classifier> = OnceLock::new();

/// Small, so that time goes into decoders and not into pixels.
const MOST_PIXELS: u64 = 1 << 16;

fuzz_target!(|bytes: &[u8]| {
    let student = STUDENT.get_or_init(|| Classifier::builtin().expect("the built-in model is sound"));
    let Ok(picture) = decode_picture("fuzz", bytes, MOST_PIXELS) else { return };
    assert!(u64::from(picture.width()) * u64::from(picture.height()) <= MOST_PIXELS);
    let answer = student.classify(&picture).expect("every picture has an answer");
    assert_eq!(answer.ranked().len(), 10);
});
