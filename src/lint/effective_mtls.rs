//! The mTLS mode that really holds for a workload and each of its ports, with the policies that decide it.
//!
//! Precedence (Istio `pilot/pkg/security/authn`): mesh → namespace → workload → port, each overriding unless it is
//! absent or UNSET; without any policy the mode is PERMISSIVE. A policy with a selector in the root namespace is
//! ignored. Where several policies share a scope the oldest wins whole, which only manifests that were read from a
//! cluster tell: else every outcome is kept. A mesh-wide policy that is not in the input leaves the mode open, never strict by guess.

use super::model::Model;
use super::model::istio::PeerAuthentication;
use super::model::kubernetes::Workload;
use crate::kernel::arrange::Arrange as _;

/// An mTLS mode of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// Plaintext only.
    Disable,
    /// Plaintext and mTLS.
    Permissive,
    /// mTLS only.
    Strict,
}

impl Mode {
    /// All modes.
    pub const ALL: [Self; 3] = [Self::Disable, Self::Permissive, Self::Strict];

    /// The name in manifests.
    pub fn name(self) -> &'static str {
        match self {
            Self::Disable => "DISABLE",
            Self::Permissive => "PERMISSIVE",
            Self::Strict => "STRICT",
        }
    }

    /// The mode of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// A set of modes: every outcome that the input allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Modes(u8);

impl Modes {
    const ANY: Self = Self(0b111);

    pub(crate) fn only(mode: Mode) -> Self {
        Self(1 << mode as u8)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Every mode, each changed.
    pub(crate) fn map(self, change: impl Fn(Mode) -> Mode) -> Self {
        self.modes().fold(Self::default(), |all, mode| {
            all.or(Self::only(change(mode)))
        })
    }

    /// The modes, the laxest first.
    pub fn modes(self) -> impl Iterator<Item = Mode> {
        Mode::ALL
            .into_iter()
            .filter(move |mode| self.contains(*mode))
    }

    /// Whether this mode is among them.
    pub fn contains(self, mode: Mode) -> bool {
        self.0 & (1 << mode as u8) != 0
    }

    /// What can be said about them.
    pub fn verdict(self) -> Verdict {
        if self == Self::only(Mode::Strict) {
            Verdict::Strict
        } else if self.contains(Mode::Strict) {
            Verdict::Depends
        } else {
            Verdict::NotStrict
        }
    }
}

/// Whether only mTLS is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Yes.
    Strict,
    /// No: plaintext is accepted.
    NotStrict,
    /// It depends on what the input lacks, or on which of several policies is older.
    Depends,
}

/// One step of the precedence.
#[derive(Debug, Clone)]
pub enum Step {
    /// This policy of [`Model::peer_authentications`] sets the mode.
    Sets(usize, Mode),
    /// This policy leaves the mode as it was.
    Inherits(usize),
    /// No policy at this scope; the sentence says which.
    Absent(String),
    /// The caller's word.
    Assumed(Mode),
    /// The input does not show this scope.
    Unseen(String),
}

/// What holds, and why.
#[derive(Debug, Clone)]
pub struct Effective {
    /// The possible modes of ports without an exception.
    pub modes: Modes,
    /// The steps, from the mesh down.
    pub steps: Vec<Step>,
    /// Ports that a policy gives a mode of their own.
    pub ports: Vec<(u16, Modes)>,
}

impl Effective {
    /// What can be said about ports without an exception.
    pub fn verdict(&self) -> Verdict {
        self.modes.verdict()
    }

    /// What can be said about the whole workload: strict only if every port is.
    pub fn whole_verdict(&self) -> Verdict {
        let all = self.ports.iter().map(|(_, modes)| modes.verdict());
        all.fold(self.verdict(), |worst, next| match (worst, next) {
            (Verdict::NotStrict, _) | (_, Verdict::NotStrict) => Verdict::NotStrict,
            (Verdict::Depends, _) | (_, Verdict::Depends) => Verdict::Depends,
            _ => Verdict::Strict,
        })
    }

    /// What is not known, where the outcome depends on it: each in words.
    pub fn doubts(&self, model: &Model<'_>) -> Vec<String> {
        let mut doubts: Vec<String> = Vec::new();
        let mut peers: Vec<&PeerAuthentication<'_>> = Vec::new();
        for step in self.steps.iter().skip(self.settled_from(model)) {
            match step {
                Step::Unseen(text) => doubts.push(text.replacen(" is not known:", ":", 1)),
                Step::Sets(index, _) | Step::Inherits(index) => {
                    peers.extend(model.peer_authentications.get(*index));
                }
                Step::Absent(_) | Step::Assumed(_) => {}
            }
        }
        for pair in peers.windows(2) {
            if let [one, other] = pair
                && one.scope_key() == other.scope_key()
            {
                doubts.push(format!(
                    "which is older, {} or {}: the creation time is not in the manifests",
                    one.resource.subject(),
                    other.resource.subject()
                ));
            }
        }
        doubts
    }

    /// The first step of the last scope whose policies all set a mode: what stands before it has no effect.
    fn settled_from(&self, model: &Model<'_>) -> usize {
        let scope = |step: &Step| match step {
            Step::Sets(index, _) | Step::Inherits(index) => {
                let policy = model.peer_authentications.get(*index);
                policy.map(PeerAuthentication::scope_key)
            }
            _ => None,
        };
        let inherits = |own| {
            let mut steps = self.steps.iter();
            steps.any(|step| matches!(step, Step::Inherits(_)) && scope(step) == own)
        };
        let mut setting = self.steps.iter().rev();
        let last = setting.find(|step| matches!(step, Step::Sets(..)) && !inherits(scope(step)));
        last.and_then(|last| {
            self.steps
                .iter()
                .position(|step| scope(step) == scope(last))
        })
        .unwrap_or(0)
    }

    /// Whether some policy, and not mere absence, sets the outcome.
    pub fn is_decided(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, Step::Sets(..)))
    }

    /// The policies that set the outcome: the last scope that sets any. Empty where only absence decides.
    pub fn deciding<'m, 'a>(&self, model: &'m Model<'a>) -> Vec<&'m PeerAuthentication<'a>> {
        self.deciding_indexes(model)
            .into_iter()
            .filter_map(|index| model.peer_authentications.get(index))
            .collect()
    }

    /// The same by their indexes in the model.
    pub(crate) fn deciding_indexes(&self, model: &Model<'_>) -> Vec<usize> {
        let scope = |index: &usize| {
            let policy = model.peer_authentications.get(*index);
            policy.map(PeerAuthentication::scope_key)
        };
        let setting = self.steps.iter().filter_map(|step| match step {
            Step::Sets(index, _) => Some(*index),
            _ => None,
        });
        let mut deciding: Vec<_> = setting.collect();
        if let Some(last) = deciding.last().map(scope) {
            deciding.retain(|index| scope(index) == last);
        }
        deciding
    }

    /// The steps in words, absences included.
    pub fn evidence(&self, model: &Model<'_>) -> Vec<String> {
        let name = |index: &usize| {
            let policy = model.peer_authentications.get(*index);
            policy.map_or_else(String::new, |policy| policy.resource.subject())
        };
        self.steps
            .iter()
            .map(|step| match step {
                Step::Sets(policy, mode) => format!("{} sets {}", name(policy), mode.name()),
                Step::Inherits(policy) => format!("{} leaves the mode unset", name(policy)),
                Step::Assumed(mode) => format!("assumed: the mesh's mode is {}", mode.name()),
                Step::Absent(text) | Step::Unseen(text) => text.clone(),
            })
            .collect()
    }
}

impl<'a> PeerAuthentication<'a> {
    /// Whether it is for a whole namespace or the mesh.
    pub fn is_wide(&self) -> bool {
        self.selector.is_empty()
    }

    /// Whether it is read at all: with a selector in the root namespace it is not.
    pub fn is_ignored(&self, model: &Model<'_>) -> bool {
        !self.is_wide() && self.resource.namespace == model.options.root_namespace
    }

    /// Whether its selector picks this workload, which must be in its namespace.
    pub fn selects(&self, workload: &Workload<'_>) -> bool {
        self.resource.namespace == workload.resource.namespace
            && !self.selector.is_empty()
            && self
                .selector
                .iter()
                .all(|(key, value)| workload.labels.get(key) == Some(value))
    }

    fn scope_key(&self) -> (bool, &'a str) {
        (self.is_wide(), self.resource.namespace)
    }
}

/// The mode of a namespace: what a workload without a policy of its own has.
pub fn of_namespace(model: &Model<'_>, namespace: &str) -> Effective {
    let root = model.options.root_namespace.as_str();
    let mut steps = Vec::new();
    let mut modes = mesh_modes(model, &mut steps);
    if namespace != root {
        let policies = wide_policies(model, namespace);
        if policies.is_empty() {
            steps.push(Step::Absent(format!(
                "no PeerAuthentication for the whole of namespace `{namespace}`"
            )));
        }
        modes = settle(&policies, modes, &mut steps);
    }
    Effective {
        modes,
        steps,
        ports: Vec::new(),
    }
}

/// The mode of a workload and of the ports that have their own.
pub fn of_workload(model: &Model<'_>, workload: &Workload<'_>) -> Effective {
    let mut effective = of_namespace(model, workload.resource.namespace);
    let own = own_policies(model, workload);
    if own.is_empty() {
        return effective;
    }
    let inherited = effective.modes;
    effective.modes = settle(&own, inherited, &mut effective.steps);
    let mut ports: Vec<u16> = own
        .iter()
        .flat_map(|(_, policy)| policy.ports.iter().map(|port| port.port))
        .collect();
    ports.arrange();
    ports.dedup();
    for port in ports {
        let modes = own
            .iter()
            .map(|(_, policy)| port_modes(policy, port, inherited))
            .fold(Modes::default(), Modes::or);
        effective.ports.push((port, modes));
    }
    effective
}

/// The modes that ztunnel enforces on a port, or on ports without an exception.
///
/// DISABLE behaves as PERMISSIVE. Exceptions of a workload that is STRICT by inheritance are honoured only if one of
/// them is PERMISSIVE; STRICT ports of a workload that is not are enforced.
pub fn in_ambient(model: &Model<'_>, workload: &Workload<'_>, port: Option<u16>) -> Modes {
    let lax = |mode: Mode| {
        if mode == Mode::Disable {
            Mode::Permissive
        } else {
            mode
        }
    };
    let inherited = of_namespace(model, workload.resource.namespace)
        .modes
        .map(lax);
    let mut modes = Modes::default();
    for (_, policy) in own_policies(model, workload) {
        let written = policy.mode.map(|(mode, _)| mode);
        let own = written.map_or(inherited, |mode| Modes::only(lax(mode)));
        let mut entries = policy.ports.iter().rev();
        let entry = entries
            .find(|entry| Some(entry.port) == port)
            .and_then(|entry| entry.mode);
        let exempts = written == Some(Mode::Strict)
            || policy
                .ports
                .iter()
                .any(|entry| entry.mode == Some(Mode::Permissive));
        modes = modes.or(match entry {
            None => own,
            Some(Mode::Strict) => Modes::only(Mode::Strict),
            Some(_) => own.map(|mode| match mode {
                Mode::Strict if !exempts => Mode::Strict,
                _ => Mode::Permissive,
            }),
        });
    }
    if modes == Modes::default() {
        inherited
    } else {
        modes
    }
}

/// One policy's outcome for a port: the port's mode, else the policy's, else what it inherits.
fn port_modes(policy: &PeerAuthentication<'_>, port: u16, inherited: Modes) -> Modes {
    let own = policy.mode.map_or(inherited, |(mode, _)| Modes::only(mode));
    policy
        .ports
        .iter()
        .rfind(|entry| entry.port == port)
        .and_then(|entry| entry.mode)
        .map_or(own, Modes::only)
}

fn mesh_modes(model: &Model<'_>, steps: &mut Vec<Step>) -> Modes {
    let root = model.options.root_namespace.as_str();
    if let Some(said) = model.mesh.disputed_root(root) {
        steps.push(Step::Unseen(format!(
            "the mesh-wide policy is not known: the mesh's configuration names `{said}` as its root namespace, not \
             `{root}`"
        )));
        return Modes::ANY;
    }
    let policies = wide_policies(model, root);
    if !policies.is_empty() {
        return settle(&policies, Modes::only(Mode::Permissive), steps);
    }
    if let Some(mode) = model.options.assume_mesh_mtls {
        steps.push(Step::Assumed(mode));
        return Modes::only(mode);
    }
    if model.sees_namespace(root) {
        steps.push(Step::Absent(format!(
            "no PeerAuthentication for the whole mesh in `{root}`"
        )));
        return Modes::only(Mode::Permissive);
    }
    steps.push(Step::Unseen(format!(
        "the mesh-wide policy is not known: `{root}` is not in the input"
    )));
    Modes::ANY
}

/// A policy and its index in the model.
type Indexed<'m, 'a> = (usize, &'m PeerAuthentication<'a>);

fn wide_policies<'m, 'a>(model: &'m Model<'a>, namespace: &str) -> Vec<Indexed<'m, 'a>> {
    let policies = model.peer_authentications_in(namespace);
    oldest(policies.filter(|(_, policy)| policy.is_wide()).collect())
}

/// The policies that apply to a workload by their selectors.
fn own_policies<'m, 'a>(model: &'m Model<'a>, workload: &Workload<'_>) -> Vec<Indexed<'m, 'a>> {
    let policies = model.peer_authentications_in(workload.resource.namespace);
    let own = policies.filter(|(_, policy)| policy.selects(workload) && !policy.is_ignored(model));
    oldest(own.collect())
}

/// Those of one scope that may be the oldest: what is surely younger than another one has no effect.
fn oldest<'m, 'a>(policies: Vec<Indexed<'m, 'a>>) -> Vec<Indexed<'m, 'a>> {
    if policies.len() < 2 {
        return policies;
    }
    let is_younger = |one: &PeerAuthentication<'_>| {
        let mut others = policies.iter();
        others.any(|(_, other)| other.resource.is_older_than(&one.resource))
    };
    let kept = policies.iter().filter(|(_, one)| !is_younger(one));
    kept.copied().collect()
}

/// The outcomes of the policies of one scope, any of which may be the oldest.
fn settle(policies: &[Indexed<'_, '_>], inherited: Modes, steps: &mut Vec<Step>) -> Modes {
    let mut modes = Modes::default();
    for (index, policy) in policies {
        match policy.mode {
            Some((mode, _)) => {
                steps.push(Step::Sets(*index, mode));
                modes = modes.or(Modes::only(mode));
            }
            None => {
                steps.push(Step::Inherits(*index));
                modes = modes.or(inherited);
            }
        }
    }
    if policies.is_empty() {
        inherited
    } else {
        modes
    }
}
