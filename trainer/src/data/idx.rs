//! IDX, the file format of MNIST: a magic number that gives type and rank, the sides as big-endian u32, then the bytes.
//!
//! In comes a file, gzipped or not, which its content tells; out go images `[count, height, width]` or
//! `[count, channels, height, width]`, or labels `[count]`, and back. The file is hostile input: each way in which it can be broken has an error.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use models::storage::file_kind;
use models::storage::printable::PrintablePath;

use crate::data::gzip_members::GzipMembers;

/// The magic number of unsigned bytes with three sides.
const IMAGES_MAGIC: u32 = 0x0000_0803;
/// The magic number of unsigned bytes with one side.
const LABELS_MAGIC: u32 = 0x0000_0801;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The magic number of unsigned bytes with four sides.
const CHANNELS_MAGIC: u32 = 0x0000_0804;

/// The most bytes behind a header that are read: such sets are in memory as a whole, and a forged header must not fill it.
const LARGEST_FILE: u64 = 1 << 32;

/// So many bytes behind the header are looked at where a file is of another kind, to say which.
const BEGINNING: u64 = 512;

/// Images `[count, height, width]`, one byte a pixel, 255 being the ink.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdxImages {
    /// The number of images.
    pub count: usize,
    /// The number of rows of each image.
    pub height: usize,
    /// The number of columns of each image.
    pub width: usize,
    /// The pixels of all images, row-major, one image after another.
    pub pixels: Vec<u8>,
}

/// The reason for which an IDX file cannot be used, with the name of the file.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct IdxError {
    /// The path of the file.
    pub file: String,
    /// The problem that was found in the file.
    pub problem: IdxProblem,
}

/// The reason for which an IDX file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdxProblem {
    /// The file could not be read, or its gzip stream is broken.
    #[error("cannot be read: {0}")]
    Read(#[from] io::Error),
    /// The file is of another kind.
    #[error("magic number: expected {expected:#010x} for {kind}, found {found}")]
    Magic {
        /// The kind of file that was expected: images or labels.
        kind: &'static str,
        /// The magic number of that kind.
        expected: u32,
        /// The magic number of the file, in words where the file is shorter.
        found: String,
    },
    /// The file is one of a kind that is known by its first bytes.
    #[error("expected an IDX file of {kind}, found {found}{remedy}")]
    OtherFile {
        /// The kind of file that was expected: images or labels.
        kind: &'static str,
        /// What the file is, in words.
        found: &'static str,
        /// What to do about it, as the end of a sentence; empty where that is not known.
        remedy: String,
    },
    /// The header promises more or fewer bytes than the file holds.
    #[error("expected {expected} bytes after the header, found {}", if found > expected { "more".to_owned() } else { found.to_string() })]
    Length {
        /// The number of bytes that the header promises, the product of the sides.
        expected: u64,
        /// The number of bytes that follow the header; one more than `expected` where there are more, however many.
        found: u64,
    },
    /// None of four sides is one of channels.
    #[error("expected 1 or 3 channels as the second or as the last of four sides, found {found}")]
    Channels {
        /// The sides behind the first, which counts the images.
        found: String,
    },
    /// The file holds no image or no label.
    #[error("expected at least one {0}, found none")]
    Empty(&'static str),
}

/// Reads a file of images.
///
/// # Errors
/// [`IdxError`] for a file that cannot be read, is no IDX file of images, is truncated, too long or empty.
pub fn read_images(path: &Path) -> Result<IdxImages, IdxError> {
    let error = |problem| IdxError { file: path.printable(), problem };
    let (sides, pixels) = read(path, "images", IMAGES_MAGIC, 3).map_err(error)?;
    Ok(IdxImages { count: sides[0], height: sides[1], width: sides[2], pixels })
}

/// Images of any shape, one byte a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShapedImages {
    /// The shape of an image, `[channels, height, width]`.
    pub(crate) shape: [usize; 3],
    /// The values of all images, `[count, channels, height, width]`.
    pub(crate) values: Vec<u8>,
}

/// Reads a file of images of three sides, `[count, height, width]`, or of four with 1 or 3 channels as the second or as the
/// last one.
///
/// # Errors
/// [`IdxError`] as from [`read_images`], and where no side of four is one of channels.
pub(crate) fn read_shaped_images(path: &Path) -> Result<ShapedImages, IdxError> {
    let error = |problem| IdxError { file: path.printable(), problem };
    match read(path, "images", IMAGES_MAGIC, 3) {
        Ok((sides, values)) => Ok(ShapedImages { shape: [1, sides[1], sides[2]], values }),
        Err(IdxProblem::Magic { found, .. }) if found == format!("{CHANNELS_MAGIC:#010x}") => {
            let (sides, values) = read(path, "images", CHANNELS_MAGIC, 4).map_err(error)?;
            shaped([sides[1], sides[2], sides[3]], values).map_err(error)
        }
        Err(problem) => Err(error(problem)),
    }
}

/// Returns the shape of the images in a file, `[channels, height, width]`, from its header alone.
///
/// # Errors
/// [`IdxError`] for a file without the header of one of images.
pub(crate) fn read_shape(path: &Path) -> Result<[usize; 3], IdxError> {
    let error = |problem| IdxError { file: path.printable(), problem };
    let mut head = Vec::new();
    let read = expanded(path).and_then(|source| source.take(20).read_to_end(&mut head));
    read.map_err(|problem| error(problem.into()))?;
    let words: Vec<usize> = head.chunks_exact(4).map(|word| big_endian(word) as usize).collect();
    match words.as_slice() {
        [magic, _, height, width, ..] if *magic == IMAGES_MAGIC as usize => Ok([1, *height, *width]),
        [magic, _, first, second, third] if *magic == CHANNELS_MAGIC as usize => {
            shaped([*first, *second, *third], Vec::new()).map(|images| images.shape).map_err(error)
        }
        // What is wrong with it, its reader says.
        _ => read_shaped_images(path).map(|images| images.shape),
    }
}

/// Brings images with their channels first or last to those with their channels first.
fn shaped([first, second, third]: [usize; 3], values: Vec<u8>) -> Result<ShapedImages, IdxProblem> {
    if matches!(third, 1 | 3) {
        let (channels, plane) = (third, first.saturating_mul(second));
        let planes = values.chunks_exact(plane.saturating_mul(channels).max(1)).flat_map(|image| {
            (0..channels).flat_map(move |channel| image.iter().skip(channel).step_by(channels).copied())
        });
        return Ok(ShapedImages { shape: [channels, first, second], values: planes.collect() });
    }
    match first {
        1 | 3 => Ok(ShapedImages { shape: [first, second, third], values }),
        _ => Err(IdxProblem::Channels { found: format!("{first}, {second} and {third}") }),
    }
}

/// Reads a file of labels, one byte each.
///
/// # Errors
/// [`IdxError`] for a file that cannot be read, is no IDX file of labels, is truncated, too long or empty.
pub fn read_labels(path: &Path) -> Result<Vec<u8>, IdxError> {
    let error = |problem| IdxError { file: path.printable(), problem };
    Ok(read(path, "labels", LABELS_MAGIC, 1).map_err(error)?.1)
}

/// Returns the sides and the bytes of a file of `rank` sides.
fn read(
    path: &Path,
    kind: &'static str,
    magic: u32,
    rank: usize,
) -> Result<(Vec<usize>, Vec<u8>), IdxProblem> {
    let mut source = expanded(path)?;
    let header = 4 * (1 + rank);
    let mut head = Vec::new();
    (&mut source).take(header as u64).read_to_end(&mut head)?;
    if head.is_empty() {
        return Err(IdxProblem::Empty(kind.trim_end_matches('s')));
    }
    let mut words = head.chunks_exact(4).map(big_endian);
    if words.next() != Some(magic) {
        source.take(BEGINNING).read_to_end(&mut head)?;
        return Err(other_kind(kind, magic, &head));
    }
    let sides: Vec<usize> = words.map(|side| side as usize).collect();
    if sides.len() < rank {
        return Err(IdxProblem::Length { expected: header as u64, found: head.len() as u64 });
    }
    let expected = sides.iter().fold(1u64, |product, &side| product.saturating_mul(side as u64));
    if expected == 0 {
        return Err(IdxProblem::Empty(kind.trim_end_matches('s')));
    }
    let mut values = Vec::new();
    // One byte more tells a file that is too long, and is what it takes to meet the end of a gzip stream.
    source.take(expected.min(LARGEST_FILE) + 1).read_to_end(&mut values)?;
    let found = values.len() as u64;
    if expected == found { Ok((sides, values)) } else { Err(IdxProblem::Length { expected, found }) }
}

/// Returns the problem of a file that begins with `head` and not with the number `expected`.
fn other_kind(kind: &'static str, expected: u32, head: &[u8]) -> IdxProblem {
    if let Some(found) = file_kind::name_of(head) {
        return IdxProblem::OtherFile { kind, found, remedy: remedy(found) };
    }
    let word = head.first_chunk().map(|word: &[u8; 4]| big_endian(word));
    let found = word.map_or("a shorter file".to_owned(), |found| format!("{found:#010x}"));
    IdxProblem::Magic { kind, expected, found }
}

/// Returns what to do with a file of another kind, as the end of a sentence.
fn remedy(found: &str) -> String {
    file_kind::remedy(found).map(|remedy| format!("; {remedy}")).unwrap_or_default()
}

fn big_endian(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |word, &byte| word << 8 | u32::from(byte))
}

/// Opens a file for reading, gzipped or not, which its first bytes tell.
fn expanded(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut start = Vec::new();
    let mut file = File::open(path)?;
    (&mut file).take(2).read_to_end(&mut start)?;
    let is_zipped = start == GZIP_MAGIC;
    let whole = io::Cursor::new(start).chain(BufReader::new(file));
    Ok(if is_zipped { Box::new(GzipMembers::new(whole)) } else { Box::new(whole) })
}

/// Returns the bytes of an IDX file of images, for tests and tools that make a set of their own.
#[must_use]
pub fn images_to_idx(images: &IdxImages) -> Vec<u8> {
    let sides = [images.count, images.height, images.width];
    to_idx(IMAGES_MAGIC, &sides, &images.pixels)
}

/// Returns the bytes of an IDX file of labels, for tests and tools that make a set of their own.
#[must_use]
pub fn labels_to_idx(labels: &[u8]) -> Vec<u8> {
    to_idx(LABELS_MAGIC, &[labels.len()], labels)
}

/// Writes the files of one part of a set, `train` or `t10k`, into `folder`, which is made where it is not there: the images,
/// and their labels where there are some.
///
/// # Errors
/// Where the folder or a file cannot be written.
pub fn write_files(folder: &Path, part: &str, images: &IdxImages, labels: Option<&[u8]>) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(format!("{part}-images-idx3-ubyte")), images_to_idx(images))?;
    match labels {
        Some(labels) => {
            std::fs::write(folder.join(format!("{part}-labels-idx1-ubyte")), labels_to_idx(labels))
        }
        None => Ok(()),
    }
}

fn to_idx(magic: u32, sides: &[usize], values: &[u8]) -> Vec<u8> {
    let header = std::iter::once(magic).chain(sides.iter().map(|&side| side as u32));
    header.flat_map(u32::to_be_bytes).chain(values.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn two_images() -> IdxImages {
        IdxImages { count: 2, height: 2, width: 3, pixels: (0..12).collect() }
    }

    fn written(content: &[u8]) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        file
    }

    fn refusal(content: &[u8]) -> String {
        let file = written(content);
        let message = read_images(file.path()).unwrap_err().to_string();
        assert!(message.starts_with(&file.path().display().to_string()), "{message}");
        message
    }

    #[test]
    fn reads_what_was_written_gzipped_or_not() {
        let plain = images_to_idx(&two_images());
        let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        zipped.write_all(&plain).unwrap();
        for content in [plain, zipped.finish().unwrap()] {
            assert_eq!(read_images(written(&content).path()).unwrap(), two_images());
        }
        assert_eq!(read_labels(written(&labels_to_idx(&[3, 1])).path()).unwrap(), [3, 1]);
    }

    #[test]
    fn a_wrong_magic_number_is_named() {
        let message = refusal(&labels_to_idx(&[1, 2, 3]));
        assert!(
            message.ends_with("magic number: expected 0x00000803 for images, found 0x00000801"),
            "{message}"
        );
        assert!(refusal(b"ab").contains("found a shorter file"));
    }

    #[test]
    fn files_that_servers_and_archives_leave_in_its_place_are_named_with_what_to_do() {
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9912422\n";
        for (content, expected) in [
            (
                &b"<!DOCTYPE html><title>404 Not Found</title>"[..],
                "found an HTML page; download the file again",
            ),
            (pointer, "found a Git LFS pointer in the place of its file; `git lfs pull` brings the file"),
            (b"PK\x03\x04\x14\0\0\0\x08\0", "found a ZIP archive; unpack it"),
        ] {
            let message = refusal(content);
            assert!(
                message.contains(": expected an IDX file of images, ") && message.ends_with(expected),
                "{message}"
            );
        }
    }

    #[test]
    fn gzip_is_read_in_members_and_no_further_than_the_header_says() {
        let zipped = |content: &[u8]| {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(content).unwrap();
            packed.finish().unwrap()
        };
        let plain = images_to_idx(&two_images());
        let members = [zipped(&plain[..9]), zipped(&plain[9..])].concat();
        assert_eq!(read_images(written(&members).path()).unwrap(), two_images());
        let message = refusal(&[&zipped(&plain)[..], b"<html>"].concat());
        assert!(message.contains("expected nothing behind the gzip data, found other bytes; "), "{message}");
        // The second member would be an error if anything read it.
        let long = [zipped(&[&plain[..], &[0; 100_000]].concat()), b"\x1f\x8bbroken".to_vec()].concat();
        assert!(refusal(&long).ends_with("expected 12 bytes after the header, found more"));
    }

    #[test]
    fn channels_stand_first_or_last() {
        let values: Vec<u8> = (0..2 * 2 * 4 * 3).collect();
        let last = written(&to_idx(CHANNELS_MAGIC, &[2, 2, 4, 3], &values));
        let images = read_shaped_images(last.path()).unwrap();
        assert_eq!(images.shape, [3, 2, 4]);
        assert_eq!(images.values[..9], [0, 3, 6, 9, 12, 15, 18, 21, 1]);
        let first = written(&to_idx(CHANNELS_MAGIC, &[2, 3, 2, 4], &values));
        assert_eq!(read_shaped_images(first.path()).unwrap(), ShapedImages { shape: [3, 2, 4], values });
        let neither = written(&to_idx(CHANNELS_MAGIC, &[1, 2, 4, 2], &[0; 16]));
        let message = read_shaped_images(neither.path()).unwrap_err().to_string();
        assert!(message.ends_with(
            "expected 1 or 3 channels as the second or as the last of four sides, found 2, 4 and 2"
        ));
        let grey = read_shaped_images(written(&images_to_idx(&two_images())).path()).unwrap();
        assert_eq!(grey.values, two_images().pixels);
    }

    #[test]
    fn every_truncation_is_refused() {
        let content = images_to_idx(&two_images());
        for length in 1..content.len() {
            assert!(read_images(written(&content[..length]).path()).is_err(), "{length}");
        }
        assert!(refusal(&content[..20]).ends_with("expected 12 bytes after the header, found 4"));
        let longer = [content, vec![0]].concat();
        assert!(refusal(&longer).ends_with("expected 12 bytes after the header, found more"));
    }

    #[test]
    fn an_empty_file_and_a_set_of_no_images_are_refused() {
        assert!(refusal(&[]).ends_with("expected at least one image, found none"));
        let none = IdxImages { count: 0, height: 2, width: 3, pixels: vec![] };
        assert!(refusal(&images_to_idx(&none)).ends_with("expected at least one image, found none"));
    }

    #[test]
    fn sides_that_overflow_are_refused() {
        let forged: Vec<u8> =
            [IMAGES_MAGIC, u32::MAX, u32::MAX, u32::MAX].into_iter().flat_map(u32::to_be_bytes).collect();
        assert!(refusal(&forged).contains("after the header, found 0"));
    }

    #[test]
    fn a_broken_gzip_stream_is_refused() {
        assert!(refusal(&[0x1f, 0x8b, 8, 0, 0]).contains("cannot be read"));
    }
}
