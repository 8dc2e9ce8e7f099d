"""Further judges of what an authority issues: linters that are not ours, and servers that demand its certificates.

`zlint`, `pkilint`, `keytool`, nginx and stunnel judge where they are to be had; one that is not says SKIPPED.
"""

import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from harness import SCRATCH, Checks, countersign

# What they hold against SPIFFE IDs: a trust domain is no host name (zlint), and a URI of this scheme none at all (pkilint).
ZLINT_BLIND = {"e_ext_san_uri_host_not_fqdn_or_ip", "e_ext_san_uri_format_invalid"}
PKILINT_BLIND = {"pkix.invalid_uri_syntax"}


def single(case, chain):
    """The first certificate of a chain, alone."""
    path = case / "first.pem"
    first = x509.load_pem_x509_certificates(chain.read_bytes())[0]
    path.write_bytes(first.public_bytes(Encoding.PEM))
    return path


def zlint(cases):
    """The rules of RFC 5280 and its kin; those of public authorities are not for a private one."""
    checks = Checks("zlint")
    command = [os.environ["ZLINT"], "-includeSources", "RFC3279,RFC5280,RFC5480,RFC5891,RFC8813"]
    for case, _ in cases:
        run = subprocess.run([*command, single(case, case / "chain.pem")], capture_output=True, timeout=60)
        report = json.loads(run.stdout) if run.returncode == 0 else {}
        bad = {name for name, found in report.items() if found["result"] in ("error", "fatal", "warn")}
        checks.check("certificates", bool(report) and bad <= ZLINT_BLIND, f"{case.name}: {bad} {run.stderr.decode()}")
    return checks


def pkilint(cases):
    checks = Checks("pkilint")
    tools = Path(os.environ["PKILINT"])
    for case, _ in cases:
        found = lint(tools / "lint_pkix_cert", single(case, case / "chain.pem"))
        checks.check("certificates", found is not None and found <= PKILINT_BLIND, f"{case.name}: {found}")
    place = cases[0][0].parent.parent
    for ca in sorted(place.glob("ca-*")):
        for name in ("issuing", "root"):
            found = lint(tools / "lint_crl", ca / f"crl/{name}.pem", "-p", "PKIX", "-t", "CRL")
            checks.check("lists", found is not None and not found, f"{ca.name} {name}: {found}")
        for response in sorted(ca.glob("crl/ocsp/*.der")):
            found = lint(tools / "lint_ocsp_response", response)
            checks.check("responses", found is not None and not found, f"{ca.name}: {found}")
    return checks


def lint(tool, path, *more):
    """The codes of warnings and worse; None where the linter itself failed."""
    command = [tool, "lint", "-f", "JSON", "-s", "WARNING", *more, path]
    run = subprocess.run(list(map(str, command)), capture_output=True, timeout=60)
    try:
        report = json.loads(run.stdout)
    except ValueError:
        return None
    return {one["code"] for result in report["results"] for one in result["finding_descriptions"]}


def keystores(cases):
    """PKCS#12: a key and its chain, and the roots to trust, for Java, OpenSSL and Python."""
    checks = Checks("PKCS#12 readers")
    place = cases[0][0].parent.parent
    (place / "store-password").write_text("correct horse battery")
    for ca in sorted(place.glob("ca-*")):
        files = place / "issued" / f"{ca.name[3:]}-p256-svid"
        common = ["--ca", str(ca), "--as", "pkcs12", "--password", f"file:{place / 'store-password'}"]
        made = {
            "key": ["--files", str(files), "--name", "payment"],
            "legacy": ["--files", str(files), "--name", "payment", "--legacy"],
            "rc2-40": ["--files", str(files), "--name", "payment", "--legacy=rc2-40"],
            "trust": [],
        }
        for name, more in made.items():
            file = place / f"{ca.name}-{name}.p12"
            status, _, error = countersign("cert", "bundle", "export", *common, *more, "-o", str(file))
            checks.check("written", status == 0, f"{file.name}: {error}")
            if status != 0:
                continue
            try:
                key, leaf, others = pkcs12.load_key_and_certificates(file.read_bytes(), b"correct horse battery")
                holds = (key is None and len(others) == 1) if name == "trust" else (key is not None and len(others) == 2)
            except ValueError as error:
                holds = repr(error)
            checks.check("cryptography", holds is True, f"{file.name}: {holds}")
            if shutil.which("keytool"):
                command = ["keytool", "-list", "-storetype", "PKCS12", "-keystore", file, "-storepass", "correct horse battery"]
                run = subprocess.run(list(map(str, command)), capture_output=True, timeout=120)
                text = (run.stdout + run.stderr).decode()
                wanted = "trustedCertEntry" if name == "trust" else "PrivateKeyEntry"
                checks.check("keytool", run.returncode == 0 and wanted in text, f"{file.name}: {text}")
    if not shutil.which("keytool"):
        print("keytool: not installed, SKIPPED", flush=True)
    return checks


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def reached(port):
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return True
        except OSError:
            time.sleep(0.1)
    return False


def exchange(port, roots, certificate):
    """A request over TLS, with a client's certificate or none; what came back, empty if refused."""
    context = ssl.create_default_context(cafile=roots)
    if certificate:
        context.load_cert_chain(*certificate)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            with context.wrap_socket(plain, server_hostname="payment.acme.example") as stream:
                stream.sendall(b"GET / HTTP/1.0\r\nHost: payment.acme.example\r\n\r\n")
                return stream.recv(4096)
    except OSError:
        return b""


def clients(cases):
    """For each kind of authority: the server's files, a client's, and those of one that was revoked."""
    place = cases[0][0].parent.parent
    for case, profile in cases:
        if profile == "svid" and case.name.endswith("-p256-svid"):
            kind = case.name.split("-")[0]
            doomed = place / "doomed" / f"ca-{kind}"
            good = (case / "chain.pem", case / "key.pem")
            yield case, kind, good, (doomed / "svid.pem", doomed / "svid_key.pem")


def serve(checks, name, command, environment=None):
    """Starts a server and hands its port out; the process that was started ends with the block."""

    class Server:
        def __enter__(self):
            self.process = subprocess.Popen(list(map(str, command)), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            return self

        def __exit__(self, *_):
            self.process.terminate()
            error = self.process.communicate(timeout=20)[1].decode("utf-8", "replace")
            if checks.failures and error:
                checks.failures[-1] += f" ({name}: {error[-400:]})"

    return Server()


def nginx(cases):
    """A server with our certificate that demands one of ours, knows our lists, and staples our OCSP response."""
    checks = Checks("nginx")
    for case, kind, good, revoked in clients(cases):
        port, home = free_port(), case / "nginx"
        (home / "temp").mkdir(parents=True)
        response = next(iter(sorted((case.parent.parent / f"ca-{kind}").glob("crl/ocsp/*.der"))))
        paths = "".join(f"{part}_temp_path {home}/temp/{part};" for part in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (home / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {home}/pid; error_log stderr;\n"
            f"events {{}}\nhttp {{ access_log off; {paths}\n server {{ listen 127.0.0.1:{port} ssl;\n"
            f"  ssl_certificate {case}/chain.pem; ssl_certificate_key {case}/key.pem; ssl_protocols TLSv1.2 TLSv1.3;\n"
            f"  ssl_client_certificate {case}/roots.pem; ssl_verify_client on; ssl_verify_depth 2; ssl_crl {case}/crl.pem;\n"
            f"  ssl_stapling on; ssl_stapling_file {response};\n  location / {{ return 200 'served'; }} }} }}\n"
        )
        with serve(checks, "nginx", [os.environ["NGINX_BINARY"], "-e", "stderr", "-c", home / "nginx.conf"]):
            checks.check("starts", reached(port), case.name)
            answer = exchange(port, case / "roots.pem", good)
            checks.check("served", b"served" in answer, f"{case.name}: {answer[:80]}")
            for what, certificate in (("none refused", None), ("revoked refused", revoked)):
                answer = exchange(port, case / "roots.pem", certificate)
                checks.check(what, b"served" not in answer, f"{case.name}: {answer[:80]}")
            command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-status", "-cert", good[0], "-key", good[1]]
            run = subprocess.run(list(map(str, command)), input=b"", capture_output=True, timeout=30)
            checks.check("stapled", b"Cert Status: good" in run.stdout, f"{case.name}: {run.stdout[:400]}")
            # It ends every handshake, and answers a client without certificate with a page: to TLS that is optional.
            probed(checks, port, ("optional", ["TLS 1.2", "TLS 1.3"]), case)
    return checks


def probed(checks, port, wanted, case):
    """`cert probe` against a server whose settings are known."""
    auth, versions = wanted
    status, stdout, error = countersign("cert", "probe", "--allow-local", "--format", "json", f"localhost:{port}")
    report = json.loads(stdout) if stdout else {}
    told = (report.get("client_certificate"), report.get("versions"))
    holds = status in (0, 1) and told == (auth, versions)
    checks.check("probed", holds, f"{case.name}: wanted {wanted}, told {told} {error}")


def stunnel(cases):
    checks = Checks("stunnel")
    for case, kind, good, revoked in clients(cases):
        port, behind = free_port(), socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=answer_all, args=(behind,), daemon=True).start()
        config = case / "stunnel.conf"
        config.write_text(
            f"foreground = yes\npid =\nsyslog = no\n[test]\naccept = 127.0.0.1:{port}\n"
            f"connect = 127.0.0.1:{behind.getsockname()[1]}\ncert = {case}/chain.pem\nkey = {case}/key.pem\n"
            f"CAfile = {case}/roots.pem\nCRLfile = {case}/crl.pem\nverifyChain = yes\nrequireCert = yes\n"
        )
        environment = {**os.environ, "LD_LIBRARY_PATH": os.environ.get("STUNNEL_LIBRARIES", "")}
        with serve(checks, "stunnel", [os.environ["STUNNEL"], config], environment):
            checks.check("starts", reached(port), case.name)
            answer = exchange(port, case / "roots.pem", good)
            checks.check("served", b"served" in answer, f"{case.name}: {answer[:80]}")
            for what, certificate in (("none refused", None), ("revoked refused", revoked)):
                answer = exchange(port, case / "roots.pem", certificate)
                checks.check(what, b"served" not in answer, f"{case.name}: {answer[:80]}")
            probed(checks, port, ("required", ["TLS 1.2", "TLS 1.3"]), case)
        behind.close()
    return checks


def answer_all(listener):
    while True:
        try:
            stream, _ = listener.accept()
        except OSError:
            return
        with stream:
            stream.recv(4096)
            stream.sendall(b"HTTP/1.0 200 OK\r\n\r\nserved")


def s_server(cases):
    """`cert probe` against OpenSSL's own server, whose settings are known."""
    checks = Checks("openssl s_server")
    case = next(case for case, kind, _, _ in clients(cases) if kind == "p256")
    required = ["-Verify", "2", "-verify_return_error", "-CAfile", case / "roots.pem"]
    table = [
        (["-tls1_3"], "absent", ["TLS 1.3"]),
        (["-tls1_2"], "absent", ["TLS 1.2"]),
        (["-tls1_3", "-verify", "2", "-CAfile", case / "roots.pem"], "optional", ["TLS 1.3"]),
        (["-tls1_2", "-verify", "2", "-CAfile", case / "roots.pem"], "optional", ["TLS 1.2"]),
        # Of TLS 1.3 the client has finished before it is refused.
        (["-tls1_3", *required], "required", ["TLS 1.3"]),
        (["-tls1_2", *required], "required", ["TLS 1.2"]),
        (required, "required", ["TLS 1.2", "TLS 1.3"]),
    ]
    for more, auth, versions in table:
        port = free_port()
        files = ["-cert", case / "chain.pem", "-cert_chain", case / "chain.pem", "-key", case / "key.pem"]
        command = ["openssl", "s_server", "-quiet", "-accept", f"127.0.0.1:{port}", *files, *more]
        with serve(checks, "s_server", command):
            checks.check("starts", reached(port), " ".join(map(str, more)))
            probed(checks, port, (auth, versions), case)
    return checks


def all_judges():
    """Each judge with what it needs, and where that is looked for."""
    return [
        ("zlint", os.environ.get("ZLINT"), zlint),
        ("pkilint", os.environ.get("PKILINT"), pkilint),
        ("PKCS#12", "python3", keystores),
        ("nginx", os.environ.get("NGINX_BINARY"), nginx),
        ("stunnel", os.environ.get("STUNNEL"), stunnel),
        ("openssl s_server", shutil.which("openssl"), s_server),
    ]
