//! How a workload and its ports are named: `production/payment-service:8443`.

use crate::lint::model::Model;
use crate::lint::model::kubernetes::Workload;
use crate::lint::ports::{PortSet, Protocol};

/// A workload of the model and some of its ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its position in [`Model::workloads`].
    pub position: usize,
    /// The ports meant; every port where none is named.
    pub ports: PortSet,
}

/// Why a name means no workload, or not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// There is none.
    #[error("no workload of the input is called `{name}`")]
    Unknown {
        /// The name as given.
        name: String,
        /// What it may have meant.
        near: Vec<String>,
    },
    /// There are several.
    #[error("`{name}` is more than one workload: {}", .found.join(", "))]
    Ambiguous {
        /// The name as given.
        name: String,
        /// The workloads.
        found: Vec<String>,
    },
    /// The port is none.
    #[error(
        "`{port}` is no port: write a number, a number with /udp or /sctp, or the name of a container port"
    )]
    Port {
        /// The port as given.
        port: String,
    },
}

impl Target {
    /// Finds `NS/WORKLOAD[:PORT]`; the namespace may be left out where one namespace alone has such a workload.
    ///
    /// # Errors
    /// [`TargetError`] where that is not exactly one workload, or not a port of it.
    pub fn find(model: &Model<'_>, text: &str) -> Result<Self, TargetError> {
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        };
        let (namespace, bare) = match name.split_once('/') {
            Some((namespace, bare)) => (Some(namespace), bare),
            None => (None, name),
        };
        let is_meant = |workload: &Workload<'_>| {
            (workload.resource.name == bare || workload.owner().1 == bare)
                && namespace.is_none_or(|wanted| wanted == workload.resource.namespace)
        };
        let found: Vec<(usize, &Workload<'_>)> = model
            .workloads
            .iter()
            .enumerate()
            .filter(|(_, workload)| is_meant(workload))
            .collect();
        let (position, workload) = match found.as_slice() {
            [only] => *only,
            // Pods of one owner are one workload.
            [first, rest @ ..]
                if rest.iter().all(|one| same(first.1, one.1)) && !rest.is_empty() =>
            {
                *first
            }
            [] => {
                return Err(TargetError::Unknown {
                    name: name.to_owned(),
                    near: near(model, bare),
                });
            }
            several => {
                let found = several.iter().map(|(_, one)| one.resource.subject());
                return Err(TargetError::Ambiguous {
                    name: name.to_owned(),
                    found: found.collect(),
                });
            }
        };
        let ports = match port {
            None => PortSet::all(),
            Some(port) => ports(workload, port).ok_or_else(|| TargetError::Port {
                port: port.to_owned(),
            })?,
        };
        Ok(Self { position, ports })
    }
}

fn same(a: &Workload<'_>, b: &Workload<'_>) -> bool {
    a.resource.namespace == b.resource.namespace && a.owner() == b.owner()
}

/// Workloads of this name elsewhere, or whose name holds it.
fn near(model: &Model<'_>, name: &str) -> Vec<String> {
    let mut near: Vec<String> = model
        .workloads
        .iter()
        .filter(|workload| workload.owner().1.contains(name) || name.contains(workload.owner().1))
        .map(|workload| format!("{}/{}", workload.resource.namespace, workload.owner().1))
        .collect();
    near.sort();
    near.dedup();
    near.truncate(3);
    near
}

/// The ports that a text names: `8443`, `8000-8010`, `53/udp`, `https`.
pub fn ports(workload: &Workload<'_>, text: &str) -> Option<PortSet> {
    let (number, protocol) = match text.split_once('/') {
        Some((number, protocol)) => (number, Protocol::from_name(&protocol.to_ascii_uppercase())?),
        None => (text, Protocol::Tcp),
    };
    let (first, last) = number.split_once('-').unwrap_or((number, number));
    if let (Ok(first), Ok(last)) = (first.parse::<u16>(), last.parse::<u16>()) {
        return Some(PortSet::range(protocol, first, last)).filter(|ports| !ports.is_empty());
    }
    let named = workload.ports.iter().filter(|port| port.name == Some(text));
    let ports = named.fold(PortSet::none(), |set, port| {
        set.union(&PortSet::range(port.protocol, port.number, port.number))
    });
    Some(ports).filter(|ports| !ports.is_empty())
}
