//! How what an authority makes looks: `countersign/authority/v1`, `countersign/issued-certificate/v1`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cert::Certificate;
use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::kernel::time::{Timestamp, humanize};

/// A new authority.
pub(super) struct AuthorityView {
    pub(super) dir: String,
    pub(super) trust_domain: String,
    pub(super) max_ttl: Duration,
    pub(super) encrypted: bool,
    pub(super) root: Certificate,
    pub(super) issuing: Certificate,
    pub(super) files: [&'static str; 4],
}

impl View for AuthorityView {
    fn human(&self, paint: &mut Paint) {
        let rest = format!(": the authority of `{}` in {}", self.trust_domain, self.dir);
        paint.toned(Tone::Good, "made", &rest);
        for (label, certificate) in [("root", &self.root), ("issuing", &self.issuing)] {
            let text = format!("{}, until {}", certificate.subject, certificate.not_after);
            paint.field(label, &text, None);
        }
        paint.field(
            "issues for",
            &format!("at most {}", humanize(self.max_ttl)),
            None,
        );
        if self.encrypted {
            paint.field("keys", "encrypted", Some(Tone::Good));
        } else {
            paint.field("keys", "NOT ENCRYPTED", Some(Tone::Bad));
        }
        paint.field("files", &self.files.join(" "), None);
        paint
            .line("next: move `root.key.pem` to a place that is offline; issuing does not need it");
    }

    fn json(&self) -> Value {
        json!({
            "schema": "countersign/authority/v1",
            "directory": self.dir,
            "trust_domain": self.trust_domain,
            "max_ttl_seconds": self.max_ttl.as_secs(),
            "keys_encrypted": self.encrypted,
            "root": certificate_json(&self.root),
            "issuing": certificate_json(&self.issuing),
            "files": self.files,
        })
    }
}

/// A new leaf.
pub(super) struct IssuedView {
    pub(super) leaf: Certificate,
    pub(super) now: Timestamp,
    pub(super) files: [String; 3],
}

impl View for IssuedView {
    fn human(&self, paint: &mut Paint) {
        paint.toned(Tone::Good, "issued", &format!(": {}", self.leaf.name()));
        let until = self.leaf.not_after;
        paint.field(
            "until",
            &format!("{until} ({})", until.relative_to(self.now)),
            None,
        );
        paint.field("serial", &self.leaf.serial, None);
        paint.field("files", &self.files.join(" "), None);
    }

    fn json(&self) -> Value {
        json!({
            "schema": "countersign/issued-certificate/v1",
            "certificate": certificate_json(&self.leaf),
            "files": self.files,
        })
    }
}

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
