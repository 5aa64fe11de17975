//! Frames the ink of a grey picture as MNIST was made: the box around it in proportion to the asked size, its centre of mass
//! on the centre (LeCun et al. 1998, section III.A).
//!
//! In: the corrected tones of a picture, ground 0 and ink 1. Out: the part of the picture that becomes the input.

use super::resampling::Frame;
use super::strokes::{self, InkSums};
use super::tones::Tones;
use crate::contract::{ImageInput, InkFraming};

/// The part of `tones` that becomes the input, and whether there is nothing but dust to be framed.
pub(super) fn frame_ink(
    tones: &Tones,
    input: &ImageInput,
    framing: InkFraming,
    whole: Frame,
) -> (Frame, bool) {
    let Some(sums) = strokes::find(tones, framing) else { return (whole, true) };
    let frame = frame_of(&Ink::of(&sums), input, framing, whole);
    (frame, sums.is_dust(tones.width * tones.height))
}

/// `whole` where it is framed right already: MNIST puts box and centre of mass on whole pixels, and the tolerances are for
/// what enlarging does to an edge.
fn frame_of(ink: &Ink, input: &ImageInput, framing: InkFraming, whole: Frame) -> Frame {
    let longest_side = framing.longest_side;
    let longest = ink.width.max(ink.height);
    let off_x = (ink.centre_x - whole.left) / whole.step - centre(input.width);
    let off_y = (ink.centre_y - whole.top) / whole.step - centre(input.height);
    let framed = (longest / whole.step - longest_side as f32).abs() <= framing.box_tolerance
        && off_x.abs() <= framing.centre_tolerance
        && off_y.abs() <= framing.centre_tolerance;
    if framed {
        return whole;
    }
    let step = longest / longest_side as f32;
    let box_x = box_position(ink.centre_x - ink.left, ink.width, step, input.width);
    let box_y = box_position(ink.centre_y - ink.top, ink.height, step, input.height);
    Frame { left: ink.left - box_x * step, top: ink.top - box_y * step, step }
}

/// Where MNIST has the centre of mass, to within half a pixel: the middle of pixel 14 of 28, counted from 0.
fn centre(side: usize) -> f32 {
    (side / 2) as f32 + 0.5
}

/// The pixel of the input on which the box starts, a whole one as in MNIST, so that straight edges stay sharp.
fn box_position(centre_in_box: f32, box_size: f32, step: f32, side: usize) -> f32 {
    let last = (side as f32 - box_size / step).max(0.0);
    (centre(side) - centre_in_box / step).round().clamp(0.0, last)
}

/// The box around the ink and its centre of mass, in pixels of the picture, edges at whole numbers.
#[derive(Debug)]
struct Ink {
    left: f32,
    top: f32,
    width: f32,
    height: f32,
    centre_x: f32,
    centre_y: f32,
}

impl Ink {
    fn of(&InkSums { left, right, top, bottom, mass, mass_x, mass_y, .. }: &InkSums) -> Self {
        Self {
            left: left as f32,
            top: top as f32,
            width: (right - left) as f32,
            height: (bottom - top) as f32,
            centre_x: (mass_x / mass) as f32,
            centre_y: (mass_y / mass) as f32,
        }
    }
}
