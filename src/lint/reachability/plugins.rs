//! Policies of Cilium and Calico, compiled as those of Kubernetes are.

use std::rc::Rc;

use super::calico;
use super::compiled::{Compiled, Compiler, Layer, Opener, Rule};
use super::endpoint::Looked;
use super::matching::Selected;
use super::sets::ALL;
use crate::lint::model::Resource;
use crate::lint::model::calico::KUBERNETES_ORDER;
use crate::lint::model::calico_selector::{ACCOUNT, NAME, Owner};
use crate::lint::model::network_policy::Direction;
use crate::lint::model::plugin_policy::{
    NetworkSet, Plugin, PluginPeer, PluginPods, PluginPolicy, PluginRule,
};

impl<'m, 'a> Compiler<'_, 'm, 'a> {
    pub(super) fn plugin_policy(
        &mut self,
        policy: &'m PluginPolicy<'a>,
        sets: &'m [NetworkSet<'a>],
    ) -> Compiled<'m, 'a> {
        let bound = self.universe.bound();
        let mut subject = Selected::none(bound);
        for pods in &policy.subjects {
            subject.join(&self.plugin_peer(&policy.resource, pods, sets));
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

    fn plugin_peer(
        &mut self,
        resource: &'m Resource<'a>,
        peer: &'m PluginPeer<'a>,
        sets: &'m [NetworkSet<'a>],
    ) -> Selected {
        let bound = self.universe.bound();
        match peer {
            PluginPeer::Everyone => Selected::all(bound),
            PluginPeer::Anyone => Selected::perhaps_all(bound),
            PluginPeer::Pods(pods) => (*self.plugin_pods(resource, pods)).clone(),
            PluginPeer::Entity(entity) => self.universe.entity(entity, sets, self.assumptions),
            PluginPeer::Outside(blocks) => self.universe.in_blocks_outside(blocks),
            PluginPeer::Somewhere => self.universe.somewhere_outside(),
            PluginPeer::Nodes => Selected {
                yes: Selected::none(bound).yes,
                maybe: self.universe.host.clone(),
            },
        }
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
            let selected = Rc::new(self.plugin_peer(resource, peer, sets));
            peers.join(&selected);
            openers.push(match peer {
                PluginPeer::Pods(pods) => Opener::of_pods(selected, &pods.pods),
                PluginPeer::Entity(entity) => Opener {
                    selected,
                    labels: calico::labels(entity),
                },
                _ => Opener::of_anybody(selected),
            });
        }
        // What else it asks for only narrows whom it opens to: the labels that it asks for it asks for still.
        if rule.perhaps {
            peers = peers.all_perhaps();
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

impl<'a> Looked<'a> {
    pub(super) fn plugin_policy(&mut self, policy: &PluginPolicy<'a>) {
        for peer in policy.peers() {
            match peer {
                PluginPeer::Pods(pods) => self.selector(&pods.pods),
                PluginPeer::Outside(blocks) => self.ranges.extend(blocks),
                PluginPeer::Entity(entity) => {
                    self.ranges.extend(entity.blocks.iter().flatten());
                    self.ranges.extend(&entity.not_blocks);
                    let selectors = entity.selector.iter().chain(&entity.not_selector);
                    for key in selectors.flat_map(|selector| selector.keys()) {
                        match (key.owner, key.name) {
                            (Owner::Itself, ACCOUNT) | (Owner::Account, NAME) => {
                                self.accounts = true;
                            }
                            (Owner::Itself, name) => {
                                self.key(name);
                            }
                            (Owner::Namespace | Owner::Account, _) => {}
                        }
                    }
                }
                _ => {}
            }
        }
        for rule in policy.rules.iter().flatten() {
            self.ports(rule.ports.as_deref().unwrap_or_default());
        }
    }
}
