//! The connected pieces of ink in a picture, without its specks: the box around the ink and its centre of mass.
//!
//! In: corrected tones, ground 0 and ink 1. Out: the sums of all pieces that are strokes, or nothing where there are none.
//!
//! The picture is walked from the top down. A piece is known by its runs in the row that was read last, the stretches of ink
//! there, which are joined where they touch those of the next row; of a piece that no run touches any more only its sums
//! are kept, together with those of all pieces of as many pixels. So a picture of nothing but dots takes no more memory than
//! one of a single stroke.

use std::collections::BTreeMap;
use std::ops::Range;

use super::tones::Tones;
use crate::contract::InkFraming;

/// The largest piece has at least this share of a picture's pixels, or all ink is dust. A digit that takes a twentieth of
/// the height of a photograph, in strokes of three pixels of a thousand, has seven times as many.
const LEAST_STROKE: f32 = 1.0 / 50_000.0;

/// The sums of ink that belongs together, in pixels of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct InkSums {
    pub(super) left: usize,
    pub(super) right: usize,
    pub(super) top: usize,
    pub(super) bottom: usize,
    /// The number of pixels, and that of the largest piece.
    pixels: usize,
    largest: usize,
    /// The sum of the values, and of the values times the centres of their pixels.
    pub(super) mass: f64,
    pub(super) mass_x: f64,
    pub(super) mass_y: f64,
}

impl InkSums {
    const NOTHING: Self = Self {
        left: usize::MAX,
        right: 0,
        top: usize::MAX,
        bottom: 0,
        pixels: 0,
        largest: 0,
        mass: 0.0,
        mass_x: 0.0,
        mass_y: 0.0,
    };

    /// The sums of one run, whose pixels have these `values`.
    fn of_run(y: usize, columns: Range<usize>, values: &[f32]) -> Self {
        let (left, right) = (columns.start, columns.end);
        let (top, bottom, pixels) = (y, y + 1, values.len());
        let mut sums = Self { left, right, top, bottom, pixels, ..Self::NOTHING };
        for (x, &value) in columns.zip(values) {
            sums.mass += f64::from(value);
            sums.mass_x += f64::from(value) * (x as f64 + 0.5);
        }
        sums.mass_y = sums.mass * (y as f64 + 0.5);
        sums
    }

    /// Whether all that was found in a picture of so many pixels is dust.
    pub(super) fn is_dust(&self, pixels: usize) -> bool {
        (self.largest as f32) < LEAST_STROKE * pixels as f32
    }

    fn add(&mut self, other: &Self) {
        (self.left, self.right) = (self.left.min(other.left), self.right.max(other.right));
        (self.top, self.bottom) = (self.top.min(other.top), self.bottom.max(other.bottom));
        self.pixels += other.pixels;
        (self.mass, self.mass_x) = (self.mass + other.mass, self.mass_x + other.mass_x);
        self.mass_y += other.mass_y;
    }
}

/// Finds the ink of a picture, pieces of eight neighbours together and specks left out; nothing where there is none.
/// `framing` says what is ink, and which pieces are dust and grain.
pub(super) fn find(tones: &Tones, framing: InkFraming) -> Option<InkSums> {
    let (mut above, mut values) = (Row::default(), Vec::new());
    let mut finished: BTreeMap<usize, InkSums> = BTreeMap::new();
    for y in 0..tones.height {
        let mut row = Row { runs: Vec::new(), pieces: std::mem::take(&mut above.pieces) };
        let found = |start, end| row.runs.push(Run { start, end, piece: None });
        for_each_run(tones, y, framing.threshold, &mut values, found);
        row.join(&above.runs);
        for run in 0..row.runs.len() {
            let columns = row.runs[run].start..row.runs[run].end;
            tones.read_row(y, columns.clone(), &mut values);
            row.add(run, &InkSums::of_run(y, columns, &values));
        }
        row.drop_finished(&mut finished);
        above = row;
    }
    above.runs.clear();
    above.drop_finished(&mut finished);
    let largest = *finished.last_key_value()?.0;
    let strokes = finished.iter().filter(|(pixels, _)| **pixels as f32 >= largest as f32 * framing.speck);
    Some(strokes.fold(InkSums { largest, ..InkSums::NOTHING }, |mut sums, (_, pieces)| {
        sums.add(pieces);
        sums
    }))
}

/// The runs of one row, from left to right, and the pieces that they and those of the row above belong to.
#[derive(Debug, Default)]
struct Row {
    runs: Vec<Run>,
    pieces: Vec<Piece>,
}

#[derive(Debug)]
struct Run {
    start: usize,
    end: usize,
    /// The position of its piece, once that is known.
    piece: Option<usize>,
}

#[derive(Debug)]
struct Piece {
    sums: InkSums,
    /// The position of a piece that this one was joined with, or its own.
    parent: usize,
}

impl Row {
    /// Gives every run the piece of those of the row `above` that it touches, corners included, and joins what it connects.
    fn join(&mut self, above: &[Run]) {
        let mut first = 0;
        for run in 0..self.runs.len() {
            let Run { start, end, .. } = self.runs[run];
            // What ends left of this run can touch none that follows either.
            while first < above.len() && above[first].end < start {
                first += 1;
            }
            for touching in above[first..].iter().take_while(|upper| upper.start <= end) {
                let Some(upper) = touching.piece.map(|piece| self.root(piece)) else { continue };
                let own = self.runs[run].piece.map_or(upper, |piece| self.root(piece));
                let (kept, joined) = (own.min(upper), own.max(upper));
                if kept != joined {
                    let sums = self.pieces[joined].sums;
                    self.pieces[kept].sums.add(&sums);
                    self.pieces[joined].parent = kept;
                }
                self.runs[run].piece = Some(kept);
            }
        }
    }

    fn add(&mut self, run: usize, sums: &InkSums) {
        match self.runs[run].piece.map(|piece| self.root(piece)) {
            Some(piece) => self.pieces[piece].sums.add(sums),
            None => {
                self.runs[run].piece = Some(self.pieces.len());
                self.pieces.push(Piece { sums: *sums, parent: self.pieces.len() });
            }
        }
    }

    /// Keeps the pieces of this row's runs alone. The sums of the others go to those of all pieces of as many pixels.
    fn drop_finished(&mut self, finished: &mut BTreeMap<usize, InkSums>) {
        let mut kept: Vec<Piece> = Vec::new();
        let mut place: Vec<Option<usize>> = vec![None; self.pieces.len()];
        for run in 0..self.runs.len() {
            let Some(root) = self.runs[run].piece.map(|piece| self.root(piece)) else { continue };
            let position = *place[root].get_or_insert_with(|| {
                kept.push(Piece { sums: self.pieces[root].sums, parent: kept.len() });
                kept.len() - 1
            });
            self.runs[run].piece = Some(position);
        }
        for (position, piece) in self.pieces.iter().enumerate() {
            if piece.parent == position && place[position].is_none() {
                finished.entry(piece.sums.pixels).or_insert(InkSums::NOTHING).add(&piece.sums);
            }
        }
        self.pieces = kept;
    }

    /// The piece that the piece at `position` was joined with in the end; the way there is shortened.
    fn root(&mut self, position: usize) -> usize {
        let mut root = position;
        while self.pieces[root].parent != root {
            root = self.pieces[root].parent;
        }
        let mut next = position;
        while next != root {
            next = std::mem::replace(&mut self.pieces[next].parent, root);
        }
        root
    }
}

/// Calls `found` with the first column of every stretch of ink, values over `threshold`, in row `y` and the one after its
/// last. `values` is where pixels are read to.
fn for_each_run(
    tones: &Tones,
    y: usize,
    threshold: f32,
    values: &mut Vec<f32>,
    mut found: impl FnMut(usize, usize),
) {
    let mut start = None;
    for (columns, bounds) in tones.stretches(y) {
        // All ground or all ink, usually, in the middle of either.
        if bounds.high <= threshold && start.is_none() || bounds.low > threshold && start.is_some() {
            continue;
        }
        tones.read_row(y, columns.clone(), values);
        for (x, &value) in columns.zip(&*values) {
            match (value > threshold, start) {
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

#[cfg(test)]
mod tests {
    use super::super::plane::Plane;
    use super::*;
    use crate::random::{Generator, Purpose};

    fn framing() -> InkFraming {
        InkFraming::of_side(20)
    }

    /// The same, found by walking from neighbour to neighbour: the box, and the number of pixels.
    fn by_walking(width: usize, height: usize, ink: &[bool]) -> Option<(Range<usize>, Range<usize>, usize)> {
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
        let smallest = *sizes.iter().max()? as f32 * framing().speck;
        let of_stroke =
            |&pixel: &usize| piece_of[pixel] != usize::MAX && sizes[piece_of[pixel]] as f32 >= smallest;
        let strokes: Vec<usize> = (0..ink.len()).filter(of_stroke).collect();
        let (xs, ys) =
            (|| strokes.iter().map(|pixel| pixel % width), || strokes.iter().map(|pixel| pixel / width));
        Some((xs().min()?..xs().max()? + 1, ys().min()?..ys().max()? + 1, strokes.len()))
    }

    #[test]
    fn sums_cover_what_walking_from_neighbour_to_neighbour_finds() {
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
            let values = ink.iter().map(|&ink| if ink { 1.0 } else { framing().threshold }).collect();
            let found = find(&Tones::of_plane(Plane { width, height, values }), framing());
            let expected = by_walking(width, height, &ink);
            let found = found.map(|sums| {
                assert_eq!(sums.mass, sums.pixels as f64);
                (sums.left..sums.right, sums.top..sums.bottom, sums.pixels)
            });
            assert_eq!(found, expected, "{width}x{height}, {share} %");
        }
    }

    #[test]
    fn the_centre_of_mass_is_that_of_the_values() {
        let values = vec![0.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.5, 0.0];
        let sums = find(&Tones::of_plane(Plane { width: 4, height: 2, values }), framing()).unwrap();
        assert_eq!((sums.mass, sums.mass_x, sums.mass_y), (2.0, 1.5 + 1.25 + 1.25, 0.5 + 0.25 + 0.75));
    }

    #[test]
    fn dust_alone_is_told_from_strokes() {
        let mut values = vec![0.0; 400 * 300];
        let is_dust = |values: &[f32]| {
            let plane = Plane { width: 400, height: 300, values: values.to_vec() };
            find(&Tones::of_plane(plane), framing()).map(|sums| sums.is_dust(400 * 300))
        };
        assert_eq!(is_dust(&values), None);
        values[5_000] = 1.0;
        values[70_000] = 1.0;
        assert_eq!(is_dust(&values), Some(true));
        values[5_001..5_040].fill(1.0);
        assert_eq!(is_dust(&values), Some(false));
    }
}
