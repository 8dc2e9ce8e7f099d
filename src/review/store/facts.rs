//! Imports: the facts of one export go in whole, with where they came from and what was lost, or not at all.

use std::collections::HashSet;

use rusqlite::{OptionalExtension as _, Transaction};
use serde_json::json;

use super::chain::{self, Change, NewEvent};
use super::{Stop, Store, StoreError, explain, schema};
use crate::kernel::crypto::hex;
use crate::kernel::time::Timestamp;
use crate::review::connectors::Export;
use crate::review::model::When;
use crate::review::model::facts::{About, Facts};

/// An import: what the export cannot say about itself.
#[derive(Debug)]
pub struct Import<'a> {
    /// The connector.
    pub kind: &'a str,
    /// The query or the filter that made it, in the words of whoever exported it.
    pub query: &'a str,
    /// When it was exported; what the export itself says is taken first.
    pub exported: When,
    /// Who imports it.
    pub actor: &'a str,
    /// When.
    pub now: Timestamp,
}

/// What an import came to.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The source's id.
    pub source: i64,
    /// The event.
    pub seq: i64,
    /// The digest of the rows written.
    pub sha256: String,
    /// How many people.
    pub people: usize,
    /// How many grants.
    pub grants: usize,
}

/// A source as it was imported, for the sheet about what the review relies on.
#[derive(Debug, Clone)]
pub struct SourceRow {
    /// Its id.
    pub id: i64,
    /// The connector.
    pub kind: String,
    /// The file.
    pub name: String,
    /// The query or filter.
    pub query: String,
    /// When it was exported.
    pub exported: When,
    /// From when on its last uses are complete.
    pub covers_from: When,
    /// When it was imported, in seconds.
    pub imported: i64,
    /// The size.
    pub bytes: i64,
    /// The digest of the file.
    pub sha256: String,
    /// Rows read, kept, rejected, repeated and blank.
    pub rows: [i64; 5],
    /// What it can tell.
    pub knows: u32,
    /// What it cannot show.
    pub remarks: String,
    /// What could not be used: line, field, reason, and whether the row was rejected.
    pub problems: Vec<(i64, String, String, bool)>,
}

impl Store {
    /// Writes an import, piece by piece as it is read; in the end all of it is there, or nothing.
    ///
    /// # Errors
    /// [`StoreError::Repeated`] for the same bytes again, [`StoreError::State`] once the campaign is open,
    /// [`StoreError::Export`] for what is wrong with the export.
    pub fn import(&mut self, import: &Import, export: &mut Export) -> Result<Receipt, StoreError> {
        let state: String = self.one("SELECT state FROM campaign")?;
        if state != "collecting" {
            return Err(StoreError::State {
                is: if state == "open" { "open" } else { "closed" },
                needs: "its population is frozen; begin another campaign for another population",
            });
        }
        self.write_bulk(schema::ROOM_TO_IMPORT, |transaction| {
            write(transaction, import, export)
        })
    }

    /// All sources with what became of their rows.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn sources(&self) -> Result<Vec<SourceRow>, StoreError> {
        let failed = |error| explain(&self.path, &error);
        let sql = "SELECT id, kind, name, query, exported, covers_from, imported, bytes, sha256, rows_read,
            rows_kept, rows_rejected, rows_repeated, rows_blank, knows, remarks FROM source ORDER BY id";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let rows = statement.query_map((), |row| {
            Ok(SourceRow {
                id: row.get(0)?,
                kind: row.get(1)?,
                name: row.get(2)?,
                query: row.get(3)?,
                exported: When::from_code(row.get(4)?),
                covers_from: When::from_code(row.get(5)?),
                imported: row.get(6)?,
                bytes: row.get(7)?,
                sha256: row.get(8)?,
                rows: [
                    row.get(9)?,
                    row.get(10)?,
                    row.get(11)?,
                    row.get(12)?,
                    row.get(13)?,
                ],
                knows: row.get(14)?,
                remarks: row.get(15)?,
                problems: Vec::new(),
            })
        });
        let mut sources: Vec<SourceRow> = rows.and_then(Iterator::collect).map_err(failed)?;
        let sql = "SELECT line, field, reason, rejected FROM problem WHERE source = ?1 ORDER BY id";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        for source in &mut sources {
            let rows = statement.query_map([source.id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            });
            source.problems = rows.and_then(Iterator::collect).map_err(failed)?;
        }
        Ok(sources)
    }
}

/// Remembered ids: of accounts and entitlements by what names them.
#[derive(Default)]
struct Ids {
    accounts: Vec<i64>,
    entitlements: Vec<i64>,
}

fn write(transaction: &Transaction, import: &Import, export: &mut Export) -> Result<Receipt, Stop> {
    let begun = chain::Begun::of(transaction)?;
    let next = "SELECT coalesce(max(id), 0) + 1 FROM source";
    let source: i64 = transaction.query_row(next, (), |row| row.get(0))?;
    let mut ids = Ids::default();
    let (mut people, mut grants) = (0, 0);
    loop {
        let facts = &mut export.facts;
        people += facts.people.len();
        grants += facts.grants.len();
        write_people(transaction, facts, source)?;
        name_accounts(transaction, facts, &mut ids)?;
        name_entitlements(transaction, facts, &mut ids)?;
        write_grants(transaction, facts, &ids, source)?;
        facts.people.clear();
        facts.grants.clear();
        if !export.read_on()? {
            break;
        }
    }
    let facts = &export.facts;
    let sheet = &facts.sheet;
    let is_empty = people == 0 && facts.accounts.is_empty() && facts.entitlements.is_empty();
    if is_empty && sheet.rejected == 0 {
        return Err(Stop::Told(StoreError::Nothing(sheet.name.clone())));
    }
    let before = transaction.query_row(
        "SELECT name FROM source WHERE sha256 = ?1 AND kind = ?2",
        (&sheet.sha256, import.kind),
        |row| row.get(0),
    );
    if let Some(name) = before.optional()? {
        return Err(Stop::Told(StoreError::Repeated(name)));
    }
    write_source(transaction, (import, facts), source)?;
    write_accounts(transaction, facts, &ids, source)?;
    write_entitlements(transaction, facts, &ids, source)?;
    write_nesting(transaction, facts, &ids, source)?;
    write_signals(transaction, facts, &ids, source)?;
    let (rows, digest) = chain::import(transaction, source, &begun)?;
    let event = NewEvent {
        at: import.now,
        kind: "imported",
        actor: import.actor,
        body: json!({
            "source": source,
            "kind": import.kind,
            "name": sheet.name,
            "sha256": sheet.sha256,
            "rows": {
                "read": sheet.read, "kept": sheet.kept, "rejected": sheet.rejected,
                "repeated": sheet.duplicates, "blank": sheet.blank,
            },
            "facts": { "rows": rows, "sha256": hex(&digest) },
        }),
    };
    Ok(Receipt {
        source,
        seq: chain::append(transaction, &event, Change::default())?,
        sha256: hex(&digest),
        people,
        grants,
    })
}

fn write_source(
    transaction: &Transaction,
    (import, facts): (&Import, &Facts),
    source: i64,
) -> rusqlite::Result<()> {
    let sheet = &facts.sheet;
    let exported = match facts.exported {
        When::Empty => import.exported,
        said => said,
    };
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let mut insert = transaction.prepare(
        "INSERT INTO source VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )?;
    insert.insert(rusqlite::params![
        source,
        import.kind,
        sheet.name,
        import.query,
        exported.code(),
        facts.covers_from.code(),
        import.now.unix(),
        number(sheet.bytes),
        sheet.sha256,
        number(sheet.read),
        number(sheet.kept),
        number(sheet.rejected),
        number(sheet.duplicates),
        number(sheet.blank),
        facts.knows.0,
        facts.remarks.join("; "),
    ])?;
    let mut insert =
        transaction.prepare("INSERT INTO problem VALUES (NULL, ?1, ?2, ?3, ?4, ?5)")?;
    for problem in &sheet.problems {
        let field = problem.column.as_deref().unwrap_or_default();
        let line = number(problem.line);
        insert.execute((source, line, field, &problem.reason, problem.rejected))?;
    }
    Ok(())
}

fn write_people(transaction: &Transaction, facts: &Facts, source: i64) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare(
        "INSERT INTO person VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for person in &facts.people {
        insert.execute(rusqlite::params![
            source,
            person.row,
            person.employee_id,
            person.name,
            person.email,
            person.department,
            person.title,
            person.manager,
            person.status as i64,
            person.started.code(),
            person.ended.code(),
        ])?;
    }
    Ok(())
}

/// Names the accounts that are new since the last piece.
fn name_accounts(transaction: &Transaction, facts: &Facts, ids: &mut Ids) -> rusqlite::Result<()> {
    let mut name = transaction.prepare(
        "INSERT INTO account (system, name) VALUES (?1, ?2) ON CONFLICT DO NOTHING RETURNING id",
    )?;
    let mut find = transaction.prepare("SELECT id FROM account WHERE system = ?1 AND name = ?2")?;
    for account in facts.accounts.iter().skip(ids.accounts.len()) {
        let key = (&account.system, &account.name);
        let new: Option<i64> = name.query_row(key, |row| row.get(0)).optional()?;
        ids.accounts.push(match new {
            Some(id) => id,
            None => find.query_row(key, |row| row.get(0))?,
        });
    }
    Ok(())
}

fn write_accounts(
    transaction: &Transaction,
    facts: &Facts,
    ids: &Ids,
    source: i64,
) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare(
        "INSERT INTO account_fact VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?;
    for (account, id) in facts.accounts.iter().zip(&ids.accounts) {
        insert.execute(rusqlite::params![
            id,
            source,
            account.row,
            account.display,
            account.kind as i64,
            account.email,
            account.employee_id,
            account.owner,
            account.enabled as i64,
            account.mfa as i64,
            account.created.code(),
            account.last_used.code(),
            account.expires.code(),
            account.key_rotated.code(),
            account.key_used.code(),
        ])?;
    }
    Ok(())
}

fn name_entitlements(
    transaction: &Transaction,
    facts: &Facts,
    ids: &mut Ids,
) -> rusqlite::Result<()> {
    let mut name = transaction.prepare(
        "INSERT INTO entitlement (system, kind, name) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING RETURNING id",
    )?;
    let mut find = transaction
        .prepare("SELECT id FROM entitlement WHERE system = ?1 AND kind = ?2 AND name = ?3")?;
    for entitlement in facts.entitlements.iter().skip(ids.entitlements.len()) {
        let kind = entitlement.kind as i64;
        let key = (&entitlement.system, kind, &entitlement.name);
        let new: Option<i64> = name.query_row(key, |row| row.get(0)).optional()?;
        ids.entitlements.push(match new {
            Some(id) => id,
            None => find.query_row(key, |row| row.get(0))?,
        });
    }
    Ok(())
}

fn write_entitlements(
    transaction: &Transaction,
    facts: &Facts,
    ids: &Ids,
    source: i64,
) -> rusqlite::Result<()> {
    let mut insert =
        transaction.prepare("INSERT INTO entitlement_fact VALUES (NULL, ?1, ?2, ?3, ?4, ?5)")?;
    for (entitlement, id) in facts.entitlements.iter().zip(&ids.entitlements) {
        let privileged = entitlement.privileged as i64;
        insert.execute((id, source, entitlement.row, privileged, &entitlement.owner))?;
    }
    Ok(())
}

fn write_grants(
    transaction: &Transaction,
    facts: &Facts,
    ids: &Ids,
    source: i64,
) -> rusqlite::Result<()> {
    let mut insert = transaction
        .prepare("INSERT INTO given VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)")?;
    fn given(text: &str) -> Option<&str> {
        (!text.is_empty()).then_some(text)
    }
    for grant in &facts.grants {
        insert.execute(rusqlite::params![
            ids.accounts.get(grant.account as usize),
            ids.entitlements.get(grant.entitlement as usize),
            grant.how as i64,
            grant.granted.code(),
            given(&grant.granted_by),
            grant.last_used.code(),
            grant.expires.code(),
            given(&grant.justification),
            source,
            grant.row,
            given(&grant.scope),
        ])?;
    }
    Ok(())
}

fn write_nesting(
    transaction: &Transaction,
    facts: &Facts,
    ids: &Ids,
    source: i64,
) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare("INSERT INTO implies VALUES (NULL, ?1, ?2, ?3, ?4)")?;
    let mut seen = HashSet::new();
    for edge in &facts.implies {
        if seen.insert((edge.parent, edge.child)) {
            let parent = ids.entitlements.get(edge.parent as usize);
            let child = ids.entitlements.get(edge.child as usize);
            insert.execute((parent, child, source, edge.row))?;
        }
    }
    Ok(())
}

fn write_signals(
    transaction: &Transaction,
    facts: &Facts,
    ids: &Ids,
    source: i64,
) -> rusqlite::Result<()> {
    let mut insert =
        transaction.prepare("INSERT INTO signal VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for signal in &facts.signals {
        let (account, entitlement) = match signal.about {
            About::Account(index) => (ids.accounts.get(index as usize), None),
            About::Entitlement(index) => (None, ids.entitlements.get(index as usize)),
            About::Source => (None, None),
        };
        insert.execute((
            source,
            signal.row,
            account,
            entitlement,
            signal.kind as i64,
            signal.conditional,
            &signal.text,
        ))?;
    }
    Ok(())
}
