//! `Accept-Signature` (RFC 9421 §5): which signature the other side would like.

use crate::request::component::{Component, ComponentError};
use crate::request::message::Message;
use crate::request::structured_field::{
    BareItem, InnerList, Member, ParseError, parse_dictionary_members,
};

/// One wished-for signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The label it should have.
    pub label: String,
    /// The components to cover, in this order.
    pub components: Vec<Component>,
    /// Whether it should say when it was created.
    pub created: bool,
    /// Whether it should say when it expires.
    pub expires: bool,
    /// The nonce to repeat.
    pub nonce: Option<String>,
    /// The algorithm to use.
    pub algorithm: Option<String>,
    /// The key to use.
    pub key_id: Option<String>,
    /// The tag to repeat.
    pub tag: Option<String>,
}

/// Why a wish cannot be granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AcceptError {
    /// The field is not there.
    #[error("the message has no `Accept-Signature`")]
    Missing,
    /// The field is damaged.
    #[error("`Accept-Signature` cannot be read: {0}")]
    Malformed(#[from] ParseError),
    /// A member that is no list of components.
    #[error("the member `{0}` of `Accept-Signature` is not a list of components")]
    WrongMember(String),
    /// A label that occurs twice.
    #[error("the label `{0}` occurs more than once in `Accept-Signature`")]
    Duplicate(String),
    /// A component that does not exist.
    #[error(transparent)]
    Component(#[from] ComponentError),
    /// A parameter with a value of the wrong type.
    #[error("the parameter `{parameter}` of `{label}` must be {expected}")]
    Parameter {
        /// The label.
        label: String,
        /// The parameter.
        parameter: String,
        /// What it must be.
        expected: &'static str,
    },
}

/// The wishes of a message.
///
/// # Errors
/// [`AcceptError`].
pub fn wishes(message: &Message) -> Result<Vec<Wish>, AcceptError> {
    let lines: Vec<&[u8]> = message.values("accept-signature").collect();
    if lines.is_empty() {
        return Err(AcceptError::Missing);
    }
    let members = parse_dictionary_members(&lines.join(&b", "[..]))?;
    let mut found: Vec<Wish> = Vec::with_capacity(members.len());
    for (label, member) in members {
        if found.iter().any(|wish| wish.label == label) {
            return Err(AcceptError::Duplicate(label.into_owned()));
        }
        let Member::InnerList(list) = member else {
            return Err(AcceptError::WrongMember(label.into_owned()));
        };
        found.push(wish(label.into_owned(), &list)?);
    }
    Ok(found)
}

fn wish(label: String, list: &InnerList) -> Result<Wish, AcceptError> {
    let components: Result<Vec<Component>, ComponentError> =
        list.items.iter().map(Component::from_item).collect();
    let mut wish = Wish {
        label,
        components: components?,
        created: false,
        expires: false,
        nonce: None,
        algorithm: None,
        key_id: None,
        tag: None,
    };
    for (name, value) in &list.parameters {
        let wrong = |expected| AcceptError::Parameter {
            label: wish.label.clone(),
            parameter: name.to_string(),
            expected,
        };
        let text = || match value {
            BareItem::String(text) => Ok(Some(text.to_string())),
            _ => Err(wrong("a string")),
        };
        // RFC 9421 §5.1: the times are asked for without a value.
        let asked = || match value {
            BareItem::Boolean(true) => Ok(true),
            _ => Err(wrong("without a value")),
        };
        match name.as_ref() {
            "created" => wish.created = asked()?,
            "expires" => wish.expires = asked()?,
            "nonce" => wish.nonce = text()?,
            "alg" => wish.algorithm = text()?,
            "keyid" => wish.key_id = text()?,
            "tag" => wish.tag = text()?,
            _ => {}
        }
    }
    Ok(wish)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::source::Source;

    fn read(value: &str) -> Result<Vec<Wish>, AcceptError> {
        let text = format!("GET / HTTP/1.1\nAccept-Signature: {value}\n\n");
        let source = Source::new("m", text.into_bytes()).unwrap();
        wishes(&Message::parse(&source).unwrap())
    }

    #[test]
    fn a_wish_names_components_and_parameters() {
        let all =
            read("sig1=(\"@method\" \"@target-uri\");keyid=\"k\";created;tag=\"app-123\"").unwrap();
        let [wish] = all.as_slice() else {
            panic!("one wish")
        };
        assert_eq!(wish.components.len(), 2);
        assert!(wish.created && !wish.expires);
        assert_eq!(wish.tag.as_deref(), Some("app-123"));
    }

    #[test]
    fn a_wish_that_cannot_be_meant_is_an_error() {
        assert!(matches!(read("a=1"), Err(AcceptError::WrongMember(_))));
        assert!(matches!(read("a=(), a=()"), Err(AcceptError::Duplicate(_))));
        assert!(matches!(
            read("a=(\"@nope\")"),
            Err(AcceptError::Component(_))
        ));
        assert!(matches!(
            read("a=();created=1"),
            Err(AcceptError::Parameter { .. })
        ));
        assert!(matches!(
            read("a=();tag=1"),
            Err(AcceptError::Parameter { .. })
        ));
        assert!(matches!(read("a=("), Err(AcceptError::Malformed(_))));
    }
}
