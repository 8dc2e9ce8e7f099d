//! The verdict about a chain: identity, path, revocation, and what an issuer should not have done.

use super::certificate::Certificate;
use super::crl::{Lists, RevocationList, RevocationScope, Status};
use super::path::{PathReport, PathRules, Problem, Profile, ServerName, validate_with};
use super::reasons::Reason;
use super::revocation::{Evidence, Response, check_path};
use super::svid;
use super::trust_bundle::Bundles;
use crate::kernel::spiffe_id::{SpiffeId, TrustDomain};
use crate::kernel::time::Timestamp;

/// Whom the leaf of an X509-SVID must name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedId {
    /// This workload.
    Exactly(SpiffeId),
    /// Any workload of this trust domain.
    In(TrustDomain),
    /// Anyone whom the bundle vouches for.
    Any,
}

/// Whom the leaf must name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A workload, by its SPIFFE ID.
    SpiffeId(ExpectedId),
    /// A server, by its name.
    Server(ServerName),
    /// Anyone whom the bundle vouches for.
    Any,
}

/// What a chain is held to.
#[derive(Debug, Clone)]
pub struct Demands {
    /// Whom the leaf must name.
    pub identity: Identity,
    /// The rules of the path.
    pub rules: PathRules,
    /// The revocation lists at hand.
    pub lists: Vec<RevocationList>,
    /// The OCSP responses at hand.
    pub responses: Vec<Response>,
    /// Of which certificates revocation is asked; none where it is not.
    pub revocation: Option<RevocationScope>,
    /// Whether a certificate that no usable list or response covers is remarked on and accepted.
    pub accept_unknown: bool,
    /// Whether what an issuer should not have done is refused.
    pub strict: bool,
}

impl Demands {
    /// The demands of an X509-SVID, revocation not asked for.
    pub fn svid(expected: ExpectedId, now: Timestamp) -> Self {
        Self {
            identity: Identity::SpiffeId(expected),
            rules: PathRules::new(Profile::Spiffe, now),
            lists: Vec::new(),
            responses: Vec::new(),
            revocation: None,
            accept_unknown: false,
            strict: false,
        }
    }
}

/// The verdict about a chain.
#[derive(Debug, Clone, Default)]
pub struct ChainVerdict {
    /// The SPIFFE ID, where the leaf holds exactly one.
    pub spiffe_id: Option<SpiffeId>,
    /// The path that holds, leaf first; empty if none does.
    pub path: Vec<String>,
    /// Everything that makes the chain unacceptable.
    pub problems: Vec<Problem>,
    /// What an issuer should not have done, and what is accepted on demand.
    pub remarks: Vec<String>,
    /// The search for a path.
    pub report: PathReport,
    /// What revocation lists and OCSP responses say, by certificate.
    pub revocation: Vec<(String, Status)>,
}

impl ChainVerdict {
    /// Whether the chain is accepted.
    pub fn is_accepted(&self) -> bool {
        self.problems.is_empty() && !self.path.is_empty()
    }

    /// Whether a budget ended the search, so that nothing is known.
    pub fn is_undecided(&self) -> bool {
        let budgets = [
            Reason::TooManySignatures,
            Reason::TooManySteps,
            Reason::TooManyComparisons,
        ];
        self.problems
            .iter()
            .any(|problem| budgets.contains(&problem.reason))
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
}

/// Judges a chain: the leaf, what may stand between, and the bundles.
pub fn judge(
    leaf: &Certificate,
    intermediates: &[Certificate],
    bundles: &Bundles,
    demands: &Demands,
) -> ChainVerdict {
    let mut verdict = ChainVerdict::default();
    if demands.rules.profile == Profile::Spiffe {
        let examined = svid::examine(leaf, intermediates, &demands.identity);
        verdict.spiffe_id = examined.spiffe_id;
        verdict.problems = examined.problems;
    } else if let [uri] = leaf.uris.as_slice() {
        verdict.spiffe_id = uri.parse().ok();
    }
    let anchors = match anchors(bundles, verdict.spiffe_id.as_ref()) {
        Ok(anchors) => anchors,
        Err(detail) => {
            verdict.problems.push(Problem {
                reason: Reason::NoBundle,
                certificate: leaf.name().to_owned(),
                detail,
            });
            return verdict;
        }
    };
    let mut rules = demands.rules.clone();
    rules.revocation = demands.revocation;
    rules.strict = demands.strict;
    if let Identity::Server(host) = &demands.identity {
        rules.host = Some(host.clone());
    }
    let now = demands.rules.now;
    let lists = Lists::new(&demands.lists, now);
    let mut evidence = Evidence::new(lists, &demands.responses, now);
    let (mut told, mut unknown) = (Vec::new(), Vec::new());
    let report = validate_with(leaf, (intermediates, anchors), &rules, &mut |path| {
        unknown.clear();
        let Some(scope) = demands.revocation else {
            return Vec::new();
        };
        let (problems, statuses) = check_path(path, &mut evidence, scope);
        told = statuses;
        let bearable = |problem: &Problem| {
            demands.accept_unknown && problem.reason == Reason::RevocationUnknown
        };
        let (borne, refused) = problems.into_iter().partition(bearable);
        unknown = borne;
        refused
    });
    verdict.revocation = told;
    verdict.problems.extend(report.problems.iter().cloned());
    verdict
        .remarks
        .extend(report.remarks.iter().map(Problem::to_string));
    let unknown = unknown.iter().map(|problem| {
        format!(
            "{}: whether it is revoked is not known",
            problem.certificate
        )
    });
    verdict.remarks.extend(unknown);
    if demands.rules.profile == Profile::Spiffe {
        verdict.remarks.extend(svid::remarks(leaf));
        for authority in report.path.iter().skip(1) {
            verdict.remarks.extend(svid::remark_on_authority(
                authority,
                verdict.spiffe_id.as_ref(),
            ));
        }
    }
    if demands.strict {
        let remarks = std::mem::take(&mut verdict.remarks);
        verdict
            .problems
            .extend(remarks.into_iter().map(|detail| Problem {
                reason: Reason::ProfileViolated,
                certificate: leaf.name().to_owned(),
                detail,
            }));
    }
    if verdict.problems.is_empty() {
        let names = report.path.iter().map(|one| one.name().to_owned());
        verdict.path = names.collect();
    }
    verdict.report = report;
    verdict
}

/// The authorities that count for an identity.
fn anchors<'a>(bundles: &'a Bundles, id: Option<&SpiffeId>) -> Result<&'a [Certificate], String> {
    match bundles {
        Bundles::One(authorities) => Ok(authorities),
        Bundles::ByTrustDomain(map) => {
            let known: Vec<&str> = map.keys().map(TrustDomain::as_str).collect();
            let Some(id) = id else {
                return Err(format!(
                    "without a SPIFFE ID none of the bundles ({}) is its own",
                    known.join(", ")
                ));
            };
            let domain = id.trust_domain();
            let found = map.get(domain).map(|bundle| bundle.authorities.as_slice());
            found.ok_or_else(|| {
                format!(
                    "its trust domain is {domain}; there are bundles of {}",
                    known.join(", ")
                )
            })
        }
    }
}
