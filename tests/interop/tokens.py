"""Tokens against PyJWT and joserfc of PyPI, both ways, for every algorithm; profiles and damage besides.

PyJWT accepts ES256K by the name `ES256K` and Ed25519 as `EdDSA` alone; joserfc knows RFC 9864's `Ed25519` too.
"""

import base64
import datetime
import hashlib
import json
import time

import jwt as pyjwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from joserfc import jws as joserfc_jws
from joserfc import jwk as joserfc_jwk
from joserfc import jwt as joserfc_jwt

from harness import SCRATCH, Checks, countersign

checks = Checks("tokens, Python PyJWT and joserfc")
ISSUER = "https://auth.acme.example"
SERVICE = "service:orders"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED = ed25519.Ed25519PrivateKey.generate()
SECRETS = {"HS256": b"s" * 32, "HS384": b"t" * 48, "HS512": b"\x00\xff\n" + b"u" * 61}
PAIRS = {
    **{name: RSA for name in ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]},
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "ES512": ec.generate_private_key(ec.SECP521R1()),
    "ES256K": ec.generate_private_key(ec.SECP256K1()),
    "EdDSA": ED,
    "Ed25519": ED,
}


def files(algorithm):
    """The signer's and the verifier's reference, and the peers' two keys."""
    if algorithm in SECRETS:
        path = SCRATCH / f"jwt-{algorithm}.key"
        path.write_bytes(SECRETS[algorithm])
        words = ["--key", f"file:{path}", "--key-encoding", "raw"]
        return words, words, SECRETS[algorithm], SECRETS[algorithm]
    key = PAIRS[algorithm]
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (SCRATCH / f"jwt-{algorithm}.pem").write_bytes(private)
    (SCRATCH / f"jwt-{algorithm}.pub.pem").write_bytes(public)
    sign = ["--key", f"file:jwt-{algorithm}.pem"]
    return sign, ["--key", f"file:jwt-{algorithm}.pub.pem"], private, public


def verify(token, *words):
    return countersign("jwt", "verify", "--iss", ISSUER, "--aud", SERVICE, *words, "-", stdin=token.encode())


def theirs(algorithm, key, claims):
    """What each peer makes."""
    tokens = []
    if algorithm != "Ed25519":
        tokens.append(("PyJWT", pyjwt.encode(claims, key, algorithm=algorithm)))
    imported = joserfc_key(algorithm, key)
    registry = joserfc_jws.JWSRegistry(algorithms=[algorithm])
    tokens.append(("joserfc", joserfc_jwt.encode({"alg": algorithm}, claims, imported, registry=registry)))
    return tokens


def joserfc_key(algorithm, key):
    if algorithm in SECRETS:
        return joserfc_jwk.OctKey.import_key(key)
    kind = {"R": joserfc_jwk.RSAKey, "P": joserfc_jwk.RSAKey}.get(algorithm[0])
    kind = kind or (joserfc_jwk.OKPKey if algorithm.startswith("Ed") else joserfc_jwk.ECKey)
    return kind.import_key(key)


def pyjwt_accepts(token, key, algorithm):
    options = {"require": ["exp", "iss", "aud"]}
    try:
        return pyjwt.decode(token, key, algorithms=[algorithm], audience=SERVICE, issuer=ISSUER, options=options)
    except pyjwt.PyJWTError:
        return None


def joserfc_accepts(token, key, algorithm):
    try:
        registry = joserfc_jws.JWSRegistry(algorithms=[algorithm])
        return joserfc_jwt.decode(token, joserfc_key(algorithm, key), registry=registry).claims
    except Exception:
        return None


for algorithm in [*SECRETS, *PAIRS]:
    sign, check, private, public = files(algorithm)
    now = int(time.time())
    claims = {
        "iss": ISSUER, "sub": "service:gateway", "aud": [SERVICE, "x"], "exp": now + 600, "iat": now,
        "name": "Zo\u00eb \U0001f642 \u2028", "deep": {"a": [1, 2.5, None, True]}, "big": 2**53,
    }
    for peer, token in theirs(algorithm, private, claims):
        status, out, err = verify(token, "--alg", algorithm, *check)
        checks.check("of theirs accepted", status == 0, f"{peer} {algorithm}\n{out.decode()}{err}")
        head, body, tag = token.split(".")
        first = "B" if tag[0] == "A" else "A"
        status, out, err = verify(f"{head}.{body}.{first}{tag[1:]}", "--alg", algorithm, *check)
        checks.check("of theirs damaged refused", status == 1, f"{peer} {algorithm}\n{out.decode()}{err}")
        status, out, err = countersign("jwt", "inspect", "--format", "json", "-", stdin=token.encode())
        shown = json.loads(out)
        seen = shown.get("claims") or shown["tokens"][0]["claims"]
        checks.check("inspected with the same claims", seen == claims, f"{peer} {algorithm}: {seen}")
    words = ["--iss", ISSUER, "--sub", "service:gateway", "--aud", SERVICE, "--scope", "read:orders"]
    status, out, err = countersign(
        "jwt", "mint", *words, "--device-posture", "compliant", "--allow", "jwt-weak-secret", "--allow", "jwt-symmetric",
        "--alg", algorithm, *sign,
        "--claim", 'name="Zo\u00eb \U0001f642"',
    )
    token = out.decode().strip()
    checks.check("minted", status == 0 and token.count(".") == 2, f"{algorithm}: {err}")
    if algorithm != "Ed25519":
        read = pyjwt_accepts(token, public, algorithm)
        checks.check("of ours accepted", read is not None and read["name"] == "Zo\u00eb \U0001f642", f"PyJWT {algorithm}")
        checks.check("of ours damaged refused", pyjwt_accepts(token[:-8] + "AAAAAAAA", public, algorithm) is None, algorithm)
    read = joserfc_accepts(token, public, algorithm)
    checks.check("of ours accepted", read is not None and read["scope"] == "read:orders", f"joserfc {algorithm}")

# Time and audience as PyJWT judges them: it grants `exp` equal to now, as we do not; everything else must agree.
sign, check, private, public = files("ES256")
base = int(datetime.datetime(2026, 11, 22, 9, tzinfo=datetime.timezone.utc).timestamp())
for name, change in {
    "plain": {}, "expired": {"exp": base - 1}, "no exp": {"exp": None}, "exp as text": {"exp": str(base + 60)},
    "future nbf": {"nbf": base + 60}, "future iat": {"iat": base + 60}, "other aud": {"aud": "service:other"},
    "no aud": {"aud": None}, "aud as number": {"aud": 7}, "other iss": {"iss": "https://evil.example"}, "no iss": {"iss": None},
    "iss as list": {"iss": [ISSUER]}, "sub as number": {"sub": 7}, "exp with fraction": {"exp": base + 0.5},
}.items():
    claims = {"iss": ISSUER, "aud": SERVICE, "sub": "service:gateway", "exp": base + 60, "iat": base, **change}
    claims = {name: value for name, value in claims.items() if value is not None}
    token = joserfc_jwt.encode({"alg": "ES256"}, claims, joserfc_key("ES256", private))
    status, out, err = verify(token, *check, "--at", "2026-11-22T09:00:00Z")
    wanted = {"plain": 0, "exp with fraction": 1}.get(name, 1)
    checks.check("claims judged", status == wanted, f"{name}: {status}\n{out.decode()}{err}")

# A DPoP proof and a bound token as joserfc would make them.
holder = joserfc_jwk.ECKey.generate_key("P-256")
thumbprint = holder.thumbprint()
now = int(time.time())
header = {"alg": "ES256", "typ": "at+jwt"}
claims = {
    "iss": ISSUER, "aud": SERVICE, "sub": "alice", "client_id": "web", "exp": now + 300, "iat": now, "jti": "1",
    "cnf": {"jkt": thumbprint},
}
access = joserfc_jwt.encode(header, claims, joserfc_key("ES256", private))
ath = base64.urlsafe_b64encode(hashlib.sha256(access.encode()).digest()).rstrip(b"=").decode()
proof_header = {"alg": "ES256", "typ": "dpop+jwt", "jwk": holder.as_dict(private=False)}
proof_header["jwk"].pop("kid", None)
proof_claims = {"jti": "a", "htm": "POST", "htu": "https://api.example/orders", "iat": now, "ath": ath}
proof = joserfc_jwt.encode(proof_header, proof_claims, holder)
bound = ["--profile", "access", *check, "--proof", proof, "--method", "POST", "--uri", "https://api.example/orders?x=1"]
status, out, err = verify(access, *bound)
checks.check("bound tokens accepted", status == 0, f"{out.decode()}{err}")
status, out, err = verify(access, *bound[:-1], "https://api.example/other")
checks.check("bound tokens for another request refused", status == 1, f"{out.decode()}{err}")
status, out, err = verify(access, "--profile", "access", *check)
checks.check("bound tokens without proof refused", status == 1, f"{out.decode()}{err}")

# JSON serializations by joserfc.
payload = b"any bytes: \x00\xff"
registry = joserfc_jws.JWSRegistry(algorithms=["ES256", "RS256"])
members = [{"protected": {"alg": "ES256"}}, {"protected": {"alg": "RS256"}, "header": {"kid": "r"}}]
keys = [joserfc_key("ES256", private), joserfc_key("RS256", files("RS256")[2])]
by_algorithm = {"ES256": keys[0], "RS256": keys[1]}
general = joserfc_jws.serialize_json(members, payload, lambda obj: by_algorithm[obj.headers()["alg"]], registry=registry)
flat = joserfc_jws.serialize_json(members[0], payload, keys[0], registry=registry)
for name, value in {"general": general, "flattened": flat}.items():
    text = json.dumps(value).encode()
    words = ["--key", "file:jwt-ES256.pub.pem", "--key", "file:jwt-RS256.pub.pem"]
    status, out, err = countersign("jwt", "verify", "--jws", *words, "-", stdin=text)
    checks.check("JSON serializations accepted", status == 0, f"{name}\n{out.decode()}{err}")
    value["payload"] = base64.urlsafe_b64encode(b"other").rstrip(b"=").decode()
    status, out, err = countersign("jwt", "verify", "--jws", *words, "-", stdin=json.dumps(value).encode())
    checks.check("JSON serializations with another payload refused", status == 1, f"{name}\n{out.decode()}{err}")

checks.end()
