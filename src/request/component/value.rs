//! The values that components take from a message (RFC 9421 §2.1 to §2.4).

use std::cell::RefCell;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::target::Target;
use super::{Component, ComponentError, Name};
use crate::request::exchange::Exchange;
use crate::request::message::{Field, Message};
use crate::request::structured_field::{
    Dictionary, FieldType, Member, ParseError, SerializeError, field_type, parse_dictionary,
    parse_item, parse_list, serialize_dictionary, serialize_inner_list, serialize_item,
    serialize_list,
};

/// Where component values come from: a message in its surroundings, its targets taken apart once.
#[derive(Debug)]
pub struct Values<'a> {
    exchange: Exchange<'a>,
    own: Option<Target<'a>>,
    related: Option<Target<'a>>,
    /// The dictionary that was read last: its members are often covered one by one.
    dictionary: RefCell<Option<(Place, Dictionary)>>,
    /// The parameters of the query that was read last, in encoded form.
    parameters: RefCell<Option<(bool, Parameters)>>,
}

/// Which field is meant: whether of the request that is answered, whether a trailer, and its name.
type Place = (bool, bool, String);
/// Names and values.
type Parameters = Vec<(String, String)>;

impl<'a> Values<'a> {
    /// Prepares a message.
    pub fn new(exchange: Exchange<'a>) -> Self {
        let target = |message| Target::new(message, exchange.context);
        Self {
            exchange,
            own: target(exchange.message),
            related: exchange.request.and_then(target),
            dictionary: RefCell::new(None),
            parameters: RefCell::new(None),
        }
    }

    /// The value of a component.
    ///
    /// # Errors
    /// [`ComponentError`].
    pub fn get(&self, component: &Component) -> Result<String, ComponentError> {
        let mut out = String::new();
        self.write(component, &mut out)?;
        Ok(out)
    }

    /// Appends the value of a component to a text.
    ///
    /// # Errors
    /// [`ComponentError`]; the text may then hold a part of the value.
    pub fn write(&self, component: &Component, out: &mut String) -> Result<(), ComponentError> {
        let (message, target) = self.source(component)?;
        match &component.name {
            Name::Field(name) => self.field(component, name, message, out),
            Name::Status => match message.status() {
                Some(status) => {
                    let _infallible = write!(out, "{status:03}");
                    Ok(())
                }
                None => Err(wrong(component, message)),
            },
            Name::QueryParam(name) => {
                let target = target.ok_or_else(|| wrong(component, message))?;
                self.query_parameter(component.from_request, target, name, out)
            }
            _ => derived(
                component,
                target.ok_or_else(|| wrong(component, message))?,
                out,
            ),
        }
    }

    // RFC 9421 §2.2.8: parsed as application/x-www-form-urlencoded, compared and given in percent-encoded form.
    fn query_parameter(
        &self,
        of_request: bool,
        target: &Target<'_>,
        name: &str,
        out: &mut String,
    ) -> Result<(), ComponentError> {
        let mut read = self.parameters.borrow_mut();
        let (_, parameters) = match &mut *read {
            Some(known) if known.0 == of_request => known,
            other => other.insert((of_request, query_parameters(target.query.unwrap_or("")))),
        };
        let mut found = parameters.iter().filter(|(known, _)| known == name);
        let Some((_, value)) = found.next() else {
            return Err(ComponentError::Absent(format!("query parameter `{name}`")));
        };
        if found.next().is_some() {
            return Err(ComponentError::Repeated(name.to_owned()));
        }
        out.push_str(value);
        Ok(())
    }

    // RFC 9421 §2.1.2: the member without its key; a bare one is `?1` with its parameters.
    fn member(
        &self,
        component: &Component,
        (name, key): (&str, &str),
        value: impl FnOnce() -> Vec<u8>,
    ) -> Result<String, ComponentError> {
        let mut read = self.dictionary.borrow_mut();
        let is_wanted = |(of_request, trailer, known): &Place| {
            *of_request == component.from_request && *trailer == component.trailer && known == name
        };
        let (_, dictionary) = match &mut *read {
            Some(known) if is_wanted(&known.0) => known,
            other => {
                let parsed = parse_dictionary(&value());
                let parsed = parsed.map_err(|problem| not_structured(name, problem))?;
                let place = (component.from_request, component.trailer, name.to_owned());
                other.insert((place, parsed))
            }
        };
        let member = dictionary.iter().find(|(known, _)| known == key);
        let (_, member) = member.ok_or_else(|| ComponentError::NoMember {
            field: name.to_owned(),
            key: key.to_owned(),
        })?;
        let text = match member {
            Member::Item(item) => serialize_item(item),
            Member::InnerList(list) => serialize_inner_list(list),
        };
        text.map_err(|problem| unwritable(name, problem))
    }

    // RFC 9421 §2.4: `req` takes the value from the request; on a request it is an error.
    fn source(
        &self,
        component: &Component,
    ) -> Result<(&'a Message, Option<&Target<'a>>), ComponentError> {
        let own = self.exchange.message;
        if !component.from_request {
            return Ok((own, self.own.as_ref()));
        }
        if own.is_request() {
            return Err(wrong(component, own));
        }
        let request = self.exchange.request;
        let no_request = || ComponentError::NoRequest(component.identifier().to_owned());
        Ok((request.ok_or_else(no_request)?, self.related.as_ref()))
    }

    fn field(
        &self,
        component: &Component,
        name: &str,
        message: &Message,
        out: &mut String,
    ) -> Result<(), ComponentError> {
        // RFC 9421 §2.1.4: trailers are never merged with the header.
        let fields = if component.trailer {
            &message.trailers
        } else {
            &message.fields
        };
        let mut lines = lines(fields, name).peekable();
        if lines.peek().is_none() {
            let place = if component.trailer {
                "trailer"
            } else {
                "field"
            };
            return Err(ComponentError::Absent(format!("{place} `{name}`")));
        }
        if component.binary {
            write_binary(lines, out);
            return Ok(());
        }
        if component.structured || component.member.is_some() {
            let joined = || lines.collect::<Vec<_>>().join(&b", "[..]);
            let text = match &component.member {
                Some(key) => self.member(component, (name, key), joined)?,
                None => self.strict(name, &joined())?,
            };
            out.push_str(&text);
            return Ok(());
        }
        // RFC 9421 §2.1: trimmed lines joined by ", ".
        for (index, line) in lines.enumerate() {
            if index > 0 {
                out.push_str(", ");
            }
            out.push_str(ascii(name, line)?);
        }
        Ok(())
    }

    // RFC 9421 §2.1.1: parsed as what it is, and serialised strictly.
    fn strict(&self, name: &str, value: &[u8]) -> Result<String, ComponentError> {
        let extra = &self.exchange.context.field_types;
        let kind = extra
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, kind)| *kind)
            .or_else(|| field_type(name))
            .ok_or_else(|| ComponentError::UnknownFieldType(name.to_owned()))?;
        let damaged = |problem| not_structured(name, problem);
        let unwritable = |problem| unwritable(name, problem);
        match kind {
            FieldType::List => {
                serialize_list(&parse_list(value).map_err(damaged)?).map_err(unwritable)
            }
            FieldType::Dictionary => {
                serialize_dictionary(&parse_dictionary(value).map_err(damaged)?).map_err(unwritable)
            }
            FieldType::Item => {
                serialize_item(&parse_item(value).map_err(damaged)?).map_err(unwritable)
            }
        }
    }
}

fn wrong(component: &Component, message: &Message) -> ComponentError {
    ComponentError::WrongMessage {
        component: component.identifier().to_owned(),
        message: if message.is_request() {
            "a request"
        } else {
            "a response"
        },
    }
}

fn derived(
    component: &Component,
    target: &Target<'_>,
    out: &mut String,
) -> Result<(), ComponentError> {
    let owned;
    let (name, value) = match &component.name {
        Name::Method => ("@method", target.method()),
        Name::Scheme => ("@scheme", target.scheme.name()),
        Name::RequestTarget => ("@request-target", target.raw),
        Name::Path => ("@path", target.path()),
        Name::Authority => {
            owned = target.authority()?;
            ("@authority", owned.as_str())
        }
        Name::TargetUri => {
            owned = target.uri()?;
            ("@target-uri", owned.as_str())
        }
        Name::Query => {
            out.push('?');
            ("@query", target.query.unwrap_or(""))
        }
        Name::QueryParam(_) | Name::Field(_) | Name::Status => return Ok(()),
    };
    out.push_str(ascii(name, value.as_bytes())?);
    Ok(())
}

fn lines<'a>(fields: &'a [Field], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    fields
        .iter()
        .filter(move |field| field.is_named(name))
        .map(Field::value)
}

// RFC 9421 §2.5 step 4: no line end, nothing outside ASCII.
fn ascii<'a>(name: &str, value: &'a [u8]) -> Result<&'a str, ComponentError> {
    let clean = value.is_ascii() && memchr::memchr2(b'\n', b'\r', value).is_none();
    match std::str::from_utf8(value) {
        Ok(text) if clean => Ok(text),
        _ => Err(ComponentError::NotAscii(name.to_owned())),
    }
}

// RFC 9421 §2.1.3: each line a byte sequence, joined as a list.
fn write_binary<'a>(lines: impl Iterator<Item = &'a [u8]>, out: &mut String) {
    for (index, line) in lines.enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        out.push(':');
        STANDARD.encode_string(line, out);
        out.push(':');
    }
}

fn not_structured(field: &str, problem: ParseError) -> ComponentError {
    ComponentError::NotStructured {
        field: field.to_owned(),
        problem,
    }
}

fn unwritable(field: &str, problem: SerializeError) -> ComponentError {
    ComponentError::Unwritable {
        field: field.to_owned(),
        problem,
    }
}

fn query_parameters(query: &str) -> Parameters {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let encoded = |text: &str| form_encode(&form_decode(text.as_bytes(), true));
    let pairs = pairs.map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (encoded(key), encoded(value))
    });
    pairs.collect()
}

/// Whether a name is written as the encoding writes it: another spelling names no parameter.
pub(super) fn is_encoded(name: &str) -> bool {
    form_encode(&form_decode(name.as_bytes(), false)) == name
}

fn form_decode(text: &[u8], plus_is_space: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let digit = |index: usize| {
            let byte = *after.get(index)?;
            char::from(byte).to_digit(16)
        };
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).expect("two hexadecimal digits"));
                rest = after.get(2..).unwrap_or_default();
            }
            (b'+', ..) if plus_is_space => out.push(b' '),
            (byte, ..) => out.push(*byte),
        }
    }
    out
}

fn form_encode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in String::from_utf8_lossy(bytes).bytes() {
        if byte.is_ascii_alphanumeric() || b"*-._".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _infallible = write!(out, "%{byte:02X}");
        }
    }
    out
}
