//! `countersign review usage`.

mod count;
mod engine;
mod import;
pub(super) mod inputs;
mod plan;
mod view;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use crate::cli::args::{Clock, Format};
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::Outcome;
use crate::review::usage::{Mapping, Path, Unit};

/// Count who used which permission, when last and how often, in audit logs of any size
///
/// Reads NDJSON and JSON arrays, plain, gzip or zstd, and Parquet; a directory stands for all files in it. Successes alone are uses. Rows
/// that cannot be used are listed, counted, and make the run end with 2. What is kept with `--into` says which logs it has
/// seen and over which time they reach: outside of that, absence proves nothing.
#[derive(Debug, ClapArgs)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_long_help = "Kinds of log and what they credit:
  cloudtrail  the role of a session, else the user; `s3:GetObject`; no event with an error
  okta        the actor; `app:` and the app among the targets, else the event type; SUCCESS and ALLOW
  entra       the user or service principal of a sign-in; `app:` and the application; error code 0
  kubernetes  the user, or the impersonated one beside the user's `impersonate`; `get pods/log@web`; status below 400
  generic     what --map says; a time is RFC 3339, or a number in --unit
Parquet is read as cloudtrail or generic; its timestamps are times, those without a time zone in UTC.
Where one machine ends, a build with the feature `spark` has Apache Spark count: --engine and --from, cloudtrail or generic.

Examples:
  countersign review usage --log cloudtrail --into aws.usage fixtures/acme/logs/cloudtrail
  countersign review usage --log generic --map principal=user --map permission=action --map time=ts --map outcome=result \\
    --success ok fixtures/acme/logs/payroll.ndjson
  countersign review usage --engine sc://spark.example:15002 --from s3a://logs/2026/events.parquet --log generic \\
    --map principal=user --map permission=action --map time=ts --all-succeeded --into payroll.usage

Exit codes: 0 counted, 2 cannot answer or rows that could not be used, 3 no row")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// Logs, directories of logs, or parts that earlier runs kept; `-` is standard input
    #[arg(required_unless_present = "engine", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What kind of logs they are; not needed for parts alone
    #[arg(long, value_enum, value_name = "KIND")]
    log: Option<Kind>,
    /// Keep the result here, added to what is there already
    #[arg(long, value_name = "PART")]
    into: Option<PathBuf>,
    /// What the permissions are of, such as `aws` or `payroll`, unless the kind of log says it
    #[arg(long, value_name = "NAME")]
    system: Option<String>,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    remote: engine::Remote,
    /// Keep no ids of events: a part is smaller, and copies of events are noticed within one run only
    #[arg(long, requires = "into", conflicts_with = "engine")]
    forget_events: bool,
    /// How much memory the groups may take before they are sorted into files
    #[arg(long, value_name = "SIZE", default_value = "768MiB", value_parser = size)]
    memory: usize,
    /// How many threads to use, instead of one for each processor
    #[arg(long, value_name = "COUNT", conflicts_with = "engine")]
    threads: Option<std::num::NonZeroU16>,
    /// How many of the longest unused permissions to show
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    show: usize,
    /// End with 0 though rows could not be used; they are listed all the same
    #[arg(long)]
    allow_gaps: bool,
    #[command(flatten)]
    clock: Clock,
}

/// Verbs beside counting.
#[derive(Debug, Subcommand)]
enum Verb {
    // No doc comments: they would take the place of those on `Args`, which are the help.
    Plan(plan::Args),
    Import(import::Args),
}

/// How a row of any log is read.
#[derive(Debug, ClapArgs)]
struct Reading {
    /// Which member is the `principal`, `permission`, `time`, `id` or `outcome`, such as `principal=actor.email`
    #[arg(long, value_name = "WHAT=MEMBER", value_parser = mapped)]
    map: Vec<(Member, Path)>,
    /// A value of the outcome that means success
    #[arg(long, value_name = "VALUE")]
    success: Vec<String>,
    /// There is no outcome: every row is a success
    #[arg(long, conflicts_with = "success")]
    all_succeeded: bool,
    /// The unit of times that are numbers
    #[arg(long, value_name = "UNIT", value_parser = unit)]
    unit: Option<Unit>,
}

/// Kinds of log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// AWS CloudTrail
    #[value(name = "cloudtrail")]
    CloudTrail,
    /// The system log of Okta
    Okta,
    /// Sign-ins of Microsoft Entra
    Entra,
    /// The audit log of Kubernetes
    Kubernetes,
    /// Any other, with --map
    Generic,
}

/// What a member can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    Principal,
    Permission,
    Time,
    Id,
    Outcome,
}

fn mapped(text: &str) -> Result<(Member, Path), String> {
    let (name, path) = text
        .split_once('=')
        .ok_or("write `principal=actor.email`")?;
    let member = match name {
        "principal" => Member::Principal,
        "permission" => Member::Permission,
        "time" => Member::Time,
        "id" => Member::Id,
        "outcome" => Member::Outcome,
        _ => {
            return Err(format!(
                "`{name}` is none of principal, permission, time, id, outcome"
            ));
        }
    };
    let path = path.parse::<Path>().map_err(|error| error.to_string())?;
    Ok((member, path))
}

fn unit(text: &str) -> Result<Unit, String> {
    let mut all = Unit::ALL.into_iter();
    all.find(|unit| unit.name() == text)
        .ok_or_else(|| format!("`{text}` is none of s, ms, us, ns"))
}

fn size(text: &str) -> Result<usize, String> {
    let refuse = || format!("`{text}` is no size, such as `768MiB` or `2GiB`");
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let shift = match unit {
        "KiB" => 10,
        "MiB" => 20,
        "GiB" => 30,
        _ => return Err(refuse()),
    };
    let number: usize = number.parse().map_err(|_| refuse())?;
    number.checked_mul(1 << shift).ok_or_else(refuse)
}

impl Args {
    /// The formats its result can be written in.
    pub(super) fn formats(&self) -> &'static [Format] {
        match self.verb {
            None => &[Format::Human, Format::Json, Format::Csv],
            Some(_) => Format::ANSWER,
        }
    }

    /// What the rows mean.
    fn format(&self) -> Result<Option<crate::review::usage::Format>, Failure> {
        use crate::review::usage::Format as Log;
        let fixed = match self.log {
            None => None,
            Some(Kind::CloudTrail) => Some(Log::CloudTrail),
            Some(Kind::Okta) => Some(Log::Okta),
            Some(Kind::Entra) => Some(Log::Entra),
            Some(Kind::Kubernetes) => Some(Log::Kubernetes),
            Some(Kind::Generic) => return Ok(Some(Log::Generic(self.reading.mapping()?))),
        };
        if self.reading.is_given() {
            return Err(Failure::usage(
                "`--map`, `--success`, `--all-succeeded` and `--unit` are about `--log generic`",
            ));
        }
        Ok(fixed)
    }
}

impl Reading {
    /// Whether anything is said.
    fn is_given(&self) -> bool {
        !self.map.is_empty()
            || !self.success.is_empty()
            || self.all_succeeded
            || self.unit.is_some()
    }

    fn mapping(&self) -> Result<Mapping, Failure> {
        let one = |member: Member| -> Result<Option<Path>, Failure> {
            let mut found = self.map.iter().filter(|(of, _)| *of == member);
            let first = found.next().map(|(_, path)| path.clone());
            match found.next() {
                Some(_) => Err(Failure::usage("`--map` names the same thing twice")),
                None => Ok(first),
            }
        };
        let needed = |member: Member, name: &str| {
            one(member)?
                .ok_or_else(|| Failure::usage(format!("`--map {name}=MEMBER` is needed here")))
        };
        let outcome = match (one(Member::Outcome)?, self.success.is_empty()) {
            (Some(path), false) => Some((path, self.success.clone())),
            (None, true) if self.all_succeeded => None,
            _ => {
                return Err(Failure::usage("it is not said which rows are successes").hint(
                    "give `--map outcome=MEMBER --success VALUE`, or `--all-succeeded` if the log holds nothing else",
                ));
            }
        };
        let mapping = Mapping {
            principal: needed(Member::Principal, "principal")?,
            permission: needed(Member::Permission, "permission")?,
            time: needed(Member::Time, "time")?,
            id: one(Member::Id)?,
            outcome,
            unit: self.unit,
        };
        if mapping.repeats() {
            return Err(Failure::usage("two of the mapped members are one"));
        }
        Ok(mapping)
    }
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    match args.verb {
        None => match &args.remote.engine {
            None => count::run(env, &args),
            Some(engine) => engine::run(env, &args, engine),
        },
        Some(Verb::Plan(args)) => plan::run(env, args),
        Some(Verb::Import(args)) => import::run(env, args),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_a_unit_and_members_a_name() {
        assert_eq!(size("3MiB"), Ok(3 << 20));
        for wrong in ["3", "MiB", "3MB", "-1MiB", "99999999999999GiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
        assert!(mapped("principal=a.b").is_ok());
        assert!(mapped("who=a").is_err() && mapped("principal").is_err() && mapped("id=").is_err());
    }
}
