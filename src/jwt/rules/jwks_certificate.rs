//! Certificates beside a key.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::super::subject::{KeySet, Member};
use crate::kernel::crypto::DigestAlgorithm;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::key::certified_key;

pub(super) static RULE: Rule = Rule {
    id: "jwks-certificate",
    title: "a certificate beside a key does not belong to it",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("jwks_certificate.md"),
};

pub(super) fn check(set: &KeySet<'_>) -> Vec<Finding> {
    let findings = set.members.iter().filter_map(|member| {
        let chain = member.node.get("x5c")?;
        let first = chain
            .as_sequence()
            .and_then(|items| items.first()?.as_str());
        // RFC 7517 §4.7: base64, not base64url.
        let der = first.and_then(|text| STANDARD.decode(text).ok());
        let certified = der.as_deref().map(certified_key);
        let (wrong, severity) = match (&der, certified, &member.key) {
            (None, _, _) => (
                "its `x5c` is not a list of certificates in standard base64".to_owned(),
                Severity::Medium,
            ),
            (Some(_), None | Some(Err(_)), _) => (
                "the first certificate of its `x5c` cannot be read".to_owned(),
                Severity::Medium,
            ),
            (Some(_), Some(Ok(certified)), Ok(key))
                if key.public().is_some_and(|key| key != certified.key) =>
            {
                (
                    "the first certificate of its `x5c` is for another key".to_owned(),
                    RULE.severity,
                )
            }
            (Some(_), Some(Ok(certified)), _) if certified.not_after < set.now => (
                format!(
                    "its certificate ended {}, {}",
                    certified.not_after,
                    certified.not_after.relative_to(set.now)
                ),
                Severity::Medium,
            ),
            (Some(_), Some(Ok(certified)), _) if certified.not_before > set.now => (
                format!(
                    "its certificate begins {}, {}",
                    certified.not_before,
                    certified.not_before.relative_to(set.now)
                ),
                Severity::Medium,
            ),
            (Some(der), Some(Ok(_)), _) => (thumbprint_fault(member, der)?, RULE.severity),
        };
        let finding = set.finding(
            &RULE,
            member,
            ("x5c", format!("{}: {wrong}", member.name())),
        );
        let finding =
            finding.help("publish the certificate of this key, or leave `x5c` and `x5t` out");
        Some(Finding {
            severity,
            ..finding
        })
    });
    findings.collect()
}

/// RFC 7517 §4.8, §4.9: the digests are of the first certificate.
fn thumbprint_fault(member: &Member<'_>, der: &[u8]) -> Option<String> {
    let digests = [
        ("x5t", DigestAlgorithm::Sha1Legacy),
        ("x5t#S256", DigestAlgorithm::Sha256),
    ];
    digests.into_iter().find_map(|(name, algorithm)| {
        let written = member.text(name)?;
        let wrong = URL_SAFE_NO_PAD.encode(algorithm.digest(der)) != written;
        wrong.then(|| format!("its `{name}` is not the digest of its certificate"))
    })
}
