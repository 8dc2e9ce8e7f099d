//! A namespace with workloads and no NetworkPolicy that isolates every pod by default.

use std::collections::{BTreeSet, HashSet};

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::affected;
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::network_policy::Direction;
use crate::lint::model::{Model, is_system_namespace};

pub(super) static RULE: Rule = Rule {
    id: "namespace-without-default-deny",
    title: "a namespace has no default-deny NetworkPolicy",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: page!("namespace_without_default_deny.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    let namespaces: BTreeSet<&str> = model
        .workloads
        .iter()
        .map(|workload| workload.resource.namespace)
        .filter(|namespace| !is_system_namespace(model, namespace))
        .collect();
    for namespace in namespaces {
        for direction in Direction::ALL {
            found.extend(direction_finding(model, namespace, direction));
        }
    }
}

fn direction_finding(model: &Model<'_>, namespace: &str, direction: Direction) -> Option<Finding> {
    let isolating = || {
        model.network_policies_in(namespace).filter(|policy| policy.isolates(direction))
    };
    if isolating().any(|policy| policy.pod_selector.is_empty()) {
        return None;
    }
    let isolated = isolating().flat_map(|policy| model.selected(namespace, &policy.pod_selector));
    let isolated: HashSet<*const Workload<'_>> = isolated.map(|(_, workload)| std::ptr::from_ref(workload)).collect();
    let open: Vec<&Workload<'_>> = model
        .workloads_in(namespace)
        .filter(|workload| !isolated.contains(&std::ptr::from_ref(*workload)))
        .collect();
    let section = direction.section();
    let (severity, message) = judgement(namespace, direction, &open);
    let place = match open.first() {
        Some(workload) => *workload,
        None => model.workloads_in(namespace).next()?,
    };
    let mut finding = Finding::new(&RULE, format!("Namespace {namespace}"), message)
        .at(place.resource.source(), place.resource.name_span, "not isolated by default")
        .because(format!(
            "no NetworkPolicy in `{namespace}` selects all pods with policy type {}",
            direction.policy_type()
        ))
        .affecting(affected::members(&open))
        .help(help(namespace, direction));
    for workload in open.iter().skip(1) {
        finding = finding.and(
            workload.resource.source(),
            workload.resource.name_span,
            format!("not isolated for {section}"),
        );
    }
    finding.severity = severity;
    Some(finding)
}

/// How bad it is, and the sentence that says so.
fn judgement(namespace: &str, direction: Direction, open: &[&Workload<'_>]) -> (Severity, String) {
    let lead = format!("namespace `{namespace}` has no default-deny for {}", direction.section());
    match (open.is_empty(), direction) {
        (true, _) => (
            Severity::Low,
            format!("{lead}: its workloads are isolated one by one, the next one will not be"),
        ),
        (false, Direction::Ingress) => (
            Severity::Medium,
            format!("{lead}: every pod of the cluster reaches {}", affected::workloads(open)),
        ),
        (false, Direction::Egress) => (
            Severity::Low,
            format!("{lead}: anything can be reached from {}", affected::workloads(open)),
        ),
    }
}

fn help(namespace: &str, direction: Direction) -> String {
    let (name, policy_type) = (direction.section(), direction.policy_type());
    let dns = match direction {
        Direction::Ingress => "",
        Direction::Egress => "\nand allow DNS: UDP and TCP 53 to `kube-system`",
    };
    format!(
        "apply:\n  apiVersion: networking.k8s.io/v1\n  kind: NetworkPolicy\n  metadata:\n    name: default-deny-{name}\n    \
         namespace: {namespace}\n  spec:\n    podSelector: {{}}\n    policyTypes: [{policy_type}]{dns}"
    )
}
