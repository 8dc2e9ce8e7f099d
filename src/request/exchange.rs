//! A message in its surroundings: the request that a response answers, and what neither can say about itself.

use super::message::Message;
use super::structured_field::FieldType;

/// What a message cannot say about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The scheme that the request was made with.
    pub scheme: UriScheme,
    /// The authority that the client used, where a proxy changed it; None takes the message's own.
    pub authority: Option<String>,
    /// Structured fields beyond the registered ones, lower case.
    pub field_types: Vec<(String, FieldType)>,
}

impl Context {
    /// Nothing but the scheme is known.
    pub fn new(scheme: UriScheme) -> Self {
        Self {
            scheme,
            authority: None,
            field_types: Vec::new(),
        }
    }
}

/// The scheme of a request's URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UriScheme {
    /// `https`
    Https,
    /// `http`
    Http,
}

impl UriScheme {
    /// The name, lower case (RFC 9421 §2.2.4).
    pub fn name(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }

    /// The scheme of that name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Https, Self::Http]
            .into_iter()
            .find(|scheme| name.eq_ignore_ascii_case(scheme.name()))
    }

    /// The port that is not written (RFC 9110 §4.2).
    pub fn default_port(self) -> &'static str {
        match self {
            Self::Https => "443",
            Self::Http => "80",
        }
    }
}

/// A message in its surroundings.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// The message that is signed.
    pub message: &'a Message,
    /// The request that it answers, if it is a response and the request is at hand.
    pub request: Option<&'a Message>,
    /// What the message cannot say.
    pub context: &'a Context,
}

impl<'a> Exchange<'a> {
    /// A message on its own.
    pub fn new(message: &'a Message, context: &'a Context) -> Self {
        Self {
            message,
            request: None,
            context,
        }
    }
}
