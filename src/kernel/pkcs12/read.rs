//! A PKCS#12 file taken apart.

use zeroize::Zeroizing;

use super::derive::{Derivation, Purpose};
use super::{MAX_ITERATIONS, Pkcs12Error, oid};
use crate::kernel::ber;
use crate::kernel::crypto::{DigestAlgorithm, LegacyCipher, MacAlgorithm, MacKey, pbkdf2};
use crate::kernel::der::{self, Reader, tag};
use crate::kernel::key::{EncryptedKeyError, decrypt_pkcs8};
use crate::kernel::secret::Secret;

/// What a file holds.
#[derive(Default)]
pub struct Opened {
    /// Certificates, DER.
    pub certificates: Vec<Vec<u8>>,
    /// Private keys, PKCS#8.
    pub keys: Vec<Zeroizing<Vec<u8>>>,
    /// The names that its keys and certificates bear, each once.
    pub names: Vec<String>,
    /// How it is protected, a few words each.
    pub protection: Vec<String>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened")
            .field("certificates", &self.certificates.len())
            .field("keys", &self.keys.len())
            .finish_non_exhaustive()
    }
}

/// The parts of a PFX.
struct Pfx<'a> {
    safe: &'a [u8],
    mac: Option<Reader<'a>>,
}

fn pfx(der: &[u8]) -> Result<Pfx<'_>, Pkcs12Error> {
    let mut outer = Reader::new(der);
    let mut whole = outer.enter(tag::SEQUENCE)?;
    outer.finish()?;
    if whole.unsigned()? != [3] {
        return Err(Pkcs12Error::Malformed);
    }
    let mut content = whole.enter(tag::SEQUENCE)?;
    let kind = content.read(tag::OID)?;
    if kind != oid::DATA {
        return Err(Pkcs12Error::Unsupported("a signature".to_owned()));
    }
    let safe = content.enter(tag::CONTEXT_0)?.read(tag::OCTET_STRING)?;
    let mac = match whole.is_empty() {
        true => None,
        false => Some(whole.enter(tag::SEQUENCE)?),
    };
    Ok(Pfx { safe, mac })
}

/// Whether bytes look like a PKCS#12 file.
pub fn is_pkcs12(bytes: &[u8]) -> bool {
    ber::to_der(bytes).is_ok_and(|der| pfx(&der).is_ok())
}

/// Opens a file. Without a MAC nothing vouches for its contents, so that it is not read.
///
/// # Errors
/// [`Pkcs12Error`].
pub fn read(bytes: &[u8], password: &Secret) -> Result<Opened, Pkcs12Error> {
    let der = ber::to_der(bytes)?;
    let Pfx { safe, mac } = pfx(&der)?;
    let mac = mac.ok_or_else(|| Pkcs12Error::Unsupported("nothing: it has no MAC".to_owned()))?;
    let mut opened = Opened::default();
    check_mac(mac, safe, (password, &mut opened))?;
    // The MAC is about the octets as they stand there; BER is a matter of what they hold.
    let safe = ber::to_der(safe)?;
    let mut contents = Reader::new(&safe).enter(tag::SEQUENCE)?;
    while !contents.is_empty() {
        let mut content = contents.enter(tag::SEQUENCE)?;
        let kind = content.read(tag::OID)?;
        let mut value = content.enter(tag::CONTEXT_0)?;
        if kind == oid::DATA {
            bags(value.read(tag::OCTET_STRING)?, (password, &mut opened))?;
        } else if kind == oid::ENCRYPTED_DATA {
            let mut data = value.enter(tag::SEQUENCE)?;
            data.unsigned()?;
            let mut inner = data.enter(tag::SEQUENCE)?;
            inner.read(tag::OID)?;
            let scheme = inner.whole(tag::SEQUENCE)?;
            let sealed = match inner.optional(tag::CONTEXT_0_PRIMITIVE)? {
                Some(whole) => whole.to_vec(),
                None => pieces(inner.enter(tag::CONTEXT_0)?)?,
            };
            let plain = decrypt((scheme, &sealed), (password, &mut opened))?;
            bags(&plain, (password, &mut opened))?;
        } else {
            return Err(Pkcs12Error::Unsupported("a public key".to_owned()));
        }
    }
    Ok(opened)
}

/// An implicit OCTET STRING in pieces: BER alone has it.
fn pieces(mut all: Reader<'_>) -> Result<Vec<u8>, Pkcs12Error> {
    let mut whole = Vec::new();
    while !all.is_empty() {
        whole.extend_from_slice(all.read(tag::OCTET_STRING)?);
    }
    Ok(whole)
}

type Opening<'a> = (&'a Secret, &'a mut Opened);

fn check_mac(
    mut mac: Reader<'_>,
    safe: &[u8],
    (password, opened): Opening<'_>,
) -> Result<(), Pkcs12Error> {
    let mut info = mac.enter(tag::SEQUENCE)?;
    let mut algorithm = info.enter(tag::SEQUENCE)?;
    let named = algorithm.read(tag::OID)?;
    let expected = info.read(tag::OCTET_STRING)?;
    if named == oid::PBMAC1 {
        return check_pbmac1((algorithm, expected), safe, (password, opened));
    }
    let salt = mac.read(tag::OCTET_STRING)?;
    let iterations = match mac.is_empty() {
        // RFC 7292 §4: DEFAULT 1.
        true => 1,
        false => small(mac.unsigned()?)?,
    };
    let (digest, algorithm, name) = if named == oid::SHA1 {
        (
            DigestAlgorithm::Sha1Legacy,
            MacAlgorithm::HmacSha1Legacy,
            "SHA-1",
        )
    } else if named == oid::SHA256 {
        (DigestAlgorithm::Sha256, MacAlgorithm::HmacSha256, "SHA-256")
    } else if named == oid::SHA384 {
        (DigestAlgorithm::Sha384, MacAlgorithm::HmacSha384, "SHA-384")
    } else if named == oid::SHA512 {
        (DigestAlgorithm::Sha512, MacAlgorithm::HmacSha512, "SHA-512")
    } else {
        return Err(Pkcs12Error::Unsupported("another MAC".to_owned()));
    };
    let derivation = Derivation {
        digest,
        salt,
        iterations,
    };
    let key = derivation.derive(password, Purpose::Mac, algorithm.tag_length())?;
    MacKey::from_octets(algorithm, &key)
        .verify(safe, expected)
        .map_err(|_| Pkcs12Error::WrongPassword)?;
    opened
        .protection
        .push(format!("MAC with HMAC-{name}, {iterations} rounds"));
    Ok(())
}

/// RFC 9579 §4: salt and rounds of the MAC itself count for nothing, and the password is UTF-8.
fn check_pbmac1(
    (mut algorithm, expected): (Reader<'_>, &[u8]),
    safe: &[u8],
    (password, opened): Opening<'_>,
) -> Result<(), Pkcs12Error> {
    let mut parameters = algorithm.enter(tag::SEQUENCE)?;
    let mut derivation = parameters.enter(tag::SEQUENCE)?;
    if derivation.read(tag::OID)? != oid::PBKDF2 {
        return Err(Pkcs12Error::Unsupported("PBMAC1 without PBKDF2".to_owned()));
    }
    let mut derivation = derivation.enter(tag::SEQUENCE)?;
    let salt = derivation.read(tag::OCTET_STRING)?;
    let iterations = small(derivation.unsigned()?)?;
    // RFC 9579 §4: the length is there, and at least 20.
    let length = small(derivation.unsigned()?)?;
    let length = usize::try_from(length)
        .ok()
        .filter(|length| (20..=MAX_KEY).contains(length))
        .ok_or(Pkcs12Error::Malformed)?;
    if iterations > MAX_ITERATIONS {
        return Err(Pkcs12Error::TooMuchWork);
    }
    let function = hmac(derivation)?;
    let (mac, name) = hmac(parameters)?;
    let work = (salt, iterations);
    let key = pbkdf2(function.0, password.expose(), work, length).ok_or(Pkcs12Error::Malformed)?;
    MacKey::from_octets(mac, &key)
        .verify(safe, expected)
        .map_err(|_| Pkcs12Error::WrongPassword)?;
    opened
        .protection
        .push(format!("PBMAC1 with HMAC-{name}, {iterations} rounds"));
    Ok(())
}

/// The longest key of a MAC, in bytes.
const MAX_KEY: usize = 1024;

fn hmac(mut parameters: Reader<'_>) -> Result<(MacAlgorithm, &'static str), Pkcs12Error> {
    let unsupported = || Pkcs12Error::Unsupported("PBMAC1 with another HMAC".to_owned());
    if parameters.is_empty() {
        // RFC 8018 §5.2: SHA-1 is the default of PBKDF2.
        return Err(unsupported());
    }
    let named = parameters.enter(tag::SEQUENCE)?.read(tag::OID)?;
    match named.strip_prefix(oid::HMACS) {
        Some([9]) => Ok((MacAlgorithm::HmacSha256, "SHA-256")),
        Some([10]) => Ok((MacAlgorithm::HmacSha384, "SHA-384")),
        Some([11]) => Ok((MacAlgorithm::HmacSha512, "SHA-512")),
        _ => Err(unsupported()),
    }
}

fn small(octets: &[u8]) -> Result<u32, Pkcs12Error> {
    if octets.len() > 4 {
        return Err(Pkcs12Error::TooMuchWork);
    }
    Ok(octets
        .iter()
        .fold(0, |value, octet| value << 8 | u32::from(*octet)))
}

/// Decrypts what a scheme sealed.
fn decrypt(
    (scheme, sealed): (&[u8], &[u8]),
    (password, opened): Opening<'_>,
) -> Result<Zeroizing<Vec<u8>>, Pkcs12Error> {
    let mut parts = Reader::new(scheme).enter(tag::SEQUENCE)?;
    let named = parts.read(tag::OID)?;
    let note = |opened: &mut Opened, text: String| {
        if !opened.protection.contains(&text) {
            opened.protection.push(text);
        }
    };
    if named == oid::PBES2 {
        let info = der::sequence(&[scheme, &der::element(tag::OCTET_STRING, sealed)]);
        let plain = decrypt_pkcs8(&info, password).map_err(|error| match error {
            EncryptedKeyError::WrongPassword => Pkcs12Error::WrongPassword,
            EncryptedKeyError::TooMuchWork => Pkcs12Error::TooMuchWork,
            _ => Pkcs12Error::Unsupported("a scheme of PBES2".to_owned()),
        })?;
        note(opened, "PBES2".to_owned());
        return Ok(plain);
    }
    let old = named.strip_prefix(oid::OLD_SCHEMES).and_then(<[u8]>::first);
    let (key_length, name) = match old {
        Some(3) => (24, "Triple DES and SHA-1, which are old"),
        Some(6) => (5, "RC2 with 40 bits, which anyone can break"),
        _ => return Err(Pkcs12Error::Unsupported("another scheme".to_owned())),
    };
    let mut parameters = parts.enter(tag::SEQUENCE)?;
    let derivation = Derivation {
        digest: DigestAlgorithm::Sha1Legacy,
        salt: parameters.read(tag::OCTET_STRING)?,
        iterations: small(parameters.unsigned()?)?,
    };
    let key = derivation.derive(password, Purpose::Key, key_length)?;
    let iv = derivation.derive(password, Purpose::Iv, 8)?;
    let cipher = match key.as_slice().try_into() {
        Ok(key) => LegacyCipher::triple_des(key),
        Err(_) => LegacyCipher::rc2(&key),
    };
    let iv = iv
        .as_slice()
        .try_into()
        .map_err(|_| Pkcs12Error::Malformed)?;
    note(opened, name.to_owned());
    cipher.decrypt(iv, sealed).ok_or(Pkcs12Error::WrongPassword)
}

/// The bags of a SafeContents.
fn bags(safe: &[u8], (password, opened): Opening<'_>) -> Result<(), Pkcs12Error> {
    let safe = Zeroizing::new(ber::to_der(safe)?);
    let mut all = Reader::new(&safe).enter(tag::SEQUENCE)?;
    while !all.is_empty() {
        let mut bag = all.enter(tag::SEQUENCE)?;
        let kind = bag.read(tag::OID)?;
        let value = bag.read(tag::CONTEXT_0)?;
        match kind.strip_prefix(oid::BAGS).and_then(<[u8]>::first) {
            Some(1) => opened.keys.push(Zeroizing::new(value.to_vec())),
            Some(2) => {
                let mut info = Reader::new(value).enter(tag::SEQUENCE)?;
                let scheme = info.whole(tag::SEQUENCE)?;
                let sealed = info.read(tag::OCTET_STRING)?;
                let key = decrypt((scheme, sealed), (password, opened))?;
                opened.keys.push(key);
            }
            Some(3) => {
                let mut certificate = Reader::new(value).enter(tag::SEQUENCE)?;
                if certificate.read(tag::OID)? == oid::X509_CERTIFICATE {
                    let der = certificate.enter(tag::CONTEXT_0)?.read(tag::OCTET_STRING)?;
                    opened.certificates.push(der.to_vec());
                }
            }
            _ => {}
        }
        if let Some(attributes) = bag.optional(tag::SET)? {
            names(attributes, opened)?;
        }
    }
    Ok(())
}

fn names(attributes: &[u8], opened: &mut Opened) -> Result<(), Pkcs12Error> {
    let mut attributes = Reader::new(attributes);
    while !attributes.is_empty() {
        let mut attribute = attributes.enter(tag::SEQUENCE)?;
        let kind = attribute.read(tag::OID)?;
        let mut values = attribute.enter(tag::SET)?;
        if kind == oid::FRIENDLY_NAME {
            let units = values.read(tag::BMP_STRING)?.as_chunks::<2>().0;
            let units: Vec<u16> = units.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
            let name = String::from_utf16_lossy(&units);
            if !opened.names.contains(&name) {
                opened.names.push(name);
            }
        }
    }
    Ok(())
}
