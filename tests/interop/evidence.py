"""An evidence bundle checked by `cryptography` and the standard library alone, as an auditor would."""

import base64
import csv
import hashlib
import json
import struct
import sys
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from harness import SCRATCH, Checks, countersign

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "acme"
COLUMNS = ["id", "item", "stage", "reviewer", "answer", "justification", "at", "late", "replaces", "event"]


def run(*arguments):
    status, out, error = countersign(*(str(argument) for argument in arguments))
    if status > 1:
        sys.exit(f"{arguments}: {error}")
    return out


def make(folder):
    folder.mkdir()
    campaign, act = folder / "q4.review", ["--by", "grc", "--at"]
    for kind in ["hr", "grants"]:
        run("review", "import", kind, FIXTURES / f"{kind}.csv", "--campaign", campaign, *act, "2026-11-22T09:00:00Z")
    run("review", "open", campaign, "--policy", FIXTURES / "review.toml", *act, "2026-11-22T09:00:00Z")
    run("review", "sheet", campaign, "--out", folder / "sheets")
    for sheet in sorted((folder / "sheets").iterdir()):
        with sheet.open(newline="", encoding="utf-8") as source:
            rows = list(csv.DictReader(source))
        for row in rows:
            row["decision"] = "revoke" if row["risk"] else "accept"
            row["justification"] = "geprüft, 検討済み"
        # As the standard library writes it: other quotes, other line ends.
        with sheet.open("w", newline="", encoding="utf-8") as target:
            writer = csv.DictWriter(target, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
        run("review", "decide", campaign, sheet, "--as", sheet.stem, *act, "2026-11-23T09:00:00Z")
    run("review", "close", campaign, "--acknowledged-by", "E001", *act, "2026-12-08T09:00:00Z")
    run("jwt", "jwks", "generate", "--kind", "EdDSA", "-o", folder / "key.jwk")
    run("jwt", "jwks", "convert", "--key", f"file:{folder / 'key.jwk'}", "--public", "--to", "pem", "-o", folder / "pub.pem")
    run("review", "evidence", "create", campaign, "--key", f"file:{folder / 'key.jwk'}", "--out", folder / "bundle")
    return folder / "bundle", load_pem_public_key((folder / "pub.pem").read_bytes())


def text(value):
    data = value.encode()
    return struct.pack(">Q", len(data)) + data


def cell(value):
    if value is None:
        return b"0"
    if isinstance(value, int):
        return b"i" + struct.pack(">q", value)
    return b"t" + text(value)


def signed(bundle, key):
    statement = json.loads((bundle / "signature.json").read_text())
    try:
        key.verify(base64.b64decode(statement["signature"]), (bundle / "manifest.json").read_bytes())
        return True
    except InvalidSignature:
        return False


def main():
    checks = Checks("cryptography, evidence")
    bundle, key = make(SCRATCH / "evidence")
    manifest = json.loads((bundle / "manifest.json").read_text())
    checks.check("signatures", signed(bundle, key))
    for entry in manifest["files"]:
        data = (bundle / entry["name"]).read_bytes()
        checks.check("digests", hashlib.sha256(data).hexdigest() == entry["sha256"], entry["name"])
    head = bytes(32)
    decisions = [json.loads(line) for line in (bundle / "decisions.ndjson").read_text().splitlines()]
    for line in (bundle / "events.ndjson").read_text().splitlines():
        event = json.loads(line)
        message = head + struct.pack(">qq", event["seq"], event["at"])
        head = hashlib.sha256(message + text(event["kind"]) + text(event["actor"]) + text(event["body"])).digest()
        checks.check("links", head.hex() == event["hash"], line)
        said = json.loads(event["body"]).get("decisions")
        batch = [each for each in decisions if each["event"] == event["seq"]]
        if said or batch:
            rows = b"".join(b"R" + b"".join(cell(each[name]) for name in COLUMNS) for each in batch) + b"T"
            fits = said == {"rows": len(batch), "sha256": hashlib.sha256(rows).hexdigest()}
            checks.check("batches", fits, f"{said} {len(batch)}")
    checks.check("heads", head.hex() == manifest["head"]["sha256"])
    with (bundle / "population.csv").open(newline="", encoding="utf-8") as source:
        checks.check("populations", len(list(csv.DictReader(source))) == manifest["items"])
    checks.check("decisions", len(decisions) == manifest["decisions"] == manifest["items"])
    (bundle / "manifest.json").write_bytes((bundle / "manifest.json").read_bytes() + b" ")
    checks.check("forgeries", not signed(bundle, key))
    checks.end()


main()
