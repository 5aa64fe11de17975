//! The commands of `trainer`, one file each, and the command line that names them.

mod bench;
mod command_line;
mod correct_bias;
mod dispatch;
mod evaluate;
mod fetch;
mod resume;
mod soften;
mod train;

pub use bench::{BenchArguments, Benchmark};
pub use command_line::{Command, CommandLine};
pub use correct_bias::CorrectBiasArguments;
pub use dispatch::run;
pub use evaluate::EvaluateArguments;
pub use fetch::{FetchArguments, SetName};
pub use resume::ResumeArguments;
pub use soften::SoftenArguments;
pub use train::Stopped;
