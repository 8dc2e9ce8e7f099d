//! The public list of known secrets: what everyone who holds a token with a MAC tries first.
//!
//! The list is `jwt.secrets.list` of wallarm/jwt-secrets, copyright Wallarm, under the MIT licence beside this file
//! (`LICENSE-wallarm`). `list.bin` is made from it by `make.py`: the distinct lines in five sections, each with its
//! length in four bytes, the least significant first, and compressed with DEFLATE (RFC 1951):
//!
//! - words of letters, of hexadecimal digits, and mixed ones, sorted and front-coded: a byte from 128 up says how many
//!   bytes are shared with the word before, the rest follows as it is;
//! - numbers of 1 to 18 digits, for each length their count and the gaps between them, in groups of seven bits;
//! - what holds other bytes than printable ASCII, one a line, the empty one first.
//!
//! A scan of one token takes as long as a hundred thousand MACs, half of them on a second thread: it is for one token,
//! never for a stream of them.

use std::ops::ControlFlow;
use std::thread;

use miniz_oxide::inflate::decompress_to_vec_with_limit;

use crate::kernel::crypto::{MacAlgorithm, MacKey};

/// How many secrets the list holds.
pub(super) const ENTRIES: usize = 103_782;

const LIST: &[u8] = include_bytes!("list.bin");
const MAX_SECTION: usize = 1 << 20;

/// A secret of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Its length.
    pub(super) bytes: usize,
}

/// Whether a secret is in the list.
pub(super) fn contains(secret: &[u8]) -> Option<Found> {
    find(|known| known == secret)
}

/// The secret of the list that made a MAC, if one did.
pub(super) fn search(algorithm: MacAlgorithm, input: &[u8], tag: &[u8]) -> Option<Found> {
    if tag.len() != algorithm.tag_length() {
        return None;
    }
    find(|known| {
        MacKey::from_octets(algorithm, known)
            .verify(input, tag)
            .is_ok()
    })
}

/// The whole list.
pub(super) fn all() -> Vec<Vec<u8>> {
    let mut secrets = Vec::with_capacity(ENTRIES);
    for section in sections() {
        let _whole = section.each(&mut |secret| {
            secrets.push(secret.to_vec());
            ControlFlow::Continue(())
        });
    }
    secrets
}

fn find(matches: impl Fn(&[u8]) -> bool + Sync) -> Option<Found> {
    let search = |sections: &[&Section]| {
        sections.iter().find_map(|section| {
            let visit = &mut |secret: &[u8]| match matches(secret) {
                true => ControlFlow::Break(Found {
                    bytes: secret.len(),
                }),
                false => ControlFlow::Continue(()),
            };
            section.each(visit).break_value()
        })
    };
    let [letters, hexadecimal, mixed, digits, plain] = &sections();
    // Halves of about the same number of entries.
    let halves = [&[mixed, letters][..], &[digits, hexadecimal, plain]];
    thread::scope(|scope| {
        let [first, second] = halves;
        let beside = thread::Builder::new().spawn_scoped(scope, || search(first));
        let found = search(second);
        let other = match beside {
            Ok(beside) => beside.join().expect("a search does not panic"),
            // The system has no thread to give.
            Err(_) => search(first),
        };
        found.or(other)
    })
}

/// A part of the list, compressed, with what reads it.
struct Section {
    packed: &'static [u8],
    decode: Decode,
}

/// The sections: letters, hexadecimal digits, mixed, numbers, and what holds other bytes.
fn sections() -> [Section; 5] {
    let mut rest = LIST;
    let decoders: [Decode; 5] = [words, words, words, numbers, lines];
    decoders.map(|decode| {
        let (length, after) = rest
            .split_first_chunk::<4>()
            .expect("the list has five sections");
        let length = u32::from_le_bytes(*length) as usize;
        let (packed, after) = after.split_at_checked(length).expect("a section is whole");
        rest = after;
        Section { packed, decode }
    })
}

impl Section {
    fn each(&self, visit: Visit<'_>) -> ControlFlow<Found> {
        let section = decompress_to_vec_with_limit(self.packed, MAX_SECTION);
        (self.decode)(&section.expect("a section is DEFLATE"), visit)
    }
}

type Decode = fn(&[u8], Visit<'_>) -> ControlFlow<Found>;
type Visit<'a> = &'a mut dyn FnMut(&[u8]) -> ControlFlow<Found>;

fn words(section: &[u8], visit: Visit<'_>) -> ControlFlow<Found> {
    let mut word: Vec<u8> = Vec::new();
    let mut begun = false;
    for byte in section {
        match byte.checked_sub(128) {
            None => word.push(*byte),
            Some(shared) => {
                if begun {
                    visit(&word)?;
                }
                begun = true;
                word.truncate(usize::from(shared));
            }
        }
    }
    visit(&word)
}

fn numbers(section: &[u8], visit: Visit<'_>) -> ControlFlow<Found> {
    let mut bytes = section.iter();
    let mut next = || {
        let mut value = 0_u64;
        for (shift, byte) in (0..).step_by(7).zip(bytes.by_ref()) {
            value |= u64::from(byte & 127) << shift;
            if *byte < 128 {
                break;
            }
        }
        value
    };
    for length in 1..=18 {
        let count = next();
        let mut text = vec![b'0'; length];
        for index in 0..count {
            add(&mut text, next() + u64::from(index > 0));
            visit(&text)?;
        }
    }
    ControlFlow::Continue(())
}

/// Adds to a number that is written in decimal digits.
fn add(text: &mut [u8], mut carry: u64) {
    for digit in text.iter_mut().rev() {
        if carry == 0 {
            return;
        }
        carry += u64::from(*digit - b'0');
        *digit = b'0' + u8::try_from(carry % 10).expect("a decimal digit");
        carry /= 10;
    }
}

fn lines(section: &[u8], visit: Visit<'_>) -> ControlFlow<Found> {
    section.split(|byte| *byte == b'\n').try_for_each(visit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_as_many_entries_as_it_says() {
        assert_eq!(all().len(), ENTRIES);
    }

    #[test]
    fn digits_are_added_to() {
        let mut text = *b"0999";
        add(&mut text, 2);
        assert_eq!(&text, b"1001");
        add(&mut text, 8998);
        assert_eq!(&text, b"9999");
    }

    #[test]
    fn secrets_of_every_section_are_found_and_others_are_not() {
        for known in ["secret", "", "12345678", "your-256-bit-secret", "password1"] {
            let found = contains(known.as_bytes()).unwrap_or_else(|| panic!("{known}"));
            assert_eq!(found.bytes, known.len());
        }
        for unknown in ["qT7#vZk2@Lw9!xRb4$Nc6^Md8&Pf1*Hs", "secret\r", " secret"] {
            assert_eq!(contains(unknown.as_bytes()), None, "{unknown}");
        }
    }
}
