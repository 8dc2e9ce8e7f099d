//! Small numbers as runs: either one repeated, or several packed into as few bits as they need.

use super::Defect;

/// A reader of runs in a page's bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hybrid {
    /// The bits of a number.
    width: u32,
    /// The next byte, and where the runs end.
    at: usize,
    end: usize,
    /// How many numbers of the run are left.
    left: u64,
    run: Run,
}

#[derive(Debug, Clone, Copy)]
enum Run {
    Repeated(u32),
    /// The bit at which the next one begins.
    Packed(u64),
}

const CUT: Defect = Defect("a page has fewer values than it says");

impl Hybrid {
    /// Reads the runs in a part of the bytes.
    pub(super) fn new(width: u32, at: usize, end: usize) -> Result<Self, Defect> {
        match width <= 32 {
            true => Ok(Self {
                width,
                at,
                end,
                left: 0,
                run: Run::Repeated(0),
            }),
            false => Err(Defect("a page packs numbers of more than 32 bits")),
        }
    }

    /// Reads bits one after another, without runs.
    pub(super) fn packed(width: u32, at: usize, end: usize) -> Self {
        Self {
            width,
            at: end,
            end,
            left: ((end.saturating_sub(at)) as u64 * 8) / u64::from(width.max(1)),
            run: Run::Packed(at as u64 * 8),
        }
    }

    /// Adds the next numbers to `out`.
    pub(super) fn read(
        &mut self,
        bytes: &[u8],
        mut count: usize,
        out: &mut Vec<u32>,
    ) -> Result<(), Defect> {
        let bytes = bytes.get(..self.end).ok_or(CUT)?;
        while count > 0 {
            if self.left == 0 {
                self.start(bytes)?;
                continue;
            }
            let now = count.min(usize::try_from(self.left).unwrap_or(usize::MAX));
            match &mut self.run {
                Run::Repeated(value) => out.resize(out.len() + now, *value),
                Run::Packed(bit) => {
                    for _number in 0..now {
                        let value = bits(bytes, *bit, self.width).ok_or(CUT)?;
                        // No more than 32 bits.
                        out.push(u32::try_from(value).unwrap_or(u32::MAX));
                        *bit += u64::from(self.width);
                    }
                }
            }
            self.left -= now as u64;
            count -= now;
        }
        Ok(())
    }

    fn start(&mut self, bytes: &[u8]) -> Result<(), Defect> {
        let (head, at) = varint(bytes, self.at)?;
        self.at = at;
        let count = head >> 1;
        if head & 1 == 1 {
            // Eight numbers are as many bytes as each has bits.
            let length = count.checked_mul(u64::from(self.width));
            let length = length
                .and_then(|length| usize::try_from(length).ok())
                .ok_or(CUT)?;
            self.run = Run::Packed(self.at as u64 * 8);
            self.left = count.checked_mul(8).ok_or(CUT)?;
            self.at = self.at.checked_add(length).ok_or(CUT)?;
        } else {
            let length = self.width.div_ceil(8) as usize;
            let value = bytes.get(self.at..self.at + length).ok_or(CUT)?;
            let value = value
                .iter()
                .rev()
                .fold(0, |sum, byte| sum << 8 | u32::from(*byte));
            self.run = Run::Repeated(value);
            self.left = count;
            self.at += length;
        }
        Ok(())
    }
}

/// A number of some bits that begins at a bit; at most 64 of them.
pub(super) fn bits(bytes: &[u8], bit: u64, width: u32) -> Option<u64> {
    let first = usize::try_from(bit / 8).ok()?;
    let shift = (bit % 8) as u32;
    let mask = u64::MAX.checked_shr(64 - width).unwrap_or(0);
    let needed = (shift + width).div_ceil(8) as usize;
    if let Some(eight) = bytes.get(first..).and_then(<[u8]>::first_chunk::<8>)
        && needed <= 8
    {
        return Some(u64::from_le_bytes(*eight) >> shift & mask);
    }
    let bytes = bytes.get(first..first + needed)?;
    let all = bytes
        .iter()
        .rev()
        .fold(0, |sum, byte| sum << 8 | u128::from(*byte));
    // What is above is masked away.
    Some(((all >> shift) & u128::from(mask)) as u64)
}

/// A number of seven bits a byte, and where it ends.
pub(super) fn varint(bytes: &[u8], mut at: usize) -> Result<(u64, usize), Defect> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = bytes.get(at).copied().ok_or(CUT)?;
        at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok((value, at));
        }
    }
    Err(Defect("a number of too many bytes"))
}
