//! Google Workspace: the users CSV of the admin console. Columns are found by their beginning, in any order; the manager
//! is an address.

use std::sync::Arc;

use super::Options;
use super::table::{Field, Table};
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::model::facts::{EntitlementKind, Facts, Knows};
use crate::review::model::{Mfa, Truth};

const FIELDS: &[Field] = &[
    Field {
        name: "Email Address",
        aliases: &["primaryemail"],
    },
    Field {
        name: "Status",
        aliases: &[],
    },
    Field {
        name: "Last Sign In",
        aliases: &[],
    },
    Field {
        name: "Employee ID",
        aliases: &[],
    },
    Field {
        name: "2sv Enrolled",
        aliases: &[],
    },
    Field {
        name: "Manager Email",
        aliases: &[],
    },
    Field {
        name: "Org Unit Path",
        aliases: &[],
    },
];

/// Reads the users.
pub(super) fn read(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let table = Table::read(source, "Google Workspace users", FIELDS)?;
    for field in ["Email Address", "Status"] {
        table.require(field, FIELDS)?;
    }
    let mut knows = Knows::ENABLED;
    if table.has("2sv Enrolled") {
        knows = knows.and(Knows::MFA);
    }
    if table.has("Last Sign In") {
        knows = knows.and(Knows::LAST_USED);
    }
    let (rows, mut sheet) = table.into_rows();
    let mut facts = Facts::new(sheet.clone(), knows);
    let system = options.system_or("google");
    for row in rows.iter() {
        let email = row.text("Email Address").to_lowercase();
        if !email.contains('@') {
            sheet.reject(row.line(), format!("`{email}` is not an address"));
            continue;
        }
        let (index, new) = facts.account(&system, &email, row.number());
        if !new {
            sheet.reject(row.line(), format!("the user `{email}` is there twice"));
            continue;
        }
        sheet.kept += 1;
        let enabled = match row.text("Status").to_ascii_lowercase().as_str() {
            "active" => Truth::Yes,
            "suspended" | "archived" | "deleted" => Truth::No,
            other => {
                row.report(
                    "Status",
                    format!("`{other}` is not a status that is known"),
                    &mut sheet,
                );
                Truth::Unknown
            }
        };
        let last_used = row.stamp("Last Sign In", &mut sheet);
        let mfa = row.truth("2sv Enrolled", &mut sheet);
        let member = facts.entitlement(&system, EntitlementKind::App, "Google Workspace");
        facts.privileged(member, Truth::No);
        facts.grant(index, member, row.number()).last_used = last_used;
        let Some(account) = facts.account_mut(index) else {
            continue;
        };
        account.email = Some(email);
        account.employee_id = row.filled("Employee ID");
        account.enabled = enabled;
        account.last_used = last_used;
        account.mfa = match mfa {
            Truth::Yes => Mfa::Unspecified,
            Truth::No => Mfa::None,
            Truth::Unknown => Mfa::Unknown,
        };
    }
    facts.sheet = sheet;
    facts.remarks.push(
        "2-step verification does not say which factor it is; administrator roles are not in it"
            .to_owned(),
    );
    Ok(facts)
}
