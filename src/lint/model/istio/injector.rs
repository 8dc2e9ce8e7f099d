//! The injector's own configuration: ConfigMap `istio-sidecar-injector`, or `values` of what installs a control plane.

use super::super::Resource;
use super::mesh_config::{inner, is_operator};
use crate::kernel::document::Node;

/// What the configuration of an injector says that keeps a sidecar away, or ports from it.
#[derive(Debug)]
pub struct Injector {
    /// Each in words.
    pub doubts: Vec<String>,
    /// Whether it injects into namespaces that do not say.
    pub injects_by_default: bool,
}

/// Whether an object configures an injector.
pub(crate) fn is_injector(resource: &Resource<'_>) -> bool {
    resource.is("", "ConfigMap") && resource.name.starts_with("istio-sidecar-injector")
}

/// Reads the configuration.
pub(crate) fn injector(resource: &Resource<'_>) -> Injector {
    let subject = resource.subject();
    let mut doubts = Vec::new();
    if is_operator(resource) {
        let values = resource.at(&["spec", "values"]);
        if let Some(values) = values {
            of_values(&subject, values, &mut doubts);
        }
        return Injector {
            doubts,
            injects_by_default: values.is_some_and(injects_by_default),
        };
    }
    let mut by_default = false;
    for (key, read) in [
        ("values", of_values as fn(&str, &Node, &mut Vec<String>)),
        ("config", of_config),
    ] {
        let Some(text) = resource.at(&["data", key]).and_then(Node::as_str) else {
            continue;
        };
        match inner(resource.source(), text) {
            Ok(document) => {
                by_default |= key == "values" && injects_by_default(&document.root);
                read(&subject, &document.root, &mut doubts);
            }
            Err(_) => doubts.push(format!("what `{key}` of {subject} says: it is not read")),
        }
    }
    Injector {
        doubts,
        injects_by_default: by_default,
    }
}

fn injects_by_default(values: &Node) -> bool {
    let path = ["sidecarInjectorWebhook", "enableNamespacesByDefault"];
    values.at(&path).and_then(Node::as_bool) == Some(true)
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
    let never = values.at(&["sidecarInjectorWebhook", "neverInjectSelector"]);
    let never = never.and_then(Node::as_sequence);
    if never.is_some_and(|never| !never.is_empty()) {
        doubts.push(format!("{subject} names pods that are never injected"));
    }
}

/// Pods that are never injected.
fn of_config(subject: &str, config: &Node, doubts: &mut Vec<String>) {
    if config.get("policy").and_then(Node::as_str) == Some("disabled") {
        doubts.push(format!("{subject} disables injection"));
    }
    let never = config
        .get("neverInjectSelector")
        .and_then(Node::as_sequence);
    if never.is_some_and(|never| !never.is_empty()) {
        doubts.push(format!("{subject} names pods that are never injected"));
    }
}
