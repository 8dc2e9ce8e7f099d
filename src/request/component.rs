//! Component identifiers of RFC 9421 §2 and the values they take from a request.
//!
//! Fields without parameters and the derived components of requests are implemented. Any other parameter or name is
//! an error and never ignored: a signature that covers something we cannot compute is not verified.

use super::message::Request;
use super::structured_field::{BareItem, Item, Parameters, parse_item, serialize_item};

/// The part of a message that a component names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// A header field, lower case.
    Field(String),
    /// `@method`
    Method,
    /// `@target-uri`
    TargetUri,
    /// `@authority`
    Authority,
    /// `@scheme`
    Scheme,
    /// `@request-target`
    RequestTarget,
    /// `@path`
    Path,
    /// `@query`
    Query,
    /// `@query-param` with its `name`.
    QueryParam(String),
}

/// A component identifier: what it names, and how it was written (parameter order is kept, RFC 9421 §2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// What it names.
    pub name: Name,
    identifier: String,
}

/// What a message cannot say about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Context {
    /// The scheme that the request was made with.
    pub scheme: UriScheme,
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

    fn default_port(self) -> &'static str {
        match self {
            Self::Https => "443",
            Self::Http => "80",
        }
    }
}

/// Why a component has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComponentError {
    /// Not a component identifier.
    #[error("`{0}` is not a component identifier")]
    Malformed(String),
    /// A field name with upper-case letters.
    #[error("the component name `{0}` is not lower case")]
    NotLowerCase(String),
    /// A derived component that does not exist or does not apply to requests.
    #[error("`{0}` is not a component of a request")]
    Unknown(String),
    /// A parameter that is not implemented or does not apply.
    #[error("the parameter `{parameter}` of `{component}` is not supported")]
    Parameter {
        /// The component's name.
        component: String,
        /// The parameter.
        parameter: String,
    },
    /// The message has no such field.
    #[error("the message has no `{0}`")]
    Absent(String),
    /// A value that cannot stand in a signature base.
    #[error("the value of `{0}` holds characters outside ASCII or a line end")]
    NotAscii(String),
    /// A query parameter that occurs several times.
    #[error("the query parameter `{0}` occurs more than once")]
    Repeated(String),
    /// `Host` more than once (RFC 9112 §3.2).
    #[error("the message has several `Host` fields")]
    SeveralHosts,
    /// The target's scheme is not the one that the request was made with.
    #[error("the target says `{target}`, the request was made with `{context}`")]
    SchemeConflict {
        /// The scheme of the absolute-form target.
        target: &'static str,
        /// The scheme in use.
        context: &'static str,
    },
    /// The target's authority and `Host` differ.
    #[error("the target names `{target}`, the `Host` field `{host}`")]
    AuthorityConflict {
        /// The authority of the absolute-form target.
        target: String,
        /// The value of `Host`.
        host: String,
    },
}

impl Component {
    /// Reads an identifier as an item of `Signature-Input` has it.
    ///
    /// # Errors
    /// [`ComponentError`].
    pub fn from_item(item: &Item) -> Result<Self, ComponentError> {
        let identifier =
            serialize_item(item).map_err(|_| ComponentError::Malformed("?".to_owned()))?;
        let BareItem::String(name) = &item.value else {
            return Err(ComponentError::Malformed(identifier));
        };
        Ok(Self {
            name: Name::new(name, &item.parameters)?,
            identifier,
        })
    }

    /// Reads an identifier as people write it: `@method`, `content-type`, `"@query-param";name="a"`.
    ///
    /// # Errors
    /// [`ComponentError`].
    pub fn parse(text: &str) -> Result<Self, ComponentError> {
        let quoted;
        let field = if text.starts_with('"') {
            text
        } else {
            let (name, parameters) = text.split_at(text.find(';').unwrap_or(text.len()));
            quoted = format!("\"{name}\"{parameters}");
            &quoted
        };
        let item =
            parse_item(field.as_bytes()).map_err(|_| ComponentError::Malformed(text.to_owned()))?;
        Self::from_item(&item)
    }

    /// The identifier as it stands in the signature base.
    pub fn identifier(&self) -> &str {
        &self.identifier
    }

    /// Whether both name the same part; the order of parameters does not matter.
    pub fn same_as(&self, other: &Self) -> bool {
        self.name == other.name
    }

    /// The value that a request gives it (RFC 9421 §2.1, §2.2).
    ///
    /// # Errors
    /// [`ComponentError`].
    pub fn value(&self, request: &Request, context: Context) -> Result<String, ComponentError> {
        let target = Target::new(request, context);
        match &self.name {
            Name::Field(name) => field_value(request, name),
            Name::Method => Ok(request.method.clone()),
            Name::Scheme => Ok(target.scheme.name().to_owned()),
            Name::Authority => target.authority(request),
            Name::RequestTarget => ascii("@request-target", &request.target),
            Name::TargetUri => target.uri(request),
            Name::Path => ascii("@path", target.path()),
            Name::Query => ascii("@query", &format!("?{}", target.query.unwrap_or(""))),
            Name::QueryParam(name) => query_parameter(target.query.unwrap_or(""), name),
        }
    }
}

impl Name {
    fn new(name: &str, parameters: &Parameters) -> Result<Self, ComponentError> {
        let derived = match name {
            "@method" => Self::Method,
            "@target-uri" => Self::TargetUri,
            "@authority" => Self::Authority,
            "@scheme" => Self::Scheme,
            "@request-target" => Self::RequestTarget,
            "@path" => Self::Path,
            "@query" => Self::Query,
            "@query-param" => return Self::query_param(parameters),
            _ if name.starts_with('@') => return Err(ComponentError::Unknown(name.to_owned())),
            _ if name.bytes().any(|byte| byte.is_ascii_uppercase()) => {
                return Err(ComponentError::NotLowerCase(name.to_owned()));
            }
            _ if name.is_empty() => return Err(ComponentError::Malformed(String::new())),
            _ => Self::Field(name.to_owned()),
        };
        match parameters.first() {
            None => Ok(derived),
            Some((parameter, _)) => Err(ComponentError::Parameter {
                component: name.to_owned(),
                parameter: parameter.clone(),
            }),
        }
    }

    // RFC 9421 §2.2.8: exactly one parameter, `name`, a string.
    fn query_param(parameters: &Parameters) -> Result<Self, ComponentError> {
        match parameters.as_slice() {
            [(key, BareItem::String(name))] if key == "name" => Ok(Self::QueryParam(name.clone())),
            [] => Err(ComponentError::Malformed("@query-param".to_owned())),
            [.., (parameter, _)] => Err(ComponentError::Parameter {
                component: "@query-param".to_owned(),
                parameter: parameter.clone(),
            }),
        }
    }
}

/// Whether the target, `Host` and the scheme in use name one place. RFC 9112 §3.2.2 lets an absolute-form target beat
/// `Host`, so that a request in which they differ goes to one place for one reader and to another for the next.
///
/// # Errors
/// [`ComponentError`] with both values.
pub fn check_target(request: &Request, context: Context) -> Result<(), ComponentError> {
    let target = Target::new(request, context);
    if target.scheme != context.scheme {
        return Err(ComponentError::SchemeConflict {
            target: target.scheme.name(),
            context: context.scheme.name(),
        });
    }
    match target.authority(request) {
        Ok(_) | Err(ComponentError::Absent(_)) => Ok(()),
        Err(conflict) => Err(conflict),
    }
}

// RFC 9421 §2.1: trimmed lines joined by ", "; absent is an error, never empty (§2.5).
fn field_value(request: &Request, name: &str) -> Result<String, ComponentError> {
    let mut joined: Option<Vec<u8>> = None;
    for value in request.values(name) {
        match &mut joined {
            None => joined = Some(value.to_vec()),
            Some(joined) => {
                joined.extend_from_slice(b", ");
                joined.extend_from_slice(value);
            }
        }
    }
    let joined = joined.ok_or_else(|| ComponentError::Absent(name.to_owned()))?;
    let text = String::from_utf8(joined).map_err(|_| ComponentError::NotAscii(name.to_owned()))?;
    ascii(name, &text)
}

// RFC 9421 §2.5 step 4: no line end, nothing outside ASCII.
fn ascii(name: &str, value: &str) -> Result<String, ComponentError> {
    if value.is_ascii() && !value.contains(['\n', '\r']) {
        Ok(value.to_owned())
    } else {
        Err(ComponentError::NotAscii(name.to_owned()))
    }
}

struct Target<'a> {
    scheme: UriScheme,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    raw: &'a str,
}

impl<'a> Target<'a> {
    fn new(request: &'a Request, context: Context) -> Self {
        let raw = request.target.as_str();
        let mut scheme = context.scheme;
        let mut authority = None;
        let mut rest = raw;
        // RFC 9112 §3.2.2: absolute-form.
        if let Some((name, after)) = raw.split_once("://")
            && let Some(known) = uri_scheme(name)
        {
            scheme = known;
            let end = after.find(['/', '?']).unwrap_or(after.len());
            let (host, path) = after.split_at(end);
            authority = Some(host);
            rest = path;
        }
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        Self {
            scheme,
            authority,
            path,
            query,
            raw,
        }
    }

    // RFC 9421 §2.2.6: the raw path; an empty one is "/".
    fn path(&self) -> &str {
        if self.path.is_empty() { "/" } else { self.path }
    }

    // RFC 9421 §2.2.3: lower case, without the default port.
    fn authority(&self, request: &Request) -> Result<String, ComponentError> {
        let mut hosts = request.values("host");
        let host = hosts.next();
        if hosts.next().is_some() {
            return Err(ComponentError::SeveralHosts);
        }
        let host = match host {
            None => None,
            Some(host) => Some(
                std::str::from_utf8(host).map_err(|_| ComponentError::NotAscii("host".into()))?,
            ),
        };
        let chosen = match (self.authority, host) {
            (Some(target), Some(host)) if self.normal(target) != self.normal(host) => {
                return Err(ComponentError::AuthorityConflict {
                    target: target.to_owned(),
                    host: host.to_owned(),
                });
            }
            (target, host) => target
                .or(host)
                .ok_or_else(|| ComponentError::Absent("@authority".to_owned()))?,
        };
        ascii("@authority", &self.normal(chosen))
    }

    fn normal(&self, authority: &str) -> String {
        let lower = authority.to_ascii_lowercase();
        match lower.rsplit_once(':') {
            Some((host, port)) if port == self.scheme.default_port() || port.is_empty() => {
                host.to_owned()
            }
            _ => lower,
        }
    }

    // RFC 9421 §2.2.2: the absolute URI; a target in origin form is completed from the context.
    fn uri(&self, request: &Request) -> Result<String, ComponentError> {
        if self.authority.is_some() {
            return ascii("@target-uri", self.raw);
        }
        let authority = self.authority(request)?;
        let raw = if self.raw == "*" { "" } else { self.raw };
        ascii(
            "@target-uri",
            &format!("{}://{authority}{raw}", self.scheme.name()),
        )
    }
}

fn uri_scheme(name: &str) -> Option<UriScheme> {
    [UriScheme::Https, UriScheme::Http]
        .into_iter()
        .find(|scheme| name.eq_ignore_ascii_case(scheme.name()))
}

// RFC 9421 §2.2.8: parsed as application/x-www-form-urlencoded, compared and given in percent-encoded form.
fn query_parameter(query: &str, name: &str) -> Result<String, ComponentError> {
    let wanted = form_encode(&form_decode(name.as_bytes(), false));
    let mut found = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        if form_encode(&form_decode(key.as_bytes(), true)) != wanted {
            continue;
        }
        if found.is_some() {
            return Err(ComponentError::Repeated(name.to_owned()));
        }
        found = Some(form_encode(&form_decode(value.as_bytes(), true)));
    }
    found.ok_or_else(|| ComponentError::Absent(format!("@query-param {name}")))
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
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::source::Source;

    fn value(head: &str, component: &str) -> Result<String, ComponentError> {
        let source = Source::new("m", format!("{head}\r\n\r\n").into_bytes()).unwrap();
        let request = Request::parse(&source).unwrap();
        let context = Context {
            scheme: UriScheme::Https,
        };
        Component::parse(component)?.value(&request, context)
    }

    #[test]
    fn derived_components_follow_section_2_2() {
        let origin = "GET /p%20a//?q=a+b&x HTTP/1.1\r\nHost: Example.COM:443";
        let table = [
            ("@method", "GET"),
            ("@authority", "example.com"),
            ("@scheme", "https"),
            ("@path", "/p%20a//"),
            ("@query", "?q=a+b&x"),
            ("@request-target", "/p%20a//?q=a+b&x"),
            ("@target-uri", "https://example.com/p%20a//?q=a+b&x"),
            ("\"@query-param\";name=\"q\"", "a%20b"),
            ("\"@query-param\";name=\"x\"", ""),
        ];
        for (component, expected) in table {
            assert_eq!(
                value(origin, component).as_deref(),
                Ok(expected),
                "{component}"
            );
        }
        assert_eq!(value("GET /p HTTP/1.1", "@query").as_deref(), Ok("?"));
        let absolute = "GET http://www.example.com:8080?a HTTP/1.1";
        assert_eq!(value(absolute, "@path").as_deref(), Ok("/"));
        assert_eq!(
            value(absolute, "@authority").as_deref(),
            Ok("www.example.com:8080")
        );
        assert_eq!(value(absolute, "@scheme").as_deref(), Ok("http"));
        let ipv6 = "GET / HTTP/1.1\r\nHost: [::1]:443";
        assert_eq!(value(ipv6, "@authority").as_deref(), Ok("[::1]"));
    }

    #[test]
    fn fields_are_joined_and_absence_is_an_error() {
        let head = "GET / HTTP/1.1\r\nA:  one \r\na: two\r\nEmpty:";
        assert_eq!(value(head, "a").as_deref(), Ok("one, two"));
        assert_eq!(value(head, "empty").as_deref(), Ok(""));
        assert!(matches!(value(head, "b"), Err(ComponentError::Absent(_))));
        assert!(matches!(
            value(head, "A"),
            Err(ComponentError::NotLowerCase(_))
        ));
    }

    #[test]
    fn a_target_and_a_host_that_differ_are_a_conflict() {
        let check = |head: &str| {
            let source = Source::new("m", format!("{head}\r\n\r\n").into_bytes()).unwrap();
            let context = Context {
                scheme: UriScheme::Https,
            };
            check_target(&Request::parse(&source).unwrap(), context)
        };
        assert_eq!(check("GET / HTTP/1.1\r\nHost: a"), Ok(()));
        assert_eq!(check("GET / HTTP/1.1"), Ok(()));
        assert_eq!(check("GET https://A:443/ HTTP/1.1\r\nHost: a"), Ok(()));
        for head in [
            "GET https://b/ HTTP/1.1\r\nHost: a",
            "GET http://a/ HTTP/1.1\r\nHost: a",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: b",
        ] {
            assert!(check(head).is_err(), "{head}");
        }
    }

    #[test]
    fn nothing_is_ignored() {
        let head = "GET http://a/?x=1&x=2 HTTP/1.1\r\nHost: b";
        assert!(matches!(
            value(head, "@status"),
            Err(ComponentError::Unknown(_))
        ));
        assert!(matches!(
            value(head, "host;sf"),
            Err(ComponentError::Parameter { .. })
        ));
        assert!(matches!(
            value(head, "@method;req"),
            Err(ComponentError::Parameter { .. })
        ));
        assert!(matches!(
            value(head, "@authority"),
            Err(ComponentError::AuthorityConflict { .. })
        ));
        let parameter = "\"@query-param\";name=\"x\"";
        assert!(matches!(
            value(head, parameter),
            Err(ComponentError::Repeated(_))
        ));
    }
}
