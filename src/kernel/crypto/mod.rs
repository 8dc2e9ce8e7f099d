//! The only user of ring: digests, MACs, signatures and randomness, chosen by enums and never by strings. One step that
//! ring does not offer, the public point of a given P-256 scalar, is the `p256` crate's.

mod digest;
mod mac;
mod md5;
mod point;
mod random;
mod signature;

pub use digest::{Digest, DigestAlgorithm, hex, sha256, unhex};
pub use mac::{MacAlgorithm, MacContext, MacKey, equal};
pub use md5::Md5;
pub use point::p256_from_scalar;
pub use random::{Random, RandomError, SystemRandom};
pub use signature::{
    EcEncoding, SignError, SignatureAlgorithm, SignatureInvalid, Signer, VerifyError, sign, verify,
};
