//! The versions of the contract's format, and the filter that each of them means where it does not name one.

use super::framing::{Filter, Framing};

/// The filter of version 1. A picture that was enlarged with a smooth filter has edges as soft as its old pixels; averaging
/// whole pixels would soften them again. The share was chosen on MNIST's 5,000 validation images with the example
/// `picture_variants` of the tests, as the largest that loses nothing: brought to 57×57 by a bicubic filter, the shipped
/// student reads 24 of them wrongly with 0.4, 0.5 and 0.6, 27 with 0.7 and 30 with 1; of the originals 22.
///
/// Version 2 names its filter; for ink it is this one by default, chosen on the same images with `picture_variants mnist filters`: of
/// twelve forms of them a version-2 contract with the share 0.6 reads as many wrongly as version 1 does, form by form; 0.4 is better
/// in one form by 2 of 5,000, 0.8, 1 and the triangle are worse in five or more. `docs/measurements.md` has the table.
pub(super) const VERSION_1_FILTER: Filter = Filter::Middle { share: 0.6 };

/// A version of the contract's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContractVersion {
    /// Version 1: grey or colour, letterboxed or framed by the ink, with constants that the version fixes.
    One,
    /// Version 2: every constant of the preprocessing is in the file.
    Two,
}

impl ContractVersion {
    /// Returns the version's number, 1 or 2.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }

    /// The version with this number, if there is one.
    pub(super) fn of_number(number: u64) -> Option<Self> {
        [Self::One, Self::Two].into_iter().find(|version| u64::from(version.number()) == number)
    }

    /// The filter that an input of this version has, unless it says otherwise.
    pub(super) fn filter(self, framing: Framing) -> Filter {
        match (self, framing) {
            (Self::Two, Framing::Fit | Framing::Fill | Framing::Stretch) => Filter::Triangle,
            (Self::One, _) | (Self::Two, Framing::Ink(_)) => VERSION_1_FILTER,
        }
    }
}
