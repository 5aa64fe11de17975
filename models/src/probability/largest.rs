//! The class that a network answers with.
//!
//! In come the logits or probabilities of one image, `[classes]`; out goes the position of the largest. One function
//! decides between equals, so that every program names the same class.

/// Returns the position of the largest of `values`, the first one where several are equal, and 0 where there are none.
///
/// A NaN is never the largest, unless it stands first.
#[must_use]
pub fn arg_max(values: &[f32]) -> usize {
    let better = |best: usize, index: usize| if values[index] > values[best] { index } else { best };
    (0..values.len()).fold(0, better)
}

#[cfg(test)]
mod tests {
    use super::arg_max;

    #[test]
    fn the_first_of_equals_is_the_largest() {
        assert_eq!(arg_max(&[0.25, 0.5, 0.5, -1.0]), 1);
        assert_eq!(arg_max(&[f32::NEG_INFINITY, f32::NEG_INFINITY]), 0);
        assert_eq!(arg_max(&[]), 0);
    }
}
