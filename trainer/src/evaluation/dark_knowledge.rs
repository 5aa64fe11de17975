//! What a network knows about one image beyond its label.
//!
//! In come the pixels `[height, width]` and the logits `[classes]` of one image; out goes a text of lines: the picture
//! in characters beside the bars of the class probabilities at temperature 1 and at a higher one. It shows in a
//! terminal what a student learns from soft targets.

use std::fmt::Write;

use models::probability::{Temperature, softmax};

/// The characters of a picture, from ground to ink. A terminal's cell is about twice as high as wide, so one character
/// stands for two rows.
const SHADES: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];

/// The characters of a part of a cell, from one eighth to eight.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

const BAR_CELLS: usize = 13;

/// The logits of one image, with what is needed to draw them.
#[derive(Debug)]
pub struct DarkKnowledge<'a> {
    /// The pixels of the picture, `[height, width]`, 255 being ink.
    pub pixels: &'a [u8],
    /// The number of columns of the picture.
    pub width: usize,
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
    /// Returns the drawing: lines of at most 79 columns for a 28×28 picture and classes of one letter.
    #[must_use]
    pub fn draw(&self) -> String {
        let picture = self.picture();
        let bars = self.bars();
        let mut text = String::new();
        let blank = " ".repeat(self.width);
        for line in 0..picture.len().max(bars.len()) {
            let left = picture.get(line).unwrap_or(&blank);
            let right = bars.get(line).map_or("", String::as_str);
            text.push_str(format!("{left}  {right}").trim_end());
            text.push('\n');
        }
        text
    }

    fn picture(&self) -> Vec<String> {
        let rows: Vec<&[u8]> = self.pixels.chunks_exact(self.width).collect();
        let shade = |pair: &[&[u8]], column: usize| {
            let sum: usize = pair.iter().map(|row| usize::from(row[column])).sum();
            SHADES[(sum * (SHADES.len() - 1)).div_ceil(255 * pair.len())]
        };
        rows.chunks(2).map(|pair| (0..self.width).map(|column| shade(pair, column)).collect()).collect()
    }

    fn bars(&self) -> Vec<String> {
        let hard = softmax(self.logits, Temperature::ONE);
        let soft = softmax(self.logits, self.temperature);
        let title = format!("T = {}", self.temperature.value());
        let longest = self.labels.iter().map(|name| name.chars().count()).max().unwrap_or_default();
        let mut lines = vec![format!("{:longest$} {:<width$} {title}", "", "T = 1", width = BAR_CELLS + 9)];
        for (class, name) in self.labels.iter().enumerate() {
            let mut line = format!("{name:longest$} ");
            for probability in [hard[class], soft[class]] {
                // Writing to a string cannot fail.
                let _ = write!(line, "{} {} ", bar(probability), share(probability));
            }
            line.push(if class == self.label { '<' } else { ' ' });
            lines.push(line.trim_end().to_owned());
        }
        lines.push(String::new());
        lines.push(self.sentence(&soft));
        lines
    }

    fn sentence(&self, soft: &[f32]) -> String {
        let mut order: Vec<usize> = (0..soft.len()).collect();
        order.sort_by(|a, b| soft[*b].total_cmp(&soft[*a]));
        let Some(&first) = order.first() else { return String::new() };
        let others: Vec<usize> = order.into_iter().filter(|class| *class != self.label).collect();
        let name = |class: Option<&usize>| class.map_or("none", |class| self.labels[*class].as_str());
        let (label, taken) = (name(Some(&self.label)), name(Some(&first)));
        let verdict =
            if first == self.label { label.to_owned() } else { format!("{label} taken for {taken}") };
        let article = if label.starts_with(['8', 'A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
        format!("{article} {verdict}; resembles {} most, {} least", name(others.first()), name(others.last()))
    }
}

/// Returns the bar of a probability, of which 1 fills [`BAR_CELLS`] cells.
fn bar(probability: f32) -> String {
    let eighths = (probability * (BAR_CELLS * 8) as f32).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    if !eighths.is_multiple_of(8) {
        bar.push(EIGHTHS[eighths % 8 - 1]);
    }
    let cells = eighths.div_ceil(8);
    bar + &" ".repeat(BAR_CELLS.saturating_sub(cells))
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

    fn drawn(logits: &[f32], label: usize) -> String {
        let labels: Vec<String> = (0..logits.len()).map(|class| class.to_string()).collect();
        let pixels: Vec<u8> = (0..28 * 28).map(|index| if index % 28 == 3 { 255 } else { 0 }).collect();
        let temperature = Temperature::try_from(4.0).unwrap();
        DarkKnowledge { pixels: &pixels, width: 28, label, labels: &labels, logits, temperature }.draw()
    }

    #[test]
    fn names_of_any_length_stand_in_one_column() {
        let labels = ["Bag", "Ankle boot"].map(str::to_owned);
        let (pixels, logits, temperature) = ([0; 8], [0.0, 1.0], Temperature::try_from(4.0).unwrap());
        let knowledge = DarkKnowledge {
            pixels: &pixels,
            width: 2,
            label: 1,
            labels: &labels,
            logits: &logits,
            temperature,
        };
        let text = knowledge.draw();
        let column = |line: &str| line.chars().position(|letter| letter == '%');
        let columns: Vec<_> = text.lines().filter_map(column).collect();
        assert_eq!(columns, [columns[0]; 2], "{text}");
        assert!(text.contains("an Ankle boot; resembles Bag most"), "{text}");
    }

    #[test]
    fn fits_a_terminal_of_80_columns() {
        let text = drawn(&[0.0, 30.0, 2.0, -90.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 1);
        assert!(text.lines().all(|line| line.chars().count() < 80), "{text}");
        assert_eq!(text.lines().count(), 14);
        assert!(text.lines().all(|line| line.starts_with("   @")), "{text}");
    }

    /// By hand: ln 81 apart is 81 : 1 at T = 1 and 3 : 1 at T = 4.
    #[test]
    fn shows_both_temperatures() {
        let text = drawn(&[81f32.ln(), 0.0], 0);
        for share in [" 98.78 %", " 1.22 %", " 75.00 %", " 25.00 %"] {
            assert!(text.contains(share), "{share}: {text}");
        }
        assert!(text.contains("a 0; resembles 1 most, 1 least"), "{text}");
    }

    #[test]
    fn says_what_a_wrong_answer_took_it_for() {
        assert!(drawn(&[1.0, 5.0, 3.0], 2).contains("a 2 taken for 1; resembles 1 most, 0 least"));
    }

    #[test]
    fn bars_have_one_width_whatever_they_show() {
        for probability in [0.0, 0.001, 0.01, 0.49, 0.5, 0.999, 1.0] {
            assert_eq!(bar(probability).chars().count(), BAR_CELLS, "{probability}");
            assert_eq!(share(probability).chars().count(), 8, "{probability}");
        }
        assert_eq!(share(3.2e-7), "    3e-7");
    }
}
