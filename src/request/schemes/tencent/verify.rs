//! Verifying as the service does it; the time is that of the string-to-sign.

use super::text::{self, Scope, Texts};
use super::{ALGORITHM, CONTENT_SHA256, Expected, NAME, SKEW, TERMINATOR};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::{hex, sha256, unhex};
use crate::kernel::key::{Key, Material};
use crate::kernel::time::Timestamp;
use crate::request::algorithm::Algorithm;
use crate::request::component::check_target;
use crate::request::exchange::Exchange;
use crate::request::freshness::{Freshness, Times};
use crate::request::key_choice;
use crate::request::message::Message;
use crate::request::policy::{Policy, Required};
use crate::request::reasons::Reason;
use crate::request::schemes::sigv4::{
    ClaimError, Claimed, Parts, UNSIGNED_PAYLOAD, body, malformed, members, only, request_parts,
    signed_headers,
};
use crate::request::schemes::{Unsigned, demands};
use crate::request::verdict::{BodyBinding, Coverage, Mac, NotChecked, Replay, ReplayId, Verdict};

/// A signature with what it says of itself. Nothing is trusted yet.
#[derive(Debug)]
struct Claim {
    secret_id: String,
    scope: Scope,
    /// As it is written.
    seconds: String,
    time: Timestamp,
    signed: Vec<String>,
    signature: Vec<u8>,
}

/// Verifies a message.
///
/// # Errors
/// [`Unsigned`] if there is no signature to verify.
pub fn verify(
    exchange: Exchange<'_>,
    keys: &[Key],
    policy: &Policy,
    expected: &Expected,
) -> Result<Verdict, Unsigned> {
    let parts = request_parts(exchange, policy, NAME)?;
    let claim = read(&parts)?;
    let (body, hash) = payload(exchange.message, &parts, policy)?;
    let texts = match hash {
        Ok(hash) => texts(&parts, &claim, &hash),
        Err(why) => Err(NotChecked::Unbuildable(why)),
    };
    let mac = match &texts {
        Ok(texts) => mac(&claim, &texts.bytes(), keys, policy),
        Err(why) => Mac::NotChecked(why.clone()),
    };
    let times = Times {
        created: Some(claim.time),
        expires: None,
    };
    let window = policy.window;
    let replay_id = texts.as_ref().ok().map(|texts| ReplayId {
        // The key that matched: the id in the message is not signed.
        scope: key_choice::scope(keys, &mac),
        id: sha256(&texts.bytes()).to_vec(),
        shared: None,
        until: window
            .max_age
            .map(|age| claim.time.plus(age).plus(window.leeway.get())),
    });
    Ok(Verdict {
        scheme: NAME.to_owned(),
        label: None,
        key_id: Some(claim.secret_id.clone()),
        mac,
        freshness: Freshness::judge_within(times, window, SKEW),
        window,
        coverage: coverage(&claim, policy, expected),
        body,
        target_conflict: check_target(exchange.message, exchange.context).err(),
        replay_id,
        replay: Replay::NotAsked,
        signed: texts.ok().map(|texts| texts.shown()),
        notes: notes(&parts, &claim),
    })
}

fn read(parts: &Parts<'_>) -> Result<Claim, ClaimError> {
    let authorization = only(parts, "authorization")?.filter(|text| text.starts_with("TC3-"));
    let missing = "the message has no `Authorization: TC3-HMAC-SHA256 …`";
    let authorization = authorization.ok_or(ClaimError::Missing(missing))?;
    let (algorithm, rest) = authorization.split_once(' ').unwrap_or((authorization, ""));
    if algorithm != ALGORITHM {
        let what = format!("the algorithm `{algorithm}`");
        return Err(malformed(&what, format!("is not `{ALGORITHM}`")));
    }
    let members = members(rest)?;
    let (secret_id, scope) = credential(members.credential).ok_or_else(|| {
        let what = format!("the credential `{}`", members.credential);
        malformed(
            &what,
            format!("is not `SECRET_ID/DAY/SERVICE/{TERMINATOR}`"),
        )
    })?;
    let seconds = only(parts, "x-tc-timestamp")?;
    let seconds = seconds.ok_or_else(|| ClaimError::Absent("`x-tc-timestamp`".to_owned()))?;
    let digits = seconds.bytes().all(|byte| byte.is_ascii_digit());
    let time = seconds.parse().ok().filter(|_| digits);
    let time = time.and_then(Timestamp::from_unix).ok_or_else(|| {
        let what = format!("`x-tc-timestamp` `{seconds}`");
        malformed(&what, "is not seconds since 1970".to_owned())
    })?;
    let signature = unhex(members.signature.as_bytes()).filter(|bytes| bytes.len() == 32);
    Ok(Claim {
        secret_id,
        scope,
        seconds: seconds.to_owned(),
        time,
        signed: signed_headers(members.signed_headers)?,
        signature: signature.ok_or_else(|| {
            let problem = "is not 64 hexadecimal digits in lower case";
            malformed("the signature", problem.to_owned())
        })?,
    })
}

fn credential(text: &str) -> Option<(String, Scope)> {
    let parts: Vec<&str> = text.split('/').collect();
    match parts.as_slice() {
        [id, day, service, end]
            if *end == TERMINATOR && ![id, day, service].iter().any(|part| part.is_empty()) =>
        {
            let scope = Scope {
                day: (*day).to_owned(),
                service: (*service).to_owned(),
            };
            Some(((*id).to_owned(), scope))
        }
        _ => None,
    }
}

type Payload = (BodyBinding, Result<String, String>);

/// How the body is bound, and the hash in its place.
fn payload(message: &Message, parts: &Parts<'_>, policy: &Policy) -> Result<Payload, ClaimError> {
    let claimed = match only(parts, CONTENT_SHA256)? {
        Some(text) if text == UNSIGNED_PAYLOAD => Claimed::Text(text.to_owned()),
        _ => Claimed::Nothing,
    };
    let (binding, text) = body(message, (&claimed, "`x-tc-content-sha256`"), policy);
    // What stands for the body is hashed as the body would be.
    let hash = text.map(|text| match claimed {
        Claimed::Text(_) => hex(&sha256(text.as_bytes())),
        _ => text,
    });
    Ok((binding, hash))
}

fn texts(parts: &Parts<'_>, claim: &Claim, hash: &str) -> Result<Texts, NotChecked> {
    if claim.scope.day != text::day(claim.time) {
        return Err(NotChecked::Malformed(format!(
            "the scope is for the day `{}`, the signature's time is `{}`",
            claim.scope.day, claim.time
        )));
    }
    Texts::new(parts, (&claim.signed, hash), (&claim.seconds, &claim.scope))
        .map_err(|error| NotChecked::Unbuildable(error.to_string()))
}

fn mac(claim: &Claim, message: &[u8], keys: &[Key], policy: &Policy) -> Mac {
    let signature = (claim.secret_id.as_str(), Algorithm::HmacSha256, ALGORITHM);
    key_choice::try_keys(keys, policy, signature, &|key| match &key.material {
        Material::Secret(secret) => {
            let key = text::key(secret, &claim.scope).map_err(|error| error.to_string())?;
            Ok(key.verify(message, &claim.signature).is_ok())
        }
        _ => Err(format!(
            "a secret key is needed; this is {}",
            key.describe()
        )),
    })
}

fn coverage(claim: &Claim, policy: &Policy, expected: &Expected) -> Coverage {
    let signed = |name: &str| claim.signed.iter().any(|known| known == name);
    let mut covered: Vec<String> = ["@method", "@path", "@query", "@request-target"]
        .into_iter()
        .chain(claim.signed.iter().map(String::as_str))
        .chain(Some("@authority").filter(|_| signed("host")))
        .map(|name| format!("\"{name}\""))
        .collect();
    // The time is a line of the string-to-sign of its own.
    if !signed("x-tc-timestamp") {
        covered.push("\"x-tc-timestamp\"".to_owned());
    }
    let mut coverage = demands(covered, policy);
    if policy.required == Required::Default {
        let missing = ["content-type", "host"].into_iter();
        let missing = missing.filter(|name| !signed(name));
        coverage.missing = missing.map(|name| format!("\"{name}\"")).collect();
    }
    if let Some(service) = &expected.service
        && *service != claim.scope.service
    {
        let found = claim.scope.service.clone();
        let unmet = (Reason::ScopeMismatch, service.clone(), found);
        coverage.unmet.push(unmet);
    }
    coverage
}

/// The service does not demand that its own fields are signed, and its libraries do not sign them.
fn notes(parts: &Parts<'_>, claim: &Claim) -> Vec<String> {
    let names = parts
        .fields
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase());
    let mut open: Vec<String> = names
        .filter(|name| name.starts_with("x-tc-") && name != "x-tc-timestamp")
        .filter(|name| !claim.signed.contains(name))
        .map(|name| format!("`{name}`"))
        .collect();
    open.arrange();
    open.dedup();
    if open.is_empty() {
        return Vec::new();
    }
    vec![format!(
        "not signed, so that anyone could have changed it: {}",
        open.join(", ")
    )]
}
