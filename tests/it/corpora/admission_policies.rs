//! kube-linter's network checks and the mesh policies of Kyverno whose test resources are at hand: what they report, our rules
//! report there too.

use countersign::kernel::source::Source;
use countersign::lint::{Options, lint};
use serde_json::Value;

use super::corpus;

/// The ids and subjects of what our rules say of a file.
fn found(path: &std::path::Path) -> Vec<(&'static str, String, String)> {
    let source = Source::new("m.yaml", std::fs::read(path).unwrap()).unwrap();
    let findings = lint(&[source], &Options::default()).findings.into_iter();
    findings
        .map(|one| (one.rule.id, one.subject, one.message))
        .collect()
}

#[test]
fn kube_linter_s_network_checks_are_ours_too() {
    let Some(folder) = corpus("manifests/kube-linter") else {
        return;
    };
    let cases = std::fs::read(folder.join("expectations.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_slice(&cases).unwrap();
    assert_eq!(cases.len(), 3);
    for case in &cases {
        let file = case["file"].as_str().unwrap();
        let ours = found(&folder.join(file));
        let counted = match case["check"].as_str().unwrap() {
            "dangling-networkpolicy" => {
                let says = |one: &&(&str, String, String)| {
                    one.0 == "network-policy-pods-unseen" && one.2.contains("selects pods")
                };
                ours.iter().filter(says).count()
            }
            "dangling-networkpolicypeer-podselector" => {
                let says = |one: &&(&str, String, String)| {
                    one.0 == "network-policy-pods-unseen" && one.2.contains("has a peer")
                };
                ours.iter().filter(says).count()
            }
            // One finding a namespace, which names the workloads.
            "non-isolated-pod" => {
                let says = |one: &&(&str, String, String)| {
                    one.0 == "namespace-without-default-deny" && one.2.contains("ingress")
                };
                let message = &ours.iter().find(says).unwrap().2;
                assert!(
                    message.contains("app1") && message.contains("app2"),
                    "{message}"
                );
                assert!(!message.contains("dont-fire"), "{message}");
                assert!(message.contains("2 workloads"), "{message}");
                2
            }
            other => panic!("a check that is not known: {other}"),
        };
        assert_eq!(case["findings"], counted, "{file}: {ours:?}");
    }
}

#[test]
fn what_kyverno_requires_of_networks_is_asked_here_too() {
    let Some(folder) = corpus("manifests/kyverno") else {
        return;
    };
    let resource = folder.join("other/require-netpol/resource.yaml");
    let says = |rule: &str, name: &str, path| {
        let mut ours = found(path).into_iter();
        ours.any(|one| one.0 == rule && (one.1.contains(name) || one.2.contains(name)))
    };
    let rule = "namespace-without-default-deny";
    assert!(says(rule, "nginx-deploy", &resource));
    let resources = folder.join("istio/restrict-virtual-service-wildcard/resources.yaml");
    let rule = "virtual-service-wildcard-host";
    assert!(says(rule, "badvs", &resources));
    assert!(!says(rule, "goodvs", &resources));
}
