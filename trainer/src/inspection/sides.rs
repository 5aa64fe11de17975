//! The sides of many pictures: widths and heights in, the smallest, the usual and the largest out.

use super::findings::Sides;

/// Returns what `sides`, width and height of each picture, have in common; `None` of no picture.
pub(super) fn of(sides: &[[u32; 2]]) -> Option<Sides> {
    let area = |[width, height]: &&[u32; 2]| u64::from(*width) * u64::from(*height);
    let share = |is: fn(&[u32; 2]) -> bool| {
        sides.iter().filter(|sides| is(sides)).count() as f64 / sides.len().max(1) as f64
    };
    Some(Sides {
        smallest: *sides.iter().min_by_key(area)?,
        median: [0, 1].map(|axis| median(sides.iter().map(|sides| sides[axis]))),
        largest: *sides.iter().rev().max_by_key(area)?,
        median_shorter_side: median(sides.iter().map(|[width, height]| *width.min(height))),
        square: share(|[width, height]| width == height),
        portrait: share(|[width, height]| width < height),
        landscape: share(|[width, height]| width > height),
    })
}

fn median(values: impl Iterator<Item = u32>) -> u32 {
    let mut values: Vec<u32> = values.collect();
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_and_height_keep_their_places() {
        let found = of(&[[40, 30], [10, 90], [64, 64], [30, 40]]).unwrap();
        assert_eq!((found.smallest, found.median, found.largest), ([10, 90], [40, 64], [64, 64]));
        assert_eq!((found.square, found.portrait, found.landscape), (0.25, 0.5, 0.25));
        assert_eq!(found.median_shorter_side, 30);
        assert_eq!(of(&[]), None);
    }
}
