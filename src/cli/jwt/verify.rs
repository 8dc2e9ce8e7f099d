//! `countersign jwt verify`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::batch;
use super::decryption::{self, ClosedView, Decryption};
use super::expect::Demands;
use super::issuer::IssuerFlags;
use super::judge::Judge;
use super::jws;
use super::view::VerdictView;
use crate::cli::args::{Clock, KeyReading, SecretArg};
use crate::cli::env::{Env, LoadedKeys};
use crate::cli::error::{Failure, did_you_mean};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::Outcome;
use crate::jwt::{
    self, Algorithm, Profile, Reason, SignatureVerdict, TokenError, TokenVerdict, forensics,
};
use crate::kernel::document::Node;
use crate::kernel::key::{Expected, Key};
use crate::kernel::record::{Decision, Verdict};

/// Verify a token
///
/// Checks the envelope, the signature and every claim, and lists all that fails, expected against actual. `exp` is
/// always required. A token that names an audience is refused unless `--aud` or `--any-aud` is given; one that is bound
/// to a key (`cnf`) needs the proof that its sender holds that key. With a `--profile`, all that the specification of
/// that kind of token demands is checked too.
///
/// An encrypted token is opened with `--decrypt-key`, and the signed one inside is judged. Decrypting verifies nothing: a
/// message without a signed token in it is refused.
///
/// When a signature fails, a bounded search says why: the secret in another encoding, another key of the set, an ECDSA
/// signature in DER, the RS/HS confusion and others. What it finds never makes a token pass.
///
/// With `--batch`, standard input is a stream of tokens, one a line or one JSON object a line
/// (`{"id": "…", "token": "…"}`), answered in order.
///
/// With `--issuer`, the keys are those that the issuer publishes, found by its description and kept as long as it
/// allows, an hour at most; `iss` must be that issuer. No URL is ever taken from a token.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt verify --key file:issuer.jwks --iss https://auth.acme.example --aud service:order-service TOKEN
  countersign jwt verify --key env:SECRET --any-aud --leeway 10s - < token.txt
  countersign jwt verify --profile id --key file:issuer.jwks --iss https://auth.acme.example --client web TOKEN
  countersign jwt verify --issuer https://auth.acme.example --aud service:order-service TOKEN
  countersign jwt verify --batch --key file:issuer.jwks --any-aud < tokens.txt

Exit codes: 0 accepted, 1 refused, 2 cannot answer, 3 no token in the input")]
pub(crate) struct Args {
    /// The token, a file that holds it, a line `Authorization: Bearer …`, or `-`
    #[arg(required_unless_present = "batch")]
    token: Option<String>,
    /// Verify a stream of tokens on standard input, one a line
    #[arg(long, conflicts_with = "token")]
    batch: bool,
    /// Verify the signatures of a JWS whose payload is no token, in any serialization; claims are not judged
    #[arg(long, conflicts_with = "batch")]
    jws: bool,
    /// The payload of a JWS that does not carry it
    #[arg(long, value_name = "FILE", requires = "jws")]
    payload: Option<PathBuf>,
    /// Where a key or key set is: env:NAME, file:PATH, fd:N, stdin or prompt, perhaps with `ID=` before it; repeat for
    /// several
    #[arg(
        long,
        value_name = "REF",
        allow_hyphen_values = true,
        conflicts_with = "issuer"
    )]
    key: Vec<SecretArg>,
    #[command(flatten)]
    reading: KeyReading,
    #[command(flatten)]
    decryption: Decryption,
    /// An algorithm that is accepted; repeat for several. By default those of the keys' kinds; for ID tokens RS256
    #[arg(long)]
    alg: Vec<Algorithm>,
    #[command(flatten)]
    demands: Demands,
    #[command(flatten)]
    from: IssuerFlags,
    /// Remember the `jti` of accepted tokens in this file and refuse them the second time; judges by the present, never
    /// by `--at`
    #[arg(long, value_name = "FILE")]
    replay_store: Option<PathBuf>,
    #[command(flatten)]
    clock: Clock,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    if let (true, Some(argument)) = (args.jws, args.token.clone()) {
        if args.decryption.is_given() {
            return Err(Failure::usage(
                "`--jws` verifies signatures alone, so nothing is decrypted",
            )
            .hint("leave `--decrypt-key` out"));
        }
        if args.from.issuer.is_some() {
            return Err(Failure::usage(
                "`--jws` takes no `--issuer`: who signed a payload, its claims do not say",
            )
            .hint(
                "fetch the keys with `jwt jwks fetch --format json` and give them with `--key`",
            ));
        }
        let payload = args.payload.clone();
        return jws::run(
            env,
            &args.judge(env, None)?,
            (&argument, payload.as_deref()),
        );
    }
    let token = match &args.token {
        Some(argument) => Some(super::token(env, argument, jwt::exact)?),
        None => None,
    };
    let decrypting = args.decryption.keys(env, &args.reading)?;
    let named = token.as_ref().map(|(located, _)| located.token.clone());
    let judge = args.judge(env, named.as_deref())?;
    let Some((mut located, mut place)) = token else {
        if !decrypting.is_empty() {
            return Err(Failure::usage("`--batch` reads signed tokens alone")
                .hint("leave `--decrypt-key` out, or verify the encrypted tokens one by one"));
        }
        return batch::run(env, &judge);
    };
    if !decrypting.is_empty() {
        let sealed = located.token.clone();
        match decryption::open(&sealed, &decrypting) {
            Ok((token, layers)) => {
                located.token = token;
                for layer in &layers {
                    place = format!("{place}, {}", decryption::describe(layer));
                }
            }
            Err(error) => {
                let now = judge.expected.now;
                let view = ClosedView { place, now, error };
                let record = view.record(sealed.as_bytes());
                return Ok(Outcome::verdict(view.exit(), view, record));
            }
        }
    }
    let mut verdict = judge.verdict(&located.token);
    judge.remember(&mut [&mut verdict])?;
    let cause = cause(&located.token, &verdict, &judge.keys);
    let hint = match cause {
        Some(_) => None,
        None if verdict
            .claims
            .as_ref()
            .is_err_and(|error| *error == TokenError::Encrypted) =>
        {
            Some("open it with the recipient's private key: `--decrypt-key REF`".to_owned())
        }
        None => id_hint(&located.token, &verdict.signature, &judge.keys.keys)
            .or_else(|| claim_hint(&verdict, &judge.expected.required)),
    };
    let record = record(located.token.as_bytes(), &verdict);
    let exit = if verdict.is_accepted() {
        ExitCode::Yes
    } else {
        ExitCode::No
    };
    let now = judge.expected.now;
    let view = VerdictView {
        place,
        issuer_checked: !judge.expected.issuers.is_empty()
            || judge.expected.profile == Some(Profile::Dpop),
        leeway: judge.expected.leeway,
        cause,
        hint,
        advice: jwt::inspect(&located.token, now).advice,
        verdict,
        now,
    };
    Ok(Outcome::verdict(exit, view, record))
}

impl Args {
    fn judge(mut self, env: &Env, token: Option<&str>) -> Result<Judge, Failure> {
        // A store that judged by another time would forget what can still be presented again.
        if self.replay_store.is_some() && self.clock.at.is_some() {
            return Err(Failure::usage(
                "`--replay-store` judges by the present, so `--at` cannot stand beside it",
            )
            .hint("leave one of them out: to judge an old token again, leave the store out"));
        }
        let own_key = self.demands.profile == Some(Profile::Dpop);
        match (self.key.is_empty() && self.from.issuer.is_none(), own_key) {
            (true, false) => {
                return Err(Failure::usage("no key is given").hint(
                    "say where it is: `--key env:NAME`, `--key file:PATH` or `--issuer URL`",
                ));
            }
            (false, true) => {
                return Err(Failure::usage("a DPoP proof brings its own key")
                    .hint("leave `--key` out; to hold the proof against a token, verify the token with `--proof`"));
            }
            _ => {}
        }
        let keys = self.keys(env, token)?;
        let now = self.clock.at.unwrap_or(env.now);
        let expected = self.demands.resolve(env, now)?;
        Judge::new(keys, self.alg, expected, self.replay_store)
    }
}

impl Args {
    /// The keys given, or those of the issuer, who is then the only one that is accepted: its keys speak for nobody
    /// else (RFC 8725bis §3.8).
    fn keys(&mut self, env: &Env, token: Option<&str>) -> Result<LoadedKeys, Failure> {
        if self.from.issuer.is_some() && !self.demands.iss.is_empty() {
            return Err(
                Failure::usage("`--issuer` says itself which `iss` is accepted")
                    .hint("leave `--iss` out"),
            );
        }
        let Some(mut discovered) = self.from.discover(env)? else {
            self.from.idle()?;
            return env.keys(&self.key, &self.reading, Expected::Verification);
        };
        self.demands.iss = vec![discovered.metadata.issuer.clone()];
        discovered.keys(env, token)
    }
}

/// The decision record of a verdict.
pub(super) fn record(token: &[u8], verdict: &TokenVerdict) -> Verdict {
    let mut record = Verdict::new("jwt.verify", "token", token);
    let claims = verdict.claims.as_ref().ok();
    record.actor = claims
        .and_then(|claims| claims.get("sub"))
        .and_then(Node::as_str)
        .map(str::to_owned);
    record.reasons = verdict
        .reasons()
        .into_iter()
        .map(|reason: Reason| reason.code().to_owned())
        .collect();
    record.decision = if verdict.is_accepted() {
        Decision::Yes
    } else {
        Decision::No
    };
    record
}

/// Why the signature fails, where that can be found out. Never a verdict.
fn cause(token: &str, verdict: &TokenVerdict, keys: &LoadedKeys) -> Option<forensics::Found> {
    let signature = verdict.signature.as_ref().ok()?;
    forensics::search(token, signature, (&keys.keys, &keys.alternatives))
}

/// The id among the keys that is nearly the one the token names, where no key has that. Never a verdict.
fn id_hint(
    token: &str,
    signature: &Result<SignatureVerdict, jwt::TokenError>,
    keys: &[Key],
) -> Option<String> {
    if !matches!(signature, Ok(SignatureVerdict::NoKey { .. })) {
        return None;
    }
    let compact = jwt::Compact::parse(token).ok()?;
    let wanted = compact.header_text("kid")?;
    let ids: Vec<&str> = keys.iter().filter_map(|key| key.id.as_deref()).collect();
    let near = did_you_mean(wanted, ids).filter(|near| *near != wanted)?;
    Some(format!(
        "the token names the key `{wanted}`; among the keys is `{near}`"
    ))
}

/// The claim of the token that a required one, which is missing, most likely meant.
fn claim_hint(verdict: &TokenVerdict, required: &[String]) -> Option<String> {
    let claims = verdict.claims.as_ref().ok()?;
    let names = || claims.as_mapping().into_iter().flatten();
    let missing = |name: &&String| claims.get(name.as_str()).is_none();
    required.iter().filter(missing).find_map(|name| {
        let near = did_you_mean(name, names().map(|entry| entry.key.as_str()))?;
        Some(format!(
            "the token has no claim `{name}`; did you mean `{near}`?"
        ))
    })
}
