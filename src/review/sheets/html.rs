//! A reviewer's rows as one page that works without a network: answers leave it as a download.
//!
//! The page may run its own script and nothing else: its policy names the script and the style by their hashes. Every text
//! of an export reaches it as data, never as markup.

use serde_json::{Value, json};

use super::Row;
use crate::kernel::report::html::{json_data, scripted_page};
use crate::kernel::report::sanitize::html_escape;

const SCRIPT: &str = include_str!("page.js");
pub(super) const STYLE: &str = include_str!("page.css");

/// What stands above the rows.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The campaign's name.
    pub name: &'a str,
    /// Its id.
    pub campaign: &'a str,
    /// The reviewer in words.
    pub reviewer: &'a str,
    /// The deadline.
    pub deadline: &'a str,
    /// The file that the answers are saved as.
    pub file: &'a str,
}

/// The rows as data for a page.
pub(super) fn data(rows: &[Row]) -> Vec<Value> {
    let row = |row: &Row| {
        json!({
            "key": row.key, "signed": row.signed, "shown": row.shown,
            "decision": row.decision, "justification": row.justification, "risky": row.risk > 0,
        })
    };
    rows.iter().map(row).collect()
}

/// The page.
pub fn html(head: &Head, rows: &[Row]) -> String {
    let data = json!({ "campaign": head.campaign, "file": head.file, "rows": data(rows) });
    let (name, reviewer) = (html_escape(head.name), html_escape(head.reviewer));
    let deadline = html_escape(head.deadline);
    let body = format!(
        "<h1>{name}</h1><p>For {reviewer}. Answers are due by {deadline}. Choose for each row, say why where there are findings, \
         save, and send the file back.</p>\
         <p><input id=\"filter\" placeholder=\"filter\" aria-label=\"filter\"> <button id=\"save\">Save the answers</button> <span id=\"count\"></span></p>\
         <table><thead><tr><th>decision</th><th>justification</th><th>risk</th><th>new</th><th>person</th><th>account</th>\
         <th>access</th><th>path</th><th>findings</th><th>last used</th></tr></thead><tbody id=\"rows\"></tbody></table>\
         <script type=\"application/json\" id=\"data\">{}</script>",
        json_data(&data)
    );
    let title = format!("{}: {}", head.name, head.reviewer);
    scripted_page(&title, STYLE, SCRIPT, &body)
}
