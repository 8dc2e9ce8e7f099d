//! Every field of a certificate, a request and a revocation list in words, in a stable order.

use crate::cert::certificate::{Certificate, GeneralName, PostQuantumKey, oid};
use crate::cert::crl::RevocationList;
use crate::kernel::crypto::{hex, sha256};
use crate::kernel::key::PublicKey;
use crate::kernel::spiffe_id::SpiffeId;
use crate::kernel::time::{Timestamp, humanize};

use super::CertificateRequest;

/// A field: its name and its value in words.
pub type Field = (&'static str, String);

/// The fields of a certificate at a time.
pub fn of_certificate(certificate: &Certificate, now: Timestamp) -> Vec<Field> {
    let mut fields = spiffe(certificate);
    fields.push(("subject", words_or(&certificate.subject, "(empty)")));
    fields.push(("issuer", words_or(&certificate.issuer, "(empty)")));
    fields.push(("serial", certificate.serial.clone()));
    let life = humanize(certificate.not_after.since(certificate.not_before));
    fields.push((
        "not before",
        format!(
            "{} ({})",
            certificate.not_before,
            certificate.not_before.relative_to(now)
        ),
    ));
    fields.push((
        "not after",
        format!(
            "{} ({})",
            certificate.not_after,
            certificate.not_after.relative_to(now)
        ),
    ));
    fields.push(("life", life));
    fields.extend(body(certificate));
    fields.push(("signed with", certificate.signature_name.words()));
    fields.push(("sha-256", certificate.fingerprint()));
    fields.push(("key sha-256", hex(&sha256(&certificate.key_info))));
    fields.extend(
        certificate
            .defects
            .iter()
            .map(|defect| ("DEFECT", defect.to_string())),
    );
    fields
}

/// The fields of a request.
pub fn of_request(request: &CertificateRequest) -> Vec<Field> {
    let asked = &request.asked;
    let mut fields = spiffe(asked);
    fields.push(("subject", words_or(&asked.subject, "(empty)")));
    fields.extend(body(asked));
    for attribute in &request.attributes {
        fields.push(("attribute", oid::words(attribute)));
    }
    fields.push(("signed with", request.signature_name.words()));
    fields.push(("key sha-256", hex(&sha256(&asked.key_info))));
    fields.extend(
        asked
            .defects
            .iter()
            .map(|defect| ("DEFECT", defect.to_string())),
    );
    fields
}

/// The fields of a revocation list; of its entries the first so many.
pub fn of_list(list: &RevocationList, now: Timestamp, entries: usize) -> Vec<Field> {
    let mut fields = vec![("issuer", list.issuer.to_string())];
    let number = |octets: &Option<Vec<u8>>| octets.as_deref().map(crate::cert::crl::decimal);
    fields.push((
        "number",
        number(&list.number).unwrap_or_else(|| "(none)".to_owned()),
    ));
    if let Some(base) = number(&list.base_number) {
        fields.push(("delta to", base));
    }
    let at = |time: Timestamp| format!("{time} ({})", time.relative_to(now));
    fields.push(("this update", at(list.this_update)));
    fields.push((
        "next update",
        list.next_update.map_or_else(|| "(none)".to_owned(), at),
    ));
    if let Some(id) = &list.authority_key_id {
        fields.push(("authority key", hex(id)));
    }
    if let Some(scope) = &list.scope {
        let flags = [
            (scope.only_users, "leaves alone"),
            (scope.only_authorities, "authorities alone"),
            (scope.only_attributes, "attribute certificates alone"),
            (scope.some_reasons, "some reasons alone"),
            (scope.indirect, "indirect"),
        ];
        let flags = flags
            .into_iter()
            .filter(|(set, _)| *set)
            .map(|(_, text)| text.to_owned());
        let names = scope.names.iter().map(ToString::to_string);
        fields.push(("scope", names.chain(flags).collect::<Vec<_>>().join(", ")));
    }
    fields.push(("revoked", list.revoked.len().to_string()));
    for entry in list.revoked.iter().take(entries) {
        let reason = entry
            .reason
            .map_or("no reason given", |reason| reason.name());
        fields.push((
            "entry",
            format!("{} at {} ({reason})", hex(&entry.serial), entry.since),
        ));
    }
    fields.push(("signed with", list.signature_name.words()));
    fields.push(("sha-256", list.fingerprint.clone()));
    fields.extend(
        list.defects
            .iter()
            .map(|defect| ("DEFECT", defect.to_string())),
    );
    fields
}

fn words_or(text: &str, otherwise: &str) -> String {
    if text.is_empty() {
        otherwise.to_owned()
    } else {
        text.to_owned()
    }
}

fn spiffe(certificate: &Certificate) -> Vec<Field> {
    let ids = certificate
        .uris
        .iter()
        .filter(|uri| uri.to_ascii_lowercase().starts_with("spiffe:"));
    ids.flat_map(|uri| match uri.parse::<SpiffeId>() {
        Ok(id) if id.is_workload() => vec![
            ("SPIFFE ID", uri.clone()),
            ("trust domain", id.trust_domain().to_string()),
        ],
        Ok(_) => vec![("SPIFFE ID", format!("{uri} (a trust domain, no workload)"))],
        Err(error) => vec![("SPIFFE ID", format!("{uri} IS NONE: {error}"))],
    })
    .collect()
}

/// What certificates and requests have in common.
fn body(certificate: &Certificate) -> Vec<Field> {
    let mut fields = vec![("key", key_words(certificate))];
    let mark = |oid: &str| match certificate.extension(oid) {
        Some(extension) if extension.critical => ", critical",
        _ => "",
    };
    if certificate.has_basic {
        let role = match (certificate.is_authority, certificate.path_length) {
            (true, Some(limit)) => format!("an authority, path length {limit}"),
            (true, None) => "an authority".to_owned(),
            (false, _) => "no authority".to_owned(),
        };
        fields.push(("role", role + mark(oid::BASIC_CONSTRAINTS)));
    }
    if let Some(usage) = certificate.key_usage {
        fields.push(("key usage", usage.names().join(", ") + mark(oid::KEY_USAGE)));
    }
    if let Some(purposes) = &certificate.purposes {
        fields.push((
            "purposes",
            purposes.join(", ") + mark(oid::EXTENDED_KEY_USAGE),
        ));
    }
    let named = |name: &GeneralName| (name.form(), name.to_string() + mark(oid::SUBJECT_ALT_NAME));
    fields.extend(certificate.names.iter().map(named));
    if let Some(constraints) = &certificate.constraints {
        let told =
            |name: &GeneralName| format!("{} {name}{}", name.form(), mark(oid::NAME_CONSTRAINTS));
        fields.extend(
            constraints
                .permitted
                .iter()
                .map(|name| ("permitted", told(name))),
        );
        fields.extend(
            constraints
                .excluded
                .iter()
                .map(|name| ("excluded", told(name))),
        );
    }
    for policy in certificate.policies.named.iter().flatten() {
        fields.push(("policy", oid::words(policy) + mark(oid::POLICIES)));
    }
    for point in &certificate.crl_points {
        let names: Vec<String> = point.names.iter().map(ToString::to_string).collect();
        fields.push(("revocation list", names.join(", ")));
    }
    for (method, place) in &certificate.access {
        fields.push(("service", format!("{} {place}", oid::words(method))));
    }
    if let Some(id) = &certificate.subject_key_id {
        fields.push(("own key", hex(id)));
    }
    if let Some(id) = &certificate.authority_key_id {
        fields.push(("issuer's key", hex(id)));
    }
    for extension in certificate
        .extensions
        .iter()
        .filter(|extension| !is_told(&extension.oid))
    {
        let critical = if extension.critical { ", critical" } else { "" };
        let value: String = hex(&extension.value).chars().take(64).collect();
        fields.push((
            "extension",
            format!(
                "{}{critical}: {} bytes {value}",
                oid::words(&extension.oid),
                extension.value.len()
            ),
        ));
    }
    fields
}

/// Whether an extension is told in words of its own.
fn is_told(oid: &str) -> bool {
    [
        oid::BASIC_CONSTRAINTS,
        oid::KEY_USAGE,
        oid::EXTENDED_KEY_USAGE,
        oid::SUBJECT_ALT_NAME,
        oid::NAME_CONSTRAINTS,
        oid::POLICIES,
        oid::CRL_POINTS,
        oid::AUTHORITY_INFORMATION,
        oid::SUBJECT_INFORMATION,
        oid::SUBJECT_KEY_ID,
        oid::AUTHORITY_KEY_ID,
    ]
    .contains(&oid)
}

fn key_words(certificate: &Certificate) -> String {
    match &certificate.public_key {
        Ok(PublicKey::Rsa { .. }) => {
            let bits = certificate
                .public_key
                .as_ref()
                .ok()
                .and_then(PublicKey::rsa_bits);
            format!("RSA, {} bits", bits.unwrap_or(0))
        }
        Ok(PublicKey::Ec { curve, .. }) => format!("EC, {curve}"),
        Ok(PublicKey::Ed25519(_)) => "Ed25519".to_owned(),
        Ok(PublicKey::X25519(_)) => "X25519".to_owned(),
        Err(defect) => match PostQuantumKey::of(&certificate.key_info) {
            Some(key) => format!("{}; this build cannot verify with it", key.words()),
            None => format!("UNUSABLE: {defect}"),
        },
    }
}

/// Where two lists of fields differ: the name, and the values on either side.
pub fn difference(
    ours: &[Field],
    theirs: &[Field],
) -> Vec<(&'static str, Vec<String>, Vec<String>)> {
    let mut names: Vec<&'static str> = Vec::new();
    for (name, _) in ours.iter().chain(theirs) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    let values = |fields: &[Field], wanted: &str| -> Vec<String> {
        let of_name = fields.iter().filter(|(name, _)| *name == wanted);
        of_name.map(|(_, value)| value.clone()).collect()
    };
    let pairs = names
        .into_iter()
        .map(|name| (name, values(ours, name), values(theirs, name)));
    pairs.filter(|(_, left, right)| left != right).collect()
}
