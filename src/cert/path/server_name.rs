//! The name that a server is asked for, and whether a certificate bears it (RFC 6125 §6.4, RFC 9525 §6).
//!
//! Alternative names alone count; a common name never does. A wildcard is the whole leftmost label and stands for one.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::cert::certificate::{Certificate, GeneralName, address};

/// A host name or an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerName {
    /// A DNS name, in lower case.
    Dns(String),
    /// An address.
    Ip(IpAddr),
}

/// Why a text names no server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is neither a DNS name nor an address: {problem}")]
pub struct BadServerName {
    name: String,
    problem: &'static str,
}

impl FromStr for ServerName {
    type Err = BadServerName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Ip(address));
        }
        let host = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let problem = if host.contains('*') {
            Some("a wildcard is no host")
        } else {
            dns_problem(&host).filter(|problem| *problem != UNDERSCORE)
        };
        match problem {
            None => Ok(Self::Dns(host)),
            Some(problem) => Err(BadServerName {
                name: text.to_owned(),
                problem,
            }),
        }
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(name) => f.write_str(name),
            Self::Ip(address) => write!(f, "{address}"),
        }
    }
}

impl ServerName {
    /// Whether a certificate bears the name.
    pub(super) fn is_of(&self, certificate: &Certificate) -> bool {
        certificate.names.iter().any(|name| match (self, name) {
            (Self::Dns(host), GeneralName::Dns(name)) => matches(name, host),
            (Self::Ip(host), GeneralName::Ip(octets)) => address(octets) == Some(*host),
            _ => false,
        })
    }
}

fn matches(name: &str, host: &str) -> bool {
    if dns_problem(name).is_some_and(|problem| problem != UNDERSCORE) {
        return false;
    }
    let name = name.to_ascii_lowercase();
    match name.strip_prefix("*.") {
        Some(parent) => host.split_once('.').is_some_and(|(_, rest)| rest == parent),
        None => name == host,
    }
}

/// Forbidden in certificates, and in the names of many services all the same: whether it is borne with is the profile's
/// matter.
const UNDERSCORE: &str = "it holds an underscore";

/// What is wrong with a DNS name of a certificate (RFC 5280 §4.2.1.6, RFC 1034 §3.5).
pub(in crate::cert) fn dns_problem(name: &str) -> Option<&'static str> {
    let host = name.strip_prefix("*.").unwrap_or(name);
    let labels = || host.split('.');
    let edge = |label: &str| label.starts_with('-') || label.ends_with('-');
    if name.is_empty() {
        Some("it is empty")
    } else if name.len() > 253 {
        Some("it is longer than 253 characters")
    } else if host.contains('*') {
        Some("a wildcard is the whole leftmost label or none")
    } else if labels().any(str::is_empty) {
        Some("it has an empty label")
    } else if labels().any(|label| label.len() > 63) {
        Some("it has a label of more than 63 characters")
    } else if !host
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    {
        Some("it holds other characters than letters, digits and `-`")
    } else if labels().any(edge) {
        Some("it has a label that begins or ends with `-`")
    } else if labels()
        .next_back()
        .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()))
    {
        Some("it is an address, not a name")
    } else if host.contains('_') {
        Some(UNDERSCORE)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_one_whole_label() {
        let table = [
            ("example.com", "example.com", true),
            ("EXAMPLE.com", "example.com", true),
            ("*.example.com", "foo.example.com", true),
            ("*.example.com", "foo.bar.example.com", false),
            ("*.example.com", "example.com", false),
            ("foo.*.example.com", "foo.bar.example.com", false),
            ("ba*.example.com", "baz.example.com", false),
            (
                "xn--*-1b3c148a.example.com",
                "xn--bliss-1b3c148a.example.com",
                false,
            ),
            ("*", "example", false),
            ("foo_bar.example.com", "foo_bar.example.com", true),
            ("10.0.0.1", "10.0.0.1", false),
            ("example.com.", "example.com", false),
        ];
        for (name, host, holds) in table {
            assert_eq!(matches(name, host), holds, "{name} {host}");
        }
    }

    #[test]
    fn hosts_and_addresses_are_told_apart() {
        let read = |text: &str| text.parse::<ServerName>();
        assert_eq!(read("Example.COM.").unwrap().to_string(), "example.com");
        assert!(matches!(read("::1"), Ok(ServerName::Ip(_))));
        assert!(matches!(read("127.0.0.1"), Ok(ServerName::Ip(_))));
        for bad in ["", "*.example.com", "a b", "10.0.0.256", "-a.test"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
