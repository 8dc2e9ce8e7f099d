//! `countersign cert status`.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::directory::Directory;
use super::place::Place;
use super::revocations::Revocations;
use crate::cert::{DnsName, Fields, IssuingProfile, Life, RenewalReason, SpiffeId, Threshold};
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::crypto::hex;
use crate::kernel::time::Timestamp;

/// What a certificate should be.
#[derive(Debug, Clone, Default, ClapArgs)]
pub(super) struct Wish {
    /// At which part of its life it is renewed, such as 2/3 or 66%; each a little earlier by its serial number
    #[arg(long, value_name = "PART", default_value = "2/3")]
    pub(super) threshold: Threshold,
    /// The SPIFFE ID that it should bear
    #[arg(long, value_name = "ID", value_parser = super::verify::spiffe_id)]
    pub(super) spiffe_id: Option<SpiffeId>,
    /// The DNS names that it should bear, if any are given; repeat for more
    #[arg(long, value_name = "NAME")]
    pub(super) dns: Vec<DnsName>,
    /// The addresses that it should bear, if any are given; repeat for more
    #[arg(long, value_name = "ADDRESS")]
    pub(super) ip: Vec<IpAddr>,
    /// The profile that it should have
    #[arg(long, value_name = "PROFILE", value_parser = super::issue::profile)]
    pub(super) profile: Option<IssuingProfile>,
}

/// Say which certificates need renewal, and why
///
/// A certificate needs renewal when two thirds of its life are over, when it bears other names or another profile than wanted,
/// when its key is missing or another's, when it was revoked, or when the authority has another issuer now; of the last two
/// only `--ca` can tell.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert status svid
  countersign cert status svid --spiffe-id spiffe://acme.example/ns/production/sa/payment-service --dns payment --ca ca

Exit codes: 0 none needs renewal, 1 one does, 2 cannot answer, 3 there is no certificate")]
pub(crate) struct Args {
    /// The directories that `cert issue` wrote
    #[arg(required = true)]
    dirs: Vec<PathBuf>,
    #[command(flatten)]
    wish: Wish,
    /// The authority whose current issuer it should be of, and that may have revoked it
    #[arg(long, value_name = "DIR")]
    ca: Option<PathBuf>,
    #[command(flatten)]
    clock: Clock,
}

/// What a certificate needs.
#[derive(Debug)]
pub(super) struct Assessment {
    pub(super) name: String,
    pub(super) life: Life,
    pub(super) reasons: Vec<RenewalReason>,
}

/// Judges a directory.
pub(super) fn assess(
    place: &Place,
    wish: &Wish,
    authority: Option<&Current>,
    now: Timestamp,
) -> Result<Assessment, Failure> {
    let fields = Fields::of_certificate(&place.leaf)
        .map_err(|_| Failure::input("the certificate cannot be read"))?;
    let life = Life::of(&fields, wish.threshold);
    let mut reasons: Vec<RenewalReason> = life.reason(now).into_iter().collect();
    if wanted_names(place, wish) != place.names {
        reasons.push(RenewalReason::NamesDrifted);
    }
    if wish.profile.is_some_and(|profile| profile != place.profile) {
        reasons.push(RenewalReason::ProfileDrifted);
    }
    if let Some(authority) = authority {
        let issuer = fields.issuer_key_id().unwrap_or_default();
        if issuer != authority.issuer {
            reasons.push(RenewalReason::IssuerChanged);
        }
        let revoked = authority.revocations.of(&issuer, &fields.serial_hex());
        if revoked.is_some() {
            reasons.push(RenewalReason::Revoked);
        }
    }
    reasons.extend(place.key_problem());
    Ok(Assessment {
        name: fields.label(),
        life,
        reasons,
    })
}

/// The names that a certificate should bear: those that it bears, but for the kinds that are asked for.
pub(super) fn wanted_names(place: &Place, wish: &Wish) -> crate::cert::Names {
    let mut names = place.names.clone();
    if wish.spiffe_id.is_some() {
        names.spiffe_id.clone_from(&wish.spiffe_id);
    }
    let same = |old: &[DnsName], new: &[DnsName]| {
        old.len() == new.len() && new.iter().all(|name| old.contains(name))
    };
    if !wish.dns.is_empty() && !same(&names.dns, &wish.dns) {
        names.dns.clone_from(&wish.dns);
    }
    let all = |old: &[IpAddr], new: &[IpAddr]| {
        old.len() == new.len() && new.iter().all(|address| old.contains(address))
    };
    if !wish.ip.is_empty() && !all(&names.addresses, &wish.ip) {
        names.addresses.clone_from(&wish.ip);
    }
    names
}

struct StatusView {
    all: Vec<(String, Assessment)>,
    now: Timestamp,
}

impl View for StatusView {
    fn human(&self, paint: &mut Paint) {
        for (dir, status) in &self.all {
            let rest = format!(": {} in {dir}", status.name);
            if status.reasons.is_empty() {
                paint.toned(Tone::Good, "good", &rest);
            } else {
                paint.toned(Tone::Warn, "needs renewal", &rest);
            }
            let end = status.life.not_after;
            let text = format!("{end} ({})", end.relative_to(self.now));
            paint.field("until", &text, None);
            let due = status.life.due;
            let text = format!("{due} ({})", due.relative_to(self.now));
            paint.field("renewal", &text, None);
            for reason in &status.reasons {
                paint.field("reason", reason.code(), Some(Tone::Warn));
            }
        }
    }

    fn json(&self) -> Value {
        let all: Vec<Value> = self
            .all
            .iter()
            .map(|(dir, status)| {
                let reasons: Vec<&str> = status.reasons.iter().map(|one| one.code()).collect();
                json!({
                    "directory": dir,
                    "name": status.name,
                    "needs_renewal": !reasons.is_empty(),
                    "reasons": reasons,
                    "not_after": status.life.not_after.to_string(),
                    "due": status.life.due.to_string(),
                })
            })
            .collect();
        json!({ "schema": "countersign/certificate-status/v1", "certificates": all })
    }
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let now = args.clock.at.unwrap_or(env.now);
    let authority = match &args.ca {
        Some(path) => Some(Current::read(path)?),
        None => None,
    };
    let mut all = Vec::new();
    for dir in &args.dirs {
        let place = Place::read(dir)?;
        let status = assess(&place, &args.wish, authority.as_ref(), now)?;
        all.push((dir.display().to_string(), status));
    }
    let needed = all.iter().any(|(_, status)| !status.reasons.is_empty());
    let mut outcome = Outcome::view(StatusView { all, now });
    if needed {
        outcome.exit = ExitCode::No;
    }
    Ok(outcome)
}

/// What of an authority decides about renewals.
#[derive(Debug)]
pub(super) struct Current {
    /// The key identifier of its issuer.
    issuer: String,
    revocations: Revocations,
}

impl Current {
    /// Reads a directory.
    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        let directory = Directory::read(path)?;
        Ok(Self {
            issuer: hex(&directory.issuing.key_id),
            revocations: Revocations::told(&directory)?,
        })
    }
}
