//! Webhooks that sign the body alone and write base64: Shopify, WooCommerce and Hookdeck.
//!
//! None of them signs a time, so a delivery can be replayed for ever: remember the delivery's id.

use super::webhook::{Algorithm, Description, Encoding, KeyForm, Layout, Piece};
use crate::kernel::crypto::MacAlgorithm;

/// Shopify: `X-Shopify-Hmac-SHA256`, the key is the app's client secret.
pub fn description() -> Description {
    body_in_base64("shopify", "X-Shopify-Hmac-SHA256")
}

/// WooCommerce: `X-WC-Webhook-Signature`.
pub fn woocommerce() -> Description {
    body_in_base64("woocommerce", "X-WC-Webhook-Signature")
}

/// Hookdeck: `x-hookdeck-signature`.
pub fn hookdeck() -> Description {
    body_in_base64("hookdeck", "x-hookdeck-signature")
}

fn body_in_base64(name: &str, field: &str) -> Description {
    Description {
        name: name.to_owned(),
        field: vec![field.to_owned()],
        layout: Layout::Whole {
            prefix: String::new(),
            algorithm: Algorithm::Hmac(MacAlgorithm::HmacSha256),
        },
        encoding: Encoding::Base64,
        template: vec![Piece::Body],
        timestamp: None,
        id: None,
        key: KeyForm::raw(),
        body_digest: None,
    }
}
