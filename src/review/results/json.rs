//! The envelope `countersign/review-report/v1`. Texts are the exports' own, not sanitised.

use serde_json::{Map, Value, json as object};

use super::{Results, Row, time};
use crate::kernel::finding::Severity;
use crate::review::evidence::sources_file;
use crate::review::store::Answer;

/// The results for programs.
pub fn json(results: &Results, version: &str) -> Value {
    let state = &results.desk.state;
    let (seq, head) = &results.head;
    let closed = state.closed.as_ref().map(|(at, _, body)| {
        object!({
            "at": time(Some(*at)),
            "acknowledged_by": body.get("acknowledged_by"),
            "statement": body.get("statement"),
        })
    });
    object!({
        "schema": "countersign/review-report/v1",
        "tool": { "name": "countersign", "version": version },
        "at": results.at.to_string(),
        "campaign": results.desk.id,
        "name": results.desk.policy.name,
        "state": state.name,
        "opened": time(state.opened_at),
        "deadline": time(state.deadline),
        "closed": closed,
        "head": { "events": seq, "sha256": head },
        "policy_sha256": results.desk.policy.sha256,
        "warnings": results.warnings(),
        "summary": summary(results),
        "not_evaluable": results.gaps.iter().map(|(rule, reason, subjects)| object!({
            "rule": rule, "because": reason, "subjects": subjects,
        })).collect::<Vec<_>>(),
        "reviewers": reviewers(results),
        "sources": sources_file(&results.sources).get("sources"),
        "items": results.rows().map(|row| item(results, &row)).collect::<Vec<_>>(),
    })
}

fn summary(results: &Results) -> Value {
    let summary = &results.summary;
    let outcomes: Map<String, Value> = summary
        .outcomes()
        .map(|(outcome, count)| (outcome.name().to_owned(), count.into()))
        .collect();
    let risks: Map<String, Value> = summary
        .risks
        .iter()
        .map(|(risk, count)| {
            (
                risk.map_or("none", Severity::name).to_owned(),
                (*count).into(),
            )
        })
        .collect();
    object!({
        "items": summary.items(),
        "outcomes": outcomes,
        "by_policy": summary.by_policy,
        "waiting": summary.waiting,
        "contradicting": summary.conflicts,
        "risks": risks,
        "rules": summary.rules.iter().map(|(rule, count, worst)| object!({
            "rule": rule, "fired": count, "worst": worst.map(Severity::name),
        })).collect::<Vec<_>>(),
    })
}

fn reviewers(results: &Results) -> Vec<Value> {
    let each = results.summary.reviewers.iter().map(|reviewer| {
        let figures = &reviewer.figures;
        let answers = Answer::ALL.iter().zip(reviewer.answers);
        let answers: Map<String, Value> = answers
            .map(|(answer, count)| (answer.name().to_owned(), count.into()))
            .collect();
        object!({
            "reviewer": reviewer.label,
            "given": reviewer.given,
            "owed": reviewer.owed,
            "answers": answers,
            "late": figures.late,
            "batches": figures.batches,
            "largest_batch": figures.largest_batch,
            "seconds_from_first_to_last": figures.span,
            "remarks": reviewer.said.iter().map(|(rule, text)| object!({
                "rule": rule, "text": text,
            })).collect::<Vec<_>>(),
        })
    });
    each.collect()
}

fn item(results: &Results, row: &Row) -> Value {
    let item = row.item;
    let some = |text: String| (!text.is_empty()).then_some(text);
    object!({
        "item": format!("i{}", item.id),
        "system": item.system,
        "account": item.account,
        "person": some(row.person.clone()),
        "kind": item.kind.name(),
        "entitlement": item.entitlement,
        "scope": item.scope,
        "how": item.how.name(),
        "path": item.path,
        "granted": some(item.granted.text()),
        "granted_by": item.granted_by,
        "granted_because": item.justification,
        "last_used": some(item.last_used.text()),
        "expires": some(item.expires.text()),
        "new": item.changed,
        "risk": row.severity.map(Severity::name),
        "findings": results.desk.findings_of(item).iter().map(|finding| object!({
            "rule": finding.rule, "text": finding.text,
        })).collect::<Vec<_>>(),
        "outcome": row.outcome.name(),
        "decided_by": row.decided_by,
        "reviewers": row.reviewers,
        "answers": row.answers.iter().map(|decision| object!({
            "stage": decision.stage,
            "reviewer": results.desk.person_label(decision.reviewer),
            "answer": decision.answer.name(),
            "justification": decision.justification,
            "at": time(Some(decision.at)),
            "late": decision.late,
        })).collect::<Vec<_>>(),
        "source": row.place(),
    })
}
