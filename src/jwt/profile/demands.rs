//! What a verifier must know before a verdict about a kind of token means anything.

use super::Profile;
use crate::jwt::expectations::{Audience, Expectations};

/// Something that a verifier must say of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Which issuers are trusted.
    Issuer,
    /// Who the verifier is.
    Audience,
    /// Which client the token is for.
    Client,
    /// The request that a proof is for.
    Request,
    /// Whose keys they are.
    TrustDomain,
}

impl Profile {
    /// What is missing in the expectations before a token of this kind can be accepted at all. An access token whose
    /// issuer nobody compares is anybody's.
    pub fn undecided(self, expected: &Expectations) -> Vec<Demand> {
        let needed: &[Demand] = match self {
            // RFC 9068 §4
            Self::Access | Self::Service => &[Demand::Issuer, Demand::Audience],
            Self::Refresh => &[Demand::Issuer],
            // OIDC Core §3.1.3.7, Back-Channel Logout §2.6
            Self::Id | Self::Logout => &[Demand::Issuer, Demand::Client],
            Self::ClientAssertion => &[Demand::Audience, Demand::Client],
            // The keys of one trust domain must not speak for another (SPIFFE Trust Domain and Bundle §4).
            Self::JwtSvid | Self::WitSvid => &[Demand::Audience, Demand::TrustDomain],
            Self::Dpop => &[Demand::Request],
            Self::Custom => &[],
        };
        let known = |demand: &Demand| match demand {
            Demand::Issuer => !expected.issuers.is_empty(),
            Demand::Audience => expected.audiences != Audience::Unknown,
            Demand::Client if self == Self::ClientAssertion => {
                expected.client.is_some() || !expected.issuers.is_empty()
            }
            Demand::Client => expected.client.is_some(),
            Demand::TrustDomain => expected.trust_domain.is_some() || !expected.subjects.is_empty(),
            Demand::Request => expected.binding.request.is_some() || expected.binding.unproven,
        };
        needed
            .iter()
            .copied()
            .filter(|demand| !known(demand))
            .collect()
    }
}
