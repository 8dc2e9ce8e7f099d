//! The chain of events: each carries the hash of all before it, and digests of the rows that came with it.
//!
//! `PRAGMA integrity_check` says `ok` after a decision's text was edited in the file. This chain does not.

use std::collections::HashSet;
use std::sync::mpsc;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Transaction};
use serde_json::Value;

use super::{Store, StoreError, explain};
use crate::kernel::crypto::{Digest, DigestAlgorithm, hex, sha256};
use crate::kernel::time::Timestamp;

/// The rows that are frozen when a campaign opens, in the order in which they are digested.
const FROZEN: [&str; 14] = [
    "SELECT * FROM source ORDER BY id",
    "SELECT * FROM problem ORDER BY id",
    "SELECT * FROM person ORDER BY id",
    "SELECT * FROM account ORDER BY id",
    "SELECT * FROM account_fact ORDER BY id",
    "SELECT * FROM entitlement ORDER BY id",
    "SELECT * FROM entitlement_fact ORDER BY id",
    "SELECT * FROM implies ORDER BY id",
    "SELECT * FROM given ORDER BY id",
    "SELECT * FROM signal ORDER BY id",
    ITEMS,
    "SELECT * FROM finding ORDER BY id",
    "SELECT * FROM gap ORDER BY id",
    "SELECT id, created, row_key FROM campaign",
];

const ITEMS: &str = "SELECT * FROM item ORDER BY id";

/// The rows of one import, from the first row that may belong to it on.
const IMPORTED: [(&str, &str); 8] = [
    ("source", "SELECT * FROM source WHERE id = ?1 AND id > ?2"),
    (
        "problem",
        "SELECT * FROM problem WHERE source = ?1 AND id > ?2 ORDER BY id",
    ),
    (
        "person",
        "SELECT * FROM person WHERE source = ?1 AND id > ?2 ORDER BY id",
    ),
    (
        "account_fact",
        "SELECT f.*, a.system, a.name FROM account_fact AS f JOIN account AS a ON a.id = f.account
        WHERE f.source = ?1 AND f.id > ?2 ORDER BY f.id",
    ),
    (
        "entitlement_fact",
        "SELECT f.*, e.system, e.kind, e.name FROM entitlement_fact AS f
        JOIN entitlement AS e ON e.id = f.entitlement WHERE f.source = ?1 AND f.id > ?2 ORDER BY f.id",
    ),
    (
        "implies",
        "SELECT * FROM implies WHERE source = ?1 AND id > ?2 ORDER BY id",
    ),
    (
        "given",
        "SELECT * FROM given WHERE source = ?1 AND id > ?2 ORDER BY id",
    ),
    (
        "signal",
        "SELECT * FROM signal WHERE source = ?1 AND id > ?2 ORDER BY id",
    ),
];

/// The last row of each table before an import, so that its digest need not look at earlier ones.
#[derive(Debug, Default)]
pub(super) struct Begun([i64; IMPORTED.len()]);

impl Begun {
    /// As the tables are now.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let mut begun = Self::default();
        for (last, (table, _)) in begun.0.iter_mut().zip(IMPORTED) {
            let sql = format!("SELECT coalesce(max(id), 0) FROM {table}");
            *last = connection.query_row(&sql, (), |row| row.get(0))?;
        }
        Ok(begun)
    }
}

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its number, from 1.
    pub seq: i64,
    /// When.
    pub at: i64,
    /// What, one word.
    pub kind: String,
    /// Who did it.
    pub actor: String,
    /// The rest, JSON.
    pub body: String,
    /// The hash over it and the one before.
    pub hash: Vec<u8>,
}

/// An event to be added.
#[derive(Debug)]
pub struct NewEvent<'a> {
    /// When.
    pub at: Timestamp,
    /// What, one word.
    pub kind: &'static str,
    /// Who does it.
    pub actor: &'a str,
    /// The rest.
    pub body: Value,
}

/// What an event changes about the campaign.
#[derive(Debug, Default)]
pub(super) struct Change<'a> {
    pub(super) place: Option<&'a [u8]>,
    pub(super) state: Option<&'static str>,
    pub(super) deadline: Option<i64>,
}

/// How a file differs from what its events say. A file without any was not edited by someone who forgot the chain;
/// someone who recomputes it is caught by a head that was written down elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tampering(pub String);

/// Appends an event; the digests of the rows that belong to it are added to its body.
pub(super) fn append(
    transaction: &Transaction,
    event: &NewEvent,
    change: Change,
) -> rusqlite::Result<i64> {
    let (seq, head): (i64, Vec<u8>) =
        transaction.query_row("SELECT head_seq, head FROM campaign", (), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let seq = seq + 1;
    let mut body = event.body.clone();
    for (name, sql) in BATCHES {
        let (rows, digest) = digest_rows(transaction, &[(sql, vec![seq])])?;
        if rows > 0 {
            body[name] = serde_json::json!({ "rows": rows, "sha256": hex(&digest) });
        }
    }
    let body = body.to_string();
    let at = event.at.unix();
    let hash = link(&head, &(seq, at, event.kind, event.actor, &body));
    transaction.execute(
        "INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (seq, at, event.kind, event.actor, &body, hash.as_slice()),
    )?;
    transaction.execute(
        "UPDATE campaign SET head_seq = ?1, head = ?2, place = coalesce(?3, place),
            state = coalesce(?4, state), deadline = coalesce(?5, deadline)",
        (
            seq,
            hash.as_slice(),
            change.place,
            change.state,
            change.deadline,
        ),
    )?;
    Ok(seq)
}

/// The rows that come with an event, by its number.
const BATCHES: [(&str, &str); 2] = [
    (
        "assignments",
        "SELECT * FROM assignment WHERE event = ?1 ORDER BY id",
    ),
    (
        "decisions",
        "SELECT * FROM decision WHERE event = ?1 ORDER BY id",
    ),
];

fn link(head: &[u8], event: &(i64, i64, &str, &str, &str)) -> Vec<u8> {
    let (seq, at, kind, actor, body) = event;
    let mut digest = Digest::new(DigestAlgorithm::Sha256);
    digest.update(head);
    digest.update(&seq.to_be_bytes());
    digest.update(&at.to_be_bytes());
    // Lengths first, so that no field can borrow bytes of the next.
    for text in [kind, actor, body] {
        digest.update(&(text.len() as u64).to_be_bytes());
        digest.update(text.as_bytes());
    }
    digest.finish()
}

/// The digest of a campaign's frozen rows.
pub(super) fn population(connection: &Connection) -> rusqlite::Result<(u64, Vec<u8>)> {
    let queries = FROZEN.map(|sql| (sql, Vec::new()));
    digest_rows(connection, &queries)
}

/// The digest of one import's rows.
pub(super) fn import(
    connection: &Connection,
    source: i64,
    begun: &Begun,
) -> rusqlite::Result<(u64, Vec<u8>)> {
    let queries = IMPORTED.iter().zip(begun.0);
    let queries = queries.map(|((_, sql), last)| (*sql, vec![source, last]));
    digest_rows(connection, &queries.collect::<Vec<_>>())
}

/// How many bytes are handed to the digest at a time.
const BLOCK: usize = 1 << 18;

/// A digest of rows in the making. Reading them and digesting them take as long as each other, so that another thread does the
/// latter.
pub(super) struct RowDigest {
    full: mpsc::SyncSender<Vec<u8>>,
    spare: mpsc::Receiver<Vec<u8>>,
    digest: std::thread::JoinHandle<Vec<u8>>,
    bytes: Vec<u8>,
    count: u64,
}

impl RowDigest {
    pub(super) fn new() -> Self {
        let (full, blocks) = mpsc::sync_channel::<Vec<u8>>(4);
        let (empty, spare) = mpsc::channel::<Vec<u8>>();
        let digest = std::thread::spawn(move || {
            let mut digest = Digest::new(DigestAlgorithm::Sha256);
            for mut block in blocks {
                digest.update(&block);
                block.clear();
                // The reader may have ended.
                let _not_needed = empty.send(block);
            }
            digest.finish()
        });
        Self {
            full,
            spare,
            digest,
            bytes: Vec::with_capacity(BLOCK + (1 << 15)),
            count: 0,
        }
    }

    /// Takes in a row by the values of its columns.
    pub(super) fn row<'v>(&mut self, values: impl Iterator<Item = ValueRef<'v>>) {
        self.count += 1;
        self.bytes.push(b'R');
        for value in values {
            encode(value, &mut self.bytes);
        }
        if self.bytes.len() > BLOCK {
            let next = self.spare.try_recv().unwrap_or_default();
            // It is received until this end is dropped.
            let _received = self.full.send(std::mem::replace(&mut self.bytes, next));
        }
    }

    /// Ends a table.
    pub(super) fn end(&mut self) {
        self.bytes.push(b'T');
    }

    /// Takes in what a query yields, as a table.
    fn query(
        &mut self,
        connection: &Connection,
        (sql, arguments): (&str, &[i64]),
    ) -> rusqlite::Result<()> {
        let mut statement = connection.prepare(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(arguments))?;
        while let Some(row) = rows.next()? {
            // A column below their number is there.
            self.row((0..columns).map(|column| row.get_ref(column).unwrap_or(ValueRef::Null)));
        }
        self.end();
        Ok(())
    }

    /// Takes in the frozen tables before the items.
    pub(super) fn before_items(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let before = FROZEN.iter().take_while(|sql| **sql != ITEMS);
        before
            .into_iter()
            .try_for_each(|sql| self.query(connection, (sql, &[])))
    }

    /// Takes in the frozen tables behind the items.
    pub(super) fn after_items(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let after = FROZEN.iter().skip_while(|sql| **sql != ITEMS).skip(1);
        after
            .into_iter()
            .try_for_each(|sql| self.query(connection, (sql, &[])))
    }

    /// How many rows there were, and their digest.
    pub(super) fn finish(self) -> (u64, Vec<u8>) {
        let _received = self.full.send(self.bytes);
        drop(self.full);
        let digest = self.digest.join().expect("a digest does not panic");
        (self.count, digest)
    }
}

fn digest_rows(
    connection: &Connection,
    queries: &[(&str, Vec<i64>)],
) -> rusqlite::Result<(u64, Vec<u8>)> {
    let mut digest = RowDigest::new();
    for (sql, arguments) in queries {
        digest.query(connection, (sql, arguments))?;
    }
    Ok(digest.finish())
}

/// A value with its type and length, so that no two rows are written alike.
fn encode(value: ValueRef, into: &mut Vec<u8>) {
    match value {
        ValueRef::Null => into.push(b'0'),
        ValueRef::Integer(number) => {
            into.push(b'i');
            into.extend_from_slice(&number.to_be_bytes());
        }
        ValueRef::Real(number) => {
            into.push(b'r');
            into.extend_from_slice(&number.to_bits().to_be_bytes());
        }
        ValueRef::Text(text) | ValueRef::Blob(text) => {
            into.push(b't');
            into.extend_from_slice(&(text.len() as u64).to_be_bytes());
            into.extend_from_slice(text);
        }
    }
}

impl Store {
    /// All events in their order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn events(&self) -> Result<Vec<Event>, StoreError> {
        let failed = |error| explain(&self.path, &error);
        let sql = "SELECT seq, at, kind, actor, body, hash FROM event ORDER BY seq";
        let mut statement = self.connection.prepare(sql).map_err(failed)?;
        let rows = statement.query_map((), |row| {
            Ok(Event {
                seq: row.get(0)?,
                at: row.get(1)?,
                kind: row.get(2)?,
                actor: row.get(3)?,
                body: row.get(4)?,
                hash: row.get(5)?,
            })
        });
        rows.and_then(Iterator::collect).map_err(failed)
    }

    /// The number and hash of the last event: whoever wrote them down can tell later that nothing was taken back.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn head(&self) -> Result<(i64, String), StoreError> {
        let sql = "SELECT head_seq, head FROM campaign";
        let head = self
            .connection
            .query_row(sql, (), |row| Ok((row.get(0)?, row.get::<_, Vec<u8>>(1)?)));
        let (seq, hash) = head.map_err(|error| explain(&self.path, &error))?;
        Ok((seq, hex(&hash)))
    }

    /// Adds an event that comes with no rows, such as a closing or a note of what was remediated.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn note(&mut self, event: &NewEvent) -> Result<i64, StoreError> {
        self.write_original(|transaction| Ok(append(transaction, event, Change::default())?))
    }

    /// What makes the campaign's own row, its state and its deadline differ from what its events say, and whether the chain
    /// of events holds. Cheap: every writing verb asks it first.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub fn tampering(&self) -> Result<Vec<Tampering>, StoreError> {
        // Events and head are of one moment, though another process may write between the two questions.
        let _moment = self.moment()?;
        let mut found = Vec::new();
        let mut say = |text: String| found.push(Tampering(text));
        let events = self.events()?;
        let mut head = vec![0; 32];
        for (event, expected) in events.iter().zip(1..) {
            let fields = (
                event.seq,
                event.at,
                event.kind.as_str(),
                event.actor.as_str(),
                event.body.as_str(),
            );
            let hash = link(&head, &fields);
            if event.seq != expected || hash != event.hash {
                say(format!("event {} ({}) was changed", event.seq, event.kind));
            }
            head.clone_from(&event.hash);
        }
        let (seq, hash) = self.head()?;
        if seq != events.len() as i64 || hash != hex(&head) {
            say(format!(
                "the campaign had {seq} events, {} are there",
                events.len()
            ));
        }
        let row = self.campaign_row()?;
        for (what, is, said) in row.compare(&events) {
            say(format!("its {what} is {is}, but the history says {said}"));
        }
        Ok(found)
    }

    /// A transaction that only reads, until it is dropped; none where one is under way.
    fn moment(&self) -> Result<Option<Transaction<'_>>, StoreError> {
        if !self.connection.is_autocommit() {
            return Ok(None);
        }
        let begun = self.connection.unchecked_transaction();
        begun.map(Some).map_err(|error| explain(&self.path, &error))
    }

    fn campaign_row(&self) -> Result<CampaignRow, StoreError> {
        let sql = "SELECT id, created, state, deadline, row_key, place FROM campaign";
        let row = self.connection.query_row(sql, (), |row| {
            Ok(CampaignRow {
                id: row.get(0)?,
                created: row.get(1)?,
                state: row.get(2)?,
                deadline: row.get(3)?,
                row_key: row.get(4)?,
                place: row.get(5)?,
            })
        });
        row.map_err(|error| explain(&self.path, &error))
    }

    /// Refuses to go on with a file whose history or whose own row was changed.
    pub(super) fn require_sound(&self) -> Result<(), StoreError> {
        match self.tampering()?.into_iter().next() {
            None => Ok(()),
            Some(tampering) => Err(StoreError::Changed {
                path: self.path.clone(),
                what: tampering.0,
            }),
        }
    }

    /// Compares the whole file with its events: every row of the population, every batch, every link.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub fn verify(&self) -> Result<Vec<Tampering>, StoreError> {
        Ok(self.verify_before(|| ())?.0)
    }

    /// [`Self::verify`], and then something else that is read at the same moment. Meanwhile another connection looks at the
    /// file's structure; what the rows say is compared here alone, so that what is read is what was compared.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read.
    pub fn verify_before<T>(
        &self,
        work: impl FnOnce() -> T,
    ) -> Result<(Vec<Tampering>, T), StoreError> {
        // Nobody writes before this ends.
        let _moment = self.moment()?;
        self.head()?;
        let (structure, content, done) = std::thread::scope(|scope| {
            let path = &self.path;
            let beside = scope.spawn(move || Self::beside(path)?.structure());
            let content = self.content();
            let done = work();
            // Where a writer waits already, or there is no room for another connection, this one looks too.
            let structure = beside.join().ok().and_then(Result::ok);
            (structure, content, done)
        });
        let mut found = match structure {
            Some(found) => found,
            None => self.structure()?,
        };
        found.extend(content?);
        Ok((found, done))
    }

    /// What SQLite itself finds wrong.
    fn structure(&self) -> Result<Vec<Tampering>, StoreError> {
        let mut found = Vec::new();
        let sound: String = self.one("SELECT * FROM pragma_integrity_check LIMIT 1")?;
        if sound != "ok" {
            found.push(Tampering(format!("SQLite finds it damaged: {sound}")));
        }
        let loose: i64 = self.one("SELECT count(*) FROM pragma_foreign_key_check")?;
        if loose > 0 {
            let text = format!("{loose} rows refer to rows that are not there");
            found.push(Tampering(text));
        }
        Ok(found)
    }

    /// What differs from what the events say.
    fn content(&self) -> Result<Vec<Tampering>, StoreError> {
        let failed = |error| explain(&self.path, &error);
        let mut found = Vec::new();
        let mut say = |text: String| found.push(Tampering(text));
        for tampering in self.tampering()? {
            say(tampering.0);
        }
        let events = self.events()?;
        for event in &events {
            for text in check_batches(&self.connection, event).map_err(failed)? {
                say(text);
            }
        }
        for (table, _) in BATCHES {
            let table = table.trim_end_matches('s');
            let sql =
                format!("SELECT count(*) FROM {table} WHERE event > (SELECT max(seq) FROM event)");
            let loose: i64 = self.one(&sql)?;
            if loose > 0 {
                say(format!("{loose} rows of `{table}` belong to no event"));
            }
        }
        let passed = self.passed_on()?;
        let mut statement = self
            .connection
            .prepare("SELECT item, stage, reviewer FROM passed")
            .map_err(failed)?;
        let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        let kept: HashSet<(i64, i64, i64)> = rows.and_then(Iterator::collect).map_err(failed)?;
        if kept != passed {
            say(format!(
                "{} items were passed on, but {} are kept as such",
                passed.len(),
                kept.len()
            ));
        }
        for text in self.check_population(&events)? {
            say(text);
        }
        Ok(found)
    }

    fn check_population(&self, events: &[Event]) -> Result<Vec<String>, StoreError> {
        let failed = |error| explain(&self.path, &error);
        let mut found = Vec::new();
        let opened = events.iter().find(|event| event.kind == "opened");
        if let Some(opened) = opened {
            let (rows, digest) = population(&self.connection).map_err(failed)?;
            if said(opened, "population") != Some((rows, hex(&digest))) {
                found.push("the frozen population was changed".to_owned());
            }
            return Ok(found);
        }
        let mut imports = 0;
        for event in events.iter().filter(|event| event.kind == "imported") {
            imports += 1;
            let (rows, digest) =
                import(&self.connection, imports, &Begun::default()).map_err(failed)?;
            if said(event, "facts") != Some((rows, hex(&digest))) {
                found.push(format!("the rows of source {imports} were changed"));
            }
        }
        let sources: i64 = self.one("SELECT count(*) FROM source")?;
        if sources != imports {
            found.push(format!("{sources} sources, but {imports} were imported"));
        }
        Ok(found)
    }
}

/// The campaign's own row, which moves on with the events.
struct CampaignRow {
    id: String,
    created: i64,
    state: String,
    deadline: Option<i64>,
    row_key: Vec<u8>,
    place: Vec<u8>,
}

impl CampaignRow {
    /// What differs from the history: what, what it is, and what it should be.
    fn compare(&self, events: &[Event]) -> Vec<(&'static str, String, String)> {
        let body = |event: &Event| serde_json::from_str(&event.body).unwrap_or(Value::Null);
        let of = |kind: &str| events.iter().find(|event| event.kind == kind);
        let created = of("created").map(|event| (event.at, body(event)));
        let opened = of("opened").map(&body);
        let state = match (of("closed"), &opened) {
            (Some(_), _) => "closed",
            (None, Some(_)) => "open",
            (None, None) => "collecting",
        };
        let (made, birth) = created.unwrap_or((0, Value::Null));
        let text = |value: &Value, name: &str| match value.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => "nothing".to_owned(),
        };
        let deadline = opened.map_or("nothing".to_owned(), |body| text(&body, "deadline"));
        let placed = events
            .iter()
            .rev()
            .find(|e| ["created", "adopted"].contains(&e.kind.as_str()));
        let placed = placed.map_or(Value::Null, body);
        let pairs = [
            ("id", self.id.clone(), text(&birth, "id")),
            (
                "time of creation",
                self.created.to_string(),
                made.to_string(),
            ),
            ("state", self.state.clone(), state.to_owned()),
            (
                "deadline",
                self.deadline
                    .map_or("nothing".to_owned(), |d| d.to_string()),
                deadline,
            ),
            (
                "key for rows",
                hex(&sha256(&self.row_key)),
                text(&birth, "row_key_sha256"),
            ),
            ("place", hex(&self.place), text(&placed, "place")),
        ];
        pairs
            .into_iter()
            .filter(|(_, is, said)| is != said)
            .collect()
    }
}

/// The rows and digest that an event's body states under a name.
fn said(event: &Event, name: &str) -> Option<(u64, String)> {
    let body: Value = serde_json::from_str(&event.body).ok()?;
    let part = body.get(name)?;
    let digest = part.get("sha256")?.as_str()?;
    Some((part.get("rows")?.as_u64()?, digest.to_owned()))
}

fn check_batches(connection: &Connection, event: &Event) -> rusqlite::Result<Vec<String>> {
    let mut found = Vec::new();
    for (name, sql) in BATCHES {
        let (rows, digest) = digest_rows(connection, &[(sql, vec![event.seq])])?;
        let said = said(event, name);
        let is = (rows > 0).then(|| (rows, hex(&digest)));
        if said != is {
            let said = said.map_or(0, |(rows, _)| rows);
            found.push(format!(
                "the {name} of event {} were changed ({said} written, {rows} there)",
                event.seq
            ));
        }
    }
    Ok(found)
}
