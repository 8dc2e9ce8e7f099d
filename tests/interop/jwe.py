"""Nested tokens both ways against joserfc: every key management and content encryption of the default build."""

import json
import secrets

from harness import SCRATCH, Checks, countersign
from joserfc import jwe, jws
from joserfc.jwk import ECKey, OctKey, OKPKey

MANAGEMENTS = [
    "dir",
    *(f"A{bits}{wrap}" for wrap in ("KW", "GCMKW") for bits in (128, 192, 256)),
    *("ECDH-ES" + suffix for suffix in ("", "+A128KW", "+A192KW", "+A256KW")),
    "PBES2-HS256+A128KW",
    "PBES2-HS384+A192KW",
    "PBES2-HS512+A256KW",
]
ENCRYPTIONS = {
    "A128GCM": 16,
    "A192GCM": 24,
    "A256GCM": 32,
    "A128CBC-HS256": 32,
    "A192CBC-HS384": 48,
    "A256CBC-HS512": 64,
}
REGISTRY = jwe.JWERegistry(algorithms=[*MANAGEMENTS, *ENCRYPTIONS])
EXPECTED = ["--iss", "https://auth.acme.example", "--any-aud"]


def keys_for(management, encryption):
    """The recipient's keys: a secret of the right length, or one of each curve."""
    if management.startswith("ECDH-ES"):
        curves = [ECKey.generate_key(curve) for curve in ("P-256", "P-384", "P-521")]
        return [*curves, OKPKey.generate_key("X25519")]
    if management.startswith("PBES2"):
        length = 20
    elif management == "dir":
        length = ENCRYPTIONS[encryption]
    else:
        length = int(management[1:4]) // 8
    return [OctKey.import_key(secrets.token_bytes(length))]


def written(name, key):
    """Writes a key as a JWK with nothing in it but the key."""
    path = SCRATCH / name
    path.write_text(json.dumps(key.as_dict(private=True)))
    return f"file:{path}"


def ours_to_theirs(checks, case, key, signing):
    management, encryption = case
    recipient = written("recipient.jwk", key)
    status, token, errors = countersign(
        "jwt", "mint", "--profile", "custom", "--sub", "alice", "--iss", "https://auth.acme.example", "--ttl", "15m",
        "--key", written("signing.jwk", signing), "--alg", "HS256",
        "--encrypt-to", recipient, "--key-management", management, "--enc", encryption,
        # The peer refuses more than 300,000.
        "--iterations", "10000",
    )
    if status != 0:
        checks.check("minted here", False, f"{case}: {errors}")
        return
    opened = jwe.decrypt_compact(token.decode().strip(), key, registry=REGISTRY)
    inner = jws.deserialize_compact(opened.plaintext, signing, algorithms=["HS256"])
    claims = json.loads(inner.payload)
    checks.check("minted here", claims["sub"] == "alice" and opened.headers()["cty"] == "JWT", f"{case}: {claims}")


def theirs_to_ours(checks, case, key, signing):
    management, encryption = case
    claims = {"iss": "https://auth.acme.example", "sub": "alice", "exp": 4_000_000_000}
    inner = jws.serialize_compact({"alg": "HS256"}, json.dumps(claims), signing, algorithms=["HS256"])
    header = {"alg": management, "enc": encryption, "cty": "JWT"}
    token = jwe.encrypt_compact(header, inner, key, registry=REGISTRY)
    arguments = ["--key", written("signing.jwk", signing), "--decrypt-key", written("recipient.jwk", key), *EXPECTED]
    status, output, errors = countersign("jwt", "verify", *arguments, "-", stdin=token.encode())
    checks.check("verified here", status == 0, f"{case}: {output.decode()}{errors}")
    start, end = token.rsplit(".", 1)
    changed = start + "." + ("B" if end[0] == "A" else "A") + end[1:]
    status, output, errors = countersign("jwt", "verify", *arguments, "-", stdin=changed.encode())
    refused = status == 1 and b"jwe-decryption-failed" in output
    checks.check("changed and refused", refused, f"{case}: {output.decode()}{errors}")


def main():
    checks = Checks("joserfc (JWE)")
    signing = OctKey.import_key(secrets.token_bytes(32))
    for management in MANAGEMENTS:
        for encryption in ENCRYPTIONS:
            for key in keys_for(management, encryption):
                ours_to_theirs(checks, (management, encryption), key, signing)
                theirs_to_ours(checks, (management, encryption), key, signing)
    checks.end()


main()
