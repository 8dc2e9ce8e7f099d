//! `--- # comment`: older kubectl does not split there.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::yaml::RemarkKind;
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "separator-with-comment",
    title: "older kubectl loses the document after `--- # comment`",
    severity: Severity::Low,
    confidence: Confidence::Medium,
    page: page!("separator_with_comment.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for (source, remark) in model.remarks {
        if remark.kind != RemarkKind::SeparatorWithComment {
            continue;
        }
        found.push(
            Finding::new(&RULE, source.name(), remark.kind.sentence())
                .at(source, remark.span, "not a separator to older clients")
                .help("put the comment on the next line:\n  ---\n  # comment"),
        );
    }
}
