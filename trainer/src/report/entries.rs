//! The entries of the page's tables: sources and their evaluations in, one entry per network out, with what can be said
//! of each.

use models::storage::printable::PrintablePath;

use crate::evaluation::evaluation::Evaluation;
use crate::report::measurement::ReportImages;
use crate::report::page_data::NetworkEntry;
use crate::report::shown_logits::FEW_CLASSES;
use crate::report::sources::Source;
use crate::report::{sources, sweep_plots};

/// Returns whether the source was trained on other images than those of the report's set; none where a file does not
/// say.
pub(crate) fn trained_on_other_data(source: &Source, images: &ReportImages) -> Option<bool> {
    source.config.as_ref().map(|config| config.data_sha256 != images.training_sha256)
}

/// Returns one entry per source, in the order of the sources, of which the first `given` were asked for.
pub(crate) fn entries(
    sources: &[Source],
    given: usize,
    images: &ReportImages,
    evaluations: Vec<Option<Evaluation>>,
) -> Vec<NetworkEntry> {
    let paths: Vec<_> = sources.iter().map(|source| source.path.as_path()).collect();
    let names = sources::short_names(&paths);
    let entry =
        |((position, source), (name, evaluation)): ((usize, &Source), (String, Option<Evaluation>))| {
            let config = source.config.as_ref();
            let provenance = source.finished.as_ref().map(|finished| &finished.provenance);
            let soft = config.and_then(|config| config.distillation.as_ref());
            let temperature = soft.map(|soft| soft.temperature.value());
            let soft_weight = soft.map(|soft| soft.soft_weight);
            let of_file = provenance.and_then(|provenance| provenance.distillation_temperature);
            let weight_of_file =
                provenance.and_then(|provenance| provenance.soft_weight).map(sweep_plots::decimal);
            NetworkEntry {
                name,
                path: source.path.printable(),
                role: source.role,
                network: source.network.name.clone(),
                parameters: source.network.parameter_count(),
                bytes: source.finished.as_ref().map(|finished| finished.bytes),
                seed: config.map(|c| c.seed).or(provenance.map(|p| p.seed)).unwrap_or_default(),
                epochs: config.map(|c| c.epochs).or(provenance.map(|p| p.epochs)).unwrap_or_default(),
                epochs_seen: source.epochs.len(),
                temperature: temperature.or(of_file).map(sweep_plots::decimal),
                soft_weight: soft_weight.or(weight_of_file),
                validation_accuracy: source.validation_accuracy(),
                other_data: trained_on_other_data(source, images),
                named_by_a_run: position >= given,
                evaluation: evaluation.map(without_many_classes),
            }
        };
    sources.iter().enumerate().zip(names.into_iter().zip(evaluations)).map(entry).collect()
}

/// Returns the evaluation without its errors by class where there are many: each network of a sweep would have thousands
/// of numbers.
fn without_many_classes(evaluation: Evaluation) -> Evaluation {
    match evaluation.errors_by_class.len() > FEW_CLASSES {
        true => Evaluation { errors_by_class: Vec::new(), ..evaluation },
        false => evaluation,
    }
}
