//! The files of a zip archive, as far as spreadsheets use it (APPNOTE 6.3.9): stored or deflated, no encryption, no zip64.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};

use super::XlsxError;
use crate::kernel::crc32::crc32;

/// The most bytes that all files unpack to.
const MAX_UNPACKED: usize = 512 << 20;
const MAX_FILES: usize = 2_000;
const MAX_COMMENT: usize = 65_535;
/// 1980-01-01: the earliest that a zip can tell, and no other, so that the same content gives the same bytes.
const DATE: u16 = 0x21;

/// Writes an archive.
pub(super) fn write(files: &[(&str, &str)]) -> Result<Vec<u8>, XlsxError> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    let number = |size: usize| {
        u32::try_from(size)
            .ok()
            .filter(|size| *size < u32::MAX)
            .ok_or(XlsxError::TooMuch("the size of a file"))
    };
    for (name, content) in files {
        let offset = number(out.len())?;
        let packed = miniz_oxide::deflate::compress_to_vec(content.as_bytes(), 6);
        let mut about = Vec::new();
        // Version 2.0, names in UTF-8, deflated.
        for part in [20_u16, 0x800, 8, 0, DATE] {
            about.extend(part.to_le_bytes());
        }
        for part in [
            crc32(content.as_bytes()),
            number(packed.len())?,
            number(content.len())?,
        ] {
            about.extend(part.to_le_bytes());
        }
        let length = u16::try_from(name.len()).map_err(|_| XlsxError::TooMuch("a file's name"))?;
        about.extend(length.to_le_bytes());
        about.extend(0_u16.to_le_bytes());
        out.extend(b"PK\x03\x04");
        out.extend(&about);
        out.extend(name.as_bytes());
        out.extend(&packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&about);
        // No comment, the first disk, no attributes.
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (at, length) = (number(out.len())?, number(directory.len())?);
    out.extend(&directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    let count =
        u16::try_from(files.len()).map_err(|_| XlsxError::TooMuch("the number of files"))?;
    out.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    out.extend(length.to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0; 2]);
    Ok(out)
}

/// The files of an archive, unpacked only when they are asked for.
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    files: Vec<Entry<'a>>,
    left: usize,
}

struct Entry<'a> {
    name: &'a [u8],
    flags: u16,
    method: u16,
    crc: u32,
    packed: usize,
    size: usize,
    offset: usize,
}

fn damaged(why: &str) -> XlsxError {
    XlsxError::Damaged(why.to_owned())
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn size_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32_at(bytes, at)?).ok()
}

impl<'a> Archive<'a> {
    /// Reads the directory at the end.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, XlsxError> {
        if bytes.starts_with(b"\xd0\xcf\x11\xe0") {
            return Err(XlsxError::Old);
        }
        if !bytes.starts_with(b"PK\x03\x04") {
            return Err(XlsxError::Foreign);
        }
        let cut = || damaged("it has no directory at its end");
        let from = bytes.len().saturating_sub(22 + MAX_COMMENT);
        let tail = bytes.get(from..).unwrap_or_default();
        let end = memchr::memmem::rfind(tail, b"PK\x05\x06").ok_or_else(cut)? + from;
        let end = bytes.get(end..).unwrap_or_default();
        // Even the length of the comment is there.
        u16_at(end, 20).ok_or_else(cut)?;
        let count = usize::from(u16_at(end, 10).ok_or_else(cut)?);
        let mut at = size_at(end, 16).ok_or_else(cut)?;
        if count > MAX_FILES {
            return Err(damaged("it holds too many files"));
        }
        let mut files = Vec::new();
        for _ in 0..count {
            let (entry, length) = Entry::read(bytes.get(at..).ok_or_else(cut)?).ok_or_else(cut)?;
            files.push(entry);
            at += length;
        }
        Ok(Self {
            bytes,
            files,
            left: MAX_UNPACKED,
        })
    }

    /// The content of a file; none if it is not there.
    pub(super) fn file(&mut self, name: &str) -> Result<Option<String>, XlsxError> {
        let mut found = self
            .files
            .iter()
            .filter(|file| file.name == name.as_bytes());
        let Some(entry) = found.next() else {
            return Ok(None);
        };
        if found.next().is_some() {
            return Err(damaged("it holds two files of one name"));
        }
        if entry.flags & 1 != 0 {
            return Err(XlsxError::Old);
        }
        if entry.size > self.left {
            return Err(damaged("it unpacks to more than can be read"));
        }
        let content = entry
            .unpack(self.bytes)
            .ok_or_else(|| damaged(&format!("`{name}` in it cannot be unpacked")))?;
        self.left -= content.len();
        String::from_utf8(content)
            .map(Some)
            .map_err(|_| damaged(&format!("`{name}` in it is not UTF-8")))
    }
}

impl<'a> Entry<'a> {
    /// An entry of the directory, and its length.
    fn read(bytes: &'a [u8]) -> Option<(Self, usize)> {
        if !bytes.starts_with(b"PK\x01\x02") {
            return None;
        }
        let name = usize::from(u16_at(bytes, 28)?);
        let behind = usize::from(u16_at(bytes, 30)?) + usize::from(u16_at(bytes, 32)?);
        let entry = Self {
            name: bytes.get(46..46 + name)?,
            flags: u16_at(bytes, 8)?,
            method: u16_at(bytes, 10)?,
            crc: u32_at(bytes, 16)?,
            packed: size_at(bytes, 20)?,
            size: size_at(bytes, 24)?,
            offset: size_at(bytes, 42)?,
        };
        Some((entry, 46 + name + behind))
    }

    fn unpack(&self, archive: &[u8]) -> Option<Vec<u8>> {
        let local = archive.get(self.offset..)?;
        if !local.starts_with(b"PK\x03\x04") {
            return None;
        }
        let start = 30 + usize::from(u16_at(local, 26)?) + usize::from(u16_at(local, 28)?);
        let packed = local.get(start..)?.get(..self.packed)?;
        let content = match self.method {
            0 if self.packed == self.size => packed.to_vec(),
            8 => {
                // DEFLATE packs by no more than this: a size beyond it is a lie, and no room is made for it.
                if self.size > packed.len().saturating_mul(1_032) {
                    return None;
                }
                let mut content = vec![0; self.size];
                let flags = inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
                let mut state = DecompressorOxide::new();
                let (status, _, written) = decompress(&mut state, packed, &mut content, 0, flags);
                if status != TINFLStatus::Done || written != self.size {
                    return None;
                }
                content
            }
            _ => return None,
        };
        (crc32(&content) == self.crc).then_some(content)
    }
}
