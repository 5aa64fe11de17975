//! What the program `edge-runtime` adds to the library: one file a command, over three rooms.
//!
//! `arguments` is what the user typed; `input` finds the model and the pictures that it names; `output` writes answers and
//! reports. A new output format begins in `output/answer_format.rs`.

pub(crate) mod arguments;
pub(crate) mod bench;
pub(crate) mod classify;
pub(crate) mod info;
#[cfg(feature = "manual")]
pub(crate) mod manual;
pub(crate) mod self_test;

mod input;

mod ordered_work;
mod output;
mod sample_picture;
