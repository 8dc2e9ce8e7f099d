"""Tokens against Debian's `jose` (José, C on OpenSSL), both ways: every algorithm it has, JSON serializations, nested tokens,
thumbprints. JOSE names the program; without it nothing is checked and nothing is claimed."""

import json
import os
import subprocess

from harness import SCRATCH, Checks, countersign

JOSE = os.environ["JOSE"]
ISSUER = "https://auth.acme.example"
SIGNATURES = ["HS", "ES", "RS", "PS"]
MANAGEMENTS = [
    "dir",
    *(f"A{bits}{wrap}" for wrap in ("KW", "GCMKW") for bits in (128, 192, 256)),
    *("ECDH-ES" + suffix for suffix in ("", "+A128KW", "+A192KW", "+A256KW")),
    "PBES2-HS256+A128KW",
]
ENCRYPTIONS = ["A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"]
CLAIMS = {"iss": ISSUER, "sub": "alice", "name": "Zo\u00eb \U0001f642", "exp": 4_000_000_000}


def jose(*words, stdin=b""):
    """What the peer prints, or nothing where it refuses."""
    done = subprocess.run([JOSE, *words], input=stdin, capture_output=True, cwd=SCRATCH)
    return done.stdout if done.returncode == 0 else None


def key(template):
    """A fresh key of the peer's, its file, and the file of its public half."""
    made = jose("jwk", "gen", "-i", json.dumps(template))
    (SCRATCH / "peer.jwk").write_bytes(made)
    public = jose("jwk", "pub", "-i", "peer.jwk")
    (SCRATCH / "peer.pub.jwk").write_bytes(public or made)
    return json.loads(made)


def verify(token, reference, *words):
    expected = ["--key", reference, "--iss", ISSUER, "--any-aud", *words]
    return countersign("jwt", "verify", *expected, "-", stdin=token.encode())


def changed(token):
    """The token with another first character in its last part."""
    start, end = token.rsplit(".", 1)
    return start + "." + ("B" if end[0] == "A" else "A") + end[1:]


def signatures(checks):
    (SCRATCH / "claims.json").write_text(json.dumps(CLAIMS))
    for algorithm in [family + bits for family in SIGNATURES for bits in ("256", "384", "512")]:
        made = key({"alg": algorithm})
        public = "file:peer.jwk" if algorithm[0] == "H" else "file:peer.pub.jwk"
        template = json.dumps({"protected": {"alg": algorithm, "typ": "JWT"}})
        token = jose("jws", "sig", "-I", "claims.json", "-k", "peer.jwk", "-s", template, "-c").decode().strip()
        status, out, err = verify(token, public)
        checks.check("of theirs accepted", status == 0, f"{algorithm}\n{out.decode()}{err}")
        status, out, err = verify(changed(token), public)
        checks.check("of theirs changed refused", status == 1, f"{algorithm}\n{out.decode()}{err}")
        general = jose("jws", "sig", "-I", "claims.json", "-k", "peer.jwk", "-s", template)
        status, out, err = countersign("jwt", "verify", "--jws", "--key", public, "-", stdin=general)
        checks.check("JSON serializations accepted", status == 0, f"{algorithm}\n{out.decode()}{err}")
        status, out, err = countersign(
            "jwt", "mint", "--profile", "custom", "--iss", ISSUER, "--sub", "alice", "--ttl", "15m", "--alg", algorithm,
            "--key", "file:peer.jwk", "--allow", "jwt-symmetric",
        )
        ours = out.decode().strip()
        checks.check("minted", status == 0, f"{algorithm}: {err}")
        read = jose("jws", "ver", "-i", "-", "-k", public.removeprefix("file:"), "-O", "-", stdin=ours.encode())
        checks.check("of ours accepted", read is not None and json.loads(read)["sub"] == "alice", algorithm)
        refused = jose("jws", "ver", "-i", "-", "-k", public.removeprefix("file:"), stdin=changed(ours).encode())
        checks.check("of ours changed refused", refused is None, algorithm)
        if made["kty"] == "oct":
            continue  # A thumbprint of a secret would help guess it: ours shows none.
        thumbprint = jose("jwk", "thp", "-i", "peer.jwk", "-a", "S256").decode().strip()
        status, out, err = countersign("jwt", "jwks", "thumbprint", "--key", "file:peer.jwk")
        checks.check("thumbprints alike", thumbprint in out.decode(), f"{made['kty']}: {thumbprint}\n{out.decode()}{err}")


def nested(checks):
    signing = key({"alg": "HS256"})
    (SCRATCH / "signing.jwk").write_text(json.dumps(signing))
    template = json.dumps({"protected": {"alg": "HS256", "typ": "JWT"}})
    inner = jose("jws", "sig", "-I", "claims.json", "-k", "signing.jwk", "-s", template, "-c").strip()
    (SCRATCH / "inner.jwt").write_bytes(inner)
    for management in MANAGEMENTS:
        for encryption in ENCRYPTIONS:
            case = f"{management} {encryption}"
            key({"alg": encryption if management == "dir" else management})
            header = {"protected": {"alg": management, "enc": encryption, "cty": "JWT"}}
            made = jose("jwe", "enc", "-I", "inner.jwt", "-k", "peer.jwk", "-i", json.dumps(header), "-c")
            if made is None:
                checks.check("encrypted by the peer", False, case)
                continue
            token = made.decode().strip()
            words = ["--decrypt-key", "file:peer.jwk"]
            status, out, err = verify(token, "file:signing.jwk", *words)
            checks.check("nested of theirs verified", status == 0, f"{case}\n{out.decode()}{err}")
            status, out, err = verify(changed(token), "file:signing.jwk", *words)
            checks.check("nested of theirs changed refused", status == 1, f"{case}\n{out.decode()}{err}")
            status, out, err = countersign(
                "jwt", "mint", "--profile", "custom", "--sub", "alice", "--iss", ISSUER, "--ttl", "15m",
                "--key", "file:signing.jwk", "--alg", "HS256", "--encrypt-to", "file:peer.jwk",
                "--key-management", management, "--enc", encryption, "--iterations", "10000",
            )
            opened = jose("jwe", "dec", "-i", "-", "-k", "peer.jwk", "-O", "-", stdin=out.strip())
            read = opened and jose("jws", "ver", "-i", "-", "-k", "signing.jwk", "-O", "-", stdin=opened.strip())
            checks.check("nested of ours opened", bool(read) and json.loads(read)["sub"] == "alice", f"{case}: {err}")


def main():
    checks = Checks("Debian's jose")
    signatures(checks)
    nested(checks)
    checks.end()


main()
