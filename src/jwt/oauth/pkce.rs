//! PKCE with S256 (RFC 7636), and the random words of a sign-in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::kernel::crypto::{Random, RandomError, sha256};
use crate::kernel::secret::Secret;

/// The secret half of a proof key. `plain` is not spoken here: it protects nothing (RFC 9700 §2.1.1).
#[derive(Debug, Clone)]
pub struct Verifier(Secret);

impl Verifier {
    /// A fresh one: 43 unreserved characters from 32 random bytes (RFC 7636 §4.1).
    ///
    /// # Errors
    /// [`RandomError`].
    pub fn fresh(random: &impl Random) -> Result<Self, RandomError> {
        Ok(Self(Secret::new(random_word(random)?.into_bytes())))
    }

    /// The verifier itself, for the token request.
    pub fn expose(&self) -> &[u8] {
        self.0.expose()
    }

    /// What the authorization request shows of it (RFC 7636 §4.2, `S256`).
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(sha256(self.0.expose()))
    }
}

/// 256 random bits as 43 characters: a `state`, a `nonce`.
///
/// # Errors
/// [`RandomError`].
pub fn random_word(random: &impl Random) -> Result<String, RandomError> {
    let bytes: [u8; 32] = random.bytes()?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_specification() {
        // RFC 7636 appendix B.
        let verifier = Verifier(Secret::new(
            b"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_vec(),
        ));
        assert_eq!(
            verifier.challenge(),
            "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        );
    }

    #[test]
    fn a_fresh_verifier_has_43_unreserved_characters() {
        struct Counting;
        impl Random for Counting {
            fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
                for (value, byte) in (0..).zip(buffer) {
                    *byte = value;
                }
                Ok(())
            }
        }
        let verifier = Verifier::fresh(&Counting).unwrap();
        let text = String::from_utf8(verifier.expose().to_vec()).unwrap();
        assert_eq!(text.len(), 43);
        let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
        assert!(text.chars().all(unreserved), "{text}");
        assert!(!format!("{verifier:?}").contains(&text));
    }
}
