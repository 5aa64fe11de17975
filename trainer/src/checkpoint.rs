//! All that a run needs to go on with the same bits: values, moments, position, and the best values so far.
//!
//! No random state: every draw is a function of seed, epoch and index.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{Device, Tensor};
use models::atomic_file;
use models::weights::{from_little_endian, little_endian};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use crate::run_directory::RunError;

const METADATA_KEY: &str = "imago.position";

/// The state after an epoch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Checkpoint {
    pub(crate) position: Position,
    /// All parameters, in order.
    pub(crate) values: Vec<f32>,
    /// The values of the best epoch so far.
    pub(crate) best_values: Vec<f32>,
    /// Of each parameter `[2, values]`, one after another.
    pub(crate) moments: Vec<f32>,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// Epochs that are done.
    pub(crate) epochs: usize,
    /// Steps that are done.
    pub(crate) steps: u64,
    pub(crate) best: Best,
}

/// The epoch with the most right answers on the validation images; of equals the one of the smaller loss.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Best {
    /// Counted from 1.
    pub(crate) epoch: usize,
    pub(crate) errors: usize,
    pub(crate) accuracy: f64,
    pub(crate) loss: f64,
}

impl Checkpoint {
    pub(crate) fn save(&self, path: &Path) -> Result<(), RunError> {
        let problem = |problem: String| RunError::Config { path: path.to_owned(), problem };
        let position = serde_json::to_string(&self.position).map_err(|error| problem(error.to_string()))?;
        let tensors = [
            ("best_values", little_endian(&self.best_values)),
            ("moments", little_endian(&self.moments)),
            ("values", little_endian(&self.values)),
        ];
        let views = tensors
            .iter()
            .map(|(name, bytes)| Ok((*name, TensorView::new(Dtype::F32, vec![bytes.len() / 4], bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
            .map_err(|error| problem(error.to_string()))?;
        let metadata = HashMap::from([(METADATA_KEY.to_owned(), position)]);
        let content =
            safetensors::serialize(views, Some(metadata)).map_err(|error| problem(error.to_string()))?;
        Ok(atomic_file::write(path, &content)?)
    }

    /// `None` where there is none yet.
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
        let position = header.metadata().as_ref().and_then(|metadata| metadata.get(METADATA_KEY));
        let position =
            serde_json::from_str(position.ok_or("no position")?).map_err(|error| error.to_string())?;
        let values = |name: &str| -> Result<Vec<f32>, String> {
            let view = tensors.tensor(name).map_err(|error| error.to_string())?;
            match view.dtype() {
                Dtype::F32 => Ok(from_little_endian(view.data())),
                other => Err(format!("{name} of {other:?}")),
            }
        };
        let (values, best_values, moments) = (values("values")?, values("best_values")?, values("moments")?);
        if best_values.len() != values.len() || moments.len() != 2 * values.len() {
            return Err("tensors of different lengths".to_owned());
        }
        Ok(Self { position, values, best_values, moments })
    }

    /// The moments as tensors `[2, values]` for parameters of these lengths.
    pub(crate) fn moment_tensors(&self, lengths: &[usize]) -> candle_core::Result<Vec<Tensor>> {
        let mut rest = self.moments.as_slice();
        lengths
            .iter()
            .map(|&length| {
                let (moments, tail) = rest.split_at((2 * length).min(rest.len()));
                rest = tail;
                Tensor::from_slice(moments, (2, length), &Device::Cpu)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        let best = Best { epoch: 2, errors: 3, accuracy: 59.0 / 60.0, loss: 7.0 / 60.0 };
        Checkpoint {
            position: Position { epochs: 3, steps: 99, best },
            values: vec![1.0, 2.0],
            best_values: vec![3.0, 4.0],
            moments: vec![5.0, 6.0, 7.0, 8.0],
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
