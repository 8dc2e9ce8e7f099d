//! Any CSV, NDJSON or Parquet by a mapping: which column is which field, constants for what the export leaves out.
//!
//! ```toml
//! format = "csv"                # or "ndjson" or "parquet", whose fields are named by their path, `user.email`
//! [constants]
//! system = "billing"
//! [columns]
//! account = "Login"
//! entitlement = "Profile"
//! privileged = "Is Admin"
//! [values.privileged]           # words of the export that stand for ours
//! "Level 9" = "yes"
//! ```

mod columns;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::json::filled;
use super::row_stream::RowStream;
use super::stream::Stream;
use super::table::sheet_named;
use super::value::{self, Reading};
use super::{Options, Rows, json};
use crate::kernel::document::Node;
use crate::review::connectors::Export;
use crate::review::error::ReviewError;
use crate::review::model::facts::{EntitlementKind, Facts, Knows, count};
use crate::review::model::{Kind, Mfa, Truth, When};
use crate::review::sheet::{Problem, SourceSheet};
use crate::review::usage::Input;

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

/// The most names on the way to a member.
const MAX_NAMES: usize = 16;

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

/// Where a field comes from.
#[derive(Debug, Default)]
struct Origin {
    /// The names on the way to it, in JSON.
    path: Vec<String>,
    constant: Option<String>,
    words: BTreeMap<String, String>,
}

/// A mapping as it is followed, row by row: the origins in the order of [`FIELDS`].
#[derive(Debug)]
struct Plan {
    origins: Vec<Origin>,
    system: String,
}

/// A record as the mapping sees it: texts in the order of [`FIELDS`].
type Fields<'a> = [Option<Cow<'a, str>>; FIELDS.len()];

/// Opens an export with the mapping that comes with it.
pub(super) fn open(input: Input, options: &Options) -> Result<Export, ReviewError> {
    let mapping = mapping(options)?;
    let plan = mapping.plan(options);
    match mapping.format.as_deref() {
        None | Some("csv") => csv(input, &mapping, plan),
        Some("parquet") => columns::open(input, &mapping, plan),
        _ => ndjson(input, &mapping, plan),
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
        None | Some("csv" | "ndjson" | "json" | "parquet")
    ) {
        return Err(wrong(
            "`format` is none of `csv`, `ndjson` and `parquet`".to_owned(),
        ));
    }
    if let Some(deep) = mapping
        .columns
        .values()
        .find(|column| column.split('.').count() > MAX_NAMES)
    {
        return Err(wrong(format!("`{deep}` has more than {MAX_NAMES} names")));
    }
    for field in ["account", "entitlement"] {
        if !mapping.columns.contains_key(field) && !mapping.constants.contains_key(field) {
            return Err(wrong(format!("no column for `{field}`")));
        }
    }
    Ok(mapping)
}

impl Mapping {
    fn plan(&self, options: &Options) -> Plan {
        let origin = |field: &&str| Origin {
            path: self.columns.get(*field).map_or_else(Vec::new, |column| {
                column.split('.').map(str::to_owned).collect()
            }),
            constant: self.constants.get(*field).cloned(),
            words: self.values.get(*field).cloned().unwrap_or_default(),
        };
        Plan {
            origins: FIELDS.iter().map(origin).collect(),
            system: options.system_or("mapped"),
        }
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

impl Plan {
    fn fields<'a>(
        &'a self,
        mut cell: impl FnMut(&'static str, &Origin) -> Option<Cow<'a, str>>,
    ) -> Fields<'a> {
        let mut fields = [const { None }; FIELDS.len()];
        let origins = self.origins.iter().zip(FIELDS);
        for (place, (origin, field)) in fields.iter_mut().zip(origins) {
            let text = cell(field, origin).filter(|text| !text.is_empty());
            let text = text.or_else(|| origin.constant.as_deref().map(Cow::Borrowed));
            *place = text.map(|text| match origin.words.get(text.as_ref()) {
                Some(other) => Cow::Borrowed(other.as_str()),
                None => text,
            });
        }
        fields
    }
}

fn csv(input: Input, mapping: &Mapping, plan: Plan) -> Result<Export, ReviewError> {
    let delimiter = mapping.delimiter.and_then(|c| u8::try_from(c).ok());
    let named = FIELDS.iter().filter_map(|field| {
        let column = mapping.columns.get(*field)?;
        Some((*field, column.clone()))
    });
    let named: Vec<(&'static str, String)> = named.collect();
    let table = RowStream::named(input, delimiter.unwrap_or(b','), &named)?;
    let facts = Facts::new(table.sheet.clone(), mapping.knows());
    Ok(Export::in_pieces(facts, Box::new(Csv { table, plan })))
}

#[derive(Debug)]
struct Csv {
    table: RowStream,
    plan: Plan,
}

impl Rows for Csv {
    fn read(&mut self, facts: &mut Facts) -> Result<bool, ReviewError> {
        let plan = &self.plan;
        let more = self.table.piece(|row, sheet| {
            let fields = plan.fields(|field, _| Some(Cow::Borrowed(row.text(field))));
            take(plan, &fields, row.number(), (facts, sheet));
        })?;
        if !more {
            facts.sheet = self.table.sheet.clone();
        }
        Ok(more)
    }
}

/// Whole documents have a size limit; one record a line has none.
fn ndjson(input: Input, mapping: &Mapping, plan: Plan) -> Result<Export, ReviewError> {
    let mut stream = Stream::new(input)?;
    let sheet = sheet_named(stream.name(), "mapped JSON", "JSON");
    if stream
        .next()?
        .is_some_and(|piece| json::is_ndjson(piece.text))
    {
        stream.keep_from(0);
        let facts = Facts::new(sheet.clone(), mapping.knows());
        let lines = Lines {
            stream,
            sheet,
            plan,
        };
        return Ok(Export::in_pieces(facts, Box::new(lines)));
    }
    let (source, sha256) = stream.into_source()?;
    let mut export = json::Export::read(
        &source,
        "mapped JSON",
        &["value", "items", "data", "Resources"],
    )?;
    let mut facts = Facts::new(export.sheet.clone(), mapping.knows());
    let records = export.take();
    let mut sheet = export.sheet;
    sheet.sha256 = sha256;
    for (row, record) in records {
        let fields = plan.fields(|_, origin| member(&record, origin));
        take(&plan, &fields, row, (&mut facts, &mut sheet));
    }
    facts.sheet = sheet;
    Ok(Export::whole(facts))
}

#[derive(Debug)]
struct Lines {
    stream: Stream,
    sheet: SourceSheet,
    plan: Plan,
}

impl Rows for Lines {
    fn read(&mut self, facts: &mut Facts) -> Result<bool, ReviewError> {
        let Some(piece) = self.stream.next()? else {
            self.stream.finish(&mut self.sheet)?;
            facts.sheet = self.sheet.clone();
            return Ok(false);
        };
        for (line, row) in piece.text.lines().zip(count(piece.line)..) {
            if line.trim().is_empty() {
                continue;
            }
            self.sheet.read += 1;
            match json::record(line) {
                Ok(record) => {
                    let fields = self.plan.fields(|_, origin| member(&record, origin));
                    take(&self.plan, &fields, row, (facts, &mut self.sheet));
                }
                Err(why) => self.sheet.reject(row as usize, why),
            }
        }
        Ok(true)
    }
}

/// A member as a text: also a number or a truth value.
fn member<'a>(record: &Node, origin: &Origin) -> Option<Cow<'a, str>> {
    if origin.path.is_empty() {
        return None;
    }
    let mut path = [""; MAX_NAMES];
    for (place, name) in path.iter_mut().zip(&origin.path) {
        *place = name;
    }
    let path = path.get(..origin.path.len())?;
    match record.at(path).and_then(Node::as_bool) {
        Some(yes) => Some(Cow::Borrowed(if yes { "true" } else { "false" })),
        None => filled(record, path).map(Cow::Owned),
    }
}

fn take(plan: &Plan, fields: &Fields, row: u32, (facts, sheet): (&mut Facts, &mut SourceSheet)) {
    let text = |field: &str| {
        let at = FIELDS.iter().position(|known| *known == field);
        at.and_then(|at| fields.get(at)?.as_deref())
    };
    let owned = |field: &str| text(field).unwrap_or_default().to_owned();
    let (Some(account), Some(entitlement)) = (text("account"), text("entitlement")) else {
        sheet.reject(row as usize, "no account or no entitlement".to_owned());
        return;
    };
    sheet.kept += 1;
    let system = text("system").unwrap_or(&plan.system);
    let mut doubts = Doubts { sheet, row, text };
    let (index, _) = facts.account(system, account, row);
    let role = facts.entitlement(system, EntitlementKind::Role, entitlement);
    let privileged = doubts.read("privileged", value::truth, Truth::Unknown);
    facts.privileged(role, privileged);
    if let Some(fact) = facts.entitlements.get_mut(role as usize)
        && fact.owner.is_none()
    {
        fact.owner = text("entitlement_owner").map(str::to_owned);
    }
    let last_used = doubts.read("last_used", value::stamp, When::Unreadable);
    let expires = doubts.read("expires", value::stamp, When::Unreadable);
    let granted = doubts.read("granted", value::stamp, When::Unreadable);
    let grant = facts.grant(index, role, row);
    grant.granted = granted;
    grant.last_used = last_used;
    grant.expires = expires;
    grant.granted_by = owned("granted_by");
    grant.justification = owned("justification");
    grant.scope = owned("scope");
    let enabled = doubts.read("enabled", value::truth, Truth::Unknown);
    let mfa = doubts.read("mfa", value::mfa, Mfa::Unknown);
    let kind = doubts.read("kind", value::kind, Kind::Unknown);
    let used = doubts.read("account_last_used", value::stamp, When::Unreadable);
    let rotated = doubts.read("key_rotated", value::stamp, When::Unreadable);
    let Some(fact) = facts.account_mut(index) else {
        return;
    };
    for (known, field) in [
        (&mut fact.email, "email"),
        (&mut fact.employee_id, "employee_id"),
        (&mut fact.owner, "owner"),
    ] {
        if known.is_none() {
            *known = text(field).map(str::to_owned);
        }
    }
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

struct Doubts<'a, T> {
    sheet: &'a mut SourceSheet,
    row: u32,
    text: T,
}

impl<'t, T: Fn(&str) -> Option<&'t str>> Doubts<'_, T> {
    fn read<V>(&mut self, field: &'static str, read: fn(&str) -> Reading<V>, unknown: V) -> V {
        match read((self.text)(field).unwrap_or_default()) {
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
