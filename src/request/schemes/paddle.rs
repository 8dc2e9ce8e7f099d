//! Paddle's webhooks: `Paddle-Signature: ts=…;h1=…`, HMAC-SHA-256 of the time, `:` and the body, in hexadecimal.

use std::time::Duration;

use super::webhook::{
    Algorithm, Description, Encoding, KeyForm, Layout, Piece, TimestampRule, TimestampSource, Unit,
    Version,
};
use crate::kernel::crypto::MacAlgorithm;

/// The scheme. While a secret is being exchanged there are several `h1`.
pub fn description() -> Description {
    Description {
        name: "paddle".to_owned(),
        field: vec!["Paddle-Signature".to_owned()],
        layout: Layout::Listed {
            between: ';',
            assign: '=',
            versions: vec![Version {
                name: "h1".to_owned(),
                algorithm: Algorithm::Hmac(MacAlgorithm::HmacSha256),
            }],
        },
        encoding: Encoding::Hex,
        template: vec![
            Piece::Timestamp,
            Piece::Literal(":".to_owned()),
            Piece::Body,
        ],
        timestamp: Some(TimestampRule {
            source: TimestampSource::Member("ts".to_owned()),
            unit: Unit::Seconds,
            past: Duration::from_secs(300),
            future: Duration::from_secs(300),
        }),
        id: None,
        key: KeyForm::raw(),
        body_digest: None,
    }
}
