//! Linkerd's semantics, a row each: who is let in, and whether mTLS is asked for.

use super::*;
use crate::kernel::source::Source;
use crate::lint::effective_mtls::Verdict;
use crate::lint::meshes::Meshes;
use crate::lint::ports::{PortSet, Protocol};
use crate::lint::reachability::{
    Assumptions, Caller, Mesh, Reachability, Ruling, Source as Calling, Target,
};
use crate::lint::{Options, documents, index};

/// Two meshed workloads, and one that is not in the mesh.
const SHOP: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop, annotations: {linkerd.io/inject: enabled, DEFAULT}}
---
apiVersion: v1
kind: Namespace
metadata: {name: development}
---
apiVersion: v1
kind: Pod
metadata: {name: order, namespace: shop, labels: {app: order}}
spec: {serviceAccountName: order, containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: payment, namespace: shop, labels: {app: payment}, annotations: {POD}}
spec: {serviceAccountName: payment, containers: [{name: c, ports: [{name: https, containerPort: 8443}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: test, namespace: development, labels: {app: test}}
spec: {containers: [{name: c}]}
";

const DENY: &str = "config.linkerd.io/default-inbound-policy: deny";

fn object(kind: &str, version: &str, name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: policy.linkerd.io/{version}\nkind: {kind}\n\
         metadata: {{name: {name}, namespace: shop, labels: {{of: {name}}}}}\nspec: {spec}\n"
    )
}

fn server(spec: &str) -> String {
    object(
        "Server",
        "v1beta3",
        "payment",
        &format!("{{podSelector: {{matchLabels: {{app: payment}}}}, {spec}}}"),
    )
}

fn policy(target: &str, required: &str) -> String {
    object(
        "AuthorizationPolicy",
        "v1alpha1",
        "policy",
        &format!("{{targetRef: {target}, requiredAuthenticationRefs: [{required}]}}"),
    )
}

fn on_server(required: &str) -> String {
    policy(
        "{group: policy.linkerd.io, kind: Server, name: payment}",
        required,
    )
}

fn mesh_tls(spec: &str) -> String {
    object("MeshTLSAuthentication", "v1alpha1", "clients", spec)
}

const CONFIG: &str = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: linkerd-config, namespace: linkerd}\n\
                      data: {values: 'proxyInit: {ignoreInboundPorts: \"PORTS\"}'}\n";
const CLIENTS: &str = "{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: clients}";
const NETWORKS: &str = "{group: policy.linkerd.io, kind: NetworkAuthentication, name: networks}";
const ORDER: &str = "{kind: ServiceAccount, name: order}";

fn cluster(defaults: &str, pod: &str, more: &str) -> String {
    SHOP.replace("DEFAULT", defaults).replace("POD", pod) + more
}

/// What becomes of calls of the order service, of the pod outside the mesh, of a pod that nobody sees, and of an address
/// outside; then whether the port asks for mTLS. `a`dmitted, `r`efused, `d`epends; `strict`, `lax`, `depends`.
fn judged_with(options: &Options, text: &str) -> String {
    let source = Source::new("shop.yaml", text.as_bytes().to_vec()).unwrap();
    let documents = documents::read(&[source]);
    let model = index::build(&documents, options);
    let meshes = Meshes::new(&model);
    let workload = |name: &str| {
        let mut workloads = model.workloads.iter();
        workloads.find(|one| one.resource.name == name).unwrap()
    };
    let port = PortSet::range(Protocol::Tcp, 8443, 8443);
    let callers = [
        Calling::Workload(workload("order")),
        Calling::Workload(workload("test")),
        Calling::Unseen(Some("development")),
        Calling::Outside,
    ];
    let mut told = String::new();
    for caller in callers {
        let crossing = meshes.cross(caller, workload("payment"), &port).remove(0).1;
        told.push_str(&crossing.admission.name()[..1]);
    }
    let strict = match meshes.on_port(workload("payment"), Some(8443)).verdict {
        Verdict::Strict => "strict",
        Verdict::NotStrict => "lax",
        Verdict::Depends => "depends",
    };
    format!("{told} {strict}")
}

/// Whether a port asks for mTLS.
fn on(text: &str, port: u16) -> Verdict {
    of_port(text, Some(port))
}

/// Whether the ports that nothing singles out do.
fn others(text: &str) -> Verdict {
    of_port(text, None)
}

fn of_port(text: &str, port: Option<u16>) -> Verdict {
    let source = Source::new("shop.yaml", text.as_bytes().to_vec()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    let mut workloads = model.workloads.iter();
    let payment = workloads.find(|one| one.resource.name == "payment");
    Meshes::new(&model).on_port(payment.unwrap(), port).verdict
}

fn judged(text: &str) -> String {
    judged_with(&Options::default(), text)
}

#[test]
fn default_policies() {
    for (value, expected) in [
        ("all-unauthenticated", "aaaa lax"),
        ("all-authenticated", "arar strict"),
        ("cluster-unauthenticated", "aaad lax"),
        ("cluster-authenticated", "arar strict"),
        ("deny", "rrrr strict"),
        ("audit", "aaaa lax"),
        // One that is not understood leaves the control plane's.
        ("nonsense", "dddd depends"),
    ] {
        let annotation = format!("config.linkerd.io/default-inbound-policy: {value}");
        assert_eq!(judged(&cluster(&annotation, "", "")), expected, "{value}");
        // The pod's own word beats the namespace's.
        let text = cluster(DENY, &annotation, "");
        assert_eq!(judged(&text), expected, "{value} of the pod");
        let Some(access) = Access::from_name(value) else {
            continue;
        };
        let options = Options {
            assume_linkerd_default: Some(access),
            ..Options::default()
        };
        let assumed = judged_with(&options, &cluster("", "", ""));
        assert_eq!(assumed, expected, "{value}, assumed");
    }
    assert_eq!(judged(&cluster("", "", "")), "dddd depends");
}

#[test]
fn the_control_plane_tells_its_default_where_it_is_in_the_input() {
    let plane = |arguments: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: linkerd-destination, namespace: linkerd}}\n\
             spec: {{template: {{spec: {{containers: [{{name: policy, args: [{arguments}]}}]}}}}}}\n"
        )
    };
    let of = |arguments: &str| judged(&cluster("", "", &plane(arguments)));
    assert_eq!(of("--default-policy=all-authenticated"), "arar strict");
    assert_eq!(of("--cluster-domain=x"), "dddd depends");
    let access = server("port: 8443")
        + &on_server(CLIENTS)
        + &mesh_tls("{identities: [order.shop.serviceaccount.identity.mesh.example.org]}");
    assert_eq!(judged(&cluster("", "", &access)), "drrd strict");
    let named = plane("--identity-domain=example.org, --control-plane-namespace=mesh") + &access;
    assert_eq!(judged(&cluster("", "", &named)), "arrr strict");
}

#[test]
fn ports_may_ask_for_an_identity_whatever_the_default() {
    let required = "config.linkerd.io/proxy-require-identity-inbound-ports: '80,8000-9000'";
    for (value, expected) in [
        ("all-unauthenticated", "arar strict"),
        ("cluster-unauthenticated", "arar strict"),
        ("audit", "aaaa lax"),
        ("deny", "rrrr strict"),
    ] {
        let pod = format!("{required}, config.linkerd.io/default-inbound-policy: {value}");
        assert_eq!(judged(&cluster("", &pod, "")), expected, "{value}");
    }
}

#[test]
fn a_server_closes_its_port_to_whom_no_policy_lets_in() {
    let lax = "config.linkerd.io/default-inbound-policy: all-unauthenticated";
    let with = |more: &str| judged(&cluster(lax, "", more));
    assert_eq!(with(&server("port: 8443")), "rrrr strict");
    assert_eq!(with(&server("port: https")), "rrrr strict");
    // A number in quotation marks is a name.
    assert_eq!(with(&server("port: '8443'")), "aaaa lax");
    assert_eq!(with(&server("port: 80")), "aaaa lax");
    let other = server("port: 8443").replace("app: payment", "app: order");
    assert_eq!(with(&other), "aaaa lax");
    let machines = server("port: 8443").replace("podSelector", "externalWorkloadSelector");
    assert_eq!(with(&machines), "aaaa lax");
    for (access, expected) in [
        ("all-unauthenticated", "aaaa lax"),
        ("all-authenticated", "arar strict"),
        ("cluster-authenticated", "arar strict"),
        ("cluster-unauthenticated", "aaad lax"),
        ("audit", "aaaa lax"),
        ("deny", "rrrr strict"),
    ] {
        let text = server(&format!("port: 8443, accessPolicy: {access}"));
        assert_eq!(with(&text), expected, "{access}");
    }
}

#[test]
fn policies_let_in_whom_they_name() {
    let with = |more: &str| judged(&cluster(DENY, "", &(server("port: 8443") + more)));
    for (required, authentication, expected) in [
        (ORDER, String::new(), "arrr strict"),
        (
            "{kind: ServiceAccount, name: other}",
            String::new(),
            "rrrr strict",
        ),
        (
            "{kind: ServiceAccount, name: test, namespace: development}",
            String::new(),
            // A pod that nobody sees may have the account.
            "rrdr strict",
        ),
        // Nothing is required: everybody is let in.
        ("", String::new(), "aaaa lax"),
        (CLIENTS, mesh_tls("{identities: ['*']}"), "arar strict"),
        (
            CLIENTS,
            mesh_tls("{identities: [order.shop.serviceaccount.identity.linkerd.cluster.local]}"),
            "arrr strict",
        ),
        (
            CLIENTS,
            mesh_tls("{identities: ['*.shop.serviceaccount.identity.linkerd.cluster.local']}"),
            "arrr strict",
        ),
        (
            CLIENTS,
            mesh_tls(
                "{identities: ['*.development.serviceaccount.identity.linkerd.cluster.local']}",
            ),
            "rrar strict",
        ),
        (
            CLIENTS,
            mesh_tls("{identities: ['*.serviceaccount.identity.linkerd.cluster.local']}"),
            "ardr strict",
        ),
        // An asterisk within a name is no pattern.
        (
            CLIENTS,
            mesh_tls("{identities: ['order.*.serviceaccount.identity.linkerd.cluster.local']}"),
            "rrrr strict",
        ),
        (
            CLIENTS,
            mesh_tls("{identityRefs: [{kind: ServiceAccount, name: order}]}"),
            "arrr strict",
        ),
        (
            CLIENTS,
            mesh_tls("{identityRefs: [{kind: Namespace, name: shop}]}"),
            "arrr strict",
        ),
        (
            CLIENTS,
            mesh_tls(
                "{identityRefs: [{kind: ServiceAccount, name: order, namespace: development}]}",
            ),
            "rrdr strict",
        ),
        // Another mesh's identity: ours, if it has that domain; and machines outside may have it.
        (
            CLIENTS,
            mesh_tls("{identities: [order.shop.serviceaccount.identity.linkerd.example.org]}"),
            "drrd strict",
        ),
        // What is required is not there: it may stand elsewhere, and asks for an identity wherever it does.
        (CLIENTS, String::new(), "drdr strict"),
        (NETWORKS, String::new(), "dddd lax"),
    ] {
        let text = on_server(required) + &authentication;
        assert_eq!(with(&text), expected, "{text}");
    }
    let closed = Options {
        closed_world: true,
        ..Options::default()
    };
    let text = cluster(DENY, "", &(server("port: 8443") + &on_server(CLIENTS)));
    assert_eq!(judged_with(&closed, &text), "rrrr strict");
}

#[test]
fn networks_are_asked_beside_identities() {
    let with = |required: &str, networks: &str| {
        let text = server("port: 8443")
            + &on_server(required)
            + &object("NetworkAuthentication", "v1alpha1", "networks", networks);
        judged(&cluster(DENY, "", &text))
    };
    let everywhere = "{networks: [{cidr: 0.0.0.0/0}, {cidr: '::/0'}]}";
    let halves = "{networks: [{cidr: 0.0.0.0/1}, {cidr: 128.0.0.0/1}]}";
    let some = "{networks: [{cidr: 10.0.0.0/8, except: [10.1.0.0/16]}]}";
    assert_eq!(with(NETWORKS, everywhere), "aaaa lax");
    assert_eq!(with(NETWORKS, halves), "aaaa lax");
    assert_eq!(with(NETWORKS, some), "dddd lax");
    let both = format!("{NETWORKS}, {ORDER}");
    assert_eq!(with(&both, everywhere), "arrr strict");
    assert_eq!(with(&both, some), "drrr strict");
}

#[test]
fn a_policy_for_a_namespace_is_for_its_servers() {
    let lax = "config.linkerd.io/default-inbound-policy: all-unauthenticated";
    let for_namespace = policy("{kind: Namespace, name: shop}", ORDER);
    let with = |defaults: &str, more: &str| judged(&cluster(defaults, "", more));
    let text = server("port: 8443") + &for_namespace;
    assert_eq!(with(DENY, &text), "arrr strict");
    // A port without a Server keeps its default policy.
    assert_eq!(with(lax, &for_namespace), "aaaa lax");
    assert_eq!(with(DENY, &for_namespace), "rrrr strict");
}

#[test]
fn server_authorizations() {
    let with = |spec: &str| {
        let text = server("port: 8443") + &object("ServerAuthorization", "v1beta1", "saz", spec);
        judged(&cluster(DENY, "", &text))
    };
    for (client, expected) in [
        // Without networks those of the cluster are meant.
        ("{unauthenticated: true}", "aaad lax"),
        (
            "{unauthenticated: true, networks: [{cidr: 0.0.0.0/0}]}",
            "aaaa lax",
        ),
        ("{meshTLS: {identities: ['*']}}", "arar strict"),
        (
            "{meshTLS: {serviceAccounts: [{name: order}]}}",
            "arrr strict",
        ),
        (
            "{meshTLS: {serviceAccounts: [{name: test, namespace: development}]}}",
            "rrdr strict",
        ),
        ("{meshTLS: {unauthenticatedTLS: true}}", "adad lax"),
    ] {
        for servers in [
            "{name: payment}",
            "{selector: {matchLabels: {of: payment}}}",
        ] {
            let spec = format!("{{server: {servers}, client: {client}}}");
            assert_eq!(with(&spec), expected, "{spec}");
        }
        let other = format!("{{server: {{name: other}}, client: {client}}}");
        assert_eq!(with(&other), "rrrr strict", "{other}");
    }
}

#[test]
fn routes_divide_requests_of_http_alone() {
    let route = |kind: &str, parent: &str| {
        object(
            kind,
            "v1beta3",
            "pay",
            &format!("{{parentRefs: [{{group: policy.linkerd.io, kind: Server, {parent}}}]}}"),
        )
    };
    let on_route = |kind: &str| {
        policy(
            &format!("{{group: policy.linkerd.io, kind: {kind}, name: pay}}"),
            ORDER,
        )
    };
    let with = |protocol: &str, more: &str| {
        let text = server(&format!("port: 8443, proxyProtocol: {protocol}")) + more;
        judged(&cluster(DENY, "", &text))
    };
    let http = route("HTTPRoute", "name: payment") + &on_route("HTTPRoute");
    for (protocol, expected) in [
        ("unknown", "drrr strict"),
        ("HTTP/1", "drrr strict"),
        ("HTTP/2", "drrr strict"),
        // Routes of HTTP are nothing to gRPC, to bytes, to TLS of the application's own.
        ("gRPC", "rrrr strict"),
        ("opaque", "rrrr strict"),
        ("TLS", "rrrr strict"),
    ] {
        assert_eq!(with(protocol, &http), expected, "{protocol}");
    }
    // Whom the Server lets in is let in on its routes too, and without one on none.
    let text = route("HTTPRoute", "name: payment") + &on_server(ORDER);
    assert_eq!(with("HTTP/1", &text), "drrr strict");
    assert_eq!(with("unknown", &text), "arrr strict");
    assert_eq!(with("HTTP/1", &on_server(ORDER)), "arrr strict");
    // A route of another Server, and routes that the controller ignores.
    for parent in [
        "name: other",
        "name: payment, namespace: other",
        "name: payment, port: 8443",
        "name: payment, sectionName: x",
    ] {
        let text = route("HTTPRoute", parent) + &on_route("HTTPRoute");
        assert_eq!(with("unknown", &text), "rrrr strict", "{parent}");
    }
    // A route that asks for nothing leaves plaintext in.
    let open = route("HTTPRoute", "name: payment")
        + &policy("{group: policy.linkerd.io, kind: HTTPRoute, name: pay}", "");
    assert_eq!(with("unknown", &open), "dddd lax");
}

#[test]
fn servers_that_overlap_leave_open_which_one_counts() {
    let second = server("port: https, accessPolicy: all-unauthenticated")
        .replace("name: payment, ", "name: second, ");
    let text = server("port: 8443") + &second;
    assert_eq!(judged(&cluster(DENY, "", &text)), "dddd depends");
    let same = server("port: 8443") + &second.replace("all-unauthenticated", "deny");
    assert_eq!(judged(&cluster(DENY, "", &same)), "rrrr strict");
}

#[test]
fn without_a_proxy_no_policy_is_enforced() {
    let with = |pod: &str| judged(&cluster(DENY, pod, ""));
    assert_eq!(with("linkerd.io/inject: disabled"), "aaaa lax");
    assert_eq!(with("linkerd.io/inject: ingress"), "rrrr strict");
    assert_eq!(with("linkerd.io/inject: 'true'"), "aaaa lax");
    assert_eq!(
        with("config.linkerd.io/skip-inbound-ports: '8443'"),
        "aaaa lax"
    );
    assert_eq!(
        with("config.linkerd.io/skip-inbound-ports: '80,8000-8999'"),
        "aaaa lax"
    );
    assert_eq!(
        with("config.linkerd.io/skip-inbound-ports: '80'"),
        "rrrr strict"
    );
    assert_eq!(others(&cluster(DENY, "", "")), Verdict::Strict);
    let skipping = |list: &str| {
        let pod = format!("config.linkerd.io/skip-inbound-ports: '{list}'");
        others(&cluster(DENY, &pod, ""))
    };
    // Few ports are told one by one; of many nobody tells which are left.
    assert_eq!(skipping("8000-8010"), Verdict::Strict);
    assert_eq!(skipping("8000-9000"), Verdict::Depends);
    assert_eq!(skipping("1-65535"), Verdict::NotStrict);
    assert_eq!(
        with("config.linkerd.io/skip-inbound-ports: https"),
        "dddd depends"
    );
    assert_eq!(
        with("config.linkerd.io/skip-subnets: 10.0.0.0/8"),
        "dddd depends"
    );
    assert_eq!(with("config.linkerd.io/proxy-image: mine"), "dddd depends");
    let base = cluster(DENY, "", "");
    let changed = |from: &str, to: &str| judged(&base.replace(from, to));
    let payment = "serviceAccountName: payment, ";
    let spec = |more: &str| format!("{payment}{more}, ");
    assert_eq!(changed(payment, &spec("hostNetwork: true")), "aaaa lax");
    assert_eq!(
        changed(payment, &spec("automountServiceAccountToken: false")),
        "dddd depends"
    );
    let tokenless = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: payment, namespace: shop}\n\
                     automountServiceAccountToken: false\n";
    assert_eq!(judged(&(base.clone() + tokenless)), "dddd depends");
    assert_eq!(on(&base, 4567), Verdict::Depends);
    assert_eq!(on(&base, 4569), Verdict::Strict);
    let listed = cluster(DENY, "config.linkerd.io/skip-inbound-ports: '80'", "");
    assert_eq!(on(&listed, 4567), Verdict::Strict);
    let config = CONFIG.replace("PORTS", "4567,4568");
    assert_eq!(judged(&(base.clone() + &config)), "rrrr strict");
    let config = CONFIG.replace("PORTS", "8443");
    assert_eq!(judged(&(base.clone() + &config)), "dddd depends");
    assert_eq!(
        changed(payment, &spec("initContainers: [{name: istio-init}]")),
        "dddd depends"
    );
    assert_eq!(
        changed(payment, &spec("initContainers: [{name: linkerd-proxy}]")),
        "dddd depends"
    );
    assert_eq!(changed("linkerd.io/inject: enabled, ", ""), "aaaa lax");
    // A pod that exists is not injected any more.
    let made = changed("{name: payment, n", "{name: payment, uid: 5f0c, n");
    assert_eq!(made, "aaaa lax");
    let webhooks =
        "metadata: {name: shop, labels: {config.linkerd.io/admission-webhooks: disabled}";
    assert_eq!(changed("metadata: {name: shop", webhooks), "aaaa lax");
    let unseen = base.split_once("---\n").unwrap().1.to_owned();
    let annotated = unseen.replace("annotations: {}", &format!("annotations: {{{DENY}}}"));
    assert_eq!(judged(&annotated), "dddd depends");
}

#[test]
fn what_is_not_understood_leaves_nothing_certain() {
    let good = server("port: 8443") + &on_server(ORDER);
    assert_eq!(judged(&cluster(DENY, "", &good)), "arrr strict");
    for unread in [
        server("port: 8443, acessPolicy: deny"),
        server("port: 0"),
        server("port: 8443, proxyProtocol: http"),
        server("port: 8443, accessPolicy: allow"),
        server("port: 8443").replace("v1beta3", "v9"),
        server("port: 8443, accessPolicy: deny").replace("v1beta3", "v1beta1"),
        server("port: 8443, externalWorkloadSelector: {}"),
        server("port: 8443").replace(
            "policy.linkerd.io/v1beta3\nkind: Server",
            "policy.linkerd.io/v1beta3\nkind: Serverr",
        ),
        policy("{kind: Server, name: payment}", ORDER),
        policy("{kind: Namespace, name: other}", ORDER),
        on_server("{kind: User, name: order}"),
        on_server(&format!("{ORDER}, {CLIENTS}")),
        on_server(&format!("{NETWORKS}, {NETWORKS}")),
        object(
            "ServerAuthorization",
            "v1beta1",
            "s",
            "{server: {name: payment}, client: {}}",
        ),
        object(
            "ServerAuthorization",
            "v1beta1",
            "s",
            "{server: {}, client: {unauthenticated: true}}",
        ),
        mesh_tls("{identities: []}"),
        object(
            "NetworkAuthentication",
            "v1alpha1",
            "net",
            "{networks: [{cidr: 10.0.0.0}, {cidr: x}]}",
        ),
        object(
            "NetworkAuthentication",
            "v1alpha1",
            "net",
            "{networks: [{cidr: 10.0.0.0/8, except: [11.0.0.0/8]}]}",
        ),
        object("NewPolicy", "v1alpha1", "net", "{}"),
    ] {
        let unread = unread
            .replace("name: payment, namespace", "name: other, namespace")
            .replace("name: policy,", "name: other,");
        let text = cluster(DENY, "", &(good.clone() + &unread));
        assert_eq!(judged(&text), "dddd depends", "{unread}");
    }
    let hook = server("port: 80").replace(
        "labels:",
        "annotations: {helm.sh/hook: pre-install}, labels:",
    );
    let hook = hook.replace("name: payment,", "name: other,");
    assert_eq!(
        judged(&cluster(DENY, "", &(good.clone() + &hook))),
        "dddd depends"
    );
    let twice = good.clone() + &on_server("");
    assert_eq!(judged(&cluster(DENY, "", &twice)), "dddd lax");
    let space = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    assert_eq!(judged(&cluster(DENY, "", &(good + space))), "dddd depends");
}

fn ruling(text: &str, only: &[&str]) -> (Ruling, Vec<String>) {
    let source = Source::new("shop.yaml", text.as_bytes().to_vec()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    assert!(model.notes.is_empty(), "{:?}", model.notes);
    let reachability = Reachability::new(&model, &Assumptions::default());
    let find = |name: &str| Target::find(&model, name).unwrap();
    let callers: Vec<Caller> = only
        .iter()
        .map(|name| Caller::Workload(find(name).position))
        .collect();
    let meshes = Meshes::new(&model);
    let proof = reachability.only(&find("shop/payment:8443"), &callers, &meshes);
    let conditions = proof.conditions.iter().map(|one| one.text.clone());
    (proof.ruling, conditions.collect())
}

#[test]
fn proofs_say_what_they_take_for_granted() {
    let text = cluster(DENY, "", &(server("port: 8443") + &on_server(ORDER)));
    let probe = "{name: c, livenessProbe: {httpGet: {port: https, path: /live}}, ports";
    let text = text.replace("{name: c, ports", probe);
    let (proven, conditions) = ruling(&text, &["shop/order"]);
    assert_eq!(proven, Ruling::Proven);
    for part in [
        "injector is at work",
        "identity.linkerd.cluster.local",
        "GET /live on port 8443",
        "service account shop/order is trusted",
        "no machine outside the cluster",
    ] {
        assert!(
            conditions.iter().any(|one| one.contains(part)),
            "{part}: {conditions:?}"
        );
    }
    assert_eq!(ruling(&text, &[]).0, Ruling::Refuted);
    let lax = cluster("config.linkerd.io/default-inbound-policy: audit", "", "");
    assert_eq!(ruling(&lax, &["shop/order"]).0, Ruling::Refuted);
    assert_eq!(
        ruling(&cluster("", "", ""), &["shop/order"]).0,
        Ruling::Undecided
    );
    let machine = "---\napiVersion: workload.linkerd.io/v1beta1\nkind: ExternalWorkload\n\
                   metadata: {name: vm, namespace: shop}\nspec: {}\n";
    assert_eq!(
        ruling(&(text + machine), &["shop/order"]).0,
        Ruling::Undecided
    );
}

#[test]
fn an_authentication_of_another_namespace_leaves_its_policies_open() {
    let elsewhere =
        "{group: policy.linkerd.io, kind: MeshTLSAuthentication, name: clients, namespace: team}";
    let sound = mesh_tls("{identityRefs: [{kind: ServiceAccount, name: order, namespace: shop}]}")
        .replace("namespace: shop, labels", "namespace: team, labels");
    let one = server("port: 8443") + &on_server(elsewhere) + &sound;
    assert_eq!(
        judged_with(&Options::default(), &cluster(DENY, "", &one)),
        "arrr strict"
    );
    let wrong = sound.replace("identityRefs", "identityReferences");
    let twice = one.clone() + &wrong;
    assert_eq!(
        judged_with(&Options::default(), &cluster(DENY, "", &twice)),
        "dddd depends"
    );
}

#[test]
fn machines_and_linked_clusters_may_have_identities() {
    let any = server("port: 8443, accessPolicy: all-authenticated");
    let text = cluster(DENY, "", &any);
    assert_eq!(judged_with(&Options::default(), &text), "arar strict");
    let machine = "---\napiVersion: workload.linkerd.io/v1beta1\nkind: ExternalWorkload\n\
                   metadata: {name: vm, namespace: shop}\nspec: {}\n";
    assert_eq!(
        judged_with(&Options::default(), &(text + machine)),
        "arad strict"
    );
}

#[test]
fn the_control_planes_own_pods_are_not_injected() {
    let text = cluster(DENY, "", "").replace(
        "labels: {app: payment}",
        "labels: {app: payment, linkerd.io/control-plane-component: destination}",
    );
    assert_eq!(judged_with(&Options::default(), &text), "dddd depends");
}

#[test]
fn a_port_that_an_init_container_names_may_be_selected() {
    let sidecar = |policy: &str, kind: &str| {
        let text = cluster(policy, "", &(server("port: https") + &on_server(ORDER)));
        text.replace(
            "containers: [{name: c, ports: [{name: https, containerPort: 8443}]}]",
            kind,
        )
    };
    let all = "config.linkerd.io/default-inbound-policy: all-unauthenticated";
    let own = "containers: [{name: c, ports: [{name: https, containerPort: 8443}]}]";
    let initial = "containers: [{name: c}], initContainers: [{name: s, restartPolicy: Always, ports: [{name: https, \
                   containerPort: 8443}]}]";
    let judged = |text: &str| judged_with(&Options::default(), text);
    assert_eq!(judged(&sidecar(all, own)), "arrr strict");
    assert_eq!(judged(&sidecar(all, initial)), "addd depends");
    assert_eq!(judged(&sidecar(DENY, initial)), "drrr strict");
}
