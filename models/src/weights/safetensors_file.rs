//! A network with its trained values, as a safetensors file that needs nothing beside it.
//!
//! In come the bytes of a file, out go a network, a contract and f32 values that belong together, and back. The file's
//! metadata holds, under the one key `imago`, the network and the contract as JSON, and what speaks against the network.
//! There is one key only: the format keeps metadata in no order, and the same weights must give the same bytes.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::weights_error::{LARGEST_FILE, METADATA_KEY, SaveError, WeightsError, WeightsProblem};
use crate::contract::ModelContract;
use crate::network::{Network, ParameterRole, ParameterSpec};
use crate::storage::file_kind;
use crate::storage::numbers::{first_not_finite, from_little_endian, little_endian};
use crate::storage::printable::PrintablePath;
use crate::storage::{atomic_file, sha256};

/// So many first bytes are looked at where a file is of another kind, to say which.
const BEGINNING: usize = 512;

/// A network with its contract and the trained values of its parameters.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// The network that the values belong to.
    pub network: Network,
    /// The contract of the network: how a picture becomes its input, and what its outputs mean.
    pub contract: ModelContract,
    /// The values of all parameters in the order of [`Network::parameters`], each parameter row-major.
    pub values: Vec<f32>,
    /// What speaks against the network at the end of its training, in words with figures: that its loss rose, that it
    /// answers everything with one class. There is nothing where the training went well, and in files of versions that did
    /// not look.
    pub finding: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Description {
    network: Network,
    contract: serde_json::Value,
    /// Beside the contract and not in it: a reader that does not know the field passes over it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finding: Option<String>,
}

impl Weights {
    /// Returns each parameter of the network with its values, in the order of [`Network::parameters`].
    pub fn tensors(&self) -> impl Iterator<Item = (ParameterSpec, &[f32])> {
        let mut rest = self.values.as_slice();
        self.network.parameters().into_iter().map(move |spec| {
            let (values, tail) = rest.split_at(spec.len());
            rest = tail;
            (spec, values)
        })
    }

    /// Returns weights that compute the same function with every batch norm folded into the layer before it.
    #[must_use]
    pub fn folded(&self) -> Self {
        let values = self.network.fold_values(&self.values);
        Self { network: self.network.folded(), values, ..self.clone() }
    }

    /// Returns the SHA-256 of all values as little-endian f32 in their order, in hexadecimal digits.
    #[must_use]
    pub fn sha256(&self) -> String {
        sha256::hex(self.values.iter().map(|value| value.to_le_bytes()))
    }

    /// Returns the bytes of the safetensors file.
    ///
    /// # Errors
    /// [`WeightsProblem`] where network, contract and values do not belong together.
    pub fn to_bytes(&self) -> Result<Vec<u8>, WeightsProblem> {
        self.check()?;
        let no_description = |error: serde_json::Error| WeightsProblem::NoDescription(error.to_string());
        // The contract goes by way of its text, in which an f32 of 0.9 is 0.9.
        let contract = serde_json::from_str(&self.contract.to_json()).map_err(no_description)?;
        let (network, finding) = (self.network.clone(), self.finding.clone());
        let description = Description { network, contract, finding };
        // A JSON value has sorted keys: the file does not depend on the order of fields in the code.
        let description = serde_json::to_value(&description).map_err(no_description)?;
        let metadata = HashMap::from([(METADATA_KEY.to_owned(), description.to_string())]);
        let tensors: Vec<(ParameterSpec, Vec<u8>)> =
            self.tensors().map(|(spec, values)| (spec, little_endian(values))).collect();
        let views = tensors
            .iter()
            .map(|(spec, bytes)| Ok((&spec.name, TensorView::new(Dtype::F32, spec.shape.clone(), bytes)?)))
            .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()?;
        Ok(safetensors::serialize(views, Some(metadata))?)
    }

    /// Writes the weights to `path` as a safetensors file, at once or not at all.
    ///
    /// # Errors
    /// [`SaveError`] where the values are no weights of the network or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), SaveError> {
        let problem = |problem| WeightsError { file: path.printable(), problem };
        let bytes = self.to_bytes().map_err(problem)?;
        Ok(atomic_file::write(path, &bytes)?)
    }

    /// Reads the safetensors file at `path` and checks it.
    ///
    /// # Errors
    /// [`WeightsError`] for a file that cannot be read, is truncated, describes no network, or whose tensors are not
    /// the network's or not finite.
    pub fn load(path: &Path) -> Result<Self, WeightsError> {
        let problem = |problem| WeightsError { file: path.printable(), problem };
        let bytes = read_limited(path).map_err(problem)?;
        Self::from_bytes(&bytes).map_err(problem)
    }

    /// Reads weights from the bytes of a safetensors file and checks them.
    ///
    /// # Errors
    /// [`WeightsProblem`] for bytes that are no whole safetensors file, describe no network, or whose tensors are not
    /// the network's or not finite.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WeightsProblem> {
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|error| not_safetensors(bytes, error))?;
        let tensors = SafeTensors::deserialize(bytes)?;
        let json = header.metadata().as_ref().and_then(|metadata| metadata.get(METADATA_KEY));
        let json = json.ok_or_else(|| WeightsProblem::NoDescription("none".to_owned()))?;
        let description: Description =
            serde_json::from_str(json).map_err(|error| WeightsProblem::NoDescription(error.to_string()))?;
        let contract = ModelContract::from_json(&description.contract.to_string())?;
        let network = description.network;
        network.shapes()?;
        let specs = network.parameters();
        let mut values = Vec::new();
        for spec in &specs {
            values.extend(read_tensor(&tensors, spec)?);
        }
        if let Some(surplus) =
            tensors.names().into_iter().find(|name| specs.iter().all(|spec| spec.name != **name))
        {
            return Err(WeightsProblem::Tensor {
                tensor: surplus.to_owned(),
                expected: "no such tensor".to_owned(),
                found: "one".to_owned(),
            });
        }
        let weights = Self { network, contract, values, finding: description.finding };
        weights.check()?;
        Ok(weights)
    }

    fn check(&self) -> Result<(), WeightsProblem> {
        let disagreement = |what, contract, network| WeightsProblem::Disagreement { what, contract, network };
        self.contract.validate()?;
        let classes = self.network.classes()?;
        let shape = self.contract.input.shape();
        if shape != self.network.input {
            return Err(disagreement("input", format!("{shape:?}"), format!("{:?}", self.network.input)));
        }
        if self.contract.labels.len() != classes {
            return Err(disagreement("classes", self.contract.labels.len().to_string(), classes.to_string()));
        }
        if self.values.len() != self.network.parameter_count() {
            let (found, expected) = (self.values.len(), self.network.parameter_count());
            return Err(disagreement("values", found.to_string(), expected.to_string()));
        }
        for (spec, values) in self.tensors() {
            if let Some(position) = first_not_finite(values) {
                return Err(WeightsProblem::NotFinite {
                    tensor: spec.name,
                    found: values[position],
                    position,
                });
            }
            let is_variance = spec.role == ParameterRole::RunningVariance;
            if let Some(found) = values.iter().find(|value| is_variance && **value < 0.0) {
                return Err(WeightsProblem::NegativeVariance { tensor: spec.name, found: *found });
            }
        }
        Ok(())
    }
}

/// Returns the problem of bytes that are no safetensors file: what they are instead, where that is known, else the parser's
/// words.
fn not_safetensors(bytes: &[u8], error: safetensors::SafeTensorError) -> WeightsProblem {
    let head = &bytes[..bytes.len().min(BEGINNING)];
    match file_kind::name_of(head) {
        Some(found) => {
            let remedy = file_kind::remedy(found).map(|remedy| format!("; {remedy}")).unwrap_or_default();
            WeightsProblem::OtherFile { found, remedy }
        }
        None => error.into(),
    }
}

fn read_tensor(tensors: &SafeTensors, spec: &ParameterSpec) -> Result<Vec<f32>, WeightsProblem> {
    let mismatch = |found: String| WeightsProblem::Tensor {
        tensor: spec.name.clone(),
        expected: format!("F32 {:?}", spec.shape),
        found,
    };
    let view = tensors.tensor(&spec.name).map_err(|_| mismatch("none".to_owned()))?;
    if view.dtype() != Dtype::F32 || view.shape() != spec.shape {
        return Err(mismatch(format!("{:?} {:?}", view.dtype(), view.shape())));
    }
    Ok(from_little_endian(view.data()))
}

fn read_limited(path: &Path) -> Result<Vec<u8>, WeightsProblem> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(WeightsProblem::TooLarge);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::Provenance;
    use crate::network::Layer;

    fn student() -> Weights {
        let network = Network::student(&[3, 2]);
        let values = (0..network.parameter_count()).map(|index| index as f32 / 7.0).collect();
        Weights { network, contract: ModelContract::mnist(Provenance::default()), values, finding: None }
    }

    fn problem(bytes: &[u8]) -> String {
        Weights::from_bytes(bytes).unwrap_err().to_string()
    }

    /// The student's file with one tensor replaced.
    fn with_tensor(name: &str, dtype: Dtype, shape: Vec<usize>, data: &[u8]) -> Vec<u8> {
        let bytes = student().to_bytes().unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let mut views: Vec<(String, TensorView)> =
            tensors.tensors().into_iter().filter(|(other, _)| other != name).collect();
        if !shape.is_empty() {
            views.push((name.to_owned(), TensorView::new(dtype, shape, data).unwrap()));
        }
        safetensors::serialize(views, header.metadata().clone()).unwrap()
    }

    #[test]
    fn survive_a_round_trip_and_give_the_same_bytes_again() {
        let bytes = student().to_bytes().unwrap();
        assert_eq!(Weights::from_bytes(&bytes).unwrap(), student());
        assert_eq!(student().to_bytes().unwrap(), bytes);
    }

    /// Bytes with a finding are those without it but for the header: what a reader knows is where it was.
    #[test]
    fn a_finding_travels_beside_network_and_contract() {
        let failed = Weights { finding: Some("training loss 9".to_owned()), ..student() };
        let bytes = failed.to_bytes().unwrap();
        assert_eq!(Weights::from_bytes(&bytes).unwrap(), failed);
        assert_eq!(failed.folded().finding, failed.finding);
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let metadata = header.metadata().as_ref().unwrap();
        assert_eq!(metadata.len(), 1);
        let description: serde_json::Value = serde_json::from_str(&metadata[METADATA_KEY]).unwrap();
        let keys: Vec<&String> = description.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["contract", "finding", "network"]);
        let (_, header) = SafeTensors::read_metadata(&student().to_bytes().unwrap()).unwrap();
        assert!(!header.metadata().as_ref().unwrap()[METADATA_KEY].contains("finding"));
    }

    /// By hand: a linear layer of one input and two outputs, W = (2, 3), b = (1, 0), and a batch norm with scale
    /// (3, 1), shift (5, 0), mean (2, 1), variance (4, 0) and epsilon 0.25: s = 3 / √4.25 and 1 / √0.25 = 2.
    #[test]
    fn a_normalisation_folds_into_the_layer_before_it() {
        let linear = |name: &str, inputs, outputs| Layer::Linear { name: name.to_owned(), inputs, outputs };
        let normalisation = Layer::BatchNorm { name: "bn1".into(), channels: 2, epsilon: 0.25 };
        let layers =
            vec![Layer::Flatten, linear("fc1", 1, 2), normalisation, Layer::Relu, linear("fc2", 2, 1)];
        let network = Network { name: "n".into(), input: [1, 1, 1], layers };
        let values = vec![2., 3., 1., 0., 3., 1., 5., 0., 2., 1., 4., 0., 7., 8., 9.];
        let contract = ModelContract::mnist(Provenance::default());
        let folded = Weights { network, contract, values, finding: None }.folded();
        let s = 3.0 / 4.25f32.sqrt();
        let expected = [2.0 * s, 6.0, (1.0 - 2.0) * s + 5.0, -2.0, 7.0, 8.0, 9.0];
        assert_eq!(folded.network.layers.len(), 4);
        assert_eq!(folded.values.len(), folded.network.parameter_count());
        let close = |(found, expected): (&f32, &f32)| (found - expected).abs() < 1e-6;
        assert!(folded.values.iter().zip(&expected).all(close), "{:?}", folded.values);
    }

    #[test]
    fn a_negative_variance_is_refused() {
        let layers = vec![
            Layer::Flatten,
            Layer::Linear { name: "fc1".into(), inputs: 784, outputs: 10 },
            Layer::BatchNorm { name: "bn1".into(), channels: 10, epsilon: 1e-5 },
        ];
        let network = Network { name: "n".into(), input: [1, 28, 28], layers };
        let values = vec![-1.0; network.parameter_count()];
        let weights =
            Weights { network, contract: ModelContract::mnist(Provenance::default()), values, finding: None };
        let problem = weights.to_bytes().unwrap_err().to_string();
        assert_eq!(problem, "tensor \"bn1.running_variance\": expected variances of at least 0, found -1");
    }

    #[test]
    fn every_truncation_is_refused() {
        let bytes = student().to_bytes().unwrap();
        for length in (0..bytes.len()).step_by(97).chain([bytes.len() - 1]) {
            assert!(Weights::from_bytes(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn files_that_servers_and_archives_leave_in_its_place_are_named_with_what_to_do() {
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 123\n";
        for (bytes, expected) in [
            (
                &pointer[..],
                "found a Git LFS pointer in the place of its file; `git lfs pull` brings the file",
            ),
            (b"<!DOCTYPE html><title>404 Not Found</title>", "found an HTML page; download the file again"),
            (b"PK\x03\x04\x14\0\0\0\x08\0", "found a ZIP archive; unpack it"),
        ] {
            assert_eq!(problem(bytes), format!("expected a safetensors file, {expected}"));
        }
        assert!(problem(b"no such thing").starts_with("expected a safetensors file, found: "));
    }

    #[test]
    fn a_file_without_description_is_refused() {
        let view = TensorView::new(Dtype::F32, vec![1], &[0; 4]).unwrap();
        let bytes = safetensors::serialize([("fc1.weight", view)], None).unwrap();
        assert!(problem(&bytes).contains("expected metadata 'imago'"), "{}", problem(&bytes));
    }

    #[test]
    fn tensors_of_another_architecture_are_refused() {
        let missing = with_tensor("fc2.bias", Dtype::F32, vec![], &[]);
        assert_eq!(problem(&missing), "tensor \"fc2.bias\": expected F32 [2], found none");
        let misshapen = with_tensor("fc2.bias", Dtype::F32, vec![1, 2], &[0; 8]);
        assert_eq!(problem(&misshapen), "tensor \"fc2.bias\": expected F32 [2], found F32 [1, 2]");
        let mistyped = with_tensor("fc2.bias", Dtype::F64, vec![2], &[0; 16]);
        assert_eq!(problem(&mistyped), "tensor \"fc2.bias\": expected F32 [2], found F64 [2]");
        let surplus = with_tensor("fc9.bias", Dtype::F32, vec![2], &[0; 8]);
        assert_eq!(problem(&surplus), "tensor \"fc9.bias\": expected no such tensor, found one");
    }

    #[test]
    fn values_that_are_not_finite_are_refused() {
        let bytes: Vec<u8> = [1.0, f32::NAN].iter().flat_map(|value: &f32| value.to_le_bytes()).collect();
        let spoiled = with_tensor("fc2.bias", Dtype::F32, vec![2], &bytes);
        assert_eq!(problem(&spoiled), "tensor \"fc2.bias\": expected finite values, found NaN at position 1");
    }

    #[test]
    fn a_contract_for_another_number_of_classes_is_refused() {
        let mut weights = student();
        weights.contract.labels.pop();
        assert!(
            weights.to_bytes().unwrap_err().to_string().contains("the contract has 9, the network has 10")
        );
    }

    #[test]
    fn saving_over_a_file_names_the_file_that_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let error = student().save(&folder.path().join("no/folder.safetensors")).unwrap_err();
        assert!(error.to_string().contains("no/folder.safetensors: cannot be written"), "{error}");
    }
}
