"""RFC 9421 against `http-message-signatures` of PyPI: what either signs, the other verifies; a changed byte is refused."""

import base64
import datetime
import hashlib
import json
import time
from pathlib import Path

from http_message_signatures import HTTPMessageSigner, HTTPMessageVerifier, HTTPSignatureKeyResolver, algorithms

from harness import ALGORITHMS, Checks, countersign, key_files, read, request_bytes

MESSAGES = json.loads((Path(__file__).parent / "messages.json").read_text())
PEER = {
    "hmac-sha256": algorithms.HMAC_SHA256,
    "ed25519": algorithms.ED25519,
    "ecdsa-p256-sha256": algorithms.ECDSA_P256_SHA256,
    "ecdsa-p384-sha384": algorithms.ECDSA_P384_SHA384,
    "rsa-pss-sha512": algorithms.RSA_PSS_SHA512,
    "rsa-v1_5-sha256": algorithms.RSA_V1_5_SHA256,
}
checks = Checks("rfc9421, Python http-message-signatures")


class Keys(HTTPSignatureKeyResolver):
    def __init__(self, algorithm):
        self.algorithm = algorithm

    def resolve_private_key(self, key_id):
        return key_files(self.algorithm)[0].read_bytes()

    def resolve_public_key(self, key_id):
        return key_files(self.algorithm)[1].read_bytes()


class Fields:
    """Field lines as the library wants to see them: in order, none merged."""

    def __init__(self, lines):
        self.lines = list(lines)

    def items(self):
        return list(self.lines)

    def __iter__(self):
        return iter(dict.fromkeys(name for name, _ in self.lines))

    def __contains__(self, wanted):
        return any(name.lower() == wanted.lower() for name, _ in self.lines)

    def __setitem__(self, wanted, value):
        del self[wanted]
        self.lines.append((wanted, value))

    def __delitem__(self, wanted):
        self.lines = [(name, value) for name, value in self.lines if name.lower() != wanted.lower()]


class Request:
    def __init__(self, method, url, fields):
        self.method, self.url, self.headers = method, url, Fields(fields)


class Response:
    def __init__(self, status, fields, request):
        self.status_code, self.headers, self.request = status, Fields(fields), request


def digest_field(message, body):
    made = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
    parts = []
    for name in message.get("digests", ["sha-256"]):
        parts.append(f"{name}=:{base64.b64encode(made[name](body).digest()).decode()}:")
    return [("Content-Digest", ", ".join(parts))] if body else []


def scheme(message):
    return ["--target-scheme", message["url"].split(":", 1)[0]]


def verify(algorithm, signed, *more):
    key = f"file:{key_files(algorithm)[1]}"
    return countersign("request", "verify", "--key", key, "--alg", algorithm, "--require-nothing", *more, "-", stdin=signed)


def refused(signed, message, algorithm, name):
    """Every change of the message, and of the signature's own words, must be refused."""
    changes = message["changes"] + [["created=1", "created="], ["expires=1", "expires=2"], ['keyid="k"', 'keyid="K"'], ['nonce="n-1"', 'nonce="n-2"']]
    for old, new in changes:
        changed = signed.replace(old.encode(), new.encode(), 1)
        if changed == signed:
            checks.check("changes refused", False, f"{name}: `{old}` is not in the message")
            continue
        status, output, _ = verify(algorithm, changed, "--max-age", "none", *scheme(message))
        checks.check("changes refused", status in (1, 2), f"{name}: `{old}` -> `{new}` is accepted\n{output.decode()}")


def they_sign(message, algorithm, include_alg):
    body = message.get("body", "").encode()
    fields = [tuple(field) for field in message["fields"]] + digest_field(message, body)
    request = Request(message["method"], message["url"], fields)
    now = datetime.datetime.now(datetime.timezone.utc)
    signer = HTTPMessageSigner(signature_algorithm=PEER[algorithm], key_resolver=Keys(algorithm))
    signer.sign(
        request,
        key_id="k",
        created=now,
        expires=now + datetime.timedelta(seconds=60),
        nonce="n-1",
        tag="interop",
        label="theirs",
        include_alg=include_alg,
        covered_component_ids=message["cover"],
        use_existing_digest=bool(body),
    )
    return request_bytes(message["method"], message["url"], request.headers.items(), body)


def we_sign(message, algorithm):
    body = message.get("body", "").encode()
    raw = request_bytes(message["method"], message["url"], message["fields"], body)
    cover = [word for component in message["cover"] for word in ("--cover", component)]
    digests = [word for name in message.get("digests", []) for word in ("--digest", name)]
    key = f"k=file:{key_files(algorithm)[0]}"
    options = ["--alg", algorithm, "--nonce", "n-1", "--tag", "interop", "--expires-in", "60s", "--label", "ours"]
    return countersign("request", "sign", "--key", key, *options, *cover, *digests, *scheme(message), "-", stdin=raw)


def they_verify(message, algorithm, signed):
    """Raises where they refuse."""
    _, fields, body = read(signed)
    fields = [field for field in fields if field[0].lower() != "host"]
    request = Request(message["method"], message["url"], fields)
    verifier = HTTPMessageVerifier(signature_algorithm=PEER[algorithm], key_resolver=Keys(algorithm))
    (result,) = verifier.verify(request, expect_tag="interop", expect_label="ours", body=body or None)
    if list(result.covered_components)[:-1] != [
        name if name.startswith('"') else f'"{name}"' for name in message["cover"]
    ]:
        raise ValueError(f"other components: {list(result.covered_components)}")


for message in MESSAGES:
    for algorithm in ALGORITHMS:
        name = f"{message['name']}, {algorithm}"
        signed = they_sign(message, algorithm, include_alg=algorithm != "ed25519")
        status, output, error = verify(algorithm, signed, "--tag", "interop", "--nonce", "n-1", *scheme(message))
        checks.check("of theirs accepted", status == 0, f"{name}\n{signed.decode()}\n{output.decode()}{error}")
        if status == 0 and algorithm in ("hmac-sha256", "ecdsa-p256-sha256"):
            refused(signed, message, algorithm, name)
        status, signed, error = we_sign(message, algorithm)
        checks.check("signed by us", status == 0, f"{name}\n{error}")
        if status != 0:
            continue
        try:
            they_verify(message, algorithm, signed)
            checks.check("of ours accepted", True)
        except Exception as problem:
            checks.check("of ours accepted", False, f"{name}: {problem!r}\n{signed.decode()}")
        try:
            they_verify(message, algorithm, signed.replace(b"created=1", b"created=2", 1))
            checks.check("of ours refused when changed", False, name)
        except Exception:
            checks.check("of ours refused when changed", True)


def responses():
    """A response that covers parts of its request (RFC 9421 section 2.4)."""
    asked = Request("POST", "https://api.example/orders?currency=EUR", [("X-Request", "r-1"), ("Signature", "sig1=:AAAA:")])
    raw_asked = request_bytes(asked.method, asked.url, asked.headers.items())
    path = Path("request.http")
    body = b'{"state":"open"}'
    cover = ["@status", '"@method";req', '"@path";req', '"@query";req', '"@authority";req', '"x-request";req', '"signature";req;key="sig1"']
    cover += ["content-type", "content-digest"]
    from harness import SCRATCH

    (SCRATCH / path).write_bytes(raw_asked)
    for algorithm in ALGORITHMS:
        answer = Response(201, [("Content-Type", "application/json"), *digest_field({}, body)], asked)
        signer = HTTPMessageSigner(signature_algorithm=PEER[algorithm], key_resolver=Keys(algorithm))
        signer.sign(answer, key_id="k", covered_component_ids=cover, label="theirs", use_existing_digest=True)
        head = "HTTP/1.1 201 Created\r\n" + "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
        raw = f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        status, output, error = verify(algorithm, raw, "--request", str(path))
        checks.check("responses of theirs accepted", status == 0, f"{algorithm}\n{output.decode()}{error}")
        for old, new in [(b"201", b"200"), (b"application/json", b"text/plain"), (b"open", b"shut")]:
            status, output, _ = verify(algorithm, raw.replace(old, new, 1), "--request", str(path))
            checks.check("changes refused", status == 1, f"{algorithm}: {old} in a response\n{output.decode()}")
        words = [word for component in cover for word in ("--cover", component)]
        bare = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n" + body
        key = f"k=file:{key_files(algorithm)[0]}"
        status, ours, error = countersign(
            "request", "sign", "--key", key, "--alg", algorithm, "--request", str(path), "--tag", "t", *words, "-", stdin=bare
        )
        checks.check("signed by us", status == 0, f"response, {algorithm}: {error}")
        if status == 0:
            verifier = HTTPMessageVerifier(signature_algorithm=PEER[algorithm], key_resolver=Keys(algorithm))
            _, fields, content = read(ours)
            try:
                verifier.verify(Response(201, fields, asked), expect_tag="t", body=content)
                checks.check("responses of ours accepted", True)
            except Exception as problem:
                checks.check("responses of ours accepted", False, f"{algorithm}: {problem!r}\n{ours.decode()}")


def several_signatures():
    """A second signature beside the first, theirs over ours and ours over theirs."""
    message = MESSAGES[0]
    status, signed, error = we_sign(message, "hmac-sha256")
    _, fields, _ = read(signed)
    request = Request(message["method"], message["url"], [field for field in fields if field[0] != "Host"])
    signer = HTTPMessageSigner(signature_algorithm=PEER["ed25519"], key_resolver=Keys("ed25519"))
    signer.sign(
        request, key_id="k", label="theirs", covered_component_ids=["@method", '"signature";key="ours"'], append_if_signature_exists=True
    )
    both = request_bytes(message["method"], message["url"], request.headers.items())
    for algorithm, label in [("hmac-sha256", "ours"), ("ed25519", "theirs")]:
        status, output, error = verify(algorithm, both, "--label", label)
        checks.check("one of two signatures accepted", status == 0, f"{label}\n{both.decode()}\n{output.decode()}{error}")
    key = f"k=file:{key_files('ecdsa-p256-sha256')[0]}"
    signed = they_sign(message, "hmac-sha256", True)
    status, both, error = countersign("request", "sign", "--key", key, "--label", "ours", "--tag", "second", "-", stdin=signed)
    checks.check("signed by us", status == 0, f"beside theirs: {error}")
    verifier = HTTPMessageVerifier(signature_algorithm=PEER["ecdsa-p256-sha256"], key_resolver=Keys("ecdsa-p256-sha256"))
    fields = [field for field in read(both)[1] if field[0] != "Host"]
    try:
        verifier.verify(Request(message["method"], message["url"], fields), expect_tag="second")
        checks.check("one of two signatures accepted", True)
    except Exception as problem:
        checks.check("one of two signatures accepted", False, f"{problem!r}\n{both.decode()}")


def times():
    """Too old, not yet, expired: both sides refuse, however right the signature is."""
    message = MESSAGES[0]
    now = int(time.time())
    for what, created, expires in [("old", now - 90_000, None), ("early", now + 3_600, None), ("expired", now - 60, now - 30)]:
        at = datetime.datetime.fromtimestamp(created, datetime.timezone.utc)
        until = expires and datetime.datetime.fromtimestamp(expires, datetime.timezone.utc)
        request = Request(message["method"], message["url"], [])
        signer = HTTPMessageSigner(signature_algorithm=PEER["ed25519"], key_resolver=Keys("ed25519"))
        signer.sign(request, key_id="k", label="ours", tag="interop", created=at, expires=until, covered_component_ids=message["cover"])
        raw = request_bytes(message["method"], message["url"], request.headers.items())
        status, output, _ = verify("ed25519", raw)
        checks.check("stale or early, refused by us", status == 1 and b"mac          valid" in output, f"{what}\n{output.decode()}")
        try:
            they_verify(message, "ed25519", raw)
            checks.check("stale or early, refused by them", False, what)
        except Exception:
            checks.check("stale or early, refused by them", True)


responses()
several_signatures()
times()
checks.end()
