//! What proxies and frameworks do to the place and the target of a request.

use super::{Cause, Change, Family, Mutation, State};
use crate::kernel::arrange::Arrange as _;
use crate::request::exchange::{Context, UriScheme};
use crate::request::message::{Message, Start};

/// Another authority or scheme than the one at hand: a proxy's, or the client's before the proxy.
pub(super) fn places(state: &State) -> Vec<Mutation> {
    let mut all = Vec::new();
    let message = &state.message;
    if !message.is_request() {
        return all;
    }
    let other = match state.context.scheme {
        UriScheme::Https => UriScheme::Http,
        UriScheme::Http => UriScheme::Https,
    };
    let context = Context {
        scheme: other,
        ..state.context.clone()
    };
    let text = format!("the request was made with {}", other.name());
    all.push(Mutation::new(
        Family::Place,
        Cause::Scheme,
        text,
        Change::Context(context),
    ));
    for (origin, host) in hosts(message) {
        for scheme in [state.context.scheme, other] {
            let text = match scheme == state.context.scheme {
                true => format!("the host was `{host}`, {origin}"),
                false => format!("the host was `{host}`, {origin}, over {}", scheme.name()),
            };
            all.extend(place(state, scheme, &host, text));
        }
    }
    all
}

fn place(state: &State, scheme: UriScheme, host: &str, text: String) -> Vec<Mutation> {
    let context = Context {
        scheme,
        authority: Some(host.to_owned()),
        ..state.context.clone()
    };
    let mut all = Vec::new();
    all.push(Mutation::new(
        Family::Place,
        Cause::Authority,
        text.clone(),
        Change::Context(context),
    ));
    // Schemes that sign the field itself see the other host there.
    let mut message = state.message.clone();
    let mut changed = false;
    for field in &mut message.fields {
        if field.is_named("host") && field.value() != host.as_bytes() {
            field.set_value(host.as_bytes().to_vec());
            changed = true;
        }
    }
    if changed && scheme == state.context.scheme {
        all.push(Mutation::new(
            Family::Place,
            Cause::Authority,
            text,
            Change::Message(Box::new(message)),
        ));
    }
    all
}

// The hosts that the message itself speaks of, and the ports that are added or dropped on the way.
fn hosts(message: &Message) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut push = |origin: String, host: &str| {
        let known = found.iter().any(|(_, known)| known == host);
        if !host.is_empty() && !known {
            found.push((origin, host.to_owned()));
        }
    };
    for field in &message.fields {
        let Ok(value) = std::str::from_utf8(field.value()) else {
            continue;
        };
        let name = field.name().to_ascii_lowercase();
        match name.as_str() {
            "x-forwarded-host" | "x-original-host" | "x-forwarded-server" | "x-real-host" => {
                for host in value.split(',') {
                    push(format!("as `{}` says", field.name()), host.trim());
                }
            }
            "forwarded" => {
                for part in value.split([';', ',']) {
                    if let Some((key, host)) = part.trim().split_once('=')
                        && key.eq_ignore_ascii_case("host")
                    {
                        push("as `Forwarded` says".to_owned(), host.trim_matches('"'));
                    }
                }
            }
            "origin" | "referer" => {
                let host = value
                    .split("://")
                    .nth(1)
                    .and_then(|rest| rest.split('/').next());
                push(
                    format!("as `{}` says", field.name()),
                    host.unwrap_or_default(),
                );
            }
            _ => {}
        }
    }
    if let Some(host) = message.only("host") {
        match host.rsplit_once(':') {
            Some((bare, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => {
                push("without its port".to_owned(), bare);
            }
            _ => {
                for port in ["443", "80", "8443", "8080"] {
                    push(format!("with port {port}"), &format!("{host}:{port}"));
                }
            }
        }
        push("with `www.`".to_owned(), &format!("www.{host}"));
        push(
            "without `www.`".to_owned(),
            host.strip_prefix("www.").unwrap_or(""),
        );
        push("with a final dot".to_owned(), &format!("{host}."));
    }
    found
}

/// The target as it may have been when it was signed.
pub(super) fn targets(state: &State) -> Vec<Mutation> {
    let Start::Request { method, target, .. } = &state.message.start else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for (text, other) in [
        ("in upper case", method.to_ascii_uppercase()),
        ("in lower case", method.to_ascii_lowercase()),
        ("POST", "POST".to_owned()),
        ("GET", "GET".to_owned()),
        ("PUT", "PUT".to_owned()),
    ] {
        if other != *method {
            let message = with(&state.message, |start| {
                if let Start::Request { method, .. } = start {
                    method.clone_from(&other);
                }
            });
            all.push(Mutation::new(
                Family::Target,
                Cause::Method,
                format!("the method was {text}"),
                Change::Message(Box::new(message)),
            ));
        }
    }
    for (cause, text, other) in forms(target) {
        if other != *target {
            let message = with(&state.message, |start| {
                if let Start::Request { target, .. } = start {
                    target.clone_from(&other);
                }
            });
            all.push(Mutation::new(
                Family::Target,
                cause,
                text,
                Change::Message(Box::new(message)),
            ));
        }
    }
    all
}

fn with(message: &Message, change: impl FnOnce(&mut Start)) -> Message {
    let mut message = message.clone();
    change(&mut message.start);
    message
}

fn forms(target: &str) -> Vec<(Cause, String, String)> {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let mut found = Vec::new();
    let rest = query.map(|query| format!("?{query}")).unwrap_or_default();
    for (cause, text, form) in path_forms(path) {
        found.push((cause, text.to_owned(), format!("{form}{rest}")));
    }
    let Some(query) = query else {
        found.push((
            Cause::QueryEmpty,
            "the target ended with `?`".to_owned(),
            format!("{path}?"),
        ));
        return found;
    };
    found.push((
        Cause::QueryMissing,
        "the target had no query".to_owned(),
        path.to_owned(),
    ));
    for (cause, text, form) in query_forms(query) {
        found.push((cause, text, format!("{path}?{form}")));
    }
    found
}

type PathForm = (Cause, &'static str, String);

fn path_forms(path: &str) -> Vec<PathForm> {
    let mut found = encodings(path);
    found.extend([
        (
            Cause::PathCase,
            "the path was in lower case",
            path.to_ascii_lowercase(),
        ),
        (
            Cause::PathNormalized,
            "repeated slashes in the path were one",
            collapse(path),
        ),
        (
            Cause::PathNormalized,
            "dot segments in the path were resolved",
            resolve(path),
        ),
    ]);
    found.push(match path.strip_suffix('/') {
        Some(bare) if !bare.is_empty() => (
            Cause::PathSlash,
            "the path had no final `/`",
            bare.to_owned(),
        ),
        _ => (
            Cause::PathSlash,
            "the path ended with `/`",
            format!("{path}/"),
        ),
    });
    found.extend(prefixes(path));
    found
}

fn encodings(path: &str) -> Vec<PathForm> {
    let decoded = decode(path);
    let form = |text, path| (Cause::PathEncoding, text, path);
    let mut found = vec![
        form("the path was percent-decoded", decoded.clone()),
        form("the path was encoded twice", path.replace('%', "%25")),
        form(
            "the path was encoded once instead of twice",
            path.replace("%25", "%"),
        ),
        form(
            "the path's unsafe characters were percent-encoded",
            encode(&decoded),
        ),
        form(
            "the path's percent-encoding was in upper case",
            percent_case(path, true),
        ),
        form(
            "the path's percent-encoding was in lower case",
            percent_case(path, false),
        ),
    ];
    for (at, _) in path.match_indices('/').skip(1).take(8) {
        let (before, after) = path.split_at(at);
        let after = after.get(1..).unwrap_or_default();
        for slash in ["%2F", "%2f"] {
            let text = "a slash in the path was written %2F";
            found.push(form(text, format!("{before}{slash}{after}")));
        }
    }
    found
}

// A proxy that mounts a service under a prefix takes it off, or adds it.
fn prefixes(path: &str) -> Vec<PathForm> {
    let mut found = Vec::new();
    let mut cut = path;
    for _ in 0..3 {
        let Some(next) = cut.get(1..).and_then(|rest| rest.find('/')) else {
            break;
        };
        cut = cut.get(next + 1..).unwrap_or_default();
        let text = "the path had no prefix before it";
        found.push((Cause::PathPrefix, text, cut.to_owned()));
    }
    for prefix in ["/api", "/v1", "/prod", "/stage", "/dev"] {
        let text = "a proxy had not taken a prefix off the path";
        found.push((Cause::PathPrefix, text, format!("{prefix}{path}")));
    }
    found
}

type QueryForm = (Cause, String, String);

fn query_forms(query: &str) -> Vec<QueryForm> {
    let encoding = [
        (
            "spaces in the query were %20 instead of +",
            query.replace('+', "%20"),
        ),
        (
            "spaces in the query were + instead of %20",
            query.replace("%20", "+"),
        ),
        ("`+` in the query was %2B", query.replace('+', "%2B")),
        (
            "%2B in the query was `+`",
            query.replace("%2B", "+").replace("%2b", "+"),
        ),
        ("the query was percent-decoded", decode(query)),
        ("the query was encoded twice", query.replace('%', "%25")),
        (
            "the query was encoded once instead of twice",
            query.replace("%25", "%"),
        ),
        (
            "the query's percent-encoding was in upper case",
            percent_case(query, true),
        ),
        (
            "the query's percent-encoding was in lower case",
            percent_case(query, false),
        ),
    ];
    let encoding = encoding.into_iter();
    let mut found: Vec<QueryForm> = encoding
        .map(|(text, form)| (Cause::QueryEncoding, text.to_owned(), form))
        .collect();
    found.extend(rearranged(query));
    found
}

fn rearranged(query: &str) -> Vec<QueryForm> {
    let pairs: Vec<&str> = query.split('&').collect();
    let mut sorted = pairs.clone();
    sorted.arrange();
    let mut reversed = pairs.clone();
    reversed.reverse();
    let order = |text: &str, pairs: &[&str]| (Cause::QueryOrder, text.to_owned(), pairs.join("&"));
    let mut found = vec![
        order("the query's parameters were sorted", &sorted),
        order("the query's parameters were in reverse order", &reversed),
    ];
    if pairs.len() > 1 && pairs.len() <= 16 {
        for index in 0..pairs.len() {
            let mut fewer = pairs.clone();
            let gone = fewer.remove(index);
            let name = gone.split('=').next().unwrap_or(gone);
            let text = format!("the query had no `{name}`");
            found.push((Cause::QueryAdded, text, fewer.join("&")));
        }
    }
    if pairs.len() <= 8 {
        for first in 0..pairs.len() {
            for second in first + 1..pairs.len() {
                let mut swapped = pairs.clone();
                swapped.swap(first, second);
                let text = "two of the query's parameters changed places";
                found.push(order(text, &swapped));
            }
        }
    }
    found
}

/// Percent-encoding with its hexadecimal digits in one case.
pub(super) fn percent_case(text: &str, upper: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = 0;
    for c in text.chars() {
        let c = match (digits, upper) {
            (0, _) => c,
            (_, true) => c.to_ascii_uppercase(),
            (_, false) => c.to_ascii_lowercase(),
        };
        digits = if c == '%' {
            2
        } else {
            usize::saturating_sub(digits, 1)
        };
        out.push(c);
    }
    out
}

fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let pair = bytes
            .get(at + 1..at + 3)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        let code = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (byte, code) {
            (b'%', Some(code)) => {
                out.push(code);
                at += 3;
            }
            _ => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn encode(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn collapse(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        if c != '/' || !out.ends_with('/') {
            out.push(c);
        }
    }
    out
}

// RFC 3986 §5.2.4, for a path that starts with a slash.
fn resolve(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let mut directory = false;
    for segment in path.split('/').skip(1) {
        directory = matches!(segment, "." | ".." | "");
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let mut out = format!("/{}", segments.join("/"));
    if directory && !out.ends_with('/') {
        out.push('/');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_target() {
        assert_eq!(resolve("/a/./b/../c/"), "/a/c/");
        assert_eq!(collapse("//a///b"), "/a/b");
        assert_eq!(decode("/a%2fb%zz"), "/a/b%zz");
        assert_eq!(percent_case("%2fA%2f", true), "%2FA%2F");
        let all = forms("/a?x=1&y=2");
        assert!(all.iter().any(|(_, _, form)| form == "/a?y=2&x=1"));
        assert!(all.iter().any(|(_, _, form)| form == "/a/?x=1&y=2"));
    }
}
