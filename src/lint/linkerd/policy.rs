//! Whom Linkerd's policies let in to a port.
//!
//! Source: `policy-controller/k8s/index/src/inbound/index.rs` for what is sent to a proxy, the proxy's
//! `app/inbound/src/policy` for what it makes of that. A port that a Server selects is closed to whom no policy lets in;
//! every other port has the default policy. Policies of a route add to those of its Server.

use std::collections::BTreeSet;

use super::LinkerdMesh;
use super::settings::{self, DEFAULT};
use crate::kernel::source::Span;
use crate::lint::authorization::Verdict;
use crate::lint::cidr::{Cidr, Family, whole_families};
use crate::lint::model::Resource;
use crate::lint::model::kubernetes::Workload;
use crate::lint::model::linkerd::{
    Access, Asks, Block, Identities, PortRef, Reference, Required, Route, Server, Servers, Speaks,
    Target,
};
use crate::lint::ports::Protocol;

/// Who calls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client<'w> {
    /// By what it is told.
    pub(super) who: Who<'w>,
    /// Whether its address is none of the cluster's.
    pub(super) is_outside: bool,
}

/// By what a client is told.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who<'w> {
    /// It shows no identity.
    Plain,
    /// An account: its namespace and its name.
    Account(&'w str, &'w str),
    /// Some identity of the mesh.
    AnyIdentity,
}

/// What the policies say to a client.
#[derive(Debug)]
pub(super) struct Answer {
    /// The verdict.
    pub(super) verdict: Verdict,
    /// What decided, each with its place.
    pub(super) because: Vec<String>,
    /// What is not known.
    pub(super) depends_on: BTreeSet<String>,
}

/// What decides about a port.
#[derive(Debug)]
pub(super) enum Rules<'r> {
    /// A Server and the policies for it.
    Server(&'r Server<'r>),
    /// A default policy, and who says it.
    Default(Access, Origin),
    /// A default policy that the input does not hold.
    Unknown,
}

/// A clause that lets clients in.
#[derive(Debug)]
pub(super) struct Grant<'r> {
    /// Who says it.
    pub(super) said: Origin,
    networks: Networks<'r>,
    asks: Asked<'r>,
}

#[derive(Debug)]
enum Networks<'r> {
    Any,
    /// Those that Linkerd's control plane takes for the cluster's.
    Cluster,
    Blocks(Vec<&'r Block>),
    Unseen(String),
}

#[derive(Debug)]
enum Asked<'r> {
    Nothing,
    /// TLS of the mesh, without an identity.
    Tls,
    AnyIdentity,
    Identities(Vec<&'r Identities<'r>>),
    Account(&'r str, &'r str),
    Unseen(String),
}

/// The clauses for a Server, and those for its routes.
#[derive(Debug, Default)]
pub(super) struct Grants<'r> {
    pub(super) of_server: Vec<Grant<'r>>,
    pub(super) of_routes: Vec<Grant<'r>>,
    routes: Vec<&'r Route<'r>>,
}

/// What is not known where a default policy is not in the input.
pub(super) const UNSEEN_DEFAULT: &str = "the default inbound policy of Linkerd's control plane, which is not in the \
                                         input (say it with `--assume linkerd-default=POLICY`)";

/// Who says something, and where: `Server shop/payment (file.yaml:12)`.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// Who.
    pub(super) subject: String,
    /// File and line; none where nothing is written.
    pub(super) place: Option<(String, usize)>,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.place {
            Some((file, line)) => write!(f, "{} ({file}:{line})", self.subject),
            None => f.write_str(&self.subject),
        }
    }
}

/// What a resource says at a place of its own.
pub(super) fn at(resource: &Resource<'_>, span: Span) -> Origin {
    let source = resource.source();
    let line = source.position(span.start).line;
    Origin {
        subject: resource.subject(),
        place: Some((source.name().to_owned(), line)),
    }
}

fn both(one: Verdict, other: Verdict) -> Verdict {
    match (one, other) {
        (Verdict::Denied, _) | (_, Verdict::Denied) => Verdict::Denied,
        (Verdict::Allowed, Verdict::Allowed) => Verdict::Allowed,
        _ => Verdict::Depends,
    }
}

fn either(one: Verdict, other: Verdict) -> Verdict {
    match (one, other) {
        (Verdict::Allowed, _) | (_, Verdict::Allowed) => Verdict::Allowed,
        (Verdict::Denied, Verdict::Denied) => Verdict::Denied,
        _ => Verdict::Depends,
    }
}

impl Grants<'_> {
    /// Whether routes divide the requests.
    pub(super) fn has_routes(&self) -> bool {
        !self.routes.is_empty()
    }
}

impl Grant<'_> {
    /// Whether it lets clients in that show no identity.
    pub(super) fn is_lax(&self) -> bool {
        matches!(self.asks, Asked::Nothing | Asked::Tls)
    }
}

impl LinkerdMesh<'_, '_> {
    /// What decides about a port; several Servers where they overlap, of which nobody knows which one counts.
    pub(super) fn rules<'r>(
        &'r self,
        workload: &'r Workload<'_>,
        port: Option<u16>,
    ) -> Vec<Rules<'r>> {
        let servers: Vec<Rules<'r>> = self
            .servers(workload)
            .filter(|server| port.is_some_and(|port| selects_port(server, workload, port)))
            .map(Rules::Server)
            .collect();
        if !servers.is_empty() {
            return servers;
        }
        let default = match settings::said(self.model, workload, DEFAULT) {
            // One that is not understood is none (`inbound/pod.rs`, `default_policy`).
            Some(said) => {
                Access::from_name(said.value).map(|access| (access, said.origin(DEFAULT)))
            }
            None => self.default.clone(),
        };
        let Some((access, origin)) = default else {
            return vec![Rules::Unknown];
        };
        let required = settings::requires_identity(self.model, workload, port);
        vec![match required {
            Some(said) if access.with_identity() != access => {
                let origin = Origin {
                    subject: format!("{origin}, with {}", said.origin(settings::REQUIRED)),
                    place: None,
                };
                Rules::Default(access.with_identity(), origin)
            }
            _ => Rules::Default(access, origin),
        }]
    }

    /// The Servers that select a workload's pods.
    pub(super) fn servers<'r>(
        &'r self,
        workload: &'r Workload<'_>,
    ) -> impl Iterator<Item = &'r Server<'r>> {
        let here = self.by_namespace.get(workload.resource.namespace);
        let servers = here.into_iter().flat_map(|here| &here.servers);
        servers.copied().filter(|server| {
            let pods = server.pods.as_ref();
            pods.is_some_and(|pods| pods.matches(&workload.labels))
        })
    }

    /// What the policies of a port say to a client.
    pub(super) fn answer(&self, workload: &Workload<'_>, port: u16, client: Client<'_>) -> Answer {
        let rules = self.rules(workload, Some(port));
        let overlap = rules.len() > 1;
        let mut answers = rules.iter().map(|rules| self.by(rules, client));
        let mut answer = answers.next().unwrap_or_else(|| Answer {
            verdict: Verdict::Depends,
            because: Vec::new(),
            depends_on: BTreeSet::new(),
        });
        for other in answers {
            if other.verdict != answer.verdict {
                answer.verdict = Verdict::Depends;
            }
            answer.because.extend(other.because);
            answer.depends_on.extend(other.depends_on);
        }
        if overlap && answer.verdict == Verdict::Depends {
            let which = "which of the Servers that select the port counts: they may not overlap";
            answer.depends_on.insert(which.to_owned());
        }
        let doubts = self.doubts(workload.resource.namespace);
        if !doubts.is_empty() {
            answer.verdict = Verdict::Depends;
            answer.depends_on.extend(doubts.iter().cloned());
        }
        answer
    }

    fn by(&self, rules: &Rules<'_>, client: Client<'_>) -> Answer {
        match rules {
            Rules::Server(server) => self.by_server(server, client),
            Rules::Default(access, origin) => {
                let grants = by_default(*access, named_default(*access, origin));
                let (verdict, because, depends_on) = self.any(&grants, client);
                let refusal = format!("{} does not let it in", named_default(*access, origin));
                Answer {
                    verdict,
                    because: told(because, refusal),
                    depends_on,
                }
            }
            Rules::Unknown => Answer {
                verdict: Verdict::Depends,
                because: vec!["no Server selects the port".to_owned()],
                depends_on: BTreeSet::from([UNSEEN_DEFAULT.to_owned()]),
            },
        }
    }

    fn by_server(&self, server: &Server<'_>, client: Client<'_>) -> Answer {
        let grants = self.grants(server);
        let (of_server, because, mut depends_on) = self.any(&grants.of_server, client);
        let (of_routes, more, unknown) = self.any(&grants.of_routes, client);
        let mut refusal = format!(
            "{} selects the port, and nothing lets the caller in",
            at(&server.resource, server.port_span)
        );
        if server.access.is_none() {
            refusal.push_str(" (no `accessPolicy` means `deny`)");
        }
        let names: Vec<&str> = grants.routes.iter().map(|one| one.resource.name).collect();
        let names = names.join(", ");
        // Requests that match no route are refused; on what is not HTTP routes do not count.
        let is_divided = !names.is_empty() && matches!(server.speaks, Speaks::Http | Speaks::Grpc);
        let by_request = (of_server == Verdict::Denied && of_routes != Verdict::Denied)
            || (is_divided && of_server != Verdict::Denied);
        if !by_request {
            return Answer {
                verdict: of_server,
                because: told(because, refusal),
                depends_on,
            };
        }
        depends_on.insert(format!("whether its requests match {names}"));
        depends_on.extend(unknown);
        let because = because.into_iter().chain(more).collect();
        Answer {
            verdict: Verdict::Depends,
            because: told(because, refusal),
            depends_on,
        }
    }

    /// Whether one of these clauses lets a client in, and which.
    fn any(
        &self,
        grants: &[Grant<'_>],
        client: Client<'_>,
    ) -> (Verdict, Vec<String>, BTreeSet<String>) {
        let mut verdict = Verdict::Denied;
        let (mut because, mut depends_on) = (Vec::new(), BTreeSet::new());
        for grant in grants {
            let (one, unknown) = self.lets_in(grant, client);
            let said = match one {
                Verdict::Denied => continue,
                Verdict::Allowed => format!("{} lets it in", grant.said),
                Verdict::Depends => format!("{} may let it in", grant.said),
            };
            because.push(said);
            depends_on.extend(unknown);
            verdict = either(verdict, one);
        }
        if verdict != Verdict::Depends {
            depends_on.clear();
        }
        (verdict, because, depends_on)
    }

    fn lets_in(&self, grant: &Grant<'_>, client: Client<'_>) -> (Verdict, Vec<String>) {
        let mut unknown = Vec::new();
        let by_identity = match (&grant.asks, client.who) {
            (Asked::Nothing, _) => Verdict::Allowed,
            (Asked::Tls, Who::Plain) => {
                unknown.push("whether it speaks TLS without an identity".to_owned());
                Verdict::Depends
            }
            (_, Who::Plain) => Verdict::Denied,
            (Asked::Tls | Asked::AnyIdentity, _) => Verdict::Allowed,
            (Asked::Identities(sets), Who::Account(namespace, name)) => {
                let verdicts = sets
                    .iter()
                    .map(|set| self.identity.holds(set, namespace, name));
                verdicts.fold(Verdict::Denied, either)
            }
            (Asked::Identities(sets), Who::AnyIdentity) => {
                let mut written = sets.iter().flat_map(|set| &set.written);
                if written.any(|(text, _)| *text == "*") {
                    Verdict::Allowed
                } else {
                    unknown.push("which account it has".to_owned());
                    Verdict::Depends
                }
            }
            (Asked::Account(namespace, name), Who::Account(own, account)) => {
                if (*namespace, *name) == (own, account) {
                    Verdict::Allowed
                } else {
                    Verdict::Denied
                }
            }
            (Asked::Account(..), Who::AnyIdentity) => {
                unknown.push("which account it has".to_owned());
                Verdict::Depends
            }
            (Asked::Unseen(what), _) => {
                unknown.push(what.clone());
                Verdict::Depends
            }
        };
        if by_identity == Verdict::Depends && unknown.is_empty() {
            unknown.push("the domain of the mesh's identities".to_owned());
        }
        let by_network = match &grant.networks {
            Networks::Any => Verdict::Allowed,
            Networks::Cluster if !client.is_outside => Verdict::Allowed,
            Networks::Cluster => {
                unknown.push(
                    "whether its address is one of those that Linkerd takes for the cluster's"
                        .to_owned(),
                );
                Verdict::Depends
            }
            Networks::Blocks(blocks) if is_everywhere(blocks) => Verdict::Allowed,
            Networks::Blocks(_) => {
                unknown.push("which address it has".to_owned());
                Verdict::Depends
            }
            Networks::Unseen(what) => {
                unknown.push(what.clone());
                Verdict::Depends
            }
        };
        (both(by_identity, by_network), unknown)
    }

    /// The clauses for a Server and its routes.
    pub(super) fn grants<'r>(&'r self, server: &'r Server<'_>) -> Grants<'r> {
        let linkerd = &self.model.mesh.linkerd;
        let (namespace, name) = (server.resource.namespace, server.resource.name);
        let mut grants = Grants::default();
        for one in &linkerd.authorizations {
            let is_for = one.resource.namespace == namespace
                && match &one.servers {
                    Servers::Named(own) => *own == name,
                    Servers::Selected(selector) => selector.matches(&server.labels),
                };
            if is_for {
                // Without networks it is for those of the cluster (`policy-controller/grpc/src/inbound.rs`).
                let networks = match one.blocks.as_slice() {
                    [] => Networks::Cluster,
                    blocks => Networks::Blocks(blocks.iter().collect()),
                };
                let asks = match &one.asks {
                    Asks::Nothing => Asked::Nothing,
                    Asks::Tls => Asked::Tls,
                    Asks::Identity(identities) => Asked::Identities(vec![identities]),
                };
                grants.of_server.push(Grant {
                    said: at(&one.resource, one.resource.name_span),
                    networks,
                    asks,
                });
            }
        }
        let kind = match server.speaks {
            Speaks::Grpc => "GRPCRoute",
            Speaks::Detected | Speaks::Http => "HTTPRoute",
            Speaks::Opaque | Speaks::Tls => "",
        };
        let routes = linkerd.routes.iter().filter(|route| {
            route.resource.namespace == namespace
                && route.resource.kind == kind
                && route.servers.contains(&name)
        });
        grants.routes = routes.collect();
        let here = self.by_namespace.get(namespace);
        for policy in here.into_iter().flat_map(|here| &here.policies) {
            let into = match policy.target {
                Target::Server(own) if own == name => &mut grants.of_server,
                Target::Namespace => &mut grants.of_server,
                Target::Route { group, kind, name } => {
                    let is_it = |route: &&Route<'_>| {
                        let resource = &route.resource;
                        resource.name.eq_ignore_ascii_case(name)
                            && resource.kind.eq_ignore_ascii_case(kind)
                            && resource.group.eq_ignore_ascii_case(group)
                    };
                    if !grants.routes.iter().any(is_it) {
                        continue;
                    }
                    &mut grants.of_routes
                }
                Target::Server(_) => continue,
            };
            let span = policy.resource.name_span;
            let said = at(&policy.resource, span);
            into.extend(self.by_policy(said, &policy.required));
        }
        if let Some((access, span)) = server.access {
            let mut said = at(&server.resource, span);
            said.subject = format!("`accessPolicy: {}` of {}", access.name(), said.subject);
            grants.of_server.extend(by_default(access, said));
        }
        grants
    }

    /// What a policy lets in. One that requires an authentication which is not there lets nobody in; but where the input
    /// is not all there is, that may stand elsewhere.
    fn by_policy<'r>(&'r self, said: Origin, required: &[Required<'r>]) -> Option<Grant<'r>> {
        let linkerd = &self.model.mesh.linkerd;
        let mut grant = Grant {
            said,
            networks: Networks::Any,
            asks: Asked::Nothing,
        };
        let unseen = |kind: &str, one: &Reference<'_>| {
            let what = format!(
                "{kind} {}/{}, which is not in the input",
                one.namespace, one.name
            );
            let is_unread = linkerd.unread.iter().any(|unread| {
                unread.kind == kind && (unread.namespace, unread.name) == (one.namespace, one.name)
            });
            (is_unread || !self.model.options.closed_world).then_some(what)
        };
        for one in required {
            match one {
                Required::Account(account) => {
                    grant.asks = Asked::Account(account.namespace, account.name);
                }
                Required::MeshTls(reference) => {
                    let known = linkerd.mesh_tls.iter().filter(|one| {
                        (one.resource.namespace, one.resource.name)
                            == (reference.namespace, reference.name)
                    });
                    let known: Vec<_> = known.map(|one| &one.identities).collect();
                    grant.asks = if known.is_empty() {
                        Asked::Unseen(unseen("MeshTLSAuthentication", reference)?)
                    } else {
                        Asked::Identities(known)
                    };
                }
                Required::Network(reference) => {
                    let known = linkerd.networks.iter().filter(|one| {
                        (one.resource.namespace, one.resource.name)
                            == (reference.namespace, reference.name)
                    });
                    let known: Vec<_> = known.flat_map(|one| &one.blocks).collect();
                    grant.networks = if known.is_empty() {
                        Networks::Unseen(unseen("NetworkAuthentication", reference)?)
                    } else {
                        Networks::Blocks(known)
                    };
                }
            }
        }
        Some(grant)
    }

    /// Whether nobody is let in without an identity: yes, no, or it depends; with what says so.
    pub(super) fn asks_identity(&self, rules: &Rules<'_>) -> (Verdict, String) {
        let lax = |grants: &[Grant<'_>]| {
            let mut grants = grants.iter();
            let lax = grants.find(|one| one.is_lax());
            lax.map(|one| one.said.to_string())
        };
        match rules {
            Rules::Unknown => (Verdict::Depends, UNSEEN_DEFAULT.to_owned()),
            Rules::Default(access, origin) => {
                let said = named_default(*access, origin);
                match lax(&by_default(*access, said.clone())) {
                    Some(lax) => (Verdict::Denied, format!("{lax} asks for no identity")),
                    None => (
                        Verdict::Allowed,
                        format!("{said} lets nobody in without an identity"),
                    ),
                }
            }
            Rules::Server(server) => {
                let grants = self.grants(server);
                let server = at(&server.resource, server.port_span);
                match lax(&grants.of_server).or_else(|| lax(&grants.of_routes)) {
                    Some(lax) => (Verdict::Denied, format!("{lax} asks for no identity")),
                    None => (
                        Verdict::Allowed,
                        format!(
                            "{server} selects the port, and nothing lets anybody in without an identity"
                        ),
                    ),
                }
            }
        }
    }

    /// The accounts that the clauses of a port name; none where a pattern names them. An account `-` stands for every
    /// one of its namespace.
    pub(super) fn named_accounts(
        &self,
        workload: &Workload<'_>,
        port: u16,
    ) -> Option<BTreeSet<(String, String)>> {
        let mut accounts = BTreeSet::new();
        let mut add = |namespace: &str, name: &str| {
            accounts.insert((namespace.to_owned(), name.to_owned()));
        };
        for rules in self.rules(workload, Some(port)) {
            let Rules::Server(server) = rules else {
                continue;
            };
            let grants = self.grants(server);
            for grant in grants.of_server.iter().chain(&grants.of_routes) {
                match &grant.asks {
                    Asked::Account(namespace, name) => add(namespace, name),
                    Asked::Identities(sets) => {
                        for set in sets {
                            for account in &set.accounts {
                                add(account.namespace, account.name);
                            }
                            for namespace in &set.namespaces {
                                add(namespace, super::NOBODY);
                            }
                            for (text, _) in &set.written {
                                match super::identity::named(text) {
                                    Some((namespace, name)) => add(namespace, name),
                                    None if *text == "*" => {}
                                    None if text.starts_with("*.") => return None,
                                    // Not the identity of a pod.
                                    None => {}
                                }
                            }
                        }
                    }
                    Asked::Unseen(_) => return None,
                    Asked::Nothing | Asked::Tls | Asked::AnyIdentity => {}
                }
            }
        }
        Some(accounts)
    }

    /// A written identity of another domain that a port's clauses let in, with who says so.
    pub(super) fn foreign(&self, workload: &Workload<'_>, port: u16) -> Option<(String, String)> {
        for rules in self.rules(workload, Some(port)) {
            let Rules::Server(server) = rules else {
                continue;
            };
            let grants = self.grants(server);
            for grant in grants.of_server.iter().chain(&grants.of_routes) {
                let Asked::Identities(sets) = &grant.asks else {
                    continue;
                };
                let mut written = sets.iter().flat_map(|set| &set.written);
                if let Some((text, _)) = written.find(|(text, _)| self.identity.is_foreign(text)) {
                    return Some((grant.said.to_string(), (*text).to_owned()));
                }
            }
        }
        None
    }
}

fn selects_port(server: &Server<'_>, workload: &Workload<'_>, port: u16) -> bool {
    match server.port {
        PortRef::Number(number) => number == port,
        PortRef::Name(name) => workload.ports.iter().any(|one| {
            one.name == Some(name) && one.number == port && one.protocol == Protocol::Tcp
        }),
    }
}

fn told(because: Vec<String>, refusal: String) -> Vec<String> {
    if because.is_empty() {
        vec![refusal]
    } else {
        because
    }
}

/// A default policy by its name, and who says it.
fn named_default(access: Access, origin: &Origin) -> Origin {
    Origin {
        subject: format!("default policy {}, {}", access.name(), origin.subject),
        place: origin.place.clone(),
    }
}

/// What a default policy lets in (`policy-controller/k8s/index/src/defaults.rs`).
fn by_default<'r>(access: Access, said: Origin) -> Vec<Grant<'r>> {
    let (networks, asks) = match access {
        Access::Deny => return Vec::new(),
        Access::AllUnauthenticated | Access::Audit => (Networks::Any, Asked::Nothing),
        Access::AllAuthenticated => (Networks::Any, Asked::AnyIdentity),
        Access::ClusterUnauthenticated => (Networks::Cluster, Asked::Nothing),
        Access::ClusterAuthenticated => (Networks::Cluster, Asked::AnyIdentity),
    };
    vec![Grant {
        said,
        networks,
        asks,
    }]
}

/// Whether blocks hold every address of IPv4.
fn is_everywhere(blocks: &[&Block]) -> bool {
    let parts = blocks
        .iter()
        .flat_map(|block| block.cidr.without(&block.except));
    let parts: Vec<Cidr> = parts.collect();
    whole_families(&parts).contains(&Family::V4)
}
