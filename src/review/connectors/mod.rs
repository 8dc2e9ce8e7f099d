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
mod row_stream;
mod scim;
mod stream;
mod table;
mod value;
mod workday;

use std::hash::{BuildHasher, Hash as _, Hasher as _, RandomState};
use std::sync::Arc;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::error::ReviewError;
use super::model::facts::Facts;
use super::sheet::SourceSheet;
use super::usage::Input;
use crate::kernel::source::Source;
use crate::kernel::time::Timestamp;
use stream::Stream;
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
    read: Read,
}

/// How a connector reads an export: as one document, which has a size limit, or piece by piece.
#[derive(Debug, Clone, Copy)]
enum Read {
    Whole(fn(&Arc<Source>, &Options) -> Result<Facts, ReviewError>),
    Pieces(fn(Input, &Options) -> Result<Export, ReviewError>),
}

/// The rest of an export that is read piece by piece.
pub(super) trait Rows: std::fmt::Debug {
    /// Adds what the next piece says. False at the end, when the sheet of the facts is whole.
    fn read(&mut self, facts: &mut Facts) -> Result<bool, ReviewError>;
}

/// An export that is being read.
#[derive(Debug)]
pub struct Export {
    /// What was read so far. Accounts and entitlements stay until the end; people and grants may be taken away between
    /// pieces, since nothing that follows refers to them. The sheet is whole at the end.
    pub facts: Facts,
    rest: Option<Box<dyn Rows>>,
}

impl Export {
    /// An export that was read already.
    pub fn whole(facts: Facts) -> Self {
        Self { facts, rest: None }
    }

    fn in_pieces(facts: Facts, rest: Box<dyn Rows>) -> Self {
        let rest = Some(rest);
        Self { facts, rest }
    }

    /// Reads a piece more; false once nothing was left to read.
    ///
    /// # Errors
    /// [`ReviewError`] where the export cannot be used as a whole.
    pub fn read_on(&mut self) -> Result<bool, ReviewError> {
        let Some(rest) = &mut self.rest else {
            return Ok(false);
        };
        let more = rest.read(&mut self.facts)?;
        if !more {
            self.rest = None;
        }
        Ok(more)
    }
}

impl Connector {
    /// Opens an export.
    ///
    /// # Errors
    /// [`ReviewError`] where it cannot be used as a whole, as far as its beginning shows that.
    pub fn open(&self, input: Input, options: &Options) -> Result<Export, ReviewError> {
        match self.read {
            Read::Pieces(open) => open(input, options),
            Read::Whole(read) => {
                let (source, _) = Stream::raw(input).into_source()?;
                Ok(Export::whole(read(&source, options)?))
            }
        }
    }

    /// Reads an export that is in memory.
    ///
    /// # Errors
    /// [`ReviewError`] where it cannot be used as a whole.
    pub fn facts(&self, source: &Arc<Source>, options: &Options) -> Result<Facts, ReviewError> {
        let open = match self.read {
            Read::Whole(read) => return read(source, options),
            Read::Pieces(open) => open,
        };
        let input = Input::stream(
            source.name().to_owned(),
            std::io::Cursor::new(source.bytes().to_vec()),
        );
        let mut export = open(input, options)?;
        while export.read_on()? {}
        Ok(export.facts)
    }
}

macro_rules! connectors {
    ($($name:literal $how:ident $read:path, $reads:literal, $made_by:literal;)*) => {
        /// Every connector, in the order in which they are listed.
        pub static ALL: &[Connector] = &[
            $(Connector { name: $name, reads: $reads, made_by: $made_by, read: Read::$how($read) },)*
        ];
    };
}

connectors! {
    "hr" Pieces roster::people, "HR roster, CSV", "your HR system";
    "workday" Whole workday::read, "Workday report, JSON", "a custom report as a web service, format json";
    "grants" Pieces roster::access, "list of grants, CSV", "any system: system, account, entitlement and more";
    "mapped" Pieces mapped::open, "any CSV, NDJSON or Parquet, by --mapping", "any system";
    "aws-credentials" Whole aws_credential_report::read, "AWS credential report, CSV or JSON", "aws iam get-credential-report";
    "aws-authorization" Whole aws_authorization::read, "AWS account authorization details, JSON", "aws iam get-account-authorization-details";
    "okta-users" Whole okta::users, "Okta users, JSON", "GET /api/v1/users";
    "okta-groups" Whole okta::groups, "Okta groups with `users`, JSON", "GET /api/v1/groups, and /groups/{id}/users as `users`";
    "okta-apps" Whole okta::apps, "Okta app users, JSON", "GET /api/v1/apps/{id}/users";
    "okta-factors" Whole okta::factors, "Okta factors, JSON", "GET /api/v1/users/{id}/factors";
    "okta-roles" Whole okta::roles, "Okta administrator roles, JSON", "GET /api/v1/users/{id}/roles";
    "entra-users" Whole entra::users, "Entra users, CSV or JSON", "the portal's bulk download, or GET /users";
    "entra-roles" Whole entra::roles, "Entra role assignments, JSON", "GET /roleManagement/directory/roleAssignments?$expand=roleDefinition";
    "entra-signins" Whole entra::sign_ins, "Entra sign-in activity, JSON", "GET /users?$select=id,userPrincipalName,signInActivity";
    "google-users" Whole google_users::read, "Google Workspace users, CSV", "the admin console's download";
    "github-members" Whole github::members, "GitHub members or collaborators, JSON", "gh api --paginate /orgs/ORG/members?role=admin";
    "github-teams" Whole github::teams, "GitHub teams with `members`, JSON", "gh api --paginate /orgs/ORG/teams, and their members";
    "gitlab-members" Whole gitlab_members::read, "GitLab members, JSON", "GET /groups/{id}/members/all";
    "kubernetes" Whole kubernetes::read, "Kubernetes RBAC, JSON", "kubectl get clusterroles,roles,clusterrolebindings,rolebindings,serviceaccounts,pods -A -o json";
    "postgresql" Whole postgresql::read, "PostgreSQL roles and memberships, JSON", "json_agg of pg_roles and of pg_auth_members";
    "scim" Whole scim::read, "SCIM 2.0 users and groups, JSON", "GET /Users and /Groups";
}

/// The connector of a name.
pub fn find(name: &str) -> Option<&'static Connector> {
    ALL.iter().find(|connector| connector.name == name)
}

/// Rows that were seen, to tell repeated ones, by 128 bits of keyed hash each: who does not know the keys cannot make two
/// rows look alike, and by chance ten million rows collide once in more runs than there will be.
#[derive(Debug, Default)]
struct Seen {
    keys: [RandomState; 2],
    rows: HashTable<[u64; 2]>,
}

impl Seen {
    /// Whether the same row was there before; it is counted in the sheet.
    fn repeats(&mut self, row: Row<'_>, sheet: &mut SourceSheet) -> bool {
        let mut hashers = self.keys.each_ref().map(BuildHasher::build_hasher);
        for text in row.texts() {
            hashers.iter_mut().for_each(|hasher| text.hash(hasher));
        }
        let key = hashers.map(|hasher| hasher.finish());
        let first = |key: &[u64; 2]| key.first().copied().unwrap_or_default();
        let place = self.rows.entry(first(&key), |known| *known == key, first);
        let repeats = matches!(place, Entry::Occupied(_));
        if let Entry::Vacant(place) = place {
            place.insert(key);
        }
        sheet.duplicates += usize::from(repeats);
        repeats
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod shape_tests;
