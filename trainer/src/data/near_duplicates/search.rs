//! The search for near-duplicates among all pairs of a set.
//!
//! In come thumbnails, out go pairs. Hashes of all pairs are compared, 64 bits each; what is left is compared in colour.
//! Pictures that are in one group already need no further comparison, so that ten thousand frames of one film do not take
//! fifty million. The result depends on the thumbnails alone, not on the number of threads.

use rayon::prelude::*;

use super::comparison::show_the_same;
use super::fingerprint::{Fingerprint, MOST_BITS, hasher};
use super::groups::Groups;
use super::softened::Softened;
use super::thumbnails::Thumbnails;

/// The number of pictures whose hashes are compared with all earlier ones at a time.
const ROWS: usize = 256;

/// The most comparisons in colour between two looks at the groups that they have made.
const COMPARISONS: usize = 256;

/// The number of comparisons with one picture that a thread makes at a time.
const OF_A_THREAD: usize = 32;

/// The most pictures of one group that a picture is compared with, the nearest ones by their hashes.
const OF_A_GROUP: usize = 4;

/// A pair whose hashes and mean colours are near: the later picture, the earlier one, and the bits that differ.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    later: u32,
    earlier: u32,
    bits: u32,
}

/// Returns pairs of pictures that show the same, the earlier picture first: re-encoded, made smaller, or cropped by a few
/// hundredths. Pictures with next to no contrast are in no pair.
///
/// All pictures of a group are connected by pairs; in a large group not every pair is named.
pub(crate) fn near_duplicates(thumbnails: &Thumbnails<'_>) -> Vec<[u32; 2]> {
    let fingerprints = fingerprints(thumbnails);
    let hashes: Vec<u64> = fingerprints.iter().map(|(_, fingerprint)| fingerprint.hash).collect();
    let mut groups = Groups::of_one_each(thumbnails.len());
    let mut pairs = Vec::new();
    for start in (0..fingerprints.len()).step_by(ROWS) {
        let rows = start..(start + ROWS).min(fingerprints.len());
        let candidates: Vec<Vec<Candidate>> =
            rows.into_par_iter().map(|row| candidates(&fingerprints, &hashes, row)).collect();
        let mut waiting = Vec::new();
        for of_a_row in candidates {
            waiting.extend(worth_comparing(of_a_row, &groups));
            if waiting.len() >= COMPARISONS {
                compare(thumbnails, &mut waiting, &mut groups, &mut pairs);
            }
        }
        compare(thumbnails, &mut waiting, &mut groups, &mut pairs);
    }
    pairs.sort_unstable();
    pairs
}

/// Returns the fingerprints of the pictures that can be compared, with their positions.
fn fingerprints(thumbnails: &Thumbnails<'_>) -> Vec<(u32, Fingerprint)> {
    let hasher = hasher();
    (0..thumbnails.len() as u32)
        .into_par_iter()
        .filter_map(|picture| Some((picture, Fingerprint::of(thumbnails.of(picture), &hasher)?)))
        .collect()
}

/// Returns the candidates of the picture in `row` among those before it.
fn candidates(fingerprints: &[(u32, Fingerprint)], hashes: &[u64], row: usize) -> Vec<Candidate> {
    let (later, fingerprint) = &fingerprints[row];
    let near = hashes[..row].iter().map(|hash| (hash ^ hashes[row]).count_ones()).enumerate();
    near.filter(|(_, bits)| *bits <= MOST_BITS)
        .filter(|(earlier, _)| fingerprint.has_colours_of(&fingerprints[*earlier].1))
        .map(|(earlier, bits)| Candidate { later: *later, earlier: fingerprints[earlier].0, bits })
        .collect()
}

/// Returns of one picture's candidates the nearest of each group, without those of its own.
fn worth_comparing(candidates: Vec<Candidate>, groups: &Groups) -> Vec<Candidate> {
    let mut by_group: Vec<(u32, Candidate)> = candidates
        .into_iter()
        .map(|candidate| (groups.first_of(candidate.earlier), candidate))
        .filter(|(group, candidate)| *group != groups.first_of(candidate.later))
        .collect();
    by_group.sort_unstable_by_key(|(group, candidate)| (*group, candidate.bits, candidate.earlier));
    let nearest =
        by_group.chunk_by(|one, other| one.0 == other.0).flat_map(|group| group.iter().take(OF_A_GROUP));
    nearest.map(|(_, candidate)| *candidate).collect()
}

/// Compares the waiting candidates, and joins those that show the same.
fn compare(
    thumbnails: &Thumbnails<'_>,
    waiting: &mut Vec<Candidate>,
    groups: &mut Groups,
    pairs: &mut Vec<[u32; 2]>,
) {
    let by_picture: Vec<&[Candidate]> = waiting
        .chunk_by(|one, other| one.later == other.later)
        .flat_map(|of_a_picture| of_a_picture.chunks(OF_A_THREAD))
        .collect();
    let found: Vec<[u32; 2]> = by_picture
        .into_par_iter()
        .flat_map_iter(|candidates| {
            let later = Softened::of(thumbnails.of(candidates[0].later));
            let same = candidates.iter().filter(move |candidate| {
                show_the_same(&Softened::of(thumbnails.of(candidate.earlier)), &later)
            });
            same.map(|candidate| [candidate.earlier, candidate.later])
        })
        .collect();
    found.iter().for_each(|&[one, other]| groups.join(one, other));
    pairs.extend(found);
    waiting.clear();
}
