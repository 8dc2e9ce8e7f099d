//! `networking.k8s.io/v1` NetworkPolicy: isolation per direction, rules, peers, ports.

use super::{Reading, Resource, names};
use crate::kernel::document::Node;
use crate::kernel::source::Span;
use crate::lint::cidr::Cidr;
use crate::lint::ports::{PortSet, Protocol};
use crate::lint::selector::LabelSelector;

/// The two directions of traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Towards the pod.
    Ingress,
    /// From the pod.
    Egress,
}

impl Direction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Ingress, Self::Egress];

    /// The name of its section.
    pub fn section(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Egress => "egress",
        }
    }

    /// The name in `policyTypes`.
    pub fn policy_type(self) -> &'static str {
        match self {
            Self::Ingress => "Ingress",
            Self::Egress => "Egress",
        }
    }

    pub(crate) fn peers_key(self) -> &'static str {
        match self {
            Self::Ingress => "from",
            Self::Egress => "to",
        }
    }
}

/// A NetworkPolicy.
#[derive(Debug)]
pub struct NetworkPolicy<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The pods of its namespace that it selects.
    pub pod_selector: LabelSelector<'a>,
    /// Where the selector stands, or the name where it is absent.
    pub selector_span: Span,
    /// `policyTypes` as written.
    pub types: Option<Vec<&'a str>>,
    /// The rules for ingress, none where the section is absent.
    pub ingress: Option<Section<'a>>,
    /// The rules for egress, none where the section is absent.
    pub egress: Option<Section<'a>>,
}

/// The rules of one direction.
#[derive(Debug)]
pub struct Section<'a> {
    /// The bytes of the key.
    pub key_span: Span,
    /// The rules.
    pub rules: Vec<PolicyRule<'a>>,
}

/// One rule: some peers on some ports.
#[derive(Debug)]
pub struct PolicyRule<'a> {
    /// The bytes of the rule.
    pub span: Span,
    /// The peers; none or empty means everyone.
    pub peers: Vec<Peer<'a>>,
    /// Where the empty list of peers stands, if one does.
    pub peers_span: Option<Span>,
    /// How wide the ports are that are let through.
    pub ports: Ports,
    /// The ports that are let through; none listed means every port.
    pub listed_ports: Vec<PolicyPort<'a>>,
}

/// One entry of the ports of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyPort<'a> {
    /// The bytes of the entry.
    pub span: Span,
    /// The ports.
    pub ports: PortMatch<'a>,
    /// Whether the protocol is written.
    pub names_protocol: bool,
}

/// Which ports an entry means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PortMatch<'a> {
    /// These.
    Numbered(PortSet),
    /// The ports of this name that the destination pod declares; of any protocol where none is given.
    Named(&'a str, Option<Protocol>),
    /// None that this program knows: the entry is from a newer API.
    Unknown,
}

/// The ports of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ports {
    /// Every port of every protocol: none is listed.
    All,
    /// Every port of at least one protocol.
    AllOf(&'static str),
    /// One port.
    One,
    /// Several, or a range.
    Some,
}

/// One peer.
#[derive(Debug, Clone)]
pub struct Peer<'a> {
    /// The bytes of the peer.
    pub span: Span,
    /// The pods.
    pub pods: Option<LabelSelector<'a>>,
    /// The namespaces.
    pub namespaces: Option<LabelSelector<'a>>,
    /// The addresses, exceptions taken out.
    pub addresses: Option<Vec<Cidr>>,
}

impl<'a> NetworkPolicy<'a> {
    /// Whether the selected pods are isolated in a direction. Without `policyTypes` ingress always is, and egress
    /// where egress rules exist.
    pub fn isolates(&self, direction: Direction) -> bool {
        match (&self.types, direction) {
            (Some(types), _) => types.contains(&direction.policy_type()),
            (None, Direction::Ingress) => true,
            (None, Direction::Egress) => self
                .egress
                .as_ref()
                .is_some_and(|section| !section.rules.is_empty()),
        }
    }

    /// The section of a direction.
    pub fn section(&self, direction: Direction) -> Option<&Section<'a>> {
        match direction {
            Direction::Ingress => self.ingress.as_ref(),
            Direction::Egress => self.egress.as_ref(),
        }
    }
}

pub(crate) fn network_policy<'a>(mut reading: Reading<'a, '_>) -> Option<NetworkPolicy<'a>> {
    let resource = reading.resource.clone();
    let spec = reading.mapping(resource.node, "spec");
    if let Some(spec) = spec {
        reading.only_fields(spec, &["podSelector", "policyTypes", "ingress", "egress"]);
    }
    let selector_node = spec.and_then(|spec| reading.mapping(spec, "podSelector"));
    let pod_selector = selector_node
        .map(|node| label_selector(&mut reading, node))
        .unwrap_or_default();
    // `policyTypes: []` is as good as absent.
    let types = spec
        .map(|spec| reading.texts(spec, "policyTypes"))
        .filter(|types| !types.is_empty());
    for unknown in types
        .iter()
        .flatten()
        .filter(|name| !matches!(**name, "Ingress" | "Egress"))
    {
        let span = resource.key_span(&["spec", "policyTypes"]);
        reading.problem(
            span,
            format!("`{unknown}` is no policy type: `Ingress` or `Egress`"),
        );
    }
    let ingress = spec.and_then(|spec| section(&mut reading, spec, Direction::Ingress));
    let egress = spec.and_then(|spec| section(&mut reading, spec, Direction::Egress));
    reading.is_sound().then(|| NetworkPolicy {
        selector_span: resource.key_span(&["spec", "podSelector"]),
        resource,
        pod_selector,
        types,
        ingress,
        egress,
    })
}

fn section<'a>(
    reading: &mut Reading<'a, '_>,
    spec: &'a Node,
    direction: Direction,
) -> Option<Section<'a>> {
    let rules = reading.list(spec, direction.section())?;
    let key_span = spec.entry(direction.section())?.key_span;
    let mut read = Vec::with_capacity(rules.len());
    for rule in rules {
        // `- ` alone is an empty rule.
        if rule.as_mapping().is_none() && !rule.is_null() {
            reading.problem(rule.span, format!("a rule is {}", rule.kind()));
            continue;
        }
        let peers_key = direction.peers_key();
        reading.only_fields(rule, &[peers_key, "ports"]);
        let peers = reading.list(rule, peers_key).unwrap_or_default();
        let mut read_peers = Vec::with_capacity(peers.len());
        for node in peers {
            if let Some(peer) = peer(reading, node) {
                read_peers.push(peer);
            }
        }
        read.push(PolicyRule {
            span: rule.span,
            peers: read_peers,
            peers_span: rule
                .entry(peers_key)
                .map(|entry| entry.key_span.to(entry.value.span)),
            ports: ports(reading.list(rule, "ports").unwrap_or_default()),
            listed_ports: policy_ports(reading, rule),
        });
    }
    Some(Section {
        key_span,
        rules: read,
    })
}

fn peer<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Option<Peer<'a>> {
    if node.as_mapping().is_none() {
        reading.problem(node.span, format!("a peer is {}", node.kind()));
        return None;
    }
    reading.only_fields(node, &["podSelector", "namespaceSelector", "ipBlock"]);
    let pods = reading.mapping(node, "podSelector");
    let pods = pods.map(|selector| label_selector(reading, selector));
    let namespaces = reading.mapping(node, "namespaceSelector");
    let namespaces = namespaces.map(|selector| label_selector(reading, selector));
    let block = reading.mapping(node, "ipBlock");
    let addresses = block.and_then(|block| ip_block(reading, block));
    if block.is_some() && (pods.is_some() || namespaces.is_some()) {
        // networking/v1 types.go: `ipBlock` excludes both selectors.
        reading.problem(node.span, "a peer has `ipBlock` and a selector");
    }
    if pods.is_none() && namespaces.is_none() && block.is_none() {
        reading.problem(node.span, "a peer names no pods, namespaces or addresses");
        return None;
    }
    Some(Peer {
        span: node.span,
        pods,
        namespaces,
        addresses,
    })
}

/// A selector without fields of another API.
pub(super) fn strict_selector<'a>(
    reading: &mut Reading<'a, '_>,
    node: &'a Node,
) -> LabelSelector<'a> {
    reading.only_fields(node, &["matchLabels", "matchExpressions"]);
    reading.selector(node)
}

/// A selector of Kubernetes' own, whose keys and values are those of labels.
fn label_selector<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> LabelSelector<'a> {
    let selector = strict_selector(reading, node);
    if let Some(wrong) = names::wrong_selector(&selector) {
        reading.problem(node.span, wrong);
    }
    selector
}

fn ip_block<'a>(reading: &mut Reading<'a, '_>, block: &'a Node) -> Option<Vec<Cidr>> {
    reading.only_fields(block, &["cidr", "except"]);
    let Some((text, span)) = reading.text(block, "cidr") else {
        reading.problem(block.span, "`ipBlock` has no `cidr`");
        return None;
    };
    let cidr = match text.parse::<Cidr>() {
        Ok(cidr) => cidr,
        Err(error) => {
            reading.problem(span, error);
            return None;
        }
    };
    let mut except = Vec::new();
    for text in reading.texts(block, "except") {
        match text.parse::<Cidr>() {
            Ok(inner) if cidr.holds(inner) && inner != cidr => except.push(inner),
            Ok(_) => reading.problem(
                block.span,
                format!("`except` {text} is not a strict part of `cidr`"),
            ),
            Err(error) => reading.problem(block.span, error),
        }
    }
    Some(cidr.without(&except))
}

/// The entries of `ports`, checked as the API server does.
fn policy_ports<'a>(reading: &mut Reading<'a, '_>, rule: &'a Node) -> Vec<PolicyPort<'a>> {
    let entries = reading.list(rule, "ports").unwrap_or_default();
    let mut listed = Vec::with_capacity(entries.len());
    for entry in entries {
        match policy_port(reading, entry) {
            Ok(ports) => listed.push(PolicyPort {
                span: entry.span,
                ports,
                names_protocol: entry.get("protocol").is_some_and(|node| !node.is_null()),
            }),
            Err(what) => reading.problem(entry.span, what),
        }
    }
    listed
}

fn policy_port<'a>(
    reading: &mut Reading<'a, '_>,
    entry: &'a Node,
) -> Result<PortMatch<'a>, &'static str> {
    if entry.as_mapping().is_none() && !entry.is_null() {
        return Err("an entry of `ports` is no mapping");
    }
    reading.only_fields(entry, &["protocol", "port", "endPort"]);
    let protocol = match reading.text(entry, "protocol") {
        None => Protocol::Tcp,
        Some((name, _)) => {
            Protocol::from_name(name).ok_or("`protocol` is none of TCP, UDP, SCTP")?
        }
    };
    let written = |key: &str| entry.get(key).filter(|node| !node.is_null());
    let end = match written("endPort") {
        Some(end) => Some(port_number(end).ok_or("`endPort` is not a port number")?),
        None => None,
    };
    let Some(port) = written("port") else {
        return match end {
            Some(_) => Err("`endPort` stands without `port`"),
            None => Ok(PortMatch::Numbered(PortSet::whole(protocol))),
        };
    };
    match (port.as_str(), port_number(port), end) {
        (Some(_), _, Some(_)) => Err("`endPort` stands beside a named port"),
        // RFC 6335 §5.1: a name of 15 characters at most has a letter.
        (Some(name), _, None) if !is_port_name(name) => {
            Err("`port` is no name of a port (quoted numbers are none)")
        }
        (Some(name), _, None) => Ok(PortMatch::Named(name, Some(protocol))),
        (_, None | Some(0), _) => Err("`port` is neither a port number nor a name"),
        (_, Some(first), Some(last)) if last < first => Err("`endPort` is before `port`"),
        (_, Some(first), last) => Ok(PortMatch::Numbered(PortSet::range(
            protocol,
            first,
            last.unwrap_or(first),
        ))),
    }
}

fn is_port_name(name: &str) -> bool {
    name.len() <= 15
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
        && name.bytes().any(|byte| byte.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn ports(listed: &[Node]) -> Ports {
    const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];
    if listed.is_empty() {
        return Ports::All;
    }
    let whole = PROTOCOLS.map(|protocol| holds_every_port(listed, protocol));
    match (whole, listed) {
        ([true, true, true], _) => Ports::All,
        ([true, true, false], _) => Ports::AllOf("TCP and UDP"),
        ([true, ..], _) => Ports::AllOf("TCP"),
        ([_, true, _], _) => Ports::AllOf("UDP"),
        ([_, _, true], _) => Ports::AllOf("SCTP"),
        (_, [only])
            if only
                .get("endPort")
                .is_none_or(|end| port_number(end) == only.get("port").and_then(port_number)) =>
        {
            Ports::One
        }
        _ => Ports::Some,
    }
}

/// Whether the entries of a protocol (TCP where none is named) are together every port from 1 on.
fn holds_every_port(listed: &[Node], protocol: &str) -> bool {
    let named = |entry: &&Node| {
        entry
            .get("protocol")
            .and_then(Node::as_str)
            .unwrap_or("TCP")
            == protocol
    };
    let mut ranges: Vec<_> = listed.iter().filter(named).filter_map(port_range).collect();
    ranges.sort_unstable();
    let mut next = 1;
    for (first, last) in ranges {
        if first > next {
            return false;
        }
        next = next.max(i64::from(last) + 1);
    }
    next > i64::from(u16::MAX)
}

/// The ports of an entry; none where the port is a name.
fn port_range(entry: &Node) -> Option<(i64, u16)> {
    let Some(first) = entry.get("port").filter(|port| !port.is_null()) else {
        return Some((0, u16::MAX));
    };
    let first = port_number(first)?;
    let last = entry.get("endPort").and_then(port_number).unwrap_or(first);
    Some((i64::from(first), last))
}

fn port_number(node: &Node) -> Option<u16> {
    node.as_i64().and_then(|number| u16::try_from(number).ok())
}
