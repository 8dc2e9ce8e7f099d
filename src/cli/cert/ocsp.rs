//! `countersign cert crl --ocsp`: responses for servers to staple.

use serde_json::{Value, json};

use super::crl::Args;
use super::directory::{Session, plain_signer};
use super::issue::{RESPONDER, RESPONDER_KEY};
use super::log::{is_logged, read_certificate};
use super::revocations::{LISTS, RESPONSES, Revocations};
use crate::cert::issuance_log::Entry;
use crate::cert::{
    self, AuthorityCertificate, Fields, Responder, ResponseOptions, RevocationCause, Signs,
    signed_by,
};
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
    responder: Option<String>,
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
            if let Some(responder) = &one.responder {
                paint.field("signed by", responder, None);
            }
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
                    "responder": one.responder,
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
    let answering = responder(env, args, (session, revocations))?;
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
            responder: answering.as_ref().map(|(responder, _)| responder),
        };
        let unsigned = cert::plan_response(&authority, &options).map_err(|error| {
            Failure::usage(error.to_string()).context("the response is not made")
        })?;
        if unsigned.next_update < now.plus(args.next_update) {
            env.warn(&format!(
                "the response about `{shown}` counts until {} alone, when its responder's certificate ends",
                unsigned.next_update
            ));
        }
        planned.push((fields.label(), serial, revocation, unsigned));
    }
    // What is signed is logged first, as everything is.
    let entries = planned.iter();
    let entries = entries.map(|(.., unsigned)| Entry::Response(unsigned.entry.clone()));
    session.log().append(&entries.collect::<Vec<_>>())?;
    let mut all = Vec::new();
    let mut records = Vec::new();
    let signer = answering
        .as_ref()
        .map_or(session.signer(), |(_, signer)| signer.as_ref());
    for ((name, serial, revocation, unsigned), (_, der)) in planned.into_iter().zip(&wanted) {
        let response = cert::seal_response(&unsigned, signer)
            .map_err(|error| Failure::new(Kind::Secret, error.to_string()))?;
        let answered = judged(&response, der, (&authority, now))?;
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
            responder: answered.responder.map(|responder| responder.name),
            file: file.display().to_string(),
            serial,
        });
    }
    let mut outcome = Outcome::view(ResponsesView { all, now });
    outcome.verdicts = records;
    Ok(outcome)
}

/// Holds what was signed against what a client asks of it. Serving a response that nobody takes is found when it is too late.
fn judged(
    response: &[u8],
    certificate: &[u8],
    issuer: (&AuthorityCertificate, Timestamp),
) -> Result<cert::Answered, Failure> {
    cert::judge_response(response, certificate, issuer).map_err(|defect| {
        Failure::new(Kind::Output, defect.to_string())
            .context("the response that was signed does not hold")
    })
}

/// A responder and its key.
type Answering = (Responder, Box<dyn Signs>);

/// Who answers in the issuer's place, where `--responder` names somebody: certified by the issuer, logged, and not revoked,
/// which no client looks at.
fn responder(
    env: &Env,
    args: &Args,
    (session, revocations): (&mut Session, &Revocations),
) -> Result<Option<Answering>, Failure> {
    let Some(dir) = &args.responder else {
        return Ok(None);
    };
    let file = dir.join(RESPONDER);
    let cannot = format!("cannot answer with `{}`", file.display());
    let der = read_certificate(env, &file)?;
    let authority = session.authority().clone();
    let responder = Responder::read(&der, &authority, args.now(env)).map_err(|error| {
        Failure::input(error.to_string())
            .context(cannot.clone())
            .hint("`cert issue --profile ocsp --out DIR` makes one")
    })?;
    if !is_logged(session, &der)? {
        return Err(Failure::input("the log does not hold it").context(cannot));
    }
    if revocations
        .of(&hex(&authority.key_id), &responder.serial)
        .is_some()
    {
        return Err(Failure::input("it is revoked").context(cannot));
    }
    let key = dir.join(RESPONDER_KEY);
    let signer = plain_signer(env, &key, (&responder.name, &responder.key))?;
    Ok(Some((responder, signer)))
}
