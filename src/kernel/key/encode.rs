//! Keys written down: JWK, PEM and DER, public and private, with the ids that anyone can compute.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::{Key, Material, PrivateKey, PublicKey, public_jwk, thumbprint};
use crate::kernel::der::{Malformed, Reader, tag};
use crate::kernel::pem;

/// The JWK of a key with its private members (RFC 7518 §6, RFC 8037 §2). It is as secret as the key.
pub fn private_jwk(key: &Key) -> Value {
    let mut jwk = match public_jwk(key) {
        Some(Value::Object(public)) => public,
        _ => named_secret(key),
    };
    let mut put = |name: &str, octets: &[u8]| {
        jwk.insert(name.to_owned(), URL_SAFE_NO_PAD.encode(octets).into());
    };
    match &key.material {
        Material::Secret(secret) => put("k", secret.expose()),
        Material::Public(_) => {}
        Material::Private(PrivateKey::Ec { scalar, .. }) => put("d", scalar),
        Material::Private(PrivateKey::Ed25519 { seed, .. }) => put("d", seed.as_slice()),
        Material::Private(PrivateKey::X25519 { scalar, .. }) => put("d", scalar.as_slice()),
        Material::Private(PrivateKey::Rsa { pkcs1, .. }) => {
            let names = ["d", "p", "q", "dp", "dq", "qi"];
            for (name, octets) in names.into_iter().zip(rsa_private(pkcs1)) {
                put(name, &octets);
            }
        }
    }
    jwk.into()
}

fn named_secret(key: &Key) -> Map<String, Value> {
    let mut jwk = Map::new();
    jwk.insert("kty".into(), "oct".into());
    for (name, value) in [
        ("kid", &key.id),
        ("use", &key.usage),
        ("alg", &key.algorithm),
    ] {
        if let Some(value) = value {
            jwk.insert(name.into(), value.as_str().into());
        }
    }
    jwk
}

/// d, p, q, dP, dQ and qInv of PKCS#1 (RFC 8017 appendix A.1.2); none where it cannot be read, which loading excludes.
fn rsa_private(pkcs1: &[u8]) -> Vec<Zeroizing<Vec<u8>>> {
    let read = || -> Result<Vec<_>, Malformed> {
        let mut key = Reader::new(pkcs1).enter(tag::SEQUENCE)?;
        // version, n, e
        for _ in 0..3 {
            key.unsigned()?;
        }
        let mut number = || Ok(Zeroizing::new(key.unsigned()?.to_vec()));
        (0..6).map(|_| number()).collect()
    };
    read().unwrap_or_default()
}

/// PKCS#8 of a private key, SubjectPublicKeyInfo of a public one; None of a secret, which has no such form.
pub fn to_der(key: &Key) -> Option<Zeroizing<Vec<u8>>> {
    match &key.material {
        Material::Secret(_) => None,
        Material::Private(private) => Some(private.to_pkcs8()),
        Material::Public(public) => Some(Zeroizing::new(public.to_spki())),
    }
}

/// The same as PEM.
pub fn to_pem(key: &Key) -> Option<Zeroizing<String>> {
    let label = match &key.material {
        Material::Secret(_) => return None,
        Material::Private(_) => "PRIVATE KEY",
        Material::Public(_) => "PUBLIC KEY",
    };
    Some(pem::write(label, &to_der(key)?))
}

/// The thumbprint as a URI (RFC 9278 §3).
pub fn thumbprint_uri(key: &PublicKey) -> String {
    format!(
        "urn:ietf:params:oauth:jwk-thumbprint:sha-256:{}",
        thumbprint(key)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::crypto::SystemRandom;
    use crate::kernel::key::{
        Curve, Expected, LoadOptions, generate_ec, generate_ed25519, generate_x25519, load,
    };
    use crate::kernel::secret::Secret;

    fn again(bytes: &[u8]) -> Key {
        let set = load(bytes, LoadOptions::plain(Expected::Verification)).unwrap();
        set.keys.into_iter().next().unwrap()
    }

    #[test]
    fn what_is_written_is_read_as_the_same_key() {
        let random = SystemRandom::default();
        let rsa = again(include_bytes!("../../../tests/keys/rsa.pem"));
        let keys = [
            rsa,
            Key::bare(Material::Private(generate_x25519(&random).unwrap())),
            Key::bare(Material::Private(generate_ed25519(&random).unwrap())),
        ];
        let curves = Curve::ALL
            .map(|curve| Key::bare(Material::Private(generate_ec(curve, &random).unwrap())));
        for key in keys.into_iter().chain(curves) {
            let public = Key::bare(Material::Public(key.public().unwrap()));
            for key in [key, public] {
                let jwk = private_jwk(&key).to_string();
                let forms = [
                    jwk.as_bytes().to_vec(),
                    to_pem(&key).unwrap().as_bytes().to_vec(),
                    to_der(&key).unwrap().to_vec(),
                ];
                for form in forms {
                    let read = again(&form);
                    assert_eq!(read.describe(), key.describe());
                    assert_eq!(to_der(&read), to_der(&key));
                }
            }
        }
    }

    #[test]
    fn a_secret_is_written_as_jwk_alone() {
        let key = Key::bare(Material::Secret(Secret::new(b"0123".to_vec())));
        assert_eq!(
            private_jwk(&key).to_string(),
            r#"{"kty":"oct","k":"MDEyMw"}"#
        );
        assert!(to_der(&key).is_none() && to_pem(&key).is_none());
    }

    #[test]
    fn the_uri_is_that_of_rfc_9278() {
        let key = PublicKey::Ed25519([7; 32]);
        let uri = thumbprint_uri(&key);
        assert!(uri.starts_with("urn:ietf:params:oauth:jwk-thumbprint:sha-256:"));
        assert!(uri.ends_with(&thumbprint(&key)));
    }
}
