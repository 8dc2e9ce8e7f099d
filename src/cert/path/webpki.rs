//! What the baseline requirements of the CA/Browser Forum add to RFC 5280, as far as one certificate tells.
//!
//! They contradict what is right for SPIFFE: critical extKeyUsage and alternative names, leaves for clients.

use super::rules::Place;
use super::{Findings, PathRules};
use crate::cert::certificate::{Certificate, GeneralName, oid};
use crate::cert::reasons::Reason;
use crate::kernel::key::{Curve, PublicKey};

pub(super) fn judge(
    certificate: &Certificate,
    place: Place,
    rules: &PathRules,
    found: &mut Findings,
) {
    found.rule(("key", "CABF BR §6.1.5"), certificate, |found| {
        key(certificate, found)
    });
    match place {
        Place::Leaf => {
            found.rule(("subscriber", "CABF BR §7.1.2.7"), certificate, |found| {
                subscriber(certificate, found)
            });
            found.rule(("common name", "CABF BR §7.1.4.3"), certificate, |found| {
                common_name(certificate, found)
            });
            found.rule(("wildcards", "CABF BR §3.2.2.6"), certificate, |found| {
                wildcards(certificate, rules, found)
            });
        }
        Place::Anchor if certificate.is_self_issued() => {
            found.rule(("root", "CABF BR §7.1.2.1"), certificate, |found| {
                root(certificate, found)
            });
        }
        Place::Anchor | Place::Between => {}
    }
}

fn key(certificate: &Certificate, found: &mut Findings) {
    let detail = match &certificate.public_key {
        Err(defect) => defect.to_string(),
        Ok(
            PublicKey::Ec {
                curve: Curve::Secp256k1,
                ..
            }
            | PublicKey::Ed25519(_)
            | PublicKey::X25519(_),
        ) => "its key is neither RSA nor on P-256, P-384 or P-521".to_owned(),
        Ok(key) => match key.rsa_bits() {
            Some(bits) if bits < 2048 || bits % 8 != 0 => {
                format!(
                    "its RSA modulus has {bits} bits, which is less than 2048 or not divisible by 8"
                )
            }
            _ => return,
        },
    };
    found.refuse(Reason::WeakAlgorithm, certificate, detail);
}

fn subscriber(certificate: &Certificate, found: &mut Findings) {
    let mut refuse = |detail: &str| found.refuse(Reason::ProfileViolated, certificate, detail);
    match &certificate.purposes {
        None => refuse("it has no extKeyUsage"),
        Some(purposes) if purposes.iter().any(|purpose| purpose == "any") => {
            refuse("its extKeyUsage allows any purpose");
        }
        Some(_) => {}
    }
    if certificate
        .extension(oid::EXTENDED_KEY_USAGE)
        .is_some_and(|usage| usage.critical)
    {
        refuse("its extKeyUsage is critical");
    }
    if certificate.is_authority {
        refuse("an authority must not serve");
    }
    if certificate
        .key_usage
        .is_some_and(|usage| usage.certificates)
    {
        refuse("its key may sign certificates");
    }
    if !certificate.has_names {
        refuse("it has no alternative name");
    } else if certificate.names_are_critical && !certificate.subject_name.is_empty() {
        refuse("its alternative names are critical although it has a subject");
    }
}

fn common_name(certificate: &Certificate, found: &mut Findings) {
    let names: Vec<String> = certificate
        .names
        .iter()
        .filter(|name| matches!(name, GeneralName::Dns(_) | GeneralName::Ip(_)))
        .map(ToString::to_string)
        .collect();
    for common in certificate.subject_name.values(oid::COMMON_NAME) {
        if !names.contains(&common) {
            let detail = format!(
                "its common name `{common}` is none of its alternative names ({})",
                names.join(", ")
            );
            found.refuse(Reason::ProfileViolated, certificate, detail);
        }
    }
}

fn wildcards(certificate: &Certificate, rules: &PathRules, found: &mut Findings) {
    for name in &certificate.dns_names {
        let Some(parent) = name.strip_prefix("*.") else {
            continue;
        };
        if is_public_suffix(&parent.to_ascii_lowercase(), &rules.public_suffixes) {
            let detail = format!("`{name}` is a wildcard right below a public suffix");
            found.refuse(Reason::ProfileViolated, certificate, detail);
        } else if rules.public_suffixes.is_empty() {
            let detail = format!(
                "whether `{name}` stands right below a public suffix is not known without the list"
            );
            found.remarks.push(super::Problem {
                reason: Reason::ProfileViolated,
                certificate: certificate.name().to_owned(),
                detail,
            });
        }
    }
}

/// Whether a domain is a public suffix; one of a single label always is (publicsuffix.org, the rule `*`).
fn is_public_suffix(domain: &str, list: &[String]) -> bool {
    let is = |rule: &str| list.iter().any(|line| line == rule);
    let Some((_, parent)) = domain.split_once('.') else {
        return true;
    };
    !is(&format!("!{domain}")) && (is(domain) || is(&format!("*.{parent}")))
}

fn root(certificate: &Certificate, found: &mut Findings) {
    let mut refuse = |detail: &str| found.refuse(Reason::ProfileViolated, certificate, detail);
    if certificate.purposes.is_some() {
        refuse("a root has no extKeyUsage");
    }
    if let Some(authority) = &certificate.authority {
        if !authority.issuer.is_empty() || authority.serial.is_some() {
            refuse("a root's authorityKeyIdentifier names no issuer and no serial number");
        }
        if authority.key.is_none() || authority.key != certificate.subject_key_id {
            refuse("a root's authorityKeyIdentifier is its subjectKeyIdentifier");
        }
    }
}
