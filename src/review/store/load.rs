//! The population out of the file: facts of several exports about one account become one account.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Store, StoreError, explain};
use crate::review::model::facts::{About, EntitlementKind, How, Knows, Signal, SignalKind};
use crate::review::model::population::{
    Account, Entitlement, Grant, Person, Place, Population, SourceInfo,
};
use crate::review::model::{Employment, Join, Kind, Mfa, Truth, When};

/// A finding as it was frozen.
#[derive(Debug, Clone)]
pub struct FindingRow {
    /// The rule.
    pub rule: String,
    /// The severity's place among all, from the mildest.
    pub severity: i64,
    /// The account's label, if it is about one.
    pub account: String,
    /// The item, if it is about one.
    pub item: Option<i64>,
    /// What was found.
    pub text: String,
    /// What to do.
    pub help: String,
}

impl Store {
    /// Everyone and everything that was imported: accounts joined to no one yet, grants as given, not yet expanded.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn population(&self) -> Result<Population, StoreError> {
        let mut population = Population {
            texts: vec![String::new()],
            ..Population::default()
        };
        for source in self.sources()? {
            population.sources.push(SourceInfo {
                id: u32::try_from(source.id).unwrap_or_default(),
                kind: source.kind,
                name: source.name,
                knows: Knows(source.knows),
                exported: source.exported,
                covers_from: source.covers_from,
                losses: source.problems.len(),
                remarks: source.remarks,
            });
        }
        let mut load = || -> rusqlite::Result<()> {
            self.load_people(&mut population)?;
            self.load_accounts(&mut population)?;
            self.load_entitlements(&mut population)?;
            self.load_given(&mut population)?;
            self.load_nesting(&mut population)
        };
        load().map_err(|error| explain(&self.path, &error))?;
        Ok(population)
    }

    /// The people, by id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn people(&self) -> Result<Vec<Person>, StoreError> {
        let mut population = Population::default();
        self.load_people(&mut population)
            .map_err(|error| explain(&self.path, &error))?;
        Ok(population.people)
    }

    /// The findings, the worst first.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn findings(&self) -> Result<Vec<FindingRow>, StoreError> {
        let failed = |error| explain(&self.path, &error);
        let sql = "SELECT f.rule, f.severity, coalesce(a.system || '/' || a.name, ''), f.item, f.text, f.help
            FROM finding AS f LEFT JOIN account AS a ON a.id = f.account
            ORDER BY f.severity DESC, f.rule, a.system, a.name, f.item, f.id";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let rows = statement.query_map((), |row| {
            Ok(FindingRow {
                rule: row.get(0)?,
                severity: row.get(1)?,
                account: row.get(2)?,
                item: row.get(3)?,
                text: row.get(4)?,
                help: row.get(5)?,
            })
        });
        rows.and_then(Iterator::collect).map_err(failed)
    }

    /// What could not be judged: rule, reason, and how many it concerns.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn gaps(&self) -> Result<Vec<(String, String, i64)>, StoreError> {
        let failed = |error| explain(&self.path, &error);
        let sql = "SELECT rule, reason, subjects FROM gap ORDER BY rule, reason";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        rows.and_then(Iterator::collect).map_err(failed)
    }

    fn load_people(&self, into: &mut Population) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare(
            "SELECT source, line, employee_id, name, email, department, title, supervisor, status, started, ended
             FROM person ORDER BY id",
        )?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            into.people.push(Person {
                place: place(row.get(0)?, row.get(1)?),
                employee_id: row.get(2)?,
                name: row.get(3)?,
                email: row.get(4)?,
                department: row.get(5)?,
                title: row.get(6)?,
                manager: row.get(7)?,
                status: decoded(&Employment::ALL, row.get(8)?),
                started: When::from_code(row.get(9)?),
                ended: When::from_code(row.get(10)?),
            });
        }
        Ok(())
    }

    fn load_accounts(&self, into: &mut Population) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare(
            "SELECT f.account, f.source, f.line, f.display, f.kind, f.email, f.employee_id, f.owner, f.enabled, f.mfa,
                f.created, f.last_used, f.expires, f.key_rotated, f.key_used, a.system, a.name
             FROM account AS a JOIN account_fact AS f ON f.account = a.id ORDER BY f.account, f.id",
        )?;
        let mut rows = statement.query(())?;
        let mut last = 0_i64;
        while let Some(row) = rows.next()? {
            let place = place(row.get(1)?, row.get(2)?);
            let source = into.source(place.source);
            let knows = source.map_or(Knows::default(), |s| s.knows);
            let covered = source.filter(|_| knows.has(Knows::LAST_USED));
            let covered = covered.map_or(When::Empty, |source| source.covers_from);
            let account = Account {
                system: row.get(15)?,
                name: row.get(16)?,
                display: row.get(3)?,
                kind: decoded(&Kind::ALL, row.get(4)?),
                email: row.get(5)?,
                employee_id: row.get(6)?,
                owner_text: row.get(7)?,
                enabled: decoded(&Truth::ALL, row.get(8)?),
                mfa: decoded(&Mfa::ALL, row.get(9)?),
                created: When::from_code(row.get(10)?),
                last_used: When::from_code(row.get(11)?),
                covered,
                expires: When::from_code(row.get(12)?),
                key_rotated: When::from_code(row.get(13)?),
                key_used: When::from_code(row.get(14)?),
                knows,
                conflict: String::new(),
                person: Join::NotNamed,
                owner: Join::NotNamed,
                place,
            };
            let id: i64 = row.get(0)?;
            match into.accounts.last_mut() {
                Some(known) if id == last => merge(known, account),
                _ => into.accounts.push(account),
            }
            last = id;
        }
        Ok(())
    }

    fn load_entitlements(&self, into: &mut Population) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare(
            "SELECT f.entitlement, f.source, f.line, e.system, e.kind, e.name, f.privileged, f.owner
             FROM entitlement AS e JOIN entitlement_fact AS f ON f.entitlement = e.id ORDER BY f.entitlement, f.id",
        )?;
        let mut rows = statement.query(())?;
        let mut last = 0_i64;
        while let Some(row) = rows.next()? {
            let entitlement = Entitlement {
                place: place(row.get(1)?, row.get(2)?),
                system: row.get(3)?,
                kind: EntitlementKind::ALL
                    .get(row.get::<_, u32>(4)? as usize)
                    .copied()
                    .unwrap_or(EntitlementKind::Permission),
                name: row.get(5)?,
                privileged: decoded(&Truth::ALL, row.get(6)?),
                owner_text: row.get(7)?,
            };
            let id: i64 = row.get(0)?;
            match into.entitlements.last_mut() {
                Some(known) if id == last => {
                    // Privileged in one export is privileged.
                    if known.privileged != Truth::Yes && entitlement.privileged != Truth::Unknown {
                        known.privileged = entitlement.privileged;
                    }
                    if known.owner_text.is_none() {
                        known.owner_text = entitlement.owner_text;
                    }
                }
                _ => into.entitlements.push(entitlement),
            }
            last = id;
        }
        Ok(())
    }

    fn load_given(&self, into: &mut Population) -> rusqlite::Result<()> {
        let count: i64 = self
            .connection
            .query_row("SELECT count(*) FROM given", (), |row| row.get(0))?;
        into.grants
            .reserve_exact(usize::try_from(count).unwrap_or_default());
        let mut scopes: HashMap<String, u32> = HashMap::new();
        let mut statement = self.connection.prepare(
            "SELECT id, account, entitlement, how, granted, last_used, expires, source, line, scope
             FROM given ORDER BY id",
        )?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            let scope = match row
                .get_ref(9)?
                .as_str_or_null()
                .map_err(|_| rusqlite::Error::InvalidQuery)?
            {
                None => 0,
                Some(scope) => match scopes.get(scope) {
                    Some(index) => *index,
                    None => {
                        let index = u32::try_from(into.texts.len()).unwrap_or_default();
                        into.texts.push(scope.to_owned());
                        scopes.insert(scope.to_owned(), index);
                        index
                    }
                },
            };
            into.grants.push(Grant {
                given: row.get(0)?,
                account: index(row.get(1)?),
                entitlement: index(row.get(2)?),
                how: decoded(&How::ALL, row.get(3)?),
                granted: row.get(4)?,
                last_used: row.get(5)?,
                expires: row.get(6)?,
                place: place(row.get(7)?, row.get(8)?),
                path: 0,
                scope,
            });
        }
        Ok(())
    }

    fn load_nesting(&self, into: &mut Population) -> rusqlite::Result<()> {
        let mut statement = self.connection.prepare(
            "SELECT parent, child, source, line FROM implies ORDER BY parent, child, id",
        )?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            let place = place(row.get(2)?, row.get(3)?);
            into.implies
                .push((index(row.get(0)?), index(row.get(1)?), place));
        }
        let mut statement = self.connection.prepare(
            "SELECT source, line, account, entitlement, kind, conditional, text FROM signal WHERE kind <> ?1 ORDER BY id",
        )?;
        // Ids are as many as accounts, and no rule asks for them.
        let mut rows = statement.query([SignalKind::Identifier as i64])?;
        while let Some(row) = rows.next()? {
            let about = match (row.get::<_, Option<i64>>(2)?, row.get::<_, Option<i64>>(3)?) {
                (Some(account), _) => About::Account(index(account)),
                (None, Some(entitlement)) => About::Entitlement(index(entitlement)),
                (None, None) => About::Source,
            };
            let kind = SignalKind::ALL.get(row.get::<_, u32>(4)? as usize).copied();
            let signal = Signal {
                about,
                kind: kind.unwrap_or(SignalKind::Dangling),
                conditional: row.get(5)?,
                text: row.get(6)?,
                row: row.get(1)?,
            };
            into.signals.push((signal, row.get(0)?));
        }
        join_groups(into);
        Ok(())
    }
}

/// A second export about the same account: what only one of them says is taken; where they disagree, the answer that
/// lets no rule be passed by is taken, and that they disagree is kept.
fn merge(known: &mut Account, other: Account) {
    let mut conflicts: Vec<&str> = Vec::new();
    // What two exports disagreed about a third does not settle.
    let is_contested = known.conflict.contains("kind");
    if known.kind == Kind::Unknown && !is_contested {
        known.kind = other.kind;
    } else if !is_contested && other.kind != Kind::Unknown && other.kind != known.kind {
        conflicts.push("kind");
        known.kind = Kind::Unknown;
    }
    match (known.enabled, other.enabled) {
        (Truth::Unknown, said) => known.enabled = said,
        (Truth::No, Truth::Yes) | (Truth::Yes, Truth::No) => {
            conflicts.push("enabled");
            known.enabled = Truth::Yes;
        }
        _ => {}
    }
    match (known.mfa, other.mfa) {
        (Mfa::Unknown, said) => known.mfa = said,
        (_, Mfa::Unknown) => {}
        // One says that there is a factor, the other says which.
        (Mfa::Unspecified, which) | (which, Mfa::Unspecified) if which != Mfa::None => {
            known.mfa = which;
        }
        (one, two) if one != two => {
            conflicts.push("mfa");
            known.mfa = one.min(two);
        }
        _ => {}
    }
    for (known, other, name) in [
        (&mut known.email, other.email, "email"),
        (&mut known.employee_id, other.employee_id, "employee id"),
        (&mut known.owner_text, other.owner_text, "owner"),
    ] {
        match (&known, &other) {
            (None, Some(_)) => *known = other,
            (Some(one), Some(two)) if !one.eq_ignore_ascii_case(two) => conflicts.push(name),
            _ => {}
        }
    }
    if known.display.is_empty() {
        known.display = other.display;
    }
    known.created = known.created.latest(other.created);
    known.last_used = known.last_used.latest(other.last_used);
    known.key_used = known.key_used.latest(other.key_used);
    known.covered = match (known.covered.time(), other.covered.time()) {
        (Some(one), Some(two)) if one <= two => known.covered,
        (Some(_), None) => known.covered,
        _ => other.covered,
    };
    known.expires = match (known.expires.time(), other.expires.time()) {
        (Some(one), Some(two)) if two < one => other.expires,
        (Some(_), _) => known.expires,
        _ => known.expires.latest(other.expires),
    };
    known.key_rotated = match (known.key_rotated.time(), other.key_rotated.time()) {
        (Some(one), Some(two)) if two < one => other.key_rotated,
        (Some(_), _) => known.key_rotated,
        _ => known.key_rotated.latest(other.key_rotated),
    };
    known.knows = known.knows.and(other.knows);
    if !conflicts.is_empty() {
        if !known.conflict.is_empty() {
            known.conflict.push_str(", ");
        }
        known.conflict.push_str(&conflicts.join(", "));
    }
}

/// A group that one export knows by its id alone, `00g1`, is the one that another calls `Admins (00g1)`: whoever is in that
/// one holds what this one holds. Where there is none, nobody can tell who that is, and it is said.
fn join_groups(into: &mut Population) {
    let parents: BTreeSet<u32> = into.implies.iter().map(|(parent, _, _)| *parent).collect();
    let held: HashSet<u32> = into.grants.iter().map(|grant| grant.entitlement).collect();
    let inner: HashSet<u32> = into.implies.iter().map(|(_, child, _)| *child).collect();
    let mut labelled: HashMap<(&str, &str), u32> = HashMap::new();
    for (group, index) in into.entitlements.iter().zip(0..) {
        let id = group
            .name
            .strip_suffix(')')
            .and_then(|name| name.rsplit_once(" ("));
        if let (EntitlementKind::Group, Some((_, id))) = (group.kind, id) {
            labelled.insert((&group.system, id), index);
        }
    }
    let (mut found, mut lost) = (Vec::new(), Vec::new());
    for parent in parents {
        let Some(group) = into.entitlements.get(parent as usize) else {
            continue;
        };
        if group.kind != EntitlementKind::Group || held.contains(&parent) || inner.contains(&parent)
        {
            continue;
        }
        match labelled.get(&(group.system.as_str(), group.name.as_str())) {
            Some(known) => found.push((*known, parent, group.place)),
            None if group.system.starts_with("okta") && !group.name.ends_with(')') => {
                let text = format!(
                    "`{}` is a group of which no export says who is in it",
                    group.label()
                );
                lost.push((parent, group.place, text));
            }
            None => {}
        }
    }
    into.implies.extend(found);
    for (parent, place, text) in lost {
        let signal = Signal {
            about: About::Entitlement(parent),
            kind: SignalKind::Dangling,
            conditional: false,
            text,
            row: place.row,
        };
        into.signals.push((signal, place.source));
    }
}

fn place(source: u32, row: u32) -> Place {
    Place { source, row }
}

/// Ids count from 1 and are never skipped, since nothing is deleted.
fn index(id: i64) -> u32 {
    u32::try_from(id - 1).unwrap_or(u32::MAX)
}

/// The value of a code. One that is not known cannot be in a file whose digests hold.
fn decoded<T: Copy + Default>(all: &[T], code: i64) -> T {
    let index = usize::try_from(code).ok();
    index
        .and_then(|index| all.get(index))
        .copied()
        .unwrap_or_default()
}
