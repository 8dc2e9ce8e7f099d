//! Webflow's webhooks: HMAC-SHA-256 of the time in milliseconds, `:` and the body, in hexadecimal.

use std::time::Duration;

use super::webhook::{
    Algorithm, Description, Encoding, KeyForm, Layout, Piece, TimestampRule, TimestampSource, Unit,
};
use crate::kernel::crypto::MacAlgorithm;

/// The scheme.
pub fn description() -> Description {
    Description {
        name: "webflow".to_owned(),
        field: vec!["x-webflow-signature".to_owned()],
        layout: Layout::Whole {
            prefix: "".to_owned(),
            algorithm: Algorithm::Hmac(MacAlgorithm::HmacSha256),
        },
        encoding: Encoding::Hex,
        template: vec![
            Piece::Timestamp,
            Piece::Literal(":".to_owned()),
            Piece::Body,
        ],
        timestamp: Some(TimestampRule {
            source: TimestampSource::Field(vec!["x-webflow-timestamp".to_owned()]),
            unit: Unit::Milliseconds,
            past: Duration::from_secs(300),
            future: Duration::from_secs(300),
        }),
        id: None,
        key: KeyForm::raw(),
        body_digest: None,
    }
}
