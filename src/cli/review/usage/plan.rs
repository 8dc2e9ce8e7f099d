//! `countersign review usage plan`.

use clap::{Args as ClapArgs, ValueEnum};
use serde_json::{Value, json};

use super::Reading;
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::Paint;
use crate::kernel::crypto::{hex, sha256};
use crate::review::usage::{COLUMNS, Engine, Layout, Place, Plan, TimeColumn};

/// Print the SQL with which a warehouse counts the same
///
/// For a table with a row for each event. The result has five columns and beside the groups how many rows were read, failed and
/// rejected; save it as CSV with its header, whole, and take it back with `review usage import`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign review usage plan --engine athena --table audit.events --map principal=user --map permission=action \\
    --map time=ts --map outcome=result --success ok
  countersign review usage plan --engine duckdb --table logs --map principal=actor.email --map permission=action \\
    --map time=at --timestamp --map id=event_id --all-succeeded --format json
  countersign review usage plan --engine athena --log cloudtrail --table default.cloudtrail_logs
  countersign review usage plan --engine spark --log cloudtrail --table json:s3a://trail/AWSLogs/*/CloudTrail/*/*/*/*/

Exit codes: 0 printed, 2 cannot answer")]
pub(crate) struct Args {
    /// trino, athena, bigquery, clickhouse, snowflake, duckdb or spark
    #[arg(long, value_name = "ENGINE", value_parser = engine)]
    engine: Engine,
    /// The table, with dots between its names; for spark also files, as `json:` or `parquet:` and their path
    #[arg(long, value_name = "NAME")]
    table: Place,
    /// What the table holds: a table of CloudTrail has the columns that Athena's own statement gives it
    #[arg(long, value_enum, value_name = "KIND", default_value = "generic")]
    log: Kind,
    #[command(flatten)]
    reading: Reading,
    /// The time is a timestamp of the engine, no text; one without time zone is UTC
    #[arg(long, conflicts_with = "unit")]
    timestamp: bool,
    #[command(flatten)]
    clock: Clock,
}

/// Kinds of log that lie in warehouses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// AWS CloudTrail
    #[value(name = "cloudtrail")]
    CloudTrail,
    /// Any other, with --map
    Generic,
}

fn engine(text: &str) -> Result<Engine, String> {
    let mut all = Engine::ALL.into_iter();
    all.find(|engine| engine.name() == text).ok_or_else(|| {
        let names: Vec<&str> = Engine::ALL.into_iter().map(Engine::name).collect();
        format!("`{text}` is none of {}", names.join(", "))
    })
}

struct PlanView {
    engine: Engine,
    sql: String,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let now = args.clock.at.unwrap_or(env.now).unix();
    if args.engine != Engine::Spark && !matches!(args.table, Place::Table(_)) {
        let told = format!(
            "`{}` reads files through a table of its own",
            args.engine.name()
        );
        return Err(
            Failure::usage(told).hint("make an external table of them, and name it with `--table`")
        );
    }
    let plan = Plan {
        engine: args.engine,
        layout: layout(&args)?,
        from: args.table,
        until: super::count::until(now),
    };
    let sql = plan.sql();
    Ok(Outcome::view(PlanView {
        engine: args.engine,
        sql,
    }))
}

fn layout(args: &Args) -> Result<Layout, Failure> {
    if args.log == Kind::CloudTrail {
        if args.reading.is_given() || args.timestamp {
            return Err(Failure::usage(
                "`--map`, `--success`, `--all-succeeded`, `--unit` and `--timestamp` are about `--log generic`",
            ));
        }
        if !args.engine.knows_cloudtrail() {
            let told = format!(
                "no layout of a CloudTrail table is documented for `{}`",
                args.engine.name()
            );
            return Err(Failure::usage(told)
                .hint("make a view with a column for each of principal, permission, time and outcome, and give `--map`"));
        }
        return Ok(Layout::CloudTrail);
    }
    let mapping = args.reading.mapping()?;
    let time = match (args.timestamp, mapping.unit) {
        (true, _) => TimeColumn::Timestamp,
        (false, Some(unit)) => TimeColumn::Number(unit),
        (false, None) => TimeColumn::Text,
    };
    Ok(Layout::Mapped { mapping, time })
}

impl View for PlanView {
    fn human(&self, paint: &mut Paint) {
        for line in self.sql.lines() {
            paint.line(line);
        }
    }

    fn json(&self) -> Value {
        let columns = COLUMNS.map(|(name, meaning)| json!({ "name": name, "meaning": meaning }));
        json!({
            "schema": "countersign/usage-plan/v1",
            "engine": self.engine.name(),
            "sql": self.sql,
            "sql_sha256": hex(&sha256(self.sql.as_bytes())),
            "columns": columns,
        })
    }
}
