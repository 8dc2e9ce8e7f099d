//! Who is who: rows of the roster that are one person, and the people whose access something may be.

use std::collections::HashMap;

use icu_normalizer::ComposingNormalizerBorrowed;

use super::directory::Directory;
use crate::review::model::facts::count;
use crate::review::model::population::{Account, Person};
use crate::review::model::{Join, Kind};
use crate::review::store::{AccountKeys, Item};

/// Which rows of the roster are one person: those that share an employee id or an address, however it is written.
#[derive(Debug)]
pub struct Kin {
    first: Vec<u32>,
}

impl Kin {
    /// Of a roster.
    pub fn of(people: &[Person], directory: &Directory) -> Self {
        let mut kin = Self {
            first: (0..count(people.len())).collect(),
        };
        let mut known: HashMap<String, u32> = HashMap::new();
        for (row, person) in (0..).zip(people) {
            for key in keys(person, directory) {
                let other = *known.entry(key).or_insert(row);
                kin.join(other, row);
            }
        }
        kin
    }

    /// Whether two rows are one person.
    pub fn same(&self, one: usize, two: usize) -> bool {
        one == two
            || self
                .find(one)
                .is_some_and(|first| Some(first) == self.find(two))
    }

    /// What stands for all rows of a person.
    pub fn find(&self, row: usize) -> Option<u32> {
        let mut at = count(row);
        loop {
            let next = *self.first.get(at as usize)?;
            if next == at {
                return Some(at);
            }
            at = next;
        }
    }

    fn join(&mut self, one: u32, two: u32) {
        let (Some(one), Some(two)) = (self.find(one as usize), self.find(two as usize)) else {
            return;
        };
        if let Some(first) = self.first.get_mut(one.max(two) as usize) {
            *first = one.min(two);
        }
    }
}

/// What names a person, apart from how it is written: the id, the address, the address without its tag.
fn keys(person: &Person, directory: &Directory) -> Vec<String> {
    let composed = |text: &str| {
        let composed = ComposingNormalizerBorrowed::new_nfkc().normalize(text.trim());
        composed.to_lowercase()
    };
    let mut keys = Vec::new();
    if let Some(id) = person.employee_id.as_deref().filter(|id| !id.is_empty()) {
        keys.push(format!("id {}", composed(id)));
    }
    if let Some(email) = person.email.as_deref().filter(|email| !email.is_empty()) {
        let email = directory.canonical(&composed(email));
        let plain = email.split_once('@').map(|(local, domain)| {
            let local = local.split('+').next().unwrap_or_default();
            format!("{local}@{domain}")
        });
        keys.push(plain.unwrap_or(email));
    }
    keys
}

/// The people who may not decide on an account's access, in rows of the roster: its holder; everybody whom it may belong to
/// where that is unclear; who answers for what no person holds.
pub fn barred(account: &Account, directory: &Directory) -> Vec<usize> {
    let mut barred: Vec<usize> = account.subject().into_iter().collect();
    let person_unclear = matches!(account.person, Join::Unclear { .. });
    if person_unclear || barred.is_empty() {
        barred.extend(may_be(
            directory,
            &Keys {
                name: &account.name,
                email: account.email.as_deref(),
                employee_id: account.employee_id.as_deref(),
                owner: account.owner_text.as_deref(),
                is_program: account.is_non_human(),
            },
        ));
    }
    barred
}

/// The same of an item of an open campaign, by all that its exports say of the account.
pub fn barred_of_item(item: &Item, rows: &[AccountKeys], directory: &Directory) -> Vec<usize> {
    let subject = item.subject.and_then(|id| usize::try_from(id - 1).ok());
    let mut barred: Vec<usize> = subject.into_iter().collect();
    for row in rows {
        let is_program = matches!(row.kind, Kind::Service | Kind::Shared | Kind::Breakglass);
        let (id, email) = (row.employee_id.as_deref(), row.email.as_deref());
        let is_unclear = !is_program
            && matches!(
                directory.account(&item.account, id, email),
                Join::Unclear { .. }
            );
        if subject.is_none() || is_unclear {
            let keys = Keys {
                name: &item.account,
                email,
                employee_id: id,
                owner: row.owner.as_deref(),
                is_program,
            };
            barred.extend(may_be(directory, &keys));
        }
    }
    barred
}

/// What an export tells of whose an account is.
struct Keys<'k> {
    name: &'k str,
    email: Option<&'k str>,
    employee_id: Option<&'k str>,
    owner: Option<&'k str>,
    is_program: bool,
}

/// Everybody whom one of the keys names.
fn may_be(directory: &Directory, keys: &Keys<'_>) -> Vec<usize> {
    let named = keys.name.contains('@').then_some(keys.name);
    let named = named.filter(|_| !keys.is_program);
    let all = [keys.email, keys.employee_id, keys.owner, named];
    let all = all.into_iter().flatten();
    all.flat_map(|key| directory.rows(key)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::review::model::population::Place;
    use crate::review::model::{Employment, When};

    fn person(id: &str, email: &str) -> Person {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Person {
            employee_id: some(id),
            name: String::new(),
            email: some(email),
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
    fn rows_that_share_an_id_or_an_address_are_one_person() {
        let same = BTreeMap::from([("acme.test".to_owned(), "acme.example".to_owned())]);
        for (one, two, is) in [
            (("1", "ann@acme.example"), ("2", "ANN@acme.example"), true),
            (("1", "ann@acme.example"), ("2", "ann@acme.test"), true),
            (
                ("1", "ann@acme.example"),
                ("2", "ann+adm@acme.example"),
                true,
            ),
            (
                ("1", "\u{c4}nne@acme.example"),
                ("2", "\u{e4}nne@acme.example"),
                true,
            ),
            (
                ("1", "a\u{308}nne@acme.example"),
                ("2", "\u{e4}nne@acme.example"),
                true,
            ),
            (("e1", "ann@acme.example"), ("E1", "bob@acme.example"), true),
            (("1", ""), ("2", ""), false),
            (("1", "ann@acme.example"), ("2", "bob@acme.example"), false),
            (("", ""), ("", ""), false),
        ] {
            let people = [person(one.0, one.1), person(two.0, two.1)];
            let kin = Kin::of(&people, &Directory::new(&people, &same));
            assert_eq!(kin.same(0, 1), is, "{one:?} {two:?}");
        }
        // By way of a third.
        let people = [person("1", "a@x"), person("2", "b@x"), person("2", "a@x")];
        let kin = Kin::of(&people, &Directory::new(&people, &same));
        assert!(kin.same(0, 1));
        assert!(!kin.same(0, 3) && kin.find(3).is_none());
    }
}
