//! Webhooks as messages: the four parts of the verdict, and what signing adds.

use std::sync::Arc;

use super::*;
use crate::kernel::crypto::SystemRandom;
use crate::kernel::key::{Key, Material};
use crate::kernel::secret::Secret;
use crate::kernel::source::Source;
use crate::kernel::time::{Leeway, Timestamp};
use crate::request::component::Component;
use crate::request::explain::Cause;
use crate::request::schemes::{github, gitlab, standard_webhooks, stripe, twilio, webhooks};
use crate::request::{
    Algorithm as Registered, BodyBinding, ContentStream, Context, Exchange, Freshness, Mac,
    Message, Policy, Reason, Required, Scheme, UriScheme, Verdict, Window,
};

const NOW: i64 = 1_700_000_000;

fn message(text: &str) -> Message {
    Message::parse(&Source::new("m", text.as_bytes().to_vec()).unwrap()).unwrap()
}

fn secret(text: &str) -> Key {
    Key::bare(Material::Secret(Secret::new(text.as_bytes().to_vec())))
}

fn policy(at: i64) -> Policy {
    Policy::new(Window {
        now: Timestamp::from_unix(at).unwrap(),
        max_age: Some(std::time::Duration::from_secs(300)),
        leeway: Leeway::default(),
    })
}

fn judge(
    scheme: &Description,
    message: &Message,
    key: &str,
    policy: &Policy,
) -> Result<Verdict, Reason> {
    let context = Context::new(UriScheme::Https);
    verify(
        scheme,
        Exchange::new(message, &context),
        &[secret(key)],
        policy,
    )
    .map_err(|unsigned| unsigned.reason)
}

fn reasons(scheme: &Description, message: &Message, key: &str, policy: &Policy) -> Vec<Reason> {
    match judge(scheme, message, key, policy) {
        Ok(verdict) => verdict.reasons(),
        Err(reason) => vec![reason],
    }
}

const POST: &str = "POST /hook HTTP/1.1\r\nHost: example.org\r\nContent-Length: 4\r\n\r\nbody";

fn signed(scheme: &Description, key: &str) -> Message {
    let message = message(POST);
    let context = Context::new(UriScheme::Https);
    let options = SealOptions {
        time: Timestamp::from_unix(NOW).unwrap(),
        id: Some("msg_1".to_owned()),
    };
    let keys = [secret(key)];
    let keys = (&keys[..], &SystemRandom::default());
    let (edit, _) = sign(scheme, Exchange::new(&message, &context), keys, &options).unwrap();
    message.edited(&edit).unwrap()
}

const KEY: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[test]
fn the_time_is_judged_on_both_sides_and_named() {
    for scheme in [standard_webhooks::description(), stripe::description()] {
        let message = signed(&scheme, KEY);
        let at = |seconds| reasons(&scheme, &message, KEY, &policy(NOW + seconds));
        assert_eq!(at(300), []);
        assert_eq!(at(301), [Reason::TooOld]);
        assert_eq!(at(-300), []);
        assert_eq!(at(-301), [Reason::FromTheFuture]);
    }
    let scheme = github::description();
    let verdict = judge(
        &scheme,
        &signed(&scheme, KEY),
        KEY,
        &policy(NOW + 1_000_000),
    )
    .unwrap();
    assert_eq!(verdict.freshness, Freshness::Untold);
    assert!(verdict.is_accepted());
}

#[test]
fn every_signing_scheme_round_trips_through_a_message() {
    let mut count = 0;
    for scheme in webhooks() {
        let asymmetric = scheme.algorithms() == [Algorithm::EcdsaP256];
        let why = scheme
            .algorithms()
            .iter()
            .find_map(|algorithm| algorithm.verify_only());
        if asymmetric || why.is_some() || scheme.name == "gitlab" {
            continue;
        }
        let message = signed(&scheme, KEY);
        let verdict = judge(&scheme, &message, KEY, &policy(NOW)).unwrap();
        assert!(verdict.is_accepted(), "{}: {verdict:?}", scheme.name);
        assert_eq!(verdict.body, BodyBinding::Signed);
        let other = self::message(&POST.replace("body", "Body"));
        let mut other = other;
        other.fields.clone_from(&message.fields);
        assert_eq!(
            reasons(&scheme, &other, KEY, &policy(NOW)),
            [Reason::MacInvalid]
        );
        count += 1;
    }
    assert_eq!(count, 10);
}

#[test]
fn what_is_missing_or_damaged_is_named() {
    let scheme = github::description();
    let bare = message(POST);
    assert_eq!(
        reasons(&scheme, &bare, KEY, &policy(NOW)),
        [Reason::SignatureMissing]
    );
    let response = message("HTTP/1.1 200 OK\r\n\r\n");
    assert_eq!(
        reasons(&scheme, &response, KEY, &policy(NOW)),
        [Reason::SignatureMissing]
    );
    let damaged = message(&POST.replace("Host", "X-Hub-Signature-256: sha256=zz\r\nHost"));
    assert_eq!(
        reasons(&scheme, &damaged, KEY, &policy(NOW)),
        [Reason::SignatureMalformed]
    );
    let message = signed(&scheme, KEY);
    assert_eq!(
        reasons(&scheme, &message, "", &policy(NOW)),
        [Reason::KeyUnfit]
    );
    let verdict = judge(&scheme, &message, "ghp_abc", &policy(NOW)).unwrap();
    assert_eq!(verdict.reasons(), [Reason::MacInvalid]);
    assert!(
        verdict.notes[0].contains("a GitHub access token"),
        "{:?}",
        verdict.notes
    );
}

#[test]
fn the_policy_is_heard() {
    let scheme = standard_webhooks::description();
    let message = signed(&scheme, KEY);
    let with = |change: fn(&mut Policy)| {
        let mut policy = policy(NOW);
        change(&mut policy);
        reasons(&scheme, &message, KEY, &policy)
    };
    let listed = |name: &str| Required::Listed(vec![Component::parse(name).unwrap()]);
    let mut wants = policy(NOW);
    wants.required = listed("webhook-id");
    assert_eq!(reasons(&scheme, &message, KEY, &wants), []);
    wants.required = listed("@path");
    assert_eq!(
        reasons(&scheme, &message, KEY, &wants),
        [Reason::ComponentNotCovered]
    );
    assert_eq!(
        with(|policy| policy.algorithms = Some(vec![Registered::Ed25519])),
        [Reason::AlgorithmNotAccepted]
    );
    assert_eq!(with(|policy| policy.label = Some("v1".to_owned())), []);
    assert_eq!(
        with(|policy| policy.label = Some("v1a".to_owned())),
        [Reason::SignatureMissing]
    );
    assert_eq!(
        with(|policy| policy.tag = Some("t".to_owned())),
        [Reason::TagMismatch]
    );
    assert_eq!(
        with(|policy| policy.nonce = Some("n".to_owned())),
        [Reason::NonceMismatch]
    );
    let verdict = judge(&scheme, &message, KEY, &policy(NOW)).unwrap();
    let replay = verdict.replay_id.unwrap();
    assert_eq!(replay.id, b"msg_1");
    assert_eq!(replay.until, Timestamp::from_unix(NOW + 300));
}

#[test]
fn a_token_protects_nothing_and_the_verdict_says_so() {
    let scheme = gitlab::description();
    let message = message(&POST.replace("Host", "X-Gitlab-Token: hunter2hunter2\r\nHost"));
    let verdict = judge(&scheme, &message, "hunter2hunter2", &policy(NOW)).unwrap();
    assert!(verdict.is_accepted());
    assert!(matches!(
        verdict.mac,
        Mac::Valid {
            algorithm: "token",
            ..
        }
    ));
    assert!(matches!(verdict.body, BodyBinding::Unsigned { .. }));
    assert!(verdict.coverage.covered.is_empty());
    assert!(verdict.notes[0].contains("not a signature"));
    assert_eq!(
        reasons(&scheme, &message, "hunter2", &policy(NOW)),
        [Reason::MacInvalid]
    );
}

/// A Twilio request with its signature, made here since the product does not sign with SHA-1.
fn twilio_json(digest: &str, body: &str) -> Message {
    use base64::Engine as _;
    let target = format!("/hook?bodySHA256={digest}");
    let key = crate::kernel::crypto::MacKey::new(
        crate::kernel::crypto::MacAlgorithm::HmacSha1Legacy,
        &Secret::new(b"12345".to_vec()),
    );
    let tag = key.sign(format!("https://example.org{target}").as_bytes());
    let tag = base64::engine::general_purpose::STANDARD.encode(tag);
    let length = body.len();
    message(&format!(
        "POST {target} HTTP/1.1\r\nHost: example.org\r\nContent-Type: application/json\r\n\
         X-Twilio-Signature: {tag}\r\nContent-Length: {length}\r\n\r\n{body}"
    ))
}

#[test]
fn a_twilio_body_that_is_no_form_is_bound_by_its_hash() {
    let scheme = twilio::description();
    let hash = crate::kernel::crypto::hex(&crate::kernel::crypto::sha256(b"{}"));
    let judge = |message: &Message| reasons(&scheme, message, "12345", &policy(NOW));
    assert_eq!(judge(&twilio_json(&hash, "{}")), []);
    assert_eq!(judge(&twilio_json(&hash, "[]")), [Reason::DigestMismatch]);
    assert_eq!(judge(&twilio_json("", "{}")), [Reason::DigestMismatch]);
    assert_eq!(
        judge(&twilio_json(&format!("{hash}&bodySHA256={hash}"), "{}")),
        [Reason::DigestMissing]
    );
    assert_eq!(
        judge(&twilio_json(&hash.to_uppercase(), "{}")),
        [Reason::DigestMismatch]
    );
}

/// A body of many equal chunks, counted as they are read.
#[derive(Debug)]
struct Chunks;

impl ContentStream for Chunks {
    fn length(&self) -> u64 {
        64 << 20
    }

    fn feed(&self, sink: &mut dyn FnMut(&[u8])) -> Result<(), String> {
        let chunk = vec![b'x'; 1 << 20];
        (0..64).for_each(|_| sink(&chunk));
        Ok(())
    }
}

#[test]
fn a_body_that_is_read_in_pieces_is_signed_and_verified() {
    let head = Source::new("m", b"POST / HTTP/1.1\r\nHost: h\r\n\r\n".to_vec()).unwrap();
    let message = Message::with_stream(&head, Arc::new(Chunks)).unwrap();
    let scheme = stripe::description();
    let context = Context::new(UriScheme::Https);
    let options = SealOptions {
        time: Timestamp::from_unix(NOW).unwrap(),
        id: None,
    };
    let keys = [secret(KEY)];
    let keys = (&keys[..], &SystemRandom::default());
    let (edit, _) = sign(&scheme, Exchange::new(&message, &context), keys, &options).unwrap();
    let signed = message.edited(&edit).unwrap();
    assert_eq!(reasons(&scheme, &signed, KEY, &policy(NOW)), []);
}

#[test]
fn a_scheme_that_was_understood_otherwise_is_found() {
    let ours = stripe::description();
    let mut theirs = ours.clone();
    theirs.template[1] = Piece::Literal(":".to_owned());
    let message = signed(&theirs, KEY);
    assert_eq!(
        reasons(&ours, &message, KEY, &policy(NOW)),
        [Reason::MacInvalid]
    );
    let found = Scheme::Webhook(Box::new(ours))
        .readings()
        .into_iter()
        .find(|reading| {
            let context = Context::new(UriScheme::Https);
            let exchange = Exchange::new(&message, &context);
            let verdicts = reading
                .scheme
                .verify(exchange, &[secret(KEY)], &policy(NOW));
            verdicts.is_ok_and(|verdicts| verdicts.iter().any(Verdict::is_accepted))
        });
    let found = found.unwrap();
    assert_eq!(found.cause, Cause::WebhookSeparator);
    assert_eq!(
        found.text,
        "\":\" stood in what is signed where \".\" should"
    );
}
