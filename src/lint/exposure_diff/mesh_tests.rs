//! What changes in the mesh beside the policies: names, accounts, labels, the mesh's own configuration.

use super::tests::{MESH, authorization};
use super::*;
use crate::kernel::source::Source;
use crate::lint::reachability::Assumptions;
use crate::lint::{Options, documents, index};

/// Who is admitted, who lost mTLS, and what is left open.
pub(super) type Told = [Vec<String>; 3];

pub(super) fn compared(before: &str, after: &str) -> Told {
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
    let admitted = found.admitted.iter();
    let lost = found.lost_mtls.iter().map(|one| one.workload.to_string());
    [
        admitted
            .map(|one| format!("{}: {}", one.workload, one.text))
            .collect(),
        lost.collect(),
        found.limits.iter().map(|one| one.text.clone()).collect(),
    ]
}

pub(super) fn silent() -> Told {
    [Vec::new(), Vec::new(), Vec::new()]
}

#[track_caller]
fn assert_told(told: &[String], start: &str) {
    assert!(told.iter().any(|one| one.starts_with(start)), "{told:?}");
}

/// A name or a kind is no other workload: what held for the one is what is compared.
#[test]
fn a_workload_of_another_name_or_kind_is_followed_into_the_mesh() {
    let spec = "{rules: [{from: [{source: {principals: [cluster.local/ns/dev/sa/order]}}]}]}";
    let guarded = format!("{MESH}{}", authorization("allow", spec));
    let renamed = |text: &str| text.replacen("{name: payment,", "{name: paid,", 1);
    let rekinded = |text: &str| {
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: payment, namespace: prod, labels: {app: payment}}\n\
                   spec: {containers: [{name: c, ports: [{containerPort: 8443}]}]}\n";
        assert!(text.contains(pod));
        let set = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: payment, namespace: prod}\n\
                   spec: {selector: {matchLabels: {app: payment}}, template: {metadata: {labels: {app: payment, v: '2'}},\n\
                   spec: {containers: [{name: c, ports: [{containerPort: 8443}]}]}}}\n";
        text.replace(pod, set)
    };
    for (state, name) in [
        (&renamed as &dyn Fn(&str) -> String, "prod/paid"),
        (&rekinded, "prod/payment"),
    ] {
        assert_eq!(compared(&guarded, &state(&guarded)), silent());
        assert_eq!(compared(&state(&guarded), &guarded), silent());
        let [admitted, ..] = compared(&guarded, &state(MESH));
        assert_told(&admitted, &format!("{name}: any client of the mesh"));
        assert_told(&admitted, &format!("{name}: dev/tool"));
        let [_, lost, _] = compared(&guarded, &state(&guarded.replace("STRICT", "PERMISSIVE")));
        assert_told(&lost, name);
    }
    // What was sent in plaintext to the one is sent so to the other.
    let plain = guarded.replace("STRICT", "DISABLE");
    assert_eq!(compared(&plain, &renamed(&plain)), silent());
    // A caller keeps its rights under another name, and gains some with another account.
    let caller = guarded.replace("{name: tool,", "{name: cli,");
    assert_eq!(compared(&guarded, &caller), silent());
    let taken = caller.replace("serviceAccountName: tool", "serviceAccountName: order");
    let [admitted, ..] = compared(&guarded, &taken);
    assert_told(&admitted, "prod/payment: dev/cli");
}

/// A new workload under an account that a policy names is a caller that was not there; one that is let in like
/// everybody is none.
#[test]
fn a_new_workload_under_an_admitted_account_is_told() {
    let pod = |account: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: new, namespace: dev, labels: {{app: new}}}}\n\
             spec: {{serviceAccountName: {account}, containers: [{{name: c}}]}}\n"
        )
    };
    let allow = |source: &str| {
        let spec = format!("{{rules: [{{from: [{{source: {source}}}]}}]}}");
        format!("{MESH}{}", authorization("allow", &spec))
    };
    let by_name = allow("{principals: [cluster.local/ns/dev/sa/tool]}");
    let [admitted, ..] = compared(&by_name, &format!("{by_name}{}", pod("tool")));
    assert_told(
        &admitted,
        "prod/payment: dev/new, new under the account tool, on port 8443",
    );
    for state in [
        MESH.to_owned(),
        by_name,
        allow("{principals: ['*']}"),
        allow("{namespaces: [dev]}"),
        allow("{notPrincipals: [cluster.local/ns/dev/sa/tool]}"),
    ] {
        assert_eq!(
            compared(&state, &format!("{state}{}", pod("new"))),
            silent()
        );
    }
}

/// Whom policies name the input may not show: the answer to some client is open before and after, to that one it is not.
#[test]
fn identities_of_unseen_pods_are_asked_by_name() {
    let deny = |source: &str| {
        let spec = format!("{{action: DENY, rules: [{{from: [{{source: {{{source}}}}}]}}]}}");
        format!("{MESH}{}", authorization("deny", &spec))
    };
    for (many, few, told) in [
        (
            "namespaces: [qa, staging]",
            "namespaces: [qa]",
            "identities of namespace staging",
        ),
        (
            "principals: [cluster.local/ns/qa/sa/x, cluster.local/ns/dev/sa/y]",
            "principals: [cluster.local/ns/qa/sa/x]",
            "the identity cluster.local/ns/dev/sa/y",
        ),
        (
            "principals: ['*/ns/qa/sa/*', '*/sa/y']",
            "principals: ['*/ns/qa/sa/*']",
            "the identity */sa/y",
        ),
        (
            "principals: ['cluster.local/ns/qa/*', 'cluster.local/ns/dev/sa/*']",
            "principals: ['cluster.local/ns/dev/sa/*']",
            "the identity cluster.local/ns/qa/*",
        ),
        (
            "serviceAccounts: [qa/x, qa/y]",
            "serviceAccounts: [qa/x]",
            "the service account qa/y",
        ),
        (
            "trustDomains: [x.example, y.example]",
            "trustDomains: [x.example]",
            "identities of the trust domain y.example",
        ),
    ] {
        let [many, few] = [many, few].map(deny);
        let [admitted, ..] = compared(&many, &few);
        assert_told(&admitted, &format!("prod/payment: {told}, on port 8443"));
        assert_eq!(compared(&few, &many), silent());
        assert_eq!(compared(&many, &many), silent());
    }
    // One that others refuse still is no gain.
    let allow = authorization(
        "allow",
        "{rules: [{from: [{source: {principals: [cluster.local/ns/dev/sa/tool]}}]}]}",
    );
    let spec = "{action: DENY, rules: [{from: [{source: {namespaces: [staging]}}]}]}";
    let refused = format!("{MESH}{allow}{}", authorization("deny", spec));
    assert_eq!(compared(&refused, &format!("{MESH}{allow}")), silent());
    // What is open for all but a few requests is closed for these.
    let paths = authorization(
        "paths",
        "{action: DENY, rules: [{to: [{operation: {paths: [/x]}}]}]}",
    );
    let both = format!("{MESH}{paths}{}", authorization("deny", spec));
    let [admitted, ..] = compared(&both, &format!("{MESH}{paths}"));
    assert_told(&admitted, "prod/payment: identities of namespace staging");
}

/// The mesh's own configuration decides whom policies mean and whether they are asked; tightening it is no matter.
#[test]
fn what_the_mesh_configuration_loosens_is_left_open() {
    let policies = authorization(
        "allow",
        "{rules: [{from: [{source: {principals: [cluster.local/ns/dev/sa/tool]}}]}]}",
    ) + &authorization("ask", "{action: CUSTOM, provider: {name: x}, rules: [{}]}");
    let state = |mesh: &str| {
        format!(
            "{MESH}{policies}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio, namespace: istio-system}}\n\
             data: {{mesh: '{{trustDomain: cluster.local, {mesh}}}'}}\n"
        )
    };
    let asked = |more: &str| {
        state(&format!(
            "extensionProviders: [{{name: x, envoyExtAuthzHttp: {{service: s, port: 80{more}}}}}]"
        ))
    };
    let plain = asked("");
    let path = |how: &str| state(&format!("pathNormalization: {{normalization: {how}}}"));
    for (tight, loose, told) in [
        (&plain, &asked(", failOpen: true"), "authorizer `x`"),
        (
            &state("meshMTLS: {minProtocolVersion: TLSV1_3}"),
            &state(""),
            "`meshMTLS.minProtocolVersion` was TLSV1_3",
        ),
        (
            &path("MERGE_SLASHES"),
            &path("NONE"),
            "`pathNormalization` was MERGE_SLASHES",
        ),
        (
            &path("BASE"),
            &path("FORWARD_ALL"),
            "`pathNormalization` was BASE",
        ),
        (
            &state(""),
            &state("caCertificates: [{pem: x}]"),
            "`caCertificates` has",
        ),
        (
            &state(""),
            &state("trustDomainAliases: [evil.example]"),
            "`trustDomainAliases` has `evil.example`",
        ),
    ] {
        let [_, _, limits] = compared(tight, loose);
        assert!(limits.iter().any(|one| one.contains(told)), "{limits:?}");
        let same = compared(loose, loose);
        assert_eq!(same, silent());
        if told.contains("BASE") {
            continue;
        }
        assert_eq!(compared(loose, tight), silent(), "{told}");
    }
    assert_eq!(compared(&plain, &asked(", failOpen: false")), silent());
    let [_, _, limits] = compared(&plain, &plain.replace("service: s", "service: t"));
    assert_eq!(limits.len(), 1, "{limits:?}");
    // Whom the policies name may now come from there.
    let [admitted, ..] = compared(&state(""), &state("trustDomainAliases: [evil.example]"));
    assert_eq!(admitted, Vec::<String>::new());
    let unasked = |mesh: &str| {
        let text = state(mesh);
        text.replace(
            &authorization("ask", "{action: CUSTOM, provider: {name: x}, rules: [{}]}"),
            "",
        )
    };
    let [admitted, ..] = compared(&unasked(""), &unasked("trustDomainAliases: [evil.example]"));
    assert_told(
        &admitted,
        "prod/payment: identities of the trust domain evil.example",
    );
}

/// A policy that stays as it is and no longer selects a workload refuses it nothing any more.
#[test]
fn a_label_that_a_condition_hung_on_is_missed() {
    let deny = |name: &str, more: &str| {
        let spec = format!(
            "{{action: DENY, {more}rules: [{{to: [{{operation: {{paths: [/{name}]}}}}]}}]}}"
        );
        authorization(name, &spec)
    };
    let policies = deny("every", "") + &deny("some", "selector: {matchLabels: {tier: z}}, ");
    let without = format!("{MESH}{policies}");
    let with = without.replacen("{app: payment}", "{app: payment, tier: z}", 1);
    let [_, _, limits] = compared(&with, &without);
    assert_told(&limits, "AuthorizationPolicy prod/some decides by more");
    assert_eq!(limits.len(), 1, "{limits:?}");
    assert_eq!(compared(&without, &with), silent());
    // The same rules under another selector still refuse it.
    let moved = with.replace("tier: z", "tier: y");
    let both = format!(
        "{moved}{}",
        deny("some", "selector: {matchLabels: {tier: z}}, ").replace("name: some,", "name: other,")
    );
    let relabelled = both.replacen("{app: payment, tier: y}", "{app: payment, tier: z}", 1);
    assert_eq!(compared(&both, &relabelled), silent());
}
