//! Authenticated encryption: AES-GCM (NIST SP 800-38D) and AES-CBC with HMAC as JOSE pairs them (RFC 7518 §5.2).
//!
//! ring does GCM with keys of 128 and 256 bits and the HMACs; 192 bits and CBC are the RustCrypto crates'. Every failure
//! is the same [`Unauthentic`]: which check failed is what an attacker asks for.

use aes::{Aes128, Aes192, Aes256};
use aes_gcm::AesGcm;
use aes_gcm::aead::{AeadInOut as _, KeyInit};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::consts::U12;
use cbc::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt as _};
use cbc::cipher::{BlockModeEncrypt as _, InnerIvInit as _};
use ring::aead as ring_aead;
use zeroize::Zeroizing;

use super::mac::{MacAlgorithm, MacKey, equal};
use crate::kernel::secret::Secret;

/// The size of an AES key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AesSize {
    /// 128 bits.
    Aes128,
    /// 192 bits.
    Aes192,
    /// 256 bits.
    Aes256,
}

impl AesSize {
    /// In bytes.
    pub fn bytes(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }
}

/// An authenticated encryption with everything that is fixed about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AeadAlgorithm {
    /// AES-GCM with a nonce of 96 and a tag of 128 bits.
    Gcm(AesSize),
    /// AES-CBC with PKCS #7 padding under an HMAC whose tag is cut in half: SHA-256, SHA-384, SHA-512 with the size.
    CbcHmac(AesSize),
}

/// Ciphertext, tag, key, nonce and associated data do not belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ciphertext does not open")]
pub struct Unauthentic;

/// A ciphertext with its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The ciphertext.
    pub ciphertext: Vec<u8>,
    /// The authentication tag.
    pub tag: Vec<u8>,
}

/// What a message is sealed and opened with, apart from itself.
#[derive(Clone, Copy)]
pub struct AeadInput<'a> {
    /// The key, of exactly the algorithm's length.
    pub key: &'a [u8],
    /// The nonce, of exactly the algorithm's length, never used twice with one key.
    pub iv: &'a [u8],
    /// What is authenticated beside the message.
    pub aad: &'a [u8],
}

impl std::fmt::Debug for AeadInput<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AeadInput(****)")
    }
}

impl AeadAlgorithm {
    /// The length of a key in bytes; for CBC that of both its halves.
    pub fn key_length(self) -> usize {
        match self {
            Self::Gcm(size) => size.bytes(),
            Self::CbcHmac(size) => 2 * size.bytes(),
        }
    }

    /// The length of a nonce in bytes.
    pub fn iv_length(self) -> usize {
        match self {
            Self::Gcm(_) => 12,
            Self::CbcHmac(_) => 16,
        }
    }

    /// The length of a tag in bytes.
    pub fn tag_length(self) -> usize {
        match self {
            Self::Gcm(_) => 16,
            Self::CbcHmac(size) => size.bytes(),
        }
    }

    fn fits(self, input: &AeadInput<'_>) -> bool {
        input.key.len() == self.key_length() && input.iv.len() == self.iv_length()
    }

    /// Encrypts a message; None if the key or the nonce has another length.
    pub fn seal(self, input: AeadInput<'_>, message: &[u8]) -> Option<Sealed> {
        if !self.fits(&input) {
            return None;
        }
        match self {
            Self::Gcm(AesSize::Aes192) => seal_gcm_192(input, message),
            Self::Gcm(size) => seal_with_ring(size, input, message),
            Self::CbcHmac(size) => seal_cbc(size, input, message),
        }
    }

    /// Decrypts a message.
    ///
    /// # Errors
    /// [`Unauthentic`], whatever does not belong together.
    pub fn open(
        self,
        input: AeadInput<'_>,
        sealed: &Sealed,
    ) -> Result<Zeroizing<Vec<u8>>, Unauthentic> {
        if !self.fits(&input) || sealed.tag.len() != self.tag_length() {
            return Err(Unauthentic);
        }
        match self {
            Self::Gcm(AesSize::Aes192) => open_gcm_192(input, sealed),
            Self::Gcm(size) => open_with_ring(size, input, sealed),
            Self::CbcHmac(size) => open_cbc(size, input, sealed),
        }
    }
}

fn ring_key(size: AesSize, key: &[u8]) -> Option<ring_aead::LessSafeKey> {
    let algorithm = match size {
        AesSize::Aes128 => &ring_aead::AES_128_GCM,
        AesSize::Aes192 => return None,
        AesSize::Aes256 => &ring_aead::AES_256_GCM,
    };
    let key = ring_aead::UnboundKey::new(algorithm, key).ok()?;
    Some(ring_aead::LessSafeKey::new(key))
}

fn seal_with_ring(size: AesSize, input: AeadInput<'_>, message: &[u8]) -> Option<Sealed> {
    let nonce = ring_aead::Nonce::try_assume_unique_for_key(input.iv).ok()?;
    let mut ciphertext = message.to_vec();
    let tag = ring_key(size, input.key)?
        .seal_in_place_separate_tag(nonce, ring_aead::Aad::from(input.aad), &mut ciphertext)
        .ok()?;
    Some(Sealed {
        ciphertext,
        tag: tag.as_ref().to_vec(),
    })
}

fn open_with_ring(
    size: AesSize,
    input: AeadInput<'_>,
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, Unauthentic> {
    let key = ring_key(size, input.key).ok_or(Unauthentic)?;
    let nonce = ring_aead::Nonce::try_assume_unique_for_key(input.iv).map_err(|_| Unauthentic)?;
    let tag = ring_aead::Tag::try_from(sealed.tag.as_slice()).map_err(|_| Unauthentic)?;
    let mut message = Zeroizing::new(sealed.ciphertext.clone());
    let aad = ring_aead::Aad::from(input.aad);
    key.open_in_place_separate_tag(nonce, aad, tag, &mut message, 0..)
        .map_err(|_| Unauthentic)?;
    Ok(message)
}

fn gcm_192(input: AeadInput<'_>) -> Option<(AesGcm<Aes192, U12>, [u8; 12])> {
    let key = AesGcm::new_from_slice(input.key).ok()?;
    Some((key, input.iv.try_into().ok()?))
}

fn seal_gcm_192(input: AeadInput<'_>, message: &[u8]) -> Option<Sealed> {
    let (key, nonce) = gcm_192(input)?;
    let mut ciphertext = message.to_vec();
    let tag = key
        .encrypt_inout_detached(&nonce.into(), input.aad, ciphertext.as_mut_slice().into())
        .ok()?;
    Some(Sealed {
        ciphertext,
        tag: tag.to_vec(),
    })
}

fn open_gcm_192(input: AeadInput<'_>, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, Unauthentic> {
    let (key, nonce) = gcm_192(input).ok_or(Unauthentic)?;
    let tag: [u8; 16] = sealed.tag.as_slice().try_into().map_err(|_| Unauthentic)?;
    let mut message = Zeroizing::new(sealed.ciphertext.clone());
    let buffer = message.as_mut_slice().into();
    key.decrypt_inout_detached(&nonce.into(), input.aad, buffer, &tag.into())
        .map_err(|_| Unauthentic)?;
    Ok(message)
}

/// RFC 7518 §5.2.2.1: the tag over associated data, nonce, ciphertext and the length of the first in bits, cut in half.
fn cbc_tag(size: AesSize, mac_key: &[u8], input: AeadInput<'_>, ciphertext: &[u8]) -> Vec<u8> {
    let algorithm = match size {
        AesSize::Aes128 => MacAlgorithm::HmacSha256,
        AesSize::Aes192 => MacAlgorithm::HmacSha384,
        AesSize::Aes256 => MacAlgorithm::HmacSha512,
    };
    let mut mac = MacKey::new(algorithm, &Secret::new(mac_key.to_vec())).start();
    let bits = (input.aad.len() as u64).saturating_mul(8);
    for part in [input.aad, input.iv, ciphertext, &bits.to_be_bytes()] {
        mac.update(part);
    }
    let mut tag = mac.finish();
    tag.truncate(size.bytes());
    tag
}

fn seal_cbc(size: AesSize, input: AeadInput<'_>, message: &[u8]) -> Option<Sealed> {
    // RFC 7518 §5.2.2.1: the key of the MAC stands first.
    let (mac_key, key) = input.key.split_at_checked(size.bytes())?;
    let ciphertext = match size {
        AesSize::Aes128 => encrypt_cbc::<Aes128>(key, input.iv, message),
        AesSize::Aes192 => encrypt_cbc::<Aes192>(key, input.iv, message),
        AesSize::Aes256 => encrypt_cbc::<Aes256>(key, input.iv, message),
    }?;
    let tag = cbc_tag(size, mac_key, input, &ciphertext);
    Some(Sealed { ciphertext, tag })
}

fn open_cbc(
    size: AesSize,
    input: AeadInput<'_>,
    sealed: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, Unauthentic> {
    let halves = input.key.split_at_checked(size.bytes());
    let (mac_key, key) = halves.ok_or(Unauthentic)?;
    // RFC 7518 §5.2.2.2: nothing is decrypted, and so no padding looked at, before the tag is right.
    if !equal(
        &cbc_tag(size, mac_key, input, &sealed.ciphertext),
        &sealed.tag,
    ) {
        return Err(Unauthentic);
    }
    match size {
        AesSize::Aes128 => decrypt_cbc::<Aes128>(key, input.iv, &sealed.ciphertext),
        AesSize::Aes192 => decrypt_cbc::<Aes192>(key, input.iv, &sealed.ciphertext),
        AesSize::Aes256 => decrypt_cbc::<Aes256>(key, input.iv, &sealed.ciphertext),
    }
    .ok_or(Unauthentic)
}

fn encrypt_cbc<C>(key: &[u8], iv: &[u8], message: &[u8]) -> Option<Vec<u8>>
where
    C: KeyInit + BlockCipherEncrypt,
{
    let cipher = C::new_from_slice(key).ok()?;
    let mode = cbc::Encryptor::<C>::inner_iv_slice_init(cipher, iv).ok()?;
    Some(mode.encrypt_padded_vec::<Pkcs7>(message))
}

fn decrypt_cbc<C>(key: &[u8], iv: &[u8], ciphertext: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    C: KeyInit + BlockCipherDecrypt,
{
    let cipher = C::new_from_slice(key).ok()?;
    let mode = cbc::Decryptor::<C>::inner_iv_slice_init(cipher, iv).ok()?;
    let message = mode.decrypt_padded_vec::<Pkcs7>(ciphertext).ok()?;
    Some(Zeroizing::new(message))
}

#[cfg(test)]
mod tests {
    use super::super::unhex;
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        let text: String = text.split_whitespace().collect();
        unhex(text.to_ascii_lowercase().as_bytes()).unwrap()
    }

    // RFC 7518 appendix B.1
    #[test]
    fn matches_rfc_7518_b_1() {
        let input = AeadInput {
            key: &(0..32).collect::<Vec<u8>>(),
            iv: &bytes("1af38c2dc2b96ffdd86694092341bc04"),
            aad: b"The second principle of Auguste Kerckhoffs",
        };
        let message = b"A cipher system must not be required to be secret, and it must be able to fall into the hands \
                        of the enemy without inconvenience";
        let algorithm = AeadAlgorithm::CbcHmac(AesSize::Aes128);
        let sealed = algorithm.seal(input, message).unwrap();
        assert_eq!(sealed.tag, bytes("652c3fa36b0a7c5b3219fab3a30bc1c4"));
        assert_eq!(
            sealed.ciphertext[..16],
            bytes("c80edfa32ddf39d5ef00c0b468834279")
        );
        assert_eq!(*algorithm.open(input, &sealed).unwrap(), message);
    }

    // NIST's GCM test case 8 of McGrew and Viega: a key of 192 zero bits, one block of zeros.
    #[test]
    fn gcm_with_192_bits_matches_test_case_8() {
        let input = AeadInput {
            key: &[0; 24],
            iv: &[0; 12],
            aad: &[],
        };
        let sealed = AeadAlgorithm::Gcm(AesSize::Aes192)
            .seal(input, &[0; 16])
            .unwrap();
        assert_eq!(sealed.ciphertext, bytes("98e7247c07f0fe411c267e4384b0f600"));
        assert_eq!(sealed.tag, bytes("2ff58d80033927ab8ef4d4587514f0fb"));
    }

    #[test]
    fn opens_only_what_was_sealed() {
        let sizes = [AesSize::Aes128, AesSize::Aes192, AesSize::Aes256];
        for algorithm in sizes
            .map(AeadAlgorithm::Gcm)
            .into_iter()
            .chain(sizes.map(AeadAlgorithm::CbcHmac))
        {
            let key = vec![7; algorithm.key_length()];
            let iv = vec![9; algorithm.iv_length()];
            let input = AeadInput {
                key: &key,
                iv: &iv,
                aad: b"beside",
            };
            for message in [&b""[..], b"text", &[0; 48]] {
                let sealed = algorithm.seal(input, message).unwrap();
                assert_eq!(sealed.tag.len(), algorithm.tag_length());
                assert_eq!(*algorithm.open(input, &sealed).unwrap(), message);
                let mut changed = sealed.clone();
                changed.tag[0] ^= 1;
                assert!(algorithm.open(input, &changed).is_err());
                changed = sealed.clone();
                changed.tag.pop();
                assert!(algorithm.open(input, &changed).is_err());
                changed = sealed.clone();
                changed.ciphertext.push(0);
                assert!(algorithm.open(input, &changed).is_err());
                let other = AeadInput {
                    aad: b"besides",
                    ..input
                };
                assert!(algorithm.open(other, &sealed).is_err());
                let short = AeadInput {
                    key: &key[1..],
                    ..input
                };
                assert!(algorithm.seal(short, message).is_none());
                assert!(algorithm.open(short, &sealed).is_err());
            }
        }
    }
}
