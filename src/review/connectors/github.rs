//! GitHub: members of an organisation, teams with their members, collaborators of repositories, as its API lists them.
//!
//! A list does not say what filter made it: who is an owner, or has no second factor, is known only from the filter, so
//! `--filter role=admin` or `--filter 2fa_disabled` must be told. A list of exactly 30 or 100 is probably one page.

use std::sync::Arc;

use super::Options;
use super::json::{Export, filled, first, list, truth};
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::model::facts::{EntitlementKind, Facts, Knows};
use crate::review::model::{Kind, Mfa, Truth};

/// Reads members and outside collaborators.
pub(super) fn members(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, "GitHub members", &["members"])?;
    page(&mut export);
    let without_factor = options.filter.contains("2fa_disabled");
    let owners = options.filter.contains("role=admin");
    let mut knows = Knows::of(&[Knows::KIND]);
    if without_factor {
        knows = knows.and(Knows::MFA);
    }
    if owners {
        knows = knows.and(Knows::PRIVILEGED);
    }
    let mut facts = Facts::new(export.sheet.clone(), knows);
    let system = options.system_or("github");
    for (row, member) in export.take() {
        let Some(login) = filled(&member, &["login"]) else {
            export.reject(row, "no `login`".to_owned());
            continue;
        };
        // A collaborator stands there once for each repository.
        let scope = first(&member, &[&["repository", "full_name"], &["repository"]]);
        let scope = scope.unwrap_or_default();
        if !export.is_first(&format!("{login} {scope}").to_lowercase(), row, &member) {
            continue;
        }
        export.keep();
        let (index, _) = facts.account(&system, &login, row);
        let permission = filled(&member, &["role_name"]);
        let role = first(&member, &[&["role_name"], &["role"]]);
        let said = role.is_some();
        let role = role.unwrap_or_else(|| if owners { "owner" } else { "member" }.to_owned());
        let entitlement = facts.entitlement(&system, EntitlementKind::Role, &role);
        let privileged = matches!(role.as_str(), "owner" | "admin" | "maintain");
        let told = said || options.filter.contains("role=");
        facts.privileged(entitlement, Truth::of(told.then_some(privileged)));
        if truth(&member, &["site_admin"]) == Truth::Yes {
            let site = facts.entitlement(&system, EntitlementKind::Role, "site admin");
            facts.privileged(site, Truth::Yes);
            facts.grant(index, site, row);
        }
        facts.grant(index, entitlement, row).scope = scope;
        let Some(account) = facts.account_mut(index) else {
            continue;
        };
        account.email = filled(&member, &["email"]);
        account.enabled = Truth::Yes;
        account.mfa = if without_factor {
            Mfa::None
        } else {
            Mfa::Unknown
        };
        account.kind = match filled(&member, &["type"]).as_deref() {
            Some("Bot") => Kind::Service,
            Some("User") if permission.is_none() => Kind::Human,
            _ => Kind::Unknown,
        };
    }
    facts.sheet = export.sheet;
    let known = if options.filter.is_empty() {
        "no filter was told: role and second factor are unknown"
    } else {
        ""
    };
    facts
        .remarks
        .extend((!known.is_empty()).then(|| known.to_owned()));
    Ok(facts)
}

/// Reads teams: `{"slug", "parent": {"slug"}, "permission", "members": [{"login", "role"}]}`.
pub(super) fn teams(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, "GitHub teams", &["teams"])?;
    page(&mut export);
    let mut facts = Facts::new(export.sheet.clone(), Knows::default());
    let system = options.system_or("github");
    let mut without = 0;
    for (row, team) in export.take() {
        let Some(slug) = first(&team, &[&["slug"], &["name"]]) else {
            export.reject(row, "a team without `slug`".to_owned());
            continue;
        };
        if !export.is_first(&slug, row, &team) {
            continue;
        }
        export.keep();
        let group = facts.entitlement(&system, EntitlementKind::Group, &slug);
        // A child team has what its parent has.
        if let Some(parent) = first(&team, &[&["parent", "slug"], &["parent", "name"]]) {
            let parent = facts.entitlement(&system, EntitlementKind::Group, &parent);
            facts.implies(group, parent, row);
        }
        for repository in list(&team, &["repositories"]) {
            let name = first(repository, &[&["full_name"], &["name"]]);
            let permission = first(repository, &[&["role_name"], &["permission"]]);
            if let Some(name) = name {
                let permission = permission.unwrap_or_else(|| "pull".to_owned());
                let label = format!("{permission} on {name}");
                let right = facts.entitlement(&system, EntitlementKind::Permission, &label);
                let privileged = matches!(permission.as_str(), "admin" | "maintain");
                facts.privileged(right, Truth::of(Some(privileged)));
                facts.implies(group, right, row);
            }
        }
        if team.get("members").is_none() {
            without += 1;
        }
        for member in list(&team, &["members"]) {
            match first(member, &[&["login"]]) {
                Some(login) => {
                    let (account, _) = facts.account(&system, &login, row);
                    facts.grant(account, group, row);
                }
                None => export.doubt(row, "members", "a member without `login`".to_owned()),
            }
        }
    }
    if without > 0 {
        export.doubt(
            1,
            "members",
            format!("{without} teams come without their members"),
        );
    }
    facts.sheet = export.sheet;
    Ok(facts)
}

/// Page sizes: a list that fills one page is probably cut.
fn page(export: &mut Export) {
    let count = export.records.len();
    if count == 30 || count == 100 {
        let why = format!("exactly {count} records are a whole page: there are probably more");
        export.doubt(row(count), "page", why);
    }
}

fn row(count: usize) -> u32 {
    crate::review::model::facts::count(count)
}
