//! What the whole lint says about small clusters.

mod apart;
mod overlooked;
mod peers;

use super::*;
use crate::kernel::finding::{Confidence, Severity};

fn run_with(manifests: &[(&str, &str)], options: &Options) -> Outcome {
    let sources: Vec<_> = manifests
        .iter()
        .map(|(name, text)| Source::new(*name, text.as_bytes().to_vec()).unwrap())
        .collect();
    lint(&sources, options)
}

fn run(manifest: &str) -> Outcome {
    run_with(&[("m.yaml", manifest)], &Options::default())
}

fn ids(outcome: &Outcome) -> Vec<&'static str> {
    outcome
        .findings
        .iter()
        .map(|finding| finding.rule.id)
        .collect()
}

fn policy(name: &str, namespace: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
         metadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

fn pod(name: &str, namespace: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}\n\
         spec: {{containers: [{{name: c, image: i, ports: [{{containerPort: 8443}}]}}]}}\n"
    )
}

const ORDER_TO_PAYMENT: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: allow-order-to-payment
  namespace: production
spec:
  podSelector:
    matchLabels:
      app: payment-service
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app: order-service
      ports:
        - protocol: TCP
          port: 8443
  policyTypes:
    - Ingress
";

const STRICT_PRODUCTION: &str = "\
apiVersion: security.istio.io/v1beta1
kind: PeerAuthentication
metadata:
  name: default
  namespace: production
spec:
  mtls:
    mode: STRICT
";

fn without_indentation(manifest: &str) -> String {
    manifest
        .lines()
        .map(|line| format!("{}\n", line.trim_start()))
        .collect()
}

#[test]
fn the_two_exemplary_manifests_are_clean() {
    for manifest in [ORDER_TO_PAYMENT, STRICT_PRODUCTION] {
        let outcome = run(manifest);
        let mut found = ids(&outcome);
        found.retain(|id| rules::persona(id) < rules::Persona::Auditor);
        assert_eq!(found, [""; 0]);
        assert!(outcome.notes.is_empty());
        assert_eq!(outcome.resources(), 1);
    }
}

#[test]
fn pasted_without_indentation_they_get_no_verdict() {
    for manifest in [ORDER_TO_PAYMENT, STRICT_PRODUCTION] {
        let outcome = run(&without_indentation(manifest));
        assert_eq!(ids(&outcome), ["indentation-lost"]);
        assert_eq!(outcome.resources(), 0);
        assert!(outcome.notes.is_empty());
    }
}

/// The verdict about a pod in `production`, through the model.
fn verdict(manifests: &str, options: &Options) -> effective_mtls::Verdict {
    let source = Source::new("m.yaml", manifests.as_bytes().to_vec()).unwrap();
    let documents = documents::read(&[source]);
    let model = index::build(&documents, options);
    let workload = model.workloads.first().unwrap();
    effective_mtls::of_workload(&model, workload).whole_verdict()
}

#[test]
fn effective_mode_follows_istios_precedence() {
    use effective_mtls::Verdict::{Depends, NotStrict, Strict};
    let mesh = |mode: &str| {
        policy(
            "mesh",
            "istio-system",
            &format!("{{mtls: {{mode: {mode}}}}}"),
        )
    };
    let space = |mode: &str| {
        policy(
            "default",
            "production",
            &format!("{{mtls: {{mode: {mode}}}}}"),
        )
    };
    let own = |spec: &str| {
        policy(
            "own",
            "production",
            &format!("{{selector: {{matchLabels: {{app: a}}}}, {spec}}}"),
        )
    };
    let cases = [
        ("nothing is known", String::new(), Depends),
        ("strict mesh", mesh("STRICT"), Strict),
        ("permissive mesh", mesh("PERMISSIVE"), NotStrict),
        ("an unset mesh is permissive", mesh("UNSET"), NotStrict),
        (
            "a namespace overrides the mesh",
            mesh("STRICT") + &space("PERMISSIVE"),
            NotStrict,
        ),
        (
            "a namespace that is unset inherits",
            mesh("STRICT") + &space("UNSET"),
            Strict,
        ),
        ("unset over an unseen mesh", space("UNSET"), Depends),
        ("a namespace needs no mesh", space("STRICT"), Strict),
        (
            "a workload overrides",
            space("STRICT") + &own("mtls: {mode: DISABLE}"),
            NotStrict,
        ),
        (
            "a workload inherits",
            space("STRICT") + &own("mtls: {}"),
            Strict,
        ),
        (
            "a port is excepted",
            space("STRICT") + &own("portLevelMtls: {8080: {mode: PERMISSIVE}}"),
            NotStrict,
        ),
        (
            "a port that is unset is not",
            space("STRICT") + &own("portLevelMtls: {8080: {mode: UNSET}}"),
            Strict,
        ),
        (
            "another namespace's policy is none",
            mesh("STRICT") + &policy("default", "staging", "{mtls: {mode: DISABLE}}"),
            Strict,
        ),
        (
            "a selector in the root namespace is ignored",
            policy(
                "a",
                "istio-system",
                "{selector: {matchLabels: {app: a}}, mtls: {mode: STRICT}}",
            ),
            NotStrict,
        ),
        (
            "an empty selector is none",
            policy(
                "x",
                "production",
                "{selector: {matchLabels: {}}, mtls: {mode: STRICT}}",
            ),
            Strict,
        ),
        (
            "two policies of one scope leave both outcomes",
            space("STRICT") + &policy("b", "production", "{mtls: {mode: PERMISSIVE}}"),
            Depends,
        ),
        (
            "two strict policies are strict",
            space("STRICT") + &policy("b", "production", "{mtls: {mode: STRICT}}"),
            Strict,
        ),
    ];
    for (case, policies, expected) in cases {
        let manifests = pod("a", "production") + &policies;
        assert_eq!(verdict(&manifests, &Options::default()), expected, "{case}");
    }
}

#[test]
fn what_the_caller_knows_settles_what_the_input_lacks() {
    use effective_mtls::Verdict::{NotStrict, Strict};
    let assume = |mode| Options {
        assume_mesh_mtls: Some(mode),
        ..Options::default()
    };
    let manifests = pod("a", "production");
    assert_eq!(verdict(&manifests, &assume(Mode::Strict)), Strict);
    assert_eq!(verdict(&manifests, &assume(Mode::Permissive)), NotStrict);
    // The input knows better than the caller.
    let seen = manifests + &policy("mesh", "istio-system", "{mtls: {mode: PERMISSIVE}}");
    assert_eq!(verdict(&seen, &assume(Mode::Strict)), NotStrict);
    let other_root = Options {
        root_namespace: "mesh".to_owned(),
        ..Options::default()
    };
    let moved = pod("a", "production") + &policy("mesh", "mesh", "{mtls: {mode: STRICT}}");
    assert_eq!(verdict(&moved, &other_root), Strict);
}

#[test]
fn a_root_namespace_of_another_name_is_said() {
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: mesh}\n\
                  data: {mesh: \"rootNamespace: mesh\"}\n";
    let outcome = run(config);
    assert!(outcome.notes[0].is_failure(), "{:?}", outcome.notes);
    assert!(
        outcome.notes[0]
            .message
            .contains("--assume root-namespace=mesh")
    );
    let told = Options {
        root_namespace: "mesh".to_owned(),
        ..Options::default()
    };
    assert!(run_with(&[("m.yaml", config)], &told).notes.is_empty());
}

#[test]
fn absence_is_evidence_and_what_is_unseen_lowers_confidence() {
    let labelled = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n";
    let unseen = run(&(labelled.to_owned() + &pod("a", "shop")));
    let finding = unseen
        .findings
        .iter()
        .find(|f| f.rule.id == "mtls-not-strict")
        .unwrap();
    assert_eq!(
        (finding.severity, finding.confidence),
        (Severity::Low, Confidence::Low)
    );
    assert!(
        finding.message.contains("depends on the mesh-wide policy"),
        "{}",
        finding.message
    );

    let root = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n";
    let seen = run(&(labelled.to_owned() + root + &pod("a", "shop")));
    let finding = seen
        .findings
        .iter()
        .find(|f| f.rule.id == "mtls-not-strict")
        .unwrap();
    assert_eq!(
        (finding.severity, finding.confidence),
        (Severity::Medium, Confidence::Medium)
    );
    assert_eq!(
        finding.evidence,
        [
            "no PeerAuthentication for the whole mesh in `istio-system`",
            "no PeerAuthentication for the whole of namespace `shop`"
        ]
    );
}

#[test]
fn without_a_mesh_nothing_is_said_about_mtls() {
    let outcome = run(&pod("a", "shop"));
    assert!(
        !ids(&outcome).contains(&"mtls-not-strict"),
        "{:?}",
        ids(&outcome)
    );
}

#[test]
fn a_permissive_policy_names_whom_it_opens() {
    let manifests = pod("a", "staging")
        + &pod("b", "staging")
        + &policy("default", "staging", "{mtls: {mode: PERMISSIVE}}");
    let outcome = run(&manifests);
    let finding = outcome
        .findings
        .iter()
        .find(|finding| finding.rule.id == "peer-authentication-permissive")
        .unwrap();
    assert_eq!(
        finding.message,
        "PeerAuthentication staging/default sets mode PERMISSIVE: plaintext is accepted by 2 workloads (a and b)"
    );
    let place = finding.primary.as_ref().unwrap();
    assert_eq!(place.source.slice(place.span), b"PERMISSIVE");
}

#[test]
fn a_wrong_type_is_a_note_and_spoils_one_resource_only() {
    let manifests = format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: x, namespace: a}}\nspec: [1]\n{}",
        policy("default", "a", "{mtls: {mode: DISABLE}}")
    );
    let outcome = run(&manifests);
    assert_eq!(ids(&outcome), ["peer-authentication-disable"]);
    assert_eq!(outcome.notes.len(), 1);
    assert_eq!(outcome.notes[0].code, "invalid-resource");
    assert!(
        outcome.notes[0]
            .message
            .contains("`spec` is a list where a mapping is due")
    );
    for (spec, what) in [
        (
            "{mtls: {mode: on}}",
            "`mode` is a boolean where a string is due",
        ),
        ("{mtls: {mode: MUTUAL}}", "`MUTUAL` is no mTLS mode"),
        (
            "{selector: {matchLabels: {a: on}}}",
            "`a` is a boolean where a string (quote it) is due",
        ),
        (
            "{portLevelMtls: {8080: {mode: STRICT}}}",
            "`portLevelMtls` needs a selector",
        ),
    ] {
        let outcome = run(&policy("default", "a", spec));
        assert!(ids(&outcome).is_empty(), "{spec}");
        assert!(
            outcome.notes[0].message.contains(what),
            "{}",
            outcome.notes[0].message
        );
        assert!(outcome.notes[0].location.is_some());
    }
}

#[test]
fn bad_documents_and_templates_end_nothing() {
    let strict = policy("default", "a", "{mtls: {mode: PERMISSIVE}}");
    let outcome = run_with(
        &[
            ("bad.yaml", &format!("a: [\n{strict}")),
            (
                "chart/templates/x.yaml",
                "kind: {{ .Values.kind }}\nmetadata:\n  name: {{ .Release.Name }}\n",
            ),
            (
                "chart/templates/y.yaml",
                "{{- if .Values.x }}\nkind: Pod\n{{- end }}\n",
            ),
            (
                "alert.yaml",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {t: \"{{ $labels.x }}\"}\n",
            ),
            ("binary.yaml", "a: \u{0}\n"),
        ],
        &Options::default(),
    );
    assert_eq!(ids(&outcome), ["peer-authentication-permissive"]);
    let codes: Vec<_> = outcome.notes.iter().map(|note| note.code).collect();
    assert_eq!(
        codes,
        [
            "unparsable-document",
            "unparsable-helm-template",
            "unparsable-helm-template",
            "unparsable-document"
        ]
    );
    assert_eq!(outcome.resources(), 2);
}

#[test]
fn lists_and_json_are_flattened_with_their_spans() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: security.istio.io/v1\n  kind: PeerAuthentication\n  \
                metadata: {name: x, namespace: a}\n  spec: {mtls: {mode: PERMISSIVE}}\n";
    let json = r#"{"apiVersion": "security.istio.io/v1", "kind": "PeerAuthenticationList", "items": [
        {"metadata": {"name": "x", "namespace": "a"}, "spec": {"mtls": {"mode": "DISABLE"}}}]}"#;
    let outcome = run_with(&[("a.yaml", list), ("b.json", json)], &Options::default());
    let places: Vec<_> = outcome
        .findings
        .iter()
        .filter_map(|finding| finding.primary.as_ref())
        .map(|place| String::from_utf8_lossy(place.source.slice(place.span)).into_owned())
        .collect();
    assert!(places.contains(&"PERMISSIVE".to_owned()), "{places:?}");
    assert!(places.contains(&"\"DISABLE\"".to_owned()), "{places:?}");
}

#[test]
fn default_deny_is_judged_by_namespace_and_direction() {
    let deny = |namespace: &str, spec: &str| {
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: d, namespace: {namespace}}}\nspec: {spec}\n"
        )
    };
    let findings = |manifests: String| {
        let outcome = run(&manifests);
        let found = outcome.findings.into_iter();
        found
            .filter(|finding| finding.rule.id == "namespace-without-default-deny")
            .map(|finding| (finding.severity, finding.message))
            .collect::<Vec<_>>()
    };
    let both = deny("a", "{podSelector: {}, policyTypes: [Ingress, Egress]}");
    assert_eq!(findings(pod("x", "a") + &both).len(), 0);
    // Another namespace's policy protects nothing here.
    let elsewhere = deny("b", "{podSelector: {}, policyTypes: [Ingress, Egress]}");
    assert_eq!(findings(pod("x", "a") + &elsewhere).len(), 2);
    // Without policyTypes ingress is isolated, egress is not.
    let ingress = findings(pod("x", "a") + &deny("a", "{podSelector: {}}"));
    assert_eq!(ingress.len(), 1);
    assert!(ingress[0].1.contains("for egress"), "{}", ingress[0].1);
    // One by one, by expression.
    let own = deny(
        "a",
        "{podSelector: {matchExpressions: [{key: app, operator: In, values: [x]}]}, policyTypes: [Ingress, Egress]}",
    );
    assert!(
        findings(pod("x", "a") + &own)
            .iter()
            .all(|(severity, _)| *severity == Severity::Low)
    );
    let mixed = findings(pod("x", "a") + &pod("z", "a") + &own);
    assert!(
        mixed
            .iter()
            .any(|(severity, _)| *severity == Severity::Medium)
    );
    // The cluster's own namespaces are left alone.
    assert_eq!(findings(pod("x", "kube-system")).len(), 0);
}

#[test]
fn polarity_decides_whether_plaintext_evades_a_policy() {
    let case = |action: &str, rule: &str| {
        let manifests = policy("default", "a", "{mtls: {mode: PERMISSIVE}}")
            + &format!(
                "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: x, namespace: a}}\n\
                 spec: {{action: {action}, rules: [{rule}]}}\n"
            );
        ids(&run(&manifests)).contains(&"authorization-identity-without-mtls")
    };
    for (action, rule, evaded) in [
        ("ALLOW", "{from: [{source: {principals: [a]}}]}", false),
        ("ALLOW", "{from: [{source: {notPrincipals: [a]}}]}", true),
        (
            "ALLOW",
            "{from: [{source: {notNamespaces: [a], principals: [b]}}]}",
            false,
        ),
        (
            "ALLOW",
            "{from: [{source: {notNamespaces: [a]}}], when: [{key: source.principal, values: [b]}]}",
            false,
        ),
        (
            "ALLOW",
            "{when: [{key: source.namespace, notValues: [a]}]}",
            true,
        ),
        ("ALLOW", "{to: [{operation: {ports: ['80']}}]}", false),
        ("DENY", "{from: [{source: {namespaces: [a]}}]}", true),
        ("DENY", "{from: [{source: {notNamespaces: [a]}}]}", false),
        (
            "DENY",
            "{when: [{key: source.principal, values: [a]}]}",
            true,
        ),
        (
            "DENY",
            "{from: [{source: {ipBlocks: [10.0.0.0/8]}}]}",
            false,
        ),
        ("AUDIT", "{from: [{source: {namespaces: [a]}}]}", false),
    ] {
        assert_eq!(case(action, rule), evaded, "{action} {rule}");
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        /// Manifests cut, doubled and overwritten anywhere never panic, and every place stays inside its input.
        #[test]
        fn mutated_manifests_never_panic(
            which in 0..3_usize,
            cut in 0..2000_usize,
            length in 0..80_usize,
            insert in prop::sample::select(vec!["", "\n", "  ", "- ", ": ", "[", "{", "&a ", "*a", "|", "\"", "\t", "null", "{{", "---\n", "\u{e9}", "\0"]),
        ) {
            let base = match which {
                0 => ORDER_TO_PAYMENT.to_owned(),
                1 => STRICT_PRODUCTION.to_owned(),
                _ => pod("a", "b") + ORDER_TO_PAYMENT + &policy("x", "b", "{selector: {matchLabels: {app: a}}, portLevelMtls: {1: {mode: DISABLE}}}"),
            };
            let start = cut % base.len();
            let end = (start + length).min(base.len());
            let text = format!("{}{insert}{}", &base[..start], &base[end..]);
            let outcome = run(&text);
            let places = outcome.findings.iter().flat_map(|finding| finding.primary.iter().chain(&finding.related));
            let notes = outcome.notes.iter().filter_map(|note| note.location.as_ref());
            for place in places.chain(notes) {
                prop_assert!(text.get(place.span.range()).is_some());
            }
        }
    }
}

/// A baseline that knows a group hides no member that joins it later.
#[test]
fn a_baselined_group_with_one_more_member_is_active_again() {
    use crate::kernel::finding::baseline::{Baseline, write};
    let deny = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
                metadata: {name: deny, namespace: p}\n\
                spec: {action: DENY, rules: [{from: [{source: {namespaces: [x]}}]}]}\n";
    let port = "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
                metadata: {name: port, namespace: p}\n\
                spec: {selector: {matchLabels: {t: x}}, mtls: {mode: STRICT}, portLevelMtls: {8443: {mode: DISABLE}}}\n";
    let into = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: in, namespace: hard}\n\
                spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{namespaceSelector: {}}]}]}\n"
        .replace("namespaceSelector: {}", "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: p}}")
        + &policy("default", "hard", "{mtls: {mode: STRICT}}");
    let root = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n";
    let labelled = |name: &str| {
        pod(name, "p").replace(
            "labels: {",
            "labels: {sidecar.istio.io/inject: \"true\", t: x, ",
        )
    };
    let cases = [
        (
            "mtls-not-strict",
            root.to_owned(),
            labelled as fn(&str) -> String,
        ),
        ("namespace-without-default-deny", String::new(), labelled),
        (
            "peer-authentication-permissive",
            policy("default", "p", "{mtls: {mode: PERMISSIVE}}"),
            labelled,
        ),
        (
            "peer-authentication-disable",
            policy("default", "p", "{mtls: {mode: DISABLE}}"),
            labelled,
        ),
        ("port-level-mtls-exception", port.to_owned(), labelled),
        (
            "authorization-identity-without-mtls",
            root.to_owned() + deny,
            labelled,
        ),
        (
            "permissive-namespace-reaches-strict",
            into + root + &pod("soft", "p"),
            |name| pod(name, "hard"),
        ),
    ];
    for (rule, cluster, member) in cases {
        let before = run(&(cluster.clone() + &member("a")));
        assert!(ids(&before).contains(&rule), "{rule} does not fire");
        let baseline = Baseline::load(write(&before.findings).as_bytes()).unwrap();
        let active = |members: &str| {
            let mut outcome = run(&(cluster.clone() + members));
            baseline.apply(&mut outcome.findings);
            let mut found = outcome.findings.into_iter();
            found.any(|finding| finding.rule.id == rule && finding.is_active())
        };
        assert!(!active(&member("a")), "{rule}: nothing has changed");
        assert!(
            active(&(member("a") + &member("b"))),
            "{rule}: b has joined"
        );
    }
}
