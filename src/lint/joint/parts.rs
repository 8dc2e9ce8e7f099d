//! The ports of an answer in parts: what is treated alike is told together, and nothing else.

use crate::kernel::arrange::Arrange as _;
use crate::lint::authorization::selecting;
use crate::lint::model::Model;
use crate::lint::model::istio::Attribute;
use crate::lint::model::kubernetes::Workload;
use crate::lint::ports::{PortSet, Protocol};
use crate::lint::reachability::{Admission, Crossing, Reason, Wire, Works};
use crate::lint::transport::ports;

/// Sets of ports that nothing tells apart, each with one that stands for it.
pub(in crate::lint) type Parts = Vec<(PortSet, u16)>;

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
    divide(special, open)
}

/// The TCP ports of a set in parts: each special one by itself, and each that the set names alone, then the others.
pub(in crate::lint) fn divide(mut special: Vec<u16>, open: &PortSet) -> Parts {
    for (protocol, first, last) in open.ranges() {
        if protocol == Protocol::Tcp && first == last {
            special.push(first);
        }
    }
    special.arrange();
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

/// What becomes of each part, those told together that are treated alike, and of what is not TCP.
pub(in crate::lint) fn crossings(
    apart: &Parts,
    open: &PortSet,
    at: impl Fn(u16) -> Crossing,
) -> Vec<(PortSet, Crossing)> {
    let mut parts = Vec::new();
    for (ports, port) in apart {
        add(&mut parts, ports, at(*port));
    }
    if let Some((ports, passes_by)) = beside(open) {
        add(&mut parts, &ports, passes_by);
    }
    parts
}

/// What is not TCP: it passes by every mesh.
pub(in crate::lint) fn beside(open: &PortSet) -> Option<(PortSet, Crossing)> {
    let beside = open.minus(&PortSet::whole(Protocol::Tcp));
    let passes_by = "UDP and SCTP pass by the mesh: nobody is refused there";
    (!beside.is_empty()).then(|| {
        let crossing = Crossing {
            wire: Wire::Plaintext,
            admission: Admission::Admitted,
            identity: None,
            accounts: None,
            works: None,
            reasons: vec![Reason::absent(passes_by)],
        };
        (beside, crossing)
    })
}

/// Adds what becomes of some ports to those that the mesh treats alike.
fn add(parts: &mut Vec<(PortSet, Crossing)>, ports: &PortSet, crossing: Crossing) {
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
