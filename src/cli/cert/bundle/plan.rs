//! `countersign cert bundle plan`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use crate::cert::AuthorityCertificate;
use crate::cli::args::Clock;
use crate::cli::cert::directory::{Directory, certificates};
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::time::{Timestamp, humanize, parse_duration};

/// Plan the rotation of a root: prepare, activate, retire, and who breaks at each step
///
/// Prepare: the new root is published beside the old one, and nobody uses it yet. Activate: what is issued comes from the new
/// authority. Retire: the old root is taken away. Each verifier is given by the bundle that it trusts now.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert bundle plan --ca ca --next ca2
  countersign cert bundle plan --ca ca --next ca2 --verifier web=web/ca.crt --verifier mesh=root-cert.pem

Exit codes: 0 nobody breaks if the plan is followed, 1 somebody does, 2 cannot plan")]
pub(crate) struct Args {
    /// The authority in use
    #[arg(long, value_name = "DIR")]
    ca: PathBuf,
    /// The authority that follows
    #[arg(long, value_name = "DIR")]
    next: PathBuf,
    /// A verifier and the bundle that it trusts now: NAME=FILE (PEM); repeat for more
    #[arg(long, value_name = "NAME=FILE", value_parser = verifier)]
    verifier: Vec<(String, PathBuf)>,
    /// How often bundles are looked at
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = parse_duration)]
    refresh_hint: Duration,
    #[command(flatten)]
    clock: Clock,
}

fn verifier(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, file)) if !name.is_empty() && !file.is_empty() => {
            Ok((name.to_owned(), file.into()))
        }
        _ => Err("a verifier is `NAME=FILE`".to_owned()),
    }
}

struct Step {
    name: &'static str,
    not_before: Timestamp,
    not_after: Option<Timestamp>,
    action: String,
    breaks: Vec<String>,
}

struct PlanView {
    steps: Vec<Step>,
    problems: Vec<String>,
    now: Timestamp,
}

impl PlanView {
    fn is_safe(&self) -> bool {
        self.problems.is_empty()
    }
}

impl View for PlanView {
    fn human(&self, paint: &mut Paint) {
        if self.is_safe() {
            paint.toned(
                Tone::Good,
                "safe",
                ": nobody breaks if the steps are taken in their time",
            );
        } else {
            paint.toned(
                Tone::Bad,
                "not safe",
                ": somebody breaks also if the steps are taken in their time",
            );
        }
        for problem in &self.problems {
            paint.field("problem", problem, Some(Tone::Bad));
        }
        for step in &self.steps {
            paint.line(&format!("{}: {}", step.name, step.action));
            let from = step.not_before;
            let text = format!("{from} ({})", from.relative_to(self.now));
            paint.field("from", &text, None);
            if let Some(until) = step.not_after {
                let text = format!("{until} ({})", until.relative_to(self.now));
                paint.field("until", &text, None);
            }
            if step.breaks.is_empty() {
                paint.field("breaks", "nobody", Some(Tone::Good));
            }
            for who in &step.breaks {
                paint.field("breaks", who, Some(Tone::Warn));
            }
        }
    }

    fn json(&self) -> Value {
        let steps: Vec<Value> = self
            .steps
            .iter()
            .map(|step| {
                json!({
                    "step": step.name,
                    "not_before": step.not_before.to_string(),
                    "not_after": step.not_after.map(|time| time.to_string()),
                    "action": step.action,
                    "breaks": step.breaks,
                })
            })
            .collect();
        json!({
            "schema": "countersign/rotation-plan/v1",
            "safe": self.is_safe(),
            "problems": self.problems,
            "steps": steps,
        })
    }
}

struct Trusting {
    name: String,
    old: bool,
    new: bool,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let now = args.clock.at.unwrap_or(env.now);
    let (old, new) = (Directory::read(&args.ca)?, Directory::read(&args.next)?);
    let mut verifiers = Vec::new();
    for (name, path) in &args.verifier {
        let source = env.source(path)?;
        let ders = certificates(source.bytes(), source.name())?;
        let trusts = |root: &AuthorityCertificate| ders.contains(&root.der);
        verifiers.push(Trusting {
            name: name.clone(),
            old: trusts(&old.root),
            new: trusts(&new.root),
        });
    }
    let times = Times::of(args, &old, now);
    let mut problems = problems(&old, &new, now);
    problems.extend(times.problems(&new));
    let strangers = verifiers.iter().filter(|one| !one.old);
    problems.extend(strangers.map(|one| {
        format!(
            "{} does not trust the old root: it refuses what is issued until the new one issues",
            one.name
        )
    }));
    let view = PlanView {
        problems,
        steps: steps(args, (&old, &new), &verifiers, &times),
        now,
    };
    let safe = view.is_safe();
    let mut outcome = Outcome::view(view);
    if !safe {
        outcome.exit = ExitCode::No;
    }
    Ok(outcome)
}

fn problems(old: &Directory, new: &Directory, now: Timestamp) -> Vec<String> {
    let mut problems = Vec::new();
    if old.trust_domain != new.trust_domain {
        problems.push(format!(
            "`{}` and `{}` are two trust domains: no workload keeps its name",
            old.trust_domain, new.trust_domain
        ));
    }
    if old.root.der == new.root.der {
        problems.push("both have the same root: there is nothing to rotate".to_owned());
    } else if old.root.subject == new.root.subject || old.issuing.subject == new.issuing.subject {
        problems.push(
            "old and new have the same name: Istio and Go know the signers of revocation lists by it; make the new one \
             with `cert init --generation 2`"
                .to_owned(),
        );
    }
    if new.root.not_before > now {
        problems.push(format!(
            "the new root is valid from {} on",
            new.root.not_before
        ));
    }
    if new.root.not_after <= old.root.not_after {
        problems.push(format!(
            "the new root ends at {}, not after the old one at {}",
            new.root.not_after, old.root.not_after
        ));
    }
    problems
}

/// When the steps are taken: published for five refresh hints before it is used, used for the longest life of a leaf before
/// the old one goes (SPIFFE Federation §4.1).
struct Times {
    prepare: Timestamp,
    activate: Timestamp,
    /// Until when it should be active.
    latest: Timestamp,
    retire: Timestamp,
    /// The longest life of a leaf.
    ttl: Duration,
    /// When the old authority ends.
    end: Timestamp,
}

impl Times {
    fn of(args: &Args, old: &Directory, now: Timestamp) -> Self {
        let end = old.issuing.not_after.min(old.root.not_after);
        let life = end.since(old.issuing.not_before);
        // As SPIRE does: prepared at half of the life or 30 days before its end, activated at a sixth or 7 days.
        const DAY: Duration = Duration::from_secs(86_400);
        let prepare = now.max(end.minus((life / 2).min(DAY * 30)));
        let activate = prepare.plus(args.refresh_hint * 5);
        let ttl = old
            .policy
            .max_ttl(crate::cert::IssuingProfile::Svid)
            .unwrap_or(old.issuing.not_after.since(now));
        Self {
            prepare,
            activate,
            // Who is late has until the end, and not a time that is past.
            latest: end.minus((life / 6).min(DAY * 7)).max(activate).min(end),
            // Nothing outlives its issuer.
            retire: activate
                .plus(ttl)
                .min(end.max(activate))
                .plus(args.refresh_hint),
            ttl,
            end,
        }
    }

    fn problems(&self, new: &Directory) -> Vec<String> {
        let mut problems = Vec::new();
        if self.activate > self.end {
            problems.push(format!(
                "the old authority ends at {}, before the new root is published long enough to be used",
                self.end
            ));
        }
        let end = new.issuing.not_after;
        if end <= self.retire {
            problems.push(format!(
                "the new issuing authority ends at {end}, before the old root is retired at {}",
                self.retire
            ));
        }
        problems
    }
}

/// The three steps with their times.
fn steps(
    args: &Args,
    (old, new): (&Directory, &Directory),
    verifiers: &[Trusting],
    times: &Times,
) -> Vec<Step> {
    let Times {
        latest,
        retire,
        ttl,
        ..
    } = *times;
    let told = |filter: &dyn Fn(&Trusting) -> Option<String>| -> Vec<String> {
        verifiers.iter().filter_map(filter).collect()
    };
    vec![
        Step {
            name: "prepare",
            not_before: times.prepare,
            not_after: Some(latest),
            action: format!(
                "publish `{}` beside `{}`: `cert bundle export --ca {} --also {}/root.pem`",
                new.root.name,
                old.root.name,
                args.ca.display(),
                args.next.display()
            ),
            breaks: told(&|one| {
                (!one.old)
                    .then(|| format!("{}: it does not trust the old root today already", one.name))
            }),
        },
        Step {
            name: "activate",
            not_before: times.activate,
            not_after: Some(latest),
            action: format!("issue from `{}`, and renew everything", args.next.display()),
            breaks: told(&|one| {
                (!one.new).then(|| {
                    format!("{}: refuses what is issued from then on, until its bundle holds the new root", one.name)
                })
            }),
        },
        Step {
            name: "retire",
            not_before: retire,
            not_after: None,
            action: format!(
                "take `{}` out of the bundles, {} after the last was issued from it",
                old.root.name,
                humanize(ttl)
            ),
            breaks: told(&|one| {
                (one.old && !one.new).then(|| format!("{}: trusts nothing any more", one.name))
            })
            .into_iter()
            .chain([format!(
                "workloads whose certificate is of the old root: those not renewed before {retire}"
            )])
            .collect(),
        },
    ]
}
