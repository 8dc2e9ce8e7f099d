//! Verification as the service does it: what is signed verifies, and each thing that is wrong is named.

use std::time::Duration;

use super::*;
use crate::kernel::crypto::SystemRandom;
use crate::kernel::key::{Key, Material};
use crate::kernel::secret::Secret;
use crate::kernel::source::Source;
use crate::kernel::time::{Leeway, Timestamp};
use crate::request::{
    BodyBinding, Context, Exchange, Freshness, Mac, Message, Policy, Reason, Required, UriScheme,
    Verdict, Window,
};

const NOW: i64 = 1_440_938_160;
const POST: &str = "POST /a/b?x=1 HTTP/1.1\r\nHost: example.amazonaws.com\r\nX-Amz-Meta: m\r\n\
    Content-Length: 4\r\n\r\nbody";

fn message(text: &str) -> Message {
    Message::parse(&Source::new("m", text.as_bytes().to_vec()).unwrap()).unwrap()
}

fn key(secret: &str) -> Key {
    Key {
        id: Some("AKIDEXAMPLE".to_owned()),
        ..Key::bare(Material::Secret(Secret::new(secret.as_bytes().to_vec())))
    }
}

fn settings(message: &Message) -> Settings<'static> {
    Settings {
        variant: Variant::V4,
        region: "us-east-1",
        service: "service",
        time: Timestamp::from_unix(NOW).unwrap(),
        form: Form::Header,
        payload: payload_of(message).unwrap(),
        sign_body: true,
        omit_session_token: false,
        rules: Rules::DEFAULT,
    }
}

/// Signs a message with the secret `secret`.
fn signed(text: &str, change: impl FnOnce(&mut Settings<'static>)) -> Message {
    signed_message(&message(text), change)
}

fn signed_message(message: &Message, change: impl FnOnce(&mut Settings<'static>)) -> Message {
    let mut settings = settings(message);
    change(&mut settings);
    let secret = Secret::new(b"secret".to_vec());
    let credentials = Credentials {
        access_key_id: "AKIDEXAMPLE",
        secret: &secret,
        session_token: None,
    };
    let random = SystemRandom::default();
    let (edit, _) = sign_message(message, credentials, &settings, &random).unwrap();
    message.edited(&edit).unwrap()
}

struct Judge {
    at: i64,
    keys: Vec<Key>,
    required: Required,
    expected: Expected,
}

impl Judge {
    fn new() -> Self {
        Self {
            at: NOW,
            keys: vec![key("secret")],
            required: Required::Default,
            expected: Expected::default(),
        }
    }

    fn verdict(&self, message: &Message) -> Result<Verdict, Reason> {
        let mut policy = Policy::new(Window {
            now: Timestamp::from_unix(self.at).unwrap(),
            max_age: Some(SKEW),
            leeway: Leeway::default(),
        });
        policy.required = self.required.clone();
        let context = Context::new(UriScheme::Https);
        verify(
            Exchange::new(message, &context),
            &self.keys,
            &policy,
            &self.expected,
        )
        .map_err(|unsigned| unsigned.reason)
    }

    fn reasons(&self, message: &Message) -> Vec<Reason> {
        match self.verdict(message) {
            Ok(verdict) => verdict.reasons(),
            Err(reason) => vec![reason],
        }
    }
}

fn changed(message: &Message, from: &str, to: &str) -> Message {
    let text = String::from_utf8(message.source.bytes().to_vec()).unwrap();
    assert!(text.contains(from), "{text}");
    self::message(&text.replacen(from, to, 1))
}

#[test]
fn what_is_signed_is_accepted_in_every_form() {
    for variant in [Variant::V4, Variant::V4a] {
        for form in [Form::Header, Form::Query { expires: 60 }] {
            let message = signed(POST, |settings| {
                settings.variant = variant;
                settings.form = form;
            });
            let judge = Judge::new();
            let verdict = judge.verdict(&message).unwrap();
            assert_eq!(verdict.reasons(), [], "{variant} {form:?}");
            assert_eq!(verdict.body, BodyBinding::Signed);
            assert_eq!(verdict.key_id.as_deref(), Some("AKIDEXAMPLE"));
            let mut wrong = Judge::new();
            wrong.keys = vec![key("Secret")];
            assert_eq!(wrong.reasons(&message), [Reason::MacInvalid]);
            wrong.keys[0].id = Some("another".to_owned());
            assert_eq!(wrong.reasons(&message), [Reason::KeyNotFound]);
        }
    }
}

#[test]
fn a_derived_public_key_verifies_version_4a_and_not_version_4() {
    let secret = Secret::new(b"secret".to_vec());
    let public = v4a_private_key("AKIDEXAMPLE", &secret).unwrap().public();
    let mut judge = Judge::new();
    judge.keys = vec![Key::bare(Material::Public(public))];
    let v4a = signed(POST, |settings| settings.variant = Variant::V4a);
    assert_eq!(judge.reasons(&v4a), []);
    assert_eq!(judge.reasons(&signed(POST, |_| {})), [Reason::KeyUnfit]);
}

#[test]
fn the_time_is_judged_on_both_sides() {
    let header = signed(POST, |_| {});
    let at = |seconds: i64| {
        let mut judge = Judge::new();
        judge.at = NOW + seconds;
        judge
    };
    assert_eq!(at(900).reasons(&header), []);
    assert_eq!(at(901).reasons(&header), [Reason::TooOld]);
    assert_eq!(at(-900).reasons(&header), []);
    assert_eq!(at(-901).reasons(&header), [Reason::FromTheFuture]);
    let url = signed(POST, |settings| {
        settings.form = Form::Query { expires: 5000 }
    });
    assert_eq!(at(5000).reasons(&url), []);
    assert_eq!(at(5001).reasons(&url), [Reason::SignatureExpired]);
    assert_eq!(at(-901).reasons(&url), [Reason::FromTheFuture]);
    for life in ["0", "604801", "+60", "x", ""] {
        let message = changed(&url, "Expires=5000", &format!("Expires={life}"));
        let verdict = at(0).verdict(&message).unwrap();
        assert!(
            matches!(verdict.freshness, Freshness::Unreadable(_)),
            "{life}"
        );
        assert!(!verdict.is_accepted());
    }
}

#[test]
fn the_scope_is_that_of_the_day_the_region_and_the_service() {
    let message = signed(POST, |_| {});
    let other_day = changed(&message, "/20150830/", "/20150831/");
    assert_eq!(
        Judge::new().reasons(&other_day),
        [Reason::SignatureMalformed]
    );
    let mut judge = Judge::new();
    judge.expected.region = Some("us-east-1".to_owned());
    judge.expected.service = Some("service".to_owned());
    assert_eq!(judge.reasons(&message), []);
    let v4a = |set| {
        signed(POST, |settings| {
            settings.variant = Variant::V4a;
            settings.region = set;
        })
    };
    assert_eq!(judge.reasons(&v4a("eu-*,us-*")), []);
    assert_eq!(judge.reasons(&v4a("eu-*")), [Reason::ScopeMismatch]);
    judge.expected.service = Some("s3".to_owned());
    assert_eq!(judge.reasons(&message), [Reason::ScopeMismatch]);
    judge.expected.service = None;
    judge.expected.region = Some("eu-west-1".to_owned());
    assert_eq!(judge.reasons(&message), [Reason::ScopeMismatch]);
}

#[test]
fn host_and_every_amz_field_must_be_signed() {
    let message = signed(POST, |_| {});
    let added = changed(
        &message,
        "Authorization:",
        "x-amz-acl: public-read\r\nAuthorization:",
    );
    assert_eq!(Judge::new().reasons(&added), [Reason::ComponentNotCovered]);
    let verdict = Judge::new().verdict(&added).unwrap();
    assert_eq!(verdict.coverage.missing, ["\"x-amz-acl\""]);
    let s3 = signed(POST, |settings| settings.service = "s3");
    let bare = changed(&s3, "x-amz-content-sha256;", "");
    let missing = Judge::new().verdict(&bare).unwrap().coverage.missing;
    assert_eq!(missing, ["\"x-amz-content-sha256\""]);
}

#[test]
fn a_body_that_is_not_signed_is_said_to_be_unprotected() {
    let unsigned = signed(POST, |settings| {
        settings.payload = Payload::Unsigned;
    });
    assert_eq!(Judge::new().reasons(&unsigned), [Reason::DigestMissing]);
    let verdict = Judge::new().verdict(&unsigned).unwrap();
    assert!(matches!(verdict.mac, Mac::Valid { .. }));
    assert!(matches!(&verdict.body, BodyBinding::Unsigned { why, .. } if why.contains("UNSIGNED")));
    let mut lax = Judge::new();
    lax.required = Required::Listed(Vec::new());
    assert_eq!(lax.reasons(&unsigned), []);
    // A presigned URL of S3 leaves the body out; without a body there is nothing to protect.
    let get = "GET /key HTTP/1.1\r\nHost: b.s3.amazonaws.com\r\n\r\n";
    let url = signed(get, |settings| {
        settings.service = "s3";
        settings.rules = Rules::S3;
        settings.payload = Payload::Unsigned;
        settings.form = Form::Query { expires: 60 };
    });
    assert_eq!(Judge::new().reasons(&url), []);
    let streaming = changed(
        &signed(POST, |_| {}),
        "x-amz-content-sha256: 230d",
        "x-amz-content-sha256: STREAMING-230d",
    );
    let verdict = Judge::new().verdict(&streaming).unwrap();
    assert!(verdict.notes.iter().any(|note| note.contains("chunks")));
    assert!(!verdict.is_accepted());
}

#[test]
fn a_changed_body_is_named_where_a_hash_stands_for_it() {
    let message = signed(POST, |_| {});
    let other = changed(&message, "\r\n\r\nbody", "\r\n\r\nBody");
    assert_eq!(Judge::new().reasons(&other), [Reason::DigestMismatch]);
    let without_hash = signed(POST, |settings| settings.sign_body = false);
    let other = changed(&without_hash, "\r\n\r\nbody", "\r\n\r\nBody");
    assert_eq!(Judge::new().reasons(&other), [Reason::MacInvalid]);
}

#[test]
fn what_cannot_be_read_is_named() {
    let message = signed(POST, |_| {});
    let table = [
        (
            "Authorization: AWS4-",
            "Authorization: AWS5-",
            Reason::SignatureMissing,
        ),
        (
            "AWS4-HMAC-SHA256 ",
            "AWS4-HMAC-SHA512 ",
            Reason::SignatureMalformed,
        ),
        (
            "Credential=",
            "Credential=x, Credential=",
            Reason::SignatureMalformed,
        ),
        (", Signature=", ", Sig=", Reason::SignatureMalformed),
        (
            "SignedHeaders=content-length;host",
            "SignedHeaders=host;content-length",
            Reason::SignatureMalformed,
        ),
        (
            "SignedHeaders=content-length;host",
            "SignedHeaders=Content-Length;host",
            Reason::SignatureMalformed,
        ),
        (
            "SignedHeaders=",
            "SignedHeaders=accept;",
            Reason::BaseUnbuildable,
        ),
        (
            "X-Amz-Date: 2015",
            "X-Amz-Date: 15",
            Reason::SignatureMalformed,
        ),
        (
            "X-Amz-Date:",
            "X-Amz-Date: 20150830T123600Z\r\nX-Amz-Date:",
            Reason::SignatureMalformed,
        ),
        ("?x=1", "?x=%1", Reason::SignatureMalformed),
        ("?x=1", "?X-Amz-Signature=1", Reason::SignatureMalformed),
    ];
    for (from, to, reason) in table {
        let reasons = Judge::new().reasons(&changed(&message, from, to));
        assert_eq!(reasons.first(), Some(&reason), "{to}: {reasons:?}");
    }
    let url = signed(POST, |settings| settings.form = Form::Query { expires: 60 });
    for (from, to) in [
        ("&X-Amz-Signature=", "&x-amz-signature=00&X-Amz-Signature="),
        ("&X-Amz-Date=", "&X-Amz-Date=20150830T123600Z&X-Amz-Date="),
        ("&X-Amz-Expires=60", ""),
    ] {
        assert_eq!(
            Judge::new().reasons(&changed(&url, from, to)),
            [Reason::SignatureMalformed],
            "{to}"
        );
    }
}

// Bits whose flip leaves the canonical request as it was (the case of a field's name) leave the meaning too.
#[test]
fn no_flipped_bit_that_changes_what_is_signed_verifies() {
    for (variant, form) in [
        (Variant::V4, Form::Header),
        (Variant::V4, Form::Query { expires: 60 }),
        (Variant::V4a, Form::Header),
    ] {
        let message = signed(POST, |settings| {
            settings.variant = variant;
            settings.form = form;
        });
        let mut judge = Judge::new();
        if variant == Variant::V4a {
            // Deriving the key each time would be most of the work.
            let secret = Secret::new(b"secret".to_vec());
            let key = v4a_private_key("AKIDEXAMPLE", &secret).unwrap();
            judge.keys = vec![Key::bare(Material::Public(key.public()))];
        }
        let original = judge.verdict(&message).unwrap();
        assert!(original.is_accepted());
        let bytes = message.source.bytes();
        let mut same = 0;
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let source = Source::new("m", flipped).unwrap();
            let Ok(message) = Message::parse(&source) else {
                continue;
            };
            if let Ok(verdict) = judge.verdict(&message)
                && verdict.is_accepted()
            {
                assert_eq!(verdict.signed, original.signed, "bit {bit}");
                same += 1;
            }
        }
        assert!(same < 200, "{same}");
    }
}

#[test]
fn the_host_that_the_client_used_can_be_stated() {
    let message = signed(POST, |_| {});
    let behind_proxy = changed(
        &message,
        "Host: example.amazonaws.com",
        "Host: internal:8080",
    );
    let judge = Judge::new();
    assert_eq!(judge.reasons(&behind_proxy), [Reason::MacInvalid]);
    let mut context = Context::new(UriScheme::Https);
    context.authority = Some("example.amazonaws.com".to_owned());
    let policy = Policy::new(Window {
        now: Timestamp::from_unix(NOW).unwrap(),
        max_age: Some(SKEW),
        leeway: Leeway::default(),
    });
    let exchange = Exchange::new(&behind_proxy, &context);
    let verdict = verify(exchange, &judge.keys, &policy, &judge.expected).unwrap();
    assert!(verdict.is_accepted());
    // What HTTP/2 calls `:authority` is the host.
    let h2 = self::message(
        ":method: GET\r\n:scheme: https\r\n:authority: example.amazonaws.com\r\n:path: /\r\n\r\n",
    );
    let verdict = signed_message(&h2, |_| {});
    assert_eq!(judge.reasons(&verdict), []);
}

#[test]
fn a_signature_is_remembered_by_what_it_signs() {
    let verdict = |variant| {
        let message = signed(POST, |settings| settings.variant = variant);
        Judge::new().verdict(&message).unwrap()
    };
    // ECDSA signs anew each time; what was signed stays the same.
    let [first, second] = [0, 1].map(|_| verdict(Variant::V4a).replay_id.unwrap());
    assert_eq!(first, second);
    // The access key id is not signed: the scope is the key itself.
    assert_ne!(first.scope, "AKIDEXAMPLE");
    assert!(!first.scope.is_empty());
    let until = Timestamp::from_unix(NOW)
        .unwrap()
        .plus(Duration::from_secs(900));
    assert_eq!(first.until, Some(until));
}
