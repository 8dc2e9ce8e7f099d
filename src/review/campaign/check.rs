//! The risk rules applied to a frozen population: each subject fires, passes, is out of scope, or cannot be judged.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::policy::Policy;
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::sha256;
use crate::kernel::finding::{Rule, Severity};
use crate::kernel::time::Timestamp;
use crate::review::model::facts::count;
use crate::review::model::population::{Grant, Population};
use crate::review::store::{FindingIn, GapIn};

/// What the campaign before this one knew.
#[derive(Debug, Default)]
pub struct Previous {
    /// The grants it reviewed: of those that a person accepted, what they were accepted as; else nothing.
    pub grants: HashMap<u128, Option<u64>>,
    /// What was to go, however it came: account and entitlement.
    pub withdrawn: HashSet<u128>,
    /// Those of them that were to go.
    pub revoked: HashSet<u128>,
    /// When a person last answered on each in time, and its worst finding then; only where the policy has a cadence.
    pub reviewed: HashMap<u128, (Option<Timestamp>, u8)>,
    /// Department and title by employee id, and by address.
    pub people: HashMap<String, (String, String)>,
}

/// What rules judge by.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// Everyone and everything.
    pub population: &'a Population,
    /// The policy.
    pub policy: &'a Policy,
    /// The campaign before, if there was one.
    pub previous: Option<&'a Previous>,
    /// The present.
    pub now: Timestamp,
}

/// How often a rule came to each verdict.
#[derive(Debug, Clone)]
pub struct Tally {
    /// The rule.
    pub rule: &'static Rule,
    /// Subjects for which it fired.
    pub fired: usize,
    /// Subjects that passed.
    pub passed: usize,
    /// Subjects that it could not judge.
    pub not_evaluable: usize,
}

/// What a rule says.
#[derive(Debug)]
pub struct Out {
    rule: &'static Rule,
    found: Vec<FindingIn>,
    gaps: BTreeMap<String, usize>,
    fired: usize,
    passed: usize,
}

/// How a rule judges a population.
pub type Judge = fn(&Inputs, &mut Out);

impl Out {
    /// It fires for an account.
    pub fn account(&mut self, account: usize, severity: Severity, text: String) {
        self.push(Some(count(account)), None, severity, text);
    }

    /// It fires for a grant, by its index in the population.
    pub fn grant(&mut self, grant: usize, severity: Severity, text: String) {
        self.push(None, Some(count(grant)), severity, text);
    }

    /// It fires for something that is neither, such as a source.
    pub fn general(&mut self, severity: Severity, text: String) {
        self.push(None, None, severity, text);
    }

    /// A subject passes.
    pub fn passes(&mut self) {
        self.passed += 1;
    }

    /// A subject cannot be judged.
    pub fn gap(&mut self, reason: impl Into<String>) {
        self.gaps(reason, 1);
    }

    /// Several subjects cannot be judged for one reason.
    pub fn gaps(&mut self, reason: impl Into<String>, subjects: usize) {
        *self.gaps.entry(reason.into()).or_default() += subjects;
    }

    fn push(&mut self, account: Option<u32>, item: Option<u32>, severity: Severity, text: String) {
        self.fired += 1;
        self.found.push(FindingIn {
            rule: self.rule.id,
            severity: rank(severity),
            account,
            item,
            text,
            help: String::new(),
        });
    }
}

/// What all rules came to.
#[derive(Debug, Default)]
pub struct Assessment {
    /// What fired, in the rules' order.
    pub findings: Vec<FindingIn>,
    /// What could not be judged.
    pub gaps: Vec<GapIn>,
    /// The counts per rule.
    pub tallies: Vec<Tally>,
}

/// Applies rules, on several threads where there are any; what they say comes in the rules' order.
pub fn assess(inputs: &Inputs, rules: &[(&'static Rule, Judge)]) -> Assessment {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let work = || {
        let mut said = Vec::new();
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some((rule, judge)) = rules.get(place) else {
                return said;
            };
            let mut out = Out {
                rule,
                found: Vec::new(),
                gaps: BTreeMap::new(),
                fired: 0,
                passed: 0,
            };
            judge(inputs, &mut out);
            said.push((place, out));
        }
    };
    let mut said = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.min(rules.len()))
            .map(|_| scope.spawn(work))
            .collect();
        let mut said = work();
        for other in others {
            said.extend(
                other
                    .join()
                    .unwrap_or_else(|why| std::panic::resume_unwind(why)),
            );
        }
        said
    });
    said.arrange_by_key(|(place, _)| *place);
    let mut assessment = Assessment::default();
    for (_, out) in said {
        assessment.tallies.push(Tally {
            rule: out.rule,
            fired: out.fired,
            passed: out.passed,
            not_evaluable: out.gaps.values().sum(),
        });
        let gaps = out.gaps.into_iter();
        assessment.gaps.extend(gaps.map(|(reason, subjects)| GapIn {
            rule: out.rule.id,
            reason,
            subjects,
        }));
        assessment.findings.extend(out.found);
    }
    assessment
}

/// A severity as a number: 1 for the mildest; 0 is for no finding.
pub fn rank(severity: Severity) -> u8 {
    let at = Severity::ALL.iter().position(|each| *each == severity);
    u8::try_from(at.unwrap_or_default() + 1).unwrap_or(u8::MAX)
}

/// A severity from its number.
pub fn severity(rank: i64) -> Option<Severity> {
    let index = usize::try_from(rank - 1).ok()?;
    Severity::ALL.get(index).copied()
}

/// What a grant is called in policies: `system/kind/name`.
pub fn resource(population: &Population, grant: &Grant) -> String {
    population
        .entitlement(grant)
        .map_or(String::new(), |entitlement| {
            format!(
                "{}/{}/{}",
                entitlement.system,
                entitlement.kind.name(),
                entitlement.name
            )
        })
}

/// What makes a grant the same grant in another campaign: who, what, where and how it came.
pub fn identity(population: &Population, grant: &Grant) -> u128 {
    let account = population.accounts.get(grant.account as usize);
    let (system, name) = account.map_or(("", ""), |a| (a.system.as_str(), a.name.as_str()));
    let resource = resource(population, grant);
    let parts = [
        system,
        name,
        &resource,
        population.text(grant.scope),
        population.text(grant.path),
        grant.how.name(),
    ];
    key(&parts)
}

/// What somebody holds, however it came.
pub fn access(population: &Population, grant: &Grant) -> u128 {
    let account = population.accounts.get(grant.account as usize);
    let (system, name) = account.map_or(("", ""), |a| (a.system.as_str(), a.name.as_str()));
    key(&[system, name, &resource(population, grant)])
}

/// What a grant is accepted as: whose it is, in which job, how strong the account and the access are, since when.
pub fn state(population: &Population, grant: &Grant) -> u64 {
    let account = population.accounts.get(grant.account as usize);
    let person = account.and_then(|account| population.person(&account.person));
    let entitlement = population.entitlement(grant);
    let text = |text: Option<&str>| text.unwrap_or_default().to_lowercase();
    let parts = [
        text(person.map(|one| one.key())),
        text(person.map(|one| one.department.as_str())),
        text(person.map(|one| one.title.as_str())),
        text(entitlement.map(|one| one.privileged.name())),
        text(account.map(|one| one.enabled.name())),
        text(account.map(|one| one.mfa.name())),
        grant.granted.to_string(),
    ];
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let bytes = key(&parts).to_be_bytes();
    bytes
        .iter()
        .take(8)
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// The identity of a grant from its texts.
pub fn key(parts: &[&str]) -> u128 {
    let mut text = Vec::with_capacity(128);
    for part in parts {
        text.extend_from_slice(&(part.len() as u32).to_be_bytes());
        text.extend_from_slice(part.as_bytes());
    }
    let digest = sha256(&text);
    digest
        .iter()
        .take(16)
        .fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}
