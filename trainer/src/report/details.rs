//! The details of a few networks, which a report shows in full: their logits in, confusion matrices, calibrations,
//! agreements and the pictures that belong to them out.

use std::collections::HashSet;

use models::probability::Temperature;

use crate::network::answers::probabilities;
use crate::report::agreement::Agreement;
use crate::report::calibration::Calibration;
use crate::report::confusion::{ClassCount, ConfusedPair, Confusion};
use crate::report::informative_images::{Choice, informative_images};
use crate::report::measurement::{NetworkLogits, ReportImages};
use crate::report::page_data::{AgreementEntry, Caps, Detail, PairEntry, WorstClass};
use crate::report::pictures::{Picture, PictureError, Pictures};
use crate::report::shown_logits::FEW_CLASSES;
use crate::report::sources::Role;
use crate::report::sweep_plots::decimal;
use crate::report::temperature_scaling::fit_temperature;

/// The most networks that are shown in full: more would make the page large, since each has its logits of every picture.
pub(crate) const MOST_DETAILS: usize = 6;

/// The fewest networks that are shown in full where there are more: the best of each role.
const FEWEST_DETAILS: usize = 3;

/// The most logits of the networks that are shown in full, 256 MB: ten thousand images of a thousand classes by six
/// networks.
const MOST_LOGITS: usize = 64_000_000;

/// The bytes that pictures and their logits may take on the page.
const PICTURE_BYTES: usize = 2_000_000;

/// The most pictures of a page, whatever their size: a browser lays out no more at once.
const MOST_PICTURES: usize = 1_400;

/// The numbers of images a pair of classes may show, tried in turn until the pictures fit.
const CELL_CAPS: [usize; 6] = [24, 12, 6, 3, 1, 0];

const DISAGREEMENTS: usize = 36;

const INFORMATIVE: Choice = Choice { most: 24, of_a_pair: 2 };

/// The most pairs and classes that are shown where a matrix would have more rows than can be told apart.
const MOST_PAIRS: usize = 100;
const MOST_WORST_CLASSES: usize = 40;

/// Returns how many networks are shown in full, on so many images of so many classes.
pub(crate) fn networks_in_full(images: usize, classes: usize) -> usize {
    (MOST_LOGITS / (images * classes).max(1)).clamp(FEWEST_DETAILS, MOST_DETAILS)
}

/// A network with its logits.
#[derive(Debug)]
pub(crate) struct Detailed {
    /// The position of the network among the networks of the report.
    pub(crate) network: usize,
    /// The role of the network.
    pub(crate) role: Role,
    /// The logits of the network.
    pub(crate) logits: NetworkLogits,
}

/// The part of the page that the networks shown in full fill.
#[derive(Debug)]
pub(crate) struct DetailedPart {
    /// One entry per network.
    pub(crate) details: Vec<Detail>,
    /// The agreement of the first teacher with each student.
    pub(crate) agreements: Vec<AgreementEntry>,
    /// All pictures that other fields name by position.
    pub(crate) pictures: Vec<Picture>,
    /// The pictures whose dark knowledge was asked for, as positions in `pictures`.
    pub(crate) chosen: Vec<usize>,
    /// The most informative images, as positions in `pictures`.
    pub(crate) informative: Vec<usize>,
    /// The network that the most informative images were chosen by, as a position in `details`.
    pub(crate) informative_by: usize,
    /// The largest lengths of lists.
    pub(crate) caps: Caps,
}

/// Returns the part of the page that `networks` fill. `chosen` are positions in the training files, as the logits have
/// them. The first of the networks chooses the most informative images.
pub(crate) fn detailed_part(
    networks: &[Detailed],
    images: &ReportImages,
    chosen: &[usize],
) -> Result<DetailedPart, PictureError> {
    let labels = images.measured().labels();
    let confusion = |network: &Detailed| {
        let classes = network.logits.measured.first().map_or(0, Vec::len);
        Confusion::of_probabilities(&probabilities(&network.logits.measured), labels, classes)
    };
    let confusions: Vec<Confusion> = networks.iter().map(confusion).collect();
    let agreements = agreements(networks, labels);
    let informative = networks
        .first()
        .map(|first| informative_images(&probabilities(&first.logits.measured), labels, INFORMATIVE));

    // Each part leaves room for those after it, of which no picture is as important as one of the parts before.
    let mut shown = ShownPictures { networks, images, pictures: Pictures::with_room(PICTURE_BYTES / 4) };
    let chosen = shown.training(chosen)?;
    shown.pictures.make_room(PICTURE_BYTES / 2);
    let informative = shown.measured(&informative.unwrap_or_default(), INFORMATIVE.most)?;
    let room = PICTURE_BYTES / 4 / agreements.len().max(1);
    let agreements = agreements
        .into_iter()
        .enumerate()
        .map(|(position, (teacher, student, agreement))| {
            shown.pictures.make_room(PICTURE_BYTES / 2 + (position + 1) * room);
            let pictures = shown.measured(&agreement.disagreements, DISAGREEMENTS)?;
            Ok(AgreementEntry { teacher, student, agreement, pictures })
        })
        .collect::<Result<_, PictureError>>()?;
    shown.pictures.make_room(PICTURE_BYTES);
    let cell = cell_cap(&confusions, shown.pictures.room_for().min(MOST_PICTURES));
    let mut details = Vec::with_capacity(networks.len());
    for (network, confusion) in networks.iter().zip(&confusions) {
        let pairs = shown_pairs(confusion).iter().map(|pair| {
            let wrong = shown.measured(&pair.wrong, cell)?;
            Ok(PairEntry { label: pair.label, guess: pair.guess, images: pair.wrong.len(), wrong })
        });
        details.push(detail(network, confusion, pairs.collect::<Result<_, PictureError>>()?, images));
    }
    let caps = Caps {
        cell,
        disagreements: DISAGREEMENTS,
        details: MOST_DETAILS,
        pairs: MOST_PAIRS,
        classes: MOST_WORST_CLASSES,
    };
    let pictures = shown.pictures.into_vec();
    Ok(DetailedPart { details, agreements, pictures, chosen, informative, informative_by: 0, caps })
}

/// The pictures of the page, with what is said of each.
struct ShownPictures<'a> {
    networks: &'a [Detailed],
    images: &'a ReportImages,
    pictures: Pictures,
}

impl ShownPictures<'_> {
    /// Returns the pictures of training images, as far as there is room for them; `chosen` is what the logits have.
    fn training(&mut self, chosen: &[usize]) -> Result<Vec<usize>, PictureError> {
        let mut numbers = Vec::new();
        for (row, &index) in chosen.iter().enumerate() {
            let logits = self.networks.iter().map(|network| network.logits.chosen[row].as_slice());
            numbers.extend(self.pictures.number(self.images.training_image(index), logits)?);
        }
        Ok(numbers)
    }

    /// Returns the pictures of the first `most` measured images of `positions`, as far as there is room for them.
    fn measured(&mut self, positions: &[usize], most: usize) -> Result<Vec<usize>, PictureError> {
        let mut numbers = Vec::new();
        for &position in positions.iter().take(most) {
            let logits = self.networks.iter().map(|network| network.logits.measured[position].as_slice());
            numbers.extend(self.pictures.number(self.images.measured_image(position), logits)?);
        }
        Ok(numbers)
    }
}

/// Returns the pairs of classes that are shown: all in a matrix, without one the most frequent.
fn shown_pairs(confusion: &Confusion) -> &[ConfusedPair] {
    let most = if confusion.classes.len() <= FEW_CLASSES { usize::MAX } else { MOST_PAIRS };
    &confusion.pairs[..confusion.pairs.len().min(most)]
}

fn detail(network: &Detailed, confusion: &Confusion, pairs: Vec<PairEntry>, images: &ReportImages) -> Detail {
    let labels = images.measured().labels();
    let logits = &network.logits;
    let fitted = fit_temperature(logits.validation(), images.validation().labels());
    let has_matrix = confusion.classes.len() <= FEW_CLASSES;
    let worst = confusion.worst_classes();
    let worst_class = |&class: &usize| {
        let ClassCount { images, right } = confusion.classes[class];
        WorstClass { class, images, errors: images - right }
    };
    Detail {
        network: network.network,
        matrix: has_matrix.then(|| confusion.matrix()),
        pairs,
        confused_pairs: confusion.pairs.len(),
        confused_classes: worst.len(),
        worst: worst.iter().take(if has_matrix { 0 } else { MOST_WORST_CLASSES }).map(worst_class).collect(),
        before: Calibration::of_logits(&logits.measured, labels, Temperature::ONE),
        fitted_temperature: fitted.map(|fitted| decimal(fitted.value())),
        after: fitted.map(|fitted| Calibration::of_logits(&logits.measured, labels, fitted)),
    }
}

/// Returns the agreement of the first teacher with each student, as positions among `networks`.
fn agreements(networks: &[Detailed], labels: &[u16]) -> Vec<(usize, usize, Agreement)> {
    let Some(teacher) = networks.iter().position(|network| network.role == Role::Teacher) else {
        return vec![];
    };
    let students = networks.iter().enumerate().filter(|(_, network)| network.role != Role::Teacher);
    let taught = &networks[teacher].logits.measured;
    students
        .map(|(student, network)| {
            (teacher, student, Agreement::of_logits(taught, &network.logits.measured, labels))
        })
        .collect()
}

/// Returns how many images a pair of classes may show so that there are at most `most` pictures of them.
fn cell_cap(confusions: &[Confusion], most: usize) -> usize {
    let count = |cap: usize| {
        let pairs = confusions.iter().flat_map(shown_pairs);
        pairs.flat_map(|pair| pair.wrong.iter().take(cap)).collect::<HashSet<_>>().len()
    };
    CELL_CAPS.into_iter().find(|&cap| count(cap) <= most).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every image of class 0, taken for the other classes in turn.
    fn confusion(images: usize, classes: usize) -> Confusion {
        let row = |image: usize| {
            let mut row = vec![0.0; classes];
            row[1 + image % (classes - 1)] = 1.0;
            row
        };
        let rows: Vec<Vec<f32>> = (0..images).map(row).collect();
        Confusion::of_probabilities(&rows, &vec![0; images], classes)
    }

    #[test]
    fn cells_show_fewer_images_where_there_are_too_many() {
        let confusions = [confusion(5_000, 10)];
        for (most, cap) in [(1_400, 24), (215, 12), (54, 6), (30, 3), (9, 1), (8, 0)] {
            assert_eq!(cell_cap(&confusions, most), cap, "{most}");
        }
    }

    #[test]
    fn of_many_classes_the_most_frequent_pairs_are_shown() {
        assert_eq!(shown_pairs(&confusion(5_000, 24)).len(), 23);
        assert_eq!(shown_pairs(&confusion(5_000, 300)).len(), MOST_PAIRS);
    }

    #[test]
    fn fewer_networks_are_shown_in_full_where_their_logits_are_many() {
        assert_eq!(networks_in_full(10_000, 10), 6);
        assert_eq!(networks_in_full(10_000, 1_600), 4);
        assert_eq!(networks_in_full(50_000, 4_096), 3);
    }
}
