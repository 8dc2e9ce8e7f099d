//! What a verb comes to, and how it reaches standard output or a file.

use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::Value;

use super::args::Format;
use super::env::Env;
use super::error::{Failure, Kind};
use super::exit::ExitCode;
use super::paint::Paint;
use crate::kernel::fs::{self, Privacy, Replace};
use crate::kernel::record::{Correlation, DecisionRecord, Verdict};
use crate::kernel::report::{self, Report};

/// A result that can be shown to people and to programs.
pub(crate) trait View {
    /// Writes it for people.
    fn human(&self, paint: &mut Paint);
    /// The versioned envelope.
    fn json(&self) -> Value;
    /// The same as findings, for the formats of code scanning and CI; None where it has none to tell.
    fn report(&self) -> Option<Report> {
        None
    }
    /// It in a format of its own, such as CSV or a picture; None where it has none.
    fn drawn(&self, _format: Format) -> Option<Vec<u8>> {
        None
    }
    /// Who may read it in a file.
    fn privacy(&self) -> Privacy {
        Privacy::Shared
    }
    /// Whether a file that is there may be replaced by it.
    fn replace(&self) -> Replace {
        Replace::Always
    }
    /// What people get instead of text, where it is none.
    fn bytes(&self) -> Option<&[u8]> {
        None
    }
}

/// The body of a result.
pub(crate) enum Body {
    /// Bytes as they are, such as a token; in JSON they are wrapped by the verb itself.
    Bytes(Vec<u8>),
    /// Bytes that are too many to be held: what writes them.
    Streamed(Writer),
    /// One answer.
    View(Box<dyn View>),
    /// Findings.
    Findings(Report),
}

/// Writes a result piece by piece.
pub(crate) type Writer = Box<dyn FnOnce(&mut dyn Write) -> io::Result<()>>;

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Body")
    }
}

/// What a verb comes to.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// What the process says to its caller.
    pub(crate) exit: ExitCode,
    /// The result.
    pub(crate) body: Body,
    /// The verdicts to record.
    pub(crate) verdicts: Vec<Verdict>,
    /// Files to write beside the result, once the verdicts are recorded.
    pub(crate) files: Vec<NewFile>,
}

/// A file that is part of a result.
#[derive(Debug)]
pub(crate) struct NewFile {
    /// Where.
    pub(crate) path: PathBuf,
    /// What; perhaps a private key.
    pub(crate) bytes: zeroize::Zeroizing<Vec<u8>>,
    /// Who may read it.
    pub(crate) privacy: Privacy,
    /// Whether it may take the place of another.
    pub(crate) replace: Replace,
}

impl NewFile {
    /// Its name, its contents and who may read it.
    pub(crate) fn named(&self) -> (&str, &[u8], Privacy) {
        let name = self.path.file_name().and_then(|name| name.to_str());
        (name.unwrap_or_default(), &self.bytes, self.privacy)
    }
}

impl Outcome {
    /// A result without verdict.
    pub(crate) fn done(body: Body) -> Self {
        Self {
            exit: ExitCode::Yes,
            body,
            verdicts: Vec::new(),
            files: Vec::new(),
        }
    }

    /// One answer without verdict.
    pub(crate) fn view(view: impl View + 'static) -> Self {
        Self::done(Body::View(Box::new(view)))
    }

    /// An answer that is a verdict.
    pub(crate) fn verdict(exit: ExitCode, view: impl View + 'static, verdict: Verdict) -> Self {
        Self {
            exit,
            body: Body::View(Box::new(view)),
            verdicts: vec![verdict],
            files: Vec::new(),
        }
    }
}

/// Records the verdicts, then writes the result. A verdict whose record cannot be written is not given.
pub(super) fn deliver(env: &Env, outcome: Outcome, format: Format) -> Result<ExitCode, Failure> {
    record(env, outcome.verdicts)?;
    let body = match outcome.body {
        Body::Streamed(writer) => {
            stream(env, writer)?;
            return Ok(outcome.exit);
        }
        body => body,
    };
    let bytes = render(env, &body, format)?;
    // All are written before the first is moved: one that cannot be written leaves the old ones as they were.
    let staged: Result<Vec<_>, _> = outcome
        .files
        .iter()
        .map(|file| fs::stage(&file.path, &file.bytes, file.privacy, file.replace))
        .collect();
    fs::commit_all(&staged?)?;
    match &env.global.output {
        Some(path) if path.as_os_str() != "-" => {
            let (privacy, replace) = match &body {
                Body::View(view) => (view.privacy(), view.replace()),
                Body::Bytes(_) | Body::Streamed(_) | Body::Findings(_) => {
                    (Privacy::Shared, Replace::Always)
                }
            };
            fs::write(path, &bytes, privacy, replace)?;
        }
        _ => write_stdout(&bytes)?,
    }
    Ok(outcome.exit)
}

// Piece by piece, so that the size does not matter; a file still appears whole or not at all.
fn stream(env: &Env, writer: Writer) -> Result<(), Failure> {
    match &env.global.output {
        Some(path) if path.as_os_str() != "-" => {
            fs::stage_with(path, Privacy::Shared, Replace::Always, writer)?.commit()?;
            Ok(())
        }
        _ => {
            let mut stdout = io::stdout().lock();
            match writer(&mut stdout).and_then(|()| stdout.flush()) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritten(&error)),
                _ => Ok(()),
            }
        }
    }
}

/// Records verdicts, if there is a log to record them in.
pub(super) fn record(env: &Env, verdicts: Vec<Verdict>) -> Result<(), Failure> {
    let Some(path) = env.audit_log() else {
        return Ok(());
    };
    let correlation = env
        .global
        .correlation_id
        .as_deref()
        .or_else(|| env.var("TRACEPARENT"))
        .map(Correlation::from_id)
        .transpose()
        .map_err(|error| Failure::usage(error.to_string()))?;
    let records: Result<Vec<DecisionRecord>, _> = verdicts
        .into_iter()
        .map(|verdict| DecisionRecord::new(verdict, env.now, correlation.clone(), &env.random))
        .collect();
    let records = records.map_err(|error| Failure::new(Kind::Output, error.to_string()))?;
    DecisionRecord::append_all(&records, &path).map_err(|error| {
        Failure::from(error).context("the decision cannot be recorded, so it is not given")
    })
}

fn render(env: &Env, body: &Body, format: Format) -> Result<Vec<u8>, Failure> {
    match body {
        Body::Bytes(bytes) => Ok(bytes.clone()),
        Body::Streamed(_) => Ok(Vec::new()),
        Body::View(view) => Ok(match format {
            Format::Human => {
                if let Some(bytes) = view.bytes() {
                    return Ok(bytes.to_vec());
                }
                let mut paint = Paint::new(env.style());
                view.human(&mut paint);
                paint.finish().into_bytes()
            }
            Format::Json => {
                let mut text = serde_json::to_string_pretty(&view.json())
                    .map_err(|error| Failure::new(Kind::Output, error.to_string()))?;
                text.push('\n');
                text.into_bytes()
            }
            other => {
                if let Some(bytes) = view.drawn(other) {
                    return Ok(bytes);
                }
                let report = view.report().unwrap_or_default();
                findings(env, &report, other)?
            }
        }),
        Body::Findings(report) => findings(env, report, format),
    }
}

fn findings(env: &Env, report: &Report, format: Format) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    report::render(report, findings_format(format)?, &env.style(), &mut bytes)
        .map_err(|error| Failure::new(Kind::Output, error.to_string()))?;
    Ok(bytes)
}

fn findings_format(format: Format) -> Result<report::Format, Failure> {
    report::Format::ALL
        .into_iter()
        .find(|known| known.name() == format.name())
        .ok_or_else(|| Failure::usage(format!("findings cannot be written as {}", format.name())))
}

/// Writes to standard output. A reader that has gone away, as `head` does, ends the run quietly.
pub(super) fn write_stdout(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritten(&error)),
        _ => Ok(()),
    }
}

/// Standard output does not take the result.
pub(super) fn unwritten(error: &io::Error) -> Failure {
    Failure::new(
        Kind::Output,
        format!("cannot write to standard output: {}", fs::describe(error)),
    )
}
