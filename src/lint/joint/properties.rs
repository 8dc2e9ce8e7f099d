//! The joint answer against an evaluator that follows the documents word by word, on random small meshes.

use proptest::prelude::*;

use super::*;
use crate::kernel::source::Source as Input;
use crate::lint::{Options, documents, index};

/// Namespace and name; each has the account of its name.
const PODS: [(&str, &str); 3] = [("a", "one"), ("a", "two"), ("b", "three")];
const SPACES: [&str; 3] = ["istio-system", "a", "b"];
const PORTS: [u16; 2] = [80, 81];
const MODES: [&str; 3] = ["DISABLE", "PERMISSIVE", "STRICT"];
const FIELDS: [&str; 4] = ["principals", "notPrincipals", "namespaces", "notNamespaces"];

#[derive(Debug, Clone)]
struct Rule {
    /// A field of the source and the pods that its values name; more than there are pods means `*`.
    from: Vec<(usize, Vec<usize>)>,
    port: Option<usize>,
}

#[derive(Debug, Clone)]
struct Policy {
    space: usize,
    selects: Option<usize>,
    denies: bool,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Cluster {
    /// Whether namespaces `a` and `b` are injected.
    injected: [bool; 2],
    /// Modes of the mesh, of the two namespaces, of the first pod, and of its first port.
    modes: [Option<usize>; 5],
    policies: Vec<Policy>,
}

fn clusters() -> impl Strategy<Value = Cluster> {
    let field = (0..FIELDS.len(), prop::collection::vec(0..=PODS.len(), 1..3));
    let rule = (
        prop::collection::vec(field, 0..3),
        prop::option::of(0..PORTS.len()),
    );
    let rule = rule.prop_map(|(mut from, port)| {
        // Each field once.
        from.sort();
        from.dedup_by_key(|one| one.0);
        Rule { from, port }
    });
    let policy = (
        0..SPACES.len(),
        prop::option::of(0..PODS.len()),
        any::<bool>(),
        prop::collection::vec(rule, 1..3),
    );
    let policy = policy.prop_map(|(space, selects, denies, rules)| Policy {
        space,
        selects,
        denies,
        rules,
    });
    let modes = prop::array::uniform5(prop::option::of(0..MODES.len()));
    let policies = prop::collection::vec(policy, 0..4);
    (any::<[bool; 2]>(), modes, policies).prop_map(|(injected, modes, policies)| Cluster {
        injected,
        modes,
        policies,
    })
}

/// The value of a field that names a pod.
fn value(field: usize, pod: usize) -> String {
    match (PODS.get(pod), field < 2) {
        (None, _) => "\"*\"".to_owned(),
        (Some((space, name)), true) => format!("cluster.local/ns/{space}/sa/{name}"),
        (Some((space, _)), false) => (*space).to_owned(),
    }
}

impl Cluster {
    fn manifests(&self) -> String {
        let mut text =
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system}\n".to_owned();
        for (space, injected) in ["a", "b"].iter().zip(self.injected) {
            let label = if injected { "enabled" } else { "disabled" };
            text += &format!(
                "---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {space}, labels: {{istio-injection: {label}}}}}\n"
            );
        }
        for (space, name) in PODS {
            text += &format!(
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {space}, labels: {{app: {name}}}}}\n\
                 spec: {{serviceAccountName: {name}, containers: [{{name: c, ports: [{{containerPort: 80}}, {{containerPort: 81}}]}}]}}\n"
            );
        }
        for (space, mode) in SPACES.iter().zip(self.modes) {
            if let Some(mode) = mode {
                text += &peer_authentication(
                    "default",
                    space,
                    &format!("mtls: {{mode: {}}}", MODES[mode]),
                );
            }
        }
        if let [.., own, port] = self.modes
            && (own.is_some() || port.is_some())
        {
            let own = own.map_or(String::new(), |mode| {
                format!(", mtls: {{mode: {}}}", MODES[mode])
            });
            let port = port.map_or(String::new(), |mode| {
                format!(", portLevelMtls: {{80: {{mode: {}}}}}", MODES[mode])
            });
            let spec = format!("selector: {{matchLabels: {{app: one}}}}{own}{port}");
            text += &peer_authentication("one", "a", &spec);
        }
        for (index, policy) in self.policies.iter().enumerate() {
            let selector = policy.selects.map_or(String::new(), |pod| {
                format!("selector: {{matchLabels: {{app: {}}}}}, ", PODS[pod].1)
            });
            let rules: Vec<String> = policy.rules.iter().map(Rule::text).collect();
            text += &format!(
                "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p{index}, namespace: {}}}\n\
                 spec: {{{selector}action: {}, rules: [{}]}}\n",
                SPACES[policy.space],
                if policy.denies { "DENY" } else { "ALLOW" },
                rules.join(", ")
            );
        }
        text
    }

    fn is_injected(&self, pod: usize) -> bool {
        self.injected[usize::from(PODS[pod].0 == "b")]
    }

    /// PeerAuthentication: the mesh's mode, the namespace's, the workload's, the port's; the narrower holds.
    fn mode(&self, pod: usize, port: usize) -> &'static str {
        let [mesh, a, b, own, of_port] = self.modes;
        let space = if PODS[pod].0 == "a" { a } else { b };
        let own = own.filter(|_| pod == 0);
        let of_port = of_port.filter(|_| pod == 0 && port == 0);
        let mode = of_port.or(own).or(space).or(mesh);
        mode.map_or("PERMISSIVE", |mode| MODES[mode])
    }

    /// DENY before ALLOW; without an ALLOW policy everything is allowed.
    fn allows(&self, client: Option<usize>, server: usize, port: usize) -> bool {
        let (space, _) = PODS[server];
        let selecting: Vec<&Policy> = self
            .policies
            .iter()
            .filter(|policy| policy.space == 0 || SPACES[policy.space] == space)
            .filter(|policy| policy.selects.is_none_or(|pod| pod == server))
            .collect();
        let matches = |policy: &Policy| policy.rules.iter().any(|rule| rule.matches(client, port));
        let of = |denies: bool| {
            selecting
                .iter()
                .filter(move |policy| policy.denies == denies)
        };
        if of(true).any(|policy| matches(policy)) {
            return false;
        }
        of(false).count() == 0 || of(false).any(|policy| matches(policy))
    }

    fn admits(&self, client: usize, server: usize, port: usize) -> bool {
        if !self.is_injected(server) {
            return true;
        }
        let mode = self.mode(server, port);
        let over_plaintext = mode != "STRICT" && self.allows(None, server, port);
        let over_mtls = mode != "DISABLE"
            && self.is_injected(client)
            && self.allows(Some(client), server, port);
        over_plaintext || over_mtls
    }
}

impl Rule {
    fn text(&self) -> String {
        let fields = self.from.iter().map(|(field, pods)| {
            let values: Vec<String> = pods.iter().map(|pod| value(*field, *pod)).collect();
            format!("{}: [{}]", FIELDS[*field], values.join(", "))
        });
        let fields: Vec<String> = fields.collect();
        let mut clauses = Vec::new();
        if !fields.is_empty() {
            clauses.push(format!("from: [{{source: {{{}}}}}]", fields.join(", ")));
        }
        if let Some(port) = self.port {
            clauses.push(format!(
                "to: [{{operation: {{ports: [\"{}\"]}}}}]",
                PORTS[port]
            ));
        }
        format!("{{{}}}", clauses.join(", "))
    }

    /// Fields are ANDed, values ORed; a client over plaintext has no identity, so that it is none of any list.
    fn matches(&self, client: Option<usize>, port: usize) -> bool {
        let holds = |(field, pods): &(usize, Vec<usize>)| {
            let is_listed = client.is_some_and(|client| {
                pods.iter().any(|pod| match (PODS.get(*pod), *field < 2) {
                    (None, _) => true,
                    (Some(_), true) => *pod == client,
                    (Some((space, _)), false) => *space == PODS[client].0,
                })
            });
            is_listed == (field % 2 == 0)
        };
        self.from.iter().all(holds) && self.port.is_none_or(|own| own == port)
    }
}

fn peer_authentication(name: &str, space: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: {name}, namespace: {space}}}\n\
         spec: {{{spec}}}\n"
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_joint_answer_agrees_with_the_documents(cluster in clusters()) {
        let text = cluster.manifests();
        let source = Input::new("mesh.yaml", text.clone().into_bytes()).unwrap();
        let (options, documents) = (Options::default(), documents::read(&[source]));
        let model = index::build(&documents, &options);
        prop_assert!(model.notes.is_empty(), "{:?}\n{}", model.notes, text);
        let istio = Istio::new(&model);
        let pod = |index: usize| {
            let mut workloads = model.workloads.iter();
            workloads.find(|one| one.resource.name == PODS[index].1).unwrap()
        };
        for (server, (_, called)) in PODS.into_iter().enumerate() {
            for client in (0..PODS.len()).filter(|client| *client != server) {
                let from = Source::Workload(pod(client));
                let parts = istio.cross(from, pod(server), &PortSet::all());
                for (index, port) in PORTS.into_iter().enumerate() {
                    let expected = match cluster.admits(client, server, index) {
                        true => Admission::Admitted,
                        false => Admission::Refused,
                    };
                    let of_port = parts.iter().find(|(ports, _)| ports.contains(Protocol::Tcp, port));
                    let found = of_port.map(|(_, crossing)| crossing.admission);
                    let client = PODS[client].1;
                    prop_assert_eq!(found, Some(expected), "{} -> {}:{}\n{}", client, called, port, text);
                }
                // Every port has one answer, and no other than when it is asked about alone.
                let all = parts.iter().fold(PortSet::none(), |all, (ports, _)| all.union(ports));
                prop_assert!(all.is_all());
                let admitted = istio.admits(from, pod(server), &PortSet::all());
                for (ports, admission) in admitted {
                    let same = parts.iter().find(|(part, _)| ports.is_within(part));
                    prop_assert_eq!(same.map(|(_, crossing)| crossing.admission), Some(admission));
                }
            }
        }
    }
}
