//! One entry of a recording as bytes, and every reason why they may not be the bytes that were sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{
    Entry, HarError, HarProblem, Message, fault, list, object, optional_text, required, size, text,
};
use crate::kernel::document::Node;
use crate::request::exchange::UriScheme;
use crate::request::parts::{is_field_text, is_token};

/// Reads one entry.
pub(super) fn entry(index: usize, node: &Node) -> Result<Entry, HarError> {
    let request = object(node, "request")?;
    let (scheme, request) = read_request(request)?;
    let to_head = request.bytes.starts_with(b"HEAD ");
    let response = match node.get("response").filter(|response| !response.is_null()) {
        Some(_) => read_response(object(node, "response")?, to_head)?,
        None => None,
    };
    Ok(Entry {
        index,
        offset: node.span.start as usize,
        scheme,
        request,
        response,
    })
}

struct Url<'a> {
    scheme: UriScheme,
    authority: &'a str,
    target: String,
}

fn url(node: &Node) -> Result<Url<'_>, HarError> {
    let written = text(node, "url")?;
    let bad = || fault(node.get("url").unwrap_or(node), HarProblem::Url);
    let (scheme, rest) = written.split_once("://").ok_or_else(bad)?;
    let scheme = UriScheme::from_name(scheme).ok_or_else(bad)?;
    let rest = rest.split('#').next().unwrap_or_default();
    let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let authority = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    if authority.is_empty() || !is_field_text(rest.as_bytes()) {
        return Err(bad());
    }
    let slash = if target.starts_with('/') { "" } else { "/" };
    Ok(Url {
        scheme,
        authority,
        target: format!("{slash}{target}"),
    })
}

fn read_request(node: &Node) -> Result<(UriScheme, Message), HarError> {
    let url = url(node)?;
    let method = text(node, "method")?;
    if !is_token(method.as_bytes()) {
        return Err(fault(required(node, "method")?, HarProblem::Method));
    }
    let mut message = Message::default();
    let mut head = Head::read(node)?;
    contradictions(&url, method, &head, &mut message);
    let target = head.pseudo(":path").unwrap_or(&url.target).to_owned();
    if !target.is_ascii() || target.contains(' ') {
        let reason = "the URL holds characters that were sent in another form";
        message.undecidable.push(reason.into());
    }
    if head.fields.is_empty() && head.pseudo.is_empty() {
        let reason = "the recording has no fields";
        message.undecidable.push(reason.into());
    }
    if !head.has("host") {
        let value = head.pseudo(":authority").map(str::to_owned);
        let value = value.unwrap_or_else(|| {
            let reason = "the recording has no `Host`; it was made from the URL";
            message.undecidable.push(reason.into());
            url.authority.to_owned()
        });
        head.fields.insert(0, ("Host".into(), value));
    }
    let cookies = node.get("cookies").and_then(Node::as_sequence);
    if cookies.is_some_and(|cookies| !cookies.is_empty()) && !head.has("cookie") {
        let reason = "the recording has cookies but no `Cookie` field";
        message.undecidable.push(reason.into());
    }
    let content = node.get("postData").filter(|data| !data.is_null());
    let body = match content {
        Some(_) => Body::read(object(node, "postData")?, &mut message)?,
        None => Body::default(),
    };
    if content.is_some_and(|content| content.get("text").is_none_or(Node::is_null)) {
        let reason = "`postData` has no `text`: the body was not recorded";
        message.unreliable.push(reason.into());
    }
    body.compare(size(node, "bodySize"), &head, &mut message);
    message.bytes = format!("{method} {target} HTTP/1.1\r\n").into_bytes();
    head.write(body, &mut message);
    Ok((url.scheme, message))
}

/// What the URL and the method say, against the fields: nobody can tell which of two was sent.
fn contradictions(url: &Url<'_>, method: &str, head: &Head, message: &mut Message) {
    let mut differ = |one: &str, other: &str| {
        let reason = format!("{one} and {other} differ in the recording");
        message.unreliable.push(reason);
    };
    let same = |one: &str, other: &str| place(one, url.scheme) == place(other, url.scheme);
    let (host, authority) = (head.value("host"), head.pseudo(":authority"));
    if let (Some(host), Some(authority)) = (host, authority)
        && !same(host, authority)
    {
        differ("`Host`", "`:authority`");
    }
    for (name, value) in [("`Host`", host), ("`:authority`", authority)] {
        if value.is_some_and(|value| !same(value, url.authority)) {
            differ("the URL's host", name);
        }
    }
    // What is written in another form is told apart.
    let plain = url.target.is_ascii() && !url.target.contains(' ');
    if plain && head.pseudo(":path").is_some_and(|path| path != url.target) {
        differ("the URL's path", "`:path`");
    }
    if head.pseudo(":method").is_some_and(|known| known != method) {
        differ("the method", "`:method`");
    }
    let scheme = head.pseudo(":scheme");
    if scheme.is_some_and(|name| UriScheme::from_name(name) != Some(url.scheme)) {
        differ("the URL's scheme", "`:scheme`");
    }
}

/// An authority in lower case, without the default port of its scheme.
fn place(authority: &str, scheme: UriScheme) -> String {
    let (host, port) = authority.rsplit_once(':').unwrap_or((authority, ""));
    let host = match port {
        "" => authority,
        port if port == scheme.default_port() => host,
        _ => authority,
    };
    host.to_ascii_lowercase()
}

fn read_response(node: &Node, to_head: bool) -> Result<Option<Message>, HarError> {
    let status = size(node, "status").unwrap_or(0);
    // A request that was blocked or broken off has the status 0.
    if status == 0 {
        return Ok(None);
    }
    if !(100..=999).contains(&status) {
        return Err(fault(required(node, "status")?, HarProblem::Status));
    }
    let mut message = Message::default();
    let head = Head::read(node)?;
    if head
        .pseudo(":status")
        .is_some_and(|known| known.parse() != Ok(status))
    {
        let reason = "the status and `:status` differ in the recording";
        message.unreliable.push(reason.into());
    }
    let content = node.get("content").filter(|content| !content.is_null());
    let body = match content {
        Some(_) => Body::read(object(node, "content")?, &mut message)?,
        None => Body::default(),
    };
    // RFC 9112 §6.3: these end with their head, whatever length they tell.
    let bodiless = to_head || matches!(status, 100..200 | 204 | 304);
    if !bodiless {
        let promised = content.and_then(|content| size(content, "size"));
        let text = content.and_then(|content| content.get("text"));
        if text.is_none_or(Node::is_null) && promised.is_none_or(|size| size > 0) {
            let reason = "`content` has no `text`: the body was not recorded";
            message.unreliable.push(reason.into());
        }
        body.compare(size(node, "bodySize"), &head, &mut message);
    } else if !body.bytes.is_empty() {
        let reason = "the recording has a body for a response that can have none";
        message.unreliable.push(reason.into());
    }
    let reason = optional_text(node, "statusText")?.unwrap_or_default();
    if !is_field_text(reason.as_bytes()) {
        return Err(fault(required(node, "statusText")?, HarProblem::Field));
    }
    message.bytes = format!("HTTP/1.1 {status} {reason}\r\n").into_bytes();
    head.write(body, &mut message);
    Ok(Some(message))
}

/// The fields of a message, the pseudo-headers of HTTP/2 apart.
#[derive(Default)]
struct Head {
    fields: Vec<(String, String)>,
    pseudo: Vec<(String, String)>,
}

impl Head {
    fn read(node: &Node) -> Result<Self, HarError> {
        let mut head = Self::default();
        for header in list(node, "headers")? {
            let (name, value) = (text(header, "name")?, text(header, "value")?);
            let bad = || fault(header, HarProblem::Field);
            if name.starts_with(':') {
                if !is_field_text(value.as_bytes()) {
                    return Err(bad());
                }
                head.pseudo.push((name.to_owned(), value.to_owned()));
                continue;
            }
            if !is_token(name.as_bytes()) {
                return Err(bad());
            }
            // Browsers put the lines of `Set-Cookie`, which cannot be joined by commas, into one value.
            let lines = name.eq_ignore_ascii_case("set-cookie");
            for value in value.split(|c| lines && c == '\n') {
                if !is_field_text(value.as_bytes()) {
                    return Err(bad());
                }
                head.fields.push((name.to_owned(), value.trim().to_owned()));
            }
        }
        Ok(head)
    }

    fn pseudo(&self, name: &str) -> Option<&str> {
        let found = self.pseudo.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn value(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        let found = fields.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    // The body ends the message, whatever its fields say of its coding and length.
    fn write(self, body: Body, message: &mut Message) {
        for (name, value) in self.fields {
            if name.eq_ignore_ascii_case("transfer-encoding") {
                let note = "`Transfer-Encoding` is left out: a recording holds the body without it";
                message.notes.push(note.into());
                continue;
            }
            if !value.is_ascii() {
                let reason = format!(
                    "`{name}` holds characters that may have been sent in another encoding"
                );
                message.undecidable.push(reason);
            }
            let line = format!("{name}: {value}\r\n");
            message.bytes.extend_from_slice(line.as_bytes());
        }
        message.bytes.extend_from_slice(b"\r\n");
        message.bytes.extend_from_slice(&body.bytes);
    }
}

/// A body as it was recorded.
#[derive(Default)]
struct Body {
    bytes: Vec<u8>,
}

impl Body {
    fn read(node: &Node, message: &mut Message) -> Result<Self, HarError> {
        let mut undecidable = |reason: &str| message.undecidable.push(reason.to_owned());
        let Some(text) = optional_text(node, "text")? else {
            return Ok(Self::default());
        };
        let encoding = optional_text(node, "encoding")?.or(optional_text(node, "_encoding")?);
        match encoding {
            Some(encoding) if encoding.eq_ignore_ascii_case("base64") => {
                if let Ok(bytes) = STANDARD.decode(text) {
                    return Ok(Self { bytes });
                }
                undecidable("the body says that it is base64 and is not");
            }
            Some("") | None => {
                let kind = optional_text(node, "mimeType")?.unwrap_or_default();
                let kind = kind.to_ascii_lowercase();
                let other = kind
                    .split_once("charset=")
                    .is_some_and(|(_, name)| !name.trim_matches('"').starts_with("utf-8"));
                if text.contains('\u{fffd}') {
                    undecidable("the body holds replacement characters: its bytes were not text");
                } else if other && !text.is_ascii() {
                    undecidable("the body was text in another encoding than UTF-8");
                }
            }
            Some(_) => undecidable("the body is in an encoding that is not known"),
        }
        Ok(Self {
            bytes: text.as_bytes().to_vec(),
        })
    }

    /// What the recording says of the body's size, against the bytes that are there.
    fn compare(&self, body_size: Option<u64>, head: &Head, message: &mut Message) {
        let length = self.bytes.len() as u64;
        let announced = head
            .value("content-length")
            .and_then(|value| value.parse().ok());
        let mut confirmed = announced == Some(length);
        let unlike = |name: &str, size: u64| {
            format!("`{name}` says {size} bytes, the recorded body has {length}")
        };
        match (announced, body_size) {
            (Some(announced), _) if announced != length => {
                message.unreliable.push(unlike("Content-Length", announced));
            }
            (None, Some(size)) => {
                confirmed = size == length;
                match length {
                    _ if confirmed => {}
                    0 => message.unreliable.push(unlike("bodySize", size)),
                    // A body size of 0 beside a body: Chrome for what came from the cache.
                    _ => message.undecidable.push(unlike("bodySize", size)),
                }
            }
            _ => {}
        }
        let coding = head.value("content-encoding").unwrap_or("identity");
        if length > 0 && !coding.eq_ignore_ascii_case("identity") && !confirmed {
            let reason = "the body was sent in a content coding and recorded without it";
            message.undecidable.push(reason.into());
        }
    }
}
