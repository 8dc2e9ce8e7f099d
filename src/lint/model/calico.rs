//! Calico's NetworkPolicy, GlobalNetworkPolicy and their sets of addresses.
//!
//! The policies of the default tier are asked in their order, the first rule that matches decides, and a pod that any of
//! them selects is isolated. NetworkPolicies of Kubernetes stand among them at order 1000. Other tiers, policies of hosts
//! and selectors beyond `&&` and `||` are not evaluated, and said to be.

use super::admin_network_policy::Action;
use super::network_policy::{PolicyPort, PortMatch};
use super::plugin_policy::{
    NetworkSet, Plugin, PluginPeer, PluginPods, PluginPolicy, PluginRule, blocks,
};
use super::{Reading, Resource};
use crate::kernel::document::Node;
use crate::lint::ports::{PortSet, Protocol};
use crate::lint::selector::{LabelSelector, Requirement};

/// Reads a set of addresses.
pub(crate) fn network_set<'a>(mut reading: Reading<'a, '_>) -> Option<NetworkSet<'a>> {
    let resource = reading.resource.clone();
    let metadata = reading.mapping(resource.node, "metadata")?;
    let labels = reading.labels(metadata, "labels");
    let spec = reading.mapping(resource.node, "spec");
    let texts = spec
        .map(|spec| reading.texts(spec, "nets"))
        .unwrap_or_default();
    let blocks = blocks(&mut reading, &texts, resource.name_span);
    reading.is_sound().then_some(NetworkSet {
        resource,
        labels,
        blocks,
    })
}

/// Reads a policy.
pub(crate) fn calico_policy<'a>(mut reading: Reading<'a, '_>) -> Option<PluginPolicy<'a>> {
    let resource = reading.resource.clone();
    let Some(spec) = reading.mapping(resource.node, "spec") else {
        reading.problem(resource.name_span, "it has no `spec`");
        return None;
    };
    let mut unsettled = Vec::new();
    let mut perhaps = false;
    reading.only_fields(spec, &SPEC);
    let tier = reading.text(spec, "tier");
    if let Some((name, span)) = tier.filter(|(name, _)| *name != "default") {
        unsettled.push((format!("its tier `{name}` is not evaluated"), span));
    }
    for key in [
        "preDNAT",
        "applyOnForward",
        "doNotTrack",
        "serviceAccountSelector",
    ] {
        if let Some(entry) = spec
            .entry(key)
            .filter(|entry| entry.value.as_bool() != Some(false))
        {
            perhaps = true;
            unsettled.push((format!("`{key}` is not evaluated"), entry.key_span));
        }
    }
    let order = spec.get("order").filter(|order| !order.is_null());
    let order = order.and_then(|order| {
        let Some(thousandths) = thousandths(&resource, order) else {
            reading.problem(order.span, "`order` is no number");
            return None;
        };
        Some(thousandths)
    });
    let mut subjects = Vec::new();
    let pods = selector(&mut reading, spec, "selector");
    let namespaces = selector(&mut reading, spec, "namespaceSelector");
    perhaps |= pods.is_none() || namespaces.is_none();
    let is_global = resource.kind == "GlobalNetworkPolicy";
    for namespaces in namespaces.unwrap_or_else(every) {
        for pods in pods.clone().unwrap_or_else(every) {
            let namespaces = is_global.then(|| namespaces.clone());
            subjects.push(implicit(
                &resource,
                PluginPods { namespaces, pods },
                &mut perhaps,
            ));
        }
    }
    let (isolates, rules) = {
        let mut read = |key: &str| -> Vec<PluginRule<'a>> {
            let nodes = reading.list(spec, key).unwrap_or_default();
            let rules = nodes.iter();
            rules
                .filter_map(|node| rule(&mut reading, node, key == "ingress"))
                .collect()
        };
        let rules = [read("ingress"), read("egress")];
        (types(&mut reading, spec), rules)
    };
    reading.is_sound().then_some(PluginPolicy {
        resource,
        plugin: Plugin::Calico,
        order,
        subjects,
        perhaps,
        isolates,
        rules,
        unsettled,
    })
}

/// An order, in thousandths.
fn thousandths(resource: &Resource<'_>, order: &Node) -> Option<i64> {
    order.as_number()?;
    let text = String::from_utf8_lossy(resource.source().slice(order.span)).into_owned();
    let thousandths = text.parse::<f64>().ok()? * 1000.0;
    #[expect(clippy::cast_possible_truncation, reason = "orders are small")]
    thousandths.is_finite().then_some(thousandths as i64)
}

const SPEC: [&str; 12] = [
    "order",
    "tier",
    "ingress",
    "egress",
    "selector",
    "types",
    "doNotTrack",
    "preDNAT",
    "applyOnForward",
    "serviceAccountSelector",
    "namespaceSelector",
    "performanceHints",
];

const RULE: [&str; 10] = [
    "action",
    "metadata",
    "ipVersion",
    "protocol",
    "notProtocol",
    "icmp",
    "notICMP",
    "http",
    "source",
    "destination",
];

const ENTITY: [&str; 10] = [
    "nets",
    "notNets",
    "selector",
    "notSelector",
    "namespaceSelector",
    "services",
    "domains",
    "ports",
    "notPorts",
    "serviceAccounts",
];

/// The directions it is for: those it lists, else ingress, else what its rules are for.
fn types<'a>(reading: &mut Reading<'a, '_>, spec: &'a Node) -> [bool; 2] {
    let listed = reading.list(spec, "types");
    if let Some(listed) = listed.filter(|listed| !listed.is_empty()) {
        let has = |name: &str| listed.iter().any(|one| one.as_str() == Some(name));
        if !listed
            .iter()
            .all(|one| matches!(one.as_str(), Some("Ingress" | "Egress")))
        {
            reading.problem(
                spec.span,
                "`types` holds something else than Ingress and Egress",
            );
        }
        return [has("Ingress"), has("Egress")];
    }
    let has = |key: &str| {
        let rules = spec.get(key).and_then(Node::as_sequence);
        rules.is_some_and(|rules| !rules.is_empty())
    };
    [has("ingress") || !has("egress"), has("egress")]
}

/// A rule; none where it only writes a log.
fn rule<'a>(
    reading: &mut Reading<'a, '_>,
    node: &'a Node,
    is_ingress: bool,
) -> Option<PluginRule<'a>> {
    reading.only_fields(node, &RULE);
    let action = match reading.text(node, "action") {
        Some(("Allow", _)) => Action::Allow,
        Some(("Deny", _)) => Action::Deny,
        Some(("Pass", _)) => Action::Pass,
        Some(("Log", _)) => return None,
        _ => {
            reading.problem(node.span, "`action` is none of Allow, Deny, Log, Pass");
            return None;
        }
    };
    let mut perhaps = ["notProtocol", "icmp", "notICMP", "http", "ipVersion"]
        .into_iter()
        .any(|key| node.get(key).is_some_and(|value| !value.is_null()));
    let (peer, own) = if is_ingress {
        ("source", "destination")
    } else {
        ("destination", "source")
    };
    let (peer, own) = (reading.mapping(node, peer), reading.mapping(node, own));
    for side in [peer, own].into_iter().flatten() {
        reading.only_fields(side, &ENTITY);
    }
    let mut peers = vec![PluginPeer::Everyone];
    if let Some(peer) = peer {
        peers = entity(reading, peer, &mut perhaps);
    }
    // What else the policy asks of its own pods, and ports on the side of the caller.
    let ports_at = if is_ingress { own } else { peer };
    let other = if is_ingress { peer } else { own };
    perhaps |= other.is_some_and(|other| other.get("ports").is_some());
    perhaps |= [own, peer]
        .into_iter()
        .flatten()
        .any(|one| one.get("notPorts").is_some());
    perhaps |= own.is_some_and(|own| {
        let keys = own.as_mapping().unwrap_or_default().iter();
        keys.into_iter()
            .any(|entry| !["ports", "notPorts"].contains(&entry.key.as_str()))
    });
    let protocol = node.get("protocol").filter(|protocol| !protocol.is_null());
    let protocol = match protocol.map(|protocol| (protocol.as_str(), protocol.as_i64())) {
        None => None,
        Some((Some("TCP"), _) | (_, Some(6))) => Some(Protocol::Tcp),
        Some((Some("UDP"), _) | (_, Some(17))) => Some(Protocol::Udp),
        Some((Some("SCTP"), _) | (_, Some(132))) => Some(Protocol::Sctp),
        // ICMP and others have no ports: nothing that is asked here.
        Some((Some("ICMP" | "ICMPv6" | "UDPLite"), _) | (_, Some(1..=255))) => return None,
        Some(_) => {
            let what = "`protocol` is none of TCP, UDP, SCTP, ICMP, ICMPv6, UDPLite and 1 to 255";
            reading.problem(node.span, what);
            return None;
        }
    };
    let listed = ports_at.and_then(|at| reading.list(at, "ports"));
    let ports = match (listed, protocol) {
        (Some(listed), Some(protocol)) if !listed.is_empty() => {
            let ports = listed.iter().map(|entry| port(reading, entry, protocol));
            Some(ports.collect())
        }
        (Some([_, ..]), None) => {
            reading.problem(node.span, "ports need a `protocol`");
            None
        }
        (_, Some(protocol)) => Some(vec![PolicyPort {
            span: node.span,
            ports: PortMatch::Numbered(PortSet::whole(protocol)),
            names_protocol: true,
        }]),
        (_, None) => None,
    };
    Some(PluginRule {
        span: node.span,
        action,
        peers,
        ports,
        perhaps,
    })
}

/// A port: `80`, `20:21`, or a name.
fn port<'a>(reading: &mut Reading<'a, '_>, entry: &'a Node, protocol: Protocol) -> PolicyPort<'a> {
    let number = |text: &str| text.trim().parse::<u16>().ok();
    let range = match (entry.as_i64(), entry.as_str()) {
        (Some(number), _) => u16::try_from(number).ok().map(|number| (number, number)),
        (_, Some(text)) => match text.split_once(':') {
            Some((first, last)) => number(first).zip(number(last)),
            None => number(text).map(|number| (number, number)),
        },
        _ => None,
    };
    let ports = match (range, entry.as_str()) {
        (Some((first, last)), _) => PortMatch::Numbered(PortSet::range(protocol, first, last)),
        (None, Some(name)) if !name.contains(':') => PortMatch::Named(name, Some(protocol)),
        _ => {
            reading.problem(
                entry.span,
                "this is neither a port, nor a range, nor a name",
            );
            PortMatch::Unknown
        }
    };
    PolicyPort {
        span: entry.span,
        ports,
        names_protocol: true,
    }
}

/// Whom a side of a rule means.
fn entity<'a>(
    reading: &mut Reading<'a, '_>,
    node: &'a Node,
    perhaps: &mut bool,
) -> Vec<PluginPeer<'a>> {
    const BEYOND: [&str; 5] = [
        "notSelector",
        "notNets",
        "serviceAccounts",
        "services",
        "domains",
    ];
    *perhaps |= BEYOND.into_iter().any(|key| {
        let value = node.get(key).filter(|value| !value.is_null());
        value.is_some_and(|value| value.as_sequence().is_none_or(|items| !items.is_empty()))
    });
    let has = |key: &str| node.get(key).is_some_and(|value| !value.is_null());
    let nets = reading.texts(node, "nets");
    let nets = blocks(reading, &nets, node.span);
    if !has("selector") && !has("namespaceSelector") {
        return match nets.is_empty() {
            true => vec![PluginPeer::Everyone],
            false => vec![PluginPeer::Addresses(nets)],
        };
    }
    // Both together: whoever has the labels and such an address.
    *perhaps |= !nets.is_empty();
    let is_global = reading.resource.kind == "GlobalNetworkPolicy";
    if reading
        .text(node, "namespaceSelector")
        .is_some_and(|(text, _)| text.contains("global()"))
    {
        // What is of no namespace: sets of addresses, and hosts.
        return vec![PluginPeer::Somewhere];
    }
    let pods = selector(reading, node, "selector");
    let namespaces = selector(reading, node, "namespaceSelector");
    *perhaps |= pods.is_none() || namespaces.is_none();
    let names_namespaces = is_global || has("namespaceSelector");
    let mut peers = Vec::new();
    for namespaces in namespaces.unwrap_or_else(every) {
        for pods in pods.clone().unwrap_or_else(every) {
            let namespaces = names_namespaces.then(|| namespaces.clone());
            let pods = implicit(reading.resource, PluginPods { namespaces, pods }, perhaps);
            peers.push(PluginPeer::Pods(pods));
        }
    }
    peers
}

/// The labels that Calico gives to every pod and namespace, which no manifest shows: the namespace of a pod and the name
/// of a namespace are told by the name; others of its own are not read.
fn implicit<'a>(
    resource: &Resource<'a>,
    pods: PluginPods<'a>,
    perhaps: &mut bool,
) -> PluginPods<'a> {
    const METADATA_NAME: &str = "kubernetes.io/metadata.name";
    let is_own = |key: &str| {
        ["projectcalico.org/", "pcns.", "pcsa."]
            .into_iter()
            .any(|prefix| key.starts_with(prefix))
    };
    let mut namespaces = pods.namespaces;
    if let Some(namespaces) = &mut namespaces {
        namespaces.requirements = std::mem::take(&mut namespaces.requirements)
            .into_iter()
            .filter_map(|one| match key(&one) {
                "projectcalico.org/name" => Some(renamed(one, METADATA_NAME)),
                own if is_own(own) => {
                    *perhaps = true;
                    None
                }
                _ => Some(one),
            })
            .collect();
    }
    let mut left = LabelSelector::default();
    let mut of_namespace = Vec::new();
    for one in pods.pods.requirements {
        match key(&one) {
            "projectcalico.org/namespace" => of_namespace.push(renamed(one, METADATA_NAME)),
            own if is_own(own) => *perhaps = true,
            _ => left.requirements.push(one),
        }
    }
    if !of_namespace.is_empty() {
        let own = || LabelSelector {
            requirements: vec![Requirement::In(METADATA_NAME, vec![resource.namespace])],
        };
        let namespaces = namespaces.get_or_insert_with(own);
        namespaces.requirements.extend(of_namespace);
    }
    PluginPods {
        namespaces,
        pods: left,
    }
}

fn key<'a>(requirement: &Requirement<'a>) -> &'a str {
    match requirement {
        Requirement::In(key, _)
        | Requirement::NotIn(key, _)
        | Requirement::Exists(key)
        | Requirement::DoesNotExist(key) => key,
    }
}

fn renamed<'a>(requirement: Requirement<'a>, key: &'a str) -> Requirement<'a> {
    match requirement {
        Requirement::In(_, values) => Requirement::In(key, values),
        Requirement::NotIn(_, values) => Requirement::NotIn(key, values),
        Requirement::Exists(_) => Requirement::Exists(key),
        Requirement::DoesNotExist(_) => Requirement::DoesNotExist(key),
    }
}

fn every<'a>() -> Vec<LabelSelector<'a>> {
    vec![LabelSelector::default()]
}

/// The alternatives of a selector; none where it says more than this program reads. An absent one selects everything.
fn selector<'a>(
    reading: &mut Reading<'a, '_>,
    node: &'a Node,
    key: &str,
) -> Option<Vec<LabelSelector<'a>>> {
    let Some((text, _)) = reading.text(node, key) else {
        return Some(every());
    };
    parsed(text)
}

/// Parses a selector as alternatives of requirements: `a == 'x' && has(b) || all()`.
pub fn parsed(text: &str) -> Option<Vec<LabelSelector<'_>>> {
    if text.trim().is_empty() {
        return Some(every());
    }
    let alternatives = text.split("||");
    alternatives
        .map(|alternative| {
            let terms = alternative.split("&&").map(str::trim);
            let terms = terms.filter(|term| *term != "all()");
            let requirements = terms.map(requirement).collect::<Option<Vec<_>>>()?;
            Some(LabelSelector { requirements })
        })
        .collect()
}

fn requirement(term: &str) -> Option<Requirement<'_>> {
    let inside = |text: &'_ str| -> bool { is_key(text) };
    if let Some(rest) = term
        .strip_prefix("has(")
        .and_then(|rest| rest.strip_suffix(')'))
    {
        return inside(rest.trim()).then(|| Requirement::Exists(rest.trim()));
    }
    if let Some(rest) = term.strip_prefix('!') {
        let inner = rest.trim().strip_prefix("has(")?.strip_suffix(')')?.trim();
        return inside(inner).then_some(Requirement::DoesNotExist(inner));
    }
    for (operator, is_equal) in [("==", true), ("!=", false)] {
        if let Some((key, value)) = term.split_once(operator) {
            let (key, value) = (key.trim(), quoted(value)?);
            let values = vec![value];
            return is_key(key).then_some(match is_equal {
                true => Requirement::In(key, values),
                false => Requirement::NotIn(key, values),
            });
        }
    }
    let (head, rest) = term.split_once('{')?;
    let values = rest.trim().strip_suffix('}')?.split(',').map(quoted);
    let values = values.collect::<Option<Vec<_>>>()?;
    let mut words = head.split_whitespace();
    match (words.next()?, words.next()?, words.next(), words.next()) {
        (key, "in", None, None) if is_key(key) => Some(Requirement::In(key, values)),
        (key, "not", Some("in"), None) if is_key(key) => Some(Requirement::NotIn(key, values)),
        _ => None,
    }
}

fn quoted(text: &str) -> Option<&str> {
    let text = text.trim();
    let mark = text
        .chars()
        .next()
        .filter(|mark| ['\'', '"'].contains(mark))?;
    let inner = text.strip_prefix(mark)?.strip_suffix(mark)?;
    (!inner.contains(['\'', '"'])).then_some(inner)
}

fn is_key(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
    !text.is_empty() && text.chars().all(is_allowed)
}

/// Whether a resource is a set of addresses.
pub(crate) fn is_set(resource: &Resource<'_>) -> bool {
    resource.kind.ends_with("NetworkSet")
}
