//! Weights of another network: two networks in, the first parameter in which they differ out, with both shapes, so that a
//! file in the wrong place is refused before anything is computed with it.

use models::{Network, ParameterSpec};

/// Returns what of `found` is not as in `expected`: the first parameter of another name or shape.
pub(crate) fn difference(expected: &Network, found: &Network) -> Option<String> {
    let shown = |spec: Option<&ParameterSpec>| {
        spec.map_or("none".to_owned(), |spec| format!("{} {:?}", spec.name, spec.shape))
    };
    let (expected, found) = (expected.parameters(), found.parameters());
    let pairs = (0..expected.len().max(found.len())).map(|at| (expected.get(at), found.get(at)));
    let key = |spec: Option<&ParameterSpec>| spec.map(|spec| (spec.name.clone(), spec.shape.clone()));
    let (expected, found) = pairs.into_iter().find(|(one, other)| key(*one) != key(*other))?;
    Some(format!("expected the parameter {}, found {}", shown(expected), shown(found)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_parameter_that_differs_is_told_with_both_shapes() {
        let network = Network::student(&[8]);
        assert_eq!(difference(&network, &network), None);
        assert_eq!(
            difference(&network, &Network::student(&[9])).unwrap(),
            "expected the parameter fc1.weight [8, 784], found fc1.weight [9, 784]"
        );
        assert_eq!(
            difference(&network.normalised(), &network).unwrap(),
            "expected the parameter bn1.weight [8], found fc2.weight [10, 8]"
        );
    }
}
