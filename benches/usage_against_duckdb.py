#!/usr/bin/env python3
"""Counts one file with countersign and with DuckDB (`pip install duckdb`), and compares answers, time and memory.

usage_against_duckdb.py COUNTERSIGN rows.ndjson
usage_against_duckdb.py COUNTERSIGN rows.parquet
"""

import json
import os
import subprocess
import sys
import threading
import time

binary, rows = sys.argv[1:3]
READ = """read_json(?, format = 'newline_delimited',
      columns = {"user": 'VARCHAR', action: 'VARCHAR', outcome: 'VARCHAR', "time": 'TIMESTAMP'})"""
DUCKDB = """
import duckdb, sys
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
print(connection.execute('''
  select count(*), sum(uses), min(last), max(last) from (
    select "user", action, max("time") as last, count(*) as uses
    from READ
    where outcome = 'success' group by all)
''', [sys.argv[1]]).fetchone())
""".replace("READ", "read_parquet(?)" if rows.endswith(".parquet") else READ)


def run(words):
    """Wall seconds, processor seconds, the most anonymous and the most resident memory in MiB, and the output."""
    most = {"RssAnon": 0, "VmHWM": 0}
    start = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.PIPE)

    def watch():
        while process.poll() is None:
            try:
                for line in open(f"/proc/{process.pid}/status"):
                    name, _, value = line.partition(":")
                    if name in most:
                        most[name] = max(most[name], int(value.split()[0]) // 1024)
            except (OSError, ProcessLookupError):
                return
            time.sleep(0.05)

    watcher = threading.Thread(target=watch)
    watcher.start()
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    watcher.join()
    wall = time.monotonic() - start
    assert process.returncode == 0, words
    cpu = usage.ru_utime + usage.ru_stime
    print(f"{words[0].rsplit('/')[-1]}: {wall:.1f} s, {cpu:.1f} CPU-s, {most['RssAnon']} MiB anonymous, {most['VmHWM']} MiB in all")
    return out


mapping = ["principal=user", "permission=action", "time=time", "outcome=outcome"]
flags = [word for pair in mapping for word in ("--map", pair)]
line = [binary, "review", "usage", "--log", "generic", *flags, "--success", "success", "--show", "0", "--format", "json",
        "--at", "2027-01-01T00:00:00Z", rows]
ours = json.loads(run(line))
theirs = run([sys.executable, "-c", DUCKDB, rows]).decode()
print(f"groups {ours['groups']}, uses {ours['uses']}; DuckDB: {theirs.strip()}")
assert theirs.startswith(f"({ours['groups']}, {ours['uses']}"), "the answers differ"
