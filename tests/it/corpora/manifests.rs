//! The lint over other projects' manifests: everything is read, and what they promise is found.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use countersign::kernel::finding::Severity;
use countersign::kernel::source::Source;
use countersign::lint::{Options, Outcome, lint};

use super::{corpus, files};

fn read(file: &Path) -> Arc<Source> {
    Source::new(file.display().to_string(), std::fs::read(file).unwrap()).unwrap()
}

fn lint_file(file: &Path) -> Outcome {
    lint(&[read(file)], &Options::default())
}

/// Findings about what a policy itself says, not about what stands around it.
fn fired(outcome: &Outcome, rule: &str) -> BTreeSet<String> {
    outcome
        .findings
        .iter()
        .filter(|finding| finding.rule.id == rule)
        .map(|finding| finding.subject.clone())
        .collect()
}

#[test]
fn every_manifest_of_the_corpora_is_read() {
    let Some(folder) = corpus("manifests") else {
        return;
    };
    let sources: Vec<_> = files(&folder, &["yaml", "yml"])
        .iter()
        .map(|file| read(file))
        .collect();
    assert!(sources.len() > 400);
    for source in &sources {
        let outcome = lint(&[Arc::clone(source)], &Options::default());
        for note in &outcome.notes {
            let is_no_manifest = matches!(note.code, "unnamed-resource" | "kustomization");
            assert!(is_no_manifest, "{}: {}", source.name(), note.message);
        }
    }
    // All at once: colliding environments, thousands of objects, one run.
    assert!(lint(&sources, &Options::default()).resources() > 1000);
}

#[test]
fn recipes_that_allow_everyone_are_found_and_the_others_are_not() {
    let Some(folder) = corpus("manifests/np-recipes") else {
        return;
    };
    let mut wide = BTreeSet::new();
    for file in files(&folder, &["yaml"]) {
        let outcome = lint_file(&file);
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        for finding in &outcome.findings {
            match finding.rule.id {
                "network-policy-allows-everyone" => {
                    wide.insert(name.clone());
                }
                // The recipe holds two versions of one policy.
                "duplicate-resource" => assert!(name.starts_with("11-"), "{name}"),
                // What a fragment lacks is told, and counts for nothing.
                _ if finding.severity == Severity::Info => {}
                other => panic!("{name}: {other}: {}", finding.message),
            }
        }
    }
    let wide: Vec<_> = wide.iter().map(String::as_str).collect();
    assert_eq!(
        wide,
        [
            "02a-allow-all-traffic-to-an-application.yaml",
            "05-allow-traffic-from-all-namespaces.yaml",
            "08-allow-external-traffic.yaml",
        ]
    );
}

#[test]
fn policies_without_workloads_agree_with_istio() {
    let Some(folder) = corpus("manifests/istio-analyzers") else {
        return;
    };
    let outcome = lint_file(&folder.join("authorizationpolicies.yaml"));
    // IST0127 on AuthorizationPolicies that select by labels.
    assert_eq!(
        fired(&outcome, "authorization-policy-selects-nothing"),
        [
            "AuthorizationPolicy httpbin/httpbin-nopods",
            "AuthorizationPolicy istio-system/meshwide-httpbin-v1",
            "AuthorizationPolicy test-ambient/no-workload",
        ]
        .map(str::to_owned)
        .into()
    );
}

#[test]
fn the_demo_shop_opens_what_its_policies_open() {
    let Some(folder) = corpus("manifests/microservices-demo") else {
        return;
    };
    let sources: Vec<_> = files(&folder, &["yaml"])
        .iter()
        .map(|file| read(file))
        .collect();
    let outcome = lint(&sources, &Options::default());
    let everyone: Vec<_> = outcome
        .findings
        .iter()
        .filter(|finding| finding.rule.id == "network-policy-allows-everyone")
        .collect();
    let egress = everyone.iter().filter(|finding| {
        finding
            .message
            .contains("lets the selected pods reach everyone")
    });
    assert_eq!(egress.count(), 12);
    let ingress: Vec<_> = everyone
        .iter()
        .filter(|finding| finding.message.contains("reach the selected pods"))
        .map(|finding| finding.subject.as_str())
        .collect();
    assert_eq!(ingress, ["NetworkPolicy default/frontend"]);
}

#[test]
fn policies_that_select_nothing_agree_with_kube_linter() {
    let Some(folder) = corpus("manifests/kube-linter") else {
        return;
    };
    let dangling = read(&folder.join("dangling-networkpolicy.yml"));
    // Alone it is a fragment: its workloads may be in a file that was not given. Beside any workload it dangles.
    let alone = lint(&[Arc::clone(&dangling)], &Options::default());
    assert!(fired(&alone, "network-policy-selects-nothing").is_empty());
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: p, labels: {app: p}}, spec: {containers: []}}";
    let pod = Source::new("pod.yaml", pod.into()).unwrap();
    let other = Arc::clone(&pod);
    let beside = lint(&[dangling, pod], &Options::default());
    assert_eq!(
        fired(&beside, "network-policy-selects-nothing"),
        ["NetworkPolicy default/app".to_owned()].into()
    );
    let peers = read(&folder.join("dangling-networkpolicypeer-podselector.yml"));
    let peers = lint(&[peers, other], &Options::default());
    assert_eq!(
        fired(&peers, "network-policy-peer-selects-nothing").len(),
        1
    );
    let outcome = lint_file(&folder.join("non-isolated-pod.yml"));
    let open: Vec<_> = outcome
        .findings
        .iter()
        .filter(|finding| {
            finding
                .message
                .ends_with("reaches 2 workloads (app1 and app2)")
        })
        .collect();
    assert_eq!(open.len(), 1);
}
