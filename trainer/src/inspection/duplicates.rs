//! Pictures that show the same, in numbers and by name.
//!
//! In come pairs of pictures with their parts and classes; out go [`Duplicates`]. A picture of the test part that the network
//! has learnt from makes it look better than it is, and the same picture in two classes cannot be learnt.

use std::collections::{BTreeMap, HashMap};

use super::findings::{Across, Duplicates};
use crate::data::listing::listing::{ListedPicture, Part};
use crate::data::near_duplicates::groups::joined;

/// The number of pairs that are named.
const NAMED: usize = 3;

/// Two parts that must not show the same: the first is learnt from, or chooses the epoch, and the second judges.
const APART: [[Part; 2]; 3] =
    [[Part::Training, Part::Test], [Part::Training, Part::Validation], [Part::Validation, Part::Test]];

/// What the pairs of a set are about.
pub(super) struct PairedPictures<'a> {
    /// The pictures, by row.
    pub(super) pictures: Vec<&'a ListedPicture>,
    /// The rows of pictures that are equal, value by value.
    pub(super) equal: Vec<[u32; 2]>,
    /// The rows of pictures that show the same, those with equal thumbnails included.
    pub(super) alike: Vec<[u32; 2]>,
    /// How a picture is named.
    pub(super) name: &'a dyn Fn(&ListedPicture) -> String,
}

impl PairedPictures<'_> {
    /// Returns the findings.
    pub(super) fn findings(&self) -> Duplicates {
        let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let group_of = joined(self.pictures.len(), &self.alike);
        group_of
            .iter()
            .enumerate()
            .for_each(|(row, group)| groups.entry(*group).or_default().push(row as u32));
        groups.retain(|_, rows| rows.len() > 1);
        let has_several_classes =
            |rows: &&Vec<u32>| rows.iter().any(|&row| self.label(row) != self.label(rows[0]));
        Duplicates {
            exact: self.equal.len(),
            pictures: groups.values().map(Vec::len).sum(),
            groups: groups.len(),
            pairs: self.alike.iter().map(|pair| self.paths(*pair)).collect(),
            across: APART.iter().filter_map(|parts| self.across(&groups, *parts)).collect(),
            groups_of_several_classes: groups.values().filter(has_several_classes).count(),
            of_several_classes: self.named(|[one, other]| self.label(one) != self.label(other)),
        }
    }

    fn label(&self, row: u32) -> u16 {
        self.pictures[row as usize].label
    }

    fn part(&self, row: u32) -> Part {
        self.pictures[row as usize].part
    }

    /// Returns the findings about two parts; `None` where no group has pictures of both.
    fn across(&self, groups: &BTreeMap<u32, Vec<u32>>, [part, other]: [Part; 2]) -> Option<Across> {
        let of = |rows: &Vec<u32>, part| rows.iter().filter(|&&row| self.part(row) == part).count();
        let both = groups.values().filter(|rows| of(rows, part) > 0);
        let pictures = both.map(|rows| of(rows, other)).sum();
        let is_across = |pair: [u32; 2]| pair.map(|row| self.part(row)) == [part, other];
        (pictures > 0).then(|| Across {
            part: part.name(),
            other: other.name(),
            pictures,
            pairs: self.named(|[one, other]| is_across([one, other]) || is_across([other, one])),
        })
    }

    /// Returns the names of the first pairs that `is_meant`, each picture in one pair at most.
    fn named(&self, is_meant: impl Fn([u32; 2]) -> bool) -> Vec<[String; 2]> {
        let mut seen: HashMap<u32, ()> = HashMap::new();
        let fresh =
            |pair: &&[u32; 2]| is_meant(**pair) && pair.iter().all(|&row| seen.insert(row, ()).is_none());
        let pairs = self.alike.iter().filter(fresh).take(NAMED);
        pairs.map(|pair| self.paths(*pair)).collect()
    }

    fn paths(&self, pair: [u32; 2]) -> [String; 2] {
        pair.map(|row| (self.name)(self.pictures[row as usize]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::listing::listing::Stamp;

    #[test]
    fn what_is_on_both_sides_and_in_two_classes_is_counted_and_named() {
        let picture = |(name, label, part): &(&str, u16, Part)| ListedPicture {
            path: (*name).into(),
            label: *label,
            part: *part,
            group: None,
            stamp: Stamp { length: 0, modified: 0 },
        };
        let pictures: Vec<ListedPicture> = [
            ("a", 0, Part::Training),
            ("b", 0, Part::Training),
            ("c", 1, Part::Training),
            ("d", 0, Part::Test),
            ("e", 0, Part::Test),
            ("f", 1, Part::Test),
        ]
        .iter()
        .map(picture)
        .collect();
        let paired = PairedPictures {
            pictures: pictures.iter().collect(),
            equal: vec![[0, 3]],
            // `e` is like `d` alone, and so it is in the group of `a`.
            alike: vec![[0, 3], [1, 2], [3, 4]],
            name: &|picture| picture.path.display().to_string(),
        };
        let pair = |one: &str, other: &str| [one.to_owned(), other.to_owned()];
        let across = Across { part: "train", other: "test", pictures: 2, pairs: vec![pair("a", "d")] };
        let expected = Duplicates {
            exact: 1,
            pictures: 5,
            groups: 2,
            pairs: vec![pair("a", "d"), pair("b", "c"), pair("d", "e")],
            across: vec![across],
            groups_of_several_classes: 1,
            of_several_classes: vec![pair("b", "c")],
        };
        assert_eq!(paired.findings(), expected);
    }
}
