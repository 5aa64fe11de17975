//! The pixels of golden vectors as text within JSON, in two ways.
//!
//! In come bytes, out goes text, and back. A digit's picture is mostly ground: hexadecimal digits with runs of zeros are
//! short for it. A photograph has no runs: base64 is shorter there, four characters for three bytes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Writes two hexadecimal digits a byte, and a run of up to 255 zeros as `00` and its length.
pub(super) fn to_runs(pixels: &[u8]) -> String {
    let mut digits = String::new();
    for run in pixels.chunk_by(|first, second| *first == 0 && *second == 0) {
        for part in run.chunks(255) {
            digits += &match part[0] {
                0 => format!("00{:02x}", part.len()),
                ink => format!("{ink:02x}"),
            };
        }
    }
    digits
}

/// Returns exactly `values` pixels, or `None` where the digits stand for another number of them or are no digits.
pub(super) fn from_runs(digits: &str, values: usize) -> Option<Vec<u8>> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let is_hexadecimal = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    let mut bytes = digits.as_bytes().chunks(2);
    let mut pixels = Vec::new();
    while let Some(byte) = bytes.next() {
        match pair(byte)? {
            0 => pixels.resize(pixels.len() + usize::from(pair(bytes.next()?)?), 0),
            ink => pixels.push(ink),
        }
        if pixels.len() > values {
            return None;
        }
    }
    (is_hexadecimal && digits.len().is_multiple_of(2) && pixels.len() == values).then_some(pixels)
}

/// Writes base64 with padding (RFC 4648, section 4).
pub(super) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads base64 with padding; `None` for any other text, and for one that stands for more than `most` bytes.
pub(super) fn from_base64(text: &str, most: usize) -> Option<Vec<u8>> {
    (text.len() <= most.div_ceil(3) * 4).then(|| STANDARD.decode(text).ok()).flatten()
}

/// The characters that [`to_base64`] writes for so many bytes.
pub(super) fn base64_length(bytes: usize) -> usize {
    bytes.div_ceil(3) * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: two pixels of ink, 300 zeros as a run of 255 and one of 45, a last pixel.
    #[test]
    fn zeros_are_written_as_runs() {
        let pixels = [vec![1, 255], vec![0; 300], vec![16]].concat();
        assert_eq!(to_runs(&pixels), "01ff00ff002d10");
        assert_eq!(from_runs("01ff00ff002d10", 303), Some(pixels));
        assert_eq!(to_runs(&[0, 0, 0]), "0003");
    }

    #[test]
    fn texts_that_are_no_picture_of_the_size_are_refused() {
        for digits in ["", "0", "00", "0002", "000g", "+101", "01é", "0004", "01020304", "00ff00ff"] {
            assert_eq!(from_runs(digits, 3), None, "{digits}");
        }
    }

    #[test]
    fn base64_is_read_as_it_is_written_and_only_up_to_its_limit() {
        for bytes in [&b""[..], b"a", b"ab", b"abc", &[0, 255, 7, 9]] {
            let text = to_base64(bytes);
            assert_eq!(text.len(), base64_length(bytes.len()));
            assert_eq!(from_base64(&text, bytes.len()).as_deref(), Some(bytes));
        }
        assert_eq!(to_base64(b"abcd"), "YWJjZA==");
        for (text, most) in [("YWJjZA==", 3), ("YWJjZA", 9), ("YW=jZA==", 9), ("ä===", 9)] {
            assert_eq!(from_base64(text, most), None, "{text}");
        }
    }
}
