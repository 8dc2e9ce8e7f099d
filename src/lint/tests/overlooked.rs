//! What used to pass in silence: openings, doubts and inputs that were not judged.

use super::*;

#[test]
fn wide_network_policies_are_seen_however_they_are_written() {
    let message = |ingress: &str| {
        let outcome = run(&format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: w, namespace: p}}\n\
             spec: {{podSelector: {{}}, ingress: [{ingress}]}}\n"
        ));
        let id = "network-policy-allows-everyone";
        let found = outcome.findings.iter().find(|one| one.rule.id == id);
        found.map_or_else(String::new, |one| one.message.clone())
    };
    let halves = "{from: [{ipBlock: {cidr: 0.0.0.0/1}}]}, {from: [{ipBlock: {cidr: 128.0.0.0/1}}]}";
    let exists = "{from: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: Exists}]}}]}";
    let cases = [
        ("{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}", ""),
        (halves, "IPv4 address"),
        (
            "{from: [{ipBlock: {cidr: 0.0.0.0/0, except: [203.0.113.7/32]}}]}",
            "most IPv4 addresses",
        ),
        (exists, "every pod of every namespace"),
        ("{ports: [{protocol: TCP}]}", "on every TCP port"),
        ("{ports: [{port: 1, endPort: 65535}]}", "on every TCP port"),
        ("{ports: [{port: 1, endPort: 80}]}", "on the listed ports"),
        ("{ports: [{port: 80}]}", "on one port"),
        ("{}", "on every port"),
    ];
    for (ingress, expected) in cases {
        let message = message(ingress);
        assert!(message.contains(expected), "{ingress}: {message}");
        assert_eq!(
            message.is_empty(),
            expected.is_empty(),
            "{ingress}: {message}"
        );
    }
}

/// `kubectl get deployments,replicasets,pods`: a claim about a Deployment is one about the pods that it has.
#[test]
fn pods_are_their_deployments() {
    let made = |kind: &str, name: &str, owner: &str| {
        let spec = "containers: [{name: c, ports: [{containerPort: 8443}]}]";
        let meta = format!("labels: {{app: payment, pod-template-hash: abc}}, {owner}");
        match kind {
            "Pod" => format!(
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: p, uid: 5f0c, {meta}}}\nspec: {{{spec}}}\n"
            ),
            _ => format!(
                "---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: p, {owner}}}\n\
                 spec: {{selector: {{matchLabels: {{app: payment}}}}, template: {{metadata: {{{meta}}}, spec: {{{spec}}}}}}}\n"
            ),
        }
    };
    let owned =
        |kind: &str, name: &str| format!("ownerReferences: [{{kind: {kind}, name: {name}}}]");
    let text = made("Deployment", "payment", "annotations: {}")
        + &made("ReplicaSet", "payment-abc", &owned("Deployment", "payment"))
        + &made("Pod", "payment-abc-x", &owned("ReplicaSet", "payment-abc"))
        + &made("Pod", "other-abc-x", &owned("ReplicaSet", "other-abcd"));
    let source = Source::new("m.yaml", text.into_bytes()).unwrap();
    let (documents, options) = (documents::read(&[source]), Options::default());
    let model = index::build(&documents, &options);
    let owners: Vec<_> = model.workloads.iter().map(|one| one.owner()).collect();
    let deployment = ("Deployment", "payment");
    let other = ("ReplicaSet", "other-abcd");
    assert_eq!(owners, [deployment, deployment, deployment, other]);
}

/// The verdict of `lint mtls` on the one workload of some manifests.
fn mode(text: &str) -> Verdict {
    let source = Source::new("m.yaml", text.as_bytes().to_vec()).unwrap();
    let report = mtls(&[source], &Options::default(), None);
    report.workloads[0].verdict
}

/// What installs control planes, and what makes objects at run time, is part of what decides.
#[test]
fn installers_and_makers_leave_a_mode_open() {
    let base = policy("m", "istio-system", "{mtls: {mode: STRICT}}")
        + "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: p, labels: {istio-injection: enabled}}\n"
        + &pod("a", "p");
    assert_eq!(mode(&base), Verdict::Strict);
    let with = |api: &str, kind: &str, spec: &str| {
        let object = format!(
            "---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: default, namespace: istio-system}}\nspec: {spec}\n"
        );
        mode(&(base.clone() + &object))
    };
    let (operator, sail) = ("install.istio.io/v1alpha1", "sailoperator.io/v1");
    let release = "helm.toolkit.fluxcd.io/v2";
    for (api, kind, spec, expected) in [
        (operator, "IstioOperator", "{}", Verdict::Strict),
        (
            operator,
            "IstioOperator",
            "{revision: canary}",
            Verdict::Depends,
        ),
        (
            operator,
            "IstioOperator",
            "{values: {global: {proxy: {autoInject: disabled}}}}",
            Verdict::Depends,
        ),
        (
            operator,
            "IstioOperator",
            "{values: {sidecarInjectorWebhook: {neverInjectSelector: [{matchLabels: {a: b}}]}}}",
            Verdict::Depends,
        ),
        (sail, "Istio", "{}", Verdict::Strict),
        (
            sail,
            "Istio",
            "{values: {meshConfig: {rootNamespace: other}}}",
            Verdict::Depends,
        ),
        (
            release,
            "HelmRelease",
            "{chart: {spec: {chart: istiod}}, values: {meshConfig: {rootNamespace: other}}}",
            Verdict::Depends,
        ),
        (
            release,
            "HelmRelease",
            "{chart: {spec: {chart: istiod}}}",
            Verdict::Strict,
        ),
        (
            release,
            "HelmRelease",
            "{chart: {spec: {chart: policies}}}",
            Verdict::Depends,
        ),
        (
            release,
            "HelmRelease",
            "{targetNamespace: p, chart: {spec: {chart: istiod}}}",
            Verdict::Depends,
        ),
        (
            "kyverno.io/v1",
            "ClusterPolicy",
            "{rules: [{mutate: {patchStrategicMerge: {}}}]}",
            Verdict::Depends,
        ),
        // A policy of the mesh within another object may be applied; one of the network decides no mode.
        (
            "example.com/v1",
            "Bundle",
            "{objects: [{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: o}}]}",
            Verdict::Depends,
        ),
        (
            "example.com/v1",
            "Bundle",
            "{objects: [{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: o}}]}",
            Verdict::Strict,
        ),
    ] {
        assert_eq!(with(api, kind, spec), expected, "{kind} {spec}");
    }
    let picked = |label: &str| {
        let by = policy(
            "l",
            "p",
            &format!("{{selector: {{matchLabels: {{{label}}}}}, mtls: {{mode: PERMISSIVE}}}}"),
        );
        mode(&(base.clone() + &by))
    };
    assert_eq!(
        picked("service.istio.io/canonical-name: a"),
        Verdict::Depends
    );
    assert_eq!(
        picked("service.istio.io/canonical-name: a, app: b"),
        Verdict::Strict
    );
}

#[test]
fn a_strict_mode_is_silent_only_where_a_proxy_is_certain() {
    let strict = policy("m", "istio-system", "{mtls: {mode: STRICT}}");
    let space = |labels: &str| {
        format!(
            "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: p, labels: {{{labels}}}}}\n"
        )
    };
    let pod = |metadata: &str, proxy: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: p, {metadata}}}\n\
             spec: {{containers: [{{name: c, image: i}}{proxy}]}}\n"
        )
    };
    let (on, off) = (
        space("istio-injection: enabled"),
        space("istio-injection: disabled"),
    );
    let proxy = ", {name: istio-proxy, image: busybox}";
    let asks = "annotations: {sidecar.istio.io/inject: \"true\"}";
    let refuses = "labels: {sidecar.istio.io/inject: \"false\"}";
    let ambient = space("istio.io/dataplane-mode: ambient");
    let made = "uid: 5f0c";
    let redirected = "uid: 5f0c, annotations: {ambient.istio.io/redirection: enabled}";
    let injected = ", {name: istio-proxy, image: 'istio/proxyv2:1.29'}";
    let started = ", {name: istio-proxy, image: auto, command: [socat]}";
    let cases: [(&str, String, &[&str]); 18] = [
        (
            "another image",
            on.clone() + &pod("", proxy),
            &["mtls-not-strict"],
        ),
        ("its own image", on.clone() + &pod("", injected), &[]),
        (
            "another program",
            on.clone() + &pod("", started),
            &["mtls-not-strict"],
        ),
        (
            "no word that counts",
            on.clone() + &pod("labels: {sidecar.istio.io/inject: \"no\"}", ""),
            &["mtls-not-strict"],
        ),
        (
            "ambient and injected",
            ambient.clone() + &pod("annotations: {sidecar.istio.io/status: \"{}\"}", ""),
            &["mtls-not-strict"],
        ),
        (
            "ambient and opted out",
            ambient.clone() + &pod("labels: {istio.io/dataplane-mode: none}", ""),
            &["injection-disabled"],
        ),
        (
            "made without one",
            on.clone() + &pod(made, ""),
            &["pod-without-proxy"],
        ),
        ("made with one", on.clone() + &pod(made, proxy), &[]),
        (
            "made, and perhaps not redirected",
            ambient.clone() + &pod(made, ""),
            &["mtls-not-strict"],
        ),
        ("redirected", ambient + &pod(redirected, ""), &[]),
        ("enabled", on.clone() + &pod("", ""), &[]),
        ("unseen", pod("", ""), &["mtls-not-strict"]),
        ("by hand", space("") + &pod("", proxy), &["mtls-not-strict"]),
        (
            "asked by annotation",
            space("") + &pod(asks, ""),
            &["injection-disabled"],
        ),
        (
            "refused, with a name",
            on.clone() + &pod(refuses, proxy),
            &["mtls-not-strict"],
        ),
        (
            "on, off",
            on.clone() + &off + &pod("", ""),
            &["duplicate-resource", "mtls-not-strict"],
        ),
        (
            "off, on",
            off + &on + &pod("", ""),
            &["duplicate-resource", "mtls-not-strict"],
        ),
        (
            "no port included",
            on.clone()
                + &pod(
                    "annotations: {traffic.sidecar.istio.io/includeInboundPorts: \"\"}",
                    "",
                ),
            &["inbound-ports-excluded"],
        ),
    ];
    for (case, manifests, expected) in cases {
        let outcome = run(&(strict.clone() + &manifests));
        let mut found = ids(&outcome);
        found.retain(|id| *id != "namespace-without-default-deny");
        found.sort_unstable();
        assert_eq!(found, expected, "{case}");
    }
}

#[test]
fn what_plaintext_walks_around_is_said_for_every_workload_that_nothing_else_reports() {
    let deny = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: q, namespace: p}\n\
                spec: {action: DENY, rules: [{from: [{source: {namespaces: [dev]}}]}]}\n";
    let space = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: p}\n";
    let mesh = |mode: &str| policy("m", "istio-system", &format!("{{mtls: {{mode: {mode}}}}}"));
    let id = "authorization-identity-without-mtls";
    let unlabelled = mesh("PERMISSIVE") + space + deny + &pod("a", "p");
    assert!(ids(&run(&unlabelled)).contains(&id));
    let exception = policy(
        "a",
        "p",
        "{selector: {matchLabels: {app: a}}, portLevelMtls: {8443: {mode: PERMISSIVE}}}",
    );
    let by_port = mesh("STRICT") + deny + &pod("a", "p") + &exception;
    assert!(ids(&run(&by_port)).contains(&id));
    assert!(!ids(&run(&(mesh("STRICT") + deny + &pod("a", "p")))).contains(&id));
}

#[test]
fn wildcards_allow_every_request() {
    let fires = |rule: &str| {
        let outcome = run(&format!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: q, namespace: p}}\n\
             spec: {{rules: [{rule}]}}\n"
        ));
        ids(&outcome).contains(&"authorization-policy-allow-all")
    };
    for rule in [
        "{}",
        "{from: [{source: {ipBlocks: [\"0.0.0.0/0\"]}}]}",
        "{to: [{operation: {paths: [\"*\"], methods: [GET, \"*\"]}}]}",
        "{from: [{source: {remoteIpBlocks: [\"0.0.0.0/0\"]}}], to: [{operation: {hosts: [\"*\"]}}]}",
    ] {
        assert!(fires(rule), "{rule}");
    }
    for rule in [
        "{from: [{source: {principals: [\"*\"]}}]}",
        "{from: [{source: {ipBlocks: [\"0.0.0.0/0\"], notIpBlocks: [10.0.0.1]}}]}",
        "{to: [{operation: {paths: [\"*\"], ports: [\"80\"]}}]}",
        "{to: [{operation: {paths: [\"*\"]}}], from: [{source: {namespaces: [a]}}]}",
        "{to: [{operation: {paths: [\"*\"]}}], when: [{key: source.ip, values: [10.0.0.1]}]}",
    ] {
        assert!(!fires(rule), "{rule}");
    }
}

#[test]
fn defaults_and_slips_of_the_pen_are_not_overlooked() {
    let rule = "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: d, namespace: p}\n\
                spec: {host: a, trafficPolicy: {tls: {}}}\n";
    assert_eq!(ids(&run(rule)), ["destination-rule-disables-tls"]);
    let sound = policy("default", "staging", "{mtls: {mode: PERMISSIVE}}");
    for broken in [
        sound.replace("spec:", "Spec:"),
        sound.replace("apiVersion: security.istio.io/v1\n", ""),
        format!("a: 1\n...\n{}", sound.trim_start_matches("---\n")),
    ] {
        let outcome = run(&broken);
        assert_eq!(ids(&outcome), [""; 0], "{broken}");
        assert!(outcome.notes.iter().any(Note::is_failure), "{broken}");
    }
}

#[test]
fn what_is_not_judged_is_a_failure_and_only_the_documents_concerned_are() {
    let template = "---\nspec:\n  {{- toYaml .Values.x | nindent 2 }}\n";
    let settings =
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {t: \"{{ .x }}\"}\n";
    let permissive = policy("default", "staging", "{mtls: {mode: PERMISSIVE}}");
    let outcome = run(&(template.to_owned() + settings + &permissive));
    assert_eq!(ids(&outcome), ["peer-authentication-permissive"]);
    assert_eq!(outcome.resources(), 2);
    assert_eq!(outcome.notes.len(), 1);
    assert!(outcome.notes[0].is_failure());
    let nameless = run("apiVersion: v1\nkind: Pod\nspec: {containers: []}\n");
    assert!(nameless.notes[0].is_failure());
    let settings = run("apiVersion: kind.x-k8s.io/v1\nkind: Cluster\n");
    assert!(!settings.notes[0].is_failure());
    let marked = permissive.replace("---\n", "---\n\u{feff}");
    assert_eq!(ids(&run(&marked)), ["peer-authentication-permissive"]);
}

/// What a baseline accepted is a policy for these pods with this rule, not its name.
#[test]
fn a_baseline_hides_no_policy_that_is_turned_elsewhere_or_widened() {
    use crate::kernel::finding::baseline::{Baseline, write};
    let pods = pod("order", "p") + &pod("payment", "p");
    let network = |selector: &str, port: &str| {
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: open, namespace: p}}\n\
             spec:\n  podSelector: {selector}\n  policyTypes: [Ingress]\n  ingress:\n  - ports:\n    - port: {port}\n"
        )
    };
    let authorization = |selector: &str, rule: &str| {
        format!(
            "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: a, namespace: p}}\n\
             spec:\n  action: ALLOW\n  {selector}\n  rules:\n  - to:\n    {rule}\n"
        )
    };
    let order = "{matchLabels: {app: order}}";
    let of_order = format!("selector: {order}");
    let health = "- operation: {methods: [\"*\"], paths: [\"*\"]}";
    let ports = "- operation: {paths: [\"*\"]}";
    let cases = [
        (
            "network-policy-allows-everyone",
            network(order, "80"),
            network("{matchLabels: {app: payment}}", "80"),
        ),
        (
            "network-policy-allows-everyone",
            network(order, "80"),
            network("{}", "80"),
        ),
        (
            "network-policy-allows-everyone",
            network(order, "80"),
            network(order, "8443"),
        ),
        (
            "authorization-policy-allow-all",
            authorization(&of_order, health),
            authorization("", health),
        ),
        (
            "authorization-policy-allow-all",
            authorization(&of_order, health),
            authorization(&of_order, ports),
        ),
    ];
    for (rule, accepted, now) in cases {
        let before = run(&(pods.clone() + &accepted));
        assert!(
            ids(&before).contains(&rule),
            "{rule} does not fire: {accepted}"
        );
        let baseline = Baseline::load(write(&before.findings).as_bytes()).unwrap();
        let active = |manifests: String| {
            let mut outcome = run(&manifests);
            baseline.apply(&mut outcome.findings);
            let mut found = outcome.findings.into_iter();
            found.any(|finding| finding.rule.id == rule && finding.is_active())
        };
        assert!(
            !active(pods.clone() + &accepted),
            "{rule}: nothing has changed"
        );
        assert!(active(pods.clone() + &now), "{now}");
    }
    // A workload that is gone makes nothing new.
    let everyone = network("{}", "80");
    let before = run(&(pods + &everyone));
    let baseline = Baseline::load(write(&before.findings).as_bytes()).unwrap();
    let mut after = run(&(pod("order", "p") + &everyone));
    baseline.apply(&mut after.findings);
    let rule = "network-policy-allows-everyone";
    let mut found = after.findings.iter().filter(|one| one.rule.id == rule);
    assert!(found.all(|finding| !finding.is_active()));
}
