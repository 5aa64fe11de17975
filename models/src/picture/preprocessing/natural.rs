//! A natural picture as the bytes of a network's input.
//!
//! In: a decoded picture. Out: bytes `[channels, height, width]`: the part that the contract's framing asks for, brought to
//! size by the triangle filter, on the contract's padding.

use image::DynamicImage;

use super::byte_rows::{ByteRows, byte_of};
use super::placement::Placement;
use super::triangle;
use crate::contract::ImageInput;

/// The bytes of a picture of at least one pixel at the contract's size, `[channels, height, width]`.
pub(super) fn bytes(picture: &DynamicImage, input: &ImageInput) -> Vec<u8> {
    let rows = ByteRows::of(picture, input.channels);
    let placement = Placement::of(rows.width, rows.height, input);
    let scaled = triangle::resize(&rows, &placement);
    let mut bytes = Vec::with_capacity(input.values());
    for (channel, &padding) in input.padding.iter().enumerate() {
        let start = bytes.len();
        bytes.resize(start + input.height * input.width, byte_of(padding));
        // A grey picture is the same in red, green and blue.
        let (step, first) = (rows.channels(), channel.min(rows.channels() - 1));
        let plane = bytes[start..].chunks_exact_mut(input.width).skip(placement.top);
        for (row, values) in plane.zip(scaled.chunks_exact(placement.width * step)) {
            let row = &mut row[placement.left..placement.left + placement.width];
            row.iter_mut()
                .zip(values.iter().skip(first).step_by(step))
                .for_each(|(byte, &value)| *byte = value);
        }
    }
    bytes
}
