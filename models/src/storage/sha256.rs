//! SHA-256 as the hexadecimal digits in which it is written into files and messages.
//!
//! In come parts of bytes, out go 64 digits. Every hash of weights, data and files goes through here, so that two of
//! them can be compared as texts.

use sha2::{Digest, Sha256};

/// Returns the SHA-256 digest of all parts, one after another, in 64 lower-case hexadecimal digits.
pub fn hex<Part: AsRef<[u8]>>(parts: impl IntoIterator<Item = Part>) -> String {
    let mut digest = Sha256::new();
    parts.into_iter().for_each(|part| digest.update(part));
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The known answer for "abc" (FIPS 180-2, appendix B.1).
    #[test]
    fn matches_the_published_answer() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hex(["a", "bc"]), expected);
    }
}
