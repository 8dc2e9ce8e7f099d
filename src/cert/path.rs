//! Path validation (RFC 5280 §6) from a leaf to a trusted authority, with the reason why each candidate fails.
//!
//! Everything is bounded: authorities in a path, signatures computed. An authority that fails never spoils another
//! candidate. Anchors are checked like every other authority.

use super::certificate::{Certificate, Constraints, for_key};
use super::reasons::Reason;
use crate::kernel::crypto;
use crate::kernel::time::Timestamp;

/// The longest path, leaf and anchor included.
pub const MAX_PATH: usize = 8;
/// The most signatures computed for one leaf.
pub const MAX_SIGNATURES: usize = 100;

/// A problem with one certificate of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The stable code.
    pub reason: Reason,
    /// The certificate's name.
    pub certificate: String,
    /// What is wrong, both values compared.
    pub detail: String,
}

/// A path that holds, or why none does.
#[derive(Debug, Clone)]
pub enum PathVerdict {
    /// It holds: the certificates from the leaf to the anchor.
    Valid(Vec<Certificate>),
    /// None does: the problems of the path that got furthest, or of all candidates.
    Invalid(Vec<Problem>),
}

/// Looks for a path.
pub fn validate(
    leaf: &Certificate,
    intermediates: &[Certificate],
    anchors: &[Certificate],
    now: Timestamp,
) -> PathVerdict {
    let mut search = Search {
        intermediates,
        anchors,
        now,
        signatures: 0,
        problems: Vec::new(),
    };
    let mut own = Vec::new();
    validity(leaf, now, &mut own);
    unknown_extensions(leaf, &mut own);
    own_key(leaf, &mut own);
    let mut path = vec![leaf];
    match search.extend(&mut path) {
        Some(path) if own.is_empty() => PathVerdict::Valid(path),
        Some(_) => PathVerdict::Invalid(own),
        None => {
            own.append(&mut search.problems);
            own.dedup();
            PathVerdict::Invalid(own)
        }
    }
}

struct Search<'a> {
    intermediates: &'a [Certificate],
    anchors: &'a [Certificate],
    now: Timestamp,
    signatures: usize,
    problems: Vec<Problem>,
}

impl<'a> Search<'a> {
    fn extend(&mut self, path: &mut Vec<&'a Certificate>) -> Option<Vec<Certificate>> {
        let last = *path.last()?;
        let (anchors, intermediates) = (self.anchors, self.intermediates);
        // A leaf that is itself an anchor would authenticate with an authority's certificate: never a path.
        let mut candidates = false;
        for (candidate, is_anchor) in anchors
            .iter()
            .map(|anchor| (anchor, true))
            .chain(intermediates.iter().map(|one| (one, false)))
        {
            if candidate.subject_der != last.issuer_der
                || path.iter().any(|one| one.der == candidate.der)
            {
                continue;
            }
            candidates = true;
            let problems = self.judge(path, candidate);
            if !problems.is_empty() {
                self.problems.extend(problems);
                continue;
            }
            path.push(candidate);
            if is_anchor {
                return Some(path.iter().map(|one| (*one).clone()).collect());
            }
            if path.len() < MAX_PATH
                && let Some(names) = self.extend(path)
            {
                return Some(names);
            }
            path.pop();
        }
        if !candidates {
            self.problems.push(Problem {
                reason: Reason::NoIssuer,
                certificate: last.name().to_owned(),
                detail: format!("nobody at hand is named `{}`", last.issuer),
            });
        }
        None
    }

    /// What is wrong with a candidate as the issuer of the path's last certificate.
    fn judge(&mut self, path: &[&Certificate], candidate: &Certificate) -> Vec<Problem> {
        let mut problems = Vec::new();
        let Some(last) = path.last() else {
            return problems;
        };
        if let (Some(wanted), Some(found)) = (&last.authority_key_id, &candidate.subject_key_id)
            && wanted != found
        {
            let detail = "another key than the one that signed (key identifiers differ)";
            problems.push(problem(Reason::NoIssuer, candidate, detail));
            return problems;
        }
        validity(candidate, self.now, &mut problems);
        unknown_extensions(candidate, &mut problems);
        authority(candidate, path, &mut problems);
        if let Some(constraints) = &candidate.constraints {
            for below in path {
                // RFC 5280 §6.1.4: self-issued intermediates are exempt, the last certificate is not.
                let exempt = below.is_self_issued() && below.is_authority;
                if !exempt {
                    constrained(constraints, below, candidate, &mut problems);
                }
            }
        }
        if problems.is_empty() {
            self.signature(last, candidate, &mut problems);
        }
        problems
    }

    fn signature(&mut self, signed: &Certificate, by: &Certificate, problems: &mut Vec<Problem>) {
        if self.signatures >= MAX_SIGNATURES {
            let detail = format!("{MAX_SIGNATURES} signatures were computed without a path");
            problems.push(problem(Reason::TooMuchWork, signed, detail));
            return;
        }
        self.signatures += 1;
        let Some(algorithm) = signed.algorithm else {
            let detail = format!(
                "the signature algorithm {} is not accepted",
                signed.algorithm_oid
            );
            problems.push(problem(Reason::WeakAlgorithm, signed, detail));
            return;
        };
        let key = match &by.public_key {
            Ok(key) => key,
            Err(defect) => {
                problems.push(problem(Reason::WeakAlgorithm, by, defect.to_string()));
                return;
            }
        };
        let algorithm = for_key(algorithm, key);
        match crypto::verify(algorithm, key, &signed.signed, &signed.signature) {
            Ok(()) => {}
            Err(crypto::VerifyError::Invalid) => {
                let detail = format!("it is not signed by the key of `{}`", by.name());
                problems.push(problem(Reason::SignatureInvalid, signed, detail));
            }
            Err(error) => problems.push(problem(Reason::WeakAlgorithm, signed, error.to_string())),
        }
    }
}

fn problem(reason: Reason, certificate: &Certificate, detail: impl Into<String>) -> Problem {
    Problem {
        reason,
        certificate: certificate.name().to_owned(),
        detail: detail.into(),
    }
}

// RFC 5280 §4.1.2.5: inclusive at both ends.
fn validity(certificate: &Certificate, now: Timestamp, problems: &mut Vec<Problem>) {
    if now.unix() < certificate.not_before.unix() {
        let at = certificate.not_before;
        let detail = format!(
            "not valid before {at} ({}); judged at {now}",
            at.relative_to(now)
        );
        problems.push(problem(Reason::NotYetValid, certificate, detail));
    }
    if now.unix() > certificate.not_after.unix() {
        let at = certificate.not_after;
        let detail = format!("expired at {at} ({}); judged at {now}", at.relative_to(now));
        problems.push(problem(Reason::Expired, certificate, detail));
    }
}

// The keys above are judged when they verify a signature; that of the leaf verifies none here, and all later ones.
fn own_key(leaf: &Certificate, problems: &mut Vec<Problem>) {
    let detail = match &leaf.public_key {
        Err(defect) => defect.to_string(),
        Ok(key) => match key.rsa_bits() {
            Some(bits) if bits < 2048 => crypto::VerifyError::RsaTooSmall { bits }.to_string(),
            _ => return,
        },
    };
    problems.push(problem(Reason::WeakAlgorithm, leaf, detail));
}

fn unknown_extensions(certificate: &Certificate, problems: &mut Vec<Problem>) {
    if !certificate.unknown_critical.is_empty() {
        let detail = format!(
            "it has critical extensions that are not understood: {}",
            certificate.unknown_critical.join(", ")
        );
        problems.push(problem(Reason::CriticalExtension, certificate, detail));
    }
}

fn authority(candidate: &Certificate, path: &[&Certificate], problems: &mut Vec<Problem>) {
    if !candidate.is_authority {
        let detail = "it issued another certificate and is no authority (basicConstraints)";
        problems.push(problem(Reason::NotAnAuthority, candidate, detail));
    }
    if candidate.key_usage.is_some_and(|usage| !usage.certificates) {
        let detail = "its key may not sign certificates (keyUsage lacks keyCertSign)";
        problems.push(problem(Reason::KeyUsage, candidate, detail));
    }
    // RFC 5280 §4.2.1.9: authorities that follow and are not self-issued; the last certificate never counts.
    let following = path
        .iter()
        .skip(1)
        .filter(|one| !one.is_self_issued())
        .count();
    if let Some(limit) = candidate.path_length
        && following > limit as usize
    {
        let detail = format!("{following} authorities follow it; it allows {limit}");
        problems.push(problem(Reason::PathTooLong, candidate, detail));
    }
}

fn constrained(
    constraints: &Constraints,
    below: &Certificate,
    by: &Certificate,
    problems: &mut Vec<Problem>,
) {
    let mut violated = |name: &str, detail: String| {
        problems.push(Problem {
            reason: Reason::NameConstraint,
            certificate: below.name().to_owned(),
            detail: format!("`{name}` {detail} (constraints of `{}`)", by.name()),
        });
    };
    let uris_constrained =
        !constraints.permitted_uris.is_empty() || !constraints.excluded_uris.is_empty();
    let mut bases = constraints
        .permitted_uris
        .iter()
        .chain(&constraints.excluded_uris);
    // RFC 5280 §4.2.1.10: a host or `.domain`. A base of another form could exclude nothing without anyone noticing.
    let malformed = bases
        .find(|base| base.contains([':', '/', '@']) || base.trim_start_matches('.').is_empty());
    for uri in below.uris.iter().filter(|_| uris_constrained) {
        if let Some(base) = malformed {
            violated(
                uri,
                format!("cannot be judged by the malformed constraint `{base}`"),
            );
            continue;
        }
        match uri_host(uri) {
            // RFC 5280 §4.2.1.10: no authority, or an address as host: reject.
            None => violated(uri, "has no host name, while URIs are constrained".into()),
            Some(host) => {
                if constraints
                    .excluded_uris
                    .iter()
                    .any(|base| host_in(&host, base))
                {
                    violated(uri, "is excluded".into());
                } else if !constraints.permitted_uris.is_empty()
                    && !constraints
                        .permitted_uris
                        .iter()
                        .any(|base| host_in(&host, base))
                {
                    violated(
                        uri,
                        format!("is outside {}", constraints.permitted_uris.join(", ")),
                    );
                }
            }
        }
    }
    for name in &below.dns_names {
        if constraints
            .excluded_dns
            .iter()
            .any(|base| dns_in(name, base))
        {
            violated(name, "is excluded".into());
        } else if !constraints.permitted_dns.is_empty()
            && !constraints
                .permitted_dns
                .iter()
                .any(|base| dns_in(name, base))
        {
            violated(
                name,
                format!("is outside {}", constraints.permitted_dns.join(", ")),
            );
        }
    }
    for kind in &constraints.other {
        let has_subject = *kind == "directory name" && !below.subject.is_empty();
        if has_subject || below.other_names.contains(kind) {
            problems.push(Problem {
                reason: Reason::ConstraintUnsupported,
                certificate: below.name().to_owned(),
                detail: format!(
                    "`{}` constrains {kind}s, which cannot be checked here",
                    by.name()
                ),
            });
        }
    }
}

fn uri_host(uri: &str) -> Option<String> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    (!host.is_empty() && !is_address).then(|| host.to_ascii_lowercase())
}

// RFC 5280 §4.2.1.10 for URIs: with a leading dot, labels are added; without, exactly that host.
fn host_in(host: &str, base: &str) -> bool {
    let base = base.to_ascii_lowercase();
    if base.starts_with('.') {
        host.len() > base.len() && host.ends_with(&base)
    } else {
        host == base
    }
}

// RFC 5280 §4.2.1.10 for DNS: the base, or labels added to its left. A wildcard is inside if its parent is.
fn dns_in(name: &str, base: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let base = base.to_ascii_lowercase();
    let base = base.trim_start_matches('.');
    base.is_empty()
        || name == base
        || name
            .strip_suffix(base)
            .is_some_and(|rest| rest.ends_with('.'))
}
