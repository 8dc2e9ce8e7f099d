//! The hexadecimal dump of `curl --trace`: decoded, so that a token in it can be seen.
//!
//! `curl --trace-ascii` needs nothing of this: its lines are wrapped text, and the scanner joins them.

use super::scan::Encoding;
use super::{Lines, Search};

/// The bytes that a dump shows, and where in the dump each line of them stands.
#[derive(Debug)]
pub(super) struct Dump {
    bytes: Vec<u8>,
    /// The first decoded byte of a line, and the offset of its digits in the input.
    lines: Vec<(usize, usize)>,
}

/// Decodes the input if it is a dump: two lines of it at least.
pub(super) fn decode(bytes: &[u8]) -> Option<Dump> {
    // curl announces each block; without the mark nothing is decoded, however hexadecimal it looks.
    let marked = memchr::memmem::find(bytes, b"=> Send ").is_some()
        || memchr::memmem::find(bytes, b"<= Recv ").is_some();
    if !marked {
        return None;
    }
    let mut dump = Dump {
        bytes: Vec::new(),
        lines: Vec::new(),
    };
    let mut offset = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if let Some((digits, octets)) = octets(line) {
            dump.lines.push((dump.bytes.len(), offset + digits));
            dump.bytes.extend(octets);
        } else if !dump.bytes.ends_with(b"\n") {
            dump.bytes.push(b'\n');
        }
        offset += line.len();
    }
    (dump.lines.len() >= 2).then_some(dump)
}

/// `0000: 47 45 54 20 …  GET `: the position of the first octet, and all of them.
fn octets(line: &[u8]) -> Option<(usize, Vec<u8>)> {
    let colon = memchr::memchr(b':', line).filter(|at| (4..=8).contains(at))?;
    let (offset, rest) = line.split_at(colon);
    if !offset.iter().all(u8::is_ascii_hexdigit) || rest.get(1) != Some(&b' ') {
        return None;
    }
    let hex = rest.get(2..)?;
    let mut octets = Vec::with_capacity(16);
    for group in hex.chunks(3).take(16) {
        match group {
            [a, b, b' '] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
                octets.push(nibble(*a) << 4 | nibble(*b));
            }
            _ => break,
        }
    }
    (!octets.is_empty()).then_some((colon + 2, octets))
}

/// Whether this is a line of such a dump: four octets at least, which no line of `curl --trace-ascii` looks like.
pub(in crate::jwt) fn is_line(line: &[u8]) -> bool {
    octets(line).is_some_and(|(_, octets)| octets.len() >= 4)
}

fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10) & 15,
    }
}

impl Dump {
    /// The tokens in the decoded bytes, with their places in the dump.
    pub(super) fn search(&self, input: &[u8], lines: &mut Lines) -> Search {
        let mut search = super::search(&self.bytes, &mut Lines::default());
        for found in &mut search.found {
            found.offset = self.in_input(found.offset);
            found.encoding = Encoding::HexDump;
            (found.line, found.column) = lines.position(input, found.offset);
        }
        search
    }

    fn in_input(&self, offset: usize) -> usize {
        let after = self.lines.partition_point(|(first, _)| *first <= offset);
        let line = after.checked_sub(1).and_then(|at| self.lines.get(at));
        line.map_or(0, |(first, at)| at + (offset - first).min(15) * 3)
    }
}
