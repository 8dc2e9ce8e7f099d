//! X509-SVIDs: what a verifier must reject (X509-SVID §5.2) and what an issuer should not have done (§3, §4).

use super::certificate::Certificate;
use super::path::{PathVerdict, Problem, validate};
use super::reasons::Reason;
use crate::kernel::spiffe_id::{SpiffeId, TrustDomain};
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
        let leaf_place = intermediates.iter().position(|one| !one.is_authority);
        let hint = leaf_place.map_or_else(String::new, |index| {
            format!(
                "; the leaf comes first, and certificate {} looks like it",
                index + 2
            )
        });
        add(
            Reason::AuthorityAsLeaf,
            format!("an authority must not authenticate as a workload{hint}"),
        );
    }
    if leaf
        .key_usage
        .is_some_and(|usage| usage.certificates || usage.revocation_lists)
    {
        let detail = "its key may sign certificates or revocation lists";
        add(Reason::AuthorityAsLeaf, detail.into());
    }
    let path = match validate(leaf, intermediates, bundle, now) {
        PathVerdict::Valid(path) => path,
        PathVerdict::Invalid(found) => {
            problems.extend(found);
            Vec::new()
        }
    };
    let mut remarks = remarks(leaf);
    for authority in path.iter().skip(1) {
        remark_on_authority(authority, spiffe_id.as_ref(), &mut remarks);
    }
    SvidVerdict {
        spiffe_id,
        path: path.iter().map(|one| one.name().to_owned()).collect(),
        problems,
        remarks,
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

/// What RFC 5280 §4 and X509-SVID §3.2, §4 demand of those who issue authorities.
fn remark_on_authority(authority: &Certificate, id: Option<&SpiffeId>, remarks: &mut Vec<String>) {
    let mut remark =
        |text: &str| remarks.push(format!("the authority `{}` {text}", authority.name()));
    match authority.key_usage {
        None => remark("has no keyUsage (X509-SVID §4.3)"),
        Some(usage) if !usage.critical => {
            remark("has a keyUsage that is not critical (X509-SVID §4.3)")
        }
        Some(_) => {}
    }
    if !authority.basic_is_critical {
        remark("has basicConstraints that are not critical (RFC 5280 §4.2.1.9)");
    }
    if !authority.serial_is_positive {
        remark("has a serial number that is not positive (RFC 5280 §4.1.2.2)");
    }
    for own in authority
        .uris
        .iter()
        .filter_map(|uri| uri.parse::<SpiffeId>().ok())
    {
        if own.is_workload() {
            remark("bears the ID of a workload (X509-SVID §3.2)");
        } else if id.is_some_and(|id| id.trust_domain() != own.trust_domain()) {
            remark("bears the ID of another trust domain (X509-SVID §3.2)");
        }
    }
}

fn remarks(leaf: &Certificate) -> Vec<String> {
    let mut remarks = Vec::new();
    if !leaf.serial_is_positive {
        remarks.push("the leaf's serial number is not positive (RFC 5280 §4.1.2.2)".to_owned());
    }
    if leaf.subject.is_empty() && !leaf.names_are_critical {
        remarks.push(
            "the leaf has no subject and names that are not critical (RFC 5280 §4.1.2.6)"
                .to_owned(),
        );
    }
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

#[cfg(test)]
mod tests {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, SanType, SubjectPublicKeyInfo};

    use super::*;
    use crate::kernel::key::PublicKey;

    fn now() -> Timestamp {
        Timestamp::parse("2026-11-22T09:00:00Z").unwrap()
    }

    fn params() -> CertificateParams {
        let mut params = CertificateParams::default();
        params.not_before = now().offset();
        params.not_after = now().offset() + time::Duration::hours(1);
        params
    }

    /// The reasons why a leaf with this key is refused.
    fn reasons(key: &PublicKey) -> Vec<Reason> {
        let pair = rcgen::KeyPair::generate().unwrap();
        let mut root = params();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let bundle = Certificate::parse(root.self_signed(&pair).unwrap().der()).unwrap();
        let mut leaf = params();
        leaf.distinguished_name = rcgen::DistinguishedName::new();
        let id = "spiffe://acme.example/ns/a/sa/b".try_into().unwrap();
        leaf.subject_alt_names = vec![SanType::URI(id)];
        let spki = SubjectPublicKeyInfo::from_der(&key.to_spki()).unwrap();
        let leaf = leaf
            .signed_by(&spki, &Issuer::from_params(&root, &pair))
            .unwrap();
        let leaf = Certificate::parse(leaf.der()).unwrap();
        verify(&leaf, &[], &[bundle], &ExpectedId::Any, now()).reasons()
    }

    #[test]
    fn a_leaf_with_a_small_rsa_key_is_refused() {
        let rsa = |bytes: usize| PublicKey::Rsa {
            n: vec![0xff; bytes],
            e: vec![1, 0, 1],
        };
        assert_eq!(reasons(&rsa(256)), []);
        assert_eq!(reasons(&rsa(255)), [Reason::WeakAlgorithm]);
        assert_eq!(reasons(&rsa(128)), [Reason::WeakAlgorithm]);
    }
}
