//! How pages are packed.

use std::io::Read;

use super::{Defect, Error};
use crate::kernel::gzip::GzipReader;
use crate::kernel::zstd::ZstdReader;

const WRONG: Defect = Defect("a page does not unpack");

/// Adds to `out` what a page unpacks to: exactly `size` bytes.
pub(super) fn unpack(
    codec: i64,
    packed: &[u8],
    size: usize,
    out: &mut Vec<u8>,
) -> Result<(), Error> {
    let before = out.len();
    let up_to = before + size;
    match codec {
        0 => out.extend_from_slice(packed),
        1 => snappy(packed, up_to, out)?,
        2 => stream(GzipReader::new(packed), size, out)?,
        6 => stream(ZstdReader::new(packed), size, out)?,
        7 => lz4(packed, up_to, out)?,
        _ => {
            let name = match codec {
                3 => "LZO",
                4 => "Brotli",
                5 => "the old LZ4 of Hadoop",
                _ => "a codec of no known number",
            };
            return Err(Error::Unsupported(format!(
                "its pages are packed with {name}; write it with zstd, Snappy, gzip or LZ4_RAW"
            )));
        }
    }
    match out.len() == up_to {
        true => Ok(()),
        false => Err(Defect("a page does not unpack to the size it says").into()),
    }
}

fn stream(reader: impl Read, size: usize, out: &mut Vec<u8>) -> Result<(), Error> {
    // One more would show that there is more.
    let read = reader.take(size as u64 + 1).read_to_end(out);
    read.map(drop)
        .map_err(|error| Error::Damaged(error.to_string()))
}

/// Snappy's raw format.
fn snappy(packed: &[u8], up_to: usize, out: &mut Vec<u8>) -> Result<(), Defect> {
    let (size, mut at) = super::hybrid::varint(packed, 0)?;
    if size != (up_to - out.len()) as u64 {
        return Err(WRONG);
    }
    let before = out.len();
    // Nothing packs to less than a twenty-first.
    out.reserve((up_to - before).min(packed.len().saturating_mul(22)));
    let little = |at: usize, count: usize| -> Result<usize, Defect> {
        let bytes = packed.get(at..at + count).ok_or(WRONG)?;
        Ok(bytes
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
    };
    while let Some(tag) = packed.get(at).copied() {
        at += 1;
        let high = usize::from(tag >> 2);
        let (length, distance) = match tag & 3 {
            0 => {
                let length = match high.checked_sub(59) {
                    None | Some(0) => high + 1,
                    Some(count) => {
                        let length = little(at, count)? + 1;
                        at += count;
                        length
                    }
                };
                let end = at.checked_add(length).ok_or(WRONG)?;
                let literal = packed.get(at..end).ok_or(WRONG)?;
                if out.len() + length > up_to {
                    return Err(WRONG);
                }
                out.extend_from_slice(literal);
                at = end;
                continue;
            }
            1 => {
                let low = little(at, 1)?;
                at += 1;
                ((high & 7) + 4, (high >> 3) << 8 | low)
            }
            kind => {
                let count = if kind == 2 { 2 } else { 4 };
                let distance = little(at, count)?;
                at += count;
                (high + 1, distance)
            }
        };
        repeat(out, (before, up_to), distance, length)?;
    }
    Ok(())
}

/// LZ4's block format.
fn lz4(packed: &[u8], up_to: usize, out: &mut Vec<u8>) -> Result<(), Defect> {
    let before = out.len();
    let mut at = 0;
    let length = |at: &mut usize, nibble: u8| -> Result<usize, Defect> {
        let mut length = usize::from(nibble);
        if nibble == 15 {
            loop {
                let more = packed.get(*at).copied().ok_or(WRONG)?;
                *at += 1;
                length += usize::from(more);
                if more < 255 {
                    break;
                }
            }
        }
        Ok(length)
    };
    while let Some(token) = packed.get(at).copied() {
        at += 1;
        let literals = length(&mut at, token >> 4)?;
        let end = at.checked_add(literals).ok_or(WRONG)?;
        let literal = packed.get(at..end).ok_or(WRONG)?;
        if out.len() + literals > up_to {
            return Err(WRONG);
        }
        out.extend_from_slice(literal);
        at = end;
        if at == packed.len() {
            break;
        }
        let distance = packed
            .get(at..)
            .and_then(<[u8]>::first_chunk::<2>)
            .ok_or(WRONG)?;
        at += 2;
        let copied = length(&mut at, token & 15)? + 4;
        let distance = usize::from(u16::from_le_bytes(*distance));
        repeat(out, (before, up_to), distance, copied)?;
    }
    Ok(())
}

/// Copies what was written some bytes before; it may reach into what it writes.
fn repeat(
    out: &mut Vec<u8>,
    (before, up_to): (usize, usize),
    distance: usize,
    mut length: usize,
) -> Result<(), Defect> {
    let start = out
        .len()
        .checked_sub(distance)
        .filter(|start| *start >= before);
    let start = start.filter(|_| distance > 0).ok_or(WRONG)?;
    if out.len() + length > up_to {
        return Err(WRONG);
    }
    while length > 0 {
        let now = length.min(out.len() - start);
        out.extend_from_within(start..start + now);
        length -= now;
    }
    Ok(())
}
