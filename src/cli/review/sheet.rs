//! `countersign review sheet`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use serde_json::json;

use super::store::{self, File};
use super::view::Shown;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{Body, NewFile, Outcome};
use crate::cli::paint::Tone;
use crate::kernel::fs::{self, FileError, Privacy, Replace};
use crate::kernel::time::Timestamp;
use crate::review::campaign::desk::Desk;
use crate::review::sheets;

/// Write a sheet for each reviewer who is to decide
///
/// Rows with findings come first, then new ones. What is unchanged since the campaign before and without a finding is suggested
/// as accepted; nothing else is. Every row is signed, so that an edited or foreign one is refused when it comes back.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign review sheet q4.review --out sheets
  countersign review sheet q4.review --out sheets --as xlsx
  countersign review sheet q4.review --out sheets --as html --reviewer ada@acme.example

Exit codes: 0 written, 2 cannot answer, 3 nobody has anything to decide")]
pub(crate) struct Args {
    #[command(flatten)]
    file: File,
    /// The directory for the sheets
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The form: a table or a workbook for spreadsheets, or a page for a browser
    #[arg(long = "as", value_enum, value_name = "FORM", default_value = "csv")]
    form: Form,
    /// Only for this reviewer: an address or an id
    #[arg(long, value_name = "PERSON")]
    reviewer: Option<String>,
    /// Replace sheets that are there
    #[arg(long)]
    force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// CSV
    Csv,
    /// A workbook, for Excel and LibreOffice
    Xlsx,
    /// One page of HTML that works offline
    Html,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let campaign = store::read(env, &args.file.campaign)?;
    let desk = Desk::load(&campaign)?;
    let key = campaign.row_key()?;
    let only = args
        .reviewer
        .as_deref()
        .map(|key| store::person(&desk, key))
        .transpose()?;
    let reviewers = desk.given().into_keys();
    let mut files = Vec::new();
    let mut written = Vec::new();
    for reviewer in reviewers.filter(|id| only.is_none_or(|only| only == *id)) {
        let rows = sheets::rows(&desk, &key, reviewer);
        if rows.is_empty() {
            continue;
        }
        let person = desk
            .person(reviewer)
            .map(|person| person.key().to_owned())
            .unwrap_or_default();
        let stem = file_name(&person, reviewer);
        let (name, bytes) = match args.form {
            Form::Csv => {
                let mut bytes = Vec::new();
                sheets::csv(&rows, &mut bytes)
                    .map_err(|error| Failure::new(Kind::Output, fs::describe(&error)))?;
                (format!("{stem}.csv"), bytes)
            }
            Form::Xlsx => {
                let bytes = sheets::xlsx(&rows)
                    .map_err(|error| Failure::new(Kind::Output, error.to_string()))?;
                (format!("{stem}.xlsx"), bytes)
            }
            Form::Html => {
                let deadline = desk.state.deadline.and_then(Timestamp::from_unix);
                let head = sheets::Head {
                    name: &desk.policy.name,
                    campaign: &desk.id,
                    reviewer: &desk.person_label(reviewer),
                    deadline: &deadline.map(|time| time.to_string()).unwrap_or_default(),
                    file: &format!("{stem}.json"),
                };
                (
                    format!("{stem}.html"),
                    sheets::html(&head, &rows).into_bytes(),
                )
            }
        };
        let path = args.out.join(&name);
        if !args.force && path.symlink_metadata().is_ok() {
            return Err(FileError::Exists(path).into());
        }
        let risky = rows.iter().filter(|row| row.risk > 0).count();
        written.push((
            desk.person_label(reviewer),
            path.display().to_string(),
            rows.len(),
            risky,
        ));
        files.push(NewFile {
            path,
            bytes: bytes.into(),
            privacy: Privacy::Private,
            replace: if args.force {
                Replace::Always
            } else {
                Replace::Never
            },
        });
    }
    if files.is_empty() {
        return Err(Failure::new(Kind::Nothing, "nobody has anything to decide"));
    }
    fs::create_private_dir(&args.out)?;
    let mut shown = Shown::new(json!({
        "schema": "countersign/review-sheets/v1",
        "sheets": written.iter().map(|(reviewer, file, rows, risky)| json!({
            "reviewer": reviewer, "file": file, "rows": rows, "with_findings": risky,
        })).collect::<Vec<_>>(),
    }));
    shown.toned(Tone::Good, "written", format!(" {} sheets", written.len()));
    let rows = written.into_iter().map(|(reviewer, file, rows, risky)| {
        vec![reviewer, file, rows.to_string(), risky.to_string()]
    });
    shown.table(
        &["reviewer", "file", "rows", "with findings"],
        rows.collect(),
    );
    Ok(Outcome {
        files,
        ..Outcome::done(Body::View(Box::new(shown)))
    })
}

/// A name that no path hides in.
fn file_name(person: &str, id: i64) -> String {
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '@' | '-' | '_' | '.');
    let name: String = person
        .chars()
        .map(|c| if safe(c) { c } else { '_' })
        .take(80)
        .collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() || name != person {
        format!("{name}-{id}")
    } else {
        name.to_owned()
    }
}
