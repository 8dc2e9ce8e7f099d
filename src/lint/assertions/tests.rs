//! Assertions that hold, fail, are not decided, or are none.

use super::*;
use crate::kernel::source::Source;
use crate::lint::meshes::Meshes;
use crate::lint::reachability::Assumptions;
use crate::lint::{Options, documents, index};

const CLUSTER: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: production, labels: {env: production}}
---
apiVersion: v1
kind: Namespace
metadata: {name: staging, labels: {env: staging}}
---
apiVersion: v1
kind: Namespace
metadata: {name: kafka, labels: {env: shared}}
---
apiVersion: v1
kind: Pod
metadata: {name: payment, namespace: production, labels: {app: payment}}
spec: {containers: [{name: c, ports: [{name: https, containerPort: 8443}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: order, namespace: production, labels: {app: order}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: test, namespace: staging, labels: {app: test}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: broker, namespace: kafka, labels: {app: broker}}
spec: {containers: [{name: c}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: payment, namespace: production}
spec:
  podSelector: {matchLabels: {app: payment}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: order}}}]
    ports: [{port: https}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: order, namespace: production}
spec:
  podSelector: {matchLabels: {app: order}}
  ingress:
  - from: [{namespaceSelector: {matchLabels: {env: shared}}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: staging}
spec: {podSelector: {}}
";

fn judged(cluster: &str, assertions: &str) -> Result<Vec<Judgement>, AssertionError> {
    let source = Source::new("cluster.yaml", cluster.as_bytes().to_vec()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    assert!(model.notes.is_empty(), "{:?}", model.notes);
    let reachability = Reachability::new(&model, &Assumptions::default());
    let file = Source::new("assertions.yaml", assertions.as_bytes().to_vec()).unwrap();
    let assertions = read(&file)?;
    assertions
        .iter()
        .map(|assertion| assertion.judge(&reachability, &Meshes::new(&model)))
        .collect()
}

fn ruling(assertion: &str) -> Ruling {
    let text = format!("assertions:\n- {assertion}\n");
    let judged = judged(CLUSTER, &text).unwrap();
    assert_eq!(judged.len(), 1);
    let judgement = &judged[0];
    assert_eq!(
        judgement.ruling == Ruling::Proven,
        judgement.chains.is_empty()
    );
    judgement.ruling
}

#[test]
fn allow_lists_hold_or_name_the_path() {
    assert_eq!(
        ruling("{only: production/payment:8443, from: [production/order]}"),
        Ruling::Proven
    );
    assert_eq!(
        ruling("{only: payment:https, from: [production/*]}"),
        Ruling::Proven
    );
    assert_eq!(
        ruling("{only: production/payment:8443, from: []}"),
        Ruling::Refuted
    );
    assert_eq!(
        ruling("{only: kafka/broker, from: [production/order]}"),
        Ruling::Refuted
    );
}

#[test]
fn an_open_path_must_be_open_for_sure() {
    assert_eq!(
        ruling("{open: payment:8443, from: [order]}"),
        Ruling::Proven
    );
    assert_eq!(
        ruling("{open: payment:8443, from: [test]}"),
        Ruling::Refuted
    );
}

#[test]
fn what_a_workload_calls_is_an_allow_list_too() {
    assert_eq!(ruling("{calls: order, to: [payment]}"), Ruling::Refuted);
    let every = "{calls: order, to: [production/*, kafka/*, 0.0.0.0/0, '::/0']}";
    // Pods of namespaces that are not in the input are open to it.
    assert_eq!(ruling(every), Ruling::Refuted);
}

#[test]
fn environments_leak_by_way_of_what_they_share() {
    let judged = judged(
        CLUSTER,
        "assertions:\n- isolated: {production: [production], staging: [staging]}\n",
    )
    .unwrap();
    let judgement = &judged[0];
    assert_eq!(judgement.ruling, Ruling::Refuted);
    let chains: Vec<String> = judgement
        .chains
        .iter()
        .map(|chain| {
            let ends = chain.iter().map(|path| path.destination.to_string());
            let ends: Vec<String> = ends.collect();
            format!("{} > {}", chain[0].source, ends.join(" > "))
        })
        .collect();
    assert!(
        chains.contains(&"staging/test > kafka/broker > production/order".to_owned()),
        "{chains:?}"
    );
    let closed = CLUSTER.replace("{env: shared}}}]", "{env: none}}}]");
    let isolated = "assertions:\n- isolated: {production: [production], staging: [staging]}\n";
    let judged = super::tests::judged(&closed, isolated).unwrap();
    assert_ne!(judged[0].ruling, Ruling::Refuted, "{:?}", judged[0].chains);
}

#[test]
fn mtls_is_not_taken_for_granted() {
    let over = "{only: production/payment:8443, from: [production/order], over: mtls}";
    assert_eq!(ruling(over), Ruling::Undecided);
}

#[test]
fn what_is_no_assertion_is_refused_where_it_stands() {
    let cases = [
        ("assertions: 1\n", "`assertions` is no list"),
        ("assertions: []\n", "the file holds no assertion"),
        ("assertions: [{only: a/b}]\n", "`from` is missing"),
        (
            "assertions: [{only: a/b, open: a/b, from: []}]\n",
            "an assertion has exactly one of",
        ),
        (
            "assertions: [{only: nowhere/b, from: []}]\n",
            "no workload of the input is called `nowhere/b`",
        ),
        (
            "assertions: [{only: payment:0, from: []}]\n",
            "`0` is no port",
        ),
        ("assertions: [{onyl: a/b}]\n", "`onyl` is none of"),
        (
            "assertions: [{only: payment, from: [], over: tls}]\n",
            "`over` is not `mtls`",
        ),
        (
            "assertions: [{isolated: {a: [x], b: [x]}}]\n",
            "namespace `x` is in two environments",
        ),
        (
            "assertions: [{isolated: {a: [], b: [production]}}]\n",
            "environment `a` has no namespace",
        ),
        (
            "assertions: [{isolated: {a: [x], b: [production]}}]\n",
            "namespace `x` of environment `a` is not in the input",
        ),
        (
            "assertions: [{only: payment, from: [], from: []}]\n",
            "`from` stands here twice",
        ),
        (
            "assertions: [{open: payment, from: [order], to: []}]\n",
            "`to` means nothing here",
        ),
        ("assertions: [\n", ""),
        (
            "assertions: [{only: payment:9999, from: []}]\n",
            "declares port TCP 9999",
        ),
        (
            "assertions: [{open: payment, from: []}]\n",
            "`from` names nobody",
        ),
        (
            "assertions: [{open: payment, from: [order:1]}]\n",
            "a caller has no port",
        ),
        (
            "assertions: [{only: payment, from: [prodution/*]}]\n",
            "no namespace of the input is called",
        ),
        (
            "assertions: [{isolated: {a: [staging], b: [production]}, over: mtls}]\n",
            "`over` means nothing here",
        ),
        (
            "version: 99\nassertions: [{only: payment, from: []}]\n",
            "`version` is not 1",
        ),
        (
            "assertions: [{only: payment, from: []}]\n...\nassertions: []\n",
            "",
        ),
    ];
    for (text, message) in cases {
        let error = judged(CLUSTER, text).map(|_| ()).unwrap_err();
        assert!(error.message.contains(message), "{text}: {}", error.message);
    }
}

/// Whether there is one of Consul's proxies the input does not say: an open path may be closed all the same. A Server of
/// Linkerd's refuses nobody where there is no proxy.
#[test]
fn where_another_mesh_has_a_say_nothing_is_surely_open() {
    let assertion = "assertions:\n- {open: production/payment:https, from: [production/order]}\n";
    let ruling = |extra: &str| judged(&format!("{CLUSTER}{extra}"), assertion).unwrap()[0].ruling;
    assert_eq!(ruling(""), Ruling::Proven);
    let intentions = "---\napiVersion: consul.hashicorp.com/v1alpha1\nkind: ServiceIntentions\n\
                      metadata: {name: i, namespace: production}\n\
                      spec: {destination: {name: payment}, sources: [{name: order, action: deny}]}\n";
    assert_eq!(ruling(intentions), Ruling::Undecided);
    let server = "---\napiVersion: policy.linkerd.io/v1beta3\nkind: Server\nmetadata: {name: s, namespace: production}\n\
                  spec: {podSelector: {matchLabels: {app: payment}}, port: 8443, accessPolicy: deny}\n";
    assert_eq!(ruling(server), Ruling::Proven);
}

/// Pods that no manifest shows and that only the labels of an allowed callee let be called are as trusted as callers are.
#[test]
fn a_callee_is_meant_by_its_labels() {
    let rules = "---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: calls, namespace: production}
spec:
  podSelector: {matchLabels: {app: order}}
  policyTypes: [Egress]
  egress: [{to: [{podSelector: {matchLabels: {app: payment}}}], ports: [{port: 8443}]}]
";
    let calls = "assertions:\n- {calls: production/order, to: ['production/payment:8443']}\n";
    let text = format!("{CLUSTER}{rules}");
    let judged = super::tests::judged(&text, calls).unwrap();
    assert_eq!(judged[0].ruling, Ruling::Proven, "{:?}", judged[0].chains);
    let wider = text.replace(
        "{to: [{podSelector: {matchLabels: {app: payment}}}]",
        "{to: [{podSelector: {matchLabels: {app: payment}}}, {podSelector: {matchLabels: {app: x}}}]",
    );
    let judged = super::tests::judged(&wider, calls).unwrap();
    assert_eq!(judged[0].ruling, Ruling::Undecided);
    // Whom no rule lets be called is trusted with nothing.
    let trusted = |text: &str, to: &str| {
        let calls = format!("assertions:\n- {{calls: production/order, to: [{to}]}}\n");
        let judged = super::tests::judged(text, &calls).unwrap();
        assert_eq!(judged[0].ruling, Ruling::Proven, "{:?}", judged[0].chains);
        let remarks = judged[0].remarks.iter();
        let trusted = remarks.filter(|one| one.text.contains("allowed callee is trusted"));
        trusted.map(|one| one.text.clone()).collect::<Vec<_>>()
    };
    let told = trusted(&text, "'production/payment:8443'");
    assert!(
        matches!(told.as_slice(), [only] if only.contains("namespace `production`")),
        "{told:?}"
    );
    let (head, _) = text.split_once("  egress:").unwrap();
    assert!(trusted(head, "").is_empty());
}

/// Two environments that call one broker may hand data to each other by way of it.
#[test]
fn what_environments_share_is_declared_or_undecided() {
    let pod = |name: &str, namespace: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}, labels: {{app: {name}}}}}\n\
             spec: {{containers: [{{name: c}}]}}\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
             metadata: {{name: deny, namespace: {namespace}}}\nspec: {{podSelector: {{}}, policyTypes: [Ingress, Egress], \
             egress: [{{to: [{{namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: infra}}}}}}]}}]}}\n"
        )
    };
    let broker = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: broker, namespace: infra}\nspec: {containers: [{name: c}]}\n\
                  ---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: infra}\n\
                  spec: {podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{}]}\n";
    let text = format!("{}{}{broker}", pod("a", "prod"), pod("b", "staging"));
    let ruled = |rest: &str| {
        let file =
            format!("assertions:\n- isolated: {{production: [prod], staging: [staging]}}\n{rest}");
        super::tests::judged(&text, &file).unwrap().remove(0)
    };
    let undeclared = ruled("");
    assert_eq!(undeclared.ruling, Ruling::Undecided);
    assert!(
        undeclared
            .remarks
            .iter()
            .any(|one| one.text.contains("infra/broker"))
    );
    assert_eq!(ruled("  shared: [infra]\n").ruling, Ruling::Proven);
}
