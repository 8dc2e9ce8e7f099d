//! `jwt verify --batch`: a stream of tokens, one a line, answered in order.
//!
//! One thread reads, each core judges, one thread tells. What is there is judged at once: a stream that pauses has its
//! answers.

use std::borrow::Cow;
use std::io::{self, Read as _, Write as _};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use serde::{Deserialize, Serialize};

use super::judge::Judge;
use super::verify::record;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::jwt::{MAX_TOKEN_BYTES, Quick, Reason, TokenVerdict};
use crate::kernel::fs;
use crate::kernel::report::sanitize;

/// How many bytes are judged together, at most.
const PORTION: usize = 64 << 10;
/// How many portions wait for a thread.
const WAITING: usize = 2;
/// The longest line: a token in a small JSON object.
const MAX_LINE: usize = MAX_TOKEN_BYTES + 4096;

/// A line that is JSON. A member that is not named here is an error, and so is one that stands there twice.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    /// The caller's name for the token, repeated in the answer.
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    token: Cow<'a, str>,
}

/// An answer: `countersign/token-batch/v1`.
#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    line: u64,
    id: Option<&'a str>,
    accepted: Option<bool>,
    reasons: Vec<&'static str>,
    error: Option<&'a str>,
}

/// The end of the answers: `countersign/token-batch-summary/v1`.
#[derive(Default, Serialize)]
struct Summary {
    schema: &'static str,
    tokens: u64,
    accepted: u64,
    refused: u64,
    unread: u64,
}

/// Whole lines, and the number of the first.
struct Portion {
    first: u64,
    bytes: Vec<u8>,
}

/// A line that was judged. Of a token accepted at first sight nothing more is kept.
struct Judged {
    line: u64,
    id: Option<String>,
    result: Result<Option<Box<Verdict>>, String>,
}

/// A token and its verdict.
struct Verdict {
    token: Vec<u8>,
    verdict: TokenVerdict,
}

/// Runs a batch from standard input.
pub(super) fn run(env: &Env, judge: &Judge) -> Result<Outcome, Failure> {
    // Claims standard input, so that no secret is read from it too; the lock itself cannot go to another thread.
    drop(env.stdin("the batch")?);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let whole = judge.remembers() || env.records();
    let mut teller = Teller::new(env, judge);
    let told = std::thread::scope(|scope| {
        let (mut portions, mut answers) = (Vec::new(), Vec::new());
        for _ in 0..threads {
            let (give, take) = sync_channel(WAITING);
            let (answer, listen) = sync_channel(WAITING);
            scope.spawn(move || work(judge, whole, (&take, &answer)));
            portions.push(give);
            answers.push(listen);
        }
        let reader = scope.spawn(move || read(&portions));
        let told = teller.tell_all(&answers);
        // Whoever still judges or reads must not wait for a listener that has left.
        drop(answers);
        let read = match reader.join() {
            Ok(read) => read,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        told.and(read)
    });
    told?;
    teller.end()
}

/// Deals out whole lines, in turn.
fn read(portions: &[SyncSender<Portion>]) -> Result<(), Failure> {
    let mut input = io::stdin().lock();
    let mut buffer: Vec<u8> = Vec::new();
    let mut piece = vec![0; PORTION];
    let mut first = 1;
    let mut turns = portions.iter().cycle();
    loop {
        let count = loop {
            match input.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let count = count.map_err(|error| {
            Failure::input(format!(
                "cannot read standard input: {}",
                fs::describe(&error)
            ))
        })?;
        buffer.extend_from_slice(piece.get(..count).unwrap_or_default());
        let end = match (count, memchr::memrchr(b'\n', &buffer)) {
            (0, _) => buffer.len(),
            (_, Some(at)) => at + 1,
            (_, None) if buffer.len() > MAX_LINE => {
                return Err(Failure::input(format!(
                    "line {first} of the batch is longer than {MAX_LINE} bytes"
                )));
            }
            (_, None) => continue,
        };
        let rest = buffer.split_off(end);
        let bytes = std::mem::replace(&mut buffer, rest);
        let lines = memchr::memchr_iter(b'\n', &bytes).count() as u64;
        let portion = Portion { first, bytes };
        first += lines;
        let sent = turns.next().is_some_and(|turn| turn.send(portion).is_ok());
        if !sent || count == 0 {
            return Ok(());
        }
    }
}

/// Judges the portions of one thread.
fn work(
    judge: &Judge,
    whole: bool,
    (portions, answers): (&Receiver<Portion>, &SyncSender<Vec<Judged>>),
) {
    let mut quick = Quick::new(&judge.keys.keys, &judge.accepted, &judge.expected);
    for portion in portions {
        let ends = memchr::memchr_iter(b'\n', &portion.bytes).chain([portion.bytes.len()]);
        let mut start = 0;
        let lines = ends.map(|end| {
            let line = portion.bytes.get(start..end).unwrap_or_default();
            start = end + 1;
            line
        });
        let numbered = (portion.first..).zip(lines);
        let judged = numbered
            .map(|(number, line)| (number, line.trim_ascii()))
            .filter(|(_, line)| !line.is_empty())
            .map(|(number, line)| judge_line(judge, (number, line), (!whole).then_some(&mut quick)))
            .collect();
        if answers.send(judged).is_err() {
            return;
        }
    }
}

fn judge_line(judge: &Judge, (line, text): (u64, &[u8]), quick: Option<&mut Quick<'_>>) -> Judged {
    let unread = |id: Option<Cow<'_, str>>, problem: String| Judged {
        line,
        id: id.map(Cow::into_owned),
        result: Err(problem),
    };
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(error) => return unread(None, format!("it is not UTF-8: {error}")),
    };
    let (id, token) = if text.starts_with('{') {
        match serde_json::from_str::<Line<'_>>(text) {
            Ok(line) => (line.id, line.token),
            Err(error) => return unread(None, format!("it is no token: {error}")),
        }
    } else {
        (None, Cow::Borrowed(text))
    };
    let accepted = quick.is_some_and(|quick| quick.accepts(&token));
    let verdict = (!accepted).then(|| {
        Box::new(Verdict {
            token: token.as_bytes().to_vec(),
            verdict: judge.verdict(&token),
        })
    });
    Judged {
        line,
        id: id.map(Cow::into_owned),
        result: Ok(verdict),
    }
}

impl Judged {
    fn reasons(&self) -> Vec<Reason> {
        match &self.result {
            Ok(Some(judged)) => judged.verdict.reasons(),
            _ => Vec::new(),
        }
    }
}

/// Tells the answers in order.
struct Teller<'e> {
    env: &'e Env,
    judge: &'e Judge,
    json: bool,
    stdout: Option<io::StdoutLock<'static>>,
    kept: Vec<u8>,
    summary: Summary,
}

impl<'e> Teller<'e> {
    fn new(env: &'e Env, judge: &'e Judge) -> Self {
        let to_file = env
            .global
            .output
            .as_ref()
            .is_some_and(|path| path.as_os_str() != "-");
        Self {
            env,
            judge,
            json: env.wants_json(),
            stdout: (!to_file).then(|| io::stdout().lock()),
            kept: Vec::new(),
            summary: Summary {
                schema: "countersign/token-batch-summary/v1",
                ..Summary::default()
            },
        }
    }

    fn tell_all(&mut self, answers: &[Receiver<Vec<Judged>>]) -> Result<(), Failure> {
        // Portions are dealt out in turn, so the first thread without an answer is the end.
        for turn in answers.iter().cycle() {
            let Ok(mut judged) = turn.recv() else {
                return Ok(());
            };
            self.keep(&mut judged)?;
            for each in &judged {
                self.tell(each)?;
            }
            self.flush()?;
        }
        Ok(())
    }

    // What is accepted is in the store, and every verdict in the record, before anything is told.
    fn keep(&mut self, judged: &mut [Judged]) -> Result<(), Failure> {
        if self.judge.remembers() {
            let verdicts = judged
                .iter_mut()
                .filter_map(|each| each.result.as_mut().ok()?.as_mut());
            let mut verdicts: Vec<&mut TokenVerdict> =
                verdicts.map(|judged| &mut judged.verdict).collect();
            self.judge.remember(&mut verdicts)?;
        }
        if self.env.records() {
            let verdicts = judged
                .iter()
                .filter_map(|each| each.result.as_ref().ok()?.as_ref());
            let records = verdicts
                .map(|judged| record(&judged.token, &judged.verdict))
                .collect();
            crate::cli::outcome::record(self.env, records)?;
        }
        Ok(())
    }

    fn tell(&mut self, judged: &Judged) -> Result<(), Failure> {
        let accepted = match &judged.result {
            Err(_) => None,
            Ok(None) => Some(true),
            Ok(Some(judged)) => Some(judged.verdict.is_accepted()),
        };
        self.summary.tokens += 1;
        match accepted {
            Some(true) => self.summary.accepted += 1,
            Some(false) => self.summary.refused += 1,
            None => self.summary.unread += 1,
        }
        if self.json {
            return self.json(&Answer {
                schema: "countersign/token-batch/v1",
                line: judged.line,
                id: judged.id.as_deref(),
                accepted,
                reasons: judged.reasons().into_iter().map(Reason::code).collect(),
                error: judged.result.as_ref().err().map(String::as_str),
            });
        }
        if accepted != Some(true) {
            let name = match &judged.id {
                Some(id) => format!("line {} (`{id}`)", judged.line),
                None => format!("line {}", judged.line),
            };
            let text = match &judged.result {
                Err(problem) => format!("unread: {name}: {problem}"),
                Ok(_) => {
                    let reasons: Vec<&str> =
                        judged.reasons().into_iter().map(Reason::code).collect();
                    format!("refused: {name}: {}", reasons.join(", "))
                }
            };
            self.line(&sanitize::line(&text));
        }
        Ok(())
    }

    fn json(&mut self, value: &impl Serialize) -> Result<(), Failure> {
        let written = serde_json::to_writer(&mut self.kept, value).map_err(io::Error::from);
        self.kept.push(b'\n');
        quiet(written)
    }

    fn line(&mut self, text: &str) {
        self.kept.extend_from_slice(text.as_bytes());
        self.kept.push(b'\n');
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let Some(stdout) = &mut self.stdout else {
            return Ok(());
        };
        if self.kept.is_empty() {
            return Ok(());
        }
        let written = stdout.write_all(&self.kept).and_then(|()| stdout.flush());
        self.kept.clear();
        quiet(written)
    }

    fn end(mut self) -> Result<Outcome, Failure> {
        if self.summary.tokens == 0 {
            return Err(Failure::new(Kind::Nothing, "standard input holds no token"));
        }
        let summary = std::mem::take(&mut self.summary);
        if self.json {
            self.json(&summary)?;
        } else {
            self.line(&format!(
                "{} tokens: {} accepted, {} refused, {} unread",
                summary.tokens, summary.accepted, summary.refused, summary.unread
            ));
        }
        self.flush()?;
        let exit = match (summary.refused, summary.unread) {
            (1.., _) => ExitCode::No,
            (0, 1..) => ExitCode::CannotAnswer,
            (0, 0) => ExitCode::Yes,
        };
        Ok(Outcome {
            exit,
            ..Outcome::done(Body::Bytes(self.kept))
        })
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
