//! Secrets that are read in another way, and keys that were used as secrets.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::{Cause, Found, State, found, holds};
use crate::jwt::algorithm::{Algorithm, Primitive};
use crate::kernel::crypto::hex;
use crate::kernel::key::{Key, Material, PublicKey, public_jwk};
use crate::kernel::pem;
use crate::kernel::secret::Secret;

/// The same secret in another encoding.
pub(super) fn readings(state: &State<'_>, readings: &[(&'static str, Key)]) -> Option<Found> {
    let algorithm = mac_of(state)?;
    let (encoding, _) = readings
        .iter()
        .find(|(_, key)| holds(key, algorithm, signed(state)))?;
    if *encoding == "raw" {
        return found(
            Cause::SecretEdges,
            "the signature would match if the line end in the secret's file belonged to the secret: \
             `--key-encoding raw`"
                .into(),
        );
    }
    found(
        Cause::SecretEncoding,
        format!(
            "the signature would match if the secret were read as {encoding}: `--key-encoding {encoding}`"
        ),
    )
}

/// The secret with or without what editors, shells and stores leave around it, or encoded by the signer.
pub(super) fn edges(state: &State<'_>) -> Option<Found> {
    let algorithm = mac_of(state)?;
    for key in state.fitting() {
        let Material::Secret(secret) = &key.material else {
            continue;
        };
        let bytes = secret.expose();
        let quoted = |quote: &[u8]| [quote, bytes, quote].concat();
        let unquoted = |quote: u8| {
            let inner = bytes.strip_prefix(&[quote])?.strip_suffix(&[quote])?;
            Some(inner.to_vec())
        };
        let edges = [
            ("had a line end", Some([bytes, b"\n"].concat())),
            ("had a CR LF at its end", Some([bytes, b"\r\n"].concat())),
            ("had no space around it", Some(bytes.trim_ascii().to_vec())),
            ("stood in quotes", Some(quoted(b"\""))),
            ("stood in single quotes", Some(quoted(b"'"))),
            ("had no quotes", unquoted(b'"').or_else(|| unquoted(b'\''))),
        ];
        let encodings = [
            ("were the base64 text of it", STANDARD.encode(bytes)),
            (
                "were the base64url text of it",
                URL_SAFE_NO_PAD.encode(bytes),
            ),
            ("were the hexadecimal text of it", hex(bytes)),
        ];
        for (name, reading) in edges {
            if reading.is_some_and(|bytes| holds(&as_secret(bytes), algorithm, signed(state))) {
                return found(
                    Cause::SecretEdges,
                    format!("the signature would match if the secret {name}"),
                );
            }
        }
        for (name, text) in encodings {
            if holds(&as_secret(text.into_bytes()), algorithm, signed(state)) {
                return found(
                    Cause::SecretEncoding,
                    format!("the signature would match if the secret {name}"),
                );
            }
        }
    }
    None
}

/// The text or the bytes of a key as the secret of a MAC.
pub(super) fn confusion(state: &State<'_>) -> Option<Found> {
    let algorithm = mac_of(state)?;
    for key in state.keys {
        let private = match &key.material {
            Material::Secret(_) => continue,
            Material::Private(private) => Some(private),
            Material::Public(_) => None,
        };
        if let Some(public) = key.public()
            && let Some((name, _)) = texts(&public)
                .into_iter()
                .find(|(_, text)| holds(&as_secret(text.clone()), algorithm, signed(state)))
        {
            return found(
                Cause::AlgorithmConfusion,
                format!(
                    "this is the RS/HS confusion: the {algorithm} was made with the public key {} as its secret ({name})",
                    key.name()
                ),
            );
        }
        let texts = private.map(|private| {
            let text = pem::write("PRIVATE KEY", &private.to_pkcs8());
            [
                text.as_bytes().to_vec(),
                text.trim_end().as_bytes().to_vec(),
            ]
        });
        let made = |text: &Vec<u8>| holds(&as_secret(text.clone()), algorithm, signed(state));
        if texts.iter().flatten().any(made) {
            return found(
                Cause::SecretIsText,
                format!(
                    "the {algorithm} was made with the text of the private key {} as its secret",
                    key.name()
                ),
            );
        }
    }
    None
}

/// The forms in which a public key lies in files and sets.
fn texts(key: &PublicKey) -> Vec<(&'static str, Vec<u8>)> {
    let spki = key.to_spki();
    let pem = pem::write("PUBLIC KEY", &spki);
    let mut texts = vec![
        ("as PEM", pem.as_bytes().to_vec()),
        (
            "as PEM without the last line end",
            pem.trim_end().as_bytes().to_vec(),
        ),
        ("as PEM with CR LF", pem.replace('\n', "\r\n").into_bytes()),
        ("as DER", spki.clone()),
        ("as base64 of DER", STANDARD.encode(&spki).into_bytes()),
    ];
    match key {
        PublicKey::Rsa { n, .. } => {
            texts.push(("its modulus", n.clone()));
            if let Some(pkcs1) = pkcs1(&spki) {
                let pem = pem::write("RSA PUBLIC KEY", &pkcs1);
                texts.push(("as PKCS#1 PEM", pem.as_bytes().to_vec()));
                texts.push((
                    "as PKCS#1 PEM without the last line end",
                    pem.trim_end().as_bytes().to_vec(),
                ));
            }
        }
        PublicKey::Ec { point, .. } => texts.push(("its point", point.clone())),
        other => {
            if let Some(jwk) = public_jwk(&Key::bare(Material::Public(other.clone()))) {
                let x = jwk
                    .get("x")
                    .and_then(serde_json::Value::as_str)
                    .unwrap_or_default();
                texts.push(("its bytes", URL_SAFE_NO_PAD.decode(x).unwrap_or_default()));
            }
        }
    }
    if let Some(jwk) = public_jwk(&Key::bare(Material::Public(key.clone()))) {
        texts.push(("as JWK", jwk.to_string().into_bytes()));
    }
    texts
}

/// The PKCS#1 key inside a SubjectPublicKeyInfo.
fn pkcs1(spki: &[u8]) -> Option<Vec<u8>> {
    const SEQUENCE: u8 = 0x30;
    let mut whole = crate::kernel::der::Reader::new(spki);
    let mut info = whole.enter(SEQUENCE).ok()?;
    info.read(SEQUENCE).ok()?;
    info.bit_string().ok().map(<[u8]>::to_vec)
}

fn mac_of(state: &State<'_>) -> Option<Algorithm> {
    let algorithm = state.algorithm()?;
    matches!(algorithm.primitive(), Primitive::Mac(_)).then_some(algorithm)
}

fn signed<'s>(state: &'s State<'_>) -> (&'s [u8], &'s [u8]) {
    (state.input(), &state.token.signature)
}

fn as_secret(bytes: Vec<u8>) -> Key {
    Key::bare(Material::Secret(Secret::new(bytes)))
}
