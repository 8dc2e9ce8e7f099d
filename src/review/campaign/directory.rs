//! Whose account it is: by employee id, then by email address. Never by name alone.
//!
//! Addresses are compared without case, with domains that the policy calls one, and without a `+tag` where the whole
//! address is nobody's. Where two keys name two people, or one key names several rows, the join is unclear and said to be.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use crate::review::model::Join;
use crate::review::model::facts::count;
use crate::review::model::population::{Person, Population};

/// The roster by its keys.
#[derive(Debug)]
pub struct Directory {
    by_id: Keys,
    by_email: Keys,
    same_domains: BTreeMap<String, String>,
}

impl Directory {
    /// Indexes the roster. `same_domains` maps an alias domain to the one it stands for, in lower case.
    pub fn new(people: &[Person], same_domains: &BTreeMap<String, String>) -> Self {
        let mut directory = Self {
            by_id: Keys::with_capacity(people.len()),
            by_email: Keys::with_capacity(people.len()),
            same_domains: same_domains.clone(),
        };
        for (index, person) in people.iter().enumerate() {
            if let Some(id) = &person.employee_id {
                directory.by_id.add(lower(id), index);
            }
            if let Some(email) = &person.email {
                let email = directory.canonical(email);
                directory.by_email.add(email, index);
            }
        }
        directory
    }

    /// The person behind an id or an address that stands alone, such as a manager or an owner.
    pub fn find(&self, key: &str) -> Join {
        let key = key.trim();
        if key.is_empty() {
            Join::NotNamed
        } else if key.contains('@') {
            self.email(key)
        } else {
            self.id(key)
        }
    }

    /// The person behind an account.
    pub fn account(&self, name: &str, id: Option<&str>, email: Option<&str>) -> Join {
        let by_id = id.map(|id| self.id(id));
        let by_email = email.map(|email| self.email(email));
        match (by_id, by_email) {
            (Some(Join::Person { index: a, by }), Some(Join::Person { index: b, .. })) => {
                if a == b {
                    return Join::Person { index: a, by };
                }
                Join::Unclear {
                    why: "its employee id and its email address name two people".to_owned(),
                }
            }
            (Some(unclear @ Join::Unclear { .. }), _)
            | (_, Some(unclear @ Join::Unclear { .. })) => unclear,
            // The address may be an earlier holder's, or the id a leaver's whom the roster has dropped.
            (Some(Join::Nobody { why }), Some(Join::Person { .. })) => Join::Unclear {
                why: format!("{why}, but its email address names someone"),
            },
            (Some(person @ Join::Person { .. }), _) => person,
            (_, Some(by_email)) => by_email,
            (Some(nobody), None) => nobody,
            (None, None) if name.contains('@') && !name.contains(char::is_whitespace) => {
                match self.email(name) {
                    Join::Person { index, .. } => Join::Person {
                        index,
                        by: "its name, an email address",
                    },
                    other => other,
                }
            }
            (None, None) => Join::NotNamed,
        }
    }

    /// Every row of the roster that an id or an address names.
    pub(super) fn rows(&self, key: &str) -> Vec<usize> {
        let key = key.trim();
        let mut rows = self.by_id.rows(&lower(key));
        let whole = self.canonical(key);
        rows.extend(self.by_email.rows(&whole));
        if let Some((local, domain)) = whole.split_once('@')
            && let Some((plain, _)) = local.split_once('+')
        {
            rows.extend(self.by_email.rows(&format!("{plain}@{domain}")));
        }
        rows
    }

    fn id(&self, id: &str) -> Join {
        one(self.by_id.find(&lower(id)), "employee id", id)
    }

    fn email(&self, email: &str) -> Join {
        let whole = self.canonical(email);
        let found = self.by_email.find(&whole);
        if found != Found::Nobody {
            return one(found, "email address", email);
        }
        if let Some((local, domain)) = whole.split_once('@')
            && let Some((plain, _)) = local.split_once('+')
        {
            let found = self.by_email.find(&format!("{plain}@{domain}"));
            if found != Found::Nobody {
                return one(found, "email address without its tag", email);
            }
        }
        one(Found::Nobody, "email address", email)
    }

    pub(super) fn canonical(&self, email: &str) -> String {
        let lower = lower(email.trim());
        match lower.rsplit_once('@') {
            Some((local, domain)) => match self.same_domains.get(domain) {
                Some(other) => format!("{local}@{other}"),
                None => lower,
            },
            None => lower,
        }
    }
}

/// Joins every account to its person and its owner.
pub fn join(population: &mut Population, directory: &Directory) {
    for account in &mut population.accounts {
        let (id, email) = (account.employee_id.as_deref(), account.email.as_deref());
        account.person = match account.is_non_human() {
            // What a program does is not its owner's own access, though an address may be given with it.
            true => Join::NotNamed,
            false => directory.account(&account.name, id, email),
        };
        let owner = account.owner_text.as_deref().unwrap_or_default();
        // Who disagree about whose it is settle nothing.
        let contested = |what: &str| account.conflict.split(", ").any(|one| one == what);
        if account.person != Join::NotNamed && (contested("email") || contested("employee id")) {
            account.person = Join::Unclear {
                why: "its exports, or its rows, name several people".to_owned(),
            };
        }
        if contested("owner") {
            account.owner = Join::Unclear {
                why: "its exports, or its rows, name several owners".to_owned(),
            };
            continue;
        }
        account.owner = match (directory.find(owner), account.is_non_human()) {
            (Join::NotNamed, true) => match directory.account("", id, email) {
                found @ Join::Person { .. } => found,
                _ => Join::NotNamed,
            },
            (found, _) => found,
        };
    }
}

/// In lower case, but for letters that are ASCII only then: the Kelvin sign is no `k`, and its address another's.
fn lower(text: &str) -> String {
    let mut lower = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter.to_lowercase().all(|one| one.is_ascii()) && !letter.is_ascii() {
            true => lower.push(letter),
            false => lower.extend(letter.to_lowercase()),
        }
    }
    lower
}

/// People by a key that one of them has, as a rule.
#[derive(Debug)]
struct Keys {
    first: HashMap<Box<str>, u32>,
    /// Who else has it, where there are several.
    several: HashMap<u32, Vec<u32>>,
}

/// Who has a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Nobody,
    One(usize),
    Several(usize),
}

impl Keys {
    fn with_capacity(people: usize) -> Self {
        Self {
            first: HashMap::with_capacity(people),
            several: HashMap::new(),
        }
    }

    fn add(&mut self, key: String, index: usize) {
        match self.first.entry(key.into_boxed_str()) {
            Entry::Vacant(place) => {
                place.insert(count(index));
            }
            Entry::Occupied(known) => {
                let others = self.several.entry(*known.get()).or_default();
                others.push(count(index));
            }
        }
    }

    fn rows(&self, key: &str) -> Vec<usize> {
        let first = self.first.get(key);
        let others = first.and_then(|first| self.several.get(first));
        let all = first.into_iter().chain(others.into_iter().flatten());
        all.map(|row| *row as usize).collect()
    }

    fn find(&self, key: &str) -> Found {
        match self.first.get(key) {
            None => Found::Nobody,
            Some(first) => match self.several.get(first) {
                None => Found::One(*first as usize),
                Some(others) => Found::Several(others.len() + 1),
            },
        }
    }
}

fn one(people: Found, by: &'static str, key: &str) -> Join {
    match people {
        Found::Nobody => Join::Nobody {
            why: format!("nobody on the roster has the {by} `{key}`"),
        },
        Found::One(index) => Join::Person { index, by },
        Found::Several(people) => Join::Unclear {
            why: format!("{people} rows of the roster have the {by} `{key}`"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::model::population::Place;
    use crate::review::model::{Employment, When};

    fn person(id: &str, email: &str) -> Person {
        Person {
            employee_id: (!id.is_empty()).then(|| id.to_owned()),
            name: "Ann".to_owned(),
            email: (!email.is_empty()).then(|| email.to_owned()),
            department: String::new(),
            title: String::new(),
            manager: String::new(),
            status: Employment::Active,
            started: When::Empty,
            ended: When::Empty,
            place: Place::default(),
        }
    }

    #[test]
    fn aliases_are_one_person_and_rehires_are_unclear() {
        let people = [
            person("1", "Ann@acme.example"),
            person("2", "bob@acme.example"),
            person("3", "dup@acme.example"),
            person("3", "dup2@acme.example"),
        ];
        let same = BTreeMap::from([("acme.test".to_owned(), "acme.example".to_owned())]);
        let directory = Directory::new(&people, &same);
        let found = |name: &str, id: Option<&str>, email: Option<&str>| match directory
            .account(name, id, email)
        {
            Join::Person { index, .. } => index.to_string(),
            Join::Nobody { .. } => "nobody".to_owned(),
            Join::Unclear { .. } => "unclear".to_owned(),
            Join::NotNamed => "not named".to_owned(),
        };
        assert_eq!(found("x", None, Some("ANN@ACME.test")), "0");
        assert_eq!(found("x", None, Some("ann+aws@acme.example")), "0");
        assert_eq!(found("x", None, Some("ANN@ACME.\u{212a}test")), "nobody");
        assert_eq!(found("bob@acme.example", None, None), "1");
        assert_eq!(found("x", Some("1"), Some("bob@acme.example")), "unclear");
        assert_eq!(found("x", Some("9"), Some("bob@acme.example")), "unclear");
        assert_eq!(found("x", Some("3"), None), "unclear");
        assert_eq!(found("x", Some("9"), None), "nobody");
        assert_eq!(found("Ann", None, None), "not named");
    }
}
