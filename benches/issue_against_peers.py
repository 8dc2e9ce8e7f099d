#!/usr/bin/env python3
"""What one fresh P-256 leaf costs as a process, beside OpenSSL and GnuTLS; and a list of 10,000 beside it.

issue_against_peers.py COUNTERSIGN

User and system time of each process and its children; the least and the median of several runs, taken in turns.
"""

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

RUNS = 25
LIST = 10_000
binary = os.path.abspath(sys.argv[1])


def cpu(commands):
    """Milliseconds of processor time that a row of commands takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for command in commands:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * 1000


def peers(run):
    ours = [binary, "cert", "issue", "--ca", "ca", "--spiffe-id", f"spiffe://acme.example/run/{run}", "--out", f"svid-{run}"]
    yield "countersign", [ours]
    if shutil.which("openssl"):
        subject = ["-subj", "/O=acme.example", "-addext", "subjectAltName=URI:spiffe://acme.example/x"]
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "o.key"]
        issuer = ["-CA", "ca/issuing.pem", "-CAkey", "ca/issuing.key.pem"]
        yield "openssl req -x509 -CA", [["openssl", "req", "-x509", *issuer, *key, *subject, "-out", "o.pem"]]
        request = ["openssl", "req", "-new", *key, *subject, "-out", "o.csr"]
        sign = ["openssl", "x509", "-req", "-in", "o.csr", *issuer, "-copy_extensions", "copy", "-out", "o.pem"]
        yield "openssl req, x509 -req", [request, sign]
    if shutil.which("certtool"):
        issuer = ["--load-ca-certificate", "ca/issuing.pem", "--load-ca-privkey", "ca/issuing.key.pem"]
        make = ["certtool", "--generate-privkey", "--key-type=ecdsa", "--curve=secp256r1", "--outfile", "g.key"]
        sign = ["certtool", "--generate-certificate", "--load-privkey", "g.key", *issuer, "--template", "g.tmpl", "--outfile", "g.pem"]
        yield "certtool", [make, sign]


def main():
    with tempfile.TemporaryDirectory() as place:
        os.chdir(place)
        with open("g.tmpl", "w", encoding="ascii") as template:
            template.write('organization = "acme.example"\nuri = "spiffe://acme.example/x"\nsigning_key\ntls_www_client\n')
        init = [binary, "cert", "init", "ca", "--trust-domain", "acme.example", "--plaintext-keys"]
        subprocess.run(init, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        times = {}
        for run in range(RUNS):
            for name, commands in peers(run):
                times.setdefault(name, []).append(cpu(commands))
        for name, taken in times.items():
            print(f"{name:24} {min(taken):6.1f} ms least, {statistics.median(taken):6.1f} ms median")
        for size in (1_000, LIST):
            with open("list.csv", "w", encoding="ascii") as rows:
                rows.write("spiffe_id\n" + "".join(f"spiffe://acme.example/l{size}/{row}\n" for row in range(size)))
            bulk = cpu([[binary, "cert", "issue", "--ca", "ca", "--from", "list.csv", "--out", f"list-{size}"]])
            print(f"{size} leaves, logged, 3 files each: {bulk:.0f} ms, {bulk / size * 1000:.0f} µs each")


main()
