//! The one check behind messages of the form "expected …, found …".
//!
//! In comes a condition with a place, out goes nothing, or a [`Mismatch`] that says what was expected there and what was
//! found. Contracts, golden vectors, runs and model files are checked by this one function, so that all messages read
//! alike.

use std::fmt::Display;

/// A place in a file, what should stand there, and what stands there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: expected {expected}, found {found}")]
#[non_exhaustive]
pub struct Mismatch {
    /// The place, for instance `initializer 'fc1.weight'` or `input.channels`.
    pub place: String,
    /// What may stand there, in words.
    pub expected: String,
    /// What stands there.
    pub found: String,
}

impl Mismatch {
    /// Returns the mismatch between what is `expected` at a place and what is `found`.
    pub fn new(place: impl Into<String>, expected: impl Into<String>, found: impl Display) -> Self {
        Self { place: place.into(), expected: expected.into(), found: found.to_string() }
    }

    /// Returns the same mismatch at a place inside of `outer`.
    #[must_use]
    pub fn within(self, outer: &str) -> Self {
        Self { place: format!("{outer}: {}", self.place), ..self }
    }
}

/// Checks that a condition `holds`.
///
/// # Errors
/// The [`Mismatch`] that the other three arguments describe, where it does not.
pub fn expect(
    holds: bool,
    place: impl Into<String>,
    expected: impl Into<String>,
    found: impl Display,
) -> Result<(), Mismatch> {
    if holds { Ok(()) } else { Err(Mismatch::new(place, expected, found)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mismatch_names_place_expectation_and_finding() {
        assert_eq!(expect(true, "a", "b", 3), Ok(()));
        let mismatch = expect(false, "sides", "at least 1", 0).unwrap_err().within("tensor");
        assert_eq!(mismatch.to_string(), "tensor: sides: expected at least 1, found 0");
    }
}
