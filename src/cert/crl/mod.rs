//! Revocation lists read and asked (RFC 5280 §5, §6.3): complete lists, deltas, scopes.
//!
//! A list counts if the certificate's own issuer signed it, with the key that signed the certificate. Indirect lists,
//! which another authority signs, are not understood and so not usable.

mod judge;
mod read;
#[cfg(test)]
mod tests;

pub use judge::{Lists, RevocationScope, Status};
pub(super) use read::decimal;
pub use read::{
    CrlError, IssuingPoint, MAX_BYTES as MAX_CRL_BYTES, RevocationList, RevocationReason, Revoked,
};
