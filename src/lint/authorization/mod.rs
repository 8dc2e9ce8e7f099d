//! What AuthorizationPolicies make of a request: allowed, refused, or dependent on what is not known.
//!
//! [`evaluate`] judges one [`Request`] as one data plane does; facts of the request may be unknown. [`decide`] asks
//! the same for a call between workloads of the model, where nothing is known of a request but who sends it, and over
//! what: the answer holds for every request, or says on what it depends. [`callers`] turns the question round.
//!
//! Istio: `pilot/pkg/security/authz/{builder,model}`; ztunnel: `src/rbac.rs`. The modes of mTLS are not judged here:
//! whether plaintext reaches the policies at all is `transport`'s answer.

use std::collections::BTreeSet;

use super::model::Model;
use super::model::istio::{Action, AuthorizationPolicy, Rule};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::source::Span;

mod callers;
mod decide;
mod evaluate;
mod matching;
mod request;
mod scope;

pub(crate) use callers::words;
pub use callers::{Caller, Callers, callers};
pub use decide::{Call, Origin, attached, decide};
pub use evaluate::{Input, drops_in_ztunnel, evaluate, never_matches_in_ztunnel};
pub(crate) use matching::wildcard;
pub use request::{Fact, Identity, Jwt, Request, TrustDomains};
pub use scope::{Protocol, leads_to, plane, protocol, selecting, waypoint_of};

/// What enforces the policies, and therefore how they are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plane {
    /// Envoy on a port of HTTP: a sidecar, a waypoint or a gateway.
    Http,
    /// Envoy on a port that is not HTTP.
    Tcp,
    /// The node's proxy of ambient mode.
    Ztunnel,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is let in.
    Allowed,
    /// It is refused.
    Denied,
    /// It depends on what is not known.
    Depends,
}

/// What a policy did to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The rule admits it.
    Allows,
    /// The rule refuses it.
    Denies,
    /// The rule may match.
    MayAllow,
    /// The rule may match.
    MayDeny,
    /// An external authorizer is asked.
    Asks,
    /// The policy has ALLOW rules, none of which matches.
    DoesNotAllow,
}

/// A policy, and perhaps a rule of it, that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Because {
    /// The policy's index in [`Model::authorization_policies`].
    pub policy: usize,
    /// The rule's index.
    pub rule: Option<usize>,
    /// What it did.
    pub effect: Effect,
}

/// A verdict with its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The verdict.
    pub verdict: Verdict,
    /// What decided. Empty where no policy selects the server: everything is allowed.
    pub because: Vec<Because>,
    /// What is not known, in words.
    pub depends_on: BTreeSet<String>,
    /// Whether some policy selects the server at all.
    pub is_governed: bool,
}

impl Because {
    /// The policy.
    pub fn policy<'m, 'a>(&self, model: &'m Model<'a>) -> Option<&'m AuthorizationPolicy<'a>> {
        model.authorization_policies.get(self.policy)
    }

    /// The rule.
    pub fn rule<'m, 'a>(&self, model: &'m Model<'a>) -> Option<&'m Rule<'a>> {
        self.policy(model)?.rules.get(self.rule?)
    }

    /// Where to look: the rule, else the policy's name.
    pub fn span(&self, model: &Model<'_>) -> Option<Span> {
        let policy = self.policy(model)?;
        let rule = self.rule(model).map(|rule| rule.node.span);
        Some(
            rule.filter(|span| span.start < span.end)
                .unwrap_or(policy.resource.name_span),
        )
    }

    /// `AuthorizationPolicy a/b rule 1 allows it (file.yaml:12)`.
    pub fn sentence(&self, model: &Model<'_>) -> String {
        let Some(policy) = self.policy(model) else {
            return String::new();
        };
        let rule = self
            .rule
            .map_or_else(String::new, |rule| format!(", rule {}", rule + 1));
        let effect = match self.effect {
            Effect::Allows => "allows it",
            Effect::Denies => "refuses it",
            Effect::MayAllow => "allows some requests",
            Effect::MayDeny => "refuses some requests",
            Effect::Asks => "asks an external authorizer",
            Effect::DoesNotAllow => "has no rule that allows it",
        };
        let source = policy.resource.source();
        let line = self
            .span(model)
            .map_or(1, |span| source.position(span.start).line);
        format!(
            "{} {}{rule} {effect} ({}:{line})",
            policy.action.name(),
            policy.resource.subject(),
            source.name()
        )
    }
}

impl Answer {
    /// The answer where no policy says anything.
    fn ungoverned() -> Self {
        Self {
            verdict: Verdict::Allowed,
            because: Vec::new(),
            depends_on: BTreeSet::new(),
            is_governed: false,
        }
    }

    /// One answer of two that may hold, for want of knowing which: what both say, else that it depends on this.
    fn either(self, other: Self, unknown: &str) -> Self {
        if self.verdict == other.verdict && self.verdict != Verdict::Depends {
            return self;
        }
        let mut both = self;
        if both.verdict != other.verdict {
            both.depends_on.insert(unknown.to_owned());
        }
        both.verdict = Verdict::Depends;
        both.because.extend(other.because);
        both.because.arrange();
        both.because.dedup();
        both.depends_on.extend(other.depends_on);
        both
    }
}

/// Whether a data plane looks at policies of this action.
pub fn enforces(plane: Plane, action: Action) -> bool {
    match action {
        Action::Allow | Action::Deny => true,
        Action::Custom => plane != Plane::Ztunnel,
        Action::Audit => false,
    }
}

#[cfg(test)]
mod tests;
