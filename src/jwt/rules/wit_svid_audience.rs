//! A WIT-SVID that looks like a bearer token.

use super::super::subject::{Role, Token};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-wit-svid-audience",
    title: "a WIT-SVID names an audience",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("wit_svid_audience.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    (token.role == Role::WitSvid && token.claim("aud").is_some()).then(|| {
        Finding::new(
            &RULE,
            "aud",
            "the WIT-SVID has `aud`, which it must not have: it is no bearer token",
        )
        .help("leave `aud` out; the proof of possession names the receiver")
    })
}
