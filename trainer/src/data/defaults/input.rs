//! The shape that the pictures of a listing are brought to where nobody says it.
//!
//! In comes a listing; out goes a shape `[channels, height, width]`: three channels where pictures have colours, and the
//! largest of a few sides that most pictures have.

use std::path::PathBuf;

use models::picture::{DEFAULT_MAX_PIXELS, MemoryBudget, read_picture_head, read_picture_within};
use rayon::prelude::*;

use crate::data::listing::listing::Listing;

/// The number of pictures that are looked at.
const SAMPLE: usize = 64;

/// The sides of a square input. Larger ones cost more than two cores have, and a board has less.
const SIDES: [u32; 7] = [16, 24, 28, 32, 48, 64, 96];

/// The largest side for a set of more pictures than this: an epoch has to end.
const MANY_PICTURES: usize = 30_000;
const SIDE_OF_MANY: u32 = 64;

/// A picture has colours where its channels differ by more than this in more pixels than a thousandth: JPEG files of grey
/// pictures differ by some.
const COLOURLESS: u8 = 12;

/// What a sample of pictures says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sampled {
    /// The median of the shorter sides, in pixels; 0 where no picture could be read.
    pub(crate) shorter_side: u32,
    /// Whether any picture has colours.
    pub(crate) has_colours: bool,
}

/// Returns the shape that the pictures of `listing` are brought to.
pub(crate) fn chosen_shape(listing: &Listing) -> [usize; 3] {
    shape_for(sampled(listing), listing.pictures.len())
}

/// Returns the shape for so many pictures of which a sample is known.
pub(crate) fn shape_for(sampled: Sampled, pictures: usize) -> [usize; 3] {
    let most = if pictures > MANY_PICTURES { SIDE_OF_MANY } else { u32::MAX };
    let fits = |side: &&u32| **side <= sampled.shorter_side.max(SIDES[0]) && **side <= most;
    let side = *SIDES.iter().rev().find(fits).unwrap_or(&SIDES[0]) as usize;
    [if sampled.has_colours { 3 } else { 1 }, side, side]
}

/// Looks at some pictures, spread over all of them: at the heads of all these, and at pixels until one has colours. Of
/// photographs, which have, few are decoded.
pub(crate) fn sampled(listing: &Listing) -> Sampled {
    let count = listing.pictures.len().min(SAMPLE);
    let picture = |number: usize| &listing.pictures[number * listing.pictures.len() / count];
    let paths: Vec<PathBuf> = (0..count).map(|number| listing.root.join(&picture(number).path)).collect();
    let sides = paths.par_iter().filter_map(|path| read_picture_head(path).ok()?.sides);
    let mut shorter: Vec<u32> = sides.map(|[width, height]| width.min(height)).collect();
    shorter.sort_unstable();
    let memory = MemoryBudget::half_of_what_is_free();
    let is_coloured = |path: &PathBuf| {
        read_picture_within(path, DEFAULT_MAX_PIXELS, &memory).is_ok_and(|picture| has_colours(&picture))
    };
    Sampled {
        shorter_side: shorter.get(shorter.len() / 2).copied().unwrap_or(0),
        has_colours: paths.par_iter().with_max_len(1).any(is_coloured),
    }
}

/// Returns whether a picture has colours, whatever its file stores.
fn has_colours(picture: &image::DynamicImage) -> bool {
    if !picture.color().has_color() {
        return false;
    }
    let pixels = picture.to_rgba8();
    let is_coloured = |pixel: &image::Rgba<u8>| {
        let [red, green, blue, alpha] = pixel.0;
        alpha > 0 && red.max(green).max(blue) - red.min(green).min(blue) > COLOURLESS
    };
    let coloured = pixels.pixels().filter(|pixel| is_coloured(pixel)).count();
    coloured * 1000 > pixels.pixels().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_input_is_no_larger_than_most_pictures() {
        let shape =
            |shorter_side, has_colours, pictures| shape_for(Sampled { shorter_side, has_colours }, pictures);
        assert_eq!(shape(3000, true, 500), [3, 96, 96]);
        assert_eq!(shape(3000, true, 100_000), [3, 64, 64]);
        assert_eq!(shape(72, true, 500), [3, 64, 64]);
        assert_eq!(shape(32, true, 50_000), [3, 32, 32]);
        assert_eq!(shape(28, false, 500), [1, 28, 28]);
        assert_eq!(shape(1, false, 500), [1, 16, 16]);
    }

    #[test]
    fn a_grey_picture_that_is_stored_in_colour_has_none() {
        let grey = image::RgbImage::from_fn(40, 40, |x, y| {
            let tone = (x * 5) as u8;
            image::Rgb([tone, tone.saturating_add((y % 5) as u8), tone])
        });
        assert!(!has_colours(&grey.clone().into()));
        let mut coloured = grey;
        (0..40).for_each(|x| coloured.put_pixel(x, 3, image::Rgb([200, 20, 20])));
        assert!(has_colours(&coloured.into()));
    }
}
