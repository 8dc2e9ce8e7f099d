"""Parquet as pyarrow and DuckDB write it, in every encoding and codec: the fold counts what it counts in the same rows as NDJSON."""

import datetime
import decimal
import json
import os
import pathlib
import random
import subprocess
import uuid

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

binary = os.environ["COUNTERSIGN"]
scratch = pathlib.Path(os.environ["SCRATCH"])
AT = ["--at", "2026-11-22T09:00:00Z"]
MAP = ["--log", "generic", "--map", "principal=user.name", "--map", "permission=action", "--map", "time=ts",
       "--map", "outcome=result", "--success", "ok", "--success", "true"]


def run(*words, status=None, stdin=None):
    done = subprocess.run([binary, "review", "usage", *map(str, words)], capture_output=True, stdin=stdin)
    assert done.returncode in ((0, 2) if status is None else (status,)), (words, done)
    return done


def rows(count=3000):
    random.seed(7)
    for number in range(count):
        name = f"user{number * number % 97}" if number % 101 else ""
        yield {
            "user": {"name": name} if number % 103 else None,
            "action": f"it's \"{number % 13}\" \u00e9" if number % 11 else None,
            "ts": f"2026-{1 + number % 10:02}-0{1 + number % 9}T10:{number % 60:02}:00.9Z" if number % 107 else None,
            "id": str(uuid.UUID(int=number // 2 * 7919)),
            "result": ["ok", "denied", "ok", None][number % 4],
            "flag": [True, True, False, None][number // 50 % 4],
            "number": number % 17,
            "float": number % 19 + 0.5,
        }


data = list(rows())
log = scratch / "parquet.ndjson"
log.write_text("".join(json.dumps(row) + "\n" for row in data))


def counted(path, *more, mapping=MAP, stdin=None):
    table = run(*mapping, *more, "--allow-gaps", *AT, "--format", "csv", path, stdin=stdin, status=0).stdout
    summary = json.loads(run(*mapping, *more, "--allow-gaps", *AT, "--format", "json", path, status=0).stdout) if path != "-" else None
    return table, summary


def same(path, *more, theirs=log, mapping=MAP, what=""):
    ours, summary = counted(path, *more, mapping=mapping)
    expected, counts = counted(theirs, *more, mapping=mapping)
    assert ours == expected, (what, path, ours[:600], expected[:600])
    for name in ("rows", "uses", "groups", "principals", "copies", "silent_days"):
        assert summary[name] == counts[name], (what, name, summary[name], counts[name])
    for name in ("used", "failed", "first", "last", "rejected"):
        mine, wanted = summary["sources"][0][name], counts["sources"][0][name]
        assert mine == wanted, (what, name, mine, wanted)
    problems = [[p[0]["row"], p[0]["reason"]] for p in [(p,) for p in summary["sources"][0]["problems"]]]
    assert problems == [[p["row"], p["reason"]] for p in counts["sources"][0]["problems"]], what
    return ours


ID = ["--map", "id=id"]
checked = 0
text = pa.schema([("user", pa.struct([("name", pa.string())])), ("action", pa.string()), ("ts", pa.string()), ("id", pa.string()),
                  ("result", pa.string()), ("flag", pa.bool_()), ("number", pa.int64()), ("float", pa.float64())])
table = pa.Table.from_pylist(data, schema=text)
path = scratch / "log.parquet"
for codec in ("none", "snappy", "gzip", "zstd", "lz4"):
    for version in ("1.0", "2.0"):
        for group, page in ((3000, 1 << 20), (700, 256)):
            for checksum in (False, True):
                pq.write_table(table, path, compression=codec, data_page_version=version, row_group_size=group, data_page_size=page,
                               write_page_checksum=checksum, write_batch_size=64)
                for identity in ([], ID):
                    same(path, *identity, what=(codec, version, group))
                    checked += 1
for encoding in ("PLAIN", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY"):
    names = ("user.name", "action", "ts", "id", "result")
    pq.write_table(table, path, use_dictionary=False, column_encoding={name: encoding for name in names}, row_group_size=1100)
    same(path, *ID, what=encoding)
    checked += 1
# A dictionary that grows too large in the middle of a column: what follows is plain.
pq.write_table(table, path, dictionary_pagesize_limit=300, data_page_size=512, write_batch_size=64)
same(path, *ID, what="fallback")
# Times as times; before a unit of them ended is as in NDJSON.
moments = [row["ts"] and datetime.datetime.fromisoformat(row["ts"]) for row in data]
for unit in ("s", "ms", "us", "ns"):
    for zone in ("UTC", None):
        column = pa.array([moment if zone or not moment else moment.replace(tzinfo=None) for moment in moments], pa.timestamp(unit, zone))
        changed = table.set_column(2, "ts", column)
        for more in ({}, {"use_deprecated_int96_timestamps": True}, {"version": "1.0"}, {"use_dictionary": False, "column_encoding": {"ts": "DELTA_BINARY_PACKED"}},
                     {"use_dictionary": False, "column_encoding": {"ts": "BYTE_STREAM_SPLIT"}}):
            if "BYTE_STREAM_SPLIT" in str(more) or "DELTA" in str(more):
                more = {**more, "version": "2.6"}
            pq.write_table(changed, path, **more)
            same(path, *ID, what=(unit, zone, more))
            checked += 1
# Times as numbers, and truths and numbers as outcomes and names.
for unit, factor in (("s", 1), ("ms", 1000), ("us", 10**6), ("ns", 10**9)):
    numbers = [None if moment is None else int(moment.replace(microsecond=0).timestamp()) * factor + factor // 2 for moment in moments]
    other = scratch / "numbers.ndjson"
    other.write_text("".join(json.dumps({**row, "ts": number}) + "\n" for row, number in zip(data, numbers)))
    mapping = ["--log", "generic", "--map", "principal=number", "--map", "permission=float", "--map", "time=ts", "--unit", unit,
               "--map", "outcome=flag", "--success", "true"]
    for kind in (pa.int64(), pa.uint64(), *([pa.int32(), pa.uint32()] if unit == "s" else [])):
        for more in ({}, {"use_dictionary": False, "column_encoding": {"ts": "DELTA_BINARY_PACKED"}}, {"use_dictionary": False, "data_page_version": "2.0"}):
            pq.write_table(table.set_column(2, "ts", pa.array(numbers, kind)), path, **more)
            same(path, theirs=other, mapping=mapping, what=(unit, kind, more))
            checked += 1
# What passes by, and one thread or several, much memory or none.
expected = same(path, theirs=other, mapping=mapping)
with path.open("rb") as file:
    piped = subprocess.run(["cat"], stdin=file, capture_output=True).stdout
done = subprocess.run([binary, "review", "usage", *mapping, "--allow-gaps", *AT, "--format", "csv", "-"], input=piped, capture_output=True)
assert done.returncode == 0 and done.stdout == expected, done
pq.write_table(table, path, row_group_size=100)
for flags in (["--threads", "1"], ["--threads", "7"], ["--memory", "1KiB"], ["--memory", "1KiB", "--threads", "3"]):
    same(path, *ID, *flags, what=flags)
    checked += 1
# DuckDB's writer.
connection = duckdb.connect()
connection.execute(f"CREATE TABLE log AS SELECT * FROM read_json('{log}', format = 'newline_delimited', columns = "
                   "{user: 'STRUCT(name VARCHAR)', action: 'VARCHAR', ts: 'VARCHAR', id: 'UUID', result: 'VARCHAR'})")
for codec in ("uncompressed", "snappy", "gzip", "zstd", "lz4_raw"):
    for version in ("V1", "V2"):
        connection.execute(f"COPY log TO '{path}' (FORMAT parquet, CODEC '{codec}', PARQUET_VERSION {version}, ROW_GROUP_SIZE 2048)")
        same(path, *ID, what=("duckdb", codec, version))
        connection.execute(f"COPY (SELECT * REPLACE (ts::TIMESTAMPTZ AS ts) FROM log) TO '{path}' (FORMAT parquet, CODEC '{codec}', PARQUET_VERSION {version})")
        same(path, *ID, what=("duckdb", "times", codec, version))
        checked += 2
# CloudTrail as a table of nested columns, in the small letters of Hive, with JSON inside of one.
trail = [{"eventTime": f"2026-10-{1 + n % 20:02}T00:00:00Z", "eventID": str(n), "eventSource": "s3.amazonaws.com", "eventName": f"Get{n % 7}",
          "errorCode": "AccessDenied" if n % 5 == 0 else None, "responseElements": {"ConsoleLogin": "Failure" if n % 9 == 0 else "Success"},
          "userIdentity": {"type": "AssumedRole", "arn": f"arn:aws:sts::1:assumed-role/r{n % 4}/s{n}", "accountId": "1",
                           "sessionContext": {"sessionIssuer": {"arn": f"arn:aws:iam::1:role/r{n % 4}" if n % 3 else None}}}} for n in range(500)]
other = scratch / "trail.ndjson"
other.write_text("".join(json.dumps(event) + "\n" for event in trail))


def small(value):
    return {name.lower(): small(item) for name, item in value.items()} if isinstance(value, dict) else value


hive = [{**small(event), "responseelements": json.dumps(event["responseElements"])} for event in trail]
pq.write_table(pa.Table.from_pylist(hive), path)
same(path, theirs=other, mapping=["--log", "cloudtrail"], what="cloudtrail")
pq.write_table(pa.Table.from_pylist(trail), path)
same(path, theirs=other, mapping=["--log", "cloudtrail"], what="cloudtrail")
# What is not read is refused by name.
lists = pa.Table.from_pylist([{**row, "action": [row["action"]]} for row in data])
decimals = table.set_column(1, "action", pa.array([decimal.Decimal("1.5")] * len(data)))
for changed, codec, told in ((lists, "snappy", "`action`"), (decimals, "snappy", "of a type that is not read"), (table, "brotli", "Brotli"),
                             (table.drop_columns(["action"]), "snappy", "no column `action`")):
    pq.write_table(changed, path, compression=codec)
    done = run(*MAP, *AT, path, status=2)
    assert told.encode() in done.stderr, done
print(f"pyarrow {pa.__version__}, DuckDB {duckdb.__version__}: {checked} Parquet files counted as their rows in NDJSON")

# Damage: an answer or an error, never a crash, and never more rows than there were.
random.seed(11)
damaged = 0
for codec, version in (("none", "1.0"), ("snappy", "2.0"), ("zstd", "1.0"), ("gzip", "1.0"), ("lz4", "2.0")):
    pq.write_table(table.slice(0, 200), path, compression=codec, data_page_version=version, row_group_size=50)
    whole = path.read_bytes()
    for _ in range(60):
        changed = bytearray(whole)
        for _ in range(random.randint(1, 3)):
            changed[random.randrange(len(changed))] = random.randrange(256)
        (scratch / "damaged.parquet").write_bytes(changed[: random.choice([len(changed)] * 4 + [random.randrange(len(changed))])])
        done = run(*MAP, *ID, *AT, "-q", "--format", "json", scratch / "damaged.parquet")
        if done.stdout:
            assert json.loads(done.stdout)["rows"] <= 200
        damaged += 1
print(f"{damaged} damaged Parquet files: none brought it down")
