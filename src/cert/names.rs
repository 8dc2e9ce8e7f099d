//! Subject alternative names, checked before they are certified (RFC 5280 §4.2.1.6, X509-SVID §2).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use super::encode;
use crate::kernel::der;
use crate::kernel::spiffe_id::SpiffeId;

/// A DNS name: LDH labels, a wildcard only as the whole leftmost label, never an address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DnsName(String);

/// A text is no DNS name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a DNS name")]
pub struct BadDnsName(pub String);

impl FromStr for DnsName {
    type Err = BadDnsName;

    // RFC 5280 §4.2.1.6, RFC 1034 §3.5
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let labels = text.strip_prefix("*.").unwrap_or(text);
        let address = text.parse::<IpAddr>().is_ok();
        if text.len() > 253 || address || !labels.split('.').all(is_label) {
            return Err(BadDnsName(text.to_owned()));
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

fn is_label(label: &str) -> bool {
    let edges = !label.starts_with('-') && !label.ends_with('-');
    let plain = label
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    !label.is_empty() && label.len() <= 63 && edges && plain
}

impl DnsName {
    /// The name, lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DnsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The names that a certificate is to bear.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    /// The SPIFFE ID: at most one (X509-SVID §2).
    pub spiffe_id: Option<SpiffeId>,
    /// DNS names.
    pub dns: Vec<DnsName>,
    /// Addresses.
    pub addresses: Vec<IpAddr>,
}

impl Names {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spiffe_id.is_none() && self.dns.is_empty() && self.addresses.is_empty()
    }

    /// Each name as text, the SPIFFE ID first.
    pub fn list(&self) -> Vec<String> {
        let id = self.spiffe_id.iter().map(ToString::to_string);
        let dns = self.dns.iter().map(ToString::to_string);
        let addresses = self.addresses.iter().map(ToString::to_string);
        id.chain(dns).chain(addresses).collect()
    }

    /// The names, each once.
    pub(super) fn deduplicated(mut self) -> Self {
        let mut seen = std::collections::HashSet::new();
        self.dns.retain(|name| seen.insert(name.clone()));
        let mut seen = std::collections::HashSet::new();
        self.addresses.retain(|address| seen.insert(*address));
        self
    }

    /// GeneralNames.
    pub(super) fn to_der(&self) -> Vec<u8> {
        let mut names = Vec::new();
        if let Some(id) = &self.spiffe_id {
            names.extend(der::element(0x86, id.to_string().as_bytes()));
        }
        for name in &self.dns {
            names.extend(der::element(0x82, name.as_str().as_bytes()));
        }
        for address in &self.addresses {
            names.extend(der::element(0x87, &encode::address(*address)));
        }
        der::element(der::tag::SEQUENCE, &names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dns_names_are_labels_and_a_wildcard_in_front() {
        for text in ["a", "a.b", "*.a.b", "xn--bcher-kva.example", "1.a"] {
            assert!(text.parse::<DnsName>().is_ok(), "{text}");
        }
        for text in [
            "",
            "*",
            "a..b",
            "a.*.b",
            "*a.b",
            "-a.b",
            "a-.b",
            "a_b.c",
            "10.0.0.1",
            "::1",
            "a.b.",
            "bücher.example",
        ] {
            assert!(text.parse::<DnsName>().is_err(), "{text}");
        }
    }
}
