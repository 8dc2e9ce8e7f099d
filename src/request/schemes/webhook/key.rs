//! From a key as it was given to one that a scheme can use: prefixes, encodings and sizes are the scheme's own.

use super::{Algorithm, Description, KeyEncoding};
use crate::kernel::crypto::{MacKey, SignatureAlgorithm};
use crate::kernel::key::{
    Key, KeyKind, Material, PrivateKey, PublicKey, ed25519_private, public_from_spki,
};
use crate::kernel::secret::{Encoding, Secret};

/// A key ready for one algorithm.
#[derive(Debug, Clone)]
pub enum Prepared {
    /// For HMAC.
    Mac(MacKey),
    /// For signing and verifying.
    Private(PrivateKey),
    /// For verifying.
    Public(PublicKey),
    /// To be compared.
    Token(Secret),
}

/// Why a key cannot be used. No variant holds key material.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyProblem {
    /// Of another kind than the algorithm.
    #[error("{algorithm} needs {needed}; this is {found}")]
    WrongKind {
        /// The algorithm.
        algorithm: Algorithm,
        /// What it needs.
        needed: &'static str,
        /// What was given.
        found: String,
    },
    /// A PEM where a shared secret belongs. Public keys as HMAC secrets let anyone sign.
    #[error("a PEM is not a shared secret: whoever has the public part could sign")]
    Pem,
    /// In another encoding.
    #[error("the secret{} is not {encoding}", after(.prefix))]
    Encoding {
        /// The encoding it should have.
        encoding: &'static str,
        /// The prefix that was cut off.
        prefix: Option<String>,
    },
    /// Empty.
    #[error("the secret is empty")]
    Empty,
    /// Too short or too long.
    #[error("the secret has {found} bytes; this scheme's have {min} to {max}")]
    Size {
        /// Its size.
        found: usize,
        /// The fewest.
        min: usize,
        /// The most.
        max: usize,
    },
    /// The two halves of an Ed25519 key differ.
    #[error("the private and the public part of this Ed25519 key do not belong together")]
    Mismatch,
}

fn after(prefix: &Option<String>) -> String {
    prefix
        .as_ref()
        .map(|prefix| format!(" after `{prefix}`"))
        .unwrap_or_default()
}

/// Prepares a key for one of a scheme's algorithms.
///
/// # Errors
/// [`KeyProblem`].
pub fn prepare(
    description: &Description,
    algorithm: Algorithm,
    key: &Key,
) -> Result<Prepared, KeyProblem> {
    match (algorithm, &key.material) {
        (Algorithm::Hmac(mac), Material::Secret(secret)) => {
            let secret = shared(description, algorithm, secret)?;
            Ok(Prepared::Mac(MacKey::new(mac, &secret)))
        }
        (Algorithm::Token, Material::Secret(secret)) => {
            shared(description, algorithm, secret).map(Prepared::Token)
        }
        (Algorithm::Ed25519, Material::Secret(secret)) => ed25519(description, secret),
        (Algorithm::EcdsaP256, Material::Secret(secret)) => spki(secret),
        (Algorithm::Ed25519 | Algorithm::EcdsaP256, Material::Private(private)) => {
            fits(algorithm, private.public().kind(), || key.describe())?;
            Ok(Prepared::Private(private.clone()))
        }
        (Algorithm::Ed25519 | Algorithm::EcdsaP256, Material::Public(public)) => {
            fits(algorithm, public.kind(), || key.describe())?;
            Ok(Prepared::Public(public.clone()))
        }
        (Algorithm::Hmac(_) | Algorithm::Token, _) => Err(wrong_kind(algorithm, key.describe())),
    }
}

fn wrong_kind(algorithm: Algorithm, found: String) -> KeyProblem {
    let needed = match algorithm {
        Algorithm::Hmac(_) | Algorithm::Token => "a shared secret",
        Algorithm::Ed25519 => "an Ed25519 key",
        Algorithm::EcdsaP256 => "a P-256 key",
    };
    KeyProblem::WrongKind {
        algorithm,
        needed,
        found,
    }
}

fn fits(
    algorithm: Algorithm,
    kind: KeyKind,
    describe: impl FnOnce() -> String,
) -> Result<(), KeyProblem> {
    let fits = match algorithm.asymmetric() {
        Some(SignatureAlgorithm::Ed25519) => kind == KeyKind::Ed25519,
        Some(SignatureAlgorithm::Ecdsa(curve, ..)) => kind == KeyKind::Ec(curve),
        _ => false,
    };
    if fits {
        Ok(())
    } else {
        Err(wrong_kind(algorithm, describe()))
    }
}

fn shared(
    description: &Description,
    algorithm: Algorithm,
    secret: &Secret,
) -> Result<Secret, KeyProblem> {
    let form = &description.key;
    let bytes = secret.expose();
    if bytes.trim_ascii_start().starts_with(b"-----BEGIN") {
        return Err(KeyProblem::Pem);
    }
    if let Some(prefixes) = &form.ed25519 {
        for (prefix, what) in [
            (&prefixes.private, "a private Ed25519 key"),
            (&prefixes.public, "a public Ed25519 key"),
        ] {
            if bytes.starts_with(prefix.as_bytes()) {
                return Err(wrong_kind(algorithm, format!("{what} (`{prefix}`)")));
            }
        }
    }
    let cut = form
        .prefix
        .as_ref()
        .filter(|prefix| form.cut && bytes.starts_with(prefix.as_bytes()));
    let rest = bytes.get(cut.map_or(0, String::len)..).unwrap_or_default();
    let secret = match form.encoding {
        KeyEncoding::Raw => Secret::new(rest.to_vec()),
        KeyEncoding::Base64 => decode(Encoding::Base64, rest, cut)?,
        KeyEncoding::Base64url => decode(Encoding::Base64url, rest, cut)?,
        KeyEncoding::Hex => decode(Encoding::Hex, rest, cut)?,
    };
    match secret.len() {
        0 => Err(KeyProblem::Empty),
        found if (form.min..=form.max).contains(&found) => Ok(secret),
        found => Err(KeyProblem::Size {
            found,
            min: form.min,
            max: form.max,
        }),
    }
}

fn decode(encoding: Encoding, text: &[u8], cut: Option<&String>) -> Result<Secret, KeyProblem> {
    encoding.decode(text).map_err(|_| KeyProblem::Encoding {
        encoding: encoding.name(),
        prefix: cut.cloned(),
    })
}

/// A `whsk_` or `whpk_` key.
fn ed25519(description: &Description, secret: &Secret) -> Result<Prepared, KeyProblem> {
    let bytes = secret.expose();
    let other = || wrong_kind(Algorithm::Ed25519, "a shared secret".to_owned());
    let prefixes = description.key.ed25519.as_ref().ok_or_else(other)?;
    let decoded = |prefix: &String| -> Option<Result<Secret, KeyProblem>> {
        let rest = bytes.strip_prefix(prefix.as_bytes())?;
        Some(decode(Encoding::Base64, rest, Some(prefix)))
    };
    let size = |found: usize, right: usize| KeyProblem::Size {
        found,
        min: right,
        max: right,
    };
    if let Some(public) = decoded(&prefixes.public) {
        let public = public?;
        let point: [u8; 32] = public
            .expose()
            .try_into()
            .map_err(|_| size(public.len(), 32))?;
        return Ok(Prepared::Public(PublicKey::Ed25519(point)));
    }
    let private = decoded(&prefixes.private).ok_or_else(other)??;
    if private.len() != 64 {
        return Err(size(private.len(), 64));
    }
    let (seed, public) = private.expose().split_at(32);
    ed25519_private(seed, Some(public))
        .map(Prepared::Private)
        .map_err(|_| KeyProblem::Mismatch)
}

/// A public key as SendGrid shows it: SubjectPublicKeyInfo in base64, without the lines of a PEM.
fn spki(secret: &Secret) -> Result<Prepared, KeyProblem> {
    let other = || wrong_kind(Algorithm::EcdsaP256, "a shared secret".to_owned());
    let der = Encoding::Base64
        .decode(secret.expose())
        .map_err(|_| other())?;
    let public = public_from_spki(der.expose()).map_err(|_| other())?;
    fits(Algorithm::EcdsaP256, public.kind(), || {
        format!("{} public key", public.kind())
    })?;
    Ok(Prepared::Public(public))
}

/// Beginnings of secrets that belong elsewhere, and what they are.
const FOREIGN: [(&str, &str); 12] = [
    ("sk_", "an API key of Stripe's shape"),
    ("rk_", "a restricted API key of Stripe's shape"),
    ("pk_", "a publishable key, which is not secret"),
    ("whsec_", "a secret of Stripe's or Standard Webhooks' shape"),
    ("whsk_", "a private key of Standard Webhooks"),
    ("whpk_", "a public key of Standard Webhooks"),
    ("ghp_", "a GitHub access token"),
    ("github_pat_", "a GitHub access token"),
    (
        "xoxb-",
        "a Slack bot token; requests are signed with the signing secret",
    ),
    (
        "xoxp-",
        "a Slack user token; requests are signed with the signing secret",
    ),
    (
        "shpat_",
        "a Shopify access token; webhooks are signed with the client secret",
    ),
    ("glpat-", "a GitLab access token"),
];

/// What a secret is by its beginning, if that is not what the scheme signs with. Secrets may look like anything, so
/// this is said and nothing is refused for it.
pub fn foreign_prefix(
    description: &Description,
    key: &Key,
) -> Option<(&'static str, &'static str)> {
    let Material::Secret(secret) = &key.material else {
        return None;
    };
    let form = &description.key;
    let ed25519 = form.ed25519.as_ref();
    let own = [
        form.prefix.as_deref(),
        ed25519.map(|prefixes| prefixes.private.as_str()),
        ed25519.map(|prefixes| prefixes.public.as_str()),
    ];
    FOREIGN
        .into_iter()
        .find(|(prefix, _)| secret.expose().starts_with(prefix.as_bytes()))
        .filter(|(prefix, _)| !own.contains(&Some(prefix)))
}
