//! The same count as SQL, for logs that lie in a warehouse.
//!
//! One statement, one result of five columns: `kind`, `principal`, `permission`, `used_at` (seconds since 1970, UTC) and `n`. Beside
//! the groups it has rows that say how many rows were read, used, failed and rejected, how many groups there are and over
//! which time the log reaches: a result that was cut by a console's limit is noticed when it is taken back.

mod place;
mod spark;
mod types;

pub use place::{Place, PlaceError};
pub use types::TypeError;

use super::format::{Mapping, Path};
use super::instant::Unit;

/// Where the SQL is to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Trino.
    Trino,
    /// Amazon Athena, which is a Trino.
    Athena,
    /// Google BigQuery.
    BigQuery,
    /// ClickHouse.
    ClickHouse,
    /// Snowflake.
    Snowflake,
    /// DuckDB.
    DuckDb,
    /// Apache Spark, from version 4 on.
    Spark,
}

/// How the time stands in its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeColumn {
    /// A text as RFC 3339 has it.
    Text,
    /// A timestamp; one without time zone is UTC.
    Timestamp,
    /// A number.
    Number(Unit),
}

/// The columns of the result and their types, which hold for every engine.
pub const COLUMNS: [(&str, &str); 5] = [
    (
        "kind",
        "text: use, rows, used, failed, rejected, groups, first or last",
    ),
    ("principal", "text: who; empty unless the kind is use"),
    ("permission", "text: what; empty unless the kind is use"),
    (
        "used_at",
        "integer: seconds since 1970, UTC; the last use, or the first or last row of the log; else 0",
    ),
    ("n", "integer: how often, or how many"),
];

impl Engine {
    /// All engines.
    pub const ALL: [Self; 7] = [
        Self::Trino,
        Self::Athena,
        Self::BigQuery,
        Self::ClickHouse,
        Self::Snowflake,
        Self::DuckDb,
        Self::Spark,
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trino => "trino",
            Self::Athena => "athena",
            Self::BigQuery => "bigquery",
            Self::ClickHouse => "clickhouse",
            Self::Snowflake => "snowflake",
            Self::DuckDb => "duckdb",
            Self::Spark => "spark",
        }
    }

    fn quoted(self, name: &str) -> String {
        match self {
            Self::BigQuery | Self::ClickHouse => {
                format!("`{}`", name.replace('\\', "\\\\").replace('`', "\\`"))
            }
            _ => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    /// A column, and a member inside of it.
    fn column(self, path: &Path) -> String {
        let names: Vec<String> = path.names().iter().map(|name| self.quoted(name)).collect();
        names.join(match self {
            Self::Snowflake => ":",
            _ => ".",
        })
    }

    fn literal(self, text: &str) -> String {
        match self {
            Self::BigQuery => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")),
            // A backslash is an escape here, and only itself in standard SQL.
            Self::ClickHouse | Self::Snowflake => {
                format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
            }
            _ => format!("'{}'", text.replace('\'', "''")),
        }
    }

    fn text(self, column: &str) -> String {
        let name = match self {
            Self::BigQuery => "STRING",
            Self::ClickHouse => "Nullable(String)",
            _ => "VARCHAR",
        };
        format!("CAST({column} AS {name})")
    }

    fn integer(self) -> &'static str {
        match self {
            Self::BigQuery => "INT64",
            Self::ClickHouse => "Nullable(Int64)",
            _ => "BIGINT",
        }
    }

    /// Whole seconds since 1970; null where there is no time.
    fn seconds(self, column: &str, time: TimeColumn) -> String {
        let parsed = match (time, self) {
            (TimeColumn::Number(unit), _) => {
                let per_second = unit.per_second();
                return format!("CAST(FLOOR({column} / {per_second}) AS {})", self.integer());
            }
            (TimeColumn::Timestamp, _) => column.to_owned(),
            (_, Self::Trino | Self::Athena) => format!("TRY(from_iso8601_timestamp({column}))"),
            (_, Self::BigQuery) => format!("SAFE_CAST({column} AS TIMESTAMP)"),
            (_, Self::ClickHouse) => format!("parseDateTime64BestEffortOrNull({column}, 3, 'UTC')"),
            (_, Self::Snowflake) => format!("TRY_TO_TIMESTAMP_TZ({})", self.text(column)),
            (_, Self::DuckDb | Self::Spark) => format!("TRY_CAST({column} AS TIMESTAMPTZ)"),
        };
        match self {
            Self::Trino | Self::Athena => {
                format!("CAST(FLOOR(to_unixtime({parsed})) AS BIGINT)")
            }
            Self::BigQuery => format!("UNIX_SECONDS({parsed})"),
            Self::ClickHouse => format!("CAST(toUnixTimestamp({parsed}) AS Nullable(Int64))"),
            Self::Snowflake => format!("DATE_PART(EPOCH_SECOND, {parsed})"),
            Self::DuckDb | Self::Spark => format!("CAST(FLOOR(epoch({parsed})) AS BIGINT)"),
        }
    }
}

/// What the columns are.
#[derive(Debug, Clone)]
pub enum Layout {
    /// As the user says.
    Mapped {
        /// Which column is what.
        mapping: Mapping,
        /// How the time is kept.
        time: TimeColumn,
    },
    /// AWS CloudTrail as Athena has it: `useridentity` as a struct, times and the answers as texts.
    /// <https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html>
    CloudTrail,
}

/// What to count, and where.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where it runs.
    pub engine: Engine,
    /// Where the log lies.
    pub from: Place,
    /// What its columns are.
    pub layout: Layout,
    /// The last second that is not in the future, since 1970.
    pub until: u32,
}

/// What is read of a row, as expressions.
struct Columns {
    principal: String,
    permission: String,
    at: String,
    outcome: String,
    /// The outcomes that are successes.
    accepted: Vec<String>,
    id: String,
}

impl Engine {
    /// Whether its tables of CloudTrail have a layout that is documented: that of Athena, which is one of Hive and so Trino's, and
    /// in which DuckDB reads what Athena unloads.
    pub fn knows_cloudtrail(self) -> bool {
        matches!(
            self,
            Self::Athena | Self::Trino | Self::DuckDb | Self::Spark
        )
    }

    fn mapped(self, mapping: &Mapping, time: TimeColumn) -> Columns {
        let column = |path: &Path| self.text(&self.column(path));
        let outcome = mapping.outcome.as_ref();
        let accepted = outcome.map(|(_, values)| values.iter().map(|value| self.literal(value)));
        let yes = self.literal("yes");
        Columns {
            principal: column(&mapping.principal),
            permission: column(&mapping.permission),
            at: self.seconds(&self.column(&mapping.time), time),
            outcome: outcome.map_or_else(|| yes.clone(), |(path, _)| column(path)),
            accepted: accepted.map_or_else(|| vec![yes.clone()], Iterator::collect),
            id: match &mapping.id {
                Some(path) => format!("NULLIF({}, '')", column(path)),
                None => self.text("NULL"),
            },
        }
    }

    /// What [`super::format`] reads of an event, of the columns that Athena has.
    fn cloudtrail(self) -> Columns {
        // `(…)` of a pattern is `$1` in one engine and `\\1` in the other.
        let (group, answer) = match self {
            Self::DuckDb => (
                "\\",
                "TRY(json_extract_string(responseelements, '$.ConsoleLogin'))",
            ),
            _ => (
                "$",
                "json_extract_scalar(responseelements, '$.ConsoleLogin')",
            ),
        };
        let session = "'^arn:([^:]*):sts:([^:]*):([^:]*):assumed-role/([^/]*)(/[\\s\\S]*)?$'";
        let role = format!("'arn:{group}1:iam:{group}2:{group}3:role/{group}4'");
        let of = |member: &str| format!("NULLIF(useridentity.{member}, '')");
        let (user, account) = (of("username"), of("accountid"));
        Columns {
            principal: format!(
                "COALESCE({issuer},\n         regexp_replace({arn}, {session}, {role}),\n         \
                 CASE WHEN useridentity.type = 'IAMUser' THEN 'arn:aws:iam::' || {account} || ':user/' || {user} END,\n         \
                 {user}, {id}, {service}, {account})",
                issuer = of("sessioncontext.sessionissuer.arn"),
                arn = of("arn"),
                id = of("principalid"),
                service = of("invokedby"),
            ),
            permission: "regexp_replace(NULLIF(eventsource, ''), '\\.amazonaws\\.com$', '') || ':' || NULLIF(eventname, '')"
                .to_owned(),
            at: self.seconds("eventtime", TimeColumn::Text),
            outcome: format!(
                "CASE WHEN COALESCE(errorcode, '') = '' AND COALESCE(errormessage, '') = ''\n         \
                 AND COALESCE(NULLIF({answer}, ''), 'Success') = 'Success' THEN 'yes' ELSE 'no' END"
            ),
            accepted: vec![self.literal("yes")],
            id: "NULLIF(eventid, '')".to_owned(),
        }
    }
}

impl Plan {
    /// The statement with which Spark tells the types of the columns: rows of `col_name` and `data_type`. None where nothing
    /// depends on them.
    pub fn types(&self) -> Option<String> {
        types::types(self)
    }

    /// Takes a type into account that Spark told.
    ///
    /// # Errors
    /// [`TypeError`] where the values of such a column would not mean what they mean to [`super::fold`].
    pub fn typed(&mut self, column: &str, kind: &str) -> Result<(), TypeError> {
        types::typed(self, column, kind)
    }

    /// The statement.
    pub fn sql(&self) -> String {
        let Self { engine, until, .. } = self;
        if *engine == Engine::Spark {
            return spark::sql(self);
        }
        let table: Vec<String> = match &self.from {
            Place::Table(names) => names.iter().map(|name| engine.quoted(name)).collect(),
            Place::Json(path) | Place::Parquet(path) => vec![engine.quoted(path)],
        };
        let Columns {
            principal,
            permission,
            at,
            outcome,
            accepted,
            id,
        } = match &self.layout {
            Layout::Mapped { mapping, time } => engine.mapped(mapping, *time),
            Layout::CloudTrail => engine.cloudtrail(),
        };
        let totals = [
            ("rows", "0", "COUNT(*)", "1 = 1"),
            ("used", "0", "COUNT(*)", "kind = 'use'"),
            ("failed", "0", "COUNT(*)", "kind = 'failed'"),
            ("rejected", "0", "COUNT(*)", "kind = 'rejected'"),
            (
                "first",
                "COALESCE(MIN(used_at), 0)",
                "COUNT(*)",
                "kind <> 'rejected'",
            ),
            (
                "last",
                "COALESCE(MAX(used_at), 0)",
                "COUNT(*)",
                "kind <> 'rejected'",
            ),
        ];
        let totals: String = totals
            .iter()
            .map(|(kind, at, n, filter)| {
                format!("UNION ALL SELECT '{kind}', '', '', {at}, {n} FROM judged WHERE {filter}\n")
            })
            .collect();
        // Every row is judged in the order in which the fold judges it.
        format!(
            "-- countersign usage 1, {engine}\n\
             WITH events AS (\n  \
               SELECT {principal} AS principal, {permission} AS permission, {at} AS used_at,\n         \
               NULLIF({outcome}, '') AS outcome, {id} AS id\n  \
               FROM {table}\n\
             ), judged AS (\n  \
               SELECT principal, permission, used_at, id, CASE\n    \
                 WHEN outcome IS NULL OR used_at IS NULL OR used_at < 0 OR used_at > {until} THEN 'rejected'\n    \
                 WHEN outcome NOT IN ({accepted}) THEN 'failed'\n    \
                 WHEN principal IS NULL OR principal = '' OR permission IS NULL OR permission = '' THEN 'rejected'\n    \
                 ELSE 'use' END AS kind\n  \
               FROM events\n\
             ), counted AS (\n  \
               SELECT principal, permission, used_at FROM judged WHERE kind = 'use' AND id IS NULL\n  \
               UNION ALL\n  \
               SELECT principal, permission, used_at FROM judged WHERE kind = 'use' AND id IS NOT NULL\n  \
               GROUP BY principal, permission, used_at, id\n\
             ), uses AS (\n  \
               SELECT principal, permission, MAX(used_at) AS used_at, COUNT(*) AS n FROM counted GROUP BY principal, permission\n\
             )\n\
             SELECT 'use' AS kind, principal, permission, used_at, n FROM uses\n\
             {totals}\
             UNION ALL SELECT 'groups', '', '', 0, COUNT(*) FROM uses\n",
            engine = engine.name(),
            table = table.join("."),
            accepted = accepted.join(", "),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(engine: Engine) -> Plan {
        let path = |text: &str| text.parse::<Path>().unwrap();
        Plan {
            engine,
            from: Place::Table(vec!["audit".to_owned(), "e`v\"ents".to_owned()]),
            layout: Layout::Mapped {
                mapping: Mapping {
                    principal: path("actor.email"),
                    permission: path("action"),
                    time: path("ts"),
                    id: Some(path("id")),
                    outcome: Some((path("result"), vec!["it's \\ok".to_owned()])),
                    unit: None,
                },
                time: TimeColumn::Text,
            },
            until: 1_800_000_000,
        }
    }

    #[test]
    fn names_and_texts_are_quoted_as_each_engine_has_it() {
        for (engine, table, member, text) in [
            (
                Engine::Trino,
                "\"audit\".\"e`v\"\"ents\"",
                "\"actor\".\"email\"",
                "'it''s \\ok'",
            ),
            (
                Engine::DuckDb,
                "\"audit\".\"e`v\"\"ents\"",
                "\"actor\".\"email\"",
                "'it''s \\ok'",
            ),
            (
                Engine::BigQuery,
                "`audit`.`e\\`v\"ents`",
                "`actor`.`email`",
                "'it\\'s \\\\ok'",
            ),
            (
                Engine::ClickHouse,
                "`audit`.`e\\`v\"ents`",
                "`actor`.`email`",
                "'it''s \\\\ok'",
            ),
            (
                Engine::Snowflake,
                "\"audit\".\"e`v\"\"ents\"",
                "\"actor\":\"email\"",
                "'it''s \\\\ok'",
            ),
        ] {
            let sql = plan(engine).sql();
            for part in [table, member, text] {
                assert!(sql.contains(part), "{part}: {sql}");
            }
        }
        assert_eq!(
            plan(Engine::Athena)
                .sql()
                .lines()
                .skip(1)
                .collect::<Vec<_>>(),
            plan(Engine::Trino)
                .sql()
                .lines()
                .skip(1)
                .collect::<Vec<_>>()
        );
    }
}
