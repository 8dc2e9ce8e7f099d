//! What is weak about tokens, secrets, key sets and metadata: one rule a file, each with its page.

mod alg_none;
mod broad_scope;
mod compressed;
mod damaged;
mod device_posture;
mod dpop_algorithm;
mod dpop_guessable_id;
mod dpop_key;
mod dpop_target;
mod id_token_no_azp;
mod id_token_subject;
mod ill_typed_claim;
mod issued_ahead;
mod iteration_count;
mod jwks_algorithm_mismatch;
mod jwks_ambiguous_kid;
mod jwks_certificate;
mod jwks_duplicate_key;
mod jwks_duplicate_member;
mod jwks_no_kid;
mod jwks_point_off_curve;
mod jwks_private_key;
mod jwks_shared_prime;
mod jwks_unbound_key;
mod jwks_unusable_key;
mod jwks_use_contradiction;
mod jwks_weak_rsa;
mod key_as_secret;
mod key_in_header;
mod known_secret;
mod logout_nonce;
mod long_lifetime;
mod metadata_duplicate_member;
mod metadata_foreign_keys;
mod metadata_implicit_flow;
mod metadata_insecure_endpoint;
mod metadata_issuer;
mod metadata_issuer_mismatch;
mod metadata_missing_member;
mod metadata_no_pkce;
mod metadata_no_rs256;
mod metadata_password_grant;
mod metadata_weak_algorithm;
mod milliseconds;
mod missing_claim;
mod misspelt_claim;
mod never_valid;
mod no_client;
mod no_device_binding;
mod no_expiry;
mod no_not_before;
mod oversized;
mod personal_data;
mod rsa1_5;
mod secret_in_claims;
mod service_names;
mod several_audiences;
mod short_secret;
mod suspicious_kid;
mod svid_algorithm;
mod svid_header;
mod svid_no_kid;
mod symmetric;
#[cfg(test)]
mod tests;
mod unencoded_payload;
mod unknown_algorithm;
mod unknown_critical;
mod untyped;
mod weak_secret;
mod wildcard_audience;
mod wit_svid_audience;
mod wit_svid_key;

use super::algorithm::Primitive;
use super::inspect::{self, Dissection};
use super::subject::{KeySet, Metadata, Token};
use super::{Algorithm, Compact, weak_secrets};
use crate::kernel::document::Document;
use crate::kernel::finding::{Finding, Rule, Severity, sort};
use crate::kernel::key::Key;
use crate::kernel::time::Timestamp;

type TokenCheck = fn(&Token<'_>) -> Option<Finding>;
type SecretCheck = fn(&Key) -> Option<Finding>;
type SetCheck = fn(&KeySet<'_>) -> Vec<Finding>;
type MetadataCheck = fn(&Metadata<'_>) -> Vec<Finding>;

const OF_TOKENS: [(&Rule, TokenCheck); 43] = [
    (&alg_none::RULE, alg_none::check),
    (&broad_scope::RULE, broad_scope::check),
    (&compressed::RULE, compressed::check),
    (&damaged::RULE, damaged::check),
    (&device_posture::RULE, device_posture::check),
    (&dpop_algorithm::RULE, dpop_algorithm::check),
    (&dpop_guessable_id::RULE, dpop_guessable_id::check),
    (&dpop_key::RULE, dpop_key::check),
    (&dpop_target::RULE, dpop_target::check),
    (&id_token_no_azp::RULE, id_token_no_azp::check),
    (&id_token_subject::RULE, id_token_subject::check),
    (&ill_typed_claim::RULE, ill_typed_claim::check),
    (&issued_ahead::RULE, issued_ahead::check),
    (&iteration_count::RULE, iteration_count::check),
    (&key_in_header::RULE, key_in_header::check),
    (&logout_nonce::RULE, logout_nonce::check),
    (&long_lifetime::RULE, long_lifetime::check),
    (&milliseconds::RULE, milliseconds::check),
    (&missing_claim::RULE, missing_claim::check),
    (&misspelt_claim::RULE, misspelt_claim::check),
    (&never_valid::RULE, never_valid::check),
    (&no_client::RULE, no_client::check),
    (&no_device_binding::RULE, no_device_binding::check),
    (&no_expiry::RULE, no_expiry::check),
    (&no_not_before::RULE, no_not_before::check),
    (&oversized::RULE, oversized::check),
    (&personal_data::RULE, personal_data::check),
    (&rsa1_5::RULE, rsa1_5::check),
    (&secret_in_claims::RULE, secret_in_claims::check),
    (&service_names::RULE, service_names::check),
    (&several_audiences::RULE, several_audiences::check),
    (&suspicious_kid::RULE, suspicious_kid::check),
    (&svid_algorithm::RULE, svid_algorithm::check),
    (&svid_header::RULE, svid_header::check),
    (&svid_no_kid::RULE, svid_no_kid::check),
    (&symmetric::RULE, symmetric::check),
    (&unencoded_payload::RULE, unencoded_payload::check),
    (&unknown_algorithm::RULE, unknown_algorithm::check),
    (&unknown_critical::RULE, unknown_critical::check),
    (&untyped::RULE, untyped::check),
    (&wildcard_audience::RULE, wildcard_audience::check),
    (&wit_svid_audience::RULE, wit_svid_audience::check),
    (&wit_svid_key::RULE, wit_svid_key::check),
];

const OF_SECRETS: [(&Rule, SecretCheck); 3] = [
    (&known_secret::RULE, known_secret::check),
    (&short_secret::RULE, short_secret::check),
    (&weak_secret::RULE, weak_secret::check),
];

const OF_SETS: [(&Rule, SetCheck); 13] = [
    (
        &jwks_algorithm_mismatch::RULE,
        jwks_algorithm_mismatch::check,
    ),
    (&jwks_ambiguous_kid::RULE, jwks_ambiguous_kid::check),
    (&jwks_certificate::RULE, jwks_certificate::check),
    (&jwks_duplicate_key::RULE, jwks_duplicate_key::check),
    (&jwks_duplicate_member::RULE, jwks_duplicate_member::check),
    (&jwks_no_kid::RULE, jwks_no_kid::check),
    (&jwks_point_off_curve::RULE, jwks_point_off_curve::check),
    (&jwks_private_key::RULE, jwks_private_key::check),
    (&jwks_shared_prime::RULE, jwks_shared_prime::check),
    (&jwks_unbound_key::RULE, jwks_unbound_key::check),
    (&jwks_unusable_key::RULE, jwks_unusable_key::check),
    (&jwks_use_contradiction::RULE, jwks_use_contradiction::check),
    (&jwks_weak_rsa::RULE, jwks_weak_rsa::check),
];

const OF_METADATA: [(&Rule, MetadataCheck); 11] = [
    (
        &metadata_duplicate_member::RULE,
        metadata_duplicate_member::check,
    ),
    (&metadata_foreign_keys::RULE, metadata_foreign_keys::check),
    (&metadata_implicit_flow::RULE, metadata_implicit_flow::check),
    (
        &metadata_insecure_endpoint::RULE,
        metadata_insecure_endpoint::check,
    ),
    (&metadata_issuer::RULE, metadata_issuer::check),
    (
        &metadata_issuer_mismatch::RULE,
        metadata_issuer_mismatch::check,
    ),
    (
        &metadata_missing_member::RULE,
        metadata_missing_member::check,
    ),
    (&metadata_no_pkce::RULE, metadata_no_pkce::check),
    (&metadata_no_rs256::RULE, metadata_no_rs256::check),
    (
        &metadata_password_grant::RULE,
        metadata_password_grant::check,
    ),
    (
        &metadata_weak_algorithm::RULE,
        metadata_weak_algorithm::check,
    ),
];

/// All rules.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    let tokens = OF_TOKENS.into_iter().map(|(rule, _)| rule);
    let secrets = OF_SECRETS.into_iter().map(|(rule, _)| rule);
    let sets = OF_SETS.into_iter().map(|(rule, _)| rule);
    let metadata = OF_METADATA.into_iter().map(|(rule, _)| rule);
    let others = [&key_as_secret::RULE];
    tokens
        .chain(secrets)
        .chain(sets)
        .chain(metadata)
        .chain(others)
}

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.id == id)
}

/// What the rules say about a token beside its contents or its verdict: what is worth a line there.
pub(super) fn advise(token: &Dissection, now: Timestamp) -> Vec<Finding> {
    let mut findings = judge(&Token::of(token, None, now));
    // The defects are shown beside it.
    findings.retain(|finding| {
        finding.severity >= Severity::Medium && finding.rule.id != damaged::RULE.id
    });
    findings
}

fn judge(token: &Token<'_>) -> Vec<Finding> {
    let checks = OF_TOKENS.into_iter();
    let mut findings: Vec<Finding> = checks.filter_map(|(_, check)| check(token)).collect();
    sort(&mut findings);
    findings
}

/// What a token is held against beside the rules.
#[derive(Debug, Clone, Copy)]
pub struct TokenContext<'a> {
    /// The present.
    pub now: Timestamp,
    /// Keys that the verifiers of the token have.
    pub keys: &'a [Key],
    /// Whether the public list of known secrets is tried, which takes as long as a hundred thousand MACs.
    pub known_secrets: bool,
}

/// What the rules say about a token. Nothing is verified.
pub fn of_token(token: &str, context: &TokenContext<'_>) -> Vec<Finding> {
    let taken = inspect::inspect(token, context.now);
    let mut findings = judge(&Token::of(&taken, Some(token.len()), context.now));
    findings.extend(of_mac(token, context));
    findings
}

/// What the MAC of a token says about its secret.
fn of_mac(token: &str, context: &TokenContext<'_>) -> Option<Finding> {
    let compact = Compact::parse(token).ok()?;
    let algorithm = Algorithm::from_name(&compact.algorithm)?;
    let Primitive::Mac(mac) = algorithm.primitive() else {
        return None;
    };
    let (input, tag) = (
        compact.signing_input().as_bytes(),
        compact.signature.as_slice(),
    );
    let confused = key_as_secret::check(context.keys, mac, (input, tag));
    if confused.is_some() || !context.known_secrets || input.len() > MAX_SEARCHED {
        return confused;
    }
    let found = weak_secrets::search(mac, input, tag)?;
    Some(known_secret::of_token(algorithm.name(), found))
}

/// The longest signing input that the known secrets are tried on: each of them has to go through all of it.
pub const MAX_SEARCHED: usize = 8 << 10;

/// How long the signing input of a token is, if it carries a MAC, so that its secret can be searched for.
pub fn mac_input(token: &str) -> Option<usize> {
    let compact = Compact::parse(token).ok()?;
    let algorithm = Algorithm::from_name(&compact.algorithm)?;
    let is_mac = matches!(algorithm.primitive(), Primitive::Mac(_));
    is_mac.then(|| compact.signing_input().len())
}

/// What the rules say about a secret; nothing about other keys.
pub fn of_secret(key: &Key) -> Vec<Finding> {
    let checks = OF_SECRETS.into_iter();
    checks.filter_map(|(_, check)| check(key)).collect()
}

/// The public list of known secrets, whole and unsorted.
pub fn known_secrets() -> Vec<Vec<u8>> {
    weak_secrets::all()
}

/// What a JSON document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// A JWK set, or one JWK.
    KeySet,
    /// The metadata of an issuer.
    Metadata,
}

/// What a document is held against beside the rules.
#[derive(Debug, Clone, Copy)]
pub struct DocumentContext<'a> {
    /// The present.
    pub now: Timestamp,
    /// Whether private keys belong in a key set.
    pub private_set: bool,
    /// The issuer that metadata was asked of.
    pub issuer: Option<&'a str>,
}

/// What kind of document it is, if the rules know it.
pub fn kind_of(document: &Document) -> Option<DocumentKind> {
    let root = &document.root;
    let has = |name: &str| root.get(name).is_some();
    let lists_keys = root
        .get("keys")
        .is_some_and(|keys| keys.as_sequence().is_some());
    if lists_keys || has("kty") {
        return Some(DocumentKind::KeySet);
    }
    let endpoint = |name: &str| {
        name.ends_with("_endpoint") || name.ends_with("_supported") || name == "jwks_uri"
    };
    let mut names = root.as_mapping()?.iter().map(|entry| entry.key.as_str());
    (has("issuer") && names.any(endpoint) || has("jwks_uri")).then_some(DocumentKind::Metadata)
}

/// What the rules say about a document; None if it is none that they know.
pub fn of_document(document: &Document, context: &DocumentContext<'_>) -> Option<Vec<Finding>> {
    let mut findings = match kind_of(document)? {
        DocumentKind::KeySet => {
            let set = KeySet::of(document, context.private_set, context.now)?;
            let checks = OF_SETS.into_iter();
            let mut findings: Vec<Finding> = checks.flat_map(|(_, check)| check(&set)).collect();
            for member in &set.members {
                let Ok(mut key) = member.key.clone() else {
                    continue;
                };
                key.origin = Some(member.name());
                let at = |finding: Finding| finding.at(&set.source, member.node.span, "");
                findings.extend(of_secret(&key).into_iter().map(at));
            }
            findings
        }
        DocumentKind::Metadata => {
            let metadata = Metadata::of(document, context.issuer);
            let checks = OF_METADATA.into_iter();
            checks.flat_map(|(_, check)| check(&metadata)).collect()
        }
    };
    sort(&mut findings);
    Some(findings)
}
