"""Usage counted by a Spark cluster through Spark Connect, and by the fold: one answer, also when a worker is killed in the middle."""

import csv
import datetime
import gzip
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pyspark
from cluster import TOKEN, Cluster, Front, free_port, wait

binary = os.environ["COUNTERSIGN"]
scratch = pathlib.Path(tempfile.mkdtemp(prefix="countersign-spark-"))
AT = ["--at", "2026-11-22T09:00:00Z"]
NEEDED = ["--map", "principal=user.name", "--map", "permission=action", "--map", "time=ts"]
MAP = ["--log", "generic", *NEEDED, "--map", "outcome=result", "--success", "ok", "--success", "fine"]
FLAT = ["--log", "generic", "--map", "principal=u", "--map", "permission=p", "--map", "time=t", "--all-succeeded"]
(scratch / "token").write_text(TOKEN + "\n")
began, checked = time.monotonic(), 0
cluster = Cluster(scratch)


def words(place, *more, port=None):
    return [binary, "review", "usage", "--engine", f"sc://127.0.0.1:{port or cluster.port}", "--engine-token", f"file:{scratch / 'token'}",
            "--from", str(place), *map(str, more), *AT]


def run(line, status=0, **more):
    done = subprocess.run([str(word) for word in line], capture_output=True, text=True, timeout=300, **more)
    assert done.returncode == status, (line, done)
    return done


def told(place, *more):
    return run(words(place, *more), 2).stderr


def read(part):
    """What a part holds: all groups, and the account."""
    table = run([binary, "review", "usage", part, "--allow-gaps", "--format", "csv"]).stdout
    return table, json.loads(run([binary, "review", "usage", part, "--allow-gaps", "--format", "json"]).stdout)


def alike(what, ours, theirs):
    """Both parts hold the same groups, and their accounts the same counts."""
    (table, summary), (expected, counts) = read(ours), read(theirs)
    wrong = [line for line in set(table.splitlines()) ^ set(expected.splitlines())]
    assert table == expected, (what, sorted(wrong)[:10])
    for name in ("rows", "uses", "groups", "principals", "copies", "covers_from", "covers_to", "system", "log", "mapping"):
        assert summary[name] == counts[name], (what, name, summary[name], counts[name])
    total = lambda of, name: sum(source[name] for source in of["sources"])
    for name in ("used", "failed"):
        assert total(summary, name) == total(counts, name), (what, name)
    rejected = [sum(sum(source["rejected"].values()) for source in of["sources"]) for of in (summary, counts)]
    assert rejected[0] == rejected[1], (what, rejected, counts["sources"])
    return summary


def same(what, place, path, *mapping, engine=()):
    global checked
    ours, theirs = scratch / "ours.usage", scratch / "theirs.usage"
    for part in (ours, theirs):
        part.unlink(missing_ok=True)
    run(words(place, *mapping, *engine, "--allow-gaps", "--into", ours))
    run([binary, "review", "usage", *mapping, *AT, "--allow-gaps", "--into", theirs, path])
    checked += 1
    return alike(what, ours, theirs)


def rows(count=5000):
    for number in range(count):
        who = f"user{number * number % 97}" if number % 101 else ""
        yield {
            "user": {"name": who} if number % 103 else None,
            "action": f"it's \"{number % 13}\" \u00e9",
            "ts": f"2026-{1 + number % 12:02}-0{1 + number % 9}T10:00:00.9+0{number % 3}:00" if number % 107 else "soon",
            "id": str(number // 2) if number % 5 else "",
            "result": ["ok", "fine", "denied", None][number % 4],
        }


def lines(name, of):
    path = scratch / name
    path.write_bytes(b"".join((row if isinstance(row, bytes) else json.dumps(row).encode()) + b"\n" for row in of))
    return path


def plain():
    log = lines("plain.ndjson", rows())
    for identity in ([], ["--map", "id=id"]):
        same("plain", log, log, *MAP, *identity)
        same("sorted in files", f"json:{log}", log, *MAP, *identity, engine=["--memory", "0KiB"])
    packed = scratch / "packed"
    packed.mkdir()
    data = list(rows())
    for number in range(3):
        text = "".join(json.dumps(row) + "\n" for row in data[number::3])
        (packed / f"{number}.ndjson.gz").write_bytes(gzip.compress(text.encode()))
    same("packed", f"json:{packed}", packed, *MAP, "--map", "id=id")
    empty = lines("empty.ndjson", [b"", b" \t"])
    done = run(words(empty, *MAP), 3)
    assert "holds no row" in done.stderr, done


def hostile():
    """Lines that are no rows, or almost; the two readers must agree on each."""
    time = "2026-05-01T10:00:00Z"
    whole = '{"u":"a","p":"x","t":"%s"}'
    odd = [
        whole, whole + " trailing", whole + whole, whole + "," + whole, '{"u":"cut', '{"u":"a","p":"x","t":"%s"', "12", "null", '"x"', "{}", "", " ", "\t",
        "{'u':'single','p':'x','t':'%s'}", '{"u":12,"p":12345678901234567890123,"t":"%s"}', '{"u":true,"p":false,"t":"%s"}', '{"u":{"a":1},"p":"x","t":"%s"}',
        '{"u":["a"],"p":"x","t":"%s"}', '{"u":"{guid}","p":"[x]","t":"%s"}', '{"u":"a","p":"x","t":1777629600}', '{"u":"","p":"x","t":"%s"}',
        '{"u":"\\u0041","p":"\u00e9\\"q\\\\","t":"%s"}', '{"u":null,"p":"x","t":"%s"}', '{"U":"case","p":"x","t":"%s"}', '{"u":"a","p":"x","t":NaN}',
        '{"u":NaN,"p":"x","t":"%s"}', '{u:"a","p":"x","t":"%s"}', '{"u":"a","p":"x","t":"%s","z":{"deep":[1,{"u":"no"}]}}', '{"u":"a","p":"x","t":"%s",}',
        '{"u":"' + "n" * 4096 + '","p":"x","t":"%s"}', '{"u":"' + "n" * 4097 + '","p":"x","t":"%s"}', '/* c */' + whole, '{"u":01,"p":"x","t":"%s"}',
        '{"u":"tab\there","p":"x","t":"%s"}', '{"u":"a","p":"x","t":["%s"]}', "  " + whole + "  \r", '{"u":"esc\\/","p":"\\ud83d\\ude00","t":"%s"}',
    ]
    times = [
        "1970-01-01T00:00:00Z", "2024-02-29 23:59:60.999+01:30", "2024-02-29t23:59:59.123456789012z", "2026-11-22", "2026-11-22T09:00:00",
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z", "1969-12-31T23:59:59Z", "2026-11-22T08:00:00.Z", "2026-11-22T08:00:00+0100",
        "2026-00-22T09:00:00Z", "2026-11-22T08:00:00Zx", "2026-11-22T08:00:00Z\n", "9999-11-22T09:00:00Z", "0000-01-01T00:00:00Z",
        "2026-03-08T02:30:00-05:00", "2026-11-01T01:30:00-04:00", "1970-01-01T00:30:00+01:00", "2026-11-22T09:05:00Z", "2026-11-22T09:05:01Z",
        "2026-11-22T08:00:00+23:59", "2026-11-22T08:00:00-24:00", "2026-11-22T08:00:00-00:00", "2100-02-29T00:00:00Z", " 2026-05-01T10:00:00Z",
        "\uff12026-05-01T10:00:00Z",
    ]
    log = lines("hostile.ndjson", [line.replace("%s", time).encode() for line in odd] + [{"u": f"t{n}", "p": "x", "t": t} for n, t in enumerate(times)]
                + [b'{"u":"bad\xff","p":"x","t":"2026-05-01T10:00:00Z"}', b'{"u":"a","p":"x","t":"2026-05-01T10:00:00Z","other":"\xff"}'])
    same("hostile", log, log, *FLAT)
    numbers = ["1777629600", "1777629600.999", '"1777629600"', "1777629600999", "-1", "-1.5", "0", "0.5", '"2026-05-01T10:00:00Z"', "null", "true",
               "4294967295", "4294967296", "1777629600000", "1777629600999999999", "99999999999999999999", "[1]", '"x"', "1777629600999.9"]
    log = lines("numbers.ndjson", [('{"u":"n%d","p":"x","t":%s}' % pair).encode() for pair in enumerate(numbers)])
    for unit in ("s", "ms", "ns"):
        same(f"numbers in {unit}", log, log, *FLAT, "--unit", unit)


def columns():
    """Parquet, whose types are found out, and a table of it in Spark's catalog."""
    instant = lambda n: datetime.datetime(2026, 1 + n % 10, 1 + n % 28, n % 24, n % 60, n % 59, 999_999)
    data = [{"u": f"user{n % 17}" if n % 19 else None, "p": n % 7, "yes": [True, False, None][n % 3], "text": f"2026-05-0{1 + n % 9}T10:00:00Z" if n % 5 else "soon",
             "micro": instant(n) if n % 11 else None, "seconds": 1_777_629_600 + n if n % 13 else -n, "nano": (1_777_629_600 + n) * 10**9 + 999_999_999,
             "real": n + 0.5, "id": f"{n // 2}"} for n in range(3000)]
    zone = pa.timestamp("us", "UTC")
    schema = pa.schema([("u", pa.string()), ("p", pa.int64()), ("yes", pa.bool_()), ("text", pa.string()), ("micro", pa.timestamp("us")), ("zoned", zone),
                        ("milli", pa.timestamp("ms")), ("seconds", pa.int64()), ("nano", pa.int64()), ("real", pa.float64()), ("id", pa.string())])
    for row in data:
        row["zoned"] = row["micro"] and row["micro"].replace(tzinfo=datetime.timezone.utc)
        row["milli"] = row["micro"] and row["micro"].replace(microsecond=999_000)
    path = scratch / "columns.parquet"
    pq.write_table(pa.Table.from_pylist(data, schema=schema), path, row_group_size=500)
    base = ["--log", "generic", "--map", "principal=u", "--map", "permission=p"]
    for column, unit in (("text", None), ("micro", None), ("zoned", None), ("milli", None), ("seconds", "s"), ("nano", "ns")):
        time = ["--map", f"time={column}", *(["--unit", unit] if unit else [])]
        same(column, path, path, *base, *time, "--map", "outcome=yes", "--success", "true", "--map", "id=id")
    same("without ids", path, path, *base, "--map", "time=zoned", "--all-succeeded")
    ask(f"CREATE TABLE usage_log USING parquet LOCATION '{scratch / 'table'}' AS SELECT * FROM parquet.`{path}`")
    same("a table", "usage_log", path, *base, "--map", "time=zoned", "--all-succeeded")
    for changed, says in ((["--map", "principal=real", *base[4:], "--map", "time=text"], "the principal is of type `double`"),
                          ([*base[2:], "--map", "time=yes"], "the time is of type `boolean`"), ([*base[2:], "--map", "time=nano"], "whose unit is not said"),
                          (["--map", "principal=who", *base[4:], "--map", "time=text"], "UNRESOLVED_COLUMN")):
        assert says in told("usage_log", "--log", "generic", *changed, "--all-succeeded"), (changed, told("usage_log", "--log", "generic", *changed, "--all-succeeded"))


def cloudtrail():
    kinds = [
        {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/r/s", "sessionContext": {"sessionIssuer": {"arn": "arn:aws:iam::1:role/p/r"}}},
        {"type": "AssumedRole", "arn": "arn:aws-cn:sts:eu:1:assumed-role/r.2/s/x"}, {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/r"},
        {"type": "IAMUser", "userName": "ann", "accountId": "1"}, {"type": "IAMUser", "userName": "ann"}, {"type": "IAMUser", "arn": "arn:aws:iam::1:user/bob"},
        {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}, {"type": "AWSAccount", "principalId": "AIDA", "accountId": "2"},
        {"type": "AWSAccount", "accountId": "3"}, {"type": "Root", "arn": ""}, {"accountId": "", "userName": "carl"}, None,
    ]
    ends = [{}, {"errorCode": "AccessDenied"}, {"errorMessage": "Failed authentication"}, {"responseElements": {"ConsoleLogin": "Failure"}},
            {"responseElements": {"ConsoleLogin": "Success"}}, {"errorCode": "", "responseElements": None}]
    events = [{
        "eventTime": f"2026-10-{1 + n % 28:02}T0{n % 10}:00:00Z" if n % 47 else [None, "soon", "2027-01-01T00:00:00Z"][n % 3], "eventID": str(n // 2 * 12),
        "eventSource": ["s3.amazonaws.com", "kms.amazonaws.com", "aws.example", ""][n % 29 % 4], "eventName": f"Get{n % 5}" if n % 53 else None,
        **({"userIdentity": kinds[n % 12]} if kinds[n % 12] else {}), **ends[n // 7 % 6]} for n in range(1200)]
    folder = scratch / "trail"
    folder.mkdir()
    for number in range(4):
        document = json.dumps({"Records": events[number::4]})
        (folder / f"{number}.json.gz").write_bytes(gzip.compress(document.encode()))
    (folder / "none.json").write_text('{"Records":[]}')
    same("documents of CloudTrail", f"json:{folder}", folder, "--log", "cloudtrail")
    log = lines("trail.ndjson", events)
    same("events of CloudTrail", log, log, "--log", "cloudtrail")
    small = lambda value: {name.lower(): small(item) for name, item in value.items()} if isinstance(value, dict) else value
    athena = [{**small(event), "responseelements": json.dumps(event["responseElements"]) if event.get("responseElements") else None} for event in events]
    path = scratch / "athena.parquet"
    pq.write_table(pa.Table.from_pylist(athena, schema=pa.unify_schemas([pa.Table.from_pylist([row]).schema for row in athena], promote_options="permissive")), path)
    same("Athena's layout of CloudTrail", path, log, "--log", "cloudtrail")


def ask(sql):
    """Spark's own Python client, as a judge and to make tables; it sends a token in the clear to `localhost` alone."""
    global session
    if session is None:
        from pyspark.sql import SparkSession
        session = SparkSession.builder.remote(f"sc://localhost:{cluster.port}/;token={TOKEN}").getOrCreate()
    return session.sql(sql).collect()


session = None


def statement():
    """The printed statement, run by Spark's own client and taken back, is the engine's answer; and it reads the log once."""
    log = lines("plain.ndjson", rows())
    sql = run([binary, "review", "usage", "plan", "--engine", "spark", "--table", f"json:{log}", *MAP[2:], "--map", "id=id", *AT]).stdout
    (scratch / "plan.sql").write_text(sql)
    with (scratch / "answer.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["kind", "principal", "permission", "used_at", "n"])
        writer.writerows(ask(sql))
    part, ours = scratch / "imported.usage", scratch / "again.usage"
    run([binary, "review", "usage", "import", "--system", "generic", "--query", scratch / "plan.sql", "--into", part, scratch / "answer.csv", "--allow-gaps", *AT])
    run(words(log, *MAP, "--map", "id=id", "--into", ours), 2)
    assert read(part)[0] == read(ours)[0]
    scans = ask("EXPLAIN FORMATTED " + sql)[0][0].split("(1) Scan", 1)
    assert len(scans) == 2 and "Scan text" not in scans[1][6:], scans
    assert sum(line.lstrip(" +-:*|(0123456789)").startswith("Scan text") for line in scans[0].splitlines()) == 1, scans[0]
    # The same answer is known again, and what is new is added to what the fold has counted.
    done = run(words(log, *MAP, "--map", "id=id", "--into", ours, "--allow-gaps"), 2)
    assert "is counted already" in done.stderr, done
    newer = lines("newer.ndjson", [{"user": {"name": "ann"}, "action": "new", "ts": "2026-11-21T00:00:00Z", "result": "ok", "id": "x"}])
    both, fold = scratch / "both.usage", scratch / "fold.usage"
    run([binary, "review", "usage", *MAP, "--map", "id=id", *AT, "--allow-gaps", "--into", both, newer])
    run(words(log, *MAP, "--map", "id=id", "--into", both, "--allow-gaps"))
    run([binary, "review", "usage", *MAP, "--map", "id=id", *AT, "--allow-gaps", "--into", fold, newer, log])
    alike("an engine's answer beside the fold's", both, fold)


def refusals():
    front = Front(scratch, cluster.port)
    log = lines("plain.ndjson", rows())
    for place, says in (("nowhere.at_all", "TABLE_OR_VIEW_NOT_FOUND"), ("json:/not/there", "PATH_NOT_FOUND"), (f"parquet:{log}", "Spark cannot count")):
        assert says in told(place, *MAP), told(place, *MAP)
    nobody = run(words(log, *MAP, port=free_port()), 2).stderr
    assert "no Spark Connect server answers at" in nobody and "connection refused" in nobody, nobody
    wrong = run(words(log, *MAP, port=cluster.page), 2).stderr
    assert "it does not speak Spark Connect" in wrong, wrong
    (scratch / "wrong").write_text("guessed")
    line = [word.replace(str(scratch / "token"), str(scratch / "wrong")) for word in words(log, *MAP)]
    denied = run(line, 2).stderr
    assert "does not let us in" in denied and "guessed" not in denied, denied
    quiet = {**os.environ, "SPARK_CONNECT_AUTHENTICATE_TOKEN": TOKEN}
    line = [word for word in words(log, *MAP) if "token" not in word]
    assert "nobody said that it be sent" in run(line, 2, env=quiet).stderr
    # TLS: with the authority that signed the front, and without.
    url = f"sc://localhost:{front.port}/;use_ssl=true"
    line = [url if word.startswith("sc://") else word for word in words(log, *MAP, "--allow-gaps", "--format", "csv")]
    trusting = {**os.environ, "SSL_CERT_FILE": str(front.authority)}
    encrypted = run(line, env=trusting).stdout
    assert encrypted == run([binary, "review", "usage", *MAP, *AT, log, "--allow-gaps", "--format", "csv"]).stdout and front.connections
    untrusted = run(line, 2).stderr
    assert "it does not speak Spark Connect" in untrusted, untrusted


BIG = ["--log", "generic", "--map", "principal=agent", "--map", "permission=action", "--map", "time=time", "--map", "outcome=outcome", "--success", "success",
       "--map", "id=session"]


def big_log():
    path = scratch / "big"
    if path.exists():
        return path, BIG
    path.mkdir()
    for number in range(4):
        with (path / f"{number}.ndjson").open("wb") as file:
            script = pathlib.Path(__file__).parents[3] / "benches" / "usage_rows.py"
            subprocess.run([sys.executable, script, "250000", str(number)], stdout=file, check=True)
    return path, BIG


def in_the_middle(process):
    """Waits until the job is under way: tasks are done, and others at work on both workers."""
    def under_way():
        assert process.poll() is None, process.communicate()
        busy = [one for one in cluster.executors() if one["activeTasks"] > 0 and one["completedTasks"] > 0]
        stages = [stage for stage in cluster.rest("stages?status=active") if stage["numCompleteTasks"] > 2 and stage["numActiveTasks"] > 0]
        return stages and len(busy) == 2 and busy
    return wait("a job under way", under_way, 60)


def start(path, mapping, *more):
    before = {job["jobId"] for job in cluster.rest("jobs")}
    process = subprocess.Popen(words(f"json:{path}", *mapping, "--allow-gaps", *more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    in_the_middle(process)
    return process, before


def killed_worker():
    path, mapping = big_log()
    theirs, ours, spared = (scratch / name for name in ("big.theirs", "big.ours", "big.spared"))
    run([binary, "review", "usage", *mapping, *AT, "--into", theirs, path])
    unharmed = time.monotonic()
    run(words(f"json:{path}", *mapping, "--into", spared))
    unharmed = time.monotonic() - unharmed
    summary = alike("two workers", spared, theirs)
    process, before = start(path, mapping, "--into", ours)
    victim = cluster.processes["worker2"].pid
    cluster.kill("worker2")
    out, error = process.communicate(timeout=300)
    assert process.returncode == 0, (out, error)
    alike("one worker killed", ours, theirs)
    # That it fell within the run Spark itself says: an executor was lost while a job ran, and work of it was done again.
    lost = [one for one in cluster.executors(every=True) if not one["isActive"]]
    assert len(lost) == 1 and lost[0]["removeTime"], lost
    jobs = [job for job in cluster.rest("jobs") if job["jobId"] not in before]
    parse = lambda text: datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%Z")
    removed = parse(lost[0]["removeTime"])
    during = [job for job in jobs if parse(job["submissionTime"]) < removed < parse(job["completionTime"])]
    assert during, (removed, jobs)
    again = sum(stage["numFailedTasks"] + stage["numKilledTasks"] for stage in cluster.rest("stages"))
    assert again > 0, cluster.rest("stages")
    print(f"worker {victim} killed in the middle of {len(jobs)} jobs: {again} tasks lost and done again, "
          f"{summary['groups']} groups of {summary['rows']} rows the same as with both workers ({unharmed:.0f} s) and as the fold's")
    cluster.start_worker("worker3")
    cluster.workers(2)
    wait("two executors", lambda: len(cluster.executors()) == 2)


def stopped():
    path, mapping = big_log()
    idle = lambda: not cluster.running()
    process, _ = start(path, mapping)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT, process.returncode
    wait("the cluster is idle after Ctrl-C", idle, 30)
    done = run(words(f"json:{path}", *mapping, "--engine-timeout", "4s"), 2)
    assert "it took longer than it may" in done.stderr and "--engine-timeout" in done.stderr, done
    wait("the cluster is idle after a timeout", idle, 30)
    part = scratch / "lost.usage"
    process, _ = start(path, mapping, "--into", part)
    cluster.kill("connect")
    began = time.monotonic()
    _, error = process.communicate(timeout=120)
    assert process.returncode == 2 and "lost" in error and not part.exists(), (process.returncode, error)
    print(f"Ctrl-C, a time limit and the server's death end a count and the work of the cluster; the last after {time.monotonic() - began:.0f} s")


def main():
    cluster.start()
    print(f"Spark {pyspark.__version__}: a master, two workers and a Connect server ({time.monotonic() - began:.0f} s)", flush=True)
    for part in (plain, hostile, columns, cloudtrail, statement, refusals, killed_worker, stopped):
        if len(sys.argv) == 1 or part.__name__ in sys.argv[1:]:
            part()
            print(f"  {part.__name__}: {time.monotonic() - began:.0f} s, {checked} logs counted alike so far", flush=True)
    print(f"all of it in {time.monotonic() - began:.0f} s")


try:
    main()
    shutil.rmtree(scratch)
finally:
    cluster.stop()
sys.stdout.flush()
# Spark's own client would wait minutes for the server that is gone.
os._exit(0)
