"""What the Python scripts share: countersign as a process, messages as bytes, and the count of checks."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

SCRATCH = Path(os.environ["SCRATCH"])
KEYS = SCRATCH / "keys"
ALGORITHMS = [
    "hmac-sha256",
    "ed25519",
    "ecdsa-p256-sha256",
    "ecdsa-p384-sha384",
    "rsa-pss-sha512",
    "rsa-v1_5-sha256",
]


class Checks:
    """Counts what was held against a peer, and remembers what did not hold."""

    def __init__(self, peer):
        self.peer = peer
        self.counts = {}
        self.failures = []

    def check(self, what, holds, details=""):
        self.counts[what] = self.counts.get(what, 0) + 1
        if not holds:
            self.failures.append(f"{what}: {details}")

    def end(self):
        for failure in self.failures:
            print(f"FAILED {self.peer}: {failure}\n")
        total = sum(self.counts.values())
        parts = ", ".join(f"{count} {what}" for what, count in self.counts.items())
        print(f"{self.peer}: {total - len(self.failures)} of {total} checks hold ({parts})", flush=True)
        sys.exit(1 if self.failures or not total else 0)


def countersign(*arguments, stdin=b"", environment=None):
    """Runs the binary; gives its status, its output and what it says beside it."""
    run = subprocess.run(
        [os.environ["COUNTERSIGN"], *arguments],
        input=stdin,
        capture_output=True,
        env={"HOME": str(SCRATCH), **(environment or {})},
        cwd=SCRATCH,
        timeout=60,
    )
    return run.returncode, run.stdout, run.stderr.decode("utf-8", "replace")


def key_files(algorithm):
    """The signer's and the verifier's key of an algorithm."""
    if algorithm == "hmac-sha256":
        secret = KEYS / "hmac-sha256.secret"
        return secret, secret
    return KEYS / f"{algorithm}.pem", KEYS / f"{algorithm}.pub.pem"


def request_bytes(method, url, fields, body=b""):
    """A request as it is on the wire: `Host` first, the target in origin form."""
    parts = urlsplit(url)
    target = parts.path or "/"
    if "?" in url:
        target += "?" + url.split("?", 1)[1]
    lines = [f"{method} {target} HTTP/1.1"]
    if not any(name.lower() == "host" for name, _ in fields):
        lines.append(f"Host: {parts.netloc}")
    lines += [f"{name}: {value}" for name, value in fields]
    if body and not any(name.lower() == "content-length" for name, _ in fields):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def read(message):
    """The first line, the field lines and the body of a message that countersign wrote."""
    head, body = message.split(b"\r\n\r\n", 1)
    first, *lines = head.decode("latin-1").split("\r\n")
    fields = []
    for line in lines:
        name, value = line.split(":", 1)
        fields.append((name, value.strip()))
    return first, fields, body


def values(fields, wanted):
    """The values of a field, in order."""
    return [value for name, value in fields if name.lower() == wanted.lower()]
