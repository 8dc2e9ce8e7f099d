//! An HTTP message as it was saved: bytes first, with everything that was forgiven said aloud.
//!
//! Framework parsers normalise, reorder and fold; a signature is about the bytes. This tokenizer keeps every field
//! line with its place, accepts LF for CRLF and obsolete folding, takes off a chunked coding, and lets
//! `Content-Length` decide where the body ends, because editors append line ends.

mod chunked;
mod content;
mod edit;
mod parse;
mod reason;

use std::sync::Arc;

pub use content::{Content, ContentError, ContentStream};
pub use edit::Edit;

use crate::kernel::crypto::{Digest, DigestAlgorithm};
use crate::kernel::source::{Source, Span};

/// The largest head (start line and fields), in bytes.
pub const MAX_HEAD_BYTES: usize = 256 << 10;
/// The largest number of field lines.
pub const MAX_FIELDS: usize = 1000;

/// A request or a response.
#[derive(Debug, Clone)]
pub struct Message {
    /// The input: the head, and the body unless it is a stream.
    pub source: Arc<Source>,
    /// The first line.
    pub start: Start,
    /// The field lines in order.
    pub fields: Vec<Field>,
    /// The fields after a chunked body.
    pub trailers: Vec<Field>,
    /// The content: what `Content-Digest` is about.
    pub content: Content,
    /// What a strict reader would not have accepted.
    pub forgiven: Vec<String>,
    framing: Framing,
    line_end: &'static str,
    fields_end: u32,
    body_start: u32,
}

/// What decides where the content of a message ends, beside its own fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Framing {
    /// Whether it is all that follows the head: a recording holds it decoded, beside the fields of what was sent.
    recorded: bool,
    /// Whether the message answers HEAD.
    answers_head: bool,
}

/// What a message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// A request.
    Request {
        /// The method as written.
        method: String,
        /// The request target as written (RFC 9112 §3.2).
        target: String,
        /// Where the target stands.
        target_span: Span,
        /// `:scheme` and `:authority` of a request written in the pseudo-fields of HTTP/2 (RFC 9113 §8.3.1).
        pseudo: Option<Pseudo>,
    },
    /// A response.
    Response {
        /// The status code.
        status: u16,
    },
}

/// What HTTP/2 says in place of `Host` and the connection.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pseudo {
    /// `:scheme`
    pub scheme: Option<String>,
    /// `:authority`
    pub authority: Option<String>,
}

/// One field line: places in the source, so that nothing of it is copied.
#[derive(Debug, Clone)]
pub struct Field {
    source: Arc<Source>,
    name: Span,
    value: Value,
    /// The whole line or lines, line ends included.
    pub span: Span,
}

/// The value of a field.
#[derive(Debug, Clone)]
enum Value {
    /// As it stands there.
    At(Span),
    /// Unfolded, or another one.
    Own(Vec<u8>),
}

impl Framing {
    fn of_answer(request: &Message) -> Self {
        Self {
            recorded: false,
            answers_head: request.method() == Some("HEAD"),
        }
    }
}

impl Field {
    /// The name as written.
    pub fn name(&self) -> &str {
        // A token: it is ASCII.
        std::str::from_utf8(self.source.slice(self.name)).unwrap_or_default()
    }

    /// The value without white space around it, folded lines joined by one space (RFC 9421 §2.1).
    pub fn value(&self) -> &[u8] {
        match &self.value {
            Value::At(span) => self.source.slice(*span),
            Value::Own(value) => value,
        }
    }

    /// A field that stands in no message yet.
    ///
    /// # Errors
    /// [`MessageError::HeadTooLarge`].
    pub fn new(name: &str, value: &[u8]) -> Result<Self, MessageError> {
        let source = Source::new("a field", name.as_bytes().to_vec());
        Ok(Self {
            source: source.map_err(|_| MessageError::HeadTooLarge)?,
            name: Span::new(0, name.len()),
            value: Value::Own(value.to_vec()),
            span: Span::new(0, name.len()),
        })
    }

    /// Puts another value in its place; the source stays as it is.
    pub fn set_value(&mut self, value: Vec<u8>) {
        self.value = Value::Own(value);
    }

    /// Whether that is its name, in any case.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        // Most names differ in length, and every component asks every field.
        self.name.range().len() == name.len()
            && self
                .source
                .slice(self.name)
                .eq_ignore_ascii_case(name.as_bytes())
    }

    /// Where it stands, without the line end behind it.
    pub fn place(&self, source: &Source) -> Span {
        let text = source.slice(self.span);
        let ends = text.iter().rev();
        let ends = ends
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        Span::new(
            self.span.start as usize,
            (self.span.end as usize).saturating_sub(ends),
        )
    }
}

/// Why bytes are not a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// Nothing at all.
    #[error("the message is empty")]
    Empty,
    /// A response where a request is needed.
    #[error("this is a response; a request is needed here")]
    Response,
    /// The first line is neither a request line nor a status line.
    #[error("line 1 is neither a request line such as `POST /orders HTTP/1.1` nor a status line")]
    BadStartLine,
    /// The pseudo-fields of HTTP/2 are incomplete, repeated or unknown.
    #[error("line {line}: `{name}` is {problem}")]
    BadPseudoField {
        /// The line, from 1.
        line: usize,
        /// The pseudo-field.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A line that is not a field.
    #[error("line {line} is not a header field such as `Host: example.org`")]
    BadField {
        /// The line, from 1.
        line: usize,
    },
    /// A byte that no field value may hold (RFC 9110 §5.5).
    #[error("line {line} holds the control byte {byte:#04x}")]
    ControlByte {
        /// The line, from 1.
        line: usize,
        /// The byte.
        byte: u8,
    },
    /// Too much head.
    #[error("the head is longer than {MAX_HEAD_BYTES} bytes or has more than {MAX_FIELDS} fields")]
    HeadTooLarge,
    /// The head stops in the middle of a line.
    #[error(
        "the head ends in line {line}, in the middle of a field; a head ends with an empty line"
    )]
    HeadTruncated {
        /// The line, from 1.
        line: usize,
    },
    /// The body ends before its length.
    #[error("`Content-Length` says {expected} bytes, the body has {found}")]
    Truncated {
        /// The length that was announced.
        expected: u64,
        /// The length that is there.
        found: u64,
    },
    /// `Content-Length` twice and different, or not a number.
    #[error("`Content-Length` is not one number")]
    BadContentLength,
    /// More than line ends after the body: another message, or a body of another length.
    #[error(
        "{0} bytes follow the body that `Content-Length` gives, and they are more than line ends"
    )]
    TrailingBytes(u64),
    /// Two ways to tell where the body ends (RFC 9112 §6.3).
    #[error("`Transfer-Encoding` and `Content-Length` together")]
    TwoLengths,
    /// A body in a transfer coding that is not taken off: its bytes are not the content that is signed.
    #[error("the body is in transfer coding `{0}`; save the message with its decoded body")]
    TransferCoding(String),
    /// A damaged chunk.
    #[error("the chunked body is damaged at byte {offset} of the message")]
    BadChunk {
        /// Where.
        offset: usize,
    },
}

impl Message {
    /// Reads a request or a response.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn parse(source: &Arc<Source>) -> Result<Self, MessageError> {
        parse::message(source, None, Framing::default())
    }

    /// Reads the answer to a request: one to HEAD ends with its head, whatever length it tells (RFC 9112 §6.3).
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn parse_answer(source: &Arc<Source>, request: &Self) -> Result<Self, MessageError> {
        parse::message(source, None, Framing::of_answer(request))
    }

    /// Reads a message of a recording, which is a request or answers one. What follows the head is the content: it is kept
    /// decoded, so that its length need not be the one that the fields tell.
    ///
    /// # Errors
    /// [`MessageError`].
    pub fn parse_recorded(
        source: &Arc<Source>,
        request: Option<&Self>,
    ) -> Result<Self, MessageError> {
        let framing = Framing {
            recorded: true,
            ..request.map(Framing::of_answer).unwrap_or_default()
        };
        parse::message(source, None, framing)
    }

    /// Reads the head of a message whose content is read in pieces. The source ends with the empty line.
    ///
    /// # Errors
    /// [`MessageError`]; a `Content-Length` must be that of the stream.
    pub fn with_stream(
        head: &Arc<Source>,
        content: Arc<dyn ContentStream>,
    ) -> Result<Self, MessageError> {
        parse::message(head, Some(content), Framing::default())
    }

    /// The same message, where it turns out to be the answer to a request.
    ///
    /// # Errors
    /// [`MessageError::TrailingBytes`] for an answer to HEAD that has content.
    pub fn answering(mut self, request: &Self) -> Result<Self, MessageError> {
        self.framing.answers_head = Framing::of_answer(request).answers_head;
        match self.content_length() {
            0 => Ok(self),
            _ if !self.answers_head() => Ok(self),
            more => Err(MessageError::TrailingBytes(more)),
        }
    }

    /// The same head with other content.
    #[must_use]
    pub fn with_content(&self, content: Vec<u8>) -> Self {
        Self {
            content: Content::Apart(content.into()),
            ..self.clone()
        }
    }

    /// The message with an edit made, read again.
    ///
    /// # Errors
    /// [`MessageError`] if it has become too large.
    pub fn edited(&self, edit: &Edit) -> Result<Self, MessageError> {
        if let Some(byte) = edit.control_byte() {
            return Err(MessageError::ControlByte { line: 0, byte });
        }
        let mut bytes = self.head_with(edit);
        let name = self.source.name();
        if let Content::Stream(stream) = &self.content {
            let head = Source::new(name, bytes).map_err(|_| MessageError::HeadTooLarge)?;
            return parse::message(&head, Some(Arc::clone(stream)), self.framing);
        }
        bytes.extend_from_slice(self.rest());
        let source = Source::new(name, bytes).map_err(|_| MessageError::HeadTooLarge)?;
        parse::message(&source, None, self.framing)
    }

    /// The values of a field, in order, matched without regard to case.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        self.fields
            .iter()
            .filter(move |field| field.is_named(name))
            .map(Field::value)
    }

    /// The only value of a field, as text; None if there is none, several, or no text.
    pub fn only<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let mut values = self.values(name);
        let value = values.next()?;
        match values.next() {
            None => std::str::from_utf8(value).ok(),
            Some(_) => None,
        }
    }

    /// Whether it is a request.
    pub fn is_request(&self) -> bool {
        matches!(self.start, Start::Request { .. })
    }

    /// The method of a request.
    pub fn method(&self) -> Option<&str> {
        match &self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } => None,
        }
    }

    /// The target of a request, as written.
    pub fn target(&self) -> Option<&str> {
        match &self.start {
            Start::Request { target, .. } => Some(target),
            Start::Response { .. } => None,
        }
    }

    /// The status code of a response.
    pub fn status(&self) -> Option<u16> {
        match self.start {
            Start::Request { .. } => None,
            Start::Response { status } => Some(status),
        }
    }

    /// Whether it is known to be an answer to HEAD.
    pub fn answers_head(&self) -> bool {
        self.framing.answers_head && !self.is_request()
    }

    /// The content, if it is at hand as a whole.
    pub fn content(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Within(span) => Some(self.source.slice(*span)),
            Content::Apart(bytes) => Some(bytes),
            Content::Stream(_) => None,
        }
    }

    /// The length of the content in bytes.
    pub fn content_length(&self) -> u64 {
        match &self.content {
            Content::Within(span) => span.range().len() as u64,
            Content::Apart(bytes) => bytes.len() as u64,
            Content::Stream(stream) => stream.length(),
        }
    }

    /// Whether there is a body.
    pub fn has_body(&self) -> bool {
        self.content_length() > 0
    }

    /// Hands the content to a sink, in order.
    ///
    /// # Errors
    /// [`ContentError`] if a stream fails.
    pub fn feed(&self, sink: &mut dyn FnMut(&[u8])) -> Result<(), ContentError> {
        match &self.content {
            Content::Stream(stream) => stream.feed(sink).map_err(ContentError),
            Content::Within(_) | Content::Apart(_) => {
                sink(self.content().unwrap_or_default());
                Ok(())
            }
        }
    }

    /// The digests of the content, read once for all of them.
    ///
    /// # Errors
    /// [`ContentError`] if a stream fails.
    pub fn digests(&self, algorithms: &[DigestAlgorithm]) -> Result<Vec<Vec<u8>>, ContentError> {
        if let Some(content) = self.content() {
            return Ok(algorithms.iter().map(|each| each.digest(content)).collect());
        }
        let mut running: Vec<Digest> = algorithms.iter().map(|each| Digest::new(*each)).collect();
        self.feed(&mut |bytes| running.iter_mut().for_each(|each| each.update(bytes)))?;
        Ok(running.into_iter().map(Digest::finish).collect())
    }
}
