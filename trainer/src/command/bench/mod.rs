//! `trainer bench`: a device and a batch size in, the times of the shipped networks' steps out, so that machines and
//! changes can be compared.

pub(crate) mod bench;
mod measurement;

pub use bench::BenchArguments;
pub use measurement::Benchmark;
