//! What one certificate says by itself, in its place (RFC 5280 §4, §6.1.3, §6.1.4).
//!
//! What path validation demands is a problem; what §4 demands of issuers alone is one under the profiles that bind them.

use super::{Findings, PathRules, Peer, Profile, dns_problem, webpki};
use crate::cert::certificate::{Certificate, GeneralName, oid};
use crate::cert::crl::RevocationScope;
use crate::cert::reasons::Reason;
use crate::kernel::crypto::VerifyError;
use crate::kernel::key::{Curve, PublicKey};

/// Where a certificate stands in a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Leaf,
    Between,
    Anchor,
}

/// All rules about one certificate in its place.
pub(super) fn judge(certificate: &Certificate, place: Place, rules: &PathRules) -> Findings {
    let mut findings = Findings::new(rules);
    let found = &mut findings;
    found.rule(("encoding", "RFC 5280 §4.1"), certificate, |found| {
        for defect in &certificate.defects {
            found.refuse(Reason::Malformed, certificate, defect.to_string());
        }
    });
    found.rule(("validity", "RFC 5280 §4.1.2.5"), certificate, |found| {
        validity(certificate, rules, found);
    });
    found.rule(
        ("critical extensions", "RFC 5280 §4.2"),
        certificate,
        |found| {
            critical(certificate, (place, rules), found);
        },
    );
    found.rule(
        ("serial number and names", "RFC 5280 §4.1.2"),
        certificate,
        |found| {
            identity(certificate, place, found);
        },
    );
    found.rule(
        ("key identifiers", "RFC 5280 §4.2.1.1"),
        certificate,
        |found| {
            key_identifiers(certificate, place, found);
        },
    );
    found.rule(("criticality", "RFC 5280 §4.2"), certificate, |found| {
        criticality(certificate, found);
    });
    found.rule(
        (
            "basicConstraints and keyUsage",
            "RFC 5280 §4.2.1.3, §4.2.1.9",
        ),
        certificate,
        |found| {
            authority(certificate, place, found);
        },
    );
    found.rule(
        ("alternative names", "RFC 5280 §4.2.1.6"),
        certificate,
        |found| {
            alternative_names(certificate, place, found);
        },
    );
    if place == Place::Leaf {
        found.rule(("its own key", "NIST SP 800-57"), certificate, |found| {
            own_key(certificate, found)
        });
        found.rule(("purpose", "RFC 5280 §4.2.1.12"), certificate, |found| {
            purpose(certificate, rules, found);
        });
        if let Some(host) = &rules.host {
            found.rule(("server name", "RFC 9525 §6"), certificate, |found| {
                if !host.is_of(certificate) {
                    let names = alternatives(certificate);
                    found.refuse(
                        Reason::HostMismatch,
                        certificate,
                        format!("expected `{host}`, found {names}"),
                    );
                }
            });
        }
    }
    if rules.profile == Profile::Webpki {
        webpki::judge(certificate, place, rules, found);
    }
    findings
}

fn alternatives(certificate: &Certificate) -> String {
    if certificate.names.is_empty() {
        return "no alternative name; a common name does not count".to_owned();
    }
    let names = certificate
        .names
        .iter()
        .map(|name| format!("{} `{name}`", name.form()));
    names.collect::<Vec<_>>().join(", ")
}

// Inclusive at both ends.
fn validity(certificate: &Certificate, rules: &PathRules, found: &mut Findings) {
    let now = rules.now;
    if now.unix() < certificate.not_before.unix() {
        let at = certificate.not_before;
        let detail = format!(
            "not valid before {at} ({}); judged at {now}",
            at.relative_to(now)
        );
        found.refuse(Reason::NotYetValid, certificate, detail);
    }
    if now.unix() > certificate.not_after.unix() {
        let at = certificate.not_after;
        let detail = format!("expired at {at} ({}); judged at {now}", at.relative_to(now));
        found.refuse(Reason::Expired, certificate, detail);
    }
}

fn critical(certificate: &Certificate, (place, rules): (Place, &PathRules), found: &mut Findings) {
    if !certificate.unknown_critical.is_empty() {
        let names: Vec<String> = certificate
            .unknown_critical
            .iter()
            .map(|oid| oid::words(oid))
            .collect();
        let detail = format!(
            "it has critical extensions that are not understood: {}",
            names.join(", ")
        );
        found.refuse(Reason::CriticalExtension, certificate, detail);
    }
    // Read, and its contents not acted on.
    for oid in [
        oid::FRESHEST_CRL,
        oid::AUTHORITY_INFORMATION,
        oid::SUBJECT_INFORMATION,
        oid::ISSUER_ALT_NAME,
    ] {
        if certificate
            .extension(oid)
            .is_some_and(|extension| extension.critical)
        {
            let name = oid::name_of(oid).unwrap_or(oid);
            let detail = format!("its {name} is critical, and is not acted on here");
            found.refuse(Reason::CriticalExtension, certificate, detail);
        }
    }
    let points = certificate.extension(oid::CRL_POINTS);
    let asked = match rules.revocation {
        Some(RevocationScope::Chain) => place != Place::Anchor,
        Some(RevocationScope::Leaf) => place == Place::Leaf,
        None => false,
    };
    if points.is_some_and(|points| points.critical) && !asked {
        let detail = "its cRLDistributionPoints are critical, and no revocation list is looked at";
        found.refuse(Reason::CriticalExtension, certificate, detail);
    }
}

fn identity(certificate: &Certificate, place: Place, found: &mut Findings) {
    // An anchor is trusted by its name and key: its serial number is one of nobody's list.
    if place != Place::Anchor
        && let Some(problem) = certificate.serial_problem()
    {
        found.issuer(
            certificate,
            format!("its serial number {problem} (RFC 5280 §4.1.2.2)"),
        );
    }
    if certificate.issuer_name.is_empty() {
        found.issuer(certificate, "it names no issuer (RFC 5280 §4.1.2.4)");
    }
    if certificate.subject_name.is_empty() && (certificate.is_authority || place != Place::Leaf) {
        found.issuer(
            certificate,
            "it is an authority without subject (RFC 5280 §4.1.2.6)",
        );
    }
    if certificate.has_unique_ids {
        found.issuer(certificate, "it has unique identifiers (RFC 5280 §4.1.2.8)");
    }
}

fn key_identifiers(certificate: &Certificate, place: Place, found: &mut Findings) {
    let is_critical = |oid| {
        certificate
            .extension(oid)
            .is_some_and(|extension| extension.critical)
    };
    if is_critical(oid::AUTHORITY_KEY_ID) {
        found.issuer(
            certificate,
            "its authorityKeyIdentifier is critical (RFC 5280 §4.2.1.1)",
        );
    }
    if is_critical(oid::SUBJECT_KEY_ID) {
        found.issuer(
            certificate,
            "its subjectKeyIdentifier is critical (RFC 5280 §4.2.1.2)",
        );
    }
    if certificate.subject_key_id.is_none() && (certificate.is_authority || place != Place::Leaf) {
        found.issuer(
            certificate,
            "it is an authority without subjectKeyIdentifier (RFC 5280 §4.2.1.2)",
        );
    }
    // Left out of what is self-signed alone. Below an anchor nothing is: a path never has the same key twice.
    let is_self_signed = place == Place::Anchor && certificate.is_self_issued();
    if certificate.authority_key_id.is_none() && !is_self_signed {
        let detail = match &certificate.authority {
            None => "it has no authorityKeyIdentifier (RFC 5280 §4.2.1.1)",
            Some(_) => "its authorityKeyIdentifier names no key (RFC 5280 §4.2.1.1)",
        };
        found.issuer(certificate, detail);
    }
}

/// Extensions that must be, or must not be, critical, and that stand on authorities alone.
fn criticality(certificate: &Certificate, found: &mut Findings) {
    let table = [
        (oid::SUBJECT_DIRECTORY, false, "§4.2.1.8"),
        (oid::FRESHEST_CRL, false, "§4.2.1.15"),
        (oid::AUTHORITY_INFORMATION, false, "§4.2.2.1"),
        (oid::SUBJECT_INFORMATION, false, "§4.2.2.2"),
        (oid::NAME_CONSTRAINTS, true, "§4.2.1.10"),
        (oid::POLICY_CONSTRAINTS, true, "§4.2.1.11"),
        (oid::INHIBIT_ANY_POLICY, true, "§4.2.1.14"),
    ];
    for (oid, must_be, section) in table {
        let extension = certificate.extension(oid);
        if extension.is_some_and(|extension| extension.critical != must_be) {
            let is = if must_be {
                "is not critical"
            } else {
                "is critical"
            };
            let name = oid::name_of(oid).unwrap_or(oid);
            found.issuer(certificate, format!("its {name} {is} (RFC 5280 {section})"));
        }
    }
    if certificate.is_authority {
        return;
    }
    for oid in [
        oid::NAME_CONSTRAINTS,
        oid::POLICY_MAPPINGS,
        oid::POLICY_CONSTRAINTS,
        oid::INHIBIT_ANY_POLICY,
    ] {
        if certificate.extension(oid).is_some() {
            let name = oid::name_of(oid).unwrap_or(oid);
            found.issuer(
                certificate,
                format!("it has {name} and is no authority (RFC 5280 §4.2.1)"),
            );
        }
    }
}

fn authority(certificate: &Certificate, place: Place, found: &mut Findings) {
    let usage = certificate.key_usage;
    if place != Place::Leaf {
        if !certificate.is_authority {
            let detail = "it issued another certificate and is no authority (basicConstraints)";
            found.refuse(Reason::NotAnAuthority, certificate, detail);
        }
        if usage.is_some_and(|usage| !usage.certificates) {
            let detail = "its key may not sign certificates (keyUsage lacks keyCertSign)";
            found.refuse(Reason::KeyUsage, certificate, detail);
        }
    }
    let signs = usage.is_some_and(|usage| usage.certificates);
    if certificate.is_authority {
        if !certificate.basic_is_critical {
            found.issuer(
                certificate,
                "its basicConstraints are not critical (RFC 5280 §4.2.1.9)",
            );
        }
        if usage.is_none() {
            found.issuer(
                certificate,
                "it is an authority without keyUsage (RFC 5280 §4.2.1.3)",
            );
        } else if !signs && place == Place::Leaf {
            found.issuer(
                certificate,
                "it is an authority whose key may not sign certificates (RFC 5280 §4.2.1.3)",
            );
        }
    } else if signs {
        found.issuer(
            certificate,
            "its key may sign certificates, and it is no authority (RFC 5280 §4.2.1.9)",
        );
    }
    // Where there is no keyUsage, that itself is told.
    let may_limit = certificate.is_authority && (signs || usage.is_none());
    if certificate.path_length.is_some() && !may_limit {
        found.issuer(
            certificate,
            "it has a path length and may not sign certificates (RFC 5280 §4.2.1.9)",
        );
    }
}

fn alternative_names(certificate: &Certificate, place: Place, found: &mut Findings) {
    let named = certificate.has_names;
    if certificate.subject_name.is_empty() && place == Place::Leaf && !certificate.is_authority {
        if !named {
            found.issuer(
                certificate,
                "it has neither subject nor alternative name (RFC 5280 §4.1.2.6)",
            );
        } else if !certificate.names_are_critical {
            let detail =
                "it has no subject, and its alternative names are not critical (RFC 5280 §4.1.2.6)";
            found.issuer(certificate, detail);
        }
    }
    for name in &certificate.names {
        let problem = match name {
            GeneralName::Dns(name) => dns_problem(name),
            GeneralName::Uri(uri) => uri_problem(uri),
            GeneralName::Rfc822(mail) if !mail.contains('@') => Some("it is no mailbox"),
            GeneralName::Directory(name) if name.is_empty() => Some("it is empty"),
            _ => None,
        };
        if let Some(problem) = problem {
            let form = name.form();
            found.issuer(
                certificate,
                format!("its {form} `{name}`: {problem} (RFC 5280 §4.2.1.6)"),
            );
        }
    }
}

/// An absolute URI has a scheme and something after it.
fn uri_problem(uri: &str) -> Option<&'static str> {
    let is_scheme = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    match uri.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) && !rest.is_empty() => None,
        _ => Some("it is no absolute URI"),
    }
}

// The keys above are judged when they verify a signature; that of the leaf verifies none here, and all later ones.
fn own_key(certificate: &Certificate, found: &mut Findings) {
    let detail = match &certificate.public_key {
        Err(defect) => defect.to_string(),
        Ok(PublicKey::Ec {
            curve: Curve::Secp256k1,
            ..
        }) => "no TLS peer takes a key on secp256k1".to_owned(),
        // RFC 8410 §5: for key agreement alone.
        Ok(PublicKey::X25519(_)) => "an X25519 key signs no handshake".to_owned(),
        Ok(key) => match key.rsa_bits() {
            Some(bits) if bits < 2048 => VerifyError::RsaTooSmall { bits }.to_string(),
            _ => return,
        },
    };
    found.refuse(Reason::WeakAlgorithm, certificate, detail);
}

/// What the leaf is for: extKeyUsage, and a keyUsage that TLS can do with.
fn purpose(certificate: &Certificate, rules: &PathRules, found: &mut Findings) {
    allows(certificate, rules, found);
    if rules.peer.is_none() {
        return;
    }
    if let Some(usage) = certificate.key_usage {
        // TLS 1.3 signs in both directions (RFC 8446 §4.4.2.2); before, RSA keys could be used to encrypt.
        let older = matches!(rules.profile, Profile::Rfc5280 | Profile::Webpki);
        let fits =
            usage.digital_signature || older && (usage.key_encipherment || usage.key_agreement);
        if !fits {
            let detail = format!(
                "its key cannot sign a handshake: keyUsage is {}",
                usage.names().join(", ")
            );
            // RFC 5280 itself says nothing about an authority as leaf; that TLS 1.3 has no use for it is still told.
            if older && certificate.is_authority {
                found.remark(Reason::KeyUsage, certificate, detail);
            } else {
                found.refuse(Reason::KeyUsage, certificate, detail);
            }
        }
    }
}

/// Whether extKeyUsage, where there is one, allows the purpose. On authorities it limits what they issue for. An X509-SVID
/// serves or connects, whichever is not asked.
pub(super) fn allows(certificate: &Certificate, rules: &PathRules, found: &mut Findings) {
    let needed: &[&str] = match (rules.peer, rules.profile) {
        (Some(Peer::Server), _) => &["serverAuth"],
        (Some(Peer::Client), _) => &["clientAuth"],
        (None, Profile::Spiffe) => &["serverAuth", "clientAuth"],
        (None, _) => return,
    };
    if let Some(purposes) = &certificate.purposes {
        let fits = |purpose: &String| purpose == "any" || needed.contains(&purpose.as_str());
        if !purposes.iter().any(fits) {
            let needed = needed.join(" or ");
            let detail = format!(
                "expected the purpose {needed}, found {}",
                purposes.join(", ")
            );
            found.refuse(Reason::Purpose, certificate, detail);
        }
    }
}
