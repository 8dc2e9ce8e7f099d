//! X509-SVIDs: what a verifier must reject (X509-SVID §5.2) and what an issuer should not have done (§3, §4).

use super::certificate::Certificate;
use super::path::{PathVerdict, Problem, validate};
use super::reasons::Reason;
use super::spiffe_id::{SpiffeId, TrustDomain};
use crate::kernel::time::Timestamp;

/// Whom the leaf must name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedId {
    /// This workload.
    Exactly(SpiffeId),
    /// Any workload of this trust domain.
    In(TrustDomain),
    /// Anyone whom the bundle vouches for.
    Any,
}

/// The verdict about a chain as an X509-SVID.
#[derive(Debug, Clone)]
pub struct SvidVerdict {
    /// The identity, where the leaf holds exactly one.
    pub spiffe_id: Option<SpiffeId>,
    /// The path that holds, leaf first; empty if none does.
    pub path: Vec<String>,
    /// Everything that makes the chain unacceptable.
    pub problems: Vec<Problem>,
    /// What an issuer should not have done; not a reason to refuse unless [`SvidVerdict::strict`].
    pub remarks: Vec<String>,
}

impl SvidVerdict {
    /// Whether the chain is accepted.
    pub fn is_accepted(&self) -> bool {
        self.problems.is_empty()
    }

    /// The reason codes, each once.
    pub fn reasons(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for problem in &self.problems {
            if !reasons.contains(&problem.reason) {
                reasons.push(problem.reason);
            }
        }
        reasons
    }

    /// The verdict of a verifier that also refuses what an issuer should not have done.
    #[must_use]
    pub fn strict(mut self, leaf: &Certificate) -> Self {
        let remarks = std::mem::take(&mut self.remarks);
        self.problems
            .extend(remarks.into_iter().map(|detail| Problem {
                reason: Reason::ProfileViolated,
                certificate: leaf.name().to_owned(),
                detail,
            }));
        self
    }
}

/// Verifies a chain, leaf first, against a bundle.
pub fn verify(
    leaf: &Certificate,
    intermediates: &[Certificate],
    bundle: &[Certificate],
    expected: &ExpectedId,
    now: Timestamp,
) -> SvidVerdict {
    let mut problems = Vec::new();
    let mut add = |reason, detail: String| {
        problems.push(Problem {
            reason,
            certificate: leaf.name().to_owned(),
            detail,
        });
    };
    let spiffe_id = identity(leaf, &mut add);
    if let Some(id) = &spiffe_id {
        match expected {
            ExpectedId::Exactly(wanted) if wanted != id => {
                add(
                    Reason::SpiffeIdMismatch,
                    format!("expected {wanted}, found {id}"),
                );
            }
            ExpectedId::In(domain) if domain != id.trust_domain() => {
                let found = id.trust_domain();
                add(
                    Reason::TrustDomainMismatch,
                    format!("expected {domain}, found {found}"),
                );
            }
            _ => {}
        }
    }
    if leaf.is_authority {
        add(
            Reason::AuthorityAsLeaf,
            "an authority must not authenticate as a workload".into(),
        );
    }
    if leaf
        .key_usage
        .is_some_and(|usage| usage.certificates || usage.revocation_lists)
    {
        let detail = "its key may sign certificates or revocation lists";
        add(Reason::AuthorityAsLeaf, detail.into());
    }
    if let Err(defect) = &leaf.public_key {
        add(Reason::WeakAlgorithm, defect.to_string());
    }
    let path = match validate(leaf, intermediates, bundle, now) {
        PathVerdict::Valid(names) => names,
        PathVerdict::Invalid(found) => {
            problems.extend(found);
            Vec::new()
        }
    };
    SvidVerdict {
        spiffe_id,
        path,
        problems,
        remarks: remarks(leaf),
    }
}

// X509-SVID §2: exactly one URI name; §5.2: its scheme, and a path that is not the root.
fn identity(leaf: &Certificate, add: &mut impl FnMut(Reason, String)) -> Option<SpiffeId> {
    match leaf.uris.as_slice() {
        [] => {
            add(Reason::NoSpiffeId, "it has no URI name".into());
            None
        }
        [uri] => match uri.parse::<SpiffeId>() {
            Ok(id) if id.is_workload() => Some(id),
            Ok(id) => {
                add(
                    Reason::NoSpiffeId,
                    format!("`{id}` names a trust domain, not a workload"),
                );
                Some(id)
            }
            Err(error) => {
                add(
                    Reason::NoSpiffeId,
                    format!("`{uri}` is no SPIFFE ID: {error}"),
                );
                None
            }
        },
        several => {
            add(
                Reason::SeveralIds,
                format!("it has {} URI names", several.len()),
            );
            None
        }
    }
}

fn remarks(leaf: &Certificate) -> Vec<String> {
    let mut remarks = Vec::new();
    match leaf.key_usage {
        None => remarks.push("the leaf has no keyUsage (X509-SVID §4.3)".to_owned()),
        Some(usage) => {
            if !usage.critical {
                remarks.push("the leaf's keyUsage is not critical (X509-SVID §4.3)".to_owned());
            }
            if !usage.digital_signature {
                remarks
                    .push("the leaf's keyUsage lacks digitalSignature (X509-SVID §4.3)".to_owned());
            }
        }
    }
    if let Some(purposes) = &leaf.purposes {
        for needed in ["serverAuth", "clientAuth"] {
            if !purposes.iter().any(|purpose| purpose == needed) {
                remarks.push(format!(
                    "the leaf's extKeyUsage lacks {needed} (X509-SVID §4.4)"
                ));
            }
        }
    }
    remarks
}
