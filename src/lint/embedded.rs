//! Policies that stand within another object: a template, a bundle for other clusters, a claim that makes them.
//!
//! They are not applied as they stand, but something may apply them, and then what the input shows is not all.

use super::model::Model;
use super::reachability::Reason;
use super::rewriting;
use crate::kernel::document::{Document, Node};
use crate::kernel::source::Span;

/// A policy within another object.
#[derive(Debug)]
pub(crate) struct Embedded {
    /// The index of the document.
    document: usize,
    span: Span,
    /// Its kind; of what stands in a text nothing else is read.
    kind: String,
    /// The namespace, where it is written.
    namespace: Option<String>,
}

impl Embedded {
    fn is_of_mesh(&self) -> bool {
        !self.kind.ends_with("NetworkPolicy")
    }
}

/// Finds the policies within the objects of the input.
pub(crate) fn of(documents: &[Document]) -> Vec<Embedded> {
    let mut found = Vec::new();
    for (document, read) in documents.iter().enumerate() {
        let mut search = Search {
            document,
            found: &mut found,
        };
        search.object(&read.root);
    }
    found
}

/// Why nothing is certain about the network.
pub(crate) fn limits(model: &Model<'_>) -> Vec<Reason> {
    told(model, |_| true)
}

/// Why the mode of no workload is certain.
pub(crate) fn limits_of_mesh(model: &Model<'_>) -> Vec<Reason> {
    told(model, Embedded::is_of_mesh)
}

fn told(model: &Model<'_>, matters: impl Fn(&Embedded) -> bool) -> Vec<Reason> {
    // One for a namespace of which the input shows nothing is for pods that it does not show.
    let is_seen = |one: &&Embedded| {
        let namespace = one.namespace.as_deref().filter(|name| is_literal(name));
        let root = model.options.root_namespace.as_str();
        namespace.is_none_or(|name| name == root || model.sees_namespace(name))
    };
    let found = model.doubtful.embedded().iter();
    let found = found.filter(|one| matters(one)).filter(is_seen);
    let reasons = found.filter_map(|one| {
        let document = model.documents.get(one.document)?;
        let text = |path: &[&str]| document.root.at(path).and_then(Node::as_str);
        let kind = text(&["kind"]).unwrap_or("object");
        let holder = match text(&["metadata", "name"]) {
            Some(name) => format!("{kind} {name}"),
            None => format!("this {kind}"),
        };
        let text = format!("{holder} holds a {}, which is not evaluated", one.kind);
        Some(rewriting::at(document, one.span, text))
    });
    reasons.collect()
}

/// What a template fills in names nothing yet.
fn is_literal(name: &str) -> bool {
    !name.contains(['$', '{'])
}

struct Search<'f> {
    document: usize,
    found: &'f mut Vec<Embedded>,
}

impl Search<'_> {
    /// Looks into an object of the input; a list is its items.
    fn object(&mut self, object: &Node) {
        let text = |key: &str| object.get(key).and_then(Node::as_str).unwrap_or_default();
        let (api, kind) = (text("apiVersion"), text("kind"));
        let items = object.get("items").and_then(Node::as_sequence);
        if let Some(items) = items.filter(|_| kind.ends_with("List")) {
            items.iter().for_each(|item| self.object(item));
            return;
        }
        if api.is_empty() || holds_none(api, kind) {
            return;
        }
        for field in object.as_mapping().unwrap_or_default() {
            if field.key != "metadata" && field.key != "status" {
                self.within(&field.value);
            }
        }
    }

    fn within(&mut self, node: &Node) {
        for item in node.as_sequence().unwrap_or_default() {
            self.within(item);
        }
        if let Some(text) = node.as_str().filter(|text| text.contains('\n')) {
            for kind in text.lines().filter_map(kind_of_line) {
                self.push(node.span, kind, None);
            }
        }
        let Some(fields) = node.as_mapping() else {
            return;
        };
        let text = |key: &str| node.get(key).and_then(Node::as_str);
        if let (Some(api), Some(kind)) = (text("apiVersion"), text("kind"))
            && decides(api, kind)
            && (node.get("metadata").is_some() || node.get("spec").is_some())
        {
            let namespace = node.at(&["metadata", "namespace"]).and_then(Node::as_str);
            self.push(node.span, kind, namespace);
            return;
        }
        for field in fields {
            self.within(&field.value);
        }
    }

    fn push(&mut self, span: Span, kind: &str, namespace: Option<&str>) {
        self.found.push(Embedded {
            document: self.document,
            span,
            kind: kind.to_owned(),
            namespace: namespace.map(str::to_owned),
        });
    }
}

/// The kind that a line of a manifest within a text names, where it is a policy's.
fn kind_of_line(line: &str) -> Option<&str> {
    let kind = line.trim_start_matches(['-', ' ']).strip_prefix("kind:")?;
    let kind = kind.trim().trim_matches(['"', '\'']);
    let is_policy = kind.ends_with("NetworkPolicy")
        || matches!(
            kind,
            "PeerAuthentication" | "AuthorizationPolicy" | "ServiceIntentions"
        );
    is_policy.then_some(kind)
}

/// Whether an object decides about the network or in a mesh.
fn decides(api: &str, kind: &str) -> bool {
    let group = api.split_once('/').map_or("", |(group, _)| group);
    kind.ends_with("NetworkPolicy")
        || (group == "networking.istio.io" && kind != "Gateway")
        || matches!(
            group,
            "security.istio.io" | "policy.linkerd.io" | "consul.hashicorp.com"
        )
}

/// Objects whose fields are known to hold no other objects.
fn holds_none(api: &str, kind: &str) -> bool {
    let (group, _) = api.split_once('/').unwrap_or(("", api));
    // OpenShift's templates were once of the group of Kubernetes itself.
    if kind == "Template" {
        return false;
    }
    decides(api, kind)
        || group.ends_with("istio.io")
        || group.ends_with(".k8s.io")
        || matches!(
            group,
            "" | "apps" | "batch" | "autoscaling" | "policy" | "extensions" | "cilium.io"
        )
}
