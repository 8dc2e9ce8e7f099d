//! `countersign jwt jwks`: key sets made, changed, rotated and fetched.

mod add;
mod convert;
mod current;
mod fetch;
mod generate;
mod public;
mod remove;
mod rotate;
mod thumbprint;
mod view;

use std::path::Path;
use std::str::FromStr;

use clap::Subcommand;

use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::{NewFile, Outcome};
use crate::jwt::Algorithm;
use crate::jwt::jwks::{JwkSet, JwksError};
use crate::kernel::crypto::{Random as _, RandomError};
use crate::kernel::fs::{Privacy, Replace};
use crate::kernel::json;
use crate::kernel::key::{Curve, Key, Material, generate_ec, generate_ed25519, thumbprint};
use crate::kernel::secret::Secret;

/// The verbs of `jwt jwks`.
#[derive(Debug, Subcommand)]
pub(crate) enum Jwks {
    Generate(generate::Args),
    Convert(convert::Args),
    Thumbprint(thumbprint::Args),
    Public(public::Args),
    Add(add::Args),
    Remove(remove::Args),
    Rotate(rotate::Args),
    Current(current::Args),
    Fetch(fetch::Args),
}

impl Jwks {
    /// Runs the verb.
    pub(super) fn run(self, env: &Env) -> Result<Outcome, Failure> {
        match self {
            Self::Generate(args) => generate::run(env, &args),
            Self::Convert(args) => convert::run(env, &args),
            Self::Thumbprint(args) => thumbprint::run(env, &args),
            Self::Public(args) => public::run(env, &args),
            Self::Add(args) => add::run(env, args),
            Self::Remove(args) => remove::run(env, args),
            Self::Rotate(args) => rotate::run(env, args),
            Self::Current(args) => current::run(env, args),
            Self::Fetch(args) => fetch::run(env, args),
        }
    }
}

/// What kind of key to make, by the algorithm that it signs with.
#[derive(Debug, Clone, Copy)]
pub(super) enum NewKind {
    /// A random secret.
    Secret(Algorithm, usize),
    /// An elliptic curve key.
    Ec(Curve, Algorithm),
    /// An Ed25519 key.
    Ed25519,
}

impl FromStr for NewKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // RFC 7518 §3.2: as long as the hash.
        Ok(match text {
            "HS256" => Self::Secret(Algorithm::Hs256, 32),
            "HS384" => Self::Secret(Algorithm::Hs384, 48),
            "HS512" => Self::Secret(Algorithm::Hs512, 64),
            "P-256" | "ES256" => Self::Ec(Curve::P256, Algorithm::Es256),
            "P-384" | "ES384" => Self::Ec(Curve::P384, Algorithm::Es384),
            "P-521" | "ES512" => Self::Ec(Curve::P521, Algorithm::Es512),
            "secp256k1" | "ES256K" => Self::Ec(Curve::Secp256k1, Algorithm::Es256k),
            "Ed25519" | "EdDSA" => Self::Ed25519,
            "RSA" => return Err("RSA keys are not made here: `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072`".to_owned()),
            other => return Err(format!("`{other}` is none of P-256, P-384, P-521, secp256k1, Ed25519, HS256, HS384, HS512")),
        })
    }
}

impl NewKind {
    /// A new key with its id: its thumbprint, or random letters for a secret, which has no public name.
    pub(super) fn generate(self, env: &Env, id: Option<&str>) -> Result<Key, RandomError> {
        let random = &env.random;
        let (material, algorithm) = match self {
            Self::Secret(algorithm, length) => {
                let mut bytes = vec![0; length];
                random.fill(&mut bytes)?;
                (Material::Secret(Secret::new(bytes)), algorithm)
            }
            Self::Ec(curve, algorithm) => {
                (Material::Private(generate_ec(curve, random)?), algorithm)
            }
            Self::Ed25519 => (
                Material::Private(generate_ed25519(random)?),
                Algorithm::EdDsa,
            ),
        };
        let mut key = Key::bare(material);
        key.usage = Some("sig".to_owned());
        key.algorithm = Some(algorithm.name().to_owned());
        key.id = Some(match (id, key.public()) {
            (Some(id), _) => id.to_owned(),
            (None, Some(public)) => thumbprint(&public),
            (None, None) => crate::kernel::crypto::hex(&random.bytes::<8>()?),
        });
        Ok(key)
    }
}

/// The keys of a file, if it is there.
fn read(env: &Env, path: &Path) -> Result<JwkSet, Failure> {
    let source = env.source(path)?;
    let context =
        |failure: Failure| failure.context(format!("cannot use the set `{}`", path.display()));
    let document =
        json::parse(&source).map_err(|error| context(Failure::input(error.to_string())))?;
    if let Some(duplicate) = document
        .duplicates
        .iter()
        .find(|duplicate| duplicate.key == "keys")
    {
        return Err(context(Failure::input(format!(
            "the member `{}` is there twice",
            duplicate.key
        ))));
    }
    JwkSet::read(&document).map_err(|error| context(explain(error)))
}

/// The set of a file, or a new one where there is no file; whether it is new.
fn read_or_new(env: &Env, path: &Path) -> Result<(JwkSet, bool), Failure> {
    if path.as_os_str() != "-" && path.symlink_metadata().is_err() {
        return Ok((JwkSet::empty(), true));
    }
    read(env, path).map(|set| (set, false))
}

/// The file of a changed set. It takes the place of the old one; a new one takes no one's.
fn changed(path: &Path, set: &JwkSet, new: bool) -> NewFile {
    let privacy = if set.is_private() {
        Privacy::Private
    } else {
        Privacy::Shared
    };
    NewFile {
        path: path.to_owned(),
        bytes: set.to_text().as_bytes().to_vec().into(),
        privacy,
        replace: if new { Replace::Never } else { Replace::Always },
    }
}

fn explain(error: JwksError) -> Failure {
    let failure = Failure::input(error.to_string());
    match error {
        JwksError::Taken(_) => failure.hint("give it another id: `--kid`"),
        JwksError::PublicInPrivate(_) => {
            failure.hint("keep public keys in a set of their own: `countersign jwt jwks public`")
        }
        _ => failure,
    }
}

fn no_randomness(error: RandomError) -> Failure {
    Failure::new(crate::cli::error::Kind::Secret, error.to_string())
}
