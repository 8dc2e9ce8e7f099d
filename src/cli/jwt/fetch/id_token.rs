//! The ID token that came with an access token is verified before anything is handed on (OIDC Core §3.1.3.7).

use super::Session;
use super::view::text;
use crate::cli::env::Env;
use crate::cli::error::{Failure, Kind};
use crate::jwt::oauth::Tokens;
use crate::jwt::{
    self, Algorithm, Audience, Compact, Expectations, Profile, Reason, SignatureVerdict,
};

/// What a sign-in leaves behind to check the ID token with.
#[derive(Debug, Default)]
pub(super) struct SignedIn {
    /// The nonce that was sent.
    pub(super) nonce: Option<String>,
    /// The code that came back.
    pub(super) code: Option<String>,
}

/// Verifies the ID token, if there is one; whether it was verified. Without the issuer's description its keys are not
/// known, which is said.
///
/// # Errors
/// [`Failure`] if it is refused.
pub(super) fn check(
    env: &Env,
    session: &mut Session,
    (tokens, client): (&Tokens, &str),
    signed_in: SignedIn,
) -> Result<bool, Failure> {
    let Some(token) = tokens.id.as_ref().map(text) else {
        if signed_in.nonce.is_some() {
            return Err(refused().cause("the server gave none, though `openid` was asked for"));
        }
        return Ok(false);
    };
    let Some(discovered) = &mut session.discovered else {
        env.warn("the ID token is NOT VERIFIED: its issuer's keys are known with `--issuer` alone");
        return Ok(false);
    };
    let keys = discovered.keys(env, Some(&token))?;
    let metadata = &discovered.metadata;
    let mut expected = Expectations::at(env.current_time());
    expected.leeway = env.settings.jwt_leeway();
    expected.profile = Some(Profile::Id);
    expected.issuers = vec![metadata.issuer.clone()];
    expected.audiences = Audience::Named(vec![client.to_owned()]);
    expected.client = Some(client.to_owned());
    expected.nonce = signed_in.nonce;
    // OIDC Core §3.1.3.6, §3.3.2.11: beside a code the hashes may be left out; one that is there must hold.
    let hashed = |claim| has(&token, claim);
    expected.binding.access_token = hashed("at_hash").then(|| text(&tokens.access));
    expected.binding.code = signed_in.code.filter(|_| hashed("c_hash"));
    // The algorithms that the issuer says it uses, of those that its public keys can make.
    let said = &metadata.id_token_algorithms;
    let mut accepted = jwt::algorithms_of(&keys.keys);
    accepted
        .retain(|algorithm| said.is_empty() || said.iter().any(|name| name == algorithm.name()));
    if accepted.is_empty() {
        accepted.push(Algorithm::Rs256);
    }
    let verdict = jwt::verify(&token, &keys.keys, &accepted, &expected);
    if verdict.is_accepted() {
        return Ok(true);
    }
    let mut failure = refused();
    match &verdict.signature {
        Ok(SignatureVerdict::Valid { .. }) => {}
        Ok(_) => failure = failure.cause("its signature is not that of a key of the issuer"),
        Err(error) => failure = failure.cause(error),
    }
    for check in verdict
        .checks
        .iter()
        .filter(|check| check.failure.is_some())
    {
        failure = failure.cause(format!(
            "{}: expected {}, found {}",
            check.claim, check.expected, check.actual
        ));
    }
    for reason in verdict.reasons() {
        failure = failure.reason(Reason::code(reason));
    }
    Err(failure)
}

fn has(token: &str, claim: &str) -> bool {
    let claims = Compact::parse(token).and_then(|token| jwt::claims::read(&token));
    claims.is_ok_and(|claims| claims.get(claim).is_some())
}

fn refused() -> Failure {
    Failure::new(
        Kind::Network,
        "the ID token is refused, so no token is handed on",
    )
}
