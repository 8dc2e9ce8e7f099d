//! CRC-32 as gzip and zip have it (RFC 1952 §8): it finds accidents, and proves nothing.

/// A checksum in the making.
#[derive(Debug, Clone, Copy)]
pub struct Crc32(u32);

impl Default for Crc32 {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

const TABLES: [[u32; 256]; 8] = tables();

const fn tables() -> [[u32; 256]; 8] {
    let mut tables = [[0; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut rest = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            rest = (rest >> 1) ^ (if rest & 1 == 1 { 0xedb8_8320 } else { 0 });
            bit += 1;
        }
        tables[0][byte] = rest;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[table - 1][byte];
            tables[table][byte] = (before >> 8) ^ tables[0][(before & 255) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

impl Crc32 {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let mut crc = self.0;
        let (eights, rest) = bytes.as_chunks::<8>();
        for [a, b, c, d, e, f, g, h] in eights {
            let [p, q, r, s] = (crc ^ u32::from_le_bytes([*a, *b, *c, *d])).to_le_bytes();
            let parts = [*h, *g, *f, *e, s, r, q, p];
            crc = TABLES
                .iter()
                .zip(parts)
                .fold(0, |sum, (table, part)| sum ^ table[usize::from(part)]);
        }
        for byte in rest {
            let [low, ..] = crc.to_le_bytes();
            crc = (crc >> 8) ^ TABLES[0][usize::from(low ^ byte)];
        }
        self.0 = crc;
    }

    /// The checksum of what was added.
    pub fn finish(self) -> u32 {
        !self.0
    }
}

/// The checksum of bytes that are all at hand.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = Crc32::default();
    crc.update(bytes);
    crc.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_and_the_longer_way_agree() {
        // The check value of CRC-32/ISO-HDLC.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        let text: Vec<u8> = (0..1000).map(|n: u32| n.to_le_bytes()[0]).collect();
        let mut slow = Crc32::default();
        for byte in &text {
            slow.update(std::slice::from_ref(byte));
        }
        assert_eq!(slow.finish(), crc32(&text));
    }
}
