//! Istio's own analyzers: what they find on their resources, our rules find there too.
//!
//! The corpus gives, for one analyzer at a time, the resources it reports. Codes that bear on security are matched with
//! the rules that stand for them; what is not covered is listed below with its reason, and the lists are complete.

use std::collections::{BTreeMap, BTreeSet};

use countersign::kernel::source::Source;
use countersign::lint::{Options, lint};
use serde_json::Value;

use super::corpus;

/// A code and the rules that stand for it.
const COVERED: [(&str, &[&str]); 21] = [
    (
        "IST0101",
        &[
            "authorization-unknown-namespace",
            "gateway-credential-missing",
            "gateway-selects-nothing",
            "virtual-service-unknown-host",
        ],
    ),
    ("IST0102", &["namespace-not-in-mesh"]),
    ("IST0110", &["sidecar-ambiguous"]),
    ("IST0111", &["sidecar-ambiguous"]),
    ("IST0123", &["injection-labels-conflict"]),
    ("IST0127", &["authorization-policy-selects-nothing"]),
    ("IST0128", &["destination-rule-tls-without-ca"]),
    ("IST0129", &["destination-rule-tls-without-ca"]),
    ("IST0138", &["gateway-duplicate-certificate"]),
    ("IST0144", &["application-runs-as-proxy"]),
    ("IST0145", &["gateway-conflict"]),
    ("IST0149", &["jwt-claim-route-without-authentication"]),
    ("IST0151", &["envoy-filter-relative-operation"]),
    ("IST0152", &["envoy-filter-operation-ignored"]),
    ("IST0153", &["envoy-filter-operation-ignored"]),
    ("IST0154", &["envoy-filter-operation-ignored"]),
    ("IST0162", &["gateway-port-without-service"]),
    ("IST0166", &["selector-on-kubernetes-gateway"]),
    ("IST0167", &["sidecar-in-ambient"]),
    ("IST0174", &["destination-rule-unknown-host"]),
    ("IST0177", &["service-entry-protocol-conflict"]),
];

/// Resources of covered codes that our rules leave alone, each with its reason.
const OTHERWISE: [(&str, &str, &str); 0] = [];

#[test]
fn the_security_codes_are_found_on_their_resources() {
    let Some(folder) = corpus("manifests/istio-analyzers") else {
        return;
    };
    let cases = std::fs::read(folder.join("expectations.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_slice(&cases).unwrap();
    let covered: BTreeMap<&str, &[&str]> = COVERED.into_iter().collect();
    let (mut found, mut missed, mut uncovered) = (0, BTreeSet::new(), BTreeMap::new());
    for case in &cases {
        let text = |node: &Value| node.as_str().unwrap().to_owned();
        let files = case["input_files"].as_array().unwrap().iter().map(text);
        let files = files.chain(case["mesh_config"].as_str().map(str::to_owned));
        let sources: Vec<_> = files
            .filter(|name| folder.join(name).exists())
            .map(|name| {
                Source::new(name.clone(), std::fs::read(folder.join(&name)).unwrap()).unwrap()
            })
            .collect();
        let outcome = lint(&sources, &Options::default());
        for expected in case["expected"].as_array().unwrap() {
            let code = text(&expected["code"]);
            let resource = text(&expected["resource"]);
            let Some(rules) = covered.get(code.as_str()) else {
                *uncovered.entry(code).or_insert(0) += 1;
                continue;
            };
            // Their names leave a missing namespace out.
            let (kind, name) = resource.split_once(' ').unwrap();
            let full = format!("{kind} default/{name}");
            let hit = outcome.findings.iter().any(|finding| {
                rules.contains(&finding.rule.id) && [&resource, &full].contains(&&finding.subject)
            });
            if hit {
                found += 1;
            } else {
                missed.insert((code, resource, text(&case["analyzer"])));
            }
        }
    }
    for (code, resource, analyzer) in &missed {
        println!("missed {code} {resource} ({analyzer})");
    }
    println!("found {found}, uncovered {uncovered:?}");
    let known: BTreeSet<(&str, &str)> = OTHERWISE
        .iter()
        .map(|(code, resource, _)| (*code, *resource))
        .collect();
    let missed: BTreeSet<(&str, &str)> = missed
        .iter()
        .map(|(code, resource, _)| (code.as_str(), resource.as_str()))
        .collect();
    assert_eq!(missed, known);
    assert!(found > 50, "{found}");
}
