//! The registered algorithms (IANA "JSON Web Signature and Encryption Algorithms"): what each is, offered here or not.

use super::defect::{Defect, DefectKind, Section};

/// What an algorithm is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// A shared secret.
    Mac,
    /// A key pair.
    Signature,
    /// Nothing: `none`.
    Unsecured,
    /// How the content key of a JWE travels.
    KeyManagement,
    /// How the content of a JWE is encrypted.
    Content,
}

/// A registered algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Registered {
    /// The name in a header.
    pub name: &'static str,
    /// What it is for.
    pub family: Family,
    /// What it is, in words.
    pub text: &'static str,
    /// The length of a signature, of an initialization vector or of a tag, where it is fixed.
    length: Option<(usize, usize)>,
}

const fn entry(
    name: &'static str,
    family: Family,
    text: &'static str,
    length: Option<(usize, usize)>,
) -> Registered {
    Registered {
        name,
        family,
        text,
        length,
    }
}

use Family::{Content, KeyManagement, Mac, Signature, Unsecured};

const REGISTERED: &[Registered] = &[
    entry(
        "HS256",
        Mac,
        "HMAC with SHA-256: whoever can verify it can forge it",
        Some((32, 0)),
    ),
    entry(
        "HS384",
        Mac,
        "HMAC with SHA-384: whoever can verify it can forge it",
        Some((48, 0)),
    ),
    entry(
        "HS512",
        Mac,
        "HMAC with SHA-512: whoever can verify it can forge it",
        Some((64, 0)),
    ),
    entry("RS256", Signature, "RSASSA-PKCS1-v1_5 with SHA-256", None),
    entry("RS384", Signature, "RSASSA-PKCS1-v1_5 with SHA-384", None),
    entry("RS512", Signature, "RSASSA-PKCS1-v1_5 with SHA-512", None),
    entry("PS256", Signature, "RSASSA-PSS with SHA-256", None),
    entry("PS384", Signature, "RSASSA-PSS with SHA-384", None),
    entry("PS512", Signature, "RSASSA-PSS with SHA-512", None),
    entry(
        "ES256",
        Signature,
        "ECDSA on P-256 with SHA-256",
        Some((64, 0)),
    ),
    entry(
        "ES384",
        Signature,
        "ECDSA on P-384 with SHA-384",
        Some((96, 0)),
    ),
    entry(
        "ES512",
        Signature,
        "ECDSA on P-521 with SHA-512",
        Some((132, 0)),
    ),
    entry(
        "ES256K",
        Signature,
        "ECDSA on secp256k1 with SHA-256 (RFC 8812)",
        Some((64, 0)),
    ),
    entry(
        "EdDSA",
        Signature,
        "Ed25519 or Ed448, as the key says (RFC 8037); deprecated by RFC 9864",
        None,
    ),
    entry("Ed25519", Signature, "Ed25519 (RFC 9864)", Some((64, 0))),
    entry("Ed448", Signature, "Ed448 (RFC 9864)", Some((114, 0))),
    entry(
        "ML-DSA-44",
        Signature,
        "ML-DSA-44, post-quantum (FIPS 204)",
        Some((2420, 0)),
    ),
    entry(
        "ML-DSA-65",
        Signature,
        "ML-DSA-65, post-quantum (FIPS 204)",
        Some((3309, 0)),
    ),
    entry(
        "ML-DSA-87",
        Signature,
        "ML-DSA-87, post-quantum (FIPS 204)",
        Some((4627, 0)),
    ),
    entry(
        "RS1",
        Signature,
        "RSASSA-PKCS1-v1_5 with SHA-1, prohibited",
        None,
    ),
    entry("HS1", Mac, "HMAC with SHA-1, prohibited", Some((20, 0))),
    entry(
        "none",
        Unsecured,
        "no signature at all: anyone can write it",
        Some((0, 0)),
    ),
    entry(
        "RSA1_5",
        KeyManagement,
        "the content key under RSAES-PKCS1-v1_5, which RFC 8725 advises against",
        None,
    ),
    entry(
        "RSA-OAEP",
        KeyManagement,
        "the content key under RSAES-OAEP with SHA-1",
        None,
    ),
    entry(
        "RSA-OAEP-256",
        KeyManagement,
        "the content key under RSAES-OAEP with SHA-256",
        None,
    ),
    entry(
        "RSA-OAEP-384",
        KeyManagement,
        "the content key under RSAES-OAEP with SHA-384",
        None,
    ),
    entry(
        "RSA-OAEP-512",
        KeyManagement,
        "the content key under RSAES-OAEP with SHA-512",
        None,
    ),
    entry(
        "A128KW",
        KeyManagement,
        "the content key wrapped with a 128-bit AES key",
        None,
    ),
    entry(
        "A192KW",
        KeyManagement,
        "the content key wrapped with a 192-bit AES key",
        None,
    ),
    entry(
        "A256KW",
        KeyManagement,
        "the content key wrapped with a 256-bit AES key",
        None,
    ),
    entry(
        "A128GCMKW",
        KeyManagement,
        "the content key under AES-GCM with a 128-bit key",
        None,
    ),
    entry(
        "A192GCMKW",
        KeyManagement,
        "the content key under AES-GCM with a 192-bit key",
        None,
    ),
    entry(
        "A256GCMKW",
        KeyManagement,
        "the content key under AES-GCM with a 256-bit key",
        None,
    ),
    entry(
        "dir",
        KeyManagement,
        "the shared key is the content key itself",
        None,
    ),
    entry(
        "ECDH-ES",
        KeyManagement,
        "the content key agreed on with the ephemeral key `epk`",
        None,
    ),
    entry(
        "ECDH-ES+A128KW",
        KeyManagement,
        "the content key wrapped with a 128-bit key agreed on with `epk`",
        None,
    ),
    entry(
        "ECDH-ES+A192KW",
        KeyManagement,
        "the content key wrapped with a 192-bit key agreed on with `epk`",
        None,
    ),
    entry(
        "ECDH-ES+A256KW",
        KeyManagement,
        "the content key wrapped with a 256-bit key agreed on with `epk`",
        None,
    ),
    entry(
        "PBES2-HS256+A128KW",
        KeyManagement,
        "the content key under a password, PBKDF2 with SHA-256",
        None,
    ),
    entry(
        "PBES2-HS384+A192KW",
        KeyManagement,
        "the content key under a password, PBKDF2 with SHA-384",
        None,
    ),
    entry(
        "PBES2-HS512+A256KW",
        KeyManagement,
        "the content key under a password, PBKDF2 with SHA-512",
        None,
    ),
    entry(
        "A128CBC-HS256",
        Content,
        "AES-128-CBC with HMAC-SHA-256",
        Some((16, 16)),
    ),
    entry(
        "A192CBC-HS384",
        Content,
        "AES-192-CBC with HMAC-SHA-384",
        Some((16, 24)),
    ),
    entry(
        "A256CBC-HS512",
        Content,
        "AES-256-CBC with HMAC-SHA-512",
        Some((16, 32)),
    ),
    entry(
        "A128GCM",
        Content,
        "AES-GCM with a 128-bit key",
        Some((12, 16)),
    ),
    entry(
        "A192GCM",
        Content,
        "AES-GCM with a 192-bit key",
        Some((12, 16)),
    ),
    entry(
        "A256GCM",
        Content,
        "AES-GCM with a 256-bit key",
        Some((12, 16)),
    ),
];

/// Not registered, but seen.
const SEEN: &[Registered] = &[
    entry(
        "ed25519-nkey",
        Signature,
        "Ed25519 in the manner of NATS, not registered",
        Some((64, 0)),
    ),
    entry("ES521", Signature, "not registered; `ES512` is meant", None),
    entry(
        "XC20P",
        Content,
        "XChaCha20-Poly1305, not registered",
        Some((24, 16)),
    ),
    entry(
        "C20P",
        Content,
        "ChaCha20-Poly1305, not registered",
        Some((12, 16)),
    ),
];

/// The registered algorithm of that exact name (RFC 7515 §4.1.1), or one that is seen without being registered.
pub fn registered(name: &str) -> Option<&'static Registered> {
    REGISTERED
        .iter()
        .chain(SEEN)
        .find(|known| known.name == name)
}

impl Registered {
    /// The lengths of initialization vector and tag.
    pub(super) fn content_lengths(&self) -> Option<(usize, usize)> {
        self.length.filter(|_| self.family == Content)
    }
}

/// How many characters of base64url a signature of this algorithm has, where that is fixed.
pub(in crate::jwt) fn signature_characters(algorithm: &str) -> Option<usize> {
    let known = registered(algorithm).filter(|known| known.family != Content)?;
    known.length.map(|(bytes, _)| (bytes * 4).div_ceil(3))
}

/// A signature that its algorithm cannot have made, by its length.
pub(super) fn signature_defect(algorithm: &str, signature: &[u8], at: usize) -> Option<Defect> {
    let known = registered(algorithm)?;
    let found = signature.len();
    let defect =
        |text: String| Some(Defect::new(DefectKind::Length, Section::Signature, text).at(at));
    match known.length {
        _ if found == 0 && known.family != Unsecured => defect(format!(
            "the signature is empty; the header says {algorithm}"
        )),
        Some((length, _)) if found != length => {
            // RFC 7518 §3.4: R and S side by side. A DER sequence begins with 0x30 and its length.
            let der = matches!(signature, [0x30, rest @ ..]
                if rest.first().is_some_and(|length| usize::from(*length) + 2 == found));
            let hint = match (der, found < length) {
                (true, _) => "; it looks like DER, which JWS does not use",
                (false, true) => "; it was cut, or belongs to another algorithm",
                (false, false) => "; it was changed, or belongs to another algorithm",
            };
            defect(format!(
                "the signature has {found} bytes; one of {algorithm} has {length}{hint}"
            ))
        }
        None if algorithm == "EdDSA" && ![64, 114].contains(&found) => defect(format!(
            "the signature has {found} bytes; one of EdDSA has 64 or 114"
        )),
        None if is_rsa(algorithm) && found < 128 => defect(format!(
            "the signature has {found} bytes; one of {algorithm} is as long as its RSA key, 256 at least"
        )),
        _ => None,
    }
}

fn is_rsa(algorithm: &str) -> bool {
    algorithm.starts_with("RS") || algorithm.starts_with("PS")
}
