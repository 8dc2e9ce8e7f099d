"""AWS Signature Version 4 against `botocore`: what it signs verifies, and at the same time we make the same signature.

Requests are made as botocore makes them: it encodes keys and parameters itself, and signs what it then sends. Where it
is handed a URL that is not in that form it signs the URL's text, while a service decodes and encodes anew; there the
two sides differ, which `deviations` pins down:

- `+` in a query. For a space in a parameter botocore sends `+` and signs `%20`, so services read `+` as a space, and so
  do we. In a URL that it is handed it signs the `+` as it stands, which is neither.
- a bare `=` or another reserved character in the path of an object of S3, and escapes in lower case: botocore signs
  them as they stand, S3 as `%3D` and in upper case (curl's issue 13754).

What it leaves unsigned beyond our list: `baggage`, `keep-alive`, `proxy-authenticate`, `proxy-authorization`, `te`,
`traceparent`, `tracestate`, `trailer`. A verifier goes by `SignedHeaders`, so either verifies the other's.
"""

import datetime
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.utils import percent_encode

from harness import SCRATCH, Checks, countersign, read, request_bytes, values

checks = Checks("sigv4, botocore")
TIME = datetime.datetime(2026, 11, 22, 9, 0, 0, tzinfo=datetime.timezone.utc)
AT = "2026-11-22T09:00:00Z"
ID, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "FwoGZXIvYXdzEB/+a==x/y+z"
(SCRATCH / "aws.secret").write_text(SECRET)
(SCRATCH / "aws.token").write_text(TOKEN)

KEYS = [
    "key", "a b", "a+b", "a%b", "100%", "%41", "a=b", "dt=2024/x=1", "\u20ac/\u65e5\u672c \U0001f642", "a//b", "/a", "a/", "a/../b",
    "./a", "a/.", "..", "a:b;c,d@e", "~._-", "a!'()*b", "a&b?c#d", "a$b", "[x]{y}|z\\w^`\"<>", "e\u0301",
]  # fmt: skip
PATHS = ["/", "/a", "/a/", "/a//b", "/a/./b/../c", "/..", "/a%20b", "/%E2%82%AC", "/a%2Fb", "/arn%3Aaws", "/a+b", "/a=b", "/~x", "/a:b;c", "/a%2", "/*"]
QUERIES = [
    {},
    {"list-type": "2", "prefix": "a b/c+d"},
    {"uploads": ""},
    {"b": "2", "a": "1", "A": "3", "a-": "4", "a.": "5", "a_": "6"},
    {"empty": "", "equals": "a=b", "amp": "a&b", "percent": "100%", "plus": "1+1", "tilde": "~", "star": "*'()!"},
    {"\u00fcber": "\u20ac", "emoji": "\U0001f642", "sp ace": "x"},
    [("k", "2"), ("k", "1"), ("k", ""), ("k", "10"), ("j", "b"), ("K", "0")],
]
FIELDS = [
    {},
    {"Content-Type": "application/json", "X-Amz-Target": "A.B", "X-Custom": "  a   b\tc  ", "User-Agent": "x/1"},
    {"X-Empty": "", "Range": "bytes=0-9", "X-Quoted": '"a  b"'},
]
BODIES = [b"", b'{"a": "\xc3\xa9"}\n', bytes(range(256))]
AUTHS = {
    ("header", "s3"): botocore.auth.S3SigV4Auth,
    ("query", "s3"): botocore.auth.S3SigV4QueryAuth,
    ("header", "other"): botocore.auth.SigV4Auth,
    ("query", "other"): botocore.auth.SigV4QueryAuth,
}


def they_sign(service, form, request, token):
    """Gives what would be sent, and the signature."""
    kind = AUTHS[form, "s3" if service == "s3" else "other"]
    credentials = Credentials(ID, SECRET, TOKEN if token else None)
    more = {"expires": 900} if form == "query" else {}
    with mock.patch("botocore.auth.get_current_datetime", return_value=TIME.replace(tzinfo=None)):
        kind(credentials, service, "eu-central-1", **more).add_auth(request)
    sent = request.prepare()
    fields = []
    for name, value in sent.headers.items():
        fields.append((name, value.decode() if isinstance(value, bytes) else str(value)))
    host = botocore.auth._host_from_url(sent.url)
    body = sent.body or b""
    raw = request_bytes(sent.method, sent.url, [("Host", host), *fields], body.encode() if isinstance(body, str) else body)
    if form == "query":
        return raw, sent.url.rsplit("X-Amz-Signature=", 1)[1]
    return raw, values(fields, "authorization")[0].rsplit("Signature=", 1)[1]


def verify(raw, *more):
    words = ["--scheme", "sigv4", "--key", f"{ID}=file:aws.secret", "--at", AT, *more]
    return countersign("request", "verify", *words, "-", stdin=raw)


def we_sign(service, form, raw, token):
    words = ["--scheme", "sigv4", "--region", "eu-central-1", "--service", service, "--key", f"{ID}=file:aws.secret", "--at", AT]
    words += ["--presign"] if form == "query" else []
    words += ["--session-token", "file:aws.token"] if token else []
    status, output, error = countersign("request", "sign", *words, "-", stdin=raw)
    if status != 0:
        return output, error
    first, fields, _ = read(output)
    if form == "query":
        return output, first.split("X-Amz-Signature=")[1].split(" ")[0]
    return output, values(fields, "authorization")[0].rsplit("Signature=", 1)[1]


# What signing adds, and `Content-Length`, which botocore adds after it.
OWN = ("authorization", "x-amz-date", "x-amz-content-sha256", "x-amz-security-token", "content-length")


def unsigned(raw):
    """The message as it was before botocore signed it, as it would be sent."""
    first, fields, body = read(raw)
    method, target, version = first.split(" ")
    path, _, query = target.partition("?")
    pairs = [pair for pair in query.split("&") if pair and not pair.startswith("X-Amz-")]
    target = path + ("?" + "&".join(pairs) if pairs else "")
    lines = [f"{name}: {value}" for name, value in fields if name.lower() not in OWN]
    return "\r\n".join([f"{method} {target} {version}", *lines]).encode("latin-1") + b"\r\n\r\n" + body


def both(what, service, form, make, token=False):
    raw, signature = they_sign(service, form, make(), token)
    # The body of a presigned URL for S3 is not signed; that it is refused by default is checked below.
    policy = ["--require-nothing"] if form == "query" and service == "s3" else ["--region", "eu-central-1", "--service", service]
    status, output, error = verify(raw, *policy)
    checks.check("of theirs accepted", status == 0, f"{what}\n{raw}\n{output.decode()}{error}")
    for old, new in [(b"20261122", b"20261121"), (b"eu-central-1", b"us-east-1"), (signature[:4].encode(), b"0000")]:
        changed = raw.replace(old, new, 1)
        checks.check("changes refused", changed != raw and verify(changed, "--require-nothing")[0] == 1, f"{what}: {old}")
    other_path = raw.replace(b" /", b" /x", 1)
    checks.check("changes refused", verify(other_path, "--require-nothing")[0] == 1, f"{what}: the path")
    output, ours = we_sign(service, form, unsigned(raw), token)
    shown = f"{what}\n{unsigned(raw)}\ntheirs {raw}\nours {output}"
    checks.check("signatures equal to theirs", ours == signature, f"{shown}\n{ours} is not {signature}")


def origin(service):
    return "https://bucket.s3.eu-central-1.amazonaws.com" if service == "s3" else f"https://{service}.eu-central-1.amazonaws.com"


for form in ("header", "query"):
    for key in KEYS:
        url = f"{origin('s3')}/{percent_encode(key, safe='/~')}"
        both(f"s3, {form}, key {key!r}", "s3", form, lambda: AWSRequest("GET", url))
    for path in PATHS:
        url = origin("execute-api") + path
        both(f"execute-api, {form}, {path}", "execute-api", form, lambda: AWSRequest("GET", url))
    for service in ("s3", "dynamodb"):
        for query in QUERIES:
            # A query that presigning merges may hold each name once only: botocore makes a dictionary of it.
            if form == "query" and isinstance(query, list):
                continue
            both(f"{service}, {form}, {query}", service, form, lambda: AWSRequest("GET", origin(service) + "/a", params=query))
        for fields in FIELDS:
            for token in (False, True):
                make = lambda: AWSRequest("GET", origin(service) + "/a", headers=dict(fields))
                both(f"{service}, {form}, {fields}, token {token}", service, form, make, token)
    for host in ("localhost:9000", "minio.example:443", "[2001:db8::1]:9000", "[::1]"):
        both(f"s3, {form}, {host}", "s3", form, lambda: AWSRequest("PUT", f"https://{host}/b/k"))
for service in ("s3", "sqs", "lambda"):
    for body in BODIES:
        both(f"{service}, body {body[:20]}", service, "header", lambda: AWSRequest("POST", origin(service) + "/a", data=body))


def bodies():
    """A body is bound by its hash; in a presigned URL for S3 it is not, which is told and refused."""
    raw, _ = they_sign("s3", "header", AWSRequest("PUT", origin("s3") + "/k", data=b"amount=1"), False)
    status, output, _ = verify(raw.replace(b"amount=1", b"amount=9"))
    checks.check("changed bodies refused", status == 1, output.decode())
    raw, _ = they_sign("sqs", "header", AWSRequest("POST", origin("sqs") + "/", data=b"amount=1"), False)
    status, output, _ = verify(raw.replace(b"amount=1", b"amount=9"))
    checks.check("changed bodies refused", status == 1, output.decode())
    raw, _ = they_sign("s3", "query", AWSRequest("PUT", origin("s3") + "/k"), False)
    with_body = raw.replace(b"Content-Length: 0\r\n\r\n", b"Content-Length: 1\r\n\r\nx")
    status, output, _ = verify(with_body)
    checks.check("changed bodies refused", status == 1 and b"UNSIGNED-PAYLOAD" in output, output.decode())


def deviations():
    """What botocore signs as it stands in a URL that is not in its own form."""
    for service, target in [
        ("s3", "/a?q=a+b"), ("dynamodb", "/a?q=a+b"), ("s3", "/a=b"), ("s3", "/%e2%82%ac"), ("s3", "/a?q=%e2"), ("s3", "/a?q=x:y"),
    ]:  # fmt: skip
        raw, signature = they_sign(service, "header", AWSRequest("GET", origin(service) + target), False)
        status, output, _ = verify(raw)
        differs = status == 1 and b"mac          INVALID" in output
        checks.check("known deviations", differs, f"{target} agrees now\n{output.decode()}")
    # The same through its own encoding agrees.
    for query in ({"q": "a+b"}, {"q": "a b"}):
        both(f"plus as a parameter {query}", "s3", "header", lambda: AWSRequest("GET", origin("s3") + "/a", params=query))


bodies()
deviations()
checks.end()
