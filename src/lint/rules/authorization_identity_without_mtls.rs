//! An AuthorizationPolicy that plaintext walks around, for want of an identity.
//!
//! Under PERMISSIVE or DISABLE a plaintext client has no identity. A DENY that names identities then does not
//! match it, and an ALLOW that excludes identities (`notPrincipals`, …) does.

use crate::kernel::document::Node;
use crate::kernel::finding::{Confidence, Finding, Severity, page, self};
use crate::kernel::source::Span;
use crate::lint::affected;
use crate::lint::effective_mtls::{self, Effective, Verdict};
use crate::lint::injection::{Membership, Outside, membership};
use crate::lint::model::{Model, is_system_namespace};
use crate::lint::model::istio::{Action, Attribute, AuthorizationPolicy, Rule};
use crate::lint::transport::{self, OnPort};
use crate::lint::model::kubernetes::Workload;

pub(super) static RULE: finding::Rule = finding::Rule {
    id: "authorization-identity-without-mtls",
    title: "plaintext walks around an AuthorizationPolicy",
    severity: Severity::High,
    confidence: Confidence::High,
    page: page!("authorization_identity_without_mtls.md"),
};

const POSITIVE: [&str; 4] = ["principals", "namespaces", "serviceAccounts", "trustDomains"];
const NEGATIVE: [&str; 4] = ["notPrincipals", "notNamespaces", "notServiceAccounts", "notTrustDomains"];

pub(super) fn check(model: &Model<'_>, found: &mut Vec<Finding>) {
    for policy in &model.authorization_policies {
        if policy.dry_run.is_some() || !policy.targets.is_empty() {
            continue;
        }
        let worst = policy
            .rules
            .iter()
            .filter_map(|rule| {
                let place = evaded(policy.action, rule.node)?;
                Some((place, exposure(model, policy, rule)?))
            })
            .min_by_key(|(_, exposure)| exposure.verdict == Verdict::Depends);
        if let Some((place, exposure)) = worst {
            found.push(finding(policy, place, exposure));
        }
    }
}

/// Whom plaintext reaches past a policy.
struct Exposure {
    verdict: Verdict,
    who: String,
    affected: Vec<String>,
    evidence: Vec<String>,
    doubts: Vec<String>,
}

fn finding(
    policy: &AuthorizationPolicy<'_>,
    (field, span): (&str, Span),
    exposure: Exposure,
) -> Finding {
    let Exposure { verdict, who, affected, evidence, doubts } = exposure;
    let subject = policy.resource.subject();
    let way = match policy.action {
        Action::Deny => format!("does not refuse plaintext clients, which have no `{field}` to match"),
        _ => format!("lets plaintext clients in, whom `{field}` does not exclude"),
    };
    let by_mesh = doubts.is_empty() || doubts.iter().any(|doubt| doubt.contains("mesh-wide"));
    let message = if verdict == Verdict::Depends && !by_mesh {
        format!("{subject} {way}, unless mTLS is STRICT for {who}, which depends on {}", doubts.join("; "))
    } else if verdict == Verdict::Depends {
        format!("{subject} {way}, unless the mesh-wide policy, which is not in the input, is STRICT for {who}")
    } else {
        format!("{subject} {way}: mTLS is not strict for {who}")
    };
    let mut finding = Finding::new(&RULE, subject, message)
        .at(policy.resource.source(), span, "a plaintext client has no identity")
        .affecting(affected)
        .help(
            "make mTLS STRICT for these workloads, and prefer an ALLOW that names identities over a DENY that does",
        );
    for fact in evidence {
        finding = finding.because(fact);
    }
    if verdict == Verdict::Depends {
        finding.severity = Severity::Low;
        finding.confidence = Confidence::Low;
        finding.undecided = true;
    }
    finding
}

/// The identity field of a rule that plaintext evades.
fn evaded(action: Action, rule: &Node) -> Option<(&str, Span)> {
    let sources = rule.get("from").and_then(Node::as_sequence).unwrap_or_default();
    let sources = sources.iter().filter_map(|from| from.get("source"));
    let conditions = rule.get("when").and_then(Node::as_sequence).unwrap_or_default();
    let condition = |values: &str| {
        conditions
            .iter()
            .filter(|condition| is_identity(condition))
            .find(|condition| has_items(condition, values))
            .and_then(|condition| Some((condition.get("key")?.as_str()?, condition.span)))
    };
    match action {
        Action::Deny => sources
            .filter_map(|source| field(source, &POSITIVE))
            .next()
            .or_else(|| condition("values")),
        // Any positive identity in the same clause refuses plaintext already.
        Action::Allow if condition("values").is_none() => {
            let mut sources = sources.peekable();
            let no_sources = sources.peek().is_none();
            let mut open = sources.filter(|source| field(source, &POSITIVE).is_none()).peekable();
            if no_sources || open.peek().is_some() {
                open.find_map(|source| field(source, &NEGATIVE))
                    .or_else(|| condition("notValues"))
            } else {
                None
            }
        }
        _ => None,
    }
}

fn field<'a>(source: &'a Node, names: &[&str]) -> Option<(&'a str, Span)> {
    names
        .iter()
        .filter(|name| has_items(source, name))
        .find_map(|name| source.entry(name))
        .map(|entry| (entry.key.as_str(), entry.key_span.to(entry.value.span)))
}

fn has_items(node: &Node, key: &str) -> bool {
    node.get(key)
        .and_then(Node::as_sequence)
        .is_some_and(|items| !items.is_empty())
}

fn is_identity(condition: &Node) -> bool {
    matches!(
        condition.get("key").and_then(Node::as_str),
        Some("source.principal" | "source.namespace" | "source.serviceAccount" | "source.trustDomain")
    )
}

/// The ports that a rule is for; none for every port.
fn ports(rule: &Rule<'_>) -> Option<Vec<u16>> {
    let mut ports = Vec::new();
    for clause in rule.operations.as_ref()? {
        let mut matchers = clause.matchers.iter();
        let named = matchers.find(|one| one.attribute == Attribute::Port && !one.values.is_empty())?;
        ports.extend(named.values.iter().filter_map(|value| value.text.parse::<u16>().ok()));
    }
    Some(ports)
}

/// The worst that the policies make of the ports that a rule is for, and on what it depends.
fn mode_there(model: &Model<'_>, workload: &Workload<'_>, rule: &Rule<'_>) -> (Verdict, Vec<String>) {
    let asked: Vec<Option<u16>> = match ports(rule) {
        Some(ports) => ports.into_iter().map(Some).collect(),
        None => {
            let own = transport::ports(model, workload).into_iter().map(Some);
            own.chain([None]).collect()
        }
    };
    let judged = asked.into_iter().map(|port| transport::on_port(model, workload, port));
    let verdict = |judged: &OnPort| judged.modes.verdict();
    let rank = |judged: &OnPort| match verdict(judged) {
        Verdict::NotStrict => 0,
        Verdict::Depends => 1,
        Verdict::Strict => 2,
    };
    judged
        .min_by_key(rank)
        .map_or((Verdict::Strict, Vec::new()), |worst| (verdict(&worst), worst.doubts))
}

/// Whether plaintext reaches the workloads of the policy on the ports of a rule, which, and why; none where mTLS is
/// strict.
fn exposure(model: &Model<'_>, policy: &AuthorizationPolicy<'_>, rule: &Rule<'_>) -> Option<Exposure> {
    let targets = affected::by_authorization_policy(model, policy);
    if targets.is_empty() {
        let namespace = policy.resource.namespace;
        let effective = effective_mtls::of_namespace(model, namespace);
        let who = if namespace == model.options.root_namespace {
            "the mesh".to_owned()
        } else {
            format!("namespace `{namespace}`")
        };
        return match effective.verdict() {
            Verdict::Strict => None,
            verdict => Some(Exposure {
                verdict,
                who,
                affected: Vec::new(),
                evidence: effective.evidence(model),
                doubts: Vec::new(),
            }),
        };
    }
    let judged: Vec<_> = targets
        .into_iter()
        .map(|workload| (workload, effective_mtls::of_workload(model, workload)))
        .filter(|(workload, effective)| !is_reported_outside(model, workload, effective))
        .map(|(workload, effective)| (workload, effective, mode_there(model, workload, rule)))
        .collect();
    [Verdict::NotStrict, Verdict::Depends].into_iter().find_map(|verdict| {
        let open = judged.iter().filter(|(_, _, there)| there.0 == verdict);
        let open: Vec<_> = open.collect();
        let (_, first, there) = open.first()?;
        let workloads: Vec<_> = open.iter().map(|(workload, ..)| *workload).collect();
        Some(Exposure {
            verdict,
            who: affected::workloads(&workloads),
            affected: affected::members(&workloads),
            evidence: first.evidence(model),
            doubts: there.1.clone(),
        })
    })
}

/// Without a proxy nothing enforces the policy at all. Where another rule says so, this one has nothing to add.
fn is_reported_outside(model: &Model<'_>, workload: &Workload<'_>, effective: &Effective) -> bool {
    match membership(model, workload) {
        Membership::Outside(Outside::NamespaceUnlabelled) if effective.verdict() != Verdict::Strict => false,
        Membership::Outside(_) => !is_system_namespace(model, workload.resource.namespace),
        _ => false,
    }
}
