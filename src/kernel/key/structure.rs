//! The ASN.1 of keys: PKCS#8 (RFC 5958), PKCS#1 (RFC 8017), SEC 1 (RFC 5915), SubjectPublicKeyInfo (RFC 5280).

use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _,
};
use zeroize::Zeroizing;

use super::{Curve, PrivateKey, PublicKey};
use crate::kernel::crypto::{self, Random, RandomError, SystemRandom};
use crate::kernel::der::{self, Malformed, Reader, tag};

/// What is wrong with the structure of a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyDefect {
    /// Not the expected DER.
    #[error("the key is damaged: its DER cannot be read")]
    Malformed,
    /// An algorithm that is not offered.
    #[error("this is a key for {0}, which is not supported")]
    Unsupported(String),
    /// A point that cannot be on the curve, by its length or form.
    #[error("the public part of this {0} key is not an uncompressed point")]
    BadPoint(Curve),
    /// A point beside the curve: agreeing on a key with it would give the private key away.
    #[error("the public part of this {0} key is not a point of the curve")]
    NotOnCurve(Curve),
    /// A scalar that is too long, zero, or not below the group's order.
    #[error("the private part of this {0} key is not a number that a private key can be")]
    BadScalar(Curve),
    /// The public part is not that of the private part.
    #[error("the private and the public part of this {0} key do not belong together")]
    Mismatch(&'static str),
    /// An RSA exponent or modulus that no key has.
    #[error("the modulus or exponent of this RSA key is impossible")]
    BadRsa,
}

impl From<Malformed> for KeyDefect {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

const OID_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const OID_RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const OID_EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const OID_P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const OID_P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const OID_P521: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x23];
const OID_SECP256K1: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x0a];
const OID_ED25519: &[u8] = &[0x2b, 0x65, 0x70];
const OID_X25519: &[u8] = &[0x2b, 0x65, 0x6e];
const NULL: &[u8] = &[tag::NULL, 0];

/// Names of algorithms that people do have keys for, so that a refusal can say which.
const OTHER_OIDS: [(&[u8], &str); 9] = [
    (&[0x2b, 0x65, 0x6f], "X448"),
    (&[0x2b, 0x65, 0x71], "Ed448"),
    (&[0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01], "DSA"),
    (
        &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x12],
        "ML-DSA-65",
    ),
    (
        &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x11],
        "ML-DSA-44",
    ),
    (
        &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x03, 0x13],
        "ML-DSA-87",
    ),
    (
        &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04, 0x01],
        "ML-KEM-512",
    ),
    (
        &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04, 0x02],
        "ML-KEM-768",
    ),
    (
        &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x04, 0x03],
        "ML-KEM-1024",
    ),
];

enum Algorithm {
    Rsa,
    Ec(Curve),
    Ed25519,
    X25519,
}

fn unsupported(oid: &[u8]) -> KeyDefect {
    let name = OTHER_OIDS
        .iter()
        .find(|(known, _)| *known == oid)
        .map_or("an algorithm that is unknown here", |(_, name)| name);
    KeyDefect::Unsupported(name.to_owned())
}

fn algorithm(mut identifier: Reader<'_>) -> Result<Algorithm, KeyDefect> {
    let oid = identifier.read(tag::OID)?;
    if oid == OID_RSA || oid == OID_RSA_PSS {
        return Ok(Algorithm::Rsa);
    }
    if oid == OID_ED25519 {
        return Ok(Algorithm::Ed25519);
    }
    if oid == OID_X25519 {
        return Ok(Algorithm::X25519);
    }
    if oid != OID_EC {
        return Err(unsupported(oid));
    }
    match identifier.peek() {
        Some(tag::OID) => curve(identifier.read(tag::OID)?).map(Algorithm::Ec),
        _ => Err(KeyDefect::Unsupported("an explicitly given curve".into())),
    }
}

fn curve(oid: &[u8]) -> Result<Curve, KeyDefect> {
    match oid {
        OID_P256 => Ok(Curve::P256),
        OID_P384 => Ok(Curve::P384),
        OID_P521 => Ok(Curve::P521),
        OID_SECP256K1 => Ok(Curve::Secp256k1),
        other => Err(unsupported(other)),
    }
}

/// A private key from PKCS#8, version 1 or 2 (RFC 5958 §2).
///
/// # Errors
/// [`KeyDefect`].
pub fn private_from_pkcs8(bytes: &[u8]) -> Result<PrivateKey, KeyDefect> {
    let mut outer = Reader::new(bytes);
    let mut info = outer.enter(tag::SEQUENCE)?;
    outer.finish()?;
    info.unsigned()?;
    let algorithm = algorithm(info.enter(tag::SEQUENCE)?)?;
    let key = info.read(tag::OCTET_STRING)?;
    match algorithm {
        Algorithm::Rsa => private_from_pkcs1(key),
        Algorithm::Ec(curve) => private_from_sec1(key, Some(curve)),
        Algorithm::Ed25519 | Algorithm::X25519 => {
            let _attributes = info.optional(tag::CONTEXT_0)?;
            let public = info.optional(tag::CONTEXT_1_PRIMITIVE)?;
            let public = public.and_then(|bits| bits.strip_prefix(&[0]));
            let octets = Reader::new(key).read(tag::OCTET_STRING)?;
            match algorithm {
                Algorithm::X25519 => x25519_private(octets, public),
                _ => ed25519_private(octets, public),
            }
        }
    }
}

/// An RSA private key from PKCS#1 (RFC 8017 appendix A.1.2).
///
/// # Errors
/// [`KeyDefect`].
pub(super) fn private_from_pkcs1(bytes: &[u8]) -> Result<PrivateKey, KeyDefect> {
    let mut outer = Reader::new(bytes);
    let mut key = outer.enter(tag::SEQUENCE)?;
    outer.finish()?;
    if !key.unsigned()?.is_empty() {
        return Err(KeyDefect::Unsupported(
            "RSA with more than two primes".into(),
        ));
    }
    let (n, e) = (key.unsigned()?, key.unsigned()?);
    let public = rsa_public(n, e)?;
    // d, p, q, dP, dQ, qInv: ring checks what they are worth.
    for _ in 0..6 {
        key.unsigned()?;
    }
    key.finish()?;
    Ok(PrivateKey::Rsa {
        pkcs1: Zeroizing::new(bytes.to_vec()),
        public,
    })
}

/// An elliptic curve private key from SEC 1 (RFC 5915 §3); the curve may stand outside.
///
/// # Errors
/// [`KeyDefect`].
pub(super) fn private_from_sec1(
    bytes: &[u8],
    outside: Option<Curve>,
) -> Result<PrivateKey, KeyDefect> {
    let parts = Sec1::read(bytes, outside)?;
    ec_private(parts.curve, parts.scalar, parts.point)
}

/// What an elliptic curve private key of SEC 1 says, before any of it is believed.
struct Sec1<'a> {
    curve: Curve,
    scalar: &'a [u8],
    point: Option<&'a [u8]>,
}

impl<'a> Sec1<'a> {
    fn read(bytes: &'a [u8], outside: Option<Curve>) -> Result<Self, KeyDefect> {
        let mut outer = Reader::new(bytes);
        let mut key = outer.enter(tag::SEQUENCE)?;
        outer.finish()?;
        if key.unsigned()? != [1] {
            return Err(KeyDefect::Malformed);
        }
        let scalar = key.read(tag::OCTET_STRING)?;
        let inside = match key.optional(tag::CONTEXT_0)? {
            Some(parameters) => Some(curve(Reader::new(parameters).read(tag::OID)?)?),
            None => None,
        };
        let curve = match (outside, inside) {
            (Some(outside), Some(inside)) if outside != inside => {
                return Err(KeyDefect::Malformed);
            }
            (outside, inside) => outside.or(inside).ok_or(KeyDefect::Malformed)?,
        };
        let point = match key.optional(tag::CONTEXT_1)? {
            Some(public) => Some(Reader::new(public).bit_string()?),
            None => None,
        };
        Ok(Self {
            curve,
            scalar,
            point,
        })
    }
}

/// An elliptic curve private key from its scalar; the public point is computed, or compared where one is given.
///
/// # Errors
/// [`KeyDefect::BadScalar`], [`KeyDefect::BadPoint`], [`KeyDefect::Mismatch`].
pub(super) fn ec_private(
    curve: Curve,
    scalar: &[u8],
    point: Option<&[u8]>,
) -> Result<PrivateKey, KeyDefect> {
    // GnuTLS writes a scalar whose top bit is set with a leading zero; others drop leading zeros. RFC 5915 §3 wants
    // the field's width.
    let skip = scalar.iter().take_while(|byte| **byte == 0).count();
    let significant = scalar.get(skip..).unwrap_or_default();
    let padding = curve
        .width()
        .checked_sub(significant.len())
        .ok_or(KeyDefect::BadScalar(curve))?;
    let mut full = Zeroizing::new(Vec::with_capacity(curve.width()));
    full.resize(padding, 0);
    full.extend_from_slice(significant);
    // ring compares ten times faster than the point is computed, and says no more than yes or no.
    if let Some(given) = point
        && crypto::is_pair(curve, &full, given)
    {
        return Ok(PrivateKey::Ec {
            curve,
            scalar: full,
            point: given.to_vec(),
        });
    }
    let computed = crypto::point_of(curve, &full).ok_or(KeyDefect::BadScalar(curve))?;
    if let Some(given) = point
        && ec_point(curve, given)? != computed
    {
        return Err(KeyDefect::Mismatch(curve.name()));
    }
    Ok(PrivateKey::Ec {
        curve,
        scalar: full,
        point: computed,
    })
}

pub(super) fn ec_point(curve: Curve, point: &[u8]) -> Result<Vec<u8>, KeyDefect> {
    if point.first() != Some(&4) || point.len() != 1 + 2 * curve.width() {
        return Err(KeyDefect::BadPoint(curve));
    }
    if !crypto::is_on_curve(curve, point) {
        return Err(KeyDefect::NotOnCurve(curve));
    }
    Ok(point.to_vec())
}

/// An Ed25519 key from its seed; the public part is computed, and compared where one is given.
///
/// # Errors
/// [`KeyDefect`].
pub fn ed25519_private(seed: &[u8], public: Option<&[u8]>) -> Result<PrivateKey, KeyDefect> {
    let seed: [u8; 32] = seed.try_into().map_err(|_| KeyDefect::Malformed)?;
    let seed = Zeroizing::new(seed);
    let pair =
        Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).map_err(|_| KeyDefect::Malformed)?;
    let mut computed = [0; 32];
    computed.copy_from_slice(pair.public_key().as_ref());
    if public.is_some_and(|given| given != computed) {
        return Err(KeyDefect::Mismatch("Ed25519"));
    }
    Ok(PrivateKey::Ed25519 {
        seed,
        public: computed,
    })
}

/// An X25519 key from its scalar; the public part is computed, and compared where one is given.
///
/// # Errors
/// [`KeyDefect`].
pub(super) fn x25519_private(
    scalar: &[u8],
    public: Option<&[u8]>,
) -> Result<PrivateKey, KeyDefect> {
    let scalar: [u8; 32] = scalar.try_into().map_err(|_| KeyDefect::Malformed)?;
    let key = crypto::x25519_from_scalar(scalar);
    match (key.public(), public) {
        (PublicKey::X25519(computed), Some(given)) if given != computed => {
            Err(KeyDefect::Mismatch("X25519"))
        }
        _ => Ok(key),
    }
}

pub(super) fn rsa_public(n: &[u8], e: &[u8]) -> Result<PublicKey, KeyDefect> {
    // An even or tiny modulus, an even exponent, or exponent 1 would make any message verify.
    let odd = |octets: &[u8]| octets.last().is_some_and(|byte| byte & 1 == 1);
    let plausible = n.len() >= 64 && odd(n) && odd(e) && e.len() <= 8 && e != [1];
    if !plausible {
        return Err(KeyDefect::BadRsa);
    }
    Ok(PublicKey::Rsa {
        n: n.to_vec(),
        e: e.to_vec(),
    })
}

/// An RSA public key from PKCS#1 (RFC 8017 appendix A.1.1).
///
/// # Errors
/// [`KeyDefect`].
pub(super) fn public_from_pkcs1(bytes: &[u8]) -> Result<PublicKey, KeyDefect> {
    let mut outer = Reader::new(bytes);
    let mut key = outer.enter(tag::SEQUENCE)?;
    outer.finish()?;
    let (n, e) = (key.unsigned()?, key.unsigned()?);
    key.finish()?;
    rsa_public(n, e)
}

/// A public key from SubjectPublicKeyInfo (RFC 5280 §4.1.2.7).
///
/// # Errors
/// [`KeyDefect`].
pub fn public_from_spki(bytes: &[u8]) -> Result<PublicKey, KeyDefect> {
    let mut outer = Reader::new(bytes);
    let mut info = outer.enter(tag::SEQUENCE)?;
    outer.finish()?;
    let algorithm = algorithm(info.enter(tag::SEQUENCE)?)?;
    let key = info.bit_string()?;
    info.finish()?;
    match algorithm {
        Algorithm::Rsa => public_from_pkcs1(key),
        Algorithm::Ec(curve) => Ok(PublicKey::Ec {
            curve,
            point: ec_point(curve, key)?,
        }),
        Algorithm::Ed25519 => key
            .try_into()
            .map(PublicKey::Ed25519)
            .map_err(|_| KeyDefect::Malformed),
        Algorithm::X25519 => key
            .try_into()
            .map(PublicKey::X25519)
            .map_err(|_| KeyDefect::Malformed),
    }
}

/// The SubjectPublicKeyInfo inside a certificate (RFC 5280 §4.1).
///
/// # Errors
/// [`KeyDefect`].
pub fn certificate_key(bytes: &[u8]) -> Result<PublicKey, KeyDefect> {
    public_from_spki(&certificate_key_info(bytes)?)
}

/// The SubjectPublicKeyInfo of a certificate.
pub(super) fn certificate_key_info(bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut outer = Reader::new(bytes);
    let mut certificate = outer.enter(tag::SEQUENCE)?;
    let mut tbs = certificate.enter(tag::SEQUENCE)?;
    tbs.optional(tag::CONTEXT_0)?;
    tbs.read(tag::INTEGER)?;
    // signature, issuer, validity, subject
    for _ in 0..4 {
        tbs.read(tag::SEQUENCE)?;
    }
    Ok(der::element(tag::SEQUENCE, tbs.read(tag::SEQUENCE)?))
}

impl PrivateKey {
    /// PKCS#8 as every other tool reads it; Ed25519 in version 1, because OpenSSL refuses version 2.
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        let (algorithm, key) = match self {
            Self::Rsa { pkcs1, .. } => (oid_with(OID_RSA, NULL), pkcs1.clone()),
            Self::Ec {
                curve,
                scalar,
                point,
            } => {
                let key = der::sequence(&[
                    &der::unsigned(&[1]),
                    &Zeroizing::new(der::element(tag::OCTET_STRING, scalar)),
                    &der::element(tag::CONTEXT_1, &der::bit_string(point)),
                ]);
                (ec_algorithm(*curve), Zeroizing::new(key))
            }
            Self::Ed25519 { seed, .. } => (
                oid_with(OID_ED25519, &[]),
                Zeroizing::new(der::element(tag::OCTET_STRING, seed.as_slice())),
            ),
            Self::X25519 { scalar, .. } => (
                oid_with(OID_X25519, &[]),
                Zeroizing::new(der::element(tag::OCTET_STRING, scalar.as_slice())),
            ),
        };
        Zeroizing::new(der::sequence(&[
            &der::unsigned(&[]),
            &algorithm,
            &Zeroizing::new(der::element(tag::OCTET_STRING, &key)),
        ]))
    }
}

impl PrivateKey {
    /// SEC 1 with its curve (RFC 5915 §3), for readers that know no PKCS#8; None of other keys.
    pub fn to_sec1(&self) -> Option<Zeroizing<Vec<u8>>> {
        let Self::Ec {
            curve,
            scalar,
            point,
        } = self
        else {
            return None;
        };
        let oid = der::element(tag::OID, curve_oid(*curve));
        Some(Zeroizing::new(der::sequence(&[
            &der::unsigned(&[1]),
            &Zeroizing::new(der::element(tag::OCTET_STRING, scalar)),
            &der::element(tag::CONTEXT_0, &oid),
            &der::element(tag::CONTEXT_1, &der::bit_string(point)),
        ])))
    }
}

impl PublicKey {
    /// SubjectPublicKeyInfo.
    pub fn to_spki(&self) -> Vec<u8> {
        match self {
            Self::Rsa { n, e } => {
                let key = der::sequence(&[&der::unsigned(n), &der::unsigned(e)]);
                der::sequence(&[&oid_with(OID_RSA, NULL), &der::bit_string(&key)])
            }
            Self::Ec { curve, point } => {
                der::sequence(&[&ec_algorithm(*curve), &der::bit_string(point)])
            }
            Self::Ed25519(key) => {
                der::sequence(&[&oid_with(OID_ED25519, &[]), &der::bit_string(key)])
            }
            Self::X25519(key) => {
                der::sequence(&[&oid_with(OID_X25519, &[]), &der::bit_string(key)])
            }
        }
    }

    /// RSA in PKCS#1.
    pub fn to_pkcs1(&self) -> Option<Vec<u8>> {
        match self {
            Self::Rsa { n, e } => Some(der::sequence(&[&der::unsigned(n), &der::unsigned(e)])),
            _ => None,
        }
    }
}

fn oid_with(oid: &[u8], parameters: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::element(tag::OID, oid), parameters])
}

fn ec_algorithm(curve: Curve) -> Vec<u8> {
    oid_with(OID_EC, &der::element(tag::OID, curve_oid(curve)))
}

fn curve_oid(curve: Curve) -> &'static [u8] {
    match curve {
        Curve::P256 => OID_P256,
        Curve::P384 => OID_P384,
        Curve::P521 => OID_P521,
        Curve::Secp256k1 => OID_SECP256K1,
    }
}

/// A new elliptic curve key.
///
/// # Errors
/// [`RandomError`].
pub fn generate_ec(curve: Curve, random: &SystemRandom) -> Result<PrivateKey, RandomError> {
    let algorithm: &EcdsaSigningAlgorithm = match curve {
        Curve::P256 => &ECDSA_P256_SHA256_FIXED_SIGNING,
        Curve::P384 => &ECDSA_P384_SHA384_FIXED_SIGNING,
        Curve::P521 | Curve::Secp256k1 => return crypto::ec_from_random(curve, random),
    };
    let document =
        EcdsaKeyPair::generate_pkcs8(algorithm, random.ring()).map_err(|_| RandomError)?;
    fresh_ec(document.as_ref(), curve).map_err(|_| RandomError)
}

/// The key that ring has just made and compared with its own point: neither is computed a second time.
fn fresh_ec(document: &[u8], curve: Curve) -> Result<PrivateKey, KeyDefect> {
    let mut info = Reader::new(document).enter(tag::SEQUENCE)?;
    info.unsigned()?;
    info.enter(tag::SEQUENCE)?;
    let parts = Sec1::read(info.read(tag::OCTET_STRING)?, Some(curve))?;
    let point = parts.point.ok_or(KeyDefect::Malformed)?;
    Ok(PrivateKey::Ec {
        curve,
        scalar: Zeroizing::new(parts.scalar.to_vec()),
        point: point.to_vec(),
    })
}

/// A new Ed25519 key.
///
/// # Errors
/// [`RandomError`].
pub fn generate_ed25519(random: &SystemRandom) -> Result<PrivateKey, RandomError> {
    let document = Ed25519KeyPair::generate_pkcs8(random.ring()).map_err(|_| RandomError)?;
    private_from_pkcs8(document.as_ref()).map_err(|_| RandomError)
}

/// A new X25519 key.
///
/// # Errors
/// [`RandomError`].
pub fn generate_x25519(random: &impl Random) -> Result<PrivateKey, RandomError> {
    random.bytes().map(crypto::x25519_from_scalar)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_keys_survive_a_round_trip() {
        let random = SystemRandom::default();
        for key in [
            generate_ec(Curve::P256, &random).unwrap(),
            generate_ec(Curve::P384, &random).unwrap(),
            generate_ec(Curve::P521, &random).unwrap(),
            generate_ec(Curve::Secp256k1, &random).unwrap(),
            generate_ed25519(&random).unwrap(),
            generate_x25519(&random).unwrap(),
        ] {
            let again = private_from_pkcs8(&key.to_pkcs8()).unwrap();
            assert_eq!(again.public(), key.public());
            let public = public_from_spki(&key.public().to_spki()).unwrap();
            assert_eq!(public, key.public());
        }
    }

    #[test]
    fn ed25519_is_written_in_version_1() {
        let key = generate_ed25519(&SystemRandom::default()).unwrap();
        assert_eq!(key.to_pkcs8().len(), 48);
    }

    #[test]
    fn a_scalar_of_33_octets_is_brought_to_the_width_of_the_field() {
        let random = SystemRandom::default();
        let PrivateKey::Ec { scalar, point, .. } = generate_ec(Curve::P256, &random).unwrap()
        else {
            panic!("an EC key was asked for");
        };
        let long = [&[0], scalar.as_slice()].concat();
        let key = ec_private(Curve::P256, &long, Some(&point)).unwrap();
        let PrivateKey::Ec { scalar: again, .. } = key else {
            panic!("an EC key was given");
        };
        assert_eq!(again, scalar);
        let longer = [&[1], scalar.as_slice()].concat();
        assert!(ec_private(Curve::P256, &longer, Some(&point)).is_err());
    }

    #[test]
    fn sec_1_without_its_public_part_has_it_computed() {
        let key = generate_ec(Curve::P521, &SystemRandom::default()).unwrap();
        let PrivateKey::Ec { scalar, .. } = &key else {
            panic!("an EC key was asked for");
        };
        let short = der::sequence(&[
            &der::unsigned(&[1]),
            &der::element(tag::OCTET_STRING, scalar),
            &der::element(tag::CONTEXT_0, &der::element(tag::OID, OID_P521)),
        ]);
        assert_eq!(
            private_from_sec1(&short, None).unwrap().public(),
            key.public()
        );
    }

    #[test]
    fn scalars_and_points_that_no_key_has_are_refused() {
        for curve in Curve::ALL {
            let zero = vec![0; curve.width()];
            let ones = vec![0xff; curve.width()];
            for scalar in [&zero, &ones] {
                let refused = ec_private(curve, scalar, None).unwrap_err();
                assert_eq!(refused, KeyDefect::BadScalar(curve));
            }
            let beside = [&[4], zero.as_slice(), &ones].concat();
            let refused = ec_point(curve, &beside).unwrap_err();
            assert_eq!(refused, KeyDefect::NotOnCurve(curve));
            assert_eq!(ec_point(curve, &[0]), Err(KeyDefect::BadPoint(curve)));
        }
    }

    #[test]
    fn an_exponent_of_one_is_refused() {
        let n = [0xff; 256];
        assert_eq!(rsa_public(&n, &[1]), Err(KeyDefect::BadRsa));
        assert_eq!(rsa_public(&n, &[2]), Err(KeyDefect::BadRsa));
        assert!(rsa_public(&n, &[1, 0, 1]).is_ok());
    }
}
