//! Whom Linkerd's policies let in to a port.
//!
//! Source: `policy-controller/k8s/index/src/inbound/index.rs` for what is sent to a proxy, the proxy's
//! `app/inbound/src/policy` for what it makes of that. A port that a Server selects is closed to whom no policy lets in;
//! every other port has the default policy. Policies of a route add to those of its Server.

use std::collections::BTreeSet;

use super::LinkerdMesh;
use super::grants::{Asked, Grant, Networks, by_default};
use super::settings::{self, DEFAULT};
use crate::kernel::source::Span;
use crate::lint::authorization::Verdict;
use crate::lint::cidr::{Cidr, Family, whole_families};
use crate::lint::model::Resource;
use crate::lint::model::kubernetes::{ContainerPort, Workload};
use crate::lint::model::linkerd::{Access, Block, PortRef, Server, Speaks};
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

impl LinkerdMesh<'_, '_> {
    /// What decides about a port; several Servers where they overlap, of which nobody knows which one counts.
    pub(super) fn rules<'r>(
        &'r self,
        workload: &'r Workload<'_>,
        port: Option<u16>,
    ) -> Vec<Rules<'r>> {
        let selects = |server: &Server<'_>| match port {
            Some(port) => selects_port(server, workload, port),
            None => Verdict::Denied,
        };
        let judged = self
            .servers(workload)
            .map(|server| (selects(server), server));
        let (sure, perhaps): (Vec<_>, Vec<_>) = judged
            .filter(|(selects, _)| *selects != Verdict::Denied)
            .partition(|(selects, _)| *selects == Verdict::Allowed);
        let has_sure = !sure.is_empty();
        let servers = sure.into_iter().chain(perhaps);
        let mut rules: Vec<Rules<'r>> = servers.map(|(_, one)| Rules::Server(one)).collect();
        if !has_sure {
            rules.push(self.default_rules(workload, port));
        }
        rules
    }

    /// The default policy of a port.
    fn default_rules<'r>(&'r self, workload: &'r Workload<'_>, port: Option<u16>) -> Rules<'r> {
        let default = match settings::said(self.model, workload, DEFAULT) {
            // One that is not understood is none (`inbound/pod.rs`, `default_policy`).
            Some(said) => {
                Access::from_name(said.value).map(|access| (access, said.origin(DEFAULT)))
            }
            None => self.default.clone(),
        };
        let Some((access, origin)) = default else {
            return Rules::Unknown;
        };
        match settings::requires_identity(self.model, workload, port) {
            Some(said) if access.with_identity() != access => {
                let origin = Origin {
                    subject: format!("{origin}, with {}", said.origin(settings::REQUIRED)),
                    place: None,
                };
                Rules::Default(access.with_identity(), origin)
            }
            _ => Rules::Default(access, origin),
        }
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
        let mut answer = self.by_policies(workload, port, client);
        let doubts = self.doubts(workload.resource.namespace);
        if !doubts.is_empty() {
            answer.verdict = Verdict::Depends;
            answer.depends_on.extend(doubts.iter().cloned());
        }
        answer
    }

    /// The same, whatever else is not certain.
    pub(super) fn by_policies(
        &self,
        workload: &Workload<'_>,
        port: u16,
        client: Client<'_>,
    ) -> Answer {
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
            let all_servers = rules.iter().all(|one| matches!(one, Rules::Server(_)));
            let which = if all_servers {
                "which of the Servers that select the port counts: they may not overlap"
            } else {
                "whether Linkerd knows the port by the name that an init container gives it"
            };
            answer.depends_on.insert(which.to_owned());
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

/// Whether a Server selects a port. By name Linkerd looks at `containers` alone (`policy-controller/k8s/index/src/ports.rs`,
/// `tcp_ports_by_name`); of the init containers, which may be sidecars, nothing is certain.
fn selects_port(server: &Server<'_>, workload: &Workload<'_>, port: u16) -> Verdict {
    let name = match server.port {
        PortRef::Number(number) if number == port => return Verdict::Allowed,
        PortRef::Number(_) => return Verdict::Denied,
        PortRef::Name(name) => name,
    };
    let is_it = |one: &ContainerPort<'_>| {
        one.name == Some(name) && one.number == port && one.protocol == Protocol::Tcp
    };
    let initial = workload.spec.get("initContainers");
    let is_initial = |one: &ContainerPort<'_>| {
        initial.is_some_and(|list| (list.span.start..list.span.end).contains(&one.span.start))
    };
    let mut named = workload.ports.iter().filter(|one| is_it(one)).peekable();
    if named.peek().is_none() {
        return Verdict::Denied;
    }
    if named.all(is_initial) {
        Verdict::Depends
    } else {
        Verdict::Allowed
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

/// Whether blocks hold every address of IPv4.
fn is_everywhere(blocks: &[&Block]) -> bool {
    let parts = blocks
        .iter()
        .flat_map(|block| block.cidr.without(&block.except));
    let parts: Vec<Cidr> = parts.collect();
    whole_families(&parts).contains(&Family::V4)
}
