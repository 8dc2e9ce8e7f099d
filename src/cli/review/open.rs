//! `countersign review open`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::json;

use super::store::{self, Acting, File};
use super::view::Shown;
use crate::cli::args::Gate;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::cli::paint::Tone;
use crate::kernel::finding::Severity;
use crate::review::campaign::check::{rank, severity};
use crate::review::campaign::opening;
use crate::review::campaign::policy::Policy;

/// Freeze the population of a campaign, judge the risks, and assign reviewers
///
/// What is frozen is digested row by row and cannot be changed any more. Reviewers come from the roster: managers, owners and
/// the fallback of the policy. Nobody is asked about themselves, whatever the account.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign review open q4.review --policy review.toml
  countersign review open q4.review --policy review.toml --previous q3.review --dry-run

Exit codes: 0 opened, 1 opened or tried, and some items have no reviewer or findings reach --fail-on, 2 cannot answer")]
pub(crate) struct Args {
    #[command(flatten)]
    file: File,
    /// The policy, TOML
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The campaign before this one, to tell what is new, who moved, and what came back
    #[arg(long, value_name = "CAMPAIGN")]
    previous: Option<PathBuf>,
    /// Only say what would be frozen
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    gate: Gate,
    #[command(flatten)]
    acting: Acting,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let source = env.source(&args.policy)?;
    let named = |error: String| {
        Failure::input(error).context(format!("cannot use the policy `{}`", source.name()))
    };
    let text = source.text().map_err(|error| named(error.to_string()))?;
    let policy = Policy::read(text).map_err(|error| named(error.to_string()))?;
    let mut campaign = args.acting.open(env, &args.file.campaign)?;
    let previous = match &args.previous {
        Some(path) => Some(opening::previous(&store::read(env, path)?, &policy)?),
        None => None,
    };
    let now = args.acting.now(env);
    let prepared = opening::prepare(campaign.population()?, &policy, previous.as_ref(), now)?;
    if !args.dry_run {
        opening::freeze(
            &mut campaign,
            &prepared,
            &policy,
            (&args.acting.actor(env), now),
        )?;
    }
    let (seq, head) = campaign.head()?;
    let population = &prepared.population;
    let reviewers: std::collections::HashSet<u32> = prepared
        .assignments
        .all
        .iter()
        .map(|asked| asked.reviewer)
        .collect();
    let deadline = policy.deadline(now);
    let tallies = &prepared.assessment.tallies;
    let mut shown = Shown::new(json!({
        "schema": "countersign/review-opening/v1",
        "name": policy.name,
        "opened": !args.dry_run,
        "deadline": deadline.to_string(),
        "policy_sha256": policy.sha256,
        "people": population.people.len(),
        "accounts": population.accounts.len(),
        "entitlements": population.entitlements.len(),
        "grants": population.grants.len(),
        "reviewers": reviewers.len(),
        "unassigned": prepared.assignments.nobody,
        "rules": tallies.iter().map(|tally| json!({
            "id": tally.rule.id, "fired": tally.fired, "passed": tally.passed, "not_evaluable": tally.not_evaluable,
        })).collect::<Vec<_>>(),
        "not_evaluable": prepared.assessment.gaps.iter().map(|gap| json!({
            "rule": gap.rule, "reason": gap.reason, "subjects": gap.subjects,
        })).collect::<Vec<_>>(),
        "head": { "events": seq, "sha256": head },
    }));
    match args.dry_run {
        true => shown.toned(
            Tone::Warn,
            "not opened",
            format!(": this is what `{}` would be", policy.name),
        ),
        false => shown.toned(Tone::Good, "opened", format!(" `{}`", policy.name)),
    }
    shown.field(
        "population",
        format!(
            "{} people, {} accounts, {} entitlements, {} grants",
            population.people.len(),
            population.accounts.len(),
            population.entitlements.len(),
            population.grants.len(),
        ),
    );
    shown.field("reviewers", reviewers.len().to_string());
    shown.field("deadline", deadline.to_string());
    if prepared.assignments.nobody > 0 {
        shown.field(
            "unassigned",
            format!(
                "{} items have no one who may decide",
                prepared.assignments.nobody
            ),
        );
    }
    if prepared.assignments.overfull > 0 {
        shown.field(
            "overfull",
            format!(
                "{} reviewers have more than {} items",
                prepared.assignments.overfull, policy.max_items
            ),
        );
    }
    if !args.dry_run {
        shown.field("head", format!("event {seq}, {head}"));
    }
    shown.gap();
    let rows = tallies.iter().map(|tally| {
        vec![
            tally.rule.id.to_owned(),
            tally.fired.to_string(),
            tally.passed.to_string(),
            tally.not_evaluable.to_string(),
        ]
    });
    shown.table(
        &["rule", "fired", "passed", "not evaluable"],
        rows.collect(),
    );
    let gaps = prepared.assessment.gaps.iter();
    let gaps = gaps.map(|gap| {
        vec![
            gap.rule.to_owned(),
            gap.subjects.to_string(),
            gap.reason.clone(),
        ]
    });
    shown.gap();
    shown.table(&["not evaluable", "for", "because"], gaps.collect());
    let fails = args.gate.fail_on.is_some_and(|least: Severity| {
        prepared.risks.iter().any(|risk| *risk >= rank(least))
            || prepared
                .assessment
                .findings
                .iter()
                .any(|f| severity(f.severity.into()) >= Some(least))
    });
    let unwell = (fails || prepared.assignments.nobody > 0) && !args.gate.exit_zero;
    Ok(Outcome {
        exit: if unwell { ExitCode::No } else { ExitCode::Yes },
        ..Outcome::done(Body::View(Box::new(shown)))
    })
}
