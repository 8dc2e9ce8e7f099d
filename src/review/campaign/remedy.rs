//! What is to be done about what was revoked: a ticket for each, and a command where the system has one. Nothing is run.
//!
//! Names come from exports and are quoted for the shell or for SQL; a name with a control character gets no command.

use std::collections::BTreeSet;

use super::desk::Desk;
use super::outcome::Outcome;
use super::progress::settled;
use crate::review::model::facts::{EntitlementKind, How};
use crate::review::store::Item;

/// What is to be done about an item.
#[derive(Debug, Clone)]
pub struct Remedy {
    /// The item.
    pub item: i64,
    /// Revoke or reduce.
    pub outcome: Outcome,
    /// Whether a person decided it; otherwise the policy did.
    pub by_person: bool,
    /// The ticket, one line.
    pub ticket: String,
    /// The command, if there is one.
    pub command: Option<String>,
    /// What to look at before it is run.
    pub caution: Option<&'static str>,
}

/// The remedies of all items that do not stay as they are, in the order of the items.
pub fn remedies(desk: &Desk) -> Vec<Remedy> {
    let closed = desk.state.name == "closed";
    let mut remedies = Vec::new();
    // Where a name holds what divides a path, nobody knows the path's first step.
    let unclear: BTreeSet<&str> = desk
        .items
        .iter()
        .filter(|item| item.entitlement.contains(STEP))
        .map(|item| item.system.as_str())
        .collect();
    for case in &desk.cases {
        let (outcome, by_person) = match closed {
            true => settled(&desk.policy, case),
            false if case.open.is_none() => (case.outcome, true),
            false => continue,
        };
        let Some(item) = desk.item(case.item) else {
            continue;
        };
        if !matches!(outcome, Outcome::Revoke | Outcome::Reduce) {
            continue;
        }
        let what = match outcome {
            Outcome::Reduce => "reduce",
            _ => "revoke",
        };
        let person = item
            .subject
            .map(|id| format!(" of {}", desk.person_label(id)))
            .unwrap_or_default();
        let place = if item.scope.is_empty() {
            String::new()
        } else {
            format!(" in {}", item.scope)
        };
        let path = if item.path.is_empty() {
            String::new()
        } else {
            format!(", which comes through {}", item.path)
        };
        let command = match outcome {
            Outcome::Revoke if item.path.is_empty() || !unclear.contains(item.system.as_str()) => {
                command(item)
            }
            _ => None,
        };
        remedies.push(Remedy {
            item: item.id,
            outcome,
            by_person,
            ticket: format!(
                "{what} {} {}{place} from {}/{}{person}{path}",
                item.kind.name(),
                item.entitlement,
                item.system,
                item.account
            ),
            caution: command.as_ref().and_then(|(_, caution)| *caution),
            command: command.map(|(command, _)| command),
        });
    }
    remedies
}

/// What divides the steps of a path.
const STEP: &str = " > ";

type Command = (String, Option<&'static str>);

fn command(item: &Item) -> Option<Command> {
    let texts = [
        &item.system,
        &item.account,
        &item.entitlement,
        &item.scope,
        &item.path,
        &item.justification,
    ];
    if texts.iter().any(|text| text.chars().any(char::is_control)) {
        return None;
    }
    // What is inherited goes with the first step of its path, which may serve others, too.
    if item.how == How::Inherited && item.path.is_empty() {
        return None;
    }
    let family = item.system.split(':').next().unwrap_or_default();
    match family {
        "aws" => aws(item),
        "kubernetes" => kubernetes(item),
        "postgresql" => postgresql(item),
        "okta" => okta(item),
        _ => None,
    }
}

fn aws(item: &Item) -> Option<Command> {
    let number = item.system.split_once(':').map_or("", |(_, number)| number);
    let (sort, name) = match item.account.strip_prefix("role/") {
        Some(role) => ("role", role),
        None => ("user", item.account.as_str()),
    };
    // The root user has no name there.
    if name == "<root_account>" {
        return None;
    }
    let of = format!("--{sort}-name {}", shell(name));
    // An inherited policy goes with the group.
    let first = item.path.split(STEP).next().unwrap_or_default();
    if let Some(group) = first.strip_prefix("group ") {
        let command = format!(
            "aws iam remove-user-from-group {of} --group-name {}",
            shell(group)
        );
        return Some((command, Some("the user loses all that the group gives")));
    }
    match (item.kind, item.entitlement.as_str()) {
        (EntitlementKind::Group, group) => Some((
            format!(
                "aws iam remove-user-from-group {of} --group-name {}",
                shell(group)
            ),
            None,
        )),
        (EntitlementKind::Policy, policy) => Some(match policy.split_once(" / ") {
            Some((_, inline)) => (
                format!(
                    "aws iam delete-{sort}-policy {of} --policy-name {}",
                    shell(inline)
                ),
                None,
            ),
            None => {
                let (owner, name) = match policy.strip_prefix("aws/") {
                    Some(name) => ("aws", name),
                    None => (number, policy),
                };
                let arn = shell(&format!("arn:aws:iam::{owner}:policy/{name}"));
                let caution = "check the policy's ARN: its path is not in the review";
                (
                    format!("aws iam detach-{sort}-policy {of} --policy-arn {arn}"),
                    Some(caution),
                )
            }
        }),
        (EntitlementKind::Permission, "console sign-in") => {
            Some((format!("aws iam delete-login-profile {of}"), None))
        }
        (EntitlementKind::Permission, key) if key.starts_with("access key") => Some((
            format!("aws iam update-access-key {of} --status Inactive --access-key-id \"$KEY_ID\""),
            Some("set KEY_ID to the key; `aws iam list-access-keys` names it"),
        )),
        _ => None,
    }
}

fn kubernetes(item: &Item) -> Option<Command> {
    let (sort, name) = item.justification.split_once(' ')?;
    let namespace = item
        .scope
        .strip_prefix("namespace ")
        .map(|n| format!(" -n {}", shell(n)));
    let sort = match sort {
        "ClusterRoleBinding" => "clusterrolebinding",
        "RoleBinding" => "rolebinding",
        _ => return None,
    };
    let caution =
        "it takes the role from all subjects of the binding; edit the binding if there are others";
    Some((
        format!(
            "kubectl delete {sort}{} -- {}",
            namespace.unwrap_or_default(),
            shell(name)
        ),
        Some(caution),
    ))
}

fn postgresql(item: &Item) -> Option<Command> {
    let role = sql(&item.account);
    let first = item.path.split(STEP).next().unwrap_or_default();
    if let Some(group) = first.strip_prefix("group ") {
        return Some((psql(&format!("REVOKE {} FROM {role};", sql(group))), None));
    }
    let statement = match (item.kind, item.entitlement.as_str()) {
        (EntitlementKind::Group, group) => format!("REVOKE {} FROM {role};", sql(group)),
        (
            _,
            power @ ("SUPERUSER" | "CREATEROLE" | "BYPASSRLS" | "REPLICATION" | "CREATEDB"
            | "LOGIN"),
        ) => {
            format!("ALTER ROLE {role} NO{power};")
        }
        (_, admin) => {
            let group = admin.strip_prefix("ADMIN OPTION on ")?;
            format!("REVOKE ADMIN OPTION FOR {} FROM {role};", sql(group))
        }
    };
    Some((psql(&statement), None))
}

fn okta(item: &Item) -> Option<Command> {
    let user = |rest: &str| {
        let id: String = item
            .account
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        (id == item.account).then(|| {
            format!("curl -X DELETE -H \"Authorization: SSWS $OKTA_TOKEN\" \"https://$OKTA_DOMAIN/api/v1/{}\"", rest.replace("USER", &id))
        })
    };
    // What a group gives goes with the group.
    if !item.path.is_empty() {
        return Some((
            user("groups/$GROUP_ID/users/USER")?,
            Some(
                "set GROUP_ID to the id of the group that it comes through; the user loses all that it gives",
            ),
        ));
    }
    match item.kind {
        EntitlementKind::Group => Some((
            user("groups/$GROUP_ID/users/USER")?,
            Some("set GROUP_ID to the group's id"),
        )),
        EntitlementKind::Role => Some((
            user("users/USER/roles/$ROLE_ID")?,
            Some("set ROLE_ID to the assignment's id"),
        )),
        EntitlementKind::App if item.entitlement == "Okta" => Some((
            user("users/USER/sessions")?,
            Some("it ends sessions; deactivate the user to take the account away"),
        )),
        EntitlementKind::App => Some((
            user("apps/$APP_ID/users/USER")?,
            Some("set APP_ID to the app's id"),
        )),
        _ => None,
    }
}

fn psql(statement: &str) -> String {
    format!("psql -c {}", shell(statement))
}

/// Quoted for a POSIX shell.
fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Quoted as an SQL identifier.
fn sql(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::model::When;

    fn item(
        system: &str,
        account: &str,
        kind: EntitlementKind,
        entitlement: &str,
        path: &str,
    ) -> Item {
        Item {
            id: 1,
            system: system.to_owned(),
            account: account.to_owned(),
            account_id: 1,
            kind,
            entitlement: entitlement.to_owned(),
            scope: String::new(),
            path: path.to_owned(),
            how: if path.is_empty() {
                How::Direct
            } else {
                How::Inherited
            },
            subject: None,
            risk: 0,
            changed: true,
            granted: When::Empty,
            granted_by: String::new(),
            last_used: When::Empty,
            expires: When::Empty,
            justification: "ClusterRoleBinding ops".to_owned(),
            place: (1, 1),
        }
    }

    #[test]
    fn commands_are_quoted_and_inherited_access_goes_with_its_group() {
        use EntitlementKind::{Group, Permission, Policy, Role};
        for (system, account, kind, entitlement, path, expected) in [
            (
                "aws:1",
                "ann",
                Policy,
                "deploy",
                "",
                "aws iam detach-user-policy --user-name 'ann' --policy-arn 'arn:aws:iam::1:policy/deploy'",
            ),
            (
                "aws:1",
                "role/x",
                Policy,
                "role/x / in",
                "",
                "aws iam delete-role-policy --role-name 'x' --policy-name 'in'",
            ),
            (
                "aws:1",
                "a'; rm -rf /",
                Group,
                "g",
                "",
                "aws iam remove-user-from-group --user-name 'a'\\''; rm -rf /' --group-name 'g'",
            ),
            (
                "aws:1",
                "ann",
                Policy,
                "deploy",
                "group ops",
                "aws iam remove-user-from-group --user-name 'ann' --group-name 'ops'",
            ),
            (
                "kubernetes",
                "ann",
                Role,
                "ClusterRole/admin",
                "",
                "kubectl delete clusterrolebinding -- 'ops'",
            ),
            (
                "okta",
                "00u1",
                Role,
                "SUPER_ADMIN",
                "group Admins (00g1)",
                "curl -X DELETE -H \"Authorization: SSWS $OKTA_TOKEN\" \"https://$OKTA_DOMAIN/api/v1/groups/$GROUP_ID/users/00u1\"",
            ),
            (
                "postgresql",
                "a\"b",
                Group,
                "it's",
                "",
                "psql -c 'REVOKE \"it'\\''s\" FROM \"a\"\"b\";'",
            ),
            (
                "postgresql",
                "ann",
                Permission,
                "SUPERUSER",
                "",
                "psql -c 'ALTER ROLE \"ann\" NOSUPERUSER;'",
            ),
            (
                "okta",
                "00u1",
                Role,
                "SUPER_ADMIN",
                "",
                "curl -X DELETE -H \"Authorization: SSWS $OKTA_TOKEN\" \"https://$OKTA_DOMAIN/api/v1/users/00u1/roles/$ROLE_ID\"",
            ),
        ] {
            let found = command(&item(system, account, kind, entitlement, path));
            assert_eq!(found.map(|(command, _)| command).as_deref(), Some(expected));
        }
        for hostile in ["a\nb", "\u{1b}[2J"] {
            assert_eq!(command(&item("aws:1", hostile, Group, "g", "")), None);
        }
        // A binding may be called like an option.
        let mut binding = item("kubernetes", "ann", Role, "ClusterRole/admin", "");
        binding.justification = "RoleBinding --all".to_owned();
        binding.scope = "namespace prod".to_owned();
        let found = command(&binding).map(|(command, _)| command);
        let expected = "kubectl delete rolebinding -n 'prod' -- '--all'";
        assert_eq!(found.as_deref(), Some(expected));
        let root = item("aws:1", "<root_account>", Permission, "console sign-in", "");
        assert_eq!(command(&root), None);
        assert_eq!(command(&item("okta", "$(id)", Role, "X", "")), None);
        assert_eq!(command(&item("erp", "ann", Role, "X", "")), None);
    }
}
