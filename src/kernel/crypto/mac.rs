//! HMAC (RFC 2104) and comparison in constant time.

use ring::hmac;
use subtle::ConstantTimeEq as _;

use super::signature::SignatureInvalid;
use crate::kernel::secret::Secret;

/// The MACs in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MacAlgorithm {
    /// HMAC-SHA-1, to verify what old webhooks still send. Nothing new is signed with it.
    HmacSha1Legacy,
    /// HMAC-SHA-256.
    HmacSha256,
    /// HMAC-SHA-384.
    HmacSha384,
    /// HMAC-SHA-512.
    HmacSha512,
}

impl MacAlgorithm {
    /// The length of a tag in bytes, which is also the length that a key should have at least (RFC 2104 §3).
    pub fn tag_length(self) -> usize {
        self.ring().digest_algorithm().output_len()
    }

    fn ring(self) -> hmac::Algorithm {
        match self {
            Self::HmacSha1Legacy => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Self::HmacSha256 => hmac::HMAC_SHA256,
            Self::HmacSha384 => hmac::HMAC_SHA384,
            Self::HmacSha512 => hmac::HMAC_SHA512,
        }
    }
}

/// A key ready for one MAC algorithm.
#[derive(Clone)]
pub struct MacKey(hmac::Key);

impl std::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MacKey(****)")
    }
}

impl MacKey {
    /// Prepares a secret.
    pub fn new(algorithm: MacAlgorithm, secret: &Secret) -> Self {
        Self::from_octets(algorithm, secret.expose())
    }

    /// Prepares octets that are no secret, such as a guess.
    pub fn from_octets(algorithm: MacAlgorithm, octets: &[u8]) -> Self {
        Self(hmac::Key::new(algorithm.ring(), octets))
    }

    /// The tag of a message.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        hmac::sign(&self.0, message).as_ref().to_vec()
    }

    /// Checks a tag, whole and in constant time.
    ///
    /// # Errors
    /// [`SignatureInvalid`] for another tag or a tag of another length.
    pub fn verify(&self, message: &[u8], tag: &[u8]) -> Result<(), SignatureInvalid> {
        hmac::verify(&self.0, message, tag).map_err(|_| SignatureInvalid)
    }

    /// Starts a tag over a message that comes in pieces.
    pub fn start(&self) -> MacContext {
        MacContext(hmac::Context::with_key(&self.0))
    }
}

/// A tag computed in pieces.
#[derive(Clone)]
pub struct MacContext(hmac::Context);

impl std::fmt::Debug for MacContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MacContext(****)")
    }
}

impl MacContext {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The tag.
    pub fn finish(self) -> Vec<u8> {
        self.0.sign().as_ref().to_vec()
    }
}

/// Whether two byte strings are equal, in time that depends on their lengths alone.
pub fn equal(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

#[cfg(test)]
mod tests {
    use super::super::hex;
    use super::*;

    #[test]
    fn matches_rfc_4231_case_2() {
        let key = MacKey::new(MacAlgorithm::HmacSha256, &Secret::new(b"Jefe".to_vec()));
        let message = b"what do ya want for nothing?";
        let tag = key.sign(message);
        assert_eq!(
            hex(&tag),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let mut pieces = key.start();
        pieces.update(&message[..5]);
        pieces.update(&message[5..]);
        assert_eq!(pieces.finish(), tag);
        assert_eq!(key.verify(message, &tag), Ok(()));
        assert_eq!(key.verify(message, &tag[..31]), Err(SignatureInvalid));
        assert_eq!(key.verify(b"other", &tag), Err(SignatureInvalid));
    }

    #[test]
    fn sha_1_matches_rfc_2202_case_2() {
        let secret = Secret::new(b"Jefe".to_vec());
        let key = MacKey::new(MacAlgorithm::HmacSha1Legacy, &secret);
        assert_eq!(
            hex(&key.sign(b"what do ya want for nothing?")),
            "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
        );
    }
}
