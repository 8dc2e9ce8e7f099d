//! A signed message: `countersign/signed-request/v1`.

use serde_json::{Value, json};

use crate::cli::outcome::View;
use crate::cli::paint::Paint;

/// A signed message.
pub(in crate::cli::request) struct SignedView {
    pub(in crate::cli::request) message: Vec<u8>,
    pub(in crate::cli::request) fields: Vec<String>,
    pub(in crate::cli::request) base: String,
}

impl View for SignedView {
    fn human(&self, paint: &mut Paint) {
        for field in &self.fields {
            paint.line(field);
        }
    }

    fn json(&self) -> Value {
        json!({
            "schema": "countersign/signed-request/v1",
            "message": String::from_utf8_lossy(&self.message),
            "fields": self.fields,
            "signature_base": self.base,
        })
    }
}
