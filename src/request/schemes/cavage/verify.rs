//! Verifying: only what the signature covers is believed, its times too.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::algorithm::Means;
use super::read::{Claim, ClaimError, read};
use super::{NAME, Named, text};
use crate::kernel::crypto::{self, DigestAlgorithm, MacKey, equal, sha256};
use crate::kernel::key::{Key, Material};
use crate::kernel::time::Timestamp;
use crate::request::component::check_target;
use crate::request::digest_fields::{self, DigestField};
use crate::request::exchange::Exchange;
use crate::request::freshness::{Freshness, Times};
use crate::request::key_choice;
use crate::request::message::Message;
use crate::request::policy::{Policy, Required};
use crate::request::reasons::Reason;
use crate::request::schemes::{Unsigned, demands, http_date};
use crate::request::verdict::{
    BodyBinding, Coverage, DigestCheck, Mac, NotChecked, Replay, ReplayId, Verdict,
};

/// Verifies a message.
///
/// # Errors
/// [`Unsigned`] if there is no signature to verify.
pub fn verify(exchange: Exchange<'_>, keys: &[Key], policy: &Policy) -> Result<Verdict, Unsigned> {
    let message = exchange.message;
    if let Some(label) = &policy.label {
        return Err(Unsigned {
            reason: Reason::SignatureMissing,
            message: format!("a signature of draft-cavage has no label, so none is `{label}`"),
        });
    }
    let claim = read(message)?;
    let signed = text::build((message, exchange.context.authority.as_deref()), &claim);
    let mac = match &signed {
        Ok(signed) => mac(&claim, &signed.last_text(), keys, policy),
        Err(error) => Mac::NotChecked(NotChecked::Unbuildable(error.to_string())),
    };
    let times = times(message, &claim);
    let replay_id = signed.as_ref().ok().map(|signed| ReplayId {
        // Not the id in the message, which is not signed.
        scope: key_choice::scope(keys, &mac),
        // Not the signature: one of ECDSA can be rewritten.
        id: sha256(&signed.last_text()).to_vec(),
        shared: None,
        until: until(times.as_ref().ok(), &claim, policy),
    });
    Ok(Verdict {
        scheme: NAME.to_owned(),
        label: None,
        key_id: Some(claim.key_id.clone()),
        mac,
        freshness: match times {
            Ok(times) => Freshness::judge(times, policy.window),
            Err(problem) => Freshness::Unreadable(problem),
        },
        window: policy.window,
        coverage: coverage(message, &claim, policy),
        body: body(message, &claim, policy),
        target_conflict: check_target(message, exchange.context).err(),
        replay_id,
        replay: Replay::NotAsked,
        signed: signed.ok(),
        notes: notes(&claim),
    })
}

impl From<ClaimError> for Unsigned {
    fn from(error: ClaimError) -> Self {
        Self {
            reason: match error {
                ClaimError::Missing | ClaimError::Rfc9421 => Reason::SignatureMissing,
                _ => Reason::SignatureMalformed,
            },
            message: error.to_string(),
        }
    }
}

/// Whether the signature would match if its string were written in another way. Nothing but the match is told.
pub(crate) fn matches_text(
    exchange: Exchange<'_>,
    keys: &[Key],
    policy: &Policy,
    edit: impl Fn(&str) -> String,
) -> bool {
    let message = exchange.message;
    let Ok(claim) = read(message) else {
        return false;
    };
    let signed = text::build((message, exchange.context.authority.as_deref()), &claim);
    let Some(text) = signed
        .ok()
        .and_then(|signed| String::from_utf8(signed.last_text()).ok())
    else {
        return false;
    };
    matches!(
        mac(&claim, edit(&text).as_bytes(), keys, policy),
        Mac::Valid { .. }
    )
}

fn mac(claim: &Claim, text: &[u8], keys: &[Key], policy: &Policy) -> Mac {
    let written = claim.algorithm.as_deref().unwrap_or(Named::Hs2019.name());
    let Some(named) = Named::from_name(written) else {
        let known: Vec<&str> = Named::ALL.iter().map(|known| known.name()).collect();
        return Mac::NotChecked(NotChecked::Algorithm {
            found: written.to_owned(),
            accepted: known.join(", "),
        });
    };
    let fitting = match key_choice::by_id(keys, Some(&claim.key_id)) {
        Ok(fitting) => fitting,
        Err(why) => return Mac::NotChecked(why),
    };
    let accepted = policy.algorithms.as_deref();
    let mut tried = Vec::new();
    let mut unfit = Vec::new();
    for key in fitting {
        if let Some(why) = key_choice::forbidden(key, policy) {
            unfit.push(format!("{}: {why}", key.name()));
            continue;
        }
        let means = named.means(key);
        let means: Vec<Means> = means
            .into_iter()
            .filter(|means| means.accepted(accepted))
            .collect();
        if means.is_empty() {
            unfit.push(format!(
                "{} is {}, not for `{written}` as accepted",
                key.name(),
                key.describe()
            ));
        }
        for means in means {
            let algorithm = means.name();
            if holds(means, key, text, &claim.signature) {
                let key = key.name();
                return Mac::Valid { key, algorithm };
            }
            tried.push(format!("{} ({algorithm})", key.name()));
        }
    }
    if tried.is_empty() {
        return Mac::NotChecked(NotChecked::NoFittingKey(unfit.join("; ")));
    }
    Mac::Invalid { tried }
}

fn holds(means: Means, key: &Key, text: &[u8], signature: &[u8]) -> bool {
    match (means, &key.material) {
        (Means::Mac(mac), Material::Secret(secret)) => {
            !secret.is_empty() && MacKey::new(mac, secret).verify(text, signature).is_ok()
        }
        (Means::Signature(algorithm), Material::Private(_) | Material::Public(_)) => key
            .public()
            .is_some_and(|public| crypto::verify(algorithm, &public, text, signature).is_ok()),
        _ => false,
    }
}

/// The times that the signature covers. An `expires` that is not covered can only shorten its life.
fn times(message: &Message, claim: &Claim) -> Result<Times, String> {
    let covers = |name: &str| claim.headers.iter().any(|known| known == name);
    let created = match (&claim.created, covers("(created)"), covers("date")) {
        (Some(text), true, _) => Some(seconds("created", text)?),
        (_, _, true) => Some(date(message)?),
        _ => None,
    };
    let expires = claim.expires.as_ref();
    let expires = expires.map(|text| seconds("expires", text)).transpose()?;
    Ok(Times { created, expires })
}

/// Whole seconds; §2.1.4 allows `expires` a fraction, which is cut off.
fn seconds(name: &str, text: &str) -> Result<Timestamp, String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let fraction_allowed = name == "expires" || !text.contains('.');
    let number = whole.parse::<i64>().ok();
    let number = number.filter(|_| digits(whole) && digits(fraction) && fraction_allowed);
    number
        .and_then(Timestamp::from_unix)
        .ok_or_else(|| format!("`{name}` is `{text}`, not seconds since 1970"))
}

/// `Date` in the form that is to be sent (RFC 9110 §5.6.7).
fn date(message: &Message) -> Result<Timestamp, String> {
    let text = message
        .only("date")
        .ok_or("`Date` is there more than once")?;
    http_date::parse(text).ok_or_else(|| {
        format!("`Date` is `{text}`, not a date such as `Sun, 05 Jan 2014 21:31:40 GMT`")
    })
}

// Only what is signed says how long: an end that is not covered can be moved.
fn until(times: Option<&Times>, claim: &Claim, policy: &Policy) -> Option<Timestamp> {
    let times = times?;
    let by_age = times.created.zip(policy.window.max_age);
    let by_age = by_age.map(|(created, age)| created.plus(age));
    let covered = claim.headers.iter().any(|name| name == "(expires)");
    let expires = times.expires.filter(|_| covered);
    let end = [by_age, expires].into_iter().flatten().min()?;
    Some(end.plus(policy.window.leeway.get()))
}

fn coverage(message: &Message, claim: &Claim, policy: &Policy) -> Coverage {
    let mut covered: Vec<String> = Vec::new();
    for name in &claim.headers {
        let names: &[&str] = match name.as_str() {
            "(request-target)" => &["@method", "@request-target", "@path", "@query"],
            "host" => &["host", "@authority"],
            name => &[name],
        };
        covered.extend(names.iter().map(|name| format!("\"{name}\"")));
    }
    let mut coverage = demands(covered, policy);
    if policy.required == Required::Default {
        let has = |name: &str| claim.headers.iter().any(|known| known == name);
        if message.is_request() {
            let needed = ["(request-target)", "host"].into_iter();
            coverage.missing.extend(
                needed
                    .filter(|name| !has(name))
                    .map(|name| format!("\"{name}\"")),
            );
        }
        if message.has_body() && !has("digest") && !has("content-digest") {
            coverage.missing.push("\"digest\"".to_owned());
        }
    }
    coverage
}

fn body(message: &Message, claim: &Claim, policy: &Policy) -> BodyBinding {
    let covers = |name: &str| claim.headers.iter().any(|known| known == name);
    let required = match &policy.required {
        Required::Default => true,
        Required::Listed(listed) => listed
            .iter()
            .any(|each| each.is_field("digest") || each.is_field("content-digest")),
    };
    if covers("content-digest") {
        let field = DigestField::Content;
        return match digest_fields::check(message, field) {
            Ok(verdict) => BodyBinding::Field(DigestCheck {
                field,
                verdict,
                covered: true,
                has_body: message.has_body(),
                required,
            }),
            Err(error) => BodyBinding::Unreadable(error.0),
        };
    }
    let refused = message.has_body() && required;
    if !covers("digest") {
        let why = "no digest of it is covered".to_owned();
        return BodyBinding::Unsigned { why, refused };
    }
    let values: Vec<&[u8]> = message.values("digest").collect();
    let given = known_digests(&values.join(&b","[..]));
    let algorithms: Vec<DigestAlgorithm> = given.iter().map(|(algorithm, _)| *algorithm).collect();
    if algorithms.is_empty() {
        let why = "`Digest` holds neither SHA-256 nor SHA-512".to_owned();
        return BodyBinding::Unsigned { why, refused };
    }
    let computed = match message.digests(&algorithms) {
        Ok(computed) => computed,
        Err(error) => return BodyBinding::Unreadable(error.0),
    };
    let holds = given.iter().zip(&computed).all(|((_, given), computed)| {
        let given = given.as_ref();
        given.is_some_and(|given| equal(given, computed))
    });
    if holds {
        BodyBinding::Signed
    } else {
        BodyBinding::HashMismatch { place: "`Digest`" }
    }
}

type GivenDigest = (DigestAlgorithm, Option<Vec<u8>>);

/// The digests of known algorithms in `Digest` (RFC 3230 §4.3.2); None for one that is not base64.
fn known_digests(value: &[u8]) -> Vec<GivenDigest> {
    value
        .split(|byte| *byte == b',')
        .filter_map(|member| {
            let member = std::str::from_utf8(member).ok()?.trim();
            let (name, digest) = member.split_once('=')?;
            let algorithm = match name.to_ascii_lowercase().as_str() {
                "sha-256" => DigestAlgorithm::Sha256,
                "sha-512" => DigestAlgorithm::Sha512,
                _ => return None,
            };
            Some((algorithm, STANDARD.decode(digest).ok()))
        })
        .collect()
}

fn notes(claim: &Claim) -> Vec<String> {
    let covers = |name: &str| claim.headers.iter().any(|known| known == name);
    let mut notes = Vec::new();
    for (name, value) in [("created", &claim.created), ("expires", &claim.expires)] {
        if value.is_some() && !covers(&format!("({name})")) {
            notes.push(format!(
                "`{name}` is there and `({name})` is not covered: anyone could have changed it"
            ));
        }
    }
    if claim.algorithm.is_none() {
        notes.push("no `algorithm` is named; it was chosen by the key".to_owned());
    }
    notes
}
