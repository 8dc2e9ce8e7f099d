//! Policies of every kind as one: whom they are for, and ordered rules over sets of endpoints and ports.

use std::collections::HashMap;
use std::rc::Rc;

use super::Assumptions;
use super::bits::Bits;
use super::endpoint::{Looked, Universe};
use super::matching::Selected;
use super::sets::{ALL, PortSets, PortsId};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::source::Span;
use crate::lint::given::is_ever_given;
use crate::lint::model::admin_network_policy::{
    Action, ClusterPeer, ClusterPolicy, ClusterRule, Pods, Tier,
};
use crate::lint::model::istio::Attribute;
use crate::lint::model::network_policy::{Direction, NetworkPolicy, Peer, PolicyPort, PortMatch};
use crate::lint::model::{Model, Resource};
use crate::lint::ports::{PortSet, Protocol};
use crate::lint::selector::{LabelSelector, Requirement};

/// When a policy is asked, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Layer {
    /// Ordered rules before NetworkPolicies, by priority.
    Admin(i64),
    /// Ordered rules of Calico's default tier, before the NetworkPolicies that stand in it.
    Before(i64),
    /// Rules that add up; who is isolated gets nothing else.
    Network,
    /// Ordered rules of Calico's default tier after them.
    After(i64),
    /// Ordered rules for those that are not isolated.
    Baseline(i64),
}

/// A policy, ready to be evaluated.
#[derive(Debug)]
pub(super) struct Compiled<'m, 'a> {
    pub(super) resource: &'m Resource<'a>,
    pub(super) layer: Layer,
    pub(super) subject: Selected,
    pub(super) isolates: [bool; 2],
    pub(super) rules: [Vec<Rule<'a>>; 2],
}

/// A rule, ready to be evaluated.
#[derive(Debug)]
pub(super) struct Rule<'a> {
    pub(super) span: Span,
    pub(super) name: Option<&'a str>,
    pub(super) action: Action,
    pub(super) peers: Rc<Selected>,
    /// The peers one by one, as far as they mean pods.
    pub(super) openers: Rc<[Opener<'a>]>,
    pub(super) numbered: PortsId,
    pub(super) named: Vec<(&'a str, Option<Protocol>)>,
}

/// A peer of a rule by itself.
#[derive(Debug, Clone)]
pub(super) struct Opener<'a> {
    /// Whom it means.
    pub(super) selected: Rc<Selected>,
    /// The labels, each of one value, that a pod must have to be meant; none where it is meant without, or with others
    /// too.
    pub(super) labels: Option<Vec<(&'a str, &'a str)>>,
}

impl<'a> Opener<'a> {
    pub(super) fn of_pods(selected: Rc<Selected>, pods: &LabelSelector<'a>) -> Self {
        let labels = pods.requirements.iter().map(|one| match one {
            Requirement::In(key, values) => match values.as_slice() {
                [only] => Some((*key, *only)),
                _ => None,
            },
            _ => None,
        });
        let labels: Option<Vec<_>> = labels.collect();
        Self {
            selected,
            labels: labels.filter(|labels| !labels.is_empty()),
        }
    }

    /// Somebody who needs no label.
    pub(super) fn of_anybody(selected: Rc<Selected>) -> Self {
        Self {
            selected,
            labels: None,
        }
    }
}

/// The place of a direction in arrays.
pub(super) fn side(direction: Direction) -> usize {
    match direction {
        Direction::Ingress => 0,
        Direction::Egress => 1,
    }
}

type Key<'m, 'a> = (
    Result<&'m LabelSelector<'a>, &'a str>,
    &'m LabelSelector<'a>,
);

/// Compiles policies, each selector once.
pub(super) struct Compiler<'u, 'm, 'a> {
    pub(super) universe: &'u Universe<'m, 'a>,
    pub(super) assumptions: &'u Assumptions,
    ports: &'u mut PortSets,
    known: HashMap<Key<'m, 'a>, Rc<Selected>>,
    everyone: Rc<Selected>,
}

static EVERY_POD: LabelSelector<'static> = LabelSelector {
    requirements: Vec::new(),
};

/// The ports of a rule: those given by number, and the names of the others.
pub(super) type RulePorts<'a> = (PortsId, Vec<(&'a str, Option<Protocol>)>);

impl<'u, 'm, 'a> Compiler<'u, 'm, 'a> {
    pub(super) fn new(
        universe: &'u Universe<'m, 'a>,
        assumptions: &'u Assumptions,
        ports: &'u mut PortSets,
    ) -> Self {
        Self {
            everyone: Rc::new(Selected::all(universe.bound())),
            universe,
            assumptions,
            ports,
            known: HashMap::new(),
        }
    }

    /// Every policy of the model, in the order in which they are asked.
    pub(super) fn compile(mut self, model: &'m Model<'a>) -> Vec<Compiled<'m, 'a>> {
        let mut compiled = Vec::new();
        for policy in &model.network_policies {
            compiled.push(self.network_policy(policy));
        }
        for policy in &model.cluster_policies {
            compiled.push(self.cluster_policy(policy));
        }
        for policy in &model.plugin_policies {
            compiled.push(self.plugin_policy(policy, &model.network_sets));
        }
        compiled.arrange_by(|a, b| (a.layer, a.resource.name).cmp(&(b.layer, b.resource.name)));
        compiled
    }

    pub(super) fn select(
        &mut self,
        namespaces: Result<&'m LabelSelector<'a>, &'a str>,
        pods: &'m LabelSelector<'a>,
    ) -> Rc<Selected> {
        let (universe, assumptions) = (self.universe, self.assumptions);
        let known = self.known.entry((namespaces, pods));
        Rc::clone(known.or_insert_with(|| Rc::new(universe.select(namespaces, pods, assumptions))))
    }

    fn network_policy(&mut self, policy: &'m NetworkPolicy<'a>) -> Compiled<'m, 'a> {
        let own = policy.resource.namespace;
        let subject = self.select(Err(own), &policy.pod_selector);
        let rules = |direction: Direction| {
            let section = policy.section(direction);
            section
                .filter(|_| policy.isolates(direction))
                .map(|section| section.rules.as_slice())
                .unwrap_or_default()
        };
        let mut compile = |direction: Direction| -> Vec<Rule<'a>> {
            rules(direction)
                .iter()
                .map(|rule| {
                    let openers = self.network_peers(own, &rule.peers);
                    let (numbered, named) = self.rule_ports(&rule.listed_ports);
                    Rule {
                        span: rule.span,
                        name: None,
                        action: Action::Allow,
                        peers: joined(&openers, self.universe.bound()),
                        openers: openers.into(),
                        numbered,
                        named,
                    }
                })
                .collect()
        };
        Compiled {
            resource: &policy.resource,
            layer: Layer::Network,
            subject: (*subject).clone(),
            isolates: Direction::ALL.map(|direction| policy.isolates(direction)),
            rules: Direction::ALL.map(&mut compile),
        }
    }

    fn network_peers(&mut self, own: &'a str, peers: &'m [Peer<'a>]) -> Vec<Opener<'a>> {
        if peers.is_empty() {
            return vec![Opener::of_anybody(Rc::clone(&self.everyone))];
        }
        let peers = peers.iter();
        peers.map(|peer| self.network_peer(own, peer)).collect()
    }

    fn network_peer(&mut self, own: &'a str, peer: &'m Peer<'a>) -> Opener<'a> {
        if let Some(blocks) = &peer.addresses {
            let selected = self.universe.in_blocks(blocks, self.assumptions);
            return Opener::of_anybody(Rc::new(selected));
        }
        let namespaces = peer.namespaces.as_ref().ok_or(own);
        let pods = peer.pods.as_ref().unwrap_or(&EVERY_POD);
        Opener::of_pods(self.select(namespaces, pods), pods)
    }

    fn rule_ports(&mut self, listed: &[PolicyPort<'a>]) -> RulePorts<'a> {
        if listed.is_empty() {
            return (ALL, Vec::new());
        }
        self.some_ports(listed)
    }

    pub(super) fn some_ports(&mut self, listed: &[PolicyPort<'a>]) -> RulePorts<'a> {
        let mut numbered = PortSet::none();
        let mut named = Vec::new();
        for entry in listed {
            match &entry.ports {
                PortMatch::Numbered(ports) => numbered = numbered.union(ports),
                PortMatch::Named(name, protocol) => named.push((*name, *protocol)),
                PortMatch::Unknown => {}
            }
        }
        (self.ports.id(numbered), named)
    }

    fn cluster_policy(&mut self, policy: &'m ClusterPolicy<'a>) -> Compiled<'m, 'a> {
        let layer = match policy.tier {
            Tier::Admin => Layer::Admin(policy.priority),
            Tier::Baseline => Layer::Baseline(policy.priority),
        };
        let subject = self.cluster_pods(&policy.subject);
        let mut compile = |direction: Direction| -> Vec<Rule<'a>> {
            let rules = policy.rules(direction).iter();
            rules.map(|rule| self.cluster_rule(rule)).collect()
        };
        Compiled {
            resource: &policy.resource,
            layer,
            rules: Direction::ALL.map(&mut compile),
            isolates: [false; 2],
            subject,
        }
    }

    /// Pods on the host network are neither subject nor peer of these policies.
    fn cluster_pods(&mut self, pods: &'m Pods<'a>) -> Selected {
        let selected = self.select(Ok(&pods.namespaces), &pods.pods);
        if self.assumptions.host_network_is_told {
            return (*selected).clone();
        }
        (*selected).clone().drop(&self.universe.host)
    }

    fn cluster_rule(&mut self, rule: &'m ClusterRule<'a>) -> Rule<'a> {
        let mut peers = Selected::none(self.universe.bound());
        let mut openers = Vec::new();
        let mut fails_closed = false;
        for peer in &rule.peers {
            let opener = match peer {
                ClusterPeer::Pods(pods) => {
                    Opener::of_pods(Rc::new(self.cluster_pods(pods)), &pods.pods)
                }
                ClusterPeer::Networks(blocks) => {
                    let selected = self.universe.in_blocks(blocks, self.assumptions);
                    Opener::of_anybody(Rc::new(selected))
                }
                ClusterPeer::Nodes(_) | ClusterPeer::DomainNames(_) => {
                    Opener::of_anybody(Rc::new(self.universe.somewhere_outside()))
                }
                ClusterPeer::Unknown => {
                    fails_closed = true;
                    continue;
                }
            };
            peers.join(&opener.selected);
            openers.push(opener);
        }
        let (mut action, mut ports) = (
            rule.action,
            match &rule.ports {
                None => (ALL, Vec::new()),
                Some(listed) => self.some_ports(listed),
            },
        );
        let newer = |entry: &PolicyPort<'_>| entry.ports == PortMatch::Unknown;
        fails_closed |= rule.ports.iter().flatten().any(newer);
        // A rule that this API version cannot express fully: Allow matches nothing, Deny and Pass deny all. That is
        // what a network does that knows the field is there; an API server that does not know it drops the field or
        // the policy, so that nothing is proven by such a refusal.
        if fails_closed && action != Action::Allow {
            action = Action::Deny;
            peers = Selected::perhaps_all(self.universe.bound());
            ports = (ALL, Vec::new());
            openers = vec![Opener::of_anybody(Rc::new(peers.clone()))];
        }
        let peers = Rc::new(peers);
        Rule {
            span: rule.span,
            name: rule.name,
            action,
            openers: openers.into(),
            peers,
            numbered: ports.0,
            named: ports.1,
        }
    }
}

/// Whom any of the peers means.
fn joined(openers: &[Opener<'_>], bound: usize) -> Rc<Selected> {
    if let [only] = openers {
        return Rc::clone(&only.selected);
    }
    let mut selected = Selected::none(bound);
    for opener in openers {
        selected.join(&opener.selected);
    }
    Rc::new(selected)
}

impl<'a> Looked<'a> {
    /// The labels, port names and addresses that any policy looks at.
    pub(super) fn by_policies(model: &Model<'a>) -> Self {
        let mut looked = Self::default();
        for policy in &model.network_policies {
            looked.selector(&policy.pod_selector);
            for section in policy.ingress.iter().chain(&policy.egress) {
                for rule in &section.rules {
                    looked.ports(&rule.listed_ports);
                    for peer in &rule.peers {
                        looked.selectors(peer.pods.iter());
                        looked.namespaces(peer.namespaces.as_ref());
                        looked.ranges.extend(peer.addresses.iter().flatten());
                    }
                }
            }
        }
        for policy in &model.plugin_policies {
            looked.plugin_policy(policy);
        }
        let authorization = model.authorization_policies.iter();
        for matcher in authorization
            .flat_map(|policy| &policy.rules)
            .flat_map(|rule| rule.matchers())
        {
            let values = matcher.values.iter().map(|value| value.text);
            let named = values.filter_map(|text| match matcher.attribute {
                Attribute::Namespace => Some(text),
                Attribute::Principal => {
                    let (_, rest) = text.split_once("/ns/")?;
                    rest.split_once("/sa/").map(|(space, _)| space)
                }
                Attribute::ServiceAccount => text.split_once('/').map(|(space, _)| space),
                _ => None,
            });
            let is_name = |name: &&str| !name.is_empty() && !name.contains(['*', '/']);
            looked.spaces.extend(named.filter(is_name));
        }
        for set in &model.network_sets {
            looked.ranges.extend(&set.blocks);
        }
        for policy in &model.cluster_policies {
            looked.selector(&policy.subject.pods);
            for rule in policy.ingress.iter().chain(&policy.egress) {
                looked.ports(rule.ports.as_deref().unwrap_or_default());
                for peer in &rule.peers {
                    match peer {
                        ClusterPeer::Pods(pods) => {
                            looked.selector(&pods.pods);
                            looked.namespaces(Some(&pods.namespaces));
                        }
                        ClusterPeer::Networks(blocks) => looked.ranges.extend(blocks),
                        _ => {}
                    }
                }
            }
        }
        looked
    }

    fn selectors<'s>(&mut self, selectors: impl Iterator<Item = &'s LabelSelector<'a>>)
    where
        'a: 's,
    {
        for selector in selectors {
            self.selector(selector);
        }
    }

    /// The namespaces that a selector names.
    fn namespaces(&mut self, selector: Option<&LabelSelector<'a>>) {
        let requirements = selector.into_iter().flat_map(|one| &one.requirements);
        for requirement in requirements {
            if let Requirement::In(super::matching::NAME, values) = requirement {
                self.spaces
                    .extend(values.iter().filter(|name| !name.is_empty()));
            }
        }
    }

    pub(super) fn selector(&mut self, selector: &LabelSelector<'a>) {
        for requirement in &selector.requirements {
            let (Requirement::In(key, _)
            | Requirement::NotIn(key, _)
            | Requirement::Exists(key)
            | Requirement::DoesNotExist(key)) = requirement;
            self.key(key);
        }
    }

    /// Takes a key that some selector looks at.
    pub(super) fn key(&mut self, key: &'a str) {
        self.keys.insert(key);
        if is_ever_given(key) {
            self.given.insert(key);
        }
    }

    pub(super) fn ports(&mut self, listed: &[PolicyPort<'a>]) {
        for entry in listed {
            if let PortMatch::Named(name, _) = entry.ports {
                self.names.insert(name);
            }
        }
    }
}

impl Rule<'_> {
    /// Whom the rule means for certain, and whom at most, where it may not be for this pod at all.
    pub(super) fn reach(&self, is_subject: bool, bound: usize) -> (Bits, Bits) {
        if is_subject {
            (self.peers.yes.clone(), self.peers.either())
        } else {
            (Bits::none(bound), self.peers.either())
        }
    }
}
