//! A key that stands twice in one mapping: kubectl keeps the last.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "duplicate-key",
    title: "a key stands twice and the first is lost",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("duplicate_key.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for document in model.documents {
        let is_manifest = document.root.get("kind").is_some();
        // Where the indentation is lost, keys meet that never belonged together.
        let is_lost = model
            .indentation_lost
            .iter()
            .any(|lost| std::ptr::eq(lost.document, document));
        if !is_manifest || is_lost {
            continue;
        }
        for duplicate in &document.duplicates {
            let message = format!(
                "`{}` stands twice in one mapping: kubectl obeys the last and forgets the first",
                duplicate.key
            );
            found.push(
                Finding::new(&RULE, format!("key `{}`", duplicate.key), message)
                    .at(&document.source, duplicate.second, "this one counts")
                    .and(&document.source, duplicate.first, "this one is lost")
                    .help("keep one of them, or merge their contents"),
            );
        }
    }
}
