//! The leaders of a report: sources in, the positions of the networks that the page shows first out. Validation
//! accuracy decides, whatever images are measured.

use crate::report::page_data::Leaders;
use crate::report::sources::{Role, Source};
use crate::run::recipe::differences;

/// Returns the best network of each role by validation accuracy; the baseline is chosen among those of the distilled
/// student's network, where there are some.
pub(crate) fn leaders(sources: &[Source]) -> Leaders {
    let best = |fits: &dyn Fn(&Source) -> bool| {
        let accuracy = |position: &usize| sources[*position].validation_accuracy().unwrap_or(0.0);
        let finished = (0..sources.len()).filter(|position| sources[*position].finished.is_some());
        let candidates = finished.filter(|position| fits(&sources[*position]));
        // The last of equals wins in `max_by`: the order is turned, so that the first does.
        candidates.rev().max_by(|a, b| accuracy(a).total_cmp(&accuracy(b)))
    };
    let distilled = best(&|source| source.role == Role::Distilled);
    let network = distilled.map(|position| &sources[position].network);
    let same = |source: &Source| source.role == Role::Baseline && Some(&source.network) == network;
    let baseline = best(&same).or_else(|| best(&|source| source.role == Role::Baseline));
    let config = |position: Option<usize>| position.and_then(|position| sources[position].config.as_ref());
    let differences = match (config(baseline), config(distilled)) {
        (Some(baseline), Some(distilled)) => differences(baseline, distilled),
        _ => vec![],
    };
    Leaders { teacher: best(&|source| source.role == Role::Teacher), baseline, distilled, differences }
}

/// Returns the networks that are shown in full, at most `most`: the leaders, then the others by validation accuracy.
pub(crate) fn shown_in_full(sources: &[Source], leaders: &Leaders, most: usize) -> Vec<usize> {
    let mut shown: Vec<usize> =
        [leaders.teacher, leaders.distilled, leaders.baseline].into_iter().flatten().collect();
    let mut others: Vec<usize> = (0..sources.len())
        .filter(|position| sources[*position].finished.is_some() && !shown.contains(position))
        .collect();
    let accuracy = |position: &usize| sources[*position].validation_accuracy().unwrap_or(0.0);
    others.sort_by(|a, b| accuracy(b).total_cmp(&accuracy(a)));
    shown.extend(others);
    shown.truncate(most);
    shown
}

#[cfg(test)]
mod tests {
    use models::{Network, Polarity, Provenance};

    use super::*;
    use crate::report::sources::Finished;

    fn source(role: Role, hidden: usize, accuracy: f64) -> Source {
        let provenance = Provenance { validation_accuracy: Some(accuracy), ..Provenance::default() };
        let polarity = Polarity::Natural;
        let finished = Finished { provenance, labels: vec![], polarity, bytes: 0, sha256: String::new() };
        let network = Network::student(&[hidden]);
        Source { path: "run".into(), role, network, config: None, epochs: vec![], finished: Some(finished) }
    }

    #[test]
    fn the_best_on_validation_leads_and_the_baseline_is_of_its_size() {
        let sources = [
            source(Role::Baseline, 64, 0.99),
            source(Role::Baseline, 32, 0.95),
            source(Role::Distilled, 32, 0.97),
            source(Role::Distilled, 32, 0.97),
            source(Role::Distilled, 16, 0.9),
        ];
        let found = leaders(&sources);
        assert_eq!((found.teacher, found.baseline, found.distilled), (None, Some(1), Some(2)));
        assert_eq!(shown_in_full(&sources, &found, 9), [2, 1, 0, 3, 4]);
        assert_eq!(shown_in_full(&sources, &found, 3), [2, 1, 0]);
        let large = [source(Role::Baseline, 64, 0.9), source(Role::Distilled, 32, 0.8)];
        assert_eq!(leaders(&large).baseline, Some(0));
    }

    #[test]
    fn what_has_no_weights_leads_nothing() {
        let unfinished = Source { finished: None, ..source(Role::Distilled, 8, 1.0) };
        let found = leaders(std::slice::from_ref(&unfinished));
        assert_eq!(found.distilled, None);
        assert!(shown_in_full(&[unfinished], &found, 9).is_empty());
    }
}
