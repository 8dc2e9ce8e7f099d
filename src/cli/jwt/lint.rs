//! `countersign jwt lint`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use clap::Args as ClapArgs;

use crate::cli::args::{Clock, Gate, KeyReading, SecretArg};
use crate::cli::baseline::Known;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::jwt::rules::{self, DocumentContext, DocumentKind, TokenContext};
use crate::jwt::{MAX_TOKENS, scan};
use crate::kernel::crypto::sha256;
use crate::kernel::finding::{Finding, sort, suppression};
use crate::kernel::json;
use crate::kernel::key::{Expected, Key, Material};
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::report::{Note, Report};
use crate::kernel::source::{Source, Span};
use crate::kernel::time::Timestamp;

/// Find what is weak about tokens, secrets, key sets and metadata
///
/// Tokens are found wherever they stand in a file; a JWK, a JWK set and the metadata of an issuer (OpenID Connect
/// Discovery, RFC 8414) are recognised. A single token that carries a MAC is tried against the public list of known
/// secrets; secrets behind `--key` are held against the same list. Nothing is verified, and nothing is fetched.
///
/// In a text file a line `# countersign: ignore[rule-id] reason` sets findings of the next line aside.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt lint tokens.txt
  countersign jwt lint --format sarif -o jwt.sarif issuer.jwks openid-configuration.json
  countersign jwt lint --key env:JWT_SECRET --fail-on high

Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 cannot answer, 3 nothing to look at")]
pub(crate) struct Args {
    /// Tokens, files that hold tokens, a key set or metadata, or `-`
    #[arg(value_name = "INPUT", required_unless_present = "key")]
    inputs: Vec<String>,
    /// Where a key is: env:NAME, file:PATH, fd:N, stdin or prompt; repeat for several
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    key: Vec<SecretArg>,
    #[command(flatten)]
    reading: KeyReading,
    /// The key sets are not published: private and shared keys belong in them
    #[arg(long)]
    private_set: bool,
    /// The issuer that the metadata was asked of, to be compared with the one in it
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,
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
    tokens: Vec<(Arc<Source>, Span, String)>,
    sets: usize,
    metadata: usize,
    digests: Vec<u8>,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let now = args.clock.at.unwrap_or(env.now);
    let keys = env.keys(&args.key, &args.reading, Expected::Verification)?;
    let mut looked = Looked::default();
    for input in &args.inputs {
        looked.take(&source(env, input)?, &args, now)?;
    }
    looked.judge_tokens(&keys.keys, now);
    for key in &keys.keys {
        looked.findings.extend(rules::of_secret(key));
    }
    looked.nothing(&keys.keys)?;
    if !args.known.no_ignores {
        let exists = |id: &str| rules::rule(id).is_some();
        suppression::apply(&mut looked.findings, &looked.comments, &exists, now);
    }
    sort(&mut looked.findings);
    args.known.apply(env, &mut looked.findings)?;
    let files = args.known.written(&looked.findings);
    let (exit, verdict) = looked.decide(env, &args);
    let counts = vec![
        ("tokens", looked.tokens.len()),
        ("key sets", looked.sets),
        ("documents", looked.metadata),
        ("keys", keys.keys.len()),
    ];
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    let report = Report {
        counts: counts.collect(),
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

/// An input: a token by itself, or a file.
fn source(env: &Env, input: &str) -> Result<Arc<Source>, Failure> {
    if input != "-" && super::looks_like_token(input) {
        return Ok(Source::new("<argument>", input.as_bytes().to_vec())?);
    }
    let hint = "give a token, `-`, or a file that holds tokens, a key set or metadata";
    if let Some(failure) = super::hidden(input, hint) {
        return Err(failure);
    }
    env.source(Path::new(input))
        .map_err(|failure| failure.hint(hint))
}

impl Looked {
    fn take(&mut self, source: &Arc<Source>, args: &Args, now: Timestamp) -> Result<(), Failure> {
        self.digests.extend(sha256(source.bytes()));
        let text = source.text()?;
        if text.trim_start().starts_with('{')
            && let Ok(document) = json::parse(source)
        {
            let context = DocumentContext {
                now,
                private_set: args.private_set,
                issuer: args.issuer.as_deref(),
            };
            if let Some(findings) = rules::of_document(&document, &context) {
                match rules::kind_of(&document) {
                    Some(DocumentKind::Metadata) => self.metadata += 1,
                    _ => self.sets += 1,
                }
                self.findings.extend(findings);
                return Ok(());
            }
        }
        let scanned = scan(source, text);
        if scanned.tokens.is_empty() {
            self.note(
                "unreadable-input",
                format!(
                    "`{}` holds no token, no key set and no metadata",
                    source.name()
                ),
            );
        }
        if scanned.tokens.len() > MAX_TOKENS {
            let message = format!(
                "`{}` holds more than {MAX_TOKENS} tokens; the rest was not looked at",
                source.name()
            );
            self.note("unreadable-tokens", message);
        }
        let comments = scanned.comments.into_iter();
        self.comments
            .extend(comments.map(|span| (Arc::clone(&scanned.source), span)));
        let tokens = scanned.tokens.into_iter().take(MAX_TOKENS);
        self.tokens
            .extend(tokens.map(|(span, token)| (Arc::clone(&scanned.source), span, token)));
        Ok(())
    }

    fn judge_tokens(&mut self, keys: &[Key], now: Timestamp) {
        let context = TokenContext {
            now,
            keys,
            known_secrets: self.tokens.len() == 1,
        };
        let (mut macs, mut too_long) = (0, 0);
        for (source, span, token) in &self.tokens {
            let input = rules::mac_input(token);
            macs += usize::from(input.is_some());
            too_long += usize::from(input.is_some_and(|length| length > rules::MAX_SEARCHED));
            let findings = rules::of_token(token, &context).into_iter();
            self.findings
                .extend(findings.map(|finding| finding.at(source, *span, "")));
        }
        if macs > 0 && !context.known_secrets {
            self.notes.push(Note {
                code: "known-secrets-not-tried",
                message: format!("{macs} tokens carry a MAC; known secrets are tried on a token that is given alone"),
                location: None,
            });
        } else if too_long > 0 {
            let message = format!(
                "the token carries a MAC over more than {} bytes; known secrets are tried on shorter ones",
                rules::MAX_SEARCHED
            );
            self.note("known-secrets-not-tried", message);
        }
    }

    // Without its place: the beginning of an input that could not be read may be a secret.
    fn note(&mut self, code: &'static str, message: String) {
        self.notes.push(Note {
            code,
            message,
            location: None,
        });
    }

    fn nothing(&self, keys: &[Key]) -> Result<(), Failure> {
        let seen = self.tokens.len() + self.sets + self.metadata;
        let secrets = keys
            .iter()
            .any(|key| matches!(key.material, Material::Secret(_)));
        if seen > 0 || secrets {
            return Ok(());
        }
        let message = match self.notes.first() {
            Some(note) => note.message.clone(),
            None => "there is no token and no shared secret to look at".to_owned(),
        };
        Err(Failure::new(Kind::Nothing, message))
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
        // A token on the command line is not recorded.
        let named = |input: &&String| !super::looks_like_token(input);
        let names: Vec<&str> = args
            .inputs
            .iter()
            .filter(named)
            .map(String::as_str)
            .collect();
        let mut verdict = Verdict::new("jwt.lint", names.join(" "), &self.digests);
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
