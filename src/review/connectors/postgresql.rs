//! PostgreSQL: `pg_roles` and `pg_auth_members` as JSON or CSV-like JSON rows; one file may hold both.
//!
//! A role is an account where it may log in, and a group where others are its members. Without `inherit_option` the rights
//! are still within reach by SET ROLE (`set_option`).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Options;
use super::json::{Export, filled, first, truth};
use crate::kernel::document::Node;
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::model::facts::{EntitlementKind, Facts, How, Knows};
use crate::review::model::{Kind, Truth, When};

const POWERS: [(&str, &str); 5] = [
    ("rolsuper", "SUPERUSER"),
    ("rolcreaterole", "CREATEROLE"),
    ("rolbypassrls", "BYPASSRLS"),
    ("rolreplication", "REPLICATION"),
    ("rolcreatedb", "CREATEDB"),
];

/// Roles that come with the server and reach beyond it, or past every table's grants.
const STRONG: [&str; 6] = [
    "pg_execute_server_program",
    "pg_write_server_files",
    "pg_read_server_files",
    "pg_write_all_data",
    "pg_read_all_data",
    "pg_signal_backend",
];

/// Reads roles and memberships.
pub(super) fn read(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, "PostgreSQL roles", &["pg_roles", "roles"])?;
    let knows = Knows::of(&[Knows::ENABLED, Knows::PRIVILEGED, Knows::EXPIRY]);
    let mut facts = Facts::new(export.sheet.clone(), knows);
    let system = options.system_or("postgresql");
    let mut records = export.take();
    let more = export
        .root
        .as_ref()
        .and_then(|root| root.get("pg_auth_members"));
    let more = more
        .and_then(Node::as_sequence)
        .unwrap_or_default()
        .to_vec();
    export.sheet.read += more.len();
    let begin = records.len();
    records.extend(
        more.into_iter()
            .enumerate()
            .map(|(i, node)| (super::json::row_of(begin + i), node)),
    );
    let mut names: HashMap<String, (String, bool)> = HashMap::new();
    let (roles, members): (Vec<_>, Vec<_>) = records
        .into_iter()
        .partition(|(_, r)| r.get("rolname").is_some());
    let of_others: HashSet<String> = members
        .iter()
        .filter_map(|(_, edge)| first(edge, &[&["role"], &["roleid"]]))
        .collect();
    for (row, role) in &roles {
        let name = filled(role, &["rolname"]).unwrap_or_default();
        let logs_in = truth(role, &["rolcanlogin"]);
        if !export.is_first(&name, *row, role) {
            continue;
        }
        export.keep();
        if let Some(oid) = filled(role, &["oid"]) {
            names.insert(oid, (name.clone(), logs_in != Truth::No));
        }
        names.insert(name.clone(), (name.clone(), logs_in != Truth::No));
        let expires = match filled(role, &["rolvaliduntil"]).as_deref() {
            Some("infinity") => When::Empty,
            _ => export.when(role, &["rolvaliduntil"], *row),
        };
        let powers = POWERS
            .iter()
            .filter(|(field, _)| truth(role, &[field]) == Truth::Yes);
        let powers: Vec<&str> = powers.map(|(_, power)| *power).collect();
        // A role that logs in has members, too: who is one of them has what it has, or takes it up by SET ROLE.
        let oid = filled(role, &["oid"]).unwrap_or_default();
        if logs_in == Truth::No || of_others.contains(&name) || of_others.contains(&oid) {
            let group = facts.entitlement(&system, EntitlementKind::Group, &name);
            let strong = STRONG.contains(&name.as_str());
            facts.privileged(group, Truth::of(Some(strong || !powers.is_empty())));
            for power in &powers {
                let right = facts.entitlement(&system, EntitlementKind::Permission, power);
                facts.privileged(right, Truth::Yes);
                facts.implies(group, right, *row);
            }
        }
        if logs_in == Truth::No {
            continue;
        }
        let (index, _) = facts.account(&system, &name, *row);
        let login = facts.entitlement(&system, EntitlementKind::Permission, "LOGIN");
        facts.privileged(login, Truth::No);
        facts.grant(index, login, *row).expires = expires;
        for power in powers {
            let right = facts.entitlement(&system, EntitlementKind::Permission, power);
            facts.privileged(right, Truth::Yes);
            facts.grant(index, right, *row).expires = expires;
        }
        if let Some(account) = facts.account_mut(index) {
            account.enabled = logs_in;
            account.expires = expires;
            account.kind = if name == "postgres" {
                Kind::Breakglass
            } else {
                Kind::Unknown
            };
        }
    }
    for (row, edge) in &members {
        let role = first(edge, &[&["role"], &["roleid"]]);
        let member = first(edge, &[&["member_name"], &["member"]]);
        let (Some(role), Some(member)) = (role, member) else {
            export.reject(
                *row,
                "neither a role (`rolname`) nor a membership (`roleid`, `member`)".to_owned(),
            );
            continue;
        };
        let named = |key: &String| names.get(key).cloned();
        let member_id = member.clone();
        let (Some((role, _)), Some((member, logs_in))) = (named(&role), named(&member)) else {
            export.reject(
                *row,
                format!("the role `{role}` or `{member}` is not in the export"),
            );
            continue;
        };
        export.keep();
        let group = facts.entitlement(&system, EntitlementKind::Group, &role);
        if STRONG.contains(&role.as_str()) {
            facts.privileged(group, Truth::Yes);
        }
        let inherits = truth(edge, &["inherit_option"]) != Truth::No;
        let may_set = truth(edge, &["set_option"]) != Truth::No;
        let admin = truth(edge, &["admin_option"]) == Truth::Yes;
        let right = format!("ADMIN OPTION on {role}");
        if !inherits && !may_set && !admin {
            let why = format!(
                "`{member}` is a member of `{role}` without any option, which gives nothing"
            );
            export.doubt(*row, "inherit_option", why);
            continue;
        }
        if !logs_in || of_others.contains(&member) || of_others.contains(&member_id) {
            let parent = facts.entitlement(&system, EntitlementKind::Group, &member);
            facts.implies(parent, group, *row);
            if admin {
                let right = facts.entitlement(&system, EntitlementKind::Permission, &right);
                facts.privileged(right, Truth::Yes);
                facts.implies(parent, right, *row);
            }
        }
        if !logs_in {
            continue;
        }
        let (account, _) = facts.account(&system, &member, *row);
        let grantor = filled(edge, &["grantor"]).and_then(|grantor| named(&grantor));
        let grant = facts.grant(account, group, *row);
        grant.how = if inherits { How::Direct } else { How::Eligible };
        grant.granted_by = grantor.map(|(name, _)| name).unwrap_or_default();
        if admin {
            let right = facts.entitlement(&system, EntitlementKind::Permission, &right);
            facts.privileged(right, Truth::Yes);
            facts.grant(account, right, *row);
        }
    }
    facts.sheet = export.sheet;
    Ok(facts)
}
