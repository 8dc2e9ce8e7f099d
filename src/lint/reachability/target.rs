//! How a workload and its ports are named: `production/payment-service:8443`.

use crate::kernel::arrange::Arrange as _;
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
    /// The port is another's.
    #[error("{port} is the port of Service {service}; the pod's port behind it is {target}")]
    ServicePort {
        /// The port as given.
        port: u16,
        /// The Service.
        service: String,
        /// The pods' port.
        target: u16,
    },
    /// No container has the port.
    #[error("no container of `{workload}` declares port {port}: nothing could be said about it")]
    Undeclared {
        /// The workload.
        workload: String,
        /// The port as given.
        port: String,
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
    /// Finds `[KIND/]NS/WORKLOAD[:PORT]`; the namespace may be left out where one namespace alone has such a workload.
    ///
    /// # Errors
    /// [`TargetError`] where that is not exactly one workload, or not a port of it.
    pub fn find(model: &Model<'_>, text: &str) -> Result<Self, TargetError> {
        let (name, port) = match text.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (text, None),
        };
        let (kind, name_alone) = match name.split_once('/') {
            Some((kind, rest)) if rest.contains('/') => (Some(kind), rest),
            _ => (None, name),
        };
        let (namespace, bare) = match name_alone.split_once('/') {
            Some((namespace, bare)) => (Some(namespace), bare),
            None => (None, name_alone),
        };
        let is_of_kind = |workload: &Workload<'_>| {
            let own = [workload.resource.kind, workload.owner().0];
            kind.is_none_or(|kind| own.iter().any(|own| own.eq_ignore_ascii_case(kind)))
        };
        let is_meant = |workload: &Workload<'_>| {
            is_of_kind(workload)
                && (workload.resource.name == bare || workload.owner().1 == bare)
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
            Some(port) => {
                let ports = ports(workload, port).ok_or_else(|| TargetError::Port {
                    port: port.to_owned(),
                })?;
                is_of_the_pod(model, workload, &ports)?;
                ports
            }
        };
        Ok(Self { position, ports })
    }
}

/// Policies and pods know the pods' ports, not those of Services.
fn is_of_the_pod(
    model: &Model<'_>,
    workload: &Workload<'_>,
    ports: &PortSet,
) -> Result<(), TargetError> {
    let mut ranges = ports.ranges();
    let (Some((protocol, port, last)), None) = (ranges.next(), ranges.next()) else {
        return Ok(());
    };
    let declares = |own: &crate::lint::model::kubernetes::ContainerPort<'_>| {
        ports.contains(own.protocol, own.number)
    };
    if port != last || workload.ports.iter().any(declares) {
        return Ok(());
    }
    for service in model
        .services
        .iter()
        .filter(|service| service.selects(workload))
    {
        for own in service.ports.iter().filter(|own| own.protocol == protocol) {
            match own.target_number {
                Some(target) if target == port => return Ok(()),
                Some(target) if own.number == port => {
                    return Err(TargetError::ServicePort {
                        port,
                        service: service.resource.name.to_owned(),
                        target,
                    });
                }
                _ => {}
            }
        }
    }
    // Containers need not declare their ports; where they do, others are likely misspelt.
    if workload.ports.is_empty() {
        return Ok(());
    }
    Err(TargetError::Undeclared {
        workload: workload.resource.subject(),
        port: ports.to_string(),
    })
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
    near.arrange();
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
