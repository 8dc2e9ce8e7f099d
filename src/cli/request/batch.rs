//! `request verify --batch`: a stream of messages, one JSON object a line, answered in order.

use std::borrow::Cow;
use std::io::{self, BufRead as _, Write};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::demands::Judge;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::kernel::fs;
use crate::kernel::record::{Decision, Verdict as Record};
use crate::kernel::report::sanitize;
use crate::kernel::source::Source;
use crate::request::{Exchange, Message, Unsigned, Verdict};

/// How many lines are judged before their answers are written.
const CHUNK: usize = 4096;
/// The longest line, in bytes.
const MAX_LINE: u64 = 16 << 20;

/// A line of the input. A member that is not named here is an error, and so is one that stands there twice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    /// The caller's name for the message, repeated in the answer.
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    /// The message as text.
    #[serde(borrow)]
    message: Option<Cow<'a, str>>,
    /// The message in base64, for bytes that are no text.
    #[serde(borrow)]
    message_base64: Option<Cow<'a, str>>,
    /// The request that a response answers.
    #[serde(borrow)]
    request: Option<Cow<'a, str>>,
}

/// An answer: `countersign/request-batch/v1`.
#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    line: u64,
    id: Option<&'a str>,
    accepted: Option<bool>,
    reasons: Vec<&'static str>,
    label: Option<&'a str>,
    key_id: Option<&'a str>,
    error: Option<&'a str>,
}

/// The end of the answers: `countersign/request-batch-summary/v1`.
#[derive(Serialize)]
struct Summary {
    schema: &'static str,
    messages: u64,
    accepted: u64,
    refused: u64,
    unread: u64,
}

/// What became of a line.
struct Judged {
    line: u64,
    id: Option<String>,
    result: Result<Found, Unread>,
}

/// Why a line could not be read.
struct Unread {
    problem: String,
    reason: Option<&'static str>,
}

impl From<String> for Unread {
    fn from(problem: String) -> Self {
        Self {
            problem,
            reason: None,
        }
    }
}

struct Found {
    record: Option<Record>,
    verdicts: Result<Vec<Verdict>, Unsigned>,
}

impl Judged {
    /// The signature that decides: a good one, or the one that fails least.
    fn deciding(&self) -> Option<&Verdict> {
        let verdicts = self.result.as_ref().ok()?.verdicts.as_ref().ok()?;
        verdicts
            .iter()
            .min_by_key(|verdict| verdict.reasons().len())
    }

    fn reasons(&self) -> Vec<&'static str> {
        if let Err(unread) = &self.result {
            return unread.reason.into_iter().collect();
        }
        let reasons = match (&self.result, self.deciding()) {
            (_, Some(verdict)) => verdict.reasons(),
            (Ok(found), None) => found
                .verdicts
                .as_ref()
                .err()
                .map(|e| e.reason)
                .into_iter()
                .collect(),
            (Err(_), None) => Vec::new(),
        };
        reasons.into_iter().map(|reason| reason.code()).collect()
    }

    /// None where the line could not be read.
    fn accepted(&self) -> Option<bool> {
        self.result.as_ref().ok()?;
        Some(self.deciding().is_some_and(Verdict::is_accepted))
    }
}

/// Runs a batch from standard input.
pub(super) fn run(env: &Env, judge: &Judge) -> Result<Outcome, Failure> {
    let json = env.wants_json();
    let mut input = env.stdin("the batch")?;
    let mut output = Output::new(env);
    let mut summary = Summary {
        schema: "countersign/request-batch-summary/v1",
        messages: 0,
        accepted: 0,
        refused: 0,
        unread: 0,
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut lines: Vec<Vec<u8>> = Vec::with_capacity(CHUNK);
    let mut number = 0;
    loop {
        lines.clear();
        let more = read_lines(&mut input, &mut lines)?;
        let mut judged = judge_all(judge, &lines, number, (threads, env.records()));
        number += lines.len() as u64;
        let all = judged.iter_mut().filter_map(|each| {
            let verdicts = each.result.as_mut().ok()?.verdicts.as_mut().ok()?;
            Some(verdicts.iter_mut())
        });
        judge.remember(all.flatten(), judge.policy.window.now)?;
        tell(env, &mut output, &mut judged, json)?;
        for each in &judged {
            summary.messages += 1;
            match each.accepted() {
                Some(true) => summary.accepted += 1,
                Some(false) => summary.refused += 1,
                None => summary.unread += 1,
            }
        }
        if !more {
            break;
        }
    }
    if summary.messages == 0 {
        return Err(Failure::new(
            Kind::Nothing,
            "standard input holds no message",
        ));
    }
    output.end(&summary, json)?;
    let exit = match (&summary.refused, &summary.unread) {
        (1.., _) => ExitCode::No,
        (0, 1..) => ExitCode::CannotAnswer,
        (0, 0) => ExitCode::Yes,
    };
    Ok(Outcome {
        exit,
        ..Outcome::done(Body::Bytes(output.kept))
    })
}

// Empty lines are passed over; a line without end is the last one. False at the end of the input.
fn read_lines(
    input: &mut io::StdinLock<'static>,
    lines: &mut Vec<Vec<u8>>,
) -> Result<bool, Failure> {
    while lines.len() < CHUNK {
        let mut line = Vec::new();
        let mut limited = io::Read::take(&mut *input, MAX_LINE + 1);
        let read = limited.read_until(b'\n', &mut line);
        let count = read.map_err(|error| {
            Failure::input(format!(
                "cannot read standard input: {}",
                fs::describe(&error)
            ))
        })?;
        if count == 0 {
            return Ok(false);
        }
        if count as u64 > MAX_LINE {
            return Err(Failure::input(format!(
                "a line of the batch is longer than {MAX_LINE} bytes"
            )));
        }
        lines.push(line);
    }
    Ok(true)
}

fn judge_all(
    judge: &Judge,
    lines: &[Vec<u8>],
    before: u64,
    (threads, records): (usize, bool),
) -> Vec<Judged> {
    let share = lines.len().div_ceil(threads).max(64);
    let one = |start: u64, part: &[Vec<u8>]| {
        let numbered = (start + 1..).zip(part);
        let read = numbered.filter(|(_, line)| !line.trim_ascii().is_empty());
        read.map(|(number, line)| judge_line(judge, line, number, records))
            .collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let parts: Vec<_> = lines
            .chunks(share)
            .enumerate()
            .map(|(index, part)| {
                let start = before + (index * share) as u64;
                scope.spawn(move || one(start, part))
            })
            .collect();
        parts
            .into_iter()
            .flat_map(|part| match part.join() {
                Ok(judged) => judged,
                Err(panic) => std::panic::resume_unwind(panic),
            })
            .collect()
    })
}

fn judge_line(judge: &Judge, line: &[u8], number: u64, records: bool) -> Judged {
    let mut id = None;
    let read = parse(line, &mut id).map_err(Unread::from);
    let result = read.and_then(|parsed| {
        let message = read_message(&parsed, number)?;
        let asked = match &parsed.request {
            Some(text) => Some(read_text(text.as_bytes().to_vec(), number)?),
            None => None,
        };
        let context = judge.context(&message, None);
        let exchange = Exchange {
            message: &message,
            request: asked.as_ref(),
            context: &context,
        };
        let verdicts = judge
            .scheme
            .verify(exchange, &judge.keys.keys, &judge.policy);
        Ok(Found {
            record: records.then(|| {
                let name = format!("line {number}");
                Record::new("request.verify", name, message.source.bytes())
            }),
            verdicts,
        })
    });
    Judged {
        line: number,
        id,
        result,
    }
}

fn parse<'a>(line: &'a [u8], id: &mut Option<String>) -> Result<Line<'a>, String> {
    let text = std::str::from_utf8(line).map_err(|error| format!("it is not UTF-8: {error}"))?;
    let mut parsed: Line<'a> =
        serde_json::from_str(text).map_err(|error| format!("it is no message: {error}"))?;
    *id = parsed.id.take().map(Cow::into_owned);
    Ok(parsed)
}

fn read_message(line: &Line<'_>, number: u64) -> Result<Message, Unread> {
    match (&line.message, &line.message_base64) {
        (Some(text), None) => read_text(text.as_bytes().to_vec(), number),
        (None, Some(text)) => {
            let bytes = STANDARD
                .decode(text.as_bytes())
                .map_err(|error| format!("`message_base64` is not base64: {error}"))?;
            read_text(bytes, number)
        }
        (Some(_), Some(_)) => Err("it has both `message` and `message_base64`"
            .to_owned()
            .into()),
        (None, None) => Err("it has neither `message` nor `message_base64`"
            .to_owned()
            .into()),
    }
}

fn read_text(bytes: Vec<u8>, number: u64) -> Result<Message, Unread> {
    let source = Source::new(format!("line {number}"), bytes).map_err(|error| error.to_string())?;
    Message::parse(&source).map_err(|error| Unread {
        reason: Some(error.code()),
        problem: error.to_string(),
    })
}

// The records are on the disk before the answers are told.
fn tell(env: &Env, output: &mut Output, judged: &mut [Judged], json: bool) -> Result<(), Failure> {
    let mut records = Vec::new();
    for each in judged.iter_mut() {
        let accepted = each.accepted() == Some(true);
        let reasons = each.reasons().into_iter().map(str::to_owned).collect();
        let actor = each.deciding().and_then(|verdict| verdict.key_id.clone());
        if let Ok(Found {
            record: slot @ Some(_),
            ..
        }) = &mut each.result
            && let Some(mut record) = slot.take()
        {
            record.decision = if accepted {
                Decision::Yes
            } else {
                Decision::No
            };
            record.reasons = reasons;
            record.actor = actor;
            records.push(record);
        }
    }
    crate::cli::outcome::record(env, records)?;
    for each in judged.iter() {
        if json {
            output.json(&Answer {
                schema: "countersign/request-batch/v1",
                line: each.line,
                id: each.id.as_deref(),
                accepted: each.accepted(),
                reasons: each.reasons(),
                label: each.deciding().and_then(|verdict| verdict.label.as_deref()),
                key_id: each
                    .deciding()
                    .and_then(|verdict| verdict.key_id.as_deref()),
                error: each
                    .result
                    .as_ref()
                    .err()
                    .map(|unread| unread.problem.as_str()),
            })?;
        } else if each.accepted() != Some(true) {
            output.human(each)?;
        }
    }
    output.flush()
}

/// Where answers go: to standard output as they come, or into a file at the end.
struct Output {
    stdout: Option<io::BufWriter<io::StdoutLock<'static>>>,
    kept: Vec<u8>,
}

impl Output {
    fn new(env: &Env) -> Self {
        let to_file = env
            .global
            .output
            .as_ref()
            .is_some_and(|path| path.as_os_str() != "-");
        Self {
            stdout: (!to_file).then(|| io::BufWriter::new(io::stdout().lock())),
            kept: Vec::new(),
        }
    }

    fn sink(&mut self) -> &mut dyn Write {
        match &mut self.stdout {
            Some(stdout) => stdout,
            None => &mut self.kept,
        }
    }

    fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let sink = self.sink();
        let written = serde_json::to_writer(&mut *sink, value)
            .map_err(io::Error::from)
            .and_then(|()| sink.write_all(b"\n"));
        quiet(written)
    }

    fn human(&mut self, judged: &Judged) -> Result<(), Failure> {
        let name = match &judged.id {
            Some(id) => format!("line {} (`{id}`)", judged.line),
            None => format!("line {}", judged.line),
        };
        let text = match &judged.result {
            Err(unread) => {
                let reason = unread.reason.map(|code| format!("{code}: "));
                let reason = reason.unwrap_or_default();
                format!("unread: {name}: {reason}{}", unread.problem)
            }
            Ok(_) => format!("refused: {name}: {}", judged.reasons().join(", ")),
        };
        let line = format!("{}\n", sanitize::line(&text));
        quiet(self.sink().write_all(line.as_bytes()))
    }

    fn end(&mut self, summary: &Summary, json: bool) -> Result<(), Failure> {
        if json {
            self.json(summary)?;
        } else {
            let text = format!(
                "{} messages: {} accepted, {} refused, {} unread\n",
                summary.messages, summary.accepted, summary.refused, summary.unread
            );
            quiet(self.sink().write_all(text.as_bytes()))?;
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), Failure> {
        quiet(self.sink().flush())
    }
}

// A reader that has gone away ends the output, not the judging: what is remembered and recorded stays whole.
fn quiet(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(crate::cli::outcome::unwritten(&error))
        }
        _ => Ok(()),
    }
}
