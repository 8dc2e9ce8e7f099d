//! `request verify --batch`: a stream of messages, one JSON object a line, answered in order.

use std::borrow::Cow;
use std::io::{self, Write as _};
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::demands::Judge;
use crate::cli::env::{Env, Pieces};
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::kernel::fs;
use crate::kernel::record::{Decision, Verdict as Record};
use crate::kernel::report::sanitize;
use crate::kernel::source::Source;
use crate::request::{Exchange, Message, Reason, ReplayId, Unsigned, Verdict};

/// How many lines are judged together where a file must be written before their answers are told: what they add to the
/// replay store and to the decision record is on the disk with one flush.
const FLUSHED_LINES: usize = 4096;
/// How many lines a thread judges before their answers are told otherwise: few enough to stay in its cache.
const LINES_A_THREAD: usize = 256;
/// After how many bytes no further line is read first.
const SLICE_BYTES: usize = 16 << 20;
/// The longest line, in bytes.
const MAX_LINE: usize = 16 << 20;
/// How long the input may pause before the lines that are there are answered, and how long it may go on all the same.
const PAUSE: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_millis(200);

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
struct Judged<'a> {
    line: u64,
    id: Option<Cow<'a, str>>,
    record: Option<Record>,
    /// What is known of each signature; one without reasons is accepted. The rest of its verdict is gone by now: a slice
    /// of thousands would be held for nothing.
    result: Result<Vec<Signature>, Unread>,
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

struct Signature {
    reasons: Vec<Reason>,
    label: Option<String>,
    key_id: Option<String>,
    replay_id: Option<ReplayId>,
}

impl From<Verdict> for Signature {
    fn from(verdict: Verdict) -> Self {
        Self {
            reasons: verdict.reasons(),
            label: verdict.label,
            key_id: verdict.key_id,
            replay_id: verdict.replay_id,
        }
    }
}

impl From<Unsigned> for Signature {
    fn from(unsigned: Unsigned) -> Self {
        Self {
            reasons: vec![unsigned.reason],
            label: None,
            key_id: None,
            replay_id: None,
        }
    }
}

impl Judged<'_> {
    /// The signature that decides: a good one, or the one that fails least.
    fn deciding(&self) -> Option<&Signature> {
        let signatures = self.result.as_ref().ok()?;
        signatures.iter().min_by_key(|each| each.reasons.len())
    }

    fn reasons(&self) -> impl Iterator<Item = &'static str> {
        let unread = self.result.as_ref().err().and_then(|unread| unread.reason);
        let reasons = self.deciding().map(|each| each.reasons.as_slice());
        let reasons = reasons.unwrap_or_default().iter();
        reasons.map(|each| each.code()).chain(unread)
    }

    /// None where the line could not be read.
    fn accepted(&self) -> Option<bool> {
        self.result.as_ref().ok()?;
        Some(self.deciding().is_some_and(|each| each.reasons.is_empty()))
    }
}

/// Runs a batch from standard input.
pub(super) fn run(env: &Env, judge: &Judge) -> Result<Outcome, Failure> {
    let json = env.wants_json();
    let input = env.stdin_pieces("the batch")?;
    let mut output = Output::new(env);
    let mut summary = Summary {
        schema: "countersign/request-batch-summary/v1",
        messages: 0,
        accepted: 0,
        refused: 0,
        unread: 0,
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let lines = if judge.remembers() || env.records() {
        FLUSHED_LINES
    } else {
        LINES_A_THREAD * threads
    };
    let mut slice = Slice::default();
    let mut number = 0;
    loop {
        let more = slice.fill(&input, lines)?;
        let lines = slice.lines();
        let mut judged = judge_all(judge, &lines, number, (threads, env.records()));
        number += lines.len() as u64;
        remember(judge, &mut judged)?;
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

/// The lines that are judged together, and what was read behind them, in one buffer that is used again.
#[derive(Default)]
struct Slice {
    bytes: Vec<u8>,
    /// Up to where the buffer was searched for line ends.
    searched: usize,
    ends: Vec<usize>,
}

impl Slice {
    /// Takes the next lines, as many as are there before the input pauses; a line without end is the last one. False at
    /// the end of the input.
    fn fill(&mut self, input: &Pieces, most: usize) -> Result<bool, Failure> {
        let told = self.end();
        self.bytes.drain(..told);
        self.searched -= told;
        self.ends.clear();
        let mut first = None;
        loop {
            self.find_lines(most)?;
            if self.ends.len() >= most || self.end() >= SLICE_BYTES {
                return Ok(true);
            }
            let piece = if self.ends.is_empty() {
                input.recv().ok()
            } else {
                let since: &Instant = first.get_or_insert_with(Instant::now);
                match input.recv_timeout(PATIENCE.saturating_sub(since.elapsed()).min(PAUSE)) {
                    Err(RecvTimeoutError::Timeout) => return Ok(true),
                    piece => piece.ok(),
                }
            };
            let piece = piece.transpose().map_err(|error| {
                let told = fs::describe(&error);
                Failure::input(format!("cannot read standard input: {told}"))
            })?;
            let Some(piece) = piece.filter(|piece| !piece.is_empty()) else {
                if self.bytes.len() > self.end() {
                    self.ends.push(self.bytes.len());
                }
                return Ok(false);
            };
            self.bytes.extend_from_slice(&piece);
        }
    }

    fn find_lines(&mut self, most: usize) -> Result<(), Failure> {
        while self.ends.len() < most && self.end() < SLICE_BYTES {
            let rest = self.bytes.get(self.searched..).unwrap_or_default();
            let found = memchr::memchr(b'\n', rest);
            self.searched += found.map_or(rest.len(), |at| at + 1);
            if self.searched - self.end() > MAX_LINE {
                let problem = format!("a line of the batch is longer than {MAX_LINE} bytes");
                return Err(Failure::input(problem));
            }
            if found.is_none() {
                break;
            }
            self.ends.push(self.searched);
        }
        Ok(())
    }

    /// The end of the last line.
    fn end(&self) -> usize {
        self.ends.last().copied().unwrap_or_default()
    }

    fn lines(&self) -> Vec<&[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        let lines = starts.zip(&self.ends);
        lines
            .map(|(start, end)| self.bytes.get(start..*end).unwrap_or_default())
            .collect()
    }
}

// Empty lines are passed over.
fn judge_all<'a>(
    judge: &Judge,
    lines: &[&'a [u8]],
    before: u64,
    (threads, records): (usize, bool),
) -> Vec<Judged<'a>> {
    let one = |start: u64, part: &[&'a [u8]]| {
        let numbered = (start + 1..).zip(part);
        let read = numbered.filter(|(_, line)| !line.trim_ascii().is_empty());
        read.map(|(number, line)| judge_line(judge, line, number, records))
            .collect::<Vec<_>>()
    };
    if threads == 1 {
        return one(before, lines);
    }
    let share = lines.len().div_ceil(threads).max(64);
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

fn judge_line<'a>(judge: &Judge, line: &'a [u8], number: u64, records: bool) -> Judged<'a> {
    let mut judged = Judged {
        line: number,
        id: None,
        record: None,
        result: Ok(Vec::new()),
    };
    judged.result = parse(line).and_then(|mut parsed| {
        judged.id = parsed.id.take();
        let asked = parsed.request.take();
        let asked = match asked {
            Some(text) => Some(read_text(text.into_owned().into_bytes(), number, None)?),
            None => None,
        };
        let message = read_message(parsed, number, asked.as_ref())?;
        let context = judge.context(&message, None);
        let exchange = Exchange {
            message: &message,
            request: asked.as_ref(),
            context: &context,
        };
        let verdicts = judge
            .scheme
            .verify(exchange, &judge.keys.keys, &judge.policy);
        judged.record = records.then(|| {
            let name = format!("line {number}");
            Record::new("request.verify", name, message.source.bytes())
        });
        Ok(match verdicts {
            Ok(verdicts) => verdicts.into_iter().map(Signature::from).collect(),
            Err(unsigned) => vec![Signature::from(unsigned)],
        })
    });
    judged
}

// What is accepted so far is on the disk before it is told; what was seen before is refused.
fn remember(judge: &Judge, judged: &mut [Judged<'_>]) -> Result<(), Failure> {
    if !judge.remembers() {
        return Ok(());
    }
    let is_accepted = |each: &&Signature| each.reasons.is_empty();
    let mut messages: Vec<&mut Vec<Signature>> = judged
        .iter_mut()
        .filter_map(|each| each.result.as_mut().ok())
        .filter(|signatures| signatures.iter().any(|each| is_accepted(&each)))
        .collect();
    let mut ids: Vec<Vec<&ReplayId>> = Vec::with_capacity(messages.len());
    for message in &messages {
        let accepted = message.iter().filter(is_accepted);
        let of_message: Option<_> = accepted.map(|each| each.replay_id.as_ref()).collect();
        ids.push(of_message.ok_or_else(|| judge.nothing_to_remember())?);
    }
    let answers = judge.ask(&ids, judge.policy.window.now)?;
    for (message, answer) in messages.iter_mut().zip(answers) {
        let accepted = message.iter_mut().filter(|each| each.reasons.is_empty());
        for signature in accepted {
            signature.reasons.extend(answer.reason());
        }
    }
    Ok(())
}

fn parse(line: &[u8]) -> Result<Line<'_>, Unread> {
    let text = std::str::from_utf8(line).map_err(|error| format!("it is not UTF-8: {error}"))?;
    Ok(serde_json::from_str(text).map_err(|error| format!("it is no message: {error}"))?)
}

fn read_message(line: Line<'_>, number: u64, asked: Option<&Message>) -> Result<Message, Unread> {
    match (line.message, line.message_base64) {
        (Some(text), None) => read_text(text.into_owned().into_bytes(), number, asked),
        (None, Some(text)) => {
            let bytes = STANDARD
                .decode(text.as_bytes())
                .map_err(|error| format!("`message_base64` is not base64: {error}"))?;
            read_text(bytes, number, asked)
        }
        (Some(_), Some(_)) => Err("it has both `message` and `message_base64`"
            .to_owned()
            .into()),
        (None, None) => Err("it has neither `message` nor `message_base64`"
            .to_owned()
            .into()),
    }
}

fn read_text(bytes: Vec<u8>, number: u64, asked: Option<&Message>) -> Result<Message, Unread> {
    let source = Source::new(format!("line {number}"), bytes).map_err(|error| error.to_string())?;
    let message = match asked {
        Some(request) => Message::parse_answer(&source, request),
        None => Message::parse(&source),
    };
    message.map_err(|error| Unread {
        reason: Some(error.code()),
        problem: error.to_string(),
    })
}

// The records are on the disk before the answers are told.
fn tell(
    env: &Env,
    output: &mut Output,
    judged: &mut [Judged<'_>],
    json: bool,
) -> Result<(), Failure> {
    let mut records = Vec::new();
    for each in judged.iter_mut() {
        let Some(mut record) = each.record.take() else {
            continue;
        };
        record.decision = match each.accepted() {
            Some(true) => Decision::Yes,
            _ => Decision::No,
        };
        record.reasons = each.reasons().map(str::to_owned).collect();
        record.actor = each.deciding().and_then(|deciding| deciding.key_id.clone());
        records.push(record);
    }
    crate::cli::outcome::record(env, records)?;
    for each in judged.iter() {
        if json {
            let deciding = each.deciding();
            output.json(&Answer {
                schema: "countersign/request-batch/v1",
                line: each.line,
                id: each.id.as_deref(),
                accepted: each.accepted(),
                reasons: each.reasons().collect(),
                label: deciding.and_then(|deciding| deciding.label.as_deref()),
                key_id: deciding.and_then(|deciding| deciding.key_id.as_deref()),
                error: each
                    .result
                    .as_ref()
                    .err()
                    .map(|unread| unread.problem.as_str()),
            })?;
        } else if each.accepted() != Some(true) {
            output.human(each);
        }
    }
    output.flush()
}

/// Where answers go: to standard output slice by slice, or into a file at the end.
struct Output {
    stdout: Option<io::StdoutLock<'static>>,
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
            stdout: (!to_file).then(|| io::stdout().lock()),
            kept: Vec::new(),
        }
    }

    fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let written = serde_json::to_writer(&mut self.kept, value).map_err(io::Error::from);
        self.kept.push(b'\n');
        quiet(written)
    }

    fn human(&mut self, judged: &Judged<'_>) {
        let name = match &judged.id {
            Some(id) => format!("line {} (`{id}`)", judged.line),
            None => format!("line {}", judged.line),
        };
        let text = match &judged.result {
            Err(unread) => {
                let code = unread.reason.map(|code| format!("{code}: "));
                let code = code.unwrap_or_default();
                format!("unread: {name}: {code}{}", unread.problem)
            }
            Ok(_) => {
                let reasons: Vec<&str> = judged.reasons().collect();
                format!("refused: {name}: {}", reasons.join(", "))
            }
        };
        self.line(&sanitize::line(&text));
    }

    fn line(&mut self, text: &str) {
        self.kept.extend_from_slice(text.as_bytes());
        self.kept.push(b'\n');
    }

    fn end(&mut self, summary: &Summary, json: bool) -> Result<(), Failure> {
        if json {
            self.json(summary)?;
        } else {
            self.line(&format!(
                "{} messages: {} accepted, {} refused, {} unread",
                summary.messages, summary.accepted, summary.refused, summary.unread
            ));
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let Some(stdout) = &mut self.stdout else {
            return Ok(());
        };
        let written = stdout.write_all(&self.kept).and_then(|()| stdout.flush());
        self.kept.clear();
        quiet(written)
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
