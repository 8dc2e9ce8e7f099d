//! CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy.
//!
//! A pod is isolated in a direction from the first policy with rules for it on, unless `enableDefaultDeny` says
//! otherwise; an empty list of rules does nothing. Refusals win over permissions. Blocks of addresses hold no pod of the
//! cluster: Cilium tells those by their identity. The reading is closed: what Cilium has no such field, type or value for
//! spoils the policy, and nothing is proven beside it.

use super::Reading;
use super::admin_network_policy::Action;
use super::cilium_ports::{Side, name, rule_ports};
use super::names;
use super::network_policy::strict_selector;
use super::plugin_policy::{Plugin, PluginPeer, PluginPods, PluginPolicy, PluginRule, blocks};
use crate::kernel::document::Node;
use crate::kernel::source::Span;
use crate::lint::cidr::Cidr;
use crate::lint::cidr::Family;
use crate::lint::selector::{LabelSelector, Requirement};

/// Reads a policy: one for each of its specs.
pub(crate) fn cilium_policies<'a>(mut reading: Reading<'a, '_>) -> Vec<PluginPolicy<'a>> {
    const KNOWN: [&str; 6] = ["apiVersion", "kind", "metadata", "spec", "specs", "status"];
    let resource = reading.resource.clone();
    reading.only_fields(resource.node, &KNOWN);
    let mut specs: Vec<&'a Node> = reading.mapping(resource.node, "spec").into_iter().collect();
    specs.extend(reading.list(resource.node, "specs").unwrap_or_default());
    if specs.is_empty() {
        reading.problem(resource.name_span, "it has neither `spec` nor `specs`");
    }
    let mut policies = Vec::new();
    for spec in specs {
        if reading.object(spec, &SPEC) {
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
    subjects(reading, spec, &mut policy);
    let default_deny = default_deny(reading, spec);
    let is_of_nodes = policy.subjects.contains(&PluginPeer::Nodes);
    for (side, key) in ["ingress", "egress"].into_iter().enumerate() {
        let refusals = format!("{key}Deny");
        let allowed = reading.list(spec, key).unwrap_or_default();
        let denied = reading.list(spec, &refusals).unwrap_or_default();
        // An empty list has no effect, although it looks like a default deny.
        let has_rules = !allowed.is_empty() || !denied.is_empty();
        policy.isolates[side] = has_rules && default_deny[side];
        for (rules, action) in [(denied, Action::Deny), (allowed, Action::Allow)] {
            for node in rules {
                let place = (action, side == 0, is_of_nodes);
                let rule = rule(reading, node, place, &mut policy.unsettled);
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

/// The pods that a policy is for; one of nodes is perhaps for those on the host network.
fn subjects<'a>(reading: &mut Reading<'a, '_>, spec: &'a Node, policy: &mut PluginPolicy<'a>) {
    let pods = reading.mapping(spec, "endpointSelector");
    let nodes = reading.mapping(spec, "nodeSelector");
    let is_clusterwide = is_clusterwide(reading);
    match (pods, nodes) {
        (Some(_), Some(_)) => reading.problem(
            spec.span,
            "`endpointSelector` and `nodeSelector` exclude each other",
        ),
        (None, None) => reading.problem(spec.span, "`endpointSelector` is missing"),
        (None, Some(nodes)) if is_clusterwide => {
            strict_selector(reading, nodes);
            policy.perhaps = true;
            policy.subjects.push(PluginPeer::Nodes);
        }
        (None, Some(_)) => reading.problem(spec.span, "`nodeSelector` is for the whole cluster"),
        (Some(selector), None) => {
            let (mut pods, whole) = match endpoints(reading, selector) {
                Endpoints::Pods(pods, whole) => (pods, whole),
                Endpoints::Anyone => {
                    let what = "the labels that its `endpointSelector` asks for are not evaluated";
                    policy.unsettled.push((what.to_owned(), selector.span));
                    policy.perhaps = true;
                    policy.subjects.push(PluginPeer::Anyone);
                    return;
                }
            };
            if !is_clusterwide {
                own_namespace(reading, selector, &mut pods);
            }
            policy.perhaps = !whole;
            policy.subjects.push(PluginPeer::Pods(pods));
        }
    }
}

fn is_clusterwide(reading: &Reading<'_, '_>) -> bool {
    reading.resource.kind == "CiliumClusterwideNetworkPolicy"
}

/// The fields of a rule after `from` or `to`, and whether those of the other direction, and of refusals, have them.
const PEERS: [(&str, [bool; 2], bool); 8] = [
    ("Endpoints", [true, true], true),
    ("Entities", [true, true], true),
    ("CIDR", [true, true], true),
    ("CIDRSet", [true, true], true),
    ("Nodes", [true, true], true),
    ("Groups", [true, true], true),
    ("Services", [false, true], true),
    ("FQDNs", [false, true], false),
];

fn rule<'a>(
    reading: &mut Reading<'a, '_>,
    node: &'a Node,
    (action, is_ingress, is_of_nodes): (Action, bool, bool),
    unsettled: &mut Vec<(String, Span)>,
) -> PluginRule<'a> {
    let mut rule = PluginRule {
        span: node.span,
        action,
        peers: Vec::new(),
        ports: None,
        perhaps: false,
    };
    if node.as_mapping().is_none() {
        reading.problem(node.span, format!("a rule is {}", node.kind()));
    }
    let prefix = if is_ingress { "from" } else { "to" };
    // Lists of peers that are written, and those that are written empty.
    let (mut named, mut emptied) = (0, false);
    for entry in node.as_mapping().unwrap_or_default() {
        let key = entry.key.as_str();
        let kind = key.strip_prefix(prefix);
        let is_peer = PEERS.iter().any(|(name, sides, refusals)| {
            kind == Some(name)
                && sides[usize::from(!is_ingress)]
                && (*refusals || action == Action::Allow)
        });
        if is_peer {
            let listed = reading.list(node, key);
            emptied |= listed.is_some_and(<[_]>::is_empty);
            named += usize::from(listed.is_some_and(|listed| !listed.is_empty()));
            peers(reading, (node, key), kind.unwrap_or_default(), &mut rule);
        }
        match key {
            _ if is_peer => {}
            "toPorts" | "icmps" => {}
            // Traffic is let through where both ends prove themselves.
            "authentication" if action == Action::Allow => {
                if let Some(how) = reading.mapping(node, key) {
                    reading.only_fields(how, &["mode"]);
                    let mode = reading.text(how, "mode").map(|(mode, _)| mode);
                    if !matches!(mode, Some("required" | "disabled" | "test-always-fail")) {
                        reading.problem(how.span, "`mode` is none that Cilium knows");
                    }
                    rule.perhaps = true;
                }
            }
            "fromRequires" | "toRequires" if kind == Some("Requires") => {}
            _ => {
                let what = format!("`{key}` is no field of such a rule");
                reading.problem(entry.key_span, what);
            }
        }
        if kind == Some("Nodes") {
            let what = format!("`{key}` voids it unless Cilium selects nodes by their labels");
            unsettled.push((what, entry.key_span));
        }
        if key == "toServices" || kind == Some("Requires") {
            unsettled.push((format!("`{key}` is not evaluated"), entry.key_span));
        }
    }
    if named > 1 {
        reading.problem(node.span, "a rule names its peers in one way alone");
    }
    let side = Side {
        is_ingress,
        is_of_nodes,
    };
    rule_ports(reading, node, side, &mut rule);
    // A rule that names ports and nobody lets everybody in on them; one that names nothing lets nobody in. A list of
    // nobody means nobody, but once meant everybody.
    if named == 0 && rule.ports.is_some() {
        rule.peers.push(match emptied {
            true => PluginPeer::Anyone,
            false => PluginPeer::Everyone,
        });
    }
    rule
}

/// The peers of one field of a rule.
fn peers<'a>(
    reading: &mut Reading<'a, '_>,
    (node, key): (&'a Node, &str),
    kind: &str,
    rule: &mut PluginRule<'a>,
) {
    let listed = reading.list(node, key).unwrap_or_default();
    match kind {
        "Endpoints" => {
            for selector in listed {
                match endpoints(reading, selector) {
                    Endpoints::Anyone => rule.peers.push(PluginPeer::Anyone),
                    Endpoints::Pods(pods, whole) => {
                        rule.perhaps |= !whole;
                        rule.peers.push(PluginPeer::Pods(pods));
                    }
                }
            }
        }
        "Entities" => {
            for one in reading.texts(node, key) {
                if !entity(one, rule) {
                    let what = format!("`{one}` is no entity");
                    reading.problem(node.span, what);
                }
            }
        }
        "CIDR" => {
            let texts = reading.texts(node, key);
            let found = blocks(reading, &texts, node.span);
            rule.peers.push(PluginPeer::Outside(found));
        }
        "CIDRSet" => cidr_set(reading, listed, rule),
        _ => {
            let known: &[&str] = match kind {
                "Nodes" => &["matchLabels", "matchExpressions"],
                "Groups" => &["aws"],
                "Services" => &["k8sService", "k8sServiceSelector"],
                _ => &["matchName", "matchPattern"],
            };
            for one in listed {
                reading.object(one, known);
                if kind == "FQDNs" {
                    name(reading, one);
                    if one.get("matchName").is_some() && one.get("matchPattern").is_some() {
                        let what = "`matchName` and `matchPattern` exclude each other";
                        reading.problem(one.span, what);
                    }
                }
            }
            rule.peers.push(match kind {
                // What is behind a Service may be pods.
                "Services" => PluginPeer::Anyone,
                _ => PluginPeer::Somewhere,
            });
        }
    }
}

fn cidr_set<'a>(reading: &mut Reading<'a, '_>, listed: &'a [Node], rule: &mut PluginRule<'a>) {
    const KNOWN: [&str; 4] = ["cidr", "cidrGroupRef", "cidrGroupSelector", "except"];
    for entry in listed {
        if !reading.object(entry, &KNOWN) {
            continue;
        }
        let texts = reading.texts(entry, "except");
        let except = blocks(reading, &texts, entry.span);
        // A single address is a block in `fromCIDR` alone.
        let block = entry.get("cidr").and_then(Node::as_str);
        if texts
            .into_iter()
            .chain(block)
            .any(|text| !text.contains('/'))
        {
            reading.problem(entry.span, "a block of a set has a length, such as `/32`");
        }
        let group = reading.text(entry, "cidrGroupRef").is_some()
            || reading.mapping(entry, "cidrGroupSelector").is_some();
        match (reading.text(entry, "cidr"), group) {
            (Some((text, span)), false) => {
                let found = blocks(reading, &[text], span);
                if except
                    .iter()
                    .any(|except| !found.iter().all(|block| block.holds(*except)))
                {
                    reading.problem(span, "`except` is no part of `cidr`");
                }
                let left = found.into_iter().flat_map(|block| block.without(&except));
                rule.peers.push(PluginPeer::Outside(left.collect()));
            }
            // A group of blocks by name.
            (None, true) => rule.peers.push(PluginPeer::Somewhere),
            (Some(_), true) => {
                reading.problem(entry.span, "a block and a group exclude each other")
            }
            (None, false) => reading.problem(entry.span, "neither a block nor a group is named"),
        }
    }
}

/// Takes an entity among the peers; false where there is none of that name.
fn entity(name: &str, rule: &mut PluginRule<'_>) -> bool {
    let whole = |families: &[Family]| {
        PluginPeer::Outside(families.iter().map(|family| Cidr::whole(*family)).collect())
    };
    let peer = match name {
        "all" => PluginPeer::Everyone,
        "world" => whole(&[Family::V4, Family::V6]),
        "world-ipv4" => whole(&[Family::V4]),
        "world-ipv6" => whole(&[Family::V6]),
        "cluster" => {
            rule.peers.push(PluginPeer::Pods(PluginPods {
                namespaces: Some(LabelSelector::default()),
                pods: LabelSelector::default(),
            }));
            PluginPeer::Somewhere
        }
        "none" | "health" => return true,
        // Nodes, the API server, the ingress proxy.
        "host" | "remote-node" | "kube-apiserver" | "ingress" => PluginPeer::Somewhere,
        // Pods that have no labels yet, or that Cilium does not manage.
        "init" | "unmanaged" => PluginPeer::Anyone,
        _ => return false,
    };
    rule.peers.push(peer);
    true
}

const NAMESPACE: &str = "io.kubernetes.pod.namespace";
const METADATA_NAME: &str = "kubernetes.io/metadata.name";
const NAMESPACE_LABELS: &str = "io.cilium.k8s.namespace.labels.";

/// What a selector of endpoints means.
enum Endpoints<'a> {
    /// Pods, and whether all that is asked of them is read.
    Pods(PluginPods<'a>, bool),
    /// Perhaps anyone, the world and nodes included.
    Anyone,
}

/// Reads a selector of endpoints. A namespace among the labels chooses namespaces; without one a policy of a namespace
/// means its own, one of the cluster whatever is in one (`getEndpointSelector`).
fn endpoints<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Endpoints<'a> {
    if node.as_mapping().is_none() {
        reading.problem(node.span, format!("a selector is {}", node.kind()));
    }
    let written = strict_selector(reading, node);
    // The source of a label becomes a part of its key (`GetExtendedKeyFrom`), and then it is one of Kubernetes.
    for one in &written.requirements {
        let key = one.key().replacen(':', ".", 1);
        if let Some(wrong) = names::wrong_requirement(&key, one.values()) {
            reading.problem(node.span, wrong);
        }
    }
    let is_clusterwide = is_clusterwide(reading);
    let mut namespaces = LabelSelector::default();
    let mut pods = LabelSelector::default();
    let (mut names_namespace, mut names_labels) = (false, false);
    let (mut whole, mut is_positive) = (true, false);
    for requirement in written.requirements {
        let bare = bare(requirement.key());
        is_positive |= matches!(requirement, Requirement::In(..) | Requirement::Exists(_));
        if bare == NAMESPACE {
            names_namespace = true;
            let renamed = renamed(requirement, METADATA_NAME);
            namespaces.requirements.push(renamed);
        } else if let Some(label) = bare.strip_prefix(NAMESPACE_LABELS) {
            names_labels = true;
            namespaces.requirements.push(renamed(requirement, label));
        } else if bare.contains(':') || bare == "io.cilium.k8s.policy.cluster" {
            // Labels of what is no pod (`reserved:world`, `cidr:…`), or of other clusters.
            return Endpoints::Anyone;
        } else if is_left_out(bare) {
            whole = false;
        } else {
            pods.requirements.push(renamed(requirement, bare));
        }
    }
    // Where nothing is asked but absences, and no namespace is added to it, what is no pod has them too.
    let adds_namespace = !names_namespace && (is_clusterwide || !names_labels);
    if !is_positive && !adds_namespace {
        return Endpoints::Anyone;
    }
    let chooses = is_clusterwide || names_namespace || names_labels;
    let namespaces = chooses.then_some(namespaces);
    Endpoints::Pods(PluginPods { namespaces, pods }, whole)
}

/// Labels that Cilium has of its own, or leaves out of identities unless it is told otherwise.
fn is_left_out(key: &str) -> bool {
    let of_kubernetes = key.contains("kubernetes.io/") && !key.starts_with("app.kubernetes.io/");
    key.starts_with("io.cilium.")
        || key.starts_with("io.kubernetes.")
        || key.starts_with("annotation.")
        || of_kubernetes
        || key.contains("k8s.io/")
        || matches!(
            key,
            "pod-template-hash"
                | "pod-template-generation"
                | "controller-revision-hash"
                | "controller-uid"
                | "job-name"
                | "etcd_node"
        )
}

/// Cilium writes the policy's own namespace over the one that the labels of its `endpointSelector` name: a policy of a
/// namespace is for the pods of that namespace alone (`ParseToCiliumRule`).
fn own_namespace<'a>(reading: &Reading<'a, '_>, selector: &'a Node, pods: &mut PluginPods<'a>) {
    let Some(namespaces) = &mut pods.namespaces else {
        return;
    };
    let labels = selector.get("matchLabels").and_then(Node::as_mapping);
    // A label of any source stands beside it, and must hold as well.
    let is_written_over = labels
        .unwrap_or_default()
        .iter()
        .any(|entry| entry.key.strip_prefix("k8s:") == Some(NAMESPACE));
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
