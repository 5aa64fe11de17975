//! The pictures that a file carries: the digits inside the program, validation images, those of a folder, or none.
//!
//! In: what was asked for, the network and its data. Out: golden pictures, and a sentence about whose pictures travel in the
//! file: they may be photographs that are not to.

use std::path::PathBuf;

use anyhow::bail;
use exporter::golden::{self, GoldenPicture};
use models::storage::printable::PrintablePath;
use models::weights::Weights;

use super::arguments::{ExportArguments, GoldenName};
use super::data::Data;

/// The name of the set whose digits are inside the program.
const MNIST: &str = "mnist";

/// The golden pictures of a file, and whose they are.
pub(crate) struct Golden {
    pub(crate) pictures: Vec<GoldenPicture>,
    source: Source,
}

/// Whose pictures a file carries.
enum Source {
    Nobody,
    Program,
    Validation,
    Folder(PathBuf),
}

impl Golden {
    /// Chooses what was asked for. The digits inside the program stand for MNIST's where the network reads digits and there are
    /// no data, or where these are MNIST itself: then a file is the same wherever it is written.
    pub(crate) fn choose(
        arguments: &ExportArguments,
        data: Option<&Data>,
        weights: &Weights,
    ) -> anyhow::Result<Self> {
        let with = |pictures, source| Ok(Self { pictures, source });
        let digits = golden::digits(&weights.contract);
        let is_mnist = |data: &Data| weights.contract.provenance.data == MNIST && data.is_fetched(MNIST);
        match (arguments.golden, &arguments.golden_pictures, data) {
            (GoldenName::None, Some(_), _) => {
                bail!("--golden-pictures: expected --golden tensors or pictures, found --golden none")
            }
            (GoldenName::None, None, _) => with(vec![], Source::Nobody),
            (kind, Some(folder), _) => {
                let (paths, pictures): (Vec<_>, Vec<_>) =
                    golden::of_folder(weights, folder)?.into_iter().unzip();
                let pictures = filed(kind, pictures, |index| paths.get(index).cloned(), weights);
                with(pictures, Source::Folder(folder.clone()))
            }
            (_, None, None) if !digits.is_empty() => with(digits, Source::Program),
            (_, None, Some(data)) if !digits.is_empty() && is_mnist(data) => with(digits, Source::Program),
            (kind, None, Some(data)) => {
                let images = data.training()?.validation;
                let chosen = golden::of_each_class(weights, &images)?;
                let (indices, pictures): (Vec<_>, Vec<_>) =
                    chosen.into_iter().map(|chosen| (chosen.index, chosen.picture)).unzip();
                let pictures = filed(kind, pictures, |position| images.path(indices[position]), weights);
                with(pictures, Source::Validation)
            }
            (_, None, None) => bail!(
                "golden vectors: expected --data with pictures of each class, or --golden-pictures with a folder of some, \
                 found none; --golden none leaves them out"
            ),
        }
    }

    /// Whose pictures travel in the file, as lines of text; nothing where they are those that the program has inside.
    pub(crate) fn describe(&self) -> Vec<String> {
        let count = self.pictures.len();
        let has_file = self.pictures.iter().any(|picture| picture.jpeg.is_some());
        let pictures = if count == 1 { "1 picture".to_owned() } else { format!("{count} pictures") };
        let travel = if count == 1 { "travels" } else { "travel" };
        let as_file = match (has_file, count) {
            (false, _) => "",
            (true, 1) => ", as a JPEG file too",
            (true, _) => ", one of them as a JPEG file too",
        };
        match &self.source {
            Source::Program => vec![],
            Source::Nobody => vec!["no pictures: a board cannot check itself".to_owned()],
            Source::Folder(folder) => {
                vec![
                    format!("{pictures} of {}", folder.printable()),
                    format!("{travel} in the file{as_file}"),
                ]
            }
            Source::Validation => vec![
                format!("{pictures} of your validation set {travel} in the file"),
                format!("{}; --golden none leaves them out", as_file.trim_start_matches(", "))
                    .trim_start_matches("; ")
                    .to_owned(),
            ],
        }
    }
}

/// The pictures, one of them with its file where files are asked for.
fn filed(
    kind: GoldenName,
    pictures: Vec<GoldenPicture>,
    original: impl Fn(usize) -> Option<PathBuf>,
    weights: &Weights,
) -> Vec<GoldenPicture> {
    match kind {
        GoldenName::Pictures => golden::with_file(pictures, original, &weights.contract.input),
        GoldenName::None | GoldenName::Tensors => pictures,
    }
}
