//! What keeps traffic from the proxy although there is one: annotations, the mesh's defaults, Sidecars, EnvoyFilters.

use super::authorization::selecting;
use super::given::{may_pick, picked_by};
use super::model::istio::{Patch, selects};
use super::model::kubernetes::Workload;
use super::model::{Model, Resource};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::document::Node;

const EXCLUDED: &str = "traffic.sidecar.istio.io/excludeInboundPorts";
const INCLUDED: &str = "traffic.sidecar.istio.io/includeInboundPorts";
const MODE: &str = "sidecar.istio.io/interceptionMode";
const PROXY_CONFIG: &str = "proxy.istio.io/config";
const TEMPLATES: &str = "inject.istio.io/templates";
/// What else changes a sidecar or what reaches it.
const CHANGED: [(&str, &str); 3] = [
    (
        "traffic.sidecar.istio.io/excludeInterfaces",
        "keeps what arrives by these interfaces from the sidecar",
    ),
    (
        "sidecar.istio.io/bootstrapOverride",
        "replaces the configuration that the sidecar starts with",
    ),
    (
        "sidecar.istio.io/proxyImage",
        "replaces the sidecar by another program",
    ),
];
const AMBIENT_BYPASS: &str = "ambient.istio.io/bypass-inbound-capture";

/// The ports that annotations single out, declared by a container or not.
pub(crate) fn annotated_ports(workload: &Workload<'_>) -> Vec<u16> {
    [EXCLUDED, INCLUDED]
        .into_iter()
        .filter_map(|name| annotation(workload, name))
        .flat_map(|list| list.split(','))
        .filter_map(|one| one.trim().parse().ok())
        .filter(|port| *port != 0)
        .collect()
}

/// Whether a port is the sidecar's own: its metrics and its health, which it serves in plaintext.
pub(crate) fn is_proxys_own(port: u16) -> bool {
    matches!(port, 15020 | 15021 | 15090)
}

/// Whether a pod is a gateway and nothing else: the injector makes its one container into the proxy.
pub(crate) fn is_gateway(workload: &Workload<'_>) -> bool {
    let containers = workload.spec.get("containers").and_then(Node::as_sequence);
    let is_proxy = |node: &Node| {
        let text = |key: &str| node.get(key).and_then(Node::as_str);
        text("name") == Some("istio-proxy") && text("image") == Some("auto")
    };
    let is_alone = containers.is_some_and(|all| matches!(all, [only] if is_proxy(only)));
    // One that never ends serves beside it.
    let has_others = workload.spec.get("initContainers").is_some();
    is_alone && !has_others && annotation(workload, TEMPLATES) == Some("gateway")
}

/// Why traffic to a port does not pass the sidecar. None in the port stands for every port that is not singled out.
pub(crate) fn past_sidecar(workload: &Workload<'_>, port: Option<u16>) -> Option<String> {
    if annotation(workload, MODE) == Some("NONE") {
        return Some(format!("`{MODE}: NONE` intercepts nothing"));
    }
    let lists = |value: &str| {
        let mut ports = value.split(',').filter_map(|one| one.trim().parse().ok());
        port.is_some_and(|port| ports.any(|one: u16| one == port))
    };
    if port.is_some_and(is_proxys_own) {
        return Some("the port is the sidecar's own and never intercepted".to_owned());
    }
    let Some(included) = annotation(workload, INCLUDED).filter(|list| *list != "*") else {
        let excluded = annotation(workload, EXCLUDED).filter(|list| lists(list));
        return excluded.map(|_| format!("`{EXCLUDED}` lists it"));
    };
    // Exclusions are read where everything is included, and not where ports are listed.
    if lists(included) {
        return None;
    }
    Some(match port {
        Some(_) => format!("`{INCLUDED}` does not list it"),
        None if included.is_empty() => format!("`{INCLUDED}` is empty: no port is intercepted"),
        None => format!("`{INCLUDED}` lists only {included}"),
    })
}

/// Why what a pod sends may pass by its own sidecar, as plaintext.
pub(crate) fn past_own_sidecar(workload: &Workload<'_>) -> Option<String> {
    // Each with the value that keeps nothing from the sidecar.
    const OUTBOUND: [(&str, &str); 3] = [
        ("traffic.sidecar.istio.io/excludeOutboundPorts", ""),
        ("traffic.sidecar.istio.io/excludeOutboundIPRanges", ""),
        ("traffic.sidecar.istio.io/includeOutboundIPRanges", "*"),
    ];
    if annotation(workload, MODE) == Some("NONE") {
        return Some(format!("its own `{MODE}: NONE` intercepts nothing"));
    }
    let said = OUTBOUND.into_iter().find_map(|(key, whole)| {
        let value = annotation(workload, key).filter(|value| *value != whole)?;
        Some(format!(
            "its own `{key}: {value}` may keep it from its sidecar"
        ))
    });
    let user = |node: &Node| node.at(&["securityContext", "runAsUser"])?.as_i64();
    let containers = workload.spec.get("containers").and_then(Node::as_sequence);
    let mut applications = containers
        .unwrap_or_default()
        .iter()
        .filter(|one| one.get("name").and_then(Node::as_str) != Some("istio-proxy"));
    let of_pod = user(workload.spec);
    said.or_else(|| {
        // What the proxy's own user sends is not redirected.
        let is_proxys = applications.any(|one| user(one).or(of_pod) == Some(1337));
        is_proxys.then(|| "it runs as the sidecar's own user, 1337, and passes by it".to_owned())
    })
}

/// Why the node's proxy does not take what comes in.
pub(crate) fn past_ztunnel(workload: &Workload<'_>) -> Option<String> {
    let value = annotation(workload, AMBIENT_BYPASS)?;
    // Read as Go's `ParseBool` reads it.
    matches!(value, "1" | "t" | "T" | "true" | "TRUE" | "True")
        .then(|| format!("`{AMBIENT_BYPASS}` captures only what goes out"))
}

/// Why the sidecar may be another program: what the pod says of the container `istio-proxy` goes before what the injector
/// says. What the injector or `istioctl kube-inject` wrote names Istio's own image.
fn replaced_proxy(workload: &Workload<'_>) -> Option<String> {
    let lists = ["containers", "initContainers"].into_iter();
    let mut containers = lists
        .filter_map(|key| workload.spec.get(key)?.as_sequence())
        .flatten();
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::as_str).map(str::to_owned);
    let own = containers.find(|one| text(one, "name").as_deref() == Some("istio-proxy"))?;
    let image = text(own, "image").filter(|image| image != "auto");
    let name = image.as_deref().and_then(|image| image.rsplit('/').next());
    let name = name.and_then(|name| name.split([':', '@']).next());
    match name {
        Some(name) if name.contains("proxyv2") || workload.is_made() => None,
        Some(name) => Some(format!(
            "its container `istio-proxy` runs `{name}`, which may be no proxy of Istio's"
        )),
        None => ["command", "args"].into_iter().find_map(|key| {
            own.get(key)?;
            Some(format!(
                "its container `istio-proxy` has its own `{key}`: the sidecar may run another program"
            ))
        }),
    }
}

/// What may keep traffic from the sidecar, or from its TLS, and is not computed here.
pub(crate) fn doubts(model: &Model<'_>, workload: &Workload<'_>) -> Vec<String> {
    let mut doubts = Vec::new();
    if annotation(workload, MODE).is_none() {
        let own = annotation(workload, PROXY_CONFIG).unwrap_or_default();
        let speaks = own.contains("interceptionMode") || own.contains("interception_mode");
        if speaks && (own.contains("NONE") || own.contains('2')) {
            doubts.push(format!(
                "`{PROXY_CONFIG}` sets the interception mode to NONE: then no port is intercepted"
            ));
        } else if !speaks
            && model
                .mesh
                .configs
                .iter()
                .any(|config| config.intercepts_nothing)
        {
            doubts.push(
                "the mesh's default interception mode is NONE: then no port is intercepted"
                    .to_owned(),
            );
        }
    }
    let injectors = model.mesh.injectors.iter();
    doubts.extend(injectors.flat_map(|injector| injector.doubts.iter().cloned()));
    doubts.extend(malformed(workload));
    doubts.extend(replaced_proxy(workload));
    // Gateways and proxyless gRPC are injected too; what another template makes of the pod nobody tells here.
    let templates = annotation(workload, TEMPLATES);
    if let Some(other) =
        templates.filter(|list| !list.split(',').all(|one| one.trim() == "sidecar"))
    {
        doubts.push(format!(
            "`{TEMPLATES}: {other}` injects something else than the sidecar that intercepts every port"
        ));
    }
    for (name, what) in CHANGED {
        if let Some(value) = annotation(workload, name).filter(|value| !value.is_empty()) {
            doubts.push(format!("`{name}: {value}` {what}"));
        }
    }
    let here = workload.resource.namespace;
    let root = model.options.root_namespace.as_str();
    for sidecar in &model.mesh.sidecars {
        let reaches =
            sidecar.resource.namespace == here && selects(&sidecar.selector, &workload.labels);
        if reaches && sidecar.captures_nothing {
            doubts.push(format!(
                "{} has a listener of `captureMode: NONE`",
                sidecar.resource.subject()
            ));
        }
    }
    for filter in &model.mesh.envoy_filters {
        let namespace = filter.resource.namespace;
        let reaches =
            (namespace == here || namespace == root) && selects(&filter.selector, &workload.labels);
        if reaches
            && filter
                .patches
                .iter()
                .any(|patch| changes_inbound(patch.target, patch.node))
        {
            doubts.push(format!(
                "{} changes the proxy's own listeners",
                filter.resource.subject()
            ));
        } else if let Some(label) = may_pick(&filter.selector, workload)
            && (namespace == here || namespace == root)
            && filter.patches.iter().any(changes_proxy)
        {
            doubts.push(picked_by(label, &filter.resource));
        }
    }
    doubts
}

/// Values that the injector does not understand; it refuses the pod, or takes them for what nobody tells here.
fn malformed(workload: &Workload<'_>) -> Vec<String> {
    let is_port = |one: &str| one.trim().parse::<u16>().is_ok();
    let is_list = |list: &str| list.is_empty() || list.split(',').all(is_port);
    let is_understood = |name: &str, value: &str| match name {
        MODE => matches!(value, "REDIRECT" | "TPROXY" | "NONE"),
        INCLUDED => value == "*" || is_list(value),
        _ => is_list(value),
    };
    let wrong = [EXCLUDED, INCLUDED, MODE].into_iter().filter_map(|name| {
        let value = annotation(workload, name)?;
        (!is_understood(name, value)).then(|| format!("what `{name}: {value}` means"))
    });
    wrong.collect()
}

/// Why it is not certain that the control plane of a workload's proxy reads an object: a label binds it to a revision,
/// or its namespace is none that the control plane looks at.
pub(crate) fn unread(
    model: &Model<'_>,
    workload: &Workload<'_>,
    resource: &Resource<'_>,
) -> Option<String> {
    const REVISION: &str = "istio.io/rev";
    let labels_of = |name: &str| model.namespaces.get(name).map(|space| &space.labels);
    let own = labels_of(workload.resource.namespace);
    if let Some(wanted) = resource.at(&["metadata", "labels", REVISION]) {
        let wanted = wanted.as_str();
        // The revision that injects it, where one label alone says so.
        let injected = [
            own.and_then(|labels| labels.get(REVISION)),
            workload.labels.get(REVISION),
        ];
        let by_revision = own.is_some_and(|labels| !labels.contains_key("istio-injection"));
        let mut injected = injected.into_iter().flatten().copied().peekable();
        let is_certain = by_revision
            && injected.peek().is_some()
            && injected.all(|injected| Some(injected) == wanted);
        if !is_certain {
            return Some(format!(
                "whether the control plane of its proxy has the revision `{}` that {} is for",
                wanted.unwrap_or_default(),
                resource.subject()
            ));
        }
    }
    let namespace = labels_of(resource.namespace);
    let mut configs = model.mesh.configs.iter();
    configs
        .any(|config| config.may_overlook(namespace))
        .then(|| {
            format!(
                "whether the `discoverySelectors` of the mesh pick namespace `{}`",
                resource.namespace
            )
        })
}

/// Whether a patch may change what terminates TLS on the way in.
fn changes_inbound(target: &str, patch: &Node) -> bool {
    let context = patch.at(&["match", "context"]).and_then(Node::as_str);
    let changes = match target {
        "LISTENER" | "LISTENER_FILTER" | "FILTER_CHAIN" => true,
        // A listener of its own.
        "BOOTSTRAP" => mentions(patch, &["listeners", "static_resources", "staticResources"]),
        _ => false,
    };
    changes && !matches!(context, Some("SIDECAR_OUTBOUND" | "GATEWAY"))
}

/// What may keep the proxy from enforcing AuthorizationPolicies: patches of the filters that do.
pub(crate) fn enforcement_doubts(model: &Model<'_>, workload: &Workload<'_>) -> Vec<String> {
    let here = workload.resource.namespace;
    let root = model.options.root_namespace.as_str();
    let filters = model.mesh.envoy_filters.iter().filter(|filter| {
        let namespace = filter.resource.namespace;
        (namespace == here || namespace == root) && selects(&filter.selector, &workload.labels)
    });
    let changes = filters.filter(|filter| {
        let mut patches = filter.patches.iter();
        patches.any(|patch| changes_enforcement(patch.target, patch.node))
    });
    let changes = changes.map(|filter| {
        let subject = filter.resource.subject();
        format!("whether {subject} leaves the filters alone that enforce AuthorizationPolicies")
    });
    let mut doubts: Vec<String> = changes.collect();
    for (_, policy) in selecting(model, workload) {
        doubts.extend(unread(model, workload, &policy.resource));
    }
    for sidecar in model.mesh.sidecars.iter().filter(|one| one.leads_elsewhere) {
        let namespace = sidecar.resource.namespace;
        if (namespace == here || namespace == root)
            && (selects(&sidecar.selector, &workload.labels)
                || may_pick(&sidecar.selector, workload).is_some())
        {
            doubts.push(format!(
                "which port {} leads to another one: the policies of the first decide about the second",
                sidecar.resource.subject()
            ));
        }
    }
    for (_, policy) in model.authorization_policies_in([here, root]) {
        let label = may_pick(&policy.selector, workload).filter(|_| policy.targets.is_empty());
        doubts.extend(label.map(|label| picked_by(label, &policy.resource)));
    }
    let filters = model.mesh.envoy_filters.iter().filter(|filter| {
        let namespace = filter.resource.namespace;
        (namespace == here || namespace == root) && filter.patches.iter().any(changes_proxy)
    });
    for filter in filters {
        let label = may_pick(&filter.selector, workload);
        doubts.extend(label.map(|label| picked_by(label, &filter.resource)));
    }
    doubts.arrange();
    doubts.dedup();
    doubts
}

/// Whether a patch changes what a proxy takes in, or what enforces policies there.
pub(crate) fn changes_proxy(patch: &Patch<'_>) -> bool {
    changes_inbound(patch.target, patch.node) || changes_enforcement(patch.target, patch.node)
}

/// Whether a patch says one of these words, in whatever case.
fn mentions(patch: &Node, words: &[&str]) -> bool {
    let text = patch.to_json().to_string().to_ascii_lowercase();
    words
        .iter()
        .any(|word| text.contains(&word.to_ascii_lowercase()))
}

/// Whether a patch takes away, changes or precedes a filter that enforces policies: one that it names so, one that it
/// does not name, or the one of HTTP as a whole.
fn changes_enforcement(target: &str, patch: &Node) -> bool {
    let text = |path: &[&str]| patch.at(path).and_then(Node::as_str);
    if matches!(
        text(&["match", "context"]),
        Some("SIDECAR_OUTBOUND" | "GATEWAY")
    ) {
        return false;
    }
    match target {
        "HTTP_FILTER" | "NETWORK_FILTER" => {}
        // A route may turn the filter off that enforces policies.
        "HTTP_ROUTE" | "VIRTUAL_HOST" | "ROUTE_CONFIGURATION" | "EXTENSION_CONFIG" => {
            return mentions(patch, &["rbac"]);
        }
        _ => return false,
    }
    const FILTER: [&str; 5] = ["match", "listener", "filterChain", "filter", "name"];
    const SUB_FILTER: [&str; 6] = [
        "match",
        "listener",
        "filterChain",
        "filter",
        "subFilter",
        "name",
    ];
    let named = if target == "HTTP_FILTER" {
        text(&SUB_FILTER)
    } else {
        text(&FILTER)
    };
    let is_enforcing = named.is_none_or(|name| name.contains("rbac"));
    let is_http = target == "NETWORK_FILTER"
        && named.is_some_and(|name| name.ends_with("http_connection_manager"));
    match text(&["patch", "operation"]) {
        // A filter of HTTP that comes first answers itself, or changes what no identity is told by; only another router
        // leads past the filters after it.
        Some("INSERT_FIRST" | "INSERT_BEFORE")
            if target == "HTTP_FILTER" && patch.at(&["patch", "value"]).is_some() =>
        {
            let value = patch.at(&["patch", "value"]);
            value.is_some_and(|value| mentions(value, &["http.router"]))
        }
        Some("INSERT_FIRST") => true,
        Some("REMOVE" | "REPLACE") => is_enforcing || is_http,
        Some("MERGE" | "INSERT_BEFORE") => is_enforcing,
        Some("INSERT_AFTER" | "ADD") => false,
        _ => true,
    }
}

fn annotation<'a>(workload: &Workload<'a>, name: &str) -> Option<&'a str> {
    workload.annotations.get(name).map(|value| value.trim())
}
