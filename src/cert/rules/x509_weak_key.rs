//! The key of a certificate is weak or of no use.

use super::Subject;
use crate::cert::PostQuantumKey;
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::key::{Curve, PublicKey, rsa_weaknesses};

pub(super) static RULE: Rule = Rule {
    id: "x509-weak-key",
    title: "the key of a certificate is weak or of no use",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("x509_weak_key.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    // What is not verified here need not be weak: another rule tells of it.
    if PostQuantumKey::of(&subject.certificate.key_info).is_some() {
        return None;
    }
    let problem = match &subject.certificate.public_key {
        Err(defect) => defect.to_string(),
        Ok(PublicKey::Rsa { n, e }) => rsa_weaknesses(n, e).first()?.to_string(),
        Ok(PublicKey::Ec {
            curve: Curve::Secp256k1,
            ..
        }) => "no TLS library takes secp256k1".to_owned(),
        Ok(PublicKey::X25519(_)) => "an X25519 key signs no handshake".to_owned(),
        Ok(_) => return None,
    };
    Some(subject.finding(&RULE, format!("its key: {problem}")))
}
