//! Calico's NetworkPolicy, GlobalNetworkPolicy and their sets of addresses.
//!
//! The policies of the default tier are asked in their order, the first rule that matches decides, and a pod that any of
//! them selects is isolated. NetworkPolicies of Kubernetes stand among them at order 1000. Other tiers and policies of
//! hosts are not evaluated, and said to be. The reading is closed: what Calico has no such field, type or value for
//! spoils the policy, and nothing is proven beside it.

use super::admin_network_policy::Action;
use super::calico_refusals::{check_entity, check_policy, check_rule};
use super::calico_selector::{ACCOUNT, Expression, Key, Owner};
use super::network_policy::{PolicyPort, PortMatch};
use super::plugin_policy::{
    Entity, NetworkSet, Plugin, PluginPeer, PluginPolicy, PluginRule, blocks,
};
use super::{Reading, Resource};
use crate::kernel::document::Node;
use crate::kernel::source::Span;
use crate::lint::ports::{PortSet, Protocol};

/// Where the NetworkPolicies of Kubernetes stand among Calico's.
pub(crate) const KUBERNETES_ORDER: i64 = ordered(1000.0);

/// A finite number as an integer that compares as it does: Calico's orders are of binary64, and no digit may be lost.
const fn ordered(number: f64) -> i64 {
    // Adding zero makes one of the two zeros.
    let bits = (number + 0.0).to_bits().cast_signed();
    match bits < 0 {
        true => i64::MIN.wrapping_sub(bits),
        false => bits,
    }
}

const OBJECT: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];

/// Reads a set of addresses.
pub(crate) fn network_set<'a>(mut reading: Reading<'a, '_>) -> Option<NetworkSet<'a>> {
    let resource = reading.resource.clone();
    reading.only_fields(resource.node, &OBJECT);
    let metadata = reading.mapping(resource.node, "metadata")?;
    let labels = reading.labels(metadata, "labels");
    let mut texts = Vec::new();
    if let Some(spec) = reading.mapping(resource.node, "spec") {
        reading.only_fields(spec, &["nets"]);
        texts = reading.texts(spec, "nets");
    }
    let blocks = blocks(&mut reading, &texts, resource.name_span);
    reading.is_sound().then_some(NetworkSet {
        resource,
        labels,
        blocks,
    })
}

const SPEC: [&str; 8] = [
    "order",
    "tier",
    "ingress",
    "egress",
    "selector",
    "types",
    "serviceAccountSelector",
    "performanceHints",
];

const GLOBAL_SPEC: [&str; 4] = [
    "namespaceSelector",
    "doNotTrack",
    "preDNAT",
    "applyOnForward",
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

/// Reads a policy.
pub(crate) fn calico_policy<'a>(mut reading: Reading<'a, '_>) -> Option<PluginPolicy<'a>> {
    let resource = reading.resource.clone();
    reading.only_fields(resource.node, &OBJECT);
    let Some(spec) = reading.mapping(resource.node, "spec") else {
        reading.problem(resource.name_span, "it has no `spec`");
        return None;
    };
    let is_global = resource.kind == "GlobalNetworkPolicy";
    let known = SPEC.iter().chain(GLOBAL_SPEC.iter().filter(|_| is_global));
    reading.only_fields(spec, &known.copied().collect::<Vec<_>>());
    reading.texts(spec, "performanceHints");
    let mut unsettled = Vec::new();
    let mut perhaps = false;
    let tier = reading.text(spec, "tier");
    if let Some((name, span)) = tier.filter(|(name, _)| !matches!(*name, "" | "default")) {
        unsettled.push((format!("its tier `{name}` is not evaluated"), span));
        perhaps = true;
    }
    for key in ["preDNAT", "applyOnForward", "doNotTrack"] {
        if reading.flag(spec, key) {
            perhaps = true;
            let span = spec.entry(key).map_or(spec.span, |entry| entry.key_span);
            unsettled.push((format!("`{key}` is not evaluated"), span));
        }
    }
    let order = spec.get("order").filter(|order| !order.is_null());
    let order = order.and_then(|order| {
        let place = place_of(&resource, order);
        if place.is_none() {
            reading.problem(order.span, "`order` is no number");
        }
        place
    });
    check_policy(&mut reading, spec);
    if resource.name.contains('.') && !resource.name.starts_with("default.") {
        let what = "its name has a dot, which some releases of Calico refuse";
        unsettled.push((what.to_owned(), resource.name_span));
    }
    let subject = subject(&mut reading, spec);
    let isolates = types(&mut reading, spec, &mut perhaps);
    let mut read = |key: &str| -> Vec<PluginRule<'a>> {
        let nodes = reading.list(spec, key).unwrap_or_default();
        let rules = nodes.iter();
        rules
            .filter_map(|node| rule(&mut reading, node, key == "ingress"))
            .collect()
    };
    let rules = [read("ingress"), read("egress")];
    reading.is_sound().then_some(PluginPolicy {
        resource,
        plugin: Plugin::Calico,
        order,
        subjects: vec![subject],
        perhaps,
        isolates,
        rules,
        unsettled,
    })
}

/// A place in the order.
fn place_of(resource: &Resource<'_>, order: &Node) -> Option<i64> {
    order.as_number()?;
    let text = String::from_utf8_lossy(resource.source().slice(order.span)).into_owned();
    let number = text.parse::<f64>().ok()?;
    number.is_finite().then(|| ordered(number))
}

/// The pods that a policy is for: of its own namespace where it has one.
fn subject<'a>(reading: &mut Reading<'a, '_>, spec: &'a Node) -> PluginPeer<'a> {
    let mut parts = Vec::new();
    if reading.resource.kind != "GlobalNetworkPolicy" {
        parts.push(Expression::namespace(reading.resource.namespace));
    }
    for (key, owner) in [
        ("selector", Owner::Itself),
        ("namespaceSelector", Owner::Namespace),
        ("serviceAccountSelector", Owner::Account),
    ] {
        parts.extend(selector(reading, spec, (key, owner)));
    }
    PluginPeer::Entity(Box::new(Entity {
        selector: Some(Expression::And(parts)),
        ..Entity::default()
    }))
}

/// A selector; none where it is absent or empty.
fn selector<'a>(
    reading: &mut Reading<'a, '_>,
    node: &'a Node,
    (key, owner): (&str, Owner),
) -> Option<Expression<'a>> {
    let (text, span) = reading
        .text(node, key)
        .filter(|(text, _)| !text.is_empty())?;
    match Expression::parse(text, owner) {
        Ok(expression) => Some(expression),
        Err(what) => {
            reading.problem(span, format!("`{key}` is no selector: {what}"));
            None
        }
    }
}

/// The directions it is for: those it lists, else ingress, else what its rules are for. The latter is written by the API
/// server of `projectcalico.org`; where an object goes past it, nobody writes it.
fn types<'a>(reading: &mut Reading<'a, '_>, spec: &'a Node, perhaps: &mut bool) -> [bool; 2] {
    let listed = reading.texts(spec, "types");
    if !listed.is_empty() {
        if listed
            .iter()
            .any(|one| !matches!(*one, "Ingress" | "Egress"))
        {
            let what = "`types` holds something else than Ingress and Egress";
            reading.problem(spec.span, what);
        }
        return ["Ingress", "Egress"].map(|name| listed.contains(&name));
    }
    if reading.resource.group == "crd.projectcalico.org" {
        *perhaps = true;
        return [true; 2];
    }
    let has = |key: &str| {
        let rules = spec.get(key).and_then(Node::as_sequence);
        rules.is_some_and(|rules| !rules.is_empty())
    };
    [has("ingress") || !has("egress"), has("egress")]
}

/// A rule; none where it only writes a log, or speaks of nothing that has ports.
fn rule<'a>(
    reading: &mut Reading<'a, '_>,
    node: &'a Node,
    is_ingress: bool,
) -> Option<PluginRule<'a>> {
    if !reading.object(node, &RULE) {
        return None;
    }
    let action = match reading.text(node, "action") {
        Some(("Allow", _)) => Some(Action::Allow),
        Some(("Deny", _)) => Some(Action::Deny),
        Some(("Pass", _)) => Some(Action::Pass),
        Some(("Log", _)) => None,
        _ => {
            reading.problem(node.span, "`action` is none of Allow, Deny, Log, Pass");
            None
        }
    };
    let mut perhaps = ["icmp", "notICMP", "http", "ipVersion"]
        .into_iter()
        .any(|key| node.get(key).is_some_and(|value| !value.is_null()));
    check_rule(reading, node, is_ingress);
    let (peer, own) = if is_ingress {
        ("source", "destination")
    } else {
        ("destination", "source")
    };
    let (peer, own) = (reading.mapping(node, peer), reading.mapping(node, own));
    let side = |reading: &mut Reading<'a, '_>, side: Option<&'a Node>, perhaps: &mut bool| {
        side.map_or(PluginPeer::Everyone, |side| entity(reading, side, perhaps))
    };
    let peers = vec![side(reading, peer, &mut perhaps)];
    // What else the rule asks of the policy's own pods, and ports on the side of the caller.
    if side(reading, own, &mut perhaps) != PluginPeer::Everyone {
        perhaps = true;
    }
    let ports_at = if is_ingress { own } else { peer };
    let other = if is_ingress { peer } else { own };
    let ports = ports(reading, (node, [ports_at, other]), &mut perhaps);
    Some(PluginRule {
        span: node.span,
        action: action?,
        peers,
        ports: ports?,
        perhaps,
    })
}

type Ports<'a> = Option<Vec<PolicyPort<'a>>>;

/// The ports of a rule; none where it speaks of protocols without ports.
fn ports<'a>(
    reading: &mut Reading<'a, '_>,
    (node, [at, other]): (&'a Node, [Option<&'a Node>; 2]),
    perhaps: &mut bool,
) -> Option<Ports<'a>> {
    let only = protocol(reading, node, "protocol");
    let but = protocol(reading, node, "notProtocol");
    let mut of = |at: Option<&'a Node>, key: &str| {
        at.and_then(|at| reading.list(at, key)).unwrap_or_default()
    };
    let (listed, left_out) = (of(at, "ports"), of(at, "notPorts"));
    let asks_caller = !of(other, "ports").is_empty() || !of(other, "notPorts").is_empty();
    let with_ports = match only {
        Some(Some(protocol)) => Some(protocol),
        _ if listed.is_empty() && left_out.is_empty() && !asks_caller => None,
        _ => {
            reading.problem(node.span, "ports need a `protocol` of TCP, UDP or SCTP");
            return None;
        }
    };
    if only == Some(None) {
        return None;
    }
    *perhaps |= asks_caller;
    if let Some(protocol) = with_ports.filter(|_| !listed.is_empty()) {
        let ports = listed.iter().map(|entry| port(reading, entry, protocol));
        let ports: Vec<_> = ports.collect();
        // Ports that are listed and left out: rare, and not worth more than a doubt.
        *perhaps |= !left_out.is_empty() || but.is_some();
        for entry in left_out {
            port(reading, entry, protocol);
        }
        return Some(Some(ports));
    }
    let mut set = with_ports.map_or_else(PortSet::all, PortSet::whole);
    if let Some(Some(protocol)) = but {
        set = set.minus(&PortSet::whole(protocol));
    }
    if let Some(protocol) = with_ports {
        for entry in left_out {
            match port(reading, entry, protocol).ports {
                PortMatch::Numbered(ports) => set = set.minus(&ports),
                _ => *perhaps = true,
            }
        }
    }
    if set.is_all() {
        return Some(None);
    }
    Some(Some(vec![PolicyPort {
        span: node.span,
        ports: PortMatch::Numbered(set),
        names_protocol: true,
    }]))
}

/// A protocol: one with ports, or another.
#[expect(
    clippy::option_option,
    reason = "absent, and present without ports, are two answers"
)]
fn protocol(reading: &mut Reading<'_, '_>, node: &Node, key: &str) -> Option<Option<Protocol>> {
    let written = node.get(key).filter(|written| !written.is_null())?;
    Some(match (written.as_str(), written.as_i64()) {
        (Some("TCP"), _) | (_, Some(6)) => Some(Protocol::Tcp),
        (Some("UDP"), _) | (_, Some(17)) => Some(Protocol::Udp),
        (Some("SCTP"), _) | (_, Some(132)) => Some(Protocol::Sctp),
        // ICMP and others have no ports: nothing that is asked here.
        (Some("ICMP" | "ICMPv6" | "UDPLite"), _) | (_, Some(1..=255)) => None,
        _ => {
            let what =
                format!("`{key}` is none of TCP, UDP, SCTP, ICMP, ICMPv6, UDPLite and 1 to 255");
            reading.problem(written.span, what);
            None
        }
    })
}

/// A port: `80`, `20:21`, or a name.
fn port<'a>(reading: &mut Reading<'a, '_>, entry: &'a Node, protocol: Protocol) -> PolicyPort<'a> {
    let number = |text: &str| {
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| is_plain)
    };
    let range = match (entry.as_i64(), entry.as_str()) {
        (Some(number), _) => u16::try_from(number).ok().map(|number| (number, number)),
        (_, Some(text)) => match text.split_once(':') {
            Some((first, last)) => number(first).zip(number(last)),
            None => number(text).map(|number| (number, number)),
        },
        _ => None,
    };
    let is_name = |text: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        (1..=128).contains(&text.len())
            && text.bytes().all(is_part)
            && text.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    let ports = match (range, entry.as_str()) {
        (Some((first, last)), _) if first <= last => {
            PortMatch::Numbered(PortSet::range(protocol, first, last))
        }
        (None, Some(name)) if is_name(name) => PortMatch::Named(name, Some(protocol)),
        _ => {
            let what = "this is neither a port, nor a range, nor a name";
            reading.problem(entry.span, what);
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
fn entity<'a>(reading: &mut Reading<'a, '_>, node: &'a Node, perhaps: &mut bool) -> PluginPeer<'a> {
    reading.only_fields(node, &ENTITY);
    check_entity(reading, node);
    if let Some(services) = reading.mapping(node, "services") {
        reading.only_fields(services, &["name", "namespace"]);
        *perhaps = true;
    }
    *perhaps |= !reading.texts(node, "domains").is_empty();
    let mut parts = Vec::new();
    parts.extend(accounts(reading, node));
    parts.extend(selector(reading, node, ("selector", Owner::Itself)));
    let namespaces = selector(reading, node, ("namespaceSelector", Owner::Namespace));
    let not_selector = selector(reading, node, ("notSelector", Owner::Itself));
    // A policy of a namespace means its own, as soon as it asks for labels (`getEndpointSelector`).
    let is_global = reading.resource.kind == "GlobalNetworkPolicy";
    let asks = !parts.is_empty() || not_selector.is_some();
    if let Some(namespaces) = namespaces {
        parts.push(namespaces);
    } else if asks && !is_global {
        parts.push(Expression::namespace(reading.resource.namespace));
    }
    let mut nets = |key: &str| -> Option<(Vec<&'a str>, Span)> {
        let texts = reading.texts(node, key);
        let span = node.entry(key)?.key_span;
        (!texts.is_empty()).then_some((texts, span))
    };
    let (only, but) = (nets("nets"), nets("notNets"));
    let mut read = |(texts, span): (Vec<&'a str>, Span)| blocks(reading, &texts, span);
    let entity = Entity {
        selector: (!parts.is_empty()).then_some(Expression::And(parts)),
        not_selector,
        blocks: only.map(&mut read),
        not_blocks: but.map(&mut read).unwrap_or_default(),
    };
    match entity == Entity::default() {
        true => PluginPeer::Everyone,
        false => PluginPeer::Entity(Box::new(entity)),
    }
}

/// Service accounts by name and by their labels, both of which must hold.
fn accounts<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Vec<Expression<'a>> {
    let Some(accounts) = reading.mapping(node, "serviceAccounts") else {
        return Vec::new();
    };
    reading.only_fields(accounts, &["names", "selector"]);
    let mut parts = Vec::new();
    parts.extend(selector(reading, accounts, ("selector", Owner::Account)));
    let names = reading.texts(accounts, "names");
    if !names.is_empty() {
        let key = Key {
            owner: Owner::Itself,
            name: ACCOUNT,
        };
        parts.push(Expression::In(key, names));
    }
    parts
}

/// Whether a resource is a set of addresses.
pub(crate) fn is_set(resource: &Resource<'_>) -> bool {
    resource.kind.ends_with("NetworkSet")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_compare_as_numbers_do() {
        let orders = [
            -1e300,
            -1000.0,
            -1.0002,
            -1.0001,
            -1e-300,
            0.0,
            1e-300,
            1.0001,
            1.0002,
            999.999_999,
            1000.0,
            1e300,
        ];
        assert!(orders.map(ordered).is_sorted_by(|a, b| a < b));
        assert_eq!(ordered(-0.0), ordered(0.0));
    }
}
