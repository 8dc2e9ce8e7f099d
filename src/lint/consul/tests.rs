//! Consul's semantics, a row each: who is let in, and whether mTLS is asked for.

use crate::kernel::source::Source;
use crate::lint::effective_mtls::Verdict;
use crate::lint::meshes::Meshes;
use crate::lint::model::consul::Action;
use crate::lint::ports::{PortSet, Protocol};
use crate::lint::reachability::{
    Assumptions, Caller, Mesh, Reachability, Ruling, Source as Calling, Target,
};
use crate::lint::{Options, documents, index};

/// Two services in the mesh, and a pod that is not.
const SHOP: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {consul.hashicorp.com/transparent-proxy: 'true'}}
---
apiVersion: v1
kind: Pod
metadata: {name: order, namespace: shop, labels: {app: order}, annotations: {consul.hashicorp.com/connect-inject: 'true'}}
spec: {serviceAccountName: order, containers: [{name: c, ports: [{containerPort: 80}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: order, namespace: shop}
spec: {selector: {app: order}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: payment, namespace: shop, labels: {app: payment}, annotations: {consul.hashicorp.com/connect-inject: 'true', POD}}
spec: {serviceAccountName: payment, containers: [{name: c, ports: [{name: https, containerPort: 8443}, {containerPort: 9090}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: payment, namespace: shop}
spec: {selector: {app: payment}, ports: [{port: 443, targetPort: 8443}]}
---
apiVersion: v1
kind: Pod
metadata: {name: test, namespace: development, labels: {app: test}, annotations: {consul.hashicorp.com/connect-inject: 'false'}}
spec: {containers: [{name: c}]}
";

fn object(kind: &str, name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: consul.hashicorp.com/v1alpha1\nkind: {kind}\n\
         metadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n"
    )
}

fn intentions(destination: &str, sources: &str) -> String {
    let name = if destination == "*" {
        "all"
    } else {
        destination
    };
    let spec = format!("{{destination: {{name: '{destination}'}}, sources: [{sources}]}}");
    object("ServiceIntentions", name, &spec)
}

fn cluster(pod: &str, more: &str) -> String {
    SHOP.replace("POD", pod) + more
}

/// What becomes of calls of the order service, of the pod outside the mesh, of a pod that nobody sees, and of an address
/// outside; then whether the port asks for mTLS.
fn judged_with(default: Option<Action>, port: u16, text: &str) -> String {
    let options = Options {
        assume_consul_default: default,
        ..Options::default()
    };
    let source = Source::new("shop.yaml", text.as_bytes().to_vec()).unwrap();
    let documents = documents::read(&[source]);
    let model = index::build(&documents, &options);
    let meshes = Meshes::new(&model);
    let workload = |name: &str| {
        let mut workloads = model.workloads.iter();
        workloads.find(|one| one.resource.name == name).unwrap()
    };
    let only = PortSet::range(Protocol::Tcp, port, port);
    let callers = [
        Calling::Workload(workload("order")),
        Calling::Workload(workload("test")),
        Calling::Unseen(Some("development")),
        Calling::Outside,
    ];
    let mut told = String::new();
    for caller in callers {
        let crossing = meshes.cross(caller, workload("payment"), &only).remove(0).1;
        told.push_str(&crossing.admission.name()[..1]);
    }
    let strict = match meshes.on_port(workload("payment"), Some(port)).verdict {
        Verdict::Strict => "strict",
        Verdict::NotStrict => "lax",
        Verdict::Depends => "depends",
    };
    format!("{told} {strict}")
}

fn judged(text: &str) -> String {
    judged_with(Some(Action::Deny), 8443, text)
}

#[test]
fn what_no_intention_speaks_of_falls_to_the_default() {
    let text = cluster("", "");
    assert_eq!(judged_with(None, 8443, &text), "drdr strict");
    assert_eq!(judged_with(Some(Action::Deny), 8443, &text), "rrrr strict");
    assert_eq!(judged_with(Some(Action::Allow), 8443, &text), "arar strict");
    // An intention for another service changes nothing.
    let other = cluster("", &intentions("cart", "{name: order, action: allow}"));
    assert_eq!(judged(&other), "rrrr strict");
}

#[test]
fn the_more_specific_intention_counts() {
    let allow = "{name: order, action: allow}";
    let deny = "{name: order, action: deny}";
    let with = |default: Action, more: &str| judged_with(Some(default), 8443, &cluster("", more));
    for (more, expected) in [
        (intentions("payment", allow), "ardr strict"),
        (
            intentions("payment", &format!("{allow}, {{name: '*', action: deny}}")),
            "ardr strict",
        ),
        // The order of the list does not count.
        (
            intentions("payment", &format!("{{name: '*', action: deny}}, {allow}")),
            "ardr strict",
        ),
        (
            intentions("payment", "{name: '*', action: allow}"),
            "arar strict",
        ),
        (
            intentions("payment", &format!("{{name: '*', action: allow}}, {deny}")),
            "rrar strict",
        ),
        (intentions("*", allow), "ardr strict"),
        (intentions("*", "{name: '*', action: allow}"), "arar strict"),
        // The destination's own entry beats that of every one, whoever the caller is.
        (
            intentions("*", allow) + &intentions("payment", "{name: '*', action: deny}"),
            "rrrr strict",
        ),
        (
            intentions("*", deny) + &intentions("payment", "{name: '*', action: allow}"),
            "arar strict",
        ),
        (
            intentions("*", "{name: '*', action: allow}") + &intentions("payment", deny),
            "rrar strict",
        ),
    ] {
        assert_eq!(with(Action::Deny, &more), expected, "{more}");
    }
    assert_eq!(
        with(Action::Allow, &intentions("payment", deny)),
        "rrar strict"
    );
}

#[test]
fn permissions_decide_by_request() {
    let http = object("ServiceDefaults", "payment", "{protocol: http}");
    let with = |default: Option<Action>, defaults: &str, permissions: &str| {
        let sources = format!("{{name: order, permissions: [{permissions}]}}");
        let text = cluster(
            "",
            &(defaults.to_owned() + &intentions("payment", &sources)),
        );
        judged_with(default, 8443, &text)
    };
    let some = "{action: allow, http: {pathPrefix: /v1}}";
    let none = "{action: deny, http: {methods: [DELETE]}}";
    let all = "{action: allow, http: {pathPrefix: /}}";
    let deny = Some(Action::Deny);
    for (permissions, expected) in [
        (some.to_owned(), "drdr strict"),
        (all.to_owned(), "ardr strict"),
        (none.to_owned(), "rrrr strict"),
        (format!("{none}, {all}"), "drdr strict"),
        // What stands after one for every request is never reached.
        (format!("{all}, {none}"), "ardr strict"),
        ("{action: deny}, {action: allow}".to_owned(), "rrrr strict"),
        (
            "{action: allow, jwt: {providers: [{name: x}]}}".to_owned(),
            "drdr strict",
        ),
    ] {
        assert_eq!(with(deny, &http, &permissions), expected, "{permissions}");
    }
    assert_eq!(with(Some(Action::Allow), &http, some), "arar strict");
    assert_eq!(with(None, &http, all), "ardr strict");
    // Without HTTP Consul refuses the entry.
    assert_eq!(with(deny, "", all), "drdr strict");
    let global = object("ProxyDefaults", "global", "{config: {protocol: grpc}}");
    assert_eq!(with(deny, &global, all), "ardr strict");
    let token = object(
        "ServiceIntentions",
        "payment",
        "{destination: {name: payment}, jwt: {providers: [{name: x}]}, sources: [{name: order, action: allow}]}",
    );
    assert_eq!(judged(&cluster("", &token)), "drdr strict");
}

#[test]
fn permissive_services_take_plaintext_on_their_port() {
    let mesh = object("Mesh", "mesh", "{allowEnablingPermissiveMutualTLS: true}");
    let permissive = |kind: &str, name: &str| object(kind, name, "{mutualTLSMode: permissive}");
    let own = permissive("ServiceDefaults", "payment");
    let all = permissive("ProxyDefaults", "global");
    let strict = object("ServiceDefaults", "payment", "{mutualTLSMode: strict}");
    let with = |pod: &str, port: u16, more: &str| {
        judged_with(Some(Action::Deny), port, &cluster(pod, more))
    };
    let open = mesh.clone() + &own;
    assert_eq!(with("", 8443, &open), "aaaa lax");
    assert_eq!(with("", 9090, &open), "rrrr strict");
    assert_eq!(with("", 8443, &(mesh.clone() + &all)), "aaaa lax");
    // The service's own word counts first.
    assert_eq!(with("", 8443, &(mesh + &all + &strict)), "rrrr strict");
    // Consul refuses it where the mesh does not allow it, but keeps what was there before.
    assert_eq!(with("", 8443, &own), "dddd depends");
    let port = "consul.hashicorp.com/connect-service-port: '9090'";
    assert_eq!(with(port, 8443, &open), "rrrr strict");
    assert_eq!(with(port, 9090, &open), "aaaa lax");
    let exposed = object("ServiceDefaults", "payment", "{expose: {checks: true}}");
    assert_eq!(with("", 8443, &exposed), "dddd depends");
}

#[test]
fn without_redirection_the_port_is_open() {
    let with = |pod: &str| judged(&cluster(pod, ""));
    assert_eq!(
        with("consul.hashicorp.com/transparent-proxy: 'false'"),
        "aaaa lax"
    );
    assert_eq!(
        with("consul.hashicorp.com/transparent-proxy: 'perhaps'"),
        "dddd depends"
    );
    let excluded = "consul.hashicorp.com/transparent-proxy-exclude-inbound-ports";
    assert_eq!(with(&format!("{excluded}: '9000, 8443'")), "aaaa lax");
    assert_eq!(with(&format!("{excluded}: '9000'")), "rrrr strict");
    assert_eq!(with(&format!("{excluded}: https")), "dddd depends");
    let base = cluster("", "");
    let unsaid = base.replace(
        ", labels: {consul.hashicorp.com/transparent-proxy: 'true'}",
        "",
    );
    assert_eq!(judged(&unsaid), "dddd depends");
    let injector = |flags: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: consul-connect-injector, namespace: consul}}\n\
             spec: {{template: {{spec: {{containers: [{{name: c, command: ['consul-k8s inject-connect {flags}']}}]}}}}}}\n"
        )
    };
    let told = |flags: &str| judged(&(unsaid.clone() + &injector(flags)));
    assert_eq!(
        told("-default-enable-transparent-proxy=true"),
        "rrrr strict"
    );
    assert_eq!(told("-default-enable-transparent-proxy=false"), "aaaa lax");
    let asks = "payment}, annotations: {consul.hashicorp.com/connect-inject: 'true', ";
    let of_default = base.replace(asks, "payment}, annotations: {");
    assert_eq!(judged(&of_default), "dddd depends");
    let by_default = |flags: &str| judged(&(of_default.clone() + &injector(flags)));
    assert_eq!(by_default("-default-inject=true"), "rrrr strict");
    assert_eq!(by_default("-default-inject=false"), "aaaa lax");
}

#[test]
fn services_are_known_by_name() {
    let allow = intentions("payment", "{name: order, action: allow}");
    let base = cluster("", &allow);
    assert_eq!(judged(&base), "ardr strict");
    // The annotation names the service.
    let renamed = base.replace(
        "labels: {app: order}, annotations: {",
        "labels: {app: order}, annotations: {consul.hashicorp.com/connect-service: cart, ",
    );
    assert_eq!(judged(&renamed), "rrdr strict");
    let second = "---\napiVersion: v1\nkind: Service\nmetadata: {name: second, namespace: shop}\n\
                  spec: {selector: {app: order}, ports: [{port: 81}]}\n";
    assert_eq!(judged(&(base.clone() + second)), "drdr strict");
    let ignored = second.replace(
        "namespace: shop}",
        "namespace: shop, labels: {consul.hashicorp.com/service-ignore: 'true'}}",
    );
    assert_eq!(judged(&(base.clone() + &ignored)), "ardr strict");
    let nameless = base.replace(
        "spec: {selector: {app: order}",
        "spec: {selector: {app: nobody}",
    );
    assert_eq!(judged(&nameless), "drdr strict");
    let unknown = base.replace(
        "spec: {selector: {app: payment}",
        "spec: {selector: {app: nobody}",
    );
    assert_eq!(judged(&unknown), "drdr strict");
}

#[test]
fn callers_of_elsewhere() {
    let with = |source: &str| judged(&cluster("", &intentions("payment", source)));
    assert_eq!(
        with("{name: order, peer: other, action: allow}"),
        "rrrd strict"
    );
    assert_eq!(
        with("{name: order, peer: other, action: deny}"),
        "rrrr strict"
    );
    assert_eq!(
        with("{name: order, namespace: team, action: allow}"),
        "drdr strict"
    );
    assert_eq!(
        with("{name: order, namespace: default, action: allow}"),
        "drdr strict"
    );
    assert_eq!(
        with("{name: order, partition: other, action: allow}"),
        "drdr strict"
    );
    // The members of a sameness group are not in the input, and this cluster may be one.
    for (action, expected) in [("allow", "drdd strict"), ("deny", "rrrr strict")] {
        let source = format!("{{name: order, samenessGroup: default, action: {action}}}");
        assert_eq!(with(&source), expected);
    }
    let everyone = "{name: '*', namespace: default, action: deny}, {name: order, action: allow}";
    assert_eq!(with(everyone), "drdr strict");
    // Enterprise: whether an entry of one namespace is for the service of another is not known.
    let other = "{name: order, action: allow}, {name: web, namespace: team, action: deny}";
    assert_eq!(with(other), "drdr strict");
}

#[test]
fn gateways_are_services_without_injection() {
    let gateway = cluster("", &intentions("payment", "{name: edge, action: allow}")).replace(
        "labels: {app: test}, annotations: {",
        "labels: {app: test}, annotations: {consul.hashicorp.com/gateway-kind: ingress-gateway, \
         consul.hashicorp.com/gateway-consul-service-name: edge, ",
    );
    assert_eq!(judged(&gateway), "rddr strict");
    let by_label =
        cluster("", "").replace("labels: {app: test}", "labels: {component: mesh-gateway}");
    assert_eq!(judged(&by_label), "rdrr strict");
}

#[test]
fn the_injector_leaves_namespaces_out() {
    let injector = |flags: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: consul-connect-injector, namespace: consul}}\n\
             spec: {{template: {{spec: {{containers: [{{name: c, command: ['consul-k8s inject-connect {flags}']}}]}}}}}}\n"
        )
    };
    for (flags, expected) in [
        ("-allow-k8s-namespace=\"*\"", "rrrr strict"),
        (
            "-allow-k8s-namespace=\"*\" -deny-k8s-namespace=\"shop\"",
            "aaaa lax",
        ),
        ("-allow-k8s-namespace=\"team\"", "aaaa lax"),
        (
            "-allow-k8s-namespace=shop -deny-k8s-namespace=team",
            "rrrr strict",
        ),
        ("-allow-k8s-namespace=$NAMESPACES", "dddd depends"),
    ] {
        let text = cluster("", &injector(flags));
        assert_eq!(judged(&text), expected, "{flags}");
    }
    let by_hand = "consul.hashicorp.com/connect-inject-status: injected";
    assert_eq!(judged(&cluster(by_hand, "")), "dddd depends");
    // A pod that exists is not injected any more.
    let made = |text: String| text.replace("{name: payment, n", "{name: payment, uid: 5f0c, n");
    assert_eq!(judged(&made(cluster("", ""))), "aaaa lax");
    assert_eq!(judged(&made(cluster(by_hand, ""))), "dddd depends");
    let webhook = |selector: &str| {
        format!(
            "---\napiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\n\
             metadata: {{name: consul-connect-injector}}\nwebhooks: [{{name: w, namespaceSelector: {selector}}}]\n"
        )
    };
    for (selector, expected) in [
        ("{}", "rrrr strict"),
        (
            "{matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [kube-system]}]}",
            "rrrr strict",
        ),
        ("{matchLabels: {consul: enabled}}", "dddd depends"),
        (
            "{matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [team]}]}",
            "dddd depends",
        ),
    ] {
        let text = cluster("", &webhook(selector));
        assert_eq!(judged(&text), expected, "{selector}");
    }
}

#[test]
fn the_proxys_own_ports_are_not_the_services() {
    let with = |pod: &str, port: u16| judged_with(Some(Action::Deny), port, &cluster(pod, ""));
    for port in [20200, 20301, 20402, 20500, 20600] {
        assert_eq!(with("", port), "dddd depends", "{port}");
    }
    let scraped = "consul.hashicorp.com/prometheus-scrape-port: '9102'";
    assert_eq!(with(scraped, 9102), "dddd depends");
    assert_eq!(with("", 9102), "rrrr strict");
}

#[test]
fn what_is_not_understood_leaves_nothing_certain() {
    let good = intentions("payment", "{name: order, action: allow}");
    for unread in [
        intentions("cart", "{name: order, action: permit}"),
        intentions("cart", "{name: order}"),
        intentions(
            "cart",
            "{name: order, action: allow, permissions: [{action: deny}]}",
        ),
        intentions("cart", "{action: allow}"),
        intentions("cart", "{name: order, action: allow, cluster: x}"),
        intentions("cart", ""),
        object(
            "ServiceIntentions",
            "cart",
            "{sources: [{name: order, action: allow}]}",
        ),
        intentions("cart", "{name: order, action: allow}").replace("v1alpha1", "v2"),
        object("ServiceDefaults", "cart", "{mutualTLSMode: lax}"),
        intentions(
            "cart",
            "{name: order, action: allow}, {name: order, action: deny}",
        ),
        intentions("cart", "{name: 'ord*', action: allow}"),
        intentions(
            "cart",
            "{name: order, permissions: [{action: allow, http: {pathExact: /a, pathPrefix: /b}}]}",
        ),
        object("ProxyDefaults", "all", "{}"),
        object("Mesh", "settings", "{}"),
        intentions("payment", "{name: cart, action: allow}")
            .replace("name: payment,", "name: again,"),
        object("TrafficPermissions", "cart", "{}").replace(
            "consul.hashicorp.com/v1alpha1",
            "auth.consul.hashicorp.com/v2beta1",
        ),
        intentions("cart", "{name: order, action: allow}").replace(
            "namespace: shop}",
            "namespace: shop, annotations: {helm.sh/hook: pre-install}}",
        ),
    ] {
        let text = cluster("", &(good.clone() + &unread));
        assert_eq!(judged(&text), "dddd depends", "{unread}");
    }
}

#[test]
fn proofs_say_what_they_take_for_granted() {
    let allow = intentions(
        "payment",
        "{name: order, action: allow}, {name: '*', action: deny}",
    );
    let ruling = |text: &str, only: &[&str]| {
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
        let target = find("shop/payment:8443");
        let proof = reachability.only(&target, &callers, &Meshes::new(&model));
        let conditions: Vec<String> = proof
            .conditions
            .iter()
            .map(|one| one.text.clone())
            .collect();
        (proof.ruling, conditions.join("\n"))
    };
    let text = cluster("", &allow);
    let (proven, conditions) = ruling(&text, &["shop/order"]);
    assert_eq!(proven, Ruling::Proven, "{conditions}");
    for part in [
        "injector is at work",
        "by name alone",
        "every entry of Consul's",
        "shop/order is trusted",
    ] {
        assert!(conditions.contains(part), "{part}: {conditions}");
    }
    assert_eq!(ruling(&text, &[]).0, Ruling::Refuted);
    let open = cluster("", &intentions("payment", "{name: order, action: allow}"));
    assert_eq!(ruling(&open, &["shop/order"]).0, Ruling::Undecided);
}
