//! `countersign review import`.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use serde_json::json;

use super::store::Acting;
use super::usage::inputs;
use super::view::Shown;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind, did_you_mean};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::cli::paint::Tone;
use crate::kernel::crypto::Random as _;
use crate::kernel::fs::FileError;
use crate::kernel::record::random_uuid;
use crate::kernel::time::Timestamp;
use crate::review::connectors::{self, Options};
use crate::review::model::When;
use crate::review::store::{Birth, Import, Store};
use crate::review::usage::Input;

/// Import an export into a campaign
///
/// The campaign is one file; it is begun where nothing is. Every row is kept, rejected with its reason, a repetition or blank,
/// and counted. An export that could not be used whole makes the run end with 1, and the campaign says so for ever.
#[derive(Debug, ClapArgs)]
#[command(
    after_long_help = "Kinds: `countersign review import --list` says what each reads and how to make it.

Examples:
  countersign review import hr hr.csv --campaign q4.review
  countersign review import aws-credentials report.csv --campaign q4.review --exported-at 2026-11-21T08:00:00Z

Exit codes: 0 all rows used, 1 rows or cells could not be used, 2 cannot answer, 3 the export is empty"
)]
pub(crate) struct Args {
    /// What kind of export it is
    #[arg(value_name = "KIND", required_unless_present = "list")]
    kind: Option<String>,
    /// The export, or `-`
    #[arg(value_name = "FILE", required_unless_present = "list")]
    file: Option<PathBuf>,
    /// The campaign's file; begun where nothing is
    #[arg(long, value_name = "FILE", required_unless_present = "list")]
    campaign: Option<PathBuf>,
    /// List the kinds
    #[arg(long, conflicts_with_all = ["kind", "file", "campaign"])]
    list: bool,
    /// What to call the system, where the export's own name is not wanted
    #[arg(long, value_name = "NAME")]
    system: Option<String>,
    /// The filter or query that made the export, for whoever asks later; for some kinds it decides what the rows mean
    #[arg(long, value_name = "TEXT", default_value = "")]
    filter: String,
    /// When the export was made
    #[arg(long, value_name = "TIME")]
    exported_at: Option<Timestamp>,
    /// From when on the last uses in it are complete; without it an empty one proves nothing
    #[arg(long, value_name = "TIME")]
    usage_since: Option<Timestamp>,
    /// For the kind `mapped`: which column is which field, TOML
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    #[command(flatten)]
    acting: Acting,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let (Some(kind), Some(file), Some(campaign)) = (&args.kind, &args.file, &args.campaign) else {
        return Ok(list());
    };
    let connector = connectors::find(kind).ok_or_else(|| unknown(kind))?;
    let input = input(env, file)?;
    let now = args.acting.now(env);
    if let Some(exported) = args.exported_at.filter(|exported| *exported > now) {
        return Err(Failure::usage(format!(
            "`--exported-at {exported}` lies in the future: it is {now}"
        )));
    }
    let mapping = args
        .mapping
        .as_ref()
        .map(|path| env.source(path))
        .transpose()?;
    let options = Options {
        system: args.system.clone(),
        filter: args.filter.clone(),
        mapping,
        now,
    };
    let mut export = connector.open(input, &options)?;
    if let Some(since) = args.usage_since {
        export.facts.covers_from = When::At(since);
    }
    let actor = args.acting.actor(env);
    let begun = campaign.symlink_metadata().is_err();
    let mut store = if begun {
        let random = |error| Failure::new(Kind::Output, format!("{error}"));
        let id = random_uuid(&env.random).map_err(random)?;
        Store::create(
            campaign,
            &Birth {
                id: &id,
                row_key: env.random.bytes().map_err(random)?,
                actor: &actor,
                now,
            },
        )?
    } else {
        args.acting.open(env, campaign)?
    };
    let import = Import {
        kind: connector.name,
        query: &args.filter,
        exported: args.exported_at.map_or(When::Empty, When::At),
        actor: &actor,
        now,
    };
    let receipt = match store.import(&import, &mut export) {
        Ok(receipt) => receipt,
        Err(error) => {
            drop(store);
            if begun {
                discard(campaign);
            }
            return Err(error.into());
        }
    };
    let facts = export.facts;
    let (seq, head) = store.head()?;
    let sheet = &facts.sheet;
    let mut shown = Shown::new(json!({
        "schema": "countersign/review-import/v1",
        "campaign": campaign.display().to_string(),
        "source": receipt.source,
        "kind": connector.name,
        "name": sheet.name,
        "sha256": sheet.sha256,
        "bytes": sheet.bytes,
        "rows": {
            "read": sheet.read, "kept": sheet.kept, "rejected": sheet.rejected,
            "repeated": sheet.duplicates, "blank": sheet.blank,
        },
        "people": receipt.people,
        "accounts": facts.accounts.len(),
        "entitlements": facts.entitlements.len(),
        "grants": receipt.grants,
        "problems": sheet.problems.iter().map(|problem| json!({
            "line": problem.line, "column": problem.column, "reason": problem.reason, "rejected": problem.rejected,
        })).collect::<Vec<_>>(),
        "remarks": facts.remarks,
        "head": { "events": seq, "sha256": head },
    }));
    let words = format!(
        " `{}` as source {}{}",
        sheet.name,
        receipt.source,
        if begun { " of a new campaign" } else { "" }
    );
    shown.toned(Tone::Good, "imported", words);
    shown.field(
        "rows",
        format!(
            "{} read, {} kept, {} rejected, {} repeated, {} blank",
            sheet.read, sheet.kept, sheet.rejected, sheet.duplicates, sheet.blank,
        ),
    );
    shown.field(
        "holds",
        format!(
            "{} people, {} accounts, {} entitlements, {} grants",
            receipt.people,
            facts.accounts.len(),
            facts.entitlements.len(),
            receipt.grants,
        ),
    );
    shown.field("sha256", sheet.sha256.clone());
    shown.field("head", format!("event {seq}, {head}"));
    for remark in &facts.remarks {
        shown.field("remark", remark.clone());
    }
    let problems = sheet.problems.iter().take(20).map(|problem| {
        vec![
            problem.line.to_string(),
            if problem.rejected {
                "row rejected"
            } else {
                "unknown"
            }
            .to_owned(),
            problem.column.clone().unwrap_or_default(),
            problem.reason.clone(),
        ]
    });
    shown.table(&["line", "so", "column", "why"], problems.collect());
    if sheet.problems.len() > 20 {
        shown.text(format!("and {} more", sheet.problems.len() - 20));
    }
    let whole = sheet.is_complete();
    if !whole {
        env.warn(&format!(
            "`{}` could not be used whole; the campaign says so",
            sheet.name
        ));
    }
    Ok(Outcome {
        exit: if whole { ExitCode::Yes } else { ExitCode::No },
        ..Outcome::done(Body::View(Box::new(shown)))
    })
}

fn input(env: &Env, path: &Path) -> Result<Input, Failure> {
    if path.as_os_str() == "-" {
        return inputs::stdin(env, "the export");
    }
    let file = File::open(path).map_err(|source| FileError::Read {
        path: path.to_owned(),
        source,
    })?;
    Ok(Input::file(path.display().to_string(), file))
}

/// Takes back a campaign that was begun for an export that cannot be used.
fn discard(campaign: &Path) {
    let mut journal = campaign.as_os_str().to_owned();
    journal.push("-journal");
    for path in [campaign, Path::new(&journal)] {
        let _best_effort = std::fs::remove_file(path);
    }
}

fn unknown(kind: &str) -> Failure {
    let failure = Failure::usage(format!("there is no kind of export `{kind}`"));
    let names = connectors::ALL.iter().map(|connector| connector.name);
    match did_you_mean(kind, names) {
        Some(name) => failure.hint(format!("did you mean `{name}`?")),
        None => failure.hint("`countersign review import --list` lists the kinds"),
    }
}

fn list() -> Outcome {
    let kinds = connectors::ALL.iter();
    let mut shown = Shown::new(json!({
        "schema": "countersign/review-connectors/v1",
        "connectors": kinds.clone().map(|each| json!({
            "name": each.name, "reads": each.reads, "made_by": each.made_by,
        })).collect::<Vec<_>>(),
    }));
    let rows = kinds.map(|each| {
        vec![
            each.name.to_owned(),
            each.reads.to_owned(),
            each.made_by.to_owned(),
        ]
    });
    shown.table(&["kind", "reads", "made by"], rows.collect());
    Outcome::view(shown)
}
