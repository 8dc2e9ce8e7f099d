//! `countersign request sign`.

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args as ClapArgs, ValueEnum};

use super::view::SignedView;
use super::{Scheme, TargetScheme, parse_component, read_message};
use crate::cli::args::{Clock, KeyReading, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{Body, Outcome};
use crate::kernel::crypto::Random as _;
use crate::kernel::key::{Expected, Material};
use crate::kernel::time::parse_duration;
use crate::request::component::Component;
use crate::request::rfc9421::{self, SignOptions};
use crate::request::{Algorithm, Exchange};

/// Sign a request
///
/// Reads a raw HTTP/1.1 request and adds the signature's fields after its last one; no other byte changes. Unless
/// `--cover` says otherwise, the signature covers the method, the authority, the path, the query, the content type and
/// the digest of the body, which is made or renewed.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign request sign --key file:order.key --key-id order payment.http
  countersign request sign --key env:ORDER_KEY --cover @method --cover @target-uri --emit headers - < payment.http

Exit codes: 0 signed, 2 cannot sign")]
pub(crate) struct Args {
    /// The request, a file or `-`
    message: PathBuf,
    /// The signature scheme
    #[arg(long, value_enum, default_value = "rfc9421")]
    scheme: Scheme,
    /// The algorithm: hmac-sha256
    #[arg(long, default_value = "hmac-sha256")]
    alg: Algorithm,
    /// Where the secret is: env:NAME, file:PATH, fd:N, stdin or prompt
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    key: SecretArg,
    #[command(flatten)]
    reading: KeyReading,
    /// The key id to write into the signature
    #[arg(long, value_name = "ID")]
    key_id: Option<String>,
    /// A component to cover, such as `@method` or `content-type`; repeat for more
    #[arg(long = "cover", value_name = "COMPONENT", value_parser = parse_component)]
    cover: Vec<Component>,
    /// The label of the signature
    #[arg(long, default_value = "sig1")]
    label: String,
    /// Let the signature expire after this time, such as `5m`
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    expires_in: Option<std::time::Duration>,
    /// The nonce; a random one unless given
    #[arg(long)]
    nonce: Option<String>,
    /// Write no nonce
    #[arg(long, conflicts_with = "nonce")]
    no_nonce: bool,
    /// The application that the signature is for
    #[arg(long)]
    tag: Option<String>,
    /// The scheme of the request's URI
    #[arg(long, value_enum, default_value = "https")]
    target_scheme: TargetScheme,
    /// What to write: the whole message, the new fields, or the signature base
    #[arg(long, value_enum, default_value = "message")]
    emit: Emit,
    #[command(flatten)]
    clock: Clock,
}

/// What to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Emit {
    /// The whole signed message
    Message,
    /// The new fields alone
    Headers,
    /// The signature base
    Base,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let Scheme::Rfc9421 = args.scheme;
    let request = read_message(env, &args.message)?;
    let keys = env.keys(
        std::slice::from_ref(&args.key),
        &args.reading,
        Expected::Secret,
    )?;
    let secret = keys.keys.iter().find_map(|key| match &key.material {
        Material::Secret(secret) => Some((key, secret)),
        _ => None,
    });
    let (key, secret) = secret
        .ok_or_else(|| Failure::new(Kind::Secret, "there is no shared secret in the key file"))?;
    let minimum = crate::kernel::crypto::MacAlgorithm::HmacSha256.tag_length();
    if secret.len() < minimum {
        env.warn(&format!(
            "the secret has {} bytes; HMAC-SHA256 wants at least {minimum} random ones",
            secret.len()
        ));
    }
    let nonce = match (args.nonce, args.no_nonce) {
        (Some(nonce), _) => Some(nonce),
        (None, true) => None,
        (None, false) => Some(random_nonce(env)?),
    };
    let created = args.clock.at.unwrap_or(env.now);
    let options = SignOptions {
        label: args.label,
        components: if args.cover.is_empty() {
            rfc9421::default_components(&request)
        } else {
            args.cover
        },
        algorithm: args.alg,
        created: Some(created),
        expires: args.expires_in.map(|duration| created.plus(duration)),
        nonce,
        key_id: args.key_id.or(key.id.clone()),
        tag: args.tag,
        digests: vec!["sha-256"],
    };
    let context = args.target_scheme.context();
    let exchange = Exchange::new(&request, &context);
    let signed = rfc9421::sign(exchange, key, &options, &env.random).map_err(|error| {
        let failure = Failure::input(error.to_string()).context("cannot sign the request");
        match error {
            rfc9421::SignError::LabelTaken(_) => failure.hint("give the new one another `--label`"),
            _ => failure,
        }
    })?;
    for forgiven in &request.forgiven {
        env.note(&format!(
            "forgiven in `{}`: {forgiven}",
            request.source.name()
        ));
    }
    let message = [&request.head_with(&signed.edit), request.rest()].concat();
    let fields = signed.edit.lines();
    if env.wants_json() {
        return Ok(Outcome::view(SignedView {
            message,
            fields,
            base: signed.base.text().to_owned(),
        }));
    }
    Ok(Outcome::done(Body::Bytes(match args.emit {
        Emit::Message => message,
        Emit::Headers => (fields.join("\n") + "\n").into_bytes(),
        Emit::Base => signed.base.text().as_bytes().to_vec(),
    })))
}

fn random_nonce(env: &Env) -> Result<String, Failure> {
    let bytes: [u8; 16] = env
        .random
        .bytes()
        .map_err(|error| Failure::new(Kind::Secret, error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
