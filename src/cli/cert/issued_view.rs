//! How new authorities and certificates look: `countersign/authority/v1`, `countersign/issued-certificate/v1`,
//! `countersign/issued-certificates/v1`.

use std::time::Duration;

use serde_json::{Value, json};

use super::view::certificate_json;
use crate::cert::Certificate;
use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::kernel::time::{Timestamp, humanize};

/// A new authority.
pub(super) struct AuthorityView {
    pub(super) dir: String,
    pub(super) trust_domain: String,
    pub(super) max_ttl: Option<Duration>,
    pub(super) encrypted: bool,
    pub(super) permitted: Vec<String>,
    pub(super) excluded: Vec<String>,
    pub(super) root: Certificate,
    pub(super) issuing: Certificate,
    pub(super) log: String,
    pub(super) files: Vec<&'static str>,
}

impl View for AuthorityView {
    fn human(&self, paint: &mut Paint) {
        let rest = format!(": the authority of `{}` in {}", self.trust_domain, self.dir);
        paint.toned(Tone::Good, "made", &rest);
        for (label, certificate) in [("root", &self.root), ("issuing", &self.issuing)] {
            let text = format!("{}, until {}", certificate.subject, certificate.not_after);
            paint.field(label, &text, None);
        }
        if let Some(ttl) = self.max_ttl {
            let text = format!("at most {}", humanize(ttl));
            paint.field("issues for", &text, None);
        }
        for (label, list) in [("permitted", &self.permitted), ("excluded", &self.excluded)] {
            if !list.is_empty() {
                paint.field(label, &list.join(" "), None);
            }
        }
        if self.encrypted {
            paint.field("keys", "encrypted", Some(Tone::Good));
        } else {
            paint.field("keys", "NOT ENCRYPTED", Some(Tone::Bad));
        }
        paint.field("log", &self.log, None);
        paint.field("files", &self.files.join(" "), None);
        paint
            .line("next: move `root.key.pem` to a place that is offline; issuing does not need it");
    }

    fn json(&self) -> Value {
        json!({
            "schema": "countersign/authority/v1",
            "directory": self.dir,
            "trust_domain": self.trust_domain,
            "max_ttl_seconds": self.max_ttl.map(|ttl| ttl.as_secs()),
            "keys_encrypted": self.encrypted,
            "permitted": self.permitted,
            "excluded": self.excluded,
            "root": certificate_json(&self.root),
            "issuing": certificate_json(&self.issuing),
            "log_key": self.log,
            "files": self.files,
        })
    }
}

/// Where an entry stands in the log.
#[derive(Debug, Clone)]
pub(super) struct Logged {
    pub(super) index: u64,
    pub(super) size: u64,
    pub(super) root: String,
}

impl Logged {
    pub(super) fn json(&self) -> Value {
        json!({ "index": self.index, "size": self.size, "root": self.root })
    }
}

/// A new certificate.
pub(super) struct IssuedView {
    pub(super) profile: &'static str,
    pub(super) certificate: Certificate,
    pub(super) names: Vec<String>,
    pub(super) dropped: Vec<String>,
    pub(super) logged: Logged,
    pub(super) now: Timestamp,
    pub(super) files: Vec<String>,
}

impl View for IssuedView {
    fn human(&self, paint: &mut Paint) {
        let name = self.certificate.name();
        paint.toned(Tone::Good, "issued", &format!(": {name}"));
        let others: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let others: Vec<&str> = others.into_iter().filter(|other| *other != name).collect();
        if !others.is_empty() {
            paint.field("names", &others.join(" "), None);
        }
        let until = self.certificate.not_after;
        let text = format!("{until} ({})", until.relative_to(self.now));
        paint.field("until", &text, None);
        paint.field("serial", &self.certificate.serial, None);
        for dropped in &self.dropped {
            paint.field("dropped", dropped, Some(Tone::Warn));
        }
        let text = format!("entry {} of {}", self.logged.index, self.logged.size);
        paint.field("logged", &text, None);
        paint.field("files", &self.files.join(" "), None);
    }

    fn json(&self) -> Value {
        json!({
            "schema": "countersign/issued-certificate/v1",
            "profile": self.profile,
            "certificate": certificate_json(&self.certificate),
            "names": self.names,
            "dropped": self.dropped,
            "log": self.logged.json(),
            "files": self.files,
        })
    }
}

/// Many new certificates.
pub(super) struct BulkView {
    pub(super) issued: usize,
    pub(super) kept: usize,
    pub(super) skipped: usize,
    pub(super) out: String,
    pub(super) size: u64,
    pub(super) root: String,
}

impl View for BulkView {
    fn human(&self, paint: &mut Paint) {
        let rest = format!(": {} certificates in {}", self.issued, self.out);
        paint.toned(Tone::Good, "issued", &rest);
        if self.kept > 0 {
            paint.field("kept", &format!("{} that were there", self.kept), None);
        }
        if self.skipped > 0 {
            let text = format!("{} documents that are no ServiceAccount", self.skipped);
            paint.field("left out", &text, Some(Tone::Dim));
        }
        paint.field("logged", &format!("{} entries in the log", self.size), None);
    }

    fn json(&self) -> Value {
        json!({
            "schema": "countersign/issued-certificates/v1",
            "issued": self.issued,
            "kept": self.kept,
            "left_out": self.skipped,
            "directory": self.out,
            "log": { "size": self.size, "root": self.root },
        })
    }
}
