//! The findings and the population as CSV that a spreadsheet opens without running any of it.

use std::io;

use super::{accounts_by_row, place};
use crate::kernel::finding::fingerprint::fingerprints;
use crate::kernel::report::csv::Writer;
use crate::review::Review;
use crate::review::model::{Account, Grant, Identity, Join};

/// One row per finding, the worst first.
///
/// # Errors
/// What writing to `out` yields.
pub fn findings_csv(review: &Review, out: &mut dyn io::Write) -> io::Result<()> {
    let header = [
        "severity",
        "confidence",
        "rule",
        "system",
        "account",
        "person",
        "what",
        "evidence",
        "what_to_do",
        "where",
        "fingerprint",
    ];
    let accounts = accounts_by_row(review);
    let findings = &review.assessment.findings;
    let mut writer = Writer::new(out, &header)?;
    for (finding, print) in findings.iter().zip(fingerprints(findings)) {
        let row = finding.primary.as_ref().map(|place| place.span.start);
        let account = row.and_then(|row| accounts.get(&row));
        let person = account.and_then(|account| review.population.person(&account.person));
        writer.row(&[
            finding.severity.name(),
            finding.confidence.name(),
            finding.rule.id,
            account.map_or("", |account| account.system.as_str()),
            account.map_or("", |account| account.name.as_str()),
            &person.map_or(String::new(), Identity::label),
            &finding.message,
            &finding.evidence.join("; "),
            &finding.help,
            &place(finding),
            &print,
        ])?;
    }
    writer.finish()
}

/// One row per grant: the whole population with whoever each account belongs to.
///
/// # Errors
/// What writing to `out` yields.
pub fn population_csv(review: &Review, out: &mut dyn io::Write) -> io::Result<()> {
    let header = [
        "system",
        "account",
        "kind",
        "enabled",
        "entitlement",
        "privileged",
        "mfa",
        "granted_at",
        "last_used",
        "key_created",
        "key_last_rotated",
        "owner",
        "person",
        "joined_by",
        "department",
        "title",
        "manager",
        "employment",
        "end_date",
        "where",
    ];
    let mut writer = Writer::new(out, &header)?;
    for account in &review.population.accounts {
        for grant in &account.grants {
            writer.row(&grant_cells(account, grant, review))?;
        }
    }
    writer.finish()
}

fn grant_cells(account: &Account, grant: &Grant, review: &Review) -> Vec<String> {
    let person = review.population.person(&account.person);
    let of_person = |field: fn(&Identity) -> String| person.map_or(String::new(), field);
    vec![
        account.system.clone(),
        account.name.clone(),
        grant.kind.name().to_owned(),
        grant.enabled.name().to_owned(),
        grant.entitlement.clone(),
        grant.privileged.name().to_owned(),
        grant.mfa.name().to_owned(),
        grant.granted.text(),
        grant.last_used.text(),
        grant.key_created.text(),
        grant.key_rotated.text(),
        grant.owner.clone().unwrap_or_default(),
        of_person(Identity::label),
        joined_by(&account.person),
        of_person(|person| person.department.clone()),
        of_person(|person| person.title.clone()),
        of_person(|person| person.manager.clone()),
        of_person(|person| person.status.name().to_owned()),
        of_person(|person| person.ended.text()),
        format!("{}:{}", grant.origin.source.name(), grant.origin.line),
    ]
}

/// What an account was joined by, or why it was not.
pub(super) fn joined_by(join: &Join) -> String {
    match join {
        Join::Person { by, .. } => (*by).to_owned(),
        Join::Nobody { why } => format!("nobody: {why}"),
        Join::Unclear { why } => format!("unclear: {why}"),
        Join::NotNamed => "nobody: the export names no one".to_owned(),
    }
}
