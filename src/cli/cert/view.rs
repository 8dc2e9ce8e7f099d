//! How certificates and verdicts about them look: `countersign/authority/v1`, `countersign/issued-certificate/v1`,
//! `countersign/chain-verdict/v1`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::cert::{Certificate, Reason, SpiffeId, SvidVerdict};
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

fn certificate_json(certificate: &Certificate) -> Value {
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

/// A verdict about a chain.
pub(super) struct VerdictView {
    pub(super) name: String,
    pub(super) accepted: bool,
    pub(super) malformed: Option<String>,
    pub(super) leaf: Option<Certificate>,
    pub(super) verdict: Option<SvidVerdict>,
    pub(super) now: Timestamp,
}

impl VerdictView {
    fn reasons(&self) -> Vec<Reason> {
        match &self.verdict {
            Some(verdict) => verdict.reasons(),
            None => vec![Reason::Malformed],
        }
    }
}

impl View for VerdictView {
    fn human(&self, paint: &mut Paint) {
        let rest = format!(": {}, judged at {}", self.name, self.now);
        if self.accepted {
            paint.toned(Tone::Good, "accepted", &rest);
        } else {
            paint.toned(Tone::Bad, "refused", &rest);
        }
        if let Some(problem) = &self.malformed {
            paint.field("chain", problem, Some(Tone::Bad));
        }
        if let Some(verdict) = &self.verdict {
            let id = verdict
                .spiffe_id
                .as_ref()
                .map_or_else(|| "(none)".to_owned(), SpiffeId::to_string);
            paint.field("identity", &id, None);
            if !verdict.path.is_empty() {
                paint.field("path", &verdict.path.join(" <- "), Some(Tone::Good));
            }
            if let Some(leaf) = &self.leaf {
                let until = leaf.not_after;
                let text = format!(
                    "{} to {until} ({})",
                    leaf.not_before,
                    until.relative_to(self.now)
                );
                paint.field("valid", &text, None);
            }
            for problem in &verdict.problems {
                let text = format!("{}: {}", problem.certificate, problem.detail);
                paint.field("problem", &text, Some(Tone::Bad));
            }
            for remark in &verdict.remarks {
                paint.field("remark", remark, Some(Tone::Warn));
            }
        }
        let reasons = if self.accepted {
            Vec::new()
        } else {
            self.reasons()
        };
        for reason in &reasons {
            let page = reason.page();
            paint.field("reason", &format!("{}: {}", page.code, page.title), None);
        }
        if let Some(first) = reasons.first() {
            paint.field(
                "more",
                &format!("countersign explain {}", first.code()),
                Some(Tone::Dim),
            );
        }
    }

    fn json(&self) -> Value {
        let reasons: Vec<&str> = if self.accepted {
            Vec::new()
        } else {
            self.reasons().into_iter().map(Reason::code).collect()
        };
        let verdict = self.verdict.as_ref();
        let problems: Vec<Value> = verdict
            .iter()
            .flat_map(|verdict| &verdict.problems)
            .map(|problem| {
                json!({
                    "reason": problem.reason.code(),
                    "certificate": problem.certificate,
                    "detail": problem.detail,
                })
            })
            .collect();
        json!({
            "schema": "countersign/chain-verdict/v1",
            "input": self.name,
            "accepted": self.accepted,
            "reasons": reasons,
            "judged_at": self.now.to_string(),
            "spiffe_id": verdict.and_then(|verdict| verdict.spiffe_id.as_ref()).map(SpiffeId::to_string),
            "path": verdict.map(|verdict| verdict.path.clone()),
            "leaf": self.leaf.as_ref().map(certificate_json),
            "problems": problems,
            "remarks": verdict.map(|verdict| verdict.remarks.clone()),
            "malformed": self.malformed,
        })
    }
}
