//! Whether a workload is in the mesh: without a proxy no mTLS mode holds.
//!
//! Follows the conditions of Istio's injection webhook; `hostNetwork` pods are never injected.

use std::collections::BTreeSet;

use super::model::kubernetes::Workload;
use super::model::{Model, istio};
use crate::kernel::document::Node;
use crate::kernel::source::Span;

/// How a workload takes part in the mesh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// A sidecar is injected.
    Sidecar,
    /// The node's proxy serves it (ambient).
    Ambient,
    /// No proxy.
    Outside(Outside),
    /// The input does not say, for want of this.
    Unknown(String),
}

/// Why a workload has no proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outside {
    /// `hostNetwork: true`.
    HostNetwork(Span),
    /// The pod opts out by label or annotation.
    OptedOut(Span),
    /// Istio never injects into the namespace, whatever its labels.
    NamespaceIgnored,
    /// The namespace disables injection.
    NamespaceDisabled,
    /// The namespace asks for none.
    NamespaceUnlabelled,
    /// The pod was made without one.
    Made,
}

const INJECT: &str = "sidecar.istio.io/inject";
const REVISION: &str = "istio.io/rev";
/// What the injector writes to the pods that it was asked about.
pub(crate) const STATUS: &str = "sidecar.istio.io/status";
/// What Istio's CNI writes to the pods whose traffic it redirects.
const REDIRECTED: &str = "ambient.istio.io/redirection";

/// Decides whether the workload's pods get a proxy.
pub fn membership(model: &Model<'_>, workload: &Workload<'_>) -> Membership {
    let membership = wanted(model, workload);
    if let (Membership::Sidecar, Some(why)) = (&membership, unasked(model, workload)) {
        return Membership::Unknown(why);
    }
    if let (Membership::Sidecar, Some(value)) = (&membership, unclear_request(workload)) {
        return Membership::Unknown(format!(
            "`{INJECT}: {value}` is neither `true` nor `false`, and what Istio takes it for depends on its version"
        ));
    }
    let is_without = workload.is_made() && !names_proxy(workload);
    match (&membership, workload.annotations.get(REDIRECTED)) {
        (Membership::Sidecar | Membership::Ambient, Some(&"enabled")) if is_without => {
            Membership::Ambient
        }
        (Membership::Sidecar, _) if is_without => Membership::Outside(Outside::Made),
        (Membership::Ambient, _) if is_without => Membership::Unknown(format!(
            "the pod runs, and no `{REDIRECTED}: enabled` tells that the node's proxy takes its traffic"
        )),
        _ => membership,
    }
}

/// Why the webhooks that the input shows may leave a pod without a sidecar: none of them selects it, or those that do
/// may not be asked.
fn unasked(model: &Model<'_>, workload: &Workload<'_>) -> Option<String> {
    let shown = model.mesh.injectors.iter();
    let mut shown = shown.filter_map(|one| one.webhooks.as_ref()).peekable();
    shown.peek()?;
    let namespace = model.namespaces.get(workload.resource.namespace)?;
    let asked = shown.flatten().filter(|webhook| {
        webhook.namespaces.matches(&namespace.labels) && webhook.pods.matches(&workload.labels)
    });
    let mut doubt = None;
    for webhook in asked {
        doubt = Some(webhook.doubt?);
    }
    Some(match doubt {
        Some(doubt) => format!("the webhook that injects {doubt}"),
        None => "no webhook of the injector's MutatingWebhookConfiguration in the input selects it"
            .to_owned(),
    })
}

/// What a pod gets when it is made.
fn wanted(model: &Model<'_>, workload: &Workload<'_>) -> Membership {
    // What is written into the manifest is there whatever the webhook does: gateways are made so.
    let by_hand = || {
        names_proxy(workload).then(|| {
            Membership::Unknown(
                "its container `istio-proxy` is written by hand, and only its name tells that it is one"
                    .to_owned(),
            )
        })
    };
    if let Some(span) = workload.host_network {
        let outside = Membership::Outside(Outside::HostNetwork(span));
        return by_hand().unwrap_or(outside);
    }
    let inject = inject_request(workload);
    if let Some((false, span)) = inject {
        let outside = Membership::Outside(Outside::OptedOut(span));
        return by_hand()
            .or_else(|| ambient(model, workload))
            .unwrap_or(outside);
    }
    match of_namespace(model, workload, matches!(inject, Some((true, _)))) {
        // Istio labels the gateways that it deploys so; but anybody may write a label.
        Membership::Outside(outside)
            if outside != Outside::NamespaceIgnored
                && workload.labels.contains_key("gateway.istio.io/managed") =>
        {
            Membership::Unknown(
                "only the label `gateway.istio.io/managed` tells that it is a proxy".to_owned(),
            )
        }
        membership @ (Membership::Outside(_) | Membership::Unknown(_)) => {
            by_hand().unwrap_or(membership)
        }
        membership => membership,
    }
}

/// What the namespace decides for a pod that does not opt out.
fn of_namespace(model: &Model<'_>, workload: &Workload<'_>, asked: bool) -> Membership {
    let name = workload.resource.namespace;
    if model.contested_namespaces.contains(name) {
        return Membership::Unknown(format!(
            "Namespace `{name}` is defined twice with different labels"
        ));
    }
    // Istio's `inject.IgnoredNamespaces`, and what its CNI leaves out of ambient mode.
    if matches!(
        name,
        "kube-system" | "kube-public" | "kube-node-lease" | "local-path-storage"
    ) {
        return match ambient(model, workload) {
            Some(_) => Membership::Unknown(format!("Istio leaves `{name}` out by default")),
            None => Membership::Outside(Outside::NamespaceIgnored),
        };
    }
    let Some(namespace) = model.namespaces.get(name) else {
        return Membership::Unknown(format!("Namespace `{name}` is not in the input"));
    };
    let injection = namespace.labels.get("istio-injection").copied();
    // An empty revision is the name of none: no webhook looks for it, nor at the pods of such a namespace.
    let (revision, nameless) = match namespace.labels.get(REVISION) {
        Some(value) => (!value.is_empty(), value.is_empty()),
        None => (false, false),
    };
    let pod_revision = workload.labels.get(REVISION);
    let pod_revision = pod_revision.is_some_and(|value| !value.is_empty());
    let by = |revision: &str| match &model.revisions {
        Some(shown) if !shown.contains(revision) => Membership::Unknown(format!(
            "no control plane of revision `{revision}`, which would inject here, is in the input, but others are"
        )),
        _ => Membership::Sidecar,
    };
    let named = namespace.labels.get(REVISION).filter(|one| !one.is_empty());
    let named = named.or_else(|| workload.labels.get(REVISION)).copied();
    match injection {
        Some("enabled") => by(DEFAULT),
        // `istio-injection` beats `istio.io/rev`; then even a pod that asks gets none.
        Some(_) => {
            ambient(model, workload).unwrap_or(Membership::Outside(Outside::NamespaceDisabled))
        }
        None if revision || (!nameless && (asked || pod_revision)) => by(named.unwrap_or(DEFAULT)),
        None => ambient(model, workload).unwrap_or_else(|| {
            let mut injectors = model.mesh.injectors.iter();
            match injectors.find_map(|injector| injector.unasked.clone()) {
                Some(why) => Membership::Unknown(why),
                None => Membership::Outside(Outside::NamespaceUnlabelled),
            }
        }),
    }
}

/// The revision of a control plane that does not say.
const DEFAULT: &str = "default";

/// The revisions and tags of the control planes that the input shows; none where it shows none, or not all of their names.
pub(super) fn revisions<'a>(model: &Model<'a>) -> Option<BTreeSet<&'a str>> {
    let mut shown = BTreeSet::new();
    for resource in &model.resources {
        let text = |path: &[&str]| resource.at(path).and_then(Node::as_str);
        let label = |key: &str| text(&["metadata", "labels", key]).filter(|one| !one.is_empty());
        match (resource.group, resource.kind) {
            ("sailoperator.io", "Istio") => {
                // Its revisions are called after their versions, or as it is.
                if text(&["spec", "updateStrategy", "type"]) == Some("RevisionBased") {
                    return None;
                }
                shown.insert(resource.name);
            }
            ("sailoperator.io", "IstioRevision" | "IstioRevisionTag") => {
                shown.insert(resource.name);
            }
            // Where values are elsewhere, or a text, the name may be there.
            _ if istio::is_operator(resource)
                && ["valuesFrom", "valuesContent", "set"]
                    .into_iter()
                    .any(|key| resource.at(&["spec", key]).is_some()) =>
            {
                return None;
            }
            _ if istio::is_operator(resource) => {
                let paths = [
                    &["spec", "revision"] as &[&str],
                    &["spec", "values", "revision"],
                ];
                let said = paths
                    .into_iter()
                    .find_map(text)
                    .filter(|one| !one.is_empty());
                shown.insert(said.unwrap_or(DEFAULT));
                for path in [
                    &["spec", "values", "revisionTags"] as &[&str],
                    &["spec", "values", "base", "revisionTags"],
                ] {
                    let tags = resource.at(path).and_then(Node::as_sequence);
                    shown.extend(tags.unwrap_or_default().iter().filter_map(Node::as_str));
                }
            }
            ("admissionregistration.k8s.io", "MutatingWebhookConfiguration") => {
                shown.extend(label("istio.io/rev"));
                shown.extend(label("istio.io/tag"));
                if resource.name == "istio-sidecar-injector" {
                    shown.insert(DEFAULT);
                }
            }
            _ => {}
        }
    }
    let istiods = model.workloads.iter();
    let istiods = istiods.filter(|one| one.labels.get("app") == Some(&"istiod"));
    shown.extend(istiods.map(|one| one.labels.get(REVISION).copied().unwrap_or(DEFAULT)));
    (!shown.is_empty()).then_some(shown)
}

/// The revision that is taken to exist, where injection hangs on its name.
pub(crate) fn assumed_revision<'a>(model: &Model<'a>, workload: &Workload<'a>) -> Option<&'a str> {
    let namespace = model.namespaces.get(workload.resource.namespace)?;
    if namespace.labels.contains_key("istio-injection") || inject_request(workload).is_some() {
        return None;
    }
    let revision = namespace.labels.get(REVISION);
    revision.or_else(|| workload.labels.get(REVISION)).copied()
}

/// Whether a container has the proxy's name: injected by hand, or anything at all.
fn names_proxy(workload: &Workload<'_>) -> bool {
    workload.container_names().any(|name| name == "istio-proxy")
}

/// What the pod asks for in no word that counts.
fn unclear_request<'a>(workload: &Workload<'a>) -> Option<&'a str> {
    let label = workload.labels.get(INJECT);
    let value = label.or_else(|| workload.annotations.get(INJECT))?;
    (!matches!(*value, "" | "true" | "false")).then_some(*value)
}

/// What the pod itself asks for: the label beats the annotation; only `true` and `false` count. The annotation can
/// only refuse: the webhook's selectors see labels alone.
fn inject_request(workload: &Workload<'_>) -> Option<(bool, Span)> {
    let (map, value) = match workload.labels.get(INJECT) {
        Some(value) => ("labels", value),
        None => ("annotations", workload.annotations.get(INJECT)?),
    };
    let span = workload
        .metadata_span(map, INJECT)
        .unwrap_or(workload.resource.name_span);
    match *value {
        "true" if map == "labels" => Some((true, span)),
        "false" => Some((false, span)),
        _ => None,
    }
}

fn ambient(model: &Model<'_>, workload: &Workload<'_>) -> Option<Membership> {
    const MODE: &str = "istio.io/dataplane-mode";
    let of_namespace = model
        .namespaces
        .get(workload.resource.namespace)
        .and_then(|namespace| namespace.labels.get(MODE));
    let mode = workload.labels.get(MODE).or(of_namespace)?;
    if *mode != "ambient" {
        return None;
    }
    // Istio's CNI takes such a pod for one with a sidecar, whatever its containers are.
    Some(match workload.annotations.contains_key(STATUS) {
        true => Membership::Unknown(format!(
            "`{STATUS}` keeps the node's proxy from taking its traffic"
        )),
        false => Membership::Ambient,
    })
}
