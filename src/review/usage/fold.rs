//! Reads logs on several threads and counts who used what, when last and how often.
//!
//! Lines of one log are counted by all threads, a document by one. How the rows fall to the threads makes no difference to
//! the result. Memory grows with the number of groups; where it would pass its bound, the groups so far are sorted and
//! written to a file that has no name.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::columns::{ColumnLog, Unit};
use super::document::{Records, Stop};
use super::format::{Buffers, Format, Outcome};
use super::input::{Block, Input, Layout, Lines, Opened};
use super::json::{self, Defect, SLOTS, Shape, Value, Values};
use super::ledger::{LogSheet, ranges};
use super::merge::Run;
use super::part;
use super::reject::{MAX_NAME, Reject};
use super::table::Table;
use crate::kernel::crypto::sha256;
use crate::kernel::parquet::{self, Error};

/// How to count.
#[derive(Clone, Copy)]
pub struct Options<'o> {
    /// What the rows mean.
    pub format: &'o Format,
    /// The last second that is not in the future, since 1970.
    pub until: u32,
    /// How many threads.
    pub threads: usize,
    /// How many bytes the groups may take.
    pub memory: usize,
    /// Makes a file without a name, for groups that memory has no room for.
    pub scratch: &'o (dyn Fn() -> io::Result<File> + Sync),
}

impl std::fmt::Debug for Options<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Options({}, {} threads, {} bytes)",
            self.format.name(),
            self.threads,
            self.memory
        )
    }
}

/// What the logs came to.
pub struct Counted {
    /// The account of each log.
    pub sources: Vec<LogSheet>,
    /// The groups, to be merged.
    pub runs: Vec<Box<dyn Run>>,
    /// How often memory had no room.
    pub spilled: usize,
}

impl std::fmt::Debug for Counted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Counted({} sources)", self.sources.len())
    }
}

/// A log that cannot be read at all, or groups that cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{name}`: {}", crate::kernel::fs::describe(.error))]
pub struct FoldError {
    name: String,
    error: io::Error,
}

/// Counts the uses in all logs.
///
/// # Errors
/// [`FoldError`] where a log cannot be read. One that is damaged or cut is no error: its account says so.
pub fn fold(inputs: Vec<Input>, options: Options<'_>) -> Result<Counted, FoldError> {
    let sheets = inputs.iter().map(|input| LogSheet {
        name: input.name.clone(),
        ..LogSheet::default()
    });
    let work = Mutex::new(Work {
        sheets: sheets.collect(),
        queue: inputs.into_iter().enumerate().collect(),
        current: None,
        error: None,
    });
    let threads = options.threads.max(1);
    let shape = options.format.shape();
    let workers: Vec<Worker<'_>> = std::thread::scope(|scope| {
        let run = || {
            let mut worker = Worker::new(options, &shape);
            worker.work(&work);
            worker
        };
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        let first = run();
        let joined = others.into_iter().map(|other| other.join());
        let others =
            joined.map(|worker| worker.unwrap_or_else(|why| std::panic::resume_unwind(why)));
        [first].into_iter().chain(others).collect()
    });
    let work = work.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(error) = work.error {
        return Err(error);
    }
    let mut sources = work.sheets;
    let mut table = Table::default();
    let mut runs = Vec::new();
    let mut spilled = 0;
    for worker in workers {
        for (index, tally) in worker.tallies {
            if let Some(sheet) = sources.get_mut(index) {
                sheet.add(tally.finish());
            }
        }
        spilled += worker.runs.len();
        runs.extend(worker.runs);
        match table.is_empty() {
            true => table = worker.table,
            false => table.absorb(worker.table),
        }
    }
    if !table.is_empty() {
        runs.push(Box::new(table.sorted()));
    }
    Ok(Counted {
        sources,
        runs,
        spilled,
    })
}

type Open = Arc<Mutex<Option<Lines>>>;

/// A log that several threads read.
#[derive(Clone)]
enum Shared {
    Lines(Open),
    Columns(Arc<ColumnLog>),
}

/// What is left to do.
pub(super) struct Work {
    sheets: Vec<LogSheet>,
    queue: VecDeque<(usize, Input)>,
    current: Option<(usize, Shared)>,
    error: Option<FoldError>,
}

enum Task {
    Lines(usize, Open),
    Document(usize, Box<Opened>),
    Columns(usize, Arc<ColumnLog>, Unit),
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Work {
    fn next(&mut self, options: &Options<'_>) -> Option<Task> {
        loop {
            if self.error.is_some() {
                return None;
            }
            match &self.current {
                Some((index, Shared::Lines(lines))) => {
                    return Some(Task::Lines(*index, lines.clone()));
                }
                Some((index, Shared::Columns(log))) => match log.take() {
                    Some(unit) => return Some(Task::Columns(*index, log.clone(), unit)),
                    // Others may be at work on what is left of it.
                    None => self.current = None,
                },
                None => {}
            }
            let (index, input) = self.queue.pop_front()?;
            let opened = match Opened::new(input, options.format.wrapper()) {
                Ok(opened) => opened,
                Err(error) => {
                    self.fail(index, error);
                    return None;
                }
            };
            let shared = match opened.layout {
                Layout::Document => return Some(Task::Document(index, Box::new(opened))),
                Layout::Lines => Shared::Lines(Arc::new(Mutex::new(Some(Lines::new(opened))))),
                Layout::Columns => match self.columns(index, opened, options) {
                    Ok(Some(log)) => Shared::Columns(Arc::new(log)),
                    Ok(None) => continue,
                    Err(error) => {
                        self.fail(index, error);
                        return None;
                    }
                },
            };
            self.current = Some((index, shared));
        }
    }

    /// Opens a log of columns; none where it is damaged, which its account says.
    fn columns(
        &mut self,
        index: usize,
        opened: Opened,
        options: &Options<'_>,
    ) -> io::Result<Option<ColumnLog>> {
        let (file, told) = opened.at_any_place(options.scratch)?;
        let file = Arc::new(file);
        let error = match ColumnLog::open(file.clone(), told.clone(), options.format) {
            Ok(log) => return Ok(Some(log)),
            Err(error) => error,
        };
        let why = into_damage(error)?;
        let digest = match told {
            Some(told) => told,
            None => parquet::digest(&*file)?,
        };
        self.digested(index, digest);
        if let Some(sheet) = self.sheets.get_mut(index) {
            sheet.defect = Some(why);
        }
        Ok(None)
    }

    /// Takes in how large a log is, and its digest.
    pub(super) fn digested(&mut self, index: usize, digest: (u64, String)) {
        if let Some(sheet) = self.sheets.get_mut(index) {
            (sheet.bytes, sheet.sha256) = digest;
        }
    }

    fn fail(&mut self, index: usize, error: io::Error) {
        let name = self.sheets.get(index).map(|sheet| sheet.name.clone());
        self.error.get_or_insert(FoldError {
            name: name.unwrap_or_default(),
            error,
        });
    }

    /// Ends a log: what is wrong with its packing is told in its account, anything else is an error.
    fn end(&mut self, index: usize, opened: Opened, failed: Option<io::Error>) {
        if self.current.as_ref().is_some_and(|(at, _)| *at == index) {
            self.current = None;
        }
        let defect = match failed {
            Some(error) if !is_damage(&error) => return self.fail(index, error),
            Some(error) => Some(error.to_string()),
            None => None,
        };
        match opened.digest() {
            Err(error) => self.fail(index, error),
            Ok(digest) => {
                self.digested(index, digest);
                if let Some(sheet) = self.sheets.get_mut(index) {
                    sheet.defect = sheet.defect.take().or(defect);
                }
            }
        }
    }
}

/// What is wrong with a file, as its account tells it; anything else is an error.
fn into_damage(error: Error) -> io::Result<String> {
    match error {
        Error::Io(error) if is_damage(&error) => Ok(error.to_string()),
        Error::Io(error) => Err(error),
        Error::Unsupported(why) => Err(io::Error::new(io::ErrorKind::InvalidInput, why)),
        damaged @ Error::Damaged(_) => Ok(damaged.to_string()),
    }
}

fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, UnexpectedEof};
    [InvalidData, UnexpectedEof].contains(&error.kind())
}

/// The account of one log in the making.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) sheet: LogSheet,
    days: BTreeSet<u32>,
    day: Option<u32>,
}

impl Tally {
    fn see(&mut self, time: u32) {
        let sheet = &mut self.sheet;
        sheet.first = Some(sheet.first.map_or(time, |first| first.min(time)));
        sheet.last = Some(sheet.last.map_or(time, |last| last.max(time)));
        let day = time / 86_400;
        if self.day != Some(day) {
            self.day = Some(day);
            self.days.insert(day);
        }
    }

    /// Takes in that a part of it is damaged; anything else is an error.
    pub(super) fn damaged(&mut self, error: Error) -> io::Result<()> {
        let why = into_damage(error)?;
        let known = self.sheet.defect.take();
        self.sheet.defect = known.into_iter().chain([why]).min();
        Ok(())
    }

    /// Counts a row that could be used.
    pub(super) fn count(&mut self, time: u32, outcome: Outcome) {
        self.see(time);
        self.sheet.rows += 1;
        match outcome {
            Outcome::Use => self.sheet.used += 1,
            Outcome::Failed => self.sheet.failed += 1,
            Outcome::Unfinished => self.sheet.unfinished += 1,
        }
    }

    fn finish(mut self) -> LogSheet {
        self.sheet.days = ranges(&self.days);
        self.sheet
    }
}

pub(super) struct Worker<'o> {
    pub(super) options: Options<'o>,
    shape: &'o Shape,
    pub(super) table: Table,
    pub(super) tallies: BTreeMap<usize, Tally>,
    runs: Vec<Box<dyn Run>>,
    buffers: Buffers,
    pub(super) identity: Vec<u8>,
}

impl<'o> Worker<'o> {
    fn new(options: Options<'o>, shape: &'o Shape) -> Self {
        Self {
            options,
            shape,
            table: Table::default(),
            tallies: BTreeMap::new(),
            runs: Vec::new(),
            buffers: Buffers::default(),
            identity: Vec::new(),
        }
    }

    fn work(&mut self, work: &Mutex<Work>) {
        let mut block = Block::default();
        loop {
            let task = lock(work).next(&self.options);
            let (index, done) = match task {
                None => return,
                Some(Task::Document(index, opened)) => (index, self.document(index, *opened, work)),
                Some(Task::Lines(index, lines)) => {
                    (index, self.lines(index, &lines, &mut block, work))
                }
                Some(Task::Columns(index, log, unit)) => {
                    (index, self.columns(index, &log, unit, work))
                }
            };
            if let Err(error) = done {
                lock(work).fail(index, error);
            }
        }
    }

    fn lines(
        &mut self,
        index: usize,
        lines: &Open,
        block: &mut Block,
        work: &Mutex<Work>,
    ) -> io::Result<()> {
        loop {
            let mut held = lock(lines);
            // Another thread has met its end.
            let Some(open) = held.as_mut() else {
                return Ok(());
            };
            let more = open.next(block);
            if !matches!(more, Ok(true))
                && let Some(open) = held.take()
            {
                lock(work).end(index, open.opened, more.err());
                return Ok(());
            }
            drop(held);
            let mut tally = self.tallies.remove(&index).unwrap_or_default();
            self.block(block, &mut tally);
            self.tallies.insert(index, tally);
            self.make_room()?;
        }
    }

    fn block(&mut self, block: &Block, tally: &mut Tally) {
        if let Some(line) = block.too_long {
            tally.sheet.reject(line, Reject::TooLong, None);
        }
        let is_text = std::str::from_utf8(&block.bytes).is_ok();
        let mut rest = block.bytes.as_slice();
        let mut number = block.line;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest);
            let line = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            rest = end.map_or(&[][..], |end| rest.get(end + 1..).unwrap_or_default());
            if line.trim_ascii().is_empty() {
                tally.sheet.blank += 1;
            } else if let Err((reason, byte)) = self.row(line, is_text, tally) {
                let cut = end.is_none() && block.unended && reason == Reject::NotJson;
                let reason = if cut { Reject::Truncated } else { reason };
                tally.sheet.reject(number, reason, byte);
            }
            number += 1;
        }
    }

    fn document(&mut self, index: usize, mut opened: Opened, work: &Mutex<Work>) -> io::Result<()> {
        let stream = opened.take_stream();
        let mut records = Records::new(stream, self.options.format.wrapper());
        let mut tally = self.tallies.remove(&index).unwrap_or_default();
        let mut number = 0;
        let failed = loop {
            number += 1;
            match records.next() {
                Ok(None) => break None,
                Ok(Some(record)) => {
                    let is_text = std::str::from_utf8(record).is_ok();
                    if let Err((reason, byte)) = self.row(record, is_text, &mut tally) {
                        tally.sheet.reject(number, reason, byte);
                    }
                    if number % 4_096 == 0 {
                        self.make_room()?;
                    }
                }
                Err(Stop::Io(error)) => break Some(error),
                Err(stop) => {
                    tally.sheet.defect = Some(told(&stop, number));
                    break None;
                }
            }
        };
        self.tallies.insert(index, tally);
        self.make_room()?;
        lock(work).end(index, opened, failed);
        Ok(())
    }

    /// Counts one row, or says why not and at which byte.
    fn row(
        &mut self,
        bytes: &[u8],
        is_text: bool,
        tally: &mut Tally,
    ) -> Result<(), (Reject, Option<usize>)> {
        if !is_text && let Err(error) = std::str::from_utf8(bytes) {
            return Err((Reject::NotUtf8, Some(error.valid_up_to())));
        }
        let mut values = [None; SLOTS];
        match json::read(bytes, self.shape, &mut values) {
            Ok(Value::Object(_)) => {}
            Ok(_) => return Err((Reject::NotAnObject, None)),
            Err(Defect::Syntax(at)) => return Err((Reject::NotJson, Some(at))),
            Err(Defect::TooDeep(at)) => return Err((Reject::TooDeep, Some(at))),
            Err(Defect::Duplicate(at)) => return Err((Reject::DuplicateMember, Some(at))),
        }
        self.judge(&values, tally).map_err(|reason| (reason, None))
    }

    /// Counts a row whose values were found.
    pub(super) fn judge(&mut self, values: &Values<'_>, tally: &mut Tally) -> Result<(), Reject> {
        let format = self.options.format;
        let head = format.head(values)?;
        if head.time > self.options.until {
            return Err(Reject::InTheFuture);
        }
        let time = head.time;
        if head.outcome == Outcome::Use {
            let Self {
                table,
                buffers,
                identity,
                ..
            } = self;
            let mut credits = 0;
            let mut long = false;
            let id = head.id.as_deref();
            format.credits(values, buffers, |principal, permission| {
                long |= principal.len() > MAX_NAME || permission.len() > MAX_NAME;
                if long {
                    return;
                }
                let event = id.map(|id| fingerprint(identity, [principal, permission, id], time));
                table.add(principal, permission, time, event);
                credits += 1;
            })?;
            if long {
                return Err(Reject::LongName);
            }
            let sheet = &mut tally.sheet;
            sheet.credits += credits;
            sheet.credits_with_id += if id.is_some() { credits } else { 0 };
        }
        tally.count(time, head.outcome);
        Ok(())
    }

    /// Sorts the groups into a file where memory has no room for the next block; whether that was so.
    pub(super) fn make_room(&mut self) -> io::Result<bool> {
        // Rows of a block, at the most that are worth a thought.
        const MORE: usize = 40_000;
        let bound = self.options.memory / self.options.threads.max(1);
        if self.table.room(MORE) <= bound {
            return Ok(false);
        }
        self.table.compact();
        let table = std::mem::take(&mut self.table);
        let file = (self.options.scratch)()?;
        let mut sorted = table.sorted();
        let writer = part::spill(BufWriter::with_capacity(1 << 20, file), &mut sorted)?;
        let mut file = writer
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.runs
            .push(part::spilled(BufReader::with_capacity(256 << 10, file)));
        Ok(true)
    }
}

/// What an event is known by: its id with whom it credits, with what, and when. A copy has the same; the last use never
/// depends on it.
pub(super) fn fingerprint(buffer: &mut Vec<u8>, parts: [&[u8]; 3], time: u32) -> u64 {
    buffer.clear();
    buffer.extend_from_slice(&time.to_le_bytes());
    for part in parts {
        buffer.extend_from_slice(&(part.len() as u64).to_le_bytes());
        buffer.extend_from_slice(part);
    }
    let [a, b, c, d, e, f, g, h, ..] = sha256(buffer);
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

fn told(stop: &Stop, number: u64) -> String {
    match stop {
        Stop::Io(error) => error.to_string(),
        Stop::Truncated => format!("it ends in or after record {}", number.saturating_sub(1)),
        Stop::Malformed(byte) => {
            format!("it is no array of records any more at byte {byte}, record {number}")
        }
        Stop::TooLong(byte) => format!("record {number}, at byte {byte}, is too long"),
    }
}
