//! The request of a DPoP proof.

use super::super::subject::{Role, Token};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-dpop-target",
    title: "a DPoP proof does not name one request",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("dpop_target.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    if token.role != Role::Dpop {
        return None;
    }
    let (method, url) = (token.text("htm"), token.text("htu"));
    let wrong = match (method, url) {
        (Some(method), _) if !is_token(method) => {
            ("htm", format!("`htm` is `{method}`, which is no method"))
        }
        (Some(method), _) if method.bytes().any(|byte| byte.is_ascii_lowercase()) => (
            "htm",
            format!("`htm` is `{method}`; methods are case-sensitive"),
        ),
        (_, Some(url)) if url.contains(['?', '#']) => (
            "htu",
            "`htu` holds a query or a fragment, which are left out".to_owned(),
        ),
        (_, Some(url)) if !url.contains("://") => {
            ("htu", format!("`htu` is `{url}`, which is no absolute URL"))
        }
        _ => return None,
    };
    let (claim, message) = wrong;
    Some(
        Finding::new(&RULE, claim, message).help(
            "write `htm` as the request does, and `htu` as its URL without query and fragment",
        ),
    )
}

/// RFC 9110 §5.6.2.
fn is_token(text: &str) -> bool {
    let byte = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(byte)
}
