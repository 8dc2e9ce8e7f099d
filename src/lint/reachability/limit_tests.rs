//! What keeps a proof from being one: fields that no API has, settings, tunnels, machines, addresses of nodes.

use super::*;
use crate::kernel::source::Source;
use crate::lint::{Options, documents, index};

const PODS: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: prod, labels: {NAMESPACE}}
---
apiVersion: v1
kind: Pod
metadata: {name: order, namespace: prod, labels: {app: order}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: payment, namespace: prod, labels: {app: payment}}
spec: {containers: [{name: c, ports: [{containerPort: 8443}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: payment, namespace: prod}
spec: {podSelector: {matchLabels: {app: payment}}, ingress: [INGRESS]}
";

const ORDER: &str = "{from: [{podSelector: {matchLabels: {app: order}}}], ports: [{port: 8443}]}";

fn with<T>(text: &str, look: impl FnOnce(&Model<'_>) -> T) -> T {
    let source = Source::new("all.yaml", text.as_bytes().to_vec()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    look(&index::build(&documents, &options))
}

/// What is said of order and a block alone reaching payment.
fn ruled(ingress: &str, (namespace, extra): (&str, &str), block: &str) -> Ruling {
    let text = PODS
        .replace("INGRESS", ingress)
        .replace("NAMESPACE", namespace)
        + extra;
    with(&text, |model| {
        let assumptions = Assumptions {
            blocks: Blocks::HoldNoPods,
            ..Assumptions::default()
        };
        let reachability = Reachability::new(model, &assumptions);
        let target = Target::find(model, "prod/payment:8443").unwrap();
        let order = Target::find(model, "prod/order").unwrap().position;
        let mut callers = vec![Caller::Workload(order)];
        callers.extend(block.parse().map(Caller::Addresses).ok());
        reachability.only(&target, &callers, &NetworkAlone).ruling
    })
}

fn ruling(extra: &str) -> Ruling {
    ruled(ORDER, ("", extra), "")
}

#[test]
fn the_small_cluster_proves_what_it_says() {
    assert_eq!(ruling(""), Ruling::Proven);
    assert_eq!(ruling("---\n"), Ruling::Proven);
}

#[test]
fn a_field_that_the_api_lacks_spoils_the_policy() {
    let is_refused = |text: &str| {
        with(text, |model| {
            model
                .notes
                .iter()
                .any(|note| note.code == "invalid-resource")
        })
    };
    let of = |kind: &str, spec: &str| {
        let (api, name) = match kind {
            "PeerAuthentication" => ("security.istio.io/v1", "default"),
            "ClusterNetworkPolicy" => ("policy.networking.k8s.io/v1alpha2", "a"),
            _ => ("policy.networking.k8s.io/v1alpha1", "default"),
        };
        format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}}}\nspec: {{{spec}}}\n")
    };
    let admin = |rest: &str| {
        let spec = format!("priority: 1, subject: {{namespaces: {{}}}}, {rest}");
        of("AdminNetworkPolicy", &spec)
    };
    let rule = |rest: &str| {
        admin(&format!(
            "ingress: [{{action: Deny, from: [{{namespaces: {{}}}}], {rest}}}]"
        ))
    };
    let newer = |rest: &str| {
        let rule = format!("{{action: Deny, from: [{{namespaces: {{}}}}], {rest}}}");
        let spec =
            format!("tier: Admin, priority: 1, subject: {{namespaces: {{}}}}, ingress: [{rule}]");
        of("ClusterNetworkPolicy", &spec)
    };
    for sound in [
        of("PeerAuthentication", "mtls: {mode: STRICT}"),
        admin("ingress: []"),
        rule("name: a, ports: [{portNumber: {protocol: TCP, port: 22}}, {namedPort: web}]"),
        rule("ports: [{portRange: {protocol: TCP, start: 1, end: 2}}]"),
        newer("name: a, protocols: [{tcp: {destinationPort: {number: 22}}}]"),
        newer("protocols: [{udp: {destinationPort: {range: {start: 1, end: 2}}}}, {sctp: {}}]"),
        newer("protocols: [{destinationNamedPort: web}]"),
    ] {
        assert!(!is_refused(&sound), "{sound}");
    }
    for wrong in [
        of(
            "PeerAuthentication",
            "selectors: {matchLabels: {a: b}}, mtls: {mode: STRICT}",
        ),
        of("PeerAuthentication", "mtls: {mode: STRICT, modes: X}"),
        of(
            "PeerAuthentication",
            "selector: {matchLabels: {a: b}}, portLevelMtls: {}",
        ),
        of(
            "PeerAuthentication",
            "mtls: {mode: STRICT}, portLevel: {8443: {mode: DISABLE}}",
        ),
        of("PeerAuthentication", "mtls: {mode: STRICT}") + "mtls: {}\n",
        admin("ingres: []"),
        admin("Ingress: []"),
        admin("").replace("subject: {", "subject: {namespace: {}, "),
        of(
            "BaselineAdminNetworkPolicy",
            "priority: 1, subject: {namespaces: {}}",
        ),
        rule("port: [22]"),
        rule("protocols: []"),
        rule("ports: [{portNumber: {protocol: TCP, port: 22}, x: y}]"),
        rule("ports: [{portNumber: {protocol: TCP, port: 22, x: y}}]"),
        rule("ports: [{portRange: {protocol: TCP, start: 1, end: 2, x: y}}]"),
        rule("ports: [22]"),
        newer("protocol: []"),
        newer("ports: []"),
        newer("protocols: [{tcp: {destinationPorts: {number: 22}}}]"),
        newer("protocols: [{tcp: {destinationPort: {number: 22}}, x: y}]"),
        newer("protocols: [{tcp: {destinationPort: {number: 22, x: y}}}]"),
        newer("protocols: [{tcp: {destinationPort: {range: {start: 1, end: 2, x: y}}}}]"),
    ] {
        assert!(is_refused(&wrong), "{wrong}");
    }
}

/// The limits that the schemas of these resources hold.
#[test]
fn a_policy_of_the_cluster_beyond_its_limits_is_refused() {
    let is_refused = |version: &str, kind: &str, spec: &str| {
        let text = format!(
            "apiVersion: policy.networking.k8s.io/{version}\nkind: {kind}\nmetadata: {{name: default}}\nspec: {{{spec}}}\n"
        );
        with(&text, |model| {
            let mut notes = model.notes.iter();
            notes.any(|note| note.code == "invalid-resource")
        })
    };
    let older = |rule: &str| {
        let spec = format!("priority: 1, subject: {{namespaces: {{}}}}, {rule}");
        is_refused("v1alpha1", "AdminNetworkPolicy", &spec)
    };
    let newer = |rule: &str| {
        let spec = format!("tier: Admin, priority: 1, subject: {{namespaces: {{}}}}, {rule}");
        is_refused("v1alpha2", "ClusterNetworkPolicy", &spec)
    };
    let many = |one: &str, count: usize| [one].repeat(count).join(", ");
    let from =
        |peers: &str, rest: &str| format!("ingress: [{{action: Deny, from: [{peers}]{rest}}}]");
    let to = |action: &str, peer: &str, rest: &str| {
        format!("egress: [{{action: {action}, to: [{{{peer}}}]{rest}}}]")
    };
    let everyone = "{namespaces: {}}";
    let named = |length: usize| from(everyone, &format!(", name: {}", "x".repeat(length)));
    let blocks = |count: usize| {
        let blocks: Vec<String> = (0..count)
            .map(|index| format!("10.0.{index}.0/24"))
            .collect();
        to("Deny", &format!("networks: [{}]", blocks.join(", ")), "")
    };
    let port = "{portNumber: {protocol: TCP, port: 1}}";
    for (text, in_older, in_newer) in [
        (named(100), false, false),
        (named(101), true, true),
        (from(&many(everyone, 25), ""), false, false),
        (from(&many(everyone, 26), ""), false, true),
        (from(&many(everyone, 100), ""), false, true),
        (from(&many(everyone, 101), ""), true, true),
        (blocks(25), false, false),
        (blocks(26), true, true),
        (to("Deny", "networks: []", ""), true, true),
        (
            to("Deny", "networks: [10.0.0.0/8, 10.0.0.0/8]", ""),
            true,
            true,
        ),
        (to("Deny", "domainNames: [a.b]", ""), true, true),
        (to("Pass", "domainNames: [a.b]", ""), true, true),
    ] {
        assert_eq!((older(&text), newer(&text)), (in_older, in_newer), "{text}");
    }
    let allows = |peer: &str, rest: &str| older(&to("Allow", peer, rest));
    assert!(!allows("domainNames: [a.b, '*.c.d', e.f.]", ""));
    for wrong in ["a", "'*'", "a.*", "https://a.b", "a..b", "-a.b"] {
        assert!(allows(&format!("domainNames: [{wrong}]"), ""), "{wrong}");
    }
    assert!(allows(
        "networks: [10.0.0.0/8]",
        ", ports: [{namedPort: web}]"
    ));
    assert!(!allows("namespaces: {}", ", ports: [{namedPort: web}]"));
    assert!(!older(&from(
        everyone,
        &format!(", ports: [{}]", many(port, 100))
    )));
    assert!(older(&from(
        everyone,
        &format!(", ports: [{}]", many(port, 101))
    )));
    let range = |last: u16| format!(", ports: [{{portRange: {{start: 2, end: {last}}}}}]");
    assert_eq!(
        [1, 2, 3].map(|last| older(&from(everyone, &range(last)))),
        [true, true, false]
    );
    let protocols = |count: usize| {
        format!(
            ", protocols: [{}]",
            many("{destinationNamedPort: a}", count)
        )
    };
    assert_eq!(
        [0, 25, 26].map(|count| newer(&from(everyone, &protocols(count)))),
        [true, false, true]
    );
}

/// The settings of Cilium that stand in the input void or change what its policies say.
#[test]
fn settings_of_cilium_keep_from_proof() {
    let config = |data: &str| {
        format!(
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: cilium-config, namespace: kube-system}}\n\
             data: {{{data}}}\n"
        )
    };
    for data in [
        "",
        "enable-policy: default, enable-k8s-networkpolicy: 'true'",
        "policy-audit-mode: 'false', policy-cidr-match-mode: ''",
    ] {
        assert_eq!(ruling(&config(data)), Ruling::Proven, "{data}");
    }
    for data in [
        "enable-policy: never",
        "enable-policy: always",
        "enable-k8s-networkpolicy: 'false'",
        "enable-cilium-network-policy: 'false'",
        "policy-audit-mode: 'true'",
        "policy-cidr-match-mode: nodes",
        "labels: 'k8s:app'",
    ] {
        assert_eq!(ruling(&config(data)), Ruling::Undecided, "{data}");
    }
    let node = "---\napiVersion: cilium.io/v2\nkind: CiliumNodeConfig\nmetadata: {name: node, namespace: kube-system}\n";
    assert_eq!(ruling(node), Ruling::Undecided);
}

/// The same settings where people write them.
#[test]
fn settings_of_cilium_are_read_wherever_they_stand() {
    let object = |api: &str, kind: &str, name: &str, spec: &str| {
        format!(
            "---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}, namespace: kube-system}}\nspec: {{{spec}}}\n"
        )
    };
    let flux = |rest: &str| {
        let spec = format!("chart: {{spec: {{chart: cilium}}}}, {rest}");
        object("helm.toolkit.fluxcd.io/v2", "HelmRelease", "h", &spec)
    };
    let rke2 = |text: &str| {
        let spec = format!("valuesContent: '{text}'");
        object("helm.cattle.io/v1", "HelmChartConfig", "rke2-cilium", &spec)
    };
    let agent = |container: &str| {
        let template = format!(
            "selector: {{matchLabels: {{k: c}}}}, template: {{metadata: {{labels: {{k: c}}}}, spec: \
             {{hostNetwork: true, containers: [{{{container}}}]}}}}"
        );
        object("apps/v1", "DaemonSet", "cilium", &template)
    };
    for usual in [
        flux("values: {policyEnforcementMode: default, policyAuditMode: false, labels: ''}"),
        flux("values: {extraConfig: {enable-policy: default}, extraArgs: []}"),
        rke2("kubeProxyReplacement: true"),
        agent(
            "name: cilium-agent, command: [cilium-agent], args: ['--config-dir=/tmp/cilium/config-map']",
        ),
        agent(
            "name: cilium-agent, args: ['--enable-policy', default], env: [{name: CILIUM_K8S_NAMESPACE, value: a}]",
        ),
        agent("name: other, args: ['--enable-policy=never']"),
    ] {
        assert_eq!(ruling(&usual), Ruling::Proven, "{usual}");
    }
    for other in [
        flux("values: {policyEnforcementMode: never}"),
        flux("values: {policyAuditMode: true}"),
        flux("values: {k8sNetworkPolicy: {enabled: false}}"),
        flux("values: {extraConfig: {enable-policy: never}}"),
        flux("values: {extraArgs: ['--policy-audit-mode']}"),
        flux("values: {extraEnv: [{name: CILIUM_ENABLE_POLICY, value: never}]}"),
        flux("valuesFrom: [{kind: ConfigMap, name: v}]"),
        rke2("policyEnforcementMode: never"),
        rke2("{"),
        agent("name: cilium-agent, args: ['--enable-policy=never']"),
        agent("name: cilium-agent, args: ['--enable-policy', never]"),
        agent("name: a, command: [/usr/bin/cilium-agent, '--policy-audit-mode']"),
        agent("name: cilium-agent, env: [{name: CILIUM_ENABLE_POLICY, value: never}]"),
        agent("name: cilium-agent, env: [{name: CILIUM_ENABLE_POLICY, valueFrom: {}}]"),
    ] {
        assert_eq!(ruling(&other), Ruling::Undecided, "{other}");
    }
}

/// Traffic of ambient mode arrives on one port, whatever its own.
#[test]
fn the_tunnel_of_ambient_mode_keeps_from_proof() {
    let tunnel = format!("{ORDER}, {{ports: [{{port: 15008}}]}}");
    for (labels, ingress, expected) in [
        ("", ORDER, Ruling::Proven),
        ("istio-injection: enabled", ORDER, Ruling::Proven),
        ("istio.io/dataplane-mode: ambient", ORDER, Ruling::Undecided),
        ("istio-injection: enabled", &tunnel, Ruling::Undecided),
        // A namespace that asks for no mesh takes no tunnel.
        ("", &tunnel, Ruling::Proven),
        // Whoever is let in on every port needs no tunnel.
        (
            "istio-injection: enabled",
            &ORDER.replace(", ports: [{port: 8443}]", ""),
            Ruling::Proven,
        ),
    ] {
        assert_eq!(
            ruled(ingress, (labels, ""), ""),
            expected,
            "{labels} {ingress}"
        );
    }
    let unseen = PODS.replace("INGRESS", &tunnel);
    let unseen = unseen.split_once("---\n").unwrap().1;
    with(unseen, |model| assert!(!limits(model).is_empty()));
    // The policies of plugins are no other.
    let text = PODS.replace("NAMESPACE", "istio.io/dataplane-mode: ambient");
    let (pods, _) = text.split_once("---\napiVersion: networking").unwrap();
    for plugin in [
        "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: prod}\n\
         spec: {endpointSelector: {}, ingress: [{}]}\n",
        "---\napiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: c, namespace: prod}\n\
         spec: {selector: all()}\n",
    ] {
        with(&format!("{pods}{plugin}"), |model| {
            assert!(!limits(model).is_empty(), "{plugin}")
        });
    }
}

#[test]
fn machines_outside_keep_from_proof() {
    for kind in ["WorkloadEntry", "WorkloadGroup"] {
        let machine = format!(
            "---\napiVersion: networking.istio.io/v1\nkind: {kind}\nmetadata: {{name: vm, namespace: prod}}\n\
             spec: {{address: 10.9.0.5, serviceAccount: vm}}\n"
        );
        assert_eq!(ruling(&machine), Ruling::Undecided);
    }
}

/// A Service that is open on every node rewrites where its callers come from.
#[test]
fn addresses_behind_a_service_of_nodes_are_the_nodes() {
    let block = "{from: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 8443}]}";
    let service = |rest: &str| {
        format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: p, namespace: prod}}\n\
             spec: {{selector: {{app: payment}}, ports: [{{port: 8443}}], {rest}}}\n"
        )
    };
    for (ingress, rest, expected) in [
        (block, "type: ClusterIP", Ruling::Proven),
        (block, "type: LoadBalancer", Ruling::Undecided),
        (
            block,
            "type: NodePort, externalTrafficPolicy: Cluster",
            Ruling::Undecided,
        ),
        (
            block,
            "type: LoadBalancer, externalTrafficPolicy: Local",
            Ruling::Proven,
        ),
        // No block is let in, and the nodes' is none.
        (ORDER, "type: LoadBalancer", Ruling::Proven),
    ] {
        let ruling = ruled(ingress, ("", &service(rest)), "10.0.0.0/8");
        assert_eq!(ruling, expected, "{ingress} {rest}");
    }
}

/// Labels that no template shows.
#[test]
fn labels_of_controllers_are_neither_there_nor_absent() {
    let made = |kind: &str| {
        let (api, inner) = match kind {
            "Job" => ("batch/v1", ""),
            _ => ("apps/v1", "selector: {}, "),
        };
        format!(
            "---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: other, namespace: prod}}\n\
             spec: {{{inner}template: {{metadata: {{labels: {{app: other}}}}, spec: {{containers: [{{name: c}}]}}}}}}\n"
        )
    };
    let from = |asked: &str| {
        format!(
            "{ORDER}, {{from: [{{podSelector: {{matchExpressions: [{asked}]}}}}], ports: [{{port: 8443}}]}}"
        )
    };
    // Closed-world, so that pods that nobody sees do not decide.
    let ruled = |ingress: &str, extra: &str| {
        let text = PODS.replace("INGRESS", ingress).replace("NAMESPACE", "") + extra;
        with(&text, |model| {
            let assumptions = Assumptions {
                closed_world: true,
                ..Assumptions::default()
            };
            let reachability = Reachability::new(model, &assumptions);
            let target = Target::find(model, "prod/payment:8443").unwrap();
            let order = Target::find(model, "prod/order").unwrap().position;
            let callers = [Caller::Workload(order)];
            reachability.only(&target, &callers, &NetworkAlone).ruling
        })
    };
    for (kind, asked, expected) in [
        (
            "Deployment",
            "{key: pod-template-hash, operator: Exists}",
            Ruling::Undecided,
        ),
        (
            "Deployment",
            "{key: pod-template-hash, operator: In, values: [x]}",
            Ruling::Undecided,
        ),
        (
            "Deployment",
            "{key: job-name, operator: Exists}",
            Ruling::Proven,
        ),
        (
            "Job",
            "{key: job-name, operator: In, values: [other]}",
            Ruling::Undecided,
        ),
        (
            "StatefulSet",
            "{key: statefulset.kubernetes.io/pod-name, operator: Exists}",
            Ruling::Undecided,
        ),
        (
            "DaemonSet",
            "{key: controller-revision-hash, operator: Exists}",
            Ruling::Undecided,
        ),
        (
            "Deployment",
            "{key: security.istio.io/tlsMode, operator: Exists}",
            Ruling::Undecided,
        ),
        (
            "Deployment",
            "{key: app, operator: In, values: [x]}",
            Ruling::Proven,
        ),
    ] {
        assert_eq!(ruled(&from(asked), &made(kind)), expected, "{kind} {asked}");
    }
    // A policy that is for pods without the label may be for none.
    let text = PODS
        .replace("kind: Pod\nmetadata: {name: payment", "kind: Deployment\nmetadata: {name: payment")
        .replace("apiVersion: v1\nkind: Deployment", "apiVersion: apps/v1\nkind: Deployment")
        .replace(
            "spec: {containers: [{name: c, ports: [{containerPort: 8443}]}]}",
            "spec: {template: {metadata: {labels: {app: payment}}, spec: {containers: [{name: c, ports: [{containerPort: 8443}]}]}}}",
        )
        .replace(
            "{matchLabels: {app: payment}}, ingress",
            "{matchExpressions: [{key: pod-template-hash, operator: DoesNotExist}]}, ingress",
        )
        .replace("INGRESS", ORDER)
        .replace("NAMESPACE", "");
    with(&text, |model| {
        let reachability = Reachability::new(model, &Assumptions::default());
        let target = Target::find(model, "prod/payment:8443").unwrap();
        let order = Target::find(model, "prod/order").unwrap().position;
        let proof = reachability.only(&target, &[Caller::Workload(order)], &NetworkAlone);
        assert_eq!(proof.ruling, Ruling::Undecided);
    });
}

/// What another namespace is made of does not keep from a proof that it has no part in.
#[test]
fn limits_are_those_of_the_target() {
    let ambient = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: amb, labels: {istio.io/dataplane-mode: ambient}}\n\
                   ---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: amb}\nspec: {containers: [{name: c}]}\n";
    assert_eq!(ruling(ambient), Ruling::Proven);
    let service = |namespace: &str| {
        format!(
            "---\napiVersion: v1\nkind: Service\nmetadata: {{name: s, namespace: {namespace}}}\n\
             spec: {{selector: {{app: payment}}, ports: [{{port: 1}}]}}\n"
        )
        .repeat(2)
    };
    assert_eq!(ruling(&service("monitoring")), Ruling::Proven);
    assert_eq!(ruling(&service("prod")), Ruling::Undecided);
    // The whole input is told of it all the same, and a comparison of what did not change is not.
    let text = PODS.replace("INGRESS", ORDER).replace("NAMESPACE", "") + ambient;
    with(&text, |model| {
        assert_eq!(limits(model).len(), 1);
        assert!(limits_between(model, model).is_empty());
        let plain = PODS.replace("INGRESS", ORDER).replace("NAMESPACE", "");
        with(&plain, |before| {
            assert_eq!(limits_between(before, model).len(), 1)
        });
    });
}

/// A Kustomization that names what is beside it, and no more, changes nothing.
#[test]
fn a_kustomization_that_only_lists_its_files_changes_nothing() {
    let of = |files: &[(&str, &str)]| {
        let sources: Vec<_> = files
            .iter()
            .map(|(name, text)| Source::new(*name, text.as_bytes().to_vec()).unwrap())
            .collect();
        let (options, documents) = (Options::default(), documents::read(&sources));
        limits(&index::build(&documents, &options)).len()
    };
    let pods = PODS.replace("INGRESS", ORDER).replace("NAMESPACE", "");
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: other, namespace: dev}\nspec: {containers: [{name: c}]}\n";
    let kustomization = |rest: &str| {
        format!("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n{rest}\n")
    };
    for (rest, other, expected) in [
        ("resources: [a.yaml]", "", 0),
        ("resources: [./a.yaml, sub]", "d/sub/b.yaml", 0),
        ("resources: [a.yaml, ../base]", "base/b.yaml", 0),
        (
            "resources: [a.yaml]\nimages: [{name: i, newTag: '1'}]",
            "",
            0,
        ),
        ("resources: [a.yaml]", "d/b.yaml", 1),
        ("resources: [a.yaml]", "d/sub/b.yaml", 1),
        ("resources: [a.yaml, b.yaml]", "", 1),
        ("resources: [a.yaml, ../base]", "", 1),
        ("resources: [a.yaml, 'https://example.com/b.yaml']", "", 1),
        ("resources: []", "", 1),
        ("resources: [a.yaml]\nnamespace: other", "", 1),
        ("resources: [a.yaml]\npatches: []", "", 1),
    ] {
        let kustomization = kustomization(rest);
        let mut files = vec![
            ("d/a.yaml", pods.as_str()),
            ("d/kustomization.yaml", &kustomization),
        ];
        if !other.is_empty() {
            files.push((other, pod));
        }
        assert_eq!(of(&files), expected, "{rest} {other}");
    }
    // Two environments on one base: what one of them adds is not in the other.
    let base = kustomization("resources: [a.yaml]");
    let own = kustomization("resources: [../base, b.yaml]");
    let plain = kustomization("resources: [../base]");
    let environments = |second: &str| {
        of(&[
            ("apps/base/a.yaml", pods.as_str()),
            ("apps/base/kustomization.yaml", &base),
            ("apps/staging/b.yaml", pod),
            ("apps/staging/kustomization.yaml", &own),
            ("apps/production/kustomization.yaml", second),
        ])
    };
    assert_eq!(environments(&plain), 1);
    assert_eq!(environments(&kustomization("resources: [../staging]")), 0);
}
