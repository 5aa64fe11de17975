//! What the command adds to the library: arguments, the search for pictures, threads, and one file an output format.

pub(crate) mod arguments;
pub(crate) mod bench;
pub(crate) mod classify;
pub(crate) mod info;
#[cfg(feature = "manual")]
pub(crate) mod manual;
pub(crate) mod self_test;

mod answer_csv;
mod answer_json;
mod answer_text;
mod bench_text;
mod columns;
mod digits;
mod info_text;
mod model_choice;
mod ordered_answers;
mod picture_paths;
mod progress;
mod standard_input;
mod standard_output;
