//! The only user of ring: digests, MACs, signatures and randomness, chosen by enums and never by strings.

mod digest;
mod mac;
mod random;
mod signature;

pub use digest::{Digest, DigestAlgorithm, hex, sha256};
pub use mac::{MacAlgorithm, MacKey, equal};
pub use random::{Random, RandomError, SystemRandom};
pub use signature::{
    EcEncoding, SignError, SignatureAlgorithm, SignatureInvalid, Signer, VerifyError, sign, verify,
};
