//! PKCS#12 files (RFC 7292) with a password: what is in them, and new ones.
//!
//! Written: PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC, and a MAC with SHA-256, as OpenSSL 3, Java and Windows of today read
//! them; or, where it is asked for, Triple DES and SHA-1 for old software, with RC2 for the certificates if it must be. Read: these, RC2 with 40 bits, a MAC by PBMAC1 (RFC
//! 9579), and BER. The password is checked by the MAC before anything is decrypted, so that a wrong one is told from a damaged
//! file by nothing else.

mod derive;
mod read;
mod write;

pub use read::{Opened, is_pkcs12, read};
pub use write::{Contents, Strength, write};

/// Object identifiers, as their contents.
mod oid {
    pub(super) const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    pub(super) const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 6];
    pub(super) const FRIENDLY_NAME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 20];
    pub(super) const LOCAL_KEY_ID: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 21];
    pub(super) const X509_CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1];
    /// Below it: 1 a key, 2 an encrypted key, 3 a certificate, 4 a list.
    pub(super) const BAGS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1];
    /// Below it: 3 Triple DES with three keys, 6 RC2 with 40 bits.
    pub(super) const OLD_SCHEMES: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 1];
    pub(super) const PBES2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 13];
    pub(super) const PBKDF2: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 12];
    pub(super) const PBMAC1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 5, 14];
    /// Below it: 9 HMAC-SHA-256, 10 HMAC-SHA-384, 11 HMAC-SHA-512.
    pub(super) const HMACS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2];
    pub(super) const SHA1: &[u8] = &[0x2b, 0x0e, 3, 2, 26];
    pub(super) const SHA256: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
    pub(super) const SHA384: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2];
    pub(super) const SHA512: &[u8] = &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3];
    /// Oracle's mark of a certificate that is trusted: without it, Java's keytool sees none.
    pub(super) const TRUSTED_KEY_USAGE: &[u8] = &[
        0x60, 0x86, 0x48, 1, 0x86, 0xf9, 0x66, 0xad, 0xca, 0x7b, 1, 1,
    ];
    pub(super) const ANY_USAGE: &[u8] = &[0x55, 0x1d, 37, 0];
}

/// Why a file cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Pkcs12Error {
    /// Not what RFC 7292 describes.
    #[error("it is not a PKCS#12 file, or it is damaged")]
    Malformed,
    /// Another password, or a file that was changed.
    #[error("it does not open with this password")]
    WrongPassword,
    /// A scheme that is not read here.
    #[error("it is protected by {0}, which is not read here")]
    Unsupported(String),
    /// More rounds than are worked through.
    #[error("it demands more key-derivation work than is allowed")]
    TooMuchWork,
    /// A password that has no form in PKCS#12.
    #[error("the password is no text, and PKCS#12 knows no other")]
    BadPassword,
    /// The system has no randomness.
    #[error("the system's source of randomness failed")]
    NoRandomness,
}

impl From<crate::kernel::der::Malformed> for Pkcs12Error {
    fn from(_: crate::kernel::der::Malformed) -> Self {
        Self::Malformed
    }
}

/// The most rounds of a key derivation that a file may demand.
const MAX_ITERATIONS: u32 = 10_000_000;

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;
    use crate::kernel::crypto::SystemRandom;
    use crate::kernel::secret::Secret;

    fn secret(text: &str) -> Secret {
        Secret::new(text.as_bytes().to_vec())
    }

    #[test]
    fn what_is_written_is_read_with_its_password_alone() {
        let key = b"\x30\x03\x02\x01\x07";
        let certificates = [
            b"\x30\x03\x02\x01\x01".to_vec(),
            b"\x30\x03\x02\x01\x02".to_vec(),
        ];
        let legacy = [Strength::TripleDes, Strength::Rc2Certificates];
        for strength in [Strength::Modern, legacy[0], legacy[1]] {
            let contents = Contents {
                key: Some(key),
                certificates: &certificates,
                trusted: &[],
                name: "payment-service",
            };
            let password = secret("pässword");
            let random = SystemRandom::default();
            let file = write(&contents, &password, strength, &random).unwrap();
            assert!(is_pkcs12(&file));
            let opened = read(&file, &password).unwrap();
            assert_eq!(opened.certificates, certificates);
            assert_eq!(opened.keys.len(), 1);
            assert_eq!(opened.keys[0].as_slice(), key);
            assert_eq!(opened.names, ["payment-service"]);
            let told = opened.protection.join("; ");
            assert_eq!(told.contains("RC2"), strength == legacy[1], "{told}");
            assert_eq!(told.contains("DES"), strength != Strength::Modern, "{told}");
            let wrong = read(&file, &secret("password")).unwrap_err();
            assert_eq!(wrong, Pkcs12Error::WrongPassword);
            // A changed file is not told from another password.
            let mut changed = file.clone();
            changed[file.len() / 2] ^= 1;
            assert!(read(&changed, &password).is_err());
            for end in 0..file.len().min(200) {
                assert!(read(&file[..end], &password).is_err());
            }
        }
    }

    #[test]
    fn the_files_of_rfc_9579_open_or_not_as_it_says() {
        let file = |text: &str| {
            let text: String = text.split_whitespace().collect();
            base64::engine::general_purpose::STANDARD
                .decode(text)
                .unwrap()
        };
        let password = secret("1234");
        // Appendix A.1 to A.3: HMAC and PRF with SHA-256, with both, with SHA-512.
        let good = [
            include_str!("../../../fixtures/pkcs12/rfc9579-a1.b64"),
            include_str!("../../../fixtures/pkcs12/rfc9579-a2.b64"),
            include_str!("../../../fixtures/pkcs12/rfc9579-a3.b64"),
        ];
        for text in good {
            let file = file(text);
            let opened = read(&file, &password).unwrap();
            assert_eq!((opened.certificates.len(), opened.keys.len()), (1, 1));
            assert!(
                opened.protection[0].starts_with("PBMAC1"),
                "{:?}",
                opened.protection
            );
            let wrong = read(&file, &secret("12345")).unwrap_err();
            assert_eq!(wrong, Pkcs12Error::WrongPassword);
        }
        // A.4 to A.6: another number of rounds, another salt, no length of the key.
        let bad = [
            include_str!("../../../fixtures/pkcs12/rfc9579-a4.b64"),
            include_str!("../../../fixtures/pkcs12/rfc9579-a5.b64"),
            include_str!("../../../fixtures/pkcs12/rfc9579-a6.b64"),
        ];
        let errors = bad.map(|text| read(&file(text), &password).unwrap_err());
        let wrong = Pkcs12Error::WrongPassword;
        assert_eq!(errors, [wrong.clone(), wrong, Pkcs12Error::Malformed]);
    }

    #[test]
    fn what_nss_writes_in_ber_is_read() {
        let file = include_bytes!("../../../fixtures/pkcs12/nss.p12");
        assert_eq!(file[1], 0x80, "an indefinite length");
        assert!(is_pkcs12(file));
        let opened = read(file, &secret("1234")).unwrap();
        assert_eq!((opened.certificates.len(), opened.keys.len()), (1, 1));
        assert_eq!(opened.names, ["nss"]);
        for end in (0..file.len()).step_by(7) {
            assert!(!is_pkcs12(&file[..end]), "{end}");
        }
    }

    #[test]
    fn a_truststore_holds_certificates_alone() {
        let roots = [b"\x30\x03\x02\x01\x01".to_vec()];
        let contents = Contents {
            key: None,
            certificates: &[],
            trusted: &roots,
            name: "acme.example",
        };
        let (password, random) = (secret("p"), SystemRandom::default());
        let file = write(&contents, &password, Strength::Modern, &random).unwrap();
        let opened = read(&file, &password).unwrap();
        assert_eq!((opened.certificates.len(), opened.keys.len()), (1, 0));
    }
}
