//! SendGrid's event webhooks: ECDSA on P-256 over the time and the body, DER in base64.
//!
//! SendGrid shows its public key as SubjectPublicKeyInfo in base64 without the lines of a PEM; both are taken.

use std::time::Duration;

use super::webhook::{
    Algorithm, Description, Encoding, KeyForm, Layout, Piece, TimestampRule, TimestampSource, Unit,
};

/// The scheme.
pub fn description() -> Description {
    let field = |end: &str| format!("X-Twilio-Email-Event-Webhook-{end}");
    Description {
        name: "sendgrid".to_owned(),
        field: vec![field("Signature")],
        layout: Layout::Whole {
            prefix: "".to_owned(),
            algorithm: Algorithm::EcdsaP256,
        },
        encoding: Encoding::Base64,
        template: vec![Piece::Timestamp, Piece::Body],
        timestamp: Some(TimestampRule {
            source: TimestampSource::Field(vec![field("Timestamp")]),
            unit: Unit::Seconds,
            past: Duration::from_secs(300),
            future: Duration::from_secs(300),
        }),
        id: None,
        key: KeyForm::raw(),
        body_digest: None,
    }
}
