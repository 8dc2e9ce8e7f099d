//! CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy.
//!
//! A pod is isolated in a direction from the first policy with rules for it on, unless `enableDefaultDeny` says
//! otherwise; an empty list of rules does nothing. Refusals win over permissions. Blocks of addresses hold no pod of the
//! cluster: Cilium tells those by their identity.

use super::Reading;
use super::admin_network_policy::Action;
use super::network_policy::{PolicyPort, PortMatch};
use super::plugin_policy::{Plugin, PluginPeer, PluginPods, PluginPolicy, PluginRule, blocks};
use crate::kernel::document::Node;
use crate::kernel::source::Span;
use crate::lint::cidr::Cidr;
use crate::lint::cidr::Family;
use crate::lint::ports::{PortSet, Protocol};
use crate::lint::selector::{LabelSelector, Requirement};

/// Reads a policy: one for each of its specs.
pub(crate) fn cilium_policies<'a>(mut reading: Reading<'a, '_>) -> Vec<PluginPolicy<'a>> {
    let resource = reading.resource.clone();
    let mut specs: Vec<&'a Node> = reading.mapping(resource.node, "spec").into_iter().collect();
    specs.extend(reading.list(resource.node, "specs").unwrap_or_default());
    if specs.is_empty() {
        reading.problem(resource.name_span, "it has neither `spec` nor `specs`");
    }
    let mut policies = Vec::new();
    for spec in specs {
        // A policy of nodes says nothing of pods.
        if spec.get("nodeSelector").is_none() {
            policies.push(policy(&mut reading, spec));
        }
    }
    if reading.is_sound() {
        policies
    } else {
        Vec::new()
    }
}

const SPEC: [&str; 10] = [
    "endpointSelector",
    "nodeSelector",
    "ingress",
    "ingressDeny",
    "egress",
    "egressDeny",
    "labels",
    "enableDefaultDeny",
    "description",
    "log",
];

/// Whether what no rule lets through is refused, for ingress and egress, once there are rules.
fn default_deny<'a>(reading: &mut Reading<'a, '_>, spec: &'a Node) -> [bool; 2] {
    let sides = ["ingress", "egress"];
    let Some(said) = reading.mapping(spec, "enableDefaultDeny") else {
        return [true; 2];
    };
    reading.only_fields(said, &sides);
    sides.map(|key| {
        let is_said = said.get(key).is_some_and(|value| !value.is_null());
        !is_said || reading.flag(said, key)
    })
}

fn policy<'a>(reading: &mut Reading<'a, '_>, spec: &'a Node) -> PluginPolicy<'a> {
    reading.only_fields(spec, &SPEC);
    let mut policy = PluginPolicy {
        resource: reading.resource.clone(),
        plugin: Plugin::Cilium,
        order: None,
        subjects: Vec::new(),
        perhaps: false,
        isolates: [false; 2],
        rules: [Vec::new(), Vec::new()],
        unsettled: Vec::new(),
    };
    match reading.mapping(spec, "endpointSelector") {
        None => reading.problem(spec.span, "`endpointSelector` is missing"),
        Some(selector) => {
            let (mut pods, whole) = endpoints(reading, selector);
            if reading.resource.kind != "CiliumClusterwideNetworkPolicy" {
                own_namespace(reading, selector, &mut pods);
            }
            policy.perhaps = !whole;
            policy.subjects.push(pods);
        }
    }
    let default_deny = default_deny(reading, spec);
    for (side, key) in ["ingress", "egress"].into_iter().enumerate() {
        let refusals = format!("{key}Deny");
        let allowed = reading.list(spec, key).unwrap_or_default();
        let denied = reading.list(spec, &refusals).unwrap_or_default();
        // An empty list has no effect, although it looks like a default deny.
        let has_rules = !allowed.is_empty() || !denied.is_empty();
        policy.isolates[side] = has_rules && default_deny[side];
        for (rules, action) in [(denied, Action::Deny), (allowed, Action::Allow)] {
            for node in rules {
                let rule = rule(reading, node, (action, side == 0), &mut policy.unsettled);
                // The proxy that reads requests refuses the others, whatever the default.
                if rule.perhaps && rule.ports.is_some() && !policy.isolates[side] {
                    let what = "its rules about requests refuse others without a default deny";
                    policy.unsettled.push((what.to_owned(), node.span));
                }
                policy.rules[side].push(rule);
            }
        }
    }
    policy
}

fn rule<'a>(
    reading: &mut Reading<'a, '_>,
    node: &'a Node,
    (action, is_ingress): (Action, bool),
    unsettled: &mut Vec<(String, Span)>,
) -> PluginRule<'a> {
    let prefix = if is_ingress { "from" } else { "to" };
    let mut rule = PluginRule {
        span: node.span,
        action,
        peers: Vec::new(),
        ports: None,
        perhaps: false,
    };
    let (mut names_peers, mut of_icmp) = (false, false);
    for entry in node.as_mapping().unwrap_or_default() {
        let key = entry.key.as_str();
        match key.strip_prefix(prefix) {
            Some("Endpoints") => {
                for selector in reading.list(node, key).unwrap_or_default() {
                    let (pods, whole) = endpoints(reading, selector);
                    rule.perhaps |= !whole;
                    rule.peers.push(PluginPeer::Pods(pods));
                }
            }
            Some("Entities") => {
                for entity in reading.texts(node, key) {
                    self::entity(entity, &mut rule);
                }
            }
            Some("CIDR") => {
                let texts = reading.texts(node, key);
                let found = blocks(reading, &texts, entry.key_span);
                rule.peers.push(PluginPeer::Outside(found));
            }
            Some("CIDRSet") => cidr_set(reading, (node, key), &mut rule),
            Some("FQDNs" | "Nodes" | "Groups" | "Services") => {
                rule.peers.push(PluginPeer::Somewhere);
                if key == "toServices" {
                    let what = "`toServices` is not evaluated".to_owned();
                    unsettled.push((what, entry.key_span));
                }
            }
            _ => {
                match key {
                    // An empty list names no port, and the rule speaks of all (`mergeIngress`).
                    "toPorts" => {
                        let groups = reading.list(node, key).unwrap_or_default();
                        rule.ports =
                            (!groups.is_empty()).then(|| ports(reading, groups, &mut rule.perhaps));
                    }
                    // Traffic is let through where both ends prove themselves.
                    "authentication" => rule.perhaps = true,
                    // Of ICMP alone: nothing of what has ports.
                    "icmps" => {
                        let listed = reading.list(node, key).unwrap_or_default();
                        if !listed.is_empty() {
                            of_icmp = true;
                        }
                    }
                    "fromRequires" | "toRequires" => {
                        unsettled.push((format!("`{key}` is not evaluated"), entry.key_span));
                    }
                    _ => reading.problem(entry.key_span, format!("`{key}` is no field of a rule")),
                }
                continue;
            }
        }
        names_peers |= !entry.value.is_null();
    }
    if of_icmp && rule.ports.is_some() {
        reading.problem(node.span, "`icmps` and `toPorts` exclude each other");
    } else if of_icmp {
        rule.ports = Some(Vec::new());
    }
    // A rule that names ports and nobody lets everybody in on them; one that names nothing lets nobody in.
    if !names_peers && rule.ports.is_some() {
        rule.peers.push(PluginPeer::Everyone);
    }
    rule
}

fn cidr_set<'a>(
    reading: &mut Reading<'a, '_>,
    (node, key): (&'a Node, &str),
    rule: &mut PluginRule<'a>,
) {
    const KNOWN: [&str; 5] = [
        "cidr",
        "cidrRef",
        "cidrGroupRef",
        "cidrGroupSelector",
        "except",
    ];
    for entry in reading.list(node, key).unwrap_or_default() {
        reading.only_fields(entry, &KNOWN);
        let Some((text, span)) = reading.text(entry, "cidr") else {
            // A group of blocks by name.
            rule.peers.push(PluginPeer::Somewhere);
            continue;
        };
        let except = reading.texts(entry, "except");
        let except = blocks(reading, &except, span);
        let found = blocks(reading, &[text], span);
        let left = found.into_iter().flat_map(|block| block.without(&except));
        rule.peers.push(PluginPeer::Outside(left.collect()));
    }
}

fn entity<'a>(name: &str, rule: &mut PluginRule<'a>) {
    let every_pod = || {
        PluginPeer::Pods(PluginPods {
            namespaces: Some(LabelSelector::default()),
            pods: LabelSelector::default(),
        })
    };
    let outside = || PluginPeer::Outside(vec![Cidr::whole(Family::V4), Cidr::whole(Family::V6)]);
    match name {
        "all" => rule.peers.push(PluginPeer::Everyone),
        "world" => rule.peers.push(outside()),
        "world-ipv4" => {
            let addresses = vec![Cidr::whole(Family::V4)];
            rule.peers.push(PluginPeer::Outside(addresses));
        }
        "world-ipv6" => {
            let addresses = vec![Cidr::whole(Family::V6)];
            rule.peers.push(PluginPeer::Outside(addresses));
        }
        "cluster" => {
            rule.peers.push(every_pod());
            rule.peers.push(PluginPeer::Somewhere);
        }
        "none" | "health" | "init" => {}
        // Nodes, the API server, the ingress proxy, endpoints that Cilium does not manage.
        _ => rule.peers.push(PluginPeer::Somewhere),
    }
}

const NAMESPACE: &str = "io.kubernetes.pod.namespace";
const METADATA_NAME: &str = "kubernetes.io/metadata.name";
const NAMESPACE_LABELS: &str = "io.cilium.k8s.namespace.labels.";

/// A selector of endpoints, and whether all of it is read. A namespace among the labels chooses namespaces; without one
/// a policy of a namespace means its own, one of the cluster all.
fn endpoints<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> (PluginPods<'a>, bool) {
    reading.only_fields(node, &["matchLabels", "matchExpressions"]);
    let written = reading.selector(node);
    let is_clusterwide = reading.resource.kind == "CiliumClusterwideNetworkPolicy";
    let mut namespaces = LabelSelector::default();
    let mut pods = LabelSelector::default();
    let mut names_namespaces = is_clusterwide;
    let mut whole = true;
    for requirement in written.requirements {
        let (Requirement::In(key, _)
        | Requirement::NotIn(key, _)
        | Requirement::Exists(key)
        | Requirement::DoesNotExist(key)) = &requirement;
        let key: &'a str = key;
        let bare = bare(key);
        if bare == NAMESPACE {
            names_namespaces = true;
            let renamed = renamed(requirement, METADATA_NAME);
            namespaces.requirements.push(renamed);
        } else if let Some(label) = bare.strip_prefix(NAMESPACE_LABELS) {
            names_namespaces = true;
            namespaces.requirements.push(renamed(requirement, label));
        } else if bare.starts_with("io.cilium.")
            || bare.starts_with("reserved:")
            || bare.contains(':')
        {
            whole = false;
        } else {
            pods.requirements.push(renamed(requirement, bare));
        }
    }
    let namespaces = names_namespaces.then_some(namespaces);
    (PluginPods { namespaces, pods }, whole)
}

/// Cilium writes the policy's own namespace over the one that the labels of its `endpointSelector` name: a policy of a
/// namespace is for the pods of that namespace alone (`ParseToCiliumRule`).
fn own_namespace<'a>(reading: &Reading<'a, '_>, selector: &'a Node, pods: &mut PluginPods<'a>) {
    let Some(namespaces) = &mut pods.namespaces else {
        return;
    };
    let labels = selector.get("matchLabels").and_then(Node::as_mapping);
    let is_written_over = labels
        .unwrap_or_default()
        .iter()
        .any(|entry| bare(&entry.key) == NAMESPACE);
    if is_written_over {
        let is_name = |one: &Requirement<'_>| matches!(one, Requirement::In(METADATA_NAME, values) if values.len() == 1);
        namespaces.requirements.retain(|one| !is_name(one));
    }
    let own = Requirement::In(METADATA_NAME, vec![reading.resource.namespace]);
    namespaces.requirements.push(own);
}

/// A key without the source of its label, which ends with a colon: `k8s.app` is a key of its own (`parseSource`).
fn bare(key: &str) -> &str {
    let mut prefixes = ["k8s:", "any:"].into_iter();
    prefixes
        .find_map(|prefix| key.strip_prefix(prefix))
        .unwrap_or(key)
}

fn renamed<'a>(requirement: Requirement<'a>, key: &'a str) -> Requirement<'a> {
    match requirement {
        Requirement::In(_, values) => Requirement::In(key, values),
        Requirement::NotIn(_, values) => Requirement::NotIn(key, values),
        Requirement::Exists(_) => Requirement::Exists(key),
        Requirement::DoesNotExist(_) => Requirement::DoesNotExist(key),
    }
}

/// The ports of `toPorts`; rules of HTTP and the like beside them let only some requests through.
fn ports<'a>(
    reading: &mut Reading<'a, '_>,
    groups: &'a [Node],
    perhaps: &mut bool,
) -> Vec<PolicyPort<'a>> {
    let mut listed = Vec::new();
    const KNOWN: [&str; 6] = [
        "ports",
        "terminatingTLS",
        "originatingTLS",
        "serverNames",
        "listener",
        "rules",
    ];
    for group in groups {
        reading.only_fields(group, &KNOWN);
        let keys = group.as_mapping().unwrap_or_default().iter();
        *perhaps |= keys.into_iter().any(|entry| entry.key != "ports");
        let entries = reading.list(group, "ports").unwrap_or_default();
        if entries.is_empty() {
            listed.push(every_port(group.span));
        }
        for entry in entries {
            listed.extend(port(reading, entry));
        }
    }
    listed
}

fn every_port<'a>(span: Span) -> PolicyPort<'a> {
    PolicyPort {
        span,
        ports: PortMatch::Numbered(PortSet::all()),
        names_protocol: false,
    }
}

fn port<'a>(reading: &mut Reading<'a, '_>, entry: &'a Node) -> Option<PolicyPort<'a>> {
    reading.only_fields(entry, &["port", "endPort", "protocol"]);
    let protocol = match reading.text(entry, "protocol") {
        None | Some(("ANY", _)) => None,
        Some((name, span)) => match Protocol::from_name(name) {
            Some(protocol) => Some(protocol),
            None if name.starts_with("ICMP") => return None,
            None => {
                reading.problem(span, format!("`{name}` is no protocol"));
                return None;
            }
        },
    };
    let Some((text, span)) = reading.text(entry, "port") else {
        reading.problem(entry.span, "an entry of `ports` has no `port`");
        return None;
    };
    let last = entry.get("endPort").filter(|last| !last.is_null());
    if let Some(wrong) = last.filter(|last| last.as_i64().is_none()) {
        reading.problem(wrong.span, "`endPort` is no number");
    }
    let last = last.and_then(Node::as_i64);
    let protocols = match protocol {
        Some(only) => vec![only],
        None => vec![Protocol::Tcp, Protocol::Udp, Protocol::Sctp],
    };
    let ports = match text.parse::<u16>() {
        Ok(0) => protocols
            .into_iter()
            .fold(PortSet::none(), |all, one| all.union(&PortSet::whole(one))),
        Ok(first) => {
            let last = last
                .and_then(|last| u16::try_from(last).ok())
                .unwrap_or(first);
            protocols.into_iter().fold(PortSet::none(), |all, one| {
                all.union(&PortSet::range(one, first, last))
            })
        }
        Err(_) => {
            return Some(PolicyPort {
                span,
                ports: PortMatch::Named(text, protocol),
                names_protocol: true,
            });
        }
    };
    Some(PolicyPort {
        span,
        ports: PortMatch::Numbered(ports),
        names_protocol: protocol.is_some(),
    })
}
