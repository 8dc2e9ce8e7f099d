//! "Nobody but these can reach it": proven, refuted, or not decided by the input.

use super::compiled::Opener;
use super::limits::tunnels_of;
use super::path::{Party, Path, Reason};
use super::{Admission, Endpoint, Mesh, Reachability, Side, Target, Verdict, limits, limits_of};
use crate::kernel::document::Node;
use crate::lint::cidr::Cidr;
use crate::lint::injection::assumed_revision;
use crate::lint::model::calico_selector::ACCOUNT as ACCOUNT_LABEL;
use crate::lint::model::kubernetes::{Workload, runs_pods};
use crate::lint::model::plugin_policy::Plugin;
use crate::lint::ports::PortSet;
use crate::lint::rewriting;

/// Somebody who may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// The workload at this position of the model.
    Workload(usize),
    /// Every pod of a namespace.
    Namespace(String),
    /// Addresses outside.
    Addresses(Cidr),
}

/// What became of the claim that nobody but these callers reaches a target.
#[derive(Debug)]
pub struct Proof {
    /// The target.
    pub destination: Party,
    /// Its ports.
    pub ports: PortSet,
    /// Whether the claim holds.
    pub ruling: Ruling,
    /// The callers that may call and do reach it.
    pub callers: Vec<Path>,
    /// Who else surely reaches it.
    pub against: Vec<Path>,
    /// Who else may reach it.
    pub doubtful: Vec<Path>,
    /// Who does not reach it.
    pub kept_out: Vec<Path>,
    /// What the proof takes for granted.
    pub conditions: Vec<Reason>,
    /// What keeps this input from proving anything.
    pub limits: Vec<Reason>,
}

/// Whether a claim holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// It holds.
    Proven,
    /// It does not.
    Refuted,
    /// The input lacks what would settle it.
    Undecided,
}

impl Ruling {
    /// The word in every format.
    pub fn name(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Refuted => "refuted",
            Self::Undecided => "undecided",
        }
    }
}

impl<'m, 'a> Reachability<'m, 'a> {
    /// Whether nobody but `callers` reaches a target. A caller that the mesh refuses does not reach it.
    pub fn only(&self, target: &Target, callers: &[Caller], mesh: &dyn Mesh) -> Proof {
        let destination = self.model().workloads.get(target.position).map(Party::of);
        let mut proof = Proof {
            destination: destination.unwrap_or(Party::Unseen(None)),
            ports: target.ports.clone(),
            ruling: Ruling::Proven,
            callers: Vec::new(),
            against: Vec::new(),
            doubtful: Vec::new(),
            kept_out: Vec::new(),
            limits: Vec::new(),
            conditions: vec![Reason::absent(
                "a pod's own node always reaches it, and so does every pod on the host network of that node",
            )],
        };
        let plugin = self.model().plugin_policies.first();
        proof.conditions.extend(plugin.map(|policy| {
            let name = match policy.plugin {
                Plugin::Cilium => "Cilium",
                Plugin::Calico => "Calico",
            };
            Reason::absent(format!(
                "the cluster's network is {name}'s and enforces its policies"
            ))
        }));
        if plugin.is_some_and(|policy| policy.plugin == Plugin::Calico) {
            proof.conditions.push(Reason::absent(
                "every set of addresses and every host that Calico's selectors may mean is in the input",
            ));
        }
        if let Some(workload) = self.model().workloads.get(target.position) {
            let of_mesh = mesh.conditions(workload, &target.ports);
            proof.conditions.extend(of_mesh);
        }
        for target in self.alike(target) {
            let paths = self.paths_to(target.position, &target.ports, mesh);
            for path in paths {
                self.place(path, (&target, callers), &mut proof);
            }
        }
        let kept_by_mesh = |path: &Path| {
            let is_outside = matches!(path.source, Party::Addresses(_));
            is_outside && !path.may.is_empty()
        };
        if proof.kept_out.iter().any(kept_by_mesh) {
            proof.conditions.push(Reason::absent(
                "no machine outside the cluster holds an identity of the mesh",
            ));
        }
        let by_network = |path: &Path| path.may.is_empty();
        let is_kept_by_network = proof.kept_out.iter().any(by_network);
        if is_kept_by_network && plugin.is_none() {
            // Some plugins take the objects and enforce nothing.
            proof.conditions.push(Reason::absent(
                "the cluster's network plugin enforces NetworkPolicies",
            ));
        }
        proof.limits = match self.model().workloads.get(target.position) {
            Some(workload) => {
                let has_tunnel = !tunnels_of(self.model(), workload).is_empty();
                let closed = match is_kept_by_network && has_tunnel {
                    true => self.closed_to_tunnel(target, callers, mesh),
                    false => Some(Vec::new()),
                };
                let found = limits_of(self.model(), workload, closed.is_none());
                if has_tunnel && is_kept_by_network && closed.is_some() {
                    proof.conditions.push(Reason::absent(
                        "meshed traffic arrives on TCP 15008 whatever its port: there the mesh refuses whoever is not \
                         allowed",
                    ));
                }
                proof.conditions.extend(closed.into_iter().flatten());
                found
            }
            None => limits(self.model()),
        };
        let named = self.model().workloads.get(target.position);
        if let Some(revision) = named.and_then(|one| assumed_revision(self.model(), one)) {
            proof.conditions.push(Reason::absent(format!(
                "revision `{revision}` of the mesh exists and injects"
            )));
        }
        proof.limits.extend(self.beyond_policies(target));
        if proof
            .conditions
            .iter()
            .any(|one| one.text.contains(ACCOUNT))
        {
            proof.limits.extend(self.account_makers(callers));
        }
        let addresses = |path: &&Path| matches!(path.source, Party::Addresses(_));
        let opened = proof
            .callers
            .iter()
            .chain(&proof.against)
            .chain(&proof.doubtful);
        if opened.filter(addresses).count() > 0
            && proof.kept_out.iter().filter(addresses).any(by_network)
        {
            proof.limits.extend(self.rewritten_sources(target));
        }
        let mut told = std::collections::BTreeSet::new();
        proof.conditions.retain(|one| told.insert(one.text.clone()));
        let is_doubtful = !proof.doubtful.is_empty() || !proof.limits.is_empty();
        proof.ruling = match (proof.against.is_empty(), is_doubtful) {
            (false, _) => Ruling::Refuted,
            (true, true) => Ruling::Undecided,
            (true, false) => Ruling::Proven,
        };
        proof
    }

    /// What must be taken for granted so that nobody whom the network keeps from these ports calls them by the port on
    /// which meshed traffic arrives: the mesh refuses him there as well. None where it does not.
    fn closed_to_tunnel(
        &self,
        target: &Target,
        callers: &[Caller],
        mesh: &dyn Mesh,
    ) -> Option<Vec<Reason>> {
        let mut conditions: Vec<Reason> = Vec::new();
        for target in self.alike(target) {
            let called = self.model().workloads.get(target.position)?;
            let to = self.of_workload(target.position)?;
            for source in (0..self.endpoints().len()).filter(|source| self.is_there(*source)) {
                let may = self.between(source, to).may.intersection(&target.ports);
                for (party, caller) in self.callers_of(source) {
                    if !may.is_empty()
                        || party == Party::of(called)
                        || self.is_allowed(&party, callers)
                        || self.is_on_a_node(&party)
                    {
                        continue;
                    }
                    let parts = mesh.cross(caller, called, &target.ports);
                    if parts.is_empty() {
                        return None;
                    }
                    for (ports, crossing) in parts {
                        if crossing.admission == Admission::Refused {
                            continue;
                        }
                        let path = Path {
                            source: party.clone(),
                            destination: Party::of(called),
                            surely: ports.clone(),
                            may: ports,
                            reasons: Vec::new(),
                            crossing: Some(crossing),
                        };
                        conditions.push(self.same_account(&path, callers)?);
                    }
                }
            }
        }
        Some(conditions)
    }

    /// Services and ports of nodes that bring callers from anywhere with the address of a node.
    fn rewritten_sources(&self, target: &Target) -> Option<Reason> {
        let workload = self.model().workloads.get(target.position)?;
        let services = self.model().services_before(workload).into_iter();
        let mut services = services.filter(|service| {
            let text = |key: &str| service.resource.at(&["spec", key]).and_then(Node::as_str);
            matches!(text("type"), Some("NodePort" | "LoadBalancer"))
                && text("externalTrafficPolicy") != Some("Local")
        });
        services.next().map(|service| {
            let text = format!(
                "{} brings callers from anywhere with the address of a node, and it is not known whether a block that \
                 is let in holds the nodes (`externalTrafficPolicy: Local` would keep their own)",
                service.resource.subject()
            );
            Reason::at(text, &service.resource, service.resource.name_span)
        })
    }

    /// Objects of kinds that are not read and that make pods with the account of an allowed caller: they may call too.
    fn account_makers(&self, callers: &[Caller]) -> Vec<Reason> {
        let model = self.model();
        let trusted = callers.iter().filter_map(|caller| match caller {
            Caller::Workload(position) => model.workloads.get(*position),
            _ => None,
        });
        let trusted: Vec<(&str, &str)> = trusted
            .map(|one| (one.resource.namespace, one.service_account))
            .collect();
        let unread = model
            .resources
            .iter()
            .filter(|resource| !runs_pods(resource));
        let makers = unread.filter_map(|resource| {
            let of_space = trusted.iter().filter(|(space, _)| *space == resource.namespace);
            let spec = resource.at(&["spec"])?;
            let (_, account) = of_space.into_iter().find(|(_, account)| names_account(spec, account))?;
            let text = format!(
                "{} makes pods with the service account `{account}`, and is not read: they call as the allowed caller does",
                resource.subject()
            );
            Some(Reason::at(text, resource, resource.name_span))
        });
        makers.collect()
    }

    /// What of a target no policy of the input decides: interfaces of other networks, and what makes policies of its
    /// namespace at run time.
    fn beyond_policies(&self, target: &Target) -> Vec<Reason> {
        let Some(workload) = self.model().workloads.get(target.position) else {
            return Vec::new();
        };
        let mut found = rewriting::makers(self.model(), workload.resource.namespace);
        found.extend(other_networks(workload));
        found
    }

    /// Puts a path where it belongs.
    fn place(&self, path: Path, (target, callers): (&Target, &[Caller]), proof: &mut Proof) {
        if path.is_closed() {
            proof.kept_out.push(path);
        } else if self.is_allowed(&path.source, callers) {
            proof.callers.push(path);
        } else if self.is_on_a_node(&path.source) {
            // The node is beyond every policy, and the conditions say so.
        } else if let Some(condition) = self
            .same_account(&path, callers)
            .or_else(|| self.same_rules(&path, target, callers))
        {
            let mut known = proof.conditions.iter();
            if !known.any(|one| one.text == condition.text) {
                proof.conditions.push(condition);
            }
        } else if self.is_sure(&path, target) {
            proof.against.push(path);
        } else {
            proof.doubtful.push(path);
        }
    }

    /// The target once for each way in which its pods are treated: a pod of the same owner may have other labels, and one that
    /// exists another proxy or none.
    fn alike(&self, target: &Target) -> Vec<Target> {
        let workloads = &self.model().workloads;
        let Some(named) = workloads.get(target.position) else {
            return vec![target.clone()];
        };
        let party = Party::of(named);
        let mut seen = vec![(target.position, named)];
        // What is there twice is one of the two, and a limit.
        let is_another = |workload: &Workload<'_>| {
            let (one, other) = (&workload.resource, &named.resource);
            (one.kind, one.name) != (other.kind, other.name)
        };
        for (position, workload) in workloads.iter().enumerate() {
            let is_seen = |(_, other): &(usize, &Workload<'_>)| {
                other.labels == workload.labels
                    && other.annotations == workload.annotations
                    && other.service_account == workload.service_account
                    && other.host_network.is_some() == workload.host_network.is_some()
                    && other.is_made() == workload.is_made()
                    && other.container_names().eq(workload.container_names())
            };
            if is_another(workload) && Party::of(workload) == party && !seen.iter().any(is_seen) {
                seen.push((position, workload));
            }
        }
        let positions = seen.into_iter().map(|(position, _)| position);
        positions
            .map(|position| Target {
                position,
                ports: target.ports.clone(),
            })
            .collect()
    }

    /// Whether it is open, and no mesh may yet refuse it.
    fn is_sure(&self, path: &Path, target: &Target) -> bool {
        let depends = |crossing: &super::Crossing| crossing.admission == Admission::Depends;
        let is_let_in = match &path.source {
            // Whether pods that nobody sees may call out is theirs; that they are let in is the destination's.
            Party::Unseen(_) => self.lets_in_unseen(path, target),
            _ => !path.surely.is_empty(),
        };
        is_let_in && !path.crossing.as_ref().is_some_and(depends)
    }

    fn lets_in_unseen(&self, path: &Path, target: &Target) -> bool {
        let source = self
            .endpoints()
            .iter()
            .position(|endpoint| match (endpoint, &path.source) {
                (Endpoint::Unseen(name), Party::Unseen(wanted)) => *name == wanted.as_deref(),
                _ => false,
            });
        let (Some(source), Some(destination)) = (source, self.of_workload(target.position)) else {
            return true;
        };
        let [_, ingress] = self.reasons(source, destination);
        !ingress.surely.intersection(&path.may).is_empty()
    }

    fn is_allowed(&self, source: &Party, callers: &[Caller]) -> bool {
        let model = self.model();
        if let Party::Addresses(ranges) = source {
            let blocks = callers.iter().filter_map(|caller| match caller {
                Caller::Addresses(block) => Some(*block),
                _ => None,
            });
            // Several blocks may hold together what none of them holds alone.
            let blocks: Vec<Cidr> = blocks.collect();
            return ranges.iter().all(|range| range.without(&blocks).is_empty());
        }
        callers.iter().any(|caller| match (caller, source) {
            (Caller::Workload(position), party) => model
                .workloads
                .get(*position)
                .is_some_and(|workload| Party::of(workload) == *party),
            (Caller::Namespace(name), Party::Workload { namespace, .. }) => name == namespace,
            (Caller::Namespace(name), Party::Unseen(Some(namespace))) => name == namespace,
            _ => false,
        })
    }

    fn is_on_a_node(&self, source: &Party) -> bool {
        self.model()
            .workloads
            .iter()
            .any(|workload| workload.host_network.is_some() && Party::of(workload) == *source)
    }

    /// Pods that are not in the input and get in with the identity of an allowed caller alone: whoever can make pods
    /// with that account is trusted.
    fn same_account(&self, path: &Path, callers: &[Caller]) -> Option<Reason> {
        let Party::Unseen(_) = &path.source else {
            return None;
        };
        let accounts = path.crossing.as_ref()?.accounts.as_ref()?;
        let model = self.model();
        let is_trusted = |account: &String| {
            callers.iter().any(|caller| match caller {
                Caller::Workload(position) => {
                    let workload = model.workloads.get(*position);
                    workload.is_some_and(|workload| *account == workload.account())
                }
                Caller::Namespace(name) => account
                    .split_once('/')
                    .is_some_and(|(namespace, _)| namespace == name),
                Caller::Addresses(_) => false,
            })
        };
        accounts.iter().all(is_trusted).then(|| {
            Reason::absent(format!(
                "{ACCOUNT} {} is trusted: mTLS proves no more",
                accounts.join(" or ")
            ))
        })
    }

    /// Pods that are not in the input and get in by the labels of an allowed caller alone, in its namespace: whoever can
    /// make pods with those labels there is trusted.
    fn same_rules(&self, path: &Path, target: &Target, callers: &[Caller]) -> Option<Reason> {
        let Party::Unseen(Some(namespace)) = &path.source else {
            return None;
        };
        let destination = self.of_workload(target.position)?;
        let source = self.endpoints().iter().position(
            |endpoint| matches!(endpoint, Endpoint::Unseen(Some(name)) if name == namespace),
        )?;
        let model = self.model();
        let trusted: Vec<(&Workload<'_>, usize)> = callers
            .iter()
            .filter_map(|caller| match caller {
                Caller::Workload(position) => {
                    let workload = model.workloads.get(*position)?;
                    let is_there = workload.resource.namespace == namespace;
                    is_there.then_some((workload, self.of_workload(*position)?))
                }
                _ => None,
            })
            .collect();
        let [_, ingress] = self.reasons(source, destination);
        let opened = trusted_ports(&ingress, source, &trusted, &target.ports)?;
        path.may.is_within(&opened).then(|| {
            Reason::absent(format!(
                "whoever can make pods in namespace `{namespace}` with the labels of an allowed caller is trusted: \
                 the same rule lets them in"
            ))
        })
    }

    /// The same of pods that may be called by the labels of an allowed callee alone, in its namespace.
    pub(crate) fn same_callees(
        &self,
        caller: usize,
        path: &Path,
        callees: &[(usize, PortSet)],
    ) -> Option<Reason> {
        let Party::Unseen(Some(namespace)) = &path.destination else {
            return None;
        };
        // Whom nothing lets be called needs no excuse.
        if path.is_closed() {
            return None;
        }
        let source = self.of_workload(caller)?;
        let destination = self.endpoints().iter().position(
            |endpoint| matches!(endpoint, Endpoint::Unseen(Some(name)) if name == namespace),
        )?;
        let trusted: Vec<(&Workload<'_>, usize)> = callees
            .iter()
            .filter(|(_, ports)| path.may.is_within(ports))
            .filter_map(|(position, _)| {
                let workload = self.model().workloads.get(*position)?;
                let is_there = workload.resource.namespace == namespace;
                is_there.then_some((workload, self.of_workload(*position)?))
            })
            .collect();
        let [egress, _] = self.reasons(source, destination);
        let opened = trusted_ports(&egress, destination, &trusted, &path.may)?;
        path.may.is_within(&opened).then(|| {
            Reason::absent(format!(
                "whoever can make pods in namespace `{namespace}` with the labels of an allowed callee is trusted: \
                 the same rule lets them be called"
            ))
        })
    }
}

/// Whether `serviceAccountName` of this account stands anywhere in a value.
fn names_account(node: &Node, account: &str) -> bool {
    if let Some(entries) = node.as_mapping() {
        return entries.iter().any(|entry| {
            let is_it = matches!(entry.key.as_str(), "serviceAccountName" | "serviceAccount");
            (is_it && entry.value.as_str() == Some(account)) || names_account(&entry.value, account)
        });
    }
    let items = node.as_sequence().unwrap_or_default();
    items.iter().any(|item| names_account(item, account))
}

/// What the condition on accounts begins with.
const ACCOUNT: &str = "whoever can make pods with the service account";

/// The ports that rules may open for a peer that the input lacks, where each of them asks for labels that somebody
/// trusted has; none where one does not, or where nothing isolates.
fn trusted_ports(
    side: &Side<'_, '_>,
    peer: usize,
    trusted: &[(&Workload<'_>, usize)],
    wanted: &PortSet,
) -> Option<PortSet> {
    let mut opened = PortSet::none();
    // What an earlier rule surely refuses no later one opens; of rules that add up none is asked after a refusal either.
    let mut left = wanted.clone();
    for step in &side.steps {
        if step.ports.intersection(&left).is_empty() {
            continue;
        }
        if step.verdict == Verdict::Denies {
            if step.is_certain {
                left = left.minus(&step.ports);
            }
            continue;
        }
        // Each peer that may mean such a pod, by itself; to leave it to the next tier may open it.
        let mut openers = step.openers.iter();
        let is_trusted = openers.all(|opener| {
            !opener.selected.either().holds(peer)
                || trusted
                    .iter()
                    .any(|(workload, endpoint)| has_labels(opener, workload, *endpoint))
        });
        if step.is_certain || !is_trusted {
            return None;
        }
        opened = opened.union(&step.ports);
    }
    let is_closed_otherwise = !side.isolated_by.is_empty() || left.is_empty();
    is_closed_otherwise.then_some(opened)
}

/// Whether a peer surely means a caller, and asks every pod for labels that the caller has.
fn has_labels(opener: &Opener<'_>, caller: &Workload<'_>, endpoint: usize) -> bool {
    let Some(labels) = &opener.labels else {
        return false;
    };
    // Calico tells a pod's service account as a label.
    let has = |(key, value): &(&str, &str)| {
        caller.labels.get(key) == Some(value)
            || (*key == ACCOUNT_LABEL && caller.service_account == *value)
    };
    opener.selected.yes.holds(endpoint) && labels.iter().all(has)
}

/// Networks beside the cluster's that a workload's pods are on.
pub(crate) fn other_networks(workload: &Workload<'_>) -> Vec<Reason> {
    const NETWORKS: [&str; 2] = [
        "k8s.v1.cni.cncf.io/networks",
        "v1.multus-cni.io/default-network",
    ];
    let resource = &workload.resource;
    let names = NETWORKS.iter();
    let names = names.filter(|name| workload.annotations.get(name).is_some());
    names
        .map(|name| {
            let span = workload.metadata_span("annotations", name);
            let text = format!(
                "`{name}` gives {} interfaces of other networks, which no policy here binds",
                resource.subject()
            );
            Reason::at(text, resource, span.unwrap_or(resource.name_span))
        })
        .collect()
}
