//! What comes from standard input: one picture, or a list of paths.
//!
//! A picture is known by its first bytes. Anything else is a list, one path a line; where there is a NUL in the first
//! bytes, as `find -print0` writes them, paths end in NULs and may have line breaks in them. Paths are passed on as
//! they come: of a list of any length, 64 KiB and one path are in memory.

use std::io::{self, Read};
use std::path::PathBuf;

use edge_runtime::LARGEST_PICTURE_BYTES;
use models::picture;

/// What is asked of the operating system at once.
const BLOCK_BYTES: usize = 64 << 10;

/// The longest path in a list: sixteen times what Linux opens.
const LONGEST_PATH_BYTES: usize = 64 << 10;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";
const BMP: &[u8] = b"BM";

/// Beginnings that are text: what follows within [`BEGINNING`] tells a picture from a list of paths that begins so.
const OTHERS: [&[u8]; 5] = [b"RIFF", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*"];

/// The bytes in which such a picture has characters that no text has.
const BEGINNING: usize = 18;

/// What editors of Windows put before a text in UTF-8, and before one in UTF-16, which no list of paths may be.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
const UTF16_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// Where a BMP has the size of its second header, at most 255: its upper bytes are zeros, as no list has them.
const BMP_HEADER_SIZE: std::ops::Range<usize> = 14..18;

/// What came from standard input.
#[derive(Debug)]
pub(super) enum Input<Reader> {
    /// A whole file.
    Picture(Vec<u8>),
    List(List<Reader>),
}

/// Waits for the first bytes of standard input, and tells a picture, which may have `largest` bytes, from a list.
///
/// # Errors
/// A line that says what is wrong.
pub(super) fn open(largest: u64) -> Result<Input<io::Stdin>, String> {
    sort(io::stdin(), largest)
}

fn sort<Reader: Read>(mut reader: Reader, largest: u64) -> Result<Input<Reader>, String> {
    let mut head = Vec::new();
    let mut ended = false;
    let is_picture = loop {
        match starts_picture(&head) {
            Some(answer) => break answer,
            None if ended => break false,
            None => ended = read_block(&mut reader, &mut head)? == 0,
        }
    };
    if head.is_empty() {
        return Err("standard input: expected a picture or a list of paths, found nothing".to_owned());
    }
    if is_picture {
        let largest = largest.min(LARGEST_PICTURE_BYTES);
        reader.take(largest + 1).read_to_end(&mut head).map_err(unreadable)?;
        if head.len() as u64 > largest {
            return Err(format!("standard input: expected a picture of at most {largest} bytes, found more"));
        }
        return Ok(Input::Picture(head));
    }
    if is_other_file(&head) {
        // What it is, the library says.
        return Ok(Input::Picture(head));
    }
    if UTF16_MARKS.iter().any(|mark| head.starts_with(mark)) {
        let found = "found text in UTF-16; save it as UTF-8";
        return Err(format!("standard input: expected a picture or a list of paths, {found}"));
    }
    if head.starts_with(UTF8_MARK) {
        head.drain(..UTF8_MARK.len());
    }
    Ok(Input::List(List { reader, bytes: head, start: 0, end_of_path: None, number: 0, found: 0, ended }))
}

/// Whether `head` begins a file of another known format: one with characters that no text has near its beginning.
fn is_other_file(head: &[u8]) -> bool {
    has_no_text(head) && picture::is_other_file(head)
}

/// Whether `head` has characters near its beginning that no list of paths has, unless paths are that short.
fn has_no_text(head: &[u8]) -> bool {
    head[..head.len().min(BEGINNING)].iter().any(|byte| *byte < b'\t')
}

/// Whether a file that begins with `head` is a picture; nothing where more must be known.
fn starts_picture(head: &[u8]) -> Option<bool> {
    let agrees = |signature: &[u8]| head.iter().zip(signature).all(|(found, expected)| found == expected);
    let whole = [PNG, JPEG].into_iter().any(|signature| agrees(signature) && head.len() >= signature.len());
    let may_become = [PNG, JPEG, BMP].into_iter().any(agrees);
    let is_other = OTHERS.into_iter().any(agrees) && !head.is_empty();
    match head.get(BMP_HEADER_SIZE) {
        _ if whole => Some(true),
        None if is_other => None,
        Some(_) if is_other => Some(has_no_text(head) && picture::is_picture(head)),
        _ if !may_become => Some(false),
        Some(size) if agrees(BMP) => Some(size[1..] == [0; 3]),
        _ => None,
    }
}

fn read_block(reader: &mut impl Read, bytes: &mut Vec<u8>) -> Result<usize, String> {
    let length = bytes.len();
    bytes.resize(length + BLOCK_BYTES, 0);
    let read = loop {
        match reader.read(&mut bytes[length..]) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => break other,
        }
    };
    bytes.truncate(length + read.as_ref().map_or(0, |read| *read));
    read.map_err(unreadable)
}

fn unreadable(error: io::Error) -> String {
    format!("standard input: cannot be read: {error}")
}

/// Paths as they come. What is no list of paths ends it, with one line that says so.
#[derive(Debug)]
pub(super) struct List<Reader> {
    reader: Reader,
    /// What has been read and not yet passed on.
    bytes: Vec<u8>,
    /// Where in `bytes` the next path begins.
    start: usize,
    /// A line break or NUL; it is chosen when the first one is met.
    end_of_path: Option<u8>,
    /// The number of the line that was read last, counted from 1.
    number: usize,
    /// How many paths there have been.
    found: usize,
    ended: bool,
}

impl<Reader: Read> Iterator for List<Reader> {
    type Item = Result<PathBuf, String>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let path = match self.next_bytes() {
                Ok(None) if self.found == 0 => {
                    self.found = 1;
                    return Some(Err(
                        "standard input: expected a list of paths, found empty lines".to_owned()
                    ));
                }
                Ok(path) => path?,
                Err(problem) => return Some(self.give_up(problem)),
            };
            self.number += 1;
            let path = match self.end_of_path {
                Some(0) => path,
                // Lists from other systems end their lines with two characters.
                _ => path.strip_suffix(b"\r").map(<[u8]>::to_vec).unwrap_or(path),
            };
            match (path.is_empty(), self.end_of_path) {
                (true, Some(0)) => return Some(self.give_up(self.no_path("nothing between two NULs"))),
                (true, _) => {}
                (false, _) if path.contains(&0) => return Some(self.give_up(self.no_path("a NUL"))),
                (false, _) => {
                    self.found += 1;
                    return Some(path_of(path).map_err(|found| self.no_path(found)));
                }
            }
        }
    }
}

impl<Reader: Read> List<Reader> {
    /// The bytes up to the next end of a path, or to the end of all.
    fn next_bytes(&mut self) -> Result<Option<Vec<u8>>, String> {
        let mut searched = self.start;
        loop {
            if let Some(length) = self.find_end(searched) {
                let path = self.bytes[self.start..searched + length].to_vec();
                self.start = searched + length + 1;
                return Ok(Some(path));
            }
            searched = self.bytes.len();
            if self.ended {
                let rest = self.bytes.split_off(self.start);
                self.bytes.clear();
                self.start = 0;
                return Ok((!rest.is_empty()).then_some(rest));
            }
            if searched - self.start > LONGEST_PATH_BYTES {
                self.number += 1;
                return Err(self.no_path(&format!("more than {LONGEST_PATH_BYTES} bytes")));
            }
            self.bytes.drain(..self.start);
            searched -= self.start;
            self.start = 0;
            self.ended = read_block(&mut self.reader, &mut self.bytes)? == 0;
        }
    }

    /// How far behind `searched` the path ends.
    fn find_end(&mut self, searched: usize) -> Option<usize> {
        let unread = &self.bytes[searched..];
        if self.end_of_path.is_none() && self.bytes.iter().any(|byte| [0, b'\n'].contains(byte)) {
            self.end_of_path = Some(if self.bytes.contains(&0) { 0 } else { b'\n' });
        }
        unread.iter().position(|&byte| Some(byte) == self.end_of_path)
    }

    fn no_path(&self, found: &str) -> String {
        format!("standard input: entry {}: expected a path, found {found}", self.number)
    }

    fn give_up(&mut self, problem: String) -> Result<PathBuf, String> {
        (self.ended, self.start, self.found) = (true, 0, self.found.max(1));
        self.bytes.clear();
        Err(problem)
    }
}

#[cfg(unix)]
fn path_of(bytes: Vec<u8>) -> Result<PathBuf, &'static str> {
    use std::os::unix::ffi::OsStringExt;
    Ok(std::ffi::OsString::from_vec(bytes).into())
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> Result<PathBuf, &'static str> {
    String::from_utf8(bytes).map(PathBuf::from).map_err(|_| "bytes that are no UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out one piece a call.
    #[derive(Debug)]
    struct Pieces(Vec<&'static [u8]>);

    impl Read for Pieces {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.0.is_empty() {
                return Ok(0);
            }
            let piece = self.0.remove(0);
            buffer[..piece.len()].copy_from_slice(piece);
            Ok(piece.len())
        }
    }

    fn list(pieces: &[&'static [u8]]) -> Vec<Result<String, String>> {
        match sort(Pieces(pieces.to_vec()), 1000).unwrap() {
            Input::List(list) => {
                list.map(|path| path.map(|path| path.to_str().unwrap().to_owned())).collect()
            }
            Input::Picture(_) => panic!("a picture"),
        }
    }

    fn paths(pieces: &[&'static [u8]]) -> Vec<String> {
        list(pieces).into_iter().map(Result::unwrap).collect()
    }

    #[test]
    fn a_list_has_a_path_a_line_wherever_it_is_cut() {
        assert_eq!(paths(&[b"a.png\nb c.png\n"]), ["a.png", "b c.png"]);
        assert_eq!(paths(&[b"a.p", b"ng\nb", b" c.png"]), ["a.png", "b c.png"]);
        assert_eq!(paths(&[b"a.png\r\n\r\n\nb.png\r\n"]), ["a.png", "b.png"]);
    }

    #[test]
    fn a_list_with_nuls_is_separated_by_them() {
        assert_eq!(paths(&[b"a\n.png\0b.png\0"]), ["a\n.png", "b.png"]);
        assert_eq!(paths(&[b"a.png", b"\0b\r", b"\0c"]), ["a.png", "b\r", "c"]);
    }

    #[test]
    fn names_that_begin_like_a_picture_are_names() {
        for name in ["B", "BM", "BMW.png", "BM and a long name after it.png"] {
            let text: &'static [u8] = format!("{name}\n{name}\0").leak().as_bytes();
            assert_eq!(paths(&[&text[..=name.len()]]), [name]);
            assert_eq!(paths(&[&text[name.len() + 1..]]), [name]);
        }
        assert_eq!(paths(&[b"BM", b"1.png\nBM2.png\n"]), ["BM1.png", "BM2.png"]);
    }

    #[test]
    fn pictures_are_known_by_their_first_bytes_however_few_come_at_once() {
        let bmp = b"BM\x46\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00rest";
        for bytes in [
            &b"\x89PNG\r\n\x1a\nrest"[..],
            b"\xff\xd8\xff\xe0rest",
            bmp,
            b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0rest",
            b"RIFF\x10\0\0\0WEBPVP8 \x04\0\0\0rest",
            b"II*\0\x08\0\0\0\x01\0\0\x01\x04\0\x01\0\0\0rest",
            b"MM\0*\0\0\0\x08\0\x01\x01\0\0\x04\0\0\0\x01rest",
        ] {
            let pieces = bytes.chunks(1).collect();
            assert!(matches!(sort(Pieces(pieces), 1000).unwrap(), Input::Picture(found) if found == bytes));
        }
    }

    #[test]
    fn a_mark_of_utf8_is_no_part_of_the_first_path() {
        assert_eq!(paths(&[b"\xef\xbb\xbfa.png\r\nb.png\r\n"]), ["a.png", "b.png"]);
        assert!(sort(Pieces(vec![b"\xff\xfea\0.\0p\0"]), 1000).unwrap_err().contains("found text in UTF-16"));
    }

    #[test]
    fn a_file_of_another_format_is_no_list() {
        for bytes in [&b"RIFF\x10\0\0\0AVI LIST\x10\0\0\0"[..], b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"] {
            assert!(
                matches!(sort(Pieces(vec![bytes]), 1000).unwrap(), Input::Picture(found) if found == bytes)
            );
        }
        assert_eq!(paths(&[b"GIF89a\nII*.png\n"]), ["GIF89a", "II*.png"]);
        assert_eq!(paths(&[b"GIF89a\nII*.png\nRIFF.png\n"]), ["GIF89a", "II*.png", "RIFF.png"]);
        assert_eq!(paths(&[b"RIFF", b"-of-june.png\nb.png\n"]), ["RIFF-of-june.png", "b.png"]);
    }

    #[test]
    fn nothing_is_an_error() {
        assert!(sort(Pieces(vec![]), 1000).unwrap_err().contains("expected a picture or a list of paths"));
    }

    #[test]
    fn what_is_no_list_ends_it_with_one_line() {
        let expect = |pieces: &[&'static [u8]], count: usize, message: &str| {
            let list = list(pieces);
            let last = list.last().unwrap().as_ref().unwrap_err();
            assert!(list.len() == count && last.contains(message), "{list:?}");
        };
        expect(&[b"Gif89a\x01\0\x01\0\0\0\0"], 3, "entry 3: expected a path, found nothing between two NULs");
        expect(&[b"a.png\nb", b".p\0ng\nc.png\n"], 2, "entry 2: expected a path, found a NUL");
        let endless: &'static [u8] = vec![b'x'; BLOCK_BYTES].leak();
        expect(&[b"a.png\n", endless, endless], 2, "entry 2: expected a path, found more than 65536 bytes");
    }

    #[test]
    fn a_path_is_passed_on_before_the_next_one_has_come() {
        let Input::List(mut list) = sort(Pieces(vec![b"a.png\n", b"b.png\n"]), 1000).unwrap() else {
            panic!("a picture")
        };
        assert_eq!(list.next(), Some(Ok(PathBuf::from("a.png"))));
        assert_eq!(list.reader.0.len(), 1);
    }

    #[test]
    fn memory_stays_at_a_block_for_a_long_list() {
        let line: &'static [u8] = [vec![b'x'; 99], vec![b'\n']].concat().repeat(600).leak();
        let Input::List(mut list) = sort(Pieces(vec![line; 500]), 1000).unwrap() else { panic!("a picture") };
        let (mut count, mut most) = (0, 0);
        while let Some(path) = list.next() {
            assert_eq!(path.unwrap().as_os_str().len(), 99);
            count += 1;
            most = most.max(list.bytes.capacity());
        }
        assert!(count == 300_000 && most <= 3 * BLOCK_BYTES, "{count} paths, {most} bytes");
    }
}
