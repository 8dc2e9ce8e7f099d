//! Settings of Cilium under which its policies, or others, mean something else, wherever the input says them: its
//! ConfigMap, the values of its chart, the arguments of its agent.

use super::path::Reason;
use crate::kernel::document::Node;
use crate::kernel::source::Span;
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::{Model, Resource, release};

/// What the agent is told, with the values that leave policies what they are.
const VOIDS: [(&str, &[&str]); 9] = [
    ("enable-policy", &["", "default"]),
    ("policy-enforcement-mode", &["", "default"]),
    ("enable-k8s-networkpolicy", &["", "true"]),
    ("enable-cilium-network-policy", &["", "true"]),
    ("enable-cilium-clusterwide-network-policy", &["", "true"]),
    ("enable-non-default-deny-policies", &["", "true"]),
    ("policy-audit-mode", &["", "false"]),
    ("policy-cidr-match-mode", &[""]),
    ("labels", &[""]),
];

/// The same in the values of its chart.
const VALUES: [(&[&str], &[&str]); 7] = [
    (&["policyEnforcementMode"], &["", "default"]),
    (&["policyAuditMode"], &["false"]),
    (&["policyCIDRMatchMode"], &[""]),
    (&["labels"], &[""]),
    (&["enableNonDefaultDenyPolicies"], &["true"]),
    (&["k8sNetworkPolicy", "enabled"], &["true"]),
    (&["ciliumNetworkPolicy", "enabled"], &["true"]),
];

/// Adds what of Cilium's settings keeps from a proof.
pub(super) fn settings(model: &Model<'_>, limits: &mut Vec<Reason>) {
    for resource in &model.resources {
        let is_of_nodes = resource.is("cilium.io", "CiliumNodeConfig");
        if is_of_nodes || resource.is("cilium.io", "CiliumConfig") {
            let text = format!("{} may change what Cilium enforces", resource.subject());
            limits.push(Reason::at(text, resource, resource.name_span));
        } else if resource.is("", "ConfigMap") && resource.name == "cilium-config" {
            let data = resource.at(&["data"]).and_then(Node::as_mapping);
            for entry in data.unwrap_or_default() {
                if voids(&entry.key, &entry.value) {
                    limits.push(changes(&entry.key, resource, entry.key_span));
                }
            }
        } else if release::installs(resource, "cilium") {
            of_chart(resource, limits);
        }
    }
    for workload in &model.workloads {
        of_agent(workload, limits);
    }
}

fn changes(key: &str, resource: &Resource<'_>, span: Span) -> Reason {
    let text = format!(
        "`{key}` of {} changes what Cilium enforces",
        resource.subject()
    );
    Reason::at(text, resource, span)
}

/// Whether a setting of the agent has another value than the usual ones.
fn voids(key: &str, value: &Node) -> bool {
    let usual = VOIDS.iter().find(|(known, _)| *known == key);
    usual.is_some_and(|(_, usual)| !is_usual(value, usual))
}

fn is_usual(value: &Node, usual: &[&str]) -> bool {
    let of_flag = value
        .as_bool()
        .map(|flag| if flag { "true" } else { "false" });
    let said = value.as_str().or(of_flag);
    value.is_null()
        || value.as_sequence().is_some_and(<[_]>::is_empty)
        || said.is_some_and(|said| usual.contains(&said))
}

fn of_chart(resource: &Resource<'_>, limits: &mut Vec<Reason>) {
    let values = release::values(resource);
    for (node, span) in values.read() {
        for (path, usual) in VALUES {
            let value = node.at(path);
            if value.is_some_and(|value| !is_usual(value, usual)) {
                limits.push(changes(&path.join("."), resource, span));
            }
        }
        let further = node.get("extraConfig").and_then(Node::as_mapping);
        for entry in further.unwrap_or_default() {
            if voids(&entry.key, &entry.value) {
                limits.push(changes(&entry.key, resource, span));
            }
        }
        for key in told(node.get("extraArgs"), node.get("extraEnv")) {
            limits.push(changes(key, resource, span));
        }
    }
    for what in &values.unread {
        limits.push(Reason::at(what.clone(), resource, resource.name_span));
    }
}

/// The agent's own arguments and environment go before its ConfigMap.
fn of_agent(workload: &Workload<'_>, limits: &mut Vec<Reason>) {
    let containers = workload.spec.get("containers").and_then(Node::as_sequence);
    for container in containers.unwrap_or_default() {
        let command = container.get("command").and_then(Node::as_sequence);
        let mut command = command.unwrap_or_default().iter().filter_map(Node::as_str);
        let name = container.get("name").and_then(Node::as_str);
        if name != Some("cilium-agent") && !command.any(|one| one.ends_with("cilium-agent")) {
            continue;
        }
        for arguments in ["command", "args"] {
            let environment = container.get("env").filter(|_| arguments == "args");
            for key in told(container.get(arguments), environment) {
                limits.push(changes(key, &workload.resource, container.span));
            }
        }
    }
}

/// What arguments (`--enable-policy=never`, in one or in two) and variables (`CILIUM_ENABLE_POLICY`) set otherwise.
fn told(arguments: Option<&Node>, environment: Option<&Node>) -> Vec<&'static str> {
    let words = arguments.and_then(Node::as_sequence).unwrap_or_default();
    let words: Vec<&str> = words.iter().filter_map(Node::as_str).collect();
    let variables = environment.and_then(Node::as_sequence).unwrap_or_default();
    let mut found = Vec::new();
    for (key, usual) in VOIDS {
        let is_flag = usual.contains(&"true") || usual.contains(&"false");
        let as_argument = words.iter().enumerate().any(|(index, word)| {
            let Some(rest) = word.trim_start_matches('-').strip_prefix(key) else {
                return false;
            };
            let value = match rest.strip_prefix('=') {
                Some(value) => value,
                None if !rest.is_empty() || !word.starts_with('-') => return false,
                None if is_flag => "true",
                None => words.get(index + 1).copied().unwrap_or_default(),
            };
            !usual.contains(&value)
        });
        let variable = format!("CILIUM_{}", key.replace('-', "_").to_ascii_uppercase());
        let as_variable = variables.iter().any(|one| {
            one.get("name").and_then(Node::as_str) == Some(variable.as_str())
                && !one.get("value").is_some_and(|value| is_usual(value, usual))
        });
        if as_argument || as_variable {
            found.push(key);
        }
    }
    found
}
