//! Views: each epoch sees each image a little turned, scaled, slanted and shifted, so that a network learns what of a
//! picture does not matter. The same view goes to teacher and student (Beyer et al. 2022, "a good teacher is patient and
//! consistent").

use serde::{Deserialize, Serialize};

use crate::engine::vectorised_fn;
use models::random::{Generator, Purpose};

/// Counts up when the same key gives other pixels: logits of older views are then no longer used.
pub(crate) const VIEWS_VERSION: u32 = 2;

/// A picture turned and scaled by more than this is none any more.
pub(crate) const STRONGEST_VIEWS: f32 = 4.0;

/// How images are changed for training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Views {
    /// The images as they are.
    None,
    /// Moved by whole pixels, up to two each way: the jitter of Hinton, Vinyals, Dean 2015.
    Shift,
    /// A random affine map for each image and epoch.
    Affine,
    /// The same, and a random smooth displacement of every pixel.
    Elastic,
}

/// Bounds of the uniform draws at strength 1: a digit within them is still read as the same digit. Of the size that Simard
/// et al. 2003 and Cireşan et al. 2010 report for MNIST.
const ROTATION_RADIANS: f32 = 0.21;
const SCALE: f32 = 0.12;
const SHEAR: f32 = 0.2;
const SHIFT_PIXELS: f32 = 1.8;

/// Of [`Views::Shift`], each way.
const JITTER_PIXELS: u32 = 2;

impl Views {
    /// Whether there is anything that a strength could scale.
    pub(crate) fn have_strength(self) -> bool {
        matches!(self, Self::Affine | Self::Elastic)
    }
}

/// The views of a training.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ViewPlan {
    pub(crate) views: Views,
    /// Scales the bounds of affine and elastic views.
    pub(crate) strength: f32,
    pub(crate) seed: u64,
    /// After so many epochs the views come again.
    pub(crate) pool: usize,
}

impl ViewPlan {
    /// Whose views an epoch has.
    pub(crate) fn view_epoch(&self, epoch: usize) -> usize {
        if self.views == Views::None { 0 } else { epoch % self.pool.max(1) }
    }

    /// Writes the view of image `index` in `view_epoch` to `view`; both are `[height, width]`, one byte a pixel.
    pub(crate) fn draw(&self, image: &[u8], width: usize, view_epoch: usize, index: u32, view: &mut [u8]) {
        let draws = || Generator::new(self.seed, Purpose::Augmentation, view_epoch as u64, u64::from(index));
        match self.views {
            Views::None => view.copy_from_slice(image),
            Views::Shift => {
                let mut generator = draws();
                let [right, down] = [(); 2]
                    .map(|()| generator.below(2 * JITTER_PIXELS + 1) as isize - JITTER_PIXELS as isize);
                shift(image, width, [right, down], view);
            }
            Views::Affine => {
                let affine = Affine::random(&mut draws(), self.strength);
                apply(affine, image, width, None, view);
            }
            Views::Elastic => {
                let mut generator = draws();
                let affine = Affine::random(&mut generator, self.strength);
                let sides = [image.len() / width, width];
                let field = DisplacementField::random(&mut generator, sides, self.strength);
                apply(affine, image, width, Some(&field), view);
            }
        }
    }
}

/// The image moved right and down, 0 where nothing of it lies.
fn shift(image: &[u8], width: usize, [right, down]: [isize; 2], view: &mut [u8]) {
    view.fill(0);
    let height = image.len() / width;
    // The columns that stay inside, where they come from and where they go.
    let kept = width.saturating_sub(right.unsigned_abs());
    let (from, to) = ((-right).max(0) as usize, right.max(0) as usize);
    for row in 0..height {
        let source = row.checked_add_signed(-down).filter(|source| *source < height);
        let Some(source) = source.filter(|_| kept > 0) else { continue };
        view[row * width + to..][..kept].copy_from_slice(&image[source * width + from..][..kept]);
    }
}

vectorised_fn! {
    /// [`Affine::apply`].
    fn apply<'a>(
        affine: Affine,
        image: &'a [u8],
        width: usize,
        field: Option<&'a DisplacementField>,
        view: &'a mut [u8],
    ) {
        affine.apply(image, width, field, view);
    }
}

/// A map from a view's pixel to a place in the image, about the centre.
#[derive(Debug, Clone, Copy)]
struct Affine {
    /// Row-major.
    matrix: [f32; 4],
    /// Right and down.
    shift: [f32; 2],
}

impl Affine {
    fn random(generator: &mut Generator, strength: f32) -> Self {
        let angle = generator.symmetric(strength * ROTATION_RADIANS);
        let (sine, cosine) = (libm::sinf(angle), libm::cosf(angle));
        let [scale_x, scale_y] = [(); 2].map(|()| 1.0 + generator.symmetric(strength * SCALE));
        let shear = generator.symmetric(strength * SHEAR);
        let shift = [(); 2].map(|()| generator.symmetric(strength * SHIFT_PIXELS));
        let matrix = [
            cosine * scale_x,
            cosine * shear - sine * scale_y,
            sine * scale_x,
            sine * shear + cosine * scale_y,
        ];
        Self { matrix, shift }
    }

    /// Bilinear interpolation, 0 outside of the image. A field's vectors are added to where the map leads.
    #[inline(always)]
    fn apply(&self, image: &[u8], width: usize, field: Option<&DisplacementField>, view: &mut [u8]) {
        let height = image.len() / width;
        let ground = Ground::around(image, width);
        let (centre_x, centre_y) = ((width as f32 - 1.0) / 2.0, (height as f32 - 1.0) / 2.0);
        let [xx, xy, yx, yy] = self.matrix;
        let mut from = vec![Place::default(); width];
        let mut vectors = [vec![0f32; width], vec![0f32; width]];
        for (row, view) in view.chunks_exact_mut(width).enumerate() {
            if let Some(field) = field {
                field.row(row, &mut vectors);
            }
            let y = row as f32 - centre_y;
            let (rights, downs) = (&vectors[0][..width], &vectors[1][..width]);
            let from = &mut from[..width];
            for column in 0..width {
                let x = column as f32 - centre_x;
                let to_x = xx * x + xy * y + centre_x + self.shift[0] + rights[column];
                let to_y = yx * x + yy * y + centre_y + self.shift[1] + downs[column];
                from[column] = ground.place(to_x, to_y);
            }
            for column in 0..width {
                view[column] = ground.at(from[column]);
            }
        }
    }
}

/// A smooth random displacement of every pixel: what Simard et al. 2003 make by blurring one random vector a pixel is made
/// here from one vector every [`KNOT_DISTANCE`] pixels, as a uniform cubic B-spline between them, at a fraction of the
/// work.
struct DisplacementField {
    /// Right and down, `[rows, columns]` each.
    knots: [Vec<f32>; 2],
    columns: usize,
    right: Spline,
    down: Spline,
}

/// Of every position of an axis the first of the four knots around it, and their weights.
struct Spline {
    first: Vec<usize>,
    weights: [Vec<f32>; 4],
}

/// A cubic B-spline over knots at this distance blurs like a Gaussian of 4 pixels, Simard's: its standard deviation is
/// distance / √3.
const KNOT_DISTANCE: f32 = 7.0;

/// Bound of a knot's uniform draw at strength 1, in pixels. The spline makes a displacement of 1.1 pixels (root mean
/// square) of it; Simard's α = 34 makes 1.4 of it.
const KNOT_PIXELS: f32 = 4.0;

impl DisplacementField {
    fn random(generator: &mut Generator, [height, width]: [usize; 2], strength: f32) -> Self {
        let (right, down) = (Spline::over(width), Spline::over(height));
        let columns = right.knots();
        let mut knots = [Vec::new(), Vec::new()];
        for _ in 0..down.knots() * columns {
            knots.iter_mut().for_each(|knots| knots.push(generator.symmetric(strength * KNOT_PIXELS)));
        }
        Self { knots, columns, right, down }
    }

    /// Right and down of every pixel of a row.
    #[inline(always)]
    fn row(&self, row: usize, vectors: &mut [Vec<f32>; 2]) {
        let [w0, w1, w2, w3] = &self.down.weights;
        let (first, weights) = (self.down.first[row], [w0[row], w1[row], w2[row], w3[row]]);
        for (knots, vectors) in self.knots.iter().zip(vectors) {
            let knot = |down: usize, column: usize| knots[(first + down) * self.columns + column];
            let of_row = |at: usize| weighted(weights, [knot(0, at), knot(1, at), knot(2, at), knot(3, at)]);
            let mut start = 0;
            // Pixels between the same knots differ in their weights alone.
            while let Some(&first) = self.right.first.get(start) {
                let mut end = start + 1;
                while self.right.first.get(end) == Some(&first) {
                    end += 1;
                }
                let around = [of_row(first), of_row(first + 1), of_row(first + 2), of_row(first + 3)];
                let [w0, w1, w2, w3] = &self.right.weights;
                let (w0, w1, w2, w3) = (&w0[start..end], &w1[start..end], &w2[start..end], &w3[start..end]);
                let vectors = &mut vectors[start..end];
                for index in 0..end - start {
                    vectors[index] = weighted([w0[index], w1[index], w2[index], w3[index]], around);
                }
                start = end;
            }
        }
    }
}

impl Spline {
    fn over(side: usize) -> Self {
        let mut spline = Self { first: Vec::new(), weights: Default::default() };
        for position in 0..side {
            let place = position as f32 / KNOT_DISTANCE;
            let first = place as usize;
            let t = place - first as f32;
            let (t2, t3) = (t * t, t * t * t);
            let of_position = [
                (1.0 - 3.0 * t + 3.0 * t2 - t3) / 6.0,
                (4.0 - 6.0 * t2 + 3.0 * t3) / 6.0,
                (1.0 + 3.0 * t + 3.0 * t2 - 3.0 * t3) / 6.0,
                t3 / 6.0,
            ];
            spline.first.push(first);
            spline.weights.iter_mut().zip(of_position).for_each(|(weights, weight)| weights.push(weight));
        }
        spline
    }

    /// As many as the axis needs, and the three behind its last interval.
    fn knots(&self) -> usize {
        (self.first.len() as f32 / KNOT_DISTANCE).ceil() as usize + 3
    }
}

#[inline(always)]
fn weighted(weights: [f32; 4], values: [f32; 4]) -> f32 {
    weights[0] * values[0] + weights[1] * values[1] + weights[2] * values[2] + weights[3] * values[3]
}

/// An image with a border of zeros around it, so that a place outside needs no question for each of its neighbours.
struct Ground {
    /// `[height + 3, width + 3]`: one row and column before, two behind.
    values: Vec<f32>,
    row_len: usize,
    /// The largest places, right and down, that are told apart: what lies behind is zero as they are.
    end: [f32; 2],
}

impl Ground {
    fn around(image: &[u8], width: usize) -> Self {
        let (height, row_len) = (image.len() / width, width + 3);
        let mut values = vec![0f32; (height + 3) * row_len];
        for (row, image) in image.chunks_exact(width).enumerate() {
            let start = (row + 1) * row_len + 1;
            values[start..start + width]
                .iter_mut()
                .zip(image)
                .for_each(|(value, pixel)| *value = f32::from(*pixel));
        }
        Self { values, row_len, end: [width as f32, height as f32] }
    }

    /// Where the upper left of the four pixels around a place lies, and the shares of the right and of the lower ones.
    #[inline(always)]
    fn place(&self, x: f32, y: f32) -> Place {
        let [x, y] = [x.clamp(-1.0, self.end[0]) + 1.0, y.clamp(-1.0, self.end[1]) + 1.0];
        let (left, top) = (x as i32, y as i32);
        let start = top * self.row_len as i32 + left;
        Place { start, right_share: x - left as f32, low_share: y - top as f32 }
    }

    /// The value between the four pixels around a place.
    #[inline(always)]
    fn at(&self, Place { start, right_share, low_share }: Place) -> u8 {
        let around = &self.values[start as usize..start as usize + self.row_len + 2];
        let upper = around[0] + (around[1] - around[0]) * right_share;
        let (left, right) = (around[self.row_len], around[self.row_len + 1]);
        let lower = left + (right - left) * right_share;
        // Between 0.5 and 255.5.
        (upper + (lower - upper) * low_share + 0.5) as i32 as u8
    }
}

/// A place between four pixels.
#[derive(Clone, Copy, Default)]
struct Place {
    start: i32,
    right_share: f32,
    low_share: f32,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a view is drawn for.
    #[derive(Clone, Copy)]
    struct ViewKey {
        seed: u64,
        epoch: usize,
        index: u32,
    }

    const KEY: ViewKey = ViewKey { seed: 1, epoch: 2, index: 3 };

    fn image() -> Vec<u8> {
        (0..28 * 20).map(|index| if (5..15).contains(&(index % 20)) { 200 } else { 0 }).collect()
    }

    const DRAWN: [Views; 2] = [Views::Affine, Views::Elastic];

    fn view(views: Views, key: ViewKey) -> Vec<u8> {
        view_of(&image(), views, 1.0, key)
    }

    fn view_of(image: &[u8], views: Views, strength: f32, key: ViewKey) -> Vec<u8> {
        let mut view = vec![1; 28 * 20];
        let plan = ViewPlan { views, strength, seed: key.seed, pool: 1 };
        plan.draw(image, 20, key.epoch, key.index, &mut view);
        view
    }

    #[test]
    fn without_views_the_image_stays() {
        assert_eq!(view(Views::None, KEY), image());
    }

    /// A pixel that stands alone lands on each of the 25 places around it, and one that leaves the image is gone.
    #[test]
    fn a_jitter_moves_by_whole_pixels_up_to_two_each_way() {
        let mut image = vec![0u8; 28 * 20];
        (image[10 * 20 + 7], image[0]) = (200, 100);
        let mut places = std::collections::BTreeSet::new();
        for index in 0..500 {
            let view = view_of(&image, Views::Shift, 1.0, ViewKey { index, ..KEY });
            let at = view.iter().position(|pixel| *pixel == 200).unwrap();
            let (down, right) = ((at / 20) as isize - 10, (at % 20) as isize - 7);
            let corner = (down >= 0 && right >= 0).then_some((down * 20 + right) as usize);
            assert_eq!(view.iter().position(|pixel| *pixel == 100), corner);
            assert_eq!(view.iter().filter(|pixel| **pixel != 0).count(), 1 + usize::from(corner.is_some()));
            places.insert((down, right));
        }
        let expected = (-2..=2).flat_map(|down| (-2..=2).map(move |right| (down, right)));
        assert_eq!(places, expected.collect());
    }

    #[test]
    fn a_view_depends_on_what_it_is_drawn_for_alone() {
        for views in DRAWN {
            assert_eq!(view(views, KEY), view(views, KEY));
            for other in
                [ViewKey { epoch: 3, ..KEY }, ViewKey { index: 4, ..KEY }, ViewKey { seed: 4, ..KEY }]
            {
                assert_ne!(view(views, KEY), view(views, other));
            }
        }
        assert_ne!(view(Views::Affine, KEY), view(Views::Elastic, KEY));
    }

    /// When this fails, views have changed: `VIEWS_VERSION` must count up, and shipped networks don't come out as they
    /// are any more.
    #[test]
    fn views_are_those_of_their_version() {
        let sum = |views: Views| models::storage::sha256::hex([view(views, KEY).as_slice()])[..16].to_owned();
        assert_eq!(
            (VIEWS_VERSION, sum(Views::Affine), sum(Views::Elastic)),
            (2, "7bb37eb51edf6e1d".to_owned(), "25508fc8e290dba6".to_owned())
        );
    }

    /// Without strength there is no change, with little there is less than with much.
    #[test]
    fn a_strength_scales_the_change() {
        let change = |views, strength| {
            let view = view_of(&image(), views, strength, KEY);
            let difference = |(view, image): (&u8, u8)| u64::from(view.abs_diff(image));
            view.iter().zip(image()).map(difference).sum::<u64>()
        };
        for views in DRAWN {
            let [none, little, all] = [0.0, 0.3, 1.0].map(|strength| change(views, strength));
            assert!(none == 0 && little > 0 && little < all, "{none} {little} {all}");
        }
    }

    #[test]
    fn a_view_keeps_most_of_the_ink() {
        let ink = |pixels: &[u8]| pixels.iter().map(|pixel| f32::from(*pixel)).sum::<f32>();
        for views in DRAWN {
            let ratio = ink(&view(views, KEY)) / ink(&image());
            assert!((0.6..1.5).contains(&ratio), "{ratio}");
        }
    }

    /// The weights of a B-spline add up to 1, and knots that agree displace every pixel as they do.
    #[test]
    fn a_displacement_is_smooth_and_of_the_stated_size() {
        let spline = Spline::over(30);
        for position in 0..30 {
            let weights = spline.weights.each_ref().map(|weights| weights[position]);
            assert!((weighted(weights, [-3.0; 4]) + 3.0).abs() < 1e-6);
        }
        let (mut squares, mut steps, mut count) = (0.0, 0.0, 0.0);
        for index in 0..50 {
            let mut generator = Generator::new(1, Purpose::Augmentation, 0, index);
            let field = DisplacementField::random(&mut generator, [28, 20], 1.0);
            let mut vectors = [vec![0.0; 20], vec![0.0; 20]];
            for row in 0..28 {
                field.row(row, &mut vectors);
                for pair in vectors[0].windows(2) {
                    let [before, right] = [pair[0], pair[1]];
                    squares += right * right;
                    steps += (right - before) * (right - before);
                    count += 1.0;
                }
            }
        }
        let (size, step) = ((squares / count).sqrt(), (steps / count).sqrt());
        assert!((1.0..1.25).contains(&size) && step < 0.3, "{size} pixels, {step} from pixel to pixel");
    }

    #[test]
    fn places_far_outside_are_ground() {
        let ground = Ground::around(&[255; 6], 3);
        let at = |x, y| ground.at(ground.place(x, y));
        assert_eq!([at(-1.0, 0.0), at(-0.5, 0.0), at(0.0, 0.0)], [0, 128, 255]);
        assert_eq!([at(2.0, 1.0), at(2.5, 1.0), at(3.0, 1.0)], [255, 128, 0]);
        for (x, y) in [(1e9, 0.0), (-1e9, 0.0), (0.0, 1e9), (0.0, -1e9), (f32::INFINITY, 1.0)] {
            assert_eq!(at(x, y), 0, "{x}, {y}");
        }
    }

    #[test]
    fn the_identity_changes_nothing_and_a_shift_shifts() {
        let mut view = vec![0; 28 * 20];
        Affine { matrix: [1.0, 0.0, 0.0, 1.0], shift: [0.0; 2] }.apply(&image(), 20, None, &mut view);
        assert_eq!(view, image());
        Affine { matrix: [1.0, 0.0, 0.0, 1.0], shift: [1.0, 0.0] }.apply(&image(), 20, None, &mut view);
        assert_eq!(&view[0..20], &[&image()[1..20], &[0]].concat()[..]);
    }
}
