//! `countersign review escalate` and `review close`.

use clap::Args as ClapArgs;
use serde_json::json;

use super::store::{self, Acting, File};
use super::view::Shown;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::cli::paint::Tone;
use crate::kernel::time::Timestamp;
use crate::review::campaign::assign::works_here;
use crate::review::campaign::closing;
use crate::review::campaign::desk::Desk;
use crate::review::store::NewEvent;

/// Ask the managers of those who owe answers, too
///
/// Whoever is added decides beside the one who was asked; the deadline stays.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign review escalate q4.review
  countersign review escalate q4.review --now

Exit codes: 0 nothing to escalate, or escalated; 1 for some items nobody else may decide, 2 cannot answer")]
pub(crate) struct EscalateArgs {
    #[command(flatten)]
    file: File,
    /// Also before the time that the policy sets
    #[arg(long)]
    now: bool,
    #[command(flatten)]
    acting: Acting,
}

/// Close a campaign
///
/// What nobody decided is handled by the policy and named as such. Somebody who answers for the review acknowledges it by name.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign review close q4.review --acknowledged-by ciso@acme.example
  countersign review close q4.review --acknowledged-by ciso@acme.example --early

Exit codes: 0 closed, everything was decided; 1 closed, and the policy decided the rest; 2 cannot answer")]
pub(crate) struct CloseArgs {
    #[command(flatten)]
    file: File,
    /// Who answers for the review: an address or id on the roster
    #[arg(long, value_name = "PERSON")]
    acknowledged_by: String,
    /// What they say
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "I acknowledge the results of this review"
    )]
    statement: String,
    /// Close before the deadline although answers are owed
    #[arg(long)]
    early: bool,
    #[command(flatten)]
    acting: Acting,
}

/// Runs `escalate`.
pub(super) fn escalate(env: &Env, args: &EscalateArgs) -> Result<Outcome, Failure> {
    let mut campaign = args.acting.open(env, &args.file.campaign)?;
    let desk = Desk::load(&campaign)?;
    let now = args.acting.now(env);
    let opened = desk
        .state
        .opened_at
        .and_then(Timestamp::from_unix)
        .unwrap_or(now);
    let due = opened.plus(desk.policy.escalate_after);
    if !args.now && now < due {
        return Err(
            Failure::usage(format!("the policy escalates from {due} on"))
                .hint("add `--now` to do it today"),
        );
    }
    let plan = closing::escalation(&desk, now);
    if !plan.added.is_empty() {
        let event = NewEvent {
            at: now,
            kind: "escalated",
            actor: &args.acting.actor(env),
            body: json!({ "added": plan.added.len(), "nobody": plan.nobody.len() }),
        };
        campaign.assign(&plan.added, &event)?;
    }
    let mut shown = Shown::new(json!({
        "schema": "countersign/review-escalation/v1",
        "added": plan.added.iter().map(|(item, stage, reviewer, _)| json!({
            "item": item, "stage": stage, "reviewer": desk.person(*reviewer).map(|person| person.key()),
        })).collect::<Vec<_>>(),
        "nobody": plan.nobody,
    }));
    shown.toned(
        Tone::Good,
        "asked",
        format!(" someone else, too, for {} items", plan.added.len()),
    );
    if !plan.nobody.is_empty() {
        shown.toned(
            Tone::Warn,
            "nobody",
            format!(" else may decide on {} items", plan.nobody.len()),
        );
    }
    Ok(Outcome {
        exit: if plan.nobody.is_empty() {
            ExitCode::Yes
        } else {
            ExitCode::No
        },
        ..Outcome::done(Body::View(Box::new(shown)))
    })
}

/// Runs `close`.
pub(super) fn close(env: &Env, args: &CloseArgs) -> Result<Outcome, Failure> {
    let mut campaign = args.acting.open(env, &args.file.campaign)?;
    let desk = Desk::load(&campaign)?;
    let now = args.acting.now(env);
    let deadline = desk
        .state
        .deadline
        .and_then(Timestamp::from_unix)
        .unwrap_or(Timestamp::MAX);
    let owed: usize = desk.owed().values().map(Vec::len).sum();
    if owed > 0 && now <= deadline && !args.early {
        return Err(Failure::usage(format!(
            "{owed} answers are owed, and the deadline is {deadline}"
        ))
        .hint("wait for it, or add `--early`"));
    }
    let by = store::person(&desk, &args.acknowledged_by)?;
    if !desk
        .person(by)
        .is_some_and(|person| works_here(person, now))
    {
        return Err(Failure::usage(format!(
            "`{}` does not work here now, and cannot answer for the review",
            args.acknowledged_by
        )));
    }
    let summary = closing::summary(&desk);
    let body = json!({
        "acknowledged_by": desk.person(by).map(|person| person.key()),
        "statement": args.statement,
        "early": now <= deadline,
        "outcomes": summary.outcomes,
        "by_policy": summary.by_policy,
        "conflicts": summary.conflicts,
    });
    let event = NewEvent {
        at: now,
        kind: "closed",
        actor: &args.acting.actor(env),
        body: body.clone(),
    };
    campaign.close(&event)?;
    let (seq, head) = campaign.head()?;
    let mut shown = Shown::new(json!({
        "schema": "countersign/review-closing/v1",
        "closing": body,
        "head": { "events": seq, "sha256": head },
    }));
    shown.toned(
        Tone::Good,
        "closed",
        format!(
            " `{}`, acknowledged by {}",
            desk.policy.name,
            desk.person_label(by)
        ),
    );
    let rows = summary
        .outcomes
        .iter()
        .map(|(name, count)| vec![name.clone(), count.to_string()]);
    shown.table(&["outcome", "items"], rows.collect());
    if summary.by_policy > 0 {
        shown.toned(
            Tone::Warn,
            "by policy",
            format!(": {} items were decided by nobody", summary.by_policy),
        );
    }
    shown.field("head", format!("event {seq}, {head}"));
    Ok(Outcome {
        exit: if summary.by_policy == 0 {
            ExitCode::Yes
        } else {
            ExitCode::No
        },
        ..Outcome::done(Body::View(Box::new(shown)))
    })
}
