//! A PKCS#12 file written.

use super::derive::{Derivation, Purpose};
use super::{Pkcs12Error, oid};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::{DigestAlgorithm, LegacyCipher, MacAlgorithm, MacKey, Random, sha256};
use crate::kernel::der::{self, tag};
use crate::kernel::key::encrypt_pkcs8_with;
use crate::kernel::secret::Secret;

/// Rounds of each key derivation: as many as .NET accepts.
const ITERATIONS: u32 = 300_000;
/// For old software, some of which gives up beyond.
const LEGACY_ITERATIONS: u32 = 50_000;

/// How a file is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strength {
    /// PBES2 with PBKDF2-HMAC-SHA256 and AES-256-CBC; a MAC with SHA-256.
    Modern,
    /// Triple DES; a MAC with SHA-1.
    TripleDes,
    /// The key by Triple DES, the certificates by RC2 with 40 bits; a MAC with SHA-1. So wrote OpenSSL 1 and Windows.
    Rc2Certificates,
}

/// What seals one part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Pbes2,
    TripleDes,
    Rc2,
}

impl Strength {
    /// RC2 seals what is public anyway, and never a key.
    fn of_certificates(self) -> Scheme {
        match self {
            Self::Rc2Certificates => Scheme::Rc2,
            _ => self.of_keys(),
        }
    }

    fn of_keys(self) -> Scheme {
        match self {
            Self::Modern => Scheme::Pbes2,
            Self::TripleDes | Self::Rc2Certificates => Scheme::TripleDes,
        }
    }
}

/// What a file is to hold.
#[derive(Clone, Copy)]
pub struct Contents<'a> {
    /// The private key of the first certificate, PKCS#8.
    pub key: Option<&'a [u8]>,
    /// The certificates of the key, the leaf first, DER.
    pub certificates: &'a [Vec<u8>],
    /// Certificates to trust.
    pub trusted: &'a [Vec<u8>],
    /// What the key is called; those to trust get a number after it.
    pub name: &'a str,
}

impl std::fmt::Debug for Contents<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Contents({})", self.name)
    }
}

/// Writes a file.
///
/// # Errors
/// [`Pkcs12Error`].
pub fn write(
    contents: &Contents<'_>,
    password: &Secret,
    strength: Strength,
    random: &impl Random,
) -> Result<Vec<u8>, Pkcs12Error> {
    let leaf = contents.certificates.first().map(|leaf| sha256(leaf));
    let mut bags = Vec::new();
    for (index, certificate) in contents.certificates.iter().enumerate() {
        // The leaf alone belongs to the key.
        let owner = leaf.as_ref().filter(|_| index == 0);
        let name = owner.map(|_| contents.name);
        let attributes = attributes(name, owner.map(<[u8; 32]>::as_slice), false);
        bags.extend(bag(3, &certificate_bag(certificate), &attributes));
    }
    for (index, certificate) in contents.trusted.iter().enumerate() {
        let name = format!("{}-ca-{}", contents.name, index + 1);
        let attributes = attributes(Some(&name), None, true);
        bags.extend(bag(3, &certificate_bag(certificate), &attributes));
    }
    let mut safe = encrypted_data(&seal(
        &der::element(tag::SEQUENCE, &bags),
        password,
        (strength.of_certificates(), random),
    )?);
    if let Some(key) = contents.key {
        let (scheme, sealed) = seal(key, password, (strength.of_keys(), random))?;
        let info = der::sequence(&[&scheme, &der::element(tag::OCTET_STRING, &sealed)]);
        let attributes = attributes(
            Some(contents.name),
            leaf.as_ref().map(<[u8; 32]>::as_slice),
            false,
        );
        safe.extend(data(&der::element(
            tag::SEQUENCE,
            &bag(2, &info, &attributes),
        )));
    }
    let safe = der::element(tag::SEQUENCE, &safe);
    let mac = mac(&safe, password, strength, random)?;
    Ok(der::sequence(&[&der::unsigned(&[3]), &data(&safe), &mac]))
}

/// What protects, as an AlgorithmIdentifier, and what it protects.
fn seal<R: Random>(
    plain: &[u8],
    password: &Secret,
    (scheme, random): (Scheme, &R),
) -> Result<(Vec<u8>, Vec<u8>), Pkcs12Error> {
    if scheme == Scheme::Pbes2 {
        let info = encrypt_pkcs8_with(plain, (password, ITERATIONS), random)
            .map_err(|_| Pkcs12Error::NoRandomness)?;
        let mut parts = der::Reader::new(&info).enter(tag::SEQUENCE)?;
        let scheme = parts.whole(tag::SEQUENCE)?.to_vec();
        return Ok((scheme, parts.read(tag::OCTET_STRING)?.to_vec()));
    }
    let salt: [u8; 16] = random.bytes().map_err(|_| Pkcs12Error::NoRandomness)?;
    let derivation = Derivation {
        digest: DigestAlgorithm::Sha1Legacy,
        salt: &salt,
        iterations: LEGACY_ITERATIONS,
    };
    // RFC 7292 appendix C: 3 is pbeWithSHAAnd3-KeyTripleDES-CBC, 6 pbeWithSHAAnd40BitRC2-CBC.
    let (number, length) = match scheme {
        Scheme::Rc2 => (6, 5),
        _ => (3, 24),
    };
    let key = derivation.derive(password, Purpose::Key, length)?;
    let iv = derivation.derive(password, Purpose::Iv, 8)?;
    let cipher = match key.as_slice().try_into() {
        Ok(key) => LegacyCipher::triple_des(key),
        Err(_) => LegacyCipher::rc2(&key),
    };
    let iv = iv
        .as_slice()
        .try_into()
        .map_err(|_| Pkcs12Error::Malformed)?;
    let scheme = der::sequence(&[
        &der::element(tag::OID, &[oid::OLD_SCHEMES, &[number]].concat()),
        &der::sequence(&[
            &der::element(tag::OCTET_STRING, &salt),
            &der::unsigned(&LEGACY_ITERATIONS.to_be_bytes()),
        ]),
    ]);
    Ok((scheme, cipher.encrypt(iv, plain)))
}

fn mac<R: Random>(
    safe: &[u8],
    password: &Secret,
    strength: Strength,
    random: &R,
) -> Result<Vec<u8>, Pkcs12Error> {
    let (digest, algorithm, named, iterations) = match strength {
        Strength::Modern => (
            DigestAlgorithm::Sha256,
            MacAlgorithm::HmacSha256,
            oid::SHA256,
            ITERATIONS,
        ),
        Strength::TripleDes | Strength::Rc2Certificates => (
            DigestAlgorithm::Sha1Legacy,
            MacAlgorithm::HmacSha1Legacy,
            oid::SHA1,
            LEGACY_ITERATIONS,
        ),
    };
    let salt: [u8; 16] = random.bytes().map_err(|_| Pkcs12Error::NoRandomness)?;
    let derivation = Derivation {
        digest,
        salt: &salt,
        iterations,
    };
    let key = derivation.derive(password, Purpose::Mac, algorithm.tag_length())?;
    let tag = MacKey::from_octets(algorithm, &key).sign(safe);
    let algorithm = der::sequence(&[&der::element(tag::OID, named), &[tag::NULL, 0]]);
    Ok(der::sequence(&[
        &der::sequence(&[&algorithm, &der::element(tag::OCTET_STRING, &tag)]),
        &der::element(tag::OCTET_STRING, &salt),
        &der::unsigned(&iterations.to_be_bytes()),
    ]))
}

/// A ContentInfo with data.
fn data(octets: &[u8]) -> Vec<u8> {
    let octets = der::element(tag::OCTET_STRING, octets);
    der::sequence(&[
        &der::element(tag::OID, oid::DATA),
        &der::element(tag::CONTEXT_0, &octets),
    ])
}

/// A ContentInfo with encrypted data.
fn encrypted_data((scheme, sealed): &(Vec<u8>, Vec<u8>)) -> Vec<u8> {
    let content = der::sequence(&[
        &der::element(tag::OID, oid::DATA),
        scheme,
        &der::element(tag::CONTEXT_0_PRIMITIVE, sealed),
    ]);
    let data = der::sequence(&[&der::unsigned(&[]), &content]);
    der::sequence(&[
        &der::element(tag::OID, oid::ENCRYPTED_DATA),
        &der::element(tag::CONTEXT_0, &data),
    ])
}

fn bag(kind: u8, value: &[u8], attributes: &[u8]) -> Vec<u8> {
    let attributes = match attributes.len() {
        0 => Vec::new(),
        _ => der::element(tag::SET, attributes),
    };
    der::sequence(&[
        &der::element(tag::OID, &[oid::BAGS, &[kind]].concat()),
        &der::element(tag::CONTEXT_0, value),
        &attributes,
    ])
}

fn certificate_bag(certificate: &[u8]) -> Vec<u8> {
    let octets = der::element(tag::OCTET_STRING, certificate);
    der::sequence(&[
        &der::element(tag::OID, oid::X509_CERTIFICATE),
        &der::element(tag::CONTEXT_0, &octets),
    ])
}

/// The attributes of a bag, in the order that DER wants in a set.
fn attributes(name: Option<&str>, key: Option<&[u8]>, trusted: bool) -> Vec<u8> {
    let attribute = |kind: &[u8], value: &[u8]| {
        let value = der::element(tag::SET, value);
        der::sequence(&[&der::element(tag::OID, kind), &value])
    };
    let mut all = Vec::new();
    if let Some(name) = name {
        let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let value = der::element(tag::BMP_STRING, &units);
        all.push(attribute(oid::FRIENDLY_NAME, &value));
    }
    if let Some(key) = key {
        let value = der::element(tag::OCTET_STRING, key);
        all.push(attribute(oid::LOCAL_KEY_ID, &value));
    }
    if trusted {
        let value = der::element(tag::OID, oid::ANY_USAGE);
        all.push(attribute(oid::TRUSTED_KEY_USAGE, &value));
    }
    all.arrange();
    all.concat()
}
