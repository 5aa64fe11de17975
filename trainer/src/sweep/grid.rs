//! The grid of a sweep: lists of values in, points with informative names out, and the part of the points that a shard
//! trains.

use std::str::FromStr;

use models::probability::Temperature;

use crate::arguments::network_choice::NetworkChoice;

/// The grid of a sweep: the values of each quantity that it varies. No list has a value twice.
#[derive(Debug, Clone)]
pub struct Grid {
    /// The distillation temperatures T.
    pub temperatures: Vec<Temperature>,
    /// The soft weights W, in [0, 1].
    pub soft_weights: Vec<f64>,
    /// The students' networks.
    pub networks: Vec<NetworkChoice>,
    /// The seeds, with each of which every combination of the other values is trained.
    pub seeds: Vec<u64>,
    /// Whether every network is also trained with every seed on hard labels alone.
    pub baseline: bool,
}

/// A point of a sweep's grid: one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The student's network.
    pub network: NetworkChoice,
    /// The targets that the student is trained on.
    pub targets: Targets,
    /// The seed of all random numbers.
    pub seed: u64,
}

/// The targets that a student is trained on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Targets {
    /// Hard labels alone, for the baseline of a distillation.
    Hard,
    /// The teachers' soft targets, mixed with hard labels.
    Soft {
        /// The distillation temperature T.
        temperature: Temperature,
        /// The soft weight W of the objective `W · T² · soft + (1 - W) · hard`, in [0, 1].
        soft_weight: f64,
    },
}

/// One of `count` parts of a grid, which one process trains; `I/N` on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// The number of the part, from 1 to `count`.
    index: usize,
    count: usize,
}

impl Grid {
    /// Returns all points of the grid. Seeds change last, so that a sweep that is not done yet has seen all of the grid
    /// early; of one seed and network the baseline comes first.
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        let soft = self.temperatures.iter().flat_map(|&temperature| {
            let with_weight = move |&soft_weight| Targets::Soft { temperature, soft_weight };
            self.soft_weights.iter().map(with_weight)
        });
        let targets: Vec<Targets> = self.baseline.then_some(Targets::Hard).into_iter().chain(soft).collect();
        let mut points = Vec::new();
        for &seed in &self.seeds {
            for network in &self.networks {
                points.extend(targets.iter().map(|&targets| Point {
                    network: network.clone(),
                    targets,
                    seed,
                }));
            }
        }
        points
    }
}

impl Point {
    /// Returns the name of the point's directory: `128-128-T4-W0.9-seed1`, `128-128-hard-seed1`.
    #[must_use]
    pub fn name(&self) -> String {
        let network = self.network.directory_name();
        let targets = match self.targets {
            Targets::Hard => "hard".to_owned(),
            Targets::Soft { temperature, soft_weight } => format!("T{temperature}-W{soft_weight}"),
        };
        format!("{network}-{targets}-seed{}", self.seed)
    }
}

impl Shard {
    /// Returns the shard's points: every `count`-th of `points`, so that all shards take about equally long.
    pub fn of<'a>(&self, points: &'a [Point]) -> impl Iterator<Item = &'a Point> {
        points.iter().skip(self.index - 1).step_by(self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers = text
            .split_once('/')
            .and_then(|(index, count)| Some(Self { index: index.parse().ok()?, count: count.parse().ok()? }));
        numbers
            .filter(|shard| (1..=shard.count).contains(&shard.index))
            .ok_or_else(|| "expected I/N, I from 1 to N".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use models::network::Preset;

    use super::*;

    fn grid() -> Grid {
        Grid {
            temperatures: [2.0, 4.5].map(|value| Temperature::try_from(value).unwrap()).to_vec(),
            soft_weights: vec![0.5, 0.9],
            networks: vec![Preset::Mlp(vec![8]).into(), Preset::Mlp(vec![16, 4]).into()],
            seeds: vec![1, 7],
            baseline: true,
        }
    }

    #[test]
    fn every_combination_is_a_point_of_its_own_name() {
        let names: Vec<String> = grid().points().iter().map(Point::name).collect();
        assert_eq!(names.len(), (2 * 2 + 1) * 2 * 2);
        assert_eq!(names[..3], ["8-hard-seed1", "8-T2-W0.5-seed1", "8-T2-W0.9-seed1"]);
        assert_eq!(names[19], "16-4-T4.5-W0.9-seed7");
        assert!((1..names.len()).all(|position| !names[..position].contains(&names[position])), "{names:?}");
    }

    #[test]
    fn shards_part_the_grid() {
        let points = grid().points();
        for count in [1, 2, 3, 7, 20, 23] {
            let shards = (1..=count).map(|index| format!("{index}/{count}").parse::<Shard>().unwrap());
            let parts: Vec<Vec<&Point>> = shards.map(|shard| shard.of(&points).collect()).collect();
            for point in &points {
                let times = parts.iter().flatten().filter(|other| **other == point).count();
                assert_eq!(times, 1, "{count}: {}", point.name());
            }
            let sizes: Vec<usize> = parts.iter().map(Vec::len).collect();
            assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{sizes:?}");
        }
    }

    #[test]
    fn what_is_no_shard_is_refused() {
        for text in ["0/2", "3/2", "1/0", "0/0", "1", "/", "1/2/3", "-1/2", "a/b", ""] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
