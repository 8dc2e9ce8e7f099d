//! A decision after the deadline.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::conduct::{Conduct, Said};

pub(super) static RULE: Rule = Rule {
    id: "late-decision",
    title: "a decision came after the deadline",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("late_decision.md"),
};

pub(super) fn judge(conduct: &Conduct) -> Vec<Said> {
    let mut said = Vec::new();
    for (reviewer, decisions) in conduct.by_reviewer() {
        let late = decisions.iter().filter(|d| d.late).count();
        if late > 0 {
            let text = format!("made {late} decisions after the deadline");
            said.push(conduct.says(Severity::Low, reviewer, text));
        }
    }
    said
}
