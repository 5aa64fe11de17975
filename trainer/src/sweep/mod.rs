//! The sweep: a grid of distillations in, one run's directory a point and a table of means over seeds out.

pub(crate) mod arguments;
pub(crate) mod grid;
pub(crate) mod point_run;
pub(crate) mod sweep;
pub(crate) mod table;

pub use arguments::{SweepArguments, Training};
pub use grid::{Grid, Point, Shard, Targets};
pub use sweep::run;
