//! A NetworkPolicy rule that lets everyone in or out.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity};
use crate::kernel::source::Span;
use crate::lint::cidr::{Family, whole_families};
use crate::lint::model::Model;
use crate::lint::model::network_policy::{Direction, PolicyRule};

pub(super) static RULE: Rule = Rule {
    id: "network-policy-allows-everyone",
    title: "a NetworkPolicy rule allows everyone",
    severity: Severity::High,
    confidence: Confidence::High,
    page: include_str!("network_policy_allows_everyone.md"),
};

/// How wide a rule is.
enum Width {
    /// Everyone: no peers are named.
    Everyone,
    /// All addresses of these families.
    Addresses(Vec<Family>),
    /// Every pod of every namespace.
    EveryPod,
}

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.network_policies {
        for direction in Direction::ALL {
            let Some(section) = policy.section(direction).filter(|_| policy.isolates(direction))
            else {
                continue;
            };
            for rule in &section.rules {
                let Some((width, span)) = width(rule) else {
                    continue;
                };
                let Some(severity) = severity(&width, direction, rule.ports > 0) else {
                    continue;
                };
                let subject = policy.resource.subject();
                let message = format!("{subject} {}", sentence(&width, direction, rule.ports));
                let span = if span.start == span.end { section.key_span } else { span };
                let mut finding = Finding::new(&RULE, subject, message)
                    .at(policy.resource.source(), span, "no one is kept out here")
                    .help(help(direction));
                finding.severity = severity;
                found.push(finding);
            }
        }
    }
}

fn width(rule: &PolicyRule<'_>) -> Option<(Width, Span)> {
    if rule.peers.is_empty() {
        return Some((Width::Everyone, rule.peers_span.unwrap_or(rule.span)));
    }
    // Blocks count together: 0.0.0.0/1 and 128.0.0.0/1 are everyone.
    let addresses: Vec<_> = rule
        .peers
        .iter()
        .filter_map(|peer| peer.addresses.as_deref())
        .flatten()
        .copied()
        .collect();
    let families = whole_families(&addresses);
    if !families.is_empty() {
        let span = rule
            .peers
            .iter()
            .filter(|peer| peer.addresses.is_some())
            .map(|peer| peer.span)
            .reduce(Span::to)?;
        return Some((Width::Addresses(families), span));
    }
    let every_pod = rule.peers.iter().find(|peer| {
        peer.namespaces.as_ref().is_some_and(|selector| selector.is_empty())
            && peer.pods.as_ref().is_none_or(|selector| selector.is_empty())
    })?;
    Some((Width::EveryPod, every_pod.span))
}

/// None where so wide a rule is ordinary: DNS to every namespace.
fn severity(width: &Width, direction: Direction, has_ports: bool) -> Option<Severity> {
    Some(match (width, direction, has_ports) {
        (Width::EveryPod, Direction::Egress, true) => return None,
        (Width::EveryPod, Direction::Egress, false) => Severity::Low,
        (Width::EveryPod, Direction::Ingress, true) => Severity::Low,
        (Width::EveryPod, Direction::Ingress, false) => Severity::Medium,
        (_, Direction::Ingress, false) => Severity::High,
        (_, Direction::Ingress, true) => Severity::Medium,
        (_, Direction::Egress, false) => Severity::Medium,
        (_, Direction::Egress, true) => Severity::Low,
    })
}

fn sentence(width: &Width, direction: Direction, ports: usize) -> String {
    let ports = match ports {
        0 => "on every port",
        1 => "on one port",
        _ => "on the listed ports",
    };
    let whom = match width {
        Width::Everyone => "everyone, inside the cluster and outside,".to_owned(),
        Width::Addresses(families) => {
            let names: Vec<_> = families.iter().map(|family| family.name()).collect();
            format!("every {} address", names.join(" and every "))
        }
        Width::EveryPod => "every pod of every namespace".to_owned(),
    };
    match direction {
        Direction::Ingress => format!("lets {whom} reach the selected pods {ports}"),
        Direction::Egress => format!("lets the selected pods reach {whom} {ports}"),
    }
}

fn help(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => {
            "name who may come in:\n  ingress:\n  - from:\n    - podSelector:\n        matchLabels:\n          \
             app: order-service"
        }
        Direction::Egress => {
            "name what may be reached:\n  egress:\n  - to:\n    - podSelector:\n        matchLabels:\n          \
             app: payment-service"
        }
    }
}
