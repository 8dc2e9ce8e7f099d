//! Every field of the policies of Cilium and Calico: what it means, or that it is refused.

use super::plugin_tests::{EVERYONE, calico, callers, cilium, clusterwide, global, is_refused};
use super::*;

/// Rows of a rule and of who reaches port 8443 of `prod/payment` by it; `refused` where nothing is proven beside it.
fn judge(rows: &[(&str, &str)], policy: impl Fn(&str) -> String) {
    for (rule, expected) in rows {
        let policies = policy(rule);
        if *expected == "refused" {
            assert!(is_refused(&policies), "{policies}");
        } else {
            assert_eq!(callers(&policies).0, *expected, "{policies}");
        }
    }
}

const ANYONE: &str = "order? tool? others-dev? others-prod? elsewhere? outside?";

#[test]
fn peers_of_a_cilium_rule() {
    let rows = [
        (
            "fromEntities: [cluster]",
            "order! tool! others-dev! others-prod! elsewhere! outside?",
        ),
        ("fromEntities: [host]", "outside?"),
        (
            "fromEntities: [remote-node, kube-apiserver, ingress]",
            "outside?",
        ),
        ("fromEntities: [world-ipv4]", "outside!"),
        ("fromEntities: [none]", ""),
        ("fromEntities: [health]", ""),
        ("fromEntities: [init]", ANYONE),
        ("fromEntities: [unmanaged]", ANYONE),
        ("fromEntities: [al]", "refused"),
        ("fromEntities: all", "refused"),
        ("fromEntities: []", ""),
        // What is no pod has labels of its own.
        (
            "fromEndpoints: [{matchLabels: {'reserved:world': ''}}]",
            ANYONE,
        ),
        (
            "fromEndpoints: [{matchLabels: {'reserved:host': ''}}]",
            ANYONE,
        ),
        (
            "fromEndpoints: [{matchLabels: {'cidr:10.0.0.0/8': ''}}]",
            ANYONE,
        ),
        (
            "fromEndpoints: [{matchLabels: {io.cilium.k8s.policy.cluster: other}}]",
            ANYONE,
        ),
        // Without a namespace that must be there, a label that must be absent is absent from the world too.
        (
            "fromEndpoints: [{matchExpressions: [{key: 'k8s:io.kubernetes.pod.namespace', operator: NotIn, values: [dev]}]}]",
            ANYONE,
        ),
        (
            "fromEndpoints: [{matchExpressions: [{key: 'io.cilium.k8s.namespace.labels.env', operator: NotIn, values: [dev]}]}]",
            ANYONE,
        ),
        (
            "fromEndpoints: [{matchExpressions: [{key: app, operator: NotIn, values: [order]}]}]",
            "others-prod?",
        ),
        // Cilium leaves it out of identities by default.
        (
            "fromEndpoints: [{matchLabels: {topology.kubernetes.io/zone: a}}]",
            "order? others-prod?",
        ),
        (
            "fromEndpoints: [{matchLabels: {app.kubernetes.io/name: a}}]",
            "others-prod?",
        ),
        ("fromEndpoints: [order]", "refused"),
        ("fromEndpoints: [null]", "refused"),
        ("fromEndpoints: {matchLabels: {}}", "refused"),
        ("fromEndpoints: [{matchLabel: {}}]", "refused"),
        (
            "fromEndpoints: [{matchExpressions: [{key: a, operator: Gt, values: [b]}]}]",
            "refused",
        ),
        ("fromNodes: [{matchLabels: {a: b}}]", "outside?"),
        ("fromNodes: [{labels: {a: b}}]", "refused"),
        ("fromGroups: [{aws: {labels: {a: b}}}]", "outside?"),
        ("fromGroups: [{azure: {}}]", "refused"),
        ("fromCIDR: [10.0.0.1]", "outside!"),
        ("fromCIDR: [10.0.0.0/33]", "refused"),
        ("fromCIDR: 10.0.0.0/8", "refused"),
        (
            "fromCIDRSet: [{cidr: 0.0.0.0/0, except: [10.0.0.0/8]}]",
            "outside!",
        ),
        (
            "fromCIDRSet: [{cidr: 10.0.0.0/8, except: [11.0.0.0/8]}]",
            "refused",
        ),
        ("fromCIDRSet: [{cidrGroupRef: g}]", "outside?"),
        (
            "fromCIDRSet: [{cidrGroupSelector: {matchLabels: {a: b}}}]",
            "outside?",
        ),
        (
            "fromCIDRSet: [{cidr: 10.0.0.0/8, cidrGroupRef: g}]",
            "refused",
        ),
        ("fromCIDRSet: [{except: [10.0.0.0/8]}]", "refused"),
        (
            "fromCIDRSet: [{cidr: 10.0.0.0/8, exceptions: []}]",
            "refused",
        ),
        ("fromCIDRSet: [10.0.0.0/8]", "refused"),
        // Several ways at once are none.
        ("fromEntities: [world], fromEndpoints: [{}]", "refused"),
        ("fromEntities: [world], fromEndpoints: []", "outside!"),
        // Fields of the other direction, and of nothing.
        ("toEndpoints: [{}]", "refused"),
        ("toFQDNs: [{matchName: a.b}]", "refused"),
        ("fromServices: [{}]", "refused"),
        ("fromFQDNs: [{matchName: a.b}]", "refused"),
        ("toRequires: [{}]", "refused"),
        ("description: x", "refused"),
        (
            "authentication: {mode: required}, fromEntities: [all]",
            ANYONE,
        ),
        (
            "authentication: {modes: required}, fromEntities: [all]",
            "refused",
        ),
        ("authentication: required, fromEntities: [all]", "refused"),
    ];
    judge(&rows, |rule| cilium(&format!("ingress: [{{{rule}}}]")));
    // A rule is a mapping.
    assert!(is_refused(&cilium("ingress: [all]")));
    assert!(is_refused(&cilium("ingress: {fromEntities: [all]}")));
    // A refusal knows no names, proofs or requests.
    for rule in [
        "toFQDNs: [{matchName: a.b}]",
        "authentication: {mode: required}",
        "toPorts: [{ports: [{port: '1'}], rules: {}}]",
    ] {
        assert!(
            is_refused(&cilium(&format!("egressDeny: [{{{rule}}}]"))),
            "{rule}"
        );
    }
}

#[test]
fn ports_of_a_cilium_rule() {
    let rows = [
        ("[{ports: [{port: '8443', protocol: TCP}]}]", EVERYONE),
        ("[{ports: [{port: '8443', protocol: ANY}]}]", EVERYONE),
        ("[{ports: [{port: '8443', protocol: UDP}]}]", ""),
        ("[{ports: [{port: '0', protocol: TCP}]}]", EVERYONE),
        ("[{ports: [{port: '0'}]}]", EVERYONE),
        ("[{ports: [{port: '8000', endPort: 9000}]}]", EVERYONE),
        ("[{ports: [{port: '8000', endPort: 0}]}]", ""),
        ("[{ports: [{port: '9000', endPort: 8000}]}]", "refused"),
        ("[{ports: [{port: '8000', endPort: 70000}]}]", "refused"),
        ("[{ports: [{port: '8000', endPort: '9000'}]}]", "refused"),
        ("[{ports: [{port: '70000'}]}]", "refused"),
        ("[{ports: [{port: '010'}]}]", "refused"),
        ("[{ports: [{port: ''}]}]", "refused"),
        ("[{ports: [{port: 8443}]}]", "refused"),
        ("[{ports: [{port: WEB}]}]", "refused"),
        ("[{ports: [{port: web}]}]", EVERYONE),
        ("[{ports: [{port: other}]}]", ""),
        ("[{ports: [{port: '1', protocol: tcp}]}]", "refused"),
        ("[{ports: [{port: '1', protocol: ICMP}]}]", ""),
        ("[{ports: ['8443']}]", "refused"),
        ("['8443']", "refused"),
        ("{ports: []}", "refused"),
        ("[{port: '8443'}]", "refused"),
        // Every port or none, as releases differ.
        ("[{ports: []}]", ANYONE),
        ("[{}]", ANYONE),
        (
            "[{ports: [{port: '8443', protocol: TCP}], rules: {http: [{path: /}]}}]",
            ANYONE,
        ),
        (
            "[{ports: [{port: '8443'}], rules: {htttp: [{path: /}]}}]",
            "refused",
        ),
        (
            "[{ports: [{port: '8443'}], rules: {http: [{paths: /}]}}]",
            "refused",
        ),
        ("[{ports: [{port: '8443'}], serverNames: [a.b]}]", ANYONE),
        (
            "[{ports: [{port: '8443'}], terminatingTLS: {secret: {name: s}}}]",
            ANYONE,
        ),
        (
            "[{ports: [{port: '8443'}], listener: {name: l}}]",
            "refused",
        ),
    ];
    judge(&rows, |ports| {
        cilium(&format!("ingress: [{{toPorts: {ports}}}]"))
    });
    // A list of nobody once meant everybody on these ports.
    let nobody = "ingress: [{fromEndpoints: [], toPorts: [{ports: [{port: '8443'}]}]}]";
    assert_eq!(callers(&cilium(nobody)).0, ANYONE);
    for icmps in [
        "[{fields: [{type: 8, code: 0}]}]",
        "[{field: []}]",
        "[8]",
        "{}",
    ] {
        assert!(
            is_refused(&cilium(&format!("ingress: [{{icmps: {icmps}}}]"))),
            "{icmps}"
        );
    }
    let both = "ingress: [{icmps: [{fields: []}], toPorts: [{ports: [{port: '1'}]}]}]";
    assert!(is_refused(&cilium(both)));
}

#[test]
fn whom_a_cilium_policy_is_for() {
    let order = "ingress: [{fromEndpoints: [{matchLabels: {app: order}}]}]";
    let with = |selector: &str| {
        cilium(order).replace("endpointSelector: {matchLabels: {app: payment}}", selector)
    };
    for (selector, expected) in [
        ("endpointSelector: {}", "order! others-prod?"),
        (
            "endpointSelector: {matchLabels: {'any:app': payment}}",
            "order! others-prod?",
        ),
        (
            "endpointSelector: {matchLabels: {'reserved:health': ''}}",
            ANYONE,
        ),
        (
            "endpointSelector: {matchLabels: {'io.kubernetes.pod.namespace': dev}}",
            EVERYONE,
        ),
        (
            "endpointSelector: {matchLabels: {kubernetes.io/x: z}}",
            ANYONE,
        ),
    ] {
        assert_eq!(callers(&with(selector)).0, expected, "{selector}");
    }
    for selector in [
        "endpointSelector: null",
        "endpointSelector: []",
        "nodeSelector: {}",
        "endpointSelector: {}, nodeSelector: {}",
        "endpointSelector: {matchLabels: [a]}",
    ] {
        assert!(is_refused(&with(selector)), "{selector}");
    }
    // Of nodes: pods on their network alone.
    let nodes = clusterwide("ingress: [{fromEntities: [cluster]}]").replace(
        "endpointSelector: {matchLabels: {app: payment}}",
        "nodeSelector: {}",
    );
    assert_eq!(callers(&nodes), (EVERYONE.to_owned(), 0));
    let spec = cilium(order);
    assert!(is_refused(&spec.replace("spec:", "sepc:")));
    assert!(is_refused(&format!("{spec}specs: [all]\n")));
    assert!(is_refused(&format!("{spec}spec2: {{}}\n")));
    for field in [
        "enableDefaultDeny: true",
        "egressDenies: []",
        "ingressDeny: {}",
    ] {
        assert!(is_refused(&cilium(&format!("{field}, {order}"))), "{field}");
    }
}

#[test]
fn a_clusterwide_policy_of_cilium_means_what_is_in_a_namespace() {
    let rows = [
        ("[{}]", "order! tool! others-dev! others-prod! elsewhere!"),
        (
            "[{matchExpressions: [{key: app, operator: DoesNotExist}]}]",
            "others-dev? others-prod? elsewhere?",
        ),
        (
            "[{matchExpressions: [{key: 'k8s:io.kubernetes.pod.namespace', operator: DoesNotExist}]}]",
            ANYONE,
        ),
        (
            "[{matchLabels: {'k8s:io.kubernetes.pod.namespace': dev}}]",
            "tool! others-dev!",
        ),
    ];
    judge(&rows, |peers| {
        clusterwide(&format!("ingress: [{{fromEndpoints: {peers}}}]"))
    });
}

#[test]
fn selectors_of_calico() {
    let rows = [
        ("selector: \"app == 'order'\"", "order! others-prod?"),
        ("selector: \"app starts with 'or'\"", "order! others-prod?"),
        ("selector: \"app ends with 'er'\"", "order! others-prod?"),
        ("selector: \"app contains 'rde'\"", "order! others-prod?"),
        ("selector: \"app contains 'x'\"", "others-prod?"),
        ("selector: \"!(app != 'order')\"", "order! others-prod?"),
        (
            "selector: \"(has(x) || app in {'order'}) && !has(y)\"",
            "order! others-prod?",
        ),
        (
            "selector: \"app not in {'payment'}\"",
            "order! others-prod?",
        ),
        // A policy of a namespace means its own, as soon as it asks for labels.
        ("selector: all()", "order! others-prod!"),
        ("selector: global()", "refused"),
        ("selector: ''", EVERYONE),
        ("notSelector: \"app == 'order'\"", "others-prod?"),
        ("notSelector: \"app == 'tool'\"", "order! others-prod?"),
        (
            "selector: \"has(app)\", notSelector: \"app == 'order'\"",
            "others-prod?",
        ),
        (
            "namespaceSelector: all()",
            "order! tool! others-dev! others-prod! elsewhere!",
        ),
        // Hosts and sets of the cluster.
        ("namespaceSelector: global()", "outside?"),
        (
            "namespaceSelector: \"global() || kubernetes.io/metadata.name == 'dev'\"",
            "refused",
        ),
        (
            "namespaceSelector: \"!global()\"",
            "order! tool! others-dev! others-prod! elsewhere!",
        ),
        (
            "namespaceSelector: \"env != 'dev'\"",
            "order! others-prod! elsewhere? outside?",
        ),
        (
            "namespaceSelector: \"env == 'dev'\", selector: \"app == 'tool'\"",
            "tool! others-dev? elsewhere?",
        ),
        (
            "namespaceSelector: \"env == 'dev'\", notSelector: \"app == 'tool'\"",
            "others-dev? elsewhere?",
        ),
        ("serviceAccounts: {names: [default]}", "order! others-prod?"),
        ("serviceAccounts: {names: [other]}", "others-prod?"),
        (
            "serviceAccounts: {selector: \"team == 'a'\"}",
            "order? others-prod?",
        ),
        (
            "serviceAccounts: {selector: \"projectcalico.org/name == 'other'\"}",
            "others-prod?",
        ),
        (
            "nets: [10.0.0.0/8]",
            "order? tool? others-dev? others-prod? elsewhere? outside!",
        ),
        ("nets: []", EVERYONE),
        (
            "notNets: [0.0.0.0/0]",
            "order? tool? others-dev? others-prod? elsewhere? outside!",
        ),
        (
            "selector: \"app == 'order'\", nets: [10.0.0.0/8]",
            "order? others-prod?",
        ),
        ("services: {name: a, namespace: prod}", ANYONE),
        ("domains: [a.b]", ANYONE),
        ("ports: [80]", "refused"),
        ("selector: app", "refused"),
        ("selector: [app]", "refused"),
        ("selectors: x", "refused"),
        ("notSelector: \"app =\"", "refused"),
        ("namespaceSelector: \"env == dev\"", "refused"),
        ("serviceAccounts: {name: [a]}", "refused"),
        ("serviceAccounts: [a]", "refused"),
        ("services: {names: a}", "refused"),
        ("nets: [10.0.0.0/99]", "refused"),
        ("nets: 10.0.0.0/8", "refused"),
    ];
    judge(&rows, |source| {
        calico(
            "a",
            &format!("ingress: [{{action: Allow, source: {{{source}}}}}]"),
        )
    });
    // What the rule asks of its own pods only perhaps holds.
    let own = "ingress: [{action: Allow, destination: {selector: \"app == 'payment'\"}}]";
    assert_eq!(callers(&calico("a", own)).0, ANYONE);
}

#[test]
fn ports_and_protocols_of_calico() {
    let rows = [
        ("protocol: TCP, destination: {ports: [8443]}", EVERYONE),
        ("protocol: TCP, destination: {ports: ['8443']}", EVERYONE),
        (
            "protocol: TCP, destination: {ports: ['8000:9000']}",
            EVERYONE,
        ),
        ("protocol: TCP, destination: {ports: [web]}", EVERYONE),
        (
            "protocol: TCP, destination: {ports: ['9000:8000']}",
            "refused",
        ),
        ("protocol: TCP, destination: {ports: ['+8443']}", "refused"),
        (
            "protocol: TCP, destination: {ports: ['8000-9000']}",
            "refused",
        ),
        ("protocol: TCP, destination: {ports: [80000]}", "refused"),
        ("protocol: TCP, destination: {ports: 8443}", "refused"),
        ("protocol: TCP, destination: {notPorts: [8443]}", ""),
        (
            "protocol: TCP, destination: {notPorts: [80, '1:100']}",
            EVERYONE,
        ),
        ("protocol: TCP, destination: {notPorts: [web]}", ANYONE),
        (
            "protocol: TCP, destination: {ports: ['1:9000'], notPorts: [8443]}",
            ANYONE,
        ),
        ("protocol: TCP, source: {ports: [1000]}", ANYONE),
        ("protocol: TCP, source: {notPorts: [1000]}", ANYONE),
        ("protocol: ICMP", ""),
        ("protocol: 6", EVERYONE),
        ("protocol: 1", ""),
        ("protocol: 0", "refused"),
        ("protocol: '6'", "refused"),
        ("notProtocol: TCP", ""),
        ("notProtocol: UDP", EVERYONE),
        ("notProtocol: ICMP", EVERYONE),
        ("notProtocol: Udp", "refused"),
        ("destination: {ports: [8443]}", "refused"),
        ("protocol: ICMP, destination: {ports: [8443]}", "refused"),
        ("ipVersion: 6", ANYONE),
        ("ipVersion: 5", "refused"),
        ("protocol: ICMP, icmp: {type: 8, code: 0}", ""),
        ("icmp: {types: 8}", "refused"),
        ("http: {methods: [GET]}", ANYONE),
        ("http: {method: [GET]}", "refused"),
        ("metadata: {annotations: {a: b}}", EVERYONE),
    ];
    judge(&rows, |rule| {
        calico("a", &format!("ingress: [{{action: Allow, {rule}}}]"))
    });
    for rule in ["{action: allow}", "{action: Alow}", "{}", "Allow", "null"] {
        assert!(
            is_refused(&calico("a", &format!("ingress: [{rule}]"))),
            "{rule}"
        );
    }
    assert_eq!(callers(&calico("a", "ingress: [{action: Log}]")).0, "");
}

#[test]
fn what_else_a_calico_policy_says() {
    let allow = "ingress: [{action: Allow}]";
    for (policy, expected) in [
        (
            global(
                "a",
                &format!("namespaceSelector: \"env == 'dev'\", {allow}"),
            ),
            EVERYONE,
        ),
        (global("a", "namespaceSelector: \"env == 'prod'\""), ""),
        (global("a", "selector: \"app starts with 'pay'\""), ""),
        (
            calico(
                "a",
                "serviceAccountSelector: \"projectcalico.org/name == 'default'\"",
            ),
            "",
        ),
        (
            calico(
                "a",
                "serviceAccountSelector: \"projectcalico.org/name == 'x'\"",
            ),
            EVERYONE,
        ),
        (
            calico("a", "serviceAccountSelector: \"team == 'x'\""),
            ANYONE,
        ),
        (calico("a", "types: [Ingress, Egress]"), ""),
        (
            calico("a", "types: [Egress], ingress: [{action: Deny}]"),
            EGRESS,
        ),
        (calico("a", "types: []"), ""),
        (
            calico(
                "a",
                "order: null, tier: default, performanceHints: [AssumeNeededOnEveryNode]",
            ),
            "",
        ),
        // Nobody writes the types where the API server is gone past.
        (
            calico("a", "egress: [{action: Allow}]")
                .replace("projectcalico.org/v3", "crd.projectcalico.org/v1"),
            ANYONE,
        ),
        (
            calico("a", &format!("types: [Ingress], {allow}"))
                .replace("projectcalico.org/v3", "crd.projectcalico.org/v1"),
            EVERYONE,
        ),
        // No order is the last.
        (
            calico("a", allow) + &calico("b", "order: 1e6, ingress: [{action: Deny}]"),
            "",
        ),
        (
            calico("a", "ingress: [{action: Deny}]")
                + &calico("b", &format!("order: -0.5, {allow}")),
            EVERYONE,
        ),
    ] {
        assert_eq!(callers(&policy).0, expected, "{policy}");
    }
    for policy in [
        global("a", "namespaceSelector: global()"),
        calico("a", "types: [Ingress, Ingress]"),
        calico("a", "namespaceSelector: all()"),
        calico("a", "doNotTrack: true"),
        global("a", "preDNAT: 'yes'"),
        calico("a", "types: [ingress]"),
        calico("a", "types: [1]"),
        calico("a", "order: '10'"),
        calico("a", "order: .nan"),
        calico("a", "ingress: {}"),
        calico("a", "performanceHint: []"),
        calico("a", "tier: 1"),
        calico("a", "").replace("spec:", "Spec:"),
    ] {
        assert!(is_refused(&policy), "{policy}");
    }
    // Of one order, by name, across kinds: nothing is proven.
    let both = calico("a", &format!("order: 5, {allow}"))
        + &global("b", "order: 5, ingress: [{action: Deny}]");
    assert!(callers(&both).1 > 0);
    let apart = both.replacen("order: 5", "order: 4", 1);
    assert_eq!(callers(&apart), (EVERYONE.to_owned(), 0));
    assert!(callers(&calico("a", "tier: x, ingress: [{action: Allow}]")).1 > 0);
}

/// Egress of payment alone is isolated: whoever nobody sees may be such a pod.
const EGRESS: &str = "order! tool! others-dev! others-prod? elsewhere! outside!";

#[test]
fn sets_and_tiers_that_are_not_read_keep_from_proof() {
    let set = |spec: &str| {
        format!(
            "---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkSet\nmetadata: {{name: s, labels: {{who: p}}}}\n\
             spec: {{{spec}}}\n"
        )
    };
    for spec in [
        "nets: [10.0.0.0/99]",
        "net: [10.0.0.0/8]",
        "nets: 10.0.0.0/8",
    ] {
        assert!(is_limited(&set(spec)), "{spec}");
    }
    assert_eq!(callers(&set("nets: [10.0.0.0/8]")).1, 0);
    let tier = |name: &str, action: &str| {
        format!(
            "---\napiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {{name: {name}}}\n\
             spec: {{order: 10, defaultAction: {action}}}\n"
        )
    };
    assert_eq!(callers(&tier("default", "Deny")).1, 0);
    assert_eq!(callers(&tier("security", "Pass")).1, 0);
    assert!(callers(&tier("default", "Pass")).1 > 0);
    let host = "---\napiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: h}\nspec: {node: n}\n";
    assert!(callers(host).1 > 0);
}

fn is_limited(policies: &str) -> bool {
    super::plugin_tests::with_model(policies, |model| !limits(model).is_empty())
}

/// The seeds are sound, and say what the engine evaluates.
#[test]
fn every_field_that_is_read_is_read_together() {
    for (text, policies) in [
        (
            include_str!("../../../fixtures/acme/plugins/cilium.yaml"),
            3,
        ),
        (
            include_str!("../../../fixtures/acme/plugins/calico.yaml"),
            2,
        ),
    ] {
        super::plugin_tests::with_model(&format!("---\n{text}"), |model| {
            assert!(model.notes.is_empty(), "{:?}", model.notes);
            assert_eq!(model.plugin_policies.len(), policies);
        });
    }
}
