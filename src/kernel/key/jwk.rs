//! JSON Web Keys (RFC 7517, 7518 §6, 8037) and sets of them.
//!
//! Members are unique, base64url is canonical, coordinates have the field's full width. A set skips the members it
//! cannot use, each with its reason, and never fails whole.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::certificate::certified_key;
use super::structure::{ec_point, ec_private, ed25519_private, rsa_public, x25519_private};
use super::{
    Curve, Key, KeyDefect, KeyError, KeySet, Material, PrivateKey, PublicKey, RsaUse, SkippedKey,
    Validity,
};
use crate::kernel::der;
use crate::kernel::document::Node;
use crate::kernel::json;
use crate::kernel::secret::Secret;

/// Why a JWK cannot be used. Values are never repeated: they may be key material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// Not a JSON object.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// A member that occurs twice.
    #[error("its member `{0}` occurs twice")]
    Duplicate(String),
    /// A required member is missing.
    #[error("its member `{0}` is missing")]
    Missing(&'static str),
    /// A member of the wrong JSON type.
    #[error("its member `{0}` has the wrong type")]
    WrongType(&'static str),
    /// A member that is not canonical base64url.
    #[error("its member `{0}` is not base64url without padding")]
    NotBase64url(&'static str),
    /// A key type that is not offered.
    #[error("its key type is not supported")]
    UnsupportedType,
    /// A curve that is not offered.
    #[error("its curve is not supported")]
    UnsupportedCurve,
    /// A coordinate or private value of the wrong width.
    #[error("its member `{0}` has the wrong length for the curve")]
    WrongWidth(&'static str),
    /// Values that no key has.
    #[error("{0}")]
    Defect(#[from] KeyDefect),
    /// `use` and `key_ops` that contradict each other (RFC 7517 §4.3).
    #[error("its `use` and `key_ops` contradict each other")]
    Contradiction,
    /// A member of a SPIFFE bundle that is to be ignored (SPIFFE Trust Domain and Bundle §4.2.2).
    #[error("it stands in a SPIFFE bundle and its `use` is none of x509-svid, jwt-svid, wit-svid")]
    NotOfBundle,
    /// An `x5c` whose first member is no certificate, so that nobody can tell whose key it is.
    #[error("the first member of its `x5c` is not a certificate in standard base64")]
    NotACertificate,
    /// A certificate of another key (RFC 7517 §4.7).
    #[error("the certificate in its `x5c` is that of another key")]
    OtherCertificate,
}

/// Reads a JWK or a JWK set from text.
pub(super) fn parse(text: &str) -> Result<KeySet, KeyError> {
    let (root, duplicates) = json::parse_text(text)?;
    let Some(entry) = root.entry("keys") else {
        if let Some(duplicate) = duplicates.first() {
            return Err(JwkError::Duplicate(duplicate.key.clone()).into());
        }
        return Ok(KeySet {
            keys: vec![from_jwk(&root)?],
            skipped: Vec::new(),
        });
    };
    let members = entry
        .value
        .as_sequence()
        .ok_or(JwkError::WrongType("keys"))?;
    let is_bundle = ["spiffe_sequence", "spiffe_refresh_hint"]
        .iter()
        .any(|key| root.get(key).is_some());
    let mut set = KeySet::default();
    for (index, member) in members.iter().enumerate() {
        let range = member.span.range();
        let duplicate = duplicates
            .iter()
            .find(|duplicate| range.contains(&(duplicate.second.start as usize)));
        let read = match duplicate {
            Some(duplicate) => Err(JwkError::Duplicate(duplicate.key.clone())),
            None => from_jwk(member).and_then(|key| match is_bundle {
                true => of_bundle(key),
                false => Ok(key),
            }),
        };
        match read {
            Ok(key) => set.keys.push(key),
            Err(reason) => set.skipped.push(SkippedKey {
                index,
                id: text_member(member, "kid").ok().flatten(),
                reason,
            }),
        }
    }
    match (set.keys.is_empty(), set.skipped.is_empty()) {
        (true, true) => Err(KeyError::EmptySet),
        (true, false) => Err(KeyError::NothingUsable(set.skipped)),
        (false, _) => Ok(set),
    }
}

/// A key of a SPIFFE bundle: ignored without a known `use`; those of JWT-SVIDs have an id (JWT-SVID §4.1).
fn of_bundle(key: Key) -> Result<Key, JwkError> {
    match (key.usage.as_deref(), &key.id) {
        (Some("x509-svid"), _) | (Some("jwt-svid" | "wit-svid"), Some(_)) => Ok(key),
        (Some("jwt-svid" | "wit-svid"), None) => Err(JwkError::Missing("kid")),
        _ => Err(JwkError::NotOfBundle),
    }
}

/// Reads one JWK that stands somewhere in a document, such as in a token's header.
///
/// # Errors
/// [`JwkError`].
pub fn from_jwk(jwk: &Node) -> Result<Key, JwkError> {
    jwk.as_mapping().ok_or(JwkError::NotAnObject)?;
    let kind = text_member(jwk, "kty")?.ok_or(JwkError::Missing("kty"))?;
    let material = match kind.as_str() {
        "oct" => Material::Secret(Secret::new(octets(jwk, "k")?.to_vec())),
        "RSA" => rsa(jwk)?,
        "EC" => ec(jwk)?,
        "OKP" => okp(jwk)?,
        _ => return Err(JwkError::UnsupportedType),
    };
    let usage = text_member(jwk, "use")?;
    let operations = operations(jwk)?;
    check_consistency(usage.as_deref(), operations.as_deref())?;
    let key = Key {
        id: text_member(jwk, "kid")?,
        algorithm: text_member(jwk, "alg")?,
        usage,
        operations,
        rsa_use: RsaUse::default(),
        validity: Validity::of(jwk)?,
        origin: None,
        material,
    };
    check_certificate(jwk, &key)?;
    Ok(key)
}

// RFC 7517 §4.7: the key in the first certificate must match the other members. Whose certificate it is, and whether it is
// to be trusted, is not judged here.
fn check_certificate(jwk: &Node, key: &Key) -> Result<(), JwkError> {
    let Some(node) = jwk.get("x5c") else {
        return Ok(());
    };
    let chain = node.as_sequence().ok_or(JwkError::WrongType("x5c"))?;
    let Some(first) = chain.first() else {
        return Ok(());
    };
    let text = first.as_str().ok_or(JwkError::WrongType("x5c"))?;
    let bytes = STANDARD
        .decode(text)
        .map_err(|_| JwkError::NotACertificate)?;
    let certified = certified_key(&bytes).map_err(|_| JwkError::NotACertificate)?;
    if key.public() == Some(certified.key) {
        Ok(())
    } else {
        Err(JwkError::OtherCertificate)
    }
}

// RFC 7517 §4.3: the two must be consistent; only signature and encryption operations are known.
fn check_consistency(usage: Option<&str>, operations: Option<&[String]>) -> Result<(), JwkError> {
    let (Some(usage), Some(operations)) = (usage, operations) else {
        return Ok(());
    };
    let signature = ["sign", "verify"];
    let contradicts = operations.iter().any(|operation| {
        let for_signatures = signature.contains(&operation.as_str());
        (usage == "sig" && !for_signatures) || (usage == "enc" && for_signatures)
    });
    if contradicts {
        Err(JwkError::Contradiction)
    } else {
        Ok(())
    }
}

fn operations(jwk: &Node) -> Result<Option<Vec<String>>, JwkError> {
    let Some(node) = jwk.get("key_ops") else {
        return Ok(None);
    };
    let wrong = JwkError::WrongType("key_ops");
    let items = node.as_sequence().ok_or_else(|| wrong.clone())?;
    let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
    texts.collect::<Option<_>>().map(Some).ok_or(wrong)
}

fn text_member(jwk: &Node, name: &'static str) -> Result<Option<String>, JwkError> {
    match jwk.get(name) {
        None => Ok(None),
        Some(node) => node
            .as_str()
            .map(|text| Some(text.to_owned()))
            .ok_or(JwkError::WrongType(name)),
    }
}

fn optional_octets(jwk: &Node, name: &'static str) -> Result<Option<Zeroizing<Vec<u8>>>, JwkError> {
    let Some(node) = jwk.get(name) else {
        return Ok(None);
    };
    let text = node.as_str().ok_or(JwkError::WrongType(name))?;
    URL_SAFE_NO_PAD
        .decode(text)
        .map(|octets| Some(Zeroizing::new(octets)))
        .map_err(|_| JwkError::NotBase64url(name))
}

fn octets(jwk: &Node, name: &'static str) -> Result<Zeroizing<Vec<u8>>, JwkError> {
    optional_octets(jwk, name)?.ok_or(JwkError::Missing(name))
}

/// RFC 7518 §6.3: an integer of minimal octets; leading zeros of sloppy writers are dropped.
fn integer(jwk: &Node, name: &'static str) -> Result<Zeroizing<Vec<u8>>, JwkError> {
    let octets = octets(jwk, name)?;
    let skip = octets.iter().take_while(|byte| **byte == 0).count();
    Ok(Zeroizing::new(
        octets.get(skip..).unwrap_or_default().to_vec(),
    ))
}

fn rsa(jwk: &Node) -> Result<Material, JwkError> {
    let (n, e) = (integer(jwk, "n")?, integer(jwk, "e")?);
    let public = rsa_public(&n, &e)?;
    if jwk.get("d").is_none() {
        return Ok(Material::Public(public));
    }
    if jwk.get("oth").is_some() {
        return Err(KeyDefect::Unsupported("RSA with more than two primes".into()).into());
    }
    let mut parts = vec![der::unsigned(&[]), der::unsigned(&n), der::unsigned(&e)];
    for name in ["d", "p", "q", "dp", "dq", "qi"] {
        parts.push(der::unsigned(&integer(jwk, name)?));
    }
    let slices: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    Ok(Material::Private(PrivateKey::Rsa {
        pkcs1: Zeroizing::new(der::sequence(&slices)),
        public,
    }))
}

fn ec(jwk: &Node) -> Result<Material, JwkError> {
    let name = text_member(jwk, "crv")?.ok_or(JwkError::Missing("crv"))?;
    let curve = Curve::from_name(&name).ok_or(JwkError::UnsupportedCurve)?;
    let mut point = vec![4];
    for name in ["x", "y"] {
        let coordinate = octets(jwk, name)?;
        // RFC 7518 §6.2.1.2: the full size of a coordinate.
        if coordinate.len() != curve.width() {
            return Err(JwkError::WrongWidth(name));
        }
        point.extend_from_slice(&coordinate);
    }
    let Some(scalar) = optional_octets(jwk, "d")? else {
        let point = ec_point(curve, &point)?;
        return Ok(Material::Public(PublicKey::Ec { curve, point }));
    };
    if scalar.len() != curve.width() {
        return Err(JwkError::WrongWidth("d"));
    }
    Ok(Material::Private(ec_private(curve, &scalar, Some(&point))?))
}

type OkpPrivate = fn(&[u8], Option<&[u8]>) -> Result<PrivateKey, KeyDefect>;

fn okp(jwk: &Node) -> Result<Material, JwkError> {
    let name = text_member(jwk, "crv")?.ok_or(JwkError::Missing("crv"))?;
    // RFC 8037 §2
    let (public_key, private_key): (fn([u8; 32]) -> PublicKey, OkpPrivate) = match name.as_str() {
        "Ed25519" => (PublicKey::Ed25519, ed25519_private),
        "X25519" => (PublicKey::X25519, x25519_private),
        _ => return Err(JwkError::UnsupportedCurve),
    };
    let x = octets(jwk, "x")?;
    let public: [u8; 32] = x
        .as_slice()
        .try_into()
        .map_err(|_| JwkError::WrongWidth("x"))?;
    match optional_octets(jwk, "d")? {
        None => Ok(Material::Public(public_key(public))),
        Some(d) if d.len() == 32 => Ok(Material::Private(private_key(&d, Some(&public))?)),
        Some(_) => Err(JwkError::WrongWidth("d")),
    }
}

/// The public JWK of a key, members in the order of RFC 7638 with `kid`, `use` and `alg` where they are known.
pub fn public_jwk(key: &Key) -> Option<serde_json::Value> {
    let encode = |octets: &[u8]| serde_json::Value::from(URL_SAFE_NO_PAD.encode(octets));
    let mut jwk = serde_json::Map::new();
    match key.public()? {
        PublicKey::Rsa { n, e } => {
            jwk.insert("kty".into(), "RSA".into());
            jwk.insert("e".into(), encode(&e));
            jwk.insert("n".into(), encode(&n));
        }
        PublicKey::Ec { curve, point } => {
            let coordinates = point.get(1..).unwrap_or_default();
            let (x, y) = coordinates.split_at(curve.width().min(coordinates.len()));
            jwk.insert("kty".into(), "EC".into());
            jwk.insert("crv".into(), curve.name().into());
            jwk.insert("x".into(), encode(x));
            jwk.insert("y".into(), encode(y));
        }
        PublicKey::Ed25519(x) => {
            jwk.insert("kty".into(), "OKP".into());
            jwk.insert("crv".into(), "Ed25519".into());
            jwk.insert("x".into(), encode(&x));
        }
        PublicKey::X25519(x) => {
            jwk.insert("kty".into(), "OKP".into());
            jwk.insert("crv".into(), "X25519".into());
            jwk.insert("x".into(), encode(&x));
        }
    }
    for (name, value) in [
        ("kid", &key.id),
        ("use", &key.usage),
        ("alg", &key.algorithm),
    ] {
        if let Some(value) = value {
            jwk.insert(name.into(), value.as_str().into());
        }
    }
    Some(jwk.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519: &str = r#"{"kty":"OKP","crv":"Ed25519","kid":"a",
        "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

    #[test]
    fn reads_rfc_8037_s_private_key_and_writes_its_public_half() {
        let set = parse(ED25519).unwrap();
        let jwk = public_jwk(&set.keys[0]).unwrap();
        assert_eq!(jwk["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(jwk["kid"], "a");
        assert!(jwk.get("d").is_none());
    }

    #[test]
    fn one_bad_key_never_poisons_the_set() {
        let text = format!(
            r#"{{"keys":[{{"kty":"XYZ","kid":"odd"}},{{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}},
            {{"kty":"oct","k":"AA","k":"AB"}},{{"kty":"oct","k":"AAA=","kid":7}},{ED25519}]}}"#
        );
        let set = parse(&text).unwrap();
        assert_eq!(set.keys.len(), 1);
        let reasons: Vec<_> = set.skipped.iter().map(|s| s.reason.to_string()).collect();
        assert_eq!(
            reasons,
            [
                "its key type is not supported",
                "its member `x` has the wrong length for the curve",
                "its member `k` occurs twice",
                "its member `k` is not base64url without padding",
            ]
        );
        assert_eq!(set.skipped[0].id.as_deref(), Some("odd"));
    }

    #[test]
    fn a_certificate_beside_the_key_is_one_and_of_this_key() {
        let with = |chain: &str| {
            let text = ED25519.replacen('{', &format!("{{\"x5c\":{chain},"), 1);
            parse(&text).map(|set| set.keys.len())
        };
        assert_eq!(with("[]"), Ok(1));
        for garbage in ["[\"AAAA\"]", "[\"not base64\"]"] {
            assert_eq!(with(garbage), Err(JwkError::NotACertificate.into()));
        }
        assert_eq!(with("\"AAAA\""), Err(JwkError::WrongType("x5c").into()));
        let certificate = |key: &rcgen::KeyPair| {
            let made = rcgen::CertificateParams::default()
                .self_signed(key)
                .unwrap();
            format!("[\"{}\"]", STANDARD.encode(made.der()))
        };
        let other = rcgen::KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
        assert_eq!(
            with(&certificate(&other)),
            Err(JwkError::OtherCertificate.into())
        );
        // PKCS#8 around the seed of RFC 8037 A.1.
        let seed = URL_SAFE_NO_PAD
            .decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
            .unwrap();
        let mut pkcs8 =
            b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
        pkcs8.extend_from_slice(&seed);
        let own = rcgen::KeyPair::try_from(pkcs8).unwrap();
        assert_eq!(with(&certificate(&own)), Ok(1));
    }

    #[test]
    fn a_set_without_a_usable_key_says_why() {
        let message = |text: &str| parse(text).unwrap_err().to_string();
        assert_eq!(message(r#"{"keys":[]}"#), "the set holds no key");
        assert_eq!(
            message(r#"{"keys":[{"kty":"oct","k":"AA","k":"AB"}]}"#),
            "none of the keys of the set can be used: key 0: its member `k` occurs twice"
        );
        let odd = r#"{"kty":"XYZ","kid":"odd"},"#.repeat(4) + r#"{"kid":"last"}"#;
        assert_eq!(
            message(&format!(r#"{{"keys":[{odd}]}}"#)),
            "none of the keys of the set can be used: key 0 (`odd`): its key type is not supported; \
             key 1 (`odd`): its key type is not supported; key 2 (`odd`): its key type is not supported; and 2 more"
        );
    }

    #[test]
    fn a_private_part_of_another_key_is_refused() {
        let text = ED25519.replace("nWGxne", "nWGxnf");
        assert!(matches!(
            parse(&text),
            Err(KeyError::Jwk(JwkError::Defect(KeyDefect::Mismatch(
                "Ed25519"
            ))))
        ));
    }

    // RFC 8812 has no example; this is the generator of the curve.
    #[test]
    fn reads_secp256k1_and_x25519_and_no_point_beside_its_curve() {
        let generator = r#"{"kty":"EC","crv":"secp256k1","x":"eb5mfvncu6xVoGKVzocLBwKb_NstzijZWfKBWxb4F5g",
            "y":"SDradyajxGVdpPv8DhEIqP0XtEimhVQZnEfQj_sQ1Lg"}"#;
        let set = parse(generator).unwrap();
        assert_eq!(set.keys[0].kind().to_string(), "a secp256k1");
        assert_eq!(public_jwk(&set.keys[0]).unwrap()["crv"], "secp256k1");
        let beside = generator.replace("SDrad", "SDrae");
        assert_eq!(
            parse(&beside).unwrap_err().to_string(),
            "the JWK cannot be used: the public part of this secp256k1 key is not a point of the curve"
        );
        // RFC 8037 A.6
        let agreement = r#"{"kty":"OKP","crv":"X25519","kid":"Bob",
            "x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"}"#;
        let key = &parse(agreement).unwrap().keys[0];
        assert_eq!(key.describe(), "an X25519 public key");
        assert_eq!(
            public_jwk(key).unwrap()["x"],
            "3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"
        );
    }

    #[test]
    fn use_and_key_ops_may_not_contradict() {
        let with = |extra: &str| parse(&format!(r#"{{"kty":"oct","k":"AAAA",{extra}}}"#)).is_ok();
        assert!(with(r#""use":"sig","key_ops":["verify"]"#));
        assert!(!with(r#""use":"sig","key_ops":["encrypt"]"#));
        assert!(!with(r#""use":"enc","key_ops":["verify"]"#));
    }
}
