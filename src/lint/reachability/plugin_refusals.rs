//! Policies of Cilium and Calico whose every field is one, and which are refused whole all the same.

use super::plugin_tests::{calico, callers, cilium, clusterwide, global, is_refused};

/// What Cilium's own validation refuses although its CRD takes it: nothing of the policy is enforced then.
#[test]
fn what_cilium_refuses_about_ports_voids_the_policy() {
    let many = |entry: &str| [entry].repeat(41).join(", ");
    let refused = [
        "toPorts: [{ports: [{port: '9'}], rules: {http: [{method: GET}]}}]",
        "toPorts: [{ports: [{port: '9', protocol: UDP}], rules: {http: [{method: GET}]}}]",
        "toPorts: [{ports: [{port: '9', protocol: TCP}], rules: {http: [{}], kafka: [{topic: x}]}}]",
        "toPorts: [{ports: [{port: '9', protocol: TCP}], rules: {http: [{}], l7proto: x}}]",
        "toPorts: [{ports: [{port: '9', protocol: TCP}], rules: {l7: [{a: b}]}}]",
        "toPorts: [{ports: [{port: '0', protocol: TCP}], rules: {http: [{}]}}]",
        "toPorts: [{ports: [{port: '9', protocol: TCP}], rules: {http: [{path: '*'}]}}]",
        "toPorts: [{ports: [{port: '9', protocol: TCP}], rules: {http: [{path: '/(a'}]}}]",
        "toPorts: [{ports: [{port: '9', protocol: TCP}], rules: {http: [{headerMatches: [{value: a}]}]}}]",
        "toPorts: [{ports: [{port: '53'}], rules: {dns: [{matchPattern: '*'}]}}]",
        "toPorts: [{ports: [{port: '443'}], serverNames: ['']}]",
        "toPorts: [{ports: [{port: '443', protocol: TCP}], serverNames: [a.b], rules: {http: [{}]}}]",
        "toPorts: [{ports: [{port: '9', protocol: VRRP}]}]",
        &format!("toPorts: [{{ports: [{}]}}]", many("{port: '9'}")),
        &format!("icmps: [{{fields: [{}]}}]", many("{type: 8}")),
        "icmps: [{fields: [{type: 8, family: ipv4}]}]",
        "icmps: [{fields: [{family: IPv4}]}]",
        "icmps: [{fields: [{type: Ping}]}]",
        "fromCIDRSet: [{cidr: 10.0.0.1}]",
        "fromCIDRSet: [{cidr: 10.0.0.0/8, except: [10.0.0.1]}]",
        "fromEndpoints: [{matchLabels: {'k8s:app': 'a b'}}]",
        "fromEndpoints: [{matchLabels: {'k8s:/app': a}}]",
        "authentication: {mode: always}, fromEntities: [all]",
    ];
    for rule in refused {
        let policy = cilium(&format!("ingress: [{{}}, {{{rule}}}]"));
        assert!(is_refused(&policy), "{policy}");
    }
    for rule in [
        "toPorts: [{ports: [{port: '53'}], rules: {dns: [{matchName: 'a b'}]}}]",
        "toPorts: [{rules: {dns: [{matchPattern: '*'}]}}]",
        "toPorts: [{ports: [{port: '53', endPort: 54}], rules: {dns: [{matchPattern: '*'}]}}]",
        "toPorts: [{ports: [{port: '9', protocol: TCP}], listener: {name: l}, rules: {http: [{}]}}]",
        "toFQDNs: [{matchName: a.b, matchPattern: '*'}]",
        "toFQDNs: [{matchName: 'https://a.b'}]",
    ] {
        let policy = cilium(&format!("ingress: [{{}}], egress: [{{{rule}}}]"));
        assert!(is_refused(&policy), "{policy}");
    }
    for sound in [
        "egress: [{toPorts: [{ports: [{port: '53', protocol: ANY}], rules: {dns: [{matchPattern: '*.a.b'}]}}]}]",
        "egress: [{toFQDNs: [{matchPattern: '*.a.b'}], toPorts: [{ports: [{port: '443', protocol: TCP}]}]}]",
        "egress: [{toPorts: [{ports: [{port: '443'}], listener: {name: l}, serverNames: [a.b]}]}]",
        "ingress: [{toPorts: [{ports: [{port: '9', protocol: TCP}], rules: {http: [{method: 'GET|HEAD', path: '/a/[^/]+(/.*?)?'}]}}]}]",
        "ingress: [{icmps: [{fields: [{type: EchoRequest, family: IPv6}, {type: 8}]}]}]",
        "ingress: [{fromCIDRSet: [{cidr: 10.0.0.0/8, except: [10.0.0.1/32]}]}]",
    ] {
        assert!(!is_refused(&cilium(sound)), "{sound}");
    }
    // A policy of nodes has no rules about requests where it lets in.
    let of_nodes = clusterwide(
        "ingress: [{toPorts: [{ports: [{port: '9', protocol: TCP}], rules: {http: [{}]}}]}]",
    )
    .replace(
        "endpointSelector: {matchLabels: {app: payment}}",
        "nodeSelector: {}",
    );
    assert!(is_refused(&of_nodes));
    // Nodes are selected by a setting that is off by default.
    assert!(callers(&cilium("ingress: [{fromNodes: [{matchLabels: {a: b}}]}]")).1 > 0);
}

/// What Calico's own validation refuses.
#[test]
fn what_calico_refuses_together_voids_the_policy() {
    for rule in [
        "protocol: TCP, source: {services: {name: a, namespace: prod}, ports: [1]}",
        "source: {services: {name: a, namespace: prod}, selector: all()}",
        "source: {services: {name: a, namespace: prod}, nets: [10.0.0.0/8]}",
        "source: {services: {namespace: prod}}",
        "destination: {services: {name: a, namespace: prod}}",
        "source: {selector: \"has(a) && global()\"}",
        "source: {nets: [10.0.0.1/8]}",
        "source: {nets: [10.0.0.1]}",
        "source: {nets: [10.0.0.0/8]}, destination: {notNets: ['fd00::/8']}",
        "ipVersion: 6, source: {nets: [10.0.0.0/8]}",
        "ipVersion: 6, protocol: ICMP",
        "icmp: {type: 8}",
        "protocol: ICMP, icmp: {code: 0}",
        "protocol: UDP, http: {methods: [GET]}",
        "http: {methods: [GET, GET]}",
        "http: {paths: [{exact: a}]}",
        "http: {paths: [{exact: /a, prefix: /b}]}",
    ] {
        let policy = calico("a", &format!("ingress: [{{action: Allow, {rule}}}]"));
        assert!(is_refused(&policy), "{policy}");
    }
    for rest in [
        "egress: [{action: Allow, protocol: UDP, destination: {services: {name: dns, namespace: kube-system}, ports: [53]}}]",
        "egress: [{action: Allow, source: {services: {name: a}}}]",
        "egress: [{action: Allow, http: {methods: [GET]}}]",
        "ingress: [{action: Deny, http: {methods: [GET]}}]",
        "selector: global()",
        "serviceAccountSelector: global()",
    ] {
        assert!(is_refused(&calico("a", rest)), "{rest}");
    }
    let unnamed = "egress: [{action: Allow, destination: {services: {name: dns}}}]";
    assert!(is_refused(&global("a", unnamed)));
    assert!(!is_refused(&calico("a", unnamed)));
    assert!(!is_refused(&calico(
        "a",
        "ingress: [{action: Allow, protocol: TCP, http: {paths: [{prefix: /a}]}}]"
    )));
    assert!(callers(&calico("a.b", "ingress: [{action: Allow}]")).1 > 0);
}
