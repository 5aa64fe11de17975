//! `exporter verify`: a file that is there, checked, and what was found on standard output.

use std::io::Write;

use anyhow::Context;
use candle_core::Device;
use edge_runtime::{Classifier, read_model};
use exporter::verification::{self, measure};
use models::storage::printable::PrintablePath;
use trainer::data::Split;
use trainer::network::probabilities_of_set;
use trainer::run::load_weights;

use super::arguments::VerifyArguments;
use super::data::Data;
use super::verification_text::{self, Findings};

/// Checks a file that was written earlier, and prints a line for each check.
pub(crate) fn verify(arguments: &VerifyArguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let file = || arguments.file.printable();
    let weights = arguments.against.as_deref().map(load_weights).transpose()?;
    // The golden vectors are computed below, all of them.
    let name = arguments.file.to_string_lossy();
    let classifier = Classifier::from_unproven_bytes(&name, &read_model(&arguments.file)?)?;
    let contract = classifier.contract();
    let trained = arguments.against.as_deref().unwrap_or(&arguments.file);
    let open = |name: &String| Data::open((&arguments.file, trained), name, contract, Split::Test);
    let data = arguments.data.as_ref().map(open).transpose()?;
    data.iter().filter_map(|data| data.note(&arguments.file)).for_each(|note| crate::say(&note));
    // Without weights there is nothing to compare on inputs: the set's training files are not needed.
    let images = match (&data, &weights) {
        (Some(data), Some(_)) => data.sample(&contract.input)?,
        _ => vec![],
    };
    let verification = verification::verify(&arguments.file, weights.as_ref(), &images).with_context(file)?;
    let measurement = match (&data, &weights) {
        (Some(data), Some(weights)) => {
            let trainer = probabilities_of_set(weights, &data.measured, &Device::Cpu)?;
            Some(measure(&classifier, &trainer, &data.measured)?)
        }
        (Some(data), None) => Some(measure(&classifier, &[], &data.measured)?),
        (None, _) => None,
    };
    let findings = Findings { verification: &verification, measurement, data: data.as_ref() };
    Ok(verification_text::print(&arguments.file, &findings, out)?)
}
