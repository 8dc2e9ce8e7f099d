//! Policies of Cilium and Calico, compiled as those of Kubernetes are.

use std::rc::Rc;

use super::compiled::{Compiled, Compiler, Layer, Opener, Rule};
use super::endpoint::Looked;
use super::matching::Selected;
use super::sets::ALL;
use crate::lint::model::Resource;
use crate::lint::model::network_policy::Direction;
use crate::lint::model::plugin_policy::{
    NetworkSet, Plugin, PluginPeer, PluginPods, PluginPolicy, PluginRule,
};

/// Where the NetworkPolicies of Kubernetes stand among Calico's, in thousandths.
const KUBERNETES_ORDER: i64 = 1_000_000;

impl<'m, 'a> Compiler<'_, 'm, 'a> {
    pub(super) fn plugin_policy(
        &mut self,
        policy: &'m PluginPolicy<'a>,
        sets: &'m [NetworkSet<'a>],
    ) -> Compiled<'m, 'a> {
        let bound = self.universe.bound();
        let mut subject = Selected::none(bound);
        for pods in &policy.subjects {
            subject.join(&self.plugin_pods(&policy.resource, pods));
        }
        // Of addresses and of what is not in the input no policy can speak as of its own pods.
        let subject = if policy.perhaps {
            subject.all_perhaps()
        } else {
            subject
        };
        let layer = match (policy.plugin, policy.order) {
            (Plugin::Cilium, _) => Layer::Network,
            (Plugin::Calico, Some(order)) if order < KUBERNETES_ORDER => Layer::Before(order),
            (Plugin::Calico, order) => Layer::After(order.unwrap_or(i64::MAX)),
        };
        let mut compile = |direction: Direction| -> Vec<Rule<'a>> {
            let rules = policy.rules(direction).iter();
            rules
                .map(|rule| self.plugin_rule(&policy.resource, rule, sets))
                .collect()
        };
        Compiled {
            resource: &policy.resource,
            layer,
            rules: Direction::ALL.map(&mut compile),
            isolates: policy.isolates,
            subject,
        }
    }

    fn plugin_pods(
        &mut self,
        resource: &'m Resource<'a>,
        pods: &'m PluginPods<'a>,
    ) -> Rc<Selected> {
        self.select(
            pods.namespaces.as_ref().ok_or(resource.namespace),
            &pods.pods,
        )
    }

    fn plugin_rule(
        &mut self,
        resource: &'m Resource<'a>,
        rule: &'m PluginRule<'a>,
        sets: &'m [NetworkSet<'a>],
    ) -> Rule<'a> {
        let bound = self.universe.bound();
        let mut peers = Selected::none(bound);
        let mut openers = Vec::new();
        for peer in &rule.peers {
            match peer {
                PluginPeer::Everyone => {
                    let everyone = Selected::all(bound);
                    peers.join(&everyone);
                    openers.push(Opener::of_anybody(Rc::new(everyone)));
                }
                PluginPeer::Pods(pods) => {
                    let selected = self.plugin_pods(resource, pods);
                    peers.join(&selected);
                    openers.push(Opener::of_pods(selected, &pods.pods));
                    let named = sets.iter().filter(|set| is_named(resource, pods, set));
                    for set in named {
                        peers.join(&self.universe.in_blocks(&set.blocks, self.assumptions));
                    }
                }
                PluginPeer::Outside(blocks) => peers.join(&self.universe.in_blocks_outside(blocks)),
                PluginPeer::Addresses(blocks) => {
                    let selected = self.universe.in_blocks(blocks, self.assumptions);
                    peers.join(&selected);
                    openers.push(Opener::of_anybody(Rc::new(selected)));
                }
                PluginPeer::Somewhere => peers.join(&self.universe.somewhere_outside()),
            }
        }
        if rule.perhaps {
            peers = peers.all_perhaps();
            openers = vec![Opener::of_anybody(Rc::new(peers.clone()))];
        }
        let (numbered, named) = match &rule.ports {
            None => (ALL, Vec::new()),
            Some(listed) => self.some_ports(listed),
        };
        Rule {
            span: rule.span,
            name: None,
            action: rule.action,
            peers: Rc::new(peers),
            openers: openers.into(),
            numbered,
            named,
        }
    }
}

/// Whether a selector of a policy means a set of addresses: one of the cluster where it chooses no namespaces, one of the
/// policy's own namespace.
fn is_named(resource: &Resource<'_>, pods: &PluginPods<'_>, set: &NetworkSet<'_>) -> bool {
    let is_there = match (&pods.namespaces, set.resource.kind) {
        (Some(namespaces), "GlobalNetworkSet") => namespaces.is_empty(),
        (None, "NetworkSet") => set.resource.namespace == resource.namespace,
        (Some(_), _) => true,
        (None, _) => false,
    };
    is_there && pods.pods.matches(&set.labels)
}

impl<'a> Looked<'a> {
    pub(super) fn plugin_policy(&mut self, policy: &PluginPolicy<'a>) {
        for pods in policy.pods() {
            self.selector(&pods.pods);
        }
        for rule in policy.rules.iter().flatten() {
            self.ports(rule.ports.as_deref().unwrap_or_default());
            for peer in &rule.peers {
                if let PluginPeer::Outside(blocks) | PluginPeer::Addresses(blocks) = peer {
                    self.ranges.extend(blocks);
                }
            }
        }
    }
}
