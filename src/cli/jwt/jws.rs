//! `jwt verify --jws`: the signatures over a payload that is no token.

use std::path::Path;

use serde_json::{Value, json};

use super::judge::Judge;
use super::view::{keys_json, keys_of, told};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::jwt::{Expectations, Jws, JwsError, JwsSignature, Reason, SignatureVerdict, Trial};
use crate::kernel::record::{Decision, Verdict};

struct JwsView {
    place: String,
    payload_bytes: usize,
    /// Each signature with its verdict; an error where the text is no JWS.
    signatures: Result<Vec<(JwsSignature, SignatureVerdict)>, JwsError>,
}

/// Judges every signature. One must be valid, and none that a key was tried for may be wrong.
pub(super) fn run(
    env: &Env,
    judge: &Judge,
    asked: (&str, Option<&Path>),
) -> Result<Outcome, Failure> {
    let mut nothing = Expectations::at(judge.expected.now);
    nothing.leeway = judge.expected.leeway;
    if judge.expected != nothing || judge.remembers() {
        return Err(
            Failure::usage("with `--jws` no claim is judged and nothing is remembered")
                .hint("leave `--jws` out to verify a token, or the demands on its claims"),
        );
    }
    let (argument, payload) = asked;
    let (text, place) = super::raw(env, argument)?;
    if text.trim().is_empty() {
        return Err(Failure::new(Kind::Nothing, "the input holds no JWS"));
    }
    let payload = match payload {
        Some(path) => Some(env.source(path)?),
        None => None,
    };
    let detached = payload.as_ref().map(|source| source.bytes());
    let view = match Jws::parse(&text, detached) {
        Err(error @ JwsError::PayloadNeeded) => {
            return Err(Failure::usage(error.to_string()).hint("give it with `--payload FILE`"));
        }
        Err(error @ JwsError::TwoPayloads) => {
            return Err(Failure::usage(error.to_string()).hint("leave `--payload` out"));
        }
        Err(error) => JwsView {
            place,
            payload_bytes: 0,
            signatures: Err(error),
        },
        Ok(jws) => {
            let verdicts = jws.check(
                &judge.keys.keys,
                Trial::of(&judge.expected, &judge.accepted),
            );
            JwsView {
                place,
                payload_bytes: jws.payload.len(),
                signatures: Ok(jws.signatures.into_iter().zip(verdicts).collect()),
            }
        }
    };
    let mut record = Verdict::new("jwt.verify-jws", "jws", text.as_bytes());
    let (exit, decision) = if view.accepted() {
        (ExitCode::Yes, Decision::Yes)
    } else {
        (ExitCode::No, Decision::No)
    };
    record.decision = decision;
    record.reasons = view.reasons().into_iter().map(str::to_owned).collect();
    Ok(Outcome::verdict(exit, view, record))
}

impl JwsView {
    fn each(&self) -> &[(JwsSignature, SignatureVerdict)] {
        self.signatures.as_deref().unwrap_or_default()
    }

    fn accepted(&self) -> bool {
        let mut all = self.each().iter();
        let wrong = all
            .clone()
            .any(|(_, verdict)| matches!(verdict, SignatureVerdict::Invalid { .. }));
        !wrong && all.any(|(_, verdict)| matches!(verdict, SignatureVerdict::Valid { .. }))
    }

    fn reasons(&self) -> Vec<&'static str> {
        if self.signatures.is_err() {
            return vec![Reason::Malformed.code()];
        }
        if self.accepted() {
            return Vec::new();
        }
        let reasons = self
            .each()
            .iter()
            .filter_map(|(_, verdict)| verdict.reason());
        let mut codes: Vec<&str> = reasons.map(Reason::code).collect();
        codes.dedup();
        codes
    }
}

impl View for JwsView {
    fn human(&self, paint: &mut Paint) {
        let rest = match &self.signatures {
            Err(error) => format!(": what was found in {} is no JWS: {error}", self.place),
            Ok(_) => format!(
                ": the JWS found in {}, over {} bytes; claims are not judged",
                self.place, self.payload_bytes
            ),
        };
        if self.accepted() {
            paint.toned(Tone::Good, "accepted", &rest);
        } else {
            paint.toned(Tone::Bad, "refused", &rest);
        }
        for (signature, verdict) in self.each() {
            let (text, tone) = told(verdict);
            paint.field("signature", &text, Some(tone));
            for line in keys_of(verdict) {
                paint.field("", &line, Some(Tone::Dim));
            }
            if !signature.algorithm_is_protected {
                let text = "`alg` is not protected: it was not signed with the rest";
                paint.field("", text, Some(Tone::Warn));
            }
        }
        for code in self.reasons() {
            paint.field("reason", code, None);
        }
    }

    fn json(&self) -> Value {
        let signatures: Vec<Value> = self
            .each()
            .iter()
            .map(|(signature, verdict)| {
                let (text, tone) = told(verdict);
                json!({
                    "ok": tone == Tone::Good,
                    "text": text,
                    "algorithm": signature.algorithm,
                    "algorithm_is_protected": signature.algorithm_is_protected,
                    "key_id": signature.text("kid"),
                    "keys": keys_json(verdict),
                })
            })
            .collect();
        json!({
            "schema": "countersign/jws-verdict/v1",
            "accepted": self.accepted(),
            "reasons": self.reasons(),
            "error": self.signatures.as_ref().err().map(ToString::to_string),
            "payload_bytes": self.payload_bytes,
            "signatures": signatures,
        })
    }
}
