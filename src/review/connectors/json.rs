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

/// Where an answer says that there is more of it.
const PAGES: [&[&str]; 10] = [
    &["@odata.nextLink"],
    &["nextPageToken"],
    &["next_page"],
    &["next"],
    &["NextToken"],
    &["nextToken"],
    &["Marker"],
    &["IsTruncated"],
    &["metadata", "continue"],
    &["metadata", "remainingItemCount"],
];

/// What the systems give as lists.
const LISTS: [&str; 29] = [
    "AttachedManagedPolicies",
    "AttachedPolicies",
    "GroupDetailList",
    "GroupList",
    "GroupPolicyList",
    "Policies",
    "PolicyVersionList",
    "RoleDetailList",
    "RolePolicyList",
    "Resources",
    "UserDetailList",
    "UserPolicyList",
    "apiGroups",
    "clusterRoleSelectors",
    "emails",
    "entitlements",
    "groups",
    "items",
    "matchExpressions",
    "members",
    "nonResourceURLs",
    "pg_auth_members",
    "pg_roles",
    "resourceNames",
    "roles",
    "rules",
    "subjects",
    "users",
    "verbs",
];

/// Lists whose members are named by their ARN.
const ATTACHED: [&str; 1] = ["AttachedManagedPolicies"];

/// How deep a record is looked through.
const DEEPEST: usize = 8;

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
        let holds_records = list.is_some();
        match list {
            Some(list) => self.records = (1..).zip(list).collect(),
            None => self.records.push((1, root.clone())),
        }
        // Pages that were not fetched would make a smaller population in silence.
        for path in PAGES {
            let next = root.at(path);
            let is_more = next.is_some_and(|next| match next.as_str() {
                Some(text) => !text.is_empty() && text != "false",
                None => {
                    next.as_bool() == Some(true)
                        || next.as_number().is_some_and(|one| one.text != "0")
                }
            });
            if is_more {
                let why = "there are further pages that are not in this file";
                self.doubt(1, &path.join("."), why.to_owned());
            }
        }
        // What holds the records is looked at here, and each of them by its number.
        if holds_records {
            self.find_no_lists(1, &root, 0);
        }
        for (row, record) in self.take() {
            self.find_no_lists(row, &record, DEEPEST);
            self.records.push((row, record));
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
                Ok(node) => {
                    self.find_no_lists(row, &node, DEEPEST);
                    self.records.push((row, node));
                }
                Err(why) => {
                    self.sheet.read += 1;
                    self.reject(row, why);
                }
            }
        }
        Ok(())
    }

    /// Says where something stands that should be a list: what one object or a text holds there is not read, and is not
    /// nothing. Whatever people may call their own fields is theirs.
    fn find_no_lists(&mut self, row: u32, node: &Node, deepest: usize) {
        let mut waiting = vec![(node, 0)];
        let mut found: Vec<&str> = Vec::new();
        while let Some((node, depth)) = waiting.pop() {
            if depth > deepest {
                continue;
            }
            if let Some(items) = node.as_sequence() {
                waiting.extend(items.iter().map(|item| (item, depth + 1)));
            }
            for entry in node.as_mapping().unwrap_or_default() {
                let key = entry.key.as_str();
                let value = &entry.value;
                let is_list = LISTS.contains(&key);
                if is_list && !value.is_null() && value.as_sequence().is_none() {
                    found.push(key);
                }
                let attached = value.as_sequence().filter(|_| ATTACHED.contains(&key));
                let is_named = |one: &Node| filled(one, &["PolicyArn"]).is_some();
                if attached.is_some_and(|all| !all.iter().all(is_named)) {
                    found.push(key);
                }
                if key != "profile" {
                    waiting.push((value, depth + 1));
                }
            }
        }
        for key in found {
            self.doubt(
                row,
                key,
                "it is no list of what it should hold, so that what it holds is not known"
                    .to_owned(),
            );
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn doubts(text: &str) -> Vec<(usize, String)> {
        let source = Source::new("export.json", text.as_bytes().to_vec()).unwrap();
        let export = Export::read(&source, "test", &["items"]).unwrap();
        let problems = export.sheet.problems.into_iter();
        problems
            .map(|problem| (problem.line, problem.column.unwrap_or_default()))
            .collect()
    }

    /// One object where a list is due, or a text, is what some tools make of a list of one; it is not nothing.
    #[test]
    fn what_is_no_list_is_said() {
        for (text, doubt) in [
            (r#"[{}, {"members": {"login": "a"}}]"#, Some((2, "members"))),
            (r#"{"items": [{"rules": "x"}]}"#, Some((1, "rules"))),
            (
                r#"{"items": [{"a": {"b": [{"groups": true}]}}]}"#,
                Some((1, "groups")),
            ),
            ("{}\n{\"users\": 3}\n", Some((2, "users"))),
            (
                r#"{"AttachedManagedPolicies": [{"PolicyName": "x"}]}"#,
                Some((1, "AttachedManagedPolicies")),
            ),
            (r#"{"AttachedManagedPolicies": [{"PolicyArn": "x"}]}"#, None),
            (
                r#"[{"members": null, "rules": []}, {"profile": {"groups": "x"}}]"#,
                None,
            ),
        ] {
            let expected: Vec<(usize, String)> = doubt
                .into_iter()
                .map(|(line, column): (usize, &str)| (line, column.to_owned()))
                .collect();
            assert_eq!(doubts(text), expected, "{text}");
        }
    }

    #[test]
    fn pages_that_are_not_there_are_said() {
        for (text, is_more) in [
            (r#"{"items": [{}], "NextToken": "x"}"#, true),
            (r#"{"items": [{}], "Marker": "x"}"#, true),
            (r#"{"items": [{}], "IsTruncated": true}"#, true),
            (r#"{"items": [{}], "IsTruncated": "true"}"#, true),
            (r#"{"items": [{}], "metadata": {"continue": "x"}}"#, true),
            (
                r#"{"items": [{}], "metadata": {"remainingItemCount": 5}}"#,
                true,
            ),
            (
                r#"{"items": [{}], "IsTruncated": false, "Marker": null}"#,
                false,
            ),
            (
                r#"{"items": [{}], "metadata": {"continue": "", "remainingItemCount": 0}}"#,
                false,
            ),
        ] {
            assert_eq!(!doubts(text).is_empty(), is_more, "{text}");
        }
    }
}
