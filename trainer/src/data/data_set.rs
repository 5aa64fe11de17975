//! Images of one shape, with their labels where they have some.
//!
//! In come pixels `[count, channels, height, width]` of one byte each, in memory or mapped from a file, and labels
//! `[count]`; out go single images, or a range of them as a network's input `[count, channels, height, width]` of f32.
//! The images stay bytes until a batch is made: as f32 they would be four times as large. Parts of a set share its
//! pixels: a split copies none. A set knows how many classes its labels may name.

use std::path::PathBuf;
use std::sync::Arc;

use models::ImageInput;
use models::storage::sha256;
use rayon::prelude::*;

use crate::data::cache::pixels::Pixels;
use crate::data::label_order::LabelOrder;
use crate::data::network_view::write_input;

/// The shape of the images of a set in the format of MNIST, `[channels, height, width]`.
pub const NETWORK_INPUT: [usize; 3] = [1, 28, 28];

/// What stands in the place of a label where images have none; of images with labels it is one like any other.
const NO_LABEL: u16 = u16::MAX;

/// The largest number of classes whose labels are hashed as single bytes, as those of IDX files are.
const CLASSES_OF_A_BYTE: usize = 256;

/// Images of one shape, one byte a value, and their labels where they have some.
#[derive(Debug, Clone)]
pub struct DataSet {
    /// All images that this set and its other parts share.
    pixels: Arc<Pixels>,
    /// The position of each image of this set among them.
    rows: Vec<u32>,
    /// The label of each image, [`NO_LABEL`] where there are none.
    labels: Vec<u16>,
    /// The number of classes that labels may name; `None` where the images have no labels.
    classes: Option<usize>,
    /// The shape of an image, `[channels, height, width]`.
    shape: [usize; 3],
}

impl DataSet {
    /// Returns a set of images of `shape`, `[channels, height, width]`, one after another, with a label below `classes`
    /// for each.
    pub(crate) fn new(pixels: Vec<u8>, labels: Vec<u16>, classes: usize, shape: [usize; 3]) -> Self {
        Self::of_pixels(Arc::new(Pixels::in_memory(pixels, shape)), labels, Some(classes), shape)
    }

    /// Returns a set of images of `shape`, `[channels, height, width]`, one after another, without labels.
    pub(crate) fn unlabelled(pixels: Vec<u8>, shape: [usize; 3]) -> Self {
        let pixels = Arc::new(Pixels::in_memory(pixels, shape));
        let labels = vec![NO_LABEL; pixels.len()];
        Self::of_pixels(pixels, labels, None, shape)
    }

    /// Returns the set of all images of `pixels`, with as many labels.
    pub(crate) fn of_pixels(
        pixels: Arc<Pixels>,
        labels: Vec<u16>,
        classes: Option<usize>,
        shape: [usize; 3],
    ) -> Self {
        let rows = (0..labels.len() as u32).collect();
        Self { pixels, rows, labels, classes, shape }
    }

    /// Returns the set of the images of `pixels` at `rows`, with a label below `classes` for each.
    pub(crate) fn of_rows(
        pixels: Arc<Pixels>,
        rows: Vec<u32>,
        labels: Vec<u16>,
        classes: usize,
        shape: [usize; 3],
    ) -> Self {
        Self { pixels, rows, labels, classes: Some(classes), shape }
    }

    /// Returns the same images with other values, of `shape`.
    pub(crate) fn with_values(self, values: Vec<u8>, shape: [usize; 3]) -> Self {
        Self::of_pixels(Arc::new(Pixels::in_memory(values, shape)), self.labels, self.classes, shape)
    }

    /// Returns the same images without their labels.
    pub(crate) fn without_labels(self) -> Self {
        Self { labels: vec![NO_LABEL; self.labels.len()], classes: None, ..self }
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
        let rows = kept().map(|index| self.rows[index]).collect();
        let labels = kept().map(|index| self.labels[index]).collect();
        Self { pixels: Arc::clone(&self.pixels), rows, labels, ..*self }
    }

    /// Returns the same images with the labels that `order` takes theirs to.
    #[must_use]
    pub fn relabelled(self, order: &LabelOrder) -> Self {
        let mut relabelled = self;
        if relabelled.is_labelled() {
            // A label is below 4,096, and so is its position among as many names.
            relabelled
                .labels
                .iter_mut()
                .for_each(|label| *label = order.position(usize::from(*label)) as u16);
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
    pub fn labels(&self) -> &[u16] {
        &self.labels
    }

    /// Returns the values of one image, `[channels, height, width]`. `index` must be under [`DataSet::len`].
    #[must_use]
    pub fn image(&self, index: usize) -> &[u8] {
        self.pixels.image(self.rows[index] as usize)
    }

    /// Returns what tells an image from others: its values, or of a decoded picture its thumbnail, whatever its size here.
    pub(crate) fn identity(&self, index: usize) -> &[u8] {
        self.pixels.identity(self.rows[index] as usize)
    }

    /// Returns the file that an image was decoded from; `None` where the images do not lie in a file each.
    #[must_use]
    pub fn path(&self, index: usize) -> Option<PathBuf> {
        self.pixels.path(self.rows[index] as usize)
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

    /// Returns the shape of an image, `[channels, height, width]`.
    #[must_use]
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Returns what the pictures were brought to, in words that differ where their values do; `None` for images that are as
    /// their files have them.
    pub(crate) fn brought_to(&self) -> Option<&str> {
        self.pixels.brought_to()
    }

    /// Returns the number of values of an image, channels · height · width.
    pub(crate) fn values(&self) -> usize {
        self.shape.iter().product()
    }

    /// Returns the SHA-256 of all pixels and labels, in hexadecimal digits. Decoded pictures stand for
    /// themselves by their thumbnails, which are the same whatever size they were brought to.
    #[must_use]
    pub fn sha256(&self) -> String {
        let labels: Vec<u8> = match self.classes() <= CLASSES_OF_A_BYTE {
            // Images without labels have the byte that earlier versions gave them.
            true => self.labels.iter().map(|&label| label.min(u16::from(u8::MAX)) as u8).collect(),
            false => self.labels.iter().flat_map(|label| label.to_le_bytes()).collect(),
        };
        let images = (0..self.len()).map(|index| self.identity(index));
        sha256::hex(images.chain([labels.as_slice()]))
    }

    /// Returns the network's input for a range of images, `[count, channels, height, width]`. Images of another shape are
    /// stretched to that of the input.
    pub(crate) fn inputs(&self, range: std::ops::Range<usize>, input: &ImageInput) -> Vec<f32> {
        let mut tensor = vec![0.0; range.len() * input.values()];
        tensor.par_chunks_exact_mut(input.values().max(1)).zip(range).for_each(|(values, index)| {
            write_input(self.image(index), self.shape, input, values);
        });
        tensor
    }
}
