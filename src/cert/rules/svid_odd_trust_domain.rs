//! Other linters take the trust domain for an error.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "svid-odd-trust-domain",
    title: "other linters take the trust domain for an error",
    severity: Severity::Info,
    confidence: Confidence::High,
    page: page!("svid_odd_trust_domain.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let id = subject.id()?;
    let domain = id.trust_domain().as_str();
    let odd = !domain.contains('.')
        || domain.contains('_')
        || domain.parse::<std::net::Ipv4Addr>().is_ok();
    odd.then(|| subject.finding(&RULE, format!("the trust domain is `{domain}`")))
}
