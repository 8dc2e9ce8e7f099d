//! How a certificate looks wherever one is told in short.

use serde_json::{Value, json};

use crate::cert::Certificate;

/// A certificate in short.
pub(super) fn certificate_json(certificate: &Certificate) -> Value {
    json!({
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "serial": certificate.serial,
        "not_before": certificate.not_before.to_string(),
        "not_after": certificate.not_after.to_string(),
        "uris": certificate.uris,
        "dns_names": certificate.dns_names,
        "authority": certificate.is_authority,
        "sha256": certificate.fingerprint(),
    })
}
