//! Whether the certificates of a path are revoked, by lists and OCSP responses together.
//!
//! Whoever revokes is not outvoted: one list or one response that says so is enough, whatever the others say. A response that
//! does not count vouches for nobody; that it was for good that it revoked still counts when its time is over, as with a list.

use super::authority::AuthorityCertificate;
use super::certificate::Certificate;
use super::crl::{Lists, RevocationReason, RevocationScope, Revoked, Status};
use super::ocsp_judge::{Answered, ResponseDefect, judge_response, said_once};
use super::path::Problem;
use super::reasons::Reason;
use crate::kernel::crypto::hex;
use crate::kernel::time::Timestamp;

/// An OCSP response at hand.
#[derive(Debug, Clone)]
pub struct Response {
    /// What it is called, such as the name of its file.
    pub name: String,
    /// The OCSPResponse, DER.
    pub der: Vec<u8>,
}

/// All that is at hand.
#[derive(Debug)]
pub(super) struct Evidence<'a> {
    lists: Lists<'a>,
    responses: &'a [Response],
    now: Timestamp,
}

/// What the responses say of one certificate.
#[derive(Default)]
struct Said {
    good: Vec<(Timestamp, String)>,
    revoked: Vec<(Timestamp, Revoked, String)>,
    /// Why each that is about it is set aside.
    causes: Vec<String>,
    /// Those that are not about it.
    others: Vec<String>,
}

impl<'a> Evidence<'a> {
    pub(super) fn new(lists: Lists<'a>, responses: &'a [Response], now: Timestamp) -> Self {
        Self {
            lists,
            responses,
            now,
        }
    }

    fn status(&mut self, certificate: &Certificate, issuer: &Certificate) -> Status {
        let listed = self.lists.status(certificate, issuer);
        if self.responses.is_empty() || matches!(listed, Status::Revoked(..)) {
            return listed;
        }
        let said = self.said(certificate, issuer);
        let newest = said.good.iter().map(|(time, _)| *time).max();
        // A hold alone is taken off again, by a later word.
        let mut against = said.revoked.into_iter().filter(|(time, entry, _)| {
            entry.reason != Some(RevocationReason::HOLD) || newest <= Some(*time)
        });
        if let Some((_, entry, name)) = against.next() {
            return Status::Revoked(entry, name);
        }
        let good = said.good.into_iter().map(|(_, name)| name);
        let mut good: Vec<String> = good.collect();
        let mut causes = said.causes;
        match listed {
            Status::Good(lists) => good.insert(0, lists),
            Status::Unknown(more) => causes.splice(..0, more).for_each(drop),
            Status::Revoked(..) => return listed,
        }
        if good.is_empty() {
            causes.extend(said.others);
            return Status::Unknown(causes);
        }
        let mut told = good.join("; ");
        if !causes.is_empty() {
            told.push_str(&format!("; set aside: {}", causes.join("; ")));
        }
        Status::Good(told)
    }

    fn said(&mut self, certificate: &Certificate, issuer: &Certificate) -> Said {
        let mut said = Said::default();
        let authority = match authority_of(issuer) {
            Ok(authority) => authority,
            Err(cause) => {
                said.causes.push(cause);
                return said;
            }
        };
        for response in self.responses {
            let name = format!("the response `{}`", response.name);
            let at = (&authority, self.now);
            match judge_response(&response.der, &certificate.der, at) {
                Ok(answered) => {
                    let distrusted = self.distrusted(&answered, issuer);
                    let counts = distrusted.is_none();
                    let cause = distrusted.map(|cause| format!("{name} {cause}"));
                    said.causes.extend(cause);
                    said.take((answered, certificate), name, counts);
                }
                Err(ResponseDefect::OtherCertificate) => {
                    let defect = ResponseDefect::OtherCertificate;
                    said.others.push(format!("{name}: {defect}"));
                }
                Err(defect) => {
                    said.causes.push(format!("{name}: {defect}"));
                    // What is of the future says nothing yet.
                    let once = said_once(&response.der, &certificate.der, &authority);
                    if let Ok(answered) = once
                        && answered.this_update <= self.now
                    {
                        said.take((answered, certificate), name, false);
                    }
                }
            }
        }
        said
    }

    /// Why a responder is not believed: a list at hand revokes the certificate that makes it one (RFC 6960 §4.2.2.2.1).
    fn distrusted(&mut self, answered: &Answered, issuer: &Certificate) -> Option<String> {
        let responder = answered.responder.as_ref()?;
        let Ok(certificate) = Certificate::examine(&responder.der) else {
            return Some(format!(
                "is signed by `{}`, which cannot be read",
                responder.name
            ));
        };
        match self.lists.status(&certificate, issuer) {
            Status::Revoked(_, list) => Some(format!(
                "is signed by `{}`, who is revoked by {list}",
                responder.name
            )),
            Status::Good(_) | Status::Unknown(_) => None,
        }
    }
}

impl Said {
    /// What a response says while it counts, or of what it once said, what counts for good.
    fn take(
        &mut self,
        (answered, certificate): (Answered, &Certificate),
        name: String,
        counts: bool,
    ) {
        let time = answered.this_update;
        let name = match answered.responder {
            Some(responder) => format!("{name} of `{}`", responder.name),
            None => name,
        };
        match answered.revoked {
            Some((since, reason)) => {
                let passing = [RevocationReason::HOLD, RevocationReason::REMOVE];
                let lasts = !reason.is_some_and(|reason| passing.contains(&reason));
                if counts || lasts {
                    let entry = Revoked {
                        serial: certificate.serial_octets.clone(),
                        since,
                        reason,
                        invalid_since: None,
                        issuer: None,
                    };
                    self.revoked.push((time, entry, name));
                }
            }
            None if counts => self.good.push((time, name)),
            None => {}
        }
    }
}

/// The issuer as one who signs responses: the path has judged what else it may do.
fn authority_of(issuer: &Certificate) -> Result<AuthorityCertificate, String> {
    let key = issuer.public_key.clone();
    let key = key.map_err(|error| format!("the key of `{}`: {error}", issuer.name()))?;
    Ok(AuthorityCertificate {
        der: issuer.der.clone(),
        subject: issuer.subject_name.der.clone(),
        name: issuer.name().to_owned(),
        key,
        key_id: issuer.subject_key_id.clone().unwrap_or_default(),
        not_before: issuer.not_before,
        not_after: issuer.not_after,
        path_length: issuer.path_length,
        signs_lists: false,
        limits: None,
    })
}

/// What is said about the certificates of a path, leaf first and the anchor last: what is wrong, and what is told.
pub(super) fn check_path(
    path: &[&Certificate],
    evidence: &mut Evidence<'_>,
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
        let status = evidence.status(certificate, issuer);
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
