//! Which identities may call a port: the question the other way round.

use super::decide::{Call, Origin, decide};
use super::{Answer, Verdict, selecting};
use crate::lint::model::Model;
use crate::lint::model::istio::{Action, Attribute, Matcher};
use crate::lint::model::kubernetes::Workload;

/// Who may call a port of a workload, by AuthorizationPolicy alone.
#[derive(Debug)]
pub struct Callers {
    /// What the policies say to plaintext.
    pub plaintext: Answer,
    /// What they say to a client of the mesh of which nothing is known.
    pub any_identity: Answer,
    /// Whom ALLOW rules name; empty where no ALLOW policy is enforced.
    pub named: Vec<Caller>,
}

/// Whom a rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Whom, in words: `principal cluster.local/ns/a/sa/b`, `namespace a`, `anyone`.
    pub who: String,
    /// What else is asked of the request, in words; empty for nothing.
    pub only_if: Vec<String>,
    /// The policy's index in the model.
    pub policy: usize,
    /// The rule's index.
    pub rule: usize,
    /// Whether a client without an identity is meant too.
    pub admits_plaintext: bool,
}

/// Finds the callers of a port.
pub fn callers<'a>(model: &Model<'a>, workload: &Workload<'a>, port: u16) -> Callers {
    let ask = |from: Origin<'_, 'a>| {
        decide(
            model,
            &Call {
                from,
                to: workload,
                port,
            },
        )
    };
    let mut named = Vec::new();
    for (policy_index, policy) in selecting(model, workload) {
        if policy.action != Action::Allow || policy.dry_run.is_some() {
            continue;
        }
        for (rule_index, rule) in policy.rules.iter().enumerate() {
            let empty = Vec::new();
            let clauses = rule.sources.as_ref().unwrap_or(&empty);
            let mut sources: Vec<Vec<&Matcher<'_>>> = clauses
                .iter()
                .map(|clause| clause.matchers.iter().collect())
                .collect();
            if rule.sources.is_none() {
                sources.push(Vec::new());
            }
            for source in sources {
                let identities = |matcher: &&&Matcher<'_>| matcher.attribute.is_identity();
                let conditions = rule.conditions.iter();
                let asked: Vec<&Matcher<'_>> = source.into_iter().chain(conditions).collect();
                let who: Vec<String> = asked
                    .iter()
                    .filter(identities)
                    .map(|one| words(one))
                    .collect();
                let positive = |matcher: &&Matcher<'_>| {
                    matcher.attribute.is_identity() && !matcher.values.is_empty()
                };
                let mut only_if: Vec<String> = asked
                    .iter()
                    .filter(|matcher| !matcher.attribute.is_identity())
                    .map(|matcher| words(matcher))
                    .collect();
                only_if.extend(operations(rule.operations.as_deref()));
                named.push(Caller {
                    who: if who.is_empty() {
                        "anyone".to_owned()
                    } else {
                        who.join(" and ")
                    },
                    only_if,
                    policy: policy_index,
                    rule: rule_index,
                    admits_plaintext: !asked.iter().any(positive),
                });
            }
        }
    }
    Callers {
        plaintext: ask(Origin::Plaintext),
        any_identity: ask(Origin::AnyIdentity),
        named,
    }
}

impl Callers {
    /// Whether plaintext gets past the policies, surely or perhaps.
    pub fn admits_plaintext(&self) -> bool {
        self.plaintext.verdict != Verdict::Denied
    }
}

/// The operations of a rule in words; one that asks for a port alone is the port's business.
fn operations(operations: Option<&[crate::lint::model::istio::Clause<'_>]>) -> Option<String> {
    let operations = operations?;
    let alternatives: Vec<String> = operations
        .iter()
        .map(|clause| {
            let fields: Vec<String> = clause.matchers.iter().map(words).collect();
            fields.join(" and ")
        })
        .collect();
    (!alternatives.is_empty()).then(|| alternatives.join(" or "))
}

/// A matcher in words: `namespace a or b`, `path not /admin`.
pub(crate) fn words(matcher: &Matcher<'_>) -> String {
    let name = match &matcher.attribute {
        Attribute::Principal => "principal",
        Attribute::Namespace => "namespace",
        Attribute::ServiceAccount => "service account",
        Attribute::TrustDomain => "trust domain",
        Attribute::SourceIp => "address",
        Attribute::RemoteIp => "original address",
        Attribute::RequestPrincipal => "token of",
        Attribute::Audience => "audience",
        Attribute::Presenter => "presenter",
        Attribute::Claim(_) => "claim",
        Attribute::Header(name) => name,
        Attribute::Host => "host",
        Attribute::Method => "method",
        Attribute::Path => "path",
        Attribute::Port => "port",
        Attribute::DestinationIp => "server address",
        Attribute::Sni => "server name",
        Attribute::EnvoyMetadata(key) => key,
    };
    let join = |values: &[crate::lint::model::istio::Text<'_>]| -> String {
        let values: Vec<&str> = values.iter().map(|value| value.text).collect();
        values.join(" or ")
    };
    let mut parts = Vec::new();
    if !matcher.values.is_empty() {
        parts.push(format!("{name} {}", join(&matcher.values)));
    }
    if !matcher.not_values.is_empty() {
        parts.push(format!("{name} not {}", join(&matcher.not_values)));
    }
    parts.join(" and ")
}
