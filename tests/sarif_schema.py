#!/usr/bin/env python3
"""Validates our SARIF against the schema of SARIF 2.1.0, and the JSON against our published schema.

usage: sarif_schema.py SARIF_FILE [JSON_FILE]

Needs the Python package `jsonschema`. The SARIF schema is OASIS's, as the crate `serde-sarif` (MIT) ships it; cargo
fetches it, and nothing of it is kept in this repository. A changed file is noticed by its SHA-256.
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import jsonschema
import jsonschema.validators

CRATE = "=0.8.0"
SHA256 = "af47e7b67f24efe74076621fd3a5fbe7398add9e84fe820c971219a385895cea"
HERE = pathlib.Path(__file__).resolve().parent


def sarif_schema():
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        (root / "src").mkdir()
        (root / "src/lib.rs").write_text("")
        (root / "Cargo.toml").write_text(
            '[package]\nname = "schema-holder"\nversion = "0.0.0"\nedition = "2021"\n'
            f'[dependencies]\nserde-sarif = "{CRATE}"\n'
        )
        answer = subprocess.run(
            ["cargo", "metadata", "--format-version", "1"],
            cwd=root, check=True, capture_output=True, text=True,
        )
    packages = json.loads(answer.stdout)["packages"]
    crate = next(package for package in packages if package["name"] == "serde-sarif")
    text = (pathlib.Path(crate["manifest_path"]).parent / "src/schema.json").read_bytes()
    digest = hashlib.sha256(text).hexdigest()
    if digest != SHA256:
        sys.exit(f"error: the SARIF schema has SHA-256 {digest}, not {SHA256}")
    return json.loads(text)


def validate(schema, file):
    instance = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
    validator = jsonschema.validators.validator_for(schema)
    validator.check_schema(schema)
    checker = validator(schema, format_checker=validator.FORMAT_CHECKER)
    errors = sorted(checker.iter_errors(instance), key=lambda error: error.json_path)
    for error in errors:
        print(f"{file}: {error.json_path}: {error.message}", file=sys.stderr)
    if not errors:
        print(f"{file}: valid")
    return not errors


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    valid = validate(sarif_schema(), sys.argv[1])
    if len(sys.argv) == 3:
        ours = HERE.parent / "docs/reference/schemas/findings-v1.schema.json"
        valid &= validate(json.loads(ours.read_text(encoding="utf-8")), sys.argv[2])
    sys.exit(0 if valid else 1)


if __name__ == "__main__":
    main()
