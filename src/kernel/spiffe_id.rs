//! SPIFFE IDs (SPIFFE-ID §2): parsed strictly, so that two spellings of one identity cannot exist.

use std::fmt;
use std::str::FromStr;

/// The longest ID in bytes (§2.3).
pub const MAX_BYTES: usize = 2048;
/// The longest trust domain in bytes (§2.3).
pub const MAX_TRUST_DOMAIN_BYTES: usize = 255;

/// The name of a trust domain.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrustDomain(String);

/// A SPIFFE ID: a trust domain, and a path of a workload or none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SpiffeId {
    trust_domain: TrustDomain,
    path: String,
}

/// Why a text is no SPIFFE ID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpiffeIdError {
    /// Another scheme, or the scheme in other letters.
    #[error("it does not start with `spiffe://` in lower case")]
    Scheme,
    /// Too long.
    #[error("it has more than {MAX_BYTES} bytes")]
    TooLong,
    /// No trust domain.
    #[error("the trust domain is empty")]
    NoTrustDomain,
    /// A long trust domain.
    #[error("the trust domain has more than {MAX_TRUST_DOMAIN_BYTES} bytes")]
    TrustDomainTooLong,
    /// A character that trust domains do not have: no user, no port, no upper case, no percent-encoding.
    #[error("the trust domain holds {0:?}; allowed are `a-z`, `0-9`, `.`, `-`, `_`")]
    TrustDomainCharacter(char),
    /// A query or fragment.
    #[error("it has a query or fragment")]
    QueryOrFragment,
    /// A character that paths do not have.
    #[error("the path holds {0:?}; allowed are `a-z`, `A-Z`, `0-9`, `.`, `-`, `_`")]
    PathCharacter(char),
    /// `//`, or a `/` at the end.
    #[error("the path has an empty segment")]
    EmptySegment,
    /// `.` or `..`.
    #[error("the path has a segment `.` or `..`")]
    DotSegment,
}

impl FromStr for TrustDomain {
    type Err = SpiffeIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(SpiffeIdError::NoTrustDomain);
        }
        if text.len() > MAX_TRUST_DOMAIN_BYTES {
            return Err(SpiffeIdError::TrustDomainTooLong);
        }
        let allowed =
            |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
        match text.chars().find(|c| !allowed(c)) {
            Some(c) => Err(SpiffeIdError::TrustDomainCharacter(c)),
            None => Ok(Self(text.to_owned())),
        }
    }
}

impl FromStr for SpiffeId {
    type Err = SpiffeIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_BYTES {
            return Err(SpiffeIdError::TooLong);
        }
        let rest = text
            .strip_prefix("spiffe://")
            .ok_or(SpiffeIdError::Scheme)?;
        if rest.contains(['?', '#']) {
            return Err(SpiffeIdError::QueryOrFragment);
        }
        let (domain, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let trust_domain = domain.parse()?;
        check_path(path)?;
        Ok(Self {
            trust_domain,
            path: path.to_owned(),
        })
    }
}

fn check_path(path: &str) -> Result<(), SpiffeIdError> {
    let Some(segments) = path.strip_prefix('/') else {
        return Ok(());
    };
    for segment in segments.split('/') {
        match segment {
            "" => return Err(SpiffeIdError::EmptySegment),
            "." | ".." => return Err(SpiffeIdError::DotSegment),
            _ => {}
        }
        let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if let Some(c) = segment.chars().find(|c| !allowed(c)) {
            return Err(SpiffeIdError::PathCharacter(c));
        }
    }
    Ok(())
}

impl TrustDomain {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ID of the trust domain itself, which its authorities bear.
    pub fn id(&self) -> SpiffeId {
        SpiffeId {
            trust_domain: self.clone(),
            path: String::new(),
        }
    }
}

impl SpiffeId {
    /// The trust domain.
    pub fn trust_domain(&self) -> &TrustDomain {
        &self.trust_domain
    }

    /// The path with its leading `/`; empty for the trust domain itself.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether it names a workload rather than the trust domain itself.
    pub fn is_workload(&self) -> bool {
        !self.path.is_empty()
    }
}

impl fmt::Display for TrustDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SpiffeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "spiffe://{}{}", self.trust_domain, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_the_specification_allows() {
        for text in [
            "spiffe://acme.example",
            "spiffe://1.2.3.4/workload",
            "spiffe://single_label/a/B.c-d_e/...",
            "spiffe://acme.example/ns/production/sa/payment-service",
        ] {
            assert_eq!(
                text.parse::<SpiffeId>().map(|id| id.to_string()).as_deref(),
                Ok(text)
            );
        }
    }

    #[test]
    fn refuses_every_other_spelling() {
        use SpiffeIdError as E;
        let table = [
            ("", E::Scheme),
            ("Spiffe://a/b", E::Scheme),
            ("https://a/b", E::Scheme),
            ("spiffe:///b", E::NoTrustDomain),
            ("spiffe://A/b", E::TrustDomainCharacter('A')),
            ("spiffe://a:8443/b", E::TrustDomainCharacter(':')),
            ("spiffe://u@a/b", E::TrustDomainCharacter('@')),
            ("spiffe://a%20/b", E::TrustDomainCharacter('%')),
            ("spiffe://a/", E::EmptySegment),
            ("spiffe://a//b", E::EmptySegment),
            ("spiffe://a/b/", E::EmptySegment),
            ("spiffe://a/../b", E::DotSegment),
            ("spiffe://a/./b", E::DotSegment),
            ("spiffe://a/b%2fc", E::PathCharacter('%')),
            ("spiffe://a/b?c", E::QueryOrFragment),
            ("spiffe://a/b#c", E::QueryOrFragment),
            ("spiffe://a/ü", E::PathCharacter('ü')),
        ];
        for (text, error) in table {
            assert_eq!(text.parse::<SpiffeId>(), Err(error), "{text}");
        }
        let long = format!("spiffe://{}/x", "a".repeat(256));
        assert_eq!(long.parse::<SpiffeId>(), Err(E::TrustDomainTooLong));
        let longest = format!("spiffe://a/{}", "b".repeat(MAX_BYTES - 11));
        assert!(longest.parse::<SpiffeId>().is_ok());
        assert_eq!(format!("{longest}b").parse::<SpiffeId>(), Err(E::TooLong));
    }

    /// What SPIFFE-ID §2.1 and §2.2 say of a character, in their own words.
    fn is_of_a_path(c: char) -> bool {
        matches!(c, 'a'..='z' | 'A'..='Z' | '0'..='9' | '.' | '-' | '_')
    }

    #[test]
    fn every_character_is_judged_in_every_place() {
        for c in (0..=0x24f_u32).chain([0x2024, 0x3002, 0xff0e, 0x1_f600]) {
            let c = char::from_u32(c).unwrap();
            let in_domain = is_of_a_path(c) && !c.is_ascii_uppercase();
            // At the start, in the middle, at the end and alone.
            for (before, after) in [("", "a"), ("a", "a"), ("a", ""), ("", "")] {
                let part = format!("{before}{c}{after}");
                let domain = format!("spiffe://{part}/x").parse::<SpiffeId>();
                let split = c == '/' && !before.is_empty() && !after.is_empty();
                assert_eq!(
                    domain.is_ok(),
                    in_domain || split,
                    "{part:?} as trust domain"
                );
                let path = format!("spiffe://a/{part}").parse::<SpiffeId>();
                let dot = part == ".";
                let fits = is_of_a_path(c) && !dot || split;
                assert_eq!(path.is_ok(), fits, "{part:?} in a path");
            }
        }
    }

    #[test]
    fn every_short_path_of_dots_and_slashes_is_judged() {
        let mut paths = vec![String::new()];
        for _ in 0..7 {
            let longer = paths
                .iter()
                .flat_map(|path| ["/", ".", "a"].map(|c| format!("{path}{c}")));
            paths = longer.collect();
            for path in &paths {
                // §2.2: each segment is there, and is neither `.` nor `..`.
                let mut segments = path.split('/').skip(1);
                let fits =
                    path.starts_with('/') && segments.all(|part| !matches!(part, "" | "." | ".."));
                let id = format!("spiffe://a{path}").parse::<SpiffeId>();
                let in_domain = !path.starts_with('/')
                    && path.split_once('/').is_none_or(|(_, rest)| {
                        rest.split('/').all(|part| !matches!(part, "" | "." | ".."))
                    });
                assert_eq!(id.is_ok(), fits || in_domain, "{path}");
            }
        }
    }
}
