//! Name constraints of authorities: written, read back, and asked before anything is issued (RFC 5280 §4.2.1.10).
//!
//! An authority that issues what its own chain forbids hands out certificates that no careful verifier accepts, and that
//! careless ones do. What is read here in a form that cannot be judged forbids every name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::encode;
use super::names::{DnsName, Names};
use crate::kernel::der::{self, Malformed, Reader, tag};

/// A network: an address and how many leading bits of it count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

/// What one kind of subtree lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subtrees {
    /// Domains, each with what is below it.
    pub dns: Vec<String>,
    /// Networks.
    pub networks: Vec<Network>,
    /// Hosts of URIs: `host` exactly, `.host` what is below it.
    pub uris: Vec<String>,
}

/// The names that an authority may certify.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameLimits {
    /// What is allowed, where a kind is listed at all.
    pub permitted: Subtrees,
    /// What is not.
    pub excluded: Subtrees,
}

/// Why a text is no constraint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadConstraint {
    /// No kind in front.
    #[error("`{0}` names no kind: write `dns:NAME`, `ip:NETWORK/BITS` or `uri:HOST`")]
    NoKind(String),
    /// Not a domain.
    #[error("`{0}` is not a DNS domain")]
    Domain(String),
    /// Not a network.
    #[error("`{0}` is not a network such as `10.0.0.0/8`, its host bits zero")]
    Network(String),
    /// Not a host.
    #[error(
        "`{0}` is not the host of a URI: a constraint is the host alone, such as `acme.example` (RFC 5280 §4.2.1.10)"
    )]
    Host(String),
}

/// A name that a chain does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the name constraints of `{authority}` {rule}: `{name}`")]
pub struct Forbidden {
    /// Whose constraints.
    pub authority: String,
    /// The name.
    pub name: String,
    /// What they say.
    pub rule: String,
}

impl FromStr for Network {
    type Err = BadConstraint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadConstraint::Network(text.to_owned());
        let (address, bits) = text.split_once('/').ok_or_else(bad)?;
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let bits: u32 = bits.parse().map_err(|_| bad())?;
        let network = Self { address, bits };
        let width = if address.is_ipv4() { 32 } else { 128 };
        let (value, mask) = network.parts();
        if bits > width || value & !mask != 0 {
            return Err(bad());
        }
        Ok(network)
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl Network {
    /// The address and the mask in the upper bits of 128.
    fn parts(self) -> (u128, u128) {
        let mask = match self.bits {
            0 => 0,
            bits => u128::MAX << (128 - bits.min(128)),
        };
        (upper(self.address), mask)
    }

    pub(super) fn holds(self, address: IpAddr) -> bool {
        let (value, mask) = self.parts();
        self.address.is_ipv4() == address.is_ipv4() && upper(address) & mask == value & mask
    }

    fn to_octets(self) -> Vec<u8> {
        let (_, mask) = self.parts();
        let width = if self.address.is_ipv4() { 4 } else { 16 };
        let mask = mask.to_be_bytes();
        [
            encode::address(self.address),
            mask.into_iter().take(width).collect(),
        ]
        .concat()
    }

    fn from_octets(octets: &[u8]) -> Result<Self, Malformed> {
        let half = octets.len() / 2;
        let (address, mask) = octets.split_at_checked(half).ok_or(Malformed)?;
        let address = match octets.len() {
            8 => IpAddr::from(<[u8; 4]>::try_from(address).map_err(|_| Malformed)?),
            32 => IpAddr::from(<[u8; 16]>::try_from(address).map_err(|_| Malformed)?),
            _ => return Err(Malformed),
        };
        let bits = mask.iter().map(|octet| octet.leading_ones()).sum();
        let network = Self { address, bits };
        // A mask with a hole is no network.
        let whole: Vec<u8> = network.to_octets().split_off(half);
        if whole == mask {
            Ok(network)
        } else {
            Err(Malformed)
        }
    }
}

fn upper(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)) << 96,
        IpAddr::V6(address) => u128::from(address),
    }
}

impl Subtrees {
    /// Adds `dns:NAME`, `ip:NETWORK/BITS` or `uri:HOST`.
    ///
    /// # Errors
    /// [`BadConstraint`].
    pub fn add(&mut self, text: &str) -> Result<(), BadConstraint> {
        match text.split_once(':') {
            Some(("dns", domain)) => {
                let plain = domain.parse::<DnsName>();
                if domain.starts_with('*') || plain.is_err() {
                    return Err(BadConstraint::Domain(domain.to_owned()));
                }
                self.dns.push(domain.to_ascii_lowercase());
            }
            Some(("ip", network)) => self.networks.push(network.parse()?),
            Some(("uri", host)) => {
                let bare = host.strip_prefix('.').unwrap_or(host);
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
                let labels = bare.split('.').all(|label| !label.is_empty());
                if !labels || !bare.chars().all(plain) || bare.parse::<Ipv4Addr>().is_ok() {
                    return Err(BadConstraint::Host(host.to_owned()));
                }
                self.uris.push(host.to_ascii_lowercase());
            }
            _ => return Err(BadConstraint::NoKind(text.to_owned())),
        }
        Ok(())
    }

    /// Whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.dns.is_empty() && self.networks.is_empty() && self.uris.is_empty()
    }

    /// Each constraint as text.
    pub fn list(&self) -> Vec<String> {
        let dns = self.dns.iter().map(|name| format!("dns:{name}"));
        let networks = self.networks.iter().map(|network| format!("ip:{network}"));
        let uris = self.uris.iter().map(|host| format!("uri:{host}"));
        dns.chain(networks).chain(uris).collect()
    }

    fn to_der(&self, tag: u8) -> Vec<u8> {
        if self.is_empty() {
            return Vec::new();
        }
        let subtree = |kind: u8, base: &[u8]| der::sequence(&[&der::element(kind, base)]);
        let dns = self.dns.iter().map(|name| subtree(0x82, name.as_bytes()));
        let networks = self
            .networks
            .iter()
            .map(|net| subtree(0x87, &net.to_octets()));
        let uris = self.uris.iter().map(|host| subtree(0x86, host.as_bytes()));
        let all: Vec<u8> = dns.chain(networks).chain(uris).flatten().collect();
        der::element(tag, &all)
    }

    fn read(contents: Option<&[u8]>) -> Result<Self, Malformed> {
        let mut read = Self::default();
        let mut subtrees = Reader::new(contents.unwrap_or_default());
        while !subtrees.is_empty() {
            let mut subtree = subtrees.enter(tag::SEQUENCE)?;
            let (kind, base) = subtree.any()?;
            // minimum is 0 and left out, maximum absent
            subtree.finish()?;
            let text = || std::str::from_utf8(base).map_err(|_| Malformed);
            match kind {
                0x82 => read.dns.push(text()?.to_ascii_lowercase()),
                0x86 => read.uris.push(text()?.to_ascii_lowercase()),
                0x87 => read.networks.push(Network::from_octets(base)?),
                // A constraint on names that are never issued here.
                0x81 | 0xa4 => {}
                _ => return Err(Malformed),
            }
        }
        Ok(read)
    }
}

impl NameLimits {
    /// Whether nothing is limited.
    pub fn is_empty(&self) -> bool {
        self.permitted.is_empty() && self.excluded.is_empty()
    }

    /// NameConstraints.
    pub(super) fn to_der(&self) -> Vec<u8> {
        der::sequence(&[
            &self.permitted.to_der(tag::CONTEXT_0),
            &self.excluded.to_der(tag::CONTEXT_1),
        ])
    }

    /// Reads NameConstraints.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut outer = Reader::new(bytes);
        let mut constraints = outer.enter(tag::SEQUENCE)?;
        outer.finish()?;
        let permitted = Subtrees::read(constraints.optional(tag::CONTEXT_0)?)?;
        let excluded = Subtrees::read(constraints.optional(tag::CONTEXT_1)?)?;
        constraints.finish()?;
        Ok(Self {
            permitted,
            excluded,
        })
    }

    /// Whether names are allowed by the authority of that name.
    ///
    /// # Errors
    /// [`Forbidden`] with the first that is not.
    pub fn check(&self, names: &Names, authority: &str) -> Result<(), Forbidden> {
        let refuse = |name: String, rule: String| {
            Err(Forbidden {
                authority: authority.to_owned(),
                name,
                rule,
            })
        };
        for (name, verdict) in self.verdicts(names) {
            match verdict {
                Ok(()) => {}
                Err(rule) => return refuse(name, rule),
            }
        }
        Ok(())
    }

    fn verdicts(&self, names: &Names) -> Vec<(String, Result<(), String>)> {
        let mut verdicts = Vec::new();
        for name in &names.dns {
            let name_text = name.as_str();
            let covered = |base: &String| covers(name_text, base);
            let fits = |base: &String| below(name_text, base);
            let verdict = match self.excluded.dns.iter().find(|base| covered(base)) {
                Some(base) => Err(format!("exclude `{base}`, which it covers")),
                None => judge(&self.permitted.dns, &self.excluded.dns, fits),
            };
            verdicts.push((name.to_string(), verdict));
        }
        for address in &names.addresses {
            let fits = |network: &Network| network.holds(*address);
            let verdict = judge(&self.permitted.networks, &self.excluded.networks, fits);
            verdicts.push((address.to_string(), verdict));
        }
        if let Some(id) = &names.spiffe_id {
            verdicts.push((id.to_string(), self.uri(id.trust_domain().as_str())));
        }
        verdicts
    }

    fn uri(&self, host: &str) -> Result<(), String> {
        let constrained = !self.permitted.uris.is_empty() || !self.excluded.uris.is_empty();
        // RFC 5280 §4.2.1.10: a host that is an address falls under no URI constraint, and is refused by any.
        if constrained && (host.parse::<Ipv4Addr>().is_ok() || host.parse::<Ipv6Addr>().is_ok()) {
            return Err("limit URIs, and the host of this one is an address".to_owned());
        }
        let fits = |base: &String| match base.strip_prefix('.') {
            Some(parent) => host != parent && below(host, parent),
            None => host == base,
        };
        judge(&self.permitted.uris, &self.excluded.uris, fits)
    }
}

/// Whether a wildcard stands for a name that a base holds.
fn covers(name: &str, base: &str) -> bool {
    name.strip_prefix("*.")
        .is_some_and(|parent| below(base, parent))
}

/// RFC 5280 §4.2.1.10: a name is in a domain if labels are added to its left, or none.
fn below(name: &str, base: &str) -> bool {
    let base = base.strip_prefix('.').unwrap_or(base);
    base.is_empty()
        || name == base
        || name
            .strip_suffix(base)
            .is_some_and(|rest| rest.ends_with('.'))
}

fn judge<T: ToString>(
    permitted: &[T],
    excluded: &[T],
    fits: impl Fn(&T) -> bool,
) -> Result<(), String> {
    if let Some(base) = excluded.iter().find(|base| fits(base)) {
        return Err(format!("exclude `{}`", base.to_string()));
    }
    if permitted.is_empty() || permitted.iter().any(fits) {
        return Ok(());
    }
    let all: Vec<String> = permitted.iter().map(ToString::to_string).collect();
    Err(format!("permit only `{}`", all.join("`, `")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(permitted: &[&str], excluded: &[&str]) -> NameLimits {
        let mut limits = NameLimits::default();
        for text in permitted {
            limits.permitted.add(text).unwrap();
        }
        for text in excluded {
            limits.excluded.add(text).unwrap();
        }
        // What is written is read.
        assert_eq!(NameLimits::read(&limits.to_der()).unwrap(), limits);
        limits
    }

    fn names(text: &str) -> Names {
        let mut names = Names::default();
        if let Ok(id) = text.parse() {
            names.spiffe_id = Some(id);
        } else if let Ok(address) = text.parse() {
            names.addresses.push(address);
        } else {
            names.dns.push(text.parse().unwrap());
        }
        names
    }

    #[test]
    fn names_are_held_against_the_constraints_of_their_kind() {
        let all: &[(&[&str], &[&str], &str, bool)] = &[
            (&["dns:acme.example"], &[], "acme.example", true),
            (&["dns:acme.example"], &[], "a.b.acme.example", true),
            (&["dns:acme.example"], &[], "evilacme.example", false),
            (&["dns:acme.example"], &[], "10.0.0.1", true),
            (&["dns:acme.example"], &[], "spiffe://evil.test/a", true),
            (&[], &["dns:evil.test"], "a.evil.test", false),
            (&[], &["dns:secret.acme.example"], "*.acme.example", false),
            (&[], &["dns:secret.acme.example"], "*.other.example", true),
            (&["ip:10.0.0.0/8"], &[], "10.1.2.3", true),
            (&["ip:10.0.0.0/8"], &[], "11.1.2.3", false),
            (&["ip:10.0.0.0/8"], &[], "::1", false),
            (&["ip:fd00::/8"], &[], "fd00::1", true),
            (&["ip:0.0.0.0/0"], &["ip:10.0.0.0/9"], "10.128.0.1", true),
            (&["uri:example.org"], &[], "spiffe://example.org/a", true),
            (
                &["uri:example.org"],
                &[],
                "spiffe://sub.example.org/a",
                false,
            ),
            (&["uri:.example.org"], &[], "spiffe://example.org/a", false),
            (
                &["uri:.example.org"],
                &[],
                "spiffe://sub.example.org/a",
                true,
            ),
            (&[], &["uri:other.test"], "spiffe://10.0.0.1/a", false),
            (&["uri:single"], &[], "spiffe://single/a", true),
        ];
        for (permitted, excluded, name, allowed) in all {
            let verdict = limits(permitted, excluded).check(&names(name), "CA");
            assert_eq!(
                verdict.is_ok(),
                *allowed,
                "{permitted:?} {excluded:?} {name}"
            );
        }
    }

    #[test]
    fn what_is_no_constraint_is_named() {
        for text in [
            "acme.example",
            "uri:spiffe://acme.example",
            "uri:acme.example/",
            "uri:10.0.0.1",
            "ip:10.0.0.1/8",
            "ip:10.0.0.0/33",
            "ip:10.0.0.0",
            "dns:*.acme.example",
            "mail:a@b",
        ] {
            assert!(Subtrees::default().add(text).is_err(), "{text}");
        }
        assert!(NameLimits::read(&[0x30, 4, 0xa0, 2, 0x30, 0]).is_err());
        // A mask with a hole.
        let subtree = der::sequence(&[&der::element(0x87, &[10, 0, 0, 0, 255, 0, 255, 0])]);
        let odd = der::sequence(&[&der::element(0xa0, &subtree)]);
        assert!(NameLimits::read(&odd).is_err());
    }
}
