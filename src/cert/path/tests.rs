//! Paths that are wrong in one way each, and searches that must end.

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};

use super::*;
use crate::kernel::der::{self, tag};

fn now() -> Timestamp {
    Timestamp::parse("2026-11-22T09:00:00Z").unwrap()
}

fn authority(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    params.distinguished_name = subject;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params.use_authority_key_identifier_extension = true;
    params
}

fn leaf(name: &str) -> CertificateParams {
    let mut params = authority("leaf");
    params.subject_alt_names = vec![SanType::DnsName(name.try_into().unwrap())];
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.serial_number = Some(SerialNumber::from(7));
    params
}

/// A certificate with its key, able to issue.
struct Made {
    params: CertificateParams,
    key: KeyPair,
    certificate: Certificate,
}

fn self_signed(params: CertificateParams) -> Made {
    let key = KeyPair::generate().unwrap();
    let der = params.self_signed(&key).unwrap().der().to_vec();
    Made {
        params,
        key,
        certificate: Certificate::examine(&der).unwrap(),
    }
}

fn signed(params: CertificateParams, by: &Made) -> Made {
    signed_with(params, KeyPair::generate().unwrap(), by)
}

fn signed_with(params: CertificateParams, key: KeyPair, by: &Made) -> Made {
    let der = params
        .signed_by(&key, &Issuer::from_params(&by.params, &by.key))
        .unwrap()
        .der()
        .to_vec();
    Made {
        params,
        key,
        certificate: Certificate::examine(&der).unwrap(),
    }
}

fn extension(oid: &[u64], critical: bool, value: Vec<u8>) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(oid, value);
    extension.set_criticality(critical);
    extension
}

fn rules(profile: Profile) -> PathRules {
    PathRules::new(profile, now())
}

fn reasons(report: &PathReport) -> Vec<&'static str> {
    report
        .problems
        .iter()
        .map(|problem| problem.reason.code())
        .collect()
}

/// The problems of a path root, authority, leaf under a profile.
fn judged(
    between: CertificateParams,
    below: CertificateParams,
    profile: Profile,
) -> Vec<&'static str> {
    let root = self_signed(authority("root"));
    let between = signed(between, &root);
    let below = signed(below, &between);
    let report = validate(
        &below.certificate,
        &[between.certificate],
        &[root.certificate],
        &rules(profile),
    );
    reasons(&report)
}

#[test]
fn issuers_are_bound_by_the_profiles_that_say_so() {
    let wrong: [fn(&mut CertificateParams); 4] = [
        |params| params.use_authority_key_identifier_extension = false,
        |params| params.serial_number = Some(SerialNumber::from(vec![1; 21])),
        |params| params.serial_number = Some(SerialNumber::from(vec![0])),
        |params| {
            params.subject_alt_names = vec![SanType::DnsName("a_b.example".try_into().unwrap())]
        },
    ];
    for (index, change) in wrong.into_iter().enumerate() {
        let mut params = leaf("a.example");
        change(&mut params);
        let judged = |profile| judged(authority("issuing"), params.clone(), profile);
        assert_eq!(
            judged(Profile::Rfc5280),
            ["cert-profile-violated"],
            "{index}"
        );
        assert_eq!(judged(Profile::Mtls), [""; 0], "{index}");
    }
    assert_eq!(
        judged(authority("issuing"), leaf("a.example"), Profile::Rfc5280),
        [""; 0]
    );
}

#[test]
fn a_path_is_found_whatever_stands_beside_it_and_signatures_are_checked_once() {
    let root = self_signed(authority("root"));
    let issuing = signed(authority("issuing"), &root);
    let below = signed(leaf("a.example"), &issuing);
    // Fifty of the same name, whose key identifiers do not fit, are tried last.
    let mut pool: Vec<Certificate> = (0..50)
        .map(|_| signed(authority("issuing"), &root).certificate)
        .collect();
    pool.push(issuing.certificate);
    let report = validate(
        &below.certificate,
        &pool,
        std::slice::from_ref(&root.certificate),
        &rules(Profile::Mtls),
    );
    assert!(report.holds());
    assert_eq!(report.work.signatures, 2);
    assert_eq!(report.path.len(), 3);
}

#[test]
fn authorities_that_certify_each_other_end_the_search() {
    let stranger = self_signed(authority("root"));
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let all: Vec<Made> = names
        .iter()
        .map(|name| self_signed(authority(name)))
        .collect();
    let mut pool = Vec::new();
    for one in &all {
        for other in &all {
            let key = KeyPair::from_pem(&other.key.serialize_pem()).unwrap();
            pool.push(signed_with(other.params.clone(), key, one).certificate);
        }
    }
    let below = signed(leaf("a.example"), &all[0]);
    let report = validate(
        &below.certificate,
        &pool,
        &[stranger.certificate],
        &rules(Profile::Mtls),
    );
    assert!(!report.holds());
    assert!(
        reasons(&report).contains(&"cert-too-many-signatures"),
        "{:?}",
        report.problems
    );
    assert!(report.work.signatures <= MAX_SIGNATURES && report.work.steps <= MAX_STEPS);
}

#[test]
fn too_many_names_and_constraints_end_the_judgement() {
    let base =
        |index: usize| der::sequence(&[&der::element(0x82, format!("x{index}.test").as_bytes())]);
    let bases: Vec<u8> = (0..600).flat_map(base).collect();
    let constraints = der::sequence(&[&der::element(0xa1, &bases)]);
    let mut between = authority("issuing");
    between
        .custom_extensions
        .push(extension(&[2, 5, 29, 30], true, constraints));
    let mut below = leaf("a.example");
    below.subject_alt_names = (0..600)
        .map(|index| SanType::DnsName(format!("n{index}.example").try_into().unwrap()))
        .collect();
    assert_eq!(
        judged(between, below, Profile::Mtls),
        ["cert-too-many-comparisons"]
    );
}

fn policies(of: &[&[u8]]) -> CustomExtension {
    let all: Vec<Vec<u8>> = of
        .iter()
        .map(|oid| der::sequence(&[&der::element(tag::OID, oid)]))
        .collect();
    let all: Vec<&[u8]> = all.iter().map(Vec::as_slice).collect();
    extension(&[2, 5, 29, 32], false, der::sequence(&all))
}

const ANY: &[u8] = &[0x55, 0x1d, 0x20, 0];
const ONE: &[u8] = &[0x2a, 1];
const TWO: &[u8] = &[0x2a, 2];

#[test]
fn a_demanded_policy_must_be_valid_through_the_whole_path() {
    // (of the authority, of the leaf, what the authority adds, whether it holds)
    let demand = extension(&[2, 5, 29, 36], true, vec![0x30, 3, 0x80, 1, 0]);
    let map = der::sequence(&[&der::sequence(&[
        &der::element(tag::OID, ONE),
        &der::element(tag::OID, TWO),
    ])]);
    let map = extension(&[2, 5, 29, 33], true, map);
    let no_any = extension(&[2, 5, 29, 54], true, vec![2, 1, 0]);
    type Row<'a> = (&'a [&'a [u8]], &'a [&'a [u8]], Vec<CustomExtension>, bool);
    let table: [Row<'_>; 8] = [
        (&[ONE], &[ONE], vec![demand.clone()], true),
        (&[ONE], &[TWO], vec![demand.clone()], false),
        (&[ONE], &[], vec![demand.clone()], false),
        (&[ANY], &[TWO], vec![demand.clone()], true),
        (&[ONE], &[ANY], vec![demand.clone()], true),
        (&[ONE], &[ANY], vec![demand.clone(), no_any], false),
        (&[ONE], &[TWO], vec![demand, map], true),
        (&[ONE], &[TWO], vec![], true),
    ];
    for (index, (above, own, more, holds)) in table.into_iter().enumerate() {
        let mut between = authority("issuing");
        between.custom_extensions.push(policies(above));
        between.custom_extensions.extend(more);
        let mut below = leaf("a.example");
        if !own.is_empty() {
            below.custom_extensions.push(policies(own));
        }
        let expected: &[&str] = if holds { &[] } else { &["cert-policy"] };
        assert_eq!(
            judged(between, below, Profile::Rfc5280),
            expected,
            "row {index}"
        );
    }
}

#[test]
fn the_purpose_is_checked_on_the_leaf_and_on_authorities() {
    use rcgen::ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};
    let root = self_signed(authority("root"));
    let mut limited = authority("issuing");
    limited.extended_key_usages = vec![ClientAuth];
    let limited = signed(limited, &root);
    let mut both = leaf("a.example");
    both.extended_key_usages = vec![ServerAuth, ClientAuth];
    let below = signed(both, &limited);
    let pool = [limited.certificate];
    let anchors = [root.certificate];
    let judged = |peer| {
        let rules = PathRules {
            peer: Some(peer),
            ..rules(Profile::Mtls)
        };
        reasons(&validate(&below.certificate, &pool, &anchors, &rules))
    };
    assert_eq!(judged(Peer::Client), [""; 0]);
    assert_eq!(judged(Peer::Server), ["cert-purpose"]);
}

#[test]
fn a_bounded_subtree_is_refused() {
    let subtree = der::sequence(&[&der::element(0x82, b"example"), &[0x81, 1, 3]]);
    let constraints = der::sequence(&[&der::element(0xa0, &subtree)]);
    let mut between = authority("issuing");
    between
        .custom_extensions
        .push(extension(&[2, 5, 29, 30], true, constraints));
    assert_eq!(
        judged(between, leaf("a.example"), Profile::Mtls),
        ["cert-constraint-unsupported"]
    );
}

#[test]
fn what_is_told_names_every_rule() {
    let root = self_signed(authority("root"));
    let below = signed(leaf("a.example"), &root);
    let rules = PathRules {
        trace: true,
        host: Some("b.example".parse().unwrap()),
        ..rules(Profile::Mtls)
    };
    let report = validate(&below.certificate, &[], &[root.certificate], &rules);
    assert_eq!(report.candidates.len(), 1);
    let checks = &report.candidates[0].checks;
    let failed: Vec<&str> = checks
        .iter()
        .filter(|check| !check.problems.is_empty())
        .map(|check| check.rule)
        .collect();
    assert_eq!(failed, ["server name"]);
    for rule in [
        "validity",
        "signature",
        "policies",
        "depth",
        "basicConstraints and keyUsage",
    ] {
        assert!(checks.iter().any(|check| check.rule == rule), "{rule}");
    }
}
