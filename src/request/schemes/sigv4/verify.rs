//! Verification as the service does it: the scope, the time, the signed fields and the body, each for itself.

use std::time::Duration;

use super::canonical::{CanonicalRequest, Line, Parts, Rules};
use super::claim::{self, Claim, ClaimError};
use super::key::{v4_signature, v4a_private_key};
use super::scope::StringToSign;
use super::sign::{Added, ECDSA, Payload, Settings, SignError, sign};
use super::{
    Credentials, MAX_EXPIRES, STREAMING, UNSIGNED_PAYLOAD, Variant, is_s3, needs_content_sha256,
};
use crate::kernel::crypto::{self, DigestAlgorithm, SystemRandom, equal, hex, sha256, unhex};
use crate::kernel::key::{Curve, Key, KeyKind, Material};
use crate::request::algorithm::Algorithm;
use crate::request::component::check_target;
use crate::request::exchange::Exchange;
use crate::request::explain::Cause;
use crate::request::freshness::{Freshness, Times, Window};
use crate::request::key_choice;
use crate::request::message::{Edit, Message, Start};
use crate::request::policy::{Policy, Required};
use crate::request::reasons::Reason;
use crate::request::schemes::{Reading, Scheme, Unsigned, demands};
use crate::request::verdict::{
    BodyBinding, Coverage, Mac, NotChecked, Part, Replay, ReplayId, Section, SignedText, Verdict,
};

/// How far a signature's time may be from the present, on either side, as S3-compatible services have it.
pub const SKEW: Duration = Duration::from_secs(900);

/// What the verifier expects beside the policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Expected {
    /// The version; None takes either.
    pub variant: Option<Variant>,
    /// The region; None takes any.
    pub region: Option<String>,
    /// The service; None takes any.
    pub service: Option<String>,
    /// How the path becomes canonical; None takes what the scope's service does.
    pub rules: Option<Rules>,
    /// Whether the session token is sent but not signed.
    pub omit_session_token: bool,
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
    let stated = exchange.context.authority.as_deref();
    let parts = parts(exchange.message, stated).ok_or_else(|| Unsigned {
        reason: Reason::SignatureMissing,
        message: "this is a response; SigV4 signs requests".to_owned(),
    })?;
    if let Some(label) = &policy.label {
        return Err(Unsigned {
            reason: Reason::SignatureMissing,
            message: format!("a SigV4 signature has no label, so none is `{label}`"),
        });
    }
    let claim = claim::read(&parts)?;
    let payload = payload(&parts, &claim)?;
    let body = body(exchange.message, &payload, policy);
    let texts = match &body {
        (_, Err(why)) => Err(NotChecked::Unbuildable(why.clone())),
        (_, Ok(hash)) => texts(&parts, &claim, hash, expected),
    };
    let mac = match &texts {
        Ok(_)
            if expected
                .variant
                .is_some_and(|wanted| wanted != claim.variant) =>
        {
            let accepted = expected.variant.map(Variant::algorithm);
            Mac::NotChecked(NotChecked::Algorithm {
                found: claim.variant.algorithm().to_owned(),
                accepted: accepted.unwrap_or_default().to_owned(),
            })
        }
        Ok((_, to_sign)) => mac(&claim, to_sign, keys, policy),
        Err(why) => Mac::NotChecked(why.clone()),
    };
    let replay_id = texts.as_ref().ok().map(|(_, to_sign)| ReplayId {
        // The key that matched: the id in the message is not signed.
        scope: key_choice::scope(keys, &mac),
        // Not the signature: one of ECDSA can be rewritten.
        id: sha256(&to_sign.bytes()).to_vec(),
        until: until(&claim, policy.window),
    });
    Ok(Verdict {
        scheme: claim.variant.to_string(),
        label: None,
        key_id: Some(claim.access_key_id.clone()),
        mac,
        freshness: freshness(&claim, policy.window),
        window: policy.window,
        coverage: coverage(&parts, &claim, policy, expected),
        body: body.0,
        target_conflict: check_target(exchange.message, exchange.context).err(),
        replay_id,
        replay: Replay::NotAsked,
        signed: texts.ok().map(signed_text),
        notes: notes(&claim, &payload, policy),
    })
}

/// How else the scheme may have been understood by whoever signed, for explanations.
pub(in crate::request::schemes) fn readings(expected: &Expected) -> Vec<Reading> {
    let rules = [
        (true, true, "normalised and encoded once more"),
        (false, true, "encoded once more and not normalised"),
        (true, false, "normalised and not encoded once more"),
        (
            false,
            false,
            "neither normalised nor encoded once more, as for S3",
        ),
    ];
    let rules = rules.into_iter().map(|(normalize, double_encode, how)| {
        let rules = Rules {
            normalize,
            double_encode,
        };
        let other = Expected {
            rules: Some(rules),
            ..expected.clone()
        };
        (Cause::Sigv4Path, format!("the path were {how}"), other)
    });
    let token = Expected {
        omit_session_token: !expected.omit_session_token,
        ..expected.clone()
    };
    let token = (
        Cause::Sigv4Token,
        "the session token were left out of the query".to_owned(),
        token,
    );
    rules
        .chain([token].into_iter().filter(|_| !expected.omit_session_token))
        .map(|(cause, text, expected)| Reading {
            cause,
            text,
            scheme: Scheme::Sigv4(expected),
        })
        .collect()
}

impl From<ClaimError> for Unsigned {
    fn from(error: ClaimError) -> Self {
        Self {
            reason: match error {
                ClaimError::Missing => Reason::SignatureMissing,
                _ => Reason::SignatureMalformed,
            },
            message: error.to_string(),
        }
    }
}

/// Signs a message: what changes in it, and what was signed.
///
/// # Errors
/// [`SignError`].
pub fn sign_message(
    message: &Message,
    credentials: Credentials<'_>,
    settings: &Settings<'_>,
    random: &SystemRandom,
) -> Result<(Edit, SignedText), SignError> {
    let parts = parts(message, None).ok_or(SignError::NotARequest)?;
    let signed = sign(&parts, credentials, settings, random)?;
    let mut edit = Edit::default();
    match signed.added {
        Added::Fields(fields) => {
            for (name, value) in fields {
                edit.add(name, value);
            }
        }
        Added::Target(target) => edit.target = Some(target),
    }
    Ok((edit, signed_text((signed.canonical, signed.string_to_sign))))
}

/// The hash of a message's body, as a payload.
///
/// # Errors
/// [`crate::request::ContentError`] if the body cannot be read.
pub fn payload_of(message: &Message) -> Result<Payload, crate::request::ContentError> {
    let digest = message.digests(&[DigestAlgorithm::Sha256])?.concat();
    let digest = <[u8; 32]>::try_from(digest.as_slice());
    Ok(Payload::Sha256(digest.expect("SHA-256 has 32 bytes")))
}

/// What is signed of a message. An authority that is stated to be the client's stands in place of the message's own.
fn parts<'a>(message: &'a Message, stated: Option<&'a str>) -> Option<Parts<'a>> {
    let Start::Request {
        method,
        target,
        pseudo,
        ..
    } = &message.start
    else {
        return None;
    };
    let mut fields: Vec<(&str, &[u8])> = message
        .fields
        .iter()
        .map(|field| (field.name.as_str(), field.value.as_slice()))
        .collect();
    if stated.is_some() {
        fields.retain(|(name, _)| !name.eq_ignore_ascii_case("host"));
    }
    // `:authority` is the host, unless `Host` is there too: that they agree is checked with the target.
    let pseudo = pseudo.as_ref();
    let own = pseudo.and_then(|pseudo| pseudo.authority.as_deref());
    let own = own.filter(|_| message.values("host").next().is_none());
    if let Some(authority) = stated.or(own) {
        fields.insert(0, (":authority", authority.as_bytes()));
    }
    Some(Parts {
        method,
        target,
        fields,
    })
}

/// What the message says in place of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Claimed {
    /// Nothing: the service hashes the body itself.
    Nothing,
    /// A hash in `x-amz-content-sha256`.
    Hash(String),
    /// A text that is no hash, such as `UNSIGNED-PAYLOAD`.
    Text(String),
}

fn payload(parts: &Parts<'_>, claim: &Claim) -> Result<Claimed, ClaimError> {
    Ok(match claim::only(parts, "x-amz-content-sha256")? {
        Some(text) if unhex(text.as_bytes()).is_some_and(|hash| hash.len() == 32) => {
            Claimed::Hash(text.to_owned())
        }
        Some(text) => Claimed::Text(text.to_owned()),
        // S3 cannot know the body of a presigned URL beforehand.
        None if claim.expires.is_some() && is_s3(&claim.scope.service) => {
            Claimed::Text(UNSIGNED_PAYLOAD.to_owned())
        }
        None => Claimed::Nothing,
    })
}

/// How the body is bound, and the text that stands for it in the canonical request.
fn body(
    message: &Message,
    claimed: &Claimed,
    policy: &Policy,
) -> (BodyBinding, Result<String, String>) {
    if let Claimed::Text(text) = claimed {
        let why = if text == UNSIGNED_PAYLOAD {
            format!("`{UNSIGNED_PAYLOAD}`: the signer left it out")
        } else if text.starts_with(STREAMING) {
            format!("`{text}`: it is signed in chunks or in its trailer, which is not checked here")
        } else {
            format!("`x-amz-content-sha256` is `{text}`, which is no hash in lower case")
        };
        let refused = message.has_body() && policy.required == Required::Default;
        return (BodyBinding::Unsigned { why, refused }, Ok(text.clone()));
    }
    let computed = match message.digests(&[DigestAlgorithm::Sha256]) {
        Ok(digests) => hex(&digests.concat()),
        Err(error) => {
            let why = error.to_string();
            return (BodyBinding::Unreadable(error.0), Err(why));
        }
    };
    match claimed {
        Claimed::Hash(hash) if !equal(hash.as_bytes(), computed.as_bytes()) => {
            let place = "`x-amz-content-sha256`";
            (BodyBinding::HashMismatch { place }, Ok(hash.clone()))
        }
        _ => (BodyBinding::Signed, Ok(computed)),
    }
}

fn texts(
    parts: &Parts<'_>,
    claim: &Claim,
    payload_hash: &str,
    expected: &Expected,
) -> Result<(CanonicalRequest, StringToSign), NotChecked> {
    if claim.scope.day != claim.date.day() {
        return Err(NotChecked::Malformed(format!(
            "the scope is for the day `{}`, the signature's time is `{}`",
            claim.scope.day, claim.date
        )));
    }
    let rules = expected.rules;
    let rules = rules.unwrap_or_else(|| Rules::of_service(&claim.scope.service));
    let left_out: &[&str] = match (&claim.expires, expected.omit_session_token) {
        (None, _) => &[],
        (Some(_), false) => &["X-Amz-Signature"],
        (Some(_), true) => &["X-Amz-Signature", "X-Amz-Security-Token"],
    };
    let canonical = CanonicalRequest::new(parts, (&claim.signed, payload_hash), left_out, rules)
        .map_err(|error| NotChecked::Unbuildable(error.to_string()))?;
    let to_sign = StringToSign::new(claim.variant, claim.date, &claim.scope, &canonical);
    Ok((canonical, to_sign))
}

fn mac(claim: &Claim, to_sign: &StringToSign, keys: &[Key], policy: &Policy) -> Mac {
    let algorithm = match claim.variant {
        Variant::V4 => Algorithm::HmacSha256,
        Variant::V4a => Algorithm::EcdsaP256Sha256,
    };
    if !policy.accepts(algorithm) {
        let accepted = policy.algorithms.iter().flatten();
        let accepted: Vec<&str> = accepted.map(|each| each.name()).collect();
        return Mac::NotChecked(NotChecked::Algorithm {
            found: claim.variant.algorithm().to_owned(),
            accepted: accepted.join(", "),
        });
    }
    let fitting = match key_choice::by_id(keys, Some(&claim.access_key_id)) {
        Ok(fitting) => fitting,
        Err(why) => return Mac::NotChecked(why),
    };
    let message = to_sign.bytes();
    let mut tried = Vec::new();
    let mut unfit = Vec::new();
    for key in fitting {
        let holds = match key_choice::forbidden(key) {
            Some(why) => Err(why),
            None => holds(claim, &message, key),
        };
        match holds {
            Ok(true) => {
                return Mac::Valid {
                    key: key.name(),
                    algorithm: claim.variant.algorithm(),
                };
            }
            Ok(false) => tried.push(key.name()),
            Err(why) => unfit.push(format!("{}: {why}", key.name())),
        }
    }
    if tried.is_empty() {
        return Mac::NotChecked(NotChecked::NoFittingKey(unfit.join("; ")));
    }
    Mac::Invalid { tried }
}

/// Whether the signature is that of a text under a key; an error where the key cannot be used.
fn holds(claim: &Claim, message: &[u8], key: &Key) -> Result<bool, String> {
    match (claim.variant, &key.material) {
        (Variant::V4, Material::Secret(secret)) => {
            let tag = v4_signature(secret, &claim.scope, message);
            let tag = tag.map_err(|error| error.to_string())?;
            Ok(equal(&tag, &claim.signature))
        }
        (Variant::V4, _) => Err(format!(
            "a secret access key is needed; this is {}",
            key.describe()
        )),
        (Variant::V4a, material) => {
            let public = match material {
                Material::Secret(secret) => v4a_private_key(&claim.access_key_id, secret)
                    .map_err(|error| error.to_string())?
                    .public(),
                Material::Private(private) => private.public(),
                Material::Public(public) => public.clone(),
            };
            if public.kind() != KeyKind::Ec(Curve::P256) {
                return Err(format!(
                    "a secret access key or a P-256 key is needed; this is {}",
                    key.describe()
                ));
            }
            Ok(crypto::verify(ECDSA, &public, message, &claim.signature).is_ok())
        }
    }
}

fn expires(claim: &Claim) -> Result<Option<Duration>, String> {
    let Some(text) = &claim.expires else {
        return Ok(None);
    };
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = text.parse::<u64>().ok().filter(|_| digits);
    match seconds {
        Some(seconds @ 1..=MAX_EXPIRES) => Ok(Some(Duration::from_secs(seconds))),
        _ => Err(format!(
            "`X-Amz-Expires` is `{text}`, not from 1 to {MAX_EXPIRES}"
        )),
    }
}

fn freshness(claim: &Claim, window: Window) -> Freshness {
    let created = claim.date.timestamp();
    let life = match expires(claim) {
        Ok(life) => life,
        Err(problem) => return Freshness::Unreadable(problem),
    };
    let times = Times {
        created: Some(created),
        expires: life.map(|life| created.plus(life)),
    };
    // A presigned URL is good until it expires, however old it is.
    let window = match life {
        Some(_) => Window {
            max_age: None,
            ..window
        },
        None => window,
    };
    Freshness::judge_within(times, window, SKEW)
}

fn until(claim: &Claim, window: Window) -> Option<crate::kernel::time::Timestamp> {
    let created = claim.date.timestamp();
    let life = match &claim.expires {
        Some(_) => expires(claim).ok()??,
        None => window.max_age?,
    };
    Some(created.plus(life).plus(window.leeway.get()))
}

fn coverage(parts: &Parts<'_>, claim: &Claim, policy: &Policy, expected: &Expected) -> Coverage {
    let mut covered: Vec<String> = ["@method", "@path", "@query", "@request-target"]
        .into_iter()
        .chain(claim.signed.iter().map(String::as_str))
        .map(|name| format!("\"{name}\""))
        .collect();
    if claim.signed.iter().any(|name| name == "host") {
        covered.push("\"@authority\"".to_owned());
    }
    let mut coverage = demands(covered, policy);
    if policy.required == Required::Default {
        coverage.missing = unsigned_fields(parts, claim, expected);
    }
    coverage.unmet.extend(unmet(claim, expected));
    coverage
}

/// What services demand to be signed, and is not: `host`, and each `x-amz-*` that is there.
fn unsigned_fields(parts: &Parts<'_>, claim: &Claim, expected: &Expected) -> Vec<String> {
    let signed = |name: &str| claim.signed.iter().any(|known| known == name);
    let mut missing = Vec::new();
    if !signed("host") {
        missing.push("host".to_owned());
    }
    for (name, _) in &parts.fields {
        let name = name.to_ascii_lowercase();
        let token = expected.omit_session_token && name == "x-amz-security-token";
        if name.starts_with("x-amz-") && !signed(&name) && !token && !missing.contains(&name) {
            missing.push(name);
        }
    }
    let hash = "x-amz-content-sha256";
    let absent = !missing.iter().any(|name| name == hash) && !signed(hash);
    if claim.expires.is_none() && needs_content_sha256(&claim.scope.service) && absent {
        missing.push(hash.to_owned());
    }
    if claim.variant == Variant::V4a && claim.region_set.is_none() {
        missing.push("x-amz-region-set".to_owned());
    }
    let quoted = missing.into_iter().map(|name| format!("\"{name}\""));
    quoted.collect()
}

fn unmet(claim: &Claim, expected: &Expected) -> Vec<(Reason, String, String)> {
    let mut unmet = Vec::new();
    let scope = &claim.scope;
    if let Some(service) = &expected.service
        && *service != scope.service
    {
        let found = scope.service.clone();
        unmet.push((Reason::ScopeMismatch, service.clone(), found));
    }
    if let Some(region) = &expected.region {
        let found = match claim.variant {
            Variant::V4 => scope.region.clone().unwrap_or_default(),
            Variant::V4a => claim.region_set.clone().unwrap_or_default(),
        };
        let fits = match claim.variant {
            Variant::V4 => found == *region,
            Variant::V4a => found.split(',').any(|each| in_region(each.trim(), region)),
        };
        if !fits {
            unmet.push((Reason::ScopeMismatch, region.clone(), found));
        }
    }
    unmet
}

/// Whether a member of a region set, in which `*` stands for anything, names a region.
fn in_region(member: &str, region: &str) -> bool {
    let mut pieces = member.split('*');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = region.strip_prefix(first) else {
        return false;
    };
    let Some(last) = pieces.next_back() else {
        return rest.is_empty();
    };
    for piece in pieces {
        // The first place will do: what follows has the most room there.
        match rest.find(piece) {
            Some(at) => rest = rest.get(at + piece.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn notes(claim: &Claim, claimed: &Claimed, policy: &Policy) -> Vec<String> {
    let mut notes = Vec::new();
    if claim.expires.is_some() && policy.window.max_age.is_some() {
        notes.push(
            "a presigned URL is good until it expires; the largest age does not apply".to_owned(),
        );
    }
    if let Claimed::Text(text) = claimed
        && text.starts_with(STREAMING)
    {
        notes.push("the signatures of the chunks were not verified".to_owned());
    }
    notes
}

fn signed_text((canonical, to_sign): (CanonicalRequest, StringToSign)) -> SignedText {
    let section = |title, lines: &[Line]| Section {
        title,
        parts: parts_of(lines),
    };
    SignedText::Sections(vec![
        section("canonical request", canonical.lines()),
        section("string to sign", to_sign.lines()),
    ])
}

fn parts_of(lines: &[Line]) -> Vec<Part> {
    let last = lines.len().saturating_sub(1);
    lines
        .iter()
        .enumerate()
        .map(|(index, line)| {
            let mut bytes = line.text.clone();
            if index < last {
                bytes.push(b'\n');
            }
            Part::Bytes {
                bytes,
                origin: line.origin.to_string(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::in_region;

    #[test]
    fn a_region_set_may_hold_wildcards() {
        let table = [
            ("us-east-1", true),
            ("us-*", true),
            ("*", true),
            ("*-1", true),
            ("us*east*1", true),
            ("us-east-1*", true),
            ("us-east-12", false),
            ("us-east", false),
            ("", false),
            ("eu-*", false),
            ("us-*-2", false),
            ("us-east-1*1", false),
        ];
        for (member, expected) in table {
            assert_eq!(in_region(member, "us-east-1"), expected, "{member}");
        }
    }
}
