//! What was accepted before: identifiers remembered durably, across processes, for as long as they could be replayed.
//!
//! The store is one SQLite file. Its journal is truncated, not a write-ahead log: a log needs shared memory, so that two
//! hosts on one network volume would both accept the same message, and leaves further files that belong to the store.
//! `synchronous=FULL` has the data and the truncated journal on the disk before [`ReplayStore::remember`] returns; where
//! the system's own flush leaves data in the drive's cache (macOS), `fullfsync` goes further.
//!
//! What is stored is the SHA-256 of scope and identifier and two times, so the file discloses no nonce; a nonce that can
//! be guessed can be confirmed in it. A path is opened, never read, by this module: closing a second descriptor would
//! drop the locks that another thread of this process holds on the file.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, TransactionBehavior};

use super::crypto::{Digest, DigestAlgorithm};
use super::fs::{FileError, create_private};
use super::time::{Timestamp, humanize};

/// How long a call waits for other processes before it gives up.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Says in the file's header whose it is: `CSrp`.
const APPLICATION_ID: i32 = 0x4353_7270;
/// What every SQLite file that is not empty begins with.
const HEADER_BYTES: u64 = 100;
const SCHEMA_VERSION: i32 = 1;
/// At most this many expired entries are removed by a call, and twice as many as it was given.
const PRUNE_AT_LEAST: usize = 256;

// The file may come from anywhere: its schema runs nothing, its cells are checked before they are believed. The cache
// holds what a slice of a thousand changes, so that nothing is written before it is committed.
const SETTINGS: &str = "
    PRAGMA trusted_schema=OFF;
    PRAGMA cell_size_check=ON;
    PRAGMA cache_size=-16384;
    PRAGMA synchronous=FULL;
    PRAGMA fullfsync=ON;";

const SCHEMA: &str = "
    CREATE TABLE seen (
        id BLOB PRIMARY KEY CHECK (length(id) = 32),
        first INTEGER NOT NULL,
        expires INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX seen_by_expiry ON seen (expires);
    CREATE TABLE forgotten (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        until INTEGER NOT NULL
    ) STRICT;";

/// One identifier to remember.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// In what the identifier is unique, such as a key identifier or an issuer.
    pub scope: &'a str,
    /// The identifier: a nonce, a token identifier, or the SHA-256 of a signature.
    pub id: &'a [u8],
    /// The last moment at which what carries it could still be accepted, leeway included.
    pub expires: Timestamp,
}

/// What the store knew of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remembered {
    /// It was not seen before, and is remembered now.
    New,
    /// It was seen before.
    Seen {
        /// When it was first remembered, in whole seconds.
        first: Timestamp,
    },
    /// It expires no later than something that the store has removed: it may have been seen, and is not to be taken for
    /// new. Only entries that have expired, or a clock that went back, come to this.
    Forgotten,
}

/// Why a store cannot be used. Nothing was remembered by the call that fails.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file could not be created.
    #[error(transparent)]
    Create(#[from] FileError),
    /// A directory, a device or a pipe.
    #[error("`{}` is not a regular file, so it cannot be a replay store", .0.display())]
    NotAFile(PathBuf),
    /// A file of another kind.
    #[error("`{}` is not a replay store of this program", .0.display())]
    NotAStore(PathBuf),
    /// A store of another version of this program.
    #[error("`{}` is a replay store of version {found}; this program knows version {SCHEMA_VERSION}", path.display())]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// The version it says.
        found: i32,
    },
    /// Damaged.
    #[error("the replay store `{}` is damaged: {reason}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
    /// May be read but not written.
    #[error("the replay store `{}` cannot be written to", .0.display())]
    ReadOnly(PathBuf),
    /// Others hold it.
    #[error("the replay store `{}` was in use by other processes for {}", .0.display(), humanize(BUSY_TIMEOUT))]
    Busy(PathBuf),
    /// Anything else that SQLite reports: a full disk, a failed write, a journal that cannot be created.
    #[error("the replay store `{}` failed: {reason}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
}

/// An open store. Threads may share it; processes open the same file.
pub struct ReplayStore {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl std::fmt::Debug for ReplayStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReplayStore({:?})", self.path)
    }
}

impl ReplayStore {
    /// Opens a store; creates it, readable by its owner alone, where nothing is.
    ///
    /// # Errors
    /// [`ReplayError`], the path named.
    pub fn open(path: &Path) -> Result<Self, ReplayError> {
        // The descriptor that creates the file is closed before any thread of this process can hold a lock on it.
        static CREATING: Mutex<()> = Mutex::new(());
        let creating = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
        create_private(path)?;
        let found = path
            .metadata()
            .ok()
            .filter(std::fs::Metadata::is_file)
            .ok_or_else(|| ReplayError::NotAFile(path.to_owned()))?;
        // SQLite takes a file of one byte for an empty one, and would write over it.
        if (1..HEADER_BYTES).contains(&found.len()) {
            return Err(ReplayError::NotAStore(path.to_owned()));
        }
        drop(creating);
        let failed = |error| explain(path, &error);
        // `:memory:` and `file:…` are names of files here, not SQLite's own words.
        let place = Path::new(".").join(path);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(place, flags).map_err(failed)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
        if connection.is_readonly("main").map_err(failed)? {
            return Err(ReplayError::ReadOnly(path.to_owned()));
        }
        prepare(&mut connection, path)?;
        Ok(Self {
            path: path.to_owned(),
            connection: Mutex::new(connection),
        })
    }

    /// Remembers entries, all or none of them, and says of each whether it was known. When this returns, what is new is
    /// on the disk. An identifier that occurs twice in the slice is new once.
    ///
    /// # Errors
    /// [`ReplayError`]; then nothing was remembered.
    pub fn remember(
        &self,
        entries: &[Entry<'_>],
        now: Timestamp,
    ) -> Result<Vec<Remembered>, ReplayError> {
        let failed = |error| explain(&self.path, &error);
        // A transaction that a panicking thread left is rolled back, so its lock holds nothing half-done.
        let mut connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        let known = remember_all(&transaction, entries, now.unix()).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        Ok(known)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn prepare(connection: &mut Connection, path: &Path) -> Result<(), ReplayError> {
    let failed = |error| explain(path, &error);
    connection.execute_batch(SETTINGS).map_err(failed)?;
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    let number = |name: &str| -> Result<i32, ReplayError> {
        let read = transaction.pragma_query_value(None, name, |row| row.get(0));
        read.map_err(failed)
    };
    let objects = "SELECT count(*) FROM sqlite_schema";
    let objects: i64 = transaction
        .query_row(objects, (), |row| row.get(0))
        .map_err(failed)?;
    if objects == 0 && number("application_id")? == 0 && number("user_version")? == 0 {
        transaction.execute_batch(SCHEMA).map_err(failed)?;
        for (name, value) in [
            ("application_id", APPLICATION_ID),
            ("user_version", SCHEMA_VERSION),
        ] {
            transaction
                .pragma_update(None, name, value)
                .map_err(failed)?;
        }
    }
    if number("application_id")? != APPLICATION_ID {
        return Err(ReplayError::NotAStore(path.to_owned()));
    }
    let found = number("user_version")?;
    if found != SCHEMA_VERSION {
        let path = path.to_owned();
        return Err(ReplayError::OtherVersion { path, found });
    }
    transaction.commit().map_err(failed)?;
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "TRUNCATE", |row| row.get(0))
        .map_err(failed)?;
    if mode == "truncate" {
        return Ok(());
    }
    Err(ReplayError::Failed {
        path: path.to_owned(),
        reason: format!("its journal is in mode `{mode}`"),
    })
}

fn remember_all(
    connection: &Connection,
    entries: &[Entry<'_>],
    now: i64,
) -> rusqlite::Result<Vec<Remembered>> {
    let mut find = connection.prepare("SELECT first, expires FROM seen WHERE id = ?1")?;
    let mut write = connection.prepare(
        "INSERT INTO seen (id, first, expires) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET first = ?2, expires = ?3",
    )?;
    let until: Option<i64> = connection
        .query_row("SELECT until FROM forgotten", (), |row| row.get(0))
        .optional()?;
    let mut known = Vec::with_capacity(entries.len());
    for entry in entries {
        let (id, expires) = (stored_id(entry), entry.expires.unix());
        let row: Option<(i64, i64)> = find
            .query_row([id.as_slice()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        known.push(match row {
            // What expired may be used anew, but only by something that lasts longer.
            Some((first, lasts)) if lasts >= now || expires <= lasts => {
                if expires > lasts {
                    write.execute((id.as_slice(), first, expires))?;
                }
                let first = Timestamp::from_unix(first)
                    .ok_or(rusqlite::Error::IntegralValueOutOfRange(0, first))?;
                Remembered::Seen { first }
            }
            None if until.is_some_and(|until| expires <= until) => Remembered::Forgotten,
            _ => {
                write.execute((id.as_slice(), now, expires))?;
                Remembered::New
            }
        });
    }
    prune(connection, PRUNE_AT_LEAST.max(entries.len() * 2), now)?;
    Ok(known)
}

/// Removes some of what expired, and notes up to when the store can no longer tell.
fn prune(connection: &Connection, at_most: usize, now: i64) -> rusqlite::Result<()> {
    let mut delete = connection.prepare(
        "DELETE FROM seen WHERE id IN
           (SELECT id FROM seen WHERE expires < ?1 ORDER BY expires LIMIT ?2)
         RETURNING expires",
    )?;
    let limit = i64::try_from(at_most).unwrap_or(i64::MAX);
    let mut last: Option<i64> = None;
    for expires in delete.query_map((now, limit), |row| row.get(0))? {
        last = last.max(Some(expires?));
    }
    if let Some(last) = last {
        connection.execute(
            "INSERT INTO forgotten (one, until) VALUES (1, ?1)
             ON CONFLICT (one) DO UPDATE SET until = max(until, ?1)",
            [last],
        )?;
    }
    Ok(())
}

// Lengths first, so that no scope can borrow bytes of the identifier.
fn stored_id(entry: &Entry<'_>) -> Vec<u8> {
    let mut digest = Digest::new(DigestAlgorithm::Sha256);
    for part in [entry.scope.as_bytes(), entry.id] {
        digest.update(&(part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finish()
}

fn explain(path: &Path, error: &rusqlite::Error) -> ReplayError {
    let path = path.to_owned();
    let reason = match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => ReplayError::NotAStore(path),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => ReplayError::Busy(path),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => ReplayError::ReadOnly(path),
        // Our own statements fail only on a schema or on values that we did not write.
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::Unknown | ErrorCode::TypeMismatch) | None => {
            ReplayError::Corrupt { path, reason }
        }
        Some(_) => ReplayError::Failed { path, reason },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Scratch(PathBuf);

    impl Scratch {
        fn new(name: &str) -> Self {
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("target/scratch")
                .join(format!("replay-{name}-{}", std::process::id()));
            let _absent = std::fs::remove_dir_all(&path);
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn store(&self) -> PathBuf {
            self.0.join("store")
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _best_effort = std::fs::remove_dir_all(&self.0);
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix(seconds).unwrap()
    }

    fn entry(id: &str, expires: i64) -> Entry<'_> {
        Entry {
            scope: "key",
            id: id.as_bytes(),
            expires: at(expires),
        }
    }

    fn seen(first: i64) -> Remembered {
        Remembered::Seen { first: at(first) }
    }

    #[track_caller]
    fn one(store: &ReplayStore, entry: Entry<'_>, now: i64) -> Remembered {
        store.remember(&[entry], at(now)).unwrap()[0]
    }

    #[test]
    fn remembers_across_openings_and_by_scope() {
        let scratch = Scratch::new("remembers");
        let store = ReplayStore::open(&scratch.store()).unwrap();
        let slice = [entry("a", 100), entry("b", 100), entry("a", 100)];
        let known = store.remember(&slice, at(10)).unwrap();
        assert_eq!(known, [Remembered::New, Remembered::New, seen(10)]);
        drop(store);
        let store = ReplayStore::open(&scratch.store()).unwrap();
        assert_eq!(one(&store, entry("b", 100), 20), seen(10));
        // Neither another scope nor a scope that borrows a byte is the same identifier.
        for (scope, id) in [("other", "a"), ("keya", ""), ("ke", "ya")] {
            let other = Entry {
                scope,
                ..entry(id, 100)
            };
            assert_eq!(one(&store, other, 20), Remembered::New, "{scope}");
        }
        assert_eq!(store.remember(&[], at(20)).unwrap(), []);
    }

    #[test]
    fn an_expired_identifier_may_return_but_not_what_carried_it() {
        let scratch = Scratch::new("expiry");
        let store = ReplayStore::open(&scratch.store()).unwrap();
        assert_eq!(one(&store, entry("a", 100), 10), Remembered::New);
        assert_eq!(
            one(&store, entry("a", 100), 100),
            seen(10),
            "its last second"
        );
        // Removed at 101; the message that carried it is not new even to a clock that went back.
        assert_eq!(one(&store, entry("b", 300), 101), Remembered::New);
        assert_eq!(one(&store, entry("a", 100), 101), Remembered::Forgotten);
        assert_eq!(one(&store, entry("a", 100), 50), Remembered::Forgotten);
        assert_eq!(one(&store, entry("a", 200), 101), Remembered::New);
        // A later message with an identifier that is still remembered prolongs its memory.
        assert_eq!(one(&store, entry("a", 400), 150), seen(101));
        assert_eq!(one(&store, entry("a", 400), 350), seen(101));
    }

    #[test]
    fn what_expired_is_removed_a_bounded_number_at_a_time() {
        let scratch = Scratch::new("prune");
        let store = ReplayStore::open(&scratch.store()).unwrap();
        let ids: Vec<String> = (0..1000).map(|n| n.to_string()).collect();
        let entries: Vec<_> = ids.iter().map(|id| entry(id, 100)).collect();
        store.remember(&entries, at(10)).unwrap();
        let left = || -> u32 {
            let connection = store.connection.lock().unwrap();
            let count = connection.query_row("SELECT count(*) FROM seen", (), |row| row.get(0));
            count.unwrap()
        };
        assert_eq!(left(), 1000);
        store.remember(&[], at(101)).unwrap();
        assert_eq!(left(), 744);
        // What is not removed yet is still known, and nothing that expired with it is new.
        let known = store.remember(&entries, at(101)).unwrap();
        let forgotten = known.iter().filter(|k| **k == Remembered::Forgotten);
        assert_eq!(forgotten.count(), PRUNE_AT_LEAST);
        assert!(!known.contains(&Remembered::New));
        assert_eq!(left(), 0);
    }

    #[test]
    fn the_file_is_private_and_holds_no_identifier() {
        let scratch = Scratch::new("private");
        let store = ReplayStore::open(&scratch.store()).unwrap();
        one(&store, entry("nonce-in-the-clear", 100), 10);
        let mut names = Vec::new();
        for file in std::fs::read_dir(&scratch.0).unwrap() {
            let file = file.unwrap();
            let bytes = std::fs::read(file.path()).unwrap();
            assert!(memchr::memmem::find(&bytes, b"nonce-in-the-clear").is_none());
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let mode = file.metadata().unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "{:?}", file.path());
            }
            names.push(file.file_name());
        }
        names.sort();
        assert_eq!(names, ["store", "store-journal"]);
    }

    #[test]
    fn a_file_that_is_no_store_is_named_and_left_alone() {
        let scratch = Scratch::new("foreign");
        let text = scratch.0.join("notes.txt");
        for content in ["x", "some notes\n", &"long ".repeat(4000)] {
            std::fs::write(&text, content).unwrap();
            let error = ReplayStore::open(&text).unwrap_err();
            assert!(matches!(error, ReplayError::NotAStore(_)), "{error}");
            assert!(error.to_string().contains("notes.txt"), "{error}");
            assert_eq!(std::fs::read_to_string(&text).unwrap(), content);
        }
        let other = scratch.0.join("other.db");
        let database = Connection::open(&other).unwrap();
        database.execute_batch("CREATE TABLE t (a)").unwrap();
        let error = ReplayStore::open(&other).unwrap_err();
        assert!(matches!(error, ReplayError::NotAStore(_)), "{error}");
        let error = ReplayStore::open(&scratch.0).unwrap_err();
        assert!(matches!(error, ReplayError::NotAFile(_)), "{error}");
        let error = ReplayStore::open(&scratch.0.join("no/such")).unwrap_err();
        assert!(matches!(error, ReplayError::Create(_)), "{error}");
        assert!(ReplayStore::open(Path::new("")).is_err());
    }

    #[test]
    fn another_version_and_damage_are_named() {
        let scratch = Scratch::new("damage");
        drop(ReplayStore::open(&scratch.store()).unwrap());
        let database = Connection::open(scratch.store()).unwrap();
        database.execute_batch("PRAGMA user_version = 7").unwrap();
        let error = ReplayStore::open(&scratch.store()).unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains("of version 7; this program knows version 1"));
        let ours = "PRAGMA user_version = 1; DROP TABLE forgotten";
        database.execute_batch(ours).unwrap();
        let store = ReplayStore::open(&scratch.store()).unwrap();
        let error = store.remember(&[entry("a", 100)], at(10)).unwrap_err();
        assert!(matches!(error, ReplayError::Corrupt { .. }), "{error}");
        drop((store, database));

        let mut bytes = std::fs::read(scratch.store()).unwrap();
        bytes[4096..8192].fill(0xa5);
        std::fs::write(scratch.store(), bytes).unwrap();
        let store = ReplayStore::open(&scratch.store()).unwrap();
        let error = store.remember(&[entry("a", 100)], at(10)).unwrap_err();
        assert!(matches!(error, ReplayError::Corrupt { .. }), "{error}");
        assert!(error.to_string().contains("store"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn names_that_sqlite_reserves_are_files() {
        // Relative, so in the working directory of the tests; `create_new` shows that it is free.
        let path = Path::new("file:replay-test-name?mode=memory");
        let store = ReplayStore::open(path).unwrap();
        let is_there = path.is_file();
        one(&store, entry("a", 100), 10);
        let size = path.metadata().unwrap().len();
        drop(store);
        std::fs::remove_file(path).unwrap();
        let _journal = std::fs::remove_file(format!("{}-journal", path.display()));
        assert!(is_there && size > 0);
    }

    #[test]
    fn threads_that_race_on_one_identifier_have_one_winner() {
        let scratch = Scratch::new("race");
        let path = scratch.store();
        let winners: usize = std::thread::scope(|scope| {
            let racer = || {
                let store = ReplayStore::open(&path).unwrap();
                let new = |n: &u32| {
                    let id = n.to_string();
                    one(&store, entry(&id, 100), 10) == Remembered::New
                };
                (0..20).filter(new).count()
            };
            let racers: Vec<_> = (0..4).map(|_| scope.spawn(racer)).collect();
            racers.into_iter().map(|racer| racer.join().unwrap()).sum()
        });
        assert_eq!(winners, 20);
    }

    #[test]
    fn a_store_in_use_says_so() {
        let scratch = Scratch::new("busy");
        let store = ReplayStore::open(&scratch.store()).unwrap();
        let brief = Duration::from_millis(20);
        let connection = store.connection.lock().unwrap();
        connection.busy_timeout(brief).unwrap();
        drop(connection);
        let other = Connection::open(scratch.store()).unwrap();
        other.execute_batch("BEGIN EXCLUSIVE").unwrap();
        let error = store.remember(&[entry("a", 100)], at(10)).unwrap_err();
        assert!(matches!(error, ReplayError::Busy(_)), "{error}");
        other.execute_batch("ROLLBACK").unwrap();
        assert_eq!(one(&store, entry("a", 100), 10), Remembered::New);
    }
}
