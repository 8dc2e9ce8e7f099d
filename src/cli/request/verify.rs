//! `countersign request verify`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;

use super::view::VerdictView;
use super::{Scheme, TargetScheme, parse_component, read_message};
use crate::cli::args::{Clock, KeyReading, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::Outcome;
use crate::kernel::key::Expected;
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::{Leeway, parse_duration};
use crate::request::component::Component;
use crate::request::{self, Algorithm, Exchange, Mac, Policy, Required, Window};

/// Verify a signed request
///
/// Answers four questions apart: does the MAC match, is the signature fresh, does it cover enough, is the body the one
/// that was signed. All four must hold. Unless `--require` says otherwise, the method, the authority, the whole target
/// and the digest of a body must be covered.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign request verify --key file:order.key - < signed.http
  countersign request verify --key env:ORDER_KEY --require @method --require @authority --max-age 30s signed.http

Exit codes: 0 accepted, 1 refused, 2 cannot answer, 3 empty input")]
pub(crate) struct Args {
    /// The request, a file or `-`
    message: PathBuf,
    /// The signature scheme
    #[arg(long, value_enum, default_value = "rfc9421")]
    scheme: Scheme,
    /// Where a secret is: env:NAME, file:PATH, fd:N, stdin or prompt; repeat for several
    #[arg(long, value_name = "REF", required = true, allow_hyphen_values = true)]
    key: Vec<SecretArg>,
    #[command(flatten)]
    reading: KeyReading,
    /// An algorithm that is accepted; repeat for several. By default those of the keys' kinds
    #[arg(long)]
    alg: Vec<Algorithm>,
    /// The label of the signature to verify, if there are several
    #[arg(long)]
    label: Option<String>,
    /// A component that must be covered; repeat for more. Replaces the default
    #[arg(long, value_name = "COMPONENT", value_parser = parse_component)]
    require: Vec<Component>,
    /// Require no coverage at all
    #[arg(long, conflicts_with = "require")]
    require_nothing: bool,
    /// The largest age, such as `30s`, or `none` for any [default: 5m]
    #[arg(long, value_name = "DURATION", value_parser = max_age)]
    max_age: Option<MaxAge>,
    /// How far the signer's clock may differ, at most `5m`
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    leeway: Leeway,
    /// The tag that the signature must carry
    #[arg(long)]
    tag: Option<String>,
    /// The nonce that the signature must carry
    #[arg(long)]
    nonce: Option<String>,
    /// The scheme of the request's URI
    #[arg(long, value_enum, default_value = "https")]
    target_scheme: TargetScheme,
    /// Also print the signature base
    #[arg(long)]
    show_base: bool,
    #[command(flatten)]
    clock: Clock,
}

/// The largest age, or none.
#[derive(Debug, Clone, Copy)]
struct MaxAge(Option<Duration>);

fn max_age(text: &str) -> Result<MaxAge, String> {
    if text == "none" {
        return Ok(MaxAge(None));
    }
    parse_duration(text)
        .map(|age| MaxAge(Some(age)))
        .map_err(|error| error.to_string())
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let Scheme::Rfc9421 = args.scheme;
    let scheme = request::Scheme::Rfc9421;
    let message = read_message(env, &args.message)?;
    let keys = env.keys(&args.key, &args.reading, Expected::Verification)?;
    let policy = Policy {
        label: args.label,
        required: match (args.require, args.require_nothing) {
            (_, true) => Required::Listed(Vec::new()),
            (required, false) if required.is_empty() => Required::Default,
            (required, false) => Required::Listed(required),
        },
        algorithms: Some(args.alg).filter(|accepted| !accepted.is_empty()),
        tag: args.tag,
        nonce: args.nonce,
        window: Window {
            now: args.clock.at.unwrap_or(env.now),
            max_age: match args.max_age {
                Some(MaxAge(age)) => age,
                None => Some(env.settings.request_max_age()),
            },
            leeway: args.leeway,
        },
    };
    let context = args.target_scheme.context();
    let exchange = Exchange::new(&message, &context);
    let verdicts = scheme.verify(exchange, &keys.keys, &policy);
    let view = VerdictView::new(&message, verdicts).show_base(args.show_base);
    let hint = encoding_hint(&view, || {
        keys.alternatives.iter().find_map(|(encoding, key)| {
            let verdicts = scheme.verify(exchange, std::slice::from_ref(key), &policy);
            let matches = |verdict: &request::Verdict| matches!(verdict.mac, Mac::Valid { .. });
            verdicts.ok()?.iter().any(matches).then_some(*encoding)
        })
    });
    let view = view.hint(hint);
    let mut record = Verdict::new(
        "request.verify",
        message.source.name(),
        message.source.bytes(),
    );
    record.actor = view.deciding().and_then(|verdict| verdict.key_id.clone());
    record.reasons = view
        .reasons()
        .iter()
        .map(|each| each.code().to_owned())
        .collect();
    let (decision, exit) = if view.is_accepted() {
        (Decision::Yes, ExitCode::Yes)
    } else {
        (Decision::No, ExitCode::No)
    };
    record.decision = decision;
    Ok(Outcome::verdict(exit, view, record))
}

fn encoding_hint(
    view: &VerdictView,
    search: impl FnOnce() -> Option<&'static str>,
) -> Option<String> {
    let mac = &view.deciding()?.mac;
    if !matches!(mac, Mac::Invalid { .. }) {
        return None;
    }
    let encoding = search()?;
    Some(format!(
        "the MAC would match if the secret were read as {encoding}: `--key-encoding {encoding}`"
    ))
}
