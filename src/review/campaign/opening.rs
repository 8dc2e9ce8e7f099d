//! The opening: expand, join, judge, assign, freeze.

use std::collections::HashMap;

use serde_json::json;

use super::assign::{Assigner, Assignments};
use super::check::{self, Assessment, Inputs, Previous};
use super::directory::{self, Directory};
use super::graph;
use super::policy::{Policy, PolicyError};
use super::progress;
use crate::kernel::time::Timestamp;
use crate::review::campaign::outcome::Outcome;
use crate::review::model::population::Population;
use crate::review::rules;
use crate::review::store::{ItemIn, Opening, Store, StoreError};

/// Why a campaign cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The nesting.
    #[error(transparent)]
    TooMany(#[from] graph::TooMany),
    /// There is no roster.
    #[error(
        "no HR roster was imported; without one nobody can be asked, and nobody kept from deciding on themselves"
    )]
    NoRoster,
    /// There is no access.
    #[error("no access was imported")]
    NoAccess,
    /// A fallback who is nobody.
    #[error("{0}")]
    Fallback(String),
}

/// What is about to be frozen.
#[derive(Debug)]
pub struct Prepared {
    /// Everyone and everything, expanded and joined.
    pub population: Population,
    /// What the rules say.
    pub assessment: Assessment,
    /// Who decides.
    pub assignments: Assignments,
    /// The worst finding of each grant, 0 for none.
    pub risks: Vec<u8>,
    /// Whether each grant is new since the campaign before.
    pub changed: Vec<bool>,
}

/// Prepares an opening.
///
/// # Errors
/// [`OpenError`].
pub fn prepare(
    mut population: Population,
    policy: &Policy,
    previous: Option<&Previous>,
    now: Timestamp,
) -> Result<Prepared, OpenError> {
    if population.people.is_empty() {
        return Err(OpenError::NoRoster);
    }
    if population.grants.is_empty() {
        return Err(OpenError::NoAccess);
    }
    let directory = Directory::new(&population.people, &policy.same_domains);
    directory::join(&mut population, &directory);
    graph::expand(&mut population)?;
    let inputs = Inputs {
        population: &population,
        policy,
        previous,
        now,
    };
    let assessment = check::assess(&inputs, rules::CAMPAIGN);
    let assigner =
        Assigner::new(&population, &directory, policy, now).map_err(OpenError::Fallback)?;
    let assignments = assigner.assign();
    let mut of_account: HashMap<u32, u8> = HashMap::new();
    let mut risks = vec![0; population.grants.len()];
    for finding in &assessment.findings {
        if let Some(account) = finding.account {
            let worst = of_account.entry(account).or_default();
            *worst = finding.severity.max(*worst);
        }
        if let Some(risk) = finding.item.and_then(|item| risks.get_mut(item as usize)) {
            *risk = finding.severity.max(*risk);
        }
    }
    for (risk, grant) in risks.iter_mut().zip(&population.grants) {
        *risk = of_account
            .get(&grant.account)
            .copied()
            .unwrap_or(0)
            .max(*risk);
    }
    // Only what a person accepted, and is as it was, is unchanged.
    let is_new = |grant| {
        previous.is_none_or(|previous| {
            let known = previous.grants.get(&check::identity(&population, grant));
            known != Some(&Some(check::state(&population, grant)))
        })
    };
    let changed = population.grants.iter().map(is_new).collect();
    Ok(Prepared {
        changed,
        risks,
        assignments,
        assessment,
        population,
    })
}

/// Freezes what was prepared.
///
/// # Errors
/// [`OpenError`].
pub fn freeze(
    store: &mut Store,
    prepared: &Prepared,
    policy: &Policy,
    (actor, now): (&str, Timestamp),
) -> Result<i64, OpenError> {
    let population = &prepared.population;
    let marks = prepared.risks.iter().zip(&prepared.changed);
    let mut items = population
        .grants
        .iter()
        .zip(marks)
        .map(|(grant, (risk, changed))| {
            let account = population.accounts.get(grant.account as usize);
            ItemIn {
                given: grant.given,
                account: grant.account,
                entitlement: grant.entitlement,
                path: (grant.path != 0).then(|| population.text(grant.path)),
                subject: account.and_then(|account| account.subject()),
                risk: *risk,
                changed: *changed,
            }
        });
    let mut assignments = prepared.assignments.all.iter().copied();
    let body = json!({
        "name": policy.name,
        "policy": policy.text,
        "policy_sha256": policy.sha256,
        "people": population.people.len(),
        "accounts": population.accounts.len(),
        "entitlements": population.entitlements.len(),
        "grants": population.grants.len(),
        "unassigned": prepared.assignments.nobody,
        "rules": prepared.assessment.tallies.iter().map(|tally| json!({
            "id": tally.rule.id,
            "fired": tally.fired,
            "passed": tally.passed,
            "not_evaluable": tally.not_evaluable,
        })).collect::<Vec<_>>(),
    });
    Ok(store.freeze(Opening {
        items: &mut items,
        assignments: &mut assignments,
        findings: &prepared.assessment.findings,
        gaps: &prepared.assessment.gaps,
        deadline: policy.deadline(now),
        actor,
        now,
        body,
    })?)
}

/// The policy that a campaign was opened with.
///
/// # Errors
/// [`OpenError`]; a campaign that is not open yet has none.
pub fn policy_of(store: &Store) -> Result<Policy, OpenError> {
    let state = store.state()?;
    let text = state.opened.get("policy").and_then(|text| text.as_str());
    match text {
        Some(text) => Ok(Policy::read(text)?),
        None => Err(StoreError::State {
            is: "not open yet",
            needs: "open it first",
        }
        .into()),
    }
}

/// What a campaign knew, for the next one, which is opened with the policy `next`.
///
/// # Errors
/// [`OpenError`].
pub fn previous(store: &Store, next: &Policy) -> Result<Previous, OpenError> {
    let policy = policy_of(store)?;
    let mut population = store.population()?;
    let directory = Directory::new(&population.people, &policy.same_domains);
    directory::join(&mut population, &directory);
    graph::expand(&mut population)?;
    let decisions = store.decisions()?;
    let cases = progress::cases(
        &policy,
        &store.assignments()?,
        &decisions,
        population.grants.len(),
    );
    let closed = store.state()?.name == "closed";
    let mut previous = Previous::default();
    for (grant, case) in population.grants.iter().zip(&cases) {
        let key = check::identity(&population, grant);
        let (outcome, by_person) = match closed {
            true => progress::settled(&policy, case),
            false => (case.outcome, case.open.is_none() && case.heard),
        };
        let accepted = by_person && outcome == Outcome::Accept;
        let state = accepted.then(|| check::state(&population, grant));
        previous.grants.insert(key, state);
        if outcome == Outcome::Revoke {
            previous.revoked.insert(key);
            previous.withdrawn.insert(check::access(&population, grant));
        }
    }
    if !next.cadence.is_empty() {
        let mut answered: HashMap<i64, i64> = HashMap::new();
        for decision in decisions.iter().filter(|decision| !decision.late) {
            answered.insert(decision.item, decision.at);
        }
        for (grant, (item, risk)) in population.grants.iter().zip(store.risks()?) {
            let at = answered.get(&item).copied().and_then(Timestamp::from_unix);
            let key = check::identity(&population, grant);
            previous.reviewed.insert(key, (at, risk));
        }
    }
    for person in &population.people {
        let job = (person.department.clone(), person.title.clone());
        for key in [&person.employee_id, &person.email].into_iter().flatten() {
            previous.people.insert(key.to_lowercase(), job.clone());
        }
    }
    Ok(previous)
}
