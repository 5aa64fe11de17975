//! A picture in the characters of a terminal.
//!
//! In come the values of an image `[channels, height, width]`, out go lines of text: half blocks in the picture's
//! colours where the terminal has them, else shades of grey. A terminal's cell is about twice as high as wide, so one
//! character stands for two rows.

use std::fmt::Write;

use anstyle::{Color, Reset, RgbColor, Style};

/// The characters of a picture without colours, from black to white.
const SHADES: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];

/// The upper half of a cell, in the colour of the text; the lower half has the colour of the ground.
const UPPER_HALF: char = '▀';

/// The shares of red, green and blue in luma (Rec. 709), by which a colour becomes grey.
const LUMA: [f32; 3] = [0.2126, 0.7152, 0.0722];

/// The colours that a picture is drawn in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureColours {
    /// Characters of different density, as a file or an old terminal shows them.
    Shades,
    /// The 256 colours that most terminals have.
    Palette256,
    /// Red, green and blue of 8 bits each.
    TrueColour,
}

/// A picture of one byte a value that is brought to the size of its drawing.
#[derive(Debug)]
pub(super) struct TerminalPicture {
    /// Red, green and blue of each pixel, row by row.
    pixels: Vec<[u8; 3]>,
    width: usize,
    /// The number of channels of the picture: the luma of a grey one is its value, without rounding.
    channels: usize,
}

impl TerminalPicture {
    /// Returns the image `[channels, height, width]` in at most `columns` columns and twice as many rows: smaller where it
    /// is larger, by means over areas, and never larger.
    pub(super) fn of(values: &[u8], [channels, height, width]: [usize; 3], columns: usize) -> Self {
        let longest = width.max(height.div_ceil(2));
        let side = |side: usize| match longest <= columns {
            true => side,
            false => (side * columns).div_ceil(longest).max(1),
        };
        let (rows, columns) = (side(height), side(width));
        let value = |channel: usize, row: usize, column: usize| {
            let channel = if channels == 3 { channel } else { 0 };
            let plane = &values[channel * height * width..][..height * width];
            mean(plane, width, [part(row, rows, height), part(column, columns, width)])
        };
        let pixels = (0..rows * columns)
            .map(|pixel| [0, 1, 2].map(|channel| value(channel, pixel / columns, pixel % columns)));
        Self { pixels: pixels.collect(), width: columns, channels }
    }

    /// Returns the number of columns of each line.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// Returns the lines of the drawing, each [`TerminalPicture::width`] columns wide, from the first row to the last.
    pub(super) fn lines(&self, colours: PictureColours) -> Vec<String> {
        let rows: Vec<&[[u8; 3]]> = self.pixels.chunks_exact(self.width).collect();
        let line = |pair: &[&[[u8; 3]]]| match colours {
            PictureColours::Shades => (0..self.width).map(|column| self.shade(pair, column)).collect(),
            _ => half_blocks(pair, colours),
        };
        rows.chunks(2).map(line).collect()
    }

    /// Returns the character for a column of one or two rows.
    fn shade(&self, rows: &[&[[u8; 3]]], column: usize) -> char {
        let sum: usize = rows.iter().map(|row| usize::from(self.luma(row[column]))).sum();
        SHADES[(sum * (SHADES.len() - 1)).div_ceil(255 * rows.len())]
    }

    fn luma(&self, colour: [u8; 3]) -> u8 {
        match self.channels {
            3 => colour.iter().zip(LUMA).map(|(value, share)| f32::from(*value) * share).sum::<f32>() as u8,
            _ => colour[0],
        }
    }
}

/// Returns a line of half blocks for one or two rows, with an escape sequence where the colours change.
fn half_blocks(rows: &[&[[u8; 3]]], colours: PictureColours) -> String {
    let colour = |[red, green, blue]: [u8; 3]| {
        let colour = RgbColor(red, green, blue);
        match colours {
            PictureColours::TrueColour => Color::Rgb(colour),
            _ => Color::Ansi256(anstyle_lossy::rgb_to_xterm(colour)),
        }
    };
    let mut line = String::new();
    let mut before = None;
    for column in 0..rows[0].len() {
        let ground = rows.get(1).map(|row| colour(row[column]));
        let style = Style::new().fg_color(Some(colour(rows[0][column]))).bg_color(ground);
        if before != Some(style) {
            // Writing to a string cannot fail.
            let _ = write!(line, "{style}");
            before = Some(style);
        }
        line.push(UPPER_HALF);
    }
    line + &Reset.render().to_string()
}

/// Returns the range of `source` places that part `index` of `parts` covers, at least one of them.
fn part(index: usize, parts: usize, source: usize) -> std::ops::Range<usize> {
    let start = index * source / parts;
    start..((index + 1) * source / parts).max(start + 1)
}

/// Returns the mean of a plane's values in some rows and columns.
fn mean(plane: &[u8], width: usize, [rows, columns]: [std::ops::Range<usize>; 2]) -> u8 {
    let count = rows.len() * columns.len();
    let row_sum = |row: usize| -> usize {
        plane[row * width..][columns.clone()].iter().map(|value| usize::from(*value)).sum()
    };
    ((rows.map(row_sum).sum::<usize>() + count / 2) / count) as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_pictures_are_shrunk_by_means_and_small_ones_stay() {
        let small = TerminalPicture::of(&[7; 12], [1, 3, 4], 30);
        assert_eq!((small.width(), small.pixels.len()), (4, 12));
        // Two rows of four columns in two: the means of 0, 100, 50, 50 and of 10, 30, 255, 255.
        let shrunk = TerminalPicture::of(&[0, 100, 10, 30, 50, 50, 255, 255], [1, 2, 4], 2);
        assert_eq!((shrunk.width(), shrunk.pixels), (2, vec![[50; 3], [138; 3]]));
        for shape in [[3, 224, 224], [3, 1, 4096], [3, 4096, 1], [1, 1, 1], [3, 33, 65]] {
            let picture = TerminalPicture::of(&vec![9; shape.iter().product()], shape, 32);
            let lines = picture.lines(PictureColours::Shades);
            assert!(picture.width() <= 32 && lines.len() <= 32, "{shape:?}");
            assert!(lines.iter().all(|line| line.chars().count() == picture.width()), "{shape:?}");
        }
    }

    /// Red over green, beside blue over nothing.
    #[test]
    fn half_blocks_have_the_colours_of_two_rows() {
        let picture = TerminalPicture::of(&[255, 0, 0, 0, 255, 0, 0, 0, 0], [3, 3, 1], 9);
        let text = picture.lines(PictureColours::TrueColour);
        assert_eq!(
            text,
            ["\u{1b}[38;2;255;0;0m\u{1b}[48;2;0;255;0m▀\u{1b}[0m", "\u{1b}[38;2;0;0;0m▀\u{1b}[0m"]
        );
        let text = picture.lines(PictureColours::Palette256);
        assert_eq!(text[0], "\u{1b}[38;5;196m\u{1b}[48;5;46m▀\u{1b}[0m");
    }

    #[test]
    fn a_colour_is_as_light_as_its_luma_says() {
        let shade =
            |colour: [u8; 3]| TerminalPicture::of(&colour, [3, 1, 1], 9).lines(PictureColours::Shades);
        assert_eq!(
            [shade([255; 3]), shade([0, 255, 0]), shade([0, 0, 255]), shade([0; 3])].concat(),
            ["@", "#", ".", " "]
        );
    }
}
