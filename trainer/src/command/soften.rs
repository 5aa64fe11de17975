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
use crate::evaluation::terminal_picture::PictureColours;
use crate::network::answers::logits;
use crate::run::directory::load_weights;
use crate::run::run_data::directory_for;

/// The arguments of `trainer soften`.
#[derive(Debug, Args)]
pub struct SoftenArguments {
    /// Finished run or safetensors file
    #[arg(value_name = "RUN|FILE")]
    pub model: PathBuf,
    /// Data set: a name that `fetch` knows, a folder of pictures by class or of IDX files, or a manifest
    #[arg(long, value_name = "NAME|DIR|MANIFEST")]
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
    let directory = directory_for(&arguments.model, &arguments.data).seen_by(&weights.contract.input);
    let images = directory.all_training()?;
    let set = NamedSet { name: &arguments.data, directory: &directory };
    let images = fitted_images(&arguments.model, &weights.contract, set, images)?;
    if arguments.index >= images.len() {
        bail!("--index: expected 0 to {}, found {}", images.len() - 1, arguments.index);
    }
    let values = images.image(arguments.index);
    let input = models::picture::preprocessing::from_bytes(values, &weights.contract.input);
    let rows = logits(&weights, &[input])?;
    let knowledge = DarkKnowledge {
        values,
        shape: images.shape(),
        label: usize::from(images.labels()[arguments.index]),
        labels: &weights.contract.labels,
        logits: rows.first().context("a network without logits")?,
        temperature: arguments.temperature,
    };
    write!(out, "{}", knowledge.draw(colours()))?;
    Ok(())
}

/// Returns the colours of standard output: none where it is no terminal or the user's environment says so (`NO_COLOR`,
/// `CLICOLOR`, `CLICOLOR_FORCE`, `TERM`), else those that `COLORTERM` and `TERM` name.
fn colours() -> PictureColours {
    if anstream::AutoStream::choice(&std::io::stdout()) == anstream::ColorChoice::Never {
        return PictureColours::Shades;
    }
    let variable = |name| std::env::var(name).unwrap_or_default();
    colours_of(&variable("COLORTERM"), &variable("TERM"))
}

/// Returns the colours of a terminal that has some.
fn colours_of(colorterm: &str, term: &str) -> PictureColours {
    match (colorterm, term) {
        ("truecolor" | "24bit", _) => PictureColours::TrueColour,
        (_, term) if term.ends_with("-direct") => PictureColours::TrueColour,
        (_, term) if term.contains("256color") => PictureColours::Palette256,
        // Of the sixteen colours of a console no picture can be made.
        _ => PictureColours::Shades,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_drawn_to_in_the_colours_that_it_names() {
        for (colorterm, term, expected) in [
            ("truecolor", "xterm", PictureColours::TrueColour),
            ("24bit", "screen-256color", PictureColours::TrueColour),
            ("", "xterm-direct", PictureColours::TrueColour),
            ("", "screen-256color", PictureColours::Palette256),
            ("yes", "xterm", PictureColours::Shades),
            ("", "linux", PictureColours::Shades),
        ] {
            assert_eq!(colours_of(colorterm, term), expected, "{colorterm} {term}");
        }
    }
}
