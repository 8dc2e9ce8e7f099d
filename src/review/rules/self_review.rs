//! A decision about one's own access.

use crate::kernel::finding::{Confidence, Rule, Severity, page};
use crate::review::campaign::conduct::{Conduct, Said};

pub(super) static RULE: Rule = Rule {
    id: "self-review",
    title: "somebody decided on their own access",
    severity: Severity::Critical,
    confidence: Confidence::High,
    page: page!("self_review.md"),
};

pub(super) fn judge(conduct: &Conduct) -> Vec<Said> {
    let own = conduct.decisions.iter().filter(|d| {
        let item = conduct.item(d.item);
        item.is_some_and(|item| item.subject == Some(d.reviewer))
    });
    own.map(|d| {
        conduct.says(
            Severity::Critical,
            d.reviewer,
            format!("item {} is about themselves", d.item),
        )
    })
    .collect()
}
