//! The findings as OCSF 1.6.0 IAM Analysis Findings (class 2008), one line of JSON each, for security lakes.
//!
//! A finding is new until someone decided on what it is about, in progress once access is to go, suppressed where it
//! stays by decision, and resolved only when another import proved that it is gone.

use std::collections::HashMap;
use std::io;

use serde_json::{Value, json};

use super::Results;
use super::uuid::uuid;
use crate::kernel::finding::Severity;
use crate::kernel::report::sanitize::line;
use crate::review::campaign::check::severity;
use crate::review::campaign::outcome::Outcome;
use crate::review::campaign::progress::standing;
use crate::review::rules;
use crate::review::store::{FindingRow, Item};

const CLASS: u32 = 2008;
/// Items of an account that a finding about the account lists.
const ITEMS: usize = 100;

/// Writes a line for each finding.
///
/// # Errors
/// What writing to `out` yields.
pub fn ocsf(results: &Results, version: &str, out: &mut dyn io::Write) -> io::Result<()> {
    let mut accounts: HashMap<String, Vec<usize>> = HashMap::new();
    for (index, item) in results.desk.items.iter().enumerate() {
        let account = format!("{}/{}", item.system, item.account);
        accounts.entry(account).or_default().push(index);
    }
    for (number, finding) in (1_usize..).zip(&results.desk.findings) {
        let items: Vec<usize> = match finding.item {
            Some(id) => usize::try_from(id - 1).into_iter().collect(),
            None => accounts.get(&finding.account).cloned().unwrap_or_default(),
        };
        let event = event(results, (number, finding), &items, version);
        writeln!(out, "{event}")?;
    }
    Ok(())
}

fn event(
    results: &Results,
    (number, finding): (usize, &FindingRow),
    items: &[usize],
    version: &str,
) -> Value {
    let status = items.iter().map(|index| status(results, *index)).min();
    let (status_id, status) = status.unwrap_or((1, "New"));
    let (activity, activity_name) = match status_id {
        1 => (1, "Create"),
        2 => (2, "Update"),
        _ => (3, "Close"),
    };
    let severity = severity(finding.severity);
    let (severity_id, severity_name) = match severity {
        None => (0, "Unknown"),
        Some(Severity::Info) => (1, "Informational"),
        Some(Severity::Low) => (2, "Low"),
        Some(Severity::Medium) => (3, "Medium"),
        Some(Severity::High) => (4, "High"),
        Some(Severity::Critical) => (5, "Critical"),
    };
    let opened = results.desk.state.opened_at.unwrap_or_default() * 1000;
    let rule = rules::all().find(|rule| rule.id == finding.rule);
    let title = rule.map_or(finding.rule.as_str(), |rule| rule.title);
    let named: Vec<&Item> = items
        .iter()
        .filter_map(|index| results.desk.items.get(*index))
        .collect();
    let mut event = json!({
        "activity_id": activity,
        "activity_name": activity_name,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "IAM Analysis Finding",
        "type_uid": CLASS * 100 + activity,
        "severity_id": severity_id,
        "severity": severity_name,
        "status_id": status_id,
        "status": status,
        "time": opened,
        "message": line(&finding.text),
        "metadata": {
            "version": "1.6.0",
            "product": { "name": "countersign", "vendor_name": "countersign", "version": version },
            "log_name": line(&results.desk.policy.name),
            "uid": uuid(&[&results.desk.id, "event", &number.to_string(), &results.head.1]),
        },
        "finding_info": {
            "uid": uuid(&[&results.desk.id, "finding", &number.to_string()]),
            "title": title,
            "desc": line(&finding.text),
            "types": [finding.rule],
            "created_time": opened,
            "analytic": { "name": finding.rule, "type_id": 1, "type": "Rule" },
        },
    });
    let systems: Vec<&str> = match (named.first(), finding.account.split_once('/')) {
        (Some(item), _) => vec![&item.system],
        (None, Some((system, _))) => vec![system],
        // It is about the review as a whole, such as an export that is too old.
        (None, None) => results
            .summary
            .systems
            .iter()
            .map(|(name, _)| name.as_str())
            .collect(),
    };
    let systems = systems.iter().map(|name| json!({ "name": line(name) }));
    event["applications"] = systems.collect();
    if let Some(item) = named.first() {
        about(&mut event, results, item, &named);
    } else if let Some((_, account)) = finding.account.split_once('/') {
        event["user"] = json!({ "name": line(account) });
    }
    event
}

/// Whose access it is, to what, and when it was used last.
fn about(event: &mut Value, results: &Results, item: &Item, all: &[&Item]) {
    let mut user = json!({ "name": line(&item.account), "type_id": 0, "type": "Unknown" });
    if let Some(person) = item.subject.and_then(|id| results.desk.person(id)) {
        user["full_name"] = line(&person.label()).into();
        if let Some(address) = &person.email {
            user["email_addr"] = line(address).into();
        }
    }
    event["user"] = user;
    let access = |item: &&Item| format!("{} {}", item.kind.name(), line(&item.entitlement));
    let listed = all.iter().take(ITEMS);
    let permissions = listed.clone().map(|item| {
        let name = access(item);
        json!({ "policy": { "name": name }, "granted_privileges": [line(&item.entitlement)] })
    });
    event["permission_analysis_results"] = permissions.collect();
    let resources = listed.map(|item| {
        json!({ "name": access(item), "uid": format!("i{}", item.id), "type": item.kind.name() })
    });
    event["resources"] = resources.collect();
    let used = all.iter().filter_map(|item| item.last_used.time()).max();
    if let Some(used) = used {
        event["identity_activity_metrics"] = json!({ "last_seen_time": used.unix() * 1000 });
    }
}

/// The status of what concerns an item; the least settled comes first.
fn status(results: &Results, index: usize) -> (u8, &'static str) {
    let case = results.desk.cases.get(index);
    let Some(case) = case else {
        return (1, "New");
    };
    let (outcome, by) = standing(&results.desk.policy, case, results.is_closed());
    match outcome {
        Outcome::Revoke | Outcome::Reduce if results.proven.contains(&case.item) => (4, "Resolved"),
        // Silence keeps access; nobody looked at what was found.
        Outcome::Accept if by != "reviewers" => (1, "New"),
        Outcome::Accept => (3, "Suppressed"),
        Outcome::Revoke | Outcome::Reduce => (2, "In Progress"),
        Outcome::NotDecided | Outcome::NoResponse if case.heard => (2, "In Progress"),
        Outcome::NotDecided | Outcome::NoResponse => (1, "New"),
    }
}
