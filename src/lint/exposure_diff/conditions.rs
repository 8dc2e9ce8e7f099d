//! What decides by request, by token or by address and is not the same before and after: the answer is open in both states,
//! and may be wider in the second.

use std::collections::HashMap;

use super::Twins;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::document::Node;
use crate::lint::authorization::selecting;
use crate::lint::interception::changes_proxy;
use crate::lint::model::istio::AuthorizationPolicy;
use crate::lint::model::{Model, Resource};
use crate::lint::reachability::Reason;

/// Fields of a rule that no identity and no port decides.
const CONDITIONS: [&str; 13] = [
    "methods",
    "notMethods",
    "paths",
    "notPaths",
    "hosts",
    "notHosts",
    "ipBlocks",
    "notIpBlocks",
    "remoteIpBlocks",
    "notRemoteIpBlocks",
    "requestPrincipals",
    "notRequestPrincipals",
    "when",
];

/// In which states an object that differs may let in more than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Matters {
    /// Where it is in both.
    Changed,
    /// Where it was added, too.
    Added,
    /// Where it was taken away, too.
    Removed,
    /// However it differs.
    Always,
}

/// Why the comparison of two models settles nothing about such objects, each with its place.
pub(super) fn changed(before: &Model<'_>, after: &Model<'_>) -> Vec<Reason> {
    let asks_tokens = [before, after].into_iter().any(asks_tokens);
    let old = deciding(before, asks_tokens);
    let new = deciding(after, asks_tokens);
    let mut found = Vec::new();
    for (key, (resource, matters)) in &new {
        // One that was there and decided of everything alike may be narrower now, and an opening wider.
        let earlier = old.get(key).map(|(earlier, _)| *earlier);
        let differs = match earlier.or_else(|| resource_of(before, key)) {
            Some(earlier) => !same(earlier, resource),
            None => matches!(matters, Matters::Added | Matters::Always),
        };
        if differs {
            found.push(reason(resource));
        }
    }
    for (key, (resource, matters)) in &old {
        let is_gone = !new.contains_key(key) && resource_of(after, key).is_none();
        // One that decides by identity alone now is compared, and may have been narrower.
        let decides_otherwise = !new.contains_key(key) && !is_gone;
        if decides_otherwise || is_gone && matches!(matters, Matters::Removed | Matters::Always) {
            found.push(reason(resource));
        }
    }
    found.arrange_by(|a, b| a.text.cmp(&b.text));
    found
}

/// Policies that are the same before and after, and no longer hold for a workload that has other labels.
pub(super) fn lifted(before: &Model<'_>, after: &Model<'_>) -> Vec<Reason> {
    let twins = Twins::of(after, before);
    let mut found = Vec::new();
    for workload in &after.workloads {
        let Some(earlier) = twins.get(workload) else {
            continue;
        };
        let left = selecting(after, workload);
        let is_left = |wanted: &AuthorizationPolicy<'_>| {
            let rules = |policy: &AuthorizationPolicy<'_>| {
                let spec = policy.resource.at(&["spec"])?;
                let part = |key: &str| spec.get(key).map(Node::to_json);
                Some([part("rules"), part("provider")])
            };
            let mut left = left.iter();
            left.any(|(_, policy)| {
                policy.action == wanted.action
                    && policy.dry_run.is_none()
                    && rules(policy) == rules(wanted)
            })
        };
        for (_, policy) in selecting(before, earlier) {
            let spec = policy.resource.at(&["spec"]);
            let decides = policy.dry_run.is_none()
                && spec.and_then(of_authorization) == Some(Matters::Removed);
            let same = resource_of(after, &key(&policy.resource))
                .filter(|later| same(later, &policy.resource));
            // One that changed or is gone is told as such.
            let Some(policy) = same.filter(|_| decides && !is_left(policy)) else {
                continue;
            };
            let text = format!(
                "{} decides by more than identity and port, and no longer holds for {}: whether that lets in more is not \
                 compared",
                policy.subject(),
                workload.resource.subject()
            );
            found.push(Reason::at(text, policy, policy.name_span));
        }
    }
    found
}

type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

fn key<'a>(resource: &Resource<'a>) -> Key<'a> {
    (
        resource.group,
        resource.kind,
        resource.namespace,
        resource.name,
    )
}

fn resource_of<'m, 'a>(model: &'m Model<'a>, wanted: &Key<'_>) -> Option<&'m Resource<'a>> {
    let mut resources = model.resources.iter();
    resources.find(|resource| key(resource) == *wanted)
}

fn same(one: &Resource<'_>, other: &Resource<'_>) -> bool {
    let spec = |resource: &Resource<'_>| resource.at(&["spec"]).map(Node::to_json);
    spec(one) == spec(other)
}

/// Whether some policy asks what a token says.
fn asks_tokens(model: &Model<'_>) -> bool {
    model.authorization_policies.iter().any(|policy| {
        let text = policy.resource.node.to_json().to_string();
        text.contains("equestPrincipals\"") || text.contains("\"request.auth.")
    })
}

fn deciding<'m, 'a>(
    model: &'m Model<'a>,
    asks_tokens: bool,
) -> HashMap<Key<'a>, (&'m Resource<'a>, Matters)> {
    let filters = model.mesh.envoy_filters.iter();
    let filters = filters.filter(|filter| filter.patches.iter().any(changes_proxy));
    let filters = filters.map(|filter| (&filter.resource, Matters::Always));
    let others = model.resources.iter().filter_map(|resource| {
        let spec = resource.at(&["spec"])?;
        let matters = match (resource.group, resource.kind) {
            ("security.istio.io", "AuthorizationPolicy") => of_authorization(spec)?,
            ("security.istio.io", "RequestAuthentication") if asks_tokens => Matters::Added,
            ("consul.hashicorp.com", "ServiceIntentions") => {
                mentions(spec, &["permissions", "jwt"]).then_some(Matters::Changed)?
            }
            ("policy.linkerd.io", "NetworkAuthentication" | "HTTPRoute" | "GRPCRoute") => {
                Matters::Changed
            }
            ("gateway.networking.k8s.io", "HTTPRoute" | "GRPCRoute") => {
                let parents = spec.get("parentRefs").and_then(Node::as_sequence);
                let mut parents = parents.unwrap_or_default().iter();
                let is_servers =
                    |parent: &Node| parent.get("kind").and_then(Node::as_str) == Some("Server");
                parents.any(is_servers).then_some(Matters::Changed)?
            }
            _ => return None,
        };
        Some((resource, matters))
    });
    let all = filters.chain(others);
    all.map(|(resource, matters)| (key(resource), (resource, matters)))
        .collect()
}

/// An ALLOW on pods is compared rule by rule. A DENY and a CUSTOM are not, nor what a waypoint enforces.
fn of_authorization(spec: &Node) -> Option<Matters> {
    let action = spec.get("action").and_then(Node::as_str);
    let has_target = ["targetRef", "targetRefs"]
        .iter()
        .any(|key| spec.get(key).is_some());
    if !mentions(spec, &CONDITIONS) {
        return None;
    }
    match action {
        Some("DENY" | "CUSTOM") => Some(Matters::Removed),
        Some("AUDIT") => None,
        _ => has_target.then_some(Matters::Changed),
    }
}

/// Whether one of these keys stands anywhere below a node.
fn mentions(node: &Node, keys: &[&str]) -> bool {
    if let Some(items) = node.as_sequence() {
        return items.iter().any(|item| mentions(item, keys));
    }
    let mut entries = node.as_mapping().unwrap_or_default().iter();
    entries.any(|entry| keys.contains(&entry.key.as_str()) || mentions(&entry.value, keys))
}

fn reason(resource: &Resource<'_>) -> Reason {
    let text = format!(
        "{} decides by more than identity and port, and is not the same before and after: whether it lets in more is not \
         compared",
        resource.subject()
    );
    Reason::at(text, resource, resource.name_span)
}
