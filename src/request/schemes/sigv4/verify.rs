//! Verification as the service does it: the scope, the time, the signed fields and the body, each for itself.

use std::time::Duration;

use super::body::{Claimed, body, payload};
use super::canonical::{CanonicalRequest, Line, Parts, Rules, check_defined};
use super::claim::{self, Claim, ClaimError};
use super::key::{Identity, v4_signature, v4a_private_key};
use super::scope::StringToSign;
use super::sign::{Added, ECDSA, RSA, Settings, SignError, sign};
use super::{Family, MAX_EXPIRES, STREAMING, Variant, needs_content_sha256};
use crate::kernel::crypto::{self, SystemRandom, equal, sha256};
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
    Coverage, Mac, NotChecked, Part, Replay, ReplayId, Section, SignedText, Verdict,
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
    judge(exchange, keys, policy, (Family::Aws, expected))
}

/// Verifies a message by the names of a family.
///
/// # Errors
/// [`Unsigned`] if there is no signature to verify.
pub(in crate::request::schemes) fn judge(
    exchange: Exchange<'_>,
    keys: &[Key],
    policy: &Policy,
    (family, expected): (Family, &Expected),
) -> Result<Verdict, Unsigned> {
    let title = family.names().title;
    let parts = request_parts(exchange, policy, title)?;
    let claim = claim::read(&parts, family)?;
    let payload = payload(&parts, &claim)?;
    let place = match family {
        Family::Aws => "`x-amz-content-sha256`",
        Family::Google => "`x-goog-content-sha256`",
    };
    let body = body(exchange.message, (&payload, place), policy);
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
        shared: None,
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

/// What is signed of a request, if it is one and no label is asked for: signatures of `title` have none.
///
/// # Errors
/// [`Unsigned`].
pub(in crate::request::schemes) fn request_parts<'a>(
    exchange: Exchange<'a>,
    policy: &Policy,
    title: &str,
) -> Result<Parts<'a>, Unsigned> {
    let missing = |message: String| Unsigned {
        reason: Reason::SignatureMissing,
        message,
    };
    let stated = exchange.context.authority.as_deref();
    let parts = parts(exchange.message, stated)
        .ok_or_else(|| missing(format!("this is a response; {title} signs requests")))?;
    match &policy.label {
        None => Ok(parts),
        Some(label) => Err(missing(format!(
            "a signature of {title} has no label, so none is `{label}`"
        ))),
    }
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
                ClaimError::Missing(_) => Reason::SignatureMissing,
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
pub fn sign_message<'a>(
    message: &Message,
    credentials: impl Into<Identity<'a>>,
    settings: &'a Settings<'a>,
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
    let texts = (signed.canonical, signed.string_to_sign);
    Ok((edit, signed_text(texts)))
}

/// What is signed of a message. An authority that is stated to be the client's stands in place of the message's own.
pub(in crate::request::schemes) fn parts<'a>(
    message: &'a Message,
    stated: Option<&'a str>,
) -> Option<Parts<'a>> {
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
        .map(|field| (field.name(), field.value()))
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
    if claim.variant.family() == Family::Google {
        check_defined(parts.target).map_err(|error| NotChecked::Unbuildable(error.to_string()))?;
    }
    let rules = expected.rules;
    let rules = rules.unwrap_or_else(|| Rules::of_service(&claim.scope.service));
    let own = claim.variant.family().names().parameters.signature;
    let all = [own, "X-Amz-Security-Token"];
    let left_out: &[&str] = match (&claim.expires, expected.omit_session_token) {
        (None, _) => &[],
        (Some(_), false) => all.get(..1).unwrap_or_default(),
        (Some(_), true) => &all,
    };
    let canonical = CanonicalRequest::new(parts, (&claim.signed, payload_hash), left_out, rules)
        .map_err(|error| NotChecked::Unbuildable(error.to_string()))?;
    let to_sign = StringToSign::new(claim.variant, claim.date, &claim.scope, &canonical);
    Ok((canonical, to_sign))
}

fn mac(claim: &Claim, to_sign: &StringToSign, keys: &[Key], policy: &Policy) -> Mac {
    let algorithm = match claim.variant {
        Variant::V4 | Variant::Goog4Hmac => Algorithm::HmacSha256,
        Variant::V4a => Algorithm::EcdsaP256Sha256,
        Variant::Goog4Rsa => Algorithm::RsaV15Sha256,
    };
    let message = to_sign.bytes();
    let signature = (
        claim.access_key_id.as_str(),
        algorithm,
        claim.variant.algorithm(),
    );
    key_choice::try_keys(keys, policy, signature, &|key| holds(claim, &message, key))
}

/// Whether the signature is that of a text under a key; an error where the key cannot be used.
fn holds(claim: &Claim, message: &[u8], key: &Key) -> Result<bool, String> {
    match (claim.variant, &key.material) {
        (Variant::V4 | Variant::Goog4Hmac, Material::Secret(secret)) => {
            let tag = v4_signature(secret, &claim.scope, message);
            let tag = tag.map_err(|error| error.to_string())?;
            Ok(equal(&tag, &claim.signature))
        }
        (Variant::V4 | Variant::Goog4Hmac, _) => Err(format!(
            "a secret access key is needed; this is {}",
            key.describe()
        )),
        (Variant::Goog4Rsa, _) => {
            let public = key.public().filter(|public| {
                matches!(public.kind(), KeyKind::Rsa { .. }) && key.rsa_use.allows_pkcs1()
            });
            let public = public.ok_or_else(|| {
                format!(
                    "an RSA key for PKCS#1 v1.5 is needed; this is {}",
                    key.describe()
                )
            })?;
            Ok(crypto::verify(RSA, &public, message, &claim.signature).is_ok())
        }
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
            "`{}` is `{text}`, not from 1 to {MAX_EXPIRES}",
            claim.variant.family().names().parameters.expires
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

/// What services demand to be signed, and is not: `host`, and each field of the family's own that is there.
fn unsigned_fields(parts: &Parts<'_>, claim: &Claim, expected: &Expected) -> Vec<String> {
    let signed = |name: &str| claim.signed.iter().any(|known| known == name);
    let names = claim.variant.family().names();
    let mut missing = Vec::new();
    if !signed("host") {
        missing.push("host".to_owned());
    }
    for (name, _) in &parts.fields {
        let name = name.to_ascii_lowercase();
        let token = expected.omit_session_token && name == "x-amz-security-token";
        if name.starts_with(names.field_prefix)
            && !signed(&name)
            && !token
            && !missing.contains(&name)
        {
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
            Variant::V4a => claim.region_set.clone().unwrap_or_default(),
            _ => scope.region.clone().unwrap_or_default(),
        };
        let fits = match claim.variant {
            Variant::V4a => found.split(',').any(|each| in_region(each.trim(), region)),
            _ => found == *region,
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
    sections(canonical.lines(), to_sign.lines())
}

/// The two texts on the way to a signature.
pub(in crate::request::schemes) fn sections(canonical: &[Line], to_sign: &[Line]) -> SignedText {
    let section = |title, lines: &[Line]| Section {
        title,
        parts: parts_of(lines),
    };
    SignedText::Sections(vec![
        section("canonical request", canonical),
        section("string to sign", to_sign),
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
