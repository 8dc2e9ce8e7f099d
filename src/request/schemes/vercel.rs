//! Vercel's webhooks: HMAC-SHA-1 of the body in `x-vercel-signature`, hexadecimal. For verification only.

use super::webhook::{Algorithm, Description, Encoding, KeyForm, Layout, Piece};
use crate::kernel::crypto::MacAlgorithm;

/// The scheme.
pub fn description() -> Description {
    Description {
        name: "vercel".to_owned(),
        field: vec!["x-vercel-signature".to_owned()],
        layout: Layout::Whole {
            prefix: "".to_owned(),
            algorithm: Algorithm::Hmac(MacAlgorithm::HmacSha1Legacy),
        },
        encoding: Encoding::Hex,
        template: vec![Piece::Body],
        timestamp: None,
        id: None,
        key: KeyForm::raw(),
        body_digest: None,
    }
}
