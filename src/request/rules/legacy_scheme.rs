//! SHA-1 and draft signatures.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "request-legacy-scheme",
    title: "the signature is one of a scheme that was given up",
    severity: Severity::Low,
    confidence: Confidence::High,
    page: page!("legacy_scheme.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for field in &subject.message.fields {
        let value = String::from_utf8_lossy(field.value());
        let name = field.name().to_ascii_lowercase();
        let (what, help) = match name.as_str() {
            "x-hub-signature" => (
                "`X-Hub-Signature` is HMAC-SHA1",
                "verify `X-Hub-Signature-256` instead",
            ),
            "signature" | "authorization" if value.contains("keyId=\"") => (
                "the signature is one of draft-cavage-http-signatures",
                "move to RFC 9421: `countersign request sign --scheme rfc9421`",
            ),
            _ => continue,
        };
        let finding = Finding::new(&RULE, field.name(), what);
        let finding = finding.at(
            &subject.message.source,
            field.place(&subject.message.source),
            "here",
        );
        findings.push(finding.help(help));
    }
    findings
}
