//! What changes manifests before they are applied: kustomize, Flux, Argo CD.
//!
//! The files beside such an object are not what the cluster gets, so that nothing is certain of them.

use std::sync::Arc;

use super::model::Model;
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
        }
    }
    found
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
