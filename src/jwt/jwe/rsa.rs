//! RSA encryption of content keys, in builds with the feature `rsa-decryption` alone (RFC 7518 §4.2, §4.3).
//!
//! RSAES-PKCS1-v1_5 is read and never written. A padding that is wrong gives a key that is none, derived from the
//! private key and what was sent, so that the tag is what fails (RFC 7516 §11.5): nobody learns which of the two it was.

use zeroize::Zeroizing;

use super::algorithm::KeyManagement;
use crate::kernel::crypto::Unauthentic;
use crate::kernel::key::{PrivateKey, PublicKey};

#[cfg(feature = "rsa-decryption")]
pub(super) fn recover(
    own: &PrivateKey,
    management: KeyManagement,
    encrypted_key: &[u8],
    length: usize,
) -> Result<Zeroizing<Vec<u8>>, Unauthentic> {
    use crate::kernel::crypto::rsa;
    match padding(management) {
        Some(padding) => rsa::decrypt_oaep(own, padding, encrypted_key).ok_or(Unauthentic),
        None => rsa::decrypt_pkcs1(own, encrypted_key, length).ok_or(Unauthentic),
    }
}

#[cfg(feature = "rsa-decryption")]
pub(super) fn encrypt(
    public: &PublicKey,
    management: KeyManagement,
    content_key: &[u8],
) -> Option<Vec<u8>> {
    crate::kernel::crypto::rsa::encrypt_oaep(public, padding(management)?, content_key)
}

#[cfg(feature = "rsa-decryption")]
fn padding(management: KeyManagement) -> Option<crate::kernel::crypto::rsa::Oaep> {
    use crate::kernel::crypto::rsa::Oaep;
    match management {
        KeyManagement::RsaOaep => Some(Oaep::Sha1),
        KeyManagement::RsaOaep256 => Some(Oaep::Sha256),
        _ => None,
    }
}

#[cfg(not(feature = "rsa-decryption"))]
pub(super) fn recover(
    _own: &PrivateKey,
    _management: KeyManagement,
    _encrypted_key: &[u8],
    _length: usize,
) -> Result<Zeroizing<Vec<u8>>, Unauthentic> {
    Err(Unauthentic)
}

#[cfg(not(feature = "rsa-decryption"))]
pub(super) fn encrypt(
    _public: &PublicKey,
    _management: KeyManagement,
    _content_key: &[u8],
) -> Option<Vec<u8>> {
    None
}
