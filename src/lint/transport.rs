//! What a port really accepts, and what a client really sends: plaintext, mTLS, or what the input does not settle.
//!
//! A STRICT mode holds only where a proxy takes the traffic. Beside the policies this looks at injection, at ports that
//! bypass the proxy, at the node's network, and at the rules of ambient mode. The client's side is `wiring`'s.

use std::collections::BTreeSet;

use super::authorization::{Answer, Call, Origin, decide};
use super::effective_mtls::{self, Mode, Modes, Verdict};
use super::given::{may_pick, picked_by};
use super::injection::{Membership, Outside, membership};
use super::interception::{
    annotated_ports, doubts as interception_doubts, past_sidecar, past_ztunnel, unread,
};
use super::model::Model;
use super::model::istio::selects;
use super::model::kubernetes::{Service, Workload};

pub use super::wiring::{Blocked, Path, Wiring, names_host, wiring};

/// What a port of a workload accepts, and why.
#[derive(Debug, Clone)]
pub struct OnPort {
    /// The possible modes by policy.
    pub modes: Modes,
    /// Why no mode holds there, where none does.
    pub bypass: Option<String>,
    /// What is not known, where the verdict depends on it.
    pub doubts: Vec<String>,
    /// Why it is not certain that a proxy takes the connection: without one no policy is enforced.
    pub perhaps_past: Vec<String>,
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
    let perhaps_past = match &membership {
        _ if bypass.is_some() => Vec::new(),
        Membership::Unknown(why) => {
            let mut past = vec![format!("whether a proxy is injected: {why}")];
            past.extend(interception_doubts(model, workload));
            past
        }
        Membership::Sidecar => interception_doubts(model, workload),
        Membership::Ambient | Membership::Outside(_) => Vec::new(),
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
            more.extend(perhaps_past.iter().cloned());
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
        perhaps_past,
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
    let here = model.peer_authentications_in(namespace);
    let of_root = model
        .peer_authentications_in(root)
        .filter(|_| namespace != root);
    for (_, policy) in here.chain(of_root) {
        doubts.extend(unread(model, workload, &policy.resource));
        // In the root namespace one with a selector decides nothing.
        let picks = may_pick(&policy.selector, workload);
        if let Some(label) = picks.filter(|_| policy.resource.namespace == namespace) {
            doubts.push(picked_by(label, &policy.resource));
        }
    }
    doubts.dedup();
    for policy in super::rewriting::misnamed(model) {
        let reaches = policy.namespace == namespace || policy.namespace == root;
        if reaches && policy.kind == "PeerAuthentication" {
            doubts.push(format!(
                "{}, whose name the API server refuses",
                policy.subject()
            ));
        }
    }
    for (policy, _) in super::rewriting::hooks(model) {
        let reaches = policy.namespace == namespace || policy.namespace == root;
        if reaches && policy.kind == "PeerAuthentication" {
            doubts.push(format!(
                "whether {}, a hook or what Flux or kustomize leaves out, is applied",
                policy.subject()
            ));
        }
    }
    for twice in model.peer_authentications_twice() {
        if twice.namespace == namespace || twice.namespace == root {
            doubts.push(format!(
                "which {} is applied last: it is defined twice",
                twice.subject()
            ));
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
    let led = model
        .services_before(workload)
        .into_iter()
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

pub(crate) fn no_proxy(workload: &Workload<'_>, outside: &Outside) -> String {
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
        Outside::Made => "the pod runs without the container `istio-proxy`, and nothing is injected into a pod that exists".to_owned(),
    }
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
