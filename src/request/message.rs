//! An HTTP/1.1 message as it was saved: bytes first, with everything that was forgiven said aloud.
//!
//! Framework parsers normalise, reorder and fold; a signature is about the bytes. This tokenizer keeps every field
//! line with its place, accepts LF for CRLF and obsolete folding, and lets `Content-Length` decide where the body
//! ends, because editors append line ends.

use std::sync::Arc;

use crate::kernel::source::{Source, Span};

/// The largest head (start line and fields), in bytes.
pub const MAX_HEAD_BYTES: usize = 256 << 10;
/// The largest number of field lines.
pub const MAX_FIELDS: usize = 1000;

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    /// The input.
    pub source: Arc<Source>,
    /// The method as written.
    pub method: String,
    /// The request target as written (RFC 9112 §3.2).
    pub target: String,
    /// The field lines in order.
    pub fields: Vec<Field>,
    /// Where the body is.
    pub body: Span,
    /// Where new field lines go: the start of the empty line.
    pub fields_end: u32,
    /// The line end that the head uses.
    pub line_end: &'static str,
    /// What a strict reader would not have accepted.
    pub forgiven: Vec<String>,
}

/// One field line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The name as written.
    pub name: String,
    /// The value without white space around it, folded lines joined by one space (RFC 9421 §2.1).
    pub value: Vec<u8>,
    /// The whole line or lines, line ends included.
    pub span: Span,
}

/// Why bytes are not a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Nothing at all.
    #[error("the message is empty")]
    Empty,
    /// A response.
    #[error("this is a response; only requests can be signed and verified")]
    Response,
    /// The first line is not a request line.
    #[error("line 1 is not a request line such as `POST /orders HTTP/1.1`")]
    BadRequestLine,
    /// A line that is not a field.
    #[error("line {line} is not a header field such as `Host: example.org`")]
    BadField {
        /// The line, from 1.
        line: usize,
    },
    /// Too much head.
    #[error("the head is longer than {MAX_HEAD_BYTES} bytes or has more than {MAX_FIELDS} fields")]
    HeadTooLarge,
    /// The body ends before its length.
    #[error("`Content-Length` says {expected} bytes, the body has {found}")]
    Truncated {
        /// The length that was announced.
        expected: u64,
        /// The length that is there.
        found: usize,
    },
    /// `Content-Length` twice and different, or not a number.
    #[error("`Content-Length` is not one number")]
    BadContentLength,
    /// More than line ends after the body: another message, or a body of another length.
    #[error(
        "{0} bytes follow the body that `Content-Length` gives, and they are more than line ends"
    )]
    TrailingBytes(usize),
    /// Two ways to tell where the body ends (RFC 9112 §6.3).
    #[error("`Transfer-Encoding` and `Content-Length` together")]
    TwoLengths,
    /// A body in a transfer coding: its bytes are not the content that is signed.
    #[error("the body is in transfer coding `{0}`; save the message with its decoded body")]
    TransferCoding(String),
}

impl Request {
    /// Reads a request.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn parse(source: &Arc<Source>) -> Result<Self, MessageError> {
        let bytes = source.bytes();
        let start = leading_empty_lines(bytes);
        if start == bytes.len() {
            return Err(MessageError::Empty);
        }
        let mut lines = Lines { bytes, at: start };
        let first = lines.next_line().ok_or(MessageError::Empty)?;
        let line_end = if bytes
            .get(..first.end)
            .is_some_and(|head| head.ends_with(b"\r\n"))
        {
            "\r\n"
        } else {
            "\n"
        };
        let (method, target) = request_line(first.text)?;
        let (fields, fields_end, body_start) = fields(&mut lines, source)?;
        let mut request = Self {
            source: Arc::clone(source),
            method,
            target,
            fields,
            body: Span::new(body_start, bytes.len()),
            fields_end,
            line_end,
            forgiven: Vec::new(),
        };
        if start > 0 {
            request
                .forgiven
                .push("empty lines before the request".into());
        }
        if line_end == "\n" {
            request.forgiven.push("lines that end in LF alone".into());
        }
        request.limit_body(bytes.len())?;
        Ok(request)
    }

    /// The values of a field, in order, matched without regard to case.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name))
            .map(|field| field.value.as_slice())
    }

    /// The content: what `Content-Digest` is about.
    pub fn content(&self) -> &[u8] {
        self.source.slice(self.body)
    }

    fn limit_body(&mut self, end: usize) -> Result<(), MessageError> {
        let mut codings = self.values("transfer-encoding").peekable();
        if codings.peek().is_some() && self.values("content-length").next().is_some() {
            return Err(MessageError::TwoLengths);
        }
        for coding in codings {
            if !coding.eq_ignore_ascii_case(b"identity") {
                let coding = String::from_utf8_lossy(coding).into_owned();
                return Err(MessageError::TransferCoding(coding));
            }
        }
        let Some(expected) = self.content_length()? else {
            return Ok(());
        };
        let start = self.body.start as usize;
        let found = end - start;
        let length = usize::try_from(expected).unwrap_or(usize::MAX);
        if length > found {
            return Err(MessageError::Truncated { expected, found });
        }
        if length < found {
            // Editors append line ends; anything else is not forgiven.
            let rest = self.source.slice(Span::new(start + length, end));
            if !rest.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
                return Err(MessageError::TrailingBytes(found - length));
            }
            self.body = Span::new(start, start + length);
            self.forgiven.push(format!(
                "{} bytes after the end of the body that `Content-Length` gives",
                found - length
            ));
        }
        Ok(())
    }

    fn content_length(&self) -> Result<Option<u64>, MessageError> {
        let mut length = None;
        for value in self.values("content-length") {
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
}

struct Line<'a> {
    text: &'a [u8],
    start: usize,
    end: usize,
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

fn request_line(line: &[u8]) -> Result<(String, String), MessageError> {
    if line.starts_with(b"HTTP/") {
        return Err(MessageError::Response);
    }
    let text = std::str::from_utf8(line).map_err(|_| MessageError::BadRequestLine)?;
    // A target may hold spaces that a sloppy client did not encode: the method ends at the first space, the version
    // starts at the last.
    let (method, rest) = text.split_once(' ').ok_or(MessageError::BadRequestLine)?;
    let (target, version) = rest.rsplit_once(' ').ok_or(MessageError::BadRequestLine)?;
    let token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let is_method = !method.is_empty() && method.chars().all(token);
    let is_version = version == "HTTP/1.1" || version == "HTTP/1.0" || version == "HTTP/2";
    if !is_method || !is_version || target.is_empty() {
        return Err(MessageError::BadRequestLine);
    }
    Ok((method.to_owned(), target.to_owned()))
}

fn fields(
    lines: &mut Lines<'_>,
    source: &Arc<Source>,
) -> Result<(Vec<Field>, u32, usize), MessageError> {
    let mut fields: Vec<Field> = Vec::new();
    loop {
        let offset = u32::try_from(lines.at).unwrap_or(u32::MAX);
        let Some(line) = lines.next_line() else {
            // A head without an empty line has no body.
            return Ok((fields, offset, lines.at));
        };
        if line.end > MAX_HEAD_BYTES || fields.len() > MAX_FIELDS {
            return Err(MessageError::HeadTooLarge);
        }
        if line.text.is_empty() {
            return Ok((fields, offset, line.end));
        }
        let bad = || MessageError::BadField {
            line: source.position(offset).line,
        };
        if matches!(line.text.first(), Some(b' ' | b'\t')) {
            // Obsolete folding: replaced by one space (RFC 9421 §2.1 step 2).
            let last = fields.last_mut().ok_or_else(bad)?;
            let more = line.text.trim_ascii();
            if !more.is_empty() && !last.value.is_empty() {
                last.value.push(b' ');
            }
            last.value.extend_from_slice(more);
            last.span = last.span.to(Span::new(line.start, line.end));
            continue;
        }
        fields.push(field(&line).ok_or_else(bad)?);
    }
}

fn field(line: &Line<'_>) -> Option<Field> {
    let colon = memchr::memchr(b':', line.text)?;
    let (name, value) = line.text.split_at(colon);
    let name = std::str::from_utf8(name).ok()?;
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    // RFC 9112 §5.1: no white space between name and colon, or two readers see two names.
    if name.is_empty() || !name.bytes().all(token) {
        return None;
    }
    Some(Field {
        name: name.to_owned(),
        value: value.get(1..)?.trim_ascii().to_vec(),
        span: Span::new(line.start, line.end),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Request, MessageError> {
        Request::parse(&Source::new("m", text.as_bytes().to_vec()).unwrap())
    }

    #[test]
    fn keeps_fields_and_bytes() {
        let request =
            parse("POST /a b?c HTTP/1.1\r\nHost: x\r\nA: 1\r\na:  2 \r\n\tfold\r\n\r\nbody")
                .unwrap();
        assert_eq!(
            (request.method.as_str(), request.target.as_str()),
            ("POST", "/a b?c")
        );
        let values: Vec<_> = request.values("A").collect();
        assert_eq!(values, [b"1".as_slice(), b"2 fold"]);
        assert_eq!(request.content(), b"body");
        assert!(request.forgiven.is_empty());
    }

    #[test]
    fn content_length_decides_where_the_body_ends() {
        let request = parse("POST / HTTP/1.1\nContent-Length: 2\n\nab\n").unwrap();
        assert_eq!(request.content(), b"ab");
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
        let coded = "POST / HTTP/1.1\nTransfer-Encoding: identity\nTransfer-Encoding: chunked\n\n";
        assert!(matches!(
            parse(coded).unwrap_err(),
            MessageError::TransferCoding(_)
        ));
        let both = "POST / HTTP/1.1\nTransfer-Encoding: identity\nContent-Length: 0\n\n";
        assert_eq!(parse(both).unwrap_err(), MessageError::TwoLengths);
        let error =
            parse("POST / HTTP/1.1\nContent-Length: 1\nContent-Length: 2\n\nab").unwrap_err();
        assert_eq!(error, MessageError::BadContentLength);
    }

    #[test]
    fn names_what_is_not_a_request() {
        assert_eq!(parse("\n\n").unwrap_err(), MessageError::Empty);
        assert_eq!(
            parse("HTTP/1.1 200 OK\n\n").unwrap_err(),
            MessageError::Response
        );
        assert_eq!(parse("hello").unwrap_err(), MessageError::BadRequestLine);
        let error = parse("GET / HTTP/1.1\nHost : x\n\n").unwrap_err();
        assert_eq!(error, MessageError::BadField { line: 2 });
        let error = parse("GET / HTTP/1.1\nTransfer-Encoding: chunked\n\n").unwrap_err();
        assert_eq!(error, MessageError::TransferCoding("chunked".into()));
    }

    #[test]
    fn a_head_without_an_empty_line_has_no_body() {
        let request = parse("GET / HTTP/1.1\nHost: x").unwrap();
        assert_eq!(request.content(), b"");
        assert_eq!(request.fields.len(), 1);
    }
}
