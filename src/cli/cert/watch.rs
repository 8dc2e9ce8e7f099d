//! `countersign cert watch`.

use std::time::Duration;

use clap::{Args as ClapArgs, ValueEnum};

use super::place::owes_notice;
use super::renew::{Renewal, Renewed};
use crate::cert::backoff;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::outcome::{Body, Outcome, record};
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::secret::SecretRef;
use crate::kernel::time::{Timestamp, humanize, parse_duration};

/// Keep a certificate renewed
///
/// Looks at the disk in every round, so that what others changed is seen; renews when it is time; waits longer after each
/// failure, and never longer than until the certificate ends. `--once` does one round.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert watch --ca ca --ca-password file:/run/secrets/ca svid --hook /usr/local/bin/reload-proxy
  countersign cert watch --ca ca --ca-password env:CA_PASSWORD svid --once

Exit codes: 0 one round is done (--once), 2 cannot renew (--once), or the certificate expired (--on-expiry exit)")]
pub(crate) struct Args {
    #[command(flatten)]
    renewal: Renewal,
    /// How often to look at least
    #[arg(long, value_name = "DURATION", default_value = "1m", value_parser = parse_duration)]
    interval: Duration,
    /// Do one round and end
    #[arg(long)]
    once: bool,
    /// What to do if the certificate has expired all the same
    #[arg(long, value_enum, value_name = "WHAT", default_value = "retry")]
    on_expiry: OnExpiry,
}

/// What to do about an expired certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OnExpiry {
    /// Go on trying
    Retry,
    /// End, so that whoever runs this sees it
    Exit,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    check_password(args)?;
    let mut failures = 0;
    loop {
        let now = env.current_time();
        let done = args
            .renewal
            .run(env, false, now)
            .and_then(|result| follow_up(env, args, result));
        let wait = match done {
            Ok(due) => {
                failures = 0;
                due.since(env.current_time()).min(args.interval)
            }
            Err(failure) if args.once => return Err(failure),
            Err(failure) => {
                failures += 1;
                env.stderr(&failure.to_text(env.stderr_color()));
                expired(env, args)?;
                let wait = backoff(failures).min(remaining(env, args));
                env.note(&format!("the next try is in {}", humanize(wait)));
                wait
            }
        };
        if args.once {
            return Ok(Outcome::done(Body::Bytes(Vec::new())));
        }
        std::thread::sleep(wait.max(Duration::from_secs(1)));
    }
}

/// Records a renewal and tells its users, also of one before that they could not be told of; when the next is due.
fn follow_up(env: &Env, args: &Args, result: Renewed) -> Result<Timestamp, Failure> {
    if result.renewed {
        let mut verdict = Verdict::new("cert.renew", result.name.clone(), result.name.as_bytes());
        verdict.actor = Some(result.name.clone());
        verdict.decision = Decision::Yes;
        record(env, vec![verdict])?;
        env.note(&format!(
            "renewed {}, until {}",
            result.name, result.not_after
        ));
    }
    if owes_notice(&args.renewal.dir) {
        args.renewal.tell()?;
    }
    Ok(result.due)
}

/// How long the certificate lives: no try waits for longer than that. One that has ended is tried for at the usual pace.
fn remaining(env: &Env, args: &Args) -> Duration {
    let place = super::place::Place::read(&args.renewal.dir).ok();
    let end = place.and_then(|place| {
        let fields = crate::cert::Fields::of_certificate(&place.leaf).ok()?;
        Some(fields.not_after)
    });
    match end.map(|end| end.since(env.current_time())) {
        Some(left) if !left.is_zero() => left,
        _ => Duration::MAX,
    }
}

/// The password is needed at every renewal, so that it stays where it can be read again.
fn check_password(args: &Args) -> Result<(), Failure> {
    args.renewal.access.check()?;
    let reference = args.renewal.access.ca_password.as_ref();
    let reference = reference.map(|argument| argument.reference()).transpose()?;
    match reference {
        Some(SecretRef::Stdin | SecretRef::Prompt | SecretRef::Fd(_)) if !args.once => {
            Err(Failure::usage(
                "a watch needs the password at every renewal, and this one can be read once",
            )
            .hint("keep it where it can be read again: `env:NAME` or `file:PATH`"))
        }
        _ => Ok(()),
    }
}

fn expired(env: &Env, args: &Args) -> Result<(), Failure> {
    if args.on_expiry == OnExpiry::Retry {
        return Ok(());
    }
    let place = super::place::Place::read(&args.renewal.dir)?;
    let fields = crate::cert::Fields::of_certificate(&place.leaf);
    match fields {
        Ok(fields) if env.current_time() > fields.not_after => Err(Failure::input(format!(
            "`{}` expired at {} and could not be renewed",
            fields.label(),
            fields.not_after
        ))),
        _ => Ok(()),
    }
}
