//! What an authority may issue: the file `policy.toml` of its directory.
//!
//! ```toml
//! version = 1
//! max-ttl = "1h"                 # of leaves; without it one hour, with "none" as long as their issuer
//! paths = ["/ns/*/sa/*"]         # of SPIFFE IDs; `*` is one segment, `**` at the end any
//! dns = ["*.acme.example"]       # `*.` is any name below
//! ips = ["10.0.0.0/8"]           # networks of addresses
//! crl-urls = []                  # written into what is issued
//! crl-shards = 16                # of so many lists; each URL says `{shard}` then
//!
//! [profiles.server]
//! allowed = true
//! max-ttl = "24h"
//! ```
//!
//! What is not listed is not limited: without `paths` any path may be issued; `paths = []` allows none. An unknown key is an error, so that a
//! misspelt limit never fails open.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use serde::Deserialize;

use super::name_limits::Network;
use super::names::{DnsName, Names};
use super::profile::IssuingProfile;
use crate::kernel::spiffe_id::SpiffeId;
use crate::kernel::time::{humanize, parse_duration};

/// What stands for the number of a list in a URL.
const SHARD: &str = "{shard}";
const MAX_SHARDS: u16 = 1024;

/// What may be issued.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    leaf_ttl: Option<Duration>,
    paths: Option<Vec<String>>,
    dns: Option<Vec<String>>,
    ips: Option<Vec<Network>>,
    profiles: BTreeMap<IssuingProfile, Rule>,
    /// Where revocation lists are published; `{shard}` stands for the list's number where there are several.
    crl_urls: Vec<String>,
    crl_shards: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rule {
    allowed: bool,
    max_ttl: Option<Duration>,
}

/// Why the policy does not allow something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// The profile.
    #[error("the policy does not allow the profile `{}`", .0.name())]
    Profile(IssuingProfile),
    /// The path.
    #[error("the policy does not allow `{id}`: its paths are {}", listed(.paths))]
    Path {
        /// The ID.
        id: SpiffeId,
        /// What is allowed.
        paths: Vec<String>,
    },
    /// The DNS name.
    #[error("the policy does not allow the name `{name}`: its names are {}", listed(.names))]
    Dns {
        /// The name.
        name: DnsName,
        /// What is allowed.
        names: Vec<String>,
    },
    /// The address.
    #[error("the policy does not allow the address `{address}`: its networks are {}", listed(.networks))]
    Ip {
        /// The address.
        address: IpAddr,
        /// What is allowed.
        networks: Vec<String>,
    },
}

fn listed(allowed: &[String]) -> String {
    match allowed {
        [] => "none".to_owned(),
        _ => format!("`{}`", allowed.join("`, `")),
    }
}

/// Why a text is no policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPolicy {
    /// Not TOML, or an unknown key.
    #[error("line {line}: {message}")]
    Toml {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A newer version.
    #[error("it is of version {0}, this version of countersign knows 1")]
    Version(u64),
    /// A value that means nothing.
    #[error("`{key}`: {problem}")]
    Value {
        /// The key.
        key: String,
        /// What is wrong.
        problem: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    version: u64,
    max_ttl: Option<String>,
    paths: Option<Vec<String>>,
    dns: Option<Vec<String>>,
    ips: Option<Vec<String>>,
    #[serde(default)]
    crl_urls: Vec<String>,
    crl_shards: Option<u16>,
    #[serde(default)]
    profiles: BTreeMap<String, FileRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FileRule {
    allowed: Option<bool>,
    max_ttl: Option<String>,
}

impl Policy {
    /// A policy that limits the life of leaves alone.
    pub fn with_max_ttl(max_ttl: Duration) -> Self {
        Self {
            leaf_ttl: Some(max_ttl),
            ..Self::default()
        }
    }

    /// Reads `policy.toml`.
    ///
    /// # Errors
    /// [`BadPolicy`].
    pub fn parse(text: &str) -> Result<Self, BadPolicy> {
        let file: File = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or_default();
            BadPolicy::Toml {
                line: before.matches('\n').count() + 1,
                message: error
                    .message()
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            }
        })?;
        if file.version != 1 {
            return Err(BadPolicy::Version(file.version));
        }
        let mut profiles = BTreeMap::new();
        for (name, rule) in &file.profiles {
            let key = format!("profiles.{name}");
            let profile = IssuingProfile::from_name(name).ok_or_else(|| {
                let all = IssuingProfile::ALL.map(IssuingProfile::name).join(", ");
                value(&key, &format!("there is no such profile; there are {all}"))
            })?;
            let rule = Rule {
                allowed: rule.allowed.unwrap_or(true),
                max_ttl: duration(&format!("{key}.max-ttl"), rule.max_ttl.as_deref())?,
            };
            profiles.insert(profile, rule);
        }
        for pattern in file.paths.iter().flatten() {
            check_path(pattern)?;
        }
        for pattern in file.dns.iter().flatten() {
            if pattern.parse::<DnsName>().is_err() {
                return Err(value("dns", &format!("`{pattern}` is not a DNS name")));
            }
        }
        let ips = file.ips.map(|networks| {
            let network = |text: &String| {
                let parsed = text.parse::<Network>();
                parsed.map_err(|error| value("ips", &error.to_string()))
            };
            networks.iter().map(network).collect::<Result<Vec<_>, _>>()
        });
        for url in &file.crl_urls {
            check_url(&url.replace(SHARD, "0"))?;
        }
        let crl_shards = shards(&file.crl_urls, file.crl_shards)?;
        Ok(Self {
            leaf_ttl: match file.max_ttl.as_deref() {
                // A line that was deleted is no leave to issue for years.
                None => Some(IssuingProfile::Svid.default_ttl()),
                Some("none") => None,
                text => duration("max-ttl", text)?,
            },
            paths: file.paths,
            dns: file.dns.map(|names| {
                let lower = names.iter().map(|name| name.to_ascii_lowercase());
                lower.collect()
            }),
            ips: ips.transpose()?,
            profiles,
            crl_urls: file.crl_urls,
            crl_shards,
        })
    }

    /// The numbers of the lists that revocations are divided among; none where there is one list.
    pub fn shards(&self) -> std::ops::Range<u16> {
        0..self.crl_shards
    }

    /// Where a list is published, by its number.
    pub fn shard_urls(&self, shard: u16) -> Vec<String> {
        let number = shard.to_string();
        let urls = self.crl_urls.iter();
        urls.map(|url| url.replace(SHARD, &number)).collect()
    }

    /// Where the list is published that would revoke what has this serial number. The lists of the root are not divided, so that
    /// what it signs names none.
    pub(super) fn crl_points(&self, profile: IssuingProfile, serial: &[u8]) -> Vec<String> {
        match (self.crl_shards, serial) {
            (0, _) => self.crl_urls.clone(),
            _ if profile.is_authority() => Vec::new(),
            (count, [.., high, low]) => self.shard_urls(u16::from_be_bytes([*high, *low]) % count),
            (_, _) => self.shard_urls(0),
        }
    }

    /// The file of a policy that limits the life of leaves alone.
    pub fn template(max_ttl: Duration) -> String {
        let ttl = humanize(max_ttl).replace(' ', "");
        format!(
            "# What this authority may issue. What is not listed is not limited.\n\
             version = 1\n\n\
             # The longest life of a leaf; \"none\" where its issuer alone limits it.\n\
             max-ttl = \"{ttl}\"\n\n\
             # The paths of SPIFFE IDs: `*` is one segment, `**` at the end any number.\n\
             # paths = [\"/ns/*/sa/*\"]\n\n\
             # DNS names: `*.` in front is any name below.\n\
             # dns = [\"*.svc.cluster.local\"]\n\n\
             # Networks of addresses; an empty list allows none, here and above.\n\
             # ips = [\"10.0.0.0/8\"]\n\n\
             # Where revocation lists are published; written into what is issued.\n\
             # crl-urls = [\"http://crl.acme.example/issuing.crl\"]\n\
             # Divided among so many lists, each URL says which: `http://crl.acme.example/{{shard}}.crl`.\n\
             # crl-shards = 16\n\n\
             # [profiles.server]\n\
             # allowed = true\n\
             # max-ttl = \"24h\"\n"
        )
    }

    /// The longest life of what is issued for a profile; None where only the issuer limits it.
    pub fn max_ttl(&self, profile: IssuingProfile) -> Option<Duration> {
        let own = self.profiles.get(&profile).and_then(|rule| rule.max_ttl);
        match own {
            Some(own) => Some(own),
            None if profile.is_authority() => None,
            None => self.leaf_ttl,
        }
    }

    /// Whether names may be certified for a profile.
    ///
    /// # Errors
    /// [`PolicyError`].
    pub fn check(&self, profile: IssuingProfile, names: &Names) -> Result<(), PolicyError> {
        if self
            .profiles
            .get(&profile)
            .is_some_and(|rule| !rule.allowed)
        {
            return Err(PolicyError::Profile(profile));
        }
        if let (Some(id), Some(paths)) = (&names.spiffe_id, &self.paths) {
            let allowed = |pattern: &String| path_fits(pattern, id.path());
            if !paths.iter().any(allowed) {
                return Err(PolicyError::Path {
                    id: id.clone(),
                    paths: paths.clone(),
                });
            }
        }
        for name in &names.dns {
            let allowed = |pattern: &String| dns_fits(pattern, name.as_str());
            if let Some(dns) = self.dns.as_ref().filter(|dns| !dns.iter().any(allowed)) {
                return Err(PolicyError::Dns {
                    name: name.clone(),
                    names: dns.clone(),
                });
            }
        }
        for address in &names.addresses {
            let holds = |network: &Network| network.holds(*address);
            if let Some(ips) = self.ips.as_ref().filter(|ips| !ips.iter().any(holds)) {
                return Err(PolicyError::Ip {
                    address: *address,
                    networks: ips.iter().map(Network::to_string).collect(),
                });
            }
        }
        Ok(())
    }
}

fn value(key: &str, problem: &str) -> BadPolicy {
    BadPolicy::Value {
        key: key.to_owned(),
        problem: problem.to_owned(),
    }
}

fn duration(key: &str, text: Option<&str>) -> Result<Option<Duration>, BadPolicy> {
    let Some(text) = text else { return Ok(None) };
    match parse_duration(text) {
        Ok(life) if life.is_zero() => Err(value(key, "a life of nothing issues nothing")),
        Ok(life) => Ok(Some(life)),
        Err(error) => Err(value(key, &error.to_string())),
    }
}

fn check_path(pattern: &str) -> Result<(), BadPolicy> {
    let concrete = pattern.replace('*', "x");
    let fits = format!("spiffe://x{concrete}").parse::<SpiffeId>();
    let inner = pattern.trim_end_matches("/**");
    let stars = inner
        .split('/')
        .all(|segment| segment == "*" || !segment.contains('*'));
    match fits {
        Ok(id) if id.is_workload() && pattern.starts_with('/') && stars => Ok(()),
        _ => Err(value(
            "paths",
            &format!("`{pattern}` is not a path such as `/ns/*/sa/*` or `/ci/**`"),
        )),
    }
}

fn check_url(url: &str) -> Result<(), BadPolicy> {
    let parsed = url::Url::parse(url);
    let plain = url.bytes().all(|byte| (0x21..0x7f).contains(&byte));
    match parsed {
        Ok(parsed) if plain && matches!(parsed.scheme(), "http" | "https" | "ldap") => Ok(()),
        _ => Err(value("crl-urls", &format!("`{url}` is not a URL"))),
    }
}

/// How many lists a policy asks for; 0 for one that is not divided.
fn shards(urls: &[String], shards: Option<u16>) -> Result<u16, BadPolicy> {
    let divided = urls.iter().filter(|url| url.contains(SHARD)).count();
    let all = urls.len();
    match shards {
        None if divided > 0 => Err(value(
            "crl-urls",
            "`{shard}` stands for a number below `crl-shards`, which is missing",
        )),
        None => Ok(0),
        Some(count) if !(2..=MAX_SHARDS).contains(&count) => Err(value(
            "crl-shards",
            &format!("{count} is not between 2 and {MAX_SHARDS}"),
        )),
        Some(_) if all == 0 || divided < all => Err(value(
            "crl-shards",
            "each list has a place of its own: write `{shard}` into every URL of `crl-urls`",
        )),
        Some(count) => Ok(count),
    }
}

fn path_fits(pattern: &str, path: &str) -> bool {
    let mut wanted = pattern.split('/').skip(1);
    let mut given = path.split('/').skip(1);
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some("**"), Some(_)) => return true,
            (Some("*"), Some(_)) => {}
            (Some(wanted), Some(given)) if wanted == given => {}
            _ => return false,
        }
    }
}

fn dns_fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(parent) => name
            .strip_suffix(parent)
            .is_some_and(|rest| rest.ends_with('.')),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(policy: &Policy, id: &str, dns: &[&str]) -> bool {
        let names = Names {
            spiffe_id: Some(id.parse().unwrap()),
            dns: dns.iter().map(|name| name.parse().unwrap()).collect(),
            addresses: Vec::new(),
        };
        policy.check(IssuingProfile::Svid, &names).is_ok()
    }

    #[test]
    fn paths_and_names_are_held_against_patterns() {
        let text =
            "version = 1\npaths = [\"/ns/*/sa/*\", \"/ci/**\"]\ndns = [\"*.acme.example\"]\n";
        let policy = Policy::parse(text).unwrap();
        assert!(allows(&policy, "spiffe://a/ns/x/sa/y", &[]));
        assert!(allows(&policy, "spiffe://a/ci/deploy/prod", &[]));
        assert!(!allows(&policy, "spiffe://a/ci", &[]));
        assert!(!allows(&policy, "spiffe://a/ns/x/sa/y/z", &[]));
        assert!(!allows(&policy, "spiffe://a/ns/x", &[]));
        assert!(allows(&policy, "spiffe://a/ci/x", &["a.b.acme.example"]));
        assert!(!allows(&policy, "spiffe://a/ci/x", &["acme.example"]));
        assert!(!allows(&policy, "spiffe://a/ci/x", &["evilacme.example"]));
    }

    #[test]
    fn a_life_without_limit_is_asked_for_by_name() {
        let ttl = |text: &str| Policy::parse(text).unwrap().max_ttl(IssuingProfile::Server);
        assert_eq!(ttl("version = 1\n"), Some(Duration::from_secs(3600)));
        assert_eq!(ttl("version = 1\nmax-ttl = \"none\"\n"), None);
        assert_eq!(
            ttl("version = 1\nmax-ttl = \"2h\"\n"),
            Some(Duration::from_secs(7200))
        );
    }

    #[test]
    fn a_serial_number_says_the_shard() {
        let text = "version = 1\ncrl-shards = 3\ncrl-urls = [\"http://x/{shard}.crl\"]";
        let policy = Policy::parse(text).unwrap();
        let points = |profile, serial: &[u8]| policy.crl_points(profile, serial);
        let svid = |serial: &[u8]| points(IssuingProfile::Svid, serial);
        // 0x0104 is 260, which leaves 2.
        assert_eq!(svid(&[0x7f, 1, 4]), ["http://x/2.crl"]);
        assert_eq!(svid(&[0x7f, 1, 5]), ["http://x/0.crl"]);
        assert!(points(IssuingProfile::IstioCacerts, &[1, 4]).is_empty());
        assert_eq!(policy.shards(), 0..3);
        assert_eq!(Policy::default().shards(), 0..0);
    }

    #[test]
    fn an_empty_list_allows_none() {
        let none = Policy::parse("version = 1\npaths = []\ndns = []\nips = []\n").unwrap();
        let names = |id: &str, dns: &[&str], addresses: &[&str]| Names {
            spiffe_id: (!id.is_empty()).then(|| id.parse().unwrap()),
            dns: dns.iter().map(|name| name.parse().unwrap()).collect(),
            addresses: addresses.iter().map(|ip| ip.parse().unwrap()).collect(),
        };
        let check = |policy: &Policy, names: &Names| policy.check(IssuingProfile::Svid, names);
        let some = Policy::parse("version = 1\nips = [\"10.0.0.0/8\"]\n").unwrap();
        for names in [
            names("spiffe://a/x", &[], &[]),
            names("", &["a.example"], &[]),
            names("", &[], &["1.2.3.4"]),
        ] {
            let error = check(&none, &names).unwrap_err().to_string();
            assert!(error.ends_with(" are none"), "{error}");
            assert!(check(&Policy::default(), &names).is_ok());
        }
        assert!(check(&some, &names("", &[], &["10.1.2.3"])).is_ok());
        let error = check(&some, &names("", &[], &["1.2.3.4"])).unwrap_err();
        assert!(error.to_string().ends_with("its networks are `10.0.0.0/8`"));
        assert!(Policy::parse("version = 1\nips = [\"10.0.0.1/8\"]\n").is_err());
    }

    #[test]
    fn the_template_is_a_policy() {
        let policy = Policy::parse(&Policy::template(Duration::from_secs(5400))).unwrap();
        assert_eq!(policy, Policy::with_max_ttl(Duration::from_secs(5400)));
    }

    #[test]
    fn what_is_misspelt_is_refused_with_its_place() {
        let table = [
            ("", "line 1: missing field `version`"),
            (
                "version = 2",
                "it is of version 2, this version of countersign knows 1",
            ),
            (
                "version = 1\nmax_ttl = \"1h\"",
                "line 2: unknown field `max_ttl`",
            ),
            (
                "version = 1\nmax-ttl = \"1 hour\"",
                "`max-ttl`: `1 hour` is not a duration",
            ),
            (
                "version = 1\npaths = [\"/a*\"]",
                "`paths`: `/a*` is not a path",
            ),
            ("version = 1\npaths = [\"a\"]", "`paths`: `a` is not a path"),
            (
                "version = 1\n[profiles.root]\n",
                "`profiles.root`: there is no such profile",
            ),
            (
                "version = 1\ncrl-urls = [\"x\"]",
                "`crl-urls`: `x` is not a URL",
            ),
            (
                "version = 1\ncrl-urls = [\"http://x/{shard}\"]",
                "`crl-urls`: `{shard}` stands for a number below `crl-shards`, which is missing",
            ),
            (
                "version = 1\ncrl-shards = 2\ncrl-urls = [\"http://x/{shard}\", \"http://y\"]",
                "`crl-shards`: each list has a place of its own",
            ),
            (
                "version = 1\ncrl-shards = 1\ncrl-urls = [\"http://x/{shard}\"]",
                "`crl-shards`: 1 is not between 2 and 1024",
            ),
        ];
        for (text, start) in table {
            let error = Policy::parse(text).unwrap_err().to_string();
            assert!(error.starts_with(start), "{text}: {error}");
        }
    }
}
