//! What a board has room and time for: the networks of a sweep and bounds in, those that keep within them out.
//!
//! Everything is known before a network is trained: bytes are counted, microseconds are measured with random weights. What
//! is left out is said with its reason.

use std::path::Path;

use anyhow::bail;
use models::storage::printable::printable;
use models::{ModelContract, Network};

use crate::arguments::network_choice::NetworkChoice;
use crate::cost::kept_times::KeptTimes;
use crate::cost::measured_time::Programs;
use crate::cost::stored_bytes::{StoredPrecision, weight_bytes};
use crate::process::console::say;

/// The most that the exported file of a network may cost; nothing is bounded by default.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Budget {
    /// The most bytes of its weights.
    pub max_bytes: Option<usize>,
    /// The most microseconds of an answer on this machine, on one thread for one image.
    pub max_microseconds: Option<f64>,
    /// The precision that both are counted in; f32 where nobody says it.
    pub precision: Option<StoredPrecision>,
}

/// A network of the sweep.
pub(super) struct Candidate {
    pub(super) choice: NetworkChoice,
    pub(super) network: Network,
}

/// What a candidate costs.
struct Cost {
    bytes: usize,
    microseconds: Option<f64>,
}

impl Budget {
    /// Returns whether something is bounded.
    fn is_bound(&self) -> bool {
        self.max_bytes.is_some() || self.max_microseconds.is_some()
    }

    /// Returns the candidates that keep within the budget, and keeps measured times in `directory`, which is made for that.
    /// `contract` is that of the sweep's runs.
    ///
    /// # Errors
    /// A line that names the nearest candidate where none fits, or what keeps one from being measured.
    pub(super) fn fitting(
        &self,
        candidates: Vec<Candidate>,
        contract: &ModelContract,
        directory: &Path,
    ) -> anyhow::Result<Vec<NetworkChoice>> {
        if !self.is_bound() {
            return Ok(candidates.into_iter().map(|candidate| candidate.choice).collect());
        }
        let precision = self.precision.unwrap_or_default();
        let mut times = KeptTimes::of(directory)?;
        let (mut fitting, mut nearest) = (Vec::new(), None);
        for Candidate { choice, network } in candidates {
            let bytes = weight_bytes(&network, precision);
            let microseconds = match self.max_microseconds {
                // What is too large is not measured.
                Some(_) if self.excess_bytes(bytes) <= 1.0 => {
                    Some(time(&network, contract, precision, &mut times)?)
                }
                _ => None,
            };
            let cost = Cost { bytes, microseconds };
            let (name, words) = (printable(&choice.to_string()), cost.in_words(precision));
            let excess = self.excess(&cost);
            if excess <= 1.0 {
                say(format_args!("within the budget: {name}, {words}"));
                fitting.push(choice);
                continue;
            }
            say(format_args!("left out: {name}, {words}"));
            if nearest.as_ref().is_none_or(|(least, _)| excess < *least) {
                nearest = Some((excess, format!("{name}, {words}")));
            }
        }
        if let (true, Some((_, nearest))) = (fitting.is_empty(), nearest) {
            bail!("{}: no network fits; the nearest is {nearest}", self.in_words());
        }
        std::fs::create_dir_all(directory)?;
        times.keep(precision)?;
        Ok(fitting)
    }

    fn excess_bytes(&self, bytes: usize) -> f64 {
        self.max_bytes.map_or(0.0, |most| bytes as f64 / most as f64)
    }

    /// Returns the largest of the shares of the budget that a cost takes: over 1 it does not fit.
    fn excess(&self, cost: &Cost) -> f64 {
        let of_time = self.max_microseconds.zip(cost.microseconds).map_or(0.0, |(most, time)| time / most);
        self.excess_bytes(cost.bytes).max(of_time)
    }

    fn in_words(&self) -> String {
        let bytes = self.max_bytes.map(|most| format!("--max-bytes {most}"));
        let time = self.max_microseconds.map(|most| format!("--max-us {most}"));
        bytes.into_iter().chain(time).collect::<Vec<_>>().join(" ")
    }
}

impl Cost {
    fn in_words(&self, precision: StoredPrecision) -> String {
        let time = self.microseconds.map(|time| format!(" and {time:.1} µs")).unwrap_or_default();
        format!("{} bytes of weights{time} in {}", self.bytes, precision.word())
    }
}

/// Returns the microseconds of a network, which are measured where they are not known yet.
fn time(
    network: &Network,
    contract: &ModelContract,
    precision: StoredPrecision,
    times: &mut KeptTimes,
) -> anyhow::Result<f64> {
    if let Some(known) = times.microseconds(network, precision) {
        return Ok(known);
    }
    let measured = Programs::find()?.microseconds(network, contract, precision)?;
    times.add(network, precision, measured);
    Ok(measured)
}

#[cfg(test)]
mod tests {
    use models::Provenance;
    use models::network::Preset;

    use super::*;

    fn candidate(units: usize) -> Candidate {
        let choice = NetworkChoice::Preset(Preset::Mlp(vec![units]));
        let network = choice.network([1, 28, 28], 10).unwrap();
        Candidate { choice, network }
    }

    fn fitting(budget: Budget) -> anyhow::Result<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        let contract = ModelContract::mnist(Provenance::default());
        let found = budget.fitting([8, 32].map(candidate).into(), &contract, folder.path())?;
        Ok(found.iter().map(NetworkChoice::to_string).collect())
    }

    /// By hand: 784 · 8 + 8 · 10 = 6,352 weights and 18 biases, in f32 25,480 bytes, in int8 6,496.
    #[test]
    fn a_network_fits_up_to_its_own_bytes_in_the_precision_that_is_asked_for() {
        let of = |max_bytes, precision| {
            fitting(Budget { max_bytes: Some(max_bytes), precision, ..Budget::default() })
        };
        assert_eq!(of(25_480, None).unwrap(), ["mlp:8"]);
        assert_eq!(of(6_496, Some(StoredPrecision::Int8)).unwrap(), ["mlp:8"]);
        assert_eq!(of(1 << 20, None).unwrap(), ["mlp:8", "mlp:32"]);
        assert_eq!(
            of(25_479, None).unwrap_err().to_string(),
            "--max-bytes 25479: no network fits; the nearest is mlp:8, 25480 bytes of weights in f32"
        );
        assert_eq!(fitting(Budget::default()).unwrap(), ["mlp:8", "mlp:32"]);
    }
}
