//! The page of `review serve`: the shell holds nothing, the rows come to whoever can show the session's secret, and answers go
//! back the same way, to the same checks as a sheet that comes back.

use std::sync::Arc;

use serde_json::{Value, json};

use super::html::{Head, STYLE, data};
use super::read::{Trouble, trusted};
use super::{Row, Sheet, read};
use crate::kernel::document::Node;
use crate::kernel::report::html::hash_source;
use crate::kernel::source::Source;
use crate::kernel::time::Timestamp;
use crate::review::campaign::desk::Desk;
use crate::review::campaign::eligible::Eligible;
use crate::review::campaign::reassign::{Wish, reassign};
use crate::review::error::ReviewError;
use crate::review::store::Reassigning;

const SCRIPT: &str = include_str!("served.js");

/// What the page may do (Content-Security-Policy): run its own script, and talk to the server it came from.
pub fn policy() -> String {
    format!(
        "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash_source(SCRIPT),
        hash_source(STYLE),
    )
}

/// The shell. It is the same for everybody.
pub fn page() -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Access review</title><style>{STYLE}</style></head><body>\
         <h1 id=\"name\">Access review</h1><p id=\"told\" role=\"status\"></p>\
         <p><input id=\"filter\" placeholder=\"filter\" aria-label=\"filter\"> <button id=\"save\" disabled>Save the answers</button> \
         <span id=\"count\"></span></p>\
         <table><thead><tr><th>decision</th><th>justification</th><th>risk</th><th>new</th><th>person</th><th>account</th>\
         <th>access</th><th>path</th><th>findings</th><th>last used</th></tr></thead><tbody id=\"rows\"></tbody></table>\
         <script>{SCRIPT}</script></body></html>\n"
    )
}

/// What the page shows to the reviewer.
pub fn rows_for(head: &Head, rows: &[Row]) -> Value {
    json!({
        "campaign": head.campaign,
        "name": head.name,
        "reviewer": head.reviewer,
        "deadline": head.deadline,
        "rows": data(rows),
    })
}

/// What came back.
#[derive(Debug)]
pub struct Answers {
    /// Decisions, and what was refused.
    pub sheet: Sheet,
    /// Items to be passed on.
    pub reassigned: Vec<Reassigning>,
}

/// Reads what the page sends: the rows of a sheet, and in `reassign` rows with `to` in the place of a decision.
///
/// # Errors
/// [`ReviewError`] where it is nothing of the kind.
pub fn answers(
    source: &Arc<Source>,
    desk: &Desk,
    (row_key, reviewer): (&[u8], i64),
    now: Timestamp,
) -> Result<Answers, ReviewError> {
    let mut sheet = read(source, desk, row_key, Some(reviewer))?;
    let document = crate::kernel::json::parse(source).map_err(|error| ReviewError::OtherKind {
        source_name: source.name().to_owned(),
        expected: "the answers of the page",
        found: error.to_string(),
    })?;
    let wishes = document.root.get("reassign").and_then(Node::as_sequence);
    let mut reassigned: Vec<Reassigning> = Vec::new();
    let mut eligible = Eligible::of(desk);
    for (wish, number) in wishes.unwrap_or_default().iter().zip(1..) {
        let passed =
            pass_on(wish, (desk, &mut eligible), (row_key, reviewer), now).and_then(|each| {
                let twice = reassigned
                    .iter()
                    .any(|known| (known.item, known.stage) == (each.item, each.stage));
                let decided = sheet
                    .decisions
                    .iter()
                    .any(|d| (d.item, d.stage) == (each.item, each.stage));
                match twice || decided {
                    true => Err("it is answered twice".to_owned()),
                    false => Ok(each),
                }
            });
        match passed {
            Ok(each) => reassigned.push(each),
            Err(reason) => sheet.refused.push(Trouble {
                line: number,
                about: about(wish),
                reason,
            }),
        }
    }
    sheet.rows += wishes.map_or(0, <[Node]>::len);
    Ok(Answers { sheet, reassigned })
}

fn text<'a>(node: &'a Node, name: &str) -> &'a str {
    node.get(name).and_then(Node::as_str).unwrap_or_default()
}

fn signed(wish: &Node) -> Vec<String> {
    let cells = wish.get("signed").and_then(Node::as_sequence);
    let cells = cells.unwrap_or_default().iter();
    cells
        .map(|cell| cell.as_str().unwrap_or_default().to_owned())
        .collect()
}

fn about(wish: &Node) -> String {
    let signed = signed(wish);
    let cell = |at: usize| signed.get(at).map_or("", String::as_str);
    format!("{}/{} {}", cell(4), cell(5), cell(6))
}

fn pass_on(
    wish: &Node,
    (desk, eligible): (&Desk, &mut Eligible<'_>),
    (row_key, reviewer): (&[u8], i64),
    now: Timestamp,
) -> Result<Reassigning, String> {
    let (item, stage, from) = trusted((text(wish, "key"), &signed(wish)), desk, row_key)?;
    if from != reviewer {
        return Err("it is somebody else's to decide".to_owned());
    }
    let wish = Wish {
        item,
        stage,
        from,
        to: text(wish, "to"),
        justification: text(wish, "justification"),
    };
    reassign(desk, eligible, &wish, now)
}
