//! RSA encryption by aws-lc, in builds with the feature `rsa-decryption` alone: ring decrypts no RSA.

use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey,
    OaepPublicEncryptingKey, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey, PublicEncryptingKey,
};
use zeroize::Zeroizing;

use super::digest::DigestAlgorithm;
use super::mac::{MacAlgorithm, MacKey};
use crate::kernel::key::{PrivateKey, PublicKey};
use crate::kernel::secret::Secret;

/// RSAES-OAEP (RFC 8017 §7.1) with MGF1 over the same hash and an empty label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Oaep {
    /// SHA-1, the default of RFC 8017.
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Oaep {
    fn algorithm(self) -> &'static OaepAlgorithm {
        match self {
            Self::Sha1 => &OAEP_SHA1_MGF1SHA1,
            Self::Sha256 => &OAEP_SHA256_MGF1SHA256,
        }
    }
}

/// Encrypts a short message to a public key; None if the key is refused or too small for it.
pub fn encrypt_oaep(key: &PublicKey, padding: Oaep, message: &[u8]) -> Option<Vec<u8>> {
    let key = PublicEncryptingKey::from_der(&key.to_spki()).ok()?;
    let key = OaepPublicEncryptingKey::new(key).ok()?;
    let mut out = vec![0; key.ciphertext_size()];
    let written = key
        .encrypt(padding.algorithm(), message, &mut out, None)
        .ok()?
        .len();
    out.truncate(written);
    Some(out)
}

/// Decrypts RSAES-OAEP; None for whatever reason.
pub fn decrypt_oaep(
    key: &PrivateKey,
    padding: Oaep,
    ciphertext: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let key = OaepPrivateDecryptingKey::new(private(key)?).ok()?;
    let mut out = Zeroizing::new(vec![0; key.min_output_size()]);
    let written = key
        .decrypt(padding.algorithm(), ciphertext, &mut out, None)
        .ok()?
        .len();
    out.truncate(written);
    Some(out)
}

/// Decrypts RSAES-PKCS1-v1_5 (RFC 8017 §7.2) to a message of a known length, or to octets of that length that nobody can
/// foresee. None only if the key itself is refused.
pub fn decrypt_pkcs1(
    key: &PrivateKey,
    ciphertext: &[u8],
    length: usize,
) -> Option<Zeroizing<Vec<u8>>> {
    // Computed whether it is needed or not: the same ciphertext always gives the same, as a right one does.
    let instead = substitute(key, ciphertext, length);
    let key = Pkcs1PrivateDecryptingKey::new(private(key)?).ok()?;
    let mut out = Zeroizing::new(vec![0; key.min_output_size()]);
    let written = key.decrypt(ciphertext, &mut out).map_or(0, |out| out.len());
    if written != length {
        return Some(instead);
    }
    out.truncate(written);
    Some(out)
}

fn private(key: &PrivateKey) -> Option<PrivateDecryptingKey> {
    PrivateDecryptingKey::from_pkcs8(&key.to_pkcs8()).ok()
}

fn substitute(key: &PrivateKey, ciphertext: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let seed = DigestAlgorithm::Sha256.digest(&key.to_pkcs8());
    let mac = MacKey::new(MacAlgorithm::HmacSha512, &Secret::new(seed));
    let mut octets = Zeroizing::new(mac.sign(ciphertext));
    // The longest content key has 64 octets, as the tag has.
    octets.truncate(length);
    octets
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::key::{Expected, LoadOptions, Material, load};

    fn key() -> PrivateKey {
        let pem = include_bytes!("../../../tests/keys/rsa.pem");
        let keys = load(pem, LoadOptions::plain(Expected::Private)).unwrap();
        match &keys.keys[0].material {
            Material::Private(key) => key.clone(),
            _ => panic!("the file holds a private key"),
        }
    }

    #[test]
    fn what_is_encrypted_opens_with_the_same_padding_alone() {
        let key = key();
        let sealed = encrypt_oaep(&key.public(), Oaep::Sha256, &[7; 32]).unwrap();
        assert_eq!(*decrypt_oaep(&key, Oaep::Sha256, &sealed).unwrap(), [7; 32]);
        assert_eq!(decrypt_oaep(&key, Oaep::Sha1, &sealed), None);
        assert_eq!(decrypt_oaep(&key, Oaep::Sha256, &sealed[1..]), None);
        assert_eq!(encrypt_oaep(&key.public(), Oaep::Sha256, &[7; 300]), None);
    }

    #[test]
    fn a_wrong_padding_gives_octets_that_no_one_foresees() {
        let key = key();
        let sealed = encrypt_oaep(&key.public(), Oaep::Sha256, &[7; 32]).unwrap();
        let octets = decrypt_pkcs1(&key, &sealed, 32).unwrap();
        assert_eq!(octets.len(), 32);
        assert_eq!(decrypt_pkcs1(&key, &sealed, 32).unwrap(), octets);
        assert_ne!(decrypt_pkcs1(&key, &sealed[1..], 32).unwrap(), octets);
    }
}
