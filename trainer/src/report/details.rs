//! The details of a few networks, which a report shows in full: their logits in, confusion matrices, calibrations,
//! agreements and the pictures that belong to them out.

use std::collections::HashSet;

use models::probability::Temperature;

use crate::network::answers::probabilities;
use crate::report::agreement::Agreement;
use crate::report::calibration::Calibration;
use crate::report::confusion::Confusion;
use crate::report::informative_images::{Choice, informative_images};
use crate::report::measurement::{NetworkLogits, ReportImages};
use crate::report::page_data::{AgreementEntry, Caps, Detail};
use crate::report::pictures::{Picture, PictureError, Pictures};
use crate::report::sources::Role;
use crate::report::sweep_plots::decimal;
use crate::report::temperature_scaling::fit_temperature;

/// The most networks that are shown in full: more would make the page large, since each has ten logits a picture.
pub(crate) const MOST_DETAILS: usize = 6;

/// The most pictures of a page: a picture takes at most some 1,600 bytes, with the logits of six networks.
const MOST_PICTURES: usize = 1_400;

/// The numbers of images a cell may show, tried in turn until the pictures fit; with the last one they always do.
const CELL_CAPS: [usize; 5] = [24, 12, 6, 3, 1];

const DISAGREEMENTS: usize = 36;

const INFORMATIVE: Choice = Choice { most: 24, of_a_pair: 2 };

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
    let informative = informative.unwrap_or_default();
    let shown = agreements.iter().flat_map(|entry| entry.2.disagreements.iter().take(DISAGREEMENTS));
    let cell = cell_cap(&confusions, shown.chain(&informative).copied().collect());

    let mut pictures = Pictures::default();
    let chosen = chosen
        .iter()
        .enumerate()
        .map(|(row, &index)| {
            let logits = networks.iter().map(|network| network.logits.chosen[row].as_slice());
            pictures.number(images.training_image(index), logits)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut number = |position: usize| {
        let logits = networks.iter().map(|network| network.logits.measured[position].as_slice());
        pictures.number(images.measured_image(position), logits)
    };
    let mut numbers = |positions: &[usize], most: usize| {
        positions.iter().take(most).map(|&position| number(position)).collect::<Result<Vec<_>, _>>()
    };
    let informative = numbers(&informative, INFORMATIVE.most)?;
    let agreements = agreements
        .into_iter()
        .map(|(teacher, student, agreement)| {
            let pictures = numbers(&agreement.disagreements, DISAGREEMENTS)?;
            Ok(AgreementEntry { teacher, student, agreement, pictures })
        })
        .collect::<Result<_, _>>()?;
    let mut details = Vec::with_capacity(networks.len());
    for (network, confusion) in networks.iter().zip(confusions) {
        let row = |row: &Vec<Vec<usize>>| row.iter().map(|positions| numbers(positions, cell)).collect();
        let wrong = confusion.wrong.iter().map(row).collect::<Result<_, _>>()?;
        details.push(detail(network, confusion.counts, wrong, images));
    }
    let caps = Caps { cell, disagreements: DISAGREEMENTS, details: MOST_DETAILS };
    let pictures = pictures.into_vec();
    Ok(DetailedPart { details, agreements, pictures, chosen, informative, informative_by: 0, caps })
}

fn detail(
    network: &Detailed,
    confusion: Vec<Vec<usize>>,
    wrong: Vec<Vec<Vec<usize>>>,
    images: &ReportImages,
) -> Detail {
    let labels = images.measured().labels();
    let logits = &network.logits;
    let fitted = fit_temperature(&logits.validation, images.validation().labels());
    Detail {
        network: network.network,
        confusion,
        wrong,
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

/// Returns how many images a cell may show so that all pictures together, `others` among them, fit the page.
fn cell_cap(confusions: &[Confusion], others: HashSet<usize>) -> usize {
    let count = |cap: usize| {
        let cells = confusions.iter().flat_map(|confusion| confusion.wrong.iter().flatten());
        let shown = cells.flat_map(|cell| cell.iter().take(cap)).copied();
        shown.chain(others.iter().copied()).collect::<HashSet<_>>().len()
    };
    let [.., last] = CELL_CAPS;
    CELL_CAPS.into_iter().find(|&cap| count(cap) <= MOST_PICTURES).unwrap_or(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ten classes, every image of class 0, taken for the other nine in turn.
    #[test]
    fn cells_show_fewer_images_where_there_are_too_many() {
        let confusion = |images: usize| {
            let row = |image: usize| {
                let mut row = vec![0.0; 10];
                row[1 + image % 9] = 1.0;
                row
            };
            let rows: Vec<Vec<f32>> = (0..images).map(row).collect();
            Confusion::of_probabilities(&rows, &vec![0; images], 10)
        };
        assert_eq!(cell_cap(&[confusion(5_000)], HashSet::new()), 24);
        assert_eq!(cell_cap(&[confusion(5_000)], (10_000..11_300).collect()), 6);
        assert_eq!(cell_cap(&[confusion(5_000)], (10_000..20_000).collect()), 1);
    }
}
