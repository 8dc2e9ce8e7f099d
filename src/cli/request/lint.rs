//! `countersign request lint`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::input;
use crate::cli::args::{Gate, KeyReading, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::kernel::crypto::sha256;
use crate::kernel::finding::{Finding, Location, Severity, sort};
use crate::kernel::key::{Expected, Key};
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::report::{Note, Report};
use crate::kernel::source::Span;
use crate::request::{Message, rules};

/// Find what is weak about signed messages and keys
///
/// Looks at what a signature covers and says, and at the secrets behind `--key`: too short, made up, a public key, a
/// credential of another kind. Nothing is verified.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign request lint signed.http
  countersign request lint --key env:WEBHOOK_SECRET --fail-on high signed.http

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 cannot answer, 3 nothing to look at")]
pub(crate) struct Args {
    /// The messages, files or `-`
    #[arg(required_unless_present = "key")]
    messages: Vec<PathBuf>,
    /// Where a key is: env:NAME, file:PATH, fd:N, stdin or prompt; repeat for several
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    key: Vec<SecretArg>,
    #[command(flatten)]
    reading: KeyReading,
    #[command(flatten)]
    gate: Gate,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let keys = env
        .keys(&args.key, &args.reading, Expected::Verification)?
        .keys;
    let mut looked = Looked {
        findings: rules::of_keys(&keys),
        ..Looked::default()
    };
    for path in &args.messages {
        looked.at(&input::message(env, path)?, &keys);
    }
    sort(&mut looked.findings);
    let threshold = args.gate.fail_on;
    let threshold = threshold.unwrap_or_else(|| env.settings.lint_fail_on());
    let verdict = looked.verdict(&args.messages, threshold);
    let exit = match verdict.decision {
        Decision::No if !args.gate.exit_zero => ExitCode::No,
        Decision::Unknown => ExitCode::CannotAnswer,
        Decision::No | Decision::Yes => ExitCode::Yes,
    };
    let counts = vec![("messages", args.messages.len()), ("keys", keys.len())];
    Ok(Outcome {
        exit,
        body: Body::Findings(Report {
            findings: looked.findings,
            notes: looked.notes,
            counts,
        }),
        verdicts: vec![verdict],
        files: Vec::new(),
    })
}

/// What was seen.
#[derive(Default)]
struct Looked {
    findings: Vec<Finding>,
    notes: Vec<Note>,
    digests: Vec<u8>,
}

impl Looked {
    fn at(&mut self, message: &Message, keys: &[Key]) {
        self.digests.extend(sha256(message.source.bytes()));
        match rules::of_message(message, keys) {
            Ok(found) => self.findings.extend(found),
            Err(error) => self.notes.push(Note {
                code: "unreadable-signature",
                message: error.to_string(),
                location: Some(Location {
                    source: message.source.clone(),
                    span: Span::new(0, 0),
                    label: String::new(),
                }),
            }),
        }
        if message.values("signature-input").next().is_none() {
            self.notes.push(Note {
                code: "no-rfc9421-signature",
                message: format!(
                    "`{}` carries no RFC 9421 signature: only its fields were looked at",
                    message.source.name()
                ),
                location: None,
            });
        }
    }

    fn verdict(&self, messages: &[PathBuf], threshold: Severity) -> Verdict {
        let failing: BTreeSet<&str> = self
            .findings
            .iter()
            .filter(|finding| finding.severity >= threshold)
            .map(|finding| finding.rule.id)
            .collect();
        let names = messages.iter().map(|path| path.display().to_string());
        let names: Vec<String> = names.collect();
        let mut verdict = Verdict::new("request.lint", names.join(" "), &self.digests);
        verdict.decision = match (failing.is_empty(), self.notes.iter().any(Note::is_failure)) {
            (false, _) => Decision::No,
            (true, true) => Decision::Unknown,
            (true, false) => Decision::Yes,
        };
        verdict.reasons = failing.into_iter().map(str::to_owned).collect();
        verdict
    }
}
