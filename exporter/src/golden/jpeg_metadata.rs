//! What a JPEG file says beside its picture, taken out without touching the picture.
//!
//! In: the bytes of a file. Out: the same picture without EXIF data, places, previews, colour profiles, comments and what was
//! appended behind its end: it travels in a model file to people who need not know where and when it was taken.

/// Markers of segments that a picture needs: `APP0` (JFIF) and `APP14` (Adobe), which says what its channels are.
const KEPT: [u8; 2] = [0xe0, 0xee];

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;

/// Returns the file without its metadata; `None` for one whose segments cannot be followed to the end of the picture.
pub(super) fn without_metadata(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut kept = bytes.strip_prefix(b"\xff\xd8").map(|_| vec![0xff, 0xd8])?;
    let mut position = 2;
    loop {
        // Fill bytes may stand before a marker.
        while bytes.get(position..position + 2)? == [0xff, 0xff] {
            position += 1;
        }
        let &[0xff, marker] = bytes.get(position..position + 2)? else { return None };
        if marker == END_OF_IMAGE {
            kept.extend([0xff, END_OF_IMAGE]);
            return Some(kept);
        }
        let length = bytes.get(position + 2..position + 4)?;
        let end = position + 2 + usize::from(u16::from_be_bytes([length[0], length[1]])).max(2);
        let mut segment = bytes.get(position..end)?;
        position = end;
        if marker == START_OF_SCAN {
            let data = scan_length(&bytes[end..])?;
            position = end + data;
            segment = &bytes[end - segment.len()..position];
        }
        let is_metadata = matches!(marker, 0xe0..=0xef | 0xfe) && !KEPT.contains(&marker);
        if !is_metadata {
            kept.extend_from_slice(segment);
        }
    }
}

/// The bytes of a scan's data, up to the next marker that is no restart and no stuffed zero.
fn scan_length(data: &[u8]) -> Option<usize> {
    data.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff))
}

#[cfg(test)]
mod tests {
    use image::codecs::jpeg::JpegEncoder;
    use image::{DynamicImage, Rgb, RgbImage};

    use super::*;

    fn jpeg() -> Vec<u8> {
        let picture = RgbImage::from_fn(40, 24, |x, y| Rgb([(x * y) as u8, (6 * x) as u8, (10 * y) as u8]));
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(&DynamicImage::from(picture)).unwrap();
        bytes
    }

    #[test]
    fn metadata_and_what_is_appended_is_gone_and_the_picture_is_the_same() {
        let plain = jpeg();
        let segment = |marker: u8, text: &[u8]| {
            [&[0xff, marker][..], &(text.len() as u16 + 2).to_be_bytes(), text].concat()
        };
        let (exif, comment) = (segment(0xe1, b"Exif\0\0here and now\xff\xd9"), segment(0xfe, b"a secret"));
        let adobe = segment(0xee, b"Adobe\0\x64\0\0\0\0\x01");
        let full = [&plain[..2], &exif, &[0xff], &comment, &adobe, &plain[2..], b"appended"].concat();
        let found = without_metadata(&full).unwrap();
        assert_eq!(found, [&plain[..2], &adobe, &plain[2..]].concat());
        assert_eq!(without_metadata(&plain), Some(plain));
    }

    #[test]
    fn what_is_cut_or_no_jpeg_is_none() {
        let plain = jpeg();
        for length in 0..plain.len() {
            assert_eq!(without_metadata(&plain[..length]), None, "{length}");
        }
        assert_eq!(without_metadata(b"GIF89a"), None);
    }
}
