//! How a verdict about a chain looks: `countersign/chain-verdict/v1`.

use serde_json::{Value, json};

use super::view::certificate_json;
use crate::cert::{Candidate, Certificate, ChainVerdict, Problem, Reason, SpiffeId, Status};
use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::kernel::time::Timestamp;

/// A verdict about a chain.
pub(super) struct VerdictView {
    pub(super) name: String,
    pub(super) profile: &'static str,
    pub(super) accepted: bool,
    pub(super) malformed: Option<String>,
    pub(super) leaf: Option<Certificate>,
    pub(super) verdict: Option<ChainVerdict>,
    pub(super) now: Timestamp,
    pub(super) trace: bool,
    /// What is to be known about the bundles.
    pub(super) notes: Vec<String>,
}

impl VerdictView {
    /// Whether nothing is known: a budget ended the search, or the leaf cannot be read.
    pub(super) fn is_undecided(&self) -> bool {
        let verdict = self.verdict.as_ref();
        verdict.is_none_or(ChainVerdict::is_undecided)
    }

    fn reasons(&self) -> Vec<Reason> {
        match &self.verdict {
            Some(verdict) => verdict.reasons(),
            None => vec![Reason::Malformed],
        }
    }
}

impl View for VerdictView {
    fn human(&self, paint: &mut Paint) {
        let rest = format!(": {}, judged at {}", self.name, self.now);
        if self.accepted {
            paint.toned(Tone::Good, "accepted", &rest);
        } else if self.is_undecided() {
            paint.toned(Tone::Bad, "undecided", &rest);
        } else {
            paint.toned(Tone::Bad, "refused", &rest);
        }
        if let Some(problem) = &self.malformed {
            paint.field("chain", problem, Some(Tone::Bad));
        }
        if let (Some(verdict), Some(leaf)) = (&self.verdict, &self.leaf) {
            human_verdict(verdict, (leaf, self.profile, self.now), paint);
            let others = verdict.report.candidates.len() + verdict.report.untold;
            if self.trace {
                human_trace(verdict, paint);
            } else if !self.accepted && others > 1 {
                let text = format!("{others} paths were tried; `--trace` tells each");
                paint.field("paths", &text, Some(Tone::Dim));
            }
        }
        let reasons = if self.accepted {
            Vec::new()
        } else {
            self.reasons()
        };
        for reason in &reasons {
            let page = reason.page();
            paint.field("reason", &format!("{}: {}", page.code, page.title), None);
        }
        if let Some(first) = reasons.first() {
            paint.field(
                "more",
                &format!("countersign explain {}", first.code()),
                Some(Tone::Dim),
            );
        }
    }

    fn json(&self) -> Value {
        let reasons: Vec<&str> = if self.accepted {
            Vec::new()
        } else {
            self.reasons().into_iter().map(Reason::code).collect()
        };
        let verdict = self.verdict.as_ref();
        let problems: Vec<Value> = verdict
            .iter()
            .flat_map(|verdict| &verdict.problems)
            .map(problem_json)
            .collect();
        let revocation = |verdict: &ChainVerdict| -> Vec<Value> {
            let told = verdict.revocation.iter();
            told.map(|(name, status)| status_json(name, status))
                .collect()
        };
        let candidates = |verdict: &ChainVerdict| -> Vec<Value> {
            verdict
                .report
                .candidates
                .iter()
                .map(candidate_json)
                .collect()
        };
        json!({
            "schema": "countersign/chain-verdict/v1",
            "input": self.name,
            "profile": self.profile,
            "accepted": self.accepted,
            "reasons": reasons,
            "judged_at": self.now.to_string(),
            "spiffe_id": verdict.and_then(|verdict| verdict.spiffe_id.as_ref()).map(SpiffeId::to_string),
            "path": verdict.map(|verdict| verdict.path.clone()),
            "leaf": self.leaf.as_ref().map(certificate_json),
            "problems": problems,
            "remarks": verdict.map(|verdict| verdict.remarks.clone()),
            "revocation": verdict.map(revocation),
            "candidates": verdict.map(candidates),
            "candidates_untold": verdict.map(|verdict| verdict.report.untold),
            "work": verdict.map(|verdict| json!({
                "signatures": verdict.report.work.signatures,
                "steps": verdict.report.work.steps,
                "comparisons": verdict.report.work.comparisons,
            })),
            "malformed": self.malformed,
            "notes": self.notes,
        })
    }
}

/// Verdicts about several chains: `countersign/chain-verdicts/v1`.
pub(super) struct VerdictsView(pub(super) Vec<VerdictView>);

impl View for VerdictsView {
    fn human(&self, paint: &mut Paint) {
        for view in &self.0 {
            view.human(paint);
        }
        let accepted = self.0.iter().filter(|view| view.accepted).count();
        paint.line(&format!("{accepted} of {} accepted", self.0.len()));
    }

    fn json(&self) -> Value {
        let verdicts: Vec<Value> = self.0.iter().map(View::json).collect();
        let accepted = self.0.iter().filter(|view| view.accepted).count();
        json!({
            "schema": "countersign/chain-verdicts/v1",
            "chains": verdicts.len(),
            "accepted": accepted,
            "verdicts": verdicts,
        })
    }
}

fn human_verdict(
    verdict: &ChainVerdict,
    (leaf, profile, now): (&Certificate, &str, Timestamp),
    paint: &mut Paint,
) {
    match &verdict.spiffe_id {
        Some(id) => paint.field("identity", &id.to_string(), None),
        None if profile == "spiffe" => paint.field("identity", "(none)", None),
        None => paint.field("identity", &names(leaf), None),
    }
    if !verdict.path.is_empty() {
        paint.field("path", &verdict.path.join(" <- "), Some(Tone::Good));
    }
    let until = leaf.not_after;
    let text = format!(
        "{} to {until} ({})",
        leaf.not_before,
        until.relative_to(now)
    );
    paint.field("valid", &text, None);
    for (name, status) in &verdict.revocation {
        let tone = match status {
            Status::Good(_) => Tone::Good,
            Status::Revoked(..) => Tone::Bad,
            Status::Unknown(_) => Tone::Warn,
        };
        paint.field("revocation", &format!("{name}: {status}"), Some(tone));
    }
    for problem in &verdict.problems {
        paint.field("problem", &problem.to_string(), Some(Tone::Bad));
    }
    for remark in &verdict.remarks {
        paint.field("remark", remark, Some(Tone::Warn));
    }
}

/// The names that are compared with a server's.
fn names(leaf: &Certificate) -> String {
    if leaf.names.is_empty() {
        return leaf.name().to_owned();
    }
    let names = leaf.names.iter().map(ToString::to_string);
    names.collect::<Vec<_>>().join(", ")
}

fn human_trace(verdict: &ChainVerdict, paint: &mut Paint) {
    let report = &verdict.report;
    for (index, candidate) in report.candidates.iter().enumerate() {
        let kind = match (candidate.problems.is_empty(), candidate.complete) {
            (true, _) => "holds",
            (false, true) => "fails",
            (false, false) => "leads nowhere",
        };
        let path = candidate.certificates.join(" <- ");
        paint.field(
            &format!("path {}", index + 1),
            &format!("{kind}: {path}"),
            None,
        );
        for check in &candidate.checks {
            let (mark, tone) = if check.problems.is_empty() {
                ("holds", Tone::Good)
            } else {
                ("FAILS", Tone::Bad)
            };
            let text = format!(
                "{mark}: {} of {} ({})",
                check.rule, check.certificate, check.section
            );
            paint.field("", &text, Some(tone));
        }
        for problem in &candidate.problems {
            paint.field("", &problem.to_string(), Some(Tone::Bad));
        }
    }
    if report.untold > 0 {
        paint.field("paths", &format!("and {} more", report.untold), None);
    }
    let work = report.work;
    let text = format!(
        "{} signatures, {} steps, {} comparisons of names",
        work.signatures, work.steps, work.comparisons
    );
    paint.field("work", &text, None);
}

fn problem_json(problem: &Problem) -> Value {
    json!({
        "reason": problem.reason.code(),
        "certificate": problem.certificate,
        "detail": problem.detail,
    })
}

fn status_json(name: &str, status: &Status) -> Value {
    let word = match status {
        Status::Good(_) => "good",
        Status::Revoked(..) => "revoked",
        Status::Unknown(_) => "unknown",
    };
    json!({ "certificate": name, "status": word, "detail": status.to_string() })
}

fn candidate_json(candidate: &Candidate) -> Value {
    let checks: Vec<Value> = candidate
        .checks
        .iter()
        .map(|check| {
            json!({
                "rule": check.rule,
                "section": check.section,
                "certificate": check.certificate,
                "problems": check.problems.iter().map(problem_json).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "certificates": candidate.certificates,
        "complete": candidate.complete,
        "problems": candidate.problems.iter().map(problem_json).collect::<Vec<_>>(),
        "checks": checks,
    })
}
