//! What goes wrong between the body of a request to AWS and the hash that stands for it.

use super::fields::replaced;
use super::{Cause, Change, Family, Mutation, State};
use crate::kernel::crypto::{hex, sha256};
use crate::request::message::Edit;
use crate::request::schemes::sigv4::UNSIGNED_PAYLOAD;

/// The payload hashes that a signer may have meant.
pub(super) fn mutations(state: &State) -> Vec<Mutation> {
    let message = &state.message;
    let mut hashes = vec![
        (
            "the payload had been left unsigned",
            UNSIGNED_PAYLOAD.to_owned(),
        ),
        ("an empty body had been hashed", hex(&sha256(b""))),
    ];
    if let Some(body) = message.content() {
        hashes.push(("the hash were that of this body", hex(&sha256(body))));
    }
    let name = "x-amz-content-sha256";
    let mut all = Vec::new();
    for (text, hash) in hashes {
        if message.values(name).next().is_some() {
            let form = (Cause::Sigv4Payload, text.to_owned(), hash.into_bytes());
            all.push(replaced(message, name, form));
            continue;
        }
        let mut edit = Edit::default();
        edit.add(name, hash);
        if let Ok(next) = message.edited(&edit) {
            let change = Change::Message(Box::new(next));
            all.push(Mutation::new(
                Family::Field,
                Cause::Sigv4Payload,
                text,
                change,
            ));
        }
    }
    all
}
