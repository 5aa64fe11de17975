//! What the command adds to the library: arguments, the search for pictures, threads, and one file an output format.

pub(crate) mod arguments;
pub(crate) mod classify;
pub(crate) mod info;

mod answer_csv;
mod answer_json;
mod answer_text;
mod digits;
mod info_text;
mod model_choice;
mod ordered_answers;
mod picture_paths;
mod progress;
mod standard_input;
