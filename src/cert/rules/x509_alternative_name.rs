//! An alternative name is not of its form.

use super::Subject;
use crate::cert::certificate::GeneralName;
use crate::cert::path::dns_problem;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-alternative-name",
    title: "an alternative name is not of its form",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("x509_alternative_name.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let wrong = subject.certificate.names.iter().find_map(|name| {
        let problem = match name {
            GeneralName::Dns(text) => dns_problem(text),
            GeneralName::Uri(text) if !text.contains(':') => Some("it is no absolute URI"),
            GeneralName::Rfc822(text) if !text.contains('@') => Some("it is no mailbox"),
            _ => None,
        };
        problem.map(|problem| format!("the {} `{name}`: {problem}", name.form()))
    });
    wrong.map(|message| subject.finding(&RULE, message))
}
