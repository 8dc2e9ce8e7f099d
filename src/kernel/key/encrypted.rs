//! Encrypted PKCS#8 (RFC 5958 §3, PBES2 of RFC 8018).
//!
//! Written: PBKDF2-HMAC-SHA256 with 600,000 iterations and AES-256-CBC, which OpenSSL and GnuTLS both read. Read:
//! whatever PBES2 the library knows, within bounds, so that a hostile file cannot demand hours of work.

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::pkcs5::pbes2;
use zeroize::Zeroizing;

use crate::kernel::crypto::Random;
use crate::kernel::secret::Secret;

const ITERATIONS: u32 = 600_000;
const MAX_ITERATIONS: u32 = 10_000_000;
/// 128 · N · r bytes of scrypt, at most 1 GiB.
const MAX_SCRYPT_BYTES: u64 = 1 << 30;

/// Why an encrypted key could not be opened. Nothing says how far a wrong password got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EncryptedKeyError {
    /// No password was given.
    #[error("the key is encrypted and no password was given")]
    PasswordNeeded,
    /// It does not open.
    #[error("the key does not open with this password")]
    WrongPassword,
    /// The structure cannot be read, or the scheme is not PBES2.
    #[error("the key is encrypted in a way that is not supported (only PBES2 is)")]
    Unsupported,
    /// The file demands too much work.
    #[error("the key demands more key-derivation work than is allowed")]
    TooMuchWork,
    /// The system has no randomness.
    #[error("the system's source of randomness failed")]
    NoRandomness,
}

/// Opens an encrypted PKCS#8 structure.
///
/// # Errors
/// [`EncryptedKeyError`].
pub fn decrypt_pkcs8(
    der: &[u8],
    password: &Secret,
) -> Result<Zeroizing<Vec<u8>>, EncryptedKeyError> {
    let info =
        EncryptedPrivateKeyInfoRef::try_from(der).map_err(|_| EncryptedKeyError::Unsupported)?;
    let parameters = info
        .encryption_algorithm
        .pbes2()
        .ok_or(EncryptedKeyError::Unsupported)?;
    check_work(&parameters.kdf)?;
    parameters
        .decrypt(password.expose(), info.encrypted_data.as_bytes())
        .map(Zeroizing::new)
        .map_err(|_| EncryptedKeyError::WrongPassword)
}

fn check_work(kdf: &pbes2::Kdf) -> Result<(), EncryptedKeyError> {
    let too_much = match (kdf.pbkdf2(), kdf.scrypt()) {
        (Some(pbkdf2), _) => pbkdf2.iteration_count > MAX_ITERATIONS,
        (_, Some(scrypt)) => {
            let bytes = 128_u64
                .saturating_mul(scrypt.cost_parameter)
                .saturating_mul(u64::from(scrypt.block_size));
            bytes > MAX_SCRYPT_BYTES || scrypt.parallelization > 16
        }
        (None, None) => return Err(EncryptedKeyError::Unsupported),
    };
    if too_much {
        Err(EncryptedKeyError::TooMuchWork)
    } else {
        Ok(())
    }
}

/// Encrypts a PKCS#8 structure.
///
/// # Errors
/// [`EncryptedKeyError::NoRandomness`].
pub fn encrypt_pkcs8(
    pkcs8: &[u8],
    password: &Secret,
    random: &impl Random,
) -> Result<Vec<u8>, EncryptedKeyError> {
    encrypt_pkcs8_with(pkcs8, (password, ITERATIONS), random)
}

/// As [`encrypt_pkcs8`], with so many iterations.
///
/// # Errors
/// [`EncryptedKeyError::NoRandomness`].
pub fn encrypt_pkcs8_with(
    pkcs8: &[u8],
    (password, iterations): (&Secret, u32),
    random: &impl Random,
) -> Result<Vec<u8>, EncryptedKeyError> {
    let salt: [u8; 16] = random
        .bytes()
        .map_err(|_| EncryptedKeyError::NoRandomness)?;
    let iv: [u8; 16] = random
        .bytes()
        .map_err(|_| EncryptedKeyError::NoRandomness)?;
    let parameters = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(iterations, &salt, iv)
        .map_err(|_| EncryptedKeyError::Unsupported)?;
    let encrypted = parameters
        .encrypt(password.expose(), pkcs8)
        .map_err(|_| EncryptedKeyError::Unsupported)?;
    let scheme = pkcs8::der::Encode::to_der(&pkcs8::pkcs5::EncryptionScheme::from(parameters))
        .map_err(|_| EncryptedKeyError::Unsupported)?;
    Ok(crate::kernel::der::sequence(&[
        &scheme,
        &crate::kernel::der::element(crate::kernel::der::tag::OCTET_STRING, &encrypted),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::crypto::SystemRandom;

    #[test]
    fn opens_with_the_right_password_only() {
        let password = Secret::new(b"correct horse".to_vec());
        let key = crate::kernel::der::unsigned(b"a key");
        let sealed = encrypt_pkcs8(&key, &password, &SystemRandom::default()).unwrap();
        assert_eq!(decrypt_pkcs8(&sealed, &password).unwrap().as_slice(), key);
        let wrong = Secret::new(b"battery staple".to_vec());
        // Padding passes by chance once in 256 tries; what comes out is then no key.
        if let Ok(plain) = decrypt_pkcs8(&sealed, &wrong) {
            assert_ne!(plain.as_slice(), key);
        }
        assert_eq!(
            decrypt_pkcs8(b"\x30\x00", &password).unwrap_err(),
            EncryptedKeyError::Unsupported
        );
    }
}
