//! What annotations tell Linkerd's injector and its proxy: of the pod, else of its namespace.
//!
//! The injector copies what a namespace says to the pods that do not say it themselves (`pkg/inject`,
//! `AppendNamespaceAnnotations`).

use super::policy::{Origin, at};
use crate::kernel::document::{Node, Value};
use crate::kernel::source::{Source, Span};
use crate::kernel::yaml;
use crate::lint::meshes::Part;
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::{Model, Resource};

pub(crate) const INJECT: &str = "linkerd.io/inject";
pub(super) const SKIPPED: &str = "config.linkerd.io/skip-inbound-ports";
pub(super) const SKIPPED_OUT: &str = "config.linkerd.io/skip-outbound-ports";
pub(super) const DEFAULT: &str = "config.linkerd.io/default-inbound-policy";
pub(super) const REQUIRED: &str = "config.linkerd.io/proxy-require-identity-inbound-ports";

/// The proxy's own ports: its inbound port, taps, metrics and probes.
pub(super) const OWN: [u16; 3] = [4143, 4190, 4191];

/// The ports that the chart lets pass by the proxy where no annotation lists others (`proxyInit.ignoreInboundPorts`).
pub(super) const PASSED: [u16; 2] = [4567, 4568];

/// What ConfigMap `linkerd-config` lets pass by every proxy that has no annotation of its own, where that is not what the
/// chart does by default.
pub(super) fn passed(model: &Model<'_>) -> Option<String> {
    let is_config = |one: &&Resource<'_>| one.is("", "ConfigMap") && one.name == "linkerd-config";
    let mut configs = model.resources.iter().filter(is_config);
    configs.find_map(|config| {
        let text = config.at(&["data", "values"])?.as_str()?;
        let source = Source::new("linkerd-config", text.as_bytes().to_vec()).ok()?;
        let document = yaml::parse_stream(&source).documents.into_iter().next()?;
        let Ok(document) = document else {
            return Some("values that cannot be read".to_owned());
        };
        let listed = document.root.at(&["proxyInit", "ignoreInboundPorts"])?;
        let listed = match (&listed.value, listed.as_str()) {
            (_, Some(text)) => text.to_owned(),
            (Value::Number(number), _) => number.text.clone(),
            _ => return None,
        };
        let is_usual = ports(&listed).is_some_and(|ports| {
            let within = |port: u16| PASSED.contains(&port);
            ports
                .iter()
                .all(|(first, last)| within(*first) && within(*last))
        });
        (!is_usual).then_some(listed)
    })
}

/// What else changes the proxy or what reaches it.
const CHANGED: [(&str, &str); 7] = [
    (
        "config.linkerd.io/skip-subnets",
        "keeps what comes from these addresses from the proxy",
    ),
    (
        "config.linkerd.io/proxy-image",
        "replaces the proxy by another program",
    ),
    (
        "config.linkerd.io/proxy-version",
        "asks for another release of the proxy",
    ),
    (
        "config.linkerd.io/init-image",
        "replaces what leads connections to the proxy",
    ),
    ("config.linkerd.io/inbound-port", "moves the proxy's port"),
    ("config.linkerd.io/control-port", "moves the proxy's port"),
    ("config.linkerd.io/admin-port", "moves the proxy's port"),
];

/// What an annotation says, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'r> {
    /// Its value.
    pub(crate) value: &'r str,
    /// The pod's owner or its namespace.
    pub(crate) resource: &'r Resource<'r>,
    /// Where it stands.
    pub(crate) span: Span,
}

impl Said<'_> {
    /// `Namespace shop (file.yaml:3)`.
    pub(super) fn place(&self) -> Origin {
        at(self.resource, self.span)
    }

    /// The annotation itself: whose, and where.
    pub(super) fn origin(&self, key: &str) -> Origin {
        let mut origin = self.place();
        origin.subject = format!("`{key}` of {}", origin.subject);
        origin
    }
}

/// What the pod says, else its namespace.
pub(crate) fn said<'r>(
    model: &'r Model<'_>,
    workload: &'r Workload<'_>,
    key: &str,
) -> Option<Said<'r>> {
    if let Some(value) = workload.annotations.get(key) {
        let span = workload.metadata_span("annotations", key);
        return Some(Said {
            value: value.trim(),
            resource: &workload.resource,
            span: span.unwrap_or(workload.resource.name_span),
        });
    }
    of_namespace(model, workload.resource.namespace, key)
}

fn of_namespace<'r>(model: &'r Model<'_>, name: &str, key: &str) -> Option<Said<'r>> {
    let resource = &model.namespaces.get(name)?.resource;
    let entry = resource.at(&["metadata", "annotations"])?.entry(key)?;
    Some(Said {
        value: entry.value.as_str().unwrap_or_default().trim(),
        resource,
        span: entry.key_span.to(entry.value.span),
    })
}

/// Ports and ranges of ports, between commas; none where something in it is neither.
pub(super) fn ports(list: &str) -> Option<Vec<(u16, u16)>> {
    let parts = list.split(',').map(str::trim);
    let parts = parts.filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
            (first <= last).then_some((first, last))
        })
        .collect()
}

/// Whether a list holds a port; none where it is not understood.
fn lists(list: &str, port: Option<u16>) -> Option<bool> {
    let ports = ports(list)?;
    Some(ports.iter().any(|(first, last)| match port {
        Some(port) => (*first..=*last).contains(&port),
        // Every port that is not singled out.
        None => *first <= 1 && *last == u16::MAX,
    }))
}

/// Why a port is past the proxy.
pub(super) fn past_proxy(
    model: &Model<'_>,
    workload: &Workload<'_>,
    port: Option<u16>,
) -> Option<String> {
    let skipped = said(model, workload, SKIPPED)?;
    let is_listed = lists(skipped.value, port)?;
    is_listed.then(|| match skipped.place().place {
        Some((file, line)) => format!("`{SKIPPED}` lists it ({file}:{line})"),
        None => format!("`{SKIPPED}` lists it"),
    })
}

/// Whether an identity is asked for on a port, whatever the default policy.
pub(super) fn requires_identity<'r>(
    model: &'r Model<'_>,
    workload: &'r Workload<'_>,
    port: Option<u16>,
) -> Option<Said<'r>> {
    let required = said(model, workload, REQUIRED)?;
    // A list that is not understood is none (`inbound/pod.rs`, `ports_annotation`).
    lists(required.value, port)?.then_some(required)
}

/// The ports that annotations single out.
pub(super) fn singled_out(model: &Model<'_>, workload: &Workload<'_>) -> Vec<u16> {
    let lists = [SKIPPED, REQUIRED].into_iter();
    let lists = lists.filter_map(|key| ports(said(model, workload, key)?.value));
    lists
        .flatten()
        .flat_map(|(first, last)| match is_wide((first, last)) {
            true => vec![first, last],
            false => (first..=last).collect(),
        })
        .filter(|port| *port != 0)
        .collect()
}

/// Whether a range holds more ports than are told one by one.
fn is_wide((first, last): (u16, u16)) -> bool {
    last.saturating_sub(first) > 100
}

/// A range of ports past the proxy that is too wide to tell each of them: of other ports nothing is certain then.
pub(super) fn wide_past(model: &Model<'_>, workload: &Workload<'_>) -> Option<String> {
    let skipped = said(model, workload, SKIPPED)?;
    let wide = ports(skipped.value)?.into_iter().find(|one| is_wide(*one));
    let (first, last) = wide.filter(|one| *one != (1, u16::MAX))?;
    Some(format!(
        "whether the port is one of {first}-{last}, which `{SKIPPED}` lists"
    ))
}

/// What may keep connections from the proxy and is not computed here.
pub(super) fn doubts(model: &Model<'_>, workload: &Workload<'_>) -> Vec<String> {
    let mut doubts = Vec::new();
    for (key, what) in CHANGED {
        if let Some(said) = said(model, workload, key).filter(|said| !said.value.is_empty()) {
            doubts.push(format!(
                "whether the proxy takes the connection: `{key}: {}` {what}",
                said.value
            ));
        }
    }
    if let Some(skipped) = said(model, workload, SKIPPED)
        && ports(skipped.value).is_none()
    {
        doubts.push(format!("what `{SKIPPED}: {}` means", skipped.value));
    }
    doubts
}

/// Whether a proxy is injected (`pkg/inject/report.go`, `disableByAnnotation` and `Injectable`).
pub(super) fn part(model: &Model<'_>, workload: &Workload<'_>, is_twice: bool) -> Part {
    const ANNOTATION: &str = "linkerd.io/inject";
    let name = workload.resource.namespace;
    let perhaps = |why: String| Part::Perhaps(why);
    if names_proxy(workload) {
        return perhaps(
            "its container `linkerd-proxy` is written by hand, and only its name tells that it is one"
                .to_owned(),
        );
    }
    if workload.host_network.is_some() {
        return Part::Out("it is on the host network, where no proxy is injected".to_owned());
    }
    let own = workload.annotations.get(INJECT).map(|value| value.trim());
    if own == Some("disabled") {
        return Part::Out("it opts out of injection".to_owned());
    }
    let Some(namespace) = model.namespaces.get(name) else {
        return perhaps(format!("Namespace `{name}` is not in the input"));
    };
    if is_twice {
        return perhaps(format!(
            "Namespace `{name}` is defined twice with different annotations"
        ));
    }
    let is_valid = |value: &str| matches!(value, "" | "enabled" | "disabled" | "ingress");
    let written = namespace.resource.at(&["metadata", "annotations", INJECT]);
    if written.is_some_and(|node| node.as_str().is_none() && !node.is_null()) {
        return perhaps(format!(
            "`{ANNOTATION}` of Namespace `{name}` is no string, and the API server refuses it"
        ));
    }
    let of_namespace = written.and_then(Node::as_str).unwrap_or_default().trim();
    let own = own.unwrap_or_default();
    for value in [of_namespace, own] {
        if !is_valid(value) {
            return Part::Out(format!(
                "`{ANNOTATION}: {value}` is no value that the injector knows, and it injects nothing"
            ));
        }
    }
    let asks = |value: &str| matches!(value, "enabled" | "ingress");
    if !asks(of_namespace) && !asks(own) {
        return Part::Out(format!(
            "neither it nor namespace `{name}` asks for Linkerd's proxy"
        ));
    }
    // The selector of the injector's webhook, as the chart has it.
    let webhook = namespace
        .labels
        .get("config.linkerd.io/admission-webhooks")
        .copied();
    if webhook == Some("disabled") {
        return Part::Out(format!(
            "namespace `{name}` turns Linkerd's webhooks off by `config.linkerd.io/admission-webhooks`"
        ));
    }
    let kept = [
        "linkerd.io/control-plane-component",
        "linkerd.io/cni-resource",
    ];
    if let Some(key) = kept.iter().find(|key| workload.labels.contains_key(key)) {
        return perhaps(format!(
            "the webhook of Linkerd's chart is not asked about pods with label `{key}`"
        ));
    }
    if matches!(name, "kube-system" | "cert-manager") {
        return perhaps(format!("Linkerd leaves `{name}` out by default"));
    }
    let token = workload.spec.get("automountServiceAccountToken");
    if token.and_then(Node::as_bool) == Some(false) {
        return perhaps(
            "`automountServiceAccountToken: false` keeps the injector away in most releases"
                .to_owned(),
        );
    }
    if workload.is_made() {
        return Part::Out(
            "the pod runs without the container `linkerd-proxy`, and nothing is injected into a pod that exists"
                .to_owned(),
        );
    }
    match other_proxy(workload) {
        Some(other) => perhaps(format!(
            "the injector leaves pods alone that have another proxy, and container `{other}` may be one"
        )),
        None => Part::In,
    }
}

fn containers<'r>(workload: &'r Workload<'_>) -> impl Iterator<Item = &'r Node> {
    let lists = ["containers", "initContainers"].into_iter();
    lists
        .filter_map(|key| workload.spec.get(key)?.as_sequence())
        .flatten()
}

fn names_proxy(workload: &Workload<'_>) -> bool {
    workload
        .container_names()
        .any(|name| name == "linkerd-proxy")
}

/// A container that the injector may take for a proxy (`pkg/healthcheck/sidecar.go`).
fn other_proxy<'r>(workload: &'r Workload<'_>) -> Option<&'r str> {
    const IMAGES: [&str; 4] = ["istio/proxyv2", "linkerd-io/proxy", "contour", "envoy"];
    containers(workload).find_map(|container| {
        let text = |key: &str| container.get(key).and_then(Node::as_str);
        let name = text("name").unwrap_or_default();
        let image = text("image").unwrap_or_default();
        let is_proxy = matches!(name, "istio-proxy" | "istio-init" | "linkerd-init")
            || image.contains("proxyv2")
            || IMAGES.iter().any(|one| image.contains(one));
        is_proxy.then_some(name)
    })
}
