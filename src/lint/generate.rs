//! The smallest policies under which wanted connections work: from assertions, from flows, from references.
//!
//! Each workload that takes part gets one NetworkPolicy with its callers and what it calls, by the labels of its pods;
//! each of their namespaces gets a default-deny. Where mesh policies are asked for, each callee gets an
//! AuthorizationPolicy for its callers' identities, and each namespace STRICT.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::assertions::Assertion;
use super::injection::{Membership, membership};
use super::model::Model;
use super::model::istio::selects;
use super::model::kubernetes::{Service, Workload};
use super::offers;
use super::ports::{PortSet, Protocol};
use super::reachability::{Caller, Party, service_target};
use crate::kernel::document::{Node, Value};

mod closed;
mod flows;

pub use closed::closed;
pub use flows::{Flows, from_hubble};

/// A connection that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Who calls.
    pub from: Caller,
    /// The workload that is called, by its position in the model.
    pub to: usize,
    /// On which ports.
    pub ports: PortSet,
}

/// What was generated.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Generated {
    /// The manifests.
    pub manifests: String,
    /// What could not be made, and why.
    pub remarks: Vec<String>,
}

/// What the assertions of a file want.
///
/// # Errors
/// [`super::assertions::AssertionError`] where they name what the model lacks.
pub fn from_assertions(
    model: &Model<'_>,
    assertions: &[Assertion],
) -> Result<Vec<Wanted>, super::assertions::AssertionError> {
    let wanted: Result<Vec<_>, _> = assertions.iter().map(|one| one.wanted(model)).collect();
    Ok(wanted?.into_iter().flatten().collect())
}

/// What the manifests refer to: names of Services in the commands, arguments and variables of containers.
pub fn from_references(model: &Model<'_>) -> Vec<Wanted> {
    let mut wanted = Vec::new();
    for (from, workload) in model.workloads.iter().enumerate() {
        let mut texts = Vec::new();
        for key in ["containers", "initContainers"] {
            for container in workload
                .spec
                .get(key)
                .and_then(Node::as_sequence)
                .unwrap_or_default()
            {
                for part in ["env", "args", "command"] {
                    strings(container.get(part), &mut texts);
                }
            }
        }
        for text in texts {
            for (host, port) in hosts(text) {
                refer(model, (from, workload), (host, port), &mut wanted);
            }
        }
    }
    wanted
}

fn strings<'a>(node: Option<&'a Node>, into: &mut Vec<&'a str>) {
    match node.map(|node| &node.value) {
        Some(Value::String(text)) => into.push(text),
        Some(Value::Sequence(items)) => items.iter().for_each(|item| strings(Some(item), into)),
        Some(Value::Mapping(entries)) => {
            entries
                .iter()
                .for_each(|entry| strings(Some(&entry.value), into));
        }
        _ => {}
    }
}

/// What looks like a host in a text, with its port.
fn hosts(text: &str) -> impl Iterator<Item = (&str, Option<u16>)> {
    let is_apart = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'));
    text.split(is_apart).map(|word| match word.split_once(':') {
        Some((host, port)) => (host, port.parse().ok()),
        None => (word, None),
    })
}

fn refer(
    model: &Model<'_>,
    (from, client): (usize, &Workload<'_>),
    (host, port): (&str, Option<u16>),
    wanted: &mut Vec<Wanted>,
) {
    let mut parts = host.splitn(3, '.');
    let name = parts.next().unwrap_or_default();
    let namespace = parts.next().unwrap_or(client.resource.namespace);
    let rest = parts.next();
    if rest.is_some_and(|rest| rest != "svc" && !rest.starts_with("svc.")) {
        return;
    }
    let named = model
        .services
        .iter()
        .filter(|service| service.resource.name == name && service.resource.namespace == namespace);
    for service in named {
        // A bare word is a name only beside a port: `default` and `app` are Services too.
        if port.is_none() && !host.contains('.') {
            continue;
        }
        for (to, server) in model.workloads.iter().enumerate() {
            if to == from || !service.selects(server) {
                continue;
            }
            let ports = service
                .ports
                .iter()
                .filter(|candidate| port.is_none_or(|port| port == candidate.number))
                .filter_map(|port| service_target(port, server))
                .fold(PortSet::none(), |set, port| set.union(&port));
            if !ports.is_empty() {
                wanted.push(Wanted {
                    from: Caller::Workload(from),
                    to,
                    ports,
                });
            }
        }
    }
}

/// What one workload needs.
#[derive(Default)]
struct Needs {
    ingress: BTreeMap<String, PortSet>,
    egress: BTreeMap<String, PortSet>,
    principals: BTreeMap<String, PortSet>,
    has_other_callers: bool,
    /// Whether somebody calls it by whom the outside gets in.
    is_entered: bool,
}

/// The smallest policies under which everything wanted works.
pub fn generate(model: &Model<'_>, wanted: &[Wanted], with_mesh: bool) -> Generated {
    let mut generated = Generated::default();
    let mut needs: BTreeMap<usize, Needs> = BTreeMap::new();
    let domain = model.trust_domains().names.into_iter().next();
    let domain = domain.unwrap_or_else(|| "cluster.local".to_owned());
    for one in wanted {
        let Some(server) = model.workloads.get(one.to) else {
            continue;
        };
        let tunnelled = tunnelled(model, server, one);
        let own = needs.entry(one.to).or_default();
        // Without labels it would be every pod of its namespace.
        if let Some(caller) = peer(model, &one.from, server.resource.namespace) {
            add(&mut own.ingress, caller, &tunnelled);
        }
        match &one.from {
            Caller::Workload(from) => {
                if let Some(client) = model.workloads.get(*from) {
                    own.is_entered |= is_entry(model, client);
                    let (namespace, account) = (client.resource.namespace, client.service_account);
                    let principal = format!("{domain}/ns/{namespace}/sa/{account}");
                    add(&mut own.principals, principal, &one.ports);
                    let calling = needs.entry(*from).or_default();
                    if let Some(callee) = peer(model, &Caller::Workload(one.to), namespace) {
                        add(&mut calling.egress, callee, &tunnelled);
                    }
                }
            }
            _ => own.has_other_callers = true,
        }
    }
    let mut namespaces = BTreeSet::new();
    shut_out(model, &needs, &mut generated.remarks);
    for (position, needs) in &needs {
        let Some(workload) = model.workloads.get(*position) else {
            continue;
        };
        let namespace = workload.resource.namespace;
        if membership(model, workload) == Membership::Ambient && is_probed(workload) {
            generated.remarks.push(format!(
                "{} is probed by the kubelet, in ambient mode from 169.254.7.127: let that address in",
                workload.resource.subject()
            ));
        }
        if namespaces.insert(namespace) {
            write_default_deny(&mut generated.manifests, namespace, with_mesh);
            let mut own = model.workloads_in(namespace);
            let has_proxy = |one: &Workload<'_>| membership(model, one) == Membership::Sidecar;
            if with_mesh && own.any(has_proxy) {
                write_control_plane(&mut generated.manifests, model, namespace);
            }
        }
        if labels(workload).is_empty() {
            let subject = workload.resource.subject();
            generated.remarks.push(format!(
                "{subject} has no labels: no policy can select it, and no rule can let it in alone"
            ));
            continue;
        }
        for other in model.workloads_in(namespace) {
            let chosen = labels(workload);
            let matches = chosen
                .iter()
                .all(|(key, value)| other.labels.get(key) == Some(value));
            if matches && Party::of(other) != Party::of(workload) {
                generated.remarks.push(format!(
                    "{} has the labels of {} as well: they share a policy",
                    other.resource.subject(),
                    workload.resource.subject()
                ));
            }
        }
        write_policy(&mut generated.manifests, workload, needs);
        if with_mesh {
            write_authorization(&mut generated, workload, needs);
        }
    }
    generated
}

/// The ports of a wanted connection, with the one that it arrives on where the server's node tunnels it.
fn tunnelled(model: &Model<'_>, server: &Workload<'_>, wanted: &Wanted) -> PortSet {
    const HBONE: u16 = 15008;
    let in_mesh = |one: &Workload<'_>| {
        matches!(
            membership(model, one),
            Membership::Ambient | Membership::Sidecar
        )
    };
    let may_tunnel = match wanted.from {
        Caller::Workload(from) => model.workloads.get(from).is_some_and(in_mesh),
        Caller::Namespace(_) => true,
        Caller::Addresses(_) => false,
    };
    if membership(model, server) == Membership::Ambient && may_tunnel {
        let tunnel = PortSet::range(Protocol::Tcp, HBONE, HBONE);
        return wanted.ports.union(&tunnel);
    }
    wanted.ports.clone()
}

/// Whether the kubelet asks its containers how they are.
fn is_probed(workload: &Workload<'_>) -> bool {
    let containers = workload.spec.get("containers").and_then(Node::as_sequence);
    let probes = ["livenessProbe", "readinessProbe", "startupProbe"];
    containers
        .unwrap_or_default()
        .iter()
        .any(|one| probes.iter().any(|probe| one.get(probe).is_some()))
}

fn add(to: &mut BTreeMap<String, PortSet>, key: String, ports: &PortSet) {
    let known = to.entry(key).or_default();
    *known = known.union(ports);
}

/// The labels that select a workload's pods: those of its own selector, else those of its pods that do not change.
fn labels<'a>(workload: &Workload<'a>) -> Vec<(&'a str, &'a str)> {
    const CHANGING: [&str; 4] = [
        "pod-template-hash",
        "controller-revision-hash",
        "pod-template-generation",
        "statefulset.kubernetes.io/pod-name",
    ];
    let selector = workload.resource.at(&["spec", "selector", "matchLabels"]);
    let own = selector.and_then(Node::as_mapping).unwrap_or_default();
    let own: Vec<(&str, &str)> = own
        .iter()
        .filter_map(|entry| Some((entry.key.as_str(), entry.value.as_str()?)))
        .filter(|(key, value)| workload.labels.get(key) == Some(value))
        .collect();
    if !own.is_empty() {
        return own;
    }
    let all = workload.labels.iter().map(|(key, value)| (*key, *value));
    all.filter(|(key, _)| !CHANGING.contains(key)).collect()
}

/// A peer, seen from a namespace, as an item of `from` or `to`; none where no label tells its pods from others.
fn peer(model: &Model<'_>, caller: &Caller, seen_from: &str) -> Option<String> {
    let space = |name: &str| {
        format!(
            "    - namespaceSelector:\n        matchLabels:\n          kubernetes.io/metadata.name: {}\n",
            scalar(name)
        )
    };
    Some(match caller {
        Caller::Namespace(name) if name == seen_from => "    - podSelector: {}\n".to_owned(),
        Caller::Namespace(name) => space(name),
        Caller::Addresses(block) => format!(
            "    - ipBlock:\n        cidr: {}\n",
            scalar(&block.to_string())
        ),
        Caller::Workload(position) => {
            let workload = model.workloads.get(*position)?;
            if labels(workload).is_empty() {
                return None;
            }
            let own = workload.resource.namespace;
            let (mut text, dash) = if own == seen_from {
                (String::new(), "-")
            } else {
                (space(own), " ")
            };
            let _ = writeln!(text, "    {dash} podSelector:\n        matchLabels:");
            for (key, value) in labels(workload) {
                let _ = writeln!(text, "          {}: {}", scalar(key), scalar(value));
            }
            text
        }
    })
}

fn write_default_deny(text: &mut String, namespace: &str, with_mesh: bool) {
    let namespace = scalar(namespace);
    let _ = write!(
        text,
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: default-deny\n  namespace: \
         {namespace}\nspec:\n  podSelector: {{}}\n  policyTypes: [Ingress, Egress]\n"
    );
    if with_mesh {
        let _ = write!(
            text,
            "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: \
             {namespace}\nspec:\n  mtls:\n    mode: STRICT\n"
        );
    }
}

/// A proxy without its control plane has neither configuration nor certificates: nothing of what is wanted would work.
fn write_control_plane(text: &mut String, model: &Model<'_>, namespace: &str) {
    let root = model.options.root_namespace.as_str();
    let _ = write!(
        text,
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: mesh-control-plane\n  namespace: \
         {}\nspec:\n  podSelector: {{}}\n  policyTypes: [Egress]\n  egress:\n  - to:\n    - namespaceSelector:\n        \
         matchLabels:\n          kubernetes.io/metadata.name: {}\n",
        scalar(namespace),
        scalar(root)
    );
    // Where the input shows the namespace, but not istiod by its usual label, any pod of it may be the one.
    let mut of_root = model.workloads_in(root).peekable();
    let is_usual = |one: &Workload<'_>| one.labels.get("app").copied() == Some("istiod");
    if of_root.peek().is_none() && !model.sees_namespace(root) || of_root.any(is_usual) {
        text.push_str("      podSelector:\n        matchLabels:\n          app: istiod\n");
    }
    text.push_str("    ports:\n    - protocol: TCP\n      port: 15012\n");
    text.push_str(DNS);
}

/// Workloads that are offered outside, and whom nobody said that the outside may call.
fn shut_out(model: &Model<'_>, needs: &BTreeMap<usize, Needs>, remarks: &mut Vec<String>) {
    let routed = offers::routed(model);
    for (position, needs) in needs {
        let Some(workload) = model.workloads.get(*position) else {
            continue;
        };
        if needs.has_other_callers || needs.is_entered {
            continue;
        }
        let services = model.services_in(workload.resource.namespace);
        let offered = services
            .filter(|service| service.selects(workload))
            .find_map(|service| {
                let resource = &service.resource;
                let key = (resource.namespace.to_owned(), resource.name.to_owned());
                match (is_outside(service), routed.contains(&key)) {
                    (true, _) => Some(resource.subject()),
                    (false, true) => Some(format!("a route to {}", resource.subject())),
                    (false, false) => None,
                }
            });
        if let Some(by) = offered {
            remarks.push(format!(
                "{} is offered outside by {by}, and nothing says that anybody outside calls it: the default-deny shuts \
                 them out",
                workload.resource.subject(),
            ));
        }
    }
}

/// Whether a Service takes what comes from outside.
fn is_outside(service: &Service<'_>) -> bool {
    let kind = service
        .resource
        .at(&["spec", "type"])
        .and_then(Node::as_str);
    matches!(kind, Some("LoadBalancer" | "NodePort"))
}

/// Whether the outside gets in by a workload: a gateway or the controller of an ingress.
fn is_entry(model: &Model<'_>, workload: &Workload<'_>) -> bool {
    let mut services = model.services_in(workload.resource.namespace);
    let mut gateways = model.mesh.gateways.iter();
    workload.host_network.is_some()
        || services.any(|service| service.selects(workload) && is_outside(service))
        || gateways.any(|gateway| selects(&gateway.selector, &workload.labels))
}

fn write_policy(text: &mut String, workload: &Workload<'_>, needs: &Needs) {
    // The default-deny says all that there is to say.
    if needs.ingress.is_empty() && needs.egress.is_empty() {
        return;
    }
    let types = match (needs.ingress.is_empty(), needs.egress.is_empty()) {
        (false, false) => "Ingress, Egress",
        (false, true) => "Ingress",
        _ => "Egress",
    };
    let _ = write!(
        text,
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: {}\n  namespace: {}\nspec:\n  \
         podSelector:\n    matchLabels:\n",
        scalar(workload.owner().1),
        scalar(workload.resource.namespace)
    );
    for (key, value) in labels(workload) {
        let _ = writeln!(text, "      {}: {}", scalar(key), scalar(value));
    }
    let _ = writeln!(text, "  policyTypes: [{types}]");
    for (section, key, peers) in [
        ("ingress", "from", &needs.ingress),
        ("egress", "to", &needs.egress),
    ] {
        if peers.is_empty() {
            continue;
        }
        let _ = writeln!(text, "  {section}:");
        for (peer, ports) in peers {
            let _ = write!(text, "  - {key}:\n{peer}");
            write_ports(text, ports);
        }
        if section == "egress" {
            text.push_str(DNS);
        }
    }
}

const DNS: &str = "  - to:
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: kube-system
      podSelector:
        matchLabels:
          k8s-app: kube-dns
    ports:
    - protocol: UDP
      port: 53
    - protocol: TCP
      port: 53
";

fn write_ports(text: &mut String, ports: &PortSet) {
    if ports.is_all() {
        return;
    }
    text.push_str("    ports:\n");
    for (protocol, first, last) in ports.ranges() {
        let _ = writeln!(text, "    - protocol: {}", protocol.name());
        if (first, last) != (1, u16::MAX) {
            let _ = writeln!(text, "      port: {first}");
            if last > first {
                let _ = writeln!(text, "      endPort: {last}");
            }
        }
    }
}

fn write_authorization(generated: &mut Generated, workload: &Workload<'_>, needs: &Needs) {
    if needs.principals.is_empty() {
        return;
    }
    if needs.has_other_callers {
        let subject = workload.resource.subject();
        generated.remarks.push(format!(
            "{subject} has callers without a mesh identity: it gets no AuthorizationPolicy"
        ));
        return;
    }
    let text = &mut generated.manifests;
    let _ = write!(
        text,
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: {}\n  namespace: {}\nspec:\n  \
         selector:\n    matchLabels:\n",
        scalar(workload.owner().1),
        scalar(workload.resource.namespace)
    );
    for (key, value) in labels(workload) {
        let _ = writeln!(text, "      {}: {}", scalar(key), scalar(value));
    }
    text.push_str("  action: ALLOW\n  rules:\n");
    for (principal, ports) in &needs.principals {
        let _ = write!(
            text,
            "  - from:\n    - source:\n        principals: [{}]\n",
            scalar(principal)
        );
        let single: Option<Vec<u16>> = ports
            .ranges()
            .map(|(protocol, first, last)| {
                (protocol == Protocol::Tcp && first == last).then_some(first)
            })
            .collect();
        if let Some(single) = single {
            let single: Vec<String> = single.iter().map(|port| format!("\"{port}\"")).collect();
            let _ = write!(
                text,
                "    to:\n    - operation:\n        ports: [{}]\n",
                single.join(", ")
            );
        }
    }
}

/// A scalar that YAML reads as this text.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 14] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf", "e", "o", "x",
    ];
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_plain {
        text.to_owned()
    } else {
        serde_json::Value::String(text.to_owned()).to_string()
    }
}

#[cfg(test)]
mod tests;
