//! From documents to the model: every object in its place.

use super::Options;
use super::documents::Documents;
use super::model::{
    Flattened, Model, Reading, Resource, admin_network_policy, calico, cilium,
    cluster_network_policy, flatten, ingress, istio, kubernetes, mesh, network_policy,
    plugin_policy,
};
use crate::kernel::document::Document;
use crate::kernel::finding::Location;
use crate::kernel::parallel;
use crate::kernel::report::Note;
use crate::kernel::source::Span;

const SECURITY: &str = "security.istio.io";
const NETWORKING: &str = "networking.istio.io";
const NETWORK_POLICY: &str = "networking.k8s.io";
const CLUSTER_POLICY: &str = "policy.networking.k8s.io";

/// How many documents a thread reads before it asks for more: enough to be worth a thread.
const DOCUMENTS_A_PART: usize = 512;

/// Builds the model of the cluster that the documents describe.
pub fn build<'a>(documents: &'a Documents, options: &'a Options) -> Model<'a> {
    let parts = parallel::by_parts(&documents.read, DOCUMENTS_A_PART, |part| {
        of_part(part, Model::new(documents, options))
    });
    let mut parts = parts.into_iter();
    let first = parts.next();
    let mut model = first.unwrap_or_else(|| Model::new(documents, options));
    parts.for_each(|part| model.unite(part));
    model.keep_configs();
    model.compare_root_namespace();
    model.complete();
    model
}

/// What some of the documents say.
fn of_part<'a>(part: &'a [Document], mut model: Model<'a>) -> Model<'a> {
    let mut flattened = Vec::new();
    for document in part {
        flatten(document, &mut flattened);
    }
    for object in flattened {
        match object {
            Flattened::Resource(resource) => model.add(resource),
            Flattened::IndentationLost(lost) => model.indentation_lost.push(lost),
            Flattened::Unversioned(document, kind, span) if is_judged(kind) => {
                let message = format!("this {kind} was not judged: it has no `apiVersion`");
                model.note("invalid-resource", message, document, span);
            }
            Flattened::Unversioned(..) => {}
            Flattened::Misplaced(document, kind, namespace) => {
                let what = namespace.kind();
                let message = format!(
                    "this {kind} was not judged: its namespace is {what} where a string is due (quote it); the API \
                     server refuses it"
                );
                model.note("invalid-resource", message, document, namespace.span);
            }
            Flattened::Misshapen(document, span, what) => {
                let message = format!("this was not judged: {what}");
                model.note("invalid-resource", message, document, span);
            }
            Flattened::Unnamed(document, kind, span) => model.add_unnamed(document, kind, span),
        }
    }
    model
}

impl<'a> Model<'a> {
    fn add(&mut self, resource: Resource<'a>) {
        if let Some(meant) = meant_kind(resource.kind) {
            let message = format!(
                "this was not judged: `{}` is no kind: `{meant}` is",
                resource.kind
            );
            self.note(
                "invalid-resource",
                message,
                resource.document,
                resource.name_span,
            );
        }
        let mut reading = Reading::new(&resource, &mut self.notes);
        if is_judged(resource.kind) || plugin_policy::reads(&resource) {
            refuse_case_slips(&mut reading);
            refuse_unknown_version(&mut reading);
            refuse_metadata(&mut reading);
            if is_policy(&resource) {
                const OBJECT: [&str; 5] = ["apiVersion", "kind", "metadata", "spec", "status"];
                reading.only_fields(resource.node, &OBJECT);
            }
        }
        match (resource.group, resource.kind) {
            ("", "Namespace") => {
                if let Some(namespace) = kubernetes::namespace(reading) {
                    self.add_namespace(namespace);
                }
            }
            ("", "Service") => self.services.extend(kubernetes::service(reading)),
            (NETWORK_POLICY, "NetworkPolicy") if resource.version == "v1" => {
                self.network_policies
                    .extend(network_policy::network_policy(reading));
            }
            (NETWORK_POLICY | "extensions", "Ingress") => {
                self.ingresses.extend(ingress::ingress(reading));
            }
            ("route.openshift.io", "Route") => self.ingresses.extend(ingress::route(reading)),
            (CLUSTER_POLICY, "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy")
                if resource.version == "v1alpha1" =>
            {
                self.cluster_policies
                    .extend(admin_network_policy::admin_network_policy(reading));
            }
            (CLUSTER_POLICY, "ClusterNetworkPolicy") if resource.version == "v1alpha2" => {
                self.cluster_policies
                    .extend(cluster_network_policy::cluster_network_policy(reading));
            }
            (SECURITY, "PeerAuthentication") => {
                self.peer_authentications
                    .extend(istio::peer_authentication(reading));
            }
            (SECURITY, "AuthorizationPolicy") => {
                self.authorization_policies
                    .extend(istio::authorization_policy(reading));
            }
            (NETWORKING, "DestinationRule") => {
                self.destination_rules
                    .extend(istio::destination_rule(reading));
            }
            ("cilium.io", _) if plugin_policy::reads(&resource) => {
                self.plugin_policies
                    .extend(cilium::cilium_policies(reading));
            }
            _ if plugin_policy::reads(&resource) && calico::is_set(&resource) => {
                self.network_sets.extend(calico::network_set(reading));
            }
            _ if plugin_policy::reads(&resource) => {
                self.plugin_policies.extend(calico::calico_policy(reading));
            }
            _ if mesh::Mesh::reads(&resource) => self.mesh.add(reading),
            _ if kubernetes::runs_pods(&resource) => {
                self.workloads.extend(kubernetes::workload(reading));
            }
            (NETWORK_POLICY | CLUSTER_POLICY | "extensions" | "", kind)
                if is_network_policy(kind) =>
            {
                let what = format!("this program reads no {kind} of this `apiVersion`");
                let mut reading = reading;
                reading.problem(resource.name_span, what);
            }
            _ => {}
        }
        self.resources.push(resource);
    }

    /// A ConfigMap is the mesh's configuration where a control plane reads it: in the root namespace, or beside istiod.
    /// Elsewhere it is a tenant's, unless it says of itself that it is in the root namespace: then it proves nothing, and
    /// leaves the root in dispute.
    fn keep_configs(&mut self) {
        let istiod = self.workloads.iter().filter(|one| {
            one.resource.name.starts_with("istiod") || one.labels.get("app") == Some(&"istiod")
        });
        let mut of_control_planes: Vec<&str> = istiod.map(|one| one.resource.namespace).collect();
        of_control_planes.extend([self.options.root_namespace.as_str(), "istio-system"]);
        self.mesh.configs.retain_mut(|config| {
            let here = config.resource.namespace;
            config.is_in_force =
                config.resource.kind != "ConfigMap" || of_control_planes.contains(&here);
            config.is_in_force || config.root_namespace.as_deref() == Some(here)
        });
    }

    /// Where the mesh's own configuration names another root namespace, every mesh-wide policy was looked for in the
    /// wrong place.
    fn compare_root_namespace(&mut self) {
        let assumed = self.options.root_namespace.as_str();
        let differing = self.mesh.configs.iter().find_map(|config| {
            let said = config.root_namespace.as_deref().filter(|said| *said != assumed)?;
            let message = format!(
                "the mesh's configuration names `{said}` as its root namespace, but `{assumed}` is taken for it: give \
                 `--assume root-namespace={said}`"
            );
            Some((message, config.resource.document, config.span))
        });
        if let Some((message, document, span)) = differing {
            self.note("invalid-root-namespace", message, document, span);
        }
    }

    fn add_unnamed(&mut self, document: &'a Document, kind: &str, span: Span) {
        if matches!(kind, "Kustomization" | "Component") {
            let message = "kustomize may change names and namespaces of what is beside this file: lint the output of \
                           `kustomize build` to judge what is applied";
            self.note("kustomization", message.to_owned(), document, span);
        } else {
            let message = format!("this {kind} was not judged: it has no `metadata.name`");
            // Files of settings have a kind and no name; they are never applied.
            let code = if is_judged(kind) {
                "invalid-resource"
            } else {
                "unnamed-resource"
            };
            self.note(code, message, document, span);
        }
    }

    fn note(&mut self, code: &'static str, message: String, document: &Document, span: Span) {
        self.notes.push(Note {
            code,
            message,
            location: Some(Location {
                source: std::sync::Arc::clone(&document.source),
                span,
                label: String::new(),
            }),
        });
    }
}

/// The API's keys are case-sensitive: `Spec` is an unknown field, and the object has no spec.
fn refuse_case_slips(reading: &mut Reading<'_, '_>) {
    let fields = reading.resource.node.as_mapping().unwrap_or_default();
    for field in fields {
        let slip = ["spec", "metadata"]
            .into_iter()
            .find(|key| field.key != *key && field.key.eq_ignore_ascii_case(key));
        if let Some(key) = slip {
            let what = format!("`{}` is written where `{key}` is due", field.key);
            reading.problem(field.key_span, what);
        }
    }
}

/// The versions of the groups whose objects are judged. No cluster serves another one, and what it would mean there
/// nobody knows.
const VERSIONS: &[(&str, &[&str])] = &[
    ("", &["v1"]),
    ("apps", &["v1", "v1beta1", "v1beta2"]),
    ("batch", &["v1", "v1beta1", "v2alpha1"]),
    (SECURITY, &["v1", "v1beta1"]),
    (NETWORKING, &["v1", "v1beta1", "v1alpha3"]),
    ("telemetry.istio.io", &["v1", "v1alpha1"]),
    ("install.istio.io", &["v1alpha1"]),
    (
        "gateway.networking.k8s.io",
        &["v1", "v1beta1", "v1alpha2", "v1alpha3"],
    ),
    (
        "policy.linkerd.io",
        &["v1alpha1", "v1beta1", "v1beta2", "v1beta3"],
    ),
    ("consul.hashicorp.com", &["v1alpha1", "v2beta1"]),
    ("apps.openshift.io", &["v1"]),
    ("route.openshift.io", &["v1"]),
    ("argoproj.io", &["v1alpha1"]),
    ("cilium.io", &["v2", "v2alpha1"]),
    ("projectcalico.org", &["v3"]),
    ("crd.projectcalico.org", &["v1"]),
];

fn refuse_unknown_version(reading: &mut Reading<'_, '_>) {
    let resource = reading.resource;
    let known = VERSIONS.iter().find(|(group, _)| *group == resource.group);
    // Cilium's policies have only ever been `v2`; other kinds of its group began as `v2alpha1`.
    let is_early =
        resource.group == "cilium.io" && resource.version != "v2" && plugin_policy::reads(resource);
    if is_early || known.is_some_and(|(_, versions)| !versions.contains(&resource.version)) {
        let place = resource.key_span(&["apiVersion"]);
        let what = format!("`{}` has no version `{}`", resource.group, resource.version);
        reading.problem(place, what);
    }
}

/// The API server refuses an object whose own labels or annotations are no strings, or no labels.
fn refuse_metadata(reading: &mut Reading<'_, '_>) {
    let Some(metadata) = reading.mapping(reading.resource.node, "metadata") else {
        return;
    };
    reading.labels(metadata, "annotations");
    for (key, value) in reading.labels(metadata, "labels") {
        let (prefix, name) = key.rsplit_once('/').unwrap_or(("", key));
        let is_key = is_label_text(name) && !name.is_empty() && !prefix.contains('/');
        if !is_key || !is_label_text(value) {
            let span = reading.resource.key_span(&["metadata", "labels", key]);
            let what = format!("`{key}: {value}` is no label");
            reading.problem(span, what);
        }
    }
}

/// At most 63 letters, digits, `-`, `_` and `.`, the first and the last a letter or digit; or nothing.
fn is_label_text(text: &str) -> bool {
    let is_end = |byte: Option<u8>| byte.is_none_or(|byte| byte.is_ascii_alphanumeric());
    text.len() <= 63
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
        && is_end(text.bytes().next())
        && is_end(text.bytes().next_back())
}

/// Whether an object with a field that its API lacks counts as none: strict validation refuses it.
fn is_policy(resource: &Resource<'_>) -> bool {
    is_network_policy(resource.kind)
        || resource.group == SECURITY
            && matches!(resource.kind, "PeerAuthentication" | "AuthorizationPolicy")
}

fn is_network_policy(kind: &str) -> bool {
    matches!(
        kind,
        "NetworkPolicy"
            | "AdminNetworkPolicy"
            | "BaselineAdminNetworkPolicy"
            | "ClusterNetworkPolicy"
    )
}

/// The kind that decides something here and that a text means, if it is written otherwise.
pub(super) fn meant_kind(kind: &str) -> Option<&'static str> {
    const KINDS: [&str; 16] = [
        "Namespace",
        "Service",
        "NetworkPolicy",
        "AdminNetworkPolicy",
        "BaselineAdminNetworkPolicy",
        "ClusterNetworkPolicy",
        "PeerAuthentication",
        "AuthorizationPolicy",
        "DestinationRule",
        "Pod",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "CronJob",
        "Job",
    ];
    let written = kind.trim();
    let meant = KINDS
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(written));
    meant.filter(|known| *known != kind)
}

/// Whether some rule looks at objects of this kind.
fn is_judged(kind: &str) -> bool {
    mesh::Mesh::judges(kind)
        || matches!(
            kind,
            "Namespace"
                | "Service"
                | "NetworkPolicy"
                | "AdminNetworkPolicy"
                | "BaselineAdminNetworkPolicy"
                | "ClusterNetworkPolicy"
                | "PeerAuthentication"
                | "AuthorizationPolicy"
                | "DestinationRule"
                | "Pod"
                | "ReplicationController"
                | "DeploymentConfig"
                | "CronJob"
                | "Job"
                | "Deployment"
                | "StatefulSet"
                | "DaemonSet"
                | "ReplicaSet"
                | "Rollout"
                | "VirtualMachine"
        )
}
