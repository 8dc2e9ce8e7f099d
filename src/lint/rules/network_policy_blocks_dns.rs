//! Egress isolation without DNS, over UDP and over TCP.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity};
use crate::lint::model::Model;
use crate::lint::affected;
use crate::lint::model::Labels;
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::network_policy::{Direction, NetworkPolicy, Peer, PolicyRule, PortMatch};
use crate::lint::ports::Protocol;
use crate::lint::selector::{LabelSelector, Requirement};

pub(super) static RULE: Rule = Rule {
    id: "network-policy-blocks-dns",
    title: "pods that are isolated for egress cannot ask for names",
    severity: Severity::Medium,
    confidence: Confidence::Medium,
    page: include_str!("network_policy_blocks_dns.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.network_policies {
        if !policy.isolates(Direction::Egress) {
            continue;
        }
        for (protocol, wanted) in [(Protocol::Udp, "UDP"), (Protocol::Tcp, "TCP")] {
            found.extend(finding(model, policy, (protocol, wanted)));
        }
    }
}

/// One finding for the pods whose first isolating policy this is.
fn finding(
    model: &Model<'_>,
    policy: &NetworkPolicy<'_>,
    (protocol, wanted): (Protocol, &str),
) -> Option<Finding> {
    let namespace = policy.resource.namespace;
    let blocked: Vec<&Workload<'_>> = model
        .workloads_in(namespace)
        .filter(|workload| {
            let is_first = isolating(model, workload).first().is_some_and(|first| std::ptr::eq(*first, policy));
            is_first && !isolating(model, workload).iter().any(|other| lets_dns(model, other, protocol))
        })
        .collect();
    // A pod whose egress is closed altogether needs no names.
    let calls_out = |workload: &&Workload<'_>| {
        isolating(model, workload).iter().any(|other| {
            other.section(Direction::Egress).is_some_and(|section| !section.rules.is_empty())
        })
    };
    if !blocked.iter().any(calls_out) {
        return None;
    }
    let blocked: Vec<_> = blocked.into_iter().filter(calls_out).collect();
    let subject = policy.resource.subject();
    let message = format!("{} cannot reach the cluster's DNS over {wanted}: names do not resolve", affected::workloads(&blocked));
    let mut finding = Finding::new(&RULE, subject, message)
        .at(policy.resource.source(), policy.resource.name_span, "isolates egress")
        .because(format!("no rule of namespace `{namespace}` lets them reach kube-dns in `kube-system` on {wanted} 53"))
        .affecting(affected::members(&blocked))
        .help(
            "allow it:\n  egress:\n  - to:\n    - namespaceSelector:\n        matchLabels:\n          \
             kubernetes.io/metadata.name: kube-system\n      podSelector:\n        matchLabels:\n          \
             k8s-app: kube-dns\n    ports:\n    - {protocol: UDP, port: 53}\n    - {protocol: TCP, port: 53}",
        );
    if protocol == Protocol::Tcp {
        // Long answers alone come over TCP.
        finding.severity = Severity::Low;
    }
    Some(finding)
}

/// The policies that isolate a workload for egress.
fn isolating<'m, 'a>(
    model: &'m Model<'a>,
    workload: &Workload<'a>,
) -> Vec<&'m NetworkPolicy<'a>> {
    model
        .network_policies_in(workload.resource.namespace)
        .filter(|policy| policy.isolates(Direction::Egress) && policy.pod_selector.matches(&workload.labels))
        .collect()
}

fn lets_dns(model: &Model<'_>, policy: &NetworkPolicy<'_>, protocol: Protocol) -> bool {
    let section = policy.section(Direction::Egress);
    let rules = section.map(|section| section.rules.as_slice()).unwrap_or_default();
    rules.iter().any(|rule| {
        let peers = rule.peers.is_empty() || rule.peers.iter().any(|peer| may_be_dns(model, policy, peer));
        peers && has_port(rule, protocol)
    })
}

fn has_port(rule: &PolicyRule<'_>, protocol: Protocol) -> bool {
    // The pods of kube-dns call their ports `dns` and `dns-tcp`.
    rule.listed_ports.is_empty()
        || rule.listed_ports.iter().any(|port| match &port.ports {
            PortMatch::Numbered(ports) => ports.contains(protocol, 53),
            PortMatch::Named(name, _) => name.starts_with("dns"),
            PortMatch::Unknown => false,
        })
}

/// A resolver on the node has an address; kube-dns has labels.
fn may_be_dns(model: &Model<'_>, policy: &NetworkPolicy<'_>, peer: &Peer<'_>) -> bool {
    if peer.addresses.is_some() {
        return true;
    }
    let in_system = match &peer.namespaces {
        None => policy.resource.namespace == "kube-system",
        Some(selector) => {
            let known = model.namespaces.get("kube-system").map(|space| &space.labels);
            match known {
                Some(labels) => selector.matches(labels),
                None => may_match(selector, &[("kubernetes.io/metadata.name", "kube-system")].into()),
            }
        }
    };
    let pods = peer.pods.as_ref();
    in_system && pods.is_none_or(|selector| may_match(selector, &[("k8s-app", "kube-dns")].into()))
}

/// Whether something with these labels, and others that nobody knows, may be selected.
fn may_match(selector: &LabelSelector<'_>, labels: &Labels<'_>) -> bool {
    selector.requirements.iter().all(|requirement| {
        let (Requirement::In(key, _)
        | Requirement::NotIn(key, _)
        | Requirement::Exists(key)
        | Requirement::DoesNotExist(key)) = requirement;
        !labels.contains_key(key) || requirement.holds(labels)
    })
}
