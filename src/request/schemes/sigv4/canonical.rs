//! The canonical request: method, path, query, fields, their names, and the payload's hash, each line with its origin.

use std::fmt;

use super::encode;
use crate::kernel::crypto::{hex, sha256};

/// What is signed of a request. Everything is as it is on the wire.
#[derive(Debug, Clone)]
pub struct Parts<'a> {
    /// The method.
    pub method: &'a str,
    /// The request target, in origin or absolute form.
    pub target: &'a str,
    /// Names and values of the fields, in the message's order. `:authority` stands for `host`.
    pub fields: Vec<(&'a str, &'a [u8])>,
}

/// How the path becomes canonical: two switches that do not depend on each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Whether empty and dot segments are removed.
    pub normalize: bool,
    /// Whether the path of the wire is percent-encoded once more. If not, it counts decoded and encoded once: S3 itself
    /// makes `%3D` of a `=` that a client sent bare (curl #13754).
    pub double_encode: bool,
}

impl Rules {
    /// What most services do.
    pub const DEFAULT: Self = Self {
        normalize: true,
        double_encode: true,
    };
    /// What S3 does: neither, since the path is an object's key and may hold anything.
    pub const S3: Self = Self {
        normalize: false,
        double_encode: false,
    };

    /// The rules of a service.
    pub fn of_service(service: &str) -> Self {
        if super::is_s3(service) {
            Self::S3
        } else {
            Self::DEFAULT
        }
    }
}

/// Where a line comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The method.
    Method,
    /// The target's path.
    Path,
    /// The target's query.
    Query,
    /// The field of that name, with the number of its lines in the message.
    Field {
        /// The name in lower case.
        name: String,
        /// How many lines were joined.
        lines: usize,
    },
    /// The line that ends the fields.
    EndOfFields,
    /// The names of the signed fields.
    SignedHeaders,
    /// The payload's hash, or what stands for it.
    PayloadHash,
    /// The algorithm's name.
    Algorithm,
    /// The time.
    Time,
    /// The credential's scope.
    Scope,
    /// The hash of the canonical request.
    CanonicalRequestHash,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Method => "the method",
            Self::Path => "the target's path",
            Self::Query => "the target's query",
            Self::Field { name, lines: 1 } => return write!(f, "the field `{name}`"),
            Self::Field { name, lines } => {
                return write!(f, "the field `{name}`, {lines} lines joined");
            }
            Self::EndOfFields => "the end of the fields",
            Self::SignedHeaders => "the names of the signed fields",
            Self::PayloadHash => "the hash of the body, or what stands for it",
            Self::Algorithm => "the algorithm",
            Self::Time => "the time of the signature",
            Self::Scope => "the credential's scope",
            Self::CanonicalRequestHash => "the SHA-256 of the canonical request",
        })
    }
}

/// One line, without its line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The bytes; a field's value need not be UTF-8.
    pub text: Vec<u8>,
    /// Where they come from.
    pub origin: Origin,
}

/// A canonical request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CanonicalRequest {
    lines: Vec<Line>,
}

/// Why there is no canonical request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CanonicalError {
    /// `*` or the authority form.
    #[error("the target `{0}` has no path; `*` and the authority form cannot be signed")]
    Target(String),
    /// A broken escape.
    #[error(
        "`{0}` in the target holds a `%` without two hexadecimal digits; services read it differently"
    )]
    Percent(String),
    /// A `+` of which it is not known how the service reads it.
    #[error(
        "`{0}` in the target holds a bare `+`, which some read as a space; write `%20` or `%2B`"
    )]
    Plus(String),
    /// A parameter twice, where it is not defined how that is signed.
    #[error(
        "the parameter `{0}` is in the query more than once; it is not defined in which order its values are signed"
    )]
    RepeatedParameter(String),
    /// A signed field is not there.
    #[error("the field `{0}` is signed and not in the message")]
    AbsentField(String),
    /// `host` twice, or `host` beside `:authority` and another value.
    #[error("the message names its host more than once")]
    SecondHost,
}

// Fields that proxies and clients change on the way; AWS's own signers leave them out.
const UNSIGNED: [&str; 9] = [
    "connection",
    "expect",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

/// The names of the fields that a signer signs: all but those that others change on the way. In lower case, sorted.
pub fn signable(parts: &Parts<'_>) -> Vec<String> {
    let mut names: Vec<String> = parts
        .fields
        .iter()
        .map(|(name, _)| canonical_name(name))
        .filter(|name| !UNSIGNED.contains(&name.as_str()) && !name.starts_with(':'))
        .collect();
    names.sort();
    names.dedup();
    names
}

fn canonical_name(name: &str) -> String {
    if name == ":authority" {
        return "host".to_owned();
    }
    name.to_ascii_lowercase()
}

impl CanonicalRequest {
    /// Builds it over the fields whose names are given in lower case and sorted. Parameters of the query whose names
    /// are in `left_out` do not count.
    ///
    /// # Errors
    /// [`CanonicalError`].
    pub fn new(
        parts: &Parts<'_>,
        (signed, payload_hash): (&[String], &str),
        left_out: &[&str],
        rules: Rules,
    ) -> Result<Self, CanonicalError> {
        let (path, query) = split_target(parts.target)?;
        let path = canonical_path(path, rules)?;
        let query = canonical_query(query, left_out)?;
        let fields = signed.iter().map(|name| field(parts, name));
        let fields = fields.collect::<Result<Vec<Line>, _>>()?;
        let request = (parts.method, path.as_str(), query.as_str());
        Ok(Self::of_lines(request, fields, (signed, payload_hash)))
    }

    /// Puts it together of a method, a path and a query that are canonical already, and of the lines of the fields.
    pub(in crate::request::schemes) fn of_lines(
        (method, path, query): (&str, &str, &str),
        fields: Vec<Line>,
        (signed, payload_hash): (&[String], &str),
    ) -> Self {
        let mut lines = vec![
            Line::new(method, Origin::Method),
            Line::new(path, Origin::Path),
            Line::new(query, Origin::Query),
        ];
        lines.extend(fields);
        lines.push(Line::new("", Origin::EndOfFields));
        lines.push(Line::new(signed.join(";"), Origin::SignedHeaders));
        lines.push(Line::new(payload_hash, Origin::PayloadHash));
        Self { lines }
    }

    /// The lines in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The bytes that are hashed: the lines with LF between them.
    pub fn bytes(&self) -> Vec<u8> {
        join(&self.lines)
    }

    /// The SHA-256 in hexadecimal.
    pub fn hash(&self) -> String {
        hex(&sha256(&self.bytes()))
    }
}

impl Line {
    pub(in crate::request::schemes) fn new(text: impl Into<Vec<u8>>, origin: Origin) -> Self {
        Self {
            text: text.into(),
            origin,
        }
    }

    /// The line of a field, of its values in their canonical form.
    pub(in crate::request::schemes) fn of_field(name: &str, values: Vec<Vec<u8>>) -> Self {
        let mut text = format!("{name}:").into_bytes();
        text.extend_from_slice(&values.join(&b','));
        let lines = values.len();
        let name = name.to_owned();
        Self::new(text, Origin::Field { name, lines })
    }
}

/// The bytes of lines: LF between them.
pub(in crate::request::schemes) fn join(lines: &[Line]) -> Vec<u8> {
    let texts: Vec<&[u8]> = lines.iter().map(|line| line.text.as_slice()).collect();
    texts.join(&b'\n')
}

/// Refuses what Google leaves open in the query of a target: a bare `+`, and a parameter twice. Its documentation sorts
/// by names alone; of its libraries one keeps the order of the values, one sorts them, and others know but one.
///
/// # Errors
/// [`CanonicalError::Plus`], [`CanonicalError::RepeatedParameter`].
pub(in crate::request::schemes) fn check_defined(target: &str) -> Result<(), CanonicalError> {
    let (_, query) = split_target(target)?;
    if let Some(pair) = query.split('&').find(|pair| pair.contains('+')) {
        return Err(CanonicalError::Plus(pair.to_owned()));
    }
    let mut names: Vec<Vec<u8>> = Vec::new();
    for pair in encode::pairs(query).map_err(CanonicalError::Percent)? {
        if names.contains(&pair.name) {
            let name = String::from_utf8_lossy(&pair.name).into_owned();
            return Err(CanonicalError::RepeatedParameter(name));
        }
        names.push(pair.name);
    }
    Ok(())
}

/// The path and the query of a target, the query without its `?`.
pub(in crate::request::schemes) fn split_target(
    target: &str,
) -> Result<(&str, &str), CanonicalError> {
    let origin_form = if target.starts_with('/') {
        target
    } else {
        let (_, rest) = target
            .split_once("://")
            .ok_or_else(|| CanonicalError::Target(target.to_owned()))?;
        let authority = rest.find(['/', '?']).unwrap_or(rest.len());
        rest.get(authority..).unwrap_or_default()
    };
    Ok(origin_form.split_once('?').unwrap_or((origin_form, "")))
}

fn canonical_path(path: &str, rules: Rules) -> Result<String, CanonicalError> {
    let path = if path.is_empty() { "/" } else { path };
    let normalized = if rules.normalize {
        encode::normalize(path)
    } else {
        path.to_owned()
    };
    if rules.double_encode {
        return Ok(encode::path(normalized.as_bytes()));
    }
    let key = encode::decode(&normalized).ok_or(CanonicalError::Percent(normalized))?;
    Ok(encode::path(&key))
}

fn canonical_query(query: &str, left_out: &[&str]) -> Result<String, CanonicalError> {
    let mut pairs = encode::pairs(query).map_err(CanonicalError::Percent)?;
    pairs.retain(|pair| !left_out.iter().any(|name| name.as_bytes() == pair.name));
    Ok(encode::canonical_query(&pairs))
}

fn field(parts: &Parts<'_>, name: &str) -> Result<Line, CanonicalError> {
    let values = values(parts, name)?.into_iter().map(collapse).collect();
    Ok(Line::of_field(name, values))
}

/// The values of a signed field, in the message's order.
///
/// # Errors
/// [`CanonicalError`] if it is not there, or is a second host.
pub(in crate::request::schemes) fn values<'a>(
    parts: &Parts<'a>,
    name: &str,
) -> Result<Vec<&'a [u8]>, CanonicalError> {
    let fields = parts.fields.iter();
    let fields = fields.filter(|(field, _)| canonical_name(field) == name);
    let values: Vec<&[u8]> = fields.map(|(_, value)| *value).collect();
    if values.is_empty() {
        return Err(CanonicalError::AbsentField(name.to_owned()));
    }
    // Two hosts joined would be signed as one and read as either.
    if name == "host" && values.len() > 1 {
        return Err(CanonicalError::SecondHost);
    }
    Ok(values)
}

// Trimmed, and every run of white space one space: line folds and the inside of quotes too.
fn collapse(value: &[u8]) -> Vec<u8> {
    let words = value.split(|byte| byte.is_ascii_whitespace() || *byte == 0x0b);
    let words: Vec<&[u8]> = words.filter(|word| !word.is_empty()).collect();
    words.join(&b' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts<'a>(target: &'a str, fields: &[(&'a str, &'a str)]) -> Parts<'a> {
        let fields = fields
            .iter()
            .map(|(name, value)| (*name, value.as_bytes()))
            .collect();
        Parts {
            method: "GET",
            target,
            fields,
        }
    }

    fn build(parts: &Parts<'_>, rules: Rules) -> Result<String, CanonicalError> {
        let request = CanonicalRequest::new(parts, (&signable(parts), "HASH"), &[], rules)?;
        Ok(String::from_utf8(request.bytes()).unwrap())
    }

    fn line(target: &str, rules: Rules, index: usize) -> String {
        let text = build(&parts(target, &[("Host", "h")]), rules).unwrap();
        text.lines().nth(index).unwrap().to_owned()
    }

    #[test]
    fn the_path_of_the_wire_is_encoded_once_more_except_for_s3() {
        assert_eq!(line("/%41%20b", Rules::DEFAULT, 1), "/%2541%2520b");
        assert_eq!(line("/%24%41%20b", Rules::S3, 1), "/%24A%20b");
        assert_eq!(line("/a//../b", Rules::DEFAULT, 1), "/b");
        assert_eq!(line("/a//../b", Rules::S3, 1), "/a//../b");
        let normalized_only = Rules {
            normalize: true,
            double_encode: false,
        };
        assert_eq!(line("/x/../%3d", normalized_only, 1), "/%3D");
        let encoded_only = Rules {
            normalize: false,
            double_encode: true,
        };
        assert_eq!(line("/x/../%41", encoded_only, 1), "/x/../%2541");
    }

    // Requests that `curl --aws-sigv4` once signed wrongly, by its issue numbers.
    #[test]
    fn what_curl_got_wrong() {
        let path = |target| line(target, Rules::DEFAULT, 1);
        assert_eq!(path("/_alias/test*"), "/_alias/test%2A", "7559");
        assert_eq!(path("/test:123"), "/test%3A123", "18423");
        assert_eq!(path("/tables/arn%3Aaws"), "/tables/arn%253Aaws", "16927");
        assert_eq!(line("/b/dt=2024", Rules::S3, 1), "/b/dt%3D2024", "13754");
        let query = |target| line(target, Rules::DEFAULT, 2);
        assert_eq!(query("/_cat/indices?v"), "v=", "8107");
        assert_eq!(
            query("/_search?sort=_doc&size=50"),
            "size=50&sort=_doc",
            "9717"
        );
        assert_eq!(
            query("/sparql?graph=urn:uuid:6e/8"),
            "graph=urn%3Auuid%3A6e%2F8",
            "11794"
        );
        let port = build(&parts("/", &[("Host", "localhost:9200")]), Rules::DEFAULT);
        assert!(port.unwrap().contains("\nhost:localhost:9200\n"), "9550");
    }

    #[test]
    fn a_target_in_absolute_form_counts_by_its_path() {
        assert_eq!(line("https://h/a?b", Rules::DEFAULT, 1), "/a");
        assert_eq!(line("https://h/a?b", Rules::DEFAULT, 2), "b=");
        assert_eq!(line("https://h?b=/c", Rules::DEFAULT, 1), "/");
        assert_eq!(line("https://h?b=/c", Rules::DEFAULT, 2), "b=%2Fc");
        for target in ["*", "h:443", ""] {
            let error = build(&parts(target, &[]), Rules::DEFAULT).unwrap_err();
            assert_eq!(error, CanonicalError::Target(target.to_owned()));
        }
    }

    #[test]
    fn fields_are_sorted_joined_and_collapsed_and_know_their_lines() {
        let fields = [
            ("X-B", " 1 \t 2 "),
            ("User-Agent", "curl"),
            ("x-b", ""),
            ("A", "\"a  b\""),
            ("host", "h:8443"),
        ];
        let parts = parts("/", &fields);
        let request =
            CanonicalRequest::new(&parts, (&signable(&parts), "H"), &[], Rules::S3).unwrap();
        let text = String::from_utf8(request.bytes()).unwrap();
        assert_eq!(
            text,
            "GET\n/\n\na:\"a b\"\nhost:h:8443\nx-b:1 2,\n\na;host;x-b\nH"
        );
        let origin = Origin::Field {
            name: "x-b".to_owned(),
            lines: 2,
        };
        assert_eq!(request.lines()[5].origin, origin);
        assert_eq!(origin.to_string(), "the field `x-b`, 2 lines joined");
    }

    #[test]
    fn authority_is_the_host_and_there_is_one() {
        let text = build(&parts("/", &[(":authority", "h")]), Rules::DEFAULT).unwrap();
        assert!(text.contains("\nhost:h\n"), "{text}");
        let two = parts("/", &[("Host", "h"), ("host", "h")]);
        assert_eq!(build(&two, Rules::DEFAULT), Err(CanonicalError::SecondHost));
    }

    #[test]
    fn what_is_absent_or_ambiguous_is_an_error_and_never_empty() {
        let request = parts("/", &[("Host", "h")]);
        let signed = ["host".to_owned(), "x-a".to_owned()];
        let error = CanonicalRequest::new(&request, (&signed, "H"), &[], Rules::S3).unwrap_err();
        assert_eq!(error, CanonicalError::AbsentField("x-a".to_owned()));
        let error = build(&parts("/?a=%4&b", &[("Host", "h")]), Rules::S3).unwrap_err();
        assert_eq!(error, CanonicalError::Percent("a=%4".to_owned()));
        let error = build(&parts("/a%", &[("Host", "h")]), Rules::S3).unwrap_err();
        assert_eq!(error, CanonicalError::Percent("/a%".to_owned()));
    }
}
