//! Pictures of a set that show the same: re-encoded, made smaller or slightly cropped copies of each other.
//!
//! In come thumbnails `[3, 32, 32]`, one a picture; out go pairs of pictures and the groups that they make. A perceptual
//! hash finds candidates among all pairs, and a comparison in colour decides, relative to the contrast of the pictures
//! themselves: two drawings on white, or two hands before one wall, are no duplicates.

mod alignment;
mod comparison;
pub(crate) mod exact_duplicates;
mod fingerprint;
pub(crate) mod groups;
pub(crate) mod kept_pairs;
mod least_squares;
mod search;
mod sketch;
mod softened;
mod thumbnails;

#[cfg(test)]
mod tests;
