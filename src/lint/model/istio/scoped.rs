//! Istio's Sidecar and Telemetry: settings of the pods that a selector picks.

use super::super::{Labels, Reading, Resource};
use super::{Text, case_slips, texts, workload_selector};
use crate::kernel::document::Node;
use crate::kernel::source::Span;

/// A Sidecar.
#[derive(Debug)]
pub struct Sidecar<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The pods it selects; empty for the whole namespace or mesh.
    pub selector: Labels<'a>,
    /// Where `outboundTrafficPolicy.mode: ALLOW_ANY` stands.
    pub allows_any: Option<Span>,
    /// The mode of its `outboundTrafficPolicy`, where it has one: to what hosts it does not know.
    pub outbound: Option<&'a str>,
    /// The hosts that it imports, as `NAMESPACE/HOST`; none where every Service is.
    pub egress: Option<Vec<Text<'a>>>,
    /// Whether a listener of its `ingress` captures nothing.
    pub captures_nothing: bool,
    /// Whether a listener of its `ingress` leads to another port of the application than its own.
    pub leads_elsewhere: bool,
}

/// A Telemetry.
#[derive(Debug)]
pub struct Telemetry<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The pods it selects; empty for the whole namespace or mesh.
    pub selector: Labels<'a>,
    /// Where access logs are turned off.
    pub silences: Option<Span>,
}

pub(crate) fn sidecar<'a>(mut reading: Reading<'a, '_>) -> Option<Sidecar<'a>> {
    let resource = reading.resource.clone();
    let spec = reading.mapping(resource.node, "spec");
    let mut sidecar = Sidecar {
        resource,
        selector: Labels::new(),
        allows_any: None,
        outbound: None,
        egress: None,
        captures_nothing: false,
        leads_elsewhere: false,
    };
    if let Some(spec) = spec {
        const KNOWN: [&str; 4] = [
            "workloadSelector",
            "ingress",
            "egress",
            "outboundTrafficPolicy",
        ];
        case_slips(&mut reading, spec, &KNOWN);
        if let Some(selector) = reading.mapping(spec, "workloadSelector") {
            sidecar.selector = reading.labels(selector, "labels");
        }
        if let Some(listeners) = reading.list(spec, "egress").filter(|all| !all.is_empty()) {
            let hosts = listeners
                .iter()
                .flat_map(|listener| texts(&mut reading, listener, "hosts"));
            sidecar.egress = Some(hosts.collect());
        }
        let listeners = reading.list(spec, "ingress").unwrap_or_default();
        sidecar.captures_nothing = listeners
            .iter()
            .any(|one| one.get("captureMode").and_then(Node::as_str) == Some("NONE"));
        sidecar.leads_elsewhere = listeners.iter().any(|one| {
            let own = one.at(&["port", "number"]).and_then(Node::as_i64);
            let to = one.get("defaultEndpoint").and_then(Node::as_str);
            let to = to.and_then(|to| to.rsplit(':').next()?.parse().ok());
            to.is_some() && to != own
        });
        if let Some(policy) = reading.mapping(spec, "outboundTrafficPolicy") {
            let mode = reading.text(policy, "mode");
            // The mode that the API takes for granted here, unlike that of the mesh.
            sidecar.outbound = Some(mode.map_or("REGISTRY_ONLY", |(mode, _)| mode));
            sidecar.allows_any = mode
                .filter(|(mode, _)| *mode == "ALLOW_ANY")
                .map(|(_, span)| span);
        }
    }
    reading.is_sound().then_some(sidecar)
}

pub(crate) fn telemetry<'a>(mut reading: Reading<'a, '_>) -> Option<Telemetry<'a>> {
    let resource = reading.resource.clone();
    let spec = reading.mapping(resource.node, "spec")?;
    let selector = workload_selector(&mut reading, spec);
    let logging = reading.list(spec, "accessLogging").unwrap_or_default();
    let silences = logging
        .iter()
        .filter_map(|one| one.entry("disabled"))
        .find(|entry| entry.value.as_bool() == Some(true))
        .map(|entry| entry.key_span.to(entry.value.span));
    let unfiltered = |one: &Node| one.get("providers").is_none_or(Node::is_null);
    let silences = silences.filter(|_| logging.iter().any(unfiltered));
    reading.is_sound().then_some(Telemetry {
        resource,
        selector,
        silences,
    })
}
