//! x509-limbo: chains that a verifier accepts or refuses, each case judged whole: path, purpose and server name.
//!
//! The cases of `webpki::` are of the profile `webpki`, all others of `rfc5280`; two pairs contradict each other
//! otherwise, as the corpus itself declares.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use countersign::cert::{Certificate, PathReport, PathRules, Peer, Problem, Profile, validate};
use countersign::kernel::pem;
use countersign::kernel::time::Timestamp;

use super::corpus;

/// Where we disagree, and why.
const DISAGREEMENTS: [(&str, &str); 2] = [
    (
        "webpki::san::exact-localhost-ip-san",
        "its common name is none of its alternative names, which the nine cases of webpki::cn refuse",
    ),
    (
        "webpki::san::leftmost-wildcard-san",
        "its common name is none of its alternative names, which the nine cases of webpki::cn refuse",
    ),
];

fn certificate(text: &Value) -> Option<Certificate> {
    let blocks = pem::parse(text.as_str().unwrap()).unwrap();
    Certificate::examine(&blocks[0].der).ok()
}

fn certificates(json: &Value) -> Vec<Certificate> {
    let all = json.as_array().unwrap();
    all.iter().filter_map(certificate).collect()
}

fn judge(case: &Value, suffixes: &[&str]) -> Option<PathReport> {
    let id = case["id"].as_str().unwrap();
    let now = case["validation_time"]
        .as_str()
        .unwrap_or("2026-11-22T09:00:00Z");
    let profile = if id.starts_with("webpki::") {
        Profile::Webpki
    } else {
        Profile::Rfc5280
    };
    let mut rules = PathRules::new(profile, Timestamp::parse(now).unwrap());
    rules.peer = Some(Peer::Server);
    rules.host = case["expected_peer_name"]["value"]
        .as_str()
        .map(|name| name.parse().unwrap());
    rules.public_suffixes = suffixes.iter().map(|suffix| (*suffix).to_owned()).collect();
    if let Some(depth) = case["max_chain_depth"].as_u64() {
        rules.max_depth = u32::try_from(depth).unwrap();
    }
    let leaf = certificate(&case["peer_certificate"])?;
    let between = certificates(&case["untrusted_intermediates"]);
    Some(validate(
        &leaf,
        &between,
        &certificates(&case["trusted_certs"]),
        &rules,
    ))
}

fn cases() -> Option<Vec<Value>> {
    let file = corpus("x509/limbo-dev.json")?;
    let root: Value = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    Some(root["testcases"].as_array().unwrap().clone())
}

#[test]
fn every_case_is_judged_as_the_corpus_wants_but_for_those_explained() {
    let Some(cases) = cases() else { return };
    let explained: BTreeMap<&str, &str> = DISAGREEMENTS.into_iter().collect();
    let (mut right, mut others) = (0, Vec::new());
    for case in &cases {
        let id = case["id"].as_str().unwrap();
        let report = judge(case, &[]);
        let accepted = report.as_ref().is_some_and(PathReport::holds);
        if accepted == (case["expected_result"] == "SUCCESS") {
            right += 1;
            continue;
        }
        let problems = report.map(|report| report.problems);
        assert!(
            explained.contains_key(id),
            "{id}: accepted {accepted}, {problems:?}"
        );
        others.push(id.to_owned());
    }
    assert_eq!((right, others.len()), (132, explained.len()), "{others:?}");
}

/// Two of the three are refused without the list too, for their common names.
#[test]
fn wildcards_right_below_a_public_suffix_are_refused_for_that() {
    let Some(cases) = cases() else { return };
    let wanted = |case: &&Value| case["id"].as_str().unwrap().contains("public-suffix");
    let found: Vec<&Value> = cases.iter().filter(wanted).collect();
    for case in &found {
        let report = judge(case, &["com", "co.uk", "s3.amazonaws.com"]).unwrap();
        let told = |problem: &Problem| problem.detail.contains("public suffix");
        assert!(report.problems.iter().any(told), "{}", case["id"]);
    }
    assert_eq!(found.len(), 3);
}

/// One flipped bit in any certificate of a path never leads to a path that holds: the leaf's, an authority's.
#[test]
fn one_flipped_bit_in_any_certificate_never_holds() {
    let Some(cases) = cases() else { return };
    let id = "pathlen::ee-with-intermediate-pathlen-0";
    let case = cases.iter().find(|case| case["id"] == id).unwrap();
    let ders = |json: &Value| pem::parse(json.as_str().unwrap()).unwrap()[0].der.to_vec();
    let mut chain = vec![
        ders(&case["peer_certificate"]),
        ders(&case["untrusted_intermediates"][0]),
    ];
    let anchors = certificates(&case["trusted_certs"]);
    let rules = PathRules::new(
        Profile::Mtls,
        Timestamp::parse("2026-11-22T09:00:00Z").unwrap(),
    );
    let holds = |chain: &[Vec<u8>]| {
        let read: Option<Vec<_>> = chain
            .iter()
            .map(|der| Certificate::examine(der).ok())
            .collect();
        read.is_some_and(|read| {
            let (leaf, between) = read.split_first().unwrap();
            validate(leaf, between, &anchors, &rules).holds()
        })
    };
    assert!(holds(&chain));
    for position in 0..chain.len() {
        for index in 0..chain[position].len() {
            for bit in 0..8 {
                chain[position][index] ^= 1 << bit;
                assert!(
                    !holds(&chain),
                    "certificate {position}, byte {index}, bit {bit}"
                );
                chain[position][index] ^= 1 << bit;
            }
        }
    }
}
