//! What a client sends to a Service: plaintext, mTLS, or TLS of its own.
//!
//! Istio's order: what the client's Sidecar imports, the DestinationRule, automatic mTLS, the endpoint
//! (`pilot/pkg/networking/core/cluster_tls.go`, `loadbalancer`).

use super::effective_mtls::{self, Mode, Modes};
use super::injection::{Membership, membership};
use super::interception::past_own_sidecar;
use super::mesh_facts::host_covers;
use super::model::Model;
use super::model::istio::{DestinationRule, Sidecar, TrafficPolicy, selects};
use super::model::kubernetes::{Service, ServicePort, Workload};
use super::transport::{fronts, no_proxy, on_port};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::document::Node;

/// What a client sends to a port of a Service's endpoint: every possibility.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wiring {
    /// Plaintext.
    pub plaintext: bool,
    /// mTLS with the client's mesh identity.
    pub mtls: bool,
    /// TLS of the DestinationRule's own, without a mesh identity.
    pub own_tls: bool,
    /// Whether the client sends what the endpoint's own mode takes, whatever that is.
    pub adapts: bool,
    /// Whether the client's proxy lets the connection go at all. It keeps an application from its mistakes, not from its
    /// intent: what could be sent is told all the same.
    pub blocked: Blocked,
    /// Why, in words.
    pub because: Vec<String>,
    /// The index of the DestinationRule that decides.
    pub rule: Option<usize>,
}

/// Whether a proxy refuses to connect, because it knows no such host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Blocked {
    /// It connects.
    #[default]
    No,
    /// The mesh's policy, which the input lacks, decides.
    Perhaps,
    /// It refuses.
    Yes,
}

impl Wiring {
    /// What is sent, in words.
    pub fn named(&self) -> &'static str {
        match (self.plaintext, self.mtls, self.own_tls) {
            (true, false, false) => "plaintext",
            (false, true, false) => "mTLS",
            (false, false, true) => "TLS without a mesh identity",
            (true, true, _) => "mTLS or plaintext",
            (true, false, true) => "plaintext or TLS without a mesh identity",
            (false, true, true) => "mTLS or TLS without a mesh identity",
            (false, false, false) => "nothing",
        }
    }
}

/// A client, the Service it calls if it calls one, the endpoint and its port.
#[derive(Debug, Clone, Copy)]
pub struct Path<'m, 'a> {
    /// Who calls.
    pub client: &'m Workload<'a>,
    /// By which Service; none for a call to the pod's own address.
    pub service: Option<&'m Service<'a>>,
    /// The endpoint.
    pub server: &'m Workload<'a>,
    /// The endpoint's port.
    pub port: u16,
}

/// What the client sends on this path.
pub fn wiring(model: &Model<'_>, path: &Path<'_, '_>) -> Wiring {
    let mut wiring = Wiring::default();
    match membership(model, path.client) {
        Membership::Outside(outside) => {
            wiring.plaintext = true;
            wiring.because.push(format!(
                "{} has no proxy: {}",
                path.client.resource.subject(),
                no_proxy(path.client, &outside)
            ));
        }
        // ztunnel speaks HBONE to whoever is in the mesh, and reads no DestinationRule.
        Membership::Ambient => endpoint(model, path, &mut wiring),
        Membership::Sidecar => {
            sidecar(model, path, &mut wiring);
            if let Some(why) = past_own_sidecar(path.client) {
                wiring.plaintext = true;
                wiring.adapts = false;
                wiring.because.push(why);
            }
        }
        Membership::Unknown(why) => {
            sidecar(model, path, &mut wiring);
            wiring.plaintext = true;
            wiring.adapts = false;
            wiring.because.push(format!("it may have no proxy: {why}"));
        }
    }
    wiring
}

fn sidecar(model: &Model<'_>, path: &Path<'_, '_>, wiring: &mut Wiring) {
    if let Some(service) = path.service
        && let Some(sidecar) = hides(model, path.client, service)
    {
        let subject = sidecar.resource.subject();
        let service = service.resource.subject();
        wiring.plaintext = true;
        let fate;
        (wiring.blocked, fate) = match outbound(model, sidecar) {
            Some("ALLOW_ANY") => (Blocked::No, "the connection is passed through as it is"),
            Some("REGISTRY_ONLY") => (
                Blocked::Yes,
                "the proxy refuses what it does not know (REGISTRY_ONLY)",
            ),
            _ => (
                Blocked::Perhaps,
                "the connection is passed through as it is, unless the mesh's `outboundTrafficPolicy`, which the input \
                 does not show, is REGISTRY_ONLY",
            ),
        };
        let why = format!("{subject} does not import {service}: {fate}");
        wiring.because.push(why);
        return;
    }
    let rules = path.service.map_or_else(Vec::new, |service| {
        destination_rules(model, path.client, service)
    });
    let ports = path
        .service
        .map_or_else(Vec::new, |service| service_ports(service, path));
    wiring.rule = rules.first().map(|(index, _)| *index);
    let rules: Vec<_> = rules.into_iter().map(|(_, rule)| rule).collect();
    let asked = if ports.is_empty() {
        vec![None]
    } else {
        ports.iter().map(|port| Some(*port)).collect()
    };
    // To balance by the endpoint's own address or not, where no settings of TLS are found.
    let mut left = Vec::new();
    for one in settings(model, &rules, path.server) {
        let modes = asked.iter().map(|port| mode(one.policy?, *port));
        let modes: Vec<_> = modes.collect();
        if modes.contains(&None) {
            left.push(one.policy.is_some_and(|policy| policy.passthrough));
        }
        for mode in modes.into_iter().flatten() {
            let because = format!("{} sets {mode}{}", one.subject, one.beside);
            if !wiring.because.contains(&because) {
                wiring.because.push(because);
            }
            match mode {
                "DISABLE" => wiring.plaintext = true,
                "ISTIO_MUTUAL" => wiring.mtls = true,
                _ => wiring.own_tls = true,
            }
        }
    }
    left.arrange();
    left.dedup();
    for passes in left {
        automatic(model, path, passes, wiring);
    }
}

/// The policy for hosts that a client's proxy does not know: its Sidecar's, else the mesh's; none where the input
/// does not settle it.
fn outbound<'m>(model: &'m Model<'_>, sidecar: &Sidecar<'m>) -> Option<&'m str> {
    if sidecar.outbound.is_some() {
        return sidecar.outbound;
    }
    let mut modes = model.mesh.configs.iter().map(|config| {
        let mode = config.outbound.as_deref();
        mode.unwrap_or("ALLOW_ANY")
    });
    let first = modes.next()?;
    modes.all(|mode| mode == first).then_some(first)
}

/// Settings that may hold, and whose they are.
struct Settings<'m, 'a> {
    policy: Option<&'m TrafficPolicy<'a>>,
    subject: String,
    /// For what part, or on what condition.
    beside: String,
}

/// The settings that may hold for an endpoint: those of the host, or of a subset that it is in and that some route
/// names. What a subset leaves out it takes from the host. Of several rules for one host the oldest that has settings
/// gives them, and which is the oldest no input shows.
fn settings<'m, 'a>(
    model: &Model<'_>,
    rules: &[&'m DestinationRule<'a>],
    server: &Workload<'_>,
) -> Vec<Settings<'m, 'a>> {
    let merged = rules.windows(2).all(|pair| match pair {
        [one, other] => are_merged(one, other),
        _ => true,
    });
    // Of those that are merged, one that is surely younger than another gives no settings.
    let gives = |rule: &&&DestinationRule<'_>| {
        let older = |other: &&'m DestinationRule<'a>| {
            other.policy.is_some() && other.resource.is_older_than(&rule.resource)
        };
        rule.policy.is_some() && !(merged && rules.iter().any(older))
    };
    let with_policy = rules.iter().filter(gives).count();
    let is_settled = merged && with_policy == 1;
    let of_host = |policy, rule: &DestinationRule<'_>| Settings {
        policy,
        subject: rule.resource.subject(),
        beside: if is_settled {
            String::new()
        } else {
            ", if it is the older one for this host".to_owned()
        },
    };
    let mut settings: Vec<_> = rules
        .iter()
        .filter(|rule| gives(rule) || !merged)
        .map(|rule| of_host(rule.policy.as_ref(), rule))
        .collect();
    if settings.is_empty() {
        settings.push(Settings {
            policy: None,
            subject: String::new(),
            beside: String::new(),
        });
    }
    for (rule, subset) in rules
        .iter()
        .flat_map(|rule| rule.subsets.iter().map(move |subset| (rule, subset)))
    {
        let Some(policy) = subset.policy.as_ref() else {
            continue;
        };
        let is_named = model.mesh.virtual_services.iter().any(|routes| {
            let mut named = routes.subsets.iter();
            named.any(|named| named.text == subset.name)
        });
        let says_tls = policy.tls.is_some() || !policy.ports.is_empty();
        if is_named && says_tls && selects(&subset.labels, &server.labels) {
            settings.push(Settings {
                policy: Some(policy),
                subject: rule.resource.subject(),
                beside: format!(" for subset `{}`", subset.name),
            });
        }
    }
    settings
}

/// Whether Istio makes one rule of two for the same host: those for the same clients.
fn are_merged(one: &DestinationRule<'_>, other: &DestinationRule<'_>) -> bool {
    let exports = |rule: &DestinationRule<'_>| {
        let to = rule.export_to.iter().map(|to| to.text.to_owned());
        to.collect::<std::collections::BTreeSet<String>>()
    };
    one.selector == other.selector && exports(one) == exports(other)
}

/// Automatic mTLS, where no rule says otherwise.
fn automatic(model: &Model<'_>, path: &Path<'_, '_>, passes: bool, wiring: &mut Wiring) {
    let configs = model.mesh.configs.iter();
    let off = configs
        .filter(|config| config.auto_mtls == Some(false))
        .count();
    if off > 0 {
        wiring.plaintext = true;
        wiring
            .because
            .push("the mesh turns automatic mTLS off".to_owned());
        if off == model.mesh.configs.len() {
            return;
        }
    }
    // The hint is the mode of the namespace; the workload's own policy is not looked at.
    let namespace = path
        .service
        .map_or(path.server.resource.namespace, |service| {
            service.resource.namespace
        });
    let hint = effective_mtls::of_namespace(model, namespace);
    if disables(hint.modes) {
        wiring.plaintext = true;
        wiring
            .because
            .push(format!("namespace `{namespace}` is DISABLE"));
        if hint.modes == Modes::only(Mode::Disable) {
            return;
        }
    }
    if let Some(service) = path
        .service
        .filter(|service| passes || is_headless(service))
        && let Some(plain) = plain_endpoint(model, service)
    {
        let how = if passes {
            "its load balancer passes connections through"
        } else {
            "it is headless"
        };
        wiring.plaintext = true;
        wiring.because.push(format!(
            "{} takes no automatic mTLS: {how}, and {plain}",
            service.resource.subject()
        ));
        return;
    }
    endpoint(model, path, wiring);
}

fn is_headless(service: &Service<'_>) -> bool {
    let address = service.resource.at(&["spec", "clusterIP"]);
    address.and_then(Node::as_str) == Some("None")
}

/// What of a Service keeps its clients from automatic mTLS where they go to each endpoint by its address.
fn plain_endpoint(model: &Model<'_>, service: &Service<'_>) -> Option<String> {
    let mut endpoints = model
        .workloads_in(service.resource.namespace)
        .filter(|workload| fronts(service, workload))
        .peekable();
    if endpoints.peek().is_none() {
        return Some("the input shows no endpoint of it".to_owned());
    }
    endpoints.find_map(|workload| {
        let subject = workload.resource.subject();
        match membership(model, workload) {
            Membership::Outside(_) => Some(format!("{subject} has no proxy")),
            _ => {
                let modes = effective_mtls::of_workload(model, workload).modes;
                (modes == Modes::only(Mode::Disable)).then(|| format!("{subject} is DISABLE"))
            }
        }
    })
}

/// The Sidecar because of which a client does not know a Service.
fn hides<'m, 'a>(
    model: &'m Model<'a>,
    client: &Workload<'_>,
    service: &Service<'_>,
) -> Option<&'m Sidecar<'a>> {
    let sidecar = sidecar_of(model, client)?;
    let imported = sidecar.egress.as_ref()?;
    let here = client.resource.namespace;
    let there = service.resource.namespace;
    let host = format!("{}.{there}.svc.cluster.local", service.resource.name);
    let imports = |text: &str| {
        let (namespace, name) = text.split_once('/').unwrap_or(("*", text));
        let is_there = match namespace {
            "." => there == here,
            "*" => true,
            other => there == other,
        };
        is_there && (name == "*" || host_covers(name, &host))
    };
    (!imported.iter().any(|one| imports(one.text))).then_some(sidecar)
}

/// The Sidecar of a workload: one that selects it, that of its namespace, that of the mesh.
fn sidecar_of<'m, 'a>(model: &'m Model<'a>, client: &Workload<'_>) -> Option<&'m Sidecar<'a>> {
    let root = model.options.root_namespace.as_str();
    let here = client.resource.namespace;
    let in_namespace = |wanted: &str, selected: bool| {
        let mut meant = model.mesh.sidecars.iter().filter(|sidecar| {
            sidecar.resource.namespace == wanted
                && sidecar.selector.is_empty() != selected
                && selects(&sidecar.selector, &client.labels)
        });
        let first = meant.next()?;
        Some(meant.fold(
            first,
            |oldest, one| match one.resource.is_older_than(&oldest.resource) {
                true => one,
                false => oldest,
            },
        ))
    };
    in_namespace(here, true)
        .or_else(|| in_namespace(here, false))
        .or_else(|| in_namespace(root, false))
}

/// Automatic mTLS: to an endpoint with a proxy whose port takes it.
fn endpoint(model: &Model<'_>, path: &Path<'_, '_>, wiring: &mut Wiring) {
    wiring.adapts = !wiring.plaintext && !wiring.mtls && !wiring.own_tls;
    let on_port = on_port(model, path.server, Some(path.port));
    let server = path.server.resource.subject();
    match membership(model, path.server) {
        Membership::Outside(_) => {
            wiring.plaintext = true;
            wiring.because.push(format!("{server} has no proxy"));
            return;
        }
        Membership::Unknown(_) => wiring.plaintext = true,
        Membership::Sidecar | Membership::Ambient => {}
    }
    if disables(on_port.modes) {
        wiring.plaintext = true;
        wiring
            .because
            .push(format!("port {} of {server} is DISABLE", path.port));
    }
    if on_port.modes != Modes::only(Mode::Disable) {
        wiring.mtls = true;
        wiring.because.push("automatic mTLS".to_owned());
    }
}

/// Whether DISABLE is among the modes because some policy may set it. Where every mode is possible, for want of the
/// mesh's policy, a client is taken to be in a mesh that is not turned off.
fn disables(modes: Modes) -> bool {
    modes.contains(Mode::Disable) && modes.modes().count() < Mode::ALL.len()
}

/// The Service's ports whose target is the endpoint's.
fn service_ports(service: &Service<'_>, path: &Path<'_, '_>) -> Vec<u16> {
    let leads = |port: &&ServicePort<'_>| {
        super::authorization::leads_to(path.server, port.target_number, port.target_name, path.port)
    };
    let ports = service.ports.iter().filter(leads);
    ports.map(|port| port.number).collect()
}

/// A port's settings replace those above it, even where they say nothing of TLS.
fn mode<'a>(policy: &TrafficPolicy<'a>, port: Option<u16>) -> Option<&'a str> {
    let own = policy
        .ports
        .iter()
        .find(|(number, _, _)| Some(*number) == port);
    let tls = match own {
        Some((_, tls, _)) => tls.as_ref(),
        None => policy.tls.as_ref(),
    };
    tls.map(|tls| tls.mode)
}

/// The DestinationRules that a client obeys for a Service, with their indexes: the first hit of its own namespace, the
/// Service's, the root; in each those of the most specific host, and of these the ones that select the client before
/// those for every client. The first hit ends the search even where it says nothing of TLS.
pub fn destination_rules<'m, 'a>(
    model: &'m Model<'a>,
    client: &Workload<'_>,
    service: &Service<'_>,
) -> Vec<(usize, &'m DestinationRule<'a>)> {
    let root = model.options.root_namespace.as_str();
    let here = client.resource.namespace;
    let there = service.resource.namespace;
    let host = format!("{}.{there}.svc.cluster.local", service.resource.name);
    let mut scopes = vec![here, there, root];
    scopes.dedup();
    let hit = scopes.into_iter().find_map(|scope| {
        let rules = model.destination_rules.iter().enumerate();
        let rules = rules
            .filter(|(_, rule)| rule.resource.namespace == scope && is_seen(model, rule, here))
            .filter(|(_, rule)| selects(&rule.selector, &client.labels))
            .filter(|(_, rule)| scope == here || rule.selector.is_empty())
            .filter_map(|(index, rule)| {
                let rank = (specificity(rule, &host)?, !rule.selector.is_empty());
                Some((rank, index, rule))
            });
        let rules: Vec<_> = rules.collect();
        let first = rules.iter().map(|(rank, ..)| *rank).max()?;
        let first = rules.into_iter().filter(|(rank, ..)| *rank == first);
        Some(first.map(|(_, index, rule)| (index, rule)).collect())
    });
    hit.unwrap_or_default()
}

/// Whether clients of a namespace see a rule.
fn is_seen(model: &Model<'_>, rule: &DestinationRule<'_>, namespace: &str) -> bool {
    let root = model.options.root_namespace.as_str();
    let own = rule.resource.namespace == namespace;
    let default = model.mesh.rules_are_exported_to();
    let export_to: Vec<&str> = if rule.export_to.is_empty() {
        default
    } else {
        rule.export_to.iter().map(|to| to.text).collect()
    };
    if own {
        return namespace != root || export_to.is_empty() || export_to.contains(&".");
    }
    export_to.is_empty() || export_to.iter().any(|to| *to == "*" || *to == namespace)
}

/// Whether a rule is for a host, as far as its name goes.
pub fn names_host(rule: &DestinationRule<'_>, host: &str) -> bool {
    specificity(rule, host).is_some()
}

/// How closely a rule's host names this one; none where it does not. A name without a dot is of the rule's namespace.
fn specificity(rule: &DestinationRule<'_>, host: &str) -> Option<usize> {
    let written = rule.host;
    if let Some(suffix) = written.strip_prefix('*') {
        return host.ends_with(suffix).then_some(suffix.len());
    }
    let full = if written.contains('.') {
        written.to_owned()
    } else {
        format!("{written}.{}.svc.cluster.local", rule.resource.namespace)
    };
    (full == host).then_some(usize::MAX)
}
