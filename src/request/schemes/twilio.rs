//! Twilio's requests: HMAC-SHA-1 of the URL and the sorted parameters of a form, in base64. For verification only.
//!
//! Of a body that is no form nothing is signed but its SHA-256, which stands in the URL as `bodySHA256`. Twilio signs the
//! URL that it calls, sometimes with a port that the receiver does not see and sometimes without, so both are tried.

use super::webhook::{Algorithm, Description, Encoding, KeyForm, Layout, Piece};
use crate::kernel::crypto::MacAlgorithm;

/// The scheme.
pub fn description() -> Description {
    Description {
        name: "twilio".to_owned(),
        field: vec!["X-Twilio-Signature".to_owned()],
        layout: Layout::Whole {
            prefix: "".to_owned(),
            algorithm: Algorithm::Hmac(MacAlgorithm::HmacSha1Legacy),
        },
        encoding: Encoding::Base64,
        template: vec![Piece::Url, Piece::Form],
        timestamp: None,
        id: None,
        key: KeyForm::raw(),
        body_digest: Some("bodySHA256".to_owned()),
    }
}

/// The URLs that may have been signed for a scheme, an authority and a target: as they are, then with the port added
/// or removed.
pub fn urls(scheme: &str, authority: &str, target: &str) -> Vec<String> {
    let url = |authority: &str| format!("{scheme}://{authority}{target}");
    let bracket = authority.rfind(']').unwrap_or(0);
    let port = authority.rfind(':').filter(|colon| *colon > bracket);
    let other = match port {
        Some(colon) => authority.get(..colon).unwrap_or(authority).to_owned(),
        None => {
            let default = if scheme == "https" { 443 } else { 80 };
            format!("{authority}:{default}")
        }
    };
    vec![url(authority), url(&other)]
}
