//! A cluster evaluated the slow way: for one source, one destination and one port, every policy is asked in turn.
//!
//! It shares no code with the engine. Blocks hold no pods here, and every namespace is known.

use std::net::IpAddr;

use crate::lint::ports::Protocol;

/// Operator, key and values, all of which must hold.
#[derive(Debug, Clone)]
pub(super) struct Selector(pub(super) Vec<(&'static str, &'static str, Vec<&'static str>)>);

#[derive(Debug, Clone)]
pub(super) struct Pod {
    pub(super) namespace: usize,
    pub(super) labels: Vec<(&'static str, &'static str)>,
    /// The port named `web`.
    pub(super) web: Option<(Protocol, u16)>,
}

#[derive(Debug, Clone)]
pub(super) enum Peer {
    Pods {
        namespaces: Option<Selector>,
        pods: Option<Selector>,
    },
    Block {
        cidr: &'static str,
        except: Vec<&'static str>,
    },
}

#[derive(Debug, Clone)]
pub(super) enum PortRef {
    Range(Protocol, u16, u16),
    Named(&'static str, Protocol),
}

#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) peers: Vec<Peer>,
    pub(super) ports: Vec<PortRef>,
}

#[derive(Debug, Clone)]
pub(super) struct Policy {
    pub(super) namespace: usize,
    pub(super) pods: Selector,
    pub(super) types: Option<Vec<&'static str>>,
    pub(super) ingress: Option<Vec<Rule>>,
    pub(super) egress: Option<Vec<Rule>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Allow,
    Deny,
    Pass,
}

#[derive(Debug, Clone)]
pub(super) struct Tiered {
    pub(super) namespaces: Selector,
    pub(super) pods: Selector,
    pub(super) ingress: Vec<(Act, Rule)>,
    pub(super) egress: Vec<(Act, Rule)>,
}

#[derive(Debug, Clone)]
pub(super) struct Cluster {
    pub(super) namespaces: Vec<Vec<(&'static str, &'static str)>>,
    pub(super) pods: Vec<Pod>,
    pub(super) policies: Vec<Policy>,
    pub(super) admin: Vec<Tiered>,
    pub(super) baseline: Option<Tiered>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    Pod(usize),
    Address(&'static str),
}

/// One connection, seen from one of its ends.
#[derive(Clone, Copy)]
struct Probe {
    subject: usize,
    peer: Who,
    is_ingress: bool,
    destination: Who,
    protocol: Protocol,
    port: u16,
}

impl Selector {
    fn matches(&self, labels: &[(&str, &str)]) -> bool {
        self.0.iter().all(|(operator, key, values)| {
            let found = labels.iter().find(|(known, _)| known == key);
            match *operator {
                "In" => found.is_some_and(|(_, value)| values.contains(value)),
                "NotIn" => found.is_none_or(|(_, value)| !values.contains(value)),
                "Exists" => found.is_some(),
                _ => found.is_none(),
            }
        })
    }
}

impl Cluster {
    /// Whether a connection is let through at both ends.
    pub(super) fn connects(
        &self,
        source: Who,
        destination: Who,
        protocol: Protocol,
        port: u16,
    ) -> bool {
        let end = |subject: Who, peer: Who, is_ingress: bool| match subject {
            Who::Address(_) => true,
            Who::Pod(subject) => self.lets_through(Probe {
                subject,
                peer,
                is_ingress,
                destination,
                protocol,
                port,
            }),
        };
        end(source, destination, false) && end(destination, source, true)
    }

    fn lets_through(&self, probe: Probe) -> bool {
        for policy in &self.admin {
            match self.first_match(policy, probe) {
                Some(Act::Allow) => return true,
                Some(Act::Deny) => return false,
                Some(Act::Pass) => break,
                None => {}
            }
        }
        let pod = &self.pods[probe.subject];
        let mut isolated = false;
        for policy in &self.policies {
            let section = if probe.is_ingress {
                &policy.ingress
            } else {
                &policy.egress
            };
            let listed = match (&policy.types, probe.is_ingress) {
                (Some(types), true) => types.contains(&"Ingress"),
                (Some(types), false) => types.contains(&"Egress"),
                (None, true) => true,
                (None, false) => section.as_ref().is_some_and(|rules| !rules.is_empty()),
            };
            if policy.namespace != pod.namespace || !policy.pods.matches(&pod.labels) || !listed {
                continue;
            }
            isolated = true;
            for rule in section.iter().flatten() {
                let peers = rule.peers.is_empty()
                    || rule
                        .peers
                        .iter()
                        .any(|peer| self.is_peer(peer, probe.peer, Some(policy.namespace)));
                let ports = rule.ports.is_empty()
                    || rule
                        .ports
                        .iter()
                        .any(|port| self.is_port(port, probe, true));
                if peers && ports {
                    return true;
                }
            }
        }
        if isolated {
            return false;
        }
        match &self.baseline {
            Some(policy) => self.first_match(policy, probe) != Some(Act::Deny),
            None => true,
        }
    }

    fn first_match(&self, policy: &Tiered, probe: Probe) -> Option<Act> {
        let pod = &self.pods[probe.subject];
        let namespace = &self.namespaces[pod.namespace];
        if !policy.namespaces.matches(namespace) || !policy.pods.matches(&pod.labels) {
            return None;
        }
        let rules = if probe.is_ingress {
            &policy.ingress
        } else {
            &policy.egress
        };
        let found = rules.iter().find(|(_, rule)| {
            let ports = rule.ports.is_empty()
                || rule
                    .ports
                    .iter()
                    .any(|port| self.is_port(port, probe, false));
            ports
                && rule
                    .peers
                    .iter()
                    .any(|peer| self.is_peer(peer, probe.peer, None))
        });
        found.map(|(act, _)| *act)
    }

    /// `own` is the namespace of the policy, for peers that name none.
    fn is_peer(&self, peer: &Peer, who: Who, own: Option<usize>) -> bool {
        match (peer, who) {
            (Peer::Pods { namespaces, pods }, Who::Pod(index)) => {
                let pod = &self.pods[index];
                let in_namespace = match (namespaces, own) {
                    (Some(selector), _) => selector.matches(&self.namespaces[pod.namespace]),
                    (None, Some(own)) => own == pod.namespace,
                    (None, None) => true,
                };
                in_namespace
                    && pods
                        .as_ref()
                        .is_none_or(|selector| selector.matches(&pod.labels))
            }
            (Peer::Block { cidr, except }, Who::Address(address)) => {
                // Blocks of cluster policies have no exceptions.
                let except = if own.is_some() {
                    except.as_slice()
                } else {
                    &[]
                };
                is_inside(cidr, address) && !except.iter().any(|block| is_inside(block, address))
            }
            _ => false,
        }
    }

    fn is_port(&self, port: &PortRef, probe: Probe, with_protocol: bool) -> bool {
        match port {
            PortRef::Range(protocol, first, last) => {
                *protocol == probe.protocol && (*first..=*last).contains(&probe.port)
            }
            PortRef::Named(_, protocol) => match probe.destination {
                Who::Address(_) => false,
                Who::Pod(index) => self.pods[index].web.is_some_and(|(declared, number)| {
                    (declared, number) == (probe.protocol, probe.port)
                        && (!with_protocol || *protocol == declared)
                }),
            },
        }
    }
}

fn is_inside(block: &str, address: &str) -> bool {
    let bits = |address: &str| -> (bool, u128) {
        match address.parse().unwrap() {
            IpAddr::V4(address) => (true, u128::from(u32::from(address)) << 96),
            IpAddr::V6(address) => (false, u128::from(address)),
        }
    };
    let (start, length) = block.split_once('/').unwrap();
    let length: u32 = length.parse().unwrap();
    let ((family, start), (other_family, address)) = (bits(start), bits(address));
    let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
    family == other_family && start & mask == address & mask
}
