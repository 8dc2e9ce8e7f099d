//! What opens and closes between two small states.

use super::*;
use crate::kernel::source::Source;
use crate::lint::reachability::Assumptions;
use crate::lint::{Options, documents, index};

const PODS: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: a, namespace: shop, labels: {app: a}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: b, namespace: shop, labels: {app: b}}
spec: {containers: [{name: c}]}
";

fn policy(name: &str, rules: &str) -> String {
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec: {{podSelector: {{matchLabels: {{app: b}}}}, ingress: [{rules}]}}\n"
    )
}

fn compared(before: &str, after: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    let options = Options::default();
    let documents = [before, after].map(|text| {
        documents::read(&[Source::new("state.yaml", text.as_bytes().to_vec()).unwrap()])
    });
    let models = documents
        .each_ref()
        .map(|documents| index::build(documents, &options));
    let [before, after] = models
        .each_ref()
        .map(|model| Reachability::new(model, &Assumptions::default()));
    let found = diff(&before, &after);
    let told = |changes: &[Change]| {
        let each = changes.iter().map(|change| {
            assert!(!change.path.reasons.is_empty());
            format!(
                "{} -> {}: {}",
                change.path.source, change.path.destination, change.ports
            )
        });
        each.collect::<Vec<_>>()
    };
    let lost = found.lost_mtls.iter().map(|lost| lost.workload.to_string());
    (told(&found.widened), told(&found.narrowed), lost.collect())
}

/// How many objects leave a comparison open.
fn unsettled(before: &str, after: &str) -> usize {
    let options = Options::default();
    let documents = [before, after].map(|text| {
        documents::read(&[Source::new("state.yaml", text.as_bytes().to_vec()).unwrap()])
    });
    let [before, after] = documents
        .each_ref()
        .map(|documents| index::build(documents, &options));
    conditions::changed(&before, &after).len()
}

/// What decides by request, by token or by address is open before and after: it must not change in silence.
#[test]
fn conditions_that_change_leave_it_open() {
    let object = |api: &str, kind: &str, spec: &str| {
        format!(
            "{PODS}---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: x, namespace: shop}}\nspec: {spec}\n"
        )
    };
    let rule = |action: &str, to: &str| {
        let spec = format!("{{action: {action}, rules: [{{{to}}}]}}");
        object("security.istio.io/v1", "AuthorizationPolicy", &spec)
    };
    let methods = |list: &str| format!("to: [{{operation: {{methods: [{list}]}}}}]");
    let deny = rule("DENY", &methods("POST, DELETE"));
    let identity = "from: [{source: {principals: [a]}}]";
    for (before, after, expected) in [
        (&deny, &deny, 0),
        (&deny, &rule("DENY", &methods("POST")), 1),
        (&deny, &PODS.to_owned(), 1),
        (&PODS.to_owned(), &deny, 0),
        (&deny, &rule("DENY", identity), 1),
        (&rule("CUSTOM", ""), &rule("CUSTOM", &methods("GET")), 1),
        // Compared rule by rule elsewhere.
        (
            &rule("ALLOW", &methods("GET")),
            &rule("ALLOW", &methods("POST")),
            0,
        ),
        (&rule("DENY", identity), &rule("DENY", ""), 0),
    ] {
        assert_eq!(unsettled(before, after), expected, "{before} {after}");
    }
    let tokens = |issuer: &str| {
        let spec = format!("{{jwtRules: [{{issuer: {issuer}}}]}}");
        object("security.istio.io/v1", "RequestAuthentication", &spec)
    };
    assert_eq!(unsettled(&tokens("good"), &tokens("evil")), 0);
    let asked = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: t, namespace: shop}\n\
                 spec: {rules: [{from: [{source: {requestPrincipals: ['*']}}]}]}\n";
    let [good, evil] = ["good", "evil"].map(|issuer| tokens(issuer) + asked);
    assert_eq!(unsettled(&good, &evil), 1);
    assert_eq!(unsettled(&format!("{PODS}{asked}"), &good), 1);
    for (api, kind, one, other) in [
        (
            "consul.hashicorp.com/v1alpha1",
            "ServiceIntentions",
            "{sources: [{name: a, permissions: [{http: {pathPrefix: /a}}]}]}",
            "{sources: [{name: a, permissions: [{http: {pathPrefix: /}}]}]}",
        ),
        (
            "policy.linkerd.io/v1alpha1",
            "NetworkAuthentication",
            "{networks: [{cidr: 10.0.0.0/16}]}",
            "{networks: [{cidr: 10.0.0.0/8}]}",
        ),
        (
            "gateway.networking.k8s.io/v1",
            "HTTPRoute",
            "{parentRefs: [{kind: Server, name: s}], rules: [{a: 1}]}",
            "{parentRefs: [{kind: Server, name: s}], rules: []}",
        ),
        (
            "networking.istio.io/v1alpha3",
            "EnvoyFilter",
            "{configPatches: [{applyTo: FILTER_CHAIN, patch: {operation: REMOVE}}]}",
            "{configPatches: [{applyTo: LISTENER, patch: {operation: REMOVE}}]}",
        ),
    ] {
        let (one, other) = (object(api, kind, one), object(api, kind, other));
        assert_eq!(unsettled(&one, &other), 1, "{kind}");
        assert_eq!(unsettled(&one, &one), 0, "{kind}");
    }
}

#[test]
fn only_what_changes_is_told() {
    let closed = format!("{PODS}{}", policy("deny", ""));
    let some = format!(
        "{PODS}{}",
        policy("deny", "{from: [{podSelector: {}}], ports: [{port: 80}]}")
    );
    let none = (Vec::new(), Vec::new(), Vec::new());
    assert_eq!(compared(&closed, &closed), none);
    let (widened, narrowed, _) = compared(&closed, &some);
    assert_eq!(
        widened,
        [
            "shop/a -> shop/b: TCP 80",
            "other pods of shop -> shop/b: TCP 80"
        ]
    );
    assert!(narrowed.is_empty());
    let (widened, narrowed, _) = compared(PODS, &some);
    assert!(widened.is_empty(), "{widened:?}");
    assert_eq!(narrowed.len(), 4, "{narrowed:?}");
}

#[test]
fn blocks_that_are_cut_otherwise_are_no_change() {
    let whole = policy("in", "{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}");
    let halves = policy(
        "in",
        "{from: [{ipBlock: {cidr: 0.0.0.0/1}}, {ipBlock: {cidr: 128.0.0.0/1}}]}",
    );
    let one_half = policy("in", "{from: [{ipBlock: {cidr: 128.0.0.0/1}}]}");
    let state = |policy: &str| format!("{PODS}{policy}");
    let none = (Vec::new(), Vec::new(), Vec::new());
    assert_eq!(compared(&state(&whole), &state(&halves)), none);
    let (widened, ..) = compared(&state(&one_half), &state(&whole));
    assert_eq!(widened, ["outside: 0.0.0.0/1 -> shop/b: every port"]);
}

#[test]
fn a_rule_that_becomes_certain_is_wider() {
    let one = policy("in", "{from: [{podSelector: {matchLabels: {app: a}}}]}");
    let every = policy("in", "{from: [{podSelector: {}}]}");
    let state = |policy: &str| format!("{PODS}{policy}");
    let (widened, ..) = compared(&state(&one), &state(&every));
    assert_eq!(widened, ["other pods of shop -> shop/b: every port"]);
}

#[test]
fn ports_of_one_range_in_two_rules_are_no_change() {
    let together = policy(
        "in",
        "{from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 80}, {port: 443}]}",
    );
    let apart = policy(
        "in",
        "{from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 80}]}, {from: [{ipBlock: {cidr: 10.0.0.0/9}}], ports: [{port: 443}]}",
    );
    let state = |policy: &str| format!("{PODS}{policy}");
    let (widened, ..) = compared(&state(&apart), &state(&together));
    assert_eq!(widened, ["outside: 10.128.0.0/9 -> shop/b: TCP 443"]);
}

#[test]
fn a_mode_that_falls_is_told() {
    let state = |mode: &str| {
        format!(
            "{PODS}---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
             metadata: {{name: default, namespace: shop}}\nspec: {{mtls: {{mode: {mode}}}}}\n"
        )
    };
    let (.., lost) = compared(&state("STRICT"), &state("PERMISSIVE"));
    assert_eq!(lost, ["shop/a", "shop/b"]);
    let (.., lost) = compared(&state("PERMISSIVE"), &state("STRICT"));
    assert!(lost.is_empty());
}

pub(super) const MESH: &str = "\
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
metadata: {name: payment, namespace: prod, labels: {app: payment}}
spec: {containers: [{name: c, ports: [{containerPort: 8443}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: payment, namespace: prod}
spec: {selector: {app: payment}, ports: [{port: 443, targetPort: 8443}]}
---
apiVersion: v1
kind: Pod
metadata: {name: tool, namespace: dev, labels: {app: tool}}
spec: {serviceAccountName: tool, containers: [{name: c}]}
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
";

pub(super) fn authorization(name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: prod}}\n\
         spec: {spec}\n"
    )
}

/// Who is admitted after and was not before, and who lost mTLS.
fn mesh(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let options = Options::default();
    let documents = [before, after].map(|text| {
        let text = format!("{MESH}{text}");
        let text = match text.contains("#NOT-INJECTED") {
            true => text.replace(
                "{name: dev, labels: {istio-injection: enabled}}",
                "{name: dev}",
            ),
            false => text,
        };
        let text = match text.contains("#ACCOUNT-ORDER") {
            true => text.replace("serviceAccountName: tool", "serviceAccountName: order"),
            false => text,
        };
        documents::read(&[Source::new("state.yaml", text.into_bytes()).unwrap()])
    });
    let models = documents
        .each_ref()
        .map(|documents| index::build(documents, &options));
    let [before, after] = models
        .each_ref()
        .map(|model| Reachability::new(model, &Assumptions::default()));
    let found = diff(&before, &after);
    let admitted = found.admitted.iter();
    let lost = found.lost_mtls.iter();
    (
        admitted
            .map(|one| format!("{}: {}", one.workload, one.text))
            .collect(),
        lost.map(|one| format!("{}: {}", one.workload, one.evidence.join("; ")))
            .collect(),
    )
}

/// Whoever network and mesh let in after and did not before, whatever took the refusal away.
#[test]
fn a_caller_that_is_no_longer_refused_is_told() {
    let allow = authorization(
        "allow",
        "{rules: [{from: [{source: {namespaces: [prod, dev]}}]}]}",
    );
    let by_name = authorization(
        "allow",
        "{rules: [{from: [{source: {principals: [cluster.local/ns/dev/sa/order]}}]}]}",
    );
    let deny = authorization(
        "deny",
        "{action: DENY, rules: [{from: [{source: {principals: [cluster.local/ns/dev/sa/tool]}}]}]}",
    );
    let dry = deny.replace(
        "name: deny,",
        "name: deny, annotations: {istio.io/dry-run: 'true'},",
    );
    let on_port = authorization(
        "deny",
        "{action: DENY, rules: [{from: [{source: {namespaces: [dev]}}], to: [{operation: {ports: ['9999']}}]}]}",
    );
    let custom = authorization(
        "ask",
        "{action: CUSTOM, provider: {name: opa}, rules: [{}]}",
    );
    let domain = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n\
                  data: {mesh: \"trustDomain: a.com\\nMORE\"}\n";
    let alias = domain.replace("MORE", "trustDomainAliases: [b.com]");
    let no_alias = domain.replace("MORE", "");
    let of_alias = authorization(
        "allow",
        "{rules: [{from: [{source: {principals: [b.com/ns/dev/sa/tool]}}]}]}",
    );
    for (before, after) in [
        (format!("{allow}{deny}"), allow.clone()),
        (format!("{allow}{deny}"), format!("{allow}{dry}")),
        (format!("{allow}{on_port}"), allow.clone()),
        (format!("{allow}{custom}"), allow.clone()),
        (by_name.clone(), format!("{by_name}#ACCOUNT-ORDER\n")),
        ("#NOT-INJECTED\n".to_owned(), String::new()),
        (
            format!("{no_alias}{of_alias}"),
            format!("{alias}{of_alias}"),
        ),
    ] {
        let (admitted, _) = mesh(&before, &after);
        let tool = admitted
            .iter()
            .any(|one| one.starts_with("prod/payment: dev/tool"));
        assert!(tool, "{admitted:?}\n{before}\n{after}");
        let (back, _) = mesh(&after, &before);
        assert!(
            !back
                .iter()
                .any(|one| one.starts_with("prod/payment: dev/tool")),
            "{back:?}"
        );
        assert_eq!(mesh(&after, &after).0, Vec::<String>::new());
    }
}

#[test]
fn a_client_that_falls_back_to_plaintext_is_told() {
    let permissive = "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: own, namespace: prod}\n\
                      spec: {mtls: {mode: PERMISSIVE}}\n";
    let rule = "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: own, namespace: prod}\n\
                spec: {host: payment, trafficPolicy: {tls: {mode: DISABLE}}}\n";
    let plain = format!("{permissive}{rule}");
    let (_, lost) = mesh(permissive, &plain);
    assert!(
        lost.iter()
            .any(|one| one.starts_with("dev/tool: it sends plaintext")),
        "{lost:?}"
    );
    assert_eq!(mesh(&plain, &plain).1, Vec::<String>::new());
    assert_eq!(mesh(&plain, permissive).1, Vec::<String>::new());
}

/// Pods that no manifest shows perhaps get in before and after; a rule that asks them for less is wider all the same.
#[test]
fn a_rule_that_asks_unseen_pods_for_less_is_wider() {
    let policy = |from: &str| policy("in", &format!("{{from: [{from}], ports: [{{port: 80}}]}}"));
    let one = "{podSelector: {matchLabels: {app: order}}}";
    let team = |team: &str| format!("{{namespaceSelector: {{matchLabels: {{team: {team}}}}}}}");
    let both =
        "{namespaceSelector: {matchLabels: {team: a}}, podSelector: {matchLabels: {app: x}}}";
    let admitted = |before: &str, after: &str| {
        let options = Options::default();
        let documents = [before, after].map(|from| {
            let text = format!("{PODS}{}", policy(from));
            documents::read(&[Source::new("state.yaml", text.into_bytes()).unwrap()])
        });
        let models = documents.each_ref().map(|one| index::build(one, &options));
        let [before, after] = models
            .each_ref()
            .map(|model| Reachability::new(model, &Assumptions::default()));
        diff(&before, &after).is_wider()
    };
    for (before, after) in [
        (
            one.to_owned(),
            format!("{one}, {{podSelector: {{matchLabels: {{app: legacy}}}}}}"),
        ),
        (team("a"), format!("{}, {}", team("a"), team("b"))),
        (both.to_owned(), team("a")),
        (one.to_owned(), team("x")),
    ] {
        assert!(admitted(&before, &after), "{before} to {after}");
        assert!(!admitted(&before, &before), "{before}");
    }
    assert!(!admitted(&team("a"), both));
}

/// A workload that appears in a closed namespace opens nothing that its unseen pods might not have done.
#[test]
fn a_new_workload_is_compared_with_the_pods_that_nobody_saw() {
    let deny = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: shop}\n\
                spec: {podSelector: {}, policyTypes: [Ingress, Egress], egress: [{to: [{podSelector: {}}], ports: [{port: 53, protocol: UDP}]}]}\n";
    let base = format!("{PODS}{deny}");
    let pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: c, namespace: shop, labels: {app: c}}\nspec: {containers: [{name: c}]}\n";
    let (widened, ..) = compared(&base, &format!("{base}{pod}"));
    assert!(widened.is_empty(), "{widened:?}");
    // One that a policy of its own opens is told.
    let open = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: open, namespace: shop}\n\
                spec: {podSelector: {matchLabels: {app: c}}, ingress: [{ports: [{port: 80}]}]}\n";
    let (widened, ..) = compared(&base, &format!("{base}{pod}{open}"));
    assert!(
        widened.iter().any(|one| one.ends_with("-> shop/c: TCP 80")),
        "{widened:?}"
    );
}

/// What is called otherwise is not opened; nor is a workload in a namespace whose pods everybody reached.
#[test]
fn a_name_or_a_neighbour_opens_nothing() {
    let rule = policy(
        "in",
        "{from: [{podSelector: {matchLabels: {app: a}}}], ports: [{port: 80}]}",
    );
    let before = format!("{PODS}{rule}");
    let after = before.replacen("name: b,", "name: renamed,", 1);
    let (widened, ..) = compared(&before, &after);
    assert!(widened.is_empty(), "{widened:?}");
    let neighbour = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: c, namespace: shop, labels: {app: c}}\n\
                     spec: {containers: [{name: c}]}\n";
    let (widened, ..) = compared(&before, &format!("{before}{neighbour}"));
    assert!(widened.is_empty(), "{widened:?}");
    // A policy that comes with it and opens more is told.
    let all = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: all, namespace: shop}\n\
               spec: {podSelector: {}}\n";
    let opened = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: c, namespace: shop}\n\
                  spec: {podSelector: {matchLabels: {app: c}}, ingress: [{}]}\n";
    let closed = format!("{before}{all}");
    let (widened, ..) = compared(&closed, &format!("{closed}{neighbour}"));
    assert!(widened.is_empty(), "{widened:?}");
    let (widened, ..) = compared(&closed, &format!("{closed}{neighbour}{opened}"));
    assert!(!widened.is_empty());
}

/// What the network lets through may be a port that nothing of the mesh singles out.
#[test]
fn a_caller_is_told_on_a_port_that_the_network_alone_names() {
    let network = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: in, namespace: prod}\n\
                   spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {}}], ports: [{port: 5000}]}]}\n";
    let allow = |namespaces: &str| {
        let spec = format!("{{rules: [{{from: [{{source: {{namespaces: [{namespaces}]}}}}]}}]}}");
        format!("{}{network}", authorization("allow", &spec))
    };
    let (admitted, _) = mesh(&allow("prod"), &allow("prod, dev"));
    let told = "prod/payment: dev/tool, on port 5000";
    assert!(admitted.iter().any(|one| one == told), "{admitted:?}");
    // Without a policy of the network the others are told together.
    let (admitted, _) = mesh(
        &allow("prod").replace(network, ""),
        &allow("prod, dev").replace(network, ""),
    );
    let told = "prod/payment: dev/tool, on port 8443 and others";
    assert!(admitted.iter().any(|one| one == told), "{admitted:?}");
}
