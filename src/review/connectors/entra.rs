//! Microsoft Entra: users, role assignments (standing and eligible) and sign-ins.
//!
//! The portal's users CSV says neither who manages someone nor when they signed in. `lastSignInDateTime` and
//! `lastNonInteractiveSignInDateTime` count failed attempts, too: only `lastSuccessfulSignInDateTime` is a use, and it is
//! not filled in for the time before December 2023.

use std::sync::Arc;

use super::Options;
use super::json::{Export, filled, first, truth};
use super::table::{Field, Table};
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::model::facts::{EntitlementKind, Facts, How, Knows};
use crate::review::model::{Kind, Truth, When};

const FIELDS: &[Field] = &[
    Field {
        name: "userPrincipalName",
        aliases: &["upn"],
    },
    Field {
        name: "displayName",
        aliases: &[],
    },
    Field {
        name: "mail",
        aliases: &["email"],
    },
    Field {
        name: "objectId",
        aliases: &["id"],
    },
    Field {
        name: "userType",
        aliases: &[],
    },
    Field {
        name: "accountEnabled",
        aliases: &[],
    },
    Field {
        name: "employeeId",
        aliases: &[],
    },
    Field {
        name: "createdDateTime",
        aliases: &["creationtype"],
    },
];

/// Roles of the directory that let their holder gain more, or change what protects others.
const PRIVILEGED: &[&str] = &[
    "62e90394-69f5-4237-9190-012177145e10",
    "e8611ab8-c189-46e8-94e1-60213ab1f814",
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13",
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
    "158c047a-c907-4556-b7ef-446551a6b5f7",
    "194ae4cb-b126-40b2-bd5b-6091b380977d",
    "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9",
    "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "29232cdf-9323-42fd-ade2-1d097af3e4de",
    "8329153b-31d0-4727-b945-745eb3bc5f31",
];

/// Reads users: the portal's CSV, or Graph's JSON.
pub(super) fn users(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let starts = source
        .bytes()
        .iter()
        .find(|byte| !byte.is_ascii_whitespace());
    if matches!(starts, Some(b'{' | b'[')) {
        return users_json(source, options);
    }
    let table = Table::read(source, "Entra users", FIELDS)?;
    for field in ["userPrincipalName", "objectId", "accountEnabled"] {
        table.require(field, FIELDS)?;
    }
    let (rows, mut sheet) = table.into_rows();
    let mut facts = Facts::new(sheet.clone(), Knows::of(&[Knows::ENABLED, Knows::KIND]));
    let system = options.system_or("entra");
    for row in rows.iter() {
        let id = &folded(row.text("objectId"));
        if id.is_empty() {
            sheet.reject(row.line(), "no objectId".to_owned());
            continue;
        }
        let (index, new) = facts.account(&system, id, row.number());
        if !new {
            sheet.reject(row.line(), format!("the objectId `{id}` is there twice"));
            continue;
        }
        sheet.kept += 1;
        let enabled = row.truth("accountEnabled", &mut sheet);
        member(&mut facts, index, row.number(), When::Empty);
        let Some(account) = facts.account_mut(index) else {
            continue;
        };
        account.display = row.text("userPrincipalName").to_owned();
        account.email = row
            .filled("mail")
            .or_else(|| row.filled("userPrincipalName"));
        account.employee_id = row.filled("employeeId");
        account.enabled = enabled;
        account.kind = kind(row.text("userType"));
    }
    facts.sheet = sheet;
    facts
        .remarks
        .push("the CSV says neither who manages someone nor when they signed in".to_owned());
    Ok(facts)
}

fn users_json(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, "Entra users", &["value"])?;
    let knows = Knows::of(&[Knows::ENABLED, Knows::KIND]);
    let mut facts = Facts::new(export.sheet.clone(), knows);
    let system = options.system_or("entra");
    for (row, user) in export.take() {
        let Some(id) = filled(&user, &["id"]).map(|id| folded(&id)) else {
            export.reject(row, "no `id`".to_owned());
            continue;
        };
        if !export.is_first(&id, row, &user) {
            continue;
        }
        export.keep();
        let (index, _) = facts.account(&system, &id, row);
        let created = export.when(&user, &["createdDateTime"], row);
        member(&mut facts, index, row, created);
        let Some(account) = facts.account_mut(index) else {
            continue;
        };
        account.display = filled(&user, &["userPrincipalName"]).unwrap_or_default();
        account.email = first(&user, &[&["mail"], &["userPrincipalName"]]);
        account.employee_id = filled(&user, &["employeeId"]);
        account.enabled = truth(&user, &["accountEnabled"]);
        account.kind = kind(&filled(&user, &["userType"]).unwrap_or_default());
        account.created = created;
    }
    facts.sheet = export.sheet;
    Ok(facts)
}

/// Reads `roleAssignments` and `roleEligibilityScheduleInstances`.
pub(super) fn roles(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, "Entra role assignments", &["value"])?;
    let knows = Knows::of(&[Knows::PRIVILEGED, Knows::EXPIRY]);
    let mut facts = Facts::new(export.sheet.clone(), knows);
    let system = options.system_or("entra");
    let context = export
        .root
        .as_ref()
        .and_then(|root| filled(root, &["@odata.context"]));
    let all_eligible = context.is_some_and(|context| context.contains("roleEligibility"));
    for (row, role) in export.take() {
        let id = |name: &str| filled(&role, &[name]).map(|id| folded(&id));
        let (Some(principal), Some(definition)) = (id("principalId"), id("roleDefinitionId"))
        else {
            export.reject(row, "no `principalId` or no `roleDefinitionId`".to_owned());
            continue;
        };
        export.keep();
        let name = first(
            &role,
            &[&["roleDefinition", "displayName"], &["roleDefinitionName"]],
        );
        let name = name.unwrap_or_else(|| definition.clone());
        let (account, _) = facts.account(&system, &principal, row);
        let entitlement = facts.entitlement(&system, EntitlementKind::Role, &name);
        let privileged = truth(&role, &["roleDefinition", "isPrivileged"]);
        let privileged = match privileged {
            // Others than these may be privileged, too: a role of one's own, or one that was made since.
            Truth::Unknown if PRIVILEGED.contains(&definition.as_str()) => Truth::Yes,
            said => said,
        };
        facts.privileged(entitlement, privileged);
        let expires = export.when(&role, &["endDateTime"], row);
        let granted = export.when(&role, &["startDateTime"], row);
        let eligible = all_eligible || role.get("roleEligibilityScheduleId").is_some();
        let grant = facts.grant(account, entitlement, row);
        grant.how = if eligible { How::Eligible } else { How::Direct };
        grant.expires = expires;
        grant.granted = granted;
        grant.scope = match filled(&role, &["directoryScopeId"]).as_deref() {
            None | Some("/") => String::new(),
            Some(scope) => scope.to_owned(),
        };
    }
    facts.sheet = export.sheet;
    Ok(facts)
}

/// Reads `signInActivity` of users.
pub(super) fn sign_ins(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, "Entra sign-in activity", &["value"])?;
    let mut facts = Facts::new(export.sheet.clone(), Knows::of(&[Knows::LAST_USED]));
    let system = options.system_or("entra");
    for (row, user) in export.take() {
        let Some(id) = filled(&user, &["id"]).map(|id| folded(&id)) else {
            export.reject(row, "no `id`".to_owned());
            continue;
        };
        if !export.is_first(&id, row, &user) {
            continue;
        }
        export.keep();
        let (index, _) = facts.account(&system, &id, row);
        let used = export.when(
            &user,
            &["signInActivity", "lastSuccessfulSignInDateTime"],
            row,
        );
        if used == When::Empty && user.at(&["signInActivity", "lastSignInDateTime"]).is_some() {
            let why =
                "only attempts are known, which may all have failed; they are no use".to_owned();
            export.doubt(row, "signInActivity", why);
        }
        if let Some(account) = facts.account_mut(index) {
            account.display = filled(&user, &["userPrincipalName"]).unwrap_or_default();
            account.last_used = used;
        }
    }
    facts.sheet = export.sheet;
    facts
        .remarks
        .push("successful sign-ins are known from 2023-12-01 on".to_owned());
    Ok(facts)
}

/// An object's id. GUIDs are the same in either case.
fn folded(id: &str) -> String {
    id.to_ascii_lowercase()
}

fn member(facts: &mut Facts, account: u32, row: u32, created: When) {
    let system = facts
        .account_mut(account)
        .map(|a| a.system.clone())
        .unwrap_or_default();
    let directory = facts.entitlement(&system, EntitlementKind::App, "Entra directory");
    facts.privileged(directory, Truth::No);
    facts.grant(account, directory, row).granted = created;
}

fn kind(user_type: &str) -> Kind {
    match user_type {
        "Guest" => Kind::Guest,
        "Member" => Kind::Human,
        _ => Kind::Unknown,
    }
}
