//! Consul's injector as manifests show it: its flags, and what its webhook asks for.

use crate::kernel::document::Node;
use crate::lint::meshes::Part;
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::{Model, Resource};

/// What the injector was told, where it is in the input.
#[derive(Debug, Default)]
pub(super) struct Injector<'a> {
    /// What it does to pods that do not say.
    pub(super) injects: Option<bool>,
    /// Whether it redirects what comes in to the proxy, where pods do not say.
    pub(super) redirects: Option<bool>,
    /// The namespaces that it may inject into; none where the input does not say.
    allowed: Option<Vec<String>>,
    /// Those that it leaves alone.
    denied: Vec<String>,
    /// Whether it tells namespaces apart, as Consul Enterprise does.
    pub(super) has_namespaces: bool,
    /// The registrations of its webhook.
    webhooks: Vec<Resource<'a>>,
}

impl<'a> Injector<'a> {
    /// Reads it from a model.
    pub(super) fn read(model: &Model<'a>) -> Self {
        let webhooks = model.resources.iter().filter(|resource| {
            resource.kind == "MutatingWebhookConfiguration"
                && resource.name.ends_with("connect-injector")
        });
        let mut injector = Self {
            webhooks: webhooks.cloned().collect(),
            ..Self::default()
        };
        let mut workloads = model.workloads.iter();
        let Some(found) = workloads.find(|one| one.resource.name.ends_with("connect-injector"))
        else {
            return injector;
        };
        let text = found.spec.to_json().to_string();
        let said = |flag: &str| super::boolean(values(&text, flag).last()?);
        injector.injects = said("default-inject");
        injector.redirects = said("default-enable-transparent-proxy");
        injector.has_namespaces = said("enable-namespaces") == Some(true)
            || said("enable-k8s-namespace-mirroring") == Some(true);
        injector.denied = values(&text, "deny-k8s-namespace");
        let allowed = values(&text, "allow-k8s-namespace");
        injector.allowed = (!allowed.is_empty()).then_some(allowed);
        injector
    }

    /// Why it leaves the pods of a namespace alone, whatever they ask for.
    pub(super) fn leaves(&self, namespace: &str) -> Option<Part> {
        let is_unknown = |name: &&String| name.contains(['$', '{', '*']) && *name != "*";
        let mut listed = self.denied.iter().chain(self.allowed.iter().flatten());
        if let Some(name) = listed.find(is_unknown) {
            return Some(Part::Perhaps(format!(
                "which namespaces the injector leaves out: `{name}` in its flags is no name"
            )));
        }
        if self.denied.iter().any(|one| one == namespace) {
            return Some(Part::Out(format!(
                "the injector leaves namespace `{namespace}` out (`-deny-k8s-namespace`)"
            )));
        }
        let allowed = self.allowed.as_ref()?;
        let is_allowed = allowed.iter().any(|one| one == "*" || one == namespace);
        (!is_allowed).then(|| {
            Part::Out(format!(
                "the injector does not work in namespace `{namespace}` (`-allow-k8s-namespace`)"
            ))
        })
    }

    /// What leaves open whether its webhook is asked about a workload at all.
    pub(super) fn asks_webhook(
        &self,
        model: &Model<'_>,
        workload: &Workload<'_>,
    ) -> Option<String> {
        let name = workload.resource.namespace;
        let labels = model.namespaces.get(name).map(|one| &one.labels);
        self.webhooks.iter().find_map(|registered| {
            let webhooks = registered.node.get("webhooks").and_then(Node::as_sequence);
            let mut webhooks = webhooks.unwrap_or_default().iter();
            let asks = |selector: Option<&Node>, of_namespace: bool| {
                let Some(selector) = selector.filter(|one| !is_empty(one)) else {
                    return true;
                };
                // Every namespace has its name as a label.
                let value = |key: &str| match (of_namespace, key) {
                    (true, "kubernetes.io/metadata.name") => Some(name),
                    (true, key) => labels.and_then(|labels| labels.get(key).copied()),
                    (false, key) => workload.labels.get(key).copied(),
                };
                let is_seen = !of_namespace || labels.is_some() || names_alone(selector);
                is_seen && matches(selector, value) == Some(true)
            };
            let is_asked = webhooks.all(|webhook| {
                asks(webhook.get("namespaceSelector"), true)
                    && asks(webhook.get("objectSelector"), false)
            });
            (!is_asked).then(|| {
                format!(
                    "whether the selectors of {} take its pods in",
                    registered.subject()
                )
            })
        })
    }
}

/// What a flag is set to, each time that it is there: `-flag=value` or `-flag="value"`.
fn values(text: &str, flag: &str) -> Vec<String> {
    let flag = format!("-{flag}=");
    let parts = text.split(flag.as_str()).skip(1);
    parts
        .map(|rest| {
            let rest = rest.trim_start_matches(['\\', '"', '\'']);
            let ends = |one: char| one.is_whitespace() || matches!(one, '\\' | '"' | '\'');
            rest.split(ends).next().unwrap_or_default().to_owned()
        })
        .collect()
}

fn is_empty(selector: &Node) -> bool {
    let lists = ["matchLabels", "matchExpressions"];
    selector.is_null()
        || lists.iter().all(|key| {
            selector.get(key).is_none_or(|one| {
                one.is_null()
                    || one.as_sequence().is_some_and(<[Node]>::is_empty)
                    || one.as_mapping().is_some_and(|entries| entries.is_empty())
            })
        })
}

fn expressions(selector: &Node) -> &[Node] {
    let listed = selector.get("matchExpressions").and_then(Node::as_sequence);
    listed.unwrap_or_default()
}

/// Whether a selector asks for nothing but the names of namespaces.
fn names_alone(selector: &Node) -> bool {
    let is_name = |key: Option<&str>| key == Some("kubernetes.io/metadata.name");
    let labels = selector.get("matchLabels").and_then(Node::as_mapping);
    let mut labels = labels.unwrap_or_default().iter();
    labels.all(|entry| is_name(Some(&entry.key)))
        && expressions(selector)
            .iter()
            .all(|one| is_name(one.get("key").and_then(Node::as_str)))
}

/// Whether a selector holds; none where it is not understood.
fn matches<'v>(selector: &Node, value: impl Fn(&str) -> Option<&'v str>) -> Option<bool> {
    let labels = selector.get("matchLabels").and_then(Node::as_mapping);
    for entry in labels.unwrap_or_default() {
        if value(&entry.key) != Some(entry.value.as_str()?) {
            return Some(false);
        }
    }
    for one in expressions(selector) {
        let own = value(one.get("key").and_then(Node::as_str)?);
        let listed = one.get("values").and_then(Node::as_sequence);
        let is_listed = || {
            let mut listed = listed.unwrap_or_default().iter();
            listed.any(|one| own.is_some() && one.as_str() == own)
        };
        let holds = match one.get("operator").and_then(Node::as_str)? {
            "In" => is_listed(),
            "NotIn" => !is_listed(),
            "Exists" => own.is_some(),
            "DoesNotExist" => own.is_none(),
            _ => return None,
        };
        if !holds {
            return Some(false);
        }
    }
    Some(true)
}
