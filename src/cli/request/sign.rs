//! `countersign request sign`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::emit::{Emit, emit};
use super::input::{self, OneMessage};
use super::signer::SigningFlags;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;

/// Sign a message
///
/// Reads a raw HTTP request (or response), a `curl` command line or an entry of a HAR, and adds the signature's fields
/// after its last one; no other byte changes. Unless `--cover` says otherwise, an RFC 9421 signature covers the method,
/// the authority, the path, the query, the content type and the digest of the body, which is made or renewed. Several
/// keys make several signatures.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign request sign --key file:order.key --key-id order payment.http
  countersign request sign --key env:ORDER_KEY --emit curl --curl \"curl https://orders.example/v1 -d a=1\"

Exit codes: 0 signed, 2 cannot sign")]
pub(crate) struct Args {
    #[command(flatten)]
    message: OneMessage,
    #[command(flatten)]
    signing: SigningFlags,
    /// Sign what the `Accept-Signature` of this message asks for, a file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["cover", "label", "tag", "nonce"])]
    accept: Option<PathBuf>,
    /// Replace the draft-cavage signature of the message, which must be good under the same key, by one of RFC 9421
    #[arg(long, conflicts_with_all = ["cover", "accept"])]
    convert: bool,
    /// The request that a response answers, a file
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// What to write
    #[arg(long, value_enum, default_value = "message")]
    emit: Emit,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let asked = match &args.request {
        Some(path) => Some(input::request(env, path)?),
        None => None,
    };
    let loaded = args.message.load(env, asked.as_ref())?;
    let message = &loaded.message;
    let wishes = match &args.accept {
        Some(path) => Some(input::message(env, path)?),
        None => None,
    };
    let mut signer = args.signing.signer(env)?;
    if let Some(scheme) = loaded.scheme {
        signer.context.scheme = scheme;
    }
    for forgiven in &message.forgiven {
        let name = message.source.name();
        env.note(&format!("forgiven in `{name}`: {forgiven}"));
    }
    for unknown in loaded.unreliable.iter().chain(&loaded.undecidable) {
        env.warn(&format!(
            "what is sent may differ from what is signed: {unknown}"
        ));
    }
    let converted = match args.convert {
        true => Some(signer.convert(env, message)?),
        false => None,
    };
    let message = converted.as_ref().unwrap_or(message);
    let signed = signer.sign(env, (message, asked.as_ref()), wishes.as_ref())?;
    let time = signer.time(env);
    emit(env, args.emit, &signed, (&signer.context, time))
}
