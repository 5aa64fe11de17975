//! `trainer inspect`: a data set in, what it holds, what is wrong with it and what to do next out, before anything is trained.

mod class_table;
mod dataset_file;
pub(crate) mod inspect;
mod problems;
mod proposals;
mod text;

pub use inspect::InspectArguments;
