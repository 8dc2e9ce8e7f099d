//! Verifying: four questions, answered apart, for each signature of a message.

use super::fields::{self, SignatureFields, SignatureFieldsError};
use crate::kernel::crypto::{self, MacAlgorithm, MacKey, sha256};
use crate::kernel::key::{Key, Material};
use crate::kernel::time::Timestamp;
use crate::request::algorithm::Algorithm;
use crate::request::component::{Component, Name, check_target};
use crate::request::digest_fields::{self, DigestField, DigestVerdict};
use crate::request::exchange::Exchange;
use crate::request::freshness::{Freshness, Times};
use crate::request::key_choice;
use crate::request::policy::{Policy, Required};
use crate::request::reasons::Reason;
use crate::request::signature_base::{SignatureBase, components};
use crate::request::structured_field::{BareItem, Parameters, parameter};
use crate::request::verdict::{
    BodyBinding, Coverage, DigestCheck, Mac, NotChecked, Replay, ReplayId, SignedText, Verdict,
};

/// Verifies the signatures of a message, one verdict each, in their order. Where the policy names a tag, only the
/// signatures that carry it are looked at, if there is one (§7.2.5).
///
/// # Errors
/// [`SignatureFieldsError`] if there is no signature to verify.
pub fn verify(
    exchange: Exchange<'_>,
    keys: &[Key],
    policy: &Policy,
) -> Result<Vec<Verdict>, SignatureFieldsError> {
    let mut signatures = fields::read(exchange.message, policy.label.as_deref())?;
    if policy.tag.is_some() {
        let tagged =
            |each: &SignatureFields| text(&each.input.parameters, "tag") == policy.tag.as_deref();
        if signatures.iter().any(tagged) {
            signatures.retain(tagged);
        }
    }
    let verdicts = signatures
        .into_iter()
        .map(|signature| judge(signature, exchange, keys, policy));
    Ok(verdicts.collect())
}

/// Whether a signature would match if its base were written in another way. Nothing but the match is told.
pub(crate) fn matches_text(
    exchange: Exchange<'_>,
    keys: &[Key],
    policy: &Policy,
    edit: impl Fn(&str) -> String,
) -> bool {
    let signatures = fields::read(exchange.message, policy.label.as_deref()).unwrap_or_default();
    signatures.iter().any(|signature| {
        let base = SignatureBase::new(&signature.input, exchange);
        let candidates = candidates(&signature.input.parameters, keys, policy);
        let (Ok(base), Ok(candidates)) = (base, candidates) else {
            return false;
        };
        let text = edit(base.text());
        candidates
            .iter()
            .any(|(key, algorithm)| matches(key, *algorithm, text.as_bytes(), &signature.signature))
    })
}

fn judge(
    signature: SignatureFields,
    exchange: Exchange<'_>,
    keys: &[Key],
    policy: &Policy,
) -> Verdict {
    let parameters = &signature.input.parameters;
    let base = SignatureBase::new(&signature.input, exchange);
    let read_alone;
    let covered = match &base {
        Ok(base) => base.components(),
        // What is covered can be said even where a component has no value.
        Err(_) => {
            read_alone = components(&signature.input).unwrap_or_default();
            &read_alone
        }
    };
    let mac = match &base {
        Ok(base) => check_mac(&signature, base, keys, policy),
        Err(error) => Mac::NotChecked(error.clone().into()),
    };
    let key_id = text(parameters, "keyid").map(str::to_owned);
    let mut coverage = coverage(covered, parameters, exchange, policy);
    if base.is_err() {
        coverage.covered = identifiers(covered).map(str::to_owned).collect();
    }
    Verdict {
        scheme: super::NAME.to_owned(),
        freshness: freshness(parameters, policy),
        window: policy.window,
        body: body(covered, exchange, policy),
        coverage,
        target_conflict: check_target(exchange.message, exchange.context).err(),
        replay_id: match &base {
            Ok(base) if policy.remembers => {
                let scope = key_choice::scope(keys, &mac);
                Some(replay_id(parameters, base, scope, policy))
            }
            _ => None,
        },
        replay: Replay::NotAsked,
        signed: base.ok().map(SignedText::Base),
        notes: Vec::new(),
        label: Some(signature.label),
        key_id,
        mac,
    }
}

fn text<'a>(parameters: &'a Parameters, name: &str) -> Option<&'a str> {
    parameter(parameters, name).and_then(BareItem::as_string)
}

fn check_mac(
    signature: &SignatureFields,
    base: &SignatureBase,
    keys: &[Key],
    policy: &Policy,
) -> Mac {
    match candidates(&signature.input.parameters, keys, policy) {
        Ok(candidates) => try_all(&candidates, base, &signature.signature),
        Err(why) => Mac::NotChecked(why),
    }
}

fn try_all(candidates: &[(&Key, Algorithm)], base: &SignatureBase, signature: &[u8]) -> Mac {
    let mut tried = Vec::new();
    for (key, algorithm) in candidates {
        if matches(key, *algorithm, base.text().as_bytes(), signature) {
            return Mac::Valid {
                key: key.name(),
                algorithm: algorithm.name(),
            };
        }
        tried.push(format!("{} ({})", key.name(), algorithm.name()));
    }
    Mac::Invalid { tried }
}

/// Whether a signature is that of a text, under one key and one algorithm.
fn matches(key: &Key, algorithm: Algorithm, text: &[u8], signature: &[u8]) -> bool {
    match (&key.material, algorithm.signature()) {
        (Material::Secret(secret), None) => MacKey::new(MacAlgorithm::HmacSha256, secret)
            .verify(text, signature)
            .is_ok(),
        (Material::Private(_) | Material::Public(_), Some(algorithm)) => key
            .public()
            .is_some_and(|public| crypto::verify(algorithm, &public, text, signature).is_ok()),
        // A public key is never a MAC secret (RFC 9421 §7.3.6).
        _ => false,
    }
}

// RFC 9421 §3.2 step 6: the verifier's list, the key and what the message says must all agree; never the message alone.
fn candidates<'k>(
    parameters: &Parameters,
    keys: &'k [Key],
    policy: &Policy,
) -> Result<Vec<(&'k Key, Algorithm)>, NotChecked> {
    check_types(parameters)?;
    let named = match text(parameters, "alg") {
        None => None,
        Some(name) => Some(
            name.parse::<Algorithm>()
                .ok()
                .filter(|algorithm| policy.accepts(*algorithm))
                .ok_or_else(|| not_accepted(name, policy))?,
        ),
    };
    let fitting = key_choice::by_id(keys, text(parameters, "keyid"))?;
    let mut found = Vec::new();
    let mut passed_over = Vec::new();
    for key in fitting {
        if let Some(why) = key_choice::forbidden(key, policy) {
            passed_over.push(format!("{}: {why}", key.name()));
            continue;
        }
        let before = found.len();
        let usable = |algorithm: &Algorithm| {
            algorithm.fits(key)
                && policy.accepts(*algorithm)
                && named.is_none_or(|named| named == *algorithm)
        };
        found.extend(
            Algorithm::ALL
                .into_iter()
                .filter(usable)
                .map(|algorithm| (key, algorithm)),
        );
        if found.len() == before {
            let wanted = named.map_or("any accepted algorithm", Algorithm::name);
            let limit = match &key.algorithm {
                Some(algorithm) => format!(" for `{algorithm}` alone"),
                None => String::new(),
            };
            let text = format!(
                "{} is {}{limit}, not for {wanted}",
                key.name(),
                key.describe()
            );
            passed_over.push(text);
        }
    }
    if found.is_empty() {
        return Err(NotChecked::NoFittingKey(passed_over.join("; ")));
    }
    Ok(found)
}

fn not_accepted(name: &str, policy: &Policy) -> NotChecked {
    let accepted = match &policy.algorithms {
        Some(accepted) => accepted.as_slice(),
        None => &Algorithm::ALL,
    };
    let accepted: Vec<_> = accepted.iter().map(|known| known.name()).collect();
    NotChecked::Algorithm {
        found: name.to_owned(),
        accepted: accepted.join(", "),
    }
}

// RFC 9421 §2.3: the types of the parameters. One that is not registered may be there, and is signed like the others.
fn check_types(parameters: &Parameters) -> Result<(), NotChecked> {
    for (name, value) in parameters {
        let wanted = match name.as_ref() {
            "alg" | "keyid" | "nonce" | "tag" if value.as_string().is_none() => "a string",
            "created" | "expires" if value.as_integer().is_none() => "an integer",
            _ => continue,
        };
        return Err(NotChecked::Parameter {
            name: name.to_string(),
            problem: format!("is {}, not {wanted}", value.kind()),
        });
    }
    Ok(())
}

fn freshness(parameters: &Parameters, policy: &Policy) -> Freshness {
    // RFC 9421 §2.3: integers; a decimal, a string or a date is not a creation time.
    let time = |name| match parameter(parameters, name) {
        None => Ok(None),
        Some(BareItem::Integer(seconds)) => Timestamp::from_unix(*seconds)
            .map(Some)
            .ok_or_else(|| format!("`{name}` is out of range")),
        Some(other) => Err(format!("`{name}` is {}, not an integer", other.kind())),
    };
    match (time("created"), time("expires")) {
        (Ok(created), Ok(expires)) => Freshness::judge(Times { created, expires }, policy.window),
        (Err(problem), _) | (_, Err(problem)) => Freshness::Unreadable(problem),
    }
}

// The nonce under this key, or what is signed where there is none. Not the signature: one of ECDSA can be rewritten.
fn replay_id(
    parameters: &Parameters,
    base: &SignatureBase,
    scope: String,
    policy: &Policy,
) -> ReplayId {
    let id = match text(parameters, "nonce") {
        Some(nonce) => nonce.as_bytes().to_vec(),
        None => sha256(base.text().as_bytes()).to_vec(),
    };
    let time = |name| {
        let seconds = parameter(parameters, name)?.as_integer()?;
        Timestamp::from_unix(seconds)
    };
    let by_age = match (time("created"), policy.window.max_age) {
        (Some(created), Some(age)) => Some(created.plus(age)),
        _ => None,
    };
    let end = [by_age, time("expires")].into_iter().flatten().min();
    // A message that is signed with two keys, as in a rotation, is one message: with the nonce, what is covered is seen once.
    let shared = text(parameters, "nonce").map(|nonce| {
        let mut all = nonce.as_bytes().to_vec();
        all.push(0);
        all.extend_from_slice(base.lines().as_bytes());
        sha256(&all).to_vec()
    });
    ReplayId {
        scope,
        id,
        shared,
        until: end.map(|end| end.plus(policy.window.leeway.get())),
    }
}

fn coverage(
    covered: &[Component],
    parameters: &Parameters,
    exchange: Exchange<'_>,
    policy: &Policy,
) -> Coverage {
    let mut missing = Vec::new();
    match &policy.required {
        Required::Listed(required) => {
            for component in required {
                let found = covered.iter().any(|each| {
                    each.same_as(component) || (is_plain(component) && each.covers(&component.name))
                });
                if !found {
                    missing.push(component.identifier().to_owned());
                }
            }
        }
        Required::Default => default_coverage(covered, exchange, &mut missing),
    }
    let mut unmet = Vec::new();
    for (reason, name, expected) in [
        (Reason::TagMismatch, "tag", &policy.tag),
        (Reason::NonceMismatch, "nonce", &policy.nonce),
    ] {
        let found = text(parameters, name);
        if let Some(expected) = expected
            && found != Some(expected)
        {
            let found = found.unwrap_or("(none)").to_owned();
            unmet.push((reason, expected.clone(), found));
        }
    }
    Coverage {
        covered: Vec::new(),
        missing,
        unmet,
    }
}

fn identifiers(covered: &[Component]) -> impl Iterator<Item = &str> {
    covered.iter().map(Component::identifier)
}

fn is_plain(component: &Component) -> bool {
    component.covers(&component.name) && !component.structured && !component.binary
}

// RFC 9421 §7.2.1: what is not covered can be changed. The target may be covered whole or in its parts.
fn default_coverage(covered: &[Component], exchange: Exchange<'_>, missing: &mut Vec<String>) {
    let message = exchange.message;
    // The field `host` is the proxy's where the client's authority is stated apart.
    let host_counts = exchange.context.authority.is_none();
    let has = |name: &Name| covered.iter().any(|each| each.covers(name));
    let field = |name: &'static str| Name::Field(name.into());
    if message.is_request() {
        let whole = has(&Name::TargetUri);
        if !has(&Name::Method) {
            missing.push("\"@method\"".to_owned());
        }
        let by_host = host_counts && has(&field("host"));
        if !whole && !has(&Name::Authority) && !by_host {
            missing.push("\"@authority\"".to_owned());
        }
        if !whole && !has(&Name::RequestTarget) {
            if !has(&Name::Path) {
                missing.push("\"@path\"".to_owned());
            }
            // A query can be added to a request that had none, so `@query` is required even then.
            if !has(&Name::Query) {
                missing.push("\"@query\"".to_owned());
            }
        }
    } else if !has(&Name::Status) {
        missing.push("\"@status\"".to_owned());
    }
    if message.has_body() && digest_in_use(covered).is_none() {
        missing.push("\"content-digest\"".to_owned());
    }
}

// The digest field that the signature covers, whole or with one of its active members.
fn digest_in_use(covered: &[Component]) -> Option<DigestField> {
    DigestField::ALL
        .into_iter()
        .find(|field| covered.iter().any(|each| covers_digest(each, *field)))
}

fn covers_digest(component: &Component, field: DigestField) -> bool {
    component.is_field(field.name())
        && component
            .member
            .as_deref()
            .is_none_or(|member| digest_fields::active(member).is_some())
}

fn body(covered: &[Component], exchange: Exchange<'_>, policy: &Policy) -> BodyBinding {
    let message = exchange.message;
    let mut field = digest_in_use(covered).unwrap_or(DigestField::Content);
    let mut verdicts = Vec::new();
    for each in DigestField::ALL {
        match digest_fields::check(message, each) {
            Ok(verdict) => verdicts.push((each, verdict)),
            Err(error) => return BodyBinding::Unreadable(error.to_string()),
        }
    }
    if let Some(place) = wrong_in_the_request(covered, exchange) {
        return BodyBinding::HashMismatch { place };
    }
    // A digest that is wrong is wrong whether or not it is the one that is covered.
    let wrong = |verdict: &DigestVerdict| {
        matches!(
            verdict,
            DigestVerdict::Mismatch(_) | DigestVerdict::Malformed(_) | DigestVerdict::NotBytes(_)
        )
    };
    if let Some((other, _)) = verdicts.iter().find(|(_, verdict)| wrong(verdict)) {
        field = *other;
    }
    let verdict = verdicts.into_iter().find(|(each, _)| *each == field);
    let verdict = verdict.map_or(DigestVerdict::Absent, |(_, verdict)| verdict);
    let required = match &policy.required {
        Required::Default => true,
        Required::Listed(required) => required.iter().any(|each| {
            DigestField::ALL
                .iter()
                .any(|field| each.is_field(field.name()))
        }),
    };
    let verdict = only_covered(covered, field, verdict);
    BodyBinding::Field(DigestCheck {
        field,
        covered: covered.iter().any(|each| covers_digest(each, field)),
        verdict,
        has_body: message.has_body(),
        required,
    })
}

// RFC 9421 §2.4: a covered digest of the request is compared with the request that is at hand.
fn wrong_in_the_request(covered: &[Component], exchange: Exchange<'_>) -> Option<&'static str> {
    let request = exchange.request?;
    let field = DigestField::ALL.into_iter().find(|field| {
        covered.iter().any(|each| {
            let named = matches!(&each.name, Name::Field(name) if name == field.name());
            named && each.from_request
        })
    })?;
    match digest_fields::check(request, field) {
        Ok(DigestVerdict::Mismatch(_)) => Some("the digest of the request"),
        _ => None,
    }
}

// Where single members are covered, a digest that matches must be one of them to prove anything.
fn only_covered(
    covered: &[Component],
    field: DigestField,
    verdict: DigestVerdict,
) -> DigestVerdict {
    let whole = covered
        .iter()
        .any(|each| each.is_field(field.name()) && each.member.is_none());
    let members: Vec<&str> = covered
        .iter()
        .filter(|each| each.is_field(field.name()))
        .filter_map(|each| each.member.as_deref())
        .collect();
    match verdict {
        DigestVerdict::Matches(names) if !whole && !members.is_empty() => {
            let names: Vec<_> = names
                .into_iter()
                .filter(|name| members.contains(name))
                .collect();
            if names.is_empty() {
                DigestVerdict::OnlyUnknown(members.into_iter().map(str::to_owned).collect())
            } else {
                DigestVerdict::Matches(names)
            }
        }
        other => other,
    }
}
