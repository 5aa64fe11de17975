//! Labelled images in memory.

use models::ImageInput;
use models::picture::preprocessing;
use models::storage::sha256;

/// Labels are digits or, for sets made like MNIST, ten kinds.
pub const CLASSES: usize = 10;

/// The images that the networks of this trainer see, `[channels, height, width]`.
pub const NETWORK_INPUT: [usize; 3] = [1, 28, 28];

/// Stands where an image has no label.
pub(crate) const NO_LABEL: u8 = u8::MAX;

/// Images, one byte a pixel, light ink on dark, and their labels where they have some.
#[derive(Debug, Clone)]
pub struct DataSet {
    /// `[count, height, width]`.
    pixels: Vec<u8>,
    /// One an image, [`NO_LABEL`] for one without.
    labels: Vec<u8>,
    height: usize,
    width: usize,
}

impl DataSet {
    /// Images of `[height, width]`, one after another, and a label of each.
    pub(crate) fn new(pixels: Vec<u8>, labels: Vec<u8>, [height, width]: [usize; 2]) -> Self {
        Self { pixels, labels, height, width }
    }

    /// Images of `[height, width]`, one after another, without labels.
    pub(crate) fn unlabelled(pixels: Vec<u8>, [height, width]: [usize; 2]) -> Self {
        let count = pixels.len() / (height * width).max(1);
        Self { pixels, labels: vec![NO_LABEL; count], height, width }
    }

    /// Whether every image has a label.
    pub(crate) fn is_labelled(&self) -> bool {
        !self.labels.contains(&NO_LABEL)
    }

    /// The images of which `keep` holds, given the position of each.
    pub(crate) fn filtered(&self, keep: impl Fn(usize) -> bool) -> Self {
        let kept = || (0..self.len()).filter(|index| keep(*index));
        let pixels = kept().flat_map(|index| self.image(index)).copied().collect();
        let labels = kept().map(|index| self.labels[index]).collect();
        Self { pixels, labels, ..*self }
    }

    /// How many images.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The classes of all images, in order.
    #[must_use]
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// The pixels of one image, `[height, width]`. `index` is under [`DataSet::len`].
    #[must_use]
    pub fn image(&self, index: usize) -> &[u8] {
        let len = self.height * self.width;
        &self.pixels[index * len..(index + 1) * len]
    }

    /// Rows and columns of an image.
    #[must_use]
    pub fn side(&self) -> [usize; 2] {
        [self.height, self.width]
    }

    pub(super) fn split_off(&mut self, at: usize) -> Self {
        let pixels = self.pixels.split_off(at * self.height * self.width);
        Self { pixels, labels: self.labels.split_off(at), height: self.height, width: self.width }
    }

    /// SHA-256 of all pixels and labels, in hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256::hex([self.pixels.as_slice(), self.labels.as_slice()])
    }

    /// The network's input for a range of images, `[count, 1, height, width]`.
    pub(crate) fn inputs(&self, range: std::ops::Range<usize>, input: &ImageInput) -> Vec<f32> {
        let len = self.height * self.width;
        preprocessing::from_bytes(&self.pixels[range.start * len..range.end * len], input)
    }
}
