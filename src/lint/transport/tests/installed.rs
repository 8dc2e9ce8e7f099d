//! What the input says of the mesh's installation, wherever it says it: none of it is passed over.

use super::*;

fn verdict(installed: &str) -> Verdict {
    let text = ROOT.to_owned() + &namespace("a", INJECTED) + &strict("a") + &pod("x", "a", "");
    with(&(text + installed), |model| {
        on_port(model, find(model, "x"), Some(8443)).verdict
    })
}

fn object(kind: &str, name: &str, spec: &str) -> String {
    let api = match kind {
        "HelmRelease" => "helm.toolkit.fluxcd.io/v2",
        "HelmChart" | "HelmChartConfig" => "helm.cattle.io/v1",
        "IstioOperator" => "install.istio.io/v1alpha1",
        "ServiceMeshControlPlane" => "maistra.io/v2",
        "ServiceMeshMemberRoll" => "maistra.io/v1",
        _ => "sailoperator.io/v1",
    };
    format!(
        "---\napiVersion: {api}\nkind: {kind}\nmetadata: {{name: {name}, namespace: istio-system}}\nspec: {{{spec}}}\n"
    )
}

#[test]
fn values_are_read_whoever_gives_them_to_the_chart() {
    use Verdict::{Depends, Strict};
    let excluded = "global: {proxy: {excludeInboundPorts: \"8443\"}}";
    let flux = "chart: {spec: {chart: istiod}}";
    for (kind, spec, expected) in [
        ("HelmRelease", flux.to_owned(), Strict),
        (
            "HelmRelease",
            format!("{flux}, values: {{{excluded}}}"),
            Depends,
        ),
        (
            "HelmRelease",
            format!("chart: {{spec: {{chart: ./charts/istiod}}}}, values: {{{excluded}}}"),
            Depends,
        ),
        (
            "HelmRelease",
            format!("chartRef: {{kind: OCIRepository, name: istiod}}, values: {{{excluded}}}"),
            Depends,
        ),
        ("HelmRelease", format!("{flux}, valuesFrom: []"), Strict),
        (
            "HelmRelease",
            format!("{flux}, valuesFrom: [{{kind: ConfigMap, name: v}}]"),
            Depends,
        ),
        (
            "HelmRelease",
            format!("{flux}, postRenderers: [{{kustomize: {{}}}}]"),
            Depends,
        ),
        ("HelmChart", "chart: istiod".to_owned(), Strict),
        (
            "HelmChart",
            "chart: istiod, valuesContent: '# none'".to_owned(),
            Strict,
        ),
        (
            "HelmChart",
            format!("chart: istiod, valuesContent: '{excluded}'"),
            Depends,
        ),
        (
            "HelmChart",
            "chart: istiod, valuesContent: '{'".to_owned(),
            Depends,
        ),
        (
            "HelmChart",
            "chart: istiod, set: {global.proxy.excludeInboundPorts: '8443'}".to_owned(),
            Depends,
        ),
        (
            "HelmChart",
            "chart: istiod, valuesContent: 'meshConfig: {defaultConfig: {interceptionMode: NONE}}'"
                .to_owned(),
            Depends,
        ),
        (
            "HelmChartConfig",
            format!("valuesContent: '{excluded}'"),
            Depends,
        ),
        (
            "IstioOperator",
            format!("unvalidatedValues: {{{excluded}}}"),
            Depends,
        ),
        (
            "IstioOperator",
            "values: {sidecarInjectorWebhook: {injectedAnnotations: {a: b}}}".to_owned(),
            Depends,
        ),
        (
            "IstioOperator",
            "values: {sidecarInjectorWebhook: {defaultTemplates: [mine]}}".to_owned(),
            Depends,
        ),
        (
            "IstioCNI",
            "values: {cni: {excludeNamespaces: [kube-system]}}".to_owned(),
            Strict,
        ),
        (
            "IstioCNI",
            "values: {cni: {excludeNamespaces: [a]}}".to_owned(),
            Depends,
        ),
        (
            "HelmRelease",
            "chart: {spec: {chart: cni}}, values: {excludeNamespaces: [a]}".to_owned(),
            Depends,
        ),
        // Another chart says nothing of the mesh.
        (
            "HelmRelease",
            format!("chart: {{spec: {{chart: web}}}}, values: {{{excluded}}}"),
            Strict,
        ),
        // OpenShift's own mesh injects in another way.
        ("ServiceMeshControlPlane", String::new(), Depends),
        ("ServiceMeshMemberRoll", "members: [a]".to_owned(), Depends),
    ] {
        let object = object(kind, "istiod", &spec);
        assert_eq!(verdict(&object), expected, "{object}");
    }
}

#[test]
fn the_webhook_of_the_input_decides_whom_it_injects() {
    use Verdict::{Depends, Strict};
    let pods =
        "rules: [{apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}]";
    let enabled = "namespaceSelector: {matchLabels: {istio-injection: enabled}}";
    let never = "namespaceSelector: {matchLabels: {istio.io/deactivated: never-match}}";
    let refuses = "objectSelector: {matchExpressions: [{key: app, operator: NotIn, values: [x]}]}";
    let configuration = |name: &str, webhooks: &str| {
        format!(
            "---\napiVersion: admissionregistration.k8s.io/v1\nkind: MutatingWebhookConfiguration\n\
             metadata: {{name: {name}}}\nwebhooks: [{webhooks}]\n"
        )
    };
    for (webhooks, expected) in [
        (
            format!("{{{pods}, {enabled}, failurePolicy: Fail}}"),
            Strict,
        ),
        (
            format!("{{{pods}, {never}}}, {{{pods}, {enabled}}}"),
            Strict,
        ),
        (format!("{{{pods}}}"), Strict),
        (String::new(), Depends),
        (format!("{{{enabled}}}"), Depends),
        (format!("{{{pods}, {never}}}"), Depends),
        (format!("{{{pods}, {enabled}, {refuses}}}"), Depends),
        (
            format!("{{{pods}, {enabled}, failurePolicy: Ignore}}"),
            Depends,
        ),
        (
            format!("{{{pods}, {enabled}, matchConditions: [{{name: n, expression: 'false'}}]}}"),
            Depends,
        ),
    ] {
        let shown = configuration("istio-sidecar-injector", &webhooks);
        assert_eq!(verdict(&shown), expected, "{shown}");
    }
    // A tag takes the place of what is turned off; another program's webhook is nobody's business.
    let both = configuration("istio-sidecar-injector", &format!("{{{pods}, {never}}}"))
        + &configuration(
            "istio-revision-tag-default",
            &format!("{{{pods}, {enabled}}}"),
        );
    assert_eq!(verdict(&both), Strict);
    assert_eq!(
        verdict(&configuration("vault", &format!("{{{pods}, {never}}}"))),
        Strict
    );
}
