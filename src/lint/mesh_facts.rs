//! What several rules about meshes ask of the model: hosts, gateways' pods, how a finding begins.

use super::injection::{Membership, membership};
use super::model::istio::{AuthorizationPolicy, Gateway, ServiceEntry, selects};
use super::model::kubernetes::Workload;
use super::model::{Labels, Model, Resource};
use crate::kernel::finding::{Finding, Rule};
use crate::kernel::source::Span;

impl Resource<'_> {
    /// A finding about this resource, with its name before the sentence.
    pub(crate) fn finding(
        &self,
        rule: &'static Rule,
        (span, label): (Span, &str),
        what: impl std::fmt::Display,
    ) -> Finding {
        let subject = self.subject();
        let message = format!("{subject} {what}");
        let span = if span.start < span.end {
            span
        } else {
            self.name_span
        };
        Finding::new(rule, subject, message).at(self.source(), span, label)
    }
}

/// The full name of a host as a resource of a namespace writes it: a name without a dot is a Service beside it.
pub(crate) fn full_host(host: &str, namespace: &str) -> String {
    if host.contains('.') || host.starts_with('*') {
        host.to_owned()
    } else {
        format!("{host}.{namespace}.svc.cluster.local")
    }
}

/// Whether a full host is a Service of the cluster by its form: the Service's name and its namespace.
pub(crate) fn service_of(host: &str) -> Option<(&str, &str)> {
    let mut labels = host.split('.');
    let (service, namespace) = (labels.next()?, labels.next()?);
    (labels.next() == Some("svc") && service != "*").then_some((service, namespace))
}

/// Whether the input knows a host: a Service, or a ServiceEntry that the namespace sees.
pub(crate) fn knows_host(model: &Model<'_>, host: &str, from: &str) -> bool {
    if let Some((name, namespace)) = service_of(host) {
        let mut services = model.services.iter();
        if services.any(|one| one.resource.name == name && one.resource.namespace == namespace) {
            return true;
        }
    }
    let is_seen = |entry: &&ServiceEntry<'_>| {
        entry.export_to.is_empty()
            || entry.resource.namespace == from
            || entry
                .export_to
                .iter()
                .any(|to| to.text == "*" || to.text == from)
    };
    let entries = model.mesh.service_entries.iter().filter(is_seen);
    let mut hosts = entries.flat_map(|entry| &entry.hosts);
    hosts.any(|known| host_covers(known.text, host) || host_covers(host, known.text))
}

/// Whether a host, perhaps with a wildcard in front, covers another.
pub(crate) fn host_covers(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix('*') {
        Some(suffix) => host.ends_with(suffix),
        None => pattern == host,
    }
}

/// The pods of a Gateway, of whatever namespace.
pub(crate) fn gateway_pods<'m, 'a>(
    model: &'m Model<'a>,
    gateway: &Gateway<'_>,
) -> Vec<&'m Workload<'a>> {
    let pods = model.workloads.iter();
    pods.filter(|pod| selects(&gateway.selector, &pod.labels))
        .collect()
}

/// The workloads that a selector of a namespace picks; from the root namespace of every namespace.
pub(crate) fn selected<'m, 'a>(
    model: &'m Model<'a>,
    namespace: &str,
    selector: &Labels<'_>,
) -> Vec<&'m Workload<'a>> {
    let everywhere = namespace == model.options.root_namespace;
    model
        .workloads
        .iter()
        .filter(|one| everywhere || one.resource.namespace == namespace)
        .filter(|one| selects(selector, &one.labels))
        .collect()
}

/// The workloads of ambient mode that an AuthorizationPolicy is for.
pub(crate) fn in_ambient<'m, 'a>(
    model: &'m Model<'a>,
    policy: &AuthorizationPolicy<'_>,
) -> Vec<&'m Workload<'a>> {
    if !policy.targets.is_empty() || policy.dry_run.is_some() {
        return Vec::new();
    }
    selected(model, policy.resource.namespace, &policy.selector)
        .into_iter()
        .filter(|one| membership(model, one) == Membership::Ambient)
        .collect()
}

/// Whether a namespace is in ambient mode as a whole: labels that inject sidecars win.
pub(crate) fn is_ambient(model: &Model<'_>, namespace: &str) -> bool {
    model.namespaces.get(namespace).is_some_and(|namespace| {
        let label = |key: &str| namespace.labels.get(key).copied();
        label("istio.io/dataplane-mode") == Some("ambient")
            && label("istio-injection").is_none_or(|value| value != "enabled")
            && label("istio.io/rev").is_none()
    })
}
