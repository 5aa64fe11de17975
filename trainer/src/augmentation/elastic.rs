//! Augmentation by a smooth random displacement of every pixel.
//!
//! In come random draws and the sides of an image, out go two displacements in pixels, right and down, for every pixel.
//! Handwriting differs in such bends, which no affine map makes.

use models::random::Generator;

/// A smooth random displacement of every pixel: what Simard et al. 2003 make by blurring one random vector a pixel is
/// made here from one vector every [`KNOT_DISTANCE`] pixels of MNIST, as a uniform cubic B-spline between them, at a fraction of
/// the work.
pub(super) struct DisplacementField {
    /// The displacements of the knots, right and down, `[rows, columns]` each.
    knots: [Vec<f32>; 2],
    columns: usize,
    right: Spline,
    down: Spline,
}

/// The first of the four knots around each position of an axis, and the weights of the four.
pub(super) struct Spline {
    first: Vec<usize>,
    pub(super) weights: [Vec<f32>; 4],
    /// The distance between two knots, in pixels.
    distance: f32,
}

/// The distance between two knots, in pixels of MNIST. A cubic B-spline over knots at this distance blurs like a Gaussian of 4
/// pixels, Simard's: its standard deviation is distance / √3.
const KNOT_DISTANCE: f32 = 7.0;

/// The bound of a knot's uniform draw at strength 1, in pixels of MNIST. The spline makes a displacement of 1.1 pixels (root
/// mean square) of it; Simard's α = 34 makes 1.4 of it.
const KNOT_PIXELS: f32 = 4.0;

impl DisplacementField {
    /// Draws the displacements of an image. `pixel_scale` is its size in sizes of MNIST's.
    pub(super) fn random(
        generator: &mut Generator,
        [height, width]: [usize; 2],
        strength: f32,
        pixel_scale: f32,
    ) -> Self {
        let distance = KNOT_DISTANCE * pixel_scale;
        let (right, down) = (Spline::over(width, distance), Spline::over(height, distance));
        let columns = right.knots();
        let bound = strength * KNOT_PIXELS * pixel_scale;
        let mut knots = [Vec::new(), Vec::new()];
        for _ in 0..down.knots() * columns {
            knots.iter_mut().for_each(|knots| knots.push(generator.symmetric(bound)));
        }
        Self { knots, columns, right, down }
    }

    /// Writes the displacements, right and down, of every pixel of a row into `vectors`.
    #[inline(always)]
    pub(super) fn row(&self, row: usize, vectors: &mut [Vec<f32>; 2]) {
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
    pub(super) fn over(side: usize, distance: f32) -> Self {
        let mut spline = Self { first: Vec::new(), weights: Default::default(), distance };
        for position in 0..side {
            let place = position as f32 / distance;
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

    /// Returns the number of knots: as many as the axis needs, and the three behind its last interval.
    pub(super) fn knots(&self) -> usize {
        (self.first.len() as f32 / self.distance).ceil() as usize + 3
    }
}

#[inline(always)]
pub(super) fn weighted(weights: [f32; 4], values: [f32; 4]) -> f32 {
    weights[0] * values[0] + weights[1] * values[1] + weights[2] * values[2] + weights[3] * values[3]
}

#[cfg(test)]
mod tests {
    use models::random::Purpose;

    use super::*;

    /// The weights of a B-spline add up to 1, and knots that agree displace every pixel as they do.
    #[test]
    fn a_displacement_is_smooth_and_of_the_stated_size() {
        let spline = Spline::over(30, KNOT_DISTANCE);
        for position in 0..30 {
            let weights = spline.weights.each_ref().map(|weights| weights[position]);
            assert!((weighted(weights, [-3.0; 4]) + 3.0).abs() < 1e-6);
        }
        for pixel_scale in [1.0, 4.0] {
            let [size, step] = size_and_step(pixel_scale).map(|pixels| pixels / pixel_scale);
            assert!((1.0..1.25).contains(&size) && step < 0.3, "{size} pixels, {step} from pixel to pixel");
        }
    }

    /// Returns the root mean squares of displacements and of their differences between neighbours, in pixels.
    fn size_and_step(pixel_scale: f32) -> [f32; 2] {
        let [height, width] = [28.0, 20.0].map(|side| (side * pixel_scale) as usize);
        let (mut squares, mut steps, mut count) = (0.0, 0.0, 0.0);
        for index in 0..50 {
            let mut generator = Generator::new(1, Purpose::Augmentation, 0, index);
            let field = DisplacementField::random(&mut generator, [height, width], 1.0, pixel_scale);
            let mut vectors = [vec![0.0; width], vec![0.0; width]];
            for row in 0..height {
                field.row(row, &mut vectors);
                for pair in vectors[0].windows(2) {
                    let [before, right] = [pair[0], pair[1]];
                    squares += right * right;
                    steps += (right - before) * (right - before);
                    count += 1.0;
                }
            }
        }
        [(squares / count).sqrt(), (steps / count).sqrt()]
    }
}
