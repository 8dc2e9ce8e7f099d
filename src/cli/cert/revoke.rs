//! `countersign cert revoke`.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::directory::{Access, Session};
use super::log::read_certificate;
use super::revocations::{Revocations, key_id};
use crate::cert::issuance_log::Revocation;
use crate::cert::{Certificate, Fields, RevocationCause, signed_by};
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::crypto::hex;
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::Timestamp;

/// Revoke a certificate
///
/// The revocation is logged. Nobody knows of it before `cert crl` makes a new list, and the list reaches the verifiers.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert revoke --ca ca svid/svid.pem --reason key-compromise --invalid-since 2026-11-22T08:00:00Z
  countersign cert revoke --ca ca svid/svid.pem --reason remove-from-crl

Exit codes: 0 revoked, 2 cannot revoke")]
pub(crate) struct Args {
    #[command(flatten)]
    access: Access,
    /// The certificate (PEM, the first of a chain; or DER)
    certificate: PathBuf,
    /// Why: key-compromise, superseded, cessation-of-operation, privilege-withdrawn, affiliation-changed, ca-compromise,
    /// certificate-hold, or remove-from-crl to end a hold
    #[arg(long, value_name = "REASON", default_value = "unspecified", value_parser = cause)]
    reason: RevocationCause,
    /// Since when it is known or suspected to be bad
    #[arg(long, value_name = "TIME")]
    invalid_since: Option<Timestamp>,
    #[command(flatten)]
    clock: Clock,
}

fn cause(text: &str) -> Result<RevocationCause, String> {
    RevocationCause::from_name(text).ok_or_else(|| {
        let all = RevocationCause::ALL.map(RevocationCause::name).join(", ");
        format!("`{text}` is none of {all}")
    })
}

struct RevokedView {
    name: String,
    revocation: Revocation,
    cause: RevocationCause,
    index: u64,
}

impl View for RevokedView {
    fn human(&self, paint: &mut Paint) {
        let held = self.cause == RevocationCause::RemoveFromCrl;
        let word = if held { "released" } else { "revoked" };
        paint.toned(Tone::Good, word, &format!(": {}", self.name));
        paint.field("serial", &self.revocation.serial, None);
        paint.field("reason", self.cause.name(), None);
        let at = self.revocation.revoked_at.to_string();
        paint.field("at", &at, None);
        if let Some(since) = self.revocation.invalid_since {
            paint.field("bad since", &since.to_string(), None);
        }
        paint.field("logged", &format!("entry {}", self.index), None);
        paint.line("next: `countersign cert crl` makes the list that verifiers see");
    }

    fn json(&self) -> Value {
        json!({
            "schema": "countersign/revoked-certificate/v1",
            "certificate": self.name,
            "serial": self.revocation.serial,
            "reason": self.cause.name(),
            "revoked_at": self.revocation.revoked_at.to_string(),
            "invalid_since": self.revocation.invalid_since.map(|time| time.to_string()),
            "index": self.index,
        })
    }
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let certificate = read_certificate(env, &args.certificate)?;
    let shown = args.certificate.display().to_string();
    let fields = Fields::of_certificate(&certificate)
        .map_err(|_| Failure::input(format!("`{shown}` is no certificate")))?;
    let examined = Certificate::examine(&certificate)
        .map_err(|error| Failure::input(format!("`{shown}`: {error}")))?;
    let mut session = Session::open_log(env, &args.access)?;
    let directory = &session.directory;
    let both = [&directory.issuing, &directory.root];
    let issuer = both
        .into_iter()
        .find(|authority| signed_by(&certificate, &authority.key));
    let issuer = issuer.ok_or_else(|| {
        Failure::input(format!(
            "`{shown}` is signed by neither `{}` nor `{}`",
            directory.issuing.name, directory.root.name
        ))
    })?;
    if certificate == directory.root.der {
        return Err(
            Failure::input("a root cannot be revoked by a list that it signs itself")
                .hint("take it out of the bundles: `cert bundle` plans that"),
        );
    }
    let now = args.clock.at.unwrap_or(env.now);
    if args.invalid_since.is_some_and(|since| since > now) {
        return Err(Failure::usage(
            "a certificate is not known to be bad in the future",
        ));
    }
    let revocation = Revocation {
        issuer: hex(&issuer.key_id),
        serial: fields.serial_hex(),
        reason: args.reason.code(),
        revoked_at: now,
        invalid_since: args.invalid_since,
        not_after: fields.not_after,
        key: Some(key_id(fields.key)),
        points: Some(examined.crl_urls()),
    };
    let path = directory.path.clone();
    let mut revocations = opened(env, &path, &mut session)?;
    check(&revocations, &revocation)?;
    let index = revocations.add(&path, revocation.clone(), session.log())?;
    let mut record = Verdict::new("cert.revoke", revocation.serial.clone(), &certificate);
    record.actor = Some(fields.label());
    record.decision = Decision::Yes;
    record.reasons = vec![args.reason.name().to_owned()];
    let mut outcome = Outcome::view(RevokedView {
        name: fields.label(),
        index,
        revocation,
        cause: args.reason,
    });
    outcome.verdicts.push(record);
    Ok(outcome)
}

/// What was revoked so far, as the log tells it.
pub(super) fn opened(
    env: &Env,
    path: &Path,
    session: &mut Session,
) -> Result<Revocations, Failure> {
    let (revocations, problem) = Revocations::open(path, session.log())?;
    if let Some(problem) = problem {
        env.warn(problem);
    }
    Ok(revocations)
}

/// A certificate is revoked once; a hold can be ended, or become final.
fn check(revocations: &Revocations, new: &Revocation) -> Result<(), Failure> {
    let before = revocations
        .all
        .iter()
        .rfind(|old| old.serial == new.serial && old.issuer == new.issuer);
    let hold = RevocationCause::CertificateHold.code();
    let removal = RevocationCause::RemoveFromCrl.code();
    match (before, new.reason == removal) {
        (Some(old), true) if old.reason == hold => Ok(()),
        (_, true) => Err(Failure::input(
            "the certificate is not on hold, so there is no hold to end",
        )),
        (Some(old), false) if old.reason != hold && old.reason != removal => Err(Failure::input(
            format!("the certificate was revoked at {} already", old.revoked_at),
        )),
        _ => Ok(()),
    }
}
