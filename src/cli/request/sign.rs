//! `countersign request sign`.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Args as ClapArgs, ValueEnum};

use super::demands::parse_component;
use super::input::{self, Place};
use super::scheme::SchemeArgs;
use super::view::SignedView;
use crate::cli::args::{Clock, KeyReading, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{Body, Outcome};
use crate::kernel::crypto::{MacAlgorithm, Random as _};
use crate::kernel::key::{Expected, Key, Material};
use crate::kernel::time::{Timestamp, parse_duration};
use crate::request::component::Component;
use crate::request::rfc9421::{self, SignError, SignOptions, Wish};
use crate::request::{
    Algorithm, Content, ContentStream, Context, Edit, Exchange, Message, SignedText,
};

/// Sign a message
///
/// Reads a raw HTTP request (or response) and adds the signature's fields after its last one; no other byte changes.
/// Unless `--cover` says otherwise, an RFC 9421 signature covers the method, the authority, the path, the query, the
/// content type and the digest of the body, which is made or renewed. Several keys make several signatures.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign request sign --key file:order.key --key-id order payment.http
  countersign request sign --key env:ORDER_KEY --cover @method --cover @target-uri --emit headers - < payment.http

Exit codes: 0 signed, 2 cannot sign")]
pub(crate) struct Args {
    /// The message, a file or `-`
    message: PathBuf,
    #[command(flatten)]
    scheme: SchemeArgs,
    /// The algorithm; by default the one for the key's kind
    #[arg(long)]
    alg: Option<Algorithm>,
    /// Where a key is: env:NAME, file:PATH, fd:N, stdin or prompt, perhaps with `ID=` before it; repeat to sign with
    /// several
    #[arg(long, value_name = "REF", required = true, allow_hyphen_values = true)]
    key: Vec<SecretArg>,
    #[command(flatten)]
    reading: KeyReading,
    /// The key id to write into the signature; with several keys one for each, in their order
    #[arg(long, value_name = "ID")]
    key_id: Vec<String>,
    /// A component to cover, such as `@method` or `content-type`; repeat for more
    #[arg(long = "cover", value_name = "COMPONENT", value_parser = parse_component)]
    cover: Vec<Component>,
    /// The label of the signature [default: sig1]; with several keys one for each, in their order
    #[arg(long)]
    label: Vec<String>,
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
    /// The digest to make for a body: sha-256 or sha-512; repeat for both
    #[arg(long, value_name = "NAME", value_parser = ["sha-256", "sha-512"])]
    digest: Vec<String>,
    /// Sign what the `Accept-Signature` of this message asks for, a file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["cover", "label", "tag", "nonce"])]
    accept: Option<PathBuf>,
    /// The request that a response answers, a file
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// What to write: the whole message, the new fields, or what is signed
    #[arg(long, value_enum, default_value = "message")]
    emit: Emit,
    #[command(flatten)]
    place: Place,
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
    /// The text that is signed
    Base,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let message = input::message(env, &args.message)?;
    let _rfc9421 = args.scheme.resolve(env)?;
    let asked = match &args.request {
        Some(path) => Some(input::request(env, path)?),
        None => None,
    };
    let expected = match args.alg {
        None => Expected::Signing,
        Some(Algorithm::HmacSha256) => Expected::Secret,
        Some(_) => Expected::Private,
    };
    let keys = env.keys(&args.key, &args.reading, expected)?.keys;
    for key in &keys {
        warn_if_short(env, key);
    }
    for forgiven in &message.forgiven {
        env.note(&format!(
            "forgiven in `{}`: {forgiven}",
            message.source.name()
        ));
    }
    let plan = plan(env, &args, &message, &keys)?;
    let signed = sign_all(env, &args, &plan, (&message, asked.as_ref()))?;
    let fields = signed.lines;
    if env.wants_json() {
        if signed.message.content().is_none() {
            return Err(
                Failure::usage("the message is too large to be written as JSON")
                    .hint("leave `--format json` out"),
            );
        }
        return Ok(Outcome::view(SignedView {
            message: signed.message.source.bytes().to_vec(),
            fields,
            base: String::from_utf8_lossy(&signed.text.last_text()).into_owned(),
        }));
    }
    Ok(Outcome::done(match args.emit {
        Emit::Message => whole(&signed.message),
        Emit::Headers => Body::Bytes((fields.join("\n") + "\n").into_bytes()),
        Emit::Base => Body::Bytes(signed.text.last_text()),
    }))
}

fn whole(message: &Message) -> Body {
    let head = message.source.bytes().to_vec();
    match &message.content {
        Content::Stream(content) => {
            let content = Arc::clone(content);
            Body::Streamed(Box::new(move |sink| write(&head, content.as_ref(), sink)))
        }
        Content::Within(_) | Content::Apart(_) => Body::Bytes(head),
    }
}

fn write(head: &[u8], content: &dyn ContentStream, sink: &mut dyn Write) -> io::Result<()> {
    sink.write_all(head)?;
    let mut failed = None;
    let read = content.feed(&mut |piece| {
        if failed.is_none() {
            failed = sink.write_all(piece).err();
        }
    });
    match failed {
        Some(error) => Err(error),
        None => read.map_err(io::Error::other),
    }
}

fn warn_if_short(env: &Env, key: &Key) {
    let minimum = MacAlgorithm::HmacSha256.tag_length();
    if let Material::Secret(secret) = &key.material
        && secret.len() < minimum
    {
        env.warn(&format!(
            "the secret has {} bytes; HMAC-SHA256 wants at least {minimum} random ones",
            secret.len()
        ));
    }
}

// One signature for each key, or one for each wish of the other side.
fn plan<'k>(
    env: &Env,
    args: &Args,
    message: &Message,
    keys: &'k [Key],
) -> Result<Vec<(&'k Key, SignOptions)>, Failure> {
    if let Some(path) = &args.accept {
        return wished(env, args, &input::message(env, path)?, keys);
    }
    if args.key_id.len() > keys.len() || args.label.len() > keys.len() {
        return Err(Failure::usage(format!(
            "there are more `--key-id` or `--label` than keys ({})",
            keys.len()
        )));
    }
    let mut plan = Vec::new();
    for (index, key) in keys.iter().enumerate() {
        let label = args.label.get(index).cloned();
        let options = SignOptions {
            label: label.unwrap_or_else(|| format!("sig{}", index + 1)),
            components: if args.cover.is_empty() {
                rfc9421::default_components(message)
            } else {
                args.cover.clone()
            },
            algorithm: algorithm(args.alg, key)?,
            created: Some(created(env, args)),
            expires: args
                .expires_in
                .map(|duration| created(env, args).plus(duration)),
            nonce: nonce(env, args)?,
            key_id: args.key_id.get(index).cloned().or(key.id.clone()),
            tag: args.tag.clone(),
            digests: digests(args),
        };
        plan.push((key, options));
    }
    Ok(plan)
}

// RFC 9421 §5.2: label, components, nonce, tag, algorithm and key id exactly as they were asked for.
fn wished<'k>(
    env: &Env,
    args: &Args,
    asking: &Message,
    keys: &'k [Key],
) -> Result<Vec<(&'k Key, SignOptions)>, Failure> {
    let wishes = rfc9421::wishes(asking).map_err(|error| {
        Failure::input(error.to_string()).context(format!(
            "cannot sign what `{}` asks for",
            asking.source.name()
        ))
    })?;
    let mut plan = Vec::new();
    for wish in wishes {
        let key = key_for(&wish, keys)?;
        let asked: Option<Algorithm> = match &wish.algorithm {
            Some(name) => Some(name.parse().map_err(Failure::input)?),
            None => args.alg,
        };
        let expires = args
            .expires_in
            .unwrap_or(std::time::Duration::from_secs(300));
        let options = SignOptions {
            algorithm: algorithm(asked, key)?,
            created: wish.created.then(|| created(env, args)),
            expires: wish.expires.then(|| created(env, args).plus(expires)),
            nonce: wish.nonce,
            key_id: wish.key_id.or(key.id.clone()),
            tag: wish.tag,
            digests: digests(args),
            label: wish.label,
            components: wish.components,
        };
        plan.push((key, options));
    }
    Ok(plan)
}

fn key_for<'k>(wish: &Wish, keys: &'k [Key]) -> Result<&'k Key, Failure> {
    let named = |key: &&Key| match (&key.id, &wish.key_id) {
        (Some(id), Some(wanted)) => id == wanted,
        _ => true,
    };
    keys.iter().find(named).ok_or_else(|| {
        let wanted = wish.key_id.as_deref().unwrap_or_default();
        Failure::new(
            Kind::Secret,
            format!("no key given has the id `{wanted}` that the other side asks for"),
        )
    })
}

fn created(env: &Env, args: &Args) -> Timestamp {
    args.clock.at.unwrap_or(env.now)
}

fn digests(args: &Args) -> Vec<&'static str> {
    let chosen: Vec<&'static str> = ["sha-256", "sha-512"]
        .into_iter()
        .filter(|name| args.digest.iter().any(|chosen| chosen == name))
        .collect();
    if chosen.is_empty() {
        vec!["sha-256"]
    } else {
        chosen
    }
}

fn algorithm(chosen: Option<Algorithm>, key: &Key) -> Result<Algorithm, Failure> {
    let fitting = Algorithm::ALL.into_iter().find(|each| each.fits(key));
    chosen.or(fitting).ok_or_else(|| {
        Failure::new(
            Kind::Secret,
            format!("no algorithm of RFC 9421 is made with {}", key.describe()),
        )
    })
}

fn nonce(env: &Env, args: &Args) -> Result<Option<String>, Failure> {
    if args.nonce.is_some() || args.no_nonce {
        return Ok(args.nonce.clone());
    }
    let bytes: [u8; 16] = env
        .random
        .bytes()
        .map_err(|error| Failure::new(Kind::Secret, error.to_string()))?;
    Ok(Some(URL_SAFE_NO_PAD.encode(bytes)))
}

/// A message with all its signatures.
struct SignedMessage {
    message: Message,
    lines: Vec<String>,
    text: SignedText,
}

fn sign_all(
    env: &Env,
    args: &Args,
    plan: &[(&Key, SignOptions)],
    (message, asked): (&Message, Option<&Message>),
) -> Result<SignedMessage, Failure> {
    let context: Context = args.place.context();
    let mut current = message.clone();
    let mut lines = Vec::new();
    let mut text = None;
    for (key, options) in plan {
        let exchange = Exchange {
            message: &current,
            request: asked,
            context: &context,
        };
        let signed = rfc9421::sign(exchange, key, options, &env.random).map_err(refused)?;
        current = edited(&current, &signed.edit)?;
        lines.extend(signed.edit.lines());
        text = Some(signed.base);
    }
    let base = text.ok_or_else(|| Failure::input("there is nothing to sign"))?;
    Ok(SignedMessage {
        message: current,
        lines,
        text: SignedText::Base(base),
    })
}

fn edited(message: &Message, edit: &Edit) -> Result<Message, Failure> {
    message
        .edited(edit)
        .map_err(|error| Failure::input(error.to_string()).context("cannot sign the message"))
}

fn refused(error: SignError) -> Failure {
    let failure = Failure::input(error.to_string()).context("cannot sign the message");
    match error {
        SignError::LabelTaken(_) => failure.hint("give the new one another `--label`"),
        _ => failure,
    }
}
