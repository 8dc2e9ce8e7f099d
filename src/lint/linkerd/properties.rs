//! Small meshes at random, against an evaluator that asks clause by clause.
//!
//! It shares no code with the engine. Everything it needs is in the input, so that no answer may depend on anything.

use proptest::prelude::*;

use crate::kernel::source::Source;
use crate::lint::meshes::Meshes;
use crate::lint::ports::{PortSet, Protocol};
use crate::lint::reachability::{Admission, Mesh, Source as Calling};
use crate::lint::{Options, documents, index};

const DEFAULTS: [&str; 6] = [
    "all-unauthenticated",
    "all-authenticated",
    "cluster-unauthenticated",
    "cluster-authenticated",
    "deny",
    "audit",
];
const PORTS: [u16; 2] = [80, 81];

/// Of whom a clause asks what.
#[derive(Debug, Clone)]
enum Asks {
    Nothing,
    Everywhere,
    Account(usize),
    AnyIdentity,
    OfNamespace,
    AccountEverywhere(usize),
}

#[derive(Debug, Clone)]
struct Mesh2 {
    default: usize,
    own_default: Option<usize>,
    requires: bool,
    /// For each port a Server's access policy, if it has a Server.
    servers: [Option<Option<usize>>; 2],
    /// Port or namespace, and what is asked.
    policies: Vec<(Option<usize>, Asks)>,
    elder: Vec<(usize, Asks)>,
}

fn asks() -> impl Strategy<Value = Asks> {
    prop_oneof![
        Just(Asks::Nothing),
        Just(Asks::Everywhere),
        (0..3_usize).prop_map(Asks::Account),
        Just(Asks::AnyIdentity),
        Just(Asks::OfNamespace),
        (0..3_usize).prop_map(Asks::AccountEverywhere),
    ]
}

fn mesh() -> impl Strategy<Value = Mesh2> {
    let access = || prop::option::of(prop::option::of(0..6_usize));
    (
        0..6_usize,
        prop::option::of(0..6_usize),
        any::<bool>(),
        [access(), access()],
        prop::collection::vec((prop::option::of(0..2_usize), asks()), 0..4),
        prop::collection::vec((0..2_usize, asks()), 0..3),
    )
        .prop_map(
            |(default, own_default, requires, servers, policies, elder)| Mesh2 {
                default,
                own_default,
                requires,
                servers,
                policies,
                elder,
            },
        )
}

impl Mesh2 {
    fn text(&self) -> String {
        let mut own = Vec::new();
        if let Some(default) = self.own_default {
            own.push(format!(
                "config.linkerd.io/default-inbound-policy: {}",
                DEFAULTS[default]
            ));
        }
        if self.requires {
            own.push("config.linkerd.io/proxy-require-identity-inbound-ports: '81'".to_owned());
        }
        let mut text = format!(
            "apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, annotations: {{linkerd.io/inject: enabled, \
             config.linkerd.io/default-inbound-policy: {}}}}}\n---\napiVersion: v1\nkind: Namespace\n\
             metadata: {{name: dev}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: server, namespace: shop, \
             labels: {{app: server}}, annotations: {{{}}}}}\nspec: {{containers: [{{name: c}}]}}\n",
            DEFAULTS[self.default],
            own.join(", ")
        );
        for (name, namespace) in [("a0", "shop"), ("a1", "shop"), ("a2", "dev")] {
            text.push_str(&format!(
                "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {namespace}}}\n\
                 spec: {{serviceAccountName: {name}, containers: [{{name: c}}]}}\n"
            ));
        }
        let mut object = |kind: &str, version: &str, name: String, spec: String| {
            text.push_str(&format!(
                "---\napiVersion: policy.linkerd.io/{version}\nkind: {kind}\n\
                 metadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n"
            ));
        };
        for (index, access) in self.servers.iter().enumerate() {
            let Some(access) = access else { continue };
            let access = access.map_or_else(String::new, |one| {
                format!(", accessPolicy: {}", DEFAULTS[one])
            });
            let spec = format!(
                "{{podSelector: {{matchLabels: {{app: server}}}}, port: {}{access}}}",
                PORTS[index]
            );
            object("Server", "v1beta3", format!("s{index}"), spec);
        }
        let everywhere = "{networks: [{cidr: 0.0.0.0/0}, {cidr: '::/0'}]}".to_owned();
        object(
            "NetworkAuthentication",
            "v1alpha1",
            "everywhere".to_owned(),
            everywhere,
        );
        let any = "{identities: ['*']}".to_owned();
        object("MeshTLSAuthentication", "v1alpha1", "any".to_owned(), any);
        let of_namespace = "{identityRefs: [{kind: Namespace, name: shop}]}".to_owned();
        object(
            "MeshTLSAuthentication",
            "v1alpha1",
            "shop".to_owned(),
            of_namespace,
        );
        for (index, (target, asks)) in self.policies.iter().enumerate() {
            let target = match target {
                Some(port) => format!("{{group: policy.linkerd.io, kind: Server, name: s{port}}}"),
                None => "{kind: Namespace, name: shop}".to_owned(),
            };
            let network =
                "{group: policy.linkerd.io, kind: NetworkAuthentication, name: everywhere}";
            let tls = "group: policy.linkerd.io, kind: MeshTLSAuthentication";
            let account = |one: &usize| {
                let namespace = if *one == 2 { "dev" } else { "shop" };
                format!("{{kind: ServiceAccount, name: a{one}, namespace: {namespace}}}")
            };
            let required = match asks {
                Asks::Nothing => String::new(),
                Asks::Everywhere => network.to_owned(),
                Asks::Account(one) => account(one),
                Asks::AnyIdentity => format!("{{{tls}, name: any}}"),
                Asks::OfNamespace => format!("{{{tls}, name: shop}}"),
                Asks::AccountEverywhere(one) => format!("{network}, {}", account(one)),
            };
            let spec = format!("{{targetRef: {target}, requiredAuthenticationRefs: [{required}]}}");
            object("AuthorizationPolicy", "v1alpha1", format!("p{index}"), spec);
        }
        for (index, (port, asks)) in self.elder.iter().enumerate() {
            let account = |one: &usize| {
                let namespace = if *one == 2 { "dev" } else { "shop" };
                format!("serviceAccounts: [{{name: a{one}, namespace: {namespace}}}]")
            };
            let client = match asks {
                Asks::Nothing | Asks::Everywhere => "unauthenticated: true".to_owned(),
                Asks::Account(one) | Asks::AccountEverywhere(one) => {
                    format!("meshTLS: {{{}}}", account(one))
                }
                Asks::AnyIdentity => "meshTLS: {identities: ['*']}".to_owned(),
                Asks::OfNamespace => {
                    "meshTLS: {identities: ['*.shop.serviceaccount.identity.linkerd.cluster.local']}"
                        .to_owned()
                }
            };
            let spec = format!("{{server: {{name: s{port}}}, client: {{{client}}}}}");
            object("ServerAuthorization", "v1beta1", format!("e{index}"), spec);
        }
        text
    }

    /// Whether a pod is let in: `a0` and `a1` are meshed, `a2` is not.
    fn lets_in(&self, caller: usize, port: usize) -> bool {
        let is_meshed = caller < 2;
        let by_default = |default: usize, requires: bool| match DEFAULTS[default] {
            "deny" => false,
            "audit" => true,
            "all-authenticated" | "cluster-authenticated" => is_meshed,
            _ => is_meshed || !requires,
        };
        let Some(access) = self.servers[port] else {
            let default = self.own_default.unwrap_or(self.default);
            return by_default(default, self.requires && PORTS[port] == 81);
        };
        if access.is_some_and(|access| by_default(access, false)) {
            return true;
        }
        let meets = |asks: &Asks| match asks {
            Asks::Nothing | Asks::Everywhere => true,
            Asks::Account(one) | Asks::AccountEverywhere(one) => is_meshed && *one == caller,
            Asks::AnyIdentity | Asks::OfNamespace => is_meshed,
        };
        let by_policy = self
            .policies
            .iter()
            .any(|(target, asks)| target.is_none_or(|one| one == port) && meets(asks));
        by_policy
            || self
                .elder
                .iter()
                .any(|(target, asks)| *target == port && meets(asks))
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_engine_agrees_with_one_that_asks_clause_by_clause(mesh in mesh()) {
        let text = mesh.text();
        let source = Source::new("mesh.yaml", text.clone().into_bytes()).unwrap();
        let (options, documents) = (Options::default(), documents::read(&[source]));
        let model = index::build(&documents, &options);
        prop_assert!(model.notes.is_empty(), "{:?}\n{text}", model.notes);
        let meshes = Meshes::new(&model);
        let workload = |name: &str| model.workloads.iter().find(|one| one.resource.name == name).unwrap();
        for caller in 0..3 {
            let from = Calling::Workload(workload(&format!("a{caller}")));
            for (index, port) in PORTS.into_iter().enumerate() {
                let only = PortSet::range(Protocol::Tcp, port, port);
                let crossing = meshes.cross(from, workload("server"), &only).remove(0).1;
                let expected = match mesh.lets_in(caller, index) {
                    true => Admission::Admitted,
                    false => Admission::Refused,
                };
                prop_assert_eq!(crossing.admission, expected, "a{} to {}\n{}", caller, port, text);
            }
        }
    }
}
