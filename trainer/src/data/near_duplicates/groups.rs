//! Pictures joined to groups: pairs in, a group's number for each picture out (connected components by union-find).

/// Groups of pictures that grow as pairs are joined.
#[derive(Debug, Clone)]
pub(super) struct Groups {
    /// For each picture an earlier one of its group; for the first of a group itself.
    earlier: Vec<u32>,
}

impl Groups {
    /// Returns groups of one picture each.
    pub(super) fn of_one_each(count: usize) -> Self {
        Self { earlier: (0..count as u32).collect() }
    }

    /// Returns the first picture of the group of `picture`.
    pub(super) fn first_of(&self, mut picture: u32) -> u32 {
        while self.earlier[picture as usize] != picture {
            picture = self.earlier[picture as usize];
        }
        picture
    }

    /// Joins the groups of two pictures.
    pub(super) fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.shortened(one), self.shortened(other));
        let (first, later) = (one.min(other), one.max(other));
        self.earlier[later as usize] = first;
    }

    /// Returns the first picture of a group, to which all on the way point from now on.
    fn shortened(&mut self, picture: u32) -> u32 {
        let first = self.first_of(picture);
        let mut at = picture;
        while at != first {
            at = std::mem::replace(&mut self.earlier[at as usize], first);
        }
        first
    }
}

/// Returns for each of `count` pictures the number of the group that the pairs make, which is the position of the group's
/// first picture. A picture in no pair is a group of its own.
pub(crate) fn joined(count: usize, pairs: &[[u32; 2]]) -> Vec<u32> {
    let mut groups = Groups::of_one_each(count);
    pairs.iter().for_each(|&[one, other]| groups.join(one, other));
    (0..count as u32).map(|picture| groups.shortened(picture)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_of_pairs_is_one_group_named_by_its_first_picture() {
        assert_eq!(joined(7, &[[5, 3], [1, 6], [3, 2], [6, 6]]), [0, 1, 2, 2, 4, 2, 1]);
    }

    #[test]
    fn pictures_without_pairs_are_groups_of_their_own() {
        assert_eq!(joined(3, &[]), [0, 1, 2]);
    }

    #[test]
    fn a_long_chain_takes_no_time() {
        let pairs: Vec<[u32; 2]> = (1..200_000).rev().map(|picture| [picture - 1, picture]).collect();
        assert!(joined(200_000, &pairs).iter().all(|&group| group == 0));
    }
}
