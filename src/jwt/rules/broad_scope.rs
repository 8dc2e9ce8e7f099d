//! A scope without limits.

use super::super::subject::{Token, quoted};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-broad-scope",
    title: "the token grants everything",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("broad_scope.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let scopes = token.scopes();
    let broad: Vec<&str> = scopes.into_iter().filter(|scope| is_broad(scope)).collect();
    (!broad.is_empty()).then(|| {
        let message = format!("the scope {} grants everything", quoted(&broad));
        Finding::new(&RULE, "scope", message)
            .help("grant what the caller needs for this one task, such as `orders:read`")
    })
}

fn is_broad(scope: &str) -> bool {
    let lower = scope.to_ascii_lowercase();
    let whole = [
        "admin",
        "root",
        "superuser",
        "sudo",
        "all",
        "full",
        "full_access",
        "everything",
    ];
    scope.contains('*') || whole.contains(&lower.as_str())
}
