//! The front of a choice between networks: what each costs and how accurate it is in, those that nothing beats out.

/// Returns for each pair of cost and accuracy whether no other is as cheap and as accurate and in one of both better.
pub(crate) fn front(points: &[(f64, f64)]) -> Vec<bool> {
    let beats = |other: &(f64, f64), one: &(f64, f64)| {
        other.0 <= one.0 && other.1 >= one.1 && (other.0 < one.0 || other.1 > one.1)
    };
    points.iter().map(|one| !points.iter().any(|other| beats(other, one))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_front_holds_what_is_cheaper_or_more_accurate_than_all_others() {
        let points = [(10.0, 0.9), (20.0, 0.9), (30.0, 0.95), (10.0, 0.8), (40.0, 0.95), (5.0, 0.1)];
        assert_eq!(front(&points), [true, false, true, false, false, true]);
        // Two that cost and know the same stand beside each other.
        assert_eq!(front(&[(1.0, 0.5), (1.0, 0.5)]), [true, true]);
        assert!(front(&[]).is_empty());
    }
}
