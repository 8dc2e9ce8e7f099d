//! Policies of Cilium and Calico, against the semantics of each.

use super::*;
use crate::kernel::source::Source;
use crate::lint::{Options, documents, index};

const PODS: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: prod, labels: {env: prod}}
---
apiVersion: v1
kind: Namespace
metadata: {name: dev, labels: {env: dev}}
---
apiVersion: v1
kind: Pod
metadata: {name: order, namespace: prod, labels: {app: order}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: tool, namespace: dev, labels: {app: tool}}
spec: {containers: [{name: c}]}
---
apiVersion: v1
kind: Pod
metadata: {name: payment, namespace: prod, labels: {app: payment}}
spec: {containers: [{name: c, ports: [{name: web, containerPort: 8443}]}]}
";

/// What is said of the model of these policies, and of a few pods.
pub(super) fn with_model<T>(policies: &str, say: impl FnOnce(&Model<'_>) -> T) -> T {
    let text = format!("{PODS}{policies}");
    let source = Source::new("all.yaml", text.into_bytes()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    say(&index::build(&documents, &options))
}

/// Whether policies are refused, and whether nothing is proven beside them.
pub(super) fn is_refused(policies: &str) -> bool {
    let text = format!("{PODS}{policies}");
    let source = Source::new("all.yaml", text.into_bytes()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    let is_noted = model
        .notes
        .iter()
        .any(|note| note.code == "invalid-resource");
    is_noted && model.plugin_policies.is_empty() && !limits(&model).is_empty()
}

/// Who surely (`!`) or perhaps (`?`) reaches port 8443 of `prod/payment`, and how much is not settled.
pub(super) fn callers(policies: &str) -> (String, usize) {
    let text = format!("{PODS}{policies}");
    let source = Source::new("all.yaml", text.into_bytes()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    assert!(model.notes.is_empty(), "{:?}", model.notes);
    let reachability = Reachability::new(&model, &Assumptions::default());
    let target = Target::find(&model, "prod/payment:8443").unwrap();
    let paths = reachability.paths_to(target.position, &target.ports, &NetworkAlone);
    let mut told: Vec<String> = Vec::new();
    for path in &paths {
        let mark = match (path.surely.is_empty(), path.may.is_empty()) {
            (false, _) => "!",
            (true, false) => "?",
            (true, true) => continue,
        };
        let name = match &path.source {
            Party::Workload { name, .. } => name.clone(),
            Party::Unseen(Some(namespace)) => format!("others-{namespace}"),
            Party::Unseen(None) => "elsewhere".to_owned(),
            Party::Addresses(_) => "outside".to_owned(),
        };
        told.push(format!("{name}{mark}"));
    }
    (told.join(" "), limits(&model).len())
}

pub(super) fn cilium(spec: &str) -> String {
    format!(
        "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: c, namespace: prod}}\n\
         spec: {{endpointSelector: {{matchLabels: {{app: payment}}}}, {spec}}}\n"
    )
}

pub(super) const EVERYONE: &str = "order! tool! others-dev! others-prod! elsewhere! outside!";

#[test]
fn cilium_isolates_and_lets_in_as_it_does() {
    for (spec, expected) in [
        // An empty list looks like a default deny and has no effect.
        ("ingress: []", EVERYONE),
        ("ingress: [{}]", ""),
        // Pods that nobody sees may be those that it isolates.
        (
            "egress: [{}]",
            "order! tool! others-dev! others-prod? elsewhere! outside!",
        ),
        (
            "ingress: [{fromEndpoints: [{matchLabels: {app: order}}]}]",
            "order! others-prod?",
        ),
        (
            "ingress: [{fromEndpoints: [{matchLabels: {'k8s:app': order}}]}]",
            "order! others-prod?",
        ),
        // No source of a label, but the key of another.
        (
            "ingress: [{fromEndpoints: [{matchLabels: {k8s.app: order}}]}]",
            "others-prod?",
        ),
        ("ingress: [{fromEndpoints: [{}]}]", "order! others-prod!"),
        ("ingress: [{fromEndpoints: []}]", ""),
        (
            "ingress: [{fromEndpoints: [{matchLabels: {'k8s:io.kubernetes.pod.namespace': dev}}]}]",
            "tool! others-dev!",
        ),
        (
            "ingress: [{fromEndpoints: [{matchLabels: {'k8s:io.cilium.k8s.namespace.labels.env': dev}}]}]",
            "tool! others-dev! elsewhere?",
        ),
        ("ingress: [{fromEntities: [all]}]", EVERYONE),
        ("ingress: [{fromEntities: [world]}]", "outside!"),
        // Cilium tells its pods by their identity, not by their addresses.
        ("ingress: [{fromCIDR: [0.0.0.0/0, '::/0']}]", "outside!"),
        (
            "ingress: [{toPorts: [{ports: [{port: '8443'}]}]}]",
            EVERYONE,
        ),
        (
            "ingress: [{toPorts: [{ports: [{port: web, protocol: TCP}]}]}]",
            EVERYONE,
        ),
        ("ingress: [{toPorts: [{ports: [{port: '80'}]}]}]", ""),
        // Pings are not asked about.
        (
            "enableDefaultDeny: {ingress: false}, ingressDeny: [{fromEntities: [all], icmps: [{fields: [{type: 8}]}]}]",
            EVERYONE,
        ),
        (
            "ingress: [{fromEntities: [all], icmps: [{fields: [{type: 8}]}]}]",
            "",
        ),
        ("ingress: [{fromEntities: [all], icmps: []}]", EVERYONE),
        // An empty list of ports is none.
        ("ingress: [{fromEntities: [all], toPorts: []}]", EVERYONE),
        ("ingress: [{toPorts: []}]", ""),
        (
            "ingress: [{toPorts: [{ports: [{port: '8000', endPort: 9000, protocol: TCP}]}]}]",
            EVERYONE,
        ),
        // Some requests only.
        (
            "ingress: [{fromEndpoints: [{}], toPorts: [{ports: [{port: '8443', protocol: TCP}], rules: {http: [{method: GET}]}}]}]",
            "order? others-prod?",
        ),
        (
            "ingressDeny: [{fromEndpoints: [{matchLabels: {app: order}}]}], ingress: [{fromEndpoints: [{}]}]",
            "others-prod?",
        ),
        (
            "enableDefaultDeny: {ingress: false}, ingress: [{fromEndpoints: [{matchLabels: {app: order}}]}]",
            EVERYONE,
        ),
        (
            "enableDefaultDeny: {ingress: false}, ingressDeny: [{fromEndpoints: [{matchLabels: {app: order}}]}]",
            "tool! others-dev! others-prod? elsewhere! outside!",
        ),
    ] {
        assert_eq!(callers(&cilium(spec)), (expected.to_owned(), 0), "{spec}");
    }
    // Labels of Cilium's own are not read: nothing is certain of such a rule.
    let account = "ingress: [{fromEndpoints: [{matchLabels: {'io.cilium.k8s.policy.serviceaccount': order}}]}]";
    assert_eq!(callers(&cilium(account)).0, "order? others-prod?");
    assert_eq!(
        callers(&clusterwide("ingress: [{fromEndpoints: [{}]}]")).0,
        "order! tool! others-dev! others-prod! elsewhere!"
    );
}

pub(super) fn clusterwide(spec: &str) -> String {
    cilium(spec)
        .replace(
            "kind: CiliumNetworkPolicy",
            "kind: CiliumClusterwideNetworkPolicy",
        )
        .replace(", namespace: prod}", "}")
}

#[test]
fn a_port_of_cilium_without_a_number_spoils_the_policy() {
    let ports = "ingress: [{fromEntities: [all], toPorts: [{ports: [{protocol: TCP}]}]}]";
    assert!(is_refused(&cilium(ports)));
    assert!(!is_refused(&cilium(
        &ports.replace("{protocol", "{port: '1', protocol")
    )));
}

/// What the API server refuses isolates nobody, and what it would have meant is not known.
#[test]
fn policies_of_plugins_that_no_server_takes_are_refused() {
    let order = "ingress: [{fromEndpoints: [{matchLabels: {app: order}}]}]";
    let from = "ingress: [{action: Allow, source: {selector: \"app == 'order'\"}}]";
    let sound = cilium(order);
    for policy in [
        cilium(&format!("enableDefaultDeny: {{ingress: 'false'}}, {order}")),
        cilium(&format!("enableDefaultDeny: {{ingres: false}}, {order}")),
        cilium(&format!("egres: [], {order}")),
        sound.replace("matchLabels: {app: payment}", "matchlabels: {app: other}"),
        sound.replace("cilium.io/v2", "cilium.io/v9"),
        cilium("ingress: [{fromEntities: [all], Ports: []}]"),
        cilium("ingress: [{toPorts: [{ports: [{port: '1', endport: 9}]}]}]"),
        cilium("ingress: [{toPorts: [{ports: [{port: '1', endPort: '9'}]}]}]"),
        calico("a", from).replace("selector: \"app == 'payment'\"", "selectr: x"),
        calico("a", "ingress: [{action: Allow, protocol: tcp}]"),
        calico("a", "ingress: [{action: Allow, protocol: 300}]"),
        calico("a", &format!("types: Ingress, {from}")),
        calico(
            "a",
            "ingress: [{action: Deny, source: {namespaceSelectr: x}}]",
        ),
        calico("a", &format!("order: abc, {from}")),
        calico("a", "ingress: [{action: Allow, ports: [80]}]"),
        calico("a", &format!("Tier: x, {from}")),
        calico("a", from).replace("calico.org/v3", "calico.org/v9"),
    ] {
        assert!(is_refused(&policy), "{policy}");
    }
    assert!(!is_refused(&sound));
    let log =
        "order: 10.5, types: [Ingress], ingress: [{action: Log, protocol: ICMP, metadata: {a: b}}]";
    assert!(!is_refused(&calico("a", log)));
}

/// The policy's own namespace stands over the one that its selector names.
#[test]
fn a_cilium_policy_isolates_pods_of_its_own_namespace_alone() {
    let order = "ingress: [{fromEndpoints: [{matchLabels: {app: order}}]}]";
    let elsewhere = cilium(order)
        .replace("namespace: prod}", "namespace: dev}")
        .replace(
            "app: payment}",
            "app: payment, 'k8s:io.kubernetes.pod.namespace': prod}",
        );
    assert_eq!(callers(&elsewhere), (EVERYONE.to_owned(), 0));
    let here = cilium(order).replace(
        "app: payment}",
        "app: payment, 'k8s:io.kubernetes.pod.namespace': dev}",
    );
    assert_eq!(callers(&here).0, "order! others-prod?");
    let labelled = cilium(order).replace(
        "app: payment}",
        "app: payment, 'k8s:io.cilium.k8s.namespace.labels.env': dev}",
    );
    assert_eq!(callers(&labelled).0, EVERYONE);
}

pub(super) fn calico(name: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: prod}}\n\
         spec: {{selector: \"app == 'payment'\", {rest}}}\n"
    )
}

pub(super) fn global(name: &str, rest: &str) -> String {
    format!(
        "---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {{name: {name}}}\n\
         spec: {{{rest}}}\n"
    )
}

#[test]
fn calico_asks_in_order_and_the_first_match_decides() {
    let from = |selector: &str| format!("source: {{selector: \"{selector}\"}}");
    let order = from("app == 'order'");
    let deny_order = format!("order: 10, ingress: [{{action: Deny, {order}}}]");
    let allow_all = "order: 20, ingress: [{action: Allow}]";
    for (policies, expected) in [
        (calico("a", "ingress: []"), ""),
        (
            calico("a", "types: [Egress]"),
            "order! tool! others-dev! others-prod? elsewhere! outside!",
        ),
        (
            calico("a", &format!("ingress: [{{action: Allow, {order}}}]")),
            "order! others-prod?",
        ),
        (
            calico(
                "a",
                "ingress: [{action: Allow, source: {namespaceSelector: \"env == 'dev'\"}}]",
            ),
            "tool! others-dev! elsewhere?",
        ),
        (
            calico("a", &deny_order) + &calico("b", allow_all),
            "tool! others-dev! others-prod? elsewhere! outside!",
        ),
        (
            calico("a", &deny_order.replace("10", "30")) + &calico("b", allow_all),
            EVERYONE,
        ),
        // What is passed on is not refused at the end of the tier.
        (
            calico(
                "a",
                &format!("order: 10, ingress: [{{action: Pass, {order}}}]"),
            ),
            "order! others-prod?",
        ),
        (
            calico(
                "a",
                "ingress: [{action: Allow, protocol: TCP, destination: {ports: ['8000:9000', web]}}]",
            ),
            EVERYONE,
        ),
        (calico("a", "ingress: [{action: Allow, protocol: UDP}]"), ""),
        (
            calico(
                "a",
                "ingress: [{action: Allow, source: {selector: \"app in {'order', 'x'} && !has(y) || app == 'z'\"}}]",
            ),
            "order! others-prod?",
        ),
        (
            calico(
                "a",
                "ingress: [{action: Allow, source: {selector: \"app starts with 'o'\"}}]",
            ),
            "order! others-prod?",
        ),
        (
            global(
                "a",
                "ingress: [{action: Allow, source: {selector: \"app == 'tool'\"}}]",
            ),
            "tool! others-dev? others-prod? elsewhere?",
        ),
    ] {
        assert_eq!(callers(&policies), (expected.to_owned(), 0), "{policies}");
    }
}

/// Every pod has the label of its namespace, every namespace that of its name.
#[test]
fn calico_labels_pods_and_namespaces_itself() {
    let from = |source: &str| format!("ingress: [{{action: Allow, source: {{{source}}}}}]");
    let app = "selector: \"app == 'payment'\", ";
    for (policy, expected) in [
        (
            global(
                "a",
                &from("selector: \"projectcalico.org/namespace == 'dev'\""),
            ),
            "tool! others-dev!",
        ),
        (
            global(
                "a",
                &format!(
                    "{app}{}",
                    from("namespaceSelector: \"projectcalico.org/name == 'dev'\"")
                ),
            ),
            "tool! others-dev!",
        ),
        (
            calico(
                "a",
                &from("selector: \"projectcalico.org/namespace == 'dev'\""),
            ),
            "",
        ),
        (
            calico(
                "a",
                &from("selector: \"projectcalico.org/serviceaccount == 'order'\""),
            ),
            "others-prod?",
        ),
        (
            global(
                "a",
                "selector: \"projectcalico.org/namespace == 'dev'\", ingress: []",
            ),
            EVERYONE,
        ),
        (
            global(
                "a",
                "namespaceSelector: \"projectcalico.org/name == 'prod'\", ingress: []",
            ),
            "",
        ),
        (
            global(
                "a",
                "selector: \"projectcalico.org/orchestrator == 'k8s'\", ingress: []",
            ),
            "",
        ),
    ] {
        assert_eq!(callers(&policy), (expected.to_owned(), 0), "{policy}");
    }
}

#[test]
fn networkpolicies_stand_in_calicos_order() {
    let allow = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: k, namespace: prod}\n\
                 spec: {podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: order}}}]}]}\n";
    let deny = |order: &str| global("d", &format!("order: {order}, ingress: [{{action: Deny}}]"));
    assert_eq!(callers(&format!("{allow}{}", deny("10"))).0, "");
    assert_eq!(
        callers(&format!("{allow}{}", deny("2000"))).0,
        "order! others-prod?"
    );
    let open = global("o", "order: 2000, ingress: [{action: Allow}]");
    assert_eq!(callers(&format!("{allow}{open}")).0, EVERYONE);
}

#[test]
fn sets_of_addresses_are_meant_by_their_labels() {
    let set = "---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkSet\nmetadata: {name: s, labels: {who: partner}}\n\
               spec: {nets: [203.0.113.0/24, 198.51.100.7]}\n";
    let rule = "ingress: [{action: Allow, source: {selector: \"who == 'partner'\"}}]";
    let (told, unsettled) = callers(&format!("{set}{}", global("g", rule)));
    assert!(told.contains("outside!"), "{told}");
    assert_eq!(unsettled, 0);
    assert!(
        !callers(&format!("{set}{}", calico("own", rule)))
            .0
            .contains("outside")
    );
}

#[test]
fn what_is_beyond_the_model_is_told() {
    for policies in [
        calico("a", "tier: security, ingress: [{action: Deny}]"),
        global(
            "a",
            "preDNAT: true, applyOnForward: true, ingress: [{action: Allow}]",
        ),
        cilium(
            "enableDefaultDeny: {ingress: false}, ingress: [{toPorts: [{ports: [{port: '8443', protocol: TCP}], rules: {http: [{path: /a}]}}]}]",
        ),
        cilium("ingress: [{fromRequires: [{matchLabels: {a: b}}], fromEntities: [all]}]"),
        cilium("ingress: [{}]") + &calico("a", "ingress: [{action: Allow}]"),
    ] {
        assert!(callers(&policies).1 > 0, "{policies}");
    }
}
