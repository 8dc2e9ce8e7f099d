//! Keys that are kept under other keys: AES Key Wrap (RFC 3394), and PBKDF2 (RFC 8018 §5.2) for passwords.

use std::num::NonZeroU32;

use aes::{Aes128, Aes192, Aes256};
use aes_kw::AesKw;
use aes_kw::InnerInit as _;
use aes_kw::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit, consts::U16};
use ring::pbkdf2;
use zeroize::Zeroizing;

use super::aead::{AesSize, Unauthentic};
use super::mac::MacAlgorithm;

/// The octets by which a wrapped key is longer than the key.
const OVERHEAD: usize = 8;

/// Wraps a key of a multiple of eight bytes, at least sixteen; None for a key of another length on either side.
pub fn wrap(size: AesSize, with: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    match size {
        AesSize::Aes128 => wrap_with::<Aes128>(with, key),
        AesSize::Aes192 => wrap_with::<Aes192>(with, key),
        AesSize::Aes256 => wrap_with::<Aes256>(with, key),
    }
}

/// Unwraps a key.
///
/// # Errors
/// [`Unauthentic`] if it is not wrapped with this key, or has a length that no wrapped key has.
pub fn unwrap(
    size: AesSize,
    with: &[u8],
    wrapped: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unauthentic> {
    match size {
        AesSize::Aes128 => unwrap_with::<Aes128>(with, wrapped),
        AesSize::Aes192 => unwrap_with::<Aes192>(with, wrapped),
        AesSize::Aes256 => unwrap_with::<Aes256>(with, wrapped),
    }
    .ok_or(Unauthentic)
}

fn wrap_with<C>(with: &[u8], key: &[u8]) -> Option<Vec<u8>>
where
    C: KeyInit + BlockCipherEncrypt<BlockSize = U16>,
{
    // RFC 3394 §2: two blocks of 64 bits at least.
    if key.len() < 2 * OVERHEAD {
        return None;
    }
    let cipher = AesKw::inner_init(C::new_from_slice(with).ok()?);
    let mut wrapped = vec![0; key.len() + OVERHEAD];
    cipher.wrap_key(key, &mut wrapped).ok()?;
    Some(wrapped)
}

fn unwrap_with<C>(with: &[u8], wrapped: &[u8]) -> Option<Zeroizing<Vec<u8>>>
where
    C: KeyInit + BlockCipherDecrypt<BlockSize = U16>,
{
    if wrapped.len() < 3 * OVERHEAD {
        return None;
    }
    let cipher = AesKw::inner_init(C::new_from_slice(with).ok()?);
    let mut key = Zeroizing::new(vec![0; wrapped.len() - OVERHEAD]);
    cipher.unwrap_key(wrapped, &mut key).ok()?;
    Some(key)
}

/// PBKDF2: a key of some length from a password; None without iterations, and for HMACs that are not offered here.
pub fn pbkdf2(
    mac: MacAlgorithm,
    password: &[u8],
    (salt, iterations): (&[u8], u32),
    length: usize,
) -> Option<Zeroizing<Vec<u8>>> {
    let algorithm = match mac {
        MacAlgorithm::HmacSha1Legacy => return None,
        MacAlgorithm::HmacSha256 => pbkdf2::PBKDF2_HMAC_SHA256,
        MacAlgorithm::HmacSha384 => pbkdf2::PBKDF2_HMAC_SHA384,
        MacAlgorithm::HmacSha512 => pbkdf2::PBKDF2_HMAC_SHA512,
    };
    let mut key = Zeroizing::new(vec![0; length]);
    let iterations = NonZeroU32::new(iterations)?;
    pbkdf2::derive(algorithm, iterations, salt, password, &mut key);
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::super::{hex, unhex};
    use super::*;

    // RFC 3394 §4.1, §4.2, §4.6: the wrapping key counts from zero, the data is 00112233…
    #[test]
    fn matches_rfc_3394() {
        let data = unhex(b"00112233445566778899aabbccddeeff").unwrap();
        for (size, wrapped) in [
            (
                AesSize::Aes128,
                "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5",
            ),
            (
                AesSize::Aes192,
                "96778b25ae6ca435f92b5b97c050aed2468ab8a17ad84e5d",
            ),
            (
                AesSize::Aes256,
                "64e8c3f9ce0f5ba263e9777905818a2a93c8191e7d6e8ae7",
            ),
        ] {
            let with: Vec<u8> = (0..).take(size.bytes()).collect();
            let made = wrap(size, &with, &data).unwrap();
            assert_eq!(hex(&made), wrapped);
            assert_eq!(*unwrap(size, &with, &made).unwrap(), data);
            let mut changed = made.clone();
            changed[3] ^= 1;
            assert!(unwrap(size, &with, &changed).is_err());
            assert!(unwrap(size, &with, &made[..16]).is_err());
            assert!(unwrap(size, &with, &made[..23]).is_err());
            assert!(unwrap(size, &with[1..], &made).is_err());
            assert!(wrap(size, &with, &data[..8]).is_none());
            assert!(wrap(size, &with, &data[..15]).is_none());
        }
    }

    #[test]
    fn pbkdf2_matches_rfc_7914_section_11() {
        let key = pbkdf2(MacAlgorithm::HmacSha256, b"passwd", (b"salt", 1), 16).unwrap();
        assert_eq!(hex(&key), "55ac046e56e3089fec1691c22544b605");
        assert!(pbkdf2(MacAlgorithm::HmacSha256, b"", (b"", 0), 16).is_none());
    }
}
