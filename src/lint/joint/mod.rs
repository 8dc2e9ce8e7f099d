//! The network and the mesh as one answer: [`Mesh`] for Istio.
//!
//! What a client is configured to send does not bind whoever took it over: plaintext is judged wherever the server may
//! take it, and the client's identity wherever it may have one. What it is configured to send is told beside that, and
//! whether the server takes it. Ports that are treated differently are told apart; UDP and SCTP pass by the mesh.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use self::parts::parts;
pub(super) use self::parts::{Parts, beside, crossings, divide};
use self::telling::{decided, told, wire};
use super::authorization::{Answer, Call, Effect, Origin, Verdict, decide};
use super::effective_mtls;
use super::interception::enforcement_doubts;
use super::model::Model;
use super::model::kubernetes::Workload;
use super::ports::{PortSet, Protocol};
use super::reachability::{Admission, Crossing, Mesh, Reason, Source};
use super::transport::{OnPort, on_port};

mod identities;
mod parts;
mod sending;
mod telling;

/// The mesh that a model shows.
#[derive(Debug)]
pub struct Istio<'m, 'a> {
    model: &'m Model<'a>,
    /// What is the same for every caller of a port, by the workload's identity in memory.
    known: RefCell<HashMap<(usize, u16), Rc<Server>>>,
    /// The parts that open ports fall into, by the workload.
    apart: RefCell<HashMap<(usize, PortSet), Rc<Parts>>>,
}

/// What a port takes, and what its policies say to plaintext.
#[derive(Debug)]
struct Server {
    on_port: OnPort,
    told: String,
    plaintext: Option<(Answer, bool)>,
    /// Why it is not certain that the proxy enforces policies.
    unenforced: Vec<String>,
}

impl<'m, 'a> Istio<'m, 'a> {
    /// The mesh of a model.
    pub fn new(model: &'m Model<'a>) -> Self {
        Self {
            model,
            known: RefCell::default(),
            apart: RefCell::default(),
        }
    }

    fn server(&self, destination: &Workload<'_>, port: u16) -> Rc<Server> {
        let key = (std::ptr::from_ref(destination.resource.node) as usize, port);
        if let Some(known) = self.known.borrow().get(&key) {
            return Rc::clone(known);
        }
        let on_port = on_port(self.model, destination, Some(port));
        let unenforced = enforcement_doubts(self.model, destination);
        let plaintext = on_port.accepts_plaintext().then(|| {
            let answer = self.decide(Origin::Plaintext, destination, port);
            let answer = perhaps_unenforced(answer, &unenforced);
            let is_sure = on_port.verdict == effective_mtls::Verdict::NotStrict;
            (answer, is_sure)
        });
        let server = Rc::new(Server {
            told: told(self.model, destination, port, &on_port),
            plaintext,
            on_port,
            unenforced,
        });
        self.known.borrow_mut().insert(key, Rc::clone(&server));
        server
    }

    /// The TCP ports of a set that anything tells apart, and one for the others.
    pub fn ports_apart(&self, destination: &Workload<'_>, open: &PortSet) -> Vec<u16> {
        let parts = self.apart(destination, open);
        parts.iter().map(|(_, port)| *port).collect()
    }

    fn apart(&self, destination: &Workload<'_>, open: &PortSet) -> Rc<Parts> {
        let place = std::ptr::from_ref(destination.resource.node) as usize;
        let key = (place, open.clone());
        if let Some(known) = self.apart.borrow().get(&key) {
            return Rc::clone(known);
        }
        let parts = Rc::new(parts(self.model, destination, open));
        self.apart.borrow_mut().insert(key, Rc::clone(&parts));
        parts
    }

    /// Whether a port takes plaintext of everybody, so that nobody need be asked about.
    pub fn takes_everybody(&self, destination: &Workload<'_>, port: u16) -> bool {
        if !self.model.shows_mesh {
            return true;
        }
        let server = self.server(destination, port);
        let is_let_in = |(answer, is_sure): &(Answer, bool)| {
            *is_sure && answer.verdict == Verdict::Allowed && !answer.is_governed
        };
        server.on_port.bypass.is_some() || server.plaintext.as_ref().is_some_and(is_let_in)
    }

    /// Whether a caller is let in on a port; none where no mesh is asked.
    pub fn admission(
        &self,
        source: Source<'_, '_>,
        destination: &Workload<'_>,
        port: u16,
    ) -> Option<Admission> {
        let is_asked = self.model.shows_mesh;
        is_asked.then(|| self.let_in(source, destination, port).admission)
    }

    fn decide(&self, from: Origin<'_, '_>, to: &Workload<'_>, port: u16) -> Answer {
        let answer = decide(self.model, &Call { from, to, port });
        self.perhaps_allowed(answer)
    }

    /// A refusal for want of an ALLOW rule holds only where those of the root namespace are in the input: they add up.
    fn perhaps_allowed(&self, mut answer: Answer) -> Answer {
        let is_for_want = answer
            .because
            .iter()
            .all(|because| because.effect == Effect::DoesNotAllow);
        if answer.verdict == Verdict::Denied
            && is_for_want
            && let Some(root) = self.model.unseen_root()
        {
            answer.verdict = Verdict::Depends;
            let what = format!("the AuthorizationPolicies of `{root}`, which is not in the input");
            answer.depends_on.insert(what);
        }
        answer
    }

    /// What the policies say to an identity, as far as it is certain that they are enforced.
    fn decide_identity(&self, from: Origin<'_, '_>, to: &Workload<'_>, port: u16) -> Answer {
        let answer = self.decide(from, to, port);
        perhaps_unenforced(answer, &self.server(to, port).unenforced)
    }

    /// What becomes of a call to one port.
    fn at(&self, source: Source<'_, '_>, destination: &Workload<'_>, port: u16) -> Crossing {
        let mut crossing = self.let_in(source, destination, port);
        if let Source::Workload(client) = source {
            self.sends(&mut crossing, client, (destination, port));
        }
        crossing
    }

    /// Whether the caller is let in, whatever it is configured to send.
    fn let_in(&self, source: Source<'_, '_>, destination: &Workload<'_>, port: u16) -> Crossing {
        let server = self.server(destination, port);
        let mut crossing = Crossing {
            wire: wire(&server.on_port),
            admission: Admission::Refused,
            identity: None,
            accounts: None,
            works: None,
            reasons: vec![Reason::absent(server.told.clone())],
        };
        if server.on_port.bypass.is_some() {
            crossing.admission = Admission::Admitted;
            let open = format!(
                "port {port}: no proxy takes the connection, and no policy of the mesh is enforced"
            );
            crossing.reasons.push(Reason::absent(open));
        } else if let Some((answer, is_sure)) = &server.plaintext {
            self.add(&mut crossing, ("over plaintext", port), answer, *is_sure);
        }
        if server.on_port.accepts_mtls() {
            match source {
                Source::Workload(client) => {
                    self.with_identity(&mut crossing, client, (destination, port))
                }
                Source::Unseen(namespace) => {
                    self.with_some_identity(&mut crossing, namespace, (destination, port));
                }
                Source::Outside => self.with_foreign_identity(&mut crossing, (destination, port)),
            }
        }
        if !server.on_port.perhaps_past.is_empty() && crossing.admission != Admission::Admitted {
            crossing.admission = Admission::Depends;
            crossing.accounts = None;
            let why = server.on_port.perhaps_past.join("; ");
            let open = format!(
                "port {port}: without a proxy no policy of the mesh is enforced, and it is not known {why}"
            );
            crossing.reasons.push(Reason::absent(open));
        }
        crossing
    }

    /// Takes an answer into account, for a way that surely is there or may be.
    fn add(
        &self,
        crossing: &mut Crossing,
        (how, port): (&str, u16),
        answer: &Answer,
        is_sure: bool,
    ) {
        crossing
            .reasons
            .push(decided(self.model, how, port, answer));
        crossing.admission = match (answer.verdict, is_sure, crossing.admission) {
            (Verdict::Allowed, true, _) | (_, _, Admission::Admitted) => Admission::Admitted,
            (Verdict::Denied, _, before) => before,
            _ => Admission::Depends,
        };
    }
}

impl Mesh for Istio<'_, '_> {
    fn cross(
        &self,
        source: Source<'_, '_>,
        destination: &Workload<'_>,
        open: &PortSet,
    ) -> Vec<(PortSet, Crossing)> {
        if !self.model.shows_mesh {
            return Vec::new();
        }
        let apart = self.apart(destination, open);
        crossings(&apart, open, |port| self.at(source, destination, port))
    }

    fn admits(
        &self,
        source: Source<'_, '_>,
        destination: &Workload<'_>,
        open: &PortSet,
    ) -> Vec<(PortSet, Admission)> {
        if !self.model.shows_mesh {
            return Vec::new();
        }
        let apart = self.apart(destination, open);
        let of_tcp = apart.iter().map(|(ports, port)| {
            let crossing = self.let_in(source, destination, *port);
            (ports.clone(), crossing.admission)
        });
        let beside = open.minus(&PortSet::whole(Protocol::Tcp));
        let beside = (!beside.is_empty()).then_some((beside, Admission::Admitted));
        of_tcp.chain(beside).collect()
    }
}

/// Where policies may not be enforced a refusal is none.
fn perhaps_unenforced(mut answer: Answer, unenforced: &[String]) -> Answer {
    if answer.verdict == Verdict::Denied && !unenforced.is_empty() {
        answer.verdict = Verdict::Depends;
        answer.depends_on.extend(unenforced.iter().cloned());
    }
    answer
}

#[cfg(test)]
mod overlooked_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
