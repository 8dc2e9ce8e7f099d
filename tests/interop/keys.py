"""Makes the keys of one run, in the scratch directory: a secret, and a pair for each asymmetric algorithm."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

keys = Path(os.environ["SCRATCH"]) / "keys"
keys.mkdir()
(keys / "hmac-sha256.secret").write_text(secrets.token_hex(32))
rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
pairs = {
    "ed25519": ed25519.Ed25519PrivateKey.generate(),
    "ecdsa-p256-sha256": ec.generate_private_key(ec.SECP256R1()),
    "ecdsa-p384-sha384": ec.generate_private_key(ec.SECP384R1()),
    "rsa-pss-sha512": rsa_key,
    "rsa-v1_5-sha256": rsa_key,
}
for name, key in pairs.items():
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (keys / f"{name}.pem").write_bytes(private)
    (keys / f"{name}.pub.pem").write_bytes(public)
