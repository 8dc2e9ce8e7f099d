"""The SQL of `review usage plan` run by DuckDB, and its answer taken back: the same groups as the embedded fold counts."""

import json
import os
import pathlib
import subprocess
import sys

import duckdb

binary = os.environ["COUNTERSIGN"]
scratch = pathlib.Path(os.environ["SCRATCH"])
AT = ["--at", "2026-11-22T09:00:00Z"]


def run(*words, status=0):
    done = subprocess.run([binary, *map(str, words)], capture_output=True, text=True)
    assert done.returncode == status, (words, done)
    return done.stdout


def rows():
    for number in range(5000):
        who = f"user{number * number % 97}" if number % 101 else ""
        yield {
            "user": {"name": who} if number % 103 else None,
            "action": f"it's \"{number % 13}\"",
            "ts": f"2026-{1 + number % 12:02}-0{1 + number % 9}T10:00:00.9+0{number % 3}:00" if number % 107 else "soon",
            "id": str(number // 2) if number % 5 else "",
            "result": ["ok", "fine", "denied", None][number % 4],
        }


log = scratch / "usage.ndjson"
log.write_text("".join(json.dumps(row) + "\n" for row in rows()))
checked = 0
for identity in ([], ["--map", "id=id"]):
    mapping = ["--map", "principal=user.name", "--map", "permission=action", "--map", "time=ts", "--map", "outcome=result",
               "--success", "ok", "--success", "fine", *identity]
    sql = run("review", "usage", "plan", "--engine", "duckdb", "--table", "logs", *mapping, *AT)
    connection = duckdb.connect()
    connection.execute(
        "CREATE VIEW logs AS SELECT * FROM read_json(?, format = 'newline_delimited', columns = "
        "{user: 'STRUCT(name VARCHAR)', action: 'VARCHAR', ts: 'VARCHAR', id: 'VARCHAR', result: 'VARCHAR'})".replace("?", f"'{log}'")
    )
    (scratch / "plan.sql").write_text(sql)
    connection.execute(f"COPY ({sql.rstrip()}) TO '{scratch / 'answer.csv'}' (HEADER)")
    part = scratch / f"usage-{len(identity)}.usage"
    line = ["review", "usage", "import", "--system", "generic", "--query", scratch / "plan.sql", "--into", part,
            scratch / "answer.csv", "--format", "csv", "--allow-gaps", *AT]
    theirs = [word for word in line if word not in ("--format", "csv")]
    summary = json.loads(run(*theirs, "--format", "json"))
    taken = run("review", "usage", part, "--format", "csv", status=2)
    ours = run("review", "usage", "--log", "generic", *mapping, log, "--format", "csv", "--allow-gaps", *AT)
    counted = json.loads(run("review", "usage", "--log", "generic", *mapping, log, "--format", "json", "--allow-gaps", *AT))
    assert taken == ours, (taken[:500], ours[:500])
    for name in ("rows", "uses", "groups", "principals", "copies"):
        assert summary[name] == counted[name], (name, summary[name], counted[name])
    ours_source, theirs_source = counted["sources"][0], summary["sources"][0]
    for name in ("used", "failed", "first", "last"):
        assert ours_source[name] == theirs_source[name], (name, ours_source, theirs_source)
    assert sum(ours_source["rejected"].values()) == sum(theirs_source["rejected"].values())
    checked += counted["groups"]
print(f"DuckDB {duckdb.__version__}: {checked} groups counted alike by the printed SQL and by the fold")

# CloudTrail in the layout of Athena's table: each way in which an event names who did it, and each in which it fails.
KINDS = [
    {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/r/s", "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::1:role/p/r"}}},
    {"type": "AssumedRole", "arn": "arn:aws-cn:sts:eu:1:assumed-role/r.2/s/x"}, {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/r"},
    {"type": "IAMUser", "userName": "ann", "accountId": "1"}, {"type": "IAMUser", "userName": "ann"}, {"type": "IAMUser", "arn": "arn:aws:iam::1:user/bob"},
    {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, {"type": "AWSAccount", "principalId": "AIDA", "accountId": "2"},
    {"type": "AWSAccount", "accountId": "3"}, {"type": "Root", "arn": ""}, {"accountId": "", "userName": "carl"}, None,
]
ENDS = [{}, {"errorCode": "AccessDenied"}, {"errorMessage": "Failed authentication"}, {"responseElements": {"ConsoleLogin": "Failure"}},
        {"responseElements": {"ConsoleLogin": "Success"}}, {"errorCode": "", "responseElements": None}]
events = []
for number in range(600):
    kind = KINDS[number % len(KINDS)]
    events.append({
        "eventTime": f"2026-10-{1 + number % 28:02}T0{number % 10}:00:00Z" if number % 47 else [None, "soon", "2027-01-01T00:00:00Z"][number % 3],
        "eventID": str(number // 2 * 12), "eventSource": ["s3.amazonaws.com", "kms.amazonaws.com", "aws.example", ""][number % 29 % 4],
        "eventName": f"Get{number % 5}" if number % 53 else None, **({"userIdentity": kind} if kind is not None else {}), **ENDS[number // 7 % len(ENDS)]})
trail = scratch / "trail.ndjson"
trail.write_text("".join(json.dumps(event) + "\n" for event in events))
athena = []
for event in events:
    user = event.get("userIdentity") or {}
    issuer = user.get("sessionContext", {}).get("sessionIssuer")
    athena.append({
        "useridentity": None if "userIdentity" not in event else {
            **{name: user.get(key) for name, key in (("type", "type"), ("principalid", "principalId"), ("arn", "arn"), ("accountid", "accountId"),
                                                     ("invokedby", "invokedBy"), ("username", "userName"))},
            "sessioncontext": {"sessionissuer": issuer}},
        "eventtime": event["eventTime"], "eventsource": event["eventSource"], "eventname": event["eventName"], "eventid": event["eventID"],
        "errorcode": event.get("errorCode"), "errormessage": event.get("errorMessage"),
        "responseelements": json.dumps(event["responseElements"]) if event.get("responseElements") else None})
(scratch / "athena.ndjson").write_text("".join(json.dumps(row) + "\n" for row in athena))
sql = run("review", "usage", "plan", "--engine", "duckdb", "--log", "cloudtrail", "--table", "trail", *AT)
connection.execute(
    "CREATE VIEW trail AS SELECT * FROM read_json('" + str(scratch / "athena.ndjson") + "', format = 'newline_delimited', columns = "
    "{useridentity: 'STRUCT(\"type\" VARCHAR, principalid VARCHAR, arn VARCHAR, accountid VARCHAR, invokedby VARCHAR, username VARCHAR, "
    "sessioncontext STRUCT(sessionissuer STRUCT(arn VARCHAR)))', eventtime: 'VARCHAR', eventsource: 'VARCHAR', eventname: 'VARCHAR', "
    "eventid: 'VARCHAR', errorcode: 'VARCHAR', errormessage: 'VARCHAR', responseelements: 'VARCHAR'})")
(scratch / "trail.sql").write_text(sql)
connection.execute(f"COPY ({sql.rstrip()}) TO '{scratch / 'trail.csv'}' (HEADER)")
part = scratch / "trail.usage"
run("review", "usage", "import", "--system", "aws", "--query", scratch / "trail.sql", "--into", part, scratch / "trail.csv", "--allow-gaps", *AT)
taken = run("review", "usage", part, "--format", "csv", status=2)
ours = run("review", "usage", "--log", "cloudtrail", trail, "--format", "csv", "--allow-gaps", *AT)
assert taken == ours, [line for line in taken.splitlines() + ours.splitlines() if (line in taken) != (line in ours)][:20]
print(f"DuckDB {duckdb.__version__}: {len(ours.splitlines()) - 1} groups of CloudTrail counted alike, in the layout of Athena's table")
for engine in ("athena", "trino"):
    assert "json_extract_scalar" in run("review", "usage", "plan", "--engine", engine, "--log", "cloudtrail", "--table", "trail", *AT)
for engine in ("bigquery", "clickhouse", "snowflake"):
    run("review", "usage", "plan", "--engine", engine, "--log", "cloudtrail", "--table", "trail", *AT, status=2)
