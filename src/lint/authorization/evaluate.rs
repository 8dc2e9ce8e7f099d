//! One request against the policies that are for its server, in the order of the data plane.

use std::collections::BTreeSet;

use super::matching::{Context, Truth};
use super::request::{Fact, Request, TrustDomains};
use super::{Answer, Because, Effect, Plane, Verdict};
use crate::lint::model::istio::{Action, Attribute, AuthorizationPolicy, Clause, Matcher, Rule};

/// What [`evaluate`] judges.
#[derive(Debug, Clone, Copy)]
pub struct Input<'c> {
    /// The request.
    pub request: &'c Request<'c>,
    /// The trust domain of the mesh and its aliases.
    pub domains: &'c TrustDomains,
    /// What enforces the policies.
    pub plane: Plane,
    /// The names of the external authorizers, where the mesh's configuration is known.
    pub providers: Option<&'c [String]>,
}

/// Judges a request by policies, each with its index in the model.
///
/// Order (Istio): CUSTOM, DENY, ALLOW; AUDIT decides nothing. A policy on dry run decides nothing, except that a
/// CUSTOM one still asks its authorizer.
pub fn evaluate(input: &Input<'_>, policies: &[(usize, &AuthorizationPolicy<'_>)]) -> Answer {
    let mut judge = Judge {
        input,
        because: Vec::new(),
        depends_on: BTreeSet::new(),
    };
    let verdict = judge.verdict(policies);
    Answer {
        verdict,
        because: judge.because,
        depends_on: if verdict == Verdict::Depends {
            judge.depends_on
        } else {
            BTreeSet::new()
        },
        is_governed: !policies.is_empty(),
    }
}

struct Judge<'c> {
    input: &'c Input<'c>,
    because: Vec<Because>,
    depends_on: BTreeSet<String>,
}

type Policies<'p, 'a> = [(usize, &'p AuthorizationPolicy<'a>)];

impl Judge<'_> {
    fn verdict(&mut self, policies: &Policies<'_, '_>) -> Verdict {
        let custom = self.custom(policies);
        if custom == Verdict::Denied {
            return Verdict::Denied;
        }
        let denied = self.rules(policies, Action::Deny, [Effect::Denies, Effect::MayDeny]);
        if denied == Truth::Yes {
            self.because
                .retain(|because| because.effect == Effect::Denies);
            return Verdict::Denied;
        }
        let has_allow = policies
            .iter()
            .any(|(_, policy)| policy.action == Action::Allow && policy.dry_run.is_none());
        let allowed = if has_allow {
            self.rules(policies, Action::Allow, [Effect::Allows, Effect::MayAllow])
        } else {
            Truth::Yes
        };
        if allowed == Truth::No {
            self.because = policies
                .iter()
                .filter(|(_, policy)| policy.action == Action::Allow && policy.dry_run.is_none())
                .map(|(index, _)| Because {
                    policy: *index,
                    rule: None,
                    effect: Effect::DoesNotAllow,
                })
                .collect();
            return Verdict::Denied;
        }
        if allowed == Truth::Yes && denied == Truth::No && custom == Verdict::Allowed {
            Verdict::Allowed
        } else {
            Verdict::Depends
        }
    }

    /// Whether some rule of an action matches; those that do are remembered.
    fn rules(
        &mut self,
        policies: &Policies<'_, '_>,
        action: Action,
        [surely, perhaps]: [Effect; 2],
    ) -> Truth {
        let mut matched = Truth::No;
        for (index, policy) in policies {
            if policy.action != action || policy.dry_run.is_some() {
                continue;
            }
            for (number, rule) in policy.rules.iter().enumerate() {
                let truth = self.rule(policy, rule);
                let effect = match truth {
                    Truth::No => continue,
                    Truth::Maybe => perhaps,
                    Truth::Yes => surely,
                };
                self.because.push(Because {
                    policy: *index,
                    rule: Some(number),
                    effect,
                });
                matched = matched.or(truth);
            }
        }
        matched
    }

    /// An external authorizer decides. One that the mesh does not know means refusal.
    fn custom(&mut self, policies: &Policies<'_, '_>) -> Verdict {
        if self.input.plane == Plane::Ztunnel {
            return Verdict::Allowed;
        }
        let custom = |policy: &AuthorizationPolicy<'_>| policy.action == Action::Custom;
        let names: BTreeSet<&str> = policies
            .iter()
            .filter(|(_, policy)| custom(policy))
            .filter_map(|(_, policy)| policy.provider.map(|name| name.text))
            .collect();
        let known = self.input.providers;
        let is_unknown = |policy: &AuthorizationPolicy<'_>| {
            let name = policy.provider.map(|name| name.text);
            known.is_some_and(|known| name.is_some_and(|name| !known.iter().any(|one| one == name)))
        };
        // Istio refuses where several are asked, unless a feature of the control plane lets each have its word.
        let several = names.len() > 1;
        let mut matched = Truth::No;
        let mut refused = Truth::No;
        for (index, policy) in policies.iter().filter(|(_, policy)| custom(policy)) {
            let is_unknown = is_unknown(policy);
            for (number, rule) in policy.rules.iter().enumerate() {
                let truth = self.rule(policy, rule);
                let effect = match truth {
                    Truth::No => continue,
                    _ if !is_unknown => Effect::Asks,
                    Truth::Maybe => Effect::MayDeny,
                    Truth::Yes => Effect::Denies,
                };
                matched = matched.or(truth);
                if is_unknown {
                    refused = refused.or(truth);
                }
                self.because.push(Because {
                    policy: *index,
                    rule: Some(number),
                    effect,
                });
            }
        }
        match matched {
            Truth::No => Verdict::Allowed,
            // An unknown one refuses what its own policies ask about.
            Truth::Yes if refused == Truth::Yes && !several => Verdict::Denied,
            Truth::Maybe | Truth::Yes => {
                if several {
                    let feature = "whether the mesh supports several external authorizers";
                    self.depends_on.insert(feature.to_owned());
                }
                for name in names {
                    self.depends_on
                        .insert(format!("what the external authorizer `{name}` says"));
                }
                Verdict::Depends
            }
        }
    }

    fn rule(&mut self, policy: &AuthorizationPolicy<'_>, rule: &Rule<'_>) -> Truth {
        let context = Context {
            request: self.input.request,
            domains: self.input.domains,
            namespace: policy.resource.namespace,
            plane: self.input.plane,
        };
        let truth = match self.input.plane {
            Plane::Http => whole_rule(&context, rule, |_| true),
            Plane::Tcp => tcp_rule(&context, policy.action, rule),
            Plane::Ztunnel => ztunnel_rule(&context, policy.action, rule),
        };
        if truth == Truth::Maybe {
            for matcher in rule.matchers() {
                if context.matches(matcher) == Truth::Maybe {
                    self.depends_on.insert(unknown(&context, matcher));
                }
            }
        }
        truth
    }
}

/// What is not known, where a matcher may match.
fn unknown(context: &Context<'_>, matcher: &Matcher<'_>) -> String {
    let is_named = matches!(context.request.identity, Fact::Known(_));
    if matcher.attribute.is_identity() && is_named {
        "the name of the mesh's trust domain".to_owned()
    } else {
        matcher.attribute.words().to_owned()
    }
}

/// The rule, with only the fields that count.
fn whole_rule(context: &Context<'_>, rule: &Rule<'_>, counts: fn(&Attribute<'_>) -> bool) -> Truth {
    let all = |matchers: &[Matcher<'_>]| {
        let matchers = matchers.iter().filter(|matcher| counts(&matcher.attribute));
        matchers.fold(Truth::Yes, |so_far, matcher| {
            so_far.and(context.matches(matcher))
        })
    };
    let any = |clauses: &Option<Vec<Clause<'_>>>| match clauses {
        None => Truth::Yes,
        Some(clauses) => clauses
            .iter()
            .fold(Truth::No, |so_far, clause| so_far.or(all(&clause.matchers))),
    };
    any(&rule.sources)
        .and(any(&rule.operations))
        .and(all(&rule.conditions))
}

/// Envoy without HTTP: an ALLOW rule with any field of HTTP is dropped whole, which refuses; every other action ignores
/// the field, which refuses, logs or asks more.
fn tcp_rule(context: &Context<'_>, action: Action, rule: &Rule<'_>) -> Truth {
    let has_http = rule.matchers().any(|matcher| matcher.attribute.is_http());
    match action {
        Action::Allow if has_http => Truth::No,
        _ => whole_rule(context, rule, |attribute| !attribute.is_http()),
    }
}

/// Whether ztunnel knows a field of a source or an operation.
pub(super) fn ztunnel_knows_field(attribute: &Attribute<'_>) -> bool {
    matches!(
        attribute,
        Attribute::Principal
            | Attribute::Namespace
            | Attribute::ServiceAccount
            | Attribute::SourceIp
            | Attribute::Port
    )
}

/// Whether ztunnel knows the key of a condition.
pub(super) fn ztunnel_knows_key(attribute: &Attribute<'_>) -> bool {
    matches!(
        attribute,
        Attribute::Principal
            | Attribute::Namespace
            | Attribute::SourceIp
            | Attribute::DestinationIp
            | Attribute::Port
    )
}

/// ztunnel: a field it does not know drops an ALLOW rule whole. In a DENY the field is stripped, and a clause of which
/// nothing is left never matches: the rule does nothing. `trustDomains` is lost without a word in both.
fn ztunnel_rule(context: &Context<'_>, action: Action, rule: &Rule<'_>) -> Truth {
    let mut fields = rule.sources.iter().chain(&rule.operations).flatten();
    let drops = fields.any(|clause| {
        clause.matchers.iter().any(|matcher| {
            matcher.attribute != Attribute::TrustDomain && !ztunnel_knows_field(&matcher.attribute)
        })
    }) || rule
        .conditions
        .iter()
        .any(|matcher| !ztunnel_knows_key(&matcher.attribute));
    if drops && action == Action::Allow {
        return Truth::No;
    }
    let clause = |clause: &Clause<'_>| {
        let mut left = clause
            .matchers
            .iter()
            .filter(|matcher| ztunnel_knows_field(&matcher.attribute))
            .peekable();
        // Nothing left: an empty match, which is skipped.
        if left.peek().is_none() {
            return Truth::No;
        }
        left.fold(Truth::Yes, |so_far, matcher| {
            so_far.and(context.matches(matcher))
        })
    };
    let any = |clauses: &Option<Vec<Clause<'_>>>| match clauses {
        None => Truth::Yes,
        Some(clauses) => clauses
            .iter()
            .fold(Truth::No, |so_far, one| so_far.or(clause(one))),
    };
    let conditions = rule.conditions.iter().fold(Truth::Yes, |so_far, matcher| {
        so_far.and(if ztunnel_knows_key(&matcher.attribute) {
            context.matches(matcher)
        } else {
            Truth::No
        })
    });
    any(&rule.sources)
        .and(any(&rule.operations))
        .and(conditions)
}

/// The field because of which ztunnel drops an ALLOW rule; none where it keeps it.
pub fn drops_in_ztunnel<'r, 'a>(rule: &'r Rule<'a>) -> Option<&'r Matcher<'a>> {
    let fields = rule.sources.iter().chain(&rule.operations).flatten();
    let mut fields = fields.flat_map(|clause| &clause.matchers);
    let unknown = fields.find(|matcher| {
        matcher.attribute != Attribute::TrustDomain && !ztunnel_knows_field(&matcher.attribute)
    });
    let mut keys = rule.conditions.iter();
    unknown.or_else(|| keys.find(|matcher| !ztunnel_knows_key(&matcher.attribute)))
}

/// The field because of which a DENY rule never matches in ztunnel: one of a clause of which nothing is left.
pub fn never_matches_in_ztunnel<'r, 'a>(rule: &'r Rule<'a>) -> Option<&'r Matcher<'a>> {
    let is_lost = |clause: &&Clause<'a>| {
        let mut matchers = clause.matchers.iter();
        !matchers.any(|matcher| ztunnel_knows_field(&matcher.attribute))
    };
    let groups = [rule.sources.as_ref(), rule.operations.as_ref()];
    let lost = groups
        .into_iter()
        .flatten()
        .find(|clauses| clauses.iter().all(|clause| is_lost(&clause)));
    let first = lost.and_then(|clauses| clauses.first()?.matchers.first());
    let mut keys = rule.conditions.iter();
    first.or_else(|| keys.find(|matcher| !ztunnel_knows_key(&matcher.attribute)))
}
