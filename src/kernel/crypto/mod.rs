//! The only user of ring: digests, MACs, signatures and randomness, chosen by enums and never by strings.

mod digest;

pub use digest::{Digest, DigestAlgorithm, hex, sha256};
