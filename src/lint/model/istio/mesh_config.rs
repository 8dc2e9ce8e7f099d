//! Istio's MeshConfig: the ConfigMap `istio`, or `meshConfig` of what installs a control plane.

use serde_json::Value;

use super::super::release::{self, inner};
use super::super::{Reading, Resource};
use crate::kernel::document::Node;
use crate::kernel::source::Span;

/// What holds for the whole mesh. None where the input does not say; the default is the caller's business.
#[derive(Debug)]
pub struct MeshConfig<'a> {
    /// The object it is in.
    pub resource: Resource<'a>,
    /// Where it stands in that object.
    pub span: Span,
    /// The trust domain.
    pub trust_domain: Option<String>,
    /// Further names of the trust domain.
    pub aliases: Vec<String>,
    /// The root namespace.
    pub root_namespace: Option<String>,
    /// Whether clients use mTLS by themselves.
    pub auto_mtls: Option<bool>,
    /// `ALLOW_ANY` or `REGISTRY_ONLY`.
    pub outbound: Option<String>,
    /// The namespaces that see DestinationRules which do not say.
    pub rules_exported_to: Vec<String>,
    /// The lowest version of TLS inside the mesh.
    pub minimum_tls: Option<String>,
    /// Whether the proxies' default interception mode is NONE.
    pub intercepts_nothing: bool,
    /// The names of the external authorizers and other providers.
    pub providers: Vec<String>,
    /// The settings of the external authorizers, by name.
    pub authorizers: Vec<(String, Value)>,
    /// How paths are made equal before rules are asked.
    pub path_normalization: Option<String>,
    /// Further certificate authorities that the mesh trusts.
    pub authorities: Vec<String>,
    /// The labels of the namespaces that the control plane looks at: any of these sets; none where it looks at all.
    pub discovered: Option<Vec<Discovered>>,
    /// Whether it stands where a control plane reads it.
    pub is_in_force: bool,
}

/// The labels of a discovery selector; none where it asks for more than labels with values.
pub type Discovered = Option<Vec<(String, String)>>;

impl MeshConfig<'_> {
    /// Whether the control plane may not look at a namespace, by its labels; none where they are not known.
    pub fn may_overlook(&self, labels: Option<&super::super::Labels<'_>>) -> bool {
        let Some(selectors) = &self.discovered else {
            return false;
        };
        let picks = |selector: &Discovered| match (selector, labels) {
            (Some(wanted), Some(labels)) => wanted
                .iter()
                .all(|(key, value)| labels.get(key.as_str()) == Some(&value.as_str())),
            _ => false,
        };
        !selectors.iter().any(picks)
    }
}

/// `discoverySelectors`: an empty list is none.
fn discovered(node: &Node) -> Option<Vec<Discovered>> {
    let listed = node.get("discoverySelectors")?.as_sequence()?;
    let one = |selector: &Node| -> Discovered {
        let fields = selector.as_mapping()?;
        if fields.iter().any(|field| field.key != "matchLabels") {
            return None;
        }
        let labels = selector.get("matchLabels").and_then(Node::as_mapping);
        let labels = labels.unwrap_or_default().iter();
        labels
            .map(|label| Some((label.key.clone(), label.value.as_str()?.to_owned())))
            .collect()
    };
    (!listed.is_empty()).then(|| listed.iter().map(one).collect())
}

/// Whether an object holds a mesh's configuration.
pub(crate) fn is_mesh_config(resource: &Resource<'_>) -> bool {
    let named = resource.name == "istio" || resource.name.starts_with("istio-");
    resource.is("", "ConfigMap")
        && named
        && resource
            .at(&["data", "mesh"])
            .is_some_and(|mesh| mesh.as_str().is_some())
}

/// Reads the ConfigMap, whose `mesh` is a document of its own.
pub(crate) fn config_map<'a>(mut reading: Reading<'a, '_>) -> Option<MeshConfig<'a>> {
    let resource = reading.resource.clone();
    let node = resource.at(&["data", "mesh"])?;
    let span = resource.key_span(&["data", "mesh"]);
    match inner(resource.source(), node.as_str()?) {
        Ok(document) => Some(mesh_config(resource, span, &document.root)),
        Err(error) => {
            reading.problem(span, format!("`mesh` is no YAML: {error}"));
            None
        }
    }
}

/// Whether an object installs a control plane: an IstioOperator, Sail's `Istio`, or a release of the chart `istiod`.
pub(crate) fn is_operator(resource: &Resource<'_>) -> bool {
    match (resource.group, resource.kind) {
        ("install.istio.io", "IstioOperator") | ("sailoperator.io", "Istio" | "IstioRevision") => {
            true
        }
        _ => release::installs(resource, "istiod"),
    }
}

/// Reads what installs a control plane: a configuration of the mesh for each that it writes.
pub(crate) fn operator<'a>(reading: &Reading<'a, '_>) -> Option<MeshConfig<'a>> {
    const KEY: &str = "meshConfig";
    let resource = reading.resource.clone();
    let path = ["spec", KEY];
    if let Some(node) = resource.at(&path).filter(|node| !node.is_null()) {
        let span = resource.key_span(&path);
        return Some(mesh_config(resource, span, node));
    }
    let values = release::values(&resource);
    let mut read = values.read();
    read.find_map(|(node, outer)| {
        let entry = node.entry(KEY).filter(|entry| !entry.value.is_null())?;
        // Of values in a text the place is the text.
        let is_here = resource.at(&["spec", "values", KEY]).is_some();
        let span = if is_here { entry.key_span } else { outer };
        Some(mesh_config(resource.clone(), span, &entry.value))
    })
}

fn authorizer(provider: &Node) -> Option<(String, Value)> {
    let mut kinds = ["envoyExtAuthzHttp", "envoyExtAuthzGrpc"].into_iter();
    kinds.find(|kind| provider.get(kind).is_some())?;
    let name = provider.get("name")?.as_str()?;
    Some((name.to_owned(), provider.to_json()))
}

fn mesh_config<'a>(resource: Resource<'a>, span: Span, node: &Node) -> MeshConfig<'a> {
    let text = |path: &[&str]| node.at(path).and_then(Node::as_str).map(str::to_owned);
    let texts = |key: &str| -> Vec<String> {
        let items = node.get(key).and_then(Node::as_sequence);
        let items = items.unwrap_or_default().iter();
        items.filter_map(Node::as_str).map(str::to_owned).collect()
    };
    let mode = ["interceptionMode", "interception_mode"]
        .into_iter()
        .find_map(|key| node.at(&["defaultConfig", key]));
    let providers = node.get("extensionProviders").and_then(Node::as_sequence);
    let providers = providers.unwrap_or_default().iter();
    let authorities = node.get("caCertificates").and_then(Node::as_sequence);
    let authorities = authorities.unwrap_or_default().iter();
    MeshConfig {
        authorizers: providers.clone().filter_map(authorizer).collect(),
        path_normalization: text(&["pathNormalization", "normalization"]),
        authorities: authorities.map(|one| one.to_json().to_string()).collect(),
        span,
        trust_domain: text(&["trustDomain"]),
        aliases: texts("trustDomainAliases"),
        root_namespace: text(&["rootNamespace"]),
        auto_mtls: node.get("enableAutoMtls").and_then(Node::as_bool),
        outbound: text(&["outboundTrafficPolicy", "mode"]),
        rules_exported_to: texts("defaultDestinationRuleExportTo"),
        minimum_tls: text(&["meshMTLS", "minProtocolVersion"]),
        intercepts_nothing: mode
            .is_some_and(|mode| mode.as_str() == Some("NONE") || mode.as_i64() == Some(2)),
        providers: providers
            .filter_map(|provider| provider.get("name")?.as_str())
            .map(str::to_owned)
            .collect(),
        discovered: discovered(node),
        is_in_force: true,
        resource,
    }
}
