//! What the rules judge: a token, a set of keys, a metadata document, each with what its rules ask of it.

mod key_set;
mod metadata;
mod role;
mod token;

pub(super) use key_set::{KeySet, Member, PRIVATE};
pub(super) use metadata::{Metadata, url_parts};
pub(super) use role::Role;
pub(super) use token::{Token, is_hmac, quoted};
