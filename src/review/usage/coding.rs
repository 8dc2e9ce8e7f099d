//! How groups are written, in a part and in a run that memory had no room for.
//!
//! A group is written by what sets it apart from the one before: how many bytes of each name are the same, and the rest.
//! Numbers are in base 128, the low digits first. What is read back is not trusted: names must ascend and be of a length
//! that this program writes, and numbers must fit.

use std::io::{self, BufRead, Write};

use super::merge::{Row, Run};
use super::reject::MAX_NAME;

/// Writes groups.
#[derive(Debug)]
pub(super) struct Encoder<W> {
    out: W,
    principal: Vec<u8>,
    permission: Vec<u8>,
}

impl<W: Write> Encoder<W> {
    pub(super) fn new(out: W) -> Self {
        Self {
            out,
            principal: Vec::new(),
            permission: Vec::new(),
        }
    }

    /// Writes the next group.
    pub(super) fn row(&mut self, row: &Row) -> io::Result<()> {
        self.out.write_all(&[1])?;
        name(&mut self.out, &mut self.principal, &row.principal)?;
        name(&mut self.out, &mut self.permission, &row.permission)?;
        number(&mut self.out, u64::from(row.last))?;
        number(&mut self.out, row.plain)?;
        number(&mut self.out, row.events.len() as u64)?;
        for event in &row.events {
            self.out.write_all(&event.to_le_bytes())?;
        }
        Ok(())
    }

    /// Writes that no group follows.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&[0])?;
        Ok(self.out)
    }
}

fn name(out: &mut impl Write, before: &mut Vec<u8>, name: &[u8]) -> io::Result<()> {
    let same = before.iter().zip(name).take_while(|(a, b)| a == b).count();
    let rest = name.get(same..).unwrap_or_default();
    number(out, same as u64)?;
    number(out, rest.len() as u64)?;
    out.write_all(rest)?;
    before.truncate(same);
    before.extend_from_slice(rest);
    Ok(())
}

fn number(out: &mut impl Write, mut number: u64) -> io::Result<()> {
    let mut bytes = [0; 10];
    let mut count = 0;
    for byte in &mut bytes {
        let [low, ..] = number.to_le_bytes();
        number >>= 7;
        *byte = low & 127 | if number > 0 { 128 } else { 0 };
        count += 1;
        if number == 0 {
            break;
        }
    }
    out.write_all(bytes.get(..count).unwrap_or_default())
}

/// Reads groups.
#[derive(Debug)]
pub(super) struct Decoder<R> {
    input: R,
    principal: Vec<u8>,
    permission: Vec<u8>,
    started: bool,
    over: bool,
}

impl<R: BufRead> Decoder<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            input,
            principal: Vec::new(),
            permission: Vec::new(),
            started: false,
            over: false,
        }
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.input.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn number(&mut self) -> io::Result<u64> {
        let mut number = 0_u64;
        for digit in 0..10 {
            let byte = self.byte()?;
            let part = u64::from(byte & 127);
            let shifted = part << (digit * 7);
            if shifted >> (digit * 7) != part {
                return Err(damaged("a number is too large"));
            }
            number |= shifted;
            if byte < 128 {
                return Ok(number);
            }
        }
        Err(damaged("a number does not end"))
    }

    /// Reads the name that follows `name` into its place, and how it compares with it.
    fn name(&mut self, name: &mut Vec<u8>) -> io::Result<std::cmp::Ordering> {
        let too_long = |_| damaged("a name is too long");
        let same = usize::try_from(self.number()?).map_err(too_long)?;
        let rest = usize::try_from(self.number()?).map_err(too_long)?;
        if same > name.len() || rest > MAX_NAME || same + rest > MAX_NAME {
            return Err(damaged("a name is too long"));
        }
        let old = name.split_off(same);
        name.resize(same + rest, 0);
        if let Some(new) = name.get_mut(same..) {
            self.input.read_exact(new)?;
            return Ok((*new).cmp(&old));
        }
        Ok(std::cmp::Ordering::Equal)
    }
}

impl<R: BufRead + Send> Run for Decoder<R> {
    fn next(&mut self, row: &mut Row) -> io::Result<bool> {
        use std::cmp::Ordering::{Equal, Greater};
        if self.over {
            return Ok(false);
        }
        match self.byte()? {
            0 => {
                self.over = true;
                return Ok(false);
            }
            1 => {}
            _ => return Err(damaged("a group does not begin as one")),
        }
        let mut names = (
            std::mem::take(&mut self.principal),
            std::mem::take(&mut self.permission),
        );
        let principal = self.name(&mut names.0)?;
        let permission = self.name(&mut names.1)?;
        row.principal.clone_from(&names.0);
        row.permission.clone_from(&names.1);
        (self.principal, self.permission) = names;
        let ascends = principal == Greater || (principal == Equal && permission == Greater);
        if self.started && !ascends {
            return Err(damaged("the groups are not in order"));
        }
        self.started = true;
        row.last = u32::try_from(self.number()?).map_err(|_| damaged("a time is too late"))?;
        row.plain = self.number()?;
        row.events.clear();
        for _event in 0..self.number()? {
            let mut bytes = [0; 8];
            self.input.read_exact(&mut bytes)?;
            let event = u64::from_le_bytes(bytes);
            if row.events.last().is_some_and(|before| *before >= event) {
                return Err(damaged("the events are not in order"));
            }
            row.events.push(event);
        }
        Ok(true)
    }
}

fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
