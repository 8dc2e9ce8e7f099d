//! Assertions about who reaches whom, written in a file and held against the manifests.
//!
//! ```yaml
//! assertions:
//! - name: payments take orders only
//!   only: production/payment-service:8443
//!   from: [production/order-service]
//! - name: environments stay apart
//!   isolated:
//!     production: [production, data]
//!     staging: [staging]
//! - name: the shop works
//!   open: production/order-service:8443
//!   from: [production/frontend]
//! ```
//!
//! `only` is an allow-list of callers, `calls` with `to` one of what a workload calls, `open` a connection that must
//! surely work. Environments are isolated where no pod of one reaches a pod of another, not even by way of pods that
//! belong to none. What two of them call and neither is may carry data from one to the other, which is undecided; the
//! namespaces of such things stand in `shared` where they are meant to be shared. `over: mtls` adds that nothing else is
//! on the wire.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::isolation::isolated;
use super::generate::Wanted;
use super::model::Model;
use super::ports::PortSet;
use super::reachability::{
    Admission, Caller, Mesh, Party, Path, Reachability, Reason, Ruling, Source as From, Target,
    TargetError, Wire, Works,
};
use crate::kernel::document::{Document, Node};
use crate::kernel::source::{Source, Span};
use crate::kernel::yaml;

mod isolation;

/// One assertion.
#[derive(Debug)]
pub struct Assertion {
    /// Its name, or what it says.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    claim: Claim,
    over_mtls: bool,
    /// Namespaces that isolated environments share on purpose.
    shared: Vec<String>,
}

#[derive(Debug)]
enum Claim {
    Only { target: Named, from: Vec<Named> },
    Calls { caller: Named, to: Vec<Named> },
    Open { target: Named, from: Vec<Named> },
    Isolated(BTreeMap<String, Vec<String>>),
}

/// A name in the file.
#[derive(Debug, Clone)]
struct Named {
    text: String,
    span: Span,
}

/// Something in the file that is no assertion, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct AssertionError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
    /// Whether it names what the manifests lack, and is no mistake otherwise.
    pub is_missing: bool,
}

/// What became of an assertion.
#[derive(Debug)]
pub struct Judgement {
    /// The world it was judged in, where the inputs hold several.
    pub world: Option<String>,
    /// The assertion's name.
    pub name: String,
    /// Whether it holds.
    pub ruling: Ruling,
    /// The paths that refute it or leave it undecided; each is a chain of one step or more.
    pub chains: Vec<Vec<Path>>,
    /// What it takes for granted, or why it is not decided.
    pub remarks: Vec<Reason>,
}

/// Reads a file of assertions.
///
/// # Errors
/// [`AssertionError`] at the first thing that is none.
pub fn read(source: &Arc<Source>) -> Result<Vec<Assertion>, AssertionError> {
    let at_start = |message: &str| wrong(Span::new(0, 0), message);
    let mut assertions = Vec::new();
    let stream = yaml::parse_stream(source);
    if let Some(remark) = stream.remarks.first() {
        return Err(wrong(remark.span, remark.kind.sentence()));
    }
    for document in stream.documents {
        let document: Document = document.map_err(|error| wrong(error.span, error.to_string()))?;
        if let Some(twice) = document.duplicates.first() {
            return Err(wrong(
                twice.second,
                format!("`{}` stands here twice", twice.key),
            ));
        }
        let root = &document.root;
        only_keys(root, &["version", "assertions"])?;
        if let Some(version) = root
            .get("version")
            .filter(|version| version.as_i64() != Some(1))
        {
            return Err(wrong(version.span, "`version` is not 1"));
        }
        let listed = root.get("assertions").and_then(Node::as_sequence);
        let listed = listed.ok_or_else(|| wrong(root.span, "`assertions` is no list"))?;
        for node in listed {
            assertions.push(assertion(node)?);
        }
    }
    if assertions.is_empty() {
        return Err(at_start("the file holds no assertion"));
    }
    Ok(assertions)
}

fn wrong(span: Span, message: impl Into<String>) -> AssertionError {
    AssertionError {
        message: message.into(),
        span,
        is_missing: false,
    }
}

/// Something that the manifests lack.
fn missing(span: Span, message: impl Into<String>) -> AssertionError {
    AssertionError {
        is_missing: true,
        ..wrong(span, message)
    }
}

fn only_keys(node: &Node, known: &[&str]) -> Result<(), AssertionError> {
    let fields = node
        .as_mapping()
        .ok_or_else(|| wrong(node.span, format!("this is {} and no mapping", node.kind())))?;
    match fields
        .iter()
        .find(|field| !known.contains(&field.key.as_str()))
    {
        None => Ok(()),
        Some(field) => Err(wrong(
            field.key_span,
            format!("`{}` is none of {}", field.key, known.join(", ")),
        )),
    }
}

fn assertion(node: &Node) -> Result<Assertion, AssertionError> {
    only_keys(
        node,
        &[
            "name", "only", "calls", "open", "isolated", "shared", "from", "to", "over",
        ],
    )?;
    let text = |key: &str| node.get(key).map(named).transpose();
    let list = |key: &str| -> Result<Vec<Named>, AssertionError> {
        let value = node.get(key);
        let value = value.ok_or_else(|| wrong(node.span, format!("`{key}` is missing")))?;
        let items = value.as_sequence();
        let items = items.ok_or_else(|| wrong(value.span, format!("`{key}` is no list")))?;
        items.iter().map(named).collect()
    };
    let (claim, unused) = match (
        text("only")?,
        text("calls")?,
        text("open")?,
        node.get("isolated"),
    ) {
        (Some(target), None, None, None) => {
            let from = list("from")?;
            (Claim::Only { target, from }, "to")
        }
        (None, Some(caller), None, None) => {
            let to = list("to")?;
            (Claim::Calls { caller, to }, "from")
        }
        (None, None, Some(target), None) => {
            let from = list("from")?;
            if from.is_empty() {
                return Err(wrong(
                    node.span,
                    "`from` names nobody: nothing would have to be open",
                ));
            }
            (Claim::Open { target, from }, "to")
        }
        (None, None, None, Some(node)) => (Claim::Isolated(environments(node)?), "from"),
        _ => {
            let message = "an assertion has exactly one of `only`, `calls`, `open` and `isolated`";
            return Err(wrong(node.span, message));
        }
    };
    let is_isolation = matches!(claim, Claim::Isolated(_));
    let unused = [unused]
        .into_iter()
        .chain(is_isolation.then_some(["to", "over"]).into_iter().flatten())
        .chain((!is_isolation).then_some("shared"));
    if let Some(entry) = unused.into_iter().find_map(|unused| node.entry(unused)) {
        let unused = &entry.key;
        return Err(wrong(
            entry.key_span,
            format!("`{unused}` means nothing here"),
        ));
    }
    let over_mtls = match text("over")? {
        None => false,
        Some(over) if over.text == "mtls" => true,
        Some(over) => return Err(wrong(over.span, "`over` is not `mtls`")),
    };
    let name = match text("name")? {
        Some(name) => name.text,
        None => described(&claim),
    };
    let shared = match node.get("shared") {
        None => Vec::new(),
        Some(_) => list("shared")?.into_iter().map(|name| name.text).collect(),
    };
    Ok(Assertion {
        name,
        span: node.span,
        claim,
        over_mtls,
        shared,
    })
}

fn described(claim: &Claim) -> String {
    let list = |names: &[Named]| {
        let names: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
        names.join(", ")
    };
    match claim {
        Claim::Only { target, from } => format!("only {} reaches {}", list(from), target.text),
        Claim::Calls { caller, to } => format!("{} calls only {}", caller.text, list(to)),
        Claim::Open { target, from } => format!("{} reaches {}", list(from), target.text),
        Claim::Isolated(environments) => {
            let names: Vec<&str> = environments.keys().map(String::as_str).collect();
            format!("{} are isolated", names.join(", "))
        }
    }
}

fn named(node: &Node) -> Result<Named, AssertionError> {
    let text = node.as_str();
    let text =
        text.ok_or_else(|| wrong(node.span, format!("this is {} and no text", node.kind())))?;
    Ok(Named {
        text: text.to_owned(),
        span: node.span,
    })
}

fn environments(node: &Node) -> Result<BTreeMap<String, Vec<String>>, AssertionError> {
    let fields = node.as_mapping().filter(|fields| fields.len() > 1);
    let message = "`isolated` is a mapping of two environments or more, each with its namespaces";
    let fields = fields.ok_or_else(|| wrong(node.span, message))?;
    let mut environments = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for field in fields {
        let items = field.value.as_sequence();
        let items = items.ok_or_else(|| wrong(field.value.span, message))?;
        let mut namespaces = Vec::new();
        for item in items {
            let name = named(item)?;
            if !seen.insert(name.text.clone()) {
                let message = format!("namespace `{}` is in two environments", name.text);
                return Err(wrong(name.span, message));
            }
            namespaces.push(name.text);
        }
        // Nothing reaches an environment of no namespace, and nothing would be proven.
        if namespaces.is_empty() {
            let message = format!("environment `{}` has no namespace", field.key);
            return Err(wrong(field.value.span, message));
        }
        environments.insert(field.key.clone(), namespaces);
    }
    Ok(environments)
}

impl Assertion {
    /// Holds it against a cluster.
    ///
    /// # Errors
    /// [`AssertionError`] where it names a workload, port or namespace that the manifests do not have.
    pub fn judge(
        &self,
        reachability: &Reachability<'_, '_>,
        mesh: &dyn Mesh,
    ) -> Result<Judgement, AssertionError> {
        let (judgement, absent) = self.judge_part(reachability, mesh)?;
        absent.map_or(Ok(judgement), Err)
    }

    /// Holds it against one cluster of several, with the first name beside its subject that this one lacks: who is not
    /// there neither calls nor is called.
    ///
    /// # Errors
    /// [`AssertionError`] where the cluster lacks its subject, or something is no name.
    pub fn judge_part(
        &self,
        reachability: &Reachability<'_, '_>,
        mesh: &dyn Mesh,
    ) -> Result<(Judgement, Option<AssertionError>), AssertionError> {
        let mut absent = None;
        // Of the one workload that is spoken of, where it is one.
        let mut limits = None;
        let mut judgement = Judgement {
            world: None,
            name: self.name.clone(),
            ruling: Ruling::Proven,
            chains: Vec::new(),
            remarks: Vec::new(),
        };
        match &self.claim {
            Claim::Only { target, from } => {
                let target = find(reachability.model(), target)?;
                let callers = from.iter().map(|name| caller(reachability.model(), name));
                let callers = present(callers, &mut absent)?;
                let proof = reachability.only(&target, &callers, mesh);
                judgement.ruling = proof.ruling;
                judgement.remarks = proof.conditions;
                judgement.remarks.extend(proof.limits);
                limits = Some(Vec::new());
                let others = proof.against.into_iter().chain(proof.doubtful);
                judgement.chains = others.map(|path| vec![path]).collect();
                if self.over_mtls {
                    over_mtls(&mut judgement, &proof.callers);
                }
            }
            Claim::Calls { caller, to } => {
                let source = whole(reachability.model(), caller)?;
                let targets = to.iter().map(|name| callee(reachability, name));
                let targets = present(targets, &mut absent)?;
                let paths = reachability.paths_from(source.position, &source.ports, mesh);
                let known: Vec<(usize, PortSet)> = targets
                    .iter()
                    .filter_map(|callee| match callee.party {
                        Caller::Workload(position) => Some((position, callee.ports.clone())),
                        _ => None,
                    })
                    .collect();
                let (excused, paths): (Vec<_>, Vec<_>) = paths
                    .into_iter()
                    .map(|path| {
                        (
                            reachability.same_callees(source.position, &path, &known),
                            path,
                        )
                    })
                    .partition(|(reason, _)| reason.is_some());
                let reasons = excused.into_iter().filter_map(|(reason, _)| reason);
                judgement.remarks.extend(reasons);
                let paths = paths.into_iter().map(|(_, path)| path).collect();
                judge_calls(&mut judgement, paths, &targets, self.over_mtls);
            }
            Claim::Open { target, from } => {
                let target = find(reachability.model(), target)?;
                let sources = from.iter().map(|name| whole(reachability.model(), name));
                let sources = present(sources, &mut absent)?;
                // Nobody who is there would have to get in.
                if let Some(missing) = absent.take_if(|_| sources.is_empty()) {
                    return Err(missing);
                }
                for source in sources {
                    let ends = (
                        reachability.of_workload(source.position),
                        reachability.of_workload(target.position),
                    );
                    if let (Some(from), Some(to)) = ends {
                        let path = reachability.path(from, to, &target.ports);
                        let named = reachability.model().workloads.get(target.position);
                        let calling = reachability.model().workloads.get(source.position);
                        let crossing = named.and_then(|named| {
                            mesh.cross(From::Workload(calling?), named, &target.ports)
                        });
                        let path = Path { crossing, ..path };
                        if self.over_mtls {
                            over_mtls(&mut judgement, std::slice::from_ref(&path));
                        }
                        judge_open(&mut judgement, path, &target.ports);
                        judgement.refused_by_others(reachability.model());
                    }
                }
            }
            Claim::Isolated(environments) => {
                let named = (environments, self.shared.as_slice());
                absent = isolated(&mut judgement, reachability, named, self.span)?;
            }
        }
        let limits = limits.unwrap_or_else(|| super::reachability::limits(reachability.model()));
        if !limits.is_empty() && judgement.ruling == Ruling::Proven {
            judgement.ruling = Ruling::Undecided;
            judgement.remarks.extend(limits);
        }
        Ok((judgement, absent))
    }
}

impl Judgement {
    /// What Linkerd and Consul refuse is not evaluated: nothing is surely open where they have a say.
    fn refused_by_others(&mut self, model: &Model<'_>) {
        if model.shows_mesh
            && self.ruling == Ruling::Proven
            && let Some(root) = model.unseen_root()
        {
            self.ruling = Ruling::Undecided;
            self.remarks.push(Reason::absent(format!(
                "AuthorizationPolicies of `{root}`, which is not in the input, may refuse the caller"
            )));
        }
        let linkerd = model.mesh.linkerd.policies.iter().map(|one| &one.resource);
        let servers = model.mesh.linkerd.servers.iter().map(|one| &one.resource);
        let intentions = model.mesh.intentions.iter().map(|one| &one.resource);
        let first = linkerd.chain(servers).chain(intentions).next();
        if let Some(policy) = first.filter(|_| self.ruling == Ruling::Proven) {
            self.ruling = Ruling::Undecided;
            self.remarks.push(Reason::at(
                format!(
                    "{} is not evaluated: it may refuse the caller",
                    policy.subject()
                ),
                policy,
                policy.name_span,
            ));
        }
    }

    /// The same as said of several worlds taken for one, which they may not be: it decides nothing.
    #[must_use]
    pub fn across(mut self, worlds: &str) -> Self {
        self.ruling = Ruling::Undecided;
        self.remarks.push(Reason::absent(format!(
            "no world of the input holds all that this names ({worlds}): whether they are one cluster is not known"
        )));
        self
    }
}

impl Assertion {
    /// The connections that it wants: those that it allows or asks to be open. Isolation wants none.
    ///
    /// # Errors
    /// [`AssertionError`] where it names what the model lacks.
    pub fn wanted(&self, model: &Model<'_>) -> Result<Vec<Wanted>, AssertionError> {
        let mut wanted = Vec::new();
        match &self.claim {
            Claim::Only { target, from } | Claim::Open { target, from } => {
                let to = find(model, target)?;
                for name in from {
                    wanted.push(Wanted {
                        from: caller(model, name)?,
                        to: to.position,
                        ports: to.ports.clone(),
                    });
                }
            }
            Claim::Calls { caller: from, to } => {
                let from = find(model, from)?;
                for name in to {
                    let to = find(model, name)?;
                    wanted.push(Wanted {
                        from: Caller::Workload(from.position),
                        to: to.position,
                        ports: to.ports,
                    });
                }
            }
            Claim::Isolated(_) => {}
        }
        Ok(wanted)
    }
}

/// Those that are there, and the first that is not.
fn present<T>(
    found: impl Iterator<Item = Result<T, AssertionError>>,
    absent: &mut Option<AssertionError>,
) -> Result<Vec<T>, AssertionError> {
    let mut present = Vec::new();
    for one in found {
        match one {
            Ok(one) => present.push(one),
            Err(missing) if missing.is_missing => {
                absent.get_or_insert(missing);
            }
            Err(wrong) => return Err(wrong),
        }
    }
    Ok(present)
}

fn find(model: &Model<'_>, name: &Named) -> Result<Target, AssertionError> {
    Target::find(model, &name.text).map_err(|error| match error {
        TargetError::Unknown { .. } => missing(name.span, error.to_string()),
        _ => wrong(name.span, error.to_string()),
    })
}

/// A workload without a port: a caller has none that a policy knows.
fn whole(model: &Model<'_>, name: &Named) -> Result<Target, AssertionError> {
    if name.text.contains(':') {
        return Err(wrong(
            name.span,
            "a caller has no port: name the port of what is called",
        ));
    }
    find(model, name)
}

fn caller(model: &Model<'_>, name: &Named) -> Result<Caller, AssertionError> {
    if let Some(namespace) = name.text.strip_suffix("/*") {
        if !model.sees_namespace(namespace) {
            let message = format!("no namespace of the input is called `{namespace}`");
            return Err(missing(name.span, message));
        }
        return Ok(Caller::Namespace(namespace.to_owned()));
    }
    if let Ok(block) = name.text.parse() {
        return Ok(Caller::Addresses(block));
    }
    whole(model, name).map(|target| Caller::Workload(target.position))
}

/// What may be called: somebody, on some ports.
struct Callee {
    party: Caller,
    named: Option<Party>,
    ports: PortSet,
}

fn callee(reachability: &Reachability<'_, '_>, name: &Named) -> Result<Callee, AssertionError> {
    let is_target = !name.text.ends_with("/*") && name.text.parse::<super::cidr::Cidr>().is_err();
    let target = is_target
        .then(|| find(reachability.model(), name))
        .transpose()?;
    let party = match &target {
        Some(target) => Caller::Workload(target.position),
        None => caller(reachability.model(), name)?,
    };
    let workload = target.as_ref();
    let workload = workload.and_then(|target| reachability.model().workloads.get(target.position));
    Ok(Callee {
        party,
        named: workload.map(Party::of),
        ports: target.map_or_else(PortSet::all, |target| target.ports),
    })
}

impl Callee {
    fn allows(&self, party: &Party) -> bool {
        match (&self.party, party) {
            (Caller::Workload(_), _) => self.named.as_ref() == Some(party),
            (Caller::Namespace(name), Party::Workload { namespace, .. }) => name == namespace,
            (Caller::Namespace(name), Party::Unseen(Some(namespace))) => name == namespace,
            (Caller::Addresses(block), Party::Addresses(ranges)) => {
                ranges.iter().all(|range| block.holds(*range))
            }
            _ => false,
        }
    }
}

fn worsen(judgement: &mut Judgement, ruling: Ruling) {
    judgement.ruling = match (judgement.ruling, ruling) {
        (Ruling::Refuted, _) | (_, Ruling::Refuted) => Ruling::Refuted,
        (Ruling::Undecided, _) | (_, Ruling::Undecided) => Ruling::Undecided,
        _ => Ruling::Proven,
    };
}

/// Every caller comes over mTLS and nothing else.
fn over_mtls(judgement: &mut Judgement, paths: &[Path]) {
    for path in paths {
        let ruling = match path.crossing.as_ref().map(|crossing| crossing.wire) {
            Some(Wire::Mtls) => continue,
            Some(Wire::Plaintext | Wire::Either) => Ruling::Refuted,
            Some(Wire::Depends) | None => Ruling::Undecided,
        };
        worsen(judgement, ruling);
        let what = match ruling {
            Ruling::Refuted => "plaintext is on the wire from",
            _ => "the input does not decide what is on the wire from",
        };
        judgement
            .remarks
            .push(Reason::absent(format!("{what} {}", path.source)));
        judgement.chains.push(vec![path.clone()]);
    }
}

fn judge_calls(judgement: &mut Judgement, paths: Vec<Path>, allowed: &[Callee], mtls: bool) {
    let mut calls = Vec::new();
    for path in paths {
        let of_this: Vec<&Callee> = allowed
            .iter()
            .filter(|callee| callee.allows(&path.destination))
            .collect();
        let ports = of_this
            .iter()
            .fold(PortSet::none(), |set, callee| set.union(&callee.ports));
        if path.is_closed() {
            continue;
        }
        let beyond = path.may.minus(&ports);
        if beyond.is_empty() {
            calls.push(path);
            continue;
        }
        let depends = path
            .crossing
            .as_ref()
            .is_some_and(|crossing| crossing.admission == Admission::Depends);
        let surely = if depends {
            PortSet::none()
        } else {
            path.surely.minus(&ports)
        };
        let ruling = if surely.is_empty() {
            Ruling::Undecided
        } else {
            Ruling::Refuted
        };
        worsen(judgement, ruling);
        judgement.chains.push(vec![Path {
            surely,
            may: beyond,
            ..path
        }]);
    }
    if mtls {
        over_mtls(judgement, &calls);
    }
}

fn judge_open(judgement: &mut Judgement, path: Path, wanted: &PortSet) {
    let admission = path.crossing.as_ref().map(|crossing| crossing.admission);
    let works = path.crossing.as_ref().and_then(|crossing| crossing.works);
    let is_taken = matches!(works, None | Some(Works::Yes))
        && matches!(admission, None | Some(Admission::Admitted));
    if wanted.is_within(&path.surely) && is_taken {
        return;
    }
    let is_refused = admission == Some(Admission::Refused) || works == Some(Works::No);
    let ruling = if wanted.is_within(&path.may) && !is_refused {
        Ruling::Undecided
    } else {
        Ruling::Refuted
    };
    worsen(judgement, ruling);
    judgement.chains.push(vec![path]);
}

#[cfg(test)]
mod tests;
