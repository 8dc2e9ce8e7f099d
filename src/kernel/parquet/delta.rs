//! Numbers as differences to those before them, in packed blocks; and texts told by such numbers.

use super::Defect;
use super::hybrid::{bits, varint};
use super::values::{MAX_PAGE, MAX_VALUES, Values};

const CUT: Defect = Defect("a page has fewer values than it says");
const WRONG: Defect = Defect("a page of differences has wrong sizes");

/// Reads DELTA_BINARY_PACKED; the numbers and where they end.
pub(super) fn integers(bytes: &[u8], at: usize) -> Result<(Vec<i64>, usize), Defect> {
    let (block, at) = varint(bytes, at)?;
    let (miniblocks, at) = varint(bytes, at)?;
    let (total, at) = varint(bytes, at)?;
    let (first, mut at) = varint(bytes, at)?;
    let total = usize::try_from(total)
        .ok()
        .filter(|total| *total <= MAX_VALUES);
    let total = total.ok_or(Defect("a page has too many values"))?;
    let per_miniblock = block.checked_div(miniblocks).ok_or(WRONG)?;
    if per_miniblock == 0 || miniblocks > 4_096 || block > 1 << 24 || per_miniblock % 8 != 0 {
        return Err(WRONG);
    }
    let miniblocks = usize::try_from(miniblocks).map_err(|_| WRONG)?;
    let mut last = zigzag(first);
    let mut numbers = Vec::new();
    if total > 0 {
        numbers.push(last);
    }
    while numbers.len() < total {
        let (least, after) = varint(bytes, at)?;
        let least = zigzag(least);
        let widths = bytes.get(after..after + miniblocks).ok_or(CUT)?;
        at = after + miniblocks;
        for width in widths.iter().map(|width| u32::from(*width)) {
            if numbers.len() >= total {
                break;
            }
            if width > 64 {
                return Err(WRONG);
            }
            let mut bit = at as u64 * 8;
            for _number in 0..per_miniblock {
                if numbers.len() >= total {
                    break;
                }
                let delta = bits(bytes, bit, width).ok_or(CUT)?;
                bit += u64::from(width);
                last = last.wrapping_add(least).wrapping_add(delta.cast_signed());
                numbers.push(last);
            }
            let length = per_miniblock / 8 * u64::from(width);
            at += usize::try_from(length).map_err(|_| WRONG)?;
        }
    }
    Ok((numbers, at))
}

fn zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// Reads DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes.
pub(super) fn texts(bytes: Vec<u8>, at: usize) -> Result<Values, Defect> {
    let (lengths, mut at) = integers(&bytes, at)?;
    let mut spans = Vec::with_capacity(lengths.len());
    for length in lengths {
        let length = usize::try_from(length).map_err(|_| WRONG)?;
        let end = at.checked_add(length).filter(|end| *end <= bytes.len());
        let end = end.ok_or(CUT)?;
        spans.push(Values::span(at, end));
        at = end;
    }
    Ok(Values::Bytes { data: bytes, spans })
}

/// Reads DELTA_BYTE_ARRAY: how much of each text is that of the one before, and what follows.
pub(super) fn prefixed(bytes: &[u8], at: usize) -> Result<Values, Defect> {
    let (prefixes, at) = integers(bytes, at)?;
    let (suffixes, mut at) = integers(bytes, at)?;
    if prefixes.len() != suffixes.len() {
        return Err(WRONG);
    }
    let mut data: Vec<u8> = Vec::new();
    let mut spans = Vec::with_capacity(prefixes.len());
    let mut before = 0..0;
    for (prefix, suffix) in prefixes.into_iter().zip(suffixes) {
        let prefix = usize::try_from(prefix)
            .ok()
            .filter(|prefix| *prefix <= before.len());
        let prefix = prefix.ok_or(WRONG)?;
        let suffix = usize::try_from(suffix).map_err(|_| WRONG)?;
        let end = at.checked_add(suffix).ok_or(CUT)?;
        let added = bytes.get(at..end).ok_or(CUT)?;
        at = end;
        let start = data.len();
        if start + prefix + suffix > MAX_PAGE {
            return Err(Defect("a page is too large"));
        }
        data.extend_from_within(before.start..before.start + prefix);
        data.extend_from_slice(added);
        spans.push(Values::span(start, data.len()));
        before = start..data.len();
    }
    Ok(Values::Bytes { data, spans })
}
