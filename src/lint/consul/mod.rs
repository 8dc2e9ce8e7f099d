//! Consul's mesh: whom its intentions let in, over what, and where its proxy is.
//!
//! Proxies take mTLS alone, unless a service is permissive. Services are told apart by name, whatever their namespace in
//! Kubernetes; who names them is the Service in front of the pods. What no intention speaks of falls to the default
//! policy of Consul's ACLs, which no manifest holds.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use self::joint::Known;
use super::meshes::Part;
use super::model::consul::{Action, Defaults, GROUP};
use super::model::kubernetes::Workload;
use super::model::{Model, Resource, names};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::document::Node;
use crate::kernel::source::Span;

mod injector;
mod intentions;
mod joint;

use injector::Injector;

/// A name that no service has: it stands for those that no intention names.
const NOBODY: &str = "-";

const INJECT: &str = "consul.hashicorp.com/connect-inject";
const INJECTED: &str = "consul.hashicorp.com/connect-inject-status";
const TRANSPARENT: &str = "consul.hashicorp.com/transparent-proxy";
const EXCLUDED: &str = "consul.hashicorp.com/transparent-proxy-exclude-inbound-ports";
const SERVICE: &str = "consul.hashicorp.com/connect-service";
const SERVICE_PORT: &str = "consul.hashicorp.com/connect-service-port";
const IGNORED: &str = "consul.hashicorp.com/service-ignore";
const GATEWAY_KIND: &str = "consul.hashicorp.com/gateway-kind";
const GATEWAY_SERVICE: &str = "consul.hashicorp.com/gateway-consul-service-name";
const SCRAPED: &str = "consul.hashicorp.com/prometheus-scrape-port";

/// The proxy's own ports: metrics, the probes that it takes over (one of each kind for each container), its lifecycle.
const OWN: [std::ops::RangeInclusive<u16>; 5] = [
    20200..=20200,
    20300..=20307,
    20400..=20407,
    20500..=20507,
    20600..=20600,
];

/// Consul's mesh as a model shows it.
#[derive(Debug)]
pub struct ConsulMesh<'m, 'a> {
    model: &'m Model<'a>,
    is_shown: bool,
    /// What the injector was told.
    injector: Injector<'a>,
    /// Whether it tells namespaces of its own apart, as Consul Enterprise does.
    is_enterprise: bool,
    /// The default policy where the input holds none.
    default: Option<Action>,
    /// What is not certain of its configuration.
    doubts: Vec<String>,
    /// The services of each workload of the model, by its identity in memory.
    services: BTreeMap<usize, Vec<&'a str>>,
    known: RefCell<HashMap<(usize, u16), Rc<Known>>>,
}

/// Whether the pods of a workload are redirected to the proxy.
enum Redirected {
    Yes,
    No(String),
    Perhaps(String),
}

/// `ServiceIntentions shop/payment (file.yaml:12)`.
fn at(resource: &Resource<'_>, span: Span) -> String {
    let source = resource.source();
    let line = source.position(span.start).line;
    format!("{} ({}:{line})", resource.subject(), source.name())
}

/// As Go's `ParseBool` reads it.
fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

impl<'m, 'a> ConsulMesh<'m, 'a> {
    /// The mesh of a model.
    pub fn new(model: &'m Model<'a>) -> Self {
        let is_shown = is_shown(model);
        let mut mesh = Self {
            model,
            is_shown,
            injector: Injector::default(),
            is_enterprise: false,
            default: model.options.assume_consul_default,
            doubts: Vec::new(),
            services: BTreeMap::new(),
            known: RefCell::default(),
        };
        if is_shown {
            mesh.injector = Injector::read(model);
            mesh.doubts = doubts(model);
            mesh.is_enterprise = mesh.injector.has_namespaces || names_spaces(model);
            for workload in &model.workloads {
                let key = std::ptr::from_ref(workload.resource.node) as usize;
                mesh.services.insert(key, services_of(model, workload));
            }
        }
        mesh
    }

    /// Whether the input shows it at all.
    pub fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// The mesh with this default policy, where none is assumed.
    pub(crate) fn supposing(mut self, action: Action) -> Self {
        self.default.get_or_insert(action);
        self
    }

    /// Whether its proxy takes a workload's connections (`connect-inject/webhook/mesh_webhook.go`, `shouldInject`).
    pub fn part(&self, workload: &Workload<'_>) -> Part {
        let namespace = workload.resource.namespace;
        if matches!(
            namespace,
            "kube-system" | "kube-public" | "local-path-storage"
        ) {
            return Part::Out(format!("Consul never injects into namespace `{namespace}`"));
        }
        if is_gateway(workload) {
            return Part::Perhaps(
                "it is a gateway of Consul's, which is a service of the mesh without injection"
                    .to_owned(),
            );
        }
        if let Some(left) = self.injector.leaves(namespace) {
            return left;
        }
        if workload.annotations.contains_key(INJECTED) {
            return Part::Perhaps(format!(
                "`{INJECTED}` is written by hand, and the injector leaves such a pod alone"
            ));
        }
        if workload.is_made() {
            return Part::Out(format!(
                "the pod runs without `{INJECTED}`, and nothing is injected into a pod that exists"
            ));
        }
        let asks = match workload.annotations.get(INJECT) {
            Some(value) => match boolean(value.trim()) {
                Some(asks) => Some(asks),
                None => {
                    return Part::Perhaps(format!("`{INJECT}: {value}` is no boolean"));
                }
            },
            None => self.injector.injects,
        };
        match asks {
            Some(false) => Part::Out(match workload.annotations.contains_key(INJECT) {
                true => "it opts out of injection".to_owned(),
                false => "it does not ask for Consul's proxy".to_owned(),
            }),
            None => Part::Perhaps(format!(
                "whether Consul injects pods that do not say is not in the input (`{INJECT}` says it)"
            )),
            Some(true) if workload.host_network.is_some() => Part::Perhaps(
                "it is on the host network, where nothing is redirected to the proxy".to_owned(),
            ),
            Some(true) => match self.injector.asks_webhook(self.model, workload) {
                Some(doubt) => Part::Perhaps(doubt),
                None => Part::In,
            },
        }
    }

    /// Whether what comes in is redirected to the proxy: the pod's word, else its namespace's label, else the injector's
    /// (`connect-inject/common`, `TransparentProxyEnabled`).
    fn redirected(&self, workload: &Workload<'_>) -> Redirected {
        let own = workload.annotations.get(TRANSPARENT).copied();
        let namespace = self.model.namespaces.get(workload.resource.namespace);
        let labelled = || namespace.and_then(|one| one.labels.get(TRANSPARENT).copied());
        match own.or_else(labelled) {
            Some(value) => match boolean(value.trim()) {
                Some(true) => Redirected::Yes,
                Some(false) => Redirected::No(format!(
                    "`{TRANSPARENT}: {value}` redirects nothing to the proxy"
                )),
                None => Redirected::Perhaps(format!("what `{TRANSPARENT}: {value}` means")),
            },
            None => match self.injector.redirects {
                Some(true) => Redirected::Yes,
                Some(false) => Redirected::No(
                    "the injector redirects nothing to the proxy by default".to_owned(),
                ),
                None => Redirected::Perhaps(format!(
                    "whether what comes in is redirected to the proxy: neither `{TRANSPARENT}` nor the injector is in \
                     the input"
                )),
            },
        }
    }

    /// The names that Consul knows a workload by.
    pub(crate) fn services(&self, workload: &Workload<'_>) -> &[&'a str] {
        let key = std::ptr::from_ref(workload.resource.node) as usize;
        let services = self.services.get(&key);
        services.map(Vec::as_slice).unwrap_or_default()
    }

    /// The settings of a service: its own, then those of every one.
    fn defaults<'s>(&'s self, service: &'s str) -> impl Iterator<Item = &'m Defaults<'a>> + 's {
        let defaults = &self.model.mesh.consul.defaults;
        let own = defaults
            .iter()
            .filter(move |one| one.service == Some(service));
        own.chain(defaults.iter().filter(|one| one.service.is_none()))
    }
}

fn is_shown(model: &Model<'_>) -> bool {
    let is_own = |key: &str| key.starts_with("consul.hashicorp.com/");
    let mut resources = model.resources.iter();
    let mut workloads = model.workloads.iter();
    resources.any(|resource| {
        resource.group == GROUP || resource.group.ends_with(".consul.hashicorp.com")
    }) || workloads.any(|workload| workload.annotations.keys().any(|key| is_own(key)))
}

/// Whether an intention names a namespace or a partition: where `default` is written there may be others.
fn names_spaces(model: &Model<'_>) -> bool {
    let mut intentions = model.mesh.consul.intentions.iter();
    intentions.any(|entry| {
        entry.namespace.is_some_and(|name| !name.is_empty())
            || entry.sources.iter().any(|source| source.is_placed)
    })
}

/// Whether a workload is a gateway: the chart's say so by annotation or label, those of the controller by label.
fn is_gateway(workload: &Workload<'_>) -> bool {
    let component = workload.labels.get("component").copied();
    let is_own = |key: &str| {
        key.starts_with("gateway.consul.hashicorp.com/")
            || key.starts_with("api-gateway.consul.hashicorp.com/")
    };
    [GATEWAY_KIND, GATEWAY_SERVICE]
        .iter()
        .any(|key| workload.annotations.contains_key(key))
        || component.is_some_and(|component| component.ends_with("-gateway"))
        || workload.labels.keys().any(|key| is_own(key))
}

/// The names by which Consul knows a workload: what the annotation says, else the Services in front of it.
fn services_of<'a>(model: &Model<'a>, workload: &Workload<'a>) -> Vec<&'a str> {
    if let Some(name) = workload.annotations.get(GATEWAY_SERVICE) {
        return vec![name.trim()];
    }
    if let Some(names) = workload.annotations.get(SERVICE) {
        return names.split(',').map(str::trim).collect();
    }
    let is_ignored = |resource: &Resource<'_>| {
        let label = resource.at(&["metadata", "labels", IGNORED]);
        label.and_then(Node::as_str).and_then(boolean) == Some(true)
    };
    let services = model.services_before(workload).into_iter();
    let mut names: Vec<&str> = services
        .filter(|service| !is_ignored(&service.resource))
        .map(|service| service.resource.name)
        .collect();
    names.arrange();
    names.dedup();
    names
}

/// What leaves the configuration open: what was not understood, what Helm applies at some moment alone, what the API
/// server refuses, what is there twice.
fn doubts(model: &Model<'_>) -> Vec<String> {
    let consul = &model.mesh.consul;
    let mut doubts: Vec<String> = consul
        .unread
        .iter()
        .map(|one| format!("{}, which was not understood", one.subject()))
        .collect();
    let decides = |resource: &&Resource<'_>| {
        resource.group == GROUP
            && matches!(
                resource.kind,
                "ServiceIntentions" | "ServiceDefaults" | "ProxyDefaults" | "Mesh"
            )
    };
    for (resource, _) in super::rewriting::hooks(model).filter(|(one, _)| decides(one)) {
        let subject = resource.subject();
        doubts.push(format!(
            "whether {subject}, a hook or what Flux or kustomize leaves out, is applied"
        ));
    }
    for resource in model.resources.iter().filter(decides) {
        let is_named = resource.at(&["metadata", "name"]).is_some();
        if is_named && !names::is_name(resource.name) {
            doubts.push(format!(
                "{}, whose name the API server refuses",
                resource.subject()
            ));
        }
    }
    // Consul keeps one entry for each name, whatever the namespace of the object.
    let mut seen: BTreeMap<(&str, &str), &Resource<'_>> = BTreeMap::new();
    let intentions = consul
        .intentions
        .iter()
        .map(|one| ("intentions", one.destination, &one.resource));
    let defaults = consul
        .defaults
        .iter()
        .map(|one| ("defaults", one.service.unwrap_or("*"), &one.resource));
    let meshes = consul
        .meshes
        .iter()
        .map(|one| ("mesh", "mesh", &one.resource));
    for (kind, name, resource) in intentions.chain(defaults).chain(meshes) {
        if let Some(other) = seen.insert((kind, name), resource) {
            let (one, two) = (other.subject(), resource.subject());
            doubts.push(format!(
                "which of {one} and {two} counts: Consul takes one for each name"
            ));
        }
    }
    doubts
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
