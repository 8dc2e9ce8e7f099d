//! What a replay store remembers of a token.

use super::claims::{TimeClaim, time};
use super::dpop::{self, PROOF_WINDOW};
use super::expectations::Expectations;
use super::profile::Profile;
use super::signature::SignatureVerdict;
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
        let text = |name: &str| claims.get(name).and_then(Node::as_str);
        let id = text("jti").filter(|id| !id.is_empty())?.to_owned();
        if expected.profile == Some(Profile::Dpop) {
            // RFC 9449 §11.1: in the context of the target, for as long as the proof would be accepted.
            let target = dpop::normalized(text("htu")?)?;
            let window = expected.binding.proof_window.unwrap_or(PROOF_WINDOW);
            let TimeClaim::At { time: issued, .. } = time(claims, "iat") else {
                return None;
            };
            return Some(ReplayId {
                scope: format!("dpop {target}"),
                id,
                until: issued.plus(window).plus(Leeway::MAX),
            });
        }
        let scope = match (text("iss"), &self.signature) {
            (Some(issuer), _) => format!("jwt {issuer}"),
            (None, Ok(SignatureVerdict::Valid { key, .. })) => format!("jwt of key {key}"),
            _ => return None,
        };
        // Whatever the leeway of the next verification is, the token is remembered for longer.
        let until = match time(claims, "exp") {
            TimeClaim::At { time, .. } => time.plus(Leeway::MAX),
            _ => Timestamp::MAX,
        };
        Some(ReplayId { scope, id, until })
    }
}
