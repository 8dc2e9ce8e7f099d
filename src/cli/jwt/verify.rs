//! `countersign jwt verify`.

use clap::Args as ClapArgs;

use super::view::VerdictView;
use crate::cli::args::{Clock, KeyReading, SecretArg};
use crate::cli::env::{Env, LoadedKeys};
use crate::cli::error::{Failure, did_you_mean};
use crate::cli::exit::ExitCode;
use crate::cli::outcome::Outcome;
use crate::jwt::{self, Algorithm, Audience, Expectations, Reason, SignatureVerdict};
use crate::kernel::document::Node;
use crate::kernel::key::{Expected, Key};
use crate::kernel::record::{Decision, Verdict};
use crate::kernel::time::Leeway;

/// Verify a token
///
/// Checks the envelope, the signature and every claim, and lists all that fails, expected against actual. `exp` is
/// always required. A token that names an audience is refused unless `--aud` or `--any-aud` is given.
#[derive(Debug, ClapArgs)]
#[command(after_long_help = "Examples:
  countersign jwt verify --key file:issuer.jwks --iss https://auth.acme.example --aud service:order-service TOKEN
  countersign jwt verify --key env:SECRET --any-aud --leeway 10s - < token.txt

Exit codes: 0 accepted, 1 refused, 2 cannot answer, 3 no token in the input")]
pub(crate) struct Args {
    /// The token, a file that holds it, a line `Authorization: Bearer …`, or `-`
    token: String,
    /// Where a key or key set is: env:NAME, file:PATH, fd:N, stdin or prompt; repeat for several
    #[arg(long, value_name = "REF", required = true, allow_hyphen_values = true)]
    key: Vec<SecretArg>,
    #[command(flatten)]
    reading: KeyReading,
    /// An algorithm that is accepted; repeat for several. By default those of the keys' kinds
    #[arg(long)]
    alg: Vec<Algorithm>,
    /// The issuer that is accepted; repeat for several
    #[arg(long, value_name = "URL")]
    iss: Vec<String>,
    /// Who we are: one of these must be in `aud`; repeat for several
    #[arg(long)]
    aud: Vec<String>,
    /// Accept any audience
    #[arg(long, conflicts_with = "aud")]
    any_aud: bool,
    /// The subject that is accepted
    #[arg(long)]
    sub: Option<String>,
    /// The type that the header must name, such as `at+jwt`
    #[arg(long)]
    typ: Option<String>,
    /// A scope that must be granted; repeat for several
    #[arg(long)]
    scope: Vec<String>,
    /// A further claim that must be there; repeat for several
    #[arg(long, value_name = "CLAIM")]
    require: Vec<String>,
    /// How far clocks may differ, at most `5m` [default: 0s]
    #[arg(long, value_name = "DURATION")]
    leeway: Option<Leeway>,
    #[command(flatten)]
    clock: Clock,
}

/// Runs the verb.
pub(super) fn run(env: &Env, args: Args) -> Result<Outcome, Failure> {
    let (located, place) = super::token(env, &args.token, jwt::exact)?;
    let loaded = env.keys(&args.key, &args.reading, Expected::Verification)?;
    let accepted = if args.alg.is_empty() {
        jwt::algorithms_of(&loaded.keys)
    } else {
        args.alg
    };
    let expected = Expectations {
        now: args.clock.at.unwrap_or(env.now),
        leeway: args.leeway.unwrap_or(env.settings.jwt_leeway()),
        issuers: args.iss,
        audiences: match (args.aud, args.any_aud) {
            (_, true) => Audience::Any,
            (names, false) if names.is_empty() => Audience::Unknown,
            (names, false) => Audience::Named(names),
        },
        subject: args.sub,
        typ: args.typ,
        scopes: args.scope,
        required: args.require,
    };
    let verdict = jwt::verify(&located.token, &loaded.keys, &accepted, &expected);
    let hint = encoding_hint(&located.token, &verdict.signature, &loaded)
        .or_else(|| id_hint(&located.token, &verdict.signature, &loaded.keys))
        .or_else(|| claim_hint(&verdict, &expected.required));
    let mut record = Verdict::new("jwt.verify", "token", located.token.as_bytes());
    record.actor = verdict
        .claims
        .as_ref()
        .ok()
        .and_then(|claims| claims.get("sub"))
        .and_then(Node::as_str)
        .map(str::to_owned);
    record.reasons = verdict
        .reasons()
        .into_iter()
        .map(|reason: Reason| reason.code().to_owned())
        .collect();
    let (exit, decision) = if verdict.is_accepted() {
        (ExitCode::Yes, Decision::Yes)
    } else {
        (ExitCode::No, Decision::No)
    };
    record.decision = decision;
    let advice = jwt::inspect(&located.token, expected.now).advice;
    let view = VerdictView {
        place,
        issuer_checked: !expected.issuers.is_empty(),
        leeway: expected.leeway,
        hint,
        advice,
        verdict,
        now: expected.now,
    };
    Ok(Outcome::verdict(exit, view, record))
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
fn claim_hint(verdict: &jwt::TokenVerdict, required: &[String]) -> Option<String> {
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

/// Whether the signature would match if a secret were written in another encoding. Never a verdict.
fn encoding_hint(
    token: &str,
    signature: &Result<SignatureVerdict, jwt::TokenError>,
    loaded: &LoadedKeys,
) -> Option<String> {
    let worth_trying = matches!(
        signature,
        Ok(SignatureVerdict::Invalid { .. } | SignatureVerdict::NoKey { .. })
    );
    let compact = jwt::Compact::parse(token).ok().filter(|_| worth_trying)?;
    loaded.alternatives.iter().find_map(|(encoding, key)| {
        let keys = std::slice::from_ref(key);
        let verdict = jwt::check_signature(&compact, keys, &jwt::algorithms_of(keys));
        matches!(verdict, SignatureVerdict::Valid { .. }).then(|| {
            format!("the signature would match if the secret were read as {encoding}: `--key-encoding {encoding}`")
        })
    })
}
