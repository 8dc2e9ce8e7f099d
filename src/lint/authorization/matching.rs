//! One value of a policy against one fact of a request, field by field: every field has wildcards of its own.

use std::net::IpAddr;

use serde_json::Value;

use super::Plane;
use super::request::{Fact, Identity, Jwt, Request, TrustDomains};
use crate::lint::model::istio::{Attribute, Matcher, Text};

/// Whether something holds, as far as is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    No,
    Maybe,
    Yes,
}

impl Truth {
    pub(super) fn of(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    pub(super) fn and(self, other: Self) -> Self {
        self.min(other)
    }

    pub(super) fn or(self, other: Self) -> Self {
        self.max(other)
    }

    fn negated(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Maybe => Self::Maybe,
            Self::Yes => Self::No,
        }
    }
}

/// What matching needs beside the request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'c> {
    pub(super) request: &'c Request<'c>,
    pub(super) domains: &'c TrustDomains,
    /// The namespace of the policy.
    pub(super) namespace: &'c str,
    pub(super) plane: Plane,
}

impl Context<'_> {
    /// One of the values, and none of the others.
    pub(super) fn matches(&self, matcher: &Matcher<'_>) -> Truth {
        let any = |values: &[Text<'_>]| {
            values.iter().fold(Truth::No, |so_far, value| {
                so_far.or(self.value(&matcher.attribute, value.text))
            })
        };
        let mut truth = Truth::Yes;
        if !matcher.values.is_empty() {
            truth = any(&matcher.values);
        }
        if !matcher.not_values.is_empty() {
            truth = truth.and(any(&matcher.not_values).negated());
        }
        truth
    }

    fn value(&self, attribute: &Attribute<'_>, value: &str) -> Truth {
        let request = self.request;
        match attribute {
            Attribute::Principal => known(&request.identity, |one| self.principal(one, value)),
            Attribute::Namespace => known(&request.identity, |one| {
                Truth::of(self.namespace(&one.principal, value))
            }),
            Attribute::ServiceAccount => known(&request.identity, |one| {
                Truth::of(is_service_account(&one.principal, self.namespace, value))
            }),
            Attribute::TrustDomain => known(&request.identity, |one| self.trust_domain(one, value)),
            Attribute::SourceIp => known(&request.source_ip, |ip| Truth::of(in_block(value, *ip))),
            Attribute::RemoteIp => known(&request.remote_ip, |ip| Truth::of(in_block(value, *ip))),
            Attribute::DestinationIp => known(&request.destination_ip, |ip| {
                Truth::of(in_block(value, *ip))
            }),
            Attribute::Port => Truth::of(value.parse() == Ok(request.port)),
            Attribute::Sni => known(&request.sni, |sni| Truth::of(wildcard(value, sni))),
            Attribute::Host => known(&request.host, |host| {
                let (value, host) = (value.to_ascii_lowercase(), host.to_ascii_lowercase());
                Truth::of(value == "*" || wildcard(&value, &host))
            }),
            Attribute::Method => known(&request.method, |method| {
                Truth::of(value == "*" || wildcard(value, method))
            }),
            Attribute::Path => known(&request.path, |path| Truth::of(is_path(value, path))),
            Attribute::Header(name) => known(&request.headers, |headers| {
                let found = headers
                    .iter()
                    .find(|(known, _)| known.eq_ignore_ascii_case(name));
                Truth::of(found.is_some_and(|(_, text)| value == "*" || wildcard(value, text)))
            }),
            Attribute::EnvoyMetadata(key) => known(&request.metadata, |entries| {
                let found = entries.iter().find(|(known, _)| known == key);
                Truth::of(found.is_some_and(|(_, text)| wildcard(value, text)))
            }),
            Attribute::RequestPrincipal => known(&request.jwt, |jwt| {
                Truth::of(is_request_principal(jwt, value))
            }),
            Attribute::Audience => known(&request.jwt, |jwt| {
                Truth::of(has_claim(jwt, &["aud"], value))
            }),
            Attribute::Presenter => known(&request.jwt, |jwt| {
                Truth::of(has_claim(jwt, &["azp"], value))
            }),
            Attribute::Claim(path) => {
                known(&request.jwt, |jwt| Truth::of(has_claim(jwt, path, value)))
            }
        }
    }

    /// A principal of five segments stands for the trust domain and all its aliases, if it names one of them;
    /// `cluster.local` always means the local one.
    fn principal(&self, client: &Identity<'_>, value: &str) -> Truth {
        if wildcard(value, &client.principal) && !value.is_empty() {
            return Truth::Yes;
        }
        let Some((domain, rest)) = value.split_once('/').filter(|_| is_enforced(value)) else {
            return Truth::No;
        };
        let names_us = domain == "cluster.local"
            || self.domains.names.iter().any(|name| may_name(domain, name));
        let known = names_us
            && self.domains.names.iter().any(|name| {
                let expanded = if has_suffix(name, domain) {
                    value.to_owned()
                } else {
                    format!("{name}/{rest}")
                };
                wildcard(&expanded, &client.principal)
            });
        if known {
            return Truth::Yes;
        }
        // The mesh's own trust domain may bear this name.
        let same = client.principal.split_once('/');
        let same = same.is_some_and(|(_, client_rest)| wildcard(rest, client_rest));
        if client.has_unnamed_domain && same {
            Truth::Maybe
        } else {
            Truth::No
        }
    }

    /// Envoy: `.*/ns/X/.*` with `*` anywhere; ztunnel: a prefix, a suffix, or the whole.
    fn namespace(&self, principal: &str, value: &str) -> bool {
        if self.plane != Plane::Ztunnel {
            return glob(
                &format!("*/ns/{value}/*"),
                &format!("spiffe://{principal}"),
                |_| true,
            );
        }
        let mut parts = principal.split('/');
        let namespace = parts.find(|part| *part == "ns").and_then(|_| parts.next());
        namespace.is_some_and(|namespace| wildcard(value, namespace))
    }

    fn trust_domain(&self, client: &Identity<'_>, value: &str) -> Truth {
        let Some((domain, _)) = client.principal.split_once('/') else {
            return Truth::No;
        };
        match glob(value, domain, |c| c != '/') {
            _ if value == "*" => Truth::Yes,
            // Unlike in a principal, `cluster.local` does not stand for whatever the mesh's own domain is called.
            _ if client.has_unnamed_domain => Truth::Maybe,
            true => Truth::Yes,
            false => Truth::No,
        }
    }
}

/// An absent fact matches nothing; an unknown one may.
fn known<T>(fact: &Fact<T>, test: impl FnOnce(&T) -> Truth) -> Truth {
    match fact {
        Fact::Known(value) => test(value),
        Fact::Absent => Truth::No,
        Fact::Unknown => Truth::Maybe,
    }
}

/// `*` is anything but the empty string, `*x` a suffix, `x*` a prefix, everything else the whole.
pub(crate) fn wildcard(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        !text.is_empty()
    } else if let Some(suffix) = pattern.strip_prefix('*') {
        text.ends_with(suffix)
    } else if let Some(prefix) = pattern.strip_suffix('*') {
        text.starts_with(prefix)
    } else {
        pattern == text
    }
}

/// `*` anywhere stands for any number of characters that pass.
fn glob(pattern: &str, text: &str, passes: fn(char) -> bool) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        let at = if parts.peek().is_none() {
            rest.len()
                .checked_sub(part.len())
                .filter(|_| rest.ends_with(part))
        } else {
            rest.find(part)
        };
        let Some(at) = at else {
            return false;
        };
        let (skipped, found) = rest.split_at(at);
        if !skipped.chars().all(passes) {
            return false;
        }
        rest = found.strip_prefix(part).unwrap_or_default();
    }
    true
}

/// Istio: `spiffe://.+/ns/X/(.+/|)sa/Y(/.+)?`.
fn is_service_account(principal: &str, policy_namespace: &str, value: &str) -> bool {
    let (namespace, account) = value.split_once('/').unwrap_or((policy_namespace, value));
    let marker = format!("/ns/{namespace}/");
    let ends = |rest: &str| {
        rest.strip_prefix(account)
            .is_some_and(|end| end.is_empty() || (end.len() > 1 && end.starts_with('/')))
    };
    principal.match_indices(&marker).any(|(at, _)| {
        let Some(rest) = principal.get(at + marker.len()..).filter(|_| at > 0) else {
            return false;
        };
        rest.strip_prefix("sa/").is_some_and(ends)
            || rest
                .match_indices("/sa/")
                .any(|(at, found)| at > 0 && rest.get(at + found.len()..).is_some_and(ends))
    })
}

/// Whether a principal names a trust domain at all: five segments, the first of which is not `*`.
fn is_enforced(principal: &str) -> bool {
    principal.split('/').count() == 5 && !principal.starts_with("*/")
}

/// Whether a trust domain, perhaps with a wildcard, may be this one.
fn may_name(pattern: &str, name: &str) -> bool {
    pattern == name
        || name == "*"
        || has_suffix(name, pattern)
        || has_suffix(pattern, name)
        || has_prefix(name, pattern)
        || has_prefix(pattern, name)
}

fn has_suffix(text: &str, pattern: &str) -> bool {
    pattern
        .strip_prefix('*')
        .is_some_and(|suffix| text.ends_with(suffix))
}

fn has_prefix(text: &str, pattern: &str) -> bool {
    pattern
        .strip_suffix('*')
        .is_some_and(|prefix| text.starts_with(prefix))
}

/// Whether an address is in a block, or is the address.
pub(super) fn in_block(block: &str, address: IpAddr) -> bool {
    let (base, prefix) = match block.split_once('/') {
        Some((base, prefix)) => (base, prefix.parse::<u32>().ok()),
        None => (block, None),
    };
    let number = |address: IpAddr| match address {
        IpAddr::V4(address) => (32, u128::from(u32::from(address))),
        IpAddr::V6(address) => (128, u128::from(address)),
    };
    let Ok(base) = base.parse::<IpAddr>() else {
        return false;
    };
    let ((bits, base), (other_bits, address)) = (number(base), number(address));
    let host_bits = u32::saturating_sub(bits, prefix.unwrap_or(bits));
    bits == other_bits
        && (base ^ address)
            .checked_shr(host_bits)
            .is_none_or(|differs| differs == 0)
}

/// Paths: `{*}` is one segment, `{**}` the rest or any part; without them a plain wildcard.
fn is_path(pattern: &str, path: &str) -> bool {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if !pattern.contains("{*}") && !pattern.contains("{**}") {
        return wildcard(pattern, path);
    }
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    segments(&pattern, &path)
}

fn segments(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern, path) {
        ([], []) => true,
        // A template holds few `{**}`: Istio accepts one.
        (["{**}", rest @ ..], _) => (0..=path.len())
            .filter_map(|taken| path.get(taken..))
            .any(|left| segments(rest, left)),
        (["{*}", rest @ ..], [segment, left @ ..]) => !segment.is_empty() && segments(rest, left),
        ([literal, rest @ ..], [segment, left @ ..]) => literal == segment && segments(rest, left),
        _ => false,
    }
}

/// Issuer and subject, cut at the last slash, for an issuer may be a URL.
fn is_request_principal(jwt: &Jwt<'_>, value: &str) -> bool {
    let claim = |name: &str| jwt.claims.get(name).and_then(Value::as_str);
    let (Some(issuer), Some(subject)) = (claim("iss"), claim("sub")) else {
        // An empty subject is matched where none is asked for; an absent one is matched by nothing.
        return false;
    };
    let cut = value.rsplit_once('/');
    let any = |text: &str| !text.is_empty();
    if value == "*" {
        return any(issuer) && any(subject);
    }
    if let Some(tail) = value.strip_prefix('*') {
        return match tail.rsplit_once('/') {
            Some(("", wanted)) => any(issuer) && subject == wanted,
            Some((end, wanted)) => issuer.ends_with(end) && subject == wanted,
            None => any(issuer) && subject.ends_with(tail),
        };
    }
    if value.ends_with('*') {
        return match cut {
            Some((wanted, "*")) => issuer == wanted && any(subject),
            Some((wanted, start)) => {
                issuer == wanted && subject.starts_with(start.trim_end_matches('*'))
            }
            None => issuer.starts_with(value.trim_end_matches('*')) && any(subject),
        };
    }
    let (wanted_issuer, wanted_subject) = cut.unwrap_or((value, ""));
    issuer == wanted_issuer && subject == wanted_subject
}

/// A claim that is this text, or a list that holds it.
fn has_claim(jwt: &Jwt<'_>, path: &[&str], value: &str) -> bool {
    let claim = path.iter().try_fold(jwt.claims, |node, key| node.get(key));
    match claim {
        Some(Value::String(text)) => wildcard(value, text),
        Some(Value::Array(items)) => items
            .iter()
            .filter_map(Value::as_str)
            .any(|text| wildcard(value, text)),
        _ => false,
    }
}
