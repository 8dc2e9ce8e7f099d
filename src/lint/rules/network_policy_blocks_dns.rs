//! Egress isolation without DNS, over UDP and over TCP.

use std::collections::BTreeMap;

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
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
    page: page!("network_policy_blocks_dns.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for (policy, pods) in isolated(model) {
        for protocol in [Protocol::Udp, Protocol::Tcp] {
            found.extend(finding(policy, &pods, protocol));
        }
    }
}

/// What the policies that isolate a pod for egress come to together.
struct Egress<'m, 'a> {
    workload: &'m Workload<'a>,
    /// Whether one lets it reach kube-dns, over UDP and over TCP.
    lets_dns: [bool; 2],
    /// Whether it may call anything at all.
    calls_out: bool,
}

/// The policies that isolate for egress, each with the pods that it is the first to isolate.
fn isolated<'m, 'a>(model: &'m Model<'a>) -> Vec<(&'m NetworkPolicy<'a>, Vec<Egress<'m, 'a>>)> {
    let mut pods = BTreeMap::new();
    for (place, policy) in model.network_policies.iter().enumerate() {
        if !policy.isolates(Direction::Egress) {
            continue;
        }
        let section = policy.section(Direction::Egress);
        let has_rules = section.is_some_and(|section| !section.rules.is_empty());
        let lets = [Protocol::Udp, Protocol::Tcp].map(|protocol| lets_dns(model, policy, protocol));
        for (index, workload) in model.selected(policy.resource.namespace, &policy.pod_selector) {
            let (_, egress) = pods.entry(index).or_insert((
                place,
                Egress {
                    workload,
                    lets_dns: [false; 2],
                    calls_out: false,
                },
            ));
            egress.calls_out |= has_rules;
            for (known, lets) in egress.lets_dns.iter_mut().zip(lets) {
                *known |= lets;
            }
        }
    }
    let mut by_policy = BTreeMap::<usize, Vec<_>>::new();
    for (place, egress) in pods.into_values() {
        by_policy.entry(place).or_default().push(egress);
    }
    let policies = by_policy.into_iter();
    policies.filter_map(|(place, pods)| Some((model.network_policies.get(place)?, pods))).collect()
}

/// One finding for the pods whose first isolating policy this is. A pod whose egress is closed altogether needs no names.
fn finding(
    policy: &NetworkPolicy<'_>,
    pods: &[Egress<'_, '_>],
    protocol: Protocol,
) -> Option<Finding> {
    let namespace = policy.resource.namespace;
    let (index, wanted) = match protocol {
        Protocol::Tcp => (1, "TCP"),
        _ => (0, "UDP"),
    };
    let is_blocked = |pod: &&Egress<'_, '_>| pod.calls_out && pod.lets_dns.get(index) == Some(&false);
    let blocked: Vec<_> = pods.iter().filter(is_blocked).map(|pod| pod.workload).collect();
    if blocked.is_empty() {
        return None;
    }
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
