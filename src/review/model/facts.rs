//! What one export says, before anything is joined: people, accounts, entitlements, grants and how they nest.
//!
//! A connector fills [`Facts`]. Nothing is judged here; each fact carries the row of its export. The row is a line of a
//! CSV file, and the number of the record, from 1, in JSON.

use std::hash::BuildHasher as _;

use hashbrown::{DefaultHashBuilder, HashSet, HashTable};

use super::{Employment, Kind, Mfa, Truth, When};
use crate::review::sheet::SourceSheet;

/// What a kind of export can tell at all. A check that needs what no export told is not evaluable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Knows(pub u32);

impl Knows {
    /// Whether an account is enabled.
    pub const ENABLED: Self = Self(1);
    /// Whether an account has a second factor.
    pub const MFA: Self = Self(1 << 1);
    /// Which factor it is.
    pub const FACTOR: Self = Self(1 << 2);
    /// When an account was used last.
    pub const LAST_USED: Self = Self(1 << 3);
    /// When a grant was used last.
    pub const GRANT_USED: Self = Self(1 << 4);
    /// When a grant was given.
    pub const GRANTED: Self = Self(1 << 5);
    /// Whether an entitlement is privileged.
    pub const PRIVILEGED: Self = Self(1 << 6);
    /// Who answers for an account.
    pub const OWNER: Self = Self(1 << 7);
    /// When access ends.
    pub const EXPIRY: Self = Self(1 << 8);
    /// The age of keys.
    pub const KEYS: Self = Self(1 << 9);
    /// End dates or states of employment.
    pub const END_DATES: Self = Self(1 << 10);
    /// The permissions behind an entitlement, so that wildcards and escalation can be seen.
    pub const PERMISSIONS: Self = Self(1 << 11);
    /// What sort of account it is.
    pub const KIND: Self = Self(1 << 12);

    /// Whether all of `other` is in it.
    pub fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// All of a list.
    pub fn of(all: &[Self]) -> Self {
        all.iter().fold(Self::default(), |sum, each| sum.and(*each))
    }
}

/// A person on a roster.
#[derive(Debug, Clone, Default)]
pub struct PersonFact {
    /// The roster's own id.
    pub employee_id: Option<String>,
    /// The name; never joined on.
    pub name: String,
    /// The work address.
    pub email: Option<String>,
    /// The department.
    pub department: String,
    /// The title.
    pub title: String,
    /// The manager as the roster gives it: an id or an address.
    pub manager: String,
    /// Whether the person works here.
    pub status: Employment,
    /// The first day.
    pub started: When,
    /// The last day.
    pub ended: When,
    /// The row.
    pub row: u32,
}

/// What an export says about an account.
#[derive(Debug, Clone, Default)]
pub struct AccountFact {
    /// The system.
    pub system: String,
    /// The account's name there, which is its identity in the system.
    pub name: String,
    /// A name for people, where it differs.
    pub display: String,
    /// What sort of account it is.
    pub kind: Kind,
    /// Its address.
    pub email: Option<String>,
    /// Its employee id.
    pub employee_id: Option<String>,
    /// Who answers for it: an id or an address.
    pub owner: Option<String>,
    /// Whether it is enabled.
    pub enabled: Truth,
    /// Its second factor.
    pub mfa: Mfa,
    /// When it was made.
    pub created: When,
    /// When it was used last.
    pub last_used: When,
    /// When it ends.
    pub expires: When,
    /// When the oldest of its active keys was changed last.
    pub key_rotated: When,
    /// When that key was used last.
    pub key_used: When,
    /// The row.
    pub row: u32,
}

/// What sort of entitlement it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntitlementKind {
    /// A group or a team.
    Group,
    /// A role.
    Role,
    /// A policy.
    Policy,
    /// A permission.
    Permission,
    /// The use of an application.
    App,
}

impl EntitlementKind {
    /// All of them, in the order of their codes in the store.
    pub const ALL: [Self; 5] = [
        Self::Group,
        Self::Role,
        Self::Policy,
        Self::Permission,
        Self::App,
    ];

    /// As it is written in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Role => "role",
            Self::Policy => "policy",
            Self::Permission => "permission",
            Self::App => "app",
        }
    }
}

/// What an export says about an entitlement.
#[derive(Debug, Clone)]
pub struct EntitlementFact {
    /// The system.
    pub system: String,
    /// What sort it is.
    pub kind: EntitlementKind,
    /// Its name, unique among its sort in the system.
    pub name: String,
    /// Whether it is privileged.
    pub privileged: Truth,
    /// Whether some row could not tell whether it is.
    unsure: bool,
    /// Who answers for it: an id or an address.
    pub owner: Option<String>,
    /// The row.
    pub row: u32,
}

/// How a grant came to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum How {
    /// Given to the account itself.
    #[default]
    Direct,
    /// Through something else that the account holds.
    Inherited,
    /// May be taken up, but is not standing.
    Eligible,
}

impl How {
    /// All of them, in the order of their codes in the store.
    pub const ALL: [Self; 3] = [Self::Direct, Self::Inherited, Self::Eligible];

    /// As it is written in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Inherited => "inherited",
            Self::Eligible => "eligible",
        }
    }
}

/// An entitlement that an account holds.
#[derive(Debug, Clone, Default)]
pub struct GrantFact {
    /// Its index in [`Facts::accounts`].
    pub account: u32,
    /// Its index in [`Facts::entitlements`].
    pub entitlement: u32,
    /// How it came to the account.
    pub how: How,
    /// Where it holds, if not in the whole system: a namespace, a scope, a resource.
    pub scope: String,
    /// When it was given.
    pub granted: When,
    /// By whom.
    pub granted_by: String,
    /// When it was used last.
    pub last_used: When,
    /// When it ends.
    pub expires: When,
    /// Why it was given.
    pub justification: String,
    /// The row.
    pub row: u32,
}

/// Whoever holds the parent holds the child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Implies {
    /// Index in [`Facts::entitlements`].
    pub parent: u32,
    /// Index in [`Facts::entitlements`].
    pub child: u32,
    /// The row.
    pub row: u32,
}

/// Something that only the connector can see in its export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignalKind {
    /// It allows everything, or everything of a kind.
    Wildcard,
    /// Whoever holds it can gain more.
    Escalation,
    /// It names something that does not exist.
    Dangling,
    /// The id that it keeps whatever it is called.
    Identifier,
}

impl SignalKind {
    /// All of them, in the order of their codes in the store.
    pub const ALL: [Self; 4] = [
        Self::Wildcard,
        Self::Escalation,
        Self::Dangling,
        Self::Identifier,
    ];
}

/// What a signal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Index in [`Facts::accounts`].
    Account(u32),
    /// Index in [`Facts::entitlements`].
    Entitlement(u32),
    /// The export itself.
    Source,
}

/// An observation with its reason in words.
#[derive(Debug, Clone)]
pub struct Signal {
    /// What it is about.
    pub about: About,
    /// What was seen.
    pub kind: SignalKind,
    /// Whether it depends on a condition or a resource that cannot be judged here.
    pub conditional: bool,
    /// What was seen, in words.
    pub text: String,
    /// The row.
    pub row: u32,
}

/// All that one export says.
#[derive(Debug)]
pub struct Facts {
    /// People.
    pub people: Vec<PersonFact>,
    /// Accounts, each once.
    pub accounts: Vec<AccountFact>,
    /// Entitlements, each once.
    pub entitlements: Vec<EntitlementFact>,
    /// Grants as the export gives them.
    pub grants: Vec<GrantFact>,
    /// How entitlements nest.
    pub implies: Vec<Implies>,
    /// What the connector saw.
    pub signals: Vec<Signal>,
    /// What the export can tell.
    pub knows: Knows,
    /// The first moment that the log behind the last uses covers, where it is known.
    pub covers_from: When,
    /// When the export was made, where it says so itself.
    pub exported: When,
    /// Remarks on what the export cannot show, a sentence each.
    pub remarks: Vec<String>,
    /// What became of its rows.
    pub sheet: SourceSheet,
    hasher: DefaultHashBuilder,
    account_index: HashTable<u32>,
    entitlement_index: HashTable<u32>,
    identified: HashSet<u64>,
}

impl Facts {
    /// Nothing yet.
    pub fn new(sheet: SourceSheet, knows: Knows) -> Self {
        Self {
            people: Vec::new(),
            accounts: Vec::new(),
            entitlements: Vec::new(),
            grants: Vec::new(),
            implies: Vec::new(),
            signals: Vec::new(),
            knows,
            covers_from: When::Empty,
            exported: When::Empty,
            remarks: Vec::new(),
            sheet,
            hasher: DefaultHashBuilder::default(),
            account_index: HashTable::new(),
            entitlement_index: HashTable::new(),
            identified: HashSet::new(),
        }
    }

    /// The index of an account and whether it is new.
    pub fn account(&mut self, system: &str, name: &str, row: u32) -> (u32, bool) {
        let (accounts, hasher) = (&self.accounts, &self.hasher);
        let is_it = |index: &u32| {
            let known = accounts.get(*index as usize);
            known.is_some_and(|known| known.name == name && known.system == system)
        };
        let hash = hasher.hash_one((system, name));
        if let Some(index) = self.account_index.find(hash, is_it) {
            return (*index, false);
        }
        let index = count(accounts.len());
        let hash_of = |index: &u32| {
            let known = accounts.get(*index as usize);
            known.map_or(hash, |known| {
                hasher.hash_one((known.system.as_str(), known.name.as_str()))
            })
        };
        self.account_index.insert_unique(hash, index, hash_of);
        self.accounts.push(AccountFact {
            system: system.to_owned(),
            name: name.to_owned(),
            row,
            ..AccountFact::default()
        });
        (index, true)
    }

    /// The account behind an index, to be filled in.
    pub fn account_mut(&mut self, index: u32) -> Option<&mut AccountFact> {
        self.accounts.get_mut(index as usize)
    }

    /// The index of an entitlement.
    pub fn entitlement(&mut self, system: &str, kind: EntitlementKind, name: &str) -> u32 {
        let (entitlements, hasher) = (&self.entitlements, &self.hasher);
        let is_it = |index: &u32| {
            let known = entitlements.get(*index as usize);
            known.is_some_and(|it| it.name == name && it.kind == kind && it.system == system)
        };
        let hash = hasher.hash_one((system, kind, name));
        if let Some(index) = self.entitlement_index.find(hash, is_it) {
            return *index;
        }
        let index = count(entitlements.len());
        let hash_of = |index: &u32| {
            let known = entitlements.get(*index as usize);
            known.map_or(hash, |it| {
                hasher.hash_one((it.system.as_str(), it.kind, it.name.as_str()))
            })
        };
        self.entitlement_index.insert_unique(hash, index, hash_of);
        self.entitlements.push(EntitlementFact {
            system: system.to_owned(),
            kind,
            name: name.to_owned(),
            privileged: Truth::Unknown,
            unsure: false,
            owner: None,
            row: 0,
        });
        index
    }

    /// Says of an entitlement whether it is privileged, as one row has it. One yes is a yes; no is only what every row says
    /// that says anything, since one that cannot tell might have meant a yes.
    pub fn privileged(&mut self, entitlement: u32, says: Truth) {
        let Some(fact) = self.entitlements.get_mut(entitlement as usize) else {
            return;
        };
        fact.unsure |= says == Truth::Unknown;
        fact.privileged = match (fact.privileged, says) {
            (Truth::Yes, _) | (_, Truth::Yes) => Truth::Yes,
            _ if fact.unsure => Truth::Unknown,
            _ => says,
        };
    }

    /// Adds a grant; what else the row says is filled in by the caller.
    pub fn grant(&mut self, account: u32, entitlement: u32, row: u32) -> &mut GrantFact {
        self.grants.push(GrantFact {
            account,
            entitlement,
            row,
            ..GrantFact::default()
        });
        self.grants.last_mut().expect("one was just pushed")
    }

    /// Adds the id that an account or an entitlement keeps whatever it is called; one that is its name tells nothing more.
    pub fn identify(&mut self, about: About, id: &str, row: u32) {
        let name = match about {
            About::Account(index) => self.accounts.get(index as usize).map(|one| &one.name),
            About::Entitlement(index) => self.entitlements.get(index as usize).map(|one| &one.name),
            About::Source => None,
        };
        let known = match about {
            About::Account(index) => (0, index),
            About::Entitlement(index) => (1, index),
            About::Source => (2, 0),
        };
        let is_new = self.identified.insert(self.hasher.hash_one((known, id)));
        if is_new && !id.is_empty() && name.is_some_and(|name| name != id) {
            self.signals.push(Signal {
                about,
                kind: SignalKind::Identifier,
                conditional: false,
                text: id.to_owned(),
                row,
            });
        }
    }

    /// Adds that whoever holds the parent holds the child.
    pub fn implies(&mut self, parent: u32, child: u32, row: u32) {
        self.implies.push(Implies { parent, child, row });
    }
}

/// A length as an index; an export is far smaller than four thousand million rows.
pub(crate) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_no_does_not_hide_an_unknown() {
        use Truth::{No, Unknown, Yes};
        for (said, is) in [
            (&[][..], Unknown),
            (&[No, No], No),
            (&[Unknown, No], Unknown),
            (&[No, Unknown], Unknown),
            (&[No, Unknown, No], Unknown),
            (&[Unknown, Yes, No], Yes),
            (&[Yes, Unknown], Yes),
        ] {
            let sheet = SourceSheet {
                role: "test",
                name: "x".to_owned(),
                sha256: String::new(),
                bytes: 0,
                delimiter: ",",
                columns: Vec::new(),
                unused_columns: Vec::new(),
                read: 0,
                kept: 0,
                rejected: 0,
                duplicates: 0,
                blank: 0,
                problems: Vec::new(),
            };
            let mut facts = Facts::new(sheet, Knows::default());
            let role = facts.entitlement("aws", EntitlementKind::Role, "admin");
            for says in said {
                facts.privileged(role, *says);
            }
            assert_eq!(facts.entitlements[role as usize].privileged, is, "{said:?}");
        }
    }
}
