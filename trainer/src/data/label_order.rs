//! The order of classes: where a network or a set of images meets another one, classes are the same by their names, not by
//! their numbers.
//!
//! In come the names of two sides; out goes a [`LabelOrder`], which takes the numbers of one side to those of the other, or
//! a [`LabelMismatch`] that names both where they have other classes. Each command that brings a model and data together
//! asks here: numbers alone would make a network for digits answer about garments, and be wrong without a word.

use std::collections::{HashMap, HashSet};

use models::storage::printable::printable;

/// The most names of one side that a message lists.
const LISTED: usize = 12;

/// How the classes of one side stand in the order of another, which has the same ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelOrder {
    /// The position that each class has on the other side; nothing where all stand in the same order.
    positions: Option<Vec<usize>>,
}

/// Two sides that have other classes.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{side}: expected the classes of {other}: {expected}; found {found}")]
pub struct LabelMismatch {
    /// The side that is looked at: a data set or a model.
    pub side: String,
    /// The side that it should fit.
    pub other: String,
    /// The classes of the other side, or those of many that the side lacks.
    pub expected: String,
    /// The classes of the side, or those of many that the other lacks.
    pub found: String,
}

/// A side and its classes: the path of a model or the name of a data set, and the names in the order of the numbers.
#[derive(Debug, Clone, Copy)]
pub struct Classes<'a> {
    /// What has the classes, as messages name it.
    pub of: &'a str,
    /// The names of the classes, in the order of their numbers, no two of them equal.
    pub names: &'a [String],
}

impl LabelOrder {
    /// Returns how the classes of `side` stand in the order of `other`.
    ///
    /// # Errors
    /// [`LabelMismatch`] where the two do not have the same names.
    pub fn between(side: Classes<'_>, other: Classes<'_>) -> Result<Self, LabelMismatch> {
        if side.names == other.names {
            return Ok(Self { positions: None });
        }
        let places: HashMap<&str, usize> =
            other.names.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
        let positions = side.names.iter().map(|name| places.get(name.as_str()).copied());
        match positions.collect::<Option<Vec<_>>>() {
            Some(positions) if positions.len() == other.names.len() => {
                Ok(Self { positions: Some(positions) })
            }
            _ => Err(LabelMismatch {
                side: printable(side.of),
                other: printable(other.of),
                expected: listed(other.names, side.names),
                found: listed(side.names, other.names),
            }),
        }
    }

    /// Returns the number that a class of the side has on the other.
    #[must_use]
    pub fn position(&self, class: usize) -> usize {
        self.positions.as_ref().and_then(|positions| positions.get(class)).copied().unwrap_or(class)
    }

    /// Returns rows of values, `[rows, classes]` with a column for each class of the side, with their columns in the order
    /// of the other.
    #[must_use]
    pub fn columns(&self, mut rows: Vec<f32>) -> Vec<f32> {
        let Some(positions) = &self.positions else { return rows };
        let mut ordered = vec![0.0; positions.len()];
        for row in rows.chunks_exact_mut(positions.len()) {
            positions.iter().zip(row.iter()).for_each(|(&position, &value)| ordered[position] = value);
            row.copy_from_slice(&ordered);
        }
        rows
    }

    /// Returns a line about two sides whose classes stand in another order; nothing where they stand in the same one.
    #[must_use]
    pub fn note(&self, side: &str, other: &str) -> Option<String> {
        self.positions.as_ref()?;
        let (side, other) = (printable(side), printable(other));
        Some(format!(
            "{side}: its classes stand in another order than those of {other}, and are taken by their names"
        ))
    }
}

/// Returns the names for a message; of many, those alone that are not among `others`.
pub(crate) fn listed(names: &[String], others: &[String]) -> String {
    let list = |names: &[&String]| {
        let shown: Vec<String> = names.iter().take(LISTED).map(|name| printable(name)).collect();
        let more = if names.len() > LISTED { ", …" } else { "" };
        format!("{}{more}", shown.join(", "))
    };
    if names.len() <= LISTED {
        return list(&names.iter().collect::<Vec<_>>());
    }
    let others: HashSet<&String> = others.iter().collect();
    let own: Vec<&String> = names.iter().filter(|name| !others.contains(name)).collect();
    match own.len() {
        0 => format!("{} names", names.len()),
        _ => format!("{} names, among them {}", names.len(), list(&own)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn between(side: &[String], other: &[String]) -> Result<LabelOrder, LabelMismatch> {
        let (side, other) = (Classes { of: "pets", names: side }, Classes { of: "runs/a", names: other });
        LabelOrder::between(side, other)
    }

    #[test]
    fn the_same_order_changes_nothing() {
        let classes = names(&["cat", "dog", "owl"]);
        let order = between(&classes, &classes).unwrap();
        assert_eq!((order.position(2), order.note("pets", "runs/a")), (2, None));
        assert_eq!(order.columns(vec![1.0, 2.0, 3.0]), [1.0, 2.0, 3.0]);
    }

    /// By hand: the side's owl, cat and dog are numbers 2, 0 and 1 of the other.
    #[test]
    fn another_order_takes_numbers_and_columns_to_their_names() {
        let order = between(&names(&["owl", "cat", "dog"]), &names(&["cat", "dog", "owl"])).unwrap();
        assert_eq!([0, 1, 2].map(|class| order.position(class)), [2, 0, 1]);
        let rows = vec![0.1, 0.2, 0.3, 0.4, 0.5, 0.6];
        assert_eq!(order.columns(rows), [0.2, 0.3, 0.1, 0.5, 0.6, 0.4]);
        let note = order.note("pets", "runs/a").unwrap();
        assert_eq!(
            note,
            "pets: its classes stand in another order than those of runs/a, and are taken by their names"
        );
    }

    #[test]
    fn other_classes_are_named_on_both_sides() {
        let message =
            |side: &[&str], other: &[&str]| between(&names(side), &names(other)).unwrap_err().to_string();
        assert_eq!(
            message(&["cat", "dog"], &["0", "1"]),
            "pets: expected the classes of runs/a: 0, 1; found cat, dog"
        );
        assert_eq!(
            message(&["cat", "dog"], &["cat", "dog", "owl"]),
            "pets: expected the classes of runs/a: cat, dog, owl; found cat, dog"
        );
        assert!(message(&["cat", "dog", "owl"], &["cat", "dog"]).ends_with("cat, dog; found cat, dog, owl"));
    }

    #[test]
    fn of_many_names_those_that_differ_are_told() {
        let many: Vec<String> = (0..100).map(|class| format!("class {class}")).collect();
        let mut others = many.clone();
        others[7] = "cat\n".to_owned();
        let message = between(&others, &many).unwrap_err().to_string();
        let expected = "pets: expected the classes of runs/a: 100 names, among them class 7; found 100 names, among \
                        them cat\\n";
        assert_eq!(message, expected);
        let message = between(&many[..99], &many).unwrap_err().to_string();
        assert!(message.ends_with("100 names, among them class 99; found 99 names"), "{message}");
    }
}
