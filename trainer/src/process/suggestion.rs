//! The word that somebody may have meant: a word that is not known and those that are in, the end of a message out.

/// The likeness of two words, after Jaro and Winkler, from which one may have been meant by the other: `fashion` and
/// `fashion-mnist` have 0.91, `first` and `mnist` 0.73.
const LIKE: f64 = 0.8;

/// The likeness of two words that differ by one letter, or by two neighbours in the wrong order: in words as short as `ink`
/// that is much, and still the likeliest slip.
const ONE_SLIP: f64 = 0.9;

/// Returns `; did you mean mnist?` for the known word that is most like `found`, in upper or lower case; nothing where none
/// is like it.
pub(crate) fn did_you_mean(found: &str, known: &[&str]) -> String {
    let nearest = known.iter().max_by(|one, other| likeness(found, one).total_cmp(&likeness(found, other)));
    match nearest.filter(|word| likeness(found, word) >= LIKE) {
        Some(word) => format!("; did you mean {word}?"),
        None => String::new(),
    }
}

/// Returns how like two words are, from 0 to 1, in upper or lower case.
fn likeness(found: &str, word: &str) -> f64 {
    let (found, word) = (found.to_lowercase(), word.to_lowercase());
    let by_letters = strsim::jaro_winkler(&found, &word);
    let slipped = found.chars().count() > 2 && strsim::osa_distance(&found, &word) == 1;
    if slipped { by_letters.max(ONE_SLIP) } else { by_letters }
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
        for found in ["", "x", "first", "data", "cifar10"] {
            assert_eq!(did_you_mean(found, &sets), "", "{found}");
        }
        assert_eq!(did_you_mean("x", &[]), "");
        assert_eq!(did_you_mean("ikn", &["fit", "ink"]), "; did you mean ink?");
    }
}
