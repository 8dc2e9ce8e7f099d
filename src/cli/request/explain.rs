//! `countersign request explain`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::compare::compare;
use super::demands::{Demands, Judge};
use super::input::{self, OneMessage};
use super::view::{Cause, ExplanationView, VerdictView};
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::Outcome;
use crate::request::explain::{Case, Goal, search};
use crate::request::{BodyBinding, Exchange, Mac, Policy, Reason, SignedText, Verdict};

/// Say why a signed message is refused
///
/// Shows what the signature is over, each line with its origin, and searches for the change on the way that broke it:
/// a trailing newline, JSON written anew, another host, a path encoded twice, a secret read in the wrong encoding, and
/// many more, until the message verifies. With `--expected` the other side's text is compared with ours, line by line:
/// a file with it, or the body of a 403 from AWS. The verdict is that of `request verify`, and no expected MAC is told.
#[derive(Debug, ClapArgs)]
#[command(mut_arg("replay_store", |flag| flag.hide(true)))]
#[command(after_long_help = "Examples:
  countersign request explain --key file:order.key failing.http
  countersign request explain --expected their-base.txt failing.http

Exit codes: 0 accepted, 1 refused, 2 cannot answer, 3 empty input")]
pub(crate) struct Args {
    #[command(flatten)]
    message: OneMessage,
    /// The request that a response answers, a file
    #[arg(long, value_name = "FILE")]
    request: Option<PathBuf>,
    /// What the other side signed: its text, or an error document of AWS
    #[arg(long, value_name = "FILE")]
    expected: Option<PathBuf>,
    #[command(flatten)]
    demands: Demands,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let judge = args.demands.judge_without_store(env)?;
    let asked = match &args.request {
        Some(path) => Some(input::request(env, path)?),
        None => None,
    };
    let loaded = args.message.load(env, asked.as_ref())?;
    let message = &loaded.message;
    let asked = asked.or_else(|| loaded.asked.clone());
    let context = judge.context(message, loaded.scheme);
    let exchange = Exchange {
        message,
        request: asked.as_ref(),
        context: &context,
    };
    let verdicts = judge
        .scheme
        .verify(exchange, &judge.keys.keys, &judge.policy);
    let view = VerdictView::new(message, verdicts).recorded(&loaded);
    let causes = match view.deciding() {
        Some(verdict) if !judge.keys.keys.is_empty() => causes(&judge, exchange, verdict),
        None if !judge.keys.keys.is_empty() => unreadable(&judge, exchange, &view),
        _ => Vec::new(),
    };
    let texts = view
        .deciding()
        .and_then(|verdict| verdict.signed.as_ref())
        .map(SignedText::shown)
        .unwrap_or_default();
    let compared = match &args.expected {
        Some(path) => {
            let source = env.source(path)?;
            let signed = view.deciding().and_then(|verdict| verdict.signed.as_ref());
            compare(signed, source.text()?)
        }
        None => Vec::new(),
    };
    let exit = match (view.is_accepted(), view.is_refused()) {
        (true, _) => ExitCode::Yes,
        (false, true) => ExitCode::No,
        (false, false) => ExitCode::CannotAnswer,
    };
    Ok(Outcome {
        exit,
        ..Outcome::view(ExplanationView {
            verdict: view,
            without_key: judge.keys.keys.is_empty(),
            causes,
            texts,
            compared,
        })
    })
}

// What is searched depends on what fails: a MAC that does not match, or a body that its digest does not describe.
fn causes(judge: &Judge, exchange: Exchange<'_>, verdict: &Verdict) -> Vec<Cause> {
    let policy = Policy {
        label: verdict.label.clone().or(judge.policy.label.clone()),
        ..judge.policy.clone()
    };
    let case = Case {
        scheme: &judge.scheme,
        exchange,
        keys: &judge.keys.keys,
        alternatives: &judge.keys.alternatives,
        policy: &policy,
    };
    let body_fails = match &verdict.body {
        BodyBinding::Field(check) => check.covered && !check.protects(),
        BodyBinding::HashMismatch { .. } => true,
        _ => false,
    };
    let goals = match verdict.mac {
        Mac::Valid { .. } if body_fails => vec![Goal::Body],
        Mac::Valid { .. } => Vec::new(),
        Mac::Invalid { .. } | Mac::NotChecked(_) => vec![Goal::Mac],
    };
    goals
        .into_iter()
        .map(|goal| Cause(search(case, goal)))
        .collect()
}

// A signature that cannot be read may be one in another form. Where none was found there may be none at all: then only a
// hit is worth a word.
fn unreadable(judge: &Judge, exchange: Exchange<'_>, view: &VerdictView) -> Vec<Cause> {
    let case = Case {
        scheme: &judge.scheme,
        exchange,
        keys: &judge.keys.keys,
        alternatives: &judge.keys.alternatives,
        policy: &judge.policy,
    };
    let search = search(case, Goal::Mac);
    let malformed = view.reasons() == [Reason::SignatureMalformed];
    let told = malformed || search.found.is_some();
    told.then_some(Cause(search)).into_iter().collect()
}
