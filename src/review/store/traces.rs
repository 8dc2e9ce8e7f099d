//! What a campaign's exports tell beside names: ids that stay, addresses, and which export tells of what. It is asked for
//! where two campaigns are compared.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{Store, StoreError, explain};
use crate::review::model::Kind;
use crate::review::model::facts::{EntitlementKind, SignalKind};

/// An entitlement by what names it: its system, its kind, its name.
pub type Named = (String, EntitlementKind, String);

/// What the exports tell beside names. Accounts are meant by the ids of the file, which count from 1 in the order of a
/// population.
#[derive(Debug, Default)]
pub struct Traces {
    /// The lasting ids of accounts.
    pub account_ids: HashMap<i64, Vec<String>>,
    /// The lasting ids of entitlements.
    pub entitlement_ids: HashMap<Named, Vec<String>>,
    /// The addresses and employee ids of accounts.
    pub people: HashMap<i64, BTreeSet<String>>,
    /// Which source lists which account.
    pub listed: HashSet<(i64, i64)>,
    /// Which source tells of which system.
    pub systems: BTreeSet<(i64, String)>,
    /// Which source tells of which entitlement.
    pub told: HashSet<(i64, Named)>,
}

/// What an export tells of whose an account is.
#[derive(Debug)]
pub struct AccountKeys {
    /// What sort of account it is.
    pub kind: Kind,
    /// Its address.
    pub email: Option<String>,
    /// Its employee id.
    pub employee_id: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
}

impl Store {
    /// What the exports tell of whose accounts are, where nobody holds them or somebody answers for them.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn account_keys(&self) -> Result<HashMap<i64, Vec<AccountKeys>>, StoreError> {
        let mut all: HashMap<i64, Vec<AccountKeys>> = HashMap::new();
        let mut load = || -> rusqlite::Result<()> {
            let mut statement = self.connection.prepare(
                "SELECT account, kind, email, employee_id, owner FROM account_fact
                 WHERE owner IS NOT NULL OR account IN (SELECT account FROM item WHERE subject IS NULL)",
            )?;
            let mut rows = statement.query(())?;
            while let Some(row) = rows.next()? {
                let kind = Kind::ALL.get(row.get::<_, u32>(1)? as usize).copied();
                all.entry(row.get(0)?).or_default().push(AccountKeys {
                    kind: kind.unwrap_or_default(),
                    email: row.get(2)?,
                    employee_id: row.get(3)?,
                    owner: row.get(4)?,
                });
            }
            Ok(())
        };
        load().map_err(|error| explain(&self.path, &error))?;
        Ok(all)
    }

    /// Everything of it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn traces(&self) -> Result<Traces, StoreError> {
        let mut traces = Traces::default();
        let mut load = || -> rusqlite::Result<()> {
            let mut statement = self.connection.prepare(
                "SELECT f.source, f.account, a.system, f.email, f.employee_id
                 FROM account_fact AS f JOIN account AS a ON a.id = f.account",
            )?;
            let mut rows = statement.query(())?;
            while let Some(row) = rows.next()? {
                let (source, account): (i64, i64) = (row.get(0)?, row.get(1)?);
                traces.listed.insert((source, account));
                traces.systems.insert((source, row.get(2)?));
                for column in [3, 4] {
                    let said: Option<String> = row.get(column)?;
                    if let Some(said) = said.filter(|said| !said.is_empty()) {
                        let known = traces.people.entry(account).or_default();
                        known.insert(said.to_lowercase());
                    }
                }
            }
            let mut statement = self.connection.prepare(
                "SELECT f.source, e.system, e.kind, e.name
                 FROM entitlement_fact AS f JOIN entitlement AS e ON e.id = f.entitlement",
            )?;
            let mut rows = statement.query(())?;
            while let Some(row) = rows.next()? {
                let source: i64 = row.get(0)?;
                let named = named(row, 1)?;
                traces.systems.insert((source, named.0.clone()));
                traces.told.insert((source, named));
            }
            let mut statement = self.connection.prepare(
                "SELECT s.account, s.text, e.system, e.kind, e.name
                 FROM signal AS s LEFT JOIN entitlement AS e ON e.id = s.entitlement WHERE s.kind = ?1",
            )?;
            let mut rows = statement.query([SignalKind::Identifier as i64])?;
            while let Some(row) = rows.next()? {
                let (account, id): (Option<i64>, String) = (row.get(0)?, row.get(1)?);
                match account {
                    Some(account) => traces.account_ids.entry(account).or_default().push(id),
                    None => {
                        let ids = traces.entitlement_ids.entry(named(row, 2)?);
                        ids.or_default().push(id);
                    }
                }
            }
            Ok(())
        };
        load().map_err(|error| explain(&self.path, &error))?;
        Ok(traces)
    }
}

fn named(row: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Named> {
    let kind: usize = row.get::<_, u32>(first + 1)? as usize;
    // A code that is not known cannot be in a file whose digests hold.
    let kind = EntitlementKind::ALL.get(kind).copied();
    let kind = kind.unwrap_or(EntitlementKind::Permission);
    Ok((row.get(first)?, kind, row.get(first + 2)?))
}
