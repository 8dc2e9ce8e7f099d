//! A seed that gives the same octets again: HKDF-SHA-256 (RFC 5869).

use ring::hkdf;
use zeroize::Zeroizing;

use crate::kernel::secret::{Secret, without_line_end};

/// The salt of the extraction: what else is derived from the same secret elsewhere is not what is derived here.
const SALT: &[u8] = b"countersign reproducible v1";

/// What everything new is derived from. Whoever has it has every key that came of it.
pub struct Seed(hkdf::Prk);

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(****)")
    }
}

/// Why a secret is no seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSeed {
    /// Fewer octets than a key has.
    #[error("the seed holds {0} bytes; {least} are the least", least = Seed::LEAST)]
    Short(usize),
    /// Characters that hold fewer octets than a key has.
    #[error("the seed is {length} characters of text, which hold {holds} random bytes at most; {least} are the least", least = Seed::LEAST)]
    ShortText {
        /// How many characters.
        length: usize,
        /// How many octets they stand for, as hexadecimal or base64.
        holds: usize,
    },
    /// Octets that chance does not make.
    #[error("the seed is not random: {0}")]
    Regular(&'static str),
}

impl Seed {
    /// The fewest octets of a seed.
    pub const LEAST: usize = 32;

    /// Takes a secret for a seed; a line end after text does not count.
    ///
    /// # Errors
    /// [`BadSeed`]. What looks random may yet be guessed: that cannot be seen here.
    pub fn new(secret: &Secret) -> Result<Self, BadSeed> {
        let line = without_line_end(secret.expose());
        let is_text = line.iter().all(|byte| matches!(byte, b' '..=b'~'));
        let octets = if is_text { line } else { secret.expose() };
        let length = octets.len();
        let holds = match is_text {
            true if octets.iter().all(u8::is_ascii_hexdigit) => length / 2,
            true => length * 3 / 4,
            false => length,
        };
        if holds < Self::LEAST {
            return Err(match is_text {
                true => BadSeed::ShortText { length, holds },
                false => BadSeed::Short(length),
            });
        }
        match regularity(octets) {
            Some(how) => Err(BadSeed::Regular(how)),
            None => Ok(Self(
                hkdf::Salt::new(hkdf::HKDF_SHA256, SALT).extract(octets),
            )),
        }
    }

    /// What belongs to these parts, and to no other parts: each is taken with its length.
    pub fn derive(&self, parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
        let mut info = Vec::new();
        for part in parts {
            info.extend((part.len() as u64).to_be_bytes());
            info.extend(*part);
        }
        let mut out = Zeroizing::new([0; 32]);
        self.0
            .expand(&[&info], hkdf::HKDF_SHA256)
            .and_then(|octets| octets.fill(out.as_mut_slice()))
            .expect("one block of HKDF is never too long");
        out
    }
}

/// What shows that octets were not drawn: of 32 random ones, or their digits, none of this is seen in a lifetime.
fn regularity(octets: &[u8]) -> Option<&'static str> {
    let mut seen = [false; 256];
    for octet in octets {
        if let Some(seen) = seen.get_mut(usize::from(*octet)) {
            *seen = true;
        }
    }
    if seen.into_iter().filter(|seen| *seen).count() < 8 {
        return Some("it consists of fewer than 8 different bytes");
    }
    let repeats = |period: usize| octets.iter().zip(octets.iter().skip(period));
    if (1..=octets.len() / 2).any(|period| repeats(period).all(|(one, next)| one == next)) {
        return Some("it repeats itself");
    }
    let steps = |(one, next): (&u8, &u8)| next.wrapping_sub(*one);
    let mut pairs = repeats(1).map(steps);
    let first = pairs.next();
    if pairs.all(|step| Some(step) == first) {
        return Some("each byte follows from the one before");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::crypto::{hex, sha256};

    fn seed(octets: &[u8]) -> Result<Seed, BadSeed> {
        Seed::new(&Secret::new(octets.to_vec()))
    }

    #[test]
    fn it_is_hkdf_of_rfc_5869() {
        // Computed by Python's cryptography: HKDF(SHA256, 32, salt, info).derive(seed).
        let derived = seed(&sha256(b"a seed")).unwrap().derive(&[b"key", b""]);
        assert_eq!(
            hex(derived.as_slice()),
            "73707cdfaa92eb052517158807e462d6dde22350e0c4ad765e0372680a00a647"
        );
    }

    #[test]
    fn other_parts_give_other_octets() {
        let seed = seed(&sha256(b"a seed")).unwrap();
        let one = seed.derive(&[b"ab", b"c"]);
        assert_eq!(one, seed.derive(&[b"ab", b"c"]));
        for parts in [
            &[b"a".as_slice(), b"bc"][..],
            &[b"abc"],
            &[b"ab", b"c", b""],
        ] {
            assert_ne!(one, seed.derive(parts));
        }
    }

    #[test]
    fn what_is_short_or_regular_is_no_seed() {
        let random = sha256(b"a seed");
        assert!(seed(&random).is_ok());
        assert_eq!(seed(&random[..31]).unwrap_err(), BadSeed::Short(31));
        let digits = hex(&random);
        let line = seed(format!("{digits}\r\n").as_bytes()).unwrap();
        let bare = seed(digits.as_bytes()).unwrap();
        assert_eq!(line.derive(&[]), bare.derive(&[]));
        let half = BadSeed::ShortText {
            length: 62,
            holds: 31,
        };
        assert_eq!(seed(&digits.as_bytes()[2..]).unwrap_err(), half);
        let words = BadSeed::ShortText {
            length: 28,
            holds: 21,
        };
        let text = b"correct horse battery staple";
        assert_eq!(seed(text).unwrap_err(), words);
        let counted: Vec<u8> = (0..64).collect();
        let twice = [&random[..16], &random[..16]].concat();
        for regular in [
            &[0x80; 64][..],
            &counted,
            &twice,
            &b"correct horse ".repeat(4),
        ] {
            assert!(matches!(seed(regular), Err(BadSeed::Regular(_))));
        }
    }
}
