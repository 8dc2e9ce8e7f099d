//! The network and the mesh as one answer: [`Mesh`] for Istio.
//!
//! What a client is configured to send does not bind whoever took it over: plaintext is judged wherever the server may
//! take it, and the client's identity wherever it may have one. What it is configured to send is told beside that, and
//! whether the server takes it. UDP and SCTP pass by the mesh.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::authorization::{Answer, Call, Effect, Origin, Verdict, decide, leads_to, selecting};
use super::effective_mtls;
use super::injection::{Membership, membership};
use super::interception::enforcement_doubts;
use super::model::Model;
use super::model::istio::{Action, Attribute};
use super::model::kubernetes::Workload;
use super::ports::{PortSet, Protocol};
use super::reachability::{Admission, Crossing, Mesh, Reason, Source, Wire, Works};
use super::transport::{self, OnPort, Taken, fronts, on_port, ports};

/// The mesh that a model shows.
#[derive(Debug)]
pub struct Istio<'m, 'a> {
    model: &'m Model<'a>,
    /// What is the same for every caller of a port, by the workload's identity in memory.
    known: RefCell<HashMap<(usize, u16), Rc<Server>>>,
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

/// A name that no namespace and no account has: it stands for those that nothing names.
const NOBODY: &str = "-";

impl<'m, 'a> Istio<'m, 'a> {
    /// The mesh of a model.
    pub fn new(model: &'m Model<'a>) -> Self {
        Self {
            model,
            known: RefCell::default(),
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
        representatives(self.model, destination, open)
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
        is_asked.then(|| self.admits(source, destination, port).admission)
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
        let mut crossing = self.admits(source, destination, port);
        if let Source::Workload(client) = source {
            self.sends(&mut crossing, client, (destination, port));
        }
        crossing
    }

    /// Whether the caller is let in, whatever it is configured to send.
    fn admits(&self, source: Source<'_, '_>, destination: &Workload<'_>, port: u16) -> Crossing {
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

    fn with_identity(
        &self,
        crossing: &mut Crossing,
        client: &Workload<'_>,
        (destination, port): (&Workload<'_>, u16),
    ) {
        let is_sure = match membership(self.model, client) {
            Membership::Sidecar | Membership::Ambient => true,
            Membership::Unknown(_) => false,
            Membership::Outside(_) => return,
        };
        let domains = self.model.trust_domains();
        crossing.identity = Some(format!(
            "{}/ns/{}/sa/{}",
            domains.local(),
            client.resource.namespace,
            client.service_account
        ));
        let from = Origin::Account(client.resource.namespace, client.service_account);
        let answer = self.decide_identity(from, destination, port);
        self.add(crossing, ("with its identity", port), &answer, is_sure);
    }

    /// Pods that nobody sees may have any account of their namespace: those that policies name, or another. A pod that
    /// is not in the mesh may join it.
    fn with_some_identity(
        &self,
        crossing: &mut Crossing,
        namespace: Option<&str>,
        (destination, port): (&Workload<'_>, u16),
    ) {
        let Some(accounts) = self.accounts(destination, namespace) else {
            let answer = self.decide_identity(Origin::AnyIdentity, destination, port);
            return self.add(crossing, ("with some identity", port), &answer, false);
        };
        let before = crossing.admission;
        let own = namespace.unwrap_or(NOBODY);
        let other = self.decide_identity(Origin::Account(own, NOBODY), destination, port);
        self.add(
            crossing,
            ("with an identity that no policy names", port),
            &other,
            true,
        );
        let mut needed = Vec::new();
        for (space, account) in &accounts {
            let answer = self.decide_identity(Origin::Account(space, account), destination, port);
            if answer.verdict != Verdict::Denied {
                let name = if account == NOBODY { "*" } else { account };
                needed.push(format!("{space}/{name}"));
                let how = format!("with the identity of {space}/{name}");
                self.add(crossing, (&how, port), &answer, false);
            }
        }
        if before == Admission::Refused && other.verdict == Verdict::Denied && !needed.is_empty() {
            crossing.accounts = Some(needed);
        }
    }

    /// Somebody outside may have an identity of another trust domain, where a policy lets such in by name.
    fn with_foreign_identity(
        &self,
        crossing: &mut Crossing,
        (destination, port): (&Workload<'_>, u16),
    ) {
        let domains = self.model.trust_domains();
        let is_foreign = |domain: &str| {
            domain != "cluster.local" && !domains.names.iter().any(|own| own == domain)
        };
        let named = selecting(self.model, destination)
            .into_iter()
            .find_map(|(_, policy)| {
                let matchers = policy.rules.iter().flat_map(|rule| rule.matchers());
                let mut values = matchers.flat_map(|one| {
                    let is_domain = one.attribute == Attribute::TrustDomain;
                    let is_asked = is_domain || one.attribute == Attribute::Principal;
                    one.values
                        .iter()
                        .filter(move |_| is_asked)
                        .map(move |value| match is_domain {
                            true => value.text,
                            false => value.text.split_once('/').map_or("*", |(domain, _)| domain),
                        })
                });
                let is_lax = policy.action == Action::Allow;
                let domain = values.find(|domain| !domain.contains('*') && is_foreign(domain))?;
                is_lax.then(|| (policy.resource.subject(), domain))
            });
        if let Some((policy, domain)) = named
            && crossing.admission == Admission::Refused
        {
            crossing.admission = Admission::Depends;
            crossing.reasons.push(Reason::absent(format!(
                "port {port}: {policy} lets in identities of the trust domain `{domain}`, which machines outside the \
                 cluster may have"
            )));
        }
    }

    /// The accounts that the policies of a workload name and that a pod which nobody sees may have; none where they are
    /// named by patterns.
    fn accounts(
        &self,
        destination: &Workload<'_>,
        namespace: Option<&str>,
    ) -> Option<BTreeSet<(String, String)>> {
        let mut accounts = BTreeSet::new();
        for (_, policy) in selecting(self.model, destination) {
            for matcher in policy.rules.iter().flat_map(|rule| rule.matchers()) {
                for value in matcher.values.iter().chain(&matcher.not_values) {
                    let text = value.text;
                    let named = match matcher.attribute {
                        Attribute::Principal if text == "*" => continue,
                        Attribute::Principal => {
                            let mut parts = text.split('/').skip(1);
                            match (parts.next(), parts.next(), parts.next(), parts.next()) {
                                (Some("ns"), Some(space), Some("sa"), Some(account)) => {
                                    (space, account)
                                }
                                _ => return None,
                            }
                        }
                        Attribute::Namespace => (text, NOBODY),
                        Attribute::ServiceAccount => text
                            .split_once('/')
                            .unwrap_or((policy.resource.namespace, text)),
                        _ => continue,
                    };
                    if text.contains('*') {
                        return None;
                    }
                    accounts.insert((named.0.to_owned(), named.1.to_owned()));
                }
            }
        }
        accounts.retain(|(space, _)| match namespace {
            Some(own) => own == space,
            None => !self.model.sees_namespace(space),
        });
        Some(accounts)
    }

    /// What the client's proxy is configured to send, and whether the server takes it.
    fn sends(
        &self,
        crossing: &mut Crossing,
        client: &Workload<'_>,
        (destination, port): (&Workload<'_>, u16),
    ) {
        let model = self.model;
        let mut services: Vec<_> = model
            .services_in(destination.resource.namespace)
            .filter(|service| fronts(service, destination))
            .filter(|service| {
                let mut ports = service.ports.iter();
                ports.any(|own| leads_to(destination, own.target_number, own.target_name, port))
            })
            .map(Some)
            .collect();
        if services.is_empty() {
            services.push(None);
        }
        let on_port = &self.server(destination, port).on_port;
        for service in services {
            let path = transport::Path {
                client,
                service,
                server: destination,
                port,
            };
            let wiring = transport::wiring(model, &path);
            let mut taken = Vec::new();
            if wiring.plaintext || wiring.own_tls {
                taken.push(transport::taken(on_port, transport::Wire::Plaintext));
            }
            if wiring.mtls {
                taken.push(transport::taken(on_port, transport::Wire::Mtls));
            }
            let works = match taken.as_slice() {
                _ if wiring.blocked == transport::Blocked::Yes => Works::No,
                _ if wiring.adapts => Works::Yes,
                all if all.iter().all(|one| *one == Taken::Yes) => Works::Yes,
                all if all.iter().all(|one| *one == Taken::No) => Works::No,
                _ => Works::Depends,
            };
            let works = match (wiring.blocked, works) {
                (transport::Blocked::Perhaps, Works::Yes) => Works::Depends,
                (_, works) => works,
            };
            let way = service.map_or("", |service| service.resource.name);
            let way = if way.is_empty() {
                String::new()
            } else {
                format!(" by Service {way}")
            };
            let fate = match works {
                Works::Yes => "",
                Works::No => "; the server does not take it, and the connection fails",
                Works::Depends => "; whether the server takes it is not settled",
            };
            crossing.reasons.push(Reason::absent(format!(
                "port {port}{way}, the client sends {}: {}{fate}",
                wiring.named(),
                wiring.because.join("; ")
            )));
            crossing.works = Some(match crossing.works {
                Some(before) if before != works => Works::Depends,
                _ => works,
            });
        }
    }
}

impl Mesh for Istio<'_, '_> {
    fn cross(
        &self,
        source: Source<'_, '_>,
        destination: &Workload<'_>,
        open: &PortSet,
    ) -> Option<Crossing> {
        if !self.model.shows_mesh || open.is_empty() {
            return None;
        }
        let asked = representatives(self.model, destination, open);
        let mut crossings = asked
            .into_iter()
            .map(|port| self.at(source, destination, port));
        let first = crossings.next();
        let beside = !open.is_within(&PortSet::whole(Protocol::Tcp));
        // Where no TCP port is open, nothing of the mesh is asked.
        let unasked = || Crossing {
            wire: Wire::Plaintext,
            admission: Admission::Admitted,
            identity: None,
            accounts: None,
            works: None,
            reasons: Vec::new(),
        };
        let first = first.unwrap_or_else(unasked);
        let mut crossing = crossings.fold(first, both);
        if beside {
            crossing.admission = Admission::Admitted;
            crossing.accounts = None;
            if crossing.wire != Wire::Plaintext {
                crossing.wire = Wire::Either;
            }
            let passes_by = "UDP and SCTP pass by the mesh: nobody is refused there";
            crossing.reasons.push(Reason::absent(passes_by));
        }
        Some(crossing)
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

/// TCP ports that stand for all of a set: those that anything speaks of, and one of the others.
fn representatives(model: &Model<'_>, destination: &Workload<'_>, open: &PortSet) -> Vec<u16> {
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
    let other = open
        .ranges()
        .filter(|range| range.0 == Protocol::Tcp)
        .find_map(|(_, first, last)| (first..=last).find(|port| !special.contains(port)));
    special.retain(|port| open.contains(Protocol::Tcp, *port));
    special.extend(other);
    special
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
    let accounts = match (a.accounts, b.accounts) {
        (Some(mut a), Some(b)) => {
            a.extend(b);
            a.sort();
            a.dedup();
            Some(a)
        }
        (Some(only), None) if b.admission == Admission::Refused => Some(only),
        (None, Some(only)) if a.admission == Admission::Refused => Some(only),
        _ => None,
    };
    let works = match (a.works, b.works) {
        (a, b) if a == b => a,
        _ => Some(Works::Depends),
    };
    let mut reasons = a.reasons;
    reasons.extend(b.reasons);
    Crossing {
        wire,
        admission,
        identity: a.identity.or(b.identity),
        accounts,
        works,
        reasons,
    }
}

#[cfg(test)]
mod overlooked_tests;
#[cfg(test)]
mod tests;
