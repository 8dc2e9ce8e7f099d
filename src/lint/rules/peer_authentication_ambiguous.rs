//! Several PeerAuthentications at one scope: the oldest wins, which manifests do not tell.

use std::collections::BTreeMap;

use crate::kernel::finding::{Confidence, Finding, Rule, Severity, page};
use crate::lint::effective_mtls::Mode;
use crate::lint::model::{Labels, Model};
use crate::lint::model::istio::PeerAuthentication;

pub(super) static RULE: Rule = Rule {
    id: "peer-authentication-ambiguous",
    title: "two PeerAuthentications of one scope disagree",
    severity: Severity::Medium,
    confidence: Confidence::High,
    page: page!("peer_authentication_ambiguous.md"),
};

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    let mut seen = Seen::default();
    for policy in &model.peer_authentications {
        let Some(rival) = seen.rival_of(model, policy) else {
            continue;
        };
        let subject = policy.resource.subject();
        let message = format!(
            "{subject} and {} are for the same workloads and disagree: the older one wins whole",
            rival.resource.subject()
        );
        let (own, other) = (&policy.resource, &rival.resource);
        let because = if own.is_older_than(other) {
            format!("{subject} was made first: {} has no effect", other.subject())
        } else if other.is_older_than(own) {
            format!("{} was made first: {subject} has no effect", other.subject())
        } else {
            "the creation time decides; it is not in the manifests".to_owned()
        };
        found.push(
            Finding::new(&RULE, subject, message)
                .at(policy.resource.source(), policy.resource.name_span, "one of the two")
                .and(rival.resource.source(), rival.resource.name_span, "the other")
                .because(because)
                .help("keep one policy for each scope"),
        );
    }
}

/// Whom a policy is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Scope<'m> {
    /// A namespace, or the mesh.
    Wide(&'m str),
    /// The pods with these labels in a namespace, whether or not they are in the input.
    Selector(&'m str, &'m Labels<'m>),
    /// A workload, by its namespace and its position there.
    Workload(&'m str, usize),
}

/// What a policy sets.
type Setting = (Option<Mode>, Vec<(u16, Option<Mode>)>);

/// The policies so far: for each scope and each setting the first ones, of two names, by their order.
#[derive(Default)]
struct Seen<'m, 'a> {
    settings: BTreeMap<Setting, usize>,
    policies: Vec<&'m PeerAuthentication<'a>>,
    by_scope: BTreeMap<Scope<'m>, BTreeMap<usize, Vec<usize>>>,
}

impl<'m, 'a> Seen<'m, 'a> {
    /// Takes a policy in, and gives the first before it that is for the same and sets something else.
    fn rival_of(
        &mut self,
        model: &'m Model<'a>,
        policy: &'m PeerAuthentication<'a>,
    ) -> Option<&'m PeerAuthentication<'a>> {
        let next = self.settings.len();
        let setting = *self.settings.entry(setting(policy)).or_insert(next);
        let mut first: Option<usize> = None;
        for scope in scopes(model, policy) {
            let known = self.by_scope.entry(scope).or_default();
            let others = known.iter().filter(|(other, _)| **other != setting);
            let rivals = others.flat_map(|(_, policies)| policies).copied();
            let named = |index: &usize| is_other(&self.policies, *index, policy);
            first = first.into_iter().chain(rivals.filter(named)).min();
            let alike = known.entry(setting).or_default();
            if alike.len() < 2 && alike.iter().all(|index| is_other(&self.policies, *index, policy)) {
                alike.push(self.policies.len());
            }
        }
        self.policies.push(policy);
        self.policies.get(first?).copied()
    }
}

/// Two policies of one name are one that is defined twice: another rule's business.
fn is_other(policies: &[&PeerAuthentication<'_>], index: usize, policy: &PeerAuthentication<'_>) -> bool {
    policies.get(index).is_some_and(|other| other.resource.name != policy.resource.name)
}

fn setting(policy: &PeerAuthentication<'_>) -> Setting {
    let ports = policy.ports.iter().map(|entry| (entry.port, entry.mode));
    (policy.mode.map(|(mode, _)| mode), ports.collect())
}

fn scopes<'m>(model: &'m Model<'_>, policy: &'m PeerAuthentication<'_>) -> Vec<Scope<'m>> {
    let namespace = policy.resource.namespace;
    if policy.is_wide() {
        return vec![Scope::Wide(namespace)];
    }
    if policy.is_ignored(model) {
        return Vec::new();
    }
    let workloads = model.workloads_in(namespace).enumerate();
    let selected = workloads.filter(|(_, workload)| policy.selects(workload));
    let selected = selected.map(|(position, _)| Scope::Workload(namespace, position));
    std::iter::once(Scope::Selector(namespace, &policy.selector)).chain(selected).collect()
}
