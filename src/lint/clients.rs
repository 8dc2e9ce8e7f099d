//! The clients' side of mTLS: who sends something else to a Service, and why.
//!
//! A server that takes both is spoken to in plaintext by whoever is told to, or has no proxy. Clients that differ in
//! nothing that decides (their namespace's rules, their Sidecar, their proxy) are one entry.

use std::collections::BTreeMap;

use super::injection::{Membership, membership};
use super::model::Model;
use super::model::istio::{DestinationRule, selects};
use super::model::kubernetes::{Service, ServicePort, Workload};
use super::transport::{self, OnPort, Path, Taken, no_proxy, on_port, taken, wiring};

/// Clients that send something else than mTLS to a Service, or to every Service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The world they are in, where the inputs hold several.
    pub world: Option<String>,
    /// The clients, `NAMESPACE/NAME`.
    pub clients: Vec<String>,
    /// The Service and its port, `NAMESPACE/NAME:PORT`; none for every Service.
    pub service: Option<String>,
    /// The server behind it and its port.
    pub server: Option<String>,
    /// What is sent, in words.
    pub sends: &'static str,
    /// Why.
    pub because: Vec<String>,
    /// Whether the server takes it: `yes`, `no` or `depends`; none for every Service.
    pub taken: Option<&'static str>,
    /// Where the DestinationRule stands that decides.
    pub place: Option<(String, usize)>,
}

impl Sender {
    /// Whether its clients or its server are of a namespace.
    pub fn concerns(&self, namespace: &str) -> bool {
        let is_of = |name: &String| {
            name.split_once('/')
                .is_some_and(|(space, _)| space == namespace)
        };
        self.clients.iter().any(is_of) || self.service.as_ref().is_some_and(is_of)
    }
}

/// What tells the clients of a Service apart.
type Class<'a> = (Option<&'a str>, Vec<usize>, bool);

/// Finds them: first those that no proxy speaks for, then those that are told to, by Service.
pub fn senders(model: &Model<'_>) -> Vec<Sender> {
    if !model.shows_mesh {
        return Vec::new();
    }
    let mut senders = without_proxy(model);
    let clients: Vec<&Workload<'_>> = model
        .workloads
        .iter()
        .filter(|client| !matches!(membership(model, client), Membership::Outside(_)))
        .collect();
    let is_bounded = model
        .mesh
        .sidecars
        .iter()
        .any(|sidecar| sidecar.egress.is_some());
    let alike = classes(model, &clients, (&[], is_bounded));
    for service in &model.services {
        let host = format!(
            "{}.{}.svc.cluster.local",
            service.resource.name, service.resource.namespace
        );
        let rules: Vec<_> = model
            .destination_rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| transport::names_host(rule, &host))
            .collect();
        let own = (!rules.is_empty()).then(|| classes(model, &clients, (&rules, is_bounded)));
        let classes = own.as_ref().unwrap_or(&alike);
        if service.selector.is_empty() {
            continue;
        }
        for server in model.carrying(service.resource.namespace, &service.selector) {
            for port in &service.ports {
                for number in targets(server, port) {
                    to_port(
                        model,
                        (service, port),
                        (server, number),
                        classes,
                        &mut senders,
                    );
                }
            }
        }
    }
    senders
}

/// Clients without a proxy send plaintext whatever any rule says.
fn without_proxy(model: &Model<'_>) -> Vec<Sender> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for client in &model.workloads {
        if let Membership::Outside(outside) = membership(model, client) {
            let why = no_proxy(client, &outside);
            found.entry(why).or_default().push(name(client));
        }
    }
    let sender = |(why, clients)| Sender {
        world: None,
        clients,
        service: None,
        server: None,
        sends: "plaintext",
        because: vec![format!("no proxy: {why}")],
        taken: None,
        place: None,
    };
    found.into_iter().map(sender).collect()
}

/// DestinationRules with their indexes.
type Rules<'r, 'a> = [(usize, &'r DestinationRule<'a>)];

/// The clients by what decides what they send to a Service for which there are these rules, and whether Sidecars bound
/// what they know: all as one where nothing tells them apart.
fn classes<'m, 'a>(
    model: &Model<'_>,
    clients: &[&'m Workload<'a>],
    (rules, is_bounded): (&Rules<'_, '_>, bool),
) -> BTreeMap<Class<'a>, Vec<&'m Workload<'a>>> {
    let mut classes: BTreeMap<Class<'a>, Vec<&'m Workload<'a>>> = BTreeMap::new();
    for client in clients {
        let apart = is_bounded || !rules.is_empty();
        let chosen = rules.iter().filter(|(_, rule)| {
            !rule.selector.is_empty() && selects(&rule.selector, &client.labels)
        });
        let mut chosen: Vec<usize> = chosen.map(|(index, _)| *index).collect();
        if is_bounded {
            let sidecars = model.mesh.sidecars.iter().enumerate();
            let own = sidecars.filter(|(_, sidecar)| {
                !sidecar.selector.is_empty() && selects(&sidecar.selector, &client.labels)
            });
            chosen.extend(own.map(|(index, _)| usize::MAX - index));
        }
        let is_ambient = membership(model, client) == Membership::Ambient;
        let namespace = apart.then_some(client.resource.namespace);
        let class = (namespace, chosen, is_ambient);
        classes.entry(class).or_default().push(client);
    }
    classes
}

/// The server's ports behind a Service's port.
fn targets(server: &Workload<'_>, port: &ServicePort<'_>) -> Vec<u16> {
    match (port.target_number, port.target_name) {
        (Some(number), _) => vec![number],
        (None, Some(name)) => {
            let named = server.ports.iter().filter(|own| own.name == Some(name));
            named.map(|own| own.number).collect()
        }
        (None, None) => Vec::new(),
    }
}

fn to_port<'a>(
    model: &Model<'a>,
    (service, port): (&Service<'a>, &ServicePort<'a>),
    (server, number): (&Workload<'a>, u16),
    classes: &BTreeMap<Class<'a>, Vec<&Workload<'a>>>,
    senders: &mut Vec<Sender>,
) {
    let judged = on_port(model, server, Some(number));
    let first = senders.len();
    for members in classes.values() {
        let Some(client) = members.first() else {
            continue;
        };
        let path = Path {
            client,
            service: Some(service),
            server,
            port: number,
        };
        let sent = wiring(model, &path);
        if !sent.plaintext && !sent.own_tls {
            continue;
        }
        let rule = sent
            .rule
            .and_then(|index| model.destination_rules.get(index));
        let sender = Sender {
            world: None,
            clients: members.iter().map(|client| name(client)).collect(),
            service: Some(format!(
                "{}/{}:{}",
                service.resource.namespace, service.resource.name, port.number
            )),
            server: Some(format!("port {number} of {}", server.resource.subject())),
            sends: sent.named(),
            taken: Some(if sent.adapts {
                "yes"
            } else {
                is_taken(&judged, sent.mtls)
            }),
            because: sent.because,
            place: rule.map(|rule| {
                let source = rule.resource.source();
                let line = source.position(rule.resource.name_span.start).line;
                (source.name().to_owned(), line)
            }),
        };
        let same = senders
            .iter_mut()
            .skip(first)
            .find(|known| known.because == sender.because && known.sends == sender.sends);
        match same {
            Some(known) => known.clients.extend(sender.clients),
            None => senders.push(sender),
        }
    }
}

fn is_taken(judged: &OnPort, also_mtls: bool) -> &'static str {
    let plaintext = taken(judged, transport::Wire::Plaintext);
    let mtls = also_mtls.then(|| taken(judged, transport::Wire::Mtls));
    match (plaintext, mtls) {
        (Taken::Yes, None | Some(Taken::Yes)) => "yes",
        (Taken::No, None | Some(Taken::No)) => "no",
        _ => "depends",
    }
}

/// A client by its namespace and its name.
pub(crate) fn name(workload: &Workload<'_>) -> String {
    format!("{}/{}", workload.resource.namespace, workload.owner().1)
}
