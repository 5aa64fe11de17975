//! The pictures that a file carries: the digits inside the program, validation images, those of a folder, or none.
//!
//! In: what was asked for, the network and its data. Out: golden pictures, and a sentence about whose pictures travel in the
//! file: they may be photographs that are not to.

use std::path::PathBuf;

use anyhow::bail;
use exporter::golden::{self, GoldenPicture};
use models::model_file::golden_vectors::LARGEST_GOLDEN_FILE;
use models::storage::printable::PrintablePath;
use models::weights::Weights;

use super::arguments::{ExportArguments, GoldenName};
use super::data::Data;

/// The name of the set whose digits are inside the program.
const MNIST: &str = "mnist";

/// The golden pictures of a file, and whose they are.
pub(crate) struct Golden {
    pub(crate) pictures: Vec<GoldenPicture>,
    kind: GoldenName,
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
        let with = |pictures, source| Ok(Self { pictures, kind: arguments.golden, source });
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
        let pictures = match self.pictures.len() {
            1 => "1 picture".to_owned(),
            count => format!("{count} pictures"),
        };
        let travel = if self.pictures.len() == 1 { "travels" } else { "travel" };
        let as_file = self.as_file();
        let comma = if as_file.is_empty() { "" } else { ", " };
        match &self.source {
            Source::Program => vec![],
            Source::Nobody => vec!["no pictures: a board cannot check itself".to_owned()],
            Source::Folder(folder) => {
                let mut lines = vec![format!("{pictures} of {}", folder.printable())];
                lines.push(format!("{travel} in the file{comma}{as_file}"));
                lines
            }
            Source::Validation => {
                let mut lines =
                    vec![format!("{pictures} of your validation set {travel} in the file{comma}")];
                lines.extend((!as_file.is_empty()).then(|| format!("{as_file};")));
                lines.push("--golden none leaves them out".to_owned());
                lines
            }
        }
    }

    /// Whether one of the pictures travels as a file, and why none does where one was asked for.
    fn as_file(&self) -> String {
        let has_file = self.pictures.iter().any(|picture| picture.jpeg.is_some());
        match (self.kind, has_file, self.pictures.len()) {
            (GoldenName::None | GoldenName::Tensors, ..) => String::new(),
            (_, true, 1) => "as a JPEG file too".to_owned(),
            (_, true, _) => "one of them as a JPEG file too".to_owned(),
            (_, false, _) => {
                format!("none as a JPEG file: none could be made of at most {LARGEST_GOLDEN_FILE} bytes")
            }
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
        GoldenName::Pictures => golden::with_file(pictures, original, weights),
        GoldenName::None | GoldenName::Tensors => pictures,
    }
}
