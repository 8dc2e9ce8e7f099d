//! Why a signature does not match: the plausible changes on the way, tried until one verifies.
//!
//! A message that fails was either changed between signer and verifier, or the two read the same bytes differently.
//! Each such change is undone here, one at a time and then in pairs of different kinds, and the whole verification is
//! run again. A hit explains; it never changes the verdict, and no expected MAC ever leaves this module. The search is
//! bounded by the number of verifications and by what they cost.

mod base_text;
mod body;
mod causes;
mod cavage;
mod diff;
mod expected;
mod fields;
mod json_forms;
mod keys;
mod sigv4;
mod target;
mod webhooks;

pub use causes::Cause;
pub use diff::{LineChange, diff};
pub use expected::{Expected, read_expected};

use super::exchange::{Context, Exchange};
use super::message::Message;
use super::policy::{Policy, Required};
use super::schemes::{Scheme, cavage as cavage_scheme, rfc9421};
use super::verdict::{BodyBinding, Mac, Verdict};
use crate::kernel::key::{Curve, Key, KeyKind};

/// A message that fails, and everything that is known about it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The scheme.
    pub scheme: &'a Scheme,
    /// The message.
    pub exchange: Exchange<'a>,
    /// The keys it was verified with.
    pub keys: &'a [Key],
    /// Other readings of the same secrets, each with its name.
    pub alternatives: &'a [(&'static str, Key)],
    /// The demands; only the label matters here.
    pub policy: &'a Policy,
}

/// A change that would have made the signature match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What was changed, as a kind.
    pub cause: Cause,
    /// What completes "it verifies if …".
    pub text: String,
}

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// A signature that matches.
    Mac,
    /// A body that matches its digest.
    Body,
}

/// What the search came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// What was searched for.
    pub goal: Goal,
    /// The changes that together make it match, if some were found.
    pub found: Option<Vec<Step>>,
    /// How many verifications were run.
    pub tried: usize,
    /// Whether the search ended because of its limit.
    pub exhausted: bool,
}

/// The largest number of verifications.
pub const MAX_TRIALS: usize = 20_000;
/// What all verifications together may cost. A unit is about ten microseconds, so that a search ends within seconds
/// whatever the keys and however long the body.
const MAX_COST: u64 = 200_000;
/// How many bytes of a body cost a unit.
const BYTES_PER_UNIT: u64 = 8192;

/// Searches for the smallest change that makes a case succeed.
pub fn search(case: Case<'_>, goal: Goal) -> Search {
    let start = State {
        scheme: case.scheme.clone(),
        message: case.exchange.message.clone(),
        context: case.exchange.context.clone(),
        keys: case.keys.to_vec(),
        text: None,
    };
    let mut run = Run {
        case,
        goal,
        policy: lenient(case.policy),
        tried: 0,
        cost: 0,
    };
    let found = run.search(&start);
    Search {
        goal,
        exhausted: found.is_none() && run.is_exhausted(),
        found,
        tried: run.tried,
    }
}

// Age and coverage are told apart by the verdict; here only the bytes count.
fn lenient(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    policy.required = Required::Listed(Vec::new());
    policy.window.max_age = None;
    policy.tag = None;
    policy.nonce = None;
    policy
}

/// A kind of change. Two changes of one kind are not combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Family {
    Key,
    Body,
    Place,
    Target,
    Field,
    Reading,
}

/// One change.
struct Mutation {
    family: Family,
    step: Step,
    change: Change,
}

/// What a mutation changes.
enum Change {
    Message(Box<Message>),
    Content(Vec<u8>),
    Context(Context),
    Keys(Vec<Key>),
    Scheme(Box<Scheme>),
    Text(TextEdit),
}

/// A way to write the signature base that is not the specification's.
type TextEdit = fn(&str) -> String;

impl Mutation {
    fn new(family: Family, cause: Cause, text: impl Into<String>, change: Change) -> Self {
        Self {
            family,
            step: Step {
                cause,
                text: text.into(),
            },
            change,
        }
    }
}

/// What is verified.
#[derive(Clone)]
struct State {
    scheme: Scheme,
    message: Message,
    context: Context,
    keys: Vec<Key>,
    text: Option<TextEdit>,
}

impl State {
    fn with(&self, change: Change) -> Self {
        let mut next = self.clone();
        match change {
            Change::Message(message) => next.message = *message,
            Change::Content(content) => next.message = next.message.with_content(content),
            Change::Context(context) => next.context = context,
            Change::Keys(keys) => next.keys = keys,
            Change::Scheme(scheme) => next.scheme = *scheme,
            Change::Text(edit) => next.text = Some(edit),
        }
        next
    }
}

struct Run<'a> {
    case: Case<'a>,
    goal: Goal,
    policy: Policy,
    tried: usize,
    cost: u64,
}

impl Run<'_> {
    fn search(&mut self, start: &State) -> Option<Vec<Step>> {
        let single = self.mutations(start);
        let mut states = Vec::with_capacity(single.len());
        for mutation in single {
            let next = start.with(mutation.change);
            if self.succeeds(&next)? {
                return Some(vec![mutation.step]);
            }
            states.push((mutation.family, mutation.step, next));
        }
        for (family, step, state) in states {
            for mutation in self.mutations(&state) {
                if mutation.family <= family {
                    continue;
                }
                if self.succeeds(&state.with(mutation.change))? {
                    return Some(vec![step, mutation.step]);
                }
            }
        }
        None
    }

    fn mutations(&self, state: &State) -> Vec<Mutation> {
        if self.goal == Goal::Body {
            return body::mutations(state);
        }
        let mut all = keys::mutations(state, self.case.alternatives);
        all.extend(body::mutations(state));
        all.extend(target::places(state));
        all.extend(target::targets(state));
        // Before the fields in general: they would name the same change less exactly.
        all.extend(webhooks::mutations(state));
        all.extend(fields::mutations(state, self.policy.label.as_deref()));
        all.extend(state.scheme.readings().into_iter().map(|reading| {
            let change = Change::Scheme(Box::new(reading.scheme));
            Mutation::new(Family::Reading, reading.cause, reading.text, change)
        }));
        match &state.scheme {
            Scheme::Rfc9421 => all.extend(base_text::mutations()),
            Scheme::Cavage => all.extend(cavage::mutations(state)),
            Scheme::Sigv4(_) => all.extend(sigv4::mutations(state)),
            Scheme::Webhook(_)
            | Scheme::Goog4(_)
            | Scheme::Tencent(_)
            | Scheme::Aliyun
            | Scheme::Azure => {}
        }
        all
    }

    /// None when a limit is reached.
    fn succeeds(&mut self, state: &State) -> Option<bool> {
        if self.is_exhausted() {
            return None;
        }
        self.tried += 1;
        self.cost += self.cost_of(state);
        let exchange = Exchange {
            message: &state.message,
            request: self.case.exchange.request,
            context: &state.context,
        };
        let (keys, policy) = (&state.keys, &self.policy);
        let edit = state.text.unwrap_or(str::to_owned);
        Some(match (&state.scheme, self.goal) {
            (Scheme::Rfc9421, Goal::Mac) => rfc9421::matches_text(exchange, keys, policy, edit),
            (Scheme::Cavage, Goal::Mac) => {
                cavage_scheme::matches_text(exchange, keys, policy, edit)
            }
            (scheme, goal) => {
                let verdicts = scheme.verify(exchange, keys, policy);
                verdicts.is_ok_and(|all| all.iter().any(|verdict| reached(verdict, goal)))
            }
        })
    }

    fn is_exhausted(&self) -> bool {
        self.tried >= MAX_TRIALS || self.cost >= MAX_COST
    }

    /// Signatures cost more than MACs, and bodies cost by their length where they are read.
    fn cost_of(&self, state: &State) -> u64 {
        let keys: u64 = state.keys.iter().map(key_cost).sum();
        let reads = match (&state.scheme, self.goal) {
            (Scheme::Rfc9421 | Scheme::Cavage, Goal::Mac) => false,
            (_, Goal::Mac | Goal::Body) => true,
        };
        let body = state.message.content_length() / BYTES_PER_UNIT;
        1 + keys + if reads { body } else { 0 }
    }
}

fn key_cost(key: &Key) -> u64 {
    match key.kind() {
        KeyKind::Secret => 0,
        // One verification takes nearly two milliseconds.
        KeyKind::Ec(Curve::P384) => 180,
        // No scheme signs with them: their verification is refused before it starts.
        KeyKind::Ec(Curve::P521 | Curve::Secp256k1) | KeyKind::X25519 => 1,
        KeyKind::Ec(Curve::P256) | KeyKind::Ed25519 | KeyKind::Rsa { .. } => 10,
    }
}

fn reached(verdict: &Verdict, goal: Goal) -> bool {
    match goal {
        Goal::Mac => matches!(verdict.mac, Mac::Valid { .. }),
        Goal::Body => {
            matches!(verdict.mac, Mac::Valid { .. })
                && match &verdict.body {
                    BodyBinding::Signed => true,
                    BodyBinding::Field(check) => check.protects(),
                    _ => false,
                }
        }
    }
}
