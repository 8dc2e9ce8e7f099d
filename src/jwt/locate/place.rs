//! What surrounds a token: a header, a cookie, a member of an OAuth answer, a URL, a Secret, a log.

use std::fmt;

use super::scan::{Candidate, Encoding};

/// The surroundings of a token.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// Nothing else is there.
    Whole,
    /// An `Authorization` header of this scheme.
    Authorization(&'static str),
    /// The `DPoP` header, which holds a proof (RFC 9449 §4.1).
    DpopHeader,
    /// A cookie that is sent.
    Cookie(String),
    /// A cookie that is set.
    SetCookie(String),
    /// A member of an OAuth answer (RFC 6749 §5.1).
    Oauth(String),
    /// A member of other JSON.
    Member(String),
    /// A parameter of a URL's fragment.
    Fragment(String),
    /// A parameter of a URL's query.
    Query(String),
    /// A parameter of a form.
    Parameter(String),
    /// An environment variable, or another assignment.
    Variable(String),
    /// An entry of a Kubernetes Secret.
    Secret(String),
    /// A user's token in a kubeconfig.
    Kubeconfig,
    /// A field `name: value`, of HTTP or YAML.
    Field(String),
    /// A JSON serialization (RFC 7515 §7.2, RFC 7516 §7.2).
    Serialization,
    /// Quotes.
    Quotes,
    /// Text.
    Text,
}

/// How much of the text before a token is looked at.
const CONTEXT: usize = 512;
const OAUTH: [&str; 7] = [
    "access_token",
    "id_token",
    "refresh_token",
    "logout_token",
    "subject_token",
    "actor_token",
    "client_assertion",
];

impl Place {
    pub(super) fn of(bytes: &[u8], candidate: &Candidate) -> Self {
        let start = candidate.start();
        let (before, after) = (bytes.get(..start), bytes.get(candidate.end()..));
        let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
        if before.trim_ascii().is_empty() && after.trim_ascii().is_empty() {
            return Self::Whole;
        }
        let from = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        let from = from.max(start.saturating_sub(CONTEXT));
        let mut line = String::from_utf8_lossy(before.get(from..).unwrap_or_default()).into_owned();
        if line.trim().is_empty() {
            line = heading(before);
        }
        let found = Self::by_line(&line);
        let says = |kind: &str| mentions_kind(before, kind) || mentions_kind(after, kind);
        match found {
            Self::Field(name) | Self::Member(name) if says("Secret") => {
                Self::Secret(if candidate.encoding == Encoding::Base64 {
                    format!("data.{name}")
                } else {
                    name
                })
            }
            Self::Field(name) if name == "token" && says("Config") => Self::Kubeconfig,
            other => other,
        }
    }

    fn by_line(line: &str) -> Self {
        let lower = line.to_ascii_lowercase();
        let quoted = lower.trim_end().ends_with(['"', '\'', '`']);
        let bare = lower.trim_end_matches(['"', '\'', '`', '\\', ' ']);
        for (word, name) in [("bearer", "Bearer"), ("dpop", "DPoP")] {
            if bare.ends_with(word) && (line.ends_with(' ') || bare.len() + 1 < line.len()) {
                return Self::Authorization(name);
            }
        }
        if bare.ends_with("dpop:") {
            return Self::DpopHeader;
        }
        let original = line.get(..bare.len()).unwrap_or_default();
        if let Some(before) = original.strip_suffix('=') {
            return Self::assigned(before, &lower);
        }
        if let Some(before) = original.strip_suffix(':') {
            return Self::labelled(before.trim_end());
        }
        if quoted { Self::Quotes } else { Self::Text }
    }

    fn assigned(before: &str, lower: &str) -> Self {
        let name = last_name(before);
        let owned = name.to_owned();
        let rest = before.strip_suffix(name).unwrap_or_default();
        if lower.contains("set-cookie:") {
            return Self::SetCookie(owned);
        }
        if lower.contains("cookie:") {
            return Self::Cookie(owned);
        }
        let word = rest.split_whitespace().next_back().unwrap_or_default();
        match (word.rfind('#'), word.rfind('?')) {
            (Some(_), _) if !rest.ends_with(char::is_whitespace) => Self::Fragment(owned),
            (None, Some(_)) if !rest.ends_with(char::is_whitespace) => Self::Query(owned),
            _ if rest.ends_with('&') || OAUTH.contains(&name) => Self::Parameter(owned),
            _ => Self::Variable(owned),
        }
    }

    fn labelled(before: &str) -> Self {
        let unquoted = before.trim_end_matches(['"', '\'', '\\']);
        let name = last_name(unquoted).to_owned();
        if unquoted.len() == before.len() {
            return Self::Field(name);
        }
        if OAUTH.contains(&name.as_str()) {
            Self::Oauth(name)
        } else {
            Self::Member(name)
        }
    }
}

// A block of YAML: the value starts on the line after its key.
fn heading(before: &[u8]) -> String {
    let before = before.trim_ascii_end();
    let from = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    let from = from.max(before.len().saturating_sub(CONTEXT));
    let line = String::from_utf8_lossy(before.get(from..).unwrap_or_default());
    let marks = [' ', '|', '>', '-', '+'];
    let head = line.trim_end_matches(marks);
    if head.ends_with(':') && head.len() < line.len() {
        return head.to_owned();
    }
    String::new()
}

fn last_name(text: &str) -> &str {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '$');
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, c)| is_name(*c))
        .last()
        .map_or(text.len(), |(at, _)| at);
    text.get(start..).unwrap_or_default()
}

// `kind: Secret` or `"kind": "Secret"`, within reach.
fn mentions_kind(bytes: &[u8], kind: &str) -> bool {
    const REACH: usize = 64 << 10;
    let near = bytes.get(..bytes.len().min(REACH)).unwrap_or_default();
    memchr::memmem::find_iter(near, b"kind").any(|at| {
        let rest = near.get(at + 4..).unwrap_or_default();
        let rest: Vec<u8> = rest
            .iter()
            .copied()
            .skip_while(|byte| matches!(byte, b'"' | b':' | b' '))
            .take(kind.len() + 1)
            .collect();
        rest.strip_prefix(kind.as_bytes())
            .is_some_and(|end| !end.first().is_some_and(u8::is_ascii_alphanumeric))
    })
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("the whole input"),
            Self::Authorization(scheme) => write!(f, "an `Authorization: {scheme}` header"),
            Self::DpopHeader => f.write_str("a `DPoP` header"),
            Self::Cookie(name) => write!(f, "the cookie `{name}`"),
            Self::SetCookie(name) => write!(f, "the cookie `{name}` being set"),
            Self::Oauth(name) => write!(f, "the member `{name}` of an OAuth answer"),
            Self::Member(name) => write!(f, "the JSON member `{name}`"),
            Self::Fragment(name) => write!(f, "`#{name}=` of a URL"),
            Self::Query(name) => write!(f, "`?{name}=` of a URL"),
            Self::Parameter(name) => write!(f, "the form parameter `{name}`"),
            Self::Variable(name) => write!(f, "the variable `{name}`"),
            Self::Secret(name) => write!(f, "`{name}` of a Kubernetes Secret"),
            Self::Kubeconfig => f.write_str("a user's token of a kubeconfig"),
            Self::Field(name) => write!(f, "the field `{name}`"),
            Self::Serialization => f.write_str("a JSON serialization"),
            Self::Quotes => f.write_str("quotes"),
            Self::Text => f.write_str("text"),
        }
    }
}
