//! The connected pieces of ink in a picture, without its specks, for the box around the ink.
//!
//! In: corrected tones, ground 0 and ink 1. Out: rows and columns of every stretch of ink.
//!
//! A piece is kept as runs, the stretches of ink in each row, which are joined where they touch those of the row above:
//! ink is a small part of most pictures.

use std::ops::Range;

use super::tones::Tones;

/// Values over this are ink when its box is measured: low enough for a faint stroke, high enough that the soft edge that
/// enlarging gives to a stroke does not widen the box.
const INK: f32 = 0.25;

/// A speck: a connected piece with less than this share of the largest piece's pixels. Dust and grain, not a stroke.
const SPECK: f32 = 0.02;

/// Runs of ink from the top down, those of one row from left to right.
#[derive(Debug)]
pub(super) struct Strokes {
    runs: Vec<Run>,
    /// The pixels of the piece, for a run that is the root of one.
    sizes: Vec<usize>,
}

#[derive(Debug)]
struct Run {
    y: u32,
    start: u32,
    end: u32,
    /// A run of the same piece that comes before this one, or itself: the root of the piece.
    parent: u32,
}

impl Strokes {
    /// All pieces, those of eight neighbours together.
    pub(super) fn find(tones: &Tones) -> Self {
        let mut runs: Vec<Run> = Vec::new();
        let (mut values, mut above) = (Vec::new(), 0);
        for y in 0..tones.height {
            let first = runs.len();
            for_each_run(tones, y, &mut values, |start, end| {
                let (y, start, end, parent) = (y as u32, start as u32, end as u32, runs.len() as u32);
                runs.push(Run { y, start, end, parent });
            });
            join(&mut runs, above, first);
            above = first;
        }
        let mut sizes = vec![0; runs.len()];
        for index in 0..runs.len() {
            let root = root_of(&mut runs, index);
            sizes[root] += (runs[index].end - runs[index].start) as usize;
        }
        Self { runs, sizes }
    }

    /// Row and columns of every run that belongs to no speck.
    pub(super) fn runs(&self) -> impl Iterator<Item = (usize, Range<usize>)> {
        let smallest = self.sizes.iter().max().map_or(0.0, |largest| *largest as f32 * SPECK);
        // Every run points at its root since they were counted.
        let is_stroke = move |run: &&Run| self.sizes[run.parent as usize] as f32 >= smallest;
        self.runs.iter().filter(is_stroke).map(|run| (run.y as usize, run.start as usize..run.end as usize))
    }
}

/// Calls `found` with the first column of every stretch of ink in row `y` and the one after its last. `values` is where
/// pixels are read to.
fn for_each_run(tones: &Tones, y: usize, values: &mut Vec<f32>, mut found: impl FnMut(usize, usize)) {
    let mut start = None;
    for (columns, bounds) in tones.stretches(y) {
        // All ground or all ink, usually, in the middle of either.
        if bounds.high <= INK && start.is_none() || bounds.low > INK && start.is_some() {
            continue;
        }
        tones.read_row(y, columns.clone(), values);
        for (x, &value) in columns.zip(&*values) {
            match (value > INK, start) {
                (true, None) => start = Some(x),
                (false, Some(first)) => {
                    found(first, x);
                    start = None;
                }
                _ => {}
            }
        }
    }
    if let Some(first) = start {
        found(first, tones.width);
    }
}

/// Joins the runs from `first` on with those of the row above, which begin at `above`, where they touch, corners
/// included.
fn join(runs: &mut [Run], above: usize, first: usize) {
    if first == above || runs[first..].is_empty() || runs[above].y + 1 != runs[first].y {
        return;
    }
    let mut upper = above;
    for lower in first..runs.len() {
        // What ends left of this run can touch none that follows either.
        while upper < first && runs[upper].end < runs[lower].start {
            upper += 1;
        }
        let mut touching = upper;
        while touching < first && runs[touching].start <= runs[lower].end {
            let (one, other) = (root_of(runs, touching), root_of(runs, lower));
            let (root, joined) = (one.min(other), one.max(other));
            runs[joined].parent = root as u32;
            touching += 1;
        }
    }
}

/// The root of the run at `index`, which points at it from then on.
fn root_of(runs: &mut [Run], index: usize) -> usize {
    let mut root = index;
    while runs[root].parent as usize != root {
        root = runs[root].parent as usize;
    }
    let mut next = index;
    while next != root {
        next = std::mem::replace(&mut runs[next].parent, root as u32) as usize;
    }
    root
}

#[cfg(test)]
mod tests {
    use super::super::plane::Plane;
    use super::*;
    use crate::random::{Generator, Purpose};

    /// A pixel's runs, found by walking from neighbour to neighbour.
    fn by_walking(width: usize, height: usize, ink: &[bool]) -> Vec<bool> {
        let mut piece_of = vec![usize::MAX; ink.len()];
        let mut sizes = Vec::new();
        for start in (0..ink.len()).filter(|&pixel| ink[pixel]) {
            let mut open = vec![start];
            let mut size = 0;
            while let Some(pixel) = open.pop() {
                if !ink[pixel] || piece_of[pixel] != usize::MAX {
                    continue;
                }
                piece_of[pixel] = sizes.len();
                size += 1;
                let (x, y) = (pixel % width, pixel / width);
                for near_y in y.saturating_sub(1)..(y + 2).min(height) {
                    open.extend(
                        (x.saturating_sub(1)..(x + 2).min(width)).map(|near_x| near_y * width + near_x),
                    );
                }
            }
            sizes.push(size);
        }
        let smallest = *sizes.iter().max().unwrap_or(&0) as f32 * SPECK;
        piece_of.iter().map(|&piece| piece != usize::MAX && sizes[piece] as f32 >= smallest).collect()
    }

    #[test]
    fn runs_cover_what_walking_from_neighbour_to_neighbour_finds() {
        let mut generator = Generator::new(7, Purpose::Sample, 0, 0);
        for (width, height, share) in [
            (1, 1, 100),
            (70, 40, 5),
            (70, 40, 30),
            (33, 64, 45),
            (97, 31, 60),
            (40, 40, 95),
            (5, 300, 50),
            (64, 9, 0),
            (300, 40, 2),
            (300, 40, 99),
            (129, 30, 100),
        ] {
            let ink: Vec<bool> = (0..width * height).map(|_| generator.below(100) < share).collect();
            let values = ink.iter().map(|&ink| if ink { 1.0 } else { INK }).collect();
            let tones = Tones::of_plane(Plane { width, height, values });
            let mut found = vec![false; ink.len()];
            let strokes = Strokes::find(&tones);
            assert!(strokes.runs().map(|(y, columns)| (y, columns.start)).is_sorted());
            for (y, columns) in strokes.runs() {
                columns.for_each(|x| found[y * width + x] = true);
            }
            assert_eq!(found, by_walking(width, height, &ink), "{width}x{height}, {share} %");
        }
    }
}
