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
const COVERED: [(&str, &[&str]); 26] = [
    (
        "IST0101",
        &[
            "authorization-unknown-namespace",
            "gateway-credential-missing",
            "gateway-selects-nothing",
            "selector-matches-nothing",
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
    ("IST0132", &["virtual-service-host-not-in-gateway"]),
    ("IST0138", &["gateway-duplicate-certificate"]),
    ("IST0144", &["application-runs-as-proxy"]),
    ("IST0145", &["gateway-conflict"]),
    ("IST0149", &["jwt-claim-route-without-authentication"]),
    ("IST0151", &["envoy-filter-relative-operation"]),
    ("IST0152", &["envoy-filter-operation-ignored"]),
    ("IST0153", &["envoy-filter-operation-ignored"]),
    ("IST0154", &["envoy-filter-operation-ignored"]),
    ("IST0155", &["envoy-filter-relative-operation"]),
    ("IST0161", &["gateway-credential-invalid"]),
    ("IST0162", &["gateway-port-without-service"]),
    ("IST0166", &["selector-on-kubernetes-gateway"]),
    ("IST0167", &["sidecar-in-ambient"]),
    ("IST0173", &["destination-rule-subset-selects-nothing"]),
    ("IST0174", &["destination-rule-unknown-host"]),
    ("IST0175", &["jwks-fetch-unrestricted"]),
    ("IST0177", &["service-entry-protocol-conflict"]),
];

/// Resources of covered codes that our rules leave alone, each with its reason.
const OTHERWISE: [(&str, &str, &str); 17] = [
    // A resource alone is a fragment: what it refers to may be in a file that was not given.
    (
        "IST0101",
        "Gateway bogusgateway",
        "no pods of the gateway in the input",
    ),
    (
        "IST0101",
        "Gateway customgateway-wrongnamespace",
        "no pods of the gateway in the input",
    ),
    (
        "IST0101",
        "Gateway defaultgateway-bogusCredentialName",
        "no pods of the gateway in the input",
    ),
    (
        "IST0101",
        "Gateway httpbin-gateway",
        "no pods of the gateway in the input",
    ),
    (
        "IST0162",
        "Gateway httpbin-gateway",
        "the Service of the default gateway is not in the input",
    ),
    (
        "IST0174",
        "DestinationRule default/fake-host",
        "no Service of the namespace in the input",
    ),
    ("IST0102", "Namespace bar", "it holds no workload"),
    (
        "IST0127",
        "AuthorizationPolicy httpbin-empty/httpbin-empty-namespace-wide",
        "a policy of a whole namespace may wait for its pods",
    ),
    (
        "IST0173",
        "DestinationRule default/subsets-not-select-pods",
        "no pods of the host in the input",
    ),
    (
        "IST0132",
        "VirtualService httpbin-bogus",
        "its gateway is not in the input",
    ),
    // Ports, subsets, exports and gateways of routes are not followed.
    (
        "IST0101",
        "VirtualService default/reviews-bogusport",
        "ports of routes",
    ),
    (
        "IST0101",
        "VirtualService default/reviews-bogussubset",
        "subsets of routes",
    ),
    (
        "IST0101",
        "VirtualService default/reviews-mirror-bogussubset",
        "subsets of routes",
    ),
    (
        "IST0101",
        "VirtualService default/reviews-bookinfo-other",
        "hosts outside the cluster",
    ),
    (
        "IST0101",
        "VirtualService httpbin-bogus",
        "gateways of routes",
    ),
    (
        "IST0101",
        "VirtualService hello/hello-export-to-bogus",
        "exports of Services",
    ),
    (
        "IST0101",
        "VirtualService istio-system/cross-namespace-details",
        "exports of Services",
    ),
];

/// Codes that no rule of ours stands for, with the number of resources; those of the sheet's security list first.
const UNCOVERED: [(&str, usize); 31] = [
    // Security weight: theirs is a pod in a file, which is injected when it is made (`pod-without-proxy` asks for one that
    // runs); injection by default, which is no defect.
    ("IST0103", 2),
    ("IST0148", 1),
    // The rest: schema and annotations, routes, images, telemetry, webhooks, versions, status.
    ("IST0002", 3),
    ("IST0107", 3),
    ("IST0108", 1),
    ("IST0109", 13),
    ("IST0112", 1),
    ("IST0116", 2),
    ("IST0118", 3),
    ("IST0125", 1),
    ("IST0126", 2),
    ("IST0130", 5),
    ("IST0131", 10),
    ("IST0134", 5),
    ("IST0135", 1),
    ("IST0136", 8),
    ("IST0137", 1),
    ("IST0139", 3),
    ("IST0140", 1),
    ("IST0146", 1),
    ("IST0147", 1),
    ("IST0150", 3),
    ("IST0157", 1),
    ("IST0158", 8),
    ("IST0159", 4),
    ("IST0160", 2),
    ("IST0163", 4),
    ("IST0164", 1),
    ("IST0165", 1),
    ("IST0171", 7),
    ("IST0176", 1),
];

#[test]
fn the_security_codes_are_found_on_their_resources() {
    let Some(folder) = corpus("manifests/istio-analyzers") else {
        return;
    };
    let cases = std::fs::read(folder.join("expectations.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_slice(&cases).unwrap();
    let covered: BTreeMap<&str, &[&str]> = COVERED.into_iter().collect();
    let mut emitted: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for case in &cases {
        for expected in case["expected"].as_array().unwrap() {
            let code = expected["code"].as_str().unwrap();
            let codes = emitted.entry(case["analyzer"].to_string()).or_default();
            codes.insert(code);
        }
    }
    let mut extra = BTreeSet::new();
    let (mut found, mut missed, mut uncovered) =
        (0, BTreeSet::new(), BTreeMap::<String, usize>::new());
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
        // What this analyzer would have reported, had it found it.
        let codes = emitted.get(&case["analyzer"].to_string());
        let rules: BTreeSet<&str> = codes
            .into_iter()
            .flatten()
            .filter_map(|code| covered.get(code))
            .flat_map(|rules| rules.iter().copied())
            .collect();
        let subjects: BTreeSet<String> = case["expected"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|expected| {
                let resource = text(&expected["resource"]);
                let (kind, name) = resource.split_once(' ').unwrap();
                [format!("{kind} default/{name}"), resource]
            })
            .collect();
        for finding in &outcome.findings {
            if rules.contains(finding.rule.id) && !subjects.contains(&finding.subject) {
                extra.insert((
                    finding.rule.id,
                    finding.subject.clone(),
                    text(&case["name"]),
                ));
            }
        }
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
    // Their Secret holds the key of another certificate, which their analyzer does not compare.
    extra.retain(|(rule, subject, _)| {
        (*rule, subject.as_str())
            != (
                "gateway-credential-invalid",
                "Gateway default/defaultgateway-noerrors",
            )
    });
    for (rule, subject, case) in &extra {
        println!("extra {rule} {subject} ({case})");
    }
    assert!(extra.is_empty(), "reported where Istio reports nothing");
    println!("found {found}");
    let listed: BTreeMap<String, usize> = UNCOVERED
        .iter()
        .map(|(code, count)| ((*code).to_owned(), *count))
        .collect();
    assert_eq!(uncovered, listed);
    let known: BTreeSet<(&str, &str)> = OTHERWISE
        .iter()
        .map(|(code, resource, _)| (*code, *resource))
        .collect();
    let missed: BTreeSet<(&str, &str)> = missed
        .iter()
        .map(|(code, resource, _)| (code.as_str(), resource.as_str()))
        .collect();
    assert_eq!(missed, known);
    assert!(found > 75, "{found}");
}
