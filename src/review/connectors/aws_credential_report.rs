//! AWS credential report: who may sign in, with which keys, how old they are.
//!
//! CSV of 22 (or 18) columns, or the API's JSON that wraps it in base64. `mfa_active` says that there is a factor, not
//! which. The report is up to four hours old when it is fetched.

use std::sync::Arc;

use base64::Engine as _;

use super::Options;
use super::json::{Export, filled};
use super::table::{Field, Row, Table};
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::model::facts::{EntitlementKind, Facts, Knows};
use crate::review::model::{Kind, Mfa, Truth, When};
use crate::review::sheet::SourceSheet;

const fn field(name: &'static str) -> Field {
    Field { name, aliases: &[] }
}

const FIELDS: &[Field] = &[
    field("user"),
    field("arn"),
    field("user_creation_time"),
    field("password_enabled"),
    field("password_last_used"),
    field("mfa_active"),
    field("access_key_1_active"),
    field("access_key_1_last_rotated"),
    field("access_key_1_last_used_date"),
    field("access_key_2_active"),
    field("access_key_2_last_rotated"),
    field("access_key_2_last_used_date"),
    field("cert_1_active"),
    field("cert_2_active"),
];

const KEYS: [[&str; 4]; 2] = [
    [
        "access key 1",
        "access_key_1_active",
        "access_key_1_last_rotated",
        "access_key_1_last_used_date",
    ],
    [
        "access key 2",
        "access_key_2_active",
        "access_key_2_last_rotated",
        "access_key_2_last_used_date",
    ],
];

/// Reads the report.
pub(super) fn read(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let starts = source
        .bytes()
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    if starts == Some(&b'{') {
        return unwrap(source, options);
    }
    let table = Table::read(source, "AWS credential report", FIELDS)?;
    for field in ["user", "arn", "password_enabled", "mfa_active"] {
        table.require(field, FIELDS)?;
    }
    let knows = Knows::of(&[
        Knows::ENABLED,
        Knows::MFA,
        Knows::LAST_USED,
        Knows::KEYS,
        Knows::GRANT_USED,
    ]);
    let (rows, mut sheet) = table.into_rows();
    let mut facts = Facts::new(sheet.clone(), knows);
    for row in rows.iter() {
        take(row, &mut facts, &mut sheet, options);
    }
    facts.sheet = sheet;
    facts
        .remarks
        .push("`mfa_active` does not say which factor it is".to_owned());
    Ok(facts)
}

fn unwrap(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let export = Export::read(source, "AWS credential report", &[])?;
    let kind = |found: &str| ReviewError::OtherKind {
        source_name: source.name().to_owned(),
        expected: "an AWS credential report",
        found: found.to_owned(),
    };
    let root = export.root.ok_or_else(|| kind("it is several documents"))?;
    let content = filled(&root, &["Content"]).ok_or_else(|| kind("it has no `Content`"))?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(content);
    let bytes = bytes.map_err(|_| kind("its `Content` is not base64"))?;
    let inner = Source::new(source.name(), bytes)
        .map_err(|error| ReviewError::Source { error, line: None })?;
    let mut facts = read(&inner, options)?;
    facts.sheet.sha256 = export.sheet.sha256;
    facts.sheet.bytes = export.sheet.bytes;
    if let Some(when) = filled(&root, &["GeneratedTime"])
        && let super::value::Reading::Read(when) = super::value::stamp(&when)
    {
        facts.exported = when;
    }
    Ok(facts)
}

fn take(row: Row, facts: &mut Facts, sheet: &mut SourceSheet, options: &Options) {
    let (user, arn) = (row.text("user"), row.text("arn"));
    let line = row.number();
    let Some(owner) = arn.split(':').nth(4).filter(|id| !id.is_empty()) else {
        sheet.reject(row.line(), format!("`{arn}` is not the ARN of a user"));
        return;
    };
    let system = options.system_or(&format!("aws:{owner}"));
    let (index, new) = facts.account(&system, user, line);
    if !new {
        sheet.reject(row.line(), format!("the user `{user}` is there twice"));
        return;
    }
    sheet.kept += 1;
    let root = user == "<root_account>";
    let signs_in = match row.text("password_enabled") {
        // The root account has a password that the report does not speak of.
        "not_supported" => Truth::Yes,
        _ => row.truth("password_enabled", sheet),
    };
    let mut last_used = row.when("password_last_used", sheet);
    if last_used == When::Empty && row.text("password_last_used") == "no_information" {
        last_used = When::Never;
    }
    let mut oldest: Option<(When, When)> = None;
    let mut active = signs_in == Truth::Yes;
    if active {
        let permission = facts.entitlement(&system, EntitlementKind::Permission, "console sign-in");
        facts.privileged(permission, Truth::No);
        let grant = facts.grant(index, permission, line);
        grant.last_used = last_used;
    }
    for [name, is_active, rotated, used] in KEYS {
        if row.truth(is_active, sheet) != Truth::Yes {
            continue;
        }
        active = true;
        let (rotated, used) = (row.when(rotated, sheet), row.when(used, sheet));
        let used = if used == When::Empty {
            When::Never
        } else {
            used
        };
        let permission = facts.entitlement(&system, EntitlementKind::Permission, name);
        facts.privileged(permission, Truth::No);
        let grant = facts.grant(index, permission, line);
        grant.granted = rotated;
        grant.last_used = used;
        last_used = last_used.latest(used);
        if oldest.is_none_or(|(known, _)| rotated.time() < known.time()) {
            oldest = Some((rotated, used));
        }
    }
    if root {
        let permission = facts.entitlement(&system, EntitlementKind::Permission, "root");
        facts.privileged(permission, Truth::Yes);
        facts.grant(index, permission, line).last_used = last_used;
    }
    let mfa = row.truth("mfa_active", sheet);
    let created = row.when("user_creation_time", sheet);
    let Some(account) = facts.account_mut(index) else {
        return;
    };
    account.created = created;
    account.enabled = if active { Truth::Yes } else { Truth::No };
    account.kind = match (root, signs_in) {
        (true, _) => Kind::Breakglass,
        // Nobody can sign in with it: a program uses it.
        (false, Truth::No) if oldest.is_some() => Kind::Service,
        _ => Kind::Unknown,
    };
    account.mfa = match mfa {
        Truth::Yes => Mfa::Unspecified,
        Truth::No => Mfa::None,
        Truth::Unknown => Mfa::Unknown,
    };
    account.last_used = last_used;
    if let Some((rotated, used)) = oldest {
        account.key_rotated = rotated;
        account.key_used = used;
    }
}
