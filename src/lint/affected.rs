//! Whom a policy reaches, in words.

use super::model::Model;
use super::model::istio::{AuthorizationPolicy, PeerAuthentication};
use super::model::kubernetes::Workload;
use super::wording;

/// The workloads whose mode this policy decides.
pub(crate) fn by_peer_authentication<'m, 'a>(
    model: &'m Model<'a>,
    policy: &PeerAuthentication<'a>,
) -> Vec<&'m Workload<'a>> {
    model.decided_by(policy).collect()
}

/// The workloads that an AuthorizationPolicy is for: those of its namespace, or of all from the root namespace.
pub(crate) fn by_authorization_policy<'m, 'a>(
    model: &'m Model<'a>,
    policy: &AuthorizationPolicy<'a>,
) -> Vec<&'m Workload<'a>> {
    let namespace = policy.resource.namespace;
    if namespace == model.options.root_namespace {
        let all = model.workloads.iter();
        all.filter(|workload| workload.labels.contains_all(&policy.selector))
            .collect()
    } else {
        model.carrying(namespace, &policy.selector).collect()
    }
}

/// The members of a group of workloads, for the finding that speaks for them all.
pub(crate) fn members(workloads: &[&Workload<'_>]) -> Vec<String> {
    let members = workloads.iter().map(|workload| workload.resource.subject());
    members.collect()
}

/// `2 workloads (order-service and payment-service)`; with the namespaces where they differ.
pub(crate) fn workloads(workloads: &[&Workload<'_>]) -> String {
    let mixed = workloads
        .windows(2)
        .any(|pair| matches!(pair, [a, b] if a.resource.namespace != b.resource.namespace));
    named(workloads, mixed)
}

fn named(workloads: &[&Workload<'_>], with_namespace: bool) -> String {
    let names: Vec<String> = workloads
        .iter()
        .map(|workload| {
            if with_namespace {
                format!("{}/{}", workload.resource.namespace, workload.resource.name)
            } else {
                workload.resource.name.to_owned()
            }
        })
        .collect();
    format!(
        "{} ({})",
        wording::count(names.len(), "workload"),
        wording::list(&names)
    )
}

/// Whom a PeerAuthentication reaches, where no workload in the input tells.
pub(crate) fn scope(model: &Model<'_>, policy: &PeerAuthentication<'_>) -> String {
    let namespace = policy.resource.namespace;
    if !policy.is_wide() {
        format!("the pods it selects in namespace `{namespace}`")
    } else if namespace == model.options.root_namespace {
        "every workload of the mesh without a policy of its own".to_owned()
    } else {
        format!("every workload of namespace `{namespace}` without a policy of its own")
    }
}

/// The workloads it reaches, or its scope where none is in the input.
pub(crate) fn reach(model: &Model<'_>, policy: &PeerAuthentication<'_>) -> String {
    let reached = by_peer_authentication(model, policy);
    if reached.is_empty() {
        scope(model, policy)
    } else {
        let everywhere = policy.resource.namespace == model.options.root_namespace;
        named(&reached, everywhere)
    }
}
