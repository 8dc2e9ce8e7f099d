//! Does an old refresh token die? (RFC 9700 §4.14.2)
//!
//! The test uses one token twice. The second use must be refused with `invalid_grant`: whoever uses a token that was
//! already replaced may be a thief. What the server then does with the family, the tokens that came from it, tells
//! whether it would lock a thief out.

use super::error::OAuthError;
use crate::kernel::secret::Secret;

/// How a server answered one use.
#[derive(Debug, Clone)]
pub enum Answered {
    /// With tokens, and perhaps a new refresh token.
    Tokens(Option<Secret>),
    /// With an error.
    Refused(OAuthError),
}

/// What happened to the tokens that came from the old one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Family {
    /// The newest is refused: the whole family died.
    Revoked,
    /// The newest is still good.
    Alive,
    /// There is no newer one.
    None,
    /// The server answered with something else.
    Unknown(OAuthError),
}

/// What the test comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotation {
    /// The old token died.
    Dies(Family),
    /// The old token is good twice, and no new one replaced it.
    NotRotated,
    /// A new one was given, and the old one is good nevertheless.
    Outlives,
    /// The second use was refused for another reason, which says nothing about the token.
    Undecided(OAuthError),
}

impl Rotation {
    /// Whether the server passes; None if that is not known.
    pub fn passes(&self) -> Option<bool> {
        match self {
            Self::Dies(_) => Some(true),
            Self::NotRotated | Self::Outlives => Some(false),
            Self::Undecided(_) => None,
        }
    }

    /// The stable word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Dies(_) => "rotated",
            Self::NotRotated => "not-rotated",
            Self::Outlives => "old-token-outlives",
            Self::Undecided(_) => "undecided",
        }
    }

    /// What it means.
    pub fn explanation(&self) -> String {
        match self {
            Self::Dies(_) => "the old refresh token died when it was used: its second use is `invalid_grant`".into(),
            Self::NotRotated => {
                "the refresh token is good twice: it is not rotated. Whoever copies it has access until it expires, \
                 unnoticed. A public client's must be rotated or bound to a key (RFC 9700 §4.14.2)"
                    .into()
            }
            Self::Outlives => {
                "a new refresh token was given, and the old one is good nevertheless: a copy of it works on beside \
                 the new one (RFC 9700 §4.14.2). A grace period for lost answers would do that too; it is a window \
                 for a thief as well"
                    .into()
            }
            Self::Undecided(error) => format!(
                "the second use was refused with {error}, which says nothing about the token; \
                 `invalid_grant` would"
            ),
        }
    }
}

impl Family {
    /// The stable word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Revoked => "revoked",
            Self::Alive => "alive",
            Self::None => "none",
            Self::Unknown(_) => "unknown",
        }
    }

    /// What it means.
    pub fn explanation(&self) -> String {
        match self {
            Self::Revoked => {
                "the newest token died with it: the server takes a second use for a theft and ends the whole family, \
                 as RFC 9700 §4.14.2 advises. The user must sign in again"
                    .into()
            }
            Self::Alive => {
                "the newest token is still good: a thief who uses the token first keeps the family, and its owner is \
                 locked out instead (RFC 9700 §4.14.2 advises to revoke it)"
                    .into()
            }
            Self::None => "no newer refresh token was given: the old one was good once".into(),
            Self::Unknown(error) => format!("the newest token was refused with {error}"),
        }
    }
}

/// Judges the second use of a token. `newest` is the answer to the use of the token that the first use gave, if it gave
/// another.
pub fn judge(replaced: bool, second: &Answered, newest: Option<&Answered>) -> Rotation {
    match second {
        Answered::Tokens(_) if replaced => Rotation::Outlives,
        Answered::Tokens(_) => Rotation::NotRotated,
        Answered::Refused(error) if !error.is_invalid_grant() => Rotation::Undecided(error.clone()),
        Answered::Refused(_) => Rotation::Dies(match newest {
            None => Family::None,
            Some(Answered::Tokens(_)) => Family::Alive,
            Some(Answered::Refused(error)) if error.is_invalid_grant() => Family::Revoked,
            Some(Answered::Refused(error)) => Family::Unknown(error.clone()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_use_decides() {
        let tokens = Answered::Tokens(None);
        let refused = |code| Answered::Refused(OAuthError::new(code, None));
        let dead = refused("invalid_grant");
        let table = [
            (true, &dead, Some(&dead), "rotated", Some(true)),
            (true, &dead, Some(&tokens), "rotated", Some(true)),
            (false, &dead, None, "rotated", Some(true)),
            (false, &tokens, None, "not-rotated", Some(false)),
            (true, &tokens, None, "old-token-outlives", Some(false)),
            (true, &refused("invalid_client"), None, "undecided", None),
            (
                true,
                &refused("temporarily_unavailable"),
                None,
                "undecided",
                None,
            ),
        ];
        for (replaced, second, newest, name, passes) in table {
            let rotation = judge(replaced, second, newest);
            assert_eq!((rotation.name(), rotation.passes()), (name, passes));
        }
        assert_eq!(
            judge(true, &dead, Some(&dead)),
            Rotation::Dies(Family::Revoked)
        );
        assert_eq!(
            judge(true, &dead, Some(&tokens)),
            Rotation::Dies(Family::Alive)
        );
    }
}
