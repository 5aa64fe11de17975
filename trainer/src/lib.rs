//! Trains a teacher, and distils what it knows into a small student.
//!
//! The stages in their order: [`fetch`] brings a set, [`idx`] and [`data_set`] read it, `views` change it, a
//! `batches` shuffle it beside the steps, a network on a [`device`] answers with logits,
//! `distillation_loss` compares them with labels and with a [`teacher`]'s soft targets, an [`optimiser`] makes steps of
//! gradients, [`training`] loops, [`run_directory`] keeps what comes of it, [`evaluation`] counts; a [`sweep`] does all that at
//! each point of a grid.

mod batches;
pub mod benchmark;
pub mod bias_correction;
mod candle_network;
mod checkpoint;
mod checkpoint_pace;
pub mod command_line;
pub mod commands;
pub mod dark_knowledge;
pub mod data_set;
pub mod device;
pub mod distillation_loss;
mod engine;
pub mod evaluation;
pub mod fetch;
pub mod idx;
pub mod interrupt;
pub mod kept_run;
mod kept_tensor;
pub mod learning_rate;
pub mod memory;
pub mod optimiser;
mod progress;
pub mod report;
pub mod reproduce;
pub mod run_directory;
pub mod sweep;
pub mod teacher;
mod teacher_logits;
pub mod training;
pub mod transfer;
pub mod unfinished_run;
mod view_cache;
pub mod views;
mod weight_average;
