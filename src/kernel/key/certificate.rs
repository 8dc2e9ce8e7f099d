//! The little of a certificate that a key beside it is held against: its key and its validity (RFC 5280 §4.1).

use time::macros::format_description;
use time::{Date, PrimitiveDateTime, Time};

use super::{KeyDefect, PublicKey, public_from_spki};
use crate::kernel::der::{self, Malformed, Reader, tag};
use crate::kernel::time::Timestamp;

/// A certificate, nothing of it verified.
#[derive(Debug, Clone)]
pub struct CertifiedKey {
    /// Its key.
    pub key: PublicKey,
    /// The first moment of its validity.
    pub not_before: Timestamp,
    /// The last moment of its validity.
    pub not_after: Timestamp,
}

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Reads a certificate's key and validity.
///
/// # Errors
/// [`KeyDefect`].
pub fn certified_key(bytes: &[u8]) -> Result<CertifiedKey, KeyDefect> {
    let mut outer = Reader::new(bytes);
    let mut certificate = outer.enter(tag::SEQUENCE)?;
    outer.finish()?;
    let mut tbs = certificate.enter(tag::SEQUENCE)?;
    tbs.optional(tag::CONTEXT_0)?;
    tbs.read(tag::INTEGER)?;
    // signature, issuer
    tbs.read(tag::SEQUENCE)?;
    tbs.read(tag::SEQUENCE)?;
    let mut validity = tbs.enter(tag::SEQUENCE)?;
    let not_before = moment(&mut validity)?;
    let not_after = moment(&mut validity)?;
    // subject
    tbs.read(tag::SEQUENCE)?;
    let info = tbs.read(tag::SEQUENCE)?;
    Ok(CertifiedKey {
        key: public_from_spki(&der::element(tag::SEQUENCE, info))?,
        not_before,
        not_after,
    })
}

// RFC 5280 §4.1.2.5: UTCTime until 2049, where 50 and above is the last century; GeneralizedTime after.
fn moment(reader: &mut Reader<'_>) -> Result<Timestamp, Malformed> {
    let text = match reader.peek() {
        Some(UTC_TIME) => {
            let text = std::str::from_utf8(reader.read(UTC_TIME)?).map_err(|_| Malformed)?;
            let century = if text < "50" { "20" } else { "19" };
            format!("{century}{text}")
        }
        _ => std::str::from_utf8(reader.read(GENERALIZED_TIME)?)
            .map_err(|_| Malformed)?
            .to_owned(),
    };
    let digits = text.strip_suffix('Z').ok_or(Malformed)?;
    let (day, hour) = digits.split_at_checked(8).ok_or(Malformed)?;
    let date = Date::parse(day, format_description!("[year][month][day]"));
    let time = Time::parse(hour, format_description!("[hour][minute][second]"));
    match (date, time) {
        (Ok(date), Ok(time)) => {
            let moment = PrimitiveDateTime::new(date, time).assume_utc();
            Ok(Timestamp::from_offset(moment))
        }
        _ => Err(Malformed),
    }
}
