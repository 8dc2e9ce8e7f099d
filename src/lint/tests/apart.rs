//! Worlds judged apart, rules that follow the engine, clients that send something else.

use super::*;
use crate::lint::{MtlsReport, Verdict, mtls};

const INJECTED: &str = "istio-injection: enabled";
const AMBIENT: &str = "istio.io/dataplane-mode: ambient";

fn space(name: &str, labels: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{labels}}}}}\n"
    )
}

fn authorization(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: a, namespace: {name}}}\n\
         spec: {spec}\n"
    )
}

fn service(namespace: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: {namespace}}}\n\
         spec: {{{rest}ports: [{{port: 443, targetPort: 8443}}], selector: {{app: web}}}}\n"
    )
}

fn web(namespace: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: web, namespace: {namespace}, labels: {{app: web}}}}\n\
         spec: {{containers: [{{name: c, image: i, ports: [{{containerPort: 8443}}]}}]}}\n"
    )
}

fn strict(namespace: &str) -> String {
    policy("default", namespace, "{mtls: {mode: STRICT}}")
}

fn messages(outcome: &Outcome, id: &str) -> Vec<String> {
    let found = outcome.findings.iter().filter(|one| one.rule.id == id);
    found.map(|one| one.message.clone()).collect()
}

fn modes(files: &[(&str, &str)]) -> MtlsReport {
    let sources = files
        .iter()
        .map(|(name, text)| Source::new(*name, text.as_bytes().to_vec()).unwrap());
    mtls(&sources.collect::<Vec<_>>(), &Options::default(), None)
}

#[test]
fn a_mode_of_one_world_says_nothing_of_another() {
    let root = strict("istio-system");
    let prod = format!("{}{root}{}", space("p", INJECTED), web("p"));
    let dev = format!("{}{}", space("p", INJECTED), web("p"));
    let files = [
        ("overlays/prod/a.yaml", prod.as_str()),
        ("overlays/dev/a.yaml", dev.as_str()),
    ];
    let report = modes(&files);
    let told = report
        .workloads
        .iter()
        .map(|one| (one.world.as_deref().unwrap(), one.verdict));
    assert_eq!(
        told.collect::<Vec<_>>(),
        [
            ("overlays/dev", Verdict::Depends),
            ("overlays/prod", Verdict::Strict)
        ]
    );
    let outcome = run_with(&files, &Options::default());
    let found = outcome
        .findings
        .iter()
        .filter(|one| one.rule.id == "mtls-not-strict");
    let places: Vec<_> = found
        .map(|one| one.primary.as_ref().unwrap().source.name())
        .collect();
    assert_eq!(places, ["overlays/dev/a.yaml"]);
    assert_eq!(outcome.count("workloads"), 2);
}

#[test]
fn a_finding_in_a_shared_file_says_in_which_world() {
    let base = format!("{}{}", space("p", INJECTED), web("p"));
    let strict = strict("p");
    let lax = policy("default", "p", "{mtls: {mode: PERMISSIVE}}");
    let outcome = run_with(
        &[
            ("base/a.yaml", &base),
            ("overlays/dev/a.yaml", &lax),
            ("overlays/prod/a.yaml", &strict),
            ("overlays/none/a.yaml", &space("q", "")),
        ],
        &Options::default(),
    );
    let found = messages(&outcome, "mtls-not-strict");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with("(in overlays/none)"), "{found:?}");
    // What every world shares is said once.
    assert_eq!(
        messages(&outcome, "namespace-without-default-deny").len(),
        2
    );
}

#[test]
fn a_refusal_on_one_port_needs_mtls_there_alone() {
    let spec = "{selector: {matchLabels: {app: web}}, action: DENY, rules: [{from: [{source: {namespaces: [d]}}], to: [{operation: {ports: ['8443']}}]}]}";
    let ports = |strict: &str, lax: &str| {
        let modes = format!(
            "{{selector: {{matchLabels: {{app: web}}}}, mtls: {{mode: STRICT}}, portLevelMtls: {{{strict}: {{mode: STRICT}}, {lax}: {{mode: PERMISSIVE}}}}}}"
        );
        let text = space("p", INJECTED)
            + &web("p")
            + &policy("w", "p", &modes)
            + &authorization("p", spec);
        messages(&run(&text), "authorization-identity-without-mtls").len()
    };
    assert_eq!((ports("8443", "9999"), ports("9999", "8443")), (0, 1));
}

#[test]
fn the_doubt_that_is_told_is_the_one_there_is() {
    let spec = "{action: DENY, rules: [{from: [{source: {namespaces: [d]}}]}]}";
    let text = space("p", INJECTED)
        + &web("p")
        + &strict("p")
        + &policy("other", "p", "{mtls: {mode: PERMISSIVE}}")
        + &authorization("p", spec);
    let found = messages(&run(&text), "authorization-identity-without-mtls");
    assert!(found[0].contains("which is older"), "{found:?}");
    assert!(!found[0].contains("mesh-wide"), "{found:?}");
}

#[test]
fn the_port_of_a_service_is_told_with_that_of_the_pods() {
    let spec = "{selector: {matchLabels: {app: web}}, mtls: {mode: STRICT}, portLevelMtls: {443: {mode: DISABLE}}}";
    let outcome =
        run(&(space("p", INJECTED) + &web("p") + &service("p", "") + &policy("w", "p", spec)));
    let found = messages(&outcome, "port-level-mtls-unknown-port");
    assert!(
        found[0].contains("443, which is the port of a Service: the pods listen on 8443"),
        "{found:?}"
    );
    assert!(messages(&outcome, "port-level-mtls-exception").is_empty());
}

#[test]
fn ambient_reads_disable_and_targets_otherwise() {
    let text = space("p", AMBIENT) + &web("p") + &policy("default", "p", "{mtls: {mode: DISABLE}}");
    let found = messages(&run(&text), "peer-authentication-disable");
    assert!(found[0].contains("plaintext, too, reaches"), "{found:?}");
    let target = "{targetRefs: [{kind: Service, name: web}], action: DENY, rules: [{from: [{source: {namespaces: [d]}}]}]}";
    let text = space("p", AMBIENT)
        + &web("p")
        + &strict("p")
        + &service("p", "")
        + &authorization("p", target);
    let found = messages(&run(&text), "authorization-waypoint-bypass");
    assert!(
        found[0].contains("the node's proxy does not enforce it"),
        "{found:?}"
    );
}

#[test]
fn an_unhindered_way_from_lax_to_strict_is_seen_without_a_policy_that_names_it() {
    let base =
        space("prod", INJECTED) + &space("staging", INJECTED) + &web("prod") + &web("staging");
    let lax = policy("default", "staging", "{mtls: {mode: PERMISSIVE}}");
    let text = base + &strict("prod") + &lax;
    let every = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, namespace: prod}\n\
                 spec: {podSelector: {}, ingress: [RULES]}\n";
    let id = "permissive-namespace-reaches-strict";
    let open = format!(
        "{text}{}",
        every.replace("RULES", "{from: [{namespaceSelector: {}}]}")
    );
    for open in [&text, &open] {
        let found = messages(&run(open), id);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].contains("nothing keeps it out of namespace `prod`"),
            "{found:?}"
        );
    }
    let closed = format!(
        "{text}{}",
        every.replace("RULES", "{from: [{podSelector: {}}]}")
    );
    assert!(messages(&run(&closed), id).is_empty());
}

#[test]
fn a_version_that_no_cluster_serves_is_not_judged() {
    for (kind, version) in [
        ("AuthorizationPolicy", "security.istio.io/v9"),
        ("DestinationRule", "networking.istio.io/v2"),
        ("Deployment", "apps/v9"),
        ("Service", "v2"),
        ("CiliumNetworkPolicy", "cilium.io/v2alpha1"),
    ] {
        let text = format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a, namespace: p}}\nspec: {{}}\n"
        );
        let notes = run(&text).notes;
        let told = notes
            .iter()
            .any(|note| note.is_failure() && note.message.contains("has no version"));
        assert!(told, "{kind}: {notes:?}");
    }
}

#[test]
fn an_object_whose_own_labels_are_none_does_not_exist() {
    let kinds = [
        ("networking.k8s.io/v1", "NetworkPolicy"),
        ("security.istio.io/v1", "PeerAuthentication"),
        ("security.istio.io/v1", "AuthorizationPolicy"),
        ("cilium.io/v2", "CiliumNetworkPolicy"),
        ("projectcalico.org/v3", "NetworkPolicy"),
        ("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"),
        ("apps/v1", "Deployment"),
    ];
    let metadata = [
        ("labels: {v: 1}", true),
        ("labels: {v: 1.0}", true),
        ("annotations: {v: true}", true),
        ("annotations: {v: [a]}", true),
        ("labels: {a/b/c: x}", true),
        ("labels: {a: -x}", true),
        ("labels: {example.com/a: \"1\", b: null}", false),
        ("annotations: {example.com/a: \"any text\"}", false),
    ];
    for (version, kind) in kinds {
        for (metadata, refused) in metadata {
            let text = format!(
                "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a, namespace: p, {metadata}}}\nspec: {{}}\n"
            );
            let notes = run(&text).notes;
            let told = notes.iter().any(|note| {
                note.is_failure()
                    && (note.message.contains("a string (quote it)")
                        || note.message.contains("is no label"))
            });
            assert_eq!(told, refused, "{kind} {metadata}: {notes:?}");
        }
    }
}

#[test]
fn every_label_is_absent_somewhere() {
    let policy = |operator: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: w, namespace: p}}\n\
             spec: {{podSelector: {{}}, ingress: [{{from: [{{namespaceSelector: {{matchExpressions: [{{key: x, {operator}}}]}}}}]}}]}}\n"
        )
    };
    let id = "network-policy-allows-everyone";
    assert_eq!(
        messages(&run(&policy("operator: NotIn, values: [z]")), id).len(),
        1
    );
    assert_eq!(
        messages(&run(&policy("operator: DoesNotExist")), id).len(),
        1
    );
    assert!(messages(&run(&policy("operator: In, values: [z]")), id).is_empty());
}

/// Who sends what to `web` of namespace `p`, and whether it is taken.
fn sent(extra: &str) -> Vec<(String, &'static str, Option<&'static str>)> {
    let clients = space("c", INJECTED) + &web("c") + &space("plain", "") + &web("plain");
    let text = space("p", INJECTED) + &web("p") + &strict("p") + &clients + extra;
    let report = modes(&[("a.yaml", &text)]);
    let senders = report.clients.into_iter();
    senders
        .map(|one| (one.clients.join(" "), one.sends, one.taken))
        .collect()
}

fn rule(spec: &str) -> String {
    format!(
        "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: r, namespace: c}}\n\
         spec: {{host: web.p.svc.cluster.local, {spec}}}\n"
    )
}

#[test]
fn clients_that_send_something_else_are_told_with_the_reason() {
    let plain = ("plain/web".to_owned(), "plaintext", None);
    let web = |extra: &str| service("p", "") + extra;
    assert_eq!(sent(&web("")), std::slice::from_ref(&plain));
    let off = "trafficPolicy: {tls: {mode: DISABLE}}";
    let told = ("c/web".to_owned(), "plaintext", Some("no"));
    assert_eq!(sent(&web(&rule(off))), [plain.clone(), told.clone()]);
    let mutual = "trafficPolicy: {tls: {mode: ISTIO_MUTUAL}, portLevelSettings: [{port: {number: 443}, tls: {mode: DISABLE}}]}";
    assert_eq!(sent(&web(&rule(mutual))), [plain.clone(), told.clone()]);
    let simple = (
        "c/web".to_owned(),
        "TLS without a mesh identity",
        Some("no"),
    );
    assert_eq!(
        sent(&web(&rule("trafficPolicy: {tls: {mode: SIMPLE}}"))),
        [plain.clone(), simple]
    );
    // A subset counts where a route names it.
    let subset =
        rule("subsets: [{name: v1, labels: {app: web}, trafficPolicy: {tls: {mode: DISABLE}}}]");
    assert_eq!(sent(&web(&subset)), std::slice::from_ref(&plain));
    let route = "---\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v, namespace: c}\n\
                 spec: {hosts: [web.p.svc.cluster.local], http: [{route: [{destination: {host: web.p.svc.cluster.local, subset: v1}}]}]}\n";
    let either = ("c/web".to_owned(), "mTLS or plaintext", Some("depends"));
    assert_eq!(sent(&web(&(subset + route))), [plain.clone(), either]);
    // A Sidecar that does not import the Service passes the connection through.
    let sidecar = "---\napiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: s, namespace: c}\n\
                   spec: {egress: [{hosts: ['./*']}]}\n";
    assert_eq!(sent(&web(sidecar)), [plain.clone(), told.clone()]);
    // Headless, with one endpoint that no proxy serves.
    let other = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: old, namespace: p, labels: {app: web, sidecar.istio.io/inject: 'false'}}\n\
                 spec: {containers: [{name: c, image: i, ports: [{containerPort: 8443}]}]}\n";
    let headless = sent(&(service("p", "clusterIP: None, ") + other));
    assert!(
        headless
            .iter()
            .any(|one| one.1 == "plaintext" && one.2 == Some("no")),
        "{headless:?}"
    );
    // A rule that is private to its namespace is nobody else's.
    let private = rule(off)
        .replace("namespace: c", "namespace: p")
        .replace("spec: {", "spec: {exportTo: ['.'], ");
    assert_eq!(
        sent(&web(&private)),
        [plain.clone(), ("p/web".to_owned(), "plaintext", Some("no"))]
    );
    let by_default = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n\
                      data: {mesh: 'defaultDestinationRuleExportTo: [.]'}\n";
    let unsaid = rule(off).replace("namespace: c", "namespace: p");
    assert_eq!(sent(&web(&(unsaid + by_default))).len(), 2);
}
