//! Whether a picture has colours, whatever its file stores: a thumbnail `[3, 32, 32]` in, yes or no out.

/// The number of pixels of a thumbnail.
const AREA: usize = 32 * 32;

/// A pixel has a colour where its channels differ by more than this: JPEG files of grey pictures differ by some.
const COLOURLESS: u8 = 12;

/// The most pixels of a grey picture's thumbnail that have a colour.
const STRAY: usize = 1;

/// Returns whether the picture has colours.
pub(super) fn has_colours(thumbnail: &[u8]) -> bool {
    let is_coloured = |&pixel: &usize| {
        let [red, green, blue] = [0, 1, 2].map(|plane| thumbnail[plane * AREA + pixel]);
        red.max(green).max(blue) - red.min(green).min(blue) > COLOURLESS
    };
    thumbnail.len() == 3 * AREA && (0..AREA).filter(is_coloured).count() > STRAY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grey_picture_that_is_stored_in_colour_has_none() {
        let mut thumbnail: Vec<u8> = (0..3 * AREA).map(|at| (at % AREA / 8 + at / AREA) as u8).collect();
        assert!(!has_colours(&thumbnail));
        thumbnail[500..520].iter_mut().for_each(|red| *red += 100);
        assert!(has_colours(&thumbnail));
    }
}
