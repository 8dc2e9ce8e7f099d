//! What a review came to, written for a terminal, a spreadsheet, a browser and a program.
//!
//! Every text from an export is made safe for where it is shown. The same review gives the same bytes.

mod json;
mod page;
mod spreadsheet;
mod terminal;

use std::collections::BTreeMap;

pub use json::{SCHEMA, json, schema};
pub use page::html;
pub use spreadsheet::{findings_csv, population_csv};
pub use terminal::table;
pub(super) use terminal::{cell, section};

use super::Review;
use super::model::{Account, Grant};
use super::risk::NotEvaluable;
use crate::kernel::finding::{Finding, Severity};

/// The accounts that a rule could not judge for one reason.
#[derive(Debug)]
struct Unjudged<'a> {
    rule: &'static str,
    reason: &'a str,
    subjects: Vec<&'a str>,
}

/// What could not be judged, by rule and reason.
fn unjudged(review: &Review) -> Vec<Unjudged<'_>> {
    let mut groups: BTreeMap<(&'static str, &str), Vec<&str>> = BTreeMap::new();
    for NotEvaluable {
        rule,
        subject,
        reason,
        ..
    } in &review.assessment.not_evaluable
    {
        groups.entry((rule.id, reason)).or_default().push(subject);
    }
    let groups = groups.into_iter();
    groups
        .map(|((rule, reason), subjects)| Unjudged {
            rule,
            reason,
            subjects,
        })
        .collect()
}

/// How many findings there are of each severity, the worst first; severities without one are left out.
fn severities(review: &Review) -> Vec<(Severity, usize)> {
    let count = |severity| {
        let findings = review.assessment.findings.iter();
        findings
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let all = Severity::ALL.into_iter().rev();
    all.map(|severity| (severity, count(severity)))
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// The account that a finding is about. Findings are shown at a row of the grants, and every row is one grant.
fn accounts_by_row(review: &Review) -> BTreeMap<u32, &Account> {
    let accounts = review.population.accounts.iter();
    let rows =
        accounts.flat_map(|account| account.grants.iter().map(move |grant| (account, grant)));
    rows.map(|(account, grant): (&Account, &Grant)| (grant.origin.span.start, account))
        .collect()
}

/// Where a finding is to be seen: file and line.
fn place(finding: &Finding) -> String {
    finding.primary.as_ref().map_or(String::new(), |place| {
        let line = place.source.position(place.span.start).line;
        format!("{}:{line}", place.source.name())
    })
}

/// The result in one line.
fn summary(review: &Review) -> String {
    let severities = severities(review);
    let total: usize = severities.iter().map(|(_, count)| count).sum();
    let parts = severities
        .iter()
        .map(|(severity, count)| format!("{count} {severity}"));
    let parts: Vec<String> = parts.collect();
    let findings = match total {
        0 => "no findings".to_owned(),
        1 => format!("1 finding: {}", parts.join(", ")),
        _ => format!("{total} findings: {}", parts.join(", ")),
    };
    let population = &review.population;
    format!(
        "{findings}; {} not evaluable; people {}, systems {}, accounts {}, grants {}",
        review.assessment.not_evaluable.len(),
        population.identities.len(),
        population.systems().len(),
        population.accounts.len(),
        population.grants(),
    )
}

#[cfg(test)]
mod tests;
