//! Consul's configuration entries: who may call a service, and how strict its proxies are.

use super::istio::{known_only, served};
use super::{Reading, Resource};
use crate::kernel::document::Node;
use crate::kernel::source::Span;

/// Everything of Consul.
#[derive(Debug, Default)]
pub struct Consul<'a> {
    /// ServiceIntentions.
    pub intentions: Vec<ServiceIntentions<'a>>,
    /// ServiceDefaults, and ProxyDefaults, which are for every service.
    pub defaults: Vec<Defaults<'a>>,
    /// Mesh, the settings of the whole mesh.
    pub meshes: Vec<MeshSettings<'a>>,
    /// What was not understood.
    pub unread: Vec<Resource<'a>>,
}

/// ServiceIntentions: who may call a service.
#[derive(Debug)]
pub struct ServiceIntentions<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The service that is called; `*` for all.
    pub destination: &'a str,
    /// Its namespace in Consul Enterprise.
    pub namespace: Option<&'a str>,
    /// The callers.
    pub sources: Vec<Source<'a>>,
    /// Whether requests need a token beside.
    pub asks_token: bool,
}

/// One caller.
#[derive(Debug)]
pub struct Source<'a> {
    /// Its name; `*` for all.
    pub name: &'a str,
    /// Where the name stands.
    pub name_span: Span,
    /// Where else than in this cluster's default namespace it is: a peer, a partition, a namespace of Enterprise.
    pub elsewhere: Option<(&'static str, &'a str)>,
    /// Whether it names a namespace or a partition at all, as Consul Enterprise has them.
    pub is_placed: bool,
    /// `allow` or `deny`; none where permissions decide.
    pub action: Option<(Action, Span)>,
    /// The permissions, the first that matches a request decides it.
    pub permissions: Vec<Permission>,
    /// The bytes.
    pub span: Span,
}

/// What an intention does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It lets in.
    Allow,
    /// It refuses.
    Deny,
}

/// What an intention does to some requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// What it does.
    pub action: Action,
    /// Whether it is for every request.
    pub is_for_all: bool,
}

/// Settings of a service, or of every one.
#[derive(Debug)]
pub struct Defaults<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// The service; none for every one.
    pub service: Option<&'a str>,
    /// What its port speaks.
    pub protocol: Option<&'a str>,
    /// `mutualTLSMode`: whether it is permissive.
    pub permissive: Option<(bool, Span)>,
    /// What else changes what the proxy takes, with its place.
    pub doubts: Vec<(&'static str, Span)>,
}

/// The settings of the whole mesh.
#[derive(Debug)]
pub struct MeshSettings<'a> {
    /// The object.
    pub resource: Resource<'a>,
    /// Whether services may become permissive.
    pub allows_permissive: bool,
}

/// The group of its configuration entries.
pub(crate) const GROUP: &str = "consul.hashicorp.com";

impl<'a> Consul<'a> {
    /// Whether it takes this resource.
    pub(crate) fn reads(resource: &Resource<'_>) -> bool {
        resource.group == GROUP || resource.is("auth.consul.hashicorp.com", "TrafficPermissions")
    }

    pub(crate) fn add(&mut self, mut reading: Reading<'a, '_>) {
        let resource = reading.resource.clone();
        let is_read = match resource.kind {
            "ServiceIntentions" => keep(&mut self.intentions, service_intentions(reading)),
            "ServiceDefaults" | "ProxyDefaults" => keep(&mut self.defaults, defaults(reading)),
            "Mesh" => keep(&mut self.meshes, mesh(reading)),
            "TrafficPermissions" => {
                let what = "this program reads no `TrafficPermissions`";
                reading.problem(resource.name_span, what);
                false
            }
            // Routing, gateways, exports: who may call is not theirs to say.
            _ => true,
        };
        if !is_read {
            self.unread.push(resource);
        }
    }
}

fn keep<T>(into: &mut Vec<T>, read: Option<T>) -> bool {
    let is_read = read.is_some();
    into.extend(read);
    is_read
}

fn service_intentions<'a>(mut reading: Reading<'a, '_>) -> Option<ServiceIntentions<'a>> {
    let resource = reading.resource.clone();
    served(&mut reading, &["v1alpha1"]);
    let spec = reading.mapping(resource.node, "spec")?;
    known_only(&mut reading, spec, &["destination", "sources", "jwt"]);
    let destination = reading.mapping(spec, "destination");
    let (mut name, mut namespace) = (None, None);
    if let Some(node) = destination {
        known_only(&mut reading, node, &["name", "namespace"]);
        name = reading.text(node, "name");
        namespace = reading.text(node, "namespace");
    }
    let Some((name, _)) = name else {
        reading.problem(resource.name_span, "it needs `destination.name`");
        return None;
    };
    let mut sources = Vec::new();
    let listed = reading.list(spec, "sources").unwrap_or_default();
    if listed.is_empty() {
        reading.problem(resource.name_span, "it has no `sources`");
    }
    for node in listed {
        sources.extend(source(&mut reading, node));
    }
    refused(&mut reading, name, &sources);
    reading.is_sound().then_some(ServiceIntentions {
        resource,
        destination: name,
        namespace: namespace.map(|(name, _)| name),
        sources,
        asks_token: spec.get("jwt").is_some_and(|jwt| !jwt.is_null()),
    })
}

/// What Consul refuses of an entry as a whole (`agent/structs/config_entry_intentions.go`, `validate`): the same source
/// twice, and names that are patterns in part.
fn refused<'a>(reading: &mut Reading<'a, '_>, destination: &str, sources: &[Source<'a>]) {
    let is_partial = |name: &str| name != "*" && name.contains('*');
    if is_partial(destination) {
        let span = reading.resource.name_span;
        reading.problem(span, "`*` stands for every name, alone");
    }
    for (position, source) in sources.iter().enumerate() {
        if is_partial(source.name) {
            reading.problem(source.name_span, "`*` stands for every name, alone");
        }
        let mut earlier = sources.iter().take(position);
        if earlier.any(|one| (one.name, one.elsewhere) == (source.name, source.elsewhere)) {
            reading.problem(source.name_span, "the same source is there twice");
        }
    }
}

fn source<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Option<Source<'a>> {
    const KNOWN: [&str; 8] = [
        "name",
        "namespace",
        "peer",
        "partition",
        "samenessGroup",
        "action",
        "permissions",
        "description",
    ];
    known_only(reading, node, &KNOWN);
    let Some((name, name_span)) = reading.text(node, "name") else {
        reading.problem(node.span, "a source needs `name`");
        return None;
    };
    let places = ["peer", "samenessGroup", "partition", "namespace"];
    let elsewhere = places.into_iter().find_map(|key| {
        let there = node.get(key).and_then(Node::as_str)?;
        let is_here =
            there.is_empty() || (there == "default" && matches!(key, "partition" | "namespace"));
        (!is_here).then_some((key, there))
    });
    let is_placed = ["partition", "namespace"].iter().any(|key| {
        let there = node.get(key).and_then(Node::as_str);
        there.is_some_and(|there| !there.is_empty())
    });
    let written = reading
        .text(node, "action")
        .filter(|(text, _)| !text.is_empty());
    let mut permissions = Vec::new();
    for item in reading.list(node, "permissions").unwrap_or_default() {
        permissions.extend(permission(reading, item));
    }
    let listed = node.get("permissions").and_then(Node::as_sequence);
    let has_permissions = listed.is_some_and(|listed| !listed.is_empty());
    if written.is_some() == has_permissions {
        let what = "a source has one of `action` and `permissions`";
        reading.problem(node.span, what);
    }
    let action = written.and_then(|(text, span)| Some((action(reading, text, span)?, span)));
    Some(Source {
        name,
        name_span,
        elsewhere,
        is_placed,
        action,
        permissions,
        span: node.span,
    })
}

fn action(reading: &mut Reading<'_, '_>, text: &str, span: Span) -> Option<Action> {
    match text {
        "allow" => Some(Action::Allow),
        "deny" => Some(Action::Deny),
        other => {
            reading.problem(span, format!("`{other}` is no action"));
            None
        }
    }
}

fn permission<'a>(reading: &mut Reading<'a, '_>, node: &'a Node) -> Option<Permission> {
    known_only(reading, node, &["action", "http", "jwt"]);
    let Some((text, span)) = reading.text(node, "action") else {
        reading.problem(node.span, "a permission needs `action`");
        return None;
    };
    let action = action(reading, text, span)?;
    let http = reading.mapping(node, "http");
    if let Some(http) = http {
        let known = ["pathExact", "pathPrefix", "pathRegex", "header", "methods"];
        known_only(reading, http, &known);
    }
    let paths = ["pathExact", "pathPrefix", "pathRegex"];
    let is_path = |key: &&&str| {
        let path = http.and_then(|http| http.get(key));
        path.and_then(Node::as_str)
            .is_some_and(|path| !path.is_empty())
    };
    if paths.iter().filter(is_path).count() > 1 {
        reading.problem(node.span, "a permission has one path");
    }
    let is_empty = |value: &Node| {
        value.is_null()
            || value.as_str() == Some("")
            || value.as_sequence().is_some_and(<[Node]>::is_empty)
    };
    let fields = http.and_then(Node::as_mapping).unwrap_or_default();
    let narrows = fields.iter().any(|field| {
        let is_root = field.key == "pathPrefix" && field.value.as_str() == Some("/");
        !is_root && !is_empty(&field.value)
    });
    let asks_token = node.get("jwt").is_some_and(|jwt| !jwt.is_null());
    Some(Permission {
        action,
        is_for_all: !narrows && !asks_token,
    })
}

fn defaults<'a>(mut reading: Reading<'a, '_>) -> Option<Defaults<'a>> {
    let resource = reading.resource.clone();
    served(&mut reading, &["v1alpha1"]);
    let spec = reading.mapping(resource.node, "spec");
    let is_proxy = resource.kind == "ProxyDefaults";
    if is_proxy {
        only_name(&mut reading, "global");
    }
    let mut found = Defaults {
        service: (!is_proxy).then_some(resource.name),
        protocol: None,
        permissive: None,
        doubts: Vec::new(),
        resource,
    };
    if let Some(spec) = spec {
        let config = spec.get("config");
        let protocol = match is_proxy {
            true => config.and_then(|config| config.get("protocol")),
            false => spec.get("protocol"),
        };
        found.protocol = protocol.and_then(Node::as_str);
        if let Some((mode, span)) = reading.text(spec, "mutualTLSMode") {
            found.permissive = match mode {
                "" => None,
                "strict" => Some((false, span)),
                "permissive" => Some((true, span)),
                other => {
                    reading.problem(span, format!("`{other}` is no mode of mTLS"));
                    None
                }
            };
        }
        let exposes = |node: &Node| {
            node.get("checks").and_then(Node::as_bool) == Some(true)
                || node.get("paths").is_some_and(|paths| !paths.is_null())
        };
        if let Some(entry) = spec.entry("expose").filter(|entry| exposes(&entry.value)) {
            let what = "opens paths without mTLS: `expose`";
            found.doubts.push((what, entry.key_span));
        }
        let extensions = spec.entry("envoyExtensions");
        if let Some(entry) = extensions.filter(|entry| !entry.value.is_null()) {
            let what = "changes the proxy's listeners, perhaps: `envoyExtensions`";
            found.doubts.push((what, entry.key_span));
        }
        let config = config.and_then(Node::as_mapping).unwrap_or_default();
        let mut hatches = config
            .iter()
            .filter(|entry| entry.key.starts_with("envoy_") && entry.key.ends_with("_json"));
        if let Some(entry) = hatches.next() {
            let what = "replaces what the proxy is configured with: `config.envoy_…_json`";
            found.doubts.push((what, entry.key_span));
        }
    }
    reading.is_sound().then_some(found)
}

/// Consul takes one entry of this kind, of this name.
fn only_name(reading: &mut Reading<'_, '_>, name: &str) {
    if reading.resource.name != name {
        let span = reading.resource.name_span;
        reading.problem(span, format!("its name is `{name}`: Consul takes no other"));
    }
}

fn mesh<'a>(mut reading: Reading<'a, '_>) -> Option<MeshSettings<'a>> {
    let resource = reading.resource.clone();
    only_name(&mut reading, "mesh");
    served(&mut reading, &["v1alpha1"]);
    let spec = reading.mapping(resource.node, "spec");
    let allows_permissive =
        spec.is_some_and(|spec| reading.flag(spec, "allowEnablingPermissiveMutualTLS"));
    reading.is_sound().then_some(MeshSettings {
        resource,
        allows_permissive,
    })
}
