//! `countersign request recipe`.

use clap::{Args as ClapArgs, ValueEnum};
use serde_json::{Value, json};

use super::input::{OneMessage, Place};
use super::scheme::SchemeArgs;
use super::view::VerdictView;
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::{Body, Outcome, View};
use crate::cli::paint::Paint;
use crate::kernel::crypto::MacAlgorithm;
use crate::kernel::time::Leeway;
use crate::request::recipe::{Language, signed_bytes, write};
use crate::request::webhook::{Algorithm, Description, KeyEncoding, Layout};
use crate::request::{Exchange, Policy, Scheme, UriScheme, Window};

/// Write how to recompute a MAC with other tools
///
/// Prints a few lines for a shell with OpenSSL, for Python or for Node.js that recompute the HMAC-SHA256 of a message
/// from what it signs. The secret is taken from the variable SECRET when they run; none is asked for here.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign request recipe signed.http
  countersign request recipe --scheme standard-webhooks --in python delivery.http

Exit codes: 0 written, 2 cannot be written")]
pub(crate) struct Args {
    #[command(flatten)]
    message: OneMessage,
    #[command(flatten)]
    scheme: SchemeArgs,
    /// What to write it in
    #[arg(
        long = "in",
        value_enum,
        value_name = "LANGUAGE",
        default_value = "openssl"
    )]
    language: Name,
    /// The label of the signature, if there are several
    #[arg(long)]
    label: Option<String>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    clock: Clock,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    /// A shell with OpenSSL
    Openssl,
    /// Python 3
    Python,
    /// Node.js
    Node,
}

struct RecipeView {
    language: Name,
    text: String,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let loaded = args.message.load(env, None)?;
    let scheme = args.scheme.resolve(env)?;
    let prefix = match &scheme {
        Scheme::Rfc9421 => None,
        Scheme::Webhook(description) => hmac_secret(description)?,
        Scheme::Sigv4(_)
        | Scheme::Goog4(_)
        | Scheme::Tencent(_)
        | Scheme::Aliyun
        | Scheme::Azure
        | Scheme::Cavage => {
            return Err(Failure::usage(format!(
                "there is no recipe for the scheme {}",
                scheme.name()
            ))
            .hint("`countersign request explain` shows what is signed"));
        }
    };
    let mut context = args
        .place
        .context(loaded.scheme.unwrap_or(UriScheme::Https));
    if let Some(by) = args.place.forwarding() {
        context = context.forwarded(&loaded.message, by);
    }
    let mut policy = Policy::new(Window {
        now: args.clock.at.unwrap_or(env.now),
        max_age: None,
        leeway: Leeway::default(),
    });
    policy.label = args.label;
    let exchange = Exchange {
        message: &loaded.message,
        request: loaded.asked.as_ref(),
        context: &context,
    };
    let view = VerdictView::new(&loaded.message, scheme.verify(exchange, &[], &policy));
    let signed = view.deciding().and_then(|verdict| verdict.signed.as_ref());
    let bytes = signed.and_then(|text| signed_bytes(text, &loaded.message));
    let bytes = bytes.ok_or_else(|| {
        Failure::input("what this message signs cannot be put together")
            .hint("`countersign request explain` says why")
    })?;
    let language = match args.language {
        Name::Openssl => Language::Openssl,
        Name::Python => Language::Python,
        Name::Node => Language::Node,
    };
    let text = write(language, &bytes, prefix.as_deref());
    if env.wants_json() {
        let language = args.language;
        return Ok(Outcome::view(RecipeView { language, text }));
    }
    Ok(Outcome::done(Body::Bytes(text.into_bytes())))
}

// The prefix behind which the secret is base64; None where it is used as it is.
fn hmac_secret(description: &Description) -> Result<Option<String>, Failure> {
    let sha256 = Algorithm::Hmac(MacAlgorithm::HmacSha256);
    let fits = match &description.layout {
        Layout::Whole { algorithm, .. } => *algorithm == sha256,
        Layout::Listed { versions, .. } => versions.iter().any(|each| each.algorithm == sha256),
    };
    let key = &description.key;
    match (&key.encoding, &key.prefix, key.cut) {
        (KeyEncoding::Raw, _, false) if fits => Ok(None),
        (KeyEncoding::Base64, Some(prefix), true) if fits => Ok(Some(prefix.clone())),
        _ => Err(Failure::usage(format!(
            "the scheme {} is not a plain HMAC-SHA256",
            description.name
        ))
        .hint("`countersign request explain` shows what is signed")),
    }
}

impl View for RecipeView {
    fn human(&self, paint: &mut Paint) {
        paint.raw(&self.text);
    }

    fn json(&self) -> Value {
        let language = match self.language {
            Name::Openssl => "openssl",
            Name::Python => "python",
            Name::Node => "node",
        };
        json!({
            "schema": "countersign/request-recipe/v1",
            "language": language,
            "text": self.text,
        })
    }
}
