//! Verifying as the service does it; only a date and a nonce that are signed are believed.

use super::text::{self, Texts};
use super::{ALGORITHM, CONTENT_SHA256, DATE, NAME, NONCE, PREFIX, SKEW};
use crate::kernel::arrange::Arrange as _;
use crate::kernel::crypto::{sha256, unhex};
use crate::kernel::key::{Key, Material};
use crate::kernel::time::Timestamp;
use crate::request::algorithm::Algorithm;
use crate::request::component::check_target;
use crate::request::exchange::Exchange;
use crate::request::freshness::{Freshness, Times};
use crate::request::key_choice;
use crate::request::policy::{Policy, Required};
use crate::request::reasons::Reason;
use crate::request::schemes::sigv4::{
    ClaimError, Claimed, Parts, body, malformed, members, only, request_parts, signed_headers,
};
use crate::request::schemes::{Unsigned, demands};
use crate::request::verdict::{Coverage, Mac, NotChecked, Replay, ReplayId, Verdict};

/// A signature with what it says of itself. Nothing is trusted yet.
#[derive(Debug)]
struct Claim {
    access_key_id: String,
    signed: Vec<String>,
    signature: Vec<u8>,
    /// The date, if it is signed.
    date: Option<String>,
    /// The nonce, if it is signed.
    nonce: Option<String>,
}

/// Verifies a message.
///
/// # Errors
/// [`Unsigned`] if there is no signature to verify.
pub fn verify(exchange: Exchange<'_>, keys: &[Key], policy: &Policy) -> Result<Verdict, Unsigned> {
    let parts = request_parts(exchange, policy, NAME)?;
    let claim = read(&parts)?;
    let claimed = claimed(&parts)?;
    let (body, hash) = body(
        exchange.message,
        (&claimed, "`x-acs-content-sha256`"),
        policy,
    );
    let texts = hash.and_then(|hash| {
        Texts::new(&parts, (&claim.signed, &hash)).map_err(|error| error.to_string())
    });
    let mac = match &texts {
        Ok(texts) => mac(&claim, &texts.bytes(), keys, policy),
        Err(why) => Mac::NotChecked(NotChecked::Unbuildable(why.clone())),
    };
    let times = times(&claim);
    let window = policy.window;
    let replay_id = texts.as_ref().ok().map(|texts| ReplayId {
        // The key that matched: the id in the message is not signed.
        scope: key_choice::scope(keys, &mac),
        id: match &claim.nonce {
            Some(nonce) => nonce.clone().into_bytes(),
            None => sha256(&texts.bytes()).to_vec(),
        },
        shared: None,
        until: until(times.as_ref().ok(), policy),
    });
    Ok(Verdict {
        scheme: NAME.to_owned(),
        label: None,
        key_id: Some(claim.access_key_id.clone()),
        mac,
        freshness: match times {
            Ok(times) => Freshness::judge_within(times, window, SKEW),
            Err(problem) => Freshness::Unreadable(problem),
        },
        window,
        coverage: coverage(&parts, &claim, policy),
        body,
        target_conflict: check_target(exchange.message, exchange.context).err(),
        replay_id,
        replay: Replay::NotAsked,
        signed: texts.ok().map(|texts| texts.shown()),
        notes: Vec::new(),
    })
}

fn read(parts: &Parts<'_>) -> Result<Claim, ClaimError> {
    let authorization = only(parts, "authorization")?.filter(|text| text.starts_with("ACS3-"));
    let missing = "the message has no `Authorization: ACS3-HMAC-SHA256 …`";
    let authorization = authorization.ok_or(ClaimError::Missing(missing))?;
    let (algorithm, rest) = authorization.split_once(' ').unwrap_or((authorization, ""));
    if algorithm != ALGORITHM {
        let what = format!("the algorithm `{algorithm}`");
        return Err(malformed(&what, format!("is not `{ALGORITHM}`")));
    }
    let members = members(rest)?;
    if members.credential.is_empty() {
        return Err(malformed("the credential", "is empty".to_owned()));
    }
    let signature = unhex(members.signature.as_bytes()).filter(|bytes| bytes.len() == 32);
    let signature = signature.ok_or_else(|| {
        let problem = "is not 64 hexadecimal digits in lower case";
        malformed("the signature", problem.to_owned())
    })?;
    let signed = signed_headers(members.signed_headers)?;
    let if_signed = |name: &'static str| -> Result<Option<String>, ClaimError> {
        let value = only(parts, name)?.map(str::to_owned);
        Ok(value.filter(|_| signed.iter().any(|known| known == name)))
    };
    Ok(Claim {
        access_key_id: members.credential.to_owned(),
        date: if_signed(DATE)?,
        nonce: if_signed(NONCE)?,
        signed,
        signature,
    })
}

/// What the message says in place of the body. It is a line of the canonical request, signed as a field or not.
fn claimed(parts: &Parts<'_>) -> Result<Claimed, ClaimError> {
    Ok(match only(parts, CONTENT_SHA256)? {
        Some(text) if unhex(text.as_bytes()).is_some_and(|hash| hash.len() == 32) => {
            Claimed::Hash(text.to_owned())
        }
        Some(text) => Claimed::Text(text.to_owned()),
        None => Claimed::Nothing,
    })
}

fn mac(claim: &Claim, message: &[u8], keys: &[Key], policy: &Policy) -> Mac {
    let signature = (
        claim.access_key_id.as_str(),
        Algorithm::HmacSha256,
        ALGORITHM,
    );
    key_choice::try_keys(keys, policy, signature, &|key| match &key.material {
        Material::Secret(secret) if secret.is_empty() => {
            Err("the secret access key is empty".to_owned())
        }
        Material::Secret(secret) => Ok(text::key(secret).verify(message, &claim.signature).is_ok()),
        _ => Err(format!(
            "a secret access key is needed; this is {}",
            key.describe()
        )),
    })
}

fn times(claim: &Claim) -> Result<Times, String> {
    let created = claim.date.as_ref().map(|date| {
        text::read_time(date).ok_or_else(|| {
            format!("`{DATE}` is `{date}`, not a time such as `2026-11-22T09:00:00Z`")
        })
    });
    Ok(Times {
        created: created.transpose()?,
        expires: None,
    })
}

fn until(times: Option<&Times>, policy: &Policy) -> Option<Timestamp> {
    let window = policy.window;
    let end = times?.created?.plus(window.max_age?);
    Some(end.plus(window.leeway.get()))
}

fn coverage(parts: &Parts<'_>, claim: &Claim, policy: &Policy) -> Coverage {
    let signed = |name: &str| claim.signed.iter().any(|known| known == name);
    let covered = ["@method", "@path", "@query", "@request-target"]
        .into_iter()
        .chain(claim.signed.iter().map(String::as_str))
        .chain(Some("@authority").filter(|_| signed("host")))
        .map(|name| format!("\"{name}\""));
    let mut coverage = demands(covered.collect(), policy);
    if policy.required == Required::Default {
        let names = parts
            .fields
            .iter()
            .map(|(name, _)| name.to_ascii_lowercase());
        let present = names.filter(|name| name.starts_with(PREFIX) || name == "content-type");
        let always = ["host", CONTENT_SHA256, DATE, NONCE].map(str::to_owned);
        let mut missing: Vec<String> = always.into_iter().chain(present).collect();
        missing.retain(|name| !signed(name));
        missing.arrange();
        missing.dedup();
        let missing = missing.into_iter().map(|name| format!("\"{name}\""));
        coverage.missing = missing.collect();
    }
    // The scheme has a nonce of its own.
    if claim.nonce.is_some() && claim.nonce == policy.nonce {
        coverage
            .unmet
            .retain(|(reason, ..)| *reason != Reason::NonceMismatch);
    }
    coverage
}
