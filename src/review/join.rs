//! Whose account it is: by employee id, then by email address without regard to case. Never by name.
//!
//! An account whose own name is an email address is joined by it where the export has nothing better. Where two people
//! share an id or an address, whichever of them was joined by, or the id and the address name two people, the join is
//! unclear and said to be.

use std::collections::{BTreeSet, HashMap};

use super::connectors::grants::Columns;
use super::model::{Account, Identity, Join};

/// The roster by id and by address.
pub(super) struct Directory<'a> {
    identities: &'a [Identity],
    by_id: HashMap<&'a str, Vec<usize>>,
    by_email: HashMap<String, Vec<usize>>,
}

impl<'a> Directory<'a> {
    pub(super) fn new(identities: &'a [Identity]) -> Self {
        let mut directory = Self {
            identities,
            by_id: HashMap::new(),
            by_email: HashMap::new(),
        };
        for (index, identity) in identities.iter().enumerate() {
            if let Some(id) = identity.employee_id.as_deref() {
                directory.by_id.entry(id).or_default().push(index);
            }
            if let Some(email) = &identity.email {
                let people = directory.by_email.entry(email.to_lowercase());
                people.or_default().push(index);
            }
        }
        directory
    }

    /// Joins an account to its person and to its owner.
    pub(super) fn join(&self, account: &mut Account, columns: Columns) {
        let ids = named(account.grants.iter().map(|grant| &grant.employee_id));
        let emails = named(account.grants.iter().map(|grant| &grant.email));
        let owners = named(account.grants.iter().map(|grant| &grant.owner));
        account.person = self.person(&account.name, &ids, &emails, columns);
        account.owner = match owners.as_slice() {
            [] => Join::NotNamed,
            [owner] if owner.contains('@') => self.by_email(owner),
            [owner] => self.by_id(owner),
            several => Join::Unclear {
                why: format!("its rows name {} owners", several.len()),
            },
        };
    }

    fn person(&self, name: &str, ids: &[&str], emails: &[&str], columns: Columns) -> Join {
        if ids.len() > 1 || emails.len() > 1 {
            let why = "its rows name several people".to_owned();
            return Join::Unclear { why };
        }
        let by_id = ids.first().map(|id| self.by_id(id));
        let by_email = emails.first().map(|email| self.by_email(email));
        match (by_id, by_email) {
            (Some(Join::Person { index: a, .. }), Some(Join::Person { index: b, .. }))
                if a != b =>
            {
                let label = |index: usize| self.identities.get(index).map(Identity::label);
                let (a, b) = (label(a).unwrap_or_default(), label(b).unwrap_or_default());
                Join::Unclear {
                    why: format!("its employee id is {a}, but its email address is {b}"),
                }
            }
            // The address may be an earlier holder's, or the id a leaver's whom the roster has dropped.
            (Some(Join::Nobody { why }), Some(Join::Person { index, .. })) => {
                let label = self.identities.get(index).map(Identity::label);
                let label = label.unwrap_or_default();
                Join::Unclear {
                    why: format!("{why}, but its email address is that of {label}"),
                }
            }
            (Some(Join::Nobody { .. }), Some(by_email)) => by_email,
            (Some(Join::Person { .. }), Some(unclear @ Join::Unclear { .. })) => unclear,
            (Some(by_id), _) => by_id,
            (None, Some(by_email)) => by_email,
            (None, None) => self.by_account_name(name, columns),
        }
    }

    fn by_account_name(&self, name: &str, columns: Columns) -> Join {
        let looks_like_an_address = name.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !name.contains(char::is_whitespace)
        });
        if looks_like_an_address {
            return match self.by_email(name) {
                Join::Person { index, .. } => Join::Person {
                    index,
                    by: "its name, an email address",
                },
                other => other,
            };
        }
        if columns.account_email || columns.employee_id {
            Join::NotNamed
        } else {
            Join::Unclear {
                why: "the export has neither a column `account_email` nor `employee_id`".to_owned(),
            }
        }
    }

    fn by_id(&self, id: &str) -> Join {
        self.sole(one(self.with_id(id), "employee id", id))
    }

    fn by_email(&self, email: &str) -> Join {
        self.sole(one(self.with_email(email), "email address", email))
    }

    /// A row whose other key stands on a further row may be that row's person, who may have left.
    fn sole(&self, join: Join) -> Join {
        let Join::Person { index, .. } = join else {
            return join;
        };
        let identity = self.identities.get(index);
        let id = identity.and_then(|identity| identity.employee_id.as_deref());
        let email = identity.and_then(|identity| identity.email.as_deref());
        let by_id = id.map(|id| one(self.with_id(id), "employee id", id));
        let by_email = email.map(|email| one(self.with_email(email), "email address", email));
        let keys = by_id.into_iter().chain(by_email);
        let mut unclear = keys.filter(|join| matches!(join, Join::Unclear { .. }));
        unclear.next().unwrap_or(join)
    }

    fn with_id(&self, id: &str) -> &[usize] {
        self.by_id.get(id).map_or(&[][..], Vec::as_slice)
    }

    fn with_email(&self, email: &str) -> &[usize] {
        let people = self.by_email.get(&email.to_lowercase());
        people.map_or(&[][..], Vec::as_slice)
    }
}

fn one(people: &[usize], by: &'static str, key: &str) -> Join {
    match people {
        [] => Join::Nobody {
            why: format!("nobody on the roster has the {by} `{key}`"),
        },
        [index] => Join::Person { index: *index, by },
        several => Join::Unclear {
            why: format!("{} rows of the roster have the {by} `{key}`", several.len()),
        },
    }
}

/// The different values that rows give, without regard to case.
fn named<'a>(values: impl Iterator<Item = &'a Option<String>>) -> Vec<&'a str> {
    let mut seen = BTreeSet::new();
    let values = values.filter_map(|value| value.as_deref());
    values
        .filter(|value| seen.insert(value.to_lowercase()))
        .collect()
}
