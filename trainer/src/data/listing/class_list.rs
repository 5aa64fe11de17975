//! The classes of a listing, whatever kind of source it has: their order, how many there may be, and the parts that need them.
//!
//! In come the names that folders or the lines of a manifest have; out go the classes in natural order, or an error that names
//! the source.

use std::path::Path;

use models::storage::printable::{PrintablePath, printable};

use super::class_names::{self, MOST_CLASSES};
use super::listing::{Listing, Part};
use super::listing_error::ListingError;

/// Returns the classes that `names`, each any number of times, are those of, in natural order. `source` is what the set was
/// given as.
///
/// # Errors
/// [`ListingError`] where two names are one to some systems, or where there is one class alone or too many.
pub(super) fn classes(mut names: Vec<String>, source: &Path) -> Result<Vec<String>, ListingError> {
    let place = source.printable();
    names.sort();
    names.dedup();
    class_names::sort(&mut names)
        .map_err(|problem| ListingError::ClassName { path: place.clone(), problem })?;
    match names.as_slice() {
        [class] => Err(ListingError::OneClass { directory: place, class: printable(class) }),
        many if many.len() > MOST_CLASSES => {
            let found = many.len();
            Err(ListingError::TooManyClasses { directory: place, most: MOST_CLASSES, found })
        }
        _ => Ok(names),
    }
}

/// Checks that training and validation have every class that any part has; of the test part it is a warning.
pub(super) fn check_parts(listing: &mut Listing) -> Result<(), ListingError> {
    let (directory, classes) = (listing.source.printable(), listing.classes.clone());
    let parts = [Part::Training, Part::Validation, Part::Test];
    let counts = parts.map(|part| listing.has(part).then(|| listing.counts(part)));
    for (class, name) in classes.iter().enumerate() {
        let having = |part: &(Part, &Option<Vec<usize>>)| part.1.as_ref().is_some_and(|it| it[class] > 0);
        let Some((having, _)) = parts.into_iter().zip(&counts).find(having) else { continue };
        for (lacking, counts) in parts.into_iter().zip(&counts) {
            if counts.as_ref().is_none_or(|counts| counts[class] > 0) {
                continue;
            }
            let class = printable(name);
            if lacking == Part::Test {
                listing.warnings.push(format!(
                    "{directory}: class {class}: no pictures in test: it is not measured there"
                ));
                continue;
            }
            let (lacking, having) = (lacking.name(), having.name());
            return Err(ListingError::MissingClass { directory, class, lacking, having });
        }
    }
    Ok(())
}
