//! A campaign in one SQLite file: what was imported, what is under review, who decided what, and proof of the order.
//!
//! The file is written through a rollback journal that is truncated: in WAL mode a copy without its `-wal` had lost its
//! tables. What must never happen (a decision about oneself, a changed decision, a decision by someone else) is refused
//! by triggers in the file itself. What SQLite cannot see, an edit of the bytes, is seen by a chain of hashes over all
//! events, by digests over the frozen population and every batch of decisions, and by comparing the guards with ours.
//!
//! A file that was copied or moved says so: it remembers its place, and a second copy is not written to until someone
//! has adopted it by name, which is an event of its own.

mod chain;
mod decide;
mod facts;
mod load;
mod open;
mod schema;
mod traces;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use chain::Change;
pub use chain::{Event, NewEvent, Tampering};
pub use decide::{Answer, Assigned, Decided, Deciding, Item, Reassigning, Refusal, Written};
pub use facts::{Import, Receipt, SourceRow};
pub use load::FindingRow;
pub use open::{Assignment, FindingIn, GapIn, ItemIn, Opening, State};
pub use traces::{AccountKeys, Named, Traces};

use crate::kernel::crypto::{hex, sha256};
use crate::kernel::fs::{FileError, create_private};
use crate::kernel::time::{Timestamp, humanize};
use crate::review::error::ReviewError;

/// How long a call waits for other processes before it gives up.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(20);

const HEADER_BYTES: u64 = 100;

/// Why a campaign cannot be used, or did not take what it was given. Nothing was written by the call that fails.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file could not be created.
    #[error(transparent)]
    Create(#[from] FileError),
    /// Not there, or a directory or a device.
    #[error("`{}` is not there or not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// A file of another kind.
    #[error("`{}` is not a campaign of this program", .0.display())]
    NotACampaign(PathBuf),
    /// Of a later version of this program.
    #[error("`{}` is a campaign of version {found}; this program knows version {} and older", path.display(), schema::VERSION)]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// The version it says.
        found: i32,
    },
    /// Its guards are not ours.
    #[error("`{}` has been changed: {what}", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// What is not as it was made.
        what: String,
    },
    /// Copied or moved.
    #[error("`{}` was copied or moved since it was last written to", .0.display())]
    Copied(PathBuf),
    /// In the wrong state for what was asked.
    #[error("the campaign is {is}; {needs}")]
    State {
        /// The state.
        is: &'static str,
        /// What it should be.
        needs: &'static str,
    },
    /// The same export twice.
    #[error("these bytes were imported before, as `{0}`")]
    Repeated(String),
    /// The export itself.
    #[error(transparent)]
    Export(#[from] ReviewError),
    /// An export without anything to review.
    #[error("`{0}` holds nothing to review")]
    Nothing(String),
    /// A guard in the file refused it.
    #[error("refused: {0}")]
    Refused(String),
    /// Damaged.
    #[error("the campaign `{}` is damaged: {reason}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Others hold it.
    #[error("the campaign `{}` was in use by other processes for {}", .0.display(), humanize(BUSY_TIMEOUT))]
    Busy(PathBuf),
    /// Anything else: a full disk, no permission.
    #[error("the campaign `{}` failed: {reason}", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        reason: String,
    },
}

/// Why a transaction is given up: SQLite says so, or we do.
enum Stop {
    Sql(rusqlite::Error),
    Told(StoreError),
}

impl From<rusqlite::Error> for Stop {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<ReviewError> for Stop {
    fn from(error: ReviewError) -> Self {
        Self::Told(error.into())
    }
}

/// A campaign's file, open.
pub struct Store {
    path: PathBuf,
    connection: Connection,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({:?})", self.path)
    }
}

/// What a new campaign is born with.
#[derive(Debug)]
pub struct Birth<'a> {
    /// A random id.
    pub id: &'a str,
    /// A random key, which signs the rows of sheets.
    pub row_key: [u8; 32],
    /// Who begins it.
    pub actor: &'a str,
    /// When.
    pub now: Timestamp,
}

impl Store {
    /// Creates a campaign, readable by its owner alone. Nothing may be there.
    ///
    /// # Errors
    /// [`StoreError`], the path named.
    pub fn create(path: &Path, birth: &Birth) -> Result<Self, StoreError> {
        if !create_private(path)? {
            return Err(FileError::Exists(path.to_owned()).into());
        }
        let mut store = Self::connect(path)?;
        let place = place(path);
        store.write(|transaction| {
            schema::create(transaction)?;
            transaction.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", schema::VERSION)?;
            transaction.execute(
                "INSERT INTO campaign VALUES (1, ?1, ?2, 'collecting', NULL, ?3, ?4, 0, zeroblob(32))",
                (birth.id, birth.now.unix(), birth.row_key.as_slice(), place.as_slice()),
            )?;
            let event = NewEvent {
                at: birth.now,
                kind: "created",
                actor: birth.actor,
                body: serde_json::json!({
                    "id": birth.id,
                    "row_key_sha256": hex(&sha256(&birth.row_key)),
                    "place": hex(&place),
                }),
            };
            chain::append(transaction, &event, Change::default())?;
            Ok(())
        })?;
        Ok(store)
    }

    /// Opens a campaign; one of an older version is brought up to date.
    ///
    /// # Errors
    /// [`StoreError`], the path named.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let found = path.metadata().ok();
        let found = found.filter(std::fs::Metadata::is_file);
        let found = found.ok_or_else(|| StoreError::NotAFile(path.to_owned()))?;
        // SQLite takes a file of one byte for an empty one, and would write over it.
        if found.len() < HEADER_BYTES {
            return Err(StoreError::NotACampaign(path.to_owned()));
        }
        let mut store = Self::connect(path)?;
        let id = store.pragma("application_id")?;
        if id != schema::APPLICATION_ID {
            return Err(StoreError::NotACampaign(path.to_owned()));
        }
        let version = store.pragma("user_version")?;
        if !(1..=schema::VERSION).contains(&version) {
            return Err(StoreError::OtherVersion {
                path: path.to_owned(),
                found: version,
            });
        }
        if version < schema::VERSION {
            store.write(|transaction| {
                // Another process may have done it while this one waited.
                let now: i32 =
                    transaction.pragma_query_value(None, "user_version", |r| r.get(0))?;
                if now < schema::VERSION {
                    schema::migrate(transaction, now)?;
                }
                Ok(())
            })?;
        }
        store.compare_guards()?;
        Ok(store)
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the file is no longer where it was last written to.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn was_copied(&self) -> Result<bool, StoreError> {
        let known: Vec<u8> = self.one("SELECT place FROM campaign")?;
        Ok(known != place(&self.path))
    }

    /// Makes this copy the campaign: an event says so, by whom and when.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn adopt(&mut self, actor: &str, now: Timestamp) -> Result<(), StoreError> {
        self.require_sound()?;
        let place = place(&self.path);
        self.write(|transaction| {
            let body = serde_json::json!({
                "reason": "the file was copied or moved",
                "place": hex(&place),
            });
            let change = Change {
                place: Some(&place),
                ..Change::default()
            };
            let event = NewEvent {
                at: now,
                kind: "adopted",
                actor,
                body,
            };
            chain::append(transaction, &event, change)?;
            Ok(())
        })
    }

    /// The key that signs the rows of sheets.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn row_key(&self) -> Result<Vec<u8>, StoreError> {
        self.one("SELECT row_key FROM campaign")
    }

    /// The campaign's id.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn id(&self) -> Result<String, StoreError> {
        self.one("SELECT id FROM campaign")
    }

    fn connect(path: &Path) -> Result<Self, StoreError> {
        let failed = |error| explain(path, &error);
        // `:memory:` and `file:…` are names of files here, not SQLite's own words.
        let place = Path::new(".").join(path);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(place, flags).map_err(failed)?;
        connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
        connection.execute_batch(schema::SETTINGS).map_err(failed)?;
        let mode: String = connection
            .pragma_update_and_check(None, "journal_mode", "TRUNCATE", |row| row.get(0))
            .map_err(failed)?;
        for (name, wanted) in [("foreign_keys", 1), ("recursive_triggers", 1)] {
            let value: i32 = connection
                .pragma_query_value(None, name, |row| row.get(0))
                .map_err(failed)?;
            if value != wanted {
                let reason = format!("`{name}` cannot be set");
                return Err(StoreError::Failed {
                    path: path.to_owned(),
                    reason,
                });
            }
        }
        if mode != "truncate" {
            return Err(StoreError::Failed {
                path: path.to_owned(),
                reason: format!("its journal is in mode `{mode}`"),
            });
        }
        Ok(Self {
            path: path.to_owned(),
            connection,
        })
    }

    /// Another connection to the same file, which waits for nobody.
    fn beside(path: &Path) -> Result<Self, StoreError> {
        let other = Self::connect(path)?;
        let waits = other.connection.busy_timeout(Duration::ZERO);
        waits.map_err(|error| explain(path, &error))?;
        Ok(other)
    }

    /// A file whose triggers were dropped keeps its rows but no longer its promises.
    fn compare_guards(&self) -> Result<(), StoreError> {
        let failed = |error| explain(&self.path, &error);
        let ours = Connection::open_in_memory().map_err(failed)?;
        schema::create(&ours).map_err(failed)?;
        let ours = schema::objects(&ours).map_err(failed)?;
        let theirs = schema::objects(&self.connection).map_err(failed)?;
        if ours == theirs {
            return Ok(());
        }
        let differs = ours.iter().find(|object| !theirs.contains(object));
        let differs = differs.or_else(|| theirs.iter().find(|object| !ours.contains(object)));
        Err(StoreError::Changed {
            path: self.path.clone(),
            what: format!(
                "`{}` is not as it was made",
                differs.map_or("its schema", |(name, _)| name)
            ),
        })
    }

    fn pragma(&self, name: &str) -> Result<i32, StoreError> {
        let value = self.connection.pragma_query_value(None, name, |r| r.get(0));
        value.map_err(|error| explain(&self.path, &error))
    }

    fn one<T: rusqlite::types::FromSql>(&self, sql: &str) -> Result<T, StoreError> {
        let value = self.connection.query_row(sql, (), |row| row.get(0));
        value.map_err(|error| explain(&self.path, &error))
    }

    /// Writes in one transaction that holds the file from its first moment: all of it or nothing.
    fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction) -> Result<T, Stop>,
    ) -> Result<T, StoreError> {
        let path = self.path.clone();
        let failed = |error| explain(&path, &error);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(failed)?;
        let value = work(&transaction).map_err(|error| match error {
            Stop::Sql(error) => failed(error),
            Stop::Told(error) => error,
        })?;
        transaction.commit().map_err(failed)?;
        Ok(value)
    }

    /// As [`Store::write`], for a file that is the campaign and no copy of it, and whose history holds.
    fn write_original<T>(
        &mut self,
        work: impl FnOnce(&Transaction) -> Result<T, Stop>,
    ) -> Result<T, StoreError> {
        self.require_sound()?;
        if self.was_copied()? {
            return Err(StoreError::Copied(self.path.clone()));
        }
        self.write(work)
    }

    /// As [`Store::write_original`], for millions of rows. SQLite would look up every reference of every row; here they are
    /// compared with the ids that there are once the rows are in, which comes to the same: ids are dense, since nothing is
    /// ever deleted.
    fn write_bulk<T>(
        &mut self,
        room: &'static str,
        work: impl FnOnce(&Transaction) -> Result<T, Stop>,
    ) -> Result<T, StoreError> {
        let path = self.path.clone();
        let set = |connection: &Connection, settings: &str| {
            let done = connection.execute_batch(settings);
            done.map_err(|error| explain(&path, &error))
        };
        set(&self.connection, room)?;
        set(&self.connection, "PRAGMA foreign_keys=OFF")?;
        let value = self.write_original(|transaction| {
            let filled = schema::Filled::of(transaction)?;
            let value = work(transaction)?;
            match filled.loose(transaction)? {
                None => Ok(value),
                Some(what) => Err(Stop::Told(StoreError::Refused(what))),
            }
        });
        set(&self.connection, schema::SETTINGS)?;
        value
    }
}

/// Where a file is: its device and number where the system has such, and its path where not.
fn place(path: &Path) -> Vec<u8> {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    #[cfg(unix)]
    let number = {
        use std::os::unix::fs::MetadataExt as _;
        let found = path.metadata().ok();
        found.map(|found| (found.dev(), found.ino()))
    };
    #[cfg(not(unix))]
    let number: Option<(u64, u64)> = None;
    let text = match number {
        Some((device, inode)) => format!("{device}:{inode}"),
        None => whole.display().to_string(),
    };
    sha256(text.as_bytes()).to_vec()
}

fn explain(path: &Path, error: &rusqlite::Error) -> StoreError {
    let path = path.to_owned();
    let reason = match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        other => other.to_string(),
    };
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::NotACampaign(path),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy(path),
        Some(ErrorCode::ConstraintViolation) => StoreError::Refused(reason),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::Unknown | ErrorCode::TypeMismatch) | None => {
            StoreError::Corrupt { path, reason }
        }
        Some(_) => StoreError::Failed { path, reason },
    }
}

#[cfg(test)]
mod tests;
