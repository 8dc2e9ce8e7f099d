//! `policy.networking.k8s.io/v1alpha1` AdminNetworkPolicy and BaselineAdminNetworkPolicy: ordered rules for a cluster.
//!
//! ClusterNetworkPolicy of v1alpha2 is read by its sibling into the same [`ClusterPolicy`]. A peer that is from a
//! newer API fails closed: an Allow matches nothing, a Deny or Pass denies everyone.

use super::network_policy::{Direction, PolicyPort, PortMatch, strict_selector};
use super::{Reading, Resource};
use crate::kernel::document::Node;
use crate::kernel::source::Span;
use crate::lint::cidr::Cidr;
use crate::lint::ports::{PortSet, Protocol};
use crate::lint::selector::LabelSelector;

/// Before or after NetworkPolicies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Before them.
    Admin,
    /// After them, for pods that none of them isolates.
    Baseline,
}

/// What a rule does with the traffic it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Let through; `Accept` in v1alpha2.
    Allow,
    /// Refuse.
    Deny,
    /// Skip the rest of the tier.
    Pass,
}

/// A policy of the cluster.
#[derive(Debug)]
pub struct ClusterPolicy<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// Its tier.
    pub tier: Tier,
    /// Its place in the tier, lower first.
    pub priority: i64,
    /// Whom it is for.
    pub subject: Pods<'a>,
    /// Where the subject stands.
    pub subject_span: Span,
    /// The rules for ingress, in order.
    pub ingress: Vec<ClusterRule<'a>>,
    /// The rules for egress, in order.
    pub egress: Vec<ClusterRule<'a>>,
}

impl<'a> ClusterPolicy<'a> {
    /// The rules of a direction.
    pub fn rules(&self, direction: Direction) -> &[ClusterRule<'a>] {
        match direction {
            Direction::Ingress => &self.ingress,
            Direction::Egress => &self.egress,
        }
    }
}

/// Pods by their namespace's labels and their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pods<'a> {
    /// The namespaces.
    pub namespaces: LabelSelector<'a>,
    /// The pods in them; empty for all.
    pub pods: LabelSelector<'a>,
}

/// One rule.
#[derive(Debug)]
pub struct ClusterRule<'a> {
    /// The bytes of the rule.
    pub span: Span,
    /// Its name.
    pub name: Option<&'a str>,
    /// What it does.
    pub action: Action,
    /// Whom it matches.
    pub peers: Vec<ClusterPeer<'a>>,
    /// On which ports; none for every port.
    pub ports: Option<Vec<PolicyPort<'a>>>,
}

/// Whom a rule matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterPeer<'a> {
    /// Pods.
    Pods(Pods<'a>),
    /// Addresses, those of pods included.
    Networks(Vec<Cidr>),
    /// Nodes by their labels.
    Nodes(LabelSelector<'a>),
    /// Names of hosts outside.
    DomainNames(Vec<&'a str>),
    /// Something of a newer API.
    Unknown,
}

const MAX_PRIORITY: i64 = 1000;
const MAX_ITEMS: usize = 100;
/// How many networks, or names of hosts, a peer has at most, in every version.
const MAX_PLACES: usize = 25;
const MAX_NAME: usize = 100;

pub(crate) fn admin_network_policy<'a>(mut reading: Reading<'a, '_>) -> Option<ClusterPolicy<'a>> {
    let resource = reading.resource.clone();
    let tier = if resource.kind == "AdminNetworkPolicy" {
        Tier::Admin
    } else {
        Tier::Baseline
    };
    let spec = reading.mapping(resource.node, "spec")?;
    let priority = match tier {
        Tier::Admin => priority(&mut reading, spec),
        Tier::Baseline => 0,
    };
    if tier == Tier::Baseline && resource.name != "default" {
        let what = "a BaselineAdminNetworkPolicy must be named `default`";
        reading.problem(resource.name_span, what);
    }
    let dialect = Dialect {
        spec: match tier {
            Tier::Admin => &["priority", "subject", "ingress", "egress"],
            Tier::Baseline => &["subject", "ingress", "egress"],
        },
        ports_key: "ports",
        allow: "Allow",
        has_pass: tier == Tier::Admin,
        max_items: MAX_ITEMS,
        ports: v1alpha1_ports,
    };
    policy(reading, spec, tier, priority, &dialect)
}

/// What differs between the versions of the API.
pub(super) struct Dialect {
    pub(super) spec: &'static [&'static str],
    pub(super) ports_key: &'static str,
    pub(super) allow: &'static str,
    pub(super) has_pass: bool,
    /// How many rules a direction has at most, and how many peers and ports a rule.
    pub(super) max_items: usize,
    pub(super) ports: for<'a, 'n> fn(&mut Reading<'a, 'n>, &'a Node) -> Option<Vec<PolicyPort<'a>>>,
}

pub(super) fn priority(reading: &mut Reading<'_, '_>, spec: &Node) -> i64 {
    let Some(node) = spec.get("priority").filter(|node| !node.is_null()) else {
        reading.problem(reading.resource.name_span, "`spec.priority` is missing");
        return 0;
    };
    match node.as_i64() {
        Some(priority @ 0..=MAX_PRIORITY) => priority,
        _ => {
            reading.problem(node.span, "`priority` is no number from 0 to 1000");
            0
        }
    }
}

pub(super) fn policy<'a>(
    mut reading: Reading<'a, '_>,
    spec: &'a Node,
    tier: Tier,
    priority: i64,
    dialect: &Dialect,
) -> Option<ClusterPolicy<'a>> {
    let resource = reading.resource.clone();
    reading.only_fields(spec, dialect.spec);
    let subject_node = reading.mapping(spec, "subject");
    if let Some(node) = subject_node {
        reading.only_fields(node, &["namespaces", "pods"]);
    }
    let subject = subject_node.and_then(|node| pods(&mut reading, node));
    if subject.is_none() {
        let span = resource.key_span(&["spec", "subject"]);
        reading.problem(
            span,
            "`subject` has not exactly one of `namespaces` and `pods`",
        );
    }
    let ingress = rules(&mut reading, spec, Direction::Ingress, dialect);
    let egress = rules(&mut reading, spec, Direction::Egress, dialect);
    let subject_span = resource.key_span(&["spec", "subject"]);
    let subject = subject.filter(|_| reading.is_sound())?;
    Some(ClusterPolicy {
        resource,
        tier,
        priority,
        subject,
        subject_span,
        ingress,
        egress,
    })
}

/// `namespaces: SELECTOR` or `pods: {namespaceSelector, podSelector}`; none where it is neither or both.
fn pods<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Option<Pods<'a>> {
    let namespaces = reading.mapping(node, "namespaces");
    let pods = reading.mapping(node, "pods");
    match (namespaces, pods) {
        (Some(namespaces), None) => Some(Pods {
            namespaces: strict_selector(reading, namespaces),
            pods: LabelSelector::default(),
        }),
        (None, Some(pods)) => {
            reading.only_fields(pods, &["namespaceSelector", "podSelector"]);
            let mut selector = |key: &str| {
                let node = reading.mapping(pods, key);
                // Absent is empty in the API's types: everyone. The schema of the resource requires both.
                node.map(|node| strict_selector(reading, node))
                    .unwrap_or_default()
            };
            Some(Pods {
                namespaces: selector("namespaceSelector"),
                pods: selector("podSelector"),
            })
        }
        _ => None,
    }
}

fn rules<'a>(
    reading: &mut Reading<'a, '_>,
    spec: &'a Node,
    direction: Direction,
    dialect: &Dialect,
) -> Vec<ClusterRule<'a>> {
    let listed = reading.list(spec, direction.section()).unwrap_or_default();
    let span = reading.resource.key_span(&["spec", direction.section()]);
    at_most(reading, (listed.len(), dialect.max_items), "rules", span);
    let mut read = Vec::with_capacity(listed.len());
    for node in listed {
        if node.as_mapping().is_none() {
            reading.problem(node.span, format!("a rule is {}", node.kind()));
            continue;
        }
        let peers_key = direction.peers_key();
        reading.only_fields(node, &["name", "action", peers_key, dialect.ports_key]);
        let Some(action) = action(reading, node, dialect) else {
            continue;
        };
        let listed = reading
            .list(node, direction.peers_key())
            .unwrap_or_default();
        if listed.is_empty() {
            let what = format!("a rule has no `{}`", direction.peers_key());
            reading.problem(node.span, what);
        }
        at_most(
            reading,
            (listed.len(), dialect.max_items),
            "peers",
            node.span,
        );
        let peers = listed.iter().map(|node| peer(reading, node, direction));
        let peers = peers.collect();
        let rule = ClusterRule {
            span: node.span,
            name: reading.text(node, "name").map(|(name, _)| name),
            action,
            peers,
            ports: (dialect.ports)(reading, node),
        };
        check(reading, &rule, dialect);
        read.push(rule);
    }
    read
}

fn at_most(reading: &mut Reading<'_, '_>, (has, most): (usize, usize), of: &str, span: Span) {
    if has > most {
        reading.problem(span, format!("it has more than {most} {of}"));
    }
}

/// What the schema of the resource refuses of a rule as a whole.
fn check(reading: &mut Reading<'_, '_>, rule: &ClusterRule<'_>, dialect: &Dialect) {
    let characters = rule.name.map_or(0, |name| name.chars().count());
    at_most(
        reading,
        (characters, MAX_NAME),
        "characters in the name of a rule",
        rule.span,
    );
    let ports = rule.ports.as_deref().unwrap_or_default();
    at_most(
        reading,
        (ports.len(), dialect.max_items),
        "ports in a rule",
        rule.span,
    );
    let is_named = ports
        .iter()
        .any(|entry| matches!(entry.ports, PortMatch::Named(..)));
    let is_place = |peer: &ClusterPeer<'_>| {
        matches!(
            peer,
            ClusterPeer::Networks(_) | ClusterPeer::Nodes(_) | ClusterPeer::DomainNames(_)
        )
    };
    if is_named && rule.peers.iter().any(is_place) {
        let what = "networks, nodes and hosts have no ports by name";
        reading.problem(rule.span, what);
    }
    let is_name = |peer: &ClusterPeer<'_>| matches!(peer, ClusterPeer::DomainNames(_));
    if rule.action != Action::Allow && rule.peers.iter().any(is_name) {
        reading.problem(rule.span, "`domainNames` is for rules that let through");
    }
}

/// The networks or the names of a peer: some, not too many, and none twice.
fn places<'a>(reading: &mut Reading<'a, '_>, node: &'a Node, key: &str) -> Vec<&'a str> {
    let listed = reading.texts(node, key);
    at_most(reading, (listed.len(), MAX_PLACES), key, node.span);
    let mut seen = std::collections::BTreeSet::new();
    if listed.is_empty() || !listed.iter().all(|one| seen.insert(*one)) {
        let what = format!("`{key}` is empty, or names one twice");
        reading.problem(node.span, what);
    }
    listed
}

/// A name of a host of at least two labels, perhaps with `*.` before them and a dot at the end.
fn is_domain_name(text: &str) -> bool {
    let text = text.strip_prefix("*.").unwrap_or(text);
    let text = text.strip_suffix('.').unwrap_or(text);
    let is_label = |label: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        label.starts_with(|c: char| c.is_ascii_alphanumeric())
            && label.ends_with(|c: char| c.is_ascii_alphanumeric())
            && label.chars().all(is_part)
    };
    text.contains('.') && text.split('.').all(is_label)
}

fn action(reading: &mut Reading<'_, '_>, node: &Node, dialect: &Dialect) -> Option<Action> {
    let written = node.get("action").and_then(Node::as_str);
    match written {
        Some(name) if name == dialect.allow => Some(Action::Allow),
        Some("Deny") => Some(Action::Deny),
        Some("Pass") if dialect.has_pass => Some(Action::Pass),
        _ => {
            let span = node.get("action").map_or(node.span, |action| action.span);
            reading.problem(span, "`action` is none that this kind knows");
            None
        }
    }
}

fn peer<'a>(
    reading: &mut Reading<'a, '_>,
    node: &'a Node,
    direction: Direction,
) -> ClusterPeer<'a> {
    let fields = node.as_mapping().unwrap_or_default();
    let field = match fields {
        [only] => only,
        [] => return ClusterPeer::Unknown,
        _ => {
            reading.problem(node.span, "a peer has not exactly one field");
            return ClusterPeer::Unknown;
        }
    };
    match (field.key.as_str(), direction) {
        ("namespaces" | "pods", _) => {
            pods(reading, node).map_or(ClusterPeer::Unknown, ClusterPeer::Pods)
        }
        ("networks", Direction::Egress) => {
            let mut networks = Vec::new();
            for text in places(reading, node, "networks") {
                match text.parse() {
                    Ok(cidr) => networks.push(cidr),
                    Err(error) => reading.problem(field.value.span, error),
                }
            }
            ClusterPeer::Networks(networks)
        }
        ("nodes", Direction::Egress) => {
            let selector = reading.mapping(node, "nodes");
            let selector = selector.map(|node| strict_selector(reading, node));
            ClusterPeer::Nodes(selector.unwrap_or_default())
        }
        ("domainNames", Direction::Egress) => {
            let names = places(reading, node, "domainNames");
            if let Some(wrong) = names.iter().find(|name| !is_domain_name(name)) {
                let what = format!("`{wrong}` is no name of a host");
                reading.problem(field.value.span, what);
            }
            ClusterPeer::DomainNames(names)
        }
        _ => ClusterPeer::Unknown,
    }
}

fn v1alpha1_ports<'a>(
    reading: &mut Reading<'a, '_>,
    rule: &'a Node,
) -> Option<Vec<PolicyPort<'a>>> {
    let entries = reading.list(rule, "ports")?;
    let mut listed = Vec::with_capacity(entries.len());
    for entry in entries {
        lone_field(reading, entry, &["portNumber", "portRange", "namedPort"]);
        let ports = match (entry.get("portNumber"), entry.get("portRange")) {
            (Some(number), None) => {
                reading.only_fields(number, &["protocol", "port"]);
                numbered(reading, number, "port", "port")
            }
            (None, Some(range)) => {
                reading.only_fields(range, &["protocol", "start", "end"]);
                numbered(reading, range, "start", "end")
            }
            _ => match reading.text(entry, "namedPort") {
                Some((name, _)) => PortMatch::Named(name, None),
                None => PortMatch::Unknown,
            },
        };
        listed.push(PolicyPort {
            span: entry.span,
            ports,
            names_protocol: true,
        });
    }
    Some(listed)
}

/// One of some fields, and nothing beside it. An entry with none of them is of a newer API.
pub(super) fn lone_field(reading: &mut Reading<'_, '_>, entry: &Node, known: &[&str]) {
    let fields = entry.as_mapping().unwrap_or_default();
    let has_known = fields
        .iter()
        .any(|field| known.contains(&field.key.as_str()));
    if entry.as_mapping().is_none() || (has_known && fields.len() > 1) {
        let what = format!("an entry has not exactly one of {}", known.join(", "));
        reading.problem(entry.span, what);
    }
}

fn numbered<'a>(
    reading: &mut Reading<'a, '_>,
    node: &'a Node,
    first: &str,
    last: &str,
) -> PortMatch<'a> {
    let protocol = match node.get("protocol").and_then(Node::as_str) {
        None => Some(Protocol::Tcp),
        Some(name) => Protocol::from_name(name),
    };
    port_range(reading, node, (first, last), protocol)
}

/// The ports between two keys, checked.
pub(super) fn port_range<'a>(
    reading: &mut Reading<'a, '_>,
    node: &'a Node,
    (first, last): (&str, &str),
    protocol: Option<Protocol>,
) -> PortMatch<'a> {
    let number = |key: &str| {
        let number = node.get(key).and_then(Node::as_i64)?;
        u16::try_from(number).ok().filter(|number| *number > 0)
    };
    let is_one = first == last;
    match (protocol, number(first), number(last)) {
        // A range ends after its start.
        (Some(protocol), Some(first), Some(last)) if first < last || is_one && first == last => {
            PortMatch::Numbered(PortSet::range(protocol, first, last))
        }
        _ => {
            reading.problem(node.span, "these are no ports of TCP, UDP or SCTP");
            PortMatch::Unknown
        }
    }
}
