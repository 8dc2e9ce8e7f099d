//! GitHub's webhooks: HMAC-SHA-256 of the body in `X-Hub-Signature-256`, hexadecimal behind `sha256=`.
//!
//! There is no time and no id in what is signed, so a delivery can be replayed for ever: remember
//! `X-GitHub-Delivery`. `X-Hub-Signature`, the older field, holds HMAC-SHA-1 and is not looked at.

use super::webhook::{Algorithm, Description, Encoding, KeyForm, Layout, Piece};
use crate::kernel::crypto::MacAlgorithm;

/// The scheme.
pub fn description() -> Description {
    Description {
        name: "github".to_owned(),
        field: vec!["X-Hub-Signature-256".to_owned()],
        layout: Layout::Whole {
            prefix: "sha256=".to_owned(),
            algorithm: Algorithm::Hmac(MacAlgorithm::HmacSha256),
        },
        encoding: Encoding::Hex,
        template: vec![Piece::Body],
        timestamp: None,
        id: None,
        key: KeyForm::raw(),
        body_digest: None,
    }
}
