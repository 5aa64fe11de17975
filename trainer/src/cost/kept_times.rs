//! The times of networks on this machine, kept beside the runs of a sweep: measured times in, a JSON file and later answers
//! out. So a sweep that goes on, or that only prints its table, measures nothing twice.

use std::path::{Path, PathBuf};

use anyhow::Context;
use models::Network;
use models::storage::printable::PrintablePath;
use models::storage::{atomic_file, sha256};
use serde::{Deserialize, Serialize};

use crate::cost::stored_bytes::StoredPrecision;

/// The file in the directory of a sweep; hidden, so that no search for runs sees it.
const FILE: &str = ".network-times.json";

/// The times that are kept in the directory of a sweep.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeptTimes {
    path: PathBuf,
    kept: Kept,
}

/// The content of the file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Kept {
    /// The precision that the sweep was last asked to keep within bounds.
    precision: StoredPrecision,
    networks: Vec<KeptTime>,
}

/// The time of one network in one precision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeptTime {
    /// The network's name, for people.
    name: String,
    /// SHA-256 of the folded network as JSON, in hexadecimal digits.
    network_sha256: String,
    precision: StoredPrecision,
    /// The median time of an answer for one image on one thread.
    microseconds: f64,
}

impl KeptTimes {
    /// Reads what is kept in the directory of a sweep; nothing where there is no file.
    ///
    /// # Errors
    /// A line that names the file, where it cannot be read or is another's.
    pub(crate) fn of(directory: &Path) -> anyhow::Result<Self> {
        let path = directory.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            text => Some(text.with_context(|| format!("{}: cannot be read", path.printable()))?),
        };
        let parse = |text: String| serde_json::from_str(&text);
        let kept = text.map(parse).transpose().with_context(|| {
            format!(
                "{}: expected times of networks in JSON; without the file they are measured anew",
                path.printable()
            )
        })?;
        Ok(Self { path, kept: kept.unwrap_or_default() })
    }

    /// Returns the precision that the sweep was last asked to keep within bounds, f32 where it never was.
    pub(crate) fn precision(&self) -> StoredPrecision {
        self.kept.precision
    }

    /// Returns the microseconds of an answer, where they are known.
    pub(crate) fn microseconds(&self, network: &Network, precision: StoredPrecision) -> Option<f64> {
        let sha256 = identity(network);
        let is_it = |time: &&KeptTime| time.network_sha256 == sha256 && time.precision == precision;
        self.kept.networks.iter().find(is_it).map(|time| time.microseconds)
    }

    /// Adds a measured time.
    pub(crate) fn add(&mut self, network: &Network, precision: StoredPrecision, microseconds: f64) {
        let (name, network_sha256) = (network.name.clone(), identity(network));
        self.kept.networks.push(KeptTime { name, network_sha256, precision, microseconds });
    }

    /// Writes the file, as of a sweep within bounds of this precision. Its directory exists.
    ///
    /// # Errors
    /// A line that names the file.
    pub(crate) fn keep(&mut self, precision: StoredPrecision) -> anyhow::Result<()> {
        self.kept.precision = precision;
        Ok(atomic_file::write(&self.path, serde_json::to_string_pretty(&self.kept)?.as_bytes())?)
    }
}

/// Returns the same for a network as it trains and as its finished run holds it: with what is for training folded away.
fn identity(network: &Network) -> String {
    sha256::hex([serde_json::to_string(&network.folded()).unwrap_or_default()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_time_belongs_to_one_network_in_one_precision() {
        let folder = tempfile::tempdir().unwrap();
        let mut times = KeptTimes::of(folder.path()).unwrap();
        assert_eq!(times.precision(), StoredPrecision::F32);
        let network = Network::deep_teacher();
        times.add(&network, StoredPrecision::Int8, 12.5);
        times.keep(StoredPrecision::Int8).unwrap();
        let found = KeptTimes::of(folder.path()).unwrap();
        assert_eq!(found.precision(), StoredPrecision::Int8);
        assert_eq!(found.microseconds(&network.folded(), StoredPrecision::Int8), Some(12.5));
        // A run's configuration goes by way of TOML.
        let read: Network = toml::from_str(&toml::to_string(&network).unwrap()).unwrap();
        assert_eq!(found.microseconds(&read, StoredPrecision::Int8), Some(12.5));
        assert_eq!(found.microseconds(&network, StoredPrecision::F32), None);
        assert_eq!(found.microseconds(&Network::teacher(), StoredPrecision::Int8), None);
        std::fs::write(folder.path().join(FILE), "[1]").unwrap();
        assert!(KeptTimes::of(folder.path()).unwrap_err().to_string().contains(FILE));
    }
}
