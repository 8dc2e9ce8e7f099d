//! All rules and reason codes of all jobs in one list: what `explain` knows and what the reference is made of.

use crate::kernel::arrange::Arrange as _;
use crate::kernel::finding::{Rule, Severity};
use crate::kernel::reason::ReasonPage;
use crate::{cert, jwt, request, review};

/// A rule or a reason code.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The code.
    pub code: &'static str,
    /// Where it belongs.
    pub kind: &'static str,
    /// One line.
    pub title: &'static str,
    /// Of a rule, its severity.
    pub severity: Option<Severity>,
    /// The page, Markdown.
    pub text: &'static str,
}

/// All of them, by kind, then by code.
pub fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut reasons = |kind: &'static str, pages: &mut dyn Iterator<Item = ReasonPage>| {
        entries.extend(pages.map(|page| Entry {
            code: page.code,
            kind,
            title: page.title,
            severity: None,
            text: page.text,
        }));
    };
    reasons(
        "reasons of request verify",
        &mut request::Reason::ALL
            .into_iter()
            .map(request::Reason::page)
            .chain(request::MessageError::PAGES),
    );
    reasons(
        "causes of request explain",
        &mut request::explain::Cause::ALL
            .into_iter()
            .map(request::explain::Cause::page),
    );
    reasons(
        "reasons of jwt verify",
        &mut jwt::Reason::ALL.into_iter().map(jwt::Reason::page),
    );
    reasons(
        "causes of jwt verify",
        &mut jwt::forensics::Cause::ALL
            .into_iter()
            .map(jwt::forensics::Cause::page),
    );
    reasons(
        "reasons of decryption",
        &mut jwt::jwe::Reason::ALL
            .into_iter()
            .map(jwt::jwe::Reason::page),
    );
    reasons(
        "reasons of jwt introspect, revoke and fetch",
        &mut jwt::oauth::Reason::ALL
            .into_iter()
            .map(jwt::oauth::Reason::page),
    );
    reasons(
        "reasons of cert verify",
        &mut cert::Reason::ALL.into_iter().map(cert::Reason::page),
    );
    reasons(
        "reasons of cert log verify and audit",
        &mut cert::issuance_log::LogReason::ALL
            .into_iter()
            .map(cert::issuance_log::LogReason::page),
    );
    reasons(
        "anomalies of cert log watch",
        &mut cert::issuance_log::Anomaly::ALL
            .into_iter()
            .map(cert::issuance_log::Anomaly::page),
    );
    reasons(
        "reasons of review",
        &mut review::Reason::ALL.into_iter().map(review::Reason::page),
    );
    let mut rules = |kind: &'static str, rules: &mut dyn Iterator<Item = &'static Rule>| {
        entries.extend(rules.map(|rule| Entry {
            code: rule.id,
            kind,
            title: rule.title,
            severity: Some(rule.severity),
            text: rule.page.text(),
        }));
    };
    rules("rules of request lint", &mut request::rules::all());
    rules("rules about tokens", &mut jwt::rules::all());
    rules("rules about certificates", &mut cert::rules::all());
    rules("rules of review", &mut review::rules::all());
    rules(
        "rules of lint",
        &mut crate::lint::rules::ALL.iter().map(|check| check.rule),
    );
    rules(
        "rules about ignores",
        &mut crate::kernel::finding::suppression::RULES.iter().copied(),
    );
    entries.arrange_by_key(|entry| (entry.kind, entry.code));
    entries
}
