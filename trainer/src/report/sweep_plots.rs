//! The plots of a sweep: runs and their accuracies in, accuracy against what the sweep varies out, as lines of means
//! over seeds.
//!
//! Everything comes from the runs' configurations, so any set of runs is a sweep as far as it goes. A line holds the
//! runs that agree in all but the seed and the quantity on the axis.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use models::{Layer, Network};
use serde::Serialize;
use serde_json::Value;

use crate::cost::front::front;
use crate::cost::kept_times::KeptTimes;
use crate::cost::stored_bytes::weight_bytes;
use crate::evaluation::seed_statistics::SeedStatistics;
use crate::report::recipes::{SeedPoint, group};
use crate::report::sources::{Role, Source};
use crate::run::config::RunConfig;
use crate::run::recipe::recipe_fields;

/// The most lines of a plot: more lines than these can't be told apart.
const MOST_LINES: usize = 6;

/// The quantity on the horizontal axis of a plot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Quantity {
    /// The distillation temperature T of the soft targets.
    Temperature,
    /// The soft weight W of `W · T² · soft + (1 - W) · hard`.
    SoftWeight,
    /// The units of the first hidden layer of a multi-layer perceptron.
    HiddenUnits,
    /// The bytes of the weights in the exported file.
    Bytes,
    /// The microseconds of an answer, where a sweep measured them.
    Microseconds,
}

/// One plot of a sweep.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Sweep {
    /// The quantity on the horizontal axis.
    pub(crate) quantity: Quantity,
    /// The lines of the plot: at most [`MOST_LINES`], those with the most values first.
    pub(crate) lines: Vec<Line>,
    /// The number of lines that found no place.
    pub(crate) left_out: usize,
    /// Of bytes and microseconds, the points that no other beats in accuracy for its cost, rising; empty for other
    /// quantities.
    pub(crate) front: Vec<FrontPoint>,
}

/// A point of the front.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct FrontPoint {
    /// The network's name.
    pub(crate) network: String,
    /// The value of the quantity.
    pub(crate) x: f64,
    /// The mean accuracy over seeds, in [0, 1].
    pub(crate) accuracy: f64,
}

/// A line of a plot: runs that differ in the quantity and the seed alone.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Line {
    /// The name of the line: what its runs have in common.
    pub(crate) name: String,
    /// The role of the line's networks: `teacher`, `baseline` or `distilled`.
    pub(crate) role: Role,
    /// The name of the first point's network, which is that of all points where the width is not on the axis.
    pub(crate) network: String,
    /// The points of the line, rising in `x`, at least two.
    pub(crate) points: Vec<Point>,
}

/// A point of a line: runs that differ in the seed alone.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Point {
    /// The value of the quantity.
    pub(crate) x: f64,
    /// The accuracies of the point's runs, in [0, 1].
    pub(crate) accuracy: SeedStatistics,
}

/// Returns the plots that have at least one line of two points.
pub(crate) fn sweeps(sources: &[Source], accuracies: &[Option<f64>]) -> Vec<Sweep> {
    let costs = Costs::of(sources);
    [
        Quantity::Temperature,
        Quantity::SoftWeight,
        Quantity::HiddenUnits,
        Quantity::Bytes,
        Quantity::Microseconds,
    ]
    .into_iter()
    .filter_map(|quantity| sweep(quantity, sources, accuracies, &costs))
    .collect()
}

/// What the networks of a report cost, by the directories of the sweeps that they lie in.
struct Costs(HashMap<PathBuf, KeptTimes>);

impl Costs {
    fn of(sources: &[Source]) -> Self {
        let directories = sources.iter().filter_map(|source| source.path.parent());
        // A file that is broken is told by the sweep's own table: the report shows what it has.
        let times = |directory: &Path| (directory.to_owned(), KeptTimes::of(directory).unwrap_or_default());
        Self(directories.map(times).collect())
    }

    /// Returns the value of a quantity that is a cost, in the precision of the source's sweep.
    fn value(&self, quantity: Quantity, source: &Source) -> Option<f64> {
        let times = self.0.get(source.path.parent()?)?;
        match quantity {
            Quantity::Bytes => Some(weight_bytes(&source.network, times.precision()) as f64),
            Quantity::Microseconds => times.microseconds(&source.network, times.precision()),
            _ => None,
        }
    }
}

fn sweep(quantity: Quantity, sources: &[Source], accuracies: &[Option<f64>], costs: &Costs) -> Option<Sweep> {
    let mut points: Vec<(f64, SeedPoint)> = Vec::new();
    for (position, (source, accuracy)) in sources.iter().zip(accuracies).enumerate() {
        let (Some(config), Some(accuracy)) = (&source.config, *accuracy) else { continue };
        let Some(x) = quantity.of(config).or_else(|| costs.value(quantity, source)) else { continue };
        let key = quantity.key(config);
        points.push((x, SeedPoint { key, seed: config.seed, source: position, accuracy }));
    }
    let mut keys: Vec<&str> = points.iter().map(|(_, point)| point.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut lines: Vec<Line> = keys
        .into_iter()
        .filter_map(|key| {
            let of_key = points.iter().filter(|(_, point)| point.key == key);
            line(quantity, sources, of_key.cloned().collect())
        })
        .collect();
    // The sort is stable, so lines of one length stay in the order of their keys.
    lines.sort_by_key(|line| std::cmp::Reverse(line.points.len()));
    let left_out = lines.len().saturating_sub(MOST_LINES);
    lines.truncate(MOST_LINES);
    let front = if quantity.is_cost() { front_of(sources, points) } else { Vec::new() };
    (!lines.is_empty()).then_some(Sweep { quantity, lines, left_out, front })
}

/// Returns the points that no other beats, from left to right. A point is a network with a recipe, over its seeds.
fn front_of(sources: &[Source], mut points: Vec<(f64, SeedPoint)>) -> Vec<FrontPoint> {
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.key.cmp(&b.1.key)));
    let mean = |same: &[(f64, SeedPoint)]| {
        let runs = group(same.iter().map(|(_, point)| point.clone()).collect()).pop()?;
        let accuracy = SeedStatistics::of(runs.iter().map(|point| point.accuracy).collect())?.mean;
        Some(FrontPoint { network: sources[same[0].1.source].network.name.clone(), x: same[0].0, accuracy })
    };
    let same = |a: &(f64, SeedPoint), b: &(f64, SeedPoint)| a.0 == b.0 && a.1.key == b.1.key;
    let means: Vec<FrontPoint> = points.chunk_by(same).filter_map(mean).collect();
    let pairs: Vec<(f64, f64)> = means.iter().map(|point| (point.x, point.accuracy)).collect();
    let is_on = front(&pairs);
    means.into_iter().zip(is_on).filter_map(|(point, is_on)| is_on.then_some(point)).collect()
}

/// Returns a line; none where there is one value of x alone.
fn line(quantity: Quantity, sources: &[Source], mut points: Vec<(f64, SeedPoint)>) -> Option<Line> {
    let first = &sources[points.first()?.1.source];
    let name = quantity.name(first.config.as_ref()?, &first.network);
    let (role, network) = (first.role, first.network.name.clone());
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let of_x = |same: &[(f64, SeedPoint)]| {
        let runs = group(same.iter().map(|(_, point)| point.clone()).collect()).pop()?;
        let accuracy = SeedStatistics::of(runs.iter().map(|point| point.accuracy).collect())?;
        Some(Point { x: same[0].0, accuracy })
    };
    let points: Vec<Point> = points.chunk_by(|a, b| a.0 == b.0).filter_map(of_x).collect();
    (points.len() > 1).then_some(Line { name, role, network, points })
}

impl Quantity {
    fn of(self, config: &RunConfig) -> Option<f64> {
        let distillation = config.distillation.as_ref();
        match self {
            Self::Temperature => distillation.map(|distillation| decimal(distillation.temperature.value())),
            Self::SoftWeight => distillation.map(|distillation| distillation.soft_weight),
            Self::HiddenUnits => hidden_units(&config.network).map(|units| units as f64),
            Self::Bytes | Self::Microseconds => None,
        }
    }

    /// Returns whether the quantity is what a network costs a board.
    fn is_cost(self) -> bool {
        matches!(self, Self::Bytes | Self::Microseconds)
    }

    /// Returns a key that the runs of one line share: all of the recipe but the quantity.
    fn key(self, config: &RunConfig) -> String {
        let mut fields = recipe_fields(config);
        let hide = |fields: &mut Value, pointer: &str| {
            if let Some(value) = fields.pointer_mut(pointer) {
                *value = Value::Null;
            }
        };
        match self {
            Self::Temperature => hide(&mut fields, "/distillation/temperature"),
            Self::SoftWeight => hide(&mut fields, "/distillation/soft_weight"),
            Self::HiddenUnits => {
                hide(&mut fields, "/network");
                fields["layers"] = config.network.layers.len().into();
            }
            Self::Bytes | Self::Microseconds => hide(&mut fields, "/network"),
        }
        fields.to_string()
    }

    fn name(self, config: &RunConfig, network: &Network) -> String {
        let soft = config.distillation.as_ref();
        let temperature = soft.map(|soft| format!("T = {}", soft.temperature));
        let weight = soft.map(|soft| format!("W = {}", soft.soft_weight));
        let parts = match self {
            Self::Temperature => vec![Some(network.name.clone()), weight],
            Self::SoftWeight => vec![Some(network.name.clone()), temperature],
            Self::HiddenUnits | Self::Bytes | Self::Microseconds => match soft {
                Some(_) => vec![Some("distilled".to_owned()), temperature, weight],
                None => vec![Some("hard labels".to_owned())],
            },
        };
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// Returns an f32 as the decimal number that it was given as: 0.1, not 0.100000001.
pub(crate) fn decimal(value: f32) -> f64 {
    value.to_string().parse().unwrap_or(f64::from(value))
}

/// Returns the outputs of the first of at least two linear layers; none where there are fewer or there are
/// convolutions.
fn hidden_units(network: &Network) -> Option<usize> {
    let convolutional = network.layers.iter().any(|layer| matches!(layer, Layer::Convolution { .. }));
    let mut widths = network.layers.iter().filter_map(|layer| match layer {
        Layer::Linear { outputs, .. } => Some(*outputs),
        _ => None,
    });
    let (first, second) = (widths.next(), widths.next());
    first.filter(|_| !convolutional && second.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source with a configuration as a file would have it, since the literal of a configuration is the run
    /// directory's business.
    fn source(text: &str, hidden: &[usize]) -> Source {
        let network = Network::student(hidden);
        let head = "version = \"0\"\ncommand = \"distill\"\ndata = \"d\"\ndata_sha256 = \"0\"\nepochs = 1\n\
                    batch_size = 1\nlearning_rate = 0.1\nschedule = \"cosine\"\nwarm_up = 0.0\nviews = \"none\"\n\
                    optimizer = { algorithm = { kind = \"adamw\" }, weight_decay = 0.1 }\n";
        let network_text = toml::to_string(&network).unwrap();
        let (top, layers) = network_text.split_once("[[layers]]").unwrap();
        let layers = format!("[[layers]]{layers}").replace("[[layers]]", "[[network.layers]]");
        let config = toml::from_str(&format!("{head}{text}\n[network]\n{top}{layers}")).unwrap();
        let (path, role) = (std::path::PathBuf::from("run"), Role::Distilled);
        Source { path, role, network, config: Some(config), epochs: vec![], finished: None }
    }

    fn point(seed: u64, temperature: f32, hidden: &[usize]) -> Source {
        let distillation = format!(
            "seed = {seed}\n[distillation]\nloss = {{ kind = \"softened_kl\" }}\ntemperature = {temperature}\nsoft_weight = 0.9\n\
             teachers = [{{ path = \"elsewhere/{seed}\", sha256 = \"0\" }}]"
        );
        source(&distillation, hidden)
    }

    #[test]
    fn a_line_holds_what_agrees_in_all_but_the_quantity_and_the_seed() {
        let sources = [
            point(1, 4.0, &[8, 8]),
            point(1, 0.1, &[8, 8]),
            point(2, 4.0, &[8, 8]),
            point(1, 4.0, &[16, 16]),
            point(2, 0.1, &[8, 8]),
        ];
        let accuracies = [Some(0.5), Some(0.25), Some(0.75), Some(0.9), None];
        let found = sweeps(&sources, &accuracies);
        let quantities: Vec<Quantity> = found.iter().map(|sweep| sweep.quantity).collect();
        assert_eq!(quantities, [Quantity::Temperature, Quantity::HiddenUnits, Quantity::Bytes]);
        // By hand, in f32: 784 · 8 + 8 · 8 + 8 · 10 weights and 26 biases; the temperatures have one size.
        assert_eq!(found[2].lines.len(), 1);
        let front: Vec<(f64, f64)> = found[2].front.iter().map(|point| (point.x, point.accuracy)).collect();
        assert_eq!(front, [(25_768.0, 0.625), (52_008.0, 0.9)]);
        assert!(found[1].front.is_empty());
        let [line] = found[0].lines.as_slice() else { panic!("{found:?}") };
        assert_eq!(line.name, "student-8-8, W = 0.9");
        let points: Vec<(f64, &[f64])> =
            line.points.iter().map(|point| (point.x, point.accuracy.values.as_slice())).collect();
        assert_eq!(points, [(0.1, [0.25].as_slice()), (4.0, &[0.5, 0.75])]);
        let [line] = found[1].lines.as_slice() else { panic!("{found:?}") };
        let points: Vec<(f64, f64)> =
            line.points.iter().map(|point| (point.x, point.accuracy.mean)).collect();
        assert_eq!(
            (line.name.as_str(), points),
            ("distilled, T = 4, W = 0.9", vec![(8.0, 0.625), (16.0, 0.9)])
        );
    }

    #[test]
    fn one_value_is_no_sweep() {
        assert!(sweeps(&[point(1, 4.0, &[8]), point(2, 4.0, &[8])], &[Some(0.5), Some(0.6)]).is_empty());
    }
}
