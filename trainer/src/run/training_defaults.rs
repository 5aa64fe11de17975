//! Network, augmentation, epochs and batch size where nobody says them.
//!
//! In comes what is known of a set before its images are read; out go choices, each with the reason in words. Grey images of
//! 28×28 pixels in IDX files have what earlier versions gave them: published figures are repeated by them.

use models::Resize;
use models::network::{Preset, STUDENT_HIDDEN_UNITS};

use crate::augmentation::augmentation::Augmentation;
use crate::data::data_set::NETWORK_INPUT;

/// What a training is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A network that others learn from: large.
    Teacher,
    /// A network for a board, on hard labels: small.
    Student,
    /// The same, taught: it learns longer.
    DistilledStudent,
}

/// What is known of a set before its images are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SetFacts {
    /// The shape of the input, `[channels, height, width]`.
    pub(crate) shape: [usize; 3],
    /// How pictures are brought to size.
    pub(crate) resize: Resize,
    /// The number of classes.
    pub(crate) classes: usize,
    /// The number of images that train, roughly.
    pub(crate) images: usize,
    /// Whether the images lie in IDX files.
    pub(crate) is_idx: bool,
}

impl SetFacts {
    /// Returns whether the set is like MNIST, for which earlier versions were made.
    pub(crate) fn is_like_mnist(&self) -> bool {
        self.is_idx && self.shape == NETWORK_INPUT
    }
}

/// A choice with its reason.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chosen<T> {
    pub(crate) value: T,
    /// Why, in a few words.
    pub(crate) reason: String,
}

/// What a training does that nobody has said.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TrainingDefaults {
    pub(crate) network: Chosen<Preset>,
    pub(crate) augmentation: Chosen<Augmentation>,
    pub(crate) epochs: Chosen<usize>,
    pub(crate) batch_size: Chosen<usize>,
    /// The decay per step of the weights' moving average; `None` for none.
    pub(crate) weight_average: Option<Chosen<f64>>,
}

/// A row of a table of networks: the network for sets of fewer images and smaller inputs than these.
struct NetworkRow {
    /// The number of training images from which on the next rows are looked at.
    fewer_images_than: usize,
    /// The shorter side of the input, in pixels, from which on the next rows are looked at.
    shorter_side_under: usize,
    network: fn() -> Preset,
    /// Why, in a few words.
    reason: &'static str,
}

/// What bounds nothing: the last row of each table takes what the others have left.
const ANY: usize = usize::MAX;

/// The teachers for sets that are not like MNIST; the first row that holds.
const TEACHERS: [NetworkRow; 2] = [
    NetworkRow {
        fewer_images_than: 2000,
        shorter_side_under: ANY,
        network: || Preset::Vgg(vec![16, 32, 64]),
        reason: "few pictures: a small network learns more from them",
    },
    NetworkRow {
        fewer_images_than: ANY,
        shorter_side_under: ANY,
        network: || Preset::Vgg(vec![32, 64, 128]),
        reason: "six convolutions see edges, parts and shapes",
    },
];

/// The students for sets that are not like MNIST; the first row that holds.
const STUDENTS: [NetworkRow; 1] = [NetworkRow {
    fewer_images_than: ANY,
    shorter_side_under: ANY,
    network: || Preset::Vgg(vec![8, 16, 32]),
    reason: "six narrow convolutions: what a board has time for",
}];

/// A teacher sees about so many images, whatever the number of them, and a taught student twice as many; within bounds.
const IMAGES_SEEN: usize = 150_000;
const FEWEST_EPOCHS: usize = 15;
const MOST_EPOCHS: usize = 400;

/// The decay per step of the weights' moving average, which few pictures need: their steps are noisy.
const WEIGHT_AVERAGE: f64 = 0.99;

/// An epoch has about so many steps, as far as batches of these sizes allow.
const STEPS_AN_EPOCH: usize = 32;
const BATCH_SIZES: [usize; 4] = [16, 32, 64, 128];

/// Returns what a training for `purpose` does on a set.
pub(crate) fn training_defaults(purpose: Purpose, set: SetFacts) -> TrainingDefaults {
    if set.is_like_mnist() {
        return of_digits(purpose);
    }
    let epochs = (IMAGES_SEEN / set.images.max(1)).clamp(FEWEST_EPOCHS, MOST_EPOCHS);
    let epochs = if purpose == Purpose::DistilledStudent { 2 * epochs } else { epochs };
    let wanted = set.images / STEPS_AN_EPOCH;
    let batch_size = BATCH_SIZES.into_iter().rev().find(|size| *size <= wanted).unwrap_or(BATCH_SIZES[0]);
    TrainingDefaults {
        network: network(purpose, set),
        augmentation: augmentation(set),
        epochs: chosen(epochs, format!("about {} training images, {} seen", set.images, epochs * set.images)),
        batch_size: chosen(batch_size, format!("{} steps an epoch", set.images.div_ceil(batch_size))),
        weight_average: Some(chosen(WEIGHT_AVERAGE, "the mean of the last 100 steps is kept")),
    }
}

fn chosen<T>(value: T, reason: impl Into<String>) -> Chosen<T> {
    Chosen { value, reason: reason.into() }
}

fn of_digits(purpose: Purpose) -> TrainingDefaults {
    let network = match purpose {
        Purpose::Teacher => chosen(Preset::Kariya2018, "the published teacher for 28x28 grey images"),
        _ => {
            chosen(Preset::Mlp(STUDENT_HIDDEN_UNITS.to_vec()), "the published student for 28x28 grey images")
        }
    };
    let reason = "as for MNIST";
    TrainingDefaults {
        network,
        augmentation: chosen(Augmentation::None, reason),
        epochs: chosen(15, reason),
        batch_size: chosen(512, reason),
        weight_average: None,
    }
}

fn network(purpose: Purpose, set: SetFacts) -> Chosen<Preset> {
    let table = if purpose == Purpose::Teacher { &TEACHERS[..] } else { &STUDENTS[..] };
    let side = set.shape[1].min(set.shape[2]);
    let holds = |row: &&NetworkRow| set.images < row.fewer_images_than && side < row.shorter_side_under;
    let row = table.iter().find(holds).unwrap_or(&table[table.len() - 1]);
    chosen((row.network)(), row.reason)
}

fn augmentation(set: SetFacts) -> Chosen<Augmentation> {
    match set.resize {
        Resize::Ink { .. } => chosen(Augmentation::Affine, "drawings: turned, scaled, moved, never mirrored"),
        _ => chosen(Augmentation::Photos, "photographs: mirrored, moved, in another light"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PHOTOGRAPHS: SetFacts =
        SetFacts { shape: [3, 96, 96], resize: Resize::Fit, classes: 5, images: 1000, is_idx: false };

    #[test]
    fn digits_keep_what_their_published_figures_were_made_with() {
        let digits = SetFacts { shape: [1, 28, 28], images: 55_000, is_idx: true, ..PHOTOGRAPHS };
        let defaults = training_defaults(Purpose::DistilledStudent, digits);
        assert_eq!(defaults.network.value, Preset::Mlp(vec![128, 128]));
        assert_eq!((defaults.epochs.value, defaults.batch_size.value), (15, 512));
        assert_eq!(defaults.augmentation.value, Augmentation::None);
    }

    #[test]
    fn the_first_row_that_holds_names_the_network() {
        let of = |purpose, images, side| {
            let set = SetFacts { images, shape: [3, side, 2 * side], ..PHOTOGRAPHS };
            training_defaults(purpose, set).network.value.to_string()
        };
        assert_eq!(of(Purpose::Teacher, 1999, 96), "vgg:16x32x64");
        assert_eq!(of(Purpose::Teacher, 2000, 96), "vgg:32x64x128");
        assert_eq!(of(Purpose::Student, 1999, 32), "vgg:8x16x32");
        assert_eq!(of(Purpose::DistilledStudent, 50_000, 224), "vgg:8x16x32");
        for table in [&TEACHERS[..], &STUDENTS[..]] {
            let last = table.last().unwrap();
            assert_eq!((last.fewer_images_than, last.shorter_side_under), (ANY, ANY));
        }
    }

    #[test]
    fn few_images_are_seen_more_often_in_smaller_batches() {
        let of = |purpose, images| {
            let defaults = training_defaults(purpose, SetFacts { images, ..PHOTOGRAPHS });
            (defaults.epochs.value, defaults.batch_size.value)
        };
        assert_eq!(of(Purpose::Teacher, 150), (400, 16));
        assert_eq!(of(Purpose::Teacher, 3000), (50, 64));
        assert_eq!(of(Purpose::Teacher, 50_000), (15, 128));
        assert_eq!(of(Purpose::DistilledStudent, 50_000), (30, 128));
    }

    #[test]
    fn networks_fit_any_number_of_classes() {
        for (purpose, classes) in [(Purpose::Teacher, 5), (Purpose::Teacher, 4096), (Purpose::Student, 4096)]
        {
            let defaults = training_defaults(purpose, SetFacts { classes, ..PHOTOGRAPHS });
            let network = defaults.network.value.network([3, 96, 96], classes);
            assert_eq!(network.classes(), Ok(classes));
        }
    }
}
