//! What a campaign reviews: every account with every effective grant, packed so that ten million fit into memory.
//!
//! Accounts that several exports describe are one account here. Grants are sorted by system and account; the path through nested
//! groups, roles and policies is kept with each.

use std::ops::Range;

use super::facts::{EntitlementKind, How, Knows, Signal, count};
use super::{Employment, Join, Kind, Mfa, Truth, When};

/// A fact's place: the source's id in the campaign, and the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The source.
    pub source: u32,
    /// The row.
    pub row: u32,
}

/// A source of the campaign, as far as judging needs it.
#[derive(Debug, Clone)]
pub struct SourceInfo {
    /// Its id, from 1.
    pub id: u32,
    /// The connector.
    pub kind: String,
    /// The file.
    pub name: String,
    /// What it can tell.
    pub knows: Knows,
    /// When it was exported.
    pub exported: When,
    /// From when on its last uses are complete.
    pub covers_from: When,
    /// Rows that were rejected and cells that could not be read.
    pub losses: usize,
    /// The remarks of its connector.
    pub remarks: String,
}

/// A person.
#[derive(Debug, Clone)]
pub struct Person {
    /// The roster's own id.
    pub employee_id: Option<String>,
    /// The name.
    pub name: String,
    /// The work address.
    pub email: Option<String>,
    /// The department.
    pub department: String,
    /// The title.
    pub title: String,
    /// The manager as the roster gives it.
    pub manager: String,
    /// Whether the person works here.
    pub status: Employment,
    /// The first day.
    pub started: When,
    /// The last day.
    pub ended: When,
    /// Where it was read.
    pub place: Place,
}

impl Person {
    /// The person in words.
    pub fn label(&self) -> String {
        let id = self.employee_id.as_deref().or(self.email.as_deref());
        match (self.name.as_str(), id) {
            ("", id) => id.unwrap_or("?").to_owned(),
            (name, Some(id)) => format!("{name} ({id})"),
            (name, None) => name.to_owned(),
        }
    }

    /// What names the person to people and to files: the address, else the id.
    pub fn key(&self) -> &str {
        let key = self.email.as_deref().or(self.employee_id.as_deref());
        key.unwrap_or(&self.name)
    }
}

/// An account, from all exports that describe it.
#[derive(Debug, Clone)]
pub struct Account {
    /// The system.
    pub system: String,
    /// Its name there.
    pub name: String,
    /// A name for people.
    pub display: String,
    /// What sort of account it is.
    pub kind: Kind,
    /// Its address.
    pub email: Option<String>,
    /// Its employee id.
    pub employee_id: Option<String>,
    /// Who answers for it, as exported.
    pub owner_text: Option<String>,
    /// Whether it is enabled.
    pub enabled: Truth,
    /// Its second factor.
    pub mfa: Mfa,
    /// When it was made.
    pub created: When,
    /// When it was used last.
    pub last_used: When,
    /// From when on the last uses are complete that an export tells of it.
    pub covered: When,
    /// When it ends.
    pub expires: When,
    /// When the oldest active key was changed last.
    pub key_rotated: When,
    /// When that key was used last.
    pub key_used: When,
    /// What the exports that describe it can tell.
    pub knows: Knows,
    /// Exports that disagree about it, in words; empty if none.
    pub conflict: String,
    /// Whose it is.
    pub person: Join,
    /// Who answers for it.
    pub owner: Join,
    /// Where it was read first.
    pub place: Place,
}

impl Account {
    /// The account in words.
    pub fn label(&self) -> String {
        format!("{}/{}", self.system, self.name)
    }

    /// Whether it is not a person's own: a program's, or shared.
    pub fn is_non_human(&self) -> bool {
        matches!(self.kind, Kind::Service | Kind::Shared | Kind::Breakglass)
    }

    /// The person who may not review it: its holder, or who answers for what no person holds.
    pub fn subject(&self) -> Option<usize> {
        match (&self.person, &self.owner) {
            (Join::Person { index, .. }, _) | (_, Join::Person { index, .. }) => Some(*index),
            _ => None,
        }
    }
}

/// An entitlement.
#[derive(Debug, Clone)]
pub struct Entitlement {
    /// The system.
    pub system: String,
    /// What sort it is.
    pub kind: EntitlementKind,
    /// Its name.
    pub name: String,
    /// Whether it is privileged.
    pub privileged: Truth,
    /// Who answers for it, as exported.
    pub owner_text: Option<String>,
    /// Where it was read.
    pub place: Place,
}

impl Entitlement {
    /// The entitlement in words.
    pub fn label(&self) -> String {
        format!("{} {}", self.kind.name(), self.name)
    }
}

/// An effective grant.
#[derive(Debug, Clone, Copy)]
pub struct Grant {
    /// Index in [`Population::accounts`].
    pub account: u32,
    /// Index in [`Population::entitlements`].
    pub entitlement: u32,
    /// The given grant that it rests on, by its id in the campaign.
    pub given: u32,
    /// Index in [`Population::texts`] of the path; 0 where it is given directly.
    pub path: u32,
    /// Index in [`Population::texts`] of the scope; 0 for none.
    pub scope: u32,
    /// How it came to the account.
    pub how: How,
    /// When it was given.
    pub granted: i64,
    /// When it was used last.
    pub last_used: i64,
    /// When it ends.
    pub expires: i64,
    /// Where it was read.
    pub place: Place,
}

/// Everyone and everything under review.
#[derive(Debug, Default)]
pub struct Population {
    /// The sources, by id.
    pub sources: Vec<SourceInfo>,
    /// The people.
    pub people: Vec<Person>,
    /// The accounts.
    pub accounts: Vec<Account>,
    /// The entitlements.
    pub entitlements: Vec<Entitlement>,
    /// The effective grants, by system and name of their accounts.
    pub grants: Vec<Grant>,
    /// How entitlements nest: parent, child and place.
    pub implies: Vec<(u32, u32, Place)>,
    /// What connectors saw; the indexes are those of this population.
    pub signals: Vec<(Signal, u32)>,
    /// Paths and scopes; the first is empty.
    pub texts: Vec<String>,
    /// Where each account's grants begin and end.
    pub spans: Vec<(u32, u32)>,
    /// Entitlements that hold one another in a circle.
    pub cycles: Vec<Vec<u32>>,
}

impl Population {
    /// The indexes of an account's grants.
    pub fn grants_of(&self, account: usize) -> Range<usize> {
        let (start, end) = self.spans.get(account).copied().unwrap_or_default();
        start as usize..end as usize
    }

    /// An account's grants.
    pub fn held(&self, account: usize) -> &[Grant] {
        self.grants.get(self.grants_of(account)).unwrap_or_default()
    }

    /// A path or a scope.
    pub fn text(&self, index: u32) -> &str {
        self.texts.get(index as usize).map_or("", String::as_str)
    }

    /// The entitlement of a grant.
    pub fn entitlement(&self, grant: &Grant) -> Option<&Entitlement> {
        self.entitlements.get(grant.entitlement as usize)
    }

    /// A grant's entitlement in words, with its scope.
    pub fn grant_label(&self, grant: &Grant) -> String {
        let label = self.entitlement(grant).map(Entitlement::label);
        let label = label.unwrap_or_default();
        match self.text(grant.scope) {
            "" => label,
            scope => format!("{label} in {scope}"),
        }
    }

    /// Whether an account holds something privileged.
    pub fn is_privileged(&self, account: usize) -> bool {
        self.held(account).iter().any(|grant| {
            self.entitlement(grant)
                .is_some_and(|entitlement| entitlement.privileged == Truth::Yes)
        })
    }

    /// The person of a join.
    pub fn person(&self, join: &Join) -> Option<&Person> {
        match join {
            Join::Person { index, .. } => self.people.get(*index),
            _ => None,
        }
    }

    /// A source by its id.
    pub fn source(&self, id: u32) -> Option<&SourceInfo> {
        self.sources.get((id as usize).checked_sub(1)?)
    }

    /// What all sources together can tell.
    pub fn knows(&self) -> Knows {
        let all = self.sources.iter();
        all.fold(Knows::default(), |sum, source| sum.and(source.knows))
    }

    /// The place of each account among all, by system and name: whatever order exports come in, the order of the items is
    /// the same.
    pub(crate) fn order_of_accounts(&self) -> Vec<u32> {
        let mut systems: Vec<&str> = self.accounts.iter().map(|a| a.system.as_str()).collect();
        systems.sort_unstable();
        systems.dedup();
        // Most comparisons end within the first bytes of a name, which are kept beside it.
        let beginning = |name: &str| {
            let mut eight = [0; 8];
            eight
                .iter_mut()
                .zip(name.bytes())
                .for_each(|(place, byte)| *place = byte);
            u64::from_be_bytes(eight)
        };
        let key = |(account, index): (&Account, u32)| {
            let system = systems.binary_search(&account.system.as_str());
            (
                count(system.unwrap_or_default()),
                beginning(&account.name),
                index,
            )
        };
        let mut order: Vec<(u32, u64, u32)> = self.accounts.iter().zip(0..).map(key).collect();
        let name = |index: u32| {
            self.accounts
                .get(index as usize)
                .map(|account| account.name.as_str())
        };
        order.sort_unstable_by(|a, b| {
            let beginnings = (a.0, a.1).cmp(&(b.0, b.1));
            beginnings.then_with(|| name(a.2).cmp(&name(b.2)))
        });
        let mut places = vec![0; order.len()];
        for ((_, _, index), place) in order.into_iter().zip(0..) {
            if let Some(slot) = places.get_mut(index as usize) {
                *slot = place;
            }
        }
        places
    }

    /// Where each account's grants begin and end; those of an account stand together.
    pub(crate) fn index_grants(&mut self) {
        self.spans = vec![(0, 0); self.accounts.len()];
        for (grant, index) in self.grants.iter().zip(0..) {
            if let Some((start, end)) = self.spans.get_mut(grant.account as usize) {
                if *end == 0 {
                    *start = index;
                }
                *end = index + 1;
            }
        }
    }
}
