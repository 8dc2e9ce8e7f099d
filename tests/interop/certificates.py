"""What an authority issues, held against OpenSSL, GnuTLS, Python's cryptography, and Go's crypto/x509 and SPIFFE library.

Every profile, for authorities and subjects of each kind of key; keys in all of them; revocation lists; bundles. What is not
installed is said to be left out; `go` builds its judge from tests/interop/certificates.
"""

import json
import shutil
import subprocess
from datetime import datetime, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.verification import PolicyBuilder, Store
from certificate_judges import all_judges
from harness import SCRATCH, Checks, countersign

HERE = Path(__file__).resolve().parent
PLACE = SCRATCH / "certificates"
KINDS = ["p256", "p384", "ed25519"]
# The authority whose names are constrained.
CONSTRAINED = "p256"
AUTHORITIES = ("ca", "istio-cacerts", "linkerd")
PASSWORD = "correct horse battery staple"
ID = "spiffe://acme.example/ns/production/sa/payment"
NAME = "payment.acme.example"
FILES = {
    "svid": ("svid.pem", "svid_key.pem", "bundle.pem"),
    "server": ("tls.crt", "tls.key", "ca.crt"),
    "client": ("tls.crt", "tls.key", "ca.crt"),
    "ca": ("ca.pem", "ca.key.pem", "root.pem"),
    "istio-cacerts": ("cert-chain.pem", "ca-key.pem", "root-cert.pem"),
    "linkerd": ("issuer.crt", "issuer.key", "ca.crt"),
}
NAMES = {
    "svid": ["--spiffe-id", ID, "--dns", NAME, "--ip", "10.0.0.1"],
    "server": ["--dns", NAME],
    "client": ["--dns", NAME],
}


def must(*arguments):
    status, stdout, stderr = countersign(*map(str, arguments))
    if status != 0:
        raise SystemExit(f"{arguments}: {status} {stderr}")
    return stdout


def ran(*command, stdin=None):
    run = subprocess.run(list(map(str, command)), capture_output=True, input=stdin, timeout=60)
    return run.returncode == 0, (run.stdout + run.stderr).decode("utf-8", "replace")


def make():
    """One directory for each certificate, with the same files in each."""
    cases = []
    PLACE.mkdir()
    (PLACE / "password").write_text(PASSWORD)
    for authority in KINDS:
        ca = PLACE / f"ca-{authority}"
        access = ["--ca", ca, "--ca-password", f"file:{PLACE / 'password'}"]
        limits = ["--permit", "dns:acme.example", "--permit", "ip:10.0.0.0/8"]
        limits = limits if authority == CONSTRAINED else []
        must("cert", "init", ca, "--trust-domain", "acme.example", "--key-type", authority, *limits, *access[2:])
        bundle = must("cert", "bundle", "export", "--ca", ca)
        for kind in KINDS:
            for profile, (chain, key, roots) in FILES.items():
                if profile == "linkerd" and (kind, authority) != ("p256", "p256"):
                    continue
                made = PLACE / "issued" / f"{authority}-{kind}-{profile}"
                names = NAMES.get(profile, [])
                must("cert", "issue", *access, "--profile", profile, "--key-type", kind, "--out", made, *names)
                case = PLACE / "cases" / made.name
                case.mkdir(parents=True)
                for name, source in [("chain.pem", chain), ("key.pem", key), ("roots.pem", roots)]:
                    shutil.copy(made / source, case / name)
                (case / "bundle.json").write_bytes(bundle)
                described = {
                    "profile": profile,
                    "trust_domain": "acme.example",
                    "name": NAME if profile in ("svid", "server") else "",
                }
                (case / "case.json").write_text(json.dumps(described))
                cases.append((case, profile))
        lists(ca, access, [case for case, _ in cases if case.name.startswith(authority)])
    return cases


def lists(ca, access, cases):
    """A list of the root and one of the issuing authority that revokes another certificate, beside each case."""
    doomed = PLACE / "doomed" / ca.name
    must("cert", "issue", *access, "--spiffe-id", "spiffe://acme.example/doomed", "--out", doomed)
    must("cert", "revoke", *access, doomed / "svid.pem", "--reason", "key-compromise")
    for by in ("issuing", "root"):
        must("cert", "crl", *access, "--by", by)
    # A response for each leaf's server to staple.
    for case in cases:
        if case.name.endswith("-p256-svid"):
            must("cert", "crl", *access, "--ocsp", case / "chain.pem")
    both = (ca / "crl/issuing.pem").read_text() + (ca / "crl/root.pem").read_text()
    for case in cases:
        (case / "crl.pem").write_text(both)


def openssl(cases):
    checks = Checks("OpenSSL")
    password = f"file:{PLACE / 'password'}"
    for case, profile in cases:
        files = ["-CAfile", case / "roots.pem", "-untrusted", case / "chain.pem"]
        revoked = ["-CRLfile", case / "crl.pem", "-crl_check_all"]
        holds, text = ran("openssl", "verify", "-x509_strict", *files, *revoked, case / "chain.pem")
        checks.check("chains", holds, f"{case.name}: {text}")
        holds, text = ran("openssl", "pkey", "-in", case / "key.pem", "-passin", password, "-noout", "-check")
        checks.check("keys", holds, f"{case.name}: {text}")
    for ca in sorted(PLACE.glob("ca-*")):
        chain = PLACE / "doomed" / ca.name / "svid.pem"
        case = next(case for case, _ in cases if case.name.startswith(ca.name[3:]))
        files = ["-CAfile", case / "roots.pem", "-untrusted", chain, "-CRLfile", case / "crl.pem"]
        holds, text = ran("openssl", "verify", *files, "-crl_check_all", chain)
        checks.check("revocations", not holds and "revoked" in text, f"{ca.name}: {text}")
        for key in ("root.key.pem", "issuing.key.pem", "log.key.pem"):
            holds, text = ran("openssl", "pkey", "-in", ca / key, "-passin", password, "-noout")
            checks.check("encrypted keys", holds, f"{ca.name} {key}: {text}")
    return checks


def gnutls(cases):
    checks = Checks("GnuTLS")
    for case, profile in cases:
        # It takes an authority's common name for a host name, and holds it against the constraints.
        if case.name.startswith(CONSTRAINED) and profile in AUTHORITIES:
            continue
        command = ["certtool", "--verify", "--load-ca-certificate", case / "roots.pem"]
        holds, text = ran(*command, "--infile", case / "chain.pem")
        checks.check("chains", holds, f"{case.name}: {text}")
        holds, text = ran("certtool", "--key-info", "--password", PASSWORD, "--infile", case / "key.pem")
        checks.check("keys", holds, f"{case.name}: {text}")
    for ca in sorted(PLACE.glob("ca-*")):
        for key in ("root.key.pem", "issuing.key.pem", "log.key.pem"):
            command = ["certtool", "--key-info", "--password", PASSWORD, "--infile", ca / key]
            holds, text = ran(*command)
            checks.check("encrypted keys", holds, f"{ca.name} {key}: {text}")
        for name in ("issuing", "root"):
            holds, text = ran("certtool", "--crl-info", "--infile", ca / f"crl/{name}.pem")
            checks.check("lists", holds, f"{ca.name} {name}: {text}")
    return checks


def pyca(cases):
    checks = Checks("cryptography")
    for case, profile in cases:
        chain = x509.load_pem_x509_certificates((case / "chain.pem").read_bytes())
        roots = x509.load_pem_x509_certificates((case / "roots.pem").read_bytes())
        key = private_key(case)
        form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        same = key.public_key().public_bytes(*form) == chain[0].public_key().public_bytes(*form)
        checks.check("keys", same, case.name)
        above = roots[0] if len(chain) == 1 else chain[1]
        try:
            chain[0].verify_directly_issued_by(above)
            signed = True
        except Exception as error:  # every kind of refusal counts
            signed = repr(error)
        checks.check("signatures", signed is True, f"{case.name}: {signed}")
        # Its path validation takes neither Ed25519 nor the profiles of authorities.
        if profile in ("svid", "client") and "ed25519" not in case.name:
            builder = PolicyBuilder().store(Store(roots)).time(datetime.now(timezone.utc))
            try:
                verified = builder.build_client_verifier().verify(chain[0], chain[1:])
                holds = len(verified.chain) == 3
            except Exception as error:
                holds = repr(error)
            checks.check("chains", holds is True, f"{case.name}: {holds}")
        for block in (case / "crl.pem").read_text().split("-----BEGIN X509 CRL-----")[1:]:
            crl = x509.load_pem_x509_crl(("-----BEGIN X509 CRL-----" + block).encode())
            issuers = [*chain, *roots, *issuing(case)]
            holds = any(crl.is_signature_valid(one.public_key()) for one in issuers)
            checks.check("lists", holds, case.name)
    return checks


def private_key(case):
    """The key of a case; that of an authority is encrypted, as it would sign for everybody."""
    text = (case / "key.pem").read_bytes()
    return load_pem_private_key(text, PASSWORD.encode() if b"ENCRYPTED" in text else None)


def issuing(case):
    ca = PLACE / f"ca-{case.name.split('-')[0]}"
    return x509.load_pem_x509_certificates((ca / "issuing.pem").read_bytes())


def go(cases):
    checks = Checks("Go")
    judge = PLACE / "judge"
    source = PLACE / "go"
    shutil.copytree(HERE / "certificates", source)
    run = subprocess.run(["go", "build", "-o", judge, "."], cwd=source, capture_output=True)
    if run.returncode != 0:
        checks.check("build", False, run.stderr.decode("utf-8", "replace"))
        return checks
    for case, _ in cases:
        ca = PLACE / f"ca-{case.name.split('-')[0]}"
        # Go's standard library reads no encrypted key.
        plain = private_key(case).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (case / "key.pem").write_bytes(plain)
        # So that the lists of both authorities find their signer.
        if case.name.endswith(tuple(f"-{profile}" for profile in AUTHORITIES)):
            (case / "crl.pem").write_text((ca / "crl/root.pem").read_text())
    run = subprocess.run([judge, *(case for case, _ in cases)], capture_output=True, timeout=120)
    for line in run.stdout.decode().splitlines():
        report = json.loads(line)
        for what in report["held"]:
            checks.check(what.split()[0], True)
        for what, problem in report["failed"].items():
            checks.check(what.split()[0], False, f"{report['directory']}: {what}: {problem}")
    checks.check("cases", len(run.stdout.splitlines()) == len(cases), run.stderr.decode())
    return checks


def ended_badly(judge, cases):
    try:
        judge(cases).end()
    except SystemExit as ended:
        return ended.code != 0


def main():
    cases = make()
    failed = 0
    for tool, judge in [("openssl", openssl), ("certtool", gnutls), ("python3", pyca), ("go", go)]:
        if shutil.which(tool) is None:
            print(f"left out: `{tool}` is not installed", flush=True)
            continue
        failed |= ended_badly(judge, cases)
    for name, found, judge in all_judges():
        if found:
            failed |= ended_badly(judge, cases)
        else:
            print(f"{name}: neither installed nor to be had here, SKIPPED", flush=True)
    raise SystemExit(1 if failed else 0)


main()
