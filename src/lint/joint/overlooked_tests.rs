//! What once let a proof pass: proxies by hand, accounts by another name, filters taken away, namespaces half seen.

use super::*;
use crate::kernel::source::Source as Input;
use crate::lint::ports::Protocol;
use crate::lint::reachability::{Assumptions, Caller, Reachability, Ruling, Target, Wire};
use crate::lint::{Options, documents, index};

const CLUSTER: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: istio-system}
---
apiVersion: v1
kind: Namespace
metadata: {name: prod, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: dev, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata: {name: order, namespace: prod, labels: {app: order}}
spec: {serviceAccountName: order, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: payment, namespace: prod, labels: {app: payment}}
spec: {serviceAccountName: payment, containers: [{name: c, ports: [{containerPort: 8443}]}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: prod}
spec: {mtls: {mode: STRICT}}
";

const ALLOW: &str = "---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: payment, namespace: prod}
spec:
  selector: {matchLabels: {app: payment}}
  rules: [{from: [{source: {principals: [cluster.local/ns/prod/sa/order]}}]}]
";

/// Whether `prod/order` alone reaches the target.
fn ruling(manifests: &str, target: &str) -> Ruling {
    let source = Input::new("a.yaml", format!("{CLUSTER}{manifests}").into_bytes()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    assert!(model.notes.is_empty(), "{:?}", model.notes);
    let reachability = Reachability::new(&model, &Assumptions::default());
    let find = |name: &str| Target::find(&model, name).unwrap();
    let order = Caller::Workload(find("prod/order").position);
    let proof = reachability.only(&find(target), &[order], &Istio::new(&model));
    proof.ruling
}

fn pod(name: &str, namespace: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}\n\
         spec: {{{rest}}}\n"
    )
}

#[test]
fn a_proxy_in_the_manifest_has_an_identity() {
    let labels = "{app: gateway}";
    let rule = "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: gateway, namespace: prod}
spec:
  podSelector: {matchLabels: {app: payment}}
  ingress: [{from: [{podSelector: {matchExpressions: [{key: app, operator: In, values: [gateway]}]}}]}]
";
    let opted_out = pod("gateway", "prod", "containers: [{name: istio-proxy}]")
        .replace(labels, "{app: gateway, sidecar.istio.io/inject: 'false'}");
    let on_host = pod(
        "gateway",
        "prod",
        "hostNetwork: true, containers: [{name: istio-proxy}]",
    );
    for gateway in [opted_out, on_host] {
        // Plaintext never passes STRICT; the identity of a proxy does.
        let told = |gateway: &str| with_admissions(&format!("{gateway}{rule}"), "gateway");
        assert_eq!(told(&gateway), Admission::Depends, "{gateway}");
        let plain = gateway.replace("name: istio-proxy", "name: c");
        assert_eq!(told(&plain), Admission::Refused, "{plain}");
    }
}

/// What becomes of a call of this pod to `prod/payment:8443`.
fn with_admissions(manifests: &str, from: &str) -> Admission {
    let source = Input::new("a.yaml", format!("{CLUSTER}{manifests}").into_bytes()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    let workload = |name: &str| {
        let mut workloads = model.workloads.iter();
        workloads.find(|one| one.resource.name == name).unwrap()
    };
    let port = PortSet::range(Protocol::Tcp, 8443, 8443);
    let from = Source::Workload(workload(from));
    let crossing = Istio::new(&model).cross(from, workload("payment"), &port);
    crossing[0].1.admission
}

#[test]
fn an_account_counts_by_its_older_name_too() {
    let runner = |field: &str| {
        pod(
            "batch",
            "prod",
            &format!("{field}, containers: [{{name: c}}]"),
        )
    };
    for (field, expected) in [
        ("serviceAccount: order", Ruling::Refuted),
        ("serviceAccountName: order", Ruling::Refuted),
        (
            "serviceAccountName: other, serviceAccount: order",
            Ruling::Proven,
        ),
        ("serviceAccount: other", Ruling::Proven),
    ] {
        let text = format!("{}{ALLOW}", runner(field));
        assert_eq!(ruling(&text, "prod/payment:8443"), expected, "{field}");
    }
}

/// What a listener of a Sidecar leads to the application is decided by the policies of the listener's own port.
#[test]
fn a_port_that_leads_to_another_opens_it() {
    let sidecar = |port: u16| {
        format!(
            "---\napiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {{name: s, namespace: prod}}\n\
             spec: {{ingress: [{{port: {{number: {port}, protocol: HTTP, name: h}}, defaultEndpoint: '127.0.0.1:8443'}}]}}\n"
        )
    };
    let on = |port: u16| ruling(&format!("{}{ALLOW}", sidecar(port)), "prod/payment:8443");
    assert_eq!(on(8443), Ruling::Proven);
    assert_eq!(on(9080), Ruling::Undecided);
}

#[test]
fn a_filter_that_is_patched_may_enforce_nothing() {
    let filter = |target: &str, operation: &str, rest: &str| {
        format!(
            "---\napiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {{name: f, namespace: prod}}\n\
             spec: {{configPatches: [{{applyTo: {target}, match: {{context: SIDECAR_INBOUND{rest}}}, patch: {{operation: {operation}}}}}]}}\n"
        )
    };
    let named = ", listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager, subFilter: {name: NAME}}}}";
    let rbac = named.replace("NAME", "envoy.filters.http.rbac");
    let router = named.replace("NAME", "envoy.filters.http.router");
    for (patch, expected) in [
        (filter("HTTP_FILTER", "REMOVE", &rbac), Ruling::Undecided),
        (filter("HTTP_FILTER", "REMOVE", ""), Ruling::Undecided),
        (filter("NETWORK_FILTER", "REMOVE", ""), Ruling::Undecided),
        (
            filter("HTTP_FILTER", "INSERT_FIRST", &router),
            Ruling::Undecided,
        ),
        (
            filter("HTTP_FILTER", "INSERT_BEFORE", &router),
            Ruling::Proven,
        ),
        (
            filter("HTTP_FILTER", "REMOVE", &rbac).replace("SIDECAR_INBOUND", "GATEWAY"),
            Ruling::Proven,
        ),
    ] {
        let text = format!("{patch}{ALLOW}");
        assert_eq!(ruling(&text, "prod/payment:8443"), expected, "{patch}");
    }
    let connection = ", listener: {filterChain: {filter: {name: envoy.filters.network.http_connection_manager}}}";
    let valued = |target: &str, operation: &str, value: &str| {
        let operation = format!("{operation}, value: {{{value}}}");
        filter(target, &operation, connection)
    };
    for (patch, expected) in [
        // Filters of HTTP before the one that enforces lead nobody past it, but another router.
        (
            valued(
                "HTTP_FILTER",
                "INSERT_BEFORE",
                "name: envoy.filters.http.local_ratelimit",
            ),
            Ruling::Proven,
        ),
        (
            valued(
                "HTTP_FILTER",
                "INSERT_FIRST",
                "name: envoy.filters.http.lua",
            ),
            Ruling::Proven,
        ),
        (
            valued(
                "HTTP_FILTER",
                "INSERT_FIRST",
                "name: envoy.filters.http.router",
            ),
            Ruling::Undecided,
        ),
        // Routes and listeners that turn it off, or stand beside it.
        (
            valued(
                "HTTP_ROUTE",
                "MERGE",
                "typed_per_filter_config: {envoy.filters.http.rbac: {}}",
            ),
            Ruling::Undecided,
        ),
        (
            valued(
                "VIRTUAL_HOST",
                "MERGE",
                "typed_per_filter_config: {envoy.filters.http.rbac: {disabled: true}}",
            ),
            Ruling::Undecided,
        ),
        (
            valued("HTTP_ROUTE", "MERGE", "route: {timeout: 5s}"),
            Ruling::Proven,
        ),
        (
            valued(
                "BOOTSTRAP",
                "MERGE",
                "static_resources: {listeners: [{name: own}]}",
            ),
            Ruling::Undecided,
        ),
        (
            valued("BOOTSTRAP", "MERGE", "stats_config: {}"),
            Ruling::Proven,
        ),
    ] {
        let text = format!("{patch}{ALLOW}");
        assert_eq!(ruling(&text, "prod/payment:8443"), expected, "{patch}");
    }
}

/// An account whose pods are not in the input has pods all the same.
#[test]
fn a_namespace_that_an_account_alone_shows_has_unseen_pods() {
    let both = ALLOW.replace(
        "[cluster.local/ns/prod/sa/order]",
        "[cluster.local/ns/prod/sa/order, cluster.local/ns/jobs/sa/runner]",
    );
    let account =
        "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner, namespace: jobs}\n";
    assert_eq!(ruling(&both, "prod/payment:8443"), Ruling::Undecided);
    assert_eq!(
        ruling(&format!("{account}{both}"), "prod/payment:8443"),
        Ruling::Undecided
    );
}

/// The sidecar's own ports are not intercepted: plaintext of everybody arrives there.
#[test]
fn the_ports_of_the_sidecar_are_part_of_every_port() {
    let tcp = |first: u16, last: u16| {
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: ports, namespace: prod}}\n\
             spec: {{podSelector: {{matchLabels: {{app: payment}}}}, ingress: [{{ports: [{{port: {first}, endPort: {last}, protocol: TCP}}]}}]}}\n{ALLOW}"
        )
    };
    assert_eq!(ruling(&tcp(8000, 9000), "prod/payment"), Ruling::Proven);
    assert_eq!(ruling(&tcp(8000, 16000), "prod/payment"), Ruling::Refuted);
}

#[test]
fn a_policy_with_unknown_fields_is_refused() {
    let sound = ALLOW.to_owned();
    for wrong in [
        sound.replace("rules:", "rule:"),
        sound.replace("selector:", "selectors:"),
        sound.replace("from:", "form:"),
        sound.replace("source:", "sources:"),
        sound.replace("[{from:", "[{when: [{key: source.ip, value: [x]}], from:"),
    ] {
        let source = Input::new("a.yaml", wrong.clone().into_bytes()).unwrap();
        let (options, documents) = (Options::default(), documents::read(&[source]));
        let model = index::build(&documents, &options);
        assert!(model.authorization_policies.is_empty(), "{wrong}");
        assert!(!model.notes.is_empty(), "{wrong}");
    }
}

/// An ALLOW of the root namespace adds to those of the workload's.
#[test]
fn a_refusal_for_want_of_a_rule_needs_the_root_namespace() {
    let root = "apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n---\n";
    let deny = ALLOW
        .replace(
            "rules: [{from: [{source: {principals:",
            "rules: [{from: [{source: {notPrincipals:",
        )
        .replace("  selector", "  action: DENY\n  selector");
    for (policy, has_root, closed_world, expected) in [
        (ALLOW, true, false, Ruling::Proven),
        (ALLOW, false, false, Ruling::Undecided),
        (ALLOW, false, true, Ruling::Proven),
        (&deny, false, false, Ruling::Proven),
    ] {
        let text = format!("{CLUSTER}{policy}");
        let text = if has_root {
            text
        } else {
            text.replace(root, "")
        };
        let source = Input::new("a.yaml", text.into_bytes()).unwrap();
        let options = Options {
            closed_world,
            ..Options::default()
        };
        let documents = documents::read(&[source]);
        let model = index::build(&documents, &options);
        let reachability = Reachability::new(&model, &Assumptions::default());
        let find = |name: &str| Target::find(&model, name).unwrap();
        let order = Caller::Workload(find("prod/order").position);
        let payment = find("prod/payment:8443");
        let proof = reachability.only(&payment, &[order], &Istio::new(&model));
        assert_eq!(proof.ruling, expected, "{policy} {has_root} {closed_world}");
    }
}

#[test]
fn a_foreign_trust_domain_that_is_named_may_be_outside() {
    let foreign = ALLOW.replace(
        "[cluster.local/ns/prod/sa/order]",
        "[cluster.local/ns/prod/sa/order, partner.com/ns/x/sa/y]",
    );
    assert_eq!(ruling(&foreign, "prod/payment:8443"), Ruling::Undecided);
    let both = ALLOW.replace(
        "{principals: [cluster.local/ns/prod/sa/order]}",
        "{principals: [cluster.local/ns/prod/sa/order], trustDomains: [partner.com]}",
    );
    assert_eq!(ruling(&both, "prod/payment:8443"), Ruling::Undecided);
}

/// UDP and SCTP are never mTLS.
#[test]
fn every_port_is_not_over_mtls_alone() {
    let source = Input::new("a.yaml", CLUSTER.as_bytes().to_vec()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    let workload = |name: &str| {
        let mut workloads = model.workloads.iter();
        workloads.find(|one| one.resource.name == name).unwrap()
    };
    let from = Source::Workload(workload("order"));
    let wire = |ports: &PortSet| {
        let parts = Istio::new(&model).cross(from, workload("payment"), ports);
        let wires = parts.into_iter().map(|(_, crossing)| crossing.wire);
        wires.collect::<Vec<_>>()
    };
    let whole = PortSet::range(Protocol::Tcp, 8000, 9000);
    assert_eq!(wire(&whole), [Wire::Mtls]);
    assert_eq!(wire(&PortSet::all()), [Wire::Mtls, Wire::Plaintext]);
    let dns = PortSet::range(Protocol::Udp, 53, 53);
    assert_eq!(wire(&dns), [Wire::Plaintext]);
}

/// A waypoint without policies lets everybody through, and calls on with its own identity.
#[test]
fn a_waypoint_that_may_call_lets_its_callers_in() {
    let ambient = CLUSTER.replace(
        "istio-injection: enabled",
        "istio.io/dataplane-mode: ambient",
    );
    let tool = pod(
        "tool",
        "dev",
        "serviceAccountName: tool, containers: [{name: c}]",
    );
    let waypoint = "---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: waypoint, namespace: prod}
spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}
---
apiVersion: v1
kind: Service
metadata: {name: payment, namespace: prod, labels: {istio.io/use-waypoint: waypoint}}
spec: {selector: {app: payment}, ports: [{port: 443, targetPort: 8443}]}
";
    let allow = |account: &str| ALLOW.replace("sa/order", &format!("sa/{account}"));
    for (account, expected) in [
        ("waypoint", Admission::Depends),
        ("other", Admission::Refused),
    ] {
        let text = format!("{ambient}{tool}{waypoint}{}", allow(account));
        let source = Input::new("a.yaml", text.into_bytes()).unwrap();
        let (options, documents) = (Options::default(), documents::read(&[source]));
        let model = index::build(&documents, &options);
        let workload = |name: &str| {
            let mut workloads = model.workloads.iter();
            workloads.find(|one| one.resource.name == name).unwrap()
        };
        let port = PortSet::range(Protocol::Tcp, 8443, 8443);
        let from = Source::Workload(workload("tool"));
        let crossing = Istio::new(&model).cross(from, workload("payment"), &port);
        assert_eq!(crossing[0].1.admission, expected, "{account}");
    }
}

/// More policies of the network make no less provable: what the mesh refuses on the tunnel's port is refused.
#[test]
fn a_tunnel_opens_nothing_that_the_mesh_refuses() {
    let ambient = |policies: &str| {
        let cluster = CLUSTER.replace(
            "istio-injection: enabled",
            "istio.io/dataplane-mode: ambient",
        );
        let tool = pod(
            "tool",
            "dev",
            "serviceAccountName: tool, containers: [{name: c}]",
        );
        let text = format!("{cluster}{tool}{policies}");
        let source = Input::new("a.yaml", text.into_bytes()).unwrap();
        let (options, documents) = (Options::default(), documents::read(&[source]));
        let model = index::build(&documents, &options);
        let reachability = Reachability::new(&model, &Assumptions::default());
        let find = |name: &str| Target::find(&model, name).unwrap();
        let order = Caller::Workload(find("prod/order").position);
        let target = find("prod/payment:8443");
        reachability
            .only(&target, &[order], &Istio::new(&model))
            .ruling
    };
    let network = |port: u16| {
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: prod}}\n\
             spec: {{podSelector: {{matchLabels: {{app: payment}}}}, ingress: [{{ports: [{{port: {port}}}]}}]}}\n"
        )
    };
    assert_eq!(
        ambient(&format!("{ALLOW}{}", network(15008))),
        Ruling::Proven
    );
    // Where the mesh lets everybody in, the tunnel does.
    assert_eq!(ambient(&network(15008)), Ruling::Undecided);
}

/// Who makes pods with the allowed caller's account, by a kind that is not read, calls as it does.
#[test]
fn an_account_that_an_unread_kind_uses_is_a_limit() {
    let knative = |account: &str| {
        format!(
            "---\napiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {{name: evil, namespace: prod}}\n\
             spec: {{template: {{spec: {{serviceAccountName: {account}, containers: [{{image: i}}]}}}}}}\n"
        )
    };
    let root =
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: istio-system}\n";
    let of = |account: &str| {
        ruling(
            &format!("{ALLOW}{root}{}", knative(account)),
            "prod/payment:8443",
        )
    };
    assert_eq!(of("other"), Ruling::Proven);
    assert_eq!(of("order"), Ruling::Undecided);
}

/// A ServiceEntry for the pods may say another protocol than the Service: then it is not known which holds.
#[test]
fn a_service_entry_that_selects_pods_is_heard_about_their_protocol() {
    let deny = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: a, namespace: prod}\n\
                spec:\n  selector: {matchLabels: {app: payment}}\n  action: DENY\n  rules: [{to: [{operation: {notMethods: [GET]}}], \
                from: [{source: {notPrincipals: [cluster.local/ns/prod/sa/order]}}]}]\n\
                ---\napiVersion: v1\nkind: Service\nmetadata: {name: payment, namespace: prod}\n\
                spec: {selector: {app: payment}, ports: [{name: tcp-x, port: 443, targetPort: 8443}]}\n";
    let entry = "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: se, namespace: prod}\n\
                 spec: {hosts: [pay.internal], location: MESH_INTERNAL, resolution: STATIC, \
                 workloadSelector: {labels: {app: payment}}, ports: [{number: 8443, name: http, protocol: HTTP}]}\n";
    assert_eq!(ruling(deny, "prod/payment:8443"), Ruling::Proven);
    assert_ne!(
        ruling(&format!("{deny}{entry}"), "prod/payment:8443"),
        Ruling::Proven
    );
}
