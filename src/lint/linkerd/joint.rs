//! What becomes of a connection to a port behind Linkerd's proxy.
//!
//! As for Istio, plaintext is judged wherever the server may take it, and the client's identity wherever it may have one:
//! what a client is configured to send does not bind whoever took it over.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::policy::{Client, Rules, UNSEEN_DEFAULT, Who, at};
use super::settings::{self, OWN, PASSED, SKIPPED_OUT};
use super::{LinkerdMesh, NOBODY};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::document::Node;
use crate::lint::authorization::{self, leads_to};
use crate::lint::effective_mtls::{Mode, Modes, Verdict};
use crate::lint::joint::{crossings, divide};
use crate::lint::meshes::{Part, decided};
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::linkerd::{Access, PortRef, Speaks};
use crate::lint::mtls_report::Link;
use crate::lint::ports::{PortSet, Protocol};
use crate::lint::reachability::{Admission, Crossing, Mesh, Reason, Source, Wire, Works};
use crate::lint::transport::{OnPort, ports};

/// Where no route divides the requests of a port.
const PROBES: &str = "Linkerd lets probes in from everywhere, without an identity";

/// What a port takes, in words too.
#[derive(Debug)]
pub(super) struct Known {
    on_port: OnPort,
    told: String,
}

impl LinkerdMesh<'_, '_> {
    fn server(&self, destination: &Workload<'_>, port: u16) -> Rc<Known> {
        let key = (std::ptr::from_ref(destination.resource.node) as usize, port);
        if let Some(known) = self.known.borrow().get(&key) {
            return Rc::clone(known);
        }
        let on_port = self.on_port(destination, Some(port));
        let mut why = on_port.doubts.clone();
        why.extend(on_port.bypass.clone());
        if why.is_empty() {
            why = self.evidence(destination, Some(port));
        }
        let verdict = match on_port.verdict {
            Verdict::Strict => "takes mTLS alone",
            Verdict::NotStrict => "takes plaintext",
            Verdict::Depends => "may take plaintext",
        };
        let subject = destination.resource.subject();
        let known = Rc::new(Known {
            told: format!("port {port} of {subject} {verdict}: {}", why.join("; ")),
            on_port,
        });
        self.known.borrow_mut().insert(key, Rc::clone(&known));
        known
    }

    /// Judges a port of a workload; none stands for every port that nothing singles out.
    pub fn on_port(&self, workload: &Workload<'_>, port: Option<u16>) -> OnPort {
        let model = self.model;
        let part = self.part(workload);
        let bypass = match &part {
            Part::Out(why) => Some(why.clone()),
            Part::In | Part::Perhaps(_) => settings::past_proxy(model, workload, port),
        };
        let mut perhaps_past = Vec::new();
        if bypass.is_none() {
            if let Part::Perhaps(why) = part {
                perhaps_past.push(format!("whether a proxy is injected: {why}"));
            }
            perhaps_past.extend(settings::doubts(model, workload));
            if port.is_none() {
                perhaps_past.extend(settings::wide_past(model, workload));
            }
            if port.is_some_and(|port| OWN.contains(&port)) {
                perhaps_past.push("what the proxy itself serves there, and to whom".to_owned());
            }
            let says_none = settings::said(model, workload, settings::SKIPPED).is_none();
            if says_none && port.is_some_and(|port| PASSED.contains(&port)) {
                let what =
                    "whether the port is past the proxy, as Linkerd's chart has it by default";
                perhaps_past.push(what.to_owned());
            }
            if let Some(passed) = self.passed.as_ref().filter(|_| says_none) {
                perhaps_past.push(format!(
                    "whether the port is past the proxy: ConfigMap `linkerd-config` lets {passed} pass"
                ));
            }
        }
        let (by_policy, mut doubts) = self.strictness(workload, port);
        let mut verdict = by_policy;
        if bypass.is_some() {
            verdict = Verdict::NotStrict;
            doubts.clear();
        } else if verdict != Verdict::NotStrict {
            doubts.extend(perhaps_past.iter().cloned());
            doubts.extend(self.doubts(workload.resource.namespace).iter().cloned());
            if !doubts.is_empty() {
                verdict = Verdict::Depends;
            }
        } else {
            doubts.clear();
        }
        OnPort {
            modes: match by_policy {
                Verdict::Strict => Modes::only(Mode::Strict),
                Verdict::NotStrict => Modes::only(Mode::Permissive),
                Verdict::Depends => Modes::only(Mode::Permissive).or(Modes::only(Mode::Strict)),
            },
            bypass,
            doubts,
            perhaps_past,
            verdict,
        }
    }

    /// Whether the policies of a port let nobody in without an identity, and on what that depends.
    fn strictness(&self, workload: &Workload<'_>, port: Option<u16>) -> (Verdict, Vec<String>) {
        let rules = self.rules(workload, port);
        let judged: Vec<_> = rules.iter().map(|one| self.asks_identity(one)).collect();
        let all = |wanted| judged.iter().all(|(verdict, _)| *verdict == wanted);
        if all(authorization::Verdict::Allowed) {
            return (Verdict::Strict, Vec::new());
        }
        if all(authorization::Verdict::Denied) {
            return (Verdict::NotStrict, Vec::new());
        }
        let doubts = match judged.as_slice() {
            [(_, why)] => vec![why.clone()],
            _ => vec!["which of the Servers that select the port counts".to_owned()],
        };
        (Verdict::Depends, doubts)
    }

    /// Why a port is as it is by policy, absent policies included.
    pub(crate) fn evidence(&self, workload: &Workload<'_>, port: Option<u16>) -> Vec<String> {
        let rules = self.rules(workload, port);
        let mut evidence = Vec::new();
        if !rules.iter().any(|one| matches!(one, Rules::Server(_))) {
            evidence.push(match port {
                Some(port) => format!("no Server selects port {port}"),
                None => "no Server selects other ports".to_owned(),
            });
        }
        evidence.extend(rules.iter().map(|one| self.asks_identity(one).1));
        evidence
    }

    /// What decides about a workload's ports, step by step, absent policies included.
    pub(crate) fn chain(&self, workload: &Workload<'_>) -> Vec<Link> {
        let mut special = self.special_ports(workload);
        special.arrange();
        special.dedup();
        let mut links: Vec<Link> = Vec::new();
        for port in special.into_iter().map(Some).chain([None]) {
            let name = port.map_or_else(|| "other ports".to_owned(), |port| format!("port {port}"));
            for rules in self.rules(workload, port) {
                // What holds for other ports is told once.
                let is_own = matches!(rules, Rules::Server(_))
                    || settings::requires_identity(self.model, workload, port).is_some();
                if is_own || port.is_none() {
                    links.extend(self.steps(&name, &rules));
                }
            }
        }
        let probes = self.probes(workload, &PortSet::whole(Protocol::Tcp));
        if !probes.is_empty() {
            links.push(Link {
                text: format!("{PROBES}: {}", probes.join(", ")),
                policy: None,
                mode: None,
                place: None,
            });
        }
        links
    }

    fn steps(&self, port: &str, rules: &Rules<'_>) -> Vec<Link> {
        let absent = |text: String| Link {
            text,
            policy: None,
            mode: None,
            place: None,
        };
        let server = match rules {
            Rules::Server(server) => server,
            Rules::Default(access, origin) => {
                let mut link = absent(format!(
                    "no Server selects {port}: {}, {}",
                    access.name(),
                    origin.subject
                ));
                link.place.clone_from(&origin.place);
                return vec![link];
            }
            Rules::Unknown => {
                let text = format!("no Server selects {port}: {UNSEEN_DEFAULT}");
                return vec![absent(text)];
            }
        };
        let origin = at(&server.resource, server.port_span);
        let mut links = vec![Link {
            text: format!("{} selects {port}", origin.subject),
            policy: Some(origin.subject.clone()),
            mode: None,
            place: origin.place,
        }];
        let grants = self.grants(server);
        for grant in grants.of_server.iter().chain(&grants.of_routes) {
            let asks = match grant.is_lax() {
                true => "asks for no identity",
                false => "asks for an identity",
            };
            links.push(Link {
                text: format!("{} {asks}", grant.said.subject),
                policy: Some(grant.said.subject.clone()),
                mode: None,
                place: grant.said.place.clone(),
            });
        }
        if server.access.is_none() {
            links.push(absent(format!(
                "no `accessPolicy` of {}: `deny` where no policy lets in",
                origin.subject
            )));
        }
        links
    }

    /// The ports that anything of Linkerd's tells apart.
    pub(crate) fn special_ports(&self, workload: &Workload<'_>) -> Vec<u16> {
        let mut special = settings::singled_out(self.model, workload);
        for server in self.servers(workload) {
            match server.port {
                PortRef::Number(port) => special.push(port),
                PortRef::Name(name) => {
                    let named = workload.ports.iter().filter(|one| one.name == Some(name));
                    special.extend(named.map(|one| one.number));
                }
            }
        }
        special
    }

    /// Whether a port takes plaintext of everybody, so that nobody need be asked about.
    pub(crate) fn takes_everybody(&self, destination: &Workload<'_>, port: u16) -> bool {
        let server = self.server(destination, port);
        let is_open = |rules: &Rules<'_>| {
            matches!(
                rules,
                Rules::Default(Access::AllUnauthenticated | Access::Audit, _)
            )
        };
        server.on_port.bypass.is_some()
            || self.rules(destination, Some(port)).iter().all(is_open)
                && self.doubts(destination.resource.namespace).is_empty()
    }

    /// Whether a caller is let in, whatever it is configured to send.
    fn admits(&self, source: Source<'_, '_>, destination: &Workload<'_>, port: u16) -> Crossing {
        let server = self.server(destination, port);
        let on_port = &server.on_port;
        let mut crossing = Crossing {
            wire: match on_port.verdict {
                Verdict::Strict => Wire::Mtls,
                Verdict::Depends => Wire::Depends,
                Verdict::NotStrict if on_port.accepts_mtls() => Wire::Either,
                Verdict::NotStrict => Wire::Plaintext,
            },
            admission: Admission::Refused,
            identity: None,
            accounts: None,
            works: None,
            reasons: vec![Reason::absent(server.told.clone())],
        };
        if on_port.bypass.is_some() {
            crossing.admission = Admission::Admitted;
            crossing.reasons.push(Reason::absent(format!(
                "port {port}: no proxy takes the connection, and no policy of the mesh is enforced"
            )));
            return crossing;
        }
        let is_outside = matches!(source, Source::Outside);
        let plain = Client {
            who: Who::Plain,
            is_outside,
        };
        if on_port.accepts_plaintext() {
            let how = ("over plaintext", destination, port);
            self.add(&mut crossing, how, plain, true);
        }
        match source {
            Source::Workload(client) => {
                self.with_identity(&mut crossing, client, (destination, port));
            }
            Source::Unseen(namespace) => {
                self.with_some_identity(&mut crossing, namespace, (destination, port));
            }
            Source::Outside => self.with_foreign_identity(&mut crossing, (destination, port)),
        }
        if !on_port.perhaps_past.is_empty() && crossing.admission != Admission::Admitted {
            crossing.admission = Admission::Depends;
            crossing.accounts = None;
            let why = on_port.perhaps_past.join("; ");
            crossing.reasons.push(Reason::absent(format!(
                "port {port}: without a proxy no policy of the mesh is enforced, and it is not known {why}"
            )));
        }
        crossing
    }

    /// Takes into account what the policies say to a client that surely is so, or may be. Returns what they say.
    fn add(
        &self,
        crossing: &mut Crossing,
        (how, destination, port): (&str, &Workload<'_>, u16),
        client: Client<'_>,
        is_sure: bool,
    ) -> authorization::Verdict {
        let answer = self.answer(destination, port, client);
        crossing.reasons.push(decided(
            (how, port),
            answer.verdict,
            &answer.because,
            &answer.depends_on,
        ));
        crossing.admission = match (answer.verdict, is_sure, crossing.admission) {
            (authorization::Verdict::Allowed, true, _) | (_, _, Admission::Admitted) => {
                Admission::Admitted
            }
            (authorization::Verdict::Denied, _, before) => before,
            _ => Admission::Depends,
        };
        answer.verdict
    }

    fn with_identity(
        &self,
        crossing: &mut Crossing,
        client: &Workload<'_>,
        (destination, port): (&Workload<'_>, u16),
    ) {
        let is_sure = match self.part(client) {
            Part::In => true,
            Part::Perhaps(_) => false,
            Part::Out(_) => return,
        };
        let (namespace, name) = (client.resource.namespace, client.service_account);
        crossing.identity = Some(self.identity.of(namespace, name));
        let known = Client {
            who: Who::Account(namespace, name),
            is_outside: false,
        };
        let on = ("with its identity", destination, port);
        self.add(crossing, on, known, is_sure);
    }

    /// Pods that nobody sees may have any account of their namespace, and may join the mesh.
    fn with_some_identity(
        &self,
        crossing: &mut Crossing,
        namespace: Option<&str>,
        (destination, port): (&Workload<'_>, u16),
    ) {
        let client = |who| Client {
            who,
            is_outside: false,
        };
        let Some(mut accounts) = self.named_accounts(destination, port) else {
            let on = ("with some identity", destination, port);
            self.add(crossing, on, client(Who::AnyIdentity), false);
            return;
        };
        accounts.retain(|(space, _)| match namespace {
            Some(own) => own == space,
            None => !self.model.sees_namespace(space),
        });
        let before = crossing.admission;
        let other = Who::Account(namespace.unwrap_or(NOBODY), NOBODY);
        let on = ("with an identity that no policy names", destination, port);
        let of_others = self.add(crossing, on, client(other), true);
        let mut needed = Vec::new();
        for (space, account) in &accounts {
            let who = client(Who::Account(space, account));
            if self.answer(destination, port, who).verdict == authorization::Verdict::Denied {
                continue;
            }
            let name = if account == NOBODY { "*" } else { account };
            needed.push(format!("{space}/{name}"));
            let how = format!("with the identity of {space}/{name}");
            self.add(crossing, (&how, destination, port), who, false);
        }
        let is_by_account = before == Admission::Refused
            && of_others == authorization::Verdict::Denied
            && !needed.is_empty();
        if is_by_account {
            crossing.accounts = Some(needed);
        }
    }

    /// Somebody outside may have an identity of another mesh, where a policy lets such in by name; and one of this mesh,
    /// where machines or other clusters belong to it.
    fn with_foreign_identity(
        &self,
        crossing: &mut Crossing,
        (destination, port): (&Workload<'_>, u16),
    ) {
        if self.reaches_beyond {
            let client = Client {
                who: Who::AnyIdentity,
                is_outside: true,
            };
            let how = (
                "with the identity of a machine or a linked cluster",
                destination,
                port,
            );
            self.add(crossing, how, client, false);
        }
        if crossing.admission == Admission::Refused
            && let Some((said, text)) = self.foreign(destination, port)
        {
            crossing.admission = Admission::Depends;
            crossing.reasons.push(Reason::absent(format!(
                "port {port}: {said} lets in `{text}`, which machines outside the cluster may have"
            )));
        }
    }

    /// Whether the server takes what the client's proxy sends: a proxy of the mesh speaks mTLS to every other one, except
    /// on ports that are past it.
    fn sends(
        &self,
        crossing: &mut Crossing,
        client: &Workload<'_>,
        (destination, port): (&Workload<'_>, u16),
    ) {
        let Part::In = self.part(client) else {
            return;
        };
        let skipped = settings::said(self.model, client, SKIPPED_OUT);
        let is_ingress = settings::said(self.model, client, settings::INJECT)
            .is_some_and(|said| said.value == "ingress");
        let why = match skipped.filter(|said| !said.value.is_empty()) {
            Some(said) => match settings::ports(said.value) {
                Some(past) => {
                    let numbers = self.numbers(destination, port);
                    let is_past = numbers.iter().any(|one| {
                        past.iter()
                            .any(|(first, last)| (first..=last).contains(&one))
                    });
                    is_past.then(|| format!("`{SKIPPED_OUT}` of {} lists it", said.place()))
                }
                None => Some(format!("what `{SKIPPED_OUT}: {}` means", said.value)),
            },
            None if is_ingress => Some(
                "in ingress mode it speaks mTLS for requests alone that name their Service"
                    .to_owned(),
            ),
            None => None,
        };
        let on_port = &self.server(destination, port).on_port;
        let (sends, works) = match why {
            None => ("mTLS".to_owned(), Works::Yes),
            Some(why) if on_port.verdict == Verdict::NotStrict => {
                (format!("plaintext, or mTLS ({why})"), Works::Yes)
            }
            Some(why) => (
                format!("plaintext, or mTLS ({why}); whether the server takes it is not settled"),
                Works::Depends,
            ),
        };
        crossing.works = Some(works);
        crossing.reasons.push(Reason::absent(format!(
            "port {port}, the client sends {sends}"
        )));
    }

    /// The ports that a client may call to reach one: the pod's own, and those of the Services before it.
    fn numbers(&self, destination: &Workload<'_>, port: u16) -> BTreeSet<u16> {
        let services = self.model.services_before(destination);
        let of_services = services
            .into_iter()
            .flat_map(|service| &service.ports)
            .filter(|own| leads_to(destination, own.target_number, own.target_name, port));
        let mut numbers: BTreeSet<u16> = of_services.map(|own| own.number).collect();
        numbers.insert(port);
        numbers
    }

    fn at(&self, source: Source<'_, '_>, destination: &Workload<'_>, port: u16) -> Crossing {
        let mut crossing = self.admits(source, destination, port);
        if let Source::Workload(client) = source {
            self.sends(&mut crossing, client, (destination, port));
        }
        crossing
    }

    /// Whether a port's proxy looks at HTTP, and no route of its Server divides the requests.
    fn lets_probes_in(&self, workload: &Workload<'_>, port: u16) -> bool {
        self.rules(workload, Some(port))
            .iter()
            .any(|rules| match rules {
                Rules::Server(server) => {
                    matches!(server.speaks, Speaks::Detected | Speaks::Http)
                        && !self.grants(server).has_routes()
                }
                _ => true,
            })
    }

    /// Paths of probes that Linkerd lets in from everywhere.
    fn probes(&self, workload: &Workload<'_>, wanted: &PortSet) -> Vec<String> {
        let containers = workload.spec.get("containers").and_then(Node::as_sequence);
        let mut found = Vec::new();
        for container in containers.unwrap_or_default() {
            for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
                let Some(probe) = container.at(&[key, "httpGet"]) else {
                    continue;
                };
                let node = probe.get("port");
                let by_number = node.and_then(Node::as_i64);
                let number = by_number.and_then(|port| u16::try_from(port).ok());
                let by_name = node.and_then(Node::as_str).and_then(|name| {
                    let mut ports = workload.ports.iter();
                    ports
                        .find(|one| one.name == Some(name))
                        .map(|one| one.number)
                });
                let port = number.or(by_name);
                let is_let_in = |port: &u16| {
                    wanted.contains(Protocol::Tcp, *port) && self.lets_probes_in(workload, *port)
                };
                if let Some(port) = port.filter(is_let_in) {
                    let path = probe.get("path").and_then(Node::as_str).unwrap_or("/");
                    found.push(format!("GET {path} on port {port}"));
                }
            }
        }
        found.arrange();
        found.dedup();
        found
    }
}

impl Mesh for LinkerdMesh<'_, '_> {
    fn cross(
        &self,
        source: Source<'_, '_>,
        destination: &Workload<'_>,
        open: &PortSet,
    ) -> Vec<(PortSet, Crossing)> {
        if !self.is_shown || open.is_empty() {
            return Vec::new();
        }
        let mut special = ports(self.model, destination);
        special.extend(self.special_ports(destination));
        special.extend(OWN);
        special.extend(PASSED);
        crossings(&divide(special, open), open, |port| {
            self.at(source, destination, port)
        })
    }

    fn conditions(&self, destination: &Workload<'_>, wanted: &PortSet) -> Vec<Reason> {
        if !matches!(self.part(destination), Part::In) {
            return Vec::new();
        }
        let mut conditions = vec![Reason::absent(
            "Linkerd's injector is at work whenever a pod is made: where it is not, the pod has no proxy",
        )];
        if settings::said(self.model, destination, settings::SKIPPED).is_none() {
            conditions.push(Reason::absent(
                "Linkerd was installed to let no other ports pass by its proxy than its chart does (4567 and 4568)",
            ));
        }
        if !self.identity.is_known {
            conditions.push(Reason::absent(format!(
                "the mesh's identities end in `identity.{}`",
                self.identity.tail
            )));
        }
        let probes = self.probes(destination, wanted);
        if !probes.is_empty() {
            conditions.push(Reason::absent(format!("{PROBES}: {}", probes.join(", "))));
        }
        conditions
    }
}
