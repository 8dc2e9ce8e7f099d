//! RSAES-PKCS1-v1_5.

use super::super::subject::Token;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "jwt-rsa1-5",
    title: "the key is encrypted with RSA1_5",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("rsa1_5.md"),
};

pub(super) fn check(token: &Token<'_>) -> Option<Finding> {
    (token.algorithm()? == "RSA1_5").then(|| {
        Finding::new(&RULE, "alg", "`alg` is RSA1_5: a receiver that answers differently to bad padding gives the contents away")
            .help("use `ECDH-ES+A256KW` or `RSA-OAEP-256`")
    })
}
