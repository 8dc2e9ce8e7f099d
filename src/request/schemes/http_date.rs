//! Dates as HTTP writes them: `Sun, 05 Jan 2014 21:31:40 GMT`, the form that is to be sent (RFC 9110 §5.6.7).

use time::PrimitiveDateTime;
use time::format_description::StaticFormatDescription;
use time::macros::format_description;

use crate::kernel::time::Timestamp;

const FORM: StaticFormatDescription = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// Reads a date; None if it has another form.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let time = PrimitiveDateTime::parse(text, FORM).ok()?;
    Some(Timestamp::from_offset(time.assume_utc()))
}

/// Writes a date.
pub(super) fn write(time: Timestamp) -> String {
    let date = time.offset().format(FORM);
    date.expect("a time in UTC has all these parts")
}
