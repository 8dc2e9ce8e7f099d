//! Exports as systems write them, one connector a file. Each yields part of the model and a source sheet.
//!
//! Headers are matched without regard to case, spaces, underscores and marks in brackets; of several headers for one
//! field the one nearest to the field's own name is taken. The delimiter (`,` `;` tab `|`) is found by which one makes
//! the header known. Text must be UTF-8, with or without a byte order mark.

mod aws_authorization;
mod aws_credential_report;
mod csv_text;
mod entra;
mod github;
mod gitlab_members;
mod google_users;
pub mod grants;
pub mod hr_roster;
mod json;
mod kubernetes;
mod mapped;
mod okta;
mod postgresql;
mod roster;
mod scim;
mod table;
mod value;
mod workday;

use std::collections::HashMap;
use std::sync::Arc;

use super::error::ReviewError;
use super::model::facts::Facts;
use super::sheet::SourceSheet;
use crate::kernel::source::Source;
use crate::kernel::time::Timestamp;
use table::Row;
pub(super) use table::cells;

/// What whoever imports an export tells about it.
#[derive(Debug, Clone)]
pub struct Options {
    /// The system's name, where the export's own is not wanted.
    pub system: Option<String>,
    /// The filter or query that made the export, in a few words; some exports mean something else under another.
    pub filter: String,
    /// The mapping of a mapped export.
    pub mapping: Option<Arc<Source>>,
    /// The present.
    pub now: Timestamp,
}

impl Options {
    fn system_or(&self, usual: &str) -> String {
        self.system.clone().unwrap_or_else(|| usual.to_owned())
    }
}

/// A kind of export that can be read.
#[derive(Debug)]
pub struct Connector {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it reads, one line.
    pub reads: &'static str,
    /// How to make the export, one line.
    pub made_by: &'static str,
    /// Reads it.
    pub read: Read,
}

/// How a connector reads an export.
pub type Read = fn(&Arc<Source>, &Options) -> Result<Facts, ReviewError>;

macro_rules! connectors {
    ($($name:literal $read:path, $reads:literal, $made_by:literal;)*) => {
        /// Every connector, in the order in which they are listed.
        pub static ALL: &[Connector] = &[
            $(Connector { name: $name, reads: $reads, made_by: $made_by, read: $read },)*
        ];
    };
}

connectors! {
    "hr" roster::people, "HR roster, CSV", "your HR system";
    "workday" workday::read, "Workday report, JSON", "a custom report as a web service, format json";
    "grants" roster::access, "list of grants, CSV", "any system: system, account, entitlement and more";
    "mapped" mapped::read, "any CSV or NDJSON, by --mapping", "any system";
    "aws-credentials" aws_credential_report::read, "AWS credential report, CSV or JSON", "aws iam get-credential-report";
    "aws-authorization" aws_authorization::read, "AWS account authorization details, JSON", "aws iam get-account-authorization-details";
    "okta-users" okta::users, "Okta users, JSON", "GET /api/v1/users";
    "okta-groups" okta::groups, "Okta groups with `users`, JSON", "GET /api/v1/groups, and /groups/{id}/users as `users`";
    "okta-apps" okta::apps, "Okta app users, JSON", "GET /api/v1/apps/{id}/users";
    "okta-factors" okta::factors, "Okta factors, JSON", "GET /api/v1/users/{id}/factors";
    "okta-roles" okta::roles, "Okta administrator roles, JSON", "GET /api/v1/users/{id}/roles";
    "entra-users" entra::users, "Entra users, CSV or JSON", "the portal's bulk download, or GET /users";
    "entra-roles" entra::roles, "Entra role assignments, JSON", "GET /roleManagement/directory/roleAssignments?$expand=roleDefinition";
    "entra-signins" entra::sign_ins, "Entra sign-in activity, JSON", "GET /users?$select=id,userPrincipalName,signInActivity";
    "google-users" google_users::read, "Google Workspace users, CSV", "the admin console's download";
    "github-members" github::members, "GitHub members or collaborators, JSON", "gh api --paginate /orgs/ORG/members?role=admin";
    "github-teams" github::teams, "GitHub teams with `members`, JSON", "gh api --paginate /orgs/ORG/teams, and their members";
    "gitlab-members" gitlab_members::read, "GitLab members, JSON", "GET /groups/{id}/members/all";
    "kubernetes" kubernetes::read, "Kubernetes RBAC, JSON", "kubectl get clusterroles,roles,clusterrolebindings,rolebindings,serviceaccounts,pods -A -o json";
    "postgresql" postgresql::read, "PostgreSQL roles and memberships, JSON", "json_agg of pg_roles and of pg_auth_members";
    "scim" scim::read, "SCIM 2.0 users and groups, JSON", "GET /Users and /Groups";
}

/// The connector of a name.
pub fn find(name: &str) -> Option<&'static Connector> {
    ALL.iter().find(|connector| connector.name == name)
}

/// Rows that were seen, to tell repeated ones.
#[derive(Default)]
struct Seen<'a>(HashMap<Vec<&'a str>, usize>);

impl<'a> Seen<'a> {
    /// Whether the same row was there before; it is counted in the sheet.
    fn repeats(&mut self, row: Row<'a>, sheet: &mut SourceSheet) -> bool {
        let repeats = self.0.insert(row.texts(), row.line()).is_some();
        sheet.duplicates += usize::from(repeats);
        repeats
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod shape_tests;
