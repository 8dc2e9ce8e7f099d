//! Message digests (FIPS 180-4) and their hexadecimal form.

use ring::digest;

/// The hash functions in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DigestAlgorithm {
    /// SHA-1, to recognise certificates by (`x5t`), never to sign.
    Sha1Legacy,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// A digest computed in pieces.
#[derive(Debug, Clone)]
pub struct Digest(Context);

#[derive(Clone)]
struct Context(digest::Context);

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Context")
    }
}

impl Digest {
    /// Starts a digest.
    pub fn new(algorithm: DigestAlgorithm) -> Self {
        Self(Context(digest::Context::new(algorithm.ring())))
    }

    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.0.update(bytes);
    }

    /// Ends it.
    pub fn finish(self) -> Vec<u8> {
        self.0.0.finish().as_ref().to_vec()
    }
}

impl DigestAlgorithm {
    /// The digest of bytes that are all at hand.
    pub fn digest(self, bytes: &[u8]) -> Vec<u8> {
        digest::digest(self.ring(), bytes).as_ref().to_vec()
    }

    /// How many octets it has.
    pub fn length(self) -> usize {
        self.ring().output_len()
    }

    fn ring(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1Legacy => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }
}

impl std::fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sha1Legacy => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        })
    }
}

/// SHA-256 of some bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest::digest(&digest::SHA256, bytes).as_ref());
    out
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            text.push(char::from(DIGITS[usize::from(nibble)]));
        }
    }
    text
}

/// The bytes that lower-case hexadecimal spells; None for anything else, upper case included.
pub fn unhex(text: &[u8]) -> Option<Vec<u8>> {
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    if !text.len().is_multiple_of(2) {
        return None;
    }
    text.chunks_exact(2)
        .map(|pair| Some(nibble(*pair.first()?)? << 4 | nibble(*pair.get(1)?)?))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_is_read_as_it_is_written() {
        assert_eq!(unhex(b"00ff7a"), Some(vec![0, 255, 0x7a]));
        assert_eq!(unhex(b""), Some(Vec::new()));
        for text in [&b"0"[..], b"0F", b"0g", b" 0", b"+0"] {
            assert_eq!(unhex(text), None);
        }
    }

    #[test]
    fn digests_match_fips_180_4_examples() {
        assert_eq!(
            hex(&sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let mut digest = Digest::new(DigestAlgorithm::Sha1Legacy);
        digest.update(b"a");
        digest.update(b"bc");
        assert_eq!(
            hex(&digest.finish()),
            "a9993e364706816aba3e25717850c26c9cd0d89d"
        );
    }
}
