//! The purposes of an X509-SVID do not let it serve and connect.

use super::Subject;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "svid-purposes",
    title: "the purposes of an X509-SVID do not let it serve and connect",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("svid_purposes.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    if !subject.is_svid() || subject.certificate.is_authority {
        return None;
    }
    let Some(purposes) = &subject.certificate.purposes else {
        let finding = subject.finding(&RULE, "it has no extKeyUsage");
        return Some(Finding {
            severity: Severity::Info,
            ..finding
        });
    };
    let has = |wanted: &&str| !purposes.iter().any(|purpose| purpose == wanted);
    let missing: Vec<&str> = ["serverAuth", "clientAuth"]
        .into_iter()
        .filter(has)
        .collect();
    (!missing.is_empty()).then(|| {
        subject.finding(
            &RULE,
            format!("its extKeyUsage lacks {}", missing.join(" and ")),
        )
    })
}
