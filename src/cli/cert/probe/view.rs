//! How what a server offers looks: `countersign/tls-probe/v1`.

use serde_json::{Value, json};

use super::super::view::certificate_json;
use super::wire::Met;
use crate::cert::probe::{ClientAuth, Observed, Suite, TlsVersion};
use crate::cert::{Certificate, ChainVerdict, Name, SpiffeId};
use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::kernel::time::Timestamp;

/// What a server offers.
pub(super) struct ProbeView {
    pub(super) target: String,
    pub(super) address: String,
    pub(super) observed: Observed,
    pub(super) met: Met,
    pub(super) chain: Vec<Certificate>,
    pub(super) judged: Option<ChainVerdict>,
    pub(super) shortfalls: Vec<String>,
    pub(super) now: Timestamp,
}

impl ProbeView {
    fn versions(&self) -> Vec<&'static str> {
        self.observed
            .versions
            .iter()
            .map(|version| version.name())
            .collect()
    }

    /// The authorities whose certificates the server takes, in words.
    fn accepted(&self) -> Vec<String> {
        let names = self.met.accepted.iter();
        names
            .map(|der| {
                Name::of_der(der).map_or_else(|| "(unreadable)".to_owned(), |name| name.to_string())
            })
            .collect()
    }
}

impl View for ProbeView {
    fn human(&self, paint: &mut Paint) {
        let rest = format!(
            ": {} ({}), TLS 1.3 alone and a certificate of every client wanted",
            self.target, self.address
        );
        if self.shortfalls.is_empty() {
            paint.toned(Tone::Good, "passed", &rest);
        } else {
            paint.toned(Tone::Bad, "fell short", &rest);
        }
        for version in TlsVersion::ALL {
            let taken = self.observed.versions.contains(&version);
            let (word, tone) = match (taken, version) {
                (true, TlsVersion::Tls13) => ("taken", Tone::Good),
                (true, _) => ("TAKEN", Tone::Bad),
                (false, _) => ("not taken", Tone::Dim),
            };
            paint.field(version.name(), word, Some(tone));
        }
        if !self.observed.groups.is_empty() {
            paint.field("groups", &self.observed.groups.join(", "), None);
        }
        for suite in &self.observed.suites {
            let (word, tone) = match suite {
                suite if suite.is_open() => (": does not protect", Some(Tone::Bad)),
                suite if suite.is_weak() => (": weak", Some(Tone::Warn)),
                _ => ("", None),
            };
            let text = format!("{} {}{word}", suite.version, suite.name);
            paint.field("suite", &text, tone);
        }
        for version in &self.observed.unfinished {
            let text = format!("of {version} there may be more: the server stopped answering");
            paint.field("suite", &text, Some(Tone::Warn));
        }
        if let Some(agreed) = &self.met.agreed {
            paint.field("handshake", agreed, None);
        }
        let (word, tone) = match self.observed.client_auth {
            Some(ClientAuth::Required) => ("required", Tone::Good),
            Some(other) => (other.name(), Tone::Bad),
            None => ("not known", Tone::Warn),
        };
        paint.field("client cert", word, Some(tone));
        for name in self.accepted() {
            paint.field("accepts", &name, None);
        }
        for certificate in &self.chain {
            let until = certificate.not_after;
            let text = format!(
                "{}, until {until} ({})",
                certificate.name(),
                until.relative_to(self.now)
            );
            paint.field("chain", &text, None);
        }
        match &self.judged {
            Some(verdict) if verdict.is_accepted() => {
                paint.field("verified", &verdict.path.join(" <- "), Some(Tone::Good))
            }
            Some(_) => {}
            None => paint.field("signature", "NOT VERIFIED (no --bundle)", Some(Tone::Warn)),
        }
        if let Some(failure) = &self.met.failure {
            paint.field("ended", failure, Some(Tone::Warn));
        }
        for shortfall in &self.shortfalls {
            paint.field("shortfall", shortfall, Some(Tone::Bad));
        }
    }

    fn json(&self) -> Value {
        let judged = self.judged.as_ref();
        json!({
            "schema": "countersign/tls-probe/v1",
            "target": self.target,
            "address": self.address,
            "passed": self.shortfalls.is_empty(),
            "versions": self.versions(),
            "groups": self.observed.groups,
            "cipher_suites": self.observed.suites.iter().map(suite_json).collect::<Vec<_>>(),
            "cipher_suites_complete": self.observed.unfinished.is_empty(),
            "handshake": self.met.agreed,
            "client_certificate": self.observed.client_auth.map(ClientAuth::name),
            "accepted_authorities": self.accepted(),
            "chain": self.chain.iter().map(certificate_json).collect::<Vec<_>>(),
            "chain_verified": judged.map(ChainVerdict::is_accepted),
            "spiffe_id": judged.and_then(|verdict| verdict.spiffe_id.as_ref()).map(SpiffeId::to_string),
            "reasons": judged.map(|verdict| verdict.reasons().into_iter().map(|reason| reason.code()).collect::<Vec<_>>()),
            "failure": self.met.failure,
            "shortfalls": self.shortfalls,
        })
    }
}

fn suite_json(suite: &Suite) -> Value {
    json!({
        "version": suite.version.name(),
        "number": format!("0x{:04x}", suite.number),
        "name": suite.name,
        "weak": suite.is_weak(),
    })
}
