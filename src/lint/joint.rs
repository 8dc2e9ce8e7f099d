//! The network and the mesh as one answer: [`Mesh`] for Istio.
//!
//! What a client is configured to send does not bind whoever took it over: plaintext is judged wherever the server may
//! take it, and the client's identity wherever it may have one. UDP and SCTP pass by the mesh.

use super::authorization::{Answer, Call, Origin, Verdict, decide};
use super::effective_mtls;
use super::injection::{Membership, membership};
use super::model::Model;
use super::model::kubernetes::Workload;
use super::ports::{PortSet, Protocol};
use super::reachability::{Admission, Crossing, Endpoint, Mesh, Reason, Wire};
use super::transport::{OnPort, on_port, ports};

/// The mesh that a model shows.
#[derive(Debug)]
pub struct Istio<'m, 'a>(pub &'m Model<'a>);

/// Ports that are asked about one by one.
const ASKED: usize = 16;

impl Mesh for Istio<'_, '_> {
    fn cross(
        &self,
        source: &Endpoint<'_, '_>,
        destination: &Workload<'_>,
        open: &PortSet,
    ) -> Option<Crossing> {
        let model = self.0;
        if !model.shows_mesh || open.is_empty() {
            return None;
        }
        let asked = representatives(model, destination, open);
        let mut crossings = asked
            .into_iter()
            .map(|port| at(model, source, destination, port));
        let first = crossings.next();
        let beside = !open.is_within(&PortSet::whole(Protocol::Tcp));
        let mut crossing = crossings.fold(first, |all, next| all.map(|all| both(all, next)))?;
        if beside {
            crossing.admission = Admission::Admitted;
            let passes_by = "UDP and SCTP pass by the mesh: nobody is refused there";
            crossing.reasons.push(Reason::absent(passes_by));
        }
        Some(crossing)
    }
}

/// TCP ports that stand for all of a set: those that anything speaks of, and one of the others.
fn representatives(model: &Model<'_>, destination: &Workload<'_>, open: &PortSet) -> Vec<u16> {
    let mut special = ports(model, destination);
    special.extend(destination.ports.iter().map(|port| port.number));
    for (protocol, first, last) in open.ranges() {
        if protocol == Protocol::Tcp && first == last {
            special.push(first);
        }
    }
    special.sort_unstable();
    special.dedup();
    let other = open
        .ranges()
        .filter(|range| range.0 == Protocol::Tcp)
        .find_map(|(_, first, last)| (first..=last).find(|port| !special.contains(port)));
    special.retain(|port| open.contains(Protocol::Tcp, *port));
    special.truncate(ASKED);
    special.extend(other);
    special
}

/// What becomes of a call to one port.
fn at(
    model: &Model<'_>,
    source: &Endpoint<'_, '_>,
    destination: &Workload<'_>,
    port: u16,
) -> Crossing {
    let on_port = on_port(model, destination, Some(port));
    let mut reasons = vec![Reason::absent(told(model, destination, port, &on_port))];
    let mut ways = Vec::new();
    if on_port.accepts_plaintext() {
        let is_sure = on_port.verdict == effective_mtls::Verdict::NotStrict;
        ways.push(("over plaintext", Origin::Plaintext, is_sure));
    }
    if on_port.accepts_mtls() {
        match source.workloads().first() {
            Some(client) => match membership(model, client) {
                Membership::Sidecar | Membership::Ambient => {
                    ways.push(("with its identity", Origin::Workload(client), true));
                }
                Membership::Unknown(_) => {
                    ways.push(("with its identity", Origin::Workload(client), false));
                }
                Membership::Outside(_) => {}
            },
            None if matches!(source, Endpoint::Unseen(_)) => {
                ways.push(("with some identity", Origin::AnyIdentity, false));
            }
            None => {}
        }
    }
    let mut admission = Admission::Refused;
    for (how, from, is_sure) in ways {
        let call = Call {
            from,
            to: destination,
            port,
        };
        let answer = decide(model, &call);
        reasons.push(decided(model, how, port, &answer));
        admission = match (answer.verdict, is_sure, admission) {
            (Verdict::Allowed, true, _) | (_, _, Admission::Admitted) => Admission::Admitted,
            (Verdict::Denied, _, before) => before,
            _ => Admission::Depends,
        };
    }
    Crossing {
        wire: wire(&on_port),
        admission,
        reasons,
    }
}

fn wire(on_port: &OnPort) -> Wire {
    match on_port.verdict {
        effective_mtls::Verdict::Strict => Wire::Mtls,
        effective_mtls::Verdict::Depends => Wire::Depends,
        effective_mtls::Verdict::NotStrict if on_port.accepts_mtls() => Wire::Either,
        effective_mtls::Verdict::NotStrict => Wire::Plaintext,
    }
}

fn told(model: &Model<'_>, destination: &Workload<'_>, port: u16, on_port: &OnPort) -> String {
    let subject = destination.resource.subject();
    let verdict = match on_port.verdict {
        effective_mtls::Verdict::Strict => "takes mTLS alone",
        effective_mtls::Verdict::NotStrict => "takes plaintext",
        effective_mtls::Verdict::Depends => "may take plaintext",
    };
    let mut why = on_port.doubts.clone();
    why.extend(on_port.bypass.clone());
    if why.is_empty() {
        why = effective_mtls::of_workload(model, destination).evidence(model);
    }
    format!("port {port} of {subject} {verdict}: {}", why.join("; "))
}

fn decided(model: &Model<'_>, how: &str, port: u16, answer: &Answer) -> Reason {
    let verdict = match answer.verdict {
        Verdict::Allowed => "admitted",
        Verdict::Denied => "refused",
        Verdict::Depends => "undecided",
    };
    let because: Vec<String> = answer
        .because
        .iter()
        .map(|because| because.sentence(model))
        .collect();
    let because = if because.is_empty() {
        "no AuthorizationPolicy selects the workload".to_owned()
    } else {
        because.join("; ")
    };
    let depends: Vec<&str> = answer.depends_on.iter().map(String::as_str).collect();
    let depends = if depends.is_empty() {
        String::new()
    } else {
        format!("; depends on {}", depends.join(", "))
    };
    Reason::absent(format!("port {port}, {how}: {verdict}: {because}{depends}"))
}

/// Two ports as one answer: open where either is.
fn both(a: Crossing, b: Crossing) -> Crossing {
    let wire = match (a.wire, b.wire) {
        (a, b) if a == b => a,
        (Wire::Depends, _) | (_, Wire::Depends) => Wire::Depends,
        _ => Wire::Either,
    };
    let admission = match (a.admission, b.admission) {
        (a, b) if a == b => a,
        (Admission::Admitted, _) | (_, Admission::Admitted) => Admission::Admitted,
        _ => Admission::Depends,
    };
    let mut reasons = a.reasons;
    reasons.extend(b.reasons);
    Crossing {
        wire,
        admission,
        reasons,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::source::Source;
    use crate::lint::reachability::{Assumptions, Caller, Reachability, Ruling, Target};
    use crate::lint::{Options, documents, index};

    const SHOP: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: development}
---
apiVersion: v1
kind: Pod
metadata: {name: order, namespace: shop, labels: {app: order}}
spec: {serviceAccountName: order, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: payment, namespace: shop, labels: {app: payment}}
spec: {serviceAccountName: payment, containers: [{name: c, ports: [{containerPort: 8443}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: test, namespace: development, labels: {app: test}}
spec: {containers: [{name: c}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: payment, namespace: shop}
spec:
  selector: {matchLabels: {app: payment}}
  action: ACTION
  rules: [{from: [{source: {FROM}}]}]
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: MODE}}
";

    fn ruling(mode: &str, action: &str, from: &str, callers: &[&str]) -> Ruling {
        let text = SHOP
            .replace("MODE", mode)
            .replace("ACTION", action)
            .replace("FROM", from);
        let source = Source::new("shop.yaml", text.into_bytes()).unwrap();
        let (options, documents) = (Options::default(), documents::read(&[source]));
        let model = index::build(&documents, &options);
        assert!(model.notes.is_empty(), "{:?}", model.notes);
        let reachability = Reachability::new(&model, &Assumptions::default());
        let find = |name: &str| Target::find(&model, name).unwrap();
        let callers: Vec<Caller> = callers
            .iter()
            .map(|name| Caller::Workload(find(name).position))
            .collect();
        let proof = reachability.only(&find("shop/payment:8443"), &callers, &Istio(&model));
        let told = |paths: &[crate::lint::reachability::Path]| {
            paths
                .iter()
                .map(|path| path.source.to_string())
                .collect::<Vec<_>>()
        };
        println!(
            "{:?} against, {:?} doubtful",
            told(&proof.against),
            told(&proof.doubtful)
        );
        proof.ruling
    }

    #[test]
    fn an_allowed_identity_is_the_only_one_under_strict() {
        let principal = "principals: [cluster.local/ns/shop/sa/order]";
        assert_eq!(
            ruling("STRICT", "ALLOW", principal, &["shop/order"]),
            Ruling::Undecided
        );
        assert_eq!(ruling("STRICT", "ALLOW", principal, &[]), Ruling::Refuted);
    }

    /// A DENY of a namespace under PERMISSIVE is passed by a client without a proxy; the peer that says otherwise gives
    /// the same answer for both modes.
    #[test]
    fn a_denied_namespace_passes_over_plaintext() {
        let namespace = "namespaces: [development]";
        let all_but_test = ["shop/order", "shop/payment"];
        assert_eq!(
            ruling("PERMISSIVE", "DENY", namespace, &all_but_test),
            Ruling::Refuted
        );
    }
}
