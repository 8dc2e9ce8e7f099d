//! Okta: users, groups with their members, app assignments, factors and administrator roles, as its API lists them.
//!
//! Lists of one user or group do not name it: the id is taken out of the record's links, or stands beside the list as
//! `group` or `user`. A factor counts only where its status is `ACTIVE`. `manager` is free text and no join.

use std::sync::Arc;

use super::Options;
use super::json::{Export, filled, first};
use crate::kernel::document::Node;
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::model::facts::{EntitlementKind, Facts, How, Knows};
use crate::review::model::{Kind, Mfa, Truth};

fn system(options: &Options) -> String {
    options.system_or("okta")
}

fn finish(mut facts: Facts, export: Export) -> Facts {
    facts.sheet = export.sheet;
    facts
}

/// Reads users.
pub(super) fn users(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, "Okta users", &["users"])?;
    let knows = Knows::of(&[Knows::ENABLED, Knows::LAST_USED]);
    let mut facts = Facts::new(export.sheet.clone(), knows);
    let system = system(options);
    for (row, user) in export.take() {
        let (Some(id), Some(status)) = (filled(&user, &["id"]), filled(&user, &["status"])) else {
            export.reject(row, "no `id` or no `status`".to_owned());
            continue;
        };
        if !export.is_first(&id, row, &user) {
            continue;
        }
        let enabled = match status.as_str() {
            "ACTIVE" | "RECOVERY" | "PASSWORD_EXPIRED" | "LOCKED_OUT" => Truth::Yes,
            "SUSPENDED" | "DEPROVISIONED" | "STAGED" | "PROVISIONED" => Truth::No,
            other => {
                export.doubt(
                    row,
                    "status",
                    format!("`{other}` is not a status that is known"),
                );
                Truth::Unknown
            }
        };
        export.keep();
        let (index, _) = facts.account(&system, &id, row);
        let created = export.when(&user, &["created"], row);
        let mut last_used = export.when(&user, &["lastLogin"], row);
        if user.get("lastLogin").is_some_and(Node::is_null) {
            last_used = crate::review::model::When::Never;
        }
        let kind = filled(&user, &["profile", "userType"]).unwrap_or_default();
        let signs_in = facts.entitlement(&system, EntitlementKind::App, "Okta");
        facts.privileged(signs_in, Truth::No);
        let grant = facts.grant(index, signs_in, row);
        grant.granted = created;
        grant.last_used = last_used;
        let Some(account) = facts.account_mut(index) else {
            continue;
        };
        account.display =
            first(&user, &[&["profile", "login"], &["profile", "email"]]).unwrap_or_default();
        account.email = first(&user, &[&["profile", "email"], &["profile", "login"]]);
        account.employee_id = filled(&user, &["profile", "employeeNumber"]);
        account.kind = match super::value::kind(&kind) {
            super::value::Reading::Read(kind) => kind,
            super::value::Reading::Unreadable(_) => Kind::Unknown,
        };
        account.enabled = enabled;
        account.created = created;
        account.last_used = last_used;
    }
    Ok(finish(facts, export))
}

/// Reads groups with their members: `{"id", "type", "profile": {"name"}, "users": [{"id"}]}`.
pub(super) fn groups(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, "Okta groups", &["groups"])?;
    let mut facts = Facts::new(export.sheet.clone(), Knows::default());
    let system = system(options);
    let mut without = 0;
    for (row, group) in export.take() {
        let Some(name) = first(
            &group,
            &[
                &["profile", "name"],
                &["group", "profile", "name"],
                &["name"],
            ],
        ) else {
            export.reject(row, "a group without `profile.name`".to_owned());
            continue;
        };
        let id = first(&group, &[&["id"], &["group", "id"]]).unwrap_or_else(|| name.clone());
        if !export.is_first(&id, row, &group) {
            continue;
        }
        export.keep();
        // Two groups may have one name, and roles know a group by its id.
        let entitlement =
            facts.entitlement(&system, EntitlementKind::Group, &group_label(&name, &id));
        let members = group.get("users").or_else(|| group.get("members"));
        let members = members.or_else(|| group.at(&["_embedded", "users"]));
        let Some(members) = members.and_then(Node::as_sequence) else {
            without += 1;
            continue;
        };
        for member in members {
            match first(member, &[&["id"]]) {
                Some(id) => {
                    let (account, _) = facts.account(&system, &id, row);
                    facts.grant(account, entitlement, row);
                }
                None => export.doubt(row, "users", "a member without `id`".to_owned()),
            }
        }
    }
    if without > 0 {
        export.doubt(
            1,
            "users",
            format!("{without} groups come without their members"),
        );
    }
    Ok(finish(facts, export))
}

/// Reads app assignments: `scope` USER is direct, GROUP is inherited.
pub(super) fn apps(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, "Okta app users", &["users"])?;
    let mut facts = Facts::new(export.sheet.clone(), Knows::of(&[Knows::GRANTED]));
    let system = system(options);
    for (row, user) in export.take() {
        let app = first(
            &user,
            &[
                &["app", "label"],
                &["app", "name"],
                &["appName"],
                &["appId"],
            ],
        )
        .or_else(|| between(&user, &["_links", "app", "href"], "/apps/"));
        let (Some(id), Some(app)) = (filled(&user, &["id"]), app) else {
            export.reject(
                row,
                "no `id`, or no app in `app.label`, `appId` or `_links.app.href`".to_owned(),
            );
            continue;
        };
        export.keep();
        let (account, _) = facts.account(&system, &id, row);
        let entitlement = facts.entitlement(&system, EntitlementKind::App, &app);
        let created = export.when(&user, &["created"], row);
        let grant = facts.grant(account, entitlement, row);
        grant.granted = created;
        match filled(&user, &["scope"]).as_deref() {
            Some("GROUP") => grant.how = How::Inherited,
            Some("USER") => {}
            _ => export.doubt(row, "scope", "neither `USER` nor `GROUP`".to_owned()),
        }
    }
    Ok(finish(facts, export))
}

/// Reads factors.
pub(super) fn factors(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, "Okta factors", &["factors"])?;
    let knows = Knows::of(&[Knows::MFA, Knows::FACTOR]);
    let mut facts = Facts::new(export.sheet.clone(), knows);
    let system = system(options);
    for (row, record) in export.take() {
        let user = first(&record, &[&["userId"], &["user", "id"]])
            .or_else(|| between(&record, &["_links", "user", "href"], "/users/"))
            .or_else(|| between(&record, &["_links", "self", "href"], "/users/"));
        let Some(user) = user else {
            export.reject(
                row,
                "no user in `userId`, `user.id` or the links".to_owned(),
            );
            continue;
        };
        export.keep();
        let (index, new) = facts.account(&system, &user, row);
        // Either one factor, or all factors of a user (perhaps none) in one record.
        let several = record.get("factors").and_then(Node::as_sequence);
        let all = several.unwrap_or(std::slice::from_ref(&record));
        let mut best = if new { Mfa::None } else { Mfa::Unknown };
        for factor in all {
            if filled(factor, &["status"]).as_deref() != Some("ACTIVE") {
                continue;
            }
            let kind = filled(factor, &["factorType"]).unwrap_or_default();
            let found = match kind.as_str() {
                "webauthn" | "u2f" | "signed_nonce" => Mfa::Fido2,
                "push" => Mfa::Push,
                "token:software:totp" | "token:hotp" | "token:hardware" | "token" => Mfa::Otp,
                "sms" | "call" | "email" => Mfa::Sms,
                // A question is something one knows, as the password is.
                "question" => Mfa::None,
                other => {
                    export.doubt(
                        row,
                        "factorType",
                        format!("`{other}` is not a factor that is known"),
                    );
                    Mfa::Unspecified
                }
            };
            best = best.max(found);
        }
        if let Some(account) = facts.account_mut(index) {
            account.mfa = account.mfa.max(best);
        }
    }
    Ok(finish(facts, export))
}

/// Reads administrator roles.
pub(super) fn roles(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, "Okta roles", &["roles"])?;
    let knows = Knows::of(&[Knows::PRIVILEGED, Knows::GRANTED]);
    let mut facts = Facts::new(export.sheet.clone(), knows);
    let system = system(options);
    for (row, role) in export.take() {
        let holder = first(&role, &[&["userId"], &["user", "id"], &["assignee", "id"]])
            .or_else(|| between(&role, &["_links", "assignee", "href"], "/users/"))
            .or_else(|| between(&role, &["_links", "assignee", "href"], "/groups/"));
        let (Some(kind), Some(holder)) = (filled(&role, &["type"]), holder) else {
            export.reject(
                row,
                "no `type`, or nobody in `userId` or `_links.assignee.href`".to_owned(),
            );
            continue;
        };
        export.keep();
        let name = match kind.as_str() {
            "CUSTOM" => filled(&role, &["label"]).unwrap_or_else(|| kind.clone()),
            _ => kind.clone(),
        };
        let entitlement = facts.entitlement(&system, EntitlementKind::Role, &name);
        // Whoever administers is privileged; only reading is not.
        let privileged = !matches!(kind.as_str(), "READ_ONLY_ADMIN" | "REPORT_ADMIN");
        facts.privileged(entitlement, Truth::of(Some(privileged)));
        let created = export.when(&role, &["created"], row);
        if filled(&role, &["assignmentType"]).as_deref() == Some("GROUP") {
            let id = filled(&role, &["group", "id"]).unwrap_or(holder);
            // Without its name it is joined to the group of that id when the campaign is opened.
            let name = filled(&role, &["group", "profile", "name"]).unwrap_or_else(|| id.clone());
            let group =
                facts.entitlement(&system, EntitlementKind::Group, &group_label(&name, &id));
            facts.implies(group, entitlement, row);
            continue;
        }
        let (account, _) = facts.account(&system, &holder, row);
        facts.grant(account, entitlement, row).granted = created;
        if filled(&role, &["assignmentType"]).as_deref() == Some("CLIENT")
            && let Some(account) = facts.account_mut(account)
        {
            account.kind = Kind::Service;
        }
    }
    Ok(finish(facts, export))
}

fn group_label(name: &str, id: &str) -> String {
    match name == id {
        true => name.to_owned(),
        false => format!("{name} ({id})"),
    }
}

/// The segment of a link that follows a mark.
fn between(record: &Node, path: &[&str], mark: &str) -> Option<String> {
    let link = filled(record, path)?;
    let (_, rest) = link.split_once(mark)?;
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let id = rest.get(..end)?;
    (!id.is_empty()).then(|| id.to_owned())
}
