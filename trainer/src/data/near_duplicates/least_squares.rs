//! The move of one picture that explains its difference from another best, by least squares.
//!
//! In come, value by value, how a shift and a stretch along each axis would change the difference, and the difference; out go
//! the shift and the stretch, and what they leave.

/// A shift and a stretch along each axis: `x` moves by the first and the second times the place from -1 to 1, `y` by the
/// third and the fourth.
pub(super) type Move = [f32; 4];

/// The normal equations `JᵀJ · move = Jᵀ · difference` of a move.
#[derive(Debug, Clone, Default)]
pub(super) struct Equations {
    rows: [[f32; 5]; 4],
    squares: f32,
}

impl Equations {
    /// Counts one value: the slopes to the right and down where it lies, its place from -1 to 1 along each axis, and the
    /// difference there.
    pub(super) fn add(&mut self, [right, down]: [f32; 2], [x, y]: [f32; 2], difference: f32) {
        let values = [right, right * x, down, down * y, difference];
        for (row, one) in self.rows.iter_mut().zip(values) {
            row.iter_mut().zip(values).for_each(|(sum, other)| *sum += one * other);
        }
        self.squares += difference * difference;
    }

    /// Returns the move that leaves the least: of the squares of the difference and, times `pull`, of the whole move, the
    /// part `moved` of which has been made. Where nothing is shown, a pull leaves everything in its place.
    pub(super) fn solved(&self, moved: Move, pull: f32) -> Move {
        let mut rows = self.rows.map(|row| row.map(f64::from));
        for (part, row) in rows.iter_mut().enumerate() {
            row[part] += f64::from(pull);
            row[4] -= f64::from(pull * moved[part]);
        }
        for pivot in 0..4 {
            let of_pivot = rows[pivot];
            for row in &mut rows[pivot + 1..] {
                let factor = row[pivot] / of_pivot[pivot];
                row.iter_mut().zip(of_pivot).for_each(|(value, other)| *value -= factor * other);
            }
        }
        let mut solution = [0.0; 4];
        for part in (0..4).rev() {
            let known: f64 = (part + 1..4).map(|other| rows[part][other] * solution[other]).sum();
            solution[part] = (rows[part][4] - known) / rows[part][part];
        }
        solution.map(|part| part as f32)
    }

    /// Returns the sum of the squares of what a move leaves of the difference.
    pub(super) fn remaining(&self, moved: Move) -> f32 {
        let explained = |part: usize| {
            let by_others: f32 = (0..4).map(|other| self.rows[part][other] * moved[other]).sum();
            moved[part] * (by_others - 2.0 * self.rows[part][4])
        };
        self.squares + (0..4).map(explained).sum::<f32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slopes that are no multiples of each other, and a difference that a move of 0.5, -0.25, 0.75, 0.125 makes.
    fn equations(error: f32) -> Equations {
        let mut equations = Equations::default();
        for value in 0..40 {
            let slopes = [(value % 7) as f32 - 3.0, (value % 5) as f32 - 1.5];
            let place = [(value % 8) as f32 / 4.0 - 1.0, (value / 8) as f32 / 2.5 - 1.0];
            let change = slopes[0] * (0.5 - 0.25 * place[0]) + slopes[1] * (0.75 + 0.125 * place[1]);
            equations.add(slopes, place, change + error);
        }
        equations
    }

    #[test]
    fn the_move_that_makes_a_difference_is_found_and_leaves_nothing() {
        let moved = equations(0.0).solved([0.0; 4], 1e-6);
        assert!(moved.iter().zip([0.5, -0.25, 0.75, 0.125]).all(|(one, other)| (one - other).abs() < 1e-4));
        assert!(equations(0.0).remaining(moved).abs() < 1e-2);
        assert!(equations(3.0).remaining(equations(3.0).solved([0.0; 4], 1e-6)) > 100.0);
    }

    #[test]
    fn where_nothing_is_shown_nothing_moves() {
        assert_eq!(Equations::default().solved([0.0; 4], 1.0), [0.0; 4]);
        // What was moved before is taken back.
        assert_eq!(Equations::default().solved([1.0; 4], 1.0), [-1.0; 4]);
    }
}
