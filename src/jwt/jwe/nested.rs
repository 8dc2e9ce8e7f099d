//! Nested tokens (RFC 7519 §5.2): the signed one inside what is encrypted. Only the signature says who wrote it.

use super::decrypt::{Decrypted, Limits, Undecryptable, decrypt};
use super::encrypted::{Encrypted, EncryptedError};
use super::reasons::Reason;
use crate::jwt::claims;
use crate::jwt::compact::Compact;
use crate::kernel::document::Node;
use crate::kernel::key::Key;

/// How many encryptions deep a signed token may lie.
pub const MAX_DEPTH: usize = 2;

/// A signed token that lay inside encrypted ones. It is not verified.
#[derive(Debug, Clone)]
pub struct Unsealed {
    /// The signed token.
    pub token: String,
    /// What was opened, the outermost first.
    pub layers: Vec<Decrypted>,
}

/// Why no signed token came to light.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnsealError {
    /// A layer is no sound message.
    #[error(transparent)]
    Malformed(#[from] EncryptedError),
    /// A layer stays closed.
    #[error("{}", nearest(.0))]
    Closed(Undecryptable),
    /// The header does not say that there is a token inside.
    #[error("it decrypts, but its `cty` is not `JWT`: nothing says that a token is inside")]
    NotNested,
    /// The content is no token, so that nobody has signed anything.
    #[error("it decrypts, but what is inside is not signed: no one has vouched for it")]
    NotSigned,
    /// A claim that stands in the header too, and says something else there (RFC 7519 §5.3).
    #[error("its header repeats the claim `{0}` with another value than the signed token inside")]
    Contradicted(&'static str),
    /// Too many layers.
    #[error("more than {MAX_DEPTH} encryptions lie one in the other")]
    TooDeep,
}

fn nearest(closed: &Undecryptable) -> String {
    closed
        .nearest()
        .map_or_else(String::new, |attempt| attempt.refusal.to_string())
}

impl UnsealError {
    /// The step, as a stable code.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Malformed(_) | Self::TooDeep => Reason::Malformed,
            Self::Closed(closed) => closed.reason(),
            Self::NotNested | Self::NotSigned => Reason::NotSigned,
            Self::Contradicted(_) => Reason::Contradicted,
        }
    }
}

/// Whether a text has the five parts of an encrypted token.
pub fn is_encrypted(token: &str) -> bool {
    token.splitn(7, '.').count() == 5
}

/// Opens encrypted tokens until a signed one comes to light.
///
/// # Errors
/// [`UnsealError`].
pub fn unseal(token: &str, keys: &[Key], limits: &Limits) -> Result<Unsealed, UnsealError> {
    let mut token = token.to_owned();
    let mut layers = Vec::new();
    let mut headers = Vec::new();
    while is_encrypted(&token) || layers.is_empty() {
        if layers.len() == MAX_DEPTH {
            return Err(UnsealError::TooDeep);
        }
        let message = Encrypted::parse(&token)?;
        let opened = decrypt(&message, keys, limits).map_err(UnsealError::Closed)?;
        let inside = std::str::from_utf8(&opened.plaintext).ok();
        let inside = inside
            .filter(|text| matches!(text.splitn(7, '.').count(), 3 | 5))
            .ok_or(UnsealError::NotSigned)?;
        if !message.is_nested() {
            return Err(UnsealError::NotNested);
        }
        token = inside.to_owned();
        layers.push(opened);
        headers.extend(message.protected);
    }
    // A signed token that cannot be read is refused by whoever judges it, with the reason.
    if let Some(claims) = Compact::parse(&token)
        .ok()
        .and_then(|token| claims::read(&token).ok())
    {
        agree(&headers, &claims)?;
    }
    Ok(Unsealed { token, layers })
}

/// RFC 7519 §5.3: claims that are repeated in the header, where whoever routes the message reads them, must be the same.
fn agree(headers: &[Node], claims: &Node) -> Result<(), UnsealError> {
    for name in ["iss", "sub", "aud"] {
        for repeated in headers.iter().filter_map(|header| header.get(name)) {
            let told = claims::audiences(repeated);
            if told.is_none() || told != claims.get(name).and_then(claims::audiences) {
                return Err(UnsealError::Contradicted(name));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::{ContentEncryption, EncryptOptions, KeyManagement, encrypt};
    use super::*;
    use crate::kernel::crypto::SystemRandom;
    use crate::kernel::json;
    use crate::kernel::key::Material;
    use crate::kernel::secret::Secret;

    const SIGNED: &str = "eyJhbGciOiJIUzI1NiJ9.e30.AA";

    fn key() -> Key {
        Key::bare(Material::Secret(Secret::new(vec![7; 32])))
    }

    fn sealed(content: &str, content_type: Option<&str>) -> String {
        let mut options = EncryptOptions::new(KeyManagement::A256Kw, ContentEncryption::A128Gcm);
        options.content_type = content_type.map(str::to_owned);
        let random = SystemRandom::default();
        encrypt(content.as_bytes(), &key(), &options, &random).unwrap()
    }

    fn opened(token: &str) -> Result<Unsealed, UnsealError> {
        unseal(token, &[key()], &Limits::default())
    }

    #[test]
    fn the_signed_token_comes_to_light_from_two_layers_and_no_more() {
        let once = sealed(SIGNED, Some("JWT"));
        assert_eq!(opened(&once).unwrap().token, SIGNED);
        let twice = sealed(&once, Some("application/jwt"));
        let unsealed = opened(&twice).unwrap();
        assert_eq!(
            (unsealed.token.as_str(), unsealed.layers.len()),
            (SIGNED, 2)
        );
        let thrice = opened(&sealed(&twice, Some("jwt"))).unwrap_err();
        assert_eq!(thrice, UnsealError::TooDeep);
    }

    #[test]
    fn what_is_only_encrypted_is_never_taken_for_a_token() {
        let claims = r#"{"sub":"alice","exp":9999999999}"#;
        for content_type in [None, Some("JWT")] {
            let refused = opened(&sealed(claims, content_type)).unwrap_err();
            assert_eq!(refused, UnsealError::NotSigned);
        }
        for content_type in [None, Some("text/plain"), Some("applicationXjwt")] {
            let refused = opened(&sealed(SIGNED, content_type)).unwrap_err();
            assert_eq!(refused, UnsealError::NotNested);
            assert_eq!(refused.reason().code(), "jwe-not-signed");
        }
    }

    #[test]
    fn claims_in_the_header_are_those_inside() {
        let claims: Node = json::parse_text(r#"{"iss":"a","aud":["x"]}"#).unwrap().0;
        let told = |header: &str| agree(&[json::parse_text(header).unwrap().0], &claims);
        assert_eq!(told(r#"{"alg":"dir","iss":"a","aud":"x"}"#), Ok(()));
        for (header, name) in [
            (r#"{"iss":"b"}"#, "iss"),
            (r#"{"iss":7}"#, "iss"),
            (r#"{"sub":"a"}"#, "sub"),
            (r#"{"aud":["x","y"]}"#, "aud"),
        ] {
            assert_eq!(told(header), Err(UnsealError::Contradicted(name)));
        }
    }

    #[test]
    fn a_signed_token_is_no_encrypted_one() {
        assert!(matches!(
            opened(SIGNED).unwrap_err(),
            UnsealError::Malformed(EncryptedError::PartCount(3))
        ));
    }
}
