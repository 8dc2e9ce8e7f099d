//! Verification: the envelope, the signature, the claims, each with its evidence.

use super::algorithm::Algorithm;
use super::check::{self, ClaimCheck};
use super::claims;
use super::compact::{Compact, TokenError};
use super::dpop;
use super::expectations::Expectations;
use super::profile::Profile;
use super::reasons::Reason;
use super::signature::{self, SignatureVerdict, Trial};
use crate::kernel::document::Node;
use crate::kernel::key::Key;

/// The verdict about a token.
#[derive(Debug, Clone)]
pub struct TokenVerdict {
    /// What the signature is worth; None if the text is no token.
    pub signature: Result<SignatureVerdict, TokenError>,
    /// The claims, where they can be read.
    pub claims: Result<Node, TokenError>,
    /// All checks of claims.
    pub checks: Vec<ClaimCheck>,
}

/// Verifies a token with some keys. A DPoP proof brings its own key; the keys given are not looked at.
pub fn verify(
    token: &str,
    keys: &[Key],
    accepted: &[Algorithm],
    expected: &Expectations,
) -> TokenVerdict {
    let compact = match Compact::parse(token) {
        Ok(compact) => compact,
        Err(error) => {
            return TokenVerdict {
                signature: Err(error.clone()),
                claims: Err(error),
                checks: Vec::new(),
            };
        }
    };
    let allowed: Vec<Algorithm> = match expected.profile {
        Some(profile) => {
            let allows = |algorithm: &Algorithm| profile.allows(*algorithm);
            accepted.iter().copied().filter(allows).collect()
        }
        None => accepted.to_vec(),
    };
    let trial = Trial {
        profile: expected.profile,
        ..Trial::of(expected, &allowed)
    };
    let signature = match expected.profile {
        Some(Profile::Dpop) => {
            let embedded: Vec<Key> = dpop::embedded_key(&compact).into_iter().collect();
            signature::check(&compact, &embedded, trial)
        }
        _ => signature::check(&compact, keys, trial),
    };
    let claims = claims::read(&compact);
    let checks = match &claims {
        Ok(claims) => check::check(&compact, claims, expected),
        Err(_) => Vec::new(),
    };
    TokenVerdict {
        signature: Ok(signature),
        claims,
        checks,
    }
}

impl TokenVerdict {
    /// Why the token is refused; empty if it is accepted.
    pub fn reasons(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        match &self.signature {
            Err(_) => return vec![Reason::Malformed],
            Ok(verdict) => reasons.extend(verdict.reason()),
        }
        if self.claims.is_err() {
            reasons.push(Reason::ClaimsMalformed);
        }
        for reason in self.checks.iter().filter_map(|check| check.failure) {
            if !reasons.contains(&reason) {
                reasons.push(reason);
            }
        }
        reasons
    }

    /// The checks that fail.
    pub fn failures(&self) -> impl Iterator<Item = &ClaimCheck> {
        self.checks.iter().filter(|check| check.failure.is_some())
    }

    /// Whether the token is accepted.
    pub fn is_accepted(&self) -> bool {
        self.reasons().is_empty()
    }
}

/// The algorithms that the kinds of some keys allow, for a verifier that names none.
pub fn algorithms_of(keys: &[Key]) -> Vec<Algorithm> {
    Algorithm::ALL
        .into_iter()
        .filter(|algorithm| {
            keys.iter()
                .any(|key| algorithm.fits(key.kind()) && algorithm.allowed_by(key))
        })
        .collect()
}
