//! What is weak or wrong about certificates and revocation lists: one rule a file, each with its page.

mod crl_encoding;
mod crl_missing_field;
mod crl_reason_code;
mod crl_stale;
mod mtls_any_purpose;
mod mtls_chain_order;
mod mtls_expired;
mod mtls_expires_soon;
mod mtls_long_lifetime;
mod mtls_no_crl_sign;
mod mtls_no_path_length;
mod mtls_outlives_issuer;
mod mtls_root_in_chain;
mod mtls_shared_key;
mod mtls_wildcard;
mod svid_authority_path;
mod svid_foreign_authority;
mod svid_invalid_id;
mod svid_key_usage;
mod svid_key_usage_not_critical;
mod svid_no_path;
mod svid_odd_trust_domain;
mod svid_purposes;
mod svid_several_uris;
mod svid_unnamed_authority;
#[cfg(test)]
mod tests;
mod x509_alternative_name;
mod x509_basic_constraints;
mod x509_constraint_base;
mod x509_criticality;
mod x509_encoding;
mod x509_key_identifiers;
mod x509_leaf_constraints;
mod x509_missing_name;
mod x509_ml_dsa;
mod x509_names_not_critical;
mod x509_never_valid;
mod x509_no_names;
mod x509_post_quantum;
mod x509_serial;
mod x509_short_serial;
mod x509_unique_ids;
mod x509_unknown_critical;
mod x509_weak_key;
mod x509_weak_signature;

use std::sync::Arc;

use super::certificate::Certificate;
use super::crl::RevocationList;
use crate::kernel::finding::{Finding, Rule, sort};
use crate::kernel::source::{Source, Span};
use crate::kernel::spiffe_id::SpiffeId;
use crate::kernel::time::Timestamp;

type Check = fn(&Subject<'_>) -> Option<Finding>;
type ListCheck = fn(&ListSubject<'_>) -> Option<Finding>;

const OF_CERTIFICATES: [(&Rule, Check); 40] = [
    (&mtls_any_purpose::RULE, mtls_any_purpose::check),
    (&mtls_chain_order::RULE, mtls_chain_order::check),
    (&mtls_expired::RULE, mtls_expired::check),
    (&mtls_expires_soon::RULE, mtls_expires_soon::check),
    (&mtls_long_lifetime::RULE, mtls_long_lifetime::check),
    (&mtls_no_crl_sign::RULE, mtls_no_crl_sign::check),
    (&mtls_no_path_length::RULE, mtls_no_path_length::check),
    (&mtls_outlives_issuer::RULE, mtls_outlives_issuer::check),
    (&mtls_root_in_chain::RULE, mtls_root_in_chain::check),
    (&mtls_shared_key::RULE, mtls_shared_key::check),
    (&mtls_wildcard::RULE, mtls_wildcard::check),
    (&svid_authority_path::RULE, svid_authority_path::check),
    (&svid_foreign_authority::RULE, svid_foreign_authority::check),
    (&svid_invalid_id::RULE, svid_invalid_id::check),
    (&svid_key_usage::RULE, svid_key_usage::check),
    (
        &svid_key_usage_not_critical::RULE,
        svid_key_usage_not_critical::check,
    ),
    (&svid_no_path::RULE, svid_no_path::check),
    (&svid_odd_trust_domain::RULE, svid_odd_trust_domain::check),
    (&svid_purposes::RULE, svid_purposes::check),
    (&svid_several_uris::RULE, svid_several_uris::check),
    (&svid_unnamed_authority::RULE, svid_unnamed_authority::check),
    (&x509_alternative_name::RULE, x509_alternative_name::check),
    (&x509_basic_constraints::RULE, x509_basic_constraints::check),
    (&x509_constraint_base::RULE, x509_constraint_base::check),
    (&x509_criticality::RULE, x509_criticality::check),
    (&x509_encoding::RULE, x509_encoding::check),
    (&x509_key_identifiers::RULE, x509_key_identifiers::check),
    (&x509_leaf_constraints::RULE, x509_leaf_constraints::check),
    (&x509_missing_name::RULE, x509_missing_name::check),
    (&x509_ml_dsa::RULE, x509_ml_dsa::check),
    (
        &x509_names_not_critical::RULE,
        x509_names_not_critical::check,
    ),
    (&x509_never_valid::RULE, x509_never_valid::check),
    (&x509_no_names::RULE, x509_no_names::check),
    (&x509_post_quantum::RULE, x509_post_quantum::check),
    (&x509_serial::RULE, x509_serial::check),
    (&x509_short_serial::RULE, x509_short_serial::check),
    (&x509_unique_ids::RULE, x509_unique_ids::check),
    (&x509_unknown_critical::RULE, x509_unknown_critical::check),
    (&x509_weak_key::RULE, x509_weak_key::check),
    (&x509_weak_signature::RULE, x509_weak_signature::check),
];

const OF_LISTS: [(&Rule, ListCheck); 4] = [
    (&crl_encoding::RULE, crl_encoding::check),
    (&crl_missing_field::RULE, crl_missing_field::check),
    (&crl_reason_code::RULE, crl_reason_code::check),
    (&crl_stale::RULE, crl_stale::check),
];

/// All rules.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let certificates = OF_CERTIFICATES.into_iter().map(|(rule, _)| rule);
    certificates.chain(OF_LISTS.into_iter().map(|(rule, _)| rule))
}

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

/// Where something stands in a file.
pub type Place = Option<(Arc<Source>, Span)>;

/// A certificate that is judged, among those of its file.
#[derive(Debug)]
struct Subject<'a> {
    certificate: &'a Certificate,
    index: usize,
    all: &'a [Certificate],
    now: Timestamp,
    place: &'a Place,
}

/// A revocation list that is judged.
#[derive(Debug)]
struct ListSubject<'a> {
    list: &'a RevocationList,
    now: Timestamp,
    place: &'a Place,
}

/// Whether a URI is meant to be a SPIFFE ID.
fn is_spiffe(uri: &str) -> bool {
    uri.split_once(':')
        .is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("spiffe"))
}

impl Subject<'_> {
    /// Whether it is meant to be an X509-SVID.
    fn is_svid(&self) -> bool {
        self.certificate.uris.iter().any(|uri| is_spiffe(uri))
    }

    /// Its SPIFFE ID, if it has one that can be read.
    fn id(&self) -> Option<SpiffeId> {
        self.certificate
            .uris
            .iter()
            .find_map(|uri| uri.parse().ok())
    }

    /// The authority of the file that bears its issuer's name and, where both say so, its issuer's key.
    fn issuer(&self) -> Option<&Certificate> {
        let own = self.certificate;
        let others = self
            .all
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != self.index);
        let fits = |other: &Certificate| match (&own.authority_key_id, &other.subject_key_id) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
        };
        let mut named = others
            .map(|(_, other)| other)
            .filter(|other| other.is_authority && other.subject_name.is(&own.issuer_name));
        named.find(|other| fits(other))
    }

    fn finding(&self, rule: &'static Rule, message: impl Into<String>) -> Finding {
        located(
            Finding::new(rule, self.certificate.name(), message),
            self.place,
        )
    }
}

impl ListSubject<'_> {
    fn finding(&self, rule: &'static Rule, message: impl Into<String>) -> Finding {
        located(Finding::new(rule, self.list.name(), message), self.place)
    }
}

fn located(finding: Finding, place: &Place) -> Finding {
    match place {
        Some((source, span)) => finding.at(source, *span, ""),
        None => finding,
    }
}

/// What the rules say about the certificates of one file, each with its place. Nothing is verified.
pub fn of_certificates(all: &[Certificate], places: &[Place], now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, certificate) in all.iter().enumerate() {
        let subject = Subject {
            certificate,
            index,
            all,
            now,
            place: places.get(index).unwrap_or(&None),
        };
        findings.extend(
            OF_CERTIFICATES
                .into_iter()
                .filter_map(|(_, check)| check(&subject)),
        );
    }
    sort(&mut findings);
    findings
}

/// What the rules say about a revocation list.
pub fn of_list(list: &RevocationList, place: &Place, now: Timestamp) -> Vec<Finding> {
    let subject = ListSubject { list, now, place };
    OF_LISTS
        .into_iter()
        .filter_map(|(_, check)| check(&subject))
        .collect()
}
