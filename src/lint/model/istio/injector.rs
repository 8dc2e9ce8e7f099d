//! The injector's own configuration: ConfigMap `istio-sidecar-injector`, or `values` of what installs a control plane.

use super::super::release::{self, inner};
use super::super::{Reading, Resource};
use crate::kernel::document::Node;
use crate::lint::selector::LabelSelector;

/// What the configuration of an injector says that keeps a sidecar away, or ports from it.
#[derive(Debug, Default)]
pub struct Injector<'a> {
    /// Each in words.
    pub doubts: Vec<String>,
    /// Why it may inject into namespaces that do not say.
    pub unasked: Option<String>,
    /// What the API server asks before it makes a pod; none where this is no such configuration.
    pub webhooks: Option<Vec<Webhook<'a>>>,
}

/// A webhook that injects.
#[derive(Debug)]
pub struct Webhook<'a> {
    /// The labels of the namespaces.
    pub namespaces: LabelSelector<'a>,
    /// The labels of the pods.
    pub pods: LabelSelector<'a>,
    /// Why a pod may be made without it all the same.
    pub doubt: Option<&'static str>,
}

/// Whether an object configures an injector, or what redirects traffic for it.
pub(crate) fn is_injector(resource: &Resource<'_>) -> bool {
    match (resource.group, resource.kind) {
        ("", "ConfigMap") => resource.name.starts_with("istio-sidecar-injector"),
        ("sailoperator.io", "IstioCNI") => true,
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration") => {
            let label = resource.at(&["metadata", "labels", "app"]);
            ["istio-sidecar-injector", "istio-revision-tag"]
                .into_iter()
                .any(|name| resource.name.starts_with(name))
                || label.and_then(Node::as_str) == Some("sidecar-injector")
        }
        _ => is_of_openshift(resource) || installs_cni(resource),
    }
}

/// What makes OpenShift Service Mesh 2, whose injection is another one.
fn is_of_openshift(resource: &Resource<'_>) -> bool {
    resource.group == "maistra.io"
        && matches!(
            resource.kind,
            "ServiceMeshControlPlane" | "ServiceMeshMemberRoll" | "ServiceMeshMember"
        )
}

/// Istio's own chart is called `cni`, whatever the release of it.
fn installs_cni(resource: &Resource<'_>) -> bool {
    release::installs(resource, "istio-cni") || {
        let chart = resource.at(&["spec", "chart", "spec", "chart"]);
        let chart = chart.or_else(|| resource.at(&["spec", "chart"]));
        let name = chart.and_then(Node::as_str).unwrap_or_default();
        release::installs(resource, "cni") && name.rsplit('/').next() == Some("cni")
    }
}

/// Reads the configuration.
pub(crate) fn injector<'a>(mut reading: Reading<'a, '_>) -> Injector<'a> {
    let resource = &reading.resource.clone();
    let subject = resource.subject();
    let mut found = Injector::default();
    if is_of_openshift(resource) {
        let what = format!(
            "{subject}: OpenShift Service Mesh 2 injects into its members alone, and only pods that ask for it"
        );
        found.unasked = Some(what.clone());
        found.doubts.push(what);
        return found;
    }
    if resource.kind == "MutatingWebhookConfiguration" {
        let listed = reading.list(resource.node, "webhooks").unwrap_or_default();
        let webhooks = listed.iter();
        let webhooks = webhooks.filter_map(|one| webhook(&mut reading, one));
        found.webhooks = Some(webhooks.collect());
        return found;
    }
    if resource.kind != "ConfigMap" {
        let values = release::values(resource);
        for (node, _) in values.read() {
            found.takes_values(&subject, node);
        }
        found.doubts.extend(values.unread);
        return found;
    }
    for (key, is_values) in [("values", true), ("config", false)] {
        let Some(text) = resource.at(&["data", key]).and_then(Node::as_str) else {
            continue;
        };
        match inner(resource.source(), text) {
            Ok(document) if is_values => found.takes_values(&subject, &document.root),
            Ok(document) => of_config(&subject, &document.root, &mut found.doubts),
            Err(_) => {
                let what = format!("what `{key}` of {subject} says: it is not read");
                found.doubts.push(what);
            }
        }
    }
    found
}

/// A webhook that is asked about pods.
fn webhook<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Option<Webhook<'a>> {
    let is_of_pods = |rule: &Node| {
        let resources = rule.get("resources").and_then(Node::as_sequence);
        let mut resources = resources.unwrap_or_default().iter();
        resources.any(|one| matches!(one.as_str(), Some("pods" | "*" | "*/*")))
    };
    if !reading
        .list(node, "rules")
        .unwrap_or_default()
        .iter()
        .any(is_of_pods)
    {
        return None;
    }
    let mut selector = |key: &str| {
        let selector = reading.mapping(node, key);
        selector.map_or_else(LabelSelector::default, |node| reading.selector(node))
    };
    let (namespaces, pods) = (selector("namespaceSelector"), selector("objectSelector"));
    let is_conditional = node.get("matchConditions").is_some_and(holds_something);
    let may_fail = node.get("failurePolicy").and_then(Node::as_str) == Some("Ignore");
    let doubt = match (is_conditional, may_fail) {
        (true, _) => Some("has `matchConditions`, which are not evaluated"),
        (false, true) => Some(
            "has `failurePolicy: Ignore`: while nobody answers it, pods are made without a sidecar",
        ),
        (false, false) => None,
    };
    Some(Webhook {
        namespaces,
        pods,
        doubt,
    })
}

impl Injector<'_> {
    fn takes_values(&mut self, subject: &str, values: &Node) {
        let path = ["sidecarInjectorWebhook", "enableNamespacesByDefault"];
        if values.at(&path).and_then(Node::as_bool) == Some(true) {
            let what =
                "the injector takes namespaces that do not say (`enableNamespacesByDefault`)";
            self.unasked = Some(what.to_owned());
        }
        of_values(subject, values, &mut self.doubts);
    }
}

/// The ports that every sidecar leaves alone, and what becomes of [`of_config`]'s.
fn of_values(subject: &str, values: &Node, doubts: &mut Vec<String>) {
    for key in ["excludeInboundPorts", "includeInboundPorts"] {
        let Some(value) = values.at(&["global", "proxy", key]) else {
            continue;
        };
        let is_usual = value.is_null() || matches!(value.as_str(), Some("" | "*"));
        if !is_usual {
            doubts.push(format!("`{key}` of {subject} is not what it is by default"));
        }
    }
    let automatic = values.at(&["global", "proxy", "autoInject"]);
    if automatic.is_some_and(|value| !value.is_null() && value.as_str() != Some("enabled")) {
        doubts.push(format!("`autoInject` of {subject} disables injection"));
    }
    if let Some(webhook) = values.get("sidecarInjectorWebhook") {
        of_config(subject, webhook, doubts);
        if webhook.get("templates").is_some_and(holds_something) {
            doubts.push(format!(
                "{subject} has templates of its own for what is injected"
            ));
        }
    }
    let excluded = ["cni", "excludeNamespaces"];
    let excluded = values
        .at(&excluded)
        .or_else(|| values.get("excludeNamespaces"));
    let excluded = excluded.and_then(Node::as_sequence).unwrap_or_default();
    // Its default.
    if excluded
        .iter()
        .any(|one| one.as_str() != Some("kube-system"))
    {
        let what = format!("`excludeNamespaces` of {subject} keeps traffic from the proxies there");
        doubts.push(what);
    }
}

fn holds_something(node: &Node) -> bool {
    node.as_sequence().is_some_and(|listed| !listed.is_empty())
        || node.as_mapping().is_some_and(|map| !map.is_empty())
}

/// Pods that are never injected, and what else is.
fn of_config(subject: &str, config: &Node, doubts: &mut Vec<String>) {
    if config.get("policy").and_then(Node::as_str) == Some("disabled") {
        doubts.push(format!("{subject} disables injection"));
    }
    if config
        .get("neverInjectSelector")
        .is_some_and(holds_something)
    {
        doubts.push(format!("{subject} names pods that are never injected"));
    }
    if config
        .get("injectedAnnotations")
        .is_some_and(holds_something)
    {
        doubts.push(format!("{subject} gives annotations to what is injected"));
    }
    let templates = config.get("defaultTemplates").and_then(Node::as_sequence);
    let mut templates = templates.unwrap_or_default().iter();
    if templates.any(|one| one.as_str() != Some("sidecar")) {
        doubts.push(format!("{subject} injects another template by default"));
    }
}
