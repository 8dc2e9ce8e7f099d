//! Reading a message: start line, fields, body.

use std::sync::Arc;

use super::Value;
use super::{
    Content, ContentStream, Field, Framing, MAX_FIELDS, MAX_HEAD_BYTES, Message, MessageError,
    Pseudo, Start, chunked,
};
use crate::kernel::source::{Source, Span};

/// Reads a message; its content is the rest of the source, or the stream.
pub(super) fn message(
    source: &Arc<Source>,
    stream: Option<Arc<dyn ContentStream>>,
    framing: Framing,
) -> Result<Message, MessageError> {
    let bytes = source.bytes();
    let start = leading_empty_lines(bytes);
    if start == bytes.len() {
        return Err(MessageError::Empty);
    }
    let mut forgiven = Vec::new();
    let mut lines = Lines { bytes, at: start };
    let line_end = line_end(bytes, start);
    let first = if bytes.get(start) == Some(&b':') {
        pseudo_fields(&mut lines, source)?
    } else {
        let line = lines.next_line().ok_or(MessageError::Empty)?;
        start_line(&line, &mut forgiven)?
    };
    let section = fields(&mut lines, source)?;
    if start > 0 {
        forgiven.push("empty lines before the message".to_owned());
    }
    if line_end == "\n" {
        forgiven.push("lines that end in LF alone".to_owned());
    }
    if section.folded {
        forgiven.push("field values folded over several lines".to_owned());
    }
    if section.body == section.end && stream.is_none() {
        forgiven.push("a head that ends without an empty line".to_owned());
    }
    let mut message = Message {
        source: Arc::clone(source),
        start: first,
        fields: section.fields,
        trailers: Vec::new(),
        content: match stream {
            Some(stream) => Content::Stream(stream),
            None => Content::Within(Span::new(section.body, bytes.len())),
        },
        forgiven,
        framing,
        line_end,
        fields_end: u32::try_from(section.end).unwrap_or(u32::MAX),
        body_start: u32::try_from(section.body).unwrap_or(u32::MAX),
    };
    limit_body(&mut message)?;
    Ok(message)
}

fn limit_body(message: &mut Message) -> Result<(), MessageError> {
    if message.framing.recorded {
        return Ok(());
    }
    // RFC 9112 §6.3: whatever their fields say, these end with their head.
    let bodiless = matches!(message.status(), Some(100..200 | 204 | 304));
    if bodiless || message.answers_head() {
        content_length(message)?;
        return end_content(message, 0);
    }
    if let Some(coding) = transfer_coding(message)? {
        if message.values("content-length").next().is_some() {
            return Err(MessageError::TwoLengths);
        }
        let Content::Within(span) = message.content else {
            return Err(MessageError::TransferCoding(coding));
        };
        return unchunk(message, span);
    }
    let Some(expected) = content_length(message)? else {
        if message.has_body() && message.is_request() {
            let note = "no `Content-Length`: everything after the empty line is taken for the body";
            message.forgiven.push(note.to_owned());
        }
        return Ok(());
    };
    let found = message.content_length();
    if expected > found {
        return Err(MessageError::Truncated { expected, found });
    }
    end_content(message, expected)
}

/// Cuts off what follows the content. Editors append line ends; anything else is not forgiven.
fn end_content(message: &mut Message, expected: u64) -> Result<(), MessageError> {
    let found = message.content_length();
    if expected == found {
        return Ok(());
    }
    let Content::Within(span) = message.content else {
        return Err(MessageError::TrailingBytes(found - expected));
    };
    let end = span.start as usize + usize::try_from(expected).unwrap_or(usize::MAX);
    let rest = message.source.slice(Span::new(end, span.end as usize));
    if !rest.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
        return Err(MessageError::TrailingBytes(found - expected));
    }
    message.content = Content::Within(Span::new(span.start as usize, end));
    let decided = match expected {
        0 => "after the end of the message",
        _ => "after the end of the body that `Content-Length` gives",
    };
    let note = format!("{} bytes {decided}", found - expected);
    message.forgiven.push(note);
    Ok(())
}

fn unchunk(message: &mut Message, span: Span) -> Result<(), MessageError> {
    let source = Arc::clone(&message.source);
    let decoded = chunked::decode(source.bytes(), span.start as usize)?;
    let mut lines = Lines {
        bytes: source.bytes(),
        at: decoded.trailers,
    };
    let section = fields(&mut lines, &source)?;
    let rest = source.bytes().get(section.body..).unwrap_or_default();
    if !rest.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
        return Err(MessageError::TrailingBytes(rest.len() as u64));
    }
    message.trailers = section.fields;
    message.content = Content::Apart(decoded.content.into());
    Ok(())
}

// Only `chunked` alone is taken off; `identity` is no coding.
fn transfer_coding(message: &Message) -> Result<Option<String>, MessageError> {
    let mut chunked = None;
    let mut any = false;
    for coding in message.values("transfer-encoding") {
        any = true;
        let name = String::from_utf8_lossy(coding).into_owned();
        if name.eq_ignore_ascii_case("chunked") && chunked.is_none() {
            chunked = Some(name);
        } else if !name.eq_ignore_ascii_case("identity") || chunked.is_some() {
            return Err(MessageError::TransferCoding(name));
        }
    }
    if any && chunked.is_none() && message.values("content-length").next().is_some() {
        return Err(MessageError::TwoLengths);
    }
    Ok(chunked)
}

fn content_length(message: &Message) -> Result<Option<u64>, MessageError> {
    let mut length = None;
    for value in message.values("content-length") {
        let text = std::str::from_utf8(value).map_err(|_| MessageError::BadContentLength)?;
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(MessageError::BadContentLength);
        }
        let value: u64 = text.parse().map_err(|_| MessageError::BadContentLength)?;
        if length.is_some_and(|length| length != value) {
            return Err(MessageError::BadContentLength);
        }
        length = Some(value);
    }
    Ok(length)
}

struct Line<'a> {
    text: &'a [u8],
    start: usize,
    end: usize,
    /// Whether a line end follows.
    ended: bool,
}

struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    fn next_line(&mut self) -> Option<Line<'a>> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr(b'\n', rest).map_or(rest.len(), |index| index + 1);
        let line = rest.get(..length)?;
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let start = self.at;
        self.at += length;
        Some(Line {
            text: text.strip_suffix(b"\r").unwrap_or(text),
            start,
            end: self.at,
            ended: line.ends_with(b"\n"),
        })
    }
}

// RFC 9112 §2.2: a receiver ignores at least one empty line before the request line.
fn leading_empty_lines(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count()
}

fn line_end(bytes: &[u8], start: usize) -> &'static str {
    let rest = bytes.get(start..).unwrap_or_default();
    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    match rest.get(..end) {
        Some(line) if line.ends_with(b"\r") => "\r\n",
        _ => "\n",
    }
}

fn start_line(line: &Line<'_>, forgiven: &mut Vec<String>) -> Result<Start, MessageError> {
    let text = std::str::from_utf8(line.text).map_err(|_| MessageError::BadStartLine)?;
    if let Some(rest) = text.strip_prefix("HTTP/") {
        return status_line(rest).ok_or(MessageError::BadStartLine);
    }
    // A target may hold spaces that a sloppy client did not encode: the method ends at the first space, the version
    // starts at the last.
    let (method, rest) = text.split_once(' ').ok_or(MessageError::BadStartLine)?;
    let (target, version) = rest.rsplit_once(' ').ok_or(MessageError::BadStartLine)?;
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    let is_method = !method.is_empty() && method.bytes().all(token);
    let is_version = VERSIONS.contains(&version);
    let is_clean = if target.is_ascii() {
        !target.bytes().any(|byte| byte.is_ascii_control())
    } else {
        !target.contains(|c: char| c.is_control())
    };
    if !is_method || !is_version || target.is_empty() || !is_clean {
        return Err(MessageError::BadStartLine);
    }
    if target.contains(' ') {
        forgiven.push("a space in the request target".to_owned());
    }
    let start = line.start + method.len() + 1;
    Ok(Start::Request {
        method: method.to_owned(),
        target: target.to_owned(),
        target_span: Span::new(start, start + target.len()),
        pseudo: None,
    })
}

const VERSIONS: [&str; 6] = [
    "HTTP/1.1", "HTTP/1.0", "HTTP/2", "HTTP/2.0", "HTTP/3", "HTTP/3.0",
];

// `1.1 200 OK`; the reason may be missing (RFC 9112 §4).
fn status_line(rest: &str) -> Option<Start> {
    let (version, rest) = rest.split_once(' ')?;
    let status = rest.split(' ').next()?;
    let known = VERSIONS
        .iter()
        .any(|known| known.strip_prefix("HTTP/") == Some(version));
    let status = status_code(status).filter(|_| known)?;
    Some(Start::Response { status })
}

fn status_code(text: &str) -> Option<u16> {
    let digits = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let status: u16 = text.parse().ok().filter(|_| digits)?;
    (status >= 100).then_some(status)
}

const PSEUDO_FIELDS: [&str; 5] = [":method", ":scheme", ":path", ":authority", ":status"];

type PseudoField = Option<(String, Span)>;

// RFC 9113 §8.3.1: `:method`, `:scheme`, `:path`, perhaps `:authority`, each once and before all fields; of a response
// (§8.3.2) `:status` alone.
fn pseudo_fields(lines: &mut Lines<'_>, source: &Source) -> Result<Start, MessageError> {
    let mut found: [PseudoField; 5] = [const { None }; 5];
    let mut last = 1;
    while lines.bytes.get(lines.at) == Some(&b':') {
        let offset = u32::try_from(lines.at).unwrap_or(u32::MAX);
        let line = lines.next_line().ok_or(MessageError::BadStartLine)?;
        last = source.position(offset).line;
        pseudo_field(&line, last, &mut found)?;
    }
    let bad = |name: &str, problem| MessageError::BadPseudoField {
        line: last,
        name: name.to_owned(),
        problem,
    };
    let missing = |name: &str| bad(name, "missing");
    match found {
        [None, None, None, None, Some((status, _))] => {
            let status = status_code(&status).ok_or_else(|| bad(":status", "not three digits"))?;
            Ok(Start::Response { status })
        }
        [.., Some(_)] => Err(bad(":status", "beside a pseudo-field of a request")),
        [method, scheme, path, authority, None] => {
            let (method, _) = method.ok_or_else(|| missing(":method"))?;
            let (target, target_span) = path.ok_or_else(|| missing(":path"))?;
            Ok(Start::Request {
                method,
                target,
                target_span,
                pseudo: Some(Pseudo {
                    scheme: scheme.map(|(scheme, _)| scheme),
                    authority: authority.map(|(authority, _)| authority),
                }),
            })
        }
    }
}

fn pseudo_field(
    line: &Line<'_>,
    number: usize,
    found: &mut [PseudoField; 5],
) -> Result<(), MessageError> {
    let text = std::str::from_utf8(line.text).map_err(|_| MessageError::BadStartLine)?;
    let colon = text
        .get(1..)
        .and_then(|rest| rest.find(':'))
        .ok_or(MessageError::BadField { line: number })?;
    let (name, value) = text.split_at(colon + 1);
    let value = value.strip_prefix(':').unwrap_or(value);
    let bad = |problem| MessageError::BadPseudoField {
        line: number,
        name: name.to_owned(),
        problem,
    };
    let slot = PSEUDO_FIELDS
        .iter()
        .position(|known| *known == name)
        .and_then(|index| found.get_mut(index))
        .ok_or_else(|| bad("not a pseudo-field of a request or a response"))?;
    if slot.is_some() {
        return Err(bad("given twice"));
    }
    let trimmed = value.trim();
    if trimmed.is_empty() || trimmed.contains(|c: char| c.is_control()) {
        return Err(bad("empty or damaged"));
    }
    let start = line.start + colon + 2 + (value.len() - value.trim_start().len());
    *slot = Some((trimmed.to_owned(), Span::new(start, start + trimmed.len())));
    Ok(())
}

/// A section of fields.
struct Section {
    fields: Vec<Field>,
    folded: bool,
    /// The start of the empty line.
    end: usize,
    /// The end of the empty line; the same where there is none.
    body: usize,
}

fn fields(lines: &mut Lines<'_>, source: &Arc<Source>) -> Result<Section, MessageError> {
    let mut fields: Vec<Field> = Vec::with_capacity(12);
    let first = lines.at;
    let mut folded = false;
    loop {
        let at = lines.at;
        let Some(line) = lines.next_line() else {
            // A head without an empty line has no body.
            return Ok(Section {
                fields,
                folded,
                end: at,
                body: at,
            });
        };
        if line.end - first > MAX_HEAD_BYTES || fields.len() > MAX_FIELDS {
            return Err(MessageError::HeadTooLarge);
        }
        if line.text.is_empty() {
            return Ok(Section {
                fields,
                folded,
                end: at,
                body: line.end,
            });
        }
        let number = || source.position(u32::try_from(at).unwrap_or(u32::MAX)).line;
        if let Some(index) = memchr::memchr2(0, b'\r', line.text) {
            return Err(MessageError::ControlByte {
                line: number(),
                byte: line.text.get(index).copied().unwrap_or_default(),
            });
        }
        // A whole field at the end of a text that was pasted is no damage; a part of one is.
        let bad = || match line.ended {
            true => MessageError::BadField { line: number() },
            false => MessageError::HeadTruncated { line: number() },
        };
        if matches!(line.text.first(), Some(b' ' | b'\t')) {
            // Obsolete folding: replaced by one space (RFC 9421 §2.1 step 2).
            let last = fields.last_mut().ok_or_else(bad)?;
            let more = line.text.trim_ascii();
            let mut value = last.value().to_vec();
            if !more.is_empty() && !value.is_empty() {
                value.push(b' ');
            }
            value.extend_from_slice(more);
            last.set_value(value);
            last.span = last.span.to(Span::new(line.start, line.end));
            folded = true;
            continue;
        }
        fields.push(field(&line, source).ok_or_else(bad)?);
    }
}

fn field(line: &Line<'_>, source: &Arc<Source>) -> Option<Field> {
    let colon = memchr::memchr(b':', line.text)?;
    let (name, value) = line.text.split_at(colon);
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    // RFC 9112 §5.1: no white space between name and colon, or two readers see two names.
    if name.is_empty() || !name.iter().copied().all(token) {
        return None;
    }
    let value = value.get(1..)?;
    let text = value.trim_ascii_start();
    let start = line.start + colon + 1 + (value.len() - text.len());
    Some(Field {
        source: Arc::clone(source),
        name: Span::new(line.start, line.start + colon),
        value: Value::At(Span::new(start, start + text.trim_ascii_end().len())),
        span: Span::new(line.start, line.end),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Message, MessageError> {
        Message::parse(&Source::new("m", text.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn keeps_fields_and_bytes() {
        let request = parse(
            "POST /a?c HTTP/1.1\r\nHost: x\r\nA: 1\r\na:  2 \r\nContent-Length: 4\r\n\r\nbody",
        )
        .unwrap();
        assert_eq!(request.method(), Some("POST"));
        assert_eq!(request.target(), Some("/a?c"));
        let values: Vec<_> = request.values("A").collect();
        assert_eq!(values, [b"1".as_slice(), b"2"]);
        assert_eq!(request.content(), Some(b"body".as_slice()));
        assert!(request.forgiven.is_empty(), "{:?}", request.forgiven);
    }

    #[test]
    fn what_is_forgiven_is_said() {
        let request = parse("\nPOST /a b HTTP/1.1\nA: 1\n\tfold\n\nbody").unwrap();
        assert_eq!(request.values("a").next(), Some(b"1 fold".as_slice()));
        assert_eq!(request.forgiven.len(), 5, "{:?}", request.forgiven);
        let cut = parse("GET / HTTP/1.1\r\nHost: x\r\n").unwrap();
        assert_eq!(cut.forgiven, ["a head that ends without an empty line"]);
        let cut = parse("GET / HTTP/1.1\r\nHost: x\r\nSignatu").unwrap_err();
        assert_eq!(cut, MessageError::HeadTruncated { line: 3 });
        let pasted = parse("GET / HTTP/1.1\r\nHost: x").unwrap();
        assert_eq!(pasted.forgiven, ["a head that ends without an empty line"]);
    }

    #[test]
    fn content_length_decides_where_the_body_ends() {
        let request = parse("POST / HTTP/1.1\nContent-Length: 2\n\nab\n").unwrap();
        assert_eq!(request.content(), Some(b"ab".as_slice()));
        assert_eq!(request.forgiven.len(), 2);
        let error = parse("POST / HTTP/1.1\nContent-Length: 9\n\nab\n").unwrap_err();
        assert_eq!(
            error,
            MessageError::Truncated {
                expected: 9,
                found: 3
            }
        );
        let error = parse("POST / HTTP/1.1\nContent-Length: 1\n\naGET / HTTP/1.1\n\n").unwrap_err();
        assert!(matches!(error, MessageError::TrailingBytes(_)));
        let both = "POST / HTTP/1.1\nTransfer-Encoding: identity\nContent-Length: 0\n\n";
        assert_eq!(parse(both).unwrap_err(), MessageError::TwoLengths);
        let both = "POST / HTTP/1.1\nTransfer-Encoding: chunked\nContent-Length: 0\n\n0\n\n";
        assert_eq!(parse(both).unwrap_err(), MessageError::TwoLengths);
        let error =
            parse("POST / HTTP/1.1\nContent-Length: 1\nContent-Length: 2\n\nab").unwrap_err();
        assert_eq!(error, MessageError::BadContentLength);
    }

    #[test]
    fn a_chunked_body_is_decoded_with_its_trailers() {
        let text = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nExpires: x\r\n\r\n";
        let request = parse(text).unwrap();
        assert_eq!(request.content(), Some(b"ab".as_slice()));
        assert_eq!(request.trailers.len(), 1);
        assert_eq!(request.values("expires").count(), 0);
        let damaged = parse(&text.replace("2\r\nab", "3\r\nab")).unwrap_err();
        assert!(matches!(damaged, MessageError::BadChunk { .. }));
        let more = parse(&format!("{text}GET / HTTP/1.1\r\n\r\n")).unwrap_err();
        assert!(matches!(more, MessageError::TrailingBytes(_)));
        for coding in [
            "gzip",
            "gzip, chunked",
            "chunked\r\nTransfer-Encoding: identity",
        ] {
            let error = parse(&text.replace("chunked", coding)).unwrap_err();
            assert!(matches!(error, MessageError::TransferCoding(_)), "{coding}");
        }
    }

    #[test]
    fn responses_and_pseudo_fields_are_read() {
        let response = parse("HTTP/1.1 503 Service Unavailable\r\nA: b\r\n\r\n").unwrap();
        assert_eq!(response.status(), Some(503));
        assert!(!response.is_request());
        let text = ":method: GET\n:authority: a.example\n:scheme: https\n:path: /x?y\nA: b\n\n";
        let request = parse(text).unwrap();
        assert_eq!(request.target(), Some("/x?y"));
        let edit = super::super::Edit {
            target: Some("/z".into()),
            ..Default::default()
        };
        let head = String::from_utf8(request.head_with(&edit)).unwrap();
        assert_eq!(head, text.replace("/x?y", "/z"));
        for bad in [
            ":method: GET\n:path: /\n:path: /\n\n",
            ":method: GET\n\n",
            ":status: 20\n\n",
            ":status: 099\n\n",
            ":status: 200\n:status: 200\n\n",
            ":status: 200\n:path: /\n\n",
            ":method: GET\n:path: /\n:status: 200\n\n",
            ":method:\n:path: /\n\n",
        ] {
            assert!(
                matches!(parse(bad), Err(MessageError::BadPseudoField { .. })),
                "{bad}"
            );
        }
    }

    #[test]
    fn a_response_of_http_2_has_a_status_alone() {
        let response = parse(":status: 404\ncontent-length: 2\n\nab").unwrap();
        assert_eq!(response.status(), Some(404));
        assert_eq!(response.content(), Some(b"ab".as_slice()));
    }

    #[test]
    fn some_responses_end_with_their_head_whatever_length_they_tell() {
        for status in ["103 Early Hints", "204 No Content", "304 Not Modified"] {
            for field in ["Content-Length: 90", "Transfer-Encoding: chunked"] {
                let text = format!("HTTP/1.1 {status}\r\n{field}\r\n\r\n");
                assert_eq!(parse(&text).unwrap().content_length(), 0, "{text}");
                let error = parse(&format!("{text}more")).unwrap_err();
                assert_eq!(error, MessageError::TrailingBytes(4), "{text}");
            }
        }
        let pushed = parse("HTTP/1.1 304 Not Modified\nContent-Length: 9\n\n\n").unwrap();
        assert_eq!(pushed.content_length(), 0);
        let bad = "HTTP/1.1 304 Not Modified\nContent-Length: x\n\n";
        assert_eq!(parse(bad).unwrap_err(), MessageError::BadContentLength);
    }

    #[test]
    fn an_answer_to_head_has_no_content() {
        let source = |text: &str| Source::new("m", text.as_bytes().to_vec()).unwrap();
        let head = parse("HEAD / HTTP/1.1\nHost: x\n\n").unwrap();
        let text = "HTTP/1.1 200 OK\nContent-Length: 9\nRepr-Digest: sha-256=:AA==:\n\n";
        assert!(matches!(parse(text), Err(MessageError::Truncated { .. })));
        let answer = Message::parse_answer(&source(text), &head).unwrap();
        assert_eq!(answer.content(), Some(b"".as_slice()));
        assert!(answer.answers_head());
        let edit = super::super::Edit {
            remove: vec!["X".into()],
            ..Default::default()
        };
        assert_eq!(answer.edited(&edit).unwrap().content_length(), 0);
        let with_body = source(&format!("{text}nine bytes"));
        let error = Message::parse_answer(&with_body, &head).unwrap_err();
        assert_eq!(error, MessageError::TrailingBytes(10));
        let get = parse("GET / HTTP/1.1\nHost: x\n\n").unwrap();
        let error = Message::parse_answer(&source(text), &get).unwrap_err();
        assert!(matches!(error, MessageError::Truncated { .. }));
    }

    #[test]
    fn a_recorded_message_has_all_the_content_that_follows() {
        let source = |text: &str| Source::new("m", text.as_bytes().to_vec()).unwrap();
        let text = "HTTP/1.1 200 OK\nContent-Length: 2\nContent-Encoding: gzip\n\ndecoded";
        let message = Message::parse_recorded(&source(text), None).unwrap();
        assert_eq!(message.content(), Some(b"decoded".as_slice()));
        let text = "POST / HTTP/1.1\nContent-Length: 9\n\nab";
        let message = Message::parse_recorded(&source(text), None).unwrap();
        assert_eq!(message.content(), Some(b"ab".as_slice()));
    }

    #[test]
    fn names_what_is_not_a_message() {
        assert_eq!(parse("\n\n").unwrap_err(), MessageError::Empty);
        for text in [
            "hello",
            "HTTP/1.1 20 OK\n\n",
            "GET / HTTP/9\n\n",
            "GET  HTTP/1.1\n\n",
        ] {
            assert_eq!(
                parse(text).unwrap_err(),
                MessageError::BadStartLine,
                "{text}"
            );
        }
        let error = parse("GET / HTTP/1.1\nHost : x\n\n").unwrap_err();
        assert_eq!(error, MessageError::BadField { line: 2 });
        let error = parse("GET / HTTP/1.1\nA: x\0y\n\n").unwrap_err();
        assert_eq!(error, MessageError::ControlByte { line: 2, byte: 0 });
        let many = "GET / HTTP/1.1\n".to_owned() + &"A: b\n".repeat(10_000) + "\n";
        assert_eq!(parse(&many).unwrap_err(), MessageError::HeadTooLarge);
    }
}
