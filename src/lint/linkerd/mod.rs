//! Linkerd's mesh: whom its policies let in, over what, and where its proxy is.
//!
//! A proxy takes mTLS and plaintext alike; it is the policy of a port that asks for an identity or does not. Where no
//! Server selects a port the default policy holds: of the pod, of its namespace, else of the control plane, which is
//! seldom in the input. Without its word nothing is certain there.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use self::identity::Identity;
use self::joint::Known;
use self::policy::{Client, Origin, Who};
use super::authorization::Verdict;
use super::given::{is_ever_given, picked_by};
use super::meshes::Part;
use super::model::kubernetes::Workload;
use super::model::linkerd::{Access, GROUP, Policy, Required, Server};
use super::model::{Model, Resource, names};
use super::selector::LabelSelector;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::document::Node;

mod grants;
mod identity;
mod joint;
mod policy;
mod settings;

/// A name that no account has: it stands for those that nothing names.
const NOBODY: &str = "-";

/// Linkerd's mesh as a model shows it.
#[derive(Debug)]
pub struct LinkerdMesh<'m, 'a> {
    model: &'m Model<'a>,
    is_shown: bool,
    identity: Identity,
    /// Whether machines or other clusters belong to it.
    reaches_beyond: bool,
    /// The ports that its configuration lets pass by every proxy, where the input says that they are not the chart's own.
    passed: Option<String>,
    /// The control plane's default policy, with its place.
    default: Option<(Access, Origin)>,
    /// Namespaces that are defined twice with different annotations.
    twice: BTreeSet<&'a str>,
    /// Accounts (namespace and name) whose pods get no token, without which no proxy is injected.
    tokenless: BTreeSet<(&'a str, &'a str)>,
    /// The Servers of each namespace, and the policies.
    by_namespace: BTreeMap<&'a str, OfNamespace<'m, 'a>>,
    /// What is not certain of the policies of a namespace.
    doubts: BTreeMap<&'a str, Vec<String>>,
    /// What is the same for every caller of a port, by the workload's identity in memory.
    known: RefCell<HashMap<(usize, u16), Rc<Known>>>,
}

impl<'m, 'a> LinkerdMesh<'m, 'a> {
    /// The mesh of a model.
    pub fn new(model: &'m Model<'a>) -> Self {
        let is_shown = is_shown(model);
        let mut mesh = Self {
            model,
            is_shown,
            identity: Identity::default(),
            reaches_beyond: reaches_beyond(model),
            passed: None,
            default: None,
            twice: BTreeSet::new(),
            tokenless: BTreeSet::new(),
            by_namespace: BTreeMap::new(),
            doubts: BTreeMap::new(),
            known: RefCell::default(),
        };
        if is_shown {
            mesh.read_control_plane();
            mesh.passed = settings::passed(model);
            mesh.twice = twice(model);
            mesh.tokenless = tokenless(model);
            for server in &model.mesh.linkerd.servers {
                let space = mesh.by_namespace.entry(server.resource.namespace);
                space.or_default().servers.push(server);
            }
            for policy in &model.mesh.linkerd.policies {
                let space = mesh.by_namespace.entry(policy.resource.namespace);
                space.or_default().policies.push(policy);
            }
            mesh.doubts = doubts(model);
        }
        mesh
    }

    /// Whether the input shows it at all.
    pub fn is_shown(&self) -> bool {
        self.is_shown
    }

    /// Whether its proxy takes a workload's connections.
    pub fn part(&self, workload: &Workload<'_>) -> Part {
        let namespace = workload.resource.namespace;
        let is_twice = self.twice.contains(namespace);
        let account = (namespace, workload.service_account);
        let part = settings::part(self.model, workload, is_twice);
        if part == Part::In && self.tokenless.contains(&account) {
            let name = workload.service_account;
            return Part::Perhaps(format!(
                "ServiceAccount {namespace}/{name} sets `automountServiceAccountToken: false`, which keeps the injector \
                 away in most releases"
            ));
        }
        part
    }

    /// The mesh with this default policy, where the input holds none.
    pub(crate) fn supposing(mut self, access: Access) -> Self {
        self.default.get_or_insert_with(|| {
            let subject = "which is supposed".to_owned();
            let place = None;
            (access, Origin { subject, place })
        });
        self
    }

    /// The accounts that the policies of a port name; none where they may mean any.
    pub(crate) fn names(
        &self,
        workload: &Workload<'_>,
        port: u16,
    ) -> Option<BTreeSet<(String, String)>> {
        self.named_accounts(workload, port)
    }

    /// What the policies of a port say to an account; to a client without an identity where there is none. Whether they
    /// are enforced is not asked.
    pub(crate) fn says(
        &self,
        workload: &Workload<'_>,
        port: u16,
        account: Option<(&str, &str)>,
    ) -> Verdict {
        let who = account.map_or(Who::Plain, |(space, name)| Who::Account(space, name));
        let is_outside = false;
        self.by_policies(workload, port, Client { who, is_outside })
            .verdict
    }

    fn doubts(&self, namespace: &str) -> &[String] {
        let doubts = self.doubts.get(namespace);
        doubts.map(Vec::as_slice).unwrap_or_default()
    }

    /// What the control plane was told, where it is in the input: the arguments of its policy controller.
    fn read_control_plane(&mut self) {
        let assumed = self.model.options.assume_linkerd_default;
        self.default = assumed.map(|access| {
            let subject = "which is assumed".to_owned();
            (
                access,
                Origin {
                    subject,
                    place: None,
                },
            )
        });
        let mut workloads = self.model.workloads.iter();
        let Some(controller) = workloads.find(|one| one.resource.name == "linkerd-destination")
        else {
            return;
        };
        let containers = controller
            .spec
            .get("containers")
            .and_then(Node::as_sequence);
        let mut containers = containers.unwrap_or_default().iter();
        let policy =
            containers.find(|one| one.get("name").and_then(Node::as_str) == Some("policy"));
        let arguments = policy.and_then(|policy| policy.get("args")?.as_sequence());
        let argument = |name: &str| {
            let mut arguments = arguments.unwrap_or_default().iter();
            arguments.find_map(|one| {
                let value = one.as_str()?.strip_prefix(name)?.strip_prefix('=')?;
                Some((value, one.span))
            })
        };
        if let Some((value, span)) = argument("--default-policy")
            && let Some(access) = Access::from_name(value)
        {
            let mut origin = policy::at(&controller.resource, span);
            origin.subject = format!("the default of {}", origin.subject);
            self.default = Some((access, origin));
        }
        if let Some((domain, _)) = argument("--identity-domain") {
            let plane = argument("--control-plane-namespace");
            let plane = plane.map_or(controller.resource.namespace, |(name, _)| name);
            self.identity = Identity {
                tail: format!("{plane}.{domain}"),
                is_known: true,
            };
        }
    }
}

/// What belongs to one namespace.
#[derive(Debug, Default)]
struct OfNamespace<'m, 'a> {
    servers: Vec<&'m Server<'a>>,
    policies: Vec<&'m Policy<'a>>,
}

/// Accounts whose pods get no token, unless they ask for it.
fn tokenless<'a>(model: &Model<'a>) -> BTreeSet<(&'a str, &'a str)> {
    let accounts = model.resources.iter();
    let accounts = accounts.filter(|one| one.is("", "ServiceAccount"));
    let tokenless = accounts.filter(|one| {
        let token = one.at(&["automountServiceAccountToken"]);
        token.and_then(Node::as_bool) == Some(false)
    });
    tokenless.map(|one| (one.namespace, one.name)).collect()
}

fn is_shown(model: &Model<'_>) -> bool {
    let is_own = |key: &str| key == settings::INJECT || key.starts_with("config.linkerd.io/");
    let of_resources = model
        .resources
        .iter()
        .any(|resource| resource.group == GROUP || resource.group.ends_with(".linkerd.io"));
    let of_namespaces = || {
        model.namespaces.values().any(|namespace| {
            let annotations = namespace.resource.at(&["metadata", "annotations"]);
            let annotations = annotations.and_then(Node::as_mapping).unwrap_or_default();
            annotations.iter().any(|entry| is_own(&entry.key))
        })
    };
    let of_workloads = || {
        let mut workloads = model.workloads.iter();
        workloads.any(|workload| workload.annotations.keys().any(|key| is_own(key)))
    };
    of_resources || of_namespaces() || of_workloads()
}

/// Whether machines outside the cluster (ExternalWorkload) or other clusters (Link) belong to the mesh.
fn reaches_beyond(model: &Model<'_>) -> bool {
    let beyond = ["workload.linkerd.io", "multicluster.linkerd.io"];
    let mut resources = model.resources.iter();
    resources.any(|resource| beyond.contains(&resource.group))
}

/// Namespaces that stand in the input twice and say something else about Linkerd.
fn twice<'a>(model: &Model<'a>) -> BTreeSet<&'a str> {
    let mut seen: BTreeMap<&str, Vec<(String, Option<String>)>> = BTreeMap::new();
    let mut twice = BTreeSet::new();
    for resource in model.resources.iter().filter(|one| one.is("", "Namespace")) {
        let annotations = resource.at(&["metadata", "annotations"]);
        let annotations = annotations.and_then(Node::as_mapping).unwrap_or_default();
        let own = annotations
            .iter()
            .filter(|entry| entry.key.contains("linkerd.io/"));
        let mut own: Vec<_> = own
            .map(|entry| (entry.key.clone(), entry.value.as_str().map(str::to_owned)))
            .collect();
        own.arrange();
        match seen.get(resource.name) {
            Some(known) if *known != own => {
                twice.insert(resource.name);
            }
            Some(_) => {}
            None => {
                seen.insert(resource.name, own);
            }
        }
    }
    twice
}

/// The namespaces whose policies ask for an authentication, by its kind, namespace and name.
fn asking<'a>(model: &Model<'a>) -> BTreeMap<(&'a str, &'a str, &'a str), BTreeSet<&'a str>> {
    let mut asking: BTreeMap<_, BTreeSet<&str>> = BTreeMap::new();
    for policy in &model.mesh.linkerd.policies {
        for required in &policy.required {
            let (kind, one) = match required {
                Required::MeshTls(one) => ("MeshTLSAuthentication", one),
                Required::Network(one) => ("NetworkAuthentication", one),
                Required::Account(_) => continue,
            };
            let namespaces: &mut BTreeSet<_> =
                asking.entry((kind, one.namespace, one.name)).or_default();
            namespaces.insert(policy.resource.namespace);
        }
    }
    asking
}

/// What leaves the policies of a namespace open: what was not understood, what the API server refuses, what Helm applies
/// at some moment alone, what is there twice.
fn doubts<'a>(model: &Model<'a>) -> BTreeMap<&'a str, Vec<String>> {
    let mut doubts: BTreeMap<&'a str, Vec<String>> = BTreeMap::new();
    let asking = asking(model);
    // An authentication counts where a policy asks for it.
    let mut add = |resource: &Resource<'a>, what: String| {
        let key = (resource.kind, resource.namespace, resource.name);
        let elsewhere = asking.get(&key).into_iter().flatten().copied();
        for namespace in elsewhere.chain([resource.namespace]) {
            let here = doubts.entry(namespace).or_default();
            if !here.contains(&what) {
                here.push(what.clone());
            }
        }
    };
    for resource in &model.mesh.linkerd.unread {
        let what = format!("{}, which was not understood", resource.subject());
        add(resource, what);
    }
    let is_own = |resource: &&Resource<'a>| resource.group == GROUP;
    for (resource, _) in super::rewriting::hooks(model).filter(|(one, _)| is_own(one)) {
        let what = format!(
            "whether {}, a hook or what Flux or kustomize leaves out, is applied",
            resource.subject()
        );
        add(resource, what);
    }
    for server in &model.mesh.linkerd.servers {
        let pods = server.pods.as_ref();
        let mut keys = pods.into_iter().flat_map(LabelSelector::keys);
        if let Some(key) = keys.find(|key| is_ever_given(key)) {
            add(&server.resource, picked_by(key, &server.resource));
        }
    }
    let mut seen = BTreeSet::new();
    for resource in model.resources.iter().filter(is_own) {
        let is_named = resource.at(&["metadata", "name"]).is_some();
        if is_named && !names::is_name(resource.name) {
            let what = format!("{}, whose name the API server refuses", resource.subject());
            add(resource, what);
        }
        let key = (resource.kind, resource.namespace, resource.name);
        if is_named && !seen.insert(key) {
            let subject = resource.subject();
            add(
                resource,
                format!("which {subject} is applied last: it is defined twice"),
            );
        }
    }
    doubts
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
