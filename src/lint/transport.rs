//! What a port really accepts, and what a client really sends: plaintext, mTLS, or what the input does not settle.
//!
//! A STRICT mode holds only where a proxy takes the traffic. Beside the policies this looks at injection, at ports that
//! bypass the proxy, at the node's network, and at the rules of ambient mode. On the client's side it follows Istio's
//! order: DestinationRule, automatic mTLS, the endpoint (`pilot/pkg/networking/core/cluster_tls.go`, `loadbalancer`).

use std::collections::BTreeSet;

use super::authorization::{Answer, Call, Origin, decide};
use super::effective_mtls::{self, Mode, Modes, Verdict};
use super::injection::{Membership, Outside, membership};
use super::interception::{
    annotated_ports, doubts as interception_doubts, past_sidecar, past_ztunnel,
};
use super::model::Model;
use super::model::istio::{DestinationRule, TrafficPolicy, selects};
use super::model::kubernetes::{Service, Workload};

/// What a port of a workload accepts, and why.
#[derive(Debug, Clone)]
pub struct OnPort {
    /// The possible modes by policy.
    pub modes: Modes,
    /// Why no mode holds there, where none does.
    pub bypass: Option<String>,
    /// What is not known, where the verdict depends on it.
    pub doubts: Vec<String>,
    /// Whether only mTLS is accepted.
    pub verdict: Verdict,
}

impl OnPort {
    /// Whether plaintext may be accepted.
    pub fn accepts_plaintext(&self) -> bool {
        self.bypass.is_some() || !self.doubts.is_empty() || self.verdict != Verdict::Strict
    }

    /// Whether mTLS may be accepted.
    pub fn accepts_mtls(&self) -> bool {
        self.bypass.is_none()
            && (self.modes.contains(Mode::Strict) || self.modes.contains(Mode::Permissive))
    }
}

/// Judges a port of a workload; none stands for every port without an exception.
pub fn on_port(model: &Model<'_>, workload: &Workload<'_>, port: Option<u16>) -> OnPort {
    let effective = effective_mtls::of_workload(model, workload);
    let membership = membership(model, workload);
    let modes = if membership == Membership::Ambient {
        effective_mtls::in_ambient(model, workload, port)
    } else {
        let own = effective.ports.iter().find(|(own, _)| Some(*own) == port);
        own.map_or(effective.modes, |(_, modes)| *modes)
    };
    let bypass = match &membership {
        Membership::Outside(outside) => Some(no_proxy(workload, outside)),
        Membership::Ambient => past_ztunnel(workload),
        Membership::Sidecar | Membership::Unknown(_) => past_sidecar(workload, port),
    };
    let mut doubts = Vec::new();
    let mut verdict = modes.verdict();
    if bypass.is_some() {
        verdict = Verdict::NotStrict;
    } else {
        if verdict == Verdict::Depends {
            doubts = effective.doubts(model);
        }
        if verdict != Verdict::NotStrict {
            let mut more = unsettled(model, workload);
            match membership {
                Membership::Unknown(why) => {
                    more.push(format!("whether a proxy is injected: {why}"));
                }
                Membership::Sidecar => more.extend(interception_doubts(model, workload)),
                Membership::Ambient | Membership::Outside(_) => {}
            }
            if !more.is_empty() {
                verdict = Verdict::Depends;
                doubts.extend(more);
            }
        }
    }
    OnPort {
        modes,
        bypass,
        doubts,
        verdict,
    }
}

/// What leaves the policies of a workload's namespace open beside the mesh-wide policy.
fn unsettled(model: &Model<'_>, workload: &Workload<'_>) -> Vec<String> {
    let namespace = workload.resource.namespace;
    let root = model.options.root_namespace.as_str();
    let mut doubts = Vec::new();
    if let Some(said) = model.mesh.disputed_root(root)
        && (namespace == root || namespace == said)
    {
        doubts.push(format!(
            "which is the root namespace, `{root}` or `{said}`: the mesh's configuration names the latter"
        ));
    }
    for policy in model.unjudged_policies() {
        if policy.namespace == namespace || policy.namespace == root {
            doubts.push(format!("{}, which was not understood", policy.subject()));
        }
    }
    for lost in &model.indentation_lost {
        if lost.kind == "PeerAuthentication" {
            doubts.push("a PeerAuthentication that lost its indentation".to_owned());
        }
    }
    doubts
}

/// The ports worth a word: those the containers declare, those a Service leads to, and those with a mode of their own, and
/// those that annotations single out.
pub fn ports(model: &Model<'_>, workload: &Workload<'_>) -> Vec<u16> {
    let declared = workload.ports.iter().map(|port| port.number);
    let own = effective_mtls::of_workload(model, workload).ports;
    let own = own.into_iter().map(|(port, _)| port);
    let fronts = model
        .services
        .iter()
        .filter(|service| fronts(service, workload));
    let led = fronts
        .flat_map(|service| &service.ports)
        .filter_map(|port| port.target_number);
    let singled = annotated_ports(workload);
    let ports: BTreeSet<u16> = declared.chain(own).chain(led).chain(singled).collect();
    ports.into_iter().collect()
}

/// Whether a Service sends its traffic to a workload.
pub fn fronts(service: &Service<'_>, workload: &Workload<'_>) -> bool {
    service.resource.namespace == workload.resource.namespace
        && !service.selector.is_empty()
        && selects(&service.selector, &workload.labels)
}

fn no_proxy(workload: &Workload<'_>, outside: &Outside) -> String {
    let namespace = workload.resource.namespace;
    match outside {
        Outside::HostNetwork(_) => {
            "it is on the host network, where no proxy is injected".to_owned()
        }
        Outside::OptedOut(_) => "it opts out of injection".to_owned(),
        Outside::NamespaceIgnored => {
            format!("Istio never injects into namespace `{namespace}`")
        }
        Outside::NamespaceDisabled => format!("namespace `{namespace}` disables injection"),
        Outside::NamespaceUnlabelled => format!("namespace `{namespace}` asks for no injection"),
    }
}

/// What a client sends to a port of a Service's endpoint: every possibility.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wiring {
    /// Plaintext.
    pub plaintext: bool,
    /// mTLS with the client's mesh identity.
    pub mtls: bool,
    /// TLS of the DestinationRule's own, without a mesh identity.
    pub own_tls: bool,
    /// Why, in words.
    pub because: Vec<String>,
    /// The index of the DestinationRule that decides.
    pub rule: Option<usize>,
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
        Membership::Sidecar => sidecar(model, path, &mut wiring),
        Membership::Unknown(why) => {
            sidecar(model, path, &mut wiring);
            wiring.plaintext = true;
            wiring.because.push(format!("it may have no proxy: {why}"));
        }
    }
    wiring
}

fn sidecar(model: &Model<'_>, path: &Path<'_, '_>, wiring: &mut Wiring) {
    let rule = path
        .service
        .and_then(|service| destination_rule(model, path.client, service));
    if let Some((index, rule)) = rule {
        wiring.rule = Some(index);
        let port = path.service.and_then(|service| service_port(service, path));
        if let Some(mode) = rule.policy.as_ref().and_then(|policy| mode(policy, port)) {
            let subject = rule.resource.subject();
            wiring.because.push(format!("{subject} sets {mode}"));
            match mode {
                "DISABLE" => wiring.plaintext = true,
                "ISTIO_MUTUAL" => wiring.mtls = true,
                _ => wiring.own_tls = true,
            }
            return;
        }
    }
    let config = model.mesh.config();
    if config.and_then(|config| config.auto_mtls) == Some(false) {
        wiring.plaintext = true;
        wiring
            .because
            .push("the mesh turns automatic mTLS off".to_owned());
        return;
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
    endpoint(model, path, wiring);
}

/// Automatic mTLS: to an endpoint with a proxy whose port takes it.
fn endpoint(model: &Model<'_>, path: &Path<'_, '_>, wiring: &mut Wiring) {
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

/// The Service's port whose target is the endpoint's.
fn service_port(service: &Service<'_>, path: &Path<'_, '_>) -> Option<u16> {
    let mut ports = service.ports.iter();
    let port = ports.find(|port| {
        super::authorization::leads_to(path.server, port.target_number, port.target_name, path.port)
    });
    port.map(|port| port.number)
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

/// The DestinationRule that a client obeys for a Service: the first of its own namespace, the Service's, the root; in
/// each the one of the most specific host. The first hit ends the search even where it says nothing of TLS.
pub fn destination_rule<'m, 'a>(
    model: &'m Model<'a>,
    client: &Workload<'_>,
    service: &Service<'_>,
) -> Option<(usize, &'m DestinationRule<'a>)> {
    let root = model.options.root_namespace.as_str();
    let here = client.resource.namespace;
    let there = service.resource.namespace;
    let host = format!("{}.{there}.svc.cluster.local", service.resource.name);
    let mut scopes = vec![here, there, root];
    scopes.dedup();
    scopes.into_iter().find_map(|scope| {
        let rules = model.destination_rules.iter().enumerate();
        rules
            .filter(|(_, rule)| rule.resource.namespace == scope && is_seen(rule, here, root))
            .filter(|(_, rule)| selects(&rule.selector, &client.labels))
            .filter(|(_, rule)| scope == here || rule.selector.is_empty())
            .filter_map(|(index, rule)| Some((specificity(rule, &host)?, index, rule)))
            .max_by_key(|(specificity, index, _)| (*specificity, std::cmp::Reverse(*index)))
            .map(|(_, index, rule)| (index, rule))
    })
}

/// Whether clients of a namespace see a rule.
fn is_seen(rule: &DestinationRule<'_>, namespace: &str, root: &str) -> bool {
    let own = rule.resource.namespace == namespace;
    let private = rule.export_to.iter().any(|to| to.text == ".");
    if own {
        return namespace != root || rule.export_to.is_empty() || private;
    }
    rule.export_to.is_empty()
        || rule
            .export_to
            .iter()
            .any(|to| to.text == "*" || to.text == namespace)
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

/// What a connection is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wire {
    /// Plaintext, or TLS without a mesh identity.
    Plaintext,
    /// mTLS with a mesh identity.
    Mtls,
}

/// One way a call may go, and what becomes of it.
#[derive(Debug, Clone)]
pub struct Way {
    /// What the client sends.
    pub wire: Wire,
    /// Whether the server's mode takes it, as far as is known.
    pub taken: Taken,
    /// What the AuthorizationPolicies say.
    pub answer: Answer,
}

/// Whether a server's port takes what a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Yes.
    Yes,
    /// No: the connection fails.
    No,
    /// It depends on what is not known.
    Depends,
}

/// Every way a call may go: what the client sends, whether the server takes it, what the policies say.
pub fn ways<'m, 'a>(model: &Model<'a>, path: &Path<'m, 'a>) -> Vec<Way> {
    let wiring = wiring(model, path);
    let on_port = on_port(model, path.server, Some(path.port));
    let mut wires = Vec::new();
    if wiring.plaintext || wiring.own_tls {
        wires.push((Wire::Plaintext, Origin::Plaintext));
    }
    if wiring.mtls {
        wires.push((Wire::Mtls, Origin::Workload(path.client)));
    }
    wires
        .into_iter()
        .map(|(wire, from)| Way {
            wire,
            taken: taken(&on_port, wire),
            answer: decide(
                model,
                &Call {
                    from,
                    to: path.server,
                    port: path.port,
                },
            ),
        })
        .collect()
}

/// Whether a port takes this.
pub fn taken(on_port: &OnPort, wire: Wire) -> Taken {
    let refusing = match wire {
        Wire::Plaintext => Mode::Strict,
        Wire::Mtls => Mode::Disable,
    };
    if on_port.bypass.is_some() {
        return if wire == Wire::Plaintext {
            Taken::Yes
        } else {
            Taken::No
        };
    }
    let others = on_port.modes.modes().any(|mode| mode != refusing);
    match (on_port.modes.contains(refusing), others) {
        (false, _) => Taken::Yes,
        (true, false) if on_port.verdict != Verdict::Depends => Taken::No,
        (true, _) => Taken::Depends,
    }
}

#[cfg(test)]
mod tests;
