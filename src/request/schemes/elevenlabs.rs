//! ElevenLabs' webhooks: `ElevenLabs-Signature: t=…,v0=…`, HMAC-SHA-256 of the time, `.` and the body.

use std::time::Duration;

use super::webhook::{
    Algorithm, Description, Encoding, KeyForm, Layout, Piece, TimestampRule, TimestampSource, Unit,
    Version,
};
use crate::kernel::crypto::MacAlgorithm;

/// The scheme. ElevenLabs allows half an hour; the future is allowed five minutes.
pub fn description() -> Description {
    Description {
        name: "elevenlabs".to_owned(),
        field: vec!["ElevenLabs-Signature".to_owned()],
        layout: Layout::Listed {
            between: ',',
            assign: '=',
            versions: vec![Version {
                name: "v0".to_owned(),
                algorithm: Algorithm::Hmac(MacAlgorithm::HmacSha256),
            }],
        },
        encoding: Encoding::Hex,
        template: vec![
            Piece::Timestamp,
            Piece::Literal(".".to_owned()),
            Piece::Body,
        ],
        timestamp: Some(TimestampRule {
            source: TimestampSource::Member("t".to_owned()),
            unit: Unit::Seconds,
            past: Duration::from_secs(1800),
            future: Duration::from_secs(300),
        }),
        id: None,
        key: KeyForm::raw(),
        body_digest: None,
    }
}
