//! A message as a `curl` command for a POSIX shell, with `$'…'` of bash where bytes need it.
//!
//! The command sends the fields in order, `Host` first as curl does, and takes away the fields that curl would add.
//! It holds what the message holds, credentials included, and nothing beside it.

use crate::request::parts::{RequestParts, is_field_text, is_token};

/// What the shell and the system pass as one argument on every Linux, less a margin.
const MAX_ARGUMENT_BYTES: usize = 100 << 10;

/// Above this, curl asks before it sends the body.
const EXPECT_ABOVE: usize = 1 << 20;

/// Why a message is not a `curl` command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CurlWriteError {
    /// Not a token.
    #[error("the method is not a token, so no `curl` command sends it")]
    Method,
    /// Nothing, or a control character.
    #[error("the request target is not a line of text, so no `curl` command sends it")]
    Target,
    /// The authority is no host with a port.
    #[error("the authority is not a host such as `orders.example:8443`")]
    Authority,
    /// A name that is no token, or a value with a control character.
    #[error("the field `{0}` cannot be an argument of `curl`")]
    Field(String),
    /// Two `Host` fields: curl sends one.
    #[error("the message has several `Host` fields; curl sends one")]
    Hosts,
    /// A transfer coding: curl would apply it to the body.
    #[error("the message has a `Transfer-Encoding`; curl would encode the body once more")]
    TransferEncoding,
}

/// A command, and what has to be piped into it.
#[derive(Clone, PartialEq, Eq)]
pub struct CurlCommand {
    /// The command, on one line.
    pub line: String,
    /// Whether it reads the body from standard input: it holds a NUL, or more than an argument can.
    pub body_from_stdin: bool,
}

// The line may hold credentials.
impl std::fmt::Debug for CurlCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (length, piped) = (self.line.len(), self.body_from_stdin);
        write!(f, "CurlCommand({length} bytes, body from stdin: {piped})")
    }
}

/// Writes the command that sends a message.
///
/// # Errors
/// [`CurlWriteError`], where no command sends exactly this message.
pub fn write_curl(parts: &RequestParts<'_>) -> Result<CurlCommand, CurlWriteError> {
    check(parts)?;
    let mut words = vec!["curl".to_owned(), "--http1.1".to_owned()];
    method(parts, &mut words);
    url(parts, &mut words);
    for (name, value) in parts.fields {
        let as_url = name.eq_ignore_ascii_case("host")
            && *name == "Host"
            && *value == parts.authority.as_bytes();
        if !as_url {
            words.push("-H".into());
            words.push(header(name, value));
        }
    }
    let mut own = vec!["Host", "User-Agent", "Accept"];
    if !parts.body.is_empty() {
        own.extend(["Content-Length", "Content-Type"]);
    }
    if parts.body.len() > EXPECT_ABOVE {
        own.push("Expect");
    }
    for name in own.into_iter().filter(|name| !has(parts, name)) {
        words.extend(["-H".into(), quote(format!("{name}:").as_bytes())]);
    }
    let body_from_stdin = parts.body.contains(&0) || parts.body.len() > MAX_ARGUMENT_BYTES;
    if body_from_stdin {
        words.extend(["--data-binary".into(), "@-".into()]);
    } else if !parts.body.is_empty() {
        // `--data-binary @…` would name a file.
        let option = match parts.body.first() {
            Some(b'@') => "--data-raw",
            _ => "--data-binary",
        };
        words.extend([option.into(), quote(parts.body)]);
    }
    Ok(CurlCommand {
        line: words.join(" "),
        body_from_stdin,
    })
}

fn check(parts: &RequestParts<'_>) -> Result<(), CurlWriteError> {
    if !is_token(parts.method.as_bytes()) {
        return Err(CurlWriteError::Method);
    }
    if parts.target.is_empty() || !is_field_text(parts.target.as_bytes()) {
        return Err(CurlWriteError::Target);
    }
    let host = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]".contains(&byte);
    if parts.authority.is_empty() || !parts.authority.bytes().all(host) {
        return Err(CurlWriteError::Authority);
    }
    for (name, value) in parts.fields {
        if !is_token(name.as_bytes()) || !is_field_text(value) {
            return Err(CurlWriteError::Field((*name).to_owned()));
        }
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(CurlWriteError::TransferEncoding);
        }
    }
    let hosts = parts.fields.iter();
    let hosts = hosts.filter(|(name, _)| name.eq_ignore_ascii_case("host"));
    if hosts.count() > 1 {
        return Err(CurlWriteError::Hosts);
    }
    Ok(())
}

fn has(parts: &RequestParts<'_>, name: &str) -> bool {
    parts
        .fields
        .iter()
        .any(|(field, _)| field.eq_ignore_ascii_case(name))
}

fn method(parts: &RequestParts<'_>, words: &mut Vec<String>) {
    let body = !parts.body.is_empty();
    match parts.method {
        "GET" if !body => {}
        "POST" if body => {}
        // With `-X HEAD`, curl would wait for a body.
        "HEAD" if !body => words.push("--head".into()),
        method => words.extend(["-X".into(), quote(method.as_bytes())]),
    }
}

fn url(parts: &RequestParts<'_>, words: &mut Vec<String>) {
    let (scheme, authority) = (parts.scheme.name(), parts.authority);
    let plain = parts.target.starts_with('/')
        && !parts.target.contains('#')
        && parts.target.bytes().all(|byte| byte.is_ascii_graphic());
    if !plain {
        words.extend(["--request-target".into(), quote(parts.target.as_bytes())]);
        words.push(quote(format!("{scheme}://{authority}/").as_bytes()));
        return;
    }
    if parts.target.contains(['[', ']', '{', '}', '\\']) {
        words.push("--globoff".into());
    }
    if parts.target.contains("/.") || parts.target.to_ascii_lowercase().contains("/%2e") {
        words.push("--path-as-is".into());
    }
    words.push(quote(
        format!("{scheme}://{authority}{}", parts.target).as_bytes(),
    ));
}

fn header(name: &str, value: &[u8]) -> String {
    let value = value.trim_ascii();
    if value.is_empty() {
        return quote(format!("{name};").as_bytes());
    }
    quote(&[name.as_bytes(), b": ", value].concat())
}

/// One word for the shell: bare, in single quotes, or as `$'…'`.
fn quote(bytes: &[u8]) -> String {
    let bare = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_./:@%+=,".contains(byte);
    if !bytes.is_empty() && bytes.iter().all(bare) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let plain = |byte: &u8| (b' '..=b'~').contains(byte) && *byte != b'\'';
    if bytes.iter().all(plain) {
        return format!("'{}'", String::from_utf8_lossy(bytes));
    }
    let mut out = String::from("$'");
    for byte in bytes {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'\'' | b'\\' => out.extend(['\\', char::from(*byte)]),
            b' '..=b'~' => out.push(char::from(*byte)),
            other => out.push_str(&format!("\\x{other:02x}")),
        }
    }
    out.push('\'');
    out
}
