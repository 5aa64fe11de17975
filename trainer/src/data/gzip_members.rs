//! A gzip file as the bytes that it holds.
//!
//! In comes a file of one gzip member or several, one behind another, as `pigz` and `cat` write them (RFC 1952, section 2.2);
//! out go the bytes of all of them. What follows the last one and is no member is an error: whoever appended it meant
//! something by it.

use std::io::{self, BufRead, ErrorKind, Read};

use flate2::bufread::GzDecoder;

/// The first byte of each member.
const MEMBER: u8 = 0x1f;

/// Reads the bytes of all members of a gzip file.
pub(super) struct GzipMembers<R> {
    /// The member that is being read; none once the last one has ended.
    member: Option<GzDecoder<R>>,
}

impl<R: BufRead> GzipMembers<R> {
    pub(super) fn new(file: R) -> Self {
        Self { member: Some(GzDecoder::new(file)) }
    }
}

impl<R: BufRead> Read for GzipMembers<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let ended = self.member.take().map(GzDecoder::into_inner);
            let Some(mut file) = ended else { break };
            match file.fill_buf()?.first() {
                None => break,
                Some(&MEMBER) => self.member = Some(GzDecoder::new(file)),
                Some(_) => return Err(trailing()),
            }
        }
        Ok(0)
    }
}

fn trailing() -> io::Error {
    let text = "expected nothing behind the gzip data, found other bytes; download or pack the file again";
    io::Error::new(ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn member(content: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(content).unwrap();
        packed.finish().unwrap()
    }

    fn read(file: &[u8]) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        // A buffer of seven bytes ends everywhere within a member.
        GzipMembers::new(io::BufReader::with_capacity(7, file)).read_to_end(&mut content)?;
        Ok(content)
    }

    #[test]
    fn all_members_are_read_even_empty_ones() {
        let file = [member(b"one "), member(b""), member(&[b'x'; 4000]), member(b" three")].concat();
        assert_eq!(read(&file).unwrap(), [&b"one "[..], &[b'x'; 4000], b" three"].concat());
    }

    #[test]
    fn what_follows_the_last_member_is_refused() {
        for tail in [&b"hello"[..], b"\0\0", b"\x1f", b"\x1f\x8b"] {
            let file = [&member(b"one"), tail].concat();
            assert!(read(&file).is_err(), "{tail:?}");
        }
        let file = [&member(b"one")[..], b"hello"].concat();
        assert!(read(&file).unwrap_err().to_string().starts_with("expected nothing behind the gzip data"));
    }
}
