//! `countersign cert lint`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args as ClapArgs;

use crate::cert::inspect::{Found, Item, items};
use crate::cert::rules::{self, Place};
use crate::cert::{BundleDocument, Certificate};
use crate::cli::args::{Clock, Gate};
use crate::cli::baseline::Known;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::kernel::crypto::sha256;
use crate::kernel::finding::{Finding, sort, suppression};
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::report::{Note, Report};
use crate::kernel::source::{Source, Span};
use crate::kernel::time::Timestamp;

/// Find what is weak or wrong about certificates and revocation lists
///
/// X509-SVIDs by the sections of their specification, RFC 5280, keys and signatures, and the habits of mTLS: an hour of
/// life, no shared keys, chains in order. The certificates of one file are judged together. Nothing is verified.
///
/// In a PEM file a line `# countersign: ignore[rule-id] reason` sets findings of the next line aside.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert lint svid.pem bundle.pem
  countersign cert lint --format sarif -o cert.sarif chain.pem ca-crl.pem
  countersign cert lint --fail-on high - < svid.pem

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 cannot answer, 3 nothing to look at")]
pub(crate) struct Args {
    /// Files in PEM, DER, or JSON (SPIFFE bundles), or `-`
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    gate: Gate,
    #[command(flatten)]
    known: Known,
    #[command(flatten)]
    clock: Clock,
}

/// What was looked at and found.
#[derive(Default)]
struct Looked {
    findings: Vec<Finding>,
    notes: Vec<Note>,
    comments: Vec<(Arc<Source>, Span)>,
    certificates: usize,
    lists: usize,
    digests: Vec<u8>,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let now = args.clock.at.unwrap_or(env.now);
    let mut looked = Looked::default();
    for input in &args.inputs {
        looked.take(&env.source(input)?, now)?;
    }
    if looked.certificates + looked.lists == 0 {
        let message = match looked.notes.first() {
            Some(note) => note.message.clone(),
            None => "there is no certificate and no revocation list to look at".to_owned(),
        };
        return Err(Failure::new(Kind::Nothing, message));
    }
    if !args.known.no_ignores {
        let exists = |id: &str| rules::rule(id).is_some();
        suppression::apply(&mut looked.findings, &looked.comments, &exists, now);
    }
    sort(&mut looked.findings);
    args.known.apply(env, &mut looked.findings)?;
    let files = args.known.written(&looked.findings);
    let (exit, verdict) = looked.decide(env, &args);
    let counts = [
        ("certificates", looked.certificates),
        ("revocation lists", looked.lists),
    ];
    let report = Report {
        counts: counts.into_iter().filter(|(_, count)| *count > 0).collect(),
        findings: looked.findings,
        notes: looked.notes,
    };
    Ok(Outcome {
        exit,
        body: Body::Findings(report),
        verdicts: vec![verdict],
        files,
    })
}

impl Looked {
    fn take(&mut self, source: &Arc<Source>, now: Timestamp) -> Result<(), Failure> {
        self.digests.extend(sha256(source.bytes()));
        let found = items(source).map_err(|error| {
            Failure::input(error.to_string()).context(format!("cannot read `{}`", source.name()))
        })?;
        self.comments.extend(
            comments(source)
                .into_iter()
                .map(|span| (Arc::clone(source), span)),
        );
        let (mut certificates, mut places): (Vec<Certificate>, Vec<Place>) =
            (Vec::new(), Vec::new());
        let before = self.certificates + self.lists;
        for Found { item, label, line } in found {
            let place = line.and_then(|line| Some((Arc::clone(source), span_of(source, line)?)));
            match item {
                Item::Certificate(certificate) => {
                    certificates.push(*certificate);
                    places.push(place);
                }
                Item::List(list) => {
                    self.lists += 1;
                    self.findings.extend(rules::of_list(&list, &place, now));
                }
                Item::Bundle(bundle) => {
                    let authorities = match *bundle {
                        BundleDocument::One(bundle) => bundle.authorities,
                        BundleDocument::Map(map) => map
                            .into_values()
                            .flat_map(|bundle| bundle.authorities)
                            .collect(),
                    };
                    places.extend(authorities.iter().map(|_| None));
                    certificates.extend(authorities);
                }
                Item::Damaged(problem) => {
                    let line = line.map_or_else(String::new, |line| format!(" in line {line}"));
                    let message = format!(
                        "`{}`: the {label}{line} cannot be read: {problem}",
                        source.name()
                    );
                    self.note("unreadable-input", message);
                }
                _ => {}
            }
        }
        self.certificates += certificates.len();
        self.findings
            .extend(rules::of_certificates(&certificates, &places, now));
        if self.certificates + self.lists == before && self.notes.is_empty() {
            let message = format!(
                "`{}` holds no certificate and no revocation list",
                source.name()
            );
            self.note("unreadable-input", message);
        }
        Ok(())
    }

    fn note(&mut self, code: &'static str, message: String) {
        self.notes.push(Note {
            code,
            message,
            location: None,
        });
    }

    /// What the gate says.
    fn decide(&self, env: &Env, args: &Args) -> (ExitCode, Verdict) {
        let threshold = args
            .gate
            .fail_on
            .unwrap_or_else(|| env.settings.lint_fail_on());
        let failing: BTreeSet<&str> = self
            .findings
            .iter()
            .filter(|finding| finding.is_active() && finding.severity >= threshold)
            .map(|finding| finding.rule.id)
            .collect();
        let names: Vec<String> = args
            .inputs
            .iter()
            .map(|input| input.display().to_string())
            .collect();
        let mut verdict = Verdict::new("cert.lint", names.join(" "), &self.digests);
        verdict.decision = match (failing.is_empty(), self.notes.iter().any(Note::is_failure)) {
            (false, _) => Decision::No,
            (true, true) => Decision::Unknown,
            (true, false) => Decision::Yes,
        };
        verdict.reasons = failing.into_iter().map(str::to_owned).collect();
        let exit = match verdict.decision {
            Decision::No if args.gate.exit_zero => ExitCode::Yes,
            Decision::No => ExitCode::No,
            Decision::Yes => ExitCode::Yes,
            Decision::Unknown => ExitCode::CannotAnswer,
        };
        (exit, verdict)
    }
}

/// The lines of a text with where each begins.
fn lines(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    let text = source.text().unwrap_or_default();
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end())
    })
}

/// The comments beside the blocks.
fn comments(source: &Source) -> Vec<Span> {
    let comments = lines(source).filter(|(_, line)| line.starts_with('#'));
    comments
        .map(|(start, line)| Span::new(start, start + line.len()))
        .collect()
}

/// The bytes of a line, counted from 1.
fn span_of(source: &Source, line: usize) -> Option<Span> {
    let (start, text) = lines(source).nth(line.checked_sub(1)?)?;
    Some(Span::new(start, start + text.len()))
}
