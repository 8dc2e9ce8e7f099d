//! A NetworkPolicy rule that lets everyone in or out.

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::kernel::source::Span;
use crate::lint::cidr::{Family, whole_families, wide_families};
use crate::lint::model::Model;
use crate::lint::model::network_policy::{Direction, NetworkPolicy, Peer, PolicyRule, Ports, Section};
use crate::lint::selector::{LabelSelector, Requirement};

pub(super) static RULE: Rule = Rule {
    id: "network-policy-allows-everyone",
    title: "a NetworkPolicy rule allows everyone",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("network_policy_allows_everyone.md"),
};

/// How wide a rule is.
enum Width {
    /// Everyone: no peers are named.
    Everyone,
    /// All addresses of these families.
    Addresses(Vec<Family>),
    /// Most addresses of these families, or all public ones.
    MostAddresses(Vec<Family>),
    /// Every pod of every namespace.
    EveryPod,
}

/// Something too wide, and where.
struct Opening {
    width: Width,
    ports: Ports,
    span: Span,
}

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.network_policies {
        for direction in Direction::ALL {
            let section = policy.section(direction);
            if let Some(section) = section.filter(|_| policy.isolates(direction)) {
                for opening in openings(section) {
                    found.extend(finding(policy, section, direction, &opening));
                }
            }
        }
    }
}

/// The rules that are too wide each, or, where none is by its addresses, all of them together.
fn openings(section: &Section<'_>) -> Vec<Opening> {
    let mut found: Vec<_> = section.rules.iter().filter_map(opening).collect();
    let alone = |opening: &Opening| !matches!(opening.width, Width::EveryPod);
    if !found.iter().any(alone) {
        found.extend(together(section));
    }
    found
}

fn finding(
    policy: &NetworkPolicy<'_>,
    section: &Section<'_>,
    direction: Direction,
    opening: &Opening,
) -> Option<Finding> {
    let listed = matches!(opening.ports, Ports::One | Ports::Some);
    let severity = severity(&opening.width, direction, listed)?;
    let subject = policy.resource.subject();
    let message = format!("{subject} {}", sentence(opening, direction));
    let span = if opening.span.start == opening.span.end {
        section.key_span
    } else {
        opening.span
    };
    let mut finding = Finding::new(&RULE, subject, message)
        .at(policy.resource.source(), span, "no one is kept out here")
        .help(help(direction));
    finding.severity = severity;
    Some(finding)
}

fn opening(rule: &PolicyRule<'_>) -> Option<Opening> {
    let (width, span) = width(rule)?;
    let ports = rule.ports;
    Some(Opening { width, ports, span })
}

fn width(rule: &PolicyRule<'_>) -> Option<(Width, Span)> {
    if rule.peers.is_empty() {
        return Some((Width::Everyone, rule.peers_span.unwrap_or(rule.span)));
    }
    // Blocks count together: 0.0.0.0/1 and 128.0.0.0/1 are everyone.
    if let Some(found) = address_width(rule.peers.iter()) {
        return Some(found);
    }
    let every_pod = rule.peers.iter().find(|peer| {
        peer.namespaces.as_ref().is_some_and(selects_every_namespace)
            && peer.pods.as_ref().is_none_or(LabelSelector::is_empty)
    })?;
    Some((Width::EveryPod, every_pod.span))
}

/// The blocks of several rules together. Where their ports differ, each lets only its own through.
fn together(section: &Section<'_>) -> Option<Opening> {
    let all_ports = section.rules.iter().all(|rule| rule.ports == Ports::All);
    let peers = section.rules.iter().flat_map(|rule| &rule.peers);
    let (width, span) = address_width(peers)?;
    let ports = if all_ports { Ports::All } else { Ports::Some };
    Some(Opening { width, ports, span })
}

fn address_width<'m>(peers: impl Iterator<Item = &'m Peer<'m>>) -> Option<(Width, Span)> {
    let mut addresses = Vec::new();
    let mut span: Option<Span> = None;
    for peer in peers {
        if let Some(blocks) = &peer.addresses {
            addresses.extend_from_slice(blocks);
            span = Some(span.map_or(peer.span, |before| before.to(peer.span)));
        }
    }
    let whole = whole_families(&addresses);
    if !whole.is_empty() {
        return Some((Width::Addresses(whole), span?));
    }
    let wide = wide_families(&addresses);
    (!wide.is_empty()).then_some((Width::MostAddresses(wide), span?))
}

/// Every namespace has the label of its own name.
fn selects_every_namespace(selector: &LabelSelector<'_>) -> bool {
    let name = &Requirement::Exists("kubernetes.io/metadata.name");
    selector.requirements.iter().all(|requirement| {
        // What is asked not to be there is missing wherever nobody wrote it.
        let by_absence = |key: &str| !key.starts_with("kubernetes.io/metadata.name");
        match requirement {
            Requirement::NotIn(key, _) | Requirement::DoesNotExist(key) => by_absence(key),
            other => other == name,
        }
    })
}

/// None where so wide a rule is ordinary: DNS to every namespace.
fn severity(width: &Width, direction: Direction, has_ports: bool) -> Option<Severity> {
    Some(match (width, direction, has_ports) {
        (Width::EveryPod, Direction::Egress, true) => return None,
        (Width::EveryPod, Direction::Egress, false) => Severity::Low,
        (Width::EveryPod, Direction::Ingress, true) => Severity::Low,
        (Width::EveryPod, Direction::Ingress, false) => Severity::Medium,
        // The internet without the cluster is what calls to outside services need.
        (Width::MostAddresses(_), Direction::Egress, _) => Severity::Low,
        (_, Direction::Ingress, false) => Severity::High,
        (_, Direction::Ingress, true) => Severity::Medium,
        (_, Direction::Egress, false) => Severity::Medium,
        (_, Direction::Egress, true) => Severity::Low,
    })
}

fn sentence(opening: &Opening, direction: Direction) -> String {
    let ports = match opening.ports {
        Ports::All => "on every port".to_owned(),
        Ports::AllOf(protocol) => format!("on every {protocol} port"),
        Ports::One => "on one port".to_owned(),
        Ports::Some => "on the listed ports".to_owned(),
    };
    let whom = match &opening.width {
        Width::Everyone => "everyone, inside the cluster and outside,".to_owned(),
        Width::Addresses(families) => format!("every {} address", names(families, "every")),
        Width::MostAddresses(families) => {
            format!("most {} addresses, or all public ones,", names(families, "most"))
        }
        Width::EveryPod => "every pod of every namespace".to_owned(),
    };
    match direction {
        Direction::Ingress => format!("lets {whom} reach the selected pods {ports}"),
        Direction::Egress => format!("lets the selected pods reach {whom} {ports}"),
    }
}

fn names(families: &[Family], which: &str) -> String {
    let names: Vec<_> = families.iter().map(|family| family.name()).collect();
    names.join(&format!(" and {which} "))
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
