//! Whose account it is: by employee id, then by email address. Never by name alone.
//!
//! Addresses are compared without case, with domains that the policy calls one, and without a `+tag` where the whole
//! address is nobody's. Where two keys name two people, or one key names several rows, the join is unclear and said to be.

use std::collections::{BTreeMap, HashMap};

use crate::review::model::Join;
use crate::review::model::population::{Person, Population};

/// The roster by its keys.
#[derive(Debug)]
pub struct Directory {
    by_id: HashMap<String, Vec<usize>>,
    by_email: HashMap<String, Vec<usize>>,
    same_domains: BTreeMap<String, String>,
}

impl Directory {
    /// Indexes the roster. `same_domains` maps an alias domain to the one it stands for, in lower case.
    pub fn new(people: &[Person], same_domains: &BTreeMap<String, String>) -> Self {
        let mut directory = Self {
            by_id: HashMap::new(),
            by_email: HashMap::new(),
            same_domains: same_domains.clone(),
        };
        for (index, person) in people.iter().enumerate() {
            if let Some(id) = &person.employee_id {
                directory
                    .by_id
                    .entry(id.to_lowercase())
                    .or_default()
                    .push(index);
            }
            if let Some(email) = &person.email {
                let email = directory.canonical(email);
                directory.by_email.entry(email).or_default().push(index);
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

    fn id(&self, id: &str) -> Join {
        one(self.by_id.get(&id.to_lowercase()), "employee id", id)
    }

    fn email(&self, email: &str) -> Join {
        let whole = self.canonical(email);
        if let Some(found) = self.by_email.get(&whole) {
            return one(Some(found), "email address", email);
        }
        if let Some((local, domain)) = whole.split_once('@')
            && let Some((plain, _)) = local.split_once('+')
            && let Some(found) = self.by_email.get(&format!("{plain}@{domain}"))
        {
            return one(Some(found), "email address without its tag", email);
        }
        one(None, "email address", email)
    }

    fn canonical(&self, email: &str) -> String {
        let lower = email.trim().to_lowercase();
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
        account.owner = match (directory.find(owner), account.is_non_human()) {
            (Join::NotNamed, true) => match directory.account("", id, email) {
                found @ Join::Person { .. } => found,
                _ => Join::NotNamed,
            },
            (found, _) => found,
        };
    }
}

fn one(people: Option<&Vec<usize>>, by: &'static str, key: &str) -> Join {
    match people.map_or(&[][..], Vec::as_slice) {
        [] => Join::Nobody {
            why: format!("nobody on the roster has the {by} `{key}`"),
        },
        [index] => Join::Person { index: *index, by },
        several => Join::Unclear {
            why: format!("{} rows of the roster have the {by} `{key}`", several.len()),
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
        assert_eq!(found("bob@acme.example", None, None), "1");
        assert_eq!(found("x", Some("1"), Some("bob@acme.example")), "unclear");
        assert_eq!(found("x", Some("9"), Some("bob@acme.example")), "unclear");
        assert_eq!(found("x", Some("3"), None), "unclear");
        assert_eq!(found("x", Some("9"), None), "nobody");
        assert_eq!(found("Ann", None, None), "not named");
    }
}
