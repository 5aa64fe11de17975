//! The network that `--network` names: a preset's name or the path of a TOML file in, the layers for the images of a set out.
//!
//! A file is read once, when the arguments are: what is wrong with it is said before a command begins, and a run whose
//! configuration holds the layers never asks for the file again.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use models::Network;
use models::network::{NetworkError, Preset, WrittenNetwork};
use models::storage::printable::PrintablePath;
use models::storage::regular_file;

use crate::arguments::layer_mistake::first_mistake;
use crate::data::toml_problem;
use crate::process::suggestion::did_you_mean;

/// The most bytes of a file with a network: a thousand layers have a tenth of that.
const LARGEST_FILE: u64 = 1 << 20;

/// A network as a user chooses it, for images of any shape and any number of classes.
#[derive(Debug, Clone, PartialEq)]
pub enum NetworkChoice {
    /// A preset.
    Preset(Preset),
    /// The network that a file describes.
    File {
        /// The path of the file, as it was given.
        path: PathBuf,
        /// What the file says.
        written: WrittenNetwork,
    },
}

/// A network that has no layers for images of this shape or this number of classes.
#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{name}: {error}")]
pub struct NetworkChoiceError {
    /// The name of the preset or the path of the file.
    name: String,
    /// The layer that does not fit, what it expects, and what was found.
    error: NetworkError,
}

impl NetworkChoice {
    /// Returns the layers for images of the shape `input`, `[channels, height, width]`, and this number of classes.
    ///
    /// # Errors
    /// [`NetworkChoiceError`] for the first layer that does not fit.
    pub fn network(&self, input: [usize; 3], classes: usize) -> Result<Network, NetworkChoiceError> {
        let network = match self {
            Self::Preset(preset) => {
                let network = preset.network(input, classes);
                network.shapes().map(|_| network)
            }
            Self::File { written, .. } => written.network(input, classes),
        };
        network.map_err(|error| NetworkChoiceError { name: self.to_string(), error })
    }

    /// Returns the name for the directory of a run: a preset's, the hidden layers of a perceptron, or the name of the file.
    #[must_use]
    pub fn directory_name(&self) -> String {
        match self {
            Self::Preset(Preset::Mlp(hidden)) => {
                hidden.iter().map(usize::to_string).collect::<Vec<_>>().join("-")
            }
            Self::Preset(preset) => preset.to_string(),
            Self::File { path, .. } => {
                path.file_stem().map(|stem| Path::new(stem).printable()).unwrap_or_default()
            }
        }
    }
}

impl From<Preset> for NetworkChoice {
    fn from(preset: Preset) -> Self {
        Self::Preset(preset)
    }
}

impl fmt::Display for NetworkChoice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preset(preset) => preset.fmt(formatter),
            Self::File { path, .. } => formatter.write_str(&path.printable()),
        }
    }
}

/// Parses the word of `--network`: a preset's name, or a file. A file has a slash in its path, or ends in `.toml`, or is
/// there.
pub(crate) fn network_choice(text: &str) -> Result<NetworkChoice, String> {
    match text.parse() {
        Ok(preset) => Ok(NetworkChoice::Preset(preset)),
        Err(error) => {
            let path = Path::new(text);
            let is_toml = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
            match is_toml || text.contains(['/', std::path::MAIN_SEPARATOR]) || path.exists() {
                true => read(path).map(|written| NetworkChoice::File { path: path.to_owned(), written }),
                false => Err(format!("{error}, or a TOML file{}", meant(text))),
            }
        }
    }
}

/// Returns the preset that may have been meant, as the end of a sentence.
fn meant(text: &str) -> String {
    match text.strip_prefix("mlp:") {
        // The separator is an x: 128,128 and 128-128 are what people try.
        Some(units) if units.contains([',', '-', 'X', '×', ' ']) => {
            format!("; did you mean mlp:{}?", units.replace([',', '-', 'X', '×', ' '], "x"))
        }
        _ => did_you_mean(text, &Preset::EXAMPLES),
    }
}

/// Reads a network from a file, or says what is wrong with it without the file's name, which stands before.
fn read(path: &Path) -> Result<WrittenNetwork, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    let (file, _) = regular_file::open(path).map_err(unreadable)?;
    let mut text = Vec::new();
    file.take(LARGEST_FILE + 1).read_to_end(&mut text).map_err(unreadable)?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(format!("expected a network in at most {LARGEST_FILE} bytes of TOML, found more"));
    }
    let text = String::from_utf8(text).map_err(|_| "expected a network in TOML, found no text".to_owned())?;
    toml::from_str(&text)
        .map_err(|error| first_mistake(&text).unwrap_or_else(|| toml_problem::problem(&text, &error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "name = \"small\"\n[[layers]]\nkind = \"flatten\"\n[[layers]]\nkind = \"linear\"\n";

    fn written(text: &str) -> (tempfile::TempDir, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("my.toml");
        std::fs::write(&path, text).unwrap();
        let path = path.to_str().unwrap().to_owned();
        (folder, path)
    }

    #[test]
    fn what_may_have_been_meant_stands_behind_what_is_allowed() {
        for (text, expected) in [
            ("kariya", "; did you mean kariya-2018?"),
            ("mlp:128,64", "; did you mean mlp:128x64?"),
            ("resnet88", "; did you mean resnet8?"),
            ("mobilnet:0.25", "; did you mean mobilenet:0.25?"),
        ] {
            let error = network_choice(text).unwrap_err();
            assert!(error.starts_with("expected ") && error.ends_with(expected), "{error}");
        }
        assert!(network_choice("fast").unwrap_err().ends_with("or a TOML file"));
    }

    #[test]
    fn a_file_is_read_and_fits_the_images() {
        let (_folder, path) = written(SMALL);
        let choice = network_choice(&path).unwrap();
        let network = choice.network([3, 4, 5], 7).unwrap();
        assert_eq!((network.name.as_str(), network.classes()), ("small", Ok(7)));
        assert_eq!(network.parameter_count(), 60 * 7 + 7);
        assert_eq!((choice.directory_name().as_str(), choice.to_string()), ("my", path));
    }

    #[test]
    fn a_file_that_is_no_network_is_told_with_its_line() {
        for (text, expected) in [
            ("name = 3", "line 1: name: expected text in quotes, found 3"),
            ("name = \"a\"", "expected the key layers, found none"),
            (
                "name = \"a\"\nlayer = []",
                "line 2: unknown key layer: expected name or layers; did you mean layers?",
            ),
            ("name \"a\"", "line 1: no TOML: "),
        ] {
            let (_folder, path) = written(text);
            let error = network_choice(&path).unwrap_err();
            assert!(error.starts_with(expected) && error.lines().count() == 1, "{error}");
        }
        let (_folder, path) = written(&" ".repeat(1 << 20 | 1));
        assert_eq!(
            network_choice(&path).unwrap_err(),
            "expected a network in at most 1048576 bytes of TOML, found more"
        );
        assert!(network_choice("missing.toml").unwrap_err().starts_with("cannot be read: "));
        let (folder, _) = written("");
        assert!(network_choice(folder.path().to_str().unwrap()).unwrap_err().starts_with("cannot be read: "));
    }

    #[test]
    fn a_layer_that_does_not_fit_is_named_with_the_shapes() {
        let convolution = "name = \"x\"\n[[layers]]\nkind = \"convolution\"\nout_channels = 2\nkernel = 3\n";
        let (_folder, path) = written(convolution);
        let error = network_choice(&path).unwrap().network([1, 2, 9], 2).unwrap_err().to_string();
        let expected = "network \"x\", layer 1 (conv1): convolution: expected a window of at most 2 pixels, the side with its \
             padding, found 3";
        assert_eq!(error, format!("{path}: {expected}"));
        let error = network_choice("resnet9").unwrap().network([1, 4, 4], 2).unwrap_err().to_string();
        assert!(error.starts_with("resnet9: network \"resnet9-64\", layer "), "{error}");
    }
}
