//! `countersign review remediate`, `review verify-remediation` and `review diff`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::store::{self, Acting, File};
use super::view::Shown;
use crate::cli::args::Format;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Body, Outcome};
use crate::cli::paint::Tone;
use crate::kernel::report::csv::Writer;
use crate::review::campaign::compare;
use crate::review::campaign::desk::Desk;
use crate::review::campaign::graph;
use crate::review::campaign::remediation::{After, Before, Fate, verify_remediation};
use crate::review::campaign::remedy::{self, Remedy};
use crate::review::store::{NewEvent, Store};

/// Say what is to be done about what was revoked
///
/// A ticket for each item, and a command for aws, kubectl, okta and psql where the review knows enough. Nothing is run.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign review remediate q4.review
  countersign review remediate q4.review --format csv -o tickets.csv

Exit codes: 0 told, 2 cannot answer, 3 nothing was revoked")]
pub(crate) struct Args {
    #[command(flatten)]
    file: File,
}

/// Prove by new exports that what was revoked is gone
///
/// The new exports are imported into a file of their own (`review import --campaign after.review`). What is still there, what
/// comes another way, and what came back is named; what the new exports do not cover is not evaluable, and no proof.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign review verify-remediation q4.review --with after.review
  countersign review verify-remediation q4.review --with after.review --format json

Exit codes: 0 all of it is gone, 1 some is not or cannot be told, 2 cannot answer, 3 nothing was revoked")]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    file: File,
    /// A campaign's file with the new exports
    #[arg(long = "with", value_name = "CAMPAIGN")]
    after: PathBuf,
    #[command(flatten)]
    acting: Acting,
}

/// Compare two campaigns by meaning
///
/// Grants that came and went, what was revoked and is there again, findings that grew or shrank, people who moved.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign review diff q3.review q4.review
  countersign review diff q3.review q4.review --format json

Exit codes: 0 the same, 1 there are differences, 2 cannot answer")]
pub(crate) struct DiffArgs {
    /// The older campaign
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The newer campaign
    #[arg(value_name = "NEW")]
    new: PathBuf,
}

/// Runs `remediate`.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let desk = Desk::load(&store::read(env, &args.file.campaign)?)?;
    let remedies = remedy::remedies(&desk);
    if remedies.is_empty() {
        return Err(Failure::new(
            Kind::Nothing,
            "nothing was revoked or reduced",
        ));
    }
    if env.global.format.or(env.settings.format()) == Some(Format::Csv) {
        return tickets(&remedies);
    }
    let mut shown = Shown::new(json!({
        "schema": "countersign/review-remedies/v1",
        "remedies": remedies.iter().map(remedy_json).collect::<Vec<_>>(),
    }));
    for each in &remedies {
        let by = if each.by_person {
            ""
        } else {
            " (decided by the policy: nobody answered)"
        };
        shown.text(format!("# i{}: {}{by}", each.item, each.ticket));
        if let Some(caution) = each.caution {
            shown.text(format!("# {caution}"));
        }
        if let Some(command) = &each.command {
            shown.text(command.clone());
        }
    }
    Ok(Outcome::view(shown))
}

fn remedy_json(remedy: &Remedy) -> Value {
    json!({
        "item": remedy.item,
        "outcome": remedy.outcome.name(),
        "by_person": remedy.by_person,
        "ticket": remedy.ticket,
        "command": remedy.command,
        "caution": remedy.caution,
    })
}

fn tickets(remedies: &[Remedy]) -> Result<Outcome, Failure> {
    let failed = |error: std::io::Error| Failure::new(Kind::Output, error.to_string());
    let mut bytes = Vec::new();
    let header = [
        "item",
        "outcome",
        "by_person",
        "ticket",
        "command",
        "caution",
    ];
    let mut writer = Writer::new(&mut bytes, &header).map_err(failed)?;
    for remedy in remedies {
        let cells = [
            format!("i{}", remedy.item),
            remedy.outcome.name().to_owned(),
            if remedy.by_person { "yes" } else { "no" }.to_owned(),
            remedy.ticket.clone(),
            remedy.command.clone().unwrap_or_default(),
            remedy.caution.unwrap_or_default().to_owned(),
        ];
        writer.row(&cells).map_err(failed)?;
    }
    writer.finish().map_err(failed)?;
    Ok(Outcome::done(Body::Bytes(bytes)))
}

/// Runs `verify-remediation`.
pub(super) fn verify(env: &Env, args: &VerifyArgs) -> Result<Outcome, Failure> {
    let mut campaign = args.acting.open(env, &args.file.campaign)?;
    let desk = Desk::load(&campaign)?;
    let after_file = store::read(env, &args.after)?;
    if let Some(tampering) = after_file.verify()?.first() {
        return Err(Failure::input(format!(
            "`{}` proves nothing: {}",
            args.after.display(),
            tampering.0
        )));
    }
    let mut after = after_file.population()?;
    graph::expand(&mut after).map_err(|error| Failure::input(error.to_string()))?;
    let gone = gone_before(&campaign)?;
    let [was, is] =
        [&campaign, &after_file].map(|file| Ok::<_, Failure>((file.sources()?, file.traces()?)));
    let (was, is) = (was?, is?);
    let before = Before {
        sources: &was.0,
        traces: &was.1,
    };
    let after = After {
        sources: &is.0,
        traces: &is.1,
        population: &after,
    };
    let fates = verify_remediation(&desk, &before, &after, &gone);
    if fates.is_empty() {
        return Err(Failure::new(Kind::Nothing, "nothing was revoked"));
    }
    let count = |fate: Fate| fates.iter().filter(|each| each.fate == fate).count();
    let all = [
        Fate::Gone,
        Fate::AccountGone,
        Fate::Disabled,
        Fate::Still,
        Fate::Back,
        Fate::OtherWay,
        Fate::NotEvaluable,
    ];
    let (_, after_head) = after_file.head()?;
    let with: Vec<i64> = fates
        .iter()
        .filter(|each| each.fate.is_proof())
        .map(|each| each.item)
        .collect();
    let body = json!({
        "with_head": after_head,
        "with_sources": after_file.sources()?.iter().map(|source| json!({
            "name": source.name, "sha256": source.sha256, "exported": source.exported.text(),
        })).collect::<Vec<_>>(),
        "counts": all.iter().map(|fate| (fate.name().to_owned(), json!(count(*fate)))).collect::<serde_json::Map<_, _>>(),
        "gone": with,
    });
    let event = NewEvent {
        at: args.acting.now(env),
        kind: "remediation-verified",
        actor: &args.acting.actor(env),
        body,
    };
    campaign.note(&event)?;
    let rows = fates.iter().map(|each| {
        let item = desk.item(each.item);
        json!({
            "item": each.item,
            "fate": each.fate.name(),
            "why": each.why,
            "account": item.map(|item| format!("{}/{}", item.system, item.account)),
            "entitlement": item.map(|item| format!("{} {}", item.kind.name(), item.entitlement)),
        })
    });
    let mut shown = Shown::new(json!({
        "schema": "countersign/review-remediation/v1",
        "fates": rows.collect::<Vec<_>>(),
    }));
    let whole = fates.iter().all(|each| each.fate.is_proof());
    match whole {
        true => shown.toned(
            Tone::Good,
            "gone",
            format!(": all of {} revoked grants", fates.len()),
        ),
        false => shown.toned(
            Tone::Bad,
            "not proven",
            format!(
                ": {} of {} revoked grants",
                fates.len() - with.len(),
                fates.len()
            ),
        ),
    }
    let rows = fates.iter().filter_map(|each| {
        let item = desk.item(each.item)?;
        Some(vec![
            each.fate.name().to_owned(),
            format!("{}/{}", item.system, item.account),
            format!("{} {}", item.kind.name(), item.entitlement),
            each.why.clone(),
        ])
    });
    shown.table(&["fate", "account", "access", "why"], rows.collect());
    Ok(Outcome {
        exit: if whole { ExitCode::Yes } else { ExitCode::No },
        ..Outcome::done(Body::View(Box::new(shown)))
    })
}

/// The items that an earlier check found gone.
fn gone_before(campaign: &Store) -> Result<BTreeSet<i64>, Failure> {
    let mut gone = BTreeSet::new();
    for event in campaign
        .events()?
        .iter()
        .filter(|event| event.kind == "remediation-verified")
    {
        let body: Value = serde_json::from_str(&event.body).unwrap_or(Value::Null);
        let items = body
            .get("gone")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        gone.extend(items.iter().filter_map(Value::as_i64));
    }
    Ok(gone)
}

/// Runs `diff`.
pub(super) fn diff(env: &Env, args: &DiffArgs) -> Result<Outcome, Failure> {
    let old = Desk::load(&store::read(env, &args.old)?)?;
    let new = Desk::load(&store::read(env, &args.new)?)?;
    let found = compare::difference(&old, &new);
    let label = |desk: &Desk, id: i64| {
        let item = desk.item(id);
        item.map(|item| {
            format!(
                "{}/{} {} {}",
                item.system,
                item.account,
                item.kind.name(),
                item.entitlement
            )
        })
        .unwrap_or_default()
    };
    let labels =
        |desk: &Desk, ids: &[i64]| ids.iter().map(|id| label(desk, *id)).collect::<Vec<_>>();
    let risk = |risk: i64| {
        crate::review::campaign::check::severity(risk).map_or("none", |severity| severity.name())
    };
    let mut shown = Shown::new(json!({
        "schema": "countersign/review-diff/v1",
        "kept": found.kept,
        "added": labels(&new, &found.added),
        "removed": labels(&old, &found.removed),
        "back": labels(&new, &found.back),
        "risk": found.risk.iter().map(|(id, from, to)| json!({
            "item": label(&new, *id), "from": risk(*from), "to": risk(*to),
        })).collect::<Vec<_>>(),
        "moved": found.moved.iter().map(|(who, from, to)| json!({ "who": who, "from": from, "to": to })).collect::<Vec<_>>(),
    }));
    shown.text(format!(
        "{} kept, {} added, {} removed, {} back after they were revoked, {} with another risk, {} people moved",
        found.kept, found.added.len(), found.removed.len(), found.back.len(), found.risk.len(), found.moved.len(),
    ));
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut add = |what: &str, labels: Vec<String>| {
        rows.extend(labels.into_iter().map(|label| vec![what.to_owned(), label]));
    };
    add("back", labels(&new, &found.back));
    add("added", labels(&new, &found.added));
    add("removed", labels(&old, &found.removed));
    add(
        "risk",
        found
            .risk
            .iter()
            .map(|(id, from, to)| format!("{}: {} → {}", label(&new, *id), risk(*from), risk(*to)))
            .collect(),
    );
    add(
        "moved",
        found
            .moved
            .iter()
            .map(|(who, from, to)| format!("{who}: {from} → {to}"))
            .collect(),
    );
    let same = rows.is_empty();
    shown.table(&["what", "which"], rows);
    Ok(Outcome {
        exit: if same { ExitCode::Yes } else { ExitCode::No },
        ..Outcome::done(Body::View(Box::new(shown)))
    })
}
