//! MD5 (RFC 1321), for one use: to hold a signed `Content-MD5` against its body. It can be made to collide, so that it
//! proves nothing against whoever chose the body.

const SHIFTS: [[u32; 4]; 4] = [
    [7, 12, 17, 22],
    [5, 9, 14, 20],
    [4, 11, 16, 23],
    [6, 10, 15, 21],
];

// The integer part of 2^32 times |sin(n)| for n from 1 to 64 (RFC 1321 §3.4).
const SINES: [u32; 64] = [
    0xd76a_a478,
    0xe8c7_b756,
    0x2420_70db,
    0xc1bd_ceee,
    0xf57c_0faf,
    0x4787_c62a,
    0xa830_4613,
    0xfd46_9501,
    0x6980_98d8,
    0x8b44_f7af,
    0xffff_5bb1,
    0x895c_d7be,
    0x6b90_1122,
    0xfd98_7193,
    0xa679_438e,
    0x49b4_0821,
    0xf61e_2562,
    0xc040_b340,
    0x265e_5a51,
    0xe9b6_c7aa,
    0xd62f_105d,
    0x0244_1453,
    0xd8a1_e681,
    0xe7d3_fbc8,
    0x21e1_cde6,
    0xc337_07d6,
    0xf4d5_0d87,
    0x455a_14ed,
    0xa9e3_e905,
    0xfcef_a3f8,
    0x676f_02d9,
    0x8d2a_4c8a,
    0xfffa_3942,
    0x8771_f681,
    0x6d9d_6122,
    0xfde5_380c,
    0xa4be_ea44,
    0x4bde_cfa9,
    0xf6bb_4b60,
    0xbebf_bc70,
    0x289b_7ec6,
    0xeaa1_27fa,
    0xd4ef_3085,
    0x0488_1d05,
    0xd9d4_d039,
    0xe6db_99e5,
    0x1fa2_7cf8,
    0xc4ac_5665,
    0xf429_2244,
    0x432a_ff97,
    0xab94_23a7,
    0xfc93_a039,
    0x655b_59c3,
    0x8f0c_cc92,
    0xffef_f47d,
    0x8584_5dd1,
    0x6fa8_7e4f,
    0xfe2c_e6e0,
    0xa301_4314,
    0x4e08_11a1,
    0xf753_7e82,
    0xbd3a_f235,
    0x2ad7_d2bb,
    0xeb86_d391,
];

/// A digest of bytes that come in pieces.
#[derive(Debug, Clone)]
pub struct Md5 {
    state: [u32; 4],
    pending: Vec<u8>,
    length: u64,
}

impl Default for Md5 {
    fn default() -> Self {
        Self {
            state: [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476],
            pending: Vec::with_capacity(64),
            length: 0,
        }
    }
}

impl Md5 {
    /// Adds bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        self.length = self.length.wrapping_add(bytes.len() as u64);
        if !self.pending.is_empty() {
            let (head, rest) = bytes.split_at(bytes.len().min(64 - self.pending.len()));
            self.pending.extend_from_slice(head);
            bytes = rest;
            if let Ok(block) = <&[u8; 64]>::try_from(self.pending.as_slice()) {
                self.state = compress(self.state, block);
                self.pending.clear();
            }
        }
        let (blocks, rest) = bytes.as_chunks::<64>();
        for block in blocks {
            self.state = compress(self.state, block);
        }
        self.pending.extend_from_slice(rest);
    }

    /// The digest.
    pub fn finish(mut self) -> [u8; 16] {
        let bits = self.length.wrapping_mul(8);
        let zeros = (119 - self.pending.len()) % 64;
        let mut padding = vec![0x80];
        padding.resize(zeros + 1, 0);
        padding.extend_from_slice(&bits.to_le_bytes());
        self.update(&padding);
        let [a, b, c, d] = self.state.map(u32::to_le_bytes);
        let mut digest = [0; 16];
        for (place, byte) in digest.iter_mut().zip([a, b, c, d].concat()) {
            *place = byte;
        }
        digest
    }
}

fn compress(state: [u32; 4], block: &[u8; 64]) -> [u32; 4] {
    let (words, _) = block.as_chunks::<4>();
    let words: Vec<u32> = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
    let [mut a, mut b, mut c, mut d] = state;
    for (step, sine) in SINES.iter().enumerate() {
        let (mixed, word) = match step / 16 {
            0 => ((b & c) | (!b & d), step),
            1 => ((d & b) | (!d & c), 5 * step + 1),
            2 => (b ^ c ^ d, 3 * step + 5),
            _ => (c ^ (b | !d), 7 * step),
        };
        let sum = a
            .wrapping_add(mixed)
            .wrapping_add(words[word % 16])
            .wrapping_add(*sine);
        (a, d, c) = (d, c, b);
        b = b.wrapping_add(sum.rotate_left(SHIFTS[step / 16][step % 4]));
    }
    let [s, t, u, v] = state;
    [
        s.wrapping_add(a),
        t.wrapping_add(b),
        u.wrapping_add(c),
        v.wrapping_add(d),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::hex;
    use super::*;

    // RFC 1321 §A.5.
    #[test]
    fn the_suite_of_the_rfc_holds() {
        let table = [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            (
                "abcdefghijklmnopqrstuvwxyz",
                "c3fcd3d76192e4007dfb496cca67e13b",
            ),
            (
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                "d174ab98d277d9f5a5611c2c9f419d9f",
            ),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
            ),
        ];
        for (text, expected) in table {
            let mut whole = Md5::default();
            whole.update(text.as_bytes());
            assert_eq!(hex(&whole.finish()), expected, "{text}");
            let mut pieces = Md5::default();
            text.bytes().for_each(|byte| pieces.update(&[byte]));
            assert_eq!(hex(&pieces.finish()), expected, "{text}");
        }
    }

    #[test]
    fn every_length_around_a_block_is_padded_the_same_in_pieces() {
        for length in 0..200 {
            let bytes = vec![b'x'; length];
            let mut whole = Md5::default();
            whole.update(&bytes);
            let mut pieces = Md5::default();
            bytes.chunks(7).for_each(|piece| pieces.update(piece));
            assert_eq!(whole.finish(), pieces.finish(), "{length}");
        }
    }
}
