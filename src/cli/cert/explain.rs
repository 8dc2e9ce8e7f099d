//! `countersign cert explain`.

use std::path::PathBuf;

use clap::Args as ClapArgs;
use serde_json::{Value, json};

use super::material::{certificates, nothing, own_certificates};
use super::verify::PeerArg;
use crate::cert::divergence::{Judgement, judgements};
use crate::cert::{
    self, Bundles, Certificate, ChainVerdict, Demands, ExpectedId, Identity, Profile,
};
use crate::cli::args::Clock;
use crate::cli::env::Env;
use crate::cli::error::Failure;
use crate::cli::exit::ExitCode;
use crate::cli::outcome::{Outcome, View};
use crate::cli::paint::{Paint, Tone};
use crate::kernel::record::{Decision, Verdict};

/// Tell how OpenSSL, Go, rustls, GnuTLS and Python judge a chain, where they are known to differ
///
/// Judges the chain itself by RFC 5280 §6, and tells which library would judge otherwise, and why. What is known of
/// them was measured or read in their code; where nothing is known, they are taken to judge alike. Whom the leaf names
/// is not asked: that is `cert verify`.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign cert explain --bundle bundle.pem svid.pem
  countersign cert explain --bundle root.pem --peer client --format json chain.pem

Exit codes: 0 all are known to accept, 1 one or more refuse, 2 cannot answer, 3 no certificate in the input")]
pub(crate) struct Args {
    /// The chain, leaf first, PEM or DER: a file or `-`
    chain: PathBuf,
    /// The authorities to trust, PEM or DER
    #[arg(long, value_name = "FILE")]
    bundle: PathBuf,
    /// What the leaf's owner does in TLS, so that its purpose is checked
    #[arg(long, value_enum, value_name = "ROLE")]
    peer: Option<PeerArg>,
    #[command(flatten)]
    clock: Clock,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: &Args) -> Result<Outcome, Failure> {
    let source = env.source(&args.chain)?;
    let ders = certificates(&source)?;
    if ders.is_empty() {
        return Err(nothing(&source));
    }
    let bundle = own_certificates(env, &args.bundle, "bundle")?;
    let chain: Result<Vec<Certificate>, Failure> = ders
        .iter()
        .enumerate()
        .map(|(index, der)| {
            Certificate::examine(der).map_err(|error| {
                Failure::input(error.to_string()).context(format!(
                    "cannot read certificate {} of the chain",
                    index + 1
                ))
            })
        })
        .collect();
    let chain = chain?;
    let Some((leaf, between)) = chain.split_first() else {
        return Err(nothing(&source));
    };
    let now = args.clock.at.unwrap_or(env.now);
    let mut demands = Demands::svid(ExpectedId::Any, now);
    demands.identity = Identity::Any;
    demands.rules.profile = Profile::Mtls;
    demands.rules.peer = args.peer.map(Into::into);
    let ours = cert::judge(leaf, between, &Bundles::One(bundle.clone()), &demands);
    let authorities = [between, &bundle].concat();
    let others = judgements(leaf, &authorities, &ours);
    let all = ours.is_accepted() && others.iter().all(|one| one.accepts);
    let mut record = Verdict::new("cert.explain", source.name(), source.bytes());
    record.decision = if all { Decision::Yes } else { Decision::No };
    record.reasons = ours
        .reasons()
        .into_iter()
        .map(|reason| reason.code().to_owned())
        .collect();
    let view = Comparison {
        name: source.name().to_owned(),
        ours,
        others,
    };
    let exit = if all { ExitCode::Yes } else { ExitCode::No };
    Ok(Outcome::verdict(exit, view, record))
}

struct Comparison {
    name: String,
    ours: ChainVerdict,
    others: Vec<Judgement>,
}

fn word(accepts: bool) -> &'static str {
    if accepts { "accepts" } else { "refuses" }
}

impl View for Comparison {
    fn human(&self, paint: &mut Paint) {
        let differ = self
            .others
            .iter()
            .filter(|one| one.accepts != self.ours.is_accepted())
            .count();
        let text = match differ {
            0 => format!(
                ": {}: as far as is known, all libraries {}",
                self.name,
                if self.ours.is_accepted() {
                    "accept"
                } else {
                    "refuse"
                }
            ),
            _ => format!(
                ": {}: {differ} of {} libraries judge otherwise than RFC 5280",
                self.name,
                self.others.len()
            ),
        };
        let (verdict, tone) = if self.ours.is_accepted() {
            ("accepted", Tone::Good)
        } else {
            ("refused", Tone::Bad)
        };
        paint.toned(tone, verdict, &text);
        for problem in &self.ours.problems {
            paint.field("problem", &problem.to_string(), Some(Tone::Bad));
        }
        for one in &self.others {
            let tone = if one.accepts { Tone::Good } else { Tone::Bad };
            paint.field(one.library.name(), word(one.accepts), Some(tone));
            for why in &one.why {
                paint.field("", why, Some(Tone::Dim));
            }
        }
    }

    fn json(&self) -> Value {
        let others: Vec<Value> = self
            .others
            .iter()
            .map(|one| json!({ "library": one.library.name(), "accepts": one.accepts, "why": one.why }))
            .collect();
        json!({
            "schema": "countersign/chain-comparison/v1",
            "input": self.name,
            "accepted": self.ours.is_accepted(),
            "reasons": self.ours.reasons().into_iter().map(|reason| reason.code()).collect::<Vec<_>>(),
            "libraries": others,
        })
    }
}
