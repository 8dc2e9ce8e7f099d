//! What changes manifests before they are applied: kustomize, Flux, Argo CD.
//!
//! The files beside such an object are not what the cluster gets, so that nothing is certain of them.

use std::sync::Arc;

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
            ("argoproj.io", "Application" | "ApplicationSet") => (
                "Argo CD",
                any(
                    spec.and_then(|spec| spec.get("source")),
                    &["kustomize", "helm", "plugin"],
                ),
            ),
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
            found.extend(beside(model, document));
        }
    }
    found
}

/// What a Kustomization that changes nothing leaves open: a file under it that it does not name, and what it names and is
/// not in the input.
fn beside(model: &Model<'_>, kustomization: &Document) -> Option<Reason> {
    let own = parts(kustomization.source.name());
    let (_, folder) = own.split_last()?;
    let root = &kustomization.root;
    let listed = ["resources", "bases"].map(|key| root.entry(key));
    let mut whole = Vec::new();
    for entry in listed.into_iter().flatten() {
        for item in entry.value.as_sequence().unwrap_or_default() {
            let path = item.as_str().filter(|path| !path.contains("://"));
            let Some(path) = path else {
                let text = "what a Kustomization names beside files: it is not in the input";
                return Some(at(kustomization, item.span, text.to_owned()));
            };
            whole.push((format!("{}/{path}", folder.join("/")), path, item.span));
        }
    }
    let named = whole
        .iter()
        .map(|(whole, path, span)| (parts(whole), *path, *span));
    let named: Vec<_> = named.collect();
    let files: Vec<Vec<&str>> = model
        .documents
        .iter()
        .map(|document| parts(document.source.name()))
        .collect();
    let is_there = |path: &Vec<&str>| files.iter().any(|file| file.starts_with(path));
    // `..` cancels what stands before it, so that paths of both kinds are compared whole.
    if let Some((_, path, span)) = named.iter().find(|(path, ..)| !is_there(path)) {
        let text =
            format!("what `{path}` holds: a Kustomization names it, and it is not in the input");
        return Some(at(kustomization, *span, text));
    }
    let below = files.iter().zip(model.documents);
    let mut unnamed = below.filter(|(file, document)| {
        let kind = document.root.get("kind").and_then(Node::as_str);
        let is_object = kind.is_some_and(|kind| kind != "Kustomization");
        is_object
            && document.root.get("apiVersion").is_some()
            && file.starts_with(folder)
            && !named.iter().any(|(path, ..)| file.starts_with(path))
    });
    unnamed.next().map(|(_, document)| {
        let text = format!(
            "whether {} is applied: the Kustomization above it does not name it",
            document.source.name()
        );
        at(kustomization, root.span, text)
    })
}

/// The folders and the file of a path, without `.` and what `..` cancels.
fn parts(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts
}

/// What makes or changes policies of a namespace while the cluster runs.
pub(crate) fn makers(model: &Model<'_>, namespace: &str) -> Vec<Reason> {
    let mut found = Vec::new();
    for resource in &model.resources {
        let what = match (resource.group, resource.kind) {
            ("kyverno.io", "ClusterPolicy" | "Policy") => {
                let rules = resource.at(&["spec", "rules"]).and_then(Node::as_sequence);
                let mut rules = rules.unwrap_or_default().iter();
                let makes = rules.any(|rule| {
                    let made = rule.at(&["generate", "kind"]).and_then(Node::as_str);
                    made.is_some_and(is_policy)
                        || rule.get("mutate").is_some_and(|it| !it.is_null())
                });
                makes.then_some("makes or changes objects while the cluster runs")
            }
            ("helm.toolkit.fluxcd.io", "HelmRelease") => {
                let there = resource
                    .at(&["spec", "targetNamespace"])
                    .and_then(Node::as_str);
                let is_there = there.unwrap_or(resource.namespace) == namespace;
                is_there
                    .then_some("installs a chart into the namespace, with whatever policies it has")
            }
            ("argoproj.io", "Application") => {
                let path = ["spec", "destination", "namespace"];
                let is_there = resource.at(&path).and_then(Node::as_str) == Some(namespace);
                is_there.then_some("installs into the namespace whatever its source holds")
            }
            _ => None,
        };
        if let Some(what) = what {
            let text = format!("{} {what}", resource.subject());
            found.push(Reason::at(text, resource, resource.name_span));
        }
    }
    found
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
    /// Those that Helm applies at some moment of a release's life alone, and where they say so.
    hooks: Vec<(usize, Span)>,
}

impl Doubtful {
    /// Looks at every resource.
    pub(crate) fn of(resources: &[Resource<'_>]) -> Self {
        const HOOK: &str = "helm.sh/hook";
        let mut found = Self::default();
        let policies = resources.iter().enumerate();
        let decides = |one: &Resource<'_>| is_policy(one.kind) || is_of_other_meshes(one);
        for (index, policy) in policies.filter(|(_, one)| decides(one)) {
            if policy.at(&["metadata", "name"]).is_some() && !names::is_name(policy.name) {
                found.misnamed.push(index);
            }
            let annotations = policy.at(&["metadata", "annotations"]);
            if let Some(entry) = annotations.and_then(|map| map.entry(HOOK)) {
                found
                    .hooks
                    .push((index, entry.key_span.to(entry.value.span)));
            }
        }
        found
    }
}

/// Policies of a name that the API server refuses.
pub(crate) fn misnamed<'m, 'a>(model: &'m Model<'a>) -> impl Iterator<Item = &'m Resource<'a>> {
    let indexes = model.doubtful.misnamed.iter();
    indexes.filter_map(|index| model.resources.get(*index))
}

/// Policies that Helm applies at some moment of a release's life alone, and where they say so.
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

fn at(document: &Document, span: Span, text: String) -> Reason {
    Reason {
        text,
        place: Some(Location {
            source: Arc::clone(&document.source),
            span,
            label: String::new(),
        }),
    }
}
