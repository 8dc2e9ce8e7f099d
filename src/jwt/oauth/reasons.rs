//! Why a server's answer is a no: stable codes with their explanations.

use super::introspection::Comparison;
use super::rotation::Rotation;
use crate::kernel::reason::ReasonPage;

/// A reason why a token or a server does not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The server calls the token inactive.
    Inactive,
    /// The server says something else than the token.
    Contradicted,
    /// A refresh token is good twice.
    NotRotated,
    /// A refresh token is good beside its successor.
    Outlives,
    /// A revoked token is active.
    NotRevoked,
}

impl Reason {
    /// All reasons.
    pub const ALL: [Self; 5] = [
        Self::Inactive,
        Self::Contradicted,
        Self::NotRotated,
        Self::Outlives,
        Self::NotRevoked,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        self.page().code
    }

    /// The code with its explanation.
    pub fn page(self) -> ReasonPage {
        let (code, title, text) = match self {
            Self::Inactive => (
                "token-inactive",
                "the server calls the token inactive",
                "The server answers `active: false` for a token that is expired or revoked, for one that it never \
                 issued, and for one that this client may not ask about; it does not say which (RFC 7662 §2.2). A JWT \
                 that is still good by its own times was most likely revoked: only who asks the server knows.",
            ),
            Self::Contradicted => (
                "token-contradicted",
                "the server says something else of the token than the token itself",
                "A service that verifies the token and one that asks the server would decide differently. Look at \
                 each line: another `sub` or `aud` is another token, a wider `scope` was granted or narrowed after \
                 the token was issued, and an active token past its `exp` is a server with a wrong clock.",
            ),
            Self::NotRotated => (
                "refresh-token-not-rotated",
                "a refresh token is good twice",
                "Whoever copies it has access until it expires, and nobody notices. The refresh tokens of public \
                 clients must be rotated or bound to a key (RFC 9700 §4.14.2): have the server give a new one with \
                 each use and refuse the old one.",
            ),
            Self::Outlives => (
                "refresh-token-outlives",
                "an old refresh token is good beside its successor",
                "The server gives a new refresh token and accepts the old one still. The use of an old one is the \
                 sign that it was copied (RFC 9700 §4.14.2); a server that accepts it cannot see that. A grace \
                 period for answers that were lost should be seconds, not minutes.",
            ),
            Self::NotRevoked => (
                "token-not-revoked",
                "the server calls a token active after it was revoked",
                "A server answers a revocation with success whatever it does (RFC 7009 §2.2). Here it goes on to call \
                 the token active: another client's token, a kind that it cannot revoke, or a cache.",
            ),
        };
        ReasonPage { code, title, text }
    }
}

impl Comparison {
    /// Why the token is not good; empty where it is.
    pub fn reasons(&self) -> Vec<Reason> {
        match (self.active, self.is_good()) {
            (false, _) => vec![Reason::Inactive],
            (true, false) => vec![Reason::Contradicted],
            (true, true) => Vec::new(),
        }
    }
}

impl Rotation {
    /// Why the server does not pass; None where it does, or where that is not known.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::NotRotated => Some(Reason::NotRotated),
            Self::Outlives => Some(Reason::Outlives),
            Self::Dies(_) | Self::Undecided(_) => None,
        }
    }
}
