//! The draft's own examples, round trips, and what must not verify.

use std::time::Duration;

use super::*;
use crate::kernel::crypto::SystemRandom;
use crate::kernel::key::{Curve, Key, Material, generate_ec, generate_ed25519};
use crate::kernel::secret::Secret;
use crate::kernel::source::Source;
use crate::kernel::time::{Leeway, Timestamp};
use crate::request::{
    BodyBinding, Context, Exchange, Message, Policy, Reason, Required, UriScheme, Verdict, Window,
};

/// Sun, 05 Jan 2014 21:31:40 GMT
const NOW: i64 = 1_388_957_500;
/// Appendix C.
const EXAMPLE: &str = "POST /foo?param=value&pet=dog HTTP/1.1\r\nHost: example.com\r\n\
    Date: Sun, 05 Jan 2014 21:31:40 GMT\r\nContent-Type: application/json\r\n\
    Digest: SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=\r\nContent-Length: 18\r\n\r\n\
    {\"hello\": \"world\"}";
fn message(text: &str) -> Message {
    Message::parse(&Source::new("m", text.as_bytes().to_vec()).unwrap()).unwrap()
}

fn secret() -> Key {
    let bytes = b"a secret of at least thirty-two bytes".to_vec();
    Key {
        id: Some("k".to_owned()),
        ..Key::bare(Material::Secret(Secret::new(bytes)))
    }
}

fn policy(at: i64) -> Policy {
    Policy::new(Window {
        now: Timestamp::from_unix(at).unwrap(),
        max_age: Some(Duration::from_secs(300)),
        leeway: Leeway::default(),
    })
}

fn judge(message: &Message, keys: &[Key], policy: &Policy) -> Result<Verdict, Reason> {
    let context = Context::new(UriScheme::Https);
    verify(Exchange::new(message, &context), keys, policy).map_err(|unsigned| unsigned.reason)
}

fn reasons(message: &Message, keys: &[Key]) -> Vec<Reason> {
    match judge(message, keys, &policy(NOW)) {
        Ok(verdict) => verdict.reasons(),
        Err(reason) => vec![reason],
    }
}

fn signed(text: &str, key: &Key, change: fn(&mut SignOptions)) -> Result<Message, SignError> {
    let message = message(text);
    let mut options = SignOptions {
        key_id: "k".to_owned(),
        algorithm: None,
        headers: Vec::new(),
        created: Timestamp::from_unix(NOW).unwrap(),
        expires: None,
    };
    change(&mut options);
    let (edit, _) = sign(&message, key, &options, &SystemRandom::default())?;
    Ok(message.edited(&edit).unwrap())
}

#[test]
fn every_kind_of_key_signs_and_verifies() {
    let random = SystemRandom::default();
    let private = |key| Key::bare(Material::Private(key));
    let keys = [
        secret(),
        private(generate_ed25519(&random).unwrap()),
        private(generate_ec(Curve::P256, &random).unwrap()),
        private(generate_ec(Curve::P384, &random).unwrap()),
    ];
    for key in &keys {
        let message = signed(EXAMPLE, key, |_| {}).unwrap();
        let kind = key.describe();
        assert_eq!(reasons(&message, std::slice::from_ref(key)), [], "{kind}");
        let verdict = judge(&message, std::slice::from_ref(key), &policy(NOW)).unwrap();
        assert_eq!(verdict.body, BodyBinding::Signed, "{kind}");
        let others: Vec<Key> = keys
            .iter()
            .filter(|other| other.kind() != key.kind())
            .cloned()
            .collect();
        let refused = judge(&message, &others, &policy(NOW)).unwrap();
        assert!(!refused.is_accepted(), "{kind}");
    }
    let bare = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx";
    let message = signed(bare, &secret(), |_| {}).unwrap();
    assert!(message.values("date").next().is_some() && message.values("digest").next().is_some());
    assert_eq!(reasons(&message, &[secret()]), []);
}

#[test]
fn times_are_believed_only_where_they_are_covered() {
    let hs2019: fn(&mut SignOptions) = |options| {
        options.algorithm = Some(Named::Hs2019);
        options.expires = Some(Timestamp::from_unix(NOW + 60).unwrap());
    };
    let message = signed(EXAMPLE, &secret(), hs2019).unwrap();
    let at = |seconds| {
        let verdict = judge(&message, &[secret()], &policy(NOW + seconds));
        verdict.unwrap().reasons()
    };
    assert_eq!(at(60), []);
    assert_eq!(at(61), [Reason::SignatureExpired]);
    assert_eq!(at(-1), [Reason::FromTheFuture]);
    let uncovered: fn(&mut SignOptions) = |options| {
        options.algorithm = Some(Named::Hs2019);
        options.headers = ["(request-target)", "host", "digest"]
            .map(str::to_owned)
            .to_vec();
    };
    let message = signed(EXAMPLE, &secret(), uncovered).unwrap();
    let text = String::from_utf8(message.source.bytes().to_vec()).unwrap();
    let dated = self::message(&text.replace("keyId=", &format!("created={NOW},keyId=")));
    assert_eq!(reasons(&dated, &[secret()]), [Reason::CreatedMissing]);
    let verdict = judge(&dated, &[secret()], &policy(NOW)).unwrap();
    assert!(verdict.notes[0].contains("anyone could have changed it"));
    let under_hmac: fn(&mut SignOptions) = |options| {
        options.headers = vec!["(created)".to_owned()];
    };
    let error = signed(EXAMPLE, &secret(), under_hmac).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`(created)` cannot be signed with `hmac-sha256`"
    );
}

#[test]
fn what_is_wrong_is_named() {
    let message = signed(EXAMPLE, &secret(), |_| {}).unwrap();
    let text = String::from_utf8(message.source.bytes().to_vec()).unwrap();
    let table = [
        ("keyId=\"k\"", "keyId=\"other\"", Reason::KeyNotFound),
        ("keyId=\"k\"", "keyid=\"k\"", Reason::SignatureMalformed),
        (
            "keyId=\"k\"",
            "keyId=\"k\",keyId=\"k\"",
            Reason::SignatureMalformed,
        ),
        ("hmac-sha256", "hmac-sha1", Reason::AlgorithmNotAccepted),
        ("hmac-sha256", "rsa-sha256", Reason::KeyUnfit),
        ("hmac-sha256", "hmac-sha512", Reason::MacInvalid),
        (
            "headers=\"(request-target)",
            "headers=\"x-absent (request-target)",
            Reason::BaseUnbuildable,
        ),
        (
            "headers=\"(request-target)",
            "headers=\"(request)",
            Reason::BaseUnbuildable,
        ),
        (
            "headers=\"(request-target) ",
            "headers=\"",
            Reason::MacInvalid,
        ),
        ("headers=\"", "headers=\" ", Reason::SignatureMalformed),
        ("signature=\"", "signature=\"-", Reason::SignatureMalformed),
        ("Signature: ", "Signature: a;", Reason::SignatureMalformed),
        ("Signature: ", "X: ", Reason::SignatureMissing),
        (
            "Signature: ",
            "Signature-Input: a\r\nSignature: ",
            Reason::SignatureMissing,
        ),
        (
            "Signature: ",
            "Signature: a=1\r\nSignature: ",
            Reason::SignatureMalformed,
        ),
        ("SHA-256=X48E", "SHA-256=X49E", Reason::MacInvalid),
        ("world", "w0rld", Reason::DigestMismatch),
    ];
    for (from, to, reason) in table {
        assert!(text.contains(from), "{text}");
        let changed = self::message(&text.replacen(from, to, 1));
        assert_eq!(
            reasons(&changed, &[secret()]).first(),
            Some(&reason),
            "{to}"
        );
    }
}

#[test]
fn what_should_be_covered_and_is_not_is_named() {
    let only_date: fn(&mut SignOptions) = |options| options.headers = vec!["date".to_owned()];
    let message = signed(EXAMPLE, &secret(), only_date).unwrap();
    let verdict = judge(&message, &[secret()], &policy(NOW)).unwrap();
    assert_eq!(
        verdict.coverage.missing,
        ["\"(request-target)\"", "\"host\"", "\"digest\""]
    );
    assert_eq!(
        verdict.reasons(),
        [Reason::ComponentNotCovered, Reason::DigestMissing]
    );
    let mut lax = policy(NOW);
    lax.required = Required::Listed(Vec::new());
    assert!(judge(&message, &[secret()], &lax).unwrap().is_accepted());
}

// Bits whose flip leaves the signature string as it was (the case of a name) leave the meaning too.
#[test]
fn no_flipped_bit_that_changes_what_is_signed_verifies() {
    let message = signed(EXAMPLE, &secret(), |_| {}).unwrap();
    let original = judge(&message, &[secret()], &policy(NOW)).unwrap();
    let bytes = message.source.bytes();
    let mut refused = 0;
    for bit in 0..bytes.len() * 8 {
        let mut flipped = bytes.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let Ok(message) = Message::parse(&Source::new("m", flipped).unwrap()) else {
            continue;
        };
        match judge(&message, &[secret()], &policy(NOW)) {
            Ok(verdict) if verdict.is_accepted() => {
                assert_eq!(
                    verdict.signed.unwrap().last_text(),
                    original.signed.as_ref().unwrap().last_text(),
                    "bit {bit}"
                );
            }
            _ => refused += 1,
        }
    }
    assert!(refused > 1000, "{refused}");
}
