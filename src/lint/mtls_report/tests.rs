//! What once passed as strict and is not.

use super::*;

const INJECTED: &str = "istio-injection: enabled";

fn namespace(name: &str, label: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{{label}}}}}\n"
    )
}

fn pod(namespace: &str, labels: &str, annotations: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: x, namespace: {namespace}, labels: {{app: x{labels}}}, annotations: {{{annotations}}}}}\n\
         spec: {{{spec}containers: [{{name: c, image: i, ports: [{{containerPort: 8443}}]}}]}}\n"
    )
}

fn policy(namespace: &str, version: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/{version}\nkind: PeerAuthentication\nmetadata: {{name: default, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

fn strict(namespace: &str) -> String {
    policy(namespace, "v1", "{mtls: {mode: STRICT}}")
}

/// The verdict on the only workload, and whether something was not judged.
fn judged(manifests: &str) -> (Verdict, bool) {
    let report = report(manifests, &Options::default());
    let unread = report.notes.iter().any(Note::is_failure);
    (report.workloads.first().unwrap().verdict, unread)
}

fn report(manifests: &str, options: &Options) -> MtlsReport {
    let source = Source::new("m.yaml", manifests.as_bytes().to_vec()).unwrap();
    mtls(&[source], options, None)
}

fn annotated(annotations: &str) -> Verdict {
    let base = namespace("prod", INJECTED) + &strict("prod");
    let (verdict, unread) = judged(&(base + &pod("prod", "", annotations, "")));
    assert!(!unread);
    verdict
}

#[test]
fn ports_that_an_annotation_singles_out_are_judged_declared_or_not() {
    assert_eq!(annotated(""), Verdict::Strict);
    for annotations in [
        "traffic.sidecar.istio.io/includeInboundPorts: '8443'",
        "traffic.sidecar.istio.io/includeInboundPorts: ''",
        "traffic.sidecar.istio.io/excludeInboundPorts: '9999'",
    ] {
        assert_eq!(annotated(annotations), Verdict::NotStrict, "{annotations}");
    }
    let all = "traffic.sidecar.istio.io/includeInboundPorts: '*'";
    assert_eq!(annotated(all), Verdict::Strict);
}

#[test]
fn an_interception_mode_of_none_is_not_passed_over() {
    let own = "proxy.istio.io/config: 'interceptionMode: NONE'";
    assert_eq!(annotated(own), Verdict::Depends);
    let other = "proxy.istio.io/config: 'interceptionMode: TPROXY'";
    assert_eq!(annotated(other), Verdict::Strict);
    let base = namespace("prod", INJECTED) + &strict("prod");
    let mesh = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\n\
                data: {mesh: 'defaultConfig: {interceptionMode: NONE}'}\n";
    let base = base + mesh;
    assert_eq!(
        judged(&(base.clone() + &pod("prod", "", "", ""))).0,
        Verdict::Depends
    );
    let redirect = pod(
        "prod",
        "",
        "sidecar.istio.io/interceptionMode: REDIRECT",
        "",
    );
    assert_eq!(judged(&(base + &redirect)).0, Verdict::Strict);
}

#[test]
fn the_mesh_names_its_root_namespace() {
    let base = namespace("prod", INJECTED) + &strict("istio-system") + &pod("prod", "", "", "");
    assert_eq!(judged(&base).0, Verdict::Strict);
    let map = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: mesh-root}\n\
               data: {mesh: 'rootNamespace: mesh-root'}\n";
    let operator = "---\napiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\n\
                    metadata: {name: o, namespace: istio-system}\nspec: {meshConfig: {rootNamespace: mesh-root}}\n";
    for config in [map, operator] {
        assert_eq!(judged(&(base.clone() + config)).0, Verdict::Depends);
        let said = Options {
            root_namespace: "mesh-root".to_owned(),
            ..Options::default()
        };
        let elsewhere = report(&(base.clone() + config), &said);
        assert_ne!(
            elsewhere.workloads.first().unwrap().verdict,
            Verdict::Strict
        );
    }
}

#[test]
fn what_a_label_cannot_do() {
    let system = namespace("kube-system", INJECTED) + &strict("kube-system");
    let system = system + &pod("kube-system", "", "", "");
    assert_eq!(judged(&system).0, Verdict::NotStrict);
    let bare = namespace("prod", "") + &strict("prod");
    let managed = pod("prod", ", gateway.istio.io/managed: x", "", "");
    assert_eq!(judged(&(bare.clone() + &managed)).0, Verdict::Depends);
    let nameless = pod("prod", ", istio.io/rev: ''", "", "");
    assert_eq!(judged(&(bare + &nameless)).0, Verdict::NotStrict);
    let nameless = namespace("prod", "istio.io/rev: ''") + &strict("prod");
    let asking = pod("prod", ", sidecar.istio.io/inject: 'true'", "", "");
    assert_eq!(judged(&(nameless + &asking)).0, Verdict::NotStrict);
}

#[test]
fn a_revision_is_an_assumption_that_is_told() {
    let named = namespace("prod", "istio.io/rev: canary") + &strict("prod");
    let report = report(&(named + &pod("prod", "", "", "")), &Options::default());
    let workload = report.workloads.first().unwrap();
    let told = |link: &Link| link.text.contains("revision `canary`");
    assert!(workload.chain.iter().any(told), "{:?}", workload.chain);
}

#[test]
fn a_policy_that_is_not_understood_leaves_no_strict_behind() {
    let base = namespace("prod", INJECTED) + &strict("istio-system") + &pod("prod", "", "", "");
    for unread in [
        policy("prod", "v9", "{mtls: {mode: DISABLE}}"),
        policy("prod", "v1", "{selector: {app: x}, mtls: {mode: DISABLE}}"),
        policy(
            "prod",
            "v1",
            "{selector: {matchExpressions: [{key: app, operator: Exists}]}, mtls: {mode: DISABLE}}",
        ),
        policy("prod", "v1", "{mtls: {mode: DISABLE}}")
            .replace("kind: PeerA", "kind: peerA"),
        "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\nname: p\nnamespace: prod\n\
         spec:\nmtls:\n  mode: DISABLE\n"
            .to_owned(),
    ] {
        assert_eq!(judged(&(base.clone() + &unread)), (Verdict::Depends, true), "{unread}");
    }
}

#[test]
fn pods_that_are_not_read_are_told() {
    let base = namespace("prod", INJECTED) + &strict("prod") + &pod("prod", "", "", "");
    assert!(!judged(&base).1);
    for unread in [
        "apiVersion: apps.kruise.io/v1alpha1\nkind: CloneSet\nmetadata: {name: c, namespace: prod}\n\
         spec: {template: {spec: {containers: [{name: c}]}}}\n",
        "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: c, namespace: prod}\n\
         spec: {template: {spec: {containers: [{name: c}]}}}\n",
        "apiVersion: kubevirt.io/v1\nkind: VirtualMachineInstance\nmetadata: {name: c, namespace: prod}\nspec: {}\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: c\nspec:\ntemplate:\n  spec: {containers: []}\n",
    ] {
        assert!(judged(&format!("{base}---\n{unread}")).1, "{unread}");
    }
    let slip = pod("prod", "", "", "hostnetwork: true, ");
    let other = pod("prod", "", "", "").replace("name: x", "name: other");
    let manifests = namespace("prod", INJECTED) + &strict("prod") + &other + &slip;
    assert!(judged(&manifests).1);
}

#[test]
fn other_objects_of_the_mesh_may_take_the_proxy_out_of_the_way() {
    let ambient = namespace("prod", "istio.io/dataplane-mode: ambient") + &strict("prod");
    let past = pod(
        "prod",
        "",
        "ambient.istio.io/bypass-inbound-capture: 'true'",
        "",
    );
    assert_eq!(judged(&(ambient.clone() + &past)).0, Verdict::NotStrict);
    assert_eq!(
        judged(&(ambient + &pod("prod", "", "", ""))).0,
        Verdict::Strict
    );
    let base = namespace("prod", INJECTED) + &strict("prod") + &pod("prod", "", "", "");
    let sidecar = "---\napiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: s, namespace: prod}\n\
                   spec: {workloadSelector: {labels: {app: x}}, ingress: [{captureMode: NONE}]}\n";
    assert_eq!(judged(&(base.clone() + sidecar)).0, Verdict::Depends);
    let filter = "---\napiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: f, namespace: prod}\n\
                  spec: {configPatches: [{applyTo: FILTER_CHAIN, match: {context: SIDECAR_INBOUND}, patch: {operation: REMOVE}}]}\n";
    assert_eq!(judged(&(base.clone() + filter)).0, Verdict::Depends);
    let outbound = filter.replace("SIDECAR_INBOUND", "SIDECAR_OUTBOUND");
    assert_eq!(judged(&(base + &outbound)).0, Verdict::Strict);
}

#[test]
fn only_what_decides_is_named_as_a_doubt() {
    let tie = policy("prod", "v1", "{mtls: {mode: PERMISSIVE}}").replace("default", "other");
    let manifests = namespace("prod", INJECTED) + &strict("prod") + &tie + &pod("prod", "", "", "");
    let report = report(&manifests, &Options::default());
    let port = report.workloads.first().unwrap().ports.first().unwrap();
    assert_eq!(port.verdict, Verdict::Depends);
    assert!(
        port.depends_on
            .iter()
            .all(|doubt| doubt.starts_with("which is older")),
        "{port:?}"
    );
}

#[test]
fn an_assumption_that_the_input_contradicts_is_told() {
    let manifests =
        namespace("prod", INJECTED) + &strict("istio-system") + &pod("prod", "", "", "");
    for (assumed, told) in [(Mode::Permissive, true), (Mode::Strict, false)] {
        let options = Options {
            assume_mesh_mtls: Some(assumed),
            ..Options::default()
        };
        let notes = report(&manifests, &options).notes;
        assert_eq!(
            notes.iter().any(|note| note.code == "invalid-assumption"),
            told
        );
    }
}

#[test]
fn a_dry_run_that_is_no_string_is_refused() {
    let policy = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
                  metadata: {name: p, namespace: prod, annotations: {istio.io/dry-run: true}}\nspec: {}\n";
    let base = namespace("prod", INJECTED) + &strict("prod") + &pod("prod", "", "", "");
    assert!(judged(&(base.clone() + policy)).1);
    assert!(!judged(&(base.clone() + &policy.replace("true", "'true'"))).1);
    let newer = policy
        .replace("true", "'true'")
        .replace("io/v1\n", "io/v1alpha9\n");
    assert!(judged(&(base + &newer)).1);
}

/// What kustomize patches is not what is in the files.
#[test]
fn nothing_is_strict_beside_patches_of_kustomize() {
    let base = "apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n---\n\
                apiVersion: v1\nkind: Namespace\nmetadata: {name: p, labels: {istio-injection: enabled}}\n---\n\
                apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: p}\nspec: {containers: [{name: c}]}\n---\n\
                apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: p}\n\
                spec: {mtls: {mode: STRICT}}\n---\n";
    let kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n";
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: k, namespace: flux}\n";
    for (beside, verdict) in [
        (String::new(), Verdict::Strict),
        (
            format!("{kustomization}resources: [a.yaml]\n"),
            Verdict::Strict,
        ),
        (
            format!("{kustomization}patches: [{{path: p.yaml}}]\n"),
            Verdict::Depends,
        ),
        (
            format!("{kustomization}components: [x]\n"),
            Verdict::Depends,
        ),
        (format!("{flux}spec: {{path: ./a}}\n"), Verdict::Strict),
        (
            format!("{flux}spec: {{targetNamespace: q}}\n"),
            Verdict::Depends,
        ),
    ] {
        let source = Source::new("a.yaml", format!("{base}{beside}").into_bytes()).unwrap();
        let report = mtls(&[source], &Options::default(), None);
        assert_eq!(report.workloads[0].verdict, verdict, "{beside}");
    }
}

/// An ordinary complete mesh is strict: the proxy's own ports are listed and do not count, and a gateway is left out.
#[test]
fn ports_of_the_proxy_and_gateways_do_not_make_a_mesh_lax() {
    let mesh = "apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n---\n\
                apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
                metadata: {name: default, namespace: istio-system}\nspec: {mtls: {mode: STRICT}}\n---\n\
                apiVersion: v1\nkind: Namespace\nmetadata: {name: p, labels: {istio-injection: enabled}}\n";
    let pod = |annotations: &str, containers: &str| {
        let text = format!(
            "{mesh}---\napiVersion: v1\nkind: Pod\nmetadata: {{name: x, namespace: p, annotations: {{{annotations}}}}}\n\
             spec: {{containers: [{containers}]}}\n"
        );
        let source = Source::new("mesh.yaml", text.into_bytes()).unwrap();
        let report = mtls(&[source], &Options::default(), None);
        let one = &report.workloads[0];
        (one.verdict, one.left_out.is_some(), one.ports.len())
    };
    let app = "{name: app, ports: [{containerPort: 8080}, {containerPort: 15090}]}";
    assert_eq!(pod("", app), (Verdict::Strict, false, 3));
    let gateway = "{name: istio-proxy, image: auto, ports: [{containerPort: 15090}]}";
    let template = "inject.istio.io/templates: gateway";
    assert!(pod(template, gateway).1);
    // Whoever has another container beside it, or is called so alone, is no gateway.
    assert!(!pod(template, &format!("{gateway}, {app}")).1);
    assert!(!pod("", gateway).1);
    assert!(!pod(template, &format!("{gateway}], initContainers: [{app}")).1);
    assert!(!pod(template, app).1);
    let excluded = "traffic.sidecar.istio.io/excludeInboundPorts: '8080'";
    assert_eq!(pod(excluded, app).0, Verdict::NotStrict);
}
