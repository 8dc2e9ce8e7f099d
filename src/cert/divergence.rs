//! How other libraries judge a chain, where they are known to differ from RFC 5280 and from each other.
//!
//! What is known was measured with chains of our own, or read in the library's code; what is not listed here is taken to
//! be judged as we do. Versions: OpenSSL 3.0, Go 1.19, rustls-webpki 0.103, GnuTLS 3.7, Python's cryptography 46.

use super::certificate::{Certificate, Constraints, GeneralName};
use super::reasons::Reason;
use super::verdict::ChainVerdict;

/// A library that judges chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// OpenSSL.
    OpenSsl,
    /// Go's crypto/x509.
    Go,
    /// rustls-webpki.
    Webpki,
    /// GnuTLS.
    GnuTls,
    /// Python's cryptography.
    Pyca,
}

impl Library {
    /// All libraries.
    pub const ALL: [Self; 5] = [
        Self::OpenSsl,
        Self::Go,
        Self::Webpki,
        Self::GnuTls,
        Self::Pyca,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenSsl => "OpenSSL",
            Self::Go => "Go crypto/x509",
            Self::Webpki => "rustls-webpki",
            Self::GnuTls => "GnuTLS",
            Self::Pyca => "Python cryptography",
        }
    }
}

/// How a library judges a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The library.
    pub library: Library,
    /// Whether it accepts.
    pub accepts: bool,
    /// Why it differs from us; empty where it does not, as far as is known.
    pub why: Vec<String>,
}

/// How each library judges a chain whose verdict is ours: the leaf, and the authorities that its names lead to.
pub fn judgements(
    leaf: &Certificate,
    authorities: &[Certificate],
    ours: &ChainVerdict,
) -> Vec<Judgement> {
    let line = lineage(leaf, authorities);
    Library::ALL
        .into_iter()
        .map(|library| judge(library, leaf, &line, ours))
        .collect()
}

/// The authorities above a leaf, found by names, and by key identifiers where both sides have them.
fn lineage<'a>(leaf: &'a Certificate, authorities: &'a [Certificate]) -> Vec<&'a Certificate> {
    let mut line: Vec<&Certificate> = Vec::new();
    let mut last = leaf;
    while line.len() < super::MAX_PATH {
        let next = authorities.iter().find(|one| {
            let fits = match (&last.authority_key_id, &one.subject_key_id) {
                (Some(wanted), Some(found)) => wanted == found,
                _ => true,
            };
            fits && one.subject_name.is(&last.issuer_name)
                && !line.iter().any(|known| known.der == one.der)
        });
        let Some(next) = next.filter(|next| next.der != last.der) else {
            break;
        };
        line.push(next);
        last = next;
    }
    line
}

fn judge(
    library: Library,
    leaf: &Certificate,
    line: &[&Certificate],
    ours: &ChainVerdict,
) -> Judgement {
    let accepted = ours.is_accepted();
    let mut why = Vec::new();
    let mut constraints_hold = true;
    for authority in line {
        let Some(constraints) = &authority.constraints else {
            continue;
        };
        for uri in &leaf.uris {
            if let Some((holds, reason)) = uri_judgement(library, constraints, uri) {
                constraints_hold &= holds;
                why.push(format!(
                    "`{uri}` under the URI constraint of `{}`: {reason}",
                    authority.name()
                ));
            }
        }
        let names_directories = constraints.permitted.iter().chain(&constraints.excluded);
        let mut of_directories =
            names_directories.filter(|base| matches!(base, GeneralName::Directory(_)));
        if library == Library::Webpki
            && of_directories.next().is_some()
            && !leaf.subject_name.is_empty()
        {
            constraints_hold = false;
            why.push(format!(
                "the directory name constraint of `{}` is refused wherever it applies",
                authority.name()
            ));
        }
    }
    let only = |wanted: fn(Reason) -> bool| {
        !accepted && ours.problems.iter().all(|problem| wanted(problem.reason))
    };
    let anchor = line.last().map(|anchor| anchor.name());
    let anchor_alone = ours
        .problems
        .iter()
        .all(|problem| Some(problem.certificate.as_str()) == anchor);
    let by_names = only(|reason| reason == Reason::NameConstraint) && !why.is_empty();
    let accepts = if accepted || by_names {
        constraints_hold
    } else if library == Library::Webpki
        && anchor_alone
        && only(|reason| {
            matches!(
                reason,
                Reason::Expired | Reason::NotYetValid | Reason::CriticalExtension
            )
        })
    {
        why.push("the validity and the extensions of an anchor are not looked at, but for its name constraints".to_owned());
        true
    } else {
        false
    };
    if accepts == accepted {
        why.clear();
    }
    Judgement {
        library,
        accepts,
        why,
    }
}

/// How a library judges a URI under the URI constraints of one authority, and why; none where there are none.
fn uri_judgement(
    library: Library,
    constraints: &Constraints,
    uri: &str,
) -> Option<(bool, &'static str)> {
    let bases = |all: &[GeneralName]| -> Vec<String> {
        let uris = all.iter().filter_map(|base| match base {
            GeneralName::Uri(text) => Some(text.to_ascii_lowercase()),
            _ => None,
        });
        uris.collect()
    };
    let (permitted, excluded) = (bases(&constraints.permitted), bases(&constraints.excluded));
    if permitted.is_empty() && excluded.is_empty() {
        return None;
    }
    let host = uri
        .split_once("://")
        .and_then(|(_, rest)| rest.split(['/', '?', '#', ':']).next());
    let host = host.unwrap_or_default().to_ascii_lowercase();
    let is_address = host.parse::<std::net::Ipv4Addr>().is_ok();
    let below = |base: &String| {
        host.strip_suffix(base.trim_start_matches('.'))
            .is_some_and(|rest| rest.ends_with('.'))
    };
    let exact = |base: &String| host == *base;
    // A leading dot: labels added. Without: that host; and with Go the hosts below it too.
    let rfc = |base: &String| {
        if base.starts_with('.') {
            below(base)
        } else {
            exact(base)
        }
    };
    let go = |base: &String| below(base) || exact(base);
    let judged = |fits: &dyn Fn(&String) -> bool| {
        !excluded.iter().any(fits) && (permitted.is_empty() || permitted.iter().any(fits))
    };
    Some(match library {
        Library::OpenSsl => (
            !host.is_empty() && judged(&rfc),
            "an address as host is compared as a name, where RFC 5280 refuses it",
        ),
        Library::Go => (
            !host.is_empty() && !is_address && judged(&go),
            "a base without leading dot takes in the hosts below it",
        ),
        Library::Webpki => (
            false,
            "URI constraints are not understood, and every URI is refused",
        ),
        Library::Pyca => (
            false,
            "URI constraints are not understood, and every URI is refused",
        ),
        Library::GnuTls => (
            excluded.is_empty(),
            "permitted URIs are not compared at all, and any excluded one refuses all",
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was measured: constraint, leaf's host, and who accepts.
    #[test]
    fn the_table_is_what_was_measured() {
        use Library::{GnuTls, Go, OpenSsl};
        let all: &[Library] = &[OpenSsl, Go, GnuTls];
        let table: [(bool, &str, &str, &[Library]); 11] = [
            (true, "example.org", "spiffe://example.org/a", all),
            (
                true,
                "example.org",
                "spiffe://sub.example.org/a",
                &[Go, GnuTls],
            ),
            (true, "example.org", "spiffe://evil.test/a", &[GnuTls]),
            (true, ".example.org", "spiffe://sub.example.org/a", all),
            (false, "example.org", "spiffe://example.org/a", &[]),
            (
                false,
                "example.org",
                "spiffe://sub.example.org/a",
                &[OpenSsl],
            ),
            (
                false,
                "example.org",
                "spiffe://other.test/a",
                &[OpenSsl, Go],
            ),
            (
                true,
                "spiffe://example.org",
                "spiffe://example.org/a",
                &[GnuTls],
            ),
            (false, "other.test", "spiffe://10.0.0.1/a", &[OpenSsl]),
            (false, "other.test", "urn:uuid:1", &[]),
            (true, "other.test", "spiffe://example.org/a", &[GnuTls]),
        ];
        for (permitted, base, uri, accept) in table {
            let base = vec![GeneralName::Uri(base.to_owned())];
            let (permitted, excluded) = if permitted {
                (base, vec![])
            } else {
                (vec![], base)
            };
            let constraints = Constraints {
                permitted,
                excluded,
                bounded: false,
            };
            for library in Library::ALL {
                let (holds, _) = uri_judgement(library, &constraints, uri).unwrap();
                assert_eq!(
                    holds,
                    accept.contains(&library),
                    "{library:?} {constraints:?} {uri}"
                );
            }
        }
    }
}
