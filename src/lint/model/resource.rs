//! One Kubernetes object: who it is and where it is.

use std::sync::Arc;

use super::IndentationLost;
use crate::kernel::document::{Document, Entry, Node, Value};
use crate::kernel::finding::Finding;
use crate::kernel::source::{Source, Span};
use crate::kernel::time::Timestamp;
use crate::lint::index::meant_kind;

/// An object of the Kubernetes API.
#[derive(Debug, Clone)]
pub struct Resource<'a> {
    /// The document it is in.
    pub document: &'a Document,
    /// The object.
    pub node: &'a Node,
    /// The API group; empty for the core group.
    pub group: &'a str,
    /// The API version without its group.
    pub version: &'a str,
    /// The kind.
    pub kind: &'a str,
    /// The namespace; `default` where none is given.
    pub namespace: &'a str,
    /// The name.
    pub name: &'a str,
    /// The bytes of the name, or of the kind where it has no name.
    pub name_span: Span,
}

impl<'a> Resource<'a> {
    /// The input it is in.
    pub fn source(&self) -> &'a Arc<Source> {
        &self.document.source
    }

    /// The value at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&'a Node> {
        self.node.at(path)
    }

    /// The span of the key at a path; of the name where the path is absent.
    pub fn key_span(&self, path: &[&str]) -> Span {
        let Some((last, parents)) = path.split_last() else {
            return self.name_span;
        };
        self.node
            .at(parents)
            .and_then(|parent| parent.entry(last))
            .map_or(self.name_span, |entry| entry.key_span)
    }

    /// Whether Istio surely takes it for older than another object, which is never the case where one of them lacks the
    /// time at which the API server made it. Of one time the name decides, then the namespace.
    pub fn is_older_than(&self, other: &Self) -> bool {
        let age = |one: &Self| {
            let made = one.at(&["metadata", "creationTimestamp"])?.as_str()?;
            let made = Timestamp::parse(made).ok()?.unix();
            Some((made, one.name.to_owned(), one.namespace.to_owned()))
        };
        let is_same = (self.name, self.namespace) == (other.name, other.namespace);
        let ages = age(self).zip(age(other)).filter(|_| !is_same);
        ages.is_some_and(|(own, others)| own < others)
    }

    /// `Deployment production/payment-service`.
    pub fn subject(&self) -> String {
        if self.is_namespaced() {
            format!("{} {}/{}", self.kind, self.namespace, self.name)
        } else {
            format!("{} {}", self.kind, self.name)
        }
    }

    /// Whether objects of this kind live in a namespace, as far as this program knows the kind.
    pub fn is_namespaced(&self) -> bool {
        !matches!(
            self.kind,
            "Namespace"
                | "Node"
                | "ClusterRole"
                | "ClusterRoleBinding"
                | "CustomResourceDefinition"
                | "PersistentVolume"
                | "StorageClass"
                | "IngressClass"
                | "GatewayClass"
                | "PriorityClass"
                | "MutatingWebhookConfiguration"
                | "ValidatingWebhookConfiguration"
                | "AdminNetworkPolicy"
                | "BaselineAdminNetworkPolicy"
                | "ClusterNetworkPolicy"
                | "CiliumClusterwideNetworkPolicy"
                | "GlobalNetworkPolicy"
                | "GlobalNetworkSet"
        )
    }

    /// Whether it is of this kind in a group that ends so.
    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind == kind && self.group == group
    }

    /// Points a finding at a span of this resource.
    pub fn mark(&self, finding: Finding, span: Span, label: impl Into<String>) -> Finding {
        finding.at(self.source(), span, label)
    }
}

/// What a document came to.
#[derive(Debug)]
pub enum Flattened<'a> {
    /// An object.
    Resource(Resource<'a>),
    /// A manifest whose indentation was lost.
    IndentationLost(IndentationLost<'a>),
    /// An object with metadata and without an `apiVersion`.
    Unversioned(&'a Document, &'a str, Span),
    /// An object whose namespace is no string: nobody knows where it is.
    Misplaced(&'a Document, &'a str, &'a Node),
    /// Something that is meant as an object and is none; the text says why.
    Misshapen(&'a Document, Span, String),
    /// An object without a name, or a name that is no string.
    Unnamed(&'a Document, &'a str, Span),
}

/// Finds the objects of a document: itself, or the items of a `List`.
pub fn flatten<'a>(document: &'a Document, into: &mut Vec<Flattened<'a>>) {
    flatten_node(document, &document.root, None, into);
}

fn flatten_node<'a>(
    document: &'a Document,
    node: &'a Node,
    list: Option<(&'a str, &'a str)>,
    into: &mut Vec<Flattened<'a>>,
) {
    if let Some(what) = misshapen(node, list.is_some()) {
        into.push(Flattened::Misshapen(document, node.span, what));
        return;
    }
    let text = |key: &str| node.get(key).and_then(Node::as_str);
    // The items of a typed list may leave out what the list says.
    let Some(kind) = text("kind").or(list.map(|(_, kind)| kind)) else {
        return;
    };
    let Some(api_version) = text("apiVersion").or(list.map(|(version, _)| version)) else {
        if node.get("metadata").is_some() {
            into.push(Flattened::Unversioned(document, kind, node.span));
        }
        return;
    };
    if let (Some(item_kind), Some(Value::Sequence(items))) = (
        kind.strip_suffix("List"),
        node.get("items").map(|items| &items.value),
    ) {
        let inherited = (!item_kind.is_empty()).then_some((api_version, item_kind));
        for item in items {
            if item.as_mapping().is_none() && !item.is_null() {
                let what = format!("an item of this {kind} is {} and no object", item.kind());
                into.push(Flattened::Misshapen(document, item.span, what));
                continue;
            }
            flatten_node(document, item, inherited, into);
        }
        return;
    }
    if let Some(lost) = indentation_lost(document, node, kind) {
        into.push(Flattened::IndentationLost(lost));
        return;
    }
    into.push(object(document, node, api_version, kind));
}

/// Why something that looks like an object is none, such as `Kind:` for `kind:`.
fn misshapen(node: &Node, in_list: bool) -> Option<String> {
    let looks_like_one = |node: &Node| {
        let keys = node.as_mapping().unwrap_or_default().iter();
        let mut keys = keys.map(|entry| entry.key.to_ascii_lowercase());
        keys.any(|key| key == "kind" || key == "apiversion")
    };
    if let Some(items) = node.as_sequence() {
        let first = items.iter().any(looks_like_one);
        return (in_list || first).then(|| "it is a list and no object".to_owned());
    }
    let fields = node.as_mapping()?;
    for key in ["kind", "apiVersion"] {
        if node
            .get(key)
            .is_some_and(|value| value.as_str().is_none() && !value.is_null())
            && looks_like_one(node)
            && node.get("metadata").is_some()
        {
            return Some(format!("`{key}` is no string"));
        }
        let slip = fields
            .iter()
            .find(|entry| entry.key != key && entry.key.eq_ignore_ascii_case(key));
        if let (Some(slip), None) = (slip, node.get(key))
            && node.get("metadata").is_some()
        {
            return Some(format!("`{}` is written where `{key}` is due", slip.key));
        }
    }
    let kind = node.get("kind").and_then(Node::as_str)?;
    // A PeerAuthentication of another spelling stays an object: where it stands, no mode is sure.
    if let Some(meant) = meant_kind(kind).filter(|meant| *meant != "PeerAuthentication")
        && node.get("apiVersion").is_some()
    {
        return Some(format!("`{kind}` is no kind: `{meant}` is"));
    }
    let items = node.get("items").filter(|items| !items.is_null())?;
    (kind.ends_with("List") && items.as_sequence().is_none()).then(|| {
        format!(
            "the `items` of this {kind} are {} and no list",
            items.kind()
        )
    })
}

/// The object that a node is.
fn object<'a>(
    document: &'a Document,
    node: &'a Node,
    api_version: &'a str,
    kind: &'a str,
) -> Flattened<'a> {
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let metadata = |key: &str| node.at(&["metadata", key]);
    let name = metadata("name").or_else(|| metadata("generateName"));
    let Some((name, name_span)) = name.and_then(|name| Some((name.as_str()?, name.span))) else {
        let kind_span = node.get("kind").map_or(node.span, |kind| kind.span);
        return Flattened::Unnamed(document, kind, kind_span);
    };
    let namespace = metadata("namespace").filter(|namespace| !namespace.is_null());
    if let Some(wrong) = namespace.filter(|namespace| namespace.as_str().is_none()) {
        return Flattened::Misplaced(document, kind, wrong);
    }
    Flattened::Resource(Resource {
        document,
        node,
        group,
        version,
        kind,
        namespace: namespace
            .and_then(Node::as_str)
            .filter(|namespace| !namespace.is_empty())
            .unwrap_or("default"),
        name,
        name_span,
    })
}

/// A manifest pasted from a page that ate its indentation: `metadata:` or `spec:` is empty and their keys stand
/// at the top.
fn indentation_lost<'a>(
    document: &'a Document,
    node: &'a Node,
    kind: &'a str,
) -> Option<IndentationLost<'a>> {
    let emptied =
        |key: &str| -> Option<&'a Entry> { node.entry(key).filter(|entry| entry.value.is_null()) };
    let pairs: [(&str, &[&str]); 2] = [
        ("metadata", &["name", "namespace", "labels", "generateName"]),
        (
            "spec",
            &[
                "podSelector",
                "mtls",
                "selector",
                "template",
                "policyTypes",
                "containers",
                "action",
                "rules",
            ],
        ),
    ];
    pairs.iter().find_map(|(parent, children)| {
        let parent = emptied(parent)?;
        let child = children.iter().find_map(|child| node.entry(child))?;
        Some(IndentationLost {
            document,
            kind,
            emptied: parent.key_span,
            escaped: child.key_span,
            escaped_key: &child.key,
        })
    })
}
