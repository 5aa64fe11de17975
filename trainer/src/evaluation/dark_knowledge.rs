//! What a network knows about one image beyond its label.
//!
//! In come the values `[channels, height, width]` and the logits `[classes]` of one image; out goes a text of lines of
//! at most 79 columns: the picture beside the bars of the class probabilities at temperature 1 and at a higher one. It
//! shows in a terminal what a student learns from soft targets.

use models::probability::{Temperature, softmax};
use models::storage::printable::printable;
use unicode_width::UnicodeWidthStr;

use crate::evaluation::columns::{fitted, wrapped};
use crate::evaluation::terminal_picture::{PictureColours, TerminalPicture};

/// The characters of a part of a cell, from one eighth to eight.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/// The columns of the narrowest terminal that people have, less one: some terminals break a line that fills the last.
const COLUMNS: usize = 79;

/// The most columns of a picture, which leaves the other half to the bars.
const PICTURE_COLUMNS: usize = 32;

/// The columns of the longest and of the shortest bar.
const LONGEST_BAR: usize = 13;
const SHORTEST_BAR: usize = 4;

/// The columns of a share behind its bar, with a space before and behind it.
const SHARE_COLUMNS: usize = 10;

/// The most classes that are shown in the order of the labels; of more, the most probable ones.
const MOST_CLASSES: usize = 12;

/// The logits of one image, with what is needed to draw them.
#[derive(Debug)]
pub struct DarkKnowledge<'a> {
    /// The values of the picture, `[channels, height, width]`, one byte each.
    pub values: &'a [u8],
    /// The shape of the picture, `[channels, height, width]`; 1 channel is grey, 3 are red, green and blue.
    pub shape: [usize; 3],
    /// The right class, as a position in `labels`.
    pub label: usize,
    /// The names of the classes, in the order of the logits.
    pub labels: &'a [String],
    /// The logits of the image, `[classes]`.
    pub logits: &'a [f32],
    /// The temperature of the second column of bars, which softens the probabilities.
    pub temperature: Temperature,
}

impl DarkKnowledge<'_> {
    /// Returns the drawing: lines of at most 79 columns.
    #[must_use]
    pub fn draw(&self, colours: PictureColours) -> String {
        let picture = TerminalPicture::of(self.values, self.shape, PICTURE_COLUMNS);
        let lines = picture.lines(colours);
        let bars = self.bars(COLUMNS - picture.width() - 2);
        let blank = " ".repeat(picture.width());
        let mut text = String::new();
        for line in 0..lines.len().max(bars.len()) {
            let left = lines.get(line).unwrap_or(&blank);
            let right = bars.get(line).map_or("", String::as_str);
            text.push_str(format!("{left}  {right}").trim_end());
            text.push('\n');
        }
        text
    }

    /// Returns the lines of the bars and of what they say, at most `columns` wide.
    fn bars(&self, columns: usize) -> Vec<String> {
        let hard = softmax(self.logits, Temperature::ONE);
        let soft = softmax(self.logits, self.temperature);
        let shown = self.shown_classes();
        let names: Vec<String> = shown.iter().map(|class| printable(&self.labels[*class])).collect();
        // A space behind the name, two bars with their shares, and the mark of the label.
        let beside = 1 + 2 * SHARE_COLUMNS + 1;
        let most = columns.saturating_sub(beside + 2 * SHORTEST_BAR);
        let longest = names.iter().map(|name| name.width()).max();
        let longest = longest.unwrap_or_default().min(most);
        let bar_cells = (columns.saturating_sub(beside + longest) / 2).clamp(SHORTEST_BAR, LONGEST_BAR);
        let row = |name: &str, probabilities: [f32; 2], mark: &str| {
            let [hard, soft] = probabilities.map(|p| format!("{} {}", bar(p, bar_cells), share(p)));
            format!("{} {hard} {soft} {mark}", fitted(name, longest)).trim_end().to_owned()
        };
        let title = format!("T = {}", self.temperature.value());
        let indent = " ".repeat(longest);
        let mut lines =
            vec![format!("{indent} {:<width$} {title}", "T = 1", width = bar_cells + SHARE_COLUMNS - 1)];
        for (class, name) in shown.iter().zip(&names) {
            let mark = if *class == self.label { "<" } else { "" };
            lines.push(row(name, [hard[*class], soft[*class]], mark));
        }
        if let Some(others) = self.labels.len().checked_sub(shown.len()).filter(|others| *others > 0) {
            let rest = |all: &[f32]| 1.0 - shown.iter().map(|class| all[*class]).sum::<f32>();
            let rest = [&hard, &soft].map(|all| format!("{:.2} %", 100.0 * rest(all).max(0.0)));
            lines.extend(wrapped(
                &format!("and {others} other classes: {} and {} together", rest[0], rest[1]),
                columns,
            ));
        }
        lines.push(String::new());
        lines.extend(wrapped(&self.sentence(), columns));
        lines
    }

    /// Returns the classes that are shown: all in the order of their labels where they are few, else the most probable
    /// ones and the right one.
    fn shown_classes(&self) -> Vec<usize> {
        if self.labels.len() <= MOST_CLASSES {
            return (0..self.labels.len()).collect();
        }
        let mut order = self.ranked();
        let right = order.iter().position(|class| *class == self.label);
        if let Some(right) = right.filter(|right| *right >= MOST_CLASSES) {
            order.swap(MOST_CLASSES - 1, right);
        }
        order.truncate(MOST_CLASSES);
        order
    }

    /// Returns the classes from the most to the least probable, the first of equals first.
    fn ranked(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.logits.len()).collect();
        order.sort_by(|a, b| self.logits[*b].total_cmp(&self.logits[*a]));
        order
    }

    fn sentence(&self) -> String {
        let order = self.ranked();
        let Some(&first) = order.first() else { return String::new() };
        let others: Vec<usize> = order.into_iter().filter(|class| *class != self.label).collect();
        let name = |class: Option<&usize>| {
            class.map_or_else(|| "none".to_owned(), |class| printable(&self.labels[*class]))
        };
        let (label, taken) = (name(Some(&self.label)), name(Some(&first)));
        let verdict = if first == self.label { label } else { format!("{label}, taken for {taken}") };
        match others.as_slice() {
            // Of two classes the other one is the most and the least like it.
            [other] => format!("{verdict}; the other class is {}", name(Some(other))),
            _ => {
                format!("{verdict}; resembles {} most, {} least", name(others.first()), name(others.last()))
            }
        }
    }
}

/// Returns the bar of a probability, of which 1 fills `cells` cells.
fn bar(probability: f32, cells: usize) -> String {
    let eighths = (probability * (cells * 8) as f32).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(EIGHTHS[eighths % 8 - 1]);
    }
    bar + &" ".repeat(cells.saturating_sub(eighths.div_ceil(8)))
}

/// Returns a probability in eight columns: a percentage, or powers of ten where it would show as 0.
fn share(probability: f32) -> String {
    if probability == 0.0 || probability >= 0.000_05 {
        format!("{:>6.2} %", probability * 100.0)
    } else {
        format!("{probability:>8.0e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREY: PictureColours = PictureColours::Shades;

    fn knowledge<'a>(labels: &'a [String], logits: &'a [f32], label: usize) -> DarkKnowledge<'a> {
        let temperature = Temperature::try_from(4.0).unwrap();
        DarkKnowledge { values: &[0; 8], shape: [1, 4, 2], label, labels, logits, temperature }
    }

    fn drawn(logits: &[f32], label: usize) -> String {
        let labels: Vec<String> = (0..logits.len()).map(|class| class.to_string()).collect();
        let values: Vec<u8> = (0..28 * 28).map(|index| if index % 28 == 3 { 255 } else { 0 }).collect();
        let knowledge = knowledge(&labels, logits, label);
        DarkKnowledge { values: &values, shape: [1, 28, 28], ..knowledge }.draw(GREY)
    }

    #[test]
    fn names_of_any_length_stand_in_one_column() {
        let labels = ["Bag", "Ankle boot"].map(str::to_owned);
        let text = knowledge(&labels, &[0.0, 1.0], 1).draw(GREY);
        let column = |line: &str| line.chars().position(|letter| letter == '%');
        let columns: Vec<_> = text.lines().filter_map(column).collect();
        assert_eq!(columns, [columns[0]; 2], "{text}");
        assert!(text.contains("Ankle boot; the other class is Bag"), "{text}");
    }

    #[test]
    fn fits_a_terminal_of_80_columns() {
        let text = drawn(&[0.0, 30.0, 2.0, -90.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 1);
        assert!(text.lines().all(|line| line.chars().count() < 80), "{text}");
        assert_eq!(text.lines().count(), 14);
        assert!(text.lines().all(|line| line.starts_with("   @")), "{text}");
    }

    /// Names of 300 bytes, wide letters and 4,096 classes, beside large colour pictures.
    #[test]
    fn nothing_is_wider_than_a_terminal() {
        for (name, classes) in
            [("Ankle boot", 2), ("long ".repeat(60).as_str(), 9), ("長靴と短靴と長い靴下", 4096)]
        {
            let labels: Vec<String> = (0..classes).map(|class| format!("{name}{class}")).collect();
            let logits: Vec<f32> = (0..classes).map(|class| (class % 7) as f32).collect();
            for shape in [[3, 32, 32], [3, 300, 400], [3, 400, 30], [1, 28, 28]] {
                let values = vec![90; shape.iter().product()];
                let text =
                    DarkKnowledge { values: &values, shape, ..knowledge(&labels, &logits, 1) }.draw(GREY);
                assert!(text.lines().all(|line| line.width() < 80), "{text}");
            }
        }
    }

    #[test]
    fn of_many_classes_the_most_probable_and_the_right_one_are_shown() {
        let labels: Vec<String> = (0..300).map(|class| format!("kind {class}")).collect();
        let logits: Vec<f32> = (0..300).map(|class| -(class as f32) / 10.0).collect();
        let text = knowledge(&labels, &logits, 200).draw(GREY);
        for shown in ["kind 0 ", "kind 10 ", "kind 200 ", "and 288 other classes"] {
            assert!(text.contains(shown), "{shown}: {text}");
        }
        assert!(!text.contains("kind 11 ") && text.contains("kind 200, taken for kind 0;"), "{text}");
    }

    /// By hand: ln 81 apart is 81 : 1 at T = 1 and 3 : 1 at T = 4.
    #[test]
    fn shows_both_temperatures() {
        let text = drawn(&[81f32.ln(), 0.0], 0);
        for share in [" 98.78 %", " 1.22 %", " 75.00 %", " 25.00 %"] {
            assert!(text.contains(share), "{share}: {text}");
        }
        assert!(text.contains("0; the other class is 1"), "{text}");
    }

    #[test]
    fn says_what_a_wrong_answer_took_it_for() {
        assert!(drawn(&[1.0, 5.0, 3.0], 2).contains("2, taken for 1; resembles 1 most, 0 least"));
        assert!(drawn(&[1.0, 5.0, 3.0], 1).contains(" 1; resembles 2 most, 0 least"));
    }

    #[test]
    fn bars_have_one_width_whatever_they_show() {
        for probability in [0.0, 0.001, 0.01, 0.49, 0.5, 0.999, 1.0] {
            for cells in [SHORTEST_BAR, LONGEST_BAR] {
                assert_eq!(bar(probability, cells).chars().count(), cells, "{probability}");
            }
            assert_eq!(share(probability).chars().count(), 8, "{probability}");
        }
        assert_eq!(share(3.2e-7), "    3e-7");
    }
}
