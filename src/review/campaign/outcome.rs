//! From answers to an outcome: four strategies within a stage, the same four over stages.
//!
//! The first matching line of a strategy's table wins. A denial denies: where "one deny denies" meets a denial beside an
//! accept, the access goes.

use serde::Deserialize;

use crate::review::store::Answer;

/// What a stage or a case came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The access stays.
    Accept,
    /// It goes.
    Revoke,
    /// Less of it is enough.
    Reduce,
    /// Whoever answered could not say.
    NotDecided,
    /// Nobody answered.
    NoResponse,
}

impl Outcome {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Accept,
        Self::Revoke,
        Self::Reduce,
        Self::NotDecided,
        Self::NoResponse,
    ];

    /// The word in files and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Revoke => "revoke",
            Self::Reduce => "reduce",
            Self::NotDecided => "not-decided",
            Self::NoResponse => "no-response",
        }
    }
}

impl From<Option<Answer>> for Outcome {
    fn from(answer: Option<Answer>) -> Self {
        match answer {
            Some(Answer::Accept) => Self::Accept,
            Some(Answer::Revoke) => Self::Revoke,
            Some(Answer::Reduce) => Self::Reduce,
            Some(Answer::NotDecided) => Self::NotDecided,
            None => Self::NoResponse,
        }
    }
}

/// How several answers come to one outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// One accept is enough.
    OneAcceptAccepts,
    /// Everyone must accept.
    AllMustAccept,
    /// One denial is enough.
    OneDenyDenies,
    /// It stays unless someone denies; silence is consent.
    AcceptedIfNotDenied,
}

impl Strategy {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::OneAcceptAccepts,
        Self::AllMustAccept,
        Self::OneDenyDenies,
        Self::AcceptedIfNotDenied,
    ];

    /// The word in policies.
    pub fn name(self) -> &'static str {
        match self {
            Self::OneAcceptAccepts => "one-accept-accepts",
            Self::AllMustAccept => "all-must-accept",
            Self::OneDenyDenies => "one-deny-denies",
            Self::AcceptedIfNotDenied => "accepted-if-not-denied",
        }
    }

    /// The outcomes after which no further stage is asked, unless the policy says otherwise.
    pub fn stops_on(self) -> &'static [Outcome] {
        match self {
            Self::OneAcceptAccepts => &[Outcome::Accept],
            Self::AllMustAccept | Self::OneDenyDenies | Self::AcceptedIfNotDenied => {
                &[Outcome::Revoke, Outcome::Reduce]
            }
        }
    }

    /// The outcome of answers; `nobody` where there is none to answer.
    pub fn decide(self, answers: &[Outcome], nobody: Outcome) -> Outcome {
        use Outcome::{Accept, NoResponse, NotDecided, Reduce, Revoke};
        if answers.is_empty() {
            return nobody;
        }
        let order: &[Outcome] = match self {
            Self::OneAcceptAccepts => &[Accept, Revoke, Reduce, NotDecided, NoResponse],
            Self::AllMustAccept => &[Revoke, Reduce, NotDecided, NoResponse, Accept],
            Self::OneDenyDenies => &[Revoke, Reduce, Accept, NotDecided, NoResponse],
            Self::AcceptedIfNotDenied => &[Revoke, Reduce],
        };
        let first = order.iter().find(|outcome| answers.contains(outcome));
        first.copied().unwrap_or(Accept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of the specification, written out: any of the outcome on the left gives that on the right.
    fn specified(strategy: Strategy, has: [bool; 5]) -> Outcome {
        let [accept, revoke, reduce, not_decided, none] = has;
        let silent = if none {
            Outcome::NoResponse
        } else {
            Outcome::Accept
        };
        match strategy {
            Strategy::OneAcceptAccepts => {
                if accept {
                    Outcome::Accept
                } else if revoke {
                    Outcome::Revoke
                } else if reduce {
                    Outcome::Reduce
                } else if not_decided {
                    Outcome::NotDecided
                } else {
                    Outcome::NoResponse
                }
            }
            Strategy::AllMustAccept => {
                if revoke {
                    Outcome::Revoke
                } else if reduce {
                    Outcome::Reduce
                } else if not_decided {
                    Outcome::NotDecided
                } else {
                    silent
                }
            }
            Strategy::OneDenyDenies => {
                if revoke {
                    Outcome::Revoke
                } else if reduce {
                    Outcome::Reduce
                } else if accept {
                    Outcome::Accept
                } else if not_decided {
                    Outcome::NotDecided
                } else {
                    Outcome::NoResponse
                }
            }
            Strategy::AcceptedIfNotDenied => {
                if revoke {
                    Outcome::Revoke
                } else if reduce {
                    Outcome::Reduce
                } else {
                    Outcome::Accept
                }
            }
        }
    }

    #[test]
    fn all_128_rows_of_the_four_tables_hold() {
        let mut rows = 0;
        for strategy in Strategy::ALL {
            for bits in 0..32_u8 {
                let has = [0, 1, 2, 3, 4].map(|bit| bits >> bit & 1 == 1);
                let answers = Outcome::ALL.into_iter().zip(has).filter(|(_, has)| *has);
                let answers: Vec<Outcome> = answers.map(|(outcome, _)| outcome).collect();
                let nobody = Outcome::NotDecided;
                // No reviewer at all is the configured default, in every strategy.
                let expected = if bits == 0 {
                    nobody
                } else {
                    specified(strategy, has)
                };
                assert_eq!(
                    strategy.decide(&answers, nobody),
                    expected,
                    "{} {answers:?}",
                    strategy.name()
                );
                let mut turned = answers.clone();
                turned.reverse();
                assert_eq!(
                    strategy.decide(&turned, nobody),
                    expected,
                    "order does not matter"
                );
                rows += 1;
            }
        }
        assert_eq!(rows, 128);
    }
}
