//! From a webhook's description to the verdict that all schemes share, and to the fields that signing adds.

use super::key::foreign_prefix;
use super::read::{Reading, Stamp, read};
use super::seal::{Checked, SealError, SealOptions, Sealed, check, seal};
use super::text::{Content, Part, TextError, body_is_covered, form_decode, texts};
use super::{Algorithm, Body, BodyUnread, Description, Piece, ReadError, View};
use crate::kernel::crypto::{DigestAlgorithm, MacAlgorithm, SystemRandom, equal, unhex};
use crate::kernel::key::Key;
use crate::request::algorithm;
use crate::request::component::check_target;
use crate::request::component::is_absolute;
use crate::request::exchange::Exchange;
use crate::request::freshness::{Freshness, Times};
use crate::request::key_choice;
use crate::request::message::{Edit, Message, Start};
use crate::request::policy::{Policy, Required};
use crate::request::reasons::Reason;
use crate::request::schemes::{Unsigned, demands, twilio};
use crate::request::verdict::{
    self, BodyBinding, Mac, NotChecked, Replay, ReplayId, Section, SignedText, Verdict,
};

impl Body for Message {
    fn feed(&self, sink: &mut dyn FnMut(&[u8])) -> Result<(), BodyUnread> {
        Self::feed(self, sink).map_err(|error| BodyUnread(error.0))
    }
}

/// Verifies a webhook.
///
/// # Errors
/// [`Unsigned`] if there is no signature to verify.
pub fn verify(
    description: &Description,
    exchange: Exchange<'_>,
    keys: &[Key],
    policy: &Policy,
) -> Result<Verdict, Unsigned> {
    let view = view(exchange)?;
    let mut reading = read(description, &view).map_err(|error| unsigned(description, &error))?;
    choose(&mut reading, policy)?;
    let mut verdict = frame(description, exchange, (&view, &reading), policy);
    if let Err(why) = allow(description, &mut reading, policy) {
        verdict.mac = Mac::NotChecked(why);
        let texts = texts(description, &view, &reading).unwrap_or_default();
        verdict.signed = texts.into_iter().next().map(signed_text);
        return Ok(verdict);
    }
    let usable: Vec<Key> = keys
        .iter()
        .filter(|key| key_choice::forbidden(key, policy).is_none())
        .cloned()
        .collect();
    match check(description, &view, &reading, &usable) {
        Ok(checked) => {
            verdict.mac = mac(&checked, &reading, (keys, &usable), policy);
            verdict.replay_id = replay_id(
                (&checked, &verdict.mac),
                (&view, &reading),
                description,
                policy,
            );
            verdict.signed = checked.texts.into_iter().next().map(signed_text);
        }
        Err(error) => {
            verdict.mac = Mac::NotChecked(NotChecked::Unbuildable(error.to_string()));
            if let SealError::Text(TextError::Body(BodyUnread(why))) = error {
                verdict.body = BodyBinding::Unreadable(why);
            }
        }
    }
    if !matches!(verdict.mac, Mac::Valid { .. }) {
        verdict.notes.extend(strange_keys(description, keys));
    }
    Ok(verdict)
}

/// Signs a webhook.
///
/// # Errors
/// [`SealError`].
pub fn sign(
    description: &Description,
    exchange: Exchange<'_>,
    keys: (&[Key], &SystemRandom),
    options: &SealOptions,
) -> Result<(Edit, SignedText), SealError> {
    let view = view(exchange).map_err(|unsigned| SealError::NotARequest(unsigned.message))?;
    let Sealed { fields, text } = seal(description, &view, keys, options)?;
    let edit = Edit {
        add: fields,
        ..Edit::default()
    };
    Ok((edit, signed_text(text)))
}

fn view(exchange: Exchange<'_>) -> Result<View<'_>, Unsigned> {
    let message = exchange.message;
    let Start::Request {
        method,
        target,
        pseudo,
        ..
    } = &message.start
    else {
        return Err(Unsigned {
            reason: Reason::SignatureMissing,
            message: "this is a response; webhook schemes sign requests".to_owned(),
        });
    };
    let pseudo = pseudo.as_ref();
    let scheme = pseudo
        .and_then(|pseudo| pseudo.scheme.as_deref())
        .unwrap_or(exchange.context.scheme.name());
    let authority = exchange.context.authority.as_deref();
    let authority = authority.or_else(|| pseudo.and_then(|pseudo| pseudo.authority.as_deref()));
    let authority = authority.or_else(|| message.only("host"));
    let urls = match authority {
        _ if is_absolute(target) => vec![target.clone()],
        Some(authority) => twilio::urls(scheme, authority, target),
        None => Vec::new(),
    };
    let fields = message.fields.iter();
    Ok(View {
        method,
        target,
        urls,
        fields: fields.map(|field| (field.name(), field.value())).collect(),
        body: message,
    })
}

fn unsigned(description: &Description, error: &ReadError) -> Unsigned {
    let missing = match error {
        ReadError::Missing(name) => description.field.first() == Some(name),
        ReadError::NoKnownVersion { .. } => true,
        _ => false,
    };
    Unsigned {
        reason: if missing {
            Reason::SignatureMissing
        } else {
            Reason::SignatureMalformed
        },
        message: error.to_string(),
    }
}

/// A label of the policy is the name of a kind, such as `v1`.
fn choose(reading: &mut Reading, policy: &Policy) -> Result<(), Unsigned> {
    let Some(label) = &policy.label else {
        return Ok(());
    };
    reading
        .signatures
        .retain(|given| given.version.as_ref() == Some(label));
    if reading.signatures.is_empty() {
        return Err(Unsigned {
            reason: Reason::SignatureMissing,
            message: format!("the message has no signature labelled `{label}`"),
        });
    }
    Ok(())
}

/// Takes away the signatures whose algorithm the policy does not accept.
fn allow(
    description: &Description,
    reading: &mut Reading,
    policy: &Policy,
) -> Result<(), NotChecked> {
    let Some(accepted) = &policy.algorithms else {
        return Ok(());
    };
    reading.signatures.retain(|given| {
        let registered = given.algorithm.registered();
        registered.is_some_and(|algorithm| accepted.contains(&algorithm))
    });
    if !reading.signatures.is_empty() {
        return Ok(());
    }
    let names = |all: Vec<String>| all.join(", ");
    Err(NotChecked::Algorithm {
        found: names(
            description
                .algorithms()
                .iter()
                .map(ToString::to_string)
                .collect(),
        ),
        accepted: names(accepted.iter().map(|each| each.name().to_owned()).collect()),
    })
}

impl Algorithm {
    /// The algorithm of RFC 9421's registry that it is, as policies name them.
    fn registered(self) -> Option<algorithm::Algorithm> {
        match self {
            Self::Hmac(MacAlgorithm::HmacSha256) => Some(algorithm::Algorithm::HmacSha256),
            Self::Ed25519 => Some(algorithm::Algorithm::Ed25519),
            Self::EcdsaP256 => Some(algorithm::Algorithm::EcdsaP256Sha256),
            Self::Hmac(_) | Self::Token => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Hmac(MacAlgorithm::HmacSha1Legacy) => "hmac-sha1",
            Self::Hmac(MacAlgorithm::HmacSha256) => "hmac-sha256",
            Self::Hmac(MacAlgorithm::HmacSha384) => "hmac-sha384",
            Self::Hmac(MacAlgorithm::HmacSha512) => "hmac-sha512",
            Self::Ed25519 => "ed25519",
            Self::EcdsaP256 => "ecdsa-p256-sha256",
            Self::Token => "token",
        }
    }
}

fn mac(
    checked: &Checked,
    reading: &Reading,
    (keys, usable): (&[Key], &[Key]),
    policy: &Policy,
) -> Mac {
    let name = |place: &usize| usable.get(*place).map(Key::name).unwrap_or_default();
    if let Some(matched) = &checked.matched {
        let given = reading.signatures.get(matched.signature);
        return Mac::Valid {
            key: name(&matched.key),
            algorithm: given.map_or("", |given| given.algorithm.name()),
        };
    }
    if !checked.tried.is_empty() {
        return Mac::Invalid {
            tried: checked.tried.iter().map(name).collect(),
        };
    }
    let unfit = checked
        .unfit
        .iter()
        .map(|(place, problem)| format!("{}: {problem}", name(place)));
    let forbidden = keys.iter().filter_map(|key| {
        let why = key_choice::forbidden(key, policy)?;
        Some(format!("{}: {why}", key.name()))
    });
    let all: Vec<String> = unfit.chain(forbidden).collect();
    Mac::NotChecked(NotChecked::NoFittingKey(all.join("; ")))
}

/// A verdict without a MAC: what can be said of a message before any key is tried.
fn frame(
    description: &Description,
    exchange: Exchange<'_>,
    (view, reading): (&View<'_>, &Reading),
    policy: &Policy,
) -> Verdict {
    let covered = covered(description, view);
    Verdict {
        scheme: description.name.clone(),
        label: None,
        key_id: None,
        mac: Mac::Invalid { tried: Vec::new() },
        freshness: freshness(description, reading.timestamp.as_ref(), policy),
        window: policy.window,
        coverage: demands(covered, policy),
        body: body(description, exchange.message, view, policy),
        target_conflict: check_target(exchange.message, exchange.context).err(),
        replay_id: None,
        replay: Replay::NotAsked,
        signed: None,
        notes: notes(description, reading),
    }
}

fn freshness(description: &Description, stamp: Option<&Stamp>, policy: &Policy) -> Freshness {
    let (Some(rule), Some(stamp)) = (&description.timestamp, stamp) else {
        return Freshness::Untold;
    };
    let signed = description.template.contains(&Piece::Timestamp);
    if !signed {
        return Freshness::Untold;
    }
    let times = Times {
        created: Some(stamp.time),
        expires: None,
    };
    Freshness::judge_within(times, policy.window, rule.future)
}

const WHOLE_URL: [&str; 6] = [
    "@target-uri",
    "@scheme",
    "@authority",
    "@request-target",
    "@path",
    "@query",
];

/// What is covered, by the names that RFC 9421 gives it.
fn covered(description: &Description, view: &View<'_>) -> Vec<String> {
    let mut covered = Vec::new();
    let mut add = |name: &str| covered.push(format!("\"{name}\""));
    let present = |names: &[String]| -> Option<String> {
        let there = |name: &&String| {
            let mut fields = view.fields.iter();
            fields.any(|(field, _)| field.eq_ignore_ascii_case(name))
        };
        names
            .iter()
            .find(there)
            .map(|name| name.to_ascii_lowercase())
    };
    for piece in &description.template {
        match piece {
            Piece::Id => {
                if let Some(name) = description.id.as_deref().and_then(present) {
                    add(&name);
                }
            }
            Piece::Timestamp => {
                if let Some(rule) = &description.timestamp
                    && let super::TimestampSource::Field(names) = &rule.source
                    && let Some(name) = present(names)
                {
                    add(&name);
                }
            }
            Piece::Method => add("@method"),
            // The whole URL is all of its parts (RFC 9421 §2.2.2).
            Piece::Url => WHOLE_URL.into_iter().for_each(&mut add),
            Piece::Path => add("@path"),
            Piece::Query => add("@query"),
            Piece::Target => ["@request-target", "@path", "@query"]
                .into_iter()
                .for_each(&mut add),
            Piece::Field(name) => add(&name.to_ascii_lowercase()),
            Piece::Literal(_) | Piece::Body | Piece::Form => {}
        }
    }
    covered
}

fn body(
    description: &Description,
    message: &Message,
    view: &View<'_>,
    policy: &Policy,
) -> BodyBinding {
    if body_is_covered(description, view) {
        return BodyBinding::Signed;
    }
    let default = policy.required == Required::Default;
    let token = description.algorithms() == [Algorithm::Token];
    let why = match &description.body_digest {
        None if token => "the token stands beside the body and does not depend on it".to_owned(),
        None => format!("`{}` leaves the body out", description.name),
        Some(name) => match digest_parameter(view.target, name) {
            Some(given) => return hashed(message, &given),
            None => format!("the body is not a form, and the URL holds no `{name}`"),
        },
    };
    BodyBinding::Unsigned {
        why,
        // Who takes a token knows that it protects nothing; a signature is expected to.
        refused: message.has_body() && default && !token,
    }
}

fn digest_parameter(target: &str, name: &str) -> Option<Vec<u8>> {
    let (_, query) = target.split_once('?')?;
    let mut values = query.split('&').filter_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (form_decode(key.as_bytes()) == name.as_bytes()).then(|| form_decode(value.as_bytes()))
    });
    let value = values.next()?;
    // Twice is as good as not at all: another reader may take the other one.
    values.next().is_none().then_some(value)
}

fn hashed(message: &Message, given: &[u8]) -> BodyBinding {
    let computed = match message.digests(&[DigestAlgorithm::Sha256]) {
        Ok(digests) => digests.concat(),
        Err(error) => return BodyBinding::Unreadable(error.to_string()),
    };
    if unhex(given).is_some_and(|given| equal(&given, &computed)) {
        BodyBinding::Signed
    } else {
        BodyBinding::HashMismatch {
            place: "the target's query",
        }
    }
}

/// The id that the sender gave, or the signature; of a signature that can be rewritten, the text that was signed.
fn replay_id(
    (checked, mac): (&Checked, &Mac),
    (view, reading): (&View<'_>, &Reading),
    description: &Description,
    policy: &Policy,
) -> Option<ReplayId> {
    if !matches!(mac, Mac::Valid { .. }) {
        return None;
    }
    let matched = checked.matched.as_ref()?;
    let given = reading.signatures.get(matched.signature)?;
    let id = match &reading.id {
        Some(id) if description.template.contains(&Piece::Id) => id.clone().into_bytes(),
        _ if given.algorithm == Algorithm::Token => return None,
        // Not the signature: there may be several of one message, and one of ECDSA can be rewritten.
        _ => super::seal::digest(view, checked.texts.first()?).ok()?,
    };
    let created = reading.timestamp.as_ref().map(|stamp| stamp.time);
    let until = created.zip(policy.window.max_age);
    Some(ReplayId {
        // Not the key: a message that is signed with two keys is one message.
        scope: description.name.clone(),
        id,
        shared: None,
        until: until.map(|(created, age)| created.plus(age).plus(policy.window.leeway.get())),
    })
}

fn signed_text(parts: Vec<Part>) -> SignedText {
    let parts = parts
        .into_iter()
        .map(|part| match part.content {
            Content::Body => verdict::Part::Body,
            Content::Bytes(bytes) => verdict::Part::Bytes {
                bytes,
                origin: origin(&part.origin),
            },
        })
        .collect();
    SignedText::Sections(vec![Section {
        title: "signed content",
        parts,
    }])
}

/// A part in words.
pub(super) fn origin(piece: &Piece) -> String {
    match piece {
        Piece::Literal(_) => "a fixed text of the scheme",
        Piece::Id => "the message's id, as sent",
        Piece::Timestamp => "the time, as sent",
        Piece::Body => "the body",
        Piece::Method => "the method",
        Piece::Url => "the URL of the request",
        Piece::Path => "the target's path",
        Piece::Query => "the target's query",
        Piece::Target => "the target",
        Piece::Field(name) => return format!("the field `{name}`"),
        Piece::Form => "the form's parameters, sorted",
    }
    .to_owned()
}

fn notes(description: &Description, reading: &Reading) -> Vec<String> {
    let mut notes = Vec::new();
    if !reading.skipped.is_empty() {
        let names = reading.skipped.join("`, `");
        notes.push(format!("skipped, as kinds that are not known: `{names}`"));
    }
    let algorithms = description.algorithms();
    if algorithms.contains(&Algorithm::Token) {
        let name = &description.name;
        notes.push(format!(
            "`{name}` sends a token, not a signature: it protects neither the body nor anything else of the message"
        ));
    }
    if algorithms.contains(&Algorithm::Hmac(MacAlgorithm::HmacSha1Legacy)) {
        notes.push(
            "HMAC-SHA-1 is old; it holds, and nothing new should be signed with it".to_owned(),
        );
    }
    notes
}

fn strange_keys(description: &Description, keys: &[Key]) -> Vec<String> {
    keys.iter()
        .filter_map(|key| {
            let (prefix, what) = foreign_prefix(description, key)?;
            Some(format!(
                "the key {} begins with `{prefix}`: {what}",
                key.name()
            ))
        })
        .collect()
}
