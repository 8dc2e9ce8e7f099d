//! Stripe's webhooks: `Stripe-Signature: t=…,v1=…`, HMAC-SHA-256 of the time, `.` and the body, in hexadecimal.
//!
//! The endpoint's secret is used as it is shown, `whsec_` included and not decoded. While a secret is rolled there are
//! several `v1`; `v0` belongs to test events and is skipped. Stripe's own libraries accept any time in the future
//! (stripe-dotnet #1183); here it may be five minutes away on either side.

use std::time::Duration;

use super::webhook::{
    Algorithm, Description, Encoding, KeyForm, Layout, Piece, TimestampRule, TimestampSource, Unit,
    Version,
};
use crate::kernel::crypto::MacAlgorithm;

/// The scheme.
pub fn description() -> Description {
    Description {
        name: "stripe".to_owned(),
        field: vec!["Stripe-Signature".to_owned()],
        layout: Layout::Listed {
            between: ',',
            assign: '=',
            versions: vec![Version {
                name: "v1".to_owned(),
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
            past: Duration::from_secs(300),
            future: Duration::from_secs(300),
        }),
        id: None,
        key: KeyForm {
            prefix: Some("whsec_".to_owned()),
            ..KeyForm::raw()
        },
        body_digest: None,
    }
}
