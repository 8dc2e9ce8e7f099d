//! Where the mesh joins: what it makes of a connection that the network lets through.
//!
//! The network decides whether packets arrive; PeerAuthentications decide whether they must be mTLS, and
//! AuthorizationPolicies whether the caller may call. [`Mesh`] is the seam between the two.

use super::Endpoint;
use super::path::Reason;
use crate::lint::model::kubernetes::Workload;
use crate::lint::ports::PortSet;

/// What a mesh says about connections.
pub trait Mesh {
    /// What becomes of a connection from `source` to these ports of `destination`; none where it is not judged.
    fn cross(
        &self,
        source: &Endpoint<'_, '_>,
        destination: &Workload<'_>,
        ports: &PortSet,
    ) -> Option<Crossing>;
}

/// What becomes of a connection in the mesh.
#[derive(Debug, Clone)]
pub struct Crossing {
    /// What is on the wire.
    pub wire: Wire,
    /// Whether the caller may call.
    pub admission: Admission,
    /// Why.
    pub reasons: Vec<Reason>,
}

/// What is on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    fn cross(&self, _: &Endpoint<'_, '_>, _: &Workload<'_>, _: &PortSet) -> Option<Crossing> {
        None
    }
}
