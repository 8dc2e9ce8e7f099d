//! A manifest pasted without its indentation: `metadata:` is empty and `name:` stands at the top.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "indentation-lost",
    title: "a manifest lost its indentation",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("indentation_lost.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for lost in &model.indentation_lost {
        let source = &lost.document.source;
        let parent = String::from_utf8_lossy(source.slice(lost.emptied)).into_owned();
        let message = format!(
            "this {} lost its indentation: `{parent}` is empty and `{}` stands outside it, so nothing is said about \
             what it does",
            lost.kind, lost.escaped_key
        );
        found.push(
            Finding::new(&RULE, lost.kind, message)
                .at(source, lost.escaped, format!("belongs under `{parent}`"))
                .and(source, lost.emptied, "has lost its content")
                .help(format!("indent what belongs together:\n  {parent}:\n    {}: …", lost.escaped_key)),
        );
    }
}
