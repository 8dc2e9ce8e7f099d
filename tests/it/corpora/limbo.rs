//! x509-limbo: chains that an RFC 5280 path validation accepts or refuses.
//!
//! The cases are of TLS servers on the Web. What a path alone cannot say (names of servers, purposes, the habits of
//! public authorities) is not asked of [`validate`], and is listed here.

use std::fs;

use serde_json::Value;

use countersign::cert::{Certificate, PathVerdict, validate};
use countersign::kernel::pem;
use countersign::kernel::time::Timestamp;

use super::corpus;

/// Families of cases that fail for another reason than the path.
const NOT_OF_THE_PATH: [&str; 15] = [
    // Server names, Web authorities' profile, purposes: no notion of them here.
    "webpki::aki::",
    "webpki::cn::",
    "webpki::eku::",
    "webpki::forbidden-rsa-",
    "webpki::san::",
    "rfc5280::eku::",
    "rfc5280::san::",
    // What an authority should write, and a reader can do without.
    "rfc5280::aki::",
    "rfc5280::ca-empty-subject",
    "rfc5280::pc::",
    "rfc5280::root-non-critical-basic-constraints",
    "rfc5280::serial::",
    "rfc5280::ski::",
    // An authority, or its key use, as leaf: refused as X509-SVID, not by the path.
    "rfc5280::leaf-ku-keycertsign",
    // The caller's own limit of depth.
    "pathlen::max-chain-depth-",
];

/// An authority as leaf: refused as X509-SVID, not by the path.
const AUTHORITY_AS_LEAF: [&str; 3] = [
    "rfc5280::ca-as-leaf-wrong-san",
    "webpki::ca-as-leaf",
    "webpki::ee-basicconstraints-ca",
];

fn certificate(text: &Value) -> Option<Certificate> {
    let blocks = pem::parse(text.as_str().unwrap()).unwrap();
    Certificate::parse(&blocks[0].der).ok()
}

fn certificates(json: &Value) -> Vec<Certificate> {
    let all = json.as_array().unwrap();
    all.iter().filter_map(certificate).collect()
}

fn accepts(case: &Value) -> bool {
    let now = case["validation_time"]
        .as_str()
        .unwrap_or("2026-10-01T00:00:00Z");
    let Some(leaf) = certificate(&case["peer_certificate"]) else {
        return false;
    };
    let verdict = validate(
        &leaf,
        &certificates(&case["untrusted_intermediates"]),
        &certificates(&case["trusted_certs"]),
        Timestamp::parse(now).unwrap(),
    );
    matches!(verdict, PathVerdict::Valid(_))
}

#[test]
fn every_good_path_is_accepted_and_every_bad_one_refused() {
    let Some(file) = corpus("x509/limbo-dev.json") else {
        return;
    };
    let root: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let (mut good, mut bad, mut other) = (0, 0, 0);
    for case in root["testcases"].as_array().unwrap() {
        let id = case["id"].as_str().unwrap();
        let accepted = accepts(case);
        if case["expected_result"] == "SUCCESS" {
            assert!(accepted, "{id} is refused");
            good += 1;
        } else if accepted {
            let known = NOT_OF_THE_PATH.iter().any(|family| id.starts_with(family))
                || AUTHORITY_AS_LEAF.contains(&id);
            assert!(known, "{id} is accepted");
            other += 1;
        } else {
            bad += 1;
        }
    }
    assert_eq!((good, bad, other), (39, 37, 58));
}
