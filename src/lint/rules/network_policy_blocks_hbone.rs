//! Port lists without 15008 for pods of ambient mode.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::document::Node;
use crate::lint::affected;
use crate::lint::injection::{Membership, membership};
use crate::lint::model::Model;

pub(super) static RULE: Rule = Rule {
    id: "network-policy-blocks-hbone",
    title: "a NetworkPolicy refuses the traffic of ambient mode",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("network_policy_blocks_hbone.md"),
};

const HBONE: i64 = 15008;

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.network_policies {
        let resource = &policy.resource;
        let rules = resource.at(&["spec", "ingress"]).and_then(Node::as_sequence).unwrap_or_default();
        // A default-deny refuses everything, as it is meant to.
        if rules.is_empty() || rules.iter().any(admits_hbone) {
            continue;
        }
        let pods: Vec<_> = model
            .selected(resource.namespace, &policy.pod_selector)
            .map(|(_, pod)| pod)
            .filter(|pod| membership(model, pod) == Membership::Ambient)
            .collect();
        // Another policy for the same pods may admit it.
        let opened = |pod: &&crate::lint::model::kubernetes::Workload<'_>| {
            model.network_policies_in(resource.namespace).any(|other| {
                let rules = other.resource.at(&["spec", "ingress"]).and_then(Node::as_sequence);
                other.pod_selector.matches(&pod.labels) && rules.unwrap_or_default().iter().any(admits_hbone)
            })
        };
        let pods: Vec<_> = pods.into_iter().filter(|pod| !opened(pod)).collect();
        if pods.is_empty() {
            continue;
        }
        let what = format!("does not admit port 15008, on which ambient traffic arrives: meshed clients are refused by {}", affected::workloads(&pods));
        let span = resource.key_span(&["spec", "ingress"]);
        found.push(
            resource
                .finding(&RULE, (span, "without port 15008"), what)
                .affecting(affected::members(&pods))
                .help("add `{protocol: TCP, port: 15008}`, and say in an AuthorizationPolicy which ports may be called"),
        );
    }
}

/// Whether a rule admits port 15008 of TCP; one without ports admits every port.
fn admits_hbone(rule: &Node) -> bool {
    let ports = rule.get("ports").and_then(Node::as_sequence).unwrap_or_default();
    ports.is_empty()
        || ports.iter().any(|port| {
            let tcp = port.get("protocol").and_then(Node::as_str).is_none_or(|protocol| protocol == "TCP");
            let first = port.get("port").filter(|port| !port.is_null());
            let last = port.get("endPort").and_then(Node::as_i64);
            tcp && match first {
                None => true,
                Some(first) => first.as_i64().is_some_and(|first| (first..=last.unwrap_or(first)).contains(&HBONE)),
            }
        })
}
