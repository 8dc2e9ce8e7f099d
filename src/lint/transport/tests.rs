//! What is accepted and what is sent, in small clusters.

use super::*;
use crate::kernel::source::Source;
use crate::lint::{Options, documents, index};

mod installed;

fn with<T>(manifests: &str, look: impl FnOnce(&Model<'_>) -> T) -> T {
    let source = Source::new("m.yaml", manifests.as_bytes().to_vec()).unwrap();
    let documents = documents::read(&[source]);
    let options = Options::default();
    let model = index::build(&documents, &options);
    assert!(model.notes.is_empty(), "{:?}", model.notes);
    look(&model)
}

fn find<'m, 'a>(model: &'m Model<'a>, name: &str) -> &'m Workload<'a> {
    let mut workloads = model.workloads.iter();
    workloads.find(|one| one.resource.name == name).unwrap()
}

fn namespace(name: &str, label: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{label}}}}}\n"
    )
}

fn pod(name: &str, namespace: &str, annotations: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}, annotations: {{{annotations}}}}}\n\
         spec: {{containers: [{{name: c, image: i, ports: [{{containerPort: 8443}}, {{containerPort: 9090}}]}}]}}\n"
    )
}

fn policy(name: &str, namespace: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

fn rule(namespace: &str, host: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: r, namespace: {namespace}}}\nspec: {{host: {host}, {rest}}}\n"
    )
}

const INJECTED: &str = "istio-injection: enabled";
const ROOT: &str = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n";

fn strict(name: &str) -> String {
    policy("default", name, "{mtls: {mode: STRICT}}")
}

#[test]
fn what_bypasses_the_proxy_is_not_strict() {
    use Verdict::{NotStrict, Strict};
    let base = namespace("a", INJECTED) + &strict("a");
    for (annotations, on_8443, on_9090) in [
        ("", Strict, Strict),
        (
            "traffic.sidecar.istio.io/excludeInboundPorts: '9090, 1'",
            Strict,
            NotStrict,
        ),
        (
            "traffic.sidecar.istio.io/includeInboundPorts: '8443'",
            Strict,
            NotStrict,
        ),
        (
            "traffic.sidecar.istio.io/includeInboundPorts: '*'",
            Strict,
            Strict,
        ),
        (
            "traffic.sidecar.istio.io/includeInboundPorts: '8443', traffic.sidecar.istio.io/excludeInboundPorts: '8443'",
            Strict,
            NotStrict,
        ),
        (
            "sidecar.istio.io/interceptionMode: NONE",
            NotStrict,
            NotStrict,
        ),
        ("sidecar.istio.io/inject: 'false'", NotStrict, NotStrict),
    ] {
        with(&(base.clone() + &pod("x", "a", annotations)), |model| {
            let x = find(model, "x");
            assert_eq!(
                on_port(model, x, Some(8443)).verdict,
                on_8443,
                "{annotations}"
            );
            assert_eq!(
                on_port(model, x, Some(9090)).verdict,
                on_9090,
                "{annotations}"
            );
            assert_eq!(on_port(model, x, Some(15020)).verdict, NotStrict);
            let expected: &[u16] = if annotations.contains("9090, 1") {
                &[1, 8443, 9090]
            } else {
                &[8443, 9090]
            };
            assert_eq!(ports(model, x), expected);
        });
    }
    let host = pod("x", "a", "").replace("spec: {", "spec: {hostNetwork: true, ");
    with(&(base + &host), |model| {
        let judged = on_port(model, find(model, "x"), None);
        assert_eq!(judged.verdict, NotStrict);
        assert!(judged.bypass.unwrap().contains("host network"));
    });
}

#[test]
fn doubts_are_named() {
    let unknown = strict("a") + &pod("x", "a", "");
    with(&unknown, |model| {
        let judged = on_port(model, find(model, "x"), None);
        assert_eq!(judged.verdict, Verdict::Depends);
        assert_eq!(
            judged.doubts,
            ["whether a proxy is injected: Namespace `a` is not in the input"]
        );
    });
    let ambiguous = namespace("a", INJECTED)
        + &strict("a")
        + &policy("other", "a", "{mtls: {mode: PERMISSIVE}}")
        + &pod("x", "a", "");
    with(&ambiguous, |model| {
        let judged = on_port(model, find(model, "x"), None);
        assert_eq!(judged.verdict, Verdict::Depends);
        assert!(
            judged
                .doubts
                .iter()
                .any(|doubt| doubt.starts_with("which is older")),
            "{judged:?}"
        );
    });
}

/// ztunnel's own reading of exceptions.
#[test]
fn ambient_honours_exceptions_by_rules_of_its_own() {
    use Verdict::{NotStrict, Strict};
    let base = namespace("a", "istio.io/dataplane-mode: ambient") + &pod("x", "a", "");
    let own = |spec: &str| {
        policy(
            "own",
            "a",
            &format!("{{selector: {{matchLabels: {{app: x}}}}, {spec}}}"),
        )
    };
    for (policies, on_8443, elsewhere) in [
        (
            strict("a") + &own("portLevelMtls: {8443: {mode: DISABLE}}"),
            Strict,
            Strict,
        ),
        (
            strict("a") + &own("portLevelMtls: {8443: {mode: PERMISSIVE}}"),
            NotStrict,
            Strict,
        ),
        (
            strict("a") + &own("portLevelMtls: {8443: {mode: DISABLE}, 1: {mode: PERMISSIVE}}"),
            NotStrict,
            Strict,
        ),
        (
            own("mtls: {mode: STRICT}, portLevelMtls: {8443: {mode: DISABLE}}"),
            NotStrict,
            Strict,
        ),
        (
            own("mtls: {mode: PERMISSIVE}, portLevelMtls: {8443: {mode: STRICT}}"),
            Strict,
            NotStrict,
        ),
        (own("mtls: {mode: DISABLE}"), NotStrict, NotStrict),
    ] {
        with(&(base.clone() + ROOT + &policies), |model| {
            let x = find(model, "x");
            assert_eq!(on_port(model, x, Some(8443)).verdict, on_8443, "{policies}");
            assert_eq!(
                on_port(model, x, Some(9090)).verdict,
                elsewhere,
                "{policies}"
            );
            assert!(on_port(model, x, None).accepts_mtls(), "{policies}");
        });
    }
}

/// What a client in `c` sends to `s.a`, port 80 → 8443.
fn sent(manifests: &str) -> (bool, bool, bool) {
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: a}\n\
                   spec: {selector: {app: x}, ports: [{port: 80, targetPort: 8443}]}\n";
    let base = namespace("a", INJECTED) + &namespace("c", INJECTED) + service + ROOT;
    let base = base + &pod("x", "a", "") + &pod("client", "c", "");
    with(&(base + manifests), |model| {
        let wiring = wiring(
            model,
            &Path {
                client: find(model, "client"),
                service: model.services.first(),
                server: find(model, "x"),
                port: 8443,
            },
        );
        assert!(!wiring.because.is_empty());
        (wiring.plaintext, wiring.mtls, wiring.own_tls)
    })
}

const PLAIN: (bool, bool, bool) = (true, false, false);
const MTLS: (bool, bool, bool) = (false, true, false);

#[test]
fn clients_follow_rules_then_automatic_mtls() {
    let off = "trafficPolicy: {tls: {mode: DISABLE}}";
    assert_eq!(sent(""), MTLS);
    assert_eq!(sent(&rule("a", "s", off)), PLAIN);
    // A short name is of the rule's own namespace.
    assert_eq!(sent(&rule("c", "s", off)), MTLS);
    assert_eq!(sent(&rule("c", "s.a.svc.cluster.local", off)), PLAIN);
    assert_eq!(sent(&rule("istio-system", "'*.local'", off)), PLAIN);
    assert_eq!(
        sent(&rule(
            "a",
            "s",
            "exportTo: [.], trafficPolicy: {tls: {mode: DISABLE}}"
        )),
        MTLS
    );
    assert_eq!(sent(&rule("other", "s.a.svc.cluster.local", off)), MTLS);
    let simple = "trafficPolicy: {tls: {mode: SIMPLE}}";
    assert_eq!(sent(&rule("a", "s", simple)), (false, false, true));
    // The first hit ends the search, even without TLS.
    let both = rule("istio-system", "'*.local'", off) + &rule("a", "s", "trafficPolicy: {}");
    assert_eq!(sent(&both), MTLS);
}

#[test]
fn settings_of_a_port_replace_those_above() {
    let omitted =
        "trafficPolicy: {tls: {mode: DISABLE}, portLevelSettings: [{port: {number: 80}}]}";
    assert_eq!(sent(&rule("a", "s", omitted)), MTLS);
    let other = "trafficPolicy: {tls: {mode: DISABLE}, portLevelSettings: [{port: {number: 81}}]}";
    assert_eq!(sent(&rule("a", "s", other)), PLAIN);
}

/// The hint for automatic mTLS is the namespace's mode; the workload's own is not looked at.
#[test]
fn a_disabled_namespace_and_a_strict_workload_do_not_meet() {
    let disabled = policy("default", "a", "{mtls: {mode: DISABLE}}");
    assert_eq!(sent(&disabled), PLAIN);
    let strict = disabled
        + &policy(
            "own",
            "a",
            "{selector: {matchLabels: {app: x}}, mtls: {mode: STRICT}}",
        );
    assert_eq!(sent(&strict), PLAIN);
    let port = policy(
        "own",
        "a",
        "{selector: {matchLabels: {app: x}}, portLevelMtls: {8443: {mode: DISABLE}}}",
    );
    assert_eq!(sent(&port), PLAIN);
    let off = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n\
               data: {mesh: 'enableAutoMtls: false'}\n";
    assert_eq!(sent(off), PLAIN);
}

#[test]
fn a_call_is_what_is_sent_what_is_taken_and_what_is_allowed() {
    let manifests = namespace("a", INJECTED)
        + &strict("a")
        + &pod("x", "a", "")
        + &pod("out", "a", "sidecar.istio.io/inject: 'false'")
        + &pod("in", "a", "");
    with(&manifests, |model| {
        let ways = |client: &str| {
            let path = Path {
                client: find(model, client),
                service: None,
                server: find(model, "x"),
                port: 8443,
            };
            let ways = ways(model, &path).into_iter();
            ways.map(|way| (way.wire, way.taken)).collect::<Vec<_>>()
        };
        assert_eq!(ways("in"), [(Wire::Mtls, Taken::Yes)]);
        assert_eq!(ways("out"), [(Wire::Plaintext, Taken::No)]);
    });
}

/// A pod that is injected with another template has no sidecar in front of its ports.
#[test]
fn a_template_of_another_kind_leaves_it_open() {
    let base = namespace("a", INJECTED) + &strict("a") + ROOT;
    for (template, verdict) in [
        ("sidecar", Verdict::Strict),
        ("'sidecar,mine'", Verdict::Depends),
        ("grpc-agent", Verdict::Depends),
        ("gateway", Verdict::Depends),
        ("mine", Verdict::Depends),
    ] {
        let annotation = format!("inject.istio.io/templates: {template}");
        let text = format!("{base}{}", pod("web", "a", &annotation));
        with(&text, |model| {
            let judged = on_port(model, find(model, "web"), Some(8443));
            assert_eq!(judged.verdict, verdict, "{template}");
        });
    }
}

/// Which of two policies of one name is applied last nobody knows.
#[test]
fn a_policy_that_is_defined_twice_settles_nothing() {
    let base = namespace("a", INJECTED) + &strict("a") + ROOT + &pod("web", "a", "");
    let other = "{selector: {matchLabels: {app: other}}, mtls: {mode: STRICT}}";
    let twice = policy("default", "a", other);
    let apart = policy("other", "a", other);
    for (text, verdict) in [
        (format!("{base}{apart}"), Verdict::Strict),
        (format!("{base}{twice}"), Verdict::Depends),
    ] {
        with(&text, |model| {
            let judged = on_port(model, find(model, "web"), Some(8443));
            assert_eq!(judged.verdict, verdict, "{text}");
        });
    }
}

/// What leaves a mode open although a PeerAuthentication says STRICT.
#[test]
fn what_the_control_plane_may_do_otherwise_is_doubted() {
    let base =
        |label: &str| ROOT.to_owned() + &namespace("a", label) + &strict("a") + &pod("x", "a", "");
    let of_revision = |label: &str, name: &str| {
        let metadata = format!("namespace: a, labels: {{istio.io/rev: {name}}}}}\nspec: {{mtls");
        base(label).replace("namespace: a}\nspec: {mtls", &metadata)
    };
    let mesh = |text: &str| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio, namespace: istio-system}}\n\
             data: {{mesh: '{text}'}}\n"
        )
    };
    let injector = |data: &str| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio-sidecar-injector, namespace: istio-system}}\n\
             data: {{{data}}}\n"
        )
    };
    let annotated = |annotation: &str| {
        base(INJECTED).replace("annotations: {}", &format!("annotations: {{{annotation}}}"))
    };
    for (text, verdict) in [
        (base(INJECTED), Verdict::Strict),
        // Objects of a revision are read by that revision alone.
        (of_revision(INJECTED, "canary"), Verdict::Depends),
        (
            of_revision("istio.io/rev: canary", "canary"),
            Verdict::Strict,
        ),
        (
            of_revision("istio.io/rev: stable", "canary"),
            Verdict::Depends,
        ),
        // Namespaces that the control plane does not look at.
        (
            base(INJECTED) + &mesh("discoverySelectors: [{matchLabels: {seen: \"yes\"}}]"),
            Verdict::Depends,
        ),
        (
            base(&format!("{INJECTED}, seen: 'yes'"))
                + &mesh("discoverySelectors: [{matchLabels: {seen: \"yes\"}}]"),
            Verdict::Strict,
        ),
        (
            base(INJECTED) + &mesh("discoverySelectors: []"),
            Verdict::Strict,
        ),
        (
            base(INJECTED) + &mesh("discoverySelectors: [{matchExpressions: []}]"),
            Verdict::Depends,
        ),
        // The injector's own configuration.
        (
            base(INJECTED)
                + &injector(
                    "values: '{\"global\": {\"proxy\": {\"excludeInboundPorts\": \"\", \"includeInboundPorts\": \"*\"}}}'",
                ),
            Verdict::Strict,
        ),
        (
            base(INJECTED)
                + &injector(
                    "values: '{\"global\": {\"proxy\": {\"excludeInboundPorts\": \"8443\"}}}'",
                ),
            Verdict::Depends,
        ),
        (
            base(INJECTED) + &injector("config: 'policy: disabled'"),
            Verdict::Depends,
        ),
        (
            base(INJECTED) + &injector("config: 'neverInjectSelector: [{matchLabels: {a: b}}]'"),
            Verdict::Depends,
        ),
        (base(INJECTED) + &injector("config: '{'"), Verdict::Depends),
        // Values that the injector does not understand.
        (
            annotated("traffic.sidecar.istio.io/excludeInboundPorts: '8000-9000'"),
            Verdict::Depends,
        ),
        (
            annotated("traffic.sidecar.istio.io/excludeInboundPorts: '*'"),
            Verdict::Depends,
        ),
        (
            annotated("traffic.sidecar.istio.io/excludeInboundPorts: '0x20fb'"),
            Verdict::Depends,
        ),
        (
            annotated("sidecar.istio.io/interceptionMode: none"),
            Verdict::Depends,
        ),
        (
            annotated("sidecar.istio.io/interceptionMode: TPROXY"),
            Verdict::Strict,
        ),
        // What changes the sidecar itself, or what reaches it.
        (
            annotated("traffic.sidecar.istio.io/excludeInterfaces: eth0"),
            Verdict::Depends,
        ),
        (
            annotated("sidecar.istio.io/bootstrapOverride: mine"),
            Verdict::Depends,
        ),
        (
            annotated("sidecar.istio.io/proxyImage: me/own"),
            Verdict::Depends,
        ),
        (
            annotated("inject.istio.io/templates: 'sidecar,custom'"),
            Verdict::Depends,
        ),
        (
            annotated("inject.istio.io/templates: sidecar"),
            Verdict::Strict,
        ),
    ] {
        with(&text, |model| {
            let verdict_of = |name: &str| on_port(model, find(model, name), Some(8443)).verdict;
            assert_eq!(verdict_of("x"), verdict, "{text}");
        });
    }
}

#[test]
fn several_rules_for_one_host_are_merged_or_alternatives() {
    let other = |rest: &str| rule("a", "s", rest).replace("name: r,", "name: r2,");
    let off = "trafficPolicy: {tls: {mode: DISABLE}}";
    let on = "trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}";
    let subsets = "subsets: [{name: v1, labels: {app: x}}]";
    for (one, second, expected) in [
        // Which is older no input shows.
        (on, off, (true, true, false)),
        // What the one leaves out the other gives.
        (subsets, off, PLAIN),
        (off, subsets, PLAIN),
        // Not for the same clients: not merged, and the last one read counts.
        (
            "exportTo: ['*'], subsets: [{name: v1, labels: {app: x}}]",
            off,
            (true, true, false),
        ),
        // One that selects the client comes before one for all.
        (
            "workloadSelector: {matchLabels: {app: client}}, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}",
            off,
            PLAIN,
        ),
    ] {
        assert_eq!(
            sent(&(rule("a", "s", one) + &other(second))),
            expected,
            "{one} {second}"
        );
    }
    let own = rule(
        "c",
        "s.a.svc.cluster.local",
        "workloadSelector: {matchLabels: {app: client}}, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}",
    );
    let all = rule("c", "s.a.svc.cluster.local", off).replace("name: r,", "name: r2,");
    assert_eq!(sent(&(own.clone() + &all)), MTLS);
    assert_eq!(sent(&(all + &own)), MTLS);
}

/// Manifests that were read from a cluster tell when they were made.
#[test]
fn the_oldest_wins_where_the_manifests_tell_it() {
    let made =
        |name: &str, year: &str| format!("name: {name}, creationTimestamp: {year}-01-01T00:00:00Z");
    let at = |name: &str, year: &str, mode: &str| {
        let plain = policy(name, "a", &format!("{{mtls: {{mode: {mode}}}}}"));
        plain.replace(&format!("name: {name}"), &made(name, year))
    };
    for (policies, verdict) in [
        (
            at("x", "2024", "PERMISSIVE") + &at("w", "2023", "STRICT"),
            Verdict::Strict,
        ),
        (
            at("x", "2023", "PERMISSIVE") + &at("w", "2024", "STRICT"),
            Verdict::NotStrict,
        ),
        // Of one second the name decides.
        (
            at("z", "2023", "PERMISSIVE") + &at("x", "2023", "STRICT"),
            Verdict::Strict,
        ),
        (
            at("w", "2023", "PERMISSIVE")
                + &at("x", "2022", "STRICT")
                + &policy("z", "a", "{mtls: {mode: STRICT}}"),
            Verdict::Strict,
        ),
        // One that does not tell may be the oldest; a time that is none tells nothing.
        (
            at("w", "2023", "STRICT") + &policy("z", "a", "{mtls: {mode: PERMISSIVE}}"),
            Verdict::Depends,
        ),
        (
            at("x", "then", "PERMISSIVE") + &at("w", "2023", "STRICT"),
            Verdict::Depends,
        ),
    ] {
        let selecting = policies.replace("spec: {", "spec: {selector: {matchLabels: {app: x}}, ");
        for policies in [policies, selecting] {
            let text = ROOT.to_owned() + &namespace("a", INJECTED) + &policies + &pod("x", "a", "");
            with(&text, |model| {
                let judged = on_port(model, find(model, "x"), Some(8443));
                assert_eq!(judged.verdict, verdict, "{text}");
            });
        }
    }
    let dated = |off: &str, on: &str| {
        let settings = rule("a", "s", "trafficPolicy: {tls: {mode: DISABLE}}");
        let other = settings.replace("DISABLE", "ISTIO_MUTUAL");
        let [off, on] = [(settings, "r", off), (other, "r2", on)]
            .map(|(rule, name, year)| rule.replace("name: r", &made(name, year)));
        sent(&(off + &on))
    };
    assert_eq!(dated("2022", "2023"), PLAIN);
    assert_eq!(dated("2023", "2022"), MTLS);
}

/// What a proxy does with a host that its Sidecar does not import.
#[test]
fn what_is_not_imported_is_passed_on_or_refused() {
    let blocked = |manifests: &str| {
        let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: a}\n\
                       spec: {selector: {app: x}, ports: [{port: 80, targetPort: 8443}]}\n\
                       ---\napiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: default, namespace: c}\n";
        let base = namespace("a", INJECTED) + &namespace("c", INJECTED) + ROOT;
        let base = base + &pod("x", "a", "") + &pod("client", "c", "") + service;
        with(&(base + manifests), |model| {
            let path = Path {
                client: find(model, "client"),
                service: model.services.first(),
                server: find(model, "x"),
                port: 8443,
            };
            let wiring = wiring(model, &path);
            // An application can go past its proxy's outbound side: what it would send is told all the same.
            assert!(wiring.plaintext || wiring.blocked == Blocked::No);
            wiring.blocked
        })
    };
    let hosts = "egress: [{hosts: [istio-system/*]}]";
    let config = |mode: &str| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio, namespace: istio-system}}\ndata:\n  mesh: |\n    \
             outboundTrafficPolicy: {{mode: {mode}}}\n"
        )
    };
    let only = format!("spec: {{{hosts}, outboundTrafficPolicy: {{mode: REGISTRY_ONLY}}}}\n");
    let any = format!("spec: {{{hosts}, outboundTrafficPolicy: {{mode: ALLOW_ANY}}}}\n");
    let silent = format!("spec: {{{hosts}}}\n");
    for (manifests, expected) in [
        (only.clone(), Blocked::Yes),
        (any.clone(), Blocked::No),
        (silent.clone(), Blocked::Perhaps),
        (silent.clone() + &config("ALLOW_ANY"), Blocked::No),
        (silent.clone() + &config("REGISTRY_ONLY"), Blocked::Yes),
        (any + &config("REGISTRY_ONLY"), Blocked::No),
        (
            format!("spec: {{{hosts}, outboundTrafficPolicy: {{}}}}\n"),
            Blocked::Yes,
        ),
        (
            "spec: {egress: [{hosts: ['*/*']}]}\n".to_owned(),
            Blocked::No,
        ),
    ] {
        assert_eq!(blocked(&manifests), expected, "{manifests}");
    }
}
