//! Digests that prove nothing.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "request-deprecated-digest",
    title: "the digest is made with an algorithm that is broken",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("deprecated_digest.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for field in &subject.message.fields {
        let name = field.name().to_ascii_lowercase();
        let dictionary = match name.as_str() {
            "content-digest" | "repr-digest" | "digest" => String::from_utf8_lossy(field.value()),
            _ => continue,
        };
        let old = |word: &&str| {
            let word = word.trim().to_ascii_lowercase();
            DEPRECATED
                .iter()
                .any(|old| word.starts_with(&format!("{old}=")))
        };
        if let Some(found) = dictionary.split(',').find(old) {
            let algorithm = found.trim().split('=').next().unwrap_or_default();
            let message = format!("`{}` uses `{algorithm}`", field.name());
            let finding = Finding::new(&RULE, field.name(), message);
            let finding = finding.at(
                &subject.message.source,
                field.place(&subject.message.source),
                "here",
            );
            findings.push(finding.help("use `sha-256` or `sha-512`"));
        }
    }
    findings
}

const DEPRECATED: [&str; 7] = [
    "md5",
    "sha",
    "unixsum",
    "unixcksum",
    "adler",
    "adler32",
    "crc32c",
];
