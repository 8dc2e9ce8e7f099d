//! `countersign review decide`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::json;

use super::store::{self, Acting, File};
use super::view::Shown;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::cli::paint::Tone;
use crate::kernel::crypto::{hex, sha256};
use crate::review::campaign::desk::Desk;
use crate::review::sheets;

/// Take the decisions of a sheet that came back
///
/// Each row is taken or refused by itself: edited, foreign and repeated rows, what was decided otherwise meanwhile, and what
/// its reviewer may not decide. What is taken is on the disk when this ends. After the deadline it is kept, and marked late.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign review decide q4.review sheets/ada@acme.example.csv --as ada@acme.example
  countersign review decide q4.review sheets/bruno@acme.example.xlsx --as bruno@acme.example
  countersign review decide q4.review answers.json --as E002

Exit codes: 0 all rows taken, 1 rows were refused or are late, 2 cannot answer, 3 no row was answered")]
pub(crate) struct Args {
    #[command(flatten)]
    file: File,
    /// The sheet that came back: CSV, XLSX, or the JSON that the page saves; or `-`
    #[arg(value_name = "SHEET")]
    sheet: PathBuf,
    /// Who decided: the address or id of the reviewer whose sheet it is
    #[arg(long = "as", value_name = "PERSON")]
    reviewer: String,
    #[command(flatten)]
    acting: Acting,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let source = env.source(&args.sheet)?;
    let mut campaign = args.acting.open(env, &args.file.campaign)?;
    let desk = Desk::load(&campaign)?;
    let reviewer = store::person(&desk, &args.reviewer)?;
    let sheet = sheets::read(&source, &desk, &campaign.row_key()?, Some(reviewer))?;
    if sheet.decisions.is_empty() && sheet.refused.is_empty() {
        return Err(Failure::new(
            Kind::Nothing,
            format!("no row of `{}` is answered", source.name()),
        ));
    }
    let now = args.acting.now(env);
    // Decisions without a person's thought are told from others later by their number and by this.
    let body = json!({
        "via": "sheet",
        "file": source.name(),
        "sha256": hex(&sha256(source.bytes())),
        "unanswered": sheet.unanswered,
        "suggested": sheet.decisions.iter().filter(|d| d.justification == sheets::UNCHANGED).count(),
    });
    let actor = args.acting.actor(env);
    let written = campaign.decide(&sheet.decisions, (&actor, body), now)?;
    let (seq, head) = campaign.head()?;
    let mut refused: Vec<(String, String)> = sheet
        .refused
        .iter()
        .map(|trouble| {
            (
                format!("line {}: {}", trouble.line, trouble.about),
                trouble.reason.clone(),
            )
        })
        .collect();
    refused.extend(written.refused.iter().map(|refusal| {
        let item = desk.item(refusal.item);
        let about = item.map(|item| {
            format!(
                "{}/{} {} {}",
                item.system,
                item.account,
                item.kind.name(),
                item.entitlement
            )
        });
        (about.unwrap_or_default(), refusal.reason.clone())
    }));
    let mut shown = Shown::new(json!({
        "schema": "countersign/review-decisions-taken/v1",
        "reviewer": desk.person(reviewer).map(|person| person.key()),
        "rows": sheet.rows,
        "accepted": written.accepted,
        "repeated": written.repeated,
        "unanswered": sheet.unanswered,
        "late": written.late,
        "refused": refused.iter().map(|(about, reason)| json!({ "about": about, "reason": reason })).collect::<Vec<_>>(),
        "head": { "events": seq, "sha256": head },
    }));
    let tone = if refused.is_empty() {
        Tone::Good
    } else {
        Tone::Warn
    };
    shown.toned(
        tone,
        "taken",
        format!(
            " {} decisions of {}; {} were there already, {} rows are unanswered, {} were refused",
            written.accepted,
            desk.person_label(reviewer),
            written.repeated,
            sheet.unanswered,
            refused.len(),
        ),
    );
    if written.late && written.accepted > 0 {
        shown.toned(
            Tone::Bad,
            "late",
            ": the deadline has passed; they are kept and do not count",
        );
    }
    shown.field("head", format!("event {seq}, {head}"));
    let rows = refused
        .iter()
        .map(|(about, reason)| vec![about.clone(), reason.clone()]);
    shown.table(&["refused", "because"], rows.collect());
    let late = written.late && written.accepted > 0;
    Ok(Outcome {
        exit: if refused.is_empty() && !late {
            ExitCode::Yes
        } else {
            ExitCode::No
        },
        ..Outcome::done(Body::View(Box::new(shown)))
    })
}
