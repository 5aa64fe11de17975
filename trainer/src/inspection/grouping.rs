//! A proposal of what pictures belong together: those of one burst, or those whose names are counted.
//!
//! In comes a listing, out goes a value for `--group-by` with the reason, where there is one by which the set can be split.
//! Frames of one film on both sides of a split make a network look better than it is, and nobody thinks of them in time.

use std::collections::{HashMap, HashSet};

use rayon::prelude::*;

use super::findings::Grouping;
use crate::data::capture_time::capture_time;
use crate::data::group_by::{GroupBy, groups};
use crate::data::listing::listing::Listing;

/// The share of the pictures that must say when they were taken, or have counted names.
const MOST_OF_THEM: f64 = 0.8;

/// The share of the pictures that must be in a group with others for a proposal.
const WORTH_GROUPING: f64 = 0.2;

/// Seconds that are tried, the shortest first: hands between two shots of one thing, then between two things.
const SECONDS: [u32; 4] = [5, 10, 30, 60];

/// The characters before a number at the end of a name.
const SEPARATORS: [char; 4] = ['_', '-', ' ', '.'];

/// The fewest groups of a class: some train, some choose the epoch, some measure.
const LEAST_GROUPS: usize = 3;

/// The fewest pictures of a group, on average, that a name must have to be more than a coincidence.
const LEAST_MEMBERS: f64 = 2.5;

/// Returns a proposal for the pictures of `listing`.
pub(super) fn proposed(listing: &Listing) -> Option<Grouping> {
    by_time(listing).or_else(|| by_name(listing))
}

/// What groups do to a set.
struct Outcome {
    /// The number of pictures that are in a group with others.
    together: usize,
    /// The number of groups with more than one picture.
    groups: usize,
    /// The fewest groups of a class, a picture without a group being one of its own.
    fewest_of_a_class: usize,
    /// The number of pictures without a group.
    alone: usize,
}

fn outcome(listing: &Listing, of: &[Option<String>]) -> Outcome {
    let mut members: HashMap<&str, usize> = HashMap::new();
    of.iter().flatten().for_each(|group| *members.entry(group).or_default() += 1);
    let mut of_class: HashMap<u16, (HashSet<&str>, usize)> = HashMap::new();
    for (picture, group) in listing.pictures.iter().zip(of) {
        let (groups, alone) = of_class.entry(picture.label).or_default();
        match group {
            Some(group) => drop(groups.insert(group)),
            None => *alone += 1,
        }
    }
    let several = || members.values().filter(|&&count| count > 1);
    Outcome {
        together: several().sum(),
        groups: several().count(),
        fewest_of_a_class: of_class.values().map(|(groups, alone)| groups.len() + alone).min().unwrap_or(0),
        alone: of.iter().filter(|group| group.is_none()).count(),
    }
}

/// Proposes the time between shots, where many follow each other within seconds.
fn by_time(listing: &Listing) -> Option<Grouping> {
    let pictures = listing.pictures.len();
    let times: HashMap<_, _> = listing
        .pictures
        .par_iter()
        .filter_map(|picture| {
            let path = listing.root.join(&picture.path);
            let time = capture_time(&path)?;
            Some((path, time))
        })
        .collect();
    if (times.len() as f64) < MOST_OF_THEM * pictures as f64 {
        return None;
    }
    let with = |seconds: u32| {
        let of = groups(&GroupBy::Time(seconds), listing, |path| times.get(path).copied());
        (seconds, outcome(listing, &of))
    };
    let is_useful = |found: &Outcome| {
        found.together as f64 >= WORTH_GROUPING * pictures as f64 && found.fewest_of_a_class >= LEAST_GROUPS
    };
    let useful: Vec<(u32, Outcome)> = SECONDS.map(with).into_iter().filter(|(_, it)| is_useful(it)).collect();
    // The one that the next longer one changes least: there the gaps between bursts begin.
    let change =
        |at: usize| useful.get(at + 1).map_or(usize::MAX, |next| useful[at].1.groups.abs_diff(next.1.groups));
    let (seconds, found) = &useful[(0..useful.len()).min_by_key(|&at| (change(at), at))?];
    let Outcome { together, groups, .. } = found;
    let reason = format!(
        "{together} of {pictures} pictures were taken within {seconds} s of another one, in {groups} bursts: they show \
         nearly the same"
    );
    Some(Grouping { group_by: GroupBy::Time(*seconds).to_string(), reason })
}

/// Proposes the beginning of the names, where they end in numbers and their beginnings are neither one a class nor all
/// different.
fn by_name(listing: &Listing) -> Option<Grouping> {
    let pictures = listing.pictures.len();
    SEPARATORS.into_iter().find_map(|separator| {
        let counted = listing.pictures.iter().filter(|picture| {
            let stem = picture.path.file_stem().unwrap_or_default().to_string_lossy();
            let number = stem.rsplit_once(separator).map(|(_, number)| number.to_owned());
            number.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
        });
        if (counted.count() as f64) < MOST_OF_THEM * pictures as f64 {
            return None;
        }
        let found = outcome(listing, &groups(&GroupBy::Prefix(separator), listing, |_| None));
        let is_useful = found.fewest_of_a_class >= LEAST_GROUPS
            && found.together as f64 >= MOST_OF_THEM * pictures as f64
            && (pictures - found.alone) as f64 >= LEAST_MEMBERS * found.groups as f64;
        is_useful.then(|| Grouping {
            group_by: GroupBy::Prefix(separator).to_string(),
            reason: format!(
                "the names count {} series, such as frames of films: pictures of one series may show nearly the same",
                found.groups
            ),
        })
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::data::listing::listing::{ListedPicture, Part, Stamp};

    fn listing(names: impl Iterator<Item = (u16, String)>) -> Listing {
        let mut listing = Listing::empty(Path::new("/nowhere"), Path::new("/nowhere"));
        listing.pictures = names
            .map(|(label, name)| ListedPicture {
                path: format!("{label}/{name}").into(),
                label,
                part: Part::Undivided,
                group: None,
                stamp: Stamp { length: 0, modified: 0 },
            })
            .collect();
        listing
    }

    fn by_names(name: impl Fn(usize) -> String + Copy) -> Option<String> {
        let names = (0..2).flat_map(|label| (0..60).map(move |number| (label, name(number))));
        proposed(&listing(names)).map(|it| it.group_by)
    }

    #[test]
    fn frames_of_films_are_told_by_their_names() {
        assert_eq!(by_names(|it| format!("film{}_{:04}.jpg", it / 10, it % 10)).as_deref(), Some("prefix:_"));
        assert_eq!(by_names(|it| format!("a-b{}-{}.jpg", it / 10, it % 10)).as_deref(), Some("prefix:-"));
    }

    #[test]
    fn names_that_only_count_pictures_or_name_the_class_propose_nothing() {
        assert_eq!(by_names(|it| format!("{it:05}.jpg")), None);
        assert_eq!(by_names(|it| format!("daisy_{it:05}.jpg")), None);
        assert_eq!(by_names(|it| format!("IMG{it}_1.jpg")), None);
        assert_eq!(
            by_names(|it| format!("film{}_{}.jpg", it / 30, it % 30)),
            None,
            "two films cannot be split"
        );
    }
}
