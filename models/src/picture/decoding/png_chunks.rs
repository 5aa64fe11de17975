//! The chunks of a PNG file that are compressed and say nothing about its pixels: colour profiles and texts.
//!
//! In: the bytes of a file. Out: the same picture without them. A decoder unpacks them before it knows what they are good for,
//! and a few hundred kilobytes can hold gigabytes; nothing here asks for them.

use std::borrow::Cow;

/// The bytes before the first chunk.
const SIGNATURE: usize = 8;

/// The bytes of a chunk beside its data: length, type, checksum.
const FRAME: usize = 12;

/// Compressed, and without a bearing on the pixels: [PNG, section 11.3](https://www.w3.org/TR/png-3/#11Ancillary-chunks).
const UNUSED: [&[u8; 4]; 3] = [b"iCCP", b"zTXt", b"iTXt"];

/// The file without these chunks; a copy only where it has some. What is broken stays as it is.
pub(super) fn without_compressed_texts(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut kept = Vec::new();
    let mut copied = 0;
    let mut position = SIGNATURE;
    while let Some((length, kind)) = bytes.get(position..).and_then(chunk) {
        let Some(end) = position.checked_add(FRAME).and_then(|end| end.checked_add(length)) else { break };
        if UNUSED.contains(&kind) {
            kept.extend_from_slice(&bytes[copied..position]);
            copied = end.min(bytes.len());
        }
        position = end;
    }
    if copied == 0 {
        return bytes.into();
    }
    kept.extend_from_slice(&bytes[copied..]);
    kept.into()
}

/// The length of the data and the type of the chunk that begins `bytes`.
fn chunk(bytes: &[u8]) -> Option<(usize, &[u8; 4])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    Some((usize::try_from(u32::from_be_bytes(*length)).ok()?, rest.first_chunk::<4>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kinds: &[&[u8; 4]]) -> Vec<u8> {
        let chunk = |kind: &&[u8; 4]| [&[0, 0, 0, 3][..], *kind, b"abc", b"sums"].concat();
        [b"\x89PNG\r\n\x1a\n".to_vec(), kinds.iter().map(chunk).collect::<Vec<_>>().concat()].concat()
    }

    #[test]
    fn compressed_texts_are_left_out_and_the_rest_stays() {
        let all = file(&[b"IHDR", b"iCCP", b"tEXt", b"IDAT", b"zTXt", b"iTXt", b"IEND"]);
        let expected = file(&[b"IHDR", b"tEXt", b"IDAT", b"IEND"]);
        assert_eq!(without_compressed_texts(&all), expected);
        assert!(matches!(without_compressed_texts(&expected), Cow::Borrowed(_)));
    }

    #[test]
    fn what_is_broken_is_left_to_the_decoder() {
        let all = file(&[b"IHDR", b"iCCP", b"IDAT"]);
        for length in 0..all.len() {
            assert!(without_compressed_texts(&all[..length]).len() <= length);
        }
        let mut endless = file(&[b"IHDR"]);
        endless[8..12].copy_from_slice(&[0xff; 4]);
        assert_eq!(without_compressed_texts(&endless), endless);
    }
}
