//! The statement for Apache Spark 4: one pass over the log, whatever its size.
//!
//! Spark reads a table anew for each branch of a `UNION ALL`, so that the totals come from the groups here, by grouping
//! sets. Rows of JSON are parsed with a schema of their own rather than with one that Spark would infer in a pass before:
//! texts stay as they are written, and a row that is not one JSON object is a row without values, which is rejected and
//! counted. What no cast of Spark reads as the fold does is written out: RFC 3339, and numbers in their unit.

use super::{Columns, Layout, Place, Plan, TimeColumn};
use crate::review::usage::format::{Mapping, Path};
use crate::review::usage::instant::Unit;
use crate::review::usage::reject::MAX_NAME;

/// RFC 3339 §5.6 as the fold reads it; the day is left to the calendar.
const RFC3339: &str = r"r'^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)([.][0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])\z'";
/// What Spark would otherwise take for JSON.
const STRICT: &str = "map('allowSingleQuotes', 'false', 'allowNonNumericNumbers', 'false')";

/// Where a member is, and as what it is parsed.
type Member<'p> = (Vec<&'p str>, &'p str);

/// The members of an event of CloudTrail that matter.
const CLOUDTRAIL: [&[&str]; 14] = [
    &["eventTime"],
    &["eventID"],
    &["eventSource"],
    &["eventName"],
    &["errorCode"],
    &["errorMessage"],
    &["responseElements", "ConsoleLogin"],
    &["userIdentity", "type"],
    &["userIdentity", "principalId"],
    &["userIdentity", "arn"],
    &["userIdentity", "accountId"],
    &["userIdentity", "invokedBy"],
    &["userIdentity", "userName"],
    &["userIdentity", "sessionContext", "sessionIssuer", "arn"],
];

/// The statement.
pub(super) fn sql(plan: &Plan) -> String {
    let Columns {
        principal,
        permission,
        at,
        outcome,
        accepted,
        id,
    } = columns(plan);
    let read = match &plan.from {
        Place::Json(path) => lines(&plan.layout, path),
        _ => String::new(),
    };
    let accepted = accepted.join(", ");
    let (until, from) = (plan.until, source(plan));
    // Without ids a row is a use of its own; with them, a copy of an event is found among its own kind.
    let uses = match id.as_str() {
        "NULL" => "  SELECT kind, principal, permission, MAX(used_at) AS latest, MIN(used_at) AS earliest, COUNT(*) AS n, COUNT(*) AS copies\n  \
                   FROM kept GROUP BY kind, principal, permission\n"
            .to_owned(),
        _ => "  SELECT kind, principal, permission, MAX(used_at) AS latest, MIN(used_at) AS earliest,\n         \
              SUM(IF(id IS NULL, copies, 1)) AS n, SUM(copies) AS copies\n  FROM (\n    \
              SELECT kind, principal, permission, used_at, id, COUNT(*) AS copies FROM kept\n    \
              GROUP BY kind, principal, permission, used_at, id\n  ) GROUP BY kind, principal, permission\n"
            .to_owned(),
    };
    format!(
        "-- countersign usage 1, spark\n\
         WITH {read}events AS (\n  \
           SELECT {principal} AS principal,\n         {permission} AS permission,\n         {at} AS used_at,\n         \
           NULLIF({outcome}, '') AS outcome,\n         {id} AS id\n  \
           FROM {from}\n\
         ), judged AS (\n  \
           SELECT principal, permission, used_at, id, CASE\n    \
             WHEN outcome IS NULL OR used_at IS NULL OR used_at < 0 OR used_at > {until} THEN 'rejected'\n    \
             WHEN outcome NOT IN ({accepted}) THEN 'failed'\n    \
             WHEN principal IS NULL OR principal = '' OR permission IS NULL OR permission = '' THEN 'rejected'\n    \
             WHEN octet_length(principal) > {MAX_NAME} OR octet_length(permission) > {MAX_NAME} THEN 'rejected'\n    \
             ELSE 'use' END AS kind\n  \
           FROM events\n\
         ), kept AS (\n  \
           SELECT kind, IF(kind = 'use', principal, '') AS principal, IF(kind = 'use', permission, '') AS permission,\n         \
           IF(kind = 'rejected', NULL, used_at) AS used_at, IF(kind = 'use', id, NULL) AS id\n  \
           FROM judged\n\
         ), uses AS (\n{uses}\
         ), summed AS (\n  \
           SELECT GROUPING(kind) AS whole, kind, principal, permission, MAX(latest) AS latest, MIN(earliest) AS earliest, SUM(n) AS n,\n         \
           SUM(copies) AS copies, SUM(used) AS used, SUM(failed) AS failed, SUM(rejected) AS rejected, SUM(pairs) AS pairs\n  \
           FROM (\n    \
             SELECT *, IF(kind = 'use', copies, 0) AS used, IF(kind = 'failed', copies, 0) AS failed,\n           \
             IF(kind = 'rejected', copies, 0) AS rejected, IF(kind = 'use', 1, 0) AS pairs FROM uses\n    \
             UNION ALL SELECT 'none', '', '', NULL, NULL, 0, 0, 0, 0, 0, 0\n  \
           ) GROUP BY GROUPING SETS ((kind, principal, permission), ())\n\
         )\n\
         SELECT r.kind, r.principal, r.permission, r.used_at, r.n FROM summed LATERAL VIEW inline(CASE whole\n  \
           WHEN 0 THEN array({use_row})\n  \
           ELSE array(\n    {totals}) END) r\n\
         WHERE whole = 1 OR summed.kind = 'use'\n",
        use_row = result("'use'", ["principal", "permission"], "latest", "n"),
        totals = totals(),
    )
}

/// A row of the result.
fn result(kind: &str, [principal, permission]: [&str; 2], at: &str, n: &str) -> String {
    format!(
        "named_struct('kind', {kind}, 'principal', {principal}, 'permission', {permission}, \
         'used_at', CAST({at} AS BIGINT), 'n', CAST({n} AS BIGINT))"
    )
}

fn totals() -> String {
    let seen = "used + failed";
    [
        ("'rows'", "0", "copies"),
        ("'used'", "0", "used"),
        ("'failed'", "0", "failed"),
        ("'rejected'", "0", "rejected"),
        ("'groups'", "0", "pairs"),
        ("'first'", "COALESCE(earliest, 0)", seen),
        ("'last'", "COALESCE(latest, 0)", seen),
    ]
    .map(|(kind, at, n)| result(kind, ["''", "''"], at, n))
    .join(",\n    ")
}

/// What the events are selected from.
pub(super) fn source(plan: &Plan) -> String {
    match &plan.from {
        Place::Table(names) => {
            let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
            names.join(".")
        }
        Place::Parquet(path) => format!("parquet.{}", quoted(path)),
        Place::Json(_) => "rows".to_owned(),
    }
}

fn columns(plan: &Plan) -> Columns {
    let json = matches!(plan.from, Place::Json(_));
    match &plan.layout {
        Layout::Mapped { mapping, time } => {
            let value = |path: &Path| match json {
                true => scalar(path),
                false => format!("try_validate_utf8(CAST({} AS STRING))", column(path)),
            };
            let at = match (json, time, mapping.unit) {
                (true, _, None) => rfc3339(&member(&mapping.time)),
                (true, _, Some(unit)) => json_number(&mapping.time, unit),
                (false, time, _) => seconds(&column(&mapping.time), *time),
            };
            let yes = "'yes'".to_owned();
            let outcome = mapping.outcome.as_ref();
            let accepted = outcome.map(|(_, values)| values.iter().map(|value| literal(value)));
            Columns {
                principal: value(&mapping.principal),
                permission: value(&mapping.permission),
                at,
                outcome: outcome.map_or_else(|| yes.clone(), |(path, _)| value(path)),
                accepted: accepted.map_or_else(|| vec![yes], Iterator::collect),
                id: match &mapping.id {
                    Some(path) => format!("NULLIF({}, '')", value(path)),
                    None => "NULL".to_owned(),
                },
            }
        }
        Layout::CloudTrail => cloudtrail(json),
    }
}

/// What [`crate::review::usage::format`] reads of an event: of the columns that Athena has, or of the file itself.
fn cloudtrail(json: bool) -> Columns {
    let (event, answer) = match json {
        true => ("event.", "event.responseelements.consolelogin"),
        false => ("", "get_json_object(responseelements, '$.ConsoleLogin')"),
    };
    let of = |member: &str| format!("NULLIF({event}useridentity.{member}, '')");
    let (user, account) = (of("username"), of("accountid"));
    let session = r"r'^arn:([^:]*):sts:([^:]*):([^:]*):assumed-role/([^/]*)(/[\s\S]*)?\z'";
    Columns {
        principal: format!(
            "COALESCE({issuer},\n         regexp_replace({arn}, {session}, 'arn:$1:iam:$2:$3:role/$4'),\n         \
             CASE WHEN {event}useridentity.type = 'IAMUser' THEN 'arn:aws:iam::' || {account} || ':user/' || {user} END,\n         \
             {user}, {id}, {service}, {account})",
            issuer = of("sessioncontext.sessionissuer.arn"),
            arn = of("arn"),
            id = of("principalid"),
            service = of("invokedby"),
        ),
        permission: format!(
            "regexp_replace(NULLIF({event}eventsource, ''), r'[.]amazonaws[.]com\\z', '') || ':' || NULLIF({event}eventname, '')"
        ),
        at: rfc3339(&format!("{event}eventtime")),
        outcome: format!(
            "CASE WHEN COALESCE({event}errorcode, '') = '' AND COALESCE({event}errormessage, '') = ''\n         \
             AND COALESCE(NULLIF({answer}, ''), 'Success') = 'Success' THEN 'yes' ELSE 'no' END"
        ),
        accepted: vec!["'yes'".to_owned()],
        id: format!("NULLIF({event}eventid, '')"),
    }
}

/// Files of JSON as rows: `line`, and the `event` that it is; null where it is none.
///
/// An array around the line leaves no room for a second value or for rubbish behind the first, which Spark passes over.
fn lines(layout: &Layout, path: &str) -> String {
    let (schema, rows) = match layout {
        Layout::Mapped { mapping, time: _ } => (
            schema(&mapped_paths(mapping)),
            "SELECT line, event FROM told",
        ),
        Layout::CloudTrail => {
            let paths = CLOUDTRAIL.map(|path| (path.to_vec(), "STRING"));
            let event = schema(&paths);
            let rows =
                "SELECT line, explode(COALESCE(event.records, array(event))) AS event FROM told";
            (format!("`Records` ARRAY<STRUCT<{event}>>, {event}"), rows)
        }
    };
    let rows = match layout {
        // A file of CloudTrail is one document; its events are those of its array, or the line itself.
        Layout::CloudTrail => rows.replace(
            "array(event)",
            &format!("array(IF(event IS NULL, NULL, {}))", struct_of_event()),
        ),
        Layout::Mapped { .. } => rows.to_owned(),
    };
    let schema = literal(&format!("`events` ARRAY<STRUCT<{schema}>>, `tail` INT"));
    format!(
        "read AS (\n  \
           SELECT value AS line, from_json('{{\"events\":[' || value || '],\"tail\":0}}',\n         {schema},\n         {STRICT}) AS parsed\n  \
           FROM text.{path} WHERE value RLIKE r'[^ \\t\\f\\r]'\n\
         ), told AS (\n  \
           SELECT line, IF(is_valid_utf8(line) AND parsed.tail = 0 AND size(parsed.events) = 1, parsed.events[0], NULL) AS event\n  \
           FROM read\n\
         ), rows AS (\n  {rows}\n), ",
        path = quoted(path),
    )
}

/// The members of CloudTrail of a line that is an event itself.
fn struct_of_event() -> String {
    let names = [
        "eventTime",
        "eventID",
        "eventSource",
        "eventName",
        "errorCode",
        "errorMessage",
        "responseElements",
        "userIdentity",
    ];
    let members = names.map(|name| format!("'{name}', event.{name}"));
    format!("named_struct({})", members.join(", "))
}

/// Where the wanted members are and as what they are parsed.
fn mapped_paths(mapping: &Mapping) -> Vec<Member<'_>> {
    let time = if mapping.unit.is_some() {
        "BIGINT"
    } else {
        "STRING"
    };
    let outcome = mapping.outcome.as_ref().map(|(path, _)| path);
    let texts = [&mapping.principal, &mapping.permission].into_iter();
    let texts = texts.chain(mapping.id.as_ref()).chain(outcome);
    let all = texts
        .map(|path| (path, "STRING"))
        .chain([(&mapping.time, time)]);
    all.map(|(path, kind)| (path.names().iter().map(String::as_str).collect(), kind))
        .collect()
}

/// The members of a struct as Spark's DDL.
fn schema(paths: &[Member<'_>]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for (path, _) in paths {
        names.extend(path.first().filter(|name| !names.contains(name)));
    }
    let member = |name: &&str| {
        let of = paths.iter().filter(|(path, _)| path.first() == Some(name));
        let rest = of.filter_map(|(path, kind)| Some((path.get(1..)?.to_vec(), *kind)));
        let inside: Vec<Member<'_>> = rest.clone().filter(|(path, _)| !path.is_empty()).collect();
        let kind = match rest.map(|(_, kind)| kind).next() {
            Some(kind) if inside.is_empty() => kind.to_owned(),
            _ => format!("STRUCT<{}>", schema(&inside)),
        };
        format!("{} {kind}", quoted(name))
    };
    let members: Vec<String> = names.iter().map(member).collect();
    members.join(", ")
}

/// A line parsed once more for one member, as another type; only rows that need it come to this.
fn again(path: &Path, kind: &str) -> String {
    let names: Vec<&str> = path.names().iter().map(String::as_str).collect();
    let schema = literal(&schema(&[(names, kind)]));
    let member = column(path);
    format!("from_json(line, {schema}, {STRICT}).{member}")
}

/// A text, number or truth of an event; objects and arrays are none, though Spark gives their JSON for a text.
fn scalar(path: &Path) -> String {
    let member = member(path);
    let map = again(path, "MAP<STRING, STRING>");
    let array = again(path, "ARRAY<STRING>");
    format!(
        "CASE left({member}, 1) WHEN '{{' THEN IF({map} IS NULL, {member}, NULL)\n           \
         WHEN '[' THEN IF({array} IS NULL, {member}, NULL) ELSE {member} END"
    )
}

/// A time that is a number of JSON, or a text all the same. Only one with a fraction is parsed again.
fn json_number(path: &Path, unit: Unit) -> String {
    let seconds = |column: &str| seconds(column, TimeColumn::Number(unit));
    format!(
        "CASE WHEN {member} IS NOT NULL THEN {whole}\n           \
         WHEN {number} IS NULL THEN {text}\n           \
         ELSE {part} END",
        member = member(path),
        whole = seconds(&member(path)),
        number = again(path, "DOUBLE"),
        text = rfc3339(&again(path, "STRING")),
        part = seconds(&again(path, "DECIMAL(38, 9)")),
    )
}

/// Whole seconds since 1970 of a column; null where there is no time.
fn seconds(column: &str, time: TimeColumn) -> String {
    match time {
        TimeColumn::Text => rfc3339(&format!("CAST({column} AS STRING)")),
        // One without time zone is UTC, whatever the session's zone.
        TimeColumn::Timestamp => format!(
            "CASE WHEN typeof({column}) = 'timestamp_ntz' THEN unix_seconds(TRY_CAST(CAST({column} AS STRING) || 'Z' AS TIMESTAMP))\n           \
             ELSE unix_seconds(CAST({column} AS TIMESTAMP)) END"
        ),
        // `/` would go through a float, which has no room for nanoseconds.
        TimeColumn::Number(unit) => {
            let per = unit.per_second();
            let end = (u128::from(u32::MAX) + 1) * u128::from(per);
            format!(
                "CASE WHEN {column} >= 0 AND {column} < {end} THEN CAST(FLOOR({column}) AS BIGINT) div {per} END"
            )
        }
    }
}

/// RFC 3339, as [`crate::review::usage::instant`] reads it.
fn rfc3339(text: &str) -> String {
    let number =
        |from: i32, length: u32| format!("TRY_CAST(substr({text}, {from}, {length}) AS INT)");
    format!(
        "CASE WHEN {text} RLIKE {RFC3339} THEN\n           \
         unix_date(TRY_CAST(substr({text}, 1, 10) AS DATE)) * 86400L + {hour} * 3600 + {minute} * 60 + LEAST({second}, 59)\n           \
         - IF(upper(right({text}, 1)) = 'Z', 0, IF(substr({text}, -6, 1) = '-', -1, 1) * ({hours} * 3600 + {minutes} * 60)) END",
        hour = number(12, 2),
        minute = number(15, 2),
        second = number(18, 2),
        hours = number(-5, 2),
        minutes = number(-2, 2),
    )
}

/// A column, or a member of one.
pub(super) fn column(path: &Path) -> String {
    let names: Vec<String> = path.names().iter().map(|name| quoted(name)).collect();
    names.join(".")
}

/// A member of an event.
fn member(path: &Path) -> String {
    format!("event.{}", column(path))
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A text. Whether a backslash escapes is a setting of the session, and so is what `${` stands for.
fn literal(text: &str) -> String {
    if !text.contains(['\'', '\\', '$']) && !text.contains(char::is_control) {
        return format!("'{text}'");
    }
    let bytes: String = text.bytes().map(|byte| format!("{byte:02X}")).collect();
    format!("CAST(X'{bytes}' AS STRING)")
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Engine;
    use super::*;

    pub(in super::super) fn plan(from: Place, unit: Option<Unit>) -> Plan {
        let path = |text: &str| text.parse::<Path>().unwrap();
        let mapping = Mapping {
            principal: path("actor.e`mail"),
            permission: path("actor.may"),
            time: path("ts"),
            id: Some(path("id")),
            outcome: Some((
                path("result"),
                vec!["it's ${ok}".to_owned(), "fine".to_owned()],
            )),
            unit,
        };
        Plan {
            engine: Engine::Spark,
            from,
            layout: Layout::Mapped {
                mapping,
                time: TimeColumn::Text,
            },
            until: 1_800_000_000,
        }
    }

    #[test]
    fn names_and_texts_cannot_become_something_else() {
        let table = Place::Table(vec!["audit".to_owned(), "e`v\"ents".to_owned()]);
        let sql = plan(table, None).sql();
        for part in [
            "FROM `audit`.`e``v\"ents`\n",
            "`actor`.`e``mail`",
            "CAST(X'69742773",
        ] {
            assert!(sql.contains(part), "{part}: {sql}");
        }
        // What Spark would replace, or take for an escape, is not in the statement.
        assert!(!sql.contains("${") && sql.contains("'fine'"));
        let files = plan(Place::Json("s3a://logs/a`b/*.json".to_owned()), None).sql();
        assert!(
            files.contains("FROM text.`s3a://logs/a``b/*.json`"),
            "{files}"
        );
    }

    #[test]
    fn members_of_json_are_one_schema() {
        let sql = plan(Place::Json("/logs".to_owned()), Some(Unit::Seconds)).sql();
        let schema = "'`events` ARRAY<STRUCT<`actor` STRUCT<`e``mail` STRING, `may` STRING>, `id` STRING, `result` STRING, `ts` BIGINT>>, \
                      `tail` INT'";
        assert!(sql.contains(schema), "{sql}");
        assert!(
            !plan(Place::Json("/logs".to_owned()), None)
                .sql()
                .contains("BIGINT>")
        );
    }

    #[test]
    fn the_log_is_read_once() {
        for from in ["audit", "json:/logs", "parquet:/logs"] {
            let mut plan = plan(from.parse().unwrap(), None);
            for layout in [plan.layout.clone(), Layout::CloudTrail] {
                plan.layout = layout;
                let sql = plan.sql();
                for name in [
                    "read", "told", "rows", "events", "judged", "kept", "uses", "summed",
                ] {
                    assert!(
                        sql.matches(&format!("FROM {name}\n")).count()
                            + sql.matches(&format!("FROM {name} ")).count()
                            <= 1,
                        "{name}: {sql}"
                    );
                }
            }
        }
    }
}
