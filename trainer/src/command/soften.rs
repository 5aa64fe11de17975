//! `trainer soften`: a network and a training image in, its class probabilities at T = 1 and softened out: the dark
//! knowledge that a student learns from.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use models::probability::Temperature;

use crate::arguments::values::position;
use crate::command::fitted_images::fitted_images;
use crate::evaluation::dark_knowledge::DarkKnowledge;
use crate::evaluation::input_check::NamedSet;
use crate::network::answers::logits;
use crate::run::directory::load_weights;
use crate::run::run_data::directory_for;

/// The arguments of `trainer soften`.
#[derive(Debug, Args)]
pub struct SoftenArguments {
    /// Finished run or safetensors file
    #[arg(value_name = "RUN|FILE")]
    pub model: PathBuf,
    /// Data set: `mnist`, `fashion-mnist`, or a directory with four such IDX files, gzipped or not
    #[arg(long, value_name = "NAME|DIR")]
    pub data: String,
    /// Training image to show, counted from 0
    #[arg(long, value_name = "I", value_parser = position, allow_negative_numbers = true)]
    pub index: usize,
    /// Softening temperature, beside T = 1
    #[arg(long, value_name = "T", default_value = "4", allow_negative_numbers = true)]
    pub temperature: Temperature,
}

pub(super) fn soften(arguments: &SoftenArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let weights = load_weights(&arguments.model)?;
    let directory = directory_for(&arguments.model, &arguments.data);
    let images = directory.all_training()?;
    let set = NamedSet { name: &arguments.data, directory: &directory };
    let images = fitted_images(&arguments.model, &weights.contract, set, images)?;
    if arguments.index >= images.len() {
        bail!("--index: expected 0 to {}, found {}", images.len() - 1, arguments.index);
    }
    let pixels = images.image(arguments.index);
    let input = models::picture::preprocessing::from_bytes(pixels, &weights.contract.input);
    let rows = logits(&weights, &[input])?;
    let knowledge = DarkKnowledge {
        pixels,
        width: images.shape()[2],
        label: usize::from(images.labels()[arguments.index]),
        labels: &weights.contract.labels,
        logits: rows.first().context("a network without logits")?,
        temperature: arguments.temperature,
    };
    write!(out, "{}", knowledge.draw())?;
    Ok(())
}
