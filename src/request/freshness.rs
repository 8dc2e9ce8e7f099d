//! Whether a signature is fresh: not too old, not from the future, not expired.

use std::time::Duration;

use super::reasons::Reason;
use crate::kernel::time::{Leeway, Timestamp};

/// How fresh a signature must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The present.
    pub now: Timestamp,
    /// The largest age; None accepts any age, and a signature without a time.
    pub max_age: Option<Duration>,
    /// How far the signer's clock may differ.
    pub leeway: Leeway,
}

/// When a signature was made, and how long it is good for, as it says itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Until when it is good.
    pub expires: Option<Timestamp>,
}

/// Whether the signature is fresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Freshness {
    /// It is.
    Fresh {
        /// When it was created, if it says so.
        created: Option<Timestamp>,
        /// Whether only the leeway made it so.
        by_leeway: bool,
    },
    /// Older than the largest age.
    TooOld {
        /// When it was created.
        created: Timestamp,
        /// The last moment at which it would have been fresh.
        until: Timestamp,
    },
    /// Created after the present.
    FromTheFuture {
        /// When it was created.
        created: Timestamp,
    },
    /// Past its end.
    Expired {
        /// When it expired.
        expires: Timestamp,
    },
    /// Its end is not after its beginning.
    NeverValid {
        /// When it was created.
        created: Timestamp,
        /// When it expired.
        expires: Timestamp,
    },
    /// It does not say when it was created, though it should.
    Undated,
    /// The scheme signs no time: a copy of the message is accepted for as long as the key is.
    Untold,
    /// Its time is not a time; what is wrong with it.
    Unreadable(String),
}

impl Freshness {
    /// Holds the times of a signature against a window.
    pub fn judge(times: Times, window: Window) -> Self {
        let leeway = window.leeway.get();
        let mut by_leeway = false;
        if let (Some(created), Some(expires)) = (times.created, times.expires)
            && expires <= created
        {
            return Self::NeverValid { created, expires };
        }
        if let Some(expires) = times.expires {
            if expires.plus(leeway) < window.now {
                return Self::Expired { expires };
            }
            by_leeway |= expires < window.now;
        }
        let Some(created) = times.created else {
            return match window.max_age {
                Some(_) => Self::Undated,
                None => Self::Fresh {
                    created: None,
                    by_leeway,
                },
            };
        };
        if created > window.now.plus(leeway) {
            return Self::FromTheFuture { created };
        }
        by_leeway |= created > window.now;
        if let Some(max_age) = window.max_age {
            let until = created.plus(max_age);
            if until.plus(leeway) < window.now {
                return Self::TooOld { created, until };
            }
            by_leeway |= until < window.now;
        }
        Self::Fresh {
            created: Some(created),
            by_leeway,
        }
    }

    /// The same for a scheme whose own rule lets the signer's clock be ahead by `future`.
    pub fn judge_within(times: Times, window: Window, future: Duration) -> Self {
        let latest = window.now.plus(future);
        match times.created {
            Some(created) if created > window.now && created <= latest => {
                let judged = Times {
                    created: Some(window.now),
                    ..times
                };
                match Self::judge(judged, window) {
                    Self::Fresh { by_leeway, .. } => Self::Fresh {
                        created: Some(created),
                        by_leeway,
                    },
                    other => other,
                }
            }
            _ => Self::judge(times, window),
        }
    }

    /// Why it is not fresh.
    pub fn reason(&self) -> Option<Reason> {
        Some(match self {
            Self::Fresh { .. } | Self::Untold => return None,
            Self::TooOld { .. } => Reason::TooOld,
            Self::FromTheFuture { .. } => Reason::FromTheFuture,
            Self::Expired { .. } | Self::NeverValid { .. } => Reason::SignatureExpired,
            Self::Undated => Reason::CreatedMissing,
            Self::Unreadable(_) => Reason::SignatureMalformed,
        })
    }
}
