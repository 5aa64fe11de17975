//! Which pictures of a listing train, which judge and which measure.
//!
//! In come the pictures that can be read, with the parts that their source has put them into, their groups and the pairs that
//! are nearly the same; out goes the part of each. What is missing of validation and test is drawn from the others, of each
//! class in proportion, by a seed that belongs to the data. Groups and near-duplicates stay on one side.
//!
//! A picture's turn depends on its path and the seed, not on its number: a set that grows keeps most of its split.

use std::collections::HashMap;
use std::fmt;

use models::storage::sha256;
use serde::{Deserialize, Serialize};

use crate::data::listing::listing::Part;
use crate::data::near_duplicates::groups::joined;
use crate::data::validation_split::LEAST_OF_A_CLASS;

/// The share of the pictures that judge, and of those that measure, where none is stated.
pub(crate) const DEFAULT_SHARE: f64 = 0.1;

/// A share of the pictures of a set, over 0 and at most a half.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct PartShare(f64);

impl PartShare {
    /// Returns the share as a number in (0, 0.5].
    #[must_use]
    pub fn value(self) -> f64 {
        self.0
    }
}

impl Default for PartShare {
    fn default() -> Self {
        Self(DEFAULT_SHARE)
    }
}

impl TryFrom<f64> for PartShare {
    type Error = String;

    fn try_from(share: f64) -> Result<Self, String> {
        match share > 0.0 && share <= 0.5 {
            true => Ok(Self(share)),
            false => Err(format!("expected a share over 0 and at most 0.5, found {share}")),
        }
    }
}

impl From<PartShare> for f64 {
    fn from(share: PartShare) -> Self {
        share.0
    }
}

impl fmt::Display for PartShare {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} %", (self.0 * 1e4).round() / 1e2)
    }
}

/// One picture, as the split sees it.
#[derive(Debug, Clone)]
pub(crate) struct SplitPicture<'a> {
    /// What names the picture: its path below the root, percent-encoded.
    pub(crate) name: &'a str,
    pub(crate) label: u16,
    /// The part that the source has put it into.
    pub(crate) part: Part,
    /// The group that it belongs to; `None` where it stands alone.
    pub(crate) group: Option<&'a str>,
}

/// How the parts are drawn that a source lacks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SplitRule {
    pub(crate) validation: PartShare,
    pub(crate) test: PartShare,
    pub(crate) seed: u64,
}

/// A class with too few pictures, or too few groups, for some to train and some to judge.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooFewPictures {
    pub(crate) class: usize,
    /// The number of its pictures that could be drawn from.
    pub(crate) found: usize,
    /// Whether there would be enough if groups and near-duplicates could be divided.
    pub(crate) by_groups: bool,
}

/// Returns the part of each picture: training, validation or test. `alike` are pairs of positions that are nearly the same
/// picture.
///
/// # Errors
/// [`TooFewPictures`] for the first class that cannot both train and judge.
pub(crate) fn split(
    pictures: &[SplitPicture<'_>],
    classes: usize,
    alike: &[[u32; 2]],
    rule: SplitRule,
) -> Result<Vec<Part>, TooFewPictures> {
    let mut parts: Vec<Part> = pictures
        .iter()
        .map(|picture| if picture.part == Part::Undivided { Part::Training } else { picture.part })
        .collect();
    let has = |part: Part| pictures.iter().any(|picture| picture.part == part);
    let units = units(pictures, alike, rule.seed);
    // Pictures that are for measuring alone are not divided.
    if !has(Part::Undivided) && !has(Part::Training) {
        return Ok(parts);
    }
    // Whoever judges comes first: a small class can do without being measured.
    if !has(Part::Validation) {
        let share = Drawn { part: Part::Validation, share: rule.validation.value(), least: LEAST_OF_A_CLASS };
        draw(pictures, classes, &units, &mut parts, share)?;
    }
    if !has(Part::Test) {
        let share = Drawn { part: Part::Test, share: rule.test.value(), least: 0 };
        draw(pictures, classes, &units, &mut parts, share)?;
    }
    Ok(parts)
}

/// A part that is drawn from the training pictures.
#[derive(Clone, Copy)]
struct Drawn {
    part: Part,
    share: f64,
    /// The least number of pictures of each class in it.
    least: usize,
}

/// Returns the positions of pictures that stay together, in the order of their turns.
fn units(pictures: &[SplitPicture<'_>], alike: &[[u32; 2]], seed: u64) -> Vec<Vec<usize>> {
    let mut of_group: HashMap<&str, u32> = HashMap::new();
    let grouped = (0..).zip(pictures).filter_map(|(position, picture)| Some((position, picture.group?)));
    let in_groups = grouped.map(|(position, group)| [*of_group.entry(group).or_insert(position), position]);
    let pairs: Vec<[u32; 2]> = in_groups.chain(alike.iter().copied()).collect();
    let mut members: HashMap<u32, Vec<usize>> = HashMap::new();
    for (position, unit) in joined(pictures.len(), &pairs).into_iter().enumerate() {
        members.entry(unit).or_default().push(position);
    }
    let turn = |unit: &Vec<usize>| {
        let first = unit.iter().map(|&position| pictures[position].name).min().unwrap_or_default();
        sha256::hex([seed.to_le_bytes().as_slice(), first.as_bytes()])
    };
    let mut units: Vec<Vec<usize>> = members.into_values().collect();
    units.sort_by_cached_key(turn);
    units
}

/// Moves pictures from training to a part, of each class its share.
fn draw(
    pictures: &[SplitPicture<'_>],
    classes: usize,
    units: &[Vec<usize>],
    parts: &mut [Part],
    drawn: Drawn,
) -> Result<(), TooFewPictures> {
    let mut drawing = Drawing::of(pictures, classes, parts, drawn);
    let found = drawing.left.clone();
    if let Some(class) = (0..classes).find(|&class| found[class] < drawn.least + LEAST_OF_A_CLASS) {
        return Err(TooFewPictures { class, found: found[class], by_groups: false });
    }
    let wanted = drawing.wanted.clone();
    units.iter().for_each(|unit| drawing.take(unit, &wanted));
    // Large groups overshoot, the smallest first, where a class would have next to nothing otherwise.
    let mut by_size: Vec<&Vec<usize>> = units.iter().collect();
    by_size.sort_by_key(|unit| unit.len());
    for unit in by_size {
        if unit.iter().any(|&position| drawing.lacks(usize::from(pictures[position].label))) {
            drawing.take(unit, &found);
        }
    }
    match (0..classes).find(|&class| drawing.have[class] < drawn.least) {
        Some(class) => Err(TooFewPictures { class, found: found[class], by_groups: true }),
        None => Ok(()),
    }
}

/// A part that is being drawn, by class.
struct Drawing<'a> {
    pictures: &'a [SplitPicture<'a>],
    parts: &'a mut [Part],
    drawn: Drawn,
    /// The number of pictures that the part should have.
    wanted: Vec<usize>,
    /// The number of pictures that the part has.
    have: Vec<usize>,
    /// The number of pictures that are left for training.
    left: Vec<usize>,
}

impl<'a> Drawing<'a> {
    fn of(pictures: &'a [SplitPicture<'a>], classes: usize, parts: &'a mut [Part], drawn: Drawn) -> Self {
        let (mut all, mut left) = (vec![0usize; classes], vec![0usize; classes]);
        for (picture, part) in pictures.iter().zip(parts.iter()) {
            all[usize::from(picture.label)] += 1;
            left[usize::from(picture.label)] += usize::from(*part == Part::Training);
        }
        let wanted = all.iter().zip(&left).map(|(&all, &left)| {
            let share = (all as f64 * drawn.share).round() as usize;
            share.max(drawn.least).min(left.saturating_sub(LEAST_OF_A_CLASS))
        });
        Self { wanted: wanted.collect(), pictures, parts, drawn, have: vec![0; classes], left }
    }

    /// Returns whether a class has next to nothing of what it should have.
    fn lacks(&self, class: usize) -> bool {
        2 * self.have[class] < self.wanted[class] || self.have[class] < self.drawn.least
    }

    /// Moves a unit to the part where no class has more than `most` by that, and enough are left for training. One that has
    /// been drawn already stays where it is.
    fn take(&mut self, unit: &[usize], most: &[usize]) {
        // What the source has put elsewhere stays there, whatever is like it.
        let own =
            |position: &&usize| matches!(self.pictures[**position].part, Part::Undivided | Part::Training);
        let unit: Vec<usize> = unit.iter().filter(own).copied().collect();
        let mut counts: HashMap<usize, usize> = HashMap::new();
        for &position in &unit {
            *counts.entry(usize::from(self.pictures[position].label)).or_default() += 1;
        }
        let fits = counts.iter().all(|(&class, &count)| {
            self.have[class] + count <= most[class] && self.left[class] >= count + LEAST_OF_A_CLASS
        });
        if !fits || unit.iter().any(|&position| self.parts[position] != Part::Training) {
            return;
        }
        unit.iter().for_each(|&position| self.parts[position] = self.drawn.part);
        for (class, count) in counts {
            self.have[class] += count;
            self.left[class] -= count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: SplitRule = SplitRule { validation: PartShare(0.1), test: PartShare(0.2), seed: 0 };

    struct Set {
        names: Vec<String>,
        labels: Vec<u16>,
        groups: Vec<Option<String>>,
    }

    /// `counts` pictures of each class.
    fn set(counts: &[usize]) -> Set {
        let labels: Vec<u16> =
            counts.iter().enumerate().flat_map(|(class, &count)| vec![class as u16; count]).collect();
        let names = (0..labels.len()).map(|index| format!("{}/{index}.png", labels[index])).collect();
        let groups = vec![None; labels.len()];
        Set { names, labels, groups }
    }

    impl Set {
        fn pictures(&self) -> Vec<SplitPicture<'_>> {
            let picture = |index: usize| SplitPicture {
                name: &self.names[index],
                label: self.labels[index],
                part: Part::Undivided,
                group: self.groups[index].as_deref(),
            };
            (0..self.names.len()).map(picture).collect()
        }

        fn counts(&self, parts: &[Part], part: Part) -> Vec<usize> {
            let classes = usize::from(*self.labels.iter().max().unwrap()) + 1;
            let of =
                |class| (0..parts.len()).filter(|&at| parts[at] == part && self.labels[at] == class).count();
            (0..classes as u16).map(of).collect()
        }
    }

    #[test]
    fn each_class_has_its_share_in_each_part() {
        let set = set(&[100, 50, 10, 4]);
        let parts = split(&set.pictures(), 4, &[], RULE).unwrap();
        assert_eq!(set.counts(&parts, Part::Validation), [10, 5, 2, 2]);
        // None of a class of which 2 must train.
        assert_eq!(set.counts(&parts, Part::Test), [20, 10, 2, 0]);
        let again = split(&set.pictures(), 4, &[], RULE).unwrap();
        assert_eq!(parts, again);
        let other = split(&set.pictures(), 4, &[], SplitRule { seed: 1, ..RULE }).unwrap();
        assert_ne!(parts, other);
    }

    #[test]
    fn a_set_that_grows_keeps_most_of_its_split() {
        let set = set(&[200, 200]);
        let all = split(&set.pictures(), 2, &[], RULE).unwrap();
        let fewer: Vec<SplitPicture<'_>> = set.pictures().into_iter().skip(20).collect();
        let before = split(&fewer, 2, &[], RULE).unwrap();
        let moved = before.iter().zip(&all[20..]).filter(|(one, other)| one != other).count();
        assert!(moved < 20, "{moved}");
    }

    #[test]
    fn groups_and_near_duplicates_stay_on_one_side() {
        let mut set = set(&[60, 60]);
        for index in 0..120 {
            set.groups[index] = Some(format!("film {}", index / 6));
        }
        // A near-duplicate joins the first and the last film, which are of two classes.
        let parts = split(&set.pictures(), 2, &[[0, 119]], RULE).unwrap();
        for film in parts.chunks(6) {
            assert!(film.iter().all(|part| *part == film[0]));
        }
        assert_eq!(parts[0], parts[119]);
        assert_eq!(set.counts(&parts, Part::Validation), [6, 6]);
    }

    #[test]
    fn a_class_that_cannot_be_divided_is_named() {
        let small = set(&[10, 3]);
        let error = split(&small.pictures(), 2, &[], RULE).unwrap_err();
        assert_eq!(error, TooFewPictures { class: 1, found: 3, by_groups: false });
        let mut one_film = set(&[10, 10]);
        one_film.groups[10..].iter_mut().for_each(|group| *group = Some("film".to_owned()));
        let error = split(&one_film.pictures(), 2, &[], RULE).unwrap_err();
        assert_eq!(error, TooFewPictures { class: 1, found: 10, by_groups: true });
    }

    #[test]
    fn parts_that_a_source_has_stay_as_they_are() {
        let set = set(&[20, 20]);
        let mut pictures = set.pictures();
        pictures.iter_mut().for_each(|picture| picture.part = Part::Training);
        (0..5).for_each(|at| pictures[at].part = Part::Test);
        (20..25).for_each(|at| pictures[at].part = Part::Test);
        let parts = split(&pictures, 2, &[], RULE).unwrap();
        assert_eq!(set.counts(&parts, Part::Test), [5, 5]);
        assert_eq!(set.counts(&parts, Part::Validation), [2, 2]);
    }
}
