//! GitLab: members of groups and projects, as its API lists them. `/members` lists direct ones only; `/members/all` also
//! those who are inherited or invited.

use std::sync::Arc;

use super::Options;
use super::json::{Export, filled, first};
use crate::kernel::document::Node;
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::model::facts::{EntitlementKind, Facts, How, Knows};
use crate::review::model::{Kind, Truth};

const LEVELS: [(i64, &str); 9] = [
    (0, "no access"),
    (5, "minimal access"),
    (10, "guest"),
    (15, "planner"),
    (20, "reporter"),
    (30, "developer"),
    (40, "maintainer"),
    (50, "owner"),
    (60, "admin"),
];

/// Reads members.
pub(super) fn read(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, "GitLab members", &["members"])?;
    let knows = Knows::of(&[
        Knows::ENABLED,
        Knows::PRIVILEGED,
        Knows::EXPIRY,
        Knows::GRANTED,
    ]);
    let mut facts = Facts::new(export.sheet.clone(), knows);
    let system = options.system_or("gitlab");
    let count = export.records.len();
    if count == 20 || count == 100 {
        let why = format!("exactly {count} records are a whole page: there are probably more");
        export.doubt(1, "page", why);
    }
    for (row, member) in export.take() {
        let level = member.get("access_level").and_then(Node::as_i64);
        let (Some(name), Some(level)) = (filled(&member, &["username"]), level) else {
            export.reject(row, "no `username` or no `access_level`".to_owned());
            continue;
        };
        export.keep();
        let known = LEVELS.iter().find(|(number, _)| *number == level);
        let role = known.map_or_else(|| format!("level {level}"), |(_, name)| (*name).to_owned());
        let (index, _) = facts.account(&system, &name, row);
        let entitlement = facts.entitlement(&system, EntitlementKind::Role, &role);
        facts.privileged(entitlement, Truth::of(known.map(|_| level >= 40)));
        let granted = export.when(&member, &["created_at"], row);
        let expires = export.when(&member, &["expires_at"], row);
        let scope = first(&member, &[&["source_full_path"], &["group"], &["project"]]);
        let grant = facts.grant(index, entitlement, row);
        grant.granted = granted;
        grant.expires = expires;
        grant.granted_by = filled(&member, &["created_by", "username"]).unwrap_or_default();
        grant.scope = scope.unwrap_or_default();
        if member.get("is_inherited").and_then(Node::as_bool) == Some(true) {
            grant.how = How::Inherited;
        }
        let Some(account) = facts.account_mut(index) else {
            continue;
        };
        account.display = filled(&member, &["name"]).unwrap_or_default();
        account.email = first(&member, &[&["email"], &["public_email"]]);
        account.enabled = match filled(&member, &["state"]).as_deref() {
            Some("active") => Truth::Yes,
            Some("blocked" | "deactivated" | "banned" | "ldap_blocked") => Truth::No,
            _ => Truth::Unknown,
        };
        // The names of bots of projects and groups are given by GitLab.
        let bot = name.starts_with("project_") || name.starts_with("group_");
        if bot && name.contains("_bot") {
            account.kind = Kind::Service;
        }
    }
    facts.sheet = export.sheet;
    if !options.filter.contains("all") {
        facts.remarks.push(
            "`/members` lists direct members only; tell `--filter members/all` if it is that list"
                .to_owned(),
        );
    }
    Ok(facts)
}
