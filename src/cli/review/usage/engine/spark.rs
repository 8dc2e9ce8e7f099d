//! Counting by Spark: the statement of `review usage plan`, run, and its result taken back like any other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use super::super::count::{self, Conclusion};
use super::super::{Args, Kind as Log, inputs};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::Outcome;
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::spark::{Address, Batch, Session, SparkError};
use crate::review::usage::{
    Answer, Engine, Format, HEADER, Layout, Ledger, LogSheet, Place, Plan, Taken, TimeColumn,
};

/// What Spark's own client would send without being asked.
const TOKEN_VARIABLE: &str = "SPARK_CONNECT_AUTHENTICATE_TOKEN";

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args, engine: &str) -> Result<Outcome, Failure> {
    let (address, format) = (address(env, args, engine)?, format(args)?);
    let from = args.remote.from.clone();
    let from = from.ok_or_else(|| Failure::usage("`--from` is needed"))?;
    let now = args.clock.at.unwrap_or(env.now);
    let plan = Plan {
        engine: Engine::Spark,
        from,
        layout: match &format {
            Format::Generic(mapping) => Layout::Mapped {
                mapping: mapping.clone(),
                time: mapping.unit.map_or(TimeColumn::Text, TimeColumn::Number),
            },
            _ => Layout::CloudTrail,
        },
        until: count::until(now.unix()),
    };
    let name = plan.from.to_string();
    let (answer, sql) = counted(env, args, &address, plan)?;
    if answer.sheet.rows == 0 {
        return Err(Failure::new(
            Kind::Nothing,
            format!("`{name}` holds no row"),
        ));
    }
    let system = args.system.clone();
    let ledger = Ledger {
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        system: system.unwrap_or_else(|| format.system().to_owned()),
        format: format.name().to_owned(),
        mapping: match &format {
            Format::Generic(mapping) => Some(mapping.describe()),
            _ => None,
        },
        sources: vec![LogSheet {
            name,
            query_sha256: Some(hex(&sha256(sql.as_bytes()))),
            ..answer.sheet
        }],
        groups: 0,
        uses: 0,
        events_kept: true,
    };
    let conclusion = Conclusion {
        into: args.into.as_deref(),
        show: args.show,
        allow_gaps: args.allow_gaps,
        now,
        left_out: Vec::new(),
    };
    count::add(env, conclusion, ledger, answer.rows)
}

fn address(env: &Env, args: &Args, engine: &str) -> Result<Address, Failure> {
    let address: Address =
        engine
            .parse()
            .map_err(|error: crate::kernel::spark::AddressError| {
                // A URL may hold what nobody should see again.
                let told = Failure::usage("`--engine` is no address of a Spark Connect server")
                    .cause(error);
                told.hint("write `sc://HOST:PORT`, or `sc://HOST:PORT/;use_ssl=true`")
                    .hint("a token is named with `--engine-token env:NAME`")
            })?;
    if args.remote.engine_token.is_none() && env.is_set(TOKEN_VARIABLE) {
        let told = format!(
            "the environment variable `{TOKEN_VARIABLE}` is set, and nobody said that it be sent"
        );
        return Err(Failure::usage(told).hint(format!(
            "add `--engine-token env:{TOKEN_VARIABLE}`, or unset it"
        )));
    }
    if !address.tls() && !address.is_loopback() {
        env.note(&format!(
            "what `{}` counts goes over the network in the clear",
            address.endpoint()
        ));
    }
    Ok(address)
}

fn format(args: &Args) -> Result<Format, Failure> {
    match (args.log, args.format()?) {
        (Some(Log::CloudTrail | Log::Generic), Some(format)) => Ok(format),
        (None, _) => Err(Failure::usage("what kind of log it is was not said")
            .hint("add `--log cloudtrail|generic`")),
        _ => Err(Failure::usage("Spark reads `cloudtrail` and `generic`")
            .hint("give `--log generic` and `--map`")),
    }
}

/// Connects, asks for the types of the columns, and counts.
fn counted(
    env: &Env,
    args: &Args,
    address: &Address,
    mut plan: Plan,
) -> Result<(Answer, String), Failure> {
    let token = args.remote.engine_token.as_ref();
    let token = token
        .map(|token| env.secret(token, "the token of Spark Connect"))
        .transpose()?;
    let interrupt = Interrupt::new()?;
    let (stop, until) = (
        Arc::clone(&interrupt.stop),
        Instant::now() + args.remote.engine_timeout,
    );
    let watch = move || match stop.load(Ordering::SeqCst) {
        true => Err(SparkError::Stopped),
        false if Instant::now() >= until => Err(SparkError::TooSlow),
        false => Ok(()),
    };
    let place = plan.from.to_string();
    let failed = |error: SparkError| failure(error, address, &place);
    let count = || {
        let session = Session::open(address, token.as_ref(), Box::new(watch)).map_err(failed)?;
        if let (Place::Json(_), Layout::Mapped { .. }) = (&plan.from, &plan.layout) {
            // Members of JSON whose names differ in their capitals differ.
            let exactly = session.set("spark.sql.caseSensitive", "true");
            exactly.map_err(failed)?;
        }
        for (column, kind) in types(&session, &plan).map_err(failed)? {
            plan.typed(&column, &kind).map_err(|error| {
                let told = format!("Spark would not count `{place}` as it is counted here");
                Failure::input(told).cause(error)
            })?;
        }
        let sql = plan.sql();
        let taken = take(env, args, &session, &sql).map_err(failed)?;
        Ok((taken?, sql))
    };
    let result = count();
    interrupt.end();
    result
}

/// The columns that the statement reads, and their types.
fn types(session: &Session, plan: &Plan) -> Result<Vec<(String, String)>, SparkError> {
    let mut types = Vec::new();
    if let Some(sql) = plan.types() {
        session.run(&sql, &mut |batch| {
            for row in 0..batch.rows() {
                let cell = |column| batch.text(column, row).map(str::to_owned);
                let pair = cell(0).zip(cell(1));
                types.push(pair.ok_or("a column without name or type")?);
            }
            Ok(())
        })?;
    }
    Ok(types)
}

/// Runs the statement, and holds the result against its own totals.
fn take(
    env: &Env,
    args: &Args,
    session: &Session,
    sql: &str,
) -> Result<Result<Answer, Failure>, SparkError> {
    let number = AtomicUsize::new(0);
    let directory = env.scratch_directory();
    let scratch = || inputs::scratch(directory, number.fetch_add(1, Ordering::Relaxed));
    let mut taken = Taken::new(args.memory, &scratch);
    session.run(sql, &mut |batch| {
        if batch.names() != HEADER {
            return Err(format!("its columns are {}", batch.names().join(", ")));
        }
        (0..batch.rows()).try_for_each(|row| group(&mut taken, batch, row))
    })?;
    let answer = taken.finish();
    Ok(answer.map_err(|error| {
        let told = "the result of Spark does not hold";
        Failure::input(told).cause(error)
    }))
}

fn group(taken: &mut Taken<'_>, batch: &Batch, row: usize) -> Result<(), String> {
    let text = |column| batch.text(column, row).ok_or("a cell without text");
    let number = |column| batch.integer(column, row).ok_or("a cell without number");
    let (at, n) = (number(3)?, number(4)?);
    let at = u32::try_from(at).map_err(|_| format!("`{at}` is no time in seconds"))?;
    let n = u64::try_from(n).map_err(|_| format!("`{n}` is no count"))?;
    taken.row(text(0)?, [text(1)?, text(2)?], at, n)
}

/// What to tell, and what to do about it.
fn failure(error: SparkError, address: &Address, place: &str) -> Failure {
    let network = |error: SparkError| Failure::new(Kind::Network, error.to_string());
    let cut = format!("`{}` did not finish counting `{place}`", address.endpoint());
    match error {
        SparkError::Unreachable { .. } => network(error)
            .hint("Spark's `sbin/start-connect-server.sh` starts a server, on port 15002 unless told otherwise"),
        SparkError::InTheClear => Failure::usage(error.to_string()).hint("end the URL with `/;use_ssl=true`"),
        SparkError::Token => Failure::new(Kind::Secret, error.to_string()),
        SparkError::Denied(_) => network(error).hint("name the token with `--engine-token env:NAME`"),
        SparkError::TooSlow => network(error).context(cut).hint("give it longer with `--engine-timeout`"),
        SparkError::Lost(Some(why)) => network(SparkError::Lost(None)).cause(why).context(cut),
        SparkError::Lost(None) | SparkError::SessionOver(_) | SparkError::Stopped => network(error).context(cut),
        SparkError::Version(_) => Failure::new(Kind::Network, error.to_string()),
        SparkError::Answer(_) => Failure::input(error.to_string()),
        SparkError::Statement { class, message } => {
            let told = Failure::input(format!("Spark cannot count `{place}`")).cause(message);
            match class.split('.').next().unwrap_or_default() {
                "TABLE_OR_VIEW_NOT_FOUND" => told.hint("name it as `SHOW TABLES` does, or files as `json:PATH` or `parquet:PATH`"),
                "PATH_NOT_FOUND" => told.hint("the path is one that Spark's workers reach, not this machine"),
                "UNRESOLVED_COLUMN" | "FIELD_NOT_FOUND" | "INVALID_EXTRACT_BASE_FIELD_TYPE" => {
                    told.hint("`--map` names columns, and members of structs, as the table has them")
                }
                _ => told,
            }
        }
    }
}

/// Ctrl-C, until the cluster is told to stop: then it ends the process as it always does.
struct Interrupt {
    stop: Arc<AtomicBool>,
    signal: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
}

impl Interrupt {
    fn new() -> Result<Self, Failure> {
        let interrupt = Self {
            stop: Arc::default(),
            signal: Arc::default(),
            over: Arc::default(),
        };
        for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
            interrupt.register(signal).map_err(|error| {
                Failure::new(Kind::Network, format!("cannot wait for Ctrl-C: {error}"))
            })?;
        }
        Ok(interrupt)
    }

    fn register(&self, signal: i32) -> std::io::Result<()> {
        use signal_hook::flag;
        flag::register_conditional_default(signal, Arc::clone(&self.over))?;
        let number = usize::try_from(signal).unwrap_or_default();
        flag::register_usize(signal, Arc::clone(&self.signal), number)?;
        flag::register(signal, Arc::clone(&self.stop)).map(drop)
    }

    fn end(&self) {
        self.over.store(true, Ordering::SeqCst);
        if self.stop.load(Ordering::SeqCst) {
            let signal = i32::try_from(self.signal.load(Ordering::SeqCst));
            let _ended =
                signal_hook::low_level::raise(signal.unwrap_or(signal_hook::consts::SIGINT));
        }
    }
}
