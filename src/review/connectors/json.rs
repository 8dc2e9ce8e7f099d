//! A JSON export as records: one array, an object that holds one, a single object, or one object a line (NDJSON).

use std::collections::HashMap;
use std::sync::Arc;

use super::table::{sheet_of, text};
use super::value::{self, Reading};
use crate::kernel::document::Node;
use crate::kernel::json::{self, JsonProblem};
use crate::kernel::source::{Source, Span};
use crate::review::error::ReviewError;
use crate::review::model::facts::count;
use crate::review::model::{Truth, When};
use crate::review::sheet::{Problem, SourceSheet};

/// The most records of an export.
const MAX_RECORDS: usize = 5_000_000;

/// An export that was read.
#[derive(Debug)]
pub(super) struct Export {
    /// What became of the records.
    pub(super) sheet: SourceSheet,
    /// The whole document, where it is one.
    pub(super) root: Option<Node>,
    /// The records with their numbers, from 1.
    pub(super) records: Vec<(u32, Node)>,
    seen: HashMap<String, (u32, String)>,
}

impl Export {
    /// Reads an export; `lists` are the names under which an object holds the records.
    pub(super) fn read(
        source: &Arc<Source>,
        role: &'static str,
        lists: &[&str],
    ) -> Result<Self, ReviewError> {
        let whole = text(source)?;
        let whole = whole.strip_prefix('\u{feff}').unwrap_or(whole);
        if whole.trim().is_empty() {
            return Err(ReviewError::Empty(source.name().to_owned()));
        }
        let mut export = Self {
            sheet: sheet_of(source, role, "JSON"),
            root: None,
            records: Vec::new(),
            seen: HashMap::new(),
        };
        match json::parse_text(whole) {
            Ok((root, duplicates)) => {
                if let Some(duplicate) = duplicates.first() {
                    return Err(wrong(
                        source,
                        duplicate.second,
                        format!("the key `{}` occurs twice", duplicate.key),
                    ));
                }
                export.take_document(root, lists);
            }
            Err(error) if is_lines(whole, &error.problem) => export.take_lines(source, whole)?,
            Err(error) => {
                let cut = match error.problem {
                    JsonProblem::UnexpectedEnd => "; the export was cut off",
                    _ => "",
                };
                let at = Span::new(error.offset, error.offset);
                return Err(wrong(source, at, format!("{}{cut}", error.problem)));
            }
        }
        export.sheet.read += export.records.len();
        Ok(export)
    }

    fn take_document(&mut self, root: Node, lists: &[&str]) {
        let list = match root.as_sequence() {
            Some(list) => Some(list.to_vec()),
            None => lists
                .iter()
                .find_map(|name| root.get(name)?.as_sequence())
                .map(<[Node]>::to_vec),
        };
        match list {
            Some(list) => self.records = (1..).zip(list).collect(),
            None => self.records.push((1, root.clone())),
        }
        // Pages that were not fetched would make a smaller population in silence.
        for name in ["@odata.nextLink", "nextPageToken", "next_page", "next"] {
            if root
                .get(name)
                .is_some_and(|next| next.as_str().is_some_and(|s| !s.is_empty()))
            {
                self.doubt(
                    1,
                    name,
                    "there are further pages that are not in this file".to_owned(),
                );
            }
        }
        self.root = Some(root);
    }

    fn take_lines(&mut self, source: &Source, whole: &str) -> Result<(), ReviewError> {
        for (line, row) in whole.lines().zip(1_u32..) {
            if line.trim().is_empty() {
                continue;
            }
            if self.records.len() >= MAX_RECORDS {
                return Err(ReviewError::TooMany {
                    source_name: source.name().to_owned(),
                    limit: MAX_RECORDS,
                    what: "records",
                });
            }
            match record(line) {
                Ok(node) => self.records.push((row, node)),
                Err(why) => {
                    self.sheet.read += 1;
                    self.reject(row, why);
                }
            }
        }
        Ok(())
    }

    /// Takes the records away, to go through them.
    pub(super) fn take(&mut self) -> Vec<(u32, Node)> {
        std::mem::take(&mut self.records)
    }

    /// Counts a record as used.
    pub(super) fn keep(&mut self) {
        self.sheet.kept += 1;
    }

    /// Counts a record as not used.
    pub(super) fn reject(&mut self, row: u32, reason: String) {
        self.sheet.reject(row as usize, reason);
    }

    /// Says that something could not be read or is suspect, though its record is kept.
    pub(super) fn doubt(&mut self, row: u32, field: &str, reason: String) {
        self.sheet.problems.push(Problem {
            line: row as usize,
            column: Some(field.to_owned()),
            reason,
            rejected: false,
        });
    }

    /// Whether a record is the first with its id. The same record again is a repetition; another with the same id is
    /// rejected.
    pub(super) fn is_first(&mut self, id: &str, row: u32, record: &Node) -> bool {
        let text = record.to_json().to_string();
        match self.seen.get(id) {
            None => {
                self.seen.insert(id.to_owned(), (row, text));
                true
            }
            Some((_, known)) if *known == text => {
                self.sheet.duplicates += 1;
                false
            }
            Some((first, _)) => {
                let first = *first;
                self.reject(
                    row,
                    format!("its id `{id}` is that of record {first}, which differs"),
                );
                false
            }
        }
    }

    /// A time; what is none is reported and not guessed.
    pub(super) fn when(&mut self, record: &Node, path: &[&str], row: u32) -> When {
        let Some(node) = record.at(path).filter(|node| !node.is_null()) else {
            return When::Empty;
        };
        let Some(text) = node.as_str() else {
            self.doubt(
                row,
                &path.join("."),
                "not a text that holds a time".to_owned(),
            );
            return When::Unreadable;
        };
        match value::stamp(text) {
            Reading::Read(when) => when,
            Reading::Unreadable(why) => {
                self.doubt(row, &path.join("."), why);
                When::Unreadable
            }
        }
    }
}

/// A text, or a number as a text; nothing where it is empty or null.
pub(super) fn filled(record: &Node, path: &[&str]) -> Option<String> {
    let node = record.at(path)?;
    let text = match node.as_str() {
        Some(text) => text.trim().to_owned(),
        None => node.as_number()?.text.clone(),
    };
    (!text.is_empty()).then_some(text)
}

/// The first of several texts.
pub(super) fn first(record: &Node, paths: &[&[&str]]) -> Option<String> {
    paths.iter().find_map(|path| filled(record, path))
}

/// Yes or no, where it is said.
pub(super) fn truth(record: &Node, path: &[&str]) -> Truth {
    Truth::of(record.at(path).and_then(|node| {
        node.as_bool()
            .or_else(|| match node.as_str()?.to_ascii_lowercase().as_str() {
                "true" | "t" | "yes" => Some(true),
                "false" | "f" | "no" => Some(false),
                _ => None,
            })
    }))
}

/// The members of a list.
pub(super) fn list<'a>(record: &'a Node, path: &[&str]) -> &'a [Node] {
    let node = record.at(path);
    node.and_then(Node::as_sequence).unwrap_or_default()
}

/// A number of a record.
pub(super) fn row_of(index: usize) -> u32 {
    count(index + 1)
}

/// One record of those that stand one a line, or what is wrong with it.
pub(super) fn record(line: &str) -> Result<Node, String> {
    match json::parse_text(line) {
        Ok((node, duplicates)) if duplicates.is_empty() => Ok(node),
        Ok(_) => Err("a key occurs twice".to_owned()),
        Err(error) => Err(format!("not JSON: {error}")),
    }
}

/// Whether the beginning of an export shows one object a line: a second line follows a first that is whole.
pub(super) fn is_ndjson(beginning: &str) -> bool {
    let mut lines = beginning.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default().trim();
    lines.next().is_some() && first.starts_with('{') && json::parse_text(first).is_ok()
}

fn is_lines(whole: &str, problem: &JsonProblem) -> bool {
    let mut lines = whole.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    *problem == JsonProblem::TrailingCharacters
        || (lines.next().is_some() && json::parse_text(first).is_ok())
}

fn wrong(source: &Source, at: Span, problem: String) -> ReviewError {
    let position = source.position(at.start);
    ReviewError::Json {
        source_name: source.name().to_owned(),
        line: position.line,
        column: position.column,
        problem,
    }
}
