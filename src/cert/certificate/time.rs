//! The times of certificates and revocation lists (RFC 5280 §4.1.2.5): how they must be written, and how they are.

use time::macros::format_description;
use time::{Date, PrimitiveDateTime, Time};

use crate::kernel::der::{Malformed, Reader, tag};
use crate::kernel::time::Timestamp;

/// A time, and what is wrong with how it is written.
pub(in crate::cert) type Moment = (Timestamp, Option<&'static str>);

/// Reads a time.
///
/// # Errors
/// [`Malformed`] where no time can be made of it.
pub(in crate::cert) fn moment(reader: &mut Reader<'_>) -> Result<Moment, Malformed> {
    let (kind, contents) = reader.any()?;
    let text = std::str::from_utf8(contents).map_err(|_| Malformed)?;
    match kind {
        tag::UTC_TIME => {
            let century = if text < "50" { "20" } else { "19" };
            calendar(&format!("{century}{text}"))
        }
        tag::GENERALIZED_TIME => {
            let (time, defect) = calendar(text)?;
            let early = (time.offset().year() < 2050)
                .then_some("years before 2050 are written as UTCTime (RFC 5280 §4.1.2.5)");
            Ok((time, defect.or(early)))
        }
        _ => Err(Malformed),
    }
}

/// A GeneralizedTime of any year, as invalidityDate has it.
pub(in crate::cert) fn generalized(reader: &mut Reader<'_>) -> Result<Moment, Malformed> {
    let text = std::str::from_utf8(reader.read(tag::GENERALIZED_TIME)?).map_err(|_| Malformed)?;
    calendar(text)
}

/// `YYYYMMDDHHMMSSZ`; without seconds, with a fraction or with an offset it is understood and told.
fn calendar(text: &str) -> Result<Moment, Malformed> {
    let (digits, zone) = match text.find(['Z', '+', '-']) {
        Some(at) => text.split_at_checked(at).ok_or(Malformed)?,
        None => return Err(Malformed),
    };
    let (digits, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut defect = (!fraction.is_empty() || text.contains('.'))
        .then_some("a time has no fraction of a second (RFC 5280 §4.1.2.5)");
    let (day, clock) = digits.split_at_checked(8).ok_or(Malformed)?;
    let padded = match clock.len() {
        6 => clock.to_owned(),
        4 => {
            defect = Some("a time has seconds (RFC 5280 §4.1.2.5)");
            format!("{clock}00")
        }
        _ => return Err(Malformed),
    };
    let date = Date::parse(day, format_description!("[year][month][day]"));
    let time = Time::parse(&padded, format_description!("[hour][minute][second]"));
    let (Ok(date), Ok(time)) = (date, time) else {
        return Err(Malformed);
    };
    let mut moment = PrimitiveDateTime::new(date, time).assume_utc();
    if zone != "Z" {
        defect = Some("a time is in UTC and ends in `Z` (RFC 5280 §4.1.2.5)");
        moment = moment.checked_sub(offset(zone)?).ok_or(Malformed)?;
    }
    Ok((Timestamp::from_offset(moment), defect))
}

fn offset(zone: &str) -> Result<time::Duration, Malformed> {
    let (sign, digits) = zone.split_at_checked(1).ok_or(Malformed)?;
    let number = |text: Option<&str>| -> Result<i64, Malformed> {
        let text = text.ok_or(Malformed)?;
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Malformed);
        }
        text.parse().map_err(|_| Malformed)
    };
    if digits.len() != 4 {
        return Err(Malformed);
    }
    let minutes = number(digits.get(..2))? * 60 + number(digits.get(2..))?;
    Ok(time::Duration::minutes(if sign == "-" {
        -minutes
    } else {
        minutes
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::der;

    #[test]
    fn times_are_read_and_their_spelling_judged() {
        let table = [
            (tag::UTC_TIME, "261122090000Z", "2026-11-22T09:00:00Z", true),
            (tag::UTC_TIME, "500101000000Z", "1950-01-01T00:00:00Z", true),
            (tag::UTC_TIME, "2611220900Z", "2026-11-22T09:00:00Z", false),
            (
                tag::UTC_TIME,
                "261122100000+0100",
                "2026-11-22T09:00:00Z",
                false,
            ),
            (
                tag::GENERALIZED_TIME,
                "20500101000000Z",
                "2050-01-01T00:00:00Z",
                true,
            ),
            (
                tag::GENERALIZED_TIME,
                "20491231235959Z",
                "2049-12-31T23:59:59Z",
                false,
            ),
            (
                tag::GENERALIZED_TIME,
                "20500101000000.5Z",
                "2050-01-01T00:00:00Z",
                false,
            ),
        ];
        for (kind, text, meant, right) in table {
            let der = der::element(kind, text.as_bytes());
            let (time, defect) = moment(&mut Reader::new(&der)).unwrap();
            assert_eq!(
                (time.to_string().as_str(), defect.is_none()),
                (meant, right),
                "{text}"
            );
        }
        for bad in [
            "",
            "Z",
            "261322090000Z",
            "261122090000",
            "2611220900+01",
            "26112209é000Z",
        ] {
            let der = der::element(tag::UTC_TIME, bad.as_bytes());
            assert!(moment(&mut Reader::new(&der)).is_err(), "{bad}");
        }
    }
}
