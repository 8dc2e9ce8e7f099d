//! The engine against an evaluator that asks pod by pod, rule by rule and port by port.

mod naive;

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;
use crate::kernel::source::Source;
use crate::lint::ports::Protocol;
use crate::lint::{Options, documents, index};
use naive::{Act, Cluster, Peer, Pod, Policy, PortRef, Rule, Selector, Tiered, Who};

const PORTS: [u16; 6] = [1, 53, 79, 80, 8080, 65535];
const OUTSIDE: [&str; 4] = ["10.1.2.3", "10.200.0.1", "8.8.8.8", "2001:db8::1"];

fn key() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["app", "tier"])
}

fn value() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["a", "b"])
}

fn labels() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    prop::collection::btree_map(key(), value(), 0..3).prop_map(|map| map.into_iter().collect())
}

fn selector() -> impl Strategy<Value = Selector> {
    let one = prop_oneof![
        (key(), value()).prop_map(|(key, value)| Selector(vec![("In", key, vec![value])])),
        (key(), value()).prop_map(|(key, value)| Selector(vec![("NotIn", key, vec![value])])),
        key().prop_map(|key| Selector(vec![("Exists", key, vec![])])),
        key().prop_map(|key| Selector(vec![("DoesNotExist", key, vec![])])),
        (value(), value())
            .prop_map(|(a, b)| Selector(vec![("In", "app", vec![a]), ("In", "tier", vec![a, b])])),
    ];
    prop_oneof![1 => Just(Selector(vec![])), 3 => one]
}

fn block() -> impl Strategy<Value = (&'static str, Vec<&'static str>)> {
    prop::sample::select(vec![
        ("0.0.0.0/0", vec![]),
        ("0.0.0.0/0", vec!["10.0.0.0/8"]),
        ("10.0.0.0/8", vec!["10.128.0.0/9"]),
        ("8.8.8.8/32", vec![]),
        ("::/0", vec![]),
        ("2001:db8::/32", vec!["2001:db8::/64"]),
    ])
}

fn peer(networks: bool) -> impl Strategy<Value = Peer> {
    let pods = prop_oneof![
        (prop::option::of(selector()), prop::option::of(selector()))
            .prop_filter("one selector", |(ns, pods)| ns.is_some() || pods.is_some())
            .prop_map(|(namespaces, pods)| Peer::Pods { namespaces, pods }),
    ];
    let weight = u32::from(networks);
    prop_oneof![
        3 => pods,
        weight => block().prop_map(|(cidr, except)| Peer::Block { cidr, except }),
    ]
}

fn port() -> impl Strategy<Value = PortRef> {
    let protocol = prop::sample::select(Protocol::ALL.to_vec());
    prop_oneof![
        (
            protocol.clone(),
            prop::sample::select(vec![53_u16, 80, 8080])
        )
            .prop_map(|(protocol, port)| PortRef::Range(protocol, port, port)),
        (
            protocol.clone(),
            prop::sample::select(vec![(1_u16, 79_u16), (80, 65535), (1, 65535)])
        )
            .prop_map(|(protocol, (first, last))| PortRef::Range(protocol, first, last)),
        protocol.prop_map(|protocol| PortRef::Named("web", protocol)),
    ]
}

fn rule(networks: bool) -> impl Strategy<Value = Rule> {
    (
        prop::collection::vec(peer(networks), 0..3),
        prop::collection::vec(port(), 0..3),
    )
        .prop_map(|(peers, ports)| Rule { peers, ports })
}

fn policy() -> impl Strategy<Value = Policy> {
    let rules = || prop::option::of(prop::collection::vec(rule(true), 0..3));
    let types = prop::option::of(prop::sample::subsequence(vec!["Ingress", "Egress"], 1..=2));
    (0_usize..3, selector(), types, rules(), rules()).prop_map(
        |(namespace, pods, types, ingress, egress)| Policy {
            namespace,
            pods,
            types,
            ingress,
            egress,
        },
    )
}

/// Cluster policies know neither rules without peers nor peers with a namespace of their own.
fn tiered(pass: bool) -> impl Strategy<Value = Tiered> {
    let acts = if pass {
        vec![Act::Allow, Act::Deny, Act::Pass]
    } else {
        vec![Act::Allow, Act::Deny]
    };
    let rules = move |networks: bool| {
        let peers = prop::collection::vec(peer(networks), 1..3);
        let ports = prop::collection::vec(port(), 0..3);
        let rule = (prop::sample::select(acts.clone()), peers, ports).prop_map(
            |(act, peers, mut ports)| {
                // Networks have no ports by name: such a rule is refused.
                let is_block = |peer: &Peer| matches!(peer, Peer::Block { .. });
                let has_blocks = peers.iter().any(is_block);
                ports.retain(|port| !has_blocks || matches!(port, PortRef::Range(..)));
                (act, Rule { peers, ports })
            },
        );
        prop::collection::vec(rule, 0..4)
    };
    (selector(), selector(), rules(false), rules(true)).prop_map(
        |(namespaces, pods, ingress, egress)| Tiered {
            namespaces,
            pods,
            ingress,
            egress,
        },
    )
}

fn cluster() -> impl Strategy<Value = Cluster> {
    let pod = (
        0_usize..3,
        labels(),
        prop::option::of((
            prop::sample::select(Protocol::ALL.to_vec()),
            prop::sample::select(vec![80_u16, 8080]),
        )),
    )
        .prop_map(|(namespace, labels, web)| Pod {
            namespace,
            labels,
            web,
        });
    (
        prop::collection::vec(labels(), 3..=3),
        prop::collection::vec(pod, 1..5),
        prop::collection::vec(policy(), 0..4),
        prop::collection::vec(tiered(true), 0..3),
        prop::option::of(tiered(false)),
    )
        .prop_map(|(namespaces, pods, policies, admin, baseline)| Cluster {
            namespaces,
            pods,
            policies,
            admin,
            baseline,
        })
}

fn yaml_selector(selector: &Selector) -> String {
    let expressions = selector.0.iter().map(|(operator, key, values)| {
        format!(
            "{{key: {key}, operator: {operator}, values: [{}]}}",
            values.join(", ")
        )
    });
    let expressions: Vec<_> = expressions.collect();
    format!("{{matchExpressions: [{}]}}", expressions.join(", "))
}

fn yaml_labels(labels: &[(&str, &str)]) -> String {
    let pairs: Vec<_> = labels
        .iter()
        .map(|(key, value)| format!("{key}: {value}"))
        .collect();
    format!("{{{}}}", pairs.join(", "))
}

fn yaml_rule(rule: &Rule, peers_key: &str) -> String {
    let peers = rule.peers.iter().map(|peer| match peer {
        Peer::Pods { namespaces, pods } => {
            let mut fields = Vec::new();
            if let Some(selector) = namespaces {
                fields.push(format!("namespaceSelector: {}", yaml_selector(selector)));
            }
            if let Some(selector) = pods {
                fields.push(format!("podSelector: {}", yaml_selector(selector)));
            }
            format!("{{{}}}", fields.join(", "))
        }
        Peer::Block { cidr, except } => {
            let except: Vec<_> = except.iter().map(|block| format!("'{block}'")).collect();
            format!(
                "{{ipBlock: {{cidr: '{cidr}', except: [{}]}}}}",
                except.join(", ")
            )
        }
    });
    let peers: Vec<_> = peers.collect();
    let ports = rule.ports.iter().map(|port| match port {
        PortRef::Range(protocol, first, last) => {
            format!(
                "{{protocol: {}, port: {first}, endPort: {last}}}",
                protocol.name()
            )
        }
        PortRef::Named(name, protocol) => {
            format!("{{protocol: {}, port: {name}}}", protocol.name())
        }
    });
    let ports: Vec<_> = ports.collect();
    format!(
        "{{{peers_key}: [{}], ports: [{}]}}",
        peers.join(", "),
        ports.join(", ")
    )
}

fn yaml_tiered_rule(act: Act, rule: &Rule, peers_key: &str) -> String {
    let every = Selector(vec![]);
    let peers = rule.peers.iter().map(|peer| match peer {
        Peer::Pods { namespaces, pods } => format!(
            "{{pods: {{namespaceSelector: {}, podSelector: {}}}}}",
            yaml_selector(namespaces.as_ref().unwrap_or(&every)),
            yaml_selector(pods.as_ref().unwrap_or(&every))
        ),
        Peer::Block { cidr, .. } => format!("{{networks: ['{cidr}']}}"),
    });
    let peers: Vec<_> = peers.collect();
    let ports = rule.ports.iter().map(|port| match port {
        PortRef::Range(protocol, first, last) if first == last => format!(
            "{{portNumber: {{protocol: {}, port: {first}}}}}",
            protocol.name()
        ),
        PortRef::Range(protocol, first, last) => format!(
            "{{portRange: {{protocol: {}, start: {first}, end: {last}}}}}",
            protocol.name()
        ),
        PortRef::Named(name, _) => format!("{{namedPort: {name}}}"),
    });
    let ports: Vec<_> = ports.collect();
    let ports = if ports.is_empty() {
        String::new()
    } else {
        format!(", ports: [{}]", ports.join(", "))
    };
    format!(
        "{{action: {act:?}, {peers_key}: [{}]{ports}}}",
        peers.join(", ")
    )
}

fn yaml_tiered(tiered: &Tiered, header: &str) -> String {
    let rules = |rules: &[(Act, Rule)], key: &str| {
        let rules: Vec<_> = rules
            .iter()
            .map(|(act, rule)| yaml_tiered_rule(*act, rule, key))
            .collect();
        rules.join(", ")
    };
    format!(
        "---\napiVersion: policy.networking.k8s.io/v1alpha1\n{header}  subject: {{pods: {{namespaceSelector: {}, \
         podSelector: {}}}}}\n  ingress: [{}]\n  egress: [{}]\n",
        yaml_selector(&tiered.namespaces),
        yaml_selector(&tiered.pods),
        rules(&tiered.ingress, "from"),
        rules(&tiered.egress, "to")
    )
}

/// What of a cluster is written into the manifests.
struct Shown {
    namespaces: Vec<bool>,
    pods: Vec<bool>,
}

fn manifests(cluster: &Cluster, shown: &Shown) -> String {
    let mut text = String::new();
    for (index, labels) in cluster.namespaces.iter().enumerate() {
        if shown.namespaces[index] {
            let labels = yaml_labels(labels);
            writeln!(text, "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: n{index}, labels: {labels}}}").unwrap();
        }
    }
    for (index, pod) in cluster
        .pods
        .iter()
        .enumerate()
        .filter(|(index, _)| shown.pods[*index])
    {
        let labels = yaml_labels(&pod.labels);
        let ports = pod.web.map_or_else(String::new, |(protocol, port)| {
            format!(
                "{{name: web, protocol: {}, containerPort: {port}}}",
                protocol.name()
            )
        });
        writeln!(
            text,
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p{index}, namespace: n{}, labels: {labels}}}\n\
             spec: {{containers: [{{name: c, ports: [{ports}]}}]}}",
            pod.namespace
        )
        .unwrap();
    }
    for (index, policy) in cluster.policies.iter().enumerate() {
        writeln!(
            text,
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: np{index}, namespace: n{}}}\n\
             spec:\n  podSelector: {}",
            policy.namespace,
            yaml_selector(&policy.pods)
        )
        .unwrap();
        if let Some(types) = &policy.types {
            writeln!(text, "  policyTypes: [{}]", types.join(", ")).unwrap();
        }
        for (section, key, rules) in [
            ("ingress", "from", &policy.ingress),
            ("egress", "to", &policy.egress),
        ] {
            if let Some(rules) = rules {
                let rules: Vec<_> = rules.iter().map(|rule| yaml_rule(rule, key)).collect();
                writeln!(text, "  {section}: [{}]", rules.join(", ")).unwrap();
            }
        }
    }
    for (index, tiered) in cluster.admin.iter().enumerate() {
        let header = format!(
            "kind: AdminNetworkPolicy\nmetadata: {{name: a{index}}}\nspec:\n  priority: {index}\n"
        );
        text += &yaml_tiered(tiered, &header);
    }
    if let Some(tiered) = &cluster.baseline {
        let header = "kind: BaselineAdminNetworkPolicy\nmetadata: {name: default}\nspec:\n";
        text += &yaml_tiered(tiered, header);
    }
    text
}

/// The endpoint of everyone whom the naive evaluator asks about.
fn endpoint_of(reachability: &Reachability<'_, '_>, cluster: &Cluster, who: Who) -> usize {
    let endpoints = reachability.endpoints();
    let found = endpoints.iter().position(|endpoint| match (endpoint, who) {
        (Endpoint::Pods(workloads), Who::Pod(index)) => workloads
            .iter()
            .any(|workload| workload.resource.name == format!("p{index}")),
        (Endpoint::Addresses(range), Who::Address(address)) => {
            let slash = if address.contains(':') { "128" } else { "32" };
            range.holds(format!("{address}/{slash}").parse().unwrap())
        }
        _ => false,
    });
    found.unwrap_or_else(|| match who {
        Who::Pod(index) => {
            let namespace = format!("n{}", cluster.pods[index].namespace);
            let unseen = |wanted: Option<&str>| {
                endpoints.iter().position(|endpoint| {
                    matches!(endpoint, Endpoint::Unseen(name) if name.as_deref() == wanted)
                })
            };
            unseen(Some(namespace.as_str()))
                .or_else(|| unseen(None))
                .unwrap()
        }
        Who::Address(address) => panic!("no range holds {address}"),
    })
}

fn everyone(cluster: &Cluster) -> Vec<Who> {
    let pods = (0..cluster.pods.len()).map(Who::Pod);
    pods.chain(OUTSIDE.into_iter().map(Who::Address)).collect()
}

fn with_reachability(
    text: &str,
    assumptions: &Assumptions,
    judge: impl FnOnce(&Reachability<'_, '_>) -> Result<(), TestCaseError>,
) -> Result<(), TestCaseError> {
    let source = Source::new("cluster.yaml", text.as_bytes().to_vec()).unwrap();
    let (options, documents) = (Options::default(), documents::read(&[source]));
    let model = index::build(&documents, &options);
    prop_assert!(model.notes.is_empty(), "{:?}\n{}", model.notes, text);
    judge(&Reachability::new(&model, assumptions))
}

/// Every pair with an end inside the cluster and every probed port: what is found about it, and what is true.
fn probes(
    cluster: &Cluster,
    reachability: &Reachability<'_, '_>,
    holds: impl Fn((bool, bool), bool) -> bool,
) -> Vec<String> {
    let mut wrong = Vec::new();
    for source in everyone(cluster) {
        for destination in everyone(cluster) {
            let outside = |who| matches!(who, Who::Address(_));
            if source == destination || (outside(source) && outside(destination)) {
                continue;
            }
            let from = endpoint_of(reachability, cluster, source);
            let to = endpoint_of(reachability, cluster, destination);
            let Answer { surely, may } = reachability.between(from, to);
            for protocol in Protocol::ALL {
                for port in PORTS {
                    let truth = cluster.connects(source, destination, protocol, port);
                    let found = (
                        surely.contains(protocol, port),
                        may.contains(protocol, port),
                    );
                    if !holds(found, truth) {
                        wrong.push(format!(
                            "{source:?} -> {destination:?} {protocol:?} {port}: {truth}, found {found:?}"
                        ));
                    }
                }
            }
        }
    }
    wrong
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn the_engine_agrees_with_the_naive_evaluator(cluster in cluster()) {
        let shown = Shown { namespaces: vec![true; 3], pods: vec![true; cluster.pods.len()] };
        let text = manifests(&cluster, &shown);
        let assumptions = Assumptions { blocks: Blocks::HoldNoPods, closed_world: true, host_network_is_told: false };
        with_reachability(&text, &assumptions, |reachability| {
            let wrong = probes(&cluster, reachability, |found, truth| found == (truth, truth));
            prop_assert!(wrong.is_empty(), "{:#?}\n{}", wrong, text);
            let mut matrix = HashMap::new();
            for group in reachability.matrix() {
                for source in &group.sources {
                    matrix.insert((*source, group.destination), (group.surely.clone(), group.may.clone()));
                }
            }
            for source in 0..reachability.endpoints().len() {
                for destination in 0..reachability.endpoints().len() {
                    let is_unseen = matches!(reachability.endpoints()[destination], Endpoint::Unseen(_));
                    if source != destination && !is_unseen {
                        let Answer { surely, may } = reachability.between(source, destination);
                        let found = matrix.remove(&(source, destination)).unwrap_or_default();
                        prop_assert_eq!(found, (surely, may));
                    }
                }
            }
            prop_assert!(matrix.is_empty());
            Ok(())
        })?;
    }

    /// Whatever the manifests leave out, the truth lies between what is sure and what may be.
    #[test]
    fn what_the_input_lacks_is_never_decided(
        cluster in cluster(),
        namespaces in prop::collection::vec(any::<bool>(), 3..=3),
        pods in prop::collection::vec(any::<bool>(), 5..=5),
    ) {
        let shown = Shown { namespaces, pods };
        let text = manifests(&cluster, &shown);
        with_reachability(&text, &Assumptions::default(), |reachability| {
            let wrong = probes(&cluster, reachability, |(surely, may), truth| {
                (truth || !surely) && (may || !truth)
            });
            prop_assert!(wrong.is_empty(), "{:#?}\n{}", wrong, text);
            Ok(())
        })?;
    }
}
