"""Bundle endpoints against the SPIFFE library of Go, both ways; and the log's checkpoint before litewitness, a witness in Go.

What is not installed is said to be left out.
"""

import base64
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

from harness import SCRATCH, Checks, countersign

HERE = Path(__file__).resolve().parent
PLACE = SCRATCH / "federation"
ENDPOINT = "spiffe://acme.example/bundle-endpoint"
LITEWITNESS = "filippo.io/torchwood/cmd/litewitness@v0.8.0"


def must(*arguments):
    status, stdout, stderr = countersign(*map(str, arguments))
    if status != 0:
        raise SystemExit(f"{arguments}: {status} {stderr}")
    return stdout


def make():
    PLACE.mkdir()
    ca, svid = PLACE / "ca", PLACE / "svid"
    must("cert", "init", ca, "--trust-domain", "acme.example", "--plaintext-keys")
    must("cert", "issue", "--ca", ca, "--spiffe-id", ENDPOINT, "--ip", "127.0.0.1", "--out", svid)
    must("cert", "bundle", "export", "--ca", ca, "--as", "spiffe", "-o", PLACE / "bundle.json")


def go_spiffe():
    checks = Checks("go-spiffe")
    peer = PLACE / "peer"
    run = subprocess.run(["go", "build", "-o", peer, "."], cwd=HERE / "federation", capture_output=True)
    checks.check("builds", run.returncode == 0, run.stderr.decode())
    if run.returncode != 0:
        return checks
    serving = subprocess.Popen(
        [os.environ["COUNTERSIGN"], "cert", "bundle", "serve", "--listen", "127.0.0.1:0"]
        + ["--bundle", PLACE / "bundle.json"]
        + ["--cert", PLACE / "svid/svid.pem", "--key", PLACE / "svid/svid_key.pem"],
        stderr=subprocess.PIPE,
    )
    said = serving.stderr.readline().decode()
    url = "https://" + said.split("https://")[1].split()[0]
    run = subprocess.run([peer, "fetch", url, PLACE], capture_output=True, timeout=60)
    for line in run.stdout.decode().splitlines():
        what, held, problem = line.split("\t")
        checks.check(f"served, {what}", held == "true", problem)
    serving.terminate()
    checks.check("clean stop", serving.wait(timeout=10) == 0)
    serving = subprocess.Popen([peer, "serve", PLACE], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    url = f"https://{serving.stdout.readline().decode().strip()}/"
    fetch = ["cert", "bundle", "fetch", "--trust-domain", "acme.example", "--url", url, "--allow-local"]
    fetch += ["--store", str(PLACE / "store.json"), "--profile"]
    spiffe = fetch + ["https_spiffe", "--endpoint-bundle", str(PLACE / "bundle.json"), "--endpoint-id"]
    status, _, stderr = countersign(*spiffe, ENDPOINT)
    checks.check("fetched", status == 0, stderr)
    status, _, stderr = countersign(*spiffe, "spiffe://acme.example/other")
    checks.check("refused", status == 2 and "the endpoint is refused" in stderr, stderr)
    status, _, stderr = countersign(*fetch, "https_web", "--ca-file", str(PLACE / "ca/root.pem"))
    checks.check("fetched", status == 0, stderr)
    serving.communicate()
    return checks


def litewitness():
    checks = Checks("litewitness")
    key, agent, port = PLACE / "witness.key", PLACE / "agent.sock", "17380"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    holder = subprocess.Popen(["ssh-agent", "-D", "-a", agent], stdout=subprocess.DEVNULL)
    while not agent.exists():
        pass
    subprocess.run(["ssh-add", "-q", key], check=True, env={**os.environ, "SSH_AUTH_SOCK": str(agent)})
    listed = subprocess.run(["ssh-keygen", "-lf", key], check=True, capture_output=True).stdout
    database = PLACE / "witness.db"
    witness = subprocess.Popen(
        [SCRATCH / "bin/litewitness", "-db", database, "-name", "witness.example/lite"]
        + ["-key", listed.decode().split()[1], "-ssh-agent", agent, "-listen", f"localhost:{port}"],
        stderr=subprocess.PIPE,
    )
    line = ""
    while "vkey=" not in line:
        line = witness.stderr.readline().decode()
        if not line:
            raise SystemExit("litewitness ended before it told its key")
    vkey = line.split("vkey=")[1].strip()
    witness.stderr.readline()
    (PLACE / "ca/witnesses.policy").write_text(f"witness lite {vkey} http://localhost:{port}\nquorum lite\n")
    cosign = ["cert", "log", "cosign", "--ca", str(PLACE / "ca"), "--allow-local", "--format", "json"]
    status, stdout, stderr = countersign(*cosign)
    checks.check("unknown log", status == 1 and b"403" in stdout, stderr)
    log = json.loads((PLACE / "ca/ca.json").read_text())["log_key"]
    origin, nothing = log.split("+")[0], base64.b64encode(hashlib.sha256(b"").digest()).decode()
    with sqlite3.connect(database) as known:
        known.execute("INSERT INTO log VALUES (?, 0, ?)", (origin, nothing))
        known.execute("INSERT INTO key VALUES (?, ?)", (origin, log))
    status, stdout, stderr = countersign(*cosign)
    checks.check("first", status == 0, stdout.decode() + stderr)
    for name in "abc":
        out = PLACE / name
        must("cert", "issue", "--ca", PLACE / "ca", "--spiffe-id", f"spiffe://acme.example/{name}", "--out", out)
    status, stdout, stderr = countersign(*cosign)
    checks.check("consistent", status == 0, stdout.decode() + stderr)
    (PLACE / "ca/log/checkpoint.cosigned").unlink()
    status, stdout, stderr = countersign(*cosign)
    checks.check("size told", status == 0, stdout.decode() + stderr)
    must("cert", "log", "prove", "--ca", PLACE / "ca", PLACE / "b/svid.pem", "-o", PLACE / "proof")
    status, stdout, stderr = countersign(
        *["cert", "log", "verify", "--log-key", log, "--witnesses", str(PLACE / "ca/witnesses.policy")],
        *["--proof", str(PLACE / "proof"), str(PLACE / "b/svid.pem")],
    )
    checks.check("proven", status == 0, stdout.decode() + stderr)
    witness.terminate()
    holder.terminate()
    return checks


def ended_badly(judge):
    try:
        judge().end()
    except SystemExit as ended:
        return ended.code != 0


def main():
    if shutil.which("go") is None:
        print("left out: `go` is not installed", flush=True)
        return
    make()
    failed = ended_badly(go_spiffe)
    environment = {**os.environ, "GOBIN": str(SCRATCH / "bin")}
    got = subprocess.run(["go", "install", LITEWITNESS], env=environment, capture_output=True)
    if got.returncode == 0 and shutil.which("ssh-agent"):
        failed |= ended_badly(litewitness)
    else:
        print("litewitness: neither installed nor to be had here, SKIPPED", flush=True)
    raise SystemExit(1 if failed else 0)


main()
