//! Several meshes in one cluster: each workload is asked of the one whose proxy it has.
//!
//! A proxy of one mesh tells clients of another from nobody by their identity: to it they send plaintext. A workload that
//! two meshes claim is in doubt: which proxy takes its connections nobody can tell from manifests.

use std::collections::BTreeSet;

use super::authorization;
use super::consul::ConsulMesh;
use super::effective_mtls::{self, Mode, Modes, Verdict};
use super::injection::{Membership, membership};
use super::joint::{Istio, beside, divide};
use super::linkerd::LinkerdMesh;
use super::model::Model;
use super::model::kubernetes::Workload;
use super::ports::{PortSet, Protocol};
use super::reachability::{Admission, Crossing, Mesh, Reason, Source, Wire, Works};
use super::transport::{self, OnPort, no_proxy};

/// Whether the proxy of a mesh takes a workload's connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// It does.
    In,
    /// It does not, and why.
    Out(String),
    /// The input does not say, for want of this.
    Perhaps(String),
}

/// A mesh that this program knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    /// Istio.
    Istio,
    /// Linkerd.
    Linkerd,
    /// Consul.
    Consul,
}

impl Name {
    fn text(self) -> &'static str {
        match self {
            Self::Istio => "Istio",
            Self::Linkerd => "Linkerd",
            Self::Consul => "Consul",
        }
    }
}

/// Every mesh of a model.
#[derive(Debug)]
pub struct Meshes<'m, 'a> {
    model: &'m Model<'a>,
    istio: Istio<'m, 'a>,
    linkerd: LinkerdMesh<'m, 'a>,
    consul: ConsulMesh<'m, 'a>,
}

impl<'m, 'a> Meshes<'m, 'a> {
    /// The meshes of a model.
    pub fn new(model: &'m Model<'a>) -> Self {
        Self {
            model,
            istio: Istio::new(model),
            linkerd: LinkerdMesh::new(model),
            consul: ConsulMesh::new(model),
        }
    }

    /// Whether the input shows any mesh.
    pub fn is_shown(&self) -> bool {
        self.model.shows_mesh || self.shows_others()
    }

    /// Whether it shows another mesh than Istio's.
    fn shows_others(&self) -> bool {
        self.linkerd.is_shown() || self.consul.is_shown()
    }

    /// Linkerd's.
    pub(super) fn linkerd(&self) -> &LinkerdMesh<'m, 'a> {
        &self.linkerd
    }

    /// Consul's.
    pub(super) fn consul(&self) -> &ConsulMesh<'m, 'a> {
        &self.consul
    }

    /// The meshes whose proxy a workload has or may have.
    pub(super) fn claims(&self, workload: &Workload<'_>) -> Vec<(Name, Part)> {
        let mut claims = Vec::new();
        if self.model.shows_mesh {
            claims.push((Name::Istio, of_istio(self.model, workload)));
        }
        if self.linkerd.is_shown() {
            claims.push((Name::Linkerd, self.linkerd.part(workload)));
        }
        if self.consul.is_shown() {
            claims.push((Name::Consul, self.consul.part(workload)));
        }
        claims.retain(|(_, part)| !matches!(part, Part::Out(_)));
        claims
    }

    /// The mesh that is asked about a workload; none where two claim it. Where none does it is the first one that the
    /// input shows, which tells why it has no proxy.
    pub(super) fn asked(&self, workload: &Workload<'_>) -> Option<Name> {
        // With one mesh in the input nobody need be asked.
        if !self.shows_others() {
            return Some(Name::Istio);
        }
        match self.claims(workload).as_slice() {
            [] if self.model.shows_mesh => Some(Name::Istio),
            [] if self.linkerd.is_shown() => Some(Name::Linkerd),
            [] => Some(Name::Consul),
            [(only, _)] => Some(*only),
            _ => None,
        }
    }

    fn of(&self, name: Name) -> &dyn Mesh {
        match name {
            Name::Istio => &self.istio,
            Name::Linkerd => &self.linkerd,
            Name::Consul => &self.consul,
        }
    }

    /// Why it is not known which mesh's proxy a workload has.
    fn contest(&self, workload: &Workload<'_>) -> String {
        let claims = self.claims(workload);
        let names: Vec<String> = claims
            .iter()
            .map(|(name, part)| match part {
                Part::Perhaps(why) => format!("{} perhaps, for {why}", name.text()),
                _ => name.text().to_owned(),
            })
            .collect();
        format!(
            "which mesh's proxy {} has: {} claim it",
            workload.resource.subject(),
            names.join(" and ")
        )
    }

    /// Judges a port of a workload; none stands for every port without an exception.
    pub fn on_port(&self, workload: &Workload<'_>, port: Option<u16>) -> OnPort {
        match self.asked(workload) {
            Some(Name::Istio) => transport::on_port(self.model, workload, port),
            Some(Name::Linkerd) => self.linkerd.on_port(workload, port),
            Some(Name::Consul) => self.consul.on_port(workload, port),
            None => {
                let doubts = vec![self.contest(workload)];
                let modes = Mode::ALL.into_iter().map(Modes::only);
                OnPort {
                    modes: modes.fold(Modes::default(), Modes::or),
                    bypass: None,
                    perhaps_past: doubts.clone(),
                    doubts,
                    verdict: Verdict::Depends,
                }
            }
        }
    }

    /// Why these ports of a workload are as they are by policy.
    pub(super) fn evidence(&self, workload: &Workload<'_>, ports: &[Option<u16>]) -> Vec<String> {
        match self.asked(workload) {
            Some(Name::Linkerd) => {
                let ports = ports.iter();
                ports
                    .flat_map(|port| self.linkerd.evidence(workload, *port))
                    .collect()
            }
            Some(Name::Consul) => self.consul.evidence(workload),
            _ => effective_mtls::of_workload(self.model, workload).evidence(self.model),
        }
    }

    /// The ports of a workload worth a word.
    pub fn ports(&self, workload: &Workload<'_>) -> Vec<u16> {
        let mut ports = transport::ports(self.model, workload);
        if self.linkerd.is_shown() {
            ports.extend(self.linkerd.special_ports(workload));
        }
        if self.consul.is_shown() {
            ports.extend(self.consul.special_ports(workload));
        }
        let ports: BTreeSet<u16> = ports.into_iter().collect();
        ports.into_iter().collect()
    }

    /// The TCP ports of a set that anything tells apart, and one for the others.
    pub fn ports_apart(&self, destination: &Workload<'_>, open: &PortSet) -> Vec<u16> {
        if !self.shows_others() {
            return self.istio.ports_apart(destination, open);
        }
        let mut special = self.ports(destination);
        if self.model.shows_mesh {
            special.extend(self.istio.ports_apart(destination, open));
        }
        let parts = divide(special, open);
        parts.into_iter().map(|(_, port)| port).collect()
    }

    /// Whether a port takes plaintext of everybody, so that nobody need be asked about.
    pub fn takes_everybody(&self, destination: &Workload<'_>, port: u16) -> bool {
        match self.asked(destination) {
            Some(Name::Istio) => self.istio.takes_everybody(destination, port),
            Some(Name::Linkerd) => self.linkerd.takes_everybody(destination, port),
            Some(Name::Consul) => self.consul.takes_everybody(destination, port),
            None => false,
        }
    }

    /// Whether a caller is let in on a port; none where no mesh is asked.
    pub fn admission(
        &self,
        source: Source<'_, '_>,
        destination: &Workload<'_>,
        port: u16,
    ) -> Option<Admission> {
        if !self.shows_others() {
            return self.istio.admission(source, destination, port);
        }
        let only = PortSet::range(Protocol::Tcp, port, port);
        let parts = self.cross(source, destination, &only);
        parts.first().map(|(_, crossing)| crossing.admission)
    }

    /// What becomes of a connection to a workload that two meshes claim.
    fn contested(
        &self,
        source: Source<'_, '_>,
        destination: &Workload<'_>,
        open: &PortSet,
    ) -> Vec<(PortSet, Crossing)> {
        let tcp = open.intersection(&PortSet::whole(Protocol::Tcp));
        let mut parts = Vec::new();
        if !tcp.is_empty() {
            let mut reasons = vec![Reason::absent(format!(
                "it is not known {}",
                self.contest(destination)
            ))];
            let mut identity = None;
            for (name, _) in self.claims(destination) {
                for (_, crossing) in self.of(name).cross(source, destination, &tcp) {
                    identity = identity.or(crossing.identity);
                    reasons.extend(crossing.reasons);
                }
            }
            let crossing = Crossing {
                wire: Wire::Depends,
                admission: Admission::Depends,
                identity,
                accounts: None,
                works: Some(Works::Depends),
                reasons,
            };
            parts.push((tcp, crossing));
        }
        parts.extend(beside(open));
        parts
    }
}

impl Mesh for Meshes<'_, '_> {
    fn cross(
        &self,
        source: Source<'_, '_>,
        destination: &Workload<'_>,
        open: &PortSet,
    ) -> Vec<(PortSet, Crossing)> {
        let Some(asked) = self.asked(destination) else {
            return self.contested(source, destination, open);
        };
        let mut parts = self.of(asked).cross(source, destination, open);
        // A client that two meshes claim may have neither's identity.
        let Source::Workload(client) = source else {
            return parts;
        };
        if self.asked(client).is_some() {
            return parts;
        }
        let identified = parts.iter_mut().map(|(_, crossing)| crossing);
        for crossing in identified.filter(|one| one.identity.is_some()) {
            if crossing.admission == Admission::Admitted {
                crossing.admission = Admission::Depends;
            }
            crossing.works = Some(Works::Depends);
            let why = format!("it is not known {}", self.contest(client));
            crossing.reasons.push(Reason::absent(why));
        }
        parts
    }

    fn admits(
        &self,
        source: Source<'_, '_>,
        destination: &Workload<'_>,
        open: &PortSet,
    ) -> Vec<(PortSet, Admission)> {
        if !self.shows_others() {
            return self.istio.admits(source, destination, open);
        }
        let parts = self.cross(source, destination, open).into_iter();
        parts
            .map(|(ports, crossing)| (ports, crossing.admission))
            .collect()
    }

    fn conditions(&self, destination: &Workload<'_>, ports: &PortSet) -> Vec<Reason> {
        let asked = self.asked(destination);
        asked.map_or_else(Vec::new, |name| {
            self.of(name).conditions(destination, ports)
        })
    }
}

fn of_istio(model: &Model<'_>, workload: &Workload<'_>) -> Part {
    match membership(model, workload) {
        Membership::Sidecar | Membership::Ambient => Part::In,
        Membership::Unknown(why) => Part::Perhaps(why),
        Membership::Outside(outside) => Part::Out(no_proxy(workload, &outside)),
    }
}

/// What policies say to a way of calling a port, in words.
pub(super) fn decided(
    (how, port): (&str, u16),
    verdict: authorization::Verdict,
    because: &[String],
    depends_on: &BTreeSet<String>,
) -> Reason {
    let verdict = match verdict {
        authorization::Verdict::Allowed => "admitted",
        authorization::Verdict::Denied => "refused",
        authorization::Verdict::Depends => "undecided",
    };
    let depends: Vec<&str> = depends_on.iter().map(String::as_str).collect();
    let depends = match depends.as_slice() {
        [] => String::new(),
        all => format!("; depends on {}", all.join(", ")),
    };
    Reason::absent(format!(
        "port {port}, {how}: {verdict}: {}{depends}",
        because.join("; ")
    ))
}

#[cfg(test)]
mod tests;
