//! Signature schemes, one dialect a file.

pub mod rfc9421;
