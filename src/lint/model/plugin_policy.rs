//! Policies of network plugins (Cilium, Calico) in one form: whom they are for, and rules that allow or refuse.

use super::{Labels, Reading, Resource};
use crate::kernel::source::Span;
use crate::lint::cidr::Cidr;
use crate::lint::model::admin_network_policy::Action;
use crate::lint::model::calico_selector::Expression;
use crate::lint::model::network_policy::{Direction, PolicyPort};
use crate::lint::selector::LabelSelector;

/// The plugin whose policy it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plugin {
    /// Cilium: rules add up, and a refusal wins.
    Cilium,
    /// Calico: rules in order, the first that matches decides.
    Calico,
}

/// A policy of a plugin.
#[derive(Debug)]
pub struct PluginPolicy<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// Whose it is.
    pub plugin: Plugin,
    /// Its place in the order; none last. Only Calico's have one.
    pub order: Option<i64>,
    /// Whom it is for: any of these.
    pub subjects: Vec<PluginPeer<'a>>,
    /// Whether it is only perhaps for them: it asks for what this program does not read.
    pub perhaps: bool,
    /// Whether what no rule lets through is refused, for ingress and egress.
    pub isolates: [bool; 2],
    /// The rules for ingress and egress, in order.
    pub rules: [Vec<PluginRule<'a>>; 2],
    /// What of it is not evaluated, and where.
    pub unsettled: Vec<(String, Span)>,
}

/// Pods of some namespaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginPods<'a> {
    /// The namespaces; none is the policy's own.
    pub namespaces: Option<LabelSelector<'a>>,
    /// The pods.
    pub pods: LabelSelector<'a>,
}

/// One rule.
#[derive(Debug)]
pub struct PluginRule<'a> {
    /// The bytes.
    pub span: Span,
    /// What it does.
    pub action: Action,
    /// Whom it speaks of: any of these.
    pub peers: Vec<PluginPeer<'a>>,
    /// On which ports; none for every port.
    pub ports: Option<Vec<PolicyPort<'a>>>,
    /// Whether it asks for more than this program reads (paths, names, identities): it only may match.
    pub perhaps: bool,
}

/// Whom a rule speaks of, or a policy is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PluginPeer<'a> {
    /// Everyone.
    Everyone,
    /// Anyone, perhaps: it asks for what this program does not read.
    Anyone,
    /// These pods.
    Pods(PluginPods<'a>),
    /// What Calico's selectors and blocks mean together.
    Entity(Box<Entity<'a>>),
    /// Addresses outside the cluster alone.
    Outside(Vec<Cidr>),
    /// Nodes, or names outside: somewhere that no address tells.
    Somewhere,
    /// Pods on the host network of some nodes.
    Nodes,
}

/// One side of a rule of Calico: all of this together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entity<'a> {
    /// Whom it means.
    pub selector: Option<Expression<'a>>,
    /// Whom it leaves out.
    pub not_selector: Option<Expression<'a>>,
    /// The addresses that it means, those of pods included.
    pub blocks: Option<Vec<Cidr>>,
    /// Those that it leaves out.
    pub not_blocks: Vec<Cidr>,
}

/// A named set of addresses of Calico.
#[derive(Debug)]
pub struct NetworkSet<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// Its labels.
    pub labels: Labels<'a>,
    /// Its addresses.
    pub blocks: Vec<Cidr>,
}

impl<'a> PluginPolicy<'a> {
    /// The rules of a direction.
    pub fn rules(&self, direction: Direction) -> &[PluginRule<'a>] {
        match direction {
            Direction::Ingress => &self.rules[0],
            Direction::Egress => &self.rules[1],
        }
    }

    /// Whom it speaks of anywhere: its own pods, and the peers of its rules.
    pub fn peers(&self) -> impl Iterator<Item = &PluginPeer<'a>> {
        let peers = self.rules.iter().flatten().flat_map(|rule| &rule.peers);
        self.subjects.iter().chain(peers)
    }
}

/// Whether an object is a policy or a set that is read here.
pub(crate) fn reads(resource: &Resource<'_>) -> bool {
    match resource.group {
        "cilium.io" => matches!(
            resource.kind,
            "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy"
        ),
        "projectcalico.org" | "crd.projectcalico.org" => matches!(
            resource.kind,
            "NetworkPolicy" | "GlobalNetworkPolicy" | "NetworkSet" | "GlobalNetworkSet"
        ),
        _ => false,
    }
}

/// Reads blocks of addresses.
pub(super) fn blocks<'a>(
    reading: &mut Reading<'a, '_>,
    texts: &[&'a str],
    span: Span,
) -> Vec<Cidr> {
    let mut blocks = Vec::new();
    for text in texts {
        // A single address is a block of one.
        let with_length = match (text.contains('/'), text.contains(':')) {
            (true, _) => (*text).to_owned(),
            (false, true) => format!("{text}/128"),
            (false, false) => format!("{text}/32"),
        };
        match with_length.parse() {
            Ok(block) => blocks.push(block),
            Err(error) => reading.problem(span, error),
        }
    }
    blocks
}
