//! `trainer bench`: a device, a batch size and, where one was asked for, a network in, the times of its steps out, so that
//! machines, networks and changes can be compared.

pub(crate) mod bench;
mod loss_curve;
mod named_network;
mod shipped_networks;
mod timed_network;

pub use bench::BenchArguments;
pub use named_network::NetworkBenchmark;
pub use shipped_networks::Benchmark;
