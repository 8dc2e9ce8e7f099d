//! What a reviewer is sent, and what comes back: one row an item, signed, the risky and the changed ones first.
//!
//! The row's key is an HMAC over what the row is about, as it stands in the file: a row that was edited, that belongs to
//! another campaign or reviewer, or that comes twice with two answers is refused by name. Dates are not part of it, since a
//! spreadsheet writes them in its own way.

mod csv;
mod html;
mod read;
mod served;
mod xlsx;

pub use self::csv::csv;
pub use html::{Head, html};
pub use read::{Sheet, Trouble, read};
pub use served::{Answers, answers, page, policy, rows_for};
pub use xlsx::xlsx;

use super::campaign::check::severity;
use super::campaign::desk::Desk;
use crate::kernel::crypto::{MacAlgorithm, MacKey, hex};
use crate::kernel::report::sanitize::csv_cell;

/// One row.
#[derive(Debug, Clone)]
pub struct Row {
    /// The item.
    pub item: i64,
    /// The stage.
    pub stage: i64,
    /// What the row is about, in the order of [`SIGNED`].
    pub signed: Vec<String>,
    /// What may help to decide, in the order of [`SHOWN`].
    pub shown: Vec<String>,
    /// The key.
    pub key: String,
    /// The answer so far, or the one suggested.
    pub decision: String,
    /// Its justification.
    pub justification: String,
    /// 0 without a finding.
    pub risk: i64,
    /// Whether it is new since the campaign before.
    pub changed: bool,
}

/// The columns that the key covers.
pub const SIGNED: [&str; 10] = [
    "item",
    "stage",
    "reviewer",
    "seen",
    "system",
    "account",
    "entitlement",
    "scope",
    "path",
    "person",
];

/// The columns that it does not cover.
pub const SHOWN: [&str; 8] = [
    "risk",
    "findings",
    "new",
    "how",
    "granted",
    "granted_by",
    "last_used",
    "expires",
];

/// The columns of a spreadsheet, in their order.
fn header() -> Vec<&'static str> {
    let (first, rest) = SHOWN.split_at(FIRST);
    let mut names = vec!["decision", "justification"];
    names.extend(first);
    names.extend(SIGNED);
    names.extend(rest);
    names.push("key");
    names
}

/// How many of [`SHOWN`] stand before what is signed.
const FIRST: usize = 3;

impl Row {
    /// The cells of a spreadsheet, in the order of its columns.
    fn cells(&self) -> Vec<&str> {
        let (first, rest) = self.shown.split_at(FIRST.min(self.shown.len()));
        let mut cells = vec![self.decision.as_str(), &self.justification];
        cells.extend(first.iter().map(String::as_str));
        cells.extend(self.signed.iter().map(String::as_str));
        cells.extend(rest.iter().map(String::as_str));
        cells.push(&self.key);
        cells
    }
}

/// What an unchanged row without a finding is suggested with.
pub const UNCHANGED: &str = "unchanged since the review before";

/// The rows of a reviewer in the stages that are open to them.
pub fn rows(desk: &Desk, row_key: &[u8], reviewer: i64) -> Vec<Row> {
    let key = MacKey::from_octets(MacAlgorithm::HmacSha256, row_key);
    let name = desk
        .person(reviewer)
        .map(|person| person.key().to_owned())
        .unwrap_or_default();
    let mut rows = Vec::new();
    for assigned in desk
        .assignments
        .iter()
        .filter(|assigned| assigned.reviewer == reviewer)
    {
        let (Some(item), Some(case)) = (desk.item(assigned.item), desk.case(assigned.item)) else {
            continue;
        };
        let latest = desk.latest(item.id, assigned.stage, reviewer);
        // A stage that is not reached is not asked; one that was answered may be answered anew.
        let reached = case.open == Some(assigned.stage) || latest.is_some();
        if !reached {
            continue;
        }
        let findings = desk.findings_of(item);
        let person = item
            .subject
            .map(|id| desk.person_label(id))
            .unwrap_or_default();
        let signed = vec![
            format!("i{}", item.id),
            format!("s{}", assigned.stage),
            name.clone(),
            latest.map_or_else(|| "d0".to_owned(), |latest| format!("d{}", latest.id)),
            item.system.clone(),
            item.account.clone(),
            format!("{} {}", item.kind.name(), item.entitlement),
            item.scope.clone(),
            item.path.clone(),
            person,
        ];
        let words: Vec<String> = findings
            .iter()
            .map(|f| format!("{}: {}", f.rule, f.text))
            .collect();
        let shown = vec![
            severity(item.risk)
                .map_or("", |severity| severity.name())
                .to_owned(),
            words.join("; "),
            if item.changed { "new" } else { "" }.to_owned(),
            item.how.name().to_owned(),
            item.granted.text(),
            item.granted_by.clone(),
            item.last_used.text(),
            item.expires.text(),
        ];
        let (decision, justification) = match latest {
            Some(latest) => (latest.answer.name(), latest.justification.as_str()),
            None if item.risk == 0 && !item.changed => ("accept", UNCHANGED),
            None => ("", ""),
        };
        rows.push(Row {
            item: item.id,
            stage: assigned.stage,
            key: sign(&key, &desk.id, &signed),
            signed,
            shown,
            decision: decision.to_owned(),
            justification: justification.to_owned(),
            risk: item.risk,
            changed: item.changed,
        });
    }
    rows.sort_by_key(|row| {
        (
            std::cmp::Reverse(row.risk),
            !row.changed,
            row.item,
            row.stage,
        )
    });
    rows
}

/// The key of a row: over the campaign and the signed cells as a guarded file holds them.
fn sign(key: &MacKey, campaign: &str, signed: &[String]) -> String {
    let mut message = Vec::new();
    for part in std::iter::once(campaign).chain(signed.iter().map(String::as_str)) {
        let cell = csv_cell(part);
        message.extend_from_slice(&(cell.len() as u64).to_be_bytes());
        message.extend_from_slice(cell.as_bytes());
    }
    let tag = key.sign(&message);
    format!("k{}", hex(tag.get(..16).unwrap_or_default()))
}
