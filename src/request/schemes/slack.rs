//! Slack's requests: `v0=` and the HMAC-SHA-256 of `v0:`, the time, `:` and the body, in hexadecimal.

use std::time::Duration;

use super::webhook::{
    Algorithm, Description, Encoding, KeyForm, Layout, Piece, TimestampRule, TimestampSource, Unit,
};
use crate::kernel::crypto::MacAlgorithm;

/// The scheme. The time may be five minutes away on either side.
pub fn description() -> Description {
    Description {
        name: "slack".to_owned(),
        field: vec!["X-Slack-Signature".to_owned()],
        layout: Layout::Whole {
            prefix: "v0=".to_owned(),
            algorithm: Algorithm::Hmac(MacAlgorithm::HmacSha256),
        },
        encoding: Encoding::Hex,
        template: vec![
            Piece::Literal("v0:".to_owned()),
            Piece::Timestamp,
            Piece::Literal(":".to_owned()),
            Piece::Body,
        ],
        timestamp: Some(TimestampRule {
            source: TimestampSource::Field(vec!["X-Slack-Request-Timestamp".to_owned()]),
            unit: Unit::Seconds,
            past: Duration::from_secs(300),
            future: Duration::from_secs(300),
        }),
        id: None,
        key: KeyForm::raw(),
        body_digest: None,
    }
}
