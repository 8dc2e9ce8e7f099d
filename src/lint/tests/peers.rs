//! What other tools get wrong about meshes, each a test by name.

use super::*;
use crate::lint::transport::{Path, Taken, Wire, on_port, ways};

const INJECTED: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: production, labels: {istio-injection: enabled}}\n---\n\
                        apiVersion: v1\nkind: Namespace\nmetadata: {name: development}\n---\n\
                        apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n";

const DENY_DEVELOPMENT: &str = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
    metadata: {name: deny, namespace: production}\n\
    spec: {action: DENY, rules: [{from: [{source: {namespaces: [development]}}]}]}\n";

/// np-guard's network config analyzer claims the same of PERMISSIVE and STRICT twins: denied. Under PERMISSIVE a client
/// without a proxy has no namespace, and passes.
#[test]
fn nca_does_not_see_that_plaintext_passes_a_deny_under_permissive() {
    for (mode, reaches) in [("PERMISSIVE", true), ("STRICT", false)] {
        let manifests = INJECTED.to_owned()
            + &pod("payment-service", "production")
            + &pod("probe", "development")
            + DENY_DEVELOPMENT
            + &policy(
                "default",
                "production",
                &format!("{{mtls: {{mode: {mode}}}}}"),
            );
        let source = Source::new("m.yaml", manifests.as_bytes().to_vec()).unwrap();
        let documents = documents::read(&[source]);
        let options = Options::default();
        let model = index::build(&documents, &options);
        let find = |name: &str| {
            model
                .workloads
                .iter()
                .find(|one| one.resource.name == name)
                .unwrap()
        };
        let path = Path {
            client: find("probe"),
            service: None,
            server: find("payment-service"),
            port: 8443,
        };
        let ways = ways(&model, &path);
        let [way] = ways.as_slice() else {
            panic!("{ways:?}");
        };
        assert_eq!(way.wire, Wire::Plaintext);
        assert_eq!(
            way.answer.verdict,
            authorization::Verdict::Allowed,
            "no identity to match"
        );
        assert_eq!(way.taken == Taken::Yes, reaches, "{mode}");
        let found = ids(&run(&manifests)).contains(&"authorization-identity-without-mtls");
        assert_eq!(found, reaches, "{mode}");
    }
}

/// kyverno's enforce-strict-mtls passes a policy that leaves the mode unset, one without `mtls`, any mode of a port, and
/// a namespace without any policy.
#[test]
fn kyverno_passes_what_inherits_permissive() {
    use effective_mtls::Verdict::NotStrict;
    let own = "selector: {matchLabels: {app: a}}";
    for policies in [
        policy("default", "production", "{mtls: {mode: UNSET}}"),
        policy("default", "production", "{}"),
        policy("default", "production", "{mtls: {}}"),
        policy(
            "own",
            "production",
            &format!(
                "{{{own}, mtls: {{mode: STRICT}}, portLevelMtls: {{8443: {{mode: PERMISSIVE}}}}}}"
            ),
        ),
        String::new(),
    ] {
        let manifests = INJECTED.to_owned() + &pod("a", "production") + &policies;
        let source = Source::new("m.yaml", manifests.as_bytes().to_vec()).unwrap();
        let documents = documents::read(&[source]);
        let options = Options::default();
        let model = index::build(&documents, &options);
        let workload = model.workloads.first().unwrap();
        assert_eq!(
            on_port(&model, workload, Some(8443)).verdict,
            NotStrict,
            "{policies}"
        );
    }
}

/// checkov looks at no namespace (#7474): a policy of another one protects nothing here.
#[test]
fn checkov_is_blind_to_namespaces() {
    let manifests = INJECTED.to_owned()
        + &pod("a", "production")
        + &policy("default", "elsewhere", "{mtls: {mode: STRICT}}");
    assert!(ids(&run(&manifests)).contains(&"mtls-not-strict"));
}

/// One `spec` that is a list ends checkov's whole run; here it is one note, and the rest is judged.
#[test]
fn checkov_dies_of_a_spec_that_is_a_list() {
    for kind in [
        "AuthorizationPolicy",
        "RequestAuthentication",
        "PeerAuthentication",
    ] {
        let bad = format!(
            "apiVersion: security.istio.io/v1\nkind: {kind}\nmetadata: {{name: x, namespace: a}}\nspec: [1]\n"
        );
        let outcome = run(&(bad + &policy("default", "b", "{mtls: {mode: DISABLE}}")));
        assert_eq!(ids(&outcome), ["peer-authentication-disable"], "{kind}");
        assert_eq!(outcome.notes.len(), 1, "{kind}: {:?}", outcome.notes);
        assert!(
            outcome.notes[0].message.contains("`spec` is a list"),
            "{kind}"
        );
    }
}

/// Kiali's KIA0105 cannot tell when an AuthorizationPolicy needs mTLS, for want of polarity (kiali#3697, #10235).
#[test]
fn kiali_asks_for_mtls_where_plaintext_is_refused_anyway() {
    let allow = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
                 metadata: {name: allow, namespace: production}\n\
                 spec: {rules: [{from: [{source: {principals: [cluster.local/ns/production/sa/order]}}]}]}\n";
    let manifests = INJECTED.to_owned()
        + &pod("a", "production")
        + allow
        + &policy("default", "production", "{mtls: {mode: PERMISSIVE}}");
    assert!(!ids(&run(&manifests)).contains(&"authorization-identity-without-mtls"));
}

/// A wrong case is an unknown field to the API server, which drops it: a rule without its limit.
#[test]
fn fields_of_a_wrong_case_are_refused_with_their_place() {
    for (spec, what) in [
        (
            "{Action: DENY, rules: [{}]}",
            "`Action` is written where `action` is due",
        ),
        (
            "{rules: [{From: [{source: {namespaces: [a]}}]}]}",
            "`From` is written where `from` is due",
        ),
        (
            "{rules: [{from: [{source: {Principals: [a]}}]}]}",
            "`Principals` is written where `principals` is due",
        ),
        ("{rules: [{from: []}]}", "`from` is empty"),
        (
            "{rules: [{from: [{source: {}}]}]}",
            "`source` asks for nothing",
        ),
        (
            "{rules: [{when: [{key: source.nobody, values: [a]}]}]}",
            "`source.nobody` is no attribute",
        ),
        (
            "{rules: [{to: [{operation: {ports: [80]}}]}]}",
            "`ports` holds a number where a string is due",
        ),
        (
            "{rules: [{from: [{source: {ipBlocks: [10.0.0.0/33]}}]}]}",
            "is no address and no CIDR block",
        ),
        (
            "{action: CUSTOM, rules: [{}]}",
            "a CUSTOM policy needs `provider.name`",
        ),
    ] {
        let manifest = format!(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: x, namespace: a}}\nspec: {spec}\n"
        );
        let outcome = run(&manifest);
        let note = outcome
            .notes
            .first()
            .unwrap_or_else(|| panic!("{spec}: no note"));
        assert!(note.message.contains(what), "{spec}: {}", note.message);
        assert!(note.location.is_some() && note.is_failure(), "{spec}");
    }
}
