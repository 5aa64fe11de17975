//! The recipes of a report: runs and their accuracies in, means and standard deviations out. Runs that differ in their
//! seed alone are one recipe.

use models::storage::printable::PrintablePath;

use crate::evaluation::seed_statistics::SeedStatistics;
use crate::report::sources::Source;
use crate::run::recipe::recipe_key;

/// A recipe: runs that differ in nothing but the seed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recipe {
    /// The runs, as positions among the sources. Of two runs of one seed the first counts.
    pub(crate) sources: Vec<usize>,
    /// The accuracies of the runs, in [0, 1].
    pub(crate) accuracy: SeedStatistics,
}

/// Returns the recipes of all sources with an accuracy, in the order of their first run.
pub(crate) fn recipes(sources: &[Source], accuracies: &[Option<f64>]) -> Vec<Recipe> {
    let measured = sources.iter().zip(accuracies).enumerate();
    let points = measured.filter_map(|(position, (source, accuracy))| {
        let key = source.config.as_ref().map_or_else(|| source.path.printable(), recipe_key);
        let seed = source.config.as_ref().map_or(0, |config| config.seed);
        Some(SeedPoint { key, seed, source: position, accuracy: (*accuracy)? })
    });
    group(points.collect())
        .into_iter()
        .filter_map(|points| {
            let accuracy = SeedStatistics::of(points.iter().map(|point| point.accuracy).collect())?;
            Some(Recipe { sources: points.iter().map(|point| point.source).collect(), accuracy })
        })
        .collect()
}

/// A run that is to be grouped with its repetitions under other seeds.
#[derive(Debug, Clone)]
pub(crate) struct SeedPoint {
    /// The key of the run's group, equal for all runs of a group.
    pub(crate) key: String,
    /// The seed of the run.
    pub(crate) seed: u64,
    /// The run's position among the sources.
    pub(crate) source: usize,
    /// The accuracy of the run on the report's images, in [0, 1].
    pub(crate) accuracy: f64,
}

/// Groups the points of each key, in the order of the first point of each; of two points of one seed the first is kept.
pub(crate) fn group(points: Vec<SeedPoint>) -> Vec<Vec<SeedPoint>> {
    let mut groups: Vec<Vec<SeedPoint>> = Vec::new();
    for point in points {
        match groups.iter_mut().find(|group| group[0].key == point.key) {
            Some(group) if group.iter().any(|other| other.seed == point.seed) => {}
            Some(group) => group.push(point),
            None => groups.push(vec![point]),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_keep_their_order_and_count_a_seed_once() {
        let point = |key: &str, seed, source| SeedPoint { key: key.to_owned(), seed, source, accuracy: 0.5 };
        let groups = group(vec![point("b", 1, 0), point("a", 1, 1), point("b", 2, 2), point("b", 1, 3)]);
        let sources: Vec<Vec<usize>> =
            groups.iter().map(|group| group.iter().map(|point| point.source).collect()).collect();
        assert_eq!(sources, [vec![0, 2], vec![1]]);
    }
}
