//! Triple DES (FIPS 46-3) and RC2 (RFC 2268) in CBC mode, for PKCS#12 files that old software wrote or can read.
//!
//! Nothing else may use them: their blocks are small, RC2 is used with 40 bits, and the tables are looked up by secrets.

use zeroize::Zeroizing;

/// An old block cipher with its key.
#[derive(Clone)]
pub enum LegacyCipher {
    /// Triple DES: encrypt, decrypt, encrypt.
    TripleDes(Box<[[u64; 16]; 3]>),
    /// RC2 with its expanded key.
    Rc2(Box<[u16; 64]>),
}

impl std::fmt::Debug for LegacyCipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LegacyCipher(****)")
    }
}

impl LegacyCipher {
    /// Triple DES.
    pub fn triple_des(key: &[u8; 24]) -> Self {
        let (keys, _) = key.as_chunks::<8>();
        let schedule = |index: usize| keys.get(index).map_or([0; 16], subkeys);
        Self::TripleDes(Box::new([schedule(0), schedule(1), schedule(2)]))
    }

    /// RC2 with as many effective bits as its key has.
    pub fn rc2(key: &[u8]) -> Self {
        Self::Rc2(Box::new(expand_rc2(key)))
    }

    /// Encrypts with PKCS#7 padding.
    pub fn encrypt(&self, iv: [u8; 8], plain: &[u8]) -> Vec<u8> {
        let pad = 8 - plain.len() % 8;
        let mut padded = Zeroizing::new(plain.to_vec());
        padded.resize(plain.len() + pad, pad as u8);
        let mut before = u64::from_be_bytes(iv);
        let mut out = Vec::with_capacity(padded.len());
        for block in padded.as_chunks::<8>().0 {
            before = self.block(u64::from_be_bytes(*block) ^ before, true);
            out.extend(before.to_be_bytes());
        }
        out
    }

    /// Decrypts; None if the padding is wrong.
    pub fn decrypt(&self, iv: [u8; 8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (blocks, rest) = sealed.as_chunks::<8>();
        if blocks.is_empty() || !rest.is_empty() {
            return None;
        }
        let mut before = u64::from_be_bytes(iv);
        let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
        for block in blocks {
            let block = u64::from_be_bytes(*block);
            plain.extend((self.block(block, false) ^ before).to_be_bytes());
            before = block;
        }
        let pad = usize::from(*plain.last()?);
        let end = plain.len().checked_sub(pad)?;
        let padding = plain.get(end..)?;
        if !(1..=8).contains(&pad) || padding.iter().any(|byte| usize::from(*byte) != pad) {
            return None;
        }
        plain.truncate(end);
        Some(plain)
    }

    fn block(&self, block: u64, encrypts: bool) -> u64 {
        match self {
            Self::TripleDes(keys) => {
                let [first, second, third] = keys.as_ref();
                if encrypts {
                    des(des(des(block, first, true), second, false), third, true)
                } else {
                    des(des(des(block, third, false), second, true), first, false)
                }
            }
            Self::Rc2(key) => rc2(block, key, encrypts),
        }
    }
}

/// The bits of a number of that width, from 1 at the left, in the order of a table.
fn permuted(value: u64, width: u32, table: &[u8]) -> u64 {
    table.iter().fold(0, |out, place| {
        out << 1 | value >> (width - u32::from(*place)) & 1
    })
}

fn subkeys(key: &[u8; 8]) -> [u64; 16] {
    let both = permuted(u64::from_be_bytes(*key), 64, &PC1);
    let (mut left, mut right) = (both >> 28, both & 0xfff_ffff);
    let turned = |half: u64, by: u32| (half << by | half >> (28 - by)) & 0xfff_ffff;
    let mut keys = [0; 16];
    for (round, key) in keys.iter_mut().enumerate() {
        let by = if matches!(round, 0 | 1 | 8 | 15) {
            1
        } else {
            2
        };
        (left, right) = (turned(left, by), turned(right, by));
        *key = permuted(left << 28 | right, 56, &PC2);
    }
    keys
}

fn des(block: u64, keys: &[u64; 16], encrypts: bool) -> u64 {
    let block = permuted(block, 64, &INITIAL);
    let (mut left, mut right) = (block >> 32, block & 0xffff_ffff);
    let mut round = |key: &u64| {
        let mixed = permuted(right, 32, &EXPANSION) ^ key;
        let mut substituted = 0;
        for (index, table) in BOXES.iter().enumerate() {
            let six = mixed >> (42 - 6 * index) & 0x3f;
            // The outer bits choose the row.
            let place = (six & 0x20 | (six & 1) << 4 | six >> 1 & 0x0f) as usize;
            let four = table.get(place).copied().unwrap_or(0);
            substituted = substituted << 4 | u64::from(four);
        }
        (left, right) = (right, left ^ permuted(substituted, 32, &PERMUTATION));
    };
    if encrypts {
        keys.iter().for_each(&mut round);
    } else {
        keys.iter().rev().for_each(&mut round);
    }
    permuted(right << 32 | left, 64, &FINAL)
}

// RFC 2268 §2
fn expand_rc2(key: &[u8]) -> [u16; 64] {
    let pi = |index: u8| PI.get(usize::from(index)).copied().unwrap_or(0);
    let length = key.len().clamp(1, 128);
    let mut bytes = [0_u8; 128];
    for (byte, given) in bytes.iter_mut().zip(key) {
        *byte = *given;
    }
    let at = |bytes: &[u8; 128], index: usize| bytes.get(index).copied().unwrap_or(0);
    let set = |bytes: &mut [u8; 128], index: usize, value: u8| {
        if let Some(byte) = bytes.get_mut(index) {
            *byte = value;
        }
    };
    for index in length..128 {
        let sum = at(&bytes, index - 1).wrapping_add(at(&bytes, index - length));
        set(&mut bytes, index, pi(sum));
    }
    let first = pi(at(&bytes, 128 - length));
    set(&mut bytes, 128 - length, first);
    for index in (0..128 - length).rev() {
        let value = pi(at(&bytes, index + 1) ^ at(&bytes, index + length));
        set(&mut bytes, index, value);
    }
    let mut words = [0; 64];
    for (word, pair) in words.iter_mut().zip(bytes.as_chunks::<2>().0) {
        *word = u16::from_le_bytes(*pair);
    }
    words
}

// RFC 2268 §3, §4
fn rc2(block: u64, key: &[u16; 64], encrypts: bool) -> u64 {
    const TURNS: [u32; 4] = [1, 2, 3, 5];
    let octets = block.to_be_bytes();
    let mut r = [0_u16; 4];
    for (word, pair) in r.iter_mut().zip(octets.as_chunks::<2>().0) {
        *word = u16::from_le_bytes(*pair);
    }
    let k = |index: usize| key.get(index).copied().unwrap_or(0);
    let word = |r: &[u16; 4], index: usize| r.get(index % 4).copied().unwrap_or(0);
    let mixing = |r: &[u16; 4], i: usize| {
        let (one, two, three) = (word(r, i + 3), word(r, i + 2), word(r, i + 1));
        (one & two).wrapping_add(!one & three)
    };
    let rounds: Vec<usize> = if encrypts {
        (0..16).collect()
    } else {
        (0..16).rev().collect()
    };
    for round in rounds {
        let mash = |r: &mut [u16; 4]| {
            let order = if encrypts { [0, 1, 2, 3] } else { [3, 2, 1, 0] };
            for i in order {
                let add = k(usize::from(word(r, i + 3) & 63));
                if let Some(place) = r.get_mut(i) {
                    *place = if encrypts {
                        place.wrapping_add(add)
                    } else {
                        place.wrapping_sub(add)
                    };
                }
            }
        };
        if encrypts {
            for (i, turn) in TURNS.into_iter().enumerate() {
                let add = mixing(&r, i).wrapping_add(k(4 * round + i));
                if let Some(place) = r.get_mut(i) {
                    *place = place.wrapping_add(add).rotate_left(turn);
                }
            }
            if round == 4 || round == 10 {
                mash(&mut r);
            }
        } else {
            if round == 4 || round == 10 {
                mash(&mut r);
            }
            for (i, turn) in TURNS.into_iter().enumerate().rev() {
                let add = mixing(&r, i).wrapping_add(k(4 * round + i));
                if let Some(place) = r.get_mut(i) {
                    *place = place.rotate_right(turn).wrapping_sub(add);
                }
            }
        }
    }
    let mut out = [0; 8];
    for (pair, word) in out.as_chunks_mut::<2>().0.iter_mut().zip(r) {
        *pair = word.to_le_bytes();
    }
    u64::from_be_bytes(out)
}

#[rustfmt::skip]
const INITIAL: [u8; 64] = [
    58,50,42,34,26,18,10,2, 60,52,44,36,28,20,12,4, 62,54,46,38,30,22,14,6, 64,56,48,40,32,24,16,8,
    57,49,41,33,25,17,9,1, 59,51,43,35,27,19,11,3, 61,53,45,37,29,21,13,5, 63,55,47,39,31,23,15,7,
];
#[rustfmt::skip]
const FINAL: [u8; 64] = [
    40,8,48,16,56,24,64,32, 39,7,47,15,55,23,63,31, 38,6,46,14,54,22,62,30, 37,5,45,13,53,21,61,29,
    36,4,44,12,52,20,60,28, 35,3,43,11,51,19,59,27, 34,2,42,10,50,18,58,26, 33,1,41,9,49,17,57,25,
];
#[rustfmt::skip]
const EXPANSION: [u8; 48] = [
    32,1,2,3,4,5, 4,5,6,7,8,9, 8,9,10,11,12,13, 12,13,14,15,16,17,
    16,17,18,19,20,21, 20,21,22,23,24,25, 24,25,26,27,28,29, 28,29,30,31,32,1,
];
#[rustfmt::skip]
const PERMUTATION: [u8; 32] = [
    16,7,20,21,29,12,28,17, 1,15,23,26,5,18,31,10, 2,8,24,14,32,27,3,9, 19,13,30,6,22,11,4,25,
];
#[rustfmt::skip]
const PC1: [u8; 56] = [
    57,49,41,33,25,17,9, 1,58,50,42,34,26,18, 10,2,59,51,43,35,27, 19,11,3,60,52,44,36,
    63,55,47,39,31,23,15, 7,62,54,46,38,30,22, 14,6,61,53,45,37,29, 21,13,5,28,20,12,4,
];
#[rustfmt::skip]
const PC2: [u8; 48] = [
    14,17,11,24,1,5, 3,28,15,6,21,10, 23,19,12,4,26,8, 16,7,27,20,13,2,
    41,52,31,37,47,55, 30,40,51,45,33,48, 44,49,39,56,34,53, 46,42,50,36,29,32,
];
#[rustfmt::skip]
const BOXES: [[u8; 64]; 8] = [
    [14,4,13,1,2,15,11,8,3,10,6,12,5,9,0,7, 0,15,7,4,14,2,13,1,10,6,12,11,9,5,3,8,
     4,1,14,8,13,6,2,11,15,12,9,7,3,10,5,0, 15,12,8,2,4,9,1,7,5,11,3,14,10,0,6,13],
    [15,1,8,14,6,11,3,4,9,7,2,13,12,0,5,10, 3,13,4,7,15,2,8,14,12,0,1,10,6,9,11,5,
     0,14,7,11,10,4,13,1,5,8,12,6,9,3,2,15, 13,8,10,1,3,15,4,2,11,6,7,12,0,5,14,9],
    [10,0,9,14,6,3,15,5,1,13,12,7,11,4,2,8, 13,7,0,9,3,4,6,10,2,8,5,14,12,11,15,1,
     13,6,4,9,8,15,3,0,11,1,2,12,5,10,14,7, 1,10,13,0,6,9,8,7,4,15,14,3,11,5,2,12],
    [7,13,14,3,0,6,9,10,1,2,8,5,11,12,4,15, 13,8,11,5,6,15,0,3,4,7,2,12,1,10,14,9,
     10,6,9,0,12,11,7,13,15,1,3,14,5,2,8,4, 3,15,0,6,10,1,13,8,9,4,5,11,12,7,2,14],
    [2,12,4,1,7,10,11,6,8,5,3,15,13,0,14,9, 14,11,2,12,4,7,13,1,5,0,15,10,3,9,8,6,
     4,2,1,11,10,13,7,8,15,9,12,5,6,3,0,14, 11,8,12,7,1,14,2,13,6,15,0,9,10,4,5,3],
    [12,1,10,15,9,2,6,8,0,13,3,4,14,7,5,11, 10,15,4,2,7,12,9,5,6,1,13,14,0,11,3,8,
     9,14,15,5,2,8,12,3,7,0,4,10,1,13,11,6, 4,3,2,12,9,5,15,10,11,14,1,7,6,0,8,13],
    [4,11,2,14,15,0,8,13,3,12,9,7,5,10,6,1, 13,0,11,7,4,9,1,10,14,3,5,12,2,15,8,6,
     1,4,11,13,12,3,7,14,10,15,6,8,0,5,9,2, 6,11,13,8,1,4,10,7,9,5,0,15,14,2,3,12],
    [13,2,8,4,6,15,11,1,10,9,3,14,5,0,12,7, 1,15,13,8,10,3,7,4,12,5,6,11,0,14,9,2,
     7,11,4,1,9,12,14,2,0,6,10,13,15,3,5,8, 2,1,14,7,4,10,8,13,15,12,9,0,3,5,6,11],
];
#[rustfmt::skip]
const PI: [u8; 256] = [
    0xd9,0x78,0xf9,0xc4,0x19,0xdd,0xb5,0xed,0x28,0xe9,0xfd,0x79,0x4a,0xa0,0xd8,0x9d,
    0xc6,0x7e,0x37,0x83,0x2b,0x76,0x53,0x8e,0x62,0x4c,0x64,0x88,0x44,0x8b,0xfb,0xa2,
    0x17,0x9a,0x59,0xf5,0x87,0xb3,0x4f,0x13,0x61,0x45,0x6d,0x8d,0x09,0x81,0x7d,0x32,
    0xbd,0x8f,0x40,0xeb,0x86,0xb7,0x7b,0x0b,0xf0,0x95,0x21,0x22,0x5c,0x6b,0x4e,0x82,
    0x54,0xd6,0x65,0x93,0xce,0x60,0xb2,0x1c,0x73,0x56,0xc0,0x14,0xa7,0x8c,0xf1,0xdc,
    0x12,0x75,0xca,0x1f,0x3b,0xbe,0xe4,0xd1,0x42,0x3d,0xd4,0x30,0xa3,0x3c,0xb6,0x26,
    0x6f,0xbf,0x0e,0xda,0x46,0x69,0x07,0x57,0x27,0xf2,0x1d,0x9b,0xbc,0x94,0x43,0x03,
    0xf8,0x11,0xc7,0xf6,0x90,0xef,0x3e,0xe7,0x06,0xc3,0xd5,0x2f,0xc8,0x66,0x1e,0xd7,
    0x08,0xe8,0xea,0xde,0x80,0x52,0xee,0xf7,0x84,0xaa,0x72,0xac,0x35,0x4d,0x6a,0x2a,
    0x96,0x1a,0xd2,0x71,0x5a,0x15,0x49,0x74,0x4b,0x9f,0xd0,0x5e,0x04,0x18,0xa4,0xec,
    0xc2,0xe0,0x41,0x6e,0x0f,0x51,0xcb,0xcc,0x24,0x91,0xaf,0x50,0xa1,0xf4,0x70,0x39,
    0x99,0x7c,0x3a,0x85,0x23,0xb8,0xb4,0x7a,0xfc,0x02,0x36,0x5b,0x25,0x55,0x97,0x31,
    0x2d,0x5d,0xfa,0x98,0xe3,0x8a,0x92,0xae,0x05,0xdf,0x29,0x10,0x67,0x6c,0xba,0xc9,
    0xd3,0x00,0xe6,0xcf,0xe1,0x9e,0xa8,0x2c,0x63,0x16,0x01,0x3f,0x58,0xe2,0x89,0xa9,
    0x0d,0x38,0x34,0x1b,0xab,0x33,0xff,0xb0,0xbb,0x48,0x0c,0x5f,0xb9,0xb1,0xcd,0x2e,
    0xc5,0xf3,0xdb,0x47,0xe5,0xa5,0x9c,0x77,0x0a,0xa6,0x20,0x68,0xfe,0x7f,0xc1,0xad,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::crypto::{hex, unhex};

    fn octets<const N: usize>(text: &str) -> [u8; N] {
        unhex(text.as_bytes()).unwrap().try_into().unwrap()
    }

    #[test]
    fn the_vectors_of_rfc_2268_hold() {
        // RFC 2268 §5, those whose effective bits are the key's.
        for (key, plain, sealed) in [
            ("ffffffffffffffff", "ffffffffffffffff", "278b27e42e2f0d49"),
            ("3000000000000000", "1000000000000001", "30649edf9be7d2c2"),
            (
                "88bca90e90875a7f0f79c384627bafb2",
                "0000000000000000",
                "2269552ab0f85ca6",
            ),
        ] {
            let cipher = LegacyCipher::rc2(&unhex(key.as_bytes()).unwrap());
            let block = u64::from_be_bytes(octets(plain));
            let out = cipher.block(block, true);
            assert_eq!(hex(&out.to_be_bytes()), sealed);
            assert_eq!(cipher.block(out, false), block);
        }
    }

    #[test]
    fn triple_des_is_that_of_others() {
        // OpenSSL: enc -des-ede3-cbc with key 0123456789abcdef23456789abcdef01456789abcdef0123 and IV 0011223344556677.
        let cipher =
            LegacyCipher::triple_des(&octets("0123456789abcdef23456789abcdef01456789abcdef0123"));
        let sealed = cipher.encrypt(octets("0011223344556677"), b"three blocks of text");
        assert_eq!(
            hex(&sealed),
            "3c9a135e4e29530bd561fd87465134f9ea40dfd15205d668"
        );
        let plain = cipher.decrypt(octets("0011223344556677"), &sealed).unwrap();
        assert_eq!(plain.as_slice(), b"three blocks of text");
        assert!(cipher.decrypt([0; 8], b"").is_none());
        assert!(cipher.decrypt([0; 8], b"seven b").is_none());
    }
}
