//! Chains that must and must not hold, made with the encoder itself so that they can be wrong on purpose.

use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType,
};

use super::*;
use crate::kernel::crypto::SystemRandom;
use crate::kernel::der;
use crate::kernel::time::Timestamp;

const ID: &str = "spiffe://acme.example/ns/production/sa/payment-service";

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T09:00:00Z").unwrap()
}

/// A certificate in the making, with a key of its own.
struct Made {
    params: CertificateParams,
    key: KeyPair,
    der: Vec<u8>,
}

fn params(name: &str, uri: &str, authority: Option<BasicConstraints>) -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    params.distinguished_name = subject;
    params.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
    params.not_before = now().minus(Duration::from_secs(60)).offset();
    params.not_after = now().plus(Duration::from_secs(3600)).offset();
    params.use_authority_key_identifier_extension = true;
    match authority {
        Some(constraints) => {
            params.is_ca = IsCa::Ca(constraints);
            params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        }
        None => {
            params.is_ca = IsCa::ExplicitNoCa;
            params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        }
    }
    params
}

fn self_signed(params: CertificateParams) -> Made {
    let key = KeyPair::generate().unwrap();
    let der = params.self_signed(&key).unwrap().der().to_vec();
    Made { params, key, der }
}

fn signed(params: CertificateParams, by: &Made) -> Made {
    let key = KeyPair::generate().unwrap();
    let issuer = Issuer::from_params(&by.params, &by.key);
    let der = params.signed_by(&key, &issuer).unwrap().der().to_vec();
    Made { params, key, der }
}

fn root(constraints: BasicConstraints) -> Made {
    self_signed(params("root", "spiffe://acme.example", Some(constraints)))
}

fn judged(leaf: &Made, between: &[&Made], anchor: &Made) -> Vec<&'static str> {
    let parse = |made: &Made| Certificate::parse(&made.der).unwrap();
    let between: Vec<_> = between.iter().map(|made| parse(made)).collect();
    let verdict = verify(
        &parse(leaf),
        &between,
        &[parse(anchor)],
        &ExpectedId::Any,
        now(),
    );
    verdict.reasons().into_iter().map(Reason::code).collect()
}

#[test]
fn a_leaf_below_one_or_two_authorities_holds() {
    let root = root(BasicConstraints::Constrained(1));
    let direct = signed(params("leaf", ID, None), &root);
    assert_eq!(judged(&direct, &[], &root), [""; 0]);
    let issuing = params(
        "issuing",
        "spiffe://acme.example",
        Some(BasicConstraints::Constrained(0)),
    );
    let issuing = signed(issuing, &root);
    let leaf = signed(params("leaf", ID, None), &issuing);
    assert_eq!(judged(&leaf, &[&issuing], &root), [""; 0]);
    assert_eq!(judged(&leaf, &[], &root), ["cert-no-issuer"]);
    // An unrelated or broken authority beside the right one does not spoil the path.
    let stranger = self_signed(params(
        "issuing",
        "spiffe://acme.example",
        Some(BasicConstraints::Unconstrained),
    ));
    assert_eq!(judged(&leaf, &[&stranger, &issuing], &root), [""; 0]);
}

#[test]
fn a_workload_cannot_issue() {
    let root = root(BasicConstraints::Unconstrained);
    let workload = signed(params("workload", "spiffe://acme.example/w", None), &root);
    let forged = signed(params("leaf", ID, None), &workload);
    let reasons = judged(&forged, &[&workload], &root);
    assert_eq!(reasons, ["cert-not-an-authority", "cert-key-usage"]);
}

#[test]
fn path_lengths_are_obeyed() {
    let root = root(BasicConstraints::Constrained(0));
    let issuing = params(
        "issuing",
        "spiffe://acme.example",
        Some(BasicConstraints::Unconstrained),
    );
    let issuing = signed(issuing, &root);
    let leaf = signed(params("leaf", ID, None), &issuing);
    assert_eq!(judged(&leaf, &[&issuing], &root), ["cert-path-too-long"]);
}

#[test]
fn another_key_of_the_same_name_is_no_issuer() {
    let ours = root(BasicConstraints::Unconstrained);
    let theirs = root(BasicConstraints::Unconstrained);
    let leaf = signed(params("leaf", ID, None), &theirs);
    assert_eq!(judged(&leaf, &[], &ours), ["cert-no-issuer"]);
    let mut unnamed = params("leaf", ID, None);
    unnamed.use_authority_key_identifier_extension = false;
    let leaf = signed(unnamed, &theirs);
    assert_eq!(judged(&leaf, &[], &ours), ["cert-signature-invalid"]);
}

#[test]
fn validity_is_inclusive_at_both_ends() {
    let root = root(BasicConstraints::Unconstrained);
    let leaf = signed(params("leaf", ID, None), &root);
    let at = |time: Timestamp| {
        let parse = |made: &Made| Certificate::parse(&made.der).unwrap();
        let verdict = verify(&parse(&leaf), &[], &[parse(&root)], &ExpectedId::Any, time);
        verdict
            .reasons()
            .into_iter()
            .map(Reason::code)
            .collect::<Vec<_>>()
    };
    assert_eq!(at(now().plus(Duration::from_secs(3600))), [""; 0]);
    assert_eq!(at(now().plus(Duration::from_secs(3601))), ["cert-expired"]);
    assert_eq!(at(now().minus(Duration::from_secs(60))), [""; 0]);
    assert_eq!(
        at(now().minus(Duration::from_secs(61))),
        ["cert-not-yet-valid"]
    );
}

#[test]
fn a_leaf_names_exactly_one_workload() {
    let root = root(BasicConstraints::Unconstrained);
    let with = |uris: &[&str]| {
        let mut params = params("leaf", ID, None);
        params.subject_alt_names = uris
            .iter()
            .map(|uri| SanType::URI((*uri).try_into().unwrap()))
            .collect();
        judged(&signed(params, &root), &[], &root)
    };
    assert_eq!(with(&[ID, "https://acme.example/"]), ["cert-several-ids"]);
    assert_eq!(with(&["spiffe://acme.example"]), ["cert-no-spiffe-id"]);
    assert_eq!(with(&["https://acme.example/x"]), ["cert-no-spiffe-id"]);
    assert_eq!(with(&["spiffe://Acme.example/x"]), ["cert-no-spiffe-id"]);
    assert_eq!(with(&[]), ["cert-no-spiffe-id"]);
}

#[test]
fn an_authority_is_no_workload() {
    let root = root(BasicConstraints::Unconstrained);
    let authority = signed(
        params("leaf", ID, Some(BasicConstraints::Unconstrained)),
        &root,
    );
    assert_eq!(judged(&authority, &[], &root), ["cert-authority-as-leaf"]);
}

#[test]
fn unknown_critical_extensions_are_refused() {
    let root = root(BasicConstraints::Unconstrained);
    let mut odd = params("leaf", ID, None);
    let mut extension =
        CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
    extension.set_criticality(true);
    odd.custom_extensions.push(extension);
    assert_eq!(
        judged(&signed(odd, &root), &[], &root),
        ["cert-critical-extension"]
    );
}

/// nameConstraints with one URI base, permitted or excluded (RFC 5280 §4.2.1.10).
fn uri_constraint(permitted: bool, base: &str) -> CustomExtension {
    let subtree = der::sequence(&[&der::element(0x86, base.as_bytes())]);
    let tag = if permitted { 0xa0 } else { 0xa1 };
    let content = der::sequence(&[&der::element(tag, &subtree)]);
    let mut extension = CustomExtension::from_oid_content(&[2, 5, 29, 30], content);
    extension.set_criticality(true);
    extension
}

#[test]
fn uri_constraints_follow_rfc_5280() {
    // (permitted, base, host of the leaf, whether the path holds)
    let table = [
        (true, "example.org", "example.org", true),
        (true, "example.org", "sub.example.org", false),
        (true, "example.org", "evil.test", false),
        (true, ".example.org", "example.org", false),
        (true, ".example.org", "sub.example.org", true),
        (false, "example.org", "example.org", false),
        (false, "example.org", "sub.example.org", true),
        (false, "example.org", "other.test", true),
        (true, "spiffe://example.org", "example.org", false),
        (false, "spiffe://example.org", "example.org", false),
        (false, "other.test", "10.0.0.1", false),
        (true, "single", "single", true),
        (true, "with_underscore", "with_underscore", true),
    ];
    for (permitted, base, host, holds) in table {
        let root = root(BasicConstraints::Unconstrained);
        let mut issuing = params(
            "issuing",
            "spiffe://example.org",
            Some(BasicConstraints::Unconstrained),
        );
        // The authority's own name is judged by those above it alone.
        issuing
            .custom_extensions
            .push(uri_constraint(permitted, base));
        let issuing = signed(issuing, &root);
        let leaf = signed(
            params("leaf", &format!("spiffe://{host}/w"), None),
            &issuing,
        );
        let reasons = judged(&leaf, &[&issuing], &root);
        let expected: &[&str] = if holds {
            &[]
        } else {
            &["cert-name-constraint"]
        };
        assert_eq!(reasons, expected, "permitted {permitted} {base}: {host}");
    }
}

#[test]
fn one_flipped_bit_never_holds() {
    let random = SystemRandom::default();
    let domain: TrustDomain = "acme.example".parse().unwrap();
    let made = super::root(&domain, Duration::from_secs(86_400), now(), &random).unwrap();
    let authority = Authority {
        certificate: made.certificate.clone(),
        key: made.key,
        not_after: made.not_after,
        trust_domain: domain,
        max_ttl: Duration::from_secs(3600),
    };
    let options = LeafOptions {
        spiffe_id: ID.parse().unwrap(),
        dns_names: vec!["payment.acme.example".into()],
        ttl: Duration::from_secs(600),
        now: now(),
    };
    let issued = leaf(&authority, &options, &random).unwrap();
    let bundle = [Certificate::parse(&made.certificate).unwrap()];
    let holds = |der: &[u8]| {
        Certificate::parse(der)
            .is_ok_and(|leaf| verify(&leaf, &[], &bundle, &ExpectedId::Any, now()).is_accepted())
    };
    assert!(holds(&issued.certificate));
    for index in 0..issued.certificate.len() {
        for bit in 0..8 {
            let mut flipped = issued.certificate.clone();
            flipped[index] ^= 1 << bit;
            assert!(!holds(&flipped), "byte {index}, bit {bit}");
        }
    }
}
