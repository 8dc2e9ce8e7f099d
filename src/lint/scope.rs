//! How far the openings reach that findings are about: the pods that a policy selects, and what its rule says.
//!
//! A baseline that accepts "this policy lets everyone in" accepts it for the pods and the rule of that day. What a finding
//! covers goes into its fingerprint, so that the same policy turned to other pods, or widened, is new.

use std::collections::HashMap;

use super::affected;
use super::model::istio::{AuthorizationPolicy, PeerAuthentication};
use super::model::network_policy::NetworkPolicy;
use super::model::{Model, Resource};
use crate::kernel::document::{Entry, Node};
use crate::kernel::finding::{Finding, Severity};
use crate::kernel::source::Span;

/// Says of each finding about a policy, or about what offers pods outside, what it covers.
pub(super) fn widths(model: &Model<'_>, findings: &mut [Finding]) {
    let mut opening: Option<Opening<'_, '_>> = None;
    for finding in findings.iter_mut() {
        let Some(place) = &finding.primary else {
            continue;
        };
        let kind = finding.subject.split(' ').next().unwrap_or_default();
        if finding.severity < Severity::Low || !OPENS.contains(&kind) {
            continue;
        }
        let opening = opening.get_or_insert_with(|| Opening::of(model));
        let of_name = opening.by_subject.get(&finding.subject);
        let mut there = of_name.into_iter().flatten().filter(|resource| {
            let (whole, marked) = (resource.node.span, place.span);
            resource.source().name() == place.source.name()
                && whole.start <= marked.start
                && marked.end <= whole.end
        });
        if let Some(resource) = there.next() {
            finding.covers = said(resource, place.span);
            finding.covers.extend(opening.selected(model, resource));
        }
    }
}

/// The objects that open something, as findings name them.
struct Opening<'m, 'a> {
    by_subject: HashMap<String, Vec<&'m Resource<'a>>>,
    /// Policies by the place of their object in memory.
    network: HashMap<*const Node, &'m NetworkPolicy<'a>>,
    authorization: HashMap<*const Node, &'m AuthorizationPolicy<'a>>,
    modes: HashMap<*const Node, &'m PeerAuthentication<'a>>,
}

impl<'m, 'a> Opening<'m, 'a> {
    fn of(model: &'m Model<'a>) -> Self {
        let mut by_subject: HashMap<String, Vec<&Resource<'_>>> = HashMap::new();
        for resource in &model.resources {
            if OPENS.contains(&resource.kind) {
                by_subject
                    .entry(resource.subject())
                    .or_default()
                    .push(resource);
            }
        }
        let network = model.network_policies.iter();
        let authorization = model.authorization_policies.iter();
        let modes = model.peer_authentications.iter();
        Self {
            by_subject,
            network: network
                .map(|one| (one.resource.node as *const Node, one))
                .collect(),
            authorization: authorization
                .map(|one| (one.resource.node as *const Node, one))
                .collect(),
            modes: modes
                .map(|one| (one.resource.node as *const Node, one))
                .collect(),
        }
    }

    /// The workloads that a policy selects, where the input has some.
    fn selected(&self, model: &'m Model<'a>, resource: &Resource<'_>) -> Vec<String> {
        let node = resource.node as *const Node;
        if let Some(policy) = self.network.get(&node) {
            let own = model.workloads_in(resource.namespace);
            let own = own.filter(|workload| policy.pod_selector.matches(&workload.labels));
            return own.map(|workload| workload.resource.subject()).collect();
        }
        if let Some(policy) = self.authorization.get(&node) {
            return affected::members(&affected::by_authorization_policy(model, policy));
        }
        let mode = self.modes.get(&node);
        mode.map_or_else(Vec::new, |policy| {
            affected::members(&affected::by_peer_authentication(model, policy))
        })
    }
}

/// What the object says where the finding is, and whom it is for.
fn said(resource: &Resource<'_>, marked: Span) -> Vec<String> {
    let mut said = Vec::new();
    // Consul and Calico aside, everything stands in `spec`.
    let fields = resource.at(&["spec"]).and_then(Node::as_mapping);
    for field in fields.unwrap_or_default() {
        match field.value.as_sequence() {
            Some(rules) if RULES.contains(&field.key.as_str()) => {
                said.extend(marked_rules(field, rules, marked));
            }
            _ => said.push(format!("{}: {}", field.key, field.value.to_json())),
        }
    }
    said
}

/// The rules that a finding is about: those that it marks, or all where it marks their list.
fn marked_rules(field: &Entry, rules: &[Node], marked: Span) -> Vec<String> {
    let touches =
        |span: Span| span.start < marked.end.max(marked.start + 1) && marked.start < span.end;
    let is_of_all = touches(field.key_span);
    let rules = rules.iter().filter(|rule| is_of_all || touches(rule.span));
    rules
        .map(|rule| format!("{}: {}", field.key, rule.to_json()))
        .collect()
}

/// Kinds that open something, or keep something shut.
const OPENS: [&str; 18] = [
    "NetworkPolicy",
    "AdminNetworkPolicy",
    "BaselineAdminNetworkPolicy",
    "ClusterNetworkPolicy",
    "CiliumNetworkPolicy",
    "CiliumClusterwideNetworkPolicy",
    "GlobalNetworkPolicy",
    "AuthorizationPolicy",
    "PeerAuthentication",
    "RequestAuthentication",
    "NetworkAuthentication",
    "MeshTLSAuthentication",
    "Server",
    "ServiceIntentions",
    "Service",
    "Ingress",
    "Gateway",
    "DestinationRule",
];

/// Lists in which each item is by itself.
const RULES: [&str; 7] = [
    "ingress",
    "egress",
    "ingressDeny",
    "egressDeny",
    "rules",
    "servers",
    "sources",
];
