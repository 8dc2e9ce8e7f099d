//! What a replay store remembers of a token.

use super::claims::{TimeClaim, time};
use super::compact::Compact;
use super::dpop::{self, PROOF_WINDOW};
use super::expectations::Expectations;
use super::profile::Profile;
use super::verify::TokenVerdict;
use crate::kernel::document::Node;
use crate::kernel::time::{Leeway, Timestamp};

/// A token's name in a replay store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayId {
    /// Within what the id is unique: its issuer, or the target of a proof.
    pub scope: String,
    /// The `jti`.
    pub id: String,
    /// Until when the token could be accepted again.
    pub until: Timestamp,
}

impl TokenVerdict {
    /// What to remember of a token that is accepted; None if it has no `jti`.
    pub fn replay_id(&self, expected: &Expectations) -> Option<ReplayId> {
        let claims = self.claims.as_ref().ok()?;
        if expected.profile == Some(Profile::Dpop) {
            return of_proof(claims, expected);
        }
        // A bound token is presented with each request; what may be presented once is its proof.
        if let Some(proof) = &expected.binding.proof {
            let proof = Compact::parse(proof).ok()?;
            return of_proof(&super::claims::read(&proof).ok()?, expected);
        }
        let text = |name: &str| claims.get(name).and_then(Node::as_str);
        let id = text("jti").filter(|id| !id.is_empty())?.to_owned();
        // Tokens that name no issuer share one scope, whatever name their key was given by.
        let scope = text("iss").map_or_else(|| "jwt".to_owned(), |issuer| format!("jwt {issuer}"));
        // Whatever the leeway of the next verification is, the token is remembered for longer.
        let until = match time(claims, "exp") {
            TimeClaim::At { time, .. } => time.plus(Leeway::MAX),
            _ => Timestamp::MAX,
        };
        Some(ReplayId { scope, id, until })
    }
}

/// A proof: RFC 9449 §11.1, in the context of the target, for as long as it would be accepted.
fn of_proof(claims: &Node, expected: &Expectations) -> Option<ReplayId> {
    let text = |name: &str| claims.get(name).and_then(Node::as_str);
    let id = text("jti").filter(|id| !id.is_empty())?.to_owned();
    let at = |name| match time(claims, name) {
        TimeClaim::At { time, .. } => Some(time),
        _ => None,
    };
    let window = expected.binding.proof_window.unwrap_or(PROOF_WINDOW);
    // By the kind that was judged, never by what the proof says besides.
    let (scope, until) = if expected.profile == Some(Profile::WitSvid) {
        (format!("wpt {}", text("wth")?), at("exp")?)
    } else {
        let target = dpop::normalized(text("htu")?)?;
        (format!("dpop {target}"), at("iat")?.plus(window))
    };
    Some(ReplayId {
        scope,
        id,
        until: until.plus(Leeway::MAX),
    })
}
