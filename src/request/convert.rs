//! A signature of draft-cavage as one of RFC 9421: what it covers in the new words, and the message without it.
//!
//! Only a signature that matches is converted: signing a message anew whose signature is wrong would make it right.

use super::component::Component;
use super::exchange::Exchange;
use super::freshness::Window;
use super::message::{Edit, Message, MessageError};
use super::policy::Policy;
use super::schemes::{Unsigned, cavage};
use crate::kernel::key::Key;

/// What is to be signed anew.
#[derive(Debug, Clone)]
pub struct Converted {
    /// The message without its old signature.
    pub message: Message,
    /// What the old signature covers, as components.
    pub components: Vec<Component>,
    /// The key id that it names.
    pub key_id: Option<String>,
}

/// Why nothing is converted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// There is no signature of the draft.
    #[error(transparent)]
    Unsigned(#[from] Unsigned),
    /// It is not accepted; why, as reason codes.
    #[error("the draft-cavage signature is not accepted, so it is not replaced: {0}")]
    NotAccepted(String),
    /// It covers something that has no name in RFC 9421.
    #[error("`{0}`, which the signature covers, is no component of RFC 9421")]
    NoComponent(String),
    /// The message cannot be read without it.
    #[error(transparent)]
    Message(#[from] MessageError),
}

/// Prepares a message that is signed by draft-cavage for RFC 9421.
///
/// # Errors
/// [`ConvertError`].
pub fn from_cavage(
    exchange: Exchange<'_>,
    keys: &[Key],
    window: Window,
) -> Result<Converted, ConvertError> {
    // With the default demands: a body that nothing vouched for must not be vouched for now.
    let policy = Policy::new(window);
    let verdict = cavage::verify(exchange, keys, &policy)?;
    if !verdict.is_accepted() {
        let codes: Vec<&str> = verdict.reasons().iter().map(|each| each.code()).collect();
        return Err(ConvertError::NotAccepted(codes.join(", ")));
    }
    let mut components: Vec<Component> = Vec::new();
    for covered in cavage::covered(exchange.message).map_err(Unsigned::from)? {
        for name in renamed(&covered) {
            let component =
                Component::parse(name).map_err(|_| ConvertError::NoComponent(covered.clone()))?;
            if !components.iter().any(|known| known.same_as(&component)) {
                components.push(component);
            }
        }
    }
    let edit = Edit {
        remove: vec!["Signature".to_owned()],
        ..Edit::default()
    };
    let mut edited = exchange.message.edited(&edit)?;
    let in_authorization = |value: &[u8]| {
        let scheme = value.get(..10).unwrap_or_default();
        scheme.eq_ignore_ascii_case(b"signature ")
    };
    if edited.values("authorization").any(in_authorization) {
        edited = edited.edited(&Edit {
            remove: vec!["Authorization".to_owned()],
            ..Edit::default()
        })?;
    }
    Ok(Converted {
        message: edited,
        components,
        key_id: verdict.key_id,
    })
}

// The draft's names in the words of RFC 9421. Its times become parameters of the new signature.
fn renamed(covered: &str) -> Vec<&str> {
    match covered {
        "(request-target)" => vec!["@method", "@path", "@query"],
        "(created)" | "(expires)" => Vec::new(),
        "host" => vec!["@authority"],
        "digest" => vec!["content-digest"],
        field => vec![field],
    }
}
