//! Trains a teacher, and distils what it knows into a small student.
//!
//! The stages in their order: [`fetch`] brings a set, [`idx`] and [`data_set`] read it, `views` change it, a `network`
//! folded into candle answers with logits, `distillation_loss` compares them with labels and with a [`teacher`]'s soft
//! targets, [`training`] loops, [`run_directory`] keeps what comes of it, [`evaluation`] counts.

mod candle_network;
mod checkpoint;
pub mod command_line;
pub mod commands;
pub mod dark_knowledge;
pub mod data_set;
mod distillation_loss;
mod engine;
pub mod evaluation;
pub mod fetch;
pub mod idx;
mod learning_rate;
pub mod memory;
mod progress;
mod random;
pub mod report;
pub mod run_directory;
pub mod teacher;
pub mod training;
pub mod views;
