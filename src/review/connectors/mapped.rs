//! Any CSV or NDJSON by a mapping: which column is which field, constants for what the export leaves out.
//!
//! ```toml
//! format = "csv"                # or "ndjson"; JSON fields are named by their path, `user.email`
//! [constants]
//! system = "billing"
//! [columns]
//! account = "Login"
//! entitlement = "Profile"
//! privileged = "Is Admin"
//! [values.privileged]           # words of the export that stand for ours
//! "Level 9" = "yes"
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;

use super::json::{Export, filled};
use super::value::{self, Reading};
use super::{Options, csv_text::Records, table};
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::model::facts::{EntitlementKind, Facts, Knows};
use crate::review::model::{Kind, Mfa, Truth, When};
use crate::review::sheet::{Problem, SourceSheet};

const FIELDS: [&str; 19] = [
    "system",
    "account",
    "entitlement",
    "kind",
    "email",
    "employee_id",
    "owner",
    "enabled",
    "mfa",
    "privileged",
    "granted",
    "granted_by",
    "last_used",
    "account_last_used",
    "expires",
    "justification",
    "scope",
    "key_rotated",
    "entitlement_owner",
];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mapping {
    #[serde(default)]
    format: Option<String>,
    #[serde(default)]
    delimiter: Option<char>,
    #[serde(default)]
    constants: BTreeMap<String, String>,
    #[serde(default)]
    columns: BTreeMap<String, String>,
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
}

/// A record as the mapping sees it: texts by field.
type Fields = BTreeMap<&'static str, String>;

/// Reads an export with the mapping that comes with it.
pub(super) fn read(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mapping = mapping(options)?;
    match mapping.format.as_deref() {
        None | Some("csv") => csv(source, options, &mapping),
        _ => ndjson(source, options, &mapping),
    }
}

fn mapping(options: &Options) -> Result<Mapping, ReviewError> {
    let Some(source) = &options.mapping else {
        return Err(ReviewError::Mapping {
            source_name: "--mapping".to_owned(),
            problem: "a mapping file is needed".to_owned(),
        });
    };
    let wrong = |problem: String| ReviewError::Mapping {
        source_name: source.name().to_owned(),
        problem,
    };
    let text = source.text().map_err(|error| wrong(error.to_string()))?;
    let mapping: Mapping =
        toml::from_str(text).map_err(|error| wrong(error.message().to_owned()))?;
    let named = mapping
        .constants
        .keys()
        .chain(mapping.columns.keys())
        .chain(mapping.values.keys());
    for name in named {
        if !FIELDS.contains(&name.as_str()) {
            return Err(wrong(format!(
                "`{name}` is no field; there are {}",
                FIELDS.join(", ")
            )));
        }
    }
    if !matches!(
        mapping.format.as_deref(),
        None | Some("csv" | "ndjson" | "json")
    ) {
        return Err(wrong("`format` is neither `csv` nor `ndjson`".to_owned()));
    }
    for field in ["account", "entitlement"] {
        if !mapping.columns.contains_key(field) && !mapping.constants.contains_key(field) {
            return Err(wrong(format!("no column for `{field}`")));
        }
    }
    Ok(mapping)
}

impl Mapping {
    fn fields(&self, mut cell: impl FnMut(&str) -> Option<String>) -> Fields {
        let mut fields = Fields::new();
        for field in FIELDS {
            let text = self.columns.get(field).and_then(|column| cell(column));
            let text = text.filter(|text| !text.is_empty());
            let text = text.or_else(|| self.constants.get(field).cloned());
            let Some(text) = text else { continue };
            let other = self.values.get(field).and_then(|words| words.get(&text));
            fields.insert(field, other.cloned().unwrap_or(text));
        }
        fields
    }

    fn knows(&self) -> Knows {
        let mut knows = Knows::default();
        for (field, what) in [
            ("enabled", Knows::ENABLED),
            ("mfa", Knows::MFA.and(Knows::FACTOR)),
            ("privileged", Knows::PRIVILEGED),
            ("granted", Knows::GRANTED),
            ("last_used", Knows::GRANT_USED.and(Knows::LAST_USED)),
            ("account_last_used", Knows::LAST_USED),
            ("expires", Knows::EXPIRY),
            ("owner", Knows::OWNER),
            ("kind", Knows::KIND),
            ("key_rotated", Knows::KEYS),
        ] {
            if self.columns.contains_key(field) || self.constants.contains_key(field) {
                knows = knows.and(what);
            }
        }
        knows
    }
}

fn csv(source: &Arc<Source>, options: &Options, mapping: &Mapping) -> Result<Facts, ReviewError> {
    let text = table::text(source)?;
    let begin = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let delimiter = mapping
        .delimiter
        .and_then(|c| u8::try_from(c).ok())
        .unwrap_or(b',');
    let mut records = Records::new(text, begin, delimiter);
    let header = records
        .next()
        .ok_or_else(|| ReviewError::Empty(source.name().to_owned()))?;
    let titles: Vec<String> = header
        .cells
        .iter()
        .map(|cell| cell.text.trim().to_owned())
        .collect();
    let mut at = BTreeMap::new();
    for column in mapping.columns.values() {
        let found: Vec<usize> = (0..titles.len())
            .filter(|index| titles.get(*index) == Some(column))
            .collect();
        match found.as_slice() {
            [index] => at.insert(column.clone(), *index),
            [] => {
                return Err(ReviewError::MissingColumn {
                    source_name: source.name().to_owned(),
                    field: "mapping",
                    expected: format!("`{column}`"),
                    delimiter: "the mapping's delimiter",
                    header: titles
                        .iter()
                        .take(20)
                        .cloned()
                        .collect::<Vec<_>>()
                        .join(" | "),
                });
            }
            _ => {
                return Err(ReviewError::DuplicateColumn {
                    source_name: source.name().to_owned(),
                    column: column.clone(),
                });
            }
        };
    }
    let mut sheet = table::sheet_of(source, "mapped CSV", "the mapping's delimiter");
    let mut facts = Facts::new(sheet.clone(), mapping.knows());
    for record in records {
        let line = source.position(record.span.start).line;
        let row = crate::review::model::facts::count(line);
        sheet.read += 1;
        if record.cells.iter().all(|cell| cell.text.trim().is_empty()) {
            sheet.blank += 1;
            continue;
        }
        if let Some(fault) = record.fault {
            sheet.reject(line, format!("{fault:?}"));
            continue;
        }
        if record.width != titles.len() {
            sheet.reject(
                line,
                format!(
                    "{} cells, but the header has {}",
                    record.width,
                    titles.len()
                ),
            );
            continue;
        }
        let cell = |column: &str| {
            let cell = record.cells.get(*at.get(column)?)?;
            Some(cell.text.trim().to_owned())
        };
        take(
            &mapping.fields(cell),
            row,
            (&mut facts, &mut sheet),
            options,
        );
    }
    facts.sheet = sheet;
    Ok(facts)
}

fn ndjson(
    source: &Arc<Source>,
    options: &Options,
    mapping: &Mapping,
) -> Result<Facts, ReviewError> {
    let mut export = Export::read(
        source,
        "mapped JSON",
        &["value", "items", "data", "Resources"],
    )?;
    let mut facts = Facts::new(export.sheet.clone(), mapping.knows());
    let records = export.take();
    let mut sheet = export.sheet;
    for (row, record) in records {
        let fields = mapping.fields(|path| {
            let path: Vec<&str> = path.split('.').collect();
            let yes = record.at(&path).and_then(|node| node.as_bool());
            yes.map(|yes| yes.to_string())
                .or_else(|| filled(&record, &path))
        });
        take(&fields, row, (&mut facts, &mut sheet), options);
    }
    facts.sheet = sheet;
    Ok(facts)
}

fn take(
    fields: &Fields,
    row: u32,
    (facts, sheet): (&mut Facts, &mut SourceSheet),
    options: &Options,
) {
    let text = |field: &'static str| fields.get(field).cloned();
    let (Some(account), Some(entitlement)) = (text("account"), text("entitlement")) else {
        sheet.reject(row as usize, "no account or no entitlement".to_owned());
        return;
    };
    sheet.kept += 1;
    let system = text("system").unwrap_or_else(|| options.system_or("mapped"));
    let mut doubts = Doubts { sheet, row };
    let (index, _) = facts.account(&system, &account, row);
    let role = facts.entitlement(&system, EntitlementKind::Role, &entitlement);
    let privileged = doubts.read(fields, "privileged", value::truth, Truth::Unknown);
    facts.privileged(role, privileged);
    if let Some(fact) = facts.entitlements.get_mut(role as usize) {
        fact.owner = fact.owner.take().or_else(|| text("entitlement_owner"));
    }
    let last_used = doubts.read(fields, "last_used", value::stamp, When::Unreadable);
    let expires = doubts.read(fields, "expires", value::stamp, When::Unreadable);
    let granted = doubts.read(fields, "granted", value::stamp, When::Unreadable);
    let grant = facts.grant(index, role, row);
    grant.granted = granted;
    grant.last_used = last_used;
    grant.expires = expires;
    grant.granted_by = text("granted_by").unwrap_or_default();
    grant.justification = text("justification").unwrap_or_default();
    grant.scope = text("scope").unwrap_or_default();
    let enabled = doubts.read(fields, "enabled", value::truth, Truth::Unknown);
    let mfa = doubts.read(fields, "mfa", value::mfa, Mfa::Unknown);
    let kind = doubts.read(fields, "kind", value::kind, Kind::Unknown);
    let used = doubts.read(fields, "account_last_used", value::stamp, When::Unreadable);
    let rotated = doubts.read(fields, "key_rotated", value::stamp, When::Unreadable);
    let Some(fact) = facts.account_mut(index) else {
        return;
    };
    fact.email = fact.email.take().or_else(|| text("email"));
    fact.employee_id = fact.employee_id.take().or_else(|| text("employee_id"));
    fact.owner = fact.owner.take().or_else(|| text("owner"));
    if fact.kind == Kind::Unknown {
        fact.kind = kind;
    }
    if fact.enabled != Truth::Yes && enabled != Truth::Unknown {
        fact.enabled = enabled;
    }
    if fact.mfa == Mfa::Unknown || (mfa != Mfa::Unknown && mfa < fact.mfa) {
        fact.mfa = mfa;
    }
    fact.last_used = fact.last_used.latest(used).latest(last_used);
    if fact.key_rotated.time().is_none()
        || rotated
            .time()
            .is_some_and(|t| Some(t) < fact.key_rotated.time())
    {
        fact.key_rotated = rotated;
    }
}

struct Doubts<'a> {
    sheet: &'a mut SourceSheet,
    row: u32,
}

impl Doubts<'_> {
    fn read<T>(
        &mut self,
        fields: &Fields,
        field: &'static str,
        read: fn(&str) -> Reading<T>,
        unknown: T,
    ) -> T {
        let text = fields.get(field).map_or("", String::as_str);
        match read(text) {
            Reading::Read(value) => value,
            Reading::Unreadable(reason) => {
                self.sheet.problems.push(Problem {
                    line: self.row as usize,
                    column: Some(field.to_owned()),
                    reason,
                    rejected: false,
                });
                unknown
            }
        }
    }
}
