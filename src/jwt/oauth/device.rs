//! When a device asks again (RFC 8628 §3.5): a state machine without a clock.

use std::time::Duration;

use super::error::OAuthError;

/// The polling of one device code.
#[derive(Debug, Clone)]
pub struct Polling {
    interval: Duration,
    left: Duration,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Wait that long, then ask.
    Ask(Duration),
    /// The code is no longer good.
    Expired,
    /// The server said no.
    Refused(OAuthError),
}

/// The shortest interval: a server that says 0 is not asked without a pause.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest: a server cannot put a device to sleep.
const LONGEST: Duration = Duration::from_secs(60);
/// The longest life of a code that is believed.
const LIFE: Duration = Duration::from_secs(1800);

impl Polling {
    /// Starts with what the server said.
    pub fn new(interval: Duration, life: Duration) -> Self {
        Self {
            interval: interval.clamp(SHORTEST, LONGEST),
            left: life.min(LIFE),
        }
    }

    /// The first question, after one interval.
    pub fn start(&mut self) -> Step {
        self.wait()
    }

    /// After an error answer.
    pub fn answered(&mut self, error: OAuthError) -> Step {
        match error.code.as_str() {
            "authorization_pending" => self.wait(),
            // RFC 8628 §3.5: five seconds more, for this and all further requests.
            "slow_down" => {
                self.interval = (self.interval + Duration::from_secs(5)).min(LONGEST);
                self.wait()
            }
            "expired_token" => Step::Expired,
            _ => Step::Refused(error),
        }
    }

    /// After no answer at all: ask less often (RFC 8628 §3.5).
    pub fn unanswered(&mut self) -> Step {
        self.interval = (self.interval * 2).min(LONGEST);
        self.wait()
    }

    fn wait(&mut self) -> Step {
        match self.left.checked_sub(self.interval) {
            Some(left) => {
                self.left = left;
                Step::Ask(self.interval)
            }
            None => Step::Expired,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str) -> OAuthError {
        OAuthError::new(code, None)
    }

    fn seconds(count: u64) -> Step {
        Step::Ask(Duration::from_secs(count))
    }

    #[test]
    fn slow_down_lasts_and_silence_doubles() {
        let mut polling = Polling::new(Duration::from_secs(5), Duration::from_secs(100));
        assert_eq!(polling.start(), seconds(5));
        assert_eq!(polling.answered(error("authorization_pending")), seconds(5));
        assert_eq!(polling.answered(error("slow_down")), seconds(10));
        assert_eq!(
            polling.answered(error("authorization_pending")),
            seconds(10)
        );
        assert_eq!(polling.unanswered(), seconds(20));
        assert_eq!(polling.answered(error("slow_down")), seconds(25));
        assert_eq!(polling.answered(error("slow_down")), Step::Expired);
    }

    #[test]
    fn every_other_error_ends_it() {
        let mut polling = Polling::new(Duration::from_secs(5), Duration::from_secs(100));
        assert_eq!(
            polling.answered(error("access_denied")),
            Step::Refused(error("access_denied"))
        );
        assert_eq!(polling.answered(error("expired_token")), Step::Expired);
    }

    #[test]
    fn a_server_can_neither_hurry_nor_hold_a_device() {
        let mut hurried = Polling::new(Duration::ZERO, Duration::from_secs(100));
        assert_eq!(hurried.start(), seconds(1));
        let mut held = Polling::new(Duration::from_secs(1 << 40), Duration::MAX);
        assert_eq!(held.start(), seconds(60));
        let mut asked = 1;
        while held.answered(error("authorization_pending")) != Step::Expired {
            asked += 1;
        }
        assert_eq!(asked, 30);
    }
}
