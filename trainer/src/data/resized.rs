//! Images of a set whose files have one size, brought to another.
//!
//! In come images `[count, channels, height, width]` of one byte a value and a network's input; out go the same images in
//! that input's shape, by the preprocessing that pictures in files go through.

use models::ImageInput;
use models::picture::preprocessing;
use rayon::prelude::*;

use crate::data::data_set::DataSet;
use crate::data::network_view::picture;

/// Returns `images` at the size of `input`; the same ones where they have it.
pub(crate) fn brought_to(images: DataSet, input: &ImageInput) -> DataSet {
    if images.shape() == input.shape() {
        return images;
    }
    let resized: Vec<Vec<u8>> = (0..images.len())
        .into_par_iter()
        .map(|index| {
            let picture = picture(images.image(index), images.shape());
            // A picture with pixels is what the preprocessing takes.
            preprocessing::to_bytes(&picture, input).unwrap_or_else(|_| vec![0; input.values()])
        })
        .collect();
    images.with_values(resized.concat(), input.shape())
}

#[cfg(test)]
mod tests {
    use models::Resize;

    use super::*;

    #[test]
    fn colours_stay_in_their_channels_and_labels_with_their_images() {
        let mut values = vec![0u8; 2 * 3 * 4 * 8];
        values[..32].fill(200);
        values[3 * 32 + 64..].fill(90);
        let images = DataSet::new(values, vec![1, 0], 2, [3, 4, 8]);
        let resized = brought_to(images, &ImageInput::version_2([3, 2, 4], Resize::Stretch));
        assert_eq!((resized.shape(), resized.labels()), ([3, 2, 4], [1, 0].as_slice()));
        assert_eq!(resized.image(0), [[200; 8], [0; 8], [0; 8]].concat());
        assert_eq!(resized.image(1), [[0; 8], [0; 8], [90; 8]].concat());
    }
}
