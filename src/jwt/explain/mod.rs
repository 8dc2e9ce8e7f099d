//! What header parameters and claims mean, and when a token lives, for people who do not know the registries by heart.

mod claims;
mod header;
mod life;
#[cfg(test)]
mod tests;

pub use life::{Lifetime, Stage, Told, instant};

use crate::kernel::document::Node;
use crate::kernel::time::Timestamp;

/// What a header parameter or a claim means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meaning {
    /// In words.
    pub text: String,
    /// The specification or the issuer that defines it.
    pub source: &'static str,
    /// The time that it is, where it is one.
    pub time: Option<Timestamp>,
}

/// Explains a claim.
pub fn claim(name: &str, value: &Node, now: Timestamp) -> Option<Meaning> {
    let entry = claims::find(name)?;
    let mut meaning = Meaning {
        text: entry.text.to_owned(),
        source: entry.source,
        time: None,
    };
    if entry.is_time {
        let told = instant(value);
        meaning.text = format!("{} {}", entry.text, told.in_words(now));
        meaning.time = told.time();
    } else if let Some(detail) = claims::detail(name, value) {
        meaning.text = format!("{}: {detail}", entry.text);
    }
    Some(meaning)
}

/// Explains a header parameter.
pub fn header_parameter(name: &str, value: &Node) -> Option<Meaning> {
    header::explain(name, value)
}

/// Explains a member of a nested claim, such as `cnf.jkt` or `act.sub`.
pub fn member(claim: &str, name: &str) -> Option<&'static str> {
    claims::member(claim, name)
}
