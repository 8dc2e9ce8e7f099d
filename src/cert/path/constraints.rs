//! Name constraints (RFC 5280 §4.2.1.10): what the names below an authority may be.
//!
//! What cannot be judged is refused: a base that is malformed, a URI without a host name, a form that nobody here
//! understands. A wildcard lies in an excluded domain as soon as one name that it stands for does.

use std::net::Ipv4Addr;

use super::MAX_COMPARISONS;
use crate::cert::certificate::{Certificate, Constraints, GeneralName, oid};
use crate::cert::reasons::Reason;

/// Why a name is not allowed.
pub(super) struct Violation {
    pub(super) reason: Reason,
    pub(super) detail: String,
}

/// How a name stands to a base of its form.
enum Fit {
    Inside,
    Outside,
    /// The base is none.
    BadBase,
    /// The name cannot be compared.
    BadName(&'static str),
    /// Nobody here knows how such names are compared.
    NotUnderstood,
}

/// The names of a certificate that constraints apply to: subject, alternative names, and the subject's mail addresses,
/// also beside alternative names: one more name must not take another out of sight.
pub(super) fn names_of(certificate: &Certificate) -> Vec<GeneralName> {
    let mut names = certificate.names.clone();
    if !certificate.subject_name.is_empty() {
        names.push(GeneralName::Directory(certificate.subject_name.clone()));
    }
    names.extend(
        certificate
            .subject_name
            .values(oid::EMAIL)
            .map(GeneralName::Rfc822),
    );
    names
}

/// Judges one name; `count` grows by the comparisons made.
pub(super) fn judge(
    constraints: &Constraints,
    name: &GeneralName,
    count: &mut usize,
) -> Option<Violation> {
    let violation = |reason, detail: String| Some(Violation { reason, detail });
    let (mut inside, mut limited) = (false, false);
    let excluded = constraints.excluded.iter().map(|base| (base, true));
    let permitted = constraints.permitted.iter().map(|base| (base, false));
    for (base, is_excluded) in excluded.chain(permitted) {
        *count += 1;
        if *count > MAX_COMPARISONS {
            let detail = format!("is one of too many: {MAX_COMPARISONS} comparisons were made");
            return violation(Reason::TooManyComparisons, detail);
        }
        if !concerns(base, name) {
            continue;
        }
        limited |= !is_excluded;
        match fit(name, base, is_excluded) {
            Fit::Inside if is_excluded => {
                return violation(Reason::NameConstraint, format!("is excluded by `{base}`"));
            }
            Fit::Inside => inside = true,
            Fit::Outside => {}
            Fit::BadBase => {
                // RFC 5280 §4.2.1.10: the dot in front is of URI constraints alone, but DNS constraints with one are common.
                let cure = match base {
                    GeneralName::Dns(text) if text.starts_with('.') => {
                        "; a DNS constraint is written without the dot in front, and holds for all names below"
                    }
                    _ => "",
                };
                let detail = format!("cannot be judged by the malformed constraint `{base}`{cure}");
                return violation(Reason::NameConstraint, detail);
            }
            Fit::BadName(problem) => return violation(Reason::NameConstraint, problem.to_owned()),
            Fit::NotUnderstood => {
                let detail = format!(
                    "is of the form {}, and how such names are constrained is not understood",
                    name.form()
                );
                return violation(Reason::ConstraintUnsupported, detail);
            }
        }
    }
    if inside || !limited {
        return None;
    }
    let bases = constraints
        .permitted
        .iter()
        .filter(|base| base.form() == name.form());
    let bases: Vec<String> = bases.take(8).map(ToString::to_string).collect();
    violation(
        Reason::NameConstraint,
        format!("is outside {}", bases.join(", ")),
    )
}

/// Whether a base says something about a name: of the same form, and of other names of the same type.
fn concerns(base: &GeneralName, name: &GeneralName) -> bool {
    match (base, name) {
        (GeneralName::Other(base), GeneralName::Other(name)) => base == name,
        // RFC 9598 §6: constraints on mail addresses are for those in UTF-8 too.
        (GeneralName::Rfc822(_), GeneralName::Other(kind)) => kind == SMTP_UTF8_MAILBOX,
        _ => base.form() == name.form(),
    }
}

const SMTP_UTF8_MAILBOX: &str = "1.3.6.1.5.5.7.8.9";

fn fit(name: &GeneralName, base: &GeneralName, is_excluded: bool) -> Fit {
    match (name, base) {
        (GeneralName::Dns(name), GeneralName::Dns(base)) => dns(name, base, is_excluded),
        (GeneralName::Ip(name), GeneralName::Ip(base)) => inside_if(in_network(name, base)),
        (GeneralName::Rfc822(name), GeneralName::Rfc822(base)) => mail(name, base),
        (GeneralName::Uri(name), GeneralName::Uri(base)) => uri(name, base),
        (GeneralName::Directory(name), GeneralName::Directory(base)) => {
            if !base.is_comparable() {
                Fit::BadBase
            } else if !name.is_comparable() || is_excluded && name.has_prohibited() {
                Fit::BadName("holds characters that cannot be compared")
            } else {
                inside_if(name.is_below(base))
            }
        }
        _ => Fit::NotUnderstood,
    }
}

fn inside_if(inside: bool) -> Fit {
    if inside { Fit::Inside } else { Fit::Outside }
}

/// The base, or labels added to its left.
fn dns(name: &str, base: &str, is_excluded: bool) -> Fit {
    let (name, base) = (name.to_ascii_lowercase(), base.to_ascii_lowercase());
    if base.is_empty() {
        return Fit::Inside;
    }
    if !is_host(&base) {
        return Fit::BadBase;
    }
    if !is_host(name.strip_prefix("*.").unwrap_or(&name)) {
        return Fit::BadName("is not a DNS name, while DNS names are constrained");
    }
    let below = |name: &str, base: &str| {
        name.strip_suffix(base)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let covered = name.strip_prefix("*.").is_some_and(|parent| {
        is_excluded && base.split_once('.').is_some_and(|(_, rest)| rest == parent)
    });
    inside_if(below(&name, &base) || covered)
}

fn in_network(name: &[u8], base: &[u8]) -> bool {
    let (address, mask) = base.split_at(base.len() / 2);
    name.len() == address.len()
        && name
            .iter()
            .zip(address.iter().zip(mask))
            .all(|(octet, (wanted, mask))| octet & mask == wanted & mask)
}

/// A mailbox, all mailboxes of a host, or of the hosts below `.domain`.
fn mail(name: &str, base: &str) -> Fit {
    let Some((local, host)) = name.rsplit_once('@') else {
        return Fit::BadName("is not a mailbox, while mail addresses are constrained");
    };
    let host = host.to_ascii_lowercase();
    if !is_host(&host) {
        return Fit::BadName(
            "is of a host that is no DNS name, while mail addresses are constrained",
        );
    }
    let base_host = |base: &str| base.to_ascii_lowercase();
    match base.rsplit_once('@') {
        Some((wanted, wanted_host)) if is_host(&base_host(wanted_host)) => {
            inside_if(local == wanted && host == base_host(wanted_host))
        }
        Some(_) => Fit::BadBase,
        None => host_fit(&host, &base_host(base)),
    }
}

/// With a leading dot, labels are added; without, exactly that host.
fn host_fit(host: &str, base: &str) -> Fit {
    if !is_host(base.strip_prefix('.').unwrap_or(base)) {
        return Fit::BadBase;
    }
    if base.starts_with('.') {
        inside_if(host.len() > base.len() && host.ends_with(base))
    } else {
        inside_if(host == base)
    }
}

/// The host of a URI against a host or `.domain`. A URI without authority, or with an address as host, is refused under
/// any constraint.
fn uri(name: &str, base: &str) -> Fit {
    match uri_host(name) {
        Some(host) => host_fit(&host, &base.to_ascii_lowercase()),
        None => Fit::BadName("has no host name, while URIs are constrained"),
    }
}

/// The host of a URI in lower case, if it is a name.
fn uri_host(uri: &str) -> Option<String> {
    let (scheme, rest) = uri.split_once(':')?;
    let authority = rest.strip_prefix("//")?.split(['/', '?', '#']).next()?;
    // Where the userinfo is none, readers do not agree on what the host is.
    let host = match authority.split_once('@') {
        Some((user, host)) if user.bytes().all(is_userinfo) => host,
        Some(_) => return None,
        None => authority,
    };
    let host = match host.split_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        Some(_) => return None,
        None => host,
    };
    let host = host.to_ascii_lowercase();
    let is_address = host.parse::<Ipv4Addr>().is_ok()
        || host
            .rsplit('.')
            .next()
            .is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    let mut letters = scheme.bytes();
    let is_scheme = letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    (is_scheme && is_host(&host) && !is_address).then_some(host)
}

/// RFC 3986 §3.2.1; of percent-encoding the characters alone.
fn is_userinfo(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:%".contains(&byte)
}

/// Labels of letters, digits, `-` and `_`, none of them empty. In lower case.
fn is_host(text: &str) -> bool {
    let allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    text.split('.')
        .all(|label| !label.is_empty() && label.bytes().all(allowed))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(permitted: bool, base: GeneralName, name: &GeneralName) -> bool {
        let (permitted, excluded) = if permitted {
            (vec![base], vec![])
        } else {
            (vec![], vec![base])
        };
        let constraints = Constraints {
            permitted,
            excluded,
            bounded: false,
        };
        judge(&constraints, name, &mut 0).is_none()
    }

    #[test]
    fn dns_bases_take_labels_added_on_the_left() {
        // (base, name, whether it lies inside; None where it cannot be judged)
        let table = [
            ("example.com", "example.com", Some(true)),
            ("example.com", "a.b.example.com", Some(true)),
            ("EXAMPLE.com", "a.Example.COM", Some(true)),
            ("example.com", "badexample.com", Some(false)),
            ("a.example.com", "example.com", Some(false)),
            ("", "anything.test", Some(true)),
            (".example.com", "a.example.com", None),
            ("*.example.com", "a.example.com", None),
            ("example.com", "example.com.", None),
            ("example.com", "a..example.com", None),
            ("example.com", "*.example.com", Some(true)),
        ];
        for (base, name, inside) in table {
            let (base, name) = (GeneralName::Dns(base.into()), GeneralName::Dns(name.into()));
            assert_eq!(
                holds(true, base.clone(), &name),
                inside == Some(true),
                "{base} {name}"
            );
            assert_eq!(
                holds(false, base.clone(), &name),
                inside == Some(false),
                "{base} {name}"
            );
        }
        // A wildcard that may stand for an excluded name.
        let wild = GeneralName::Dns("*.example.com".into());
        assert!(!holds(
            false,
            GeneralName::Dns("secret.example.com".into()),
            &wild
        ));
        assert!(holds(
            false,
            GeneralName::Dns("a.secret.example.com".into()),
            &wild
        ));
    }

    #[test]
    fn uri_bases_are_hosts() {
        let table = [
            ("example.org", "spiffe://example.org/a", Some(true)),
            ("example.org", "spiffe://EXAMPLE.org/a", Some(true)),
            ("example.org", "spiffe://sub.example.org/a", Some(false)),
            ("example.org", "https://user@example.org:443/a", Some(true)),
            (".example.org", "spiffe://example.org/a", Some(false)),
            (".example.org", "spiffe://sub.example.org/a", Some(true)),
            ("example.org", "spiffe://evil.test/example.org", Some(false)),
            ("single", "spiffe://single/a", Some(true)),
            (
                "with_underscore.x",
                "spiffe://with_underscore.x/a",
                Some(true),
            ),
            ("example.org", "urn:uuid:1", None),
            ("example.org", "https://evil.test\\@example.org/", None),
            ("example.org", "https://a@evil.test@example.org/", None),
            ("example.org", "1https://example.org/", None),
            ("example.org", "spiffe://10.0.0.1/a", None),
            ("example.org", "https://[::1]/a", None),
            ("example.org", "spiffe://ex%61mple.org/a", None),
            ("example.org", "spiffe://example.org./a", None),
            ("spiffe://example.org", "spiffe://example.org/a", None),
            ("", "spiffe://example.org/a", None),
        ];
        for (base, name, inside) in table {
            let (base, name) = (GeneralName::Uri(base.into()), GeneralName::Uri(name.into()));
            assert_eq!(
                holds(true, base.clone(), &name),
                inside == Some(true),
                "{base} {name}"
            );
            assert_eq!(
                holds(false, base.clone(), &name),
                inside == Some(false),
                "{base} {name}"
            );
        }
    }

    #[test]
    fn mail_bases_are_a_mailbox_a_host_or_a_domain() {
        let table = [
            ("alice@example.com", "alice@Example.com", Some(true)),
            ("alice@example.com", "Alice@example.com", Some(false)),
            ("example.com", "bob@example.com", Some(true)),
            ("example.com", "bob@mail.example.com", Some(false)),
            (".example.com", "bob@mail.example.com", Some(true)),
            (".example.com", "bob@example.com", Some(false)),
            ("example.com", "bob", None),
            ("alice@", "alice@example.com", None),
            ("example.com", "x@example.com.", None),
            ("example.com", "x@example.com(c)", None),
        ];
        for (base, name, inside) in table {
            let (base, name) = (
                GeneralName::Rfc822(base.into()),
                GeneralName::Rfc822(name.into()),
            );
            assert_eq!(
                holds(true, base.clone(), &name),
                inside == Some(true),
                "{base} {name}"
            );
            assert_eq!(
                holds(false, base.clone(), &name),
                inside == Some(false),
                "{base} {name}"
            );
        }
    }

    #[test]
    fn addresses_lie_in_networks_of_their_family() {
        let net = GeneralName::Ip(vec![10, 1, 0, 0, 255, 255, 0, 0]);
        assert!(holds(
            true,
            net.clone(),
            &GeneralName::Ip(vec![10, 1, 2, 3])
        ));
        assert!(!holds(
            true,
            net.clone(),
            &GeneralName::Ip(vec![10, 2, 2, 3])
        ));
        assert!(!holds(true, net.clone(), &GeneralName::Ip(vec![0; 16])));
        assert!(holds(false, net, &GeneralName::Ip(vec![0; 16])));
    }

    #[test]
    fn a_form_that_is_not_understood_is_refused_where_it_occurs() {
        let base = GeneralName::Registered("1.2.3".into());
        assert!(!holds(
            true,
            base.clone(),
            &GeneralName::Registered("1.2.3".into())
        ));
        assert!(!holds(
            false,
            base.clone(),
            &GeneralName::Registered("1.2.4".into())
        ));
        assert!(holds(true, base, &GeneralName::Dns("example.com".into())));
    }
}
