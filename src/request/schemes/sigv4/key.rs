//! The two keys: an HMAC chain over the scope, and a P-256 scalar derived from the credentials.

use zeroize::Zeroizing;

use super::scope::Scope;
use crate::kernel::crypto::{MacAlgorithm, MacKey, p256_from_scalar};
use crate::kernel::key::PrivateKey;
use crate::kernel::secret::Secret;

/// AWS credentials.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// The access key id, which is not secret.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret: &'a Secret,
    /// The session token of temporary credentials.
    pub session_token: Option<&'a Secret>,
}

/// Who signs, and with what.
#[derive(Debug, Clone, Copy)]
pub struct Identity<'a> {
    /// The id of the key, which is not secret.
    pub id: &'a str,
    /// The key.
    pub key: SigningKey<'a>,
    /// The session token of temporary credentials.
    pub session_token: Option<&'a Secret>,
}

/// A key of one kind or the other.
#[derive(Debug, Clone, Copy)]
pub enum SigningKey<'a> {
    /// A secret that is shared with the service.
    Secret(&'a Secret),
    /// The private key of a service account.
    Private(&'a PrivateKey),
}

impl<'a> From<Credentials<'a>> for Identity<'a> {
    fn from(credentials: Credentials<'a>) -> Self {
        Self {
            id: credentials.access_key_id,
            key: SigningKey::Secret(credentials.secret),
            session_token: credentials.session_token,
        }
    }
}

/// Why there is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No secret.
    #[error("the secret access key is empty")]
    EmptySecret,
    /// A secret where an RSA key is needed, or the other way round.
    #[error("the key is not of the kind that this algorithm takes")]
    Kind,
    /// Every counter gives a value outside the group: it cannot happen to an honest key.
    #[error("no P-256 key can be derived from these credentials")]
    NoScalar,
}

/// The tag of a string-to-sign under the key of a scope, version 4 and Google's.
///
/// # Errors
/// [`KeyError::EmptySecret`].
pub fn v4_signature(
    secret: &Secret,
    scope: &Scope,
    string_to_sign: &[u8],
) -> Result<Vec<u8>, KeyError> {
    let names = scope.family.names();
    let steps = [
        scope.day.as_str(),
        scope.region.as_deref().unwrap_or_default(),
        &scope.service,
        names.terminator,
    ];
    let key = chain(names.key_prefix, secret, &steps)?;
    Ok(mac(&key, string_to_sign))
}

/// The key at the end of a chain of MACs, each over the next part of the scope.
///
/// # Errors
/// [`KeyError::EmptySecret`].
pub(in crate::request::schemes) fn chain(
    prefix: &str,
    secret: &Secret,
    steps: &[&str],
) -> Result<Secret, KeyError> {
    if secret.is_empty() {
        return Err(KeyError::EmptySecret);
    }
    let mut key = prefixed(prefix.as_bytes(), secret);
    for step in steps {
        key = Secret::new(mac(&key, step.as_bytes()));
    }
    Ok(key)
}

/// The private key of credentials, version 4A: a counter-mode KDF (NIST SP 800-108) gives a candidate, and the first
/// one below the group's order less two is taken and increased by one.
///
/// # Errors
/// [`KeyError`].
pub fn v4a_private_key(access_key_id: &str, secret: &Secret) -> Result<PrivateKey, KeyError> {
    if secret.is_empty() {
        return Err(KeyError::EmptySecret);
    }
    let key = prefixed(b"AWS4A", secret);
    for counter in 1..=254_u8 {
        let mut input = Vec::with_capacity(64);
        input.extend_from_slice(&1_u32.to_be_bytes());
        input.extend_from_slice(b"AWS4-ECDSA-P256-SHA256");
        input.push(0);
        input.extend_from_slice(access_key_id.as_bytes());
        input.push(counter);
        input.extend_from_slice(&256_u32.to_be_bytes());
        let candidate = Zeroizing::new(mac(&key, &input));
        if let Some(scalar) = scalar(&candidate)
            && let Some(key) = p256_from_scalar(&scalar)
        {
            return Ok(key);
        }
    }
    Err(KeyError::NoScalar)
}

/// The order of P-256 less two (SP 800-186 §3.2.1.3).
const ORDER_LESS_TWO: [u8; 32] = [
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x4f,
];

// A candidate and one, unless it is too large. That a candidate was too large tells nothing of the one taken.
fn scalar(candidate: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let mut scalar = Zeroizing::new(<[u8; 32]>::try_from(candidate).ok()?);
    if *scalar > ORDER_LESS_TWO {
        return None;
    }
    let mut carry = 1;
    for byte in scalar.iter_mut().rev() {
        let sum = u16::from(*byte) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    Some(scalar)
}

fn prefixed(prefix: &[u8], secret: &Secret) -> Secret {
    // Of the full size at once: a vector that grows would leave a copy behind.
    let mut bytes = Vec::with_capacity(prefix.len() + secret.len());
    bytes.extend_from_slice(prefix);
    bytes.extend_from_slice(secret.expose());
    Secret::new(bytes)
}

fn mac(key: &Secret, message: &[u8]) -> Vec<u8> {
    MacKey::new(MacAlgorithm::HmacSha256, key).sign(message)
}

#[cfg(test)]
mod tests {
    use super::super::Family;
    use super::*;

    #[test]
    fn a_candidate_is_increased_by_one_up_to_the_order() {
        let mut expected = [0; 32];
        expected[31] = 1;
        assert_eq!(scalar(&[0; 32]).as_deref(), Some(&expected));
        let mut carried = [0; 32];
        carried[30..].copy_from_slice(&[0, 0xff]);
        assert_eq!(scalar(&carried).unwrap()[30..], [1, 0]);
        let mut largest = ORDER_LESS_TWO;
        assert_eq!(scalar(&largest).unwrap()[31], 0x50);
        largest[31] += 1;
        assert_eq!(scalar(&largest), None);
        assert_eq!(scalar(&[0xff; 32]), None);
        assert_eq!(scalar(&[0; 31]), None);
    }

    #[test]
    fn an_empty_secret_signs_nothing() {
        let empty = Secret::new(Vec::new());
        assert_eq!(
            v4a_private_key("a", &empty).map(|_| ()),
            Err(KeyError::EmptySecret)
        );
        let scope = Scope {
            family: Family::Aws,
            day: "20150830".to_owned(),
            region: Some("r".to_owned()),
            service: "s".to_owned(),
        };
        assert_eq!(
            v4_signature(&empty, &scope, b""),
            Err(KeyError::EmptySecret)
        );
    }
}
