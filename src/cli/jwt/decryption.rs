//! `--decrypt-key`: encrypted tokens are opened before the signed one inside is judged.

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use crate::cli::args::{KeyReading, SecretArg};
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::View;
use crate::cli::paint::{Paint, Tone};
use crate::jwt::jwe::{self, Decrypted, Fate, Refusal, UnsealError};
use crate::kernel::key::{Expected, Key};
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::Timestamp;

/// The keys that decrypt.
#[derive(Debug, Default, ClapArgs)]
pub(super) struct Decryption {
    /// Where the private key, secret or password is that an encrypted token is opened with, written as `--key` is; repeat
    /// for several. The signed token inside is what is judged
    #[arg(long, value_name = "REF", allow_hyphen_values = true)]
    decrypt_key: Vec<SecretArg>,
}

impl Decryption {
    /// Whether a key was named.
    pub(super) fn is_given(&self) -> bool {
        !self.decrypt_key.is_empty()
    }

    /// The keys; none if none was named.
    pub(super) fn keys(&self, env: &Env, reading: &KeyReading) -> Result<Vec<Key>, Failure> {
        if !self.is_given() {
            return Ok(Vec::new());
        }
        let loaded = env.keys(&self.decrypt_key, reading, Expected::Decryption)?;
        Ok(loaded.keys)
    }
}

/// How a message was opened, in words.
pub(super) fn describe(layer: &Decrypted) -> String {
    format!(
        "decrypted with the key {} ({}, {})",
        layer.key, layer.management, layer.encryption
    )
}

/// An encrypted token that gives no signed one: refused, with the step that failed.
pub(super) struct ClosedView {
    pub(super) place: String,
    pub(super) now: Timestamp,
    pub(super) error: UnsealError,
}

impl ClosedView {
    /// Whether the token is known to be bad: an algorithm that this build leaves out says nothing about it.
    fn is_refused(&self) -> bool {
        let UnsealError::Closed(closed) = &self.error else {
            return true;
        };
        let mut refusals = closed.attempts.iter().map(|attempt| &attempt.refusal);
        !refusals.any(|refusal| matches!(refusal, Refusal::NotBuilt(_)))
    }

    /// How the command ends.
    pub(super) fn exit(&self) -> ExitCode {
        match self.is_refused() {
            true => ExitCode::No,
            false => ExitCode::CannotAnswer,
        }
    }

    /// The decision record of the refusal.
    pub(super) fn record(&self, token: &[u8]) -> Verdict {
        let mut record = Verdict::new("jwt.verify", "token", token);
        record.reasons = vec![self.error.reason().code().to_owned()];
        record.decision = match self.is_refused() {
            true => Decision::No,
            false => Decision::Unknown,
        };
        record
    }
}

fn attempts(error: &UnsealError) -> impl Iterator<Item = &(String, Fate)> {
    let attempts = match error {
        UnsealError::Closed(closed) => closed.attempts.as_slice(),
        _ => &[],
    };
    attempts.iter().flat_map(|attempt| &attempt.keys)
}

/// What became of each key, a line each.
pub(super) fn fates(error: &UnsealError) -> impl Iterator<Item = String> {
    attempts(error).map(|(name, fate)| match fate {
        Fate::Tried => format!("key {name}: tried, it does not open"),
        Fate::Skipped(reason) => format!("key {name}: passed over: {reason}"),
    })
}

impl View for ClosedView {
    fn human(&self, paint: &mut Paint) {
        let rest = format!(
            ": the token found in {}, judged at {}",
            self.place, self.now
        );
        match self.is_refused() {
            true => paint.toned(Tone::Bad, "refused", &rest),
            false => paint.toned(Tone::Unverified, "not decided", &rest),
        }
        paint.field("encryption", &self.error.to_string(), Some(Tone::Bad));
        for line in fates(&self.error) {
            paint.field("", &line, Some(Tone::Dim));
        }
        paint.field("signature", "NOT CHECKED", Some(Tone::Bad));
        let page = self.error.reason().page();
        paint.field("reason", &format!("{}: {}", page.code, page.title), None);
        let more = format!("countersign explain {}", page.code);
        paint.field("more", &more, Some(Tone::Dim));
    }

    fn json(&self) -> Value {
        let keys: Vec<Value> = attempts(&self.error)
            .map(|(name, fate)| {
                let skipped = match fate {
                    Fate::Tried => None,
                    Fate::Skipped(reason) => Some(reason.to_string()),
                };
                json!({"key": name, "tried": skipped.is_none(), "passed_over": skipped})
            })
            .collect();
        let nothing: [Value; 0] = [];
        json!({
            "schema": "countersign/token-verdict/v1",
            "accepted": false,
            "reasons": [self.error.reason().code()],
            "judged_at": self.now.to_string(),
            "signature": {
                "ok": false,
                "text": format!("NOT CHECKED: {}", self.error),
                "keys": keys,
            },
            "checks": nothing,
            "issuer_checked": false,
            "cause": null,
            "hint": null,
            "claims": null,
            "advice": nothing,
        })
    }
}

/// Opens an encrypted token; a signed one stays as it is.
pub(super) fn open(token: &str, keys: &[Key]) -> Result<(String, Vec<Decrypted>), UnsealError> {
    if !jwe::is_encrypted(token) {
        return Ok((token.to_owned(), Vec::new()));
    }
    let unsealed = jwe::unseal(token, keys, &jwe::Limits::default())?;
    Ok((unsealed.token, unsealed.layers))
}
