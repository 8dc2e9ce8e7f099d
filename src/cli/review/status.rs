//! `countersign review status` and `review remind`.

use clap::Args as ClapArgs;
use serde_json::json;

use super::store::{self, File};
use super::view::Shown;
use crate::cli::args::{Clock, Format};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::cli::paint::Tone;
use crate::kernel::record::{Decision as Decided, Verdict};
use crate::kernel::report::csv::Writer;
use crate::kernel::time::Timestamp;
use crate::review::Reason;
use crate::review::campaign::desk::Desk;
use crate::review::campaign::outcome::Outcome as Decision;

/// Show where a campaign stands, and whether its file is as it was written
///
/// Every row of the frozen population, every batch of decisions and every link of the history is compared with its digest.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign review status q4.review
  countersign review status q4.review --expect-head 4f1c… --format json

Exit codes: 0 complete, 1 answers are owed, or the file was changed (reason `campaign-changed`), 2 cannot answer")]
pub(crate) struct Args {
    #[command(flatten)]
    file: File,
    /// The head that was written down earlier: its event must still be in the history
    #[arg(long, value_name = "SHA256")]
    expect_head: Option<String>,
    #[command(flatten)]
    clock: Clock,
}

/// Say who owes what
///
/// As text to send, as CSV, or as JSON. Nothing is sent.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign review remind q4.review
  countersign review remind q4.review --format csv

Exit codes: 0 nobody owes anything, 1 someone does, 2 cannot answer")]
pub(crate) struct RemindArgs {
    #[command(flatten)]
    file: File,
    /// Say nothing before the first reminder of the policy is due
    #[arg(long)]
    when_due: bool,
    #[command(flatten)]
    clock: Clock,
}

/// Runs `status`.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let campaign = store::read(env, &args.file.campaign)?;
    let mut tampering = campaign.verify()?;
    let events = campaign.events()?;
    if let Some(expected) = &args.expect_head {
        let known = events
            .iter()
            .any(|event| crate::kernel::crypto::hex(&event.hash) == expected.to_lowercase());
        if !known {
            let text = "the expected head is not in the history: something was taken back, or it is another campaign";
            tampering.push(crate::review::store::Tampering(text.to_owned()));
        }
    }
    let state = campaign.state()?;
    let (seq, head) = campaign.head()?;
    let now = args.clock.at.unwrap_or(env.now);
    let mut json = json!({
        "schema": "countersign/review-status/v1",
        "state": state.name,
        "reasons": [],
        "events": seq,
        "head": head,
        "tampering": tampering.iter().map(|each| &each.0).collect::<Vec<_>>(),
        "deadline": null,
        "items": 0,
        "outcomes": {},
        "owed": [],
    });
    let mut parts = Shown::new(json!(null));
    let mut verdict = Verdict::new(
        "review.status",
        args.file.campaign.display().to_string(),
        head.as_bytes(),
    );
    if !tampering.is_empty() {
        // Nothing else that the file says is worth anything, so that nothing else is said.
        parts.toned(
            Tone::Bad,
            "changed",
            format!(
                ": `{}` is not as it was written",
                args.file.campaign.display()
            ),
        );
        for each in &tampering {
            parts.text(format!("  {}", each.0));
        }
        parts.field("reason", Reason::CampaignChanged.code());
        json["reasons"] = json!([Reason::CampaignChanged.code()]);
        parts.json = json;
        verdict.decision = Decided::No;
        verdict.reasons = vec![Reason::CampaignChanged.code().to_owned()];
        return Ok(Outcome::verdict(ExitCode::No, parts, verdict));
    }
    parts.field("state", state.name.clone());
    parts.field("head", format!("event {seq}, {head}"));
    let mut owing = false;
    if state.name == "collecting" {
        let rows = campaign.sources()?.into_iter().map(|source| {
            vec![
                source.id.to_string(),
                source.kind,
                source.name,
                source.rows.first().copied().unwrap_or_default().to_string(),
                source.rows.get(2).copied().unwrap_or_default().to_string(),
            ]
        });
        parts.table(
            &["source", "kind", "file", "rows", "rejected"],
            rows.collect(),
        );
    } else {
        let desk = Desk::load(&campaign)?;
        let deadline = state
            .deadline
            .and_then(Timestamp::from_unix)
            .unwrap_or(Timestamp::MAX);
        json["deadline"] = json!(deadline.to_string());
        json["items"] = json!(desk.items.len());
        parts.field(
            "deadline",
            format!("{deadline} ({})", deadline.relative_to(now)),
        );
        let mut rows = Vec::new();
        for outcome in Decision::ALL {
            let count = desk
                .cases
                .iter()
                .filter(|case| case.outcome == outcome)
                .count();
            json["outcomes"][outcome.name()] = json!(count);
            rows.push(vec![outcome.name().to_owned(), count.to_string()]);
        }
        parts.gap();
        parts.table(&["outcome so far", "items"], rows);
        let owed = desk.owed();
        owing = !owed.is_empty();
        let given = desk.given();
        let of = |reviewer: &i64| given.get(reviewer).copied().unwrap_or_default();
        json["owed"] = owed
            .iter()
            .map(|(reviewer, items)| {
                json!({
                    "reviewer": desk.person(*reviewer).map(|person| person.key()),
                    "items": items.len(),
                    "given": of(reviewer),
                })
            })
            .collect();
        let rows = owed.iter().map(|(reviewer, items)| {
            vec![
                desk.person_label(*reviewer),
                items.len().to_string(),
                of(reviewer).to_string(),
            ]
        });
        parts.gap();
        parts.table(&["reviewer", "owes", "of"], rows.collect());
    }
    let reason = match (state.name.as_str(), owing) {
        ("collecting", _) => Some(Reason::NotOpened),
        (_, true) => Some(Reason::AnswersOwed),
        (_, false) => None,
    };
    let reasons: Vec<&str> = reason.iter().map(|reason| reason.code()).collect();
    json["reasons"] = json!(reasons);
    parts.json = json;
    verdict.decision = if reasons.is_empty() {
        Decided::Yes
    } else {
        Decided::No
    };
    verdict.reasons = reasons.iter().map(|reason| (*reason).to_owned()).collect();
    let exit = if reasons.is_empty() {
        ExitCode::Yes
    } else {
        ExitCode::No
    };
    Ok(Outcome::verdict(exit, parts, verdict))
}

/// Runs `remind`.
pub(super) fn remind(env: &Env, args: &RemindArgs) -> Result<Outcome, Failure> {
    let desk = Desk::load(&store::read(env, &args.file.campaign)?)?;
    let now = args.clock.at.unwrap_or(env.now);
    let deadline = desk
        .state
        .deadline
        .and_then(Timestamp::from_unix)
        .unwrap_or(Timestamp::MAX);
    let first = desk.policy.remind.iter().max().copied().unwrap_or_default();
    let due = !args.when_due || now >= deadline.minus(first);
    let owed = if due && desk.state.name == "open" {
        desk.owed()
    } else {
        Default::default()
    };
    let risky = |items: &[i64]| {
        items
            .iter()
            .filter(|id| desk.item(**id).is_some_and(|item| item.risk > 0))
            .count()
    };
    let exit = if owed.is_empty() {
        ExitCode::Yes
    } else {
        ExitCode::No
    };
    if env.global.format.or(env.settings.format()) == Some(Format::Csv) {
        let failed = |error: std::io::Error| Failure::new(Kind::Output, error.to_string());
        let mut bytes = Vec::new();
        let header = ["reviewer", "name", "owes", "with_findings", "deadline"];
        let mut writer = Writer::new(&mut bytes, &header).map_err(failed)?;
        for (reviewer, items) in &owed {
            let key = desk
                .person(*reviewer)
                .map(|person| person.key().to_owned())
                .unwrap_or_default();
            let cells = [
                key,
                desk.person_label(*reviewer),
                items.len().to_string(),
                risky(items).to_string(),
                deadline.to_string(),
            ];
            writer.row(&cells).map_err(failed)?;
        }
        writer.finish().map_err(failed)?;
        return Ok(Outcome {
            exit,
            ..Outcome::done(Body::Bytes(bytes))
        });
    }
    let mut shown = Shown::new(json!({
        "schema": "countersign/review-reminders/v1",
        "deadline": deadline.to_string(),
        "reminders": owed.iter().map(|(reviewer, items)| json!({
            "reviewer": desk.person(*reviewer).map(|person| person.key()),
            "name": desk.person_label(*reviewer),
            "owes": items.len(),
            "with_findings": risky(items),
        })).collect::<Vec<_>>(),
    }));
    for (reviewer, items) in &owed {
        let to = desk
            .person(*reviewer)
            .map(|person| person.key().to_owned())
            .unwrap_or_default();
        shown.text(format!("To: {to}"));
        shown.text(format!(
            "Subject: {}: {} decisions are due by {deadline}",
            desk.policy.name,
            items.len()
        ));
        let late = if now > deadline {
            " The deadline has passed: what you answer now is marked late."
        } else {
            ""
        };
        shown.text(format!(
            "{}, {} items of `{}` wait for your decision, {} of them with findings.{late}",
            desk.person_label(*reviewer),
            items.len(),
            desk.policy.name,
            risky(items),
        ));
        shown.gap();
    }
    if owed.is_empty() {
        shown.text("nobody owes an answer");
    }
    Ok(Outcome {
        exit,
        ..Outcome::done(Body::View(Box::new(shown)))
    })
}
