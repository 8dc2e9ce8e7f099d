//! `countersign review run`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args as ClapArgs;
use serde_json::Value;

use crate::cli::args::{Clock, Format, Gate};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, NewFile, Outcome, View};
use crate::cli::paint::Paint;
use crate::kernel::finding::Severity;
use crate::kernel::fs::{self, FileError, Privacy, Replace};
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::parse_duration;
use crate::review::{self, Options, Reason, Review, report};

/// Join an HR roster with a list of grants and judge the risks
///
/// Both are CSV. Reports accounts that belong to nobody, leavers with access, privileged accounts without a second
/// factor, dormant accounts and old keys. What an export does not say is reported
/// as not evaluable and never passes. Rows that cannot be used are listed and make the run end with 2.
#[derive(Debug, ClapArgs)]
#[command(
    after_long_help = "Columns, found whatever their case, spaces and underscores, under these and other usual names:
  roster  employee_id or email; name, department, title, manager_id, manager_email, manager, status, start_date, end_date
  grants  system, account, entitlement; account_email, employee_id, kind, owner, privileged, mfa, enabled, granted_at,
          last_used, key_created, key_last_rotated
Times are RFC 3339 or YYYY-MM-DD; UTF-8; delimited by comma, semicolon, tab or bar.

Examples:
  countersign review run --hr hr.csv --grants grants.csv
  countersign review run --hr hr.csv --grants grants.csv --out review-2026-q4 --usage-window 180d

Exit codes: 0 clean, 1 gaps or findings from --fail-on (medium unless given) on, 2 cannot answer or rows that could not be used, 3 nothing to review"
)]
pub(crate) struct Args {
    /// The HR roster, a CSV file or `-`
    #[arg(long, value_name = "FILE")]
    hr: PathBuf,
    /// The grants, a CSV file or `-`
    #[arg(long, value_name = "FILE")]
    grants: PathBuf,
    /// Also write report.html, findings.csv, population.csv and review.json into this directory
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace files of an earlier review in the directory
    #[arg(long, requires = "out")]
    force: bool,
    /// An account that was not used for longer is dormant
    #[arg(long, value_name = "DURATION", default_value = "90d", value_parser = duration)]
    dormant_after: Duration,
    /// A key that was not changed for longer is too old
    #[arg(long, value_name = "DURATION", default_value = "90d", value_parser = duration)]
    key_max_age: Duration,
    /// How far back the log behind `last_used` reaches; without it an empty cell proves nothing
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    usage_window: Option<Duration>,
    /// Let accounts that a rule could not judge pass; they are listed all the same
    #[arg(long)]
    allow_gaps: bool,
    #[command(flatten)]
    gate: Gate,
    #[command(flatten)]
    clock: Clock,
}

fn duration(text: &str) -> Result<Duration, String> {
    parse_duration(text).map_err(|error| error.to_string())
}

struct ReviewView {
    review: Review,
    version: &'static str,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let hr = env.source(&args.hr)?;
    let grants = env.source(&args.grants)?;
    let options = Options {
        dormant_after: args.dormant_after,
        key_max_age: args.key_max_age,
        usage_window: args.usage_window,
    };
    let review = review::run(&hr, &grants, options, args.clock.at.unwrap_or(env.now))?;
    for loss in review.losses() {
        env.warn(&loss);
    }
    let version = env.style().version;
    let files = match &args.out {
        Some(directory) => files(&review, version, directory, args.force)?,
        None => Vec::new(),
    };
    let verdict = verdict(&review, &args);
    let exit = match verdict.decision {
        Decision::Yes => ExitCode::Yes,
        Decision::No if args.gate.exit_zero => ExitCode::Yes,
        Decision::No => ExitCode::No,
        Decision::Unknown => ExitCode::CannotAnswer,
    };
    Ok(Outcome {
        exit,
        body: body(env, review, version)?,
        verdicts: vec![verdict],
        files,
    })
}

/// Rows that could not be used leave the answer unknown; findings and gaps make it no.
fn verdict(review: &Review, args: &Args) -> Verdict {
    let digests: Vec<&str> = review
        .sources
        .iter()
        .map(|sheet| sheet.sha256.as_str())
        .collect();
    let names: Vec<&str> = review
        .sources
        .iter()
        .map(|sheet| sheet.name.as_str())
        .collect();
    // Several inputs: the digest is that of their digests in hexadecimal, a line each.
    let mut verdict = Verdict::new("review.run", names.join(" "), digests.join("\n").as_bytes());
    let fail_on = args.gate.fail_on.unwrap_or(Severity::Medium);
    let mut reasons: Vec<&str> = Vec::new();
    for finding in review.assessment.findings.iter() {
        if finding.severity >= fail_on && !reasons.contains(&finding.rule.id) {
            reasons.push(finding.rule.id);
        }
    }
    if !args.allow_gaps && !review.assessment.not_evaluable.is_empty() {
        reasons.push(Reason::NotEvaluable.code());
    }
    verdict.decision = match (review.is_complete(), reasons.is_empty()) {
        (false, _) => Decision::Unknown,
        (true, true) => Decision::Yes,
        (true, false) => Decision::No,
    };
    if !review.is_complete() {
        reasons.insert(0, Reason::SourceIncomplete.code());
    }
    verdict.reasons = reasons.into_iter().map(str::to_owned).collect();
    verdict
}

/// The files of the report. They hold who may do what and are for their owner's eyes; none is written over another
/// review's unless that is asked for, and a directory that holds one of them is refused before any is written.
fn files(
    review: &Review,
    version: &'static str,
    directory: &Path,
    force: bool,
) -> Result<Vec<NewFile>, Failure> {
    let failed = |error: std::io::Error| Failure::new(Kind::Output, fs::describe(&error));
    let mut findings = Vec::new();
    report::findings_csv(review, &mut findings).map_err(failed)?;
    let mut population = Vec::new();
    report::population_csv(review, &mut population).map_err(failed)?;
    let all = [
        ("report.html", report::html(review, version).into_bytes()),
        ("findings.csv", findings),
        ("population.csv", population),
        ("review.json", pretty(&report::json(review, version))?),
    ];
    let mut files = Vec::with_capacity(all.len());
    for (name, bytes) in all {
        let path = directory.join(name);
        if !force && path.symlink_metadata().is_ok() {
            return Err(FileError::Exists(path).into());
        }
        let replace = if force {
            Replace::Always
        } else {
            Replace::Never
        };
        files.push(NewFile {
            path,
            bytes: bytes.into(),
            privacy: Privacy::Private,
            replace,
        });
    }
    fs::create_private_dir(directory)?;
    Ok(files)
}

fn body(env: &Env, review: Review, version: &'static str) -> Result<Body, Failure> {
    let format = env.global.format.or(env.settings.format());
    if format == Some(Format::Csv) {
        let mut bytes = Vec::new();
        report::findings_csv(&review, &mut bytes)
            .map_err(|error| Failure::new(Kind::Output, fs::describe(&error)))?;
        return Ok(Body::Bytes(bytes));
    }
    Ok(Body::View(Box::new(ReviewView { review, version })))
}

fn pretty(value: &Value) -> Result<Vec<u8>, Failure> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| Failure::new(Kind::Output, error.to_string()))?;
    text.push(b'\n');
    Ok(text)
}

impl View for ReviewView {
    fn human(&self, paint: &mut Paint) {
        // The table has made every text of the exports safe.
        paint.raw(&report::table(&self.review, paint.style().width));
    }

    fn json(&self) -> Value {
        report::json(&self.review, self.version)
    }

    // Who holds what is what an attacker would like to know; the files of `--out` are private, too.
    fn privacy(&self) -> Privacy {
        Privacy::Private
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::source::Source;
    use crate::kernel::time::Timestamp;

    const COLUMNS: &str =
        "system,account,entitlement,employee_id,enabled,privileged,mfa,last_used,key_created";

    /// The decision and its reasons for one row of grants.
    fn judge(row: &str, change: fn(&mut Args)) -> (Decision, String) {
        let mut args = Args {
            hr: PathBuf::new(),
            grants: PathBuf::new(),
            out: None,
            force: false,
            dormant_after: Duration::ZERO,
            key_max_age: Duration::ZERO,
            usage_window: None,
            allow_gaps: false,
            gate: Gate::default(),
            clock: Clock::default(),
        };
        change(&mut args);
        let source = |name: &str, text: String| Source::new(name, text.into_bytes()).unwrap();
        let hr = source("hr", "employee_id,status\n1,active\n".to_owned());
        let grants = source("grants", format!("{COLUMNS}\n{row}\n"));
        let now = Timestamp::parse("2026-11-22T09:00:00Z").unwrap();
        let review = review::run(&hr, &grants, Options::default(), now).unwrap();
        let verdict = verdict(&review, &args);
        (verdict.decision, verdict.reasons.join(" "))
    }

    #[test]
    fn clean_is_yes_and_everything_else_has_its_reasons() {
        let table = [
            ("aws,a,e,1,yes,no,yes,2026-11-20,", Decision::Yes, ""),
            (
                "aws,a,e,1,yes,no,yes,2026-01-20,",
                Decision::No,
                "dormant-access",
            ),
            ("aws,a,e,1,yes,no,yes,,", Decision::No, "not-evaluable"),
            (
                "aws,a,e,9,yes,yes,none,2026-11-20,",
                Decision::No,
                "privileged-without-mfa orphan-account not-evaluable",
            ),
            (
                "aws,a,e,1,yes,no,yes,20.11.2026,",
                Decision::Unknown,
                "source-incomplete not-evaluable",
            ),
            ("aws,a,e,1,yes", Decision::Unknown, "source-incomplete"),
        ];
        for (row, decision, reasons) in table {
            assert_eq!(judge(row, |_| ()), (decision, reasons.to_owned()), "{row}");
        }
    }

    #[test]
    fn flags_loosen_only_what_they_name() {
        let gap = "aws,a,e,1,yes,no,yes,,";
        assert_eq!(judge(gap, |args| args.allow_gaps = true).0, Decision::Yes);
        let dormant = "aws,a,e,1,yes,no,yes,2026-01-20,";
        let high = |args: &mut Args| args.gate.fail_on = Some(Severity::High);
        assert_eq!(judge(dormant, high).0, Decision::Yes);
        assert_eq!(
            judge(dormant, |args| args.allow_gaps = true).0,
            Decision::No
        );
        let cut = "aws,a,e,1,yes";
        assert_eq!(
            judge(cut, |args| args.allow_gaps = true).0,
            Decision::Unknown
        );
    }
}
