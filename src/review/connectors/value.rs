//! Cells as people write them: times, yes and no, second factors, kinds. What is not understood is not guessed.

use crate::kernel::time::Timestamp;
use crate::review::model::{Employment, Kind, Mfa, Truth, When};

/// A cell read, or why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading<T> {
    Read(T),
    Unreadable(String),
}

/// A text in lower case and without some characters, to look for among the words that are known; none of them is longer
/// than this can hold, so that a longer text is none.
struct Word {
    bytes: [u8; Self::MAX],
    length: usize,
}

impl Word {
    const MAX: usize = 32;

    fn new(text: &str, without: &[u8]) -> Self {
        let mut word = Self {
            bytes: [0; Self::MAX],
            length: 0,
        };
        for byte in text.bytes().filter(|byte| !without.contains(byte)) {
            let Some(place) = word.bytes.get_mut(word.length) else {
                word.length = 1;
                word.bytes = [0; Self::MAX];
                return word;
            };
            *place = byte.to_ascii_lowercase();
            word.length += 1;
        }
        word
    }

    fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.length).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or("\0")
    }
}

/// Whether a text says that nothing is known.
pub(super) fn is_nothing(text: &str) -> bool {
    matches!(
        Word::new(text, b"").as_str(),
        "" | "-" | "n/a" | "na" | "null" | "none" | "unknown" | "no_information" | "not_supported"
    )
}

/// RFC 3339 or `YYYY-MM-DD`; a day counts from its first second in UTC.
pub(super) fn when(text: &str) -> Reading<When> {
    if let Some(day) = day(text) {
        return Reading::Read(When::Day(day));
    }
    if is_nothing(text) {
        return Reading::Read(When::Empty);
    }
    let word = Word::new(text, b"");
    if matches!(word.as_str(), "never" | "never logged in" | "never used") {
        return Reading::Read(When::Never);
    }
    match Timestamp::parse(text) {
        Ok(time) => Reading::Read(When::At(time)),
        Err(_) => Reading::Unreadable(format!(
            "`{}` is not a time as `2026-11-22` or `2026-11-22T09:30:00Z` are",
            short(text)
        )),
    }
}

/// `YYYY-MM-DD`.
fn day(text: &str) -> Option<Timestamp> {
    let number = |from: usize, to: usize| {
        let digits = text.as_bytes().get(from..to)?;
        digits.iter().try_fold(0_u16, |sum, digit| {
            digit
                .is_ascii_digit()
                .then(|| sum * 10 + u16::from(digit - b'0'))
        })
    };
    if text.len() != 10
        || [4, 7]
            .iter()
            .any(|at| text.as_bytes().get(*at) != Some(&b'-'))
    {
        return None;
    }
    let month = time::Month::try_from(u8::try_from(number(5, 7)?).ok()?).ok()?;
    let day = u8::try_from(number(8, 10)?).ok()?;
    let date = time::Date::from_calendar_date(number(0, 4)?.into(), month, day).ok()?;
    Some(Timestamp::from_offset(date.midnight().assume_utc()))
}

/// As [`when`], and the forms in which known systems write it: year first, a space before the time, UTC where no offset
/// is given.
pub(super) fn stamp(text: &str) -> Reading<When> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let (date, rest) = match (text.get(..10), text.get(10..)) {
        (Some(date), Some(rest)) if bytes.get(4) == bytes.get(7) => (date.replace('/', "-"), rest),
        _ => return when(text),
    };
    let rest = rest.trim_start_matches(['T', ' ']).trim_end();
    if rest.is_empty() {
        return when(&date);
    }
    let rest = rest.replace(" UTC", "Z").replace(' ', "");
    let zone = rest.ends_with('Z') || rest.get(8..).is_some_and(|tail| tail.contains(['+', '-']));
    let zone = if zone { "" } else { "Z" };
    match when(&format!("{date}T{rest}{zone}")) {
        Reading::Unreadable(_) => when(text),
        read => read,
    }
}

/// Yes or no.
pub(super) fn truth(text: &str) -> Reading<Truth> {
    if is_nothing(text) {
        return Reading::Read(Truth::Unknown);
    }
    match Word::new(text, b"").as_str() {
        "yes" | "y" | "true" | "t" | "1" | "x" | "enabled" | "active" | "on" => {
            Reading::Read(Truth::Yes)
        }
        "no" | "n" | "false" | "f" | "0" | "disabled" | "inactive" | "suspended"
        | "deactivated" | "deprovisioned" | "off" => Reading::Read(Truth::No),
        _ => Reading::Unreadable(format!("`{}` is neither `yes` nor `no`", short(text))),
    }
}

/// Second factors; of several the strongest. An empty cell is unknown, `none` is none.
pub(super) fn mfa(text: &str) -> Reading<Mfa> {
    let mut strongest = None;
    for word in text.split([',', ';', '+', '/', '|']).map(str::trim) {
        let factor = match Word::new(word, b"-_ ").as_str() {
            "none" | "no" | "n" | "false" | "0" | "disabled" | "notenrolled" | "off" => Mfa::None,
            "yes" | "y" | "true" | "1" | "enabled" | "active" | "enrolled" | "on" => {
                Mfa::Unspecified
            }
            "sms" | "call" | "phone" | "voice" | "email" => Mfa::Sms,
            "otp" | "totp" | "hotp" | "authenticator" | "authenticatorapp" | "softwaretoken" => {
                Mfa::Otp
            }
            "push" => Mfa::Push,
            "fido2" | "fido" | "webauthn" | "u2f" | "passkey" | "securitykey" | "hardwarekey"
            | "signednonce" => Mfa::Fido2,
            // `n/a` is split by the slash, so that it is looked for in the whole text.
            _ if is_nothing(text) => return Reading::Read(Mfa::Unknown),
            _ => {
                return Reading::Unreadable(format!(
                    "`{}` is not a factor such as `none`, `sms`, `otp`, `push` or `fido2`",
                    short(text)
                ));
            }
        };
        strongest = strongest.max(Some(factor));
    }
    Reading::Read(strongest.unwrap_or(Mfa::Unknown))
}

/// What sort of account it is.
pub(super) fn kind(text: &str) -> Reading<Kind> {
    if is_nothing(text) {
        return Reading::Read(Kind::Unknown);
    }
    match Word::new(text, b"-_ ").as_str() {
        "human" | "person" | "user" | "employee" | "member" | "contractor" => {
            Reading::Read(Kind::Human)
        }
        "service" | "serviceaccount" | "machine" | "bot" | "application" | "app" | "system"
        | "robot" | "workload" | "nonhuman" => Reading::Read(Kind::Service),
        "guest" | "external" | "vendor" => Reading::Read(Kind::Guest),
        "shared" | "generic" => Reading::Read(Kind::Shared),
        "breakglass" | "emergency" => Reading::Read(Kind::Breakglass),
        _ => Reading::Unreadable(format!(
            "`{}` is not a kind such as `human`, `service`, `guest`, `shared` or `breakglass`",
            short(text)
        )),
    }
}

/// Whether someone works here.
pub(super) fn employment(text: &str) -> Reading<Employment> {
    if is_nothing(text) {
        return Reading::Read(Employment::Unknown);
    }
    match Word::new(text, b"-_ ").as_str() {
        "active" | "employed" | "current" | "hired" | "onleave" | "leave" | "leaveofabsence"
        | "parentalleave" | "probation" | "a" => Reading::Read(Employment::Active),
        "terminated" | "inactive" | "left" | "leaver" | "offboarded" | "departed" | "separated"
        | "resigned" | "retired" | "deceased" | "former" | "t" => Reading::Read(Employment::Left),
        "pending" | "prehire" | "future" | "notstarted" | "onboarding" | "preboarding" => {
            Reading::Read(Employment::Pending)
        }
        _ => Reading::Unreadable(format!(
            "`{}` is not a status such as `active`, `pending` or `terminated`",
            short(text)
        )),
    }
}

/// Enough of a cell to recognise it by.
fn short(text: &str) -> std::borrow::Cow<'_, str> {
    crate::kernel::report::sanitize::shorten(text, 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_other_forms_are_refused() {
        for text in [
            "22.11.2026",
            "11/22/2026",
            "2026/11/22",
            "22 Nov 2026",
            "2026-11-22 09:30:00",
            "1E5",
            "2026-02-30",
            "45982",
            "äöüäö",
        ] {
            assert!(matches!(when(text), Reading::Unreadable(_)), "{text}");
        }
        let time = |text| Timestamp::parse(text).unwrap();
        assert_eq!(
            when("2026-11-22"),
            Reading::Read(When::Day(time("2026-11-22T00:00:00Z")))
        );
        assert_eq!(
            when("2026-11-22T01:00:00+02:00"),
            Reading::Read(When::At(time("2026-11-21T23:00:00Z")))
        );
        assert_eq!(when("N/A"), Reading::Read(When::Empty));
        assert_eq!(when("Never logged in"), Reading::Read(When::Never));
    }

    #[test]
    fn an_empty_factor_is_unknown_and_none_is_none() {
        assert_eq!(mfa(""), Reading::Read(Mfa::Unknown));
        assert_eq!(mfa("n/a"), Reading::Read(Mfa::Unknown));
        assert_eq!(mfa("None"), Reading::Read(Mfa::None));
        assert_eq!(mfa("sms; WebAuthn"), Reading::Read(Mfa::Fido2));
        assert_eq!(mfa("TRUE"), Reading::Read(Mfa::Unspecified));
        assert!(matches!(mfa("carrier pigeon"), Reading::Unreadable(_)));
        assert!(matches!(mfa("otp;"), Reading::Unreadable(_)));
    }

    #[test]
    fn unknown_words_are_not_guessed() {
        assert!(matches!(truth("maybe"), Reading::Unreadable(_)));
        assert!(matches!(employment("sabbatical?"), Reading::Unreadable(_)));
        assert!(matches!(kind("alien"), Reading::Unreadable(_)));
        assert_eq!(kind("Service Account"), Reading::Read(Kind::Service));
        assert_eq!(employment("On Leave"), Reading::Read(Employment::Active));
    }
}
