//! Runs that differ in their seed alone are one recipe: runs and their accuracies in, means and standard deviations out.

use serde::Serialize;
use serde_json::Value;

use crate::report::sources::Source;
use crate::run_directory::RunConfig;

/// Over seeds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct SeedStatistics {
    /// One a seed, in the order of the runs.
    pub(crate) values: Vec<f64>,
    /// Of the values.
    pub(crate) mean: f64,
    /// With n - 1 in the divisor; none for a single value.
    pub(crate) standard_deviation: Option<f64>,
}

/// Runs that differ in nothing but the seed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recipe {
    /// Positions among the sources. Of two runs of one seed the first counts.
    pub(crate) sources: Vec<usize>,
    /// Their accuracies.
    pub(crate) accuracy: SeedStatistics,
}

impl SeedStatistics {
    /// None without values.
    pub(crate) fn of(values: Vec<f64>) -> Option<Self> {
        if values.is_empty() {
            return None;
        }
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let standard_deviation = (values.len() > 1).then(|| (squares / (count - 1.0)).sqrt());
        Some(Self { values, mean, standard_deviation })
    }
}

/// The recipes of all sources with an accuracy, in the order of their first run.
pub(crate) fn recipes(sources: &[Source], accuracies: &[Option<f64>]) -> Vec<Recipe> {
    let measured = sources.iter().zip(accuracies).enumerate();
    let points = measured.filter_map(|(position, (source, accuracy))| {
        let key = source.config.as_ref().map_or_else(|| source.path.display().to_string(), recipe_key);
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

/// A run as a grouping sees it.
#[derive(Debug, Clone)]
pub(crate) struct SeedPoint {
    /// Equal for runs of one group.
    pub(crate) key: String,
    /// Of the run.
    pub(crate) seed: u64,
    /// The run's position among the sources.
    pub(crate) source: usize,
    /// On the report's images.
    pub(crate) accuracy: f64,
}

/// Points of one key together, in the order of the first of each; of two points of one seed the first is kept.
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

/// What makes two runs repetitions of each other: all of the configuration but the seed.
fn recipe_key(config: &RunConfig) -> String {
    recipe_fields(config).to_string()
}

/// The configuration without its seed and without what changes no weight: where data and teachers lie, which version
/// started the run. By way of JSON, so that a new field of the configuration counts without a word here; of its text, in
/// which an f32 of 0.9 is 0.9.
pub(crate) fn recipe_fields(config: &RunConfig) -> Value {
    let text = serde_json::to_string(config).unwrap_or_default();
    let mut value: Value = serde_json::from_str(&text).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        for name in ["seed", "data", "version"] {
            fields.remove(name);
        }
    }
    if let Some(transfer) = value.pointer_mut("/transfer").and_then(Value::as_object_mut) {
        transfer.remove("directory");
    }
    let teachers = value.pointer_mut("/distillation/teachers").and_then(Value::as_array_mut);
    for teacher in teachers.into_iter().flatten().filter_map(Value::as_object_mut) {
        teacher.remove("path");
    }
    value
}

/// The fields in which two configurations differ beyond how they are taught, as `name: first, second`.
pub(crate) fn differences(first: &RunConfig, second: &RunConfig) -> Vec<String> {
    let (first, second) = (recipe_fields(first), recipe_fields(second));
    let empty = serde_json::Map::new();
    let (first, second) = (first.as_object().unwrap_or(&empty), second.as_object().unwrap_or(&empty));
    let mut names: Vec<&String> = first.keys().chain(second.keys()).collect();
    names.sort();
    names.dedup();
    let expected = ["command", "distillation"];
    let show = |value: Option<&Value>| match value {
        Some(Value::Object(network)) if network.contains_key("name") => plain(&network["name"]),
        Some(value) => plain(value),
        None => "none".to_owned(),
    };
    names
        .into_iter()
        .filter(|name| !expected.contains(&name.as_str()) && first.get(*name) != second.get(*name))
        .map(|name| format!("{name}: {}, {}", show(first.get(name)), show(second.get(name))))
        .collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: mean 3, squares 4 + 0 + 4 = 8, 8 / 2 = 4, its root 2.
    #[test]
    fn the_deviation_is_that_of_a_sample() {
        let found = SeedStatistics::of(vec![1.0, 3.0, 5.0]).unwrap();
        assert_eq!((found.mean, found.standard_deviation), (3.0, Some(2.0)));
        assert_eq!(SeedStatistics::of(vec![0.5]).unwrap().standard_deviation, None);
        assert_eq!(SeedStatistics::of(vec![]), None);
    }

    #[test]
    fn groups_keep_their_order_and_count_a_seed_once() {
        let point = |key: &str, seed, source| SeedPoint { key: key.to_owned(), seed, source, accuracy: 0.5 };
        let groups = group(vec![point("b", 1, 0), point("a", 1, 1), point("b", 2, 2), point("b", 1, 3)]);
        let sources: Vec<Vec<usize>> =
            groups.iter().map(|group| group.iter().map(|point| point.source).collect()).collect();
        assert_eq!(sources, [vec![0, 2], vec![1]]);
    }
}
