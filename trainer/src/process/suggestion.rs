//! The word that somebody may have meant: a word that is not known and those that are in, the end of a message out.

/// The likeness of two words, after Jaro and Winkler, from which one may have been meant by the other: `minst` and `mnist`
/// have 0.95, `first` and `mnist` 0.73.
const LIKE: f64 = 0.8;

/// Returns `; did you mean mnist?` for the known word that is most like `found`, in upper or lower case; nothing where none
/// is like it.
pub(crate) fn did_you_mean(found: &str, known: &[&str]) -> String {
    let likeness = |word: &&&str| strsim::jaro_winkler(&found.to_lowercase(), &word.to_lowercase());
    let nearest = known.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    match nearest.filter(|word| likeness(word) >= LIKE) {
        Some(word) => format!("; did you mean {word}?"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_alike_word_is_named_and_none_where_none_is_like_it() {
        let sets = ["mnist", "fashion-mnist"];
        for (found, expected) in [("minst", "mnist"), ("MNIST", "mnist"), ("fashion", "fashion-mnist")] {
            assert_eq!(did_you_mean(found, &sets), format!("; did you mean {expected}?"));
        }
        for found in ["", "first", "data", "cifar10"] {
            assert_eq!(did_you_mean(found, &sets), "", "{found}");
        }
        assert_eq!(did_you_mean("x", &[]), "");
    }
}
