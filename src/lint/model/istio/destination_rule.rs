//! Istio's DestinationRule: how clients speak to a host.

use super::super::{Labels, Reading, Resource};
use super::{Text, case_slips, texts, workload_selector};
use crate::kernel::document::Node;
use crate::kernel::source::Span;

/// A DestinationRule, as far as TLS and who obeys it.
#[derive(Debug)]
pub struct DestinationRule<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The host it is for.
    pub host: &'a str,
    /// Where the host stands.
    pub host_span: Span,
    /// The namespaces that see it; empty is the mesh's default.
    pub export_to: Vec<Text<'a>>,
    /// The clients it is for; empty for all.
    pub selector: Labels<'a>,
    /// The policy for every subset.
    pub policy: Option<TrafficPolicy<'a>>,
    /// The subsets.
    pub subsets: Vec<Subset<'a>>,
}

/// A subset of the endpoints.
#[derive(Debug)]
pub struct Subset<'a> {
    /// Its name.
    pub name: &'a str,
    /// The labels of its endpoints.
    pub labels: Labels<'a>,
    /// The bytes.
    pub span: Span,
    /// Its own policy.
    pub policy: Option<TrafficPolicy<'a>>,
}

/// How to speak to a host, as far as TLS.
#[derive(Debug)]
pub struct TrafficPolicy<'a> {
    /// The TLS settings of ports without their own.
    pub tls: Option<Tls<'a>>,
    /// The ports with settings of their own: these replace the settings above, even where they say nothing of TLS.
    pub ports: Vec<(u16, Option<Tls<'a>>, Span)>,
    /// Whether the load balancer passes connections through.
    pub passthrough: bool,
}

/// TLS settings of a client.
#[derive(Debug, Clone, Copy)]
pub struct Tls<'a> {
    /// `DISABLE`, `SIMPLE`, `MUTUAL` or `ISTIO_MUTUAL`.
    pub mode: &'a str,
    /// Where the mode stands.
    pub span: Span,
    /// The whole settings.
    pub node: &'a Node,
}

impl<'a> Tls<'a> {
    /// Whether a setting is there and not empty.
    pub fn has(&self, key: &str) -> bool {
        match self.node.get(key) {
            Some(node) => node.as_str().is_some_and(|text| !text.is_empty()),
            None => false,
        }
    }

    /// Whether the server's certificate is not verified.
    pub fn skips_verification(&self) -> Option<Span> {
        let entry = self.node.entry("insecureSkipVerify")?;
        (entry.value.as_bool() == Some(true)).then(|| entry.key_span.to(entry.value.span))
    }
}

impl<'a> DestinationRule<'a> {
    /// Every policy: that of the host, then those of the subsets.
    pub fn policies(&self) -> impl Iterator<Item = &TrafficPolicy<'a>> {
        let subsets = self
            .subsets
            .iter()
            .filter_map(|subset| subset.policy.as_ref());
        self.policy.iter().chain(subsets)
    }

    /// Every TLS setting.
    pub fn tls(&self) -> impl Iterator<Item = &Tls<'a>> {
        self.policies().flat_map(|policy| {
            let ports = policy.ports.iter().filter_map(|(_, tls, _)| tls.as_ref());
            policy.tls.iter().chain(ports)
        })
    }
}

pub(crate) fn destination_rule<'a>(mut reading: Reading<'a, '_>) -> Option<DestinationRule<'a>> {
    let resource = reading.resource.clone();
    let spec = reading.mapping(resource.node, "spec")?;
    const KNOWN: [&str; 4] = ["host", "trafficPolicy", "subsets", "exportTo"];
    case_slips(&mut reading, spec, &KNOWN);
    let (host, host_span) = reading.text(spec, "host")?;
    let export_to = texts(&mut reading, spec, "exportTo");
    let selector = reading
        .mapping(spec, "workloadSelector")
        .map(|selector| reading.labels(selector, "matchLabels"))
        .unwrap_or_else(|| workload_selector(&mut reading, spec));
    let policy = traffic_policy(&mut reading, spec);
    let mut subsets = Vec::new();
    for subset in reading.list(spec, "subsets").unwrap_or_default() {
        subsets.push(Subset {
            name: reading.text(subset, "name").map_or("", |(name, _)| name),
            labels: reading.labels(subset, "labels"),
            span: subset.span,
            policy: traffic_policy(&mut reading, subset),
        });
    }
    reading.is_sound().then_some(DestinationRule {
        resource,
        host,
        host_span,
        export_to,
        selector,
        policy,
        subsets,
    })
}

fn traffic_policy<'a>(
    reading: &mut Reading<'a, '_>,
    parent: &'a Node,
) -> Option<TrafficPolicy<'a>> {
    let node = reading.mapping(parent, "trafficPolicy")?;
    case_slips(reading, node, &["tls", "loadBalancer", "portLevelSettings"]);
    let tls = client_tls(reading, node);
    let balancer = reading.mapping(node, "loadBalancer");
    let passthrough = balancer
        .and_then(|balancer| reading.text(balancer, "simple"))
        .is_some_and(|(simple, _)| simple == "PASSTHROUGH");
    let mut ports = Vec::new();
    for settings in reading.list(node, "portLevelSettings").unwrap_or_default() {
        let number = settings
            .at(&["port", "number"])
            .and_then(Node::as_i64)
            .and_then(|port| u16::try_from(port).ok());
        match number {
            Some(port) => ports.push((port, client_tls(reading, settings), settings.span)),
            None => reading.problem(settings.span, "settings of a port need `port.number`"),
        }
    }
    Some(TrafficPolicy {
        tls,
        ports,
        passthrough,
    })
}

fn client_tls<'a>(reading: &mut Reading<'a, '_>, parent: &'a Node) -> Option<Tls<'a>> {
    let node = reading.mapping(parent, "tls")?;
    case_slips(
        reading,
        node,
        &[
            "mode",
            "caCertificates",
            "credentialName",
            "subjectAltNames",
            "insecureSkipVerify",
        ],
    );
    // A `tls` without a mode has the first one of the enumeration.
    let (mode, span) = reading.text(node, "mode").unwrap_or(("DISABLE", node.span));
    if !["DISABLE", "SIMPLE", "MUTUAL", "ISTIO_MUTUAL"].contains(&mode) {
        reading.problem(span, format!("`{mode}` is no TLS mode of a client"));
    }
    Some(Tls { mode, span, node })
}
