//! A key id that is a path, a query or a command.

use super::super::subject::Token;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-suspicious-kid",
    title: "the key id looks like an attack",
    severity: Severity::High,
    confidence: Confidence::Medium,
    page: page!("suspicious_kid.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    let kid = token.parameter("kid")?.as_str()?;
    let why = suspicion(kid)?;
    let message =
        format!("`kid` {why}: a verifier that puts it into a path, a query or a command runs it");
    Some(Finding::new(&RULE, "kid", message).help(
        "look key ids up in a fixed set; never in the file system, a database query or a shell",
    ))
}

fn suspicion(kid: &str) -> Option<&'static str> {
    let lower = kid.to_ascii_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| lower.contains(part));
    let starts = |parts: &[&str]| parts.iter().any(|part| lower.starts_with(part));
    if has(&["../", "..\\", "%2e%2e", "%2f"])
        || starts(&[
            "/dev/", "/etc/", "/proc/", "/tmp/", "/var/", "/sys/", "file:", "c:\\",
        ])
    {
        return Some("looks like a path");
    }
    if has(&[
        "' ", "'--", "\" or ", " union ", "select ", ";--", "' or", "'='", "' and",
    ]) {
        return Some("looks like a query");
    }
    if has(&["$(", "`", "||", "&&", "; ", "|"]) {
        return Some("looks like a command");
    }
    if has(&["{{", "${", "<script", "%00"]) || kid.chars().any(char::is_control) {
        return Some("holds characters that no key id needs");
    }
    None
}
