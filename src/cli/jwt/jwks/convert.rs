//! `countersign jwt jwks convert`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args as ClapArgs, ValueEnum};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::cli::args::{KeyReading, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::Paint;
use crate::kernel::fs::{Privacy, Replace};
use crate::kernel::key::{Expected, Key, Material, private_jwk, to_der, to_pem};

/// Write a key in another form
///
/// Reads PEM, DER, PKCS#1, PKCS#8 (encrypted too), SEC 1, certificates, JWKs and JWK sets. A private key stays private
/// unless `--public` is given; a file that holds one is its owner's alone, and takes the place of another only with
/// `--force`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt jwks convert --key file:signing.pem --public --to jwks
  countersign jwt jwks convert --key file:server.crt --to jwk
  countersign jwt jwks convert --key file:signing.jwk --to pem -o signing.pem

Exit codes: 0 converted, 2 cannot convert")]
pub(crate) struct Args {
    /// Where a key or key set is: env:NAME, file:PATH, fd:N, stdin or prompt; repeat for several
    #[arg(long, value_name = "REF", required = true, allow_hyphen_values = true)]
    key: Vec<SecretArg>,
    #[command(flatten)]
    reading: KeyReading,
    /// The form to write
    #[arg(long, value_enum, default_value = "jwk")]
    to: Form,
    /// Write the public half alone
    #[arg(long)]
    public: bool,
    /// The key id to write, for a single key
    #[arg(long, value_name = "ID")]
    kid: Option<String>,
    /// Replace the file that `-o` names
    #[arg(long)]
    force: bool,
}

/// A form of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// One JWK
    Jwk,
    /// A JWK set
    Jwks,
    /// PKCS#8 or SubjectPublicKeyInfo, as PEM
    Pem,
    /// The same as DER
    Der,
}

struct Converted {
    form: Form,
    bytes: Zeroizing<Vec<u8>>,
    privacy: Privacy,
    replace: Replace,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let mut keys = env
        .keys(&args.key, &args.reading, Expected::Verification)?
        .keys;
    if args.public {
        for key in &mut keys {
            let public = key.public().ok_or_else(|| no_form(key, "public half"))?;
            key.material = Material::Public(public);
        }
    }
    match (&args.kid, keys.as_mut_slice()) {
        (None, _) => {}
        (Some(id), [key]) => key.id = Some(id.clone()),
        (Some(_), _) => return Err(Failure::usage("`--kid` is for one key; there are several")),
    }
    let private = keys
        .iter()
        .any(|key| !matches!(key.material, Material::Public(_)));
    Ok(Outcome::view(Converted {
        form: args.to,
        bytes: write(&keys, args.to)?,
        privacy: if private {
            Privacy::Private
        } else {
            Privacy::Shared
        },
        replace: if args.force || !private {
            Replace::Always
        } else {
            Replace::Never
        },
    }))
}

fn write(keys: &[Key], form: Form) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let one = || match keys {
        [key] => Ok(key),
        _ => Err(Failure::usage(format!(
            "there are {} keys; this form holds one",
            keys.len()
        ))
        .hint("write a set: `--to jwks`")),
    };
    let text = match form {
        Form::Jwk => format!("{:#}\n", private_jwk(one()?)),
        Form::Jwks => {
            let keys: Vec<Value> = keys.iter().map(private_jwk).collect();
            format!("{:#}\n", json!({ "keys": keys }))
        }
        Form::Pem => {
            let texts = keys
                .iter()
                .map(|key| to_pem(key).ok_or_else(|| no_form(key, "PEM form")));
            let texts: Result<Vec<_>, _> = texts.collect();
            texts?.iter().map(|text| text.as_str()).collect()
        }
        Form::Der => {
            let key = one()?;
            return to_der(key).ok_or_else(|| no_form(key, "DER form"));
        }
    };
    Ok(Zeroizing::new(text.into_bytes()))
}

fn no_form(key: &Key, what: &str) -> Failure {
    Failure::new(
        Kind::Secret,
        format!(
            "`{}` is {}, which has no {what}",
            key.name(),
            key.describe()
        ),
    )
}

impl View for Converted {
    fn human(&self, paint: &mut Paint) {
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => text.lines().for_each(|line| paint.line(line)),
            // DER never comes here.
            Err(_) => paint.line(&STANDARD.encode(&self.bytes)),
        }
    }

    fn bytes(&self) -> Option<&[u8]> {
        (self.form == Form::Der).then_some(&self.bytes)
    }

    fn json(&self) -> Value {
        let (form, text) = match self.form {
            Form::Jwk => ("jwk", None),
            Form::Jwks => ("jwks", None),
            Form::Pem => ("pem", None),
            Form::Der => ("der", Some(STANDARD.encode(&self.bytes))),
        };
        let text = text.unwrap_or_else(|| String::from_utf8_lossy(&self.bytes).into_owned());
        json!({
            "schema": "countersign/converted-keys/v1",
            "form": form,
            "private": self.privacy == Privacy::Private,
            "text": text,
        })
    }

    fn privacy(&self) -> Privacy {
        self.privacy
    }

    fn replace(&self) -> Replace {
        self.replace
    }
}
