//! The checkpoint of a run: the state after a step in, one safetensors file out, and back.
//!
//! It holds all that a run needs to go on to the same bits: parameter values, the optimizer's state, the position in
//! the training, and the best values so far. It holds no random state: every random draw is a function of seed, epoch
//! and index.

use std::collections::HashMap;
use std::path::Path;

use models::storage::atomic_file;
use models::storage::numbers::{from_little_endian, little_endian};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use crate::run::run_error::RunError;

const METADATA_KEY: &str = "imago.checkpoint";

/// The metadata that stands beside the tensors in the checkpoint file, as JSON.
#[derive(Serialize, Deserialize)]
struct Description {
    position: Position,
    /// SHA-256 of the run's configuration: a checkpoint belongs to one configuration.
    config_sha256: String,
}

/// The state of a training after a step.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Checkpoint {
    pub(crate) config_sha256: String,
    pub(crate) position: Position,
    /// The values of all parameters, in the order of the network.
    pub(crate) values: Vec<f32>,
    /// The values of the best epoch so far; empty before the first epoch has ended.
    pub(crate) best_values: Vec<f32>,
    /// The optimizer's state.
    pub(crate) state: Vec<f32>,
    /// The moving average of the values; empty where the run keeps none.
    pub(crate) average: Vec<f32>,
}

/// How far a training has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// The number of epochs that are done.
    pub(crate) epochs: usize,
    /// The number of steps that are done, those of the epoch that has begun included.
    pub(crate) steps: u64,
    /// The sums over the steps of the epoch that has begun.
    pub(crate) sums: EpochSums,
    pub(crate) best: Best,
}

/// The sums over the steps of an epoch so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct EpochSums {
    pub(crate) images: usize,
    pub(crate) loss: f64,
    pub(crate) right: usize,
    /// The time spent on training alone, in seconds.
    pub(crate) seconds: f64,
}

/// The epoch with the fewest errors on the validation images; of equals the one of the smaller loss.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Best {
    /// The epoch, counted from 1.
    pub(crate) epoch: usize,
    pub(crate) errors: usize,
    pub(crate) accuracy: f64,
    pub(crate) loss: f64,
}

impl Checkpoint {
    pub(crate) fn save(&self, path: &Path) -> Result<(), RunError> {
        let problem = |problem: String| RunError::Config { path: path.to_owned(), problem };
        let (position, config_sha256) = (self.position, self.config_sha256.clone());
        let description = serde_json::to_string(&Description { position, config_sha256 });
        let description = description.map_err(|error| problem(error.to_string()))?;
        let tensors = [
            ("average", little_endian(&self.average)),
            ("best_values", little_endian(&self.best_values)),
            ("state", little_endian(&self.state)),
            ("values", little_endian(&self.values)),
        ];
        let views = tensors
            .iter()
            .map(|(name, bytes)| Ok((*name, TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|error| problem(error.to_string()))?;
        let metadata = HashMap::from([(METADATA_KEY.to_owned(), description)]);
        let content =
            safetensors::serialize(views, Some(metadata)).map_err(|error| problem(error.to_string()))?;
        Ok(atomic_file::write(path, &content)?)
    }

    /// Reads the checkpoint at `path`; `None` where there is no such file.
    pub(crate) fn load(path: &Path) -> Result<Option<Self>, RunError> {
        let content = match std::fs::read(path) {
            Ok(content) => content,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(source) => {
                return Err(RunError::Io { path: path.to_owned(), doing: "cannot be read", source });
            }
        };
        Self::parse(&content).map(Some).map_err(|problem| RunError::Config {
            path: path.to_owned(),
            problem: format!("expected a checkpoint, found: {problem}"),
        })
    }

    fn parse(content: &[u8]) -> Result<Self, String> {
        let (_, header) = SafeTensors::read_metadata(content).map_err(|error| error.to_string())?;
        let tensors = SafeTensors::deserialize(content).map_err(|error| error.to_string())?;
        let description = header.metadata().as_ref().and_then(|metadata| metadata.get(METADATA_KEY));
        let Description { position, config_sha256 } =
            serde_json::from_str(description.ok_or("no position")?).map_err(|error| error.to_string())?;
        let values = |name: &str| -> Result<Vec<f32>, String> {
            let view = tensors.tensor(name).map_err(|error| error.to_string())?;
            match view.dtype() {
                Dtype::F32 => Ok(from_little_endian(view.data())),
                other => Err(format!("{name} of the type {other}")),
            }
        };
        let (average, best_values, state) = (values("average")?, values("best_values")?, values("state")?);
        let values = values("values")?;
        if [&average, &best_values].iter().any(|some| !some.is_empty() && some.len() != values.len()) {
            return Err("tensors of different lengths".to_owned());
        }
        Ok(Self { config_sha256, position, values, best_values, state, average })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        let best = Best { epoch: 2, errors: 3, accuracy: 59.0 / 60.0, loss: 7.0 / 60.0 };
        Checkpoint {
            config_sha256: "00".to_owned(),
            position: Position {
                epochs: 3,
                steps: 99,
                sums: EpochSums { images: 4, loss: 0.1, ..EpochSums::default() },
                best,
            },
            values: vec![1.0, 2.0],
            best_values: vec![3.0, 4.0],
            state: vec![5.0, 6.0, 7.0, 8.0],
            average: vec![9.0, 10.0],
        }
    }

    #[test]
    fn survives_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.safetensors");
        assert_eq!(Checkpoint::load(&path).unwrap(), None);
        checkpoint().save(&path).unwrap();
        assert_eq!(Checkpoint::load(&path).unwrap(), Some(checkpoint()));
    }

    #[test]
    fn a_truncated_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.safetensors");
        checkpoint().save(&path).unwrap();
        let content = std::fs::read(&path).unwrap();
        std::fs::write(&path, &content[..content.len() - 1]).unwrap();
        assert!(Checkpoint::load(&path).unwrap_err().to_string().contains("expected a checkpoint"));
    }
}
