//! Gzip (RFC 1952), read as a stream: several members one after another, each held to its checksum and its length.
//!
//! The bytes are held back by no more than a buffer, so that a small file that unpacks to much costs time, not memory.

use std::io::{self, Read};

use miniz_oxide::inflate::stream::{InflateState, inflate};
use miniz_oxide::{DataFormat, MZError, MZFlush, MZStatus};

use super::crc32::Crc32;

/// How a gzip file begins.
pub const MAGIC: [u8; 2] = [0x1f, 0x8b];

const BUFFER: usize = 64 << 10;

/// The content of a gzip stream.
pub struct GzipReader<R> {
    packed: R,
    buffer: Box<[u8]>,
    start: usize,
    end: usize,
    state: Box<InflateState>,
    member: Member,
    crc: Crc32,
    size: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    First,
    Inside,
    Trailer,
    Next,
    Over,
}

impl<R> std::fmt::Debug for GzipReader<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GzipReader({:?})", self.member)
    }
}

impl<R: Read> GzipReader<R> {
    /// Reads the stream that begins here.
    pub fn new(packed: R) -> Self {
        Self {
            packed,
            buffer: vec![0; BUFFER].into_boxed_slice(),
            start: 0,
            end: 0,
            state: InflateState::new_boxed(DataFormat::Raw),
            member: Member::First,
            crc: Crc32::default(),
            size: 0,
        }
    }

    /// Gives the packed stream back.
    pub fn into_inner(self) -> R {
        self.packed
    }

    /// Packed bytes at hand; empty at the end.
    fn fill(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            self.end = loop {
                match self.packed.read(&mut self.buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    other => break other?,
                }
            };
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn byte(&mut self) -> io::Result<u8> {
        let byte = self.fill()?.first().copied().ok_or_else(cut)?;
        self.start += 1;
        Ok(byte)
    }

    fn number(&mut self) -> io::Result<u32> {
        let bytes = [self.byte()?, self.byte()?, self.byte()?, self.byte()?];
        Ok(u32::from_le_bytes(bytes))
    }

    fn skip_text(&mut self) -> io::Result<()> {
        while self.byte()? != 0 {}
        Ok(())
    }

    /// Passes a member's header (RFC 1952 §2.3); false where no member follows.
    fn header(&mut self) -> io::Result<bool> {
        if self.member == Member::Next {
            // Tapes and some tools pad with zeros.
            while self.fill()?.first() == Some(&0) {
                self.start += 1;
            }
            if self.fill()?.is_empty() {
                return Ok(false);
            }
        }
        if [self.byte()?, self.byte()?] != MAGIC {
            return Err(malformed(
                "something that is not gzip follows the gzip stream",
            ));
        }
        let method = self.byte()?;
        let flags = self.byte()?;
        if method != 8 || flags & 0xe0 != 0 {
            return Err(malformed("the gzip header is not one of RFC 1952"));
        }
        for _time_flags_system in 0..6 {
            self.byte()?;
        }
        if flags & 4 != 0 {
            let length = u16::from_le_bytes([self.byte()?, self.byte()?]);
            for _extra in 0..length {
                self.byte()?;
            }
        }
        if flags & 8 != 0 {
            self.skip_text()?;
        }
        if flags & 16 != 0 {
            self.skip_text()?;
        }
        if flags & 2 != 0 {
            self.byte()?;
            self.byte()?;
        }
        Ok(true)
    }

    fn trailer(&mut self) -> io::Result<()> {
        let (crc, size) = (self.number()?, self.number()?);
        if crc != self.crc.finish() || size != self.size {
            return Err(malformed("the gzip checksum does not match the content"));
        }
        Ok(())
    }
}

impl<R: Read> Read for GzipReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            match self.member {
                Member::Over => return Ok(0),
                // What is packed right before a damaged end was given already.
                Member::Trailer => {
                    self.trailer()?;
                    self.member = Member::Next;
                    continue;
                }
                Member::First | Member::Next => {
                    if !self.header()? {
                        self.member = Member::Over;
                        return Ok(0);
                    }
                    self.state.reset(DataFormat::Raw);
                    (self.crc, self.size) = (Crc32::default(), 0);
                    self.member = Member::Inside;
                }
                Member::Inside => {}
            }
            self.fill()?;
            let packed = self.buffer.get(self.start..self.end).unwrap_or_default();
            let at_end = packed.is_empty();
            let result = inflate(&mut self.state, packed, out, MZFlush::None);
            self.start += result.bytes_consumed;
            let written = out.get(..result.bytes_written).unwrap_or_default();
            self.crc.update(written);
            let [a, b, c, d, ..] = (written.len() as u64).to_le_bytes();
            self.size = self.size.wrapping_add(u32::from_le_bytes([a, b, c, d]));
            match result.status {
                Ok(MZStatus::StreamEnd) => self.member = Member::Trailer,
                Ok(_) | Err(MZError::Buf) if at_end && written.is_empty() => return Err(cut()),
                Ok(_) | Err(MZError::Buf) => {}
                Err(_) => return Err(malformed("the gzip stream is not DEFLATE")),
            }
            if !written.is_empty() {
                return Ok(written.len());
            }
        }
    }
}

fn cut() -> io::Error {
    io::Error::new(
        io::ErrorKind::UnexpectedEof,
        "the gzip stream ends too early",
    )
}

fn malformed(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::crc32::crc32;
    use miniz_oxide::deflate::compress_to_vec;

    fn member(flags: u8, content: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3];
        if flags & 4 != 0 {
            bytes.extend(b"\x03\x00abc");
        }
        if flags & 8 != 0 {
            bytes.extend(b"name\0");
        }
        if flags & 2 != 0 {
            bytes.extend(b"\0\0");
        }
        bytes.extend(compress_to_vec(content, 6));
        bytes.extend(crc32(content).to_le_bytes());
        bytes.extend(u32::try_from(content.len()).unwrap().to_le_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        match GzipReader::new(bytes).read_to_end(&mut out) {
            Ok(_) => Ok(out),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn members_follow_one_another() {
        let long = b"countersign ".repeat(20_000);
        let mut bytes = member(0, &long);
        bytes.extend(member(14, b"two"));
        bytes.extend(member(0, b""));
        bytes.extend([0; 40]);
        let mut expected = long;
        expected.extend(b"two");
        assert_eq!(read(&bytes), Ok(expected));
    }

    #[test]
    fn what_is_cut_or_damaged_is_refused() {
        let whole = member(
            8,
            b"some text that is long enough to be packed, packed, packed",
        );
        for length in 0..whole.len() {
            let error = read(whole.get(..length).unwrap()).unwrap_err();
            assert_eq!(error, "the gzip stream ends too early", "{length}");
        }
        let mut damaged = whole.clone();
        let at = damaged.len() - 6;
        damaged[at] ^= 1;
        assert!(read(&damaged).unwrap_err().contains("checksum"));
        let followed = [&whole[..], b"more"].concat();
        assert!(read(&followed).unwrap_err().contains("follows"));
        assert!(read(b"\x1f\x8b\x07").is_err());
    }
}
