//! The commands of `trainer`: words of the command line in, results on standard output out. One file holds one command;
//! those with more to them, `report`, `sweep` and `reproduce`, are folders of their own beside this one.

mod bench;
mod command_line;
mod correct_bias;
mod decoding_stop;
mod dispatch;
mod evaluate;
mod fetch;
mod fitted_images;
mod hard_labels;
mod inspect;
mod network;
mod resume;
mod soften;
mod train;

pub use bench::{BenchArguments, Benchmark, NetworkBenchmark};
pub use command_line::{Command, CommandLine};
pub use correct_bias::CorrectBiasArguments;
pub use decoding_stop::was_decoding_stopped;
pub use dispatch::run;
pub use evaluate::EvaluateArguments;
pub use fetch::{FetchArguments, SetName};
pub use inspect::InspectArguments;
pub use network::NetworkCommandArguments;
pub use resume::ResumeArguments;
pub use soften::SoftenArguments;
pub use train::Stopped;
