//! Whether the certificates of a path are revoked, by the lists at hand (RFC 5280 §6.3.3).

use std::collections::BTreeMap;
use std::fmt;

use super::read::{ISSUING_POINT, IssuingPoint, RevocationList, RevocationReason, Revoked};
use crate::cert::certificate::{Certificate, DistributionPoint, oid};
use crate::kernel::time::Timestamp;

/// Of which certificates of a path revocation is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationScope {
    /// The leaf.
    Leaf,
    /// The leaf and all authorities below the anchor.
    Chain,
}

/// What the lists say about a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Usable lists cover it and it is in none, or a usable response says so.
    Good(String),
    /// It is revoked, by the list or response of that name.
    Revoked(Revoked, String),
    /// Neither a usable list nor a usable response covers it; why each that could is none.
    Unknown(Vec<String>),
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good(list) => write!(f, "not revoked ({list})"),
            Self::Revoked(entry, list) => {
                write!(f, "revoked at {}", entry.since)?;
                if let Some(reason) = entry.reason {
                    write!(f, " ({})", reason.name())?;
                }
                if let Some(time) = entry.invalid_since {
                    write!(f, ", its key suspect since {time}")?;
                }
                write!(f, " by {list}")
            }
            Self::Unknown(causes) if causes.is_empty() => {
                f.write_str("no list or response of its issuer is at hand")
            }
            Self::Unknown(causes) => write!(f, "no usable list or response: {}", causes.join("; ")),
        }
    }
}

/// Lists, each asked for its signature once.
#[derive(Debug)]
pub struct Lists<'a> {
    lists: &'a [RevocationList],
    now: Timestamp,
    /// Whether list and issuer, by its key, belong together.
    signed: BTreeMap<(usize, Vec<u8>), Result<(), String>>,
}

impl<'a> Lists<'a> {
    /// Lists as they are at a time.
    pub fn new(lists: &'a [RevocationList], now: Timestamp) -> Self {
        Self {
            lists,
            now,
            signed: BTreeMap::new(),
        }
    }

    /// What they say about a certificate that an authority issued.
    ///
    /// Lists of one scope are a series in which the newest counts, with the delta that builds on it; a certificate is
    /// revoked if any series says so. A list of the right key that is not usable vouches for nobody, and its word
    /// against a certificate still counts, unless a newer usable list has taken it back.
    pub fn status(&mut self, certificate: &Certificate, issuer: &Certificate) -> Status {
        let mut causes = Vec::new();
        let mut usable: Vec<&RevocationList> = Vec::new();
        let mut distrusted: Vec<&RevocationList> = Vec::new();
        for (index, list) in self.lists.iter().enumerate() {
            if !list.issuer.is(&certificate.issuer_name) {
                continue;
            }
            let sound = self.signed_by(index, list, issuer).and_then(|()| {
                let sound =
                    sound(list, (certificate, issuer)).and_then(|()| in_force(list, self.now));
                // What is of the future says nothing yet, and numbers of attribute certificates are others.
                let is_apart = list
                    .scope
                    .as_ref()
                    .is_some_and(|scope| scope.only_attributes);
                if sound.is_err() && !is_apart && list.this_update.unix() <= self.now.unix() {
                    distrusted.push(list);
                }
                sound
            });
            match sound {
                Ok(()) => usable.push(list),
                Err(cause) => causes.push(format!("{} {cause}", list.name())),
            }
        }
        let mut good = Vec::new();
        for base in newest_of_each_scope(&usable) {
            let deltas = usable
                .iter()
                .filter(|delta| delta.is_delta() && delta.scope == base.scope);
            let outdated = deltas.clone().any(|delta| {
                delta
                    .base_number
                    .as_deref()
                    .is_some_and(|from| ordered(from) > number(base))
            });
            if outdated {
                causes.push(format!(
                    "{} is outdated: a delta builds on a later one",
                    base.name()
                ));
                continue;
            }
            let delta = deltas
                .filter(|delta| belongs(delta, base))
                .max_by_key(|list| (list.this_update, number(list)));
            match merged(base, delta.copied(), certificate) {
                Some((entry, list)) => return Status::Revoked(entry, list),
                None => {
                    good.push(match delta {
                        Some(delta) => format!("{} and {}", base.name(), delta.name()),
                        None => base.name(),
                    });
                }
            }
        }
        // Deltas that fit no list at hand, and lists that vouch for nothing: what they say against it.
        let stray = usable.iter().copied().filter(|list| list.is_delta());
        let strays = stray.filter(|delta| {
            !usable
                .iter()
                .any(|base| !base.is_delta() && belongs(delta, base))
        });
        for list in distrusted.into_iter().chain(strays) {
            // Only a later list of the same series takes a word back.
            let series = usable
                .iter()
                .filter(|base| !base.is_delta() && base.scope == list.scope);
            let newer = series.map(|base| base.this_update).max() <= Some(list.this_update);
            if let Some(entry) = entry_of(list, certificate).filter(lasts)
                && newer
            {
                return Status::Revoked(entry, list.name());
            }
            if list.is_delta() {
                causes.push(format!("{} builds on no list at hand", list.name()));
            }
        }
        if good.is_empty() {
            return Status::Unknown(causes);
        }
        let mut told = good.join("; ");
        if !causes.is_empty() {
            told.push_str(&format!("; set aside: {}", causes.join("; ")));
        }
        Status::Good(told)
    }

    /// Whether the issuer's key signed a list, by its signature alone.
    fn signed_by(
        &mut self,
        index: usize,
        list: &RevocationList,
        issuer: &Certificate,
    ) -> Result<(), String> {
        let place = (index, issuer.key_info.clone());
        let signed = self.signed.entry(place).or_insert_with(|| {
            let key = issuer.public_key.as_ref().map_err(ToString::to_string)?;
            let verified =
                list.signature_name
                    .verify((key, &issuer.key_info), &list.signed, &list.signature);
            verified.map_err(|error| format!("is not signed by `{}`: {error}", issuer.name()))
        });
        signed.clone()
    }
}

/// Why a list that the issuer's key signed says nothing for the certificate, whatever the time.
fn sound(
    list: &RevocationList,
    (certificate, issuer): (&Certificate, &Certificate),
) -> Result<(), String> {
    if let Some(defect) = list.defects.first() {
        return Err(format!("is damaged: {defect}"));
    }
    if !list.unknown_critical.is_empty() {
        let names: Vec<String> = list
            .unknown_critical
            .iter()
            .map(|oid| oid::words(oid))
            .collect();
        return Err(format!(
            "has critical extensions that are not understood: {}",
            names.join(", ")
        ));
    }
    if issuer
        .key_usage
        .is_some_and(|usage| !usage.revocation_lists)
    {
        return Err(format!(
            "is signed by `{}`, whose key may not sign lists (keyUsage lacks cRLSign)",
            issuer.name()
        ));
    }
    covers(list, certificate)
}

/// Of the complete lists, the newest of each scope (§5.2.5: each is a series of its own).
fn newest_of_each_scope<'a>(usable: &[&'a RevocationList]) -> Vec<&'a RevocationList> {
    let mut newest: Vec<&RevocationList> = Vec::new();
    for list in usable.iter().copied().filter(|list| !list.is_delta()) {
        match newest.iter_mut().find(|known| known.scope == list.scope) {
            Some(known)
                if (known.this_update, number(known)) < (list.this_update, number(list)) =>
            {
                *known = list
            }
            Some(_) => {}
            None => newest.push(list),
        }
    }
    newest
}

/// What a list says about a certificate; of several entries the one that revokes.
fn entry_of(list: &RevocationList, certificate: &Certificate) -> Option<Revoked> {
    let entries = list
        .revoked
        .iter()
        .filter(|entry| entry.serial == certificate.serial_octets)
        // §5.3.3: the serial number is that of this issuer.
        .filter(|entry| {
            let issuer = entry.issuer.as_deref();
            issuer.is_none_or(|issuer| issuer.is(&certificate.issuer_name))
        });
    entries
        .max_by_key(|entry| entry.reason != Some(RevocationReason::REMOVE))
        .cloned()
}

/// Whether a revocation is for good.
fn lasts(entry: &Revoked) -> bool {
    let passing = [RevocationReason::REMOVE, RevocationReason::HOLD];
    !entry.reason.is_some_and(|reason| passing.contains(&reason))
}

/// Whether a list and its delta revoke a certificate. What is on hold alone is taken off again (§5.3.1).
fn merged(
    base: &RevocationList,
    delta: Option<&RevocationList>,
    certificate: &Certificate,
) -> Option<(Revoked, String)> {
    let old = entry_of(base, certificate).map(|entry| (entry, base.name()));
    let new = delta.and_then(|delta| Some((entry_of(delta, certificate)?, delta.name())));
    match (old, new) {
        (Some((entry, list)), _) if lasts(&entry) => Some((entry, list)),
        (_, Some((entry, _))) if entry.reason == Some(RevocationReason::REMOVE) => None,
        (old, new) => new.or(old),
    }
}

/// Of a list, its number, so that it orders.
fn number(list: &RevocationList) -> (usize, &[u8]) {
    ordered(list.number.as_deref().unwrap_or_default())
}

/// Octets without leading zeros order as numbers by their count first.
fn ordered(octets: &[u8]) -> (usize, &[u8]) {
    (octets.len(), octets)
}

/// Whether a delta builds on a complete list: same scope, not older, and from the number that the list has at least.
fn belongs(delta: &RevocationList, base: &RevocationList) -> bool {
    delta.base_number.as_ref().is_some_and(|from| {
        base.number.is_some()
            && ordered(from) <= number(base)
            && number(base) < number(delta)
            && delta.scope == base.scope
            && delta.authority_key_id == base.authority_key_id
    })
}

// §5.1.2.4, §5.1.2.5
fn in_force(list: &RevocationList, now: Timestamp) -> Result<(), String> {
    let from = list.this_update;
    if now.unix() < from.unix() {
        return Err(format!("is of the future: from {from}, judged at {now}"));
    }
    match list.next_update {
        None => Err("does not say when the next comes (RFC 5280 §5.1.2.5)".to_owned()),
        Some(next) if now.unix() > next.unix() => Err(format!(
            "is stale: the next was due at {next} ({})",
            next.relative_to(now)
        )),
        Some(_) => Ok(()),
    }
}

/// Whether its scope covers a certificate (§6.3.3 (b)).
fn covers(list: &RevocationList, certificate: &Certificate) -> Result<(), String> {
    let Some(scope) = &list.scope else {
        return Ok(());
    };
    if list.extension_is_optional(ISSUING_POINT) {
        return Err(
            "has an issuingDistributionPoint that is not critical (RFC 5280 §5.2.5)".to_owned(),
        );
    }
    let outside = if scope.indirect {
        Some("is indirect, which is not understood here")
    } else if scope.only_attributes {
        Some("is about attribute certificates")
    } else if scope.only_users && certificate.is_authority {
        Some("is about leaves alone")
    } else if scope.only_authorities && !certificate.is_authority {
        Some("is about authorities alone")
    } else if scope.some_reasons {
        Some("is about some reasons alone")
    } else if scope.relative {
        Some("is named relatively, which is not understood here")
    } else if !scope.names.is_empty() && !points_at(&certificate.crl_points, scope) {
        Some("is of another distribution point than the certificate names")
    } else {
        None
    };
    outside.map_or(Ok(()), |problem| Err(problem.to_owned()))
}

fn points_at(points: &[DistributionPoint], scope: &IssuingPoint) -> bool {
    let mut names = points
        .iter()
        .filter(|point| point.issuer.is_empty() && !point.some_reasons)
        .flat_map(|point| &point.names);
    names.any(|name| scope.names.contains(name))
}

impl RevocationList {
    fn extension_is_optional(&self, oid: &str) -> bool {
        self.extensions
            .iter()
            .any(|extension| extension.oid == oid && !extension.critical)
    }
}
