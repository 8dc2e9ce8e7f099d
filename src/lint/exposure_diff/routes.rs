//! Ingresses, routes and gateways that are in both states and no longer say the same: what is offered by name is
//! compared elsewhere; for whom, at which door and for which requests is left open where it may be more.

use serde_json::{Map, Value};

use crate::kernel::document::Node;
use crate::lint::model::{Model, Resource};
use crate::lint::reachability::Reason;

/// Fields whose absence means everything.
const BOUNDS: [&str; 7] = [
    "match",
    "matches",
    "host",
    "hostnames",
    "sectionName",
    "port",
    "headers",
];

/// Fields that decide neither who gets in nor where to.
const IDLE: [&str; 5] = ["name", "weight", "timeout", "timeouts", "retries"];

/// Begins the name of what stands for a server or a listener.
const DOOR: &str = "door ";

/// Words of annotations that an ingress controller reads for whom it offers to.
const DECISIVE: [&str; 9] = [
    "scheme",
    "class",
    "auth",
    "whitelist",
    "allowlist",
    "denylist",
    "cidr",
    "security-group",
    "internal",
];

/// Why the comparison settles nothing about such objects.
pub(super) fn changed(before: &Model<'_>, after: &Model<'_>) -> Vec<Reason> {
    let mut found = Vec::new();
    for resource in &after.resources {
        let Some(of) = part(resource) else { continue };
        let key =
            |one: &Resource<'_>| [one.group, one.kind, one.namespace, one.name].map(str::to_owned);
        let wanted = key(resource);
        let mut old = before.resources.iter();
        let Some(earlier) = old.find(|one| key(one) == wanted) else {
            continue;
        };
        let (was, is) = (of(earlier), of(resource));
        if !is_within(&was, &is) || annotations_differ(earlier, resource) {
            let text = format!(
                "{} is not the same before and after: whether it offers more to the outside is not compared",
                resource.subject()
            );
            found.push(Reason::at(text, resource, resource.name_span));
        }
    }
    found
}

/// The part of an object that decides for whom it is.
fn part(resource: &Resource<'_>) -> Option<fn(&Resource<'_>) -> Value> {
    let spec = |resource: &Resource<'_>| resource.at(&["spec"]).map_or(Value::Null, Node::to_json);
    let of_gateway = |resource: &Resource<'_>| gateway(resource.at(&["spec"]));
    match (resource.group, resource.kind) {
        ("networking.k8s.io" | "extensions", "Ingress")
        | ("route.openshift.io", "Route")
        | ("networking.istio.io", "VirtualService") => Some(spec),
        ("gateway.networking.k8s.io", kind) if kind.ends_with("Route") => Some(spec),
        ("networking.istio.io" | "gateway.networking.k8s.io", "Gateway") => Some(of_gateway),
        _ => None,
    }
}

/// Of a gateway the proxies that it is for, and whom its doors trust by certificate.
fn gateway(spec: Option<&Node>) -> Value {
    let mut said = Map::new();
    let field = |key: &str| spec.and_then(|spec| spec.get(key));
    for key in ["selector", "gatewayClassName"] {
        said.insert(
            key.to_owned(),
            field(key).map_or(Value::Null, Node::to_json),
        );
    }
    let doors = ["servers", "listeners"].into_iter().filter_map(field);
    for door in doors.flat_map(|doors| doors.as_sequence().unwrap_or_default()) {
        let at = |path: &[&str]| door.at(path).map_or(Value::Null, Node::to_json);
        let mode = at(&["tls", "mode"]);
        // A mode that falls is compared elsewhere.
        let trusted = match mode.as_str().is_some_and(|mode| mode.contains("MUTUAL")) {
            true => vec![
                at(&["tls", "credentialName"]),
                at(&["tls", "caCertificates"]),
            ],
            false => vec![at(&["tls", "frontendValidation"])],
        };
        let is_asked = trusted.iter().any(|one| !one.is_null());
        let trusted = is_asked.then_some(Value::Array(trusted));
        let port = door.at(&["port", "number"]).or_else(|| door.get("port"));
        let port = port.map_or(Value::Null, Node::to_json);
        let name = format!("{DOOR}{port} {} {}", at(&["hosts"]), at(&["hostname"]));
        said.insert(name, trusted.unwrap_or_default());
    }
    Value::Object(said)
}

/// Whether what is written now asks for as much as what was, or more.
fn is_within(was: &Value, is: &Value) -> bool {
    match (was, is) {
        (Value::Object(was), Value::Object(is)) => {
            let keys = was.keys().chain(is.keys());
            let mut keys = keys.filter(|key| !IDLE.contains(&key.as_str()));
            keys.all(|key| match (was.get(key), is.get(key)) {
                // A new door is told as such; one that asked for nothing cannot ask for less.
                (was, is) if key.starts_with(DOOR) => {
                    was.is_none_or(Value::is_null) || is.is_none_or(|is| Some(is) == was)
                }
                (Some(was), Some(is)) => was == is || field_is_within(key, was, is),
                (None, Some(_)) => BOUNDS.contains(&key.as_str()),
                _ => false,
            })
        }
        (Value::Array(was), Value::Array(is)) => {
            let is_kept = |was: &Value| is.iter().any(|is| is_within(was, is));
            // What was cut off to lead nowhere protected what stands behind it.
            let led = |was: &Value| {
                was.as_object().is_none_or(|rule| {
                    !["fault", "directResponse", "redirect", "filters"]
                        .iter()
                        .any(|key| rule.contains_key(*key))
                })
            };
            is.iter().all(|is| was.iter().any(|was| is_within(was, is)))
                && was.iter().all(|was| led(was) || is_kept(was))
                && (was.is_empty() || !is.is_empty())
        }
        _ => was == is,
    }
}

/// Whether a path or a host that differs means fewer.
fn field_is_within(key: &str, was: &Value, is: &Value) -> bool {
    match (was.as_str(), is.as_str()) {
        (Some(was), Some(is)) if matches!(key, "prefix" | "path" | "value") => {
            let start = was.trim_end_matches('/');
            is.strip_prefix(start)
                .is_some_and(|rest| rest.starts_with('/'))
        }
        (Some(was), Some(is)) if key == "host" => {
            was.strip_prefix('*').is_some_and(|end| is.ends_with(end))
        }
        (None, None) => is_within(was, is),
        _ => false,
    }
}

/// Whether an annotation by which a controller bounds what it offers is another, or is gone.
fn annotations_differ(was: &Resource<'_>, is: &Resource<'_>) -> bool {
    let read = |resource: &Resource<'_>| -> Map<String, Value> {
        let annotations = resource.at(&["metadata", "annotations"]);
        let annotations = annotations.and_then(Node::as_mapping).unwrap_or_default();
        let decisive = annotations
            .iter()
            .filter(|entry| DECISIVE.iter().any(|word| entry.key.contains(word)));
        decisive
            .map(|entry| (entry.key.clone(), entry.value.to_json()))
            .collect()
    };
    let (was, is) = (read(was), read(is));
    let opens = |key: &&String| key.contains("scheme") || key.contains("class");
    let new = is.keys().filter(|key| !was.contains_key(*key));
    was.iter().any(|(key, value)| is.get(key) != Some(value)) || new.clone().any(|key| opens(&key))
}

#[cfg(test)]
mod tests {
    use crate::lint::exposure_diff::mesh_tests::{compared, silent};

    fn object(api: &str, kind: &str, notes: &str, spec: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: a}}\nspec: {{ports: [{{port: 80}}]}}\n\
             ---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: x, namespace: a, annotations: {{{notes}}}}}\n\
             spec: {spec}\n"
        )
    }

    /// A door that is another, or asks for less, is the same by its name.
    #[test]
    fn a_route_or_a_gateway_that_asks_for_less_is_left_open() {
        let ingress = |notes: &str, class: &str, host: &str, path: &str| {
            let spec = format!(
                "{{ingressClassName: {class}, rules: [{{host: '{host}', http: {{paths: [{{path: {path}, pathType: Prefix, \
                 backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}}}]}}"
            );
            object("networking.k8s.io/v1", "Ingress", notes, &spec)
        };
        let usual = ingress("", "inner", "a.example", "/pub");
        let routes = |host: &str, prefix: &str| {
            let spec = format!(
                "{{hosts: [{host}], gateways: [g], http: [{{match: [{{uri: {{prefix: {prefix}}}}}], route: [{{destination: {{host: web}}}}]}}]}}"
            );
            object("networking.istio.io/v1", "VirtualService", "", &spec)
        };
        let http = |parent: &str, backend: &str| {
            let spec = format!(
                "{{parentRefs: [{{name: g{parent}}}], rules: [{{backendRefs: [{{name: web, port: 80{backend}}}]}}]}}"
            );
            object("gateway.networking.k8s.io/v1", "HTTPRoute", "", &spec)
        };
        let gateway = |class: &str, tls: &str| {
            let spec = format!(
                "{{gatewayClassName: {class}, listeners: [{{name: x, port: 443, protocol: HTTPS, tls: {{{tls}}}}}]}}"
            );
            object("gateway.networking.k8s.io/v1", "Gateway", "", &spec)
        };
        let proxies = |app: &str, secret: &str| {
            let spec = format!(
                "{{selector: {{istio: {app}}}, servers: [{{port: {{number: 443, name: h, protocol: HTTPS}}, hosts: [x.example], \
                 tls: {{mode: MUTUAL, credentialName: {secret}}}}}]}}"
            );
            object("networking.istio.io/v1", "Gateway", "", &spec)
        };
        let auth = "nginx.ingress.kubernetes.io/auth-tls-verify-client: 'on'";
        let validated = "frontendValidation: {caCertificateRefs: [{name: ca}]}";
        for (tight, loose, is_narrower_back) in [
            (&usual, &ingress("", "inner", "a.example", "/"), true),
            (&usual, &ingress("", "inner", "*.example", "/pub"), true),
            (&usual, &ingress("", "outer", "a.example", "/pub"), false),
            (&ingress(auth, "inner", "a.example", "/pub"), &usual, true),
            (
                &usual,
                &ingress(
                    "alb.ingress.kubernetes.io/scheme: internet-facing",
                    "inner",
                    "a.example",
                    "/pub",
                ),
                false,
            ),
            (
                &routes("a.example", "/pub"),
                &routes("a.example", "/"),
                true,
            ),
            (
                &routes("a.example", "/pub"),
                &routes("b.example", "/pub"),
                false,
            ),
            (&http("", ""), &http(", namespace: outer", ""), false),
            (&http(", sectionName: s", ""), &http("", ""), true),
            (&http("", ""), &http("", ", namespace: b"), false),
            (&gateway("inner", ""), &gateway("outer", ""), false),
            (&gateway("inner", validated), &gateway("inner", ""), true),
            (&proxies("inner", "c"), &proxies("outer", "c"), false),
            (&proxies("inner", "c"), &proxies("inner", "d"), false),
        ] {
            let [_, _, limits] = compared(tight, loose);
            assert_eq!(limits.len(), 1, "{limits:?} {tight} {loose}");
            assert_eq!(compared(loose, loose), silent());
            if is_narrower_back {
                assert_eq!(compared(loose, tight), silent(), "{loose} {tight}");
            }
        }
    }
}
