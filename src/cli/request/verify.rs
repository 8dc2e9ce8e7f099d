//! `countersign request verify`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::batch;
use super::demands::{Demands, Judge};
use super::input::{self, Loaded, Saved};
use super::view::{VerdictView, VerdictsView};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::kernel::record::{Decision, Verdict};
use crate::request::{self, Exchange, Mac, Message, Reason};

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
    #[arg(required_unless_present_any = ["batch", "curl", "har"])]
    messages: Vec<PathBuf>,
    #[command(flatten)]
    saved: Saved,
    /// Read messages from standard input, one JSON object a line with `message` (or `message_base64`), perhaps `id` and
    /// `request`; answer in their order
    #[arg(long, conflicts_with_all = ["messages", "curl", "har", "request", "show_base"])]
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
    let mut loaded = Vec::new();
    for path in &args.messages {
        loaded.push(Loaded::plain(input::answer(env, path, asked.as_ref())?));
    }
    loaded.extend(args.saved.load(env)?);
    let whole_archive = args.saved.har.is_some() && args.saved.entry.is_none();
    let mut views = Vec::new();
    let mut records = Vec::new();
    for each in &loaded {
        let exchange = Exchange {
            message: &each.message,
            request: each.asked.as_ref().or(asked.as_ref()),
            context: &judge.context(&each.message, each.scheme),
        };
        let view = view(&judge, exchange)?.show_base(args.show_base);
        // Most of what a browser records was never signed.
        if whole_archive && view.reasons() == [Reason::SignatureMissing] {
            continue;
        }
        let view = view.recorded(each);
        records.push(record(&each.message, &view));
        views.push(view);
    }
    if views.is_empty() {
        return Err(Failure::new(
            Kind::Nothing,
            "no message of the archive carries a signature",
        ));
    }
    let exit = match (
        views.iter().all(VerdictView::is_accepted),
        views.iter().any(VerdictView::is_refused),
    ) {
        (true, _) => ExitCode::Yes,
        (false, true) => ExitCode::No,
        (false, false) => ExitCode::CannotAnswer,
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
    if view.reasons() == [Reason::SignatureMissing]
        && let Some(hint) = other_scheme(judge, exchange.message)
    {
        return Ok(view.hint(hint));
    }
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

// A message of another scheme than the one asked for.
fn other_scheme(judge: &Judge, message: &Message) -> Option<String> {
    let found = request::detect(message)?;
    let asked = judge.scheme.name();
    (found != asked).then(|| {
        format!("it looks like a message of `--scheme {found}`, and was verified as {asked}")
    })
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
    record.decision = match (view.is_accepted(), view.is_refused()) {
        (true, _) => Decision::Yes,
        (false, true) => Decision::No,
        (false, false) => Decision::Unknown,
    };
    record
}
