//! The findings about a data set, as data: for a table on a terminal or one object of JSON.

use std::collections::BTreeMap;

use serde::Serialize;

/// What was found out about a data set.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Findings {
    /// The set, as it was given.
    pub(crate) data: String,
    /// What the pictures lie in: `folders`, `manifest`, `idx` or `cifar-10`.
    pub(crate) source: &'static str,
    /// Of a quick look, the number of pictures that were decoded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sample: Option<usize>,
    /// The number of pictures that can be read; in a quick look, of those that are listed.
    pub(crate) pictures: usize,
    /// The classes, in the order of the labels.
    pub(crate) classes: Vec<ClassCount>,
    /// Whether the parts are the source's own; otherwise they are drawn.
    pub(crate) is_divided: bool,
    /// The reason for which no parts can be drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) split_problem: Option<String>,
    /// The number of files of each format, by its name.
    pub(crate) formats: BTreeMap<&'static str, usize>,
    /// The sides of the pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sides: Option<Sides>,
    /// The number of pictures with colours, and of those without, in the sample where there is one.
    pub(crate) coloured: usize,
    /// The number of grey pictures, those that are stored in colour included.
    pub(crate) grey: usize,
    /// The number of pictures that can't be read.
    pub(crate) broken_count: usize,
    /// These pictures, in the order of their paths.
    pub(crate) broken: Vec<Broken>,
    /// The number of pictures in each format that is not read, by its name.
    pub(crate) unsupported: BTreeMap<&'static str, usize>,
    /// Those of them, by path, whose names are of another format or of none, so that the command does not find them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) misnamed: Vec<String>,
    /// The command that converts them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conversion: Option<String>,
    /// What is no picture and was left out, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) left_out: Option<String>,
    /// Sentences about what was found and may not have been meant.
    pub(crate) warnings: Vec<String>,
    /// Pictures that show the same; `None` where they were not looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duplicates: Option<Duplicates>,
    /// The number of pictures both of whose sides are shorter than those of the input, so that they are enlarged.
    pub(crate) smaller_than_input: usize,
    /// The shape of the input, `CHANNELSxHEIGHTxWIDTH`.
    pub(crate) input: String,
    /// The mean of each channel of the training pictures at that size, in [0, 1].
    pub(crate) mean: Vec<f32>,
    /// The standard deviation of each channel of the training pictures at that size.
    pub(crate) standard_deviation: Vec<f32>,
    /// What pictures may belong together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) grouping: Option<Grouping>,
    /// What a training does unless told otherwise.
    pub(crate) proposals: Vec<Proposal>,
}

/// A class with the number of its pictures in each part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct ClassCount {
    /// The name.
    pub(crate) label: String,
    /// All of them.
    pub(crate) pictures: usize,
    /// Those that weights are fitted to.
    pub(crate) train: usize,
    /// Those that choose the epoch.
    pub(crate) validation: usize,
    /// Those that measure at the end.
    pub(crate) test: usize,
}

/// The sides of pictures, upright, width and height.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Sides {
    /// Those of the picture with the fewest pixels.
    pub(crate) smallest: [u32; 2],
    /// The median of the widths and that of the heights.
    pub(crate) median: [u32; 2],
    /// Those of the picture with the most pixels.
    pub(crate) largest: [u32; 2],
    /// The median of the shorter sides.
    pub(crate) median_shorter_side: u32,
    /// The share of pictures whose sides are equal, in [0, 1].
    pub(crate) square: f64,
    /// The share of pictures that are higher than wide.
    pub(crate) portrait: f64,
    /// The share of pictures that are wider than high.
    pub(crate) landscape: f64,
}

/// A picture that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Broken {
    /// The path.
    pub(crate) path: String,
    /// The reason, in words.
    pub(crate) reason: String,
}

/// Pictures that show the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Duplicates {
    /// The number of pictures that equal an earlier one.
    pub(crate) exact: usize,
    /// The number of pictures that show the same as another one, the equal ones included.
    pub(crate) pictures: usize,
    /// The number of groups that they make.
    pub(crate) groups: usize,
    /// All pairs of pictures that show the same, by path; in a large group not every pair is named.
    pub(crate) pairs: Vec<[String; 2]>,
    /// Of the pictures of one part, the number that show the same as one of another part.
    pub(crate) across: Vec<Across>,
    /// The number of groups with pictures of more than one class.
    pub(crate) groups_of_several_classes: usize,
    /// The first pairs of pictures of different classes, by path.
    pub(crate) of_several_classes: Vec<[String; 2]>,
}

/// Pictures of one part that show the same as pictures of another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Across {
    /// The part that is learnt from, or that chooses.
    pub(crate) part: &'static str,
    /// The part that judges.
    pub(crate) other: &'static str,
    /// The number of pictures of the part that judges.
    pub(crate) pictures: usize,
    /// The first pairs, by path.
    pub(crate) pairs: Vec<[String; 2]>,
}

/// A proposal of what pictures belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Grouping {
    /// The value of `--group-by`.
    pub(crate) group_by: String,
    /// The reason, as a sentence without its end.
    pub(crate) reason: String,
}

/// What a training does unless told otherwise, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Proposal {
    /// The option that says otherwise.
    pub(crate) option: &'static str,
    /// The value.
    pub(crate) value: String,
    /// The reason, in a few words.
    pub(crate) reason: String,
}

impl Findings {
    /// Returns the largest and the smallest class of the pictures that train, and how many times the one has the other's
    /// pictures; `None` where that is less than three times.
    pub(crate) fn imbalance(&self) -> Option<(&ClassCount, &ClassCount, f64)> {
        let count = |class: &&ClassCount| if class.train > 0 { class.train } else { class.pictures };
        let largest = self.classes.iter().max_by_key(count)?;
        let smallest = self.classes.iter().rev().min_by_key(count)?;
        let ratio = count(&largest) as f64 / count(&smallest).max(1) as f64;
        (ratio >= UNEVEN).then_some((largest, smallest, ratio))
    }
}

/// The ratio of the largest class to the smallest from which on a set is called uneven.
const UNEVEN: f64 = 3.0;
