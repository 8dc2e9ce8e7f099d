//! Who takes part: classes of pods that no policy tells apart, ranges of addresses, and pods that the input lacks.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::bits::Bits;
use crate::lint::cidr::Cidr;
use crate::lint::given::is_given;
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::{Labels, Model};
use crate::lint::ports::{PortSet, Protocol};

/// One end of a connection.
#[derive(Debug, Clone)]
pub enum Endpoint<'m, 'a> {
    /// The pods of these workloads: same namespace, same labels as far as any selector looks, same named ports.
    Pods(Vec<&'m Workload<'a>>),
    /// Addresses outside the cluster that no rule tells apart.
    Addresses(Cidr),
    /// Any pod of a namespace that is not in the input; of any other namespace where none is given.
    Unseen(Option<&'a str>),
}

impl<'m, 'a> Endpoint<'m, 'a> {
    /// The workloads of a class.
    pub fn workloads(&self) -> &[&'m Workload<'a>] {
        match self {
            Self::Pods(workloads) => workloads,
            _ => &[],
        }
    }

    /// The namespace, where it has one.
    pub fn namespace(&self) -> Option<&'a str> {
        match self {
            Self::Pods(workloads) => workloads.first().map(|one| one.resource.namespace),
            Self::Unseen(namespace) => *namespace,
            Self::Addresses(_) => None,
        }
    }

    /// Whether its pods share the network of their node.
    pub fn is_on_host_network(&self) -> bool {
        self.workloads()
            .first()
            .is_some_and(|workload| workload.host_network.is_some())
    }

    /// The ports of this name, of a protocol or of any.
    pub(super) fn named_ports(&self, name: &str, protocol: Option<Protocol>) -> PortSet {
        let declared = self.workloads().first().map(|one| one.ports.as_slice());
        let declared = declared.unwrap_or_default().iter();
        declared
            .filter(|port| port.name == Some(name))
            .filter(|port| protocol.is_none_or(|wanted| wanted == port.protocol))
            .fold(PortSet::none(), |set, port| {
                set.union(&PortSet::range(port.protocol, port.number, port.number))
            })
    }
}

/// A namespace that has pods or a manifest.
#[derive(Debug)]
pub(super) struct Space<'m, 'a> {
    pub(super) name: &'a str,
    /// None where the input lacks its manifest: of its labels only the name is known.
    pub(super) labels: Option<&'m Labels<'a>>,
    /// Its pods, the unseen ones included.
    pub(super) members: Bits,
}

/// Every endpoint, and how to find those that a selector means.
#[derive(Debug)]
pub(super) struct Universe<'m, 'a> {
    pub(super) endpoints: Vec<Endpoint<'m, 'a>>,
    pub(super) spaces: Vec<Space<'m, 'a>>,
    /// Pods of the input that are not on the host network.
    pub(super) pods: Bits,
    /// Pods of the input on the host network.
    pub(super) host: Bits,
    pub(super) unseen: Bits,
    pub(super) addresses: Bits,
    pub(super) with_key: HashMap<&'a str, Bits>,
    pub(super) with_label: HashMap<(&'a str, &'a str), Bits>,
    /// Pods that may have a label although nothing shows it.
    pub(super) perhaps_with_key: HashMap<&'a str, Bits>,
    /// The endpoint of each workload of the model.
    pub(super) of_workload: Vec<usize>,
}

/// What selectors look at.
#[derive(Debug, Default)]
pub(super) struct Looked<'a> {
    pub(super) keys: HashSet<&'a str>,
    pub(super) names: HashSet<&'a str>,
    pub(super) ranges: Vec<Cidr>,
    /// Namespaces by name.
    pub(super) spaces: BTreeSet<&'a str>,
    /// Those of the keys that somebody else than the template may give, in order.
    pub(super) given: BTreeSet<&'a str>,
    /// Whether some selector looks at service accounts.
    pub(super) accounts: bool,
}

impl<'a> Looked<'a> {
    /// The labels looked at that a pod of a workload may have although nothing shows them, in order.
    fn given_to(&self, workload: &Workload<'_>) -> Vec<&'a str> {
        let keys = self.given.iter().copied();
        keys.filter(|key| is_given(workload, key)).collect()
    }
}

/// What tells two workloads apart.
type Class<'a> = (
    &'a str,
    Vec<(&'a str, &'a str)>,
    BTreeSet<(&'a str, Protocol, u16)>,
    bool,
    Option<&'a str>,
    Vec<&'a str>,
);

fn class<'a>(workload: &Workload<'a>, looked: &Looked<'a>) -> Class<'a> {
    let labels = workload.labels.iter().map(|(key, value)| (*key, *value));
    let ports = workload
        .ports
        .iter()
        .filter_map(|port| Some((port.name?, port.protocol, port.number)));
    (
        workload.resource.namespace,
        labels
            .filter(|(key, _)| looked.keys.contains(key))
            .collect(),
        ports
            .filter(|(name, ..)| looked.names.contains(name))
            .collect(),
        workload.host_network.is_some(),
        looked.accounts.then_some(workload.service_account),
        looked.given_to(workload),
    )
}

impl<'m, 'a> Universe<'m, 'a> {
    pub(super) fn of(model: &'m Model<'a>, looked: &Looked<'a>) -> Self {
        let (mut endpoints, of_workload) = classes(model, looked);
        // A namespace with a Service or an account has pods too, although the input lacks them.
        let mut names: BTreeSet<&'a str> = model.seen_namespaces().collect();
        // A namespace that a policy names may be there although the input holds nothing of it.
        names.extend(&looked.spaces);
        endpoints.extend(names.iter().map(|name| Endpoint::Unseen(Some(*name))));
        endpoints.push(Endpoint::Unseen(None));
        endpoints.extend(
            Cidr::cut(&looked.ranges)
                .into_iter()
                .map(Endpoint::Addresses),
        );
        let bound = endpoints.len();
        let mut universe = Self {
            spaces: Vec::new(),
            pods: Bits::none(bound),
            host: Bits::none(bound),
            unseen: Bits::none(bound),
            addresses: Bits::none(bound),
            with_key: HashMap::new(),
            with_label: HashMap::new(),
            perhaps_with_key: HashMap::new(),
            of_workload,
            endpoints,
        };
        universe.index(looked);
        universe.find_spaces(model, names);
        universe
    }

    pub(super) fn bound(&self) -> usize {
        self.endpoints.len()
    }

    fn index(&mut self, looked: &Looked<'a>) {
        let bound = self.endpoints.len();
        for (index, endpoint) in self.endpoints.iter().enumerate() {
            match endpoint {
                Endpoint::Pods(_) if endpoint.is_on_host_network() => self.host.add(index),
                Endpoint::Pods(_) => self.pods.add(index),
                Endpoint::Addresses(_) => self.addresses.add(index),
                Endpoint::Unseen(_) => self.unseen.add(index),
            }
            let Some(workload) = endpoint.workloads().first() else {
                continue;
            };
            for key in looked.given_to(workload) {
                let none = || Bits::none(bound);
                let perhaps = self.perhaps_with_key.entry(key);
                perhaps.or_insert_with(none).add(index);
            }
            for (key, value) in workload.labels.iter() {
                if looked.keys.contains(key) {
                    let none = || Bits::none(bound);
                    self.with_key.entry(key).or_insert_with(none).add(index);
                    let label = self.with_label.entry((key, value));
                    label.or_insert_with(none).add(index);
                }
            }
        }
    }

    fn find_spaces(&mut self, model: &'m Model<'a>, names: BTreeSet<&'a str>) {
        let bound = self.endpoints.len();
        let mut members: BTreeMap<&'a str, Bits> = names
            .into_iter()
            .map(|name| (name, Bits::none(bound)))
            .collect();
        for (index, endpoint) in self.endpoints.iter().enumerate() {
            if let Some(bits) = endpoint.namespace().and_then(|name| members.get_mut(name)) {
                bits.add(index);
            }
        }
        self.spaces = members
            .into_iter()
            .map(|(name, members)| Space {
                name,
                labels: model.namespaces.get(name).map(|space| &space.labels),
                members,
            })
            .collect();
    }
}

/// The classes of the workloads, in the order of the input, and the class of each workload.
fn classes<'m, 'a>(
    model: &'m Model<'a>,
    looked: &Looked<'a>,
) -> (Vec<Endpoint<'m, 'a>>, Vec<usize>) {
    let mut known: HashMap<Class<'a>, usize> = HashMap::new();
    let mut members: Vec<Vec<&'m Workload<'a>>> = Vec::new();
    let mut of_workload = Vec::with_capacity(model.workloads.len());
    for workload in &model.workloads {
        let index = *known.entry(class(workload, looked)).or_insert_with(|| {
            members.push(Vec::new());
            members.len() - 1
        });
        if let Some(class) = members.get_mut(index) {
            class.push(workload);
        }
        of_workload.push(index);
    }
    (
        members.into_iter().map(Endpoint::Pods).collect(),
        of_workload,
    )
}
