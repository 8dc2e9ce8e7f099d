//! What becomes of a connection to a port behind Consul's proxy.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::intentions::Answer;
use super::{ConsulMesh, EXCLUDED, NOBODY, OWN, Redirected, SCRAPED, SERVICE_PORT, at};
use crate::kernel::arrange::Arrange as _;
use crate::lint::authorization;
use crate::lint::effective_mtls::{Mode, Modes, Verdict};
use crate::lint::joint::{crossings, divide};
use crate::lint::meshes::{Part, decided};
use crate::lint::model::kubernetes::Workload;
use crate::lint::mtls_report::Link;
use crate::lint::ports::PortSet;
use crate::lint::reachability::{Admission, Crossing, Mesh, Reason, Source, Wire, Works};
use crate::lint::transport::{OnPort, ports};

/// What a port takes, in words too.
#[derive(Debug)]
pub(super) struct Known {
    on_port: OnPort,
    told: String,
}

impl ConsulMesh<'_, '_> {
    fn server(&self, destination: &Workload<'_>, port: u16) -> Rc<Known> {
        let key = (std::ptr::from_ref(destination.resource.node) as usize, port);
        if let Some(known) = self.known.borrow().get(&key) {
            return Rc::clone(known);
        }
        let on_port = self.on_port(destination, Some(port));
        let mut why = on_port.doubts.clone();
        why.extend(on_port.bypass.clone());
        if why.is_empty() {
            why = self.evidence(destination);
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
        let part = self.part(workload);
        let redirected = self.redirected(workload);
        let bypass = match (&part, &redirected) {
            (Part::Out(why), _) => Some(why.clone()),
            (Part::In, Redirected::No(why)) => Some(why.clone()),
            _ => self.excluded(workload, port),
        };
        let mut perhaps_past = Vec::new();
        if bypass.is_none() {
            if let Part::Perhaps(why) = part {
                perhaps_past.push(format!("whether a proxy is injected: {why}"));
            }
            match redirected {
                Redirected::Yes => {}
                Redirected::No(why) | Redirected::Perhaps(why) => perhaps_past.push(why),
            }
            perhaps_past.extend(self.past(workload, port));
        }
        let (by_mode, mut doubts) = self.mode(workload, port);
        let mut verdict = by_mode;
        if bypass.is_some() || verdict == Verdict::NotStrict {
            verdict = Verdict::NotStrict;
            doubts.clear();
        } else {
            doubts.extend(perhaps_past.iter().cloned());
            doubts.extend(self.doubts.iter().cloned());
            if !doubts.is_empty() {
                verdict = Verdict::Depends;
            }
        }
        OnPort {
            modes: match by_mode {
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

    /// Why a port is kept from the proxy by annotation.
    fn excluded(&self, workload: &Workload<'_>, port: Option<u16>) -> Option<String> {
        let listed = workload.annotations.get(EXCLUDED)?;
        let mut ports = listed.split(',').filter_map(|one| one.trim().parse().ok());
        let is_listed = port.is_some_and(|port| ports.any(|one: u16| one == port));
        is_listed.then(|| {
            let span = workload.metadata_span("annotations", EXCLUDED);
            let source = workload.resource.source();
            let start = span.unwrap_or(workload.resource.name_span).start;
            let line = source.position(start).line;
            format!("`{EXCLUDED}` lists it ({}:{line})", source.name())
        })
    }

    /// The port on which the proxy shows metrics, where the pod says one.
    fn scraped(&self, workload: &Workload<'_>) -> Option<u16> {
        workload.annotations.get(SCRAPED)?.trim().parse().ok()
    }

    /// What may keep connections from the proxy, or from its TLS, and is not computed here.
    fn past(&self, workload: &Workload<'_>, port: Option<u16>) -> Vec<String> {
        let mut past = Vec::new();
        let is_own = |port: u16| {
            OWN.iter().any(|own| own.contains(&port)) || self.scraped(workload) == Some(port)
        };
        if port.is_some_and(is_own) {
            past.push("what the proxy itself serves there, and to whom".to_owned());
        }
        if let Some(listed) = workload.annotations.get(EXCLUDED) {
            let is_port = |one: &str| one.trim().is_empty() || one.trim().parse::<u16>().is_ok();
            if !listed.split(',').all(is_port) {
                past.push(format!("what `{EXCLUDED}: {listed}` means"));
            }
        }
        for service in self.services(workload) {
            for defaults in self.defaults(service) {
                for (what, span) in &defaults.doubts {
                    past.push(format!("whether {} {what}", at(&defaults.resource, *span)));
                }
            }
        }
        past
    }

    /// How strict the proxy is on a port: a permissive service takes plaintext on its own port.
    fn mode(&self, workload: &Workload<'_>, port: Option<u16>) -> (Verdict, Vec<String>) {
        let services = self.services(workload);
        if services.is_empty() {
            let mut all = self.model.mesh.consul.defaults.iter();
            let why = "which service of Consul's it is: no Service selects it".to_owned();
            return match all.any(|one| one.permissive.is_some_and(|(is, _)| is)) {
                true => (Verdict::Depends, vec![why]),
                false => (Verdict::Strict, Vec::new()),
            };
        }
        let is_own = match (self.service_port(workload), port) {
            (Some(own), Some(port)) => own == port,
            // Where the port is not known, every one may be it.
            (None, _) => true,
            (Some(_), None) => false,
        };
        if !is_own {
            return (Verdict::Strict, Vec::new());
        }
        let judged: Vec<_> = services.iter().map(|one| self.permissive(one)).collect();
        let all = |wanted| judged.iter().all(|(verdict, _)| *verdict == wanted);
        if all(authorization::Verdict::Denied) {
            return (Verdict::Strict, Vec::new());
        }
        if all(authorization::Verdict::Allowed) {
            return (Verdict::NotStrict, Vec::new());
        }
        let why = judged.into_iter().map(|(_, why)| why).collect();
        (Verdict::Depends, why)
    }

    /// The port that Consul takes for the service's: what the annotation says, else the first of the first container.
    fn service_port(&self, workload: &Workload<'_>) -> Option<u16> {
        let first = || workload.ports.first().map(|one| one.number);
        let Some(said) = workload.annotations.get(SERVICE_PORT) else {
            return first();
        };
        let said = said.split(',').next().unwrap_or_default().trim();
        let mut ports = workload.ports.iter();
        let named = ports.find(|one| one.name == Some(said));
        named.map(|one| one.number).or_else(|| said.parse().ok())
    }

    /// Why the ports of a workload are as they are.
    pub(crate) fn evidence(&self, workload: &Workload<'_>) -> Vec<String> {
        let services = self.services(workload).iter();
        let mut evidence: Vec<String> = services.map(|one| self.permissive(one).1).collect();
        if evidence.is_empty() {
            evidence
                .push("no Service selects it, and no ProxyDefaults makes it permissive".to_owned());
        }
        evidence
    }

    /// The same, step by step.
    pub(crate) fn chain(&self, workload: &Workload<'_>) -> Vec<Link> {
        let mut links = Vec::new();
        for service in self.services(workload) {
            for defaults in self.defaults(service) {
                let Some((is_permissive, span)) = defaults.permissive else {
                    continue;
                };
                let source = defaults.resource.source();
                let mode = match is_permissive {
                    true => Mode::Permissive,
                    false => Mode::Strict,
                };
                links.push(Link {
                    text: format!("{} sets {}", defaults.resource.subject(), mode.name()),
                    policy: Some(defaults.resource.subject()),
                    mode: Some(mode.name()),
                    place: Some((source.name().to_owned(), source.position(span.start).line)),
                });
            }
        }
        if links.is_empty() {
            links.extend(self.evidence(workload).into_iter().map(|text| Link {
                text,
                policy: None,
                mode: None,
                place: None,
            }));
        }
        links
    }

    /// The ports that anything of Consul's tells apart.
    pub(crate) fn special_ports(&self, workload: &Workload<'_>) -> Vec<u16> {
        let listed = workload.annotations.get(EXCLUDED).copied();
        let listed = listed.unwrap_or_default().split(',');
        let mut special: Vec<u16> = listed.filter_map(|one| one.trim().parse().ok()).collect();
        special.extend(self.service_port(workload));
        special.extend(self.scraped(workload));
        special.retain(|port| *port != 0);
        special
    }

    /// What the intentions of a workload say to a caller: of one service, or of each that it may be.
    fn intend(&self, destination: &Workload<'_>, caller: &str) -> Answer {
        let mut answer = self.intended(destination, caller);
        if !self.doubts.is_empty() {
            answer.verdict = authorization::Verdict::Depends;
            answer.depends_on.extend(self.doubts.iter().cloned());
        }
        answer
    }

    /// The same, whatever else is not certain.
    pub(super) fn intended(&self, destination: &Workload<'_>, caller: &str) -> Answer {
        let mut answers = self
            .services(destination)
            .iter()
            .map(|service| self.answer(service, caller));
        let unknown = || Answer {
            verdict: authorization::Verdict::Depends,
            because: vec!["no Service selects the server".to_owned()],
            depends_on: BTreeSet::from(["which service of Consul's the server is".to_owned()]),
        };
        let mut answer = answers.next().unwrap_or_else(unknown);
        for other in answers {
            if other.verdict != answer.verdict {
                answer.verdict = authorization::Verdict::Depends;
                let which = "which of its Services Consul knows the server by";
                answer.depends_on.insert(which.to_owned());
            }
            answer.because.extend(other.because);
            answer.depends_on.extend(other.depends_on);
        }
        answer
    }

    /// Whether a port takes plaintext of everybody, so that nobody need be asked about.
    pub(crate) fn takes_everybody(&self, destination: &Workload<'_>, port: u16) -> bool {
        let server = self.server(destination, port);
        server.on_port.bypass.is_some() || server.on_port.verdict == Verdict::NotStrict
    }

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
        if on_port.bypass.is_some() || on_port.verdict == Verdict::NotStrict {
            crossing.admission = Admission::Admitted;
            crossing.reasons.push(Reason::absent(format!(
                "port {port}: plaintext passes by the proxy's TLS, and no intention is asked about it"
            )));
            return crossing;
        }
        match source {
            Source::Workload(client) => {
                self.with_identity(&mut crossing, client, (destination, port));
            }
            Source::Unseen(_) => self.with_some_identity(&mut crossing, (destination, port)),
            Source::Outside => self.with_peers(&mut crossing, (destination, port)),
        }
        if on_port.verdict == Verdict::Depends && crossing.admission != Admission::Admitted {
            crossing.admission = Admission::Depends;
            crossing.accounts = None;
            crossing.reasons.push(Reason::absent(format!(
                "port {port}: plaintext is asked for no identity, and it is not known {}",
                on_port.doubts.join("; ")
            )));
        }
        crossing
    }

    fn add(
        &self,
        crossing: &mut Crossing,
        (how, port): (&str, u16),
        answer: &Answer,
        is_sure: bool,
    ) {
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
    }

    fn with_identity(
        &self,
        crossing: &mut Crossing,
        client: &Workload<'_>,
        (destination, port): (&Workload<'_>, u16),
    ) {
        let is_in = match self.part(client) {
            Part::In => true,
            Part::Perhaps(_) => false,
            Part::Out(_) => return,
        };
        let services = self.services(client);
        if let [only] = services {
            crossing.identity = Some(format!("service {only}"));
        }
        for service in services {
            let answer = self.intend(destination, service);
            let how = format!("as service `{service}`");
            self.add(
                crossing,
                (&how, port),
                &answer,
                is_in && services.len() == 1,
            );
        }
        if services.is_empty() {
            crossing.admission = Admission::Depends;
            crossing.reasons.push(Reason::absent(format!(
                "port {port}: which service of Consul's the caller is, is not known: no Service selects it"
            )));
        }
    }

    /// Pods that nobody sees may be any service, in whatever namespace of Kubernetes they are.
    fn with_some_identity(
        &self,
        crossing: &mut Crossing,
        (destination, port): (&Workload<'_>, u16),
    ) {
        let other = self.intend(destination, NOBODY);
        let how = ("as a service that no intention names", port);
        self.add(crossing, how, &other, true);
        let services = self.services(destination).iter();
        let named: BTreeSet<&str> = services.flat_map(|one| self.named(one)).collect();
        let mut needed = Vec::new();
        for name in named {
            let answer = self.intend(destination, name);
            if answer.verdict == authorization::Verdict::Denied {
                continue;
            }
            self.add(
                crossing,
                (&format!("as service `{name}`"), port),
                &answer,
                false,
            );
            let mut workloads = self.model.workloads.iter();
            let known = workloads.find(|one| self.services(one).contains(&name));
            needed.push(known.map_or_else(|| format!("*/{name}"), |one| one.account()));
        }
        if other.verdict == authorization::Verdict::Denied && !needed.is_empty() {
            needed.arrange();
            needed.dedup();
            crossing.accounts = Some(needed);
        }
    }

    /// Callers of another cluster, where an intention lets in a peer's.
    fn with_peers(&self, crossing: &mut Crossing, (destination, port): (&Workload<'_>, u16)) {
        let mut services = self.services(destination).iter();
        if let Some(place) = services.find_map(|one| self.of_peers(one)) {
            crossing.admission = Admission::Depends;
            crossing.reasons.push(Reason::absent(format!(
                "port {port}: {place} lets in services of another cluster"
            )));
        }
    }

    /// Whether the server takes what the client's proxy sends: transparently redirected, it speaks mTLS to what intentions
    /// let it call.
    fn sends(&self, crossing: &mut Crossing, client: &Workload<'_>, port: u16) {
        let Part::In = self.part(client) else {
            return;
        };
        let past = client
            .annotations
            .keys()
            .find(|key| key.starts_with("consul.hashicorp.com/transparent-proxy-exclude-"));
        let (sends, works) = match (self.redirected(client), past) {
            (Redirected::Yes, None) => ("mTLS".to_owned(), Works::Yes),
            (Redirected::Yes, Some(key)) => (
                format!("mTLS, or plaintext where `{key}` keeps it from the proxy"),
                Works::Depends,
            ),
            (Redirected::No(why) | Redirected::Perhaps(why), _) => (
                format!("mTLS where it calls by its proxy: {why}"),
                Works::Depends,
            ),
        };
        crossing.works = Some(works);
        crossing.reasons.push(Reason::absent(format!(
            "port {port}, the client sends {sends}"
        )));
    }

    fn at(&self, source: Source<'_, '_>, destination: &Workload<'_>, port: u16) -> Crossing {
        let mut crossing = self.admits(source, destination, port);
        if let Source::Workload(client) = source {
            self.sends(&mut crossing, client, port);
        }
        crossing
    }
}

impl Mesh for ConsulMesh<'_, '_> {
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
        special.extend(OWN.into_iter().flatten());
        crossings(&divide(special, open), open, |port| {
            self.at(source, destination, port)
        })
    }

    fn conditions(&self, destination: &Workload<'_>, _: &PortSet) -> Vec<Reason> {
        if !matches!(self.part(destination), Part::In) {
            return Vec::new();
        }
        let texts = [
            "Consul's injector is at work whenever a pod is made: where it is not, the pod has no proxy",
            "every entry of Consul's configuration is in the input",
            "whoever can make pods with the service account of an allowed service, in any namespace, is trusted (without \
             Consul's ACLs: whoever can make pods): Consul tells services apart by name alone",
        ];
        texts.into_iter().map(Reason::absent).collect()
    }
}
