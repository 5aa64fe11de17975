//! When a picture was taken.
//!
//! In comes the path of a picture, out goes the second that its EXIF data name. The head of the file is read and no pixel is
//! decoded, so that all files of a set can be asked.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;

use exif::{DateTime, Exif, In, Reader, Tag, Value};

/// The bytes of a file that are looked at: EXIF data come first, and a JPEG file has at most 64 KiB of them.
const HEAD: u64 = 128 * 1024;

/// The tags that say when, the camera's own first: when the shutter opened, when it was digitised, when the file was changed.
const TAGS: [Tag; 3] = [Tag::DateTimeOriginal, Tag::DateTimeDigitized, Tag::DateTime];

/// Returns when the picture at `path` was taken, in seconds since 1970 by the camera's clock, whatever its time zone; `None`
/// where its file doesn't say it or can't be read.
pub(crate) fn capture_time(path: &Path) -> Option<i64> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
    let read = Reader::new().continue_on_error(true).read_from_container(&mut Cursor::new(head));
    let exif = read.or_else(|error| error.distill_partial_result(|_| ())).ok()?;
    TAGS.iter().find_map(|&tag| seconds(&date(&exif, tag)?))
}

fn date(exif: &Exif, tag: Tag) -> Option<DateTime> {
    match &exif.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(texts) => DateTime::from_ascii(texts.first()?).ok(),
        _ => None,
    }
}

/// Returns the seconds from 1970 to a date; `None` where there is no such day, as in the zeros of a camera whose clock was
/// never set.
fn seconds(date: &DateTime) -> Option<i64> {
    let is_date = date.year >= 1970 && (1..=12).contains(&date.month) && (1..=31).contains(&date.day);
    let is_time = date.hour < 24 && date.minute < 60 && date.second <= 60;
    (is_date && is_time).then(|| {
        let hours = days(i64::from(date.year), i64::from(date.month), i64::from(date.day)) * 24
            + i64::from(date.hour);
        (hours * 60 + i64::from(date.minute)) * 60 + i64::from(date.second)
    })
}

/// Returns the days from 1970-01-01 to a day of the Gregorian calendar (H. Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `days_from_civil`): years begin in March, so that the leap day is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year % 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year / 400 * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TIFF file with one directory that says when it was changed.
    fn tiff(date: &str) -> Vec<u8> {
        let mut bytes = b"II*\0\x08\0\0\0\x01\0\x32\x01\x02\0".to_vec();
        bytes.extend((date.len() as u32 + 1).to_le_bytes());
        bytes.extend(26u32.to_le_bytes());
        bytes.extend([0; 4]);
        [bytes, date.as_bytes().to_vec(), vec![0]].concat()
    }

    /// A JPEG file that ends after its EXIF data.
    fn jpeg(date: &str) -> Vec<u8> {
        let exif = [b"Exif\0\0".to_vec(), tiff(date)].concat();
        [vec![0xff, 0xd8, 0xff, 0xe1], (exif.len() as u16 + 2).to_be_bytes().to_vec(), exif, vec![0xff, 0xd9]]
            .concat()
    }

    fn time_of(bytes: &[u8]) -> Option<i64> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("picture");
        std::fs::write(&path, bytes).unwrap();
        capture_time(&path)
    }

    #[test]
    fn the_second_of_a_jpeg_and_of_a_tiff_file_is_read() {
        // `date -u -d '2024-02-29 13:45:07' +%s`
        assert_eq!(time_of(&jpeg("2024:02:29 13:45:07")), Some(1_709_214_307));
        assert_eq!(time_of(&tiff("2024:02:29 13:45:07")), Some(1_709_214_307));
        assert_eq!(time_of(&tiff("1970:01:01 00:00:00")), Some(0));
    }

    #[test]
    fn what_says_no_time_has_none() {
        for date in ["0000:00:00 00:00:00", "    :  :     :  :  ", "2024:13:01 00:00:00", "yesterday"] {
            assert_eq!(time_of(&jpeg(date)), None, "{date}");
        }
        assert_eq!(time_of(b"no picture"), None);
        assert_eq!(time_of(b""), None);
        assert_eq!(time_of(&jpeg("2024:02:29 13:45:07")[..20]), None);
        assert_eq!(capture_time(Path::new("/nowhere/at/all.jpg")), None);
    }
}
