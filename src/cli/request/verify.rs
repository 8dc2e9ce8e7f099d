//! `countersign request verify`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::batch;
use super::demands::{Demands, Judge};
use super::input;
use super::view::{VerdictView, VerdictsView};
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::kernel::record::{Decision, Verdict};
use crate::request::{self, Exchange, Mac, Message};

/// Verify signed messages
///
/// Answers four questions apart: does the MAC match, is the signature fresh, does it cover enough, is the body the one
/// that was signed. All four must hold. Unless `--require` says otherwise, an RFC 9421 signature must cover the method,
/// the authority, the whole target and the digest of a body.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign request verify --key file:order.key - < signed.http
  countersign request verify --key env:ORDER_KEY --require @method --require @authority --max-age 30s signed.http

Exit codes: 0 accepted, 1 refused, 2 cannot answer, 3 empty input")]
pub(crate) struct Args {
    /// The messages, files or `-`
    #[arg(required_unless_present = "batch")]
    messages: Vec<PathBuf>,
    /// Read messages from standard input, one JSON object a line with `message` (or `message_base64`), perhaps `id` and
    /// `request`; answer in their order
    #[arg(long, conflicts_with_all = ["messages", "request", "show_base"])]
    batch: bool,
    /// The request that a response answers, a file
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// Also print the text that is signed
    #[arg(long)]
    show_base: bool,
    #[command(flatten)]
    demands: Demands,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let judge = args.demands.judge(env)?;
    if args.batch {
        return batch::run(env, &judge);
    }
    let asked = match &args.request {
        Some(path) => Some(input::request(env, path)?),
        None => None,
    };
    let mut views = Vec::new();
    let mut records = Vec::new();
    for path in &args.messages {
        let message = input::message(env, path)?;
        let exchange = judge.exchange(&message, asked.as_ref());
        let view = view(&judge, exchange)?.show_base(args.show_base);
        records.push(record(&message, &view));
        views.push(view);
    }
    let accepted = views.iter().all(VerdictView::is_accepted);
    let exit = if accepted {
        ExitCode::Yes
    } else {
        ExitCode::No
    };
    let body: Body = match <[VerdictView; 1]>::try_from(views) {
        Ok([view]) => Body::View(Box::new(view)),
        Err(views) => Body::View(Box::new(VerdictsView(views))),
    };
    Ok(Outcome {
        exit,
        verdicts: records,
        ..Outcome::done(body)
    })
}

/// The verdict about a message, with the reading of the secret under which it would match.
pub(super) fn view(judge: &Judge, exchange: Exchange<'_>) -> Result<VerdictView, Failure> {
    let view = VerdictView::new(exchange.message, judge.verdicts(exchange)?);
    let invalid = |verdict: &request::Verdict| matches!(verdict.mac, Mac::Invalid { .. });
    if !view.deciding().is_some_and(invalid) {
        return Ok(view);
    }
    let readings = &judge.keys.alternatives;
    let other = readings.iter().find(|(_, key)| {
        let verdicts = judge
            .scheme
            .verify(exchange, std::slice::from_ref(key), &judge.policy);
        let matches = |verdict: &request::Verdict| matches!(verdict.mac, Mac::Valid { .. });
        verdicts.is_ok_and(|verdicts| verdicts.iter().any(matches))
    });
    Ok(view.hint(match other {
        Some((encoding, _)) => format!(
            "the MAC would match if the secret were read as {encoding}: `--key-encoding {encoding}`"
        ),
        None => "`countersign request explain` searches for the cause".to_owned(),
    }))
}

/// The decision record of a verdict.
pub(super) fn record(message: &Message, view: &VerdictView) -> Verdict {
    let bytes = message.source.bytes();
    let mut record = Verdict::new("request.verify", message.source.name(), bytes);
    record.actor = view.deciding().and_then(|verdict| verdict.key_id.clone());
    record.reasons = view
        .reasons()
        .iter()
        .map(|each| each.code().to_owned())
        .collect();
    record.decision = if view.is_accepted() {
        Decision::Yes
    } else {
        Decision::No
    };
    record
}
