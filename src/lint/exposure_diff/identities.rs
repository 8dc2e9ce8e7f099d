//! Identities of which the input shows no pod: what policies say to those that either state names, and to one that
//! nothing names. To a client of which nothing is known the answer is open in both states.

use std::collections::BTreeMap;

use crate::lint::authorization::{Call, Origin, Verdict, decide, plane, selecting};
use crate::lint::injection::{Membership, membership};
use crate::lint::model::Model;
use crate::lint::model::istio::{Attribute, AuthorizationPolicy};
use crate::lint::model::kubernetes::Workload;

/// A name that no trust domain, no namespace and no account has.
const NOBODY: &str = "-";

/// A workload in one of the states.
pub(super) type At<'m, 'a> = (&'m Model<'a>, &'m Workload<'a>);

/// Identities to ask about, each with its words.
pub(super) struct Named(BTreeMap<String, String>);

impl Named {
    /// Those that the policies of a workload name in either state; of workloads that both show others tell.
    pub(super) fn of(states: [At<'_, '_>; 2]) -> Self {
        let mut named = Self(BTreeMap::new());
        let [local, _] = states.map(|(model, _)| model.trust_domains().local().to_owned());
        named.add(&local, [NOBODY, NOBODY], "identities that no policy names");
        let mut domains = Vec::new();
        for (model, workload) in states {
            for policy in policies(model, workload) {
                named.add_policy(&local, policy, &mut domains);
            }
        }
        for (model, _) in states {
            domains.extend(model.trust_domains().names.into_iter().skip(1));
        }
        let pairs: Vec<String> = named.0.keys().cloned().collect();
        for domain in domains {
            let words = format!("identities of the trust domain {domain}");
            for pair in &pairs {
                if let Some((_, rest)) = pair.split_once('/') {
                    let entry = named.0.entry(format!("{domain}/{rest}"));
                    entry.or_insert_with(|| words.clone());
                }
            }
        }
        for workload in states.iter().flat_map(|(model, _)| &model.workloads) {
            let space = workload.resource.namespace;
            let own = format!("{local}/ns/{space}/sa/{}", workload.service_account);
            let _ = named.0.remove(&own);
        }
        named
    }

    fn add(&mut self, domain: &str, [space, account]: [&str; 2], words: &str) {
        let principal = format!("{domain}/ns/{space}/sa/{account}");
        self.0.entry(principal).or_insert_with(|| words.to_owned());
    }

    fn add_policy(
        &mut self,
        local: &str,
        policy: &AuthorizationPolicy<'_>,
        domains: &mut Vec<String>,
    ) {
        for matcher in policy.rules.iter().flat_map(|rule| rule.matchers()) {
            for value in matcher.values.iter().chain(&matcher.not_values) {
                let text = value.text;
                let some = text.replace('*', NOBODY);
                match matcher.attribute {
                    Attribute::Principal => {
                        let words = format!("the identity {text}");
                        self.0.entry(completed(text, local)).or_insert(words);
                    }
                    Attribute::Namespace => {
                        let words = format!("identities of namespace {text}");
                        self.add(local, [&some, NOBODY], &words);
                    }
                    Attribute::ServiceAccount => {
                        let own = policy.resource.namespace;
                        let (space, account) = some.split_once('/').unwrap_or((own, &some));
                        let words = format!("the service account {space}/{account}");
                        self.add(local, [space, account], &words);
                    }
                    Attribute::TrustDomain => domains.push(some),
                    _ => {}
                }
            }
        }
    }

    /// Whom the second state lets in, surely or perhaps, and the first did not, or not surely.
    pub(super) fn gained(&self, [before, after]: [At<'_, '_>; 2], port: u16) -> Vec<String> {
        let ask = |(model, to): At<'_, '_>, principal: &str| {
            let from = Origin::Principal(principal);
            rank(decide(model, &Call { from, to, port }).verdict)
        };
        let gains = |principal: &str| ask(after, principal) > ask(before, principal);
        let mut gained: Vec<String> = Vec::new();
        for (principal, words) in &self.0 {
            if !gained.contains(words) && gains(principal) {
                gained.push(words.clone());
            }
        }
        gained
    }
}

/// Whether every identity gets the same answer in both states.
pub(super) fn alike(states: [At<'_, '_>; 2], port: u16) -> bool {
    // What a waypoint adds is more than the policies of the workload.
    if states
        .iter()
        .any(|(model, workload)| membership(model, workload) == Membership::Ambient)
    {
        return false;
    }
    let [old, new] = states.map(|(model, workload)| {
        let policies: Vec<String> = policies(model, workload)
            .map(|policy| {
                let resource = &policy.resource;
                let spec = resource
                    .at(&["spec"])
                    .map(|spec| spec.to_json().to_string());
                format!(
                    "{} {} {:?}",
                    resource.namespace,
                    policy.dry_run.is_some(),
                    spec
                )
            })
            .collect();
        let domains = model.trust_domains();
        (policies, domains, plane(model, workload, port))
    });
    old == new
}

fn policies<'m, 'a>(
    model: &'m Model<'a>,
    workload: &Workload<'_>,
) -> impl Iterator<Item = &'m AuthorizationPolicy<'a>> {
    // Those of a waypoint are told apart by nothing that a workload bears.
    let targeted = model
        .authorization_policies
        .iter()
        .filter(|policy| !policy.targets.is_empty());
    let selecting = selecting(model, workload).into_iter();
    selecting.map(|(_, policy)| policy).chain(targeted)
}

pub(super) fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Denied => 0,
        Verdict::Depends => 1,
        Verdict::Allowed => 2,
    }
}

/// An identity that a pattern of principals means.
fn completed(pattern: &str, local: &str) -> String {
    let usual = [local, "ns", NOBODY, "sa", NOBODY];
    let filled = |written: &str, usual: &str| match (written, usual) {
        ("", usual) => usual.to_owned(),
        (_, "ns" | "sa") => usual.to_owned(),
        (written, _) => written.to_owned(),
    };
    if let Some(start) = pattern.strip_suffix('*') {
        let parts: Vec<&str> = start.split('/').collect();
        let rest = usual.iter().skip(parts.len()).copied();
        let last = parts.len().saturating_sub(1);
        let parts =
            parts
                .iter()
                .enumerate()
                .map(|(index, part)| match (index == last, usual.get(index)) {
                    (true, Some(usual)) => filled(part, usual),
                    _ => (*part).to_owned(),
                });
        let all: Vec<String> = parts.chain(rest.map(str::to_owned)).collect();
        return all.join("/");
    }
    let Some(end) = pattern.strip_prefix('*') else {
        return pattern.to_owned();
    };
    let parts = end.split('/').count();
    let start = usual.len().saturating_sub(parts);
    let before = usual.iter().take(start).copied();
    let mut all: Vec<String> = before.map(str::to_owned).collect();
    for (index, part) in end.split('/').enumerate() {
        all.push(match (index, usual.get(start)) {
            (0, Some(usual)) => filled(part, usual),
            _ => part.to_owned(),
        });
    }
    all.join("/")
}
