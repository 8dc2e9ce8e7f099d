//! The tables of a campaign, what may never happen to them, and how older files come up to date.
//!
//! Version 1 had no `scope` on a grant, version 2 no table of what was passed on; a file of either is migrated when it is
//! opened.

use rusqlite::Connection;
use serde_json::Value;

/// Says in the file's header whose it is: `CSrv`.
pub(super) const APPLICATION_ID: i32 = 0x4353_7276;
/// The version this program writes.
pub(super) const VERSION: i32 = 3;

// Set at every opening: SQLite forgets both. Without `recursive_triggers` an `INSERT OR REPLACE` passes by the triggers
// that forbid deletion; without `foreign_keys` a decision could be about nothing.
pub(super) const SETTINGS: &str = "
    PRAGMA trusted_schema=OFF;
    PRAGMA cell_size_check=ON;
    PRAGMA cache_size=-32768;
    PRAGMA threads=0;
    PRAGMA synchronous=FULL;
    PRAGMA fullfsync=ON;
    PRAGMA foreign_keys=ON;
    PRAGMA recursive_triggers=ON;";

/// An import looks up names in an index that should fit into memory.
pub(super) const ROOM_TO_IMPORT: &str = "PRAGMA cache_size=-262144";
/// An opening only appends, and holds the population beside this.
pub(super) const ROOM_TO_OPEN: &str = "PRAGMA cache_size=-32768; PRAGMA threads=2";

/// Which columns of a table refer to the ids of which others.
const REFERENCES: [(&str, &[(&str, &str)]); 10] = [
    ("problem", &[("source", "source")]),
    ("person", &[("source", "source")]),
    (
        "account_fact",
        &[("account", "account"), ("source", "source")],
    ),
    (
        "entitlement_fact",
        &[("entitlement", "entitlement"), ("source", "source")],
    ),
    (
        "implies",
        &[
            ("parent", "entitlement"),
            ("child", "entitlement"),
            ("source", "source"),
        ],
    ),
    (
        "given",
        &[
            ("account", "account"),
            ("entitlement", "entitlement"),
            ("source", "source"),
        ],
    ),
    (
        "signal",
        &[
            ("source", "source"),
            ("account", "account"),
            ("entitlement", "entitlement"),
        ],
    ),
    (
        "item",
        &[
            ("given", "given"),
            ("account", "account"),
            ("entitlement", "entitlement"),
            ("subject", "person"),
        ],
    ),
    ("assignment", &[("item", "item"), ("reviewer", "person")]),
    ("finding", &[("account", "account"), ("item", "item")]),
];

/// The last row of each table that refers to others.
pub(super) struct Filled([i64; REFERENCES.len()]);

impl Filled {
    /// As the tables are now.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Self> {
        let mut filled = Self([0; REFERENCES.len()]);
        for (last, (table, _)) in filled.0.iter_mut().zip(REFERENCES) {
            let sql = format!("SELECT coalesce(max(id), 0) FROM {table}");
            *last = connection.query_row(&sql, (), |row| row.get(0))?;
        }
        Ok(filled)
    }

    /// A row that came since and refers to one that is not there, in words. The ids of a table are 1 to their number, since
    /// nothing is deleted; so the least and the greatest reference tell.
    pub(super) fn loose(&self, connection: &Connection) -> rusqlite::Result<Option<String>> {
        let one = |sql: String| connection.query_row(&sql, (), |row| row.get::<_, i64>(0));
        let now = Self::of(connection)?;
        let tables = self.0.iter().zip(now.0).zip(REFERENCES);
        let mut dense: Vec<&str> = Vec::new();
        for ((before, last), (table, columns)) in tables {
            if last == *before {
                continue;
            }
            for (_, to) in columns {
                if dense.contains(to) {
                    continue;
                }
                if one(format!("SELECT count(*) <> coalesce(max(id), 0) FROM {to}"))? != 0 {
                    return Ok(Some(format!("the ids of `{to}` have gaps")));
                }
                dense.push(to);
            }
            let outside = columns.iter().map(|(column, to)| {
                format!(
                    "max({column}) > (SELECT coalesce(max(id), 0) FROM {to}) OR min({column}) < 1"
                )
            });
            let outside = outside.collect::<Vec<_>>().join(" OR ");
            let sql = format!("SELECT coalesce({outside}, 0) FROM {table} WHERE id > {before}");
            if one(sql)? != 0 {
                return Ok(Some(format!("a row of `{table}` refers to nothing")));
            }
        }
        Ok(None)
    }
}

const TABLES: &str = "
    CREATE TABLE campaign (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        id TEXT NOT NULL,
        created INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('collecting', 'open', 'closed')),
        deadline INTEGER CHECK (deadline IS NOT NULL OR state = 'collecting'),
        row_key BLOB NOT NULL CHECK (length(row_key) = 32),
        place BLOB NOT NULL,
        head_seq INTEGER NOT NULL,
        head BLOB NOT NULL CHECK (length(head) = 32)
    ) STRICT;
    CREATE TABLE event (
        seq INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        actor TEXT NOT NULL,
        body TEXT NOT NULL,
        hash BLOB NOT NULL CHECK (length(hash) = 32)
    ) STRICT;
    CREATE TABLE source (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        query TEXT NOT NULL,
        exported INTEGER NOT NULL,
        covers_from INTEGER NOT NULL,
        imported INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        rows_read INTEGER NOT NULL,
        rows_kept INTEGER NOT NULL,
        rows_rejected INTEGER NOT NULL,
        rows_repeated INTEGER NOT NULL,
        rows_blank INTEGER NOT NULL,
        knows INTEGER NOT NULL,
        remarks TEXT NOT NULL,
        UNIQUE (kind, sha256),
        CHECK (rows_read = rows_kept + rows_rejected + rows_repeated + rows_blank)
    ) STRICT;
    CREATE TABLE problem (
        id INTEGER PRIMARY KEY,
        source INTEGER NOT NULL REFERENCES source,
        line INTEGER NOT NULL,
        field TEXT NOT NULL,
        reason TEXT NOT NULL,
        rejected INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE person (
        id INTEGER PRIMARY KEY,
        source INTEGER NOT NULL REFERENCES source,
        line INTEGER NOT NULL,
        employee_id TEXT,
        name TEXT NOT NULL,
        email TEXT,
        department TEXT NOT NULL,
        title TEXT NOT NULL,
        supervisor TEXT NOT NULL,
        status INTEGER NOT NULL,
        started INTEGER NOT NULL,
        ended INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE account (
        id INTEGER PRIMARY KEY,
        system TEXT NOT NULL,
        name TEXT NOT NULL,
        UNIQUE (system, name)
    ) STRICT;
    CREATE TABLE account_fact (
        id INTEGER PRIMARY KEY,
        account INTEGER NOT NULL REFERENCES account,
        source INTEGER NOT NULL REFERENCES source,
        line INTEGER NOT NULL,
        display TEXT NOT NULL,
        kind INTEGER NOT NULL,
        email TEXT,
        employee_id TEXT,
        owner TEXT,
        enabled INTEGER NOT NULL,
        mfa INTEGER NOT NULL,
        created INTEGER NOT NULL,
        last_used INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        key_rotated INTEGER NOT NULL,
        key_used INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE entitlement (
        id INTEGER PRIMARY KEY,
        system TEXT NOT NULL,
        kind INTEGER NOT NULL,
        name TEXT NOT NULL,
        UNIQUE (system, kind, name)
    ) STRICT;
    CREATE TABLE entitlement_fact (
        id INTEGER PRIMARY KEY,
        entitlement INTEGER NOT NULL REFERENCES entitlement,
        source INTEGER NOT NULL REFERENCES source,
        line INTEGER NOT NULL,
        privileged INTEGER NOT NULL,
        owner TEXT
    ) STRICT;
    CREATE TABLE implies (
        id INTEGER PRIMARY KEY,
        parent INTEGER NOT NULL REFERENCES entitlement,
        child INTEGER NOT NULL REFERENCES entitlement,
        source INTEGER NOT NULL REFERENCES source,
        line INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE given (
        id INTEGER PRIMARY KEY,
        account INTEGER NOT NULL REFERENCES account,
        entitlement INTEGER NOT NULL REFERENCES entitlement,
        how INTEGER NOT NULL,
        granted INTEGER NOT NULL,
        granted_by TEXT,
        last_used INTEGER NOT NULL,
        expires INTEGER NOT NULL,
        justification TEXT,
        source INTEGER NOT NULL REFERENCES source,
        line INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE signal (
        id INTEGER PRIMARY KEY,
        source INTEGER NOT NULL REFERENCES source,
        line INTEGER NOT NULL,
        account INTEGER REFERENCES account,
        entitlement INTEGER REFERENCES entitlement,
        kind INTEGER NOT NULL,
        conditional INTEGER NOT NULL,
        text TEXT NOT NULL
    ) STRICT;
    CREATE TABLE item (
        id INTEGER PRIMARY KEY,
        given INTEGER NOT NULL REFERENCES given,
        account INTEGER NOT NULL REFERENCES account,
        entitlement INTEGER NOT NULL REFERENCES entitlement,
        path TEXT,
        subject INTEGER REFERENCES person,
        risk INTEGER NOT NULL,
        changed INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE assignment (
        id INTEGER PRIMARY KEY,
        item INTEGER NOT NULL REFERENCES item,
        stage INTEGER NOT NULL,
        reviewer INTEGER NOT NULL REFERENCES person,
        why INTEGER NOT NULL,
        event INTEGER NOT NULL,
        UNIQUE (item, stage, reviewer)
    ) STRICT;
    CREATE TABLE finding (
        id INTEGER PRIMARY KEY,
        rule TEXT NOT NULL,
        severity INTEGER NOT NULL,
        account INTEGER REFERENCES account,
        item INTEGER REFERENCES item,
        text TEXT NOT NULL,
        help TEXT NOT NULL
    ) STRICT;
    CREATE TABLE gap (
        id INTEGER PRIMARY KEY,
        rule TEXT NOT NULL,
        reason TEXT NOT NULL,
        subjects INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE decision (
        id INTEGER PRIMARY KEY,
        item INTEGER NOT NULL REFERENCES item,
        stage INTEGER NOT NULL,
        reviewer INTEGER NOT NULL REFERENCES person,
        answer TEXT NOT NULL CHECK (answer IN ('accept', 'revoke', 'reduce', 'not-decided')),
        justification TEXT NOT NULL,
        at INTEGER NOT NULL,
        late INTEGER NOT NULL CHECK (late IN (0, 1)),
        replaces INTEGER REFERENCES decision,
        event INTEGER NOT NULL REFERENCES event DEFERRABLE INITIALLY DEFERRED
    ) STRICT;
    CREATE INDEX decision_by_item ON decision (item, stage, reviewer);
    CREATE INDEX decision_by_reviewer ON decision (reviewer, item);
";

/// The guard of each assignment. While an opening makes millions at once it is not there; what it would refuse is looked for
/// after that, in the same transaction.
pub(super) const NOT_ONESELF: &str =
    "CREATE TRIGGER assignment_not_oneself BEFORE INSERT ON assignment
    WHEN NEW.reviewer = (SELECT subject FROM item WHERE id = NEW.item)
    BEGIN SELECT RAISE(ABORT, 'nobody reviews their own access'); END";

/// The indices that an opening fills: name, and how each is made.
pub(super) const INDICES_OF_AN_OPENING: [(&str, &str); 2] = [
    (
        "assignment_by_reviewer",
        "CREATE INDEX assignment_by_reviewer ON assignment (reviewer, item)",
    ),
    (
        "finding_by_item",
        "CREATE INDEX finding_by_item ON finding (item)",
    ),
];

// What one deciding reviewer may do is decided here, beneath every program that opens the file.
const GUARDS: &str = "
    CREATE TRIGGER campaign_stays BEFORE DELETE ON campaign BEGIN
        SELECT RAISE(ABORT, 'a campaign is not deleted'); END;
    CREATE TRIGGER campaign_moves_on BEFORE UPDATE ON campaign
    WHEN NEW.head_seq <> OLD.head_seq + 1 OR NEW.id <> OLD.id OR NEW.row_key <> OLD.row_key
      OR (OLD.state <> 'collecting' AND NEW.deadline IS NOT OLD.deadline)
      OR (OLD.state = 'open' AND NEW.state = 'collecting') OR (OLD.state = 'closed' AND NEW.state <> 'closed')
    BEGIN SELECT RAISE(ABORT, 'a campaign goes forward only, and its deadline stays'); END;
    CREATE TRIGGER source_in_time BEFORE INSERT ON source
    WHEN (SELECT state FROM campaign) IS NOT 'collecting'
    BEGIN SELECT RAISE(ABORT, 'the population is frozen'); END;
    CREATE TRIGGER item_in_time BEFORE INSERT ON finding
    WHEN (SELECT state FROM campaign) IS NOT 'collecting'
    BEGIN SELECT RAISE(ABORT, 'the population is frozen'); END;
    CREATE TRIGGER event_in_order BEFORE INSERT ON event
    WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM event) OR NEW.at < (SELECT coalesce(max(at), 0) FROM event)
    BEGIN SELECT RAISE(ABORT, 'an event lies before the one that precedes it'); END;";

/// The guard of each decision.
const DECISION_GUARDED: &str = "CREATE TRIGGER decision_guarded BEFORE INSERT ON decision BEGIN
        SELECT RAISE(ABORT, 'the campaign is not open') WHERE (SELECT state FROM campaign) IS NOT 'open';
        SELECT RAISE(ABORT, 'nobody reviews their own access')
            WHERE NEW.reviewer = (SELECT subject FROM item WHERE id = NEW.item);
        SELECT RAISE(ABORT, 'the item is not assigned to that reviewer in that stage') WHERE NOT EXISTS
            (SELECT 1 FROM assignment WHERE item = NEW.item AND stage = NEW.stage AND reviewer = NEW.reviewer);
        SELECT RAISE(ABORT, 'the item was passed on to someone else') WHERE EXISTS
            (SELECT 1 FROM passed WHERE item = NEW.item AND stage = NEW.stage AND reviewer = NEW.reviewer);
        SELECT RAISE(ABORT, 'two people do not review each other') WHERE EXISTS
            (SELECT 1 FROM decision AS other JOIN item AS theirs ON theirs.id = other.item
             WHERE theirs.subject = NEW.reviewer AND other.late = 0
               AND other.reviewer = (SELECT subject FROM item WHERE id = NEW.item));
        SELECT RAISE(ABORT, 'a decision after the deadline is late')
            WHERE NEW.late <> (NEW.at > (SELECT deadline FROM campaign));
        SELECT RAISE(ABORT, 'the decision lies before what precedes it')
            WHERE NEW.at < (SELECT max(at) FROM event);
        SELECT RAISE(ABORT, 'it was decided otherwise meanwhile') WHERE NEW.replaces IS NOT (SELECT max(id)
            FROM decision WHERE item = NEW.item AND stage = NEW.stage AND reviewer = NEW.reviewer);
    END";

/// Tables whose rows are neither changed nor deleted.
const APPEND_ONLY: [&str; 15] = [
    "event",
    "source",
    "problem",
    "person",
    "account",
    "account_fact",
    "entitlement",
    "entitlement_fact",
    "implies",
    "given",
    "signal",
    "item",
    "assignment",
    "finding",
    "decision",
];

/// Creates everything in an empty file.
pub(super) fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(TABLES)?;
    for (_, sql) in INDICES_OF_AN_OPENING {
        connection.execute_batch(sql)?;
    }
    connection.execute_batch(GUARDS)?;
    connection.execute_batch(NOT_ONESELF)?;
    for table in APPEND_ONLY.into_iter().chain(["gap"]) {
        never_changed(connection, table)?;
    }
    second(connection)?;
    third(connection)
}

fn never_changed(connection: &Connection, table: &str) -> rusqlite::Result<()> {
    for (act, word) in [("UPDATE", "changed"), ("DELETE", "deleted")] {
        connection.execute_batch(&format!(
            "CREATE TRIGGER {table}_never_{word} BEFORE {act} ON {table} BEGIN
                     SELECT RAISE(ABORT, 'the history is append-only'); END;"
        ))?;
    }
    Ok(())
}

/// Brings an older file up to date; the version it comes from is known to be older.
pub(super) fn migrate(connection: &Connection, from: i32) -> rusqlite::Result<()> {
    if from < 2 {
        second(connection)?;
    }
    if from < 3 {
        connection.execute_batch("DROP TRIGGER decision_guarded")?;
        third(connection)?;
    }
    connection.pragma_update(None, "user_version", VERSION)
}

/// Version 2: where a grant holds, if not in the whole system.
fn second(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("ALTER TABLE given ADD COLUMN scope TEXT")
}

/// Version 3: who passed which item on is no longer asked, and the guard of decisions knows it. The history has said so all
/// along.
fn third(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "CREATE TABLE passed (
        item INTEGER NOT NULL REFERENCES item,
        stage INTEGER NOT NULL,
        reviewer INTEGER NOT NULL REFERENCES person,
        event INTEGER NOT NULL,
        PRIMARY KEY (item, stage, reviewer)
    ) STRICT, WITHOUT ROWID",
    )?;
    // SQLite is built without functions of JSON.
    let mut statement =
        connection.prepare("SELECT seq, body FROM event WHERE kind = 'reassigned' ORDER BY seq")?;
    let mut rows = statement.query(())?;
    let mut insert = connection.prepare("INSERT OR IGNORE INTO passed VALUES (?1, ?2, ?3, ?4)")?;
    while let Some(row) = rows.next()? {
        let (event, body): (i64, String) = (row.get(0)?, row.get(1)?);
        for (item, stage, from) in passed(&body) {
            insert.execute((item, stage, from, event))?;
        }
    }
    never_changed(connection, "passed")?;
    connection.execute_batch(DECISION_GUARDED)
}

/// What an event about passing on says: item, stage, and who passed it on.
pub(super) fn passed(body: &str) -> Vec<(i64, i64, i64)> {
    let body: Value = serde_json::from_str(body).unwrap_or(Value::Null);
    let all = body["passed"].as_array().into_iter().flatten();
    let each = |each: &Value| {
        let number = |name: &str| each[name].as_i64().unwrap_or_default();
        (number("item"), number("stage"), number("from"))
    };
    all.map(each).collect()
}

/// The guards and tables as an untouched file has them, to compare an opened one with.
pub(super) fn objects(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    let mut statement = connection
        .prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}
