//! Sweeps: a grid of distillations in, one run's directory per point and a table of means over seeds out. A sweep
//! answers which temperature, soft weight and network to choose.

pub(crate) mod arguments;
pub(crate) mod budget;
pub(crate) mod grid;
pub(crate) mod point_run;
pub(crate) mod sweep;
pub(crate) mod table;

pub use arguments::{SweepArguments, Training};
pub use budget::Budget;
pub use grid::{Grid, Point, Shard, Targets};
pub use sweep::run;
