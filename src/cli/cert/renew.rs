//! `countersign cert renew`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::directory::{Access, Session, Whose};
use super::init::KeyType;
use super::issue::{Output, warn_of_short_life, whose};
use super::place::{self, Exchange, Place};
use super::refuse;
use super::status::{Current, Wish, assess, wanted_names};
use crate::cert::{self, Fields, IssuingProfile, KeyChoice, RenewalReason, Request};
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::cli::outcome::{self, NewFile, Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::fs;
use crate::kernel::key::PrivateKey;
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::{Timestamp, parse_duration};

/// What a renewal does.
#[derive(Debug, Clone, ClapArgs)]
pub(super) struct Renewal {
    #[command(flatten)]
    pub(super) access: Access,
    /// The directory that `cert issue` wrote
    pub(super) dir: PathBuf,
    #[command(flatten)]
    pub(super) wish: Wish,
    /// Keep the key instead of making a new one
    #[arg(long, conflicts_with = "key_type")]
    same_key: bool,
    /// The kind of the new key [default: that of the old one]
    #[arg(long, value_enum, value_name = "TYPE")]
    key_type: Option<KeyType>,
    /// How long it lives [default: as long as the one before]
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    ttl: Option<Duration>,
    /// A program to run when the files are exchanged; it is given the directory. No shell is between
    #[arg(long, value_name = "PROGRAM")]
    hook: Option<PathBuf>,
    /// A file with the number of a process that is sent SIGHUP when the files are exchanged
    #[arg(long, value_name = "FILE")]
    reload_pid: Option<PathBuf>,
}

/// Renew a certificate if it needs it
///
/// It is renewed when two thirds of its life are over, when its names, its profile or the authority's issuer changed, or when
/// it was revoked. Key, certificate and bundle are exchanged at one instant, and never before the new certificate exists.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert renew --ca ca --ca-password env:CA_PASSWORD svid --hook /usr/local/bin/reload-proxy
  countersign cert renew --ca ca svid --force --same-key

Exit codes: 0 renewed, or not due; 2 cannot renew")]
pub(crate) struct Args {
    #[command(flatten)]
    renewal: Renewal,
    /// Renew it also if it is not due
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    clock: Clock,
}

/// What became of a renewal.
#[derive(Debug)]
pub(super) struct Renewed {
    pub(super) name: String,
    pub(super) reasons: Vec<RenewalReason>,
    pub(super) renewed: bool,
    pub(super) serial: Option<String>,
    pub(super) not_after: Timestamp,
    pub(super) due: Timestamp,
}

struct RenewedView {
    dir: String,
    result: Renewed,
    now: Timestamp,
}

impl View for RenewedView {
    fn human(&self, paint: &mut Paint) {
        let result = &self.result;
        if result.renewed {
            paint.toned(Tone::Good, "renewed", &format!(": {}", result.name));
        } else {
            paint.toned(Tone::Good, "not due", &format!(": {}", result.name));
        }
        let until = result.not_after;
        let text = format!("{until} ({})", until.relative_to(self.now));
        paint.field("until", &text, None);
        let due = result.due;
        let text = format!("{due} ({})", due.relative_to(self.now));
        paint.field("renewal", &text, None);
        for reason in &result.reasons {
            paint.field("reason", reason.code(), None);
        }
        if let Some(serial) = &result.serial {
            paint.field("serial", serial, None);
        }
    }

    fn json(&self) -> Value {
        let result = &self.result;
        let reasons: Vec<&str> = result.reasons.iter().map(|reason| reason.code()).collect();
        json!({
            "schema": "countersign/renewed-certificate/v1",
            "directory": self.dir,
            "name": result.name,
            "renewed": result.renewed,
            "reasons": reasons,
            "serial": result.serial,
            "not_after": result.not_after.to_string(),
            "due": result.due.to_string(),
        })
    }
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let now = args.clock.at.unwrap_or(env.now);
    args.renewal.access.check()?;
    let result = args.renewal.run(env, args.force, now)?;
    let mut record = Verdict::new("cert.renew", result.name.clone(), result.name.as_bytes());
    record.actor = Some(result.name.clone());
    record.decision = Decision::Yes;
    record.reasons = result
        .reasons
        .iter()
        .map(|one| one.code().to_owned())
        .collect();
    let renewed = result.renewed;
    if !renewed && place::owes_notice(&args.renewal.dir) {
        env.note("of the renewal before not all were told: they are told now");
        args.renewal.tell()?;
    }
    let outcome = Outcome::view(RenewedView {
        dir: args.renewal.dir.display().to_string(),
        result,
        now,
    });
    if renewed {
        // What is issued is recorded, also if its users cannot be told.
        outcome::record(env, vec![record])?;
        args.renewal.tell()?;
    }
    Ok(outcome)
}

impl Renewal {
    /// Renews the certificate if it needs it. The disk is read anew each time.
    pub(super) fn run(&self, env: &Env, force: bool, now: Timestamp) -> Result<Renewed, Failure> {
        let place = Place::read(&self.dir)?;
        let authority = Current::read(&self.access.ca)?;
        let status = assess(&place, &self.wish, Some(&authority), now)?;
        if status.reasons.is_empty() && !force {
            return Ok(Renewed {
                name: status.name,
                reasons: Vec::new(),
                renewed: false,
                serial: None,
                not_after: status.life.not_after,
                due: status.life.due,
            });
        }
        let (certificate, serial) = self.issue(env, &place, (status.life.whole, now))?;
        let fields = Fields::of_certificate(&certificate)
            .map_err(|_| Failure::new(Kind::Output, "the new certificate cannot be read"))?;
        let life = cert::Life::of(&fields, self.wish.threshold);
        Ok(Renewed {
            name: fields.label(),
            reasons: status.reasons,
            renewed: true,
            serial: Some(serial),
            not_after: life.not_after,
            due: life.due,
        })
    }

    fn issue(
        &self,
        env: &Env,
        place: &Place,
        (before, now): (Duration, Timestamp),
    ) -> Result<(Vec<u8>, String), Failure> {
        let profile = self.wish.profile.unwrap_or(place.profile);
        if whose(profile) != Whose::Issuing {
            return Err(Failure::usage(
                "an authority is not renewed: issue a new one",
            ));
        }
        let answers = |profile| profile == IssuingProfile::Ocsp;
        if answers(profile) != answers(place.profile) {
            return Err(Failure::usage(
                "a responder's certificate stays one, and no other becomes one: issue a new one",
            ));
        }
        let key = self.key(env, place)?;
        let mut session = Session::open(env, &self.access, Whose::Issuing)?;
        let path = session.directory.path.clone();
        let revocations = super::revoke::opened(env, &path, &mut session)?;
        if self.same_key {
            revocations.check_key(&key.public())?;
        }
        let limit = session.directory.policy.max_ttl(profile);
        let usual = limit.map_or(before, |limit| before.min(limit));
        // What the issuer cut short would stay so for ever.
        let usual = (!place.is_cut_short()).then_some(usual);
        let ttl = self.ttl.or(usual);
        let request = Request {
            profile,
            names: wanted_names(place, &self.wish),
            common_name: Fields::of_certificate(&place.leaf)
                .ok()
                .and_then(|fields| fields.common_name()),
            ttl,
            key: key.public(),
        };
        let unsigned = cert::plan(
            &request,
            &session.issuing(now),
            cert::Origin::Chance(&env.random),
        )
        .map_err(refuse)?;
        warn_of_short_life(env, (ttl, &session), (&unsigned, now));
        fs::check_writable(&self.dir)?;
        session.record(std::slice::from_ref(&unsigned))?;
        let certificate = session.seal(&unsigned)?;
        // The files keep their names, whatever the profile became.
        let output = Output {
            dir: &self.dir,
            profile: place.profile,
            force: true,
            plaintext: true,
        };
        let files = output.files(&session, &certificate, Some(&key))?;
        let named: Vec<_> = files.iter().map(NewFile::named).collect();
        place::owe_notice(&self.dir)?;
        let version = place::version(now, &unsigned.serial);
        Exchange::of(&self.dir).run(&named, &version)?;
        Ok((certificate, unsigned.serial))
    }

    fn key(&self, env: &Env, place: &Place) -> Result<PrivateKey, Failure> {
        if self.same_key {
            if place.key_problem().is_some() {
                return Err(Failure::new(
                    Kind::Secret,
                    "the key is missing or another's, so that it cannot be kept",
                ));
            }
            return place
                .key
                .clone()
                .ok_or_else(|| Failure::new(Kind::Secret, "there is no key that could be kept"));
        }
        let before = place
            .key
            .as_ref()
            .and_then(|key| KeyChoice::of(&key.public()));
        let choice = self.key_type.map(KeyChoice::from).or(before);
        choice
            .unwrap_or(KeyChoice::P256)
            .generate(&env.random)
            .map_err(refuse)
    }

    /// Tells whoever uses the certificate that there is a new one. As long as that fails it is owed, and tried again by the
    /// next round or the next `cert renew`.
    pub(super) fn tell(&self) -> Result<(), Failure> {
        if let Some(hook) = &self.hook {
            succeed(Command::new(hook).arg(&self.dir), hook)?;
        }
        if let Some(path) = &self.reload_pid {
            let text = fs::read(path, 64)?;
            let text = String::from_utf8_lossy(&text);
            let pid = text.trim().parse::<u32>().ok().filter(|pid| *pid > 1);
            let pid = pid.ok_or_else(|| {
                Failure::input(format!("`{}` holds no process number", path.display()))
            })?;
            let mut kill = Command::new("kill");
            succeed(kill.args(["-HUP", &pid.to_string()]), Path::new("kill"))?;
        }
        place::notice_given(&self.dir);
        Ok(())
    }
}

/// Runs a program whose output is not ours.
fn succeed(command: &mut Command, name: &Path) -> Result<(), Failure> {
    let told = |problem: String| {
        Failure::new(Kind::Output, problem).context(format!(
            "the certificate is renewed, but `{}` was not told well",
            name.display()
        ))
    };
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(told(format!(
            "it ended with {}",
            status.code().unwrap_or(-1)
        ))),
        Err(error) => Err(told(fs::describe(&error))),
    }
}
