//! One entrance for key files: the format is recognised, and a wrong kind of key is named.

use super::structure::{certificate_key, private_from_pkcs1, private_from_sec1, public_from_pkcs1};
use super::{
    EncryptedKeyError, Key, KeyDefect, KeyError, KeySet, Material, RsaUse, decrypt_pkcs8, jwk,
    private_from_pkcs8, public_from_spki,
};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::pem::{self, Block};
use crate::kernel::secret::{Encoding, Secret};

/// What a key is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A shared secret, for a MAC.
    Secret,
    /// A private key, or a shared secret: whatever can sign.
    Signing,
    /// Any key that verifies.
    Verification,
    /// A private key.
    Private,
    /// Any key that can be encrypted to.
    Encryption,
    /// A private key, or a shared secret: whatever can decrypt.
    Decryption,
}

/// How to read a key file.
#[derive(Debug, Clone, Copy)]
pub struct LoadOptions<'a> {
    /// What the key is for.
    pub expected: Expected,
    /// How a secret is written; None recognises key files and takes anything else as UTF-8 text.
    pub encoding: Option<Encoding>,
    /// The password of an encrypted key.
    pub password: Option<&'a Secret>,
}

impl LoadOptions<'_> {
    /// Options for a key that is neither encoded nor encrypted.
    pub fn plain(expected: Expected) -> Self {
        Self {
            expected,
            encoding: None,
            password: None,
        }
    }
}

/// Reads the keys of one file.
///
/// # Errors
/// [`KeyError`]; none of its variants holds key material.
pub fn load(bytes: &[u8], options: LoadOptions<'_>) -> Result<KeySet, KeyError> {
    let set = read(bytes, options)?;
    for key in &set.keys {
        check_kind(key, options.expected)?;
    }
    Ok(set)
}

fn read(bytes: &[u8], options: LoadOptions<'_>) -> Result<KeySet, KeyError> {
    if bytes.trim_ascii().is_empty() {
        return Err(KeyError::Empty);
    }
    if pem::is_pem(bytes) {
        return from_pem(bytes, options.password).map(only);
    }
    if let Some(encoding) = options.encoding {
        return secret(bytes, encoding);
    }
    if let Some(text) = json_object(bytes) {
        return jwk::parse(text);
    }
    if bytes.first() == Some(&0x30)
        && let Some(key) = from_der(bytes, options.password)
    {
        return key.map(only);
    }
    secret(bytes, Encoding::Utf8)
}

fn only(key: Key) -> KeySet {
    KeySet {
        keys: vec![key],
        skipped: Vec::new(),
    }
}

/// A key with what its algorithm identifier says of it.
fn marked(material: Material, der: &[u8]) -> Key {
    let mut key = Key::bare(material);
    key.rsa_use = RsaUse::of_der(der);
    key
}

fn secret(bytes: &[u8], encoding: Encoding) -> Result<KeySet, KeyError> {
    let secret = encoding.decode(bytes)?;
    if secret.is_empty() {
        return Err(KeyError::Empty);
    }
    // A PEM that someone wrapped in base64 is still no secret.
    if pem::is_pem(secret.expose()) {
        return from_pem(secret.expose(), None).map(only);
    }
    // A public key that is taken for a secret lets everyone who has it sign (RFC 8725bis §2.1).
    if let Some(what) = disguised(secret.expose()).or_else(|| disguised(bytes)) {
        return Err(KeyError::KeyAsSecret(what));
    }
    Ok(only(Key::bare(Material::Secret(secret))))
}

/// What kind of key some bytes are that no reader took for one: armour lost, damaged or of another program.
fn disguised(bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}').trim();
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| text.starts_with(prefix));
    if starts(&[
        "ssh-",
        "ecdsa-sha2-",
        "sk-ssh-",
        "sk-ecdsa-",
        "PuTTY-User-Key-File",
    ]) {
        return Some("a key of OpenSSH");
    }
    if text.contains("BEGIN ") && (text.contains(" KEY") || text.contains("CERTIFICATE")) {
        return Some("a damaged PEM");
    }
    if starts(&["{", "["]) && text.contains("\"kty\"") {
        return Some("a JWK in a form that is not read");
    }
    if is_key_in_der(bytes) {
        return Some("a key in DER");
    }
    let joined: String = text.split_whitespace().collect();
    let decoded = [Encoding::Base64, Encoding::Base64url, Encoding::Hex]
        .into_iter()
        .filter_map(|encoding| encoding.decode(joined.as_bytes()).ok());
    let mut keys = decoded.filter(|decoded| is_key_in_der(decoded.expose()));
    keys.next().map(|_| "a key in DER, encoded as text")
}

fn is_key_in_der(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0x30) && matches!(from_der(bytes, None), Some(Ok(_)))
}

fn json_object(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.trim_start().starts_with('{').then_some(text)
}

fn from_pem(bytes: &[u8], password: Option<&Secret>) -> Result<Key, KeyError> {
    let text = String::from_utf8_lossy(bytes);
    let blocks = pem::parse(&text)?;
    one_private(&blocks)?;
    let mut labels = Vec::new();
    for block in &blocks {
        if let Some(key) = from_block(block, password)? {
            return Ok(key);
        }
        labels.push(format!("`{}`", block.label));
    }
    Err(KeyError::NoKeyInPem(labels.join(", ")))
}

/// Of several private keys, which is meant is anybody's guess. One that is there twice is one.
fn one_private(blocks: &[Block]) -> Result<(), KeyError> {
    let is_private = |block: &&Block| block.label.ends_with("PRIVATE KEY");
    let mut private: Vec<&[u8]> = blocks
        .iter()
        .filter(is_private)
        .map(|block| block.der.as_slice())
        .collect();
    private.arrange();
    private.dedup();
    match private.len() {
        0 | 1 => Ok(()),
        several => Err(KeyError::SeveralPrivate(several)),
    }
}

fn from_block(block: &Block, password: Option<&Secret>) -> Result<Option<Key>, KeyError> {
    let der = block.der.as_slice();
    let material = match block.label.as_str() {
        "PRIVATE KEY" => Material::Private(private_from_pkcs8(der)?),
        "ENCRYPTED PRIVATE KEY" => return decrypted(der, password).map(Some),
        "RSA PRIVATE KEY" => Material::Private(private_from_pkcs1(der)?),
        "EC PRIVATE KEY" => Material::Private(private_from_sec1(der, None)?),
        "PUBLIC KEY" => Material::Public(public_from_spki(der)?),
        "RSA PUBLIC KEY" => Material::Public(public_from_pkcs1(der)?),
        "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => {
            Material::Public(certificate_key(der)?)
        }
        "OPENSSH PRIVATE KEY" => return Err(KeyError::OpenSsh),
        _ => return Ok(None),
    };
    Ok(Some(marked(material, der)))
}

fn decrypted(der: &[u8], password: Option<&Secret>) -> Result<Key, KeyError> {
    let password = password.ok_or(EncryptedKeyError::PasswordNeeded)?;
    let plain = decrypt_pkcs8(der, password)?;
    // A wrong password whose padding passes by chance yields no key: the same answer as for one that does not.
    let key = private_from_pkcs8(&plain).map_err(|defect| match defect {
        KeyDefect::Malformed => EncryptedKeyError::WrongPassword.into(),
        other => KeyError::from(other),
    })?;
    Ok(marked(Material::Private(key), &plain))
}

type Attempt = fn(&[u8]) -> Result<Material, KeyDefect>;

/// DER has no label: the formats are tried from the one with the most structure down. None if it is no key at all.
fn from_der(bytes: &[u8], password: Option<&Secret>) -> Option<Result<Key, KeyError>> {
    let attempts: [Attempt; 6] = [
        |der| private_from_pkcs8(der).map(Material::Private),
        |der| certificate_key(der).map(Material::Public),
        |der| public_from_spki(der).map(Material::Public),
        |der| private_from_pkcs1(der).map(Material::Private),
        |der| private_from_sec1(der, None).map(Material::Private),
        |der| public_from_pkcs1(der).map(Material::Public),
    ];
    let mut telling = None;
    for attempt in attempts {
        match attempt(bytes) {
            Ok(material) => return Some(Ok(marked(material, bytes))),
            Err(KeyDefect::Malformed) => {}
            Err(defect) => telling = telling.or(Some(defect)),
        }
    }
    match decrypted(bytes, password) {
        Err(KeyError::Encrypted(EncryptedKeyError::Unsupported)) => {
            telling.map(|defect| Err(defect.into()))
        }
        Ok(key) => Some(Ok(key)),
        Err(KeyError::Encrypted(EncryptedKeyError::PasswordNeeded)) => {
            let sealed = pkcs8::EncryptedPrivateKeyInfoRef::try_from(bytes).is_ok();
            let error = telling.map_or(EncryptedKeyError::PasswordNeeded.into(), KeyError::from);
            sealed.then_some(Err(error))
        }
        Err(error) => Some(Err(error)),
    }
}

fn check_kind(key: &Key, expected: Expected) -> Result<(), KeyError> {
    let wrong = |purpose: &str, needed| {
        Err(KeyError::WrongKind {
            found: key.describe(),
            purpose: purpose.to_owned(),
            needed,
        })
    };
    match (expected, &key.material) {
        (Expected::Secret, Material::Public(_) | Material::Private(_)) => {
            wrong("HMAC", "a shared secret")
        }
        (Expected::Signing, Material::Public(_)) => {
            wrong("signing", "a private key or a shared secret")
        }
        (Expected::Decryption, Material::Public(_)) => {
            wrong("decrypting", "a private key or a shared secret")
        }
        (Expected::Private, Material::Public(_) | Material::Secret(_)) => {
            wrong("signing", "a private key")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::crypto::SystemRandom;
    use crate::kernel::key::{Curve, KeyKind, encrypt_pkcs8, generate_ec};
    use proptest::prelude::*;

    fn keys(bytes: &[u8], expected: Expected) -> Result<KeySet, KeyError> {
        load(bytes, LoadOptions::plain(expected))
    }

    #[test]
    fn a_wrong_kind_of_key_is_named() {
        let key = generate_ec(Curve::P256, &SystemRandom::default()).unwrap();
        let public = pem::write("PUBLIC KEY", &key.public().to_spki());
        let error = keys(public.as_bytes(), Expected::Secret).unwrap_err();
        assert_eq!(
            error.to_string(),
            "this is a P-256 public key; HMAC needs a shared secret"
        );
        let error = keys(b"secret text", Expected::Private).unwrap_err();
        assert_eq!(
            error.to_string(),
            "this is a shared secret; signing needs a private key"
        );
    }

    #[test]
    fn the_same_key_is_read_from_pem_and_der() {
        let key = generate_ec(Curve::P384, &SystemRandom::default()).unwrap();
        let pkcs8 = key.to_pkcs8();
        for bytes in [
            pkcs8.to_vec(),
            pem::write("PRIVATE KEY", &pkcs8).as_bytes().to_vec(),
        ] {
            let set = keys(&bytes, Expected::Private).unwrap();
            assert_eq!(set.keys[0].public(), Some(key.public()));
        }
    }

    #[test]
    fn an_encrypted_key_wants_its_password() {
        let random = SystemRandom::default();
        let key = generate_ec(Curve::P256, &random).unwrap();
        let password = Secret::new(b"open sesame".to_vec());
        let sealed = encrypt_pkcs8(&key.to_pkcs8(), &password, &random).unwrap();
        let text = pem::write("ENCRYPTED PRIVATE KEY", &sealed);
        let open = |password| {
            let options = LoadOptions {
                expected: Expected::Private,
                encoding: None,
                password,
            };
            load(text.as_bytes(), options)
        };
        assert_eq!(open(Some(&password)).unwrap().keys.len(), 1);
        assert_eq!(
            open(None).unwrap_err(),
            KeyError::Encrypted(EncryptedKeyError::PasswordNeeded)
        );
        let wrong = Secret::new(b"open barley".to_vec());
        assert_eq!(
            open(Some(&wrong)).unwrap_err(),
            KeyError::Encrypted(EncryptedKeyError::WrongPassword)
        );
    }

    #[test]
    fn text_that_is_no_key_file_is_a_secret() {
        let set = keys(b"0123456789abcdef\n", Expected::Secret).unwrap();
        let Material::Secret(secret) = &set.keys[0].material else {
            panic!("a secret was given");
        };
        assert_eq!(secret.expose(), b"0123456789abcdef");
        assert_eq!(keys(b" \n", Expected::Secret).unwrap_err(), KeyError::Empty);
    }

    #[test]
    fn a_key_without_its_armour_is_no_secret() {
        use base64::Engine as _;
        use base64::engine::general_purpose::STANDARD;
        let key = generate_ec(Curve::P256, &SystemRandom::default()).unwrap();
        let spki = key.public().to_spki();
        let pem = pem::write("PUBLIC KEY", &spki);
        let jwk = r#"[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]"#;
        let wrapped = STANDARD.encode(&spki);
        let (first, second) = wrapped.split_at(64);
        let forms = [
            wrapped.clone(),
            format!("{first}\n{second}\n"),
            crate::kernel::crypto::hex(&spki),
            pem.replace("-----", "----"),
            format!("\u{feff}{{{}", jwk.trim_start_matches("[{")),
            jwk.to_owned(),
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA alice@acme".to_owned(),
            "ecdsa-sha2-nistp256 AAAAE2VjZHNh alice@acme".to_owned(),
        ];
        for form in forms {
            let read = keys(form.as_bytes(), Expected::Verification);
            let secret = read
                .as_ref()
                .is_ok_and(|set| set.keys[0].kind() == KeyKind::Secret);
            assert!(!secret, "{form}");
        }
        for text in [
            "0123456789abcdef0123456789abcdef",
            "MAAwADAAMAAwADAAMAAwADAAMAAwADAA",
        ] {
            assert!(
                keys(text.as_bytes(), Expected::Verification).is_ok(),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..96), sequence in any::<bool>()) {
            let mut bytes = bytes;
            if sequence {
                bytes.insert(0, 0x30);
            }
            let _checked = keys(&bytes, Expected::Verification).is_ok();
        }
    }

    #[test]
    fn of_several_private_keys_none_is_chosen() {
        let random = crate::kernel::crypto::SystemRandom::default();
        let text = || {
            let key = crate::kernel::key::generate_ed25519(&random).unwrap();
            pem::write("PRIVATE KEY", &key.to_pkcs8()).to_string()
        };
        let (one, other) = (text(), text());
        let load = |text: String| load(text.as_bytes(), LoadOptions::plain(Expected::Private));
        assert!(load(format!("{one}{one}")).is_ok());
        assert_eq!(
            load(format!("{one}{other}")).unwrap_err(),
            KeyError::SeveralPrivate(2)
        );
    }
}
