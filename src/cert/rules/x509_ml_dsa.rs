//! A post-quantum key or signature is not written as its RFC demands.

use super::Subject;
use crate::cert::{PostQuantum, PostQuantumKey};
use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};

pub(super) static RULE: Rule = Rule {
    id: "x509-ml-dsa",
    title: "an ML-DSA or ML-KEM certificate is not made as its RFC demands",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("x509_ml_dsa.md"),
};

pub(super) fn check(subject: &Subject<'_>) -> Option<Finding> {
    let problem = key_problem(subject).or_else(|| signature_problem(subject))?;
    Some(subject.finding(&RULE, problem))
}

fn key_problem(subject: &Subject<'_>) -> Option<String> {
    let key = PostQuantumKey::of(&subject.certificate.key_info)?;
    let name = key.algorithm.name;
    if key.has_parameters {
        return Some(format!(
            "parameters stand beside {name}, where none may (RFC 9881 §2, RFC 9935)"
        ));
    }
    let wanted = key.algorithm.key_length;
    if key.length != wanted {
        let length = key.length;
        return Some(format!(
            "its {name} key has {length} bytes, where {wanted} belong"
        ));
    }
    let usage = subject.certificate.key_usage?.names();
    let signs = key.algorithm.signature_length.is_some();
    let allowed: &[&str] = match signs {
        // RFC 9881 §5.
        true => &[
            "digitalSignature",
            "contentCommitment",
            "keyCertSign",
            "cRLSign",
        ],
        // RFC 9935.
        false => &["keyEncipherment"],
    };
    let others: Vec<&str> = usage
        .iter()
        .copied()
        .filter(|name| !allowed.contains(name))
        .collect();
    if !others.is_empty() {
        return Some(format!(
            "its keyUsage has {}, for which {name} is no key",
            others.join(", ")
        ));
    }
    usage
        .is_empty()
        .then(|| format!("its keyUsage has nothing for which {name} is a key"))
}

fn signature_problem(subject: &Subject<'_>) -> Option<String> {
    let certificate = subject.certificate;
    let algorithm = PostQuantum::of(&certificate.signature_name.oid)?;
    let name = algorithm.name;
    let Some(wanted) = algorithm.signature_length else {
        return Some(format!("it is signed with {name}, which signs nothing"));
    };
    let length = certificate.signature.len();
    (length != wanted).then(|| {
        format!("its {name} signature has {length} bytes, where {wanted} belong (FIPS 204 §4)")
    })
}
