//! `trainer bench`: the steps of the shipped networks, timed.

pub(crate) mod bench;
mod measurement;

pub use bench::BenchArguments;
pub use measurement::Benchmark;
