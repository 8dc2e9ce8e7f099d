//! What policies make of calls, plane by plane.

use std::sync::Arc;

use super::*;
use crate::kernel::source::Source;
use crate::lint::documents::{self, Documents};
use crate::lint::{Options, index};

fn read(manifests: &str) -> Documents {
    let source: Arc<Source> = Source::new("m.yaml", manifests.as_bytes().to_vec()).unwrap();
    documents::read(&[source])
}

const CLUSTER: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: calm, labels: {istio.io/dataplane-mode: ambient}}
---
apiVersion: v1
kind: Pod
metadata: {name: order, namespace: shop, labels: {app: order}}
spec: {serviceAccountName: order, containers: [{name: c, image: i}]}
---
apiVersion: v1
kind: Pod
metadata: {name: payment, namespace: shop, labels: {app: payment}}
spec: {serviceAccountName: payment, containers: [{name: c, image: i, ports: [{containerPort: 8443}, {containerPort: 5432}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: payment, namespace: shop}
spec: {selector: {app: payment}, ports: [{name: http-api, port: 80, targetPort: 8443}, {name: tcp-db, port: 5432}]}
---
apiVersion: v1
kind: Pod
metadata: {name: ledger, namespace: calm, labels: {app: ledger}}
spec: {serviceAccountName: ledger, containers: [{name: c, image: i, ports: [{containerPort: 9000}]}]}
";

fn policy(namespace: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

/// Which call: from `order`, from anyone of the mesh, or over plaintext; to a workload's port.
fn ask(policies: &str, from: &str, to: &str, port: u16) -> (Verdict, Vec<String>) {
    let manifests = format!("{CLUSTER}{policies}");
    let documents = read(&manifests);
    let options = Options::default();
    let model = index::build(&documents, &options);
    assert!(model.notes.is_empty(), "{:?}", model.notes);
    let workload = |name: &str| {
        let mut workloads = model.workloads.iter();
        workloads.find(|one| one.resource.name == name).unwrap()
    };
    let from = match from {
        "plaintext" => Origin::Plaintext,
        "any" => Origin::AnyIdentity,
        name => Origin::Workload(workload(name)),
    };
    let answer = decide(
        &model,
        &Call {
            from,
            to: workload(to),
            port,
        },
    );
    for because in &answer.because {
        assert!(because.sentence(&model).contains("m.yaml:"));
    }
    (answer.verdict, answer.depends_on.into_iter().collect())
}

#[test]
fn polarity_decides_what_plaintext_may() {
    use Verdict::{Allowed, Denied};
    for (spec, verdict) in [
        ("{rules: [{from: [{source: {principals: ['*']}}]}]}", Denied),
        (
            "{rules: [{from: [{source: {notPrincipals: [x]}}]}]}",
            Allowed,
        ),
        (
            "{action: DENY, rules: [{from: [{source: {namespaces: [development]}}]}]}",
            Allowed,
        ),
        (
            "{action: DENY, rules: [{from: [{source: {notNamespaces: [shop]}}]}]}",
            Denied,
        ),
        (
            "{rules: [{when: [{key: source.namespace, values: [shop]}]}]}",
            Denied,
        ),
        (
            "{rules: [{when: [{key: source.trustDomain, notValues: [other]}]}]}",
            Allowed,
        ),
        ("{}", Denied),
        ("{rules: [{}]}", Allowed),
    ] {
        assert_eq!(
            ask(&policy("shop", spec), "plaintext", "payment", 8443).0,
            verdict,
            "{spec}"
        );
    }
}

#[test]
fn fields_of_http_are_dropped_or_ignored_without_http() {
    use Verdict::{Allowed, Denied, Depends};
    let allow = policy("shop", "{rules: [{to: [{operation: {methods: [GET]}}]}]}");
    assert_eq!(ask(&allow, "order", "payment", 8443).0, Depends);
    assert_eq!(ask(&allow, "order", "payment", 5432).0, Denied);
    let deny = policy(
        "shop",
        "{action: DENY, rules: [{to: [{operation: {paths: [/admin]}}]}]}",
    );
    let (verdict, depends_on) = ask(&deny, "order", "payment", 8443);
    assert_eq!(
        (verdict, depends_on),
        (Depends, vec!["the request's path".to_owned()])
    );
    assert_eq!(ask(&deny, "order", "payment", 5432).0, Denied);
    // `remoteIpBlocks` is no field of HTTP to a sidecar.
    let remote = policy(
        "shop",
        "{rules: [{from: [{source: {remoteIpBlocks: [10.0.0.0/8]}}]}]}",
    );
    assert_eq!(ask(&remote, "order", "payment", 5432).0, Depends);
    // A port that no Service names is looked at.
    let (verdict, depends_on) = ask(&allow, "order", "order", 1);
    assert_eq!(verdict, Depends);
    assert!(depends_on.contains(&"whether the port speaks HTTP".to_owned()));
    assert_eq!(ask("", "order", "payment", 5432).0, Allowed);
}

/// One manifest, two data planes, opposite failures.
#[test]
fn a_deny_with_fields_of_http_denies_nothing_in_ambient() {
    use Verdict::{Allowed, Denied};
    let spec = "{action: DENY, rules: [{from: [{source: {namespaces: [shop]}}], to: [{operation: {methods: [GET]}}]}]}";
    assert_eq!(
        ask(&policy("shop", spec), "order", "payment", 5432).0,
        Denied
    );
    assert_eq!(
        ask(&policy("calm", spec), "order", "ledger", 9000).0,
        Allowed
    );
    // A clause of which something is left denies more than it says.
    let ports = "{action: DENY, rules: [{to: [{operation: {paths: [/a], ports: ['9000']}}]}]}";
    assert_eq!(
        ask(&policy("calm", ports), "order", "ledger", 9000).0,
        Denied
    );
    // An ALLOW rule is dropped, and its policy refuses all the same.
    let allow = "{rules: [{to: [{operation: {methods: [GET]}}]}]}";
    assert_eq!(
        ask(&policy("calm", allow), "order", "ledger", 9000).0,
        Denied
    );
    let mixed = "{rules: [{to: [{operation: {methods: [GET]}}]}, {from: [{source: {namespaces: [shop]}}]}]}";
    assert_eq!(
        ask(&policy("calm", mixed), "order", "ledger", 9000).0,
        Allowed
    );
}

#[test]
fn ambient_loses_trust_domains_without_a_word() {
    use Verdict::{Allowed, Denied};
    let alone = "{rules: [{from: [{source: {trustDomains: [cluster.local]}}]}]}";
    assert_eq!(
        ask(&policy("calm", alone), "order", "ledger", 9000).0,
        Denied
    );
    let beside = "{rules: [{from: [{source: {trustDomains: [other], namespaces: [shop]}}]}]}";
    assert_eq!(
        ask(&policy("calm", beside), "order", "ledger", 9000).0,
        Allowed
    );
    assert_eq!(
        ask(&policy("shop", beside), "order", "payment", 8443).0,
        Verdict::Depends
    );
    let condition =
        "{action: DENY, rules: [{when: [{key: source.serviceAccount, values: [shop/order]}]}]}";
    assert_eq!(
        ask(&policy("calm", condition), "order", "ledger", 9000).0,
        Allowed
    );
}

#[test]
fn identities_match_by_their_own_wildcards() {
    use Verdict::{Allowed, Denied, Depends};
    for (source, verdict) in [
        ("principals: [cluster.local/ns/shop/sa/order]", Allowed),
        ("principals: [cluster.local/ns/shop/sa/payment]", Denied),
        ("principals: ['*/sa/order']", Allowed),
        ("principals: ['cluster.local/ns/shop/*']", Allowed),
        (
            "principals: [spiffe://cluster.local/ns/shop/sa/order]",
            Denied,
        ),
        ("principals: [prod.example/ns/shop/sa/order]", Depends),
        ("principals: [prod.example/ns/other/sa/order]", Denied),
        ("namespaces: ['sh*p']", Allowed),
        ("namespaces: [sh]", Denied),
        ("serviceAccounts: [order]", Allowed),
        ("serviceAccounts: [shop/order]", Allowed),
        ("serviceAccounts: [other/order]", Denied),
        ("serviceAccounts: [ord]", Denied),
        ("trustDomains: [cluster.local]", Depends),
        ("trustDomains: ['*']", Allowed),
        ("notTrustDomains: [cluster.local]", Depends),
        ("ipBlocks: [10.0.0.0/8]", Depends),
    ] {
        let spec = format!("{{rules: [{{from: [{{source: {{{source}}}}}]}}]}}");
        assert_eq!(
            ask(&policy("shop", &spec), "order", "payment", 8443).0,
            verdict,
            "{source}"
        );
    }
    // ztunnel knows no wildcard in the middle.
    let middle = policy(
        "calm",
        "{rules: [{from: [{source: {namespaces: ['sh*p']}}]}]}",
    );
    assert_eq!(ask(&middle, "order", "ledger", 9000).0, Denied);
}

#[test]
fn a_dry_run_neither_denies_nor_denies_by_default() {
    let dry = policy("shop", "{}").replace(
        "name: p,",
        "name: p, annotations: {istio.io/dry-run: 'true'},",
    );
    assert_eq!(ask(&dry, "order", "payment", 8443).0, Verdict::Allowed);
}

#[test]
fn an_external_authorizer_is_asked_or_refuses() {
    let custom = policy(
        "shop",
        "{action: CUSTOM, provider: {name: opa}, rules: [{to: [{operation: {ports: ['8443']}}]}]}",
    );
    let (verdict, depends_on) = ask(&custom, "order", "payment", 8443);
    assert_eq!(verdict, Verdict::Depends);
    assert_eq!(depends_on, ["what the external authorizer `opa` says"]);
    assert_eq!(ask(&custom, "order", "payment", 5432).0, Verdict::Allowed);
    let mesh = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n\
                data: {mesh: 'extensionProviders: [{name: other}]'}\n";
    assert_eq!(
        ask(&format!("{custom}{mesh}"), "order", "payment", 8443).0,
        Verdict::Denied
    );
    let second = custom
        .replace("name: p,", "name: q,")
        .replace("opa", "second");
    assert_eq!(
        ask(&format!("{custom}{second}"), "order", "payment", 8443).0,
        Verdict::Depends
    );
}

/// An unknown authorizer refuses what its own policies ask about, and the configuration is the control plane's.
#[test]
fn the_authorizers_of_the_mesh_are_those_of_its_control_plane() {
    let custom = |provider: &str, port: &str| {
        policy(
            "shop",
            &format!("{{action: CUSTOM, provider: {{name: {provider}}}, rules: [{{to: [{{operation: {{ports: ['{port}']}}}}]}}]}}"),
        )
        .replace("name: p,", &format!("name: {provider},"))
    };
    let mesh = |name: &str, namespace: &str| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
             data: {{mesh: 'extensionProviders: [{{name: opa}}]'}}\n"
        )
    };
    let asked = |text: &str| ask(text, "order", "payment", 8443).0;
    let gone = custom("gone", "8443");
    let known = mesh("istio", "istio-system");
    assert_eq!(asked(&format!("{gone}{known}")), Verdict::Denied);
    assert_eq!(
        asked(&format!("{gone}{}", mesh("istio", "demo"))),
        Verdict::Depends
    );
    assert_eq!(
        asked(&format!("{gone}{}", mesh("istio-demo", "demo"))),
        Verdict::Depends
    );
    let istiod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: istiod-1, namespace: demo}\nspec: {containers: [{name: c}]}\n";
    assert_eq!(
        asked(&format!("{gone}{istiod}{}", mesh("istio", "demo"))),
        Verdict::Denied
    );
    let elsewhere = custom("opa", "8443") + &custom("gone", "1") + &known;
    assert_eq!(asked(&elsewhere), Verdict::Depends);
    let operator = "---\napiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: i, namespace: istio-system}\n\
                    spec: {meshConfig: {extensionProviders: [{name: opa}]}}\n";
    assert_eq!(asked(&format!("{gone}{operator}")), Verdict::Depends);
}

#[test]
fn callers_are_named_with_what_else_is_asked() {
    let policies = policy(
        "shop",
        "{selector: {matchLabels: {app: payment}}, rules: [{from: [{source: {namespaces: [a, b]}}, {source: {notPrincipals: [x]}}], to: [{operation: {methods: [GET]}}]}]}",
    );
    let manifests = format!("{CLUSTER}{policies}");
    let documents = read(&manifests);
    let options = Options::default();
    let model = index::build(&documents, &options);
    let payment = model
        .workloads
        .iter()
        .find(|one| one.resource.name == "payment")
        .unwrap();
    let callers = callers(&model, payment, 8443);
    assert!(callers.admits_plaintext());
    assert_eq!(callers.any_identity.verdict, Verdict::Depends);
    let named: Vec<_> = callers
        .named
        .iter()
        .map(|one| {
            (
                one.who.as_str(),
                one.only_if.join(", "),
                one.admits_plaintext,
            )
        })
        .collect();
    assert_eq!(
        named,
        [
            ("namespace a or b", "method GET".to_owned(), false),
            ("principal not x", "method GET".to_owned(), true),
        ]
    );
}

/// A waypoint's policies hold for calls to the Service; a call to the pod's address goes past them.
#[test]
fn a_waypoint_decides_for_those_who_go_through_it() {
    let waypoint = "---\napiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: way, namespace: calm}\n\
                    spec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}\n\
                    ---\napiVersion: v1\nkind: Service\nmetadata: {name: ledger, namespace: calm, labels: {istio.io/use-waypoint: way}}\n\
                    spec: {selector: {app: ledger}, ports: [{name: http, port: 9000}]}\n";
    let deny = policy(
        "calm",
        "{targetRefs: [{kind: Service, group: '', name: ledger}], action: DENY, rules: [{from: [{source: {namespaces: [shop]}}]}]}",
    );
    let (verdict, depends_on) = ask(&format!("{waypoint}{deny}"), "order", "ledger", 9000);
    assert_eq!(verdict, Verdict::Depends);
    assert_eq!(
        depends_on,
        ["whether the call goes through the waypoint `way`"]
    );
    let both = format!(
        "{waypoint}{deny}{}",
        policy("calm", "{}").replace("name: p,", "name: q,")
    );
    assert_eq!(ask(&both, "order", "ledger", 9000).0, Verdict::Denied);
    // Without the label nobody goes through it.
    let unused = format!("{waypoint}{deny}").replace(", labels: {istio.io/use-waypoint: way}", "");
    assert_eq!(ask(&unused, "order", "ledger", 9000).0, Verdict::Allowed);
}
