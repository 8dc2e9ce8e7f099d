//! SCIM 2.0 (RFC 7643 §4): users, enterprise users and groups, alone, as a list or in a ListResponse. Every other message
//! (an error, a patch, a bulk request, a schema) is refused by its kind.

use std::collections::HashMap;
use std::sync::Arc;

use super::Options;
use super::json::{Export, filled, first, list, row_of, truth};
use crate::kernel::document::Node;
use crate::kernel::source::Source;
use crate::review::error::ReviewError;
use crate::review::model::facts::{EntitlementKind, Facts, How, Knows};
use crate::review::model::{Kind, Truth};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// Reads users and groups.
pub(super) fn read(source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
    let mut export = Export::read(source, "SCIM resources", &["Resources"])?;
    let schema_of = |node: &Node| {
        let schemas = list(node, &["schemas"]).iter().filter_map(Node::as_str);
        // Their order means nothing (RFC 7643 §3.1).
        let known = schemas
            .clone()
            .find(|schema| [USER, GROUP, LIST].contains(schema));
        let first = known.or_else(|| schemas.clone().next());
        first.unwrap_or_default().to_owned()
    };
    if let Some(root) = &export.root
        && root.as_sequence().is_none()
    {
        let kind = schema_of(root);
        if ![USER, GROUP, LIST].contains(&kind.as_str()) {
            let kind = if kind.is_empty() {
                "it names no schema"
            } else {
                &kind
            };
            return Err(ReviewError::OtherKind {
                source_name: source.name().to_owned(),
                expected: "SCIM users or groups",
                found: kind.to_owned(),
            });
        }
        let total = root.get("totalResults").and_then(Node::as_i64);
        let here = export.records.len();
        if kind == LIST && total.is_some_and(|total| usize::try_from(total) != Ok(here)) {
            let why = format!(
                "{here} resources, but there are {}",
                total.unwrap_or_default()
            );
            export.doubt(1, "totalResults", why);
        }
    }
    let mut facts = Facts::new(export.sheet.clone(), Knows::of(&[Knows::ENABLED]));
    let system = options.system_or("scim");
    let records = export.take();
    let groups: Groups = records
        .iter()
        .filter(|(_, resource)| schema_of(resource) == GROUP || resource.get("members").is_some())
        .filter_map(|(_, group)| {
            let name = filled(group, &["displayName"])?;
            Some((filled(group, &["id"]).unwrap_or_else(|| name.clone()), name))
        })
        .collect();
    // Members are named by id: users by what names them to people, groups by theirs.
    for (row, resource) in &records {
        let declared = schema_of(resource);
        let is_user =
            declared == USER || (declared.is_empty() && resource.get("userName").is_some());
        if is_user {
            user(
                (&mut facts, &mut export),
                resource,
                *row,
                (&system, &groups),
            );
        } else if declared == GROUP || (declared.is_empty() && resource.get("members").is_some()) {
            group(
                (&mut facts, &mut export),
                resource,
                *row,
                (&system, &groups),
            );
        } else {
            export.reject(*row, format!("not a user or a group: `{declared}`"));
        }
    }
    facts.sheet = export.sheet;
    Ok(facts)
}

/// The names of the groups in the export, by id.
type Groups = HashMap<String, String>;

fn user(
    (facts, export): (&mut Facts, &mut Export),
    user: &Node,
    row: u32,
    (system, groups): (&str, &Groups),
) {
    let Some(name) = filled(user, &["userName"]) else {
        export.reject(row, "a user without `userName`".to_owned());
        return;
    };
    let id = filled(user, &["id"]).unwrap_or_else(|| name.clone());
    if !export.is_first(&id, row, user) {
        return;
    }
    export.keep();
    let (index, _) = facts.account(system, &id, row);
    let created = export.when(user, &["meta", "created"], row);
    let member = facts.entitlement(system, EntitlementKind::App, "account");
    facts.privileged(member, Truth::No);
    facts.grant(index, member, row).granted = created;
    for (field, kind) in [
        ("roles", EntitlementKind::Role),
        ("entitlements", EntitlementKind::Permission),
    ] {
        for each in list(user, &[field]) {
            let value = each
                .as_str()
                .map(str::to_owned)
                .or_else(|| first(each, &[&["value"], &["display"]]));
            match value {
                Some(value) => {
                    let entitlement = facts.entitlement(system, kind, &value);
                    facts.grant(index, entitlement, row);
                }
                None => export.doubt(row, field, "one without `value` and `display`".to_owned()),
            }
        }
    }
    for each in list(user, &["groups"]) {
        let Some(id) = first(each, &[&["value"], &["display"]]) else {
            export.doubt(
                row,
                "groups",
                "one without `value` and `display`".to_owned(),
            );
            continue;
        };
        // A group that is in the export itself names its members there.
        if groups.contains_key(&id) {
            continue;
        }
        let name = filled(each, &["display"]).unwrap_or_else(|| id.clone());
        let group = facts.entitlement(system, EntitlementKind::Group, &label(&name, &id));
        let indirect = filled(each, &["type"]).as_deref() == Some("indirect");
        facts.grant(index, group, row).how = match indirect {
            true => How::Inherited,
            false => How::Direct,
        };
    }
    let emails = list(user, &["emails"]);
    let primary = emails
        .iter()
        .find(|email| truth(email, &["primary"]) == Truth::Yes);
    let email = primary
        .or_else(|| emails.first())
        .and_then(|email| filled(email, &["value"]));
    let Some(account) = facts.account_mut(index) else {
        return;
    };
    account.email = email.or_else(|| name.contains('@').then(|| name.clone()));
    account.display = name;
    account.employee_id = filled(user, &[ENTERPRISE, "employeeNumber"]);
    account.enabled = truth(user, &["active"]);
    account.created = created;
    account.kind = match filled(user, &["userType"]).as_deref() {
        Some("Contractor" | "Employee" | "Intern" | "Temp") => Kind::Human,
        Some("External") => Kind::Guest,
        _ => Kind::Unknown,
    };
}

fn group(
    (facts, export): (&mut Facts, &mut Export),
    group: &Node,
    row: u32,
    (system, groups): (&str, &Groups),
) {
    let Some(name) = filled(group, &["displayName"]) else {
        export.reject(row, "a group without `displayName`".to_owned());
        return;
    };
    let id = filled(group, &["id"]).unwrap_or_else(|| name.clone());
    if !export.is_first(&id, row, group) {
        return;
    }
    export.keep();
    // Two groups may have one name; the id tells them apart.
    let entitlement = facts.entitlement(system, EntitlementKind::Group, &label(&name, &id));
    for (at, member) in list(group, &["members"]).iter().enumerate() {
        let Some(value) = filled(member, &["value"]) else {
            export.doubt(
                row,
                "members",
                format!("member {} has no `value`", row_of(at)),
            );
            continue;
        };
        let link = filled(member, &["$ref"]).unwrap_or_default();
        let kind = filled(member, &["type"]);
        let known = groups
            .get(&value)
            .filter(|_| kind.as_deref() != Some("User"));
        let is_group =
            kind.as_deref() == Some("Group") || link.contains("/Groups/") || known.is_some();
        if is_group {
            // What the member calls it may be an older name of it, or nothing (RFC 7643 §4.2).
            let name = known.cloned().or_else(|| filled(member, &["display"]));
            if known.is_none() {
                let why =
                    format!("the group `{value}` is not in the export, nor is who belongs to it");
                export.doubt(row, "members", why);
            }
            let name = name.unwrap_or_else(|| value.clone());
            let child = facts.entitlement(system, EntitlementKind::Group, &label(&name, &value));
            // Whoever is in the inner group is in the outer one.
            facts.implies(child, entitlement, row);
        } else {
            let (account, _) = facts.account(system, &value, row);
            facts.grant(account, entitlement, row);
        }
    }
}

fn label(name: &str, id: &str) -> String {
    if name == id {
        name.to_owned()
    } else {
        format!("{name} ({id})")
    }
}
