//! Claims (RFC 7519 §4): times, audiences, lives, and what each means.

use super::compact::{Compact, Part, TokenError, object};
use crate::kernel::document::{Node, Value};
use crate::kernel::time::Timestamp;

/// Reads the claims of a token.
///
/// # Errors
/// [`TokenError`] if the payload is not one JSON object without duplicates.
pub fn read(token: &Compact) -> Result<Node, TokenError> {
    object(Part::Payload, &token.payload)
}

/// A time claim (RFC 7519 §2: a JSON number, a fraction allowed).
pub fn time(claims: &Node, name: &str) -> TimeClaim {
    claims.get(name).map_or(TimeClaim::Absent, time_of)
}

/// A value as a time.
pub(super) fn time_of(node: &Node) -> TimeClaim {
    let Some(number) = node.as_number() else {
        return TimeClaim::WrongType(node.kind());
    };
    // Rounded towards the stricter side by the checks; whole seconds are what the calendar shows.
    let in_calendar = number.float.is_finite() && number.float.abs() < 1e12;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "checked to be far inside 64 bits"
    )]
    let seconds = number.float.floor() as i64;
    match Timestamp::from_unix(seconds).filter(|_| in_calendar) {
        Some(time) => TimeClaim::At {
            time,
            fraction: number.float.fract() != 0.0,
        },
        None => TimeClaim::OutOfRange(number.text.clone()),
    }
}

/// What a time claim holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TimeClaim {
    /// Nothing.
    Absent,
    /// A time, rounded down to seconds.
    At {
        /// The time.
        time: Timestamp,
        /// Whether something was cut off.
        fraction: bool,
    },
    /// Something else.
    WrongType(&'static str),
    /// A number that no calendar has, such as milliseconds far away.
    OutOfRange(String),
}

/// The values of `aud`; None if it is neither a string nor an array of strings.
pub fn audiences(node: &Node) -> Option<Vec<&str>> {
    match &node.value {
        Value::String(name) => Some(vec![name]),
        Value::Sequence(items) => items.iter().map(Node::as_str).collect(),
        _ => None,
    }
}

/// The life of a token, `exp` − `iat` (or − `nbf`), where both are times.
pub fn lifetime(claims: &Node) -> Option<std::time::Duration> {
    let at = |name| match time(claims, name) {
        TimeClaim::At { time, .. } => Some(time),
        _ => None,
    };
    let start = at("iat").or_else(|| at("nbf"))?;
    let end = at("exp")?;
    (end > start).then(|| end.since(start))
}
