//! Where the mesh joins: what it makes of a connection that the network lets through.
//!
//! The network decides whether packets arrive; PeerAuthentications decide whether they must be mTLS, and
//! AuthorizationPolicies whether the caller may call. [`Mesh`] is the seam between the two.

use super::path::Reason;
use crate::lint::model::kubernetes::Workload;
use crate::lint::ports::PortSet;

/// What a mesh says about connections.
pub trait Mesh {
    /// What becomes of connections from `source` to these ports of `destination`, told apart where the mesh treats them
    /// differently; nothing where it is not judged.
    fn cross(
        &self,
        source: Source<'_, '_>,
        destination: &Workload<'_>,
        ports: &PortSet,
    ) -> Vec<(PortSet, Crossing)>;

    /// What a claim about these ports of `destination` takes for granted of the mesh.
    fn conditions(&self, _destination: &Workload<'_>, _ports: &PortSet) -> Vec<Reason> {
        Vec::new()
    }

    /// Whom it admits alone, without what is on the wire and why.
    fn admits(
        &self,
        source: Source<'_, '_>,
        destination: &Workload<'_>,
        ports: &PortSet,
    ) -> Vec<(PortSet, Admission)> {
        let parts = self.cross(source, destination, ports).into_iter();
        parts
            .map(|(ports, crossing)| (ports, crossing.admission))
            .collect()
    }
}

/// Who calls, as a mesh tells callers apart: not by the labels of pods but by their accounts.
#[derive(Debug, Clone, Copy)]
pub enum Source<'s, 'a> {
    /// This workload.
    Workload(&'s Workload<'a>),
    /// Some pod of this namespace that the input lacks; of any other namespace where none is given.
    Unseen(Option<&'s str>),
    /// Somebody outside the cluster.
    Outside,
}

/// What becomes of a connection in the mesh.
#[derive(Debug, Clone)]
pub struct Crossing {
    /// What is on the wire.
    pub wire: Wire,
    /// Whether the caller may call.
    pub admission: Admission,
    /// The identity that the caller shows over mTLS, where it is known.
    pub identity: Option<String>,
    /// The accounts (`NAMESPACE/NAME`) one of which a caller must have to be let in; none where that is not the
    /// condition.
    pub accounts: Option<Vec<String>>,
    /// Whether the server takes what the caller is configured to send, where that is known.
    pub works: Option<Works>,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// Whether a server takes what a client sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Works {
    /// It does.
    Yes,
    /// The connection fails.
    No,
    /// The input does not decide.
    Depends,
}

/// What is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wire {
    /// Mutual TLS, or nothing.
    Mtls,
    /// Plaintext alone.
    Plaintext,
    /// Plaintext is accepted beside mutual TLS.
    Either,
    /// The input does not decide.
    Depends,
}

impl Wire {
    /// The word in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mtls => "mtls",
            Self::Plaintext => "plaintext",
            Self::Either => "either",
            Self::Depends => "depends",
        }
    }
}

/// Whether the mesh admits the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Admission {
    /// It does.
    Admitted,
    /// It refuses.
    Refused,
    /// The input or the request decides.
    Depends,
}

impl Admission {
    /// The word in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::Refused => "refused",
            Self::Depends => "depends",
        }
    }
}

/// No mesh: the network alone is judged.
#[derive(Debug, Clone, Copy)]
pub struct NetworkAlone;

impl Mesh for NetworkAlone {
    fn cross(&self, _: Source<'_, '_>, _: &Workload<'_>, _: &PortSet) -> Vec<(PortSet, Crossing)> {
        Vec::new()
    }
}
