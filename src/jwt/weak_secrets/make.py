#!/usr/bin/env python3
"""Makes `list.bin` from `jwt.secrets.list` of wallarm/jwt-secrets (MIT).

    python3 src/jwt/weak_secrets/make.py jwt.secrets.list src/jwt/weak_secrets/list.bin

Only Python's own library is needed. The format is told in `mod.rs`; the same input gives the same bytes with the same zlib.
"""

import hashlib
import re
import sys
import zlib

UPSTREAM = "d9aaae732134c7603189e7f4745ab806efaa12863c9da1c6523fe7d1424306c0"


def secrets(raw):
    """The distinct secrets: lines end with CRLF, of which `\\r` alone is stripped; outer spaces belong to a secret."""
    lines = raw.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    return sorted({line.removesuffix(b"\r") for line in lines})


def kind(secret):
    if not secret or any(byte < 32 or byte > 126 for byte in secret):
        return "plain"
    if re.fullmatch(rb"[0-9]{1,18}", secret):
        return "digits"
    if re.fullmatch(rb"[0-9a-f-]{16,}", secret):
        return "hexadecimal"
    if re.fullmatch(rb"[a-z]+", secret):
        return "letters"
    return "mixed"


def front_coded(words):
    out, before = bytearray(), b""
    for word in words:
        shared = 0
        while shared < min(len(before), len(word), 100) and before[shared] == word[shared]:
            shared += 1
        out.append(128 + shared)
        out += word[shared:]
        before = word
    return bytes(out)


def number(out, value):
    while value >= 128:
        out.append(128 | value & 127)
        value >>= 7
    out.append(value)


def gaps(words):
    out = bytearray()
    for length in range(1, 19):
        values = sorted(int(word) for word in words if len(word) == length)
        number(out, len(values))
        before = -1
        for value in values:
            number(out, value - before - 1)
            before = value
    return bytes(out)


def deflated(data):
    best = None
    for memory in (8, 9):
        for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_FILTERED):
            packer = zlib.compressobj(9, zlib.DEFLATED, -15, memory, strategy)
            packed = packer.compress(data) + packer.flush()
            if best is None or len(packed) < len(best):
                best = packed
    return best


def main():
    source, target = sys.argv[1:]
    with open(source, "rb") as file:
        raw = file.read()
    digest = hashlib.sha256(raw).hexdigest()
    if digest != UPSTREAM:
        print(f"note: another list than the one this was written for ({digest})", file=sys.stderr)
    kinds = {name: [] for name in ("letters", "hexadecimal", "mixed", "digits", "plain")}
    everything = secrets(raw)
    for secret in everything:
        kinds[kind(secret)].append(secret)
    sections = [front_coded(kinds[name]) for name in ("letters", "hexadecimal", "mixed")]
    sections += [gaps(kinds["digits"]), b"\n".join(kinds["plain"])]
    with open(target, "wb") as file:
        for section in sections:
            packed = deflated(section)
            file.write(len(packed).to_bytes(4, "little") + packed)
    print(f"{len(everything)} secrets", file=sys.stderr)


main()
