//! Numbers of things on the command line, refused in a sentence that says what can be typed.
//!
//! In: what was typed. Out: a number in its range, or what was expected.

use std::num::NonZeroUsize;

/// The most threads that may be asked for.
const MOST_THREADS: u16 = 1024;

/// What a number of bytes may end in, each 1,024 times the one before.
const UNITS: [char; 4] = ['K', 'M', 'G', 'T'];

pub(super) fn class_count(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "expected how many classes to show, from 1 on, such as 3".to_owned())
}

pub(super) fn threads(text: &str) -> Result<u16, String> {
    let threads = text.parse().ok().filter(|threads| (1..=MOST_THREADS).contains(threads));
    threads.ok_or_else(|| format!("expected a number of threads from 1 to {MOST_THREADS}, such as 4"))
}

pub(super) fn pixels(text: &str) -> Result<u64, String> {
    let pixels = text.parse().ok().filter(|&pixels| pixels > 0);
    pixels.ok_or_else(|| "expected a number of pixels in digits, such as 12000000".to_owned())
}

/// Bytes, or kilobytes, megabytes, gigabytes of 1,024 each: `500M`, `500MB`, `500MiB`.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let expected = || "expected a number of bytes over 0, such as 500M or 2G".to_owned();
    let upper = text.to_ascii_uppercase();
    let number = upper.strip_suffix("IB").or(upper.strip_suffix('B')).unwrap_or(&upper);
    let (number, factor) = match number.char_indices().next_back() {
        Some((end, last)) if UNITS.contains(&last) => {
            let power = UNITS.iter().take_while(|&&unit| unit != last).count() as u32 + 1;
            (&number[..end], 1024u64.pow(power))
        }
        _ => (number, 1),
    };
    let bytes = number.trim_end().parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
    bytes.filter(|&bytes| bytes > 0).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_may_have_a_unit() {
        for (text, expected) in [
            ("1", 1),
            ("500M", 500 << 20),
            ("500 MB", 500 << 20),
            ("2g", 2 << 30),
            ("3KiB", 3 << 10),
            ("7B", 7),
        ] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for text in ["", "0", "M", "-1", "1.5G", "1X", "99999999999T", "0G", "é"] {
            assert!(bytes(text).unwrap_err().starts_with("expected a number of bytes"), "{text}");
        }
    }

    #[test]
    fn counts_out_of_their_range_are_refused_in_a_sentence() {
        assert!(pixels("1M").unwrap_err().contains("in digits, such as"));
        assert!(class_count("0").unwrap_err().contains("from 1 on"));
        assert!(threads("1025").unwrap_err().contains("from 1 to 1024"));
        assert_eq!((pixels("12"), threads("4"), class_count("2").unwrap().get()), (Ok(12), Ok(4), 2));
    }
}
