//! Images in memory, with their labels where they have some.
//!
//! In come pixels `[count, height, width]` of one byte each and labels `[count]`; out go single images, or a range of
//! them as a network's input `[count, 1, height, width]`. The images stay bytes until a batch is made: as f32 they
//! would be four times as large. A set knows how many classes its labels may name.

use models::ImageInput;
use models::picture::preprocessing;
use models::storage::sha256;

use crate::data::label_order::LabelOrder;

/// The shape of the images that the networks of this trainer see, `[channels, height, width]`.
pub const NETWORK_INPUT: [usize; 3] = [1, 28, 28];

/// What stands in the place of a label where images have none; of images with labels it is one like any other.
const NO_LABEL: u8 = u8::MAX;

/// Images, one byte a pixel, light ink on dark, and their labels where they have some.
#[derive(Debug, Clone)]
pub struct DataSet {
    /// The pixels of all images, `[count, height, width]`.
    pixels: Vec<u8>,
    /// The label of each image, [`NO_LABEL`] where there are none.
    labels: Vec<u8>,
    /// The number of classes that labels may name; `None` where the images have no labels.
    classes: Option<usize>,
    height: usize,
    width: usize,
}

impl DataSet {
    /// Returns a set of images of `[height, width]`, one after another, with a label below `classes` for each.
    pub(crate) fn new(pixels: Vec<u8>, labels: Vec<u8>, classes: usize, side: [usize; 2]) -> Self {
        Self { pixels, labels, classes: Some(classes), height: side[0], width: side[1] }
    }

    /// Returns a set of images of `[height, width]`, one after another, without labels.
    pub(crate) fn unlabelled(pixels: Vec<u8>, [height, width]: [usize; 2]) -> Self {
        let count = pixels.len() / (height * width).max(1);
        Self { pixels, labels: vec![NO_LABEL; count], classes: None, height, width }
    }

    /// Returns whether the images have labels.
    pub(crate) fn is_labelled(&self) -> bool {
        self.classes.is_some()
    }

    /// Returns the number of classes that labels may name, 0 where the images have no labels.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes.unwrap_or(0)
    }

    /// Returns the images for whose positions `keep` holds.
    pub(crate) fn filtered(&self, keep: impl Fn(usize) -> bool) -> Self {
        let kept = || (0..self.len()).filter(|index| keep(*index));
        let pixels = kept().flat_map(|index| self.image(index)).copied().collect();
        let labels = kept().map(|index| self.labels[index]).collect();
        Self { pixels, labels, ..*self }
    }

    /// Returns the same images with the labels that `order` takes theirs to.
    #[must_use]
    pub fn relabelled(self, order: &LabelOrder) -> Self {
        let mut relabelled = self;
        if relabelled.is_labelled() {
            // A label is a byte, and so is its position among as many names.
            relabelled.labels.iter_mut().for_each(|label| *label = order.position(usize::from(*label)) as u8);
        }
        relabelled
    }

    /// Returns the number of images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Returns whether the set has no images.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Returns the class of each image, in the order of the images.
    #[must_use]
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// Returns the pixels of one image, `[height, width]`. `index` must be under [`DataSet::len`].
    #[must_use]
    pub fn image(&self, index: usize) -> &[u8] {
        let len = self.height * self.width;
        &self.pixels[index * len..(index + 1) * len]
    }

    /// Returns the number of images of each class, in the order of the labels; empty where the images have no labels.
    pub(crate) fn class_sizes(&self) -> Vec<usize> {
        let mut sizes = vec![0; self.classes()];
        let labels = self.labels.iter().filter(|_| self.is_labelled());
        labels.for_each(|&label| sizes[usize::from(label)] += 1);
        sizes
    }

    /// Returns whether all images are the same: nothing can be learned from them.
    pub(crate) fn is_constant(&self) -> bool {
        (1..self.len()).all(|index| self.image(index) == self.image(0))
    }

    /// Returns the numbers of rows and of columns of an image.
    #[must_use]
    pub fn side(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    /// Returns the SHA-256 of all pixels and labels, in hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256::hex([self.pixels.as_slice(), self.labels.as_slice()])
    }

    /// Returns the network's input for a range of images, `[count, 1, height, width]`.
    pub(crate) fn inputs(&self, range: std::ops::Range<usize>, input: &ImageInput) -> Vec<f32> {
        let len = self.height * self.width;
        preprocessing::from_bytes(&self.pixels[range.start * len..range.end * len], input)
    }
}
