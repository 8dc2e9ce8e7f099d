//! The ports of an answer in parts: what is treated alike is told together, and nothing else.

use crate::lint::authorization::selecting;
use crate::lint::model::Model;
use crate::lint::model::istio::Attribute;
use crate::lint::model::kubernetes::Workload;
use crate::lint::ports::{PortSet, Protocol};
use crate::lint::reachability::{Crossing, Wire, Works};
use crate::lint::transport::ports;

/// Sets of ports that nothing tells apart, each with one that stands for it.
pub(super) type Parts = Vec<(PortSet, u16)>;

/// The TCP ports of a set in parts: each that anything speaks of by itself, then the others.
pub(super) fn parts(model: &Model<'_>, destination: &Workload<'_>, open: &PortSet) -> Parts {
    let mut special = ports(model, destination);
    special.extend(destination.ports.iter().map(|port| port.number));
    // The sidecar's own ports are never intercepted.
    special.extend([15020, 15021, 15090]);
    // What policies single out is decided apart, whoever declares it.
    for (_, policy) in selecting(model, destination) {
        let matchers = policy.rules.iter().flat_map(|rule| rule.matchers());
        for matcher in matchers.filter(|one| one.attribute == Attribute::Port) {
            let values = matcher.values.iter().chain(&matcher.not_values);
            special.extend(values.filter_map(|value| value.text.parse::<u16>().ok()));
        }
    }
    for (protocol, first, last) in open.ranges() {
        if protocol == Protocol::Tcp && first == last {
            special.push(first);
        }
    }
    special.sort_unstable();
    special.dedup();
    let mut others = open.intersection(&PortSet::whole(Protocol::Tcp));
    special.retain(|port| open.contains(Protocol::Tcp, *port));
    let mut parts = Parts::new();
    for port in special {
        let only = PortSet::range(Protocol::Tcp, port, port);
        others = others.minus(&only);
        parts.push((only, port));
    }
    let other = others.ranges().next().map(|(_, first, _)| first);
    parts.extend(other.map(|port| (others, port)));
    parts
}

/// Adds what becomes of some ports to those that the mesh treats alike.
pub(super) fn add(parts: &mut Vec<(PortSet, Crossing)>, ports: &PortSet, crossing: Crossing) {
    let may_be_plaintext = |one: &Crossing| matches!(one.wire, Wire::Plaintext | Wire::Either);
    let is_alike = |known: &Crossing| {
        known.admission == crossing.admission
            && known.accounts == crossing.accounts
            && (known.wire == crossing.wire
                || may_be_plaintext(known) && may_be_plaintext(&crossing))
    };
    match parts.iter_mut().find(|(_, known)| is_alike(known)) {
        Some((all, known)) => {
            *all = all.union(ports);
            join(known, crossing);
        }
        None => parts.push((ports.clone(), crossing)),
    }
}

/// Two answers that admit alike as one.
fn join(known: &mut Crossing, other: Crossing) {
    if known.wire != other.wire {
        known.wire = Wire::Either;
    }
    if known.works != other.works {
        known.works = Some(Works::Depends);
    }
    known.identity = known.identity.take().or(other.identity);
    known.reasons.extend(other.reasons);
}
