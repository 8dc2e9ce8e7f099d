//! Counting: logs and parts become one part, a table or a summary.

use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Args;
use super::inputs::{self, Inputs, Known};
use super::view::UsageView;
use crate::cli::args::Format;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome, Writer};
use crate::kernel::fs::{self, Privacy, Replace};
use crate::kernel::report::csv;
use crate::kernel::time::Timestamp;
use crate::review::usage::{self, Counted, Ledger, Merge, Options, Part, Row, Run, Watched};

/// How far ahead of ours the clock of a log may be, in seconds.
const AHEAD: i64 = 300;

/// The last second that is not in the future.
pub(super) fn until(now: i64) -> u32 {
    u32::try_from(now.saturating_add(AHEAD)).unwrap_or(u32::MAX)
}

pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let format = args.format()?;
    let mut inputs = inputs::open(env, &args.files)?;
    let kept = kept(args.into.as_deref())?;
    let left_out = inputs.leave_out_known(kept.as_ref().map(|part| &part.ledger))?;
    for known in &left_out {
        env.note(&format!(
            "`{}` is counted already, as `{}`",
            known.name, known.as_name
        ));
    }
    let counted = count(env, args, format.as_ref(), &mut inputs)?;
    let (mut ledger, merge) = united(args, format.as_ref(), kept, inputs, counted)?;
    if ledger.total(|sheet| sheet.rows) == 0 && ledger.is_complete() {
        return Err(Failure::new(Kind::Nothing, "no log holds a row"));
    }
    ledger.events_kept &= !args.forget_events;
    let conclusion = Conclusion {
        into: args.into.as_deref(),
        show: args.show,
        allow_gaps: args.allow_gaps,
        now: args.clock.at.unwrap_or(env.now),
        left_out,
    };
    conclude(env, conclusion, ledger, merge)
}

/// How a count ends.
pub(super) struct Conclusion<'a> {
    pub(super) into: Option<&'a Path>,
    pub(super) show: usize,
    pub(super) allow_gaps: bool,
    pub(super) now: Timestamp,
    pub(super) left_out: Vec<Known>,
}

/// Adds the result of a query to what is kept, and concludes.
pub(super) fn add(
    env: &Env,
    conclusion: Conclusion<'_>,
    mut ledger: Ledger,
    rows: Box<dyn Run>,
) -> Result<Outcome, Failure> {
    let failed = |error: io::Error| Failure::input(fs::describe(&error));
    let mut runs = vec![rows];
    if let Some(part) = kept(conclusion.into)? {
        let mut known = ledger.sources.iter();
        if let Some(known) = known.find(|sheet| part.ledger.knows(&sheet.sha256).is_some()) {
            let told = format!("`{}` is counted already", known.name);
            return Err(Failure::input(told));
        }
        let new = std::mem::replace(&mut ledger, part.ledger.clone());
        ledger
            .add(new)
            .map_err(|error| Failure::input(format!("cannot add this result: {error}")))?;
        runs.push(Box::new(part.rows().map_err(failed)?));
    }
    ledger.tool = env!("CARGO_PKG_VERSION").to_owned();
    let merge = Merge::new(runs).map_err(failed)?;
    conclude(env, conclusion, ledger, merge)
}

/// Merges the groups, keeps and shows them.
pub(super) fn conclude(
    env: &Env,
    conclusion: Conclusion<'_>,
    mut ledger: Ledger,
    mut merge: Merge,
) -> Result<Outcome, Failure> {
    let mut watched = Watched::new(&mut merge, conclusion.show);
    let csv = env.global.format.or(env.settings.format()) == Some(Format::Csv);
    let failed = |error: io::Error| {
        Failure::new(
            Kind::Output,
            format!("cannot merge the groups: {}", fs::describe(&error)),
        )
    };
    let mut spooled = None;
    match (conclusion.into, csv) {
        (Some(path), _) => {
            let write = |out: &mut dyn io::Write| usage::write(out, &mut watched, &mut ledger);
            fs::stage_with(path, Privacy::Private, Replace::Always, write)?.commit()?;
            spooled = csv.then(|| std::fs::File::open(path));
        }
        (None, true) => {
            let mut file = inputs::scratch(env.scratch_directory(), usize::MAX).map_err(failed)?;
            usage::write(&mut file, &mut watched, &mut ledger).map_err(failed)?;
            spooled = Some(Ok(file));
        }
        (None, false) => {
            usage::write(&mut io::sink(), &mut watched, &mut ledger).map_err(failed)?;
        }
    }
    let (unused, principals) = watched.finish();
    let exit = match ledger.is_complete() || conclusion.allow_gaps {
        true => ExitCode::Yes,
        false => ExitCode::CannotAnswer,
    };
    let view = UsageView {
        ledger,
        part: conclusion.into.map(|path| path.display().to_string()),
        principals,
        unused,
        left_out: conclusion.left_out,
        now: conclusion.now,
    };
    for loss in view.losses() {
        env.warn(&loss);
    }
    let outcome = match spooled {
        None => Outcome::view(view),
        Some(file) => Outcome::done(Body::Streamed(table(file.map_err(failed)?)?)),
    };
    Ok(Outcome { exit, ..outcome })
}

/// The part that is there already.
pub(super) fn kept(path: Option<&Path>) -> Result<Option<Part<std::fs::File>>, Failure> {
    let Some(path) = path.filter(|path| path.symlink_metadata().is_ok()) else {
        return Ok(None);
    };
    let file = std::fs::File::open(path).map_err(|source| fs::FileError::Read {
        path: path.to_owned(),
        source,
    })?;
    inputs::part(path, file).map(Some)
}

/// Counts the logs; none is counted where all are known.
fn count(
    env: &Env,
    args: &Args,
    format: Option<&usage::Format>,
    inputs: &mut Inputs,
) -> Result<Counted, Failure> {
    let logs = std::mem::take(&mut inputs.logs);
    if logs.is_empty() {
        return Ok(Counted {
            sources: Vec::new(),
            runs: Vec::new(),
            spilled: 0,
        });
    }
    let Some(format) = format else {
        let first = logs.first().map_or("", |log| log.input.name.as_str());
        let message = format!("what kind of log `{first}` is was not said");
        let kinds = usage::Format::NAMES.join("|");
        return Err(Failure::usage(message).hint(format!("add `--log {kinds}`")));
    };
    let now = args.clock.at.unwrap_or(env.now).unix();
    let available = || std::thread::available_parallelism().map_or(1, usize::from);
    let number = AtomicUsize::new(0);
    let scratch = || {
        inputs::scratch(
            env.scratch_directory(),
            number.fetch_add(1, Ordering::Relaxed),
        )
    };
    let options = Options {
        format,
        until: until(now),
        threads: args
            .threads
            .map_or_else(available, |count| usize::from(count.get())),
        memory: args.memory,
        scratch: &scratch,
    };
    let counted = usage::fold(logs.into_iter().map(|log| log.input).collect(), options)
        .map_err(|error| Failure::input(error.to_string()))?;
    if counted.spilled > 0 {
        env.note(&format!(
            "the groups were sorted into {} files beside memory",
            counted.spilled
        ));
    }
    Ok(counted)
}

/// What was kept, the parts that were named and what was counted now, as one.
fn united(
    args: &Args,
    format: Option<&usage::Format>,
    kept: Option<Part<std::fs::File>>,
    inputs: Inputs,
    counted: Counted,
) -> Result<(Ledger, Merge), Failure> {
    let failed = |error: io::Error| Failure::input(fs::describe(&error));
    let mut runs = counted.runs;
    let mut ledger: Option<Ledger> = None;
    let kept = kept.map(|part| ("the part kept so far".to_owned(), part));
    for (name, part) in kept.into_iter().chain(inputs.parts) {
        match &mut ledger {
            None => ledger = Some(part.ledger.clone()),
            Some(ledger) => ledger
                .add(part.ledger.clone())
                .map_err(|error| Failure::input(format!("cannot add `{name}`: {error}")))?,
        }
        runs.push(Box::new(part.rows().map_err(failed)?));
    }
    if let (Some(ledger), Some(system)) = (&ledger, &args.system)
        && ledger.system != *system
    {
        let told = format!("the part is about `{}`, not `{system}`", ledger.system);
        return Err(Failure::usage(told));
    }
    if let Some(format) = format.filter(|_| !counted.sources.is_empty()) {
        let system = args.system.clone();
        let before = ledger.as_ref().map(|ledger| ledger.system.clone());
        let new = Ledger {
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            system: system
                .or(before)
                .unwrap_or_else(|| format.system().to_owned()),
            format: format.name().to_owned(),
            mapping: match format {
                usage::Format::Generic(mapping) => Some(mapping.describe()),
                _ => None,
            },
            sources: Vec::new(),
            groups: 0,
            uses: 0,
            events_kept: true,
        };
        let ledger = ledger.get_or_insert_with(|| new.clone());
        if let Some(known) = counted
            .sources
            .iter()
            .find(|s| ledger.knows(&s.sha256).is_some())
        {
            return Err(Failure::input(format!(
                "`{}` is counted already",
                known.name
            )));
        }
        ledger
            .add(Ledger {
                sources: counted.sources,
                ..new
            })
            .map_err(|error| Failure::input(format!("cannot add these logs: {error}")))?;
    }
    let Some(mut ledger) = ledger else {
        return Err(Failure::new(Kind::Nothing, "no log was named"));
    };
    ledger.tool = env!("CARGO_PKG_VERSION").to_owned();
    Ok((ledger, Merge::new(runs).map_err(failed)?))
}

/// All groups as CSV.
fn table(file: std::fs::File) -> Result<Writer, Failure> {
    let part = Part::open(file).map_err(|error| Failure::input(error.to_string()))?;
    let system = part.ledger.system.clone();
    let mut rows = part
        .rows()
        .map_err(|error| Failure::input(fs::describe(&error)))?;
    Ok(Box::new(move |out| {
        let header = ["system", "principal", "permission", "last_used", "count"];
        let mut writer = csv::Writer::new(out, &header)?;
        let mut row = Row::default();
        while rows.next(&mut row)? {
            let last = Timestamp::from_unix(i64::from(row.last));
            writer.row(&[
                system.as_str(),
                &String::from_utf8_lossy(&row.principal),
                &String::from_utf8_lossy(&row.permission),
                &last.map(|time| time.to_string()).unwrap_or_default(),
                &row.count().to_string(),
            ])?;
        }
        writer.finish()
    }))
}
