//! The results as OSCAL assessment results 1.1.2 (JSON), for compliance tools.
//!
//! What a rule found is an observation, what a rule is evidence for is a finding about the objective of its control in
//! NIST SP 800-53r5. What could not be judged is not satisfied. Every UUID follows from what it names.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use serde_json::{Value, json};

use super::uuid::uuid;
use super::{Results, time};
use crate::kernel::report::sanitize::line;
use crate::review::campaign::check::severity;
use crate::review::evidence::controls_of;
use crate::review::rules;
use crate::review::store::FindingRow;

const VERSION: &str = "1.1.2";
/// The control about the review itself: accounts are reviewed (part j).
const REVIEWED: &str = "ac-2";

/// The document.
pub fn oscal(results: &Results, version: &str) -> Value {
    let id = |parts: &[&str]| named(results, parts);
    let fields = format!("{:?}", (&results.head, results.at.to_string()));
    let policy = id(&["policy"]);
    let people = parties(results);
    let mut metadata = json!({
        "title": string(&format!("Access review: {}", results.desk.policy.name)),
        "last-modified": results.at.to_string(),
        "version": format!("event-{}", results.head.0),
        "oscal-version": VERSION,
        "props": [
            { "name": "tool", "value": string(&format!("countersign {version}")) },
            { "name": "campaign", "value": string(&results.desk.id) },
            { "name": "head", "value": results.head.1 },
        ],
        "roles": [{ "id": "reviewer", "title": "Decides on access" }, { "id": "signatory", "title": "Answers for the review" }],
    });
    if !people.is_empty() {
        metadata["parties"] = people.into();
    }
    json!({
        "assessment-results": {
            "uuid": id(&["results", &fields]),
            "metadata": metadata,
            "import-ap": { "href": format!("#{policy}") },
            "results": [result(results)],
            "back-matter": { "resources": [{
                "uuid": policy,
                "title": "The policy that the review was opened with",
                "base64": {
                    "filename": "review.toml",
                    "media-type": "application/toml",
                    "value": base64::engine::general_purpose::STANDARD.encode(&results.desk.policy.text),
                },
            }] },
        }
    })
}

fn result(results: &Results) -> Value {
    let id = |parts: &[&str]| named(results, parts);
    let controls = controls();
    let controls = controls
        .keys()
        .map(|control| json!({ "control-id": control }));
    let mut observations = vec![conducted(results)];
    let numbered = (1_usize..).zip(&results.desk.findings);
    observations.extend(numbered.map(|(number, finding)| observation(results, number, finding)));
    observations.extend(results.gaps.iter().map(|gap| not_judged(results, gap)));
    let state = &results.desk.state;
    let mut result = json!({
        "uuid": id(&["result"]),
        "title": string(&results.desk.policy.name),
        "description": format!(
            "Who has access to what, and whether they should: {} items of {} systems, decided by their reviewers.",
            results.summary.items(),
            results.summary.systems.len()
        ),
        "start": time(state.opened_at),
        "reviewed-controls": { "control-selections": [{ "include-controls": controls.collect::<Vec<_>>() }] },
        "observations": observations,
        "findings": findings(results),
    });
    let users = users(results);
    if !users.is_empty() {
        result["local-definitions"] = json!({ "users": users });
    }
    let risks = risks(results);
    if !risks.is_empty() {
        result["risks"] = risks.into();
    }
    if let Some((at, _, body)) = &state.closed {
        result["end"] = time(Some(*at)).into();
        let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
        let who = text("acknowledged_by");
        result["attestations"] = json!([{
            "parts": [{
                "name": "acknowledgement",
                "title": string(&format!("Acknowledged by {who}")),
                "prose": string(text("statement")),
            }],
        }]);
    }
    result
}

/// The identifier of a part of the campaign.
fn named(results: &Results, parts: &[&str]) -> String {
    uuid(&[&[results.desk.id.as_str()], parts].concat())
}

/// A text as OSCAL has it: one line that is not empty, without blanks around it.
fn string(text: &str) -> String {
    match line(text).trim() {
        "" => "-".to_owned(),
        text => text.to_owned(),
    }
}

/// The rules that are evidence for each control.
fn controls() -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut controls: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    controls.entry(REVIEWED).or_default();
    for rule in rules::all() {
        for control in controls_of(rule.id) {
            controls.entry(control).or_default().push(rule.id);
        }
    }
    controls
}

fn parties(results: &Results) -> Vec<Value> {
    let reviewers = results.summary.reviewers.iter();
    let each = reviewers.map(|reviewer| {
        json!({
            "uuid": named(results, &["person", &reviewer.label]),
            "type": "person",
            "name": string(&reviewer.label),
        })
    });
    each.collect()
}

/// The account that a finding is about, if it is about one.
fn account(results: &Results, finding: &FindingRow) -> Option<String> {
    let item = finding.item.and_then(|id| results.desk.item(id));
    let of_item = item.map(|item| format!("{}/{}", item.system, item.account));
    of_item.or_else(|| (!finding.account.is_empty()).then(|| finding.account.clone()))
}

fn users(results: &Results) -> Vec<Value> {
    let found = results.desk.findings.iter();
    let accounts: BTreeSet<String> = found.filter_map(|each| account(results, each)).collect();
    let each = accounts.iter().map(|account| {
        json!({ "uuid": named(results, &["account", account]), "title": string(account) })
    });
    each.collect()
}

/// The review itself, as something that was examined.
fn conducted(results: &Results) -> Value {
    let outcomes = results.summary.outcomes();
    let outcomes: Vec<String> = outcomes
        .map(|(o, count)| format!("{count} {}", o.name()))
        .collect();
    json!({
        "uuid": named(results, &["conducted"]),
        "title": "Accounts and their access were reviewed",
        "description": format!(
            "{} items: {}; {} decided by the policy, since nobody did; {} with stages that contradict each other.",
            results.summary.items(),
            outcomes.join(", "),
            results.summary.by_policy,
            results.summary.conflicts
        ),
        "methods": ["EXAMINE"],
        "types": ["control-objective"],
        "collected": results.at.to_string(),
    })
}

fn observation(results: &Results, number: usize, finding: &FindingRow) -> Value {
    let title = rules::all().find(|rule| rule.id == finding.rule);
    let mut props = vec![json!({ "name": "rule", "value": string(&finding.rule) })];
    if let Some(severity) = severity(finding.severity) {
        props.push(json!({ "name": "severity", "value": severity.name() }));
    }
    let item = finding
        .item
        .and_then(|id| Some((id, results.desk.item(id)?)));
    if let Some((id, item)) = item {
        let access = format!("{} {}", item.kind.name(), item.entitlement);
        props.push(json!({ "name": "item", "value": format!("i{id}") }));
        props.push(json!({ "name": "access", "value": string(&access) }));
    }
    let mut observation = json!({
        "uuid": named(results, &["finding", &number.to_string()]),
        "title": title.map_or_else(|| string(&finding.rule), |rule| string(rule.title)),
        "description": string(&finding.text),
        "props": props,
        "methods": ["TEST"],
        "types": ["finding"],
        "collected": time(results.desk.state.opened_at),
    });
    if let Some(account) = account(results, finding) {
        let subject = named(results, &["account", &account]);
        observation["subjects"] =
            json!([{ "subject-uuid": subject, "type": "user", "title": string(&account) }]);
    }
    observation
}

fn not_judged(results: &Results, (rule, reason, subjects): &(String, String, i64)) -> Value {
    json!({
        "uuid": named(results, &["gap", rule, reason]),
        "title": string(&format!("{rule} could not be judged")),
        "description": string(&format!("{subjects} could not be judged: {reason}")),
        "props": [{ "name": "rule", "value": string(rule) }],
        "methods": ["TEST"],
        "types": ["not-evaluable"],
        "collected": time(results.desk.state.opened_at),
    })
}

fn risks(results: &Results) -> Vec<Value> {
    let status = match results.is_closed() {
        true => "remediating",
        false => "investigating",
    };
    let fired = results.summary.rules.iter();
    let each = fired.map(|(id, count, worst)| {
        let title = rules::all().find(|rule| rule.id == id);
        let title = title.map_or_else(|| string(id), |rule| string(rule.title));
        json!({
            "uuid": named(results, &["risk", id]),
            "title": title,
            "description": format!("{id} fired {count} times."),
            "statement": format!("{title}."),
            "props": worst.iter().map(|worst| json!({ "name": "severity", "value": worst.name() })).collect::<Vec<_>>(),
            "status": status,
        })
    });
    each.collect()
}

/// One finding for each control that a rule is evidence for.
fn findings(results: &Results) -> Vec<Value> {
    let mut observed: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (number, finding) in (1_usize..).zip(&results.desk.findings) {
        let id = named(results, &["finding", &number.to_string()]);
        observed.entry(&finding.rule).or_default().push(id);
    }
    let mut gaps: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (rule, reason, _) in &results.gaps {
        let id = named(results, &["gap", rule, reason]);
        gaps.entry(rule).or_default().push(id);
    }
    let all = controls().into_iter();
    all.map(|(control, rules)| {
        let of = |known: &BTreeMap<&str, Vec<String>>| -> Vec<String> {
            let found = rules.iter().filter_map(|rule| known.get(rule));
            found.flatten().cloned().collect()
        };
        let fired = rules.iter().filter(|rule| observed.contains_key(**rule));
        let risks = fired.map(|rule| named(results, &["risk", rule])).collect();
        let is_empty = is_unjudged(results, &rules);
        control_finding(
            results,
            (control, is_empty),
            [of(&observed), of(&gaps), risks],
        )
    })
    .collect()
}

/// Whether no subject of the rules was there: what nobody looked at is not met.
fn is_unjudged(results: &Results, of: &[&str]) -> bool {
    let tallies = results
        .desk
        .state
        .opened
        .get("rules")
        .and_then(Value::as_array);
    let tallies = tallies.into_iter().flatten().filter(|tally| {
        let id = tally.get("id").and_then(Value::as_str);
        id.is_some_and(|id| of.contains(&id))
    });
    let mut judged = tallies.map(|tally| {
        let count = |key: &str| tally.get(key).and_then(Value::as_u64).unwrap_or_default();
        count("fired") + count("passed") + count("not_evaluable")
    });
    // Rules about how reviewers decide have no subjects before they do.
    judged
        .next()
        .is_some_and(|first| first == 0 && judged.all(|one| one == 0))
}

fn control_finding(
    results: &Results,
    (control, is_unjudged): (&str, bool),
    of: [Vec<String>; 3],
) -> Value {
    let [observed, gaps, risks] = of;
    let summary = &results.summary;
    let unfinished = control == REVIEWED
        && (!results.is_closed() || summary.by_policy > 0 || summary.conflicts > 0);
    let (state, reason, remarks) = if !observed.is_empty() {
        (
            "not-satisfied",
            "fail",
            "Rules that are evidence for it fired.",
        )
    } else if unfinished {
        (
            "not-satisfied",
            "other",
            "The review is not complete: not closed, or some items were decided by nobody.",
        )
    } else if !gaps.is_empty() {
        (
            "not-satisfied",
            "other",
            "Some of it could not be judged, which is not the same as met.",
        )
    } else if is_unjudged {
        (
            "not-satisfied",
            "other",
            "Nothing was there that its rules judge, which is not the same as met.",
        )
    } else {
        (
            "satisfied",
            "pass",
            "Whether the control is met as a whole is for whoever assesses it.",
        )
    };
    let mut related: Vec<String> = [observed, gaps].concat();
    if control == REVIEWED {
        related.insert(0, named(results, &["conducted"]));
    }
    let mut finding = json!({
        "uuid": named(results, &["control", control]),
        "title": format!("{control} by access review"),
        "description": remarks,
        "target": {
            "type": "objective-id",
            "target-id": format!("{control}_obj"),
            "status": { "state": state, "reason": reason, "remarks": remarks },
        },
    });
    if !related.is_empty() {
        let each = related.iter().map(|id| json!({ "observation-uuid": id }));
        finding["related-observations"] = each.collect();
    }
    if !risks.is_empty() {
        let each = risks.iter().map(|id| json!({ "risk-uuid": id }));
        finding["related-risks"] = each.collect();
    }
    finding
}
