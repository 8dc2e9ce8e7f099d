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
use super::value::{self, Reading};
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::model::{Account, Grant, Join, Kind, Mfa};
use crate::review::sheet::SourceSheet;

const FIELDS: &[Field] = &[
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
    for field in ["system", "account", "entitlement"] {
        table.require(field, FIELDS)?;
    }
    let columns = Columns {
        account_email: table.has("account_email"),
        employee_id: table.has("employee_id"),
        privileged: table.has("privileged"),
        mfa: table.has("mfa"),
        last_used: table.has("last_used"),
        keys: table.has("key_created") || table.has("key_last_rotated"),
    };
    let (rows, mut sheet) = table.into_rows();
    let mut seen = Seen::default();
    let mut accounts: BTreeMap<(String, String), Account> = BTreeMap::new();
    for row in rows.iter() {
        if seen.repeats(row, &mut sheet) {
            continue;
        }
        let (system, name) = (row.text("system"), row.text("account"));
        let missing = ["system", "account", "entitlement"];
        if let Some(field) = missing.into_iter().find(|field| row.text(field).is_empty()) {
            sheet.reject(row.line(), format!("no {field}"));
            continue;
        }
        sheet.kept += 1;
        let account = accounts
            .entry((system.to_lowercase(), name.to_owned()))
            .or_insert_with(|| Account {
                system: system.to_owned(),
                name: name.to_owned(),
                grants: Vec::new(),
                person: Join::NotNamed,
                owner: Join::NotNamed,
            });
        account.grants.push(grant(row, &mut sheet));
    }
    Ok(Grants {
        accounts: accounts.into_values().collect(),
        columns,
        sheet,
    })
}

fn grant(row: Row, sheet: &mut SourceSheet) -> Grant {
    let mfa = match value::mfa(row.text("mfa")) {
        Reading::Read(mfa) => mfa,
        Reading::Unreadable(why) => {
            row.report("mfa", why, sheet);
            Mfa::Unknown
        }
    };
    let kind = match value::kind(row.text("kind")) {
        Reading::Read(kind) => kind,
        Reading::Unreadable(why) => {
            row.report("kind", why, sheet);
            Kind::Unknown
        }
    };
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
        origin: row.origin("account"),
    }
}
