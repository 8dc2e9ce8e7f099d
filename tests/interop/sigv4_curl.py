"""AWS Signature Version 4 against `curl --aws-sigv4`: a listener on loopback takes what curl sends, and it must verify.

Twice: the machine's own `curl`, of whatever version, with what every version signs rightly; and the pinned libcurl of
`pycurl`, with the paths and queries that older ones got wrong (its issues 8107, 9717, 11794, 13058, 13754, 20543).

Old versions send S3 no `x-amz-content-sha256`, which it demands: there the MAC holds and the coverage does not. And for
S3 every version signs a bare `=`, `+` or `:` of a path as it stands, where S3 counts `%3D`, as its own answer in issue
13754 shows: it is checked that we differ there.
"""

import re
import socket
import subprocess
import threading

import pycurl

from harness import SCRATCH, Checks, countersign

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
(SCRATCH / "aws.secret").write_text(SECRET)
banner = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout
checks = Checks(f"sigv4, {' '.join(banner.split()[:2])} and {pycurl.version.split()[1]}")


def receive(server, taken):
    """One request, whole, and an empty answer."""
    connection, _ = server.accept()
    with connection:
        connection.settimeout(20)
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", data)
        wanted = data.index(b"\r\n\r\n") + 4 + (int(length.group(1)) if length else 0)
        while len(data) < wanted:
            data += connection.recv(65536)
        connection.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        taken.append(data)


def caught(service, send):
    """What a sender sends to a listener of its own."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = []
        thread = threading.Thread(target=receive, args=(server, taken), daemon=True)
        thread.start()
        send(f"http://127.0.0.1:{server.getsockname()[1]}", f"aws:amz:eu-central-1:{service}")
        thread.join(30)
    return taken[0]


def by_command(target, options):
    def send(origin, provider):
        words = ["--aws-sigv4", provider, "--user", f"AKIDEXAMPLE:{SECRET}", *options, origin + target]
        quiet = ["--silent", "--output", "/dev/null", "--noproxy", "*", "--globoff"]
        subprocess.run(["curl", *quiet, *words], check=True, timeout=30)

    return send


def by_library(target, fields, body):
    def send(origin, provider):
        handle = pycurl.Curl()
        handle.setopt(pycurl.URL, origin + target)
        handle.setopt(pycurl.AWS_SIGV4, provider)
        handle.setopt(pycurl.USERPWD, f"AKIDEXAMPLE:{SECRET}")
        handle.setopt(pycurl.NOPROXY, "*")
        handle.setopt(pycurl.HTTPHEADER, fields)
        handle.setopt(pycurl.WRITEFUNCTION, lambda piece: len(piece))
        if body is not None:
            handle.setopt(pycurl.POSTFIELDS, body.encode())
        handle.perform()
        handle.close()

    return send


def verify(raw, service):
    place = ["--target-scheme", "http", "--region", "eu-central-1", "--service", service]
    return countersign("request", "verify", "--scheme", "sigv4", "--key", "AKIDEXAMPLE=file:aws.secret", *place, "-", stdin=raw)


COMMANDS = [
    ("s3", "/", []),
    ("s3", "/bucket/key", []),
    ("s3", "/bucket/key?a=1&b=2", []),
    ("s3", "/bucket/key", ["--request", "PUT", "--data-binary", "one\ntwo\r\n"]),
    ("execute-api", "/v1/orders", ["--header", "X-Custom:   a   b  "]),
    ("execute-api", "/v1/orders", ["--data", "a=1&b=%20"]),
    ("dynamodb", "/", ["--header", "Content-Type: application/x-amz-json-1.0", "--data", '{"TableName": "t"}']),
    ("sts", "/?Action=GetCallerIdentity&Version=2011-06-15", []),
    ("es", "/_cat/indices?v=", ["--user-agent", "x"]),
    ("s3", "/bucket/key", ["--header", "x-amz-security-token: a/b+c==", "--head"]),
]
LIBRARY = [
    ("s3", "/bucket/a%20b/%E2%82%AC", [], None),
    ("s3", "/bucket/dt%3D2024/a%2Bb", [], None),
    ("s3", "/bucket/100%25", [], None),
    ("s3", "/bucket//a/./b/../c", [], None),
    ("s3", "/bucket/key?prefix=a%20b%2Fc&delimiter=%2F&list-type=2", [], None),
    ("s3", "/bucket?uploads", [], None),
    ("s3", "/bucket/key", ["x-amz-security-token: a/b+c=="], "one\ntwo\r\n"),
    ("execute-api", "/a%20b", [], None),
    ("execute-api", "/a:b/test*", [], None),
    ("execute-api", "/v1/orders", ["X-Custom:   a   b  ", "X-Empty;"], '{"a": "\u00e9"}'),
    ("es", "/_cat/indices?v", [], None),
    ("es", "/s?b=2&a=1&q=x%20y&c=%2B&c=%2b", [], None),
    ("es", "/s?q=urn:uuid:6e/8", [], None),
    ("es", "/s?q=a+b", [], None),
    ("es", "/s?k=2&k=1&k=&k=10&j=b&K=0", [], None),
]
UNENCODED = ["/bucket/dt=2024/x", "/bucket/a+b", "/bucket/a:b;c,d@e"]

cases = [(service, target, by_command(target, options)) for service, target, options in COMMANDS]
cases += [(service, target, by_library(target, fields, body)) for service, target, fields, body in LIBRARY]
for service, target, send in cases:
    raw = caught(service, send)
    status, output, error = verify(raw, service)
    shown = f"{service} {target}\n{raw.decode('latin-1')}\n{output.decode()}{error}"
    if service == "s3" and b"x-amz-content-sha256" not in raw.lower():
        told = b"mac          valid" in output and b'MISSING "x-amz-content-sha256"' in output
        checks.check("of old versions told apart", status == 1 and told, shown)
    else:
        checks.check("of theirs accepted", status == 0, shown)
    for change in (lambda raw: raw.replace(b" /", b" /x", 1), lambda raw: raw.replace(b"Signature=", b"Signature=0", 1)):
        checks.check("changes refused", verify(change(raw), service)[0] == 1, f"{service} {target}")
for target in UNENCODED:
    status, output, error = verify(caught("s3", by_library(target, [], None)), "s3")
    checks.check("known deviations", status == 1 and b"mac          INVALID" in output, f"{target}\n{output.decode()}{error}")
checks.end()
