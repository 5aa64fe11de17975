//! What pictures belong together, so that a split keeps them on one side: frames of one film, photographs of one animal.
//!
//! In comes the word of a command line or of a `dataset.toml`, out goes a [`GroupBy`], and from it the group of a listed
//! picture. Without groups, a network is judged by pictures that it has seen nearly so, and looks better than it is.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::data::listing::listing::{ListedPicture, Listing};

/// The longest pattern, in bytes, and the most memory that one takes when it is compiled.
const LONGEST_PATTERN: usize = 1000;
const LARGEST_PATTERN: usize = 1 << 20;

/// The largest number of seconds between two pictures of one group: a day.
const MOST_SECONDS: u32 = 86_400;

/// What pictures belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum GroupBy {
    /// `column`: those with the same word in the column `group` of a manifest.
    Column,
    /// `prefix:_`: those whose file names are the same up to the last `_`, in the same folder.
    Prefix(char),
    /// `pattern:EXPRESSION`: those for whose paths the expression's first group matches the same text, wherever they lie.
    Pattern(String),
    /// `time:SECONDS`: those that were taken at most so many seconds one after another, by their EXIF data.
    Time(u32),
}

impl FromStr for GroupBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "expected column, prefix:CHARACTER, pattern:EXPRESSION or time:SECONDS";
        match text.split_once(':') {
            None if text == "column" => Ok(Self::Column),
            Some(("prefix", rest)) => {
                let mut characters = rest.chars();
                match (characters.next(), characters.next()) {
                    (Some(character), None) => Ok(Self::Prefix(character)),
                    _ => Err("prefix: expected one character, such as prefix:_".to_owned()),
                }
            }
            Some(("pattern", pattern)) => compiled(pattern).map(|_| Self::Pattern(pattern.to_owned())),
            Some(("time", seconds)) => match seconds.parse() {
                Ok(seconds @ 1..=MOST_SECONDS) => Ok(Self::Time(seconds)),
                _ => Err(format!("time: expected 1 to {MOST_SECONDS} seconds, such as time:30")),
            },
            _ => Err(expected.to_owned()),
        }
    }
}

/// Returns the expression of a pattern, which has a group.
fn compiled(pattern: &str) -> Result<Regex, String> {
    let found = pattern.len();
    if found > LONGEST_PATTERN {
        return Err(format!("pattern: expected at most {LONGEST_PATTERN} bytes, found {found}"));
    }
    let built = regex::RegexBuilder::new(pattern).size_limit(LARGEST_PATTERN).build();
    let expression = built.map_err(|error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        format!("pattern: expected a regular expression, found none: {reason}")
    })?;
    match expression.captures_len() {
        0 | 1 => {
            Err("pattern: expected a group in parentheses, such as pattern:^([a-z]+)_, found none".to_owned())
        }
        _ => Ok(expression),
    }
}

impl TryFrom<String> for GroupBy {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<GroupBy> for String {
    fn from(group_by: GroupBy) -> Self {
        group_by.to_string()
    }
}

impl fmt::Display for GroupBy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column => formatter.write_str("column"),
            Self::Prefix(character) => write!(formatter, "prefix:{character}"),
            Self::Pattern(pattern) => write!(formatter, "pattern:{pattern}"),
            Self::Time(seconds) => write!(formatter, "time:{seconds}"),
        }
    }
}

/// Returns the group of each picture of `listing`; `None` for one that stands alone. `taken_at` says when a picture was
/// taken, in seconds.
pub(crate) fn groups(
    group_by: &GroupBy,
    listing: &Listing,
    taken_at: impl Fn(&Path) -> Option<i64> + Sync,
) -> Vec<Option<String>> {
    let pictures = &listing.pictures;
    match group_by {
        GroupBy::Column => pictures.iter().map(|picture| picture.group.clone()).collect(),
        GroupBy::Prefix(character) => pictures.iter().map(|picture| prefix(picture, *character)).collect(),
        GroupBy::Pattern(pattern) => {
            let expression = compiled(pattern).ok();
            let group = |picture: &ListedPicture| {
                let path = picture.path.to_string_lossy();
                Some(expression.as_ref()?.captures(&path)?.get(1)?.as_str().to_owned())
            };
            pictures.iter().map(group).collect()
        }
        GroupBy::Time(seconds) => by_time(listing, *seconds, taken_at),
    }
}

/// Returns the folder and the name of a picture up to the last `character`; `None` where its name has none.
fn prefix(picture: &ListedPicture, character: char) -> Option<String> {
    let stem = picture.path.file_stem()?.to_string_lossy();
    let (prefix, _) = stem.rsplit_once(character)?;
    let folder = picture.path.parent().unwrap_or(Path::new("")).to_string_lossy();
    Some(format!("{folder}/{prefix}"))
}

/// Returns numbers of bursts: a picture belongs to the one before it where no more than `seconds` lie between them.
fn by_time(
    listing: &Listing,
    seconds: u32,
    taken_at: impl Fn(&Path) -> Option<i64> + Sync,
) -> Vec<Option<String>> {
    use rayon::prelude::*;
    let times: Vec<Option<i64>> =
        listing.pictures.par_iter().map(|picture| taken_at(&listing.root.join(&picture.path))).collect();
    let mut order: Vec<(i64, usize)> =
        times.iter().enumerate().filter_map(|(position, time)| Some(((*time)?, position))).collect();
    order.sort_unstable();
    let mut groups = vec![None; times.len()];
    let (mut burst, mut before) = (0usize, None);
    for (time, position) in order {
        if before.is_some_and(|before| time - before > i64::from(seconds)) {
            burst += 1;
        }
        before = Some(time);
        groups[position] = Some(burst.to_string());
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::listing::listing::{Part, Stamp};

    fn listing(paths: &[&str]) -> Listing {
        let mut listing = Listing::empty(Path::new("."), Path::new("."));
        listing.pictures = paths
            .iter()
            .map(|path| ListedPicture {
                path: path.into(),
                label: 0,
                part: Part::Undivided,
                group: None,
                stamp: Stamp { length: 0, modified: 0 },
            })
            .collect();
        listing
    }

    fn grouped(word: &str, paths: &[&str]) -> Vec<Option<String>> {
        let seconds = |path: &Path| path.file_stem()?.to_str()?.parse().ok();
        groups(&word.parse().unwrap(), &listing(paths), seconds)
    }

    #[test]
    fn a_word_is_read_as_it_is_written() {
        for word in ["column", "prefix:_", "pattern:^([a-z]+)", "time:30"] {
            assert_eq!(word.parse::<GroupBy>().unwrap().to_string(), word);
        }
        for (word, expected) in [
            ("film", "expected column, prefix:CHARACTER"),
            ("prefix:", "expected one character"),
            ("prefix:ab", "expected one character"),
            ("pattern:[", "expected a regular expression"),
            ("pattern:abc", "expected a group in parentheses"),
            ("time:0", "expected 1 to 86400 seconds"),
            ("time:soon", "expected 1 to 86400 seconds"),
        ] {
            let found = word.parse::<GroupBy>().unwrap_err();
            assert!(found.contains(expected) && found.lines().count() == 1, "{word}: {found}");
        }
    }

    #[test]
    fn names_group_within_their_folder_and_patterns_across_folders() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            grouped("prefix:_", &["a/x_1.png", "a/x_2.png", "b/x_1.png", "a/y.png"]),
            [some("a/x"), some("a/x"), some("b/x"), None]
        );
        assert_eq!(
            grouped("pattern:/(f[0-9]+)_", &["a/f1_1.png", "b/f1_2.png", "b/g.png"]),
            [some("f1"), some("f1"), None]
        );
    }

    #[test]
    fn pictures_of_one_burst_are_one_group() {
        let found = grouped("time:10", &["a/100.jpg", "a/105.jpg", "b/115.jpg", "a/126.jpg", "a/none.jpg"]);
        assert_eq!(found, [Some("0".into()), Some("0".into()), Some("0".into()), Some("1".into()), None]);
    }
}
