//! Istio's EnvoyFilter: patches of the proxies' own configuration.

use super::super::{Labels, Reading, Resource};
use super::{Text, text};
use crate::kernel::document::Node;
use crate::kernel::source::Span;

/// An EnvoyFilter.
#[derive(Debug)]
pub struct EnvoyFilter<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The pods it selects; empty for the whole namespace or mesh.
    pub selector: Labels<'a>,
    /// Its patches.
    pub patches: Vec<Patch<'a>>,
    /// Whether it says in which order it is applied.
    pub has_priority: bool,
}

/// One patch.
#[derive(Debug)]
pub struct Patch<'a> {
    /// What it is applied to.
    pub target: &'a str,
    /// What it does.
    pub operation: Option<Text<'a>>,
    /// Whether it is for certain versions of the proxy.
    pub has_proxy_version: bool,
    /// The whole patch.
    pub node: &'a Node,
    /// Its bytes.
    pub span: Span,
}

pub(crate) fn envoy_filter<'a>(mut reading: Reading<'a, '_>) -> Option<EnvoyFilter<'a>> {
    let resource = reading.resource.clone();
    let spec = reading.mapping(resource.node, "spec")?;
    let selector = reading
        .mapping(spec, "workloadSelector")
        .map(|selector| reading.labels(selector, "labels"))
        .unwrap_or_default();
    let mut patches = Vec::new();
    for node in reading.list(spec, "configPatches").unwrap_or_default() {
        let operation = reading
            .mapping(node, "patch")
            .and_then(|patch| text(&mut reading, patch, "operation"));
        patches.push(Patch {
            target: reading.text(node, "applyTo").map_or("", |(to, _)| to),
            operation,
            has_proxy_version: node.at(&["match", "proxy", "proxyVersion"]).is_some(),
            node,
            span: node.span,
        });
    }
    let has_priority = spec
        .get("priority")
        .and_then(Node::as_i64)
        .is_some_and(|priority| priority != 0);
    reading.is_sound().then_some(EnvoyFilter {
        resource,
        selector,
        patches,
        has_priority,
    })
}
