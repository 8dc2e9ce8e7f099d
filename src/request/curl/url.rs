//! A URL as curl reads it: no more is changed than curl changes.

use std::net::Ipv6Addr;

use super::options::{Given, Settings};
use super::{CurlError, Problem};
use crate::request::exchange::UriScheme;

/// A URL in parts, the fragment dropped.
pub(super) struct Url {
    pub(super) scheme: UriScheme,
    /// Name and password, decoded, if there is either.
    pub(super) user: Option<Vec<u8>>,
    /// The host, with its port where that is not the scheme's own.
    pub(super) authority: String,
    /// Begins with `/`.
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) unknown: Vec<String>,
}

/// Reads the URL of a line.
pub(super) fn read(given: &Given, settings: &Settings) -> Result<Url, CurlError> {
    let bad = |reason| CurlError::new(given.offset, Problem::Url(reason));
    let text = std::str::from_utf8(&given.bytes).map_err(|_| bad("is not UTF-8"))?;
    // curl encodes such characters, differently from version to version.
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(bad(
            "holds a space or a character that is not ASCII; percent-encode it",
        ));
    }
    let text = if settings.glob_off {
        text.to_owned()
    } else {
        unglob(text).map_err(bad)?
    };
    let (scheme, rest) = match text.split_once("://") {
        Some((name, rest)) if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+') => {
            let scheme = UriScheme::from_name(name);
            (
                scheme.ok_or_else(|| bad("is neither http nor https"))?,
                rest,
            )
        }
        _ if settings.https_by_default => (UriScheme::Https, text.as_str()),
        _ => (guessed(&text).map_err(bad)?, text.as_str()),
    };
    let rest = rest.split('#').next().unwrap_or_default();
    let (authority, after) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (path, query) = match after.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (after, None),
    };
    let (userinfo, host) = match authority.rsplit_once('@') {
        Some((userinfo, host)) => (Some(userinfo), host),
        None => (None, authority),
    };
    let mut url = Url {
        scheme,
        user: userinfo.map(decoded_user).transpose().map_err(bad)?,
        authority: String::new(),
        path: if path.is_empty() { "/" } else { path }.to_owned(),
        query,
        unknown: Vec::new(),
    };
    url.authority = url.host_and_port(host).map_err(bad)?;
    if !settings.path_as_is {
        url.remove_dots();
    }
    Ok(url)
}

impl Url {
    fn host_and_port(&mut self, text: &str) -> Result<String, &'static str> {
        let (host, port) = if text.starts_with('[') {
            let end = text.find(']').ok_or("has a `[` without its `]`")? + 1;
            text.split_at(end)
        } else {
            text.split_at(text.find(':').unwrap_or(text.len()))
        };
        if host.is_empty() {
            return Err("has no host");
        }
        self.check_host(host)?;
        let port = match port.strip_prefix(':') {
            None if port.is_empty() => None,
            None => return Err("has something other than a port after its host"),
            Some("") => None,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(
                digits
                    .parse::<u16>()
                    .map_err(|_| "has no port of 16 bits")?,
            ),
            Some(_) => return Err("has a port that is no number"),
        };
        Ok(
            match port.filter(|port| port.to_string() != self.scheme.default_port()) {
                Some(port) => format!("{host}:{port}"),
                None => host.to_owned(),
            },
        )
    }

    fn check_host(&mut self, host: &str) -> Result<(), &'static str> {
        let rewritten = "the host as curl writes it: its address has another usual form";
        if let Some(address) = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            let address: Ipv6Addr = address
                .parse()
                .map_err(|_| "has no IPv6 address in `[…]`")?;
            if format!("[{address}]") != host {
                self.unknown.push(rewritten.into());
            }
            return Ok(());
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
        if !host.bytes().all(allowed) {
            return Err("has a character in its host that no host has");
        }
        let numeric = host
            .bytes()
            .next()
            .is_some_and(|byte| byte.is_ascii_digit())
            && host
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || b".xX".contains(&byte));
        if host.contains('%') || numeric && host.parse::<std::net::Ipv4Addr>().is_err() {
            self.unknown.push(rewritten.into());
        }
        Ok(())
    }

    // RFC 3986 §5.2.4, as curl does unless `--path-as-is`: empty segments stay.
    fn remove_dots(&mut self) {
        let is_encoded = |segment: &str| {
            let decoded = segment.replace("%2e", ".").replace("%2E", ".");
            decoded != segment && matches!(decoded.as_str(), "." | "..")
        };
        if self.path.split('/').any(is_encoded) {
            let note = "whether curl takes `%2e` in the path for a dot: newer versions do";
            self.unknown.push(note.into());
        }
        let mut kept: Vec<&str> = Vec::new();
        let mut ends_in_dots = false;
        for segment in self.path.split('/').skip(1) {
            ends_in_dots = matches!(segment, "." | "..");
            match segment {
                "." => {}
                ".." => {
                    kept.pop();
                }
                other => kept.push(other),
            }
        }
        let mut path: String = kept.iter().flat_map(|segment| ["/", segment]).collect();
        if ends_in_dots || path.is_empty() {
            path.push('/');
        }
        self.path = path;
    }

    /// Adds to the query.
    pub(super) fn add_query(&mut self, more: &str) {
        let query = self.query.get_or_insert_default();
        if !query.is_empty() && !more.is_empty() {
            query.push('&');
        }
        query.push_str(more);
    }

    /// Path and query.
    pub(super) fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}

// curl takes the beginning of a host for a scheme where there is none.
fn guessed(text: &str) -> Result<UriScheme, &'static str> {
    let others = ["ftp.", "dict.", "ldap.", "imap.", "smtp.", "pop3."];
    let lower = text.to_ascii_lowercase();
    if others.iter().any(|other| lower.starts_with(other)) {
        return Err("has no scheme, and curl guesses from its host that it is not http");
    }
    Ok(UriScheme::Http)
}

// curl's URL globs: `\[` and `[]` are text, as is the address in `http://[::1]/`; anything else asks for several requests.
fn unglob(text: &str) -> Result<String, &'static str> {
    const GLOB: &str = "holds `{`, `}`, `[` or `]`, which curl expands; add `-g` if it is one URL";
    let host = text.find("://").map_or(0, |at| at + 3);
    let is_host = |at: usize| {
        let before = text.get(..at).unwrap_or_default();
        at == host || before.ends_with('@') && !before.get(host..).unwrap_or_default().contains('/')
    };
    let mut out = String::with_capacity(text.len());
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        let next = letters.peek().map(|(_, next)| *next);
        match (letter, next) {
            ('\\', Some(next @ ('[' | ']' | '{' | '}'))) => {
                out.push(next);
                letters.next();
            }
            ('[', Some(']')) => {
                out.push_str("[]");
                letters.next();
            }
            ('[', _) if is_host(at) => {
                out.push('[');
                for (_, letter) in letters.by_ref() {
                    out.push(letter);
                    if letter == ']' {
                        break;
                    }
                }
            }
            ('[' | ']' | '{' | '}', _) => return Err(GLOB),
            _ => out.push(letter),
        }
    }
    Ok(out)
}

fn decoded_user(userinfo: &str) -> Result<Vec<u8>, &'static str> {
    let (name, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let mut out = percent_decoded(name);
    out.push(b':');
    out.extend(percent_decoded(password));
    if out.iter().any(|byte| *byte < 0x20) {
        return Err("has a control character in its user name or password");
    }
    Ok(out)
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
        let mut ahead = bytes.clone();
        let pair = (digit(ahead.next()), digit(ahead.next()));
        match (byte, pair) {
            (b'%', (Some(high), Some(low))) => {
                out.push((high * 16 + low).to_le_bytes()[0]);
                bytes = ahead;
            }
            _ => out.push(byte),
        }
    }
    out
}
