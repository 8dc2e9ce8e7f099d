//! Assertions where a mesh has a say, and callers that only a policy names.

use super::*;
use crate::kernel::source::Source;
use crate::lint::joint::Istio;
use crate::lint::reachability::Assumptions;
use crate::lint::{Options, documents, index};

fn judged(cluster: &str, assertion: &str) -> Result<Judgement, AssertionError> {
    let source = Source::new("cluster.yaml", cluster.as_bytes().to_vec()).unwrap();
    let options = Options {
        closed_world: true,
        ..Options::default()
    };
    let documents = documents::read(&[source]);
    let model = index::build(&documents, &options);
    assert!(model.notes.is_empty(), "{:?}", model.notes);
    let assumptions = Assumptions {
        closed_world: true,
        ..Assumptions::default()
    };
    let reachability = Reachability::new(&model, &assumptions);
    let text = format!("assertions:\n- {assertion}\n");
    let file = Source::new("assertions.yaml", text.into_bytes()).unwrap();
    read(&file)?[0].judge(&reachability, &Istio::new(&model))
}

/// Two environments of one mesh; pods take TCP 8443 of everybody, and each environment's policy lets its own in.
fn mesh(let_in: [&str; 2]) -> String {
    let mut text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n---\n\
                    apiVersion: security.istio.io/v1\nkind: PeerAuthentication\n\
                    metadata: {name: default, namespace: istio-system}\nspec: {mtls: {mode: STRICT}}\n"
        .to_owned();
    for (name, callers) in [("prod", let_in[0]), ("dev", let_in[1])] {
        text.push_str(&format!(
            "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{istio-injection: enabled}}}}\n\
             ---\napiVersion: v1\nkind: Pod\nmetadata: {{name: app, namespace: {name}, labels: {{app: app}}}}\n\
             spec: {{containers: [{{name: c, ports: [{{containerPort: 8443}}]}}]}}\n\
             ---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: tcp, namespace: {name}}}\n\
             spec: {{podSelector: {{}}, ingress: [{{ports: [{{port: 8443}}]}}]}}\n\
             ---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: own, namespace: {name}}}\n\
             spec: {{rules: [{{from: [{{source: {{namespaces: [{callers}]}}}}]}}]}}\n"
        ));
    }
    text
}

#[test]
fn a_mesh_keeps_environments_apart_that_the_network_does_not() {
    let isolated = "isolated: {production: [prod], development: [dev]}";
    let apart = judged(&mesh(["prod", "dev"]), isolated).unwrap();
    assert_eq!(apart.ruling, Ruling::Proven, "{:?}", apart.chains);
    let open = judged(&mesh(["prod, dev", "dev"]), isolated).unwrap();
    assert_eq!(open.ruling, Ruling::Refuted);
    let path = &open.chains[0][0];
    let told = format!("{} {} {}", path.source, path.destination, path.may);
    assert_eq!(told, "dev/app prod/app TCP 8443");
    // UDP passes by every AuthorizationPolicy.
    let wider = mesh(["prod", "dev"]).replace(
        "[{port: 8443}]",
        "[{port: 8443}, {port: 53, protocol: UDP}]",
    );
    assert_eq!(judged(&wider, isolated).unwrap().ruling, Ruling::Refuted);
}

/// What a caller keeps from its own sidecar leaves as plaintext, which a STRICT server refuses.
#[test]
fn what_passes_by_its_own_sidecar_may_not_arrive() {
    let cluster = mesh(["prod, dev", "dev"]);
    let caller = "metadata: {name: app, namespace: dev, labels: {app: app}}";
    let open = "open: prod/app:8443\n  from: [dev/app]\n  over: mtls";
    let with = |annotation: &str| {
        let annotated = caller.replace(
            "labels: {app: app}",
            &format!("labels: {{app: app}}, annotations: {{{annotation}}}"),
        );
        judged(&cluster.replace(caller, &annotated), open)
            .unwrap()
            .ruling
    };
    assert_eq!(with(""), Ruling::Proven);
    let range = "traffic.sidecar.istio.io/includeOutboundIPRanges";
    assert_eq!(with(&format!("{range}: '*'")), Ruling::Proven);
    for annotation in [
        format!("{range}: ''"),
        "traffic.sidecar.istio.io/excludeOutboundPorts: '443'".to_owned(),
        "traffic.sidecar.istio.io/excludeOutboundIPRanges: 0.0.0.0/0".to_owned(),
        "sidecar.istio.io/interceptionMode: NONE".to_owned(),
    ] {
        assert_ne!(with(&annotation), Ruling::Proven, "{annotation}");
    }
}

#[test]
fn a_namespace_that_a_policy_names_may_call() {
    let cluster = "apiVersion: v1\nkind: Pod\nmetadata: {name: app, namespace: prod, labels: {app: app}}\n\
                   spec: {containers: [{name: c, ports: [{containerPort: 8443}]}]}\n\
                   ---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: tcp, namespace: prod}\n\
                   spec: {podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: \
                   {kubernetes.io/metadata.name: monitoring}}}]}]}\n";
    let only = |from: &str| judged(cluster, &format!("only: prod/app:8443\n  from: [{from}]"));
    assert_eq!(only("monitoring/*").unwrap().ruling, Ruling::Proven);
    let error = only("monitring/*").unwrap_err();
    assert!(
        error.message.contains("no namespace of the input"),
        "{}",
        error.message
    );
}

/// The gateway's namespace is another repository's: the policy that names its account is what this one knows.
#[test]
fn a_namespace_that_an_authorization_policy_names_may_call() {
    let cluster = mesh(["prod", "dev"]).replacen(
        "namespaces: [prod]",
        "principals: [cluster.local/ns/ingress/sa/gateway]",
        1,
    );
    let only = |from: &str| judged(&cluster, &format!("only: prod/app:8443\n  from: [{from}]"));
    assert_eq!(only("ingress/*").unwrap().ruling, Ruling::Proven);
    assert!(only("egress/*").is_err());
}
