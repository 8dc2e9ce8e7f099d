//! What changes manifests before they are applied: kustomize, Flux, Argo CD.
//!
//! The files beside such an object are not what the cluster gets, so that nothing is certain of them.

use std::sync::Arc;

use super::embedded::{self, Embedded};
use super::kustomize;
use super::model::{Model, Resource, names};
use super::reachability::Reason;
use crate::kernel::document::{Document, Node};
use crate::kernel::finding::Location;
use crate::kernel::source::Span;

/// What of a Kustomization leaves the meaning of the manifests alone.
const HARMLESS: [&str; 14] = [
    "apiVersion",
    "kind",
    "metadata",
    "resources",
    "bases",
    "crds",
    "images",
    "replicas",
    "generatorOptions",
    "openapi",
    "buildMetadata",
    "sortOptions",
    "configurations",
    "status",
];

/// What rewrites the manifests of the input, or may, each with its place.
pub(crate) fn rewriters(model: &Model<'_>) -> Vec<Reason> {
    let mut found = Vec::new();
    for document in model.documents {
        let root = &document.root;
        let text = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or_default();
        let (group, kind) = (
            text("apiVersion").split('/').next().unwrap_or_default(),
            text("kind"),
        );
        let spec = root.get("spec");
        let (by, key) = match (group, kind) {
            ("kustomize.config.k8s.io" | "", "Kustomization" | "Component") => {
                let fields = root.as_mapping().unwrap_or_default().iter();
                let mut changing = fields.filter(|field| !HARMLESS.contains(&field.key.as_str()));
                ("kustomize", changing.next())
            }
            ("kustomize.toolkit.fluxcd.io", "Kustomization") => (
                "Flux",
                any(
                    spec,
                    &[
                        "patches",
                        "patchesStrategicMerge",
                        "patchesJson6902",
                        "targetNamespace",
                        "postBuild",
                        "components",
                        "commonMetadata",
                    ],
                ),
            ),
            ("argoproj.io", "Application") => ("Argo CD", rendered(spec)),
            ("argoproj.io", "ApplicationSet") => {
                let template = spec.and_then(|spec| spec.at(&["template", "spec"]));
                ("Argo CD", rendered(template))
            }
            _ => continue,
        };
        if let Some(field) = key {
            let said = format!(
                "what {by} makes of the manifests: `{}` of this {kind} changes them before they are applied; judge \
                 what it renders, such as the output of `kustomize build`",
                field.key
            );
            found.push(at(document, field.key_span, said));
        } else if kind == "Kustomization" && by == "kustomize" {
            found.extend(kustomize::beside(model, document));
        }
    }
    found.extend(kustomize::apart(model));
    found
}

/// What Argo CD renders an application with, from the one source that it has or from several.
fn rendered(spec: Option<&Node>) -> Option<&crate::kernel::document::Entry> {
    let several = spec
        .and_then(|spec| spec.get("sources"))
        .and_then(Node::as_sequence);
    let one = spec.and_then(|spec| spec.get("source"));
    let mut sources = one.into_iter().chain(several.unwrap_or_default());
    sources.find_map(|source| any(Some(source), &["kustomize", "helm", "plugin"]))
}

/// What makes or changes policies of a namespace while the cluster runs.
pub(crate) fn makers(model: &Model<'_>, namespace: &str) -> Vec<Reason> {
    let root = model.options.root_namespace.as_str();
    let mut found = makers_in(model, namespace, |_| false);
    if model.shows_mesh && root != namespace {
        // What is in the mesh's root namespace holds for all others; Istio's own charts put no policies there.
        for reason in makers_in(model, root, installs_istio) {
            if !found.iter().any(|known| known.text == reason.text) {
                found.push(reason);
            }
        }
    }
    found
}

/// Whether something installs a chart of Istio itself.
fn installs_istio(resource: &Resource<'_>) -> bool {
    const CHARTS: [&str; 5] = ["base", "cni", "gateway", "istiod", "ztunnel"];
    let paths = [
        &["spec", "chart", "spec", "chart"] as &[&str],
        &["spec", "chart"],
        &["spec", "source", "chart"],
    ];
    let mut charts = paths
        .into_iter()
        .filter_map(|path| resource.at(path)?.as_str());
    charts.any(|chart| CHARTS.contains(&chart.rsplit('/').next().unwrap_or(chart)))
}

fn makers_in(
    model: &Model<'_>,
    namespace: &str,
    is_harmless: fn(&Resource<'_>) -> bool,
) -> Vec<Reason> {
    let mut found = Vec::new();
    for resource in &model.resources {
        let text = |path: &[&str]| resource.at(path).and_then(Node::as_str);
        let what = match (resource.group, resource.kind) {
            ("kyverno.io", "ClusterPolicy" | "Policy") => {
                let rules = resource.at(&["spec", "rules"]).and_then(Node::as_sequence);
                let mut rules = rules.unwrap_or_default().iter();
                let makes = rules.any(|rule| {
                    rule.get("generate").is_some_and(generates_policies)
                        || rule.get("mutate").is_some_and(|it| !it.is_null())
                });
                makes.then_some(CHANGES)
            }
            (
                "policies.kyverno.io",
                "GeneratingPolicy"
                | "MutatingPolicy"
                | "NamespacedGeneratingPolicy"
                | "NamespacedMutatingPolicy",
            )
            | ("mutations.gatekeeper.sh", _)
            | ("admissionregistration.k8s.io", "MutatingAdmissionPolicy") => Some(CHANGES),
            ("helm.toolkit.fluxcd.io", "HelmRelease") | ("helm.cattle.io", "HelmChart") => {
                let there = text(&["spec", "targetNamespace"]).unwrap_or(resource.namespace);
                (there == namespace)
                    .then_some("installs a chart into the namespace, with whatever policies it has")
            }
            ("argoproj.io", "Application") => {
                let there = text(&["spec", "destination", "namespace"]);
                (there == Some(namespace)).then_some(INSTALLS)
            }
            // What a template names depends on what generates it.
            ("argoproj.io", "ApplicationSet") => {
                let there = text(&["spec", "template", "spec", "destination", "namespace"]);
                there
                    .is_some_and(|there| there == namespace || there.contains("{{"))
                    .then_some(INSTALLS)
            }
            _ => None,
        };
        if let Some(what) = what.filter(|_| !is_harmless(resource)) {
            let text = format!("{} {what}", resource.subject());
            found.push(Reason::at(text, resource, resource.name_span));
        }
    }
    found
}

/// What may change what is judged here behind its back.
const CHANGES: &str = "makes or changes objects while the cluster runs";
const INSTALLS: &str = "installs into the namespace whatever its source holds";

/// Whether a rule of Kyverno's makes policies, or does not say what it makes.
fn generates_policies(generate: &Node) -> bool {
    match generate.get("kind").and_then(Node::as_str) {
        Some(kind) => is_policy(kind),
        None => !generate.is_null(),
    }
}

fn is_policy(kind: &str) -> bool {
    kind.ends_with("Policy") || kind.ends_with("Authentication") || kind == "ServiceIntentions"
}

/// What decides in Linkerd's mesh and in Consul's, whatever its kind.
fn is_of_other_meshes(resource: &Resource<'_>) -> bool {
    matches!(resource.group, "policy.linkerd.io" | "consul.hashicorp.com")
}

/// Policies that may not be in the cluster, by their indexes: found once, asked for each port of each workload.
#[derive(Debug, Default)]
pub(crate) struct Doubtful {
    /// Those of a name that the API server refuses.
    misnamed: Vec<usize>,
    /// Those that Helm, Argo CD, Flux or kustomize applies at some moment alone or not at all, and where they say so.
    hooks: Vec<(usize, Span)>,
    /// Those within other objects.
    embedded: Vec<Embedded>,
}

impl Doubtful {
    /// Looks at every resource.
    pub(crate) fn of(resources: &[Resource<'_>], documents: &[Document]) -> Self {
        // Whatever they say, and the three that Flux and kustomize ask for, each with the words that leave an object out.
        const HOOKS: [(&str, &[&str]); 5] = [
            ("helm.sh/hook", &[]),
            ("argocd.argoproj.io/hook", &[]),
            ("kustomize.toolkit.fluxcd.io/ssa", &["ignore"]),
            ("kustomize.toolkit.fluxcd.io/reconcile", &["disabled"]),
            ("config.kubernetes.io/local-config", &["true"]),
        ];
        let mut found = Self {
            embedded: embedded::of(documents),
            ..Self::default()
        };
        let policies = resources.iter().enumerate();
        let decides = |one: &Resource<'_>| is_policy(one.kind) || is_of_other_meshes(one);
        for (index, policy) in policies.filter(|(_, one)| decides(one)) {
            if policy.at(&["metadata", "name"]).is_some() && !names::is_name(policy.name) {
                found.misnamed.push(index);
            }
            let annotations = policy.at(&["metadata", "annotations"]);
            let entry = HOOKS.iter().find_map(|(hook, words)| {
                let entry = annotations?.entry(hook)?;
                let said = entry
                    .value
                    .as_str()
                    .unwrap_or_default()
                    .to_ascii_lowercase();
                (words.is_empty() || words.contains(&said.as_str())).then_some(entry)
            });
            if let Some(entry) = entry {
                found
                    .hooks
                    .push((index, entry.key_span.to(entry.value.span)));
            }
        }
        found
    }

    /// Policies within other objects.
    pub(crate) fn embedded(&self) -> &[Embedded] {
        &self.embedded
    }
}

/// Policies of a name that the API server refuses.
pub(crate) fn misnamed<'m, 'a>(model: &'m Model<'a>) -> impl Iterator<Item = &'m Resource<'a>> {
    let indexes = model.doubtful.misnamed.iter();
    indexes.filter_map(|index| model.resources.get(*index))
}

/// Policies that Helm or Argo CD applies at some moment alone, and where they say so.
pub(crate) fn hooks<'m, 'a>(
    model: &'m Model<'a>,
) -> impl Iterator<Item = (&'m Resource<'a>, Span)> {
    let hooks = model.doubtful.hooks.iter();
    hooks.filter_map(|(index, span)| Some((model.resources.get(*index)?, *span)))
}

fn any<'a>(node: Option<&'a Node>, keys: &[&str]) -> Option<&'a crate::kernel::document::Entry> {
    let node = node?;
    let mut entries = keys.iter().filter_map(|key| node.entry(key));
    entries.find(|entry| !entry.value.is_null())
}

pub(super) fn at(document: &Document, span: Span, text: String) -> Reason {
    Reason {
        text,
        place: Some(Location {
            source: Arc::clone(&document.source),
            span,
            label: String::new(),
        }),
    }
}
