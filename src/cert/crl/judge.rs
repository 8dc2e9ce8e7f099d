//! Whether the certificates of a path are revoked, by the lists at hand (RFC 5280 §6.3.3).

use std::collections::BTreeMap;
use std::fmt;

use super::read::{ISSUING_POINT, IssuingPoint, RevocationList, RevocationReason, Revoked};
use crate::cert::certificate::{Certificate, DistributionPoint, oid};
use crate::cert::path::Problem;
use crate::cert::reasons::Reason;
use crate::kernel::crypto::hex;
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
    /// Usable lists cover it, and it is in none.
    Good(String),
    /// It is revoked, by the list of that name.
    Revoked(Revoked, String),
    /// No usable list covers it; why each list that could is none.
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
                f.write_str("no list of its issuer is at hand")
            }
            Self::Unknown(causes) => write!(f, "no usable list: {}", causes.join("; ")),
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
    pub fn status(&mut self, certificate: &Certificate, issuer: &Certificate) -> Status {
        let entry = |list: &RevocationList| {
            list.revoked
                .iter()
                .rev()
                .find(|entry| entry.serial == certificate.serial_octets)
                .cloned()
        };
        let mut causes = Vec::new();
        let mut usable: Vec<&RevocationList> = Vec::new();
        // A revocation does not end with the list that told it.
        let mut told = None;
        for (index, list) in self.lists.iter().enumerate() {
            if !list.issuer.is(&certificate.issuer_name) {
                continue;
            }
            let authentic = self.authentic(index, list, (certificate, issuer));
            match authentic.and_then(|()| {
                in_force(list, self.now).inspect_err(|_| {
                    told = told
                        .take()
                        .or(entry(list).map(|entry| (entry, list.name())));
                })
            }) {
                Ok(()) => usable.push(list),
                Err(cause) => causes.push(format!("{} {cause}", list.name())),
            }
        }
        let complete: Vec<&&RevocationList> =
            usable.iter().filter(|list| !list.is_delta()).collect();
        // The newest complete list, with the newest delta that builds on it or on an older one (§5.2.4).
        let Some(base) = complete
            .into_iter()
            .max_by_key(|list| (list.this_update, number(list)))
            .copied()
        else {
            let deltas = usable
                .iter()
                .filter_map(|list| Some((entry(list)?, list.name())));
            let lasting = |entry: &Revoked| {
                let passing = [RevocationReason::REMOVE, RevocationReason::HOLD];
                !entry.reason.is_some_and(|reason| passing.contains(&reason))
            };
            return match told
                .into_iter()
                .chain(deltas)
                .find(|(entry, _)| lasting(entry))
            {
                Some((entry, list)) => Status::Revoked(entry, list),
                None => {
                    let alone = usable.iter().map(|list| {
                        format!("{} builds on a list that is not at hand", list.name())
                    });
                    causes.extend(alone);
                    Status::Unknown(causes)
                }
            };
        };
        let delta = usable
            .iter()
            .filter(|delta| belongs(delta, base))
            .max_by_key(|list| (list.this_update, number(list)));
        for list in usable
            .iter()
            .filter(|list| list.is_delta() && !belongs(list, base))
        {
            causes.push(format!("{} does not build on {}", list.name(), base.name()));
        }
        if let Some(delta) = delta
            && let Some(entry) = entry(delta)
        {
            if entry.reason == Some(RevocationReason::REMOVE) {
                return Status::Good(format!("taken off again by {}", delta.name()));
            }
            return Status::Revoked(entry, delta.name());
        }
        match entry(base) {
            Some(entry) => Status::Revoked(entry, base.name()),
            None => Status::Good(match delta {
                Some(delta) => format!("{} and {}", base.name(), delta.name()),
                None => base.name(),
            }),
        }
    }

    /// Why a list that bears the issuer's name says nothing about the certificate, whatever the time.
    fn authentic(
        &mut self,
        index: usize,
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
        covers(list, certificate)?;
        if let (Some(wanted), Some(found)) = (&list.authority_key_id, &issuer.subject_key_id)
            && wanted != found
        {
            return Err("is of another key of that name (key identifiers differ)".to_owned());
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
        let place = (index, issuer.key_info.clone());
        let signed = self.signed.entry(place).or_insert_with(|| {
            let key = issuer.public_key.as_ref().map_err(ToString::to_string)?;
            list.signature_name
                .verify((key, &issuer.key_info), &list.signed, &list.signature)
                .map_err(|error| format!("is not signed by `{}`: {error}", issuer.name()))
        });
        signed.clone()
    }
}

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
        .filter(|point| point.issuer.is_empty())
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

/// What the lists say about the certificates of a path, leaf first and the anchor last: what is wrong, and what is told.
pub(in crate::cert) fn check_path(
    path: &[Certificate],
    lists: &mut Lists<'_>,
    scope: RevocationScope,
) -> (Vec<Problem>, Vec<(String, Status)>) {
    let mut problems = Vec::new();
    let mut told = Vec::new();
    let pairs = path.iter().zip(path.iter().skip(1));
    let asked = match scope {
        RevocationScope::Leaf => 1,
        RevocationScope::Chain => usize::MAX,
    };
    for (certificate, issuer) in pairs.take(asked) {
        let status = lists.status(certificate, issuer);
        let reason = match &status {
            Status::Good(_) => None,
            Status::Revoked(..) => Some(Reason::Revoked),
            Status::Unknown(_) => Some(Reason::RevocationUnknown),
        };
        if let Some(reason) = reason {
            problems.push(Problem {
                reason,
                certificate: certificate.name().to_owned(),
                detail: format!("serial {}: {status}", hex(&certificate.serial_octets)),
            });
        }
        told.push((certificate.name().to_owned(), status));
    }
    (problems, told)
}
