//! The only user of ring: digests, MACs, signatures and randomness, chosen by enums and never by strings. What ring does
//! not offer is taken from the RustCrypto crates of one generation: the public point of a given scalar, ECDSA on P-521
//! and secp256k1, Diffie-Hellman with keys that stay, AES with keys of 192 bits, in CBC and as a key wrap.

mod aead;
mod agreement;
mod digest;
mod ecdsa;
mod key_wrap;
mod legacy_cipher;
mod mac;
mod md5;
mod point;
mod random;
#[cfg(feature = "rsa-decryption")]
pub mod rsa;
mod seed;
mod signature;

pub use aead::{AeadAlgorithm, AeadInput, AesSize, Sealed, Unauthentic};
pub use agreement::agree;
pub use digest::{Digest, DigestAlgorithm, hex, sha256, unhex};
pub use key_wrap::{pbkdf2, unwrap as unwrap_key, wrap as wrap_key};
pub use legacy_cipher::LegacyCipher;
pub use mac::{MacAlgorithm, MacContext, MacKey, equal};
pub use md5::Md5;
pub use point::{
    ec_from_random, is_on_curve, is_pair, p256_from_scalar, point_of, x25519_from_scalar,
};
pub use random::{Random, RandomError, SystemRandom};
pub use seed::{BadSeed, Seed};
pub use signature::{
    EcEncoding, SignError, SignatureAlgorithm, SignatureInvalid, Signer, VerifyError, sign, verify,
};
