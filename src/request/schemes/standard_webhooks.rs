//! Standard Webhooks 1.0: `v1` is HMAC-SHA-256, `v1a` is Ed25519, over id, time and body with `.` between them.
//!
//! The field holds a list with spaces between its members, as many as there are secrets or kinds; unknown kinds are
//! skipped. The fields are also sent as `svix-id`, `svix-timestamp` and `svix-signature`. Secrets are base64 after
//! `whsec_`, 24 to 64 bytes; private keys after `whsk_`, public ones after `whpk_`. A `.` in the id would let one
//! message be read as another, so it is refused. The body may be any bytes, and the time is signed as it was sent.

use std::time::Duration;

use super::webhook::{
    Algorithm, Description, Ed25519Prefixes, Encoding, KeyEncoding, KeyForm, Layout, Piece,
    TimestampRule, TimestampSource, Unit, Version,
};
use crate::kernel::crypto::MacAlgorithm;

/// The scheme. The time may be five minutes away on either side.
pub fn description() -> Description {
    let names = |end: &str| vec![format!("webhook-{end}"), format!("svix-{end}")];
    let version = |name: &str, algorithm| Version {
        name: name.to_owned(),
        algorithm,
    };
    Description {
        name: "standard-webhooks".to_owned(),
        field: names("signature"),
        layout: Layout::Listed {
            between: ' ',
            assign: ',',
            versions: vec![
                version("v1", Algorithm::Hmac(MacAlgorithm::HmacSha256)),
                version("v1a", Algorithm::Ed25519),
            ],
        },
        encoding: Encoding::Base64,
        template: vec![
            Piece::Id,
            Piece::Literal(".".to_owned()),
            Piece::Timestamp,
            Piece::Literal(".".to_owned()),
            Piece::Body,
        ],
        timestamp: Some(TimestampRule {
            source: TimestampSource::Field(names("timestamp")),
            unit: Unit::Seconds,
            past: Duration::from_secs(300),
            future: Duration::from_secs(300),
        }),
        id: Some(names("id")),
        key: KeyForm {
            prefix: Some("whsec_".to_owned()),
            cut: true,
            encoding: KeyEncoding::Base64,
            min: 24,
            max: 64,
            ed25519: Some(Ed25519Prefixes {
                private: "whsk_".to_owned(),
                public: "whpk_".to_owned(),
            }),
        },
        body_digest: None,
    }
}
