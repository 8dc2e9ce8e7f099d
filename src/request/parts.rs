//! The parts of a message that is to be written in another form: as a `curl` command, or as an entry of a HAR.

use std::fmt;

use super::exchange::UriScheme;

/// A request in parts. Values are without white space around them.
#[derive(Clone, Copy)]
pub struct RequestParts<'a> {
    /// The scheme that the request was or will be sent with.
    pub scheme: UriScheme,
    /// Where it is sent to, such as `orders.example:8443`.
    pub authority: &'a str,
    /// The method.
    pub method: &'a str,
    /// The request target as written.
    pub target: &'a str,
    /// The fields in order.
    pub fields: &'a [(&'a str, &'a [u8])],
    /// The content.
    pub body: &'a [u8],
}

/// A response in parts.
#[derive(Clone, Copy)]
pub struct ResponseParts<'a> {
    /// The status code.
    pub status: u16,
    /// The reason phrase.
    pub reason: &'a str,
    /// The fields in order.
    pub fields: &'a [(&'a str, &'a [u8])],
    /// The content.
    pub body: &'a [u8],
}

// Fields may be credentials: a derived Debug would print them.
impl fmt::Debug for RequestParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fields, body) = (self.fields.len(), self.body.len());
        write!(f, "RequestParts({fields} fields, {body} bytes)")
    }
}

impl fmt::Debug for ResponseParts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (fields, body) = (self.fields.len(), self.body.len());
        write!(f, "ResponseParts({fields} fields, {body} bytes)")
    }
}

/// Whether a text is a token (RFC 9110 §5.6.2), as methods and field names are.
pub(super) fn is_token(text: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !text.is_empty() && text.iter().all(allowed)
}

/// Whether bytes can stand in a field line: no control character but the tab (RFC 9110 §5.5).
pub(super) fn is_field_text(text: &[u8]) -> bool {
    text.iter()
        .all(|byte| *byte == b'\t' || (*byte >= 0x20 && *byte != 0x7f))
}
