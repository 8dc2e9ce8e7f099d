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

/// Which field of a proxy is believed. Only one: a client can send the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forwarding {
    /// `Forwarded` (RFC 7239).
    Standard,
    /// `X-Forwarded-Host` and `X-Forwarded-Proto`.
    Legacy,
}

impl Context {
    /// The same, with the host and scheme that the nearest proxy says the client used: the last element of `Forwarded`
    /// (RFC 7239 §4), or the last `X-Forwarded-Host` and `X-Forwarded-Proto`. Only where that proxy is trusted, and
    /// replaces or appends to what a client sends.
    #[must_use]
    pub fn forwarded(&self, message: &Message, by: Forwarding) -> Self {
        let mut context = self.clone();
        let last = |name: &str| {
            let value = message.values(name).last()?;
            let text = std::str::from_utf8(value).ok()?;
            let text = last_element(text).trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let (host, proto) = match by {
            Forwarding::Legacy => (last("x-forwarded-host"), last("x-forwarded-proto")),
            Forwarding::Standard => {
                let element = last("forwarded").unwrap_or_default();
                (parameter(&element, "host"), parameter(&element, "proto"))
            }
        };
        if host.is_some() {
            context.authority = host;
        }
        if let Some(scheme) = proto.as_deref().and_then(UriScheme::from_name) {
            context.scheme = scheme;
        }
        context
    }
}

// What follows the last comma that is not quoted.
fn last_element(text: &str) -> &str {
    // From the front: whether a comma is quoted depends on what stands before it.
    split_unquoted(text, ',').fold(text, |_, element| element)
}

fn parameter(element: &str, wanted: &str) -> Option<String> {
    let pairs = split_unquoted(element, ';');
    let mut pairs = pairs.filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
    Some(value.trim_matches('"').to_owned())
}

fn split_unquoted(text: &str, at: char) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    text.split(move |c| {
        let plain = !escaped;
        escaped = quoted && plain && c == '\\';
        if c == '"' && plain {
            quoted = !quoted;
        }
        c == at && !quoted
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::source::Source;

    #[test]
    fn the_nearest_proxy_speaks_last() {
        let context = |fields: &str| {
            let text = format!("GET / HTTP/1.1\nHost: backend\n{fields}\n\n");
            let message = Message::parse(&Source::new("m", text.into_bytes()).unwrap()).unwrap();
            let by = match fields.starts_with('X') {
                true => Forwarding::Legacy,
                false => Forwarding::Standard,
            };
            let found = Context::new(UriScheme::Http).forwarded(&message, by);
            (found.authority, found.scheme)
        };
        let https = |host: &str| (Some(host.to_owned()), UriScheme::Https);
        assert_eq!(
            context(
                "Forwarded: host=forged.example;proto=http, for=1;host=\"shop.example:8443\";Proto=https"
            ),
            https("shop.example:8443")
        );
        assert_eq!(
            context(
                "X-Forwarded-Host: forged.example\nX-Forwarded-Host: a.example, shop.example\nX-Forwarded-Proto: https"
            ),
            https("shop.example")
        );
        assert_eq!(
            context("Forwarded: host=shop.example;proto=https;by=\"a,host=forged.example;x\""),
            https("shop.example")
        );
        // The other field is a client's to send.
        let other = "X-Forwarded-Host: shop.example\nForwarded: host=forged.example";
        assert_eq!(context(other).0.as_deref(), Some("shop.example"));
        assert_eq!(context("A: b"), (None, UriScheme::Http));
        assert_eq!(
            context("X-Forwarded-Host:\nX-Forwarded-Proto: gopher"),
            (None, UriScheme::Http)
        );
    }
}
