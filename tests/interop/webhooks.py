"""Standard Webhooks against `standardwebhooks` of PyPI, both ways, with a rotation of keys.

The library decodes a body as UTF-8 and reads the timestamp as a number; the specification signs the bytes and the text
as they were sent. So a body that is not UTF-8 is signed and verified by us alone, and it must refuse it.
"""

import base64
import datetime
import secrets

from standardwebhooks.webhooks import Webhook

from harness import SCRATCH, Checks, countersign, read, request_bytes

checks = Checks("standard-webhooks, Python standardwebhooks")
URL = "https://shop.example/hooks"
BODIES = ["{}", '{"a": 1}\n', '{"a":\r\n"caf\u00e9 \U0001f642"}', "a=1&b=%20", " ", "", "1.2.3", "x" * 100_000]
NO_TEXT = b'{"a":"\xff\xfe"}'


def key_file(name):
    secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    (SCRATCH / name).write_text(secret + "\n")
    return secret, f"file:{name}"


def verify(message, *keys):
    words = [word for key in keys for word in ("--key", key)]
    return countersign("request", "verify", "--scheme", "standard-webhooks", *words, "-", stdin=message)


def sign(body, *keys):
    words = [word for key in keys for word in ("--key", key)]
    raw = request_bytes("POST", URL, [], body)
    return countersign("request", "sign", "--scheme", "standard-webhooks", *words, "-", stdin=raw)


def accepts(webhook, body, fields):
    try:
        webhook.verify(body, dict(fields), json_parse=False)
        return True
    except Exception:
        return False


old, old_file = key_file("webhook-old.key")
new, new_file = key_file("webhook-new.key")
for text in BODIES:
    body = text.encode()
    name = repr(text[:30])
    now = datetime.datetime.now(datetime.timezone.utc)
    for secret, file in [(old, old_file), (new, new_file)]:
        fields = [
            ("Webhook-Id", "msg_1"),
            ("Webhook-Timestamp", str(int(now.timestamp()))),
            ("Webhook-Signature", Webhook(secret).sign("msg_1", now, text)),
        ]
        raw = request_bytes("POST", URL, fields, body)
        for keys in [(file,), (old_file, new_file)]:
            status, output, error = verify(raw, *keys)
            checks.check("of theirs accepted", status == 0, f"{name}\n{output.decode()}{error}")
        other = new_file if file == old_file else old_file
        checks.check("another key refused", verify(raw, other)[0] == 1, name)
        other_id = raw.replace(b"msg_1", b"msg_2", 1)
        checks.check("changes refused", verify(other_id, file)[0] == 1, name)
    status, signed, error = sign(body, old_file, new_file)
    checks.check("signed by us with two keys", status == 0, f"{name}\n{error}")
    _, fields, sent = read(signed)
    for secret in (old, new):
        checks.check("of ours accepted", accepts(Webhook(secret), sent, fields), f"{name}\n{signed[:400]}")
        checks.check("of ours refused when changed", not accepts(Webhook(secret), sent + b"!", fields), name)

status, signed, error = sign(NO_TEXT, new_file)
checks.check("a body that is not UTF-8", status == 0 and verify(signed, new_file)[0] == 0, error)
checks.check("a body that is not UTF-8", not accepts(Webhook(new), NO_TEXT, read(signed)[1]), "they accept it")
checks.end()
