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
