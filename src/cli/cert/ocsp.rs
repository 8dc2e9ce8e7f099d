//! `countersign cert crl --ocsp`: responses for servers to staple.

use serde_json::{Value, json};

use super::crl::Args;
use super::directory::Session;
use super::log::{is_logged, read_certificate};
use super::revocations::{LISTS, RESPONSES, Revocations};
use crate::cert::issuance_log::Entry;
use crate::cert::{self, Fields, ResponseOptions, RevocationCause, signed_by};
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::crypto::hex;
use crate::kernel::fs::{self, Privacy, Replace};
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::Timestamp;

struct Answered {
    name: String,
    serial: String,
    revoked: Option<&'static str>,
    next_update: Timestamp,
    file: String,
}

struct ResponsesView {
    all: Vec<Answered>,
    now: Timestamp,
}

impl View for ResponsesView {
    fn human(&self, paint: &mut Paint) {
        for one in &self.all {
            match one.revoked {
                None => paint.toned(Tone::Good, "good", &format!(": {}", one.name)),
                Some(_) => paint.toned(Tone::Bad, "revoked", &format!(": {}", one.name)),
            }
            paint.field("serial", &one.serial, None);
            if let Some(reason) = one.revoked {
                paint.field("reason", reason, None);
            }
            let next = one.next_update;
            let text = format!("{next} ({})", next.relative_to(self.now));
            paint.field("next", &text, None);
            paint.field("file", &one.file, None);
        }
    }

    fn json(&self) -> Value {
        let all: Vec<Value> = self
            .all
            .iter()
            .map(|one| {
                json!({
                    "certificate": one.name,
                    "serial": one.serial,
                    "status": if one.revoked.is_some() { "revoked" } else { "good" },
                    "reason": one.revoked,
                    "next_update": one.next_update.to_string(),
                    "file": one.file,
                })
            })
            .collect();
        json!({ "schema": "countersign/ocsp-responses/v1", "responses": all })
    }
}

/// Makes a response for each certificate. One that the log does not hold was not issued here, whoever signed it, and gets none.
pub(super) fn respond(
    env: &Env,
    args: &Args,
    (session, revocations): (&mut Session, &Revocations),
) -> Result<Outcome, Failure> {
    let now = args.now(env);
    let path = session.directory.path.clone();
    let authority = session.authority().clone();
    let issuer = hex(&authority.key_id);
    let mut wanted = Vec::new();
    for file in &args.ocsp {
        let der = read_certificate(env, file)?;
        let shown = file.display();
        if !signed_by(&der, &authority.key) {
            return Err(Failure::input(format!(
                "`{shown}` is not signed by `{}`",
                authority.name
            )));
        }
        wanted.push((shown.to_string(), der));
    }
    for (shown, der) in &wanted {
        if !is_logged(session, der)? {
            return Err(Failure::input(format!("the log does not hold `{shown}`")).hint(
                "what was signed beside the log is not vouched for: `cert log audit` tells more",
            ));
        }
    }
    let folder = path.join(LISTS).join(RESPONSES);
    fs::create_directory(&folder)?;
    let mut planned = Vec::new();
    for (shown, der) in &wanted {
        let fields = Fields::of_certificate(der)
            .map_err(|_| Failure::input(format!("`{shown}` is no certificate")))?;
        let serial = fields.serial_hex();
        let revocation = revocations.of(&issuer, &serial);
        let options = ResponseOptions {
            serial: &serial,
            revocation,
            this_update: now,
            life: args.next_update,
        };
        let unsigned = cert::plan_response(&authority, &options).map_err(|error| {
            Failure::usage(error.to_string()).context("the response is not made")
        })?;
        planned.push((fields.label(), serial, revocation, unsigned));
    }
    // What is signed is logged first, as everything is.
    let entries = planned.iter();
    let entries = entries.map(|(.., unsigned)| Entry::Response(unsigned.entry.clone()));
    session.log().append(&entries.collect::<Vec<_>>())?;
    let mut all = Vec::new();
    let mut records = Vec::new();
    for (name, serial, revocation, unsigned) in planned {
        let response = cert::seal_response(&unsigned, session.signer())
            .map_err(|error| Failure::new(Kind::Secret, error.to_string()))?;
        let file = folder.join(format!("{serial}.der"));
        fs::write(&file, &response, Privacy::Shared, Replace::Always)?;
        let mut record = Verdict::new("cert.ocsp", serial.clone(), &response);
        record.actor = Some(name.clone());
        record.decision = Decision::Yes;
        records.push(record);
        let cause = revocation.and_then(|one| RevocationCause::from_code(one.reason));
        all.push(Answered {
            name,
            revoked: cause.map(RevocationCause::name),
            next_update: unsigned.next_update,
            file: file.display().to_string(),
            serial,
        });
    }
    let mut outcome = Outcome::view(ResponsesView { all, now });
    outcome.verdicts = records;
    Ok(outcome)
}
