//! A generic list of grants: one row per account and entitlement, from any system.
//!
//! | field | also known as |
//! |---|---|
//! | system, account, entitlement (needed) | application, platform · account name, username, login · role, permission, group, policy |
//! | account_email, employee_id | email, user email · employee number, worker id |
//! | privileged, mfa, enabled | admin · mfa enabled, factor, 2fa · active, account status |
//! | granted_at, last_used | granted, assigned at · last login, last sign-in, last activity |
//! | key_created, key_last_rotated | access key created, access key last rotated |
//! | kind, owner | account type, user type · account owner |
//!
//! Rows of the same system (without regard to case) and account are one account.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Seen;
use super::table::{Field, Row, Table};
use super::value;
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::model::{Account, Grant, Join, Kind, Mfa, Origin};
use crate::review::sheet::SourceSheet;

pub(super) const FIELDS: &[Field] = &[
    Field {
        name: "system",
        aliases: &["application", "app", "platform", "service", "sourcesystem"],
    },
    Field {
        name: "account",
        aliases: &[
            "accountname",
            "username",
            "login",
            "userlogin",
            "user",
            "principal",
            "accountid",
        ],
    },
    Field {
        name: "entitlement",
        aliases: &[
            "role",
            "permission",
            "group",
            "policy",
            "access",
            "accesslevel",
            "privilege",
        ],
    },
    Field {
        name: "account_email",
        aliases: &["email", "emailaddress", "useremail", "mail"],
    },
    Field {
        name: "employee_id",
        aliases: &["employeenumber", "employeeno", "empid", "workerid"],
    },
    Field {
        name: "privileged",
        aliases: &["isprivileged", "privilegedaccess", "admin", "isadmin"],
    },
    Field {
        name: "mfa",
        aliases: &[
            "mfaenabled",
            "mfaactive",
            "mfafactor",
            "mfatype",
            "factor",
            "factors",
            "2fa",
            "twofactor",
            "2svenrolled",
        ],
    },
    Field {
        name: "enabled",
        aliases: &["accountenabled", "active", "accountstatus", "status"],
    },
    Field {
        name: "granted_at",
        aliases: &["granted", "grantdate", "assignedat", "assigned"],
    },
    Field {
        name: "last_used",
        aliases: &[
            "lastusedat",
            "lastuse",
            "lastlogin",
            "lastsignin",
            "lastactivity",
            "lastaccess",
            "lastaccessed",
            "lastseen",
        ],
    },
    Field {
        name: "key_created",
        aliases: &["keycreatedat", "accesskeycreated"],
    },
    Field {
        name: "key_last_rotated",
        aliases: &["keyrotated", "accesskeylastrotated", "keylastrotatedat"],
    },
    Field {
        name: "kind",
        aliases: &[
            "accountkind",
            "accounttype",
            "usertype",
            "identitytype",
            "type",
        ],
    },
    Field {
        name: "owner",
        aliases: &["accountowner", "owneremail", "responsible"],
    },
];

/// Which columns an export of grants has; a rule that needs a missing one is not evaluable.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    /// The account's address.
    pub account_email: bool,
    /// The account's employee id.
    pub employee_id: bool,
    /// Whether the entitlement is privileged.
    pub privileged: bool,
    /// The account's second factor.
    pub mfa: bool,
    /// The last use.
    pub last_used: bool,
    /// The key's creation or last rotation.
    pub keys: bool,
}

impl Columns {
    /// The columns that are there.
    pub(super) fn of(has: impl Fn(&'static str) -> bool) -> Self {
        Self {
            account_email: has("account_email"),
            employee_id: has("employee_id"),
            privileged: has("privileged"),
            mfa: has("mfa"),
            last_used: has("last_used"),
            keys: has("key_created") || has("key_last_rotated"),
        }
    }
}

/// Grants that were read.
#[derive(Debug)]
pub struct Grants {
    /// The accounts with their grants, by system and name.
    pub accounts: Vec<Account>,
    /// Which columns there are.
    pub columns: Columns,
    /// What became of the rows.
    pub sheet: SourceSheet,
}

/// Reads a list of grants.
///
/// # Errors
/// [`ReviewError`] where the export cannot be used as a whole.
pub fn read(source: &Arc<Source>) -> Result<Grants, ReviewError> {
    let table = Table::read(source, "grants", FIELDS)?;
    for field in NEEDED {
        table.require(field, FIELDS)?;
    }
    let columns = Columns::of(|field| table.has(field));
    let (rows, mut sheet) = table.into_rows();
    let mut seen = Seen::default();
    let mut accounts: BTreeMap<(String, String), Account> = BTreeMap::new();
    for row in rows.iter() {
        if !counts(row, &mut seen, &mut sheet) {
            continue;
        }
        let (system, name) = (row.text("system"), row.text("account"));
        let account = accounts
            .entry((system.to_lowercase(), name.to_owned()))
            .or_insert_with(|| Account {
                system: system.to_owned(),
                name: name.to_owned(),
                grants: Vec::new(),
                person: Join::NotNamed,
                owner: Join::NotNamed,
            });
        let origin = rows.origin(row, "account");
        account.grants.push(grant(row, origin, &mut sheet));
    }
    Ok(Grants {
        accounts: accounts.into_values().collect(),
        columns,
        sheet,
    })
}

/// The columns that there must be, and be filled.
pub(super) const NEEDED: [&str; 3] = ["system", "account", "entitlement"];

/// Whether a row is a grant: no repetition, and nothing needed is missing.
pub(super) fn counts(row: Row, seen: &mut Seen, sheet: &mut SourceSheet) -> bool {
    if seen.repeats(row, sheet) {
        return false;
    }
    if let Some(field) = NEEDED.into_iter().find(|field| row.text(field).is_empty()) {
        sheet.reject(row.line(), format!("no {field}"));
        return false;
    }
    sheet.kept += 1;
    true
}

fn grant(row: Row, origin: Origin, sheet: &mut SourceSheet) -> Grant {
    let mfa = row.read("mfa", (value::mfa, Mfa::Unknown), sheet);
    let kind = row.read("kind", (value::kind, Kind::Unknown), sheet);
    Grant {
        entitlement: row.text("entitlement").to_owned(),
        privileged: row.truth("privileged", sheet),
        granted: row.when("granted_at", sheet),
        last_used: row.when("last_used", sheet),
        enabled: row.truth("enabled", sheet),
        mfa,
        kind,
        key_created: row.when("key_created", sheet),
        key_rotated: row.when("key_last_rotated", sheet),
        email: row.filled("account_email"),
        employee_id: row.filled("employee_id"),
        owner: row.filled("owner"),
        origin,
    }
}
