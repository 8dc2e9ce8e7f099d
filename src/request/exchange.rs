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
    /// What is wrong with the field of a trusted proxy that should say the authority.
    pub forwarding_defect: Option<&'static str>,
}

impl Context {
    /// Nothing but the scheme is known.
    pub fn new(scheme: UriScheme) -> Self {
        Self {
            scheme,
            authority: None,
            field_types: Vec::new(),
            forwarding_defect: None,
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
        let last = |name: &'static str| {
            let value = message.values(name).last()?;
            std::str::from_utf8(value).ok()
        };
        let (host, proto) = match by {
            Forwarding::Legacy => {
                let last = |name: &'static str| {
                    let text = last(name)?.rsplit(',').next()?.trim();
                    (!text.is_empty()).then(|| text.to_owned())
                };
                (last("x-forwarded-host"), last("x-forwarded-proto"))
            }
            Forwarding::Standard => match last("forwarded").map(last_element) {
                None => (None, None),
                Some(Ok(element)) => (element.host, element.proto),
                Some(Err(defect)) => {
                    context.forwarding_defect = Some(defect);
                    (None, None)
                }
            },
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

/// What the last element of `Forwarded` says.
#[derive(Debug, Default)]
struct Element {
    host: Option<String>,
    proto: Option<String>,
}

/// Reads the field strictly (RFC 7239 §4): a quote that a client opens must not swallow what the proxy appends, and of two hosts
/// nobody knows which the proxy wrote.
fn last_element(text: &str) -> Result<Element, &'static str> {
    let mut element = Element::default();
    let mut rest = text.trim();
    loop {
        rest = rest.trim_start();
        let end = rest.find(|c: char| !is_token_character(c));
        let (name, after) = rest.split_at(end.unwrap_or(rest.len()));
        if !name.is_empty() {
            let after = after
                .strip_prefix('=')
                .ok_or("has a parameter without `=`")?;
            let (value, after) = value(after)?;
            rest = after.trim_start();
            let slot = match name.to_ascii_lowercase().as_str() {
                "host" => Some(&mut element.host),
                "proto" => Some(&mut element.proto),
                _ => None,
            };
            if let Some(slot) = slot
                && slot.replace(value).is_some()
            {
                return Err("says the host or the protocol twice in one element");
            }
        }
        match rest.chars().next() {
            None => return Ok(element),
            Some(';') => {}
            Some(',') => element = Element::default(),
            Some(_) => return Err("holds what is no parameter"),
        }
        rest = rest.get(1..).unwrap_or_default();
    }
}

/// A token or a quoted string, and what follows it.
fn value(text: &str) -> Result<(String, &str), &'static str> {
    let Some(quoted) = text.strip_prefix('"') else {
        // Addresses with a port stand here without quotes, though the grammar asks for them.
        let end = text.find(|c: char| !is_token_character(c) && !matches!(c, ':' | '[' | ']'));
        let (value, rest) = text.split_at(end.unwrap_or(text.len()));
        return Ok((value.to_owned(), rest));
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((index, c)) = characters.next() {
        match c {
            '"' => return Ok((value, quoted.get(index + 1..).unwrap_or_default())),
            '\\' => value.extend(characters.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    Err("has a quote that is not closed")
}

fn is_token_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
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
        // What a client writes into the line before the proxy appends to it.
        for line in [
            "host=evil.example;x=\", host=shop.example;proto=https",
            "host=evil.example;host=shop.example",
            "host=\"shop.example\"evil, ",
            "host = shop.example",
        ] {
            let text = format!("GET / HTTP/1.1\nHost: backend\nForwarded: {line}\n\n");
            let message = Message::parse(&Source::new("m", text.into_bytes()).unwrap()).unwrap();
            let found = Context::new(UriScheme::Http).forwarded(&message, Forwarding::Standard);
            assert!(found.forwarding_defect.is_some(), "{line}");
            assert_eq!(found.authority, None);
        }
        assert_eq!(
            context("X-Forwarded-Host: evil.example;\"x, shop.example\nX-Forwarded-Proto: https"),
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
