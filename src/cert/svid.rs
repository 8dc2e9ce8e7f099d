//! X509-SVIDs: what a verifier must reject (X509-SVID §5.2) and what an issuer should not have done (§3, §4).

use super::certificate::Certificate;
use super::path::Problem;
use super::reasons::Reason;
use super::trust_bundle::Bundles;
use super::verdict::{ChainVerdict, Demands, ExpectedId, Identity, judge};
use crate::kernel::spiffe_id::SpiffeId;
use crate::kernel::time::Timestamp;

/// Verifies a chain, leaf first, as an X509-SVID against a bundle.
pub fn verify(
    leaf: &Certificate,
    intermediates: &[Certificate],
    bundle: &[Certificate],
    expected: &ExpectedId,
    now: Timestamp,
) -> ChainVerdict {
    let demands = Demands::svid(expected.clone(), now);
    judge(
        leaf,
        intermediates,
        &Bundles::One(bundle.to_vec()),
        &demands,
    )
}

/// What the rules say about a leaf as X509-SVID, before any path.
pub(super) struct Examined {
    pub(super) spiffe_id: Option<SpiffeId>,
    pub(super) problems: Vec<Problem>,
}

/// Reads the identity of a leaf and holds it against what is expected (§2, §5.2).
pub(super) fn examine(
    leaf: &Certificate,
    intermediates: &[Certificate],
    identity: &Identity,
) -> Examined {
    let mut problems = Vec::new();
    let mut add = |reason, detail: String| {
        problems.push(Problem {
            reason,
            certificate: leaf.name().to_owned(),
            detail,
        });
    };
    let spiffe_id = read_id(leaf, &mut add);
    if let (Some(id), Identity::SpiffeId(expected)) = (&spiffe_id, identity) {
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
    Examined {
        spiffe_id,
        problems,
    }
}

// X509-SVID §2: exactly one URI name; §5.2: its scheme, and a path that is not the root.
fn read_id(leaf: &Certificate, add: &mut impl FnMut(Reason, String)) -> Option<SpiffeId> {
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
                    format!("`{uri}` is no SPIFFE ID: {error}{}", lower_case_hint(uri)),
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

/// Scheme and trust domain are compared without regard to case (SPIFFE-ID §2.4) and written in lower case (§2.1).
fn lower_case_hint(uri: &str) -> String {
    let authority = uri
        .find("://")
        .and_then(|at| Some((at, uri.get(at + 3..)?)));
    let lower = authority.map(|(at, rest)| {
        let end = at + 3 + rest.find('/').unwrap_or(rest.len());
        let (front, path) = uri.split_at(end);
        format!("{}{path}", front.to_ascii_lowercase())
    });
    match lower {
        Some(lower) if lower != uri && lower.parse::<SpiffeId>().is_ok() => {
            format!("; in lower case it is: `{lower}`")
        }
        _ => String::new(),
    }
}

/// What X509-SVID §3.2 and §4 demand of those who issue authorities.
pub(super) fn remark_on_authority(authority: &Certificate, id: Option<&SpiffeId>) -> Vec<String> {
    let mut remarks = Vec::new();
    let mut remark =
        |text: &str| remarks.push(format!("the authority `{}` {text}", authority.name()));
    if authority.key_usage.is_some_and(|usage| !usage.critical) {
        remark("has a keyUsage that is not critical (X509-SVID §4.3)");
    }
    for own in authority
        .uris
        .iter()
        .filter_map(|uri| uri.parse::<SpiffeId>().ok())
    {
        if own.is_workload() {
            remark("bears the ID of a workload (X509-SVID §3.2)");
        } else if id.is_some_and(|id| id.trust_domain() != own.trust_domain()) {
            let leaf = id.map(|id| id.trust_domain().to_string());
            remark(&format!(
                "is of the trust domain `{}`, and the leaf of `{}`: the bundle may be another's (X509-SVID §3.2)",
                own.trust_domain(),
                leaf.unwrap_or_default()
            ));
        }
    }
    remarks
}

/// What X509-SVID §4 demands of those who issue leaves.
pub(super) fn remarks(leaf: &Certificate) -> Vec<String> {
    let mut remarks = Vec::new();
    let mut remark = |text: &str| remarks.push(format!("the leaf{text}"));
    match leaf.key_usage {
        None => remark(" has no keyUsage (X509-SVID §4.3)"),
        Some(usage) => {
            if !usage.critical {
                remark("'s keyUsage is not critical (X509-SVID §4.3)");
            }
            if !usage.digital_signature {
                remark("'s keyUsage lacks digitalSignature (X509-SVID §4.3)");
            }
        }
    }
    if let Some(purposes) = &leaf.purposes {
        for needed in ["serverAuth", "clientAuth"] {
            if !purposes.iter().any(|purpose| purpose == needed) {
                remark(&format!("'s extKeyUsage lacks {needed} (X509-SVID §4.4)"));
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
