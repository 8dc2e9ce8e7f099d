//! The vendors' published examples, round trips of every scheme, and the traps.

use super::*;
use crate::kernel::crypto::SystemRandom;
use crate::kernel::key::{Key, Material, generate_ec, generate_ed25519};
use crate::kernel::secret::Secret;
use crate::kernel::time::Timestamp;
use crate::request::schemes::{
    github, gitlab, sendgrid, slack, standard_webhooks, stripe, twilio, vercel, webhooks,
};

type Fields<'a> = &'a [(&'a str, &'a str)];

fn view<'a>(fields: Fields<'a>, body: &'a Vec<u8>) -> View<'a> {
    View {
        method: "POST",
        target: "/hook?a=1",
        urls: twilio::urls("https", "example.org", "/hook?a=1"),
        fields: fields
            .iter()
            .map(|(name, value)| (*name, value.as_bytes()))
            .collect(),
        body,
    }
}

fn secret(text: &str) -> Key {
    Key::bare(Material::Secret(Secret::new(text.as_bytes().to_vec())))
}

fn judge(description: &Description, view: &View<'_>, keys: &[Key]) -> Result<bool, String> {
    let reading = read(description, view).map_err(|error| error.to_string())?;
    let checked = check(description, view, &reading, keys).map_err(|error| error.to_string())?;
    if let Some((_, problem)) = checked.unfit.first()
        && checked.tried.is_empty()
    {
        return Err(problem.to_string());
    }
    Ok(checked.matched.is_some())
}

fn holds(description: &Description, fields: Fields<'_>, body: &[u8], key: &str) -> bool {
    let body = body.to_vec();
    judge(description, &view(fields, &body), &[secret(key)]).unwrap()
}

const ID: (&str, &str) = ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek");
const TIME: (&str, &str) = ("webhook-timestamp", "1614265330");
const BODY: &[u8] = br#"{"test": 2432232314}"#;
const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const V1: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const WHSK: &str =
    "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
const WHPK: &str = "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=";
const V1A: &str =
    "v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==";

#[test]
fn standard_webhooks_examples_verify_in_both_versions_and_under_both_names() {
    let scheme = standard_webhooks::description();
    let check = |signature: &str, key: &str| {
        holds(
            &scheme,
            &[ID, TIME, ("webhook-signature", signature)],
            BODY,
            key,
        )
    };
    assert!(check(V1, WHSEC));
    assert!(check(V1, &WHSEC["whsec_".len()..]));
    assert!(check(V1A, WHSK));
    assert!(check(V1A, WHPK));
    // Rotation, unknown versions, and two kinds side by side.
    let wrong = V1.replace("g0h", "h0g");
    assert!(!check(&wrong, WHSEC));
    let list = format!("v2,abc {wrong} {V1} {V1A}");
    assert!(check(&list, WHSEC));
    assert!(check(&list, WHPK));
    let svix = [
        ("svix-id", ID.1),
        ("Svix-Timestamp", TIME.1),
        ("svix-signature", V1),
    ];
    assert!(holds(&scheme, &svix, BODY, WHSEC));
}

#[test]
fn github_slack_and_twilio_examples_verify() {
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    assert!(holds(
        &github::description(),
        &[("X-Hub-Signature-256", signature)],
        b"Hello, World!",
        "It's a Secret to Everybody",
    ));
    let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V\
        &channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=\
        &response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
        &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let fields = [
        ("X-Slack-Request-Timestamp", "1531420618"),
        (
            "X-Slack-Signature",
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        ),
    ];
    let key = "8f742231b10e8888abcd99yyyzzz85a5";
    assert!(holds(&slack::description(), &fields, body, key));
    let form = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
    let fields = [
        (
            "Content-Type",
            "application/x-www-form-urlencoded; charset=utf-8",
        ),
        ("X-Twilio-Signature", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ];
    let body = form.to_vec();
    for authority in ["mycompany.com", "mycompany.com:443"] {
        let mut view = view(&fields, &body);
        view.urls = twilio::urls("https", authority, "/myapp.php?foo=1&bar=2");
        let verdict = judge(&twilio::description(), &view, &[secret("12345")]);
        assert_eq!(verdict, Ok(true), "{authority}");
    }
}

#[test]
fn a_form_signs_each_different_value_once_and_sorted() {
    let fields = [("content-type", "application/x-www-form-urlencoded")];
    let body = b"b=2&a=1&b=1&b=2&c".to_vec();
    let view = view(&fields, &body);
    let reading = Reading {
        signatures: Vec::new(),
        skipped: Vec::new(),
        timestamp: None,
        id: None,
    };
    let texts = texts(&twilio::description(), &view, &reading).unwrap();
    let last = texts[0].last().unwrap();
    assert_eq!(last.content, Content::Bytes(b"a1b1b2c".to_vec()));
    assert_eq!(texts.len(), 2);
}

fn keys_for(description: &Description) -> Key {
    let random = SystemRandom::default();
    match description.algorithms().first() {
        Some(Algorithm::EcdsaP256) => {
            let key = generate_ec(crate::kernel::key::Curve::P256, &random).unwrap();
            Key::bare(Material::Private(key))
        }
        _ if description.name == "standard-webhooks" => secret(WHSEC),
        _ => secret("a secret of at least thirty-two bytes"),
    }
}

fn sealed(description: &Description, body: &Vec<u8>, keys: &[Key]) -> Result<Sealed, SealError> {
    let options = SealOptions {
        time: Timestamp::from_unix(1_700_000_000).unwrap(),
        id: Some("msg_1".to_owned()),
    };
    let view = view(&[], body);
    seal(
        description,
        &view,
        (keys, &SystemRandom::default()),
        &options,
    )
}

#[test]
fn what_a_scheme_signs_it_verifies_and_no_flipped_bit_does() {
    let mut signing = 0;
    for description in webhooks() {
        let body = b"{\"n\": 1, \"\xff\": \"not UTF-8\"}".to_vec();
        let keys = [keys_for(&description)];
        let sealed = match sealed(&description, &body, &keys) {
            Ok(sealed) => sealed,
            Err(SealError::VerifyOnly { scheme, .. }) => {
                assert!(["gitlab", "twilio", "vercel"].contains(&scheme.as_str()));
                continue;
            }
            Err(error) => panic!("{}: {error}", description.name),
        };
        signing += 1;
        let fields: Vec<(&str, &str)> = sealed
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let name = &description.name;
        assert_eq!(
            judge(&description, &view(&fields, &body), &keys),
            Ok(true),
            "{name}"
        );
        for bit in 0..body.len() * 8 {
            let mut changed = body.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let verdict = judge(&description, &view(&fields, &changed), &keys);
            assert_eq!(verdict, Ok(false), "{name}: bit {bit} of the body");
        }
        for (index, (field, value)) in sealed.fields.iter().enumerate() {
            for bit in 0..value.len() * 8 {
                let mut bytes = value.clone().into_bytes();
                bytes[bit / 8] ^= 1 << (bit % 8);
                let mut view = view(&fields, &body);
                view.fields[index] = (field, &bytes);
                let verdict = judge(&description, &view, &keys);
                assert_ne!(verdict, Ok(true), "{name}: bit {bit} of {field}");
            }
        }
    }
    assert_eq!(signing, 11);
}

#[test]
fn verification_only_schemes_say_why() {
    let body = Vec::new();
    for description in [twilio::description(), vercel::description()] {
        let error = sealed(&description, &body, &[secret("12345")]).unwrap_err();
        assert!(error.to_string().contains("SHA-1"), "{error}");
    }
    let error = sealed(&gitlab::description(), &body, &[secret("12345")]).unwrap_err();
    assert!(error.to_string().contains("the secret itself is sent"));
}

#[test]
fn several_keys_make_several_signatures_where_the_scheme_carries_them() {
    let body = b"x".to_vec();
    let keys = [secret("whsec_one"), secret("whsec_two")];
    let made = sealed(&stripe::description(), &body, &keys).unwrap();
    let (_, value) = &made.fields[0];
    assert_eq!(value.matches(",v1=").count(), 2, "{value}");
    for key in ["whsec_one", "whsec_two"] {
        assert!(holds(
            &stripe::description(),
            &[("Stripe-Signature", value)],
            b"x",
            key
        ));
    }
    assert!(!holds(
        &stripe::description(),
        &[("Stripe-Signature", value)],
        b"x",
        "one"
    ));
    let error = sealed(&github::description(), &body, &keys).unwrap_err();
    assert_eq!(error, SealError::OneKey("github".to_owned(), 2));
    let ed25519 = generate_ed25519(&SystemRandom::default()).unwrap();
    let keys = [secret(WHSEC), Key::bare(Material::Private(ed25519))];
    let made = sealed(&standard_webhooks::description(), &body, &keys).unwrap();
    let (_, value) = made.fields.last().unwrap();
    let versions: Vec<&str> = value
        .split(' ')
        .map(|member| member.split_once(',').unwrap().0)
        .collect();
    assert_eq!(versions, ["v1", "v1a"]);
}

#[test]
fn a_message_that_can_be_read_in_two_ways_is_refused() {
    let scheme = standard_webhooks::description();
    let refuse = |fields: Fields<'_>| {
        let body = BODY.to_vec();
        judge(&scheme, &view(fields, &body), &[secret(WHSEC)]).unwrap_err()
    };
    let signature = ("webhook-signature", V1);
    let text = refuse(&[("webhook-id", "a.b"), TIME, signature]);
    assert!(text.contains("holds `.`"), "{text}");
    assert!(refuse(&[("webhook-id", ""), TIME, signature]).contains("empty"));
    for time in [
        "+1614265330",
        "1614265330.0",
        "",
        "-1",
        "99999999999999999999",
    ] {
        let text = refuse(&[ID, ("webhook-timestamp", time), signature]);
        assert!(text.contains("is not a number of seconds"), "{text}");
    }
    let text = refuse(&[ID, ID, TIME, signature]);
    assert_eq!(text, "`webhook-id` is there more than once");
    let text = refuse(&[ID, TIME, signature, ("svix-id", "other")]);
    assert_eq!(text, "`webhook-id` and `svix-id` mean the same and differ");
    assert_eq!(
        refuse(&[ID, TIME]),
        "the message has no `webhook-signature`"
    );
    let text = refuse(&[ID, TIME, ("webhook-signature", "v2,abcd v3,")]);
    assert_eq!(
        text,
        "`webhook-signature` holds no `v1` or `v1a` signature, only `v2`, `v3`"
    );
    let many = "v1,AA== ".repeat(40);
    assert!(refuse(&[ID, TIME, ("webhook-signature", &many)]).contains("more than 32"));
    let body = Vec::new();
    let repeated = [("Stripe-Signature", "t=1,t=2,v1=00")];
    let error = read(&stripe::description(), &view(&repeated, &body)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`Stripe-Signature` does not hold one `t`"
    );
}

#[test]
fn an_encoding_that_the_vendor_does_not_write_is_refused() {
    let body = b"Hello, World!".to_vec();
    let hex = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let read_github = |value: &str| {
        read(
            &github::description(),
            &view(&[("X-Hub-Signature-256", value)], &body),
        )
        .map(|_| ())
        .map_err(|error| error.to_string())
    };
    assert_eq!(read_github(&format!("sha256={hex}")), Ok(()));
    for value in [
        hex.to_uppercase(),
        hex[1..].to_owned(),
        format!(" {hex}"),
        String::new(),
    ] {
        let error = read_github(&format!("sha256={value}")).unwrap_err();
        assert!(
            error.contains("is not hexadecimal in lower case"),
            "{error}"
        );
    }
    assert!(
        read_github(hex)
            .unwrap_err()
            .contains("does not begin with `sha256=`")
    );
    for value in [
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
        "v1,g0hM9SsE-OTPJTGt_tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ] {
        let fields = [ID, TIME, ("webhook-signature", value)];
        let error = read(&standard_webhooks::description(), &view(&fields, &body)).unwrap_err();
        assert!(matches!(error, ReadError::Encoding { .. }), "{value}");
    }
}

#[test]
fn the_wrong_kind_of_key_is_named() {
    let scheme = standard_webhooks::description();
    let body = BODY.to_vec();
    let problem = |signature: &str, key: &str| {
        let fields = [ID, TIME, ("webhook-signature", signature)];
        judge(&scheme, &view(&fields, &body), &[secret(key)]).unwrap_err()
    };
    let text = problem(V1, WHPK);
    assert_eq!(
        text,
        "HMAC-SHA-256 needs a shared secret; this is a public Ed25519 key (`whpk_`)"
    );
    assert_eq!(problem(V1, "whsec_"), "the secret is empty");
    assert_eq!(problem(V1, ""), "the secret is empty");
    assert_eq!(
        problem(V1, "whsec_YQ=="),
        "the secret has 1 bytes; this scheme's have 24 to 64"
    );
    assert_eq!(
        problem(V1, "whsec_*"),
        "the secret after `whsec_` is not base64"
    );
    assert!(problem(V1, "-----BEGIN PUBLIC KEY-----").starts_with("a PEM is not"));
    assert_eq!(
        problem(V1A, WHSEC),
        "Ed25519 needs an Ed25519 key; this is a shared secret"
    );
    let half = WHSK.replace("whsk_6Xb", "whsk_7Xb");
    assert!(problem(V1A, &half).contains("do not belong together"));
    let prefix = |description: &Description, key: &str| {
        foreign_prefix(description, &secret(key)).map(|(prefix, _)| prefix)
    };
    assert_eq!(prefix(&stripe::description(), "sk_live_1"), Some("sk_"));
    assert_eq!(prefix(&stripe::description(), "whsec_1"), None);
    assert_eq!(prefix(&github::description(), "whsec_1"), Some("whsec_"));
    assert_eq!(prefix(&scheme, "pk_1"), Some("pk_"));
}

#[test]
fn a_public_key_cannot_sign_but_verifies() {
    let body = b"[]".to_vec();
    let scheme = sendgrid::description();
    let private = generate_ec(crate::kernel::key::Curve::P256, &SystemRandom::default()).unwrap();
    let public = private.public();
    let made = sealed(&scheme, &body, &[Key::bare(Material::Private(private))]).unwrap();
    let fields: Vec<(&str, &str)> = made
        .fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    use base64::Engine as _;
    let shown = base64::engine::general_purpose::STANDARD.encode(public.to_spki());
    assert!(holds(&scheme, &fields, &body, &shown));
    assert!(!holds(&scheme, &fields, b"[ ]", &shown));
    let error = sealed(&scheme, &body, &[secret(&shown)]).unwrap_err();
    assert_eq!(error, SealError::PublicKey);
}

#[test]
fn a_token_is_compared_whole() {
    let scheme = gitlab::description();
    let check = |token: &str, key: &str| holds(&scheme, &[("X-Gitlab-Token", token)], b"x", key);
    assert!(check("hunter2hunter2", "hunter2hunter2"));
    assert!(!check("hunter2hunter", "hunter2hunter2"));
    assert!(!check("hunter2hunter2x", "hunter2hunter2"));
}
