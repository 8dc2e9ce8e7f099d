//! A sheet that came back: CSV (from any spreadsheet), a workbook, or the JSON that the page leaves. Each row is believed or refused.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{SIGNED, sign, xlsx};
use crate::kernel::crypto::{MacAlgorithm, MacKey, equal};
use crate::kernel::document::Node;
use crate::kernel::source::Source;
use crate::review::campaign::desk::Desk;
use crate::review::connectors::cells;
use crate::review::error::ReviewError;
use crate::review::store::{Answer, Deciding};

/// A sheet that was read.
#[derive(Debug, Default)]
pub struct Sheet {
    /// What may be decided.
    pub decisions: Vec<Deciding>,
    /// Rows left without an answer.
    pub unanswered: usize,
    /// Rows that were refused.
    pub refused: Vec<Trouble>,
    /// All rows.
    pub rows: usize,
}

/// A row that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The line, or the number of the row.
    pub line: usize,
    /// What it says to be about.
    pub about: String,
    /// Why not.
    pub reason: String,
}

/// One row as it came back.
struct Returned {
    line: usize,
    key: String,
    signed: Vec<String>,
    decision: String,
    justification: String,
}

/// The longest justification, in characters.
const MAX_JUSTIFICATION: usize = 4_000;

/// Reads a sheet. `reviewer` is who says to have decided; rows of anyone else are refused.
///
/// # Errors
/// [`ReviewError`] where the file is no sheet.
pub fn read(
    source: &Arc<Source>,
    desk: &Desk,
    row_key: &[u8],
    reviewer: Option<i64>,
) -> Result<Sheet, ReviewError> {
    let returned = returned(source)?;
    let key = MacKey::from_octets(MacAlgorithm::HmacSha256, row_key);
    let mut sheet = Sheet {
        rows: returned.len(),
        ..Sheet::default()
    };
    let mut people: HashMap<&str, Vec<i64>> = HashMap::new();
    for (id, person) in (1_i64..).zip(&desk.people) {
        people.entry(person.key()).or_default().push(id);
    }
    let asked: Asked = desk
        .assignments
        .iter()
        .map(|asked| (asked.item, asked.stage, asked.reviewer))
        .collect();
    let mut seen: HashMap<(i64, i64, i64), (usize, usize)> = HashMap::new();
    let mut contradicted: Vec<(i64, i64, i64)> = Vec::new();
    for row in returned {
        let refuse = |reason: String| Trouble {
            line: row.line,
            about: format!("{}/{} {}", cell(&row, 4), cell(&row, 5), cell(&row, 6)),
            reason,
        };
        let expected = sign(&key, &desk.id, &row.signed);
        if !equal(expected.as_bytes(), row.key.as_bytes()) {
            sheet.refused.push(refuse(EDITED.to_owned()));
            continue;
        }
        match believed(&row, desk, (&people, &asked, reviewer)) {
            Err(reason) => sheet.refused.push(refuse(reason)),
            Ok(None) => sheet.unanswered += 1,
            Ok(Some(decision))
                if !asked.contains(&(decision.item, decision.stage, decision.reviewer)) =>
            {
                sheet
                    .refused
                    .push(refuse("it was passed on to somebody else".to_owned()));
            }
            Ok(Some(decision)) => {
                let id = (decision.item, decision.stage, decision.reviewer);
                let known = seen
                    .get(&id)
                    .and_then(|(at, line)| Some((sheet.decisions.get(*at)?, *line)));
                match known {
                    None => {
                        seen.insert(id, (sheet.decisions.len(), row.line));
                        sheet.decisions.push(decision);
                    }
                    Some((other, line)) if other.answer != decision.answer => {
                        sheet.refused.push(refuse(format!(
                            "line {line} answers it differently; neither is taken"
                        )));
                        contradicted.push(id);
                    }
                    Some(_) => {}
                }
            }
        }
    }
    sheet
        .decisions
        .retain(|d| !contradicted.contains(&(d.item, d.stage, d.reviewer)));
    Ok(sheet)
}

/// Whether a row is as it was written: its item, its stage and its reviewer.
pub(super) fn trusted(
    (key, signed): (&str, &[String]),
    desk: &Desk,
    row_key: &[u8],
) -> Result<(i64, i64, i64), String> {
    let mac = MacKey::from_octets(MacAlgorithm::HmacSha256, row_key);
    if !equal(sign(&mac, &desk.id, signed).as_bytes(), key.as_bytes()) {
        return Err(EDITED.to_owned());
    }
    let cell = |at: usize| signed.get(at).map_or("", String::as_str);
    let number = |at: usize, mark: char| cell(at).strip_prefix(mark)?.parse::<i64>().ok();
    let (Some(item), Some(stage)) = (number(0, 'i'), number(1, 's')) else {
        return Err("its ids are not as they were written".to_owned());
    };
    let own = desk
        .people
        .iter()
        .position(|person| person.key() == cell(2));
    let own = own.ok_or_else(|| format!("`{}` is nobody on the roster", cell(2)))?;
    Ok((item, stage, own as i64 + 1))
}

const EDITED: &str = "its key does not fit: it was edited, or belongs to another campaign";

/// Who is asked: item, stage, reviewer.
type Asked = HashSet<(i64, i64, i64)>;

fn believed(
    row: &Returned,
    desk: &Desk,
    (people, asked, reviewer): (&HashMap<&str, Vec<i64>>, &Asked, Option<i64>),
) -> Result<Option<Deciding>, String> {
    let number = |at: usize, mark: char| {
        cell(row, at)
            .strip_prefix(mark)
            .and_then(|n| n.parse::<i64>().ok())
    };
    let (Some(item), Some(stage), Some(seen)) = (number(0, 'i'), number(1, 's'), number(3, 'd'))
    else {
        return Err("its ids are not as they were written".to_owned());
    };
    let name = cell(row, 2);
    // Of several people of one address it is the one who is asked.
    let named = people.get(name).map(Vec::as_slice).unwrap_or_default();
    let is_asked = |id: &&i64| asked.contains(&(item, stage, **id));
    let is_acting = |id: &&i64| reviewer.is_none_or(|reviewer| reviewer == **id);
    let mut acting = named.iter().filter(is_acting);
    let found = acting.clone().find(is_asked).or_else(|| acting.next());
    let Some(own) = found.or(named.first()).copied() else {
        return Err(format!("`{name}` is nobody on the roster"));
    };
    if reviewer.is_some_and(|reviewer| reviewer != own) {
        return Err(format!("it was sent to `{name}`, who must decide on it"));
    }
    if row.decision.trim().is_empty() {
        return Ok(None);
    }
    let answer = Answer::parse(&row.decision);
    let answer = answer.ok_or_else(|| {
        format!(
            "`{}` is none of accept, revoke, reduce, not-decided",
            row.decision.trim()
        )
    })?;
    let risky = desk.item(item).is_some_and(|item| item.risk > 0);
    if risky && answer == Answer::Accept && row.justification.trim().is_empty() {
        return Err("it has findings: accepting it needs a justification".to_owned());
    }
    if row.justification.chars().count() > MAX_JUSTIFICATION {
        return Err(format!(
            "its justification is longer than {MAX_JUSTIFICATION} characters"
        ));
    }
    Ok(Some(Deciding {
        item,
        stage,
        reviewer: own,
        answer,
        justification: row.justification.trim().to_owned(),
        replaces: (seen > 0).then_some(seen),
    }))
}

fn cell(row: &Returned, at: usize) -> &str {
    row.signed.get(at).map_or("", String::as_str)
}

fn returned(source: &Arc<Source>) -> Result<Vec<Returned>, ReviewError> {
    let first = source
        .bytes()
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    if matches!(first, Some(b'[' | b'{')) {
        return from_json(source);
    }
    let mut names = vec!["decision", "justification", "key"];
    names.extend(SIGNED);
    let rows = match xlsx::is_workbook(source) {
        true => xlsx::cells(source, &names)?,
        false => cells(source, &names)?,
    };
    Ok(rows
        .into_iter()
        .map(|(line, mut cells)| {
            let signed = cells
                .split_off(3)
                .iter()
                .map(|cell| unguarded(cell))
                .collect();
            let mut taken = cells.into_iter();
            let mut next = || taken.next().unwrap_or_default();
            Returned {
                line,
                decision: next(),
                justification: unguarded(&next()),
                key: next(),
                signed,
            }
        })
        .collect())
}

/// The text of a cell that was guarded against being taken for a formula.
fn unguarded(cell: &str) -> String {
    let guarded = cell.strip_prefix('\'');
    let guarded = guarded.filter(|rest| rest.starts_with(['=', '+', '-', '@', '\t', '\r']));
    guarded.unwrap_or(cell).to_owned()
}

fn from_json(source: &Arc<Source>) -> Result<Vec<Returned>, ReviewError> {
    let wrong = |found: &str| ReviewError::OtherKind {
        source_name: source.name().to_owned(),
        expected: "a sheet that came back",
        found: found.to_owned(),
    };
    let document = crate::kernel::json::parse(source).map_err(|error| wrong(&error.to_string()))?;
    let rows = document.root.get("rows").and_then(Node::as_sequence);
    let rows = rows.ok_or_else(|| wrong("it has no `rows`"))?;
    let text = |node: &Node, name: &str| {
        node.get(name)
            .and_then(Node::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    Ok((1..)
        .zip(rows)
        .map(|(line, row)| Returned {
            line,
            decision: text(row, "decision"),
            justification: text(row, "justification"),
            key: text(row, "key"),
            signed: row
                .get("signed")
                .and_then(Node::as_sequence)
                .unwrap_or_default()
                .iter()
                .map(|cell| cell.as_str().unwrap_or_default().to_owned())
                .collect(),
        })
        .collect())
}
